"""Endpoints, endpoint services, load balancers and Block Public Access of a case."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tests.network.conformance.cases import UntranslatedError
from tests.network.conformance.places import interface
from tests.network.conformance.writing import ACCOUNT, REGION, Writing

from ringwork.estate import Reference


def endpoints(out: Writing, full: Mapping[str, Any]) -> None:
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
        interface(out, f"eni-{name}", {**endpoint, "InterfaceType": "vpc_endpoint"}, vpc)
        properties = {
            "VpcEndpointType": "Interface",
            "ServiceName": f"com.amazonaws.vpce.{REGION}.{endpoint['service']}",
            "VpcId": out.ref("vpc", vpc),
            "SubnetIds": (out.ref("subnet", endpoint["subnet"]),),
            "SecurityGroupIds": tuple(out.ref("sg", group) for group in endpoint["sgs"]),
        }
        out.add("vpce", name, properties, {"NetworkInterfaceIds": (f"eni-{name}",)}, vpc=vpc)


def balancers(out: Writing, full: Mapping[str, Any]) -> None:
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


def block(out: Writing, full: Mapping[str, Any]) -> None:
    """VPC user guide, "Block public access to VPCs and subnets": for the account in a Region."""
    if "bpa" in full:
        out.add("bpa", ACCOUNT, {"InternetGatewayBlockMode": full["bpa"]}, {"AccountId": ACCOUNT})
    for name, mode in full["bpa_exclusions"].items():
        kind, member = ("subnet", "SubnetId") if name in full["subnets"] else ("vpc", "VpcId")
        if f"{kind}:{name}" not in out.keys:
            raise UntranslatedError(f"`{name}`, which is excluded, is neither a subnet nor a VPC")
        properties = {member: out.ref(kind, name), "InternetGatewayExclusionMode": _MODES[mode]}
        out.add("bpa-exclusion", f"exclude-{name}", properties)
