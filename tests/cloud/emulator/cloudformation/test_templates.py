"""What is refused before anything is made, and what functions, parameters and conditions give."""

from __future__ import annotations

import json

import pytest

from ringwork.cloud.emulator.cloudformation.resources import PROVIDERS
from ringwork.cloud.emulator.errors import AwsError
from ringwork.schemas import resource_schema, types

LOGS = {"Type": "AWS::Logs::LogGroup", "Properties": {"LogGroupName": "/a"}}
VPC = {"Type": "AWS::EC2::VPC", "Properties": {"CidrBlock": "10.0.0.0/16"}}


def role(**properties):
    trust = {"Version": "2012-10-17", "Statement": []}
    return {"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": trust, **properties}}


def subnet(**properties):
    return {
        "Type": "AWS::EC2::Subnet",
        "Properties": {"VpcId": {"Ref": "Vpc"}, "CidrBlock": "10.0.0.0/24", **properties},
    }


@pytest.mark.parametrize(
    ("resources", "message"),
    [
        ({}, "At least one Resources member must be defined"),
        ({"A": {"Type": "AWS::Nonsense::Thing"}}, r"Unrecognized resource types: \[AWS::Nonsense::Thing\]"),
        ({"A": {"Properties": {}}}, "Every Resources object must contain a Type member"),
        ({"A-b": LOGS}, "Resource name A-b is non alphanumeric"),
        ({"A": {**LOGS, "Props": {}}}, "Invalid template resource property 'Props'"),
        ({"A": {**LOGS, "DeletionPolicy": "Keep"}}, "Unrecognized DeletionPolicy Keep"),
        ({"A": {**LOGS, "DependsOn": "B"}}, r"Unresolved resource dependencies \[B\] in the Resources block"),
        ({"A": {**LOGS, "Condition": "No"}}, "Unresolved condition dependency No"),
        ({"Vpc": VPC, "S": subnet(VpcId={"Ref": "Nobody"})}, r"Unresolved resource dependencies \[Nobody\]"),
        ({"Vpc": VPC, "S": subnet(VpcId={"Fn::Sub": "${Nobody.Id}"})}, r"dependencies \[Nobody\]"),
        (
            {"Vpc": VPC, "S": subnet(VpcId={"Fn::GetAtt": "Vpc.Nothing"})},
            "resource Vpc does not support attribute type Nothing in Fn::GetAtt",
        ),
        (
            {"A": {**LOGS, "DependsOn": "B"}, "B": {**LOGS, "DependsOn": "A"}},
            r"Circular dependency between resources: \[A, B\]",
        ),
        (
            {"A": {"Type": "AWS::EC2::VPC", "Properties": {"CidrBlok": "10.0.0.0/16"}}},
            "resource A with message",
        ),
        ({"A": {"Type": "AWS::KMS::Alias", "Properties": {"AliasName": "alias/a"}}}, "TargetKeyId"),
        ({"A": {**LOGS, "Properties": {"RetentionInDays": 2}}}, "RetentionInDays"),
        ({"A": {**LOGS, "Properties": {"LogGroupName": {"Fn::Nothing": 1}}}}, "Fn::Nothing"),
    ],
)
def test_broken_templates_are_refused(cloud, resources, message):
    with pytest.raises(AwsError, match=message) as error:
        cloud.create("broken", resources)
    assert error.value.code == "ValidationError"
    assert cloud.call("ListStacks")["StackSummaries"] == []
    with pytest.raises(AwsError, match=message):
        cloud.call(
            "CreateChangeSet",
            StackName="broken",
            ChangeSetName="c",
            ChangeSetType="CREATE",
            TemplateBody=json.dumps({"Resources": resources}),
        )
    assert cloud.call("ListStacks")["StackSummaries"] == []


def test_a_type_that_is_not_emulated_is_named(cloud):
    # without required properties: what is wrong with properties is said before
    absent = next(type for type in types() if type not in PROVIDERS and not resource_schema(type).required)
    with pytest.raises(AwsError, match=rf"{absent} \(Absent\)") as error:
        cloud.create("x", {"Absent": {"Type": absent}})
    assert error.value.code == "NotEmulated"
    assert cloud.call("ListStacks")["StackSummaries"] == []


