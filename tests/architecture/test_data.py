"""The data ring, against the controls DAT-* and what AWS documents."""

from __future__ import annotations

from typing import Any

import pytest


def role_names(condition: Any) -> list[str]:
    return [arn["Fn::Sub"].rpartition("/")[2] for arn in condition["aws:PrincipalArn"]]


def statement(template: dict[str, Any], policy: str, sid: str) -> dict[str, Any]:
    statements = template["Resources"][policy]["Properties"]["PolicyDocument"]["Statement"]
    (found,) = [each for each in statements if each["Sid"] == sid]
    return dict(found)


def test_every_data_set_and_the_models_have_a_bucket_of_their_own(clinic: Any) -> None:
    names = {
        bucket["BucketName"]["Fn::Sub"]
        for bucket in clinic.of_type("AWS::S3::Bucket", "imaging", "data").values()
    }
    assert names == {
        "clinic-imaging-scans-${AWS::AccountId}-${AWS::Region}",
        "clinic-imaging-labels-${AWS::AccountId}-${AWS::Region}",
        "clinic-imaging-artifacts-${AWS::AccountId}-${AWS::Region}",
        "clinic-imaging-approved-${AWS::AccountId}-${AWS::Region}",
        "clinic-imaging-capture-${AWS::AccountId}-${AWS::Region}",
        "clinic-imaging-access-logs-${AWS::AccountId}-${AWS::Region}",
    }


def test_every_bucket_is_private_versioned_owned_and_kept(clinic: Any) -> None:
    template = clinic.template("imaging", "data")
    for logical, bucket in clinic.of_type("AWS::S3::Bucket", "imaging", "data").items():
        assert set(bucket["PublicAccessBlockConfiguration"].values()) == {True}
        assert len(bucket["PublicAccessBlockConfiguration"]) == 4
        assert bucket["OwnershipControls"]["Rules"] == [{"ObjectOwnership": "BucketOwnerEnforced"}]
        assert bucket["VersioningConfiguration"] == {"Status": "Enabled"}
        assert template["Resources"][logical]["DeletionPolicy"] == "Retain"
        assert template["Resources"][logical]["UpdateReplacePolicy"] == "Retain"


@pytest.mark.parametrize(
    ("bucket", "key"),
    [
        ("ScansBucket", "RestrictedKey"),
        ("LabelsBucket", "ConfidentialKey"),
        ("ArtifactsBucket", "RestrictedKey"),
    ],
)
def test_a_bucket_is_under_its_classs_key(clinic: Any, bucket: str, key: str) -> None:
    (rule,) = clinic.of_type("AWS::S3::Bucket", "imaging", "data")[bucket]["BucketEncryption"][
        "ServerSideEncryptionConfiguration"
    ]
    assert rule == {
        "BucketKeyEnabled": True,
        "ServerSideEncryptionByDefault": {
            "SSEAlgorithm": "aws:kms",
            "KMSMasterKeyID": {"Fn::GetAtt": [key, "Arn"]},
        },
    }


def test_old_versions_expire_only_where_a_retention_is_declared(clinic: Any) -> None:
    expiring = {
        logical: [
            rule["NoncurrentVersionExpiration"]["NoncurrentDays"]
            for rule in bucket["LifecycleConfiguration"]["Rules"]
            if "NoncurrentVersionExpiration" in rule
        ]
        for logical, bucket in clinic.of_type("AWS::S3::Bucket", "imaging", "data").items()
        if logical != "AccessLogsBucket"
    }
    assert expiring == {
        "ScansBucket": [],
        "LabelsBucket": [365],
        "ArtifactsBucket": [],
        "ApprovedBucket": [],
        "CaptureBucket": [30],
    }


def test_data_is_refused_from_anywhere_but_the_endpoints_of_its_readers(clinic: Any) -> None:
    template = clinic.template("imaging", "data")
    own = statement(template, "ScansBucketPolicy", "DataOnlyThroughEndpoint")
    assert own["Condition"]["StringNotEqualsIfExists"] == {"aws:SourceVpce": {"Ref": "S3EndpointId"}}
    assert own["Condition"]["BoolIfExists"] == {
        "aws:PrincipalIsAWSService": "false",
        "aws:ViaAWSService": "false",
    }
    assert role_names(own["Condition"]["ArnNotLikeIfExists"]) == [
        "ringwork-audit",
        "ringwork-break-glass",
        "ringwork-deploy",
        "clinic-imaging--malware-eu-west-1",  # GuardDuty's scans come from its own side
    ]  # fmt: skip
    # research reads imaging's labels, so it comes through its own VPC's endpoint
    shared = statement(template, "LabelsBucketPolicy", "DataOnlyThroughEndpoint")
    assert shared["Condition"]["StringNotEqualsIfExists"]["aws:SourceVpce"] == [
        {"Ref": "S3EndpointId"},
        {"Ref": "ResearchS3EndpointId"},
    ]


