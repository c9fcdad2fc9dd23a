"""An estate's network as Linux namespaces: each control becomes kernel rules by itself, without reasoning.

It reads the estate's properties itself and knows nothing of `ringwork.network`, so that a mistake in reading
shows as well as one in walking. What becomes what is in `EXPRESSES`; what the kernel cannot say, and so no
network of the lab has, is in `CANNOT`.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ringwork.estate import Estate, Resource

from .filters import acl_chain, family, group_rules, group_table
from .namespaces import LabError, Namespace, Wiring

EXPRESSES = {
    "subnet": "a bridge in its VPC's namespace, with its interfaces' ports: inside, they meet no router",
    "network interface": "a namespace with a port on its subnet's bridge, its addresses, default route to .1",
    "route table": "a kernel table for each subnet (or gateway) that uses it, chosen by incoming device",
    "local route": "`throw`: the look-up goes on in the table of the VPC's own subnets",
    "blackhole route": "`blackhole`",
    "no route": "a `blackhole` default behind all others",
    "network ACL": "stateless nftables rules, in order, where a packet is forwarded out of or into a subnet",
    "security group": "nftables with connection tracking in the interface's own namespace",
    "group reference": "the private addresses of the group's interfaces",
    "prefix list": "its entries, one rule or route each",
    "source/destination check off": "forwarding is on in the interface's namespace",
    "internet gateway": "a namespace that rewrites private and public addresses one to one, without state",
    "egress-only gateway": "a namespace with connection tracking that lets nothing new in",
    "NAT gateway": "a namespace with a port on its subnet's bridge and source NAT to its private address",
    "peering": "a cable between two VPCs; what comes out of it is delivered to subnets only",
    "Transit Gateway": "a namespace; a cable for each attachment and subnet, a kernel table chosen by which",
    "the internet": "a namespace that has hosts and knows which gateway has which public address",
}
CANNOT = {
    "load balancers, interface endpoints, PrivateLink": "their nodes proxy, or pick targets by hash",
    "gateway endpoints": "the services behind them are AWS's; nothing of ours would answer",
    "Network Firewall": "its engine is Suricata, which is not here",
    "VPN, Direct Connect, propagated routes": "BGP and the customer's side are not in the estate",
    "Block Public Access": "one switch over gateways: to translate it would be to reason about it",
    "a NAT gateway or appliance in the subnet that it serves": "its own table leads back to itself",
    "peering for what comes by a Transit Gateway, an appliance or a NAT gateway": "AWS's text says only that "
    "it is refused for gateways (edge to edge); of these it says nothing",
    "group reference in an egress rule with a middlebox on the way": "the sender cannot see that one will be",
    "a peer's group named where a Transit Gateway or the internet (IPv6) may carry the packet": "the kernel "
    "matches the address; AWS's text says when it does over a Transit Gateway, and nothing of the internet",
    "two routes that tie (two prefix lists, two Transit Gateway paths)": "AWS chooses; the kernel would too, "
    "but differently",
    "zones of a Transit Gateway where the origin's has no attachment": "AWS picks one; here it is the first",
    "an interface's packets to its own addresses": "they never leave the host",
    "fragments, MTU, throughput, idle timeouts": "no answer depends on them",
}

INTERNET = "internet"
INTERNET_HOSTS = ("198.51.100.10", "203.0.113.20", "2001:db8:ffff::10")
"""addresses of documentation (RFC 5737, RFC 3849), which no estate of the lab has"""
_SUBNETS = 9
"""kernel table with a VPC's own subnets"""


@dataclass(frozen=True, slots=True)
class Place:
    """Where probes start and arrive."""

    key: str
    """of the interface, or `internet`"""
    namespace: str
    addresses: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Network:
    """What is to stand, and where one may knock."""

    wiring: Wiring
    places: Mapping[str, Place]


@dataclass(frozen=True, slots=True)
class _Way:
    """The next hop of a kernel route."""

    device: str
    gateway4: str | None
    gateway6: str | None

    def route(self, prefix: str) -> str:
        gateway = self.gateway6 if family(prefix) == "ip6" else self.gateway4
        if gateway is None:
            return f"blackhole {prefix}"
        return f"{prefix} via {gateway} dev {self.device} onlink"


