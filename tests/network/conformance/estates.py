"""A case's compact setup as an estate of CloudFormation-shaped resources, as a collector would give them.

Physical ids are the case's names. A thing of the case is a `Reference`; a name that nothing declares (a group
`other`, a peering that is gone) stays a literal id.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tests.network.conformance.cases import Case, Cases, UntranslatedError, resolved
from tests.network.conformance.firewalls import firewalls
from tests.network.conformance.implied import declared, only_vpc, target
from tests.network.conformance.shorthand import expanded
from tests.network.conformance.writing import ACCOUNT, REGION, Writing

from ringwork.cloud.collect.snapshot import from_snapshot
from ringwork.estate import Estate, Reference
from ringwork.estate.live import link

__all__ = ["ACCOUNT", "REGION", "Translated", "translate"]


@dataclass(frozen=True, slots=True)
class Translated:
    """A case as an estate, and what of it no estate holds."""

    setup: Mapping[str, Any]
    """complete; empty where the case starts from a snapshot"""
    estate: Estate
    keys: Mapping[str, str]
    """`KIND:NAME` of the case -> key of the resource"""
    forwards: Mapping[str, bool]
    """key of an interface whose check is off -> whether its host's own system forwards"""
    healthy: Mapping[str, bool]
    """name of a target -> whether it is healthy"""


def translate(case: Case, cases: Cases) -> Translated:
    """Raises `UntranslatedError` with the reason."""
    setup, folder = resolved(case, cases)
    if folder is not None:
        if setup:
            raise UntranslatedError(f"`{next(iter(setup))}` laid over a snapshot is not known")
        collected = from_snapshot(folder)
        return Translated({}, link(collected.resources, gaps=collected.gaps), {}, {}, {})
    try:
        full = declared(expanded(setup, case.question))
        writing = Writing(full)
        for write in _WRITERS:
            write(writing, full)
    except (KeyError, IndexError, ValueError, TypeError, AttributeError) as error:
        raise UntranslatedError(f"the setup is not in a known form: {error!r}") from error
    return Translated(
        full,
        Estate(writing.resources()),
        writing.keys,
        {
            writing.keys[f"eni:{name}"]: eni["forwards"]
            for name, eni in full["enis"].items()
            if "forwards" in eni and not eni.get("src_dst_check", True)
        },
        {
            target: healthy
            for group in full["target_groups"].values()
            for target, healthy in group.get("healthy", {}).items()
        },
    )


def _vpcs(out: Writing, full: Mapping[str, Any]) -> None:
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


def _lists(out: Writing, full: Mapping[str, Any]) -> None:
    services = {each["service"] for each in full["gwe"].values()} | {"s3", "dynamodb"}
    for name, blocks in full["prefix_lists"].items():
        properties: dict[str, Any] = {
            "PrefixListName": f"com.amazonaws.{REGION}.{name}" if name in services else name,
            "AddressFamily": "IPv6" if any(":" in block for block in blocks) else "IPv4",
            "Entries": tuple({"Cidr": block} for block in blocks),
        }
        owner = "AWS" if name in services else ACCOUNT
        out.add("pl", name, properties, {"PrefixListId": name, "OwnerId": owner})


def _groups(out: Writing, full: Mapping[str, Any]) -> None:
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


def _acls(out: Writing, full: Mapping[str, Any]) -> None:
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
                    "Protocol": _NUMBERS.get(str(protocol), protocol),
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


def _interfaces(out: Writing, full: Mapping[str, Any]) -> None:
    instances = {name for group in full["target_groups"].values() for name in group["targets"]}
    for name, eni in full["enis"].items():
        vpc = full["subnets"][eni["subnet"]]["vpc"]
        properties = {
            "SourceDestCheck": eni.get("src_dst_check", True),
            "InterfaceType": eni.get("type", "interface"),
        }
        _interface(out, name, {**eni, **properties}, vpc)
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


