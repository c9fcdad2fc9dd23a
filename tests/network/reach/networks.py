"""Small random networks, as models: every construct that forwards or filters turns up in some."""

from __future__ import annotations

import random
from dataclasses import dataclass, field, replace
from itertools import product
from typing import Any

from tests.network.reach.doubting import doubting

from ringwork.network.addresses import Address, Prefix, parse_address, parse_prefix
from ringwork.network.model import (
    Acl,
    AclEntry,
    Attachment,
    Block,
    EgressOnlyGateway,
    EndpointService,
    External,
    Firewall,
    FirewallPolicy,
    FirewallRule,
    GatewayEndpoint,
    Group,
    GroupPeer,
    GroupRule,
    Interface,
    InterfaceEndpoint,
    InternetGateway,
    Joined,
    Listener,
    ListPeer,
    LoadBalancer,
    Model,
    NatGateway,
    Peering,
    Place,
    PrefixList,
    Route,
    RouteTable,
    Source,
    Subnet,
    Target,
    TargetGroup,
    TargetOf,
    TransitGateway,
    TransitRoute,
    TransitTable,
    UnknownPeer,
    Verdict,
    Via,
    Vpc,
    VpnGateway,
)
from ringwork.network.packets import Traffic

PLACE = Place("rule")
PORTS = ((22, 22), (80, 80), (443, 443), (1024, 65535), (0, 65535), (400, 500))
PUBLIC = ("203.0.113.0/24", "198.51.100.7/32", "3.0.0.0/8")


@dataclass
class Draft:
    """A model in the making."""

    chance: random.Random
    devices: bool
    doubts: bool
    bold: float = 1.0
    """how much there is of what is rare: all of it more often below 1"""
    parts: dict[str, dict[str, Any]] = field(default_factory=dict)

    def put(self, kind: str, one: Any) -> Any:
        self.parts.setdefault(kind, {})[one.key] = one
        return one

    def of(self, kind: str) -> list[Any]:
        return list(self.parts.get(kind, {}).values())

    def maybe(self, share: float = 0.5) -> bool:
        return self.chance.random() < share**self.bold


def network(chance: random.Random, *, devices: bool = True, doubts: bool = False) -> Model:
    """A network of one to three VPCs. `devices`: gateways, NAT and appliances too; `doubts`: things that are
    not known."""
    draft = Draft(chance, devices, doubts, chance.choice((1.0, 1.0, 0.5, 2.0)))
    for number in range(chance.randint(1, 3)):
        _vpc(draft, number)
    _groups(draft)
    _interfaces(draft)
    if devices:
        _gateways(draft)
        _edges(draft)
        _outside(draft)
        _balancers(draft)
    _peerings(draft)
    if draft.maybe(0.6):
        _transit(draft)
    _routes(draft)
    model = Model(**draft.parts)
    return doubting(chance, model) if doubts else model


def _vpc(draft: Draft, number: int) -> None:
    chance = draft.chance
    prefixes = [parse_prefix(f"10.{number}.0.0/16")]
    six = draft.maybe(0.3)
    if six:
        prefixes.append(parse_prefix(f"2600:1f00:{number:x}::/56"))
    region = "r" if draft.maybe(0.9) else "far"
    vpc = draft.put("vpcs", Vpc(f"v{number}", "1", region, tuple(prefixes)))
    for index in range(chance.randint(1, 3)):
        mine = [parse_prefix(f"10.{number}.{index}.0/24")]
        if six:
            mine.append(parse_prefix(f"2600:1f00:{number:x}:{index:x}::/64"))
        key = f"s{number}{index}"
        acl = f"n{number}{index}" if draft.maybe(0.6) else None
        if acl:
            draft.put("acls", _acl(draft, acl, vpc.key))
        zone = chance.choice(("a", "b"))
        draft.put(
            "subnets", Subnet(key, vpc.key, tuple(mine), zone, f"t{number}{chance.randint(0, index)}", acl)
        )
        draft.put("tables", RouteTable(f"t{number}{index}", vpc.key, ()))


