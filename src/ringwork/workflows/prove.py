"""Prove: hold every intent against an estate: the built-in set, a file's, and a blueprint's own."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from functools import partial
from typing import TypeVar

from ringwork.blueprint import Blueprint
from ringwork.findings import Finding, Origin, Severity, Status, Subject
from ringwork.intents import Located, NetworkIntent, NetworkStatement, built_in
from ringwork.network.addresses import Prefix
from ringwork.network.packets import Traffic
from ringwork.network.questions import Answer, End, Flowing, Network, Witness, always, parse, reach, resolve
from ringwork.network.questions.reach import excepted
from ringwork.network.questions.text import evidence
from ringwork.network.questions.text import traffic as traffic_of
from ringwork.source import InputError, Position
from ringwork.workflows.prove_access import prove_access
from ringwork.workflows.reachability import Seen

Found = TypeVar("Found")


@dataclass(frozen=True, slots=True)
class Asked:
    """One intent for one value of what it is for each of."""

    name: str
    title: str
    because: str
    severity: Severity
    never: bool
    source: End
    destination: End
    traffic: tuple[Traffic, ...]
    but: tuple[Traffic, ...] = ()
    unless_through: tuple[str, ...] = ()
    for_each: str | None = None
    origin: Origin | None = None
    """where it is written; none: it is built in"""
    positions: tuple[Position | None, Position | None] = (None, None)
    """of its two ends, for messages"""
    least_depth: int | None = None
    texts: tuple[tuple[str, ...], tuple[str, ...]] = ((), ())
    """of its two ends, as written"""


@dataclass(frozen=True, slots=True)
class Proof:
    """All answers."""

    findings: tuple[Finding, ...]
    inapplicable: tuple[tuple[str, str], ...] = ()
    """built-in intents that speak of nothing that is there, and what that is"""
    notes: tuple[str, ...] = ()
    asked: int = 0
    """questions that were decided"""
    answers: tuple[tuple[str, Answer], ...] = field(default=(), compare=False)


def prove(seen: Seen, given: Located | None = None) -> Proof:
    """Every intent, in every world; the worst answer of each counts.

    Raises InputError for an intent that names something that is not there.
    """
    intents = list(_all_network(seen, given))
    access = prove_access(seen, given)
    found: dict[str, list[Finding]] = {}
    inapplicable: dict[str, str] = {}
    asked = 0
    answers: list[tuple[str, Answer]] = []
    for estate in seen.worlds:
        network = Network(
            estate,
            cuts={prefix for intent in intents for prefix in _cuts(intent)},
            kinds={each for intent in intents for each in (*intent.traffic, *intent.but)},
        )
        flowing = Flowing(network)
        for intent in intents:
            here: list[Finding] = []
            for each in _unfolded(network, intent):
                decided = _decide(flowing, each)
                if decided is None:
                    continue
                asked += 1
                answers.append((each.title, decided))
                here += _findings(network, each, decided)
            if here:
                worst = found.get(intent.name)
                if worst is None or _rank(here) > _rank(worst):
                    found[intent.name] = here
            elif intent.origin is None:
                inapplicable.setdefault(intent.name, _lacking(intent))
    findings = [finding for group in found.values() for finding in group]
    notes = [
        f"the least depth of `{intent.name}` is not checked yet"
        for intent in intents
        if intent.least_depth is not None
    ]
    return Proof(
        (*findings, *access.findings),
        (
            *((name, why) for name, why in inapplicable.items() if name not in found),
            *access.inapplicable,
        ),
        tuple(dict.fromkeys((*notes, *access.notes))),
        asked + access.asked,
        tuple(answers),
    )


def _rank(findings: Iterable[Finding]) -> int:
    order = (Status.PROVED, Status.UNKNOWN, Status.VIOLATED)
    return max(order.index(finding.status) for finding in findings)


def _lacking(intent: Asked) -> str:
    if intent.for_each is not None:
        return f"there are no two with a `{intent.for_each}` that is known"
    return f"nothing here is `{intent.source.text}`, or nothing is `{intent.destination.text}`"


# --- which intents there are


def _all_network(seen: Seen, given: Located | None) -> Iterator[Asked]:
    if given is None or given.intents.built_in:
        ours = built_in()
        there = (*ours.intents.network, *ours.intents.access)
        left_out = given.intents.without if given is not None else ()
        for index, name in enumerate(left_out):
            if given is not None and name not in there:
                near = get_close_matches(name, there, n=1)
                raise InputError(
                    f"no built-in intent is called `{name}`",
                    position=given.position("without", index),
                    help=f"did you mean `{near[0]}`?"
                    if near
                    else "there are " + ", ".join(f"`{each}`" for each in there),
                )
        for name, intent in ours.intents.network.items():
            if name not in left_out:
                yield _network_intent(name, intent, None)
    if given is not None:
        for name, intent in given.intents.network.items():
            yield _network_intent(name, intent, given)
    if seen.blueprint is not None:
        yield from _of_blueprint(seen.blueprint, str(seen.path))


def _network_intent(name: str, intent: NetworkIntent, given: Located | None) -> Asked:
    rule = "must_never" if intent.must_never is not None else "must_always"
    statement = intent.statement

    def position(part: str) -> Position | None:
        return given.position("network", name, rule, part) if given is not None else None

    def placed(part: str, texts: Sequence[str]) -> End:
        shown = [text.replace(f"{{{intent.for_each}}}", "*") for text in texts]
        return _located(position(part), lambda: parse(*shown))

    whole = given.document.key_position("network", name) if given is not None else None
    return Asked(
        name,
        _title(statement, never=rule == "must_never", for_each=intent.for_each),
        intent.because,
        Severity(intent.severity),
        rule == "must_never",
        placed("from", statement.from_),
        placed("to", statement.to),
        _located(position("traffic"), lambda: traffic_of(statement.traffic)),
        _located(
            position("except_traffic"),
            lambda: traffic_of(statement.except_traffic) if statement.except_traffic else (),
        ),
        statement.unless_through,
        intent.for_each,
        Origin(file=whole.file, line=whole.line, column=whole.column) if whole is not None else None,
        (position("from"), position("to")),
        intent.least_depth,
        (statement.from_, statement.to),
    )


def _title(statement: NetworkStatement, *, never: bool, for_each: str | None = None) -> str:
    what = "anything" if statement.traffic == ("all",) else " or ".join(statement.traffic)
    if statement.except_traffic:
        what += f" but {' and '.join(statement.except_traffic)}"
    can = "can never send" if never else "can always send"
    through = f", unless through {' or '.join(statement.unless_through)}" if statement.unless_through else ""
    each = f"for each {for_each}: " if for_each else ""
    return f"{each}{' or '.join(statement.from_)} {can} {what} to {' or '.join(statement.to)}{through}"


def _of_blueprint(blueprint: Blueprint, file: str) -> Iterator[Asked]:
    """The blueprint's own, as far as both ends have packets: data and models are about access."""
    for index, intent in enumerate(blueprint.intents):
        if ":" in intent.to or ":" in intent.from_:
            continue
        statement = NetworkStatement.model_validate(
            {
                "from": _side(intent.from_),
                "to": _side(intent.to),
                "traffic": "all" if intent.port is None else f"tcp {intent.port}",
            }
        )
        yield Asked(
            f"blueprint-{index + 1}",
            _title(statement, never=intent.rule == "never"),
            "the blueprint says so",
            Severity.CRITICAL,
            intent.rule == "never",
            parse(*statement.from_),
            parse(*statement.to),
            traffic_of(statement.traffic),
            origin=Origin(file=file),
            least_depth=intent.least_depth,
            texts=(statement.from_, statement.to),
        )


