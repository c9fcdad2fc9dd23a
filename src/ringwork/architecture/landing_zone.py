"""The network as a configuration of AWS's Landing Zone Accelerator (LZA), for organizations that have one.

LZA then builds VPCs, subnets, route tables, network ACLs, gateways, Transit Gateways and their route tables;
Ringwork builds the rest inside them (`network.existing` of the blueprint). Read from the compiled stacks, so
that the two never differ. The words are those of LZA's `network-config.yaml` (awslabs,
landing-zone-accelerator-on-aws v1.15, `INetworkConfig`).

Not in it, because LZA has no words for it: security groups that name AWS-managed prefix lists, interface
endpoints with a policy of their own group, requests that are accepted one by one (LZA accepts attachments
of its own accounts by itself).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from ringwork.architecture.check.scope import Found, Scope
from ringwork.blueprint.addresses import INSPECTION, shared_vpcs
from ringwork.blueprint.model import Blueprint
from ringwork.estate import Stack
from ringwork.source import InputError

Json = dict[str, Any]
_ZONES = ("a", "b", "c")
_GATEWAYS = {"GatewayId": "internetGateway", "NatGatewayId": "natGateway"}


class _Reading:
    """Stacks by VPC, with the names that LZA refers to things by."""

    def __init__(self, stacks: Sequence[Stack], accounts: Mapping[str, str]) -> None:
        self.scope = Scope(stacks)
        self.accounts = accounts
        self.names: dict[tuple[str, str], str] = {}
        for stack, logical, _, properties in self.scope.resources(
            "AWS::EC2::VPC",
            "AWS::EC2::Subnet",
            "AWS::EC2::RouteTable",
            "AWS::EC2::NetworkAcl",
            "AWS::EC2::TransitGateway",
            "AWS::EC2::TransitGatewayRouteTable",
            "AWS::EC2::NatGateway",
            "AWS::EC2::TransitGatewayVpcAttachment",
        ):
            tags = {tag["Key"]: tag["Value"] for tag in properties.get("Tags", ())}
            self.names[stack.id, logical] = str(tags.get("Name", f"{stack.name}-{logical}"))

    def key(self, stack: Stack, value: Any) -> tuple[str, str] | None:
        target = self.scope.target(stack, value)
        return None if target is None else target.key

    def name(self, stack: Stack, value: Any) -> str:
        found = self.key(stack, value)
        return self.names[found] if found in self.names else str(value)

    def account(self, stack: Stack) -> str:
        return self.accounts[stack.account]

    def grouped(self, type: str, by: str) -> Mapping[tuple[str, str] | None, list[Found]]:
        """Resources of a type by what their property `by` leads to."""
        found: dict[tuple[str, str] | None, list[Found]] = defaultdict(list)
        for entry in self.scope.resources(type):
            found[self.key(entry[0], entry[3].get(by))].append(entry)
        return found


def refuse_what_has_no_words(blueprint: Blueprint) -> None:
    """Raise `InputError` where a configuration would leave out what keeps the network closed."""
    if blueprint.network.ipv6:
        raise InputError(
            "the blueprint asks for IPv6, which is not written for the Landing Zone Accelerator",
            help="set `network: {ipv6: false}`, or deploy the network with `ringwork deploy`",
        )
    if shared_vpcs(blueprint).count(INSPECTION):
        raise InputError(
            "the blueprint's egress passes an inspection VPC, whose firewall is not written for the Landing "
            "Zone Accelerator",
            help="remove `egress`, or deploy the network with `ringwork deploy`",
        )


def network_config(stacks: Sequence[Stack], accounts: Mapping[str, str]) -> Json:
    """`network-config.yaml`, as a value. `accounts`: account id -> name in LZA's `accounts-config.yaml`."""
    reading = _Reading(stacks, accounts)
    return {
        "defaultVpc": {"delete": True, "excludeAccounts": []},
        "transitGateways": _transit_gateways(reading),
        "endpointPolicies": [],
        "vpcs": _vpcs(reading),
    }


