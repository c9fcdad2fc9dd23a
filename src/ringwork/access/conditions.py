"""Condition elements: operators, set operators, `...IfExists`, `Null`.

Sources: IAM user guide, "IAM JSON policy elements: Condition operators", "Set operators for multivalued
context keys", "Single-valued vs. multivalued context keys".
"""

from __future__ import annotations

import base64
import binascii
import decimal
import functools
import ipaddress
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal, TypeAlias

from ringwork.access import patterns
from ringwork.access.patterns import UnresolvedError

Values: TypeAlias = Mapping[str, "str | tuple[str, ...]"]
Test: TypeAlias = Callable[[str, str], bool]
"""value of the request, value of the policy (variables replaced) -> whether they match"""


_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d{1,3})?")


def _number(text: str) -> decimal.Decimal:
    if not _NUMBER.fullmatch(text):
        raise ValueError(text)
    return decimal.Decimal(text)


def _date(text: str) -> decimal.Decimal:
    """ISO 8601 as the W3C profiles it (a year, a month, a day or a time of it), or seconds since 1970."""
    if re.fullmatch(r"\d{4}(-\d{2})?", text):
        text += "-01-01" if len(text) == 4 else "-01"
    elif _NUMBER.fullmatch(text):
        return _number(text)
    parsed = datetime.fromisoformat(text.replace("Z", "+00:00"))
    stamp = (parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)).timestamp()
    return decimal.Decimal(str(stamp))


def _truth(text: str) -> bool:
    return {"true": True, "false": False}[text.lower()]


def _compared(
    read: Callable[[str], decimal.Decimal], holds: Callable[[decimal.Decimal, decimal.Decimal], bool]
) -> Test:
    def test(given: str, wanted: str) -> bool:
        try:
            return holds(read(given), read(patterns.literal(wanted)))
        except ValueError:
            return False

    return test


def _in_network(given: str, wanted: str) -> bool:
    try:
        address = ipaddress.ip_address(given)
        network = ipaddress.ip_network(patterns.literal(wanted), strict=False)
    except ValueError:
        return False
    return address.version == network.version and address in network


def _same_bytes(given: str, wanted: str) -> bool:
    try:
        return base64.b64decode(given, validate=True) == base64.b64decode(
            patterns.literal(wanted), validate=True
        )
    except (binascii.Error, ValueError):
        return given == patterns.literal(wanted)


_TESTS: Mapping[str, Test] = {
    "stringequals": lambda given, wanted: given == patterns.literal(wanted),
    "stringequalsignorecase": lambda given, wanted: given.lower() == patterns.literal(wanted).lower(),
    "stringlike": lambda given, wanted: patterns.glob(wanted)(given),
    "arnlike": lambda given, wanted: patterns.arn(wanted)(given),
    "bool": lambda given, wanted: given.lower() == patterns.literal(wanted).lower(),
    "binaryequals": _same_bytes,
    "ipaddress": _in_network,
    "numericequals": _compared(_number, lambda a, b: a == b),
    "numericlessthan": _compared(_number, lambda a, b: a < b),
    "numericlessthanequals": _compared(_number, lambda a, b: a <= b),
    "numericgreaterthan": _compared(_number, lambda a, b: a > b),
    "numericgreaterthanequals": _compared(_number, lambda a, b: a >= b),
    "dateequals": _compared(_date, lambda a, b: a == b),
    "datelessthan": _compared(_date, lambda a, b: a < b),
    "datelessthanequals": _compared(_date, lambda a, b: a <= b),
    "dategreaterthan": _compared(_date, lambda a, b: a > b),
    "dategreaterthanequals": _compared(_date, lambda a, b: a >= b),
}

_SAME_AS = {"arnequals": "arnlike"}
"""IAM user guide: "ArnEquals and ArnLike behave identically"."""

_NEGATED = {
    "stringnotequals": "stringequals",
    "stringnotequalsignorecase": "stringequalsignorecase",
    "stringnotlike": "stringlike",
    "arnnotlike": "arnlike",
    "arnnotequals": "arnlike",
    "numericnotequals": "numericequals",
    "datenotequals": "dateequals",
    "notipaddress": "ipaddress",
}

_READS: Mapping[str, tuple[str, Callable[[str], object]]] = {
    "bool": ("`true` or `false`", _truth),
    "date": ("a date", _date),
    "ipaddress": ("an address or a CIDR block", lambda text: ipaddress.ip_network(text, strict=False)),
    "null": ("`true` or `false`", _truth),
    "numeric": ("a number", _number),
}
"""Beginning of an operator's name -> what its values are. Access Analyzer, "Policy validation checks": other
values are errors (type mismatch)."""

_WITH_VARIABLES = ("string", "arn")
"""Variables work in comparisons of strings and ARNs ("Where you can use policy variables")."""

SetOperator: TypeAlias = Literal["forallvalues", "foranyvalue"]


