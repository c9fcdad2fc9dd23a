"""What each filter admits, as rows of traffic atoms for one address atom.

Every row is two: what may pass and what surely passes. They differ only where the estate leaves something
open (a peer that is not known, a Suricata rule); what may not pass is proved to be refused.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from ringwork.network.addresses import Prefix
from ringwork.network.model import (
    AclEntry,
    FirewallPolicy,
    FirewallRule,
    GroupPeer,
    GroupRule,
    ListPeer,
    Model,
    Verdict,
)
from ringwork.network.packets import TCP, UDP, Traffic
from ringwork.network.reach.atoms import AddressAtoms, Bits, TrafficAtoms
from ringwork.network.reach.faces import MORE_GROUPS


class Admits(NamedTuple):
    """Packet sets: `must` is within `may`."""

    may: Bits
    must: Bits

    def __and__(self, other: Admits) -> Admits:
        return Admits(self.may & other.may, self.must & other.must)

    def __or__(self, other: Admits) -> Admits:
        return Admits(self.may | other.may, self.must | other.must)

    @property
    def doubted(self) -> Admits:
        return Admits(self.may, self.may & np.uint64(0))

    @property
    def possible(self) -> bool:
        return bool(self.may.any())

    @property
    def sure(self) -> bool:
        return bool(self.must.any())


@dataclass(frozen=True, slots=True)
class Other:
    """Who is at the other end, for rules that name a group."""

    groups: frozenset[str]
    perhaps: bool = False
    """whether such rules hold is not known"""


class Filters:
    """Rows of all filters of a model, computed when asked for, and kept."""

    def __init__(self, model: Model, addresses: AddressAtoms, traffic: TrafficAtoms) -> None:
        self._model = model
        self._addresses = addresses
        self._traffic = traffic
        self.everything = Admits(traffic.everything, traffic.everything)
        self.nothing = Admits(traffic.nothing, traffic.nothing)
        self._acls: dict[tuple[str, bool, int], Admits] = {}
        self._groups: dict[tuple[str, bool, int], Admits] = {}
        self._named: dict[tuple[str, bool], tuple[tuple[str, Admits], ...]] = {}
        self._policies: dict[tuple[str, int, int], Admits] = {}

    def acl(self, key: str, egress: bool, atom: int) -> Admits:
        """What a network ACL admits in one direction, to or from the atom: the first rule by number that
        matches decides, and what none matches is refused (VPC user guide, "Network ACL rules")."""
        found = self._acls.get((key, egress, atom))
        if found is None:
            found = self._acls[key, egress, atom] = self._acl(key, egress, atom)
        return found

    def _acl(self, key: str, egress: bool, atom: int) -> Admits:
        acl = self._model.acls.get(key)
        if acl is None:
            return self.everything.doubted
        entries = acl.egress if egress else acl.ingress
        admitted = self._entries(entries, atom)
        return Admits(self._traffic.everything, self._traffic.nothing) if acl.unknown else admitted

    def _entries(self, entries: Iterable[AclEntry], atom: int) -> Admits:
        """By number. An entry that may match less than it says leaves what it matches undecided."""
        may, must = self._traffic.nothing.copy(), self._traffic.nothing.copy()
        open_may = self._traffic.everything.copy()  # what may still be undecided here
        open_must = self._traffic.everything.copy()  # what surely is
        for entry in sorted(entries, key=lambda one: one.number):
            if atom not in self._addresses.within(entry.prefix):
                continue
            matched = self._traffic.bits(entry.traffic)
            if entry.allow:
                may |= open_may & matched
                if entry.certain:
                    must |= open_must & matched
            elif not entry.certain:
                open_must &= ~matched
            if entry.certain:
                open_may &= ~matched
                open_must &= ~matched
        return Admits(may, must)

    def groups(
        self, keys: frozenset[str] | None, egress: bool, atom: int, other: Other | None = None
    ) -> Admits:
        """What an interface's security groups admit together, to or from the atom.

        Rules of all groups are joined (VPC user guide, "Security group rules"). `other`: the other end, where
        rules that name a group reach it; None where they never do.
        """
        if keys is None:
            return self.everything
        found = self.nothing
        for key in keys:
            found |= self._group(key, egress, atom)
            if other is not None:
                for named, admitted in self._naming(key, egress):
                    if named in other.groups:
                        found |= admitted.doubted if other.perhaps else admitted
                    elif MORE_GROUPS in other.groups:
                        found |= admitted.doubted
        return found

    def _group(self, key: str, egress: bool, atom: int) -> Admits:
        found = self._groups.get((key, egress, atom))
        if found is not None:
            return found
        group = self._model.groups.get(key)
        if group is None:
            found = self.everything.doubted
        else:
            may, must = self._traffic.nothing.copy(), self._traffic.nothing.copy()
            for rule in group.egress if egress else group.ingress:
                known = self._has(rule, atom)
                if known is False:
                    continue
                matched = self._traffic.bits(rule.traffic)
                may |= matched
                if known and rule.certain:
                    must |= matched
            found = Admits(may, must)
        self._groups[key, egress, atom] = found
        return found

    def _has(self, rule: GroupRule, atom: int) -> bool | None:
        """Whether the rule's peer has the addresses of the atom; None: not known."""
        peer = rule.peer
        if isinstance(peer, Prefix):
            return atom in self._addresses.within(peer)
        if isinstance(peer, ListPeer):
            listed = self._model.lists.get(peer.list)
            if listed is None or listed.prefixes is None:
                return None
            return any(atom in self._addresses.within(prefix) for prefix in listed.prefixes)
        return False if isinstance(peer, GroupPeer) else None

    def _naming(self, key: str, egress: bool) -> tuple[tuple[str, Admits], ...]:
        """The rules that name groups: the group and what they admit."""
        found = self._named.get((key, egress))
        if found is None:
            group = self._model.groups.get(key)
            rules = () if group is None else group.egress if egress else group.ingress
            found = self._named[key, egress] = tuple(
                (rule.peer.group, Admits(bits, bits if rule.certain else self._traffic.nothing))
                for rule in rules
                if isinstance(rule.peer, GroupPeer)
                for bits in (self._traffic.bits(rule.traffic),)
            )
        return found

    def firewall(self, key: str, source: int, destination: int) -> Admits:
        """What a Network Firewall policy lets a new flow send, by its source and destination."""
        found = self._policies.get((key, source, destination))
        if found is None:
            policy = self._model.policies.get(key)
            if policy is None or policy.unknown:
                found = self.everything.doubted
            else:
                found = _Inspection(self._addresses, self._traffic, source, destination).of(policy)
            self._policies[key, source, destination] = found
        return found


