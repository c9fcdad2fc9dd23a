"""Security Hub: central configuration, its policies, and what they are associated with.

Policies and associations are kept and checked. Nothing is switched on or off in the accounts, so an
association stays `PENDING` here. The pages name no code for a caller who is not the delegated administrator,
calls from another Region than home, or has no central configuration: AccessDeniedException here.

moto keeps the organization's settings for the process only, and wants a Status that AWS sets itself. Source:
Security Hub API reference, EnableOrganizationAdminAccount, UpdateOrganizationConfiguration,
CreateConfigurationPolicy, UpdateConfigurationPolicy, DeleteConfigurationPolicy,
StartConfigurationPolicyAssociation, StartConfigurationPolicyDisassociation,
GetConfigurationPolicyAssociation; user guide, "Central configuration in Security Hub".
"""

from __future__ import annotations

import copy
import re
import uuid
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from ringwork.cloud.emulator.errors import AwsError
from ringwork.cloud.emulator.overlays.call import GLOBAL, Call, Overlay, Proceed, Table
from ringwork.cloud.emulator.overlays.organizations import organization_of
from ringwork.cloud.emulator.overlays.pages import page
from ringwork.cloud.emulator.stored import tags

_SETTINGS = "settings of the organization"
_POLICIES = "configuration policies"
_ASSOCIATIONS = "associations of configuration policies"
_SELF = "SELF_MANAGED_SECURITY_HUB"
_HOME = "ringwork:home"
_NAME = re.compile(r"[A-Za-z0-9.!*/-]+")
_PAGED = ("MaxResults", "NextToken")
_TARGETS = {"AccountId": "ACCOUNT", "OrganizationalUnitId": "ORGANIZATIONAL_UNIT", "RootId": "ROOT"}


# the organization's settings


def _settings(call: Call, organization: Any) -> Table:
    return call.table(_SETTINGS, account=organization.org.master_account_id, region=GLOBAL)


def _with_settings(call: Call, proceed: Proceed) -> dict[str, Any]:
    from moto.securityhub.models import SecurityHubBackend  # noqa: PLC0415

    call.load("organizations")
    organization = organization_of(call.account)
    if organization is None:
        return proceed()
    id, table, moto = organization.org.id, _settings(call, organization), SecurityHubBackend._org_configs
    moto.pop(id, None)
    if id in table:
        moto[id] = {name: copy.deepcopy(value) for name, value in table[id].items() if name != _HOME}
    answer = proceed()
    if id in moto:
        table[id] = {**table.get(id, {}), **copy.deepcopy(moto[id])}
    return answer


def _update_organization(call: Call, proceed: Proceed) -> dict[str, Any]:
    """Central configuration begins in the Region of the call, its home; no account is then enabled by
    itself."""
    given = call.parameters
    if (given.get("OrganizationConfiguration") or {}).get("ConfigurationType") != "CENTRAL":
        return _with_settings(call, proceed)
    settings = _as_admin(call)
    if given["AutoEnable"] or given.get("AutoEnableStandards") != "NONE":
        message = "AutoEnable is false and AutoEnableStandards is NONE with central configuration."
        raise AwsError("InvalidInputException", message)
    settings.update(
        {
            "auto_enable": False,
            "auto_enable_standards": "NONE",
            "configuration": {"ConfigurationType": "CENTRAL", "Status": "ENABLED"},
            _HOME: call.region,
        }
    )
    return {}


def _disable_admin(call: Call, _proceed: Proceed) -> dict[str, Any]:
    """DisableOrganizationAdminAccount: "can be called only by the organization management account"."""
    settings = _of_management(call)
    if settings.get("admin_account_id") != call.parameters["AdminAccountId"]:
        message = f"{call.parameters['AdminAccountId']} is not the delegated administrator."
        raise AwsError("InvalidInputException", message)
    settings["admin_account_id"] = None
    return {}


def _list_admins(call: Call, _proceed: Proceed) -> dict[str, Any]:
    admin = _of_management(call).get("admin_account_id")
    return {"AdminAccounts": [] if admin is None else [{"AccountId": admin, "Status": "ENABLED"}]}


def _of_management(call: Call) -> dict[str, Any]:
    call.load("organizations")
    organization = organization_of(call.account)
    if organization is None or organization.org.master_account_id != call.account:
        message = f"Account {call.account} is not the management account of an organization."
        raise AwsError("InvalidAccessException", message, 401)
    return _settings(call, organization).get(organization.org.id, {})


