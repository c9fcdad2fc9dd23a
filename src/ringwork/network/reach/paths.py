"""Where packets to one address are forwarded, and every filter that they meet on the way.

AWS forwards by the table of the subnet that a packet is in and the address it goes to, never by ports; so for
a start and an address atom there are a few paths, each a list of checks and an end. They are evaluated later,
for all senders and all traffic at once. The rules, with their sources, are those of
`ringwork.network.walk`, which decides the same for one concrete packet.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import Enum

from ringwork.network.addresses import Prefix
from ringwork.network.model import (
    Attachment,
    Block,
    Interface,
    Joined,
    Model,
    Peering,
    Place,
    Route,
    RouteTable,
    Source,
    Subnet,
    Target,
    TransitTable,
    Via,
)
from ringwork.network.packets import ICMP, TCP, UDP, Traffic
from ringwork.network.reach.atoms import AddressAtoms
from ringwork.network.walk.known import PRIVATE
from ringwork.network.walk.services import FIXED, LINK_LOCAL, resolver_of


class Sender(Enum):
    """Whose address a packet bears, where it is not one of a device on the way."""

    OWN = "own"
    """the private address of who sent it (or IPv6)"""
    PUBLIC = "public"
    """the public address that the sender's private one has at the internet gateway"""


Bearer = Sender | int
"""`Sender`, or the address atom of a device that put its own"""


class What(Enum):
    ACL_EGRESS = "network ACL egress"
    ACL_INGRESS = "network ACL ingress"
    GROUP_EGRESS = "security group egress"
    GROUP_INGRESS = "security group ingress"
    FIREWALL = "firewall policy"
    PROTOCOLS = "protocols"
    """TCP, UDP and ICMP: what a NAT gateway carries"""
    PUBLIC_ADDRESS = "public address"
    """the sender has a public address"""
    SERVICE = "service"
    """one of `ANSWERED`, which answers on its ports alone"""


@dataclass(frozen=True, slots=True)
class Check:
    """One control on a path. `key` is the ACL's, the interface's whose groups are asked, the policy's."""

    what: What
    key: str
    source: Bearer
    destination: int
    near: Near
    """how the sender was joined to what the packet had come to"""


class End(Enum):
    HOST = "host"
    """an interface in a subnet, with the address"""
    INTERNET = "internet"
    EXTERNAL = "external"
    SERVICE = "service"
    """an AWS service: through a gateway endpoint, or one of the addresses that no filter sees"""
    UNKNOWN = "unknown"
    """something that is not modelled took the packet"""


class Near(Enum):
    """How sender and receiver are joined, which decides whether security groups may name each other."""

    VPC = "vpc"
    PEERING = "peering"
    TRANSIT = "transit"
    APART = "apart"
    """through a device, a public address, another Region: never"""


@dataclass(frozen=True, slots=True)
class Path:
    checks: tuple[Check, ...]
    end: End
    where: str
    """key of the subnet, the external network, the endpoint or service, what is not modelled"""
    source: Bearer
    destination: int
    sent_to: int
    """the address that was sent to: the public one, where an internet gateway put the private one"""
    near: Near
    certain: bool
    """False: forwarding hangs on something that is not known"""
    through: tuple[str, ...]
    """keys of what forwarded it, in order"""
    branch: tuple[tuple[int, int], ...] = ()
    """where AWS or the sender chooses among several ways: which one this is, of how many"""


@dataclass(frozen=True, slots=True)
class _State:
    source: Bearer
    destination: int
    sent_to: int
    checks: tuple[Check, ...] = ()
    near: Near = Near.VPC
    home: bool = True
    """still in the VPC that it was sent in, by who it bears the address of"""
    origin: str = ""
    """key of the subnet of that sender"""
    guest: str = ""
    """how it came into the VPC that it is in, unless it began there: `tgw`, `vpn`, `igw`"""
    certain: bool = True
    through: tuple[str, ...] = ()
    branch: tuple[tuple[int, int], ...] = ()
    seen: frozenset[tuple[str, int]] = frozenset()
    """tables and the addresses that they were asked for"""

    def check(self, what: What, key: str | None, *, destination: int | None = None) -> _State:
        if key is None:
            return self
        to = self.destination if destination is None else destination
        return replace(self, checks=(*self.checks, Check(what, key, self.source, to, self.near)))

    def at(self, key: str) -> _State:
        return replace(self, through=(*self.through, key))

    def look_up(self, table: str) -> _State:
        return replace(self.at(table), seen=self.seen | {(table, self.destination)})

    def looked_up(self, table: str) -> bool:
        """Whether the table was asked before for the same address: the packet goes in circles."""
        return (table, self.destination) in self.seen

    def chosen(self, number: int, count: int) -> _State:
        return self if count == 1 else replace(self, branch=(*self.branch, (number, count)))

    def doubted(self) -> _State:
        return replace(self, certain=False)


