"""The internet, and what VPCs are joined by: internet, egress-only and NAT gateways, peering."""

from __future__ import annotations

from collections.abc import Iterator

from ringwork.estate import Resource

from .filters import family
from .ground import EVERYTHING, INTERNET, INTERNET_HOSTS, Ground, Place, Way, addresses_of
from .namespaces import LabError, Namespace


def nat_gateways(ground: Ground) -> None:
    for number, (id, properties, resource) in enumerate(ground.each("NatGateway")):
        address = nat_address(ground, resource)
        made = ground.port(properties["SubnetId"], f"n{number}", (address,), forwards=True)
        made.nft += [
            "table ip nat {",
            "chain out {",
            "type nat hook postrouting priority 100; policy accept;",
            f"ip saddr != {address} snat to {address}",
            "}",
            # an answer to what it has not sent out
            "chain unknown {",
            "type filter hook forward priority 0; policy accept;",
            "ct state invalid drop",
            "}",
            # what nobody behind it has asked for
            "chain unasked {",
            "type filter hook input priority 0; policy drop;",
            'iifname "lo" accept',
            "}",
            "}",
        ]
        vpc = ground.subnets[properties["SubnetId"]]["VpcId"]
        ground.ways[vpc, id] = ground.way_to(properties["SubnetId"], (address,))


def nat_address(ground: Ground, gateway: Resource) -> str:
    for id, properties, _ in ground.each("NetworkInterface"):
        if id == gateway.attributes.get("EniId"):
            return addresses_of(properties)[0]
    raise LabError(f"{gateway.key} has no interface")


def internet(ground: Ground) -> None:
    for host in INTERNET_HOSTS:
        ground.outside.ip.append(f"addr add {host} dev lo{' nodad' if ':' in host else ''}")
    ground.places[INTERNET] = Place(INTERNET, INTERNET, INTERNET_HOSTS)


def public_addresses(ground: Ground, vpc: str) -> Iterator[tuple[str, str]]:
    """(private, public) of everything in the VPC."""
    interfaces = {id: (properties, resource) for id, properties, resource in ground.each("NetworkInterface")}
    public = {str(resource.attributes["AllocationId"]): id for id, _, resource in ground.each("EIP")}
    for _, properties, _ in ground.each("EIPAssociation"):
        interface, _ = interfaces[properties["NetworkInterfaceId"]]
        private = properties.get("PrivateIpAddress") or addresses_of(interface)[0]
        if ground.subnets[interface["SubnetId"]]["VpcId"] == vpc:
            yield private, public[properties["AllocationId"]]
    for properties, resource in interfaces.values():
        if ground.subnets[properties["SubnetId"]]["VpcId"] == vpc:
            for pair in ground.plain(resource.attributes.get("PublicAddresses", ())):
                yield pair["PrivateIpAddress"], pair["PublicIp"]


def internet_gateways(ground: Ground) -> None:
    attachments = ground.one("VPCGatewayAttachment", "InternetGatewayId")
    for number, (id, _, _) in enumerate(ground.each("InternetGateway")):
        if id not in attachments:
            continue
        vpc = attachments[id]["VpcId"]
        made, here, there = gateway(ground, f"g{number}", vpc)
        ground.ways[vpc, id] = here
        pairs = list(public_addresses(ground, vpc))
        ground.outside.ip += [f"route add {there.route(public)}" for _, public in pairs]
        blocks6 = [block for block in ground.blocks(vpc) if family(block) == "ip6"]
        ground.outside.ip += [f"route add {there.route(block)}" for block in blocks6]
        made.nft += ["table ip one {", *_map("in", [(b, a) for a, b in pairs]), *_map("out", pairs)]
        made.nft += [
            "chain rewrite {",
            "type filter hook prerouting priority -300; policy drop;",
            "notrack",
            'iifname "net" ip daddr set ip daddr map @in accept',
            'iifname "vpc" ip saddr set ip saddr map @out accept',
            "}",
            "}",
        ]


def answers_by(ground: Ground, mark: int, way: Way) -> None:
    """The internet answers by the gateway that asked, although another one has the same addresses."""
    ground.outside.ip6 += [f"rule add fwmark {mark} lookup {mark}"]
    ground.outside.ip.append(f"route add {way.route('::/0')} table {mark}")
    ground.asked.append((way.device, mark))


def internet_answers(ground: Ground) -> None:
    if ground.asked:
        marks = ", ".join(f'"{device}" : {mark}' for device, mark in ground.asked)
        ground.outside.nft += [
            "table ip6 answers {",
            "chain asked {",
            "type filter hook prerouting priority -140; policy accept;",
            f"ct direction original ct mark set iifname map {{ {marks} }}",
            "ct direction reply meta mark set ct mark",
            "}",
            "chain answered {",
            "type route hook output priority -140; policy accept;",
            "ct direction reply meta mark set ct mark",
            "}",
            "}",
        ]


def egress_only_gateways(ground: Ground) -> None:
    attached = ground.one("VPCGatewayAttachment", "InternetGatewayId")
    for number, (id, properties, _) in enumerate(ground.each("EgressOnlyInternetGateway")):
        vpc = properties["VpcId"]
        made, here, there = gateway(ground, f"e{number}", vpc)
        ground.ways[vpc, id] = Way(here.device, None, here.gateway6)
        made.nft += [
            "table ip6 egress {",
            "chain forward {",
            "type filter hook forward priority 0; policy drop;",
            "ct state established,related accept",
            'iifname "vpc" accept',
            "}",
            "}",
        ]
        answers_by(ground, number + 1, there)
        if vpc not in {properties["VpcId"] for properties in attached.values()}:
            blocks6 = [block for block in ground.blocks(vpc) if family(block) == "ip6"]
            ground.outside.ip += [f"route add {there.route(block)}" for block in blocks6]


def gateway(ground: Ground, name: str, vpc: str) -> tuple[Namespace, Way, Way]:
    """Something between a VPC and the internet; gives the ways to it from either."""
    made = ground.wiring.add(name, forwards=True)
    here, back = ground.cable(ground.routers[vpc], f"w-{name}", made, "vpc")
    there, on = ground.cable(ground.outside, f"w-{name}", made, "net")
    made.rule("iif vpc pref 100 lookup 1")
    made.rule("iif net pref 100 lookup 2")
    for everything in EVERYTHING:
        made.ip += [
            f"route add {on.route(everything)} table 1",
            f"route add {back.route(everything)} table 2",
        ]
    return made, here, there


def peerings(ground: Ground) -> None:
    for number, (id, properties, _) in enumerate(ground.each("VPCPeeringConnection")):
        ends = properties["VpcId"], properties["PeerVpcId"]
        ways = ground.cable(ground.routers[ends[0]], f"x{number}", ground.routers[ends[1]], f"y{number}")
        for vpc, way in zip(ends, ways, strict=True):
            ground.ways[vpc, id] = way


def _map(name: str, pairs: list[tuple[str, str]]) -> list[str]:
    elements = ", ".join(f"{before} : {after}" for before, after in pairs)
    return [
        f"map {name} {{",
        "type ipv4_addr : ipv4_addr",
        *([f"elements = {{ {elements} }}"] if pairs else []),
        "}",
    ]
