"""The JSON Schema of intents: editors complete and check files with it."""

from __future__ import annotations

import json
from typing import Any

from pydantic.json_schema import GenerateJsonSchema

from ringwork.intents.model import Intents

_TITLES = {"from_": "from"}


class _Generator(GenerateJsonSchema):
    def get_title_from_name(self, name: str) -> str:
        return _TITLES.get(name, name)


def json_schema() -> dict[str, Any]:
    """The JSON Schema (draft 2020-12) of a file of intents in YAML or JSON."""
    schema = Intents.model_json_schema(by_alias=True, schema_generator=_Generator)
    _tidy(schema)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema, "title": "Ringwork intents"}


def text() -> str:
    """The schema as its published file has it."""
    return json.dumps(json_schema(), indent=2, ensure_ascii=False) + "\n"


def _tidy(node: object) -> None:
    """A mapping from names takes no other keys; descriptions are one paragraph."""
    if isinstance(node, list):
        for item in node:
            _tidy(item)
    elif isinstance(node, dict):
        if "patternProperties" in node and "properties" not in node:
            node["additionalProperties"] = False
        if isinstance(node.get("description"), str):
            node["description"] = " ".join(node["description"].split())
        for value in node.values():
            _tidy(value)
