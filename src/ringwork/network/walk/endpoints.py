"""Gateway endpoints, interface endpoints and PrivateLink."""

from __future__ import annotations

import re
from dataclasses import replace

from ringwork.network.model import EndpointService, InterfaceEndpoint, LoadBalancer, Place
from ringwork.network.walk import filters
from ringwork.network.walk.known import Known
from ringwork.network.walk.state import APART, Answering, Arrived, Ended, Gate, Linked, Sending, State, Step

_REGION = re.compile(r"[a-z]{2}(-[a-z]+)+-\d")


def service_name(name: str) -> str:
    """`s3` of `com.amazonaws.eu-central-1.s3`, `sagemaker.notebook` of `aws.sagemaker.us-east-1.notebook`."""
    words = [word for word in name.split(".") if not _REGION.fullmatch(word)]
    for prefix in (["com", "amazonaws"], ["cn", "com", "amazonaws"], ["aws"]):
        if words[: len(prefix)] == prefix and len(words) > len(prefix):
            words = words[len(prefix) :]
            break
    return ".".join(words)


def gateway(known: Known, state: State, at: Gate) -> Step:
    """To a service by a gateway endpoint, from its own VPC only.

    PrivateLink guide, "Gateway endpoints": "endpoint connections cannot be extended out of a VPC. Resources
    on the other side of a VPN connection, VPC peering connection, transit gateway, or Direct Connect
    connection in your VPC cannot use a gateway endpoint".
    https://docs.aws.amazon.com/vpc/latest/privatelink/gateway-endpoints.html
    """
    key = at.target.key
    endpoint = known.model.gateway_endpoints.get(key)
    if endpoint is None:
        yield state.unknown(key, "", None, "the gateway endpoint is not in the estate")
        return
    if endpoint.vpc != state.vpc:
        yield state.dropped(key, "", Place(key), "the gateway endpoint is another VPC's")
        return
    if not known.in_vpc(endpoint.vpc, state.packet.source):
        why = f"{state.packet.source} is not of this VPC, and the endpoint serves no other"
        yield state.dropped(key, "", Place(key), why)
        return
    passed = state.met(key, "", None, True, f"leads to {endpoint.service}")
    yield passed.delivered(f"aws:{service_name(endpoint.service)}", Answering(endpoint.vpc, filtered=True))


def arrived(known: Known, state: State, at: Arrived) -> Step:
    """Into an interface endpoint: to AWS's service, or over PrivateLink to a provider's load balancer.

    PrivateLink guide, "Access an AWS service using an interface VPC endpoint".
    https://docs.aws.amazon.com/vpc/latest/privatelink/create-interface-endpoint.html
    """
    answer = Sending(at.interface, connected=True)
    endpoint = known.endpoint_of.get(at.interface)
    if endpoint is None:
        yield state.met(at.interface, "", None, True, "receives").delivered(at.interface, answer)
        return
    if endpoint.provider is None:
        passed = state.met(at.interface, "", None, True, f"leads to {endpoint.service}")
        yield passed.delivered(f"aws:{service_name(endpoint.service)}", answer)
        return
    service = known.model.endpoint_services.get(endpoint.provider)
    if service is None:
        why = f"leads to the endpoint service `{endpoint.provider}`"
        passed = state.met(at.interface, "", None, True, why)
        yield passed.unknown(endpoint.provider, "", None, "the endpoint service is not in the estate")
        return
    yield from _to_provider(known, state, endpoint, service, at.interface)


def _to_provider(
    known: Known, state: State, endpoint: InterfaceEndpoint, service: EndpointService, interface: str
) -> Step:
    """A provider's load balancer takes it in the endpoint's zone, where it has one there.

    PrivateLink guide, "Share your services through AWS PrivateLink".
    https://docs.aws.amazon.com/vpc/latest/privatelink/privatelink-share-your-services.html
    """
    state = state.met(interface, "", None, True, f"leads to the endpoint service `{service.key}`")
    ways = 0
    for key in service.balancers:
        balancer = known.model.load_balancers.get(key)
        if balancer is None or balancer.kind != "network":
            ways += 1
            yield state.unknown(key, "", None, "what serves the endpoint service is not modelled")
            continue
        for node in nodes(known, balancer, interface):
            ways += 1
            yield state.to(Linked(node, interface, balancer.key))
    if not ways:
        why = "the endpoint service has no load balancer"
        yield state.dropped(service.key, "", Place(service.key), why)


def nodes(known: Known, balancer: LoadBalancer, interface: str) -> list[str]:
    """The interfaces of a provider's load balancer that take what comes by an endpoint's interface."""
    found = [key for key in balancer.interfaces if key in known.model.interfaces]
    zone = known.zone_of(interface)
    return [key for key in found if known.zone_of(key) == zone] or found


def linked(known: Known, state: State, at: Linked) -> Step:
    """Out of PrivateLink into the provider's load balancer.

    Network Load Balancer guide, "Security groups": inbound rules are evaluated for PrivateLink traffic unless
    that is turned off; then "the source of the traffic is the private IP address of the client, not the
    endpoint interface".
    https://docs.aws.amazon.com/elasticloadbalancing/latest/network/load-balancer-security-groups.html
    """
    node = known.model.interfaces[at.interface]
    subnet = known.subnet(node)
    packet = state.packet
    address = next((a for a in known.addresses(node) if a.version == packet.destination.version), None)
    if address is None or subnet is None:
        yield state.unknown(at.interface, "", None, "the load balancer's private address is not known")
        return
    came = packet.destination
    state = state.to(at, vpc=subnet.vpc, subnet=None, zone=subnet.zone, crossed=(*state.crossed, APART))
    after = replace(packet, destination=address)
    state = state.met(at.interface, "", None, True, "comes out of PrivateLink", after)
    border = filters.network_acl(known, state, subnet, filters.INGRESS)
    if isinstance(border, Ended):
        hop = border.walk.hops[-1]
        why = f"{hop.why}; whether the network ACL sees PrivateLink traffic is not documented"
        state = state.met(hop.component, hop.control, hop.place, None, why)
    else:
        state = border
    balancer = known.model.load_balancers[at.balancer]
    if balancer.enforce_on_private_link:
        judged = filters.security_groups(known, state, node, filters.INGRESS)
        if isinstance(judged, Ended):
            yield judged
            return
        state = judged
    elif node.groups is not None:
        why = "its inbound rules are not enforced on PrivateLink traffic"
        state = state.met(balancer.key, "security-group ingress", Place(balancer.key), True, why)
    yield state.to(Arrived(at.interface, private_link=at.endpoint, came=came))
