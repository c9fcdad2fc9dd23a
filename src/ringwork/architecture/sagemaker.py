"""What SageMaker must never be asked for, as Deny statements: jobs outside our VPCs, without isolation or
without our keys. Boundaries (per environment) and service control policies (for the organization) have the
same ones.

Two keys make these hard to write. `sagemaker:VpcSubnets` is multivalued and missing from a request without
a VPC, so of the usual forms only two hold: `Null` and `ForAnyValue:StringNotEquals` together in two Denies
refuse no VPC, a foreign subnet, and a foreign subnet beside an own one (IAM user guide, "Set operators for
multivalued context keys"). And most actions have no such key at all: what such an action runs is either
bound by something that stands already, or refused.

Sources: Service Authorization Reference, Amazon SageMaker AI (which action has which key; a test holds the
tables to it); SageMaker developer guide, "Control creation of SageMaker jobs with condition keys".
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ringwork.architecture.policy import Conditions, Statement, deny
from ringwork.architecture.template import Json

NEEDS_VPC = (
    "sagemaker:Create*JobDefinition",
    "sagemaker:CreateAutoMLJob*",
    "sagemaker:CreateCluster",
    "sagemaker:CreateDomain",
    "sagemaker:CreateHyperParameterTuningJob",
    "sagemaker:CreateJob",
    "sagemaker:CreateModel",
    "sagemaker:CreateNotebookInstance",
    "sagemaker:CreateProcessingJob",
    "sagemaker:CreateTrainingJob",
    "sagemaker:CreateTrainingSession",
)
"""A request of these names its subnets (controls IAM-10, ORG-03)."""
MAY_KEEP_VPC = (
    "sagemaker:CreateMonitoringSchedule",
    "sagemaker:UpdateCluster",
    "sagemaker:UpdateDomain",
    "sagemaker:UpdateMonitoringSchedule",
)
"""A request of these need not: the schedule's job definition, the domain or the cluster has them. Only the
deploy role, whose templates are checked, may leave them out."""
VPC_OF_MODEL = ("sagemaker:CreateEndpointConfig",)
"""Its variants' models name their subnets; a variant without a model needs CreateInferenceComponent."""

OUTSIDE_VPC = (
    "sagemaker:CreateAIBenchmarkJob",
    "sagemaker:CreateAIRecommendationJob",
    "sagemaker:CreateAlgorithm",
    "sagemaker:CreateCompilationJob",
    "sagemaker:CreateEdgePackagingJob",
    "sagemaker:CreateHubContentPresignedUrls",
    "sagemaker:CreateInferenceComponent",
    "sagemaker:CreateInferenceExperiment",
    "sagemaker:CreateInferenceRecommendationsJob",
    "sagemaker:CreateLabelingJob",
    "sagemaker:CreateMlflow*",
    "sagemaker:CreateOptimizationJob",
    "sagemaker:CreatePartnerApp*",
    "sagemaker:CreatePresignedMlflow*",
    "sagemaker:StartHumanLoop",
    "sagemaker:StartMlflowTrackingServer",
    "sagemaker:StartSession",
)
"""What these run, or hand out, is outside any VPC of ours, and no condition key says otherwise: refused."""
STANDS_ON: Mapping[str, str] = {
    "CreateApp": "the domain's VPC",
    "CreateEndpoint": "its configuration's models",
    "CreateFeatureGroup": "stores records, runs nothing",
    "CreateModelPackage": "a version that is registered; what it validates runs under a role that is passed",
    "CreatePipeline": "each step asks for itself, with the pipeline's role",
    "CreatePresignedDomainUrl": "the domain's VPC; who may ask for one is held apart",
    "CreatePresignedNotebookInstanceUrl": "the notebook's VPC; who may ask for one is held apart",
    "CreateSpace": "the domain's VPC",
    "CreateTransformJob": "its model's VPC",
    "CreateUserProfile": "the domain's VPC",
    "StartMonitoringSchedule": "the schedule's VPC",
    "StartNotebookInstance": "the notebook's VPC",
    "StartPipelineExecution": "each step asks for itself, with the pipeline's role",
    "UpdateEndpoint": "its configuration's models",
    "UpdateNotebookInstance": "the notebook's VPC",
    "UpdateSpace": "the domain's VPC",
    "UpdateTrainingJob": "the job's VPC",
    "UpdateUserProfile": "the domain's VPC",
}
"""Actions without the key that run something bound by what stands already -> by what."""

