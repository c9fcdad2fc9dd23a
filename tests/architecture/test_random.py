"""Properties that every valid blueprint's architecture has, whatever it says."""

from __future__ import annotations

import json
from collections.abc import Iterator
from ipaddress import IPv4Network
from itertools import pairwise
from typing import Any

from hypothesis import given, settings
from tests.architecture.blueprints import blueprints
from tests.effort import examples

from ringwork.architecture import Architecture, compile_blueprint
from ringwork.architecture.check import check
from ringwork.blueprint import allocate, loads
from ringwork.estate.stack import StackOutput

PROPERTIES = settings(parent=examples(100), derandomize=True)


def compiled(content: dict[str, Any]) -> Architecture:
    blueprint = loads(json.dumps(content), "random.json")
    return compile_blueprint(blueprint, allocate(blueprint))


@PROPERTIES
@given(blueprints())
def test_it_compiles_to_stacks_that_aws_would_take(content: dict[str, Any]) -> None:
    """Schemas, references, quotas, names and addresses, as `check` knows them."""
    assert [str(problem) for problem in check(compiled(content).stacks)] == []


@settings(parent=examples(50), derandomize=True)
@given(blueprints())
def test_nothing_dangles_and_nothing_overlaps(content: dict[str, Any]) -> None:
    """The same, asked by a second hand: it reads the templates without the checker's code."""
    stacks = {stack.id: stack for stack in compiled(content).stacks}
    for stack in stacks.values():
        template = stack.template
        declared = {*template["Resources"], *template.get("Parameters", ())}
        for name in _mentioned([template["Resources"], template.get("Outputs", {})]):
            assert name in declared or name.startswith("AWS::"), f"{stack.id}: {name}"
        assert set(template.get("Parameters", ())) == set(stack.parameters)
        for source in stack.parameters.values():
            if isinstance(source, StackOutput):
                assert source.output in stacks[source.stack].template["Outputs"], source
        assert len(template["Resources"]) <= 500
        assert len(json.dumps(template)) <= 1_000_000
    blocks = sorted(
        IPv4Network(resource["Properties"]["CidrBlock"])
        for stack in stacks.values()
        for resource in stack.template["Resources"].values()
        if resource["Type"] == "AWS::EC2::VPC"
    )
    assert not [pair for pair in pairwise(blocks) if pair[0].overlaps(pair[1])]


def _mentioned(value: Any) -> Iterator[str]:
    """Names in `Ref`, `Fn::GetAtt`, `Fn::Sub` and `DependsOn`."""
    if isinstance(value, list):
        for item in value:
            yield from _mentioned(item)
    if not isinstance(value, dict):
        return
    for key, content in value.items():
        match key, content:
            case "Ref", str():
                yield content
            case "Fn::GetAtt", [name, *_]:
                yield name
            case "Fn::Sub", str():
                yield from _variables(content)
            case "Fn::Sub", [text, variables]:
                yield from (name for name in _variables(text) if name not in variables)
                yield from _mentioned(variables)
            case "DependsOn", list():
                yield from content
            case "Metadata", _:
                pass
            case _:
                yield from _mentioned(content)


def _variables(text: str) -> Iterator[str]:
    for part in text.split("${")[1:]:
        name = part.partition("}")[0]
        if not name.startswith("!"):
            yield name.partition(".")[0] if not name.startswith("AWS::") else name


def test_the_second_hand_would_find_a_dangling_name() -> None:
    assert list(_mentioned({"A": {"Fn::Sub": "x${Gone.Arn}-${AWS::Region}"}})) == ["Gone", "AWS::Region"]
