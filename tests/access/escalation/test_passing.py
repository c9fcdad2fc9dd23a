"""The operations that hand a role to a service: none that botocore has is missing."""

from __future__ import annotations

import importlib.util
import json
import os
from pathlib import Path
from types import ModuleType

import pytest

from ringwork.access import catalogue
from ringwork.access.escalation.passing import operations, others
from ringwork.access.escalation.paths import paths

ROOT = Path(__file__).parents[3]

NO_ACTION = {"glue:CreateDataQualityEvaluationConfig", "glue:UpdateDataQualityEvaluationConfig"}
"""Operations of botocore that the Service Authorization Reference does not list yet."""

NOT_A_ROLE = {
    "bedrock-agent:CreatePrompt": "`role` says who speaks",
    "bedrock-agent:UpdatePrompt": "`role` says who speaks",
    "bedrock-agentcore:CreateEvent": "`role` says who speaks",
    "bedrock-agentcore:InvokeHarness": "`role` says who speaks",
    "datazone:AssociateEnvironmentRole": "the role is named, and assumed by nobody for it",
    "transcribe:CreateCallAnalyticsCategory": "`ParticipantRole` says who speaks",
    "transcribe:UpdateCallAnalyticsCategory": "`ParticipantRole` says who speaks",
}
"""What an earlier, unfiltered listing has beyond this table."""
MORE = {
    "codebuild:StartBuild": "`serviceRoleOverride`",
    "emr:AddJobFlowSteps": "`ExecutionRoleArn`: the runtime role of a step",
    "emr:GetClusterSessionCredentials": "`ExecutionRoleArn`: whose credentials they are",
    "emr:GetOnClusterAppUIPresignedURL": "`ExecutionRoleArn`: whose sight of the application it is",
    "emr:GetPersistentAppUIPresignedURL": "`ExecutionRoleArn`: whose sight of the application it is",
    "sagemaker:RenderUiTemplate": "`RoleArn`: reads the input of the task that it shows",
    "sagemaker-geospatial:ExportEarthObservationJob": "`ExecutionRoleArn`: writes to S3",
    "sagemaker-geospatial:ExportVectorEnrichmentJob": "`ExecutionRoleArn`: writes to S3",
    "sagemaker-geospatial:GetTile": "`ExecutionRoleArn`: reads from S3",
    "stepfunctions:TestState": "`roleArn`: runs one state as the role",
}
"""What this table has beyond it."""


def script() -> ModuleType:
    spec = importlib.util.spec_from_file_location(
        "passrole_operations", ROOT / "scripts/passrole_operations.py"
    )
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_table_is_what_botocore_has_today() -> None:
    module = script()
    rows = module.operations()
    written = json.loads(module.TABLE.read_text(encoding="utf-8"))["operations"]
    known = {(row["action"], row["principal"], *row["members"]) for row in written}
    now = {(row["action"], row["principal"], *row["members"]) for row in rows}
    assert now - known == set(), "run scripts/passrole_operations.py, and look at each new operation"
    assert known - now == set(), "run scripts/passrole_operations.py: some are gone"


def test_known_operations_are_in_the_table_with_their_service() -> None:
    """SageMaker developer guide, "Passing Roles"; Batch user guide, "IAM execution role"."""
    found = {(one.action, one.principal) for one in operations()}
    assert ("sagemaker:CreateTrainingJob", "sagemaker.amazonaws.com") in found
    assert ("lambda:CreateFunction", "lambda.amazonaws.com") in found
    assert ("batch:RegisterJobDefinition", "ecs-tasks.amazonaws.com") in found
    assert ("bedrock:CreateAgent", "bedrock.amazonaws.com") in found
    assert not any(one.action == "transcribe:CreateCallAnalyticsCategory" for one in operations())


def test_every_operation_is_an_action_that_policies_can_name() -> None:
    missing = {
        one.action
        for one in operations()
        if one.action.partition(":")[2].lower() not in catalogue.actions(one.action.partition(":")[0])
    }
    assert missing == NO_ACTION


def test_every_operation_is_in_some_way() -> None:
    spoken_of = {action for path in (*paths(), *others()) for action in path.actions}
    assert {one.action for one in operations()} - spoken_of == NO_ACTION


def test_every_difference_to_the_collected_listing_is_explained() -> None:
    shared = os.environ.get("RINGWORK_SHARED")
    if not shared:
        pytest.skip("set RINGWORK_SHARED to the folder with the collected policies")
    text = (Path(shared) / "corpora/iam/passrole_ops.json").read_text(encoding="utf-8")
    theirs = {
        f"{service}:{operation}"
        for service, listed in json.loads(text)["ops"].items()
        for operation in listed
    }
    ours = {f"{row['service']}:{row['operation']}" for row in script().operations()}
    assert theirs - ours == NOT_A_ROLE.keys()
    assert ours - theirs == MORE.keys()
