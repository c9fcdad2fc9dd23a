"""The example blueprints, as an installed package has them.

`examples/` in the repository is where they are edited; `scripts/blueprint_schema.py` copies them here.
"""

from __future__ import annotations

from importlib.resources import files

from ringwork.blueprint.suggest import help_for
from ringwork.source import InputError

NAMES = ("startup", "hospital", "bank")


def text(name: str) -> str:
    """The YAML of an example. Raises InputError for a name that is none."""
    if name not in NAMES:
        raise InputError(f"there is no example `{name}`", help=help_for(name, NAMES, what="examples"))
    return (files(__name__) / f"{name}.yaml").read_text(encoding="utf-8")


def published(source: str) -> str:
    """An example as it is published: without the comment that names a schema by its place in our files."""
    return "".join(
        line for line in source.splitlines(keepends=True) if not line.startswith("# yaml-language-server")
    )
