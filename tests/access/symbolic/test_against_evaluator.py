"""The engine against the evaluator: whatever the evaluator allows, the engine must not prove away, and every
witness must be allowed. On small universes every request is tried."""

from __future__ import annotations

import json
import math
import random

from hypothesis import given
from hypothesis import strategies as st
from tests.effort import examples

from ringwork.access import Grant, Policies, Request, evaluate, parse
from ringwork.access.evaluate import with_principal
from ringwork.access.symbolic import Question, ask

from ..asking import ANYBODY, FEDERATED, KEY, OURS, ROLE, ROOT, SERVICE, SESSION, STRANGER, THEIRS, USER

ACTIONS = [
    *("*", "s3:*", "s3:Get*", "s3:GetObject", "s3:PutObject", "S3:?etObject", "kms:*", "kms:Decrypt"),
    *("sts:*", "sts:AssumeRole", "iam:CreatePolicyVersion", "iot1click:*", "sagemaker:CreateTrainingJob"),
]
ASKED = [
    *("s3:GetObject", "s3:PutObject", "kms:Decrypt", "sts:AssumeRole", "sts:GetCallerIdentity"),
    *("iam:CreatePolicyVersion", "sagemaker:CreateTrainingJob"),
]
RESOURCES = [
    *("*", "arn:aws:s3:::data/*", "arn:aws:s3:::data/one", "arn:aws:s3:::da?a/*", "arn:aws:s3:::other"),
    *("arn:aws:s3:::${aws:username}/*", "arn:aws:s3:::${aws:PrincipalTag/team, 'data'}/*", "arn:aws:s3*"),
    *("arn:*:s3:::*", "arn:aws:s3:*:one", "arn:aws:kms:*:*:key/*", KEY, ROLE, "arn:aws:iam::aws:policy/*"),
    *("*one", "arn:aws:s3:::*ta/*n*", "arn:aws:s3:::data/${*}"),
]
ABOUT = [
    *("arn:aws:s3:::data/one", "arn:aws:s3:::other", "arn:aws:s3:::dada/x", "*", KEY, ROLE),
    *("arn:aws:s3:::ada/one", "arn:aws:iam::aws:policy/AdministratorAccess", "arn:aws:s3:::data/*"),
]
NAMES = [
    *("*", {"AWS": "*"}, {"AWS": OURS}, {"AWS": [USER.arn, SESSION.arn]}, {"AWS": SESSION.role}),
    *({"AWS": THEIRS}, {"AWS": FEDERATED.arn}, {"Service": SERVICE.arn}, {"CanonicalUser": "0123abcd"}),
]
CONDITIONS = [
    {"StringEquals": {"aws:SourceVpce": "vpce-1"}},
    {"StringNotEquals": {"aws:SourceVpce": ["vpce-1", "vpce-2"]}},
    {"StringEqualsIgnoreCase": {"aws:SourceVpce": ["VPCE-1"]}},
    {"StringNotLikeIfExists": {"aws:SourceVpce": ["vpce-*", "a"]}},
    {"StringLikeIfExists": {"aws:PrincipalTag/team": "d*"}},
    {"ForAnyValue:StringLike": {"aws:PrincipalTag/team": ["d*", ""]}},
    {"ForAllValues:StringNotEquals": {"aws:PrincipalTag/team": ["data"]}},
    {"Null": {"aws:TagKeys": "true"}},
    {"Null": {"aws:PrincipalTag/team": ["false"]}},
    {"ForAllValues:StringEquals": {"aws:TagKeys": ["a"]}},
    {"ForAllValues:StringNotEquals": {"aws:TagKeys": ["a", "b"]}},
    {"ForAnyValue:StringLike": {"aws:TagKeys": "a*"}},
    {"ForAnyValue:StringNotLike": {"aws:TagKeys": ["a*", "b"]}},
    {"ForAnyValue:StringEqualsIfExists": {"aws:TagKeys": ["B", "b"]}},
    {"StringEquals": {"aws:TagKeys": "a"}},
    {"StringNotEquals": {"aws:TagKeys": "a"}},
    {"Bool": {"aws:SecureTransport": True}},
    {"BoolIfExists": {"aws:MultiFactorAuthPresent": False}},
    {"NumericLessThan": {"aws:MultiFactorAuthAge": 300}},
    {"NumericGreaterThanEquals": {"aws:MultiFactorAuthAge": ["10", 1000]}},
    {"NumericNotEquals": {"aws:MultiFactorAuthAge": 10}},
    {"DateLessThan": {"aws:TokenIssueTime": "2026-01-01T00:00:00Z"}},
    {"DateGreaterThan": {"aws:TokenIssueTime": "2025-01-01"}},
    {"NotIpAddress": {"aws:SourceIp": "10.0.0.0/8"}},
    {"IpAddress": {"aws:SourceIp": ["10.0.0.0/16", "2001:db8::/32"]}},
    {"ArnLike": {"aws:PrincipalArn": f"arn:aws:iam::{OURS}:*"}},
    {"ArnNotLike": {"aws:SourceArn": "arn:aws:s3:::*"}},
    {"StringEquals": {"aws:PrincipalTag/team": "${aws:username}"}},
    {"StringNotLike": {"aws:PrincipalTag/team": ["${aws:username}*", "x"]}},
    {"StringEquals": {"kms:EncryptionContext:team": "data"}},
    {"StringEquals": {"unheard:of": ["a", "b"]}, "NumericLessThan": {"unheard:number": 4}},
    {"ForAnyValue:StringEquals": {"unheard:set": ["a", "b"]}},
]
CONTEXT = {
    "aws:SourceVpce": ["vpce-1", "vpce-3", "VPCE-1"],
    "aws:PrincipalTag/team": ["data", "vision", "*", ""],
    "aws:TagKeys": [("a",), ("a", "b"), ("c",), ("b", "c")],
    "aws:SecureTransport": ["true", "false"],
    "aws:MultiFactorAuthPresent": ["true", "false"],
    "aws:MultiFactorAuthAge": ["10", "1000", "300"],
    "aws:TokenIssueTime": ["2025-06-01T00:00:00Z", "2024-06-01T00:00:00Z", "2026-06-01T00:00:00Z"],
    "aws:SourceIp": ["10.0.0.1", "203.0.113.1", "10.1.0.1", "2001:db8::1"],
    "aws:username": ["data", "ada"],
    "kms:EncryptionContext:team": ["data", "other"],
    "unheard:of": ["a", "c"],
    "unheard:number": ["3", "5", "many"],
    "unheard:set": [("a",), ("b", "c"), ("c",)],
}
ALWAYS = {"aws:SecureTransport"}