def _vpcs(reading: _Reading) -> list[Json]:
    subnets = reading.grouped("AWS::EC2::Subnet", "VpcId")
    tables = reading.grouped("AWS::EC2::RouteTable", "VpcId")
    routes = reading.grouped("AWS::EC2::Route", "RouteTableId")
    associations = {
        reading.key(stack, properties["SubnetId"]): reading.name(stack, properties["RouteTableId"])
        for stack, _, _, properties in reading.scope.resources("AWS::EC2::SubnetRouteTableAssociation")
    }
    acls = reading.grouped("AWS::EC2::NetworkAcl", "VpcId")
    entries = reading.grouped("AWS::EC2::NetworkAclEntry", "NetworkAclId")
    guarded = reading.grouped("AWS::EC2::SubnetNetworkAclAssociation", "NetworkAclId")
    gateways = reading.grouped("AWS::EC2::VPCGatewayAttachment", "VpcId")
    nats = reading.grouped("AWS::EC2::NatGateway", "SubnetId")
    attached = reading.grouped("AWS::EC2::TransitGatewayVpcAttachment", "VpcId")
    associated = reading.grouped(
        "AWS::EC2::TransitGatewayRouteTableAssociation", "TransitGatewayAttachmentId"
    )
    found = []
    for stack, logical, _, properties in reading.scope.resources("AWS::EC2::VPC"):
        vpc = (stack.id, logical)
        config: Json = {
            "name": reading.names[vpc],
            "account": reading.account(stack),
            "region": stack.region,
            "cidrs": [properties["CidrBlock"]],
            "enableDnsHostnames": properties.get("EnableDnsHostnames", False),
            "enableDnsSupport": properties.get("EnableDnsSupport", True),
            "defaultSecurityGroupRulesDeletion": True,
            "internetGateway": bool(gateways.get(vpc)),
            "subnets": [
                {
                    "name": reading.names[s.id, name],
                    "availabilityZone": _zone(given.get("AvailabilityZone")),
                    "ipv4CidrBlock": given["CidrBlock"],
                    "routeTable": associations.get((s.id, name), ""),
                    "mapPublicIpOnLaunch": False,
                    "tags": _tags(given),
                }
                for s, name, _, given in subnets.get(vpc, ())
            ],
            "routeTables": [
                {
                    "name": reading.names[s.id, name],
                    "routes": [
                        route
                        for entry in routes.get((s.id, name), ())
                        if (route := _route(reading, entry)) is not None
                    ],
                    "tags": _tags(given),
                }
                for s, name, _, given in tables.get(vpc, ())
            ],
            "networkAcls": [_acl(reading, entry, entries, guarded) for entry in acls.get(vpc, ())],
            "vpcFlowLogs": {
                "trafficType": "ALL",
                "maxAggregationInterval": 600,
                "destinations": ["cloud-watch-logs"],
                "defaultFormat": True,
                "customFields": [],
                "destinationsConfig": {"cloudWatchLogs": {"retentionInDays": 365}},
            },
            "tags": _tags(properties),
        }
        standing = [
            {"name": reading.names[n.id, name], "subnet": reading.names[s.id, subnet]}
            for s, subnet, _, _ in subnets.get(vpc, ())
            for n, name, _, _ in nats.get((s.id, subnet), ())
        ]
        if standing:
            config["natGateways"] = standing
        joins = [_attachment(reading, entry, associated) for entry in attached.get(vpc, ())]
        if joins:
            config["transitGatewayAttachments"] = joins
        found.append(config)
    return found


def _zone(value: Any) -> str:
    """`Select 0 GetAZs` is zone a: LZA takes the letter."""
    if isinstance(value, Mapping) and "Fn::Select" in value:
        return _ZONES[int(value["Fn::Select"][0])]
    return str(value)


def _tags(properties: Mapping[str, Any]) -> list[Json]:
    """LZA sets Name by itself."""
    return [
        {"key": tag["Key"], "value": tag["Value"]}
        for tag in properties.get("Tags", ())
        if tag["Key"] != "Name"
    ]


def _route(reading: _Reading, entry: Found) -> Json | None:
    """A static route; None for one to a firewall endpoint, whose id LZA finds by the firewall's name."""
    stack, logical, _, properties = entry
    route: Json = {"name": logical}
    if "DestinationIpv6CidrBlock" in properties:
        route["ipv6Destination"] = properties["DestinationIpv6CidrBlock"]
    else:
        route["destination"] = properties["DestinationCidrBlock"]
    if "TransitGatewayId" in properties:
        target = reading.name(stack, properties["TransitGatewayId"])
        return {**route, "type": "transitGateway", "target": target}
    for name, kind in _GATEWAYS.items():
        if name in properties:
            if kind == "internetGateway":
                return {**route, "type": kind}
            return {**route, "type": kind, "target": reading.name(stack, properties[name])}
    return None


