"""Authorizes requests with Ringwork's own evaluator."""

from __future__ import annotations

from ringwork.cloud.emulator.asked import Asked
from ringwork.cloud.emulator.backends import MotoBackends
from ringwork.cloud.emulator.store import Store


class Authorizer:
    """Decides requests by the policies that the local cloud holds."""

    def __init__(self, store: Store, backends: MotoBackends) -> None:
        self._store = store
        self._backends = backends

    def check(self, asked: Asked) -> None:
        """Raise `AwsError` for what AWS would refuse."""