def test_a_property_that_is_not_emulated_is_named(cloud):
    properties = {"AccelerateConfiguration": {"AccelerationStatus": "Enabled"}}
    with pytest.raises(AwsError, match=r"AWS::S3::Bucket \(B\) property AccelerateConfiguration") as error:
        cloud.create("x", {"B": {"Type": "AWS::S3::Bucket", "Properties": properties}})
    assert error.value.code == "NotEmulated"


@pytest.mark.parametrize("text", ["{", "[]", "Resources: [", "just words"])
def test_what_is_no_template_is_refused(cloud, text):
    with pytest.raises(AwsError, match="Template format error"):
        cloud.call("CreateStack", StackName="x", TemplateBody=text)


def test_the_body_in_a_request_is_limited_and_s3_takes_more(cloud):
    resources = {
        f"Group{n}": {"Type": "AWS::Logs::LogGroup", "Metadata": {"Why": "x" * 3000}} for n in range(20)
    }
    text = json.dumps({"Resources": resources})
    with pytest.raises(AwsError, match="length less than or equal to 51200"):
        cloud.call("CreateStack", StackName="big", TemplateBody=text)
    s3 = cloud.client("s3")
    s3.create_bucket(Bucket="templates", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    s3.put_object(Bucket="templates", Key="a/big.json", Body=text.encode())
    for index, url in enumerate(
        (
            "https://templates.s3.eu-west-1.amazonaws.com/a/big.json",
            "https://templates.s3.amazonaws.com/a/big.json",
            "https://s3.eu-west-1.amazonaws.com/templates/a/big.json",
            "https://s3.amazonaws.com/templates/a/big.json",
        )
    ):
        cloud.call("CreateStack", StackName=f"big{index}", TemplateURL=url)
        assert cloud.settled(f"big{index}") == "CREATE_COMPLETE"
    with pytest.raises(AwsError, match="S3 error"):
        cloud.call("CreateStack", StackName="none", TemplateURL="https://templates.s3.amazonaws.com/none")
    with pytest.raises(AwsError, match="TemplateURL must be a supported URL"):
        cloud.call("CreateStack", StackName="none", TemplateURL="https://example.com/a")


@pytest.mark.parametrize(
    ("resource", "given", "needed"),
    [
        (role(RoleName="a"), [], "CAPABILITY_NAMED_IAM"),
        (role(RoleName="a"), ["CAPABILITY_IAM"], "CAPABILITY_NAMED_IAM"),
        (role(), [], "CAPABILITY_IAM"),
    ],
)
def test_iam_needs_a_capability(cloud, resource, given, needed):
    with pytest.raises(AwsError) as error:
        cloud.create("iam", {"Role": resource}, Capabilities=given)
    assert error.value.code == "InsufficientCapabilitiesException"
    assert error.value.message == f"Requires capabilities : [{needed}]"


def test_validate_template_lists_parameters_and_capabilities(cloud):
    body = json.dumps(
        {"Parameters": {"P": {"Type": "String", "Default": "x"}}, "Resources": {"R": role(RoleName="a")}}
    )
    answer = cloud.call("ValidateTemplate", TemplateBody=body)
    assert answer["Parameters"] == [{"ParameterKey": "P", "DefaultValue": "x", "NoEcho": False}]
    assert answer["Capabilities"] == ["CAPABILITY_NAMED_IAM"]
    summary = cloud.call("GetTemplateSummary", TemplateBody=body)
    assert summary["ResourceTypes"] == ["AWS::IAM::Role"]


@pytest.mark.parametrize(
    ("declared", "value", "message"),
    [
        ({"Type": "String"}, None, r"Parameters: \[P\] must have values"),
        ({"Type": "String", "AllowedValues": ["a", "b"]}, "c", r"must be one of AllowedValues: \[a, b\]"),
        ({"Type": "String", "AllowedPattern": "[a-z]+"}, "C3", r"must match pattern \[a-z\]\+"),
        ({"Type": "String", "MinLength": 3}, "ab", "must contain at least 3 characters"),
        ({"Type": "String", "MaxLength": 1}, "ab", "must contain at most 1 characters"),
        ({"Type": "Number"}, "ten", "must be a number"),
        ({"Type": "Number", "MinValue": 5}, "4", "must be a number not less than 5"),
        ({"Type": "Number", "MaxValue": 5}, "6", "must be a number not greater than 5"),
        (
            {"Type": "String", "AllowedValues": ["a"], "ConstraintDescription": "must be a"},
            "b",
            "'P' must be a$",
        ),
    ],
)
def test_parameters_are_checked(cloud, declared, value, message):
    values = {} if value is None else {"P": value}
    with pytest.raises(AwsError, match=message):
        cloud.create("x", {"A": LOGS}, Parameters={"P": declared}, Values=values)


def test_surplus_parameters_are_refused(cloud):
    with pytest.raises(AwsError, match=r"Parameters: \[Q\] do not exist in the template"):
        cloud.create(
            "x", {"A": LOGS}, Parameters={"P": {"Type": "String", "Default": "a"}}, Values={"Q": "1"}
        )


# expected values: CloudFormation User Guide, "Intrinsic function reference", worked by hand
@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({"Ref": "AWS::Region"}, "eu-west-1"),
        ({"Ref": "AWS::AccountId"}, "123456789012"),
        ({"Ref": "AWS::URLSuffix"}, "amazonaws.com"),
        ({"Ref": "Text"}, "word"),
        ({"Fn::Join": [",", {"Ref": "List"}]}, "a,b,c"),
        ({"Fn::Select": [1, {"Ref": "List"}]}, "b"),
        ({"Fn::Select": ["2", {"Fn::Split": ["|", "x|y|z"]}]}, "z"),
        ({"Fn::Sub": "${Text}-${AWS::Region}-${!Literal}"}, "word-eu-west-1-${Literal}"),
        ({"Fn::Sub": ["${A}/${Text}", {"A": {"Ref": "AWS::AccountId"}}]}, "123456789012/word"),
        ({"Fn::Sub": "${Vpc.CidrBlock}"}, "10.0.0.0/16"),
        ({"Fn::FindInMap": ["Sizes", {"Ref": "AWS::Region"}, "Small"]}, "eight"),
        ({"Fn::If": ["Yes", "taken", "left"]}, "taken"),
        ({"Fn::If": ["No", "taken", "left"]}, "left"),
        ({"Fn::Base64": "hello"}, "aGVsbG8="),
        ({"Fn::Join": [" ", {"Fn::Cidr": ["192.168.0.0/24", 6, 5]}]},
         "192.168.0.0/27 192.168.0.32/27 192.168.0.64/27 192.168.0.96/27 192.168.0.128/27 192.168.0.160/27"),
        ({"Fn::Select": [1, {"Fn::Cidr": ["2001:db8::/56", 2, 64]}]}, "2001:db8:0:1::/64"),
        ({"Fn::Join": [",", {"Fn::GetAZs": "us-west-1"}]}, "us-west-1a,us-west-1b"),
    ],
)  # fmt: skip
def test_functions(cloud, value, expected):
    status = cloud.create(
        "x",
        {"Vpc": VPC},
        Parameters={"Text": {"Type": "String"}, "List": {"Type": "CommaDelimitedList", "Default": "a, b,c"}},
        Values={"Text": "word"},
        Mappings={"Sizes": {"eu-west-1": {"Small": "eight"}}},
        Conditions={
            "Yes": {"Fn::Equals": [{"Ref": "Text"}, "word"]},
            "No": {
                "Fn::And": [
                    {"Condition": "Yes"},
                    {"Fn::Not": [{"Fn::Or": [{"Condition": "Yes"}, {"Condition": "Yes"}]}]},
                ]
            },
        },
        Outputs={"Out": {"Value": value}},
    )
    assert status == "CREATE_COMPLETE"
    assert cloud.outputs("x")["Out"] == expected


