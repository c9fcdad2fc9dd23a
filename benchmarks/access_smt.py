"""Our questions as SMT-LIB, for other solvers: a script for each class of actions in which the statements of
a question behave alike.

The same statements in the theory of strings: a resource and each key are text variables, patterns are regular
expressions, a multivalued key is several texts of which some are there, numbers are reals and addresses
integers. Only identity-based policies and what limits like them; no axioms (`Question.open_world`).
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

from ringwork.access.conditions import Condition, as_date, as_number, base_of, truth
from ringwork.access.symbolic.encode import _LANGUAGES
from ringwork.access.symbolic.keys import ALWAYS, key_type
from ringwork.access.symbolic.question import Question, _Asking
from ringwork.access.symbolic.statements import Clause
from ringwork.access.symbolic.words import Language, _Row, language

_ANY, _WITHIN = 1, 2
ELEMENTS_MORE = 1
"""texts of a multivalued key beyond one for each of its conditions"""


class CannotSayError(Exception):
    """A question that this translation does not express: policy variables of unknown value."""


def scripts(question: Question) -> Iterator[str]:
    """The question is answered *no* if every script is unsatisfiable."""
    asking = _Asking(question)
    for bits, some in asking._classes():  # the same classes for all
        yield _Script(asking.fixed, some).of(asking, bits)


def _quoted(text: str) -> str:
    out = []
    for c in text:
        if c == '"':
            out.append('""')
        elif " " <= c <= "~" and c != "\\":
            out.append(c)
        else:
            out.append(f"\\u{{{ord(c):x}}}")
    return '"' + "".join(out) + '"'


def _row(row: _Row) -> str:
    parts: list[str] = []
    plain = ""

    def flush() -> None:
        nonlocal plain
        if plain:
            parts.append(f"(str.to_re {_quoted(plain)})")
            plain = ""

    no_colon = '(re.diff re.allchar (str.to_re ":"))'
    for (what, c), loop in zip((*row.reads, ("end", "")), row.loops, strict=True):
        if loop:
            flush()
            parts.append("re.all" if loop == _ANY else f"(re.* {no_colon})")
        if what == "any":
            flush()
            parts.append("re.allchar")
        elif what == "within":
            flush()
            parts.append(no_colon)
        elif what == "case":
            flush()
            parts.append(f"(re.union (str.to_re {_quoted(c)}) (str.to_re {_quoted(c.upper())}))")
        elif what == "":
            plain += c
    flush()
    if not parts:
        return '(str.to_re "")'
    return parts[0] if len(parts) == 1 else f"(re.++ {' '.join(parts)})"


def _in(variable: str, one: Language) -> str:
    if one.everything:
        return "true"
    if not one.rows:
        return "false"
    if one.only is not None:
        return f"(= {variable} {_quoted(one.only)})"
    if len(one.rows) == 1:
        return f"(str.in_re {variable} {_row(one.rows[0])})"
    return f"(str.in_re {variable} (re.union {' '.join(map(_row, one.rows))}))"


def _all(parts: Iterable[str]) -> str:
    found = [part for part in parts if part != "true"]
    if "false" in found:
        return "false"
    return "true" if not found else found[0] if len(found) == 1 else f"(and {' '.join(found)})"


def _any(parts: Iterable[str]) -> str:
    found = [part for part in parts if part != "false"]
    if "true" in found:
        return "true"
    return "false" if not found else found[0] if len(found) == 1 else f"(or {' '.join(found)})"


def _not(part: str) -> str:
    return {"true": "false", "false": "true"}.get(part, f"(not {part})")


@dataclass
class _Script:
    fixed: object
    some: list[Clause]
    keys: dict[str, str] = field(default_factory=dict)
    lines: list[str] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)
    sorts: dict[str, str] = field(default_factory=dict)

    def of(self, asking: _Asking, bits: int) -> str:
        for clause in self.some:
            for condition in clause.statement.conditions:
                if condition.test is None:
                    continue
                name = condition.key
                self.counts[name] = self.counts.get(name, ELEMENTS_MORE) + 1
                base = base_of(condition.operator)
                sort = "Real" if base.startswith(("numeric", "date")) else "ip" if base == "ipaddress" else ""
                if sort and self.sorts.setdefault(name, sort) != sort:
                    raise CannotSayError(f"{name} as two types")
        asked = [clause for clause in asking.matching if clause.bits(asking.added) & bits]
        parts = [_any(self._applies(clause, asking) for clause in asked)]
        for side, must in asking.sides:
            parts.append(self._side(side, bits, asking, must=must))
        body = _all(parts)
        first = ("(declare-const resource String)", '(assert (not (= resource "*")))')
        return "\n".join([*first, *self.lines, f"(assert {body})"])

    def _side(self, side: object, bits: int, asking: _Asking, *, must: bool) -> str:
        added = asking.added

        def some(given: Iterable[Clause]) -> str:
            return _any(self._applies(clause, asking) for clause in given if clause.bits(added) & bits)

        denied = _any(
            self._applies(deny.clause, asking)
            for deny in side.denies  # type: ignore[attr-defined]
            if deny.clause.bits(added) & bits and (deny.reach is None or deny.reach & bits)
        )
        allowed = _all(
            [
                some(side.identity),  # type: ignore[attr-defined]
                *(some(level) for level in (*side.needed, *side.limits)),  # type: ignore[attr-defined]
                _not(denied),
            ]
        )
        return allowed if must else _not(allowed)

    def _applies(self, clause: Clause, asking: _Asking) -> str:
        parts = [self._resource(clause, asking)]
        parts += [self._condition(condition, asking) for condition in clause.statement.conditions]
        return _all(parts)

    def _resource(self, clause: Clause, asking: _Asking) -> str:
        if clause.anything:
            return "true"
        languages = list(clause.languages)
        languages += [language(clause.kind, self._substituted(text, asking)) for text in clause.variable]
        found = _any(_in("resource", one) for one in languages)
        return _not(found) if clause.not_resources else found

    def _substituted(self, text: str, asking: _Asking) -> str:
        from ringwork.access import patterns  # noqa: PLC0415

        try:
            return patterns.substitute(text, asking.fixed)
        except patterns.UnresolvedError:
            raise CannotSayError(text) from None

    def _key(self, name: str) -> str:
        if name not in self.keys:
            variable = self.keys[name] = f"k{len(self.keys)}"
            self.lines.append(f"(declare-const {variable}_there Bool)")
            if name in ALWAYS:
                self.lines.append(f"(assert {variable}_there)")
            kind = key_type(name)
            sort = self.sorts.get(name)
            if kind.many:
                count = self.counts.get(name, 1)
                for number in range(count):
                    self.lines.append(f"(declare-const {variable}_{number} String)")
                    self.lines.append(f"(declare-const {variable}_{number}_in Bool)")
                    self.lines.append(f'(assert (not (= {variable}_{number} "")))')
                members = " ".join(f"{variable}_{number}_in" for number in range(count))
                self.lines.append(f"(assert (= {variable}_there (or false {members})))")
            elif sort == "Real":
                self.lines.append(f"(declare-const {variable} Real)")
            elif sort == "ip":
                self.lines.append(f"(declare-const {variable} Int)")
                self.lines.append(f"(declare-const {variable}_six Bool)")
                self.lines.append(
                    f"(assert (and (<= 0 {variable}) (ite {variable}_six (< {variable} {2**128}) "
                    f"(< {variable} {2**32}))))"
                )
            else:
                self.lines.append(f"(declare-const {variable} String)")
                if kind.type == "bool":
                    self.lines.append(f'(assert (or (= {variable} "true") (= {variable} "false")))')
        return self.keys[name]

    def _condition(self, condition: Condition, asking: _Asking) -> str:
        name = condition.key
        if condition.variables:
            values = tuple(self._substituted(value, asking) for value in condition.values)
            condition = replace(condition, values=values, variables=False)
        if name in asking.fixed or name in asking.absent:
            return "true" if condition.holds(asking.fixed) else "false"
        key = self._key(name)
        there = f"{key}_there"
        if condition.test is None:
            return _any(_not(there) if truth(value) else there for value in condition.values)
        if key_type(name).many:
            return self._many(condition, key, there)
        matched = self._matched(condition, key)
        result = _not(matched) if condition.negated else matched
        if condition.over is not None and name not in self.sorts and key_type(name).type != "bool":
            there = _all([there, f'(not (= {key} ""))'])
        if (
            condition.over == "forallvalues"
            or condition.if_exists
            or (condition.over is None and condition.negated)
        ):
            return _any([_not(there), result])
        return _all([there, result])

    def _many(self, condition: Condition, key: str, there: str) -> str:
        if condition.over is None:
            # our reading: see `conditions.Condition.holds`
            absent = condition.negated or condition.if_exists
            if condition.negated:
                return "true"
            return _not(there) if absent else "false"
        count = self.counts[condition.key]
        negated = condition.negated if condition.over == "foranyvalue" else not condition.negated
        exists = _any(
            _all(
                [
                    f"{key}_{number}_in",
                    _not(self._matched(condition, f"{key}_{number}"))
                    if negated
                    else self._matched(condition, f"{key}_{number}"),
                ]
            )
            for number in range(count)
        )
        if condition.over == "foranyvalue":
            return _any([_not(there), exists]) if condition.if_exists else exists
        return _not(exists)

    def _matched(self, condition: Condition, variable: str) -> str:
        base = base_of(condition.operator)
        sort = self.sorts.get(condition.key)
        if sort == "ip":
            if base != "ipaddress":
                raise CannotSayError(f"{base} on addresses")
            return _any(self._network(value, variable) for value in condition.values)
        if sort == "Real":
            if not base.startswith(("numeric", "date")):
                raise CannotSayError(f"{base} on numbers")
            read = as_number if base.startswith("numeric") else as_date
            sign = {"equals": "=", "lessthan": "<", "lessthanequals": "<=", "greaterthan": ">",
                    "greaterthanequals": ">="}[base.removeprefix("numeric").removeprefix("date")]  # fmt: skip
            return _any(f"({sign} {variable} {_real(read(value))})" for value in condition.values)
        return _any(_in(variable, language(_LANGUAGES[base], value)) for value in condition.values)

    def _network(self, value: str, variable: str) -> str:
        network = ipaddress.ip_network(value, strict=False)
        six = f"{variable}_six" if network.version == 6 else f"(not {variable}_six)"
        first, last = int(network.network_address), int(network.broadcast_address)
        return f"(and {six} (<= {first} {variable}) (<= {variable} {last}))"


def _real(value: object) -> str:
    if value is None:
        raise CannotSayError("a number that is none")
    text = f"{value:f}"
    text = text if "." in text else f"{text}.0"
    return f"(- {text[1:]})" if text.startswith("-") else text