NAT_CARRIES = (TCP, UDP, ICMP)
"""VPC user guide, "NAT gateway basics": TCP, UDP and ICMP"""

ANSWERED = dict(FIXED.values())
"""What AWS answers in every VPC, past all filters: protocols and ports by service"""


def prefixes(model: Model) -> Iterator[Prefix]:
    """Every prefix that forwarding or a filter reads: the cut points of address atoms."""
    yield from (*PRIVATE, *LINK_LOCAL)
    yield from (address.prefix for address in FIXED)
    for vpc in model.vpcs.values():
        yield from vpc.prefixes
        resolver = resolver_of(vpc)
        yield from (resolver.prefix,) if resolver is not None else ()
    for subnet in model.subnets.values():
        yield from subnet.prefixes
    for table in model.tables.values():
        yield from (route.prefix for route in table.routes)
    for transit in model.transit_tables.values():
        yield from (route.prefix for route in transit.routes)
    for external in model.externals.values():
        yield from external.prefixes
    for listed in model.lists.values():
        yield from listed.prefixes or ()
    for acl in model.acls.values():
        yield from (entry.prefix for entry in (*acl.ingress, *acl.egress))
    for group in model.groups.values():
        yield from (rule.peer for rule in (*group.ingress, *group.egress) if isinstance(rule.peer, Prefix))
    for policy in model.policies.values():
        for rule in (*policy.stateless, *policy.stateful):
            yield from (*rule.sources, *rule.destinations)
    for interface in model.interfaces.values():
        yield from (public.prefix for public in interface.public.values())
    for key in special_interfaces(model):
        yield from (address.prefix for address in model.interfaces[key].addresses)
    for registered in model.target_groups.values():
        yield from (target.address.prefix for target in registered.targets if target.address is not None)


def traffic(model: Model) -> Iterator[Traffic]:
    """Everything that a filter reads apart from addresses: the cut points of traffic atoms."""
    for acl in model.acls.values():
        yield from (entry.traffic for entry in (*acl.ingress, *acl.egress))
    for group in model.groups.values():
        yield from (rule.traffic for rule in (*group.ingress, *group.egress))
    for policy in model.policies.values():
        for rule in (*policy.stateless, *policy.stateful):
            for protocol in rule.protocols:
                ports = rule.destination_ports if protocol in (TCP, UDP) else ()
                yield from (Traffic(protocol, low, high) for low, high in ports)
                yield Traffic(protocol)
            for low, high in rule.destination_ports:
                yield from (Traffic(protocol, low, high) for protocol in (TCP, UDP))
    for balancer in model.load_balancers.values():
        for listener in balancer.listeners:
            yield from (Traffic(protocol, listener.port, listener.port) for protocol in (TCP, UDP))
    for group_of in model.target_groups.values():
        for port in {group_of.port, *(target.port for target in group_of.targets)} - {None}:
            yield from (Traffic(protocol, port, port) for protocol in (TCP, UDP))
    yield from (Traffic(protocol) for protocol in NAT_CARRIES)
    for asked in ANSWERED.values():
        yield from (Traffic(protocol, port, port) for protocol, port in asked)


def special_interfaces(model: Model) -> set[str]:
    """Interfaces that more is known of than of a host: each is told apart from its neighbours."""
    found = {nat.interface for nat in model.nat_gateways.values()}
    found.update(key for one in model.interface_endpoints.values() for key in one.interfaces)
    found.update(key for one in model.load_balancers.values() for key in one.interfaces)
    found.update(one.key for one in model.interfaces.values() if one.kind == "load-balancer")
    found.update(key for one in model.firewalls.values() for key in one.interfaces)
    for table in model.tables.values():
        found.update(route.target.key for route in table.routes if route.target.via is Via.INTERFACE)
    found.update(
        target.interface
        for group in model.target_groups.values()
        for target in group.targets
        if target.interface is not None
    )
    return {key for key in found if key in model.interfaces}


