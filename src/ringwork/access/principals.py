"""Whether a Principal element names a principal, and how.

How it names it decides what else must allow: IAM user guide, "AWS JSON policy elements: Principal"; "Policy
evaluation for requests within a single account" (the table of principals and implicit denies);
"Permissions boundaries for IAM entities" (resource-based policies that name a user, a session or everybody
are not limited by an implicit deny in a boundary).
"""

from __future__ import annotations

import re
from enum import StrEnum

from ringwork.access.policy import Principals
from ringwork.access.request import Principal

_ACCOUNT = re.compile(r"(?:arn:[a-z-]+:iam::)?([0-9]{12})(?::root)?")


class Named(StrEnum):
    """How a statement names a principal."""

    DIRECT = "direct"
    """by the ARN of the user, the role session or the federated user, or as everybody: grants by itself"""
    ROLE = "role"
    """by the ARN of the session's role: grants, within boundary and session policy"""
    ACCOUNT = "account"
    """by its account: lets the account's own identity policies decide"""


def account_of(entry: str) -> str | None:
    """The account that an AWS principal entry stands for, if it is an account."""
    match = _ACCOUNT.fullmatch(entry)
    return match[1] if match else None


def named(principals: Principals, who: Principal) -> Named | None:
    """How `principals` names `who`; None when it does not. The strongest way counts."""
    if principals.everyone:
        return Named.DIRECT
    if who.kind == "service":
        return Named.DIRECT if who.arn in principals.services else None
    if who.kind == "token":
        return Named.DIRECT if who.arn in principals.federated else None
    if who.kind == "anonymous":
        return None
    if who.arn in principals.aws and who.kind != "root":
        return Named.DIRECT
    if who.kind == "federated" and who.arn in principals.federated:
        return Named.DIRECT
    if who.role is not None and who.role in principals.aws:
        return Named.ROLE
    if any(account_of(entry) == who.account for entry in principals.aws):
        return Named.ACCOUNT
    return None


def exempt(listed: Principals, who: Principal) -> tuple[bool, bool]:
    """Whether a Deny with NotPrincipal `listed` leaves `who` out, and whether that depends on the reading.

    IAM user guide, "AWS JSON policy elements: NotPrincipal": name the account of the exempted principal as
    well, and for a session also the role; otherwise the policy may deny it, depending on the service.
    """
    if listed.everyone:
        return True, False
    if who.kind == "service":
        return who.arn in listed.services, False
    if who.kind == "token":
        return who.arn in listed.federated, False
    if who.kind == "anonymous":
        return False, False
    account = any(account_of(entry) == who.account for entry in listed.aws)
    own = who.arn in listed.aws and who.kind != "root"
    role = who.role is not None and who.role in listed.aws
    if who.kind == "root":
        return account, False
    if who.kind == "role":
        whole = account and role and own
        return whole, (account or role or own) and not whole
    return account and own, (account or own) and not (account and own)


def service_linked(who: Principal) -> bool:
    """Whether it is the session of a service-linked role: neither SCPs nor RCPs bind it.

    Organizations user guide, "Tasks and entities not restricted by SCPs", "Resources and entities not
    restricted by RCPs".
    """
    return who.service_linked or ":role/aws-service-role/" in (who.role or "")
