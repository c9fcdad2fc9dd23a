"""Recorded networks, read as a live account is, and the expectations beside them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.network.conformance.asking import closed

from ringwork.cloud.collect.snapshot import from_snapshot
from ringwork.estate import Estate, Resource, resource_key
from ringwork.estate.live import link
from ringwork.network.addresses import Address
from ringwork.network.model import Interface, Model
from ringwork.network.reading import read
from ringwork.source import InputError, load


@dataclass(frozen=True, slots=True)
class Line:
    """One thing compared."""

    what: str
    status: str
    """`ok`, `WRONG`, `explained`, `not verified`"""
    detail: str = ""

    def __str__(self) -> str:
        return f"{self.what}: {self.status}{f': {self.detail}' if self.detail else ''}"


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A recording, read."""

    name: str
    estate: Estate
    model: Model
    interfaces: Mapping[str, tuple[str, ...]]
    """id of an instance -> keys of its interfaces"""

    def key(self, physical: str) -> str | None:
        found = self.estate.by_physical(physical)
        return found[0].key if found else None

    def interface(self, instance: str, address: Address | None = None) -> Interface:
        mine = [self.model.interfaces[key] for key in self.interfaces[instance]]
        return next((each for each in mine if address in each.addresses), mine[0])


def read_expectations(folder: Path) -> Mapping[str, Any]:
    """`expectations.json` of the folder. Raises `InputError`."""
    path = folder / "expectations.json"
    document = load(path)
    value = document.value
    if not isinstance(value, Mapping) or not isinstance(value.get("snapshots"), list):
        raise InputError("no list `snapshots`", position=document.position())
    for index, each in enumerate(value["snapshots"]):
        if not isinstance(each, Mapping) or not isinstance(each.get("dir"), str):
            position = document.position("snapshots", index)
            raise InputError("a snapshot needs a text `dir`", position=position)
        if not (folder / each["dir"]).is_dir():
            position = document.position("snapshots", index, "dir")
            raise InputError(f"`{each['dir']}` is no folder beside it", position=position)
    return value


def snapshot(name: str, folder: Path) -> Snapshot:
    """Raises `InputError` for a file that is not a recorded answer.

    The known answers are about the recording as it stands: what is not in it counts as not being there, so
    the gaps of the collection are left out.
    """
    resources = from_snapshot(folder).resources
    estate = link((*resources, *_defaults(resources)))
    model = closed(read(estate))
    of_instance: dict[str, list[str]] = {}
    for path in sorted(folder.rglob("NetworkInterfaces*.json")):
        for raw in json.loads(path.read_text(encoding="utf-8")).get("NetworkInterfaces", ()):
            instance = raw.get("Attachment", {}).get("InstanceId")
            for found in estate.by_physical(raw["NetworkInterfaceId"]) if instance else ():
                if found.key in model.interfaces:
                    of_instance.setdefault(instance, []).append(found.key)
    return Snapshot(name, estate, model, {name: tuple(keys) for name, keys in of_instance.items()})


def _defaults(resources: Iterable[Resource]) -> Iterator[Resource]:
    """What EC2 makes with each VPC, where nothing of the kind was recorded, unchanged: a network ACL that
    admits all and a main route table with local routes (VPC user guide, "Default network ACL", "Main route
    table"). Batfish takes it so too."""
    acls = {r.properties["VpcId"] for r in resources if r.type == "AWS::EC2::NetworkAcl"}
    mains = {r.properties["VpcId"] for r in resources if r.attributes.get("Main") is True}
    for vpc in resources:
        if vpc.type != "AWS::EC2::VPC":
            continue
        acl, of_vpc = f"acl-of-{vpc.physical}", {"VpcId": vpc.physical}
        if vpc.physical not in acls:
            yield _beside(vpc, "AWS::EC2::NetworkAcl", acl, of_vpc, {"IsDefault": True})
            for egress in (False, True):
                entry = {"RuleNumber": 100, "Egress": egress, "RuleAction": "allow", "Protocol": -1}
                entry |= {"NetworkAclId": acl, "CidrBlock": "0.0.0.0/0"}
                yield _beside(vpc, "AWS::EC2::NetworkAclEntry", f"{acl}|{egress}|100", entry, {})
        if vpc.physical not in mains:
            yield _beside(vpc, "AWS::EC2::RouteTable", f"rtb-of-{vpc.physical}", of_vpc, {"Main": True})


def _beside(
    vpc: Resource, type: str, name: str, properties: Mapping[str, Any], attributes: Mapping[str, Any]
) -> Resource:
    return Resource(
        key=resource_key(vpc.account, vpc.region, type, name),
        type=type,
        properties=properties,
        account=vpc.account,
        region=vpc.region,
        physical=name,
        attributes=attributes,
        origins=vpc.origins,
    )
