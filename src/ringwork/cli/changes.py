"""A plan, and what happens while it is carried out, as text."""

from __future__ import annotations

from collections import Counter

from rich.text import Text

from ringwork.cloud.deploy import Action, Change, Event, Plan, StackPlan, What

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


def plan_lines(plan: Plan, *, every_resource: bool) -> list[Text]:
    """The plan, most important last: stacks with their changes, what is left over, then the sum.

    Additions to a new stack are counted by type unless `every_resource`; all else is always listed.
    """
    lines: list[Text] = []
    for stack in plan.stacks:
        lines.extend(_stack_lines(stack, every_resource))
    lines.extend(
        Text(
            f"left over: {orphan.stack} ({orphan.status}) is no longer in the blueprint; "
            "deploy --prune removes it"
        )
        for orphan in plan.orphans
    )
    lines.append(Text(summary(plan)))
    lost = [change for stack in plan.stacks for change in stack.destroys_data]
    if lost:
        names = ", ".join(f"{change.logical} ({change.type})" for change in lost)
        lines.append(Text(f"destroys data: {names}; refused without --allow-data-loss", style="bold red"))
    return lines


def summary(plan: Plan) -> str:
    counts = Counter(change.action for stack in plan.stacks for change in stack.changes)
    said = [f"{counts[action]} {words}" for action, words in _WORDS.items() if counts[action]]
    same = sum(stack.what is What.NOTHING for stack in plan.stacks)
    unchanged = f"{same} of {len(plan.stacks)} stacks unchanged"
    return f"plan: {', '.join(said)}; {unchanged}" if said else f"plan: nothing to do; {unchanged}"


def _stack_lines(stack: StackPlan, every_resource: bool) -> list[Text]:
    if stack.what is What.NOTHING:
        return []
    lines = [Text(f"{stack.what.value} {stack.name}", style="bold").append(
        f"  account {stack.account}, {stack.region}", style="dim"
    )]  # fmt: skip
    if stack.what is not What.UPDATE and not every_resource:
        counts = Counter(change.type for change in stack.changes)
        listed = ", ".join(f"{count} {name.removeprefix('AWS::')}" for name, count in sorted(counts.items()))
        lines.append(Text(f"  + {listed}", style="green"))
    else:
        for change in stack.changes:
            lines.extend(_change_lines(change))
    lines.extend(Text(f"  note: {note}", style="dim") for note in stack.notes)
    return lines


def _change_lines(change: Change) -> list[Text]:
    sign, style = _SIGNS[change.action]
    line = Text(f"  {sign} {change.logical}", style=style).append(f"  {change.type}", style="dim")
    if change.drift:
        line.append(f"  drifted: {change.drift}", style="yellow")
    if change.destroys_data:
        line.append("  destroys data", style="bold red")
    lines = [line]
    for item in change.properties:
        text = f"      {item.name}"
        if item.before is not None or item.after is not None:
            text += f": {_short(item.before)} -> {_short(item.after)}"
        text += f"  ({item.why}{'' if item.recreates == 'never' else f', recreates {item.recreates}'})"
        lines.append(Text(text, style="dim"))
    return lines


def _short(value: str | None) -> str:
    if value is None:
        return "(none)"
    return value if len(value) <= 60 else value[:57] + "..."


def event_line(event: Event) -> Text:
    """One CloudFormation event, for people who want every one."""
    style = "red" if event.failed else "dim"
    name = event.stack.rsplit("/", 1)[-1]
    reason = f": {event.reason}" if event.reason else ""
    return Text(f"  {event.time[11:19]} {name} {event.status:<24} {event.logical}{reason}", style=style)
