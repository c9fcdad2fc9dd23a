"""`ringwork demo`: the whole story on the local cloud."""

from __future__ import annotations

import os
import shutil
import sys
import time
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import click

from ringwork.cli.console import Output, json_option


class _Teller:
    def __init__(self, say: Output) -> None:
        self._say = say
        self._number = 0

    def step(self, title: str, why: str) -> None:
        self._number += 1
        self._say.say()
        self._say.say(f"[bold]{self._number}. {title}[/bold]  [dim]{why}[/dim]")

    def line(self, text: str, *, good: bool | None = None) -> None:
        from rich.text import Text

        mark, style = {True: ("✓", "green"), False: ("✗", "red"), None: (" ", "")}[good]
        self._say.say(Text.assemble((f"   {mark} ", style), text))

    def progress(self, label: str) -> AbstractContextManager[Any]:
        return self._say.progress(f"   {label}")


@click.command("demo", short_help="The whole story on the local cloud.")
@click.option(
    "--output", "-o", type=click.Path(file_okay=False, path_type=Path), default=Path("ringwork-demo"),
    show_default=True, help="The folder for the blueprint, the templates and the report.",
)  # fmt: skip
@json_option
def command(output: Path, as_json: bool) -> int:
    """Compile a hospital, deploy it to a local cloud, read it back and check it; then open a security group
    and turn off versioning behind its back, find both with the line to blame, and heal both.

    The demo has a local cloud of its own, which it empties first; yours stays as it is.
    """
    from ringwork.cloud.emulator.server import reset
    from ringwork.cloud.emulator.state import default_root
    from ringwork.report import html, json
    from ringwork.workflows import demo
    from ringwork.workflows.exit import Exit
    from ringwork.workflows.files import write_atomically
    from ringwork.workflows.reporting import with_network

    say = Output(as_json)
    started = time.monotonic()
    state = default_root().with_name("demo")
    os.environ["RINGWORK_LOCAL_STATE"] = str(state)
    reset(state)
    say.say("target local (the local cloud, nothing is sent to AWS), state in " + str(state))
    told = demo.tell(output, _Teller(say))
    path = output / "report.html"
    write_atomically(path, html.render(with_network(told.report)))
    say.say()
    say.say(f"done in {time.monotonic() - started:.0f} s")
    say.say(f"report: {path.resolve()}")
    say.say("go on from here:")
    blueprint = output / f"{demo.EXAMPLE}.yaml"
    program = "ringwork" if shutil.which("ringwork") else os.path.relpath(sys.argv[0])
    say.say(f"  {program} --state {state} audit {blueprint}")
    say.say(f"  {program} --state {state} plan {blueprint}      # after an edit of the blueprint")
    say.say(f"  {program} init      # a blueprint of your own")
    say.result(
        {
            "healed": told.healed,
            "report": str(path),
            "tampering": list(told.tampering.calls),
            "found": [json.finding(found) for found in told.broken.findings if found.status == "violated"],
        }
    )
    if not told.healed:
        say.note("error: the demo did not find and heal everything")
        return Exit.FAILED
    return Exit.HOLDS
