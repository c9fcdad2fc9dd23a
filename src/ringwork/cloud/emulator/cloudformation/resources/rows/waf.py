"""AWS::WAFv2 types."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any

from ringwork.cloud.emulator.cloudformation.resources.api import Api

_KEY = {"Name": "{part[0]}", "Id": "{part[1]}", "Scope": "{part[2]}"}
_REF = "{given[Name]}|{answer[Summary][Id]}|{given[Scope]}"


def _rules(value: Any) -> Any:
    """A byte match looks for text, or for bytes that the template writes in Base64; the API takes bytes."""
    if isinstance(value, Mapping):
        given = {name: _rules(item) for name, item in value.items()}
        if "SearchStringBase64" in given:
            given["SearchString"] = base64.b64decode(given.pop("SearchStringBase64"))
        elif isinstance(given.get("SearchString"), str):
            given["SearchString"] = given["SearchString"].encode()
        return given
    return [_rules(item) for item in value] if isinstance(value, list) else value


def _kept(kind: str, found: str, **more: Any) -> Api:
    """What WAF keeps by name, id and scope, and changes under a lock token."""
    return Api(
        service="wafv2",
        create=f"create_{kind}",
        ref=_REF,
        key=_KEY,
        delete=f"delete_{kind}",
        read=f"get_{kind}",
        found=found,
        update=(f"update_{kind}",),
        whole=True,
        name="Name",
        limit=128,
        arn="{found[ARN]}",
        attributes={"Arn": "{found[ARN]}", "Id": "{part[1]}"},
        **more,
    )


ROWS = {
    "AWS::WAFv2::WebACL": _kept("web_acl", "WebACL", shaped={"Rules": lambda rules, _: _rules(rules)}),
    "AWS::WAFv2::IPSet": _kept("ip_set", "IPSet"),
    "AWS::WAFv2::RegexPatternSet": _kept(
        "regex_pattern_set",
        "RegexPatternSet",
        shaped={"RegularExpressionList": lambda texts, _: [{"RegexString": text} for text in texts]},
    ),
    "AWS::WAFv2::RuleGroup": _kept(
        "rule_group", "RuleGroup", shaped={"Rules": lambda rules, _: _rules(rules)}
    ),
    "AWS::WAFv2::WebACLAssociation": Api(
        service="wafv2",
        create="associate_web_acl",
        ref="{given[ResourceArn]}|{given[WebACLArn]}",
        delete="disassociate_web_acl",
        delete_key={"ResourceArn": "{part[0]}"},
    ),
    "AWS::WAFv2::LoggingConfiguration": Api(
        service="wafv2",
        create="put_logging_configuration",
        ref="{given[ResourceArn]}",
        key={"ResourceArn": "{ref}"},
        delete="delete_logging_configuration",
        update=("put_logging_configuration",),
        update_key={},
        whole=True,
        wraps="LoggingConfiguration",
    ),
}
