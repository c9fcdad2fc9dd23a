"""The one form in which values stand in an estate, whether they come from a template or from an account.

A value that names a resource of the estate is a `Reference` to it, however it was written:

1. An attribute that equals what Ref returns is called `Ref` (`GroupId` of a security group), and one that
   equals the ARN is called `Arn`, unless Ref is the ARN (managed policy, topic). Table: `arns.NAMING`.
2. A string that is the ARN of a resource of the estate is that resource's `Arn` (or `Ref`).
3. A string that is an id which AWS assigned (`vpc-…`, a key's UUID) is the `Ref` of that resource; in the
   same account and Region first, else where the id is unique. So is one of its other assigned ids
   (`AllocationId` of an address).
4. A name is a `Ref` only in the properties that `NAMES` lists: elsewhere an equal word proves nothing.
5. Within a longer string, ids of rule 3 are references and all that can be computed (names, ARNs with
   names) stays literal. A text that is exactly a key's ARN is its `Arn`.
6. Tags with `aws:` keys are dropped: AWS writes them, nobody can set them. Policy documents given as
   JSON text are parsed.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any

from ringwork.estate import arns, intrinsics
from ringwork.estate.model import Reference, Resource, Text, Value

NAMES: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "AWS::IAM::RolePolicy": {"RoleName": ("AWS::IAM::Role",)},
    "AWS::IAM::UserPolicy": {"UserName": ("AWS::IAM::User",)},
    "AWS::IAM::GroupPolicy": {"GroupName": ("AWS::IAM::Group",)},
    "AWS::IAM::Policy": {
        "Roles": ("AWS::IAM::Role",),
        "Users": ("AWS::IAM::User",),
        "Groups": ("AWS::IAM::Group",),
    },
    "AWS::IAM::ManagedPolicy": {
        "Roles": ("AWS::IAM::Role",),
        "Users": ("AWS::IAM::User",),
        "Groups": ("AWS::IAM::Group",),
    },
    "AWS::IAM::InstanceProfile": {"Roles": ("AWS::IAM::Role",)},
    "AWS::IAM::User": {"Groups": ("AWS::IAM::Group",)},
    "AWS::EC2::Instance": {"IamInstanceProfile": ("AWS::IAM::InstanceProfile",)},
    "AWS::EC2::FlowLog": {"LogGroupName": ("AWS::Logs::LogGroup",)},
    "AWS::Logs::LogStream": {"LogGroupName": ("AWS::Logs::LogGroup",)},
    "AWS::Logs::MetricFilter": {"LogGroupName": ("AWS::Logs::LogGroup",)},
    "AWS::Logs::SubscriptionFilter": {"LogGroupName": ("AWS::Logs::LogGroup",)},
    "AWS::S3::Bucket": {
        "LoggingConfiguration/DestinationBucketName": ("AWS::S3::Bucket",),
    },
    "AWS::S3::BucketPolicy": {"Bucket": ("AWS::S3::Bucket",)},
    "AWS::S3::AccessPoint": {"Bucket": ("AWS::S3::Bucket",)},
    "AWS::CloudTrail::Trail": {"S3BucketName": ("AWS::S3::Bucket",)},
    "AWS::Config::DeliveryChannel": {"S3BucketName": ("AWS::S3::Bucket",)},
    "AWS::KMS::Alias": {"TargetKeyId": ("AWS::KMS::Key",)},
}
"""type -> property (list indexes left out) -> types of the resource that it names"""

EITHER: frozenset[tuple[str, str]] = frozenset({("AWS::KMS::Alias", "TargetKeyId")})
"""(type, property) where AWS takes an id or an ARN and returns the id: always `Ref`"""

_NAMED = frozenset(type for named in NAMES.values() for types in named.values() for type in types)

POLICIES = frozenset(
    {"PolicyDocument", "AssumeRolePolicyDocument", "KeyPolicy", "ResourcePolicy", "PolicyText"}
    | {"ModelPackageGroupPolicy", "Policy"}
)
"""properties that hold a policy document"""

_ADDRESSES = frozenset({"PrivateIpAddresses", "Ipv6Addresses"})
"""lists of addresses, which name no resource"""
_MAPPINGS = {dict}

_ASSIGNED = re.compile(
    r"\b(?:[a-z]{1,20}(?:-[a-z]{1,12}){0,2}-(?:[0-9a-f]{17}|[0-9a-f]{8})"
    r"|[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|mrk-[0-9a-f]{32})\b"
)
"""ids that AWS assigns: EC2's (8 or 17 hexadecimal digits), UUIDs and multi-Region keys of KMS"""


