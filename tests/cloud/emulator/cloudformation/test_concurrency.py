"""Several operations at once (CloudFormation User Guide, "Stack status codes"; API reference, DeleteStack,
CancelUpdateStack): one works on a stack at a time, different stacks do not wait for each other."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from moto import mock_aws
from tests.cloud.emulator.cloudformation.conftest import Cloud

from ringwork.cloud.emulator.cloudformation import Engine
from ringwork.cloud.emulator.errors import AwsError


class Gate:
    """Holds the creation of the log group `/gate` until it is opened."""

    def __init__(self) -> None:
        self.reached, self.opened = threading.Event(), threading.Event()

    def __call__(self, params: dict[str, Any], **_rest: Any) -> None:
        if b'"/gate"' in params["body"]:
            self.reached.set()
            assert self.opened.wait(30)


@pytest.fixture
def gate() -> Iterator[Gate]:
    held = Gate()
    yield held
    held.opened.set()


@pytest.fixture
def cloud(gate: Gate) -> Iterator[Cloud]:
    def client(service: str, _account: str, region: str, /, **_who: Any) -> Any:
        made = boto3.client(service, region_name=region)
        made.meta.events.register("before-call.cloudwatch-logs.CreateLogGroup", gate)
        return made

    with mock_aws():
        cloud = Cloud(Engine(client))
        yield cloud
        gate.opened.set()
        cloud.engine.wait_idle(30)


def group(name: str, **attributes: object) -> dict[str, object]:
    return {"Type": "AWS::Logs::LogGroup", "Properties": {"LogGroupName": name}, **attributes}


BODY = '{"Resources": {"A": {"Type": "AWS::Logs::LogGroup", "Properties": {"LogGroupName": "%s"}}}}'
GATE = BODY % "/gate"
AFTER = {"A": group("/gate"), "B": group("/b", DependsOn="A")}


def groups(cloud: Cloud) -> list[str]:
    return [item["logGroupName"] for item in cloud.client("logs").describe_log_groups()["logGroups"]]


@pytest.mark.parametrize(
    ("operation", "parameters", "message"),
    [
        ("CreateStack", {"TemplateBody": GATE}, "Stack .s. already exists"),
        ("UpdateStack", {"TemplateBody": GATE}, "is in CREATE_IN_PROGRESS state and can not be updated"),
        (
            "CreateChangeSet",
            {"ChangeSetName": "c", "TemplateBody": GATE},
            "is in CREATE_IN_PROGRESS state and can not be updated",
        ),
        ("CancelUpdateStack", {}, "CancelUpdateStack cannot be called from current stack status"),
        ("ContinueUpdateRollback", {}, "can not continue update rollback"),
    ],
)
def test_a_stack_that_is_worked_on_takes_no_second_operation(cloud, gate, operation, parameters, message):
    cloud.call("CreateStack", StackName="s", TemplateBody=GATE)
    assert gate.reached.wait(30)
    with pytest.raises(AwsError, match=message):
        cloud.call(operation, StackName="s", **parameters)
    gate.opened.set()
    assert cloud.settled("s") == "CREATE_COMPLETE"


def test_a_stack_that_is_updated_cannot_be_deleted(cloud, gate):
    cloud.create("s", {"A": group("/a")})
    cloud.call("UpdateStack", StackName="s", TemplateBody=GATE)
    assert gate.reached.wait(30)
    with pytest.raises(AwsError, match="cannot be deleted while in status UPDATE_IN_PROGRESS"):
        cloud.call("DeleteStack", StackName="s")
    gate.opened.set()
    assert cloud.settled("s") == "UPDATE_COMPLETE"


def test_different_stacks_do_not_wait_for_each_other(cloud, gate):
    cloud.call("CreateStack", StackName="s", TemplateBody=GATE)
    assert gate.reached.wait(30)
    cloud.call("CreateChangeSet", StackName="o", ChangeSetName="c", ChangeSetType="CREATE", TemplateBody=GATE)
    assert cloud.call("DescribeStacks", StackName="o")["Stacks"][0]["StackStatus"] == "REVIEW_IN_PROGRESS"
    assert cloud.stack("s")["StackStatus"] == "CREATE_IN_PROGRESS"


def test_of_two_simultaneous_updates_one_is_taken(cloud):
    cloud.create("s", {"A": group("/a")})
    barrier, outcomes = threading.Barrier(4), []

    def update(number: int) -> None:
        barrier.wait()
        try:
            cloud.call("UpdateStack", StackName="s", TemplateBody=BODY % f"/{number}")
            outcomes.append("taken")
        except AwsError as error:
            outcomes.append(error.code)

    threads = [threading.Thread(target=update, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert cloud.settled("s") == "UPDATE_COMPLETE"
    # one after the other may be taken, but no two at once: there is one group, that of a taken update
    assert set(outcomes) <= {"taken", "ValidationError"}
    assert "taken" in outcomes
    assert len(groups(cloud)) == 1


def test_a_stack_deleted_while_it_is_made_goes_with_what_was_made(cloud, gate):
    cloud.call(
        "CreateStack",
        StackName="s",
        TemplateBody=GATE.replace("}}}}", '}}, "B": {"Type": "AWS::Logs::LogGroup", "DependsOn": "A"}}}'),
    )
    assert gate.reached.wait(30)
    identifier = cloud.stack("s")["StackId"]
    cloud.call("DeleteStack", StackName="s")
    gate.opened.set()
    assert cloud.settled(identifier) == "DELETE_COMPLETE"
    assert groups(cloud) == []
    assert not any(logical == "B" for logical, _status in cloud.events(identifier))


def test_a_cancelled_update_is_rolled_back(cloud, gate):
    cloud.create("s", {"Old": group("/old")})
    cloud.call(
        "UpdateStack",
        StackName="s",
        TemplateBody=GATE.replace("}}}}", '}}, "B": {"Type": "AWS::Logs::LogGroup", "DependsOn": "A"}}}'),
    )
    assert gate.reached.wait(30)
    cloud.call("CancelUpdateStack", StackName="s")
    gate.opened.set()
    assert cloud.settled("s") == "UPDATE_ROLLBACK_COMPLETE"
    assert groups(cloud) == ["/old"]
