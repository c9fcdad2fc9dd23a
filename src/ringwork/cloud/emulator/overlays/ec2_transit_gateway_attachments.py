"""EC2: VPCs of any account at a Transit Gateway that is shared with it, and who accepts them.

moto knows the Transit Gateways of one's own account only, accepts at once, and associates every attachment
with a default route table, also where the Transit Gateway has none.

Sources: Transit Gateway guide, "Transit gateway attachments to a VPC" (a shared one's owner accepts; an
attachment of the owner's own VPC needs no acceptance), "Transit gateway route tables" (one association for
each attachment); EC2 API reference, the operations' pages. An attachment is in both accounts' state, by one
id.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ringwork.cloud.emulator.errors import AwsError
from ringwork.cloud.emulator.overlays.call import Call, Overlay, Proceed

_DEFAULTS = {
    "ApplianceModeSupport": "disable",
    "DnsSupport": "enable",
    "Ipv6Support": "disable",
    "SecurityGroupReferencingSupport": "enable",
}


def _backends() -> Any:
    from moto.ec2.models import ec2_backends  # noqa: PLC0415

    return ec2_backends


def _backend(call: Call) -> Any:
    return _backends()[call.account][call.region]


def _everywhere(region: str) -> Iterator[tuple[str, Any]]:
    """(account, its backend) of a Region."""
    for account, regions in list(_backends().items()):
        if region in regions:
            yield account, regions[region]


def _gateway(call: Call, identifier: str) -> tuple[str, Any]:
    """The Transit Gateway and its owner: the caller's, or one that is shared with the caller."""
    own = _backend(call).transit_gateways.get(identifier)
    if own is not None:
        return call.account, own
    for account, backend in _everywhere(call.region):
        found = backend.transit_gateways.get(identifier)
        if found is not None and _is_shared(call, account, found.arn):
            return account, found
    message = f"Transit Gateway {identifier} was deleted or does not exist."
    raise AwsError("InvalidTransitGatewayID.NotFound", message)


def _is_shared(call: Call, owner: str, arn: str) -> bool:
    """Whether the owner shares it with the caller's account by Resource Access Manager, by its number or with
    its organization (RAM guide, "Creating a resource share")."""
    from moto.ram.models import ram_backends  # noqa: PLC0415

    call.load("ram", "organizations")
    return any(
        share.status == "ACTIVE"
        and arn in share.resource_arns
        and any(
            principal == call.account or (":organization/" in principal and _same_organization(call, owner))
            for principal in share.principals
        )
        for share in ram_backends[owner][call.region].resource_shares
    )


def _same_organization(call: Call, owner: str) -> bool:
    from moto.organizations.models import organizations_backends  # noqa: PLC0415

    masters = organizations_backends.master_accounts
    return bool(masters.get(owner)) and masters.get(owner) == masters.get(call.account)


# -- attachments -------------------------------------------------------------------------------------------


def _create(call: Call, _proceed: Proceed) -> dict[str, Any]:
    from moto.ec2.models.transit_gateway_attachments import TransitGatewayVpcAttachment  # noqa: PLC0415

    given, backend = call.parameters, _backend(call)
    identifier, vpc = str(given["TransitGatewayId"]), str(given["VpcId"])
    owner, gateway = _gateway(call, identifier)
    if vpc not in backend.vpcs:
        raise AwsError("InvalidVpcID.NotFound", f"The vpc ID '{vpc}' does not exist")
    attached = backend.transit_gateway_attachments.values()
    if any(a.transit_gateway_id == identifier and a.resource_id == vpc for a in attached):
        message = f"{identifier} has non-deleted Transit Gateway Attachments with same VPC ID."
        raise AwsError("DuplicateTransitGatewayAttachment", message)
    zones = []
    for subnet in given["SubnetIds"]:
        found = backend.get_subnet(subnet)
        if found.vpc_id != vpc:
            raise AwsError("InvalidParameterValue", f"The subnet '{subnet}' is not in the vpc '{vpc}'")
        zones.append(found.availability_zone)
    if len(set(zones)) < len(zones):
        raise AwsError("DuplicateSubnetsInSameZone", "Duplicate Subnets for same AZ")
    tags = {
        tag["Key"]: tag.get("Value", "")
        for one in given.get("TagSpecifications") or ()
        for tag in one.get("Tags") or ()
    }
    options = {**_DEFAULTS, **(given.get("Options") or {})}
    attachment = TransitGatewayVpcAttachment(
        backend,
        transit_gateway=gateway,
        vpc_id=vpc,
        subnet_ids=list(given["SubnetIds"]),
        tags=tags,
        options=options,
    )
    attachment.transit_gateway_route_table = None
    accepts = gateway.options.get("AutoAcceptSharedAttachments") == "enable"
    attachment.state = "available" if owner == call.account or accepts else "pendingAcceptance"
    backend.transit_gateway_attachments[attachment.id] = attachment
    home = _backends()[owner][call.region]
    home.transit_gateway_attachments[attachment.id] = attachment
    if attachment.state == "available":
        _associate_by_default(home, gateway, attachment.id)
    return {"TransitGatewayVpcAttachment": _row(attachment)}