@dataclass(frozen=True, slots=True)
class Condition:
    """One key under one operator."""

    operator: str
    """as the policy writes it"""
    key: str
    """lower case"""
    values: tuple[str, ...]
    test: Test | None
    """None for `Null`"""
    negated: bool = False
    if_exists: bool = False
    over: SetOperator | None = None
    variables: bool = False
    """values may hold policy variables"""

    def holds(self, context: Values, notes: set[str] | None = None) -> bool:
        """Whether the request satisfies this; `notes` gains the AWS rules on whose reading it depends."""
        found = context.get(self.key)
        if self.test is None:
            absent = found is None or found == ()
            return any(_truth(value) == absent for value in self.values)
        if found is None or found == ():
            return self._without_value(notes)
        given = (found,) if isinstance(found, str) else found
        if self.over is not None:
            # a set operator takes empty texts for no values
            given = tuple(value for value in given if value)
            if not given:
                return self._without_value(notes)
        if self.over is None and not isinstance(found, str):
            # AWS: "multivalued context keys require a condition set operator"; AWS's own managed policies
            # have it otherwise, so the reading is named wherever it matters
            if notes is not None:
                notes.add(f"`{self.operator}` without a set operator on the multivalued key `{self.key}`")
            return self.negated
        wanted_values = self._wanted(context)
        test = self.test
        results = [any(test(value, w) for w in wanted_values) != self.negated for value in given]
        return all(results) if self.over == "forallvalues" else any(results)

    def _without_value(self, notes: set[str] | None) -> bool:
        if self.over == "foranyvalue" and self.if_exists and notes is not None:
            # without the key `...IfExists` is true and ForAnyValue false: AWS does not say which counts
            notes.add(f"`{self.operator}` while the key `{self.key}` is missing")
        if self.over == "forallvalues" or self.if_exists:
            return True
        return self.negated and self.over is None

    def _wanted(self, context: Values) -> list[str]:
        if not self.variables:
            return list(self.values)
        wanted = []
        for value in self.values:
            try:
                wanted.append(patterns.substitute(value, context))
            except UnresolvedError:
                continue  # "Policy variables with no value": it matches nothing
        return wanted


def compile_condition(operator: str, key: str, values: tuple[str, ...], *, variables: bool) -> Condition:
    """One entry of a Condition element. Raises `ValueError` for an operator that IAM does not have, and
    `MistypedError` for a value that the operator cannot compare.

    `variables`: the policy's version admits them.
    """
    over: SetOperator | None = None
    name = operator.lower()
    prefix, colon, rest = name.partition(":")
    if colon:
        if prefix == "forallvalues":
            over = "forallvalues"
        elif prefix == "foranyvalue":
            over = "foranyvalue"
        else:
            raise ValueError(operator)
        name = rest
    if name == "null":
        if over is not None:
            raise ValueError(operator)
        _check_types("null", values)
        return Condition(operator, key.lower(), values, None)
    if_exists = name.endswith("ifexists")
    if if_exists:
        name = name.removesuffix("ifexists")
    negated = name in _NEGATED
    base = _NEGATED.get(name, _SAME_AS.get(name, name))
    if base not in _TESTS:
        raise ValueError(operator)
    _check_types(base, values)
    admits = variables and base.startswith(_WITH_VARIABLES)
    return Condition(
        operator,
        key.lower(),
        values,
        _TESTS[base],
        negated,
        if_exists,
        over,
        admits and any(patterns.has_variable(value) for value in values),
    )


@functools.lru_cache(maxsize=4096)
def base_of(operator: str) -> str:
    """The comparison that an operator makes, in lower case: without set operator, negation and `IfExists`.

    `ForAnyValue:StringNotLikeIfExists` -> `stringlike`; `null` for `Null`.
    """
    name = operator.lower().rpartition(":")[2].removesuffix("ifexists")
    return _NEGATED.get(name, _SAME_AS.get(name, name))


def as_number(text: str) -> decimal.Decimal | None:
    """The number that a text is, as the numeric operators read it."""
    try:
        return _number(patterns.literal(text))
    except ValueError:
        return None


def as_date(text: str) -> decimal.Decimal | None:
    """The seconds since 1970 that a text stands for, as the date operators read it."""
    try:
        return _date(patterns.literal(text))
    except ValueError:
        return None


def truth(text: str) -> bool:
    """What a checked value of `Bool` or `Null` says. Raises `KeyError` for another text."""
    return _truth(text)


class MistypedError(Exception):
    """A value is not of the type that an operator compares."""


def _check_types(base: str, values: tuple[str, ...]) -> None:
    expected = next((found for name, found in _READS.items() if base.startswith(name)), None)
    if expected is None:
        return
    said, read = expected
    for value in values:
        try:
            read(value)
        except (ValueError, KeyError):
            raise MistypedError(f"`{value}` is not {said}") from None


def texts(value: Any) -> tuple[str, ...]:
    """The values of a condition as texts: JSON has Booleans and numbers, too.

    Raises `TypeError` for anything else.
    """
    values = value if isinstance(value, list) else [value]
    found = []
    for item in values:
        if isinstance(item, bool):
            found.append("true" if item else "false")
        elif isinstance(item, str | int | float):
            found.append(str(item))
        else:
            raise TypeError(type(item).__name__)
    return tuple(found)
