"""`ringwork network`: what packets can reach."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Mapping, Sequence, Sized
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from ringwork.cli.commands.network_names import endpoints, resolve
from ringwork.cli.console import Output, counted, json_option
from ringwork.cli.seen import see, seen_options, where_argument
from ringwork.cli.slips import check_ends
from ringwork.cli.worlds import assumed, each_world, pairs

if TYPE_CHECKING:
    from ringwork.network.questions import Network, Witness
    from ringwork.network.questions.changes import Change
    from ringwork.network.questions.explain import Blocked
    from ringwork.network.questions.matrix import Matrix

Function = TypeVar("Function", bound=Callable[..., Any])

_ENDS = (
    click.option(
        "--from", "source", multiple=True, required=True, metavar="END",
        help="Who sends: team=fraud, fraud/train, type=notebook, internet, 10.0.0.0/8, an id. May be "
        "repeated: any of them.",
    ),
    click.option(
        "--to", "destination", multiple=True, required=True, metavar="END",
        help="Who is sent to: as --from, and aws:s3, aws:dns. May be repeated.",
    ),
    click.option(
        "--port", "ports", multiple=True, metavar="PORT|LOW-HIGH",
        help="Only to this port, or these. May be repeated.",
    ),
    click.option(
        "--protocol", metavar="tcp|udp|icmp|icmpv6|NUMBER",
        help="Only this protocol (with --port alone: TCP and UDP).",
    ),
)  # fmt: skip


def _ends(function: Function) -> Function:
    for option in reversed(_ENDS):
        function = option(function)
    return function


@click.group("network", short_help="Ask what packets can reach.")
def command() -> None:
    """Ask what packets can reach: of a blueprint, templates, a folder of recorded answers, or with --target
    of live accounts. Each answer is proved, or shown by a packet that an independent walker confirms, or
    unknown and why."""


command.add_command(endpoints)
command.add_command(resolve)


@command.command("reach", short_help="Can anything flow from here to there? Or: can it always?")
@where_argument
@_ends
@click.option(
    "--must", is_flag=True, help="Ask whether it always can, and is answered; not whether it never can."
)
@seen_options
@json_option
def reach(
    where: Path | None,
    source: tuple[str, ...],
    destination: tuple[str, ...],
    ports: tuple[str, ...],
    protocol: str | None,
    must: bool,
    templates: tuple[Path, ...],
    parameters: tuple[str, ...],
    target: str | None,
    accounts: tuple[str, ...],
    regions: tuple[str, ...],
    role: str | None,
    as_json: bool,
) -> int:
    """Can anything flow from one end to the other? Exit code 0: proved that nothing can; 1: a packet can,
    and is shown hop by hop, there and back; 3: it could not be decided, and why.

    \b
      ringwork network reach blueprint.yaml --from internet --to type=notebook
      ringwork network reach blueprint.yaml --from fraud/lab --to fraud/authorize --port 443 --must
      ringwork network reach recorded/ --from i-0123456789abcdef0 --to 10.0.0.0/8 --port 22
    """
    from ringwork.findings import Status
    from ringwork.network.questions.text import answer as as_value
    from ringwork.workflows.exit import Exit
    from ringwork.workflows.reachability import ask, question

    say = Output(as_json)
    check_ends((*source, *destination))
    asked = question(source, destination, ports, protocol)
    seen = see(say, where, templates, parameters, target, accounts, regions, role)
    with say.working("following packets"):
        found = ask(seen, asked, must=must)
    network, answer = found.network, found.answer
    ends = f"{asked.source.text} to {asked.destination.text}"
    if answer.status is Status.PROVED:
        say.say(
            f"proved: {'it can always connect' if must else 'nothing can flow'} from {ends}: "
            f"looked at {answer.looked}"
        )
        if must:
            for each in answer.witnesses:
                _show(say, network, each)
    elif answer.status is Status.VIOLATED and must:
        say.say(f"violated: not all can connect from {ends}")
        for reason in answer.unsettled:
            say.say(f"  {reason.reason}")
        for each in answer.witnesses:
            _show(say, network, each)
        options = {
            "--from": source, "--to": destination, "--port": ports, "--protocol": (protocol,),
            "--template": templates, "--parameter": parameters, "--target": (target,),
            "--account": accounts, "--region": regions, "--role": (role,),
        }  # fmt: skip
        say.say(f"next  {_again('explain', where, options)}  what refuses it")
    elif answer.status is Status.VIOLATED:
        more = f" ({answer.flowing} pairs of interfaces)" if answer.flowing > 1 else ""
        say.say(f"violated: it can flow from {ends}{more}")
        for each in answer.witnesses:
            _show(say, network, each)
    else:
        say.say(f"unknown: whether anything can flow from {ends}")
        for reason in answer.unsettled[:5]:
            say.say(f"  because {reason.reason}")
            if reason.settle:
                say.say(f"  settle  {reason.settle}")
    for assumption in found.assumptions:
        say.say(f"assumed: {assumption}")
    say.result(
        {
            "target": seen.target,
            "from": list(source),
            "to": list(destination),
            "must": must,
            **as_value(network, answer),
            "assumptions": list(found.assumptions),
            "worlds": found.worlds,
        }
    )
    codes = {Status.PROVED: Exit.HOLDS, Status.VIOLATED: Exit.VIOLATED, Status.UNKNOWN: Exit.UNDECIDED}
    return codes[answer.status]


def _again(verb: str, where: Path | None, options: Mapping[str, Sequence[object]]) -> str:
    """The command that asks further of the same."""
    words = ["ringwork", "network", verb, *([str(where)] if where is not None else [])]
    for name, values in options.items():
        for value in values:
            words += [name, str(value)] if value is not None else []
    return shlex.join(words)


def _show(say: Output, network: Network, witness: Witness) -> None:
    from ringwork.network.questions.text import plain
    from ringwork.report.report import printable

    say.say(f"\n  {witness.packet}")
    for address, key in witness.assumed:
        say.say(f"    if AWS gives `{printable(network.name(key))}` the address {address}")
    walks = [("->", witness.forward.hops), ("<-", witness.back.hops if witness.back else ())]
    for sign, hops in walks:
        for hop in hops:
            control = f"  {hop.control}:" if hop.control else " "
            where = next((f"  {origin}" for origin in network.origins(hop.place)[:1] if origin.file), "")
            text = f"    {sign} {network.name(hop.component)}{control} {plain(network, hop.why)}{where}"
            say.say(printable(text))
    if witness.packet.has_ports and not witness.answered:
        say.say("    no answer comes back for sure")


@command.command("explain", short_help="Why nothing flows: each control that refuses.")
@where_argument
@_ends
@seen_options
@json_option
def explain(
    where: Path | None,
    source: tuple[str, ...],
    destination: tuple[str, ...],
    ports: tuple[str, ...],
    protocol: str | None,
    templates: tuple[Path, ...],
    parameters: tuple[str, ...],
    target: str | None,
    accounts: tuple[str, ...],
    regions: tuple[str, ...],
    role: str | None,
    as_json: bool,
) -> int:
    """Why does nothing flow? Every control that refuses the packet, in order, as if those before it had
    failed open. Without --port and --protocol: TCP 443. Exit code 0: it is blocked; 1: it is not; 3: it
    could not be decided.

    \b
      ringwork network explain blueprint.yaml --from internet --to fraud/train --port 443
    """
    from ringwork.network.questions.components import header
    from ringwork.network.questions.text import refusals
    from ringwork.report.report import printable
    from ringwork.workflows.exit import Exit
    from ringwork.workflows.reachability import explained, question

    say = Output(as_json)
    check_ends((*source, *destination))
    asked = question(
        source, destination, ports or (() if protocol else ("443",)), protocol or (None if ports else "tcp")
    )
    seen = see(say, where, templates, parameters, target, accounts, regions, role)
    answers = []
    with say.working("following packets"):
        for world, when in each_world(seen):
            network, here = explained(world, asked)
            answers += [(network, each, when) for each in here]
    told: dict[tuple[str, str], list[str]] = {}
    for network, each, when in answers:
        ends = f"{network.name(each.source)} -> {network.name(each.destination)}"
        told.setdefault((ends, _refused(network, each)), []).append(when)
    for (ends, text), whens in told.items():
        everywhere = len(whens) == len(seen.worlds)
        condition = "" if everywhere else f", if {_any(whens)}"
        say.say(printable(f"\n{ends}{condition}"))
        say.say(text)
    for assumption in assumed(seen):
        say.say(f"assumed: {assumption}")
    if not answers:
        say.say(
            "no packet of this kind can be made between the two: their addresses are of different versions"
        )
    say.result(
        {
            "target": seen.target,
            "pairs": [
                {
                    "source": each.source,
                    "destination": each.destination,
                    "packet": header(each.packet),
                    "text": str(each.packet),
                    "refused_by": refusals(network, each),
                    "arrives_if_open": each.arrives,
                    "unknown": list(each.unknown),
                    "if": when,
                }
                for network, each, when in answers
            ],
            "worlds": len(seen.worlds),
        }
    )
    found = [each for _, each, _ in answers]
    if any(each.arrives and not each.refusals and not each.unknown for each in found):
        return Exit.VIOLATED
    undecided = not found or any(each.unknown and not each.refusals for each in found)
    return Exit.UNDECIDED if undecided else Exit.HOLDS


def _refused(network: Network, each: Blocked) -> str:
    """What refuses a packet, line by line."""
    from ringwork.network.questions.text import plain
    from ringwork.report.report import printable

    lines = [f"  {each.packet}"]
    for number, refusal in enumerate(each.refusals, 1):
        hop = refusal.hop
        place = next((f"  {origin}" for origin in network.origins(hop.place)[:1] if origin.file), "")
        what = f"{hop.control}: " if hop.control else ""
        lines.append(f"  {number}. {network.name(hop.component)}: {what}{plain(network, hop.why)}{place}")
    count = len(each.refusals)
    if not count:
        lines.append("  nothing surely refuses it" if each.unknown else "  nothing refuses it: it arrives")
    elif each.arrives:
        lines.append(f"  with {'it' if count == 1 else f'all {count}'} open it would arrive")
    else:
        lines.append("  and there is no way that goes further")
    lines += [f"  not known: {plain(network, reason)}" for reason in each.unknown[:3]]
    return "\n".join(printable(line) for line in lines)


def _any(whens: list[str]) -> str:
    return " or ".join(dict.fromkeys(whens))


@command.command("matrix", short_help="All pairs, by groups: who can send what to whom.")
@where_argument
@click.option(
    "--by", "by", default="team", show_default=True, metavar="LABEL[,LABEL]",
    help="What makes a group: team, workload, type, kind, stage, tier, subnet, vpc, tag:KEY.",
)  # fmt: skip
@seen_options
@json_option
def matrix(
    where: Path | None,
    by: str,
    templates: tuple[Path, ...],
    parameters: tuple[str, ...],
    target: str | None,
    accounts: tuple[str, ...],
    regions: tuple[str, ...],
    role: str | None,
    as_json: bool,
) -> int:
    """All pairs, by groups: who can send what to whom. What is not listed is proved not to flow.

    \b
      ringwork network matrix blueprint.yaml --by team,workload
    """
    from rich.table import Table
    from rich.text import Text

    from ringwork.network.questions.matrix import NONE as MISSING
    from ringwork.network.questions.text import witness
    from ringwork.report.report import printable
    from ringwork.workflows.exit import Exit
    from ringwork.workflows.reachability import everything

    say = Output(as_json)
    labels = tuple(part.strip() for part in by.split(",") if part.strip())
    if not labels:
        raise click.BadParameter("it names no label", param_hint="--by")
    seen = see(say, where, templates, parameters, target, accounts, regions, role)
    with say.working("following packets between all pairs"):
        worlds = [(*everything(world, labels), when) for world, when in each_world(seen)]
    # what every world has is said once
    rows = {
        (cell.source, cell.destination, cell.traffic, "" if cell.witness else "perhaps"): (network, cell)
        for network, found, _ in worlds
        for cell in found.cells.values()
    }
    held = {key: [when for _, found, when in worlds if _has(found, key)] for key in rows}
    only = {key: "" if len(held[key]) == len(worlds) else _any(held[key]) for key in rows}
    table = Table(box=None, pad_edge=False, padding=(0, 2))
    for title in ("from", "to", "traffic", "", "if") if any(only.values()) else ("from", "to", "traffic", ""):
        table.add_column(title, overflow="fold")
    for key in sorted(rows):
        cells = (*key, only[key]) if any(only.values()) else key
        table.add_row(*(Text(printable(text)) for text in cells))
    if rows:
        say.say(table)
    nobody = not any(found.groups[1:] for _, found, _ in worlds)
    groups = list(dict.fromkeys(name for _, found, _ in worlds for name in found.groups))
    flowing = len({key[:2] for key in rows})
    maybe = any(found.open for _, found, _ in worlds)
    rest = "may flow, too: something is not modelled" if maybe else "is proved not to flow"
    if nobody:
        say.say("nothing here sends or receives: no interface is known, so nothing is proved")
    else:
        say.say(
            f"\n{flowing} of {len(groups) ** 2 - 1} pairs of {counted(len(groups), 'group')}, `internet` "
            f"among them; what is not listed {rest}"
        )
    for assumption in assumed(seen):
        say.say(f"assumed: {assumption}")
    if any(MISSING in name for name in groups):
        say.say(f"`{MISSING}`: what has no {' or no '.join(labels)}, such as endpoints")
    say.result(
        {
            "target": seen.target,
            "by": list(labels),
            "groups": groups,
            "complete": not (maybe or nobody),
            "cells": [
                {
                    "from": cell.source,
                    "to": cell.destination,
                    "traffic": cell.traffic,
                    "pairs": cell.pairs,
                    "witness": witness(network, cell.witness) if cell.witness else None,
                    "if": only[key],
                }
                for key, (network, cell) in sorted(rows.items(), key=lambda item: item[0])
            ],
            "worlds": len(worlds),
        }
    )
    return Exit.UNDECIDED if maybe or nobody else Exit.HOLDS


def _has(found: Matrix, key: tuple[str, str, str, str]) -> bool:
    """Whether a world has just this row."""
    cell = found.cells.get((key[0], key[1]))
    return cell is not None and (cell.traffic, "" if cell.witness else "perhaps") == key[2:]


@command.command("scope", short_help="The paths of an AWS Network Access Scope.")
@click.argument("scope", type=click.Path(dir_okay=False, path_type=Path))
@where_argument
@seen_options
@json_option
def scope(
    scope: Path,
    where: Path | None,
    templates: tuple[Path, ...],
    parameters: tuple[str, ...],
    target: str | None,
    accounts: tuple[str, ...],
    regions: tuple[str, ...],
    role: str | None,
    as_json: bool,
) -> int:
    """The paths of an AWS Network Access Scope: SCOPE is JSON with MatchPaths and ExcludePaths. Exit code 0:
    proved that there are none; 1: they are shown.

    \b
      ringwork network scope scope.json blueprint.yaml
    """
    from ringwork.findings import Status
    from ringwork.network.questions.text import answer as as_value
    from ringwork.workflows.exit import Exit
    from ringwork.workflows.reachability import scoped

    say = Output(as_json)
    seen = see(say, where, templates, parameters, target, accounts, regions, role)
    with say.working("following packets"):
        network, answer = scoped(seen, scope)
    if answer.status is Status.PROVED:
        say.say(f"proved: no path matches the scope: looked at {answer.looked}")
    for each in answer.witnesses:
        _show(say, network, each)
    for reason in answer.unsettled[:5]:
        say.say(f"unknown: {reason.reason}")
    if answer.witnesses:
        say.say(
            f"\nviolated: {counted(len(answer.witnesses), 'finding')}, "
            f"{counted(answer.flowing, 'pair')} of classes"
        )
    say.result({"target": seen.target, "scope": str(scope), **as_value(network, answer)})
    codes = {Status.PROVED: Exit.HOLDS, Status.VIOLATED: Exit.VIOLATED, Status.UNKNOWN: Exit.UNDECIDED}
    return codes[answer.status]


@command.command("diff", short_help="What a change opens and closes, each with a packet.")
@click.argument("old", type=click.Path(exists=True, path_type=Path))
@click.argument("new", type=click.Path(exists=True, path_type=Path))
@click.option(
    "--parameter", "-p", "parameters", multiple=True, metavar="NAME=VALUE", help="A template's parameter."
)
@json_option
def diff(old: Path, new: Path, parameters: tuple[str, ...], as_json: bool) -> int:
    """What a change opens and closes: pairs, each with a packet that shows it. OLD and NEW are blueprints,
    templates or folders. Exit code 0: nothing is opened; 1: something is; for pull requests.

    \b
      ringwork network diff old/blueprint.yaml blueprint.yaml
    """
    from ringwork.cli.seen import check_parameters, pair
    from ringwork.network.questions.text import witness
    from ringwork.workflows.exit import Exit
    from ringwork.workflows.reachability import changed, from_path

    say = Output(as_json)
    values = dict(pair(text) for text in parameters)
    if values:
        check_parameters((old, new), values)
    with say.working(f"reading {old} and {new}"):
        before, after = from_path(old, parameters=values), from_path(new, parameters=values)
    say.say(f"{before.target} -> {after.target}")
    if old.is_file() and new.is_file() and before.path is after.path is None and old.stem != new.stem:
        say.note(
            f"note: what is in stack `{old.stem}` and in stack `{new.stem}` is not the same: "
            "give both files one name, in two folders"
        )
    with say.working("following packets in both"):
        found = [(changed(one, other), when) for one, other, when in pairs(before, after)]
    opened = _by_world([(each.new, change, when) for each, when in found for change in each.opened], found)
    closed = _by_world([(each.old, change, when) for each, when in found for change in each.closed], found)
    more = max(each.more[0] for each, _ in found), max(each.more[1] for each, _ in found)
    certain = all(each.certain for each, _ in found)
    _list(say, "opened", opened, more[0])
    _list(say, "closed", closed, more[1])
    if not opened and not closed:
        say.say("nothing is opened, nothing is closed")
    for assumption in dict.fromkeys((*assumed(before), *assumed(after))):
        say.say(f"assumed: {assumption}")
    if not certain:
        say.say("something is not modelled: more may have changed")

    def value(network: Network, change: Change, when: str) -> dict[str, Any]:
        return {
            "source": change.source,
            "destination": change.destination,
            "traffic": change.traffic,
            "pairs": change.pairs,
            "new_resource": change.fresh,
            "witness": witness(network, change.witness) if change.witness else None,
            "if": when,
        }

    say.result(
        {
            "old": before.target,
            "new": after.target,
            "opened": [value(*each) for each in opened],
            "closed": [value(*each) for each in closed],
            "not_shown": {"opened": more[0], "closed": more[1]},
            "complete": certain,
            "worlds": len(found),
        }
    )
    if opened:
        return Exit.VIOLATED
    return Exit.HOLDS if certain else Exit.UNDECIDED


def _by_world(changes: list[tuple[Network, Change, str]], found: Sized) -> list[tuple[Network, Change, str]]:
    """What several worlds have in common once, with the worlds that have it unless all do."""
    same: dict[tuple[str, str, str], list[tuple[Network, Change, str]]] = {}
    for each in changes:
        change = each[1]
        same.setdefault((change.source, change.destination, change.traffic), []).append(each)
    return [
        (*group[0][:2], "" if len(group) == len(found) else _any([when for *_, when in group]))
        for group in same.values()
    ]


def _list(say: Output, title: str, changes: list[tuple[Network, Change, str]], more: int) -> None:
    from ringwork.report.report import printable

    here = "old" if title == "opened" else "new"
    for network, change, when in changes:
        fresh = f"; one of them is not in the {here}" if change.fresh else ""
        condition = f", if {when}" if when else ""
        perhaps = "" if change.witness else ", perhaps"
        shown = change.witness
        one, other = (shown.source, shown.destination) if shown else (change.source, change.destination)
        ends = f"{network.name(one)} -> {network.name(other)}"
        say.say(printable(f"{title}  {ends}: {change.traffic}{perhaps}{condition}{fresh}"))
        if change.witness is not None:
            say.say(f"        {change.witness.packet}")
            for hop in change.witness.forward.hops:
                place = next((str(o) for o in network.origins(hop.place)[:1] if o.file), "")
                if hop.control and place:
                    say.say(printable(f"        {hop.control} {network.name(hop.component)}  {place}"))
    if more:
        say.say(f"and {more} more pairs {title}")
