"""Access Analyzer judges policies where the documents say how, and refuses where they do not.

Expected: S3 user guide, "The meaning of 'public'"; IAM user guide, "How IAM Access Analyzer findings work",
"IAM Access Analyzer supported resource types", "Archive rules"; Access Analyzer API reference.
"""

from __future__ import annotations

import json

import pytest
from botocore.exceptions import ClientError

from ringwork.cloud.emulator import LocalCloud

ACCOUNT, OTHER, REGION = "111122223333", "444455556666", "us-east-1"
BUCKET = "AWS::S3::Bucket"
TLS_ONLY = {"Effect": "Deny", "Principal": "*", "Action": "*", "Resource": "*"} | {
    "Condition": {"Bool": {"aws:SecureTransport": "false"}}
}


@pytest.fixture
def session(tmp_path):
    with LocalCloud(tmp_path / "state") as cloud:
        yield cloud.session(ACCOUNT, REGION)


def allow(principal="*", **more):
    return {"Effect": "Allow", "Principal": principal, "Action": "s3:GetObject", "Resource": "*", **more}


def policy(*statements):
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def only_if(operator, key, value):
    return allow(Condition={operator: {key: value}})


def check(session, text, kind):
    client = session.client("accessanalyzer")
    return client.check_no_public_access(policyDocument=text, resourceType=kind)


@pytest.mark.parametrize(
    ("kind", "statements", "result"),
    [
        (BUCKET, [allow()], "FAIL"),
        (BUCKET, [allow({"AWS": OTHER})], "PASS"),
        # the user guide's examples: a fixed VPC is not public, any VPC is
        (BUCKET, [only_if("StringEquals", "aws:SourceVpc", "vpc-91237329")], "PASS"),
        (BUCKET, [only_if("StringLike", "aws:SourceVpc", "vpc-*")], "FAIL"),
        (BUCKET, [only_if("StringEquals", "aws:PrincipalOrgID", "o-1234567890")], "PASS"),
        # a Deny of plain HTTP takes nothing from who uses TLS
        (BUCKET, [allow(), TLS_ONLY], "FAIL"),
        ("AWS::SQS::Queue", [allow()], "FAIL"),
        ("AWS::SQS::Queue", [allow({"Service": "events.amazonaws.com"})], "PASS"),
        ("AWS::SQS::Queue", [only_if("StringEquals", "aws:PrincipalAccount", OTHER)], "PASS"),
        ("AWS::KMS::Key", [allow({"AWS": f"arn:aws:iam::{OTHER}:root"})], "PASS"),
    ],
)
def test_which_policies_are_public(session, kind, statements, result):
    assert check(session, policy(*statements), kind)["result"] == result


def test_the_reasons_name_the_public_statements(session):
    text = policy(allow({"AWS": OTHER}), allow(Sid="Open"))
    reasons = check(session, text, BUCKET)["reasons"]
    assert [(one["statementIndex"], one["statementId"]) for one in reasons] == [(1, "Open")]