def _interface(out: Writing, name: str, eni: Mapping[str, Any], vpc: str) -> None:
    properties = {
        "SubnetId": out.ref("subnet", eni["subnet"]),
        "PrivateIpAddress": eni.get("ip"),
        "Ipv6Addresses": ({"Ipv6Address": eni["ip6"]},) if "ip6" in eni else None,
        "GroupSet": tuple(out.ref("sg", group) for group in eni.get("sgs", ())) or None,
        "SourceDestCheck": eni.get("SourceDestCheck", True),
        "InterfaceType": eni.get("InterfaceType", "interface"),
    }
    out.add(
        "eni", name, properties, {"Id": name, "VpcId": vpc, "PrimaryPrivateIpAddress": eni.get("ip")}, vpc=vpc
    )
    if "public" in eni:
        attributes = {"PublicIp": eni["public"], "AllocationId": f"eip-{name}", "NetworkInterfaceId": name}
        out.add("eip", eni["public"], {"Domain": "vpc"}, attributes, vpc=vpc)
        association = {
            "AllocationId": Reference(out.keys[f"eip:{eni['public']}"], "AllocationId"),
            "NetworkInterfaceId": out.ref("eni", name),
            "PrivateIpAddress": eni["ip"],
        }
        out.add("eip-of", f"eipassoc-{name}", association, vpc=vpc)


def _gateways(out: Writing, full: Mapping[str, Any]) -> None:
    for name, vpc in full["igws"].items():
        out.add("igw", name, {}, vpc=vpc)
        attachment = {"VpcId": out.ref("vpc", vpc), "InternetGatewayId": out.ref("igw", name)}
        out.add("gateway-of", f"IGW|{vpc}", attachment, vpc=vpc)
    for name, vpc in full["eigws"].items():
        out.add("eigw", name, {"VpcId": out.ref("vpc", vpc)}, vpc=vpc)
    for name, gateway in full["vgws"].items():
        vpc = gateway["vpc"]
        out.add("vgw", name, {"Type": "ipsec.1"}, vpc=vpc)
        attachment = {"VpcId": out.ref("vpc", vpc), "VpnGatewayId": out.ref("vgw", name)}
        out.add("gateway-of", f"VGW|{vpc}", attachment, vpc=vpc)
        out.add(
            "cgw", f"cgw-{name}", {"Type": "ipsec.1", "IpAddress": "198.51.100.1", "BgpAsn": 65000}, vpc=vpc
        )
        connection = {
            "Type": "ipsec.1",
            "CustomerGatewayId": out.ref("cgw", f"cgw-{name}"),
            "VpnGatewayId": out.ref("vgw", name),
            "StaticRoutesOnly": True,
        }
        out.add("vpn", f"vpn-{name}", connection, vpc=vpc)
        for block in gateway["prefixes"]:
            route = {"VpnConnectionId": out.ref("vpn", f"vpn-{name}"), "DestinationCidrBlock": block}
            out.add("vpn-route", f"{block}|vpn-{name}", route, vpc=vpc)
    for name, nat in full["nats"].items():
        vpc = full["subnets"][nat["subnet"]]["vpc"]
        eni = {"subnet": nat["subnet"], "ip": nat["ip"], "InterfaceType": "nat_gateway"}
        _interface(out, f"eni-{name}", {**eni, "SourceDestCheck": False}, vpc)
        properties = {
            "SubnetId": out.ref("subnet", nat["subnet"]),
            "ConnectivityType": nat.get("kind", "public"),
            "PrivateIpAddress": nat["ip"],
        }
        if "eip" in nat:
            ids = {"PublicIp": nat["eip"], "AllocationId": f"eip-{name}", "NetworkInterfaceId": f"eni-{name}"}
            out.add("eip", nat["eip"], {"Domain": "vpc"}, ids, vpc=vpc)
            properties["AllocationId"] = Reference(out.keys[f"eip:{nat['eip']}"], "AllocationId")
        known = {"VpcId": vpc, "EniId": f"eni-{name}", "PublicIps": (nat["eip"],) if "eip" in nat else None}
        out.add("nat", name, properties, known, vpc=vpc)
    for name, peering in full["pcx"].items():
        requester, accepter = peering[:2]
        properties = {
            "VpcId": out.ref("vpc", requester),
            "PeerVpcId": out.ref("vpc", accepter),
            "PeerOwnerId": out.account(accepter),
            "PeerRegion": out.region(accepter),
        }
        state = peering[2] if len(peering) > 2 else "active"
        out.add("pcx", name, properties, {"Id": name, "Status": state, "State": state}, vpc=requester)


