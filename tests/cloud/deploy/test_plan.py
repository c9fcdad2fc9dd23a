"""Planning: what it shows, and that it leaves nothing behind."""

from __future__ import annotations

import json

from ringwork.cloud.deploy import Action, What, deploy, plan
from ringwork.estate.stack import StackOutput

VPC = {"Type": "AWS::EC2::VPC", "Properties": {"CidrBlock": "10.0.0.0/16"}}
GROUP = {"Type": "AWS::EC2::SecurityGroup", "Properties": {"GroupDescription": "a", "GroupName": "a"}}
BUCKET = {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": "one"}}


def test_a_plan_for_a_new_stack_adds_everything_and_leaves_nothing(cloud, formation, stack, patience):
    shown = plan(cloud, [stack("net", {"Vpc": VPC, "A": VPC, "B": VPC})], patience=patience)
    (net,) = shown.stacks
    assert net.what is What.CREATE
    assert not net.estimated
    assert [(c.logical, c.action) for c in net.changes] == [(x, Action.ADD) for x in ("Vpc", "A", "B")]
    assert [s for s in formation.stacks if s.status != "DELETE_COMPLETE"] == []


def test_a_plan_does_not_touch_a_stack_that_waits_for_somebody_elses_change_set(
    cloud, formation, stack, patience
):
    cloud.client("cloudformation").create_change_set(
        StackName="net", ChangeSetName="theirs", ChangeSetType="CREATE", TemplateBody='{"Resources": {}}'
    )
    plan(cloud, [stack("net", {"Vpc": VPC})], patience=patience)
    assert formation.stack("net").status == "REVIEW_IN_PROGRESS"
    assert [s["ChangeSetName"] for s in formation.stack("net").change_sets.values()] == ["theirs"]


def test_a_plan_tells_added_changed_replaced_and_removed_apart(cloud, formation, stack, patience):
    before = {"Vpc": VPC, "Group": GROUP, "Store": BUCKET, "Old": VPC}
    deploy(cloud, [stack("net", before)], patience=patience)
    after = {
        "Vpc": {**VPC, "Properties": {"CidrBlock": "10.0.0.0/16", "EnableDnsSupport": True}},
        "Group": {**GROUP, "Properties": {"GroupDescription": "a", "GroupName": "b"}},
        "Store": {**BUCKET, "Properties": {"BucketName": "two"}},
        "New": VPC,
    }
    shown = plan(cloud, [stack("net", after)], patience=patience)
    changes = {c.logical: c for c in shown.stacks[0].changes}
    assert {name: c.action for name, c in changes.items()} == {
        "Vpc": Action.CHANGE,
        "Group": Action.REPLACE,
        "Store": Action.REPLACE,
        "Old": Action.REMOVE,
        "New": Action.ADD,
    }
    assert [p.name for p in changes["Vpc"].properties] == ["EnableDnsSupport"]
    assert changes["Group"].properties[0].recreates == "always"
    assert [c.logical for c in shown.stacks[0].destroys_data] == ["Store"]
    assert shown.destroys_data
    assert formation.stack("net").change_sets == {}
    assert formation.stack("net").template["Resources"] == before


def test_a_plan_of_what_is_deployed_is_empty(cloud, stack, patience):
    net = stack("net", {"Vpc": VPC})
    deploy(cloud, [net], patience=patience)
    assert plan(cloud, [net], patience=patience).empty


def test_inputs_from_stacks_that_are_not_deployed_are_known_after_deploy(cloud, formation, stack, patience):
    net = stack("net", {"Vpc": VPC}, outputs={"VpcId": {"Ref": "Vpc"}})
    data = stack("data", {"Group": GROUP}, parameters={"Vpc": StackOutput(net.id, "VpcId")})
    shown = plan(cloud, [net, data], patience=patience)
    later = shown.stacks[1]
    assert later.estimated
    assert later.parameters == {"Vpc": None}
    assert [c.action for c in later.changes] == [Action.ADD]
    assert "known after deploy of `net`" in later.notes[0]
    assert [p["StackName"] for name, p in formation.calls if name == "CreateChangeSet"] == ["net"]


def test_a_new_output_for_a_deployed_stack_is_estimated_from_both_templates(cloud, stack, patience):
    net = stack("net", {"Vpc": VPC}, outputs={"VpcId": {"Ref": "Vpc"}})
    data = stack("data", {"Group": GROUP, "Store": BUCKET}, parameters={"Vpc": StackOutput(net.id, "VpcId")})
    deploy(cloud, [net, data], patience=patience)
    more = stack("net", {"Vpc": VPC}, outputs={"VpcId": {"Ref": "Vpc"}, "Cidr": "10.0.0.0/16"})
    parameters = {"Vpc": StackOutput(net.id, "VpcId"), "Cidr": StackOutput(net.id, "Cidr")}
    renamed = {**GROUP, "Properties": {"GroupDescription": "b", "GroupName": "a"}}
    shown = plan(cloud, [more, stack("data", {"Group": renamed}, parameters=parameters)], patience=patience)
    later = shown.stacks[1]
    assert later.estimated
    # GroupDescription is create-only (EC2 SecurityGroup: update requires replacement)
    assert {(c.logical, c.action) for c in later.changes} == {
        ("Group", Action.MAY_REPLACE),
        ("Store", Action.REMOVE),
    }
    assert [c.logical for c in later.destroys_data] == ["Store"]


def test_a_broken_stack_is_planned_as_made_anew(cloud, formation, stack, patience):
    formation.put("net", "ROLLBACK_COMPLETE", {"Resources": {"Vpc": VPC}})
    shown = plan(cloud, [stack("net", {"Vpc": VPC})], patience=patience).stacks[0]
    assert shown.what is What.RECREATE
    assert "ROLLBACK_COMPLETE" in shown.notes[0]
    assert formation.stack("net").status == "ROLLBACK_COMPLETE"


def test_stacks_of_ours_that_left_the_blueprint_are_listed_and_others_are_not(
    cloud, formation, stack, patience
):
    ours, theirs = {"ringwork:organization": "acme"}, {"ringwork:organization": "rival"}
    formation.put("ringwork-acme-old-network", "CREATE_COMPLETE", tags=ours)
    formation.put("ringwork-bootstrap", "CREATE_COMPLETE", tags=ours)
    formation.put("ringwork-rival-x-network", "CREATE_COMPLETE", tags=theirs)
    formation.put("somebody", "CREATE_COMPLETE")
    deploy(cloud, [stack("net", {"Vpc": VPC})], patience=patience)
    shown = plan(cloud, [stack("net", {"Vpc": VPC})], patience=patience)
    assert [orphan.name for orphan in shown.orphans] == ["ringwork-acme-old-network"]


def test_a_plan_is_plain_json(cloud, stack, patience):
    shown = plan(cloud, [stack("net", {"Vpc": VPC, "Store": BUCKET})], patience=patience)
    read = json.loads(json.dumps(shown.to_json()))
    assert read["stacks"][0]["changes"][0]["action"] == "add"
    assert read["empty"] is False