def _traffic(draft: Draft) -> Traffic:
    kind = draft.chance.random()
    if kind < 0.2:
        return Traffic()
    if kind < 0.3:
        return draft.chance.choice((Traffic(1), Traffic(1, 8), Traffic(1, 8, 0), Traffic(58), Traffic(50)))
    low, high = draft.chance.choice(PORTS)
    return Traffic(draft.chance.choice((6, 6, 17)), low, high)


def _prefix(draft: Draft) -> Prefix:
    chance = draft.chance
    subnets = [prefix for subnet in draft.of("subnets") for prefix in subnet.prefixes]
    vpcs = [prefix for vpc in draft.of("vpcs") for prefix in vpc.prefixes]
    anywhere = [parse_prefix("0.0.0.0/0"), parse_prefix("::/0"), *map(parse_prefix, PUBLIC)]
    hosts = [parse_prefix(f"10.{chance.randint(0, 2)}.{chance.randint(0, 2)}.{chance.randint(4, 12)}/32")]
    return chance.choice([*subnets, *vpcs, *anywhere, parse_prefix("0.0.0.0/0"), *hosts])


def _acl(draft: Draft, key: str, vpc: str) -> Acl:
    def entries() -> tuple[AclEntry, ...]:
        numbers = sorted(draft.chance.sample(range(1, 400), draft.chance.randint(0, 4)))
        found = [
            AclEntry(number, draft.maybe(0.6), _traffic(draft), _prefix(draft), PLACE) for number in numbers
        ]
        if draft.maybe(0.7):
            found.append(AclEntry(500, True, Traffic(), parse_prefix("0.0.0.0/0"), PLACE))
            found.append(AclEntry(501, True, Traffic(), parse_prefix("::/0"), PLACE))
        return tuple(found)

    unknown = "not read" if draft.doubts and draft.maybe(0.1) else None
    return Acl(key, vpc, entries(), entries(), unknown)


def _groups(draft: Draft) -> None:
    draft.put(
        "lists", PrefixList("pl", "pl", tuple(parse_prefix(text) for text in ("52.219.0.0/16", PUBLIC[0])))
    )
    keys = [(f"g{vpc.key}{index}", vpc.key) for vpc in draft.of("vpcs") for index in range(2)]

    def rules() -> tuple[GroupRule, ...]:
        found = []
        for _ in range(draft.chance.randint(0, 3)):
            kind = draft.chance.random()
            peer: Any = _prefix(draft)
            if kind < 0.35:
                peer = GroupPeer(draft.chance.choice(keys)[0])
            elif kind < 0.42:
                peer = ListPeer("pl")
            elif draft.doubts and kind < 0.5:
                peer = UnknownPeer("a parameter")
            found.append(GroupRule(_traffic(draft), peer, PLACE))
        return tuple(found)

    everywhere = tuple(GroupRule(Traffic(), parse_prefix(text), PLACE) for text in ("0.0.0.0/0", "::/0"))
    for key, vpc in keys:
        draft.put("groups", Group(key, vpc, rules(), everywhere if draft.maybe(0.5) else rules()))


def _interfaces(draft: Draft) -> None:
    for subnet in draft.of("subnets"):
        mine = [group.key for group in draft.of("groups") if group.vpc == subnet.vpc]
        for number in range(draft.chance.randint(1, 2)):
            host = 5 + number
            addresses = [Address(prefix.version, prefix.low + host) for prefix in subnet.prefixes]
            groups = frozenset(draft.chance.sample(mine, draft.chance.randint(1, 2)))
            key = f"i{subnet.key}{number}"
            forwards = draft.devices and draft.maybe(0.1)
            draft.put(
                "interfaces",
                Interface(
                    key,
                    subnet.key,
                    tuple(addresses),
                    groups,
                    "instance",
                    key,
                    forwards=forwards,
                    forwards_certain=not forwards or draft.maybe(0.8),
                ),
            )


