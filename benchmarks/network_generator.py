"""A large AWS network from a seed, as recorded answers of describe operations.

    python benchmarks/network_generator.py FOLDER [--vpcs 1000] [--interfaces 100] [--seed 1]

What it has, for each VPC: a /20 and on every second an IPv6 /56, four subnets in two zones and two for the
Transit Gateway, five security groups (CIDR blocks, references, a prefix list), a network ACL of its own on
some subnets, on every third a gateway endpoint for S3 and an interface endpoint for SageMaker, an internet
gateway. The first 200 are attached to one Transit Gateway with three route tables (two segments and what both
share, one blackhole); neighbours without it are peered in pairs. Ids are as long as EC2's.
"""

from __future__ import annotations

import argparse
import json
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ACCOUNT = "111111111111"
ZONES = ("eu-central-1a", "eu-central-1b")
TIERS = ("front", "train", "store", "admin", "default")
SEGMENTS = ("prod", "dev", "shared")
ATTACHED = 200
Answers = dict[str, list[Any]]
OFFICE, S3 = "pl-0000000000000000a", "pl-6ea54007"
GATEWAY = "tgw-00000000000000001"


def _id(kind: str, number: int, part: int = 0) -> str:
    """An id as EC2 makes them: 17 hexadecimal digits."""
    return f"{kind}-0{number:08x}{part:08x}"


def _suffix(key: str) -> str:
    return key.rpartition("-")[2]


def _text(value: int) -> str:
    return ".".join(str(value >> shift & 255) for shift in (24, 16, 8, 0))


def _rule(protocol: str, low: int, high: int, **peers: list[str]) -> dict[str, Any]:
    rule: dict[str, Any] = {
        "IpProtocol": protocol,
        "IpRanges": [{"CidrIp": one} for one in peers.get("cidrs", ())],
        "Ipv6Ranges": [{"CidrIpv6": one} for one in peers.get("six", ())],
        "PrefixListIds": [{"PrefixListId": one} for one in peers.get("lists", ())],
        "UserIdGroupPairs": [{"GroupId": one, "UserId": ACCOUNT} for one in peers.get("groups", ())],
    }
    if protocol != "-1":
        rule |= {"FromPort": low, "ToPort": high}
    return rule


