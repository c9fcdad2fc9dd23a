"""WAF: the permission policy of a rule group, by which its owner shares it with other accounts.

The policy is kept on moto's rule group and goes with it. No account here may use another's rule group, shared
or not, which is stricter than AWS. Source: WAFV2 API reference, PutPermissionPolicy, GetPermissionPolicy,
DeletePermissionPolicy, WAFInvalidPermissionPolicyException.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from ringwork.access import PolicyError, parse
from ringwork.cloud.emulator.errors import AwsError
from ringwork.cloud.emulator.overlays.call import Call, Overlay, Proceed

_POLICY = "ringwork_permission_policy"
_NEEDED = {"wafv2:createwebacl", "wafv2:updatewebacl", "wafv2:putfirewallmanagerrulegroups"}
_MAY = {"wafv2:getrulegroup"}


def _group(call: Call) -> Any:
    """A rule group of this account, of this Region or (from N. Virginia) of CloudFront."""
    from moto.wafv2.models import wafv2_backends  # noqa: PLC0415

    arn = str(call.parameters["ResourceArn"])
    if ":wafv2:" not in arn or "/rulegroup/" not in arn:
        message = f"Error reason: The ARN isn't valid., field: RESOURCE_ARN, parameter: {arn}"
        raise AwsError("WAFInvalidParameterException", message)
    backends = wafv2_backends[call.account]
    for where in (call.region, "aws") if call.region == "us-east-1" else (call.region,):
        if arn in backends[where].rule_groups:
            return backends[where].rule_groups[arn]
    raise AwsError("WAFNonexistentItemException", f"The rule group {arn} does not exist.")


def _faults(text: str) -> Iterator[str]:
    """What the page of WAFInvalidPermissionPolicyException rules out."""
    document = parse(text, kind="resource").document
    if document.get("Version") != "2012-10-17":
        yield "the version is not 2012-10-17"
    given = document["Statement"]
    for statement in given if isinstance(given, list) else [given]:
        actions = statement.get("Action") or []
        named = {each.lower() for each in ([actions] if isinstance(actions, str) else actions)}
        if statement["Effect"] != "Allow":
            yield "Effect is not Allow"
        if "Principal" not in statement:
            yield "there is no Principal"
        if "Resource" in statement or "NotResource" in statement:
            yield "there is a Resource"
        if not named >= _NEEDED or named - _NEEDED - _MAY:
            yield "Action has other actions than those of shared rule groups, or not all of them"


def _put(call: Call, _proceed: Proceed) -> dict[str, Any]:
    group, text = _group(call), str(call.parameters["Policy"])
    try:
        fault = next(_faults(text), None)
    except PolicyError as error:
        fault = str(error)
    if fault is not None:
        raise AwsError("WAFInvalidPermissionPolicyException", f"The policy is not valid: {fault}")
    setattr(group, _POLICY, json.dumps(json.loads(text)))
    return {}


def _existing(call: Call) -> tuple[Any, str]:
    group = _group(call)
    policy = getattr(group, _POLICY, None)
    if policy is None:
        message = f"The rule group {group.arn} has no permission policy."
        raise AwsError("WAFNonexistentItemException", message)
    return group, policy


def _get(call: Call, _proceed: Proceed) -> dict[str, Any]:
    return {"Policy": _existing(call)[1]}


def _delete(call: Call, _proceed: Proceed) -> dict[str, Any]:
    delattr(_existing(call)[0], _POLICY)
    return {}


OVERLAYS: Mapping[str, Overlay] = {
    "DeletePermissionPolicy": _delete,
    "GetPermissionPolicy": _get,
    "PutPermissionPolicy": _put,
}
