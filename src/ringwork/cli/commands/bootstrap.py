"""`ringwork bootstrap`: what comes first in each account."""

from __future__ import annotations

from pathlib import Path

import click

from ringwork.cli.console import Output, json_option, target_option


@click.command("bootstrap", short_help="Make the roles and the template bucket that come first.")
@click.argument("blueprint", type=click.Path(dir_okay=False, path_type=Path))
@target_option
@click.option("--role", metavar="NAME", help="The role that enters accounts other than the caller's own.")
@click.option("--trusted", multiple=True, metavar="ARN", help="Who may take the roles. May be repeated.")
@click.option("--undo", is_flag=True, help="Remove them again; refused while stacks are deployed.")
@click.option("--dry-run", is_flag=True, help="Only show what would be done.")
@click.option("--yes", "-y", is_flag=True, help="Do not ask.")
@json_option
def command(
    blueprint: Path,
    target: str | None,
    role: str | None,
    trusted: tuple[str, ...],
    undo: bool,
    dry_run: bool,
    yes: bool,
    as_json: bool,
) -> int:
    """Make, in each account of BLUEPRINT, the roles `ringwork-deploy`, `ringwork-audit` and
    `ringwork-break-glass`, and in each Region the bucket for large templates. Safe to repeat.
    """
    from ringwork.cli.changes import plan_lines
    from ringwork.cloud import deploy as deployer
    from ringwork.workflows import deployment
    from ringwork.workflows.exit import Exit
    from ringwork.workflows.target import workplace

    say = Output(as_json)
    with workplace(blueprint, target) as place:
        say.opening(place.cloud)
        accounts, regions = place.designed.accounts, place.designed.regions
        if undo:
            say.say(
                f"removes stack ringwork-bootstrap from {len(accounts)} account(s), {len(regions)} Region(s)"
            )
            if dry_run:
                say.result({"dry_run": True, "accounts": accounts, "regions": regions})
                return Exit.HOLDS
            if not yes:
                click.confirm("remove the roles and the template buckets?", abort=True, err=as_json)
            gone = deployer.undo_bootstrap(
                place.cloud, accounts=accounts, regions=regions, role=role, confirm=True
            )
            gone.raise_for_failure()
            say.say("removed")
            say.result({result.stack: result.outcome.value for result in gone.results})
            return Exit.HOLDS
        planned = deployer.plan_bootstrap(
            place.cloud,
            accounts=accounts,
            regions=regions,
            trusted=deployment.trusted_by(place, trusted),
            role=role,
        )
        for line in plan_lines(planned, every_resource=False):
            say.say(line)
        if dry_run or planned.empty:
            if not dry_run:
                for registered in deployment.delegate(place, role=role):
                    say.say(f"registered the security account: {registered}")
            say.result(planned.to_json())
            return Exit.HOLDS
        if not yes:
            click.confirm("make them?", abort=True, err=as_json)
        done = deployment.bootstrap(place, trusted=trusted, role=role)
        done.raise_for_failure()
        for result in done.results:
            say.say(f"{result.outcome.value} {result.name}  {result.stack}")
        say.say(f"next: ringwork deploy {blueprint}" + (f" --target {target}" if target else ""))
        say.result({result.stack: result.outcome.value for result in done.results})
        return Exit.HOLDS if done.ok else Exit.FAILED
