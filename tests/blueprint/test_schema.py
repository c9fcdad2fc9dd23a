from __future__ import annotations

import json
import re
from importlib.resources import files
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
from pydantic import BaseModel

from ringwork.blueprint import examples, json_schema, model
from ringwork.source import parse_yaml

ROOT = Path(__file__).parents[2]
VALIDATOR = jsonschema_rs.validator_for(json_schema())


def test_the_published_schema_is_current() -> None:
    """When this fails, run scripts/blueprint_schema.py."""
    text = (files("ringwork.blueprint") / "blueprint.schema.json").read_text(encoding="utf-8")
    assert json.loads(text) == json_schema()


def test_the_schema_is_valid_json_schema() -> None:
    jsonschema_rs.meta.validate(json_schema())


@pytest.mark.parametrize("name", examples.NAMES)
def test_the_examples_fit_the_schema(name: str) -> None:
    VALIDATOR.validate(parse_yaml(examples.text(name), name).value)


BASE: dict[str, Any] = {"ringwork": 1, "organization": "a", "regions": ["eu-west-1"], "teams": {"t": {}}}


@pytest.mark.parametrize(
    "change",
    [
        {"organisation": "a"},
        {"ringwork": 2},
        {"regions": []},
        {"regions": "eu-west-1"},
        {"teams": {}},
        {"teams": {"Bad Name": {}}},
        {"teams": {"a" * 25: {}}},
        {"teams": {"t": {"data": {"d": {"class": "secret"}}}}},
        {"teams": {"t": {"data": {"d": {"class_": "public"}}}}},
        {"teams": {"t": {"workloads": {"w": {}}}}},
        {"accounts": {"ids": {"main": 111122223333}}},
        {"network": {"cidr": 10}},
        {"network": {"cidr": "10.0.0.0"}},
        {"flows": [{"from": "t/a", "to": "t/b"}]},
        {"egress": {"domains": ["*.example.com"]}},
    ],
)
def test_what_the_reader_refuses_by_shape_an_editor_underlines(change: dict[str, Any]) -> None:
    assert VALIDATOR.is_valid(BASE)
    assert not VALIDATOR.is_valid(BASE | change)


def test_editors_can_explain_every_field() -> None:
    schema = json_schema()
    for part in (schema, *schema["$defs"].values()):
        for name, field in part.get("properties", {}).items():
            assert field.get("description"), f"{part['title']}.{name}"


def test_the_examples_name_the_schema_for_editors() -> None:
    for name in examples.NAMES:
        path = ROOT / "examples" / f"{name}.yaml"
        found = re.search(r"^# yaml-language-server: \$schema=(\S+)$", path.read_text(encoding="utf-8"), re.M)
        assert found
        assert (path.parent / found[1]).is_file()


def test_the_guide_names_every_field() -> None:
    guide = (ROOT / "docs" / "blueprint.md").read_text(encoding="utf-8")
    for part in vars(model).values():
        if isinstance(part, type) and issubclass(part, model.Part) and issubclass(part, BaseModel):
            for name, field in part.model_fields.items():
                assert f"`{field.alias or name}`" in guide, f"{part.__name__}.{name}"
