"""What holds of every walk, on random networks: it ends, its hops hang together, opening a filter takes
nothing away, and what is not known only weakens an answer."""

from __future__ import annotations

import random
from dataclasses import fields, replace

from hypothesis import given, settings
from hypothesis import strategies as st

from ringwork.network.addresses import Prefix, parse_address, parse_prefix
from ringwork.network.model import (
    Attachment,
    Block,
    EgressOnlyGateway,
    External,
    Firewall,
    FirewallPolicy,
    FirewallRule,
    GatewayEndpoint,
    Group,
    GroupPeer,
    InterfaceEndpoint,
    InternetGateway,
    Joined,
    Listener,
    LoadBalancer,
    Model,
    NatGateway,
    Peering,
    Place,
    TargetGroup,
    TargetOf,
    TransitGateway,
    TransitRoute,
    TransitTable,
    Verdict,
    VpnGateway,
)
from ringwork.network.packets import ICMP, Packet

from .networks import (
    Outcome,
    Start,
    Walk,
    acl,
    exchange,
    group,
    interface,
    model,
    opened,
    packet,
    subnet,
    table,
    verdict,
    vpc,
    walk,
)

SLOW = settings(max_examples=400, deadline=None)

PREFIXES = (
    *("0.0.0.0/0", "10.0.0.0/8", "10.1.0.0/16", "10.2.0.0/16", "10.1.1.0/24", "10.1.2.0/24", "10.2.1.0/24"),
    *("192.168.0.0/16", "8.8.0.0/16", "54.0.0.0/8", "10.1.1.10/32", "::/0"),
)
TARGETS = {
    "A": (
        *("igw:iA", "nat:n", "pcx:p", "tgw:g", "vgw:vg", "eni:m", "vpce-firewall:f#s3", "eigw:oA"),
        *("vpce-gateway:e", "blackhole", "unmodelled:x", "eni:m2"),
    ),
    "B": ("igw:iB", "pcx:p", "tgw:g", "blackhole", "nat:n"),
}
PLACES = {
    **{"a": "10.1.1.10", "m": "10.1.3.5", "m2": "10.1.2.5", "b": "10.2.1.10", "c": "10.1.2.10"},
    **{"n#": "10.1.3.9", "L#": "10.1.2.200", "ep": "10.1.1.50"},
    **{"a6": "2001:db8:1:1::a", "b6": "2001:db8:2:1::b"},
}
EDGES = ("", "10.1.1.0/24 eni:m", "10.1.0.0/16 vpce-firewall:f#s3")
OUTSIDE = ("8.8.8.8", "54.1.2.3", "192.168.1.1", "3.3.3.3", "4.4.4.4", "10.1.9.9", "10.1.0.2", "6.6.6.6")
GROUPS = ("g1", "g2", "g3")
SENSE = {
    "A": (
        *(("0.0.0.0/0", "igw:iA"), ("0.0.0.0/0", "nat:n"), ("10.2.0.0/16", "pcx:p"), ("10.0.0.0/8", "tgw:g")),
        *(("192.168.0.0/16", "vgw:vg"), ("54.0.0.0/8", "vpce-gateway:e"), ("::/0", "eigw:oA")),
    ),
    "B": (("0.0.0.0/0", "igw:iB"), ("10.1.0.0/16", "pcx:p"), ("10.0.0.0/8", "tgw:g"), ("::/0", "igw:iB")),
}
SIX_OUTSIDE = ("2001:4860:4860::8888",)
ATTACHMENTS = ("atA", "atB", "dx", "-")


def route_text(chance: random.Random, vpc_key: str, certain: bool) -> str:
    """A few routes that make sense, and a few that need not."""
    rows = [f"{prefix} {target}" for prefix, target in SENSE[vpc_key] if chance.random() < 0.6]
    for _ in range(chance.choice((0, 0, 1, 2, 3))):
        words = ("", "", "list", "propagated") if certain else ("", "list", "propagated", "perhaps")
        target = chance.choice(TARGETS[vpc_key])
        rows.append(f"{chance.choice(PREFIXES)} {target} {chance.choice(words)}")
    return "; ".join(rows)


def rules(chance: random.Random) -> str:
    if chance.random() < 0.5:
        return "all from 0.0.0.0/0; all from ::/0"
    peers = (*PREFIXES[:7], *(f"sg:{key}" for key in GROUPS))
    what = ("all", "tcp 443", "tcp", "udp", "icmp", "tcp 80-8080")
    rows = [(chance.choice(what), chance.choice(peers)) for _ in range(chance.randrange(4))]
    return "; ".join(f"{traffic} from {peer}" for traffic, peer in rows)


