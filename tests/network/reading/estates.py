"""Small estates, as templates and as collectors give them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from ringwork.estate import Estate, Gap, Resource, Stack, resource_key
from ringwork.estate.live import link
from ringwork.estate.sources import cloudformation
from ringwork.findings import Origin
from ringwork.network.model import Model
from ringwork.network.reading import read
from ringwork.source import parse_json

ACCOUNT, REGION = "111122223333", "eu-central-1"
PREFIX = f"{ACCOUNT}/{REGION}"


def template(resources: Mapping[str, tuple[str, Mapping[str, Any]]], **more: Any) -> Estate:
    """Logical id -> (type without `AWS::`, properties)."""
    body = {
        "Resources": {
            name: {"Type": f"AWS::{type}", "Properties": dict(properties)}
            for name, (type, properties) in resources.items()
        },
        **more,
    }
    stack = Stack("net", ACCOUNT, REGION, body)
    document = parse_json(json.dumps(body, indent=1), "net.json")
    (estate,) = cloudformation.read_stacks((stack,), documents={stack.id: document})
    return estate


def modelled(resources: Mapping[str, tuple[str, Mapping[str, Any]]]) -> Model:
    return read(template(resources))


def key(type: str, name: str) -> str:
    """Of a resource of `template`."""
    return f"{PREFIX}/AWS::{type}/net/{name}"


def live(
    type: str,
    physical: str,
    properties: Mapping[str, Any],
    attributes: Mapping[str, Any] | None = None,
    account: str = ACCOUNT,
) -> Resource:
    full = type if type.startswith("live:") else f"AWS::{type}"
    return Resource(
        resource_key(account, REGION, full, physical),
        full,
        properties,
        account,
        REGION,
        physical=physical,
        attributes=attributes or {},
        origins=(Origin(operation="ec2:Describe", time="2026-11-28T00:00:00Z"),),
    )


def collected(resources: Iterable[Resource], gaps: Iterable[Gap] = ()) -> Model:
    return read(link(resources, gaps=gaps))


def live_key(type: str, physical: str, account: str = ACCOUNT) -> str:
    return f"{account}/{REGION}/AWS::{type}/{physical}"


def ref(name: str) -> dict[str, str]:
    return {"Ref": name}


def att(name: str, attribute: str) -> dict[str, list[str]]:
    return {"Fn::GetAtt": [name, attribute]}


VPC: Mapping[str, tuple[str, Mapping[str, Any]]] = {
    "Vpc": ("EC2::VPC", {"CidrBlock": "10.0.0.0/16"}),
    "A": (
        "EC2::Subnet",
        {"VpcId": ref("Vpc"), "CidrBlock": "10.0.1.0/24", "AvailabilityZone": "eu-central-1a"},
    ),
    "B": (
        "EC2::Subnet",
        {"VpcId": ref("Vpc"), "CidrBlock": "10.0.2.0/24", "AvailabilityZone": "eu-central-1b"},
    ),
}
"""a VPC with two subnets"""
