"""Forwarding between VPCs as arrays: from each subnet, for each address that an interface has.

Most traffic goes by a local route, a peering or a Transit Gateway and is not changed on the way: a *plain*
way. Everything else that may end at an interface (through a device, a tie, something that is not known) is
`SPECIAL`, and `Paths` says what happens. An array entry is a number of a `Way`.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ringwork.network.model import (
    Attachment,
    Joined,
    Model,
    RouteTable,
    Source,
    Subnet,
    Target,
    TransitTable,
    Via,
)
from ringwork.network.reach.atoms import AddressAtoms, Index
from ringwork.network.reach.lookup import routes_of
from ringwork.network.reach.path import Near

Mask = npt.NDArray[np.bool_]
Row = npt.NDArray[np.int32]
"""numbers of ways by occupied atom: half the size of an `Index`, as these are the largest arrays of all"""
DROPPED, SPECIAL = 0, 1
_NO_HOST = (Via.GATEWAY_ENDPOINT, Via.VPN_GATEWAY)
"""what leads to no interface of the estate"""


@dataclass(frozen=True, slots=True)
class Way:
    """How plain packets go: into which VPC, and by a Transit Gateway or not."""

    vpc: str
    near: Near
    transit: bool = False
    """by a Transit Gateway: `Ways.inward` filters what goes to it"""
    outward: str | None = None
    """ACL whose egress rules filter what comes from the Transit Gateway"""


class Ways:
    """`table[row(subnet), i]` is the way from the subnet to the atom `occupied[i]`."""

    def __init__(self, model: Model, atoms: AddressAtoms, occupied: Sequence[int]) -> None:
        self._model = model
        self._atoms = atoms
        self._occupied = np.array(occupied, np.int64)
        self._places = list(occupied)
        self.ways: list[Way | None] = [None, None]
        self._numbers: dict[Way, int] = {}
        self._transit = {key: self._transit_row(table) for key, table in model.transit_tables.items()}
        self._attached: dict[tuple[str, str], list[Attachment]] = {}
        for attachment in model.attachments.values():
            if attachment.kind is Joined.VPC:
                self._attached.setdefault((attachment.to, attachment.gateway), []).append(attachment)
        self._in_vpc: dict[str, Mask] = {}
        self._targets: dict[str, tuple[list[Target | None], Row]] = {}
        self._by_association: dict[tuple[str, bool], Row] = {}
        self._inward: dict[tuple[str, str, str | None], str | None] = {}
        self._rows: dict[tuple[str, str, str | None], Row | None] = {}
        self._ipv6 = self._occupied >= atoms.first_ipv6
        numbers: dict[tuple[str, str, str | None], int] = {}
        self.row: dict[str, int] = {}
        self.inward: list[str | None] = []
        """for each row the ACL whose ingress rules filter what goes to a Transit Gateway"""
        for subnet in model.subnets.values():
            key = (subnet.vpc, subnet.table, subnet.zone)
            self.row[subnet.key] = numbers.setdefault(key, len(numbers))
        self.table = np.zeros((len(numbers), len(occupied)), np.int32)
        for subnet in model.subnets.values():
            number = self.row[subnet.key]
            if number == len(self.inward):
                self.table[number] = self._row(subnet)
                key = (subnet.vpc, subnet.table, subnet.zone)
                self._rows[key] = self.table[number]
                self.inward.append(self._inward.get(key))

    def vpc_of(self, numbering: dict[str, int]) -> Index:
        """For each way the number of its VPC; -1 for what is dropped or special."""
        return np.array([-1 if way is None else numbering[way.vpc] for way in self.ways], np.int64)

    def _slice(self, within: range) -> slice:
        return slice(bisect_left(self._places, within.start), bisect_left(self._places, within.stop))

    def _number(self, way: Way) -> int:
        found = self._numbers.get(way)
        if found is None:
            found = self._numbers[way] = len(self.ways)
            self.ways.append(way)
        return found

    def _local(self, vpc: str) -> Mask:
        """Which occupied atoms are in the VPC's own blocks."""
        found = self._in_vpc.get(vpc)
        if found is None:
            found = np.zeros(len(self._occupied), bool)
            for prefix in self._model.vpcs[vpc].prefixes:
                found[self._slice(self._atoms.within(prefix))] = True
            self._in_vpc[vpc] = found
        return found

    def _painted(self, table: RouteTable) -> tuple[list[Target | None], Row]:
        """The table's targets, and for each atom the number of the one that it is routed to: 0 for none, 1
        for what is not plain because it is not certain or AWS chooses among several."""
        found = self._targets.get(table.key)
        if found is not None:
            return found
        targets: list[Target | None] = [None, None]
        numbers: dict[Target, int] = {}
        row = np.zeros(len(self._occupied), np.int32)
        if table.unknown:
            row[:] = SPECIAL
        else:
            local = np.zeros(len(self._occupied), bool)
            for route in routes_of(self._model, table):
                local[self._slice(self._atoms.within(route.prefix))] |= route.target.via is Via.LOCAL
            for route in reversed(routes_of(self._model, table)):  # the best is painted last
                where: slice | Mask = self._slice(self._atoms.within(route.prefix))
                if route.source is Source.PROPAGATED and local[where].any():
                    # gives way to the local route, however specific (VPN guide, "Route priority")
                    within = np.zeros(len(self._occupied), bool)
                    within[where] = True
                    where = within & ~local
                if not route.certain and route.target.via in _NO_HOST:
                    row[where] = np.where(row[where] == DROPPED, DROPPED, SPECIAL)  # dropped either way
                elif not route.certain:
                    row[where] = SPECIAL
                elif not route.active:
                    row[where] = DROPPED
                else:
                    if route.target not in numbers:
                        numbers[route.target] = len(targets)
                        targets.append(route.target)
                    row[where] = numbers[route.target]
            for where in self._ties(table):
                row[where] = SPECIAL
        self._targets[table.key] = (targets, row)
        return targets, row

    def _ties(self, table: RouteTable) -> list[slice]:
        """Where several routes of one prefix and source lead to different targets."""
        seen: dict[tuple[object, object], Target] = {}
        found = []
        for route in table.routes:
            key = (route.prefix, route.source)
            if seen.setdefault(key, route.target) != route.target:
                found.append(self._slice(self._atoms.within(route.prefix)))
        return found

    def _row(self, subnet: Subnet) -> Row:
        """The ways from the subnet. Special where it is asked for on its own way (a loop)."""
        key = (subnet.vpc, subnet.table, subnet.zone)
        if key not in self._rows:
            self._rows[key] = None
            self._rows[key] = self._row_of(subnet)
        found = self._rows[key]
        return np.full(len(self._occupied), SPECIAL, np.int32) if found is None else found

    def _behind(self, key: str) -> Row:
        """Special where a device's subnet sends the atom on, dropped where it does not."""
        interface = self._model.interfaces.get(key)
        subnet = None if interface is None else self._model.subnets.get(interface.subnet)
        row = np.full(len(self._occupied), SPECIAL, np.int32)
        if subnet is not None:
            row[self._row(subnet) == DROPPED] = DROPPED
            for prefix in subnet.prefixes:  # its own subnet needs no route
                row[self._slice(self._atoms.within(prefix))] = SPECIAL
        return row

    def _row_of(self, subnet: Subnet) -> Row:
        table = self._model.tables.get(subnet.table)
        row = np.full(len(self._occupied), SPECIAL, np.int32)
        if table is None or subnet.vpc not in self._model.vpcs:
            return row
        targets, painted = self._painted(table)
        row[painted == DROPPED] = DROPPED
        for number, target in enumerate(targets[2:], 2):
            where = painted == number
            if target is not None and where.any():
                row[where] = self._onward(target, subnet)[where]
        return row

    def _onward(self, target: Target, subnet: Subnet) -> Row:
        row = np.full(len(self._occupied), SPECIAL, np.int32)
        vpcs = self._model.vpcs
        if target.via is Via.LOCAL:
            row[:] = DROPPED
            row[self._local(subnet.vpc)] = self._number(Way(subnet.vpc, Near.VPC))
        elif target.via is Via.PEERING:
            peering = self._model.peerings.get(target.key)
            if peering is None or not peering.certain or subnet.vpc not in peering.vpcs:
                return row
            other = peering.vpcs[1 - peering.vpcs.index(subnet.vpc)]
            if other not in vpcs:
                return row
            row[:] = DROPPED
            if peering.active:
                one_region = vpcs[subnet.vpc].region == vpcs[other].region
                way = Way(other, Near.PEERING if one_region else Near.APART)
                row[self._local(other)] = self._number(way)
        elif target.via is Via.TRANSIT_GATEWAY:
            return self._by_transit(target.key, subnet)
        elif target.via in (Via.INTERNET_GATEWAY, Via.EGRESS_ONLY_GATEWAY):
            # no interface has a private address on the internet; IPv6 addresses are the same everywhere
            row[~self._ipv6] = DROPPED
        elif target.via in _NO_HOST:
            row[:] = DROPPED
        elif target.via is Via.NAT_GATEWAY and target.key in self._model.nat_gateways:
            return self._behind(self._model.nat_gateways[target.key].interface)
        elif target.via in (Via.INTERFACE, Via.FIREWALL_ENDPOINT):
            return self._behind(target.key)
        return row

    # --- Transit Gateways

    def _transit_row(self, table: TransitTable) -> tuple[list[str], Row]:
        """Attachments, and for each atom 0 for none, 1 for what is not certain, else 2 + the attachment's."""
        keys: list[str] = []
        row = np.zeros(len(self._occupied), np.int32)
        if table.unknown:
            row[:] = SPECIAL
            return keys, row
        for route in sorted(table.routes, key=lambda one: (one.prefix.length, not one.propagated)):
            where = self._slice(self._atoms.within(route.prefix))
            if not route.certain:
                row[where] = SPECIAL
            elif route.attachment is None:
                row[where] = DROPPED
            else:
                if route.attachment not in keys:
                    keys.append(route.attachment)
                row[where] = 2 + keys.index(route.attachment)
        return keys, row

    def _by_transit(self, gateway: str, subnet: Subnet) -> Row:
        row = np.full(len(self._occupied), SPECIAL, np.int32)
        attachments = self._attached.get((subnet.vpc, gateway), [])
        if len(attachments) != 1 or not attachments[0].certain or subnet.zone is None:
            return row
        mine = [self._model.subnets[key] for key in attachments[0].subnets if key in self._model.subnets]
        if any(one.zone is None for one in mine):
            return row
        same = [one for one in mine if one.zone == subnet.zone]
        association = attachments[0].association
        if not attachments[0].ready or not same or association is None:
            row[:] = DROPPED
            return row
        if len(same) > 1 or association not in self._transit:
            return row
        key = (subnet.vpc, subnet.table, subnet.zone)
        if self._inward.setdefault(key, same[0].acl) != same[0].acl:
            return row  # two Transit Gateways behind different ACLs
        return self._associated(association, attachments[0].group_references)

    def _associated(self, table: str, named: bool) -> Row:
        """The ways of what is looked up in a Transit Gateway route table; `named`: its attachment supports
        references between security groups."""
        found = self._by_association.get((table, named))
        if found is None:
            found = np.full(len(self._occupied), SPECIAL, np.int32)
            keys, looked_up = self._transit[table]
            found[looked_up == DROPPED] = DROPPED
            for number, key in enumerate(keys, 2):
                out = self._model.attachments.get(key)
                where = looked_up == number
                if out is not None and where.any():
                    found[where] = self._arriving(out, named)[where]
            self._by_association[table, named] = found
        return found

    def _arriving(self, out: Attachment, named: bool) -> Row:
        """The ways by an attachment: plain where all its subnets filter alike and route the atom locally."""
        row = np.full(len(self._occupied), SPECIAL, np.int32)
        vpc = self._model.vpcs.get(out.to)
        if out.kind is not Joined.VPC or vpc is None or not out.certain:
            return row
        if not out.ready:
            row[:] = DROPPED
            return row
        subnets = [self._model.subnets[key] for key in out.subnets if key in self._model.subnets]
        acls = {one.acl for one in subnets}
        if len(acls) != 1 or not subnets:
            return row
        plain = np.ones(len(self._occupied), bool)
        dropped = np.ones(len(self._occupied), bool)
        for one in subnets:
            table = self._model.tables.get(one.table)
            if table is None:
                return row
            targets, painted = self._painted(table)
            local = np.zeros(len(self._occupied), bool)
            for number, target in enumerate(targets[2:], 2):
                if target is not None and target.via is Via.LOCAL:
                    local |= painted == number
            plain &= local
            dropped &= painted == DROPPED
            for prefix in one.prefixes:  # what is in the attachment's own subnet meets no ACL
                plain[self._slice(self._atoms.within(prefix))] = False
        gateway = self._model.transit_gateways.get(out.gateway)
        named = named and out.group_references and gateway is not None and gateway.group_references
        way = Way(out.to, Near.TRANSIT if named else Near.APART, True, next(iter(acls)))
        row[plain & self._local(out.to)] = self._number(way)
        row[plain & ~self._local(out.to)] = DROPPED
        row[dropped & ~plain] = DROPPED
        return row
