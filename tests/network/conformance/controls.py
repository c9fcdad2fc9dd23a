"""The deciding control, in the words of the cases.

A case names a control `KIND:NAME`, `KIND:NAME:DIRECTION` or in words, with a remark in brackets. The name
must be the same; a remark that `REMARKS` knows must hold too. Everything that is only spelled otherwise is in
the tables here.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from tests.network.conformance.asking import World
from tests.network.conformance.implied import target

from ringwork.network.model import AclEntry, Model
from ringwork.network.walk import Hop

DIRECTIONS = {"ingress": "in", "egress": "out"}

ALIASES: Mapping[str, str] = {
    # the load balancer's group has no name in those cases: the translation calls it `nlb`
    "sg of NLB": "sg:nlb:in",
    "endpoint": "vpce",
}
"""a case's words -> what they are called here"""

CONTROLS: Mapping[str, str] = {"block public access": "vpc-bpa"}
"""our control -> the cases' words, whatever the component"""

REASONS: Mapping[str, str] = {"routing loop": "routing loop"}
"""how our reason begins -> the cases' words, whatever the component"""

COMPONENTS: Mapping[str, tuple[str, ...]] = {"internet": ("aws-edge", "internet")}
"""a component without a resource -> the cases' words"""

REMARKS: tuple[tuple[str, Callable[[Hop, World], bool]], ...] = (
    (r"no public address", lambda hop, _: "public" in hop.why),
    (r"does not forward", lambda hop, _: hop.control == "source/destination check"),
    (r"no session", lambda hop, _: "connection" in hop.why or "session" in hop.why),
    (r"protocol", lambda hop, _: "protocol" in hop.why or "TCP, UDP" in hop.why),
    (r"private NAT", lambda hop, world: "public" in hop.why and _from_private_nat(hop, world)),
    (r"no TGW attachment in AZ .*", lambda hop, _: "zone" in hop.why),
    (r"endpoint returns responses only", lambda hop, _: "responses only" in hop.why),
    (r"no listener", lambda hop, _: hop.control == "listener"),
    (r"loopback", lambda hop, _: "itself" in hop.why or "own" in hop.why),
    (r"no target in an enabled zone", lambda hop, _: "zone" in hop.why),
)
"""a remark -> what our deciding hop must say; an unknown remark asks nothing more"""


def _from_private_nat(hop: Hop, world: World) -> bool:
    """Whether the packet left a private NAT gateway last."""
    return any(
        hop.before.source in world.model.interfaces[nat.interface].addresses and not nat.public
        for nat in world.model.nat_gateways.values()
    )


def matches(expected: str, hop: Hop, world: World) -> bool:
    """Whether our deciding hop is the control that a case names."""
    head, _, remark = expected.partition(" (")
    if ALIASES.get(head, head) not in spellings(hop, world):
        return False
    said = remark.removesuffix(")")
    return all(holds(hop, world) for pattern, holds in REMARKS if said and re.fullmatch(pattern, said))


def spelled(hop: Hop, world: World) -> str:
    """Our control, for people."""
    return f"{spellings(hop, world)[0]} ({hop.why})"


def spellings(hop: Hop, world: World) -> tuple[str, ...]:
    """What a case may call our deciding hop, the most exact first."""
    if hop.control in CONTROLS:
        return (CONTROLS[hop.control],)
    for beginning, words in REASONS.items():
        if hop.why.startswith(beginning):
            return (words,)
    if hop.component in COMPONENTS:
        return COMPONENTS[hop.component]
    kind, name = named(hop.component, world)
    control, _, direction = hop.control.rpartition(" ")
    if control == "security-group":
        return tuple(f"sg:{group}:{DIRECTIONS[direction]}" for group in _groups(hop, name, world))
    if control == "network ACL":
        return (f"nacl:{name}:{DIRECTIONS[direction]}:{_entry(hop, world.model)}",)
    exact = [f"{kind}:{name}"]
    if kind == "vpc" and not hop.control:
        exact += [f"subnet:{each}" for each in _subnets(hop, world)]
    # a bare word is the only one of its kind
    alone = len([word for word in world.translated.keys if word.startswith(f"{kind}:")]) == 1
    return (*exact, kind) if alone or kind in (name, "vpce", "tgw") else tuple(exact)


def _subnets(hop: Hop, world: World) -> list[str]:
    """Where nobody of a VPC has the destination, the subnet that it would be in decides it as well."""
    return [
        named(subnet.key, world)[1]
        for subnet in world.model.subnets.values()
        if subnet.vpc == hop.component and any(p.contains(hop.before.destination) for p in subnet.prefixes)
    ]


def canonical(word: str, world: World) -> str:
    """A target in a case's words as `KIND:NAME`; a bare word is the only one of its kind."""
    kind, name = target(word)
    if kind == name:
        of_kind = [known for known in world.translated.keys if known.startswith(f"{kind}:")]
        return of_kind[0] if len(of_kind) == 1 else word
    return word


def named(key: str, world: World) -> tuple[str, str]:
    """Kind and name that a case has for a component. An interface of something is that thing."""
    model = world.model
    names = {known: word for word, known in world.translated.keys.items()}
    for balancer in model.load_balancers.values():
        if key in balancer.interfaces:
            key = balancer.key
    for nat in model.nat_gateways.values():
        if key == nat.interface:
            key = nat.key
    for endpoint in model.interface_endpoints.values():
        if key in endpoint.interfaces and f"eni:{names.get(key, '').partition(':')[2]}" not in _given(world):
            key = endpoint.key
    for firewall in model.firewalls.values():
        if key in firewall.interfaces:
            key = firewall.key
    kind, _, name = names.get(key, names.get(key.partition("#")[0], f"?:{key}")).partition(":")
    return _KINDS.get(kind, kind), name


_KINDS = {"tgw-table": "tgw", "tgw-at": "tgw", "firewall": "fw"}


def _given(world: World) -> set[str]:
    """The interfaces that the case itself names."""
    return {f"eni:{name}" for name in world.translated.setup.get("enis", {})}


def _groups(hop: Hop, name: str, world: World) -> list[str]:
    """Where several groups of one interface refuse, a case may name any of them."""
    words = {key: word.partition(":")[2] for word, key in world.translated.keys.items()}
    together = [
        each.groups
        for each in world.model.interfaces.values()
        if each.groups and hop.component in each.groups and f"`{hop.component}`" in hop.why
    ]
    others = [words[key] for key in sorted(together[0]) if f"`{key}`" in hop.why] if together else []
    return [name, *(other for other in others if other != name)]


def _entry(hop: Hop, model: Model) -> str:
    """The number of the deciding rule; `*` for the last one, which IPv6 has of its own."""
    acl = model.acls.get(hop.component)
    entries: tuple[AclEntry, ...] = (*acl.ingress, *acl.egress) if acl else ()
    number = next((str(entry.number) for entry in entries if entry.place == hop.place), None)
    return number or ("*v6" if hop.before.source.version == 6 else "*")
