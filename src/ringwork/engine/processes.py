"""Forked processes: the objects need not be sent to them, only the answers come back."""

from __future__ import annotations

import gc
import multiprocessing
import os
import threading
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

S = TypeVar("S")
T = TypeVar("T")

_WORK: list[tuple[Callable[[Any], Any], Sequence[Any]]] = []
"""What a forked process is to do: it is there when the process begins, because the parent had it."""


def each(function: Callable[[S], T], items: Sequence[S]) -> list[T]:
    """`function` of each item, in the order of `items`, in as many processes as there are cores.

    Answers must be picklable. In this process alone, one after the other: where there is one core or one
    item, where the system cannot fork, and while other threads run, which a fork would lose.
    """
    processes = min(_cores(), len(items))
    if processes < 2 or threading.active_count() > 1 or "fork" not in multiprocessing.get_all_start_methods():
        return [function(item) for item in items]
    _WORK.append((function, items))
    gc.freeze()  # otherwise the first collection in a child copies every page that it looks at
    try:
        with multiprocessing.get_context("fork").Pool(processes) as pool:
            return pool.map(_one, range(len(items)), chunksize=1)
    finally:
        gc.unfreeze()
        _WORK.pop()


def _one(index: int) -> Any:
    function, items = _WORK[-1]
    return function(items[index])


def _cores() -> int:
    """Those that this process may use, not those that the machine has."""
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:  # macOS and Windows have no affinity
        return os.cpu_count() or 1
