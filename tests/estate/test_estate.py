"""The estate's indexes."""

import pickle

import pytest

from ringwork.estate import Estate, Gap, Reference, Resource, Text, Unknown, resource_key


def resource(type, name, properties=None, **more):
    return Resource(resource_key("1" * 12, "eu-west-1", type, name), type, properties or {}, **more)


VPC = resource("AWS::EC2::VPC", "v", physical="vpc-1", account="1" * 12, region="eu-west-1")
NAMED = Text(("of ", Reference(VPC.key)))
SUBNET = resource("AWS::EC2::Subnet", "s", {"VpcId": Reference(VPC.key), "Tags": ({"Value": NAMED},)})
GROUP = resource("AWS::Logs::LogGroup", "g", arn="arn:aws:logs:eu-west-1:111111111111:log-group:/a:*")


def test_finds_by_key_type_id_and_arn():
    estate = Estate([VPC, SUBNET, GROUP])
    assert estate.get(VPC.key) is VPC
    assert estate.get("nothing") is None
    assert estate.of_type("AWS::EC2::Subnet", "AWS::EC2::VPC") == (SUBNET, VPC)
    assert estate.by_physical("vpc-1") == (VPC,)
    assert estate.by_physical("vpc-1", "AWS::EC2::Subnet") == ()
    assert estate.resolve(Reference(VPC.key)) is VPC
    assert estate.resolve("vpc-1") is None


def test_a_log_group_is_found_with_and_without_its_star():
    estate = Estate([GROUP])
    assert estate.by_arn("arn:aws:logs:eu-west-1:111111111111:log-group:/a:*") is GROUP
    assert estate.by_arn("arn:aws:logs:eu-west-1:111111111111:log-group:/a") is GROUP


def test_knows_who_refers_to_a_resource_also_from_within_text():
    found = Estate([VPC, SUBNET]).referrers(VPC.key)
    assert {(who.key, path) for who, path in found} == {
        (SUBNET.key, ("VpcId",)),
        (SUBNET.key, ("Tags", 0, "Value")),
    }


def test_two_resources_with_one_key_are_refused():
    with pytest.raises(ValueError, match="two resources have the key"):
        Estate([VPC, VPC])


def test_a_gap_hides_what_its_scope_covers():
    gap = Gap("1" * 12, "eu-west-1", "AWS::EC2::VPC", "no permission")
    estate = Estate([], gaps=[gap])
    assert estate.gaps_for("AWS::EC2::VPC") == (gap,)
    assert estate.gaps_for("AWS::EC2::VPC", "2" * 12) == ()
    assert estate.gaps_for("AWS::EC2::Subnet") == ()
    anything = Gap(None, None, None, "nested stack")
    assert Estate([], gaps=[anything]).gaps_for("AWS::EC2::Subnet", "2" * 12, "us-east-1") == (anything,)


def test_literal_text_is_given_only_when_all_of_it_is_known():
    estate = Estate([VPC])
    assert estate.literal(Text(("x/", Reference(VPC.key)))) == "x/vpc-1"
    assert estate.literal(Text(("x/", Unknown("why")))) is None
    assert estate.literal(Reference(VPC.key, "Arn")) is None
    assert estate.literal(True) == "true"


def test_survives_a_process_boundary():
    copy = pickle.loads(pickle.dumps(Estate([VPC, SUBNET])))  # noqa: S301 (our own bytes)
    assert copy.resources == (VPC, SUBNET)
    assert copy.referrers(VPC.key)
