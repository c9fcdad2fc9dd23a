"""`ringwork destroy`: remove what was deployed."""

from __future__ import annotations

from pathlib import Path

import click

from ringwork.cli.console import Output, json_option, target_option


@click.command("destroy", short_help="Remove what was deployed; data is kept.")
@click.argument("blueprint", type=click.Path(dir_okay=False, path_type=Path))
@target_option
@click.option("--dry-run", is_flag=True, help="Only list what would go and what would stay.")
@click.option("--yes", "-y", is_flag=True, help="Do not ask.")
@click.option("--events", is_flag=True, help="Print every CloudFormation event.")
@json_option
def command(
    blueprint: Path, target: str | None, dry_run: bool, yes: bool, events: bool, as_json: bool
) -> int:
    """Delete the stacks of BLUEPRINT, dependents first. Buckets and keys are retained: their data stays."""
    from ringwork.cli.changes import event_line
    from ringwork.cloud import deploy as deployer
    from ringwork.workflows.exit import Exit
    from ringwork.workflows.target import workplace

    say = Output(as_json)
    with workplace(blueprint, target) as place:
        say.opening(place.cloud)
        removal = deployer.removal(place.cloud, place.designed.stacks)
        for stack in removal.stacks:
            say.say(
                f"delete {stack.name}  account {stack.account}, {stack.region}: {len(stack.goes)} resources"
            )
            for leaving in stack.retained:
                say.say(f"  keeps {leaving.logical}  {leaving.type}  {leaving.physical or ''}")
        for leaving in removal.destroys_data:
            say.say(f"destroys data: {leaving.logical}  {leaving.type}")
        if not removal.stacks:
            say.say("nothing of this blueprint is deployed")
        if dry_run or not removal.stacks:
            say.result({"dry_run": True, **removal.to_json()})
            return Exit.HOLDS
        if not yes:
            click.confirm(f"delete {len(removal.stacks)} stacks?", abort=True, err=as_json)
        done = deployer.destroy(
            place.cloud,
            place.designed.stacks,
            confirm=True,
            on_event=(lambda event: say.note(event_line(event))) if events else None,
        )
        for result in done.results:
            say.say(f"{result.outcome.value} {result.name}")
        for leaving in done.retained:
            say.say(f"kept: {leaving.physical or leaving.logical}  {leaving.type}")
        say.result(
            {
                "stacks": {result.stack: result.outcome.value for result in done.results},
                "retained": [leaving.physical or leaving.logical for leaving in done.retained],
            }
        )
        done.raise_for_failure()
        return Exit.HOLDS if done.ok else Exit.FAILED