def test_the_endpoint_only_deny_leaves_configuration_alone(clinic: Any) -> None:
    actions = statement(clinic.template("imaging", "data"), "ScansBucketPolicy", "DataOnlyThroughEndpoint")[
        "Action"
    ]
    for kept in ("s3:PutBucketPolicy", "s3:GetBucketPolicy", "s3:PutBucketVersioning",
                 "s3:DeleteBucketPolicy", "s3:PutEncryptionConfiguration"):  # fmt: skip
        assert not any(kept.startswith(action.rstrip("*")) for action in actions)
    for refused in ("s3:GetObject", "s3:GetObjectVersion", "s3:PutObject", "s3:DeleteObject", "s3:ListBucket",
                    "s3:ListBucketVersions"):  # fmt: skip
        assert any(refused.startswith(action.rstrip("*")) for action in actions)


def test_uploads_that_name_no_key_pass_and_those_that_name_another_do_not(clinic: Any) -> None:
    # IAM, condition operators: StringNotEquals holds for an absent key, so Null must ask for its presence
    condition = statement(clinic.template("imaging", "data"), "ScansBucketPolicy", "AnotherKey")["Condition"]
    header = "s3:x-amz-server-side-encryption-aws-kms-key-id"
    assert condition == {
        "Null": {header: "false"},
        "StringNotEquals": {header: {"Fn::GetAtt": ["RestrictedKey", "Arn"]}},
    }


def test_a_key_is_used_by_its_readers_through_s3_and_sagemaker_only(clinic: Any) -> None:
    policy = clinic.of_type("AWS::KMS::Key", "imaging", "data")["ConfidentialKey"]["KeyPolicy"]
    by_sid = {each["Sid"]: each for each in policy["Statement"]}
    reading = by_sid["ReadThroughS3"]
    assert role_names(reading["Condition"]["ArnEquals"]) == [
        "clinic-imaging--malware-eu-west-1",
        "clinic-imaging-desk",
        "clinic-imaging-prepare",
        "clinic-imaging-train",
        "clinic-research-explore",
    ]  # fmt: skip
    assert reading["Condition"]["StringEquals"]["kms:ViaService"] == {
        "Fn::Sub": "s3.${AWS::Region}.amazonaws.com"
    }
    # only desk and prepare write labels; GuardDuty makes a file to see whether it may scan
    assert role_names(by_sid["WriteThroughS3"]["Condition"]["ArnEquals"]) == [
        "clinic-imaging--malware-eu-west-1",
        "clinic-imaging-desk",
        "clinic-imaging-prepare",
    ]
    for each in policy["Statement"]:
        # KMS, default key policy: the account as principal; never everyone
        assert each["Principal"] == {"AWS": {"Fn::Sub": "arn:${AWS::Partition}:iam::${AWS::AccountId}:root"}}


def test_keys_rotate_and_wait_longest_before_deletion(clinic: Any) -> None:
    for ring in ("data", "network"):
        for key in clinic.of_type("AWS::KMS::Key", "imaging", ring).values():
            assert key["EnableKeyRotation"] is True
            assert key["PendingWindowInDays"] == 30  # the longest that KMS offers


def test_the_access_log_bucket_admits_s3s_logging_service_for_our_buckets_only(clinic: Any) -> None:
    template = clinic.template("imaging", "data")
    writes = statement(template, "AccessLogsBucketPolicy", "S3WritesLogs")
    assert writes["Principal"] == {"Service": "logging.s3.amazonaws.com"}
    assert writes["Condition"]["StringEquals"] == {"aws:SourceAccount": {"Fn::Sub": "${AWS::AccountId}"}}
    assert len(writes["Condition"]["ArnLike"]["aws:SourceArn"]) == 5
    # S3, enabling server access logging: a target bucket takes SSE-S3 only
    (rule,) = template["Resources"]["AccessLogsBucket"]["Properties"]["BucketEncryption"][
        "ServerSideEncryptionConfiguration"
    ]
    assert rule["ServerSideEncryptionByDefault"] == {"SSEAlgorithm": "AES256"}


def test_a_team_with_data_only_has_no_vpc_and_its_data_no_way_in_but_its_readers(compiling: Any) -> None:
    reader = {"workloads": {"look": {"type": "notebook", "reads": ["archive/shared"]}}}
    teams = {"archive": {"data": {"scans": {}, "shared": {}}}, "lab": reader}
    compiled = compiling(teams=teams, flows=[])
    names = {stack.name for stack in compiled.architecture.stacks}
    # the account's own stacks are there whoever is in it
    assert {name for name in names if not name.startswith("ringwork-clinic-main-")} == {
        "ringwork-clinic-lab-network",
        "ringwork-clinic-archive-data",
        "ringwork-clinic-archive-malware",
        "ringwork-clinic-lab-identity",
        "ringwork-clinic-lab-compute",
        "ringwork-clinic-security-analyzers",
    }
    template = compiled.template("archive", "data")
    closed = statement(template, "ScansBucketPolicy", "DataOnlyThroughEndpoint")["Condition"]
    # no endpoint has this id, so the Deny holds wherever a request comes from
    assert closed["StringNotEqualsIfExists"] == {"aws:SourceVpce": "vpce-none"}
    shared = statement(template, "SharedBucketPolicy", "DataOnlyThroughEndpoint")["Condition"]
    assert shared["StringNotEqualsIfExists"] == {"aws:SourceVpce": {"Ref": "LabS3EndpointId"}}
