"""Stacks and templates as estates: references across stacks, worlds, gaps, places."""

import os
from pathlib import Path
from typing import ClassVar

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ringwork.estate import Estate, Reference, Stack, StackOutput, Text, Unknown, unknowns
from ringwork.estate.sources import functions
from ringwork.estate.sources.cloudformation import read_stacks, read_template
from ringwork.source import Document, InputError, parse_yaml

A, B = "111111111111", "222222222222"
REGION = "eu-west-1"


def stack(name, resources, *, account=A, parameters=None, **sections):
    return Stack(name, account, REGION, {"Resources": resources, **sections}, parameters or {})


def only(estate, type):
    (found,) = estate.of_type(type)
    return found


VPC = {"Vpc": {"Type": "AWS::EC2::VPC", "Properties": {"CidrBlock": "10.0.0.0/16"}}}
SUBNET = {"Type": "AWS::EC2::Subnet", "Properties": {"VpcId": {"Ref": "VpcId"}}}


class TestAcrossStacks:
    def test_a_parameter_fed_by_an_output_is_a_reference_to_the_resource(self):
        network = stack("network", VPC, Outputs={"VpcId": {"Value": {"Ref": "Vpc"}}}, account=B)
        data = stack(
            "data",
            {"Subnet": SUBNET},
            Parameters={"VpcId": {"Type": "AWS::EC2::VPC::Id"}},
            parameters={"VpcId": StackOutput(network.id, "VpcId")},
        )
        (estate,) = read_stacks([data, network])
        target = estate.resolve(only(estate, "AWS::EC2::Subnet").properties["VpcId"])
        assert target is only(estate, "AWS::EC2::VPC")
        assert target.account == B

    def test_a_list_travels_joined_and_is_a_list_again(self):
        resources = {**VPC, "Other": VPC["Vpc"]}
        both = {"Fn::Join": [",", [{"Ref": "Vpc"}, {"Ref": "Other"}]]}
        network = stack("network", resources, Outputs={"Ids": {"Value": both}})
        data = stack(
            "data",
            {"It": {"Type": "Custom::It", "Properties": {"Ids": {"Ref": "Ids"}}}},
            Parameters={"Ids": {"Type": "List<AWS::EC2::VPC::Id>"}},
            parameters={"Ids": StackOutput(network.id, "Ids")},
        )
        (estate,) = read_stacks([network, data])
        ids = only(estate, "Custom::It").properties["Ids"]
        assert [estate.resolve(value).logical.id for value in ids] == ["Vpc", "Other"]

    def test_an_output_of_a_stack_that_is_not_given_is_unknown(self):
        data = stack(
            "data",
            {"Subnet": SUBNET},
            Parameters={"VpcId": {"Type": "String"}},
            parameters={"VpcId": StackOutput(f"{B}/{REGION}/network", "VpcId")},
        )
        (estate,) = read_stacks([data])
        assert isinstance(only(estate, "AWS::EC2::Subnet").properties["VpcId"], Unknown)

    def test_import_value_finds_exports_of_the_same_account_and_region_only(self):
        export = {
            "VpcId": {"Value": {"Ref": "Vpc"}, "Export": {"Name": {"Fn::Sub": "${AWS::StackName}-vpc"}}}
        }
        uses = {"It": {"Type": "Custom::It", "Properties": {"Id": {"Fn::ImportValue": "network-vpc"}}}}
        (here,) = read_stacks([stack("network", VPC, Outputs=export), stack("user", uses)])
        (elsewhere,) = read_stacks([stack("network", VPC, Outputs=export, account=B), stack("user", uses)])
        assert here.resolve(only(here, "Custom::It").properties["Id"]) is only(here, "AWS::EC2::VPC")
        assert isinstance(only(elsewhere, "Custom::It").properties["Id"], Unknown)

    def test_get_stack_output_reaches_another_account_through_its_role(self):
        # template reference, "Fn::GetStackOutput": RoleArn when the stack is in another account
        function = {
            "Fn::GetStackOutput": {
                "StackName": "network",
                "OutputName": "VpcId",
                "RoleArn": f"arn:aws:iam::{B}:role/read-outputs",
            }
        }
        uses = {"It": {"Type": "Custom::It", "Properties": {"Id": function}}}
        network = stack("network", VPC, Outputs={"VpcId": {"Value": {"Ref": "Vpc"}}}, account=B)
        (estate,) = read_stacks([stack("user", uses), network])
        assert estate.resolve(only(estate, "Custom::It").properties["Id"]) is only(estate, "AWS::EC2::VPC")

    def test_outputs_in_a_circle_are_unknown(self):
        def one(name, other):
            return stack(
                name,
                {"It": {"Type": "Custom::It", "Properties": {"P": {"Ref": "P"}}}},
                Parameters={"P": {"Type": "String"}},
                Outputs={"P": {"Value": {"Ref": "P"}}},
                parameters={"P": StackOutput(f"{A}/{REGION}/{other}", "P")},
            )

        (estate,) = read_stacks([one("a", "b"), one("b", "a")])
        assert all(isinstance(r.properties["P"], Unknown) for r in estate.resources)

    def test_two_stacks_with_one_id_are_refused(self):
        with pytest.raises(InputError):
            read_stacks([stack("a", VPC), stack("a", VPC)])


