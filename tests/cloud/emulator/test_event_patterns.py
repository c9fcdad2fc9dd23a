"""Event patterns by the examples of the EventBridge user guide: "Comparison operators for use in event
patterns" and "Array matching"."""

from __future__ import annotations

import pytest

from ringwork.cloud.emulator.event_patterns import BadPatternError, check, matches


@pytest.mark.parametrize(
    ("matcher", "value", "result"),
    [
        ("x", "x", True),
        ("x", "X", False),
        (None, None, True),
        (None, "", False),
        (True, True, True),
        (1, True, False),
        ({"prefix": "us-"}, "us-east-1", True),
        ({"prefix": "us-"}, "eu-west-1", False),
        ({"prefix": {"equals-ignore-case": "EventB"}}, "eventbridge", True),
        ({"suffix": ".png"}, "a.png", True),
        ({"suffix": {"equals-ignore-case": ".PNG"}}, "a.png", True),
        ({"equals-ignore-case": "alice"}, "ALICE", True),
        ({"anything-but": "initializing"}, "running", True),
        ({"anything-but": ["stopped", "overloaded"]}, "stopped", False),
        ({"anything-but": {"prefix": "init"}}, "initializing", False),
        ({"anything-but": {"suffix": ".txt"}}, "a.png", True),
        ({"numeric": [">", 0, "<=", 5]}, 5, True),
        ({"numeric": [">", 0, "<=", 5]}, 0, False),
        ({"numeric": ["=", 3.018e2]}, 301.8, True),
        ({"cidr": "10.0.0.0/24"}, "10.0.0.255", True),
        ({"cidr": "10.0.0.0/24"}, "10.0.1.1", False),
        ({"wildcard": "dir/*.png"}, "dir/sub/a.png", True),
        ({"wildcard": "dir/*.png"}, "other/a.png", False),
        ({"exists": True}, "", True),
        ({"exists": False}, "", False),
    ],
)
def test_operators(matcher, value, result):
    assert matches({"field": [matcher]}, {"field": value}) is result


def test_a_field_that_is_absent_meets_only_that_it_does_not_exist():
    assert matches({"detail": {"c-count": [{"exists": False}]}}, {"detail": {}})
    assert not matches({"detail": {"c-count": [{"exists": True}]}}, {"detail": {}})
    assert not matches({"detail": {"c-count": [{"anything-but": "x"}]}}, {"detail": {}})


def test_all_fields_must_match_and_of_one_any_value():
    pattern = {"source": ["aws.ec2", "aws.ecs"], "detail": {"state": ["running"]}}
    assert matches(pattern, {"source": "aws.ec2", "detail": {"state": "running", "more": 1}})
    assert not matches(pattern, {"source": "aws.ec2", "detail": {"state": "stopped"}})


def test_an_array_matches_if_one_of_its_values_does():
    pattern = {"resources": [{"prefix": "arn:aws:autoscaling:"}]}
    assert matches(pattern, {"resources": ["arn:aws:ec2:i", "arn:aws:autoscaling:g"]})
    assert not matches(pattern, {"resources": ["arn:aws:ec2:i"]})


def test_one_item_of_an_array_of_objects_must_match_all_of_it():
    pattern = {"detail": {"findings": {"Severity": {"Label": ["HIGH"]}, "Types": ["TTPs"]}}}
    both = {"Severity": {"Label": "HIGH"}, "Types": ["TTPs", "Effects"]}
    apart = [{"Severity": {"Label": "HIGH"}, "Types": []}, {"Severity": {"Label": "LOW"}, "Types": ["TTPs"]}]
    assert matches(pattern, {"detail": {"findings": [{"Severity": {"Label": "LOW"}}, both]}})
    assert not matches(pattern, {"detail": {"findings": apart}})


def test_or_joins_conditions_on_several_fields():
    """ "Comparison operators", the example with `$or`."""
    pattern = {
        "detail": {
            "$or": [{"c-count": [{"numeric": [">", 0, "<=", 5]}]}, {"d-count": [{"numeric": ["<", 10]}]}]
        }
    }
    assert matches(pattern, {"detail": {"c-count": 9, "d-count": 8}})
    assert not matches(pattern, {"detail": {"c-count": 9, "d-count": 10}})


@pytest.mark.parametrize(
    "pattern",
    [
        {"source": "aws.ec2"},
        {"source": []},
        {"source": [{"like": "x"}]},
        {"detail": {"n": [{"numeric": ["!", 5]}]}},
        {"detail": {}},
        [],
    ],
)
def test_what_is_no_pattern_is_refused(pattern):
    with pytest.raises(BadPatternError):
        check(pattern)
