"""Six common ways to write "SageMaker trains inside our subnets only": two hold, four let something through.

What each of the four lets through follows from IAM user guide, "Set operators for multivalued context keys":
`ForAllValues` is true for an absent key, `ForAnyValue` is false for it and needs no more than one value that
fits.
"""

from __future__ import annotations

from typing import Any

import pytest

from ringwork.access import Policies, Principal, Request, evaluate, parse
from ringwork.access.symbolic import Question, ask, match

TRAIN = "sagemaker:CreateTrainingJob"
KEY = "sagemaker:VpcSubnets"
OURS = ("subnet-a", "subnet-b")
ROLE = "arn:aws:iam::111122223333:role/lab"
WHO = Principal("role", "111122223333", "arn:aws:sts::111122223333:assumed-role/lab/s", ROLE)


def _statement(effect: str, **condition: Any) -> dict[str, Any]:
    operators = {name.replace("_", ":"): {KEY: value} for name, value in condition.items()}
    return {"Effect": effect, "Action": TRAIN, "Resource": "*", "Condition": operators}


ALL = {"Effect": "Allow", "Action": "sagemaker:*", "Resource": "*"}
WAYS: dict[str, list[dict[str, Any]]] = {
    "allow for all values": [_statement("Allow", ForAllValues_StringEquals=list(OURS))],
    "allow for all values, and some": [
        _statement("Allow", ForAllValues_StringEquals=list(OURS), Null="false")
    ],
    "allow for any value": [_statement("Allow", ForAnyValue_StringEquals=list(OURS))],
    "deny any other value": [ALL, _statement("Deny", ForAnyValue_StringNotEquals=list(OURS))],
    "deny all other values": [ALL, _statement("Deny", ForAllValues_StringNotEquals=list(OURS))],
    "deny any other value, and none": [
        ALL,
        _statement("Deny", ForAnyValue_StringNotEquals=list(OURS)),
        _statement("Deny", Null="true"),
    ],
}
NO_VPC = match(TRAIN, condition={"Null": {KEY: "true"}})
FOREIGN = match(TRAIN, condition={"ForAnyValue:StringNotEquals": {KEY: list(OURS)}})


def _policies(way: str) -> Policies:
    document = {"Version": "2012-10-17", "Statement": WAYS[way]}
    return Policies(identity=(parse(document, kind="identity", name=way),))


def _found(way: str, kind: Any) -> tuple[str, ...] | bool | None:
    """The subnets of a request that gets through; None: it names none; False: proved that there is none."""
    answer = ask(Question(WHO, kind, _policies(way)))
    if answer.status == "proved":
        return False
    assert answer.witness is not None
    assert evaluate(answer.witness, _policies(way)).allowed
    named = answer.witness.context.get(KEY.lower())
    assert named is None or isinstance(named, tuple)
    return named or None


@pytest.mark.parametrize("way", ["allow for all values, and some", "deny any other value, and none"])
def test_two_ways_are_proved_and_still_let_training_happen(way: str) -> None:
    assert _found(way, NO_VPC) is False
    assert _found(way, FOREIGN) is False
    for subnets in (OURS[:1], OURS):
        job = "arn:aws:sagemaker:eu-west-1:111122223333:training-job/x"
        assert evaluate(Request(WHO, TRAIN, job, None, {KEY: subnets}), _policies(way)).allowed


@pytest.mark.parametrize("way", ["allow for all values", "deny any other value"])
def test_two_ways_let_a_job_without_a_vpc_through(way: str) -> None:
    assert _found(way, NO_VPC) is None
    assert _found(way, FOREIGN) is False


def test_one_way_lets_a_foreign_subnet_beside_one_of_ours_through() -> None:
    named = _found("allow for any value", FOREIGN)
    assert isinstance(named, tuple)
    assert set(named) & set(OURS)
    assert set(named) - set(OURS)
    assert _found("allow for any value", NO_VPC) is False


def test_one_way_lets_mixed_subnets_through_and_refuses_those_without_a_vpc() -> None:
    named = _found("deny all other values", FOREIGN)
    assert isinstance(named, tuple)
    assert set(named) & set(OURS)
    assert set(named) - set(OURS)
    # absent: for all of no values it holds, so the Deny does
    assert _found("deny all other values", NO_VPC) is False


@pytest.mark.parametrize("way", list(WAYS))
def test_a_rule_on_one_action_is_walked_around_by_another(way: str) -> None:
    """Unless nothing else is allowed, as in those that only allow: then nothing but training is possible."""
    other = match("sagemaker:CreateProcessingJob", condition={"Null": {KEY: "true"}})
    answer = ask(Question(WHO, other, _policies(way)))
    assert answer.status == ("proved" if way.startswith("allow") else "violated")
