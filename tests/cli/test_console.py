"""What a terminal shows while something runs."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from ringwork.cli.console import Output, counted


def test_work_of_unknown_length_shows_what_it_is_on_a_terminal_and_leaves_nothing() -> None:
    seen = io.StringIO()
    with Output(err=Console(file=seen, force_terminal=True, width=80)).working("following packets"):
        pass
    assert "following packets" in seen.getvalue()
    assert seen.getvalue().endswith("\x1b[2K")  # the line is erased


def test_a_pipe_sees_no_sign_of_work() -> None:
    seen = io.StringIO()
    with Output(err=Console(file=seen, force_terminal=False)).working("following packets"):
        pass
    assert seen.getvalue() == ""


@pytest.mark.parametrize(
    ("count", "said"), [(0, "0 policies"), (1, "1 policy"), (2, "2 policies"), (1200, "1,200 policies")]
)
def test_nouns_agree_with_their_number(count: int, said: str) -> None:
    assert counted(count, "policy", "policies") == said
