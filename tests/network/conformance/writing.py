"""Resources as a collector writes them, under the names of a case."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ringwork.estate import Reference, Resource, resource_key
from ringwork.findings import Origin

ACCOUNT = "111111111111"
REGION = "r1"
"""of whatever a case does not place; `r1` is how the cases call the first Region"""

TYPES: Mapping[str, str] = {
    kind: f"AWS::{name}"
    for kind, name in {
        "vpc": "EC2::VPC",
        "block": "EC2::VPCCidrBlock",
        "subnet": "EC2::Subnet",
        "pl": "EC2::PrefixList",
        "sg": "EC2::SecurityGroup",
        "sg-in": "EC2::SecurityGroupIngress",
        "sg-out": "EC2::SecurityGroupEgress",
        "nacl": "EC2::NetworkAcl",
        "nacl-entry": "EC2::NetworkAclEntry",
        "nacl-of": "EC2::SubnetNetworkAclAssociation",
        "eni": "EC2::NetworkInterface",
        "instance": "EC2::Instance",
        "eip": "EC2::EIP",
        "igw": "EC2::InternetGateway",
        "eigw": "EC2::EgressOnlyInternetGateway",
        "gateway-of": "EC2::VPCGatewayAttachment",
        "vgw": "EC2::VPNGateway",
        "cgw": "EC2::CustomerGateway",
        "vpn": "EC2::VPNConnection",
        "vpn-route": "EC2::VPNConnectionRoute",
        "nat": "EC2::NatGateway",
        "pcx": "EC2::VPCPeeringConnection",
        "rtb": "EC2::RouteTable",
        "rtb-of": "EC2::SubnetRouteTableAssociation",
        "rtb-edge": "EC2::GatewayRouteTableAssociation",
        "route": "EC2::Route",
        "tgw": "EC2::TransitGateway",
        "tgw-table": "EC2::TransitGatewayRouteTable",
        "tgw-at": "EC2::TransitGatewayVpcAttachment",
        "tgw-assoc": "EC2::TransitGatewayRouteTableAssociation",
        "tgw-prop": "EC2::TransitGatewayRouteTablePropagation",
        "tgw-route": "EC2::TransitGatewayRoute",
        "gwe": "EC2::VPCEndpoint",
        "vpce": "EC2::VPCEndpoint",
        "gwlbe": "EC2::VPCEndpoint",
        "service": "EC2::VPCEndpointService",
        "bpa": "EC2::VPCBlockPublicAccessOptions",
        "bpa-exclusion": "EC2::VPCBlockPublicAccessExclusion",
        "tg": "ElasticLoadBalancingV2::TargetGroup",
        "nlb": "ElasticLoadBalancingV2::LoadBalancer",
        "listener": "ElasticLoadBalancingV2::Listener",
        "firewall": "NetworkFirewall::Firewall",
        "policy": "NetworkFirewall::FirewallPolicy",
        "rules": "NetworkFirewall::RuleGroup",
    }.items()
} | {"propagated": "live:ec2:propagated-route"}
"""kind of a thing in a case -> its type"""


class Writing:
    """What has been written so far, by kind and name."""

    def __init__(self, full: Mapping[str, Any]) -> None:
        self._full = full
        self._resources: list[Resource] = []
        self.keys: dict[str, str] = {}

    def resources(self) -> tuple[Resource, ...]:
        return tuple(self._resources)

    def account(self, vpc: str | None) -> str:
        return str(self._full["accounts"].get(vpc, ACCOUNT))

    def region(self, vpc: str | None) -> str:
        return str(self._full["vpcs"].get(vpc, {}).get("region", REGION))

    def add(
        self,
        kind: str,
        name: str,
        properties: Mapping[str, Any],
        attributes: Mapping[str, Any] | None = None,
        *,
        vpc: str | None = None,
    ) -> None:
        """One resource where its VPC is; a value of None is left out."""
        account, region = self.account(vpc), self.region(vpc)
        key = resource_key(account, region, TYPES[kind], name)
        self.keys[f"{kind}:{name}"] = key
        self._resources.append(
            Resource(
                key=key,
                type=TYPES[kind],
                properties={member: value for member, value in properties.items() if value is not None},
                account=account,
                region=region,
                physical=name,
                arn=f"arn:aws:{kind}:{region}:{account}:{name}" if kind in _BY_ARN else None,
                attributes={k: v for k, v in (attributes or {}).items() if v is not None},
                origins=(Origin(operation=f"case:{kind}"),),
            )
        )

    def found(self, kind: str, name: str) -> tuple[str, str]:
        """The thing that a route names: a bare word is the only one of its kind."""
        if name == kind and f"{kind}:{name}" not in self.keys:
            of_kind = [key for key in self.keys if key.startswith(f"{kind}:")]
            if len(of_kind) == 1:
                return kind, of_kind[0].removeprefix(f"{kind}:")
        return kind, name

    def ref(self, kind: str, name: str) -> Reference | str:
        """A reference to what has been written, else the name as an id that nothing has."""
        key = self.keys.get(f"{kind}:{name}")
        return Reference(key) if key is not None else name


_BY_ARN = frozenset({"tg", "nlb", "listener", "firewall", "policy", "rules"})
"""kinds whose Ref is their ARN"""