def _transit(out: Writing, full: Mapping[str, Any]) -> None:
    tgw = full.get("tgw")
    if tgw is None:
        return
    unknown = tgw.keys() - {"attachments", "tables", "sg_referencing"}
    if unknown:
        raise UntranslatedError(f"the Transit Gateway's `{sorted(unknown)[0]}` is not known")
    options = {
        "SecurityGroupReferencingSupport": tgw.get("sg_referencing", "disable"),
        "DefaultRouteTableAssociation": "disable",
        "DefaultRouteTablePropagation": "disable",
    }
    out.add("tgw", "tgw", options, {"Id": "tgw"})
    for name in tgw.get("tables", {}):
        out.add("tgw-table", name, {"TransitGatewayId": out.ref("tgw", "tgw")})
    for name, attachment in tgw.get("attachments", {}).items():
        vpc = attachment["vpc"]
        properties = {
            "TransitGatewayId": out.ref("tgw", "tgw"),
            "VpcId": out.ref("vpc", vpc),
            "SubnetIds": tuple(out.ref("subnet", subnet) for subnet in attachment["subnets"]),
            "Options": {"ApplianceModeSupport": attachment.get("appliance", "disable")},
        }
        known: dict[str, Any] = {"Id": name, "State": "available"}
        if "order" in attachment:
            known["CreationTime"] = f"2026-01-{attachment['order'] + 1:02}T00:00:00+00:00"
        out.add("tgw-at", name, properties, known, vpc=vpc)
        if "assoc" in attachment:
            joined = _joined(out, attachment["assoc"], name)
            out.add("tgw-assoc", f"{attachment['assoc']}|{name}", joined, vpc=vpc)
    for name, table in tgw.get("tables", {}).items():
        for attachment in table["propagate"]:
            out.add("tgw-prop", f"{name}|{attachment}", _joined(out, name, attachment))
        for block, to in table["static"]:
            route: dict[str, Any] = {
                "TransitGatewayRouteTableId": out.ref("tgw-table", name),
                "DestinationCidrBlock": block,
                "Blackhole": to == "blackhole",
            }
            if to != "blackhole":
                route["TransitGatewayAttachmentId"] = out.ref("tgw-at", to)
            out.add("tgw-route", f"{name}|{block}", route)


def _joined(out: Writing, table: str, attachment: str) -> dict[str, Any]:
    return {
        "TransitGatewayRouteTableId": out.ref("tgw-table", table),
        "TransitGatewayAttachmentId": out.ref("tgw-at", attachment),
    }


