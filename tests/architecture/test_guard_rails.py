"""The organization's policies, each statement proved on a request that it refuses and one that it admits."""

from __future__ import annotations

import fnmatch
import json
from functools import cache
from ipaddress import IPv4Network
from typing import Any

import pytest

from ringwork import blueprint as blueprints
from ringwork.access import Layer, Policies, Policy, Principal, Request, catalogue, evaluate, parse
from ringwork.access.evaluate import levels
from ringwork.architecture import organization
from ringwork.architecture.layout import Layout
from ringwork.blueprint.model import Blueprint
from ringwork.schemas import quotas

ORGANIZATION, STRANGERS = "o-abcdefghij", "o-strangers0"
ACCOUNT, OTHER, STRANGER = "111111111111", "222222222222", "999999999999"
REGION = "eu-central-1"
ALL = parse(
    '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}',
    kind="identity",
)
FULL_SCP = parse(
    '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}',
    kind="scp",
)
FOR_ALL = (
    '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*",'
    ' "Principal": "*"}]}'
)
CLAUDE = "anthropic.claude-sonnet-4-20250514-v1:0"


def blueprint(**more: Any) -> Blueprint:
    return Blueprint.model_validate(
        {
            "ringwork": 1,
            "organization": "acme",
            "regions": [REGION],
            "accounts": {"layout": "per-team", "ids": {"risk": ACCOUNT, "care": OTHER}},
            "teams": {
                "risk": {
                    "data": {"raw": {}},
                    "workloads": {"train": {"type": "training", "reads": ["raw"]}},
                    "foundation_models": [CLAUDE, "eu.amazon.nova-lite-v1:0"],
                },
                "care": {"workloads": {"lab": {"type": "notebook"}}},
            },
            **more,
        }
    )


def resources(given: Blueprint) -> dict[str, dict[str, Any]]:
    addresses: dict[str, IPv4Network] = dict(blueprints.allocate(given, {}))
    (stack,) = [stack for stack in organization.stacks(Layout(given, addresses)) if stack.last]
    return dict(stack.template["Resources"])


def resolved(value: Any) -> Any:
    """The document as Organizations gets it."""
    if isinstance(value, dict) and len(value) == 1:
        name, inner = next(iter(value.items()))
        if name == "Fn::Sub":
            return inner.replace("${AWS::Partition}", "aws")
        if name == "Ref":
            return {"OrganizationId": ORGANIZATION, "EntryRole": "OrganizationAccountAccessRole"}[inner]
        if name == "Fn::Join":
            return inner[0].join(resolved(part) for part in inner[1])
    if isinstance(value, dict):
        return {key: resolved(inner) for key, inner in value.items()}
    return [resolved(item) for item in value] if isinstance(value, list) else value


def text(resource: dict[str, Any]) -> str:
    return json.dumps(resolved(resource["Properties"]["Content"]), separators=(",", ":"))


@cache
def policies() -> tuple[tuple[Policy, ...], tuple[Policy, ...]]:
    """SCPs and RCPs."""
    found = resources(blueprint()).values()
    of = {
        kind: tuple(
            parse(text(one), kind=name, name=one["Properties"]["Name"])
            for one in found
            if one["Properties"]["Type"] == kind
        )
        for kind, name in (("SERVICE_CONTROL_POLICY", "scp"), ("RESOURCE_CONTROL_POLICY", "rcp"))
    }  # fmt: skip
    return of["SERVICE_CONTROL_POLICY"], of["RESOURCE_CONTROL_POLICY"]


def role(name: str, account: str = ACCOUNT) -> Principal:
    return Principal(
        "role",
        account,
        f"arn:aws:sts::{account}:assumed-role/{name}/s",
        f"arn:aws:iam::{account}:role/{name}",
    )


PERSON, WORKLOAD = role("acme-risk--author"), role("acme-risk-train")
DEPLOY, AUDIT, BREAK_GLASS = (role(f"ringwork-{name}") for name in ("deploy", "audit", "break-glass"))
ENTRY = role("OrganizationAccountAccessRole")
ROOT = Principal("root", ACCOUNT, f"arn:aws:iam::{ACCOUNT}:root")

Keys = dict[str, "str | tuple[str, ...]"]


