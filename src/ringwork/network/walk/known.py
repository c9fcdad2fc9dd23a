"""A model, indexed for walking: who has which address, and which gateway stands where."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property

from ringwork.network.addresses import Address, parse_prefix
from ringwork.network.model import Attachment, Firewall, Interface, Joined, LoadBalancer, Model, Subnet

PRIVATE = tuple(
    parse_prefix(text)
    for text in (
        *("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12"),
        *("192.168.0.0/16", "224.0.0.0/3", "::1/128", "fc00::/7", "fe80::/10", "ff00::/8"),
    )
)
"""Not of the internet: RFC 1918, 6598, 3927, 4193, 4291, and multicast"""


def is_private(address: Address) -> bool:
    return any(prefix.contains(address) for prefix in PRIVATE)


class Known:
    """Prepare once, walk often. `holders` says which interface has an address in this question: one that is
    not assigned any yet, or one that may get a public address."""

    def __init__(self, model: Model, holders: Mapping[Address, str] | None = None) -> None:
        self.model = model
        self._given: dict[str, list[Address]] = {}
        self._given_public: dict[str, list[Address]] = {}
        for address, key in (holders or {}).items():
            interface = model.interfaces.get(key)
            if interface is None:
                raise ValueError(f"`{key}` is not an interface of the model")
            subnet = model.subnets.get(interface.subnet)
            inside = subnet is not None and any(prefix.contains(address) for prefix in subnet.prefixes)
            (self._given if inside else self._given_public).setdefault(key, []).append(address)

    def with_holders(self, holders: Mapping[Address, str]) -> Known:
        return Known(self.model, holders) if holders else self

    def subnet(self, interface: Interface) -> Subnet | None:
        return self.model.subnets.get(interface.subnet)

    def vpc_of(self, interface: Interface) -> str | None:
        subnet = self.subnet(interface)
        return subnet.vpc if subnet else None

    def addresses(self, interface: Interface) -> tuple[Address, ...]:
        return (*interface.addresses, *self._given.get(interface.key, ()))

    def may_hold(self, interface: Interface, address: Address) -> bool:
        """Whether an interface that is not assigned addresses could have this one."""
        if interface.assigned:
            return False
        if any(held.version == address.version for held in self.addresses(interface)):
            return False
        subnet = self.subnet(interface)
        return subnet is not None and any(prefix.contains(address) for prefix in subnet.prefixes)

    @cached_property
    def _owners(self) -> dict[tuple[str, Address], str]:
        owners: dict[tuple[str, Address], str] = {}
        for interface in self.model.interfaces.values():
            subnet = self.subnet(interface)
            if subnet is not None:
                for address in self.addresses(interface):
                    owners.setdefault((subnet.vpc, address), interface.key)
        return owners

    def owner(self, vpc: str, address: Address) -> str | None:
        """The interface of a VPC that has a private (or IPv6) address."""
        return self._owners.get((vpc, address))

    @cached_property
    def _publics(self) -> dict[Address, tuple[str, Address]]:
        publics: dict[Address, tuple[str, Address]] = {}
        for interface in self.model.interfaces.values():
            for private, public in interface.public.items():
                publics.setdefault(public, (interface.key, private))
            for public in self._given_public.get(interface.key, ()):
                private_one = next((a for a in self.addresses(interface) if a.version == 4), None)
                if private_one is not None:
                    publics.setdefault(public, (interface.key, private_one))
        return publics

    def behind(self, public: Address) -> tuple[str, Address] | None:
        """The interface and private address that a public one belongs to."""
        return self._publics.get(public)

    def public(self, interface: Interface, private: Address) -> Address | None:
        """The public address of a private one."""
        if private in interface.public:
            return interface.public[private]
        given = self._given_public.get(interface.key)
        return given[0] if given else None

    def public_is_given(self, interface: Interface, private: Address) -> bool:
        """Whether it has that public address in this question only."""
        return private not in interface.public

    def candidates(self, vpc: str, address: Address) -> list[Interface]:
        """Unassigned interfaces that may have an address."""
        return [
            interface
            for interface in self._unassigned
            if self.vpc_of(interface) == vpc and self.may_hold(interface, address)
        ]

    @cached_property
    def _unassigned(self) -> list[Interface]:
        return [interface for interface in self.model.interfaces.values() if not interface.assigned]

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

    def in_vpc(self, vpc: str, address: Address) -> bool:
        """Whether an address lies in a VPC's CIDR blocks (its subnets' count: Amazon's IPv6 is theirs)."""
        found = self.model.vpcs.get(vpc)
        if found is not None and any(prefix.contains(address) for prefix in found.prefixes):
            return True
        return self.subnet_at(vpc, address) is not None

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
