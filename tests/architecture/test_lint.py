"""cfn-lint finds neither error nor warning in what the examples compile to.

Templates of a large blueprint are alike but for names, so a few are enough: those that together hold every
shape of resource, parameter and output (property paths, functions, numbers and booleans; strings as such).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from ringwork.architecture import compile_blueprint
from ringwork.blueprint import allocate, load
from ringwork.estate import Stack

api = pytest.importorskip("cfnlint.api")
config = pytest.importorskip("cfnlint.config")
runner = pytest.importorskip("cfnlint.runner")

EXAMPLES = Path(__file__).parents[2] / "examples"


@cache
def rules() -> Any:
    """Loaded once, as cfn-lint does for many files."""
    return runner.Runner(config.ConfigMixIn(include_checks=["E", "W"])).rules


def lint(template: Any, region: str) -> list[str]:
    """Errors and warnings, as `RULE path: message`."""
    asked = config.ManualArgs(include_checks=["E", "W"], regions=[region])
    said = api.lint(json.dumps(template), rules=rules(), config=asked)
    return [f"{match.rule.id} {match.path}: {match.message}" for match in said]


def shape(value: Any) -> Any:
    """A value without its strings."""
    if isinstance(value, dict):
        return tuple((key, shape(value[key])) for key in sorted(value))
    if isinstance(value, list):
        return tuple(sorted({repr(shape(each)) for each in value}))
    return "text" if isinstance(value, str) else type(value).__name__


def shapes(stack: Stack) -> Iterator[str]:
    for section in ("Resources", "Parameters", "Outputs"):
        for part in stack.template.get(section, {}).values():
            kind = part.get("Type", "")
            properties = dict(part.get("Properties", part))
            document = properties.pop("PolicyDocument", {})
            yield f"{section} {kind} {shape(properties)!r}"
            for statement in document.get("Statement", []):
                yield f"{kind} {statement['Sid'].rstrip('0123456789')} {shape(statement)!r}"


def chosen(stacks: tuple[Stack, ...], seen: Iterable[str] = ()) -> list[Stack]:
    """Few stacks that hold every shape that was not seen yet: the one with most new shapes first."""
    found = {stack.id: set(shapes(stack)) for stack in stacks}
    by_id = {stack.id: stack for stack in stacks}
    missing = set().union(*found.values()) - set(seen)
    picked = []
    while missing:
        best = max(sorted(found), key=lambda identity: len(found[identity] & missing))
        picked.append(by_id[best])
        missing -= found[best]
    return picked


@cache
def compiled(example: str) -> tuple[Stack, ...]:
    blueprint = load(EXAMPLES / f"{example}.yaml")
    return compile_blueprint(blueprint, allocate(blueprint, None)).stacks


NAMES = ("startup", "hospital", "bank")


@pytest.mark.parametrize("example", NAMES)
def test_cfn_lint_has_nothing_to_say(example: str) -> None:
    before = NAMES[: NAMES.index(example)]  # their shapes are linted there
    seen = {shape for name in before for stack in compiled(name) for shape in shapes(stack)}
    picked = chosen(compiled(example), seen)
    assert picked
    for stack in picked:
        assert lint(stack.template, stack.region) == []


def test_cfn_lint_would_object() -> None:
    # the gate is live: a property that the type does not have (E3002), a parameter that nothing uses (W2001)
    template = {
        "Parameters": {"Idle": {"Type": "String"}},
        "Resources": {"Vpc": {"Type": "AWS::EC2::VPC", "Properties": {"Cidr": "10.0.0.0/16"}}},
    }
    said = lint(template, "eu-west-1")
    assert {"E3002", "W2001"} <= {text.partition(" ")[0] for text in said}
