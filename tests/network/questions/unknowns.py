"""Small networks in which something flows, to be asked again with one thing of them not known."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from tests.network.reading.estates import VPC, att, ref, template

from ringwork.estate import Estate
from ringwork.network.packets import ALL, Traffic
from ringwork.network.questions import Flowing, Network, always, parse, reach, resolve
from ringwork.network.questions.answer import Answer

Resources = dict[str, tuple[str, Mapping[str, Any]]]

UNKNOWN = {"Ref": "Given"}
"""a parameter without a value"""
OPEN = ({"IpProtocol": "-1", "CidrIp": "0.0.0.0/0"}, {"IpProtocol": "-1", "CidrIpv6": "::/0"})


def estate(resources: Mapping[str, tuple[str, Mapping[str, Any]]]) -> Estate:
    return template(resources, Parameters={"Given": {"Type": "String"}})


def ask(of: Estate, source: str, destination: str, traffic: Traffic = ALL, *, must: bool = False) -> Answer:
    ends = parse(source), parse(destination)
    cuts = [prefix for end in ends for prefix in end.prefixes]
    network = Network(of, cuts=cuts, kinds=[traffic])
    one, other = (resolve(network, end) for end in ends)
    return (always if must else reach)(Flowing(network), one, other, [traffic])


def network(**more: Any) -> Resources:
    """A VPC with a public subnet, where `Web` admits anything, and a private one, where `Back` admits nothing
    and sends next to nothing. `more` is added; None takes away."""
    found: Resources = {
        **VPC,
        "Igw": ("EC2::InternetGateway", {}),
        "Join": ("EC2::VPCGatewayAttachment", {"VpcId": ref("Vpc"), "InternetGatewayId": ref("Igw")}),
        "T": ("EC2::RouteTable", {"VpcId": ref("Vpc")}),
        "Use": ("EC2::SubnetRouteTableAssociation", {"SubnetId": ref("A"), "RouteTableId": ref("T")}),
        "Out": (
            "EC2::Route",
            {"RouteTableId": ref("T"), "DestinationCidrBlock": "0.0.0.0/0", "GatewayId": ref("Igw")},
        ),
        "Open": group(OPEN),
        "Shut": group((), egress=({"IpProtocol": "17", "CidrIp": "10.9.9.9/32"},)),
        "Web": interface("A", "Open", "10.0.1.10"),
        "Back": interface("B", "Shut", "10.0.2.10"),
    }
    return {name: each for name, each in {**found, **more}.items() if each is not None}


def group(
    ingress: Sequence[Mapping[str, Any]], vpc: str = "Vpc", egress: Sequence[Mapping[str, Any]] = ()
) -> tuple[str, Mapping[str, Any]]:
    rules = {
        "SecurityGroupIngress": list(ingress),
        **({"SecurityGroupEgress": list(egress)} if egress else {}),
    }
    return "EC2::SecurityGroup", {"GroupDescription": "g", "VpcId": ref(vpc), **rules}


def interface(subnet: str, group: str, address: str, **more: Any) -> tuple[str, Mapping[str, Any]]:
    given = {"SubnetId": ref(subnet), "GroupSet": [ref(group)], "PrivateIpAddress": address, **more}
    return "EC2::NetworkInterface", given


def public(name: str) -> Resources:
    """An Elastic IP address for an interface."""
    given = {"AllocationId": att("Eip", "AllocationId"), "NetworkInterfaceId": ref(name)}
    return {"Eip": ("EC2::EIP", {"Domain": "vpc"}), "Public": ("EC2::EIPAssociation", given)}


def mapped(name: str) -> tuple[str, Mapping[str, Any]]:
    """One of the VPC's subnets, that gives public addresses."""
    return "EC2::Subnet", {**VPC[name][1], "MapPublicIpOnLaunch": True}


def balanced(
    balancer: Mapping[str, Any] | None = None, targets: Mapping[str, Any] | None = None, **more: Any
) -> Resources:
    """An Application Load Balancer that faces the internet, with `Back` behind it, which admits it alone."""
    return network(
        Web=None,
        Balancer=(
            "ElasticLoadBalancingV2::LoadBalancer",
            {"Subnets": [ref("A"), ref("B")], "SecurityGroups": [ref("Open")], **(balancer or {})},
        ),
        Targets=(
            "ElasticLoadBalancingV2::TargetGroup",
            {
                **{"VpcId": ref("Vpc"), "Port": 80, "Protocol": "HTTP", "TargetType": "ip"},
                **{"Targets": [{"Id": "10.0.2.10"}], **(targets or {})},
            },
        ),
        Listener=(
            "ElasticLoadBalancingV2::Listener",
            {
                **{"LoadBalancerArn": ref("Balancer"), "Port": 443, "Protocol": "HTTP"},
                "DefaultActions": [{"Type": "forward", "TargetGroupArn": ref("Targets")}],
            },
        ),
        **{"Shut": group([{"IpProtocol": "-1", "SourceSecurityGroupId": ref("Open")}]), **more},
    )


