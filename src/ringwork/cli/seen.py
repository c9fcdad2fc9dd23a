"""What questions are asked of: the options that name it, and reading it."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from ringwork.cli.console import ACCOUNT, REGION, Output, target_option

if TYPE_CHECKING:
    from ringwork.workflows.reachability import Seen

Function = TypeVar("Function", bound=Callable[..., Any])
_OPTIONS = (
    click.option(
        "--template", "-t", "templates", multiple=True,
        type=click.Path(dir_okay=False, path_type=Path),
        help="Ask of this CloudFormation template. May be repeated: then of all together.",
    ),
    click.option(
        "--parameter", "-p", "parameters", multiple=True, metavar="NAME=VALUE",
        help="A template's parameter.",
    ),
    target_option,
    click.option(
        "--account", "accounts", multiple=True, type=ACCOUNT, metavar="ID",
        help="Ask of this account. May be repeated.",
    ),
    click.option(
        "--region", "regions", multiple=True, type=REGION, metavar="REGION",
        help="Ask of this Region. May be repeated.",
    ),
    click.option(
        "--role", metavar="NAME", help="The role to assume in each account (read-only is enough)."
    ),
)  # fmt: skip


def seen_options(function: Function) -> Function:
    """The options that say what is asked of, in this order."""
    for option in reversed(_OPTIONS):
        function = option(function)
    return function


def see(
    say: Output,
    where: Path | None,
    templates: tuple[Path, ...],
    parameters: tuple[str, ...],
    target: str | None,
    accounts: tuple[str, ...],
    regions: tuple[str, ...],
    role: str | None,
) -> Seen:
    """Reads it, and says what it is. With `--target` what is there now is read, not what would be: of the
    blueprint's accounts, if one is named."""
    from ringwork.cloud.session import open_cloud
    from ringwork.workflows import reachability
    from ringwork.workflows.target import workplace

    values = dict(pair(text) for text in parameters)
    account = accounts[0] if accounts else reachability.SOME_ACCOUNT
    region = regions[0] if regions else reachability.SOME_REGION
    if templates:
        if where or target:
            raise click.UsageError("--template reads files alone: name nothing else with it")
        seen = reachability.from_templates(templates, account=account, region=region, parameters=values)
        say.say(seen.target)
        return seen
    if where is not None and target is None:
        seen = reachability.from_path(where, account=account, region=region, parameters=values)
        say.say(seen.target)
        return seen
    with ExitStack() as stack:
        if where is not None:
            place = stack.enter_context(workplace(where, target))
            cloud = place.cloud
            accounts, regions = accounts or place.designed.accounts, regions or place.designed.regions
        else:
            cloud = stack.enter_context(open_cloud(target or "local", region=region))
            accounts, regions = accounts or (cloud.caller().account,), regions or (region,)
        say.opening(cloud)
        with say.progress("collecting") as advance:
            seen = reachability.from_cloud(
                cloud, accounts=accounts, regions=regions, role=role, progress=advance
            )
        if where is None:
            return seen
        return replace(seen, blueprint=place.designed.blueprint, path=where)


def pair(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals or not name:
        raise click.BadParameter(f"`{text}` is not NAME=VALUE", param_hint="--parameter")
    return name, value