def build(estate: Estate) -> Network:
    """Raises `LabError` for an estate that the lab cannot express."""
    return _Builder(estate).build()


class _Builder:
    def __init__(self, estate: Estate) -> None:
        self.estate = estate
        self.wiring = Wiring()
        self.places: dict[str, Place] = {}
        self.links = 0
        self.routers: dict[str, Namespace] = {}
        """namespace of a VPC by its id"""
        self.bridges: dict[str, str] = {}
        """device by subnet id"""
        self.ways: dict[tuple[str, str], _Way] = {}
        """by (VPC id, id of a gateway, connection or interface); a Transit Gateway's has `#ZONE` behind"""
        self.legs: dict[str, list[tuple[str, str]]] = {}
        """VPC id -> (device, subnet id) of its Transit Gateway attachments"""
        self.tables = 100
        self.asked: list[tuple[str, int]] = []
        """egress-only gateways: the internet's device, and the mark of what came by it"""

    # --- reading

    def each(self, type: str) -> Iterator[tuple[str, dict[str, Any], Resource]]:
        """Physical id, properties with every reference as its id, and the resource."""
        for resource in self.estate.of_type(f"AWS::EC2::{type}"):
            if resource.physical is None:
                raise LabError(f"{resource.key} has no physical id")
            yield resource.physical, self.plain(resource.properties), resource

    def plain(self, value: Any) -> Any:
        if isinstance(value, Mapping):
            return {name: self.plain(item) for name, item in value.items()}
        if isinstance(value, (tuple, list)):
            return [self.plain(item) for item in value]
        if isinstance(value, (bool, int, float)) or value is None:
            return value
        known = self.estate.literal(value)
        if known is None:
            raise LabError(f"`{value}` is not known")
        return known

    def one(self, type: str, member: str) -> dict[str, dict[str, Any]]:
        """Properties of all resources of a type by one of them."""
        return {properties[member]: properties for _, properties, _ in self.each(type)}

    def blocks(self, vpc: str) -> list[str]:
        primary = [properties["CidrBlock"] for id, properties, _ in self.each("VPC") if id == vpc]
        more = [p for _, p, _ in self.each("VPCCidrBlock") if p["VpcId"] == vpc]
        return primary + [p.get("CidrBlock") or p["Ipv6CidrBlock"] for p in more]

    # --- building

    def build(self) -> Network:
        self.subnets = {id: properties for id, properties, _ in self.each("Subnet")}
        self.internet()
        for number, (id, _, _) in enumerate(self.each("VPC")):
            self.vpc(id, f"v{number}")
        self.nat_gateways()
        self.interfaces()
        self.internet_gateways()
        self.egress_only_gateways()
        self.internet_answers()
        self.peerings()
        self.transit_gateways()
        for id in self.routers:
            self.route_tables(id)
            self.network_acls(id)
        return Network(self.wiring, self.places)

    def cable(
        self, left: Namespace, left_device: str, right: Namespace, right_device: str
    ) -> tuple[_Way, _Way]:
        """Joins two routers; gives the way to the right from the left, and back."""
        self.wiring.join(left, left_device, right, right_device)
        base = int(ipaddress.IPv4Address("169.254.0.0")) + 4 * self.links
        near, far = str(ipaddress.IPv4Address(base + 1)), str(ipaddress.IPv4Address(base + 2))
        near6, far6 = f"fd00:0:0:{self.links:x}::1", f"fd00:0:0:{self.links:x}::2"
        self.links += 1
        left.ip += [f"addr add {near}/30 dev {left_device}", f"addr add {near6}/64 dev {left_device} nodad"]
        right.ip += [f"addr add {far}/30 dev {right_device}", f"addr add {far6}/64 dev {right_device} nodad"]
        return _Way(left_device, far, far6), _Way(right_device, near, near6)

    def internet(self) -> None:
        self.outside = self.wiring.add(INTERNET, forwards=True)
        for host in INTERNET_HOSTS:
            self.outside.ip.append(f"addr add {host} dev lo{' nodad' if ':' in host else ''}")
        self.places[INTERNET] = Place(INTERNET, INTERNET, INTERNET_HOSTS)

    def vpc(self, id: str, name: str) -> None:
        router = self.routers[id] = self.wiring.add(name, forwards=True)
        router.rule(f"pref 5000 lookup {_SUBNETS}")
        router.rule("pref 6000 blackhole")
        for subnet, properties in self.subnets.items():
            if properties["VpcId"] != id:
                continue
            bridge = self.bridges[subnet] = f"s{len(self.bridges)}"
            router.ip += [
                f"link add {bridge} type bridge stp_state 0 forward_delay 0 mcast_snooping 0",
                f"link set {bridge} up",
            ]
            for block in _blocks(properties):
                network = ipaddress.ip_network(block)
                nodad = " nodad" if network.version == 6 else ""
                router.ip += [
                    f"addr add {network[1]}/{network.prefixlen} dev {bridge} noprefixroute{nodad}",
                    f"route add {block} dev {bridge} table {_SUBNETS}",
                ]

    def port(self, subnet: str, name: str, addresses: tuple[str, ...], *, forwards: bool) -> Namespace:
        """A namespace with a port on the subnet's bridge."""
        properties = self.subnets[subnet]
        router = self.routers[properties["VpcId"]]
        made = self.wiring.add(name, forwards=forwards)
        self.wiring.join(made, "eth0", router, f"p-{name}")
        router.ip.append(f"link set p-{name} master {self.bridges[subnet]}")
        for block in _blocks(properties):
            network = ipaddress.ip_network(block)
            mine = [address for address in addresses if ipaddress.ip_address(address) in network]
            nodad = " nodad" if network.version == 6 else ""
            made.ip += [f"addr add {address}/{network.prefixlen} dev eth0{nodad}" for address in mine]
            if mine:
                made.ip.append(f"route add default via {network[1]} dev eth0")
        return made

    def way_to(self, subnet: str, addresses: tuple[str, ...]) -> _Way:
        """From the VPC's router to something in one of its subnets."""
        first = {family(address): address for address in reversed(addresses)}
        return _Way(self.bridges[subnet], first.get("ip"), first.get("ip6"))

    def interfaces(self) -> None:
        members: dict[str, tuple[str, ...]] = {}
        for _, properties, _ in self.each("NetworkInterface"):
            for group in properties.get("GroupSet", ()):
                members[group] = (*members.get(group, ()), *_addresses(properties))
        lists = {
            id: tuple(entry["Cidr"] for entry in properties["Entries"])
            for id, properties, _ in self.each("PrefixList")
        }
        directions = (
            (False, "SecurityGroupIngress", "SecurityGroupIngress"),
            (True, "SecurityGroupEgress", "SecurityGroupEgress"),
        )
        rules: dict[tuple[str, bool], list[str]] = {}
        for group, properties, _ in self.each("SecurityGroup"):
            for egress, type, member in directions:
                said = list(properties.get(member, ()))
                said += [p for _, p, _ in self.each(type) if p["GroupId"] == group]
                rules[group, egress] = group_rules(said, egress=egress, members=members, lists=lists)
        for number, (id, properties, resource) in enumerate(self.each("NetworkInterface")):
            if resource.attributes.get("InterfaceType") == "nat_gateway":
                continue
            addresses = _addresses(properties)
            forwards = properties.get("SourceDestCheck", True) is False
            place = self.port(properties["SubnetId"], f"i{number}", addresses, forwards=forwards)
            groups = properties.get("GroupSet", ())
            place.nft += group_table(
                [line for group in groups for line in rules[group, False]],
                [line for group in groups for line in rules[group, True]],
                forwards=forwards,
            )
            if forwards:
                place.settings["netfilter/nf_conntrack_tcp_be_liberal"] = "1"
            self.places[resource.key] = Place(resource.key, place.name, addresses)
            vpc = self.subnets[properties["SubnetId"]]["VpcId"]
            self.ways[vpc, id] = self.way_to(properties["SubnetId"], addresses)

    def nat_gateways(self) -> None:
        for number, (id, properties, resource) in enumerate(self.each("NatGateway")):
            address = self.nat_address(resource)
            made = self.port(properties["SubnetId"], f"n{number}", (address,), forwards=True)
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
            vpc = self.subnets[properties["SubnetId"]]["VpcId"]
            self.ways[vpc, id] = self.way_to(properties["SubnetId"], (address,))

    def nat_address(self, gateway: Resource) -> str:
        for id, properties, _ in self.each("NetworkInterface"):
            if id == gateway.attributes.get("EniId"):
                return _addresses(properties)[0]
        raise LabError(f"{gateway.key} has no interface")

    def public_addresses(self, vpc: str) -> Iterator[tuple[str, str]]:
        """(private, public) of everything in the VPC."""
        interfaces = {
            id: (properties, resource) for id, properties, resource in self.each("NetworkInterface")
        }
        public = {str(resource.attributes["AllocationId"]): id for id, _, resource in self.each("EIP")}
        for _, properties, _ in self.each("EIPAssociation"):
            interface, _ = interfaces[properties["NetworkInterfaceId"]]
            private = properties.get("PrivateIpAddress") or _addresses(interface)[0]
            if self.subnets[interface["SubnetId"]]["VpcId"] == vpc:
                yield private, public[properties["AllocationId"]]
        for properties, resource in interfaces.values():
            if self.subnets[properties["SubnetId"]]["VpcId"] == vpc:
                for pair in self.plain(resource.attributes.get("PublicAddresses", ())):
                    yield pair["PrivateIpAddress"], pair["PublicIp"]

    def internet_gateways(self) -> None:
        attachments = self.one("VPCGatewayAttachment", "InternetGatewayId")
        for number, (id, _, _) in enumerate(self.each("InternetGateway")):
            if id not in attachments:
                continue
            vpc = attachments[id]["VpcId"]
            made, here, there = self.gateway(f"g{number}", vpc)
            self.ways[vpc, id] = here
            pairs = list(self.public_addresses(vpc))
            self.outside.ip += [f"route add {there.route(public)}" for _, public in pairs]
            blocks6 = [block for block in self.blocks(vpc) if family(block) == "ip6"]
            self.outside.ip += [f"route add {there.route(block)}" for block in blocks6]
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

    def answers_by(self, mark: int, way: _Way) -> None:
        """The internet answers by the gateway that asked, although another one has the same addresses."""
        self.outside.ip6 += [f"rule add fwmark {mark} lookup {mark}"]
        self.outside.ip.append(f"route add {way.route('::/0')} table {mark}")
        self.asked.append((way.device, mark))

    def internet_answers(self) -> None:
        if self.asked:
            marks = ", ".join(f'"{device}" : {mark}' for device, mark in self.asked)
            self.outside.nft += [
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

    def egress_only_gateways(self) -> None:
        attached = self.one("VPCGatewayAttachment", "InternetGatewayId")
        for number, (id, properties, _) in enumerate(self.each("EgressOnlyInternetGateway")):
            vpc = properties["VpcId"]
            made, here, there = self.gateway(f"e{number}", vpc)
            self.ways[vpc, id] = _Way(here.device, None, here.gateway6)
            made.nft += [
                "table ip6 egress {",
                "chain forward {",
                "type filter hook forward priority 0; policy drop;",
                "ct state established,related accept",
                'iifname "vpc" accept',
                "}",
                "}",
            ]
            self.answers_by(number + 1, there)
            if vpc not in {properties["VpcId"] for properties in attached.values()}:
                blocks6 = [block for block in self.blocks(vpc) if family(block) == "ip6"]
                self.outside.ip += [f"route add {there.route(block)}" for block in blocks6]

    def gateway(self, name: str, vpc: str) -> tuple[Namespace, _Way, _Way]:
        """Something between a VPC and the internet; gives the ways to it from either."""
        made = self.wiring.add(name, forwards=True)
        here, back = self.cable(self.routers[vpc], f"w-{name}", made, "vpc")
        there, on = self.cable(self.outside, f"w-{name}", made, "net")
        made.rule("iif vpc pref 100 lookup 1")
        made.rule("iif net pref 100 lookup 2")
        for everything in _EVERYTHING:
            made.ip += [
                f"route add {on.route(everything)} table 1",
                f"route add {back.route(everything)} table 2",
            ]
        return made, here, there

    def peerings(self) -> None:
        for number, (id, properties, _) in enumerate(self.each("VPCPeeringConnection")):
            ends = properties["VpcId"], properties["PeerVpcId"]
            ways = self.cable(self.routers[ends[0]], f"x{number}", self.routers[ends[1]], f"y{number}")
            for vpc, way in zip(ends, ways, strict=True):
                self.ways[vpc, id] = way

    # --- Transit Gateways

    def transit_gateways(self) -> None:
        names = {id: f"t{number}" for number, (id, _, _) in enumerate(self.each("TransitGateway"))}
        gateways = {id: self.wiring.add(name, forwards=True) for id, name in names.items()}
        back: dict[str, dict[str, _Way]] = {}
        """attachment -> zone -> the way to it from its gateway"""
        for number, (id, properties, _) in enumerate(self.each("TransitGatewayVpcAttachment")):
            gateway, vpc = properties["TransitGatewayId"], properties["VpcId"]
            for place, subnet in enumerate(properties["SubnetIds"]):
                device, zone = f"a{number}-{place}", self.subnets[subnet]["AvailabilityZone"]
                here, there = self.cable(self.routers[vpc], device, gateways[gateway], device)
                self.ways[vpc, f"{gateway}#{zone}"] = here
                self.legs.setdefault(vpc, []).append((device, subnet))
                back.setdefault(id, {})[zone] = there
        associations = self.one("TransitGatewayRouteTableAssociation", "TransitGatewayAttachmentId")
        for gateway, namespace in gateways.items():
            namespace.rule("pref 6000 blackhole")
            for id, properties, _ in self.each("TransitGatewayVpcAttachment"):
                if properties["TransitGatewayId"] == gateway and id in associations:
                    table = associations[id]["TransitGatewayRouteTableId"]
                    for zone, way in back[id].items():
                        self.transit_table(namespace, table, way.device, zone, back)

    def transit_table(
        self, namespace: Namespace, table: str, device: str, zone: str, back: Mapping[str, Mapping[str, _Way]]
    ) -> None:
        """A kernel table for what comes in by one leg. Transit Gateway guide, "Route evaluation order":
        static routes go before propagated ones; "traffic is kept in the zone that it comes from"."""
        self.tables += 1
        namespace.rule(f"iif {device} pref 100 lookup {self.tables}")

        def leg(attachment: str) -> _Way:
            return back[attachment].get(zone) or next(iter(back[attachment].values()))

        for _, route, _ in self.each("TransitGatewayRoute"):
            if route["TransitGatewayRouteTableId"] == table:
                prefix = route["DestinationCidrBlock"]
                blackhole = route.get("Blackhole") or route.get("TransitGatewayAttachmentId") not in back
                way = f"blackhole {prefix}" if blackhole else None
                way = way or leg(route["TransitGatewayAttachmentId"]).route(prefix)
                namespace.ip.append(f"route add {way} table {self.tables} metric 10")
        attached = {id: properties for id, properties, _ in self.each("TransitGatewayVpcAttachment")}
        for _, propagation, _ in self.each("TransitGatewayRouteTablePropagation"):
            if propagation["TransitGatewayRouteTableId"] == table:
                attachment = propagation["TransitGatewayAttachmentId"]
                for prefix in self.blocks(attached[attachment]["VpcId"]):
                    way = leg(attachment).route(prefix)
                    namespace.ip.append(f"route add {way} table {self.tables} metric 30")

    # --- what a VPC's router does

    def route_tables(self, vpc: str) -> None:
        router = self.routers[vpc]
        explicit = self.one("SubnetRouteTableAssociation", "SubnetId")
        main = {
            p["VpcId"]: id for id, p, resource in self.each("RouteTable") if resource.attributes.get("Main")
        }

        def table_of(subnet: str) -> str:
            found = explicit.get(subnet)
            return found["RouteTableId"] if found else main[vpc]

        incoming = [
            (device, table_of(subnet), self.subnets[subnet].get("AvailabilityZone"))
            for subnet, device in self.bridges.items()
            if self.subnets[subnet]["VpcId"] == vpc
        ]
        incoming += [
            (device, table_of(subnet), self.subnets[subnet].get("AvailabilityZone"))
            for device, subnet in self.legs.get(vpc, ())
        ]
        for _, properties, _ in self.each("GatewayRouteTableAssociation"):
            if (vpc, properties["GatewayId"]) in self.ways:
                way = self.ways[vpc, properties["GatewayId"]]
                incoming.append((way.device, properties["RouteTableId"], None))
        for device, table, zone in incoming:
            self.tables += 1
            router.rule(f"iif {device} pref 100 lookup {self.tables}")
            router.ip += [
                f"route add blackhole {all} table {self.tables} metric 4000000" for all in _EVERYTHING
            ]
            router.ip += [
                f"route add throw {block} table {self.tables} metric 5" for block in self.blocks(vpc)
            ]
            router.ip += [
                f"route {verb} {way} table {self.tables} metric {metric}"
                for verb, way, metric in self.routes(vpc, table, zone)
            ]

    def routes(self, vpc: str, table: str, zone: str | None) -> Iterator[tuple[str, str, int]]:
        """VPC user guide, "Route priority": equal prefixes: static ones before those of a prefix list."""
        lists = {id: properties for id, properties, _ in self.each("PrefixList")}
        for _, route, resource in self.each("Route"):
            if route["RouteTableId"] != table:
                continue
            named = next((route[name] for name in _TARGETS if name in route), "")
            way = self.ways.get((vpc, named)) or self.ways.get((vpc, f"{named}#{zone}"))
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

    def network_acls(self, vpc: str) -> None:
        router = self.routers[vpc]
        explicit = self.one("SubnetNetworkAclAssociation", "SubnetId")
        chains: dict[str, str] = {}
        default = None
        router.nft.append("table inet acl {")
        for number, (id, properties, resource) in enumerate(self.each("NetworkAcl")):
            if properties["VpcId"] != vpc:
                continue
            default = id if resource.attributes.get("IsDefault") else default
            chains[id] = f"acl{number}"
            entries = [p for _, p, _ in self.each("NetworkAclEntry") if p["NetworkAclId"] == id]
            router.nft += acl_chain(f"acl{number}-in", entries, egress=False)
            router.nft += acl_chain(f"acl{number}-out", entries, egress=True)
        router.nft += ["chain forward {", "type filter hook forward priority 0; policy accept;"]
        for subnet, bridge in self.bridges.items():
            if self.subnets[subnet]["VpcId"] != vpc:
                continue
            acl = explicit[subnet]["NetworkAclId"] if subnet in explicit else default
            if acl is None:
                continue  # the default network ACL as AWS made it: all is allowed
            legs = [device for device, where in self.legs.get(vpc, ()) if where == subnet]
            router.nft += _acl_jumps(chains[acl], bridge, legs)
        router.nft += [
            "}",
            "chain stateless {",
            "type filter hook prerouting priority -300; policy accept;",
            "notrack",
            "}",
            "}",
        ]


_EVERYTHING = ("0.0.0.0/0", "::/0")
_TARGETS = (
    "GatewayId",
    "NatGatewayId",
    "VpcPeeringConnectionId",
    "TransitGatewayId",
    "EgressOnlyInternetGatewayId",
    "NetworkInterfaceId",
)


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


def _map(name: str, pairs: list[tuple[str, str]]) -> list[str]:
    elements = ", ".join(f"{before} : {after}" for before, after in pairs)
    return [
        f"map {name} {{",
        "type ipv4_addr : ipv4_addr",
        *([f"elements = {{ {elements} }}"] if pairs else []),
        "}",
    ]


def _blocks(subnet: Mapping[str, Any]) -> list[str]:
    return [subnet[name] for name in ("CidrBlock", "Ipv6CidrBlock") if subnet.get(name)]


def _addresses(interface: Mapping[str, Any]) -> tuple[str, ...]:
    """Primary first; then the other private ones, then IPv6."""
    private = [entry["PrivateIpAddress"] for entry in interface.get("PrivateIpAddresses", ())]
    primary = interface.get("PrivateIpAddress") or private[0]
    others = [address for address in private if address != primary]
    return (primary, *others, *(entry["Ipv6Address"] for entry in interface.get("Ipv6Addresses", ())))
