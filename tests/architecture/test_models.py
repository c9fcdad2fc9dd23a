"""The models ring: what control MDL-04 to MDL-21 ask of groups and guardrails."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from tests.architecture.conftest import CLINIC

HAIKU = "anthropic.claude-3-haiku-20240307-v1:0"


@pytest.fixture(scope="module")
def asking(compiling: Any) -> Any:
    """The clinic, whose imaging team calls a foundation model."""
    teams = copy.deepcopy(CLINIC["teams"])
    teams["imaging"]["foundation_models"] = [HAIKU]
    return compiling(teams=teams)


def statements(policy: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {statement["Sid"]: statement for statement in policy["Statement"]}


def roles(statement: dict[str, Any], operator: str) -> set[str]:
    named = statement["Condition"][operator]["aws:PrincipalArn"]
    return {arn["Fn::Sub"].rsplit("/", 1)[-1] for arn in named}


def group(compiled: Any) -> dict[str, Any]:
    (found,) = compiled.of_type("AWS::SageMaker::ModelPackageGroup", "imaging", "models").values()
    return dict(found)


def test_each_model_has_a_group_that_keeps_its_versions(clinic: Any) -> None:
    assert group(clinic)["ModelPackageGroupName"] == "clinic-imaging--finder"
    resources = clinic.template("imaging", "models")["Resources"]
    assert resources["FinderPackages"]["DeletionPolicy"] == "Retain"


def test_a_team_without_models_has_no_models_stack(clinic: Any) -> None:
    assert [stack for stack in clinic.architecture.stacks if stack.name.endswith("research-models")] == []


def test_a_groups_versions_are_seen_by_declared_roles_only(clinic: Any) -> None:
    # control MDL-14; `prepare` and `desk` neither produce nor serve the model
    found = statements(group(clinic)["ModelPackageGroupPolicy"])
    declared = {
        "clinic-imaging-train",
        "clinic-imaging-release",
        "clinic-imaging-serve",
        "clinic-imaging-vault",
    }
    people = {"clinic-imaging--author", "clinic-imaging--approver", "clinic-imaging--operator"}
    assert roles(found["DeclaredRolesReadAndDeploy"], "ArnEquals") == declared | people
    assert set(found["DeclaredRolesReadAndDeploy"]["Action"]) == {
        "sagemaker:CreateModel",
        "sagemaker:DescribeModelPackage",
        "sagemaker:DescribeModelPackageGroup",
        "sagemaker:ListModelPackages",
    }
    ours = {"ringwork-audit", "ringwork-break-glass", "ringwork-deploy"}
    assert roles(found["NobodyElse"], "ArnNotEquals") == declared | people | ours
    assert found["NobodyElse"]["Action"] == found["DeclaredRolesReadAndDeploy"]["Action"]


def test_versions_are_registered_as_pending_and_decided_by_approvers(clinic: Any) -> None:
    # controls MDL-04 and MDL-05
    found = statements(group(clinic)["ModelPackageGroupPolicy"])
    pending, decided = found["RegisteredAsPending"], found["OnlyApproversDecide"]
    assert (pending["Effect"], pending["Action"]) == ("Deny", "sagemaker:CreateModelPackage")
    assert pending["Condition"] == {
        "StringNotEquals": {"sagemaker:ModelApprovalStatus": "PendingManualApproval"}
    }
    assert (decided["Effect"], decided["Action"]) == ("Deny", "sagemaker:UpdateModelPackage")
    assert roles(decided, "ArnNotEquals") == {"clinic-imaging--approver", "ringwork-break-glass"}


def test_changes_of_versions_go_to_the_accounts_queue(clinic: Any) -> None:
    (rule,) = clinic.of_type("AWS::Events::Rule", "imaging", "models").values()
    assert rule["EventPattern"] == {
        "source": ["aws.sagemaker"],
        "detail-type": ["SageMaker Model Package State Change"],
        "detail": {"ModelPackageGroupName": ["clinic-imaging--finder"]},
    }
    (stack,) = [
        stack
        for stack in clinic.architecture.stacks
        if stack.name.endswith("imaging-models") and stack.region == "eu-west-1"
    ]
    assert rule["Targets"] == [{"Id": "event-queue", "Arn": {"Ref": "EventQueueArn"}}]
    assert stack.parameters["EventQueueArn"].output == "EventQueueArn"
    assert "-detection" in stack.parameters["EventQueueArn"].stack


def test_nobody_who_declares_no_foundation_model_pays_for_a_guardrail(clinic: Any) -> None:
    assert clinic.of_type("AWS::Bedrock::Guardrail", "imaging", "models") == {}
    assert clinic.of_type("AWS::KMS::Key", "imaging", "models") == {}


def test_guardrails_block_prompt_attacks_mask_personal_data_and_check_grounding(asking: Any) -> None:
    (rail,) = asking.of_type("AWS::Bedrock::Guardrail", "imaging", "models").values()
    filters = {each["Type"]: each for each in rail["ContentPolicyConfig"]["FiltersConfig"]}
    # MDL-19; the output strength of this filter must be NONE (Bedrock user guide, content filters)
    assert filters["PROMPT_ATTACK"] == {
        "Type": "PROMPT_ATTACK",
        "InputStrength": "HIGH",
        "OutputStrength": "NONE",
    }
    personal = rail["SensitiveInformationPolicyConfig"]["PiiEntitiesConfig"]
    assert {each["Action"] for each in personal} == {"BLOCK", "ANONYMIZE"}  # MDL-18
    assert {"Type": "AWS_SECRET_KEY", "Action": "BLOCK"} in personal
    assert {"Type": "NAME", "Action": "ANONYMIZE"} in personal
    grounding = rail["ContextualGroundingPolicyConfig"]["FiltersConfig"]
    assert {each["Type"] for each in grounding} == {"GROUNDING", "RELEVANCE"}  # MDL-20
    assert all(0 < each["Threshold"] <= 0.99 for each in grounding)
    assert rail["KmsKeyArn"] == {"Fn::GetAtt": ["GuardrailKey", "Arn"]}  # MDL-21


def test_callers_name_a_frozen_version_of_the_guardrail(asking: Any) -> None:
    template = asking.template("imaging", "models")
    ((name, version),) = asking.of_type("AWS::Bedrock::GuardrailVersion", "imaging", "models").items()
    assert version["GuardrailIdentifier"] == {"Fn::GetAtt": ["Guardrail", "GuardrailId"]}
    assert template["Outputs"]["GuardrailVersion"]["Value"] == {"Fn::GetAtt": [name, "Version"]}
    assert template["Outputs"]["GuardrailArn"]["Value"] == {"Fn::GetAtt": ["Guardrail", "GuardrailArn"]}


def test_use_of_foundation_models_rings(asking: Any) -> None:
    # control DET-31
    alarms = asking.of_type("AWS::CloudWatch::Alarm", "imaging", "models").values()
    assert {(alarm["Namespace"], alarm["MetricName"]) for alarm in alarms} == {
        ("AWS/Bedrock", "Invocations"),
        ("AWS/Bedrock", "InvocationThrottles"),
        ("AWS/Bedrock", "InvocationClientErrors"),
        ("AWS/Bedrock/Guardrails", "InvocationsIntervened"),
    }
    assert all(alarm["AlarmActions"] == [{"Ref": "AlarmTopicArn"}] for alarm in alarms)


def test_the_log_of_invocations_is_noted_as_missing(asking: Any, clinic: Any) -> None:
    assert any("MDL-23" in note for note in asking.architecture.notes)
    assert not any("MDL-23" in note for note in clinic.architecture.notes)
