"""Route 53 Profiles: what a profile holds, and the VPCs, of whichever account it is shared with, that use
it.

No name is resolved in the local cloud. Source: Route 53 Profiles API reference, the operations' pages; Route
53 guide, "Working with shared Route 53 Profiles" (a consumer associates its VPCs, and changes nothing of the
profile).
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from ringwork.cloud.emulator.errors import AwsError
from ringwork.cloud.emulator.overlays.call import Call, Overlay, Proceed

_PROFILES, _VPCS, _RESOURCES, _TAGS = "profiles", "associations", "resource associations", "tags"
_KINDS = {
    "route53": "PRIVATE_HOSTED_ZONE",
    "route53resolver": "FIREWALL_RULE_GROUP",
    "ec2": "VPC_ENDPOINT",
}
"""Service of the resource's ARN -> ResourceType."""


def _missing(what: str) -> AwsError:
    return AwsError("ResourceNotFoundException", f"{what} does not exist")


def _new(prefix: str) -> str:
    return f"{prefix}-{secrets.token_hex(8)}"


def _arn(call: Call, kind: str, identifier: str) -> str:
    return f"arn:aws:route53profiles:{call.region}:{call.account}:{kind}/{identifier}"


def _begin(call: Call, arn: str) -> None:
    call.table(_TAGS)[arn] = {tag["Key"]: tag["Value"] for tag in call.parameters.get("Tags") or ()}


def _own(call: Call) -> dict[str, Any]:
    profile = call.table(_PROFILES).get(str(call.parameters["ProfileId"]))
    if profile is None:
        raise _missing(f"Profile {call.parameters['ProfileId']}")
    return profile


def _accounts(call: Call) -> Iterator[str]:
    """Accounts that share something with the caller, itself first."""
    from moto.ram.models import ram_backends  # noqa: PLC0415

    yield call.account
    yield from (account for account in list(ram_backends) if account != call.account)


def _usable(call: Call, identifier: str) -> dict[str, Any]:
    """A profile of the caller's, or one that is shared with it."""
    from moto.ram.models import ram_backends  # noqa: PLC0415

    call.load("ram")
    for account in _accounts(call):
        profile = call.table(_PROFILES, account=account).get(identifier)
        if profile is None:
            continue
        shared = any(
            share.status == "ACTIVE"
            and profile["Arn"] in share.resource_arns
            and call.account in share.principals
            for share in ram_backends[account][call.region].resource_shares
        )
        if account == call.account or shared:
            return profile
    raise _missing(f"Profile {identifier}")


def _create_profile(call: Call, _proceed: Proceed) -> dict[str, Any]:
    now, identifier = datetime.now(UTC), _new("rp")
    profile = {
        "Id": identifier,
        "Arn": _arn(call, "profile", identifier),
        "Name": call.parameters["Name"],
        "OwnerId": call.account,
        "Status": "COMPLETE",
        "StatusMessage": "Created Successfully",
        "ShareStatus": "NOT_SHARED",
        "CreationTime": now,
        "ModificationTime": now,
        "ClientToken": call.parameters.get("ClientToken", ""),
    }
    call.table(_PROFILES)[identifier] = profile
    _begin(call, profile["Arn"])
    return {"Profile": profile}


def _delete_profile(call: Call, _proceed: Proceed) -> dict[str, Any]:
    """Only once no VPC uses it (API reference, DeleteProfile)."""
    from moto.ec2.models import ec2_backends  # noqa: PLC0415

    profile = _own(call)
    call.load("ec2")
    for account in list(ec2_backends):
        used = call.table(_VPCS, account=account).values()
        if any(row["ProfileId"] == profile["Id"] for row in used):
            message = f"Profile {profile['Id']} has VPC associations"
            raise AwsError("ResourceExistsException", message)
    resources = call.table(_RESOURCES)
    for key in [k for k, row in resources.items() if row["ProfileId"] == profile["Id"]]:
        del resources[key]
    del call.table(_PROFILES)[profile["Id"]]
    return {"Profile": {**profile, "Status": "DELETED"}}


def _get_profile(call: Call, _proceed: Proceed) -> dict[str, Any]:
    return {"Profile": _usable(call, str(call.parameters["ProfileId"]))}


def _list_profiles(call: Call, _proceed: Proceed) -> dict[str, Any]:
    members = ("Id", "Arn", "Name", "ShareStatus")
    rows = call.table(_PROFILES).values()
    return {"ProfileSummaries": [{name: row[name] for name in members} for row in rows]}


# -- VPCs --------------------------------------------------------------------------------------------------


def _associate(call: Call, _proceed: Proceed) -> dict[str, Any]:
    """A VPC has one profile (API reference, AssociateProfile)."""
    from moto.ec2.models import ec2_backends  # noqa: PLC0415

    call.load("ec2")
    profile = _usable(call, str(call.parameters["ProfileId"]))
    vpc = str(call.parameters["ResourceId"])
    if vpc not in ec2_backends[call.account][call.region].vpcs:
        raise AwsError("ValidationException", f"The VPC {vpc} does not exist")
    rows = call.table(_VPCS)
    if any(row["ResourceId"] == vpc for row in rows.values()):
        raise AwsError("ResourceExistsException", f"{vpc} is associated with a Profile already")
    now, identifier = datetime.now(UTC), _new("rpassoc")
    row = {
        "Id": identifier,
        "Name": call.parameters["Name"],
        "OwnerId": call.account,
        "ProfileId": profile["Id"],
        "ResourceId": vpc,
        "Status": "COMPLETE",
        "StatusMessage": "Created Profile Association",
        "CreationTime": now,
        "ModificationTime": now,
    }
    rows[identifier] = row
    _begin(call, _arn(call, "profile-association", identifier))
    return {"ProfileAssociation": row}


