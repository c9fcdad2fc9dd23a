"""WAF: the capacity of rules.

Source: AWS WAF developer guide, "AWS WAF web ACL capacity units (WCUs)" and the WCU line on the page of each
rule statement; API reference, CheckCapacity.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ringwork.cloud.emulator.errors import AwsError, NotEmulatedError
from ringwork.cloud.emulator.overlays.call import Call, Overlay, Proceed

_FIXED = {
    "AsnMatchStatement": 1,
    "GeoMatchStatement": 1,
    "IPSetReferenceStatement": 1,
    "LabelMatchStatement": 1,
    "RateBasedStatement": 2,
}
"""WCUs of statements that inspect no text."""
_TEXT = {
    "ByteMatchStatement": 0,
    "RegexMatchStatement": 3,
    "RegexPatternSetReferenceStatement": 25,
    "SizeConstraintStatement": 1,
    "SqliMatchStatement": 20,
    "XssMatchStatement": 40,
}
"""Base WCUs of statements that inspect a part of the request. Byte matches by constraint: `_BYTE`."""
_BYTE = {"EXACTLY": 2, "STARTS_WITH": 2, "ENDS_WITH": 2, "CONTAINS": 10, "CONTAINS_WORD": 10}
_MANAGED = {
    "AWSManagedRulesACFPRuleSet": 50,
    "AWSManagedRulesATPRuleSet": 50,
    "AWSManagedRulesAdminProtectionRuleSet": 100,
    "AWSManagedRulesAmazonIpReputationList": 25,
    "AWSManagedRulesAnonymousIpList": 50,
    "AWSManagedRulesBotControlRuleSet": 50,
    "AWSManagedRulesCommonRuleSet": 700,
    "AWSManagedRulesKnownBadInputsRuleSet": 200,
    "AWSManagedRulesLinuxRuleSet": 200,
    "AWSManagedRulesPHPRuleSet": 100,
    "AWSManagedRulesSQLiRuleSet": 200,
    "AWSManagedRulesUnixRuleSet": 100,
    "AWSManagedRulesWindowsRuleSet": 200,
    "AWSManagedRulesWordPressRuleSet": 100,
}
"""WCUs of AWS's managed rule groups (developer guide, "AWS Managed Rules rule groups list")"""
_TRANSFORMATION = 10
"""WCUs of each text transformation but NONE"""
_ALL_PARAMETERS = 10
"""additional WCUs when all query parameters are inspected; a JSON body doubles the base cost"""
_KEY = 30
"""additional WCUs of each custom aggregation key of a rate-based rule"""


def capacity(call: Call, rules: Any) -> int:
    """The WCUs of a list of rules. Raises `NotEmulatedError` for a statement whose cost is not known."""
    return sum(_statement(call, rule["Statement"]) for rule in rules or ())


def _statement(call: Call, statement: Mapping[str, Any]) -> int:
    ((kind, body),) = statement.items()
    if kind in ("AndStatement", "OrStatement"):
        return sum(_statement(call, inner) for inner in body["Statements"])
    if kind == "NotStatement":
        return _statement(call, body["Statement"])
    if (
        kind == "IPSetReferenceStatement"
        and (body.get("IPSetForwardedIPConfig") or {}).get("Position") == "ANY"
    ):
        return 5
    if kind == "RateBasedStatement":
        custom = len(body.get("CustomKeys") or ()) * _KEY
        inner = body.get("ScopeDownStatement")
        return _FIXED[kind] + custom + (_statement(call, inner) if inner else 0)
    if kind in _FIXED:
        return _FIXED[kind]
    if kind in _TEXT:
        return _inspecting(kind, body)
    if (
        kind == "ManagedRuleGroupStatement"
        and body.get("VendorName") == "AWS"
        and body.get("Name") in _MANAGED
    ):
        return _MANAGED[str(body["Name"])]
    if kind == "RuleGroupReferenceStatement":
        return _group(call, str(body["ARN"]))
    raise NotEmulatedError("wafv2", call.operation, f"the capacity of a {kind} is not known here")


def _inspecting(kind: str, body: Mapping[str, Any]) -> int:
    base = _BYTE[body["PositionalConstraint"]] if kind == "ByteMatchStatement" else _TEXT[kind]
    if kind == "SqliMatchStatement" and body.get("SensitivityLevel") == "HIGH":
        base = 30
    field = body.get("FieldToMatch") or {}
    if "JsonBody" in field:
        base *= 2
    if "AllQueryArguments" in field:
        base += _ALL_PARAMETERS
    changes = [t for t in body.get("TextTransformations") or () if t["Type"] != "NONE"]
    return base + _TRANSFORMATION * len(changes)


def _group(call: Call, arn: str) -> int:
    from moto.wafv2.models import wafv2_backends  # noqa: PLC0415

    for backend in list(wafv2_backends[call.account].values()):
        for group in backend.rule_groups.values():
            if group.arn == arn:
                return int(group.capacity)
    raise AwsError("WAFNonexistentItemException", f"The rule group {arn} does not exist.")


def _check(call: Call, _proceed: Proceed) -> dict[str, Any]:
    return {"Capacity": capacity(call, call.parameters.get("Rules"))}


def _backend(call: Call) -> Any:
    from moto.wafv2.models import wafv2_backends  # noqa: PLC0415

    where = "aws" if call.parameters.get("Scope") == "CLOUDFRONT" else call.region
    return wafv2_backends[call.account][where]


def _create_acl(call: Call, proceed: Proceed) -> dict[str, Any]:
    """API reference, CreateWebACL: WAFDuplicateItemException for a name that is taken."""
    name = call.parameters.get("Name")
    if any(acl.name == name for acl in _backend(call).wacls.values()):
        message = f"AWS WAF couldn't perform the operation because some resource is a duplicate: {name}"
        raise AwsError("WAFDuplicateItemException", message)
    return proceed()


def _get_acl(call: Call, proceed: Proceed) -> dict[str, Any]:
    """moto counts the rules."""
    answer = proceed()
    if "WebACL" in answer:
        answer["WebACL"]["Capacity"] = capacity(call, answer["WebACL"].get("Rules"))
    return answer


OVERLAYS: Mapping[str, Overlay] = {
    "CheckCapacity": _check,
    "CreateWebACL": _create_acl,
    "GetWebACL": _get_acl,
}
