"""Everything that forwarding or a filter reads of a packet: the cut points of the atoms."""

from __future__ import annotations

from collections.abc import Iterator

from ringwork.network.addresses import Prefix
from ringwork.network.model import Model, Via
from ringwork.network.packets import ICMP, TCP, UDP, Traffic
from ringwork.network.walk.known import PRIVATE
from ringwork.network.walk.services import FIXED, LINK_LOCAL, resolver_of

NAT_CARRIES = (TCP, UDP, ICMP)
"""VPC user guide, "NAT gateway basics": TCP, UDP and ICMP"""

ANSWERED = dict(FIXED.values())
"""What AWS answers in every VPC, past all filters: protocols and ports by service"""


def prefixes(model: Model) -> Iterator[Prefix]:
    """Every prefix that forwarding or a filter reads: the cut points of address atoms."""
    yield from (*PRIVATE, *LINK_LOCAL)
    yield from (address.prefix for address in FIXED)
    for vpc in model.vpcs.values():
        yield from vpc.prefixes
        resolver = resolver_of(vpc)
        yield from (resolver.prefix,) if resolver is not None else ()
    for subnet in model.subnets.values():
        yield from subnet.prefixes
    for table in model.tables.values():
        yield from (route.prefix for route in table.routes)
    for transit in model.transit_tables.values():
        yield from (route.prefix for route in transit.routes)
    for external in model.externals.values():
        yield from external.prefixes
    for listed in model.lists.values():
        yield from listed.prefixes or ()
    for acl in model.acls.values():
        yield from (entry.prefix for entry in (*acl.ingress, *acl.egress))
    for group in model.groups.values():
        yield from (rule.peer for rule in (*group.ingress, *group.egress) if isinstance(rule.peer, Prefix))
    for policy in model.policies.values():
        for rule in (*policy.stateless, *policy.stateful):
            yield from (*rule.sources, *rule.destinations)
    for interface in model.interfaces.values():
        if interface.public:
            yield from (public.prefix for public in interface.public.values())
    for key in special_interfaces(model):
        yield from (address.prefix for address in model.interfaces[key].addresses)
    for registered in model.target_groups.values():
        yield from (target.address.prefix for target in registered.targets if target.address is not None)


def traffic(model: Model) -> Iterator[Traffic]:
    """Everything that a filter reads apart from addresses: the cut points of traffic atoms."""
    for acl in model.acls.values():
        yield from (entry.traffic for entry in (*acl.ingress, *acl.egress))
    for group in model.groups.values():
        yield from (rule.traffic for rule in (*group.ingress, *group.egress))
    for policy in model.policies.values():
        for rule in (*policy.stateless, *policy.stateful):
            for protocol in rule.protocols:
                ports = rule.destination_ports if protocol in (TCP, UDP) else ()
                yield from (Traffic(protocol, low, high) for low, high in ports)
                yield Traffic(protocol)
            for low, high in rule.destination_ports:
                yield from (Traffic(protocol, low, high) for protocol in (TCP, UDP))
    for balancer in model.load_balancers.values():
        for listener in balancer.listeners:
            yield from (Traffic(protocol, listener.port, listener.port) for protocol in (TCP, UDP))
    for group_of in model.target_groups.values():
        for port in {group_of.port, *(target.port for target in group_of.targets)} - {None}:
            yield from (Traffic(protocol, port, port) for protocol in (TCP, UDP))
    yield from (Traffic(protocol) for protocol in NAT_CARRIES)
    for asked in ANSWERED.values():
        yield from (Traffic(protocol, port, port) for protocol, port in asked)


def special_interfaces(model: Model) -> set[str]:
    """Interfaces that more is known of than of a host: each is told apart from its neighbours."""
    found = {nat.interface for nat in model.nat_gateways.values()}
    found.update(key for one in model.interface_endpoints.values() for key in one.interfaces)
    found.update(key for one in model.load_balancers.values() for key in one.interfaces)
    found.update(one.key for one in model.interfaces.values() if one.kind == "load-balancer")
    found.update(key for one in model.firewalls.values() for key in one.interfaces)
    for table in model.tables.values():
        found.update(route.target.key for route in table.routes if route.target.via is Via.INTERFACE)
    found.update(
        target.interface
        for group in model.target_groups.values()
        for target in group.targets
        if target.interface is not None
    )
    return {key for key in found if key in model.interfaces}
