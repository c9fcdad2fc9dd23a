"""What a diagram shows of an estate: places (VPCs with their data), who may call whom, ways out.

A reading for the eye, not a proof: flows come from security group rules alone.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Any

from ringwork.estate import Estate, Resource
from ringwork.findings import Finding, Status
from ringwork.report import words
from ringwork.report.accounts import Account, accounts
from ringwork.report.fronts import Front, fronts
from ringwork.report.links import Link, links
from ringwork.report.machines import machines
from ringwork.report.stores import Vault, grouped, stores
from ringwork.report.transit import TransitGateway, TransitTable, gateways
from ringwork.report.words import home, items

_TIERS = ("public", "edge", "interactive", "build", "serving", "private", "subnets", "endpoints", "groups")
"""From the outside in; other tiers come after, by name."""
_PRIVATE = tuple(map(IPv4Network, ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10")))
_PARENTS = (
    "VpcId",
    "GroupId",
    "NetworkAclId",
    "RouteTableId",
    "SubnetId",
    "Bucket",
    "TargetKeyId",
    "ResourceId",
)
"""Properties that say what a resource hangs on."""
_RULES = ("AWS::EC2::SecurityGroupIngress", "AWS::EC2::SecurityGroupEgress", "AWS::EC2::SecurityGroup")


@dataclass(frozen=True, slots=True)
class Group:
    """A security group, as the workload that it stands for."""

    key: str
    name: str
    kind: str
    """workload type, else empty"""
    tier: str
    itself: str
    """ports on which members reach each other, else empty"""
    open_to: tuple[str, ...]
    """sources outside the groups of this VPC: `tcp 22 from 0.0.0.0/0`"""
    runs: str = ""
    """the machines in it, `ml.m7i.large × 2`; empty: none yet"""

    @property
    def exposed(self) -> bool:
        """Whether a source outside is not a private network's."""
        return any(not _private(source.rpartition(" from ")[2]) for source in self.open_to)


@dataclass(frozen=True, slots=True)
class Flow:
    """Members of `source` may open connections to members of `target`."""

    source: str
    target: str
    ports: str


@dataclass(frozen=True, slots=True)
class Tier:
    """Subnets of one purpose, and the groups of what runs there."""

    name: str
    subnets: tuple[str, ...]
    """CIDR blocks in order; a subnet whose block is not known shows its name"""
    groups: tuple[Group, ...]


@dataclass(frozen=True, slots=True)
class Endpoint:
    key: str
    name: str
    """the service, without the Region's prefix: `sagemaker.api`"""
    gateway: bool


@dataclass(frozen=True, slots=True)
class Place:
    """One VPC and the data beside it."""

    key: str
    name: str
    cidr: str
    account: str
    region: str
    team: str
    stage: str
    tiers: tuple[Tier, ...]
    flows: tuple[Flow, ...]
    """between groups of this VPC, without those to endpoint groups"""
    endpoints: tuple[Endpoint, ...]
    endpoint_callers: int
    """groups that may call the interface endpoints"""
    internet: tuple[str, ...]
    """ways out: `internet gateway`, `3 NAT gateways`; empty: none found"""
    internet_unknown: bool
    """a gap in what was read could hide a gateway"""
    vaults: tuple[Vault, ...]
    firewalls: tuple[str, ...] = ()
    """names of the AWS Network Firewalls in it: what passes the VPC is inspected"""
    fronts: tuple[Front, ...] = ()
    """what stands before its endpoints"""

    transit: tuple[TransitTable, ...] = ()
    """the Transit Gateway route tables that route what comes from it"""

    @property
    def shared(self) -> bool:
        """Whether it belongs to no team and others reach it through a Transit Gateway."""
        return not self.team and bool(self.transit)

    @property
    def environment(self) -> str:
        """`TEAM` or `TEAM-STAGE`; empty: of no team."""
        return "-".join(part for part in (self.team, self.stage) if part)

    @property
    def groups(self) -> tuple[Group, ...]:
        return tuple(group for tier in self.tiers for group in tier.groups)

    @property
    def stores(self) -> int:
        return sum(len(vault.stores) for vault in self.vaults)


@dataclass(frozen=True, slots=True)
class Topology:
    places: tuple[Place, ...]
    """by account, then Region, then name"""
    elsewhere: tuple[Vault, ...]
    """data that belongs to no VPC shown"""
    transits: tuple[TransitGateway, ...] = ()
    links: tuple[Link, ...] = ()
    """services that one VPC offers and another takes"""
    accounts: tuple[Account, ...] = ()
    """accounts, with what watches them; those of no team first"""
    marks: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """resource key -> messages of its violated findings; rules count for what they hang on"""

    def violated(self, keys: Iterable[str]) -> tuple[str, ...]:
        return tuple(message for key in dict.fromkeys(keys) for message in self.marks.get(key, ()))


