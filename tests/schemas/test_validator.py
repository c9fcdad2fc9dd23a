"""Expected answers follow the CloudFormation Template Reference of each type."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ringwork.schemas import Problem, UnknownTypeError, open_properties, types, validate

TRUST = {"Version": "2012-10-17", "Statement": []}
SUBNET: dict[str, Any] = {"VpcId": "vpc-1", "CidrBlock": "10.0.0.0/24"}


def messages(type: str, properties: dict[str, Any]) -> list[str]:
    return [str(problem) for problem in validate(type, properties)]


@pytest.mark.parametrize(
    ("type", "properties"),
    [
        ("AWS::EC2::Subnet", SUBNET),
        ("AWS::EC2::VPC", {"CidrBlock": "10.0.0.0/16", "EnableDnsSupport": True}),
        ("AWS::IAM::Role", {"AssumeRolePolicyDocument": TRUST}),
        ("AWS::KMS::Key", {"KeyPolicy": TRUST, "EnableKeyRotation": True}),
        ("AWS::S3::Bucket", {}),
        (
            "AWS::EC2::SecurityGroupIngress",
            {"GroupId": "sg-1", "IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "CidrIp": "10.0.0.0/8"},
        ),
        (
            "AWS::EC2::NetworkAclEntry",
            {
                "NetworkAclId": "acl-1",
                "Protocol": 6,
                "RuleNumber": 100,
                "RuleAction": "allow",
                "CidrBlock": "10.0.0.0/8",
            },
        ),
    ],
)
def test_a_correct_resource_has_no_problem(type: str, properties: dict[str, Any]) -> None:
    assert validate(type, properties) == ()


def test_a_misspelt_property_is_refused_with_the_right_name() -> None:
    assert messages("AWS::EC2::Subnet", {**SUBNET, "AvailabiltyZone": "a"}) == [
        "AvailabiltyZone: unknown property `AvailabiltyZone`, did you mean `AvailabilityZone`?"
    ]


def test_a_nested_misspelling_names_its_path() -> None:
    found = validate("AWS::S3::Bucket", {"VersioningConfiguration": {"Statsu": "Enabled"}})
    assert (
        Problem(("VersioningConfiguration", "Statsu"), "unknown property `Statsu`, did you mean `Status`?")
        in found
    )


def test_a_missing_required_property_is_named() -> None:
    assert messages("AWS::IAM::Role", {}) == ["Properties: `AssumeRolePolicyDocument` is required"]


def test_a_wrong_type_says_what_is_expected() -> None:
    assert messages("AWS::EC2::Subnet", {**SUBNET, "MapPublicIpOnLaunch": "no"}) == [
        "MapPublicIpOnLaunch: expected a boolean, not `no`"
    ]


def test_a_value_outside_an_enum_lists_the_choices() -> None:
    assert messages("AWS::S3::Bucket", {"VersioningConfiguration": {"Status": "enabled"}}) == [
        "VersioningConfiguration/Status: expected `Enabled` or `Suspended`, not `enabled`, "
        "did you mean `Enabled`?"
    ]


def test_enums_that_ignore_case_do() -> None:
    entry = {"NetworkAclId": "a", "Protocol": 6, "RuleNumber": 1, "CidrBlock": "10.0.0.0/8"}
    assert validate("AWS::EC2::NetworkAclEntry", {**entry, "RuleAction": "DENY"}) == ()
    assert validate("AWS::EC2::NetworkAclEntry", {**entry, "RuleAction": "drop"}) != ()


def test_properties_that_aws_sets_are_refused() -> None:
    assert messages("AWS::S3::Bucket", {"Arn": "arn:aws:s3:::b"}) == ["Arn: `Arn` is read-only: AWS sets it"]


def test_nested_properties_that_aws_sets_are_refused() -> None:
    group = {"InstanceGroups": [{"CurrentCount": 1}]}
    assert Problem(
        ("InstanceGroups", 0, "CurrentCount"), "`CurrentCount` is read-only: AWS sets it"
    ) in validate("AWS::SageMaker::Cluster", group)


def test_exclusive_sources_of_a_rule_exclude_each_other() -> None:
    rule = {"GroupId": "sg-1", "IpProtocol": "-1", "CidrIp": "10.0.0.0/8", "CidrIpv6": "::/0"}
    (problem,) = validate("AWS::EC2::SecurityGroupIngress", rule)
    assert "`CidrIp` and `CidrIpv6` exclude each other" in problem.message


def test_a_rule_without_a_source_is_refused() -> None:
    (problem,) = validate("AWS::EC2::SecurityGroupIngress", {"GroupId": "sg-1", "IpProtocol": "-1"})
    assert problem.message.startswith("exactly one of `CidrIp`")


def test_dependent_exclusions_name_both_properties() -> None:
    both = {**SUBNET, "AvailabilityZone": "a", "AvailabilityZoneId": "b"}
    assert "AvailabilityZone: `AvailabilityZone` cannot stand beside `AvailabilityZoneId`" in messages(
        "AWS::EC2::Subnet", both
    )


@pytest.mark.parametrize(
    "intrinsic",
    [
        {"Ref": "X"},
        {"Fn::GetAtt": ["X", "Arn"]},
        {"Fn::Sub": "${X}"},
        {"Fn::Sub": ["${X}", {"X": {"Ref": "Y"}}]},
        {"Fn::Select": [0, {"Fn::GetAZs": ""}]},
        {"Fn::ImportValue": "x"},
    ],
)
@pytest.mark.parametrize("property", ["CidrBlock", "MapPublicIpOnLaunch", "Tags"])
def test_an_intrinsic_function_satisfies_any_schema(intrinsic: Any, property: str) -> None:
    assert validate("AWS::EC2::Subnet", {**SUBNET, property: intrinsic}) == ()


def test_a_map_with_an_intrinsic_name_beside_others_is_no_intrinsic_function() -> None:
    assert validate("AWS::EC2::Subnet", {**SUBNET, "CidrBlock": {"Ref": "X", "Other": 1}}) != ()


def test_both_branches_of_an_if_are_checked() -> None:
    choice = {"Fn::If": ["C", "Enabled", {"Fn::If": ["D", {"Ref": "P"}, "off"]}]}
    (problem,) = validate("AWS::S3::Bucket", {"VersioningConfiguration": {"Status": choice}})
    assert problem.path == ("VersioningConfiguration", "Status")
    assert "not `off`" in problem.message


def test_an_if_inside_a_branch_of_an_if_is_checked() -> None:
    inner = {"Status": {"Fn::If": ["D", "Enabled", "off"]}}
    for branches in ([inner, {"Ref": "AWS::NoValue"}], [{"Ref": "AWS::NoValue"}, inner]):
        found = validate("AWS::S3::Bucket", {"VersioningConfiguration": {"Fn::If": ["C", *branches]}})
        assert ["not `off`" in problem.message for problem in found] == [True]


def test_no_value_removes_the_property() -> None:
    assert validate("AWS::EC2::Subnet", {**SUBNET, "Tags": {"Ref": "AWS::NoValue"}}) == ()
    assert messages("AWS::IAM::Role", {"AssumeRolePolicyDocument": {"Ref": "AWS::NoValue"}}) == [
        "Properties: `AssumeRolePolicyDocument` is required"
    ]


def test_an_unknown_type_is_an_error_of_its_own() -> None:
    with pytest.raises(UnknownTypeError, match="AWS::Nonsense::Type"):
        validate("AWS::Nonsense::Type", {})


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["Ref", "Fn::If", "Fn::Sub", "Status", "Tags", "Key", "VpcId", "Rules"]),
            inner,
            max_size=3,
        )
    ),
    max_leaves=12,
)


@settings(deadline=None)
@given(st.dictionaries(st.sampled_from(["Tags", "VersioningConfiguration", "LifecycleConfiguration"]), JSON))
def test_any_json_gets_an_answer_whose_paths_lead_somewhere(properties: dict[str, Any]) -> None:
    for problem in validate("AWS::S3::Bucket", properties):
        assert problem.message
        assert not problem.path or problem.path[0] in properties


@pytest.mark.parametrize(
    ("type", "property"),
    [
        ("AWS::S3::BucketPolicy", "PolicyDocument"),
        ("AWS::IAM::Role", "AssumeRolePolicyDocument"),
        ("AWS::IAM::ManagedPolicy", "PolicyDocument"),
        ("AWS::KMS::Key", "KeyPolicy"),
    ],
)
def test_policy_documents_may_be_any_map(type: str, property: str) -> None:
    """The registry schema of each says type `object`, without properties."""
    assert property in open_properties(type)


@pytest.mark.parametrize(
    ("type", "property"),
    [
        ("AWS::S3::Bucket", "VersioningConfiguration"),  # has properties of its own
        ("AWS::EC2::Subnet", "Tags"),  # a list
        ("AWS::EC2::Subnet", "CidrBlock"),  # a string
        ("AWS::IAM::Role", "Policies"),  # a list of maps with names
    ],
)
def test_properties_that_the_schema_looks_into_are_not_open(type: str, property: str) -> None:
    assert property not in open_properties(type)


def test_no_type_looks_into_an_open_property() -> None:
    """Of every type: a map of anything, functions among it, never adds a problem."""
    odd = {"Ref": "x", "Fn::If": [1, {"Ref": "AWS::NoValue"}], "a": [None, {"Arn": 1.5}], "Id": {"*": True}}
    checked = 0
    for type in types():
        base = set(validate(type, {}))
        for property in open_properties(type):
            found = {problem for problem in validate(type, {property: odd}) if property in problem.path}
            assert not found - base, (type, property)
            checked += 1
    assert checked > 50


@settings(deadline=None)
@given(
    st.dictionaries(
        st.sampled_from(["VersioningConfiguration", "BucketName", "Tags", "ObjectLockEnabled", "Arn"]),
        JSON
        | st.sampled_from(
            [
                {"Status": "Enabled"},
                {"Status": {"Fn::If": ["C", "Enabled", {"Ref": "AWS::NoValue"}]}},
                {"Status": {"Fn::Sub": "x"}},
                [{"Key": "a", "Value": {"Ref": "X"}}],
                [{"Key": "a", "Value": {"Fn::If": ["C", "b", 1]}}],
                "bucket",
                True,
            ]
        ),
    )
)
def test_the_quick_answer_is_the_thorough_one(properties: dict[str, Any]) -> None:
    """`Fn::If` with two equal branches says the same as the branch alone, and is never answered quickly."""
    thorough = {name: {"Fn::If": ["C", value, value]} for name, value in properties.items()}
    assert validate("AWS::S3::Bucket", thorough) == validate("AWS::S3::Bucket", properties)