def _gateways(draft: Draft) -> None:
    for number, vpc in enumerate(draft.of("vpcs")):
        if not draft.maybe(0.6):
            continue
        draft.put("internet_gateways", InternetGateway(f"igw-{vpc.key}", vpc.key))
        subnets = [subnet for subnet in draft.of("subnets") if subnet.vpc == vpc.key]
        for interface in draft.of("interfaces"):
            if any(interface.subnet == subnet.key for subnet in subnets) and draft.maybe(0.4):
                own = interface.addresses[0]
                public = parse_address(f"198.51.{number}.{(own.value >> 8 & 255) * 16 + (own.value & 15)}")
                draft.put("interfaces", replace(interface, public={own: public}))
        if draft.maybe(0.5):
            subnet = draft.chance.choice(subnets)
            own = Address(4, subnet.prefixes[0].low + 20)
            public = draft.maybe(0.7)
            mapped = {own: parse_address(f"198.51.{number}.250")} if public else {}
            key = f"nat-{vpc.key}"
            draft.put("interfaces", Interface(f"{key}#", subnet.key, (own,), None, "nat", key, public=mapped))
            draft.put("nat_gateways", NatGateway(key, subnet.key, f"{key}#", public))


def _edges(draft: Draft) -> None:
    """Egress-only gateways, gateway endpoints, a firewall, Block Public Access."""
    for vpc in draft.of("vpcs"):
        subnets = [subnet for subnet in draft.of("subnets") if subnet.vpc == vpc.key]
        if len(vpc.prefixes) > 1 and draft.maybe(0.5):
            draft.put("egress_only_gateways", EgressOnlyGateway(f"eigw-{vpc.key}", vpc.key))
        if draft.maybe(0.3):
            draft.put("gateway_endpoints", GatewayEndpoint(f"gwe-{vpc.key}", vpc.key, "s3", "pl"))
        if draft.maybe(0.3):
            subnet = draft.chance.choice(subnets)
            key = f"fw-{vpc.key}"
            own = Address(4, subnet.prefixes[0].low + 30)
            draft.put("interfaces", Interface(f"{key}#", subnet.key, (own,), None, "firewall", key))
            draft.put("firewalls", Firewall(key, vpc.key, f"{key}p", (f"{key}#",)))
            draft.put("policies", _policy(draft, f"{key}p"))
        block = draft.chance.choice([*[Block.OFF] * 5, Block.BIDIRECTIONAL, Block.INGRESS])
        whole = draft.chance.choice([*[None] * 5, Block.OFF, Block.INGRESS])
        unknown = "not read" if draft.maybe(0.1) else None
        draft.put("vpcs", replace(vpc, block=block, excluded=whole, block_unknown=unknown))
        for subnet in subnets:
            if block is not Block.OFF and draft.maybe(0.4):
                draft.put(
                    "subnets", replace(subnet, excluded=draft.chance.choice((Block.OFF, Block.INGRESS)))
                )


def _policy(draft: Draft, key: str) -> FirewallPolicy:
    chance = draft.chance

    def rules(verdicts: tuple[Verdict, ...]) -> tuple[FirewallRule, ...]:
        return tuple(
            FirewallRule(
                priority,
                chance.choice(verdicts),
                frozenset(chance.sample((1, 6, 17), chance.randint(0, 1))),
                (_prefix(draft),) if draft.maybe() else (),
                (_prefix(draft),) if draft.maybe() else (),
                (),
                (chance.choice(PORTS),) if draft.maybe() else (),
                PLACE,
            )
            for priority in range(chance.randint(0, 3))
        )

    strict = draft.maybe()
    return FirewallPolicy(
        key,
        rules((Verdict.PASS, Verdict.DROP, Verdict.FORWARD)),
        chance.choice((Verdict.PASS, Verdict.FORWARD, Verdict.FORWARD, Verdict.DROP)),
        rules((Verdict.PASS, Verdict.DROP, Verdict.ALERT)),
        strict,
        frozenset(chance.choice((("aws:drop_strict",), ("aws:drop_established",), ())))
        if strict
        else frozenset(),
    )