class TestNames:
    @pytest.mark.parametrize(
        ("type", "properties", "physical", "arn"),
        [
            ("AWS::S3::Bucket", {"BucketName": "b"}, "b", "arn:aws:s3:::b"),
            ("AWS::S3::Bucket", {}, None, None),
            ("AWS::IAM::Role", {"RoleName": "r"}, "r", f"arn:aws:iam::{A}:role/r"),
            ("AWS::IAM::Role", {"RoleName": "r", "Path": "/x/"}, "r", f"arn:aws:iam::{A}:role/x/r"),
            (
                "AWS::IAM::ManagedPolicy",
                {"ManagedPolicyName": "p"},
                f"arn:aws:iam::{A}:policy/p",
                f"arn:aws:iam::{A}:policy/p",
            ),
            ("AWS::KMS::Key", {}, None, None),
            ("AWS::KMS::Alias", {"AliasName": "alias/a"}, "alias/a", f"arn:aws:kms:{REGION}:{A}:alias/a"),
            (
                "AWS::Logs::LogGroup",
                {"LogGroupName": "/g"},
                "/g",
                f"arn:aws:logs:{REGION}:{A}:log-group:/g:*",
            ),
            ("AWS::SNS::Topic", {"TopicName": "t"}, *[f"arn:aws:sns:{REGION}:{A}:t"] * 2),
            ("AWS::EC2::VPC", {"CidrBlock": "10.0.0.0/16"}, None, None),
        ],
    )
    def test_physical_id_and_arn_as_the_return_values_section_says(self, type, properties, physical, arn):
        (estate,) = read_stacks([stack("s", {"It": {"Type": type, "Properties": properties}})])
        assert (only(estate, type).physical, only(estate, type).arn) == (physical, arn)

    def test_one_target_has_one_reference_however_it_is_written(self):
        resources = {
            "Role": {"Type": "AWS::IAM::Role", "Properties": {"RoleName": "r"}},
            "Key": {"Type": "AWS::KMS::Key", "Properties": {}},
            "Group": {"Type": "AWS::EC2::SecurityGroup", "Properties": {"GroupDescription": "d"}},
            "It": {
                "Type": "Custom::It",
                "Properties": {
                    "Role": [
                        {"Fn::GetAtt": ["Role", "Arn"]},
                        {"Fn::Sub": "${Role.Arn}"},
                        {"Fn::Sub": "arn:aws:iam::${AWS::AccountId}:role/${Role}"},
                        f"arn:aws:iam::{A}:role/r",
                    ],
                    "Key": [
                        {"Fn::GetAtt": "Key.Arn"},
                        {"Fn::Sub": "${Key.Arn}"},
                        {"Fn::Sub": "arn:aws:kms:${AWS::Region}:${AWS::AccountId}:key/${Key}"},
                    ],
                    "Group": [{"Ref": "Group"}, {"Fn::GetAtt": ["Group", "GroupId"]}],
                },
            },
        }
        (estate,) = read_stacks([stack("s", resources)])
        found = only(estate, "Custom::It").properties
        assert set(found["Role"]) == {Reference(only(estate, "AWS::IAM::Role").key, "Arn")}
        assert set(found["Key"]) == {Reference(only(estate, "AWS::KMS::Key").key, "Arn")}
        assert set(found["Group"]) == {Reference(only(estate, "AWS::EC2::SecurityGroup").key)}


