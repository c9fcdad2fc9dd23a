"""Drift detection and drift-aware change sets."""

from __future__ import annotations

import pytest

from ringwork.cloud.deploy import Drifted, Outcome, deploy, drift, plan_revert, revert_drift

VPC = {"Type": "AWS::EC2::VPC", "Properties": {"CidrBlock": "10.0.0.0/16"}}
BUCKET = {
    "Type": "AWS::S3::Bucket",
    "Properties": {"VersioningConfiguration": {"Status": "Enabled"}},
}
HEAL = {
    "Type": "Resource",
    "ResourceChange": {
        "Action": "Modify",
        "LogicalResourceId": "Store",
        "PhysicalResourceId": "Store-physical",
        "ResourceType": "AWS::S3::Bucket",
        "Replacement": "False",
        "ResourceDriftStatus": "MODIFIED",
        "Scope": ["Properties"],
        "Details": [
            {
                "Target": {
                    "Attribute": "Properties",
                    "Name": "VersioningConfiguration",
                    "Path": "/Properties/VersioningConfiguration/Status",
                    "RequiresRecreation": "Never",
                    "BeforeValue": "Suspended",
                    "AfterValue": "Enabled",
                    "BeforeValueFrom": "ACTUAL_STATE",
                    "AfterValueFrom": "TEMPLATE",
                    "Drift": {"PreviousValue": "Enabled", "ActualValue": "Suspended"},
                    "AttributeChangeType": "Modify",
                },
                "Evaluation": "Static",
                "ChangeSource": "NoModification",
            }
        ],
    },
}


@pytest.fixture
def two(cloud, stack, patience):
    stacks = [stack("net", {"Vpc": VPC}, parameters={"Who": "me"}), stack("data", {"Store": BUCKET})]
    assert deploy(cloud, stacks, patience=patience).ok
    return stacks


def suspended(formation):
    formation.drifted["data"] = [
        {
            "LogicalResourceId": "Store",
            "ResourceType": "AWS::S3::Bucket",
            "PhysicalResourceId": "Store-physical",
            "StackResourceDriftStatus": "MODIFIED",
            "PropertyDifferences": [
                {
                    "PropertyPath": "/VersioningConfiguration/Status",
                    "DifferenceType": "NOT_EQUAL",
                    "ExpectedValue": "Enabled",
                    "ActualValue": "Suspended",
                }
            ],
        }
    ]
    formation.drifts["data"] = [HEAL]


def test_drift_is_named_down_to_the_property(cloud, formation, two, patience):
    suspended(formation)
    found = drift(cloud, two, patience=patience)
    assert [s.status for s in found.stacks] == [Drifted.IN_SYNC, Drifted.DRIFTED]
    assert found.found
    (resource,) = found.stacks[1].resources
    (item,) = resource.properties
    assert (item.path, item.expected, item.actual) == (
        "/VersioningConfiguration/Status",
        "Enabled",
        "Suspended",
    )


def test_a_detection_that_failed_is_undecided_and_not_in_sync(cloud, formation, two, patience):
    formation.detection_fails["data"] = "Failed to detect drift on resource [Store]"
    found = drift(cloud, two, patience=patience).stacks[1]
    assert found.status is Drifted.UNKNOWN
    assert "Store" in found.reason


def test_a_stack_that_is_not_there_is_absent(cloud, stack, patience):
    assert drift(cloud, [stack("net", {"Vpc": VPC})], patience=patience).stacks[0].status is Drifted.ABSENT


def test_healing_uses_the_deployed_template_and_parameters_and_reverts_drift(
    cloud, formation, two, stack, patience
):
    suspended(formation)
    newer = stack("data", {"Store": BUCKET, "New": VPC})  # healing must not deploy it
    done = revert_drift(cloud, [two[0], newer], patience=patience)
    assert [r.outcome for r in done.results] == [Outcome.UNCHANGED, Outcome.UPDATED]
    asked = [p for name, p in formation.calls if name == "CreateChangeSet"][-2:]
    for params in asked:
        assert params["DeploymentMode"] == "REVERT_DRIFT"
        assert params["UsePreviousTemplate"] is True
        assert "TemplateBody" not in params
    by_name = {params["StackName"]: params for params in asked}
    assert by_name["net"]["Parameters"] == [{"ParameterKey": "Who", "UsePreviousValue": True}]
    (change,) = done.results[1].changes
    assert change.drift == "MODIFIED"
    (item,) = change.properties
    assert (item.name, item.why, item.before, item.after) == (
        "VersioningConfiguration.Status",
        "drift",
        "Suspended",
        "Enabled",
    )
    assert set(formation.stack("data").resources) == {"Store"}


def test_healing_is_planned_without_leaving_anything(cloud, formation, two, patience):
    suspended(formation)
    shown = plan_revert(cloud, two, patience=patience)
    assert [len(p.changes) for p in shown.stacks] == [0, 1]
    assert formation.stack("data").change_sets == {}
    assert formation.operations().count("ExecuteChangeSet") == 2  # those of the first deployment


def test_healing_that_is_turned_down_does_nothing(cloud, formation, two, patience):
    suspended(formation)
    asked = []

    def no(stack, changes):
        asked.append((stack.name, [c.logical for c in changes]))
        return False

    done = revert_drift(cloud, two, approve=no, patience=patience)
    assert asked == [("data", ["Store"])]
    assert done.results[1].outcome is Outcome.SKIPPED
    assert formation.stack("data").change_sets == {}


def test_healing_never_makes_a_stack(cloud, formation, stack, patience):
    formation.put("broken", "ROLLBACK_COMPLETE", {"Resources": {"Vpc": VPC}})
    done = revert_drift(
        cloud, [stack("gone", {"Vpc": VPC}), stack("broken", {"Vpc": VPC})], patience=patience
    )
    assert [r.outcome for r in done.results] == [Outcome.SKIPPED, Outcome.SKIPPED]
    assert formation.stack("broken").status == "ROLLBACK_COMPLETE"