def refused_by(
    who: Principal, action: str, resource: str = "*", owner: str | None = ACCOUNT, **given: Any
) -> str | None:
    """Sid of the SCP's statement that refuses who has every other right; None: it is allowed."""
    keys: Keys = {
        "aws:RequestedRegion": REGION,
        "aws:PrincipalOrgID": ORGANIZATION,
        "aws:ViaAWSService": "false",
        "aws:PrincipalIsAWSService": "false",
        "aws:SecureTransport": "true",
        "aws:SourceIp": "198.51.100.7",
        "aws:PrincipalTag/ringwork:team": "risk",
    }
    if owner is not None:
        keys["aws:ResourceAccount"] = owner
        if owner != STRANGER:
            keys["aws:ResourceOrgID"] = ORGANIZATION
    if who is WORKLOAD:
        keys["aws:PrincipalTag/ringwork:workload"] = "train"
        keys |= {"aws:SourceVpc": "vpc-1", "aws:SourceVpce": "vpce-1", "aws:VpceOrgID": ORGANIZATION}
    for name, value in given.pop("keys", {}).items():
        if value is None:
            keys.pop(name, None)
        else:
            keys[name] = value
    assert not given
    request = Request(who, action, resource, owner, keys)
    attached = levels((FULL_SCP,), (FULL_SCP, *policies()[0]))
    admitting = parse(FOR_ALL, kind="resource") if owner != who.account else None
    decision = evaluate(request, Policies(identity=(ALL,), scp=attached, resource=admitting))
    assert decision.ambiguous == (), decision.ambiguous
    if decision.allowed:
        return None
    assert decision.layer is Layer.SCP, decision.explain()
    return decision.statements[0].sid


# -- foundations


@pytest.mark.parametrize(
    ("action", "sid"),
    [
        ("organizations:LeaveOrganization", "StayInOrganization"),
        ("account:CloseAccount", "StayInOrganization"),
        ("account:EnableRegion", "StayInOrganization"),
        ("iam:CreateUser", "NoLongLivedKeys"),
        ("iam:CreateAccessKey", "NoLongLivedKeys"),
        ("iam:CreateServiceSpecificCredential", "NoLongLivedKeys"),
        ("aws-marketplace:Subscribe", "NoMarketplaceModels"),
    ],
)
def test_what_nobody_does(action: str, sid: str) -> None:
    assert refused_by(PERSON, action) == sid
    assert refused_by(DEPLOY, action) == sid
    assert refused_by(BREAK_GLASS, action) is None


def test_the_organization_can_be_read() -> None:
    assert refused_by(PERSON, "organizations:DescribeOrganization") is None
    assert refused_by(PERSON, "iam:CreateRole", f"arn:aws:iam::{ACCOUNT}:role/x") is None


def test_the_root_user_repairs_a_bucket_policy_and_nothing_else() -> None:
    assert refused_by(ROOT, "ec2:DescribeVpcs") == "NoRootUser"
    assert refused_by(ROOT, "s3:GetObject", "arn:aws:s3:::acme-risk-raw/x") == "NoRootUser"
    assert refused_by(ROOT, "s3:DeleteBucketPolicy", "arn:aws:s3:::acme-risk-raw") is None
    assert refused_by(PERSON, "ec2:DescribeVpcs") is None


def test_work_stays_in_our_regions() -> None:
    elsewhere = {"aws:RequestedRegion": "us-west-2"}
    assert refused_by(PERSON, "ec2:RunInstances", keys=elsewhere) == "OurRegions"
    assert refused_by(WORKLOAD, "sagemaker:CreateModel", keys=elsewhere) == "OurRegions"
    # a Region that left the blueprint can be looked at and emptied
    assert refused_by(DEPLOY, "sagemaker:DeleteModel", keys=elsewhere) is None
    assert refused_by(AUDIT, "sagemaker:ListModels", keys=elsewhere) is None
    assert refused_by(PERSON, "ec2:RunInstances") is None
    # global services answer from us-east-1
    for action in ("iam:ListRoles", "organizations:ListRoots", "sts:AssumeRole", "route53:ListHostedZones"):
        assert refused_by(PERSON, action, keys={"aws:RequestedRegion": "us-east-1"}) is None


def test_a_model_is_asked_in_another_region_only_by_an_inference_profile() -> None:
    model = "arn:aws:bedrock:eu-west-1::foundation-model/amazon.nova-lite-v1:0"
    keys: Keys = {
        "aws:RequestedRegion": "eu-west-1",
        "bedrock:GuardrailIdentifier": f"arn:aws:bedrock:{REGION}:{ACCOUNT}:guardrail/g",
    }
    assert refused_by(PERSON, "bedrock:InvokeModel", model, None, keys=keys) == "ModelsInOurRegions"
    profile = f"arn:aws:bedrock:{REGION}:{ACCOUNT}:inference-profile/eu.amazon.nova-lite-v1:0"
    through = {**keys, "bedrock:InferenceProfileArn": profile}
    assert refused_by(PERSON, "bedrock:InvokeModel", model, None, keys=through) is None