def _side(text: str) -> str:
    team, slash, workload = text.partition("/")
    return f"team={team}" if slash and workload == "*" else text


# --- one intent, decided


def _cuts(intent: Asked) -> tuple[Prefix, ...]:
    return (*intent.source.prefixes, *intent.destination.prefixes)


def _unfolded(network: Network, intent: Asked) -> Iterator[Asked]:
    if intent.for_each is None:
        yield intent
        return
    label = intent.for_each
    values = network.model.vpcs if label == "vpc" else sorted(network.values(label))
    for value in values:
        source, destination = (
            _located(position, partial(parse, *(text.replace(f"{{{label}}}", value) for text in texts)))
            for position, texts in zip(intent.positions, intent.texts, strict=True)
        )
        title = intent.title.removeprefix(f"for each {label}: ").replace(f"{{{label}}}", value)
        yield replace(intent, title=title, source=source, destination=destination, for_each=None)


def _decide(flowing: Flowing, intent: Asked) -> Answer | None:
    """None: nothing is there that it speaks of."""
    network = flowing.network
    strict = intent.origin is not None and intent.origin.line is not None
    source, destination = (
        _located(position, partial(resolve, network, end, strict=strict))
        for position, end in zip(intent.positions, (intent.source, intent.destination), strict=True)
    )
    if source.empty or destination.empty:
        return None
    if not intent.never:
        return always(flowing, source, destination, intent.traffic)
    return reach(
        flowing,
        source,
        destination,
        intent.traffic,
        but=intent.but,
        unless_through=excepted(network, intent.unless_through),
    )


