"""Who a short text names."""

from __future__ import annotations

import pytest

from ringwork.network.questions import Network, parse, resolve
from ringwork.source import InputError

from .places import estate


@pytest.fixture(scope="module")
def network(tmp_path_factory: pytest.TempPathFactory) -> Network:
    texts = ("10.0.0.0/8", "10.0.1.10/32")
    cuts = [prefix for text in texts for prefix in parse(text).prefixes]
    return Network(estate(tmp_path_factory.mktemp("place")), cuts=cuts)


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("fraud/screen", {"Front"}),
        ("fraud/*", {"Front"}),
        ("workload=store", {"Database"}),
        ("workload=*", {"Front", "Database"}),
        ("tag:env=prod", {"Front"}),
        ("env=prod,team=fraud", None),
        ("tag:env=prod,team=fraud", {"Front"}),
        ("team!=credit,workload=*", {"Front"}),
        ("Front", {"Front"}),
        ("place/Front", {"Front"}),
        ("BackGroup", {"Database"}),
        ("group=BackGroup", {"Database"}),
        ("subnet=Public,workload=*", {"Front"}),
        ("10.0.1.10", {"Front"}),
    ],
)
def test_an_end_is_who_its_text_names(network: Network, text: str, names: set[str] | None) -> None:
    if names is None:
        with pytest.raises(InputError, match="`env` is nothing that an end can be named by"):
            parse(text)
        return
    found = {key.rsplit("/", 1)[1] for key in resolve(network, parse(text)).interfaces}
    assert {name for name in found if "#" not in name} == names


def test_the_owners_tag_counts_before_its_vpcs(network: Network) -> None:
    (front,) = (each for key, each in network.model.interfaces.items() if key.endswith("/Front"))
    labels = network.labels.of(front)
    assert labels["team"] == {"fraud"}  # from the VPC
    assert labels["workload"] == {"screen"}  # its own


def test_the_internet_is_no_interface_and_starts_with_an_example(network: Network) -> None:
    party = resolve(network, parse("internet"))
    assert not party.members
    atoms = network.prover.addresses
    assert str(atoms.example(party.internet[0])) <= "198.51.100.7" <= str(atoms.last(party.internet[0]))


def test_addresses_outside_of_all_interfaces_count_too(network: Network) -> None:
    party = resolve(network, parse("10.0.0.0/8"))
    assert len(party.interfaces) == 4  # two, and the places of two default groups
    assert party.outside
    assert not party.internet


@pytest.mark.parametrize(
    ("text", "message", "help"),
    [
        ("team=fruad", "`team=fruad` is nothing in this network", "did you mean `fraud`?"),
        ("Frnt", "`Frnt` is nothing in this network", "`Front`"),
        ("fraud/scren", "`fraud/scren` is nothing in this network", "`fraud/screen`"),
        ("stage=prod", "`stage=prod` is nothing in this network", "nothing here has a `stage`"),
        ("external=dc", "`external=dc` is nothing in this network", "name it by id"),
    ],
)
def test_nobody_is_an_error_with_the_nearest_name(
    network: Network, text: str, message: str, help: str
) -> None:
    with pytest.raises(InputError) as raised:
        resolve(network, parse(text))
    assert raised.value.message == message
    assert help in (raised.value.help or "")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("taem=x", "`taem` is nothing that an end can be named by"),
        ("team=", "`team=` has no value"),
        ("10.0.0.0/33", "`10.0.0.0/33` is not a CIDR block"),
        ("team=a,,type=b", "`team=a,,type=b` names nothing"),
        ("", "`` names nothing"),
        ("internet,team=a", "`internet,team=a` joins what has no labels with a label"),
    ],
)
def test_a_text_that_is_no_end_is_an_error(text: str, message: str) -> None:
    with pytest.raises(InputError) as raised:
        parse(text)
    assert raised.value.message == message
    assert raised.value.help


def test_a_star_may_be_nobody(network: Network) -> None:
    assert resolve(network, parse("stage=*")).empty
    assert resolve(network, parse("external=*")).empty