@pytest.mark.parametrize("name", ["ringwork-deploy", "ringwork-audit", "ringwork-break-glass"])
@pytest.mark.parametrize("action", ["iam:PutRolePolicy", "iam:UpdateAssumeRolePolicy", "iam:CreateRole"])
def test_our_roles_are_changed_by_bootstrap_and_break_glass_only(name: str, action: str) -> None:
    arn = f"arn:aws:iam::{ACCOUNT}:role/{name}"
    assert refused_by(PERSON, action, arn) == "OurRolesStay"
    assert refused_by(DEPLOY, action, arn) == "OurRolesStay"
    assert refused_by(ENTRY, action, arn) is None
    assert refused_by(BREAK_GLASS, action, arn) is None
    assert refused_by(DEPLOY, action, f"arn:aws:iam::{ACCOUNT}:role/acme-risk-train") is None


def test_no_administrator_policy_is_attached() -> None:
    arn = f"arn:aws:iam::{ACCOUNT}:role/acme-risk-train"
    full = {"iam:PolicyARN": "arn:aws:iam::aws:policy/AmazonSageMakerFullAccess"}
    own = {"iam:PolicyARN": f"arn:aws:iam::{ACCOUNT}:policy/AmazonSageMakerFullAccess"}
    assert refused_by(DEPLOY, "iam:AttachRolePolicy", arn, keys=full) == "NoAdministrators"
    assert refused_by(DEPLOY, "iam:AttachRolePolicy", arn, keys=own) is None


# -- perimeter


def test_tags_of_ours_are_given_by_the_team_itself_and_by_the_deployer() -> None:
    job = f"arn:aws:sagemaker:{REGION}:{ACCOUNT}:training-job/x"
    ours: Keys = {"aws:TagKeys": ("ringwork:team",), "aws:RequestTag/ringwork:team": "risk"}
    theirs: Keys = {**ours, "aws:RequestTag/ringwork:team": "care"}
    gone: Keys = {"aws:TagKeys": ("ringwork:team",)}
    other: Keys = {"aws:TagKeys": ("cost-center",)}
    assert refused_by(WORKLOAD, "sagemaker:AddTags", job, keys=ours) is None
    assert refused_by(WORKLOAD, "sagemaker:AddTags", job, keys=theirs) == "OurTags"
    assert refused_by(WORKLOAD, "sagemaker:DeleteTags", job, keys=gone) == "OurTags"
    assert refused_by(DEPLOY, "sagemaker:AddTags", job, keys=theirs) is None
    assert refused_by(DEPLOY, "sagemaker:DeleteTags", job, keys=gone) is None
    bootstrap: Keys = {"aws:TagKeys": ("ringwork:ring",), "aws:PrincipalTag/ringwork:team": None}
    assert refused_by(ENTRY, "iam:TagRole", "*", keys=bootstrap) is None
    assert refused_by(role("AnotherRole"), "iam:TagRole", "*", keys=bootstrap) == "OurTags"
    assert refused_by(PERSON, "ec2:CreateTags", "*", keys=other) is None
    # whoever has no team has no tag to compare with
    assert refused_by(PERSON, "sagemaker:AddTags", job,
                      keys={**ours, "aws:PrincipalTag/ringwork:team": None}) == "OurTags"  # fmt: skip


@pytest.mark.parametrize(
    "action",
    [
        *("guardduty:DeleteDetector", "guardduty:UpdateDetector", "macie2:DisableMacie"),
        *("cloudtrail:StopLogging", "cloudtrail:DeleteTrail", "config:StopConfigurationRecorder"),
        *("config:DeleteConfigRule", "securityhub:DisableSecurityHub", "access-analyzer:DeleteAnalyzer"),
        *("ec2:DeleteFlowLogs", "logs:DeleteLogGroup", "logs:PutRetentionPolicy", "events:DisableRule"),
        *("cloudwatch:DeleteAlarms", "inspector2:Disable"),
    ],
)
def test_detection_stays_on(action: str) -> None:
    assert refused_by(PERSON, action) == "DetectionStaysOn"
    assert refused_by(WORKLOAD, action) == "DetectionStaysOn"
    assert refused_by(DEPLOY, action) is None
    assert refused_by(BREAK_GLASS, action) is None


def test_detection_can_be_read() -> None:
    assert refused_by(PERSON, "guardduty:GetFindings") is None
    assert refused_by(PERSON, "logs:GetLogEvents") is None