ISOLATED = (
    "sagemaker:Create*JobDefinition",
    "sagemaker:CreateHyperParameterTuningJob",
    "sagemaker:CreateModel",
    "sagemaker:CreateTrainingJob",
)
"""Containers of these make no network call of their own (control IAM-12); SageMaker moves their data through
the VPC (API reference, CreateTrainingJob, EnableNetworkIsolation)."""
ISOLATED_IF_ASKED = (
    "sagemaker:CreateEndpointConfig",
    "sagemaker:CreateMonitoringSchedule",
    "sagemaker:UpdateMonitoringSchedule",
)
"""Isolation stands elsewhere (the model, the job definition), unless the request turns it off."""
ISOLATED_WITHOUT_CALLS = ("sagemaker:CreateProcessingJob",)
"""Isolated where no processing workload has to call anything (boundary only)."""

ENCRYPTS_TRAFFIC = (
    "sagemaker:Create*JobDefinition",
    "sagemaker:CreateAutoMLJob*",
    "sagemaker:CreateHyperParameterTuningJob",
    "sagemaker:CreateProcessingJob",
    "sagemaker:CreateTrainingJob",
)
ENCRYPTS_TRAFFIC_IF_ASKED = ("sagemaker:CreateMonitoringSchedule", "sagemaker:UpdateMonitoringSchedule")

VOLUME_KEY = (
    "sagemaker:Create*JobDefinition",
    "sagemaker:CreateAutoMLJob*",
    "sagemaker:CreateDomain",
    "sagemaker:CreateEndpointConfig",
    "sagemaker:CreateHyperParameterTuningJob",
    "sagemaker:CreateNotebookInstance",
    "sagemaker:CreateProcessingJob",
    "sagemaker:CreateTrainingJob",
    "sagemaker:CreateTransformJob",
)
"""Storage volumes are under a key that the request names (control IAM-11)."""
OUTPUT_KEY = (
    "sagemaker:Create*JobDefinition",
    "sagemaker:CreateAutoMLJob*",
    "sagemaker:CreateHyperParameterTuningJob",
    "sagemaker:CreateJob",
    "sagemaker:CreateProcessingJob",
    "sagemaker:CreateTrainingJob",
    "sagemaker:CreateTrainingSession",
    "sagemaker:CreateTransformJob",
)
"""What comes out is under a key that the request names (control IAM-11)."""
KEYS_OF_SCHEDULE = ("sagemaker:CreateMonitoringSchedule", "sagemaker:UpdateMonitoringSchedule")
"""Both keys stand in the job definition that a schedule names."""

LOCAL_STORAGE = (
    *("ml.*d.*", "ml.*dn.*", "ml.g5.*", "ml.g6*", "ml.i*"),
    *("ml.p4*", "ml.p5*", "ml.p6*", "ml.trn*"),
)
"""Instance types whose storage is theirs and encrypted by hardware: for these SageMaker takes no key for
volumes (API reference, ResourceConfig, VolumeKmsKeyId; EC2 user guide, "Instance store volumes")."""


def no_key(kind: str) -> Mapping[str, str]:
    """Keys for `Null`: no key is named. The Service Authorization Reference had `sagemaker:VolumeKmsKey`
    before it had `sagemaker:VolumeKmsKeyArn` (and the same for outputs). A request that has neither has no
    key, whichever of them SageMaker sends; a policy on one of them alone would refuse all, or nothing."""
    return {f"sagemaker:{kind}KmsKey": "true", f"sagemaker:{kind}KmsKeyArn": "true"}


def in_vpc(also: Conditions, unless_deployed: Conditions) -> list[Statement]:
    """No job without a VPC. `also`: conditions of every statement; `unless_deployed`: those where what
    stands already may decide."""
    return [
        deny("SageMakerNeedsVpc", NEEDS_VPC, conditions=_and(also, Null={"sagemaker:VpcSubnets": "true"})),
        deny(
            "SageMakerKeepsVpc",
            MAY_KEEP_VPC,
            conditions=_and(unless_deployed, Null={"sagemaker:VpcSubnets": "true"}),
        ),
        deny("SageMakerOutsideVpc", OUTSIDE_VPC, conditions=also),
    ]


def own_subnets(subnets: Sequence[Json]) -> Statement:
    """Not one subnet that is not the environment's own."""
    return deny(
        "SageMakerOwnSubnets",
        (*NEEDS_VPC, *MAY_KEEP_VPC, *VPC_OF_MODEL),
        conditions={"ForAnyValue:StringNotEquals": {"sagemaker:VpcSubnets": list(subnets)}},
    )


