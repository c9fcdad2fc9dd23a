"""What holds data beside the raw data sets: locks, copies, redacted prefixes, features, images, captures.

Expected values from the controls DAT-* and CMP-24 to CMP-28 and from what AWS documents; who may read is
asked of the evaluator.
"""

from __future__ import annotations

import json
from typing import Any

import pytest

from ringwork.access import Policies, Principal, Request, evaluate, parse

ACCOUNT = "111122223333"
HERE, THERE = "eu-west-1", "eu-central-1"
LAB: dict[str, Any] = {
    "teams": {
        "lab": {
            "data": {
                "scans": {"class": "restricted", "redacted": True},
                "letters": {
                    "class": "confidential",
                    "object_lock_days": 30,
                    "retention_days": 60,
                    "replicate_to": THERE,
                },
            },
            "models": {"finder": {"class": "restricted"}},
            "features": {
                "patients": {
                    "class": "confidential",
                    "record": "patient",
                    "time": "seen",
                    "columns": {"age": "Integral"},
                    "online": True,
                    "expire_days": 7,
                }
            },
            "workloads": {
                "prepare": {"type": "processing", "reads": ["scans"], "writes": ["scans"]},
                "train": {"type": "training", "reads": ["scans", "patients"], "produces": ["finder"]},
                "serve": {"type": "endpoint", "serves": ["finder"]},
            },
        }
    },
    "flows": [],
}


@pytest.fixture(scope="module")
def lab(compiling: Any) -> Any:
    return compiling(**LAB)


def filled(value: Any) -> Any:
    """The template's value with pseudo parameters and references in place."""
    if isinstance(value, dict):
        if set(value) == {"Fn::Sub"}:
            text = value["Fn::Sub"].replace("${AWS::Partition}", "aws").replace("${AWS::Region}", HERE)
            text = text.replace("${AWS::AccountId}", ACCOUNT)
            return text.replace("${ScansBucket.Arn}", f"arn:aws:s3:::clinic-lab-scans-{ACCOUNT}-{HERE}")
        if set(value) == {"Ref"} and value["Ref"] == "S3EndpointId":
            return "vpce-0123456789abcdef0"
        if set(value) == {"Fn::GetAtt"}:
            name, _ = value["Fn::GetAtt"]
            return f"arn:aws:s3:::clinic-lab-scans-{ACCOUNT}-{HERE}" if name == "ScansBucket" else "arn:aws:x"
        return {name: filled(item) for name, item in value.items()}
    return [filled(item) for item in value] if isinstance(value, list) else value


# --- redacted data


def reads_scans(lab: Any, workload: str, key: str) -> bool:
    """Whether the workload's role, by its own policy and the bucket's, reads an object of the data set. The
    role may do everything with S3 by another policy: the bucket's is the second wall."""
    arn = f"arn:aws:iam::{ACCOUNT}:role/clinic-lab-{workload}"
    who = Principal("role", ACCOUNT, arn.replace("role/", "role/") + "/s", role=arn)
    bucket = lab.of_type("AWS::S3::BucketPolicy", "lab", "data")["ScansBucketPolicy"]["PolicyDocument"]
    everything = {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}],
    }
    context = {
        "aws:PrincipalArn": arn,
        "aws:PrincipalAccount": ACCOUNT,
        "aws:SecureTransport": "true",
        "aws:SourceVpce": "vpce-0123456789abcdef0",
        "aws:PrincipalIsAWSService": "false",
        "aws:ViaAWSService": "false",
        "s3:TlsVersion": "1.3",
    }
    on = f"arn:aws:s3:::clinic-lab-scans-{ACCOUNT}-{HERE}/{key}"
    return evaluate(
        Request(who, "s3:GetObject", on, ACCOUNT, context),
        Policies(
            identity=(parse(everything, kind="identity"),),
            resource=parse(json.loads(json.dumps(filled(bucket))), kind="resource"),
        ),
    ).allowed


def test_only_processing_reads_what_is_not_redacted(lab: Any) -> None:
    assert reads_scans(lab, "prepare", "patient-1.dcm")
    assert reads_scans(lab, "train", "redacted/patient-1.dcm")
    for other in ("train", "serve"):
        assert not reads_scans(lab, other, "patient-1.dcm")
        assert not reads_scans(lab, other, "redactedx/patient-1.dcm")


def test_a_role_of_training_names_the_redacted_prefix_alone(lab: Any) -> None:
    grants = [
        statement["Resource"]
        for statement in lab.of_type("AWS::IAM::RolePolicy", "lab", "identity")["TrainRolePolicy"][
            "PolicyDocument"
        ]["Statement"]
        if "s3:GetObject" in statement["Action"]
    ]
    arns = [text["Fn::Sub"] for resources in grants for text in resources if "-scans-" in text["Fn::Sub"]]
    assert arns
    assert all(arn.endswith("/redacted/*") for arn in arns)


# --- locks and copies


def test_a_declared_lock_binds_everybody_and_approved_models_are_written_once(lab: Any) -> None:
    buckets = lab.of_type("AWS::S3::Bucket", "lab", "data")
    for name, mode, days in (("LettersBucket", "COMPLIANCE", 30), ("ApprovedBucket", "GOVERNANCE", 365)):
        assert buckets[name]["ObjectLockEnabled"] is True
        retention = buckets[name]["ObjectLockConfiguration"]["Rule"]["DefaultRetention"]
        assert retention == {"Mode": mode, "Days": days}
    assert "ObjectLockEnabled" not in buckets["ScansBucket"]


