"""Laws that hold for every policy and every request.

They follow from IAM user guide, "How AWS enforcement code logic evaluates requests to allow or deny access":
a Deny anywhere wins, Allows add up, and order plays no part.
"""

from __future__ import annotations

import json
import random

from hypothesis import given, settings
from hypothesis import strategies as st

from ringwork.access import Policies, Request, evaluate, parse

from .asking import ANYBODY, FEDERATED, OURS, ROOT, SERVICE, SESSION, STRANGER, THEIRS, USER

ACTIONS = ["*", "s3:*", "s3:Get*", "s3:GetObject", "s3:PutObject", "S3:?etObject", "sqs:*", "kms:Decrypt"]
RESOURCES = [
    *("*", "arn:aws:s3:::data/*", "arn:aws:s3:::data/one", "arn:aws:s3:::da?a/*", "arn:aws:s3:::other"),
    *("arn:aws:s3:::${aws:username}/*", "arn:aws:s3:::${aws:PrincipalTag/team, 'data'}/*", "arn:aws:s3*"),
]
NAMES = [
    *("*", {"AWS": "*"}, {"AWS": OURS}, {"AWS": [USER.arn, SESSION.arn]}, {"AWS": SESSION.role}),
    *({"AWS": THEIRS}, {"AWS": FEDERATED.arn}, {"Service": SERVICE.arn}, {"CanonicalUser": "0123abcd"}),
]
CONDITIONS = [
    {"StringEquals": {"aws:SourceVpce": "vpce-1"}},
    {"StringNotEquals": {"aws:SourceVpce": ["vpce-1", "vpce-2"]}},
    {"StringLikeIfExists": {"aws:PrincipalTag/team": "d*"}},
    {"Null": {"aws:TagKeys": "true"}},
    {"ForAllValues:StringEquals": {"aws:TagKeys": ["a"]}},
    {"ForAnyValue:StringLike": {"aws:TagKeys": "a*"}},
    {"StringEquals": {"aws:TagKeys": "a"}},
    {"Bool": {"aws:SecureTransport": True}},
    {"NumericLessThan": {"aws:MultiFactorAuthAge": 300}},
    {"NotIpAddress": {"aws:SourceIp": "10.0.0.0/8"}},
    {"ArnLike": {"aws:PrincipalArn": f"arn:aws:iam::{OURS}:*"}},
    {"StringEquals": {"aws:PrincipalTag/team": "${aws:username}"}},
]
CONTEXT = {
    "aws:SourceVpce": st.sampled_from(["vpce-1", "vpce-3"]),
    "aws:PrincipalTag/team": st.sampled_from(["data", "vision", "*"]),
    "aws:TagKeys": st.sampled_from([("a",), ("a", "b"), ()]),
    "aws:SecureTransport": st.sampled_from(["true", "false"]),
    "aws:MultiFactorAuthAge": st.sampled_from(["10", "1000"]),
    "aws:SourceIp": st.sampled_from(["10.0.0.1", "203.0.113.1"]),
    "aws:username": st.sampled_from(["data", "ada"]),
}


def some(values):
    return st.sampled_from(values) | st.lists(st.sampled_from(values), min_size=1, max_size=3)


@st.composite
def statements(draw, effect=None, principals=False):
    made = {
        "Effect": effect or draw(st.sampled_from(["Allow", "Allow", "Deny"])),
        draw(st.sampled_from(["Action", "Action", "NotAction"])): draw(some(ACTIONS)),
        draw(st.sampled_from(["Resource", "Resource", "NotResource"])): draw(some(RESOURCES)),
    }
    for condition in draw(st.lists(st.sampled_from(CONDITIONS), max_size=2)):
        made.setdefault("Condition", {}).update(condition)
    if principals:
        made["Principal"] = draw(st.sampled_from(NAMES))
    return made


@st.composite
def documents(draw, principals=False):
    found = draw(st.lists(statements(principals=principals), min_size=1, max_size=3))
    if draw(st.booleans()):
        # most of what is allowed is allowed by something wide
        named = {"Principal": draw(st.sampled_from(NAMES))} if principals else {}
        found.append({"Effect": "Allow", "Action": "*", "Resource": "*", **named})
    return {"Version": "2012-10-17", "Statement": found}


LAYERS = {
    "identity": documents(),
    "boundary": st.none() | documents(),
    "session": st.none() | documents(),
    "scp": st.none() | documents(),
    "resource": st.none() | documents(principals=True),
    "endpoint": st.none() | documents(principals=True),
}
KINDS = {name: name for name in LAYERS}


@st.composite
def questions(draw):
    who = draw(st.sampled_from([USER, SESSION, FEDERATED, ROOT, STRANGER, SERVICE, ANYBODY]))
    action = draw(st.sampled_from(["s3:GetObject", "s3:PutObject", "sqs:SendMessage"]))
    resource = draw(st.sampled_from(["arn:aws:s3:::data/one", "arn:aws:s3:::other", "*"]))
    context = {key: draw(values) for key, values in CONTEXT.items() if draw(st.booleans())}
    return Request(who, action, resource, draw(st.sampled_from([OURS, THEIRS])), context)


@st.composite
def worlds(draw):
    return {name: draw(layer) for name, layer in LAYERS.items()}