def _outside(draft: Draft) -> None:
    """A network on premises and VPN gateways to it; tables of gateways."""
    chance = draft.chance
    draft.put("externals", External("ext", (parse_prefix("192.168.0.0/16"),)))
    for vpc in draft.of("vpcs"):
        if draft.maybe(0.3):
            table = f"edge-vgw-{vpc.key}" if draft.maybe(0.3) else None
            draft.put("vpn_gateways", VpnGateway(f"vgw-{vpc.key}", vpc.key, ("ext",), table))
            if table is not None:
                draft.put("tables", _edge_table(draft, table, vpc))
    for gateway in draft.of("internet_gateways"):
        if draft.maybe(0.3):
            table = f"edge-{gateway.key}"
            draft.put("internet_gateways", replace(gateway, table=table))
            draft.put("tables", _edge_table(draft, table, draft.parts["vpcs"][gateway.vpc]))
    if draft.maybe(0.3):
        draft.put("externals", External("branch", (parse_prefix("192.168.7.0/24"),)))
        for gateway in draft.of("vpn_gateways"):
            if chance.random() < 0.5:
                draft.put("vpn_gateways", replace(gateway, externals=("ext", "branch")))


def _edge_table(draft: Draft, key: str, vpc: Vpc) -> RouteTable:
    """To whole subnets, through an appliance or a firewall (VPC user guide, "Gateway route tables")."""
    subnets = [subnet for subnet in draft.of("subnets") if subnet.vpc == vpc.key]
    mine = [subnet.key for subnet in subnets]
    devices = [
        Target(Via.INTERFACE if one.forwards else Via.FIREWALL_ENDPOINT, one.key)
        for one in draft.of("interfaces")
        if one.subnet in mine and (one.forwards or one.kind == "firewall")
    ]
    routes = [Route(prefix, Target(Via.LOCAL), Source.LOCAL, PLACE) for prefix in vpc.prefixes]
    for subnet in subnets:
        if devices and draft.maybe(0.6):
            device = draft.chance.choice(devices)
            routes += [Route(prefix, device, Source.STATIC, PLACE) for prefix in subnet.prefixes]
    return RouteTable(key, vpc.key, tuple(routes))


def _balancers(draft: Draft) -> None:
    """Load balancers of both kinds, and PrivateLink services with consumers."""
    chance = draft.chance
    hosts = [one for one in draft.of("interfaces") if one.kind == "instance"]
    made = []
    for vpc in draft.of("vpcs"):
        if draft.maybe(0.35):
            made.append(_balancer(draft, vpc, "application", hosts))
        if draft.maybe(0.5):
            made.append(_balancer(draft, vpc, "network", hosts))
    for balancer in made:
        if balancer.kind != "network" or draft.maybe(0.4):
            continue
        service = f"svc-{balancer.key}"
        draft.put("endpoint_services", EndpointService(service, (balancer.key,)))
        vpc = chance.choice(draft.of("vpcs"))
        subnet = chance.choice([one for one in draft.of("subnets") if one.vpc == vpc.key])
        key = f"vpce-{balancer.key}"
        own = Address(4, subnet.prefixes[0].low + 60 + len(draft.of("interface_endpoints")))
        groups = _some_groups(draft, vpc.key)
        draft.put("interfaces", Interface(f"{key}#", subnet.key, (own,), groups, "endpoint", key))
        draft.put(
            "interface_endpoints", InterfaceEndpoint(key, vpc.key, service, (f"{key}#",), True, service)
        )


def _some_groups(draft: Draft, vpc: str) -> frozenset[str]:
    mine = [group.key for group in draft.of("groups") if group.vpc == vpc]
    return frozenset(draft.chance.sample(mine, draft.chance.randint(1, 2)))


def _balancer(draft: Draft, vpc: Vpc, kind: str, hosts: list[Interface]) -> LoadBalancer:
    chance = draft.chance
    key = f"{kind[:3]}-{vpc.key}"
    groups = _some_groups(draft, vpc.key) if kind == "application" or draft.maybe(0.6) else None
    facing = any(gateway.vpc == vpc.key for gateway in draft.of("internet_gateways")) and draft.maybe()
    zones: dict[str, Subnet] = {}
    for subnet in draft.of("subnets"):
        if subnet.vpc == vpc.key and (draft.maybe(0.8) or not zones):
            zones.setdefault(subnet.zone, subnet)
    nodes = []
    for number, subnet in enumerate(zones.values()):
        host = 40 + (kind == "application")
        addresses = tuple(Address(prefix.version, prefix.low + host) for prefix in subnet.prefixes)
        if draft.maybe(0.3):
            addresses = addresses[:1]
        public = {}
        if facing:
            public = {
                addresses[0]: parse_address(
                    f"198.51.100.{100 + 10 * int(vpc.key[1:]) + host - 40 + 2 * number}"
                )
            }
        node = f"{key}#{number}"
        draft.put("interfaces", Interface(node, subnet.key, addresses, groups, "load-balancer", key, public))
        nodes.append(node)
    listeners = tuple(
        Listener(
            f"{key}:{port}", protocol, port, _target_groups(draft, f"{key}:{port}", kind, protocol, hosts)
        )
        for port, protocol in (
            (80, "HTTP" if kind == "application" else chance.choice(("TCP", "TLS", "TCP_UDP"))),
            (443, "HTTPS" if kind == "application" else chance.choice(("TCP", "UDP", "TCP_UDP"))),
        )
        if draft.maybe(0.7)
    )
    balancer = LoadBalancer(key, kind, facing, tuple(nodes), listeners, draft.maybe(0.4), draft.maybe(0.7))
    return draft.put("load_balancers", balancer)