class Network:
    """Fills `answers`, a list for each describe operation."""

    def __init__(self, vpcs: int, interfaces: int, seed: int) -> None:
        self.chance = random.Random(seed)  # noqa: S311 (a network, no secret)
        self.count = vpcs
        self.answers: Answers = {}
        self._propagations: dict[str, list[Any]] = {segment: [] for segment in SEGMENTS}
        self._shared()
        for number in range(vpcs):
            self._vpc(number, interfaces)
        self._transit()

    def put(self, name: str, *items: Any) -> None:
        self.answers.setdefault(name, []).extend(items)

    def _shared(self) -> None:
        office = [{"Cidr": f"192.168.{number}.0/24"} for number in range(20)]
        self.put(
            "PrefixLists",
            {
                "PrefixListId": OFFICE,
                "PrefixListName": "office",
                "PrefixListArn": f"arn:aws:ec2:eu-central-1:{ACCOUNT}:prefix-list/{OFFICE}",
                "OwnerId": ACCOUNT,
                "AddressFamily": "IPv4",
                "State": "create-complete",
                "MaxEntries": 40,
                "Tags": [],
            },
            # AWS's own, as DescribePrefixLists tells them
            {
                "PrefixListId": S3,
                "PrefixListName": "com.amazonaws.eu-central-1.s3",
                "Cidrs": ["52.219.0.0/16", "3.5.0.0/16"],
            },
        )
        self.put("ManagedPrefixListEntries", {"PrefixListId": OFFICE, "Entries": office})

    def _base(self, number: int) -> int:
        return (10 << 24) + (number << 12)

    def _somewhere(self) -> str:
        return f"{_text(self._base(self.chance.randrange(self.count)) + (self.chance.randrange(4) << 8))}/24"

    def _vpc(self, number: int, interfaces: int) -> None:
        key, base = _id("vpc", number), self._base(number)
        block, six = f"{_text(base)}/20", f"2a05:d014:{number:x}:" if number % 2 else None
        vpc: dict[str, Any] = {
            "VpcId": key,
            "OwnerId": ACCOUNT,
            "CidrBlock": block,
            "CidrBlockAssociationSet": [
                {
                    "AssociationId": _id("vpc-cidr-assoc", number),
                    "CidrBlock": block,
                    "CidrBlockState": {"State": "associated"},
                }
            ],
            "IsDefault": False,
            "Tags": [],
        }
        if six:
            vpc["Ipv6CidrBlockAssociationSet"] = [
                {
                    "AssociationId": _id("vpc-cidr-assoc", number, 6),
                    "Ipv6CidrBlock": f"{six}:/56",
                    "Ipv6CidrBlockState": {"State": "associated"},
                }
            ]
        self.put("Vpcs", vpc)
        self.put(
            "InternetGateways",
            {
                "InternetGatewayId": _id("igw", number),
                "Attachments": [{"VpcId": key, "State": "available"}],
                "OwnerId": ACCOUNT,
                "Tags": [],
            },
        )
        work = [
            self._subnet(
                key, _id("subnet", number, index), f"{_text(base + (index << 8))}/24", index, six, index
            )
            for index in range(4)
        ]
        gates = [
            self._subnet(
                key,
                _id("subnet", number, 8 + index),
                f"{_text(base + 0xF00 + (index << 4))}/28",
                index,
                None,
                0,
            )
            for index in range(2)
        ]
        self._acls(key, number, work, gates)
        groups = self._groups(key, number)
        self._interfaces(key, number, base, six, work, groups, interfaces)
        self._tables(key, number, block, six, work)
        if number < ATTACHED:
            self._attach(key, number, gates)

    def _subnet(self, vpc: str, key: str, block: str, index: int, six: str | None, part: int) -> str:
        subnet: dict[str, Any] = {
            "SubnetId": key,
            "VpcId": vpc,
            "CidrBlock": block,
            "AvailabilityZone": ZONES[index % 2],
            "OwnerId": ACCOUNT,
            "MapPublicIpOnLaunch": False,
            "Tags": [],
        }
        if six:
            subnet["Ipv6CidrBlockAssociationSet"] = [
                {
                    "AssociationId": f"subnet-cidr-assoc-{_suffix(key)}",
                    "Ipv6CidrBlock": f"{six}{part:x}::/64",
                    "Ipv6CidrBlockState": {"State": "associated"},
                }
            ]
        self.put("Subnets", subnet)
        return key

    def _acls(self, vpc: str, number: int, work: list[str], gates: list[str]) -> None:
        def entry(number: int, egress: bool, action: str, protocol: str, block: str, *ports: int) -> Any:
            found: dict[str, Any] = {
                "RuleNumber": number,
                "Egress": egress,
                "RuleAction": action,
                "Protocol": protocol,
            }
            found["Ipv6CidrBlock" if ":" in block else "CidrBlock"] = block
            if ports:
                found["PortRange"] = {"From": ports[0], "To": ports[1]}
            return found

        own = [key for key in work if self.chance.random() < 0.3]
        open_ = [
            entry(rule, egress, "allow", "-1", block)
            for egress in (False, True)
            for rule, block in ((100, "0.0.0.0/0"), (101, "::/0"))
        ]
        self.put(
            "NetworkAcls",
            self._acl(
                _id("acl", number, 0xFF), vpc, [key for key in (*work, *gates) if key not in own], open_, True
            ),
        )
        for key in own:
            port = self.chance.choice((22, 3389, 8000))
            entries = [
                entry(90, False, "deny", "6", self._somewhere(), port, port),
                entry(100, False, "allow", "6", "10.0.0.0/8", 0, self.chance.choice((1023, 5432, 65535))),
                entry(110, False, "allow", "6", "0.0.0.0/0", 1024, 65535),
                entry(120, False, "allow", "17", "10.0.0.0/8", 53, 53),
                entry(130, False, "allow", "6", "::/0", 443, 443),
                entry(100, True, "allow", "6", "0.0.0.0/0", 443, 443),
                entry(110, True, "allow", "6", "10.0.0.0/8", 1024, 65535),
                entry(120, True, "allow", "6", "10.0.0.0/8", 22, 22),
                entry(130, True, "allow", "6", "::/0", 1024, 65535),
            ]
            self.put("NetworkAcls", self._acl(f"acl-{_suffix(key)}", vpc, [key], entries, False))

    def _acl(self, key: str, vpc: str, subnets: list[str], entries: list[Any], default: bool) -> Any:
        return {
            "NetworkAclId": key,
            "VpcId": vpc,
            "IsDefault": default,
            "OwnerId": ACCOUNT,
            "Associations": [
                {"NetworkAclAssociationId": f"aclassoc-{_suffix(one)}", "NetworkAclId": key, "SubnetId": one}
                for one in subnets
            ],
            "Entries": entries,
            "Tags": [],
        }

    def _groups(self, vpc: str, number: int) -> dict[str, str]:
        keys = {tier: _id("sg", number, index) for index, tier in enumerate(TIERS)}
        everywhere = [_rule("-1", 0, 0, cidrs=["0.0.0.0/0"], six=["::/0"])]

        def odd() -> Any:
            port = self.chance.choice((22, 80, 443, 3306, 5432, 6379, 8080, 9092, 11211))
            return _rule("tcp", port, port + self.chance.choice((0, 0, 10, 1000)), cidrs=[self._somewhere()])

        rules = {
            "front": ([_rule("tcp", 443, 443, cidrs=["0.0.0.0/0"], six=["::/0"])], everywhere),
            "train": (
                [
                    _rule("tcp", 8080, 8090, groups=[keys["front"]]),
                    _rule("-1", 0, 0, groups=[keys["train"]]),
                    *(odd() for _ in range(self.chance.randrange(3))),
                ],
                everywhere,
            ),
            "store": (
                [_rule("tcp", 5432, 5432, groups=[keys["train"]])],
                [_rule("tcp", 443, 443, lists=[S3])],
            ),
            "admin": (
                [_rule("tcp", 22, 22, lists=[OFFICE]), odd()],
                [_rule("tcp", 22, 22, cidrs=["10.0.0.0/8"]), _rule("icmp", -1, -1, cidrs=["10.0.0.0/8"])],
            ),
            "default": ([_rule("-1", 0, 0, groups=[keys["default"]])], everywhere),
        }
        for tier, key in keys.items():
            self.put(
                "SecurityGroups",
                {
                    "GroupId": key,
                    "GroupName": tier,
                    "Description": tier,
                    "VpcId": vpc,
                    "OwnerId": ACCOUNT,
                    "IpPermissions": rules[tier][0],
                    "IpPermissionsEgress": rules[tier][1],
                    "Tags": [],
                },
            )
        return keys

    def _interfaces(
        self,
        vpc: str,
        number: int,
        base: int,
        six: str | None,
        work: list[str],
        groups: dict[str, str],
        count: int,
    ) -> None:
        kinds = (
            ("front",),
            ("train",),
            ("store",),
            ("admin",),
            ("front", "admin"),
            ("train", "admin"),
            ("default",),
        )
        for position in range(count):
            index, host = position % 4, 10 + position // 4
            chosen = self.chance.choice(kinds)
            address = _text(base + (index << 8) + host)
            key = _id("eni", number, position)
            interface = self._interface(key, vpc, work[index], ZONES[index % 2], address)
            interface["Groups"] = [{"GroupId": groups[tier], "GroupName": tier} for tier in chosen]
            if six:
                interface["Ipv6Addresses"] = [{"Ipv6Address": f"{six}{index:x}::{host:x}"}]
            interface["Attachment"] = {
                "AttachmentId": f"eni-attach-{_suffix(key)}",
                "DeleteOnTermination": True,
                "DeviceIndex": 0,
                "InstanceId": _id("i", number, position),
                "Status": "attached",
            }
            self.put("NetworkInterfaces", interface)
        if number % 3 == 0:
            self._endpoints(vpc, number, base, work, groups["front"])

    def _interface(self, key: str, vpc: str, subnet: str, zone: str, address: str) -> dict[str, Any]:
        return {
            "NetworkInterfaceId": key,
            "SubnetId": subnet,
            "VpcId": vpc,
            "OwnerId": ACCOUNT,
            "AvailabilityZone": zone,
            "InterfaceType": "interface",
            "Description": "",
            "Status": "in-use",
            "RequesterManaged": False,
            "SourceDestCheck": True,
            "MacAddress": "0a:00:00:00:00:00",
            "PrivateIpAddress": address,
            "PrivateIpAddresses": [{"Primary": True, "PrivateIpAddress": address}],
            "Ipv6Addresses": [],
            "TagSet": [],
        }

    def _endpoints(self, vpc: str, number: int, base: int, work: list[str], group: str) -> None:
        key = _id("eni", number, 0xFFFF)
        groups = [{"GroupId": group, "GroupName": "front"}]
        interface = self._interface(key, vpc, work[0], ZONES[0], _text(base + 250))
        interface |= {
            "InterfaceType": "vpc_endpoint",
            "Description": f"VPC Endpoint Interface {_id('vpce', number)}",
            "RequesterManaged": True,
            "Groups": groups,
        }
        self.put("NetworkInterfaces", interface)
        endpoint = {"VpcId": vpc, "State": "available", "OwnerId": ACCOUNT, "Tags": []}
        self.put(
            "VpcEndpoints",
            {
                **endpoint,
                "VpcEndpointId": _id("vpce", number),
                "VpcEndpointType": "Interface",
                "ServiceName": "com.amazonaws.eu-central-1.sagemaker.api",
                "SubnetIds": [work[0]],
                "NetworkInterfaceIds": [key],
                "Groups": groups,
                "PrivateDnsEnabled": True,
                "RouteTableIds": [],
            },
            {
                **endpoint,
                "VpcEndpointId": _id("vpce", number, 3),
                "VpcEndpointType": "Gateway",
                "ServiceName": "com.amazonaws.eu-central-1.s3",
                "SubnetIds": [],
                "NetworkInterfaceIds": [],
                "Groups": [],
                "PrivateDnsEnabled": False,
                "RouteTableIds": [_id("rtb", number, 1)],
            },
        )

    def _tables(self, vpc: str, number: int, block: str, six: str | None, work: list[str]) -> None:
        def route(to: str, **target: str) -> dict[str, Any]:
            name = "DestinationIpv6CidrBlock" if ":" in to else "DestinationCidrBlock"
            return {name: to, "State": "active", "Origin": "CreateRoute", **target}

        local = [
            {**route(one, GatewayId="local"), "Origin": "CreateRouteTable"}
            for one in (block, *((f"{six}:/56",) if six else ()))
        ]
        onward: list[dict[str, Any]] = []
        if number < ATTACHED:
            onward = [route("10.0.0.0/8", TransitGatewayId=GATEWAY)]
        elif (number ^ 1) < self.count and (number ^ 1) >= ATTACHED:
            first = min(number, number ^ 1)
            other = f"{_text(self._base(number ^ 1))}/20"
            onward = [route(other, VpcPeeringConnectionId=_id("pcx", first))]
            if number == first:
                self._peer(first)
        public = [route("0.0.0.0/0", GatewayId=_id("igw", number))]
        gateway = []
        if number % 3 == 0:
            endpoint = {"DestinationPrefixListId": S3, "GatewayId": _id("vpce", number, 3)}
            gateway = [{**endpoint, "State": "active", "Origin": "CreateRoute"}]
        stray = onward if self.chance.random() < 0.9 else []
        for name, main, subnets, routes in (
            (_id("rtb", number), False, work[:1], [*local, *public, *onward]),
            (_id("rtb", number, 1), True, [], [*local, *stray, *gateway]),
        ):
            associations = [
                {
                    "RouteTableAssociationId": f"rtbassoc-{_suffix(one)}",
                    "RouteTableId": name,
                    "SubnetId": one,
                    "Main": False,
                }
                for one in subnets
            ]
            if main:
                associations.append(
                    {
                        "RouteTableAssociationId": _id("rtbassoc", number, 0xFF),
                        "RouteTableId": name,
                        "Main": True,
                    }
                )
            self.put(
                "RouteTables",
                {
                    "RouteTableId": name,
                    "VpcId": vpc,
                    "OwnerId": ACCOUNT,
                    "Associations": associations,
                    "Routes": routes,
                    "PropagatingVgws": [],
                    "Tags": [],
                },
            )

    def _peer(self, first: int) -> None:
        sides = [
            {
                "VpcId": _id("vpc", number),
                "OwnerId": ACCOUNT,
                "CidrBlock": f"{_text(self._base(number))}/20",
                "Region": "eu-central-1",
            }
            for number in (first, first ^ 1)
        ]
        self.put(
            "VpcPeeringConnections",
            {
                "VpcPeeringConnectionId": _id("pcx", first),
                "RequesterVpcInfo": sides[0],
                "AccepterVpcInfo": sides[1],
                "Status": {"Code": "active"},
                "Tags": [],
            },
        )

    def _segment(self, number: int) -> str:
        return "shared" if number == 0 else SEGMENTS[number % 2]

    def _attach(self, vpc: str, number: int, gates: list[str]) -> None:
        key, segment = _id("tgw-attach", number), self._segment(number)
        whose = {
            "TransitGatewayAttachmentId": key,
            "TransitGatewayId": GATEWAY,
            "State": "available",
            "Tags": [],
        }
        self.put(
            "TransitGatewayAttachments",
            {
                **whose,
                "ResourceType": "vpc",
                "ResourceId": vpc,
                "ResourceOwnerId": ACCOUNT,
                "TransitGatewayOwnerId": ACCOUNT,
                "Association": {
                    "State": "associated",
                    "TransitGatewayRouteTableId": _id("tgw-rtb", SEGMENTS.index(segment)),
                },
            },
        )
        self.put(
            "TransitGatewayVpcAttachments",
            {**whose, "VpcId": vpc, "VpcOwnerId": ACCOUNT, "SubnetIds": gates, "Options": {}},
        )
        for table in SEGMENTS:
            if table in (segment, "shared") or segment == "shared":
                self._propagations[table].append(
                    {
                        "TransitGatewayAttachmentId": key,
                        "ResourceId": vpc,
                        "ResourceType": "vpc",
                        "State": "enabled",
                    }
                )

    def _transit(self) -> None:
        self.put(
            "TransitGateways",
            {
                "TransitGatewayId": GATEWAY,
                "OwnerId": ACCOUNT,
                "State": "available",
                "Options": {
                    "DefaultRouteTableAssociation": "disable",
                    "DefaultRouteTablePropagation": "disable",
                    "SecurityGroupReferencingSupport": "disable",
                },
                "Tags": [],
            },
        )
        closed = {
            "DestinationCidrBlock": f"{_text(self._base(3) + 0x100)}/24",
            "State": "blackhole",
            "Type": "static",
        }
        for segment in SEGMENTS:
            key = _id("tgw-rtb", SEGMENTS.index(segment))
            self.put(
                "TransitGatewayRouteTables",
                {
                    "TransitGatewayRouteTableId": key,
                    "TransitGatewayId": GATEWAY,
                    "State": "available",
                    "DefaultAssociationRouteTable": False,
                    "DefaultPropagationRouteTable": False,
                    "Tags": [],
                },
            )
            self.put(
                "TransitGatewayPropagations",
                {
                    "TransitGatewayRouteTableId": key,
                    "TransitGatewayRouteTablePropagations": self._propagations[segment],
                },
            )
            self.put(
                "TransitGatewayStaticRoutes",
                {
                    "TransitGatewayRouteTableId": key,
                    "Routes": [closed] if segment == "prod" else [],
                    "AdditionalRoutesAvailable": False,
                },
            )


def answers(vpcs: int, interfaces: int, seed: int = 1) -> Answers:
    """The recorded answers, by list; `interfaces`: for each VPC."""
    return Network(vpcs, interfaces, seed).answers


def files(found: Answers) -> Iterator[tuple[str, str]]:
    for name, items in found.items():
        yield f"{name}.json", json.dumps({name: items})


def write(folder: Path, found: Answers) -> int:
    """Write one file for each list; gives the bytes."""
    folder.mkdir(parents=True, exist_ok=True)
    size = 0
    for name, text in files(found):
        (folder / name).write_text(text, encoding="utf-8")
        size += len(text)
    return size


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--vpcs", type=int, default=1000)
    parser.add_argument("--interfaces", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    found = answers(given.vpcs, given.interfaces, given.seed)
    size = write(given.folder, found)
    print(f"{size / 1e6:.1f} MB: {', '.join(f'{len(items)} {name}' for name, items in found.items())}")


if __name__ == "__main__":
    main()
