"""`ringwork permissions`: the exact IAM policy that a command needs."""

from __future__ import annotations

import json

import click


@click.command("permissions", short_help="Print the exact IAM policy that a command needs.")
@click.argument("name", metavar="COMMAND")
@click.option("--parts", is_flag=True, help="Print a list of managed policies, each as long as IAM allows.")
def command(name: str, parts: bool) -> None:
    """Print, as JSON, the IAM policy that COMMAND needs on AWS: access, audit, bootstrap, deploy, destroy,
    network, plan or prove."""
    from ringwork.workflows.permissions import in_parts, policy

    whole = policy(name)
    cut = in_parts(whole)
    click.echo(json.dumps(cut if parts else whole, indent=2))
    if len(cut) > 1 and not parts:
        click.echo(
            f"longer than a managed policy may be: `--parts` cuts it into {len(cut)}, for one role together",
            err=True,
        )