def _target_groups(
    draft: Draft, name: str, kind: str, protocol: str, hosts: list[Interface]
) -> tuple[str, ...]:
    found = []
    for number in range(draft.chance.choice((0, 1, 1, 1, 1, 2))):
        key = f"{name}/{number}"
        sort = draft.chance.choice(("instance", "ip", "ip", "lambda" if kind == "application" else "alb"))
        targets = [_target(draft, sort, hosts) for _ in range(draft.chance.choice((0, 1, 1, 1, 2)))]
        targets = [target for target in targets if target is not None]
        if sort == "lambda":
            targets = [TargetOf(None, None, None)]
        preserve = draft.chance.choice((None, True, False))
        port = draft.chance.choice((80, 22, None))
        certain = not (draft.doubts and draft.maybe(0.3))
        draft.put("target_groups", TargetGroup(key, sort, protocol, port, tuple(targets), preserve, certain))
        found.append(key)
    return tuple(found)


def _target(draft: Draft, sort: str, hosts: list[Interface]) -> TargetOf | None:
    chance = draft.chance
    port = chance.choice((None, None, 443))
    healthy = chance.choice((None, None, True, False))
    if sort == "alb":
        nodes = [
            one for one in draft.of("interfaces") if one.kind == "load-balancer" and one.key.startswith("app")
        ]
        return TargetOf(chance.choice(nodes).key, None, port, None, healthy) if nodes else None
    host = chance.choice(hosts)
    if sort == "instance":
        return TargetOf(host.key, None, port, None, healthy)
    if draft.maybe(0.15):  # on premises, or something that the estate does not show
        text = chance.choice(("192.168.1.9", "10.0.1.77", "10.1.0.5"))
        return TargetOf(None, parse_address(text), port, chance.choice(("all", "a")), healthy)
    return TargetOf(
        host.key, chance.choice(host.addresses), port, chance.choice((None, None, "all", "b")), healthy
    )


def _peerings(draft: Draft) -> None:
    keys = list(draft.parts["vpcs"])
    for one, other in product(keys, keys):
        if one < other and draft.maybe(0.4):
            draft.put("peerings", Peering(f"pcx-{one}{other}", (one, other), draft.maybe(0.9)))