def other_vpc() -> Resources:
    return {
        "Vpc2": ("EC2::VPC", {"CidrBlock": "10.1.0.0/16"}),
        "C": (
            "EC2::Subnet",
            {"VpcId": ref("Vpc2"), "CidrBlock": "10.1.1.0/24", "AvailabilityZone": "eu-central-1a"},
        ),
        "Open2": group(OPEN, "Vpc2"),
        "Far": interface("C", "Open2", "10.1.1.10"),
        "T2": ("EC2::RouteTable", {"VpcId": ref("Vpc2")}),
        "Use2": ("EC2::SubnetRouteTableAssociation", {"SubnetId": ref("C"), "RouteTableId": ref("T2")}),
    }


def transit(**more: Any) -> Resources:
    """Two VPCs that a Transit Gateway joins, with a table of its own that is used both ways."""
    off = {"DefaultRouteTableAssociation": "disable", "DefaultRouteTablePropagation": "disable"}
    uses = {
        f"{what}{number}": (
            f"EC2::TransitGatewayRouteTable{what}",
            {
                "TransitGatewayRouteTableId": ref("Table"),
                "TransitGatewayAttachmentId": ref(f"Attached{number}"),
            },
        )
        for what in ("Association", "Propagation")
        for number in (1, 2)
    }
    given: Resources = {
        **other_vpc(),
        "Gateway": ("EC2::TransitGateway", off),
        "Table": ("EC2::TransitGatewayRouteTable", {"TransitGatewayId": ref("Gateway")}),
        **uses,
        **{
            f"Attached{number}": (
                "EC2::TransitGatewayAttachment",
                {"TransitGatewayId": ref("Gateway"), "VpcId": ref(vpc), "SubnetIds": [ref(subnet)]},
            )
            for number, vpc, subnet in ((1, "Vpc", "A"), (2, "Vpc2", "C"))
        },
        **{
            f"Route{table}": (
                "EC2::Route",
                {
                    "RouteTableId": ref(table),
                    "DestinationCidrBlock": there,
                    "TransitGatewayId": ref("Gateway"),
                },
            )
            for table, there in (("T", "10.1.0.0/16"), ("T2", "10.0.0.0/16"))
        },
    }
    return network(**{**given, **more})


def linked(endpoint: Mapping[str, Any] | None = None, service: Mapping[str, Any] | None = None) -> Resources:
    """`Far` behind a Network Load Balancer, which the first VPC reaches by PrivateLink."""
    return network(
        **other_vpc(),
        Balancer=(
            "ElasticLoadBalancingV2::LoadBalancer",
            {"Type": "network", "Scheme": "internal", "Subnets": [ref("C")]},
        ),
        Targets=(
            "ElasticLoadBalancingV2::TargetGroup",
            {
                **{"VpcId": ref("Vpc2"), "Port": 80, "Protocol": "TCP", "TargetType": "ip"},
                "Targets": [{"Id": "10.1.1.10"}],
            },
        ),
        Listener=(
            "ElasticLoadBalancingV2::Listener",
            {
                **{"LoadBalancerArn": ref("Balancer"), "Port": 443, "Protocol": "TCP"},
                "DefaultActions": [{"Type": "forward", "TargetGroupArn": ref("Targets")}],
            },
        ),
        Service=(
            "EC2::VPCEndpointService",
            {"NetworkLoadBalancerArns": [ref("Balancer")], "AcceptanceRequired": False, **(service or {})},
        ),
        Endpoint=(
            "EC2::VPCEndpoint",
            {
                **{"VpcId": ref("Vpc"), "VpcEndpointType": "Interface", "SubnetIds": [ref("A")]},
                "SecurityGroupIds": [ref("Open")],
                "ServiceName": {"Fn::Sub": "com.amazonaws.vpce.eu-central-1.${Service}"},
                **(endpoint or {}),
            },
        ),
    )


def zonal(by: str) -> Resources:
    """A Network Load Balancer with a node in the client's zone and one in the target's, which a network ACL
    closes: the target is reached if cross-zone load balancing is on. `by`: what has the attribute."""
    attribute = [{"Key": "load_balancing.cross_zone.enabled", "Value": "true"}]
    found = balanced({"Type": "network", "Scheme": "internal", "Subnets": [ref("A"), ref("N")]})
    kind, targets = found["Targets"]
    own = {"TargetGroupAttributes": attribute} if by == "target group" else {}
    found["Targets"] = kind, {**targets, "Protocol": "TCP", **own}
    kind, balancer = found["Balancer"]
    own = {"LoadBalancerAttributes": attribute} if by == "load balancer" else {}
    found["Balancer"] = kind, {**balancer, **own}
    kind, listener = found["Listener"]
    found["Listener"] = kind, {**listener, "Protocol": "TCP"}
    node = {"VpcId": ref("Vpc"), "CidrBlock": "10.0.3.0/24", "AvailabilityZone": "eu-central-1b"}
    return {
        **found,
        "N": ("EC2::Subnet", node),
        "Acl": ("EC2::NetworkAcl", {"VpcId": ref("Vpc")}),
        "Closed": ("EC2::SubnetNetworkAclAssociation", {"SubnetId": ref("N"), "NetworkAclId": ref("Acl")}),
        "Asking": group([{"IpProtocol": "-1", "SourceSecurityGroupId": ref("Open")}]),
        "Client": interface("A", "Asking", "10.0.1.20"),
    }


