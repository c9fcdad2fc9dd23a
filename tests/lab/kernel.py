"""An estate's network as Linux namespaces: each control becomes kernel rules by itself, without reasoning.

It reads the estate's properties itself and knows nothing of `ringwork.network`, so that a mistake in reading
shows as well as one in walking. Each kind of control has its file. What becomes what is in `EXPRESSES`; what
the kernel cannot say, and so no network of the lab has, is in `CANNOT`.
"""

from __future__ import annotations

from ringwork.estate import Estate

from .gateways import (
    egress_only_gateways,
    internet,
    internet_answers,
    internet_gateways,
    nat_gateways,
    peerings,
)
from .ground import Ground, Network
from .hosts import interfaces
from .routers import network_acls, route_tables, vpc
from .transit import transit_gateways

EXPRESSES = {
    "subnet": "a bridge in its VPC's namespace, with its interfaces' ports: inside, they meet no router",
    "network interface": "a namespace with a port on its subnet's bridge, its addresses, default route to .1",
    "route table": "a kernel table for each subnet (or gateway) that uses it, chosen by incoming device",
    "local route": "`throw`: the look-up goes on in the table of the VPC's own subnets",
    "blackhole route": "`blackhole`",
    "no route": "a `blackhole` default behind all others",
    "network ACL": "stateless nftables rules, in order, where a packet is forwarded out of or into a subnet",
    "security group": "nftables with connection tracking in the interface's own namespace",
    "group reference": "the private addresses of the group's interfaces",
    "prefix list": "its entries, one rule or route each",
    "source/destination check off": "forwarding is on in the interface's namespace",
    "internet gateway": "a namespace that rewrites private and public addresses one to one, without state",
    "egress-only gateway": "a namespace with connection tracking that lets nothing new in",
    "NAT gateway": "a namespace with a port on its subnet's bridge and source NAT to its private address",
    "peering": "a cable between two VPCs; what comes out of it is delivered to subnets only",
    "Transit Gateway": "a namespace; a cable for each attachment and subnet, a kernel table chosen by which",
    "the internet": "a namespace that has hosts and knows which gateway has which public address",
}
CANNOT = {
    "load balancers, interface endpoints, PrivateLink": "their nodes proxy, or pick targets by hash",
    "gateway endpoints": "the services behind them are AWS's; nothing of ours would answer",
    "Network Firewall": "its engine is Suricata, which is not here",
    "VPN, Direct Connect, propagated routes": "BGP and the customer's side are not in the estate",
    "Block Public Access": "one switch over gateways: to translate it would be to reason about it",
    "a NAT gateway or appliance in the subnet that it serves": "its own table leads back to itself",
    "peering for what comes by a Transit Gateway, an appliance or a NAT gateway": "AWS's text says only that "
    "it is refused for gateways (edge to edge); of these it says nothing",
    "group reference in an egress rule with a middlebox on the way": "the sender cannot see that one will be",
    "another VPC's group named where the internet (IPv6), or a Transit Gateway without groups, may carry "
    "the packet": "the kernel matches the address; of the internet AWS's text says nothing",
    "two routes that tie (two prefix lists, two Transit Gateway paths)": "AWS chooses; the kernel would too, "
    "but differently",
    "zones of a Transit Gateway where the origin's has no attachment": "AWS picks one; here it is the first",
    "an interface's packets to its own addresses": "they never leave the host",
    "fragments, MTU, throughput, idle timeouts": "no answer depends on them",
}


def build(estate: Estate) -> Network:
    """Raises `LabError` for an estate that the lab cannot express."""
    ground = Ground(estate)
    internet(ground)
    for number, (id, _, _) in enumerate(ground.each("VPC")):
        vpc(ground, id, f"v{number}")
    nat_gateways(ground)
    interfaces(ground)
    internet_gateways(ground)
    egress_only_gateways(ground)
    internet_answers(ground)
    peerings(ground)
    transit_gateways(ground)
    for id in ground.routers:
        route_tables(ground, id)
        network_acls(ground, id)
    return Network(ground.wiring, ground.places)
