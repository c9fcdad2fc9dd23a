"""What an update would change: the content of a change set."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ringwork.cloud.emulator.cloudformation import drift
from ringwork.cloud.emulator.cloudformation.evaluation import Evaluation
from ringwork.cloud.emulator.cloudformation.intrinsics import function, invalid, references, unsettled
from ringwork.cloud.emulator.cloudformation.resources import PROVIDERS, nested_stacks
from ringwork.cloud.emulator.cloudformation.state import ResourceRecord, moment
from ringwork.schemas import resource_schema

_ATTRIBUTES = ("Metadata", "DeletionPolicy", "UpdateReplacePolicy", "UpdatePolicy", "CreationPolicy")


@dataclass(frozen=True, slots=True)
class Planned:
    """What happens to one resource."""

    logical: str
    type: str
    action: str
    """Add, Modify, Remove, or Keep"""
    physical: str | None = None
    replacement: str | None = None
    details: tuple[dict[str, Any], ...] = ()
    before: Mapping[str, Any] | None = None
    after: Mapping[str, Any] | None = None
    policy_action: str | None = None
    drift_status: str | None = None
    previous: Mapping[str, Any] | None = None
    """the properties of the last deployment (drift-aware change sets)"""

    def shown(self, *, values: bool) -> dict[str, Any]:
        """The Change that DescribeChangeSet lists; `values` is IncludePropertyValues."""
        change: dict[str, Any] = {
            "Action": self.action,
            "LogicalResourceId": self.logical,
            "ResourceType": self.type,
            "Scope": sorted({detail["Target"]["Attribute"] for detail in self.details}),
            "Details": [dict(detail) for detail in self.details],
        }
        optional = {
            "PhysicalResourceId": self.physical,
            "Replacement": self.replacement,
            "PolicyAction": self.policy_action,
            "ResourceDriftStatus": self.drift_status,
        }
        if values or self.drift_status:
            optional["BeforeContext"] = _context(self.before)
            optional["AfterContext"] = _context(self.after)
            optional["PreviousDeploymentContext"] = _context(self.previous)
        change.update({name: value for name, value in optional.items() if value is not None})
        return {"Type": "Resource", "ResourceChange": change}


def _context(properties: Mapping[str, Any] | None) -> str | None:
    return None if properties is None else json.dumps({"Properties": properties}, sort_keys=True)


@dataclass(slots=True)
class Drifted:
    """Live state that a drift-aware change set found, by logical id."""

    actual: dict[str, dict[str, Any] | None] = field(default_factory=dict)
    """properties of what was modified; None for what is gone"""
    statuses: dict[str, str] = field(default_factory=dict)
    checked: str = ""


def recreates(type: str, name: str, old: Any, new: Any) -> str:
    """RequiresRecreation of a change of property `name`: Always, Conditionally or Never."""
    schema, provider = resource_schema(type), PROVIDERS[type]
    if name in schema.create_only:
        return "Always"
    if name in provider.replaced_when:
        return "Always" if provider.replaced_when[name](old, new) else "Never"
    if name not in provider.setters:
        return "Always"
    if any(path.startswith(f"{name}/") for path in schema.create_only):
        return "Conditionally"
    return "Never"


def changed_properties(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[str]:
    """Names of the properties that differ."""
    return [
        name
        for name in sorted({*old, *new})
        if name not in old or name not in new or not drift.same(name, old[name], new[name])
    ]


def plan(
    evaluation: Evaluation, stack_tags: Mapping[str, str], drifted: Drifted | None = None
) -> list[Planned]:
    """What an update to the evaluation's template would do. Raises ValidationError as AWS does."""
    records = {
        logical: record for logical, record in evaluation.records.items() if record.physical is not None
    }
    retyped = sorted(
        logical
        for logical, item in evaluation.active.items()
        if logical in records and records[logical].type != item["Type"]
    )
    if retyped:
        raise invalid(
            "Update of resource type is not permitted. The new template modifies resource type of the "
            f"following resources: [{', '.join(retyped)}]"
        )
    planned = [
        _plan_one(evaluation, logical, records.get(logical), stack_tags, drifted)
        for logical in evaluation.ordered()
    ]
    planned.extend(
        Planned(
            logical,
            record.type,
            "Remove",
            physical=record.physical,
            before=record.properties,
            policy_action="Retain" if retained(record.definition, "DeletionPolicy") else "Delete",
        )
        for logical, record in records.items()
        if logical not in evaluation.active
    )
    return planned


