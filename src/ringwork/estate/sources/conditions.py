"""The conditions of one template, decided as far as the input and the world go."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from ringwork.estate import intrinsics
from ringwork.estate.model import Reference, Text, Unknown
from ringwork.estate.sources.values import MAX_DEPTH, NO_VALUE, Marker, is_open
from ringwork.estate.worlds import Choice, Special

if TYPE_CHECKING:
    from ringwork.estate.sources.template import StackReader


class Conditions:
    """Decides conditions: true, false, or `Unknown` with the choice that is open.

    Source: "Conditions" and "Condition functions" of the CloudFormation template reference.
    """

    def __init__(self, reader: StackReader, raw: Mapping[str, Any]) -> None:
        self.reader = reader
        self.raw = raw
        self._known: dict[str, bool | Unknown] = {}
        self._busy: set[str] = set()
        self._choice: Choice | None = None
        self._depth = 0

    def holds(self, name: str) -> bool | Unknown:
        """Whether the named condition holds; `Unknown` if this world leaves it open."""
        known = self._known.get(name)
        if known is not None:
            return known
        if name not in self.raw:
            return Unknown(f"condition `{name}` is not defined in stack `{self.reader.stack.name}`")
        if name in self._busy:
            return Unknown(f"condition `{name}` of stack `{self.reader.stack.name}` depends on itself")
        self._busy.add(name)
        with self.reader.secrets_allowed():
            found = self._decide(self.raw[name])
        self._busy.discard(name)
        if isinstance(found, Unknown):
            found = Unknown(
                f"condition `{name}` of stack `{self.reader.stack.name}` cannot be decided: {found.reason}"
            )
        self._known[name] = found
        return found

    def _decide(self, raw: Any) -> bool | Unknown:
        if isinstance(raw, bool):
            return raw
        if not isinstance(raw, Mapping) or len(raw) != 1 or self._depth > MAX_DEPTH:
            return Unknown("it is not a condition function")
        name, argument = next(iter(raw.items()))
        self._depth += 1
        try:
            return self._decide_function(str(name), argument)
        finally:
            self._depth -= 1

    def _decide_function(self, name: str, argument: Any) -> bool | Unknown:
        if name == "Condition" and isinstance(argument, str):
            return self.holds(argument)
        operands = argument if isinstance(argument, list) else [argument]
        if name == "Fn::Equals":
            return self._equals(operands)
        if name == "Fn::Not" and len(operands) == 1:
            inner = self._decide(operands[0])
            return inner if isinstance(inner, Unknown) else not inner
        if name in ("Fn::And", "Fn::Or"):
            decisive = name == "Fn::Or"
            open_part: Unknown | None = None
            for operand in operands:
                found = self._decide(operand)
                if isinstance(found, Unknown):
                    open_part = open_part or found
                elif found is decisive:
                    return decisive
            return open_part or (not decisive)
        return Unknown(f"`{name}` is not a condition function")

    def _equals(self, operands: list[Any]) -> bool | Unknown:
        if len(operands) != 2:
            return Unknown("`Fn::Equals` needs two values")
        values = [self.reader.resolve(operand) for operand in operands]
        if any(value is NO_VALUE for value in values):
            return Unknown("`Fn::Equals` of AWS::NoValue")
        left, right = (value if isinstance(value, Marker) else self.reader.embed(value) for value in values)
        texts = (intrinsics.scalar(left), intrinsics.scalar(right))
        if None not in texts:
            return texts[0] == texts[1]
        if operands[0] == operands[1]:
            return True
        for one, other in ((left, texts[1]), (right, texts[0])):
            if isinstance(one, (Reference, Text)) and other == "" and not _may_be_empty(one):
                return False
        if isinstance(left, tuple) and isinstance(right, tuple) and not is_open(left) and not is_open(right):
            return left == right
        if not is_open(left) and not is_open(right):
            return left == right
        return self._choose(operands, texts)

    def _choose(self, operands: list[Any], texts: tuple[str | None, str | None]) -> bool | Unknown:
        for raw, other in ((operands[0], texts[1]), (operands[1], texts[0])):
            name = raw.get("Ref") if isinstance(raw, Mapping) and len(raw) == 1 else None
            if other is None or not isinstance(name, str) or name not in self.reader.parameter_definitions:
                continue
            if not isinstance(self.reader.parameter(name), Unknown):
                continue
            alternatives = self._alternatives(name)
            chosen = self.reader.chosen(name)
            if chosen is None and len(alternatives) > 1:
                return self._open(Choice(self.reader.stack.id, name, alternatives))
            if chosen is Special.LEFT_OPEN:
                return Unknown(f"the value of parameter `{name}` is left open")
            if chosen is Special.OTHER and other in alternatives:
                return False
            allowed = self._allowed(name)
            if allowed and other not in allowed:
                return False
        subject = " = ".join(sorted(json.dumps(raw, sort_keys=True, default=str) for raw in operands))
        choice = Choice(self.reader.stack.id, subject, (True, False))
        found = self.reader.readers.world.get(choice)
        if isinstance(found, bool):
            return found
        if found is None:
            return self._open(choice)
        return Unknown(f"the comparison {subject} is left open")

    def _open(self, choice: Choice) -> Unknown:
        self._choice = self._choice or choice
        return Unknown(f"`{choice.subject}` is open")

    def _allowed(self, name: str) -> tuple[str, ...]:
        values = self.reader.definition(name).get("AllowedValues")
        found = [intrinsics.scalar(value) for value in values] if isinstance(values, list) else []
        is_text = str(self.reader.definition(name).get("Type", "String")) in ("String", "Number")
        return tuple(value for value in found if value is not None) if is_text else ()

    def _alternatives(self, name: str) -> tuple[str | Special, ...]:
        """The values that conditions compare the parameter with, and `OTHER` if it may have another."""
        compared = dict.fromkeys(_compared_with(self.raw, name))
        allowed = self._allowed(name)
        if not allowed:
            return (*compared, Special.OTHER)
        within = [value for value in compared if value in allowed]
        rest = [value for value in allowed if value not in compared]
        return (*within, *(rest if len(rest) == 1 else [Special.OTHER] if rest else []))

    def open_choice(self) -> Choice | None:
        """The first choice that some used condition hangs on and this world does not make."""
        self._choice = None
        for name in self._used_conditions():
            self.holds(name)
            if self._choice is not None:
                return self._choice
        return None

    def _used_conditions(self) -> Iterator[str]:
        if not self.raw:
            return
        sections: deque[Any] = deque([self.reader.resources])
        if len(self.reader.readers.stacks) > 1:
            sections.append(self.reader.outputs)
        seen: set[str] = set()
        while sections:
            raw = sections.popleft()
            if isinstance(raw, Mapping):
                branch = raw.get("Fn::If")
                for name in (
                    raw.get("Condition"),
                    branch[0] if isinstance(branch, list) and branch else None,
                ):
                    if isinstance(name, str) and name in self.raw and name not in seen:
                        seen.add(name)
                        yield name
                sections.extend(raw.values())
            elif isinstance(raw, list):
                sections.extend(raw)


def _may_be_empty(value: Reference | Text) -> bool:
    return isinstance(value, Text) and not any(isinstance(part, (str, Reference)) for part in value.parts)


def _compared_with(raw: Any, name: str) -> Iterator[str]:
    """The literals with which `Fn::Equals` compares the parameter, in the order of the template."""
    if isinstance(raw, Mapping):
        pair = raw.get("Fn::Equals")
        if isinstance(pair, list) and len(pair) == 2:
            for one, other in (pair, pair[::-1]):
                literal = intrinsics.scalar(other)
                if one == {"Ref": name} and literal is not None:
                    yield literal
        for item in raw.values():
            yield from _compared_with(item, name)
    elif isinstance(raw, list):
        for item in raw:
            yield from _compared_with(item, name)
