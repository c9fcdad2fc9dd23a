"""Templates: reading, checking and ordering them, and their parameters."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from types import MappingProxyType
from typing import Any

from ringwork.cloud.emulator.cloudformation import language, snapshots
from ringwork.cloud.emulator.cloudformation.intrinsics import (
    PSEUDO,
    VALUE_FUNCTIONS,
    function,
    invalid,
    references,
    split_attribute,
)
from ringwork.cloud.emulator.cloudformation.resources import PROVIDERS, nested_stacks
from ringwork.cloud.emulator.errors import NotEmulatedError
from ringwork.schemas import known, resource_schema, validate
from ringwork.source import parse_yaml
from ringwork.source.position import InputError

# AWS CloudFormation User Guide, "CloudFormation quotas"
BODY_BYTES = 51_200
URL_BYTES = 1_048_576
RESOURCES = 500

_SECTIONS = frozenset(
    {"AWSTemplateFormatVersion", "Description", "Metadata", "Parameters", "Mappings", "Conditions"}
    | {"Resources", "Outputs", "Transform", "Rules", "Hooks"}
)
_RESOURCE_KEYS = frozenset(
    {"Type", "Properties", "Metadata", "DependsOn", "Condition", "DeletionPolicy", "UpdateReplacePolicy"}
    | {"CreationPolicy", "UpdatePolicy"}
)
_POLICIES = {
    "DeletionPolicy": ("Delete", "Retain", "RetainExceptOnCreate", "Snapshot"),
    "UpdateReplacePolicy": ("Delete", "Retain", "Snapshot"),
}
_NAME = re.compile(r"[A-Za-z0-9]+")

_IAM_TYPES = frozenset(
    f"AWS::IAM::{name}"
    for name in (
        *("AccessKey", "Group", "InstanceProfile", "ManagedPolicy", "Policy", "Role", "User"),
        "UserToGroupAddition",
    )
)
"""Types that need a capability (API reference, CreateStack, Capabilities)."""

_IAM_NAMES = {
    "AWS::IAM::Role": "RoleName",
    "AWS::IAM::ManagedPolicy": "ManagedPolicyName",
    "AWS::IAM::User": "UserName",
    "AWS::IAM::Group": "GroupName",
    "AWS::IAM::InstanceProfile": "InstanceProfileName",
}
"""Properties whose presence makes CAPABILITY_NAMED_IAM necessary."""


NO_VALUES: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Template:
    """A template that has passed `parse`."""

    body: Mapping[str, Any]
    """after its transforms"""
    transforms: tuple[str, ...] = ()

    @property
    def resources(self) -> Mapping[str, Mapping[str, Any]]:
        return self.body["Resources"]  # type: ignore[no-any-return]

    @property
    def parameters(self) -> Mapping[str, Mapping[str, Any]]:
        return self.body.get("Parameters", {})  # type: ignore[no-any-return]

    @property
    def conditions(self) -> Mapping[str, Any]:
        return self.body.get("Conditions", {})  # type: ignore[no-any-return]

    @property
    def mappings(self) -> Mapping[str, Any]:
        return self.body.get("Mappings", {})  # type: ignore[no-any-return]

    @property
    def outputs(self) -> Mapping[str, Mapping[str, Any]]:
        return self.body.get("Outputs", {})  # type: ignore[no-any-return]

    @property
    def description(self) -> str | None:
        return self.body.get("Description")

    def capabilities(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """The capability that the template needs, if any, and the logical ids that need it."""
        iam = [logical for logical, item in self.resources.items() if item["Type"] in _IAM_TYPES]
        named = [
            logical
            for logical in iam
            if _IAM_NAMES.get(self.resources[logical]["Type"])
            in self.resources[logical].get("Properties", {})
        ]
        if named:
            return ("CAPABILITY_NAMED_IAM",), tuple(iam)
        return (("CAPABILITY_IAM",), tuple(iam)) if iam else ((), ())


def parse(text: str, values: Mapping[str, str] = NO_VALUES) -> Template:
    """Read a template, run its transforms and check its form.

    `values` are the parameter values that transforms may need, where they are not the defaults. Raises
    ValidationError with CloudFormation's text; NotEmulated for what only AWS can do.
    """
    body = _read(text)
    unknown = sorted(set(body) - _SECTIONS)
    if unknown:
        raise invalid(f"Invalid template property or properties [{', '.join(unknown)}]")
    transforms = tuple(language.declared(body))
    body = language.processed(body, values)
    for section in ("Rules", "Hooks"):
        if body.get(section):
            raise NotEmulatedError("cloudformation", "CreateChangeSet", f"template section {section}")
    resources = body.get("Resources")
    if not isinstance(resources, Mapping) or not resources:
        raise invalid("Template format error: At least one Resources member must be defined.")
    if len(resources) > RESOURCES:
        raise invalid(
            f"Template format error: Number of resources, {len(resources)}, is greater than maximum allowed, "
            f"{RESOURCES}"
        )
    for section in ("Parameters", "Mappings", "Conditions", "Outputs"):
        if not isinstance(body.get(section, {}), Mapping):
            raise invalid(f"Template format error: {section} section must be an object.")
    template = Template(body, transforms)
    _check_resources(template)
    _check_outputs(template)
    _check_references(template)
    return template


def _read(text: str) -> Mapping[str, Any]:
    try:
        if text.lstrip().startswith("{"):
            body = json.loads(text)
        else:
            body = parse_yaml(text, "template", cloudformation=True).value
    except (ValueError, InputError) as error:
        raise invalid(f"Template format error: {error}") from error
    if not isinstance(body, Mapping):
        raise invalid("Template format error: unsupported structure.")
    return body


def _check_resources(template: Template) -> None:
    unknown = set()
    for logical, item in template.resources.items():
        if not _NAME.fullmatch(logical):
            raise invalid(f"Template format error: Resource name {logical} is non alphanumeric.")
        if not isinstance(item, Mapping):
            raise invalid("Template format error: Any Resources member must be an object.")
        if not isinstance(item.get("Type"), str):
            raise invalid(
                f"Template format error: [/Resources/{logical}] Every Resources object must contain a Type "
                "member."
            )
        extra = sorted(set(item) - _RESOURCE_KEYS)
        if extra:
            raise invalid(f"Invalid template resource property '{extra[0]}'")
        for policy, values in _POLICIES.items():
            if item.get(policy, values[0]) not in values:
                raise invalid(
                    f"Template format error: Unrecognized {policy} {item[policy]} for resource {logical}"
                )
        _check_snapshots(logical, item)
        _check_signals(logical, item)
        if not isinstance(item.get("Properties", {}), Mapping):
            raise invalid(f"Template format error: [/Resources/{logical}/Properties] must be an object")
        if "Condition" in item and item["Condition"] not in template.conditions:
            raise invalid(
                f"Template format error: Unresolved condition dependency {item['Condition']} "
                "in the Resources block of the template"
            )
        if item["Type"] not in PROVIDERS and not known(item["Type"]):
            unknown.add(item["Type"])
    if unknown:
        raise invalid(f"Template format error: Unrecognized resource types: [{', '.join(sorted(unknown))}]")


def _check_snapshots(logical: str, item: Mapping[str, Any]) -> None:
    for policy in _POLICIES:
        if item.get(policy) != "Snapshot":
            continue
        if item["Type"] not in snapshots.SUPPORTED:
            raise invalid(f"Template format error: {policy} Snapshot is not supported for resource {logical}")
        if item["Type"] not in snapshots.TAKERS:
            raise NotEmulatedError(
                "cloudformation", "CreateChangeSet", f"{policy} Snapshot of {item['Type']} ({logical})"
            )


def _check_signals(logical: str, item: Mapping[str, Any]) -> None:
    """Refuse to wait for signals: nothing in the local cloud sends any (template reference, "CreationPolicy
    attribute"). An UpdatePolicy is taken and has no effect: it steers how instances are replaced."""
    policy = item.get("CreationPolicy")
    signal = policy.get("ResourceSignal") if isinstance(policy, Mapping) else None
    if signal is not None and not (isinstance(signal, Mapping) and str(signal.get("Count", 1)) == "0"):
        raise NotEmulatedError(
            "cloudformation",
            "CreateChangeSet",
            f"CreationPolicy of {logical}: it waits for signals, and nothing in the local cloud sends them",
        )


def _check_outputs(template: Template) -> None:
    for name, output in template.outputs.items():
        if not _NAME.fullmatch(name):
            raise invalid(f"Template format error: Output name {name} is non alphanumeric.")
        if not isinstance(output, Mapping) or "Value" not in output:
            raise invalid(
                f"Template format error: [/Outputs/{name}] Every Outputs member must contain a Value object"
            )


def _check_references(template: Template) -> None:
    names = set(template.resources) | set(template.parameters) | PSEUDO
    missing = sorted(
        {
            name
            for item in template.resources.values()
            for name, attribute in references(item.get("Properties", {}))
            if name not in (names if attribute is None else template.resources)
        }
        | {
            name
            for item in template.resources.values()
            for name in depends_on(item)
            if name not in template.resources
        }
    )
    if missing:
        raise invalid(
            f"Template format error: Unresolved resource dependencies [{', '.join(missing)}] "
            "in the Resources block of the template"
        )
    missing = sorted(
        {
            name
            for output in template.outputs.values()
            for name, attribute in references([output["Value"], output.get("Export", {})])
            if name not in (names if attribute is None else template.resources)
        }
    )
    if missing:
        raise invalid(
            f"Template format error: Unresolved resource dependencies [{', '.join(missing)}] "
            "in the Outputs block of the template"
        )
    for value in _values(template):
        for logical, attribute in references(value):
            if attribute and not _has_attribute(template.resources[logical]["Type"], attribute):
                raise invalid(
                    f"Template error: resource {logical} does not support attribute type {attribute} "
                    "in Fn::GetAtt"
                )
    order(template.resources, None)


def _values(template: Template) -> Iterator[Any]:
    for item in template.resources.values():
        yield item.get("Properties", {})
    for output in template.outputs.values():
        yield output["Value"]


def _has_attribute(type: str, attribute: str) -> bool:
    if type == nested_stacks.TYPE:
        return attribute.startswith("Outputs.")
    schema = resource_schema(type)
    return attribute in schema.attributes or attribute.replace(".", "/") in schema.read_only


def depends_on(item: Mapping[str, Any]) -> tuple[str, ...]:
    """The resource's DependsOn as a tuple."""
    given = item.get("DependsOn", ())
    return (given,) if isinstance(given, str) else tuple(given)


def needs(
    logical: str, resources: Mapping[str, Mapping[str, Any]], conditions: Mapping[str, bool] | None
) -> set[str]:
    """Logical ids that must exist before `logical` can be made."""
    return (_named(logical, resources, conditions) | _awaited(logical, resources, conditions)) & set(
        resources
    )


def _named(
    logical: str, resources: Mapping[str, Mapping[str, Any]], conditions: Mapping[str, bool] | None
) -> set[str]:
    item = resources[logical]
    found = {name for name, _attribute in references(item.get("Properties", {}), conditions)}
    return found | set(depends_on(item))


_AWAITED = {"AWS::Config::DeliveryChannel": "AWS::Config::ConfigurationRecorder"}
"""Type -> the type that its handler waits for though no template names it: PutDeliveryChannel needs a
recorder (API reference, NoAvailableConfigurationRecorderException), and AWS's own templates let
CloudFormation make both at once."""


def _awaited(
    logical: str, resources: Mapping[str, Mapping[str, Any]], conditions: Mapping[str, bool] | None
) -> set[str]:
    wanted = _AWAITED.get(str(resources[logical].get("Type")))
    return {
        name
        for name, item in resources.items()
        if wanted and item.get("Type") == wanted and logical not in _named(name, resources, conditions)
    }


def order(resources: Mapping[str, Mapping[str, Any]], conditions: Mapping[str, bool] | None) -> list[str]:
    """Logical ids, each after those it needs."""
    sorter = TopologicalSorter({logical: needs(logical, resources, conditions) for logical in resources})
    try:
        return list(sorter.static_order())
    except CycleError as error:
        cycle = list(dict.fromkeys(error.args[1]))
        raise invalid(f"Circular dependency between resources: [{', '.join(sorted(cycle))}]") from None


def check_properties(resources: Mapping[str, Mapping[str, Any]]) -> None:
    """Refuse unknown, missing and malformed properties, and those that the local cloud cannot set.

    AWS's registry handlers say the same when they come to the resource; here it is said before anything
    is made.
    """
    for logical, item in resources.items():
        properties = item.get("Properties", {})
        problems = validate(item["Type"], properties)
        if problems:
            listed = "\n".join(
                f"#{''.join(f'/{part}' for part in problem.path)}: {problem.message}" for problem in problems
            )
            raise invalid(f"Properties validation failed for resource {logical} with message:\n{listed}")
    absent = {item["Type"]: logical for logical, item in resources.items() if item["Type"] not in PROVIDERS}
    if absent:
        listed = ", ".join(f"{type} ({logical})" for type, logical in sorted(absent.items()))
        raise NotEmulatedError("cloudformation", "CreateChangeSet", f"resource types {listed}")
    for logical, item in resources.items():
        properties = item.get("Properties", {})
        beyond = sorted(set(properties) - PROVIDERS[item["Type"]].properties)
        if beyond:
            raise NotEmulatedError(
                "cloudformation",
                "CreateChangeSet",
                f"{item['Type']} ({logical}) property {', '.join(beyond)}",
            )


def imports(template: Template) -> Iterator[Any]:
    """The arguments of every Fn::ImportValue of the template."""

    def walk(value: Any) -> Iterator[Any]:
        called = function(value)
        if called and called[0] == "Fn::ImportValue":
            yield called[1]
        elif isinstance(value, Mapping):
            for item in value.values():
                yield from walk(item)
        elif isinstance(value, list):
            for item in value:
                yield from walk(item)

    yield from walk([*(item.get("Properties", {}) for item in template.resources.values())])
    yield from walk([*(dict(output) for output in template.outputs.values())])


__all__ = [
    "BODY_BYTES",
    "URL_BYTES",
    "VALUE_FUNCTIONS",
    "Template",
    "check_properties",
    "depends_on",
    "imports",
    "needs",
    "order",
    "parse",
    "split_attribute",
]
