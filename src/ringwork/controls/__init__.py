"""The catalogue: one small function and one metadata record for each control."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from types import MappingProxyType

from ringwork.controls import data, identity, network
from ringwork.controls.control import Control, Outcome
from ringwork.controls.evaluation import findings
from ringwork.estate import Estate
from ringwork.findings import Finding

CATALOGUE: Mapping[str, Control] = MappingProxyType(
    {
        control.id: control
        for control in sorted(
            (*network.CONTROLS, *identity.CONTROLS, *data.CONTROLS),
            key=lambda control: (["network", "identity", "data"].index(control.layer), control.id),
        )
    }
)
"""Every control by id: network, identity, data."""


def evaluate(estate: Estate, ids: Collection[str] | None = None) -> tuple[Finding, ...]:
    """Hold the estate against the controls named by `ids` (none: all).

    One finding for each control and resource: violated first, then unknown, then proved; each group by
    severity, control and name. Raises `KeyError` for an id that is not in the catalogue.
    """
    chosen = CATALOGUE.values() if ids is None else [CATALOGUE[name] for name in dict.fromkeys(ids)]
    return findings(estate, chosen)


__all__ = ["CATALOGUE", "Control", "Outcome", "evaluate"]