def _as_admin(call: Call) -> dict[str, Any]:
    """The organization's settings, for its delegated administrator, whose Security Hub is on."""
    from moto.securityhub.models import securityhub_backends  # noqa: PLC0415

    call.load("organizations")
    organization = organization_of(call.account)
    settings = _settings(call, organization).get(organization.org.id) if organization is not None else None
    if settings is None or settings["admin_account_id"] != call.account:
        message = f"Account {call.account} is not the delegated administrator of Security Hub."
        raise AwsError("AccessDeniedException", message, 403)
    if not securityhub_backends[call.account][call.region].enabled:
        message = f"Account {call.account} is not subscribed to AWS Security Hub"
        raise AwsError("InvalidAccessException", message, 401)
    return settings


def _central(call: Call) -> None:
    settings = _as_admin(call)
    central = settings["configuration"].get("ConfigurationType") == "CENTRAL"
    if not central or settings.get(_HOME) != call.region:
        message = "Central configuration is not on, or this is not its home Region."
        raise AwsError("AccessDeniedException", message, 403)


# policies


def _id(identifier: Any) -> str:
    return str(identifier).rpartition("/")[2]


def _policy(call: Call, identifier: Any) -> dict[str, Any]:
    found = call.table(_POLICIES).get(_id(identifier))
    if found is None:
        raise AwsError("ResourceNotFoundException", f"The policy {identifier} does not exist.", 404)
    return found


def _named(call: Call, name: str, id: str) -> str:
    if not _NAME.fullmatch(name):
        raise AwsError("InvalidInputException", f"The name {name} has characters that are not permitted.")
    if any(one["Name"] == name and one["Id"] != id for one in call.table(_POLICIES).values()):
        raise AwsError("ResourceConflictException", f"A policy named {name} is there already.", 409)
    return name


def _create(call: Call, _proceed: Proceed) -> dict[str, Any]:
    _central(call)
    given, id, now = call.parameters, str(uuid.uuid4()), datetime.now(UTC)
    record = {
        "Arn": f"arn:aws:securityhub:{call.region}:{call.account}:configuration-policy/{id}",
        "Id": id,
        "Name": _named(call, str(given["Name"]), id),
        "Description": given.get("Description", ""),
        "ConfigurationPolicy": copy.deepcopy(given["ConfigurationPolicy"]),
        "CreatedAt": now,
        "UpdatedAt": now,
    }
    call.table(_POLICIES)[id] = record
    tags.begin(call, [record["Arn"]])
    return dict(record)


def _get(call: Call, _proceed: Proceed) -> dict[str, Any]:
    _central(call)
    return dict(_policy(call, call.parameters["Identifier"]))


def _list(call: Call, _proceed: Proceed) -> dict[str, Any]:
    _central(call)
    rows = [
        {
            **{name: one[name] for name in ("Arn", "Id", "Name", "Description", "UpdatedAt")},
            "ServiceEnabled": bool(one["ConfigurationPolicy"].get("SecurityHub", {}).get("ServiceEnabled")),
        }
        for one in call.table(_POLICIES).values()
    ]
    member = "ConfigurationPolicySummaries"
    return page(call, member, rows, most=100, names=_PAGED, invalid="InvalidInputException")


def _update(call: Call, _proceed: Proceed) -> dict[str, Any]:
    _central(call)
    given, found = call.parameters, _policy(call, call.parameters["Identifier"])
    if "Name" in given:
        found["Name"] = _named(call, str(given["Name"]), found["Id"])
    for name in ("Description", "ConfigurationPolicy"):
        if name in given:
            found[name] = copy.deepcopy(given[name])
    found["UpdatedAt"] = datetime.now(UTC)
    return dict(found)


def _delete(call: Call, _proceed: Proceed) -> dict[str, Any]:
    """Not while a target is associated with it."""
    _central(call)
    found = _policy(call, call.parameters["Identifier"])
    if any(one["ConfigurationPolicyId"] == found["Id"] for one in call.table(_ASSOCIATIONS).values()):
        raise AwsError("ResourceConflictException", f"The policy {found['Name']} has associations.", 409)
    del call.table(_POLICIES)[found["Id"]]
    tags.forget(call, [found["Arn"]])
    return {}


# associations


def _target(call: Call, target: Mapping[str, Any]) -> tuple[str, str]:
    """The id and type of a target, which is in the organization."""
    if len(target) != 1:
        raise AwsError("InvalidInputException", "The target is one account, one unit, or the root.")
    ((member, value),) = target.items()
    organization = organization_of(call.account)
    places = organization.accounts if member == "AccountId" else organization.ou
    if all(one.id != value for one in places) or (member == "RootId") != str(value).startswith("r-"):
        raise AwsError("ResourceNotFoundException", f"{value} is not in the organization.", 404)
    return str(value), _TARGETS[member]


