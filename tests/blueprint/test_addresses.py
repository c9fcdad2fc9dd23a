from __future__ import annotations

from ipaddress import IPv4Network
from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ringwork.blueprint import allocate, loads
from ringwork.blueprint.model import Blueprint
from ringwork.source import InputError


def blueprint(teams: list[str], *, network: str = "{}", pins: dict[str, str] | None = None) -> Blueprint:
    lines = [f"  {t}: " + (f"{{cidr: {pins[t]}}}" if pins and t in pins else "{}") for t in teams]
    head = (
        f"ringwork: 1\norganization: acme\nregions: [eu-west-1, eu-central-1]\nnetwork: {network}\nteams:\n"
    )
    return loads(head + "\n".join(lines) + "\n")


def test_blocks_are_cut_in_the_order_of_regions_and_teams() -> None:
    assert allocate(blueprint(["a", "b"])) == {
        "a/eu-west-1": IPv4Network("10.0.0.0/18"),
        "b/eu-west-1": IPv4Network("10.0.64.0/18"),
        "a/eu-central-1": IPv4Network("10.0.128.0/18"),
        "b/eu-central-1": IPv4Network("10.0.192.0/18"),
    }


def test_a_new_team_takes_the_first_free_block_and_moves_nobody() -> None:
    existing = {"b/eu-west-1": "10.0.0.0/18", "b/eu-central-1": "10.0.128.0/18"}
    plan = allocate(blueprint(["a", "b"]), existing)
    assert plan["b/eu-west-1"] == IPv4Network("10.0.0.0/18")
    assert plan["b/eu-central-1"] == IPv4Network("10.0.128.0/18")
    assert plan["a/eu-west-1"] == IPv4Network("10.0.64.0/18")
    assert plan["a/eu-central-1"] == IPv4Network("10.0.192.0/18")


def test_a_pinned_team_gets_its_block_and_the_others_go_around() -> None:
    plan = allocate(blueprint(["a", "b"], pins={"b": "10.0.0.0/20"}))
    assert plan["b/eu-west-1"] == IPv4Network("10.0.0.0/18")
    assert plan["a/eu-west-1"] == IPv4Network("10.0.64.0/18")


def test_a_team_that_left_keeps_its_block_until_the_caller_drops_it() -> None:
    plan = allocate(blueprint(["a"]), {"gone/eu-west-1": "10.0.0.0/18"})
    assert set(plan) == {"a/eu-west-1", "a/eu-central-1"}
    assert plan["a/eu-west-1"] == IPv4Network("10.0.64.0/18")


def test_the_block_that_sagemaker_uses_is_left_out() -> None:
    """172.16.0.0/14 has four blocks of /16; the second is 172.17.0.0/16."""
    network = "{cidr: 172.16.0.0/14, reserve_prefix: 16, vpc_prefix: 16}"
    plan = allocate(blueprint(["a"], network=network))
    assert list(plan.values()) == [IPv4Network("172.16.0.0/16"), IPv4Network("172.18.0.0/16")]


def test_a_reserve_that_was_larger_keeps_its_size() -> None:
    plan = allocate(blueprint(["a", "b"]), {"a/eu-west-1": "10.0.0.0/16"})
    assert plan["a/eu-west-1"] == IPv4Network("10.0.0.0/16")
    assert plan["b/eu-west-1"] == IPv4Network("10.1.0.0/18")


@pytest.mark.parametrize(
    ("existing", "fragment"),
    [
        ({"a/eu-west-1": "10.0.0.0/18", "x/eu-west-1": "10.0.32.0/20"}, "overlaps `10.0.0.0/18`"),
        ({"a/eu-west-1": "10.0.0.0/24"}, "too few for a VPC of /20"),
        ({"a/eu-west-1": "ten"}, "`ten` of `a/eu-west-1` is not an IPv4 block"),
        ({"a/eu-west-1": "2001:db8::/32"}, "is not an IPv4 block"),
        ({"b/eu-west-1": "10.0.0.0/18"}, "but the blueprint pins `10.9.0.0/18`"),
        ({"x/eu-west-1": "10.9.0.0/18"}, "is taken by `x/eu-west-1`"),
    ],
)
def test_an_existing_plan_that_cannot_hold_is_refused(existing: dict[str, str], fragment: str) -> None:
    with pytest.raises(InputError) as caught:
        allocate(blueprint(["a", "b"], pins={"b": "10.9.0.0/18"}), existing)
    assert fragment in caught.value.message


names = st.lists(
    st.sampled_from([f"t{n}" for n in range(12)]), min_size=1, max_size=12, unique=True
)  # fmt: skip
networks = st.sampled_from(
    [
        "{}",
        "{cidr: 10.64.0.0/12}",
        "{cidr: 172.16.0.0/12, reserve_prefix: 19}",
        "{cidr: 192.168.0.0/16, vpc_prefix: 22, reserve_prefix: 21}",
        "{cidr: 10.0.0.0/8, vpc_prefix: 18, reserve_prefix: 12}",
    ]
)


@settings(deadline=None)
@given(names, names, networks)
def test_blocks_never_overlap_and_never_move(before: list[str], after: list[str], network: str) -> None:
    """Teams come, go and change order; whoever stays keeps the block, and no two ever share an address."""
    try:
        old = blueprint(before, network=network)
        first = allocate(old)
        second = allocate(
            blueprint(after, network=network), {key: str(block) for key, block in first.items()}
        )
    except InputError as error:
        assert "has room for" in error.message  # a small plan may be full
        return
    assert list(second) == [f"{team}/{region}" for region in old.regions for team in after]
    for key, block in second.items():
        assert block == first.get(key, block)
        assert block.subnet_of(old.network.cidr)
        assert block.prefixlen == old.network.reserve_prefix
        assert not block.overlaps(IPv4Network("172.17.0.0/16"))
    for one, other in combinations({**first, **second}.values(), 2):
        assert not one.overlaps(other)


@given(names)
def test_the_same_blueprint_gives_the_same_plan(teams: list[str]) -> None:
    plan = allocate(blueprint(teams))
    assert plan == allocate(blueprint(teams))
    assert plan == allocate(blueprint(teams), {key: str(block) for key, block in plan.items()})
