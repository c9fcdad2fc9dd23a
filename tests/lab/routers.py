"""A VPC's router: a bridge for each subnet, kernel tables for its route table, rules for its network ACL."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator

from .filters import acl_chain
from .ground import EVERYTHING, SUBNETS, Ground, blocks_of

_TARGETS = (
    "GatewayId",
    "NatGatewayId",
    "VpcPeeringConnectionId",
    "TransitGatewayId",
    "EgressOnlyInternetGatewayId",
    "NetworkInterfaceId",
)


def vpc(ground: Ground, id: str, name: str) -> None:
    router = ground.routers[id] = ground.wiring.add(name, forwards=True)
    router.rule(f"pref 5000 lookup {SUBNETS}")
    router.rule("pref 6000 blackhole")
    for subnet, properties in ground.subnets.items():
        if properties["VpcId"] != id:
            continue
        bridge = ground.bridges[subnet] = f"s{len(ground.bridges)}"
        router.ip += [
            f"link add {bridge} type bridge stp_state 0 forward_delay 0 mcast_snooping 0",
            f"link set {bridge} up",
        ]
        for block in blocks_of(properties):
            network = ipaddress.ip_network(block)
            nodad = " nodad" if network.version == 6 else ""
            router.ip += [
                f"addr add {network[1]}/{network.prefixlen} dev {bridge} noprefixroute{nodad}",
                f"route add {block} dev {bridge} table {SUBNETS}",
            ]


def route_tables(ground: Ground, vpc: str) -> None:
    router = ground.routers[vpc]
    explicit = ground.one("SubnetRouteTableAssociation", "SubnetId")
    main = {
        p["VpcId"]: id for id, p, resource in ground.each("RouteTable") if resource.attributes.get("Main")
    }

    def table_of(subnet: str) -> str:
        found = explicit.get(subnet)
        return found["RouteTableId"] if found else main[vpc]

    incoming = [
        (device, table_of(subnet), ground.subnets[subnet].get("AvailabilityZone"))
        for subnet, device in ground.bridges.items()
        if ground.subnets[subnet]["VpcId"] == vpc
    ]
    incoming += [
        (device, table_of(subnet), ground.subnets[subnet].get("AvailabilityZone"))
        for device, subnet in ground.legs.get(vpc, ())
    ]
    for _, properties, _ in ground.each("GatewayRouteTableAssociation"):
        if (vpc, properties["GatewayId"]) in ground.ways:
            way = ground.ways[vpc, properties["GatewayId"]]
            incoming.append((way.device, properties["RouteTableId"], None))
    for device, table, zone in incoming:
        ground.tables += 1
        router.rule(f"iif {device} pref 100 lookup {ground.tables}")
        router.ip += [f"route add blackhole {all} table {ground.tables} metric 4000000" for all in EVERYTHING]
        router.ip += [
            f"route add throw {block} table {ground.tables} metric 5" for block in ground.blocks(vpc)
        ]
        router.ip += [
            f"route {verb} {way} table {ground.tables} metric {metric}"
            for verb, way, metric in routes(ground, vpc, table, zone)
        ]


def routes(ground: Ground, vpc: str, table: str, zone: str | None) -> Iterator[tuple[str, str, int]]:
    """VPC user guide, "Route priority": equal prefixes: static ones before those of a prefix list."""
    lists = {id: properties for id, properties, _ in ground.each("PrefixList")}
    for _, route, resource in ground.each("Route"):
        if route["RouteTableId"] != table:
            continue
        named = next((route[name] for name in _TARGETS if name in route), "")
        way = ground.ways.get((vpc, named)) or ground.ways.get((vpc, f"{named}#{zone}"))
        block = route.get("DestinationCidrBlock") or route.get("DestinationIpv6CidrBlock")
        blocks, metric = [str(block)], 10
        if "DestinationPrefixListId" in route:
            entries = lists[route["DestinationPrefixListId"]]["Entries"]
            blocks, metric = [entry["Cidr"] for entry in entries], 20
        for block in blocks:
            if named == "local":
                yield "replace", f"throw {block}", 5
            elif way is None or resource.attributes.get("State") == "blackhole":
                yield "add", f"blackhole {block}", metric
            else:
                yield "add", way.route(block), metric


def network_acls(ground: Ground, vpc: str) -> None:
    router = ground.routers[vpc]
    explicit = ground.one("SubnetNetworkAclAssociation", "SubnetId")
    chains: dict[str, str] = {}
    default = None
    router.nft.append("table inet acl {")
    for number, (id, properties, resource) in enumerate(ground.each("NetworkAcl")):
        if properties["VpcId"] != vpc:
            continue
        default = id if resource.attributes.get("IsDefault") else default
        chains[id] = f"acl{number}"
        entries = [p for _, p, _ in ground.each("NetworkAclEntry") if p["NetworkAclId"] == id]
        router.nft += acl_chain(f"acl{number}-in", entries, egress=False)
        router.nft += acl_chain(f"acl{number}-out", entries, egress=True)
    router.nft += ["chain forward {", "type filter hook forward priority 0; policy accept;"]
    for subnet, bridge in ground.bridges.items():
        if ground.subnets[subnet]["VpcId"] != vpc:
            continue
        acl = explicit[subnet]["NetworkAclId"] if subnet in explicit else default
        if acl is None:
            continue  # the default network ACL as AWS made it: all is allowed
        legs = [device for device, where in ground.legs.get(vpc, ()) if where == subnet]
        router.nft += _acl_jumps(chains[acl], bridge, legs)
    router.nft += [
        "}",
        "chain stateless {",
        "type filter hook prerouting priority -300; policy accept;",
        "notrack",
        "}",
        "}",
    ]


def _acl_jumps(chain: str, bridge: str, legs: list[str]) -> list[str]:
    """Where a subnet's ACL is asked: by what leaves it and what enters it, never inside.

    `legs` are the Transit Gateway's interfaces in the subnet. Transit Gateway guide, "Network ACLs":
    same subnet: "Outbound rules use the destination IP address", "Inbound rules use the source IP address"
    to the gateway, neither from it; other subnets: the leg's inbound rules to the gateway, its outbound
    rules from it.
    """
    inside = ", ".join(f'"{device}"' for device in (bridge, *legs))
    jumps = [
        f'iifname "{bridge}" oifname != "{bridge}" jump {chain}-out',
        f'oifname "{bridge}" iifname != {{ {inside} }} jump {chain}-in',
    ]
    for leg in legs:
        jumps += [
            f'oifname "{leg}" jump {chain}-in',
            f'iifname "{leg}" oifname != "{bridge}" jump {chain}-out',
        ]
    return jumps
