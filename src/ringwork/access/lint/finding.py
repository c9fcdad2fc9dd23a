"""A finding of lint: which there are, and what each rests on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

from ringwork.findings import Severity

Held: TypeAlias = Literal["aws", "managed", "user", "role", "group", "bucket"]
"""Where a policy is kept, as far as its kind does not say: among AWS's managed policies (no quota binds them)
or one's own, inline in a user, role or group, at a bucket"""

_ELEMENTS = "IAM user guide, IAM JSON policy elements"
_SETS = "IAM user guide, Set operators for multivalued context keys"
_REFERENCE = "Service Authorization Reference, Actions, resources, and condition keys for AWS services"

SOURCES: Mapping[str, str] = {
    "action-unknown": _REFERENCE,
    "action-wildcard-empty": _REFERENCE,
    "action-wildcard-open": f"{_ELEMENTS}: Action",
    "allow-not-action": f"{_ELEMENTS}: NotAction",
    "allow-not-resource": f"{_ELEMENTS}: NotResource",
    "allow-without-key": f"{_ELEMENTS}: Condition operators",
    "arn-malformed": "IAM user guide, IAM identifiers",
    "deny-exempts-any": "IAM user guide, Conditions with multiple context keys or values",
    "deny-exempts-all": f"{_ELEMENTS}: Condition operators",
    "deny-exempts-roles": f"{_ELEMENTS}: Condition operators",
    "deny-exempts-service": f"{_ELEMENTS}: NotAction",
    "deny-mixed-values": _SETS,
    "deny-passes-without-key": f"{_ELEMENTS}: Condition operators",
    "for-all-values-without-key": _SETS,
    "key-not-offered": _REFERENCE,
    "key-not-offered-by-some": _REFERENCE,
    "key-unknown": "IAM user guide, AWS global condition context keys",
    "mfa-without-key": "IAM user guide, AWS global condition context keys: aws:MultiFactorAuthPresent",
    "not-principal": f"{_ELEMENTS}: NotPrincipal",
    "principal-invalid": f"{_ELEMENTS}: Principal",
    "principal-deleted": f"{_ELEMENTS}: Principal",
    "rcp-not-reached": "Organizations user guide, List of AWS services that support RCPs",
    "resource-not-taken": _REFERENCE,
    "resource-needs-star": _REFERENCE,
    "set-operator-missing": "IAM user guide, Single-valued vs. multivalued context keys",
    "set-operator-on-single": "IAM user guide, Single-valued vs. multivalued context keys",
    "size": "the page of the quota",
    "statement-never-applies": f"{_ELEMENTS}: NotAction, NotResource, NotPrincipal",
    "variable-in-old-version": f"{_ELEMENTS}: Version",
}
"""Every kind of finding -> the AWS page that it rests on."""


@dataclass(frozen=True, slots=True)
class LintFinding:
    """One thing about one place of a policy."""

    id: str
    """a name in `SOURCES`"""
    severity: Severity
    message: str
    """one sentence: lower case, no full stop, names in backticks"""
    pointer: str
    """JSON pointer (RFC 6901)"""
    source: str
    """the AWS page"""

    def __str__(self) -> str:
        return f"{self.severity.value}: {self.message} at `{self.pointer or '/'}` ({self.id})"


HIGH, MEDIUM, LOW, INFORMATIONAL = (
    Severity.HIGH,
    Severity.MEDIUM,
    Severity.LOW,
    Severity.INFORMATIONAL,
)
