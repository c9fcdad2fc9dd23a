"""Which features of a detector are on, its tags, and findings of a severity."""

from __future__ import annotations

import pytest
from botocore.exceptions import ClientError

from ringwork.cloud.emulator import LocalCloud

ACCOUNT, REGION = "111122223333", "eu-west-1"


@pytest.fixture
def guardduty(tmp_path):
    with LocalCloud(tmp_path / "state") as cloud:
        yield cloud.session(ACCOUNT, REGION).client("guardduty")


def features(guardduty, detector):
    shown = guardduty.get_detector(DetectorId=detector)["Features"]
    return {feature["Name"]: feature["Status"] for feature in shown}


def test_what_is_not_named_is_on_in_a_new_detector_but_for_runtime_monitoring(guardduty):
    """GuardDuty API reference, CreateDetector."""
    detector = guardduty.create_detector(
        Enable=True, Features=[{"Name": "EKS_AUDIT_LOGS", "Status": "DISABLED"}]
    )["DetectorId"]
    found = features(guardduty, detector)
    assert found["EKS_AUDIT_LOGS"] == "DISABLED"
    assert found["RUNTIME_MONITORING"] == "DISABLED"
    for name in ("S3_DATA_EVENTS", "EBS_MALWARE_PROTECTION", "RDS_LOGIN_EVENTS", "LAMBDA_NETWORK_LOGS"):
        assert found[name] == "ENABLED"
    for name in ("CLOUD_TRAIL", "DNS_LOGS", "FLOW_LOGS"):
        assert found[name] == "ENABLED"


def test_an_update_changes_what_it_names(guardduty):
    detector = guardduty.create_detector(Enable=True)["DetectorId"]
    guardduty.update_detector(
        DetectorId=detector, Features=[{"Name": "S3_DATA_EVENTS", "Status": "DISABLED"}]
    )
    found = features(guardduty, detector)
    assert (found["S3_DATA_EVENTS"], found["LAMBDA_NETWORK_LOGS"]) == ("DISABLED", "ENABLED")


def test_data_sources_are_the_older_name_of_the_same_features(guardduty):
    """GuardDuty API reference, DataSourceConfigurations (deprecated) and DataSourceConfigurationsResult."""
    detector = guardduty.create_detector(
        Enable=True, DataSources={"S3Logs": {"Enable": False}, "Kubernetes": {"AuditLogs": {"Enable": True}}}
    )["DetectorId"]
    assert features(guardduty, detector)["S3_DATA_EVENTS"] == "DISABLED"
    shown = guardduty.get_detector(DetectorId=detector)["DataSources"]
    assert shown["S3Logs"]["Status"] == "DISABLED"
    assert shown["Kubernetes"]["AuditLogs"]["Status"] == "ENABLED"
    assert shown["MalwareProtection"]["ScanEc2InstanceWithFindings"]["EbsVolumes"]["Status"] == "ENABLED"


def test_both_kinds_of_runtime_monitoring_exclude_each_other(guardduty):
    """GuardDuty API reference, CreateDetector: "will cause an error"."""
    both = [{"Name": name, "Status": "ENABLED"} for name in ("EKS_RUNTIME_MONITORING", "RUNTIME_MONITORING")]
    with pytest.raises(ClientError, match="BadRequestException"):
        guardduty.create_detector(Enable=True, Features=both)
    assert guardduty.list_detectors()["DetectorIds"] == []


def test_a_detector_keeps_its_tags(guardduty):
    detector = guardduty.create_detector(Enable=True, Tags={"team": "growth"})["DetectorId"]
    arn = f"arn:aws:guardduty:{REGION}:{ACCOUNT}:detector/{detector}"
    assert guardduty.list_tags_for_resource(ResourceArn=arn)["Tags"] == {"team": "growth"}
    guardduty.tag_resource(ResourceArn=arn, Tags={"tier": "1"})
    guardduty.untag_resource(ResourceArn=arn, TagKeys=["team"])
    assert guardduty.list_tags_for_resource(ResourceArn=arn)["Tags"] == {"tier": "1"}
    with pytest.raises(ClientError, match="BadRequestException"):
        guardduty.list_tags_for_resource(ResourceArn=arn[:-1])


def test_findings_are_found_by_a_whole_severity(guardduty):
    """GuardDuty API reference, Condition: `Equals` takes texts; the sample's severity is 8.0 (user guide,
    "CryptoCurrency:EC2/BitcoinTool.B!DNS", "Default severity: High")."""
    detector = guardduty.create_detector(Enable=True)["DetectorId"]
    guardduty.create_sample_findings(
        DetectorId=detector, FindingTypes=["CryptoCurrency:EC2/BitcoinTool.B!DNS"]
    )

    def found(severity):
        criteria = {"Criterion": {"severity": {"Eq": [severity]}}}
        return guardduty.list_findings(DetectorId=detector, FindingCriteria=criteria)["FindingIds"]

    assert len(found("8")) == 1
    assert found("5") == []
