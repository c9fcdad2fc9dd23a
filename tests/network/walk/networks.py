"""Small networks, written by hand."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from ringwork.network.addresses import Prefix, parse_address, parse_prefix
from ringwork.network.model import (
    Acl,
    AclEntry,
    Group,
    GroupPeer,
    GroupRule,
    Interface,
    InternetGateway,
    ListPeer,
    Model,
    Peer,
    Place,
    Route,
    RouteTable,
    Source,
    Subnet,
    Target,
    Via,
    Vpc,
)
from ringwork.network.packets import NUMBERS, TCP, Packet, Traffic
from ringwork.network.walk import Exchange, Outcome, Start, Walk, exchange, verdict, walk

VIAS = {via.value: via for via in Via}
SOURCES = {"static": Source.STATIC, "list": Source.PREFIX_LIST, "propagated": Source.PROPAGATED}


def traffic(text: str) -> Traffic:
    """`all`, `tcp`, `tcp 443`, `tcp 1024-65535`, `icmp 8`, `icmp 8 0`, `50`"""
    name, *rest = text.split()
    if name == "all":
        return Traffic()
    number = NUMBERS.get(name, None) or int(name)
    if name.startswith("icmp"):
        return Traffic(number, *(int(part) for part in rest))
    if not rest:
        return Traffic(number)
    low, _, high = rest[0].partition("-")
    return Traffic(number, int(low), int(high or low))


def peer(text: str) -> Peer:
    """`10.0.0.0/8`, `sg:KEY`, `pl:KEY`"""
    if text.startswith("sg:"):
        return GroupPeer(text[3:])
    return ListPeer(text[3:]) if text.startswith("pl:") else parse_prefix(text)


def group(key: str, vpc: str = "v", inside: str = "", out: str = "") -> Group:
    """Rules as `tcp 443 from 10.0.0.0/8; all from sg:ga`."""
    return Group(key, vpc, _rules(key, "ingress", inside), _rules(key, "egress", out))


def _rules(key: str, direction: str, text: str) -> tuple[GroupRule, ...]:
    found = []
    for index, rule in enumerate(part for part in text.split(";") if part.strip()):
        what, _, whom = rule.replace(" to ", " from ").partition(" from ")
        found.append(GroupRule(traffic(what), peer(whom.strip()), Place(key, (direction, index))))
    return tuple(found)


def opened(key: str = "open", vpc: str = "v") -> Group:
    everyone = "all from 0.0.0.0/0; all from ::/0"
    return group(key, vpc, everyone, everyone)


def acl(key: str, vpc: str = "v", inside: str = "", out: str = "") -> Acl:
    """Rules as `90 deny tcp 22 10.0.0.0/8; 100 allow all 0.0.0.0/0`."""
    return Acl(key, vpc, _entries(key, "ingress", inside), _entries(key, "egress", out))


def _entries(key: str, direction: str, text: str) -> tuple[AclEntry, ...]:
    found = []
    for index, rule in enumerate(part for part in text.split(";") if part.strip()):
        number, action, *what, whom = rule.split()
        place = Place(key, (direction, index))
        prefix = parse_prefix(whom)
        found.append(AclEntry(int(number), action == "allow", traffic(" ".join(what)), prefix, place))
    return tuple(found)


def table(key: str, vpc: str = "v", routes: str = "") -> RouteTable:
    """Routes as `0.0.0.0/0 igw:KEY; 10.9.0.0/16 pcx:KEY propagated; 10.8.0.0/16 blackhole`. Local routes are
    the walker's own."""
    found = []
    for index, text in enumerate(part for part in routes.split(";") if part.strip()):
        prefix, where, *words = text.split()
        via, _, target = where.partition(":")
        dead = via == "blackhole"
        source = next((SOURCES[word] for word in words if word in SOURCES), Source.STATIC)
        found.append(
            Route(
                parse_prefix(prefix),
                Target(Via.UNMODELLED if dead else VIAS[via], target),
                source,
                Place(key, ("Routes", index)),
                active=not dead,
                certain="perhaps" not in words,
            )
        )
    return RouteTable(key, vpc, tuple(found))


