"""What people call an interface: by tags, names and ids of it and of what it belongs to.

A tag of the owner (the instance, notebook, endpoint) says more than one of its security groups, that more
than one of its subnet, and that more than one of its VPC: the first that has the tag decides.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from ringwork.estate import Estate, Resource, Unknown
from ringwork.network.model import Interface, Model
from ringwork.network.walk.endpoints import service_name

Labels = Mapping[str, frozenset[str]]
"""name of a label -> its values"""

TAGS = {
    "team": "ringwork:team",
    "workload": "ringwork:workload",
    "stage": "ringwork:stage",
    "tier": "ringwork:tier",
    "type": "ringwork:workload-type",
    "organization": "ringwork:organization",
}
"""labels that are tags of ours"""
TYPES = {
    "AWS::SageMaker::NotebookInstance": "notebook",
    "AWS::SageMaker::Domain": "studio",
    "AWS::SageMaker::UserProfile": "studio",
    "AWS::SageMaker::Space": "studio",
    "AWS::SageMaker::Model": "endpoint",
    "AWS::SageMaker::EndpointConfig": "endpoint",
    "AWS::SageMaker::Cluster": "training",
    "AWS::SageMaker::ProcessingJob": "processing",
}
"""the type of a workload by what it is, where no tag says it"""
NAMES = (
    *TAGS,
    *("kind", "service", "account", "region", "vpc", "subnet", "group", "id"),
)
"""every label but `tag:KEY`"""


class Labelled:
    """The labels of an estate's interfaces; made when asked for, and kept."""

    def __init__(self, estate: Estate, model: Model) -> None:
        self._estate = estate
        self._model = model
        self._tags: dict[str, Mapping[str, str]] = {}
        self._names: dict[str, frozenset[str]] = {}
        self._untold: dict[str, frozenset[str]] = {}
        self._told: dict[tuple[str, frozenset[str] | None], bool] = {}
        """by subnet and groups: whether all their tags are known"""
        self._services = {
            key: service_name(endpoint.service)
            for endpoint in model.interface_endpoints.values()
            if endpoint.provider is None and ".vpce." not in endpoint.service
            for key in endpoint.interfaces
        }
        """interfaces of endpoints of AWS's own services; a PrivateLink service's name has `.vpce.` in it"""
        self._memo: dict[tuple[str, str, frozenset[str] | None, str], Labels] = {}

    def of(self, interface: Interface) -> Labels:
        memo = (interface.owner, interface.subnet, interface.groups, interface.kind)
        shared = self._memo.get(memo)
        if shared is None:
            shared = self._memo[memo] = self._shared(interface)
        own = self.names(interface.key)
        if not own <= shared["id"]:
            shared = {**shared, "id": shared["id"] | own}
        service = self._services.get(interface.key)
        return shared if service is None else {**shared, "service": frozenset((service,))}

    def _shared(self, interface: Interface) -> Labels:
        subnet = self._model.subnets.get(interface.subnet)
        vpc = subnet.vpc if subnet else ""
        groups = sorted(interface.groups or ())
        levels = [[interface.owner], groups, [interface.subnet], [vpc]]
        labels: dict[str, frozenset[str]] = {}
        for level in levels:
            found: dict[str, set[str]] = {}
            for key in level:
                for name, value in self._tags_of(key).items():
                    found.setdefault(f"tag:{name}", set()).add(value)
            for name, several in found.items():
                labels.setdefault(name, frozenset(several))
        for name, tag in TAGS.items():
            if f"tag:{tag}" in labels:
                labels[name] = labels[f"tag:{tag}"]
        owner = self._estate.get(interface.owner)
        if owner is not None:
            kinds = {owner.type, *({TYPES[owner.type]} if owner.type in TYPES else ())}
            labels["type"] = labels.get("type", frozenset()) | kinds
        labels["kind"] = frozenset((interface.kind,))
        labels["subnet"] = self.names(interface.subnet)
        labels["vpc"] = self.names(vpc)
        labels["group"] = frozenset().union(*(self.names(key) for key in groups))
        labels["id"] = self.names(interface.owner)
        place = self._estate.get(interface.subnet)
        for name, where in (("account", place and place.account), ("region", place and place.region)):
            labels[name] = frozenset((where,)) if where else frozenset()
        return labels

    def untold(self, interface: Interface) -> frozenset[str]:
        """The labels whose values are not known, as a tag is not; `ANY_TAG`: of every label that is a tag."""
        around = interface.subnet, interface.groups
        whole = self._told.get(around)
        if whole is None:
            whole = self._told[around] = not self._untold_at(replace(interface, owner=""))
        if whole and not self._untold_of(interface.owner):
            return frozenset()  # most
        return self._untold_at(interface)

    def _untold_at(self, interface: Interface) -> frozenset[str]:
        subnet = self._model.subnets.get(interface.subnet)
        groups = sorted(interface.groups or ())
        decided: set[str] = set()
        found: set[str] = set()
        for level in ([interface.owner], groups, [interface.subnet], [subnet.vpc if subnet else ""]):
            lost = frozenset().union(*(self._untold_of(key) for key in level)) - decided
            found |= lost
            if ANY_TAG in lost:
                break
            decided.update(f"tag:{name}" for key in level for name in self._tags_of(key))
            decided |= lost
        if not found:
            return frozenset()
        return frozenset(found | {name for name, tag in TAGS.items() if f"tag:{tag}" in found})

    def _untold_of(self, key: str) -> frozenset[str]:
        found = self._untold.get(key)
        if found is None:
            resource = self._estate.get(key)
            found = self._untold[key] = frozenset() if resource is None else untold(self._estate, resource)
        return found

    def names(self, key: str) -> frozenset[str]:
        """Everything that a resource is called: key, id, ARN, logical id with and without its stack, the
        `Name` tag; an interface that a template will make has its key alone."""
        found = self._names.get(key)
        if found is None:
            found = self._names[key] = frozenset(self._named(key))
        return found

    def _named(self, key: str) -> Iterable[str]:
        if not key:
            return
        yield key
        resource = self._estate.get(key)
        if resource is None:
            return
        if resource.logical is not None:
            yield resource.name
            yield resource.logical.id
        for value in (resource.physical, resource.arn):
            if value is not None:
                yield value
        if name := self._tags_of(key).get("Name"):
            yield name

    def _tags_of(self, key: str) -> Mapping[str, str]:
        found = self._tags.get(key)
        if found is None:
            resource = self._estate.get(key)  # a VPC's default group is none, and its VPC's tags come later
            found = {} if resource is None else tags(self._estate, resource)
            self._tags[key] = found
        return found


