"""VPC endpoints and their policies.

PrivateLink guide, "Control access to VPC endpoints using endpoint policies": an endpoint without a policy of
its own has the default one, which allows everything.
"""

from __future__ import annotations

from ringwork.access.authority import Endpoint
from ringwork.access.reading.reader import Astray, Reader
from ringwork.estate import Resource, Unknown

ENDPOINT = "AWS::EC2::VPCEndpoint"
_OF_SERVICES = ("Gateway", "Interface")
"""The other types lead packets to appliances and resources, and have no policy."""


def read_endpoints(reader: Reader) -> dict[str, Endpoint]:
    """Every endpoint of a service."""
    found: dict[str, Endpoint] = {}
    for endpoint in reader.estate.of_type(ENDPOINT):
        kind = reader.text(endpoint.properties.get("VpcEndpointType", "Gateway"))
        if not isinstance(kind, str) or kind in _OF_SERVICES:
            found[endpoint.key] = _endpoint(reader, endpoint, kind)
    return found


def _endpoint(reader: Reader, endpoint: Resource, kind: str | Unknown | None) -> Endpoint:
    properties = endpoint.properties
    unknown: list[str] = []
    service = reader.text(properties.get("ServiceName"))
    if not isinstance(service, str):
        unknown.append(f"its service: {service.reason if service else 'none is named'}")
    vpc = reader.named(properties.get("VpcId"), endpoint, "AWS::EC2::VPC")
    vpc_id = reader.text(properties.get("VpcId"))
    if not isinstance(vpc_id, str):
        unknown.append(f"its VPC: {vpc_id.reason if vpc_id else 'none is named'}")
    policy = None
    if properties.get("PolicyDocument") is not None:
        policy = reader.document(endpoint, ("PolicyDocument",), "endpoint")
        unknown += [f"its policy: {reason}" for reason in policy.unknown]
    listed = reader.items(properties.get("SubnetIds"))
    subnets = []
    for value in () if isinstance(listed, Unknown) else listed:
        subnet = reader.named(value, endpoint, "AWS::EC2::Subnet")
        if not isinstance(subnet, Astray):
            subnets.append(subnet.key)
    id = reader.names.physical(endpoint)
    return Endpoint(
        endpoint.key,
        id,
        "" if isinstance(vpc, Astray) else vpc.key,
        vpc_id if isinstance(vpc_id, str) else "",
        endpoint.account,
        endpoint.region,
        service if isinstance(service, str) else "",
        kind == "Gateway",
        policy,
        tuple(subnets),
        id in reader.names.stand_ins,
        tuple(unknown),
    )