def test_shares_stay_inside() -> None:
    outside = {"ram:RequestedAllowsExternalPrincipals": "true"}
    inside = {"ram:RequestedAllowsExternalPrincipals": "false"}
    assert refused_by(DEPLOY, "ram:CreateResourceShare", keys=outside) == "NoShareOutside"
    assert refused_by(DEPLOY, "ram:CreateResourceShare", keys=inside) is None
    for action in ("ec2:ModifySnapshotAttribute", "ec2:ModifyImageAttribute", "ecr:SetRepositoryPolicy"):
        assert refused_by(PERSON, action) == "NoOtherShares"
        assert refused_by(DEPLOY, action) is None
    # SageMaker attaches its interfaces with this action: it stays open
    assert refused_by(WORKLOAD, "ec2:CreateNetworkInterfacePermission") is None


def test_only_our_resources_are_reached() -> None:
    ours, theirs = "arn:aws:s3:::acme-care-raw/x", "arn:aws:s3:::strangers/x"
    assert refused_by(WORKLOAD, "s3:PutObject", theirs, STRANGER) == "OurResources"
    assert (
        refused_by(PERSON, "kms:Decrypt", f"arn:aws:kms:{REGION}:{STRANGER}:key/k", STRANGER)
        == "OurResources"
    )
    other = {"aws:ResourceOrgID": STRANGERS}
    assert refused_by(WORKLOAD, "s3:GetObject", theirs, STRANGER, keys=other) == "OurResources"
    assert refused_by(WORKLOAD, "s3:PutObject", ours, OTHER) is None
    # no resource, and what AWS owns for everybody
    assert refused_by(PERSON, "s3:ListAllMyBuckets", "*", None) is None
    layer = f"arn:aws:s3:::prod-{REGION}-starport-layer-bucket/layer"
    assert refused_by(WORKLOAD, "s3:GetObject", layer, STRANGER) is None
    assert refused_by(BREAK_GLASS, "s3:GetObject", theirs, STRANGER) is None


def test_workloads_call_from_our_networks() -> None:
    data = "arn:aws:s3:::acme-risk-raw/x"
    outside = {"aws:SourceVpc": None, "aws:SourceVpce": None, "aws:VpceOrgID": None}
    foreign = {"aws:VpceOrgID": STRANGERS}
    untold = {"aws:VpceOrgID": None}
    for action, resource in (
        ("s3:GetObject", data),
        ("sts:AssumeRole", f"arn:aws:iam::{ACCOUNT}:role/acme-risk-train"),
        ("sagemaker:InvokeEndpoint", f"arn:aws:sagemaker:{REGION}:{ACCOUNT}:endpoint/e"),
    ):
        assert refused_by(WORKLOAD, action, resource, keys=outside) == "WorkloadsFromVpcs"
        assert refused_by(WORKLOAD, action, resource, keys=foreign) == "WorkloadsThroughOurEndpoints"
        assert refused_by(WORKLOAD, action, resource) is None
        assert refused_by(WORKLOAD, action, resource, keys=untold) is None
    # a service that goes on with the workload's rights calls from its own network
    via = {**outside, "aws:ViaAWSService": "true"}
    assert refused_by(WORKLOAD, "kms:Decrypt", f"arn:aws:kms:{REGION}:{ACCOUNT}:key/k", keys=via) is None
    # what SageMaker does itself with the workload's role
    for action in ("ecr:BatchGetImage", "logs:PutLogEvents", "ec2:CreateNetworkInterface"):
        assert refused_by(WORKLOAD, action, keys=outside) is None
    captured = f"arn:aws:s3:::acme-risk-capture-{ACCOUNT}-{REGION}/serve/x"
    assert refused_by(WORKLOAD, "s3:PutObject", captured, keys=outside) is None
    # people and the deployer work from outside
    assert refused_by(DEPLOY, "s3:GetObject", data) is None
    assert refused_by(AUDIT, "s3:ListBucket", "arn:aws:s3:::acme-risk-raw") is None


# -- machine learning

COMPLETE: Keys = {
    "sagemaker:VpcSubnets": ("subnet-1", "subnet-2"),
    "sagemaker:NetworkIsolation": "true",
    "sagemaker:InterContainerTrafficEncryption": "true",
    "sagemaker:VolumeKmsKeyArn": "arn:aws:kms:eu-central-1:111111111111:key/k",
    "sagemaker:OutputKmsKeyArn": "arn:aws:kms:eu-central-1:111111111111:key/k",
    "sagemaker:InstanceTypes": ("ml.m7i.large",),
    "sagemaker:AppNetworkAccessType": "VpcOnly",
    "sagemaker:DirectInternetAccess": "Disabled",
    "sagemaker:RootAccess": "Disabled",
}


