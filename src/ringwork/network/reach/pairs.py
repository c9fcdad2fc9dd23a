"""All pairs of faces at once, for plain ways: four filters and a route, as blocks of bits for each VPC.

Special ways (devices, what is not known) and public addresses are for `Prover`; `Block.special` says where.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from ringwork.network.addresses import Prefix
from ringwork.network.model import AclEntry, GroupPeer, GroupRule, ListPeer, Model
from ringwork.network.packets import ICMP, ICMPV6, TCP, UDP
from ringwork.network.reach.atoms import AddressAtoms, Bits, Index, TrafficAtoms
from ringwork.network.reach.doors import Doors, called_from, leading, taken
from ringwork.network.reach.faces import MORE_GROUPS, NO_PUBLIC, Faces
from ringwork.network.reach.naming import Naming
from ringwork.network.reach.path import Near
from ringwork.network.reach.ways import DROPPED, SPECIAL, Ways

Mask = npt.NDArray[np.bool_]
_CELLS = 1 << 21
"""words of a block that are worked on at once"""
_ROWS = 256
"""rows of `Ways` that are worked on at once"""


@dataclass(frozen=True, slots=True)
class Block:
    """Pairs of source faces and faces of one VPC. Arrays are by source, destination (and word)."""

    vpc: str
    sources: Index
    destinations: Index
    bits: Bits
    """what may (or, if `sure` was asked, surely does) flow by plain ways"""
    reply: Mask | None
    """whether an answer comes back, for some packet of `bits`"""
    special: Mask
    """where `Prover` has to be asked: the way is not plain, or a load balancer or endpoint may send on"""


Side = tuple[Bits, list[tuple[str, Bits]]]
"""what rules admit by occupied atom, and by the group that they name"""


@dataclass(frozen=True, slots=True)
class Ground:
    """All but security groups, between sites: by source and destination."""

    bits: Bits
    special: Mask
    apart: Mask
    back: Bits | None


class Pairs:
    """Tables of one model, for all pairs. Raises nothing: what is not plain is `special`."""

    def __init__(
        self,
        model: Model,
        addresses: AddressAtoms,
        traffic: TrafficAtoms,
        faces: Faces,
        *,
        sure: bool = False,
    ) -> None:
        """`sure`: what surely flows, instead of what may."""
        self._model = model
        self._addresses = addresses
        self._traffic = traffic
        self._sure = sure
        self._naming = Naming(model)
        atoms = sorted({face.atom for face in faces.faces})
        self._atoms = atoms
        self._occupied = np.array(atoms, np.int64)
        self._slices: dict[Prefix, slice] = {}
        self._ways = Ways(model, addresses, atoms)
        subnets = {key: number for number, key in enumerate(model.subnets)}
        self._vpcs = {key: number for number, key in enumerate(model.vpcs)}
        acls = self._acl_numbers()
        ways = self._ways.ways
        self._outward = np.array([0 if way is None else acls[way.outward] for way in ways], np.int64)
        self._inward = np.array([acls[key] for key in self._ways.inward], np.int64)
        self._transit = np.array([way is not None and way.transit for way in ways], bool)
        self._vpc_of_way = self._ways.vpc_of(self._vpcs)
        self._apart = np.array([way is not None and way.near is Near.APART for way in ways], bool)
        # columns of the faces
        self._atom = np.searchsorted(self._occupied, np.array([face.atom for face in faces.faces], np.int64))
        self._subnet = np.array([subnets[face.subnet] for face in faces.faces], np.int64)
        site, self._site = np.unique(
            self._subnet * (len(atoms) + 1) + self._atom, return_inverse=True
        )  # one subnet and atom: all but security groups is the same for its faces
        self._site_atom, self._site_subnet = site % (len(atoms) + 1), site // (len(atoms) + 1)
        row_of = np.array([self._ways.row[key] for key in model.subnets], np.int64)
        acl_of = np.array([acls[subnet.acl] for subnet in model.subnets.values()], np.int64)
        vpc_of = np.array([self._vpcs.get(subnet.vpc, -1) for subnet in model.subnets.values()], np.int64)
        self._row, self._acl_at, self._site_vpc = (
            (column[self._site_subnet] if len(column) else np.zeros(0, np.int64))
            for column in (row_of, acl_of, vpc_of)
        )
        self._vpc = self._site_vpc[self._site]
        self._certain = np.array([face.certain for face in faces.faces], bool)
        self._takes = np.array([face.takes for face in faces.faces], bool)
        self._ipv6 = self._occupied[self._site_atom] >= addresses.first_ipv6
        self._starts = np.array([face.starts for face in faces.faces], bool)
        self._through_doors(Doors(model, addresses, faces), faces, row_of)
        groups: dict[frozenset[str] | None, int] = {}
        self._groups = np.array(
            [groups.setdefault(face.groups, len(groups)) for face in faces.faces], np.int64
        )
        self._sets = list(groups)
        self._members: dict[str, Mask] = {}
        """whether a set of groups has the group"""
        for number, keys in enumerate(self._sets):
            for key in keys or ():
                self._members.setdefault(key, np.zeros(len(self._sets), bool))[number] = True
        self._perhaps = None if sure else self._members.get(MORE_GROUPS)
        self._held: dict[str, list[tuple[int, Index]]] = {}
        self._able: dict[int, Mask] = {}
        contents: dict[frozenset[object] | None, int] = {}
        self._egress_of = np.zeros(len(self._sets), np.int64)
        self._sendings: list[Side] = []
        for number, keys in enumerate(self._sets):
            rules = None if keys is None else self._rules(keys, egress=True)
            content = None if rules is None else frozenset((r.traffic, r.peer, r.certain) for r in rules)
            if content not in contents:
                contents[content] = len(self._sendings)
                self._sendings.append(self._side(rules, range(len(atoms))))
            self._egress_of[number] = contents[content]
        self._sending = (
            np.stack([bits for bits, _ in self._sendings])
            if self._sendings
            else np.zeros((0, len(atoms), traffic.words), np.uint64)
        )

    def _through_doors(self, doors: Doors, faces: Faces, row_of: Index) -> None:
        """From which sites which doors may be entered, which faces they lead to, and what doors take."""
        keys, self._led = leading(doors, faces)
        entered = np.zeros((len(self._ways.inward), len(keys)), bool)
        inside = np.zeros((len(self._model.subnets), len(keys)), bool)
        numbers = {key: number for number, key in enumerate(self._model.subnets)}
        tables = {int(row_of[number]): self._model.subnets[key].table for key, number in numbers.items()}
        for number, key in enumerate(keys):
            own = np.searchsorted(self._occupied, [face.atom for face in doors.faces[key]])
            entered[:, number] = (self._ways.table[:, own] != DROPPED).any(1)
            inside[[numbers[face.subnet] for face in doors.faces[key]], number] = True
            for row, table in tables.items():
                if any(face.public != NO_PUBLIC for face in doors.faces[key]) and not entered[row, number]:
                    entered[row, number] = called_from(self._model, self._addresses, table, doors.faces[key])
        self._entered = entered[self._row] | inside[self._site_subnet]
        self._taken: dict[int, Bits] = {}
        for number, face in enumerate(faces.faces):
            if face.door:
                admits = taken(doors, self._traffic, face)
                self._taken[number] = admits.must if self._sure else admits.may

    # --- tables

    def _acl_numbers(self) -> Mapping[str | None, int]:
        """Makes the tables of network ACLs, one for all that have the same rules; gives each ACL's number, 0
        for none."""
        keys: dict[str | None, None] = {None: None}
        keys.update((subnet.acl, None) for subnet in self._model.subnets.values())
        keys.update((key, None) for key in self._ways.inward)
        keys.update((way.outward, None) for way in self._ways.ways if way is not None)
        contents: dict[object, int] = {}
        first: list[str | None] = []
        numbers: dict[str | None, int] = {}
        for key in keys:
            content = self._content(key)
            if content not in contents:
                contents[content] = len(first)
                first.append(key)
            numbers[key] = contents[content]
        known: dict[bytes, int] = {}
        self._ingress, self._egress = np.empty((2, len(first), len(self._atoms)), np.int32)
        for egress, table in ((False, self._ingress), (True, self._egress)):
            for number, key in enumerate(first):
                table[number] = self._acl(key, known, egress=egress)
        self._admitted = np.frombuffer(b"".join(known), np.uint64).reshape(-1, self._traffic.words)
        """rows of traffic; ACLs' tables have their numbers, as there are few"""
        return numbers

    def _content(self, key: str | None) -> object:
        """What is equal for ACLs that decide alike."""
        acl = None if key is None else self._model.acls.get(key)
        if acl is None or acl.unknown:
            return key is None
        return tuple(
            tuple((one.number, one.allow, one.traffic, one.prefix, one.certain) for one in entries)
            for entries in (acl.ingress, acl.egress)
        )

    def _slice(self, prefix: Prefix, among: Sequence[int] | None = None) -> slice:
        """Where the prefix's occupied atoms are; `among` some of them, by number."""
        found = self._slices.get(prefix)
        if found is None:
            within = self._addresses.within(prefix)
            low, high = bisect_left(self._atoms, within.start), bisect_left(self._atoms, within.stop)
            found = self._slices[prefix] = slice(low, high)
        if among is None:
            return found
        return slice(bisect_left(among, found.start), bisect_left(among, found.stop))

    def _acl(self, key: str | None, known: dict[bytes, int], *, egress: bool) -> npt.NDArray[np.int32]:
        """What a network ACL admits, by occupied atom: painted from the highest number down. Gives numbers of
        rows in `known`."""
        acl = None if key is None else self._model.acls.get(key)
        if acl is None or acl.unknown:
            closed = self._sure and key is not None
            row = self._traffic.nothing if closed else self._traffic.everything
            return np.full(len(self._atoms), known.setdefault(row.tobytes(), len(known)), np.int32)
        entries: tuple[AclEntry, ...] = acl.egress if egress else acl.ingress
        painted = [
            (entry, self._slice(entry.prefix)) for entry in sorted(entries, key=lambda one: -one.number)
        ]
        cuts = {0, len(self._atoms), *(end for _, where in painted for end in (where.start, where.stop))}
        place = {cut: number for number, cut in enumerate(sorted(cuts))}
        rows = np.zeros((len(cuts) - 1, self._traffic.words), np.uint64)  # between cuts all atoms are alike
        for entry, where in painted:
            bits, within = self._traffic.bits(entry.traffic), slice(place[where.start], place[where.stop])
            if entry.allow and (entry.certain or not self._sure):
                rows[within] |= bits
            elif not entry.allow and (entry.certain or self._sure):
                rows[within] &= ~bits
        numbers = [known.setdefault(row.tobytes(), len(known)) for row in rows]
        return np.repeat(np.array(numbers, np.int32), np.diff(sorted(cuts)))

    def _rules(self, keys: frozenset[str], *, egress: bool) -> list[GroupRule] | None:
        """The rules of all groups; None where one is not in the estate, and so may admit anything."""
        rules: list[GroupRule] = []
        for key in sorted(keys):
            group = self._model.groups.get(key)
            if group is None:
                if not self._sure:
                    return None
                continue
            rules += group.egress if egress else group.ingress
        return rules

    def _side(self, rules: Sequence[GroupRule] | None, atoms: Sequence[int]) -> Side:
        """What rules admit by each of some occupied atoms, and by the group that they name."""
        table = np.zeros((len(atoms), self._traffic.words), np.uint64)
        named: list[tuple[str, Bits]] = []
        if rules is None:
            table[:] = self._traffic.everything
            return table, named
        for rule in rules:
            if self._sure and not rule.certain:
                continue
            bits, peer = self._traffic.bits(rule.traffic), rule.peer
            if isinstance(peer, Prefix):
                table[self._slice(peer, atoms)] |= bits
            elif isinstance(peer, GroupPeer):
                named.append((peer.group, bits))
            else:
                listed = self._model.lists.get(peer.list) if isinstance(peer, ListPeer) else None
                if listed is not None and listed.prefixes is not None:
                    for prefix in listed.prefixes:
                        table[self._slice(prefix, atoms)] |= bits
                elif not self._sure:
                    table |= bits
        return table, named

    # --- blocks

    def blocks(self, *, reply: bool = False) -> Iterator[Block]:
        """Every pair that may be joined, one VPC of destinations after the other."""
        order = np.argsort(self._vpc, kind="stable")
        bounds = np.searchsorted(self._vpc[order], np.arange(len(self._vpcs) + 1))
        by_site = np.argsort(self._site, kind="stable")
        by_site = by_site[self._starts[by_site]]
        of_site = np.searchsorted(self._site[by_site], np.arange(len(self._site_atom) + 1))
        routed = self._routed()
        for name, number in self._vpcs.items():
            destinations = order[bounds[number] : bounds[number + 1]]
            destinations = destinations[self._takes[destinations]]
            if not len(destinations):
                continue
            to, which = np.unique(self._site[destinations], return_inverse=True)
            by_door = self._entered[:, self._led[destinations].any(0)].any(1)
            sites = np.flatnonzero(routed[number][self._row] | (self._site_vpc == number) | by_door)
            sites = sites[of_site[sites] < of_site[sites + 1]]
            atoms = np.unique(self._site_atom[sites])
            receiving = self._receiving(destinations, atoms.tolist())
            counts = of_site[sites + 1] - of_site[sites]
            ends = np.cumsum(counts)
            step = max(1, _CELLS // (len(destinations) * self._traffic.words))
            begin = 0
            while begin < len(sites):  # whole sites, so many that the block is not too large
                end = int(np.searchsorted(ends, ends[begin] - counts[begin] + step, side="right"))
                some_sites = sites[begin : max(end, begin + 1)]
                begin = max(end, begin + 1)
                ground = self._ground(number, some_sites, to, reply)
                kept = np.flatnonzero(some(ground.bits).any(1) | ground.special.any(1) | by_door[some_sites])
                mine = some_sites[kept]
                many = of_site[mine + 1] - of_site[mine]
                first = np.repeat(of_site[mine] - np.cumsum(many) + many, many)
                sources = by_site[first + np.arange(len(first))]
                if len(sources):
                    places = np.searchsorted(atoms, self._site_atom[some_sites])
                    inward = (receiving[0], [(table[places], named) for table, named in receiving[1]])
                    at = np.repeat(kept, many)
                    yield self._block(name, sources, destinations, (at, which), ground, inward)

    def _routed(self) -> Mask:
        """By VPC and row of `Ways`: whether something there is sent into the VPC, or on a special way."""
        found = np.zeros((len(self._vpcs), len(self._ways.inward)), bool)
        taking = np.unique(self._site[self._takes])
        width = len(self._atoms) + 1
        pairs = np.unique(self._site_vpc[taking] * width + self._site_atom[taking])
        vpc, atom = pairs // width, pairs % width
        vpc, atom = vpc[vpc >= 0].astype(np.int32), atom[vpc >= 0]
        known, first = np.unique(vpc, return_index=True)
        leads = self._vpc_of_way.astype(np.int32)
        leads[SPECIAL] = -2
        for row in range(0, len(self._ways.inward) if len(known) else 0, _ROWS):
            way = leads[self._ways.table[row : row + _ROWS, atom]]
            there = np.logical_or.reduceat((way == vpc) | (way == -2), first, axis=1)
            found[known, row : row + _ROWS] = there.T
        return found

    def _receiving(self, destinations: Index, atoms: Sequence[int]) -> tuple[Index, list[Side]]:
        """The ingress of each set of groups among the destinations, from each of the occupied atoms."""
        sets, which = np.unique(self._groups[destinations], return_inverse=True)
        known: dict[str, Side] = {}
        sides = []
        for number in sets:
            keys = self._sets[number]
            if keys is None or (not self._sure and not keys <= self._model.groups.keys()):
                sides.append(self._side(None, atoms))
                continue
            mine = []
            for key in sorted(keys & self._model.groups.keys()):
                if key not in known:
                    known[key] = self._side(self._model.groups[key].ingress, atoms)
                mine.append(known[key])
            sides.append(mine[0] if len(mine) == 1 else self._together(mine, len(atoms)))
        return which, sides

    def _together(self, sides: list[Side], atoms: int) -> Side:
        """What several groups admit."""
        table = np.zeros((atoms, self._traffic.words), np.uint64)
        for one, _ in sides:
            table |= one
        return table, [each for _, named in sides for each in named]

    def _ground(self, vpc: int, sources: Index, to: Index, reply: bool) -> Ground:
        """Routes and network ACLs between sites."""
        source, target = self._site_atom[sources], self._site_atom[to]
        way = self._ways.table[np.ix_(self._row[sources], target)]
        same = self._site_subnet[sources][:, None] == self._site_subnet[to][None, :]
        # a packet has both addresses of one version
        alike = self._ipv6[sources][:, None] == self._ipv6[to][None, :]
        plain = (self._vpc_of_way[way] == vpc) | same
        bits = self._between(way, self._row[sources], self._acl_at[sources], self._acl_at[to], source, target)
        bits[same] = self._traffic.everything
        bits[~(plain & alike)] = 0
        back = self._back(sources, to, same) if reply else None
        return Ground(bits, (way == SPECIAL) & ~same & alike, self._apart[way] & ~same, back)

    def _between(
        self, way: Index, row: Index, acl: Index, acl_to: Index, source: Index, target: Index
    ) -> Bits:
        """What the network ACLs admit: of both subnets, and of attachments of a Transit Gateway."""
        admitted = self._admitted
        bits: Bits = admitted[self._egress[acl[:, None], target[None, :]]]
        bits &= admitted[self._ingress[acl_to[None, :], source[:, None]]]
        transit = self._transit[way]
        if transit.any() and (self._inward[row].any() or self._outward[way].any()):
            inward = admitted[self._ingress[self._inward[row], source]]
            bits &= np.where(transit[..., None], inward[:, None], self._traffic.everything)
            bits &= admitted[self._egress[np.where(transit, self._outward[way], 0), target[None, :]]]
        return bits

    def _back(self, sources: Index, to: Index, same: Mask) -> Bits:
        """The packets that can be answered: groups remember, network ACLs and routes do not.

        An answer to TCP or UDP goes to a port that the sender chose: some port must be admitted; an answer to
        an echo request is an echo reply; other ICMP has none.
        """
        source, target = self._site_atom[sources], self._site_atom[to]
        way = self._ways.table[np.ix_(self._row[to], source)]
        rows = self._between(way, self._row[to], self._acl_at[to], self._acl_at[sources], target, source)
        rows = rows.transpose(1, 0, 2).copy()
        homeward: Index = self._vpc_of_way[way].T
        rows[same] = self._traffic.everything
        found = np.zeros_like(rows)
        for asked, answered in self._answers:
            found |= np.where(some(rows & answered)[..., None], asked, self._traffic.nothing)
        found[(self._site_vpc[sources][:, None] != homeward) & ~same] = 0
        return found

    def _block(
        self,
        name: str,
        sources: Index,
        destinations: Index,
        sites: tuple[Index, Index],
        ground: Ground,
        receiving: tuple[Index, list[Side]],
    ) -> Block:
        at, which = sites
        bits = self._groups_of(sources, destinations, sites, ground, receiving)
        special = np.zeros(bits.shape[:2], bool)
        if ground.special.any():
            special = ground.special[:, which][at]
        if self._taken:
            led = self._led[destinations]
            entered = self._entered[self._site[sources]].astype(np.float32)
            special |= (entered @ led.T.astype(np.float32)) > 0
            for column, destination in enumerate(destinations.tolist()):
                if destination in self._taken:
                    bits[:, column] &= self._taken[destination]
        if self._sure:
            bits[~self._certain[sources]] = 0
            bits[:, ~self._certain[destinations]] = 0
        answered: Mask | None = None
        if ground.back is not None:
            answered = some(bits & ground.back[:, which][at])
        return Block(name, sources, destinations, bits, answered, special)

    def _groups_of(
        self,
        sources: Index,
        destinations: Index,
        sites: tuple[Index, Index],
        ground: Ground,
        receiving: tuple[Index, list[Side]],
    ) -> Bits:
        """What routes, network ACLs and the security groups at both ends admit. Rules that name a group hold
        where the ends are not apart."""
        at, which = sites
        side_of, sides = receiving
        member = self._groups[sources]
        between = ground.bits[:, which]
        # columns are chosen by site, of which there are few, and whole rows are copied to the faces
        found: Bits = (np.stack([table for table, _ in sides], 1)[:, side_of] & between)[at]
        naming = np.zeros((len(sources), len(sides), self._traffic.words), np.uint64)
        for column, (_, named) in enumerate(sides):
            for group, bits in named:
                has = self._having(group)
                if has is not None:
                    naming[has[member], column] |= bits
        rows = np.flatnonzero(some(naming).any(1))
        if len(rows):
            more = naming[rows][:, side_of] & between[at[rows]]
            if ground.apart.any():
                more[ground.apart[:, which][at[rows]]] = 0
            found[rows] |= more
        sending = self._egress_of[member]
        sent = found & self._sending[:, self._atom[destinations]][sending]
        contents = [content for content in np.unique(sending) if self._sendings[content][1]]
        if contents:
            raise_to = np.zeros_like(found)
            target = self._groups[destinations]
            for content in contents:
                mine = np.flatnonzero(sending == content)
                for group, bits in self._sendings[content][1]:
                    has = self._having(group)
                    if has is not None:
                        raise_to[np.ix_(mine, np.flatnonzero(has[target]))] |= bits
            raise_to[~self._leads(sources, self._vpc[destinations[0]])] = 0
            for content in contents if not self._sure else ():
                mine = np.flatnonzero(sending == content)
                for group, bits in self._sendings[content][1]:
                    self._raise_by_others(group, bits, raise_to, mine, sources, destinations)
            sent |= raise_to & found
        return sent

    def _raise_by_others(
        self, group: str, bits: Bits, raised: Bits, rows: Index, sources: Index, destinations: Index
    ) -> None:
        """A member of the group in another VPC, one with the same block, may have a destination's address:
        groups are names for addresses."""
        here = int(self._vpc[destinations[0]])
        for vpc, atoms in self._held_by(group):
            able = rows[self._leads(sources[rows], vpc)] if vpc != here else rows[:0]
            if len(able):
                columns = np.flatnonzero(np.isin(self._atom[destinations], atoms))
                raised[np.ix_(able, columns)] |= bits

    def _having(self, group: str) -> Mask | None:
        """Which sets of groups have the group, or may have it; None where none does."""
        has, perhaps = self._members.get(group), self._perhaps
        return has if perhaps is None else perhaps if has is None else has | perhaps

    def _held_by(self, group: str) -> list[tuple[int, Index]]:
        """By VPC the atoms that members of the group have."""
        found = self._held.get(group)
        if found is None:
            has = self._having(group)
            mine = np.flatnonzero(has[self._groups]) if has is not None else np.zeros(0, np.int64)
            vpcs = np.unique(self._vpc[mine]).tolist()
            found = [(vpc, np.unique(self._atom[mine[self._vpc[mine] == vpc]])) for vpc in vpcs]
            self._held[group] = found
        return found

    def _leads(self, sources: Index, vpc: int) -> Mask:
        """From which sources outbound rules may name groups of the VPC."""
        able = self._able.get(vpc)
        if able is None:
            keys = list(self._vpcs)
            answers = [self._naming.leads(own, keys[vpc]) for own in keys]
            able = self._able[vpc] = np.array(
                [answer is True or (answer is None and not self._sure) for answer in answers], bool
            )
        return able[self._vpc[sources]]

    @cached_property
    def _answers(self) -> tuple[tuple[Bits, Bits], ...]:
        """Packets, and the answers to them."""
        return tuple(self._asked())

    def _asked(self) -> Iterator[tuple[Bits, Bits]]:
        for protocol in (TCP, UDP):
            row = self._traffic.of(protocol)
            yield row, row
        for protocol, request, answer in ((ICMP, 8, 0), (ICMPV6, 128, 129)):
            yield self._traffic.of(protocol, request), self._traffic.of(protocol, answer)
        covered = self._traffic.nothing.copy()
        for protocol in (TCP, UDP, ICMP, ICMPV6):
            covered |= self._traffic.of(protocol)
        for group in self._traffic.groups():
            other = group & ~covered
            if other.any():
                yield other, other


def some(bits: Bits) -> Mask:
    """Where there is any packet: numpy is slow to ask that of the one word that most networks need."""
    found: Mask = bits[..., 0] != 0 if bits.shape[-1] == 1 else np.any(bits, axis=-1)
    return found
