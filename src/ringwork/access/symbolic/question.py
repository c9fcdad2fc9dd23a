"""Is there a request of this kind that these policies allow?"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Literal, TypeAlias

from ringwork.access import catalogue
from ringwork.access.conditions import Condition, Values
from ringwork.access.decision import Decision
from ringwork.access.evaluate import Policies, evaluate, with_principal
from ringwork.access.policy import Policy, parse
from ringwork.access.request import WITHOUT_IDENTITY, Context, Principal, Request
from ringwork.access.symbolic import actions, axioms
from ringwork.access.symbolic.encode import Encoder
from ringwork.access.symbolic.formula import Lit, negate
from ringwork.access.symbolic.keys import (
    ALWAYS,
    ALWAYS_OF,
    OF_IAM_PRINCIPALS,
    OF_SERVICES,
    by_action,
    key_type,
    stem,
)
from ringwork.access.symbolic.search import Found, Search, UndecidedError
from ringwork.access.symbolic.sides import Side, side
from ringwork.access.symbolic.statements import Clause, clauses
from ringwork.access.symbolic.words import Language, language

Status: TypeAlias = Literal["proved", "violated", "unknown"]

TRIES = 32
"""values put in for policy variables before a question is given up"""


@dataclass(frozen=True, slots=True)
class Answer:
    """Whether no request of a kind is allowed."""

    status: Status
    """proved: there is none; violated: `witness` is one; unknown: `reasons`"""
    witness: Request | None = None
    decision: Decision | None = None
    """of the evaluator, on the witness"""
    reasons: tuple[str, ...] = ()
    """for unknown: why, and on which reading of AWS's rules it hinges"""
    catalogue: str = ""
    """the version of the actions and keys for which the answer holds"""


@dataclass(frozen=True, slots=True)
class Question:
    """Which requests are looked for."""

    principal: Principal
    match: Policy
    """an identity-based policy; its statements say, as Allow would, which requests count"""
    allowed: Policies
    """they must allow the request"""
    refused: Policies | None = None
    """they must not"""
    resource_account: str | None = None
    """of the resource; None: the principal's"""
    fixed: Context = field(default_factory=dict)
    """keys of which the value is known"""
    absent: frozenset[str] = frozenset()
    """keys that the requests do not have, lower case"""
    given: tuple[Condition, ...] = ()
    """conditions that hold of every request"""
    within: tuple[str, ...] = ()
    """resource patterns, of which one matches; none: any resource"""
    beyond: tuple[str, ...] = ()
    """resource patterns, of which none matches"""
    without: tuple[str, ...] = ()
    """patterns of actions that do not count"""
    anyone: bool = False
    """the principal stands for any of its kind and account: nothing is known of its requests' keys"""
    open_world: bool = False
    """take resources and keys as they come, whether or not the action takes them: for comparisons with other
    provers"""


def match(
    *action: str,
    resource: Iterable[str] = ("*",),
    condition: Mapping[str, Mapping[str, object]] | None = None,
) -> Policy:
    """The kind of request that a question is about, in the shape of an IAM statement.

    Raises `PolicyError`.
    """
    statement = {
        "Effect": "Allow",
        "Action": list(action),
        "Resource": list(resource),
        "Condition": dict(condition or {}),
    }
    return parse({"Version": "2012-10-17", "Statement": [statement]}, kind="identity", name="question")


def load() -> None:
    """Read the catalogue of actions, resource types and keys now, and not with the first question: 0.5 s."""
    actions.known()
    actions.reached_by_rcp()
    for prefix in catalogue.services():
        catalogue.resource_types(prefix)
    key_type("aws:tagkeys")


def ask(question: Question) -> Answer:
    """Whether no request of the kind is allowed. Every witness is one that `evaluate` allows."""
    return _Asking(question).answer()


