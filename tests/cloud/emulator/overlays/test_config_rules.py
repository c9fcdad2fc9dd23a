"""Config calls a resource compliant only where its rule was really evaluated.

Expected: Config developer guide, "List of AWS Config Managed Rules" (each rule's page says when it is
NON_COMPLIANT); API reference, DescribeComplianceByConfigRule.
"""

from __future__ import annotations

import json

import pytest
from botocore.exceptions import ClientError

from ringwork.cloud.emulator import LocalCloud

ACCOUNT, REGION = "111122223333", "us-east-1"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/r"


@pytest.fixture
def session(tmp_path):
    with LocalCloud(tmp_path / "state") as cloud:
        session = cloud.session(ACCOUNT, REGION)
        config = session.client("config")
        session.client("s3").create_bucket(Bucket="records")
        recorder = {"name": "default", "roleARN": ROLE}
        config.put_configuration_recorder(ConfigurationRecorder=recorder)
        config.put_delivery_channel(DeliveryChannel={"name": "default", "s3BucketName": "records"})
        config.start_configuration_recorder(ConfigurationRecorderName="default")
        yield session


def rule(session, identifier, name="r", **more):
    source = {"Owner": "AWS", "SourceIdentifier": identifier}
    session.client("config").put_config_rule(ConfigRule={"ConfigRuleName": name, "Source": source, **more})


def details(session, name="r", **wanted):
    found = session.client("config").get_compliance_details_by_config_rule(ConfigRuleName=name, **wanted)
    return {
        row["EvaluationResultIdentifier"]["EvaluationResultQualifier"]["ResourceId"]: row["ComplianceType"]
        for row in found["EvaluationResults"]
    }


def compliance(session, name="r"):
    found = session.client("config").describe_compliance_by_config_rule(ConfigRuleNames=[name])
    return found["ComplianceByConfigRules"][0]["Compliance"]


def notebook(session, name, **more):
    iam = session.client("iam")
    trust = {
        "Effect": "Allow",
        "Principal": {"Service": "sagemaker.amazonaws.com"},
        "Action": "sts:AssumeRole",
    }
    document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    iam.create_role(RoleName="r", AssumeRolePolicyDocument=document)
    session.client("sagemaker").create_notebook_instance(
        NotebookInstanceName=name, InstanceType="ml.t3.medium", RoleArn=ROLE, **more
    )


def test_versioning_decides_its_rule(session):
    s3 = session.client("s3")
    s3.create_bucket(Bucket="kept")
    s3.put_bucket_versioning(Bucket="kept", VersioningConfiguration={"Status": "Enabled"})
    rule(session, "S3_BUCKET_VERSIONING_ENABLED")
    assert details(session) == {"kept": "COMPLIANT", "records": "NON_COMPLIANT"}
    assert details(session, ComplianceTypes=["NON_COMPLIANT"]) == {"records": "NON_COMPLIANT"}
    assert compliance(session) == {
        "ComplianceType": "NON_COMPLIANT",
        "ComplianceContributorCount": {"CappedCount": 1, "CapExceeded": False},
    }
    s3.put_bucket_versioning(Bucket="records", VersioningConfiguration={"Status": "Enabled"})
    assert compliance(session)["ComplianceType"] == "COMPLIANT"


@pytest.mark.parametrize(
    ("identifier", "given", "result"),
    [
        ("SAGEMAKER_NOTEBOOK_NO_DIRECT_INTERNET_ACCESS", {}, "NON_COMPLIANT"),
        (
            "SAGEMAKER_NOTEBOOK_NO_DIRECT_INTERNET_ACCESS",
            {"DirectInternetAccess": "Disabled", "SubnetId": "subnet-1"},
            "COMPLIANT",
        ),
        ("SAGEMAKER_NOTEBOOK_INSTANCE_ROOT_ACCESS_CHECK", {}, "NON_COMPLIANT"),
        ("SAGEMAKER_NOTEBOOK_INSTANCE_ROOT_ACCESS_CHECK", {"RootAccess": "Disabled"}, "COMPLIANT"),
        ("SAGEMAKER_NOTEBOOK_INSTANCE_INSIDE_VPC", {}, "NON_COMPLIANT"),
        ("SAGEMAKER_NOTEBOOK_INSTANCE_INSIDE_VPC", {"SubnetId": "subnet-1"}, "COMPLIANT"),
        ("SAGEMAKER_NOTEBOOK_INSTANCE_KMS_KEY_CONFIGURED", {}, "NON_COMPLIANT"),
        ("SAGEMAKER_NOTEBOOK_INSTANCE_KMS_KEY_CONFIGURED", {"KmsKeyId": "k"}, "COMPLIANT"),
    ],
)
def test_notebooks_are_judged_as_the_rules_say(session, identifier, given, result):
    notebook(session, "n", **given)
    rule(session, identifier)
    assert details(session) == {"n": result}


