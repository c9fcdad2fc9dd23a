"""KMS grants.

Source: KMS developer guide, "Grants in AWS KMS": a grant only allows; it names a grantee principal,
operations, and constraints on the encryption context.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from ringwork.access.conditions import Values
from ringwork.access.principals import account_of
from ringwork.access.request import Principal

_CONTEXT = "kms:encryptioncontext:"


@dataclass(frozen=True, slots=True)
class Grant:
    """One grant on the key that a request is about."""

    grantee: str
    """ARN of a user, role, role session or account (`arn:aws:iam::A:root`), or a service principal. An
    account is read as in a key policy: its identity policies decide"""
    operations: frozenset[str]
    """`Decrypt`, `GenerateDataKey`, ..."""
    context_equals: Mapping[str, str] | None = None
    """`Constraints.EncryptionContextEquals`"""
    context_subset: Mapping[str, str] | None = None
    """`Constraints.EncryptionContextSubset`"""
    retiring: str | None = None
    """the principal that may retire the grant"""
    name: str = field(default="", compare=False)

    @property
    def to_account(self) -> bool:
        """Whether the grantee is an account as a whole."""
        return account_of(self.grantee) is not None

    def names(self, who: Principal, action: str) -> bool:
        """Whether the grant is about `who` and `action`, its constraints aside."""
        operation = action.partition(":")[2]
        if operation == "RetireGrant":
            return self.retiring is not None and _is(who, self.retiring)
        return operation in self.operations and _is(who, self.grantee)

    def admits(self, who: Principal, action: str, context: Values) -> bool:
        """Whether the grant lets `who` do `action` (`kms:Decrypt`); `context` has lower-case names."""
        if not self.names(who, action):
            return False
        if action == "kms:RetireGrant":
            return True
        given = {
            name.removeprefix(_CONTEXT): value
            for name, value in context.items()
            if name.startswith(_CONTEXT) and isinstance(value, str)
        }
        equals, subset = (
            {name.lower(): value for name, value in (wanted or {}).items()}
            for wanted in (self.context_equals, self.context_subset)
        )
        if self.context_equals is not None and given != equals:
            return False
        return self.context_subset is None or subset.items() <= given.items()


def _is(who: Principal, named: str) -> bool:
    return named in (who.arn, who.role) or account_of(named) == (who.account or "")
