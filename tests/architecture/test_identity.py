"""The identity ring, against the controls IAM-* and what AWS documents."""

from __future__ import annotations

import fnmatch
import json
from collections.abc import Iterator
from typing import Any

import pytest

SERVICE_WIDE = {"s3:*", "kms:*", "sagemaker:*", "iam:*", "ec2:*", "*"}


def statements(clinic: Any, role: str) -> list[dict[str, Any]]:
    environment = "research" if role == "Explore" else "imaging"
    policy = clinic.of_type("AWS::IAM::RolePolicy", environment, "identity")[f"{role}RolePolicy"]
    return list(policy["PolicyDocument"]["Statement"])


def listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def texts(value: Any) -> list[str]:
    return [
        each["Fn::Sub"] if isinstance(each, dict) and "Fn::Sub" in each else each for each in listed(value)
    ]


def allowed(clinic: Any, role: str, action: str) -> list[str]:
    """Resources on which a role is allowed an action."""
    return sorted(
        resource
        for each in statements(clinic, role)
        if action in listed(each["Action"])
        for resource in texts(each["Resource"])
    )


def documents(clinic: Any) -> Iterator[dict[str, Any]]:
    for environment in ("imaging", "research"):
        for resource in clinic.template(environment, "identity")["Resources"].values():
            yield from resource["Properties"].get("PolicyDocument", {}).get("Statement", [])


def test_roles_are_made_once_in_the_home_region(clinic: Any) -> None:
    regions = {stack.region for stack in clinic.architecture.stacks if stack.name.endswith("-identity")}
    assert regions == {"eu-west-1"}


def test_a_role_trusts_its_service_for_this_account_only(clinic: Any) -> None:
    role = clinic.of_type("AWS::IAM::Role", "imaging", "identity")["TrainRole"]
    (trust,) = role["AssumeRolePolicyDocument"]["Statement"]
    assert trust["Principal"] == {"Service": "sagemaker.amazonaws.com"}
    assert trust["Condition"]["StringEquals"] == {"aws:SourceAccount": {"Fn::Sub": "${AWS::AccountId}"}}
    assert texts(trust["Condition"]["ArnLike"]["aws:SourceArn"]) == [
        "arn:${AWS::Partition}:sagemaker:eu-central-1:${AWS::AccountId}:*",
        "arn:${AWS::Partition}:sagemaker:eu-west-1:${AWS::AccountId}:*",
    ]


def test_an_enclaves_parent_instance_is_trusted_through_ec2(clinic: Any) -> None:
    role = clinic.of_type("AWS::IAM::Role", "imaging", "identity")["VaultRole"]
    (trust,) = role["AssumeRolePolicyDocument"]["Statement"]
    assert trust["Principal"] == {"Service": "ec2.amazonaws.com"}


def test_every_role_has_the_boundary_and_a_name_that_says_whose_it_is(clinic: Any) -> None:
    roles = clinic.of_type("AWS::IAM::Role", "imaging", "identity")
    assert sorted(role["RoleName"] for role in roles.values()) == [
        f"clinic-imaging-{workload}" for workload in ("desk", "prepare", "release", "serve", "train", "vault")
    ]
    assert all(role["PermissionsBoundary"] == {"Ref": "Boundary"} for role in roles.values())


def test_training_reads_its_data_and_writes_only_candidates(clinic: Any) -> None:
    writes = allowed(clinic, "Train", "s3:PutObject")
    assert writes == [
        f"arn:${{AWS::Partition}}:s3:::clinic-imaging-artifacts-${{AWS::AccountId}}-{region}/candidates/finder/*"
        for region in ("eu-central-1", "eu-west-1")
    ]
    reads = allowed(clinic, "Train", "s3:GetObject")
    assert {arn.split(":::")[1].split("-$")[0] for arn in reads} == {
        "clinic-imaging-scans",
        "clinic-imaging-labels",
    }


def test_inference_roles_read_approved_models_and_write_what_is_captured_alone(clinic: Any) -> None:
    captured = allowed(clinic, "Serve", "s3:PutObject")
    assert {arn.split(":::")[1].split("-$")[0] for arn in captured} == {"clinic-imaging-capture"}
    assert all(arn.endswith("/captured/serve/*") for arn in captured)
    assert allowed(clinic, "Vault", "s3:PutObject") == []
    for role in ("Serve", "Vault"):
        assert all(arn.endswith("/approved/finder/*") for arn in allowed(clinic, role, "s3:GetObject"))
        assert len(allowed(clinic, role, "s3:GetObject")) == 2


def test_roles_are_passed_by_pipelines_alone_to_sagemaker_and_only_those_of_jobs(clinic: Any) -> None:
    passing = [
        (role, each)
        for role in ("Desk", "Prepare", "Train", "Release", "Serve", "Vault", "Explore")
        for each in statements(clinic, role)
        if "iam:PassRole" in listed(each["Action"])
    ]
    ((role, each),) = passing
    assert role == "Release"
    assert texts(each["Resource"]) == [
        "arn:${AWS::Partition}:iam::${AWS::AccountId}:role/clinic-imaging-prepare",
        "arn:${AWS::Partition}:iam::${AWS::AccountId}:role/clinic-imaging-train",
    ]
    assert each["Condition"] == {"StringEquals": {"iam:PassedToService": "sagemaker.amazonaws.com"}}


