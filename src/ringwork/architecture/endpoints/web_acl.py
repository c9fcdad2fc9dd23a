"""The web ACL before an endpoint's API.

Costs in web ACL capacity units (AWS WAF developer guide, "AWS Managed Rules rule groups list" and each
statement's page): common rules 700, known bad inputs 200, IP reputation 25, rate 2, size 1: 928 of the 1,500
that the basic price covers.
"""

from __future__ import annotations

from ringwork.architecture import logs, names
from ringwork.architecture.names import logical
from ringwork.architecture.site import Site
from ringwork.architecture.template import Json, Purpose, TemplateBuilder, get_att, sub
from ringwork.blueprint.model import Serving

MANAGED = (
    ("known-bad-inputs", "AWSManagedRulesKnownBadInputsRuleSet"),
    ("ip-reputation", "AWSManagedRulesAmazonIpReputationList"),
)
"""Beside the common rules. `${jndi:` in a prompt is blocked as Log4j: text models see such false alarms."""
INSPECTED = (16, 32, 48, 64)
"""Kilobytes of a body that WAF can look at for API Gateway (AWS WAF API reference,
RequestBodyAssociatedResourceTypeConfig); what is above the first is charged for."""
WINDOW = 60
"""Seconds over which requests of one address are counted."""
LEAST_LIMIT = 10
"""of a rate-based rule"""


def web_acl(template: TemplateBuilder, site: Site, workload: str, serving: Serving, days: int) -> str:
    """The ACL, its log, and that it stands before the stage. Returns the log group's name."""
    name = names.rule(site.organization, site.environment.name, workload)
    inspected = next((size for size in INSPECTED if size >= serving.request_kilobytes), INSPECTED[-1])
    acl = template.add(
        logical(workload, "WebAcl"),
        "AWS::WAFv2::WebACL",
        {
            "Name": name,
            "Description": f"Before the API of {site.environment.name}/{workload}",
            "Scope": "REGIONAL",
            "DefaultAction": {"Allow": {}},
            "AssociationConfig": {
                "RequestBody": {"API_GATEWAY": {"DefaultSizeInspectionLimit": f"KB_{inspected}"}}
            },
            "Rules": _rules(serving),
            "VisibilityConfig": _visible(name),
        },
        Purpose(
            "EPT-11, EPT-12, EPT-13, EPT-14, EPT-16",
            "Known attacks, bad addresses, floods and oversized bodies stop before the model is asked",
        ),
        tags={"ringwork:workload": workload},
    )
    template.add(
        f"{acl}Association",
        "AWS::WAFv2::WebACLAssociation",
        {
            "ResourceArn": sub(
                "arn:${AWS::Partition}:apigateway:${AWS::Region}::/restapis/"
                f"${{{logical(workload, 'Api')}}}/stages/${{{logical(workload, 'ApiStage')}}}"
            ),
            "WebACLArn": get_att(acl, "Arn"),
        },
        Purpose("EPT-10", "The web ACL is asked before anything else of the API (API Gateway, AWS WAF)"),
    )
    group = f"aws-waf-logs-{name}"
    template.add(
        f"{acl}LogGroup",
        "AWS::Logs::LogGroup",
        {
            "LogGroupName": group,
            "RetentionInDays": logs.retention(days),
            "KmsKeyId": get_att("EndpointLogKey", "Arn"),
        },
        Purpose("EPT-15, DAT-35", "Where the web ACL says what it blocked, and why"),
        tags={"ringwork:workload": workload},
        retain=True,
    )
    template.add(
        f"{acl}Logging",
        "AWS::WAFv2::LoggingConfiguration",
        {
            "ResourceArn": get_att(acl, "Arn"),
            # WAF wants the group's ARN without the `:*` that GetAtt Arn ends with
            "LogDestinationConfigs": [sub(logs.group_arn(f"${{{acl}LogGroup}}"))],
            "RedactedFields": [
                {"SingleHeader": {"Name": header}} for header in ("authorization", "x-amz-security-token")
            ],
        },
        Purpose("EPT-15", "Every request that was looked at is logged, without who signed it"),
    )
    return group


def _rules(serving: Serving) -> list[Json]:
    rules: list[Json] = [
        {
            "Name": "rate",
            "Action": {"Block": {}},
            "Statement": {
                "RateBasedStatement": {
                    "AggregateKeyType": "IP",
                    "EvaluationWindowSec": WINDOW,
                    "Limit": max(LEAST_LIMIT, serving.requests_per_second * WINDOW),
                }
            },
        }
    ]
    if serving.request_kilobytes <= INSPECTED[-1]:
        # above what WAF can see, sizes cannot be told apart: then API Gateway's 10 MB are the limit
        rules.append(
            {
                "Name": "body-size",
                "Action": {"Block": {}},
                "Statement": {
                    "SizeConstraintStatement": {
                        "FieldToMatch": {"Body": {"OversizeHandling": "MATCH"}},
                        "ComparisonOperator": "GT",
                        "Size": serving.request_kilobytes * 1024,
                        "TextTransformations": [{"Priority": 0, "Type": "NONE"}],
                    }
                },
            }
        )
    common = {
        "VendorName": "AWS",
        "Name": "AWSManagedRulesCommonRuleSet",
        # it blocks bodies above 8 KB, which inference has; the rule above knows the declared size
        "RuleActionOverrides": [{"Name": "SizeRestrictions_BODY", "ActionToUse": {"Count": {}}}],
    }
    rules.append({"Name": "common", "OverrideAction": {"None": {}}, "Statement": _group(common)})
    rules += [
        {
            "Name": name,
            "OverrideAction": {"None": {}},
            "Statement": _group({"VendorName": "AWS", "Name": group}),
        }
        for name, group in MANAGED
    ]
    return [
        {**rule, "Priority": priority, "VisibilityConfig": _visible(rule["Name"])}
        for priority, rule in enumerate(rules)
    ]


def _group(statement: Json) -> dict[str, Json]:
    return {"ManagedRuleGroupStatement": statement}


def _visible(metric: str) -> dict[str, Json]:
    return {"CloudWatchMetricsEnabled": True, "SampledRequestsEnabled": True, "MetricName": metric}
