"""A case's compact setup as an estate of CloudFormation-shaped resources, as a collector would give them.

Physical ids are the case's names. A thing of the case is a `Reference`; a name that nothing declares (a group
`other`, a peering that is gone) stays a literal id.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tests.network.conformance.cases import Case, Cases, UntranslatedError, resolved, understood
from tests.network.conformance.firewalls import firewalls
from tests.network.conformance.forwarding import gateways, tables, transit
from tests.network.conformance.implied import declared
from tests.network.conformance.places import acls, groups, interfaces, lists, vpcs
from tests.network.conformance.services import balancers, block, endpoints
from tests.network.conformance.shorthand import expanded
from tests.network.conformance.writing import ACCOUNT, REGION, Writing

from ringwork.cloud.collect.snapshot import from_snapshot
from ringwork.estate import Estate
from ringwork.estate.live import link

__all__ = ["ACCOUNT", "REGION", "Translated", "translate"]


@dataclass(frozen=True, slots=True)
class Translated:
    """A case as an estate, and what of it no estate holds."""

    setup: Mapping[str, Any]
    """complete; empty where the case starts from a snapshot"""
    estate: Estate
    keys: Mapping[str, str]
    """`KIND:NAME` of the case -> key of the resource"""
    forwards: Mapping[str, bool]
    """key of an interface whose check is off -> whether its host's own system forwards"""
    healthy: Mapping[str, bool]
    """name of a target -> whether it is healthy"""


def _written(setup: Mapping[str, Any], question: Mapping[str, Any]) -> tuple[dict[str, Any], Writing]:
    full = declared(expanded(setup, question))
    writing = Writing(full)
    for write in _WRITERS:
        write(writing, full)
    return full, writing


def translate(case: Case, cases: Cases) -> Translated:
    """Raises `UntranslatedError` with the reason."""
    setup, folder = resolved(case, cases)
    if folder is not None:
        if setup:
            raise UntranslatedError(f"`{next(iter(setup))}` laid over a snapshot is not known")
        collected = from_snapshot(folder)
        return Translated({}, link(collected.resources, gaps=collected.gaps), {}, {}, {})
    full, writing = understood(lambda: _written(setup, case.question), "setup")
    return Translated(
        full,
        Estate(writing.resources()),
        writing.keys,
        {
            writing.keys[f"eni:{name}"]: eni["forwards"]
            for name, eni in full["enis"].items()
            if "forwards" in eni and not eni.get("src_dst_check", True)
        },
        {
            target: healthy
            for group in full["target_groups"].values()
            for target, healthy in group.get("healthy", {}).items()
        },
    )


_WRITERS = (
    vpcs,
    lists,
    groups,
    interfaces,
    acls,
    gateways,
    firewalls,
    transit,
    balancers,
    endpoints,
    tables,
    block,
)
"""in this order, so that what is referred to is there before"""