def is_assigned(value: str) -> bool:
    """Whether the whole string looks like an id that AWS assigned."""
    return _ASSIGNED.fullmatch(value) is not None


def attribute(type: str, name: str) -> str:
    """The canonical name of a resource attribute (rule 1)."""
    naming = arns.naming(type)
    if name in naming.same:
        return "Ref"
    if name in naming.arns or name == "Arn":
        return "Ref" if naming.arn == "{Ref}" else "Arn"
    return name


def arn(resource: Resource) -> str | None:
    """The resource's ARN: as given, else computed from its physical id; as GetAtt would give it."""
    given = resource.arn
    if given is not None and resource.type != "AWS::Logs::LogGroup":
        return given
    naming = arns.naming(resource.type)
    if given is None and naming.arn is not None and resource.account and resource.physical:
        needed = arns.properties_needed(naming.arn)
        known = {
            name: value
            for name in needed
            if isinstance(value := resource.properties.get(name, naming.defaults.get(name)), str)
        }
        given = arns.render(
            naming.arn,
            account=resource.account,
            region=resource.region or "us-east-1",
            ref=resource.physical,
            properties=known,
        )
    if given is not None and resource.type == "AWS::Logs::LogGroup" and not given.endswith(":*"):
        return given + ":*"
    return given


@dataclass(frozen=True, slots=True)
class _Naming:
    """What a type says of its resources' names."""

    arn: str
    """canonical name of the attribute that is the ARN"""
    assigned_id: bool
    """whether AWS makes the physical id"""
    other_ids: frozenset[str]
    regional: bool
    computed_arn: bool
    """whether the ARN is another than the one that the service tells"""
    is_named: bool
    """whether others name it by its physical id, though AWS did not make that"""


@cache
def _naming(type: str) -> _Naming:
    naming = arns.naming(type)
    return _Naming(
        attribute(type, "Arn"),
        _has_assigned_id(type),
        naming.assigned,
        naming.regional,
        type == "AWS::Logs::LogGroup",
        type in _NAMED,
    )


class Index:
    """What names a resource of the estate: ARNs, assigned ids, names by type."""

    def __init__(self, resources: Iterable[Resource]) -> None:
        self._given = tuple(resources)
        self.arn_of: dict[str, str | None] = {}
        """for each whose ARN is not the one given"""
        self._ids: dict[str, Resource | list[Resource]] = {}
        """by everything that may be an id; which of it is one is asked of what is looked up"""
        self._attributes: dict[tuple[str, str], str] = {}
        """(id, resource's key) -> the attribute that it is, where that is not `Ref`"""
        self._names: dict[tuple[str, str | None, str | None, str], Reference] = {}
        others: list[tuple[Resource, str, str]] = []
        namings: dict[str, _Naming] = {}
        ids = self._ids  # a hundred thousand resources pass here
        for resource in self._given:
            type, physical = resource.type, resource.physical
            naming = namings.get(type)
            if naming is None:
                naming = namings[type] = _naming(type)
            if resource.arn is None or naming.computed_arn:
                self.arn_of[resource.key] = arn(resource)
            if physical is not None:
                if naming.assigned_id and ids.setdefault(physical, resource) is not resource:
                    self._add_id(resource, physical)
                if naming.is_named:
                    place = (type, *_scope(type, resource), physical)
                    self._names.setdefault(place, Reference(resource.key))
            if naming.other_ids:
                for name in naming.other_ids:
                    value = resource.attributes.get(name)
                    if isinstance(value, str):
                        others.append((resource, name, value))
        for resource, name, value in others:
            if value not in ids:
                ids[value] = resource
                self._attributes[value, resource.key] = name

    def _add_id(self, resource: Resource, value: str) -> None:
        """One more that has the id, in another account or Region."""
        there = self._ids[value]
        self._ids[value] = [*there, resource] if isinstance(there, list) else [there, resource]

    def by_id(self, value: str, resource: Resource) -> Reference | None:
        """Who has this assigned id: in the resource's account and Region, else where it is unique."""
        found = self._ids.get(value)
        if found is None or not is_assigned(value):
            return None
        if isinstance(found, list):
            place = (resource.account, resource.region)
            found = next((one for one in found if (one.account, one.region) == place), None)
            if found is None:
                return None
        usual = "AllocationId" if value.startswith("eipalloc-") and value == found.physical else "Ref"
        return Reference(found.key, self._attributes.get((value, found.key), usual))

    def by_arn(self, value: str) -> Reference | None:
        found = self._arns.get(value)
        return None if found is None else Reference(found.key, _naming(found.type).arn)

    def by_name(self, value: str, resource: Resource, types: Iterable[str]) -> Reference | None:
        """The resource of one of these types with this name, as `resource` would mean it."""
        for type in types:
            found = self._names.get((type, *_scope(type, resource), value))
            if found is not None:
                return found
        return None

    @cached_property
    def resources(self) -> dict[str, Resource]:
        return {resource.key: resource for resource in self._given}

    @cached_property
    def _arns(self) -> dict[str, Resource]:
        found: dict[str, Resource] = {}
        for resource in self._given:
            known = self.arn_of.get(resource.key, resource.arn)
            if known is not None:
                found.setdefault(known, resource)
        return found


