"""What authorization hangs on, collected: users, groups, grants, the organization's tree, access points.

The expected shapes are those of the CloudFormation template reference, of the IAM, KMS and Organizations API
references where there is no such type.
"""

from __future__ import annotations

import json
from typing import Any

import boto3

from ringwork.access.reading import read
from ringwork.cloud.collect import collect, gather
from ringwork.cloud.collect.identity import AWS_MANAGED_POLICY, USER
from ringwork.cloud.collect.kinds import Where
from ringwork.cloud.collect.organization import ACCOUNT as MEMBER
from ringwork.cloud.collect.reading import detailed, reading
from ringwork.cloud.collect.storage import ACCESS_POINT

from .test_gather import ACCOUNT, REGION, gathered, only

READ = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}],
}
TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
    ],
}
IAM = ("AWS::IAM::User", "AWS::IAM::Group", "AWS::IAM::UserPolicy", "AWS::IAM::GroupPolicy")


def people(cloud: Any) -> str:
    """A user with a group, both with policies; gives the ARN of the managed one."""
    iam = cloud.client("iam")
    policy = str(iam.create_policy(PolicyName="p", PolicyDocument=json.dumps(READ))["Policy"]["Arn"])
    iam.create_user(UserName="ada", Path="/p/", Tags=[{"Key": "a", "Value": "b"}])
    iam.create_group(GroupName="team")
    iam.add_user_to_group(GroupName="team", UserName="ada")
    iam.attach_user_policy(UserName="ada", PolicyArn=policy)
    iam.attach_group_policy(GroupName="team", PolicyArn=policy)
    iam.put_user_policy(UserName="ada", PolicyName="own", PolicyDocument=json.dumps(READ))
    iam.put_group_policy(GroupName="team", PolicyName="theirs", PolicyDocument=json.dumps(READ))
    return policy


def test_users_and_groups_carry_their_policies(cloud: Any) -> None:
    policy = people(cloud)
    found = gathered(cloud, *IAM)
    user = only(found, "ada")
    assert user.properties == {
        "UserName": "ada",
        "Path": "/p/",
        "Groups": ["team"],
        "ManagedPolicyArns": [policy],
        "Tags": [{"Key": "a", "Value": "b"}],
    }
    assert user.arn == f"arn:aws:iam::{ACCOUNT}:user/p/ada"
    assert only(found, "team").properties == {
        "GroupName": "team",
        "Path": "/",
        "ManagedPolicyArns": [policy],
    }
    assert only(found, "own|ada").properties == {
        "UserName": "ada",
        "PolicyName": "own",
        "PolicyDocument": READ,
    }
    assert only(found, "theirs|team").properties == {
        "GroupName": "team",
        "PolicyName": "theirs",
        "PolicyDocument": READ,
    }


def test_a_user_as_collected_has_all_its_policies(cloud: Any) -> None:
    people(cloud)
    found = read(
        collect(cloud, accounts=[ACCOUNT], regions=[REGION], types=[*IAM, "AWS::IAM::ManagedPolicy"])
    )
    (user,) = found.identities.values()
    assert sorted(document.name for document in user.identity) == [
        f"arn:aws:iam::{ACCOUNT}:policy/p",
        "own",
        "theirs",
    ]
    assert user.unknown == ()
    assert found.problems == ()


def test_a_user_has_its_boundary() -> None:
    """The local cloud leaves it out of its answer."""
    arn = f"arn:aws:iam::{ACCOUNT}:policy/edge"
    raw = {
        "UserName": "ada",
        "Arn": f"arn:aws:iam::{ACCOUNT}:user/ada",
        "PermissionsBoundary": {"PermissionsBoundaryType": "Policy", "PermissionsBoundaryArn": arn},
    }
    assert reading(USER, raw, Where(ACCOUNT, REGION)).properties["PermissionsBoundary"] == arn


