"""Flow logs of a VPC, with the key and the role that they need."""

from __future__ import annotations

from ringwork.architecture import keys, names
from ringwork.architecture.policy import allow, document, trust
from ringwork.architecture.site import SharedSite, Site
from ringwork.architecture.template import Purpose, TemplateBuilder, get_att, ref, sub

RETENTION_DAYS = 365
"""A year: PCI DSS 10.5.1 asks for twelve months; CloudWatch Logs allows this number."""


def flow_logs(template: TemplateBuilder, site: Site | SharedSite, vpc: str, name: str | None = None) -> None:
    """All traffic of the VPC, accepted and rejected, into an encrypted log group.

    `name`: the VPC's, where the site's name is not.
    """
    name = name or site.name
    group_name = names.flow_log_group(site.organization, name)
    arn = f"arn:${{AWS::Partition}}:logs:${{AWS::Region}}:${{AWS::AccountId}}:log-group:{group_name}"
    template.add(
        "LogKey",
        "AWS::KMS::Key",
        {
            "Description": f"Logs of {site.organization}/{name}",
            "EnableKeyRotation": True,
            "PendingWindowInDays": 30,
            "KeyPolicy": document(
                [
                    *keys.administration(),
                    allow(
                        "CloudWatchLogs",
                        keys.LOG_SERVICE_ACTIONS,
                        principal={"Service": sub("logs.${AWS::Region}.${AWS::URLSuffix}")},
                        conditions={"ArnEquals": {"kms:EncryptionContext:aws:logs:arn": sub(arn)}},
                    ),
                ]
            ),
        },
        Purpose("DAT-16, DAT-21, DAT-35", "Logs have a key of their own, usable for this log group only"),
        retain=True,
    )
    template.add(
        "LogKeyAlias",
        "AWS::KMS::Alias",
        {
            "AliasName": names.key_alias(site.organization, name, "logs"),
            "TargetKeyId": ref("LogKey"),
        },
        Purpose("DAT-35", "A name for the log key"),
    )
    template.add(
        "FlowLogGroup",
        "AWS::Logs::LogGroup",
        {
            "LogGroupName": group_name,
            "RetentionInDays": RETENTION_DAYS,
            "KmsKeyId": get_att("LogKey", "Arn"),
        },
        Purpose("NET-01, DAT-35", "Where flow logs are kept"),
        retain=True,
    )
    statements = [
        allow(
            "WriteFlowLogs",
            ("logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"),
            [arn, f"{arn}:*"],
        ),
        # DescribeLogGroups has no resource-level permission (CloudWatch Logs, actions and resources)
        allow("FindLogGroup", ("logs:DescribeLogGroups",)),
    ]
    template.add(
        "FlowLogBoundary",
        "AWS::IAM::ManagedPolicy",
        {
            "Description": "The most that the flow log role may ever do",
            "PolicyDocument": document(statements),
        },
        Purpose("IAM-09", "A policy added to the flow log role later gives it nothing more"),
    )
    template.add(
        "FlowLogRole",
        "AWS::IAM::Role",
        {
            "Description": f"VPC flow logs of {site.organization}/{name}",
            "AssumeRolePolicyDocument": trust(
                "vpc-flow-logs.amazonaws.com",
                ["arn:${AWS::Partition}:ec2:${AWS::Region}:${AWS::AccountId}:vpc-flow-log/*"],
            ),
            "PermissionsBoundary": ref("FlowLogBoundary"),
        },
        Purpose("NET-01, IAM-07", "Flow logs of this account and Region, nobody else's, write as this role"),
    )
    template.add(
        "FlowLogRolePolicy",
        "AWS::IAM::RolePolicy",
        {
            "PolicyName": "write-flow-logs",
            "RoleName": ref("FlowLogRole"),
            "PolicyDocument": document(statements),
        },
        Purpose("NET-01", "Writing to the flow log group, and no more"),
    )
    template.add(
        "FlowLog",
        "AWS::EC2::FlowLog",
        {
            "ResourceId": ref(vpc),
            "ResourceType": "VPC",
            "TrafficType": "ALL",
            "LogDestinationType": "cloud-watch-logs",
            "LogGroupName": ref("FlowLogGroup"),
            "DeliverLogsPermissionArn": get_att("FlowLogRole", "Arn"),
        },
        Purpose("NET-01", "Accepted and rejected traffic, so that a path tried is seen"),
        name=f"{site.organization}-{name}",
        depends_on=("FlowLogRolePolicy",),
    )