def _upwards(call: Call, id: str) -> Iterator[str]:
    """A target and what it is in, up to the root."""
    organization = organization_of(call.account)
    parents = {one.id: one.parent_id for one in (*organization.accounts, *organization.ou)}
    place: str | None = id
    while place is not None:
        yield place
        place = parents.get(place)


def _association(call: Call, target: Mapping[str, Any]) -> dict[str, Any]:
    """Its own, or what it inherits of the closest parent that has one."""
    id, kind = _target(call, target)
    table = call.table(_ASSOCIATIONS)
    for place in _upwards(call, id):
        if place in table:
            how = "APPLIED" if place == id else "INHERITED"
            return {**table[place], "TargetId": id, "TargetType": kind, "AssociationType": how}
    raise AwsError("ResourceNotFoundException", f"{id} has no configuration.", 404)


def _associate(call: Call, _proceed: Proceed) -> dict[str, Any]:
    _central(call)
    identifier = call.parameters["ConfigurationPolicyIdentifier"]
    policy = _SELF if identifier == _SELF else _policy(call, identifier)["Id"]
    id, kind = _target(call, call.parameters["Target"])
    call.table(_ASSOCIATIONS)[id] = {
        "ConfigurationPolicyId": policy,
        "TargetId": id,
        "TargetType": kind,
        "AssociationType": "APPLIED",
        "UpdatedAt": datetime.now(UTC),
        "AssociationStatus": "PENDING",
    }
    return dict(call.table(_ASSOCIATIONS)[id])


def _disassociate(call: Call, _proceed: Proceed) -> dict[str, Any]:
    _central(call)
    id, _kind = _target(call, call.parameters.get("Target") or {})
    table, policy = call.table(_ASSOCIATIONS), _id(call.parameters["ConfigurationPolicyIdentifier"])
    if table.get(id, {}).get("ConfigurationPolicyId") != policy:
        raise AwsError("ResourceNotFoundException", f"{id} is not associated with {policy}.", 404)
    del table[id]
    return {}


def _get_association(call: Call, _proceed: Proceed) -> dict[str, Any]:
    _central(call)
    return _association(call, call.parameters["Target"])


def _get_associations(call: Call, _proceed: Proceed) -> dict[str, Any]:
    _central(call)
    found, failed = [], []
    for identifier in call.parameters["ConfigurationPolicyAssociationIdentifiers"]:
        try:
            found.append(_association(call, identifier["Target"]))
        except AwsError as error:
            failed.append(
                {
                    "ConfigurationPolicyAssociationIdentifiers": identifier,
                    "ErrorCode": error.code,
                    "ErrorReason": error.message,
                }
            )
    return {
        "ConfigurationPolicyAssociations": found,
        "UnprocessedConfigurationPolicyAssociations": failed,
    }


def _list_associations(call: Call, _proceed: Proceed) -> dict[str, Any]:
    """Those of every place of the organization, inherited ones as well."""
    _central(call)
    organization, wanted = organization_of(call.account), call.parameters.get("Filters") or {}
    targets = [{"AccountId": one.id} for one in organization.accounts]
    targets += [
        {"RootId" if one.id.startswith("r-") else "OrganizationalUnitId": one.id} for one in organization.ou
    ]
    rows = []
    for target in targets:
        try:
            row = _association(call, target)
        except AwsError:
            continue
        if all(row[name] == value for name, value in wanted.items()):
            rows.append(row)
    member = "ConfigurationPolicyAssociationSummaries"
    return page(call, member, rows, most=100, names=_PAGED, invalid="InvalidInputException")


OVERLAYS: Mapping[str, Overlay] = {
    "BatchGetConfigurationPolicyAssociations": _get_associations,
    "CreateConfigurationPolicy": _create,
    "DeleteConfigurationPolicy": _delete,
    "DisableOrganizationAdminAccount": _disable_admin,
    "GetConfigurationPolicy": _get,
    "GetConfigurationPolicyAssociation": _get_association,
    "ListConfigurationPolicies": _list,
    "ListConfigurationPolicyAssociations": _list_associations,
    "ListOrganizationAdminAccounts": _list_admins,
    "StartConfigurationPolicyAssociation": _associate,
    "StartConfigurationPolicyDisassociation": _disassociate,
    "UpdateConfigurationPolicy": _update,
    "UpdateOrganizationConfiguration": _update_organization,
    **dict.fromkeys(
        (
            *("DescribeOrganizationConfiguration", "EnableOrganizationAdminAccount"),
            *("GetAdministratorAccount", "GetMasterAccount", "GetMembers", "ListMembers"),
        ),
        _with_settings,
    ),
}