def _findings(network: Network, intent: Asked, answer: Answer) -> Iterator[Finding]:
    control = f"NET-INTENT:{intent.name}"
    origins = (intent.origin,) if intent.origin is not None else ()
    subject = Subject("intent", intent.title)
    if answer.status is Status.PROVED:
        does = "nothing of it can flow" if intent.never else "every one of them can connect"
        message = f"{does}: looked at {answer.looked}"
        yield Finding(
            control, intent.title, answer.status, intent.severity, subject, message, origins=origins
        )
    elif answer.status is Status.UNKNOWN:
        reasons = tuple(each.reason for each in answer.unsettled)
        yield Finding(
            control,
            intent.title,
            answer.status,
            intent.severity,
            subject,
            reasons[0],
            origins=origins,
            evidence=reasons[1:6],
            settle=answer.unsettled[0].settle,
        )
    elif intent.never:
        for witness in answer.witnesses:
            yield _violation(network, intent, answer, witness)
    else:
        key = answer.unsettled[0].key if answer.unsettled else ""
        yield Finding(
            control,
            intent.title,
            answer.status,
            intent.severity,
            network.subject(key) if key else subject,
            "; ".join(each.reason for each in answer.unsettled),
            origins=origins,
            evidence=evidence(network, answer.witness) if answer.witness is not None else (),
            remediation=f"open the way (why: {intent.because})",
        )


def _violation(network: Network, intent: Asked, answer: Answer, witness: Witness) -> Finding:
    one, other = network.name(witness.source), network.name(witness.destination)
    blamed = [
        origin
        for hop in reversed(witness.forward.hops)
        if hop.control and hop.passed
        for origin in network.origins(hop.place)[:1]
    ]
    key = witness.destination if witness.destination in network.model.interfaces else witness.source
    return Finding(
        f"NET-INTENT:{intent.name}",
        intent.title,
        Status.VIOLATED,
        intent.severity,
        network.subject(key),
        f"`{one}` can send to `{other}`: {witness.packet}"
        + (f" ({answer.flowing} such pairs of interfaces)" if answer.flowing > 1 else ""),
        origins=tuple(dict.fromkeys((*blamed, *((intent.origin,) if intent.origin is not None else ())))),
        evidence=evidence(network, witness),
        remediation=f"close one of the controls that let it pass (why: {intent.because})",
    )


def _located(position: Position | None, call: Callable[[], Found]) -> Found:
    """Calls, and gives an InputError its place."""
    try:
        return call()
    except InputError as error:
        if position is None or error.position is not None:
            raise
        raise InputError(error.message, position=position, help=error.help) from None