def entries(chance: random.Random) -> str:
    what = ("all", "tcp 443", "tcp 1024-65535", "udp")
    rows = [
        (chance.choice(("allow", "allow", "deny")), chance.choice(what), chance.choice(PREFIXES[:7]))
        for _ in range(chance.randrange(4))
    ]
    if chance.random() < 0.7:
        rows.append(("allow", "all", "0.0.0.0/0"))
    return "; ".join(f"{10 * (i + 1)} {' '.join(row)}" for i, row in enumerate(rows))


def transit_routes(chance: random.Random) -> tuple[TransitRoute, ...]:
    rows = [
        (prefix, attachment, True)
        for prefix, attachment in (("10.1.0.0/16", "atA"), ("10.2.0.0/16", "atB"), ("192.168.0.0/16", "dx"))
        if chance.random() < 0.7
    ]
    rows += [
        (chance.choice(PREFIXES), chance.choice(ATTACHMENTS), chance.random() < 0.5)
        for _ in range(chance.randrange(3))
    ]
    return tuple(
        TransitRoute(parse_prefix(p), None if a == "-" else a, propagated, Place("t", (i,)))
        for i, (p, a, propagated) in enumerate(rows)
    )


def network(seed: int, certain: bool = False) -> Model:
    """Two VPCs with everything between them that the walker knows."""
    chance = random.Random(seed)  # noqa: S311 (no secret)
    pick = chance.choice

    def member() -> str:
        return " ".join(sorted({pick(GROUPS) for _ in range(pick((1, 1, 2)))}))

    def routes(key: str) -> str:
        return route_text(chance, key, certain)

    edge = pick((None, "edge"))
    drops = FirewallRule(
        1, Verdict(pick(("drop", "pass"))), frozenset({6}), (), (), (), (), Place("fp", (1,))
    )
    acls = (None, None, "nA")
    both = (True, False)
    return model(
        vpc("A", "10.1.0.0/16 2001:db8:1::/56", block=pick((Block.OFF, Block.OFF, Block.OFF, Block.INGRESS))),
        vpc("B", "10.2.0.0/16 2001:db8:2::/56", pick(("r1", "r2"))),
        subnet("s1", "10.1.1.0/24 2001:db8:1:1::/64", "A", "a", table="r1", acl=pick(acls)),
        subnet("s2", "10.1.2.0/24", "A", pick("ab"), table="r2", acl=pick(acls)),
        subnet("s3", "10.1.3.0/24", "A", "a", table="r3", acl=pick(acls)),
        subnet("sb", "10.2.1.0/24 2001:db8:2:1::/64", "B", "a"),
        table("r1", "A", routes("A")),
        table("r2", "A", routes("A")),
        table("r3", "A", routes("A")),
        table("edge", "A", pick(EDGES)),
        table("r-B", "B", routes("B")),
        acl("nA", "A", entries(chance), entries(chance)),
        *(group(key, pick("AB"), rules(chance), rules(chance)) for key in GROUPS),
        interface("a", "s1", "10.1.1.10", PLACES["a6"], groups=member(), public={"10.1.1.10": "3.3.3.3"}),
        interface("b", "sb", "10.2.1.10", PLACES["b6"], groups=member(), public={"10.2.1.10": "4.4.4.4"}),
        interface("c", "s2", "10.1.2.10", groups=member()),
        interface("m", "s3", "10.1.3.5", groups=member(), forwards=True),
        interface("m2", "s2", "10.1.2.5", groups=member(), forwards=True),
        interface("n#", "s3", "10.1.3.9", groups=None, kind="nat", public={"10.1.3.9": "5.5.5.5"}),
        interface("f#s3", "s3", "10.1.3.20", groups=None, kind="firewall", owner="f"),
        interface(
            *("L#", "s2", "10.1.2.200"),
            groups=pick((None, "g1")),
            kind="load-balancer",
            public={"10.1.2.200": "6.6.6.6"},
        ),
        interface("ep", "s1", "10.1.1.50", groups=member(), kind="endpoint"),
        InternetGateway("iA", "A", edge),
        InternetGateway("iB", "B"),
        EgressOnlyGateway("oA", "A"),
        NatGateway("n", "s3", "n#", True),
        Peering("p", ("A", "B"), chance.random() < 0.8),
        TransitGateway("g", "r1", pick(both)),
        Attachment("atA", "g", Joined.VPC, "A", ("s2", "s3"), "t1", pick(both)),
        Attachment("atB", "g", Joined.VPC, "B", ("sb",), pick(("t1", "t2", "t2", None))),
        Attachment("dx", "g", Joined.DIRECT_CONNECT, "office", (), "t1"),
        TransitTable("t1", "g", transit_routes(chance)),
        TransitTable("t2", "g", transit_routes(chance)),
        External("office", (parse_prefix("192.168.0.0/16"),)),
        VpnGateway("vg", "A", ("office",), edge),
        GatewayEndpoint("e", "A", "com.amazonaws.us-east-1.s3", None),
        InterfaceEndpoint("ie", "A", "com.amazonaws.us-east-1.sts", ("ep",), True),
        LoadBalancer(
            *("L", pick(("network", "application")), False, ("L#",)),
            (Listener("l", "TCP", 80, ("tg",)),),
            True,
        ),
        TargetGroup(
            *("tg", pick(("instance", "ip")), "TCP", 443),
            (TargetOf("b", None, None), TargetOf("c", None, None)),
            None,
        ),
        Firewall("f", "A", "fp", ("f#s3",)),
        FirewallPolicy("fp", (), Verdict.FORWARD, (drops,), pick(both), frozenset()),
    )


