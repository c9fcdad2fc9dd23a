"""`ringwork blueprint`: check one, or print the schema that editors read."""

from __future__ import annotations

from pathlib import Path

import click

from ringwork.cli.console import Output, json_option


@click.group("blueprint", short_help="Check a blueprint, or print its JSON Schema.")
def command() -> None:
    """Check a blueprint, or print its JSON Schema."""


@command.command("check")
@click.argument("blueprint", type=click.Path(dir_okay=False, path_type=Path))
@json_option
def check(blueprint: Path, as_json: bool) -> None:
    """Read BLUEPRINT, compile it and hold the result against the rules of CloudFormation."""
    from ringwork.workflows.design import design

    say = Output(as_json)
    designed = design(blueprint)
    resources = sum(len(stack.template["Resources"]) for stack in designed.stacks)
    say.say(
        f"{blueprint} holds: {len(designed.blueprint.teams)} team(s), {len(designed.environments)} "
        f"environment(s), {len(designed.accounts)} account(s), {len(designed.stacks)} stacks, "
        f"{resources} resources"
    )
    for note in designed.architecture.notes:
        say.say(f"note: {note}")
    say.result(
        {
            "blueprint": str(blueprint),
            "holds": True,
            "environments": [environment.name for environment in designed.environments],
            "addresses": {name: str(block) for name, block in designed.addresses.items()},
            "stacks": [stack.id for stack in designed.stacks],
            "resources": resources,
            "notes": list(designed.architecture.notes),
        }
    )


@command.command("schema")
def schema() -> None:
    """Print the blueprint's JSON Schema (draft 2020-12), for completion in editors."""
    import json

    from ringwork.blueprint import json_schema

    click.echo(json.dumps(json_schema(), indent=2))
