"""The permissions boundary of an environment: the most that any of its workloads' roles may do.

Two walls. What it does not allow, no policy of a role gives (IAM user guide, "Permissions boundaries for IAM
entities"). And since a resource's policy can grant past that to everybody or to a session, what must never
be is denied: every action but those that a workload uses, and of those the bad ways to use them.
"""

from __future__ import annotations

import json
from collections.abc import Sequence

from ringwork.architecture import bedrock, names, sagemaker
from ringwork.architecture.address import ZONES
from ringwork.architecture.identity import permissions
from ringwork.architecture.keys import VOLUME_ACTIONS
from ringwork.architecture.policy import Statement, allow, deny, document
from ringwork.architecture.site import Site
from ringwork.architecture.template import Json, sub
from ringwork.blueprint.model import WorkloadType

ACCOUNT = "${AWS::AccountId}"
USED = (
    *("bedrock:Invoke*", "cloudwatch:PutMetricData", "ec2:CreateNetworkInterface*"),
    *("ec2:DeleteNetworkInterface*", "ec2:Describe*", "ecr:BatchCheckLayerAvailability"),
    *("ecr:BatchGetImage", "ecr:GetAuthorizationToken", "ecr:GetDownloadUrlForLayer", "iam:PassRole"),
    *("kms:CreateGrant", "kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKey*"),
    *("logs:CreateLog*", "logs:DescribeLogStreams", "logs:PutLogEvents", "s3:AbortMultipartUpload"),
    *("s3:GetBucketLocation", "s3:GetObject*", "s3:List*", "s3:PutObject", "sagemaker:*"),
)
"""What a workload may use at all. Identity, architecture and detection are not among it: nothing that would
open a ring from inside, such as `ec2:CreateTags` (tags say whose a security group is)."""


MOST_CHARACTERS = 6144
"""IAM quotas, managed policies; white space does not count."""
SUBNET = "subnet-" + "0" * 17
PARTITIONS = (("cn-", "aws-cn"), ("us-gov-", "aws-us-gov"))
"""Beginning of a Region's name -> its partition, where it is not `aws`."""


def pins_subnets(site: Site) -> bool:
    """Whether the boundary has room for the list of the environment's subnets."""
    count = len(site.blueprint.regions) * len(site.tiers) * len(ZONES)
    document = boundary_document(site, [SUBNET] * count)
    partition = next((name for start, name in PARTITIONS if site.region.startswith(start)), "aws")
    return _characters(document, partition) <= MOST_CHARACTERS


def _characters(document: Json, partition: str) -> int:
    """Length of the deployed policy: each Fn::Sub as its text."""

    def filled(value: Json) -> Json:
        if isinstance(value, dict):
            if set(value) == {"Fn::Sub"}:
                return value["Fn::Sub"].replace("${AWS::Partition}", partition).replace(ACCOUNT, "0" * 12)
            return {key: filled(item) for key, item in value.items()}
        return [filled(item) for item in value] if isinstance(value, list) else value

    return len(json.dumps(filled(document), separators=(",", ":")))


def boundary_document(site: Site, subnets: Sequence[Json]) -> dict[str, Json]:
    """The boundary's policy. At most 6,144 characters (IAM quotas, managed policies).

    `subnets`: the environment's own, all Regions'; none where their list would be too long: that some subnet
    is named is asked all the same.
    """
    return document([*_allowed(site), *_denied(site, subnets)])


