"""A large AWS network from a seed, as recorded answers of describe operations.

    python benchmarks/network_generator.py FOLDER [--vpcs 1000] [--interfaces 100] [--seed 1]

What it has, for each VPC: a /20 and on every second an IPv6 /56, four subnets in two zones and two for the
Transit Gateway, five security groups (CIDR blocks, references, a prefix list), a network ACL of its own on
some subnets, an S3 gateway endpoint and an interface endpoint on some, an internet gateway. The first 200 are
attached to one Transit Gateway with three route tables (two segments and what both share, one blackhole);
neighbours without it are peered in pairs.
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
TIERS = ("front", "train", "store", "admin", "endpoint")
SEGMENTS = ("prod", "dev", "shared")
ATTACHED = 200
Answers = dict[str, list[Any]]


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
        office = [f"192.168.{number}.0/24" for number in range(20)]
        for key, name, owner, blocks in (
            ("pl-0000000000000001", "office", ACCOUNT, office),
            ("pl-0000000000000002", "com.amazonaws.eu-central-1.s3", "AWS", ["52.219.0.0/16", "3.5.0.0/16"]),
        ):
            entries = [{"Cidr": block} for block in blocks]
            self.put(
                "PrefixLists",
                {
                    "PrefixListId": key,
                    "PrefixListName": name,
                    "OwnerId": owner,
                    "AddressFamily": "IPv4",
                    "State": "create-complete",
                    "MaxEntries": 40,
                    "Entries": entries,
                    "Tags": [],
                },
            )

    def _base(self, number: int) -> int:
        return (10 << 24) + (number << 12)

    def _somewhere(self) -> str:
        return f"{_text(self._base(self.chance.randrange(self.count)) + (self.chance.randrange(4) << 8))}/24"

    def _vpc(self, number: int, interfaces: int) -> None:
        key, base = f"vpc-{number:04}", self._base(number)
        block, six = f"{_text(base)}/20", f"2a05:d014:{number:x}:" if number % 2 else None
        vpc: dict[str, Any] = {
            "VpcId": key,
            "OwnerId": ACCOUNT,
            "CidrBlock": block,
            "CidrBlockAssociationSet": [
                {
                    "AssociationId": f"vpc-cidr-assoc-{number:04}",
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
                    "AssociationId": f"vpc-cidr-assoc-{number:04}-6",
                    "Ipv6CidrBlock": f"{six}:/56",
                    "Ipv6CidrBlockState": {"State": "associated"},
                }
            ]
        self.put("Vpcs", vpc)
        self.put(
            "InternetGateways",
            {
                "InternetGatewayId": f"igw-{number:04}",
                "Attachments": [{"VpcId": key, "State": "available"}],
                "OwnerId": ACCOUNT,
                "Tags": [],
            },
        )
        work = [
            self._subnet(key, f"{number:04}-{index}", f"{_text(base + (index << 8))}/24", index, six, index)
            for index in range(4)
        ]
        gates = [
            self._subnet(
                key, f"{number:04}-g{index}", f"{_text(base + 0xF00 + (index << 4))}/28", index, None, 0
            )
            for index in range(2)
        ]
        self._acls(key, number, work, gates)
        groups = self._groups(key, number, block, six)
        self._interfaces(key, number, base, six, work, groups, interfaces)
        self._tables(key, number, block, six, work)
        if number < ATTACHED:
            self._attach(key, number, gates)

    def _subnet(self, vpc: str, name: str, block: str, index: int, six: str | None, part: int) -> str:
        key = f"subnet-{name}"
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
                    "AssociationId": f"subnet-cidr-assoc-{name}",
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
                f"acl-{number:04}", vpc, [key for key in (*work, *gates) if key not in own], open_, True
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
            self.put("NetworkAcls", self._acl(f"acl-{key[7:]}", vpc, [key], entries, False))

    def _acl(self, key: str, vpc: str, subnets: list[str], entries: list[Any], default: bool) -> Any:
        return {
            "NetworkAclId": key,
            "VpcId": vpc,
            "IsDefault": default,
            "OwnerId": ACCOUNT,
            "Associations": [
                {"NetworkAclAssociationId": f"aclassoc-{one[7:]}", "NetworkAclId": key, "SubnetId": one}
                for one in subnets
            ],
            "Entries": entries,
            "Tags": [],
        }

    def _groups(self, vpc: str, number: int, block: str, six: str | None) -> dict[str, str]:
        keys = {tier: f"sg-{number:04}-{tier}" for tier in TIERS}
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
                [_rule("tcp", 443, 443, lists=["pl-0000000000000002"])],
            ),
            "admin": (
                [_rule("tcp", 22, 22, lists=["pl-0000000000000001"]), odd()],
                [_rule("tcp", 22, 22, cidrs=["10.0.0.0/8"]), _rule("icmp", -1, -1, cidrs=["10.0.0.0/8"])],
            ),
            "endpoint": ([_rule("tcp", 443, 443, cidrs=[block], six=[f"{six}:/56"] if six else [])], []),
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
        kinds = (("front",), ("train",), ("store",), ("admin",), ("front", "admin"), ("train", "admin"))
        for position in range(count):
            index, host = position % 4, 10 + position // 4
            chosen = self.chance.choice(kinds)
            address = _text(base + (index << 8) + host)
            self.put(
                "NetworkInterfaces",
                {
                    "NetworkInterfaceId": f"eni-{number:04}-{position}",
                    "SubnetId": work[index],
                    "VpcId": vpc,
                    "OwnerId": ACCOUNT,
                    "AvailabilityZone": ZONES[index % 2],
                    "InterfaceType": "interface",
                    "Description": "",
                    "Status": "in-use",
                    "RequesterManaged": False,
                    "SourceDestCheck": True,
                    "PrivateIpAddress": address,
                    "PrivateIpAddresses": [{"Primary": True, "PrivateIpAddress": address}],
                    "Ipv6Addresses": [{"Ipv6Address": f"{six}{index:x}::{host:x}"}] if six else [],
                    "Groups": [{"GroupId": groups[tier], "GroupName": tier} for tier in chosen],
                    "Attachment": {"InstanceId": f"i-{number:04}-{position}", "Status": "attached"},
                    "TagSet": [],
                },
            )
        if number % 3 == 0:
            self._endpoint(vpc, number, base, work, groups["endpoint"])

    def _endpoint(self, vpc: str, number: int, base: int, work: list[str], group: str) -> None:
        address = _text(base + 250)
        self.put(
            "NetworkInterfaces",
            {
                "NetworkInterfaceId": f"eni-{number:04}-e",
                "SubnetId": work[0],
                "VpcId": vpc,
                "OwnerId": ACCOUNT,
                "AvailabilityZone": ZONES[0],
                "InterfaceType": "vpc_endpoint",
                "Description": "VPC Endpoint Interface",
                "Status": "in-use",
                "RequesterManaged": True,
                "SourceDestCheck": True,
                "PrivateIpAddress": address,
                "PrivateIpAddresses": [{"Primary": True, "PrivateIpAddress": address}],
                "Ipv6Addresses": [],
                "Groups": [{"GroupId": group, "GroupName": "endpoint"}],
                "TagSet": [],
            },
        )
        self.put(
            "VpcEndpoints",
            {
                "VpcEndpointId": f"vpce-{number:04}",
                "VpcEndpointType": "Interface",
                "VpcId": vpc,
                "ServiceName": "com.amazonaws.eu-central-1.sagemaker.api",
                "State": "available",
                "SubnetIds": [work[0]],
                "NetworkInterfaceIds": [f"eni-{number:04}-e"],
                "Groups": [{"GroupId": group, "GroupName": "endpoint"}],
                "PrivateDnsEnabled": True,
                "OwnerId": ACCOUNT,
                "RouteTableIds": [],
                "Tags": [],
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
            onward = [route("10.0.0.0/8", TransitGatewayId="tgw-0001")]
        elif (number ^ 1) < self.count and (number ^ 1) >= ATTACHED:
            first = min(number, number ^ 1)
            other = f"{_text(self._base(number ^ 1))}/20"
            onward = [route(other, VpcPeeringConnectionId=f"pcx-{first:04}")]
            if number == first:
                self._peer(first)
        public = [route("0.0.0.0/0", GatewayId=f"igw-{number:04}")]
        stray = onward if self.chance.random() < 0.9 else []
        for name, main, subnets, routes in (
            (f"rtb-{number:04}-p", False, work[:1], [*local, *public, *onward]),
            (f"rtb-{number:04}-m", True, [], [*local, *stray]),
        ):
            associations = [
                {
                    "RouteTableAssociationId": f"rtbassoc-{one[7:]}",
                    "RouteTableId": name,
                    "SubnetId": one,
                    "Main": False,
                }
                for one in subnets
            ]
            if main:
                associations.append(
                    {"RouteTableAssociationId": f"rtbassoc-{number:04}-m", "RouteTableId": name, "Main": True}
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
                "VpcId": f"vpc-{number:04}",
                "OwnerId": ACCOUNT,
                "CidrBlock": f"{_text(self._base(number))}/20",
                "Region": "eu-central-1",
            }
            for number in (first, first ^ 1)
        ]
        self.put(
            "VpcPeeringConnections",
            {
                "VpcPeeringConnectionId": f"pcx-{first:04}",
                "RequesterVpcInfo": sides[0],
                "AccepterVpcInfo": sides[1],
                "Status": {"Code": "active"},
                "Tags": [],
            },
        )

    def _segment(self, number: int) -> str:
        return "shared" if number == 0 else SEGMENTS[number % 2]

    def _attach(self, vpc: str, number: int, gates: list[str]) -> None:
        key, segment = f"tgw-attach-{number:04}", self._segment(number)
        whose = {
            "TransitGatewayAttachmentId": key,
            "TransitGatewayId": "tgw-0001",
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
                "Association": {"State": "associated", "TransitGatewayRouteTableId": f"tgw-rtb-{segment}"},
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
                "TransitGatewayId": "tgw-0001",
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
            key = f"tgw-rtb-{segment}"
            self.put(
                "TransitGatewayRouteTables",
                {
                    "TransitGatewayRouteTableId": key,
                    "TransitGatewayId": "tgw-0001",
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
