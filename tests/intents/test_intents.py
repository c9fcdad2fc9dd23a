"""Files of intents: what they say, where they are wrong, and the schema that editors read."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest

from ringwork.intents import built_in, loads
from ringwork.intents.schema import json_schema, text
from ringwork.source import InputError, InputErrors, parse_yaml

ROOT = Path(__file__).parents[2]
GOOD = """
intents: 1
without: [stages-apart]
network:
  fraud-is-alone:
    for_each: stage
    must_never: {from: team=fraud, to: "team!=fraud", traffic: [443, udp 53], unless_through: [firewall]}
    because: they hold what others must not see
    least_depth: 2
  lab-tries:
    must_always: {from: fraud/lab, to: fraud/authorize, traffic: tcp 443}
    because: people try the model there
    severity: low
access:
  training-stays-inside:
    must_never:
      principal: any
      Action: sagemaker:CreateTrainingJob
      Condition: {"Null": {"sagemaker:VpcSubnets": "true"}}
    assuming: {"aws:PrincipalAccount": "111122223333"}
    because: a job outside the VPC has the internet
"""


def test_a_file_says_both_kinds_of_intents() -> None:
    found = loads(GOOD).intents
    fraud = found.network["fraud-is-alone"]
    assert fraud.statement.from_ == ("team=fraud",)
    assert fraud.statement.traffic == ("443", "udp 53")  # a number is a port
    assert (fraud.severity, fraud.least_depth, fraud.for_each) == ("high", 2, "stage")
    assert found.network["lab-tries"].must_always is not None
    access = found.access["training-stays-inside"].must_never
    assert access is not None
    assert access.Action == ("sagemaker:CreateTrainingJob",)
    assert access.Resource == ("*",)
    assert found.built_in


@pytest.mark.parametrize(
    ("text", "place", "message", "help"),
    [
        ("", (1, 1), "the file of intents is empty", "start with `intents: 1`"),
        ("intents: 2\n", (1, 10), "`2` is not a value of `intents`", "one of `1`"),
        ("intents: 1\nnetwrk: {}\n", (2, 1), "key `netwrk` is not known here", "did you mean `network`?"),
        (
            "intents: 1\nnetwork:\n  a:\n    must_nevr: {from: x, to: y}\n    because: z\n",
            (4, 5),
            "key `must_nevr` is not known here",
            "did you mean `must_never`?",
        ),
        (
            "intents: 1\nnetwork:\n  a:\n    must_never: {from: x, to: y}\n",
            (3, 3),
            "`because` is missing in `network.a`",
            "say why it must hold",
        ),
        (
            "intents: 1\nnetwork:\n  a:\n    because: z\n",
            (3, 3),
            "name either `must_never` or `must_always`",
            None,
        ),
        (
            "intents: 1\nnetwork:\n  A_b:\n    must_never: {from: x, to: y}\n    because: z\n",
            (3, 3),
            "`A_b` is not a name",
            "lower-case letters",
        ),
        (
            "intents: 1\naccess:\n  a:\n    must_never: {principal: any}\n    because: z\n",
            (4, 5),
            "name either `Action` or `NotAction`",
            None,
        ),
        (
            "intents: 1\nnetwork:\n  a:\n    must_never: {from: x, to: y, unless_through: [firewal]}\n"
            "    because: z\n",
            (4, 51),
            "`firewal` is not a value of `network.a.must_never.unless_through.0`",
            "did you mean `firewall`?",
        ),
    ],
)
def test_what_is_wrong_is_told_at_its_place(
    text: str, place: tuple[int, int], message: str, help: str | None
) -> None:
    with pytest.raises(InputError) as raised:
        loads(text)
    assert raised.value.message == message
    assert raised.value.position is not None
    assert (raised.value.position.line, raised.value.position.column) == place
    assert (help or "") in (raised.value.help or "")


def test_several_faults_are_told_in_the_order_of_the_file() -> None:
    with pytest.raises(InputErrors) as raised:
        loads("intents: 1\nnetwork:\n  A b:\n    must_never: {from: x, too: y}\n")
    lines = [error.position.line for error in raised.value.errors if error.position]
    assert lines == sorted(lines)
    assert len(lines) == 3


def test_the_published_schema_is_current_and_admits_what_is_read() -> None:
    assert (ROOT / "docs" / "intents.schema.json").read_text(encoding="utf-8") == text()
    schema = json_schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.validate(json.loads(json.dumps(parse_yaml(GOOD, "x").value)), schema)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({"intents": 1, "netwrk": {}}, schema)


def test_the_built_in_set_is_written_in_the_same_language() -> None:
    found = built_in()
    assert {"teams-apart", "internet-stays-out", "no-uninspected-way-out"} <= set(found.intents.network)
    assert all(intent.because for intent in found.intents.network.values())
    jsonschema.validate(json.loads(json.dumps(found.document.value)), json_schema())