def test_conditions_leave_out_resources_outputs_and_properties(cloud):
    body = {
        "A": {
            **LOGS,
            "Properties": {
                "LogGroupName": "/a",
                "RetentionInDays": {"Fn::If": ["Prod", 365, {"Ref": "AWS::NoValue"}]},
            },
        },
        "B": {"Type": "AWS::Logs::LogGroup", "Condition": "Prod", "Properties": {"LogGroupName": "/b"}},
    }
    rest = {
        "Parameters": {"Stage": {"Type": "String"}},
        "Conditions": {"Prod": {"Fn::Equals": [{"Ref": "Stage"}, "prod"]}},
        "Outputs": {"B": {"Condition": "Prod", "Value": {"Ref": "B"}}},
    }
    cloud.create("x", body, **rest, Values={"Stage": "dev"})
    groups = cloud.client("logs").describe_log_groups()["logGroups"]
    assert [(g["logGroupName"], "retentionInDays" in g) for g in groups] == [("/a", False)]
    assert cloud.outputs("x") == {}
    cloud.update("x", body, **rest, Values={"Stage": "prod"})
    groups = cloud.client("logs").describe_log_groups()["logGroups"]
    assert [(g["logGroupName"], g.get("retentionInDays")) for g in groups] == [("/a", 365), ("/b", None)]
    assert cloud.outputs("x") == {"B": "/b"}


