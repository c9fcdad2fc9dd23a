"""AWS PrivateLink between VPCs of the estate: one named service, and no route.

AWS PrivateLink guide, "Share your services through AWS PrivateLink": an endpoint service stands on a load
balancer of its provider; a consumer's interface endpoint names the service.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ringwork.estate import Estate, Resource, references
from ringwork.report import words


@dataclass(frozen=True, slots=True)
class Link:
    """`consumer` may open connections to one service of `provider`."""

    key: str
    """of the endpoint service"""
    endpoint: str
    """key of the consumer's endpoint; empty: nobody in the estate takes the service"""
    service: str
    provider: str
    """key of the VPC that offers it; empty: not known"""
    consumer: str
    """key of the VPC that takes it; empty: nobody, or not known"""
    ports: str
    provider_name: str
    consumer_name: str
    """the VPCs in short; empty where they are not known"""
    endpoint_name: str


def links(estate: Estate) -> tuple[Link, ...]:
    """Every endpoint service of the estate with each of its consumers."""
    services = {service.key: service for service in estate.of_type("AWS::EC2::VPCEndpointService")}
    if not services:
        return ()
    takers: dict[str, list[Resource]] = {key: [] for key in services}
    for endpoint in estate.of_type("AWS::EC2::VPCEndpoint"):
        for _, reference in references(endpoint.properties.get("ServiceName")):
            if reference.target in takers:
                takers[reference.target].append(endpoint)
    found = []
    for key, service in services.items():
        name = words.short(estate, service, words.name(estate, service))
        balancers = [
            balancer
            for value in words.items(service.properties.get("NetworkLoadBalancerArns"))
            if (balancer := estate.resolve(value)) is not None
        ]
        provider = next((vpc for balancer in balancers if (vpc := _vpc(estate, balancer))), None)
        ports = ", ".join(dict.fromkeys(p for balancer in balancers for p in _ports(estate, balancer)))
        consumers: list[Resource | None] = [*takers[key]]
        for taker in consumers or [None]:
            consumer = estate.resolve(taker.properties.get("VpcId")) if taker else None
            found.append(
                Link(
                    key=key,
                    endpoint=taker.key if taker else "",
                    service=name,
                    provider=provider.key if provider else "",
                    consumer=consumer.key if consumer else "",
                    ports=ports,
                    provider_name=words.place(estate, provider) if provider else "",
                    endpoint_name=words.short(estate, taker, words.name(estate, taker)) if taker else "",
                    consumer_name=words.place(estate, consumer) if consumer else "",
                )
            )
    return tuple(found)


def _vpc(estate: Estate, balancer: Resource) -> Resource | None:
    """The VPC whose subnets the load balancer stands in."""
    subnets = [*words.items(balancer.properties.get("Subnets"))]
    subnets += [
        mapping.get("SubnetId")
        for mapping in words.items(balancer.properties.get("SubnetMappings"))
        if isinstance(mapping, Mapping)
    ]
    for value in subnets:
        subnet = estate.resolve(value)
        vpc = estate.resolve(subnet.properties.get("VpcId")) if subnet else None
        if vpc is not None:
            return vpc
    return None


def _ports(estate: Estate, balancer: Resource) -> list[str]:
    return [
        port
        for holder, _ in estate.referrers(balancer.key)
        if holder.type == "AWS::ElasticLoadBalancingV2::Listener"
        and (port := words.text(estate, holder.properties.get("Port")))
    ]
