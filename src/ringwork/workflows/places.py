"""Where a blueprint was ever deployed: its accounts and Regions, kept beside it.

A team, a Region or a whole account layout can leave a blueprint, and then nothing in it says any more where
its stacks stand. The record lets a plan find what is left over there.
"""

from __future__ import annotations

import json
import re
from pathlib import Path

from ringwork.cloud.deploy import Place
from ringwork.source import InputError, parse_json
from ringwork.workflows.design import Design
from ringwork.workflows.files import write_atomically


def place_file(blueprint: Path) -> Path:
    """The record's file, to be committed with the blueprint."""
    return blueprint.with_name(f"{blueprint.stem}.places.json")


def formerly(designed: Design) -> tuple[Place, ...]:
    """Places that were deployed to and that the blueprint no longer names. Raises InputError."""
    now = {(stack.account, stack.region) for stack in designed.stacks}
    return tuple(sorted(_kept(designed.path) - now))


def keep_places(designed: Design) -> None:
    """Add the blueprint's places to the record; nothing is ever taken out of it."""
    places = _kept(designed.path) | {(stack.account, stack.region) for stack in designed.stacks}
    found: dict[str, list[str]] = {}
    for account, region in sorted(places):
        found.setdefault(account, []).append(region)
    path = place_file(designed.path)
    text = json.dumps(found, indent=2) + "\n"
    if not path.exists() or path.read_text(encoding="utf-8") != text:
        write_atomically(path, text)


def _kept(blueprint: Path) -> set[Place]:
    path = place_file(blueprint)
    if not path.exists():
        return set()
    document = parse_json(path.read_text(encoding="utf-8"), str(path))
    value = document.value
    if not isinstance(value, dict):
        raise InputError("the record of places must be an object", position=document.position())
    places = set()
    for account, regions in value.items():
        if not re.fullmatch(r"[0-9]{12}", account) or not isinstance(regions, list):
            raise InputError(
                f"`{account}` is no account with a list of Regions",
                position=document.position(account),
                help="restore the file from version control, or delete it: plans then no longer find what "
                "is left over elsewhere",
            )
        places |= {(account, str(region)) for region in regions}
    return places
