"""WAF: the capacity of rules, what an update replaces, and what still uses what.

Source: AWS WAF developer guide, "Web ACL capacity units (WCUs) in AWS WAF" and the WCU line on the page of
each rule statement, "AWS Managed Rules rule groups list"; API reference, the page of each operation.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from ringwork.cloud.emulator.errors import AwsError, NotEmulatedError
from ringwork.cloud.emulator.overlays.call import Call, Overlay, Proceed
from ringwork.cloud.emulator.overlays.pages import page

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
    "AWSManagedRulesAntiDDoSRuleSet": 50,
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


_MOST_UNITS = 5000
"""of a web ACL, and of a rule group"""
_PAGE = 100
_MARKER = ("Limit", "NextMarker")


def _within(call: Call, limit: int, field: str) -> None:
    """Refuse rules that need more than `limit` (API reference, WAFInvalidParameterException)."""
    needed = capacity(call, call.parameters.get("Rules"))
    if needed > limit:
        reason = "You exceeded the capacity limit for a rule group or web ACL."
        message = f"Error reason: {reason}, field: {field}, parameter: {needed}"
        raise AwsError("WAFInvalidParameterException", message)


def _create_acl(call: Call, proceed: Proceed) -> dict[str, Any]:
    """API reference, CreateWebACL: WAFDuplicateItemException for a name that is taken."""
    name = call.parameters.get("Name")
    if any(acl.name == name for acl in _backend(call).wacls.values()):
        message = f"AWS WAF couldn't perform the operation because some resource is a duplicate: {name}"
        raise AwsError("WAFDuplicateItemException", message)
    _within(call, _MOST_UNITS, "WEB_ACL")
    return proceed()


_MUTABLE: Mapping[str, tuple[str, Any]] = {
    "AssociationConfig": ("association_config", None),
    "CaptchaConfig": ("captcha_config", None),
    "ChallengeConfig": ("challenge_config", None),
    "CustomResponseBodies": ("custom_response_bodies", None),
    "Description": ("description", ""),
    "TokenDomains": ("token_domains", None),
}
"""Parameter -> moto's attribute of a web ACL, and what it is when an update does not give it"""


def _update_acl(call: Call, proceed: Proceed) -> dict[str, Any]:
    """moto keeps what is not given. API reference, UpdateWebACL: "completely replaces the mutable
    specifications that you already have"."""
    given = call.parameters
    _within(call, _MOST_UNITS, "WEB_ACL")
    answer = proceed()
    for acl in _backend(call).wacls.values():
        if acl.id == given.get("Id"):
            if not given.get("Rules"):
                acl.rules = []
            for parameter, (attribute, default) in _MUTABLE.items():
                if parameter not in given:
                    setattr(acl, attribute, default)
    return answer


def _get_acl(call: Call, proceed: Proceed) -> dict[str, Any]:
    """moto counts the rules."""
    answer = proceed()
    if "WebACL" in answer:
        answer["WebACL"]["Capacity"] = capacity(call, answer["WebACL"].get("Rules"))
    return answer


def _list_acls(call: Call, _proceed: Proceed) -> dict[str, Any]:
    """moto's method has another name than botocore's."""
    rows = [acl.to_short_dict() for acl in _backend(call).wacls.values()]
    return page(call, "WebACLs", rows, most=_PAGE, names=_MARKER, invalid="WAFInvalidParameterException")


def _delete_acl(call: Call, proceed: Proceed) -> dict[str, Any]:
    """API reference, DeleteWebACL: "only if ManagedByFirewallManager is false", and nothing uses it."""
    for acl in _backend(call).wacls.values():
        if acl.id == call.parameters.get("Id") and acl.associated_resources:
            _refuse_associated()
    return proceed()


def _refuse_associated() -> None:
    message = "AWS WAF couldn't perform the operation: your resource is being used by another resource."
    raise AwsError("WAFAssociatedItemException", message)


_TYPES: Mapping[str, str] = {
    "API_GATEWAY": ":apigateway:",
    "APPLICATION_LOAD_BALANCER": ":elasticloadbalancing:",
    "APPSYNC": ":appsync:",
    "APP_RUNNER_SERVICE": ":apprunner:",
    "COGNITO_USER_POOL": ":cognito-idp:",
    "VERIFIED_ACCESS_INSTANCE": ":ec2:",
}
"""Resource type -> the service in the ARNs of such resources"""


def _resources(call: Call, _proceed: Proceed) -> dict[str, Any]:
    """API reference, ListResourcesForWebACL: load balancers, where no type is given."""
    arn = str(call.parameters["WebACLArn"])
    part = _TYPES.get(str(call.parameters.get("ResourceType") or "APPLICATION_LOAD_BALANCER"), "\0")
    from moto.wafv2.models import wafv2_backends  # noqa: PLC0415

    for backend in list(wafv2_backends[call.account].values()):
        acl = backend.wacls.get(arn)
        if acl is not None:
            return {"ResourceArns": [one for one in acl.associated_resources if part in one]}
    raise AwsError("WAFNonexistentItemException", f"The web ACL {arn} does not exist.")


# rule groups


