"""Transit Gateways: attachments, which table each is associated with, and the routes of the tables.

AWS: Transit Gateway guide, "How Amazon VPC Transit Gateways work" (a propagation adds the blocks of the
VPC; static routes; blackholes; peering takes static routes only), "Transit gateway route tables"; EC2 API
reference, TransitGatewayRequestOptions (default association and propagation are on unless switched off).
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass, field, replace

from ringwork.estate import Reference, Resource, Unknown
from ringwork.network.addresses import EVERYWHERE, Prefix
from ringwork.network.model import (
    Attachment,
    External,
    Joined,
    Place,
    TransitGateway,
    TransitRoute,
    TransitTable,
    Vpc,
)
from ringwork.network.reading.interfaces import Interfaces
from ringwork.network.reading.reader import Reader, at, is_live

GATEWAY, TABLE = "AWS::EC2::TransitGateway", "AWS::EC2::TransitGatewayRouteTable"
VPC_ATTACHMENTS = ("AWS::EC2::TransitGatewayVpcAttachment", "AWS::EC2::TransitGatewayAttachment")
PEERING = "AWS::EC2::TransitGatewayPeeringAttachment"
OTHER = "live:ec2:transit-gateway-attachment"
"""attachments that no CloudFormation type has: of VPN connections and Direct Connect gateways"""
READY = frozenset({"available", "modifying", "associated"})
_KINDS = {
    "vpn": Joined.VPN,
    "direct-connect-gateway": Joined.DIRECT_CONNECT,
    "connect": Joined.CONNECT,
    "vpn-concentrator": Joined.VPN,
}
_DEFAULTS = (
    ("DefaultRouteTableAssociation", "AssociationDefaultRouteTableId", "DefaultAssociationRouteTable"),
    ("DefaultRouteTablePropagation", "PropagationDefaultRouteTableId", "DefaultPropagationRouteTable"),
)


def default_table(gateway: str) -> str:
    """The key of the default table that a template's Transit Gateway makes by itself."""
    return f"{gateway}#default-route-table"


@dataclass(slots=True)
class Transit:
    """What was read."""

    gateways: dict[str, TransitGateway] = field(default_factory=dict)
    attachments: dict[str, Attachment] = field(default_factory=dict)
    tables: dict[str, TransitTable] = field(default_factory=dict)


class _Building:
    """Tables under construction."""

    def __init__(self, reader: Reader) -> None:
        self.gateway_of: dict[str, str] = {}
        self.routes: dict[str, list[TransitRoute]] = {}
        self.unknown: dict[str, str] = {}
        self.other_side: dict[tuple[str, str], str] = {}
        """(peering attachment, gateway) -> key of the gateway's side of it"""
        self.resources = {table.key: table for table in reader.estate.of_type(TABLE)}


def read_transit(
    reader: Reader, vpcs: Mapping[str, Vpc], interfaces: Interfaces, externals: dict[str, External]
) -> Transit:
    found, building = Transit(), _Building(reader)
    for resource in reader.estate.of_type(GATEWAY):
        support = reader.text(resource.properties.get("SecurityGroupReferencingSupport"))
        if isinstance(support, Unknown):
            reader.note(resource, support.reason, "SecurityGroupReferencingSupport")
        on = support == "enable" or isinstance(support, Unknown)
        found.gateways[resource.key] = TransitGateway(resource.key, resource.region, on)
    for key, table in building.resources.items():
        gateway = reader.member(
            table,
            table.properties.get("TransitGatewayId"),
            found.gateways,
            "Transit Gateway",
            "TransitGatewayId",
        )
        if gateway is not None:
            building.gateway_of[key] = gateway
    _vpc_attachments(reader, found, vpcs, interfaces)
    _peerings(reader, found, building)
    _others(reader, found, externals)
    _associate(reader, found, building)
    _propagate(reader, found, building, vpcs, externals)
    _static_routes(reader, found, building)
    for key, gateway in building.gateway_of.items():
        unknown = building.unknown.get(key) or _gap(reader, building.resources.get(key))
        found.tables[key] = TransitTable(key, gateway, tuple(building.routes.get(key, ())), unknown)
    return found


def _gap(reader: Reader, table: Resource | None) -> str | None:
    if table is None or not is_live(table):
        return None
    for type in ("AWS::EC2::TransitGatewayRoute", "AWS::EC2::TransitGatewayRouteTablePropagation"):
        gap = reader.gap(type, table.account, table.region)
        if gap is not None:
            return gap
    return None


# --- attachments


def _gateway(reader: Reader, found: Transit, resource: Resource) -> str | None:
    value = resource.properties.get("TransitGatewayId")
    return reader.member(resource, value, found.gateways, "Transit Gateway", "TransitGatewayId")


