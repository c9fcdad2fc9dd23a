"""From statements to one formula: the same rules as the evaluator's, over requests that are not yet known.

A request is a resource (one text), and for each condition key a text, several texts, or nothing. What
conditions and patterns say of a text are atoms of the formula; `search` finds texts that fit a model of it.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from decimal import Decimal

from ringwork.access import patterns
from ringwork.access.conditions import Condition, Values, as_date, as_number, base_of, truth
from ringwork.access.patterns import UnresolvedError
from ringwork.access.symbolic.formula import Formula, Lit, negate
from ringwork.access.symbolic.keys import ALWAYS, KeyType, key_type
from ringwork.access.symbolic.statements import Clause
from ringwork.access.symbolic.words import Kind, Language, language

BARE = "a condition without a set operator on a multivalued key"
IF_ANY = "ForAnyValue with IfExists while the key is missing"
UNRESOLVED = "what NotResource takes in while a variable in it has no value"
NOT_PRINCIPAL = "how far NotPrincipal exempts a principal"
CANONICAL = "whose the canonical user ids are"

_LANGUAGES: Mapping[str, Kind] = {
    "stringequals": "equals",
    "stringequalsignorecase": "equals-any-case",
    "stringlike": "glob",
    "arnlike": "arn",
    "bool": "equals-any-case",
    "binaryequals": "equals",
}
_ORDERED = ("numeric", "date", "ipaddress")
_SOME_TEXT = language("glob", "?*")


@dataclass(slots=True)
class Key:
    """What the formula says of one condition key."""

    name: str
    type: KeyType
    present: Lit
    cells: bool
    """its values are chosen from finitely many kinds of them"""
    languages: dict[Language, int] = field(default_factory=dict)
    """of a single text: whether it is in the language"""
    exists: dict[tuple[frozenset[Language], bool], int] = field(default_factory=dict)
    """of several texts: whether some is in one of the languages (or in none of them)"""
    matches: dict[tuple[str, tuple[str, ...], bool], tuple[int, Condition]] = field(default_factory=dict)
    """of values in cells: whether the value (some value) matches the condition (or does not)"""
    chosen: list[tuple[int, str]] = field(default_factory=list)
    """cells: variable, and a value in it"""


@dataclass(slots=True)
class Encoder:
    """A formula over the requests of one class of actions, in which all statements behave alike."""

    fixed: Values
    """keys whose values are known, lower case"""
    absent: frozenset[str]
    """keys that the requests do not have"""
    always: frozenset[str] = ALWAYS
    """keys that each request has"""
    formula: Formula = field(default_factory=Formula)
    resource: dict[Language, int] = field(default_factory=dict)
    keys: dict[str, Key] = field(default_factory=dict)
    readings: dict[str, int] = field(default_factory=dict)
    """an AWS rule that can be read in two ways -> true for the evaluator's reading"""
    free_variables: set[str] = field(default_factory=set)
    """keys that stand in policy variables and whose values are not known"""
    doubts: set[str] = field(default_factory=set)
    """why a model of the formula may have no request"""
    _ordered: set[str] = field(default_factory=set)
    _sets: set[str] = field(default_factory=set)
    _words: dict[tuple[str, str, str], int] = field(default_factory=dict)
    _made: dict[int, Lit] = field(default_factory=dict)
    _conditions: dict[tuple[str, str, tuple[str, ...], bool], Lit] = field(default_factory=dict)

    def prepare(self, clauses: Iterable[Clause]) -> None:
        """See how keys of unknown type are compared: as numbers, dates or addresses, and as sets."""
        for clause in clauses:
            self.prepare_conditions(clause.statement.conditions)

    def prepare_conditions(self, conditions: Iterable[Condition]) -> None:
        """The same, of conditions."""
        for condition in conditions:
            if condition.test is not None and base_of(condition.operator).startswith(_ORDERED):
                self._ordered.add(condition.key)
            if condition.over is not None and not key_type(condition.key).known:
                self._sets.add(condition.key)

    # --- statements

    def applies(self, clause: Clause) -> Lit:
        """Resource and conditions; the action is known to match."""
        made = self._made.get(id(clause))
        if made is None:
            lits = [self._resource(clause)]
            if lits[0] is not False:
                lits += [self.condition(condition) for condition in clause.statement.conditions]
            made = self._made[id(clause)] = self.formula.all(lits)
        return made

    def _resource(self, clause: Clause) -> Lit:
        if clause.anything:
            return True
        lits: list[Lit] = [self.about(one) for one in clause.languages]
        unresolved: list[Lit] = []
        for text in clause.variable:
            lit, missing = self._variable_resource(clause.kind, text)
            lits.append(lit)
            unresolved.append(missing)
        found = self.formula.any(lits)
        if not clause.not_resources:
            return found
        missing = self.formula.any(unresolved)
        if missing is False:
            return negate(found)
        # the evaluator: an Allow does not match while a variable has no value, a Deny does
        ours = self.reading(UNRESOLVED)
        narrow = self.formula.all([missing, ours if clause.statement.allows else negate(ours)])
        return self.formula.all([negate(found), negate(narrow)])

    def about(self, one: Language) -> Lit:
        """Whether the resource is in a language."""
        if one.everything:
            return True
        if not one.rows:
            return False
        found = self.resource.get(one)
        if found is None:
            found = self.resource[one] = self.formula.new()
        return found

    def _variable_resource(self, kind: Kind, text: str) -> tuple[Lit, Lit]:
        """Whether a pattern with variables matches, and whether a variable in it has no value."""
        free = self._free(text)
        if not free:
            try:
                return self.about(language(kind, patterns.substitute(text, self.fixed))), False
            except UnresolvedError:
                return False, True
        word = self._word(("resource", kind, text), free)
        if word is not False:
            self._at_most(word, self.about(language(kind, self._widened(text, free))))
        return word, self._missing(text, free)

    def _widened(self, text: str, free: list[str]) -> str:
        known = {name: value for name, value in self.fixed.items() if name not in free}
        # a default is one of the values that a variable can have
        return patterns.widened(patterns.without_defaults(text, free), known)

    def _at_most(self, word: Lit, wider: Lit) -> None:
        """A pattern matches at most what it does with anything for its variables."""
        self.formula.require(negate(word), wider)

    def reading(self, rule: str) -> int:
        """True for the evaluator's reading of a rule that AWS leaves open."""
        found = self.readings.get(rule)
        if found is None:
            found = self.readings[rule] = self.formula.new()
        return found

    # --- policy variables whose values are not known

    def known(self, key: str) -> bool:
        """Whether the key's value, or its absence, is known: no request has a key without a prefix."""
        return key in self.fixed or key in self.absent or ":" not in key

    def _free(self, text: str) -> list[str]:
        return [name for name in patterns.variables(text) if not self.known(name)]

    def _missing(self, text: str, free: list[str]) -> Lit:
        try:
            patterns.substitute(text, {**self.fixed, **dict.fromkeys(free, "x")})
        except UnresolvedError:
            return True
        needed = [name for name in free if not patterns.has_default(text, name)]
        return self.formula.any(negate(self.key(name).present) for name in needed)

    def _word(self, key: tuple[str, str, str], free: list[str]) -> Lit:
        """Whether a text fits a pattern whose variables are not known: nothing more is said of it here, so
        what no model admits no request does; a model is tried with values put in."""
        found = self._words.get(key)
        if found is None:
            missing = self._missing(key[2], free)
            if missing is True:
                return False
            found = self._words[key] = self.formula.new()
            self.formula.require(-found, negate(missing))
            self.free_variables.update(free)
        return found

    # --- conditions

    def key(self, name: str) -> Key:
        """The record of a key whose value is not known."""
        found = self.keys.get(name)
        if found is None:
            kind = key_type(name)
            if name in self._sets:
                # one text is a set as well, so nothing is lost
                kind = replace(kind, many=True)
            cells = kind.type in ("bool", "numeric", "date", "ip") or name in self._ordered
            present: Lit = True if name in self.always else self.formula.new()
            found = self.keys[name] = Key(name, kind, present, cells)
        return found

    def condition(self, condition: Condition) -> Lit:
        """Whether the request satisfies a condition."""
        cached = (condition.operator, condition.key, condition.values, condition.variables)
        found = self._conditions.get(cached)
        if found is None:
            found = self._conditions[cached] = self._condition(condition)
        return found

    def _condition(self, condition: Condition) -> Lit:
        words = [value for value in condition.values if condition.variables and self._free(value)]
        if self.known(condition.key) and not words:
            notes: set[str] = set()
            holds = condition.holds(self.fixed, notes)
            if not notes:
                return holds
            return self._either_reading(BARE if condition.over is None else IF_ANY, holds)
        if self.known(condition.key):
            # the value is known and what it is compared with is not: a word of its own
            if condition.key in self.absent or isinstance(self.fixed[condition.key], tuple):
                self.doubts.add(f"variables beside the multivalued key `{condition.key}`")
                return self.formula.new()
            matched = self._matched_words(condition, words)
            return negate(matched) if condition.negated else matched
        key = self.key(condition.key)
        if condition.test is None:
            return self.formula.any(
                negate(key.present) if truth(value) else key.present for value in condition.values
            )
        if key.type.many:
            return self._many(key, condition, words)
        return self._single(key, condition, words)

    def _matched_words(self, condition: Condition, words: list[str]) -> Lit:
        """A known value against values with variables, and against those without."""
        plain = replace(condition, values=tuple(v for v in condition.values if v not in words), negated=False)
        base = base_of(condition.operator)
        lits: list[Lit] = [self._word((condition.key, base, value), self._free(value)) for value in words]
        return self.formula.any([plain.holds(self.fixed), *lits])

    def _single(self, key: Key, condition: Condition, words: list[str]) -> Lit:
        matched = self._match(key, condition, words)
        result = negate(matched) if condition.negated else matched
        there = key.present
        if condition.over is not None and not key.cells:
            # a set operator takes an empty text for no value
            there = self.formula.all([there, self._in(key, _SOME_TEXT)])
        if condition.over == "foranyvalue" and condition.if_exists:
            return self._any_if_exists(there, result)
        if condition.over == "forallvalues" or condition.if_exists:
            return self.formula.any([negate(there), result])
        if condition.over is None and condition.negated:
            return self.formula.any([negate(there), result])
        return self.formula.all([there, result])

    def _match(self, key: Key, condition: Condition, words: list[str]) -> Lit:
        """Whether the one text of a key matches some value of a condition."""
        base = base_of(condition.operator)
        lits: list[Lit] = [self._word_of(key, base, value) for value in words]
        plain = replace(condition, values=tuple(v for v in condition.values if v not in words))
        if key.cells:
            return self.formula.any([self._cell(key, plain, negated=False), *lits])
        lits += [self._in(key, one) for one in self._values(plain)]
        return self.formula.any(lits)

    def _word_of(self, key: Key, base: str, value: str) -> Lit:
        free = self._free(value)
        word = self._word((key.name, base, value), free)
        if word is not False and not key.cells:
            if base in ("stringlike", "arnlike"):
                wider = self._in(key, language(_LANGUAGES[base], self._widened(value, free)))
                self._at_most(word, wider)
            elif base == "stringequals":
                # here `*` and `?` stand for themselves
                text = self._widened(patterns.escaped_beside_variables(value), free)
                self._at_most(word, self._in(key, language("glob", text)))
        return word

    def _values(self, condition: Condition) -> list[Language]:
        """The languages of a condition's values, their variables known."""
        kind = _LANGUAGES[base_of(condition.operator)]
        found = []
        for value in condition.values:
            try:
                text = patterns.substitute(value, self.fixed) if condition.variables else value
            except UnresolvedError:
                continue
            found.append(language(kind, text))
        return [one for one in found if one.rows]

    def _in(self, key: Key, one: Language) -> Lit:
        if one.everything:
            return True
        found = key.languages.get(one)
        if found is None:
            found = key.languages[one] = self.formula.new()
        return found

    def _cell(self, key: Key, condition: Condition, *, negated: bool) -> Lit:
        values = tuple(condition.values)
        if not values:
            return False
        base = base_of(condition.operator)
        if condition.variables:
            values = tuple(self._substituted(values))
        known = key.matches.get((base, values, negated))
        if known is None:
            plain = replace(condition, values=values, variables=False)
            known = key.matches[base, values, negated] = (self.formula.new(), plain)
        return known[0]

    def _substituted(self, values: Iterable[str]) -> Iterable[str]:
        for value in values:
            try:
                yield patterns.substitute(value, self.fixed)
            except UnresolvedError:
                continue

    def _many(self, key: Key, condition: Condition, words: list[str]) -> Lit:
        if words:
            # IAM user guide, "Policy variables": multivalued keys are compared with them, too
            self.doubts.add(f"variables beside the multivalued key `{key.name}`")
            return self.formula.new()
        if condition.over is None:
            absent = condition.negated or condition.if_exists
            ours = (
                self.formula.any([key.present, absent])
                if condition.negated
                else self.formula.all([negate(key.present), absent])
            )
            return self._either_reading(BARE, ours)
        if condition.over == "foranyvalue":
            found = self._exists(key, condition, negated=condition.negated)
            return self._any_if_exists(key.present, found) if condition.if_exists else found
        return negate(self._exists(key, condition, negated=not condition.negated))

    def _exists(self, key: Key, condition: Condition, *, negated: bool) -> Lit:
        """Whether some text of a key matches (or does not) the values of a condition."""
        if key.cells:
            if not condition.values:
                return key.present if negated else False
            return self._cell(key, condition, negated=negated)
        languages = frozenset(self._values(condition))
        if not languages or any(one.everything for one in languages):
            nothing = bool(languages) == negated
            return False if nothing else key.present
        found = key.exists.get((languages, negated))
        if found is None:
            found = key.exists[languages, negated] = self.formula.new()
            self.formula.require(-found, key.present)
        return found

    def _any_if_exists(self, there: Lit, result: Lit) -> Lit:
        """True without the key, as the evaluator reads it, or false: AWS leaves it open."""
        missing = self.formula.all([negate(there), self.reading(IF_ANY)])
        return self.formula.any([missing, self.formula.all([there, result])])

    def _either_reading(self, rule: str, ours: Lit) -> Lit:
        reading = self.reading(rule)
        other = self.formula.new()
        return self.formula.any([self.formula.all([reading, ours]), self.formula.all([-reading, other])])

    # --- values in cells

    def close(self) -> None:
        """Say of every key with cells which values there are. Nothing may be added afterwards."""
        for key in self.keys.values():
            if key.cells:
                self._close_cells(key)

    def _close_cells(self, key: Key) -> None:
        if not key.matches:
            return
        asked = [condition for _, condition in key.matches.values()]
        by_kind: dict[tuple[bool, ...], str] = {}
        for value in self._candidates(key, asked):
            kind = tuple(_matches(condition, value) for condition in asked)
            by_kind.setdefault(kind, value)
        key.chosen = [(self.formula.new(), value) for value in by_kind.values()]
        variables = [variable for variable, _ in key.chosen]
        self.formula.require(negate(key.present), *variables)
        for variable in variables:
            self.formula.require(-variable, key.present)
        if not key.type.many:
            for place, one in enumerate(variables):
                for other in variables[:place]:
                    self.formula.require(-one, -other)
        for place, ((_, _, negated), (lit, _)) in enumerate(key.matches.items()):
            wanted = [
                variable for kind, variable in zip(by_kind, variables, strict=True) if kind[place] != negated
            ]
            for variable in wanted:
                self.formula.require(lit, -variable)
            self.formula.require(-lit, *wanted)

    def _candidates(self, key: Key, conditions: list[Condition]) -> Iterable[str]:
        """Values of which some lie in every kind of value that the conditions tell apart."""
        if key.type.type == "bool":
            return ("true", "false")
        bases = {base_of(condition.operator) for condition in conditions}
        texts = [value for condition in conditions for value in condition.values]
        if any(base in ("stringlike", "arnlike") for base in bases):
            self.doubts.add(f"wildcards beside comparisons on `{key.name}`")
        found: list[str] = []
        if key.type.type == "ip" or any(base == "ipaddress" for base in bases):
            found += _addresses(texts)
        if key.type.type == "numeric" or any(base.startswith("numeric") for base in bases):
            found += _numbers(texts)
        if key.type.type == "date" or any(base.startswith("date") for base in bases):
            found += _dates(texts, numbers=key.type.type == "numeric")
        literal = [
            patterns.literal(value)
            for condition in conditions
            if base_of(condition.operator) in _LANGUAGES
            for value in condition.values
        ]
        return [*found, *literal, *(() if key.type.known else ("x", ""))]