def _tables(out: Writing, full: Mapping[str, Any]) -> None:
    for name, table in full["rtbs"].items():
        vpc = table["vpc"]
        main = {"Main": bool(table.get("main"))}
        out.add("rtb", name, {"VpcId": out.ref("vpc", vpc)}, {**main, "RouteTableId": name}, vpc=vpc)
        for subnet in table["subnets"]:
            properties = {"RouteTableId": out.ref("rtb", name), "SubnetId": out.ref("subnet", subnet)}
            out.add("rtb-of", f"{name}-{subnet}", properties, vpc=vpc)
        if "edge" in table:
            gateway = out.ref(*out.found(*target(table["edge"])))
            properties = {"RouteTableId": out.ref("rtb", name), "GatewayId": gateway}
            out.add("rtb-edge", f"{name}-edge", properties, vpc=vpc)
        blocks = {*full["vpcs"][vpc]["cidrs"], *full["vpcs"][vpc]["cidrs6"]}
        for block, to, *more in table["routes"]:
            kind, _ = target(to)
            if (kind == "local" and block in blocks) or kind == "gwe":
                continue  # these follow from the VPC's blocks and from the endpoint's RouteTableIds
            origin, state = (*more, *("static", "active")[len(more) :])[:2]
            written = "route" if origin in ("static", None) else "propagated"
            route = {
                "RouteTableId": out.ref("rtb", name),
                **_destination(out, block),
                **_TARGETS[kind](out, to),
            }
            out.add(written, f"{name}|{block}", route, {"State": state or "active"}, vpc=vpc)


def _destination(out: Writing, block: str) -> dict[str, Any]:
    if block.startswith("pl:"):
        return {"DestinationPrefixListId": out.ref("pl", block[3:])}
    return {"DestinationIpv6CidrBlock" if ":" in block else "DestinationCidrBlock": block}


def _to(member: str) -> Callable[[Writing, str], dict[str, Any]]:
    return lambda out, word: {member: out.ref(*out.found(*target(word)))}


_TARGETS: Mapping[str, Callable[[Writing, str], dict[str, Any]]] = {
    "local": lambda out, word: {"GatewayId": "local"},
    "igw": _to("GatewayId"),
    "vgw": _to("GatewayId"),
    "eigw": _to("EgressOnlyInternetGatewayId"),
    "nat": _to("NatGatewayId"),
    "pcx": _to("VpcPeeringConnectionId"),
    "tgw": _to("TransitGatewayId"),
    "eni": _to("NetworkInterfaceId"),
    "gwlbe": _to("VpcEndpointId"),
    # ZONE's endpoint of a firewall, as its EndpointIds has it
    "fw": lambda out, word: {"VpcEndpointId": "vpce-" + word.removeprefix("fw:").replace("/", "-")},
}


def _endpoints(out: Writing, full: Mapping[str, Any]) -> None:
    for name, gateway in full["gwe"].items():
        vpc = gateway["vpc"]
        tables = [t for t, each in full["rtbs"].items() if any(r[1] == f"gwe:{name}" for r in each["routes"])]
        properties: dict[str, Any] = {
            "VpcEndpointType": "Gateway",
            "ServiceName": f"com.amazonaws.{out.region(vpc)}.{gateway['service']}",
            "VpcId": out.ref("vpc", vpc),
            "RouteTableIds": tuple(out.ref("rtb", table) for table in tables),
        }
        out.add("gwe", name, properties, vpc=vpc)
    for name, endpoint in full["gwlbes"].items():
        properties = {"VpcEndpointType": "GatewayLoadBalancer", "VpcId": out.ref("vpc", endpoint["vpc"])}
        service = {"ServiceName": f"com.amazonaws.vpce.{REGION}.vpce-svc-appliance"}
        out.add("gwlbe", name, {**properties, **service}, vpc=endpoint["vpc"])
    for name, service in full["services"].items():
        balancers = tuple(Reference(out.keys[f"nlb:{each}"]) for each in service["nlbs"])
        known = {"ServiceId": name, "ServiceName": f"com.amazonaws.vpce.{REGION}.{name}"}
        out.add("service", name, {"NetworkLoadBalancerArns": balancers}, known)
    for name, endpoint in full["endpoints"].items():
        vpc = full["subnets"][endpoint["subnet"]]["vpc"]
        _interface(out, f"eni-{name}", {**endpoint, "InterfaceType": "vpc_endpoint"}, vpc)
        properties = {
            "VpcEndpointType": "Interface",
            "ServiceName": f"com.amazonaws.vpce.{REGION}.{endpoint['service']}",
            "VpcId": out.ref("vpc", vpc),
            "SubnetIds": (out.ref("subnet", endpoint["subnet"]),),
            "SecurityGroupIds": tuple(out.ref("sg", group) for group in endpoint["sgs"]),
        }
        out.add("vpce", name, properties, {"NetworkInterfaceIds": (f"eni-{name}",)}, vpc=vpc)


