"""NET-22, NET-25 and NET-29: AWS is reached through endpoints, from every zone."""

from __future__ import annotations

from collections.abc import Iterator

from ringwork.controls.control import Control, Outcome, UndecidedError, each, proved, reading, violated
from ringwork.controls.network.endpoint_services import of_somebody
from ringwork.controls.network.shared_names import NAME_READS, has_alias, vpcs_of, zones_of
from ringwork.controls.network.tables import TABLE_READS, Tables
from ringwork.controls.scope import SCOPE_READS, ml_vpcs, workload_subnets, workload_vpcs
from ringwork.controls.values import items, named, read, target, text, truth
from ringwork.estate import Estate, Resource
from ringwork.estate.arns import dns_suffix
from ringwork.findings import Severity


def _of_service(estate: Estate, kind: str, service_name: str, region: str | None) -> Iterator[Resource]:
    """Endpoints of this type for the service in this Region (none: any). Raises `UndecidedError`.

    A live endpoint passes nothing on unless it is `available` (EC2 API Reference, VpcEndpoint, State).
    """
    suffix = f".{region}.{service_name}" if region else f".{service_name}"
    for endpoint in estate.of_type("AWS::EC2::VPCEndpoint"):
        if read(endpoint, "VpcEndpointType") != kind:
            continue
        if str(endpoint.attributes.get("State", "available")).lower() != "available":
            continue
        if of_somebody(estate, endpoint):
            continue
        service = text(estate, endpoint, "ServiceName")
        if service is not None and service.endswith(suffix):
            yield endpoint


def check_api(estate: Estate) -> Iterator[Outcome]:
    """One interface endpoint for the SageMaker API in each ML VPC, or a shared one, under the API's own name.

    The VPC must have both DNS attributes on (AWS PrivateLink guide, "Private DNS").
    """

    def decide(vpc: Resource) -> Iterator[Outcome]:
        without_name = None
        for endpoint in _of_service(estate, "Interface", "sagemaker.api", vpc.region):
            if named(estate, endpoint, "VpcId") != vpc.key or not items(endpoint, "SubnetIds"):
                continue
            if truth(endpoint, "PrivateDnsEnabled"):
                for name in ("EnableDnsSupport", "EnableDnsHostnames"):
                    if not truth(vpc, name):
                        message = f"does not resolve the private name of `{endpoint.name}`"
                        yield violated(vpc, message, name, evidence=(f"{name}: false",))
                        return
                yield proved(vpc, f"reaches the SageMaker API through `{endpoint.name}`")
                return
            without_name = endpoint
        shared = _shared(estate, vpc)
        if shared is not None:
            yield proved(vpc, f"resolves the SageMaker API's name to the shared endpoint `{shared.name}`")
            return
        if without_name is not None:
            message = f"`{without_name.name}` has no private DNS, so clients still go to the public address"
            yield violated(vpc, message, "PrivateDnsEnabled", blame=without_name)
        else:
            yield violated(vpc, "has no interface endpoint for the SageMaker API", by_absence=True)

    yield from each(workload_vpcs(estate), decide)


def _shared(estate: Estate, vpc: Resource) -> Resource | None:
    """The endpoint, in a VPC that others share, to which the API's name leads in this VPC: by a private
    hosted zone with the host's own name (control NET-33), that the VPC resolves from."""
    name = f"api.sagemaker.{vpc.region}.{dns_suffix(vpc.region or '')}"
    for zone in zones_of(estate, vpc):
        if text(estate, zone, "Name") != name or not has_alias(estate, zone, name):
            continue
        for endpoint in _of_service(estate, "Interface", "sagemaker.api", vpc.region):
            if named(estate, endpoint, "VpcId") in vpcs_of(estate, zone) and items(endpoint, "SubnetIds"):
                return endpoint
    return None


def check_s3(estate: Estate) -> Iterator[Outcome]:
    """Every route table that a workload subnet uses is listed by a gateway endpoint for S3."""
    tables = Tables(estate)

    def decide(subnet: Resource) -> Iterator[Outcome]:
        table = tables.of(subnet)
        if table is None:
            message = "uses the VPC's main route table, which no gateway endpoint can list in a template"
            yield violated(subnet, message, by_absence=True)
            return
        doubt: UndecidedError | None = None
        for endpoint in _of_service(estate, "Gateway", "s3", subnet.region):
            for value in items(endpoint, "RouteTableIds"):
                try:
                    if target(estate, value) == table:
                        yield proved(subnet, f"reaches S3 through `{endpoint.name}`")
                        return
                except UndecidedError as error:
                    doubt = UndecidedError(error.reason, "RouteTableIds", resource=endpoint)
        if doubt is not None:
            raise doubt
        found = estate.get(table)
        name = found.name if found is not None else table
        yield violated(subnet, f"no S3 gateway endpoint is on its route table `{name}`", by_absence=True)

    yield from each(workload_subnets(estate), decide)