def test_every_version_is_copied_under_a_key_there(lab: Any) -> None:
    source = lab.of_type("AWS::S3::Bucket", "lab", "data")["LettersBucket"]["ReplicationConfiguration"]
    (rule,) = source["Rules"]
    assert rule["SourceSelectionCriteria"] == {"SseKmsEncryptedObjects": {"Status": "Enabled"}}
    assert rule["DeleteMarkerReplication"] == {"Status": "Disabled"}
    key = rule["Destination"]["EncryptionConfiguration"]["ReplicaKmsKeyID"]["Ref"]
    (stack,) = [
        s for s in lab.architecture.stacks if s.name == "ringwork-clinic-lab-data" and s.region == HERE
    ]
    assert stack.parameters[key].stack == f"{ACCOUNT}/{THERE}/ringwork-clinic-lab-replica"
    # the other Region's own letters are copied nowhere
    there = lab.of_type("AWS::S3::Bucket", "lab", "data", THERE)["LettersBucket"]
    assert "ReplicationConfiguration" not in there


def test_a_copy_is_protected_as_its_source_is_and_read_by_nobody(lab: Any) -> None:
    buckets = lab.of_type("AWS::S3::Bucket", "lab", "replica", THERE)
    copy = buckets["LettersOfEuWest1Bucket"]
    source = lab.of_type("AWS::S3::Bucket", "lab", "data")["LettersBucket"]
    for same in ("ObjectLockConfiguration", "VersioningConfiguration", "PublicAccessBlockConfiguration",
                 "LifecycleConfiguration", "OwnershipControls"):  # fmt: skip
        assert copy[same] == source[same]
    policy = lab.of_type("AWS::S3::BucketPolicy", "lab", "replica", THERE)["LettersOfEuWest1BucketPolicy"]
    by_sid = {each["Sid"]: each for each in policy["PolicyDocument"]["Statement"]}
    closed = by_sid["DataOnlyThroughEndpoint"]["Condition"]["StringNotEqualsIfExists"]
    assert closed == {"aws:SourceVpce": "vpce-none"}
    (key,) = lab.of_type("AWS::KMS::Key", "lab", "replica", THERE).values()
    writes = [each for each in key["KeyPolicy"]["Statement"] if each["Sid"] == "WriteCopies"]
    assert writes[0]["Action"] == ["kms:Encrypt", "kms:GenerateDataKey"]


# --- features, images, captures


def test_feature_stores_are_under_their_classs_key_and_records_expire(lab: Any) -> None:
    group = lab.of_type("AWS::SageMaker::FeatureGroup", "lab", "data")["PatientsFeatureGroup"]
    key = {"Fn::GetAtt": ["ConfidentialKey", "Arn"]}
    assert group["OnlineStoreConfig"] == {
        "EnableOnlineStore": True,
        "SecurityConfig": {"KmsKeyId": key},
        "TtlDuration": {"Unit": "Days", "Value": 7},
    }
    assert group["OfflineStoreConfig"]["S3StorageConfig"]["KmsKeyId"] == key
    assert group["FeatureDefinitions"] == [
        {"FeatureName": "patient", "FeatureType": "String"},
        {"FeatureName": "seen", "FeatureType": "String"},
        {"FeatureName": "age", "FeatureType": "Integral"},
    ]


def test_images_are_scanned_never_move_and_stay_in_the_account(lab: Any) -> None:
    repositories = lab.of_type("AWS::ECR::Repository", "lab", "registry")
    assert sorted(each["RepositoryName"] for each in repositories.values()) == [
        "clinic-lab/prepare",
        "clinic-lab/serve",
        "clinic-lab/train",
    ]
    for each in repositories.values():
        assert each["ImageScanningConfiguration"] == {"ScanOnPush": True}
        assert each["ImageTagMutability"] == "IMMUTABLE"
        assert each["EncryptionConfiguration"]["EncryptionType"] == "KMS"
        (statement,) = each["RepositoryPolicyText"]["Statement"]
        assert statement["Effect"] == "Deny"
        assert "Resource" not in statement  # ECR, private repository policies


def test_an_endpoint_writes_its_own_capture_prefix_and_monitors_read_it(lab: Any) -> None:
    key = lab.of_type("AWS::KMS::Key", "lab", "data")["RestrictedKey"]["KeyPolicy"]
    by_sid = {each["Sid"]: each for each in key["Statement"]}

    def roles(sid: str) -> list[str]:
        said = by_sid[sid]["Condition"]["ArnEquals"]["aws:PrincipalArn"]
        return [arn["Fn::Sub"].rpartition("/")[2] for arn in (said if isinstance(said, list) else [said])]

    assert "clinic-lab--monitor" in roles("ReadThroughS3")
    assert "clinic-lab-serve" in roles("WriteThroughS3")
    capture = lab.of_type("AWS::S3::Bucket", "lab", "data")["CaptureBucket"]
    days = [rule.get("ExpirationInDays") for rule in capture["LifecycleConfiguration"]["Rules"]]
    assert 365 in days
