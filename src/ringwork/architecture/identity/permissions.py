"""What an execution role may do: by the workload's type, its grants and its flows.

Sources: SageMaker's pages "SageMaker AI execution roles" (minimal permissions for each API) and "Give
SageMaker AI Training Jobs Access to Resources in Your Amazon VPC"; resource types and condition keys of each
action from the Service Authorization Reference.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Protocol

from ringwork.architecture import bedrock, names
from ringwork.architecture.grants import FeatureUse, Grant, Mode
from ringwork.architecture.keys import VOLUME_ACTIONS
from ringwork.architecture.names import logical
from ringwork.architecture.policy import Conditions, Statement, allow
from ringwork.architecture.site import Site
from ringwork.architecture.template import Json, sub, subs
from ringwork.blueprint.environment import Environment
from ringwork.blueprint.model import DataClass, WorkloadType

ACCOUNT = "${AWS::AccountId}"
READ_OBJECTS = ("s3:GetObject", "s3:GetObjectVersion")
WRITE_OBJECTS = ("s3:AbortMultipartUpload", "s3:ListMultipartUploadParts", "s3:PutObject")
LIST_BUCKET = ("s3:GetBucketLocation", "s3:ListBucket")
PULL_IMAGES = ("ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer")
WRITE_LOGS = ("logs:CreateLogStream", "logs:PutLogEvents")
OPEN_LOGS = ("logs:CreateLogGroup", "logs:DescribeLogStreams")
MANAGE_INTERFACES = (
    "ec2:CreateNetworkInterfacePermission",
    "ec2:DeleteNetworkInterface",
    "ec2:DeleteNetworkInterfacePermission",
)
DESCRIBE_NETWORK = (
    "ec2:DescribeDhcpOptions",
    "ec2:DescribeNetworkInterfaces",
    "ec2:DescribeSecurityGroups",
    "ec2:DescribeSubnets",
    "ec2:DescribeVpcs",
)
CREATE_JOBS = (
    "sagemaker:CreateModel",
    "sagemaker:CreateProcessingJob",
    "sagemaker:CreateTrainingJob",
    "sagemaker:CreateTransformJob",
)
REGISTER, PENDING = "sagemaker:CreateModelPackage", "PendingManualApproval"
"""A pipeline registers versions, as pending, and never approves or deploys them (control IAM-14)."""
FOLLOW_JOBS = (
    "sagemaker:DescribeModel",
    "sagemaker:DescribeProcessingJob",
    "sagemaker:DescribeTrainingJob",
    "sagemaker:DescribeTransformJob",
    "sagemaker:StopProcessingJob",
    "sagemaker:StopTrainingJob",
    "sagemaker:StopTransformJob",
)
READ_RECORDS = ("sagemaker:BatchGetRecord", "sagemaker:DescribeFeatureGroup", "sagemaker:GetRecord")
WRITE_RECORDS = ("sagemaker:DescribeFeatureGroup", "sagemaker:PutRecord")
STOP_ITSELF = ("sagemaker:DescribeNotebookInstance", "sagemaker:StopNotebookInstance")
"""A notebook instance that nobody uses stops itself (its lifecycle script, compute ring)."""
RUN_PIPELINES = (
    "sagemaker:DescribePipeline",
    "sagemaker:StartPipelineExecution",
)
LOG_GROUPS = {
    WorkloadType.STUDIO: ("/aws/sagemaker/studio", False),
    WorkloadType.NOTEBOOK: ("/aws/sagemaker/NotebookInstances", True),
    WorkloadType.TRAINING: ("/aws/sagemaker/TrainingJobs", True),
    WorkloadType.PROCESSING: ("/aws/sagemaker/ProcessingJobs", True),
    WorkloadType.BATCH: ("/aws/sagemaker/TransformJobs", True),
}
"""Log group by type, and whether its streams begin with the job's name (SageMaker, "Log groups and streams").
An endpoint has a group of its own, `/aws/sagemaker/Endpoints/NAME`."""
IN_VPC = frozenset(WorkloadType) - {WorkloadType.PIPELINE, WorkloadType.ENCLAVE}
"""Types for which SageMaker puts interfaces into the VPC with the execution role's rights."""
RUNS_CONTAINERS = frozenset(WorkloadType) - {WorkloadType.PIPELINE, WorkloadType.NOTEBOOK}
CALLS_MODELS = (WorkloadType.STUDIO, WorkloadType.NOTEBOOK, WorkloadType.PROCESSING)
"""Types that may call foundation models: containers of training jobs and models are isolated."""
PASSED_BY_PIPELINES = (WorkloadType.TRAINING, WorkloadType.PROCESSING, WorkloadType.BATCH)


