"""What AWS bills of an estate for being there: hours, keys, rules; and what it bills by use, which no design
tells.

Each row of `COUNTED` names what is billed and how a line of AWS's price list for it is known. The names of
usage types are those of AWS's own price list files; each service's pricing page says what is billed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from ringwork.estate.billing import BY_USE, free
from ringwork.estate.estate import Estate
from ringwork.estate.model import Resource

HOURS = 730
"""of a month, as AWS's own calculator takes it (AWS Pricing Calculator user guide, "hours per month")"""

Amounts = Iterator[tuple[str, int | None]]
"""Detail (an instance type; empty: none) and how many; None: it cannot be known from the estate"""
_UNKNOWN = "a type that is not known"


@dataclass(frozen=True, slots=True)
class Billed:
    """Something that AWS bills for each hour or month that it exists."""

    id: str
    what: str
    types: tuple[str, ...]
    count: Callable[[Estate, Resource], Amounts]
    hourly: bool
    """billed by the hour; else by the month"""
    service: str
    """service code of the price list file that has it"""
    usage: str
    """its usage type there, without the Region's prefix; `{}` is the detail; empty: not known, so that it is
    counted and never priced"""
    source: str
    """the page that says what is billed"""
    attributes: Mapping[str, str] = field(default_factory=dict)
    """what else the product has in the price list"""
    everywhere: bool = False
    """one price for all Regions"""
    region: Callable[[Estate, Resource], str] = lambda _, resource: resource.region or ""


@dataclass(frozen=True, slots=True)
class Quantity:
    """How much of one thing in one Region, all accounts together."""

    billed: Billed
    region: str
    detail: str
    count: int | None
    """None: part of it cannot be known from the estate"""

    @property
    def key(self) -> tuple[str, str, str]:
        """What its price depends on: equal keys, equal prices."""
        return (self.billed.id, self.region, self.detail)

    @property
    def monthly(self) -> int | None:
        """Hours or units of a month."""
        if self.count is None:
            return None
        return self.count * HOURS if self.billed.hourly else self.count

    @property
    def unit(self) -> str:
        return "hours" if self.billed.hourly else "months"


@dataclass(frozen=True, slots=True)
class Quantities:
    counted: tuple[Quantity, ...]
    by_use: Mapping[str, int]
    """what is billed by use -> how many resources: the quantity depends on what runs"""
    unclassified: Mapping[str, int]
    """type that no table here speaks of -> how many resources"""


def quantities(estate: Estate) -> Quantities:
    """Count `estate`. Equal estates give equal quantities."""
    counted: list[Quantity] = []
    for billed in COUNTED:
        sums: dict[tuple[str, str], int | None] = {}
        for resource in estate.of_type(*billed.types):
            region = "" if billed.everywhere else billed.region(estate, resource)
            for detail, number in billed.count(estate, resource):
                before = sums.get((region, detail), 0)
                sums[region, detail] = None if number is None or before is None else before + number
        counted += [
            Quantity(billed, region, detail, number)
            for (region, detail), number in sorted(sums.items(), key=lambda item: item[0])
            if number != 0
        ]
    by_use: Counter[str] = Counter()
    unclassified: Counter[str] = Counter()
    known = {type for billed in COUNTED for type in billed.types}
    for type in sorted(estate.types):
        number = len(estate.of_type(type))
        if type in BY_USE:
            by_use[BY_USE[type]] += number
        if type not in known and type not in BY_USE and not free(type):
            unclassified[type] = number
    return Quantities(tuple(counted), dict(sorted(by_use.items())), dict(unclassified))


# --- how many -------------------------------------------------------------------------------------------


def _one(_: Estate, __: Resource) -> Amounts:
    yield "", 1


def _length(value: Any) -> int | None:
    """Items of a list; none where it is absent; None where it is not known."""
    if value is None:
        return 0
    return len(value) if isinstance(value, tuple | list) else None


def _each(name: str) -> Callable[[Estate, Resource], Amounts]:
    """As many as the property `name` has items."""

    def count(_: Estate, resource: Resource) -> Amounts:
        yield "", _length(resource.properties.get(name))

    return count


def _endpoint_zones(estate: Estate, resource: Resource) -> Amounts:
    """A gateway endpoint costs nothing; the others are billed in each zone (subnet)."""
    kind = estate.literal(resource.properties.get("VpcEndpointType"))
    if kind in ("Interface", "Resource", "ServiceNetwork"):
        yield "", _length(resource.properties.get("SubnetIds"))
    elif kind == "GatewayLoadBalancer":
        yield "GWLBE-", _length(resource.properties.get("SubnetIds"))


