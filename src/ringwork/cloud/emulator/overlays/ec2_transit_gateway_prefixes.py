"""EC2: prefix lists in Transit Gateway route tables, and policy tables without entries.

Sources: Transit Gateway guide, "Prefix list references" and "Transit gateway policy tables"; EC2 API
reference, page of each operation. The routes that a reference
makes are in `ec2_transit_gateways`. A policy table's entries and associations are refused, so one without
them is all that there can be, and it changes no route.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from ringwork.cloud.emulator.errors import AwsError, NotEmulatedError
from ringwork.cloud.emulator.overlays.call import Call, Overlay, Proceed
from ringwork.cloud.emulator.overlays.ec2_transit_gateways import REFERENCES, attached, route_table

_POLICY_TABLES = "transit gateway policy tables"


def _backend(call: Call) -> Any:
    from moto.ec2.models import ec2_backends  # noqa: PLC0415

    return ec2_backends[call.account][call.region]


def _references(table: Any) -> dict[str, str | None]:
    if not hasattr(table, REFERENCES):
        setattr(table, REFERENCES, {})
    references: dict[str, str | None] = getattr(table, REFERENCES)
    return references


def _row(call: Call, prefix_list: str, attachment: str | None) -> dict[str, Any]:
    backend = _backend(call)
    row: dict[str, Any] = {
        "TransitGatewayRouteTableId": call.parameters["TransitGatewayRouteTableId"],
        "PrefixListId": prefix_list,
        "PrefixListOwnerId": backend.managed_prefix_lists[prefix_list].owner_id,
        "State": "available",
        "Blackhole": attachment is None,
    }
    if attachment is not None:
        row["TransitGatewayAttachment"] = attached(backend, attachment)
    return row


def _target(call: Call) -> str | None:
    """The attachment, None for a black hole."""
    attachment, blackhole = (
        call.parameters.get("TransitGatewayAttachmentId"),
        call.parameters.get("Blackhole"),
    )
    if attachment is None and not blackhole:
        raise AwsError("MissingParameter", "Either TransitGatewayAttachmentId or Blackhole is required.")
    if attachment is not None and blackhole:
        message = "TransitGatewayAttachmentId and Blackhole exclude one another."
        raise AwsError("InvalidParameterCombination", message)
    if attachment is not None and attachment not in _backend(call).transit_gateway_attachments:
        message = f"Transit Gateway Attachment {attachment} was deleted or does not exist."
        raise AwsError("InvalidTransitGatewayAttachmentID.NotFound", message)
    return None if attachment is None else str(attachment)


def _set_reference(call: Call, _proceed: Proceed) -> dict[str, Any]:
    table, prefix_list = route_table(call), str(call.parameters["PrefixListId"])
    known = _backend(call).managed_prefix_lists.get(prefix_list)
    if known is None or known.state == "delete-complete":  # moto keeps what was deleted
        message = f"The prefix list ID '{prefix_list}' does not exist"
        raise AwsError("InvalidPrefixListID.NotFound", message)
    creates = call.operation.startswith("Create")
    if creates == (prefix_list in _references(table)):
        reason = "the code with which EC2 refuses a reference that is there already, or is not, is not known"
        raise NotEmulatedError("ec2", call.operation, reason)
    attachment = _target(call)
    _references(table)[prefix_list] = attachment
    return {"TransitGatewayPrefixListReference": _row(call, prefix_list, attachment)}


def _delete_reference(call: Call, _proceed: Proceed) -> dict[str, Any]:
    references, prefix_list = _references(route_table(call)), str(call.parameters["PrefixListId"])
    if prefix_list not in references:
        reason = "the code with which EC2 refuses a reference that is not there is not known"
        raise NotEmulatedError("ec2", call.operation, reason)
    row = _row(call, prefix_list, references.pop(prefix_list))
    return {"TransitGatewayPrefixListReference": {**row, "State": "deleting"}}


def _get_references(call: Call, _proceed: Proceed) -> dict[str, Any]:
    references = _references(route_table(call))
    rows = [_row(call, prefix_list, attachment) for prefix_list, attachment in references.items()]
    filters = {one["Name"]: set(one["Values"]) for one in call.parameters.get("Filters") or ()}
    return {
        "TransitGatewayPrefixListReferences": [
            row for row in rows if all(_filtered(row, name) in values for name, values in filters.items())
        ]
    }


def _filtered(row: Mapping[str, Any], name: str) -> str | None:
    attachment = row.get("TransitGatewayAttachment", {})
    values: dict[str, str | None] = {
        "attachment.resource-id": attachment.get("ResourceId"),
        "attachment.resource-type": attachment.get("ResourceType"),
        "attachment.transit-gateway-attachment-id": attachment.get("TransitGatewayAttachmentId"),
        "is-blackhole": str(row["Blackhole"]).lower(),
        "prefix-list-id": row["PrefixListId"],
        "prefix-list-owner-id": row["PrefixListOwnerId"],
        "state": row["State"],
    }
    if name not in values:
        raise AwsError("InvalidParameterValue", f"The filter '{name}' is invalid")
    return values[name]


def _create_policy_table(call: Call, _proceed: Proceed) -> dict[str, Any]:
    gateway = str(call.parameters["TransitGatewayId"])
    if gateway not in _backend(call).transit_gateways:
        message = f"Transit Gateway {gateway} was deleted or does not exist."
        raise AwsError("InvalidTransitGatewayID.NotFound", message)
    identifier = f"tgw-ptb-{secrets.token_hex(9)[:17]}"
    row = {
        "TransitGatewayPolicyTableId": identifier,
        "TransitGatewayId": gateway,
        "State": "available",
        "CreationTime": datetime.now(UTC),
        "Tags": [
            tag for one in call.parameters.get("TagSpecifications") or () for tag in one.get("Tags") or ()
        ],
    }
    call.table(_POLICY_TABLES)[identifier] = row
    return {"TransitGatewayPolicyTable": row}


def _policy_table(call: Call, identifier: str) -> dict[str, Any]:
    row = call.table(_POLICY_TABLES).get(identifier)
    if row is None:
        message = f"Transit Gateway Policy Table {identifier} was deleted or does not exist."
        raise AwsError("InvalidTransitGatewayPolicyTableId.NotFound", message)
    return row


def _delete_policy_table(call: Call, _proceed: Proceed) -> dict[str, Any]:
    row = _policy_table(call, str(call.parameters["TransitGatewayPolicyTableId"]))
    del call.table(_POLICY_TABLES)[row["TransitGatewayPolicyTableId"]]
    return {"TransitGatewayPolicyTable": {**row, "State": "deleting"}}


def _describe_policy_tables(call: Call, _proceed: Proceed) -> dict[str, Any]:
    if call.parameters.get("Filters"):
        raise NotEmulatedError("ec2", call.operation, "the names of its filters are not documented")
    named = call.parameters.get("TransitGatewayPolicyTableIds")
    rows = [_policy_table(call, one) for one in named] if named else call.table(_POLICY_TABLES).values()
    return {"TransitGatewayPolicyTables": list(rows)}


def _nothing_in_a_policy_table(member: str) -> Overlay:
    def overlay(call: Call, _proceed: Proceed) -> dict[str, Any]:
        _policy_table(call, str(call.parameters["TransitGatewayPolicyTableId"]))
        return {member: []}

    return overlay


OVERLAYS: Mapping[str, Overlay] = {
    "CreateTransitGatewayPolicyTable": _create_policy_table,
    "CreateTransitGatewayPrefixListReference": _set_reference,
    "DeleteTransitGatewayPolicyTable": _delete_policy_table,
    "DeleteTransitGatewayPrefixListReference": _delete_reference,
    "DescribeTransitGatewayPolicyTables": _describe_policy_tables,
    "GetTransitGatewayPolicyTableAssociations": _nothing_in_a_policy_table("Associations"),
    "GetTransitGatewayPolicyTableEntries": _nothing_in_a_policy_table("TransitGatewayPolicyTableEntries"),
    "GetTransitGatewayPrefixListReferences": _get_references,
    "ModifyTransitGatewayPrefixListReference": _set_reference,
}
