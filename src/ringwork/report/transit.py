"""Transit Gateways as a reader sees them: for each route table, who is attached, whom it reaches, what it
drops.

Amazon VPC Transit Gateways guide, "How transit gateways work": an attachment is associated with one route
table, which routes what comes from it; attachments propagate their blocks to tables, or static routes and
blackholes name them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from ringwork.estate import Estate, Resource
from ringwork.report import words
from ringwork.report.report import plural

_VPC_ATTACHMENTS = ("AWS::EC2::TransitGatewayVpcAttachment", "AWS::EC2::TransitGatewayAttachment")
_PEERING = "AWS::EC2::TransitGatewayPeeringAttachment"


@dataclass(frozen=True, slots=True)
class Attachment:
    """A VPC's, or a peer gateway's, way into a Transit Gateway."""

    key: str
    name: str
    """the environment's or the VPC's; of a peering, the other Region"""
    vpc: str
    """key of the VPC; empty: a peering, or not known"""


@dataclass(frozen=True, slots=True)
class TransitTable:
    """One route table: it routes what comes from `attached`."""

    key: str
    name: str
    team: str
    stage: str
    attached: tuple[Attachment, ...]
    reaches: tuple[Attachment, ...]
    """by propagation or by a static route, without those attached"""
    blackholes: tuple[str, ...]
    """blocks whose packets are dropped"""

    @property
    def ways(self) -> str:
        """Whom it reaches and how much it drops, in words; many are counted."""
        count = len(self.reaches)
        reached = ", ".join(each.name for each in self.reaches) if count <= 6 else f"{count} attachments"
        told = f"reaches {reached}" if reached else "reaches nobody"
        return " · ".join(part for part in (told, self.dropped) if part)

    @property
    def dropped(self) -> str:
        """`118 blackholes`; empty: none."""
        count = len(self.blackholes)
        return f"{count} {plural(count, 'blackhole')}" if count else ""

    @property
    def keys(self) -> tuple[str, ...]:
        return (self.key, *(attachment.key for attachment in self.attached))


@dataclass(frozen=True, slots=True)
class TransitGateway:
    key: str
    name: str
    account: str
    region: str
    tables: tuple[TransitTable, ...]
    """those of no team first, then by team and stage"""
    loose: tuple[Attachment, ...]
    """attachments that no table routes"""


def gateways(estate: Estate) -> tuple[TransitGateway, ...]:
    """Every Transit Gateway of the estate, in its order."""
    reading = _Reading(estate)
    return tuple(reading.gateway(gateway) for gateway in estate.of_type("AWS::EC2::TransitGateway"))


class _Reading:
    def __init__(self, estate: Estate) -> None:
        self.estate = estate
        self.attachments = {
            resource.key: self._attachment(resource)
            for resource in estate.of_type(*_VPC_ATTACHMENTS, _PEERING)
        }
        self.attached = self._by_table("AWS::EC2::TransitGatewayRouteTableAssociation")
        self.learned = self._by_table("AWS::EC2::TransitGatewayRouteTablePropagation")
        self.static: dict[str, list[str]] = defaultdict(list)
        self.blackholes: dict[str, list[str]] = defaultdict(list)
        for route in estate.of_type("AWS::EC2::TransitGatewayRoute"):
            table = estate.resolve(route.properties.get("TransitGatewayRouteTableId"))
            if table is None:
                continue
            target = estate.resolve(route.properties.get("TransitGatewayAttachmentId"))
            if words.text(estate, route.properties.get("Blackhole")) == "true":
                block = words.text(estate, route.properties.get("DestinationCidrBlock"))
                self.blackholes[table.key].append(block or "a block that is not known")
            elif target is not None:
                self.static[table.key].append(target.key)
        self.tables: dict[str, list[Resource]] = defaultdict(list)
        for table in estate.of_type("AWS::EC2::TransitGatewayRouteTable"):
            gateway = estate.resolve(table.properties.get("TransitGatewayId"))
            if gateway is not None:
                self.tables[gateway.key].append(table)

    def _attachment(self, resource: Resource) -> Attachment:
        vpc = self.estate.resolve(resource.properties.get("VpcId"))
        if resource.type == _PEERING:
            other = words.text(self.estate, resource.properties.get("PeerRegion"))
            return Attachment(resource.key, f"peer in {other}" if other else "peer", "")
        if vpc is None:
            return Attachment(resource.key, words.name(self.estate, resource), "")
        return Attachment(resource.key, words.place(self.estate, vpc), vpc.key)

    def _by_table(self, type: str) -> dict[str, list[str]]:
        """Table's key -> keys of attachments."""
        found: dict[str, list[str]] = defaultdict(list)
        for each in self.estate.of_type(type):
            table = self.estate.resolve(each.properties.get("TransitGatewayRouteTableId"))
            attachment = self.estate.resolve(each.properties.get("TransitGatewayAttachmentId"))
            if table is not None and attachment is not None:
                found[table.key].append(attachment.key)
        return found

    def gateway(self, gateway: Resource) -> TransitGateway:
        tables = [self.table(table) for table in self.tables[gateway.key]]
        held = {attachment.key for table in tables for attachment in table.attached}
        mine = [
            key
            for key in self.attachments
            if (resource := self.estate.get(key)) is not None
            and (named := self.estate.resolve(resource.properties.get("TransitGatewayId"))) is not None
            and named.key == gateway.key
        ]
        return TransitGateway(
            gateway.key,
            words.name(self.estate, gateway),
            gateway.account or "",
            gateway.region or "",
            tuple(
                sorted(tables, key=lambda t: (bool(t.team), t.team, words.promoted(t.stage), t.name, t.key))
            ),
            self._named(key for key in mine if key not in held),
        )

    def table(self, table: Resource) -> TransitTable:
        own = self.attached[table.key]
        reached = [*self.learned[table.key], *self.static[table.key]]
        attached = self._named(own)
        tags = words.tags(self.estate, table)
        team, stage = tags.get("ringwork:team", ""), tags.get("ringwork:stage", "")
        if not team and len(attached) == 1:
            team, stage = self._owner(attached[0])
        return TransitTable(
            table.key,
            words.name(self.estate, table),
            team,
            stage,
            attached,
            self._named(key for key in reached if key not in own),
            tuple(self.blackholes[table.key]),
        )

    def _owner(self, attachment: Attachment) -> tuple[str, str]:
        vpc = self.estate.get(attachment.vpc)
        tags = words.tags(self.estate, vpc) if vpc else {}
        return tags.get("ringwork:team", ""), tags.get("ringwork:stage", "")

    def _named(self, keys: Iterable[str]) -> tuple[Attachment, ...]:
        found = (self.attachments.get(key) for key in dict.fromkeys(keys))
        return tuple(sorted((a for a in found if a), key=lambda a: (a.name, a.key)))