@dataclass(slots=True)
class _Asking:
    question: Question
    sides: list[tuple[Side, bool]] = field(init=False)
    """with whether it must allow"""
    fixed: dict[str, str | tuple[str, ...]] = field(init=False)
    absent: frozenset[str] = field(init=False)
    added: tuple[str, ...] = field(init=False)
    matching: tuple[Clause, ...] = field(init=False)
    within: tuple[Language, ...] = field(init=False)
    beyond: tuple[Language, ...] = field(init=False)
    reasons: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        given = self.question
        who = given.principal
        same = who.account is not None and given.resource_account in (None, who.account)
        self.sides = [(side(who, given.allowed, same_account=same), True)]
        if given.refused is not None:
            self.sides.append((side(who, given.refused, same_account=same), False))
        self.fixed = _known(given)
        free = given.anyone or who.kind == "service"
        self.absent = given.absent if free else given.absent | OF_SERVICES
        self.absent -= self.fixed.keys()
        self.matching = clauses(given.match)
        self.within = tuple(language("resource", text) for text in given.within)
        self.beyond = tuple(language("resource", text) for text in given.beyond)
        strangers = [name for clause in self._clauses() for name in clause.strangers]
        self.added = tuple(dict.fromkeys(strangers)) if strangers else ()

    def _clauses(self) -> Iterator[Clause]:
        yield from self.matching
        for each, _ in self.sides:
            yield from each.clauses()

    def answer(self) -> Answer:
        version = catalogue.version()
        for bits, some in self._classes():
            found = self._class(bits, some)
            if found is not None:
                return Answer("violated", *found, catalogue=version)
        if self.reasons:
            return Answer("unknown", reasons=tuple(dict.fromkeys(self.reasons)), catalogue=version)
        return Answer("proved", catalogue=version)

    # --- classes of actions in which all statements behave alike

    def _classes(self) -> Iterator[tuple[int, list[Clause]]]:
        wanted = 0
        for clause in self.matching:
            wanted |= clause.bits(self.added)
        for pattern in self.question.without:
            wanted &= ~actions.bits(pattern, self.added)
        first = self.sides[0][0]
        if not wanted:
            return
        relevant: list[tuple[int, Clause | None]] = []
        seen: set[int] = set()
        for clause in self._clauses():
            bits = clause.bits(self.added) & wanted
            if bits and id(clause) not in seen:
                seen.add(id(clause))
                relevant.append((bits, clause))
        for each, _ in self.sides:
            relevant += [(mask & wanted, None) for mask in each.masks() if mask & wanted]
        if not first.could_allow(wanted, self.added):
            return
        parts: list[tuple[int, list[Clause]]] = [(wanted, [])]
        for bits, about in relevant:
            following: list[tuple[int, list[Clause]]] = []
            for part, some in parts:
                both = part & bits
                if not both:
                    following.append((part, some))
                    continue
                following.append((both, [*some, about] if about is not None else some))
                if both != part:
                    following.append((part ^ both, some))
            parts = following
        for part, some in parts:
            if first.could_allow(part, self.added):
                yield part, some

    def _class(self, bits: int, some: list[Clause]) -> tuple[Request, Decision] | None:
        """A witness among the requests for one class of actions."""
        if self._same(bits):
            return None
        search = self._search(bits, some, self.fixed, self.absent)
        if search is None:
            return None
        try:
            return self._witness(search, bits, some)
        finally:
            search.close()

    def _same(self, bits: int) -> bool:
        """Whether what must not be allowed allows at least what must: seen without a formula."""
        if len(self.sides) != 2:
            return False
        (new, _), (old, _) = self.sides
        if new.needed or old.needed or new.by_resource or old.by_resource or new.limits or old.limits:
            return False
        if new.grants or old.grants or any(deny.reach or deny.reading for deny in (*new.denies, *old.denies)):
            return False
        if not _contents(new.identity, bits, self.added) <= _contents(old.identity, bits, self.added):
            return False
        refused = (deny.clause for deny in old.denies)
        kept = (deny.clause for deny in new.denies)
        return _contents(refused, bits, self.added) <= _contents(kept, bits, self.added)

    def _search(
        self,
        bits: int,
        some: list[Clause],
        fixed: Mapping[str, str | tuple[str, ...]],
        absent: frozenset[str],
    ) -> Search | None:
        encoder = Encoder(fixed, absent)
        if self.question.anyone:
            encoder.always = ALWAYS | OF_IAM_PRINCIPALS
        encoder.prepare(some)
        encoder.prepare_conditions(self.question.given)
        lits: list[Lit] = [encoder.condition(condition) for condition in self.question.given]
        if self.within:
            lits.append(encoder.formula.any(encoder.about(one) for one in self.within))
        lits += [negate(encoder.about(one)) for one in self.beyond]
        asked = [encoder.applies(clause) for clause in self.matching if clause.bits(self.added) & bits]
        lits.append(encoder.formula.any(asked))
        for each, must in self.sides:
            lit = each.allowed(encoder, bits, self.added)
            lits.append(lit if must else negate(lit))
            if lits[-1] is False:
                return None
        if not self.question.open_world:
            axioms.add(encoder)
        encoder.close()
        top = encoder.formula.all(lits)
        return None if top is False else Search.of(encoder, top)

    # --- witnesses

    def _witness(self, search: Search, bits: int, some: list[Clause]) -> tuple[Request, Decision] | None:
        encoder = search.encoder
        ours = list(encoder.readings.values())
        try:
            if search.find([]) is None:
                return None
            found = self._believable(search, bits, some, ours)
            if found is not None or not self._feasible(search, bits):
                return found
        except UndecidedError as error:
            self.reasons.append(f"{self._named(bits)}: {error}")
            return None
        hinges = [f"it hinges on {rule}" for rule in encoder.readings]
        doubts = sorted(encoder.doubts)
        words = [f"the value of `{key}` in a policy variable" for key in sorted(encoder.free_variables)]
        self.reasons += [
            f"{self._named(bits)}: {why}" for why in (hinges or doubts or words or ["no replay"])
        ]
        return None

    def _named(self, bits: int) -> str:
        return actions.name(next(iter(actions.each(bits))), self.added)

    def _kinds(self, search: Search, bits: int) -> Iterator[tuple[str, list[int], actions.Offer | None]]:
        """One action for each kind of what actions can be about and take, with what follows of it."""
        encoder = search.encoder
        tried: set[tuple[actions.Offer | None, frozenset[str], bool]] = set()
        mentioned = [key for key in encoder.keys.values() if by_action(key.name)]
        for place in actions.each(bits):
            action = actions.name(place, self.added)
            offer = None if self.question.open_world else actions.offer(action)
            missing = (
                frozenset(key.name for key in mentioned if stem(key.name) not in offer.keys)
                if offer is not None
                else frozenset()
            )
            plain = None if offer is None else replace(offer, keys=frozenset())
            kind = (plain, missing, action in ALWAYS_OF.values())
            if kind in tried:
                continue
            tried.add(kind)
            needed = [negate(encoder.keys[name].present) for name in missing]
            needed += [
                encoder.keys[name].present
                for name, of in ALWAYS_OF.items()
                if of == action and name in encoder.keys
            ]
            if not any(lit is False for lit in needed):
                yield action, [lit for lit in needed if not isinstance(lit, bool)], offer

    def _believable(
        self, search: Search, bits: int, some: list[Clause], ours: list[int]
    ) -> tuple[Request, Decision] | None:
        """A witness whose resource the action can be about and whose keys it takes."""
        for action, needed, offer in self._kinds(search, bits):
            for found in self._resources(search, [*ours, *needed], offer):
                witness = self._replayed(action, found, search, bits, some)
                if witness is not None:
                    return witness
        return None

    def _feasible(self, search: Search, bits: int) -> bool:
        """Whether a request is left, under any reading and whether or not the evaluator agrees."""
        return any(
            True
            for _, needed, offer in self._kinds(search, bits)
            for _ in self._resources(search, needed, offer)
        )

    def _resources(self, search: Search, given: list[int], offer: actions.Offer | None) -> Iterator[Found]:
        account = self.question.resource_account or self.question.principal.account
        if offer is None:
            found = search.find(given, _LIKELY)
            if found is not None:
                yield found
            return
        if offer.resources:
            shapes = [_shape(template, account) for template in offer.resources]
            languages = tuple(language("arn", shape) for shape in shapes)
            likely = [shape.replace("?*", "x") for shape in shapes]
            likely = [_placed(text) for text in likely] + likely
            found = search.find([*given, search.restricted(languages)], likely)
            if found is not None:
                yield found
                return
        if offer.optional:
            found = search.find(given, bare=True)
            if found is not None:
                yield found

    def _replayed(
        self, action: str, found: Found, search: Search, bits: int, some: list[Clause]
    ) -> tuple[Request, Decision] | None:
        """The request, if the evaluator agrees; with variables of unknown value, one for values put in."""
        request = self._request(action, found)
        decision = self._agrees(request)
        if decision is not None:
            return self._least(request, decision)
        if not search.encoder.free_variables:
            return None
        for fixed, absent in _instances(search.encoder, found):
            fresh = self._search(bits, some, {**self.fixed, **fixed}, self.absent | absent)
            if fresh is None:
                continue
            try:
                again = _Asking(
                    replace(
                        self.question,
                        fixed={**self.question.fixed, **fixed},
                        absent=self.question.absent | absent,
                        match=self.question.match,
                    )
                )._class_of(action, fresh)
            finally:
                fresh.close()
            if again is not None:
                return again
        return None

    def _class_of(self, action: str, search: Search) -> tuple[Request, Decision] | None:
        offer = None if self.question.open_world else actions.offer(action)
        for found in self._resources(search, list(search.encoder.readings.values()), offer):
            request = self._request(action, found)
            decision = self._agrees(request)
            if decision is not None:
                return self._least(request, decision)
        return None

    def _request(self, action: str, found: Found) -> Request:
        context = {name: value for name, value in self.fixed.items() if name not in _IMPLIED}
        context.update(found.context)
        return Request(
            self.question.principal, action, found.resource, self.question.resource_account, context
        )

    def _agrees(self, request: Request) -> Decision | None:
        """The evaluator's decision, if it is of the kind that is looked for."""
        decision = evaluate(request, self.question.allowed)
        if not decision.allowed or not self._counts(request):
            return None
        if self.question.refused is not None and evaluate(request, self.question.refused).allowed:
            return None
        return decision

    def _counts(self, request: Request) -> bool:
        """Whether the request is of the kind that is looked for."""
        context = with_principal(request)
        return (
            _matches(self.question.match, request, context)
            and all(condition.holds(context) for condition in self.question.given)
            and (not self.within or any(one.accepts(request.resource) for one in self.within))
            and not any(one.accepts(request.resource) for one in self.beyond)
        )

    def _least(self, request: Request, decision: Decision) -> tuple[Request, Decision]:
        """The request without the keys that do not matter."""
        for name in sorted(request.context):
            if name in self.fixed or name in ALWAYS or name in ALWAYS_OF or name in OF_IAM_PRINCIPALS:
                continue
            context = {key: value for key, value in request.context.items() if key != name}
            fewer = replace(request, context=context)
            again = self._agrees(fewer)
            if again is not None:
                request, decision = fewer, again
        return request, decision


