"""What the names in a template stand for, as far as it can be known before deployment."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from operator import itemgetter
from typing import Any, NamedTuple

from ringwork.architecture.check.problem import Path
from ringwork.estate.stack import Stack, StackOutput

PSEUDO = frozenset(
    f"AWS::{name}"
    for name in (
        "AccountId", "NoValue", "NotificationARNs", "Partition", "Region", "StackId", "StackName",
        "URLSuffix",
    )
)  # fmt: skip
SUBSTITUTION = re.compile(r"\$\{([^}!][^}]*)\}")
"""`${Name}` or `${Name.Attribute}`; `${!Name}` stays literal (Fn::Sub, CloudFormation User Guide)."""
_LEAVES = (str, int, float)
_FUNCTIONS = ("Ref", "Condition")
"""Besides those that begin with `Fn::`."""
_ALONE = re.compile(r'\{"(?:(?:Ref|Fn::Sub)":"[^"\\]*"|Fn::GetAtt":\["[^"\\]*","[^"\\]*"\])\}')
"""A function of plain strings in compact JSON. It is never within a string: there, quotes are escaped."""
_PLACEHOLDER = {"Arn": 96}
"""How long an id that AWS assigns may be, in characters: ids like `vpce-0123456789abcdef0` have 22."""


@dataclass(frozen=True, slots=True)
class Target:
    """A resource of one of the stacks."""

    stack: Stack
    logical: str

    @property
    def key(self) -> tuple[str, str]:
        return (self.stack.id, self.logical)

    @property
    def resource(self) -> Mapping[str, Any]:
        found: Mapping[str, Any] = self.stack.template["Resources"][self.logical]
        return found


class Use(NamedTuple):
    """An intrinsic function in a template."""

    section: str
    """`Resources`, `Outputs`, `Conditions` or `Rules`"""
    logical: str
    name: str
    """`Ref`, `Condition`, `Fn::Sub`, ..."""
    argument: Any
    path: Path
    """below the resource, output or condition"""


Found = tuple[Stack, str, Mapping[str, Any], Mapping[str, Any]]
"""Stack, logical id, resource and its properties."""


class Scope:
    """All stacks of one architecture, by id."""

    def __init__(self, stacks: Sequence[Stack]) -> None:
        self.stacks = tuple(stacks)
        self.by_id = {stack.id: stack for stack in stacks}
        self._used_by: Stack | None = None
        self._uses: tuple[Use, ...] = ()
        self._lengths: dict[int, dict[str, int]] = {}
        self._by_type: dict[Any, list[tuple[int, Found]]] = {}
        place = 0
        for stack in self.stacks:
            for logical, resource in section(stack.template, "Resources").items():
                if isinstance(resource, Mapping):
                    properties = resource.get("Properties", {})
                    type = resource.get("Type")
                    if isinstance(type, str) and isinstance(properties, Mapping):
                        place += 1
                        self._by_type.setdefault(type, []).append(
                            (place, (stack, logical, resource, properties))
                        )

    def resources(self, *types: str) -> Iterator[Found]:
        """Stack, logical id, resource and its properties, of these types, in the order of the stacks."""
        found = [entry for type in types for entry in self._by_type.get(type, ())]
        if len(types) > 1:
            found.sort(key=itemgetter(0))
        return (entry for _, entry in found)

    def uses(self, stack: Stack) -> tuple[Use, ...]:
        """Every intrinsic function of a template. A resource's Metadata is left out: it may hold anything,
        and nothing waits for it. Kept until another stack's are asked for."""
        if self._used_by is not stack:
            self._used_by, self._uses = stack, tuple(_uses(stack.template))
        return self._uses

    def concrete(self, stack: Stack, value: Any) -> Any:
        """`value` with Ref, Fn::Sub and Fn::Join worked out wherever only known strings are in them."""
        if isinstance(value, str):
            return value
        if is_map(value):
            known = self._literal(stack, value) if len(value) == 1 else None
            if known is not None:
                return known
            return {name: self.concrete(stack, part) for name, part in value.items()}
        if isinstance(value, list | tuple):
            return [self.concrete(stack, part) for part in value]
        return value

    def _literal(self, stack: Stack, value: Mapping[str, Any]) -> str | None:
        ((name, argument),) = value.items()
        if name == "Ref" and isinstance(argument, str):
            return self._name(stack, argument)
        if name == "Fn::Sub":
            template, variables = (argument, {}) if isinstance(argument, str) else _sub(argument)
            if template is None:
                return None
            out = template
            for found in set(SUBSTITUTION.findall(template)):
                part = self.concrete(stack, variables[found]) if found in variables else None
                if part is None:
                    part = self._name(stack, found.strip())
                if not isinstance(part, str):
                    return None
                out = out.replace("${" + found + "}", part)
            return out.replace("${!", "${")
        if name == "Fn::Join" and isinstance(argument, list | tuple) and len(argument) == 2:
            parts = self.concrete(stack, argument[1])
            if isinstance(parts, list) and all(isinstance(part, str) for part in parts):
                return str(argument[0]).join(parts)
        return None

    def _name(self, stack: Stack, name: str) -> str | None:
        """The string that a pseudo parameter, or a parameter with a literal value, stands for."""
        match name:
            case "AWS::AccountId":
                return stack.account
            case "AWS::Region":
                return stack.region
            case "AWS::Partition":
                return partition(stack.region)
            case "AWS::URLSuffix":
                return "amazonaws.com.cn" if stack.region.startswith("cn-") else "amazonaws.com"
            case "AWS::StackName":
                return stack.name
        if name in section(stack.template, "Resources"):
            return None
        given = stack.parameters.get(name)
        if given is None:
            declared = section(stack.template, "Parameters").get(name, {})
            given = declared.get("Default") if isinstance(declared, Mapping) else None
        return given if isinstance(given, str) else None

    def target(self, stack: Stack, value: Any, *, hops: int = 8) -> Target | None:
        """The resource that a Ref or Fn::GetAtt leads to, through parameters and outputs of other stacks."""
        if hops == 0 or not isinstance(value, Mapping) or len(value) != 1:
            return None
        ((kind, argument),) = value.items()
        name: Any = None
        if kind == "Fn::GetAtt":
            name = argument.split(".")[0] if isinstance(argument, str) else next(iter(argument), None)
        elif kind == "Ref":
            name = argument
        if not isinstance(name, str):
            return None
        if name in section(stack.template, "Resources"):
            return Target(stack, name)
        given = stack.parameters.get(name)
        if kind == "Ref" and isinstance(given, StackOutput) and given.stack in self.by_id:
            source = self.by_id[given.stack]
            output = section(source.template, "Outputs").get(given.output, {})
            return self.target(source, output.get("Value"), hops=hops - 1)
        return None

    def size(self, stack: Stack, document: Any) -> int:
        """Characters of a policy as compact JSON. Ids that AWS assigns count with their usual length."""
        if isinstance(document, str):
            return len(document)
        try:
            text = _compact(document)
        except TypeError:  # not of dict, list and scalars
            return self._exact_size(stack, document)
        rest = _ALONE.sub("", text)
        if '"Fn::' in rest or '"Ref"' in rest:  # a function of more than plain strings
            return self._exact_size(stack, document)
        known = self._lengths.setdefault(id(stack), {})
        size = len(rest)
        for function in _ALONE.findall(text):
            length = known.get(function)
            if length is None:
                length = known[function] = self._exact_size(stack, json.loads(function))
            size += length
        return size

    def _exact_size(self, stack: Stack, document: Any) -> int:
        return len(_compact(self._sized(stack, self.concrete(stack, document))))

    def _sized(self, stack: Stack, value: Any) -> Any:
        if is_map(value):
            if len(value) == 1:
                ((name, argument),) = value.items()
                if name in ("Ref", "Fn::GetAtt"):
                    attribute = argument[-1] if isinstance(argument, list | tuple) else str(argument)
                    return "x" * _PLACEHOLDER.get(attribute.split(".")[-1], 24)
                if name == "Fn::Sub":
                    template = argument if isinstance(argument, str) else str(_sub(argument)[0])
                    return SUBSTITUTION.sub(lambda found: self._stand_in(stack, found[1]), template)
                if name == "Fn::If" and isinstance(argument, list | tuple) and len(argument) == 3:
                    branches = [self._sized(stack, branch) for branch in argument[1:]]
                    return max(branches, key=lambda branch: len(json.dumps(branch)))
            return {name: self._sized(stack, part) for name, part in value.items()}
        if isinstance(value, list):
            return [self._sized(stack, part) for part in value]
        return value

    def _stand_in(self, stack: Stack, name: str) -> str:
        return self._name(stack, name) or "x" * _PLACEHOLDER.get(name.rsplit(".", maxsplit=1)[-1], 24)


