"""What all parts of the lab's network share: properties, namespaces, ways between them."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ringwork.estate import Estate, Resource

from .filters import family
from .namespaces import LabError, Namespace, Wiring

INTERNET = "internet"
INTERNET_HOSTS = ("198.51.100.10", "203.0.113.20", "2001:db8:ffff::10")
"""addresses of documentation (RFC 5737, RFC 3849), which no estate of the lab has"""
SUBNETS = 9
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
class Way:
    """The next hop of a kernel route."""

    device: str
    gateway4: str | None
    gateway6: str | None

    def route(self, prefix: str) -> str:
        gateway = self.gateway6 if family(prefix) == "ip6" else self.gateway4
        if gateway is None:
            return f"blackhole {prefix}"
        return f"{prefix} via {gateway} dev {self.device} onlink"


EVERYTHING = ("0.0.0.0/0", "::/0")


class Ground:
    """A network while it is being built."""

    def __init__(self, estate: Estate) -> None:
        self.estate = estate
        self.subnets = {id: properties for id, properties, _ in self.each("Subnet")}
        self.wiring = Wiring()
        self.outside = self.wiring.add(INTERNET, forwards=True)
        self.places: dict[str, Place] = {}
        self.links = 0
        self.routers: dict[str, Namespace] = {}
        """namespace of a VPC by its id"""
        self.bridges: dict[str, str] = {}
        """device by subnet id"""
        self.ways: dict[tuple[str, str], Way] = {}
        """by (VPC id, id of a gateway, connection or interface); a Transit Gateway's has `#ZONE` behind"""
        self.legs: dict[str, list[tuple[str, str]]] = {}
        """VPC id -> (device, subnet id) of its Transit Gateway attachments"""
        self.tables = 100
        self.asked: list[tuple[str, int]] = []
        """egress-only gateways: the internet's device, and the mark of what came by it"""

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

    def cable(
        self, left: Namespace, left_device: str, right: Namespace, right_device: str
    ) -> tuple[Way, Way]:
        """Joins two routers; gives the way to the right from the left, and back."""
        self.wiring.join(left, left_device, right, right_device)
        base = int(ipaddress.IPv4Address("169.254.0.0")) + 4 * self.links
        near, far = str(ipaddress.IPv4Address(base + 1)), str(ipaddress.IPv4Address(base + 2))
        near6, far6 = f"fd00:0:0:{self.links:x}::1", f"fd00:0:0:{self.links:x}::2"
        self.links += 1
        left.ip += [f"addr add {near}/30 dev {left_device}", f"addr add {near6}/64 dev {left_device} nodad"]
        right.ip += [f"addr add {far}/30 dev {right_device}", f"addr add {far6}/64 dev {right_device} nodad"]
        return Way(left_device, far, far6), Way(right_device, near, near6)

    def port(self, subnet: str, name: str, addresses: tuple[str, ...], *, forwards: bool) -> Namespace:
        """A namespace with a port on the subnet's bridge."""
        properties = self.subnets[subnet]
        router = self.routers[properties["VpcId"]]
        made = self.wiring.add(name, forwards=forwards)
        self.wiring.join(made, "eth0", router, f"p-{name}")
        router.ip.append(f"link set p-{name} master {self.bridges[subnet]}")
        for block in blocks_of(properties):
            network = ipaddress.ip_network(block)
            mine = [address for address in addresses if ipaddress.ip_address(address) in network]
            nodad = " nodad" if network.version == 6 else ""
            made.ip += [f"addr add {address}/{network.prefixlen} dev eth0{nodad}" for address in mine]
            if mine:
                made.ip.append(f"route add default via {network[1]} dev eth0")
        return made

    def way_to(self, subnet: str, addresses: tuple[str, ...]) -> Way:
        """From the VPC's router to something in one of its subnets."""
        first = {family(address): address for address in reversed(addresses)}
        return Way(self.bridges[subnet], first.get("ip"), first.get("ip6"))


def blocks_of(subnet: Mapping[str, Any]) -> list[str]:
    return [subnet[name] for name in ("CidrBlock", "Ipv6CidrBlock") if subnet.get(name)]


def addresses_of(interface: Mapping[str, Any]) -> tuple[str, ...]:
    """Primary first; then the other private ones, then IPv6."""
    private = [entry["PrivateIpAddress"] for entry in interface.get("PrivateIpAddresses", ())]
    primary = interface.get("PrivateIpAddress") or private[0]
    others = [address for address in private if address != primary]
    return (primary, *others, *(entry["Ipv6Address"] for entry in interface.get("Ipv6Addresses", ())))