def some(values):
    return st.sampled_from(values) | st.lists(st.sampled_from(values), min_size=1, max_size=3)


@st.composite
def statements(draw, *, principals=False, effect=None):
    made = {
        "Effect": effect or draw(st.sampled_from(["Allow", "Allow", "Deny"])),
        draw(st.sampled_from(["Action", "Action", "Action", "NotAction"])): draw(some(ACTIONS)),
        draw(st.sampled_from(["Resource", "Resource", "NotResource"])): draw(some(RESOURCES)),
    }
    for condition in draw(st.lists(st.sampled_from(CONDITIONS), max_size=3)):
        made.setdefault("Condition", {}).update(condition)
    if principals:
        made["Principal"] = draw(st.sampled_from(NAMES))
        if made["Effect"] == "Deny" and draw(st.integers(0, 3)) == 0:
            made["NotPrincipal"] = made.pop("Principal")
    return made


@st.composite
def documents(draw, *, principals=False):
    found = draw(st.lists(statements(principals=principals), min_size=1, max_size=3))
    if draw(st.integers(0, 2)):
        named = {"Principal": draw(st.sampled_from(NAMES))} if principals else {}
        found.append({"Effect": "Allow", "Action": "*", "Resource": "*", **named})
    return {"Version": "2012-10-17", "Statement": found}


