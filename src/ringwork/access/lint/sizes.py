"""Whether a policy is longer than AWS takes it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from typing import Literal

from ringwork.access.lint.finding import HIGH, MEDIUM, Held, LintFinding
from ringwork.access.policy import Policy
from ringwork.schemas import quotas
from ringwork.schemas.quotas import Quota

_QUOTAS: Mapping[str, Quota] = {
    "managed": quotas.MANAGED_POLICY,
    "user": quotas.USER_INLINE_POLICIES,
    "role": quotas.ROLE_INLINE_POLICIES,
    "group": quotas.GROUP_INLINE_POLICIES,
    "bucket": quotas.BUCKET_POLICY,
    "identity": quotas.MANAGED_POLICY,
    "boundary": quotas.MANAGED_POLICY,
    "trust": quotas.TRUST_POLICY,
    "session": quotas.SESSION_POLICY,
    "scp": quotas.SERVICE_CONTROL_POLICY,
    "rcp": quotas.RESOURCE_CONTROL_POLICY,
    "key": quotas.KEY_POLICY,
    "endpoint": quotas.ENDPOINT_POLICY,
}
_WITHOUT_SPACE = {"managed", "user", "role", "group", "identity", "boundary", "trust"}
"""IAM counts no white space ("IAM and AWS STS quotas"); the other services count the text as it is"""


def _measured(policy: Policy, text: str | None, kind: str) -> int:
    document = text if text is not None else json.dumps(policy.document, separators=(",", ":"))
    if kind in _WITHOUT_SPACE:
        return len(re.sub(r"\s", "", document))
    return len(document.encode()) if _QUOTAS[kind].unit == "bytes" else len(document)


def _too_long(size: int, quota: Quota) -> LintFinding:
    message = f"{size:,} {quota.unit}; {quota.name} is at most {quota.value:,}"
    if quota.adjustable:
        message += ", which AWS raises on request"
    return LintFinding("size", MEDIUM if quota.adjustable else HIGH, message, "", quota.source)


def lint_size(
    policy: Policy, *, text: str | None = None, held: Held | None = None
) -> tuple[LintFinding, ...]:
    """Whether the policy is longer than its quota; parameters as in `lint`."""
    kind: str = held or policy.kind
    quota = _QUOTAS.get(kind)
    if quota is None:
        return ()
    size = _measured(policy, text, kind)
    return (_too_long(size, quota),) if size > quota.value else ()


def lint_inline(
    policies: Iterable[Policy], held: Literal["user", "role", "group"]
) -> tuple[LintFinding, ...]:
    """Whether the inline policies of one user, role or group are too long together."""
    size = sum(_measured(policy, None, held) for policy in policies)
    return (_too_long(size, _QUOTAS[held]),) if size > _QUOTAS[held].value else ()
