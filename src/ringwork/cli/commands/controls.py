"""`ringwork controls`: the catalogue."""

from __future__ import annotations

import click

from ringwork.cli.console import Output, json_option


@click.command("controls", short_help="List the controls, or explain one.")
@click.argument("control", required=False)
@json_option
def command(control: str | None, as_json: bool) -> None:
    """List every control, or explain CONTROL (`NET-03`): what must hold, why, and what mends it."""
    from ringwork.controls import CATALOGUE
    from ringwork.workflows.audit import chosen_controls

    say = Output(as_json)
    ids = chosen_controls([control] if control else ())
    records = [record for name, record in CATALOGUE.items() if ids is None or name in ids]
    for record in records:
        if control:
            say.say(f"{record.id}  {record.title}")
            say.say(f"layer {record.layer}, severity {record.severity.value}, scope {record.scope}")
            say.say(f"remediation: {record.remediation}")
            say.say(f"also known as: {', '.join(record.sources) or 'nothing like it elsewhere'}")
        else:
            say.say(f"{record.id:<8}{record.severity.value:<10}{record.scope:<12}{record.title}")
    say.result(
        [
            {
                "id": record.id,
                "title": record.title,
                "layer": record.layer,
                "severity": record.severity.value,
                "scope": record.scope,
                "remediation": record.remediation,
                "sources": list(record.sources),
            }
            for record in records
        ]
    )