class TestWorlds:
    PARAMETER: ClassVar = {"Env": {"Type": "String", "AllowedValues": ["dev", "test", "prod"]}}
    IS_PROD: ClassVar = {"IsProd": {"Fn::Equals": [{"Ref": "Env"}, "prod"]}}
    PROD_ONLY: ClassVar = {"Vpc": {**VPC["Vpc"], "Condition": "IsProd"}}

    def test_an_open_condition_gives_a_world_for_each_way(self):
        estates = read_stacks(
            [stack("s", self.PROD_ONLY, Parameters=self.PARAMETER, Conditions=self.IS_PROD)]
        )
        assert sorted(len(estate.resources) for estate in estates) == [0, 1]
        assert all(estate.assumptions for estate in estates)

    def test_a_given_value_leaves_one_world(self):
        one = stack(
            "s",
            self.PROD_ONLY,
            Parameters=self.PARAMETER,
            Conditions=self.IS_PROD,
            parameters={"Env": "dev"},
        )
        (estate,) = read_stacks([one])
        assert estate.resources == ()
        assert estate.assumptions == ()

    def test_conditions_on_one_parameter_stay_consistent(self):
        conditions = {
            "IsProd": {"Fn::Equals": [{"Ref": "Env"}, "prod"]},
            "IsTest": {"Fn::Equals": ["test", {"Ref": "Env"}]},
            "IsDev": {"Fn::Not": [{"Fn::Or": [{"Condition": "IsProd"}, {"Condition": "IsTest"}]}]},
        }
        names = {
            name: {"Type": "Custom::" + name, "Condition": name, "Properties": {"Env": {"Ref": "Env"}}}
            for name in conditions
        }
        estates = read_stacks([stack("s", names, Parameters=self.PARAMETER, Conditions=conditions)])
        assert sorted((r.type, r.properties["Env"]) for e in estates for r in e.resources) == [
            ("Custom::IsDev", "dev"),
            ("Custom::IsProd", "prod"),
            ("Custom::IsTest", "test"),
        ]

    def test_an_id_that_aws_assigns_is_not_empty(self):
        conditions = {"Given": {"Fn::Not": [{"Fn::Equals": [{"Ref": "VpcId"}, ""]}]}}
        network = stack("network", VPC, Outputs={"VpcId": {"Value": {"Ref": "Vpc"}}})
        data = stack(
            "data",
            {"Subnet": {**SUBNET, "Condition": "Given"}},
            Parameters={"VpcId": {"Type": "String"}},
            Conditions=conditions,
            parameters={"VpcId": StackOutput(network.id, "VpcId")},
        )
        (estate,) = read_stacks([network, data])
        assert len(estate.of_type("AWS::EC2::Subnet")) == 1

    def test_beyond_the_bound_existence_and_values_are_open_and_said(self):
        parameters = {f"P{n}": {"Type": "String"} for n in range(6)}
        conditions = {f"C{n}": {"Fn::Equals": [{"Ref": f"P{n}"}, "x"]} for n in range(6)}
        resources = {
            f"R{n}": {
                "Type": "AWS::EC2::VPC",
                "Condition": f"C{n}",
                "Properties": {"Value": {"Fn::If": ["C5", "a", "b"]}},
            }
            for n in range(6)
        }
        one = stack("s", resources, Parameters=parameters, Conditions=conditions)
        estates = read_stacks([one], max_worlds=4)
        assert len(estates) == 4
        for estate in estates:
            assert estate.get(f"{A}/{REGION}/AWS::EC2::VPC/s/R5") is not None
            assert estate.gaps_for("AWS::EC2::VPC", A, REGION)
            assert all(isinstance(r.properties["Value"], Unknown) for r in estate.resources)
        (single,) = read_stacks([one], max_worlds=1)
        assert len(single.resources) == 6
        assert len(read_stacks([one], max_worlds=64)) == 64


