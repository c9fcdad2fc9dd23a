"""`ringwork access escalate`: who can become whom."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ringwork.cli.console import Output, json_option
from ringwork.cli.requests import authorities, shown_context
from ringwork.cli.seen import seen_options, where_argument

if TYPE_CHECKING:
    from ringwork.access.escalation.graph import Edge
    from ringwork.access.escalation.reach import Reach
    from ringwork.workflows.escalation import Escalations

SHOWN = 20
"""principals, and ways of each, of which one page tells; `--json` has all"""


@click.command("escalate", short_help="Who can become whom, step after step.")
@where_argument
@click.option(
    "--from",
    "sources",
    multiple=True,
    metavar="ROLE",
    help="Only from this user or role: a name or ARN (with * and ?), or outside. May be repeated.",
)
@click.option(
    "--administrator",
    "administrators",
    multiple=True,
    metavar="ROLE",
    help="Meant to get to everything: a name or ARN, with * and ?. It is not asked about. May be repeated.",
)
@click.option(
    "--mend", is_flag=True, help="Print a policy that closes the ways, with the proof that it does."
)
@seen_options
@json_option
def command(
    where: Path | None,
    sources: tuple[str, ...],
    administrators: tuple[str, ...],
    mend: bool,
    templates: tuple[Path, ...],
    parameters: tuple[str, ...],
    target: str | None,
    accounts: tuple[str, ...],
    regions: tuple[str, ...],
    role: str | None,
    as_json: bool,
) -> int:
    """Who can get more than its policies say: by handing a role to a service, working through what runs as
    one, changing identities, or assuming roles, step after step? Each step is shown by requests that the
    evaluator allows under all policies. Exit code 0: proved that nobody can; 1: somebody can; 3: nobody
    surely can, but something is not decided.

    \b
      ringwork access escalate blueprint.yaml
      ringwork access escalate details.json --from outside --from 'ci-*'
      ringwork access escalate --target aws --administrator OrganizationAdmin --from fraud-train --mend
    """  # fmt: skip
    from ringwork.workflows.escalation import closed, edge_value, escalate, other_versions
    from ringwork.workflows.exit import Exit

    if mend and not sources:
        raise click.UsageError("--mend is for some: name them with --from")
    say = Output(as_json)
    given = authorities(say, where, templates, parameters, target, accounts, regions, role)
    with say.working("deciding"):
        found = escalate(given, sources, administrators, others=other_versions(where))
    details = bool(sources) or len(found.escalating) <= 3
    for one in found.escalating[: None if sources else SHOWN]:
        _show(say, found, one, details=details)
    for one in found.undecided[: None if sources else SHOWN]:
        say.say(f"unknown: how far {found.name(one.source)} gets")
        for edge in one.unknown[: SHOWN if details else 2]:
            say.say(f"  to {found.name(edge.target)} ({edge.path}): {'; '.join(edge.reasons)}")
    policies = {}
    if mend:
        for one in (*found.escalating, *found.undecided):
            if one.source in found.graph.authority.identities:
                mended, again = closed(found, one.source)
                proved = not again.chains and not again.unknown
                policies[found.name(one.source)] = {"policy": mended.document, "closes": proved}
                how = "proved: with it" if proved else "not all is closed: with it"
                say.say(f"a policy for {found.name(one.source)}; {how} {len(again.chains)} are reached")
                say.say(json.dumps(mended.document, indent=2))
    everything = sum(bool(one.administrates) for one in found.escalating)
    say.say(
        f"{len(found.reaches)} asked: {len(found.escalating)} get to others, {everything} of them to "
        f"everything in an account; {len(found.undecided)} not decided"
    )
    if len(found.escalating) > SHOWN and not sources:
        say.say(f"{SHOWN} are shown; --from ROLE shows one, --json all")
    for name in found.declared:
        say.say(f"declared: {name} is an administrator")
    for assumption in found.assumptions:
        say.say(f"assumed: {assumption}")
    say.result(
        {
            "target": given.target,
            "principals": [
                {
                    "from": found.name(one.source),
                    "administrates": list(one.administrates),
                    "reaches": [
                        {"to": found.name(id), "by": [edge_value(found, edge) for edge in chain]}
                        for id, chain in one.chains.items()
                    ],
                    "ways": [
                        edge_value(found, edge)
                        for edge in found.graph.out(one.source)
                        if edge.status == "proved"
                    ],
                    "unknown": [edge_value(found, edge) for edge in one.unknown],
                }
                for one in found.reaches
            ],
            "mended": policies,
            "administrators": list(found.declared),
            "assumptions": list(found.assumptions),
        }
    )
    if found.escalating:
        return Exit.VIOLATED
    return Exit.UNDECIDED if found.undecided or not found.reaches else Exit.HOLDS


_KNOWN = (
    *("aws:principaltag/", "aws:resourcetag/", "iam:resourcetag/", "aws:principalorg", "aws:resourceorg"),
    *("aws:sourceorg", "aws:username"),
)
"""Keys that say who and what, which the requests say already."""


def _show(say: Output, found: Escalations, one: Reach, *, details: bool) -> None:
    """The chains of one principal, those that others begin with left out."""
    ends = ", ".join(f"everything in account {account}" for account in one.administrates)
    say.say(f"escalates: {found.name(one.source)}{f', to {ends}' if ends else ''}")
    inner = {id(edge) for chain in one.chains.values() for edge in chain[:-1]}
    shown = [chain for chain in one.chains.values() if id(chain[-1]) not in inner]
    told: set[int] = set()
    for chain in shown[:SHOWN]:
        for depth, edge in enumerate(chain):
            if id(edge) not in told:
                told.add(id(edge))
                _step(say, found, edge, "  " * (depth + 1), details=details)
    if len(shown) > SHOWN:
        say.say(f"  and {len(shown) - SHOWN} more")
    if one.unknown and details:
        say.say(f"  {len(one.unknown)} ways more are not decided")


def _step(say: Output, found: Escalations, edge: Edge, space: str, *, details: bool) -> None:
    from ringwork.access.escalation.paths import by_id

    what = "" if edge.whole else f", {edge.impact} only"
    say.say(f"{space}to {found.name(edge.target)}: {by_id()[edge.path].title} ({edge.path}{what})")
    if not details:
        return
    for step in edge.steps:
        who = f"{step.request.principal.arn}: " if step.by_service else ""
        say.say(f"{space}  {who}{step.request.action} on {step.request.resource}")
        for name, value in shown_context(step.request).items():
            if not name.startswith(_KNOWN):
                say.say(f"{space}    {name} = {value if isinstance(value, str) else ', '.join(value)}")