def _associate_by_default(home: Any, gateway: Any, identifier: str) -> None:
    table = gateway.options.get("AssociationDefaultRouteTableId")
    if gateway.options.get("DefaultRouteTableAssociation") == "enable":
        home.set_route_table_association(identifier, table)
    table = gateway.options.get("PropagationDefaultRouteTableId")
    if gateway.options.get("DefaultRouteTablePropagation") == "enable":
        home.set_route_table_propagation(identifier, table)


def _row(attachment: Any) -> dict[str, Any]:
    return {
        "TransitGatewayAttachmentId": attachment.id,
        "TransitGatewayId": attachment.transit_gateway_id,
        "VpcId": attachment.resource_id,
        "VpcOwnerId": attachment.resource_owner_id,
        "State": attachment.state,
        "SubnetIds": list(attachment.subnet_ids),
        "CreationTime": attachment._created_at,
        "Options": dict(attachment.options),
        "Tags": [{"Key": tag["key"], "Value": tag["value"]} for tag in attachment.get_tags()],
    }


def _copies(call: Call, identifier: str) -> list[Any]:
    """The attachment in the states of its owner and of the Transit Gateway's."""
    return [
        backend.transit_gateway_attachments[identifier]
        for _, backend in _everywhere(call.region)
        if identifier in backend.transit_gateway_attachments
    ]


def _missing(identifier: str) -> AwsError:
    message = f"Transit Gateway Attachment {identifier} was deleted or does not exist."
    return AwsError("InvalidTransitGatewayAttachmentID.NotFound", message)


def _answer(state: str) -> Overlay:
    """Accept or reject: by the owner of the Transit Gateway, while the attachment waits."""

    def answer(call: Call, _proceed: Proceed) -> dict[str, Any]:
        identifier = str(call.parameters["TransitGatewayAttachmentId"])
        backend = _backend(call)
        attachment = backend.transit_gateway_attachments.get(identifier)
        gateway = backend.transit_gateways.get(getattr(attachment, "transit_gateway_id", ""))
        if attachment is None or gateway is None:
            raise _missing(identifier)
        if attachment.state != "pendingAcceptance":
            message = f"{identifier} is in invalid state {attachment.state}"
            raise AwsError("IncorrectState", message)
        for copy in _copies(call, identifier):
            copy.state = state
        if state == "available":
            _associate_by_default(backend, gateway, identifier)
        return {"TransitGatewayVpcAttachment": _row(attachment)}

    return answer


def _describe(call: Call, _proceed: Proceed) -> dict[str, Any]:
    """moto gives peerings as attachments of VPCs too."""
    found = {
        identifier: attachment
        for identifier, attachment in _backend(call).transit_gateway_attachments.items()
        if attachment.resource_type == "vpc"
    }
    named = call.parameters.get("TransitGatewayAttachmentIds")
    for identifier in named or ():
        if identifier not in found:
            raise _missing(identifier)
    rows = [_row(attachment) for key, attachment in found.items() if not named or key in named]
    members = {
        "state": "State",
        "transit-gateway-attachment-id": "TransitGatewayAttachmentId",
        "transit-gateway-id": "TransitGatewayId",
        "vpc-id": "VpcId",
    }
    for one in call.parameters.get("Filters") or ():
        if one["Name"] not in members:
            raise AwsError("InvalidParameterValue", f"The filter '{one['Name']}' is invalid")
        rows = [row for row in rows if row[members[one["Name"]]] in one["Values"]]
    return {"TransitGatewayVpcAttachments": rows}