def offering(key: str) -> set[str]:
    """Actions of SageMaker that have a condition key, by the Service Authorization Reference."""
    found = set()
    for action in catalogue.actions("sagemaker").values():
        keys = {*action["conditionKeys"]}
        for kind in action["resourceTypes"]:
            keys.update(kind["conditionKeys"])
        if key in keys:
            found.add(f"sagemaker:{action['name']}")
    return found


def asked(action: str, **without: str | tuple[str, ...] | None) -> Keys:
    """A complete request, of what the action offers, changed by `without` (`_` stands for the colon)."""
    keys: Keys = {key: value for key, value in COMPLETE.items() if action in offering(key)}
    for name, value in without.items():
        key = f"sagemaker:{name}"
        if value is None:
            keys.pop(key, None)
        else:
            keys[key] = value
    return keys


WITH_SUBNETS = sorted(offering("sagemaker:VpcSubnets"))


@pytest.mark.parametrize("action", WITH_SUBNETS)
def test_every_action_that_takes_subnets_is_admitted_with_all_it_needs(action: str) -> None:
    assert refused_by(PERSON, action, keys=asked(action)) is None


@pytest.mark.parametrize("action", WITH_SUBNETS)
def test_every_action_that_takes_subnets_is_refused_without_them(action: str) -> None:
    sid = refused_by(PERSON, action, keys=asked(action, VpcSubnets=None))
    if action == "sagemaker:CreateEndpointConfig":
        assert sid is None  # its models are in a VPC
    elif action in ("sagemaker:UpdateDomain", "sagemaker:UpdateCluster") or "MonitoringSchedule" in action:
        assert sid == "SageMakerKeepsVpc"
        assert refused_by(DEPLOY, action, keys=asked(action, VpcSubnets=None)) is None
    else:
        assert sid == "SageMakerNeedsVpc"
        assert refused_by(DEPLOY, action, keys=asked(action, VpcSubnets=None)) == "SageMakerNeedsVpc"


@pytest.mark.parametrize("action", sorted(offering("sagemaker:NetworkIsolation")))
def test_every_action_with_isolation_is_refused_without(action: str) -> None:
    off = refused_by(PERSON, action, keys=asked(action, NetworkIsolation="false"))
    left_out = refused_by(PERSON, action, keys=asked(action, NetworkIsolation=None))
    if action == "sagemaker:CreateProcessingJob":
        assert (off, left_out) == (None, None)  # environments say, by their boundary
    elif action == "sagemaker:CreateEndpointConfig" or "MonitoringSchedule" in action:
        assert (off, left_out) == ("SageMakerStaysIsolated", None)
    else:
        assert (off, left_out) == ("SageMakerIsolated", "SageMakerIsolated")


@pytest.mark.parametrize("action", sorted(offering("sagemaker:InterContainerTrafficEncryption")))
def test_every_action_with_traffic_between_containers_is_refused_in_clear(action: str) -> None:
    off = refused_by(PERSON, action, keys=asked(action, InterContainerTrafficEncryption="false"))
    left_out = refused_by(PERSON, action, keys=asked(action, InterContainerTrafficEncryption=None))
    if "MonitoringSchedule" in action:
        assert (off, left_out) == ("SageMakerStaysEncrypted", None)
    else:
        assert (off, left_out) == ("SageMakerTraffic", "SageMakerTraffic")


@pytest.mark.parametrize("action", sorted(offering("sagemaker:VolumeKmsKeyArn")))
def test_every_action_with_volumes_needs_a_key_but_for_local_storage(action: str) -> None:
    if action == "sagemaker:CreateLabelingJob":
        assert refused_by(PERSON, action, keys=asked(action)) == "SageMakerOutsideVpc"
        return
    typed = action in offering("sagemaker:InstanceTypes")
    expected = None if "MonitoringSchedule" in action else "SageMakerVolumeKey" + ("" if typed else "AnyType")
    assert refused_by(PERSON, action, keys=asked(action, VolumeKmsKeyArn=None)) == expected
    if typed and expected is not None:
        mixed = asked(action, VolumeKmsKeyArn=None, InstanceTypes=("ml.g5.xlarge", "ml.m7i.large"))
        assert refused_by(PERSON, action, keys=mixed) == expected
    # the key's earlier name will do
    old = {**asked(action, VolumeKmsKeyArn=None), "sagemaker:VolumeKmsKey": "arn:aws:kms:::key/k"}
    assert refused_by(PERSON, action, keys=old) is None
    local = asked(action, VolumeKmsKeyArn=None, InstanceTypes=("ml.g5.xlarge",))
    assert refused_by(PERSON, action, keys=local) is None


