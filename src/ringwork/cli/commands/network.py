"""`ringwork network`: what packets can reach."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from ringwork.cli.console import Output, json_option
from ringwork.cli.seen import see, seen_options

if TYPE_CHECKING:
    from ringwork.network.questions import Network, Witness
    from ringwork.network.questions.changes import Change
    from ringwork.workflows.reachability import Question

Function = TypeVar("Function", bound=Callable[..., Any])

where_argument = click.argument(
    "where", metavar="[FILE|FOLDER]", type=click.Path(path_type=Path), required=False
)
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


@command.command("reach")
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
    asked = question(source, destination, ports, protocol)
    seen = see(say, where, templates, parameters, target, accounts, regions, role)
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
        say.say(f"next  {_again('explain', where, asked)}  what refuses it")
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


def _again(verb: str, where: Path | None, asked: Question) -> str:
    """The command that asks further."""
    ends = f"--from '{asked.source.text}' --to '{asked.destination.text}'"
    return " ".join(part for part in ("ringwork network", verb, str(where or ""), ends) if part)


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


@command.command("explain")
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
    failed open. Exit code 0: it is blocked; 1: it is not.

    \b
      ringwork network explain blueprint.yaml --from internet --to fraud/train --port 443
    """
    from ringwork.network.questions.components import header
    from ringwork.network.questions.text import plain, refusals
    from ringwork.report.report import printable
    from ringwork.workflows.exit import Exit
    from ringwork.workflows.reachability import explained, question

    say = Output(as_json)
    asked = question(
        source, destination, ports or (() if protocol else ("443",)), protocol or (None if ports else "tcp")
    )
    seen = see(say, where, templates, parameters, target, accounts, regions, role)
    network, found = explained(seen, asked)
    for each in found:
        one, other = network.name(each.source), network.name(each.destination)
        say.say(printable(f"\n{one} -> {other}\n  {each.packet}"))
        for number, refusal in enumerate(each.refusals, 1):
            hop = refusal.hop
            place = next((f"  {origin}" for origin in network.origins(hop.place)[:1] if origin.file), "")
            what = f"{hop.control}: " if hop.control else ""
            say.say(
                printable(
                    f"  {number}. {network.name(hop.component)}: {what}{plain(network, hop.why)}{place}"
                )
            )
        count = len(each.refusals)
        if not count:
            say.say("  nothing surely refuses it" if each.unknown else "  nothing refuses it: it arrives")
        elif each.arrives:
            say.say(f"  with {'it' if count == 1 else f'all {count}'} open it would arrive")
        else:
            say.say("  and there is no way that goes further")
        for reason in each.unknown[:3]:
            say.say(printable(f"  not known: {plain(network, reason)}"))
    if not found:
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
                }
                for each in found
            ],
        }
    )
    if any(each.arrives and not each.refusals and not each.unknown for each in found):
        return Exit.VIOLATED
    undecided = not found or any(each.unknown and not each.refusals for each in found)
    return Exit.UNDECIDED if undecided else Exit.HOLDS


@command.command("matrix")
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

    from ringwork.network.questions.text import witness
    from ringwork.report.report import printable
    from ringwork.workflows.exit import Exit
    from ringwork.workflows.reachability import everything

    say = Output(as_json)
    labels = tuple(part.strip() for part in by.split(",") if part.strip())
    if not labels:
        raise click.BadParameter("it names no label", param_hint="--by")
    seen = see(say, where, templates, parameters, target, accounts, regions, role)
    network, found = everything(seen, labels)
    table = Table(box=None, pad_edge=False, padding=(0, 2))
    for title in ("from", "to", "traffic", ""):
        table.add_column(title, overflow="fold")
    for cell in found.cells.values():
        sure = "" if cell.witness else "perhaps"
        row = (cell.source, cell.destination, cell.traffic, sure)
        table.add_row(*(Text(printable(text)) for text in row))
    say.say(table)
    groups = len(found.groups)
    rest = "may flow, too: something is not modelled" if found.open else "is proved not to flow"
    say.say(
        f"\n{len(found.cells)} of {groups * groups - 1} pairs of {groups} groups; what is not listed {rest}"
    )
    say.result(
        {
            "target": seen.target,
            "by": list(found.by),
            "groups": list(found.groups),
            "complete": not found.open,
            "cells": [
                {
                    "from": cell.source,
                    "to": cell.destination,
                    "traffic": cell.traffic,
                    "pairs": cell.pairs,
                    "witness": witness(network, cell.witness) if cell.witness else None,
                }
                for cell in found.cells.values()
            ],
        }
    )
    return Exit.UNDECIDED if found.open else Exit.HOLDS


