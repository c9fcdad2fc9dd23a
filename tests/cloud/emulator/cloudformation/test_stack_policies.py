"""Stack policies (CloudFormation User Guide, "Prevent updates to stack resources"; API reference,
SetStackPolicy, GetStackPolicy, UpdateStack)."""

from __future__ import annotations

import json

import pytest

from ringwork.cloud.emulator.cloudformation import stack_policies
from ringwork.cloud.emulator.errors import AwsError


def group(name: str, days: int = 7) -> dict[str, object]:
    return {"Type": "AWS::Logs::LogGroup", "Properties": {"LogGroupName": name, "RetentionInDays": days}}


def statement(effect: str, action: str, resource: str = "*", **rest: object) -> dict[str, object]:
    return {"Effect": effect, "Action": action, "Principal": "*", "Resource": resource, **rest}


def policy(*statements: dict[str, object]) -> str:
    return json.dumps({"Statement": list(statements)})


ALLOW_ALL = statement("Allow", "Update:*")
TYPE = "AWS::RDS::DBInstance"


@pytest.mark.parametrize(
    ("body", "action", "logical", "type", "allowed"),
    [
        # the guide's first example: everything but ProductionDatabase
        (
            policy(ALLOW_ALL, statement("Deny", "Update:*", "LogicalResourceId/ProductionDatabase")),
            *("Update:Modify", "ProductionDatabase", TYPE, False),
        ),
        (
            policy(ALLOW_ALL, statement("Deny", "Update:*", "LogicalResourceId/ProductionDatabase")),
            *("Update:Modify", "Web", TYPE, True),
        ),
        # Deny overrides Allow, whatever their order
        (policy(statement("Deny", "Update:*"), ALLOW_ALL), "Update:Modify", "A", TYPE, False),
        # "Prevent updates to all RDS DB instances"
        (
            policy(
                statement("Deny", "Update:*", Condition={"StringEquals": {"ResourceType": [TYPE]}}), ALLOW_ALL
            ),
            *("Update:Replace", "A", TYPE, False),
        ),
        (
            policy(
                statement("Deny", "Update:*", Condition={"StringEquals": {"ResourceType": [TYPE]}}), ALLOW_ALL
            ),
            *("Update:Replace", "A", "AWS::EC2::Instance", True),
        ),
        # "StringLike": every EC2 type
        (
            policy(
                ALLOW_ALL,
                statement("Deny", "Update:*", Condition={"StringLike": {"ResourceType": ["AWS::EC2::*"]}}),
            ),
            *("Update:Delete", "A", "AWS::EC2::Instance", False),
        ),
        # what no statement allows is protected
        (
            policy(statement("Allow", "Update:*", "LogicalResourceId/Web*")),
            "Update:Modify",
            "Db",
            TYPE,
            False,
        ),
        (
            policy(statement("Allow", "Update:*", "LogicalResourceId/Web*")),
            *("Update:Modify", "WebServer", TYPE, True),
        ),
        # NotAction: everything but deletion
        (
            policy({"Effect": "Allow", "NotAction": "Update:Delete", "Principal": "*", "Resource": "*"}),
            *("Update:Delete", "A", TYPE, False),
        ),
        (
            policy({"Effect": "Allow", "NotAction": "Update:Delete", "Principal": "*", "Resource": "*"}),
            *("Update:Replace", "A", TYPE, True),
        ),
        (None, "Update:Delete", "A", TYPE, True),
        ("{}", "Update:Delete", "A", TYPE, True),
    ],
)
def test_what_a_policy_allows(body, action, logical, type, allowed):
    assert (stack_policies.refusal(body, action, logical, type) is None) is allowed


@pytest.mark.parametrize(
    "body",
    [
        "no json",
        policy({**ALLOW_ALL, "Principal": "somebody"}),
        policy({**ALLOW_ALL, "Action": "Delete:*"}),
        policy({**ALLOW_ALL, "Resource": "arn:aws:s3:::b"}),
        policy({"Effect": "Allow", "Action": "Update:*", "Principal": "*"}),
        '{"Statements": []}',
    ],
)
def test_what_is_no_stack_policy_is_refused(cloud, body):
    cloud.create("logs", {"A": group("/a")})
    with pytest.raises(AwsError, match="Error validating stack policy: Invalid stack policy") as error:
        cloud.call("SetStackPolicy", StackName="logs", StackPolicyBody=body)
    assert error.value.code == "ValidationError"
    assert "StackPolicyBody" not in cloud.call("GetStackPolicy", StackName="logs")


