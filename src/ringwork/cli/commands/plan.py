"""`ringwork plan`: what a deployment would do."""

from __future__ import annotations

from pathlib import Path

import click

from ringwork.cli.console import Output, json_option, target_option


@click.command("plan", short_help="Show what a deployment would add, change, replace and remove.")
@click.argument("blueprint", type=click.Path(dir_okay=False, path_type=Path))
@target_option
@click.option("--all", "every", is_flag=True, help="List every resource of new stacks, too.")
@click.option(
    "--explain", metavar="RESOURCE", help="Say why a resource exists: LogicalId or STACK/LogicalId."
)
@json_option
def command(blueprint: Path, target: str | None, every: bool, explain: str | None, as_json: bool) -> None:
    """Compare BLUEPRINT with what is deployed. Nothing is changed, and nothing is left behind."""
    from ringwork.cli.changes import plan_lines
    from ringwork.workflows import deployment
    from ringwork.workflows.target import workplace

    say = Output(as_json)
    with workplace(blueprint, target) as place:
        say.opening(place.cloud)
        if explain:
            found = deployment.explain(place.designed, explain)
            for item in found:
                say.say(f"{item.stack}/{item.logical}  {item.type}")
                say.say(f"  ring {item.ring}; control: {item.control}")
                say.say(f"  {item.why}")
            say.result([item.to_json() for item in found])
            return
        planned = deployment.plan(place)
        for line in plan_lines(planned, every_resource=every):
            say.say(line)
        for note in place.designed.architecture.notes:
            say.say(f"note: {note}")
        step = "audit" if planned.empty else "deploy"
        say.say(f"next: {deployment.command_line(place, step)}")
        say.result(planned.to_json())