def interface(key: str, subnet: str, *addresses: str, groups: str | None = "open", **more: Any) -> Interface:
    """`public` as `{"10.0.1.10": "3.3.3.3"}`; `groups` by blanks."""
    public = {
        parse_address(private): parse_address(address) for private, address in more.pop("public", {}).items()
    }
    return Interface(
        key,
        subnet,
        tuple(parse_address(address) for address in addresses),
        None if groups is None else frozenset(groups.split()),
        more.pop("kind", "instance"),
        more.pop("owner", key),
        public,
        **more,
    )


def subnet(key: str, cidr: str, vpc: str = "v", zone: str = "a", **more: Any) -> Subnet:
    prefixes = tuple(parse_prefix(text) for text in cidr.split())
    return Subnet(key, vpc, prefixes, zone, more.pop("table", f"r-{vpc}"), more.pop("acl", None), **more)


def vpc(key: str, cidr: str, region: str = "r1", **more: Any) -> Vpc:
    return Vpc(key, "111111111111", region, tuple(parse_prefix(text) for text in cidr.split()), **more)


def model(*parts: Any) -> Model:
    """Each part goes where its type belongs; each VPC gets an empty table `r-KEY` unless one is given."""
    fields: dict[str, dict[str, Any]] = {}
    for part in parts:
        fields.setdefault(FIELDS[type(part)], {})[part.key] = part
    tables = fields.setdefault("tables", {})
    for key in fields.get("vpcs", {}):
        tables.setdefault(f"r-{key}", table(f"r-{key}", key))
    return Model(**fields)


def _fields() -> Mapping[type, str]:
    from ringwork.network import model as names

    return {
        names.Vpc: "vpcs",
        names.Subnet: "subnets",
        names.RouteTable: "tables",
        names.Acl: "acls",
        names.Group: "groups",
        names.PrefixList: "lists",
        names.Interface: "interfaces",
        names.InternetGateway: "internet_gateways",
        names.EgressOnlyGateway: "egress_only_gateways",
        names.NatGateway: "nat_gateways",
        names.Peering: "peerings",
        names.TransitGateway: "transit_gateways",
        names.TransitTable: "transit_tables",
        names.Attachment: "attachments",
        names.External: "externals",
        names.VpnGateway: "vpn_gateways",
        names.GatewayEndpoint: "gateway_endpoints",
        names.InterfaceEndpoint: "interface_endpoints",
        names.EndpointService: "endpoint_services",
        names.LoadBalancer: "load_balancers",
        names.TargetGroup: "target_groups",
        names.Firewall: "firewalls",
        names.FirewallPolicy: "policies",
        names.Unmodelled: "unmodelled",
    }


FIELDS = _fields()


def two_subnets(*parts: Any, a: str = "open", b: str = "open") -> Model:
    """The network of most cases of the conformance suite: `a` in `s1`, `b` in `s2`, one VPC. Parts replace
    what has their key."""
    return model(
        vpc("v", "10.0.0.0/16 2001:db8::/56"),
        subnet("s1", "10.0.1.0/24 2001:db8:0:1::/64"),
        subnet("s2", "10.0.2.0/24 2001:db8:0:2::/64"),
        opened(),
        interface("a", "s1", "10.0.1.10", "2001:db8:0:1::a", groups=a),
        interface("b", "s2", "10.0.2.10", "2001:db8:0:2::b", groups=b),
        *parts,
    )


def packet(
    source: str, destination: str, port: int = 443, *, protocol: int = TCP, sport: int = 49152
) -> Packet:
    ports = protocol in (6, 17)
    return Packet(
        parse_address(source),
        parse_address(destination),
        protocol,
        sport if ports else None,
        port if ports else None,
    )


def refused(walks: tuple[Walk, ...]) -> tuple[str, str, Place | None]:
    """Component, control and rule that refuse the one way there is."""
    assert [found.outcome for found in walks] == [Outcome.DROPPED], walks
    hop = walks[0].hops[-1]
    assert hop.passed is False
    return hop.component, hop.control, hop.place


def met(found: Walk) -> list[str]:
    return [hop.component for hop in found.hops]


__all__ = [
    "Exchange",
    "InternetGateway",
    "Outcome",
    "Prefix",
    "Start",
    "Walk",
    "acl",
    "exchange",
    "group",
    "interface",
    "met",
    "model",
    "opened",
    "packet",
    "refused",
    "replace",
    "subnet",
    "table",
    "traffic",
    "two_subnets",
    "verdict",
    "vpc",
    "walk",
]
