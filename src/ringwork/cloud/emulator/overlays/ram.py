"""Resource Access Manager: what a share holds, who has it, and its tags, which moto does not change or list.

Source: RAM API reference, AssociateResourceShare, DisassociateResourceShare, ListResources, ListPrincipals,
GetResourceShares, TagResource, UntagResource.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ringwork.cloud.emulator.errors import AwsError, NotEmulatedError
from ringwork.cloud.emulator.overlays.call import Call, Overlay, Proceed

_TAGS = "tags of shares"


def _shares(call: Call) -> Any:
    from moto.ram.models import ram_backends  # noqa: PLC0415

    return ram_backends[call.account][call.region].resource_shares


def _share(call: Call) -> Any:
    arn = call.parameters["resourceShareArn"]
    for share in _shares(call):
        if share.arn == arn and share.status == "ACTIVE":
            return share
    raise AwsError("UnknownResourceException", f"ResourceShare {arn} could not be found.")


def _given(call: Call) -> tuple[list[str], list[str]]:
    return list(call.parameters.get("principals") or ()), list(call.parameters.get("resourceArns") or ())


def _associate(call: Call, _proceed: Proceed) -> dict[str, Any]:
    _allow_further()
    share, (principals, resources) = _share(call), _given(call)
    # moto checks what it adds
    share.add_principals([each for each in principals if each not in share.principals])
    share.add_resources([each for each in resources if each not in share.resource_arns])
    return _shown(share, principals, resources, "ASSOCIATED")


def _disassociate(call: Call, _proceed: Proceed) -> dict[str, Any]:
    share, (principals, resources) = _share(call), _given(call)
    share.principals = [each for each in share.principals if each not in principals]
    share.resource_arns = [each for each in share.resource_arns if each not in resources]
    return _shown(share, principals, resources, "DISASSOCIATED")


def _shown(share: Any, principals: list[str], resources: list[str], status: str) -> dict[str, Any]:
    from moto.core.utils import unix_time, utcnow  # noqa: PLC0415

    share.last_updated_time = utcnow()
    entities = [("PRINCIPAL", each) for each in principals] + [("RESOURCE", each) for each in resources]
    return {
        "resourceShareAssociations": [
            {
                "resourceShareArn": share.arn,
                "resourceShareName": share.name,
                "associatedEntity": entity,
                "associationType": kind,
                "status": status,
                "creationTime": unix_time(share.last_updated_time),
                "external": False,
            }
            for kind, entity in entities
        ]
    }


# -- tags --------------------------------------------------------------------------------------------------


_FURTHER = ("profile",)
"""What can be shared (RAM guide, "Shareable AWS resources") and moto refuses: Route 53 Profiles."""


def _allow_further() -> None:
    from moto.ram.models import ResourceShare  # noqa: PLC0415

    for kind in _FURTHER:
        if kind not in ResourceShare.SHAREABLE_RESOURCES:
            ResourceShare.SHAREABLE_RESOURCES.append(kind)


def _create(call: Call, proceed: Proceed) -> dict[str, Any]:
    _allow_further()
    answer = proceed()
    tags = {tag["key"]: tag.get("value", "") for tag in call.parameters.get("tags") or ()}
    call.table(_TAGS)[answer["resourceShare"]["resourceShareArn"]] = tags
    return answer


def _tag(call: Call, _proceed: Proceed) -> dict[str, Any]:
    new = {tag["key"]: tag.get("value", "") for tag in call.parameters["tags"]}
    call.table(_TAGS).setdefault(_share(call).arn, {}).update(new)
    return {}


def _untag(call: Call, _proceed: Proceed) -> dict[str, Any]:
    tags = call.table(_TAGS).get(_share(call).arn, {})
    for key in call.parameters["tagKeys"]:
        tags.pop(key, None)
    return {}


def _get(call: Call, proceed: Proceed) -> dict[str, Any]:
    """moto filters by nothing."""
    given, answer = call.parameters, proceed()
    rows = []
    for row in answer["resourceShares"]:
        tags = call.table(_TAGS).get(row["resourceShareArn"], {})
        wanted = given.get("tagFilters") or ()
        if (
            (not given.get("resourceShareArns") or row["resourceShareArn"] in given["resourceShareArns"])
            and given.get("name", row["name"]) == row["name"]
            and given.get("resourceShareStatus", row["status"]) == row["status"]
            and all(tags.get(each["tagKey"]) in each.get("tagValues", ()) for each in wanted)
        ):
            rows.append({**row, "tags": [{"key": key, "value": tags[key]} for key in tags]})
    if "permissionArn" in given:
        raise NotEmulatedError("ram", "GetResourceShares", "permissions of shares are not kept by share")
    return {**answer, "resourceShares": rows}


# -- lists -------------------------------------------------------------------------------------------------


def _mine(call: Call) -> Iterator[Any]:
    if call.parameters["resourceOwner"] != "SELF":
        raise NotEmulatedError("ram", call.operation, "what others share is not listed")
    for name in ("resourceType", "resourceRegionScope"):
        if name in call.parameters:
            raise NotEmulatedError("ram", call.operation, name)
    arns = call.parameters.get("resourceShareArns")
    for share in _shares(call):
        if share.status == "ACTIVE" and (not arns or share.arn in arns):
            yield share


def _times(share: Any) -> dict[str, Any]:
    from moto.core.utils import unix_time  # noqa: PLC0415

    return {
        "creationTime": unix_time(share.creation_time),
        "lastUpdatedTime": unix_time(share.last_updated_time),
    }


def _list_resources(call: Call, _proceed: Proceed) -> dict[str, Any]:
    given = call.parameters
    return {
        "resources": [
            {"arn": arn, "resourceShareArn": share.arn, "status": "AVAILABLE", **_times(share)}
            for share in _mine(call)
            if given.get("principal") is None or given["principal"] in share.principals
            for arn in share.resource_arns
            if not given.get("resourceArns") or arn in given["resourceArns"]
        ]
    }


def _list_principals(call: Call, _proceed: Proceed) -> dict[str, Any]:
    given = call.parameters
    return {
        "principals": [
            {"id": principal, "resourceShareArn": share.arn, **_times(share)}
            for share in _mine(call)
            if given.get("resourceArn") is None or given["resourceArn"] in share.resource_arns
            for principal in share.principals
            if not given.get("principals") or principal in given["principals"]
        ]
    }


OVERLAYS: Mapping[str, Overlay] = {
    "AssociateResourceShare": _associate,
    "CreateResourceShare": _create,
    "DisassociateResourceShare": _disassociate,
    "GetResourceShares": _get,
    "ListPrincipals": _list_principals,
    "ListResources": _list_resources,
    "TagResource": _tag,
    "UntagResource": _untag,
}