def tags(estate: Estate, resource: Resource) -> dict[str, str]:
    """Tags whose key and value are known."""
    given = resource.properties.get("Tags")
    found: dict[str, str] = {}
    if isinstance(given, Mapping):
        given = tuple({"Key": name, "Value": value} for name, value in given.items())
    if isinstance(given, tuple | list):
        for tag in given:
            if isinstance(tag, Mapping):
                name, value = estate.literal(tag.get("Key")), estate.literal(tag.get("Value"))
                if name is not None and value is not None:
                    found[name] = value
    return found


ANY_TAG, OTHER_TAGS = "tag:*", "tag:?"
"""a label of any tag, and of any but those that are known"""


def untold(estate: Estate, resource: Resource) -> frozenset[str]:
    """`tag:KEY` of the tags whose values are not known; `ANY_TAG` if the tags themselves are not."""
    given = resource.properties.get("Tags")
    if isinstance(given, Mapping):
        given = tuple({"Key": name, "Value": value} for name, value in given.items())
    if not isinstance(given, tuple | list):
        return frozenset((ANY_TAG,)) if isinstance(given, Unknown) else frozenset()
    found: set[str] = set()
    for tag in given:
        name, value = (tag.get("Key"), tag.get("Value")) if isinstance(tag, Mapping) else (None, None)
        if isinstance(name, str) and isinstance(value, str):
            continue  # most
        name = estate.literal(name)
        if not isinstance(tag, Mapping) or name is None:
            found.add(ANY_TAG)
        elif estate.literal(value) is None:
            found.add(f"tag:{name}")
    return frozenset(found)
