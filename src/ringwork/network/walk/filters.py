"""Network ACLs and security groups."""

from __future__ import annotations

from dataclasses import dataclass

from ringwork.network.addresses import Address, Prefix
from ringwork.network.model import (
    AclEntry,
    GroupPeer,
    GroupRule,
    Interface,
    Joined,
    ListPeer,
    Model,
    Place,
    Subnet,
)
from ringwork.network.walk.known import Known
from ringwork.network.walk.state import Ended, State

INGRESS, EGRESS = "ingress", "egress"


@dataclass(frozen=True, slots=True)
class Judgement:
    """What a filter says of a packet."""

    passed: bool | None
    component: str
    place: Place | None
    why: str
    by_reference: bool = False
    """it was a rule that names a group"""


def network_acl(known: Known, state: State, subnet: Subnet, direction: str) -> State | Ended:
    """A packet crosses a subnet's border. Inbound rules match its source, outbound rules its destination; an
    ACL remembers nothing, so answers are judged like anything else.

    VPC user guide, "Network ACL basics": rules are evaluated by number, lowest first; the first match
    decides; what no rule matches is denied.
    https://docs.aws.amazon.com/vpc/latest/userguide/nacl-basics.html
    """
    control = f"network ACL {direction}"
    if subnet.acl is None:
        return state.met(subnet.key, control, None, True, "the default network ACL admits all")
    acl = known.model.acls.get(subnet.acl)
    if acl is None:
        return state.met(subnet.acl, control, None, None, "the network ACL is not in the estate")
    entries = _matching(acl.ingress if direction == INGRESS else acl.egress, state, direction)
    entry = entries[0] if entries else None
    place = entry.place if entry else Place(acl.key)
    if acl.unknown is not None:
        return state.met(acl.key, control, place, None, f"it may have other rules: {acl.unknown}")
    if entry is None:
        return state.dropped(acl.key, control, place, f"no {direction} rule matches, so rule * denies")
    said = f"rule {entry.number} {'allows' if entry.allow else 'denies'} {entry.traffic} for {entry.prefix}"
    answers = {one.allow for one in entries} | (set() if entries[-1].certain else {False})
    if len(answers) > 1:
        return state.met(acl.key, control, place, None, f"{said}, perhaps")
    if not entry.allow:
        return state.dropped(acl.key, control, place, said)
    return state.met(acl.key, control, place, True, said)


def _matching(entries: tuple[AclEntry, ...], state: State, direction: str) -> list[AclEntry]:
    """The entries that may decide: those that match, by number, up to the first that surely does."""
    remote = state.packet.source if direction == INGRESS else state.packet.destination
    found: list[AclEntry] = []
    for entry in sorted(entries, key=lambda entry: entry.number):
        if entry.prefix.contains(remote) and entry.traffic.matches(state.packet):
            found.append(entry)
            if entry.certain:
                break
    return found


def security_groups(known: Known, state: State, interface: Interface, direction: str) -> State | Ended:
    """A packet passes an interface that has security groups. What any rule of any of them admits is
    admitted, and so is every answer to it.

    VPC user guide, "Security group rules" and EC2 user guide, "Security group connection tracking":
    "responses to allowed inbound traffic are allowed to flow out regardless of outbound rules", and the
    reverse.
    https://docs.aws.amazon.com/vpc/latest/userguide/security-group-rules.html
    https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/security-group-connection-tracking.html
    """
    if interface.groups is None:
        return state
    control = f"security-group {direction}"
    if state.recalled(interface.key):
        return state.met(interface.key, control, None, True, "an answer within a tracked connection")
    found = judge(known, state, interface, direction)
    if found.passed is False:
        return state.dropped(found.component, control, found.place, found.why)
    passed = state.met(found.component, control, found.place, found.passed, found.why)
    if direction == EGRESS and found.by_reference:
        passed = passed.to(passed.at, referenced=True)
    return passed.remember(interface.key)


def judge(known: Known, state: State, interface: Interface, direction: str) -> Judgement:
    """What the groups of an interface say of a packet, apart from connection tracking."""
    keys = sorted(interface.groups or ())
    perhaps: Judgement | None = None
    if not interface.certain_groups:
        perhaps = Judgement(None, interface.key, None, "it may have other security groups than these")
    for key in keys:
        group = known.model.groups.get(key)
        if group is None:
            found = Judgement(None, key, None, "the security group is not in the estate")
            perhaps = perhaps or found
            continue
        for rule in group.ingress if direction == INGRESS else group.egress:
            if not rule.traffic.matches(state.packet):
                continue
            matched = _peer(known, state, rule, direction, interface)
            if matched is False:
                continue
            sure = matched is True and rule.certain
            named = isinstance(rule.peer, GroupPeer)
            said = f"{rule.traffic} {'from' if direction == INGRESS else 'to'} {_name(rule)}"
            if sure and interface.certain_groups:
                return Judgement(True, key, rule.place, f"a rule allows {said}", named)
            perhaps = perhaps or Judgement(None, key, rule.place, f"a rule may allow {said}", named)
    if perhaps is not None:
        return perhaps
    component = keys[0] if keys else interface.key
    if not keys:
        why = "it has no security group, so nothing is admitted"
    elif len(keys) == 1:
        why = f"no {direction} rule admits it"
    else:
        why = f"no {direction} rule of {', '.join(f'`{key}`' for key in keys)} admits it"
    return Judgement(False, component, Place(component), why)


