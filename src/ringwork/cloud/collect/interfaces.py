"""Network interfaces, whoever made them: instances, endpoints, load balancers and services of all kinds."""

from __future__ import annotations

from typing import Any

from ringwork.cloud.collect.kinds import Kind, Listing
from ringwork.cloud.collect.mapping import MISSING, Computed, Each, Raw, Tags
from ringwork.cloud.collect.network import arn, ids


def _public(raw: Raw) -> Any:
    """The public address of each private one that has one: Elastic or assigned (EC2 API reference,
    NetworkInterfacePrivateIpAddress, Association)."""
    found: Any = MISSING
    for address in raw.get("PrivateIpAddresses", ()):  # of few, and all are asked
        public = address["Association"].get("PublicIp") if "Association" in address else None
        if public:
            one = {"PrivateIpAddress": address["PrivateIpAddress"], "PublicIp": public}
            found = [one] if found is MISSING else [*found, one]
    return found


NETWORK_INTERFACE = Kind(
    "AWS::EC2::NetworkInterface",
    Listing("ec2", "DescribeNetworkInterfaces", "NetworkInterfaces"),
    deployed=False,
    physical=lambda raw: raw["NetworkInterfaceId"],
    narrow=ids("NetworkInterfaceIds"),
    properties={
        "Description": "Description",
        "SubnetId": "SubnetId",
        "GroupSet": "Groups.GroupId",
        "PrivateIpAddresses": Each(
            "PrivateIpAddresses", {"PrivateIpAddress": "PrivateIpAddress", "Primary": "Primary"}
        ),
        "Ipv6Addresses": Each("Ipv6Addresses", {"Ipv6Address": "Ipv6Address"}),
        "SourceDestCheck": "SourceDestCheck",
        "Tags": Tags("TagSet"),
    },
    attributes={
        "Id": "NetworkInterfaceId",
        "VpcId": "VpcId",
        "PrimaryPrivateIpAddress": "PrivateIpAddress",
        "PublicAddresses": Computed(_public),
        # who made it and what it belongs to
        "InterfaceType": "InterfaceType",
        "RequesterManaged": "RequesterManaged",
        "RequesterId": "RequesterId",
        "InstanceId": "Attachment.InstanceId",
        "DeviceIndex": "Attachment.DeviceIndex",
        "Status": "Status",
    },
    arn=arn("network-interface", "NetworkInterfaceId"),
)

KINDS = (NETWORK_INTERFACE,)
