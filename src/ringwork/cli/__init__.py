"""Commands: parse, call, print; no logic."""

from __future__ import annotations

import gc
import importlib
import io
import os
import sys
from collections.abc import Sequence

import click

from ringwork import __version__

COMMANDS = {
    "init": "Answer five questions, get a blueprint.",
    "blueprint": "Check a blueprint, or print its JSON Schema.",
    "compile": "Write the CloudFormation templates of a blueprint.",
    "diagram": "Draw the architecture: SVG, Mermaid or draw.io.",
    "cost": "Count what AWS bills, and price it by your price lists.",
    "bootstrap": "Make the roles and the template bucket that come first in each account.",
    "plan": "Show what a deployment would add, change, replace and remove.",
    "deploy": "Deploy a blueprint, or heal drift with --revert-drift.",
    "destroy": "Remove what was deployed; data is kept.",
    "audit": "Check live accounts, or templates, against the controls.",
    "prove": "Prove what must never, and what must always hold.",
    "network": "Ask what packets can reach: from here to there, all pairs, why not, what changed.",
    "access": "Ask who can do what, under all policies at once; compare policies; find what is public.",
    "controls": "List the controls, or explain one.",
    "permissions": "Print the exact IAM policy that a command needs.",
    "local": "Run the local cloud for other tools.",
    "demo": "The whole story on the local cloud: design, deploy, break, find, heal.",
}
"""Command -> its line in `ringwork --help`, in the order of use. Each lives in a module of its name, which
loads only when it runs: `--help` stays quick."""


class Commands(click.Group):
    """A group whose commands are imported when they are called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module = importlib.import_module(f"ringwork.cli.commands.{cmd_name}")
        command: click.Command = module.command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


@click.command(
    cls=Commands,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Exit codes: 0 holds, 1 something is violated, 2 usage or input error, "
    "3 could not be decided, 4 the operation failed or is only partly done.",
)
@click.version_option(__version__, prog_name="ringwork")
@click.option(
    "--state",
    metavar="DIRECTORY",
    type=click.Path(file_okay=False),
    help="Where the local cloud keeps its state (default: ringwork/local in the user's state directory).",
)
def cli(state: str | None) -> None:
    """Defence in depth for machine learning on AWS: design it, deploy it, check it.

    Without an account nothing is needed: commands work on a local cloud that Ringwork runs itself.
    Only `--target aws[:PROFILE]`, or `target:` in the blueprint, selects AWS.

    \b
    Start here:
      ringwork demo                       the whole story in a few minutes
      ringwork init                       write your own blueprint
      ringwork deploy blueprint.yaml      deploy it to the local cloud
      ringwork audit blueprint.yaml       check what is really there
    """
    if state:
        os.environ["RINGWORK_LOCAL_STATE"] = state


def main(arguments: Sequence[str] | None = None) -> None:
    """The console entry: faults of the user's become one message and an exit code, never a traceback."""
    from rich.console import Console

    from ringwork.cloud.errors import OperationError
    from ringwork.source import InputError
    from ringwork.workflows.exit import Exit

    # a compile makes many small objects that all stay: fewer collections halve the time of a large one
    gc.set_threshold(50_000, 20, 100)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # a terminal that lacks a sign gets a question mark
    errors = Console(stderr=True, highlight=False, soft_wrap=True, markup=False)
    try:
        code = cli.main(args=arguments, prog_name="ringwork", standalone_mode=False)
    except click.exceptions.Abort:
        errors.print("stopped; what CloudFormation has begun goes on: repeat the command to take it up there")
        sys.exit(130)
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.ctx.get_help() if error.ctx else "", err=True)
        sys.exit(Exit.USAGE)
    except click.ClickException as error:
        error.show()
        sys.exit(Exit.USAGE)
    except InputError as error:
        errors.print(f"error: {error}")
        sys.exit(Exit.USAGE)
    except OperationError as error:
        errors.print(f"error: {error}")
        sys.exit(Exit.FAILED)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(Exit.HOLDS)
    except OSError as error:
        errors.print(
            f"error: {error.strerror or error}" + (f": `{error.filename}`" if error.filename else "")
        )
        sys.exit(Exit.FAILED)
    sys.exit(code if isinstance(code, int) else Exit.HOLDS)
