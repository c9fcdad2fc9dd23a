"""What questions are asked of: the options that name it, and reading it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from contextlib import ExitStack
from dataclasses import replace
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from ringwork.cli.console import ACCOUNT, REGION, Output, target_option
from ringwork.source import InputError, load

if TYPE_CHECKING:
    from ringwork.workflows.reachability import Seen

Function = TypeVar("Function", bound=Callable[..., Any])

where_argument = click.argument(
    "where", metavar="[FILE|FOLDER]", type=click.Path(path_type=Path), required=False
)
"""what is asked of: a blueprint, a template, a folder"""
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
    if templates and (where or target):
        raise click.UsageError("--template reads files alone: name nothing else with it")
    _check_fit(where, templates, values, target, accounts, regions, role)
    account = accounts[0] if accounts else reachability.SOME_ACCOUNT
    region = regions[0] if regions else reachability.SOME_REGION
    if templates:
        with say.working(f"reading {', '.join(map(str, templates))}"):
            seen = reachability.from_templates(templates, account=account, region=region, parameters=values)
        say.say(seen.target)
        return seen
    if where is not None and target is None:
        with say.working(f"reading {where}"):
            try:
                seen = reachability.from_path(where, account=account, region=region, parameters=values)
            except InputError as error:
                raise _explained(error, where) from None
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


def _check_fit(
    where: Path | None,
    templates: tuple[Path, ...],
    values: Mapping[str, str],
    target: str | None,
    accounts: tuple[str, ...],
    regions: tuple[str, ...],
    role: str | None,
) -> None:
    """An option that would have no effect is refused: whoever gives one believes that it counts."""
    if where is not None and target is not None and not _blueprint(where):
        raise click.UsageError(
            f"--target asks of what is there now, and `{where}` is no blueprint: name only one of the two"
        )
    files = bool(templates) or (where is not None and target is None)
    if values and not files:
        raise click.UsageError("--parameter is for templates: name some")
    if values:
        check_parameters((*templates, *((where,) if where is not None else ())), values)
    if files and role is not None:
        raise click.UsageError("--role is for live accounts: name --target")
    if files and max(len(accounts), len(regions)) > 1:
        raise click.UsageError("files are taken to be deployed once: name one --account and one --region")
    if (accounts or regions) and where is not None and target is None and _blueprint(where):
        raise click.UsageError(
            f"`{where}` says its accounts and Regions itself: --account and --region are for --target"
        )


def check_parameters(paths: Iterable[Path], values: Mapping[str, str]) -> None:
    """That each parameter is one of a template's. Raises InputError."""
    declared: set[str] = set()
    for path in paths:
        for file in sorted(path.rglob("*")) if path.is_dir() else [path]:
            declared |= _declared(file, strict=file == path)
    for name in values:
        if name not in declared:
            near = get_close_matches(name, declared, n=1, cutoff=0.5)
            listed = ", ".join(f"`{each}`" for each in sorted(declared)[:8])
            raise InputError(
                f"no template has a parameter `{name}`",
                help=f"did you mean `{near[0]}`?" if near else f"there is {listed}" if listed else None,
            )


def _declared(file: Path, *, strict: bool) -> set[str]:
    """The names of a template's parameters; none of what is no template, unless `strict`."""
    if file.suffix not in (".json", ".yaml", ".yml", ".template") and not strict:
        return set()
    try:
        value = load(file, cloudformation=True).value
    except InputError:
        if strict:
            raise
        return set()
    found = value.get("Parameters") if isinstance(value, dict) else None
    return set(found) if isinstance(found, dict) else set()


def _explained(error: InputError, path: Path) -> InputError:
    """A plan of Terraform's is JSON, and no template."""
    if path.suffix == ".json" and path.is_file():
        try:
            value = load(path).value
        except InputError:
            return error
        if isinstance(value, dict) and "terraform_version" in value:
            return InputError(
                f"`{path}` is of Terraform's, which is not read yet",
                help="ask of the account as it is: `--target aws:PROFILE`",
            )
    return error


def _blueprint(path: Path) -> bool:
    if path.is_dir():
        return False
    value = load(path, cloudformation=True).value
    return isinstance(value, dict) and "ringwork" in value


def pair(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals or not name:
        raise click.BadParameter(f"`{text}` is not NAME=VALUE", param_hint="--parameter")
    return name, value