class TestGaps:
    @pytest.mark.parametrize(
        ("sections", "resources"),
        [
            ({"Transform": "MyMacro"}, {}),
            ({"Transform": ["AWS::LanguageExtensions", "MyMacro"]}, {}),
            ({}, {"Fn::Transform": {"Name": "AWS::Include", "Parameters": {}}}),
            ({}, {"N": {"Type": "AWS::CloudFormation::Stack", "Properties": {"TemplateURL": "https://x"}}}),
            ({"Transform": "AWS::Serverless-2016-10-31"}, {"F": {"Type": "AWS::Serverless::Function"}}),
        ],
    )
    def test_what_adds_resources_later_is_a_gap_for_every_type(self, sections, resources):
        (estate,) = read_stacks([stack("s", resources, **sections)])
        assert estate.gaps_for("AWS::IAM::Role", A, REGION)

    def test_language_extensions_alone_are_no_gap(self):
        (estate,) = read_stacks([stack("s", VPC, Transform="AWS::LanguageExtensions")])
        assert estate.gaps == ()

    def test_deletion_policy_and_metadata_are_attributes(self):
        bucket = {
            "Type": "AWS::S3::Bucket",
            "DeletionPolicy": "Retain",
            "Metadata": {"Ringwork": {"Ring": "data"}},
        }
        (estate,) = read_stacks([stack("s", {"B": bucket})])
        found = only(estate, "AWS::S3::Bucket")
        assert found.attributes == {"DeletionPolicy": "Retain", "Metadata": {"Ringwork": {"Ring": "data"}}}
        assert found.properties == {}


class TestPlaces:
    TEXT = """\
Conditions:
  Always: !Equals [a, a]
Resources:
  Group:
    Type: AWS::EC2::SecurityGroup
    Properties:
      GroupDescription: d
      SecurityGroupIngress:
        - !Ref AWS::NoValue
        - !If
          - Always
          - IpProtocol: tcp
            CidrIp: 0.0.0.0/0
          - IpProtocol: udp
"""

    def test_a_property_has_its_line_through_if_and_removed_entries(self):
        document = parse_yaml(self.TEXT, "t.yaml", cloudformation=True)
        one = Stack("s", A, REGION, document.value, file="t.yaml")
        (estate,) = read_stacks([one], documents={one.id: document})
        group = only(estate, "AWS::EC2::SecurityGroup")
        assert group.properties["SecurityGroupIngress"] == ({"IpProtocol": "tcp", "CidrIp": "0.0.0.0/0"},)
        place = group.origin("SecurityGroupIngress", 0, "CidrIp")[0]
        assert (place.file, place.line) == ("t.yaml", 13)
        assert group.origin("SecurityGroupEgress")[0].line == 4
        assert (group.origins[0].line, group.origins[0].column) == (4, 3)


class TestTemplateFiles:
    @pytest.mark.parametrize(
        "text",
        [
            "just text",
            "[1, 2]",
            "{}",
            "Resources: []",
            "Resources: {A: text}",
            "Resources: {A: ",
            "a: 1\na: 2",
        ],
    )
    def test_what_is_no_template_is_one_located_error(self, tmp_path, text):
        path = tmp_path / "t.yaml"
        path.write_text(text)
        with pytest.raises(InputError) as caught:
            read_template(path)
        assert caught.value.position is not None
        assert caught.value.position.file == str(path)

    def test_reads_short_forms(self, tmp_path):
        path = tmp_path / "net.yaml"
        path.write_text(
            "Parameters: {Cidr: {Type: String}}\n"
            "Resources:\n"
            "  Vpc: {Type: 'AWS::EC2::VPC', Properties: {CidrBlock: !Ref Cidr}}\n"
        )
        (estate,) = read_template(path, account=A, region=REGION, parameters={"Cidr": "10.0.0.0/16"})
        vpc = only(estate, "AWS::EC2::VPC")
        assert vpc.properties["CidrBlock"] == "10.0.0.0/16"
        assert vpc.name == "net/Vpc"
        assert vpc.origin("CidrBlock")[0].line == 3

    def test_templates_found_in_public_load(self):
        """Real templates by AWS and others: each loads, or names the place that CloudFormation forbids."""
        shared = Path(os.environ.get("RINGWORK_SHARED", Path(__file__).parents[2].parent / "shared"))
        folder = shared / "corpora" / "templates"
        if not folder.is_dir():
            pytest.skip("the corpus of templates is not here")
        loaded, refused, unknown = 0, [], 0
        for path in sorted(folder.iterdir()):
            if path.name == "manifest.json":
                continue
            try:
                estates = read_template(path, account=A, region=REGION)
            except InputError as error:
                refused.append(error)
                continue
            loaded += 1
            assert 1 <= len(estates) <= 16
            for resource in estates[0].resources:
                assert len(dict(resource.positions)) >= len(resource.properties)
                unknown += len(list(unknowns(resource.properties)))
        assert loaded > 100
        assert unknown > 0
        # one file of the corpus gives a key twice, which YAML forbids
        assert all("is given twice" in error.message for error in refused)