def _matches(condition: Condition, value: str) -> bool:
    assert condition.test is not None  # noqa: S101 (Null is no comparison)
    test = condition.test
    return any(test(value, wanted) for wanted in condition.values)


def _numbers(texts: Iterable[str]) -> list[str]:
    points = sorted({point for text in texts if (point := as_number(text)) is not None}) or [Decimal(0)]
    return [str(point) for point in _between(points)]


def _between(points: list[Decimal]) -> list[Decimal]:
    """The points, one value between every two, and one on either side."""
    found = [points[0] - 1]
    for place, point in enumerate(points):
        found.append(point)
        following = points[place + 1] if place + 1 < len(points) else point + 2
        found.append((point + following) / 2)
    return found


def _dates(texts: Iterable[str], *, numbers: bool) -> list[str]:
    points = sorted({point for text in texts if (point := as_date(text)) is not None}) or [Decimal(0)]
    return [str(point) if numbers else _said(point) for point in _between(points)]


def _said(point: Decimal) -> str:
    try:
        text = datetime.fromtimestamp(float(point), UTC).isoformat()
    except (OverflowError, ValueError, OSError):
        return str(point)
    return text if as_date(text) == point else str(point)


_ELSEWHERE = ("203.0.113.7", "2001:db8::7")
"""addresses for documentation (RFC 5737, RFC 3849): tried first for an address of no named block"""


def _addresses(texts: Iterable[str]) -> list[str]:
    found: list[str] = list(_ELSEWHERE)
    points: dict[int, set[int]] = {4: {0}, 6: {1}}
    for text in texts:
        try:
            network = ipaddress.ip_network(patterns.literal(text), strict=False)
        except ValueError:
            continue
        first, last = int(network.network_address), int(network.broadcast_address)
        points[network.version].update((first, last, first - 1, last + 1))
        found.append(str(network.network_address))
    found += [str(ipaddress.IPv4Address(point)) for point in sorted(points[4]) if 0 <= point < 2**32]
    found += [str(ipaddress.IPv6Address(point)) for point in sorted(points[6]) if 0 <= point < 2**128]
    return found
