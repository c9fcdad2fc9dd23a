"""A walk in the shape of AWS Reachability Analyzer's paths: a list of `PathComponent`, with AWS's names.

EC2 API reference, PathComponent, AnalysisPacketHeader, AnalysisAclRule, AnalysisSecurityGroupRule,
AnalysisRouteTableRoute, TransitGatewayRouteTableRoute: scripts that read AWS's answers read these.
"""

from __future__ import annotations

from typing import Any

from ringwork.network.model import AclEntry, GroupRule, ListPeer, Place, Route, TransitRoute, Via
from ringwork.network.packets import Packet, Traffic
from ringwork.network.questions.network import Network
from ringwork.network.walk import Hop, Walk

Json = dict[str, Any]
ROUTED = {
    Via.INTERNET_GATEWAY: "GatewayId",
    Via.VPN_GATEWAY: "GatewayId",
    Via.GATEWAY_ENDPOINT: "GatewayId",
    Via.FIREWALL_ENDPOINT: "GatewayId",
    Via.EGRESS_ONLY_GATEWAY: "EgressOnlyInternetGatewayId",
    Via.NAT_GATEWAY: "NatGatewayId",
    Via.PEERING: "VpcPeeringConnectionId",
    Via.TRANSIT_GATEWAY: "TransitGatewayId",
    Via.INTERFACE: "NetworkInterfaceId",
}
"""member of AnalysisRouteTableRoute that names the target"""
ORIGINS = {
    "LOCAL": "createroutetable",
    "STATIC": "createroute",
    "PREFIX_LIST": "createroute",
    "PROPAGATED": "enablevgwroutepropagation",
}


def path(network: Network, walk: Walk) -> list[Json]:
    """The components that a packet met, in order."""
    return [_component(network, number, hop) for number, hop in enumerate(walk.hops, 1)]


def _component(network: Network, number: int, hop: Hop) -> Json:
    found: Json = {"SequenceNumber": number, "Component": component(network, hop.component)}
    interface = network.model.interfaces.get(hop.component)
    if interface is not None:
        if interface.owner != interface.key:
            found["AttachedTo"] = component(network, interface.owner)
        found["Subnet"] = component(network, interface.subnet)
        found["Vpc"] = component(network, network.vpc(interface))
    before = header(hop.before)
    found["InboundHeader"] = before
    if hop.after is not None:
        found["OutboundHeader"] = header(hop.after)
    if hop.component in network.model.attachments:
        found["TransitGateway"] = component(network, network.model.attachments[hop.component].gateway)
    if hop.component.startswith("aws:"):
        found["ServiceName"] = hop.component.removeprefix("aws:")
    found.update(_rule(network, hop))
    if hop.passed is not True:
        code = "MAY_BE_BLOCKED" if hop.passed is None else "BLOCKED"
        found["Explanations"] = [{"ExplanationCode": code, "Direction": _direction(hop)}]
    # AWS's details have no member for a sentence but their type
    said = {"AdditionalDetailType": f"{hop.control or 'step'}: {hop.why}"}
    found["AdditionalDetails"] = [said, *found.get("AdditionalDetails", ())]
    return found


def component(network: Network, key: str) -> Json:
    """AnalysisComponent: an id, an ARN and a name as far as they are known."""
    resource = network.estate.get(key)
    found: Json = {"Id": (resource.physical if resource else None) or key, "Name": network.name(key)}
    if resource is not None and resource.arn is not None:
        found["Arn"] = resource.arn
    return found


def header(packet: Packet) -> Json:
    found: Json = {
        "SourceAddresses": [str(packet.source.prefix)],
        "DestinationAddresses": [str(packet.destination.prefix)],
        "Protocol": str(packet.protocol),
    }
    for name, port in (
        ("SourcePortRanges", packet.source_port),
        ("DestinationPortRanges", packet.destination_port),
    ):
        if port is not None:
            found[name] = [{"From": port, "To": port}]
    return found


