"""What EC2's operations need besides their own action.

Sources: EC2 user guide, "Grant permission to tag Amazon EC2 resources during creation" (ec2:CreateTags with
ec2:CreateAction); Service Authorization Reference, "Actions, resources, and condition keys for Amazon EC2".
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ringwork.cloud.emulator.asked import Asked

_KINDS: Mapping[str, str] = {
    "acl": "network-acl",
    "ami": "image",
    "cgw": "customer-gateway",
    "dopt": "dhcp-options",
    "eigw": "egress-only-internet-gateway",
    "eipalloc": "elastic-ip",
    "eni": "network-interface",
    "fl": "vpc-flow-log",
    "i": "instance",
    "igw": "internet-gateway",
    "key": "key-pair",
    "lt": "launch-template",
    "nat": "natgateway",
    "pcx": "vpc-peering-connection",
    "pl": "prefix-list",
    "rtb": "route-table",
    "sg": "security-group",
    "sgr": "security-group-rule",
    "snap": "snapshot",
    "subnet": "subnet",
    "tgw": "transit-gateway",
    "tgw-attach": "transit-gateway-attachment",
    "tgw-rtb": "transit-gateway-route-table",
    "vgw": "vpn-gateway",
    "vol": "volume",
    "vpc": "vpc",
    "vpce": "vpc-endpoint",
    "vpce-svc": "vpc-endpoint-service",
    "vpn": "vpn-connection",
}
"""First part of an id -> resource type in ARNs (Service Authorization Reference, EC2's resource types)"""
_OF_NO_ACCOUNT = frozenset({"image", "snapshot"})


def _arn(asked: Asked, identifier: str) -> str:
    kind = _KINDS.get(identifier.rpartition("-")[0], "*")
    account = "" if kind in _OF_NO_ACCOUNT else asked.account
    return f"arn:aws:ec2:{asked.region}:{account}:{kind}/{identifier}"


def parameters(asked: Asked) -> dict[str, tuple[str, ...]]:
    """Parameters that stand deeper in RunInstances and the like, by the name of the ARN's variable."""
    found: dict[str, tuple[str, ...]] = {}
    given = asked.parameters
    interfaces = [item for item in given.get("NetworkInterfaces", ()) if isinstance(item, Mapping)]
    subnets = [str(item["SubnetId"]) for item in interfaces if item.get("SubnetId")]
    groups = [str(group) for item in interfaces for group in item.get("Groups", ())]
    if subnets:
        found["subnetid"] = tuple(dict.fromkeys(subnets))
    if groups:
        found["securitygroupids"] = tuple(dict.fromkeys(groups))
    listed = given.get("Resources" if asked.operation.name.endswith("Tags") else "ResourceIds")
    if isinstance(listed, list):
        found["resourceid"] = tuple(_arn(asked, str(one)) for one in listed)
    return found


def tagging(asked: Asked) -> Iterator[tuple[str, str, Mapping[str, str | tuple[str, ...]]]]:
    """ec2:CreateTags for resources that are tagged while they are made."""
    for item in _specifications(asked.parameters):
        tags = item.get("Tags", ())
        if not tags:
            continue
        kind = item.get("ResourceType", "*")
        keys = tuple(str(tag.get("Key", "")) for tag in tags)
        context: dict[str, str | tuple[str, ...]] = {
            "ec2:CreateAction": asked.operation.name,
            "aws:TagKeys": keys,
        }
        for tag in tags:
            context[f"aws:RequestTag/{tag.get('Key', '')}"] = str(tag.get("Value", ""))
        yield "ec2:CreateTags", f"arn:aws:ec2:{asked.region}:{asked.account}:{kind}/*", context


def _specifications(given: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    # botocore names the member of some operations in the singular
    return [*given.get("TagSpecifications", ()), *given.get("TagSpecification", ())]
