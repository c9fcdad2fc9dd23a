"""Access Analyzer: its judgements of policies, which the local cloud does not make up.

Source: Access Analyzer API reference, ValidatePolicy, CheckNoPublicAccess, CheckAccessNotGranted,
CheckNoNewAccess.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ringwork.cloud.emulator.errors import NotEmulatedError
from ringwork.cloud.emulator.overlays.call import Call, Overlay, Proceed


def _no_judgement(call: Call, _proceed: Proceed) -> dict[str, Any]:
    reason = "an empty answer would read as a policy without faults"
    raise NotEmulatedError(call.service, call.operation, reason)


OVERLAYS: Mapping[str, Overlay] = dict.fromkeys(
    ("CheckAccessNotGranted", "CheckNoNewAccess", "CheckNoPublicAccess", "ValidatePolicy"), _no_judgement
)