def isolated(also: Conditions, *, processing: bool = False, schedules: bool = True) -> list[Statement]:
    """No container that calls out, and no traffic between containers in clear.

    Absent means off for SageMaker: `BoolIfExists` refuses both. `processing`: processing jobs too; not
    `schedules`: for a policy that allows none of what may leave it to others anyway.
    """
    more = ISOLATED_WITHOUT_CALLS if processing else ()
    isolation, traffic = "sagemaker:NetworkIsolation", "sagemaker:InterContainerTrafficEncryption"
    off, clear = {isolation: "false"}, {traffic: "false"}
    found = [
        deny("SageMakerIsolated", (*ISOLATED, *more), conditions=_and(also, BoolIfExists=off)),
        deny("SageMakerTraffic", ENCRYPTS_TRAFFIC, conditions=_and(also, BoolIfExists=clear)),
    ]
    if schedules:
        found += [
            deny("SageMakerStaysIsolated", ISOLATED_IF_ASKED, conditions=_and(also, Bool=off)),
            deny("SageMakerStaysEncrypted", ENCRYPTS_TRAFFIC_IF_ASKED, conditions=_and(also, Bool=clear)),
        ]
    return found


EVERY_JOB = ("sagemaker:Create?*Job*",)
"""More than the tables say, in few characters, for a policy that allows no other jobs anyway. Not CreateJob,
whose volumes have no key."""


def encrypted(also: Conditions, *, short: bool = False) -> list[Statement]:
    """No volume and no output without a key of ours. `short`: by `EVERY_JOB`.

    Two statements for volumes: `ForAnyValue` is for a request with some type that has no storage of its own,
    alone or beside others, and is false for one that names no type. (`ForAllValues` alone would let mixed
    types through.) The short form has the first alone: what it allows names types (API reference,
    ResourceConfig, ProcessingClusterConfig, TransformResources).
    """
    volumes: tuple[str, ...] = VOLUME_KEY
    outputs: tuple[str, ...] = OUTPUT_KEY
    if short:
        volumes = (*EVERY_JOB, "sagemaker:CreateEndpointConfig")
        outputs = EVERY_JOB
    types, unnamed = "sagemaker:InstanceTypes", no_key("Volume")
    plain = {types: list(LOCAL_STORAGE)}
    found = [
        deny(
            "SageMakerVolumeKey",
            volumes,
            conditions=_and(also, **{"Null": unnamed, "ForAnyValue:StringNotLike": plain}),
        ),
        deny("SageMakerOutputKey", outputs, conditions=_and(also, Null=no_key("Output"))),
    ]
    if not short:
        untyped = {**unnamed, types: "true"}
        found.append(deny("SageMakerVolumeKeyAnyType", volumes, conditions=_and(also, Null=untyped)))
    return found


def closed_notebooks(also: Conditions) -> list[Statement]:
    """Notebooks and domains without direct internet access, root, or instance metadata of version 1
    (AWS samples, data perimeter: `PreventNonVpcOnlySageMakerDomain`,
    `PreventDirectInternetAccessSageMakerNotebook`). What a creation leaves out is on by default."""
    create, domain = ("sagemaker:CreateNotebookInstance",), "sagemaker:AppNetworkAccessType"
    return [
        deny("DomainVpcOnly", ("sagemaker:CreateDomain",),
             conditions=_and(also, StringNotEqualsIfExists={domain: "VpcOnly"})),
        deny("DomainStaysVpcOnly", ("sagemaker:UpdateDomain",),
             conditions=_and(also, StringEquals={domain: "PublicInternetOnly"})),
        deny("NotebookOffline", create,
             conditions=_and(also, StringNotEqualsIfExists={"sagemaker:DirectInternetAccess": "Disabled"})),
        deny("NotebookWithoutRoot", create,
             conditions=_and(also, StringNotEqualsIfExists={"sagemaker:RootAccess": "Disabled"})),
        deny("NotebookStaysWithoutRoot", ("sagemaker:UpdateNotebookInstance",),
             conditions=_and(also, StringEquals={"sagemaker:RootAccess": "Enabled"})),
    ]  # fmt: skip


def _and(also: Conditions, **more: Mapping[str, Json]) -> Conditions:
    """Conditions that must hold together; keys under the same operator are joined."""
    joined = {operator: dict(keys) for operator, keys in also.items()}
    for operator, keys in more.items():
        joined.setdefault(operator, {}).update(keys)
    return joined