# -- exports -------------------------------------------------------------------------------------------


def exporter(name="/a"):
    return {"L": {**LOGS, "Properties": {"LogGroupName": name}}}, {
        "O": {"Value": {"Ref": "L"}, "Export": {"Name": {"Fn::Sub": "${AWS::StackName}-logs"}}}
    }


IMPORTER = {
    "V": {
        "Type": "AWS::Logs::LogGroup",
        "Properties": {"LogGroupName": {"Fn::Sub": ["${X}/sub", {"X": {"Fn::ImportValue": "net-logs"}}]}},
    }
}


def test_exports_and_imports(cloud):
    resources, outputs = exporter()
    cloud.create("net", resources, Outputs=outputs)
    exports = cloud.call("ListExports")["Exports"]
    assert [(e["Name"], e["Value"]) for e in exports] == [("net-logs", "/a")]
    with pytest.raises(AwsError, match="Export 'net-logs' is not imported by any stack"):
        cloud.call("ListImports", ExportName="net-logs")
    assert cloud.create("app", IMPORTER) == "CREATE_COMPLETE"
    assert cloud.physical("app", "V") == "/a/sub"
    assert cloud.call("ListImports", ExportName="net-logs")["Imports"] == ["app"]


def test_an_export_in_use_keeps_its_stack(cloud):
    resources, outputs = exporter()
    cloud.create("net", resources, Outputs=outputs)
    cloud.create("app", IMPORTER)
    assert cloud.delete("net") == "CREATE_COMPLETE"
    assert cloud.stack("net")["StackStatusReason"] == (
        "Delete canceled. Cannot delete export net-logs as it is in use by app."
    )
    moved, outputs = exporter("/b")
    assert cloud.update("net", moved, Outputs=outputs) == "UPDATE_ROLLBACK_COMPLETE"
    assert "Export net-logs cannot be updated as it is in use by app" in cloud.reasons("net")
    assert cloud.update("net", resources, Outputs={"N": {"Value": "x"}}) == "UPDATE_ROLLBACK_COMPLETE"
    assert "Export net-logs cannot be deleted as it is in use by app" in cloud.reasons("net")
    assert cloud.outputs("net") == {"O": "/a"}
    cloud.delete("app")
    assert cloud.delete("net") == "DELETE_COMPLETE"


def test_an_export_has_one_owner(cloud):
    resources, outputs = exporter()
    outputs["O"]["Export"]["Name"] = "same"
    cloud.create("one", resources, Outputs=outputs)
    other, _ = exporter("/b")
    assert cloud.create("two", other, Outputs=outputs) == "ROLLBACK_COMPLETE"
    assert any("Export with name same is already exported by stack one" in r for r in cloud.reasons("two"))


def test_an_import_of_nothing_is_refused(cloud):
    with pytest.raises(AwsError, match=r"No export named net-logs found\."):
        cloud.create("app", IMPORTER)
