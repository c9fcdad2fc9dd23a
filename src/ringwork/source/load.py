"""Reads a file as JSON or YAML, whichever it is."""

from __future__ import annotations

from pathlib import Path

from ringwork.source.document import Document, read_text
from ringwork.source.json import parse_json
from ringwork.source.position import InputError
from ringwork.source.yaml import parse_yaml


def load(path: Path, *, cloudformation: bool = False) -> Document:
    """Reads `.json` as JSON and `.yaml` or `.yml` as YAML; other names (`.template`) by their content.

    Raises InputError for a file that is absent, too large, not UTF-8 or not in its format.
    """
    text = read_text(path)
    file = str(path)
    suffix = path.suffix.lower()
    if suffix == ".json":
        return parse_json(text, file)
    if suffix in (".yaml", ".yml") or not text.lstrip().startswith(("{", "[")):
        return parse_yaml(text, file, cloudformation=cloudformation)
    try:
        return parse_json(text, file)
    except InputError as as_json:
        try:
            return parse_yaml(text, file, cloudformation=cloudformation)
        except InputError:
            raise as_json from None
