"""How commands talk: people read standard output, scripts ask for `--json`; progress goes to standard
error, so that a pipe carries results alone."""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

import click
from rich.console import Console, RenderableType
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

if TYPE_CHECKING:
    from ringwork.cloud.session import Cloud


class _Account(click.ParamType[str]):
    name = "ID"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        if not re.fullmatch("[0-9]{12}", str(value)):
            self.fail(f"`{value}` is not an AWS account id: 12 digits are expected", param, ctx)
        return str(value)


class _Region(click.ParamType[str]):
    name = "REGION"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        from ringwork.blueprint.regions import REGIONS

        known = [region for regions in REGIONS.values() for region in regions]
        if value not in known:
            near = get_close_matches(str(value), known, n=2)
            hint = f"; did you mean {' or '.join(f'`{n}`' for n in near)}?" if near else ""
            self.fail(f"`{value}` is not an AWS Region{hint}", param, ctx)
        return str(value)


ACCOUNT = _Account()
REGION = _Region()


def _console(**options: Any) -> Console:
    """A terminal's own width; in a file or a pipe, wide enough that no path is broken over two lines."""
    console = Console(highlight=False, soft_wrap=True, **options)
    if not console.is_terminal and "COLUMNS" not in os.environ:
        console.width = 200
    return console


def counted(count: int, noun: str, several: str = "") -> str:
    """`1 finding`, `2 findings`."""
    return f"{count:,} {noun if count == 1 else several or noun + 's'}"


@dataclass(slots=True)
class Output:
    """Where a command's words go."""

    as_json: bool = False
    out: Console = field(default_factory=_console)
    err: Console = field(default_factory=lambda: _console(stderr=True))

    def say(self, text: RenderableType = "") -> None:
        """A line for people; silent under `--json`."""
        if self.as_json:
            return
        if self.out.is_terminal:
            self.out.print(text)
            return
        with self.out.capture() as captured:
            self.out.print(text)
        # tables pad their cells, which a file should not keep
        lines = captured.get().split("\n")
        sys.stdout.write("\n".join(line.rstrip() for line in lines))

    def opening(self, cloud: Cloud) -> None:
        """The first line of a command: target, account and Region. What the cloud itself has to say
        follows now, or when the command ends."""
        self.say(cloud.first_line())
        told: set[str] = set()

        def tell() -> None:
            for notice in cloud.notices:
                if notice not in told:
                    told.add(notice)
                    self.note(f"note: {notice}")

        tell()
        click.get_current_context().call_on_close(tell)

    def note(self, text: RenderableType) -> None:
        """A line about progress, on standard error."""
        self.err.print(text)

    def result(self, value: Any) -> None:
        """The command's result; printed only under `--json`."""
        if self.as_json:
            json.dump(value, sys.stdout, indent=2, default=str)
            sys.stdout.write("\n")

    @contextmanager
    def working(self, label: str) -> Iterator[None]:
        """A sign of life and the time that has passed, on standard error, while something of unknown length
        runs; nothing where no terminal is."""
        if not self.err.is_terminal:
            yield
            return
        columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
        with Progress(*columns, console=self.err, transient=True) as bar:
            bar.add_task(label, total=None)
            yield

    @contextmanager
    def progress(self, label: str) -> Iterator[Any]:
        """A progress bar on standard error: yields `advance(text, done, total)`."""
        with Progress(
            SpinnerColumn(),
            TextColumn("{task.description}"),
            BarColumn(bar_width=28),
            TextColumn("{task.completed:.0f}/{task.total:.0f}"),
            TimeElapsedColumn(),
            console=self.err,
            transient=True,
            disable=not self.err.is_terminal,
        ) as bar:
            task = bar.add_task(label, total=1)

            def advance(text: str, done: int, total: int) -> None:
                bar.update(task, description=f"{label}: {text}"[:70], completed=done, total=max(total, 1))

            yield advance


json_option = click.option("--json", "as_json", is_flag=True, help="Print one JSON object instead of text.")
target_option = click.option(
    "--target",
    metavar="local|aws[:PROFILE]",
    help="Where to work. Without it: the blueprint's `target:`, else the local cloud.",
)
