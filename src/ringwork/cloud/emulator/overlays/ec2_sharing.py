"""EC2: an account's block of public sharing, for snapshots and for AMIs, in each Region.

Source: EC2 API reference, Enable-, Disable- and GetSnapshotBlockPublicAccess(State), Enable-, Disable- and
GetImageBlockPublicAccess(State); EBS user guide, "Block public access for Amazon EBS snapshots"; EC2 user
guide, "Understand block public access for AMIs".
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ringwork.cloud.emulator.errors import AwsError
from ringwork.cloud.emulator.overlays.call import Call, Overlay, Proceed

_TABLE = "public sharing"
_DEFAULTS = {"snapshots": "unblocked", "images": "block-new-sharing"}
"""Public sharing of snapshots is possible until it is blocked; that of AMIs is blocked in new accounts
(EC2 user guide, "Default settings")."""


def _state(call: Call, kind: str) -> str:
    return str(call.table(_TABLE).get(kind, {}).get("State", _DEFAULTS[kind]))


def _set(kind: str, member: str, state: str | None = None) -> Overlay:
    """`state`: what the operation sets; none: its parameter `member` says it."""

    def overlay(call: Call, _proceed: Proceed) -> dict[str, Any]:
        wanted = state or str(call.parameters[member])
        if state is None and wanted == "unblocked":
            raise AwsError("InvalidParameterValue", f"{wanted} is not a value that enables the block")
        call.table(_TABLE)[kind] = {"State": wanted}
        return {member: wanted}

    return overlay


def _get(kind: str, member: str) -> Overlay:
    return lambda call, _proceed: {member: _state(call, kind), "ManagedBy": "account"}


def _share_snapshot(call: Call, proceed: Proceed) -> dict[str, Any]:
    """EC2 API reference, ModifySnapshotAttribute: the group `all` is the public."""
    given = call.parameters
    add = (given.get("CreateVolumePermission") or {}).get("Add") or ()
    public = any(entry.get("Group") == "all" for entry in add) or (
        given.get("OperationType") == "add" and "all" in (given.get("GroupNames") or ())
    )
    if public and _state(call, "snapshots") != "unblocked":
        message = "The snapshot cannot be shared publicly: block public access for snapshots is enabled."
        raise AwsError("OperationNotPermitted", message)
    return proceed()


def _share_image(call: Call, proceed: Proceed) -> dict[str, Any]:
    """EC2 API reference, ModifyImageAttribute: the group `all` is the public."""
    given = call.parameters
    add = (given.get("LaunchPermission") or {}).get("Add") or ()
    public = any(entry.get("Group") == "all" for entry in add) or (
        given.get("OperationType") == "add" and "all" in (given.get("UserGroups") or ())
    )
    if public and _state(call, "images") != "unblocked":
        message = "The image cannot be shared publicly: block public access for AMIs is enabled."
        raise AwsError("OperationNotPermitted", message)
    return proceed()


OVERLAYS: Mapping[str, Overlay] = {
    "DisableImageBlockPublicAccess": _set("images", "ImageBlockPublicAccessState", "unblocked"),
    "DisableSnapshotBlockPublicAccess": _set("snapshots", "State", "unblocked"),
    "EnableImageBlockPublicAccess": _set("images", "ImageBlockPublicAccessState"),
    "EnableSnapshotBlockPublicAccess": _set("snapshots", "State"),
    "GetImageBlockPublicAccessState": _get("images", "ImageBlockPublicAccessState"),
    "GetSnapshotBlockPublicAccessState": _get("snapshots", "State"),
    "ModifyImageAttribute": _share_image,
    "ModifySnapshotAttribute": _share_snapshot,
}
