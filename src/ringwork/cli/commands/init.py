"""`ringwork init`: five questions, one blueprint."""

from __future__ import annotations

from pathlib import Path

import click

from ringwork.cli.console import Output, json_option


@click.command("init", short_help="Answer five questions, get a blueprint.")
@click.option(
    "--output", "-o", type=click.Path(dir_okay=False, path_type=Path), default=Path("blueprint.yaml"),
    show_default=True, help="The file to write.",
)  # fmt: skip
@click.option("--example", metavar="NAME", help="Write one of the examples instead: startup, hospital, bank.")
@click.option("--defaults", is_flag=True, help="Ask nothing: take every question's default.")
@click.option("--force", is_flag=True, help="Replace the file if it exists.")
@json_option
def command(output: Path, example: str | None, defaults: bool, force: bool, as_json: bool) -> None:
    """Ask five questions and write a blueprint that compiles as it is."""
    from ringwork import blueprint as blueprints
    from ringwork.blueprint import examples
    from ringwork.blueprint.questions import QUESTIONS, compose
    from ringwork.source import InputError
    from ringwork.workflows.files import write_atomically

    say = Output(as_json)
    if output.exists() and not force:
        raise InputError(f"`{output}` exists", help="choose another file with --output, or add --force")
    if example:
        text = examples.text(example)
    else:
        answers: dict[str, str] = {}
        for question in QUESTIONS:
            answers[question.id] = question.default
            while not defaults:
                answer = click.prompt(question.text, default=question.default, err=as_json)
                fault = question.fault(answer)
                if fault is None:
                    answers[question.id] = answer
                    break
                click.echo(f"  {fault}", err=True)
        text = compose(answers)
    blueprint = blueprints.loads(text, str(output))
    write_atomically(output, text)
    say.say(f"wrote {output}: {len(blueprint.teams)} team(s), Region {blueprint.regions[0]}")
    say.say(f"next: ringwork deploy {output}")
    say.result({"blueprint": str(output), "teams": list(blueprint.teams), "regions": list(blueprint.regions)})