class Paths:
    """All paths from a start to an address atom; computed when asked for, and kept."""

    def __init__(self, model: Model, atoms: AddressAtoms) -> None:
        self._model = model
        self._atoms = atoms
        self._vpc_atoms = {
            key: tuple(atoms.within(prefix) for prefix in vpc.prefixes) for key, vpc in model.vpcs.items()
        }
        self._subnets: dict[str, list[tuple[range, Subnet]]] = {key: [] for key in model.vpcs}
        for subnet in model.subnets.values():
            if subnet.vpc in self._subnets:
                self._subnets[subnet.vpc] += [(atoms.within(prefix), subnet) for prefix in subnet.prefixes]
        self._tables = {key: _Lookup(model, table, atoms) for key, table in model.tables.items()}
        self._transit = {key: _TransitLookup(table, atoms) for key, table in model.transit_tables.items()}
        self._attached: dict[tuple[str, str], list[Attachment]] = {}
        for attachment in model.attachments.values():
            if attachment.kind is Joined.VPC:
                self._attached.setdefault((attachment.to, attachment.gateway), []).append(attachment)
        self._peers = model.peerings
        self._services = {atoms.of(address): name for address, (name, _) in FIXED.items()}
        self._resolvers = {
            (key, atoms.of(resolver))
            for key, vpc in model.vpcs.items()
            if (resolver := resolver_of(vpc)) is not None
        }
        self._link_local = {atom for prefix in LINK_LOCAL for atom in atoms.within(prefix)}
        self._private = {atom for prefix in PRIVATE for atom in atoms.within(prefix)}
        self._public: dict[int, tuple[Interface, int]] = {}
        """public address atom -> who has it, and the atom of the private one"""
        self._mapped: dict[tuple[str, int], int] = {}
        """VPC and private address atom -> the public one"""
        for interface in model.interfaces.values():
            subnet_of = model.subnets.get(interface.subnet)
            for private, public in interface.public.items():
                self._public[atoms.of(public)] = (interface, atoms.of(private))
                if subnet_of is not None:
                    self._mapped[subnet_of.vpc, atoms.of(private)] = atoms.of(public)
        self._open_nats = {
            nat.interface: nat
            for nat in model.nat_gateways.values()
            if nat.public and nat.interface in model.interfaces
            if not model.interfaces[nat.interface].public
        }
        """public NAT gateways whose address AWS will give"""
        self._owned6 = {
            atom
            for vpc in model.vpcs.values()
            for prefix in vpc.prefixes
            if prefix.version == 6
            for atom in atoms.within(prefix)
        }
        self._nats = {
            (own.vpc, atoms.of(address))
            for interface in model.interfaces.values()
            if interface.kind == "nat" and (own := model.subnets.get(interface.subnet)) is not None
            for address in interface.addresses
        }
        self._gateways = {gateway.vpc: gateway for gateway in model.internet_gateways.values()}
        self._firewalls = {
            key: firewall for firewall in model.firewalls.values() for key in firewall.interfaces
        }
        self._memo: dict[tuple[str, int], tuple[Path, ...]] = {}

    def from_subnet(self, subnet: str, destination: int) -> tuple[Path, ...]:
        """The paths of what an interface in the subnet sends, after its own security groups."""
        key = (subnet, destination)
        found = self._memo.get(key)
        if found is None:
            state = _State(Sender.OWN, destination, destination, origin=subnet)
            found = self._memo[key] = tuple(self._leave(self._model.subnets[subnet], state))
        return found

    def looked_up(self, table: str, destination: int) -> list[Target]:
        """What a route table sends the address to: nothing where it is dropped, several where AWS chooses."""
        if destination in self._link_local or table not in self._tables:
            return []
        return [target for target, _ in self._tables[table].of(destination)]

    def looked_up_in_transit(self, attachment: str, destination: int) -> list[str]:
        """The attachments that a Transit Gateway sends on to what came by one."""
        lookup = self._transit.get(self._model.attachments[attachment].association or "")
        return [] if lookup is None else [key for key, _ in lookup.of(destination)]

    def onward(self, subnet: str, source: Bearer, destination: int, origin: str) -> tuple[Path, ...]:
        """The paths of what a load balancer in the subnet passes on with the address of who sent it, whom
        `origin`, a subnet, tells. How it came into the VPC counts no more."""
        vpc = self._model.subnets[subnet].vpc
        home = source is Sender.OWN and self._vpc(origin) == vpc
        if isinstance(source, int):
            for atoms, owning in self._subnets.get(vpc, ()):
                if source in atoms:
                    home, origin = True, owning.key
        state = _State(source, destination, destination, origin=origin, home=home)
        return tuple(self._leave(self._model.subnets[subnet], state))

    def from_internet(self, source: int, destination: int) -> tuple[Path, ...]:
        """The paths of what somebody on the internet with an address of atom `source` sends."""
        state = _State(source, destination, destination, near=Near.APART, home=False)
        return tuple(self._arrive(state))

    def into(self, subnet: str, source: int, private: int) -> tuple[Path, ...]:
        """The paths from the internet to an interface in the subnet whose public address is not known."""
        state = _State(source, private, private, near=Near.APART, home=False)
        return tuple(self._enter(self._model.subnets[subnet], state))

    def from_external(self, external: str, source: int, destination: int) -> tuple[Path, ...]:
        """The paths of what a network behind a VPN or Direct Connect sends, by whichever gateway."""
        state = _State(source, destination, destination, near=Near.APART, home=False).at(external)
        gateways = [
            gateway
            for gateway in self._model.vpn_gateways.values()
            if external in gateway.externals
            and any(destination in atoms for atoms in self._vpc_atoms.get(gateway.vpc, ()))
        ]
        attachments = [
            attachment
            for attachment in self._model.attachments.values()
            if attachment.to == external and attachment.ready
        ]
        count = len(gateways) + len(attachments)
        found: list[Path] = []
        for number, gateway in enumerate(gateways):
            entered = replace(state.at(gateway.key), guest="vpn").chosen(number, count)
            found += self._edge(gateway.table, gateway.vpc, entered)
        for number, attachment in enumerate(attachments, len(gateways)):
            found += self._transit_from(attachment, state.at(attachment.key).chosen(number, count), None)
        return tuple(found)

    def owner(self, public: int) -> tuple[Interface, int] | None:
        """Who has the public address of this atom, and the atom of its private address."""
        return self._public.get(public)

    @property
    def public_atoms(self) -> tuple[int, ...]:
        """The atoms of public addresses that interfaces have."""
        return tuple(self._public)

    def is_internet(self, atom: int) -> bool:
        return atom not in self._private and atom not in self._public and atom not in self._owned6

    # --- inside a VPC

    def _leave(self, subnet: Subnet, state: _State) -> Iterator[Path]:
        """The packet is at an interface of the subnet and goes on from there."""
        service = self._services.get(state.destination)
        if service is None and (subnet.vpc, state.destination) in self._resolvers:
            service = "aws:dns"
        if service is not None:
            yield _end(state.check(What.SERVICE, service), End.SERVICE, service)
            return
        if state.destination in self._link_local:
            return  # nothing answers there, and it is never forwarded
        if any(state.destination in self._atoms.within(prefix) for prefix in subnet.prefixes):
            yield _end(state, End.HOST, subnet.key)  # inside a subnet there is no network ACL and no route
            return
        state = state.check(What.ACL_EGRESS, subnet.acl)
        yield from self._route(subnet.table, subnet, state)

    def _route(self, table: str, subnet: Subnet, state: _State) -> Iterator[Path]:
        if state.looked_up(table):
            return  # a loop
        lookup = self._tables.get(table)
        if lookup is None:
            yield _end(state.doubted(), End.UNKNOWN, table)
            return
        if state.destination in self._link_local:
            return
        state = state.look_up(table)
        for target, certain in lookup.of(state.destination):
            sure = certain and not lookup.unknown
            yield from self._to(target, subnet, state if sure else state.doubted())
        if lookup.unknown:
            yield _end(state.doubted(), End.UNKNOWN, table)

    def _to(self, target: Target, subnet: Subnet, state: _State) -> Iterator[Path]:
        """On to what a route of the subnet's table names."""
        model, key = self._model, target.key
        match target.via:
            case Via.LOCAL:
                yield from self._deliver(subnet.vpc, state, subnet)
            case Via.PEERING:
                yield from self._across(self._peers.get(key), subnet.vpc, state)
            case Via.TRANSIT_GATEWAY:
                if state.guest == "vpn":
                    return  # edge to edge
                for attachment in self._attached.get((subnet.vpc, key), ()):
                    yield from self._into_transit(attachment, subnet, state.at(attachment.key))
                if key not in model.transit_gateways and (subnet.vpc, key) not in self._attached:
                    yield _end(state.at(key).doubted(), End.UNKNOWN, key)
            case Via.INTERNET_GATEWAY:
                gateway_of = model.internet_gateways.get(key)
                if gateway_of is None:
                    yield _end(state.at(key).doubted(), End.UNKNOWN, key)
                elif gateway_of.vpc == subnet.vpc and state.guest != "vpn":  # nor edge to edge
                    yield from self._out(subnet, state.at(key))
            case Via.EGRESS_ONLY_GATEWAY if (eigw := model.egress_only_gateways.get(key)) is not None:
                left = self._blocked(self._home(subnet, state), state.at(key), out=True, nat=True)
                passes = eigw.vpc == subnet.vpc and self._inside(subnet.vpc, state) and state.guest != "vpn"
                if self._atoms.version(state.destination) == 6 and left is not None and passes:
                    yield from self._internet(replace(left, near=Near.APART))
            case Via.NAT_GATEWAY if (nat := model.nat_gateways.get(key)) is not None:
                yield from self._translate(nat.interface, key, subnet, state)
            case Via.INTERFACE if (interface := model.interfaces.get(key)) is not None:
                yield from self._appliance(interface, subnet, state)
            case Via.FIREWALL_ENDPOINT if (interface := model.interfaces.get(key)) is not None:
                yield from self._inspect(interface, subnet, state)
            case Via.GATEWAY_ENDPOINT if (endpoint := model.gateway_endpoints.get(key)) is not None:
                if endpoint.vpc == subnet.vpc and self._inside(subnet.vpc, state):
                    yield _end(state.at(key), End.SERVICE, key)
            case Via.VPN_GATEWAY if (gateway := model.vpn_gateways.get(key)) is not None:
                # not edge to edge
                if gateway.vpc == subnet.vpc and (not state.guest or self._inside(subnet.vpc, state)):
                    yield from self._outside(gateway.externals, state.at(key))
            case _:
                yield _end(state.at(key).doubted(), End.UNKNOWN, key)

    def _deliver(self, vpc: str, state: _State, before: Subnet | None) -> Iterator[Path]:
        """By the local route, to the subnet that has the address; `before`: the subnet it comes from."""
        for atoms, subnet in self._subnets.get(vpc, ()):
            if state.destination in atoms:
                if before is None or before.key != subnet.key:
                    state = state.check(What.ACL_INGRESS, subnet.acl)
                yield _end(state, End.HOST, subnet.key)
                return

    def _inside(self, vpc: str, state: _State) -> bool:
        """Whether the packet bears an address of the VPC."""
        if isinstance(state.source, int):
            return any(state.source in atoms for atoms in self._vpc_atoms.get(vpc, ()))
        return state.home and state.source is Sender.OWN

    def _subnet_of(self, interface: Interface) -> Subnet | None:
        return self._model.subnets.get(interface.subnet)

    def _pass_into(self, interface: Interface, before: Subnet | None, state: _State) -> _State:
        """The network ACL of a device's subnet, where the packet comes from another one."""
        subnet = self._subnet_of(interface)
        if subnet is None or (before is not None and before.key == subnet.key):
            return state
        return state.check(What.ACL_INGRESS, subnet.acl)

    def _appliance(self, interface: Interface, before: Subnet | None, state: _State) -> Iterator[Path]:
        subnet = self._subnet_of(interface)
        if subnet is None:
            return
        state = self._pass_into(interface, before, state)
        if any(self._atoms.of(address) == state.destination for address in interface.addresses):
            yield _end(state, End.HOST, subnet.key)  # it is for the appliance itself
            return
        if not interface.forwards:
            return
        if interface.key in self._model.unmodelled or interface.owner in self._model.unmodelled:
            yield _end(state.check(What.GROUP_INGRESS, interface.key).doubted(), End.UNKNOWN, interface.key)
            return
        state = state.at(interface.key)
        state = state.check(What.GROUP_INGRESS, interface.key)
        state = replace(state, near=Near.APART).check(What.GROUP_EGRESS, interface.key)
        yield from self._leave(subnet, state)

    def _inspect(self, interface: Interface, before: Subnet | None, state: _State) -> Iterator[Path]:
        subnet, firewall = self._subnet_of(interface), self._firewalls.get(interface.key)
        if subnet is None or firewall is None:
            yield _end(state.doubted(), End.UNKNOWN, interface.key)
            return
        state = self._pass_into(interface, before, state).at(interface.key)
        if firewall.policy is None:
            state = state.doubted()
        state = replace(state.check(What.FIREWALL, firewall.policy), near=Near.APART)
        yield from self._leave(subnet, state)

    def _translate(self, key: str, nat: str, before: Subnet, state: _State) -> Iterator[Path]:
        """Through a NAT gateway, which puts its own address and keeps a session for the answers."""
        interface = self._model.interfaces.get(key)
        subnet = None if interface is None else self._subnet_of(interface)
        if interface is None or subnet is None:
            yield _end(state.doubted(), End.UNKNOWN, nat)
            return
        state = self._pass_into(interface, before, state).at(nat).check(What.PROTOCOLS, nat)
        for address in interface.addresses:
            if address.version == self._atoms.version(state.destination):
                mine = replace(state, source=self._atoms.of(address), near=Near.APART)
                mine = replace(mine, home=True, origin=subnet.key, guest="")
                yield from self._leave(subnet, mine)
        if not interface.addresses:
            yield from self._somewhere(interface, subnet, state)

    def _somewhere(self, interface: Interface, subnet: Subnet, state: _State) -> Iterator[Path]:
        """A device whose address AWS will choose: any of its subnet, so which filters see is not sure."""
        version = self._atoms.version(state.destination)
        within = [
            a for p in subnet.prefixes for a in self._atoms.within(p) if self._atoms.version(a) == version
        ]
        for atom in within:
            sent = replace(state, source=atom, near=Near.APART, home=True, origin=subnet.key, guest="")
            yield from self._leave(subnet, sent if len(within) == 1 else sent.doubted())

    # --- between VPCs

    def _across(self, peering: Peering | None, vpc: str, state: _State) -> Iterator[Path]:
        if peering is None:
            yield _end(state.doubted(), End.UNKNOWN, "peering")
            return
        if not peering.active or vpc not in peering.vpcs:
            return
        if not self._inside(vpc, state):
            if state.guest:
                return  # edge to edge
            state = state.doubted()  # not documented whether peering carries it
        other = peering.vpcs[1 - peering.vpcs.index(vpc)]
        if other not in self._model.vpcs:
            yield _end(state.at(peering.key).doubted(), End.UNKNOWN, other)
            return
        near = Near.PEERING if state.near is Near.VPC and self._one_region(vpc, other) else Near.APART
        certain = state.certain and peering.certain
        state = replace(state.at(peering.key), near=near, home=False, certain=certain)
        # only to addresses of the peer itself: peering is neither transitive nor edge to edge
        yield from self._deliver(other, state, None)

    def _one_region(self, one: str, other: str) -> bool:
        return self._model.vpcs[one].region == self._model.vpcs[other].region

    def _into_transit(self, attachment: Attachment, subnet: Subnet, state: _State) -> Iterator[Path]:
        if not attachment.ready:
            return
        mine = [self._model.subnets[key] for key in attachment.subnets if key in self._model.subnets]
        same = [one for one in mine if one.zone is not None and one.zone == subnet.zone]
        if not same:
            unknown = subnet.zone is None or any(one.zone is None for one in mine)
            if not unknown:
                return  # no subnet of the attachment in this zone
            state, same = state.doubted(), mine
        for one in same:
            # in the same subnet too: "inbound rules use the source IP address"
            inward = replace(state.check(What.ACL_INGRESS, one.acl), home=False)
            if not attachment.group_references:
                inward = replace(inward, near=Near.APART)
            yield from self._transit_from(attachment, inward, subnet)

    def _transit_from(self, attachment: Attachment, state: _State, subnet: Subnet | None) -> Iterator[Path]:
        """Looked up in the Transit Gateway route table of the attachment that it came by."""
        if not attachment.certain:
            state = state.doubted()
        lookup = self._transit.get(attachment.association or "")
        if attachment.association is None:
            return
        if lookup is None:
            yield _end(state.doubted(), End.UNKNOWN, attachment.association)
            return
        if state.looked_up(lookup.key):
            return
        state = state.look_up(lookup.key)
        for key, certain in lookup.of(state.destination):
            onward = state if certain and not lookup.unknown else state.doubted()
            out = self._model.attachments.get(key)
            if out is None:
                yield _end(onward.doubted(), End.UNKNOWN, key)
            elif out.ready:
                yield from self._out_of_transit(out, onward.at(out.key), subnet)
        if lookup.unknown:
            yield _end(state.doubted(), End.UNKNOWN, lookup.key)

    def _out_of_transit(self, out: Attachment, state: _State, origin: Subnet | None) -> Iterator[Path]:
        if not out.certain:
            state = state.doubted()
        if out.kind is Joined.PEERING:
            far = self._model.attachments.get(out.to)
            if far is None:
                yield _end(state.doubted(), End.UNKNOWN, out.to)
            elif far.ready:
                yield from self._transit_from(far, replace(state, near=Near.APART), None)
            return
        if out.kind is not Joined.VPC:
            yield from self._outside((out.to,), state)
            return
        gateway = self._model.transit_gateways.get(out.gateway)
        near = Near.TRANSIT if state.near in (Near.VPC, Near.TRANSIT) else Near.APART
        if gateway is None or not gateway.group_references or not out.group_references:
            near = Near.APART
        state = replace(state, near=near, guest="tgw", home=state.home and out.to == self._vpc(state.origin))
        arrivals = self._arrivals(out, origin)
        for number, one in enumerate(arrivals):
            yield from self._from_attachment(one, state.chosen(number, len(arrivals)))

    def _vpc(self, subnet: str) -> str | None:
        found = self._model.subnets.get(subnet)
        return found.vpc if found is not None else None

    def _arrivals(self, out: Attachment, origin: Subnet | None) -> list[Subnet]:
        """The attachment subnets that a packet may come out by: that of the zone it came from, where there is
        one and zones can be compared (Transit Gateway guide, "Appliance mode": else the zone of origin)."""
        mine = [self._model.subnets[key] for key in out.subnets if key in self._model.subnets]
        if origin is None or out.appliance or origin.zone is None:
            return mine
        here, there = self._model.vpcs.get(origin.vpc), self._model.vpcs.get(out.to)
        if here is None or there is None or (here.account, here.region) != (there.account, there.region):
            return mine
        if any(one.zone is None for one in mine):
            return mine
        return [one for one in mine if one.zone == origin.zone] or mine

    def _from_attachment(self, subnet: Subnet, state: _State) -> Iterator[Path]:
        """From the attachment's subnet into the VPC, by that subnet's route table."""
        if any(state.destination in self._atoms.within(prefix) for prefix in subnet.prefixes):
            yield _end(state, End.HOST, subnet.key)  # in the same subnet nothing is evaluated
            return
        yield from self._route(subnet.table, subnet, state.check(What.ACL_EGRESS, subnet.acl))

    # --- edges

    def _outside(self, externals: tuple[str, ...], state: _State) -> Iterator[Path]:
        """To networks that state the address; if none does, to any that may have it all the same."""
        stating = [
            key
            for key in externals
            if (external := self._model.externals.get(key)) is not None
            and any(state.destination in self._atoms.within(prefix) for prefix in external.prefixes)
        ]
        sure = len(stating) == 1
        for key in stating or externals:
            yield _end(state if sure else state.doubted(), End.EXTERNAL, key)

    def _blocked(self, subnet: Subnet, state: _State, *, out: bool, nat: bool = False) -> _State | None:
        """What VPC Block Public Access leaves of a packet to or from the internet: None where it stops it.

        `nat`: it leaves by what lets connections out only. `block-ingress` lets those, and perhaps others:
        an exclusion of the whole VPC looks the same (`ringwork.network.walk.block`).
        """
        vpc = self._model.vpcs.get(subnet.vpc)
        block = Block.OFF if vpc is None else vpc.block
        if block is Block.OFF or subnet.excluded is Block.OFF:
            return state
        if not out or (subnet.excluded or block) is Block.BIDIRECTIONAL:
            return None
        if nat or (subnet.excluded is Block.INGRESS and block is Block.BIDIRECTIONAL):
            return state
        return state.doubted()

    def _is_nat(self, vpc: str, source: int) -> bool:
        return (vpc, source) in self._nats

    def _home(self, subnet: Subnet, state: _State) -> Subnet:
        """Whose exclusion counts for what leaves: the sender's subnet, not that of a device on the way."""
        return self._model.subnets.get(state.origin, subnet) if state.home else subnet

    def _out(self, subnet: Subnet, state: _State) -> Iterator[Path]:
        """Through an internet gateway: one to one for IPv4, as it is for IPv6."""
        nat = isinstance(state.source, int) and self._is_nat(subnet.vpc, state.source)
        left = self._blocked(self._home(subnet, state), state, out=True, nat=nat)
        if left is None:
            return
        onward = replace(left, near=Near.APART)
        if self._atoms.version(state.destination) == 6:
            if self._inside(subnet.vpc, state):
                yield from self._internet(onward)
        elif isinstance(state.source, int):
            public = self._mapped.get((subnet.vpc, state.source))
            if public is not None:
                yield from self._internet(replace(onward, source=public))
            elif any(nat.key in state.through for nat in self._open_nats.values()):
                yield from self._internet(onward)
        elif state.home and state.source is Sender.OWN:
            asked = onward.check(What.PUBLIC_ADDRESS, "")
            yield from self._internet(replace(asked, source=Sender.PUBLIC))

    def _internet(self, state: _State) -> Iterator[Path]:
        if state.destination in self._public or state.destination in self._owned6:
            yield from self._arrive(state)
        if self.is_internet(state.destination):
            yield _end(state, End.INTERNET, "internet")

    def _arrive(self, state: _State) -> Iterator[Path]:
        """From the internet to an address of an interface, through its VPC's gateway."""
        owned = self._public.get(state.destination)
        if owned is not None:
            interface, private = owned
            subnet = self._subnet_of(interface)
            if subnet is None:
                return
            yield from self._enter(subnet, replace(state, destination=private))
            return
        if self._atoms.version(state.destination) == 6:
            for subnets in self._subnets.values():
                for atoms, subnet in subnets:
                    if state.destination in atoms:
                        yield from self._enter(subnet, state)

    def _enter(self, subnet: Subnet, state: _State) -> Iterator[Path]:
        gateway = self._gateways.get(subnet.vpc)
        left = self._blocked(subnet, state, out=False)
        if gateway is not None and left is not None:
            entered = replace(left.at(gateway.key), near=Near.APART, home=False, guest="igw")
            yield from self._edge(gateway.table, subnet.vpc, entered)

    def _edge(self, table: str | None, vpc: str, state: _State) -> Iterator[Path]:
        """Into a VPC by a gateway: by its edge route table, or the local route."""
        lookup = self._tables.get(table) if table is not None else None
        if table is not None and lookup is None:
            yield _end(state.doubted(), End.UNKNOWN, table)
        if lookup is None:
            yield from self._deliver(vpc, state, None)
            return
        if state.looked_up(lookup.key) or state.destination in self._link_local:
            return
        state = state.look_up(lookup.key)
        if lookup.unknown:
            yield _end(state.doubted(), End.UNKNOWN, lookup.key)
        for target, certain in lookup.of(state.destination):
            onward = state if certain and not lookup.unknown else state.doubted()
            interface = self._model.interfaces.get(target.key)
            if target.via is Via.LOCAL:
                yield from self._deliver(vpc, onward, None)
            elif state.guest == "vpn" and target.via in (Via.BALANCER_ENDPOINT, Via.FIREWALL_ENDPOINT):
                continue  # VPC user guide, "Gateway route tables": such traffic "is dropped"
            elif target.via is Via.INTERFACE and interface is not None:
                yield from self._appliance(interface, None, onward)
            elif target.via is Via.FIREWALL_ENDPOINT and interface is not None:
                yield from self._inspect(interface, None, onward)
            else:
                yield _end(onward.doubted(), End.UNKNOWN, target.key)


