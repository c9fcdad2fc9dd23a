"""`ringwork permissions`: the exact IAM policy that a command needs."""

from __future__ import annotations

import json

import click


@click.command("permissions", short_help="Print the exact IAM policy that a command needs.")
@click.argument("name", metavar="COMMAND")
def command(name: str) -> None:
    """Print, as JSON, the IAM policy that COMMAND needs on AWS: audit, plan, bootstrap, deploy or destroy."""
    from ringwork.workflows.permissions import policy

    click.echo(json.dumps(policy(name), indent=2))
