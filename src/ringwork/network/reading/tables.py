"""Route tables of VPCs: which one a subnet or a gateway uses, and their routes.

AWS: VPC user guide, "Route tables" (main route table; "each subnet ... can only be associated with one route
table at a time"; local routes; gateway route tables), "Route priority", "Middlebox routing"; template
reference, AWS::EC2::Route.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from ringwork.estate import Reference, Resource, Unknown
from ringwork.network.addresses import EVERYWHERE, Prefix
from ringwork.network.model import Place, Route, RouteTable, Source, Target, Via, Vpc
from ringwork.network.reading.lists import Lists
from ringwork.network.reading.reader import Reader, is_live

TYPE = "AWS::EC2::RouteTable"
PROPAGATED = "live:ec2:propagated-route"


def main_table(vpc: str) -> str:
    """The key of the table that a VPC has without anybody making it, where no resource describes it: it holds
    local routes only, and no template can name it."""
    return f"{vpc}#main-route-table"


@dataclass(slots=True)
class Tables:
    """Route tables before their routes are read."""

    resources: Mapping[str, Resource]
    vpc_of: dict[str, str]
    used: dict[str, str]
    """subnet -> table; VPC -> main table"""
    edges: dict[str, str]
    """internet or VPN gateway -> gateway route table"""
    unknown: dict[str, str] = field(default_factory=dict)
    """table -> why it may have other routes"""


def read_associations(reader: Reader, vpcs: Mapping[str, Vpc]) -> Tables:
    estate = reader.estate
    resources = {table.key: table for table in estate.of_type(TYPE)}
    tables = Tables(resources, {}, {}, {})
    for key, table in resources.items():
        vpc = reader.member(table, table.properties.get("VpcId"), vpcs, "VPC", "VpcId")
        if vpc is None:
            tables.unknown[key] = "its VPC is not known"
            continue
        tables.vpc_of[key] = vpc
        if reader.truth(table.attributes.get("Main"), False) is True:
            tables.used[vpc] = key
    for key in vpcs:
        if key not in tables.used:
            _main(reader, tables, key)
    stray: list[tuple[Resource, str | None]] = []
    for association in estate.of_type("AWS::EC2::SubnetRouteTableAssociation"):
        subnet = _subnet(reader, association)
        value = association.properties.get("RouteTableId")
        chosen = reader.member(association, value, resources, "route table", "RouteTableId")
        if not isinstance(subnet, str):
            reason = subnet.reason if isinstance(subnet, Unknown) else "none is named"
            reader.note(association, f"its subnet is not known: {reason}", "SubnetId")
            stray.append((association, chosen))
        elif chosen is None:
            _doubtful(tables, subnet, "the subnet's route table is not known")
        elif tables.used.setdefault(subnet, chosen) != chosen:
            reader.note(association, f"`{subnet}` has another route table already", "SubnetId")
            _doubtful(tables, subnet, "the subnet has two route tables in the input")
    for association, chosen in stray:
        _stray(reader, tables, association, chosen)
    for association in estate.of_type("AWS::EC2::GatewayRouteTableAssociation"):
        gateway = reader.named(association.properties.get("GatewayId"), association)
        value = association.properties.get("RouteTableId")
        chosen = reader.member(association, value, resources, "route table", "RouteTableId")
        if not isinstance(gateway, str):
            reason = gateway.reason if isinstance(gateway, Unknown) else "none is named"
            reader.note(association, f"its gateway is not known: {reason}", "GatewayId")
        elif chosen is None:
            _doubtful(tables, gateway, "the gateway's route table is not known", tables.edges)
        elif tables.edges.setdefault(gateway, chosen) != chosen:
            reader.note(association, f"`{gateway}` has another route table already", "GatewayId")
            _doubtful(tables, gateway, "the gateway has two route tables in the input", tables.edges)
    for alone in estate.of_type("AWS::EC2::Subnet"):
        if alone.key not in tables.used and is_live(alone):
            gap = reader.gap("AWS::EC2::SubnetRouteTableAssociation", alone.account, alone.region)
            if gap is not None:
                _doubtful(tables, alone.key, gap)
    return tables


def _main(reader: Reader, tables: Tables, vpc: str) -> None:
    key = main_table(vpc)
    tables.used[vpc], tables.vpc_of[key] = key, vpc
    resource = reader.estate.get(vpc)
    if resource is None:
        return
    reason = reader.gap(TYPE, resource.account, resource.region)
    if reason is None and is_live(resource):
        reason = "the main route table was not collected"
    if reason is not None:
        reader.doubt(resource, f"its main route table is not known: {reason}")
        tables.unknown[key] = reason


def _doubtful(tables: Tables, user: str, reason: str, used: dict[str, str] | None = None) -> None:
    """A table of its own for what uses one that is not known."""
    key = f"{user}#route-table"
    (tables.used if used is None else used)[user] = key
    tables.unknown[key] = reason


def _subnet(reader: Reader, association: Resource) -> str | Unknown | None:
    """The key of the subnet that an association names."""
    found = reader.named(association.properties.get("SubnetId"), association)
    there = reader.estate.get(found) if isinstance(found, str) else None
    if there is not None and there.type != "AWS::EC2::Subnet":
        return Unknown(f"`{found}` is no subnet")
    return found


def _stray(reader: Reader, tables: Tables, association: Resource, chosen: str | None) -> None:
    """A route table of a subnet that is not known: of any in its VPC that has none of its own (EC2 API
    reference, AssociateRouteTable: a subnet that has one already is refused, Resource.AlreadyAssociated)."""
    subnets = reader.estate.of_type("AWS::EC2::Subnet")
    for key in reader.may_name(association.properties.get("SubnetId"), association, subnets):
        subnet = reader.estate.get(key)
        home = reader.named(subnet.properties.get("VpcId"), subnet) if subnet is not None else None
        vpc = tables.vpc_of.get(chosen or "")
        if key not in tables.used and (vpc is None or not isinstance(home, str) or home == vpc):
            _doubtful(tables, key, f"`{association.name}` may give it another than the main one")


Targets = Callable[[Resource, str], tuple[Target, ...]]
"""where a route leads, in a table of this VPC: several, if it is one of them"""


def read_tables(
    reader: Reader,
    vpcs: Mapping[str, Vpc],
    subnets: Mapping[str, str],
    tables: Tables,
    lists: Lists,
    targets: Targets,
    implied: Mapping[str, Iterable[Route]],
) -> dict[str, RouteTable]:
    """`subnets`: subnet -> VPC. `implied`: table -> routes that follow from other resources."""
    routes: dict[str, list[Route]] = {}
    for resource in reader.estate.of_type("AWS::EC2::Route", PROPAGATED):
        value = resource.properties.get("RouteTableId")
        if type(value) is Reference and value.target in tables.resources:
            keys: Iterable[str] = (value.target,)
        else:
            found = reader.named(value, resource)
            if isinstance(found, str) and found in tables.resources:
                keys = (found,)
            else:
                reason = found.reason if isinstance(found, Unknown) else f"`{found}` is none"
                reader.doubt(resource, f"its route table is not known: {reason}", "RouteTableId")
                mains = [each for each in vpcs if main_table(each) in tables.vpc_of]
                makers = [maker for each in mains if (maker := reader.estate.get(each))]
                for key in (
                    *reader.may_name(value, resource, tables.resources.values()),
                    *map(main_table, reader.may_name(value, resource, makers)),
                ):
                    tables.unknown.setdefault(key, "a route may be this table's")
                continue
        for key in keys:
            vpc = tables.vpc_of.get(key, "")
            routes.setdefault(key, []).extend(
                _route(reader, resource, key, tables, lists, targets(resource, vpc))
            )
    found_tables: dict[str, RouteTable] = {}
    for key in dict.fromkeys((*tables.resources, *tables.vpc_of, *tables.unknown)):
        vpc = tables.vpc_of.get(key) or subnets.get(key.removesuffix("#route-table"), "")
        own = routes.get(key, [])
        own += implied.get(key, ())
        reason_ = tables.unknown.get(key) or _gap(reader, tables.resources.get(key))
        found_tables[key] = RouteTable(key, vpc, (*_local(vpcs, vpc, key, own), *own), reason_)
    return found_tables


def _gap(reader: Reader, table: Resource | None) -> str | None:
    """What may be missing of a live table."""
    if table is None or not is_live(table):
        return None
    for type in ("AWS::EC2::Route", PROPAGATED, "AWS::EC2::VPCEndpoint"):
        gap = reader.gap(type, table.account, table.region)
        if gap is not None:
            return gap
    return None


def _local(vpcs: Mapping[str, Vpc], vpc: str, key: str, own: Iterable[Route]) -> Iterator[Route]:
    """Every table has a route for each block of its VPC. One with exactly that destination replaces it
    (VPC user guide, "Replace or restore the target for a local route")."""
    found = vpcs.get(vpc)
    if found is None:
        return
    replaced = {route.prefix for route in own if route.source is Source.STATIC}
    for prefix in found.prefixes:
        if prefix not in replaced:
            yield Route(prefix, Target(Via.LOCAL, vpc), Source.LOCAL, Place(key))


def _route(
    reader: Reader,
    resource: Resource,
    table: str,
    tables: Tables,
    lists: Lists,
    targets: tuple[Target, ...],
) -> Iterator[Route]:
    properties = resource.properties
    active = resource.attributes.get("State") != "blackhole"
    source = Source.PROPAGATED if resource.type == PROPAGATED else Source.STATIC
    place = Place(resource.key)
    prefixes: tuple[Prefix, ...] = ()
    certain, named = True, False
    for name, version in (("DestinationCidrBlock", 4), ("DestinationIpv6CidrBlock", 6)):
        value = properties.get(name)
        if value is None:
            continue
        named = True
        prefix = reader.prefix(value)
        if isinstance(prefix, Prefix):
            prefixes = (*prefixes, prefix)
        else:
            reason = prefix.reason if prefix is not None else "it is not given"
            reader.doubt(resource, f"its destination is not known: {reason}", name)
            tables.unknown.setdefault(table, f"the destination of `{resource.name}` is not known")
            prefixes, certain = (*prefixes, EVERYWHERE[version == 6]), False
    value = properties.get("DestinationPrefixListId")
    if value is not None:
        named = True
        key = lists.named(resource, value)
        known = lists.known[key] if isinstance(key, str) else None
        source = source if source is Source.PROPAGATED else Source.PREFIX_LIST
        if known is not None and known.prefixes is not None:
            prefixes = (*prefixes, *known.prefixes)
        else:
            if known is None:
                reason = key.reason if isinstance(key, Unknown) else "none is named"
                reader.doubt(resource, f"its prefix list is not known: {reason}", "DestinationPrefixListId")
            if known is None or known.service is None:
                tables.unknown.setdefault(table, f"the prefix list of `{resource.name}` is not known")
            prefixes, certain = (*prefixes, *EVERYWHERE), False
    if not named:
        reader.doubt(resource, "names no destination")
        tables.unknown.setdefault(table, f"the destination of `{resource.name}` is not given")
    for prefix in prefixes:
        for target in targets:
            yield Route(prefix, target, source, place, active, certain)
