"""NET-11: network ACLs let nobody outside in over SSH or RDP."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, ip_network

from ringwork.controls.control import Control, Outcome, UndecidedError, each, proved, reading, violated
from ringwork.controls.network.rules import is_live
from ringwork.controls.scope import SCOPE_READS, ml_subnets
from ringwork.controls.values import block, named, number, read, text, truth
from ringwork.estate import Estate, Resource
from ringwork.findings import Severity

PORTS = (22, 3389)
_TCP, _ALL = 6, -1
"""IANA protocol numbers; -1 is EC2's word for all of them"""
_BLOCKS = {4: "CidrBlock", 6: "Ipv6CidrBlock"}
_NOT_PUBLIC = (
    *("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10"),
    *("169.254.0.0/16", "127.0.0.0/8", "0.0.0.0/8", "224.0.0.0/3"),
    *("fc00::/7", "fe80::/10", "ff00::/8", "::/127"),
)
"""What an organization's own networks have (RFC 1918, 6598, 4193), and what no packet from outside has as
its source (link-local, loopback, this network, multicast and reserved: RFC 6890)"""

Span = tuple[int, int]
"""first and last address, as numbers"""


def _span(network: IPv4Network | IPv6Network) -> Span:
    return int(network[0]), int(network[-1])


def _without(spans: Iterable[Span], gone: Span) -> list[Span]:
    """The addresses of `spans` that are not in `gone`."""
    left: list[Span] = []
    for first, last in spans:
        if first < gone[0]:
            left.append((first, min(last, gone[0] - 1)))
        if last > gone[1]:
            left.append((max(first, gone[1] + 1), last))
    return left


def _overlap(spans: Iterable[Span], other: Span) -> bool:
    return any(first <= other[1] and other[0] <= last for first, last in spans)


def _public() -> dict[int, list[Span]]:
    """Every public address, by IP version."""
    found: dict[int, list[Span]] = {4: [(0, 2**32 - 1)], 6: [(0, 2**128 - 1)]}
    for cidr in _NOT_PUBLIC:
        network = ip_network(cidr)
        found[network.version] = _without(found[network.version], _span(network))
    return found


_PUBLIC = _public()


def _meets(resource: Resource, port: int) -> bool:
    """The entry is for TCP to `port` coming in. Raises `UndecidedError`."""
    if truth(resource, "Egress"):
        return False
    protocol = number(resource, "Protocol")
    if protocol is None:
        raise UndecidedError("the protocol is not set", "Protocol", resource=resource)
    if protocol != _TCP or read(resource, "PortRange") is None:
        return protocol in (_TCP, _ALL)
    first, last = number(resource, "PortRange", "From"), number(resource, "PortRange", "To")
    if first is None or last is None:
        raise UndecidedError("the port range is not complete", "PortRange", resource=resource)
    return first <= port <= last


@dataclass(frozen=True, slots=True)
class _Admitted:
    """A public source that gets to a port."""

    port: int
    entry: Resource | None
    """None: the entry that a new VPC's default ACL has from AWS"""
    version: int
    source: str


