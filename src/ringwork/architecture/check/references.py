"""Names in a template that lead nowhere, and resources that wait for each other."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from typing import Any

from ringwork.architecture.check.graph import cycle
from ringwork.architecture.check.problem import Path, Problem
from ringwork.architecture.check.scope import PSEUDO, Scope, Use, is_map, section, substitutions
from ringwork.estate.stack import Stack
from ringwork.schemas import known, resource_schema

_OPEN_ATTRIBUTES = ("AWS::CloudFormation::CustomResource", "AWS::CloudFormation::Stack", "Custom::")
"""Types whose Fn::GetAtt attributes the template alone does not tell."""
_NAMED = ("Resources", "Parameters")
"""Sections whose names Ref takes."""


def references(scope: Scope, stack: Stack) -> Iterator[Problem]:
    """Targets of Ref, Fn::GetAtt, Fn::Sub, Fn::FindInMap, Condition and DependsOn exist; no circle."""
    yield from _attributes(stack)
    sound: set[tuple[str, str]] = set()
    """functions of this template that lead somewhere, wherever they stand"""
    for use in scope.uses(stack):
        name, argument = use.name, use.argument
        plain = isinstance(argument, str) and name in ("Ref", "Fn::GetAtt", "Fn::Sub")
        if use.section == "Rules" or (plain and (name, argument) in sound):
            continue
        problem = None
        for problem in _use(stack, use):
            yield problem
        if plain and problem is None:
            sound.add((name, argument))
    yield from _circle(scope, stack)


def _attributes(stack: Stack) -> Iterator[Problem]:
    """Names that stand as plain strings: DependsOn and Condition."""
    resources, conditions = section(stack.template, "Resources"), section(stack.template, "Conditions")
    for logical, resource in resources.items():
        if is_map(resource):
            for needed in _depends_on(resource):
                if needed not in resources:
                    yield Problem(
                        stack.id, logical, ("DependsOn",), f"`{needed}` is no resource of this stack"
                    )
            condition = resource.get("Condition")
            if isinstance(condition, str) and condition not in conditions:
                yield _missing_condition(stack, logical, ("Condition",), condition)
    for name, output in section(stack.template, "Outputs").items():
        condition = output.get("Condition") if is_map(output) else None
        if isinstance(condition, str) and condition not in conditions:
            yield _missing_condition(stack, None, ("Outputs", name, "Condition"), condition)


def _use(stack: Stack, use: Use) -> Iterator[Problem]:
    conditions = section(stack.template, "Conditions")
    owner, path = (use.logical, use.path) if use.section == "Resources" else (None, _below(use))
    argument = use.argument
    match use.name:
        case "Ref":
            yield from _ref(stack, owner, path, argument)
        case "Fn::GetAtt":
            yield from _get_att(stack, owner, path, argument)
        case "Fn::Sub":
            yield from _sub(stack, owner, path, argument)
        case "Fn::If":
            if not (isinstance(argument, list | tuple) and len(argument) == 3):
                yield Problem(stack.id, owner, path, "`Fn::If` takes a condition and two values")
            elif argument[0] not in conditions:
                yield _missing_condition(stack, owner, path, argument[0])
        case "Condition" if use.section == "Conditions" and argument not in conditions:
            yield _missing_condition(stack, owner, path, argument)
        case "Fn::FindInMap":
            table = argument[0] if isinstance(argument, list | tuple) and argument else None
            if isinstance(table, str) and table not in section(stack.template, "Mappings"):
                yield Problem(stack.id, owner, path, f"`{table}` is no mapping of this template")
        case "Fn::ImportValue":
            yield Problem(
                stack.id,
                owner,
                path,
                "an import ties stacks of one account and Region together",
                help="take the value as a parameter",
            )


def _below(use: Use) -> Path:
    return (use.section, use.logical, *use.path)


def _ref(stack: Stack, owner: str | None, path: Path, name: Any) -> Iterator[Problem]:
    if not isinstance(name, str):
        yield Problem(stack.id, owner, path, "`Ref` takes a name")
    elif name not in PSEUDO and not any(name in section(stack.template, part) for part in _NAMED):
        yield Problem(
            stack.id,
            owner,
            path,
            f"`{name}` is neither a resource nor a parameter of this stack",
            help=_near(name, {each for part in _NAMED for each in section(stack.template, part)}),
        )


def _get_att(stack: Stack, owner: str | None, path: Path, argument: Any) -> Iterator[Problem]:
    parts = argument.split(".", 1) if isinstance(argument, str) else argument
    if not (isinstance(parts, list | tuple) and len(parts) == 2 and isinstance(parts[0], str)):
        yield Problem(stack.id, owner, path, "`Fn::GetAtt` takes a logical id and an attribute")
        return
    logical, attribute = parts
    resources = section(stack.template, "Resources")
    if logical not in resources:
        yield Problem(
            stack.id, owner, path, f"`{logical}` is no resource of this stack", help=_near(logical, resources)
        )
        return
    type = resources[logical].get("Type", "") if isinstance(resources[logical], Mapping) else ""
    if not isinstance(attribute, str) or type.startswith(_OPEN_ATTRIBUTES) or not known(type):
        return
    attributes = resource_schema(type).attributes
    if attribute not in attributes:
        help = _near(attribute, attributes) or f"it has {', '.join(f'`{a}`' for a in sorted(attributes)[:8])}"
        yield Problem(stack.id, owner, path, f"`{type}` has no attribute `{attribute}`", help=help)


def _sub(stack: Stack, owner: str | None, path: Path, argument: Any) -> Iterator[Problem]:
    names = substitutions(argument)
    if names is None:
        yield Problem(stack.id, owner, path, "`Fn::Sub` takes a string, or a string and a map")
        return
    for name in names:
        if "." in name and not name.startswith("AWS::"):
            yield from _get_att(stack, owner, path, name)
        else:
            yield from _ref(stack, owner, path, name)


def _circle(scope: Scope, stack: Stack) -> Iterator[Problem]:
    """CloudFormation refuses circular dependencies between resources."""
    resources = section(stack.template, "Resources")
    graph: dict[str, set[str]] = {
        logical: set(_depends_on(resource)) if is_map(resource) else set()
        for logical, resource in resources.items()
    }
    for use in scope.uses(stack):
        if use.section == "Resources":
            if use.name == "Ref" and isinstance(use.argument, str):
                graph[use.logical].add(use.argument)
            elif use.name == "Fn::GetAtt":
                argument = use.argument
                name = argument.split(".")[0] if isinstance(argument, str) else next(iter(argument), "")
                graph[use.logical].add(str(name))
            elif use.name == "Fn::Sub":
                graph[use.logical].update(found.split(".")[0] for found in substitutions(use.argument) or ())
    graph = {logical: needs & resources.keys() for logical, needs in graph.items()}
    found = cycle(graph)
    if found:
        chain = " -> ".join(f"`{logical}`" for logical in found)
        yield Problem(
            stack.id,
            found[0],
            (),
            f"resources wait for each other: {chain}",
            help="move one of the references into an attachment resource of its own",
        )


def _depends_on(resource: Mapping[str, Any]) -> list[str]:
    given = resource.get("DependsOn", [])
    return [given] if isinstance(given, str) else [str(logical) for logical in given]


def _missing_condition(stack: Stack, owner: str | None, path: Path, name: Any) -> Problem:
    return Problem(stack.id, owner, path, f"`{name}` is no condition of this template")


def _near(name: str, names: Any) -> str:
    near = get_close_matches(name, sorted(names), n=1)
    return f"did you mean `{near[0]}`?" if near else ""