def read(document, kind):
    if kind == "session":
        document = json.loads(
            json.dumps(document).replace("arn:aws:s3*", "arn:aws:s3:::*").replace("s3:*:one", "s3:::one")
        )
    if kind == "trust":
        document = {
            **document,
            "Statement": [
                {name: value for name, value in statement.items() if name not in ("Resource", "NotResource")}
                for statement in document["Statement"]
                if "NotPrincipal" not in statement
            ]
            or [{"Effect": "Deny", "Principal": "*", "Action": "s3:GetObject"}],
        }
    return parse(document, kind=kind)


def rcp(document):
    found = [
        {**statement, "Principal": "*"}
        for statement in document["Statement"]
        if statement["Effect"] == "Deny" and "*" not in statement.get("Action", statement.get("NotAction"))
    ]
    if not found:
        found = [{"Effect": "Deny", "Principal": "*", "Action": "s3:PutObject", "Resource": "*"}]
    return parse({"Version": "2012-10-17", "Statement": found}, kind="rcp")


maybe = st.booleans()


@st.composite
def worlds(draw):
    def one(kind, *, principals=False):
        return read(draw(documents(principals=principals)), kind)

    resource_kind = draw(st.sampled_from(["resource", "resource", "key", "trust"]))
    grants = ()
    if draw(st.integers(0, 3)) == 0:
        grants = (
            Grant(
                draw(st.sampled_from([USER.arn, SESSION.role, f"arn:aws:iam::{OURS}:root", SERVICE.arn])),
                frozenset({"Decrypt"}),
                context_equals=draw(st.sampled_from([None, {"team": "data"}])),
                context_subset=draw(st.sampled_from([None, {"team": "data"}, {"team": "other"}])),
            ),
        )
    return Policies(
        identity=tuple(one("identity") for _ in range(draw(st.integers(0, 2)))),
        boundary=one("boundary") if draw(maybe) else None,
        session=(one("session"),) if draw(st.integers(0, 3)) == 0 else None,
        scp=((one("scp"),), (one("scp"), one("scp"))) if draw(maybe) else None,
        rcp=((rcp(draw(documents())),),) if draw(maybe) else None,
        resource=one(resource_kind, principals=True) if draw(maybe) else None,
        resource_kind=resource_kind,
        endpoint=one("endpoint", principals=True) if draw(st.integers(0, 3)) == 0 else None,
        grants=grants,
    )


principals = st.sampled_from([USER, USER, SESSION, SESSION, FEDERATED, ROOT, STRANGER, SERVICE, ANYBODY])


def policies_of(world):
    given = [*world.identity, world.boundary, *(world.session or ()), world.resource, world.endpoint]
    given += [policy for levels in (world.scp, world.rcp) for level in levels or () for policy in level]
    return [policy for policy in given if policy is not None]


def contexts(*worlds, limit):
    """The contexts of the keys that the policies read: every one, or so many of them."""
    keys = {key for world in worlds for policy in policies_of(world) for key in policy.keys}
    if any(world.grants for world in worlds):
        keys.add("kms:encryptioncontext:team")
    choices = []
    for name, values in CONTEXT.items():
        if name.lower() in keys:
            choices.append([(name, value) for value in values] + ([] if name in ALWAYS else [None]))
    count = math.prod(map(len, choices))
    places = range(count) if count <= limit else random.Random(count).sample(range(count), limit)  # noqa: S311
    for place in places:
        found = {}
        for options in choices:
            place, which = divmod(place, len(options))  # noqa: PLW2901
            if options[which] is not None:
                found[options[which][0]] = options[which][1]
        yield found


def matches(policy, request):
    context = with_principal(request)
    return any(
        statement.names_resource(request.resource, context) and statement.conditions_hold(context)
        for statement in policy.about(request.action)
    )


KNOWN_REASONS = ("hinges on", "variable", "too large")


def check(question, answer):
    if answer.status == "violated":
        assert evaluate(answer.witness, question.allowed).allowed
        assert matches(question.match, answer.witness)
        if question.refused is not None:
            assert not evaluate(answer.witness, question.refused).allowed
    if answer.status == "unknown":
        assert answer.reasons
        for reason in answer.reasons:
            assert any(known in reason for known in KNOWN_REASONS), reason


