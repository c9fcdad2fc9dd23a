"""Deploying: order, parameters, refusal, failure, repetition."""

from __future__ import annotations

import pytest

from ringwork.cloud.deploy import Outcome, deploy
from ringwork.cloud.deploy.progress import Run, Watch
from ringwork.cloud.errors import OperationError
from ringwork.estate.stack import KeyedOutput, PrefixListId, StackOutput

VPC = {"Type": "AWS::EC2::VPC", "Properties": {"CidrBlock": "10.0.0.0/16"}}
BUCKET = {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": "one"}}
ACCOUNT, OTHER, REGION = "111122223333", "444455556666", "eu-west-1"


def test_a_new_stack_is_created_with_its_tags_and_outputs(cloud, formation, stack, patience):
    events = []
    net = stack("net", {"Vpc": VPC}, outputs={"VpcId": {"Ref": "Vpc"}})
    done = deploy(cloud, [net], on_event=events.append, patience=patience)
    assert done.ok
    assert done.results[0].outcome is Outcome.CREATED
    assert done.outputs[net.id] == {"VpcId": f"{ACCOUNT}-{REGION}-Vpc"}
    kept = formation.stack("net")
    assert kept.status == "CREATE_COMPLETE"
    assert kept.tags == {"ringwork:organization": "acme"}
    assert [(e.logical, e.status) for e in events] == [
        ("net", "CREATE_IN_PROGRESS"),
        ("Vpc", "CREATE_IN_PROGRESS"),
        ("Vpc", "CREATE_COMPLETE"),
        ("net", "CREATE_COMPLETE"),
    ]


def test_a_second_deployment_changes_nothing_and_leaves_no_change_set(cloud, formation, stack, patience):
    net = stack("net", {"Vpc": VPC})
    deploy(cloud, [net], patience=patience)
    formation.calls.clear()
    again = deploy(cloud, [net], patience=patience)
    assert again.results[0].outcome is Outcome.UNCHANGED
    assert "ExecuteChangeSet" not in formation.operations()
    assert formation.stack("net").change_sets == {}


def test_outputs_fill_parameters_across_stacks_and_accounts(cloud, stack, patience):
    net = stack("net", {"Vpc": VPC}, outputs={"VpcId": {"Ref": "Vpc"}}, account=OTHER)
    data = stack("data", {"Key": {"Type": "AWS::KMS::Key"}}, parameters={"Vpc": StackOutput(net.id, "VpcId")})
    done = deploy(cloud, [data, net], patience=patience)  # the order given does not matter
    assert done.ok
    assert cloud.formation(ACCOUNT, REGION).stack("data").parameters == {"Vpc": f"{OTHER}-{REGION}-Vpc"}


def test_one_stack_alone_takes_outputs_of_what_is_deployed(cloud, stack, patience):
    net = stack("net", {"Vpc": VPC}, outputs={"VpcId": {"Ref": "Vpc"}})
    data = stack("data", {"Key": {"Type": "AWS::KMS::Key"}}, parameters={"Vpc": StackOutput(net.id, "VpcId")})
    deploy(cloud, [net], patience=patience)
    done = deploy(cloud, [net, data], only={data.id}, patience=patience)
    assert [r.name for r in done.results] == ["data"]
    assert done.ok


def test_a_missing_output_is_named(cloud, stack, patience):
    net = stack("net", {"Vpc": VPC})
    data = stack("data", {"Key": {"Type": "AWS::KMS::Key"}}, parameters={"Vpc": StackOutput(net.id, "VpcId")})
    done = deploy(cloud, [net, data], patience=patience)
    assert done.results[1].outcome is Outcome.FAILED
    assert "output `VpcId`" in str(done.results[1].error)


def test_the_prefix_list_of_a_gateway_endpoint_is_looked_up_by_name(cloud, formation, stack, patience):
    cloud.prefix_lists = {
        "com.amazonaws.eu-west-1.s3": "pl-6da54004",
        "com.amazonaws.eu-west-1.dynamodb": "pl-2",
    }
    net = stack("net", {"Vpc": VPC}, parameters={"S3": PrefixListId("s3")})
    assert deploy(cloud, [net], patience=patience).ok
    assert formation.stack("net").parameters == {"S3": "pl-6da54004"}


def test_the_first_cause_of_a_failure_is_reported_and_dependents_wait(cloud, formation, stack, patience):
    bad = stack(
        "net",
        {"Vpc": {**VPC, "Properties": {"Fail": "The maximum number of VPCs has been reached."}}, "Late": VPC},
        outputs={"VpcId": {"Ref": "Vpc"}},
    )
    data = stack("data", {"Key": {"Type": "AWS::KMS::Key"}}, parameters={"Vpc": StackOutput(bad.id, "VpcId")})
    free = stack("free", {"Vpc": VPC})
    done = deploy(cloud, [bad, data, free], patience=patience)
    assert [r.outcome for r in done.results] == [Outcome.FAILED, Outcome.SKIPPED, Outcome.CREATED]
    assert not done.ok
    with pytest.raises(OperationError) as raised:
        done.raise_for_failure()
    message = str(raised.value)
    assert "`net`" in message
    assert "`Vpc` (AWS::EC2::VPC)" in message
    assert "maximum number of VPCs" in message
    assert "cancelled" not in message
    assert {s.name for s in formation.stacks} == {"net", "free"}


@pytest.mark.parametrize("change", ["replace", "remove"])
def test_a_change_that_destroys_data_is_refused_without_consent(cloud, formation, stack, patience, change):
    deploy(cloud, [stack("data", {"Vpc": VPC, "Store": BUCKET})], patience=patience)
    renamed = {"Vpc": VPC, "Store": {**BUCKET, "Properties": {"BucketName": "two"}}}
    after = stack("data", renamed if change == "replace" else {"Vpc": VPC})
    refused = deploy(cloud, [after], patience=patience)
    assert refused.results[0].outcome is Outcome.REFUSED
    assert "`Store` (AWS::S3::Bucket" in str(refused.results[0].error)
    assert "--allow-data-loss" in str(refused.results[0].error)
    assert formation.stack("data").template["Resources"]["Store"] == BUCKET
    assert formation.stack("data").change_sets == {}
    allowed = deploy(cloud, [after], allow_data_loss=True, patience=patience)
    assert allowed.results[0].outcome is Outcome.UPDATED


def test_a_bucket_that_is_retained_may_leave_its_stack(cloud, stack, patience):
    kept = {**BUCKET, "DeletionPolicy": "Retain"}
    deploy(cloud, [stack("data", {"Vpc": VPC, "Store": kept})], patience=patience)
    assert deploy(cloud, [stack("data", {"Vpc": VPC})], patience=patience).ok


def test_the_deployed_templates_policy_decides_not_the_new_one(cloud, stack, patience):
    deploy(cloud, [stack("data", {"Vpc": VPC, "Store": BUCKET})], patience=patience)
    sly = {"Type": BUCKET["Type"], "UpdateReplacePolicy": "Retain", "Properties": {"BucketName": "two"}}
    done = deploy(cloud, [stack("data", {"Vpc": VPC, "Store": sly})], patience=patience)
    assert done.results[0].outcome is Outcome.REFUSED


def test_stacks_that_hold_data_are_protected_from_deletion_and_others_not(cloud, formation, stack, patience):
    deploy(cloud, [stack("data", {"Store": BUCKET}), stack("net", {"Vpc": VPC})], patience=patience)
    assert formation.stack("data").protected
    assert not formation.stack("net").protected


def test_protection_that_an_interruption_prevented_is_made_up_for(cloud, formation, stack, patience):
    data = stack("data", {"Store": BUCKET})
    deploy(cloud, [data], patience=patience)
    formation.stack("data").protected = False
    assert deploy(cloud, [data], patience=patience).results[0].outcome is Outcome.UNCHANGED
    assert formation.stack("data").protected


def big(count: int) -> dict:
    return {f"Vpc{i}": {**VPC, "Metadata": {"Why": "x" * 1000}} for i in range(count)}


def test_a_template_over_51200_bytes_goes_through_the_bucket(cloud, formation, stack, patience):
    cloud.buckets.add(f"ringwork-templates-{ACCOUNT}-{REGION}")
    assert deploy(cloud, [stack("net", big(60))], patience=patience).ok
    asked = next(p for name, p in formation.calls if name == "CreateChangeSet")
    assert "TemplateBody" not in asked
    (key,) = cloud.uploads
    assert asked["TemplateURL"] == (
        f"https://ringwork-templates-{ACCOUNT}-{REGION}.s3.{REGION}.amazonaws.com/{key}"
    )
    assert len(formation.stack("net").resources) == 60


def test_a_missing_template_bucket_says_to_bootstrap(cloud, stack, patience):
    done = deploy(cloud, [stack("net", big(60))], patience=patience)
    assert "ringwork bootstrap" in str(done.results[0].error)


def test_a_small_template_is_not_uploaded(cloud, stack, patience):
    deploy(cloud, [stack("net", {"Vpc": VPC})], patience=patience)
    assert cloud.uploads == {}


def test_stacks_in_a_circle_are_refused_before_anything_happens(cloud, formation, stack, patience):
    a = stack("a", {"Vpc": VPC}, parameters={"X": StackOutput(f"{ACCOUNT}/{REGION}/b", "X")})
    b = stack("b", {"Vpc": VPC}, parameters={"X": StackOutput(f"{ACCOUNT}/{REGION}/a", "X")})
    with pytest.raises(OperationError, match="circle"):
        deploy(cloud, [a, b], patience=patience)
    assert formation.calls == []


def test_an_interrupted_command_ends_though_cloudformation_goes_on(cloud, formation, stack, patience):
    endless = formation.put("endless", "CREATE_IN_PROGRESS", {"Resources": {"Vpc": VPC}})

    def interrupt(event):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        deploy(
            cloud,
            [stack("net", {"Vpc": VPC}), stack("endless", {"Vpc": VPC})],
            on_event=interrupt,
            patience=patience,
        )
    assert endless.status == "CREATE_IN_PROGRESS"


@pytest.mark.parametrize("status", ["REVIEW_IN_PROGRESS", "UPDATE_COMPLETE"])
def test_a_state_from_before_the_operation_is_not_taken_for_its_end(formation, cloud, patience, status):
    kept = formation.put("net", status)

    def late():
        formation._set(kept, "UPDATE_IN_PROGRESS")
        kept.steps.append(lambda: formation._set(kept, "UPDATE_ROLLBACK_COMPLETE"))

    watch = Watch(cloud.client("cloudformation"), kept.arn, "net", Run(lambda event: None, patience=patience))
    kept.steps = [lambda: None, lambda: None, late]
    assert watch.until_settled(started=True).status == "UPDATE_ROLLBACK_COMPLETE"


def test_what_an_earlier_stack_left_behind_is_explained(cloud, stack, patience):
    kept = {**BUCKET, "Properties": {"Fail": "acme-data already exists"}}
    error = deploy(cloud, [stack("data", {"Store": kept})], patience=patience).results[0].error
    assert "acme-data already exists" in str(error)
    assert "delete it or import it into the stack" in str(error)


def test_the_value_of_a_key_that_another_output_names_is_picked_from_a_list(cloud, stack, patience):
    made = stack(
        "made",
        {"Vpc": VPC},
        outputs={"Endpoints": "eu-west-1c:vpce-3,eu-west-1a:vpce-1", "Zone": "eu-west-1a"},
    )
    wanted = KeyedOutput(made.id, "Endpoints", "Zone")
    user = stack("user", {"Key": {"Type": "AWS::KMS::Key"}}, parameters={"Endpoint": wanted})
    assert deploy(cloud, [user, made], patience=patience).ok
    assert cloud.formation(ACCOUNT, REGION).stack("user").parameters == {"Endpoint": "vpce-1"}
