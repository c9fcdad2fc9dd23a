"""Work on many processes gives what work on one gives."""

from __future__ import annotations

import os
import threading

import pytest

from ringwork.engine import each, processes


def test_answers_stand_in_the_order_of_the_items() -> None:
    assert each(lambda item: item * item, list(range(100))) == [n * n for n in range(100)]


def test_nothing_is_nothing() -> None:
    assert each(str, []) == []


def test_several_processes_do_the_work(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processes, "_cores", lambda: 2)
    assert os.getpid() not in each(lambda _: os.getpid(), [1, 2, 3])


def test_while_other_threads_run_this_process_does_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processes, "_cores", lambda: 2)
    done = threading.Event()
    other = threading.Thread(target=done.wait)
    other.start()
    try:
        assert set(each(lambda _: os.getpid(), [1, 2, 3])) == {os.getpid()}
    finally:
        done.set()
        other.join()


def test_an_error_in_a_process_is_raised_here(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processes, "_cores", lambda: 2)

    def fail(item: int) -> int:
        if item == 3:
            raise ValueError("no threes")
        return item

    with pytest.raises(ValueError, match="no threes"):
        each(fail, [1, 2, 3, 4])
