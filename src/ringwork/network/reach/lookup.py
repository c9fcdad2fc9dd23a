"""Route tables by address atom."""

from __future__ import annotations

from ringwork.network.model import Model, Place, Route, RouteTable, Source, Target, TransitTable, Via
from ringwork.network.reach.atoms import AddressAtoms


def routes_of(model: Model, table: RouteTable) -> list[Route]:
    """A table's routes, the best first: the longest prefix, then the order of equals (VPC user guide, "Route
    priority"). Each block of the VPC has a local route in every table, unless that was given a target."""
    stated = {route.prefix for route in table.routes}
    vpc = model.vpcs.get(table.vpc)
    local = [
        Route(prefix, Target(Via.LOCAL), Source.LOCAL, Place(table.key))
        for prefix in (vpc.prefixes if vpc is not None else ())
        if prefix not in stated
    ]
    return sorted((*table.routes, *local), key=lambda route: (-route.prefix.length, route.source.value))


class Lookup:
    """A VPC route table by address atom."""

    def __init__(self, model: Model, table: RouteTable, atoms: AddressAtoms) -> None:
        self.key, self.unknown = table.key, table.unknown
        ordered = routes_of(model, table)
        self._routes = [(atoms.within(route.prefix), route) for route in ordered]

    def of(self, atom: int) -> list[tuple[Target, bool]]:
        """What routes to the atom lead to, and whether that is certain: nothing where it is dropped, several
        where AWS chooses or a route may be absent."""
        matching = [route for within, route in self._routes if atom in within]
        if any(route.target.via is Via.LOCAL for route in matching):
            # even a more specific propagated route gives way to the local one (VPN guide, "Route priority")
            matching = [route for route in matching if route.source is not Source.PROPAGATED]
        found: list[tuple[Target, bool]] = []
        best: tuple[int, Source] | None = None
        dropped = False
        for route in matching:
            rank = (route.prefix.length, route.source)
            if best not in (None, rank):
                break
            if route.certain:
                best = rank
            if route.active:
                found.append((route.target, route.certain))
            else:
                dropped = True
        targets = dict.fromkeys(target for target, _ in found)
        if len(targets) > 1 or dropped:
            return [(target, False) for target in targets]
        return found[:1]


class TransitLookup:
    """A Transit Gateway route table by address atom."""

    def __init__(self, table: TransitTable, atoms: AddressAtoms) -> None:
        self.key, self.unknown = table.key, table.unknown
        ordered = sorted(table.routes, key=lambda route: (-route.prefix.length, route.propagated))
        self._routes = [(atoms.within(route.prefix), route) for route in ordered]

    def of(self, atom: int) -> list[tuple[str, bool]]:
        """Keys of attachments. Static before propagated for equal prefixes; propagated ones of equal prefix
        are told apart by the kind of their attachment, which the reader has done."""
        found: list[tuple[str, bool]] = []
        sure = True
        for within, route in self._routes:
            if atom not in within:
                continue
            sure = sure and route.certain
            if route.attachment is not None:
                found.append((route.attachment, sure))
            if route.certain:
                break
        return found
