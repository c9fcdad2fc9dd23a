"""Who calls: an account, and a principal in it.

The local cloud starts each account with one principal, its administrator: an ordinary role named
`ringwork-local-administrator` with AdministratorAccess, bound by service control policies like any other. It
is what an account's owner has on AWS after Organizations created the account
(`OrganizationAccountAccessRole`). Every further principal comes from `sts:AssumeRole` and its like, or from
`iam:CreateAccessKey`.
"""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass
from typing import Any, Literal

ADMINISTRATOR = "ringwork-local-administrator"
_SESSION = "ringwork"

_ACCOUNT = re.compile(r"[0-9]{12}")
_ROLE_ARN = re.compile(r"arn:(aws[a-z-]*):iam::([0-9]{12}):role/((?:[\x21-\x7e]+/)?)([\w+=,.@-]{1,64})")

Kind = Literal["root", "user", "role", "federated", "service", "anonymous"]


@dataclass(frozen=True, slots=True)
class Caller:
    """The principal behind a request, and what its session carries.

    `arn` and `user_id` are what `GetCallerIdentity` gives.
    """

    account: str
    """12 digits; for a service principal the account on whose behalf it acts"""
    arn: str
    user_id: str
    kind: Kind = "role"
    role: str | None = None
    """for a role session: the role's ARN, path included"""
    issued: int | None = None
    """when the session's credentials were issued, in seconds since 1970; None for long-term keys"""
    session_policies: tuple[str, ...] | None = None
    """documents (JSON) or ARNs of managed policies that limit the session; None: none were passed"""
    tags: tuple[tuple[str, str], ...] = ()
    """session tags"""
    transitive_tags: tuple[str, ...] = ()
    """keys of the session tags that a chained role inherits"""
    source_identity: str | None = None
    provider: str | None = None
    """`aws:FederatedProvider` of a session of AssumeRoleWithSAML or AssumeRoleWithWebIdentity"""
    mfa: bool | None = None
    """`aws:MultiFactorAuthPresent`; None: the key is absent"""
    called_via: tuple[str, ...] = ()
    """services that made the request with this principal's credentials, first to last
    (IAM user guide, "Forward access sessions")"""
    source_arn: str | None = None
    """for a service principal: the resource that made it call"""

    def as_claim(self) -> dict[str, Any]:
        """JSON values that `from_claim` reads."""
        return asdict(self)

    @classmethod
    def from_claim(cls, claim: dict[str, Any]) -> Caller:
        """What `as_claim` wrote, read from JSON."""
        policies = claim["session_policies"]
        return cls(
            **{
                **claim,
                "session_policies": None if policies is None else tuple(policies),
                "tags": tuple((key, value) for key, value in claim["tags"]),
                "transitive_tags": tuple(claim["transitive_tags"]),
                "called_via": tuple(claim["called_via"]),
            }
        )


def check_account(account: str) -> str:
    """Return `account`, or raise `ValueError` when it is not 12 digits."""
    if not _ACCOUNT.fullmatch(account):
        raise ValueError(f"`{account}` is not an AWS account id: 12 digits are expected")
    return account


def administrator_role(account: str) -> str:
    """ARN of the first role of `account`."""
    return f"arn:aws:iam::{check_account(account)}:role/{ADMINISTRATOR}"


def administrator(account: str) -> Caller:
    """The first principal of `account`: a session of its administrator role."""
    check_account(account)
    return Caller(
        account,
        f"arn:aws:sts::{account}:assumed-role/{ADMINISTRATOR}/{_SESSION}",
        f"AROALOCAL{account}:{_SESSION}",
        role=administrator_role(account),
    )


def service(principal: str, account: str, source_arn: str | None = None) -> Caller:
    """An AWS service that acts for itself, such as `events.amazonaws.com` on behalf of a rule."""
    return Caller(account, principal, principal, kind="service", source_arn=source_arn)


def anonymous(account: str) -> Caller:
    """Whoever did not sign a request, which works in `account` (the owner of what it asks for)."""
    return Caller(account, "*", "anonymous", kind="anonymous")


def parse_role_arn(arn: str) -> tuple[str, str] | None:
    """Account and name of the role that `arn` names, or None when it is not the ARN of a role.

    ARN format: IAM user guide, "IAM identifiers"; the path, if any, is not part of the name.
    """
    match = _ROLE_ARN.fullmatch(arn)
    return (match[2], match[4]) if match else None