class _Acl:
    """The entries of one ACL, in the order in which AWS asks them."""

    def __init__(self, estate: Estate, entries: Iterable[Resource], *, open_: Collection[int] = ()) -> None:
        """`open_`: IP versions of which AWS lets everything in by an entry of its own, 100 or 101 for IPv6
        (VPC User Guide, "Default network ACL").

        Raises `UndecidedError` where the place of an entry for one of the ports is not known.
        """
        self._estate = estate
        numbered: list[tuple[int, Resource | int]] = []
        for resource in entries:
            try:
                rule = number(resource, "RuleNumber")
                if rule is None:
                    raise UndecidedError("the number is not set", "RuleNumber", resource=resource)
                numbered.append((rule, resource))
            except UndecidedError:
                if any(_meets(resource, port) for port in PORTS):
                    raise
        numbered += [(100 if version == 4 else 101, version) for version in open_]
        self._ordered = [entry for _, entry in sorted(numbered, key=lambda item: item[0])]

    def admits(self, port: int, version: int) -> _Admitted | None:
        """The first entry that allows a public source to `port`; None where the ACL refuses all of them.

        AWS asks the entries by number and the first that matches a packet decides; what none matches is
        refused (VPC User Guide, "Network ACL rules"). Raises `UndecidedError` where an entry that is
        reached before every source is decided is not known.
        """
        left = list(_PUBLIC[version])
        for entry in self._ordered:
            if not left:
                return None
            if isinstance(entry, int):
                if entry == version:
                    return _Admitted(port, None, version, "0.0.0.0/0" if version == 4 else "::/0")
                continue
            if not _meets(entry, port):
                continue
            network = self._source(entry, version)
            if network is None or not _overlap(left, _span(network)):
                continue
            action = text(self._estate, entry, "RuleAction")
            if action == "allow":
                return _Admitted(port, entry, version, str(network))
            if action != "deny":
                raise UndecidedError("neither `allow` nor `deny`", "RuleAction", resource=entry)
            left = _without(left, _span(network))
        return None

    def _source(self, entry: Resource, version: int) -> IPv4Network | IPv6Network | None:
        """The entry's source of this IP version; None where it is for the other one."""
        network = block(self._estate, entry, _BLOCKS[version])
        if network is None and read(entry, _BLOCKS[10 - version]) is None:
            raise UndecidedError("the source is not set", resource=entry)
        return network if network is None or network.version == version else None


@dataclass(frozen=True, slots=True)
class _Asked:
    """An ACL that counts; `acl` is a VPC for the default ACL that a template's VPC will have."""

    acl: Resource
    by_absence: bool
    """only because the subnet has no association"""


def _asked(estate: Estate) -> tuple[dict[str, _Asked], dict[str, UndecidedError]]:
    """The ACLs of subnets that hold ML workloads, and why that of a subnet is not known, by key."""
    subnets = {subnet.key: subnet for subnet in ml_subnets(estate)}
    asked: dict[str, _Asked] = {}
    lost: dict[str, UndecidedError] = {}
    associated: set[str] = set()
    anywhere: UndecidedError | None = None
    for association in estate.of_type("AWS::EC2::SubnetNetworkAclAssociation"):
        try:
            subnet = named(estate, association, "SubnetId")
        except UndecidedError as error:
            subnet, anywhere = None, error  # any subnet's: its ACL counts
        if subnet is not None and subnet not in subnets:
            continue
        associated.add(subnet or "")
        try:
            found = estate.get(named(estate, association, "NetworkAclId") or "")
            if found is None:
                reason = "read the network ACL that the subnet is associated with"
                raise UndecidedError(reason, "NetworkAclId", resource=association)
            asked[found.key] = _Asked(found, by_absence=False)
        except UndecidedError as error:
            lost[subnet or association.key] = error
    for subnet in subnets.keys() - associated:
        try:
            if anywhere is not None:
                raise anywhere
            default = _default_of(estate, subnets[subnet])
            asked.setdefault(default.key, _Asked(default, by_absence=True))
        except UndecidedError as error:
            lost[subnet] = error
    return asked, lost


def _default_of(estate: Estate, subnet: Resource) -> Resource:
    """The default ACL of the subnet's VPC; the VPC itself, where a template makes it."""
    vpc = named(estate, subnet, "VpcId")
    for acl in estate.of_type("AWS::EC2::NetworkAcl"):
        if acl.attributes.get("IsDefault") is True and named(estate, acl, "VpcId") == vpc:
            return acl
    found = estate.get(vpc or "")
    if found is None or found.type != "AWS::EC2::VPC" or is_live(found):
        raise UndecidedError("read the default network ACL of the subnet's VPC", "VpcId", resource=subnet)
    return found


def _versions(estate: Estate, vpc: Resource) -> tuple[int, ...]:
    """The IP versions of a template's VPC: IPv6 comes by a `VPCCidrBlock` that has no IPv4 block."""
    for more in estate.of_type("AWS::EC2::VPCCidrBlock"):
        if named(estate, more, "VpcId") == vpc.key and read(more, "CidrBlock") is None:
            return (4, 6)
    return (4,)


