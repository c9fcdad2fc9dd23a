"""The role by which API Gateway writes logs of the account's APIs in a Region (API Gateway developer guide,
"Permissions for CloudWatch logging"): one setting, whoever's API it is.

What the managed policy AmazonAPIGatewayPushToCloudWatchLogs gives on every log group, this role has on its
own service's groups and on ours. API Gateway tries the role on a group below `/aws/apigateway`.
"""

from __future__ import annotations

from ringwork.architecture.callers import fronted
from ringwork.architecture.layout import Layout
from ringwork.architecture.policy import allow, document, trust
from ringwork.architecture.site import AccountSite
from ringwork.architecture.template import Purpose, TemplateBuilder, get_att, ref

ROLE = "ApiLogRoleArn"
"""Output of the stack `account`."""
WRITE = (
    *("logs:CreateLogGroup", "logs:CreateLogStream", "logs:DescribeLogStreams", "logs:FilterLogEvents"),
    *("logs:GetLogEvents", "logs:PutLogEvents"),
)
GROUPS = ("/aws/apigateway/*", "API-Gateway-Execution-Logs_*", "/ringwork/*")


def build(template: TemplateBuilder, layout: Layout, place: AccountSite) -> None:
    if not any(fronted(layout, site) for site in layout.sites_of(place)):
        return
    groups = [
        f"arn:${{AWS::Partition}}:logs:${{AWS::Region}}:${{AWS::AccountId}}:log-group:{name}"
        for name in GROUPS
    ]
    statements = [
        allow("WriteApiLogs", WRITE, groups),
        # DescribeLogGroups has no resource-level permission (CloudWatch Logs, actions and resources)
        allow("FindLogGroups", ("logs:DescribeLogGroups",)),
    ]
    template.add(
        "ApiLogBoundary",
        "AWS::IAM::ManagedPolicy",
        {
            "Description": "The most that the role of API logs may ever do",
            "PolicyDocument": document(statements),
        },
        Purpose("IAM-09", "A policy added to the role of API logs later gives it nothing more"),
    )
    template.add(
        "ApiLogRole",
        "AWS::IAM::Role",
        {
            "Description": f"API Gateway writes logs of {place.organization}/{place.name} as this role",
            "AssumeRolePolicyDocument": trust(
                "apigateway.amazonaws.com",
                ["arn:${AWS::Partition}:apigateway:${AWS::Region}::/*"],
                # API Gateway's guide does not say that it sends source keys: they bind where present
                if_exists=True,
            ),
            "PermissionsBoundary": ref("ApiLogBoundary"),
        },
        Purpose("EPT-18, IAM-07", "API Gateway alone takes it up"),
    )
    template.add(
        "ApiLogRolePolicy",
        "AWS::IAM::RolePolicy",
        {
            "PolicyName": "write-api-logs",
            "RoleName": ref("ApiLogRole"),
            "PolicyDocument": document(statements),
        },
        Purpose("EPT-18", "Writing logs of APIs, and no more"),
    )
    template.add(
        "ApiLogs",
        "AWS::ApiGateway::Account",
        {"CloudWatchRoleArn": get_att("ApiLogRole", "Arn")},
        Purpose("EPT-18", "Without it no stage of this account can log calls"),
        depends_on=("ApiLogRolePolicy",),
    )
    template.output(ROLE, "The role by which API Gateway writes logs", get_att("ApiLogRole", "Arn"))
