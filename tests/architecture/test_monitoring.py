"""The monitoring ring: what controls DET-14 to DET-27 ask of what watches an endpoint."""

from __future__ import annotations

from typing import Any

import pytest
from tests.architecture.test_endpoints import served

from ringwork.architecture.monitoring.images import image


@pytest.fixture(scope="module")
def watched(compiling: Any) -> Any:
    return compiling(teams=served())


def only(compiled: Any, type: str, region: str = "eu-west-1") -> dict[str, Any]:
    (found,) = compiled.of_type(type, "imaging", "monitoring", region).values()
    return dict(found)


def test_every_endpoint_that_serves_has_a_schedule(watched: Any) -> None:
    # control DET-14
    config = only(watched, "AWS::SageMaker::MonitoringSchedule")["MonitoringScheduleConfig"]
    assert config["MonitoringJobDefinitionName"] == {"Fn::GetAtt": ["ServeDataQuality", "JobDefinitionName"]}
    assert config["MonitoringType"] == "DataQuality"
    # hourly to daily (SageMaker developer guide, "The cron expression for monitoring schedule")
    assert config["ScheduleConfig"]["ScheduleExpression"] == "cron(0 2 ? * * *)"
    definition = only(watched, "AWS::SageMaker::DataQualityJobDefinition")
    endpoint = definition["DataQualityJobInput"]["EndpointInput"]["EndpointName"]
    assert endpoint == {"Ref": "ServeEndpointName"}


def test_a_monitor_is_isolated_in_the_vpc_and_encrypted(watched: Any) -> None:
    definition = only(watched, "AWS::SageMaker::DataQualityJobDefinition")
    network = definition["NetworkConfig"]
    assert network["EnableNetworkIsolation"] is True  # DET-17
    assert network["EnableInterContainerTrafficEncryption"] is True  # DET-22
    assert len(network["VpcConfig"]["Subnets"]) == 3  # DET-27
    key = {"Ref": "RestrictedKeyArnEuWest1"}
    assert definition["JobResources"]["ClusterConfig"]["VolumeKmsKeyId"] == key  # DET-26
    assert definition["DataQualityJobOutputConfig"]["KmsKeyId"] == key


def test_a_monitor_compares_with_a_baseline(watched: Any) -> None:
    # control DET-15
    baseline = only(watched, "AWS::SageMaker::DataQualityJobDefinition")["DataQualityBaselineConfig"]
    for kind in ("Constraints", "Statistics"):
        place = baseline[f"{kind}Resource"]["S3Uri"]["Fn::Sub"]
        assert place.startswith("s3://clinic-imaging-capture-")
        assert place.endswith(f"/reports/serve/baseline/{kind.lower()}.json")


def test_drift_and_failed_monitors_reach_people_and_the_queue(watched: Any) -> None:
    # control DET-16
    rules = watched.of_type("AWS::Events::Rule", "imaging", "monitoring")
    targets = {name: rule["Targets"][0]["Arn"] for name, rule in rules.items()}
    assert targets == {"MonitorsEndedRule": {"Ref": "EventQueueArn"}, "DriftRule": {"Ref": "AlarmTopicArn"}}
    for rule in rules.values():
        detail = rule["EventPattern"]["detail"]
        assert detail["RoleArn"] == [{"Fn::GetAtt": ["MonitorRole", "Arn"]}]
    bad = rules["DriftRule"]["EventPattern"]["detail"]["$or"]
    assert {"ExitMessage": [{"prefix": "CompletedWithViolations"}]} in bad


def test_monitors_read_captures_write_reports_and_have_a_boundary(watched: Any) -> None:
    role = only(watched, "AWS::IAM::Role")
    assert role["RoleName"] == "clinic-imaging--monitor"
    assert role["PermissionsBoundary"] == {"Ref": "MonitorBoundary"}
    policy = only(watched, "AWS::IAM::RolePolicy")["PolicyDocument"]
    assert policy == only(watched, "AWS::IAM::ManagedPolicy")["PolicyDocument"]
    found = {statement["Sid"]: statement for statement in policy["Statement"]}
    written = {
        arn["Fn::Sub"].rpartition("/")[0].rpartition("/")[2] for arn in found["WriteObjects"]["Resource"]
    }
    read = {arn["Fn::Sub"].rpartition("/")[0].rpartition("/")[2] for arn in found["ReadObjects"]["Resource"]}
    assert (written, read) == ({"reports"}, {"captured", "reports"})
    assert not any(action.startswith("s3:Delete") for action in found["WriteObjects"]["Action"])


def test_the_role_is_made_once_for_all_regions(watched: Any) -> None:
    assert watched.of_type("AWS::IAM::Role", "imaging", "monitoring", "eu-central-1") == {}
    definition = only(watched, "AWS::SageMaker::DataQualityJobDefinition", "eu-central-1")
    assert definition["RoleArn"] == {"Ref": "MonitorRoleArn"}


def test_the_image_is_awss_of_the_region(watched: Any) -> None:
    assert image("us-west-2") == (  # the developer guide's own example
        "159807026194.dkr.ecr.${AWS::Region}.${AWS::URLSuffix}/sagemaker-model-monitor-analyzer"
    )
    assert image("eu-isoe-west-1") is None
    used = only(watched, "AWS::SageMaker::DataQualityJobDefinition")["DataQualityAppSpecification"]
    assert used["ImageUri"]["Fn::Sub"] == image("eu-west-1")


def stacks(compiled: Any) -> list[str]:
    return [stack.name for stack in compiled.architecture.stacks if stack.name.endswith("-monitoring")]


@pytest.mark.parametrize("change", [{"monitor": False}, {"capture_percent": 0}])
def test_what_is_left_out_is_noted(compiling: Any, change: dict[str, Any]) -> None:
    compiled = compiling(teams=served(**change))
    assert stacks(compiled) == []
    assert any("DET-14" in note for note in compiled.architecture.notes)


def test_nothing_watches_what_does_not_serve(clinic: Any) -> None:
    assert stacks(clinic) == []


def test_that_aws_takes_no_new_customers_is_said(watched: Any, clinic: Any) -> None:
    assert any("no new customers" in note for note in watched.architecture.notes)
    assert not any("no new customers" in note for note in clinic.architecture.notes)
