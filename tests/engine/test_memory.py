"""The collector is what it was before, whatever happens in between."""

from __future__ import annotations

import gc
import weakref

import pytest

from ringwork.engine import collector_paused


def test_it_rests_within_and_runs_again_after_an_error() -> None:
    assert gc.isenabled()
    with pytest.raises(ValueError, match="x"), collector_paused():
        assert not gc.isenabled()
        raise ValueError("x")
    assert gc.isenabled()


def test_one_that_rested_already_is_not_woken() -> None:
    gc.disable()
    try:
        with collector_paused():
            pass
        assert not gc.isenabled()
    finally:
        gc.enable()


def test_what_was_made_is_not_looked_at_with_the_next_object() -> None:
    """`gc.get_count`: how many objects the youngest generation has since it was last looked at."""
    with collector_paused():
        made = [[number] for number in range(10_000)]
        assert gc.get_count()[0] >= 10_000
    assert gc.get_count()[0] < 1_000
    assert len(made) == 10_000


def test_a_cycle_that_was_made_is_found_later() -> None:
    class Node:
        other: object = None

    with collector_paused():
        node = Node()
        node.other = node
        gone = weakref.ref(node)
        del node
    assert gc.get_freeze_count() == 0
    gc.collect()
    assert gone() is None


def test_what_others_have_frozen_stays_frozen() -> None:
    gc.freeze()
    try:
        frozen = gc.get_freeze_count()
        with collector_paused():
            pass
        assert gc.get_freeze_count() == frozen
    finally:
        gc.unfreeze()
