"""The workloads' boundary, proved on concrete requests against the Service Authorization Reference."""

from __future__ import annotations

import fnmatch
from functools import cache
from typing import Any

import pytest
from tests.architecture.deciding import (
    ACCOUNT,
    FOREIGN,
    GUARDRAIL,
    OWN,
    REGION,
    asked,
    decide,
    denied_by,
    offering,
    template,
)

from ringwork.access import catalogue
from ringwork.architecture import sagemaker

BLUEPRINT: dict[str, Any] = {
    "ringwork": 1,
    "organization": "acme",
    "regions": [REGION],
    "accounts": {"layout": "one", "ids": {"main": ACCOUNT}},
    "teams": {
        "risk": {
            "data": {"raw": {"redacted": True}},
            "models": {"churn": {}},
            "features": {"customer": {"record": "id", "time": "at", "online": True}},
            "foundation_models": ["anthropic.claude-v3", "eu.amazon.nova-lite-v1:0"],
            "workloads": {
                "lab": {"type": "notebook", "reads": ["raw", "customer"]},
                "clean": {"type": "processing", "reads": ["raw"], "writes": ["raw", "customer"]},
                "train": {"type": "training", "reads": ["raw"], "produces": ["churn"]},
                "release": {"type": "pipeline", "serves": ["churn"]},
                "serve": {"type": "endpoint", "serves": ["churn"]},
                "vault": {"type": "enclave", "serves": ["churn"]},
            },
        },
        "care": {"workloads": {"tidy": {"type": "processing"}}},
    },
}


@cache
def resources(environment: str = "risk") -> dict[str, Any]:
    return template(BLUEPRINT, environment)


def statements(environment: str = "risk") -> list[dict[str, Any]]:
    document = resources(environment)["Boundary"]["Properties"]["PolicyDocument"]
    return list(document["Statement"])


def arn(kind: str, name: str) -> str:
    return f"arn:aws:sagemaker:{REGION}:{ACCOUNT}:{kind}/acme-risk--{name}"


# -- every action that takes subnets, in the form that holds


@pytest.mark.parametrize("action", offering("sagemaker:VpcSubnets"))
def test_own_subnets_are_admitted(action: str) -> None:
    assert denied_by(statements(), action, asked(action)) is None


@pytest.mark.parametrize("action", offering("sagemaker:VpcSubnets"))
def test_foreign_subnets_are_refused_alone_and_beside_own_ones(action: str) -> None:
    for subnets in ((FOREIGN,), (OWN, FOREIGN)):
        assert denied_by(statements(), action, asked(action, VpcSubnets=subnets)) == "OwnSubnets"


@pytest.mark.parametrize("action", offering("sagemaker:VpcSubnets"))
def test_no_subnets_are_refused(action: str) -> None:
    expected = None if action == "sagemaker:CreateEndpointConfig" else "InVpc"
    assert denied_by(statements(), action, asked(action, VpcSubnets=None)) == expected


# -- isolation and encryption, of every action with the key


@pytest.mark.parametrize("action", offering("sagemaker:NetworkIsolation"))
def test_isolation_is_not_left_out_where_a_job_has_it(action: str) -> None:
    left_out = asked(action, NetworkIsolation=None)
    if action == "sagemaker:CreateProcessingJob":
        # risk's processing puts records and may call models, care's calls nothing
        assert denied_by(statements(), action, left_out) is None
        assert denied_by(statements("care"), action, left_out) == "SageMakerIsolated"
        return
    kept_elsewhere = "MonitoringSchedule" in action or action == "sagemaker:CreateEndpointConfig"
    assert denied_by(statements(), action, left_out) == (None if kept_elsewhere else "SageMakerIsolated")
    if kept_elsewhere:
        assert not decide(resources(), "TrainRole", action, everything=True, keys=asked(action)).allowed