def test_attached_policies_of_aws_are_kept_with_their_default_version() -> None:
    answer = {
        "PolicyName": "ViewOnlyAccess",
        "Arn": "arn:aws:iam::aws:policy/job-function/ViewOnlyAccess",
        "AttachmentCount": 1,
        "PolicyVersionList": [
            {"VersionId": "v1", "IsDefaultVersion": False, "Document": {}},
            {"VersionId": "v2", "IsDefaultVersion": True, "Document": READ},
        ],
    }
    where = Where(ACCOUNT, REGION)
    raw = detailed(AWS_MANAGED_POLICY, answer, boto3.client, where)
    assert raw is not None
    found = reading(AWS_MANAGED_POLICY, raw, where)
    assert (found.physical, found.arn) == ("job-function/ViewOnlyAccess", None)
    assert found.properties == {"PolicyArn": answer["Arn"], "PolicyDocument": READ}
    unused = {**answer, "AttachmentCount": 0}
    assert detailed(AWS_MANAGED_POLICY, unused, boto3.client, where) is None
    assert detailed(AWS_MANAGED_POLICY, {**unused, "PermissionsBoundaryUsageCount": 1}, boto3.client, where)


def test_grants_name_their_key_grantee_and_operations(cloud: Any) -> None:
    kms = cloud.client("kms", region=REGION)
    key = kms.create_key()["KeyMetadata"]["KeyId"]
    grantee = f"arn:aws:iam::{ACCOUNT}:role/train"
    grant = kms.create_grant(
        KeyId=key,
        GranteePrincipal=grantee,
        Operations=["Decrypt"],
        Constraints={"EncryptionContextSubset": {"team": "vision"}},
    )["GrantId"]
    found = only(gathered(cloud, "live:kms:grant"), f"{key}|{grant}")
    assert found.properties == {
        "KeyId": key,
        "GrantId": grant,
        "GranteePrincipal": grantee,
        "Operations": ["Decrypt"],
        "Constraints": {"EncryptionContextSubset": {"team": "vision"}},
    }
    estate = collect(cloud, accounts=[ACCOUNT], regions=[REGION], types=["live:kms:grant", "AWS::KMS::Key"])
    (guarded,) = [one for one in read(estate).guarded.values() if one.type == "AWS::KMS::Key"]
    assert [(one.grantee, one.operations) for one in guarded.grants] == [(grantee, {"Decrypt"})]
    assert guarded.grants_known


ORGANIZATION = (
    "AWS::Organizations::Account",
    "AWS::Organizations::Organization",
    "AWS::Organizations::Policy",
    "live:organizations:aws-managed-policy",
)


def test_an_account_has_its_path_and_what_binds_it(cloud: Any) -> None:
    client = cloud.client("organizations")
    organization = client.create_organization(FeatureSet="ALL")["Organization"]["Id"]
    root = client.list_roots()["Roots"][0]["Id"]
    client.enable_policy_type(RootId=root, PolicyType="SERVICE_CONTROL_POLICY")
    outer = client.create_organizational_unit(ParentId=root, Name="outer")["OrganizationalUnit"]["Id"]
    inner = client.create_organizational_unit(ParentId=outer, Name="inner")["OrganizationalUnit"]["Id"]
    status = client.create_account(AccountName="team", Email="team@example.com")["CreateAccountStatus"]
    member = status["AccountId"]
    client.move_account(AccountId=member, SourceParentId=root, DestinationParentId=inner)
    deny = {"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Action": "s3:*", "Resource": "*"}]}
    policy = client.create_policy(
        Content=json.dumps(deny), Description="d", Name="no s3", Type="SERVICE_CONTROL_POLICY"
    )["Policy"]["PolicySummary"]["Id"]
    client.attach_policy(PolicyId=policy, TargetId=outer)

    found = gathered(cloud, *ORGANIZATION)
    account = only(found, member)
    assert account.properties == {"AccountName": "team", "ParentIds": [inner]}
    assert account.attributes["Path"] == [root, outer, inner]
    assert only(found, organization).attributes["ManagementAccountId"] == ACCOUNT
    full = only(found, "p-FullAWSAccess")
    assert {root, outer, inner, member} <= {*full.properties["TargetIds"]}

    whole = read(collect(cloud, accounts=[ACCOUNT], regions=[REGION], types=ORGANIZATION))
    assert whole.organization == organization
    assert whole.accounts[ACCOUNT].management
    bound = whole.accounts[member]
    assert bound.path == (root, outer, inner)
    assert bound.scp is not None
    assert [[document.name for document in level] for level in bound.scp] == [
        ["FullAWSAccess"],
        ["FullAWSAccess", "no s3"],
        ["FullAWSAccess"],
        ["FullAWSAccess"],
    ]
    assert bound.unknown == ()
    assert whole.problems == ()


