"""Addresses that stand for what only its addresses tell: a service's prefix list that is not known, a place
on the internet. Nobody has them (RFC 5737); where filters or routes name parts of the internet, what becomes
of such an address decides nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from ringwork.estate.service_names import ServiceName
from ringwork.network.addresses import EVERYWHERE, Address, Prefix, parse_address
from ringwork.network.model import ListPeer, Model, Route, Source, Subnet, Via
from ringwork.network.names import services
from ringwork.network.walk.known import Known, is_private

INTERNET = parse_address("203.0.113.10")
LIST = parse_address("198.51.100.10")


def stood_in(model: Model) -> Model:
    """The model, with one address in each of AWS's own prefix lists that is not known: a route by the list
    leads there, a rule for the list admits it."""
    lists = {
        key: replace(found, prefixes=(LIST.prefix,))
        if found.prefixes is None and found.service is not None
        else found
        for key, found in model.lists.items()
    }
    of_gateway = {
        key
        for key, endpoint in model.gateway_endpoints.items()
        if endpoint.list in lists and lists[endpoint.list or ""] is not model.lists.get(endpoint.list or "")
    }
    tables = {
        key: replace(table, routes=tuple(_route(route, of_gateway) for route in table.routes))
        for key, table in model.tables.items()
    }
    return replace(model, lists=lists, tables=tables)


def _route(route: Route, of_gateway: set[str]) -> Route:
    by_list = route.target.via is Via.GATEWAY_ENDPOINT and route.source is Source.PREFIX_LIST
    if by_list and not route.certain and route.target.key in of_gateway:
        return replace(route, prefix=LIST.prefix, certain=True)
    return route


def public_address(model: Model, service: ServiceName | None, vpc: str) -> Address:
    """One that a service's name has on the internet: of its own prefix list, where the VPC has a gateway
    endpoint for it."""
    if service is not None and service.gateway:
        for endpoint in model.gateway_endpoints.values():
            known = services.behind(endpoint.service)
            if endpoint.vpc == vpc and known is not None and known[0] is service:
                prefixes = _prefixes(model, endpoint.list)
                if prefixes:
                    return Address(4, min(prefixes[0].low + 10, prefixes[0].high))
    return INTERNET


def _prefixes(model: Model, key: str | None) -> tuple[Prefix, ...]:
    found = model.lists.get(key or "")
    return tuple(each for each in (found.prefixes if found else None) or () if each.version == 4)


def names_parts(model: Model, subnet: Subnet, groups: Iterable[str] = ()) -> bool:
    """Whether what decides at a subnet's interface names blocks of the internet, and not all of it."""
    named: list[Prefix] = []
    for key in groups:
        for rule in model.groups[key].egress if key in model.groups else ():
            peer = rule.peer
            if isinstance(peer, ListPeer):
                named += _prefixes(model, peer.list) or [EVERYWHERE[0]] * (peer.list not in model.lists)
            elif isinstance(peer, Prefix):
                named.append(peer)
    acl = model.acls.get(subnet.acl or "")
    named += [entry.prefix for entry in acl.egress if entry.allow] if acl else []
    table = model.tables.get(subnet.table)
    named += [route.prefix for route in table.routes] if table else []
    return any(
        each.version == 4
        and each != EVERYWHERE[0]
        and each != LIST.prefix
        and not is_private(Address(4, each.low))
        for each in named
    )


def free_address(known: Known, subnet: Subnet, version: int, skip: Address | None = None) -> Address | None:
    """One of a subnet that nothing has ("Subnet sizing": the first four are AWS's)."""
    for prefix in subnet.prefixes:
        for value in range(prefix.low + 4, min(prefix.high, prefix.low + 64)):
            address = Address(version, value)
            free = known.owner(subnet.vpc, address) is None and address != skip
            if prefix.version == version and free:
                return address
    return None
