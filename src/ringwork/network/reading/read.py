"""The reading itself: an estate in, a model out."""

from __future__ import annotations

from ringwork.estate import Estate
from ringwork.network.model import Model, Via
from ringwork.network.reading import gateways
from ringwork.network.reading.acls import read_acls
from ringwork.network.reading.groups import Groups
from ringwork.network.reading.interfaces import read_interfaces
from ringwork.network.reading.lists import Lists
from ringwork.network.reading.reader import Reader
from ringwork.network.reading.tables import read_associations, read_tables
from ringwork.network.reading.targets import resolver
from ringwork.network.reading.vpcs import read_subnets, read_vpcs


def read(estate: Estate) -> Model:
    """The network of an estate. What cannot be read is in the model's `problems` and `unmodelled`; nothing
    raises."""
    reader = Reader(estate)
    vpcs = read_vpcs(reader)
    lists = Lists(reader)
    groups = Groups(reader, vpcs, lists)
    acls, acl_of = read_acls(reader, vpcs)
    tables = read_associations(reader, vpcs)
    subnets = read_subnets(reader, vpcs, tables.used, acl_of)
    interfaces = read_interfaces(reader, subnets, groups)
    attached = gateways.attachments(reader, vpcs)
    externals, of_gateway = gateways.read_externals(reader)
    internet_gateways = gateways.read_internet_gateways(reader, attached, tables.edges)
    egress_only_gateways = gateways.read_egress_only_gateways(reader, vpcs)
    nat_gateways = gateways.read_nat_gateways(reader, interfaces)
    vpn_gateways = gateways.read_vpn_gateways(reader, attached, tables.edges, externals, of_gateway)
    targets = resolver(
        reader,
        {
            Via.INTERNET_GATEWAY: internet_gateways,
            Via.EGRESS_ONLY_GATEWAY: egress_only_gateways,
            Via.NAT_GATEWAY: nat_gateways,
            Via.VPN_GATEWAY: vpn_gateways,
            Via.PEERING: {},
            Via.TRANSIT_GATEWAY: {},
            Via.INTERFACE: interfaces.known,
        },
        {**attached, **{key: gateway.vpc for key, gateway in egress_only_gateways.items()}},
        lambda route, value, vpc: (),
        interfaces.of_instance,
    )
    route_tables = read_tables(
        reader, vpcs, {key: subnet.vpc for key, subnet in subnets.items()}, tables, lists, targets, {}
    )
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
        vpn_gateways=vpn_gateways,
        externals=externals,
        unmodelled=reader.unmodelled,
        problems=tuple(dict.fromkeys(reader.problems)),
    )