def _has_assigned_id(type: str) -> bool:
    """Whether AWS makes the physical id: a bucket may be called `logs-deadbeef`, too."""
    if type in ("AWS::EC2::KeyPair", "AWS::EC2::PlacementGroup"):
        return False
    return type.startswith(("AWS::EC2::", "AWS::EFS::")) or type in ("AWS::KMS::Key", "AWS::KMS::ReplicaKey")


def _scope(type: str, resource: Resource) -> tuple[str | None, str | None]:
    if type.startswith("AWS::S3::"):
        return (None, None)
    return (resource.account, resource.region if _naming(type).regional else None)


def link(resources: Iterable[Resource], *, handed_over: bool = False) -> tuple[Resource, ...]:
    """The resources with their properties in canonical form; what is in it already is shared, not copied.

    `handed_over`: nobody else has the resources or their dictionaries of properties, which are then changed
    where they are.
    """
    given = tuple(resources)
    index = Index(given)
    arn_of, walks = index.arn_of, dict[tuple[str | None, str | None, str], _Walk]()
    found: list[Resource] = []
    walk, last = None, None
    for resource in given:
        place = (resource.type, resource.account, resource.region)
        if walk is None or place != last:  # most follow others of their type and place
            last = place
            key = (resource.account, resource.region, resource.type if resource.type in NAMES else "")
            walk = walks.get(key)
            if walk is None:
                walk = walks[key] = _Walk(resource, index)
        properties = resource.properties
        changed = walk.changes(properties, "")
        if changed and handed_over and type(properties) is dict:
            properties.update(changed)
        elif changed:
            properties = {**properties, **changed}
        arn = arn_of.get(resource.key, resource.arn)
        if properties is resource.properties and arn == resource.arn:
            found.append(resource)
        else:
            found.append(
                Resource(
                    resource.key,
                    resource.type,
                    properties,
                    resource.account,
                    resource.region,
                    resource.logical,
                    resource.physical,
                    arn,
                    resource.attributes,
                    resource.origins,
                    resource.positions,
                )  # not `replace`, which takes three times as long for each of a hundred thousand
            )
    return tuple(found)


