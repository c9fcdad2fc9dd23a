"""VPCs, subnets, prefix lists, security groups, network ACLs and interfaces of a case."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from tests.network.conformance.implied import only_vpc, target
from tests.network.conformance.writing import ACCOUNT, REGION, Writing


def vpcs(out: Writing, full: Mapping[str, Any]) -> None:
    for name, vpc in full["vpcs"].items():
        first, *others = vpc["cidrs"]
        out.add("vpc", name, {"CidrBlock": first, "EnableDnsSupport": True}, vpc=name)
        for block in others:
            out.add("block", f"{name}-{block}", {"VpcId": out.ref("vpc", name), "CidrBlock": block}, vpc=name)
        for block in vpc["cidrs6"]:
            properties = {"VpcId": out.ref("vpc", name), "Ipv6CidrBlock": block}
            out.add("block", f"{name}-{block}", properties, vpc=name)
        if not any(t["vpc"] == name and t.get("main") for t in full["rtbs"].values()):
            # "a subnet without a route table has [VPC CIDR -> local] only"
            out.add("rtb", f"main-of-{name}", {"VpcId": out.ref("vpc", name)}, {"Main": True}, vpc=name)
    for name, subnet in full["subnets"].items():
        vpc = subnet["vpc"]
        properties = {
            "VpcId": out.ref("vpc", vpc),
            "AvailabilityZone": f"{out.region(vpc)}{subnet['az']}",
            "CidrBlock": subnet.get("cidr"),
            "Ipv6CidrBlock": subnet.get("cidr6"),
        }
        out.add("subnet", name, properties, vpc=vpc)


def lists(out: Writing, full: Mapping[str, Any]) -> None:
    services = {each["service"] for each in full["gwe"].values()} | {"s3", "dynamodb"}
    for name, blocks in full["prefix_lists"].items():
        properties: dict[str, Any] = {
            "PrefixListName": f"com.amazonaws.{REGION}.{name}" if name in services else name,
            "AddressFamily": "IPv6" if any(":" in block for block in blocks) else "IPv4",
            "Entries": tuple({"Cidr": block} for block in blocks),
        }
        owner = "AWS" if name in services else ACCOUNT
        out.add("pl", name, properties, {"PrefixListId": name, "OwnerId": owner})


def groups(out: Writing, full: Mapping[str, Any]) -> None:
    for name, group in full["sgs"].items():
        vpc = group["vpc"]
        properties = {"GroupName": name, "GroupDescription": name, "VpcId": out.ref("vpc", vpc)}
        out.add("sg", name, properties, {"GroupId": name, "VpcId": vpc}, vpc=vpc)
    for name, group in full["sgs"].items():
        for direction, kind, side in (("in", "sg-in", "Source"), ("out", "sg-out", "Destination")):
            for number, rule in enumerate(group[direction]):
                written = {"GroupId": out.ref("sg", name), **_rule(out, rule, side)}
                out.add(kind, f"{name}/{direction}/{number}", written, vpc=group["vpc"])


def _rule(out: Writing, rule: Sequence[Any], side: str) -> dict[str, Any]:
    protocol, low, high, peer = rule
    kind, name = target(peer) if peer.startswith(("sg:", "pl:")) else ("", peer)
    peers = {
        "sg": {f"{side}SecurityGroupId": out.ref("sg", name)},
        "pl": {f"{side}PrefixListId": out.ref("pl", name)},
    }
    block = {"CidrIpv6" if ":" in name else "CidrIp": name}
    return {"IpProtocol": str(protocol), "FromPort": low, "ToPort": high, **peers.get(kind, block)}


def acls(out: Writing, full: Mapping[str, Any]) -> None:
    for name, acl in full["nacls"].items():
        of = next((full["subnets"][subnet]["vpc"] for subnet in acl["subnets"]), None)
        vpc = acl.get("vpc") or of or only_vpc(full)
        default = bool(acl.get("default"))
        out.add("nacl", name, {"VpcId": out.ref("vpc", vpc)}, {"IsDefault": default}, vpc=vpc)
        for direction in ("in", "out"):
            for number, action, protocol, low, high, block in acl[direction]:
                if number > 32766:
                    continue  # the rule shown as *: no entry of a template, and not collected either
                entry: dict[str, Any] = {
                    "NetworkAclId": out.ref("nacl", name),
                    "RuleNumber": number,
                    "Egress": direction == "out",
                    "RuleAction": action,
                    "Protocol": _NUMBERS.get(str(protocol)) or int(protocol),
                    "Ipv6CidrBlock" if ":" in block else "CidrBlock": block,
                }
                if entry["Protocol"] in (1, 58) and low is not None:
                    entry["Icmp"] = {"Type": low, "Code": high}
                elif low is not None:
                    entry["PortRange"] = {"From": low, "To": high}
                out.add("nacl-entry", f"{name}|{entry['Egress']}|{number}", entry, vpc=vpc)
        chosen = {subnet for other in full["nacls"].values() for subnet in other["subnets"]}
        unchosen = [s for s, each in full["subnets"].items() if each["vpc"] == vpc and s not in chosen]
        for subnet in [*acl["subnets"], *(unchosen if default else ())]:
            properties = {"NetworkAclId": out.ref("nacl", name), "SubnetId": out.ref("subnet", subnet)}
            out.add("nacl-of", f"{name}-{subnet}", properties, vpc=vpc)


_NUMBERS = {"-1": -1, "tcp": 6, "udp": 17, "icmp": 1, "icmpv6": 58}


def interfaces(out: Writing, full: Mapping[str, Any]) -> None:
    instances = {name for group in full["target_groups"].values() for name in group["targets"]}
    for name, eni in full["enis"].items():
        vpc = full["subnets"][eni["subnet"]]["vpc"]
        properties = {
            "SourceDestCheck": eni.get("src_dst_check", True),
            "InterfaceType": eni.get("type", "interface"),
        }
        interface(out, name, {**eni, **properties}, vpc)
        if eni.get("type") == "vpc_endpoint":
            # the words give its interface alone: it is an endpoint of AWS's API of EC2
            endpoint = {
                "VpcEndpointType": "Interface",
                "ServiceName": f"com.amazonaws.{REGION}.ec2",
                "VpcId": out.ref("vpc", vpc),
                "SubnetIds": (out.ref("subnet", eni["subnet"]),),
                "SecurityGroupIds": tuple(out.ref("sg", group) for group in eni["sgs"]),
            }
            out.add("vpce", f"vpce-{name}", endpoint, {"NetworkInterfaceIds": (name,)}, vpc=vpc)
        elif name in instances:
            attached = {"NetworkInterfaceId": out.ref("eni", name), "DeviceIndex": "0"}
            out.add("instance", f"i-{name}", {"NetworkInterfaces": (attached,)}, vpc=vpc)


def interface(out: Writing, name: str, eni: Mapping[str, Any], vpc: str) -> None:
    properties = {
        "SubnetId": out.ref("subnet", eni["subnet"]),
        "PrivateIpAddress": eni.get("ip"),
        "Ipv6Addresses": ({"Ipv6Address": eni["ip6"]},) if "ip6" in eni else None,
        "GroupSet": tuple(out.ref("sg", group) for group in eni.get("sgs", ())) or None,
        "SourceDestCheck": eni.get("SourceDestCheck", True),
        "InterfaceType": eni.get("InterfaceType", "interface"),
    }
    association = {"PrivateIpAddress": eni.get("ip"), "PublicIp": eni.get("public")}
    known = {
        "Id": name,
        "VpcId": vpc,
        "PrimaryPrivateIpAddress": eni.get("ip"),
        "InterfaceType": properties["InterfaceType"],
        "PublicAddresses": (association,) if "public" in eni else None,
    }
    out.add("eni", name, properties, known, vpc=vpc)
    if "public" in eni:
        attributes = {"PublicIp": eni["public"], "AllocationId": f"eip-{name}", "NetworkInterfaceId": name}
        out.add("eip", eni["public"], {"Domain": "vpc"}, attributes, vpc=vpc)