class Place(Protocol):
    """Where a role's policy finds ids that AWS assigns in other stacks."""

    def vpc(self, region: str) -> str:
        """Name of the parameter with the VPC's id."""

    def key(self, owner: Environment, data_class: DataClass, region: str) -> Json:
        """A key's ARN."""

    def guardrail(self, region: str) -> Json:
        """ARN of the team's guardrail."""


def statements(
    site: Site,
    name: str,
    grants: Sequence[Grant],
    features: Sequence[FeatureUse],
    endpoints: Sequence[str],
    apis: Sequence[str],
    place: Place,
) -> list[Statement]:
    """All that the role of workload `name` may do. `endpoints`: inference endpoints that it may invoke;
    `apis`: ARNs of the private APIs that it may ask."""
    kind = site.workloads[name].type
    regions = sorted(site.blueprint.regions)
    found = [*_observe(site, name, regions)]
    if kind in RUNS_CONTAINERS:
        found += _images(site, regions)
    if kind in IN_VPC:
        found += _interfaces(site, name, regions, place)
    found += _data(site, grants, regions, place)
    found += _records(site, features, regions, place)
    if site.team.foundation_models and kind in CALLS_MODELS:
        found += _foundation_models(site, regions, place)
    if kind is WorkloadType.ENCLAVE:
        found.append(attested(f"arn:${{AWS::Partition}}:kms:*:{ACCOUNT}:key/*", site))
    if endpoints:
        arns = [
            f"arn:${{AWS::Partition}}:sagemaker:{region}:{ACCOUNT}:endpoint/"
            + names.endpoint(site.organization, site.environment.name, endpoint)
            for region in regions
            for endpoint in sorted(set(endpoints))
        ]
        found.append(allow("InvokeDeclaredEndpoints", ("sagemaker:InvokeEndpoint",), arns))
    if apis:
        found.append(allow("AskDeclaredApis", ("execute-api:Invoke",), apis))
    if kind is WorkloadType.PIPELINE:
        found += _pipeline(site, regions)
    if kind is WorkloadType.NOTEBOOK:
        own = names.notebook(site.organization, site.environment.name, name)
        machines = [
            f"arn:${{AWS::Partition}}:sagemaker:{region}:{ACCOUNT}:notebook-instance/{own}"
            for region in regions
        ]
        found.append(allow("StopItself", STOP_ITSELF, machines))
    if kind in (WorkloadType.STUDIO, WorkloadType.NOTEBOOK) and site.of_type(WorkloadType.PIPELINE):
        found.append(
            allow("RunPipelines", RUN_PIPELINES, _named(site, regions, "pipeline"), conditions=_team(site))
        )
    return found


def _named(site: Site, regions: Sequence[str], *types: str) -> list[str]:
    """ARNs of the environment's SageMaker resources of these types, by their names' beginning."""
    prefix = names.sagemaker_prefix(site.organization, site.environment.name)
    return [
        f"arn:${{AWS::Partition}}:sagemaker:{region}:{ACCOUNT}:{type}/{prefix}*"
        for region in regions
        for type in types
    ]


def _team(site: Site, key: str = "aws:ResourceTag") -> Conditions:
    """The environment's resources only, by tag too (control IAM-28)."""
    tags = {f"{key}/ringwork:team": site.environment.team}
    if site.environment.stage is not None:
        tags[f"{key}/ringwork:stage"] = site.environment.stage
    return {"StringEquals": tags}


