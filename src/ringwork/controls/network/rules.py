"""Security group rules, wherever they are written: inside the group, or as resources of their own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from ipaddress import IPv4Network, IPv6Network, collapse_addresses, ip_network
from typing import Any

from ringwork.controls.control import UndecidedError, reading
from ringwork.controls.values import block, items, read, target
from ringwork.estate import Estate, Resource, Unknown
from ringwork.estate.defaults import default

INGRESS, EGRESS = "SecurityGroupIngress", "SecurityGroupEgress"
SIDES = {INGRESS: "Source", EGRESS: "Destination"}


def rule_reads(direction: str) -> frozenset[tuple[str, str]]:
    """What reading the rules of one direction reads, for `Control.reads`."""
    side = SIDES[direction]
    return (
        reading("AWS::EC2::SecurityGroup", direction)
        | reading(
            f"AWS::EC2::{direction}",
            *("GroupId", "IpProtocol", "FromPort", "ToPort", "CidrIp", "CidrIpv6"),
            *(f"{side}SecurityGroupId", f"{side}PrefixListId"),
        )
        | reading("AWS::EC2::PrefixList", "Entries")
    )


_PROTOCOLS = {"-1": "-1", "6": "tcp", "17": "udp", "1": "icmp", "58": "icmpv6"}
Block = IPv4Network | IPv6Network


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule of one group."""

    resource: Resource
    """the rule, or the group that holds it"""
    path: tuple[str | int, ...]
    """where it stands in `resource`; () for a rule of its own"""
    group: str
    """key of its group, or the id of one that is not in the estate"""
    protocol: str
    """`tcp`, `udp`, `icmp`, ..., `-1` for all"""
    first: int | None
    """port, or ICMP type; None: all"""
    last: int | None
    block: Block | None
    peer: str | None
    """the other group's key or id"""
    prefixes: Any
    """a prefix list: the raw value"""

    @property
    def ports(self) -> str:
        """`tcp 443`, `all protocols`."""
        if self.protocol == "-1":
            return "all protocols"
        if self.first is None or (self.first, self.last) in ((-1, -1), (0, 65535)):
            return f"all of {self.protocol}"
        return f"{self.protocol} {self.first}" + ("" if self.first == self.last else f"-{self.last}")

    @property
    def all_traffic(self) -> bool:
        return self.protocol == "-1"

    def within(self, protocol: str, first: int, last: int) -> bool:
        """Every packet that the rule admits is of this protocol and goes to one of these ports."""
        if self.protocol != protocol or self.first is None or self.last is None:
            return False
        return first <= self.first <= self.last <= last

    @property
    def fact(self) -> str:
        """The rule in one line."""
        side = str(self.block or self.peer or "a prefix list")
        return f"`{self.resource.name}`: {self.ports}, {side}"

    @property
    def evidence(self) -> tuple[str, ...]:
        """The rule, and whether it came past the templates."""
        if is_live(self.resource) and self.resource.logical is None:
            return (self.fact, f"`{self.resource.name}` is in no stack: it was made beside CloudFormation")
        return (self.fact,)


def is_live(resource: Resource) -> bool:
    """The resource was read from an account (not only from a template)."""
    return any(origin.operation for origin in resource.origins)


@dataclass(frozen=True, slots=True)
class Rules:
    """The rules of one direction of a group."""

    known: tuple[Rule, ...]
    error: UndecidedError | None
    """why there may be others"""

    def complete(self) -> None:
        """Raises `UndecidedError` where a rule is not known."""
        if self.error is not None:
            raise self.error


def every_rule(estate: Estate, direction: str) -> dict[str, Rules]:
    """The rules of one direction by group key. A rule whose group is not known may be any group's."""
    alone: dict[str, list[Resource]] = {}
    lost: UndecidedError | None = None
    for resource in estate.of_type(f"AWS::EC2::{direction}"):
        try:
            alone.setdefault(target(estate, resource.properties.get("GroupId")), []).append(resource)
        except UndecidedError as failure:
            lost = lost or UndecidedError(failure.reason, "GroupId", resource=resource)
    found: dict[str, Rules] = {}
    for group in estate.of_type("AWS::EC2::SecurityGroup"):
        known: list[Rule] = []
        doubt = lost
        try:
            written = list(_inner(group, direction))
        except UndecidedError as failure:
            written, doubt = [], failure
        written += [(one, (), one.properties) for one in alone.get(group.key, ())]
        for resource, path, raw in written:
            try:
                known += _rules(estate, resource, group.key, direction, path, raw)
            except UndecidedError as failure:
                doubt = doubt or failure
        found[group.key] = Rules(tuple(known), doubt)
    return found


_Written = tuple[Resource, tuple[str | int, ...], Any]
"""where a rule is written, the path there, and the rule"""


