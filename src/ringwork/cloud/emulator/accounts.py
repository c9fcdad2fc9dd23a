"""Who calls: an account, and a principal in it.

The local cloud starts each account with one principal, its administrator. On AWS this is what an account's
owner has after Organizations created the account (`OrganizationAccountAccessRole`); here its ARN is
`arn:aws:iam::ACCOUNT:role/ringwork-local-administrator`, and `GetCallerIdentity` answers exactly this ARN.
Every further principal comes from `sts:AssumeRole` or `iam:CreateAccessKey`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

ADMINISTRATOR = "ringwork-local-administrator"

_ACCOUNT = re.compile(r"[0-9]{12}")
_ROLE_ARN = re.compile(r"arn:(aws[a-z-]*):iam::([0-9]{12}):role/((?:[\x21-\x7e]+/)?)([\w+=,.@-]{1,64})")


@dataclass(frozen=True, slots=True)
class Caller:
    """The principal behind a request: 12-digit account, ARN as `GetCallerIdentity` gives it, and user id."""

    account: str
    arn: str
    user_id: str


def check_account(account: str) -> str:
    """Return `account`, or raise `ValueError` when it is not 12 digits."""
    if not _ACCOUNT.fullmatch(account):
        raise ValueError(f"`{account}` is not an AWS account id: 12 digits are expected")
    return account


def administrator(account: str) -> Caller:
    """The first principal of `account`."""
    check_account(account)
    return Caller(account, f"arn:aws:iam::{account}:role/{ADMINISTRATOR}", f"AROALOCAL{account}")


def parse_role_arn(arn: str) -> tuple[str, str] | None:
    """Account and name of the role that `arn` names, or None when it is not the ARN of a role.

    ARN format: IAM user guide, "IAM identifiers"; the path, if any, is not part of the name.
    """
    match = _ROLE_ARN.fullmatch(arn)
    return (match[2], match[4]) if match else None
