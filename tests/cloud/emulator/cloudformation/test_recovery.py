"""A process that dies in the middle of an operation: the saved state lets the next deployment complete."""

from __future__ import annotations

import json

import boto3
import pytest

from ringwork.cloud.emulator.cloudformation import Engine

# the death of a thread is what these tests are about
pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")


def log_group(name, **properties):
    return {"Type": "AWS::Logs::LogGroup", "Properties": {"LogGroupName": name, **properties}}


FIRST = {
    "A": log_group("/a", RetentionInDays=7),
    "B": {**log_group("/b"), "DependsOn": "A"},
    "C": {**log_group("/c"), "DependsOn": "B"},
}
SECOND = {
    "A": log_group("/a", RetentionInDays=30),
    "B": {**log_group("/b-again"), "DependsOn": "A"},
    "D": {**log_group("/d"), "DependsOn": "B"},
}


class Death:
    """In place of the lock that engines hold for each step: the process dies before step `at`.

    What `Engine.paused` saves is saved between two steps, so this is every state that can be read back.
    """

    def __init__(self, engine, at):
        self.engine, self.at, self.saved = engine, at, None

    def __enter__(self):
        self.at -= 1
        if self.at < 0:
            self.saved = self.saved or json.dumps(self.engine.dump())
            raise SystemExit

    def __exit__(self, *_error):
        return None


def die(cloud, at, operation):
    """Run `operation` until the process dies; then `cloud` is a new process. False: it did not die."""
    death = Death(cloud.engine, at)
    cloud.engine._stacks.step = death
    operation()
    cloud.engine.wait_idle(30)
    if death.saved is None:
        return False
    cloud.engine = Engine(lambda service, _account, region, **_who: boto3.client(service, region_name=region))
    cloud.engine.load(json.loads(death.saved))
    return True


def start(cloud, operation, resources):
    return lambda: cloud.call(operation, StackName="s", TemplateBody=json.dumps({"Resources": resources}))


def groups(cloud):
    found = cloud.client("logs").describe_log_groups()["logGroups"]
    return {group["logGroupName"]: group.get("retentionInDays") for group in found}


@pytest.mark.parametrize("at", range(4))
@pytest.mark.parametrize("then", ["update", "delete"])
def test_creation(cloud, at, then):
    if not die(cloud, at, start(cloud, "CreateStack", FIRST)):
        assert at == len(FIRST)
        return
    assert cloud.stack("s")["StackStatus"] == "CREATE_FAILED"
    assert "interrupted" in cloud.stack("s")["StackStatusReason"]
    if then == "update":
        assert cloud.update("s", FIRST) == "UPDATE_COMPLETE"
    else:
        assert cloud.delete("s") == "DELETE_COMPLETE"
        assert groups(cloud) == {}
        assert cloud.create("s", FIRST) == "CREATE_COMPLETE"
    assert groups(cloud) == {"/a": 7, "/b": None, "/c": None}


@pytest.mark.parametrize("at", range(6))
def test_update(cloud, at):
    cloud.create("s", FIRST)
    # changed A, replaced B, new D; then the old B and C go
    if not die(cloud, at, start(cloud, "UpdateStack", SECOND)):
        assert at == 5
        return
    assert cloud.stack("s")["StackStatus"] == ("UPDATE_FAILED" if at < 3 else "UPDATE_COMPLETE")
    assert cloud.update("s", SECOND) == "UPDATE_COMPLETE"
    assert groups(cloud) == {"/a": 30, "/b-again": None, "/d": None}
    assert cloud.delete("s") == "DELETE_COMPLETE"
    assert groups(cloud) == {}


@pytest.mark.parametrize("at", range(4))
def test_the_rollback_of_an_update(cloud, at):
    cloud.create("s", FIRST)
    broken = {**SECOND, "Z": {**log_group("/a"), "DependsOn": "D"}}
    # A, B, D, then Z fails: the rollback sets A back, then deletes D and the new B
    if not die(cloud, 4 + at, start(cloud, "UpdateStack", broken)):
        assert at == 3
        return
    assert cloud.stack("s")["StackStatus"] == ("UPDATE_FAILED" if at < 1 else "UPDATE_ROLLBACK_COMPLETE")
    assert cloud.update("s", SECOND) == "UPDATE_COMPLETE"
    assert groups(cloud) == {"/a": 30, "/b-again": None, "/d": None}


