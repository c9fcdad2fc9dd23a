"""What counts as a difference between two estates, and what does not."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ringwork.estate import Estate, Logical, Reference, Resource, Text, Unknown
from ringwork.estate.compare import Kind, differences

A = "111111111111"
REGION = "eu-west-1"


def resource(type, properties, *, logical="It", side="template", **more):
    return Resource(
        key=f"{side}/{type}/{logical}",
        type=type,
        properties=properties,
        account=A,
        region=REGION,
        logical=Logical("s", logical),
        **more,
    )


def kinds(type, left, right, **options):
    return [
        difference.kind
        for difference in differences(
            Estate([resource(type, left)]), Estate([resource(type, right, side="live")]), **options
        )
    ]


@pytest.mark.parametrize(
    ("type", "left", "right"),
    [
        # defaults named on the property's page in the template reference
        ("AWS::EC2::VPC", {}, {"EnableDnsSupport": True, "InstanceTenancy": "default"}),
        (
            "AWS::EC2::SecurityGroup",
            {},
            {"SecurityGroupEgress": ({"CidrIp": "0.0.0.0/0", "IpProtocol": -1},)},
        ),
        ("AWS::IAM::Role", {}, {"Path": "/", "MaxSessionDuration": 3600, "ManagedPolicyArns": ()}),
        ("AWS::KMS::Key", {}, {"KeySpec": "SYMMETRIC_DEFAULT", "MultiRegion": False}),
        ("AWS::EC2::VPC", {}, {"Tags": ()}),
        # the same value, written differently
        ("AWS::EC2::VPC", {"EnableDnsSupport": "true"}, {"EnableDnsSupport": True}),
        ("AWS::EC2::Route", {"DestinationCidrBlock": "10.0.0.1/8"}, {"DestinationCidrBlock": "10.0.0.0/8"}),
        (
            "AWS::EC2::SecurityGroupIngress",
            {"IpProtocol": "6", "FromPort": "443"},
            {"IpProtocol": "tcp", "FromPort": 443},
        ),
        # order of sets
        (
            "AWS::EC2::VPC",
            {"Tags": ({"Key": "a", "Value": "1"}, {"Key": "b", "Value": "2"})},
            {"Tags": ({"Key": "b", "Value": "2"}, {"Value": "1", "Key": "a"})},
        ),
        # policies: scalars and lists, account ids, order
        (
            "AWS::S3::BucketPolicy",
            {"PolicyDocument": {"Statement": {"Action": "s3:*", "Principal": A, "Resource": ["b", "a"]}}},
            {
                "PolicyDocument": {
                    "Statement": (
                        {
                            "Action": ("s3:*",),
                            "Principal": {"AWS": f"arn:aws:iam::{A}:root"},
                            "Resource": ("a", "b"),
                        },
                    )
                }
            },
        ),
        (
            "AWS::S3::BucketPolicy",
            {"PolicyDocument": {"Statement": ({"Condition": {"Bool": {"aws:SecureTransport": False}}},)}},
            {
                "PolicyDocument": {
                    "Statement": ({"Condition": {"Bool": {"aws:SecureTransport": ("false",)}}},)
                }
            },
        ),
    ],
)
def test_no_difference(type, left, right):
    assert kinds(type, left, right) == []
    assert kinds(type, right, left) == []


@pytest.mark.parametrize(
    ("type", "left", "right"),
    [
        ("AWS::EC2::VPC", {}, {"EnableDnsSupport": False}),
        ("AWS::S3::Bucket", {"VersioningConfiguration": {"Status": "Enabled"}}, {}),
        (
            "AWS::S3::Bucket",
            {"PublicAccessBlockConfiguration": {"BlockPublicAcls": True}},
            {"PublicAccessBlockConfiguration": {"BlockPublicAcls": True, "BlockPublicPolicy": True}},
        ),
        (
            "AWS::EC2::SecurityGroup",
            {"SecurityGroupIngress": ()},
            {"SecurityGroupIngress": ({"IpProtocol": "tcp"},)},
        ),
        ("AWS::EC2::VPC", {"Tags": ({"Key": "a", "Value": "1"},)}, {"Tags": ({"Key": "a", "Value": "2"},)}),
        (
            "AWS::S3::BucketPolicy",
            {"PolicyDocument": {"Statement": {"Effect": "Deny"}}},
            {"PolicyDocument": {"Statement": {"Effect": "Allow"}}},
        ),
    ],
)
def test_one_difference(type, left, right):
    assert kinds(type, left, right) == [Kind.VALUE]
    assert kinds(type, right, left) == [Kind.VALUE]


def test_order_matters_where_aws_says_nothing_else():
    assert set(kinds("Custom::It", {"Steps": ("a", "b")}, {"Steps": ("b", "a")})) == {Kind.VALUE}


def test_an_unknown_is_listed_and_not_taken_for_agreement():
    zone = Unknown("availability zone 0 of eu-west-1")
    assert kinds("AWS::EC2::Subnet", {"AvailabilityZone": zone}, {"AvailabilityZone": "eu-west-1a"}) == [
        Kind.NOT_COMPARABLE
    ]
    text = Text(("a-", zone, "-b"))
    assert kinds("Custom::It", {"X": text}, {"X": "a-1-b"}) == [Kind.NOT_COMPARABLE]
    assert kinds("Custom::It", {"X": text}, {"X": "c-1-b"}) == [Kind.VALUE]


def test_values_that_aws_makes_up_or_never_gives_back_are_listed():
    assert kinds("AWS::S3::Bucket", {}, {"BucketName": "s-it-1x2y3z"}) == [Kind.NOT_COMPARABLE]
    assert kinds("AWS::KMS::Key", {"PendingWindowInDays": 30}, {}) == [Kind.NOT_COMPARABLE]


def test_resources_on_one_side_only_are_named():
    one = Estate([resource("AWS::EC2::VPC", {})])
    assert [(d.kind, d.logical) for d in differences(one, Estate([]))] == [(Kind.ONLY_LEFT, "It")]
    assert [(d.kind, d.logical) for d in differences(Estate([]), one)] == [(Kind.ONLY_RIGHT, "It")]


def test_ignored_properties_are_not_compared():
    ignore = {"AWS::EC2::VPC": frozenset({"EnableDnsSupport"})}
    assert kinds("AWS::EC2::VPC", {}, {"EnableDnsSupport": False}, ignore=ignore) == []
    assert kinds("AWS::EC2::VPC", {}, {"EnableDnsHostnames": True}, ignore=ignore) == [Kind.VALUE]


def test_references_are_the_same_if_their_targets_are():
    def estate(side, target):
        return Estate(
            [
                resource("AWS::EC2::VPC", {}, logical="V", side=side, physical=f"vpc-{side}"),
                resource("AWS::EC2::VPC", {}, logical="W", side=side),
                resource(
                    "AWS::EC2::Subnet", {"VpcId": Reference(f"{side}/AWS::EC2::VPC/{target}")}, side=side
                ),
            ]
        )

    found = differences(estate("template", "V"), estate("live", "V"))
    assert [d.path for d in found] == [("@physical",)]
    assert [d.path for d in differences(estate("live", "V"), estate("live", "W"))] == [("VpcId",)]


def test_a_generated_name_within_text_reads_as_the_account_knows_it():
    def estate(side, value, physical):
        bucket = resource("AWS::S3::Bucket", {}, logical="B", side=side, physical=physical)
        return Estate([bucket, resource("Custom::It", {"X": value}, side=side)])

    text = Text(("arn:aws:s3:::", Reference("template/AWS::S3::Bucket/B"), "/*"))
    template = estate("template", text, None)
    assert differences(template, estate("live", "arn:aws:s3:::s-b-1x2y3z/*", "s-b-1x2y3z")) == ()
    assert differences(template, estate("live", "arn:aws:s3:::other/*", "s-b-1x2y3z")) != ()


def test_a_computed_name_that_the_account_contradicts_is_a_difference():
    left = Estate([resource("AWS::S3::Bucket", {}, physical="a", arn="arn:aws:s3:::a")])
    right = Estate([resource("AWS::S3::Bucket", {}, physical="b", arn="arn:aws:s3:::b", side="live")])
    assert [d.path for d in differences(left, right)] == [("@physical",), ("@arn",)]


WORDS = st.text(st.characters(codec="ascii"), max_size=6)
NAMES = st.sampled_from(["Name", "Rules", "Tags", "SubnetIds", "PolicyDocument", "Statement", "Action", "X"])
LEAVES = st.one_of(
    WORDS,
    st.integers(-5, 5),
    st.booleans(),
    st.none(),
    st.builds(Reference, st.just("template/AWS::EC2::VPC/V"), st.sampled_from(["Ref", "Arn"])),
    st.builds(Unknown, WORDS),
)
VALUES = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3).map(tuple), st.dictionaries(NAMES, inner, max_size=3)
    ),
    max_leaves=12,
)
PROPERTIES = st.dictionaries(NAMES, VALUES, max_size=4)
TYPES = st.sampled_from(["Custom::It", "AWS::S3::BucketPolicy", "AWS::EC2::SecurityGroup"])


def one(type, properties):
    vpc = resource("AWS::EC2::VPC", {}, logical="V")
    return Estate([vpc, resource(type, properties)])


@settings(max_examples=300, deadline=None)
@given(type=TYPES, properties=PROPERTIES)
def test_an_estate_does_not_differ_from_itself(type, properties):
    assert differences(one(type, properties), one(type, properties)) == ()


def leaves(value, path=()):
    if isinstance(value, dict):
        for name, item in value.items():
            yield from leaves(item, (*path, name))
    elif isinstance(value, tuple):
        for index, item in enumerate(value):
            yield from leaves(item, (*path, index))
    elif not isinstance(value, Unknown):
        yield path


def with_leaf(value, path, leaf):
    if not path:
        return leaf
    if isinstance(value, dict):
        return {**value, path[0]: with_leaf(value[path[0]], path[1:], leaf)}
    return (*value[: path[0]], with_leaf(value[path[0]], path[1:], leaf), *value[path[0] + 1 :])


@settings(max_examples=300, deadline=None)
@given(type=TYPES, properties=PROPERTIES, data=st.data())
def test_a_change_of_any_leaf_is_seen(type, properties, data):
    paths = list(leaves(properties))
    if not paths:
        return
    path = data.draw(st.sampled_from(paths))
    changed = with_leaf(properties, path, "something new")
    for left, right in ((properties, changed), (changed, properties)):
        found = differences(one(type, left), one(type, right))
        assert any(difference.kind is Kind.VALUE for difference in found)