def check(estate: Estate) -> Iterator[Outcome]:
    """Answers for each ACL of a subnet that holds ML workloads; a subnet without an association has its
    VPC's default ACL (VPC User Guide, "Default network ACL")."""
    members: dict[str, list[Resource]] = {}
    homeless: UndecidedError | None = None
    for entry in estate.of_type("AWS::EC2::NetworkAclEntry"):
        try:
            members.setdefault(named(estate, entry, "NetworkAclId") or "", []).append(entry)
        except UndecidedError as error:
            try:
                if any(_meets(entry, port) for port in PORTS):
                    homeless = error
            except UndecidedError:
                homeless = error
    asked, lost = _asked(estate)

    def decide(resource: Resource) -> Iterator[Outcome]:
        if resource.key in lost:
            raise lost[resource.key]
        if homeless is not None:
            raise homeless
        is_new = resource.type == "AWS::EC2::VPC"
        open_ = _versions(estate, resource) if is_new else ()
        acl = _Acl(estate, members.get(resource.key, ()), open_=open_)
        found: list[_Admitted] = []
        unknown: UndecidedError | None = None
        for version in (4, 6):
            for port in PORTS:
                try:
                    admitted = acl.admits(port, version)
                except UndecidedError as error:
                    unknown = unknown or error
                else:
                    found += [admitted] if admitted is not None else []
        for same in _by_entry(found):
            yield _violation(resource, same, by_absence=asked[resource.key].by_absence)
        if not found and unknown is not None:
            raise unknown
        if not found:
            what = "its default network ACL refuses" if is_new else "refuses"
            yield proved(resource, f"{what} TCP 22 and 3389 from every public address")

    yield from each((one.acl for one in asked.values()), decide)
    yield from each(filter(None, (estate.get(key) for key in lost)), decide)


def _by_entry(found: Iterable[_Admitted]) -> Iterable[list[_Admitted]]:
    groups: dict[str, list[_Admitted]] = {}
    for one in found:
        groups.setdefault(one.entry.key if one.entry is not None else "", []).append(one)
    return groups.values()


def _violation(acl: Resource, admitted: list[_Admitted], *, by_absence: bool) -> Outcome:
    """One entry of an ACL, with all that it admits."""
    entry = admitted[0].entry
    ports = " and ".join(str(port) for port in PORTS if any(one.port == port for one in admitted))
    sources = " and ".join(dict.fromkeys(one.source for one in admitted))
    if entry is None:
        message = f"its default network ACL admits TCP {ports} from {sources}, and a subnet has no other"
        return violated(acl, message, evidence=("entry 100 that AWS makes",), by_absence=by_absence)
    return violated(
        acl,
        f"entry {number(entry, 'RuleNumber')} admits TCP {ports} from {sources}",
        _BLOCKS[admitted[0].version],
        evidence=(f"`{entry.name}`: allow {sources}",),
        blame=entry,
        by_absence=by_absence,
    )


CONTROL = Control(
    id="NET-11",
    title="Network ACLs refuse remote administration ports",
    severity=Severity.MEDIUM,
    layer="network",
    scope="resource",
    why=(
        "The ACL is what still holds when somebody opens a security group: without its deny, one rule puts "
        "SSH or RDP of a training host on the internet."
    ),
    remediation=(
        "Put `AWS::EC2::NetworkAclEntry` with `RuleAction: deny` for TCP 22 and 3389 from `0.0.0.0/0` and "
        "`::/0` before the allow, by a lower `RuleNumber`, or narrow the allow's `CidrBlock`"
    ),
    sources=(
        "Prowler ec2_networkacl_allow_ingress_tcp_port_22",
        "Prowler ec2_networkacl_allow_ingress_tcp_port_3389",
        "AWS Security Hub EC2.21",
        "AWS Config NACL_NO_UNRESTRICTED_SSH_RDP",
        "cfn-guard EC2_NETWORK_ACL_PORT_RANGE_RULE",
    ),
    reads=SCOPE_READS
    | reading("AWS::EC2::NetworkAcl", "VpcId")
    | reading("AWS::EC2::VPCCidrBlock", "VpcId", "CidrBlock")
    | reading("AWS::EC2::SubnetNetworkAclAssociation", "SubnetId", "NetworkAclId")
    | reading(
        "AWS::EC2::NetworkAclEntry",
        *("NetworkAclId", "RuleNumber", "RuleAction", "Egress", "Protocol"),
        *("CidrBlock", "Ipv6CidrBlock", "PortRange"),
    ),
    check=check,
)