class _Walk:
    """Rewrites the values of resources of one account and Region; of one type, where that decides what a
    name means (`NAMES`)."""

    __slots__ = ("index", "known", "names", "resource")

    def __init__(self, resource: Resource, index: Index) -> None:
        self.resource = resource
        """one of them: they mean the same by a name"""
        self.index = index
        self.names = NAMES.get(resource.type, {})
        self.known: dict[str, Value] = {}
        """what texts with an id become"""

    def mapping(self, values: Mapping[str, Any], path: str) -> Mapping[str, Value]:
        changed = self.changes(values, path)
        return {**values, **changed} if changed else values

    def changes(self, values: Mapping[str, Any], path: str) -> dict[str, Value]:
        """The members whose values are not in canonical form yet, with those that are."""
        changed: dict[str, Value] = {}
        names, known = self.names, self.known
        for name, value in values.items():
            kind = type(value)
            if kind is bool or kind is int:
                continue
            below = (f"{path}/{name}" if path else name) if names else ""  # nobody asks for it otherwise
            found: Value
            if kind is str and name not in POLICIES:
                if "-" not in value and ":" not in value and not names:
                    continue  # neither an id nor an ARN
                found = known.get(value) or self.string(value, below)
            elif name == "Tags" and isinstance(value, (tuple, list)):
                found = self.value(_without_aws_tags(value), below)
            elif kind is list:
                if name in _ADDRESSES and {*map(type, value)} == _MAPPINGS:
                    found = tuple(value)
                else:
                    found = self.items(value, below)
            elif name in POLICIES and isinstance(value, str):
                found = self.value(_parsed(value), below)
            else:
                found = self.value(value, below)
            if found is not value:
                changed[name] = found
        return changed

    def items(self, values: list[Any], path: str) -> tuple[Value, ...]:
        known, mapping, value = self.known, self.mapping, self.value
        return tuple(
            [
                (known.get(item) or value(item, path))
                if type(item) is str
                else (mapping(item, path) if type(item) is dict else value(item, path))
                for item in values
            ]
        )

    def value(self, value: Any, path: str) -> Value:
        kind = type(value)
        if kind is str:
            return self.string(value, path)
        if kind is dict:
            return self.mapping(value, path)
        if kind is list:
            return self.items(value, path)
        if isinstance(value, str):
            return self.string(value, path)
        if isinstance(value, Mapping):
            return self.mapping(value, path)
        if isinstance(value, (tuple, list)):
            items = tuple(self.value(item, path) for item in value)
            if isinstance(value, tuple) and all(new is old for new, old in zip(items, value, strict=True)):
                return value
            return items
        if isinstance(value, Reference):
            return self.reference(value, path)
        if isinstance(value, Text):
            return self.text(value)
        return value  # type: ignore[no-any-return]

    def string(self, value: str, path: str) -> Value:
        if value.startswith("arn:"):
            found = self.index.by_arn(value)
            if found is not None:
                return self.reference(found, path)
        targets = self.names.get(path)
        if targets is not None:
            found = self.index.by_name(value, self.resource, targets)
            if found is not None:
                return found
        if "-" not in value:
            return value
        found = self.index.by_id(value, self.resource)
        if found is not None:
            if not self.names:
                self.known[value] = found
            return found
        parts: list[Value] = []
        end = 0
        for match in _ASSIGNED.finditer(value):
            found = self.index.by_id(match[0], self.resource)
            if found is not None:
                parts += [value[end : match.start()], found]
                end = match.end()
        return intrinsics.text((*parts, value[end:])) if parts else value

    def reference(self, value: Reference, path: str) -> Reference:
        target = self.index.resources.get(value.target)
        if target is None:
            return value
        name = attribute(target.type, value.attribute)
        if (self.resource.type, path) in EITHER:
            name = "Ref"
        return value if name == value.attribute else Reference(value.target, name)

    def text(self, value: Text) -> Value:
        if len(value.parts) != 2:
            return value
        before, after = value.parts
        if not isinstance(before, str) or not isinstance(after, Reference) or after.attribute != "Ref":
            return value
        target = self.index.resources.get(after.target)
        pattern = arns.naming(target.type).arn if target else None
        if target is None or not target.account or pattern is None or not pattern.endswith("/{Ref}"):
            return value
        whole = arns.render(
            pattern, account=target.account, region=target.region or "us-east-1", ref="", properties={}
        )
        return Reference(after.target, attribute(target.type, "Arn")) if whole == before else value


def _without_aws_tags(tags: tuple[Any, ...] | list[Any]) -> tuple[Any, ...] | list[Any]:
    kept = [
        tag for tag in tags if not (isinstance(tag, Mapping) and str(tag.get("Key", "")).startswith("aws:"))
    ]
    return tags if len(kept) == len(tags) else tuple(kept)


def _parsed(policy: str) -> Any:
    try:
        found = json.loads(policy)
    except ValueError:
        return policy
    return found if isinstance(found, dict) else policy
