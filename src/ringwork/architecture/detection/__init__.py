"""The detection ring: trails, detectors, alarms, and the log archive."""

from __future__ import annotations

from collections.abc import Iterator

from ringwork.architecture.layout import Layout
from ringwork.estate import Stack


def stacks(layout: Layout) -> Iterator[Stack]:
    """Nothing yet."""
    yield from ()


def notes(layout: Layout) -> Iterator[str]:
    """What the blueprint asks for that this ring does not give, and why."""
    yield from ()
