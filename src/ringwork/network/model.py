"""The network as packets meet it: one neutral model that walker, prover and questions read.

Keys are the `Resource.key` of the estate, so that every answer can name the line of a template or the API
call behind it. Where a thing has no resource of its own (an endpoint's interface in one subnet, the zone of
a load balancer) its key is its owner's with `#PART` behind. Whatever the reader could not resolve is in
`Model.problems`, and is `Unmodelled` where a packet would meet it: it may pass and it may drop.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum

from ringwork.estate.frozen import quick
from ringwork.findings import Origin
from ringwork.network.addresses import Address, Prefix
from ringwork.network.packets import Traffic


@dataclass(frozen=True, slots=True)
class Problem:
    """What could not be read, or contradicts itself: bad input gets one of these and never a crash."""

    key: str
    """the resource"""
    message: str
    """lower case, no full stop, names in backticks"""
    origins: tuple[Origin, ...] = ()
    carried: bool = False
    """the model itself says so, where a packet would meet it; else nothing near it can be proved"""


@quick
@dataclass(frozen=True, slots=True)
class Place:
    """Where a rule stands, for people: the resource that has it and the path within its properties."""

    key: str
    path: tuple[str | int, ...] = ()


# --- filters


@quick
@dataclass(frozen=True, slots=True)
class GroupPeer:
    """The members of another security group, by their private addresses."""

    group: str


@dataclass(frozen=True, slots=True)
class ListPeer:
    """The entries of a prefix list."""

    list: str


@dataclass(frozen=True, slots=True)
class UnknownPeer:
    """Anybody or nobody."""

    reason: str


Peer = Prefix | GroupPeer | ListPeer | UnknownPeer


@quick
@dataclass(frozen=True, slots=True)
class GroupRule:
    """One rule of a security group: it admits."""

    traffic: Traffic
    peer: Peer
    place: Place
    certain: bool = True
    """False: the traffic is not known, so the rule may admit less than it says"""


@dataclass(frozen=True, slots=True)
class Group:
    """A security group. Two controls: its ingress and its egress."""

    key: str
    vpc: str | None
    ingress: tuple[GroupRule, ...]
    egress: tuple[GroupRule, ...]


@quick
@dataclass(frozen=True, slots=True)
class AclEntry:
    """One rule of a network ACL."""

    number: int
    """1 to 32766"""
    allow: bool
    traffic: Traffic
    prefix: Prefix
    place: Place
    certain: bool = True
    """False: the addresses are not known, so it may match fewer packets than it says"""


@dataclass(frozen=True, slots=True)
class Acl:
    """A network ACL: rules by number, first match decides, then refused (VPC user guide, "Network ACL
    rules")."""

    key: str
    vpc: str | None
    ingress: tuple[AclEntry, ...]
    """by number"""
    egress: tuple[AclEntry, ...]
    unknown: str | None = None
    """why it may hold other rules than these"""


@dataclass(frozen=True, slots=True)
class PrefixList:
    """A customer's or AWS's managed prefix list."""

    key: str
    name: str
    prefixes: tuple[Prefix, ...] | None
    """None: not known"""
    service: str | None = None
    """AWS's own: the service, `s3`, `dynamodb`"""


# --- forwarding


class Via(Enum):
    """What a route points to."""

    LOCAL = "local"
    INTERNET_GATEWAY = "igw"
    EGRESS_ONLY_GATEWAY = "eigw"
    NAT_GATEWAY = "nat"
    PEERING = "pcx"
    TRANSIT_GATEWAY = "tgw"
    VPN_GATEWAY = "vgw"
    GATEWAY_ENDPOINT = "vpce-gateway"
    FIREWALL_ENDPOINT = "vpce-firewall"
    INTERFACE = "eni"
    BALANCER_ENDPOINT = "vpce-gwlb"
    """A Gateway Load Balancer's endpoint: unknown, but dropped in a VPN gateway's own table"""
    UNMODELLED = "unmodelled"
    """Cloud WAN, a carrier gateway, an unresolved reference"""


class Source(Enum):
    """How a route came to be: the order of equals is that of VPC user guide, "Route priority"."""

    LOCAL = 0
    STATIC = 1
    PREFIX_LIST = 2
    PROPAGATED = 3


@dataclass(frozen=True, slots=True)
class Target:
    """Where a route leads. `key` is the gateway's, interface's or connection's; the reason if unmodelled."""

    via: Via
    key: str = ""


@quick
@dataclass(frozen=True, slots=True)
class Route:
    """One route of a VPC route table. Those by prefix list are expanded, unless the list is not known."""

    prefix: Prefix
    target: Target
    source: Source
    place: Place
    active: bool = True
    """False: a blackhole, which drops and does not fall through"""
    certain: bool = True
    """False: it may not be there, or may lead elsewhere"""


@dataclass(frozen=True, slots=True)
class RouteTable:
    key: str
    vpc: str
    routes: tuple[Route, ...]
    unknown: str | None = None
    """why it may have other routes than these"""


class Block(Enum):
    """VPC Block Public Access (VPC user guide, "Block public access to VPCs and subnets")."""

    OFF = "off"
    BIDIRECTIONAL = "block-bidirectional"
    INGRESS = "block-ingress"


@dataclass(frozen=True, slots=True)
class Vpc:
    key: str
    account: str | None
    region: str | None
    prefixes: tuple[Prefix, ...]
    """IPv4 and IPv6; IPv6 that Amazon will give is not known before and not here"""
    block: Block = Block.OFF
    """of the account"""
    excluded: Block | None = None
    """what an exclusion of this VPC leaves blocked; None: it has no exclusion"""
    block_unknown: str | None = None
    """why the block may be on or off here, or something of the VPC be excluded from it, unlike these say"""


@dataclass(frozen=True, slots=True)
class Subnet:
    key: str
    vpc: str
    prefixes: tuple[Prefix, ...]
    zone: str | None
    """a zone's name or id, or a text that is equal for equal zones of an account and Region; None: unknown"""
    table: str
    """key of its route table: its own, or the VPC's main one"""
    acl: str | None
    """key; None: the default network ACL, not changed, which admits all"""
    excluded: Block | None = None
    """what an exclusion from Block Public Access leaves blocked for it; None: it has no exclusion"""


@quick
@dataclass(frozen=True, slots=True)
class Interface:
    """A network interface, or a place where one may be.

    An interface that exists has one or more addresses. One that a template will make, or a job will have, has
    none yet: it may be given any address of its subnet (`assigned` False).
    """

    key: str
    subnet: str
    addresses: tuple[Address, ...]
    """private addresses, and IPv6"""
    groups: frozenset[str] | None
    """keys of security groups; None: it takes none, and nothing filters at it"""
    kind: str
    """`instance`, `endpoint`, `nat`, `load-balancer`, `transit`, `firewall`, `lambda`, `sagemaker`, ...:
    `requester` for one that a service made and nobody can name; `any` for a place that only a group names"""
    owner: str
    """key of the resource that has it: the instance, endpoint, notebook, ..."""
    public: Mapping[Address, Address] = field(default_factory=dict)
    """public IPv4 address by private one"""
    public_possible: bool = False
    """it may get a public address that is not in `public`"""
    forwards: bool = False
    """packets for others pass through: source/destination check is off"""
    assigned: bool = True
    certain_groups: bool = True
    """False: it may have other groups than these"""
    public_certain: bool = False
    """with `public_possible`: it surely gets one, for its only IPv4 address; just which is not known"""
    forwards_certain: bool = True
    """False: with `forwards`, whether the check is off is not known"""


@dataclass(frozen=True, slots=True)
class InternetGateway:
    key: str
    vpc: str
    table: str | None = None
    """its edge (gateway) route table"""


@dataclass(frozen=True, slots=True)
class EgressOnlyGateway:
    key: str
    vpc: str


@dataclass(frozen=True, slots=True)
class NatGateway:
    key: str
    subnet: str
    interface: str
    public: bool
    """False: private connectivity, no address of the internet"""


@dataclass(frozen=True, slots=True)
class Peering:
    key: str
    vpcs: tuple[str, str]
    """requester, accepter"""
    active: bool
    certain: bool = True


class Joined(Enum):
    """What is attached to a Transit Gateway."""

    VPC = "vpc"
    PEERING = "peering"
    VPN = "vpn"
    DIRECT_CONNECT = "direct-connect-gateway"
    CONNECT = "connect"


@dataclass(frozen=True, slots=True)
class Attachment:
    key: str
    gateway: str
    """key of the Transit Gateway"""
    kind: Joined
    to: str
    """key of the VPC, of the other Transit Gateway's attachment, or of the external network"""
    subnets: tuple[str, ...] = ()
    association: str | None = None
    """key of the Transit Gateway route table that packets from it are looked up in"""
    appliance: bool = False
    """appliance mode"""
    group_references: bool = True
    """security group referencing support of the attachment, which counts where its gateway has it too"""
    ready: bool = True
    certain: bool = True


@dataclass(frozen=True, slots=True)
class TransitRoute:
    prefix: Prefix
    attachment: str | None
    """None: a blackhole"""
    propagated: bool
    place: Place
    certain: bool = True


@dataclass(frozen=True, slots=True)
class TransitTable:
    key: str
    gateway: str
    routes: tuple[TransitRoute, ...]
    unknown: str | None = None


@dataclass(frozen=True, slots=True)
class TransitGateway:
    key: str
    region: str | None
    group_references: bool = False
    """security group referencing support, which is off unless asked for"""


@dataclass(frozen=True, slots=True)
class External:
    """A network that is not AWS's: on premises, behind a VPN or Direct Connect."""

    key: str
    prefixes: tuple[Prefix, ...]
    """what it states to have; more may be there"""


@dataclass(frozen=True, slots=True)
class VpnGateway:
    key: str
    vpc: str
    externals: tuple[str, ...] = ()
    """what its connections lead to"""
    table: str | None = None
    """its edge (gateway) route table"""


# --- endpoints, load balancers, firewalls


@dataclass(frozen=True, slots=True)
class GatewayEndpoint:
    key: str
    vpc: str
    service: str
    """`com.amazonaws.eu-central-1.s3`"""
    list: str | None
    """key of the service's prefix list"""


@dataclass(frozen=True, slots=True)
class InterfaceEndpoint:
    key: str
    vpc: str
    service: str
    """AWS's service name, or a PrivateLink service's"""
    interfaces: tuple[str, ...]
    private_dns: bool
    provider: str | None = None
    """key of the endpoint service, where it is in the estate"""


@dataclass(frozen=True, slots=True)
class EndpointService:
    key: str
    balancers: tuple[str, ...]
    """keys of load balancers"""


@dataclass(frozen=True, slots=True)
class TargetOf:
    """A target of a target group."""

    interface: str | None
    """key; None: an address that belongs to no interface of the estate"""
    address: Address | None
    port: int | None
    zone: str | None = None
    healthy: bool | None = None
    """None: not known"""


@dataclass(frozen=True, slots=True)
class TargetGroup:
    key: str
    kind: str
    """`instance`, `ip`, `lambda`, `alb`"""
    protocol: str | None
    port: int | None
    targets: tuple[TargetOf, ...]
    preserve_client_ip: bool | None
    """None: the default of its kind and protocol"""
    certain: bool = True
    """False: there may be other targets, or they are sent to otherwise than this says"""
    cross_zone: bool | None = None
    """cross-zone load balancing; None: as the load balancer has it"""


@dataclass(frozen=True, slots=True)
class Listener:
    key: str
    protocol: str
    """`TCP`, `UDP`, `TCP_UDP`, `TLS`, `HTTP`, `HTTPS`"""
    port: int
    groups: tuple[str, ...]
    """keys of target groups"""


@dataclass(frozen=True, slots=True)
class LoadBalancer:
    key: str
    kind: str
    """`network`, `application`, `gateway`"""
    internet_facing: bool
    interfaces: tuple[str, ...]
    """one for each subnet; their groups are the load balancer's"""
    listeners: tuple[Listener, ...]
    cross_zone: bool
    enforce_on_private_link: bool = True
    """its ingress rules apply to what comes through PrivateLink too"""


class Verdict(Enum):
    """What a Network Firewall rule does."""

    PASS = "pass"  # noqa: S105 (a verdict)
    DROP = "drop"
    FORWARD = "forward"
    """to the stateful rules"""
    ALERT = "alert"
    REJECT = "reject"


@dataclass(frozen=True, slots=True)
class FirewallRule:
    """A stateless or stateful 5-tuple rule. Empty: any."""

    priority: int
    """the lowest first, as the policy and the rule group order them"""
    verdict: Verdict
    protocols: frozenset[int]
    sources: tuple[Prefix, ...]
    destinations: tuple[Prefix, ...]
    source_ports: tuple[tuple[int, int], ...]
    destination_ports: tuple[tuple[int, int], ...]
    place: Place
    both_ways: bool = False
    """stateful `ANY` direction"""
    certain: bool = True
    """False: it looks at more than the five (a domain list, a Suricata option), so it may match or not"""


@dataclass(frozen=True, slots=True)
class FirewallPolicy:
    key: str
    stateless: tuple[FirewallRule, ...]
    """by priority"""
    stateless_default: Verdict
    stateful: tuple[FirewallRule, ...]
    strict: bool
    """STRICT_ORDER; else pass, drop, reject, alert"""
    stateful_default: frozenset[str]
    """with strict order: `aws:drop_strict`, `aws:drop_established`, ..."""
    unknown: str | None = None


@dataclass(frozen=True, slots=True)
class Firewall:
    key: str
    vpc: str
    policy: str | None
    """key of the policy; None: not known"""
    interfaces: tuple[str, ...]
    """its endpoints, one a subnet"""


@dataclass(frozen=True, slots=True)
class Unmodelled:
    """Something that forwards or filters and whose rules are not modelled: it may pass, it may drop."""

    key: str
    reason: str


@dataclass(frozen=True, slots=True)
class Model:
    """A whole estate's network. Mappings are by key."""

    vpcs: Mapping[str, Vpc] = field(default_factory=dict)
    subnets: Mapping[str, Subnet] = field(default_factory=dict)
    tables: Mapping[str, RouteTable] = field(default_factory=dict)
    acls: Mapping[str, Acl] = field(default_factory=dict)
    groups: Mapping[str, Group] = field(default_factory=dict)
    lists: Mapping[str, PrefixList] = field(default_factory=dict)
    interfaces: Mapping[str, Interface] = field(default_factory=dict)
    internet_gateways: Mapping[str, InternetGateway] = field(default_factory=dict)
    egress_only_gateways: Mapping[str, EgressOnlyGateway] = field(default_factory=dict)
    nat_gateways: Mapping[str, NatGateway] = field(default_factory=dict)
    peerings: Mapping[str, Peering] = field(default_factory=dict)
    transit_gateways: Mapping[str, TransitGateway] = field(default_factory=dict)
    transit_tables: Mapping[str, TransitTable] = field(default_factory=dict)
    attachments: Mapping[str, Attachment] = field(default_factory=dict)
    externals: Mapping[str, External] = field(default_factory=dict)
    vpn_gateways: Mapping[str, VpnGateway] = field(default_factory=dict)
    gateway_endpoints: Mapping[str, GatewayEndpoint] = field(default_factory=dict)
    interface_endpoints: Mapping[str, InterfaceEndpoint] = field(default_factory=dict)
    endpoint_services: Mapping[str, EndpointService] = field(default_factory=dict)
    load_balancers: Mapping[str, LoadBalancer] = field(default_factory=dict)
    target_groups: Mapping[str, TargetGroup] = field(default_factory=dict)
    firewalls: Mapping[str, Firewall] = field(default_factory=dict)
    policies: Mapping[str, FirewallPolicy] = field(default_factory=dict)
    unmodelled: Mapping[str, Unmodelled] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()
    unplaced: Mapping[str, str] = field(default_factory=dict)
    """key of what has an interface that is not among these -> why it is not known where"""