def question(seed: int) -> tuple[Packet, Start]:
    chance = random.Random(seed)  # noqa: S311 (no secret)
    key = chance.choice(sorted(PLACES))
    six = key.endswith("6")
    near = [address for name, address in PLACES.items() if name.endswith("6") is six]
    destination = chance.choice((*near, *(SIX_OUTSIDE if six else OUTSIDE)))
    port, protocol = chance.choice((443, 80, 80, 53)), chance.choice((6, 6, 17, ICMP))

    def sent(source: str, there: str = destination) -> Packet:
        return packet(source, there, port, protocol=protocol)

    kind = chance.choice(("interface", "interface", "interface", "internet", "external", "vpc"))
    if kind == "interface" or six:
        return sent(PLACES[key]), Start(interface=key.rstrip("6"))
    if kind == "internet":
        return sent("8.8.8.8", chance.choice(("3.3.3.3", "4.4.4.4", "5.5.5.5", "6.6.6.6"))), Start(
            internet=True
        )
    if kind == "external":
        return sent("192.168.1.1"), Start(external="office")
    return sent("10.1.1.99"), Start(vpc="A", subnet="s1")


SEEDS = st.integers(0, 2**32 - 1)


def hangs_together(found: Walk) -> None:
    assert found.hops
    for one, other in zip(found.hops, found.hops[1:], strict=False):
        assert one.after == other.before
        assert one.passed is not False
    last = found.hops[-1]
    if found.outcome is Outcome.DROPPED:
        assert last.passed is False
        assert last.after is None
        assert found.arrived == ""
        assert found.packet == last.before
    elif found.outcome is Outcome.DELIVERED:
        assert all(hop.passed for hop in found.hops)
        assert found.arrived
        assert found.packet == last.after
    else:
        assert any(hop.passed is None for hop in found.hops)


@SLOW
@given(SEEDS)
def test_every_walk_ends_and_its_hops_hang_together(seed: int) -> None:
    found = exchange(network(seed), *question(seed))
    assert found.forward
    for one in (*found.forward, *found.back):
        hangs_together(one)
    if all(one.outcome is Outcome.DROPPED for one in found.forward):
        assert not found.back


def arrivals(walks: tuple[Walk, ...]) -> set[str]:
    return {one.arrived for one in walks if one.outcome is Outcome.DELIVERED}


@SLOW
@given(SEEDS, st.sampled_from((*GROUPS, "nA", "fp", "block")))
def test_opening_a_filter_takes_nothing_away(seed: int, which: str) -> None:
    net, asked = network(seed), question(seed)
    before = exchange(net, *asked)
    after = exchange(open_up(net, which), *asked)
    assert arrivals(before.forward) <= arrivals(after.forward)
    assert arrivals(before.back) <= arrivals(after.back)


def open_up(net: Model, which: str) -> Model:
    """One filter admits everything; the routes are the same."""
    if which in GROUPS:
        everything = opened(which, net.groups[which].vpc or "")
        return replace(net, groups={**net.groups, which: everything})
    if which == "nA":
        subnets = {key: replace(one, acl=None) for key, one in net.subnets.items()}
        return replace(net, subnets=subnets)
    if which == "fp":
        return replace(net, policies={"fp": replace(net.policies["fp"], stateful=())})
    return replace(net, vpcs={key: replace(one, block=Block.OFF) for key, one in net.vpcs.items()})


