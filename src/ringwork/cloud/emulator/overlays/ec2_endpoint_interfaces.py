"""EC2: the network interfaces of VPC endpoints. moto gives them the default group and foreign addresses.

Source: PrivateLink guide, "Access an AWS service using an interface VPC endpoint" ("a requester-managed
network interface" in each subnet, with the endpoint's security groups); EC2 API reference, NetworkInterface.
"""

from __future__ import annotations

import ipaddress
from typing import Any

_KINDS = {"Interface": "vpc_endpoint", "GatewayLoadBalancer": "gateway_load_balancer_endpoint"}
_FIRST, _LAST = 4, 1
"""Addresses that AWS keeps of a subnet (VPC user guide, "Subnet CIDR reservations"): the first four and the
last."""


def settle(backend: Any, endpoint: Any) -> None:
    """One interface in each of the endpoint's subnets, no other, with the endpoint's security groups."""
    kind = _KINDS.get(endpoint.vpc_endpoint_type)
    if kind is None:
        return
    have = {
        backend.enis[identifier].subnet.id: backend.enis[identifier]
        for identifier in endpoint.network_interface_ids or ()
        if identifier in backend.enis
    }
    groups = [backend.get_security_group_from_id(group) for group in endpoint.security_group_ids]
    identifiers = []
    for name in endpoint.subnet_ids or ():
        subnet = backend.get_subnet(name)
        interface = have.pop(name, None)
        if interface is not None and not _inside(interface, subnet):
            backend.enis.pop(interface.id)
            interface = None
        if interface is None:
            interface = backend.create_network_interface(subnet, _free(backend, subnet))
        interface.description = f"VPC Endpoint Interface {endpoint.id}"
        interface.interface_type = kind
        interface.requester_managed = True
        interface.status = "in-use"
        if kind == "vpc_endpoint":
            interface._group_set[:] = [group for group in groups if group is not None]
        identifiers.append(interface.id)
    for interface in have.values():
        backend.enis.pop(interface.id, None)
    endpoint.network_interface_ids = identifiers


def _inside(interface: Any, subnet: Any) -> bool:
    return ipaddress.ip_address(interface.private_ip_address) in ipaddress.ip_network(subnet.cidr_block)


def _free(backend: Any, subnet: Any) -> str:
    """The first address of the subnet that no interface has."""
    taken = {interface.private_ip_address for interface in backend.enis.values()}
    network = ipaddress.ip_network(subnet.cidr_block)
    for number in range(_FIRST, network.num_addresses - _LAST):
        address = str(network[number])
        if address not in taken and address not in subnet._subnet_ips:
            return address
    raise ValueError(f"subnet {subnet.id} has no free address")