@command.command("scope")
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
    network, answer = scoped(seen, scope)
    if answer.status is Status.PROVED:
        say.say(f"proved: no path matches the scope: looked at {answer.looked}")
    for each in answer.witnesses:
        _show(say, network, each)
    for reason in answer.unsettled[:5]:
        say.say(f"unknown: {reason.reason}")
    if answer.witnesses:
        say.say(f"\nviolated: {len(answer.witnesses)} findings, {answer.flowing} pairs of classes")
    say.result({"target": seen.target, "scope": str(scope), **as_value(network, answer)})
    codes = {Status.PROVED: Exit.HOLDS, Status.VIOLATED: Exit.VIOLATED, Status.UNKNOWN: Exit.UNDECIDED}
    return codes[answer.status]


@command.command("diff")
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
    from ringwork.cli.seen import pair
    from ringwork.network.questions.text import witness
    from ringwork.workflows.exit import Exit
    from ringwork.workflows.reachability import changed, from_path

    say = Output(as_json)
    values = dict(pair(text) for text in parameters)
    before, after = from_path(old, parameters=values), from_path(new, parameters=values)
    say.say(f"{before.target} -> {after.target}")
    found = changed(before, after)
    _list(say, found.new, "opened", found.opened, found.more[0])
    _list(say, found.old, "closed", found.closed, found.more[1])
    if not found.opened and not found.closed:
        say.say("nothing is opened, nothing is closed")
    if not found.certain:
        say.say("something is not modelled: more may have changed")

    def value(network: Network, change: Change) -> dict[str, Any]:
        return {
            "source": change.source,
            "destination": change.destination,
            "traffic": change.traffic,
            "pairs": change.pairs,
            "new_resource": change.fresh,
            "witness": witness(network, change.witness) if change.witness else None,
        }

    say.result(
        {
            "old": before.target,
            "new": after.target,
            "opened": [value(found.new, each) for each in found.opened],
            "closed": [value(found.old, each) for each in found.closed],
            "not_shown": {"opened": found.more[0], "closed": found.more[1]},
            "complete": found.certain,
        }
    )
    if found.opened:
        return Exit.VIOLATED
    return Exit.HOLDS if found.certain else Exit.UNDECIDED


def _list(say: Output, network: Network, title: str, changes: tuple[Change, ...], more: int) -> None:
    from ringwork.report.report import printable

    for change in changes:
        fresh = ", one of them is not in the other" if change.fresh else ""
        perhaps = "" if change.witness else ", perhaps"
        shown = change.witness
        one, other = (shown.source, shown.destination) if shown else (change.source, change.destination)
        say.say(
            printable(
                f"{title}  {network.name(one)} -> {network.name(other)}: {change.traffic}{perhaps}{fresh}"
            )
        )
        if change.witness is not None:
            say.say(f"        {change.witness.packet}")
            for hop in change.witness.forward.hops:
                place = next((str(o) for o in network.origins(hop.place)[:1] if o.file), "")
                if hop.control and place:
                    say.say(printable(f"        {hop.control} {network.name(hop.component)}  {place}"))
    if more:
        say.say(f"and {more} more pairs {title}")


