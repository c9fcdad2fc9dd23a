"""From the words of a question to packets and the places where they start."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from tests.network.conformance.cases import UntranslatedError
from tests.network.conformance.estates import Translated

from ringwork.network.addresses import Address, parse_address, parse_prefix
from ringwork.network.model import Interface, Model
from ringwork.network.packets import ICMP, ICMPV6, TCP, UDP, Packet, Traffic
from ringwork.network.reading import read
from ringwork.network.walk import Start

PUBLIC = {4: parse_address("8.8.8.8"), 6: parse_address("2001:4860:4860::8888")}
"""an address of the internet that no case gives to anybody"""
EPHEMERAL = 49152
"""IANA's first dynamic port, as the cases have it"""

_INTERNET = {"internet": 4, "internet6": 6}
_OUTSIDE = ("on-prem", "vgw")
_ANY_CLIENT = "(any client that can route)"


@dataclass(frozen=True, slots=True)
class World:
    """A case's model and its names."""

    translated: Translated
    model: Model

    def key(self, kind: str, name: str) -> str:
        try:
            return self.translated.keys[f"{kind}:{name}"]
        except KeyError:
            raise UntranslatedError(f"the question's `{name}` is not in the setup") from None


def world(translated: Translated) -> World:
    """The estate as it is read, with the two facts of hosts that no API of AWS tells."""
    model = closed(read(translated.estate))
    interfaces = dict(model.interfaces)
    for key, forwards in translated.forwards.items():
        interfaces[key] = replace(interfaces[key], forwards=forwards)
    targets = {translated.keys[f"eni:{name}"]: healthy for name, healthy in translated.healthy.items()}
    groups = {
        key: replace(
            group,
            targets=tuple(
                replace(each, healthy=targets.get(each.interface or "", each.healthy))
                for each in group.targets
            ),
        )
        for key, group in model.target_groups.items()
    }
    return World(translated, replace(model, interfaces=interfaces, target_groups=groups))


def closed(model: Model) -> Model:
    """Without the places where something may be that only a group names (kind `any`): a case, and a
    recording, says of all interfaces that there are."""
    return replace(model, interfaces={k: v for k, v in model.interfaces.items() if v.kind != "any"})


@dataclass(frozen=True, slots=True)
class Ask:
    """One packet to send."""

    packet: Packet
    start: Start
    to: str | None = None
    """key of the interface that it is for; None: whatever has the address"""


def asks(world: World, question: Mapping[str, Any]) -> tuple[Ask, ...]:
    """All packets that a question with `from` and `to` stands for: one, or those that rules tell apart."""
    version = 6 if question.get("ip") == "v6" or "internet6" in question.values() else 4
    to_key, destination = _to(world, question["to"], version)
    found = [
        Ask(packet, start, to_key)
        for start, source in _from(world, question["from"], destination.version)
        for packet in _packets(world.model, source, destination, question.get("packet"))
    ]
    if not found:
        raise UntranslatedError(f"nothing of the setup is `{question['from']}`")
    return tuple(found)


def interface(world: World, name: str) -> Interface:
    return world.model.interfaces[world.key("eni", name)]


def address_of(interface: Interface, version: int) -> Address:
    """Its first address of a version; of the other, where it has only those."""
    return next((a for a in interface.addresses if a.version == version), interface.addresses[0])


def _from(world: World, word: Any, version: int) -> Iterator[tuple[Start, Address]]:
    model = world.model
    if isinstance(word, Mapping):
        vpc, source = world.key("vpc", word["in_vpc"]), parse_address(word["ip"])
        yield Start(vpc=vpc, subnet=_subnet(model, vpc, source)), source
    elif word in _INTERNET:
        yield Start(internet=True), PUBLIC[version]
    elif word in _OUTSIDE:
        for gateway in model.vpn_gateways.values():
            for key in gateway.externals:
                prefixes = model.externals[key].prefixes or (parse_prefix("192.168.0.0/16"),)
                yield Start(external=key), Address(prefixes[0].version, prefixes[0].low + 10)
    elif word.endswith(_ANY_CLIENT):
        for each in model.vpcs.values():
            block = next(prefix for prefix in each.prefixes if prefix.version == version)
            source = Address(version, block.low + 0x0100 + 77)
            yield Start(vpc=each.key, subnet=_subnet(model, each.key, source)), source
    elif word.endswith(" targets"):
        for group in world.translated.setup["target_groups"].values():
            for name in group["targets"]:
                found = interface(world, name)
                yield Start(interface=found.key), address_of(found, version)
    else:
        found = interface(world, word)
        yield Start(interface=found.key), address_of(found, version)


