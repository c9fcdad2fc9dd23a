"""`ringwork audit`: what is really there, held against the controls."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path

import click

from ringwork.cli.console import ACCOUNT, REGION, Output, json_option, target_option


@click.command("audit", short_help="Check live accounts, or templates, against the controls.")
@click.argument("blueprint", type=click.Path(dir_okay=False, path_type=Path), required=False)
@target_option
@click.option(
    "--template", "-t", "templates", multiple=True, type=click.Path(dir_okay=False, path_type=Path),
    help="Audit this CloudFormation template instead of live accounts. May be repeated.",
)  # fmt: skip
@click.option(
    "--parameter", "-p", "parameters", multiple=True, metavar="NAME=VALUE", help="A template's parameter."
)
@click.option(
    "--account",
    "accounts",
    multiple=True,
    type=ACCOUNT,
    metavar="ID",
    help="Audit this account. May be repeated.",
)
@click.option(
    "--region",
    "regions",
    multiple=True,
    type=REGION,
    metavar="REGION",
    help="Audit this Region. May be repeated.",
)
@click.option("--role", metavar="NAME", help="The role to assume in each account (read-only is enough).")
@click.option("--control", "ids", multiple=True, metavar="ID", help="Only this control. May be repeated.")
@click.option(
    "--html", type=click.Path(dir_okay=False, path_type=Path), help="Write the report as one HTML file."
)
@click.option(
    "--templates-in", type=click.Path(file_okay=False, path_type=Path), default=Path("out"),
    show_default=True, help="Where the blueprint's templates are (or are written) whose lines are blamed.",
)  # fmt: skip
@json_option
def command(
    blueprint: Path | None,
    target: str | None,
    templates: tuple[Path, ...],
    parameters: tuple[str, ...],
    accounts: tuple[str, ...],
    regions: tuple[str, ...],
    role: str | None,
    ids: tuple[str, ...],
    html: Path | None,
    templates_in: Path,
    as_json: bool,
) -> int:
    """Read what is there and hold every control against it. Nothing is changed: read-only credentials
    are enough (`ringwork permissions audit`).

    \b
      ringwork audit blueprint.yaml             the blueprint's accounts, with template lines to blame
      ringwork audit --target aws:me --region eu-west-1     any account, no blueprint
      ringwork audit --template template.yaml   what a template would deploy
    """
    from ringwork.cloud.session import open_cloud
    from ringwork.report import Step, terminal
    from ringwork.report import html as html_report
    from ringwork.report import json as json_report
    from ringwork.source import InputError
    from ringwork.workflows import audit as auditing
    from ringwork.workflows import drift
    from ringwork.workflows.design import desired_estate, write_templates
    from ringwork.workflows.exit import of_findings
    from ringwork.workflows.files import write_atomically
    from ringwork.workflows.reporting import report_of, with_network
    from ringwork.workflows.target import workplace

    say = Output(as_json)
    chosen = auditing.chosen_controls(ids)
    steps: list[Step] = []
    if templates:
        if blueprint or target:
            raise click.UsageError("--template reads files alone: name no blueprint and no --target with it")
        values = dict(_pair(text) for text in parameters)
        audited = auditing.audit_templates(
            templates,
            account=accounts[0] if accounts else "111122223333",
            region=regions[0] if regions else "us-east-1",
            parameters=values,
            ids=chosen,
        )
        title = "Audit of templates"
        say.say(audited.target)
    else:
        with ExitStack() as stack:
            desired = None
            if blueprint is not None:
                place = stack.enter_context(workplace(blueprint, target))
                cloud, designed = place.cloud, place.designed
                try:
                    write_templates(designed, templates_in)
                except InputError as error:
                    say.note(
                        f"note: the templates are blamed by line and could not be written: {error.message}"
                    )
                desired = desired_estate(designed, templates_in)
                accounts, regions = accounts or designed.accounts, regions or designed.regions
                title = f"Audit of {designed.blueprint.organization}"
            else:
                region = regions[0] if regions else "us-east-1"
                cloud = stack.enter_context(open_cloud(target or "local", region=region))
                accounts, regions = accounts or (cloud.caller().account,), regions or (region,)
                title = f"Audit of account {', '.join(accounts)}"
            say.opening(cloud)
            with say.progress("collecting") as advance:
                audited = auditing.audit_cloud(
                    cloud, accounts=accounts, regions=regions, role=role, desired=desired, ids=chosen,
                    progress=advance,
                )  # fmt: skip
        drifted = [f for f in audited.findings if f.control == drift.CONTROL and f.status == "violated"]
        if blueprint is not None and drifted and all(f.message == drift.NOT_DEPLOYED for f in drifted):
            where = f" --target {target}" if target else ""
            steps.append(Step(f"ringwork deploy {blueprint}{where}", "deploy what is designed"))
        elif drifted and blueprint is not None:
            where = f" --target {target}" if target else ""
            steps.append(Step(f"ringwork deploy {blueprint} --revert-drift{where}", "heal what drifted"))
    report = report_of(audited, title=title, steps=steps)
    say.say(terminal.render(report))
    if not audited.findings:
        say.say("nothing here is a resource that a control speaks about: nothing was checked")
    if audited.unread:
        kinds = ", ".join(f"{count} {name}" for name, count in sorted(audited.unread.items()))
        say.say(f"no control reads: {kinds}")
    if blueprint is not None:
        say.say(f"not looked at: {drift.NOT_READ}")
    if html is not None:
        write_atomically(html, html_report.render(with_network(report)))
        say.say(f"report: {html.resolve()}")
    say.result({**json_report.render(report), "unread": dict(audited.unread)})
    return of_findings(audited.findings)


def _pair(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals or not name:
        raise click.BadParameter(f"`{text}` is not NAME=VALUE", param_hint="--parameter")
    return name, value
