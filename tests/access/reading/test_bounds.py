"""The law of documents that are not fully known: whatever the unknown parts turn out to be, what is allowed
at the narrowest is allowed, and what is allowed is allowed at the widest.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from ringwork.access import Policies, PolicyError, PolicyKind, Principal, Request, evaluate, parse
from ringwork.access.authority import Document
from ringwork.access.reading.documents import Documents
from ringwork.access.reading.names import Names
from ringwork.estate import Estate, Text, Unknown

from .estates import ACCOUNT, OTHER

USER = f"arn:aws:iam::{ACCOUNT}:user/ada"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/train"
PRINCIPALS = (
    Principal("user", ACCOUNT, USER),
    Principal("role", ACCOUNT, f"arn:aws:sts::{ACCOUNT}:assumed-role/train/s", ROLE),
    Principal("user", OTHER, f"arn:aws:iam::{OTHER}:user/bob"),
    Principal("service", None, "sagemaker.amazonaws.com"),
    Principal("anonymous", None, "*"),
)
ACTIONS = ("s3:GetObject", "s3:PutObject", "s3:ListBucket")
ARNS = ("arn:aws:s3:::data", "arn:aws:s3:::data/one", "arn:aws:s3:::data/two", "arn:aws:s3:::other/one")
KEYS = ("aws:PrincipalOrgID", "s3:prefix", "aws:TagKeys")
VALUES = ("one", "two", "data", "o-1")

action_texts = st.sampled_from([*ACTIONS, "s3:*", "s3:Get*", "*"])
arn_texts = st.sampled_from([*ARNS, "arn:aws:s3:::data/*", "arn:aws:s3:::*", "*"])
principal_texts = st.sampled_from([USER, ROLE, ACCOUNT, f"arn:aws:iam::{OTHER}:root", "*"])
value_texts = st.sampled_from([*VALUES, "o*", "*", "t?o"])
effects = st.sampled_from(["Allow", "Deny"])


class Filling:
    """Unknown values, and what each turns out to be."""

    def __init__(self, draw: Any) -> None:
        self.draw = draw
        self.values: dict[str, str] = {}

    def maybe(self, strategy: Any, *, parts: bool = True) -> Any:
        """A text of the strategy, known, not known, or (`parts`) known in part."""
        text = self.draw(strategy)
        way = self.draw(st.sampled_from(["known", "known", "known", "unknown", "part"]))
        if way == "known" or (way == "part" and not parts):
            return text
        unknown = Unknown(f"u{len(self.values)}")
        if way == "unknown" or len(text) < 2:
            self.values[unknown.reason] = text
            return unknown
        start = self.draw(st.integers(0, len(text) - 1))
        end = self.draw(st.integers(start + 1, len(text)))
        self.values[unknown.reason] = text[start:end]
        pieces = tuple(piece for piece in (text[:start], unknown, text[end:]) if piece != "")
        return unknown if len(pieces) == 1 else Text(pieces)

    def listed(self, strategy: Any, **more: Any) -> Any:
        return tuple(self.maybe(strategy, **more) for _ in range(self.draw(st.integers(1, 2))))

    def filled(self, value: Any) -> Any:
        """The value as it turns out."""
        if isinstance(value, Unknown):
            return self.values[value.reason]
        if isinstance(value, Text):
            return "".join(part if isinstance(part, str) else self.filled(part) for part in value.parts)
        if isinstance(value, Mapping):
            return {name: self.filled(item) for name, item in value.items()}
        return [self.filled(item) for item in value] if isinstance(value, tuple) else value


OPERATORS = (
    *("StringEquals", "StringNotEquals", "StringLike", "StringNotLike", "StringEqualsIfExists"),
    *("StringNotEqualsIfExists", "StringNotLikeIfExists", "ForAnyValue:StringEquals"),
    *("ForAnyValue:StringNotEquals", "ForAllValues:StringLike", "ForAllValues:StringNotLike"),
    *("ArnLike", "ArnNotLike", "ArnNotEqualsIfExists"),
)


def condition(filling: Filling) -> Any:
    found: dict[str, Any] = {}
    for _ in range(filling.draw(st.integers(0, 2))):
        operator = filling.draw(st.sampled_from(OPERATORS))
        arns = operator.startswith("Arn")
        name = "aws:PrincipalArn" if arns else filling.draw(st.sampled_from(KEYS))
        texts = st.sampled_from([USER, ROLE, f"arn:aws:iam::{ACCOUNT}:role/*"]) if arns else value_texts
        found.setdefault(operator, {})[name] = filling.listed(texts)
    if filling.draw(st.booleans()):
        name = filling.draw(st.sampled_from(KEYS))
        found["Null"] = {name: filling.maybe(st.sampled_from(["true", "false"]), parts=False)}
    return found


def statement(filling: Filling, kind: PolicyKind) -> Any:
    effect = filling.maybe(effects, parts=False) if kind != "rcp" else "Deny"
    found: dict[str, Any] = {"Effect": effect}
    actions = st.sampled_from(["s3:*", *ACTIONS]) if kind == "rcp" else action_texts
    found[filling.draw(st.sampled_from(["Action", "Action", "NotAction"]))] = filling.listed(actions)
    if kind != "trust":
        found[filling.draw(st.sampled_from(["Resource", "Resource", "NotResource"]))] = filling.listed(
            arn_texts
        )
    if kind in ("resource", "endpoint", "key", "trust"):
        negated = effect == "Deny" and kind != "trust" and filling.draw(st.booleans())
        name = "NotPrincipal" if negated else "Principal"
        texts = principal_texts.filter(lambda text: text != "*") if negated else principal_texts
        found[name] = {"AWS": filling.listed(texts)}
    if kind == "rcp":
        found["Principal"] = "*"
    block = condition(filling)
    if block:
        found["Condition"] = block
    if filling.draw(st.integers(0, 9)) == 0:
        # the whole statement is not known, and turns out to be this one
        whole = Unknown(f"u{len(filling.values)}")
        filling.values[whole.reason] = filling.filled(found)
        return whole
    return found


@st.composite
def cases(draw: Any, kind: PolicyKind) -> tuple[Any, Any]:
    """A document with unknown parts, and what it turns out to be."""
    filling = Filling(draw)
    body = {
        "Version": "2012-10-17",
        "Statement": tuple(statement(filling, kind) for _ in range(draw(st.integers(1, 3)))),
    }
    return body, filling.filled(body)


contexts = st.fixed_dictionaries(
    {},
    optional={
        "aws:PrincipalOrgID": st.sampled_from(VALUES),
        "s3:prefix": st.sampled_from(VALUES),
        "aws:TagKeys": st.lists(st.sampled_from(VALUES), max_size=2).map(tuple),
    },
)
EVERYTHING = parse(
    {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]},
    kind="identity",
)


def policies(kind: PolicyKind, policy: Any) -> Policies:
    match kind:
        case "identity":
            return Policies(identity=(policy,))
        case "boundary":
            return Policies(identity=(EVERYTHING,), boundary=policy)
        case "scp":
            return Policies(identity=(EVERYTHING,), scp=((policy,),))
        case "rcp":
            return Policies(identity=(EVERYTHING,), rcp=((policy,),))
        case "endpoint":
            return Policies(identity=(EVERYTHING,), endpoint=policy)
        case "key":
            return Policies(identity=(EVERYTHING,), resource=policy, resource_kind="key")
        case "trust":
            return Policies(identity=(EVERYTHING,), resource=policy, resource_kind="trust")
        case _:
            return Policies(resource=policy)


def read(body: Any, kind: PolicyKind) -> tuple[Document, list[str]]:
    problems: list[str] = []
    found = Documents(Names(Estate(()))).read(
        body, kind=kind, name="p", key="k", path=(), note=lambda message, _: problems.append(message)
    )
    return found, problems


@pytest.mark.parametrize(
    "kind", ["identity", "boundary", "scp", "rcp", "resource", "endpoint", "key", "trust"]
)
@settings(max_examples=120, deadline=None)
@given(data=st.data())
def test_what_is_allowed_lies_between_the_narrowest_and_the_widest(kind: PolicyKind, data: Any) -> None:
    body, real = data.draw(cases(kind))
    document, problems = read(body, kind)
    try:
        policy = parse(real, kind=kind)
    except PolicyError:
        assume(False)
        return
    assert problems == []
    for who in PRINCIPALS:
        context = data.draw(contexts)
        for action in ACTIONS:
            for arn in ARNS:
                request = Request(who, action, arn, ACCOUNT, context)
                narrow, fact, wide = (
                    evaluate(request, policies(kind, one))
                    for one in (document.narrower, policy, document.wider)
                )
                assert not narrow.allowed or fact.allowed, (real, document.narrower.document, request)
                assert not fact.allowed or wide.allowed, (real, document.wider.document, request)


@given(data=st.data())
@settings(max_examples=60, deadline=None)
def test_a_policy_that_may_not_be_attached_lies_between_as_well(data: Any) -> None:
    body, real = data.draw(cases("identity"))
    document, _ = read(body, "identity")
    try:
        policy = parse(real, kind="identity")
    except PolicyError:
        assume(False)
        return
    unsure = Documents(Names(Estate(()))).unsure(document, "why")
    for attached in ((policy,), ()):
        for action in ACTIONS:
            request = Request(PRINCIPALS[0], action, ARNS[1], ACCOUNT, data.draw(contexts))
            other = (EVERYTHING,)
            for beside in ((), other):
                narrow, fact, wide = (
                    evaluate(request, Policies(identity=(*beside, *ones))).allowed
                    for ones in ((unsure.narrower,), attached, (unsure.wider,))
                )
                assert narrow <= fact <= wide


CONTEXTS: tuple[Mapping[str, Any], ...] = (
    {},
    *({name: value} for name in KEYS[:2] for value in VALUES),
    *({"aws:TagKeys": value} for value in ((), ("one",), ("one", "two"), ("data",))),
)


@settings(max_examples=400, deadline=None)
@given(data=st.data())
def test_a_condition_lies_between(data: Any) -> None:
    """One statement that a condition alone decides, in every context."""
    filling = Filling(data.draw)
    effect = data.draw(effects)
    block = condition(filling)
    first = data.draw(st.sampled_from(OPERATORS))
    name = "aws:PrincipalArn" if first.startswith("Arn") else data.draw(st.sampled_from(KEYS))
    block.setdefault(first, {})[name] = filling.listed(value_texts)
    body = {"Version": "2012-10-17", "Statement": ({"Effect": effect, **ALL, "Condition": block},)}
    document, problems = read(body, "identity")
    assert problems == []
    policy = parse(filling.filled(body), kind="identity")
    for context in CONTEXTS:
        request = Request(PRINCIPALS[0], ACTIONS[0], ARNS[1], ACCOUNT, context)
        beside = () if effect == "Allow" else (EVERYTHING,)
        narrow, fact, wide = (
            evaluate(request, Policies(identity=(*beside, one))).allowed
            for one in (document.narrower, policy, document.wider)
        )
        assert narrow <= fact <= wide, (policy.document, document.wider.document, document.narrower.document)


ALL = {"Action": "*", "Resource": "*"}