class _Inspection:
    """One policy for one source and destination.

    Network Firewall guide: "Stateless rules" (by priority; pass ends all inspection), "Evaluation order for
    stateful rule groups" (strict order; else pass, drop, reject, alert), "Stateful default actions".
    """

    def __init__(self, addresses: AddressAtoms, traffic: TrafficAtoms, source: int, destination: int) -> None:
        self._addresses = addresses
        self._traffic = traffic
        self._source = source
        self._destination = destination
        self._pass = traffic.nothing.copy()
        self._drop = traffic.nothing.copy()

    def of(self, policy: FirewallPolicy) -> Admits:
        everything = self._traffic.everything
        left, forwarded = everything.copy(), self._traffic.nothing.copy()
        for rule in policy.stateless:
            possible, sure = self._match(rule)
            hit = left & possible
            match rule.verdict:
                case Verdict.PASS:
                    self._pass |= hit
                case Verdict.DROP:
                    self._drop |= hit
                case _:
                    forwarded |= hit
            left &= ~sure
        match policy.stateless_default:
            case Verdict.PASS:
                self._pass |= left
            case Verdict.DROP:
                self._drop |= left
            case _:
                forwarded |= left
        self._stateful(policy, forwarded)
        return Admits(self._pass, self._pass & ~self._drop)

    def _stateful(self, policy: FirewallPolicy, left: Bits) -> None:
        order = {Verdict.PASS: 0, Verdict.DROP: 1, Verdict.REJECT: 2, Verdict.ALERT: 3}
        rules = policy.stateful
        if not policy.strict:
            rules = tuple(sorted(rules, key=lambda rule: (order.get(rule.verdict, 3), rule.priority)))
        for rule in rules:
            if rule.verdict is Verdict.ALERT:
                continue  # it tells, and inspection goes on
            possible, sure = self._match(rule)
            hit = left & possible
            if rule.verdict is Verdict.PASS:
                self._pass |= hit
            else:
                self._drop |= hit
            left = left & ~sure
        if not policy.strict or not any("drop" in action for action in policy.stateful_default):
            self._pass |= left
        elif "aws:drop_strict" in policy.stateful_default:
            self._drop |= left
        else:
            # drop_established and its kin let a handshake through, and drop what follows it
            self._pass |= left
            self._drop |= left

    def _match(self, rule: FirewallRule) -> tuple[Bits, Bits]:
        """What the rule may match and what it surely does."""
        nothing = self._traffic.nothing
        straight = self._between(rule, self._source, self._destination)
        # the reverse of a rule for both ways has the ports exchanged: of the destination port it says nothing
        turned = rule.both_ways and self._between(rule, self._destination, self._source)
        if not straight and not turned:
            return nothing, nothing
        possible, sure = self._ports(rule) if straight else (nothing, nothing)
        if rule.source_ports or not rule.certain:
            sure = nothing
        if turned:
            possible = possible | self._protocols(rule)
            if not rule.source_ports and not rule.destination_ports and rule.certain:
                sure = sure | self._protocols(rule)
        return possible, sure

    def _between(self, rule: FirewallRule, source: int, destination: int) -> bool:
        return self._in(rule.sources, source) and self._in(rule.destinations, destination)

    def _in(self, prefixes: tuple[Prefix, ...], atom: int) -> bool:
        return not prefixes or any(atom in self._addresses.within(prefix) for prefix in prefixes)

    def _protocols(self, rule: FirewallRule) -> Bits:
        if not rule.protocols:
            return self._traffic.everything
        found = self._traffic.nothing.copy()
        for protocol in rule.protocols:
            found |= self._traffic.bits(Traffic(protocol))
        return found

    def _ports(self, rule: FirewallRule) -> tuple[Bits, Bits]:
        """What the rule's protocols and destination ports may match, and surely do: see
        `ringwork.network.walk.firewalls.matches`."""
        of_rule = self._protocols(rule)
        if not rule.destination_ports:
            return of_rule, of_rule
        sure, with_ports = self._traffic.nothing.copy(), self._traffic.nothing.copy()
        for protocol in (TCP, UDP):
            with_ports |= self._traffic.bits(Traffic(protocol))
            for low, high in rule.destination_ports:
                sure |= self._traffic.bits(Traffic(protocol, low, high))
        return of_rule & (sure | ~with_ports), of_rule & sure
