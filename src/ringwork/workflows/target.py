"""Which cloud a command works on, and the accounts that a blueprint means there."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from ringwork import blueprint as blueprints
from ringwork.blueprint import Blueprint
from ringwork.blueprint.environment import Shared
from ringwork.blueprint.model import AccountLayout
from ringwork.cloud.session import Cloud, open_cloud
from ringwork.source import InputError
from ringwork.workflows.design import Design, design


@dataclass(frozen=True, slots=True)
class Workplace:
    """An open cloud, and what the blueprint compiles to there."""

    cloud: Cloud
    designed: Design


@contextmanager
def workplace(path: Path, target: str | None) -> Iterator[Workplace]:
    """Open the target (`--target`, else the blueprint's) and compile the blueprint for its accounts.

    Raises InputError for a blueprint that cannot be used there, OperationError without credentials.
    """
    blueprint = blueprints.load(path)
    with open_cloud(target or blueprint.target, region=blueprint.regions[0]) as cloud:
        placed = placed_in(blueprint, path, cloud)
        if placed.accounts.layout is not AccountLayout.ONE:
            ids = {name: id for name, (id, _) in blueprints.accounts(placed).items()}
            cloud.organize(ids[Shared.MANAGEMENT.value], tuple(ids.values()))
        yield Workplace(cloud, design(path, placed))


def placed_in(blueprint: Blueprint, path: Path, cloud: Cloud) -> Blueprint:
    """The blueprint with the account ids that hold in `cloud`.

    In the local cloud every id exists. On AWS a single account that is not named is the caller's; with
    several, each must be named: a guess would deploy into a stranger's account.
    """
    if cloud.any_account:
        return blueprint
    missing = sorted(name for name, (_, assumed) in blueprints.accounts(blueprint).items() if assumed)
    if not missing:
        return blueprint
    if blueprint.accounts.layout is AccountLayout.ONE:
        accounts = blueprint.accounts.model_copy(update={"ids": {"main": cloud.caller().account}})
        return blueprint.model_copy(update={"accounts": accounts})
    names = ", ".join(f"`{name}`" for name in missing)
    raise InputError(
        f"`{path}` names no id for the account(s) {names}, which target `{cloud.target}` needs",
        help='add them under `accounts: {ids: {NAME: "123456789012"}}`',
    )