def _subnet(model: Model, vpc: str, address: Address) -> str | None:
    return next(
        (
            subnet.key
            for subnet in model.subnets.values()
            if subnet.vpc == vpc and any(prefix.contains(address) for prefix in subnet.prefixes)
        ),
        None,
    )


def _to(world: World, word: Any, version: int) -> tuple[str | None, Address]:
    if isinstance(word, Mapping):
        if "ip" in word:
            return None, parse_address(word["ip"])
        return None, _of_service(world, word["service"])
    if word in _INTERNET:
        return None, PUBLIC[_INTERNET[word]]
    if word == "service":
        ends = [endpoint["ip"] for endpoint in world.translated.setup.get("endpoints", {}).values()]
        if len(ends) != 1:
            raise UntranslatedError("which endpoint leads to the service is not said")
        return None, parse_address(ends[0])
    if word == "public instance private address":
        public = [each for each in world.model.interfaces.values() if each.public and each.kind == "instance"]
        if len(public) != 1:
            raise UntranslatedError("which instance is public is not said")
        return public[0].key, next(iter(public[0].public))
    found = interface(world, word)
    return found.key, address_of(found, version)


def _of_service(world: World, service: str) -> Address:
    """An address of AWS's service: of its prefix list."""
    for found in world.model.lists.values():
        if found.prefixes and (found.service == service or found.name.endswith(f".{service}")):
            return Address(found.prefixes[0].version, found.prefixes[0].low + 1)
    raise UntranslatedError(f"no address of the service `{service}` is known")


def packet_of(source: Address, destination: Address, given: Mapping[str, Any]) -> Packet:
    """The packet that a case writes down."""
    protocol = given["proto"]
    return Packet(
        source,
        destination,
        protocol,
        given.get("sport", EPHEMERAL) if protocol in (TCP, UDP) else None,
        given.get("dport") if protocol in (TCP, UDP) else None,
        given.get("icmp_type", 8) if protocol in (ICMP, ICMPV6) else None,
        given.get("icmp_code", 0) if protocol in (ICMP, ICMPV6) else None,
    )


def _packets(
    model: Model, source: Address, destination: Address, given: Mapping[str, Any] | None
) -> Iterator[Packet]:
    if given is not None:
        yield packet_of(source, destination, given)
    else:
        yield from representatives(model, source, destination)


COMMON = (Traffic(TCP, 443, 443), Traffic(UDP, 53, 53), Traffic(ICMP, 8, 0), Traffic(50))
"""what stands for a rule that admits everything"""


def representatives(model: Model, source: Address, destination: Address) -> Iterator[Packet]:
    """One packet at least of each kind that some rule tells from others: the ends of each range of ports,
    each ICMP type and code, each protocol; from an ephemeral port, and from a well-known one."""
    traffic = {*COMMON}
    for group in model.groups.values():
        traffic |= {rule.traffic for rule in (*group.ingress, *group.egress)}
    for acl in model.acls.values():
        traffic |= {entry.traffic for entry in (*acl.ingress, *acl.egress)}
    for balancer in model.load_balancers.values():
        traffic |= {Traffic(TCP, each.port, each.port) for each in balancer.listeners}
    packets: dict[Packet, None] = {}
    for each in sorted(traffic, key=str):
        protocol = each.protocol
        if protocol in (TCP, UDP):
            for port in sorted({each.low or 0, 65535 if each.high is None else each.high}):
                for from_port in (EPHEMERAL, 1023):
                    packets[Packet(source, destination, protocol, from_port, port)] = None
        elif protocol in (ICMP, ICMPV6):
            kind, code = (8 if each.low is None else each.low), (0 if each.high is None else each.high)
            packets[Packet(source, destination, protocol, icmp_type=kind, icmp_code=code)] = None
        elif protocol is not None:
            packets[Packet(source, destination, protocol)] = None
    yield from packets
