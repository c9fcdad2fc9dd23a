"""A model, indexed for walking: who has which address, and which gateway stands where."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from functools import cached_property

from ringwork.network.addresses import Address, Prefix, parse_prefix
from ringwork.network.model import (
    Attachment,
    Firewall,
    Interface,
    InterfaceEndpoint,
    Joined,
    LoadBalancer,
    Model,
    NatGateway,
    Subnet,
)

PRIVATE = tuple(
    parse_prefix(text)
    for text in (
        *("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12"),
        *("192.168.0.0/16", "224.0.0.0/3", "::1/128", "fc00::/7", "fe80::/10", "ff00::/8"),
    )
)
"""Not of the internet: RFC 1918, 6598, 3927, 4193, 4291, and multicast"""


STAND_INS = parse_prefix("198.18.0.0/15")
"""RFC 2544: nobody on the internet has such an address"""


def is_private(address: Address) -> bool:
    return any(prefix.contains(address) for prefix in PRIVATE)


class Known:
    """Prepare once, walk often."""

    def __init__(self, model: Model, holders: Mapping[Address, str] | None = None) -> None:
        self.model = model
        self._hold(holders or {})

    def with_holders(self, holders: Mapping[Address, str]) -> Known:
        """The same, with `holders` of this question: which interface has an address, where the model leaves
        that open. An address outside of its interface's subnet is a public one."""
        if not holders:
            return self
        self._warm()
        other = copy.copy(self)
        other._hold(holders)
        return other

    def _warm(self) -> None:
        """What is read off the model alone is made once, and shared by copies."""
        _ = self._vpcs_by_address, self._publics, self._unassigned, self._blocks

    def _hold(self, holders: Mapping[Address, str]) -> None:
        self._given: dict[str, list[Address]] = {}
        self._given_public: dict[str, list[Address]] = {}
        self._held: dict[tuple[str, Address], str] = {}
        for address, key in holders.items():
            interface = self.model.interfaces.get(key)
            if interface is None:
                raise ValueError(f"`{key}` is not an interface of the model")
            subnet = self.subnet(interface)
            if subnet is not None and any(prefix.contains(address) for prefix in subnet.prefixes):
                self._given.setdefault(key, []).append(address)
                self._held[subnet.vpc, address] = key
            else:
                self._given_public.setdefault(key, []).append(address)

    def subnet(self, interface: Interface) -> Subnet | None:
        return self.model.subnets.get(interface.subnet)

    def vpc_of(self, interface: Interface) -> str | None:
        subnet = self.subnet(interface)
        return subnet.vpc if subnet else None

    def addresses(self, interface: Interface) -> tuple[Address, ...]:
        held = (*interface.addresses, *self._given.get(interface.key, ()))
        return held or self._stand_ins.get(interface.key, ())

    def stands_in(self, interface: Interface, address: Address) -> bool:
        """Whether an address was only taken for the walk, as it is not known which it will be."""
        return address in self._stand_ins.get(interface.key, ())

    @cached_property
    def _stand_ins(self) -> dict[str, tuple[Address, ...]]:
        """Addresses for what rewrites packets, or is a target of that, and has none yet: the last of its
        subnet that are free. Whatever such an interface will be given, it is one of its subnet."""
        model = self.model
        keys = {gateway.interface for gateway in model.nat_gateways.values()}
        keys |= {key for balancer in model.load_balancers.values() for key in balancer.interfaces}
        for group in model.target_groups.values():
            keys |= {target.interface for target in group.targets if target.interface is not None}
        taken: set[tuple[str, Address]] = set()
        for interface in model.interfaces.values():
            taken |= {(interface.subnet, address) for address in interface.addresses}
        found: dict[str, tuple[Address, ...]] = {}
        for key in sorted(keys):
            one = model.interfaces.get(key)
            subnet = self.subnet(one) if one else None
            if one is None or subnet is None or one.addresses:
                continue
            chosen = []
            for prefix in subnet.prefixes:
                for value in range(prefix.high - 1, prefix.low, -1):
                    address = Address(prefix.version, value)
                    if (subnet.key, address) not in taken:
                        taken.add((subnet.key, address))
                        chosen.append(address)
                        break
            found[key] = tuple(chosen)
        return found

    def may_hold(self, interface: Interface, address: Address) -> bool:
        """Whether an interface that is not assigned addresses could have this one."""
        if interface.assigned:
            return False
        held = (*interface.addresses, *self._given.get(interface.key, ()))
        if any(one.version == address.version for one in held):
            return False
        subnet = self.subnet(interface)
        return subnet is not None and any(prefix.contains(address) for prefix in subnet.prefixes)

    @cached_property
    def _owners(self) -> dict[tuple[str, Address], str]:
        owners: dict[tuple[str, Address], str] = {}
        for interface in self.model.interfaces.values():
            subnet = self.subnet(interface)
            if subnet is not None:
                for address in interface.addresses or self._stand_ins.get(interface.key, ()):
                    owners.setdefault((subnet.vpc, address), interface.key)
        return owners

    def owner(self, vpc: str, address: Address) -> str | None:
        """The interface of a VPC that has a private (or IPv6) address."""
        return self._held.get((vpc, address)) or self._owners.get((vpc, address))

    @cached_property
    def _vpcs_by_address(self) -> dict[Address, list[str]]:
        found: dict[Address, list[str]] = {}
        for vpc, address in self._owners:
            found.setdefault(address, []).append(vpc)
        return found

    def vpcs_with(self, address: Address) -> list[str]:
        """The VPCs where an interface has, or may have, an address."""
        found = dict.fromkeys(self._vpcs_by_address.get(address, ()))
        found |= dict.fromkeys(vpc for vpc, held in self._held if held == address)
        found |= dict.fromkeys(vpc for vpc in self._unassigned if self.in_vpc(vpc, address))
        return list(found)

    @cached_property
    def _publics(self) -> dict[Address, tuple[str, Address]]:
        publics: dict[Address, tuple[str, Address]] = {}
        for interface in self.model.interfaces.values():
            for private, public in interface.public.items():
                publics.setdefault(public, (interface.key, private))
        for key, public in self._public_stand_ins.items():
            private_one = self._first4(self.model.interfaces[key])
            if private_one is not None:
                publics.setdefault(public, (key, private_one))
        return publics

    def _first4(self, interface: Interface) -> Address | None:
        return next((address for address in self.addresses(interface) if address.version == 4), None)

    def behind(self, public: Address) -> tuple[str, Address] | None:
        """The interface and private address that a public one belongs to."""
        for key, given in self._given_public.items():
            private = self._first4(self.model.interfaces[key])
            if public in given and private is not None:
                return key, private
        return self._publics.get(public)

    def public(self, interface: Interface, private: Address) -> tuple[Address | None, bool]:
        """The public address of a private one, and whether it surely has one."""
        if private in interface.public:
            return interface.public[private], True
        given = self._given_public.get(interface.key)
        if given:
            return given[0], interface.public_certain
        stand_in = self._public_stand_ins.get(interface.key)
        return (stand_in, True) if stand_in is not None else (None, False)

    def is_stand_in(self, public: Address) -> bool:
        return public in self._public_stand_ins.values()

    @cached_property
    def _public_stand_ins(self) -> dict[str, Address]:
        """Public addresses for what surely has one that is not known yet: public NAT gateways, and interfaces
        that are given one. They are of `STAND_INS`."""
        model = self.model
        nats = {gateway.interface for gateway in model.nat_gateways.values() if gateway.public}
        keys = nats | {one.key for one in model.interfaces.values() if one.public_certain}
        without = sorted(key for key in keys if key in model.interfaces and not model.interfaces[key].public)
        return {key: Address(4, STAND_INS.low + 1 + index) for index, key in enumerate(without)}

    def candidates(self, vpc: str, address: Address) -> list[Interface]:
        """Unassigned interfaces that may have an address."""
        return [one for one in self._unassigned.get(vpc, ()) if self.may_hold(one, address)]

    @cached_property
    def _unassigned(self) -> dict[str, list[Interface]]:
        """By VPC."""
        found: dict[str, list[Interface]] = {}
        for interface in self.model.interfaces.values():
            if not interface.assigned:
                found.setdefault(self.vpc_of(interface) or "", []).append(interface)
        return found

    def subnet_at(self, vpc: str, address: Address) -> Subnet | None:
        """The subnet of a VPC that an address lies in."""
        for subnet in self._subnets.get(vpc, ()):
            if any(prefix.contains(address) for prefix in subnet.prefixes):
                return subnet
        return None

    @cached_property
    def _subnets(self) -> dict[str, list[Subnet]]:
        subnets: dict[str, list[Subnet]] = {}
        for subnet in self.model.subnets.values():
            subnets.setdefault(subnet.vpc, []).append(subnet)
        return subnets

    def blocks(self, vpc: str) -> list[Prefix]:
        """A VPC's CIDR blocks; its subnets' too, as Amazon's IPv6 may be known there only."""
        return self._blocks.get(vpc, [])

    @cached_property
    def _blocks(self) -> dict[str, list[Prefix]]:
        blocks = {key: list(found.prefixes) for key, found in self.model.vpcs.items()}
        for vpc, subnets in self._subnets.items():
            own = blocks.setdefault(vpc, [])
            inner = [prefix for subnet in subnets for prefix in subnet.prefixes]
            own += [prefix for prefix in inner if not any(block.covers(prefix) for block in own)]
        return blocks

    def in_vpc(self, vpc: str, address: Address) -> bool:
        return any(prefix.contains(address) for prefix in self.blocks(vpc))

    @cached_property
    def internet_gateway_of(self) -> dict[str, str]:
        return {gateway.vpc: gateway.key for gateway in self.model.internet_gateways.values()}

    @cached_property
    def egress_only_of(self) -> dict[str, str]:
        return {gateway.vpc: gateway.key for gateway in self.model.egress_only_gateways.values()}

    @cached_property
    def firewall_of(self) -> dict[str, Firewall]:
        """By the interface of an endpoint."""
        return {
            interface: firewall
            for firewall in self.model.firewalls.values()
            for interface in firewall.interfaces
        }

    def zone_of(self, interface: str) -> str | None:
        found = self.model.interfaces.get(interface)
        subnet = self.subnet(found) if found else None
        return subnet.zone if subnet else None

    @cached_property
    def nat_of(self) -> dict[str, NatGateway]:
        """By interface."""
        return {gateway.interface: gateway for gateway in self.model.nat_gateways.values()}

    @cached_property
    def endpoint_of(self) -> dict[str, InterfaceEndpoint]:
        """By interface."""
        return {
            interface: endpoint
            for endpoint in self.model.interface_endpoints.values()
            for interface in endpoint.interfaces
        }

    @cached_property
    def balancer_of(self) -> dict[str, LoadBalancer]:
        """By interface."""
        return {
            interface: balancer
            for balancer in self.model.load_balancers.values()
            for interface in balancer.interfaces
        }

    @cached_property
    def _attachments(self) -> dict[tuple[str, Joined, str], list[Attachment]]:
        found: dict[tuple[str, Joined, str], list[Attachment]] = {}
        for attachment in self.model.attachments.values():
            found.setdefault((attachment.gateway, attachment.kind, attachment.to), []).append(attachment)
        return found

    def attachments(self, gateway: str, kind: Joined, to: str) -> list[Attachment]:
        return self._attachments.get((gateway, kind, to), [])