def on_premises(*, stated: bool = True) -> Resources:
    """A VPN connection to a network that states a block, or nothing."""
    route = {"VpnConnectionId": ref("Tunnel"), "DestinationCidrBlock": "192.168.0.0/24"}
    customer = {"BgpAsn": 65000, "IpAddress": "203.0.113.9", "Type": "ipsec.1"}
    connection = {"Type": "ipsec.1", "CustomerGatewayId": ref("Customer"), "VpnGatewayId": ref("Vpn")}
    return network(
        Vpn=("EC2::VPNGateway", {"Type": "ipsec.1"}),
        VpnJoin=("EC2::VPCGatewayAttachment", {"VpcId": ref("Vpc"), "VpnGatewayId": ref("Vpn")}),
        Customer=("EC2::CustomerGateway", customer),
        Tunnel=("EC2::VPNConnection", connection),
        Stated=("EC2::VPNConnectionRoute", route) if stated else None,
        Back=("EC2::NetworkInterface", {"SubnetId": ref("B"), "GroupSet": [ref("Open")]}),
        ToThere=(
            "EC2::Route",
            {"RouteTableId": ref("T"), "DestinationCidrBlock": "192.168.0.0/16", "GatewayId": ref("Vpn")},
        ),
    )


def filtered() -> Resources:
    """A network ACL of its own for the public subnet, and `Web` with a public address."""
    rules = ((50, "deny", "10.99.0.0/16"), (100, "allow", "0.0.0.0/0"))
    entries: Resources = {
        f"Entry{number}{'Out' if egress else 'In'}": (
            "EC2::NetworkAclEntry",
            {
                **{"NetworkAclId": ref("Acl"), "RuleNumber": number, "RuleAction": action, "Protocol": -1},
                **{"Egress": egress, "CidrBlock": block},
            },
        )
        for number, action, block in rules
        for egress in (False, True)
    }
    return network(
        **public("Web"),
        **entries,
        Acl=("EC2::NetworkAcl", {"VpcId": ref("Vpc")}),
        Filtered=("EC2::SubnetNetworkAclAssociation", {"SubnetId": ref("A"), "NetworkAclId": ref("Acl")}),
    )


def hosts() -> Resources:
    """What makes interfaces of its own, with an open security group."""
    settings = {"SubnetIds": [ref("B")], "SecurityGroupIds": [ref("Open")]}
    described = {"DeviceIndex": "0", "SubnetId": ref("B"), "GroupSet": [ref("Open")]}
    return network(
        Instance=("EC2::Instance", {"SubnetId": ref("B"), "SecurityGroupIds": [ref("Open")]}),
        Described=("EC2::Instance", {"NetworkInterfaces": [described]}),
        Function=("Lambda::Function", {"VpcConfig": settings}),
        Notebook=(
            "SageMaker::NotebookInstance",
            {
                **{"SubnetId": ref("B"), "SecurityGroupIds": [ref("Open")]},
                **{"DirectInternetAccess": "Disabled", "Tags": [{"Key": "ringwork:team", "Value": "fraud"}]},
            },
        ),
    )


# --- the same with one thing not known


def mutants(resources: Resources) -> Iterator[tuple[str, Resources]]:
    """The network with each value of each property, at any depth, not known."""
    for name, (type, properties) in resources.items():
        for path in _paths(properties):
            changed = dict(resources)
            changed[name] = type, _put(properties, path, UNKNOWN)
            yield f"{name}.{'.'.join(map(str, path))}", changed


def _paths(value: object) -> Iterator[tuple[str | int, ...]]:
    if isinstance(value, Mapping) and not {"Ref", "Fn::GetAtt", "Fn::Sub"} & value.keys():
        items: Iterator[tuple[str | int, object]] = iter(value.items())
    elif isinstance(value, list):
        items = iter(enumerate(value))
    else:
        return
    for name, inner in items:
        yield (name,)
        yield from ((name, *path) for path in _paths(inner))


def _put(value: Any, path: tuple[str | int, ...], new: object) -> Any:
    if not path:
        return new
    changed = copy.copy(value)
    changed[path[0]] = _put(value[path[0]], path[1:], new)
    return changed
