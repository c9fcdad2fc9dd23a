"""Transit Gateways, what is attached to them, and how they route; names that VPCs share.

Accounts see each other's attachments, shares and profiles: each is read where its owner is.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ringwork.cloud.collect.kinds import Below, Detail, Kind, Listing, Where
from ringwork.cloud.collect.mapping import MISSING, Computed, Each, Part, Raw, Tags, look
from ringwork.cloud.collect.network import arn, ids

_GONE = frozenset({"deleting", "deleted", "rejected", "rejecting", "failed", "failing"})


def _stands(raw: Raw) -> bool:
    return str(raw.get("State", "")) not in _GONE


GATEWAYS = Listing(
    "ec2",
    "DescribeTransitGateways",
    "TransitGateways",
    parameters=lambda where: {"Filters": [{"Name": "owner-id", "Values": [where.account]}]},
)
VPC_ATTACHMENTS = Listing("ec2", "DescribeTransitGatewayVpcAttachments", "TransitGatewayVpcAttachments")
PEERINGS = Listing("ec2", "DescribeTransitGatewayPeeringAttachments", "TransitGatewayPeeringAttachments")
TABLES = Listing("ec2", "DescribeTransitGatewayRouteTables", "TransitGatewayRouteTables")


def _of_table(raw: Raw, where: Where) -> Mapping[str, Any]:
    return {"TransitGatewayRouteTableId": raw["TransitGatewayRouteTableId"]}


def _below_tables(operation: str, result: str, **more: Any) -> Listing:
    below = Below(operation, result, lambda raw, where: {**_of_table(raw, where), **more})
    return Listing("ec2", "DescribeTransitGatewayRouteTables", "TransitGatewayRouteTables", below=below)


TRANSIT_GATEWAY = Kind(
    "AWS::EC2::TransitGateway",
    GATEWAYS,
    physical=lambda raw: raw["TransitGatewayId"],
    narrow=ids("TransitGatewayIds"),
    keep=_stands,
    properties={
        "Description": "Description",
        "AmazonSideAsn": "Options.AmazonSideAsn",
        "AutoAcceptSharedAttachments": "Options.AutoAcceptSharedAttachments",
        "DefaultRouteTableAssociation": "Options.DefaultRouteTableAssociation",
        "DefaultRouteTablePropagation": "Options.DefaultRouteTablePropagation",
        "DnsSupport": "Options.DnsSupport",
        "MulticastSupport": "Options.MulticastSupport",
        "SecurityGroupReferencingSupport": "Options.SecurityGroupReferencingSupport",
        "TransitGatewayCidrBlocks": "Options.TransitGatewayCidrBlocks",
        "VpnEcmpSupport": "Options.VpnEcmpSupport",
        "Tags": Tags(),
    },
    attributes={"Id": "TransitGatewayId", "TransitGatewayArn": "TransitGatewayArn"},
    arn=arn("transit-gateway", "TransitGatewayId"),
)


TRANSIT_GATEWAY_VPC_ATTACHMENT = Kind(
    "AWS::EC2::TransitGatewayVpcAttachment",
    VPC_ATTACHMENTS,
    physical=lambda raw: raw["TransitGatewayAttachmentId"],
    narrow=ids("TransitGatewayAttachmentIds"),
    keep=_stands,
    owner="VpcOwnerId",
    properties={
        "TransitGatewayId": "TransitGatewayId",
        "VpcId": "VpcId",
        "SubnetIds": "SubnetIds",
        "Options": Part(
            {
                name: f"Options.{name}"
                for name in (
                    "ApplianceModeSupport",
                    "DnsSupport",
                    "Ipv6Support",
                    "SecurityGroupReferencingSupport",
                )
            }
        ),
        "Tags": Tags(),
    },
    # the order of attachments decides which of two overlapping VPCs is propagated
    attributes={"Id": "TransitGatewayAttachmentId", "State": "State", "CreationTime": "CreationTime"},
    arn=arn("transit-gateway-attachment", "TransitGatewayAttachmentId"),
)

TRANSIT_GATEWAY_PEERING_ATTACHMENT = Kind(
    "AWS::EC2::TransitGatewayPeeringAttachment",
    PEERINGS,
    physical=lambda raw: raw["TransitGatewayAttachmentId"],
    narrow=ids("TransitGatewayAttachmentIds"),
    keep=_stands,
    owner="RequesterTgwInfo.OwnerId",
    owner_region="RequesterTgwInfo.Region",
    properties={
        "TransitGatewayId": "RequesterTgwInfo.TransitGatewayId",
        "PeerTransitGatewayId": "AccepterTgwInfo.TransitGatewayId",
        "PeerAccountId": "AccepterTgwInfo.OwnerId",
        "PeerRegion": "AccepterTgwInfo.Region",
        "Tags": Tags(),
    },
    attributes={"TransitGatewayAttachmentId": "TransitGatewayAttachmentId", "State": "State"},
    arn=arn("transit-gateway-attachment", "TransitGatewayAttachmentId"),
)

TRANSIT_GATEWAY_ROUTE_TABLE = Kind(
    "AWS::EC2::TransitGatewayRouteTable",
    TABLES,
    physical=lambda raw: raw["TransitGatewayRouteTableId"],
    narrow=ids("TransitGatewayRouteTableIds"),
    keep=_stands,
    properties={"TransitGatewayId": "TransitGatewayId", "Tags": Tags()},
    attributes={
        "TransitGatewayRouteTableId": "TransitGatewayRouteTableId",
        "DefaultAssociationRouteTable": "DefaultAssociationRouteTable",
        "DefaultPropagationRouteTable": "DefaultPropagationRouteTable",
    },
    arn=arn("transit-gateway-route-table", "TransitGatewayRouteTableId"),
)


def _table(raw: Raw) -> Any:
    return look(raw, "$above.TransitGatewayRouteTableId")


def _first_attachment(raw: Raw) -> Any:
    found = look(raw, "TransitGatewayAttachments.TransitGatewayAttachmentId")
    return found[0] if isinstance(found, list) and found else MISSING


TRANSIT_GATEWAY_ROUTE = Kind(
    "AWS::EC2::TransitGatewayRoute",
    _below_tables(
        "SearchTransitGatewayRoutes",
        "Routes",
        # static ones only: propagated routes follow from the propagations
        Filters=[{"Name": "type", "Values": ["static"]}],
    ),
    physical=lambda raw: f"{_table(raw)}|{raw['DestinationCidrBlock']}",
    properties={
        "TransitGatewayRouteTableId": Computed(_table),
        "DestinationCidrBlock": "DestinationCidrBlock",
        "TransitGatewayAttachmentId": Computed(_first_attachment),
        # one whose attachment is gone is a blackhole too, which nobody asked for
        "Blackhole": Computed(
            lambda raw: raw.get("State") == "blackhole" and _first_attachment(raw) is MISSING
        ),
    },
    identity=("TransitGatewayRouteTableId", "DestinationCidrBlock"),
)
TRANSIT_GATEWAY_ROUTE_TABLE_ASSOCIATION = Kind(
    "AWS::EC2::TransitGatewayRouteTableAssociation",
    _below_tables("GetTransitGatewayRouteTableAssociations", "Associations"),
    physical=lambda raw: f"{_table(raw)}|{raw['TransitGatewayAttachmentId']}",
    keep=lambda raw: raw.get("State") in ("associated", "associating"),
    properties={
        "TransitGatewayRouteTableId": Computed(_table),
        "TransitGatewayAttachmentId": "TransitGatewayAttachmentId",
    },
    identity=("TransitGatewayRouteTableId", "TransitGatewayAttachmentId"),
)
TRANSIT_GATEWAY_ROUTE_TABLE_PROPAGATION = Kind(
    "AWS::EC2::TransitGatewayRouteTablePropagation",
    _below_tables("GetTransitGatewayRouteTablePropagations", "TransitGatewayRouteTablePropagations"),
    physical=lambda raw: f"{_table(raw)}|{raw['TransitGatewayAttachmentId']}",
    keep=lambda raw: raw.get("State") in ("enabled", "enabling"),
    deployed=False,
    properties={
        "TransitGatewayRouteTableId": Computed(_table),
        "TransitGatewayAttachmentId": "TransitGatewayAttachmentId",
    },
    identity=("TransitGatewayRouteTableId", "TransitGatewayAttachmentId"),
)

# --- shares -----------------------------------------------------------------------------------------------


def _of_share(raw: Raw, where: Where) -> Mapping[str, Any]:
    return {"resourceOwner": "SELF", "resourceShareArns": [raw["resourceShareArn"]]}


RESOURCE_SHARE = Kind(
    "AWS::RAM::ResourceShare",
    Listing(
        "ram",
        "GetResourceShares",
        "resourceShares",
        parameters=lambda where: {"resourceOwner": "SELF", "resourceShareStatus": "ACTIVE"},
    ),
    physical=lambda raw: raw["resourceShareArn"],
    narrow=lambda physical: {"resourceShareArns": [physical]},
    details=(
        Detail("$resources", "ListResources", _of_share, result="resources"),
        Detail("$principals", "ListPrincipals", _of_share, result="principals"),
    ),
    properties={
        "Name": "name",
        "AllowExternalPrincipals": "allowExternalPrincipals",
        "Principals": "$principals.id",
        "ResourceArns": "$resources.arn",
        "Tags": Tags("tags", "key", "value"),
    },
    attributes={"Arn": "resourceShareArn", "Status": "status"},
    arn=lambda raw, where: raw["resourceShareArn"],
)

# --- names ------------------------------------------------------------------------------------------------


def _zone_id(raw: Raw) -> str:
    return str(raw["Id"]).rpartition("/")[2]


def _dotless(name: Any) -> Any:
    return name.rstrip(".") if isinstance(name, str) else name


_ZONES = Listing("route53", "ListHostedZones", "HostedZones")

HOSTED_ZONE = Kind(
    "AWS::Route53::HostedZone",
    _ZONES,
    physical=_zone_id,
    details=(
        Detail("$zone", "GetHostedZone", lambda raw, where: {"Id": _zone_id(raw)}),
        Detail(
            "$tags",
            "ListTagsForResource",
            lambda raw, where: {"ResourceType": "hostedzone", "ResourceId": _zone_id(raw)},
            result="ResourceTagSet",
        ),
    ),
    properties={
        "Name": Computed(lambda raw: _dotless(look(raw, "Name"))),
        "HostedZoneConfig": Part({"Comment": "Config.Comment"}),
        "VPCs": Each("$zone.VPCs", {"VPCId": "VPCId", "VPCRegion": "VPCRegion"}),
        "HostedZoneTags": Tags("$tags.Tags"),
    },
    attributes={"Id": Computed(lambda raw: MISSING if look(raw, "Id") is MISSING else _zone_id(raw))},
    arn=lambda raw, where: f"arn:{where.partition}:route53:::hostedzone/{_zone_id(raw)}",
    is_global=True,
)


def _name(raw: Raw) -> str:
    """Route 53 writes an asterisk as `\\052` and a dot at the end (guide, DNS domain name format)."""
    return str(raw["Name"]).replace("\\052", "*").rstrip(".")


RECORD_SET = Kind(
    "AWS::Route53::RecordSet",
    Listing(
        "route53",
        "ListHostedZones",
        "HostedZones",
        below=Below(
            "ListResourceRecordSets",
            "ResourceRecordSets",
            lambda raw, where: {"HostedZoneId": _zone_id(raw)},
        ),
    ),
    physical=_name,
    # a zone's own two, which Route 53 makes
    keep=lambda raw: not (raw["Type"] in ("NS", "SOA") and raw["Name"] == look(raw, "$above.Name")),
    properties={
        "HostedZoneId": Computed(lambda raw: _zone_id(raw["$above"])),
        "Name": Computed(_name),
        "Type": "Type",
        "TTL": Computed(lambda raw: str(raw["TTL"]) if raw.get("TTL") is not None else MISSING),
        "SetIdentifier": "SetIdentifier",
        "ResourceRecords": "ResourceRecords.Value",
        "AliasTarget": Part(
            {
                "DNSName": Computed(lambda raw: _dotless(look(raw, "AliasTarget.DNSName"))),
                "HostedZoneId": "AliasTarget.HostedZoneId",
                "EvaluateTargetHealth": "AliasTarget.EvaluateTargetHealth",
            }
        ),
    },
    identity=("HostedZoneId", "Name", "Type", "SetIdentifier"),
    is_global=True,
)


_PROFILES = Listing("route53profiles", "ListProfiles", "ProfileSummaries")


def _tags_of(kind: str, member: str = "Id") -> Detail:
    return Detail(
        "$tags",
        "ListTagsForResource",
        lambda raw, where: {"ResourceArn": where.arn("route53profiles", f"{kind}/{raw[member]}")},
        result="Tags",
    )


PROFILE = Kind(
    "AWS::Route53Profiles::Profile",
    _PROFILES,
    physical=lambda raw: raw["Id"],
    # others' profiles are listed with those that are shared with the account
    keep=lambda raw: raw.get("ShareStatus") != "SHARED_WITH_ME",
    details=(_tags_of("profile"),),
    properties={"Name": "Name", "Tags": Tags("$tags")},
    attributes={"Id": "Id", "Arn": "Arn"},
    arn=lambda raw, where: raw.get("Arn"),
)
PROFILE_ASSOCIATION = Kind(
    "AWS::Route53Profiles::ProfileAssociation",
    Listing("route53profiles", "ListProfileAssociations", "ProfileAssociations"),
    physical=lambda raw: raw["Id"],
    keep=lambda raw: raw.get("Status") not in ("DELETING", "DELETED"),
    owner="OwnerId",
    details=(_tags_of("profile-association"),),
    properties={
        "Name": "Name",
        "ProfileId": "ProfileId",
        "ResourceId": "ResourceId",
        "Tags": Tags("$tags"),
    },
    attributes={"Id": "Id"},
    arn=lambda raw, where: where.arn("route53profiles", f"profile-association/{raw['Id']}"),
    identity=("ResourceId",),
)
PROFILE_RESOURCE_ASSOCIATION = Kind(
    "AWS::Route53Profiles::ProfileResourceAssociation",
    Listing(
        "route53profiles",
        "ListProfiles",
        "ProfileSummaries",
        below=Below(
            "ListProfileResourceAssociations",
            "ProfileResourceAssociations",
            lambda raw, where: {"ProfileId": raw["Id"]},
        ),
    ),
    physical=lambda raw: raw["Id"],
    keep=lambda raw: raw.get("Status") not in ("DELETING", "DELETED"),
    owner="OwnerId",
    properties={
        "Name": "Name",
        "ProfileId": "ProfileId",
        "ResourceArn": "ResourceArn",
        "ResourceProperties": "ResourceProperties",
    },
    attributes={"Id": "Id", "ResourceType": "ResourceType"},
    identity=("ProfileId", "ResourceArn"),
)

KINDS = (
    TRANSIT_GATEWAY,
    TRANSIT_GATEWAY_VPC_ATTACHMENT,
    TRANSIT_GATEWAY_PEERING_ATTACHMENT,
    TRANSIT_GATEWAY_ROUTE_TABLE,
    TRANSIT_GATEWAY_ROUTE,
    TRANSIT_GATEWAY_ROUTE_TABLE_ASSOCIATION,
    TRANSIT_GATEWAY_ROUTE_TABLE_PROPAGATION,
    RESOURCE_SHARE,
    HOSTED_ZONE,
    RECORD_SET,
    PROFILE,
    PROFILE_ASSOCIATION,
    PROFILE_RESOURCE_ASSOCIATION,
)
