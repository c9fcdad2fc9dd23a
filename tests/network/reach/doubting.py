"""Networks of which not all is known: somebody gave a part no value, or could not read it."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from ringwork.network.model import Model, Unmodelled

UNREAD = "not read"


def doubting(chance: random.Random, model: Model) -> Model:
    """The model with some of its parts in doubt. What it says beside the doubts stays."""
    share = chance.choice((0.02, 0.1, 0.4))

    def some() -> bool:
        return chance.random() < share

    def sure(rules: tuple[Any, ...]) -> tuple[Any, ...]:
        return tuple(replace(rule, certain=not some()) for rule in rules)

    def parts(of: Mapping[str, Any], **changed: Any) -> dict[str, Any]:
        """Each with what the functions make of it."""
        return {
            key: replace(one, **{name: change(getattr(one, name)) for name, change in changed.items()})
            for key, one in of.items()
        }

    def unread(before: str | None) -> str | None:
        return UNREAD if chance.random() < share / 4 else before

    def certain(before: bool) -> bool:
        return before and not some()

    def unlisted(prefixes: tuple[Any, ...] | None) -> tuple[Any, ...] | None:
        return None if chance.random() < share / 4 else prefixes

    found = replace(
        model,
        acls=parts(model.acls, ingress=sure, egress=sure, unknown=unread),
        groups=parts(model.groups, ingress=sure, egress=sure),
        lists=parts(model.lists, prefixes=unlisted),
        tables=parts(model.tables, routes=_but_local(sure), unknown=unread),
        interfaces={
            key: one if one.groups is None else replace(one, certain_groups=certain(one.certain_groups))
            for key, one in model.interfaces.items()
        },
        peerings=parts(model.peerings, certain=certain),
        attachments=parts(model.attachments, certain=certain),
        transit_tables=parts(model.transit_tables, routes=sure, unknown=unread),
        policies=parts(model.policies, stateless=sure, stateful=sure, unknown=unread),
        target_groups=parts(model.target_groups, certain=certain),
        unmodelled={
            key: Unmodelled(key, UNREAD)
            for key, one in model.interfaces.items()
            if one.forwards and chance.random() < share
        },
    )
    return replace(found, **{kind: _some_lost(chance, share / 8, getattr(found, kind)) for kind in LOSABLE})


LOSABLE = (
    "acls",
    "groups",
    "lists",
    "tables",
    "internet_gateways",
    "egress_only_gateways",
    "nat_gateways",
    "peerings",
    "transit_gateways",
    "transit_tables",
    "attachments",
    "firewalls",
    "policies",
    "target_groups",
    "endpoint_services",
    "load_balancers",
)
"""kinds of which an estate may name one that it does not have"""


def _some_lost(chance: random.Random, share: float, of: Mapping[str, Any]) -> dict[str, Any]:
    return {key: one for key, one in of.items() if chance.random() >= share}


def _but_local(sure: Any) -> Any:
    """A route table always has its local routes."""

    def change(routes: tuple[Any, ...]) -> tuple[Any, ...]:
        return tuple(
            route if route.target.via.value == "local" else new
            for route, new in zip(routes, sure(routes), strict=True)
        )

    return change
