"""`ringwork compile`: the templates, on disk."""

from __future__ import annotations

from pathlib import Path

import click

from ringwork.cli.console import Output, json_option


@click.command("compile", short_help="Write the CloudFormation templates of a blueprint.")
@click.argument("blueprint", type=click.Path(dir_okay=False, path_type=Path))
@click.option(
    "--output", "-o", type=click.Path(file_okay=False, path_type=Path), default=Path("out"),
    show_default=True, help="The folder to write to: ACCOUNT/REGION/STACK.json, a manifest and a README.",
)  # fmt: skip
@click.option(
    "--lza", is_flag=True,
    help="Also write the network for AWS's Landing Zone Accelerator: lza/network-config.yaml.",
)  # fmt: skip
@json_option
def command(blueprint: Path, output: Path, lza: bool, as_json: bool) -> None:
    """Compile BLUEPRINT, check every resource and write one template for each stack."""
    from ringwork.workflows.design import design, keep_addresses
    from ringwork.workflows.emit import emit, emit_landing_zone

    say = Output(as_json)
    designed = design(blueprint)
    zone = emit_landing_zone(designed, output) if lza else None
    written = emit(designed, output)
    kept = keep_addresses(designed)
    resources = sum(len(stack.template["Resources"]) for stack in designed.stacks)
    say.say(f"wrote {len(written)} templates with {resources} resources under {output}/")
    say.say(f"{output / 'README.md'} says how a pipeline deploys them")
    if zone is not None:
        say.say(f"{zone}: VPCs, routes, network ACLs and Transit Gateways, for the accelerator to build;")
        say.say("  name them in the blueprint (`network: {existing: ...}`), and Ringwork builds the rest")
    say.say(f"the address plan is in {kept}; commit it with the blueprint")
    for note in designed.architecture.notes:
        say.say(f"note: {note}")
    say.result(
        {
            "templates": {stack: str(path) for stack, path in written.items()},
            "addresses": str(kept),
            "landing_zone": None if zone is None else str(zone),
            "resources": resources,
            "notes": list(designed.architecture.notes),
        }
    )