def test_a_role_that_everybody_may_assume_is_public(session):
    trust = {"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}
    assert check(session, policy(trust), "AWS::IAM::AssumeRolePolicyDocument")["result"] == "FAIL"


def test_what_is_no_policy_is_an_invalid_parameter(session):
    with pytest.raises(ClientError) as error:
        check(session, "{}", BUCKET)
    assert error.value.response["Error"]["Code"] == "InvalidParameterException"


@pytest.mark.parametrize(
    ("kind", "statements"),
    [
        (BUCKET, [allow(), {**TLS_ONLY, "Condition": {"StringNotEquals": {"aws:PrincipalOrgID": "o-1"}}}]),
        ("AWS::SQS::Queue", [only_if("StringLike", "aws:SourceVpc", "vpc-*")]),
        ("AWS::SNS::Topic", [allow({"Federated": "cognito-identity.amazonaws.com"})]),
    ],
)
def test_what_the_documents_leave_open_is_refused(session, kind, statements):
    with pytest.raises(ClientError, match="NotEmulated"):
        check(session, policy(*statements), kind)


@pytest.mark.parametrize(
    ("name", "given"),
    [
        ("validate_policy", {"policyDocument": policy(allow()), "policyType": "RESOURCE_POLICY"}),
        (
            "check_no_new_access",
            {
                "newPolicyDocument": policy(allow()),
                "existingPolicyDocument": policy(allow()),
                "policyType": "RESOURCE_POLICY",
            },
        ),
        (
            "check_access_not_granted",
            {
                "policyDocument": policy(allow()),
                "access": [{"actions": ["s3:GetObject"]}],
                "policyType": "RESOURCE_POLICY",
            },
        ),
    ],
)
def test_other_judgements_of_a_policy_are_refused(session, name, given):
    with pytest.raises(ClientError, match="NotEmulated"):
        getattr(session.client("accessanalyzer"), name)(**given)


def identity(action, **more):
    return policy({"Effect": "Allow", "Action": action, "Resource": "*", **more})


@pytest.mark.parametrize(
    ("text", "decided"),
    [
        (identity("s3:*"), True),
        (identity(["s3:GetObject", "ec2:Describe*"]), True),
        # each of these has a check of its own: pass role with star in resource, create SLR with star in
        # resource, redundant action, invalid action, invalid service in action
        (identity("iam:PassRole"), False),
        (identity("iam:*"), False),
        (identity("*"), False),
        (identity(["s3:*", "s3:GetObject"]), False),
        (identity("s3:NoSuchAction"), False),
        (identity("s4:*"), False),
        (identity("s3:*", Condition={"Bool": {"aws:SecureTransport": "true"}}), False),
        ("{}", False),
    ],
)
def test_only_a_plain_policy_is_called_faultless(session, text, decided):
    """IAM user guide, "IAM policy validation check reference"."""
    client = session.client("accessanalyzer")
    if decided:
        assert client.validate_policy(policyDocument=text, policyType="IDENTITY_POLICY")["findings"] == []
        return
    with pytest.raises(ClientError, match="NotEmulated"):
        client.validate_policy(policyDocument=text, policyType="IDENTITY_POLICY")


# findings


@pytest.fixture
def analyzer(session):
    return session.client("accessanalyzer").create_analyzer(analyzerName="a", type="ACCOUNT")["arn"]


def findings(session, analyzer, **wanted):
    return session.client("accessanalyzer").list_findings(analyzerArn=analyzer, **wanted)["findings"]


def open_bucket(session, *statements, name="data", block=False):
    s3 = session.client("s3")
    s3.create_bucket(Bucket=name)
    names = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")
    s3.put_public_access_block(Bucket=name, PublicAccessBlockConfiguration=dict.fromkeys(names, False))
    whole = [f"arn:aws:s3:::{name}", f"arn:aws:s3:::{name}/*"]
    text = policy(*({**statement, "Resource": whole} for statement in statements))
    s3.put_bucket_policy(Bucket=name, Policy=text)
    if block:
        s3.put_public_access_block(Bucket=name, PublicAccessBlockConfiguration=dict.fromkeys(names, True))


def test_a_bucket_shared_with_another_account_is_found(session, analyzer):
    open_bucket(session, allow({"AWS": f"arn:aws:iam::{OTHER}:root"}), allow({"AWS": ACCOUNT}))
    (found,) = findings(session, analyzer)
    assert found["resource"] == "arn:aws:s3:::data"
    assert found["resourceType"] == BUCKET
    assert found["resourceOwnerAccount"] == ACCOUNT
    assert found["principal"] == {"AWS": f"arn:aws:iam::{OTHER}:root"}
    assert found["action"] == ["s3:GetObject"]
    assert found["isPublic"] is False
    assert found["status"] == "ACTIVE"
    assert found["sources"] == [{"type": "POLICY"}]


@pytest.mark.parametrize(("block", "count"), [(False, 2), (True, 0)])
def test_block_public_access_closes_a_public_bucket_to_all_outside(session, analyzer, block, count):
    """RestrictPublicBuckets: "public and cross-account access within any public bucket policy, including
    non-public delegation to specific accounts, is blocked"."""
    open_bucket(session, allow(), allow({"AWS": OTHER}), block=block)
    found = findings(session, analyzer)
    assert len(found) == count
    assert {one["isPublic"] for one in found} == ({True, False} if count else set())


def test_the_condition_of_a_finding_is_shown(session, analyzer):
    open_bucket(session, only_if("IpAddress", "aws:SourceIp", "203.0.113.0/24"))
    (found,) = findings(session, analyzer)
    assert found["condition"] == {"aws:SourceIp": "203.0.113.0/24"}


@pytest.mark.parametrize(
    "condition",
    [
        {"StringEquals": {"aws:PrincipalAccount": ACCOUNT}},
        {"ArnLike": {"aws:SourceArn": f"arn:aws:sns:{REGION}:{ACCOUNT}:*"}},
    ],
)
def test_a_grant_that_only_the_account_can_use_is_no_finding(session, analyzer, condition):
    sqs = session.client("sqs")
    url = sqs.create_queue(QueueName="q")["QueueUrl"]
    text = policy({**allow(Condition=condition), "Action": "sqs:SendMessage"})
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": text})
    assert findings(session, analyzer) == []


def test_roles_keys_and_snapshots_are_looked_at_too(session, analyzer):
    trust = {"Effect": "Allow", "Principal": {"AWS": OTHER}, "Action": "sts:AssumeRole"}
    role = session.client("iam").create_role(RoleName="r", AssumeRolePolicyDocument=policy(trust))["Role"]
    kms = session.client("kms")
    key = kms.create_key()["KeyMetadata"]
    kms.create_grant(
        KeyId=key["KeyId"], GranteePrincipal=f"arn:aws:iam::{OTHER}:root", Operations=["Decrypt"]
    )
    ec2 = session.client("ec2")
    volume = ec2.create_volume(AvailabilityZone=f"{REGION}a", Size=1)["VolumeId"]
    snapshot = ec2.create_snapshot(VolumeId=volume)["SnapshotId"]
    ec2.modify_snapshot_attribute(
        SnapshotId=snapshot,
        Attribute="createVolumePermission",
        OperationType="add",
        GroupNames=["all"],
    )
    found = {one["resource"]: one for one in findings(session, analyzer)}
    assert found.keys() == {role["Arn"], key["Arn"], f"arn:aws:ec2:{REGION}::snapshot/{snapshot}"}
    assert found[key["Arn"]]["action"] == ["kms:Decrypt"]
    assert found[f"arn:aws:ec2:{REGION}::snapshot/{snapshot}"]["isPublic"] is True


def test_a_finding_is_resolved_once_the_policy_is_gone(session, analyzer):
    open_bucket(session, allow({"AWS": OTHER}))
    (first,) = findings(session, analyzer)
    session.client("s3").delete_bucket_policy(Bucket="data")
    (second,) = findings(session, analyzer)
    assert second["id"] == first["id"]
    assert second["status"] == "RESOLVED"
    assert findings(session, analyzer, filter={"status": {"eq": ["ACTIVE"]}}) == []


def test_an_archive_rule_archives_new_findings_and_old_ones_when_applied(session, analyzer):
    client = session.client("accessanalyzer")
    open_bucket(session, allow({"AWS": OTHER}), name="old")
    findings(session, analyzer)
    wanted = {"principal.AWS": {"eq": [OTHER]}}
    client.create_archive_rule(analyzerName="a", ruleName="partner", filter=wanted)
    open_bucket(session, allow({"AWS": OTHER}), name="new")
    status = {one["resource"]: one["status"] for one in findings(session, analyzer)}
    assert status == {"arn:aws:s3:::old": "ACTIVE", "arn:aws:s3:::new": "ARCHIVED"}
    client.apply_archive_rule(analyzerArn=analyzer, ruleName="partner")
    assert {one["status"] for one in findings(session, analyzer)} == {"ARCHIVED"}


def test_a_filter_leaves_out_what_does_not_meet_it(session, analyzer):
    open_bucket(session, allow(), name="open")
    open_bucket(session, allow({"AWS": OTHER}), name="shared")
    public = findings(session, analyzer, filter={"isPublic": {"eq": ["true"]}})
    assert [one["resource"] for one in public] == ["arn:aws:s3:::open"]
    named = findings(session, analyzer, filter={"resource": {"contains": ["shared"]}})
    assert [one["resource"] for one in named] == ["arn:aws:s3:::shared"]


def test_the_second_version_has_the_details_in_the_finding(session, analyzer):
    client = session.client("accessanalyzer")
    open_bucket(session, allow({"AWS": OTHER}))
    (row,) = client.list_findings_v2(analyzerArn=analyzer)["findings"]
    assert row["findingType"] == "ExternalAccess"
    details = client.get_finding_v2(analyzerArn=analyzer, id=row["id"])["findingDetails"]
    assert details[0]["externalAccessDetails"]["principal"] == {"AWS": OTHER}


def test_findings_survive_the_end_of_the_command(tmp_path):
    with LocalCloud(tmp_path / "state") as cloud:
        session = cloud.session(ACCOUNT, REGION)
        arn = session.client("accessanalyzer").create_analyzer(analyzerName="a", type="ACCOUNT")["arn"]
        open_bucket(session, allow({"AWS": OTHER}))
        (before,) = findings(session, arn)
    with LocalCloud(tmp_path / "state") as cloud:
        (after,) = findings(cloud.session(ACCOUNT, REGION), arn)
    assert after["id"] == before["id"]
    assert after["status"] == "ACTIVE"


def test_members_of_the_organization_are_trusted_by_its_analyzer_only(session):
    org = session.client("organizations")
    org.create_organization(FeatureSet="ALL")
    made = org.create_account(Email="m@example.com", AccountName="m")["CreateAccountStatus"]["AccountId"]
    open_bucket(session, allow({"AWS": made}), allow({"AWS": OTHER}))
    client = session.client("accessanalyzer")
    seen = {
        kind: {
            one["principal"]["AWS"]
            for one in findings(session, client.create_analyzer(analyzerName=kind, type=kind)["arn"])
        }
        for kind in ("ACCOUNT", "ORGANIZATION")
    }
    assert seen == {"ACCOUNT": {made, OTHER}, "ORGANIZATION": {OTHER}}


def test_a_deny_that_could_take_the_access_back_is_not_passed_over(session, analyzer):
    deny = allow(Effect="Deny", Condition={"StringNotEquals": {"aws:PrincipalOrgID": "o-1234567890"}})
    open_bucket(session, allow({"AWS": OTHER}), deny)
    with pytest.raises(ClientError, match="NotEmulated"):
        findings(session, analyzer)


def test_an_acl_for_everybody_is_found_and_one_for_an_unknown_owner_is_not_passed_over(session, analyzer):
    """S3 user guide, "Access control list (ACL) overview": READ on a bucket allows to list it."""
    s3 = session.client("s3")
    s3.create_bucket(Bucket="open", ObjectOwnership="ObjectWriter")
    names = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")
    s3.put_public_access_block(Bucket="open", PublicAccessBlockConfiguration=dict.fromkeys(names, False))
    s3.put_bucket_acl(Bucket="open", ACL="public-read")
    (found,) = findings(session, analyzer)
    assert found["sources"] == [{"type": "BUCKET_ACL"}]
    assert found["isPublic"] is True
    assert "s3:ListBucket" in found["action"]
    owner = s3.get_bucket_acl(Bucket="open")["Owner"]
    grant = {"Grantee": {"Type": "CanonicalUser", "ID": "c" * 64}, "Permission": "READ"}
    s3.put_bucket_acl(Bucket="open", AccessControlPolicy={"Owner": owner, "Grants": [grant]})
    with pytest.raises(ClientError, match="NotEmulated"):
        findings(session, analyzer)


def test_unused_access_is_not_analyzed(session):
    client = session.client("accessanalyzer")
    arn = client.create_analyzer(analyzerName="u", type="ACCOUNT_UNUSED_ACCESS")["arn"]
    with pytest.raises(ClientError, match="NotEmulated"):
        findings(session, arn)