_IMPLIED = ("aws:principalarn", "aws:principalaccount")
"""the evaluator adds them by itself"""
_LIKELY = ("arn:aws:s3:::x", "*")


def _known(question: Question) -> dict[str, str | tuple[str, ...]]:
    """The keys whose values the question and its principal fix."""
    who = question.principal
    fixed = {name.lower(): value for name, value in question.fixed.items()}
    if question.anyone:
        return fixed
    if who.kind not in WITHOUT_IDENTITY:
        fixed.setdefault("aws:principalarn", (who.role if who.kind == "role" else None) or who.arn)
        if who.account is not None:
            fixed.setdefault("aws:principalaccount", who.account)
    if who.kind == "anonymous":
        fixed.setdefault("aws:principaltype", "Anonymous")
    else:
        fixed.setdefault("aws:principalisawsservice", "true" if who.kind == "service" else "false")
    account = question.resource_account or who.account
    if account is not None:
        fixed.setdefault("aws:resourceaccount", account)
    return fixed


def _matches(policy: Policy, request: Request, context: Values) -> bool:
    """Whether a question's statements take in a request."""
    return any(
        statement.names_resource(request.resource, context) and statement.conditions_hold(context)
        for statement in policy.about(request.action)
    )


def _contents(some: Iterable[Clause], bits: int, added: tuple[str, ...]) -> set[object]:
    return {clause.content for clause in some if clause.bits(added) & bits}


