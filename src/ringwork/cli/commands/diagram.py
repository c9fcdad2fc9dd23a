"""`ringwork diagram`: the architecture as a picture."""

from __future__ import annotations

from pathlib import Path

import click

from ringwork.cli.console import Output, json_option


@click.command("diagram", short_help="Draw the architecture: SVG, Mermaid or draw.io.")
@click.argument("blueprint", type=click.Path(dir_okay=False, path_type=Path))
@click.option(
    "--format", "name", type=click.Choice(["svg", "mermaid", "drawio"]), default="svg", show_default=True,
    help="SVG for browsers, Mermaid for Markdown, draw.io to edit.",
)  # fmt: skip
@click.option(
    "--output", "-o", type=click.Path(dir_okay=False, path_type=Path),
    help="Where to write it. Without it: beside BLUEPRINT; Mermaid goes to standard output.",
)  # fmt: skip
@click.option("--team", metavar="NAME", help="Draw this team's part, in full.")
@click.option("--environment", metavar="NAME", help="Draw this environment's part, in full: TEAM-STAGE.")
@json_option
def command(
    blueprint: Path,
    name: str,
    output: Path | None,
    team: str | None,
    environment: str | None,
    as_json: bool,
) -> None:
    """Draw what BLUEPRINT compiles to. No cloud is asked, and nothing but the picture is written.

    Up to six VPCs are drawn in full, more as one box each; for draw.io each team has a page in full.

    \b
      ringwork diagram bank.yaml                        bank.svg: the whole organization
      ringwork diagram bank.yaml --environment fraud-prod
      ringwork diagram bank.yaml --format drawio        bank.drawio
      ringwork diagram clinic.yaml --format mermaid     for a README
    """
    from ringwork.workflows.design import design
    from ringwork.workflows.diagram import Format, default_file, picture
    from ringwork.workflows.files import write_atomically

    if team and environment:
        raise click.UsageError("name a team or an environment, not both")
    say = Output(as_json)
    format = Format(name)
    drawn = picture(design(blueprint), format, team=team or "", environment=environment or "")
    file = output or (None if format is Format.MERMAID else default_file(blueprint, format))
    if file is None and not as_json:
        click.echo(drawn.text, nl=False)
    elif file is not None:
        write_atomically(file, drawn.text)
        say.say(f"{file}: {drawn.vpcs} VPC(s){'' if drawn.in_full else ', one box each'}")
    if drawn.note:
        say.note(f"note: {drawn.note}")
    say.result(
        {
            "blueprint": str(blueprint),
            "format": format.value,
            "file": str(file) if file else None,
            "text": None if file else drawn.text,
            "vpcs": drawn.vpcs,
            "in_full": drawn.in_full,
            "note": drawn.note or None,
        }
    )