def _compact(document: Any) -> str:
    return json.dumps(document, separators=(",", ":"), ensure_ascii=False)


def section(template: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """A template's section, empty when absent or malformed (which `template` reports)."""
    found = template.get(name, {})
    return found if isinstance(found, Mapping) else {}


def partition(region: str) -> str:
    """https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html"""
    if region.startswith("cn-"):
        return "aws-cn"
    return "aws-us-gov" if region.startswith("us-gov-") else "aws"


def is_map(value: Any) -> bool:
    """Asks for dict first: templates are made of them, and Mapping answers slowly."""
    return isinstance(value, dict) or (not isinstance(value, str | list) and isinstance(value, Mapping))


def _uses(template: Mapping[str, Any]) -> Iterator[Use]:
    for name in ("Resources", "Outputs", "Conditions", "Rules"):
        for logical, part in section(template, name).items():
            whole = part
            if name == "Resources" and is_map(part):
                whole = {key: value for key, value in part.items() if key != "Metadata"}
            pending: list[tuple[Any, Path]] = [(whole, ())]
            while pending:
                current, here = pending.pop()
                parts: Iterable[tuple[Any, Any]]
                if type(current) is dict or is_map(current):
                    parts = current.items()
                    if len(current) == 1:
                        ((function, argument),) = parts
                        if function in _FUNCTIONS or str(function).startswith("Fn::"):
                            yield Use(name, logical, function, argument, here)
                            if type(argument) is str:
                                continue
                elif isinstance(current, list | tuple):
                    parts = enumerate(current)
                else:
                    continue
                for key, below in parts:
                    kind = type(below)
                    if kind is dict or kind is list or (kind is not str and not isinstance(below, _LEAVES)):
                        pending.append((below, (*here, key)))


def _sub(argument: Any) -> tuple[str | None, Mapping[str, Any]]:
    """Template and variables of Fn::Sub's list form; None when malformed."""
    if isinstance(argument, list | tuple) and len(argument) == 2:
        template, variables = argument
        if isinstance(template, str) and isinstance(variables, Mapping):
            return template, variables
    return None, {}


def substitutions(argument: Any) -> Sequence[str] | None:
    """The names in Fn::Sub that are not its own variables; None when the argument is malformed."""
    if isinstance(argument, str):
        return _substitutions(argument)
    template, variables = _sub(argument)
    if template is None:
        return None
    return [name.strip() for name in SUBSTITUTION.findall(template) if name not in variables]


@lru_cache(maxsize=4096)
def _substitutions(template: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in SUBSTITUTION.findall(template))