def _modify(call: Call, _proceed: Proceed) -> dict[str, Any]:
    given = call.parameters
    identifier = str(given["TransitGatewayAttachmentId"])
    if identifier not in _backend(call).transit_gateway_attachments:
        raise _missing(identifier)
    copies = {id(copy): copy for copy in _copies(call, identifier)}.values()
    for copy in copies:
        gone = given.get("RemoveSubnetIds") or ()
        kept = [subnet for subnet in copy.subnet_ids if subnet not in gone]
        copy.subnet_ids = [*kept, *(s for s in given.get("AddSubnetIds") or () if s not in kept)]
        copy.options.update(given.get("Options") or {})
    return {"TransitGatewayVpcAttachment": _row(_backend(call).transit_gateway_attachments[identifier])}


def _delete(call: Call, _proceed: Proceed) -> dict[str, Any]:
    """With its associations and propagations (API reference, DeleteTransitGatewayVpcAttachment)."""
    identifier = str(call.parameters["TransitGatewayAttachmentId"])
    attachment = _backend(call).transit_gateway_attachments.get(identifier)
    if attachment is None:
        raise _missing(identifier)
    for _, backend in _everywhere(call.region):
        backend.transit_gateway_attachments.pop(identifier, None)
        for table in backend.transit_gateways_route_tables.values():
            table.route_table_associations.pop(identifier, None)
            table.route_table_propagation = [
                each
                for each in table.route_table_propagation
                if each.transitGatewayAttachmentId != identifier
            ]
    attachment.state = "deleting"
    return {"TransitGatewayVpcAttachment": _row(attachment)}


# -- Transit Gateways and their tables ---------------------------------------------------------------------


def _create_gateway(call: Call, proceed: Proceed) -> dict[str, Any]:
    """Without a default route table, where neither associations nor propagations have a default."""
    answer = proceed()
    backend = _backend(call)
    gateway = backend.transit_gateways[answer["TransitGateway"]["TransitGatewayId"]]
    wanted = [gateway.options[f"DefaultRouteTable{what}"] for what in ("Association", "Propagation")]
    if wanted == ["disable", "disable"]:
        backend.transit_gateways_route_tables.pop(gateway.default_route_table.id, None)
        for what in ("Association", "Propagation"):
            gateway.options.pop(f"{what}DefaultRouteTableId", None)
            answer["TransitGateway"]["Options"].pop(f"{what}DefaultRouteTableId", None)
    return answer


def _delete_gateway(call: Call, proceed: Proceed) -> dict[str, Any]:
    """Not while anything is attached (API reference, DeleteTransitGateway)."""
    identifier, backend = str(call.parameters["TransitGatewayId"]), _backend(call)
    attached = [
        a.id
        for a in backend.transit_gateway_attachments.values()
        if a.transit_gateway_id == identifier and a.state not in ("deleted", "rejected", "failed")
    ]
    if attached:
        message = f"{identifier} has non-deleted Transit Gateway Attachments: {', '.join(attached)}"
        raise AwsError("IncorrectState", message)
    tables = backend.transit_gateways_route_tables
    for name in [n for n, table in tables.items() if table.transit_gateway_id == identifier]:
        del tables[name]
    return proceed()


def _associate(call: Call, proceed: Proceed) -> dict[str, Any]:
    """Only what is available, and each attachment once (API reference, AssociateTransitGatewayRouteTable)."""
    identifier, backend = str(call.parameters["TransitGatewayAttachmentId"]), _backend(call)
    attachment = backend.transit_gateway_attachments.get(identifier)
    if attachment is None:
        raise _missing(identifier)
    _available(attachment)
    for table in backend.transit_gateways_route_tables.values():
        if identifier in table.route_table_associations:
            message = f"Transit Gateway Attachment {identifier} is already associated to a route table."
            raise AwsError("Resource.AlreadyAssociated", message)
    return proceed()


def _available(attachment: Any) -> None:
    if attachment.state != "available":
        raise AwsError("IncorrectState", f"{attachment.id} is in invalid state {attachment.state}")


