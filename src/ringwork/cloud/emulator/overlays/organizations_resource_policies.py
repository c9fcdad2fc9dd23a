"""Organizations: the organization's resource policy, which delegates the management of policies.

The policy is kept, checked and described. What it delegates stays refused to member accounts, which is
stricter than AWS. Source: Organizations API reference, PutResourcePolicy, DescribeResourcePolicy,
DeleteResourcePolicy; user guide, "Delegated administrator for AWS Organizations".
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Any

from ringwork.access import PolicyError, parse
from ringwork.cloud.emulator.errors import AwsError, NotEmulatedError
from ringwork.cloud.emulator.overlays.call import GLOBAL, Call, Overlay, Proceed
from ringwork.cloud.emulator.overlays.organizations import management_only, organization_of

_TABLE = "resource policy of the organization"
_LONGEST = 40_000


def _policies(call: Call) -> tuple[dict[str, dict[str, Any]], str]:
    """The table, and the id of the organization, whose policy is its only record."""
    management_only(call, lambda: {})
    return call.table(_TABLE, region=GLOBAL), str(organization_of(call.account).org.id)


def _put(call: Call, _proceed: Proceed) -> dict[str, Any]:
    table, organization = _policies(call)
    content = str(call.parameters["Content"])
    if call.parameters.get("Tags"):
        raise NotEmulatedError("organizations", call.operation, "tags of the resource policy are not kept")
    try:
        parse(content, kind="resource")
    except PolicyError as error:
        raise AwsError("InvalidInputException", f"The policy document is not valid: {error}") from None
    if len(content) > _LONGEST:
        raise AwsError("ConstraintViolationException", "The resource policy is too long.")
    id = table[organization]["id"] if organization in table else f"rp-{secrets.token_hex(4)}"
    table[organization] = {"id": id, "content": content}
    return _shown(call, organization, table[organization])


def _shown(call: Call, organization: str, record: Mapping[str, Any]) -> dict[str, Any]:
    arn = f"arn:aws:organizations::{call.account}:resourcepolicy/{organization}/{record['id']}"
    summary = {"Id": record["id"], "Arn": arn}
    return {"ResourcePolicy": {"ResourcePolicySummary": summary, "Content": record["content"]}}


def _missing() -> AwsError:
    message = "The organization has no resource policy."
    return AwsError("ResourcePolicyNotFoundException", message)


def _describe(call: Call, _proceed: Proceed) -> dict[str, Any]:
    table, organization = _policies(call)
    if organization not in table:
        raise _missing()
    return _shown(call, organization, table[organization])


def _delete(call: Call, _proceed: Proceed) -> dict[str, Any]:
    table, organization = _policies(call)
    if table.pop(organization, None) is None:
        raise _missing()
    return {}


OVERLAYS: Mapping[str, Overlay] = {
    "DeleteResourcePolicy": _delete,
    "DescribeResourcePolicy": _describe,
    "PutResourcePolicy": _put,
}