def _end(state: _State, end: End, where: str) -> Path:
    return Path(
        state.checks,
        end,
        where,
        state.source,
        state.destination,
        state.sent_to,
        state.near,
        state.certain and end is not End.UNKNOWN,
        state.through,
        state.branch,
    )


def routes_of(model: Model, table: RouteTable) -> list[Route]:
    """A table's routes, the best first: the longest prefix, then the order of equals (VPC user guide, "Route
    priority"). Each block of the VPC has a local route in every table, unless that was given a target."""
    stated = {route.prefix for route in table.routes}
    vpc = model.vpcs.get(table.vpc)
    local = [
        Route(prefix, Target(Via.LOCAL), Source.LOCAL, Place(table.key))
        for prefix in (vpc.prefixes if vpc is not None else ())
        if prefix not in stated
    ]
    return sorted((*table.routes, *local), key=lambda route: (-route.prefix.length, route.source.value))


class _Lookup:
    """A VPC route table by address atom."""

    def __init__(self, model: Model, table: RouteTable, atoms: AddressAtoms) -> None:
        self.key, self.unknown = table.key, table.unknown
        ordered = routes_of(model, table)
        self._routes = [(atoms.within(route.prefix), route) for route in ordered]

    def of(self, atom: int) -> list[tuple[Target, bool]]:
        """What routes to the atom lead to, and whether that is certain: nothing where it is dropped, several
        where AWS chooses or a route may be absent."""
        matching = [route for within, route in self._routes if atom in within]
        if any(route.target.via is Via.LOCAL for route in matching):
            # even a more specific propagated route gives way to the local one (VPN guide, "Route priority")
            matching = [route for route in matching if route.source is not Source.PROPAGATED]
        found: list[tuple[Target, bool]] = []
        best: tuple[int, Source] | None = None
        dropped = False
        for route in matching:
            rank = (route.prefix.length, route.source)
            if best not in (None, rank):
                break
            if route.certain:
                best = rank
            if route.active:
                found.append((route.target, route.certain))
            else:
                dropped = True
        targets = dict.fromkeys(target for target, _ in found)
        if len(targets) > 1 or dropped:
            return [(target, False) for target in targets]
        return found[:1]


class _TransitLookup:
    """A Transit Gateway route table by address atom."""

    def __init__(self, table: TransitTable, atoms: AddressAtoms) -> None:
        self.key, self.unknown = table.key, table.unknown
        ordered = sorted(table.routes, key=lambda route: (-route.prefix.length, route.propagated))
        self._routes = [(atoms.within(route.prefix), route) for route in ordered]

    def of(self, atom: int) -> list[tuple[str, bool]]:
        """Keys of attachments. Static before propagated for equal prefixes; propagated ones of equal prefix
        are told apart by the kind of their attachment, which the reader has done."""
        found: list[tuple[str, bool]] = []
        for within, route in self._routes:
            if atom not in within:
                continue
            if route.attachment is not None:
                found.append((route.attachment, route.certain and not found))
            if route.certain:
                break
        return found
