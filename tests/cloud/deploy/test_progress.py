"""How patiently stacks are asked for their events."""

from __future__ import annotations

from itertools import islice

import pytest

from ringwork.cloud.deploy import Patience


def test_pauses_grow_until_something_happens_and_are_short_again_after_it() -> None:
    pauses: list[float] = []
    news = iter([False, False, False, True, False])
    patience = Patience(first=1.0, most=4.0, factor=2.0, sleep=pauses.append)
    list(islice(patience.rounds(lambda: next(news)), 6))
    assert pauses == pytest.approx([1.0, 2.0, 4.0, 2.0, 4.0])
