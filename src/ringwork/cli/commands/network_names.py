"""`ringwork network resolve` and `endpoints`: where names lead, what a feature will miss."""

from __future__ import annotations

from difflib import get_close_matches
from pathlib import Path

import click

from ringwork.cli.console import Output, json_option
from ringwork.cli.seen import see, seen_options, where_argument


@click.command("resolve", short_help="Does a name lead to an endpoint, or out?")
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
    from ringwork.network.names import services
    from ringwork.network.questions.text import plain
    from ringwork.report.report import printable
    from ringwork.workflows.exit import Exit
    from ringwork.workflows.reachability import looked_up

    say = Output(as_json)
    seen = see(say, where, templates, parameters, target, accounts, regions, role)
    with say.working("following the name"):
        network, leads = looked_up(seen, name, places)
    near = get_close_matches(name, services.BY_KEY, n=1, cutoff=0.8) if name not in services.BY_KEY else []
    if near:
        say.note(f"note: `{name}` is looked up as a DNS name; the service is called `{near[0]}`")
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


@click.command("endpoints", short_help="What each feature calls, and whether it is reached.")
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
    with say.working("following each call"):
        network, answers = complete(seen, features, places)
    groups: dict[tuple[str, str, Status], list[completeness.Answer]] = {}
    for each in answers:
        groups.setdefault((each.place.feature, each.need.service, each.status), []).append(each)
    table = Table(box=None, pad_edge=False, padding=(0, 2))
    # names are never broken; on a narrow terminal that of the endpoint is left out, as it follows from the
    # service's
    narrow = say.out.width < 110
    for title in ("feature", "calls", "by endpoint", "", "places", "without it"):
        if title != "by endpoint" or not narrow:
            table.add_column(title, overflow="fold", no_wrap=title != "without it")
    words = {Status.PROVED: "reached", Status.VIOLATED: "not reached", Status.UNKNOWN: "perhaps"}
    for (feature, service, status), same in groups.items():
        need = same[0].need
        without = f"{need.breaks}, if {need.when}" if need.when else need.breaks
        name = services.BY_KEY[service].endpoint.replace("{region}", "REGION")
        row = (feature, service, *(() if narrow else (name,)), words[status], str(len(same)), without)
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
        sure = [each for each in answers if not each.need.when]
        others = sum(each.status is Status.VIOLATED for each in answers) - broken
        also = f"; so will {others} that only some code makes" if others else ""
        say.say(f"\nviolated: {broken} of {len(sure)} calls that are always made will fail{also}")
    elif found is Status.UNKNOWN:
        say.say("\nunknown: whether all that is always called is reached")
    else:
        others = sum(each.status is not Status.PROVED for each in answers)
        also = f"; of those that only some code makes, {others} are not" if others else ""
        say.say(f"\nproved: all that is always called is reached: {len(answers)} calls were followed{also}")
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