@SLOW
@given(SEEDS, st.sampled_from(("groups", "acl", "routes", "rules", "policy")))
def test_what_is_not_known_only_weakens_an_answer(seed: int, which: str) -> None:
    net, asked = network(seed, certain=True), question(seed)
    sure = verdict(walk(net, *asked))
    less = verdict(walk(blur(net, which), *asked))
    assert less in (sure, Outcome.UNKNOWN)


def blur(net: Model, which: str) -> Model:
    if which == "groups":
        interfaces = {key: replace(one, certain_groups=False) for key, one in net.interfaces.items()}
        return replace(net, interfaces=interfaces)
    if which == "acl":
        return replace(net, acls={key: replace(one, unknown="?") for key, one in net.acls.items()})
    if which == "rules":
        return replace(net, groups={key: _blurred(one) for key, one in net.groups.items()})
    if which == "policy":
        return replace(net, policies={})
    tables = {
        key: replace(one, routes=tuple(replace(route, certain=False) for route in one.routes))
        for key, one in net.tables.items()
    }
    return replace(net, tables=tables)


@SLOW
@given(SEEDS)
def test_dangling_references_never_crash(seed: int) -> None:
    """A fifth of all things are not in the estate, though others name them."""
    asked = question(seed)
    net = missing(network(seed), seed, asked[1])
    for one in (*(found := exchange(net, *asked)).forward, *found.back):
        hangs_together(one)


def missing(net: Model, seed: int, start: Start) -> Model:
    chance = random.Random(seed)  # noqa: S311 (no secret)
    needed = {start.interface, start.external, start.vpc, start.subnet}
    kept = {
        name: {key: value for key, value in mapping.items() if key in needed or chance.random() < 0.8}
        for name in (one.name for one in fields(net))
        if isinstance(mapping := getattr(net, name), dict)
    }
    return replace(net, **kept)  # type: ignore[arg-type]


def _blurred(found: Group) -> Group:
    return replace(
        found,
        ingress=tuple(replace(rule, certain=False) for rule in found.ingress),
        egress=tuple(replace(rule, certain=False) for rule in found.egress),
    )


@SLOW
@given(SEEDS, st.sampled_from(("a", "c")), st.sampled_from((443, 80, 22)))
def test_between_two_subnets_it_is_what_their_filters_say(seed: int, source: str, port: int) -> None:
    """A second, direct reading of VPC user guide, "Network ACL basics" and "Security group rules", where only
    the local route is in play."""
    net = network(seed)
    tables = {key: replace(one, routes=()) for key, one in net.tables.items()}
    net = replace(net, tables=tables)
    destination = "c" if source == "a" else "a"
    sent = packet(PLACES[source], PLACES[destination], port)
    expected = (
        _group(net, source, destination, "egress", port)
        and _acl(net, source, PLACES[destination], "egress", port)
        and _acl(net, destination, PLACES[source], "ingress", port)
        and _group(net, destination, source, "ingress", port)
    )
    found = walk(net, sent, Start(interface=source))
    assert [one.outcome for one in found] == [Outcome.DELIVERED if expected else Outcome.DROPPED]


def _covers(low: int | None, high: int | None, protocol: int | None, port: int) -> bool:
    return protocol is None or (protocol == 6 and (low is None or low <= port <= (high or 0)))


def _group(net: Model, own: str, other: str, direction: str, port: int) -> bool:
    for key in net.interfaces[own].groups or ():
        found = net.groups[key]
        for rule in found.ingress if direction == "ingress" else found.egress:
            if not _covers(rule.traffic.low, rule.traffic.high, rule.traffic.protocol, port):
                continue
            if isinstance(rule.peer, Prefix) and rule.peer.contains(parse_address(PLACES[other])):
                return True
            if isinstance(rule.peer, GroupPeer) and rule.peer.group in (net.interfaces[other].groups or ()):
                return True
    return False


def _acl(net: Model, own: str, remote: str, direction: str, port: int) -> bool:
    key = net.subnets[net.interfaces[own].subnet].acl
    if key is None:
        return True
    found = net.acls[key]
    for entry in found.ingress if direction == "ingress" else found.egress:
        traffic = entry.traffic
        if entry.prefix.contains(parse_address(remote)) and _covers(
            traffic.low, traffic.high, traffic.protocol, port
        ):
            return entry.allow
    return False
