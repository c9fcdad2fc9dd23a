"""EC2: an account's defaults for the instance metadata service, which new instances begin with.

Source: EC2 API reference, ModifyInstanceMetadataDefaults, GetInstanceMetadataDefaults; EC2 user guide,
"Configure instance metadata options for new instances", "Order of precedence for instance metadata options".
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ringwork.cloud.emulator.errors import NotEmulatedError
from ringwork.cloud.emulator.overlays.call import Call, Overlay, Proceed

_TABLE = "instance metadata defaults"
_NO_PREFERENCE = ("no-preference", -1)
_OPTIONS = ("HttpTokens", "HttpPutResponseHopLimit", "HttpEndpoint", "InstanceMetadataTags")


def defaults(call: Call) -> dict[str, Any]:
    """What the account prefers in the Region."""
    return dict(call.table(_TABLE).get("account", {}))


def _modify(call: Call, _proceed: Proceed) -> dict[str, Any]:
    if call.parameters.get("HttpTokensEnforced") == "enabled":
        raise NotEmulatedError("ec2", call.operation, "it does not refuse launches without IMDSv2")
    kept = defaults(call)
    for name in _OPTIONS:
        if name in call.parameters:
            kept[name] = call.parameters[name]
    call.table(_TABLE)["account"] = {k: v for k, v in kept.items() if v not in _NO_PREFERENCE}
    return {"Return": True}


def _get(call: Call, _proceed: Proceed) -> dict[str, Any]:
    kept = defaults(call)
    return {"AccountLevel": {**kept, "ManagedBy": "account"} if kept else {}}


OVERLAYS: Mapping[str, Overlay] = {
    "GetInstanceMetadataDefaults": _get,
    "ModifyInstanceMetadataDefaults": _modify,
}
