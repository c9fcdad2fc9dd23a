"""Organizations: invitations, by which an account that exists joins an organization.

Source: Organizations API reference, InviteAccountToOrganization, AcceptHandshake, DescribeHandshake,
ListHandshakesForAccount; user guide, "Inviting an account to join your organization": an invited account
gets no role for the management account, and begins in the root with the full-access policies.
"""

from __future__ import annotations

import secrets
from datetime import UTC, datetime, timedelta
from typing import Any

from ringwork.cloud.emulator.errors import AwsError
from ringwork.cloud.emulator.overlays.call import GLOBAL, Call, Overlay, Proceed, Table
from ringwork.cloud.emulator.overlays.organizations import management_only, organization_of

_TABLE = "invitations"
_LASTS = timedelta(days=15)
_EVERYBODY = "000000000000"
"""The account under which invitations are kept: both sides see them."""
_FULL = ("p-FullAWSAccess", "p-RCPFullAWSAccess")


def _invitations(call: Call) -> Table:
    return call.table(_TABLE, account=_EVERYBODY, region=GLOBAL)


def _shown(record: dict[str, Any]) -> dict[str, Any]:
    return {
        "Id": record["id"],
        "Arn": f"arn:aws:organizations::{record['by']}:handshake/{record['organization']}/invite/"
        f"{record['id']}",
        "Parties": [
            {"Id": record["organization"].removeprefix("o-"), "Type": "ORGANIZATION"},
            {"Id": record["account"], "Type": "ACCOUNT"},
        ],
        "State": record["state"],
        "RequestedTimestamp": record["since"],
        "ExpirationTimestamp": record["since"] + _LASTS,
        "Action": "INVITE",
    }


def _invite(call: Call, _proceed: Proceed) -> dict[str, Any]:
    management_only(call, dict)
    target = call.parameters["Target"]
    if target["Type"] != "ACCOUNT":
        message = "Only accounts can be invited by their id here: the local cloud has no e-mail."
        raise AwsError("InvalidInputException", message)
    account = str(target["Id"])
    if organization_of(account) is not None:
        message = "The account is already a member of an organization."
        raise AwsError("HandshakeConstraintViolationException", message)
    record = {
        "id": f"h-{secrets.token_hex(8)}",
        "organization": organization_of(call.account).org.id,
        "by": call.account,
        "account": account,
        "state": "OPEN",
        "since": datetime.now(UTC),
    }
    _invitations(call)[record["id"]] = record
    return {"Handshake": _shown(record)}


def _open(call: Call) -> dict[str, Any]:
    record = _invitations(call).get(str(call.parameters["HandshakeId"]))
    if record is None or call.account not in (record["account"], record["by"]):
        raise AwsError("HandshakeNotFoundException", "We can't find a handshake with the specified ID.")
    return record


def _accept(call: Call, _proceed: Proceed) -> dict[str, Any]:
    record = _open(call)
    if call.account != record["account"]:
        message = "You don't have permissions to access this resource."
        raise AwsError("AccessDeniedException", message)
    backend = organization_of(record["by"])
    late = datetime.now(UTC) > record["since"] + _LASTS
    if record["state"] != "OPEN" or late or backend is None or organization_of(call.account) is not None:
        message = "You can't perform the operation on the handshake in its current state."
        raise AwsError("InvalidHandshakeTransitionException", message)
    _join(backend, call.account)
    record["state"] = "ACCEPTED"
    return {"Handshake": _shown(record)}


def _join(backend: Any, account: str) -> None:
    """The account becomes moto's member. Its constructor is passed by: it makes an account of its own."""
    from moto.organizations.models import FakeAccount, organizations_backends  # noqa: PLC0415

    organization = backend.org
    member = FakeAccount.__new__(FakeAccount)
    member.__dict__.update(
        type="ACCOUNT",
        region=organization.region,
        organization_id=organization.id,
        master_account_id=organization.master_account_id,
        create_account_status_id="",
        id=account,
        name=account,
        email=f"{account}@example.com",
        create_time=datetime.now(UTC).replace(tzinfo=None),
        status="ACTIVE",
        state="ACTIVE",
        joined_method="INVITED",
        parent_id=organization.root_id,
        attached_policies=[],
        tags={},
    )
    backend.accounts.append(member)
    for policy in _FULL:
        backend.attach_policy(PolicyId=policy, TargetId=account)
    organizations_backends.master_accounts[account] = (backend.account_id, backend.partition)


def _describe(call: Call, _proceed: Proceed) -> dict[str, Any]:
    return {"Handshake": _shown(_open(call))}


def _of_account(call: Call, _proceed: Proceed) -> dict[str, Any]:
    found = [record for record in _invitations(call).values() if record["account"] == call.account]
    return {"Handshakes": [_shown(record) for record in found]}


OVERLAYS: dict[str, Overlay] = {
    "AcceptHandshake": _accept,
    "DescribeHandshake": _describe,
    "InviteAccountToOrganization": _invite,
    "ListHandshakesForAccount": _of_account,
}
