"""What the local cloud answers of each service, and how far the answers can be trusted.

Nothing here is a claim: the layer of each operation is asked of the very routing that will answer it, and
`checked` is the last result of the coverage runs (`benchmarks/emulator_coverage.py`), which compare answers
with what AWS's documents say.
"""

from __future__ import annotations

import importlib.resources
import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from ringwork.cloud.emulator import pickles, protocol, routing, services
from ringwork.cloud.emulator.errors import NotEmulatedError
from ringwork.cloud.emulator.fidelity import Fidelity
from ringwork.cloud.emulator.overlays import OVERLAYS


@dataclass(frozen=True, slots=True)
class Row:
    """One service."""

    service: str
    """botocore's name"""
    own: tuple[str, ...]
    """operations that Ringwork answers, or whose answer it mends: simulated"""
    moto: tuple[str, ...]
    """operations that moto answers as they are: simulated, as far as moto goes"""
    stored: tuple[str, ...]
    """operations whose parameters are kept and given back, no more"""
    refused: tuple[str, ...]
    """operations that are not emulated"""
    right: int | None = None
    checked: int | None = None
    """how many calls the last coverage run made, and how many were answered as AWS's documents say"""

    @property
    def operations(self) -> int:
        """How many operations the service has."""
        return len(self.own) + len(self.moto) + len(self.stored) + len(self.refused)


def known_services() -> list[str]:
    """botocore's services that something better than the generic store answers, in part at least."""
    import botocore.session  # noqa: PLC0415

    own = {service for service, _ in OVERLAYS} | {"cloudformation", "sts"}
    available = botocore.session.get_session().get_available_services()
    return [name for name in available if name in own or services.package(name) in pickles.reaches()]


def table(chosen: Iterable[str] | None = None, told: Callable[[str], None] = lambda _: None) -> Iterator[Row]:
    """The rows of the services `chosen` (all: `known_services`), in order; `told` hears each before it is
    looked at. Raises `LookupError` for a name that botocore does not know."""
    checked = _checked()
    for service in known_services() if chosen is None else chosen:
        told(service)
        model = protocol.service_model(service)
        if model is None:
            raise LookupError(service)
        found: dict[str, list[str]] = {"own": [], "moto": [], "stored": [], "refused": []}
        for operation in model.operation_names:
            found[_place(service, operation)].append(operation)
        outcomes = checked.get(service)
        yield Row(
            service,
            **{name: tuple(sorted(operations)) for name, operations in found.items()},
            right=outcomes["ok"] + outcomes["strict"] if outcomes else None,
            checked=sum(outcomes.values()) if outcomes else None,
        )


def _place(service: str, operation: str) -> str:
    if service == "cloudformation":
        from ringwork.cloud.emulator.cloudformation import OPERATIONS  # noqa: PLC0415

        return "own" if operation in OPERATIONS else "refused"
    if service == "sts":
        from ringwork.cloud.emulator import sts  # noqa: PLC0415

        return "own" if operation in sts.OPERATIONS else "refused"
    if (service, operation) in OVERLAYS:
        return "own"
    try:
        reached = routing.layer(service, operation)
    except NotEmulatedError:
        return "refused"
    return {Fidelity.SIMULATED: "moto", Fidelity.STORED: "stored", Fidelity.REFUSED: "refused"}[reached]


def _checked() -> dict[str, Counter[str]]:
    """The outcomes of the last coverage runs by service."""
    source = importlib.resources.files(__package__).joinpath("checked.json")
    document: dict[str, Any] = json.loads(source.read_text(encoding="utf-8"))
    return {service: Counter(outcomes) for service, outcomes in document["services"].items()}
