"""A walk as the cases write paths: the interfaces and gateways that carry a packet on."""

from __future__ import annotations

from tests.network.conformance.asking import World
from tests.network.conformance.controls import named
from tests.network.conformance.implied import target

from ringwork.network.walk import Walk

CARRIERS = frozenset({"eni", "igw", "eigw", "nat", "vgw", "pcx", "gwe", "nlb", "fw", "vpce"})
"""kinds that a path names; tables, filters and subnets are not on it"""


OUTSIDE = frozenset({"internet", "internet6", "on-prem"})
"""ends that are no part of an estate"""


def path_of(walk: Walk, asked: World) -> list[str]:
    """The carriers in order, each once for each time that it is passed.

    A Transit Gateway is written `tgw:TABLE`; an interface, a gateway of a kind that there is once, by its
    name alone.
    """
    words: list[str] = []
    last, rewrote = "", False
    for hop in walk.hops:
        kind, name = named(hop.component, asked)
        if hop.control == "transit gateway route table":
            word = f"tgw:{name}"
        elif kind in CARRIERS and not (hop.control and hop.passed):
            word = name
        else:
            continue
        rewrites = hop.after is not None and hop.before != hop.after
        again = rewrites and rewrote  # through an internet gateway and back in
        if word != last or again:
            words.append(word)
            rewrote = False
        last, rewrote = word, rewrote or rewrites
    return words


def carriers(path: list[str]) -> list[str]:
    """A path as a case writes it, without kinds before names, and without what is outside of AWS."""
    names = [target(word)[1] if target(word)[0] in CARRIERS else word for word in path]
    return [name for name in names if name not in OUTSIDE]


def through(walk: Walk, asked: World) -> str | None:
    """The VPC that a Transit Gateway's route leads to; None where it leads nowhere."""
    for hop in walk.hops:
        if hop.control == "transit gateway route table":
            table = asked.model.transit_tables.get(hop.component)
            routes = table.routes if table else ()
            route = next(
                (r for r in routes if r.place == hop.place and r.prefix.contains(hop.before.destination)),
                None,
            )
            if route is not None and route.attachment is None:
                return "blackhole"
            attachment = asked.model.attachments.get(route.attachment or "") if route else None
            return named(attachment.to, asked)[1] if attachment else None
    return None
