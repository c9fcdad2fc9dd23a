"""What a deployment changes, resource by resource, and whether data goes with it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from ringwork.cloud.deploy.template import DATA_TYPES, kept, resources
from ringwork.schemas import UnknownTypeError, resource_schema


class Action(StrEnum):
    ADD = "add"
    CHANGE = "change"
    REPLACE = "replace"
    """made anew, then the old one is deleted"""
    MAY_REPLACE = "may-replace"
    """CloudFormation knows only during the update whether it replaces"""
    REMOVE = "remove"
    RELEASE = "release"
    """removed from the stack and kept in the account, by its policy"""
    NONE = "none"
    """only CloudFormation's record changes"""


@dataclass(frozen=True, slots=True)
class PropertyChange:
    """One property that differs, and why."""

    name: str
    """`BucketName`; `Tags`, `Metadata`, ... for a resource's other attributes"""
    why: str
    """`template`, `parameter X`, `resource X`, `X.Arn`, `drift`"""
    recreates: str = "never"
    """`never`, `conditionally`, `always`"""
    before: str | None = None
    """as CloudFormation gives it; None where it does not"""
    after: str | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """What happens to one resource."""

    logical: str
    type: str
    action: Action
    physical: str | None = None
    properties: tuple[PropertyChange, ...] = ()
    destroys_data: bool = False
    """data goes with the resource, or may go: nothing keeps or copies it"""
    drift: str | None = None
    """`MODIFIED`, `DELETED`, ... in a drift-aware change set"""


def from_change_set(
    changes: Iterable[Mapping[str, Any]],
    old: Mapping[str, Any] | None,
    new: Mapping[str, Any] | None,
) -> tuple[Change, ...]:
    """DescribeChangeSet's `Changes` as ours. `old` and `new` are the templates, for their policies."""
    before, after = resources(old), resources(new)
    return tuple(
        _from_aws(change["ResourceChange"], before, after)
        for change in changes
        if change.get("Type", "Resource") == "Resource" and "ResourceChange" in change
    )


def _from_aws(
    raw: Mapping[str, Any], before: Mapping[str, Mapping[str, Any]], after: Mapping[str, Mapping[str, Any]]
) -> Change:
    logical, type_ = raw["LogicalResourceId"], raw["ResourceType"]
    old = before.get(logical)
    # the new template's policy governs a replacement, but until it is deployed the old one does;
    # only what both keep is safe
    replaced_kept = kept(old, "UpdateReplacePolicy") and kept(after.get(logical), "UpdateReplacePolicy")
    policy = raw.get("PolicyAction")
    match raw["Action"], raw.get("Replacement"):
        case (("Add" | "Import"), _):
            action, safe = Action.ADD, True
        case "Remove", _:
            safe = policy in {"Retain", "Snapshot"} if policy else kept(old, "DeletionPolicy")
            action = Action.RELEASE if safe and policy != "Snapshot" else Action.REMOVE
        case "Modify", ("True" | "Conditional") as replacement:
            action = Action.REPLACE if replacement == "True" else Action.MAY_REPLACE
            safe = policy in {"ReplaceAndRetain", "ReplaceAndSnapshot"} if policy else replaced_kept
        case "Dynamic", _:
            action, safe = Action.MAY_REPLACE, replaced_kept
        case "SyncWithActual", _:
            action, safe = Action.NONE, True
        case _:
            action, safe = Action.CHANGE, True
    return Change(
        logical=logical,
        type=type_,
        action=action,
        physical=raw.get("PhysicalResourceId"),
        properties=_properties(raw.get("Details", ())),
        destroys_data=not safe and type_ in DATA_TYPES,
        drift=raw.get("ResourceDriftStatus"),
    )


_RANK = ("never", "conditionally", "always")