def retained(definition: Mapping[str, Any], policy: str) -> bool:
    """Whether the resource outlives its place in the stack."""
    return definition.get(policy, "Delete") in ("Retain", "RetainExceptOnCreate")


def outlives(record: ResourceRecord) -> bool:
    """Whether a resource in a stack's cleanup stays.

    Template reference, "DeletionPolicy attribute": what the operation that made it takes back stays with
    Retain, and goes with RetainExceptOnCreate.
    """
    if record.leaving == "undone":
        return record.definition.get("DeletionPolicy") == "Retain"
    return record.leaving != "unreplaced" and retained(record.definition, parting_policy(record))


def parting_policy(record: ResourceRecord) -> str:
    """The attribute that says what becomes of a resource that leaves its stack."""
    return "UpdateReplacePolicy" if record.leaving == "replaced" else "DeletionPolicy"


def _plan_one(
    evaluation: Evaluation,
    logical: str,
    record: ResourceRecord | None,
    stack_tags: Mapping[str, str],
    drifted: Drifted | None,
) -> Planned:
    item = evaluation.template.resources[logical]
    properties = evaluation.properties(logical)
    if record is None:
        evaluation.pending.add(logical)
        return Planned(logical, item["Type"], "Add", after=properties)
    status = drifted.statuses.get(logical) if drifted else None
    if drifted and logical in drifted.actual and drifted.actual[logical] is None:
        evaluation.pending.add(logical)
        return Planned(
            logical, record.type, "Add", after=properties, drift_status=status, previous=record.properties
        )
    actual = drifted.actual.get(logical) if drifted else None
    details = [
        _property_detail(record, item, name, properties, drifted=drifted, evaluation=evaluation)
        for name in changed_properties(_current(record, actual), properties)
    ]
    details.extend(
        {
            "Target": {"Attribute": name, "RequiresRecreation": "Never"},
            "Evaluation": "Static",
            "ChangeSource": "DirectModification",
        }
        for name in _ATTRIBUTES
        if record.definition.get(name) != item.get(name)
    )
    if record.stack_tags != dict(stack_tags) and resource_schema(record.type).tag_property:
        details.append(
            {
                "Target": {"Attribute": "Tags", "RequiresRecreation": "Never"},
                "Evaluation": "Static",
                "ChangeSource": "DirectModification",
            }
        )
    if record.type == nested_stacks.TYPE:
        if not details and evaluation.surroundings.outdated(record, properties):
            # the template behind the URL may have changed
            details.append(
                {
                    "Target": {"Attribute": "Properties", "RequiresRecreation": "Never"},
                    "Evaluation": "Dynamic",
                    "ChangeSource": "Automatic",
                }
            )
        if details:
            evaluation.changing.add(logical)
    if not details and actual is not None and changed_properties(record.properties, properties):
        # the template has been brought to the live state: only the record follows (User Guide,
        # "Using drift-aware change sets")
        return Planned(
            logical,
            record.type,
            "SyncWithActual",
            physical=record.physical,
            details=tuple(
                _sync_detail(name, properties.get(name))
                for name in changed_properties(record.properties, properties)
            ),
            before=actual,
            after=properties,
            drift_status=status,
            previous=record.properties,
        )
    if not details:
        return Planned(logical, record.type, "Keep", physical=record.physical)
    replacement = _replacement(details)
    if replacement == "True":
        evaluation.pending.add(logical)
    return Planned(
        logical,
        record.type,
        "Modify",
        physical=record.physical,
        replacement=replacement,
        details=tuple(details),
        before=_current(record, actual),
        after=properties,
        policy_action=_replace_policy(record, replacement),
        drift_status=status,
        previous=record.properties if drifted else None,
    )


