"""The collector is what it was before, whatever happens in between."""

from __future__ import annotations

import gc

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
