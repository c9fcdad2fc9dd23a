"""All pairs of faces at once, for plain ways: four filters and a route, as blocks of bits for each VPC.

Special ways (devices, what is not known) and public addresses are for `Prover`; `Block.special` says where.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ringwork.network.addresses import Prefix
from ringwork.network.model import AclEntry, GroupPeer, GroupRule, ListPeer, Model
from ringwork.network.packets import ICMP, ICMPV6, TCP, UDP
from ringwork.network.reach.atoms import AddressAtoms, Bits, Index, TrafficAtoms
from ringwork.network.reach.faces import Faces
from ringwork.network.reach.paths import Near
from ringwork.network.reach.ways import SPECIAL, Ways

Mask = npt.NDArray[np.bool_]
_CELLS = 1 << 21
"""words of a block that are worked on at once"""


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
    """where `Prover` has to be asked: the way is not plain"""


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
        atoms = sorted({face.atom for face in faces.faces})
        self._occupied = np.array(atoms, np.int64)
        self._ways = Ways(model, addresses, atoms)
        subnets = {key: number for number, key in enumerate(model.subnets)}
        self._vpcs = {key: number for number, key in enumerate(model.vpcs)}
        acls: dict[str | None, int] = {None: 0}
        for subnet in model.subnets.values():
            acls.setdefault(subnet.acl, len(acls))
        for way in self._ways.ways:
            if way is not None:
                acls.setdefault(way.inward, len(acls))
                acls.setdefault(way.outward, len(acls))
        self._ingress = np.stack([self._acl(key, egress=False) for key in acls])
        self._egress = np.stack([self._acl(key, egress=True) for key in acls])
        self._acl_of_way = np.array(
            [(0, 0) if way is None else (acls[way.inward], acls[way.outward]) for way in self._ways.ways],
            np.int64,
        )
        self._vpc_of_way = self._ways.vpc_of(self._vpcs)
        self._apart = np.array([way is not None and way.near is Near.APART for way in self._ways.ways])
        self._acls_alike = not self._acl_of_way.any()
        # columns of the faces
        self._atom = np.searchsorted(self._occupied, np.array([face.atom for face in faces.faces], np.int64))
        self._subnet = np.array([subnets[face.subnet] for face in faces.faces], np.int64)
        row_of = np.array([self._ways.row[key] for key in model.subnets], np.int64)
        acl_of = np.array([acls[subnet.acl] for subnet in model.subnets.values()], np.int64)
        vpc_of = np.array([self._vpcs.get(subnet.vpc, -1) for subnet in model.subnets.values()], np.int64)
        self._row, self._acl_at, self._vpc = (
            (column[self._subnet] if len(column) else np.zeros(0, np.int64))
            for column in (row_of, acl_of, vpc_of)
        )
        self._certain = np.array([face.certain for face in faces.faces], bool)
        self._ipv6 = np.array([face.atom >= addresses.first_ipv6 for face in faces.faces], bool)
        self._starts = np.array([face.starts for face in faces.faces], bool)
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
        contents: dict[frozenset[object] | None, int] = {}
        self._egress_of = np.zeros(len(self._sets), np.int64)
        self._sendings: list[tuple[Bits, list[tuple[str, Bits]]]] = []
        for number, keys in enumerate(self._sets):
            rules = None if keys is None else self._rules(keys, egress=True)
            content = None if rules is None else frozenset((r.traffic, r.peer, r.certain) for r in rules)
            if content not in contents:
                contents[content] = len(self._sendings)
                self._sendings.append(self._side(rules))
            self._egress_of[number] = contents[content]
        self._sending = (
            np.stack([bits for bits, _ in self._sendings])
            if self._sendings
            else np.zeros((0, len(atoms), traffic.words), np.uint64)
        )

    # --- tables

    def _slice(self, prefix: Prefix) -> slice:
        within = self._addresses.within(prefix)
        low, high = np.searchsorted(self._occupied, (within.start, within.stop))
        return slice(int(low), int(high))

    def _acl(self, key: str | None, *, egress: bool) -> Bits:
        """What a network ACL admits, by occupied atom: painted from the highest number down."""
        shape = (len(self._occupied), self._traffic.words)
        if key is None:
            return np.broadcast_to(self._traffic.everything, shape)
        acl = self._model.acls.get(key)
        if acl is None or acl.unknown:
            return np.broadcast_to(self._traffic.nothing if self._sure else self._traffic.everything, shape)
        table = np.zeros(shape, np.uint64)
        entries: tuple[AclEntry, ...] = acl.egress if egress else acl.ingress
        for entry in sorted(entries, key=lambda one: -one.number):
            bits, where = self._traffic.bits(entry.traffic), self._slice(entry.prefix)
            if entry.allow and (entry.certain or not self._sure):
                table[where] |= bits
            elif not entry.allow and (entry.certain or self._sure):
                table[where] &= ~bits
        return table

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

    def _side(self, rules: list[GroupRule] | None) -> tuple[Bits, list[tuple[str, Bits]]]:
        """What rules admit by occupied atom, and by the group that they name."""
        table = np.zeros((len(self._occupied), self._traffic.words), np.uint64)
        named: list[tuple[str, Bits]] = []
        if rules is None:
            table[:] = self._traffic.everything
            return table, named
        for rule in rules:
            if self._sure and not rule.certain:
                continue
            bits, peer = self._traffic.bits(rule.traffic), rule.peer
            if isinstance(peer, Prefix):
                table[self._slice(peer)] |= bits
            elif isinstance(peer, GroupPeer):
                named.append((peer.group, bits))
            else:
                listed = self._model.lists.get(peer.list) if isinstance(peer, ListPeer) else None
                if listed is not None and listed.prefixes is not None:
                    for prefix in listed.prefixes:
                        table[self._slice(prefix)] |= bits
                elif not self._sure:
                    table |= bits
        return table, named

    # --- blocks

    def blocks(self, *, reply: bool = False) -> Iterator[Block]:
        """Every pair that may be joined, one VPC of destinations after the other."""
        order = np.argsort(self._vpc, kind="stable")
        bounds = np.searchsorted(self._vpc[order], np.arange(len(self._vpcs) + 1))
        for name, number in self._vpcs.items():
            destinations = order[bounds[number] : bounds[number + 1]]
            if not len(destinations):
                continue
            atoms, position = np.unique(self._atom[destinations], return_inverse=True)
            ways = self._ways.table[:, atoms]
            routed = (self._vpc_of_way[ways] == number) | (ways == SPECIAL)
            sources = np.flatnonzero((routed.any(1)[self._row] | (self._vpc == number)) & self._starts)
            step = max(1, _CELLS // (len(destinations) * self._traffic.words))
            receiving = self._receiving(destinations)
            for begin in range(0, len(sources), step):
                yield self._block(
                    name,
                    number,
                    sources[begin : begin + step],
                    destinations,
                    position,
                    ways,
                    receiving,
                    reply,
                )

    def _receiving(self, destinations: Index) -> tuple[Index, list[tuple[Bits, list[tuple[str, Bits]]]]]:
        """The ingress of each set of groups among the destinations."""
        sets, which = np.unique(self._groups[destinations], return_inverse=True)
        sides = []
        for number in sets:
            keys = self._sets[number]
            sides.append(self._side(None if keys is None else self._rules(keys, egress=False)))
        return which, sides

    def _block(
        self,
        name: str,
        number: int,
        sources: Index,
        destinations: Index,
        position: Index,
        ways: Index,
        receiving: tuple[Index, list[tuple[Bits, list[tuple[str, Bits]]]]],
        reply: bool,
    ) -> Block:
        way = ways[self._row[sources][:, None], position[None, :]]
        same = self._subnet[sources][:, None] == self._subnet[destinations][None, :]
        plain = (self._vpc_of_way[way] == number) | same
        special = (way == SPECIAL) & ~same
        apart = self._apart[way] & ~same
        to, source = self._atom[destinations], self._atom[sources]
        bits = self._groups_of(sources, destinations, apart, receiving)
        outward = self._egress[self._acl_at[sources][:, None], to[None, :]]
        inward = self._ingress[self._acl_at[destinations][None, :], source[:, None]]
        between = outward & inward
        if not self._acls_alike:
            acl_in, acl_out = self._acl_of_way[way][..., 0], self._acl_of_way[way][..., 1]
            between &= self._ingress[acl_in, source[:, None]] & self._egress[acl_out, to[None, :]]
        between[same] = self._traffic.everything
        bits &= between
        # a packet has both addresses of one version
        bits[~plain | (self._ipv6[sources][:, None] != self._ipv6[destinations][None, :])] = 0
        if self._sure:
            bits[~self._certain[sources]] = 0
            bits[:, ~self._certain[destinations]] = 0
        back = self._reply(sources, destinations, same, bits) if reply else None
        return Block(name, sources, destinations, bits, back, special)

    def _groups_of(
        self,
        sources: Index,
        destinations: Index,
        apart: Mask,
        receiving: tuple[Index, list[tuple[Bits, list[tuple[str, Bits]]]]],
    ) -> Bits:
        """Security groups at both ends."""
        which, sides = receiving
        near = None if not apart.any() else ~apart
        member = self._groups[sources]
        plain_in = np.stack([table[self._atom[sources]] for table, _ in sides], 1)
        named_in = np.zeros_like(plain_in)
        for column, (_, named) in enumerate(sides):
            for group, bits in named:
                has = self._members.get(group)
                if has is not None:
                    named_in[has[member], column] |= bits
        found = self._joined(plain_in[:, which], named_in[:, which], near)
        sending = self._egress_of[member]
        plain_out = self._sending[sending[:, None], self._atom[destinations][None, :]]
        contents = np.unique(sending)
        if any(self._sendings[content][1] for content in contents):
            named_out = np.zeros_like(plain_out)
            target = self._groups[destinations]
            for content in contents:
                mine = np.flatnonzero(sending == content)
                for group, bits in self._sendings[content][1]:
                    has = self._members.get(group)
                    if has is not None:
                        named_out[np.ix_(mine, np.flatnonzero(has[target]))] |= bits
            found &= self._joined(plain_out, named_out, near)
        else:
            found &= plain_out
        return found

    def _joined(self, plain: Bits, named: Bits, near: Mask | None) -> Bits:
        if near is not None:
            named = np.where(near[..., None], named, np.uint64(0))
        return plain | named

    def _reply(self, sources: Index, destinations: Index, same: Mask, bits: Bits) -> Mask:
        """Whether an answer can come back for some packet: groups remember, network ACLs and routes do not.

        An answer to TCP or UDP goes to a port that the sender chose: some port must be admitted; an answer to
        an echo request is an echo reply; other ICMP has none.
        """
        to, source = self._atom[destinations], self._atom[sources]
        back = self._ways.table[self._row[destinations][None, :], source[:, None]]
        home = self._vpc_of_way[back] == self._vpc[sources][:, None]
        rows = (
            self._egress[self._acl_at[destinations][None, :], source[:, None]]
            & self._ingress[self._acl_at[sources][:, None], to[None, :]]
        )
        if not self._acls_alike:
            acl_in, acl_out = self._acl_of_way[back][..., 0], self._acl_of_way[back][..., 1]
            rows &= self._ingress[acl_in, to[None, :]] & self._egress[acl_out, source[:, None]]
        rows[same] = self._traffic.everything
        found = np.zeros(same.shape, bool)
        for asked, answered in self._answers():
            found |= (bits & asked).any(-1) & (rows & answered).any(-1)
        here: Mask = found & (home | same)
        return here

    def _answers(self) -> Iterator[tuple[Bits, Bits]]:
        """Packets, and the answers to them."""
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
