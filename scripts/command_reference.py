"""Write docs/commands.md from the commands' own help, so that the two never differ."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from ringwork.cli import cli

TARGET = Path(__file__).resolve().parent.parent / "docs" / "commands.md"


def reference() -> str:
    """The whole page, as Markdown."""
    parts = [
        "# Commands",
        "",
        "Written by `make docs` from each command's `--help`; a test holds the two together.",
        "",
        "Exit codes of every command: 0 holds, 1 something is violated, 2 usage or input error, 3 could not",
        "be decided, 4 the operation failed or is only partly done, 130 stopped by the user.",
        "",
    ]
    for path, command, context in _walk(cli, click.Context(cli, info_name="ringwork", max_content_width=100)):
        parts += [
            f"{'#' * (1 + len(path.split()))} {path}",
            "",
            "```text",
            command.get_help(context),
            "```",
            "",
        ]
    return "\n".join(parts)


def _walk(command: click.Command, context: click.Context) -> list[tuple[str, click.Command, click.Context]]:
    found = [(context.command_path, command, context)]
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            inner = command.get_command(context, name)
            if inner is not None:
                child = click.Context(inner, info_name=name, parent=context, max_content_width=100)
                found += _walk(inner, child)
    return found


if __name__ == "__main__":
    text = reference()
    if sys.argv[1:] == ["--check"]:
        sys.exit(
            0 if TARGET.read_text(encoding="utf-8") == text else "docs/commands.md is old: run `make docs`"
        )
    TARGET.write_text(text, encoding="utf-8")