def _transit(draft: Draft) -> None:
    draft.put("transit_gateways", TransitGateway("tgw", "r", draft.maybe(0.3)))
    tables = [f"x{number}" for number in range(draft.chance.randint(1, 2))]
    attachments = []
    for vpc in draft.of("vpcs"):
        if vpc.region != "r" or not draft.maybe(0.9):
            continue
        subnets: dict[str, str] = {}
        for subnet in draft.of("subnets"):
            if subnet.vpc == vpc.key and draft.maybe(0.8):
                subnets.setdefault(subnet.zone, subnet.key)
        if subnets:
            association = draft.chance.choice([*tables, tables[0]])
            key = f"att-{vpc.key}"
            attachments.append(
                draft.put(
                    "attachments",
                    Attachment(
                        key,
                        "tgw",
                        Joined.VPC,
                        vpc.key,
                        tuple(subnets.values()),
                        association,
                        group_references=draft.maybe(0.8),
                    ),
                )
            )
    outside = [one.key for one in draft.of("externals")] if draft.maybe(0.4) else []
    for key in outside:
        attachment = Attachment(f"att-{key}", "tgw", Joined.VPN, key, (), tables[0])
        draft.put("attachments", attachment)
    for table in tables:
        routes = []
        for key in outside:
            if draft.maybe(0.7):
                prefix = draft.parts["externals"][key].prefixes[0]
                routes.append(TransitRoute(prefix, f"att-{key}", True, PLACE))
        for attachment in attachments:
            if draft.maybe(0.7):
                vpc = draft.parts["vpcs"][attachment.to]
                routes += [TransitRoute(prefix, attachment.key, True, PLACE) for prefix in vpc.prefixes]
        found = [_prefix(draft) for _ in range(draft.chance.randint(0, 2))]
        # often back into the VPC that it comes from, and on from there
        found += [parse_prefix(text) for text in ("0.0.0.0/0", "::/0") if draft.maybe(0.4)]
        for prefix in dict.fromkeys(found):
            where = draft.chance.choice([None, *(attachment.key for attachment in attachments)])
            routes.append(TransitRoute(prefix, where, False, PLACE))
        draft.put("transit_tables", TransitTable(table, "tgw", tuple(routes)))


def _routes(draft: Draft) -> None:
    for table in draft.of("tables"):
        if table.key.startswith("edge"):
            continue
        vpc = draft.parts["vpcs"][table.vpc]
        local = Target(Via.LOCAL)
        routes = [Route(prefix, local, Source.LOCAL, PLACE) for prefix in vpc.prefixes]
        targets = [
            Target(Via.PEERING, peering.key) for peering in draft.of("peerings") if table.vpc in peering.vpcs
        ]
        targets += [
            Target(Via.TRANSIT_GATEWAY, "tgw")
            for attachment in draft.of("attachments")
            if attachment.to == table.vpc
        ]
        for kind, via in (
            ("vpn_gateways", Via.VPN_GATEWAY),
            ("internet_gateways", Via.INTERNET_GATEWAY),
            ("egress_only_gateways", Via.EGRESS_ONLY_GATEWAY),
        ):
            targets += [Target(via, one.key) for one in draft.of(kind) if one.vpc == table.vpc]
        mine = [subnet.key for subnet in draft.of("subnets") if subnet.vpc == table.vpc]
        targets += [
            Target(Via.NAT_GATEWAY, nat.key) for nat in draft.of("nat_gateways") if nat.subnet in mine
        ]
        targets += [
            Target(Via.FIREWALL_ENDPOINT, one.key)
            for one in draft.of("interfaces")
            if one.kind == "firewall" and one.subnet in mine
        ]
        targets += [
            Target(Via.INTERFACE, one.key)
            for one in draft.of("interfaces")
            if one.forwards and one.subnet in mine
        ]
        taken = {route.prefix for route in routes}
        wide = [prefix for one in draft.of("vpcs") for prefix in one.prefixes]
        wide += [prefix for one in draft.of("externals") for prefix in one.prefixes]
        wide += [parse_prefix("0.0.0.0/0"), parse_prefix("0.0.0.0/0"), parse_prefix("::/0")]
        for target in targets:
            for _ in range(draft.chance.randint(0, 2)):
                # inside its own VPC only to whole subnets, through an appliance
                inner = [prefix for key in mine for prefix in draft.parts["subnets"][key].prefixes]
                prefix = draft.chance.choice(
                    wide + (inner if target.via in (Via.INTERFACE, Via.FIREWALL_ENDPOINT) else [])
                )
                if prefix not in taken:
                    taken.add(prefix)
                    routes.append(Route(prefix, target, Source.STATIC, PLACE, active=draft.maybe(0.95)))
        for endpoint in draft.of("gateway_endpoints"):
            if endpoint.vpc == table.vpc and draft.maybe():
                routes += [
                    Route(prefix, Target(Via.GATEWAY_ENDPOINT, endpoint.key), Source.PREFIX_LIST, PLACE)
                    for prefix in draft.parts["lists"]["pl"].prefixes
                    if prefix not in taken
                ]
        unknown = "not read" if draft.doubts and draft.maybe(0.05) else None
        draft.put("tables", replace(table, routes=tuple(routes), unknown=unknown))