def _create_group(call: Call, proceed: Proceed) -> dict[str, Any]:
    """API reference, CreateRuleGroup: the capacity is the group's for ever, and its rules stay within it."""
    limit = int(call.parameters["Capacity"])
    if limit > _MOST_UNITS:
        reason = "You exceeded the capacity limit for a rule group or web ACL."
        message = f"Error reason: {reason}, field: RULE_GROUP, parameter: {limit}"
        raise AwsError("WAFInvalidParameterException", message)
    _within(call, limit, "RULE_GROUP")
    return proceed()


def _update_group(call: Call, proceed: Proceed) -> dict[str, Any]:
    """API reference, UpdateRuleGroup: "completely replaces the mutable specifications"."""
    given = call.parameters
    group = next((one for one in _backend(call).rule_groups.values() if one.id == given.get("Id")), None)
    if group is not None:
        _within(call, int(group.capacity), "RULE_GROUP")
    answer = proceed()
    if group is not None:
        if not given.get("Rules"):
            group.rules = []
        if "Description" not in given:
            group.description = ""
    return answer


def _unused(kind: str) -> Overlay:
    """For the deletion of what rules refer to: API reference, WAFAssociatedItemException."""

    def delete(call: Call, proceed: Proceed) -> dict[str, Any]:
        backend = _backend(call)
        arn = next((a for a, one in _things(backend, kind) if _id(one) == call.parameters.get("Id")), None)
        if arn is not None and any(arn in json.dumps(rule.to_dict()) for rule in _rules(backend)):
            _refuse_associated()
        return proceed()

    return delete


def _things(backend: Any, kind: str) -> Iterable[tuple[str, Any]]:
    return list(getattr(backend, kind).items())


def _id(thing: Any) -> str:
    return str(getattr(thing, "id", None) or getattr(thing, "ip_set_id", ""))


def _rules(backend: Any) -> Iterable[Any]:
    for owner in (*backend.wacls.values(), *backend.rule_groups.values()):
        yield from owner.rules or ()


# AWS's managed rule groups

_COMMON_RULES = (
    *("NoUserAgent_HEADER", "UserAgent_BadBots_HEADER", "SizeRestrictions_QUERYSTRING"),
    *("SizeRestrictions_Cookie_HEADER", "SizeRestrictions_BODY", "SizeRestrictions_URIPATH"),
    *("EC2MetaDataSSRF_BODY", "EC2MetaDataSSRF_COOKIE", "EC2MetaDataSSRF_URIPATH"),
    *("EC2MetaDataSSRF_QUERYARGUMENTS", "GenericLFI_QUERYARGUMENTS", "GenericLFI_URIPATH"),
    *("GenericLFI_BODY", "RestrictedExtensions_URIPATH", "RestrictedExtensions_QUERYARGUMENTS"),
    *("GenericRFI_QUERYARGUMENTS", "GenericRFI_BODY", "GenericRFI_URIPATH", "CrossSiteScripting_COOKIE"),
    *("CrossSiteScripting_QUERYARGUMENTS", "CrossSiteScripting_BODY", "CrossSiteScripting_URIPATH"),
)
"""of the core rule set; each blocks (developer guide, "Baseline rule groups")"""


def _managed_groups(call: Call, _proceed: Proceed) -> dict[str, Any]:
    rows = [{"VendorName": "AWS", "Name": name} for name in sorted(_MANAGED)]
    return page(
        call, "ManagedRuleGroups", rows, most=_PAGE, names=_MARKER, invalid="WAFInvalidParameterException"
    )


def _describe_group(call: Call, _proceed: Proceed) -> dict[str, Any]:
    """The rules of the core rule set; those of other groups are not known here."""
    name = str(call.parameters["Name"])
    if call.parameters.get("VendorName") != "AWS" or name not in _MANAGED:
        raise AwsError("WAFNonexistentItemException", f"The managed rule group {name} does not exist.")
    if name != "AWSManagedRulesCommonRuleSet" or call.parameters.get("VersionName"):
        raise NotEmulatedError("wafv2", call.operation, f"the rules of {name} are not known here")
    return {
        "Capacity": _MANAGED[name],
        "LabelNamespace": "awswaf:managed:aws:core-rule-set:",
        "Rules": [{"Name": rule, "Action": {"Block": {}}} for rule in _COMMON_RULES],
    }


OVERLAYS: Mapping[str, Overlay] = {
    "CheckCapacity": _check,
    "CreateRuleGroup": _create_group,
    "CreateWebACL": _create_acl,
    "DeleteIPSet": _unused("ip_sets"),
    "DeleteRegexPatternSet": _unused("regex_pattern_sets"),
    "DeleteRuleGroup": _unused("rule_groups"),
    "DeleteWebACL": _delete_acl,
    "DescribeManagedRuleGroup": _describe_group,
    "GetWebACL": _get_acl,
    "ListAvailableManagedRuleGroups": _managed_groups,
    "ListResourcesForWebACL": _resources,
    "ListWebACLs": _list_acls,
    "UpdateRuleGroup": _update_group,
    "UpdateWebACL": _update_acl,
}
