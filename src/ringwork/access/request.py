"""Who asks for what: the input of an authorization decision."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

Kind: TypeAlias = Literal["root", "user", "role", "federated", "service", "anonymous", "token"]
"""`federated`: a session of GetFederationToken; `token`: whoever has a token of an identity provider and no
credentials of AWS yet, as in AssumeRoleWithWebIdentity and AssumeRoleWithSAML"""
WITHOUT_IDENTITY = frozenset(("service", "anonymous", "token"))
"""kinds without identity-based policies: the resource's policy alone can admit them"""
Context: TypeAlias = Mapping[str, "str | tuple[str, ...]"]
"""Condition key -> value; a tuple for a multivalued key, even with one value. An absent key is missing."""


@dataclass(frozen=True, slots=True)
class Principal:
    """The principal of a request, as IAM sees it after authentication."""

    kind: Kind
    account: str | None
    """12 digits; None for a service and for whoever is anonymous"""
    arn: str
    """as `GetCallerIdentity` gives it: a user's ARN, `arn:aws:sts::A:assumed-role/R/S`,
    `arn:aws:iam::A:root`, `arn:aws:sts::A:federated-user/F`; for a service `sagemaker.amazonaws.com`; `*` for
    anonymous; for a token its provider, as trust policies name it"""
    role: str | None = None
    """for a session of a role: the role's ARN, path included"""
    service_linked: bool = False
    """the role is service-linked: neither SCPs nor RCPs bind it"""


@dataclass(frozen=True, slots=True)
class Request:
    """One authorization question. An API call can ask several."""

    principal: Principal
    action: str
    """`s3:GetObject`"""
    resource: str
    """an ARN, or `*` where the action has no resource"""
    resource_account: str | None = None
    """the account that owns the resource; None: the principal's"""
    context: Context = field(default_factory=dict)
    """every key that the request carries; names in any case"""

    @property
    def same_account(self) -> bool:
        """Whether the principal's account owns the resource."""
        return self.principal.account is not None and self.resource_account in (
            None,
            self.principal.account,
        )