@command.command("resolve")
@click.argument("name")
@where_argument
@click.option(
    "--from", "places", multiple=True, required=True, metavar="SUBNET|VPC|END",
    help="Where it is looked up: a subnet or VPC by id, logical id or `Name` tag, fraud/train, team=fraud, "
    "any. May be repeated.",
)  # fmt: skip
@seen_options
@json_option
def resolve(
    name: str,
    where: Path | None,
    places: tuple[str, ...],
    templates: tuple[Path, ...],
    parameters: tuple[str, ...],
    target: str | None,
    accounts: tuple[str, ...],
    regions: tuple[str, ...],
    role: str | None,
    as_json: bool,
) -> int:
    """Does a name resolve to an endpoint, or leave through NAT? NAME is a DNS name, or a service such as
    sagemaker.api: then its name in each subnet's Region. Exit code 0: from everywhere it leads to an
    endpoint or a private address; 1: from somewhere it leaves, or leads nowhere; 3: it could not be decided.

    \b
      ringwork network resolve sagemaker.api blueprint.yaml --from fraud/train
      ringwork network resolve api.ecr.eu-west-1.amazonaws.com recorded/ --from subnet-0123456789abcdef0
    """
    from rich.table import Table
    from rich.text import Text

    from ringwork.findings import Status
    from ringwork.network.questions.text import plain
    from ringwork.report.report import printable
    from ringwork.workflows.exit import Exit
    from ringwork.workflows.reachability import looked_up

    say = Output(as_json)
    seen = see(say, where, templates, parameters, target, accounts, regions, role)
    network, leads = looked_up(seen, name, places)
    groups: dict[tuple[str, ...], list[str]] = {}
    for lead in leads:
        through = ", ".join(network.name(key) for key in lead.through)
        cells = (lead.name or name, lead.way.value, through, plain(network, lead.why))
        groups.setdefault(cells, []).append(network.name(lead.subnet))
    table = Table(box=None, pad_edge=False, padding=(0, 2))
    for title in ("from", "name", "leads to", "through"):
        table.add_column(title, overflow="fold")
    for row, subnets in groups.items():
        table.add_row(*(Text(printable(text)) for text in (_several(subnets), *row[:-1])))
    say.say(table)
    for called, why in dict.fromkeys((row[0], row[-1]) for row in groups):
        say.say(printable(f"{called}: {why}"))
    worst = Status.PROVED
    for status in (Status.UNKNOWN, Status.VIOLATED):
        worst = status if any(lead.status is status for lead in leads) else worst
    count = sum(lead.status is worst for lead in leads)
    says = {
        Status.PROVED: "stays inside from",
        Status.VIOLATED: "leaves, or leads nowhere, from",
        Status.UNKNOWN: "is not known to stay inside from",
    }
    all_ = f"{len(leads)} subnet{'s' if len(leads) > 1 else ''}"
    say.say(
        f"\n{worst.value}: `{name}` {says[worst]} {all_ if count == len(leads) else f'{count} of {all_}'}"
    )
    say.result(
        {
            "target": seen.target,
            "asked": name,
            "status": worst.value,
            "answers": [
                {
                    "subnet": lead.subnet,
                    "name": lead.name,
                    "status": lead.status.value,
                    "leads_to": lead.way.value,
                    "through": list(lead.through),
                    "why": lead.why,
                    "values": list(lead.resolution.values) if lead.resolution else [],
                    "steps": [
                        {"resource": step.key, "control": step.control, "why": step.why}
                        for step in (lead.resolution.steps if lead.resolution else ())
                    ],
                }
                for lead in leads
            ],
            "worlds": len(seen.worlds),
        }
    )
    codes = {Status.PROVED: Exit.HOLDS, Status.VIOLATED: Exit.VIOLATED, Status.UNKNOWN: Exit.UNDECIDED}
    return codes[worst]


def _several(names: list[str]) -> str:
    more = f" and {len(names) - 3} more" if len(names) > 3 else ""
    return ", ".join(names[:3]) + more