def _observe(site: Site, name: str, regions: Sequence[str]) -> Iterator[Statement]:
    kind = site.workloads[name].type
    prefix = names.sagemaker_prefix(site.organization, site.environment.name)
    own = f"{site.organization}/{site.environment.name}"
    if kind is WorkloadType.PIPELINE:
        return
    if kind is WorkloadType.ENDPOINT:
        endpoint = names.endpoint(site.organization, site.environment.name, name)
        group, streams = f"/aws/sagemaker/Endpoints/{endpoint}", "*"
    elif kind is WorkloadType.ENCLAVE:
        group, streams = names.log_group(site.organization, site.environment.name, name), "*"
    else:
        group, named = LOG_GROUPS[kind]
        streams = f"{prefix}*" if named else "*"
    groups = [f"arn:${{AWS::Partition}}:logs:{region}:{ACCOUNT}:log-group:{group}" for region in regions]
    yield allow("OpenLogs", OPEN_LOGS, [f"{arn}{tail}" for arn in groups for tail in ("", ":*")])
    yield allow("WriteLogs", WRITE_LOGS, [f"{arn}:log-stream:{streams}" for arn in groups])
    # PutMetricData has no resource of this kind; the namespace is its scope (CloudWatch, "Using condition
    # keys to limit access to CloudWatch namespaces")
    yield allow(
        "WriteMetrics",
        ("cloudwatch:PutMetricData",),
        conditions={"StringLike": {"cloudwatch:namespace": ["/aws/sagemaker/*", f"ringwork/{own}"]}},
    )


def _images(site: Site, regions: Sequence[str]) -> Iterator[Statement]:
    repository = names.repository_prefix(site.organization, site.environment.name)
    arns = [f"arn:${{AWS::Partition}}:ecr:{region}:{ACCOUNT}:repository/{repository}/*" for region in regions]
    yield allow("PullOwnImages", PULL_IMAGES, arns)
    # GetAuthorizationToken has no resource-level permission (Amazon ECR, actions and resources)
    yield allow("LogInToRegistry", ("ecr:GetAuthorizationToken",))


def _interfaces(site: Site, name: str, regions: Sequence[str], place: Place) -> Iterator[Statement]:
    """Network interfaces in this VPC, in this tier's subnets, with this workload's group and no other."""
    vpcs = [
        f"arn:${{AWS::Partition}}:ec2:{region}:{ACCOUNT}:vpc/${{{place.vpc(region)}}}" for region in regions
    ]
    here: Conditions = {"ArnEquals": {"ec2:Vpc": subs(vpcs)}}

    def arns(*types: str) -> list[str]:
        return [
            f"arn:${{AWS::Partition}}:ec2:{region}:{ACCOUNT}:{type}/*" for region in regions for type in types
        ]

    yield allow("InterfacesInOwnVpc", ("ec2:CreateNetworkInterface",), arns("network-interface", "subnet"),
                conditions=here)  # fmt: skip
    yield allow(
        "InterfacesWithOwnGroup",
        ("ec2:CreateNetworkInterface",),
        arns("security-group"),
        conditions={**here, "StringEquals": {"aws:ResourceTag/ringwork:workload": name}},
    )
    yield allow("ManageInterfacesInOwnVpc", MANAGE_INTERFACES, arns("network-interface"), conditions=here)
    # EC2's Describe actions have no resource-level permission (Amazon EC2, actions and resources)
    yield allow("SeeNetwork", DESCRIBE_NETWORK)


