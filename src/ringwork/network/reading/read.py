"""The reading itself: an estate in, a model out."""

from __future__ import annotations

from ringwork.engine import collector_paused
from ringwork.estate import Estate, Reference
from ringwork.network.model import Model, Target, Via
from ringwork.network.reading import balancers, gateways
from ringwork.network.reading.acls import read_acls
from ringwork.network.reading.endpoints import Endpoints, read_endpoints
from ringwork.network.reading.firewalls import Firewalls, homes, read_firewalls
from ringwork.network.reading.groups import Groups
from ringwork.network.reading.instances import read_instances
from ringwork.network.reading.interfaces import read_interfaces
from ringwork.network.reading.lists import Lists
from ringwork.network.reading.peerings import read_peerings
from ringwork.network.reading.places import add_places
from ringwork.network.reading.policies import read_policies
from ringwork.network.reading.reader import Reader
from ringwork.network.reading.tables import read_associations, read_tables
from ringwork.network.reading.targets import resolver
from ringwork.network.reading.transit import read_transit
from ringwork.network.reading.unmodelled import note_gaps, note_unmodelled
from ringwork.network.reading.vpcs import read_subnets, read_vpcs
from ringwork.network.reading.workloads import read_workloads


def read(estate: Estate) -> Model:
    """The network of an estate. What cannot be read is in the model's `problems` and `unmodelled`; nothing
    raises."""
    with collector_paused():
        return _read(estate)


def _read(estate: Estate) -> Model:
    reader = Reader(estate)
    vpcs = read_vpcs(reader)
    lists = Lists(reader)
    groups = Groups(reader, vpcs, lists)
    acls, acl_of = read_acls(reader, vpcs)
    tables = read_associations(reader, vpcs)
    subnets = read_subnets(reader, vpcs, tables.used, acl_of)
    interfaces = read_interfaces(reader, subnets, groups)
    read_instances(reader, interfaces)
    attached = gateways.attachments(reader, vpcs)
    externals, of_gateway = gateways.read_externals(reader)
    internet_gateways = gateways.read_internet_gateways(reader, attached, tables.edges)
    egress_only_gateways = gateways.read_egress_only_gateways(reader, vpcs)
    nat_gateways = gateways.read_nat_gateways(reader, interfaces)
    vpn_gateways = gateways.read_vpn_gateways(reader, attached, tables.edges, externals, of_gateway)
    peerings = read_peerings(reader, vpcs)
    transit = read_transit(reader, vpcs, interfaces, externals)
    load_balancers = balancers.read_balancers(reader, interfaces)
    endpoints = read_endpoints(reader, vpcs, tables.resources, lists, interfaces, load_balancers)
    firewalls = read_firewalls(reader, vpcs, interfaces)
    policies = read_policies(reader, homes(firewalls.known, vpcs))
    read_workloads(reader, interfaces)
    target_groups = balancers.read_target_groups(reader, interfaces, load_balancers)
    balancers.read_listeners(reader, load_balancers, target_groups)
    targets = resolver(
        reader,
        {
            Via.INTERNET_GATEWAY: internet_gateways,
            Via.EGRESS_ONLY_GATEWAY: egress_only_gateways,
            Via.NAT_GATEWAY: nat_gateways,
            Via.VPN_GATEWAY: vpn_gateways,
            Via.PEERING: peerings,
            Via.TRANSIT_GATEWAY: transit.gateways,
            Via.INTERFACE: interfaces.known,
        },
        {**attached, **{key: gateway.vpc for key, gateway in egress_only_gateways.items()}},
        lambda route, value, vpc: _endpoint(reader, endpoints, firewalls, value, vpc),
        interfaces.of_instance,
    )
    of_subnet = {key: subnet.vpc for key, subnet in subnets.items()}
    propagated, doubts = gateways.propagated_routes(reader, vpn_gateways, externals, tables.resources)
    for key, doubt in doubts.items():
        tables.unknown.setdefault(key, doubt)
    implied = {key: (*endpoints.routes.get(key, ()), *propagated.get(key, ())) for key in tables.resources}
    route_tables = read_tables(reader, vpcs, of_subnet, tables, lists, targets, implied)
    add_places(interfaces)
    note_unmodelled(reader)
    note_gaps(reader)
    return Model(
        vpcs=vpcs,
        subnets=subnets,
        tables=route_tables,
        acls=acls,
        groups=groups.known,
        lists=lists.known,
        interfaces=interfaces.known,
        internet_gateways=internet_gateways,
        egress_only_gateways=egress_only_gateways,
        nat_gateways=nat_gateways,
        peerings=peerings,
        transit_gateways=transit.gateways,
        transit_tables=transit.tables,
        attachments=transit.attachments,
        externals=externals,
        vpn_gateways=vpn_gateways,
        gateway_endpoints=endpoints.gateways,
        interface_endpoints=endpoints.interfaces,
        endpoint_services=endpoints.services,
        load_balancers=load_balancers,
        target_groups=target_groups,
        firewalls=firewalls.known,
        policies=policies,
        unmodelled=reader.unmodelled,
        problems=tuple(dict.fromkeys(reader.problems)),
        unplaced=reader.unplaced,
    )


def _endpoint(
    reader: Reader, endpoints: Endpoints, firewalls: Firewalls, value: object, vpc: str
) -> tuple[Target, ...]:
    """Where a route to a VPC endpoint leads.

    A template cannot say which of a firewall's endpoints is in which zone before they exist: a value that is
    not known yet is one of the endpoints in the VPC, so the table has a route to each.
    """
    if isinstance(value, str) and value in firewalls.by_endpoint:
        return (Target(Via.FIREWALL_ENDPOINT, firewalls.by_endpoint[value]),)
    if isinstance(value, Reference):
        if value.target in endpoints.gateways:
            return (Target(Via.GATEWAY_ENDPOINT, value.target),)
        there = reader.estate.get(value.target)
        if there is not None and there.type == "AWS::EC2::VPCEndpoint":
            if there.properties.get("VpcEndpointType") == "GatewayLoadBalancer":
                return (Target(Via.BALANCER_ENDPOINT, value.target),)
            return (Target(Via.UNMODELLED, f"`{value.target}` is not modelled"),)
    if isinstance(value, str) or vpc in endpoints.unmodelled_in:
        return ()
    return tuple(Target(Via.FIREWALL_ENDPOINT, key) for key in firewalls.in_vpc.get(vpc, ()))
