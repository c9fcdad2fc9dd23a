"""The values of one template in one stack: parameters, conditions, resources, outputs."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ringwork.cloud.emulator.cloudformation.intrinsics import (
    KNOWN_AFTER_APPLY,
    NO_VALUE,
    Scope,
    decide,
    invalid,
    resolve,
    text,
    unsettled,
)
from ringwork.cloud.emulator.cloudformation.parameters import parameter_value
from ringwork.cloud.emulator.cloudformation.state import ResourceRecord, StackRecord
from ringwork.cloud.emulator.cloudformation.template import Template, imports, order


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a stack sees of its account and Region."""

    export: Callable[[str], Any]
    """name of an export -> its value; None when nobody exports it"""
    zones: Callable[[str], list[str]]
    """Region -> its Availability Zones"""
    outdated: Callable[[ResourceRecord, Mapping[str, Any]], bool] = lambda _record, _properties: False
    """nested stack and its properties -> whether an update of it may change something"""


@dataclass(slots=True)
class Evaluation:
    """A template's values against the resources that exist. `pending` are those yet to be made."""

    template: Template
    parameters: Mapping[str, str]
    stack: StackRecord
    surroundings: Surroundings
    records: Mapping[str, ResourceRecord]
    pending: set[str] = field(default_factory=set)
    changing: set[str] = field(default_factory=set)
    """nested stacks whose outputs may change"""
    conditions: Mapping[str, bool] = field(init=False)
    scope: Scope = field(init=False)

    def __post_init__(self) -> None:
        plain = self._scope({})
        self.conditions = decide(self.template.conditions, plain)
        self.scope = self._scope(self.conditions)

    def _scope(self, conditions: Mapping[str, bool]) -> Scope:
        return Scope(
            ref=self._ref,
            attribute=self._attribute,
            export=self._export,
            zones=functools.cache(lambda region: self.surroundings.zones(region or self.stack.region)),
            mappings=self.template.mappings,
            conditions=conditions,
        )

    @property
    def active(self) -> dict[str, Mapping[str, Any]]:
        """The resources whose condition holds."""
        return {
            logical: item
            for logical, item in self.template.resources.items()
            if "Condition" not in item or self.conditions[item["Condition"]]
        }

    def ordered(self) -> list[str]:
        """The active resources, each after those it needs."""
        return order(self.active, self.conditions)

    def properties(self, logical: str) -> dict[str, Any]:
        """The resource's properties, resolved; ValidationError when a name leads nowhere."""
        found: dict[str, Any] = resolve(self.template.resources[logical].get("Properties", {}), self.scope)
        return found

    def outputs(self) -> list[dict[str, Any]]:
        """Outputs as DescribeStacks lists them."""
        listed = []
        for key, output in self.template.outputs.items():
            if "Condition" in output and not self.conditions.get(output["Condition"], False):
                continue
            value = resolve(output["Value"], self.scope)
            if value is NO_VALUE or not isinstance(value, (str, int, float, bool)):
                raise invalid(
                    "Template format error: The Value field of every Outputs member must evaluate to a "
                    "String. "
                    f"({key})"
                )
            item = {"OutputKey": key, "OutputValue": text(value)}
            if "Description" in output:
                item["Description"] = output["Description"]
            if "Export" in output:
                item["ExportName"] = text(resolve(output["Export"]["Name"], self.scope))
            listed.append(item)
        return listed

    def imported(self) -> list[str]:
        """Names of the exports that the template reads."""
        names = (resolve(argument, self.scope) for argument in imports(self.template))
        return sorted({text(name) for name in names if not unsettled(name)})

    def _ref(self, name: str) -> Any:
        stack = self.stack
        pseudo = {
            "AWS::AccountId": stack.account,
            "AWS::Region": stack.region,
            "AWS::Partition": "aws",
            "AWS::URLSuffix": "amazonaws.com",
            "AWS::StackId": stack.id,
            "AWS::StackName": stack.name,
            "AWS::NotificationARNs": stack.settings.get("NotificationARNs", []),
        }
        if name in pseudo:
            return pseudo[name]
        if name in self.template.parameters:
            return parameter_value(self.template.parameters[name], self.parameters[name])
        record = self._record(name)
        return KNOWN_AFTER_APPLY if record is None else record.physical

    def _attribute(self, logical: str, attribute: str) -> Any:
        record = self._record(logical)
        if record is None or logical in self.changing:
            return KNOWN_AFTER_APPLY
        if attribute in record.attributes:
            return record.attributes[attribute]
        if attribute in record.properties:
            return record.properties[attribute]
        raise invalid(
            f"Template error: resource {logical} does not support attribute type {attribute} in Fn::GetAtt"
        )

    def _record(self, logical: str) -> ResourceRecord | None:
        if logical in self.pending:
            return None
        record = self.records.get(logical)
        if record is None or record.physical is None:
            raise invalid(
                f"Template format error: Unresolved resource dependencies [{logical}] "
                "in the Resources block of the template"
            )
        return record

    def _export(self, name: str) -> Any:
        if unsettled(name):
            return KNOWN_AFTER_APPLY
        value = self.surroundings.export(name)
        if value is None:
            raise invalid(f"No export named {name} found.")
        return value