def _name(rule: GroupRule) -> str:
    peer = rule.peer
    if isinstance(peer, Prefix):
        return str(peer)
    if isinstance(peer, GroupPeer):
        return f"members of `{peer.group}`"
    return f"prefix list `{peer.list}`" if isinstance(peer, ListPeer) else f"unknown ({peer.reason})"


def _peer(known: Known, state: State, rule: GroupRule, direction: str, interface: Interface) -> bool | None:
    """Whether the other end of a packet is a rule's peer."""
    remote = state.packet.source if direction == INGRESS else state.packet.destination
    peer = rule.peer
    if isinstance(peer, Prefix):
        return peer.contains(remote)
    if isinstance(peer, ListPeer):
        found = known.model.lists.get(peer.list)
        if found is None or found.prefixes is None:
            return None
        return any(prefix.contains(remote) for prefix in found.prefixes)
    if isinstance(peer, GroupPeer):
        if direction == INGRESS:
            return _comes_from(known, state, peer.group, interface)
        return _leads_to(known, state, peer.group, interface, remote)
    return None


def _comes_from(known: Known, state: State, group: str, interface: Interface) -> bool | None:
    """Whether a packet comes from a member of a group, by its private address.

    VPC user guide, "Security group rules": a reference matches the private addresses of the members'
    interfaces; where a middlebox passes traffic on, "if you reference the security group of the other
    instance as the source, this does not allow traffic to flow". Network Load Balancer guide, "Update the
    security groups": targets may name the load balancer's group, "even if you enable client IP
    preservation".
    https://docs.aws.amazon.com/vpc/latest/userguide/security-group-rules.html
    https://docs.aws.amazon.com/elasticloadbalancing/latest/network/load-balancer-security-groups.html
    """
    key = state.sender or state.balancer
    if key is None:
        return False
    sender = known.model.interfaces[key]
    own = state.packet.source in known.addresses(sender) or state.assumes(key, state.packet.source)
    if state.balancer is None and not own:
        return False
    if group not in (sender.groups or ()) and sender.certain_groups:
        return False
    reached = _reference_reaches(known, state.crossed, known.vpc_of(sender), known.vpc_of(interface))
    return None if reached and not sender.certain_groups else reached


def _reference_reaches(
    known: Known, crossed: tuple[str, ...], source: str | None, destination: str | None
) -> bool | None:
    """Whether a reference holds over what lies between two interfaces.

    VPC peering guide, "Update your security groups to reference peer security groups": over an active
    peering, also of another account, "the peer VPC must be in the same Region".
    https://docs.aws.amazon.com/vpc/latest/peering/vpc-peering-security-groups.html
    Transit Gateway guide, "Security group referencing": where the gateway supports it, "disabled by default".
    https://docs.aws.amazon.com/vpc/latest/tgw/tgw-vpc-attachments.html
    Not documented is what holds where a VPC between sends it into a Transit Gateway again.
    """
    if not crossed:
        return True
    if len(crossed) > 1:
        gateways = [known.model.transit_gateways.get(key) for key in crossed]
        return None if all(one is not None and one.group_references for one in gateways) else False
    if crossed[0] in known.model.peerings:
        return _same_region(known.model, source, destination)
    gateway = known.model.transit_gateways.get(crossed[0])
    ends = [a for vpc in (source, destination) for a in known.attachments(crossed[0], Joined.VPC, vpc or "")]
    return gateway is not None and gateway.group_references and all(a.group_references for a in ends)


def _same_region(model: Model, one: str | None, other: str | None) -> bool | None:
    first, second = model.vpcs.get(one or ""), model.vpcs.get(other or "")
    if first is None or second is None:
        return None
    return first.region == second.region


def _leads_to(known: Known, state: State, group: str, interface: Interface, remote: Address) -> bool | None:
    """Whether a packet is bound for a member of a group, by its private address: in this VPC, in a VPC
    peered within the Region, or over a Transit Gateway that supports references (that outbound rules count
    there is not found in its guide, so such a rule may match or not)."""
    own = known.vpc_of(interface)
    if own is None:
        return None
    answers: set[bool | None] = set()
    for vpc in known.vpcs_with(remote):
        owner = known.owner(vpc, remote)
        if owner is None:
            for candidate in known.candidates(vpc, remote):
                joined = vpc == own or _connected(known, own, vpc) is not False
                if joined and (group in (candidate.groups or ()) or not candidate.certain_groups):
                    answers.add(None)
            continue
        member = known.model.interfaces[owner]
        if group not in (member.groups or ()) and member.certain_groups:
            continue
        found = True if vpc == own else _connected(known, own, vpc)
        answers.add(None if found and not member.certain_groups else found)
    if True in answers:
        return True
    return None if None in answers else False


def _connected(known: Known, own: str, other: str) -> bool | None:
    for peering in known.model.peerings.values():
        if {own, other} == set(peering.vpcs) and peering.active:
            found = _same_region(known.model, own, other)
            return None if found and not peering.certain else found
    for gateway in known.model.transit_gateways.values():
        if not gateway.group_references:
            continue
        ends = [known.attachments(gateway.key, Joined.VPC, vpc) for vpc in (own, other)]
        if all(ends) and all(end.group_references for attached in ends for end in attached):
            return None
    return False