@pytest.mark.parametrize("action", sorted(offering("sagemaker:OutputKmsKeyArn")))
def test_every_action_with_output_needs_a_key(action: str) -> None:
    if action == "sagemaker:CreateLabelingJob":
        return
    expected = None if "MonitoringSchedule" in action else "SageMakerOutputKey"
    assert refused_by(PERSON, action, keys=asked(action, OutputKmsKeyArn=None)) == expected


@pytest.mark.parametrize(
    ("action", "name", "bad", "sid"),
    [
        ("CreateDomain", "AppNetworkAccessType", "PublicInternetOnly", "DomainVpcOnly"),
        ("CreateDomain", "AppNetworkAccessType", None, "DomainVpcOnly"),
        ("UpdateDomain", "AppNetworkAccessType", "PublicInternetOnly", "DomainStaysVpcOnly"),
        ("UpdateDomain", "AppNetworkAccessType", None, None),
        ("CreateNotebookInstance", "DirectInternetAccess", "Enabled", "NotebookOffline"),
        ("CreateNotebookInstance", "DirectInternetAccess", None, "NotebookOffline"),
        ("CreateNotebookInstance", "RootAccess", "Enabled", "NotebookWithoutRoot"),
        ("CreateNotebookInstance", "RootAccess", None, "NotebookWithoutRoot"),
        ("UpdateNotebookInstance", "RootAccess", "Enabled", "NotebookStaysWithoutRoot"),
        ("UpdateNotebookInstance", "RootAccess", None, None),
    ],
)
def test_notebooks_and_domains_are_closed(action: str, name: str, bad: str | None, sid: str | None) -> None:
    assert refused_by(PERSON, f"sagemaker:{action}", keys=asked(f"sagemaker:{action}", **{name: bad})) == sid


def test_what_runs_outside_vpcs_is_refused() -> None:
    for action in (
        *(
            "CreateMlflowTrackingServer",
            "CreateInferenceComponent",
            "CreateCompilationJob",
            "CreatePartnerApp",
        ),
        *("CreateOptimizationJob", "CreateInferenceRecommendationsJob", "CreateAlgorithm", "StartSession"),
    ):
        assert refused_by(PERSON, f"sagemaker:{action}") == "SageMakerOutsideVpc"
        assert refused_by(DEPLOY, f"sagemaker:{action}") == "SageMakerOutsideVpc"
    for action in (
        "CreateEndpoint",
        "CreatePipeline",
        "CreateTransformJob",
        "CreateModelPackage",
        "CreateApp",
    ):
        assert refused_by(PERSON, f"sagemaker:{action}", keys=asked(f"sagemaker:{action}")) is None


GUARDRAIL = f"arn:aws:bedrock:{REGION}:{ACCOUNT}:guardrail/g:1"


@pytest.mark.parametrize("action", ["bedrock:InvokeModel", "bedrock:InvokeModelWithResponseStream"])
def test_declared_models_are_called_through_a_guardrail_of_ours(action: str) -> None:
    def model(id: str) -> str:
        return f"arn:aws:bedrock:{REGION}::foundation-model/{id}"

    through = {"bedrock:GuardrailIdentifier": GUARDRAIL}
    assert refused_by(PERSON, action, model(CLAUDE), None, keys=through) is None
    undeclared = model("meta.llama3-70b-instruct-v1:0")
    assert refused_by(PERSON, action, undeclared, None, keys=through) == "DeclaredModelsOnly"
    assert refused_by(PERSON, action, model(CLAUDE), None) == "ThroughOurGuardrail"
    foreign = {"bedrock:GuardrailIdentifier": GUARDRAIL.replace(ACCOUNT, STRANGER)}
    assert refused_by(PERSON, action, model(CLAUDE), None, keys=foreign) == "ThroughOurGuardrail"
    profile = f"arn:aws:bedrock:{REGION}:{ACCOUNT}:inference-profile/eu.amazon.nova-lite-v1:0"
    assert refused_by(PERSON, action, profile, keys=through) is None
    assert refused_by(PERSON, action, profile.replace("eu.amazon", "us.amazon"), keys=through) == (
        "DeclaredModelsOnly"
    )


def test_models_are_reached_no_other_way() -> None:
    for action in (
        "bedrock:CallWithBearerToken",
        "bedrock:CreateModelImportJob",
        "bedrock:InvokeInlineAgent",
    ):
        assert refused_by(PERSON, action) == "NoOtherWayToModels"
    assert refused_by(PERSON, "bedrock:ListFoundationModels") is None


