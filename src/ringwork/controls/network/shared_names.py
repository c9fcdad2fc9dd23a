"""Private names that a VPC resolves: zones that are associated with it, and those of its Route 53 Profile.

Sources: Route 53 guide, "Working with private hosted zones" and "What are Amazon Route 53 Profiles"; AWS
whitepaper "Building a Scalable and Secure Multi-VPC AWS Network Infrastructure", section on centralized
access to VPC private endpoints.
"""

from __future__ import annotations

from collections.abc import Iterator

from ringwork.controls.control import reading
from ringwork.controls.values import items, named, read, target, text
from ringwork.estate import Estate, Resource

NAME_READS = (
    reading("AWS::Route53::HostedZone", "Name", "VPCs")
    | reading("AWS::Route53::RecordSet", "HostedZoneId", "Name", "AliasTarget")
    | reading("AWS::Route53Profiles::ProfileAssociation", "ProfileId", "ResourceId")
    | reading("AWS::Route53Profiles::ProfileResourceAssociation", "ProfileId", "ResourceArn")
)
"""For `Control.reads`."""


def zones_of(estate: Estate, vpc: Resource) -> Iterator[Resource]:
    """The private hosted zones that the VPC's resolver answers from. Raises `UndecidedError`."""
    profiles = {
        named(estate, association, "ProfileId")
        for association in estate.of_type("AWS::Route53Profiles::ProfileAssociation")
        if named(estate, association, "ResourceId") == vpc.key
    }
    carried = {
        named(estate, held, "ResourceArn")
        for held in estate.of_type("AWS::Route53Profiles::ProfileResourceAssociation")
        if profiles and named(estate, held, "ProfileId") in profiles
    }
    for zone in estate.of_type("AWS::Route53::HostedZone"):
        if zone.key in carried or vpc.key in vpcs_of(estate, zone):
            yield zone


def vpcs_of(estate: Estate, zone: Resource) -> frozenset[str]:
    """The VPCs that a zone itself is associated with."""
    found = set()
    for index, _ in enumerate(items(zone, "VPCs")):
        found.add(target(estate, read(zone, "VPCs", index, "VPCId")))
    return frozenset(found)


def has_alias(estate: Estate, zone: Resource, name: str) -> bool:
    """Whether the zone has an alias record of this name."""
    return any(
        text(estate, record, "Name") == name and "AliasTarget" in record.properties
        for record in estate.of_type("AWS::Route53::RecordSet")
        if named(estate, record, "HostedZoneId") in (zone.key, zone.physical)
    )
