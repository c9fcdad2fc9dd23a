"""Every state that an interruption can leave a stack in leads to a finished deployment."""

from __future__ import annotations

import pytest

from ringwork.cloud.deploy import Outcome, deploy

VPC = {"Type": "AWS::EC2::VPC", "Properties": {"CidrBlock": "10.0.0.0/16"}}
OLD = {"Resources": {"Vpc": {"Type": "AWS::EC2::VPC", "Properties": {"CidrBlock": "10.9.0.0/16"}}}}
BUCKET = {"Type": "AWS::S3::Bucket"}


@pytest.mark.parametrize("status", ["ROLLBACK_COMPLETE", "ROLLBACK_FAILED", "DELETE_FAILED"])
def test_what_a_failed_creation_or_deletion_left_is_removed_and_made_anew(
    cloud, formation, stack, patience, status
):
    left = formation.put("net", status, OLD)
    done = deploy(cloud, [stack("net", {"Vpc": VPC})], patience=patience)
    assert done.results[0].outcome is Outcome.CREATED
    assert left.status == "DELETE_COMPLETE"
    assert formation.stack("net").arn != left.arn
    assert formation.stack("net").template["Resources"] == {"Vpc": VPC}


@pytest.mark.parametrize(
    "status", ["CREATE_COMPLETE", "UPDATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE", "IMPORT_COMPLETE"]
)
def test_a_settled_stack_is_updated(cloud, formation, stack, patience, status):
    formation.put("net", status, OLD)
    done = deploy(cloud, [stack("net", {"Vpc": VPC})], patience=patience)
    assert done.results[0].outcome is Outcome.UPDATED
    assert formation.stack("net").template["Resources"] == {"Vpc": VPC}


def test_a_creation_that_was_interrupted_is_taken_up_and_keeps_what_it_made(
    cloud, formation, stack, patience
):
    """User Guide, "Choose how to handle failures when provisioning resources": CREATE_FAILED can be updated.

    Deleting it instead would leave retained resources behind, whose names the next creation then meets.
    """
    left = formation.put("net", "CREATE_FAILED", OLD)
    done = deploy(cloud, [stack("net", {"Vpc": VPC})], patience=patience)
    assert done.results[0].outcome is Outcome.UPDATED
    assert formation.stack("net").arn == left.arn
    assert "DeleteStack" not in formation.operations()


def test_a_failed_rollback_is_continued(cloud, formation, stack, patience):
    formation.put("net", "UPDATE_ROLLBACK_FAILED", OLD)
    done = deploy(cloud, [stack("net", {"Vpc": VPC})], patience=patience)
    assert done.results[0].outcome is Outcome.UPDATED
    assert "ContinueUpdateRollback" in formation.operations()


def test_an_unexecuted_creation_is_thrown_away_with_its_change_sets(cloud, formation, stack, patience):
    client = cloud.client("cloudformation")
    client.create_change_set(
        StackName="net",
        ChangeSetName="ringwork-old",
        ChangeSetType="CREATE",
        TemplateBody='{"Resources": {"Old": {"Type": "AWS::EC2::VPC"}}}',
    )
    assert formation.stack("net").status == "REVIEW_IN_PROGRESS"
    done = deploy(cloud, [stack("net", {"Vpc": VPC})], patience=patience)
    assert done.results[0].outcome is Outcome.CREATED
    assert formation.stack("net").change_sets == {}
    assert list(formation.stack("net").resources) == ["Vpc"]


