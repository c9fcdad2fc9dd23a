"""One access intent of one estate: who is meant, what is asked, and what the answers are."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Literal

from ringwork.access import Decision, Policy, PolicyError, Request
from ringwork.access.authority import Authority, Guarded
from ringwork.access.conditions import Condition, MistypedError, compile_condition
from ringwork.access.policy import parse
from ringwork.access.questions.always import always
from ringwork.access.questions.asker import Asker, asker
from ringwork.access.questions.possible import possible
from ringwork.access.questions.public import public
from ringwork.access.questions.scope import concerns
from ringwork.access.questions.situation import Situation
from ringwork.access.symbolic.keys import key_type
from ringwork.estate import Estate
from ringwork.findings import Origin, Subject
from ringwork.intents import AccessKind
from ringwork.source import InputError
from ringwork.workflows.access_intents import AccessAsked, located
from ringwork.workflows.selecting import ANY, OUTSIDE, Chosen, by_label, nearest, principals, resources


@dataclass(slots=True)
class World:
    """One estate as authority, and what is kept between questions."""

    estate: Estate
    authority: Authority
    _askers: dict[str, Asker] = field(default_factory=dict)

    def asker(self, key: str) -> Asker:
        found = self._askers.get(key)
        if found is None:
            found = self._askers[key] = asker(self.authority, self.authority.identities[key])
        return found

    def subject(self, key: str) -> Subject | None:
        resource = self.estate.get(key)
        return resource.subject if resource is not None else None

    def origins(self, key: str, *path: str | int) -> tuple[Origin, ...]:
        resource = self.estate.get(key)
        return resource.origin(*path) if resource is not None else ()


@dataclass(frozen=True, slots=True)
class _Question:
    """A kind of request: by ARN, and of resources that are chosen by label."""

    by_arn: Policy | None
    by_key: tuple[Policy, frozenset[str]] | None
    uncertain: frozenset[str] = frozenset()
    """keys of resources of which it is not known whether they are meant"""


@dataclass(frozen=True, slots=True)
class Witness:
    """A principal for whom an intent does not hold."""

    who: str
    key: str | None
    """of the user or role"""
    request: Request | None
    decision: Decision | None
    resource: str | None
    endpoint: str | None = None
    beside: tuple[Request, Decision | None] | None = None


@dataclass(slots=True)
class Decided:
    asked: int = 0
    looked: int = 0
    """principals"""
    witnesses: list[Witness] = field(default_factory=list)
    reasons: dict[str, None] = field(default_factory=dict)
    catalogue: str = ""


def decide(world: World, intent: AccessAsked) -> Decided | str:
    """A text: what it speaks of that is not there."""
    statement = intent.statement
    chosen: dict[str, bool] = {}
    for text in statement.principal:
        if text == OUTSIDE:
            continue
        here = located(intent.places("principal"), partial(_list, principals, world.authority, text))
        if not here and intent.strict and text != ANY:
            near = nearest(world.authority, text)
            raise InputError(
                f"nobody here is `{text}`",
                position=intent.places("principal"),
                help=f"did you mean `{near}`?" if near else "`ringwork access who-can` shows who is there",
            )
        for one in here:
            chosen[one.key] = chosen.get(one.key, False) or one.certain
    outside = OUTSIDE in statement.principal
    if not chosen and not outside:
        return f"nobody here is `{'` or `'.join(statement.principal)}`"
    if not chosen and not intent.strict and not any(_open_to_outside(world.authority)):
        return "no resource here has a policy of its own"
    question = _question(world, intent, statement, "")
    beside = None
    if statement.beside is not None:
        beside = _question(world, intent, statement.beside, "beside.")
    if question is None or (statement.beside is not None and beside is None):
        return f"no resource here is `{'` or `'.join(statement.Resource)}`"
    situation, given = _assumed(intent)
    decided = Decided()
    for key, certain in chosen.items():
        who = world.asker(key)
        decided.looked += 1
        if intent.rule == "always":
            _always(world, who, question, situation, given, decided, certain=certain)
        else:
            _never(world, intent, who, question, beside, situation, given, decided, certain=certain)
    if outside:
        _outside(world, intent, question, situation, given, decided)
    return decided


def _question(world: World, intent: AccessAsked, kind: AccessKind, prefix: str) -> _Question | None:
    """None: its resources are not there."""
    named = [text for text in kind.Resource if by_label(text)]
    arns = [text for text in kind.Resource if not by_label(text)]
    keys: dict[str, bool] = {}
    for text in named:
        place = intent.places(f"{prefix}Resource")
        here = located(place, partial(_list, resources, world.authority, text))
        if not here and intent.strict:
            near = nearest(world.authority, text)
            raise InputError(
                f"no resource here is `{text}`",
                position=place,
                help=f"did you mean `{near}`?" if near else None,
            )
        for one in here:
            keys[one.key] = keys.get(one.key, False) or one.certain
    if kind.NotResource is not None or arns:
        resource = {"NotResource": list(kind.NotResource)} if kind.NotResource else {"Resource": arns}
        by_arn = _match(intent, kind, resource, prefix)
    elif not keys:
        return None
    else:
        by_arn = None
    by_key = None
    if keys:
        by_key = _match(intent, kind, {"Resource": ["*"]}, prefix), frozenset(keys)
    return _Question(by_arn, by_key, frozenset(key for key, certain in keys.items() if not certain))


def _match(intent: AccessAsked, kind: AccessKind, resource: Mapping[str, Any], prefix: str) -> Policy:
    statement: dict[str, Any] = {"Effect": "Allow", **resource, "Condition": dict(kind.Condition)}
    if kind.Action is not None:
        statement["Action"] = list(kind.Action)
    else:
        statement["NotAction"] = list(kind.NotAction or ())
    document = {"Version": "2012-10-17", "Statement": [statement]}
    try:
        return parse(document, kind="identity", name=intent.name)
    except PolicyError as error:
        part = error.pointer.split("/")[3:4]
        place = intent.places(f"{prefix}{part[0]}" if part else "")
        raise InputError(
            error.message, position=place, help="an intent is written as an IAM statement is"
        ) from None


_OPERATORS = {"string": "StringLike", "arn": "ArnLike", "bool": "Bool", "ip": "IpAddress",
              "numeric": "NumericEquals", "date": "DateEquals"}  # fmt: skip
ABSENT = "absent"


def _assumed(intent: AccessAsked) -> tuple[Situation, tuple[Condition, ...]]:
    fixed: dict[str, str | tuple[str, ...]] = {}
    absent: set[str] = set()
    given: list[Condition] = []
    for name, texts in intent.assuming.items():
        key = name.lower()
        type = key_type(key)
        if texts == (ABSENT,):
            absent.add(key)
        elif len(texts) == 1 and not type.many and not set(texts[0]) & set("*?") and type.type != "ip":
            fixed[key] = texts[0]
        else:
            operator = _OPERATORS[type.type]
            try:
                if type.many:
                    given.append(compile_condition(f"ForAllValues:{operator}", key, texts, variables=False))
                    given.append(compile_condition("Null", key, ("false",), variables=False))
                else:
                    given.append(compile_condition(operator, key, texts, variables=False))
            except MistypedError as error:
                raise InputError(
                    f"`{name}` cannot be `{', '.join(texts)}`: {error}", position=intent.places("assuming")
                ) from None
    return Situation(fixed, frozenset(absent)), tuple(given)


def _asks(question: _Question) -> Iterator[tuple[Policy, frozenset[str] | None]]:
    if question.by_arn is not None:
        yield question.by_arn, None
    if question.by_key is not None:
        yield question.by_key


def _never(
    world: World,
    intent: AccessAsked,
    who: Asker,
    question: _Question,
    beside: _Question | None,
    situation: Situation,
    given: tuple[Condition, ...],
    decided: Decided,
    *,
    certain: bool,
) -> None:
    first = _some(world, who, question, situation, given, decided)
    if intent.rule == "some":
        if first.outcome == "impossible":
            decided.witnesses.append(Witness(who.name, _key(who), None, None, None))
        elif first.outcome == "unknown":
            decided.reasons.update(dict.fromkeys(first.reasons))
        return
    second = None
    if beside is not None and first.outcome != "impossible":
        second = _some(world, who, beside, situation, given, decided)
    outcomes = {each.outcome for each in (first, second) if each is not None}
    if "impossible" in outcomes:
        return
    if "unknown" in outcomes:
        decided.reasons.update(
            dict.fromkeys(
                f"`{who.name}`: {reason}"
                for each in (first, second)
                if each is not None
                for reason in each.reasons
            )
        )
        return
    if not certain:
        decided.reasons[f"whether `{who.name}` is meant: its tags are not known"] = None
        return
    witness = first.witness
    if witness is not None:
        also = None
        if second is not None and second.witness is not None:
            also = (second.witness, second.decision)
        decided.witnesses.append(
            Witness(who.name, _key(who), witness, first.decision, first.resource, first.endpoint, also)
        )


def _key(who: Asker) -> str | None:
    return who.identity.key if who.identity is not None else None


@dataclass(frozen=True, slots=True)
class _Answer:
    outcome: Literal["possible", "impossible", "unknown"]
    witness: Request | None = None
    decision: Decision | None = None
    resource: str | None = None
    endpoint: str | None = None
    reasons: tuple[str, ...] = ()


def _some(
    world: World,
    who: Asker,
    question: _Question,
    situation: Situation,
    given: tuple[Condition, ...],
    decided: Decided,
) -> _Answer:
    """Whether a request of either part is possible."""
    reasons: list[str] = []
    for match, among in _asks(question):
        decided.asked += 1
        verdict = possible(world.authority, who, match, situation=situation, given=given, among=among)
        decided.catalogue = verdict.catalogue or decided.catalogue
        if verdict.outcome == "possible":
            if verdict.resource in question.uncertain:
                reasons.append(f"whether `{verdict.resource}` is meant: its tags are not known")
                continue
            return _Answer("possible", verdict.witness, verdict.decision, verdict.resource, verdict.endpoint)
        reasons += verdict.reasons
    return _Answer("unknown" if reasons else "impossible", reasons=tuple(dict.fromkeys(reasons)))


def _always(
    world: World,
    who: Asker,
    question: _Question,
    situation: Situation,
    given: tuple[Condition, ...],
    decided: Decided,
    *,
    certain: bool,
) -> None:
    for match, among in _asks(question):
        decided.asked += 1
        found = always(world.authority, who, match, situation=situation, given=given, among=among)
        decided.catalogue = found.catalogue or decided.catalogue
        if found.outcome == "unknown":
            decided.reasons.update(dict.fromkeys(f"`{who.name}`: {reason}" for reason in found.reasons))
        elif found.outcome == "refused":
            if not certain or found.resource in question.uncertain:
                decided.reasons[f"whether `{who.name}` is meant: tags are not known"] = None
                continue
            decided.witnesses.append(
                Witness(who.name, _key(who), found.witness, found.decision, found.resource)
            )
            return


def _outside(
    world: World,
    intent: AccessAsked,
    question: _Question,
    situation: Situation,
    given: tuple[Condition, ...],
    decided: Decided,
) -> None:
    """Somebody without credentials, somebody of a strange account, and who has a token of an identity
    provider that is trusted, at every resource."""
    strangers: set[str] = set()
    some = False
    for match, among in _asks(question):
        for resource in _guarded(world.authority, match, among):
            for each in public(world.authority, resource, match, situation=situation, given=given):
                decided.asked += 1
                strangers.add(each.who)
                verdict = each.verdict
                decided.catalogue = verdict.catalogue or decided.catalogue
                some = some or verdict.outcome == "possible"
                if intent.rule == "some" or verdict.outcome == "impossible":
                    continue
                if verdict.outcome == "unknown":
                    decided.reasons.update(
                        dict.fromkeys(f"`{resource.arn}` for {each.who}: {why}" for why in verdict.reasons)
                    )
                elif resource.key in question.uncertain:
                    decided.reasons[f"whether `{resource.arn}` is meant: its tags are not known"] = None
                else:
                    decided.witnesses.append(
                        Witness(
                            each.who, None, verdict.witness, verdict.decision, resource.key, verdict.endpoint
                        )
                    )
    decided.looked += len(strangers)
    if intent.rule == "some" and not some:
        decided.witnesses.append(Witness("somebody outside", None, None, None, None))


def _open_to_outside(authority: Authority) -> Iterator[Guarded]:
    """Resources that could admit somebody outside at all."""
    for resource in authority.guarded.values():
        if resource.policy is not None or resource.exposure is not None:
            yield resource


def _guarded(authority: Authority, match: Policy, among: frozenset[str] | None) -> Iterator[Guarded]:
    for resource in _open_to_outside(authority):
        if (among is None or resource.key in among) and concerns(match, resource):
            yield resource


def _list(
    named: Callable[[Authority, str], Iterator[Chosen]], authority: Authority, text: str
) -> list[Chosen]:
    return list(named(authority, text))
