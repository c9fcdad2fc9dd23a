"""Explanations, matrices, changes, scopes and the shape of AWS's paths."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import botocore.session
import pytest

from ringwork.findings import Status
from ringwork.network.packets import TCP, UDP, Traffic
from ringwork.network.questions import Flowing, Network, parse, reach, resolve
from ringwork.network.questions.changes import changes
from ringwork.network.questions.components import path
from ringwork.network.questions.explain import explain
from ringwork.network.questions.matrix import INTERNET, matrix
from ringwork.network.questions.scope import matching, read_scope
from ringwork.network.questions.text import answer, traffic
from ringwork.source import InputError, parse_json

from .places import PORTS, TEMPLATE, estate

OPENED = TEMPLATE.replace(
    "FromPort: 8080, ToPort: 8080, CidrIp: 10.0.9.0/24", "FromPort: 443, ToPort: 443, CidrIp: 10.0.1.0/24"
)


def test_an_explanation_names_every_control_that_refuses_in_order(tmp_path: Path) -> None:
    network = Network(estate(tmp_path), kinds=[Traffic(TCP, 9, 9)])
    ends = [resolve(network, parse(text)) for text in ("credit/store", "fraud/screen")]
    (found,) = explain(network, ends[0], ends[1], [Traffic(TCP, 9, 9)])
    told = [(each.hop.component.rsplit("/", 1)[1], each.hop.control) for each in found.refusals]
    # its egress is to 10.0.9.0/24 alone; the other's ingress is tcp 443 alone; the way is there
    assert told == [("BackGroup", "security-group egress"), ("FrontGroup", "security-group ingress")]
    assert found.arrives


def test_where_there_is_no_way_opening_filters_does_not_help(tmp_path: Path) -> None:
    network = Network(
        estate(tmp_path, TEMPLATE.replace("10.1.0.0/16,\n       Vpc", "10.7.0.0/16,\n       Vpc"))
    )
    ends = [resolve(network, parse(text)) for text in ("fraud/screen", "credit/store")]
    (found,) = explain(network, ends[0], ends[1])
    assert not found.arrives
    assert not found.refusals[-1].filters


def test_a_matrix_has_what_may_flow_by_group_and_nothing_else(tmp_path: Path) -> None:
    network = Network(estate(tmp_path))
    found = matrix(Flowing(network), ("workload",))
    assert found.groups == (INTERNET, "(none)", "screen", "store")
    assert found.cells["screen", "store"].traffic == "tcp 5432"
    assert found.cells["screen", "store"].witness is not None
    assert ("store", "screen") not in found.cells
    assert (INTERNET, "screen") not in found.cells
    assert not found.open


def test_a_change_is_what_only_one_side_has(tmp_path: Path) -> None:
    old, new = estate(tmp_path), estate(tmp_path, OPENED)
    found = changes(old, new)
    screened = [each for each in found.opened if each.destination.endswith("/Front")]
    (opened,) = (each for each in screened if each.source.endswith("/Database"))
    assert opened.traffic == "tcp 443"
    assert opened.witness is not None
    assert str(opened.witness.packet) == "tcp 10.1.1.20:49152 -> 10.0.1.10:443"
    back = changes(new, old)
    assert {(each.source, each.destination) for each in back.closed} == {
        (each.source, each.destination) for each in found.opened
    }
    same = changes(old, old)
    assert (same.opened, same.closed) == ((), ())


def test_a_witness_has_the_members_of_aws_path_component(tmp_path: Path) -> None:
    network = Network(estate(tmp_path))
    ends = [resolve(network, parse(text)) for text in ("fraud/screen", "credit/store")]
    witness = reach(Flowing(network), ends[0], ends[1]).witness
    assert witness is not None
    components = path(network, witness.forward)
    shape = botocore.session.get_session().get_service_model("ec2").shape_for("PathComponent")
    for number, found in enumerate(components, 1):
        assert found["SequenceNumber"] == number
        _fits(found, shape)
    rules = [each["SecurityGroupRule"] for each in components if "SecurityGroupRule" in each]
    assert [(rule["Direction"], rule["Cidr"], rule["PortRange"]) for rule in rules] == [
        ("egress", "10.1.0.0/16", {"From": 5432, "To": 5432}),
        ("ingress", "10.0.1.0/24", {"From": 5432, "To": 5432}),
    ]
    (route,) = (each["RouteTableRoute"] for each in components if "RouteTableRoute" in each)
    assert route["DestinationCidr"] == "10.1.0.0/16"
    assert route["State"] == "active"
    assert "VpcPeeringConnectionId" in route
    json.dumps(answer(network, reach(Flowing(network), ends[0], ends[1])))


def _fits(value: Any, shape: Any) -> None:
    """Every member is one that AWS has, of its type."""
    if shape.type_name == "structure":
        assert set(value) <= set(shape.members), set(value) - set(shape.members)
        for name, inner in value.items():
            _fits(inner, shape.members[name])
    elif shape.type_name == "list":
        for inner in value:
            _fits(inner, shape.member)
    else:
        kinds: dict[str, type] = {"string": str, "integer": int, "boolean": bool}
        assert isinstance(value, kinds[shape.type_name]), (shape.name, value)


# --- scopes


def _scope(folder: Path, text: str = TEMPLATE, **entries: Any) -> Any:
    scope = read_scope(parse_json(json.dumps(entries), "scope.json"))
    network = Network(estate(folder, text), cuts=scope.cuts, kinds=scope.kinds)
    return matching(Flowing(network), scope)


def _types(*types: str) -> dict[str, Any]:
    return {"ResourceStatement": {"ResourceTypes": list(types)}}


INTERFACES = _types("AWS::EC2::NetworkInterface")


def test_a_scope_finds_paths_between_interfaces(tmp_path: Path) -> None:
    found = _scope(tmp_path, MatchPaths=[{"Source": INTERFACES, "Destination": INTERFACES}])
    assert found.status is Status.VIOLATED
    assert any(str(each.packet) == "tcp 10.0.1.10:49152 -> 10.1.1.20:5432" for each in found.witnesses)


def test_a_scope_leaves_out_what_is_excluded(tmp_path: Path) -> None:
    match = {"Source": {"ResourceStatement": {"Resources": ["Front"]}}, "Destination": INTERFACES}
    header = {"PacketHeaderStatement": {"DestinationPorts": ["5432"], "Protocols": ["tcp"]}}
    assert _scope(tmp_path, MatchPaths=[match]).status is Status.VIOLATED
    assert (
        _scope(tmp_path, MatchPaths=[match], ExcludePaths=[{"Destination": header}]).status is Status.PROVED
    )
    other = {"PacketHeaderStatement": {"DestinationPorts": ["443"], "Protocols": ["tcp"]}}
    assert (
        _scope(tmp_path, MatchPaths=[match], ExcludePaths=[{"Destination": other}]).status is Status.VIOLATED
    )


def test_a_scope_can_ask_for_ways_through_something(tmp_path: Path) -> None:
    match = {"Source": INTERFACES, "Destination": {"ResourceStatement": {"Resources": ["Database"]}}}
    through = {**match, "ThroughResources": [_types("AWS::EC2::VPCPeeringConnection")]}
    elsewhere = {**match, "ThroughResources": [_types("AWS::EC2::NatGateway")]}
    assert _scope(tmp_path, MatchPaths=[through]).status is Status.VIOLATED
    assert _scope(tmp_path, MatchPaths=[elsewhere]).status is Status.PROVED


def test_a_scope_of_the_internet_is_about_internet_gateways(tmp_path: Path) -> None:
    match = {"Source": _types("AWS::EC2::InternetGateway"), "Destination": INTERFACES}
    assert _scope(tmp_path, MatchPaths=[match]).status is Status.PROVED
    assert _scope(tmp_path, TEMPLATE + PORTS, MatchPaths=[match]).status is Status.VIOLATED


def test_what_a_scope_says_and_is_not_decided_is_unknown_and_never_a_pass(tmp_path: Path) -> None:
    ports = {"PacketHeaderStatement": {"SourcePorts": ["1024-2000"]}}
    match = {"Source": {**INTERFACES, **ports}, "Destination": INTERFACES}
    found = _scope(tmp_path, MatchPaths=[match])
    assert found.status is Status.UNKNOWN
    assert "source ports" in found.unsettled[0].reason


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[]", "this is not a Network Access Scope: it has no list `MatchPaths`"),
        ('{"MatchPaths": [{"Sorce": {}}]}', "`Sorce` is not known here"),
        (
            '{"MatchPaths": [{"Source": {"PacketHeaderStatement": {"Protocols": ["gre"]}}}]}',
            "`gre` is not a protocol",
        ),
        (
            '{"MatchPaths": [{"Source": {"PacketHeaderStatement": {"SourceAddresses": ["10.0.0/8"]}}}]}',
            "`10.0.0/8` is not a CIDR block",
        ),
    ],
)
def test_a_scope_that_cannot_be_read_is_told_with_its_place(text: str, message: str) -> None:
    with pytest.raises(InputError) as raised:
        read_scope(parse_json(text, "scope.json"))
    assert raised.value.message == message
    assert raised.value.position is not None


# --- traffic in words


@pytest.mark.parametrize(
    ("word", "found"),
    [
        ("all", (Traffic(),)),
        ("tcp 443", (Traffic(TCP, 443, 443),)),
        ("tcp:443", (Traffic(TCP, 443, 443),)),
        ("udp 53-60", (Traffic(UDP, 53, 60),)),
        ("443", (Traffic(TCP, 443, 443), Traffic(UDP, 443, 443))),
        ("icmp 3/4", (Traffic(1, 3, 4),)),
        ("icmp", (Traffic(1),)),
        ("protocol 47", (Traffic(47),)),
    ],
)
def test_traffic_is_said_in_short_words(word: str, found: tuple[Traffic, ...]) -> None:
    assert traffic((word,)) == found


@pytest.mark.parametrize("word", ["tcp 70000", "tcp 5-4", "http", "", "icmp 300", "tcp a-b", "protocol 300"])
def test_other_words_are_an_error(word: str) -> None:
    with pytest.raises(InputError) as raised:
        traffic((word,))
    assert "is no traffic" in raised.value.message
