"""Laws of stack policies and of the failure tolerance of StackSets."""

from __future__ import annotations

import json
import threading
from types import SimpleNamespace
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from ringwork.cloud.emulator.cloudformation import stack_policies, stack_set_work
from ringwork.cloud.emulator.cloudformation.stack_set_state import Instance, SetOperation, StackSet

ACTIONS = ("Update:Modify", "Update:Replace", "Update:Delete")
NAMES = ("A", "Db", "Web")
TYPES = ("AWS::EC2::Instance", "AWS::RDS::DBInstance")

statements = st.fixed_dictionaries(
    {
        "Effect": st.sampled_from(["Allow", "Deny"]),
        "Action": st.sampled_from([*ACTIONS, "Update:*"]),
        "Principal": st.just("*"),
        "Resource": st.sampled_from(["*", *(f"LogicalResourceId/{name}" for name in NAMES)]),
    },
    optional={"Condition": st.sampled_from(TYPES).map(lambda t: {"StringEquals": {"ResourceType": [t]}})},
)
asked = st.tuples(st.sampled_from(ACTIONS), st.sampled_from(NAMES), st.sampled_from(TYPES))


def allowed(policy: list[dict[str, Any]], question: tuple[str, str, str]) -> bool:
    body = stack_policies.check(json.dumps({"Statement": policy}))
    return stack_policies.refusal(body, *question) is None


@given(st.lists(statements, min_size=1), asked, st.randoms())
def test_the_order_of_statements_means_nothing(policy, question, random):
    other = list(policy)
    random.shuffle(other)
    assert allowed(policy, question) == allowed(other, question)


@given(st.lists(statements, min_size=1), statements, asked)
def test_a_deny_never_allows_and_an_allow_never_denies(policy, more, question):
    before, after = allowed(policy, question), allowed([*policy, more], question)
    if more["Effect"] == "Deny":
        assert before or not after
    else:
        assert after or not before


@given(st.lists(statements), asked)
def test_what_is_denied_by_name_is_denied_by_whatever_else_there_is(policy, question):
    action, name, _type = question
    deny = {
        "Effect": "Deny",
        "Action": action,
        "Principal": "*",
        "Resource": f"LogicalResourceId/{name}",
    }
    assert not allowed([*policy, deny], question)


REGIONS = ("eu-west-1", "us-east-1", "us-west-2")


@given(
    st.lists(st.lists(st.booleans(), min_size=1, max_size=5), min_size=1, max_size=3),
    st.one_of(
        st.integers(0, 5).map(lambda count: {"FailureToleranceCount": count}),
        st.integers(0, 100).map(lambda share: {"FailureTolerancePercentage": share}),
        st.just({}),
    ),
)
def test_the_failure_tolerance_of_a_region_ends_the_operation_there(outcomes, preferences):
    """`outcomes`: Region by Region, whether the work in each account succeeds.

    API reference, StackSetOperationPreferences, told here once more in the words of a loop.
    """
    expected, stopped = [], False
    for region, accounts in zip(REGIONS, outcomes, strict=False):
        allowance = preferences.get("FailureToleranceCount")
        if allowance is None:
            allowance = int(len(accounts) * preferences.get("FailureTolerancePercentage", 0) / 100)
        failures = 0
        for number, succeeds in enumerate(accounts):
            if stopped:
                expected.append((region, number, "CANCELLED"))
                continue
            expected.append((region, number, "SUCCEEDED" if succeeds else "FAILED"))
            failures += not succeeds
            stopped = failures > allowance
    record = StackSet("ss:1", "ss", "111122223333", REGIONS[0], "2026-01-01T00:00:00+00:00")
    operation = SetOperation("o", "CREATE", record.created, preferences=preferences)
    work = [
        Instance(f"{number:012}", region)
        for region, accounts in zip(REGIONS, outcomes, strict=False)
        for number, _succeeds in enumerate(accounts)
    ]
    failing = {
        (region, number)
        for region, accounts in zip(REGIONS, outcomes, strict=False)
        for number, succeeds in enumerate(accounts)
        if not succeeds
    }

    def attempt(_stacks, _record, operation, instance):
        good = (instance.region, int(instance.account)) not in failing
        status = "SUCCEEDED" if good else "FAILED"
        operation.results.append({"Account": instance.account, "Region": instance.region, "Status": status})
        return good

    stack_set_work.run(SimpleNamespace(lock=threading.RLock()), record, operation, work, attempt=attempt)
    found = [(item["Region"], int(item["Account"]), item["Status"]) for item in operation.results]
    assert found == expected
    assert operation.status == ("FAILED" if stopped else "SUCCEEDED")