def test_only_declared_callers_invoke_an_endpoint(clinic: Any) -> None:
    # flows: desk to serve; research's flow leads into another VPC and gives nothing
    callers = {
        role: allowed(clinic, role, "sagemaker:InvokeEndpoint")
        for role in ("Desk", "Prepare", "Train", "Release", "Serve", "Vault", "Explore")
    }
    assert {role for role, arns in callers.items() if arns} == {"Desk"}
    assert callers["Desk"] == [
        f"arn:${{AWS::Partition}}:sagemaker:{region}:${{AWS::AccountId}}:endpoint/clinic-imaging--serve"
        for region in ("eu-central-1", "eu-west-1")
    ]


def test_a_pipeline_tags_only_what_it_creates_and_approves_nothing(clinic: Any) -> None:
    by_sid = {each["Sid"]: each for each in statements(clinic, "Release")}
    tagging = by_sid["TagWhileCreating"]["Condition"]["StringEquals"]
    assert tagging == {
        "aws:RequestTag/ringwork:team": "imaging",
        "sagemaker:TaggingAction": [
            "CreateModel",
            "CreateProcessingJob",
            "CreateTrainingJob",
            "CreateTransformJob",
        ],
    }
    for action in ("sagemaker:UpdateModelPackage", "sagemaker:CreateEndpoint", "sagemaker:UpdateEndpoint"):
        assert allowed(clinic, "Release", action) == []


def test_nothing_is_allowed_by_service_wildcard_or_on_every_bucket_or_key(clinic: Any) -> None:
    for each in documents(clinic):
        if each["Effect"] != "Allow":
            continue
        actions = set(listed(each["Action"]))
        assert not actions & SERVICE_WIDE
        if any(action.startswith(("s3:", "kms:", "iam:", "sagemaker:")) for action in actions):
            assert "*" not in texts(each["Resource"])


def test_a_role_puts_interfaces_into_its_vpc_with_its_own_group_only(clinic: Any) -> None:
    by_sid = {each["Sid"]: each for each in statements(clinic, "Train")}
    own_group = by_sid["InterfacesWithOwnGroup"]
    assert own_group["Condition"]["StringEquals"] == {"aws:ResourceTag/ringwork:workload": "train"}
    assert all(":security-group/" in arn for arn in texts(own_group["Resource"]))
    in_vpc = texts(by_sid["InterfacesInOwnVpc"]["Condition"]["ArnEquals"]["ec2:Vpc"])
    assert in_vpc == [
        "arn:${AWS::Partition}:ec2:eu-central-1:${AWS::AccountId}:vpc/${VpcIdEuCentral1}",
        "arn:${AWS::Partition}:ec2:eu-west-1:${AWS::AccountId}:vpc/${VpcIdEuWest1}",
    ]


@pytest.mark.parametrize(
    "action",
    [
        "iam:PutRolePolicy",
        "iam:CreateRole",
        "organizations:LeaveOrganization",
        "cloudtrail:StopLogging",
        "guardduty:DeleteDetector",
        "ec2:DeleteFlowLogs",
        "s3:PutBucketPolicy",
        "kms:PutKeyPolicy",
    ],
)
def test_the_boundary_refuses_what_would_open_a_ring(clinic: Any, action: str) -> None:
    boundary = clinic.of_type("AWS::IAM::ManagedPolicy", "imaging", "identity")["Boundary"]
    (all_but,) = [
        listed(each["NotAction"])
        for each in boundary["PolicyDocument"]["Statement"]
        if each["Effect"] == "Deny" and "NotAction" in each and "Condition" not in each
    ]
    assert not any(fnmatch.fnmatchcase(action, pattern) for pattern in all_but)


def test_policies_fit_iams_limits(clinic: Any) -> None:
    # IAM quotas: managed policy 6,144 and a role's inline policies 10,240 characters, without white space
    for environment in ("imaging", "research"):
        boundary = clinic.of_type("AWS::IAM::ManagedPolicy", environment, "identity")["Boundary"]
        assert size(boundary["PolicyDocument"]) <= 6144
        for policy in clinic.of_type("AWS::IAM::RolePolicy", environment, "identity").values():
            assert size(policy["PolicyDocument"]) <= 10240


def size(document: dict[str, Any]) -> int:
    """Characters of the deployed document: as if every Fn::Sub were its text with the ids filled in."""

    def resolved(value: Any) -> Any:
        if isinstance(value, dict):
            if set(value) == {"Fn::Sub"}:
                text = value["Fn::Sub"].replace("${AWS::Partition}", "aws")
                return text.replace("${AWS::AccountId}", "1" * 12).replace("${AWS::Region}", "eu-central-1")
            if set(value) == {"Ref"} and "Subnet" in value["Ref"]:
                return "subnet-" + "0" * 17
            if set(value) == {"Ref"}:  # a key's ARN
                return "arn:aws:kms:eu-central-1:111111111111:key/" + "0" * 36
            return {key: resolved(each) for key, each in value.items()}
        return [resolved(each) for each in value] if isinstance(value, list) else value

    return len(json.dumps(resolved(document), separators=(",", ":")))
