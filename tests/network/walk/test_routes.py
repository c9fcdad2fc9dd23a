"""Which route is taken. Expected answers: the conformance suite's `rt` and `vpce` cases, and VPC user guide,
"Route priority"."""

from __future__ import annotations

import pytest

from ringwork.network.addresses import parse_address, parse_prefix
from ringwork.network.walk.routes import look_up

from .networks import replace, table

LOCAL = (parse_prefix("10.0.0.0/16"),)


def taken(routes: str, address: str) -> list[str]:
    choices = look_up(table("r", "v", routes), parse_address(address), LOCAL)
    return [
        "none" if route is None else route.target.via.value if route.active else "blackhole"
        for route in (choice.route for choice in choices)
    ]


@pytest.mark.parametrize(
    ("case", "routes", "address", "expected"),
    [
        ("rt-001", "172.31.0.0/16 pcx:p; 0.0.0.0/0 igw:i", "172.31.5.5", ["pcx"]),
        ("rt-002", "172.31.0.0/24 vgw:g propagated; 172.31.0.0/24 igw:i", "172.31.0.9", ["igw"]),
        ("rt-003", "172.31.0.0/16 igw:i; 172.31.1.0/24 vgw:g propagated", "172.31.1.9", ["vgw"]),
        ("rt-005", "172.31.0.0/16 vgw:g propagated; 172.31.0.0/16 tgw:t list", "172.31.1.1", ["tgw"]),
        ("rt-006", "172.31.0.0/16 tgw:t list; 172.31.0.0/16 pcx:p list", "172.31.1.1", ["tgw", "pcx"]),
        ("rt-007", "172.31.0.0/16 blackhole; 0.0.0.0/0 igw:i", "172.31.1.1", ["blackhole"]),
        ("rt-014", "0.0.0.0/0 igw:i", "2001:4860:4860::8888", ["none"]),
        ("rt-015", "169.254.0.0/16 tgw:t", "169.254.169.10", ["none"]),
        ("vpce-002", "54.123.160.0/19 vpce-gateway:e list; 54.123.165.0/24 igw:i", "54.123.165.9", ["igw"]),
        ("vpce-003", "54.123.160.0/19 vpce-gateway:e list; 0.0.0.0/0 igw:i", "52.218.0.1", ["igw"]),
        ("local route", "0.0.0.0/0 igw:i", "10.0.9.9", ["local"]),
        ("local route retargeted", "10.0.0.0/16 eni:m", "10.0.9.9", ["eni"]),
        ("propagated within local", "10.0.1.0/24 vgw:g propagated", "10.0.1.1", ["local"]),
        ("static within local", "10.0.1.0/24 eni:m", "10.0.1.1", ["eni"]),
        ("tied to one target", "1.2.0.0/16 tgw:t list; 1.2.0.0/16 tgw:t list", "1.2.3.4", ["tgw"]),
        ("not certain", "1.2.0.0/16 tgw:t perhaps; 0.0.0.0/0 igw:i", "1.2.3.4", ["tgw", "igw"]),
        ("not certain, nothing else", "1.2.0.0/16 tgw:t perhaps", "1.2.3.4", ["tgw", "none"]),
    ],
)
def test_the_route_taken(case: str, routes: str, address: str, expected: list[str]) -> None:
    assert taken(routes, address) == expected, case


def test_a_table_that_may_have_other_routes_says_so() -> None:
    found = look_up(
        replace(table("r", "v", "0.0.0.0/0 igw:i"), unknown="a parameter"), parse_address("1.2.3.4")
    )
    assert [choice.certain for choice in found] == [True, False]