def decide(request, world):
    def read(name):
        document = world.get(name)
        return None if document is None else parse(_plain(document, name), kind=name)

    session, scp = read("session"), read("scp")
    return evaluate(
        request,
        Policies(
            identity=(read("identity"),),
            boundary=read("boundary"),
            session=None if session is None else (session,),
            scp=None if scp is None else ((scp,),),
            resource=read("resource"),
            endpoint=read("endpoint"),
        ),
    )


def _plain(document, kind):
    """Session policies hold no incomplete ARNs."""
    if kind != "session":
        return document
    return json.loads(json.dumps(document).replace("arn:aws:s3*", "arn:aws:s3:::*"))


def added(world, name, statement):
    document = world[name]
    return {**world, name: {**document, "Statement": [*document["Statement"], statement]}}


SOME = settings(max_examples=100, deadline=None)


@given(questions(), worlds(), st.data())
@SOME
def test_another_deny_never_allows_more(request, world, data):
    name = data.draw(st.sampled_from([layer for layer in LAYERS if world[layer] is not None]))
    more = data.draw(statements(effect="Deny", principals=name in ("resource", "endpoint")))
    after = decide(request, added(world, name, more))
    assert decide(request, world).allowed or not after.allowed


@given(questions(), worlds(), statements(effect="Allow"))
@SOME
def test_another_allow_never_denies(request, world, more):
    """In an identity policy, and in what limits, too."""
    for name in ("identity", "boundary", "session", "scp"):
        if world[name] is not None and decide(request, world).allowed:
            assert decide(request, added(world, name, more)).allowed, name


@given(questions(), worlds(), st.integers())
@SOME
def test_the_order_of_statements_and_values_plays_no_part(request, world, seed):
    def shuffled(value):
        mixed = random.Random(seed)  # noqa: S311
        if isinstance(value, list):
            return mixed.sample([shuffled(item) for item in value], len(value))
        if isinstance(value, dict):
            return {k: shuffled(v) for k, v in mixed.sample(list(value.items()), len(value))}
        return value

    before = decide(request, world)
    after = decide(request, {name: shuffled(document) for name, document in world.items()})
    assert (before.allowed, before.explicit, before.layer, before.unknown) == (
        after.allowed,
        after.explicit,
        after.layer,
        after.unknown,
    )


@given(questions(), worlds())
@SOME
def test_another_way_to_write_a_policy_is_the_same_policy(request, world):
    """Lists for single values, one statement for each action, Booleans and numbers as text."""

    def normal(document):
        if document is None:
            return None
        found = []
        for statement in document["Statement"]:
            name = "Action" if "Action" in statement else "NotAction"
            actions = statement[name] if isinstance(statement[name], list) else [statement[name]]
            condition = {
                operator.upper(): {
                    key.upper() if not key.startswith("aws:PrincipalTag") else key: [
                        json.dumps(v) if not isinstance(v, str) else v
                        for v in (x if isinstance(x, list) else [x])
                    ]
                    for key, x in keys.items()
                }
                for operator, keys in statement.get("Condition", {}).items()
            }
            # NotAction cannot be divided: all but a, and all but b, is everything
            parts = [[action] for action in actions] if name == "Action" else [actions]
            found.extend({**statement, name: part, "Condition": condition} for part in parts)
        return {**document, "Statement": found}

    before = decide(request, world)
    after = decide(request, {name: normal(document) for name, document in world.items()})
    assert (before.allowed, before.explicit, before.layer) == (after.allowed, after.explicit, after.layer)


@given(questions(), worlds(), st.data())
@SOME
def test_what_is_unknown_stays_so_or_becomes_denied(request, world, data):
    """A Deny for a canonical user, of whom nobody knows whether it is the caller, leaves it undecided; a
    further Deny can only settle it as denied.
    """
    open_ended = {
        "Effect": "Deny",
        "Principal": {"CanonicalUser": "0123abcd"},
        "Action": "*",
        "Resource": "*",
    }
    world = {**world, "resource": world["resource"] or {"Version": "2012-10-17", "Statement": [open_ended]}}
    before = decide(request, added(world, "resource", open_ended))
    if request.principal.kind != "service":
        assert not before.allowed
    more = data.draw(statements(effect="Deny"))
    after = decide(request, added(added(world, "resource", open_ended), "identity", more))
    assert not after.allowed or request.principal.kind == "service"
    if before.unknown and not after.unknown:
        assert after.explicit


@given(questions(), worlds())
@SOME
def test_without_any_allow_only_root_is_allowed_anything(request, world):
    closed = {
        name: document and {**document, "Statement": [{**s, "Effect": "Deny"} for s in document["Statement"]]}
        for name, document in world.items()
    }
    decision = decide(request, closed)
    assert not decision.allowed or (request.principal.kind == "root" and request.same_account)


@given(questions(), worlds(), st.sampled_from(["boundary", "session", "scp", "endpoint"]))
@SOME
def test_what_limits_never_grants(request, world, name):
    """Taking away a limit never denies more, save that some grants exist because of none."""
    if decide(request, world).allowed:
        assert decide(request, {**world, name: None}).allowed


def test_the_laws_are_tried_on_both_answers():
    """The generated questions must have both answers, or the laws above say nothing."""
    limits = ("boundary", "session", "scp", "endpoint")
    answers = set()

    @given(questions(), worlds())
    @settings(max_examples=150, deadline=None, database=None, derandomize=True)
    def collect(request, world):
        allowed = decide(request, world).allowed
        answers.update((name, world[name] is not None, allowed) for name in limits)

    collect()
    assert answers == {(name, there, answer) for name in limits for there in (0, 1) for answer in (0, 1)}
