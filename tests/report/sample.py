"""A report with every kind of answer, and a small estate."""

from __future__ import annotations

from typing import Any

from ringwork.estate import Estate, Gap, Logical, Reference, Resource
from ringwork.findings import Finding, Origin, Severity, Status, Subject
from ringwork.report import Event, Report, Section, Step

ACCOUNT, REGION = "111122223333", "eu-central-1"
CREATED = "2026-03-01T09:30:00Z"


def key(type: str, logical: str, account: str = ACCOUNT) -> str:
    return f"{account}/{REGION}/{type}/net/{logical}"


def resource(type: str, logical: str, properties: dict[str, Any], account: str = ACCOUNT) -> Resource:
    return Resource(
        key=key(type, logical, account),
        type=type,
        properties=properties,
        account=account,
        region=REGION,
        logical=Logical("net", logical),
    )


def ref(type: str, logical: str, attribute: str = "Ref", account: str = ACCOUNT) -> Reference:
    return Reference(key(type, logical, account), attribute)


def tags(**values: str) -> tuple[dict[str, str], ...]:
    return tuple(
        {"Key": f"ringwork:{name.replace('_', '-')}", "Value": value} for name, value in values.items()
    )


def estate() -> Estate:
    """One VPC: two workloads, one calls the other; an endpoint, a bucket under a key."""
    vpc = ref("AWS::EC2::VPC", "Vpc")
    group = ref("AWS::EC2::SecurityGroup", "Service", "GroupId")
    caller = ref("AWS::EC2::SecurityGroup", "Desk", "GroupId")
    workload = {"GroupDescription": "g", "VpcId": vpc}
    return Estate(
        [
            resource(
                "AWS::EC2::VPC",
                "Vpc",
                {"CidrBlock": "10.0.0.0/20", "Tags": ({"Key": "Name", "Value": "mercy-imaging"},)},
            ),
            resource(
                "AWS::EC2::Subnet",
                "SubnetA",
                {"VpcId": vpc, "CidrBlock": "10.0.0.0/24", "Tags": tags(tier="serving")},
            ),
            resource(
                "AWS::EC2::SecurityGroup",
                "Desk",
                {
                    **workload,
                    "Tags": tags(workload="label-desk", workload_type="notebook", tier="interactive"),
                },
            ),
            resource(
                "AWS::EC2::SecurityGroup",
                "Service",
                {**workload, "Tags": tags(workload="ward-service", workload_type="endpoint", tier="serving")},
            ),
            resource(
                "AWS::EC2::SecurityGroupIngress",
                "Rule",
                {
                    "GroupId": group,
                    "SourceSecurityGroupId": caller,
                    "IpProtocol": "tcp",
                    "FromPort": 443,
                    "ToPort": 443,
                },
            ),
            resource(
                "AWS::EC2::VPCEndpoint",
                "S3Endpoint",
                {
                    "VpcId": vpc,
                    "VpcEndpointType": "Gateway",
                    "ServiceName": "com.amazonaws.eu-central-1.s3",
                },
            ),
            resource("AWS::KMS::Key", "Key", {"KeyPolicy": {}}),
            resource(
                "AWS::S3::Bucket",
                "Bucket",
                {
                    "BucketName": "mercy-imaging-scans",
                    "Tags": tags(data_set="scans", data_class="restricted"),
                    "BucketEncryption": {
                        "ServerSideEncryptionConfiguration": (
                            {
                                "ServerSideEncryptionByDefault": {
                                    "SSEAlgorithm": "aws:kms",
                                    "KMSMasterKeyID": ref("AWS::KMS::Key", "Key", "Arn"),
                                }
                            },
                        )
                    },
                },
            ),
        ],
        gaps=[Gap(ACCOUNT, REGION, "AWS::EC2::NatGateway", "access denied to `ec2:DescribeNatGateways`")],
        assumptions=("condition `HasEgress` is false",),
    )


def finding(
    control: str,
    status: Status,
    severity: Severity = Severity.HIGH,
    name: str = "net/Service",
    **changes: Any,
) -> Finding:
    given: dict[str, Any] = {
        "control": control,
        "title": f"what {control} wants",
        "status": status,
        "severity": severity,
        "subject": Subject("AWS::EC2::SecurityGroup", name, account=ACCOUNT, region=REGION),
        "message": f"answer of {control}",
        "origins": (
            Origin(file="net.json", line=3, column=5),
            Origin(operation="ec2:DescribeSecurityGroups"),
        ),
        "evidence": ("`CidrIp` is `0.0.0.0/0`",),
        "remediation": f"mend {control}",
    }
    return Finding(**{**given, **changes})


def report(**changes: Any) -> Report:
    given: dict[str, Any] = {
        "title": "mercy",
        "target": "local · account 111122223333 · eu-central-1",
        "created": CREATED,
        "version": "0.1.0",
        "estate": estate(),
        "findings": (
            finding("DAT-03", Status.PROVED, Severity.CRITICAL),
            finding("NET-02", Status.VIOLATED, Severity.MEDIUM),
            finding("IAM-07", Status.UNKNOWN, settle="grant `iam:GetRole`", evidence=()),
            finding("NET-05", Status.VIOLATED, Severity.CRITICAL),
        ),
        "sections": (
            Section(
                "What happened", "Two things.", (Event("opened", "a group", Status.VIOLATED), Event("healed"))
            ),
        ),
        "next": (Step("ringwork deploy --revert-drift", "undo what changed"),),
        "sources": {"net.json": '{\n  "Resources": {\n    "Service": {}\n  }\n}\n'},
    }
    return Report(**{**given, **changes})