def _ready(resource: Resource) -> bool:
    """Whether packets pass: an attachment that waits for acceptance passes none."""
    state = resource.attributes.get("State")
    return not isinstance(state, str) or state.lower() in READY


def _vpc_attachments(reader: Reader, found: Transit, vpcs: Mapping[str, Vpc], interfaces: Interfaces) -> None:
    for resource in reader.estate.of_type(*VPC_ATTACHMENTS):
        gateway = _gateway(reader, found, resource)
        vpc = reader.member(resource, resource.properties.get("VpcId"), vpcs, "VPC", "VpcId")
        if gateway is None or vpc is None:
            continue
        subnets = interfaces.subnets_at(resource, resource.properties.get("SubnetIds"), "SubnetIds")
        appliance = reader.text(at(resource.properties, "Options", "ApplianceModeSupport"))
        if isinstance(appliance, Unknown):
            reader.note(resource, appliance.reason, "Options", "ApplianceModeSupport")
        references = reader.text(at(resource.properties, "Options", "SecurityGroupReferencingSupport"))
        interfaces.own(interfaces.described.get(resource.physical or "", ()), resource.key, "transit")
        found.attachments[resource.key] = Attachment(
            resource.key,
            gateway,
            Joined.VPC,
            vpc,
            tuple(subnets),
            appliance=appliance == "enable",
            # "set to enable by default" (EC2 API reference, CreateTransitGatewayVpcAttachmentRequestOptions)
            group_references=references != "disable",
            ready=_ready(resource),
            certain=not isinstance(appliance, Unknown),
        )


def _peerings(reader: Reader, found: Transit, building: _Building) -> None:
    """A peering has one id and two sides: the requester's has the resource's key, the other one `#peer`."""
    for resource in reader.estate.of_type(PEERING):
        gateway = _gateway(reader, found, resource)
        value = resource.properties.get("PeerTransitGatewayId")
        peer = reader.member(resource, value, found.gateways, "peer Transit Gateway", "PeerTransitGatewayId")
        if gateway is None or peer is None:
            reader.not_modelled(resource, "a Transit Gateway of the peering is not in the estate")
            continue
        here, there = resource.key, f"{resource.key}#peer"
        ready = _ready(resource)
        found.attachments[here] = Attachment(here, gateway, Joined.PEERING, there, ready=ready)
        found.attachments[there] = Attachment(there, peer, Joined.PEERING, here, ready=ready)
        building.other_side[here, peer] = there


def _others(reader: Reader, found: Transit, externals: dict[str, External]) -> None:
    joined: set[str] = set()
    for resource in reader.estate.of_type(OTHER):
        gateway = _gateway(reader, found, resource)
        kind = reader.text(resource.properties.get("ResourceType"))
        joined_as = _KINDS.get(kind) if isinstance(kind, str) else None
        if gateway is None or joined_as is None:
            reader.not_modelled(resource, f"an attachment of kind `{kind}` is not modelled")
            continue
        behind = reader.named(resource.properties.get("ResourceId"), resource)
        to = behind if isinstance(behind, str) and behind in externals else f"{resource.key}#network"
        joined.add(to)
        externals.setdefault(to, External(to, ()))
        found.attachments[resource.key] = Attachment(
            resource.key, gateway, joined_as, to, ready=_ready(resource)
        )
    for resource in reader.estate.of_type("AWS::EC2::VPNConnection"):
        if resource.properties.get("TransitGatewayId") is None or resource.key in joined:
            continue
        gateway = _gateway(reader, found, resource)
        if gateway is not None:
            key = f"{resource.key}#attachment"
            found.attachments[key] = Attachment(key, gateway, Joined.VPN, resource.key)
    for resource in reader.estate.of_type("AWS::EC2::TransitGatewayConnect"):
        reader.not_modelled(resource, "a Connect attachment is not modelled")


# --- tables


def _side(building: _Building, found: Transit, key: str, table: str) -> str:
    """The side of a peering that belongs to the table's gateway; any other attachment is itself."""
    return building.other_side.get((key, building.gateway_of.get(table, "")), key)


def _pair(
    reader: Reader, found: Transit, building: _Building, resource: Resource
) -> tuple[str | None, str | None]:
    """The table and the attachment that an association, propagation or route names."""
    value = resource.properties.get("TransitGatewayRouteTableId")
    table = reader.member(
        resource, value, building.gateway_of, "Transit Gateway route table", "TransitGatewayRouteTableId"
    )
    if table is None and isinstance(value, Unknown):
        for key, other in building.resources.items():
            if (other.account, other.region) == (resource.account, resource.region):
                building.unknown.setdefault(key, f"`{resource.name}` may be about this table")
    value = resource.properties.get("TransitGatewayAttachmentId")
    attachment = None
    if value is not None:
        named = reader.named(value, resource)
        if isinstance(named, str) and f"{named}#attachment" in found.attachments:
            named = f"{named}#attachment"
        if isinstance(named, str) and named in found.attachments:
            attachment = _side(building, found, named, table or "")
        else:
            reason = named.reason if isinstance(named, Unknown) else f"`{named}` is no attachment"
            reader.note(resource, f"its attachment is not known: {reason}", "TransitGatewayAttachmentId")
    return table, attachment