def _balancer(kind: str) -> Callable[[Estate, Resource], Amounts]:
    def count(estate: Estate, resource: Resource) -> Amounts:
        if (estate.literal(resource.properties.get("Type")) or "application") == kind:
            yield "", 1

    return count


def _whole(value: Any) -> int | None:
    return (
        value
        if isinstance(value, int)
        else int(value)
        if isinstance(value, str) and value.isdigit()
        else None
    )


def _serving(estate: Estate, endpoint: Resource) -> Amounts:
    """Instances of an endpoint's variants, its shadow's too. A serverless variant has none."""
    config = estate.resolve(endpoint.properties.get("EndpointConfigName"))
    if config is None:
        yield _UNKNOWN, None
        return
    for name in ("ProductionVariants", "ShadowProductionVariants"):
        for variant in config.properties.get(name) or ():  # type: ignore[union-attr]
            if isinstance(variant, Mapping) and variant.get("ServerlessConfig") is None:
                type = estate.literal(variant.get("InstanceType"))
                yield (
                    type or _UNKNOWN,
                    _whole(variant.get("InitialInstanceCount")),
                )


def _notebook(estate: Estate, resource: Resource) -> Amounts:
    yield estate.literal(resource.properties.get("InstanceType")) or _UNKNOWN, 1


def _launched(estate: Estate, resource: Resource) -> tuple[str, Mapping[str, Any]]:
    """Instance type, and the properties that say so: the instance's or its launch template's."""
    found: Mapping[str, Any] = resource.properties
    given = resource.properties.get("LaunchTemplate")
    if isinstance(given, Mapping):
        template = estate.resolve(given.get("LaunchTemplateId"))
        data = template.properties.get("LaunchTemplateData") if template else None
        if isinstance(data, Mapping):
            found = {**data, **resource.properties}
    return estate.literal(found.get("InstanceType")) or _UNKNOWN, found


def _machines(resource: Resource) -> int | None:
    """1 for an instance; of a group as many as it starts with."""
    if resource.type == "AWS::EC2::Instance":
        return 1
    wanted = resource.properties.get("DesiredCapacity", resource.properties.get("MinSize"))
    return _whole(wanted)


def _instances(estate: Estate, resource: Resource) -> Amounts:
    yield _launched(estate, resource)[0], _machines(resource)


def _disks(estate: Estate, resource: Resource) -> Amounts:
    """Gigabytes of the volumes that block device mappings name; those of the image are not counted."""
    number = _machines(resource)
    mappings = _launched(estate, resource)[1].get("BlockDeviceMappings")
    for mapping in mappings if isinstance(mappings, tuple | list) else ():
        disk = mapping.get("Ebs") if isinstance(mapping, Mapping) else None
        if isinstance(disk, Mapping):
            size = _whole(disk.get("VolumeSize"))
            type = estate.literal(disk.get("VolumeType")) or "gp2"  # Amazon EBS: the default of the API
            yield type, None if size is None or number is None else size * number


# --- what is billed for being there ---------------------------------------------------------------------

