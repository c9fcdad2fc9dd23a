"""Recorded networks with known answers: each recording is read as a live account is, and asked.

`expectations.json` says, for each recording, what became of single packets and where they were stopped, and
from where any packet arrives.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from tests.network.conformance.asking import representatives
from tests.network.conformance.flows import answered
from tests.network.conformance.questions import Backend
from tests.network.conformance.recordings import Line, Snapshot, snapshot

from ringwork.network.model import Interface, Model
from ringwork.network.packets import Packet
from ringwork.network.walk import Outcome, Start
from ringwork.network.walk import exchange as walked

DIFFERENT: Mapping[tuple[str, str, str], str] = {}
"""(snapshot, source, destination) of any-packet lists -> AWS's text for the difference"""


def compare(folder: Path, expected: Mapping[str, Any], backend: Backend = walked) -> Iterator[Line]:
    """Every flow and every list of one recording."""
    name = expected["snapshot"]
    here = snapshot(name, folder / expected["dir"])
    yield Line(
        f"{name} loads", "ok", f"{len(here.estate.resources)} resources, {len(here.model.problems)} notes"
    )
    for flow in expected.get("flows") or ():
        if "packet" in flow and "src" in flow:
            yield answered(here, flow, backend)
    lists = expected.get("batfish_any_packet_sources_by_destination") or {}
    for destination, sources in lists.items():
        yield from _any(here, destination, frozenset(sources), sorted(lists), backend)


def _any(
    here: Snapshot, destination: str, expected: frozenset[str], instances: list[str], backend: Backend
) -> Iterator[Line]:
    """From which instances some packet arrives, by private addresses and by public ones."""
    for source in instances:
        if source == destination:
            continue
        what = f"{here.name} any packet {source} -> {destination}"
        found = _reaches(here, source, destination, backend)
        if found == (source in expected):
            yield Line(what, "ok")
            continue
        told = f"Batfish {source in expected}, Ringwork {found}"
        reason = DIFFERENT.get((here.name, source, destination))
        yield Line(what, "explained" if reason else "WRONG", f"{told}{f': {reason}' if reason else ''}")


def _reaches(here: Snapshot, source: str, destination: str, backend: Backend) -> bool | str:
    doubt = False
    for key in here.interfaces.get(source, ()):
        for to in here.interfaces.get(destination, ()):
            for packet in _packets(here.model, here.model.interfaces[key], here.model.interfaces[to]):
                for walk in backend(here.model, packet, Start(interface=key)).forward:
                    if walk.arrived == to and walk.outcome is Outcome.DELIVERED:
                        return True
                    doubt = doubt or walk.outcome is Outcome.UNKNOWN
    return "unknown" if doubt else False


def _packets(model: Model, source: Interface, destination: Interface) -> Iterator[Packet]:
    for own in source.addresses:
        for to in (*destination.addresses, *destination.public.values()):
            if own.version == to.version:
                yield from representatives(model, own, to)
