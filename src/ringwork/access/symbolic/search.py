"""From a model of the formula to a request: texts that fit it, or a clause that says why there are none."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from pysat.solvers import Solver

from ringwork.access.symbolic.encode import Encoder, Key
from ringwork.access.symbolic.formula import Lit
from ringwork.access.symbolic.words import (
    INSIDE,
    OVERLAP,
    Language,
    TooManyStatesError,
    enough,
    language,
    relation,
    word,
)

_Holds: TypeAlias = Callable[[Lit], bool]
_SOME = language("glob", "?*")
SOLVER = "minisat22"
"""the formulas are small: what counts is how fast a solver starts"""
ROUNDS = 5_000
"""models tried for one question"""


class UndecidedError(Exception):
    """The search was given up; the message says where."""


@dataclass(frozen=True, slots=True)
class Found:
    """A resource and a context that fit the formula."""

    resource: str
    context: Mapping[str, str | tuple[str, ...]]


@dataclass(slots=True)
class Search:
    """One formula, asked under changing assumptions."""

    encoder: Encoder
    solver: Solver
    _types: dict[tuple[str, ...], int] = field(default_factory=dict)

    @classmethod
    def of(cls, encoder: Encoder, top: Lit) -> Search:
        """Start a solver on a closed encoder; `top` must hold."""
        encoder.formula.require(top)
        return cls(encoder, Solver(name=SOLVER, bootstrap_with=encoder.formula.clauses))

    def close(self) -> None:
        self.solver.delete()

    def restricted(self, languages: tuple[Language, ...]) -> int:
        """An assumption under which the resource is in one of the languages."""
        key = tuple(one.text for one in languages)
        found = self._types.get(key)
        if found is None:
            encoder = self.encoder
            found = self._types[key] = encoder.formula.new()
            lits = []
            for one in languages:
                known = encoder.resource.get(one)
                if known is None:
                    known = encoder.resource[one] = encoder.formula.new()
                lits.append(known)
            self.solver.add_clause([-found, *lits])
        return found

    def find(self, assumptions: list[int], likely: Iterable[str] = (), *, bare: bool = False) -> Found | None:
        """A request that fits; None: there is none.

        `likely`: resources to try first. `bare`: only the request about no resource. Raises `UndecidedError`.
        """
        encoder = self.encoder
        if bare:
            assumptions = [*assumptions, *(-lit for lit in encoder.resource.values())]
        for _ in range(ROUNDS):
            if not self.solver.solve(assumptions=assumptions):
                return None
            model = self.solver.get_model()
            size = len(model)

            def holds(lit: Lit, model: list[int] = model, size: int = size) -> bool:
                if isinstance(lit, bool):
                    return lit
                place = abs(lit)
                return place <= size and (model[place - 1] > 0) == (lit > 0)

            try:
                resource = "*" if bare else self._text(encoder.resource, holds, True, likely)
                if resource is None:
                    continue
                context: dict[str, str | tuple[str, ...]] = {}
                whole = True
                for key in encoder.keys.values():
                    if not holds(key.present):
                        continue
                    value = self._value(key, holds)
                    if value is None:
                        whole = False
                        break
                    context[key.name] = value
            except TooManyStatesError:
                raise UndecidedError("a search for a text that fits its patterns grew too large") from None
            if whole:
                return Found(resource, context)
        raise UndecidedError("too many models of the formula have no request")

    def _value(self, key: Key, holds: _Holds) -> str | tuple[str, ...] | None:
        if key.cells:
            chosen = [value for lit, value in key.chosen if holds(lit)]
            many = key.type.many
            if not chosen:
                chosen = [_any_value(key)]
            return tuple(chosen) if many else chosen[0]
        if key.type.many:
            return self._texts(key, holds)
        return self._text(key.languages, holds, key.present, _likely(key))

    def _text(
        self, languages: Mapping[Language, int], holds: _Holds, given: Lit, likely: Iterable[str]
    ) -> str | None:
        """A text in the languages whose literals hold and in no other; without one, a clause is added."""
        inside = [one for one, lit in languages.items() if holds(lit)]
        outside = [one for one, lit in languages.items() if not holds(lit)]
        unless = [] if isinstance(given, bool) else [-given]
        if self._pairs(languages, inside, outside, unless):
            return None
        found = _first(likely, inside, outside)
        if found is None:
            found = word(inside, outside)
        if found is None:
            inside, outside = _core(inside, outside)
            self.solver.add_clause(
                [*unless, *(-languages[one] for one in inside), *(languages[one] for one in outside)]
            )
        return found

    def _pairs(
        self,
        languages: Mapping[Language, int],
        inside: list[Language],
        outside: list[Language],
        unless: list[int],
    ) -> bool:
        """Whether two languages alone contradict the model; clauses that say so are added."""
        found = False
        for place, one in enumerate(inside):
            for other in inside[:place]:
                if not relation(one, other) & OVERLAP:
                    self.solver.add_clause([*unless, -languages[one], -languages[other]])
                    found = True
            for other in outside:
                if relation(one, other) & INSIDE:
                    self.solver.add_clause([*unless, -languages[one], languages[other]])
                    found = True
        return found

    def _texts(self, key: Key, holds: _Holds) -> tuple[str, ...] | None:
        """Texts of a multivalued key: one for each literal that some text must satisfy, none that fits a
        literal that no text may satisfy."""
        forbidden = [
            (languages, negated, lit) for (languages, negated), lit in key.exists.items() if not holds(lit)
        ]
        outside = [one for languages, negated, _ in forbidden if not negated for one in languages]
        unions = [languages for languages, negated, _ in forbidden if negated]
        found: list[str] = []
        for (languages, negated), lit in key.exists.items():
            if not holds(lit):
                continue
            if any(_fits(text, languages, negated) for text in found):
                continue
            text = _element(languages, negated, outside, unions)
            if text is None:
                self._blame(key, (languages, negated, lit), forbidden)
                return None
            found.append(text)
        if not found:
            text = _element(frozenset(), True, outside, unions)
            if text is None:
                self._blame(key, None, forbidden)
                return None
            found.append(text)
        return tuple(found)

    def _blame(
        self,
        key: Key,
        wanted: tuple[frozenset[Language], bool, int] | None,
        forbidden: list[tuple[frozenset[Language], bool, int]],
    ) -> None:
        kept = list(forbidden)
        languages, negated = (wanted[0], wanted[1]) if wanted else (frozenset[Language](), True)
        for each in forbidden:
            rest = [other for other in kept if other is not each]
            outside = [one for given, no, _ in rest if not no for one in given]
            unions = [given for given, no, _ in rest if no]
            if _element(languages, negated, outside, unions) is None:
                kept = rest
        clause = [lit for _, _, lit in kept]
        if wanted:
            clause.append(-wanted[2])
        elif not isinstance(key.present, bool):
            clause.append(-key.present)
        self.solver.add_clause(clause)


def _first(likely: Iterable[str], inside: list[Language], outside: list[Language]) -> str | None:
    for text in likely:
        if all(one.accepts(text) for one in inside) and not any(one.accepts(text) for one in outside):
            return text
    return None


def _core(inside: list[Language], outside: list[Language]) -> tuple[list[Language], list[Language]]:
    """Fewer languages that still contradict each other."""
    outside = enough(inside, outside)
    for group in (outside, inside):
        for one in list(group):
            group.remove(one)
            if word(inside, outside) is not None:
                group.append(one)
    return inside, outside


def _fits(text: str, languages: frozenset[Language], negated: bool) -> bool:
    return any(one.accepts(text) for one in languages) != negated


def _element(
    languages: frozenset[Language], negated: bool, outside: list[Language], unions: list[frozenset[Language]]
) -> str | None:
    """A text that is not empty, in one of `languages` (in none, if negated), in none of `outside` and in some
    language of each of `unions`."""
    refused = [*outside, *languages] if negated else outside
    needed = [*unions] if negated else [*unions, languages]
    return _chosen([_SOME], refused, sorted(needed, key=len))


def _chosen(inside: list[Language], outside: list[Language], unions: list[frozenset[Language]]) -> str | None:
    if not unions:
        return word(inside, outside)
    first, *rest = unions
    for one in first:
        if any(not relation(one, other) & OVERLAP for other in inside):
            continue
        found = _chosen([*inside, one], outside, rest)
        if found is not None:
            return found
    return None


_LIKELY: Mapping[str, tuple[str, ...]] = {
    "aws:sourcevpce": ("vpce-0123456789abcdef0",),
    "aws:sourcevpc": ("vpc-0123456789abcdef0",),
    "aws:requestedregion": ("eu-central-1", "us-east-1"),
    "aws:sourceip": ("203.0.113.7",),
    "aws:principalorgid": ("o-exampleorgid",),
    "aws:resourceorgid": ("o-exampleorgid",),
    "aws:sourceaccount": ("111122223333",),
    "aws:principalaccount": ("111122223333",),
    "aws:resourceaccount": ("111122223333",),
    "aws:principalarn": ("arn:aws:iam::111122223333:role/x", "arn:aws:iam::111122223333:user/x"),
    "aws:sourcearn": ("arn:aws:s3:::x",),
    "iam:passedtoservice": ("sagemaker.amazonaws.com", "ec2.amazonaws.com"),
    "kms:viaservice": ("s3.eu-central-1.amazonaws.com",),
}
"""values that a reader believes"""


def _likely(key: Key) -> tuple[str, ...]:
    return _LIKELY.get(key.name, ())


def _any_value(key: Key) -> str:
    """A value for a key whose value nobody asks about."""
    return {"bool": "true", "numeric": "1", "date": "2026-01-01T00:00:00+00:00", "ip": "203.0.113.7"}.get(
        key.type.type, "x"
    )
