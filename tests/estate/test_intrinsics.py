"""What each intrinsic function gives; expectations from its page in AWS's intrinsic function reference."""

import pytest

from ringwork.estate import Reference, Stack, Text, Unknown
from ringwork.estate.sources.cloudformation import read_stacks

ACCOUNT = "123456789012"
REGION = "eu-west-1"


def resolved(value, *, region=REGION, parameters=None, **sections):
    """The value of one property of one resource, next to the sections of the template."""
    resources = {
        "It": {"Type": "Custom::It", "Properties": {"Value": value}},
        **sections.pop("Resources", {}),
    }
    stack = Stack("s", ACCOUNT, region, {**sections, "Resources": resources}, parameters or {})
    (estate,) = read_stacks([stack])
    (found,) = estate.of_type("Custom::It")
    return found.properties.get("Value", "<absent>")


def key(type, logical, *, stack="s", account=ACCOUNT, region=REGION):
    return f"{account}/{region}/{type}/{stack}/{logical}"


VPC = {"Vpc": {"Type": "AWS::EC2::VPC", "Properties": {"CidrBlock": "10.0.0.0/16"}}}
BUCKET = {"Bucket": {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": "data"}}}


def test_cidr_example_of_the_reference():
    assert resolved({"Fn::Cidr": ["192.168.0.0/24", "6", "5"]}) == (
        "192.168.0.0/27",
        "192.168.0.32/27",
        "192.168.0.64/27",
        "192.168.0.96/27",
        "192.168.0.128/27",
        "192.168.0.160/27",
    )


def test_cidr_of_the_block_of_a_vpc():
    # reference, "Creating an IPv6 enabled VPC": Select 0 of Cidr(VPC's CidrBlock, 1, 8) is a /24
    block = {"Fn::GetAtt": ["Vpc", "CidrBlock"]}
    assert resolved({"Fn::Select": [0, {"Fn::Cidr": [block, 1, 8]}]}, Resources=VPC) == "10.0.0.0/24"


def test_cidr_of_ipv6_counts_bits_from_128():
    assert resolved({"Fn::Cidr": ["2001:db8::/56", 2, 64]}) == ("2001:db8::/64", "2001:db8:0:1::/64")


@pytest.mark.parametrize(
    "arguments",
    [["10.0.0.0/24", 257, 4], ["10.0.0.0/24", 1, 16], ["nonsense", 1, 8], ["10.0.0.0/24", 17, 4], [], "x"],
)
def test_cidr_that_does_not_fit_is_unknown(arguments):
    assert isinstance(resolved({"Fn::Cidr": arguments}), Unknown)


def test_join_example_of_the_reference():
    assert resolved({"Fn::Join": [":", ["a", "b", "c"]]}) == "a:b:c"


def test_split_examples_of_the_reference():
    assert resolved({"Fn::Split": ["|", "a|b|c"]}) == ("a", "b", "c")
    assert resolved({"Fn::Split": ["|", "a||c|"]}) == ("a", "", "c", "")


def test_select_example_of_the_reference():
    fruit = ["apples", "grapes", "oranges", "mangoes"]
    assert resolved({"Fn::Select": ["1", fruit]}) == "grapes"
    assert isinstance(resolved({"Fn::Select": ["4", fruit]}), Unknown)


def test_base64_example_of_the_reference():
    assert resolved({"Fn::Base64": "AWS CloudFormation"}) == "QVdTIENsb3VkRm9ybWF0aW9u"


def test_find_in_map_example_of_the_reference():
    mappings = {"RegionMap": {"us-east-1": {"HVM64": "ami-0ff8a91507f77f867"}}}
    value = {"Fn::FindInMap": ["RegionMap", {"Ref": "AWS::Region"}, "HVM64"]}
    assert resolved(value, region="us-east-1", Mappings=mappings) == "ami-0ff8a91507f77f867"
    assert isinstance(resolved(value, region="eu-west-1", Mappings=mappings), Unknown)
    with_default = {"Fn::FindInMap": ["RegionMap", "nowhere", "HVM64", {"DefaultValue": "none"}]}
    assert resolved(with_default, Mappings=mappings) == "none"


def test_sub_with_a_variable_map_and_an_escaped_placeholder():
    assert resolved({"Fn::Sub": ["www.${Domain}", {"Domain": "example.com"}]}) == "www.example.com"
    assert resolved({"Fn::Sub": "${!Literal} in ${AWS::Region}"}) == "${Literal} in eu-west-1"


def test_length_and_to_json_string_of_the_language_extensions():
    assert resolved({"Fn::Length": [1, 2, 3]}) == 3
    assert resolved({"Fn::ToJsonString": {"key1": "value1"}}) == '{"key1":"value1"}'
    found = resolved({"Fn::ToJsonString": {"vpc": {"Ref": "Vpc"}, "n": 1}}, Resources=VPC)
    assert found == Text(('{"vpc":"', Reference(key("AWS::EC2::VPC", "Vpc")), '","n":1}'))


def test_pseudo_parameters_follow_the_partition():
    arn = {"Fn::Sub": "arn:${AWS::Partition}:s3:::b.${AWS::URLSuffix}"}
    assert resolved(arn) == "arn:aws:s3:::b.amazonaws.com"
    assert resolved(arn, region="cn-north-1") == "arn:aws-cn:s3:::b.amazonaws.com.cn"
    assert resolved({"Ref": "AWS::Partition"}, region="us-gov-west-1") == "aws-us-gov"


def test_no_value_removes_properties_and_list_entries():
    assert resolved({"Ref": "AWS::NoValue"}) == "<absent>"
    assert resolved(["a", {"Ref": "AWS::NoValue"}, "b"]) == ("a", "b")


def test_a_zone_is_unknown_but_the_same_zone_is_equal():
    def zone(index, argument):
        return resolved({"Fn::Select": [index, {"Fn::GetAZs": argument}]})

    assert isinstance(zone(0, ""), Unknown)
    assert zone(0, "") == zone("0", {"Ref": "AWS::Region"})
    assert zone(0, "") != zone(1, "")
    assert zone(0, "") != zone(0, "us-east-1")


def test_ref_stays_a_reference_and_becomes_text_where_the_name_is_computable():
    assert resolved({"Ref": "Bucket"}, Resources=BUCKET) == Reference(key("AWS::S3::Bucket", "Bucket"))
    assert resolved({"Fn::Sub": "${Bucket}-x"}, Resources=BUCKET) == "data-x"
    assert resolved({"Fn::Sub": "${Bucket.Arn}/*"}, Resources=BUCKET) == "arn:aws:s3:::data/*"
    assert resolved({"Fn::Sub": "${Vpc}/x"}, Resources=VPC) == Text(
        (Reference(key("AWS::EC2::VPC", "Vpc")), "/x")
    )


def test_split_does_not_cut_a_reference():
    joined = {"Fn::Join": [",", [{"Ref": "Vpc"}, "b"]]}
    vpc = Reference(key("AWS::EC2::VPC", "Vpc"))
    assert resolved({"Fn::Split": [",", joined]}, Resources=VPC) == (vpc, "b")
    assert isinstance(resolved({"Fn::Split": ["-", {"Ref": "Vpc"}]}, Resources=VPC), Unknown)


def test_dynamic_references_are_unknown_also_within_text():
    secret = "{{resolve:secretsmanager:MySecret:SecretString:password}}"
    assert isinstance(resolved(secret), Unknown)
    found = resolved(f"user:{secret}")
    assert isinstance(found, Text)
    assert found.parts[0] == "user:"
    assert isinstance(found.parts[1], Unknown)


@pytest.mark.parametrize(
    "value",
    [
        {"Fn::Transform": {"Name": "AWS::Include", "Parameters": {"Location": "s3://b/k"}}},
        {"Fn::ImportValue": "nobody-exports-this"},
        {"Fn::GetStackOutput": {"StackName": "other", "OutputName": "X"}},
        {"Fn::FromTheFuture": 1},
        {"Fn::GetAtt": ["Nothing", "Arn"]},
        {"Ref": "Nothing"},
        {"Ref": "AWS::NotificationARNs"},
        {"Fn::If": ["NoSuchCondition", "a", "b"]},
        {"Fn::Equals": ["a", "b"]},
    ],
)
def test_what_cannot_be_resolved_is_unknown_with_a_reason(value):
    found = resolved(value)
    assert isinstance(found, Unknown)
    assert found.reason


class TestParameters:
    def test_given_value_beats_the_default(self):
        parameters = {"P": {"Type": "String", "Default": "d"}}
        assert resolved({"Ref": "P"}, Parameters=parameters) == "d"
        assert resolved({"Ref": "P"}, Parameters=parameters, parameters={"P": "g"}) == "g"

    def test_lists_are_split_and_trimmed(self):
        parameters = {"P": {"Type": "CommaDelimitedList", "Default": "a, b,c"}}
        assert resolved({"Ref": "P"}, Parameters=parameters) == ("a", "b", "c")

    def test_without_a_value_it_is_unknown(self):
        assert isinstance(resolved({"Ref": "P"}, Parameters={"P": {"Type": "String"}}), Unknown)

    def test_systems_manager_values_are_unknown(self):
        parameters = {"P": {"Type": "AWS::SSM::Parameter::Value<String>", "Default": "/ami"}}
        assert isinstance(resolved({"Ref": "P"}, Parameters=parameters), Unknown)

    def test_secret_values_do_not_enter_the_estate(self):
        parameters = {"P": {"Type": "String", "NoEcho": True}}
        found = resolved({"Ref": "P"}, Parameters=parameters, parameters={"P": "hunter2"})
        assert isinstance(found, Unknown)
        assert "hunter2" not in found.reason


class TestConditions:
    def test_and_or_not_equals(self):
        conditions = {
            "Yes": {"Fn::Equals": ["1", 1]},
            "No": {"Fn::Not": [{"Condition": "Yes"}]},
            "Both": {"Fn::And": [{"Condition": "Yes"}, {"Condition": "No"}]},
            "One": {"Fn::Or": [{"Condition": "No"}, {"Condition": "Yes"}]},
        }
        for name, expected in {"Yes": "t", "No": "f", "Both": "f", "One": "t"}.items():
            assert resolved({"Fn::If": [name, "t", "f"]}, Conditions=conditions) == expected

    def test_a_circle_of_conditions_is_unknown(self):
        conditions = {"A": {"Condition": "B"}, "B": {"Fn::Not": [{"Condition": "A"}]}}
        assert isinstance(resolved({"Fn::If": ["A", "t", "f"]}, Conditions=conditions), Unknown)


class TestForEach:
    def test_resources_are_written_for_each_entry(self):
        # reference, "Fn::ForEach", example with topics
        topic = {"Type": "AWS::SNS::Topic", "Properties": {"TopicName": {"Ref": "TopicName"}}}
        loop = ["TopicName", ["Success", "Failure"], {"SnsTopic${TopicName}": topic}]
        topics = {"Fn::ForEach::Topics": loop}
        (estate,) = read_stacks([Stack("s", ACCOUNT, REGION, {"Resources": topics})])
        assert {(t.logical.id, t.properties["TopicName"]) for t in estate.of_type("AWS::SNS::Topic")} == {
            ("SnsTopicSuccess", "Success"),
            ("SnsTopicFailure", "Failure"),
        }

    def test_a_collection_may_be_a_parameter_and_characters_are_stripped(self):
        template = {
            "Parameters": {"Cidrs": {"Type": "CommaDelimitedList", "Default": "10.0.0.0/8,172.16.0.0/12"}},
            "Resources": {
                "Fn::ForEach::V": [
                    "C",
                    {"Ref": "Cidrs"},
                    {"Vpc&{C}": {"Type": "AWS::EC2::VPC", "Properties": {"CidrBlock": "${C}"}}},
                ]
            },
        }
        (estate,) = read_stacks([Stack("s", ACCOUNT, REGION, template)])
        assert {(v.logical.id, v.properties["CidrBlock"]) for v in estate.resources} == {
            ("Vpc100008", "10.0.0.0/8"),
            ("Vpc172160012", "172.16.0.0/12"),
        }

    def test_an_unknown_collection_is_a_gap(self):
        template = {
            "Parameters": {"L": {"Type": "CommaDelimitedList"}},
            "Resources": {"Fn::ForEach::V": ["C", {"Ref": "L"}, {"V${C}": {"Type": "AWS::EC2::VPC"}}]},
        }
        (estate,) = read_stacks([Stack("s", ACCOUNT, REGION, template)])
        assert estate.resources == ()
        assert estate.gaps_for("AWS::EC2::VPC")
