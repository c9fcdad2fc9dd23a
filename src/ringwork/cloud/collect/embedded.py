"""Rules that a template writes inside a security group.

AWS knows no difference between a rule written inside `AWS::EC2::SecurityGroup` and one that is a resource
of its own. Live rules are collected as resources; those that the group's own template declares inside it
are put back there, so that the collected estate has the shape of the declared one. A rule that nobody
declared stays a resource without a name.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from ringwork.cloud.collect.firewalls import SECURITY_GROUP, SECURITY_GROUP_EGRESS, SECURITY_GROUP_INGRESS
from ringwork.cloud.collect.names import Names, identity
from ringwork.estate import Resource

_INSIDE = (
    ("SecurityGroupIngress", SECURITY_GROUP_INGRESS),
    ("SecurityGroupEgress", SECURITY_GROUP_EGRESS),
)


def embed(resources: Iterable[Resource], names: Mapping[tuple[str, str], Names]) -> list[Resource]:
    """The resources with declared inner rules inside their groups. `names`: by (account, Region)."""
    found = {resource.key: resource for resource in resources}
    groups = [resource for resource in found.values() if resource.type == SECURITY_GROUP.type]
    rules = {
        (resource.account, resource.region, resource.type, identity(kind, resource.properties)): resource
        for _, kind in _INSIDE
        for resource in found.values()
        if resource.type == kind.type and resource.logical is None
    }
    for group in groups:
        known = names.get((group.account or "", group.region or ""))
        if group.logical is None or known is None:
            continue
        properties: dict[str, Any] = dict(group.properties)
        for name, kind in _INSIDE:
            inner = []
            for declared in known.inner_rules(group.logical, name, kind):
                rule = rules.pop((group.account, group.region, kind.type, declared), None)
                if rule is not None:
                    inner.append(_inside(rule.properties))
                    del found[rule.key]
            if inner:
                properties[name] = inner
        found[group.key] = replace(group, properties=properties)
    return list(found.values())


def _inside(properties: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in properties.items() if name != "GroupId"}