def _balancers(out: Writing, full: Mapping[str, Any]) -> None:
    for name, group in full["target_groups"].items():
        vpc = full["subnets"][full["enis"][group["targets"][0]]["subnet"]]["vpc"]
        by_id = group["type"] == "instance"
        keep = group.get("preserve_client_ip")
        chosen = [("preserve_client_ip.enabled", keep)] if keep is not None else []
        properties: dict[str, Any] = {
            "Name": name,
            "TargetType": group["type"],
            "Protocol": group["proto"].upper(),
            "Port": group["port"],
            "VpcId": out.ref("vpc", vpc),
            "Targets": tuple(
                {
                    "Id": out.ref("instance", f"i-{each}") if by_id else full["enis"][each]["ip"],
                    "Port": group["port"],
                }
                for each in group["targets"]
            ),
            "TargetGroupAttributes": tuple({"Key": k, "Value": str(v).lower()} for k, v in chosen),
        }
        out.add("tg", name, properties, {"TargetGroupArn": name}, vpc=vpc)
    for name, balancer in full["nlbs"].items():
        vpc = full["subnets"][balancer["subnets"][0]]["vpc"]
        cross = str(bool(balancer.get("cross_zone"))).lower()
        properties = {
            "Name": name,
            "Type": "network",
            "Scheme": balancer.get("scheme", "internal"),
            "SubnetMappings": tuple(
                {"SubnetId": out.ref("subnet", subnet), "PrivateIPv4Address": address}
                for subnet, address in zip(balancer["subnets"], balancer["ips"], strict=True)
            ),
            "SecurityGroups": tuple(out.ref("sg", group) for group in balancer.get("sgs", ())) or None,
            "EnforceSecurityGroupInboundRulesOnPrivateLinkTraffic": balancer.get("enforce"),
            "LoadBalancerAttributes": ({"Key": "load_balancing.cross_zone.enabled", "Value": cross},),
        }
        out.add("nlb", name, properties, {"LoadBalancerArn": name, "VpcId": vpc}, vpc=vpc)
        for protocol, port, group in balancer["listeners"]:
            listener = {
                "LoadBalancerArn": out.ref("nlb", name),
                "Protocol": protocol.upper(),
                "Port": port,
                "DefaultActions": ({"Type": "forward", "TargetGroupArn": out.ref("tg", group)},),
            }
            out.add("listener", f"{name}-{protocol}-{port}", listener, vpc=vpc)


_MODES = {"allow-bidirectional": "allow-bidirectional", "allow-egress": "allow-egress"}


def _block(out: Writing, full: Mapping[str, Any]) -> None:
    """VPC user guide, "Block public access to VPCs and subnets": for the account in a Region."""
    if "bpa" in full:
        out.add("bpa", ACCOUNT, {"InternetGatewayBlockMode": full["bpa"]}, {"AccountId": ACCOUNT})
    for name, mode in full["bpa_exclusions"].items():
        kind, member = ("subnet", "SubnetId") if name in full["subnets"] else ("vpc", "VpcId")
        if f"{kind}:{name}" not in out.keys:
            raise UntranslatedError(f"`{name}`, which is excluded, is neither a subnet nor a VPC")
        properties = {member: out.ref(kind, name), "InternetGatewayExclusionMode": _MODES[mode]}
        out.add("bpa-exclusion", f"exclude-{name}", properties)


_WRITERS = (
    _vpcs,
    _lists,
    _groups,
    _interfaces,
    _acls,
    _gateways,
    firewalls,
    _transit,
    _balancers,
    _endpoints,
    _tables,
    _block,
)
"""in this order, so that what is referred to is there before"""
