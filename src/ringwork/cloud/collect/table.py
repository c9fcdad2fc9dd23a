"""`TYPES`: every resource type that Ringwork collects."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from types import MappingProxyType

from ringwork.cloud.collect import (
    analyzers,
    balancing,
    compute,
    connections,
    detection,
    firewall,
    firewalls,
    guarded,
    identity,
    inference,
    interfaces,
    keys,
    logs,
    messages,
    models,
    network,
    organization,
    passages,
    resolver,
    resolving,
    storage,
    transit,
)
from ringwork.cloud.collect.kinds import Kind

TYPES: Mapping[str, Kind] = MappingProxyType(
    {
        kind.type: kind
        for kind in (
            *network.KINDS,
            *firewalls.KINDS,
            *logs.KINDS,
            *identity.KINDS,
            *keys.KINDS,
            *storage.KINDS,
            *guarded.KINDS,
            *transit.KINDS,
            *interfaces.KINDS,
            *connections.KINDS,
            *firewall.KINDS,
            *resolver.KINDS,
            *resolving.KINDS,
            *balancing.KINDS,
            *passages.KINDS,
            *compute.KINDS,
            *models.KINDS,
            *inference.KINDS,
            *messages.KINDS,
            *detection.KINDS,
            *organization.KINDS,
            *analyzers.KINDS,
        )
    }
)

NAMING_ACTIONS = frozenset(
    {"cloudformation:DescribeStacks", "cloudformation:GetTemplate", "cloudformation:ListStackResources"}
)
"""What the join of template names needs."""


def actions(types: Collection[str] | None = None) -> tuple[str, ...]:
    """The IAM actions that collecting these types (none: all) needs, sorted."""
    kinds = TYPES.values() if types is None else [TYPES[type] for type in types]
    return tuple(sorted(NAMING_ACTIONS.union(*(kind.actions for kind in kinds))))
