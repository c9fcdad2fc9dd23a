"""The policies that blueprints compile to, held against the guard rails' questions: the proof reads what is
emitted, and knows nothing of the tables that it was emitted from."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

import pytest
from tests.architecture import deciding, test_boundary, test_guard_rails

from ringwork.access.guardrails import (
    GuardRail,
    admits,
    declared_foundation_models,
    encrypted,
    encrypted_between,
    hold,
    in_vpc,
    isolated,
    no_root,
    ours_on_ours,
    ours_only,
    stay,
    stays_on,
)
from ringwork.access.guardrails.proving import ACCOUNT, ORGANIZATION
from ringwork.architecture.organization import perimeter

SUBNETS = ("subnet-anything",)
OWNED = tuple(arn.replace("${AWS::Partition}", "aws") for arn in perimeter.OWNED_BY_AWS)
MODELS = (
    f"arn:aws:bedrock:*::foundation-model/{test_guard_rails.CLAUDE}",
    "arn:aws:bedrock:*::foundation-model/amazon.nova-lite-v1:0",
    "arn:aws:bedrock:*:*:inference-profile/eu.amazon.nova-lite-v1:0",
)
SCHEDULES = ("sagemaker:CreateMonitoringSchedule", "sagemaker:UpdateMonitoringSchedule")
"""what they run has its settings in a job definition, which is held"""
CONFIGURATION = "sagemaker:CreateEndpointConfig"
"""what it runs is a model, which is held"""
LABELING = "sagemaker:CreateLabelingJob"
"""is refused whole: it takes no subnets"""
FOREIGN = "a request names a subnet that is not ours"
"""which subnets are ours, each environment's boundary says"""


@cache
def _policies() -> dict[str, list[dict[str, Any]]]:
    """The organization's policies, by name, for the organization that questions are asked of."""
    found = {}
    for one in test_guard_rails.resources(test_guard_rails.blueprint()).values():
        if one["Properties"]["Type"] != "AISERVICES_OPT_OUT_POLICY":
            text = test_guard_rails.text(one).replace(test_guard_rails.ORGANIZATION, ORGANIZATION)
            statements = json.loads(text)["Statement"]
            name = one["Properties"]["Name"].removeprefix("acme-")
            found[name] = [{k: v for k, v in each.items() if k != "Principal"} for each in statements]
    return found


CASES: list[tuple[str, GuardRail]] = [
    ("learning-networks", in_vpc(SUBNETS, strict=False)),
    ("learning-networks", declared_foundation_models(MODELS)),
    (
        "learning-protection",
        # processing has to call things, if a team's flows say so; where none does, boundaries isolate it
        isolated(without=(*SCHEDULES, CONFIGURATION, "sagemaker:CreateProcessingJob")),
    ),
    ("learning-protection", encrypted_between(without=SCHEDULES)),
    ("learning-protection", encrypted(("*",), without=(*SCHEDULES, LABELING))),
    ("perimeter", stays_on()),
    ("perimeter", ours_on_ours(ORGANIZATION, owned_by_aws=OWNED)),
    ("foundations", stay()),
    ("foundations", no_root()),
    ("identities", ours_only(ORGANIZATION)),
]


@pytest.mark.parametrize(("policy", "rail"), CASES, ids=[rail.id for _, rail in CASES])
def test_an_organization_policy_keeps_the_promise(policy: str, rail: GuardRail) -> None:
    got = {held.breach.says: held.answer.status for held in hold(rail, _policies()[policy])}
    expected = {breach.says: "proved" for breach in rail.breaches}
    if rail.id == "sagemaker-in-vpc":
        expected[FOREIGN] = "violated"
    assert got == expected


@pytest.mark.parametrize(("policy", "rail"), CASES, ids=[rail.id for _, rail in CASES])
def test_an_organization_policy_lets_good_requests_be(policy: str, rail: GuardRail) -> None:
    for held in admits(rail, _policies()[policy]):
        if rail.id == "bedrock-declared-models" or "CreateDomain" in held.breach.says:
            continue  # a call needs a guardrail as well, and a domain more: tested apart
        assert held.answer.status == "violated", held.breach.says


@pytest.mark.parametrize("environment", ["risk", "care"])
def test_a_workloads_boundary_keeps_every_promise_about_sagemaker(environment: str) -> None:
    """Whatever else allows, and with everything else allowed beside: a boundary's own Denies and limits."""
    text = json.dumps(test_boundary.statements(environment)).replace(deciding.ACCOUNT, ACCOUNT)
    denies = [each for each in json.loads(text) if each["Effect"] == "Deny"]
    own = (deciding.OWN,)
    rails = (
        in_vpc(own, strict=False),
        isolated(without=(*SCHEDULES, CONFIGURATION, "sagemaker:CreateProcessingJob")),
        stays_on(),
        stay(),
    )
    for rail in rails:
        got = {held.breach.says: held.answer.status for held in hold(rail, denies, form="boundary")}
        leaves = {
            # nothing in a boundary allows these to a workload: `test_boundary` holds that
            "something runs that takes no subnets",
            "a notebook has SageMaker's own way to the internet",
            "a new domain's applications have SageMaker's own way to the internet",
            "a domain is opened to SageMaker's own way to the internet",
        }
        assert {says for says, status in got.items() if status != "proved"} <= leaves


def test_mixed_instance_types_need_a_key_for_volumes() -> None:
    """Machines with storage of their own beside machines without: the volume of these is under a key."""
    rail = encrypted(("*",), without=(*SCHEDULES, LABELING))
    weak = json.loads(
        json.dumps(_policies()["learning-protection"]).replace(
            "ForAnyValue:StringNotLike", "ForAllValues:StringNotLike"
        )
    )
    refuted = [held for held in hold(rail, weak) if held.answer.status == "violated"]
    (held,) = refuted
    assert held.answer.witness is not None
    types = held.answer.witness.context["sagemaker:instancetypes"]
    assert isinstance(types, tuple)
    assert len(types) > 1