def _delete_table(call: Call, proceed: Proceed) -> dict[str, Any]:
    """moto shows deleted tables for ever, and deletes one that is in use."""
    identifier, backend = str(call.parameters["TransitGatewayRouteTableId"]), _backend(call)
    table = backend.transit_gateways_route_tables.get(identifier)
    if table is None or table.state == "deleted":
        message = f"Transit Gateway Route Table {identifier} was deleted or does not exist."
        raise AwsError("InvalidRouteTableID.NotFound", message)
    if table.route_table_associations:
        raise AwsError("IncorrectState", f"{identifier} has attachments associated to it.")
    answer = proceed()
    del backend.transit_gateways_route_tables[identifier]
    return answer


def _delete_peering(call: Call, proceed: Proceed) -> dict[str, Any]:
    """moto keeps deleted peerings as attachments."""
    identifier = str(call.parameters["TransitGatewayAttachmentId"])
    answer = proceed()
    for regions in list(_backends().values()):
        for backend in list(regions.values()):
            backend.transit_gateway_attachments.pop(identifier, None)
            for table in backend.transit_gateways_route_tables.values():
                table.route_table_associations.pop(identifier, None)
    return answer


def _describe_peerings(call: Call, proceed: Proceed) -> dict[str, Any]:
    """moto gives every attachment."""
    answer = proceed()
    known = _backend(call).transit_gateway_attachments
    rows = [
        row
        for row in answer["TransitGatewayPeeringAttachments"]
        if known[row["TransitGatewayAttachmentId"]].resource_type == "peering"
    ]
    named = call.parameters.get("TransitGatewayAttachmentIds") or ()
    found = {row["TransitGatewayAttachmentId"] for row in rows}
    for identifier in named:
        if identifier not in found:
            raise _missing(identifier)
    return {"TransitGatewayPeeringAttachments": rows}


def _vpc_route(call: Call, proceed: Proceed) -> dict[str, Any]:
    """A route leads to a Transit Gateway at which the VPC has an attachment that is available, whose ever it
    is; and moto forgets the endpoint of a route that is replaced."""
    given, backend = call.parameters, _backend(call)
    table = backend.route_tables.get(str(given["RouteTableId"]))
    gateway, endpoint = given.get("TransitGatewayId"), given.get("VpcEndpointId")
    if table is None or (not gateway and call.operation == "CreateRoute"):
        return proceed()
    if gateway:
        _reached(backend, table, str(gateway))
    if call.operation == "ReplaceRoute" and endpoint and endpoint not in backend.vpc_end_points:
        message = f"The vpcEndpoint ID '{endpoint}' does not exist"
        raise AwsError("InvalidVpcEndpointId.NotFound", message)
    answer = proceed()
    wanted = [given.get(name) for name in ("DestinationCidrBlock", "DestinationIpv6CidrBlock")]
    for route in table._routes.values():
        if [route.destination_cidr_block, route.destination_ipv6_cidr_block] == wanted:
            route.vpc_endpoint_id = endpoint
            if gateway:
                route.transit_gateway = _gateway(call, str(gateway))[1]
    return answer


def _reached(backend: Any, table: Any, gateway: str) -> None:
    for attachment in backend.transit_gateway_attachments.values():
        if attachment.transit_gateway_id == gateway and attachment.resource_id == table.vpc_id:
            _available(attachment)
            return
    message = f"The transitGateway ID '{gateway}' does not exist."
    raise AwsError("InvalidTransitGatewayID.NotFound", message)


OVERLAYS: Mapping[str, Overlay] = {
    "AcceptTransitGatewayVpcAttachment": _answer("available"),
    "AssociateTransitGatewayRouteTable": _associate,
    "CreateRoute": _vpc_route,
    "CreateTransitGateway": _create_gateway,
    "CreateTransitGatewayVpcAttachment": _create,
    "DeleteTransitGateway": _delete_gateway,
    "DeleteTransitGatewayPeeringAttachment": _delete_peering,
    "DeleteTransitGatewayRouteTable": _delete_table,
    "DeleteTransitGatewayVpcAttachment": _delete,
    "DescribeTransitGatewayPeeringAttachments": _describe_peerings,
    "DescribeTransitGatewayVpcAttachments": _describe,
    "ModifyTransitGatewayVpcAttachment": _modify,
    "ReplaceRoute": _vpc_route,
    "RejectTransitGatewayVpcAttachment": _answer("rejected"),
}
