"""Removing stacks: the dry run, consent, order, what stays."""

from __future__ import annotations

import pytest

from ringwork.cloud.deploy import Gone, deploy, destroy, prune, removal
from ringwork.cloud.errors import OperationError
from ringwork.estate.stack import StackOutput

VPC = {"Type": "AWS::EC2::VPC", "Properties": {"CidrBlock": "10.0.0.0/16"}}
BUCKET = {"Type": "AWS::S3::Bucket", "DeletionPolicy": "Retain"}
GROUP = {"Type": "AWS::Logs::LogGroup"}
OURS = {"ringwork:organization": "acme"}


@pytest.fixture
def two(cloud, stack, patience):
    net = stack("net", {"Vpc": VPC}, outputs={"VpcId": {"Ref": "Vpc"}})
    data = stack("data", {"Store": BUCKET, "Log": GROUP}, parameters={"Vpc": StackOutput(net.id, "VpcId")})
    assert deploy(cloud, [net, data], patience=patience).ok
    return [net, data]


def test_a_dry_run_lists_what_goes_and_what_stays_and_touches_nothing(cloud, formation, two):
    formation.calls.clear()
    shown = removal(cloud, two)
    data = next(s for s in shown.stacks if s.name == "data")
    assert [leaving.logical for leaving in data.goes] == ["Log"]
    assert [leaving.logical for leaving in data.retained] == ["Store"]
    assert data.protected
    assert [leaving.logical for leaving in shown.destroys_data] == ["Log"]
    assert set(formation.operations()) == {"DescribeStacks", "GetTemplate", "ListStackResources"}


def test_without_confirmation_nothing_is_touched(cloud, formation, two, patience):
    formation.calls.clear()
    with pytest.raises(OperationError, match="confirmation"):
        destroy(cloud, two, patience=patience)
    assert formation.calls == []


def test_stacks_go_in_reverse_order_and_what_stays_is_listed(cloud, formation, two, patience):
    gone = destroy(cloud, two, confirm=True, patience=patience)
    assert gone.ok
    assert [leaving.logical for leaving in gone.retained] == ["Store"]
    deleted = [p["StackName"].split("/")[1] for name, p in formation.calls if name == "DeleteStack"]
    assert deleted == ["data", "net"]
    assert all(s.status == "DELETE_COMPLETE" for s in formation.stacks)


def test_a_second_time_there_is_nothing_left(cloud, two, patience):
    destroy(cloud, two, confirm=True, patience=patience)
    again = destroy(cloud, two, confirm=True, patience=patience)
    assert [result.outcome for result in again.results] == [Gone.ABSENT, Gone.ABSENT]


def test_a_stack_that_cannot_go_keeps_those_that_it_needs(cloud, formation, two, patience):
    formation.stack("data").template["Resources"]["Log"]["Properties"] = {"Stuck": "in use"}
    gone = destroy(cloud, two, confirm=True, patience=patience)
    assert [result.outcome for result in gone.results] == [Gone.SKIPPED, Gone.FAILED]
    with pytest.raises(OperationError, match=r"`Log` \(AWS::Logs::LogGroup\): in use"):
        gone.raise_for_failure()
    assert formation.stack("net").status == "CREATE_COMPLETE"


def test_orphans_go_by_their_rings_and_not_with_data_unless_allowed(cloud, formation, two, patience):
    for ring, resources in (("network", {"Vpc": VPC}), ("data", {"Log": GROUP}), ("identity", {})):
        formation.put(f"ringwork-acme-old-{ring}", "CREATE_COMPLETE", {"Resources": resources}, tags=OURS)
    with pytest.raises(OperationError, match="`Log`"):
        prune(cloud, two, patience=patience)
    formation.calls.clear()
    assert prune(cloud, two, allow_data_loss=True, patience=patience).ok
    deleted = [p["StackName"].split("/")[1] for name, p in formation.calls if name == "DeleteStack"]
    assert deleted == [f"ringwork-acme-old-{ring}" for ring in ("identity", "data", "network")]
    assert {s.name for s in formation.stacks if s.status != "DELETE_COMPLETE"} == {"net", "data"}
