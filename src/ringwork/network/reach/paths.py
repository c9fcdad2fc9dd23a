"""Where packets to one address are forwarded, and every filter that they meet on the way.

AWS forwards by the table of the subnet that a packet is in and the address it goes to, never by ports; so for
a start and an address atom there are a few paths, each a list of checks and an end. They are evaluated later,
for all senders and all traffic at once. The rules, with their sources, are those of
`ringwork.network.walk`, which decides the same for one concrete packet.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import replace

from ringwork.network.addresses import Prefix
from ringwork.network.model import (
    Attachment,
    Interface,
    Joined,
    Model,
    Peering,
    Subnet,
    Target,
    Via,
)
from ringwork.network.reach.atoms import AddressAtoms
from ringwork.network.reach.blocking import blocked
from ringwork.network.reach.lookup import Lookup, TransitLookup
from ringwork.network.reach.path import Bearer, End, Near, Path, Sender, State, What, ended
from ringwork.network.walk.known import PRIVATE
from ringwork.network.walk.routes import stays
from ringwork.network.walk.services import FIXED, LINK_LOCAL, resolver_of

_ACROSS = {Near.VPC: Near.TRANSIT, Near.TRANSIT: Near.PERHAPS, Near.PERHAPS: Near.PERHAPS}
"""by a Transit Gateway that supports references between security groups"""


class Paths:
    """All paths from a start to an address atom; computed when asked for, and kept."""

    def __init__(self, model: Model, atoms: AddressAtoms) -> None:
        self._model = model
        self._atoms = atoms
        self._vpc_atoms = {
            key: tuple(atoms.within(prefix) for prefix in vpc.prefixes) for key, vpc in model.vpcs.items()
        }
        self._public_blocks = {
            key
            for key, vpc in model.vpcs.items()
            for prefix in vpc.prefixes
            if prefix.version == 4 and not any(private.covers(prefix) for private in PRIVATE)
        }
        """VPCs of which some addresses are also of the internet"""
        self._subnets: dict[str, list[tuple[range, Subnet]]] = {key: [] for key in model.vpcs}
        for subnet in model.subnets.values():
            if subnet.vpc in self._subnets:
                self._subnets[subnet.vpc] += [(atoms.within(prefix), subnet) for prefix in subnet.prefixes]
        self._tables = {key: Lookup(model, table, atoms) for key, table in model.tables.items()}
        self._transit = {key: TransitLookup(table, atoms) for key, table in model.transit_tables.items()}
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
            state = State(Sender.OWN, destination, destination, origin=subnet)
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
        state = State(source, destination, destination, origin=origin)
        return tuple(self._leave(self._model.subnets[subnet], state))

    def from_internet(self, source: int, destination: int) -> tuple[Path, ...]:
        """The paths of what somebody on the internet with an address of atom `source` sends."""
        state = State(source, destination, destination, near=Near.APART)
        return tuple(self._arrive(state))

    def into(self, subnet: str, source: int, private: int) -> tuple[Path, ...]:
        """The paths from the internet to an interface in the subnet whose public address is not known."""
        state = State(source, private, private, near=Near.APART)
        return tuple(self._enter(self._model.subnets[subnet], state))

    def from_external(self, external: str, source: int, destination: int) -> tuple[Path, ...]:
        """The paths of what a network behind a VPN or Direct Connect sends, by whichever gateway."""
        state = State(source, destination, destination, near=Near.APART).at(external)
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

    def _leave(self, subnet: Subnet, state: State) -> Iterator[Path]:
        """The packet is at an interface of the subnet and goes on from there."""
        service = self._services.get(state.destination)
        if service is None and (subnet.vpc, state.destination) in self._resolvers:
            service = "aws:dns"
        if service is not None:
            yield ended(state.check(What.SERVICE, service), End.SERVICE, service)
            return
        if state.destination in self._link_local:
            return  # nothing answers there, and it is never forwarded
        if any(state.destination in self._atoms.within(prefix) for prefix in subnet.prefixes):
            yield ended(state, End.HOST, subnet.key)  # inside a subnet there is no network ACL and no route
            return
        yield from self._route(subnet.table, subnet, state)

    def _route(self, table: str, subnet: Subnet, state: State) -> Iterator[Path]:
        if state.looked_up(table):
            return  # a loop
        lookup = self._tables.get(table)
        if lookup is None:
            yield ended(state.doubted(), End.UNKNOWN, table)
            return
        if state.destination in self._link_local:
            return
        state = state.look_up(table)
        for target, certain in lookup.of(state.destination):
            sure = certain and not lookup.unknown
            yield from self._to(target, subnet, state if sure else state.doubted())
        if lookup.unknown:
            yield ended(state.doubted(), End.UNKNOWN, table)

    def _to(self, target: Target, subnet: Subnet, state: State) -> Iterator[Path]:
        """On to what a route of the subnet's table names: past the subnet's network ACL, unless that is a
        device in the same subnet."""
        model, key = self._model, target.key
        if stays(model, target, subnet.key):
            yield from self._device(target, subnet, state)
            return
        state = state.check(What.ACL_EGRESS, subnet.acl)
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
                    yield ended(state.at(key).doubted(), End.UNKNOWN, key)
            case Via.INTERNET_GATEWAY:
                gateway_of = model.internet_gateways.get(key)
                if gateway_of is None:
                    yield ended(state.at(key).doubted(), End.UNKNOWN, key)
                elif gateway_of.vpc == subnet.vpc and state.guest != "vpn":  # nor edge to edge
                    yield from self._out(subnet, state.at(key))
            case Via.EGRESS_ONLY_GATEWAY if (eigw := model.egress_only_gateways.get(key)) is not None:
                left = blocked(self._model, self._homes(subnet, state), state.at(key), out=True, nat=True)
                passes = eigw.vpc == subnet.vpc and state.guest != "vpn"
                if self._atoms.version(state.destination) == 6 and left is not None and passes:
                    # whether it passes addresses of another VPC is not documented
                    mine = left if self._inside(subnet.vpc, left) else left.doubted()
                    yield from self._internet(replace(mine, near=Near.APART))
            case Via.NAT_GATEWAY | Via.INTERFACE | Via.FIREWALL_ENDPOINT:
                yield from self._device(target, subnet, state)
            case Via.GATEWAY_ENDPOINT if (endpoint := model.gateway_endpoints.get(key)) is not None:
                for mine in self._bearing(subnet.vpc, state) if endpoint.vpc == subnet.vpc else ():
                    yield ended(mine.at(key), End.SERVICE, key)
            case Via.VPN_GATEWAY if (gateway := model.vpn_gateways.get(key)) is not None:
                if gateway.vpc == subnet.vpc:
                    # not edge to edge
                    for mine in self._bearing(subnet.vpc, state) if state.guest else (state,):
                        yield from self._outside(gateway.externals, mine.at(key))
            case _:
                yield ended(state.at(key).doubted(), End.UNKNOWN, key)

    def _device(self, target: Target, subnet: Subnet, state: State) -> Iterator[Path]:
        interface = self._model.interfaces.get(target.key)
        if target.via is Via.NAT_GATEWAY and (nat := self._model.nat_gateways.get(target.key)) is not None:
            yield from self._translate(nat.interface, target.key, subnet, state)
        elif target.via is Via.INTERFACE and interface is not None:
            yield from self._appliance(interface, subnet, state)
        elif target.via is Via.FIREWALL_ENDPOINT and interface is not None:
            yield from self._inspect(interface, subnet, state)
        else:
            yield ended(state.at(target.key).doubted(), End.UNKNOWN, target.key)

    def _deliver(self, vpc: str, state: State, before: Subnet | None) -> Iterator[Path]:
        """By the local route, to the subnet that has the address; `before`: the subnet it comes from."""
        for atoms, subnet in self._subnets.get(vpc, ()):
            if state.destination in atoms:
                if before is None or before.key != subnet.key:
                    state = state.check(What.ACL_INGRESS, subnet.acl)
                yield ended(state, End.HOST, subnet.key)
                return

    def _inside(self, vpc: str, state: State) -> bool | None:
        """Whether the packet bears an address of the VPC; None: some of its senders' addresses are, in a VPC
        whose blocks overlap with theirs."""
        if isinstance(state.source, int):
            return any(state.source in atoms for atoms in self._vpc_atoms.get(vpc, ()))
        if state.source is Sender.PUBLIC:
            return None if vpc in self._public_blocks else False
        if self._vpc(state.origin) == vpc:
            return True
        found = self._model.vpcs.get(vpc)
        blocks = found.prefixes if found is not None else ()
        mine = self._sent_from(state)
        if mine and all(any(block.covers(prefix) for block in blocks) for prefix in mine):
            return True
        return None if _overlap(blocks, mine) else False

    def _sent_from(self, state: State) -> list[Prefix]:
        """Where the address of the sender is, of the packet's family."""
        subnet = self._model.subnets.get(state.origin)
        version = self._atoms.version(state.destination)
        return [prefix for prefix in (subnet.prefixes if subnet else ()) if prefix.version == version]

    def _bearing(self, vpc: str, state: State) -> tuple[State, ...]:
        """The packet, if it bears an address of the VPC; doubted, if it may."""
        inside = self._inside(vpc, state)
        if inside is None:
            return (state.doubted(),)
        return (state,) if inside else ()

    def _subnet_of(self, interface: Interface) -> Subnet | None:
        return self._model.subnets.get(interface.subnet)

    def _pass_into(self, interface: Interface, before: Subnet | None, state: State) -> State:
        """The network ACL of a device's subnet, where the packet comes from another one."""
        subnet = self._subnet_of(interface)
        if subnet is None or (before is not None and before.key == subnet.key):
            return state
        return state.check(What.ACL_INGRESS, subnet.acl)

    def _appliance(self, interface: Interface, before: Subnet | None, state: State) -> Iterator[Path]:
        subnet = self._subnet_of(interface)
        if subnet is None:
            return
        state = self._pass_into(interface, before, state)
        if any(self._atoms.of(address) == state.destination for address in interface.addresses):
            yield ended(state, End.HOST, subnet.key)  # it is for the appliance itself
            return
        if not interface.forwards:
            return
        if interface.key in self._model.unmodelled or interface.owner in self._model.unmodelled:
            yield ended(state.check(What.GROUP_INGRESS, interface.key).doubted(), End.UNKNOWN, interface.key)
            return
        if not interface.forwards_certain:
            state = state.doubted()
        state = state.at(interface.key)
        state = state.check(What.GROUP_INGRESS, interface.key)
        state = replace(state, near=Near.APART).check(What.GROUP_EGRESS, interface.key)
        yield from self._leave(subnet, state)

    def _inspect(self, interface: Interface, before: Subnet | None, state: State) -> Iterator[Path]:
        subnet, firewall = self._subnet_of(interface), self._firewalls.get(interface.key)
        if subnet is None:
            yield ended(state.doubted(), End.UNKNOWN, interface.key)
            return
        state = self._pass_into(interface, before, state).at(interface.key)
        policy = firewall.policy if firewall is not None else None
        state = state.doubted() if policy is None else state.check(What.FIREWALL, policy)
        state = replace(state, near=Near.APART)
        yield from self._leave(subnet, state)

    def _translate(self, key: str, nat: str, before: Subnet, state: State) -> Iterator[Path]:
        """Through a NAT gateway, which puts its own address and keeps a session for the answers."""
        interface = self._model.interfaces.get(key)
        subnet = None if interface is None else self._subnet_of(interface)
        if interface is None or subnet is None:
            yield ended(state.doubted(), End.UNKNOWN, nat)
            return
        state = self._pass_into(interface, before, state).at(nat).check(What.PROTOCOLS, nat)
        for address in interface.addresses:
            if address.version == self._atoms.version(state.destination):
                mine = replace(state, source=self._atoms.of(address), near=Near.APART)
                yield from self._leave(subnet, replace(mine, guest=""))
        if not interface.addresses:
            yield from self._somewhere(interface, subnet, state)

    def _somewhere(self, interface: Interface, subnet: Subnet, state: State) -> Iterator[Path]:
        """A device whose address AWS will choose: any of its subnet, so which filters see is not sure."""
        version = self._atoms.version(state.destination)
        within = [
            a for p in subnet.prefixes for a in self._atoms.within(p) if self._atoms.version(a) == version
        ]
        for atom in within:
            sent = replace(state, source=atom, near=Near.APART, guest="")
            yield from self._leave(subnet, sent if len(within) == 1 else sent.doubted())

    # --- between VPCs

    def _across(self, peering: Peering | None, vpc: str, state: State) -> Iterator[Path]:
        if peering is None:
            yield ended(state.doubted(), End.UNKNOWN, "peering")
            return
        if not peering.active or vpc not in peering.vpcs:
            return
        inside = self._inside(vpc, state)
        if inside is False and state.guest:
            return  # edge to edge
        if not inside:
            state = state.doubted()  # not documented whether peering carries what bears no address of it
        other = peering.vpcs[1 - peering.vpcs.index(vpc)]
        if other not in self._model.vpcs:
            yield ended(state.at(peering.key).doubted(), End.UNKNOWN, other)
            return
        near = Near.PEERING if state.near is Near.VPC and self._one_region(vpc, other) else Near.APART
        certain = state.certain and peering.certain
        state = replace(state.at(peering.key), near=near, certain=certain)
        # only to addresses of the peer itself: peering is neither transitive nor edge to edge
        yield from self._deliver(other, state, None)

    def _one_region(self, one: str, other: str) -> bool:
        return self._model.vpcs[one].region == self._model.vpcs[other].region

    def _into_transit(self, attachment: Attachment, subnet: Subnet, state: State) -> Iterator[Path]:
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
            inward = state.check(What.ACL_INGRESS, one.acl)
            if not attachment.group_references:
                inward = replace(inward, near=Near.APART)
            yield from self._transit_from(attachment, inward, subnet)

    def _transit_from(self, attachment: Attachment, state: State, subnet: Subnet | None) -> Iterator[Path]:
        """Looked up in the Transit Gateway route table of the attachment that it came by."""
        if not attachment.certain:
            state = state.doubted()
        lookup = self._transit.get(attachment.association or "")
        if attachment.association is None:
            return
        if lookup is None:
            yield ended(state.doubted(), End.UNKNOWN, attachment.association)
            return
        if state.looked_up(lookup.key):
            return
        state = state.look_up(lookup.key)
        for key, certain in lookup.of(state.destination):
            onward = state if certain and not lookup.unknown else state.doubted()
            out = self._model.attachments.get(key)
            if out is None:
                yield ended(onward.doubted(), End.UNKNOWN, key)
            elif out.ready:
                yield from self._out_of_transit(out, onward.at(out.key), subnet)
        if lookup.unknown:
            yield ended(state.doubted(), End.UNKNOWN, lookup.key)

    def _out_of_transit(self, out: Attachment, state: State, origin: Subnet | None) -> Iterator[Path]:
        if not out.certain:
            state = state.doubted()
        if out.kind is Joined.PEERING:
            far = self._model.attachments.get(out.to)
            if far is None:
                yield ended(state.doubted(), End.UNKNOWN, out.to)
            elif far.ready:
                yield from self._transit_from(far, replace(state, near=Near.APART), None)
            return
        if out.kind is not Joined.VPC:
            yield from self._outside((out.to,), state)
            return
        gateway = self._model.transit_gateways.get(out.gateway)
        near = _ACROSS.get(state.near, Near.APART)
        if gateway is None or not gateway.group_references or not out.group_references:
            near = Near.APART
        state = replace(state, near=near, guest="tgw")
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

    def _from_attachment(self, subnet: Subnet, state: State) -> Iterator[Path]:
        """From the attachment's subnet into the VPC, by that subnet's route table."""
        if any(state.destination in self._atoms.within(prefix) for prefix in subnet.prefixes):
            yield ended(state, End.HOST, subnet.key)  # in the same subnet nothing is evaluated
            return
        yield from self._route(subnet.table, subnet, state)

    # --- edges

    def _outside(self, externals: tuple[str, ...], state: State) -> Iterator[Path]:
        """To networks that state the address; if none does, to any that may have it all the same."""
        stating = [
            key
            for key in externals
            if (external := self._model.externals.get(key)) is not None
            and any(state.destination in self._atoms.within(prefix) for prefix in external.prefixes)
        ]
        sure = len(stating) == 1
        for key in stating or externals:
            yield ended(state if sure else state.doubted(), End.EXTERNAL, key)

    def _is_nat(self, vpc: str, source: int) -> bool:
        return (vpc, source) in self._nats

    def _homes(self, subnet: Subnet, state: State) -> list[Subnet]:
        """Whose exclusion counts for what leaves a VPC: the subnet with the source address, not that of a
        device on the way. Several where blocks of VPCs overlap and it may be any."""
        near = self._subnets.get(subnet.vpc, ())
        if isinstance(state.source, int):
            return [own for atoms, own in near if state.source in atoms] or [subnet]
        origin = self._model.subnets.get(state.origin)
        if state.source is Sender.PUBLIC or origin is None:
            return [subnet]
        if origin.vpc == subnet.vpc:
            return [origin]
        mine = self._sent_from(state)
        return [subnet, *(own for _, own in near if _overlap(own.prefixes, mine))]

    def _out(self, subnet: Subnet, state: State) -> Iterator[Path]:
        """Through an internet gateway: one to one for IPv4, as it is for IPv6."""
        nat = isinstance(state.source, int) and self._is_nat(subnet.vpc, state.source)
        left = blocked(self._model, self._homes(subnet, state), state, out=True, nat=nat)
        if left is None:
            return
        onward = replace(left, near=Near.APART)
        if self._atoms.version(state.destination) == 6:
            # whether it passes addresses of another VPC is not documented
            yield from self._internet(onward if self._inside(subnet.vpc, onward) else onward.doubted())
        elif isinstance(state.source, int):
            public = self._mapped.get((subnet.vpc, state.source))
            if public is not None:
                yield from self._internet(replace(onward, source=public))
            elif any(nat.key in state.through for nat in self._open_nats.values()):
                yield from self._internet(onward)
        elif state.source is Sender.OWN:
            if self._vpc(state.origin) == subnet.vpc:
                asked = onward.check(What.PUBLIC_ADDRESS, "")
                yield from self._internet(replace(asked, source=Sender.PUBLIC))
            elif self._inside(subnet.vpc, state) is not False:
                # the address is one of this VPC too: which public one it gets is its owner's here
                yield ended(onward.doubted(), End.UNKNOWN, subnet.vpc)

    def _internet(self, state: State) -> Iterator[Path]:
        if state.destination in self._public or state.destination in self._owned6:
            yield from self._arrive(state)
        if self.is_internet(state.destination):
            yield ended(state, End.INTERNET, "internet")

    def _arrive(self, state: State) -> Iterator[Path]:
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

    def _enter(self, subnet: Subnet, state: State) -> Iterator[Path]:
        gateway = self._gateways.get(subnet.vpc)
        left = blocked(self._model, (subnet,), state, out=False)
        if gateway is not None and left is not None:
            entered = replace(left.at(gateway.key), near=Near.APART, guest="igw")
            yield from self._edge(gateway.table, subnet.vpc, entered)

    def _edge(self, table: str | None, vpc: str, state: State) -> Iterator[Path]:
        """Into a VPC by a gateway: by its edge route table, or the local route."""
        lookup = self._tables.get(table) if table is not None else None
        if table is not None and lookup is None:
            state = state.doubted()
            yield ended(state, End.UNKNOWN, table)
        if lookup is None:
            yield from self._deliver(vpc, state, None)
            return
        if state.looked_up(lookup.key) or state.destination in self._link_local:
            return
        state = state.look_up(lookup.key)
        if lookup.unknown:
            yield ended(state.doubted(), End.UNKNOWN, lookup.key)
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
                yield ended(onward.doubted(), End.UNKNOWN, target.key)


def _overlap(some: Collection[Prefix], others: Collection[Prefix]) -> bool:
    return any(one.overlaps(other) for one in some for other in others)
