"""IAM Identity Center: where permission sets are provisioned, and their tags.

An assignment provisions a permission set in its account. Source: IAM Identity Center API reference,
CreateAccountAssignment, ListAccountsForProvisionedPermissionSet, ListTagsForResource, TagResource,
UntagResource.
"""

from __future__ import annotations

from typing import Any

from ringwork.cloud.emulator.errors import AwsError
from ringwork.cloud.emulator.overlays.call import Call, Overlay, Proceed


def _backend(call: Call) -> Any:
    from moto.ssoadmin.models import ssoadmin_backends  # noqa: PLC0415

    return ssoadmin_backends[call.account][call.region]


def _accounts(call: Call, proceed: Proceed) -> dict[str, Any]:
    """Those with an assignment, and what else moto knows to be provisioned."""
    instance, wanted = call.parameters["InstanceArn"], call.parameters["PermissionSetArn"]
    assigned = {
        one.target_id
        for one in _backend(call).account_assignments
        if one.instance_arn == instance and one.permission_set_arn == wanted
    }
    known = proceed().get("AccountIds", ())
    return {"AccountIds": sorted({*assigned, *known})}


def _set(call: Call) -> Any:
    arn = call.parameters["ResourceArn"]
    found = next((one for one in _backend(call).permission_sets if one.permission_set_arn == arn), None)
    if found is None:
        raise AwsError("ResourceNotFoundException", f"Could not find PermissionSet with id {arn}")
    return found


def _list_tags(call: Call, _proceed: Proceed) -> dict[str, Any]:
    return {"Tags": [dict(tag) for tag in _set(call).tags or ()]}


def _tag(call: Call, _proceed: Proceed) -> dict[str, Any]:
    found = _set(call)
    tags = {tag["Key"]: tag["Value"] for tag in (*(found.tags or ()), *call.parameters["Tags"])}
    found.tags = [{"Key": key, "Value": value} for key, value in tags.items()]
    return {}


def _untag(call: Call, _proceed: Proceed) -> dict[str, Any]:
    found, gone = _set(call), set(call.parameters["TagKeys"])
    found.tags = [tag for tag in found.tags or () if tag["Key"] not in gone]
    return {}


OVERLAYS: dict[str, Overlay] = {
    "ListAccountsForProvisionedPermissionSet": _accounts,
    "ListTagsForResource": _list_tags,
    "TagResource": _tag,
    "UntagResource": _untag,
}