NAMES = st.sampled_from(["A", "B", "P", "C", "AWS::Region", "AWS::NoValue", "Arn", "", "0"])
FUNCTIONS = st.sampled_from(
    [*functions.FUNCTIONS, "Fn::Equals", "Fn::And", "Fn::Nope", "Condition", "Fn::ForEach::X"]
)
LEAVES = st.one_of(
    NAMES, st.integers(), st.booleans(), st.none(), st.text(max_size=8), st.floats(allow_nan=False)
)
TREES = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.dictionaries(NAMES, inner, max_size=3),
        st.builds(lambda name, argument: {name: argument}, FUNCTIONS, inner),
        st.builds(lambda name, argument: {name: argument}, FUNCTIONS, st.lists(inner, max_size=4)),
    ),
    max_leaves=20,
)
SECTION = st.dictionaries(NAMES, TREES, max_size=3)


@settings(max_examples=300, deadline=None)
@given(
    a=TREES,
    condition=TREES,
    parameters=SECTION,
    mappings=SECTION,
    outputs=SECTION,
    given_value=st.none() | NAMES,
)
def test_no_template_makes_the_reader_raise(*, a, condition, parameters, mappings, outputs, given_value):
    template = {
        "Parameters": parameters,
        "Mappings": mappings,
        "Outputs": outputs,
        "Conditions": {"C": condition, "D": a},
        "Resources": {
            "A": {
                "Type": "AWS::S3::Bucket",
                "Properties": {"BucketName": a, "X": {"Fn::If": ["C", a, condition]}},
            },
            "B": {"Type": "AWS::IAM::Role", "Condition": "C", "Properties": a},
            "C": a,
        },
    }
    given_values = {"P": given_value} if given_value is not None else {}
    one = Stack("s", A, REGION, template, given_values)
    document = Document(template, "t.yaml")
    for estate in read_stacks([one], documents={one.id: document}, max_worlds=4):
        assert isinstance(estate, Estate)
        for resource in estate.resources:
            assert all(isinstance(place.line, int) for place in resource.positions.values())
            assert_only_estate_values(resource.properties)


def assert_only_estate_values(value):
    if isinstance(value, dict):
        assert all(isinstance(key, str) for key in value)
        for item in value.values():
            assert_only_estate_values(item)
    elif isinstance(value, tuple):
        for item in value:
            assert_only_estate_values(item)
    elif isinstance(value, Text):
        assert all(isinstance(part, (str, Reference, Unknown)) for part in value.parts)
    else:
        assert value is None or isinstance(value, (str, int, float, bool, Reference, Unknown))


WRAPPERS = st.sampled_from(
    [
        lambda inner: {"Fn::Join": ["-", ["x", inner]]},
        lambda inner: {"Fn::Sub": ["a${V}b", {"V": inner}]},
        lambda inner: {"Fn::Base64": inner},
        lambda inner: {"Fn::Select": [0, [inner, "other"]]},
        lambda inner: {"Fn::Split": [",", inner]},
        lambda inner: {"Fn::If": ["Always", inner, "other"]},
        lambda inner: {"Fn::ToJsonString": {"k": inner}},
        lambda inner: {"Fn::Cidr": [inner, 1, 8]},
        lambda inner: {"Fn::FindInMap": ["M", inner, "k"]},
        lambda inner: {"k": [inner]},
    ]
)


@settings(deadline=None)
@given(wrappers=st.lists(WRAPPERS, max_size=6))
def test_an_unknown_never_vanishes(wrappers):
    value = {"Ref": "P"}
    for wrap in wrappers:
        value = wrap(value)
    template = {
        "Parameters": {"P": {"Type": "String"}},
        "Conditions": {"Always": {"Fn::Equals": ["a", "a"]}},
        "Mappings": {"M": {"x": {"k": "v"}}},
        "Resources": {"It": {"Type": "Custom::It", "Properties": {"Value": value}}},
    }
    (estate,) = read_stacks([Stack("s", A, REGION, template)])
    assert list(unknowns(estate.resources[0].properties))