def _disassociate(call: Call, _proceed: Proceed) -> dict[str, Any]:
    given, rows = call.parameters, call.table(_VPCS)
    for identifier, row in list(rows.items()):
        if (row["ProfileId"], row["ResourceId"]) == (given["ProfileId"], given["ResourceId"]):
            del rows[identifier]
            return {"ProfileAssociation": {**row, "Status": "DELETING"}}
    raise _missing(f"The association of {given['ResourceId']}")


def _get_association(call: Call, _proceed: Proceed) -> dict[str, Any]:
    identifier = str(call.parameters["ProfileAssociationId"])
    row = call.table(_VPCS).get(identifier)
    if row is None:
        raise _missing(identifier)
    return {"ProfileAssociation": row}


def _list_associations(call: Call, _proceed: Proceed) -> dict[str, Any]:
    given = call.parameters
    rows = [
        row
        for row in call.table(_VPCS).values()
        if all(row[name] == given.get(name, row[name]) for name in ("ProfileId", "ResourceId"))
    ]
    return {"ProfileAssociations": rows}


# -- what a profile holds ----------------------------------------------------------------------------------


def _add(call: Call, _proceed: Proceed) -> dict[str, Any]:
    profile, arn = _own(call), str(call.parameters["ResourceArn"])
    rows = call.table(_RESOURCES)
    if any(row["ProfileId"] == profile["Id"] and row["ResourceArn"] == arn for row in rows.values()):
        raise AwsError("ResourceExistsException", f"{arn} is associated with the Profile already")
    now, identifier = datetime.now(UTC), _new("rpr")
    row = {
        "Id": identifier,
        "Name": call.parameters["Name"],
        "OwnerId": call.account,
        "ProfileId": profile["Id"],
        "ResourceArn": arn,
        "ResourceType": _KINDS.get(arn.split(":")[2], ""),
        "Status": "COMPLETE",
        "StatusMessage": "Created Profile Resource Association",
        "CreationTime": now,
        "ModificationTime": now,
    }
    if "ResourceProperties" in call.parameters:
        row["ResourceProperties"] = call.parameters["ResourceProperties"]
    rows[identifier] = row
    return {"ProfileResourceAssociation": row}


def _remove(call: Call, _proceed: Proceed) -> dict[str, Any]:
    given, rows = call.parameters, call.table(_RESOURCES)
    for identifier, row in list(rows.items()):
        if (row["ProfileId"], row["ResourceArn"]) == (given["ProfileId"], given["ResourceArn"]):
            del rows[identifier]
            return {"ProfileResourceAssociation": {**row, "Status": "DELETING"}}
    raise _missing(f"The association of {given['ResourceArn']}")


def _get_resource(call: Call, _proceed: Proceed) -> dict[str, Any]:
    identifier = str(call.parameters["ProfileResourceAssociationId"])
    row = call.table(_RESOURCES).get(identifier)
    if row is None:
        raise _missing(identifier)
    return {"ProfileResourceAssociation": row}


def _update_resource(call: Call, _proceed: Proceed) -> dict[str, Any]:
    row = _get_resource(call, _proceed)["ProfileResourceAssociation"]
    for name in ("Name", "ResourceProperties"):
        if call.parameters.get(name) is not None:
            row[name] = call.parameters[name]
    row["ModificationTime"] = datetime.now(UTC)
    return {"ProfileResourceAssociation": row}


def _list_resources(call: Call, _proceed: Proceed) -> dict[str, Any]:
    given = call.parameters
    _usable(call, str(given["ProfileId"]))
    rows = [
        row
        for row in call.table(_RESOURCES).values()
        if row["ProfileId"] == given["ProfileId"]
        and row["ResourceType"] == given.get("ResourceType", row["ResourceType"])
        and row["ResourceArn"] == given.get("ResourceArn", row["ResourceArn"])
    ]
    return {"ProfileResourceAssociations": rows}


# -- tags --------------------------------------------------------------------------------------------------


def _list_tags(call: Call, _proceed: Proceed) -> dict[str, Any]:
    return {"Tags": dict(call.table(_TAGS).get(str(call.parameters["ResourceArn"]), {}))}


def _tag(call: Call, _proceed: Proceed) -> dict[str, Any]:
    call.table(_TAGS).setdefault(str(call.parameters["ResourceArn"]), {}).update(call.parameters["Tags"])
    return {}


def _untag(call: Call, _proceed: Proceed) -> dict[str, Any]:
    tags = call.table(_TAGS).get(str(call.parameters["ResourceArn"]), {})
    for key in call.parameters["TagKeys"]:
        tags.pop(key, None)
    return {}


OVERLAYS: Mapping[str, Overlay] = {
    "AssociateProfile": _associate,
    "AssociateResourceToProfile": _add,
    "CreateProfile": _create_profile,
    "DeleteProfile": _delete_profile,
    "DisassociateProfile": _disassociate,
    "DisassociateResourceFromProfile": _remove,
    "GetProfile": _get_profile,
    "GetProfileAssociation": _get_association,
    "GetProfileResourceAssociation": _get_resource,
    "ListProfileAssociations": _list_associations,
    "ListProfileResourceAssociations": _list_resources,
    "ListProfiles": _list_profiles,
    "ListTagsForResource": _list_tags,
    "TagResource": _tag,
    "UntagResource": _untag,
    "UpdateProfileResourceAssociation": _update_resource,
}