def _data(site: Site, grants: Sequence[Grant], regions: Sequence[str], place: Place) -> Iterator[Statement]:
    """Buckets and their keys, exactly as granted."""
    if not grants:
        return
    mine: Conditions = {"StringEquals": {"aws:ResourceAccount": sub(ACCOUNT)}}

    def arn(grant: Grant, region: str) -> str:
        return "arn:${AWS::Partition}:s3:::" + names.bucket_pattern(
            site.organization, grant.owner.name, grant.purpose, region, here=False
        )

    def objects(mode: Mode) -> list[str]:
        chosen = [grant for grant in grants if grant.mode is mode]
        return sorted(
            {f"{arn(grant, region)}/{grant.prefix or ''}*" for grant in chosen for region in regions}
        )

    whole = [grant for grant in grants if grant.prefix is None]
    if whole:
        arns = sorted({arn(grant, region) for grant in whole for region in regions})
        yield allow("ListDataSets", LIST_BUCKET, arns, conditions=mine)
    parts = [grant for grant in grants if grant.prefix is not None]
    if parts:
        arns = sorted({arn(grant, region) for grant in parts for region in regions})
        prefixes = sorted({f"{grant.prefix}*" for grant in parts})
        yield allow("ListModels", ("s3:ListBucket",), arns,
                    conditions={**mine, "StringLike": {"s3:prefix": prefixes}})  # fmt: skip
    for mode, sid, actions in ((Mode.READ, "Read", READ_OBJECTS), (Mode.WRITE, "Write", WRITE_OBJECTS)):
        if objects(mode):
            yield allow(f"{sid}Objects", actions, objects(mode), conditions=mine)

    def by_key(grant: Grant) -> tuple[str, str]:
        return grant.owner.name, grant.data_class.value

    for index, (_, group) in enumerate(groupby(sorted(grants, key=by_key), by_key)):
        same_key = list(group)
        first = same_key[0]
        keys = [place.key(first.owner, first.data_class, region) for region in regions]
        writes = any(grant.mode is Mode.WRITE for grant in same_key)
        contexts = sorted({arn(grant, region) for grant in same_key for region in regions})
        suffix = f"{index + 1}" if index else ""
        yield allow(
            f"KeysOfObjects{suffix}",
            ("kms:Decrypt", *(("kms:GenerateDataKey",) if writes else ())),
            keys,
            conditions={
                "StringEquals": {"kms:ViaService": _via("s3", regions)},
                # S3 names the bucket, with a bucket key, or the object, without
                "StringLike": {
                    "kms:EncryptionContext:aws:s3:arn": subs(
                        [f"{context}{tail}" for context in contexts for tail in ("", "/*")]
                    )
                },
            },
        )
        via = {"StringEquals": {"kms:ViaService": _via("sagemaker", regions)}}
        yield allow(f"KeysOfVolumes{suffix}", VOLUME_ACTIONS, keys, conditions=via)
        yield allow(
            f"GrantsForVolumes{suffix}",
            ("kms:CreateGrant",),
            keys,
            conditions={**via, "Bool": {"kms:GrantIsForAWSResource": "true"}},
        )


def _via(service: str, regions: Sequence[str]) -> Json:
    found = [f"{service}.{region}.amazonaws.com" for region in regions]
    return found[0] if len(found) == 1 else found


def _pipeline(site: Site, regions: Sequence[str]) -> Iterator[Statement]:
    """Start and follow the environment's own jobs, under the environment's own roles."""
    jobs = _named(site, regions, "model", "processing-job", "training-job", "transform-job")
    tagged = _team(site, "aws:RequestTag")
    yield allow("CreateOwnJobs", CREATE_JOBS, jobs, conditions=tagged)
    creating = [action.partition(":")[2] for action in CREATE_JOBS]
    yield allow(
        "TagWhileCreating",
        ("sagemaker:AddTags",),
        jobs,
        conditions={"StringEquals": {**tagged["StringEquals"], "sagemaker:TaggingAction": creating}},
    )
    yield allow("FollowOwnJobs", FOLLOW_JOBS, jobs, conditions=_team(site))
    # a version takes its group's tags and can be given none (SageMaker, CreateModelPackage, Tags)
    packages = _named(site, regions, "model-package")
    pending: Conditions = {"StringEquals": {"sagemaker:ModelApprovalStatus": PENDING}}
    yield allow("RegisterAsPending", (REGISTER,), packages, conditions=pending)
    yield allow("SeeVersions", ("sagemaker:DescribeModelPackage",), packages)
    passed = [names.role_arn(site.role(name)) for name in site.of_type(*PASSED_BY_PIPELINES)]
    if passed:
        yield pass_to_sagemaker("PassRolesOfJobs", sorted(passed))


