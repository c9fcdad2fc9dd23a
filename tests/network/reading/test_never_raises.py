"""The law: whatever an estate says, reading it answers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from ringwork.estate import Estate, Gap, Reference, Resource, Text, Unknown
from ringwork.network.model import Model
from ringwork.network.reading import read

from .estates import VPC, template
from .whole import EVERYTHING

ESTATE = template({**VPC, **EVERYTHING})
TARGETS = tuple(resource.key for resource in ESTATE.resources)
scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-2, 70000),
    st.floats(allow_nan=True),
    st.sampled_from(
        ["", "-1", "tcp", "10.0.0.0/8", "10.0.0.0/33", "::/0", "pl-1", "local", "vpce-1", "arn:aws:x", "true"]
    ),
    st.text(max_size=6),
    st.builds(Unknown, st.sampled_from(["why", "id of the managed prefix list `com.amazonaws.r.s3`, later"])),
    st.builds(Reference, st.sampled_from([*TARGETS, "nobody"]), st.sampled_from(["Ref", "Arn", "CidrBlock"])),
    st.builds(lambda unknown: Text(("a", unknown, "b")), st.builds(Unknown, st.just("why"))),
)
values = st.recursive(
    scalars,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3).map(tuple), st.dictionaries(st.text(max_size=4), inner, max_size=3)
    ),
    max_leaves=4,
)


def places(value: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    yield path
    items: Any = value.items() if isinstance(value, Mapping) else ()
    if isinstance(value, tuple):
        items = enumerate(value)
    for name, item in items:
        yield from places(item, (*path, name))


def put(value: Any, path: tuple[str | int, ...], new: Any) -> Any:
    if not path:
        return new
    name, *rest = path
    if isinstance(value, tuple):
        return tuple(put(v, tuple(rest), new) if i == name else v for i, v in enumerate(value))
    return {k: put(v, tuple(rest), new) if k == name else v for k, v in value.items()}


PLACES = [
    (index, path)
    for index, resource in enumerate(ESTATE.resources)
    for path in places(resource.properties)
    if path
]


@settings(max_examples=150, deadline=None)
@given(
    st.lists(st.tuples(st.sampled_from(PLACES), values), min_size=1, max_size=4),
    st.sets(st.integers(0, len(ESTATE.resources) - 1), max_size=3),
    st.lists(st.builds(Gap, st.none(), st.none(), st.sampled_from([*ESTATE.types, None]), st.just("no"))),
)
def test_reading_answers_whatever_is_changed_removed_or_not_known(
    changes: list[tuple[tuple[int, tuple[str | int, ...]], Any]], removed: set[int], gaps: list[Gap]
) -> None:
    resources: list[Resource] = list(ESTATE.resources)
    for (index, path), new in changes:
        try:
            properties = put(resources[index].properties, path, new)
        except (AttributeError, ValueError):
            continue  # an earlier change took the place away
        resources[index] = replace(resources[index], properties=properties)
    left = [resource for index, resource in enumerate(resources) if index not in removed]
    net = read(Estate(left, gaps=gaps))
    keys = {resource.key for resource in left}
    assert all(problem.key in keys or problem.key == "-/-" for problem in net.problems)  # -/-: a gap
    check_whole(net)


def check_whole(net: Model) -> None:
    """Whatever the model's parts name, the model has: nobody who walks it meets a hole."""
    for subnet in net.subnets.values():
        assert subnet.vpc in net.vpcs
        assert subnet.table in net.tables
        assert subnet.acl is None or subnet.acl in net.acls
    for interface in net.interfaces.values():
        assert interface.subnet in net.subnets
        assert interface.groups is None or interface.groups <= net.groups.keys()
        assert interface.assigned == bool(interface.addresses)
    for attachment in net.attachments.values():
        assert attachment.gateway in net.transit_gateways
        assert attachment.association is None or attachment.association in net.transit_tables
        assert set(attachment.subnets) <= net.subnets.keys()
    for table in net.transit_tables.values():
        assert all(r.attachment is None or r.attachment in net.attachments for r in table.routes)
    for balancer in net.load_balancers.values():
        assert set(balancer.interfaces) <= net.interfaces.keys()
        assert all(set(listener.groups) <= net.target_groups.keys() for listener in balancer.listeners)
    for group in net.groups.values():
        for rule in (*group.ingress, *group.egress):
            peer = getattr(rule.peer, "group", None)
            assert peer is None or peer in net.groups
            listed = getattr(rule.peer, "list", None)
            assert listed is None or listed in net.lists
    for gateway in net.nat_gateways.values():
        assert gateway.interface in net.interfaces
    for firewall in net.firewalls.values():
        assert set(firewall.interfaces) <= net.interfaces.keys()
        assert firewall.policy is None or firewall.policy in net.policies
    for vpn in net.vpn_gateways.values():
        assert set(vpn.externals) <= net.externals.keys()


def test_the_whole_estate_that_is_changed_reads_without_a_problem() -> None:
    net = read(ESTATE)
    assert net.problems == ()
    check_whole(net)
    nothing = ("problems", "acls", "unplaced")
    empty = [name for name in Model.__slots__ if not getattr(net, name) and name not in nothing]
    assert empty == []