# -- resource control policies


def admitted(who: Principal, action: str, resource: str, owner: str = ACCOUNT, **keys: Any) -> str | None:
    """Sid of the RCP's statement that refuses whom the resource itself admits; None: it is allowed."""
    given: Keys = {"aws:SecureTransport": "true", "aws:PrincipalIsAWSService": "false"}
    if who.account in (ACCOUNT, OTHER):
        given["aws:PrincipalOrgID"] = ORGANIZATION
    given |= {name.replace("__", ":"): value for name, value in keys.items()}
    rcp = levels((), policies()[1])
    kind = "trust" if action.startswith("sts:AssumeRole") or action == "sts:TagSession" else "resource"
    open_to_all = parse(
        json.dumps(
            {
                "Version": "2012-10-17",
                "Statement": [
                    {
                        "Effect": "Allow",
                        "Principal": "*",
                        "Action": "*",
                        **({} if kind == "trust" else {"Resource": "*"}),
                    }
                ],
            }
        ),
        kind=kind,  # type: ignore[arg-type]
    )
    decision = evaluate(
        Request(who, action, resource, owner, given),
        Policies(identity=(ALL,), rcp=rcp, resource=open_to_all, resource_kind=kind),  # type: ignore[arg-type]
    )
    if decision.allowed:
        return None
    assert decision.layer is Layer.RCP, decision.explain()
    return decision.statements[0].sid


ANONYMOUS = Principal("anonymous", None, "*")
CLOUDTRAIL = Principal("service", None, "cloudtrail.amazonaws.com")
BUCKET = "arn:aws:s3:::acme-risk-raw/x"


