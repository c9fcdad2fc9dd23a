"""`ringwork deploy`: plan, ask, deploy; or heal drift."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from rich.text import Text

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
    from ringwork.cli.changes import count, plan_lines
    from ringwork.workflows import deployment
    from ringwork.workflows.exit import Exit

    first = deployment.not_bootstrapped(place)
    planned, removal = None, None
    total = deployment.resource_count(place.designed)
    if first:
        for account, region in first:
            say.say(
                f"bootstrap account {account}, {region}: deploy, audit and break-glass roles, template bucket"
            )
        stacks = count(len(place.designed.stacks), "stack")
        say.say(f"then create {stacks} with {count(total, 'resource')}")
        if prune:
            say.say("left-over stacks are not looked for before bootstrap: repeat with --prune after it")
    else:
        planned = deployment.plan(place)
        removal = deployment.removal(place, planned) if prune else None
        for line in plan_lines(planned, every_resource=False, removal=removal):
            say.say(line)
    for note in place.designed.architecture.notes:
        say.say(f"note: {note}")
    leaving = removal is not None and bool(removal.stacks)
    shown = {
        "plan": planned.to_json() if planned else None,
        "removal": removal.to_json() if removal else None,
        "bootstrap": first,
    }
    if dry_run:
        say.result({"dry_run": True, **shown})
        return Exit.HOLDS
    if planned is not None and planned.empty and not leaving:
        say.say(f"next: {deployment.command_line(place, 'audit')}")
        say.result({"stacks": {stack.stack: "unchanged" for stack in planned.stacks}})
        return Exit.HOLDS
    if not yes:
        acts = [] if planned is not None and planned.empty else ["deploy"]
        acts += [f"delete {count(len(removal.stacks), 'stack')}"] if removal and leaving else []
        click.confirm(f"{' and '.join(acts)}?", abort=True, err=say.as_json)
    if first:
        with _events(say, events, 13 * len(first), "bootstrap") as on_event:
            deployment.bootstrap(place, on_event=on_event).raise_for_failure()
    with _events(say, events, _expected(planned, total), "deploying") as on_event:
        done = deployment.deploy(place, on_event=on_event, allow_data_loss=allow_data_loss)
    _tell(done, say)
    gone = None
    if done.ok and removal and planned and leaving:
        expected = sum(len(stack.goes) for stack in removal.stacks)
        with _events(say, events, expected, "removing") as on_event:
            gone = deployment.prune(
                place, planned.orphans, on_event=on_event, allow_data_loss=allow_data_loss
            )
        for removed_stack in gone.results:
            say.say(f"{removed_stack.outcome.value} {removed_stack.name}")
        for kept in gone.retained:
            say.say(f"kept: {kept.physical or kept.logical}  {kept.type}")
    elif leaving:
        say.say("nothing was deleted: the deployment comes first")
    say.result(
        {
            "stacks": {result.stack: _result(result) for result in done.results},
            "removed": {item.stack: item.outcome.value for item in gone.results} if gone else {},
            "retained": [item.physical or item.logical for item in gone.retained] if gone else [],
        }
    )
    done.raise_for_failure()
    if gone is not None:
        gone.raise_for_failure()
    if not done.ok or (gone is not None and not gone.ok):
        return Exit.FAILED
    say.say(f"next: {deployment.command_line(place, 'audit')}")
    return Exit.HOLDS


def _heal(
    place: Workplace, say: Output, *, dry_run: bool, yes: bool, events: bool, allow_data_loss: bool
) -> int:
    from ringwork.cli.changes import count, plan_lines
    from ringwork.cloud.deploy import What
    from ringwork.workflows import deployment
    from ringwork.workflows.drift import NOT_READ
    from ringwork.workflows.exit import Exit

    with say.progress("looking for drift") as advance:
        healing = deployment.plan_healing(place, Path("out"), advance)
    unseen, blind = healing.unseen.drift, deployment.blindness(healing.unseen.gaps)
    unread = (*healing.absent, *healing.undecided)
    for line in plan_lines(healing.plan, every_resource=True, calls=len(unseen), unread=unread):
        say.say(line)
    for drift in unseen:
        say.say(f"CloudFormation does not see: {drift.what}")
        say.say(f"  undone by: {drift.undo}")
    for reason in blind:
        say.say(str(reason))
    if healing.absent:
        missing = count(len(healing.absent), "stack")
        say.say(f"not deployed: {missing}; run `{deployment.command_line(place, 'deploy')}`")
    not_looked_at = Text(f"not looked at: {NOT_READ}", style="dim")
    found = {
        "not_deployed": healing.absent,
        "undecided": healing.undecided,
        "gaps": [reason.to_json() for reason in blind],
        "not_looked_at": NOT_READ,
    }
    if dry_run or healing.empty:
        if healing.empty:
            whole = not (blind or healing.undecided or healing.absent)
            say.say("nothing has drifted" + ("" if whole else ", as far as could be read"))
        say.say(not_looked_at)
        say.result(
            {
                "dry_run": dry_run,
                "plan": healing.plan.to_json(),
                "unseen": [{"what": drift.what, "undo": str(drift.undo)} for drift in unseen],
                **found,
            }
        )
        return healing.exit(healed=False)
    calls = [drift.undo for drift in unseen if yes or click.confirm(f"undo {drift.what}?", err=say.as_json)]
    if not yes and not healing.plan.empty:
        click.confirm("revert what CloudFormation sees?", abort=True, err=say.as_json)
    with _events(say, events, _expected(healing.plan, 0), "healing") as on_event:
        done, undone = deployment.heal(
            place,
            undo=calls,
            only=[stack.stack for stack in healing.plan.stacks if stack.what is not What.NOTHING],
            on_event=on_event,
            allow_data_loss=allow_data_loss,
        )
    _tell(done, say)
    for item in undone:
        say.say(
            f"{'failed' if item.error else 'undone'}: {item.call}" + (f": {item.error}" if item.error else "")
        )
    stays = [drift for drift in unseen if drift.undo not in calls]
    for drift in stays:
        say.say(f"stays: {drift.what}")
    say.say(not_looked_at)
    say.result(
        {
            "stacks": {result.stack: _result(result) for result in done.results},
            "undone": [{"call": str(item.call), "error": str(item.error or "")} for item in undone],
            "stays": [drift.what for drift in stays],
            **found,
        }
    )
    done.raise_for_failure()
    if not done.ok or any(item.error for item in undone):
        return Exit.FAILED
    return healing.exit(healed=not stays)


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
    from ringwork.cli.changes import count

    for result in done.results:
        if result.outcome.value == "unchanged":
            continue
        say.say(f"{result.outcome.value} {result.name}" + (f": {result.error}" if result.error else ""))
    unchanged = sum(result.outcome.value == "unchanged" for result in done.results)
    if unchanged:
        say.say(f"{count(unchanged, 'stack')} unchanged")


def _result(result: Any) -> dict[str, Any]:
    return {
        "outcome": result.outcome.value,
        "outputs": dict(result.outputs),
        "error": str(result.error or ""),
    }