def _properties(details: Iterable[Mapping[str, Any]]) -> tuple[PropertyChange, ...]:
    """One entry for each property: a property has several details where it has several causes."""
    found: dict[str, PropertyChange] = {}
    for detail in details:
        target = detail.get("Target", {})
        attribute = target.get("Attribute", "Properties")
        name = target.get("Name") or attribute
        path = str(target.get("Path") or "").removeprefix("/Properties/").replace("/", ".")
        name = path or name
        recreates = str(target.get("RequiresRecreation", "Never")).lower()
        drift = target.get("BeforeValueFrom") == "ACTUAL_STATE" and "Drift" in target
        why = "drift" if drift else _cause(detail)
        known = found.get(name)
        if known is None:
            found[name] = PropertyChange(
                name=name,
                why=why,
                recreates=recreates,
                before=target.get("BeforeValue"),
                after=target.get("AfterValue"),
            )
            continue
        causes = {*known.why.split(", "), why}
        if len(causes) > 1:
            causes.discard("template")  # CloudFormation adds it beside the real cause
        found[name] = PropertyChange(
            name=name,
            why=", ".join(sorted(causes)),
            recreates=max(known.recreates, recreates, key=_RANK.index),
            before=known.before if known.before is not None else target.get("BeforeValue"),
            after=known.after if known.after is not None else target.get("AfterValue"),
        )
    return tuple(found.values())


def _cause(detail: Mapping[str, Any]) -> str:
    entity = detail.get("CausingEntity", "")
    match detail.get("ChangeSource"):
        case "ParameterReference":
            return f"parameter {entity}"
        case "ResourceReference":
            return f"resource {entity}"
        case "ResourceAttribute":
            return str(entity)
        case "Automatic":
            return "nested stack"
        case _:
            return "template"


def from_templates(old: Mapping[str, Any] | None, new: Mapping[str, Any]) -> tuple[Change, ...]:
    """An estimate without CloudFormation: two templates compared as text.

    Conditions are not evaluated. A differing property that the schema calls create-only may replace
    the resource; so may any in a type that we have no schema of.
    """
    before, after = resources(old), resources(new)
    found = []
    for logical, resource in after.items():
        was = before.get(logical)
        if was is None:
            found.append(Change(logical, resource["Type"], Action.ADD))
        elif was != resource:
            found.append(_differing(logical, was, resource))
    for logical, resource in before.items():
        if logical not in after:
            safe = kept(resource, "DeletionPolicy")
            found.append(
                Change(
                    logical,
                    resource["Type"],
                    Action.RELEASE if safe else Action.REMOVE,
                    destroys_data=not safe and resource["Type"] in DATA_TYPES,
                )
            )
    return tuple(found)


def _differing(logical: str, was: Mapping[str, Any], now: Mapping[str, Any]) -> Change:
    type_ = now["Type"]
    old, new = was.get("Properties") or {}, now.get("Properties") or {}
    names = [name for name in {**old, **new} if old.get(name) != new.get(name)]
    fixed = _create_only(type_)
    properties = [
        PropertyChange(name, "template", "conditionally" if fixed is None or name in fixed else "never")
        for name in names
    ]
    properties += [
        PropertyChange(name, "template")
        for name in {**was, **now}
        if name != "Properties" and was.get(name) != now.get(name)
    ]
    replaces = was["Type"] != type_ or any(p.recreates != "never" for p in properties)
    safe = kept(was, "UpdateReplacePolicy") and kept(now, "UpdateReplacePolicy")
    return Change(
        logical,
        type_,
        Action.MAY_REPLACE if replaces else Action.CHANGE,
        properties=tuple(properties),
        destroys_data=replaces and not safe and bool({was["Type"], type_} & DATA_TYPES),
    )


def _create_only(type_: str) -> frozenset[str] | None:
    """Top-level properties that only a new resource can change; None: the type is unknown to us."""
    try:
        schema = resource_schema(type_)
        return frozenset(path.split("/")[0] for path in schema.create_only | schema.conditional_create_only)
    except UnknownTypeError:
        return None