@pytest.mark.parametrize("at", range(4))
def test_deletion(cloud, at):
    cloud.create("s", FIRST)
    if not die(cloud, at, lambda: cloud.call("DeleteStack", StackName="s")):
        assert at == len(FIRST)
        return
    assert cloud.stack("s")["StackStatus"] == "DELETE_FAILED"
    assert cloud.delete("s") == "DELETE_COMPLETE"
    assert groups(cloud) == {}


def test_a_change_set_that_was_being_executed(cloud):
    body = json.dumps({"Resources": FIRST})
    cloud.call("CreateChangeSet", StackName="s", ChangeSetName="c", ChangeSetType="CREATE", TemplateBody=body)
    assert die(cloud, 1, lambda: cloud.call("ExecuteChangeSet", StackName="s", ChangeSetName="c"))
    described = cloud.call("DescribeChangeSet", StackName="s", ChangeSetName="c")
    assert described["ExecutionStatus"] == "EXECUTE_FAILED"
    cloud.call("CreateChangeSet", StackName="s", ChangeSetName="d", TemplateBody=body)
    cloud.call("ExecuteChangeSet", StackName="s", ChangeSetName="d")
    assert cloud.settled("s") == "UPDATE_COMPLETE"
    assert set(groups(cloud)) == {"/a", "/b", "/c"}


def test_what_is_saved_is_what_is_loaded(cloud):
    cloud.create("s", FIRST, Tags=[{"Key": "a", "Value": "b"}], Outputs={"A": {"Value": {"Ref": "A"}}})
    saved = json.dumps(cloud.engine.dump())
    other = Engine(lambda service, _account, region, **_who: boto3.client(service, region_name=region))
    other.load(json.loads(saved))
    assert json.dumps(other.dump()) == saved
    before, cloud.engine = cloud.stack("s"), other
    assert cloud.stack("s") == before


@pytest.mark.parametrize("data", [{}, {"format": 0, "stacks": []}, {"format": 1, "stacks": [{"id": "x"}]}])
def test_other_state_is_refused(cloud, data):
    with pytest.raises(ValueError, match="stack state"):
        cloud.engine.load(data)


def test_settling_is_reported_once_for_each_operation(cloud):
    seen = []
    cloud.engine.on_settled = lambda: seen.append(cloud.engine.dump()["stacks"][0]["status"])
    cloud.create("s", FIRST)
    cloud.update("s", SECOND)
    cloud.delete("s")
    assert seen == ["CREATE_COMPLETE", "UPDATE_COMPLETE", "DELETE_COMPLETE"]


class Vandal:
    """In place of the same lock: somebody deletes a log group before step `at`."""

    def __init__(self, logs, at):
        self.logs, self.at = logs, at

    def __enter__(self):
        self.at -= 1
        if self.at == 0:
            self.logs.delete_log_group(logGroupName="/a")

    def __exit__(self, *_error):
        return None


@pytest.mark.parametrize("skip", [[], ["A"]])
def test_an_update_rollback_that_fails_can_be_continued(cloud, skip):
    cloud.create("s", FIRST)
    broken = {**FIRST, "A": SECOND["A"], "Z": {**log_group("/b"), "DependsOn": "C"}}
    cloud.engine._stacks.step = Vandal(cloud.client("logs"), 2)
    assert cloud.update("s", broken) == "UPDATE_ROLLBACK_FAILED"
    assert cloud.stack("s")["StackStatusReason"] == "The following resource(s) failed to update: [A]. "
    cloud.call("ContinueUpdateRollback", StackName="s")
    assert cloud.settled("s") == "UPDATE_ROLLBACK_FAILED"
    if not skip:
        cloud.client("logs").create_log_group(logGroupName="/a")
    cloud.call("ContinueUpdateRollback", StackName="s", ResourcesToSkip=skip)
    assert cloud.settled("s") == "UPDATE_ROLLBACK_COMPLETE"
    assert groups(cloud) == {"/b": None, "/c": None, **({} if skip else {"/a": 7})}