@pytest.mark.parametrize(
    "action", ["CreateTrainingJob", "CreateProcessingJob", "CreateTransformJob", "CreateModel"]
)
def test_what_a_pipeline_creates_needs_keys_isolation_and_a_vpc(action: str) -> None:
    full = f"sagemaker:{action}"
    kinds = {
        "CreateTrainingJob": "training-job",
        "CreateProcessingJob": "processing-job",
        "CreateTransformJob": "transform-job",
        "CreateModel": "model",
    }
    tagged = {"aws:RequestTag/ringwork:team": "risk"}

    def allowed(**changed: Any) -> bool:
        keys = {**asked(full, **changed), **tagged}
        return decide(resources(), "ReleaseRole", full, arn(kinds[action], "x"), keys=keys).allowed

    assert allowed()
    for key, bad in (
        ("VpcSubnets", None),
        ("VolumeKmsKeyArn", None),
        ("OutputKmsKeyArn", None),
        ("InterContainerTrafficEncryption", None),
        ("NetworkIsolation", "false"),
    ):
        if full in offering(f"sagemaker:{key}") and (action, key) != (
            "CreateProcessingJob",
            "NetworkIsolation",
        ):
            assert not allowed(**{key: bad}), key
    assert not decide(
        resources(), "ReleaseRole", full, arn(kinds[action], "x"),
        keys={**asked(full), "aws:RequestTag/ringwork:team": "care"},
    ).allowed  # fmt: skip


# -- and what takes no subnets


def test_what_runs_outside_vpcs_nobody_gives_a_workload() -> None:
    for pattern in sagemaker.OUTSIDE_VPC:
        for action in matching(pattern):
            assert not decide(resources(), "LabRole", action, everything=True).allowed, action


def matching(pattern: str) -> list[str]:
    name = pattern.partition(":")[2].lower()
    found = [a["name"] for low, a in catalogue.actions("sagemaker").items() if fnmatch.fnmatchcase(low, name)]
    assert found, pattern
    return [f"sagemaker:{name}" for name in found]


def expanded(patterns: tuple[str, ...]) -> set[str]:
    return {action for pattern in patterns for action in matching(pattern)}


RUNS_NOTHING = {
    # records and descriptions
    *("CreateAIWorkloadConfig", "CreateAction", "CreateAppImageConfig", "CreateArtifact", "CreateContext"),
    *(
        "CreateCodeRepository",
        "CreateDeviceFleet",
        "CreateExperiment",
        "CreateHub",
        "CreateHubContentReference",
    ),
    *(
        "CreateHumanTaskUi",
        "CreateImage",
        "CreateImageVersion",
        "CreateLineageGroupPolicy",
        "CreateModelCard",
    ),
    *("CreateModelCardExportJob", "CreateModelPackageGroup", "CreateNotebookInstanceLifecycleConfig"),
    *("CreateProject", "CreateSharedModel", "CreateStudioLifecycleConfig", "CreateTrial"),
    *(
        "CreateTrialComponent",
        "CreateWorkforce",
        "CreateWorkteam",
        "CreateFlowDefinition",
        "ImportHubContent",
    ),
    # shares of a cluster, and capacity that is paid for
    *("CreateClusterSchedulerConfig", "CreateComputeQuota", "CreateReservedCapacity", "CreateTrainingPlan"),
    # edge devices are not in a VPC, and run elsewhere than in AWS
    *("CreateEdgeDeploymentPlan", "CreateEdgeDeploymentStage", "StartEdgeDeploymentStage"),
    # a check of a cluster, which has a VPC
    "StartClusterHealthCheck",
    "StartInferenceExperiment",
}


def test_every_action_that_creates_or_starts_is_known() -> None:
    """A new action of SageMaker fails here: then decide whether it takes subnets, is bound by something that
    stands, runs nothing, or must be refused."""
    creating = {
        f"sagemaker:{action['name']}"
        for action in catalogue.actions("sagemaker").values()
        if action["name"].startswith(("Create", "Start", "Import"))
    }
    subnets = expanded((*sagemaker.NEEDS_VPC, *sagemaker.MAY_KEEP_VPC, *sagemaker.VPC_OF_MODEL))
    outside = expanded(sagemaker.OUTSIDE_VPC)
    standing = {f"sagemaker:{name}" for name in sagemaker.STANDS_ON}
    nothing = {f"sagemaker:{name}" for name in RUNS_NOTHING}
    groups = (subnets, outside, standing, nothing)
    assert creating <= set().union(*groups), creating - set().union(*groups)
    for index, group in enumerate(groups):
        assert not any(group & other for other in groups[index + 1 :])