@command.command("endpoints")
@where_argument
@click.option(
    "--feature", "features", multiple=True, metavar="FEATURE",
    help="Only this: studio, notebook, training, processing, pipeline, batch, endpoint, monitoring, "
    "'feature store', 'foundation models', ... May be repeated.",
)  # fmt: skip
@click.option(
    "--from", "places", multiple=True, metavar="SUBNET|VPC|END",
    help="Ask for subnets where it would run, not for where it runs. May be repeated.",
)  # fmt: skip
@seen_options
@json_option
def endpoints(
    where: Path | None,
    features: tuple[str, ...],
    places: tuple[str, ...],
    templates: tuple[Path, ...],
    parameters: tuple[str, ...],
    target: str | None,
    accounts: tuple[str, ...],
    regions: tuple[str, ...],
    role: str | None,
    as_json: bool,
) -> int:
    """Which of AWS's services each feature calls, and whether they are reached: what will break in a VPC
    without internet, by name. Exit code 0: all that is always called is reached; 1: something will break;
    3: it could not be decided, or nothing runs there.

    \b
      ringwork network endpoints blueprint.yaml
      ringwork network endpoints -t vpc.yaml --feature training --from PrivateSubnet
    """
    from rich.table import Table
    from rich.text import Text

    from ringwork.findings import Status
    from ringwork.network import completeness
    from ringwork.network.names import services
    from ringwork.network.needs import NEEDS
    from ringwork.network.questions.text import plain
    from ringwork.report.report import printable
    from ringwork.workflows.exit import Exit
    from ringwork.workflows.reachability import complete

    say = Output(as_json)
    seen = see(say, where, templates, parameters, target, accounts, regions, role)
    network, answers = complete(seen, features, places)
    groups: dict[tuple[str, str, Status], list[completeness.Answer]] = {}
    for each in answers:
        groups.setdefault((each.place.feature, each.need.service, each.status), []).append(each)
    table = Table(box=None, pad_edge=False, padding=(0, 2))
    for title in ("feature", "calls", "by endpoint", "", "places", "without it"):
        table.add_column(title, overflow="fold")
    words = {Status.PROVED: "reached", Status.VIOLATED: "not reached", Status.UNKNOWN: "perhaps"}
    for (feature, service, status), same in groups.items():
        need = same[0].need
        without = f"{need.breaks}, if {need.when}" if need.when else need.breaks
        name = services.BY_KEY[service].endpoint.replace("{region}", "REGION")
        row = (feature, service, name, words[status], str(len(same)), without)
        table.add_row(*(Text(printable(text)) for text in row))
    if answers:
        say.say(table)
    for (feature, service, status), same in groups.items():
        if status is Status.PROVED:
            continue
        need = same[0].need
        verb = "will fail" if status is Status.VIOLATED else "may fail"
        when = f" if {need.when}" if need.when else ""
        say.say(printable(f"\n{feature} {verb} to call {service}{when}"))
        for each in same[:3]:
            called = f"{each.place.workload} " if each.place.workload else ""
            say.say(printable(f"  {called}in {network.name(each.place.subnet)}: {plain(network, each.why)}"))
        if len(same) > 3:
            say.say(f"  and {len(same) - 3} more places")
    found = completeness.outcome(answers)
    broken = sum(each.breaks for each in answers)
    if not answers:
        asked = ", ".join(features) or "any of the features"
        say.say(f"nothing was asked: nothing here runs {asked}; `--from SUBNET` asks where it would run")
        for feature in features:
            say.say(f"\n{feature} calls")
            for need in NEEDS[feature]:
                when = f", if {need.when}" if need.when else ""
                say.say(f"  {services.BY_KEY[need.service].endpoint.replace('{region}', 'REGION')}{when}")
    elif found is Status.VIOLATED:
        say.say(f"\nviolated: {broken} of {len(answers)} calls will fail")
    elif found is Status.UNKNOWN:
        say.say("\nunknown: whether all that is always called is reached")
    else:
        say.say(f"\nproved: all that is always called is reached: {len(answers)} calls were followed")
    say.result(
        {
            "target": seen.target,
            "status": found.value,
            "answers": [
                {
                    "feature": each.place.feature,
                    "workload": each.place.workload,
                    "subnet": each.place.subnet,
                    "interface": each.place.interface,
                    "service": each.need.service,
                    "name": each.name,
                    "status": each.status.value,
                    "breaks": each.need.breaks,
                    "when": each.need.when,
                    "through": list(each.through),
                    "why": each.why,
                    "source": each.need.source,
                }
                for each in answers
            ],
            "worlds": len(seen.worlds),
        }
    )
    codes = {Status.PROVED: Exit.HOLDS, Status.VIOLATED: Exit.VIOLATED, Status.UNKNOWN: Exit.UNDECIDED}
    return codes[found]