def _allowed(site: Site) -> list[Statement]:
    """Every action that `permissions` can give, on this organization's resources in this account."""
    organization = site.organization
    prefix = names.sagemaker_prefix(organization, site.environment.name)
    repository = names.repository_prefix(organization, site.environment.name)
    in_account = {"StringEquals": {"aws:ResourceAccount": sub(ACCOUNT)}}
    passed = sorted(
        names.role_arn(site.role(name)) for name in site.of_type(*permissions.PASSED_BY_PIPELINES)
    )
    through = (*(("bedrock",) if site.team.foundation_models else ()), "s3", "sagemaker")
    found = [
        allow(
            "Data",
            (*permissions.READ_OBJECTS, *permissions.WRITE_OBJECTS, *permissions.LIST_BUCKET),
            [f"arn:${{AWS::Partition}}:s3:::{organization}-*"],
            conditions=in_account,
        ),
        allow(
            "Keys",
            (*VOLUME_ACTIONS, "kms:CreateGrant", "kms:GenerateDataKey"),
            [f"arn:${{AWS::Partition}}:kms:*:{ACCOUNT}:key/*"],
            conditions={
                "StringEquals": {"aws:ResourceTag/ringwork:organization": organization},
                "StringLike": {"kms:ViaService": [f"{name}.*.amazonaws.com" for name in through]},
            },
        ),
        allow(
            "Logs",
            (*permissions.OPEN_LOGS, *permissions.WRITE_LOGS),
            [
                f"arn:${{AWS::Partition}}:logs:*:{ACCOUNT}:log-group:/aws/sagemaker/*",
                f"arn:${{AWS::Partition}}:logs:*:{ACCOUNT}:log-group:/ringwork/{organization}/*",
            ],
        ),
        allow(
            "Images",
            permissions.PULL_IMAGES,
            [f"arn:${{AWS::Partition}}:ecr:*:{ACCOUNT}:repository/{repository}/*"],
        ),
        allow(
            "Interfaces",
            ("ec2:CreateNetworkInterface", *permissions.MANAGE_INTERFACES),
            [
                f"arn:${{AWS::Partition}}:ec2:*:{ACCOUNT}:{type}/*"
                for type in ("network-interface", "security-group", "subnet")
            ],
        ),
        allow(
            "WithoutResource",
            ("cloudwatch:PutMetricData", "ec2:Describe*", "ecr:GetAuthorizationToken"),
        ),
        allow(
            "SageMaker",
            (
                *("sagemaker:AddTags", "sagemaker:InvokeEndpoint", *permissions.CREATE_JOBS),
                *("sagemaker:Describe*", "sagemaker:Stop*Job", "sagemaker:StopNotebookInstance"),
                "sagemaker:CreateModelPackage",
                "sagemaker:StartPipelineExecution",
            ),
            [f"arn:${{AWS::Partition}}:sagemaker:*:{ACCOUNT}:*/{prefix}*"],
        ),
    ]
    if any(flow.from_.startswith(f"{site.environment.team}/") for flow in site.flows):
        arn = "arn:${AWS::Partition}:execute-api:*:*:*/*--*/POST/invocations"
        found.append(allow("DeclaredApis", ("execute-api:Invoke",), [arn]))
    if _uses_features(site):
        records = (*permissions.READ_RECORDS, *permissions.WRITE_RECORDS)
        groups = f"arn:${{AWS::Partition}}:sagemaker:*:{ACCOUNT}:feature-group/{organization}-*"
        found.append(allow("Records", sorted(set(records)), [groups]))
    if site.team.foundation_models:
        arns = [arn for id in sorted(site.team.foundation_models) for arn in bedrock.arns(id, "*", ACCOUNT)]
        arns.append(f"arn:${{AWS::Partition}}:bedrock:*:{ACCOUNT}:guardrail/*")
        found.append(allow("FoundationModels", (*bedrock.INVOKE, bedrock.APPLY), arns))
    if site.of_type(WorkloadType.ENCLAVE):
        found.append(permissions.attested(f"arn:${{AWS::Partition}}:kms:*:{ACCOUNT}:key/*", site))
    if passed and site.of_type(WorkloadType.PIPELINE):
        found.append(permissions.pass_to_sagemaker("PassRole", passed))
    return found


def _uses_features(site: Site) -> bool:
    return any(team.features for team in site.blueprint.teams.values())


def _denied(site: Site, subnets: Sequence[Json]) -> list[Statement]:
    """What stays refused even if another policy, on the role or on a resource, allows it."""
    own = {"StringNotEquals": {"aws:ResourceAccount": sub(ACCOUNT)}, "Null": {"aws:ResourceAccount": "false"}}
    owned_by_aws = (
        "arn:${AWS::Partition}:s3:::prod-*-starport-layer-bucket/*",
        "arn:${AWS::Partition}:s3:::jumpstart-cache-prod-*",
    )
    return [
        Statement("NothingElse", "Deny", (), not_actions=USED),
        Statement(
            "OwnAccountOnly",
            "Deny",
            ("ecr:*", "kms:*", "s3:*", "sagemaker:*"),
            conditions=own,
            not_resources=owned_by_aws,
        ),
        *in_own_vpc(subnets),
        *sagemaker.isolated({}, processing=_calls_nothing(site), schedules=False),
        *sagemaker.encrypted({}, short=True),
    ]


def in_own_vpc(subnets: Sequence[Json]) -> list[Statement]:
    """Every request that may name subnets names some, and each is the environment's own.

    The second statement is about every action: where there is no such key, no value is foreign. What takes no
    subnets at all (`sagemaker.OUTSIDE_VPC`) no statement allows here.
    """
    found = [
        deny(
            "InVpc",
            # no statement allows any update here: one pattern says it for all
            (*sagemaker.NEEDS_VPC, "sagemaker:CreateMonitoringSchedule", "sagemaker:Update*"),
            conditions={"Null": {"sagemaker:VpcSubnets": "true"}},
        )
    ]
    if subnets:
        found.append(
            deny(
                "OwnSubnets",
                ("sagemaker:*",),
                conditions={"ForAnyValue:StringNotEquals": {"sagemaker:VpcSubnets": list(subnets)}},
            )
        )
    return found


def _calls_nothing(site: Site) -> bool:
    """Whether no processing workload has to call anything, so that all can be isolated."""
    if site.team.foundation_models:
        return False
    callers = {flow.from_ for flow in site.flows}
    groups = {name for team in site.blueprint.teams.values() for name in team.features}
    for name in site.of_type(WorkloadType.PROCESSING):
        workload = site.workloads[name]
        used = {reference.rpartition("/")[2] for reference in (*workload.reads, *workload.writes)}
        if f"{site.environment.team}/{name}" in callers or used & groups:
            return False
    return True
