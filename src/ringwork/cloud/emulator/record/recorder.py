"""Writes down what was asked and how it was answered."""

from __future__ import annotations

from ringwork.cloud.emulator.asked import Asked
from ringwork.cloud.emulator.errors import AwsError
from ringwork.cloud.emulator.overlays.call import Surroundings
from ringwork.cloud.emulator.request import Answer
from ringwork.cloud.emulator.store import Store


class Recorder:
    """Keeps events; trails deliver them."""

    def __init__(self, store: Store, surroundings: Surroundings) -> None:
        self._store = store
        self._surroundings = surroundings

    def record(self, asked: Asked, answer: Answer, error: AwsError | None) -> None:
        """Keep the event of one call."""