def _associate(reader: Reader, found: Transit, building: _Building) -> None:
    defaults = _default_tables(reader, found, building, *_DEFAULTS[0])
    chosen: dict[str, str] = {}
    for resource in reader.estate.of_type("AWS::EC2::TransitGatewayRouteTableAssociation"):
        table, attachment = _pair(reader, found, building, resource)
        if attachment is None:
            continue
        if table is None:
            found.attachments[attachment] = replace(found.attachments[attachment], certain=False)
        elif chosen.setdefault(attachment, table) != table:
            reader.note(resource, f"`{attachment}` is associated with another table already")
            found.attachments[attachment] = replace(found.attachments[attachment], certain=False)
    for key, attachment_ in found.attachments.items():
        own = reader.estate.get(key.split("#", 1)[0])
        live = own is not None and is_live(own)
        default = None if live else defaults.get(attachment_.gateway)
        gap = (
            reader.gap("AWS::EC2::TransitGatewayRouteTableAssociation", own.account, own.region)
            if own is not None and key not in chosen
            else None
        )
        found.attachments[key] = replace(
            attachment_,
            association=chosen.get(key, default),
            certain=attachment_.certain and gap is None,
        )


def _default_tables(
    reader: Reader, found: Transit, building: _Building, option: str, property: str, attribute: str
) -> dict[str, str]:
    """Gateway -> its default table for associations or propagations, where that is switched on."""
    defaults: dict[str, str] = {}
    for key, table in building.resources.items():
        if table.attributes.get(attribute) is True and key in building.gateway_of:
            defaults[building.gateway_of[key]] = key
    for resource in reader.estate.of_type(GATEWAY):
        mode = reader.text(resource.properties.get(option))
        if mode == "disable":
            defaults.pop(resource.key, None)
            continue
        if isinstance(mode, Unknown):
            reader.note(resource, f"{option}: {mode.reason}", option)
        if resource.key in defaults or is_live(resource):
            continue
        named = resource.properties.get(property)
        key_ = default_table(resource.key)
        if named is not None:
            key_ = (
                reader.member(resource, named, building.gateway_of, "Transit Gateway route table", property)
                or key_
            )
        defaults[resource.key] = key_
        building.gateway_of.setdefault(key_, resource.key)
        if isinstance(mode, Unknown):
            building.unknown.setdefault(key_, f"whether it is used is not known: {mode.reason}")
    return defaults


def _propagate(
    reader: Reader,
    found: Transit,
    building: _Building,
    vpcs: Mapping[str, Vpc],
    externals: Mapping[str, External],
) -> None:
    pairs: dict[tuple[str, str], Place] = {}
    for resource in reader.estate.of_type("AWS::EC2::TransitGatewayRouteTablePropagation"):
        table, attachment = _pair(reader, found, building, resource)
        if table is not None and attachment is not None:
            pairs.setdefault((table, attachment), Place(resource.key))
        elif table is not None:
            building.unknown.setdefault(table, "an attachment that propagates to it is not known")
    defaults = _default_tables(reader, found, building, *_DEFAULTS[1])
    for key, attachment_ in found.attachments.items():
        own = reader.estate.get(key.split("#", 1)[0])
        default = defaults.get(attachment_.gateway)
        if default is not None and own is not None and not is_live(own):
            pairs.setdefault((default, key), Place(attachment_.gateway))
    blocks = {
        key: _blocks(reader, key, vpcs[each.to])
        for key, each in found.attachments.items()
        if each.kind is Joined.VPC
    }
    propagated = _overlapping(reader, found, pairs, blocks, frozenset(defaults.values()))
    for (table, key), place in pairs.items():
        attachment_ = found.attachments[key]
        routes = building.routes.setdefault(table, [])
        if attachment_.kind is Joined.VPC:
            routes += [
                TransitRoute(prefix, key, True, place, certain and sure)
                for prefix, sure in blocks[key].items()
                if (certain := propagated.get((table, key, prefix), True)) is not None
            ]
            continue
        if attachment_.kind is Joined.PEERING:
            # Transit Gateway guide, "Transit gateway peering attachments": no routes are propagated
            continue
        external = externals.get(attachment_.to)
        prefixes: tuple[Prefix, ...] = external.prefixes if external is not None else ()
        building.unknown.setdefault(table, f"it learns routes from `{attachment_.to}` by BGP")
        routes += [TransitRoute(prefix, key, True, place) for prefix in prefixes]


