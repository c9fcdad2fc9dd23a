"""Firewall Manager: its default administrator, and the policies that only this account manages.

A policy is kept, and makes nothing in the accounts: what it would say of their compliance stays refused.
Only the default administrator manages policies, not those of PutAdminAccount, which is stricter than AWS. As
long as none is appointed, the management account of the organization may as well, which AWS refuses.

Source: Firewall Manager API reference, AssociateAdminAccount, GetAdminAccount, DisassociateAdminAccount,
PutPolicy, GetPolicy, ListPolicies, DeletePolicy, Policy.
"""

from __future__ import annotations

import copy
import json
import uuid
from collections.abc import Mapping
from typing import Any

from ringwork.cloud.emulator.errors import AwsError, NotEmulatedError
from ringwork.cloud.emulator.overlays.call import GLOBAL, Call, Overlay, Proceed, Table
from ringwork.cloud.emulator.overlays.organizations import organization_of
from ringwork.cloud.emulator.overlays.pages import page

_ADMIN = "default administrator"
_POLICIES = "policies"


def _organization(call: Call) -> Any:
    call.load("organizations")
    found = organization_of(call.account)
    if found is None:
        message = f"Account {call.account} is not a member of an organization."
        raise AwsError("InvalidOperationException", message)
    return found


def _appointed(call: Call, organization: Any) -> tuple[Table, str | None]:
    """The table of the management account, and the administrator in it."""
    table = call.table(_ADMIN, account=organization.org.master_account_id, region=GLOBAL)
    return table, next(iter(table), None)


def _as_admin(call: Call) -> None:
    organization = _organization(call)
    _, admin = _appointed(call, organization)
    if call.account != (admin or organization.org.master_account_id):
        message = f"Operation: {call.operation} is only available to the administrator account."
        raise AwsError("AccessDeniedException", message)


# the administrator


def _associate(call: Call, _proceed: Proceed) -> dict[str, Any]:
    organization, wanted = _organization(call), str(call.parameters["AdminAccount"])
    table, admin = _appointed(call, organization)
    if call.account != organization.org.master_account_id:
        message = f"{call.account} is not the management account of the organization."
        raise AwsError("InvalidOperationException", message)
    if all(member.id != wanted for member in organization.accounts):
        raise AwsError("InvalidInputException", f"{wanted} is not a member of the organization.")
    if admin is not None:
        raise AwsError("InvalidOperationException", f"{admin} is the administrator already.")
    table[wanted] = {"account": wanted}
    return {}


def _get_admin(call: Call, _proceed: Proceed) -> dict[str, Any]:
    _, admin = _appointed(call, _organization(call))
    if admin is None:
        raise AwsError("ResourceNotFoundException", "No administrator account is associated.")
    return {"AdminAccount": admin, "RoleStatus": "READY"}


def _disassociate(call: Call, _proceed: Proceed) -> dict[str, Any]:
    table, admin = _appointed(call, _organization(call))
    if admin is None:
        raise AwsError("ResourceNotFoundException", "No administrator account is associated.")
    _as_admin(call)
    del table[admin]
    return {}


# policies


def _arn(call: Call, id: str) -> str:
    return f"arn:aws:fms:{call.region}:{call.account}:policy/{id}"


def _policy(call: Call, id: Any) -> dict[str, Any]:
    found = call.table(_POLICIES).get(str(id))
    if found is None:
        raise AwsError("ResourceNotFoundException", f"The policy {id} does not exist.")
    return found


def _put(call: Call, _proceed: Proceed) -> dict[str, Any]:
    """With the id of a policy it is replaced, if the token is that of its last version."""
    _as_admin(call)
    if call.parameters.get("TagList"):
        raise NotEmulatedError("fms", call.operation, "tags of policies are not kept")
    given = copy.deepcopy(call.parameters["Policy"])
    id, token = given.get("PolicyId"), given.get("PolicyUpdateToken")
    if id is not None and token != _policy(call, id)["PolicyUpdateToken"]:
        raise AwsError("InvalidOperationException", "The update token is not that of the current version.")
    try:
        json.loads(given["SecurityServicePolicyData"].get("ManagedServiceData", "{}"))
    except ValueError:
        raise AwsError("InvalidInputException", "ManagedServiceData is not JSON.") from None
    known = str(id or uuid.uuid4())
    given.update(PolicyId=known, PolicyUpdateToken=str(uuid.uuid4()), PolicyStatus="ACTIVE")
    call.table(_POLICIES)[known] = given
    return _shown(call, given)


def _shown(call: Call, policy: Mapping[str, Any]) -> dict[str, Any]:
    return {"Policy": copy.deepcopy(policy), "PolicyArn": _arn(call, policy["PolicyId"])}


def _get(call: Call, _proceed: Proceed) -> dict[str, Any]:
    _as_admin(call)
    return _shown(call, _policy(call, call.parameters["PolicyId"]))


_LISTED = (
    *("PolicyId", "PolicyName", "ResourceType", "RemediationEnabled", "DeleteUnusedFMManagedResources"),
    "PolicyStatus",
)


def _list(call: Call, _proceed: Proceed) -> dict[str, Any]:
    _as_admin(call)
    rows = [
        {
            "PolicyArn": _arn(call, id),
            "SecurityServiceType": one["SecurityServicePolicyData"]["Type"],
            **{name: one[name] for name in _LISTED if name in one},
        }
        for id, one in call.table(_POLICIES).items()
    ]
    names = ("MaxResults", "NextToken")
    return page(call, "PolicyList", rows, most=100, names=names, invalid="InvalidOperationException")


def _delete(call: Call, _proceed: Proceed) -> dict[str, Any]:
    _as_admin(call)
    del call.table(_POLICIES)[_policy(call, call.parameters["PolicyId"])["PolicyId"]]
    return {}


OVERLAYS: Mapping[str, Overlay] = {
    "AssociateAdminAccount": _associate,
    "DeletePolicy": _delete,
    "DisassociateAdminAccount": _disassociate,
    "GetAdminAccount": _get_admin,
    "GetPolicy": _get,
    "ListPolicies": _list,
    "PutPolicy": _put,
}
