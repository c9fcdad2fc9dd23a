"""EC2: what depends on what, endpoint defaults, and the last rule of a network ACL."""

from __future__ import annotations

import json
from typing import Any

from ringwork.cloud.emulator.errors import AwsError
from ringwork.cloud.emulator.overlays import ec2_endpoint_interfaces
from ringwork.cloud.emulator.overlays.call import Call, Overlay, Proceed

_LAST_RULE = 32767
"""VPC user guide, "Network ACL rules": each ACL ends with a rule `*` (32767) that denies everything left."""

_FULL_ACCESS = {
    "Version": "2008-10-17",
    "Statement": [{"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}],
}
"""The default endpoint policy (AWS PrivateLink guide, "Control access to VPC endpoints")."""


def _backend(call: Call) -> Any:
    from moto.ec2.models import ec2_backends  # noqa: PLC0415

    return ec2_backends[call.account][call.region]


def _in_use(message: str) -> AwsError:
    return AwsError("DependencyViolation", message)


# network ACLs


def _create_network_acl(call: Call, proceed: Proceed) -> dict[str, Any]:
    """moto's custom ACLs lack the last rule."""
    answer = proceed()
    backend = _backend(call)
    identifier = answer["NetworkAcl"]["NetworkAclId"]
    for egress in (True, False):
        backend.create_network_acl_entry(
            network_acl_id=identifier,
            rule_number=_LAST_RULE,
            protocol="-1",
            rule_action="deny",
            egress=egress,
            cidr_block="0.0.0.0/0",
            icmp_code=None,
            icmp_type=None,
            port_range_from=None,
            port_range_to=None,
            ipv6_cidr_block=None,
        )
        answer["NetworkAcl"].setdefault("Entries", []).append(
            {
                "CidrBlock": "0.0.0.0/0",
                "Egress": egress,
                "Protocol": "-1",
                "RuleAction": "deny",
                "RuleNumber": _LAST_RULE,
            }
        )
    return answer


def _change_network_acl_entry(call: Call, proceed: Proceed) -> dict[str, Any]:
    """EC2 API reference, CreateNetworkAclEntry: rule numbers go from 1 to 32766."""
    if not 1 <= int(call.parameters["RuleNumber"]) < _LAST_RULE:
        message = f"Value ({call.parameters['RuleNumber']}) for parameter ruleNumber is invalid."
        raise AwsError("InvalidParameterValue", message)
    answer = proceed()
    # moto reads the ICMP type and code by a name that its own parser has changed before
    icmp = call.parameters.get("IcmpTypeCode")
    if icmp:
        for entry in _backend(call).network_acls[call.parameters["NetworkAclId"]].network_acl_entries:
            if (
                int(entry.rule_number) == int(call.parameters["RuleNumber"])
                and str(entry.egress).lower() == str(call.parameters["Egress"]).lower()
            ):
                entry.icmp_type, entry.icmp_code = icmp.get("Type"), icmp.get("Code")
    return answer


# security groups


def _delete_security_group(call: Call, proceed: Proceed) -> dict[str, Any]:
    """EC2 API reference, DeleteSecurityGroup: not while another group, an interface or an endpoint uses it,
    and never a VPC's default group."""
    backend = _backend(call)
    identifier = call.parameters.get("GroupId")
    group = backend.get_security_group_from_id(identifier) if identifier else None
    if group is None:
        return proceed()
    if group.name == "default":
        raise AwsError(
            "CannotDelete", f'the specified group: "{group.id}" name: "default" cannot be deleted by a user'
        )
    others = [
        other for groups in backend.groups.values() for other in groups.values() if other.id != group.id
    ]
    rules = [rule for other in others for rule in (*other.ingress_rules, *other.egress_rules)]
    used = (
        any((rule.source_group or {}).get("GroupId") == group.id for rule in rules)
        or any(group.id in endpoint.security_group_ids for endpoint in _endpoints(backend))
        or any(group.id in {member.id for member in eni.group_set} for eni in backend.enis.values())
    )
    if used:
        raise _in_use(f"resource {group.id} has a dependent object")
    return proceed()


# subnets, VPCs, addresses


def _endpoints(backend: Any) -> list[Any]:
    return [endpoint for endpoint in backend.vpc_end_points.values() if endpoint.state != "deleted"]


def _gateways(backend: Any) -> list[Any]:
    return [
        gateway for gateway in backend.nat_gateways.values() if gateway.state not in ("deleted", "failed")
    ]


def _delete_subnet(call: Call, proceed: Proceed) -> dict[str, Any]:
    """EC2 API reference, DeleteSubnet: the subnet must hold no network interface."""
    backend = _backend(call)
    identifier = call.parameters["SubnetId"]
    if (
        any(gateway.subnet_id == identifier for gateway in _gateways(backend))
        or any(identifier in (endpoint.subnet_ids or []) for endpoint in _endpoints(backend))
        or any(eni.subnet.id == identifier for eni in backend.enis.values())
    ):
        raise _in_use(f"The subnet '{identifier}' has dependencies and cannot be deleted.")
    return proceed()


def _delete_vpc(call: Call, proceed: Proceed) -> dict[str, Any]:
    """EC2 API reference, DeleteVpc: everything in it must be gone but what came with it."""
    backend = _backend(call)
    vpc = call.parameters["VpcId"]
    groups = backend.groups.get(vpc, {}).values()
    acls = [acl for acl in backend.network_acls.values() if acl.vpc_id == vpc and not acl.default]
    tables = [
        table
        for table in backend.route_tables.values()
        if table.vpc_id == vpc and table.main_association_id is None
    ]
    attached = [
        gateway for gateway in backend.internet_gateways.values() if gateway.vpc and gateway.vpc.id == vpc
    ]
    if (
        any(group.name != "default" for group in groups)
        or acls
        or tables
        or attached
        or any(endpoint.vpc_id == vpc for endpoint in _endpoints(backend))
        or any(gateway.vpc_id == vpc for gateway in _gateways(backend))
    ):
        raise _in_use(f"The vpc '{vpc}' has dependencies and cannot be deleted.")
    return proceed()


def _release_address(call: Call, proceed: Proceed) -> dict[str, Any]:
    """EC2 API reference, ReleaseAddress: not while it is associated."""
    backend = _backend(call)
    identifier = call.parameters.get("AllocationId")
    address = next((a for a in backend.addresses if a.allocation_id == identifier), None)
    if address is not None and address.association_id:
        raise AwsError("InvalidIPAddress.InUse", f"Address with allocation id [{identifier}] is in use.")
    return proceed()


def _delete_nat_gateway(call: Call, proceed: Proceed) -> dict[str, Any]:
    """moto leaves the gateway's network interface behind, and its address associated."""
    backend = _backend(call)
    gateway = backend.nat_gateways.get(call.parameters["NatGatewayId"])
    answer = proceed()
    if gateway is not None:
        interface = gateway._eni
        for address in backend.addresses:
            if address.eni is interface:
                address.eni = address.association_id = None
        backend.enis.pop(interface.id, None)
    return answer


# VPC endpoints


def _create_vpc_endpoint(call: Call, proceed: Proceed) -> dict[str, Any]:
    """EC2 API reference, CreateVpcEndpoint: type Gateway by default; private DNS for interface endpoints
    only; the VPC's default security group where none is named. Services are those of the Region."""
    service = call.parameters["ServiceName"]
    parts = service.split(".")
    own = service.startswith("com.amazonaws.vpce.")  # somebody's endpoint service
    named = parts[3 if own else 2] if len(parts) > 3 else ""
    if service.startswith(("com.amazonaws.", "aws.sagemaker.")) and named != call.region:
        raise AwsError("InvalidServiceName", f"The Vpc Endpoint Service '{service}' does not exist")
    answer = proceed()
    backend = _backend(call)
    endpoint = backend.vpc_end_points[answer["VpcEndpoint"]["VpcEndpointId"]]
    shown = answer["VpcEndpoint"]
    endpoint.vpc_endpoint_type = shown["VpcEndpointType"] = (
        call.parameters.get("VpcEndpointType") or "Gateway"
    )
    if endpoint.vpc_endpoint_type == "Gateway":
        endpoint.private_dns_enabled = shown["PrivateDnsEnabled"] = False
    elif endpoint.vpc_endpoint_type == "Interface" and not endpoint.security_group_ids:
        default = backend.get_security_group_from_name("default", endpoint.vpc_id)
        endpoint.security_group_ids = [default.id]
        shown["Groups"] = [{"GroupId": default.id, "GroupName": "default"}]
    ec2_endpoint_interfaces.settle(backend, endpoint)
    if endpoint.network_interface_ids:
        shown["NetworkInterfaceIds"] = list(endpoint.network_interface_ids)
    return answer


def _modify_vpc_endpoint(call: Call, proceed: Proceed) -> dict[str, Any]:
    """moto ignores ResetPolicy and PrivateDnsEnabled, and leaves the routes of a gateway endpoint alone
    (AWS PrivateLink guide, "Gateway endpoints": associating a route table adds the route)."""
    answer = proceed()
    backend = _backend(call)
    endpoint = backend.vpc_end_points[call.parameters["VpcEndpointId"]]
    if call.parameters.get("ResetPolicy"):
        endpoint.policy_document = json.dumps(_FULL_ACCESS)
    if "PrivateDnsEnabled" in call.parameters:
        endpoint.private_dns_enabled = bool(call.parameters["PrivateDnsEnabled"])
    ec2_endpoint_interfaces.settle(backend, endpoint)
    prefix_list = endpoint.destination_prefix_list_id
    if prefix_list:
        for table in call.parameters.get("RemoveRouteTableIds", []):
            backend.delete_route(table, prefix_list)
        for table in call.parameters.get("AddRouteTableIds", []):
            backend.create_route(table, None, gateway_id=endpoint.id, destination_prefix_list_id=prefix_list)
    return answer


def _delete_vpc_endpoints(call: Call, proceed: Proceed) -> dict[str, Any]:
    """moto shows deleted endpoints for ever."""
    answer = proceed()
    backend = _backend(call)
    for identifier in call.parameters.get("VpcEndpointIds", []):
        endpoint = backend.vpc_end_points.get(identifier)
        if endpoint is not None and endpoint.state == "deleted":
            del backend.vpc_end_points[identifier]
    return answer


OVERLAYS: dict[str, Overlay] = {
    "CreateNetworkAcl": _create_network_acl,
    "CreateNetworkAclEntry": _change_network_acl_entry,
    "ReplaceNetworkAclEntry": _change_network_acl_entry,
    "DeleteNetworkAclEntry": _change_network_acl_entry,
    "DeleteSecurityGroup": _delete_security_group,
    "DeleteSubnet": _delete_subnet,
    "DeleteVpc": _delete_vpc,
    "ReleaseAddress": _release_address,
    "DeleteNatGateway": _delete_nat_gateway,
    "CreateVpcEndpoint": _create_vpc_endpoint,
    "DeleteVpcEndpoints": _delete_vpc_endpoints,
    "ModifyVpcEndpoint": _modify_vpc_endpoint,
}