def check_zones(estate: Estate) -> Iterator[Outcome]:
    """Two subnets at least, in two Availability Zones.

    EC2 refuses two subnets of one zone for one interface endpoint (EC2 API Reference, error
    `DuplicateSubnetsInSameZone`), so two subnets whose zones are assigned later are in different ones.
    """
    vpcs = {vpc.key for vpc in ml_vpcs(estate)}

    def decide(endpoint: Resource) -> Iterator[Outcome]:
        if read(endpoint, "VpcEndpointType") != "Interface" or named(estate, endpoint, "VpcId") not in vpcs:
            return
        subnets = {target(estate, value) for value in items(endpoint, "SubnetIds")}
        zones = set()
        for key in subnets:
            subnet = estate.get(key)
            zone = subnet.properties.get("AvailabilityZone") if subnet is not None else None
            zones.add(zone if isinstance(zone, str) else key)
        if len(zones) >= 2:
            yield proved(endpoint, f"has interfaces in {len(zones)} Availability Zones", "SubnetIds")
        else:
            message = f"has interfaces in {len(zones)} Availability Zone{'' if len(zones) == 1 else 's'}"
            yield violated(endpoint, message, "SubnetIds", evidence=tuple(sorted(subnets)))

    yield from each(estate.of_type("AWS::EC2::VPCEndpoint"), decide)


_ENDPOINT = ("VpcEndpointType", "ServiceName", "VpcId")

SAGEMAKER_API = Control(
    id="NET-22",
    title="The SageMaker API is reached through a VPC endpoint under its own name",
    severity=Severity.HIGH,
    layer="network",
    scope="relational",
    why="Without it jobs need a way to the internet to call the API, and no endpoint policy sees the calls.",
    remediation=(
        "Add an `Interface` `AWS::EC2::VPCEndpoint` for `com.amazonaws.REGION.sagemaker.api` with "
        "`PrivateDnsEnabled: true` (`ec2:CreateVpcEndpoint`)"
    ),
    sources=("AWS Config SERVICE_VPC_ENDPOINT_ENABLED", "awslabs/landing-zone-accelerator-on-aws #348"),
    reads=SCOPE_READS
    | reading("AWS::EC2::VPCEndpoint", *_ENDPOINT, "PrivateDnsEnabled", "SubnetIds")
    | reading("AWS::EC2::VPC", "EnableDnsSupport", "EnableDnsHostnames")
    | NAME_READS,
    check=check_api,
)
S3_GATEWAY = Control(
    id="NET-25",
    title="Every workload route table reaches S3 through a gateway endpoint",
    severity=Severity.HIGH,
    layer="network",
    scope="relational",
    why="A table without it sends S3 traffic past the endpoint policy, or nowhere.",
    remediation="Add the table to `RouteTableIds` of the S3 gateway endpoint (`ec2:ModifyVpcEndpoint`)",
    sources=("AWS Config SERVICE_VPC_ENDPOINT_ENABLED",),
    reads=SCOPE_READS | TABLE_READS | reading("AWS::EC2::VPCEndpoint", *_ENDPOINT, "RouteTableIds"),
    check=check_s3,
)
TWO_ZONES = Control(
    id="NET-29",
    title="Interface endpoints stand in two Availability Zones",
    severity=Severity.MEDIUM,
    layer="network",
    scope="relational",
    why="In a closed VPC an endpoint is the only way to an API; with one zone it fails with that zone.",
    remediation="Add a subnet of another zone to `SubnetIds` (`ec2:ModifyVpcEndpoint`)",
    sources=("Prowler vpc_endpoint_multi_az_enabled",),
    reads=SCOPE_READS
    | reading("AWS::EC2::VPCEndpoint", *_ENDPOINT, "SubnetIds")
    | reading("AWS::EC2::Subnet", "AvailabilityZone"),
    check=check_zones,
)
CONTROLS = (SAGEMAKER_API, S3_GATEWAY, TWO_ZONES)