@pytest.mark.parametrize(
    ("action", "resource"),
    [
        ("s3:GetObject", BUCKET),
        ("kms:Decrypt", f"arn:aws:kms:{REGION}:{ACCOUNT}:key/k"),
        ("sqs:SendMessage", f"arn:aws:sqs:{REGION}:{ACCOUNT}:q"),
        ("secretsmanager:GetSecretValue", f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:s"),
        ("ecr:BatchGetImage", f"arn:aws:ecr:{REGION}:{ACCOUNT}:repository/r"),
        ("dynamodb:GetItem", f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/t"),
        ("logs:PutLogEvents", f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:g"),
        ("sts:AssumeRole", f"arn:aws:iam::{ACCOUNT}:role/ringwork-deploy"),
    ],
)
def test_our_resources_answer_to_our_identities_only(action: str, resource: str) -> None:
    assert admitted(role("thief", STRANGER), action, resource) == "OurIdentities"
    assert admitted(role("acme-care-lab", OTHER), action, resource) is None
    if not action.startswith("sts:"):
        assert admitted(ANONYMOUS, action, resource) == "OurIdentities"


def test_services_act_for_us_only() -> None:
    ours: Keys = {
        "aws__PrincipalIsAWSService": "true",
        "aws__SourceAccount": OTHER,
        "aws__SourceOrgID": ORGANIZATION,
        "aws__PrincipalServiceName": "cloudtrail.amazonaws.com",
    }
    theirs: Keys = {**ours, "aws__SourceAccount": STRANGER, "aws__SourceOrgID": STRANGERS}
    outside: Keys = {key: value for key, value in theirs.items() if key != "aws__SourceOrgID"}
    assert admitted(CLOUDTRAIL, "s3:PutObject", BUCKET, **ours) is None
    assert admitted(CLOUDTRAIL, "s3:PutObject", BUCKET, **theirs) == "ServicesForUs"
    assert admitted(CLOUDTRAIL, "s3:PutObject", BUCKET, **outside) == "ServicesForUs"
    # a service that names no source: the calls of the service for itself
    assert admitted(CLOUDTRAIL, "s3:PutObject", BUCKET, aws__PrincipalIsAWSService="true") is None


def test_no_session_brings_our_tags_but_from_the_identity_provider() -> None:
    arn = f"arn:aws:iam::{ACCOUNT}:role/acme-risk--author"
    forged: Keys = {"aws__TagKeys": ("ringwork:team",)}
    assert admitted(role("x"), "sts:TagSession", arn, **forged) == "NoForgedSessionTags"
    assert admitted(role("x"), "sts:TagSession", arn, aws__TagKeys=("project",)) is None
    by_saml: Keys = {**forged, "saml__aud": "https://signin.aws.amazon.com/saml"}
    assert admitted(role("x"), "sts:TagSession", arn, **by_saml) is None


def test_plain_http_and_web_identities_are_refused() -> None:
    assert admitted(role("x"), "s3:GetObject", BUCKET, aws__SecureTransport="false") == "EncryptedInTransit"
    assert admitted(role("x"), "s3:GetObject", BUCKET) is None
    arn = f"arn:aws:iam::{ACCOUNT}:role/r"
    assert admitted(role("x"), "sts:AssumeRoleWithWebIdentity", arn) == "NoWebIdentity"


# -- the policies as a whole


@pytest.mark.parametrize("attach", ["none", "canary", "all"])
def test_attached_where_the_blueprint_says(attach: str) -> None:
    given = blueprint(perimeter={"attach": attach})
    ids = {name: id for name, (id, _) in blueprints.accounts(given).items()}
    expected = {
        "none": set(),
        "canary": {ACCOUNT},
        "all": {id for name, id in ids.items() if name != "management"},
    }[attach]
    for one in resources(given).values():
        assert set(one["Properties"].get("TargetIds", ())) == expected


def test_the_canary_is_chosen_by_account_name() -> None:
    for one in resources(blueprint(perimeter={"canary": ["care"]})).values():
        assert one["Properties"]["TargetIds"] == [OTHER]


def test_policies_fit_their_quotas() -> None:
    limits = {
        "SERVICE_CONTROL_POLICY": quotas.SERVICE_CONTROL_POLICY,
        "RESOURCE_CONTROL_POLICY": quotas.RESOURCE_CONTROL_POLICY,
        "AISERVICES_OPT_OUT_POLICY": quotas.AI_OPT_OUT_POLICY,
    }
    found = resources(blueprint(perimeter={"exempt": [f"arn:aws:iam::{ACCOUNT}:role/legacy"]}))
    for one in found.values():
        assert len(text(one)) <= limits[one["Properties"]["Type"]].value
    kinds = [one["Properties"]["Type"] for one in found.values()]
    assert kinds.count("SERVICE_CONTROL_POLICY") < quotas.SERVICE_CONTROL_POLICIES_PER_TARGET.value


def test_exempt_roles_pass_every_service_control_policy() -> None:
    arn = f"arn:aws:iam::{ACCOUNT}:role/legacy"
    given = resources(blueprint(perimeter={"exempt": [arn]}))
    for one in given.values():
        for statement in resolved(one["Properties"]["Content"]).get("Statement", ()):
            exempted = (
                statement.get("Condition", {}).get("ArnNotLikeIfExists", {}).get("aws:PrincipalArn", ())
            )
            if one["Properties"]["Type"] == "SERVICE_CONTROL_POLICY" and statement["Sid"] != "NoRootUser":
                assert arn in exempted


def analyzers(given: Blueprint) -> dict[tuple[str, str], set[str]]:
    """(account, Region) -> types of analyzers."""
    stacks = organization.stacks(Layout(given, dict(blueprints.allocate(given, {}))))
    return {
        (stack.account, stack.region): {
            resource["Properties"]["Type"] for resource in stack.template["Resources"].values()
        }
        for stack in stacks
        if not stack.last
    }


def test_the_security_account_analyzes_the_organization_in_each_region() -> None:
    given = blueprint(regions=[REGION, "eu-west-1"])
    security = dict(blueprints.accounts(given))["security"][0]
    assert analyzers(given) == {
        (security, REGION): {"ORGANIZATION", "ORGANIZATION_UNUSED_ACCESS"},
        (security, "eu-west-1"): {"ORGANIZATION"},
    }


def test_one_account_has_no_organization() -> None:
    alone = Blueprint.model_validate(
        {
            "ringwork": 1,
            "organization": "solo",
            "regions": [REGION],
            "teams": {"a": {"workloads": {"lab": {"type": "notebook"}}}},
        }
    )
    layout = Layout(alone, dict(blueprints.allocate(alone, {})))
    assert not any(stack.last for stack in organization.stacks(layout))
    (types,) = analyzers(alone).values()
    assert types == {"ACCOUNT", "ACCOUNT_UNUSED_ACCESS"}


def test_every_action_named_exists() -> None:
    for one in resources(blueprint()).values():
        for statement in resolved(one["Properties"]["Content"]).get("Statement", ()):
            for key in ("Action", "NotAction"):
                given = statement.get(key, ())
                for action in [given] if isinstance(given, str) else given:
                    prefix, _, name = action.partition(":")
                    if action == "*" or name == "*":
                        assert action == "*" or prefix in catalogue.services(), action
                        continue
                    stem = name.lower().rstrip("*")
                    known = catalogue.actions(prefix)
                    if "*" in name:
                        assert fnmatch.filter(known, name.lower()), action
                    else:
                        assert stem in known, action
