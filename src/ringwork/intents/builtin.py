"""The built-in set for machine learning: what should hold wherever models are trained and served."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

from ringwork.intents.read import Located, loads

FILE = "builtin.yaml"


@cache
def built_in() -> Located:
    """The set, read from the file beside this module."""
    return loads(files("ringwork.intents").joinpath(FILE).read_text(encoding="utf-8"), FILE)
