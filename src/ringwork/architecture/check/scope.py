"""What the names in a template stand for, as far as it can be known before deployment."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

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


@dataclass(frozen=True, slots=True)
class Use:
    """An intrinsic function in a template."""

    section: str
    """`Resources`, `Outputs`, `Conditions` or `Rules`"""
    logical: str
    name: str
    """`Ref`, `Condition`, `Fn::Sub`, ..."""
    argument: Any
    path: Path
    """below the resource, output or condition"""


class Scope:
    """All stacks of one architecture, by id."""

    def __init__(self, stacks: Sequence[Stack]) -> None:
        self.stacks = tuple(stacks)
        self.by_id = {stack.id: stack for stack in stacks}
        self._uses: dict[int, tuple[Use, ...]] = {}

    def resources(self, *types: str) -> Iterator[tuple[Stack, str, Mapping[str, Any], Mapping[str, Any]]]:
        """Stack, logical id, resource and its properties, of these types (none given: all)."""
        for stack in self.stacks:
            for logical, resource in section(stack.template, "Resources").items():
                if isinstance(resource, Mapping) and (not types or resource.get("Type") in types):
                    properties = resource.get("Properties", {})
                    if isinstance(properties, Mapping):
                        yield stack, logical, resource, properties

    def uses(self, stack: Stack) -> tuple[Use, ...]:
        """Every intrinsic function of a template, found once. A resource's Metadata is left out: it may
        hold anything, and nothing waits for it."""
        found = self._uses.get(id(stack))
        if found is None:
            found = self._uses[id(stack)] = tuple(_uses(stack.template))
        return found

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
        return len(
            json.dumps(
                self._sized(stack, self.concrete(stack, document)), separators=(",", ":"), ensure_ascii=False
            )
        )

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
            for function, argument, path in _intrinsics(whole, ()):
                yield Use(name, logical, function, argument, path)


def _intrinsics(value: Any, path: Path) -> Iterator[tuple[str, Any, Path]]:
    """Every intrinsic function in `value`: name, argument and the path of the map that holds it."""
    pending: list[tuple[Any, Path]] = [(value, path)]
    while pending:
        current, here = pending.pop()
        if is_map(current):
            if len(current) == 1:
                ((name, argument),) = current.items()
                if isinstance(name, str) and (name in ("Ref", "Condition") or name.startswith("Fn::")):
                    yield name, argument, here
            pending.extend(
                (part, (*here, name)) for name, part in current.items() if not isinstance(part, _LEAVES)
            )
        elif isinstance(current, list | tuple):
            pending.extend(
                (part, (*here, index)) for index, part in enumerate(current) if not isinstance(part, _LEAVES)
            )


def _sub(argument: Any) -> tuple[str | None, Mapping[str, Any]]:
    """Template and variables of Fn::Sub's list form; None when malformed."""
    if isinstance(argument, list | tuple) and len(argument) == 2:
        template, variables = argument
        if isinstance(template, str) and isinstance(variables, Mapping):
            return template, variables
    return None, {}


def substitutions(argument: Any) -> list[str] | None:
    """The names in Fn::Sub that are not its own variables; None when the argument is malformed."""
    template, variables = (argument, {}) if isinstance(argument, str) else _sub(argument)
    if template is None:
        return None
    return [name.strip() for name in SUBSTITUTION.findall(template) if name not in variables]