def _inner(group: Resource, direction: str) -> list[_Written]:
    """Rules written inside the group.

    A template's group that lists no egress rule, or an empty list, lets everything out (CloudFormation,
    AWS::EC2::SecurityGroup: the default rule is removed only when one or more egress rules are specified).
    In a live account that rule is a resource like every other.
    """
    if group.properties.get(direction) is None and (direction == INGRESS or is_live(group)):
        return []
    rules = read(group, direction)
    if rules in ((), []) and direction == EGRESS and not is_live(group):
        (rules,) = default(group.type, direction)
    if not isinstance(rules, (tuple, list)):
        raise UndecidedError("the rules are not known", direction, resource=group)
    return [(group, (direction, index), rule) for index, rule in enumerate(rules)]


def _rules(
    estate: Estate,
    resource: Resource,
    group: str,
    direction: str,
    path: tuple[str | int, ...],
    raw: object,
) -> list[Rule]:
    """The rule, once for each of its sources or destinations: EC2 takes one, a template may hold more."""
    if not isinstance(raw, Mapping):
        raise UndecidedError("the rule is not known", *path, resource=resource)

    def field(name: str) -> Any:
        value = raw.get(name)
        if isinstance(value, Unknown):
            raise UndecidedError(value.reason, *path, name, resource=resource)
        return value

    def port(name: str) -> int | None:
        value = field(name)
        try:
            return None if value is None else int(value)
        except (TypeError, ValueError):
            raise UndecidedError("the port is not known", *path, name, resource=resource) from None

    protocol = estate.literal(field("IpProtocol"))
    if protocol is None:
        raise UndecidedError("the protocol is not known", *path, "IpProtocol", resource=resource)
    plain = Rule(
        resource=resource,
        path=path,
        group=group,
        protocol=_PROTOCOLS.get(protocol.lower(), protocol.lower()),
        first=port("FromPort"),
        last=port("ToPort"),
        block=None,
        peer=None,
        prefixes=None,
    )
    found = []
    for name in ("CidrIp", "CidrIpv6"):
        cidr = field(name)
        if cidr is not None:
            try:
                found.append(replace(plain, block=ip_network(estate.literal(cidr) or "", strict=False)))
            except ValueError:
                message = "the CIDR block is not known"
                raise UndecidedError(message, *path, name, resource=resource) from None
    peer = field(f"{SIDES[direction]}SecurityGroupId")
    if peer is not None:
        try:
            found.append(replace(plain, peer=target(estate, peer)))
        except UndecidedError as error:
            raise UndecidedError(error.reason, *path, resource=resource) from None
    prefixes = raw.get(f"{SIDES[direction]}PrefixListId")
    if prefixes is not None:
        found.append(replace(plain, prefixes=prefixes))
    if not found:
        raise UndecidedError("the rule names nobody that is known", *path, resource=resource)
    return found


NOBODYS = tuple(
    IPv4Network(block)
    for block in (
        *("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12"),
        *("192.0.0.0/24", "192.0.2.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24"),
        *("203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4"),
    )
)
"""Blocks that are nobody's on the internet (IANA IPv4 Special-Purpose Address Registry; RFC 5771)."""
GLOBAL = IPv6Network("2000::/3")
"""All of the IPv6 internet (IANA, "IPv6 Global Unicast Address Assignments")."""


def covers_internet(blocks: list[Block]) -> bool:
    """The blocks together are every public IPv4 or every public IPv6 address, however they are cut."""
    old = [block for block in blocks if isinstance(block, IPv4Network)]
    new = [block for block in blocks if isinstance(block, IPv6Network)]
    if any(block.prefixlen == 0 for block in collapse_addresses([*old, *NOBODYS])):
        return True
    return any(GLOBAL.subnet_of(block) for block in collapse_addresses(new))


def is_nameless(block: Block) -> bool:
    """The block holds public addresses of more than one owner: registries were given no more than a /8 of
    IPv4 or a /12 of IPv6 at once (IANA IPv4 Address Space Registry, IPv6 Global Unicast Assignments)."""
    if isinstance(block, IPv4Network):
        return block.prefixlen < 8 and not any(block.subnet_of(reserved) for reserved in NOBODYS)
    return block.prefixlen < 12 and block.overlaps(GLOBAL)


def rule_blocks(estate: Estate, rule: Rule) -> list[Block]:
    """The addresses that the rule names itself or by a prefix list of a customer's. Raises
    `UndecidedError`."""
    if rule.block is not None:
        return [rule.block]
    return (prefix_list_blocks(estate, rule) or []) if rule.prefixes is not None else []


def prefix_list_blocks(estate: Estate, rule: Rule) -> list[Block] | None:
    """The entries of the rule's prefix list; None for a list that AWS manages (a service's own addresses).

    Raises `UndecidedError` for a list that is not in the estate.
    """
    value = rule.prefixes
    reason = getattr(value, "reason", "")
    if "managed prefix list `com.amazonaws." in reason:
        return None  # the compiler names one by its service: `estate.stack.PrefixListId`
    name = target(estate, value)
    found = estate.get(name)
    if found is None:
        raise UndecidedError(f"read the entries of prefix list `{name}`", *rule.path, resource=rule.resource)
    if found.attributes.get("OwnerId") == "AWS":
        return None
    blocks = [block(estate, found, "Entries", index, "Cidr") for index in range(len(items(found, "Entries")))]
    return [one for one in blocks if one is not None]