@pytest.mark.parametrize(
    "course",
    [
        ("CREATE_IN_PROGRESS", "CREATE_COMPLETE"),
        ("CREATE_IN_PROGRESS", "ROLLBACK_COMPLETE"),
        ("ROLLBACK_IN_PROGRESS", "ROLLBACK_COMPLETE"),
        ("UPDATE_IN_PROGRESS", "UPDATE_COMPLETE"),
        ("UPDATE_IN_PROGRESS", "UPDATE_ROLLBACK_COMPLETE"),
        ("UPDATE_COMPLETE_CLEANUP_IN_PROGRESS", "UPDATE_COMPLETE"),
        ("UPDATE_ROLLBACK_IN_PROGRESS", "UPDATE_ROLLBACK_COMPLETE"),
        ("UPDATE_ROLLBACK_IN_PROGRESS", "UPDATE_ROLLBACK_FAILED"),
        ("UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS", "UPDATE_ROLLBACK_COMPLETE"),
        ("DELETE_IN_PROGRESS", "DELETE_COMPLETE"),
        ("DELETE_IN_PROGRESS", "DELETE_FAILED"),
        ("IMPORT_IN_PROGRESS", "IMPORT_COMPLETE"),
    ],
)
def test_a_running_operation_is_awaited_with_its_events(cloud, formation, stack, patience, course):
    status, then = course
    left = formation.put("net", status, OLD)
    left.steps = [lambda: None, lambda: None, lambda: formation._set(left, then)]
    events = []
    done = deploy(cloud, [stack("net", {"Vpc": VPC})], on_event=events.append, patience=patience)
    assert done.ok, done.results[0].error
    assert formation.stack("net").template["Resources"] == {"Vpc": VPC}
    assert events[0].status == then
    assert len({(e.time, e.logical) for e in events}) == len(events)


def test_a_deletion_that_stopped_at_data_is_not_finished_without_consent(cloud, formation, stack, patience):
    left = formation.put("data", "DELETE_FAILED", {"Resources": {"Store": BUCKET}})
    wanted = [stack("data", {"Vpc": VPC})]
    refused = deploy(cloud, wanted, patience=patience)
    assert "`Store` (AWS::S3::Bucket)" in str(refused.results[0].error)
    assert left.status == "DELETE_FAILED"
    assert deploy(cloud, wanted, allow_data_loss=True, patience=patience).ok


def test_a_deletion_that_fails_again_names_what_is_in_the_way(cloud, formation, stack, patience):
    stuck = {"Type": "AWS::EC2::VPC", "Properties": {"Stuck": "has dependencies and cannot be deleted"}}
    formation.put("net", "DELETE_FAILED", {"Resources": {"Vpc": stuck}})
    done = deploy(cloud, [stack("net", {"Vpc": VPC})], patience=patience)
    assert "`Vpc` (AWS::EC2::VPC): has dependencies" in str(done.results[0].error)


def test_another_deployer_on_the_same_stack_is_awaited(cloud, formation, stack, patience):
    kept = formation.put("net", "CREATE_COMPLETE", OLD)

    def meanwhile(params: dict) -> None:
        formation._set(kept, "UPDATE_IN_PROGRESS")
        kept.steps.append(lambda: formation._set(kept, "UPDATE_COMPLETE"))

    formation.before["CreateChangeSet"] = [meanwhile]
    done = deploy(cloud, [stack("net", {"Vpc": VPC})], patience=patience)
    assert done.results[0].outcome is Outcome.UPDATED


def test_a_change_set_that_another_deployer_made_obsolete_is_made_again(cloud, formation, stack, patience):
    kept = formation.put("net", "CREATE_COMPLETE", OLD)
    formation.before["ExecuteChangeSet"] = [lambda params: kept.change_sets.clear()]
    done = deploy(cloud, [stack("net", {"Vpc": VPC})], patience=patience)
    assert done.results[0].outcome is Outcome.UPDATED
    assert formation.operations().count("CreateChangeSet") == 2


def test_a_deployer_that_never_gets_its_turn_says_so(cloud, formation, stack, patience):
    kept = formation.put("net", "CREATE_COMPLETE", OLD)
    formation.before["ExecuteChangeSet"] = [lambda params: kept.change_sets.clear()] * 99
    done = deploy(cloud, [stack("net", {"Vpc": VPC})], patience=patience)
    assert "another deployment keeps changing stack `net`" in str(done.results[0].error)
