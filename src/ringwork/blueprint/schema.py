"""The blueprint's JSON Schema: editors complete and check blueprints with it."""

from __future__ import annotations

import json
from typing import Any

from pydantic.json_schema import GenerateJsonSchema

from ringwork.blueprint.model import Blueprint

FILE = "blueprint.schema.json"
"""Its published copy, beside this module; `scripts/blueprint_schema.py` writes it."""

_TITLES = {"class_": "class", "from_": "from"}


class _Generator(GenerateJsonSchema):
    """Titles as users write the field, mappings closed to names that do not fit."""

    def get_title_from_name(self, name: str) -> str:
        return _TITLES.get(name, name)


def json_schema() -> dict[str, Any]:
    """The JSON Schema (draft 2020-12) of a blueprint in YAML or JSON."""
    schema = Blueprint.model_json_schema(by_alias=True, schema_generator=_Generator)
    _close(schema)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **schema,
        "title": "Ringwork blueprint",
    }


def text() -> str:
    """The schema as its published file has it."""
    return json.dumps(json_schema(), indent=2, ensure_ascii=False) + "\n"


def _close(node: object) -> None:
    """A mapping from names takes no other keys; descriptions are one paragraph."""
    if isinstance(node, list):
        for item in node:
            _close(item)
    elif isinstance(node, dict):
        if "patternProperties" in node and "properties" not in node:
            node["additionalProperties"] = False
            node["propertyNames"] = {"minLength": 1, "maxLength": 24}
        if isinstance(node.get("description"), str):
            node["description"] = " ".join(node["description"].split())
        for value in node.values():
            _close(value)