def test_a_denied_modification_rolls_the_update_back(cloud):
    cloud.create("logs", {"A": group("/a"), "B": group("/b")})
    body = policy(ALLOW_ALL, statement("Deny", "Update:Modify", "LogicalResourceId/B"))
    cloud.call("SetStackPolicy", StackName="logs", StackPolicyBody=body)
    assert cloud.call("GetStackPolicy", StackName="logs") == {"StackPolicyBody": body}
    assert cloud.update("logs", {"A": group("/a", 14), "B": group("/b", 14)}) == "UPDATE_ROLLBACK_COMPLETE"
    assert (
        "Action denied by stack policy: Statement [#2] does not allow [Update:Modify] for resource "
        "[LogicalResourceId/B];"
    ) in cloud.reasons("logs")
    groups = cloud.client("logs").describe_log_groups()["logGroups"]
    assert [item["retentionInDays"] for item in groups] == [7, 7]
    assert cloud.update("logs", {"A": group("/a", 14), "B": group("/b")}) == "UPDATE_COMPLETE"


@pytest.mark.parametrize(
    ("action", "resources"),
    [("Update:Replace", {"A": group("/new"), "B": group("/b")}), ("Update:Delete", {"B": group("/b")})],
)
def test_a_denied_replacement_or_deletion_keeps_the_resource(cloud, action, resources):
    cloud.create("logs", {"A": group("/a"), "B": group("/b")})
    body = policy(ALLOW_ALL, statement("Deny", action))
    cloud.call("SetStackPolicy", StackName="logs", StackPolicyBody=body)
    assert cloud.update("logs", resources) == "UPDATE_ROLLBACK_COMPLETE"
    assert cloud.physical("logs", "A") == "/a"
    names = [item["logGroupName"] for item in cloud.client("logs").describe_log_groups()["logGroups"]]
    assert names == ["/a", "/b"]


def test_a_policy_for_one_update_holds_instead_of_the_stacks_own(cloud):
    deny, allow = policy(statement("Deny", "Update:*")), policy(ALLOW_ALL)
    cloud.create("logs", {"A": group("/a")}, StackPolicyBody=deny)
    assert cloud.update("logs", {"A": group("/a", 14)}) == "UPDATE_ROLLBACK_COMPLETE"
    changed = {"A": group("/a", 14)}
    assert cloud.update("logs", changed, StackPolicyDuringUpdateBody=allow) == "UPDATE_COMPLETE"
    assert cloud.call("GetStackPolicy", StackName="logs") == {"StackPolicyBody": deny}


def test_a_policy_given_with_an_update_holds_from_then_on(cloud):
    cloud.create("logs", {"A": group("/a")})
    deny = policy(statement("Deny", "Update:*"))
    assert cloud.update("logs", {"A": group("/a", 14)}, StackPolicyBody=deny) == "UPDATE_COMPLETE"
    assert cloud.update("logs", {"A": group("/a", 30)}) == "UPDATE_ROLLBACK_COMPLETE"


def test_a_stack_policy_does_not_stop_the_deletion_of_the_stack(cloud):
    cloud.create("logs", {"A": group("/a")}, StackPolicyBody=policy(statement("Deny", "Update:*")))
    assert cloud.delete("logs") == "DELETE_COMPLETE"


def test_a_policy_is_given_in_one_way_only(cloud):
    cloud.create("logs", {"A": group("/a")})
    with pytest.raises(AwsError, match="You cannot specify both StackPolicyURL and StackPolicyBody"):
        cloud.call(
            "SetStackPolicy",
            StackName="logs",
            StackPolicyBody="{}",
            StackPolicyURL="https://b.s3.amazonaws.com/k",
        )


def test_a_policy_can_come_from_a_bucket(cloud):
    cloud.create("logs", {"A": group("/a")})
    s3, body = cloud.client("s3"), policy(ALLOW_ALL)
    s3.create_bucket(Bucket="policies", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    s3.put_object(Bucket="policies", Key="p.json", Body=body)
    url = "https://policies.s3.eu-west-1.amazonaws.com/p.json"
    cloud.call("SetStackPolicy", StackName="logs", StackPolicyURL=url)
    assert cloud.call("GetStackPolicy", StackName="logs") == {"StackPolicyBody": body}