def _current(record: ResourceRecord, actual: Mapping[str, Any] | None) -> dict[str, Any]:
    """The properties that a change starts from: the live ones where they are known."""
    if actual is None:
        return record.properties
    own = drift.differences(record.type, record.properties, actual, record.stack_tags)
    changed = {item["PropertyPath"].split("/")[1] for item in own}
    current = {name: value for name, value in record.properties.items() if name not in changed}
    current.update({name: actual[name] for name in changed if name in actual})
    return current


def _replace_policy(record: ResourceRecord, replacement: str) -> str | None:
    if replacement == "False":
        return None
    return "ReplaceAndRetain" if retained(record.definition, "UpdateReplacePolicy") else "ReplaceAndDelete"


def _replacement(details: list[dict[str, Any]]) -> str:
    """API reference, ResourceChange: Always and Static is True, Always and Dynamic is Conditional."""
    found = "False"
    for detail in details:
        recreation = detail["Target"]["RequiresRecreation"]
        if recreation == "Always" and detail["Evaluation"] == "Static":
            return "True"
        if recreation != "Never":
            found = "Conditional"
    return found


def _property_detail(
    record: ResourceRecord,
    item: Mapping[str, Any],
    name: str,
    properties: Mapping[str, Any],
    *,
    drifted: Drifted | None,
    evaluation: Evaluation,
) -> dict[str, Any]:
    actual = drifted.actual.get(record.logical) if drifted else None
    old, new = _current(record, actual).get(name), properties.get(name)
    tags = name == resource_schema(record.type).tag_property
    target: dict[str, Any] = {
        "Attribute": "Tags" if tags else "Properties",
        "Path": f"/Properties/{name}",
        "RequiresRecreation": "Never" if tags else recreates(record.type, name, old, new),
        "AttributeChangeType": "Add" if old is None else "Remove" if new is None else "Modify",
    }
    if not tags:
        target["Name"] = name
    if old is not None:
        target["BeforeValue"] = _text(old)
    if new is not None:
        target["AfterValue"] = _text(new)
    if drifted is not None:
        target["BeforeValueFrom"] = "PREVIOUS_DEPLOYMENT_STATE" if actual is None else "ACTUAL_STATE"
        target["AfterValueFrom"] = "TEMPLATE"
        if actual is not None and not drift.same(name, record.properties.get(name), actual.get(name)):
            target["Drift"] = {
                "PreviousValue": _text(record.properties.get(name)),
                "ActualValue": _text(actual.get(name)),
                "DriftDetectionTimestamp": moment(drifted.checked).isoformat(),
            }
    detail: dict[str, Any] = {"Target": target, "Evaluation": "Dynamic" if unsettled(new) else "Static"}
    detail.update(_cause(record, item, name, evaluation))
    return detail


def _sync_detail(name: str, value: Any) -> dict[str, Any]:
    return {
        "Target": {
            "Attribute": "Properties",
            "Name": name,
            "Path": f"/Properties/{name}",
            "RequiresRecreation": "Never",
            "AttributeChangeType": "SyncWithActual",
            "AfterValue": _text(value),
            "AfterValueFrom": "TEMPLATE",
        },
        "Evaluation": "Static",
        "ChangeSource": "NoModification",
    }


def _cause(
    record: ResourceRecord, item: Mapping[str, Any], name: str, evaluation: Evaluation
) -> dict[str, str]:
    """ChangeSource and CausingEntity of a changed property."""
    before = record.definition.get("Properties", {}).get(name)
    after = item.get("Properties", {}).get(name)
    if before != after or after is None:
        return {"ChangeSource": "DirectModification"}
    for target, attribute in references(after):
        if attribute is None and target in evaluation.template.parameters:
            return {"ChangeSource": "ParameterReference", "CausingEntity": target}
        if target in evaluation.pending:
            if attribute is None:
                return {"ChangeSource": "ResourceReference", "CausingEntity": target}
            return {"ChangeSource": "ResourceAttribute", "CausingEntity": f"{target}.{attribute}"}
    return {"ChangeSource": "DirectModification" if function(after) is None else "Automatic"}


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, sort_keys=True)