COUNTED: tuple[Billed, ...] = (
    Billed(
        "endpoint-zones", "interface endpoints, each zone", ("AWS::EC2::VPCEndpoint",), _endpoint_zones,
        True, "AmazonVPC", "VpcEndpoint-{}Hours", "AWS PrivateLink pricing",
    ),
    Billed(
        "transit-attachments", "Transit Gateway attachments of VPCs",
        ("AWS::EC2::TransitGatewayVpcAttachment", "AWS::EC2::TransitGatewayAttachment"), _one,
        True, "AmazonVPC", "TransitGateway-Hours", "AWS Transit Gateway pricing",
        {"operation": "TransitGatewayVPC"},
    ),
    Billed(
        "transit-peerings", "Transit Gateway peerings, who asks",
        ("AWS::EC2::TransitGatewayPeeringAttachment",), _one,
        True, "AmazonVPC", "TransitGateway-Hours", "AWS Transit Gateway pricing",
        {"operation": "TransitGatewayPeering"},
    ),
    Billed(
        "transit-peers", "Transit Gateway peerings, who is asked",
        ("AWS::EC2::TransitGatewayPeeringAttachment",), _one,
        True, "AmazonVPC", "TransitGateway-Hours", "AWS Transit Gateway pricing",
        {"operation": "TransitGatewayPeering"},
        region=lambda estate, resource: estate.literal(resource.properties.get("PeerRegion")) or "",
    ),
    Billed(
        "nat-gateways", "NAT gateways", ("AWS::EC2::NatGateway",), _one,
        True, "AmazonEC2", "NatGateway-Hours", "Amazon VPC pricing, NAT gateway",
    ),
    Billed(
        "public-addresses", "public IPv4 addresses", ("AWS::EC2::EIP",), _one,
        True, "AmazonVPC", "PublicIPv4:InUseAddress", "Amazon VPC pricing, public IPv4 address",
    ),
    Billed(
        "firewall-endpoints", "Network Firewall endpoints", ("AWS::NetworkFirewall::Firewall",),
        _each("SubnetMappings"),
        True, "AWSNetworkFirewall", "Endpoint-Hour", "AWS Network Firewall pricing",
    ),
    Billed(
        "resolver-addresses", "Route 53 Resolver endpoint addresses",
        ("AWS::Route53Resolver::ResolverEndpoint",),
        _each("IpAddresses"),
        True, "AmazonRoute53", "ResolverNetworkInterface", "Amazon Route 53 pricing, Resolver",
    ),
    Billed(
        "network-balancers", "Network Load Balancers", ("AWS::ElasticLoadBalancingV2::LoadBalancer",),
        _balancer("network"),
        True, "AWSELB", "LoadBalancerUsage", "Elastic Load Balancing pricing",
        {"operation": "LoadBalancing:Network"},
    ),
    Billed(
        "application-balancers", "Application Load Balancers", ("AWS::ElasticLoadBalancingV2::LoadBalancer",),
        _balancer("application"),
        True, "AWSELB", "LoadBalancerUsage", "Elastic Load Balancing pricing",
        {"operation": "LoadBalancing:Application"},
    ),
    Billed(
        "endpoint-instances", "SageMaker endpoint instances", ("AWS::SageMaker::Endpoint",), _serving,
        True, "AmazonSageMaker", "Host:{}", "Amazon SageMaker AI pricing, real-time inference",
    ),
    Billed(
        "notebook-instances", "SageMaker notebook instances", ("AWS::SageMaker::NotebookInstance",),
        _notebook,
        True, "AmazonSageMaker", "Notebk:{}", "Amazon SageMaker AI pricing, notebook instances",
    ),
    Billed(
        "instances", "EC2 instances, Linux", ("AWS::EC2::Instance", "AWS::AutoScaling::AutoScalingGroup"),
        _instances,
        # EC2 user guide, "AMI billing information fields": `RunInstances` alone is Linux
        True, "AmazonEC2", "BoxUsage:{}", "Amazon EC2 on-demand pricing",
        {"operation": "RunInstances"},
    ),
    Billed(
        "disks", "EBS gigabytes", ("AWS::EC2::Instance", "AWS::AutoScaling::AutoScalingGroup"), _disks,
        False, "AmazonEC2", "EBS:VolumeUsage.{}", "Amazon EBS pricing",
    ),
    Billed(
        "keys", "KMS keys", ("AWS::KMS::Key", "AWS::KMS::ReplicaKey"), _one,
        False, "awskms", "KMS-Keys", "AWS KMS pricing",
    ),
    Billed(
        "web-acls", "WAF web ACLs", ("AWS::WAFv2::WebACL",), _one,
        False, "awswaf", "WebACLV2", "AWS WAF pricing",
    ),
    Billed(
        "web-rules", "WAF rules", ("AWS::WAFv2::WebACL", "AWS::WAFv2::RuleGroup"), _each("Rules"),
        False, "awswaf", "RuleV2", "AWS WAF pricing",
    ),
    Billed(
        "hosted-zones", "Route 53 hosted zones", ("AWS::Route53::HostedZone",), _one,
        False, "AmazonRoute53", "HostedZone", "Amazon Route 53 pricing, hosted zones",
        everywhere=True,
    ),
    Billed(
        "dns-profiles", "Route 53 Profile associations with VPCs",
        ("AWS::Route53Profiles::ProfileAssociation",),
        _one, True, "AmazonRoute53", "", "Amazon Route 53 pricing, Profiles",
    ),
    Billed(
        "alarms", "CloudWatch alarms", ("AWS::CloudWatch::Alarm",), _one,
        False, "AmazonCloudWatch", "CW:AlarmMonitorUsage", "Amazon CloudWatch pricing, alarms",
        {"alarmtype": "Standard"},
    ),
    Billed(
        "secrets", "Secrets Manager secrets", ("AWS::SecretsManager::Secret",), _one,
        False, "AWSSecretsManager", "", "AWS Secrets Manager pricing",
    ),
)  # fmt: skip
"""In the order in which they are shown: networks, machines, the rest."""
