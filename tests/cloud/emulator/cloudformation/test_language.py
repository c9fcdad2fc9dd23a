"""AWS::LanguageExtensions (CloudFormation template reference, its page and those of its functions)."""

from __future__ import annotations

import json

import pytest

from ringwork.cloud.emulator.errors import AwsError

EXTENDED = {
    "Transform": "AWS::LanguageExtensions",
    "Capabilities": ["CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND"],
}


def group(name: object, **attributes: object) -> dict[str, object]:
    return {"Type": "AWS::Logs::LogGroup", "Properties": {"LogGroupName": name}, **attributes}


def names(cloud) -> list[str]:
    return [item["logGroupName"] for item in cloud.client("logs").describe_log_groups()["logGroups"]]


LOOP = {"Fn::ForEach::Groups": ["Name", {"Ref": "Names"}, {"Group${Name}": group({"Fn::Sub": "/x/${Name}"})}]}
NAMES = {"Names": {"Type": "CommaDelimitedList", "Default": "a,b"}}


def test_a_loop_makes_a_resource_for_each_entry(cloud):
    outputs = {
        "Fn::ForEach::Outs": [
            "Name",
            ["a", "b"],
            {"Out${Name}": {"Value": {"Ref": {"Fn::Sub": "Group${Name}"}}}},
        ]
    }
    assert cloud.create("s", LOOP, Parameters=NAMES, Outputs=outputs, **EXTENDED) == "CREATE_COMPLETE"
    assert names(cloud) == ["/x/a", "/x/b"]
    assert cloud.physical("s", "Groupb") == "/x/b"
    assert cloud.outputs("s") == {"Outa": "/x/a", "Outb": "/x/b"}


def test_a_loop_follows_its_parameter(cloud):
    cloud.create("s", LOOP, Parameters=NAMES, **EXTENDED)
    status = cloud.update("s", LOOP, Parameters=NAMES, Values={"Names": "b,c"}, **EXTENDED)
    assert status == "UPDATE_COMPLETE"
    assert names(cloud) == ["/x/b", "/x/c"]


def test_the_transform_must_be_acknowledged_but_not_in_a_change_set(cloud):
    with pytest.raises(AwsError, match=r"Requires capabilities : \[CAPABILITY_AUTO_EXPAND\]") as error:
        cloud.create("s", LOOP, Parameters=NAMES, Transform="AWS::LanguageExtensions")
    assert error.value.code == "InsufficientCapabilitiesException"
    body = json.dumps({"Transform": "AWS::LanguageExtensions", "Parameters": NAMES, "Resources": LOOP})
    cloud.call("CreateChangeSet", StackName="s", ChangeSetName="c", ChangeSetType="CREATE", TemplateBody=body)
    cloud.call("ExecuteChangeSet", StackName="s", ChangeSetName="c")
    assert cloud.settled("s") == "CREATE_COMPLETE"
    assert names(cloud) == ["/x/a", "/x/b"]


def test_the_processed_template_has_no_loops(cloud):
    cloud.create("s", LOOP, Parameters=NAMES, **EXTENDED)
    original = cloud.call("GetTemplate", StackName="s", TemplateStage="Original")["TemplateBody"]
    assert "Fn::ForEach::Groups" in json.loads(original)["Resources"]
    processed = cloud.call("GetTemplate", StackName="s", TemplateStage="Processed")["TemplateBody"]
    assert set(json.loads(processed)["Resources"]) == {"Groupa", "Groupb"}


def test_lengths_texts_and_defaults(cloud):
    outputs = {
        "Length": {"Value": {"Fn::Length": {"Ref": "Names"}}},
        "Text": {"Value": {"Fn::ToJsonString": {"a": [1, {"Ref": "Group"}]}}},
        "Default": {
            "Value": {"Fn::FindInMap": ["M", "absent", "key", {"DefaultValue": {"Ref": "AWS::Region"}}]}
        },
        "Found": {"Value": {"Fn::FindInMap": ["M", "top", "key", {"DefaultValue": "x"}]}},
    }
    cloud.create(
        "s",
        {"Group": group("/g")},
        Parameters=NAMES,
        Mappings={"M": {"top": {"key": "value"}}},
        Outputs=outputs,
        **EXTENDED,
    )
    assert cloud.outputs("s") == {
        "Length": "2",
        "Text": '{"a":[1,"/g"]}',
        "Default": "eu-west-1",
        "Found": "value",
    }


@pytest.mark.parametrize(("stage", "left"), [("prod", ["/g"]), ("test", [])])
def test_a_deletion_policy_may_depend_on_a_parameter(cloud, stage, left):
    policy = {"Fn::If": ["Prod", "Retain", "Delete"]}
    cloud.create(
        "s",
        {"Group": group("/g", DeletionPolicy=policy)},
        Parameters={"Stage": {"Type": "String"}},
        Conditions={"Prod": {"Fn::Equals": [{"Ref": "Stage"}, "prod"]}},
        Values={"Stage": stage},
        **EXTENDED,
    )
    cloud.delete("s")
    assert names(cloud) == left


@pytest.mark.parametrize(
    "resources",
    [
        LOOP,
        {"Group": group({"Fn::ToJsonString": ["a"]})},
        {"Group": group({"Fn::FindInMap": ["M", "a", "b", {"DefaultValue": "x"}]})},
    ],
)
def test_the_extensions_need_the_transform(cloud, resources):
    with pytest.raises(AwsError, match="requires the transform AWS::LanguageExtensions"):
        cloud.create("s", resources, Parameters=NAMES)


@pytest.mark.parametrize("transform", ["AWS::Serverless-2016-10-31", ["AWS::LanguageExtensions", "Mine"]])
def test_transforms_that_only_aws_runs_are_named(cloud, transform):
    body = json.dumps({"Transform": transform, "Resources": {"Group": group("/g")}})
    with pytest.raises(AwsError, match=r"transform (AWS::Serverless-2016-10-31|Mine)") as error:
        cloud.call("CreateStack", StackName="s", TemplateBody=body)
    assert error.value.code == "NotEmulated"
