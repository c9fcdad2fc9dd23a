"""CloudFormation templates as an estate: what would be deployed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from ringwork.estate import canonical
from ringwork.estate.estate import Estate, Gap
from ringwork.estate.model import Logical, Resource, Unknown
from ringwork.estate.sources.functions import FUNCTIONS
from ringwork.estate.sources.positions import Positions
from ringwork.estate.sources.template import Readers, StackReader
from ringwork.estate.sources.values import Marker
from ringwork.estate.stack import Stack
from ringwork.estate.worlds import Choice, World, worlds
from ringwork.findings import Origin
from ringwork.source import Document, InputError, load

TRANSFORMS_WITHOUT_EFFECT = frozenset({"AWS::LanguageExtensions"})
"""Transforms that are resolved here; any other may add or change resources."""


def read_stacks(
    stacks: Sequence[Stack],
    *,
    documents: Mapping[str, Document] | None = None,
    max_worlds: int = 16,
) -> tuple[Estate, ...]:
    """The estates that these stacks would give: one for each world that open conditions allow.

    `documents`: `Stack.id` -> the parsed file, for origins with line and column.
    Properties keep CloudFormation's names. `Resource.attributes` holds `DeletionPolicy`,
    `UpdateReplacePolicy` and `Metadata` of the template, where they are set.
    Raises `InputError` if two stacks have the same id. Broken templates give `Unknown`s and gaps.
    """
    if len({stack.id for stack in stacks}) != len(stacks):
        raise InputError("two stacks have the same account, Region and name")

    def first_open(world: World) -> Choice | None:
        return Readers(stacks, world, FUNCTIONS).choices()

    return tuple(_estate(stacks, world, documents or {}) for world in worlds(first_open, max_worlds))


def read_template(
    path: Path,
    *,
    account: str = "000000000000",
    region: str = "us-east-1",
    parameters: Mapping[str, str] | None = None,
    max_worlds: int = 16,
) -> tuple[Estate, ...]:
    """The estates of one template file, YAML or JSON; the stack is named after the file.

    Raises `InputError` with its place for a file that is not a template.
    """
    document = load(path, cloudformation=True)
    if not isinstance(document.value, Mapping):
        raise InputError(
            "this is not a CloudFormation template: it is not a mapping",
            position=document.position(),
            help="a template is a mapping with a section `Resources`",
        )
    resources = document.value.get("Resources")
    if not isinstance(resources, Mapping):
        raise InputError(
            "the template has no section `Resources`"
            if resources is None
            else "the section `Resources` is not a mapping",
            position=document.position("Resources"),
            help="a template is a mapping with a section `Resources`",
        )
    for name, definition in resources.items():
        if not str(name).startswith("Fn::") and not isinstance(definition, Mapping):
            raise InputError(
                f"resource `{name}` is not a mapping", position=document.position("Resources", name)
            )
    stack = Stack(
        name=path.stem,
        account=account,
        region=region,
        template=document.value,
        parameters=dict(parameters or {}),
        file=str(path),
    )
    return read_stacks([stack], documents={stack.id: document}, max_worlds=max_worlds)


def _estate(stacks: Sequence[Stack], world: World, documents: Mapping[str, Document]) -> Estate:
    readers = Readers(stacks, world, FUNCTIONS)
    resources: list[Resource] = []
    gaps: list[Gap] = []
    assumptions: list[str] = []
    for choice, chosen in world.items():
        name = readers.stacks[choice.stack].stack.name
        assumptions.append(choice.assumption(name, chosen))
    for reader in readers.stacks.values():
        gaps.extend(_stack_gaps(reader))
        for logical, definition in reader.resources.items():
            if logical == "Fn::Transform":
                continue
            if not isinstance(definition, Mapping):
                gaps.append(
                    _gap(reader, None, f"`{reader.stack.name}/{logical}` is not a resource definition")
                )
                continue
            condition = definition.get("Condition")
            if isinstance(condition, str):
                holds = reader.conditions.holds(condition)
                if isinstance(holds, Unknown):
                    label = f"`{reader.stack.name}/{logical}`"
                    assumptions.append(f"{label} exists, though {holds.reason}")
                    gaps.append(_gap(reader, reader.type(logical), f"{label} may not exist: {holds.reason}"))
                elif not holds:
                    continue
            resources.append(_resource(reader, logical, definition, documents.get(reader.stack.id)))
            gaps.extend(_resource_gaps(reader, logical))
    return Estate(canonical.link(resources), gaps=gaps, assumptions=tuple(assumptions))


def _resource(
    reader: StackReader, logical: str, definition: Mapping[str, Any], document: Document | None
) -> Resource:
    stack = reader.stack
    properties = reader.resolve(definition.get("Properties") or {})
    if not isinstance(properties, Mapping):
        reason = properties.reason if isinstance(properties, Unknown) else "`Properties` is not a mapping"
        properties = {"Properties": Unknown(reason)}
    physical, arn = reader.names(logical)
    attributes = {}
    for name in ("DeletionPolicy", "UpdateReplacePolicy", "Metadata"):
        if name in definition:
            value = reader.resolve(definition[name])
            if not isinstance(value, Marker):
                attributes[name] = value
    return Resource(
        key=reader.key(logical),
        type=reader.type(logical),
        properties=properties,
        account=stack.account,
        region=stack.region,
        logical=Logical(stack.name, logical),
        physical=physical,
        arn=arn,
        attributes=attributes,
        origins=_origins(reader, logical, document),
        positions=Positions(reader, logical, document) if document is not None else {},
    )


def _origins(reader: StackReader, logical: str, document: Document | None) -> tuple[Origin, ...]:
    if document is None:
        return (Origin(file=reader.stack.file),) if reader.stack.file else ()
    steps = reader.resources_expansion.sources.get(logical, (logical,))
    place = document.key_position("Resources", *steps)
    return (Origin(file=place.file, line=place.line, column=place.column),)


def _gap(reader: StackReader, type: str | None, reason: str) -> Gap:
    return Gap(reader.stack.account, reader.stack.region, type, reason)


def _stack_gaps(reader: StackReader) -> Iterator[Gap]:
    name = reader.stack.name
    transforms = reader.stack.template.get("Transform")
    for transform in transforms if isinstance(transforms, list) else [transforms]:
        label = transform.get("Name") if isinstance(transform, Mapping) else transform
        if label is None or label in TRANSFORMS_WITHOUT_EFFECT or label == "AWS::Serverless-2016-10-31":
            continue
        yield _gap(
            reader, None, f"macro `{label}` of stack `{name}` runs at deployment and may add resources"
        )
    if "Fn::Transform" in reader.resources:
        yield _gap(reader, None, f"a macro in `Resources` of stack `{name}` may add resources")
    for loop, reason in reader.resources_expansion.failures:
        yield _gap(reader, None, f"loop `{loop}` of stack `{name}` could not be run: {reason}")


def _resource_gaps(reader: StackReader, logical: str) -> Iterator[Gap]:
    type = reader.type(logical)
    label = f"`{reader.stack.name}/{logical}`"
    if type.startswith("AWS::Serverless::"):
        yield _gap(reader, None, f"{label} of type `{type}` becomes other resources, which are not derived")
    elif type.count("::") < 2 and not type.startswith("Custom::"):
        yield _gap(reader, None, f"{label} has no type that is known, so that it may become any resource")
    elif type.endswith("::MODULE"):
        yield _gap(
            reader, None, f"module {label} of type `{type}` becomes other resources, which are not read"
        )
    elif type == "AWS::CloudFormation::Stack":
        yield _gap(reader, None, f"nested stack {label} is not read; give its template as a stack of its own")
    elif type == "AWS::CloudFormation::StackSet":
        yield Gap(
            None, None, None, f"stack set {label} is not read; give its template as stacks of their own"
        )