def implied(who):
    """What the engine knows of a principal's requests and the evaluator is not told by itself."""
    return {
        "aws:PrincipalIsAWSService": "true" if who.kind == "service" else "false",
    }


@examples(60)
@given(principals, worlds(), statements(effect="Allow"), st.sampled_from([OURS, THEIRS]))
def test_what_the_evaluator_allows_is_never_proved_away(who, world, wanted, owner):
    match = read({"Version": "2012-10-17", "Statement": [wanted]}, "identity")
    question = Question(who, match, world, resource_account=owner, open_world=True)
    answer = ask(question)
    check(question, answer)
    if answer.status != "proved":
        return
    for action in ASKED:
        if not match.about(action):
            continue
        for resource in ABOUT:
            for context in contexts(world, Policies(identity=(match,)), limit=60):
                request = Request(who, action, resource, owner, {**context, **implied(who)})
                if matches(match, request):
                    decision = evaluate(request, world)
                    assert not decision.allowed, (request, decision.explain())


@examples(50)
@given(principals, worlds(), worlds())
def test_what_is_new_is_never_proved_away(who, new, old):
    match = read({"Version": "2012-10-17", "Statement": [statement("*")]}, "identity")
    question = Question(who, match, new, old, resource_account=OURS, open_world=True)
    answer = ask(question)
    check(question, answer)
    if answer.status != "proved":
        return
    for action in ASKED:
        for resource in ABOUT:
            for context in contexts(new, old, limit=30):
                request = Request(who, action, resource, OURS, {**context, **implied(who)})
                if evaluate(request, new).allowed:
                    assert evaluate(request, old).allowed, request


def statement(action):
    return {"Effect": "Allow", "Action": action, "Resource": "*"}


LOCAL = {
    "s3:GetObject": ("arn:aws:s3:::data/one", "arn:aws:s3:::dada/x", "arn:aws:s3:::ada/one"),
    "s3:PutObject": ("arn:aws:s3:::data/one", "arn:aws:s3:::dada/x"),
    "kms:Decrypt": (KEY,),
    "sts:AssumeRole": (ROLE,),
    "iam:CreatePolicyVersion": (f"arn:aws:iam::{OURS}:policy/x",),
    "sagemaker:CreateTrainingJob": (f"arn:aws:sagemaker:eu-west-1:{OURS}:training-job/x",),
}
"""action -> resources that it can be about (Service Authorization Reference)"""
TAKES = {
    "aws:TagKeys": ("sts:AssumeRole", "sagemaker:CreateTrainingJob"),
    "kms:EncryptionContext:team": ("kms:Decrypt",),
}
"""key -> the only actions of `LOCAL` that take it (Service Authorization Reference)"""


def as_aws_sees_it(action, context, mentioned):
    if any(key in context and action not in actions for key, actions in TAKES.items()):
        return False
    both = {"aws:sourcevpce", "aws:sourceip"} <= mentioned
    return not both or ("aws:SourceVpce" in context) != ("aws:SourceIp" in context)


@examples(60)
@given(principals, worlds(), statements(effect="Allow"))
def test_what_aws_could_see_and_allow_is_never_proved_away(who, world, wanted):
    match = read({"Version": "2012-10-17", "Statement": [wanted]}, "identity")
    question = Question(who, match, world, resource_account=OURS)
    answer = ask(question)
    check(question, answer)
    if answer.status != "proved":
        return
    mentioned = {key for policy in (*policies_of(world), match) for key in policy.keys}
    for action, resources in LOCAL.items():
        for resource in resources if match.about(action) else ():
            for context in contexts(world, Policies(identity=(match,)), limit=60):
                if not as_aws_sees_it(action, context, mentioned):
                    continue
                request = Request(who, action, resource, OURS, {**context, **implied(who)})
                if matches(match, request):
                    decision = evaluate(request, world)
                    assert not decision.allowed, (request, decision.explain())