def topology(estate: Estate, findings: Iterable[Finding] = ()) -> Topology:
    """Read `estate`; `findings` that are violated mark what they are about."""
    reading = _Reading(estate)
    vaults = stores(estate)
    places = []
    taken: set[str] = set()
    before = fronts(estate)
    transits = gateways(estate)
    tables: dict[str, list[TransitTable]] = defaultdict(list)
    for gateway in transits:
        for table in gateway.tables:
            for attachment in table.attached:
                tables[attachment.vpc].append(table)
    vpcs = estate.of_type("AWS::EC2::VPC")
    alone = Counter((vpc.account, vpc.region) for vpc in vpcs)
    for vpc in vpcs:
        here = [
            (key, store)
            for key, store, owner in vaults
            if (
                owner == home(estate, vpc)
                or (alone[vpc.account, vpc.region] == 1 and owner[:2] == (vpc.account, vpc.region))
            )
            and store.key not in taken
        ]
        taken.update(store.key for _, store in here)
        place = reading.place(vpc, grouped(estate, here))
        places.append(
            replace(place, fronts=before.get(home(estate, vpc), ()), transit=tuple(tables[vpc.key]))
        )
    rest = [(key, store) for key, store, _ in vaults if store.key not in taken]
    return Topology(
        _ordered(places),
        grouped(estate, rest),
        transits,
        links(estate),
        accounts(estate),
        reading.marks(findings),
    )


def _ordered(places: Iterable[Place]) -> tuple[Place, ...]:
    """Shared ones first, then by team and stage; VPCs of no team (AWS's default ones) come last in their
    account."""
    places = tuple(places)

    def owned(place: Place) -> tuple[object, ...]:
        return (not place.team, place.team, *words.promoted(place.stage), place.region)

    first = {
        place.account: owned(place) for place in sorted(places, key=owned, reverse=True)
    }  # the least of each account: later ones replace earlier ones

    def order(place: Place) -> tuple[object, ...]:
        where = (place.account, place.region) if not place.team else ("", "")
        return (
            not place.shared,
            first[place.account],
            place.account,
            *owned(place),
            where,
            place.name,
            place.key,
        )

    return tuple(sorted(places, key=order))


