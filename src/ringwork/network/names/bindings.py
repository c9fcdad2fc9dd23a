"""What is bound to a VPC: hosted zones, resolver rules, Profiles and what these carry.

Route 53 guide, "Associating more VPCs with a private hosted zone", "Managing forwarding rules" and "What are
Amazon Route 53 Profiles" (a Profile carries private hosted zones, resolver rules, DNS Firewall rule groups
and interface endpoints into each VPC that it is associated with, of any account that it is shared with). A
zone of an account that the estate does not include is not seen.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field

from ringwork.estate import Resource, Unknown
from ringwork.network.model import Model
from ringwork.network.names import endpoints, firewall
from ringwork.network.names.candidates import OWN, Candidate, Kind
from ringwork.network.names.firewall import Bound
from ringwork.network.names.meaning import means
from ringwork.network.names.services import plain
from ringwork.network.reading.reader import Reader, at

ZONE = "AWS::Route53::HostedZone"
RULE, RULE_ASSOCIATION = "AWS::Route53Resolver::ResolverRule", "AWS::Route53Resolver::ResolverRuleAssociation"
PROFILE_OF, CARRIED = (
    *("AWS::Route53Profiles::ProfileAssociation", "AWS::Route53Profiles::ProfileResourceAssociation"),
)
RULE_GROUP, ENDPOINT = "AWS::Route53Resolver::FirewallRuleGroup", "AWS::EC2::VPCEndpoint"
TYPES = (
    *(ZONE, "AWS::Route53::RecordSet", RULE, RULE_ASSOCIATION, PROFILE_OF, CARRIED, RULE_GROUP, ENDPOINT),
    *("AWS::Route53Resolver::FirewallDomainList", firewall.ASSOCIATION, "AWS::EC2::DHCPOptions"),
)
"""What decides: where one of these could not be read, nothing is sure."""


@dataclass(slots=True)
class Bindings:
    """Of one VPC. Candidates stand for every name, except those of endpoints."""

    candidates: list[Candidate] = field(default_factory=list)
    endpoints: list[tuple[str, int]] = field(default_factory=list)
    """key and order"""
    groups: list[Bound] = field(default_factory=list)
    """DNS Firewall's, the VPC's own"""
    shared_groups: list[Bound] = field(default_factory=list)
    """and those of its Profiles"""


def bindings(reader: Reader, model: Model, vpc: str) -> Bindings:
    found = Bindings(groups=list(firewall.bound(reader, vpc)))
    for zone in reader.estate.of_type(ZONE):
        doubt = _associated(reader, zone, vpc)
        if doubt is not None:
            found.candidates.append(_zone(reader, zone, OWN, doubt))
    for association in reader.estate.of_type(RULE_ASSOCIATION):
        ours = means(reader, association.properties.get("VPCId"), association, vpc)
        if ours is not False:
            doubt = "" if ours else "which VPC it is for is not known"
            named = reader.named(association.properties.get("ResolverRuleId"), association)
            found.candidates += _rule(reader, named, association.key, OWN, doubt)
    found.endpoints += [(each.key, OWN) for each in model.interface_endpoints.values() if each.vpc == vpc]
    for association in reader.estate.of_type(PROFILE_OF):
        ours = means(reader, association.properties.get("ResourceId"), association, vpc)
        if ours is not False:
            _profile(reader, model, association, found, sure=ours is True)
    return found


def _associated(reader: Reader, zone: Resource, vpc: str) -> str | None:
    """Empty: it is; a doubt; None: it is not."""
    listed = reader.items(zone.properties.get("VPCs"))
    if isinstance(listed, Unknown):
        return f"its VPCs are not known: {listed.reason}"
    found = {means(reader, at(each, "VPCId"), zone, vpc) for each in listed}
    if True in found:
        return ""
    return "one of its VPCs is not known" if None in found else None


def _zone(reader: Reader, zone: Resource, order: int, doubt: str = "") -> Candidate:
    name = reader.text(zone.properties.get("Name"))
    if isinstance(name, str):
        return Candidate(Kind.ZONE, zone.key, plain(name), order, doubt)
    return Candidate(Kind.ZONE, zone.key, None, order, doubt or "the name of the zone is not known")


def _rule(
    reader: Reader, named: str | Unknown | None, binder: str, order: int, doubt: str = ""
) -> Iterator[Candidate]:
    """A rule of type SYSTEM leaves the names below its domain to the VPC's own zones and the internet, as if
    there were no rule for a wider one."""
    rule = reader.estate.get(named) if isinstance(named, str) else None
    if rule is None or rule.type != RULE:
        yield Candidate(Kind.FORWARD, binder, None, order, "a resolver rule is not in the estate")
        return
    name = reader.text(rule.properties.get("DomainName"))
    domain = plain(name) if isinstance(name, str) else None
    if domain is None:
        doubt = doubt or "the domain of a resolver rule is not known"
    yield Candidate(Kind.FORWARD, rule.key, domain, order, doubt)


def _profile(reader: Reader, model: Model, association: Resource, found: Bindings, *, sure: bool) -> None:
    profile = reader.named(association.properties.get("ProfileId"), association)
    priority = reader.number(association.properties.get("Priority"))
    order = priority if isinstance(priority, int) else 0
    if not sure or not isinstance(profile, str):
        why = "what its Profile carries is not known" if sure else "which VPC a Profile is for is not known"
        found.candidates.append(Candidate(Kind.ZONE, association.key, None, order, why))
        found.shared_groups.append(Bound(None, association.key, None))
        return
    for held in reader.estate.of_type(CARRIED):
        if reader.named(held.properties.get("ProfileId"), held) == profile:
            _carried(reader, model, held, order, found)


def _carried(reader: Reader, model: Model, held: Resource, order: int, found: Bindings) -> None:
    named = reader.named(held.properties.get("ResourceArn"), held)
    resource = reader.estate.get(named) if isinstance(named, str) else None
    if resource is None:
        why = "what a Profile carries is not in the estate"
        found.candidates.append(Candidate(Kind.ZONE, held.key, None, order, why))
        found.shared_groups.append(Bound(None, held.key, None))
    elif resource.type == ZONE:
        found.candidates.append(_zone(reader, resource, order))
    elif resource.type == RULE:
        found.candidates += _rule(reader, resource.key, held.key, order)
    elif resource.type == ENDPOINT and resource.key in model.interface_endpoints:
        found.endpoints.append((resource.key, order))
    elif resource.type == RULE_GROUP:
        found.shared_groups.append(Bound(resource, held.key, _priority(reader, held)))


def _priority(reader: Reader, held: Resource) -> int | None:
    """API reference, AssociateResourceToProfile: a JSON text with the group's priority."""
    text = reader.text(held.properties.get("ResourceProperties"))
    try:
        value = json.loads(text) if isinstance(text, str) else None
    except ValueError:
        return None
    priority = value.get("priority") if isinstance(value, dict) else None
    return priority if isinstance(priority, int) else None


def at_name(reader: Reader, model: Model, bound: Bindings, name: str) -> list[Candidate]:
    """All that a VPC has for a name."""
    found = list(bound.candidates)
    for key, order in bound.endpoints:
        found += endpoints.candidates(reader, model.interface_endpoints[key], name, order)
    return found
