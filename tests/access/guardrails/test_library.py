"""Each guard rail holds over an administrator, lets good requests be, and needs each of its statements."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from ringwork.access import catalogue, parse
from ringwork.access.guardrails import (
    LIBRARY,
    Form,
    GuardRail,
    admits,
    approval_apart,
    approved_images,
    approved_models,
    decide,
    declared_foundation_models,
    encrypted,
    encrypted_between,
    hold,
    in_vpc,
    isolated,
    no_root,
    offering,
    only_through,
    ours_on_ours,
    ours_only,
    running,
    stay,
    stays_on,
)
from ringwork.access.guardrails.detection import SWITCHES
from ringwork.access.guardrails.proving import ACCOUNT, ORGANIZATION
from ringwork.access.lint import lint
from ringwork.schemas import quotas

ENDPOINT = "vpce-0123456789abcdef0"
KEYS = (f"arn:aws:kms:eu-central-1:{ACCOUNT}:key/*",)
BREAK_GLASS = ("arn:aws:iam::*:role/break-glass",)
RAILS = [
    in_vpc(("subnet-a", "subnet-b")),
    in_vpc(("subnet-a",), strict=False, but=BREAK_GLASS),
    isolated(),
    isolated(without=("sagemaker:CreateProcessingJob",)),
    encrypted_between(),
    encrypted(KEYS),
    approved_images(
        (f"arn:aws:ecr:*:{ACCOUNT}:repository/approved/*",), (f"arn:aws:sagemaker:*:{ACCOUNT}:image/ok-*",)
    ),
    approved_models((f"arn:aws:sagemaker:*:{ACCOUNT}:model/approved-*",)),
    approval_apart(("arn:aws:iam::*:role/approver",)),
    declared_foundation_models(
        (
            "arn:aws:bedrock:*::foundation-model/anthropic.claude-v3",
            f"arn:aws:bedrock:*:{ACCOUNT}:inference-profile/eu.anthropic.claude-v3",
        )
    ),
    stays_on(but=BREAK_GLASS),
    only_through((ENDPOINT,)),
    only_through((ENDPOINT,), forwarded=True),
    only_through((ENDPOINT,), services=True),
    only_through((ENDPOINT,), forwarded=True, services=True),
    ours_only(ORGANIZATION),
    ours_on_ours(ORGANIZATION),
    stay(),
    no_root(),
]


def _name(rail: GuardRail) -> str:
    return f"{rail.id}-{RAILS.index(rail)}"


def _forms() -> list[tuple[GuardRail, Form]]:
    return [(rail, form) for rail in RAILS for form in dict.fromkeys((rail.form, *rail.forms))]


def test_every_function_of_the_library_is_tried_here() -> None:
    assert {rail.id for rail in RAILS} == set(LIBRARY)


@pytest.mark.parametrize(
    ("rail", "form"), _forms(), ids=lambda each: each if isinstance(each, str) else _name(each)
)
def test_it_holds_over_an_administrator_in_each_form(rail: GuardRail, form: Form) -> None:
    got = {held.breach.says: held.answer.status for held in hold(rail, form=form)}
    assert got == {breach.says: "proved" for breach in rail.breaches}


@pytest.mark.parametrize(
    ("rail", "form"), _forms(), ids=lambda each: each if isinstance(each, str) else _name(each)
)
def test_it_lets_good_requests_be(rail: GuardRail, form: Form) -> None:
    got = {held.breach.says: held.answer.status for held in admits(rail, form=form)}
    assert got == {breach.says: "violated" for breach in rail.admits}
    assert got


@pytest.mark.parametrize(
    ("rail", "sid"), [(rail, each["Sid"]) for rail in RAILS for each in rail.statements],
    ids=lambda each: each if isinstance(each, str) else _name(each),
)  # fmt: skip
def test_without_one_statement_a_request_gets_through(rail: GuardRail, sid: str) -> None:
    rest = [each for each in rail.statements if each["Sid"] != sid]
    refuted = [held for held in hold(rail, rest) if held.answer.status == "violated"]
    assert refuted
    for held in refuted:
        witness = held.answer.witness
        assert witness is not None
        # the statement that is left out is what refuses this very request
        (left_out,) = [dict(each) for each in rail.statements if each["Sid"] == sid]
        if rail.form == "rcp":
            left_out["Principal"] = "*"
        refusing = parse({"Version": "2012-10-17", "Statement": [left_out]}, kind=rail.form)
        (statement,) = refusing.statements
        context = {**witness.context}
        if witness.principal.kind != "service":
            who = witness.principal
            context |= {"aws:principalarn": who.role or who.arn} if who.kind != "anonymous" else {}
        assert statement.names_action(witness.action)
        assert statement.names_resource(witness.resource, context)
        assert statement.conditions_hold(context)


@pytest.mark.parametrize("rail", RAILS, ids=_name)
def test_organizations_takes_it_and_lint_has_nothing_against_it(rail: GuardRail) -> None:
    statements = [dict(each) for each in rail.statements]
    if rail.form == "rcp":
        statements = [{**each, "Principal": "*"} for each in statements]
    document = {"Version": "2012-10-17", "Statement": statements}
    policy = parse(document, kind=rail.form, name=rail.id)
    quota = quotas.RESOURCE_CONTROL_POLICY if rail.form == "rcp" else quotas.SERVICE_CONTROL_POLICY
    assert len(json.dumps(document, separators=(",", ":"))) <= quota.value
    found = [str(each) for each in lint(policy) if each.severity.rank >= 3]
    assert found == []


# -- tables and the Service Authorization Reference


def test_which_actions_take_which_key_is_what_was_last_looked_at() -> None:
    """A new action that takes one of these keys fails here: look at it, then count it. (The statements hold
    it already.)"""
    counts = {
        "sagemaker:VpcSubnets": 20,
        "sagemaker:NetworkIsolation": 11,
        "sagemaker:InterContainerTrafficEncryption": 11,
        "sagemaker:VolumeKmsKeyArn": 16,
        "sagemaker:OutputKmsKeyArn": 15,
        "sagemaker:ImageArns": 7,
        "sagemaker:ModelArn": 3,
        "sagemaker:ModelApprovalStatus": 2,
        "sagemaker:DirectInternetAccess": 1,
        "sagemaker:AppNetworkAccessType": 2,
        # names that no action takes any more
        "sagemaker:VolumeKmsKey": 0,
        "sagemaker:OutputKmsKey": 0,
    }
    assert {key: len(offering(key)) for key in counts} == counts


def test_every_action_of_sagemaker_that_creates_or_starts_is_in_one_table() -> None:
    """A new one fails here: decide whether it takes subnets, runs outside of any VPC, where something stands,
    or not at all."""
    creating = {
        f"sagemaker:{action['name']}"
        for action in catalogue.actions("sagemaker").values()
        if action["name"].startswith(("Create", "Start", "Import"))
    }
    groups = (
        set(offering("sagemaker:VpcSubnets")),
        set(running.OUTSIDE_VPC),
        set(running.STANDS_ON),
        {f"sagemaker:{name}" for name in running.RUNS_NOTHING},
    )
    known = set().union(*groups)
    assert creating <= known, creating - known
    assert sum(map(len, groups)) == len(known)
    assert set(running.MAY_LEAVE_OUT) < groups[0]
    assert set(running.NO_KEY_FOR_ISOLATION).isdisjoint(offering("sagemaker:NetworkIsolation"))


def test_every_action_in_the_tables_exists() -> None:
    named = {
        *running.OUTSIDE_VPC,
        *running.STANDS_ON,
        *running.MAY_LEAVE_OUT,
        *running.NO_KEY_FOR_ISOLATION,
        *(f"sagemaker:{name}" for name in running.RUNS_NOTHING),
        *(action for actions in SWITCHES.values() for action in actions),
    }
    unknown = {
        name
        for name in named
        if name.partition(":")[2].lower() not in catalogue.actions(name.partition(":")[0])
    }
    assert unknown == set()


# -- what the forms are about


def test_on_the_retired_names_of_its_keys_an_encryption_rule_refuses_all_or_nothing() -> None:
    """`sagemaker:VolumeKmsKey` is in no action's list: a request never has it. A negated condition on it
    always holds, `Null: false` never."""
    rail = encrypted(KEYS)
    renamed = json.loads(json.dumps([dict(each) for each in rail.statements]).replace("KmsKeyArn", "KmsKey"))
    assert {held.answer.status for held in admits(rail, renamed)} != {"violated"}
    present = [
        {
            "Sid": "Retired",
            "Effect": "Deny",
            "Action": list(offering("sagemaker:VolumeKmsKeyArn")),
            "Resource": "*",
            "Condition": {
                "ArnNotLike": {"sagemaker:VolumeKmsKey": list(KEYS)},
                "Null": {"sagemaker:VolumeKmsKey": "false"},
            },
        }
    ]
    assert "violated" in {held.answer.status for held in hold(rail, present)}


def test_an_endpoint_rule_without_exceptions_refuses_what_services_do_and_with_them_admits_it() -> None:
    strict, lenient = only_through((ENDPOINT,)), only_through((ENDPOINT,), forwarded=True, services=True)
    asked = {held.breach.says: held.answer for held in hold(strict, lenient.statements)}
    through = {says for says, answer in asked.items() if answer.status == "violated"}
    assert through == {"a service does it on behalf of a caller", "an AWS service does it by itself"}
    witness = asked["a service does it on behalf of a caller"].witness
    assert witness is not None
    assert witness.context["aws:viaawsservice"] == "true"
    assert "aws:sourcevpce" not in witness.context


def test_every_breach_has_a_request_where_nothing_forbids_it() -> None:
    """Otherwise a promise would be kept by nothing that could break it."""
    for rail in RAILS:
        for held in hold(rail, (), form="boundary" if rail.form == "scp" else "resource"):
            assert held.answer.status == "violated", (rail.id, held.breach.says)
            assert held.answer.witness is not None
            assert held.answer.decision is not None
            assert held.answer.decision.allowed


def test_who_is_exempt_is_exempt_and_nobody_else() -> None:
    rail = stays_on(but=BREAK_GLASS)
    (breach, *_) = rail.breaches
    role = f"arn:aws:iam::{ACCOUNT}:role/break-glass"
    assert decide(replace(breach, role=role), rail.statements, "scp").status == "violated"
    assert decide(replace(breach, role=role + "r"), rail.statements, "scp").status == "proved"