class _Reading:
    def __init__(self, estate: Estate) -> None:
        self.estate = estate
        self.by_vpc: dict[str, list[Resource]] = defaultdict(list)
        for resource in estate.resources:
            vpc = estate.resolve(resource.properties.get("VpcId"))
            if vpc is not None:
                self.by_vpc[vpc.key].append(resource)
        self.rules: dict[str, list[Resource]] = defaultdict(list)
        for resource in estate.of_type("AWS::EC2::SecurityGroupIngress"):
            group = estate.resolve(resource.properties.get("GroupId"))
            if group is not None:
                self.rules[group.key].append(resource)

        self.nats = Counter(
            subnet.key
            for nat in estate.of_type("AWS::EC2::NatGateway")
            if (subnet := estate.resolve(nat.properties.get("SubnetId"))) is not None
        )

    def tags(self, resource: Resource) -> dict[str, str]:
        return words.tags(self.estate, resource)

    def text(self, value: Any) -> str:
        return words.text(self.estate, value)

    def name(self, resource: Resource) -> str:
        return words.name(self.estate, resource)

    def place(self, vpc: Resource, vaults: tuple[Vault, ...]) -> Place:
        members = self.by_vpc[vpc.key]
        endpoints = [r for r in members if r.type == "AWS::EC2::VPCEndpoint"]
        guards = {
            found.key
            for endpoint in endpoints
            for value in items(endpoint.properties.get("SecurityGroupIds"))
            if (found := self.estate.resolve(value)) is not None
        }
        groups = [r for r in members if r.type == "AWS::EC2::SecurityGroup"]
        flows, outside, itself, callers = self._rules(groups, guards)
        tiers: dict[str, tuple[list[str], list[Group]]] = defaultdict(lambda: ([], []))
        for subnet in sorted((r for r in members if r.type == "AWS::EC2::Subnet"), key=self._subnet_order):
            block = self.text(subnet.properties.get("CidrBlock")) or self.name(subnet)
            tiers[self._tier(subnet)][0].append(block)
        for group in groups:
            if group.key in guards or (self._unused_default(group) and not outside.get(group.key)):
                continue
            tags = self.tags(group)
            before = self._balancer(group)
            tier = tags.get("ringwork:tier") or (self._standing(before) if before else "groups")
            tiers[tier][1].append(
                Group(
                    group.key,
                    tags.get("ringwork:workload")
                    or words.short(
                        self.estate, group, self.text(group.properties.get("GroupName")) or self.name(group)
                    ),
                    tags.get("ringwork:workload-type", "load balancer" if before else ""),
                    tier,
                    ", ".join(itself.get(group.key, ())),
                    tuple(outside.get(group.key, ())),
                    machines(self.estate, group),
                )
            )
        order = {name: index for index, name in enumerate(_TIERS)}
        tags = self.tags(vpc)
        return Place(
            key=vpc.key,
            name=self.name(vpc),
            cidr=self.text(vpc.properties.get("CidrBlock")),
            account=vpc.account or "",
            region=vpc.region or "",
            team=tags.get("ringwork:team", ""),
            stage=tags.get("ringwork:stage", ""),
            tiers=_unbroken(
                [
                    Tier(name, tuple(subnets), tuple(held))
                    for name, (subnets, held) in sorted(
                        tiers.items(), key=lambda item: (order.get(item[0], len(order)), item[0])
                    )
                ]
            ),
            flows=flows,
            endpoints=tuple(sorted((self._endpoint(e) for e in endpoints), key=lambda e: (e.name, e.key))),
            endpoint_callers=callers,
            internet=self._internet(vpc, members),
            internet_unknown=any(
                self.estate.gaps_for(type, vpc.account, vpc.region)
                for type in ("AWS::EC2::InternetGateway", "AWS::EC2::VPCGatewayAttachment")
            ),
            vaults=vaults,
            firewalls=tuple(
                words.short(self.estate, r, self.text(r.properties.get("FirewallName")) or self.name(r))
                for r in members
                if r.type == "AWS::NetworkFirewall::Firewall"
            ),
        )

    def _unused_default(self, group: Resource) -> bool:
        """Whether it is the group that AWS makes with a VPC, and nothing is in it.

        VPC user guide, "Default security groups for your VPCs".
        """
        return self.text(group.properties.get("GroupName")) == "default" and all(
            holder.key == group.key or holder.type in _RULES for holder, _ in self.estate.referrers(group.key)
        )

    def _balancer(self, group: Resource) -> Resource | None:
        """The load balancer that the group guards."""
        return next(
            (
                holder
                for holder, _ in self.estate.referrers(group.key)
                if holder.type == "AWS::ElasticLoadBalancingV2::LoadBalancer"
            ),
            None,
        )

    def _standing(self, balancer: Resource) -> str:
        """The tier of the load balancer's first subnet."""
        subnets = items(balancer.properties.get("Subnets"))
        subnet = self.estate.resolve(subnets[0]) if subnets else None
        return self._tier(subnet) if subnet else "groups"

    def _rules(
        self, groups: list[Resource], guards: set[str]
    ) -> tuple[tuple[Flow, ...], dict[str, list[str]], dict[str, list[str]], int]:
        """Flows between groups, sources outside, ports within a group, callers of endpoints."""
        keys = {group.key for group in groups}
        ports: dict[tuple[str, str], list[str]] = defaultdict(list)
        outside: dict[str, list[str]] = defaultdict(list)
        itself: dict[str, list[str]] = defaultdict(list)
        callers: set[str] = set()
        for group in groups:
            for rule in self._ingress(group):
                source = self.estate.resolve(rule.get("SourceSecurityGroupId"))
                if source is None or source.key not in keys:
                    outside[group.key].append(f"{_ports(rule, self.text)} from {self._source(rule)}")
                elif group.key in guards:
                    callers.add(source.key)
                elif source.key == group.key:
                    itself[group.key].append(_ports(rule, self.text))
                else:
                    ports[source.key, group.key].append(_ports(rule, self.text))
        flows = tuple(
            Flow(source, target, ", ".join(dict.fromkeys(found)))
            for (source, target), found in sorted(ports.items())
        )
        return flows, outside, itself, len(callers - guards)

    def _ingress(self, group: Resource) -> Iterator[Mapping[str, Any]]:
        for rule in items(group.properties.get("SecurityGroupIngress")):
            if isinstance(rule, Mapping):
                yield rule
        for resource in self.rules[group.key]:
            yield resource.properties

    def _source(self, rule: Mapping[str, Any]) -> str:
        for name in ("CidrIp", "CidrIpv6", "SourcePrefixListId"):
            if rule.get(name) is not None:
                return self.text(rule[name]) or "an unknown source"
        value = rule.get("SourceSecurityGroupId")
        other = self.estate.resolve(value)
        if other is not None:
            return f"group {self.name(other)}"
        return f"group {value}" if isinstance(value, str) else "an unknown source"

    def _subnet_order(self, subnet: Resource) -> tuple[int, str]:
        try:
            return int(ip_network(self.text(subnet.properties.get("CidrBlock"))).network_address), subnet.key
        except ValueError:
            return 1 << 128, subnet.key

    def _tier(self, subnet: Resource) -> str:
        tagged = self.tags(subnet).get("ringwork:tier")
        if tagged:
            return tagged
        for holder, _ in self.estate.referrers(subnet.key):
            if holder.type == "AWS::EC2::SubnetRouteTableAssociation":
                table = self.estate.resolve(holder.properties.get("RouteTableId"))
                if table is not None:
                    return "public" if self._leads_out(table) else "private"
        return "subnets"

    def _leads_out(self, table: Resource) -> bool:
        for route, _ in self.estate.referrers(table.key):
            gateway = self.estate.resolve(route.properties.get("GatewayId"))
            if gateway is not None and gateway.type == "AWS::EC2::InternetGateway":
                return True
        return False

    def _endpoint(self, endpoint: Resource) -> Endpoint:
        service = self.text(endpoint.properties.get("ServiceName"))
        parts = service.split(".")
        if endpoint.region in parts:
            at = parts.index(endpoint.region)
            parts = [*([] if parts[0] == "com" else parts[1:at]), *parts[at + 1 :]]
        return Endpoint(
            endpoint.key,
            ".".join(parts) or words.short(self.estate, endpoint, self.name(endpoint)),
            self.text(endpoint.properties.get("VpcEndpointType")) in ("", "Gateway"),
        )

    def _internet(self, vpc: Resource, members: list[Resource]) -> tuple[str, ...]:
        ways = []
        attached = [
            r
            for r in members
            if r.type == "AWS::EC2::VPCGatewayAttachment"
            and r.properties.get("InternetGatewayId") is not None
        ]
        if attached:
            ways.append("internet gateway")
        if any(r.type == "AWS::EC2::EgressOnlyInternetGateway" for r in members):
            ways.append("egress-only gateway")
        nats = sum(self.nats[r.key] for r in members if r.type == "AWS::EC2::Subnet")
        if nats:
            ways.append(f"{nats} NAT gateway{'s' if nats > 1 else ''}")
        return tuple(ways)

    def marks(self, findings: Iterable[Finding]) -> dict[str, tuple[str, ...]]:
        violated = [finding for finding in findings if finding.status is Status.VIOLATED]
        if not violated:
            return {}
        by_name: dict[str, list[Resource]] = defaultdict(list)
        for resource in self.estate.resources:
            for name in {resource.name, resource.physical, resource.arn} - {None}:
                by_name[str(name)].append(resource)
        found: dict[str, list[str]] = defaultdict(list)
        for finding in violated:
            subject = finding.subject
            for resource in by_name.get(subject.arn or "", ()) or by_name.get(subject.name, ()):
                if resource.type == subject.type and subject.account in (None, resource.account):
                    for key in self._chain(resource):
                        found[key].append(f"{finding.control} {subject.name}: {finding.message}")
                    break
        return {key: tuple(dict.fromkeys(messages)) for key, messages in found.items()}

    def _chain(self, resource: Resource) -> Iterator[str]:
        """The resource and what it hangs on, up to its VPC."""
        seen: set[str] = set()
        current: Resource | None = resource
        while current is not None and current.key not in seen:
            seen.add(current.key)
            yield current.key
            current = next(
                (
                    parent
                    for name in _PARENTS
                    if (parent := self.estate.resolve(current.properties.get(name))) is not None
                ),
                None,
            )