def _direction(hop: Hop) -> str:
    return hop.control.rsplit(" ", 1)[1] if hop.control.endswith((" ingress", " egress")) else ""


def _rule(network: Network, hop: Hop) -> Json:
    """The rule that decided, by where it stands."""
    if hop.place is None:
        return {}
    model = network.model
    egress = hop.control.endswith("egress")
    match hop.control.removesuffix(" egress").removesuffix(" ingress"):
        case "network ACL" if (acl := model.acls.get(hop.component)) is not None:
            for entry in acl.egress if egress else acl.ingress:
                if entry.place == hop.place and entry.traffic.matches(hop.before):
                    return {"AclRule": _acl_rule(entry, egress)}
        case "security-group" if (group := model.groups.get(hop.component)) is not None:
            for rule in group.egress if egress else group.ingress:
                if rule.place == hop.place and rule.traffic.matches(hop.before):
                    return {"SecurityGroupRule": _group_rule(network, rule, egress)}
        case "route table" if (table := model.tables.get(hop.component)) is not None:
            for route in table.routes:
                if route.place == hop.place and route.prefix.contains(hop.before.destination):
                    return {"RouteTableRoute": _route(network, route)}
        case "transit gateway route table" if (looked := model.transit_tables.get(hop.component)) is not None:
            for each in looked.routes:
                if each.place == hop.place and each.prefix.contains(hop.before.destination):
                    return {"TransitGatewayRouteTableRoute": _transit_route(network, each)}
    return {"AdditionalDetails": [{"AdditionalDetailType": f"rule: {_place(network, hop.place)}"}]}


def _place(network: Network, place: Place) -> str:
    return f"{network.name(place.key)} {'.'.join(str(step) for step in place.path)}".strip()


def _ports(traffic: Traffic) -> Json:
    protocol = "-1" if traffic.protocol is None else str(traffic.protocol)
    found: Json = {"Protocol": protocol}
    if traffic.low is not None or traffic.high is not None:
        found["PortRange"] = {
            name: value for name, value in (("From", traffic.low), ("To", traffic.high)) if value is not None
        }
    return found


def _acl_rule(entry: AclEntry, egress: bool) -> Json:
    return {
        "Cidr": str(entry.prefix),
        "Egress": egress,
        "RuleAction": "allow" if entry.allow else "deny",
        "RuleNumber": entry.number,
        **_ports(entry.traffic),
    }


def _group_rule(network: Network, rule: GroupRule, egress: bool) -> Json:
    found: Json = {"Direction": "egress" if egress else "ingress", **_ports(rule.traffic)}
    peer = rule.peer
    if isinstance(peer, ListPeer):
        found["PrefixListId"] = component(network, peer.list)["Id"]
    elif hasattr(peer, "group"):
        found["SecurityGroupId"] = component(network, peer.group)["Id"]
    elif hasattr(peer, "low"):
        found["Cidr"] = str(peer)
    return found


def _route(network: Network, route: Route) -> Json:
    found: Json = {
        "DestinationCidr": str(route.prefix),
        "Origin": ORIGINS[route.source.name],
        "State": "active" if route.active else "blackhole",
    }
    target = route.target
    if target.via is Via.LOCAL:
        found["GatewayId"] = "local"
    elif target.via in ROUTED:
        found[ROUTED[target.via]] = component(network, target.key)["Id"]
    return found


def _transit_route(network: Network, route: TransitRoute) -> Json:
    found: Json = {
        "DestinationCidr": str(route.prefix),
        "State": "active" if route.attachment is not None else "blackhole",
        "RouteOrigin": "propagated" if route.propagated else "static",
    }
    attachment = network.model.attachments.get(route.attachment or "")
    if attachment is not None:
        found["AttachmentId"] = component(network, attachment.key)["Id"]
        found["ResourceId"] = component(network, attachment.to)["Id"]
        found["ResourceType"] = attachment.kind.value
    return found
