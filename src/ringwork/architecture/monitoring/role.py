"""The role that monitors take up: reads what was captured, writes reports, and nothing else.

It is made once for an environment, in the home Region, with a boundary of its own: the environment's boundary
keeps to images of the own registry, and the monitor's is AWS's.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ringwork.architecture import names
from ringwork.architecture.grants import Grant, Mode
from ringwork.architecture.monitoring.images import ACCOUNTS, REPOSITORY
from ringwork.architecture.policy import Statement, allow, document, trust
from ringwork.architecture.site import Site
from ringwork.architecture.template import Json, Purpose, TemplateBuilder, get_att, ref

ROLE = "MonitorRoleArn"
"""Output of the home Region's stack."""
ACCOUNT = "${AWS::AccountId}"
READ = ("s3:GetObject", "s3:GetObjectVersion")
WRITE = ("s3:AbortMultipartUpload", "s3:ListMultipartUploadParts", "s3:PutObject")
INTERFACES = (
    *("ec2:CreateNetworkInterface", "ec2:CreateNetworkInterfacePermission", "ec2:DeleteNetworkInterface"),
    "ec2:DeleteNetworkInterfacePermission",
)
SEE_NETWORK = (
    *("ec2:DescribeDhcpOptions", "ec2:DescribeNetworkInterfaces", "ec2:DescribeSecurityGroups"),
    *("ec2:DescribeSubnets", "ec2:DescribeVpcs"),
)
"""SageMaker developer guide, "CreateProcessingJob API: execution role permissions" with a private VPC."""
VOLUMES = (
    "kms:Decrypt",
    "kms:DescribeKey",
    "kms:Encrypt",
    "kms:GenerateDataKey",
    "kms:GenerateDataKeyWithoutPlaintext",
)


def monitor_role(
    template: TemplateBuilder, site: Site, grants: Sequence[Grant], keys: Mapping[str, Json]
) -> Json:
    """`grants`: what the monitor may do; `keys`: Region -> the capture bucket's key. Returns its ARN."""
    allowed = document(_statements(site, grants, keys))
    label = f"{site.organization}/{site.environment.name}"
    template.add(
        "MonitorBoundary",
        "AWS::IAM::ManagedPolicy",
        {"Description": f"The most that the monitors of {label} may ever do", "PolicyDocument": allowed},
        Purpose("IAM-09", "A policy added to the monitors' role later gives it nothing more"),
    )
    template.add(
        "MonitorRole",
        "AWS::IAM::Role",
        {
            "RoleName": names.role(site.organization, site.environment.name, "-monitor"),
            "Description": f"Monitors of the endpoints of {label}",
            "AssumeRolePolicyDocument": trust(
                "sagemaker.amazonaws.com",
                [
                    f"arn:${{AWS::Partition}}:sagemaker:{region}:{ACCOUNT}:*"
                    for region in sorted(site.blueprint.regions)
                ],
            ),
            "PermissionsBoundary": ref("MonitorBoundary"),
        },
        Purpose("IAM-07, IAM-08, IAM-09", "Taken up by SageMaker for this account only"),
    )
    template.add(
        "MonitorRolePolicy",
        "AWS::IAM::RolePolicy",
        {"PolicyName": "least-privilege", "RoleName": ref("MonitorRole"), "PolicyDocument": allowed},
        Purpose("IAM-01", "Reads what was captured, writes reports"),
    )
    return get_att("MonitorRole", "Arn")


def _statements(site: Site, grants: Sequence[Grant], keys: Mapping[str, Json]) -> list[Statement]:
    regions = sorted(site.blueprint.regions)

    def arn(service: str, resource: str) -> list[str]:
        return [f"arn:${{AWS::Partition}}:{service}:{region}:{ACCOUNT}:{resource}" for region in regions]

    def bucket(grant: Grant, region: str) -> str:
        name = names.bucket_pattern(site.organization, grant.owner.name, grant.purpose, region, here=False)
        return f"arn:${{AWS::Partition}}:s3:::{name}"

    def objects(mode: Mode) -> list[str]:
        return sorted(
            {f"{bucket(grant, region)}/{grant.prefix or ''}*" for grant in grants if grant.mode is mode
             for region in regions}
        )  # fmt: skip

    prefix = names.sagemaker_prefix(site.organization, site.environment.name)
    via = [f"{service}.{region}.amazonaws.com" for service in ("s3", "sagemaker") for region in regions]
    images = [
        f"arn:${{AWS::Partition}}:ecr:{region}:{ACCOUNTS[region]}:repository/{REPOSITORY}"
        for region in regions
        if region in ACCOUNTS
    ]
    group = "log-group:/aws/sagemaker/ProcessingJobs"
    return [
        allow(
            "ListCaptures",
            ("s3:GetBucketLocation", "s3:ListBucket"),
            sorted({bucket(grant, region) for grant in grants for region in regions}),
        ),
        allow("ReadObjects", READ, objects(Mode.READ)),
        allow("WriteObjects", WRITE, objects(Mode.WRITE)),
        allow(
            "KeysOfObjectsAndVolumes",
            VOLUMES,
            list(keys.values()),
            conditions={"StringEquals": {"kms:ViaService": via}},
        ),
        allow(
            "GrantsForVolumes",
            ("kms:CreateGrant",),
            list(keys.values()),
            conditions={
                "StringEquals": {"kms:ViaService": via},
                "Bool": {"kms:GrantIsForAWSResource": "true"},
            },
        ),
        allow(
            "SeeEndpoints",
            ("sagemaker:DescribeEndpoint", "sagemaker:DescribeEndpointConfig"),
            [
                resource
                for kind in ("endpoint", "endpoint-config")
                for resource in arn("sagemaker", f"{kind}/{prefix if kind == 'endpoint' else ''}*")
            ],
        ),
        allow(
            "OpenLogs",
            ("logs:CreateLogGroup", "logs:DescribeLogStreams"),
            [*arn("logs", group), *arn("logs", f"{group}:*")],
        ),
        allow(
            "WriteLogs", ("logs:CreateLogStream", "logs:PutLogEvents"), arn("logs", f"{group}:log-stream:*")
        ),
        allow(
            "WriteMetrics",
            ("cloudwatch:PutMetricData",),
            conditions={"StringLike": {"cloudwatch:namespace": ["aws/sagemaker/*", "/aws/sagemaker/*"]}},
        ),
        allow(
            "PullTheMonitor",
            ("ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"),
            images,
        ),
        # no resource-level permission (Amazon ECR and Amazon EC2, actions and resources)
        allow("LogInToRegistryAndSeeNetwork", ("ecr:GetAuthorizationToken", *SEE_NETWORK)),
        allow(
            "Interfaces",
            INTERFACES,
            [
                resource
                for kind in ("network-interface", "security-group", "subnet")
                for resource in arn("ec2", f"{kind}/*")
            ],
        ),
    ]
