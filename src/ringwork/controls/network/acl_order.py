"""NET-12: no deny entry of a network ACL comes too late."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, collapse_addresses

from ringwork.controls.control import Control, Outcome, UndecidedError, each, proved, reading, violated
from ringwork.controls.values import block, named, number, read, text, truth
from ringwork.estate import Estate, Resource
from ringwork.findings import Severity


@dataclass(frozen=True, slots=True)
class _Entry:
    resource: Resource
    number: int
    egress: bool
    allows: bool
    protocol: int
    """IANA number; -1: all"""
    block: IPv4Network | IPv6Network
    ports: tuple[int, int] | None
    """TCP and UDP; for ICMP type and code; None: all"""

    def covers(self, other: _Entry) -> bool:
        """Every packet that `other` matches, this entry matches too."""
        if self.protocol not in (-1, other.protocol) or self.block.version != other.block.version:
            return False
        if not other.block.subnet_of(self.block):  # type: ignore[arg-type]
            return False
        if self.protocol == -1 or self.ports is None:
            return True
        if other.ports is None:
            return self.ports == (0, 65535)
        return self.ports[0] <= other.ports[0] and other.ports[1] <= self.ports[1]


def _covered(deny: _Entry, entries: list[_Entry]) -> bool:
    """Earlier allow entries together match every packet that `deny` matches: for every range of ports in
    which none of them begins or ends, their blocks hold that of `deny`."""
    earlier = [
        (entry, entry.ports or _ALL)
        for entry in entries
        if entry.allows
        and entry.egress == deny.egress
        and entry.number < deny.number
        and entry.protocol in (-1, deny.protocol)
        and entry.block.version == deny.block.version
    ]
    first, last = deny.ports or _ALL
    starts = {first, *(edge for _, ports in earlier for edge in (ports[0], ports[1] + 1))}
    return all(
        any(
            deny.block.subnet_of(block)  # type: ignore[arg-type]
            for block in collapse_addresses(
                [entry.block for entry, ports in earlier if ports[0] <= port <= ports[1]]  # type: ignore[type-var]
            )
        )
        for port in starts
        if first <= port <= last
    )


_ALL = (0, 65535)


def _entries(estate: Estate, resource: Resource) -> list[_Entry]:
    """The entry, once for each of its two address families: EC2 takes one, a template may hold both."""
    rule, protocol = number(resource, "RuleNumber"), number(resource, "Protocol")
    both = (block(estate, resource, "CidrBlock"), block(estate, resource, "Ipv6CidrBlock"))
    action = text(estate, resource, "RuleAction")
    if rule is None or protocol is None or both == (None, None) or action not in ("allow", "deny"):
        raise UndecidedError("the entry is not complete", resource=resource)
    ports = None
    if protocol in (6, 17) and read(resource, "PortRange") is not None:
        first, last = number(resource, "PortRange", "From"), number(resource, "PortRange", "To")
        if first is None or last is None:
            raise UndecidedError("the port range is not complete", "PortRange", resource=resource)
        ports = (first, last)
    elif protocol in (1, 58) and read(resource, "Icmp") is not None:
        kind, code = number(resource, "Icmp", "Type"), number(resource, "Icmp", "Code")
        if (kind, code) != (-1, -1):
            # types and codes are no ranges: only equal ones, or all of them, cover one another
            ports = (256 * (kind or 0) + (code or 0),) * 2
            if -1 in (kind, code):
                ports = (256 * (kind or 0), 256 * (kind or 0) + 255)
    egress, allows = truth(resource, "Egress"), action == "allow"
    return [
        _Entry(resource, rule, egress, allows, protocol, addresses, ports)
        for addresses in both
        if addresses is not None
    ]


def check(estate: Estate) -> Iterator[Outcome]:
    """AWS reads the entries of a direction by number and stops at the first match (VPC User Guide)."""
    members: dict[str, list[Resource]] = {}
    for resource in estate.of_type("AWS::EC2::NetworkAclEntry"):
        acl = named(estate, resource, "NetworkAclId")
        if acl is not None:
            members.setdefault(acl, []).append(resource)

    def decide(acl: Resource) -> Iterator[Outcome]:
        entries = sorted(
            (entry for resource in members.get(acl.key, ()) for entry in _entries(estate, resource)),
            key=lambda entry: (entry.egress, entry.number),
        )
        denies = [entry for entry in entries if not entry.allows]
        late = False
        for deny in denies:
            for allow in entries:
                earlier = allow.allows and allow.egress == deny.egress and allow.number < deny.number
                if earlier and allow.covers(deny):
                    late = True
                    yield violated(
                        acl,
                        f"entry {allow.number} already allows all that entry {deny.number} denies",
                        "RuleNumber",
                        evidence=(f"`{allow.resource.name}`", f"`{deny.resource.name}`"),
                        blame=deny.resource,
                    )
                    break
            else:
                if _covered(deny, entries):
                    late = True
                    yield violated(
                        acl,
                        f"earlier entries together allow all that entry {deny.number} denies",
                        "RuleNumber",
                        evidence=(f"`{deny.resource.name}`",),
                        blame=deny.resource,
                    )
        if not late:
            yield proved(acl, f"each of its {len(denies)} deny entries takes effect")

    yield from each(estate.of_type("AWS::EC2::NetworkAcl"), decide)


CONTROL = Control(
    id="NET-12",
    title="No deny entry of a network ACL is shadowed by an earlier allow",
    severity=Severity.LOW,
    layer="network",
    scope="relational",
    why="A deny that comes too late is a layer that everybody counts on and nobody has.",
    remediation="Give the deny a lower `RuleNumber` than the allow (this replaces the entry)",
    sources=("cfn-guard EC2_NETWORK_ACL_ENTRY_INEFFECTIVE_DENY_RULE",),
    reads=reading("AWS::EC2::NetworkAcl", "VpcId")
    | reading(
        "AWS::EC2::NetworkAclEntry",
        *("NetworkAclId", "RuleNumber", "RuleAction", "Egress", "Protocol"),
        *("CidrBlock", "Ipv6CidrBlock", "PortRange", "Icmp"),
    ),
    check=check,
)
