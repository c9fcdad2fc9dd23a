"""`ringwork prove`: hold intents against what is there, or would be."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from ringwork.cli.console import Output, json_option
from ringwork.cli.seen import see, seen_options

if TYPE_CHECKING:
    from ringwork.intents import Located


@click.command("prove", short_help="Prove what must never, and what must always hold.")
@click.argument("intents", type=click.Path(path_type=Path), required=False)
@click.option(
    "--in", "where", type=click.Path(path_type=Path), metavar="FILE|FOLDER",
    help="What is asked: a blueprint, a template, a folder of templates or of recorded answers.",
)  # fmt: skip
@seen_options
@click.option(
    "--schema", is_flag=True, help="Print the JSON Schema of a file of intents, and do nothing else."
)
@click.option(
    "--html", type=click.Path(dir_okay=False, path_type=Path), help="Write the report as one HTML file."
)
@json_option
def command(
    intents: Path | None,
    where: Path | None,
    templates: tuple[Path, ...],
    parameters: tuple[str, ...],
    target: str | None,
    accounts: tuple[str, ...],
    regions: tuple[str, ...],
    role: str | None,
    schema: bool,
    html: Path | None,
    as_json: bool,
) -> int:
    """Decide every intent: proved, violated with a packet that shows it, or unknown and why. Nothing is
    changed.

    INTENTS is a file of intents (`ringwork prove --schema`), or a blueprint: then its own intents are
    decided of what it would deploy. The built-in set for machine learning is decided too, unless the file
    says `built_in: false`.

    \b
      ringwork prove blueprint.yaml                     a blueprint, before it is deployed
      ringwork prove intents.yaml --in blueprint.yaml   your intents, of a blueprint
      ringwork prove --in recorded/                     answers of `aws ec2 describe-…`
      ringwork prove blueprint.yaml --target aws:me     its accounts, as they are
      ringwork prove --target aws:me --region eu-west-1 any account, no blueprint
    """
    from ringwork.cli.slips import check_intents
    from ringwork.intents.schema import text
    from ringwork.report import Report, terminal
    from ringwork.report import html as html_report
    from ringwork.report import json as json_report
    from ringwork.workflows.exit import of_findings
    from ringwork.workflows.files import write_atomically
    from ringwork.workflows.prove import prove
    from ringwork.workflows.reporting import now, with_network

    say = Output(as_json)
    if schema:
        click.echo(text(), nl=False)
        return 0
    given = None
    if intents is not None:
        given = _intents(intents, alone=where is None and not templates)
        if given is None:
            where = intents
        else:
            check_intents(given)
    seen = see(say, where, templates, parameters, target, accounts, regions, role)
    with say.working("deciding every intent"):
        proof = prove(seen, given)
    report = Report(
        title="Proof of intents", target=seen.target, created=now(), findings=proof.findings,
        estate=seen.worlds[0],
    )  # fmt: skip
    say.say(terminal.render(report))
    for finding in proof.findings:
        if finding.status == "proved":
            say.say(f"holds: {finding.title}")
    for name, why in proof.inapplicable:
        say.say(f"not asked: `{name}`, as {why}")
    for note in proof.notes:
        say.say(f"note: {note}")
    if html is not None:
        write_atomically(html, html_report.render(with_network(report)))
        say.say(f"report: {html.resolve()}")
    say.result(
        {
            **json_report.render(report),
            "asked": proof.asked,
            "not_asked": [{"intent": name, "because": why} for name, why in proof.inapplicable],
            "notes": list(proof.notes),
        }
    )
    return of_findings(proof.findings)


def _intents(path: Path, *, alone: bool) -> Located | None:
    """A file of intents; None for a blueprint, which is what is asked of as well, if it stands `alone`."""
    from ringwork.intents import load as load_intents
    from ringwork.source import InputError, load

    if path.is_dir():
        raise InputError(
            f"`{path}` is a folder, and no file of intents", help=f"`--in {path}` asks of what is in it"
        )
    value = load(path, cloudformation=True).value
    keys = value.keys() if isinstance(value, dict) else ()
    if "ringwork" in keys:
        if alone:
            return None
        raise InputError(
            f"`{path}` is a blueprint, and no file of intents", help="its own intents are asked of it alone"
        )
    if "Resources" in keys:
        raise InputError(
            f"`{path}` is a template, and no file of intents", help=f"`--in {path}` asks of what it deploys"
        )
    return load_intents(path)