def _shape(template: str, account: str | None) -> str:
    """`arn:*:sagemaker:*:*:model/*` -> `arn:aws:sagemaker:?*:111122223333:model/?*`: no part is empty."""
    parts = template.split(":", 5)
    if len(parts) < 6:
        return template
    partition, service, region, owner, rest = parts[1:]
    partition = "aws" if partition == "*" else partition
    owner = (account or "111122223333") if owner == "*" else owner
    region = "?*" if region == "*" else region
    return ":".join(("arn", partition, service, region, owner, rest.replace("*", "?*")))


def _placed(text: str) -> str:
    parts = text.split(":", 5)
    if len(parts) == 6 and parts[3] == "x":
        parts[3] = "eu-central-1"
    return ":".join(parts)


def _instances(
    encoder: Encoder, found: Found
) -> Iterator[tuple[dict[str, str | tuple[str, ...]], frozenset[str]]]:
    """Values to put in for policy variables: those of the model, then texts that the formula mentions."""
    names = sorted(encoder.free_variables)
    first = {name: found.context[name] for name in names if name in found.context}
    yield first, frozenset(name for name in names if name not in first)
    texts: dict[str, None] = {}
    for key in encoder.keys.values():
        for one in key.languages:
            if one.only is not None:
                texts[one.only] = None
        for languages, _ in key.exists:
            for one in languages:
                if one.only is not None:
                    texts[one.only] = None
    for one in encoder.resource:
        for part in one.text.replace("*", "x").replace("?", "x").split(":")[-1].split("/"):
            texts[part] = None
    for text in list(texts)[:TRIES]:
        if text:
            yield dict.fromkeys(names, text), frozenset()
