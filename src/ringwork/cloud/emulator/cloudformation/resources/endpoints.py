"""AWS::EC2::VPCEndpoint."""

from __future__ import annotations

from typing import Any

from botocore.exceptions import ClientError

from ringwork.cloud.emulator.cloudformation.resources.ec2 import set_tags, tag_specification
from ringwork.cloud.emulator.cloudformation.resources.provider import (
    Change,
    Context,
    Properties,
    Provider,
    added_and_removed,
    document,
    flag,
    present,
)

FULL_ACCESS = {
    "Version": "2008-10-17",
    "Statement": [{"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}],
}
"""The policy of an endpoint that was given none (AWS PrivateLink Guide, "Default endpoint policy")."""


def _create(context: Context, properties: Properties) -> str:
    endpoint = context.client("ec2").create_vpc_endpoint(
        VpcId=properties["VpcId"],
        ServiceName=properties["ServiceName"],
        VpcEndpointType=properties.get("VpcEndpointType", "Gateway"),
        PrivateDnsEnabled=flag(properties.get("PrivateDnsEnabled", False)),
        **present(
            PolicyDocument=document(properties["PolicyDocument"]) if "PolicyDocument" in properties else None,
            RouteTableIds=properties.get("RouteTableIds"),
            SubnetIds=properties.get("SubnetIds"),
            SecurityGroupIds=properties.get("SecurityGroupIds"),
        ),
        TagSpecifications=tag_specification("vpc-endpoint", properties),
    )["VpcEndpoint"]["VpcEndpointId"]
    context.made(endpoint)
    return str(endpoint)


_LISTS = {
    "RouteTableIds": ("AddRouteTableIds", "RemoveRouteTableIds"),
    "SubnetIds": ("AddSubnetIds", "RemoveSubnetIds"),
    "SecurityGroupIds": ("AddSecurityGroupIds", "RemoveSecurityGroupIds"),
}


def _set_list(context: Context, endpoint: str, change: Change) -> None:
    add, remove = added_and_removed(change)
    adding, removing = _LISTS[change.name]
    arguments = {name: items for name, items in ((adding, add), (removing, remove)) if items}
    if arguments:
        context.client("ec2").modify_vpc_endpoint(VpcEndpointId=endpoint, **arguments)


def _set_policy(context: Context, endpoint: str, change: Change) -> None:
    policy = FULL_ACCESS if change.new is None else change.new
    context.client("ec2").modify_vpc_endpoint(VpcEndpointId=endpoint, PolicyDocument=document(policy))


def _set_private_dns(context: Context, endpoint: str, change: Change) -> None:
    wanted = flag(change.new or False)
    ec2 = context.client("ec2")
    ec2.modify_vpc_endpoint(VpcEndpointId=endpoint, PrivateDnsEnabled=wanted)
    found = ec2.describe_vpc_endpoints(VpcEndpointIds=[endpoint])["VpcEndpoints"][0]
    if found.get("PrivateDnsEnabled", False) != wanted:
        raise ValueError("the local cloud cannot change PrivateDnsEnabled of an endpoint that exists")


def _delete(context: Context, endpoint: str, _properties: Properties) -> None:
    answer = context.client("ec2").delete_vpc_endpoints(VpcEndpointIds=[endpoint])
    for failure in answer.get("Unsuccessful", ()):
        raise ClientError({"Error": failure["Error"]}, "DeleteVpcEndpoints")


def _attributes(context: Context, endpoint: str, _properties: Properties) -> dict[str, Any]:
    found = context.client("ec2").describe_vpc_endpoints(VpcEndpointIds=[endpoint])["VpcEndpoints"][0]
    return {
        "Id": endpoint,
        "CreationTimestamp": found["CreationTimestamp"].isoformat(),
        # `hosted zone:name`, as the resource reference says
        "DnsEntries": [
            f"{entry.get('HostedZoneId', '')}:{entry['DnsName']}" for entry in found.get("DnsEntries", ())
        ],
        "NetworkInterfaceIds": list(found.get("NetworkInterfaceIds", ())),
    }


PROVIDERS = {
    "AWS::EC2::VPCEndpoint": Provider(
        create=_create,
        delete=_delete,
        takes=frozenset(
            {"VpcId", "ServiceName", "VpcEndpointType", "PrivateDnsEnabled", "PolicyDocument"}
            | {"RouteTableIds", "SubnetIds", "SecurityGroupIds", "Tags"}
        ),
        setters={
            "PolicyDocument": _set_policy,
            "PrivateDnsEnabled": _set_private_dns,
            "Tags": set_tags,
            **dict.fromkeys(_LISTS, _set_list),
        },
        attributes=_attributes,
    ),
}