def test_a_member_is_told_nothing_but_its_organization() -> None:
    """Organizations API reference, ListAccounts: the management account alone may."""
    asked = list(MEMBER.listing.below.parts({"MasterAccountId": "1" * 12}, Where("2" * 12, REGION)))  # type: ignore[union-attr]
    assert asked == []


def test_without_an_organization_there_is_none(cloud: Any) -> None:
    assert gathered(cloud, *ORGANIZATION) == []


def test_policies_of_log_groups_are_read(cloud: Any) -> None:
    logs = cloud.client("logs", region=REGION)
    logs.put_resource_policy(policyName="p", policyDocument=json.dumps(READ))
    (found,) = gathered(cloud, "AWS::Logs::ResourcePolicy")
    assert found.properties == {"PolicyName": "p", "PolicyDocument": READ}


def test_a_bucket_says_whom_its_acl_lets_in(cloud: Any) -> None:
    s3 = cloud.client("s3", region=REGION)
    for name, acl in (("closed", "private"), ("opened", "public-read")):
        s3.create_bucket(
            Bucket=name,
            CreateBucketConfiguration={"LocationConstraint": REGION},
            ObjectOwnership="ObjectWriter",
            ACL=acl,
        )
    estate = collect(
        cloud,
        accounts=[ACCOUNT],
        regions=[REGION],
        types=["AWS::S3::Bucket", "live:s3control:public-access-block"],
    )
    exposures = {
        one.arn.rpartition(":")[2]: one.exposure for one in read(estate).guarded.values() if one.exposure
    }
    assert {name: one.acl for name, one in exposures.items()} == {
        "closed": "Private",
        "opened": "PublicRead",
    }
    assert {one.ownership for one in exposures.values()} == {"ObjectWriter"}


def test_an_access_point_has_its_policy_and_its_vpc() -> None:
    listed = {
        "Name": "point",
        "Bucket": "data",
        "NetworkOrigin": "VPC",
        "AccessPointArn": f"arn:aws:s3:{REGION}:{ACCOUNT}:accesspoint/point",
    }
    raw = {
        **listed,
        "$point": {
            "VpcConfiguration": {"VpcId": "vpc-1"},
            "PublicAccessBlockConfiguration": {"BlockPublicAcls": True},
        },
        "$policy": json.dumps(READ),
    }
    found = reading(ACCESS_POINT, raw, Where(ACCOUNT, REGION))
    assert found.arn == listed["AccessPointArn"]
    assert found.properties == {
        "Name": "point",
        "Bucket": "data",
        "VpcConfiguration": {"VpcId": "vpc-1"},
        "PublicAccessBlockConfiguration": {"BlockPublicAcls": True},
        "Policy": READ,
    }


def test_the_whole_is_gathered_without_a_gap(cloud: Any) -> None:
    types = (
        *IAM,
        *ORGANIZATION,
        "live:kms:grant",
        "live:iam:aws-managed-policy",
        "AWS::Logs::ResourcePolicy",
    )
    collected = gather(cloud, accounts=[ACCOUNT], regions=[REGION], types=types)
    assert collected.gaps == ()