def test_tables_are_what_the_reference_says() -> None:
    taken = expanded((*sagemaker.NEEDS_VPC, *sagemaker.MAY_KEEP_VPC, *sagemaker.VPC_OF_MODEL))
    assert taken == set(offering("sagemaker:VpcSubnets"))
    isolated = (*sagemaker.ISOLATED, *sagemaker.ISOLATED_IF_ASKED, *sagemaker.ISOLATED_WITHOUT_CALLS)
    assert expanded(isolated) == set(offering("sagemaker:NetworkIsolation"))
    encrypted = expanded((*sagemaker.ENCRYPTS_TRAFFIC, *sagemaker.ENCRYPTS_TRAFFIC_IF_ASKED))
    assert encrypted == set(offering("sagemaker:InterContainerTrafficEncryption"))
    refused = expanded(sagemaker.OUTSIDE_VPC)
    for key, table in (("VolumeKmsKeyArn", sagemaker.VOLUME_KEY), ("OutputKmsKeyArn", sagemaker.OUTPUT_KEY)):
        have = set(offering(f"sagemaker:{key}"))
        assert expanded((*table, *sagemaker.KEYS_OF_SCHEDULE)) == have - refused
        assert have & refused == {"sagemaker:CreateLabelingJob"}
        # the key's earlier name is in no action's list
        assert offering(f"sagemaker:{key.removesuffix('Arn')}") == []
    assert all(f"sagemaker:{name}" not in refused for name in sagemaker.STANDS_ON)


# -- what no workload does, even with every right


@pytest.mark.parametrize(
    "action",
    [
        *("iam:CreateRole", "iam:PutRolePolicy", "iam:AttachRolePolicy", "organizations:LeaveOrganization"),
        *(
            "cloudtrail:StopLogging",
            "guardduty:DeleteDetector",
            "config:DeleteConfigRule",
            "logs:DeleteLogGroup",
        ),
        *("ec2:CreateTags", "ec2:AuthorizeSecurityGroupEgress", "ec2:CreateRoute", "ec2:RunInstances"),
        *("kms:PutKeyPolicy", "kms:ScheduleKeyDeletion", "s3:PutBucketPolicy", "s3:DeleteObject"),
        *("sts:AssumeRole", "secretsmanager:GetSecretValue", "bedrock:CreateModelImportJob"),
        *("sagemaker:UpdateModelPackage", "sagemaker:CreateEndpoint", "sagemaker:CreatePresignedDomainUrl"),
        *("sagemaker:CreateNotebookInstance", "sagemaker:PutModelPackageGroupPolicy"),
    ],
)
def test_a_workload_stays_in_its_boundary_with_every_right(action: str) -> None:
    for role in ("LabRole", "ReleaseRole", "ServeRole"):
        assert not decide(resources(), role, action, everything=True, keys=asked(action)).allowed


def test_resources_of_another_account_are_refused() -> None:
    other = {"aws:ResourceAccount": "999999999999"}
    arn = "arn:aws:s3:::acme-strangers/x"
    assert denied_by(statements(), "s3:GetObject", other) == "OwnAccountOnly"
    assert not decide(resources(), "LabRole", "s3:GetObject", arn, everything=True, keys=other).allowed
    layer = f"arn:aws:s3:::prod-{REGION}-starport-layer-bucket/x"
    assert not decide(resources(), "LabRole", "s3:GetObject", layer, keys=other).explicit


# -- features, foundation models, redacted data, what is captured, enclaves


def test_records_are_read_and_written_as_declared() -> None:
    group = arn("feature-group", "customer")
    assert decide(resources(), "LabRole", "sagemaker:GetRecord", group).allowed
    assert not decide(resources(), "LabRole", "sagemaker:PutRecord", group).allowed
    assert decide(resources(), "CleanRole", "sagemaker:PutRecord", group).allowed
    assert not decide(resources(), "CleanRole", "sagemaker:GetRecord", group).allowed
    assert not decide(resources(), "TrainRole", "sagemaker:GetRecord", group).allowed
    assert not decide(resources(), "LabRole", "sagemaker:GetRecord", arn("feature-group", "other")).allowed