def _private(source: str) -> bool:
    """RFC 1918, RFC 6598, and RFC 4193 for IPv6."""
    try:
        block = ip_network(source)
    except ValueError:
        return False
    if isinstance(block, IPv6Network):
        return block.subnet_of(IPv6Network("fc00::/7"))
    return any(block.subnet_of(private) for private in _PRIVATE)


def _unbroken(tiers: list[Tier]) -> tuple[Tier, ...]:
    """Bands without workloads never stand between bands that have some: flows run there."""
    held = [index for index, tier in enumerate(tiers) if tier.groups]
    if not held:
        return tuple(tiers)
    inner = [tier for tier in tiers[held[0] : held[-1] + 1] if not tier.groups]
    return (
        *tiers[: held[0]],
        *(tiers[index] for index in held),
        *inner,
        *tiers[held[-1] + 1 :],
    )


def _ports(rule: Mapping[str, Any], text: Any) -> str:
    """`443`, `udp 53`, `1000-2000`, `all`; TCP goes without saying."""
    protocol = text(rule.get("IpProtocol")) or "?"
    if protocol == "-1":
        return "all"
    first, last = text(rule.get("FromPort")), text(rule.get("ToPort"))
    name = "" if protocol in ("tcp", "6") else f"{protocol} "
    if not first or (protocol not in ("tcp", "6", "udp", "17")):
        return protocol
    return f"{name}{first}" if first == last or not last else f"{name}{first}-{last}"
