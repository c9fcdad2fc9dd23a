"""`ringwork deploy`: plan, ask, deploy; or heal drift."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ringwork.cli.console import Output, json_option, target_option

if TYPE_CHECKING:
    from ringwork.cloud.deploy import Deployment, Event
    from ringwork.workflows.target import Workplace


@click.command("deploy", short_help="Deploy a blueprint, or heal drift with --revert-drift.")
@click.argument("blueprint", type=click.Path(dir_okay=False, path_type=Path))
@target_option
@click.option("--revert-drift", is_flag=True, help="Bring what was changed by hand back to what is deployed.")
@click.option("--prune", is_flag=True, help="Also remove stacks that left the blueprint.")
@click.option("--allow-data-loss", is_flag=True, help="Allow replacements and removals that destroy data.")
@click.option("--dry-run", is_flag=True, help="Only show the plan.")
@click.option("--yes", "-y", is_flag=True, help="Do not ask.")
@click.option("--events", is_flag=True, help="Print every CloudFormation event.")
@json_option
def command(
    blueprint: Path,
    target: str | None,
    revert_drift: bool,
    prune: bool,
    allow_data_loss: bool,
    dry_run: bool,
    yes: bool,
    events: bool,
    as_json: bool,
) -> int:
    """Deploy BLUEPRINT by CloudFormation change sets. The plan is shown first; interrupted deployments
    are taken up where they stopped; data is never destroyed without --allow-data-loss.

    With --revert-drift: what CloudFormation sees is reverted by a drift-aware change set; what it does
    not see (an extra rule on a group) is shown with the exact API call that undoes it.
    """
    from ringwork.workflows.target import workplace

    say = Output(as_json)
    with workplace(blueprint, target) as place:
        say.opening(place.cloud)
        if revert_drift:
            return _heal(place, say, dry_run=dry_run, yes=yes, events=events, allow_data_loss=allow_data_loss)
        return _deploy(
            place, say, prune=prune, dry_run=dry_run, yes=yes, events=events, allow_data_loss=allow_data_loss
        )


def _deploy(
    place: Workplace,
    say: Output,
    *,
    prune: bool,
    dry_run: bool,
    yes: bool,
    events: bool,
    allow_data_loss: bool,
) -> int:
    from ringwork.cli.changes import plan_lines
    from ringwork.cloud import deploy as deployer
    from ringwork.workflows import deployment
    from ringwork.workflows.exit import Exit

    first = deployment.not_bootstrapped(place)
    planned = None
    total = deployment.resource_count(place.designed)
    if first:
        for account, region in first:
            say.say(
                f"bootstrap account {account}, {region}: deploy, audit and break-glass roles, template bucket"
            )
        say.say(f"then create {len(place.designed.stacks)} stacks with {total} resources")
    else:
        planned = deployment.plan(place)
        for line in plan_lines(planned, every_resource=False):
            say.say(line)
    for note in place.designed.architecture.notes:
        say.say(f"note: {note}")
    orphans = planned.orphans if planned else ()
    if dry_run:
        say.result({"dry_run": True, "plan": planned.to_json() if planned else None, "bootstrap": first})
        return Exit.HOLDS
    if planned is not None and planned.empty and not (prune and orphans):
        say.say("nothing to do")
        say.result({"stacks": {stack.stack: "unchanged" for stack in planned.stacks}})
        return Exit.HOLDS
    if not yes:
        click.confirm("deploy?", abort=True, err=say.as_json)
    if first:
        with _events(say, events, 13 * len(first), "bootstrap") as on_event:
            deployment.bootstrap(place, on_event=on_event).raise_for_failure()
    with _events(say, events, _expected(planned, total), "deploying") as on_event:
        done = deployment.deploy(place, on_event=on_event, allow_data_loss=allow_data_loss)
    _tell(done, say)
    if done.ok and prune and orphans:
        gone = deployer.prune(place.cloud, place.designed.stacks, allow_data_loss=allow_data_loss)
        gone.raise_for_failure()
        for result in gone.results:
            say.say(f"{result.outcome.value} {result.name}")
    say.result({"stacks": {result.stack: _result(result) for result in done.results}})
    done.raise_for_failure()
    if done.ok:
        say.say(f"next: ringwork audit {place.designed.path}")
    return Exit.HOLDS if done.ok else Exit.FAILED


def _heal(
    place: Workplace, say: Output, *, dry_run: bool, yes: bool, events: bool, allow_data_loss: bool
) -> int:
    from ringwork.cli.changes import plan_lines
    from ringwork.workflows import deployment
    from ringwork.workflows.exit import Exit

    with say.progress("looking for drift") as advance:
        healing = deployment.plan_healing(place, Path("out"), advance)
    for line in plan_lines(healing.plan, every_resource=True):
        say.say(line)
    for drift in healing.unseen.drift:
        say.say(f"CloudFormation does not see: {drift.what}")
        say.say(f"  undone by: {drift.undo}")
    for gap in healing.unseen.gaps:
        say.say(f"could not look at {gap.type or 'an account'} in {gap.account} {gap.region}: {gap.reason}")
    if dry_run or healing.empty:
        if healing.empty:
            say.say("nothing has drifted" + (", as far as could be read" if healing.unseen.gaps else ""))
        say.result(
            {
                "dry_run": dry_run,
                "plan": healing.plan.to_json(),
                "unseen": [{"what": drift.what, "undo": str(drift.undo)} for drift in healing.unseen.drift],
                "gaps": [gap.reason for gap in healing.unseen.gaps],
            }
        )
        return Exit.UNDECIDED if healing.unseen.gaps else Exit.HOLDS
    calls = [
        drift.undo
        for drift in healing.unseen.drift
        if yes or click.confirm(f"undo {drift.what}?", err=say.as_json)
    ]
    if not yes and not healing.plan.empty:
        click.confirm("revert what CloudFormation sees?", abort=True, err=say.as_json)
    with _events(say, events, _expected(healing.plan, 0), "healing") as on_event:
        done, undone = deployment.heal(place, undo=calls, on_event=on_event, allow_data_loss=allow_data_loss)
    _tell(done, say)
    for item in undone:
        say.say(
            f"{'failed' if item.error else 'undone'}: {item.call}" + (f": {item.error}" if item.error else "")
        )
    say.result(
        {
            "stacks": {result.stack: _result(result) for result in done.results},
            "undone": [{"call": str(item.call), "error": str(item.error or "")} for item in undone],
        }
    )
    done.raise_for_failure()
    return Exit.HOLDS if done.ok and not any(item.error for item in undone) else Exit.FAILED


class _events:  # noqa: N801 (reads as a function in a `with`)
    """While stacks change: a progress bar by finished resources, or every event as a line."""

    def __init__(self, say: Output, every: bool, total: int, label: str) -> None:
        self._say, self._every, self._total = say, every, total
        self._bar = say.progress(label)
        self._done = 0

    def __enter__(self) -> Callable[[Event], None]:
        self._advance = self._bar.__enter__()
        return self._on_event

    def __exit__(self, *error: Any) -> None:
        self._bar.__exit__(*error)

    def _on_event(self, event: Event) -> None:
        from ringwork.cli.changes import event_line

        if self._every or event.failed:
            self._say.note(event_line(event))
        if event.status.endswith("_COMPLETE") and event.type != "AWS::CloudFormation::Stack":
            self._done += 1
            self._advance(event.logical, self._done, max(self._total, self._done))


def _expected(planned: Any, total: int) -> int:
    return sum(len(stack.changes) for stack in planned.stacks) if planned is not None else total


def _tell(done: Deployment, say: Output) -> None:
    for result in done.results:
        if result.outcome.value == "unchanged":
            continue
        say.say(f"{result.outcome.value} {result.name}" + (f": {result.error}" if result.error else ""))
    unchanged = sum(result.outcome.value == "unchanged" for result in done.results)
    if unchanged:
        say.say(f"{unchanged} stacks unchanged")


def _result(result: Any) -> dict[str, Any]:
    return {
        "outcome": result.outcome.value,
        "outputs": dict(result.outputs),
        "error": str(result.error or ""),
    }
