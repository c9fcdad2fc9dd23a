"""The form of a template, and each resource's properties against its schema."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from typing import Any

from ringwork.architecture.check.problem import Path, Problem
from ringwork.architecture.check.scope import Scope, section
from ringwork.estate.stack import Stack
from ringwork.schemas import known, open_properties, similar_types, validate

_LOGICAL_ID = re.compile(r"[A-Za-z0-9]{1,255}\Z")
_SECTIONS = frozenset(
    {
        "AWSTemplateFormatVersion", "Description", "Metadata", "Parameters", "Rules", "Mappings",
        "Conditions", "Resources", "Outputs",
    }
)  # fmt: skip
_ATTRIBUTES = frozenset(
    {
        "Type", "Properties", "DependsOn", "Condition", "Metadata", "DeletionPolicy", "UpdateReplacePolicy",
        "CreationPolicy", "UpdatePolicy",
    }
)  # fmt: skip
_KEEPING = {"DeletionPolicy": {"Delete", "Retain", "RetainExceptOnCreate", "Snapshot"}}
_KEEPING["UpdateReplacePolicy"] = {"Delete", "Retain", "Snapshot"}


def template(scope: Scope, stack: Stack) -> Iterator[Problem]:
    """CloudFormation User Guide, *Template sections* and *Resource attribute reference*."""
    for name in stack.template:
        if name not in _SECTIONS:
            yield Problem(stack.id, None, (name,), f"unknown template section `{name}`")
    for name in ("Parameters", "Mappings", "Conditions", "Resources", "Outputs"):
        if not isinstance(stack.template.get(name, {}), Mapping):
            yield Problem(stack.id, None, (name,), f"`{name}` must be a map")
    if not section(stack.template, "Resources"):
        yield Problem(stack.id, None, ("Resources",), "a template needs at least one resource")
    named = _named(scope, stack)
    for logical, resource in section(stack.template, "Resources").items():
        yield from _resource(scope, stack, logical, resource, named)
    yield from _outputs(stack)


def twins(scope: Scope) -> Iterator[Problem]:
    """CloudFormation has one stack of a name in an account and Region."""
    seen: set[str] = set()
    for stack in scope.stacks:
        if stack.id in seen:
            yield Problem(stack.id, None, (), "two stacks have this account, Region and name")
        seen.add(stack.id)


Named = Mapping[str, Collection[str | int]]
"""Logical id -> properties in which a function may be worked out to a string that the schema looks at."""


def _named(scope: Scope, stack: Stack) -> Named:
    resources = section(stack.template, "Resources")
    named: dict[str, set[str | int]] = defaultdict(set)
    for use in scope.uses(stack):
        if (
            use.section == "Resources"
            and len(use.path) > 1
            and use.path[0] == "Properties"
            and use.path[1] not in named[use.logical]
            and (
                use.name in ("Fn::Sub", "Fn::Join")
                or (use.name == "Ref" and not (isinstance(use.argument, str) and use.argument in resources))
            )
            and not _unseen(resources[use.logical], use.path)
        ):
            named[use.logical].add(use.path[1])
    return {logical: properties for logical, properties in named.items() if properties}


def _unseen(resource: Mapping[str, Any], path: Path) -> bool:
    """Whether the place lies deep in a property that may be any map, so that no schema looks at it."""
    type = resource.get("Type")
    return (
        len(path) > 2
        and not str(path[2]).startswith(("Ref", "Fn::"))
        and isinstance(type, str)
        and known(type)
        and path[1] in open_properties(type)
    )


def _resource(scope: Scope, stack: Stack, logical: str, resource: Any, named: Named) -> Iterator[Problem]:
    if not _LOGICAL_ID.match(logical):
        yield Problem(
            stack.id,
            logical,
            (),
            f"`{logical}` is no logical id",
            help="use letters and digits only, at most 255",
        )
    if not isinstance(resource, Mapping) or not isinstance(resource.get("Type"), str):
        yield Problem(stack.id, logical, ("Type",), "a resource needs a `Type`")
        return
    for name in resource:
        if name not in _ATTRIBUTES:
            yield Problem(stack.id, logical, (name,), f"unknown resource attribute `{name}`")
    for name, allowed in _KEEPING.items():
        if name in resource and resource[name] not in allowed:
            choices = ", ".join(f"`{choice}`" for choice in sorted(allowed))
            yield Problem(stack.id, logical, (name,), f"expected one of {choices}, not `{resource[name]}`")
    type = resource["Type"]
    if not known(type):
        near = similar_types(type)
        hint = f"did you mean `{near[0]}`?" if near else "the schema table has no such type"
        yield Problem(stack.id, logical, ("Type",), f"unknown resource type `{type}`", help=hint)
        return
    properties = resource.get("Properties", {})
    if not isinstance(properties, Mapping):
        yield Problem(stack.id, logical, ("Properties",), "`Properties` must be a map")
        return
    seen: Any = properties
    if len(properties) == 1 and str(next(iter(properties))).startswith(("Ref", "Fn::")):
        seen = scope.concrete(stack, properties)
    elif logical in named:
        wanted = named[logical]
        seen = {
            name: scope.concrete(stack, part) if name in wanted else part for name, part in properties.items()
        }
    if not validate(type, seen):
        return
    # again with every name worked out, for a message may quote any part
    for problem in validate(type, scope.concrete(stack, properties)):
        yield Problem(stack.id, logical, ("Properties", *problem.path), problem.message)


def _outputs(stack: Stack) -> Iterator[Problem]:
    for name, output in section(stack.template, "Outputs").items():
        if not _LOGICAL_ID.match(name):
            yield Problem(
                stack.id,
                None,
                ("Outputs", name),
                f"`{name}` is no output name",
                help="use letters and digits",
            )
        if not isinstance(output, Mapping) or "Value" not in output:
            yield Problem(stack.id, None, ("Outputs", name), "an output needs a `Value`")
        elif "Export" in output:
            yield Problem(
                stack.id,
                None,
                ("Outputs", name, "Export"),
                "an export freezes what it exports and stays within one account and Region",
                help="pass the output to other stacks as a parameter",
            )
