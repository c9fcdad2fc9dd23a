"""The rules of a kind unrolled into one function: it gives what the rules' own readers give."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ringwork.cloud.collect.interfaces import NETWORK_INTERFACE
from ringwork.cloud.collect.mapping import Computed, Each, Failed, Number, Parsed, Part, Rule, Tags, mapper
from ringwork.cloud.collect.table import TYPES
from ringwork.cloud.collect.unrolled import unrolled
from ringwork.estate import Unknown

NAMES = ("A", "B", "C", "$d")
SCALARS = st.none() | st.booleans() | st.integers(0, 2) | st.sampled_from(["", "x", "3", "{}", '{"a": 1}'])
TAGS = st.lists(st.fixed_dictionaries({"Key": st.sampled_from(["b", "a", "aws:x"]), "Value": st.just("v")}))
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=4),
    max_leaves=8,
)
ITEMS = st.fixed_dictionaries(
    {},
    optional={
        **dict.fromkeys(("A", "B", "C"), VALUES | TAGS),
        "$d": VALUES | st.builds(Failed, st.just("AccessDenied")),
    },
)
PATHS = st.lists(st.sampled_from(NAMES), min_size=1, max_size=3).map(".".join)
RULES: st.SearchStrategy[Any] = st.recursive(
    PATHS | st.builds(Parsed, PATHS) | st.builds(Tags, PATHS) | st.builds(Number, PATHS),
    lambda inner: (
        st.builds(Each, PATHS, st.dictionaries(st.sampled_from("xyz"), inner, min_size=1, max_size=3))
        | st.builds(Part, st.dictionaries(st.sampled_from("xyz"), inner, min_size=1, max_size=3))
    ),
    max_leaves=4,
)


def outcome(function: Any, raw: Any) -> Any:
    """What the function gives, or which error it raises."""
    try:
        return function(raw)
    except (TypeError, ValueError, KeyError, AttributeError, StopIteration) as error:
        return type(error)


@settings(max_examples=400)
@given(st.dictionaries(st.sampled_from("pqr"), RULES, max_size=3), st.lists(ITEMS, min_size=1, max_size=4))
def test_any_rules_give_the_same_for_any_item(fields: dict[str, Rule], items: list[Any]) -> None:
    own, plain = unrolled(fields), mapper(fields)
    for item in items:
        assert outcome(own, item) == outcome(plain, item)


INTERFACE = {
    "NetworkInterfaceId": "eni-1",
    "Description": "",
    "SubnetId": "subnet-1",
    "VpcId": "vpc-1",
    "SourceDestCheck": False,
    "Groups": [{"GroupId": "sg-1", "GroupName": "a"}, {"GroupId": "sg-2", "GroupName": "b"}],
    "PrivateIpAddress": "10.0.0.1",
    "PrivateIpAddresses": [
        {"PrivateIpAddress": "10.0.0.1", "Primary": True, "Association": {"PublicIp": "203.0.113.1"}},
        {"PrivateIpAddress": "10.0.0.2", "Primary": False},
    ],
    "Ipv6Addresses": [{"Ipv6Address": "2001:db8::1"}],
    "TagSet": [{"Key": "b", "Value": "2"}, {"Key": "aws:x", "Value": "3"}, {"Key": "a", "Value": "1"}],
    "InterfaceType": "interface",
    "RequesterManaged": False,
    "Attachment": {"InstanceId": "i-1", "DeviceIndex": 0},
}
"""as EC2 answers DescribeNetworkInterfaces"""


def test_a_network_interface_is_unrolled_as_it_is_by_hand() -> None:
    properties, attributes = unrolled(NETWORK_INTERFACE.properties), unrolled(NETWORK_INTERFACE.attributes)
    assert properties(INTERFACE) == {
        "SubnetId": "subnet-1",
        "GroupSet": ["sg-1", "sg-2"],
        "PrivateIpAddresses": [
            {"PrivateIpAddress": "10.0.0.1", "Primary": True},
            {"PrivateIpAddress": "10.0.0.2", "Primary": False},
        ],
        "Ipv6Addresses": [{"Ipv6Address": "2001:db8::1"}],
        "SourceDestCheck": False,
        "Tags": [{"Key": "a", "Value": "1"}, {"Key": "b", "Value": "2"}],
    }
    assert attributes(INTERFACE) == {
        "Id": "eni-1",
        "VpcId": "vpc-1",
        "PrimaryPrivateIpAddress": "10.0.0.1",
        "PublicAddresses": [{"PrivateIpAddress": "10.0.0.1", "PublicIp": "203.0.113.1"}],
        "InterfaceType": "interface",
        "RequesterManaged": False,
        "InstanceId": "i-1",
        "DeviceIndex": 0,
    }


@pytest.mark.parametrize("type", sorted(TYPES))
def test_an_item_of_each_kind_without_members_gives_the_same(type: str) -> None:
    kind = TYPES[type]
    for fields in (kind.properties, kind.attributes):
        assert outcome(unrolled(fields), {}) == outcome(mapper(fields), {})


def test_an_answer_that_failed_is_unknown() -> None:
    assert unrolled({"x": "$d", "y": "$d.A", "z": Computed(lambda raw: raw["A"])})(
        {"$d": Failed("AccessDenied"), "A": 1}
    ) == {"x": Unknown("AccessDenied"), "y": Unknown("AccessDenied"), "z": 1}