@pytest.mark.parametrize("version", ["", ":1"])
def test_declared_models_answer_through_the_teams_guardrail_only(version: str) -> None:
    model = f"arn:aws:bedrock:{REGION}::foundation-model/anthropic.claude-v3"
    profile = f"arn:aws:bedrock:{REGION}:{ACCOUNT}:inference-profile/eu.amazon.nova-lite-v1:0"
    spanned = "arn:aws:bedrock:eu-west-1::foundation-model/amazon.nova-lite-v1:0"
    through = {"bedrock:GuardrailIdentifier": GUARDRAIL + version}
    other = {"bedrock:GuardrailIdentifier": GUARDRAIL.replace("g1", "g2")}
    for action in ("bedrock:InvokeModel", "bedrock:InvokeModelWithResponseStream"):
        for resource in (model, profile, spanned):
            assert decide(resources(), "LabRole", action, resource, keys=through).allowed
            assert not decide(resources(), "LabRole", action, resource, keys=other).allowed
            assert not decide(resources(), "LabRole", action, resource).allowed
            assert not decide(resources(), "TrainRole", action, resource, keys=through).allowed
        undeclared = model.replace("claude-v3", "claude-v4")
        assert not decide(resources(), "LabRole", action, undeclared, everything=True, keys=through).allowed


def test_a_team_without_models_calls_none() -> None:
    model = f"arn:aws:bedrock:{REGION}::foundation-model/anthropic.claude-v3"
    through = {"bedrock:GuardrailIdentifier": GUARDRAIL}
    call = decide(resources("care"), "TidyRole", "bedrock:InvokeModel", model, everything=True, keys=through)
    assert not call.allowed


def test_only_processing_sees_what_is_not_redacted() -> None:
    bucket = f"arn:aws:s3:::acme-risk-raw-{ACCOUNT}-{REGION}"
    for role, key, expected in (
        ("CleanRole", "people.csv", True),
        ("LabRole", "people.csv", False),
        ("LabRole", "redacted/people.csv", True),
        ("TrainRole", "people.csv", False),
    ):
        assert decide(resources(), role, "s3:GetObject", f"{bucket}/{key}").allowed is expected


def test_an_endpoint_writes_only_what_it_captures() -> None:
    bucket = f"arn:aws:s3:::acme-risk-capture-{ACCOUNT}-{REGION}"
    assert decide(resources(), "ServeRole", "s3:PutObject", f"{bucket}/captured/serve/x").allowed
    assert not decide(resources(), "ServeRole", "s3:PutObject", f"{bucket}/captured/other/x").allowed
    assert not decide(resources(), "ServeRole", "s3:GetObject", f"{bucket}/captured/serve/x").allowed


def test_keys_of_an_enclave_answer_to_a_document_only() -> None:
    key = f"arn:aws:kms:{REGION}:{ACCOUNT}:key/e"
    tags = {"aws:ResourceTag/ringwork:organization": "acme", "aws:ResourceTag/ringwork:team": "risk"}
    document = {**tags, "kms:RecipientAttestation:ImageSha384": "ab" * 48}
    assert decide(resources(), "VaultRole", "kms:Decrypt", key, keys=document).allowed
    assert not decide(resources(), "VaultRole", "kms:Decrypt", key, keys=tags).allowed
    assert not decide(resources(), "LabRole", "kms:Decrypt", key, keys=document).allowed
    foreign = {**document, "aws:ResourceTag/ringwork:team": "care"}
    assert not decide(resources(), "VaultRole", "kms:Decrypt", key, keys=foreign).allowed


@pytest.mark.parametrize(
    ("role", "action", "resource"),
    [
        ("TrainRole", "sagemaker:BatchPutMetrics", arn("experiment-trial-component", "x")),
        ("LabRole", "servicecatalog:ListPortfolios", "*"),
        ("LabRole", "servicecatalog:ProvisionProduct", "*"),
        ("LabRole", "sagemaker:CreateProject", arn("project", "x")),
    ],
)
def test_what_has_no_endpoint_nobody_may_call(role: str, action: str, resource: str) -> None:
    """The network ring makes no endpoints for `sagemaker.metrics` and `servicecatalog`."""
    assert not decide(resources(), role, action, resource, everything=True).allowed
