"""A plan, and what happens while it is carried out, as text."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from rich.text import Text

from ringwork.cli.values import changed
from ringwork.cloud.deploy import (
    Action,
    Change,
    Event,
    Leaving,
    Plan,
    PropertyChange,
    Removal,
    StackPlan,
    StackRemoval,
    What,
)

_SIGNS = {
    Action.ADD: ("+", "green"),
    Action.CHANGE: ("~", "yellow"),
    Action.REPLACE: ("±", "red"),
    Action.MAY_REPLACE: ("±", "yellow"),
    Action.REMOVE: ("-", "red"),
    Action.RELEASE: ("-", "yellow"),
    Action.NONE: (" ", "dim"),
}
_WORDS = {
    Action.ADD: "to add",
    Action.CHANGE: "to change",
    Action.REPLACE: "to replace",
    Action.MAY_REPLACE: "perhaps to replace",
    Action.REMOVE: "to remove",
    Action.RELEASE: "to release and keep",
}
_REPLACES = {
    # (the resource is surely replaced, what CloudFormation says of the property) -> words
    (True, "always"): "replaces it",
    (True, "conditionally"): "may replace it",
    (False, "always"): "replaces it if the value changes",
    (False, "conditionally"): "may replace it",
}
KEPT = "kept in the account"


def count(number: int, thing: str) -> str:
    """`1 stack`, `2 stacks`."""
    return f"{number} {thing}" + ("" if number == 1 else "s")


def plan_lines(
    plan: Plan,
    *,
    every_resource: bool,
    removal: Removal | None = None,
    calls: int = 0,
    unread: Sequence[str] = (),
) -> list[Text]:
    """The plan, most important last: stacks with their changes, what is left over, then the sum.

    Additions to a new stack and deletions with a whole stack are counted by type unless `every_resource`;
    all else is always listed. `removal`: what pruning takes away, where it is part of the plan. `calls`:
    how much is undone beside the stacks. `unread`: stacks (`Stack.id`) that the plan could not look into,
    and which are not called unchanged.
    """
    lines: list[Text] = []
    for stack in plan.stacks:
        lines.extend(_stack_lines(stack, every_resource))
    if removal is None:
        lines.extend(
            Text(
                f"left over: {orphan.stack} ({orphan.status}) is no longer in the blueprint; "
                "deploy --prune removes it"
            )
            for orphan in plan.orphans
        )
    lines.extend(
        Text(f"not looked at for what is left over: {place}", style="yellow") for place in plan.unreached
    )
    for gone in removal.stacks if removal else ():
        lines.extend(_removal_lines(gone, every_resource))
    lines.append(Text(summary(plan, removal, calls, unread)))
    lost: list[Change | Leaving] = [change for stack in plan.stacks for change in stack.destroys_data]
    lost.extend(removal.destroys_data if removal else ())
    if lost:
        names = ", ".join(f"{item.logical} ({item.type})" for item in lost)
        lines.append(Text(f"destroys data: {names}; refused without --allow-data-loss", style="bold red"))
    return lines


def summary(plan: Plan, removal: Removal | None = None, calls: int = 0, unread: Sequence[str] = ()) -> str:
    counts = Counter(change.action for stack in plan.stacks for change in stack.changes)
    gone = removal.stacks if removal else ()
    counts[Action.REMOVE] += sum(len(stack.goes) for stack in gone)
    counts[Action.RELEASE] += sum(len(stack.retained) for stack in gone)
    said = [f"{counts[action]} {words}" for action, words in _WORDS.items() if counts[action]]
    if gone:
        said.append(f"{count(len(gone), 'stack')} to delete")
    if calls:
        said.append(f"{calls} to undo by API call")
    accepted = sum(len(stack.accepts) for stack in plan.stacks)
    if accepted:
        said.append(f"{count(accepted, 'request')} to accept")
    written = sum(len(stack.sets) for stack in plan.stacks)
    if written:
        said.append(f"{count(written, 'setting')} to write")
    if not said and not plan.empty:
        said.append("only stack settings to change")
    same = sum(stack.what is What.NOTHING and stack.stack not in unread for stack in plan.stacks)
    tail = f"{same} of {count(len(plan.stacks), 'stack')} unchanged"
    if unread:
        tail += f", {len(unread)} not compared"
    return f"plan: {', '.join(said) or 'nothing to do'}; {tail}"


def _stack_lines(stack: StackPlan, every_resource: bool) -> list[Text]:
    where = f"  account {stack.account}, {stack.region}"
    accepts = [Text(f"  > {sentence}", style="green") for sentence in (*stack.accepts, *stack.sets)]
    if stack.what is What.NOTHING:
        noted = [Text(f"{stack.name}{where}: {note}", style="dim") for note in stack.notes]
        named = [Text(stack.name, style="bold").append(where, style="dim")] if accepts else []
        return [*noted, *named, *accepts]
    lines = [Text(f"{stack.what.value} {stack.name}", style="bold").append(where, style="dim")]
    if stack.what is not What.UPDATE and not every_resource:
        listed = _by_type(change.type for change in stack.changes)
        lines.append(Text(f"  + {listed}", style="green"))
    else:
        for change in stack.changes:
            lines.extend(_change_lines(change))
    lines.extend(accepts)
    lines.extend(Text(f"  note: {note}", style="dim") for note in stack.notes)
    return lines


def _removal_lines(stack: StackRemoval, every_resource: bool) -> list[Text]:
    """A stack that left the blueprint: what its deletion takes away, and what it leaves."""
    lines = [
        Text(f"delete {stack.name}", style="bold").append(
            f"  account {stack.account}, {stack.region}: no longer in the blueprint", style="dim"
        )
    ]
    named = [leaving for leaving in stack.goes if leaving.data or every_resource]
    counted = [leaving for leaving in stack.goes if leaving not in named]
    if counted:
        lines.append(Text(f"  - {_by_type(leaving.type for leaving in counted)}", style="red"))
    for leaving in named:
        line = Text(f"  - {leaving.logical}", style="red").append(
            f"  {leaving.type}  {leaving.physical}", style="dim"
        )
        lines.append(line.append("  destroys data", style="bold red") if leaving.data else line)
    lines.extend(
        Text(f"  - {leaving.logical}  {KEPT}", style="yellow").append(
            f"  {leaving.type}  {leaving.physical}", style="dim"
        )
        for leaving in stack.retained
    )
    return lines


def _by_type(types: Iterable[str]) -> str:
    counts = Counter(types)
    return ", ".join(f"{number} {name.removeprefix('AWS::')}" for name, number in sorted(counts.items()))


def _change_lines(change: Change) -> list[Text]:
    sign, style = _SIGNS[change.action]
    line = Text(f"  {sign} {change.logical}", style=style)
    if change.action is Action.RELEASE:
        line.append(f"  {KEPT}")
    line.append(f"  {change.type}", style="dim")
    if change.drift:
        line.append(f"  drifted: {change.drift}", style="yellow")
    if change.destroys_data:
        line.append("  destroys data", style="bold red")
    return [
        line,
        *(Text(text, style="dim") for item in change.properties for text in _property(change, item)),
    ]


def _property(change: Change, item: PropertyChange) -> list[str]:
    replaces = _REPLACES.get((change.action is Action.REPLACE, item.recreates))
    why = f"  ({item.why}{f', {replaces}' if replaces else ''})"
    told = changed(item.name, item.before, item.after) or (item.name,)
    if len(told) == 1:
        return [f"      {told[0]}{why}"]
    return [f"      {item.name}{why}", *(f"        {text}" for text in told)]


def event_line(event: Event) -> Text:
    """One CloudFormation event, for people who want every one."""
    style = "red" if event.failed else "dim"
    name = event.stack.rsplit("/", 1)[-1]
    reason = f": {event.reason}" if event.reason else ""
    return Text(f"  {event.time[11:19]} {name} {event.status:<24} {event.logical}{reason}", style=style)
