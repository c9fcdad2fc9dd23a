"""Gateways, peerings, Transit Gateways and route tables of a case."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from tests.network.conformance.cases import UntranslatedError
from tests.network.conformance.implied import target
from tests.network.conformance.places import interface
from tests.network.conformance.writing import Writing

from ringwork.estate import Reference


def gateways(out: Writing, full: Mapping[str, Any]) -> None:
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
        eni |= {"public": nat["eip"]} if "eip" in nat else {}
        interface(out, f"eni-{name}", {**eni, "SourceDestCheck": False}, vpc)
        properties = {
            "SubnetId": out.ref("subnet", nat["subnet"]),
            "ConnectivityType": nat.get("kind", "public"),
            "PrivateIpAddress": nat["ip"],
        }
        if "eip" in nat:
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


def transit(out: Writing, full: Mapping[str, Any]) -> None:
    tgw = full.get("tgw")
    if tgw is None:
        return
    unknown = tgw.keys() - {"attachments", "tables", "sg_referencing"}
    if unknown:
        raise UntranslatedError(f"the Transit Gateway's `{sorted(unknown)[0]}` is not known")
    default = any(table.get("default") for table in tgw.get("tables", {}).values())
    options = {
        "SecurityGroupReferencingSupport": tgw.get("sg_referencing", "disable"),
        "DefaultRouteTableAssociation": "enable" if default else "disable",
        "DefaultRouteTablePropagation": "enable" if default else "disable",
    }
    out.add("tgw", "tgw", options, {"Id": "tgw"})
    for name, table in tgw.get("tables", {}).items():
        own = bool(table.get("default"))
        known = {"DefaultAssociationRouteTable": own, "DefaultPropagationRouteTable": own}
        out.add("tgw-table", name, {"TransitGatewayId": out.ref("tgw", "tgw")}, known)
    for name, attachment in tgw.get("attachments", {}).items():
        vpc = attachment["vpc"]
        properties = {
            "TransitGatewayId": out.ref("tgw", "tgw"),
            "VpcId": out.ref("vpc", vpc),
            "SubnetIds": tuple(out.ref("subnet", subnet) for subnet in attachment["subnets"]),
            "Options": {
                "ApplianceModeSupport": attachment.get("appliance", "disable"),
                "SecurityGroupReferencingSupport": attachment.get("sg_referencing", "enable"),
            },
        }
        facts: dict[str, Any] = {"Id": name, "State": "available"}
        if "order" in attachment:
            facts["CreationTime"] = f"2026-01-{attachment['order'] + 1:02}T00:00:00+00:00"
        out.add("tgw-at", name, properties, facts, vpc=vpc)
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


def tables(out: Writing, full: Mapping[str, Any]) -> None:
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