def _blocks(reader: Reader, key: str, vpc: Vpc) -> dict[Prefix, bool]:
    """The blocks that an attachment of a VPC propagates, and whether it surely does.

    EC2 API reference, CreateTransitGatewayVpcAttachmentRequestOptions: Ipv6Support is disabled unless asked
    for; then "IPv6 routes do not propagate. The setting does not filter IPv6 traffic".
    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateTransitGatewayVpcAttachmentRequestOptions.html
    """
    resource = reader.estate.get(key)
    value = at(resource.properties, "Options", "Ipv6Support") if resource is not None else None
    support = reader.text(value)
    if isinstance(support, Unknown) and resource is not None:
        reader.note(resource, support.reason, "Options", "Ipv6Support")
    if support is None and resource is not None and not is_live(resource):
        support = "disable"
    six = {prefix: support == "enable" for prefix in vpc.prefixes if prefix.version == 6}
    four = {prefix: True for prefix in vpc.prefixes if prefix.version == 4}
    return four if support == "disable" else four | six


_Overlapping = dict[tuple[str, str, Prefix], bool | None]
"""(table, attachment, block) -> None: not propagated; False: it may not be"""


def _overlapping(
    reader: Reader,
    found: Transit,
    pairs: Iterable[tuple[str, str]],
    propagating: Mapping[str, Iterable[Prefix]],
    defaults: Container[str],
) -> _Overlapping:
    """Blocks of which only those of the VPC that was attached first are sure to be propagated.

    EC2 API reference, CreateTransitGatewayVpcAttachment: "if you attach a VPC with a CIDR range that overlaps
    the CIDR range of a VPC that is already attached, the new VPC CIDR range is not propagated to the default
    propagation route table". Of other tables, and where the order is not known, nothing is sure.
    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateTransitGatewayVpcAttachment.html
    """
    blocks: dict[str, list[tuple[int, int, int, str, Prefix]]] = {}
    for table, key in pairs:
        if found.attachments[key].kind is Joined.VPC:
            blocks.setdefault(table, []).extend(
                (prefix.version, prefix.low, prefix.length, key, prefix) for prefix in propagating[key]
            )
    answer: _Overlapping = {}
    for table, entries in blocks.items():
        around: list[tuple[str, Prefix]] = []
        for _, _, _, key, prefix in sorted(entries):  # a block comes after those around it
            while around and not around[-1][1].covers(prefix):
                around.pop()
            for other, block in around:
                if found.attachments[other].to != found.attachments[key].to:
                    times = [_created(reader, each) for each in (other, key)]
                    late = _later(other, key, times) if table in defaults else None
                    for each, its in ((other, block), (key, prefix)):
                        if late is None or (each == late and (table, each, its) not in answer):
                            answer[table, each, its] = None if each == late else False
            around.append((key, prefix))
    return answer


def _created(reader: Reader, key: str) -> str | None:
    resource = reader.estate.get(key)
    created = resource.attributes.get("CreationTime") if resource is not None else None
    return str(created) if created is not None else None


def _later(one: str, other: str, times: list[str | None]) -> str | None:
    """Which of two was attached later; None: it is not known. Times of AWS compare as texts (RFC 3339)."""
    first, second = times
    if first is None or second is None or first == second:
        return None
    return other if first < second else one


def _static_routes(reader: Reader, found: Transit, building: _Building) -> None:
    for resource in reader.estate.of_type("AWS::EC2::TransitGatewayRoute"):
        table, attachment = _pair(reader, found, building, resource)
        if table is None:
            continue
        prefix = reader.prefix(resource.properties.get("DestinationCidrBlock"))
        certain = True
        blocks: tuple[Prefix, ...]
        if isinstance(prefix, Prefix):
            blocks = (prefix,)
        else:
            reason = prefix.reason if prefix is not None else "none is given"
            reader.note(resource, f"its destination is not known: {reason}", "DestinationCidrBlock")
            building.unknown.setdefault(table, f"the destination of `{resource.name}` is not known")
            blocks, certain = EVERYWHERE, False
        blackhole = reader.truth(resource.properties.get("Blackhole"), False)
        if blackhole is True:
            attachment = None
        elif attachment is None or isinstance(blackhole, Unknown):
            if isinstance(resource.properties.get("TransitGatewayAttachmentId"), (str, Reference, Unknown)):
                certain = False
            else:
                reader.note(resource, "names neither an attachment nor a blackhole")
                certain = False
        place = Place(resource.key)
        building.routes.setdefault(table, []).extend(
            TransitRoute(block, attachment, False, place, certain) for block in blocks
        )