def _acl(
    reading: _Reading,
    entry: Found,
    entries: Mapping[tuple[str, str] | None, list[Found]],
    guarded: Mapping[tuple[str, str] | None, list[Found]],
) -> Json:
    stack, logical, _, _ = entry
    rules: dict[str, list[Json]] = {"inboundRules": [], "outboundRules": []}
    for _, _, _, line in sorted(entries.get((stack.id, logical), ()), key=lambda e: e[3]["RuleNumber"]):
        egress = line.get("Egress", False)
        ports = line.get("PortRange", {})
        rule: Json = {
            "rule": line["RuleNumber"],
            "protocol": line["Protocol"],
            "action": line["RuleAction"],
            "destination" if egress else "source": line.get("CidrBlock") or line.get("Ipv6CidrBlock"),
        }
        if ports:
            rule |= {"fromPort": ports["From"], "toPort": ports["To"]}
        elif line["Protocol"] == -1:
            rule |= {"fromPort": -1, "toPort": -1}
        rules["outboundRules" if egress else "inboundRules"].append(rule)
    return {
        "name": reading.names[stack.id, logical],
        "subnetAssociations": [
            reading.name(s, properties["SubnetId"])
            for s, _, _, properties in guarded.get((stack.id, logical), ())
        ],
        **rules,
    }


def _attachment(
    reading: _Reading, entry: Found, associated: Mapping[tuple[str, str] | None, list[Found]]
) -> Json:
    stack, logical, _, properties = entry
    gateway = reading.scope.target(stack, properties["TransitGatewayId"])
    options = properties.get("Options", {})
    return {
        "name": reading.names[stack.id, logical],
        "transitGateway": {
            "name": reading.name(stack, properties["TransitGatewayId"]),
            "account": reading.account(gateway.stack if gateway else stack),
        },
        "subnets": [reading.name(stack, subnet) for subnet in properties["SubnetIds"]],
        "routeTableAssociations": [
            reading.name(s, given["TransitGatewayRouteTableId"])
            for s, _, _, given in associated.get((stack.id, logical), ())
        ],
        "routeTablePropagations": [],
        "options": {
            "applianceModeSupport": options.get("ApplianceModeSupport", "disable"),
            "dnsSupport": options.get("DnsSupport", "enable"),
        },
    }


def _transit_gateways(reading: _Reading) -> list[Json]:
    tables = reading.grouped("AWS::EC2::TransitGatewayRouteTable", "TransitGatewayId")
    routes = reading.grouped("AWS::EC2::TransitGatewayRoute", "TransitGatewayRouteTableId")
    attached = reading.grouped("AWS::EC2::TransitGatewayVpcAttachment", "TransitGatewayId")
    found = []
    for stack, logical, _, properties in reading.scope.resources("AWS::EC2::TransitGateway"):
        gateway = (stack.id, logical)
        others = sorted({reading.account(s) for s, _, _, _ in attached.get(gateway, ())})
        shared = [name for name in others if name != reading.account(stack)]
        config: Json = {
            "name": reading.names[gateway],
            "account": reading.account(stack),
            "region": stack.region,
            "asn": int(properties.get("AmazonSideAsn", 64512)),
            "dnsSupport": properties.get("DnsSupport", "enable"),
            "vpnEcmpSupport": properties.get("VpnEcmpSupport", "disable"),
            "defaultRouteTableAssociation": "disable",
            "defaultRouteTablePropagation": "disable",
            "autoAcceptSharingAttachments": "enable" if shared else "disable",
            "routeTables": [
                {
                    "name": reading.names[s.id, name],
                    "routes": [_transit_route(reading, e) for e in routes.get((s.id, name), ())],
                }
                for s, name, _, _ in tables.get(gateway, ())
            ],
        }
        if shared:
            config["shareTargets"] = {"accounts": shared}
        found.append(config)
    return found


def _transit_route(reading: _Reading, entry: Found) -> Json:
    stack, _, _, properties = entry
    route: Json = {"destinationCidrBlock": properties["DestinationCidrBlock"]}
    if properties.get("Blackhole"):
        return {**route, "blackhole": True}
    attachment = reading.scope.target(stack, properties.get("TransitGatewayAttachmentId"))
    if attachment is None:
        return route
    given = attachment.stack.template["Resources"][attachment.logical]["Properties"]
    return {
        **route,
        "attachment": {
            "account": reading.account(attachment.stack),
            "vpcName": reading.name(attachment.stack, given.get("VpcId")),
        },
    }