def pass_to_sagemaker(sid: str, roles: Sequence[str]) -> Statement:
    """Hand these roles to SageMaker, and to nobody else (control IAM-05)."""
    return allow(
        sid,
        ("iam:PassRole",),
        roles,
        conditions={"StringEquals": {"iam:PassedToService": "sagemaker.amazonaws.com"}},
    )


def attested(keys: str, site: Site) -> Statement:
    """Keys that answer to an enclave's attestation document: the key's own policy says which measurements it
    asks for, and no request without a document passes here (KMS developer guide, "Cryptographic attestation
    support in AWS KMS")."""
    return allow(
        "KeysOfEnclave",
        ("kms:Decrypt", "kms:GenerateDataKey"),
        [keys],
        conditions={
            "Null": {"kms:RecipientAttestation:ImageSha384": "false"},
            "StringEquals": {"aws:ResourceTag/ringwork:team": site.environment.team},
        },
    )


def _records(
    site: Site, uses: Sequence[FeatureUse], regions: Sequence[str], place: Place
) -> Iterator[Statement]:
    """Records of feature groups through SageMaker's API, and the keys of online stores (SageMaker developer
    guide, "Security and access control", Feature Store)."""

    def groups(mode: Mode) -> list[str]:
        return sorted(
            {
                f"arn:${{AWS::Partition}}:sagemaker:{region}:{ACCOUNT}:feature-group/"
                + names.feature_group(site.organization, use.owner.name, use.feature)
                for use in uses
                if use.mode is mode
                for region in regions
            }
        )

    for mode, sid, actions in (
        (Mode.READ, "ReadRecords", READ_RECORDS),
        (Mode.WRITE, "WriteRecords", WRITE_RECORDS),
    ):
        if groups(mode):
            yield allow(sid, actions, groups(mode))
    stores = sorted({(use.owner.name, use.data_class.value): use for use in uses}.items())
    for index, (_, use) in enumerate(stores):
        yield allow(
            f"KeysOfRecords{index + 1 if index else ''}",
            ("kms:Decrypt",),
            [place.key(use.owner, use.data_class, region) for region in regions],
            conditions={"StringEquals": {"kms:ViaService": _via("sagemaker", regions)}},
        )


def _foundation_models(site: Site, regions: Sequence[str], place: Place) -> Iterator[Statement]:
    """The team's foundation models, each through the team's guardrail of the Region that is asked (Bedrock
    user guide, "Use IAM condition keys to enforce a guardrail": the ARN, or the ARN and a version)."""
    for region in regions:
        guardrail = place.guardrail(region)
        through: Conditions = {
            "StringLike": {"bedrock:GuardrailIdentifier": [guardrail, {"Fn::Join": ["", [guardrail, ":*"]]}]}
        }
        suffix = logical(region) if len(regions) > 1 else ""
        for kind, ids in _models_by_kind(site):
            arns = sorted({arn for id in ids for arn in bedrock.arns(id, region, ACCOUNT)})
            yield allow(f"{kind}{suffix}", bedrock.INVOKE, arns, conditions=through)
        yield allow(f"AskThroughGuardrail{suffix}", (bedrock.APPLY,), [guardrail])
        # the guardrail is under a key of the team's models ring ("Create a customer managed key for your
        # guardrail": what a role needs to use an encrypted guardrail)
        yield allow(
            f"KeyOfGuardrail{suffix}",
            ("kms:Decrypt",),
            [f"arn:${{AWS::Partition}}:kms:{region}:{ACCOUNT}:key/*"],
            conditions={
                "StringEquals": {
                    "aws:ResourceTag/ringwork:ring": "models",
                    "aws:ResourceTag/ringwork:team": site.environment.team,
                    "kms:ViaService": f"bedrock.{region}.amazonaws.com",
                }
            },
        )


def _models_by_kind(site: Site) -> Iterator[tuple[str, list[str]]]:
    ids = sorted(site.team.foundation_models)
    own = [id for id in ids if bedrock.profile(id) is None]
    spanning = [id for id in ids if bedrock.profile(id) is not None]
    if own:
        yield "FoundationModels", own
    if spanning:
        yield "SpanningModels", spanning
