"""Small estates for name resolution: a VPC with a subnet, and what a test adds."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ringwork.estate import Estate, Stack
from ringwork.estate.sources import cloudformation
from ringwork.network.names import Resolution, resolve
from ringwork.network.reading import read

ACCOUNT, REGION = "111122223333", "eu-central-1"
API = "api.sagemaker.eu-central-1.amazonaws.com"
Resources = Mapping[str, tuple[str, Mapping[str, Any]]]


def key(type: str, name: str) -> str:
    return f"{ACCOUNT}/{REGION}/AWS::{type}/net/{name}"


def ref(name: str) -> dict[str, str]:
    return {"Ref": name}


def att(name: str, attribute: str) -> dict[str, list[str]]:
    return {"Fn::GetAtt": [name, attribute]}


def estate(resources: Resources) -> Estate:
    """Logical id -> (type without `AWS::`, properties)."""
    body = {
        "Resources": {
            name: {"Type": f"AWS::{type}", "Properties": dict(properties)}
            for name, (type, properties) in resources.items()
        },
        "Parameters": {"Later": {"Type": "String"}},
    }
    (found,) = cloudformation.read_stacks((Stack("net", ACCOUNT, REGION, body),))
    return found


def vpc(name: str = "Vpc", subnet: str = "A", block: str = "10.0", **attributes: object) -> Resources:
    set_ = {"EnableDnsSupport": True, "EnableDnsHostnames": True, **attributes}
    return {
        name: ("EC2::VPC", {"CidrBlock": f"{block}.0.0/16", **set_}),
        subnet: (
            "EC2::Subnet",
            {"VpcId": ref(name), "CidrBlock": f"{block}.1.0/24", "AvailabilityZone": "eu-central-1a"},
        ),
    }


def endpoint(service: str, vpc: str = "Vpc", subnet: str = "A", **more: object) -> tuple[str, dict[str, Any]]:
    return (
        "EC2::VPCEndpoint",
        {
            "VpcId": ref(vpc),
            "VpcEndpointType": "Interface",
            "ServiceName": service,
            "SubnetIds": [ref(subnet)],
            "PrivateDnsEnabled": True,
            **more,
        },
    )


def zone(name: str, *vpcs: str) -> tuple[str, dict[str, Any]]:
    listed = [{"VPCId": ref(each), "VPCRegion": REGION} for each in vpcs]
    return "Route53::HostedZone", {"Name": name, **({"VPCs": listed} if listed else {})}


def record(zone: str, name: str, *values: str, type: str = "A") -> tuple[str, dict[str, Any]]:
    return (
        "Route53::RecordSet",
        {"HostedZoneId": ref(zone), "Name": name, "Type": type, "TTL": "60", "ResourceRecords": list(values)},
    )


def alias(zone: str, name: str, endpoint: str) -> tuple[str, dict[str, Any]]:
    """To an endpoint's Regional name, as templates write it (template reference, AWS::EC2::VPCEndpoint,
    DnsEntries: `ZONE:NAME`)."""
    first = {"Fn::Select": [0, att(endpoint, "DnsEntries")]}
    parts = [{"Fn::Select": [part, {"Fn::Split": [":", first]}]} for part in (0, 1)]
    target = {"HostedZoneId": parts[0], "DNSName": parts[1], "EvaluateTargetHealth": False}
    return (
        "Route53::RecordSet",
        {"HostedZoneId": ref(zone), "Name": name, "Type": "A", "AliasTarget": target},
    )


def asked(resources: Resources, name: str = API, subnet: str = "A") -> Resolution:
    found = estate(resources)
    return resolve(found, read(found), key("EC2::Subnet", subnet), name)