def test_a_key_that_does_not_rotate_does_not_comply(session):
    kms = session.client("kms")
    turning, still = (kms.create_key()["KeyMetadata"]["KeyId"] for _ in range(2))
    kms.enable_key_rotation(KeyId=turning)
    rule(session, "CMK_BACKING_KEY_ROTATION_ENABLED")
    assert details(session) == {turning: "COMPLIANT", still: "NON_COMPLIANT"}


def test_a_rule_that_was_never_evaluated_has_insufficient_data(session):
    rule(session, "S3_BUCKET_SSL_REQUESTS_ONLY")
    assert compliance(session) == {"ComplianceType": "INSUFFICIENT_DATA"}
    status = session.client("config").describe_config_rule_evaluation_status()["ConfigRulesEvaluationStatus"]
    assert status[0]["FirstEvaluationStarted"] is False
    with pytest.raises(ClientError, match="NotEmulated"):
        details(session)


def test_a_rule_without_resources_has_insufficient_data(session):
    rule(session, "SAGEMAKER_NOTEBOOK_NO_DIRECT_INTERNET_ACCESS")
    assert compliance(session) == {"ComplianceType": "INSUFFICIENT_DATA"}


def test_a_scope_keeps_a_rule_to_what_it_names(session):
    session.client("s3").create_bucket(Bucket="other")
    scope = {"ComplianceResourceTypes": ["AWS::S3::Bucket"], "ComplianceResourceId": "other"}
    rule(session, "S3_BUCKET_VERSIONING_ENABLED", Scope=scope)
    assert details(session) == {"other": "NON_COMPLIANT"}


def test_nothing_is_evaluated_while_the_recorder_is_off(session):
    rule(session, "S3_BUCKET_VERSIONING_ENABLED")
    session.client("config").stop_configuration_recorder(ConfigurationRecorderName="default")
    with pytest.raises(ClientError, match="NotEmulated"):
        details(session)


def test_a_rule_that_is_not_there(session):
    with pytest.raises(ClientError) as error:
        details(session, "absent")
    assert error.value.response["Error"]["Code"] == "NoSuchConfigRuleException"


def test_the_summary_counts_rules(session):
    rule(session, "S3_BUCKET_VERSIONING_ENABLED", "bad")
    rule(session, "S3_DEFAULT_ENCRYPTION_KMS", "worse")
    config = session.client("config")
    found = config.get_compliance_summary_by_config_rule()["ComplianceSummary"]
    assert found["NonCompliantResourceCount"]["CappedCount"] == 2
    assert found["CompliantResourceCount"]["CappedCount"] == 0
    # one that was not evaluated would be missing from the count
    rule(session, "S3_BUCKET_SSL_REQUESTS_ONLY", "unknown")
    with pytest.raises(ClientError, match="NotEmulated"):
        config.get_compliance_summary_by_config_rule()


@pytest.mark.parametrize(
    ("name", "given"),
    [
        ("describe_compliance_by_resource", {}),
        ("get_compliance_summary_by_resource_type", {}),
        ("describe_conformance_pack_compliance", {"ConformancePackName": "p"}),
        ("list_conformance_pack_compliance_scores", {}),
        ("get_discovered_resource_counts", {}),
        (
            "select_resource_config",
            {"Expression": "SELECT resourceId WHERE resourceType = 'AWS::S3::Bucket'"},
        ),
    ],
)
def test_what_is_not_worked_out_is_refused(session, name, given):
    with pytest.raises(ClientError, match="NotEmulated"):
        getattr(session.client("config"), name)(**given)
