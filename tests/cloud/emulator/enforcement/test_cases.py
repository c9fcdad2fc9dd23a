"""Forty requests and their answers by AWS's documents, in the local cloud. Each test names its source.

The expected answers were written from the documents; the evaluator plays no part in them.
"""

from __future__ import annotations

import json

import pytest
from botocore.exceptions import ClientError

from ringwork.cloud.emulator import LocalCloud

from .scene import MANAGEMENT, Scene, allow, ask, deny

READ = "s3:GetObject"


@pytest.fixture(scope="module")
def scene(tmp_path_factory):
    with LocalCloud(tmp_path_factory.mktemp("enforcement") / "state") as cloud:
        made = Scene(cloud)
        made.organize()
        yield made


def read(session, bucket):
    return ask(session, "s3", "get_object", Bucket=bucket, Key="k")


class TestServiceControlPolicies:
    """Organizations user guide, "SCP evaluation": an Allow at every level, a Deny at any."""

    @pytest.fixture(scope="class", autouse=True)
    @classmethod
    def policies(cls, scene):
        scene.attach(scene.root, deny("sqs:*"))
        scene.attach(
            scene.unit, deny("sns:*", Condition={"StringNotEquals": {"aws:RequestedRegion": "eu-west-1"}})
        )
        scene.attach(
            scene.member,
            deny("logs:*", Condition={"ArnNotLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/role-*"}}),
        )

    def test_a_deny_at_the_root_reaches_a_member(self, scene):
        answer = ask(scene.user(scene.member, allow("*")), "sqs", "list_queues")
        assert not answer.allowed
        assert "explicit deny in a service control policy" in answer.message

    def test_the_administrator_of_a_member_is_bound_like_any_other(self, scene):
        assert not ask(scene.admin(scene.member), "sqs", "list_queues").allowed

    def test_the_management_account_is_not_bound(self, scene):
        """ "SCPs don't affect users or roles in the management account"."""
        assert ask(scene.admin(MANAGEMENT), "sqs", "list_queues").allowed

    def test_a_deny_on_an_ou_reaches_its_accounts_only(self, scene):
        assert not ask(scene.admin(scene.member), "sns", "list_topics").allowed
        assert ask(scene.admin(scene.other), "sns", "list_topics").allowed

    def test_a_condition_of_an_scp_is_held_against_the_request(self, scene):
        elsewhere = scene.cloud.session(scene.member, "eu-west-1")
        assert ask(elsewhere, "sns", "list_topics").allowed

    def test_an_exempted_role_passes_a_deny(self, scene):
        assert not ask(scene.admin(scene.member), "logs", "describe_log_groups").allowed
        assert ask(scene.session_of(scene.member, allow("*")), "logs", "describe_log_groups").allowed

    def test_an_scp_grants_nothing(self, scene):
        """ "SCPs do not grant permissions"."""
        assert not ask(scene.user(scene.other), "ec2", "describe_vpcs").allowed

    def test_without_an_allow_at_one_level_nothing_is_allowed(self, scene):
        org = scene.admin(MANAGEMENT).client("organizations")
        made = org.create_account(Email="lone@example.com", AccountName="lone")
        lone = made["CreateAccountStatus"]["AccountId"]
        scene.attach(lone, allow(["ec2:*", "sts:*", "iam:*"]))
        scene.detach_full_access(lone)
        assert ask(scene.admin(lone), "ec2", "describe_vpcs").allowed
        answer = ask(scene.admin(lone), "kms", "list_keys")
        assert not answer.allowed
        assert "because no service control policy allows the kms:ListKeys action" in answer.message


class TestResourceControlPolicies:
    """Organizations user guide, "Resource control policies (RCPs)"."""

    @pytest.fixture(scope="class", autouse=True)
    @classmethod
    def policies(cls, scene):
        outside = {
            "StringNotEqualsIfExists": {"aws:PrincipalOrgID": cls.organization(scene)},
            "BoolIfExists": {"aws:PrincipalIsAWSService": "false"},
        }
        scene.attach(
            scene.root,
            {**deny("s3:*"), "Principal": "*", "Condition": outside},
            kind="RESOURCE_CONTROL_POLICY",
        )

    @staticmethod
    def organization(scene):
        return scene.admin(MANAGEMENT).client("organizations").describe_organization()["Organization"]["Id"]

    def test_a_stranger_whom_the_bucket_admits_is_kept_out(self, scene):
        bucket = scene.bucket(scene.member, {**allow(READ), "Principal": {"AWS": "999988887777"}})
        answer = read(scene.admin("999988887777"), bucket)
        assert not answer.allowed
        assert "resource control policy" in answer.message

    def test_a_principal_of_the_organization_is_let_in(self, scene):
        bucket = scene.bucket(scene.member, {**allow(READ), "Principal": {"AWS": scene.other}})
        assert read(scene.admin(scene.other), bucket).allowed

    def test_an_rcp_grants_nothing(self, scene):
        bucket = scene.bucket(scene.member)
        assert not read(scene.admin(scene.other), bucket).allowed

    def test_resources_of_the_management_account_are_not_bound(self, scene):
        """ "RCPs don't affect resources in the management account"."""
        bucket = scene.bucket(MANAGEMENT, {**allow(READ), "Principal": {"AWS": "999988887777"}})
        assert read(scene.admin("999988887777"), bucket).allowed

    def test_a_service_outside_the_list_is_not_bound(self, scene):
        """ "List of AWS services that support RCPs": SageMaker is not among them."""
        scene.attach(scene.member, {**deny("sagemaker:*"), "Principal": "*"}, kind="RESOURCE_CONTROL_POLICY")
        assert ask(scene.admin(scene.member), "sagemaker", "list_models").allowed


class TestKeyPolicies:
    """KMS developer guide, "Key policies in AWS KMS", "Default key policy", "Grants in AWS KMS"."""

    def encrypt(self, session, key, **more):
        return ask(session, "kms", "encrypt", KeyId=key, Plaintext=b"x", **more)

    def test_an_identity_policy_counts_where_the_key_policy_lets_the_account_decide(self, scene):
        key = scene.key(MANAGEMENT)
        assert self.encrypt(scene.user(MANAGEMENT, allow("kms:Encrypt", key)), key).allowed
        assert not self.encrypt(scene.user(MANAGEMENT), key).allowed

    def test_an_identity_policy_is_without_effect_where_it_does_not(self, scene):
        """ "Unless the key policy explicitly allows it, you cannot use IAM policies to allow access"."""
        owner = scene.role(MANAGEMENT, allow("kms:*"))
        key = scene.key(MANAGEMENT, {**allow("kms:*"), "Principal": {"AWS": owner}})
        answer = self.encrypt(scene.user(MANAGEMENT, allow("kms:*")), key)
        assert not answer.allowed
        assert "because no resource-based policy allows the kms:Encrypt action" in answer.message
        assert self.encrypt(scene.assume(scene.admin(MANAGEMENT), owner), key).allowed

    def test_a_key_policy_s_condition_on_the_encryption_context_is_held(self, scene):
        arn = scene.role(MANAGEMENT)
        wanted = {"StringEquals": {"kms:EncryptionContext:team": "a"}}
        key = scene.key(MANAGEMENT, {**allow("kms:Encrypt"), "Principal": {"AWS": arn}, "Condition": wanted})
        session = scene.assume(scene.admin(MANAGEMENT), arn)
        assert self.encrypt(session, key, EncryptionContext={"team": "a"}).allowed
        assert not self.encrypt(session, key, EncryptionContext={"team": "b"}).allowed
        assert not self.encrypt(session, key).allowed

    def test_a_deny_in_the_key_policy_wins(self, scene):
        root = {"AWS": f"arn:aws:iam::{MANAGEMENT}:root"}
        key = scene.key(
            MANAGEMENT, {**allow("kms:*"), "Principal": root}, {**deny("kms:Encrypt"), "Principal": "*"}
        )
        assert not self.encrypt(scene.admin(MANAGEMENT), key).allowed
        assert ask(scene.admin(MANAGEMENT), "kms", "describe_key", KeyId=key).allowed

    def test_another_account_needs_both_sides(self, scene):
        """ "Allowing users in other accounts to use a KMS key"."""
        root = {"AWS": f"arn:aws:iam::{MANAGEMENT}:root"}
        key = scene.key(
            MANAGEMENT,
            {**allow("kms:*"), "Principal": root},
            {**allow("kms:Encrypt"), "Principal": {"AWS": scene.other}},
        )
        assert self.encrypt(scene.user(scene.other, allow("kms:Encrypt", key)), key).allowed
        assert not self.encrypt(scene.user(scene.other), key).allowed
        assert not self.encrypt(scene.user(scene.member, allow("kms:Encrypt", key)), key).allowed

    def test_a_grant_lets_its_grantee_use_the_key_for_its_operations(self, scene):
        key, arn = scene.key(MANAGEMENT), scene.role(MANAGEMENT)
        session = scene.assume(scene.admin(MANAGEMENT), arn)
        assert not self.encrypt(session, key).allowed
        scene.admin(MANAGEMENT).client("kms").create_grant(
            KeyId=key, GranteePrincipal=arn, Operations=["Encrypt"]
        )
        assert self.encrypt(session, key).allowed
        assert not ask(session, "kms", "generate_data_key", KeyId=key, KeySpec="AES_256").allowed

    def test_a_grant_s_constraint_on_the_encryption_context_is_held(self, scene):
        key, arn = scene.key(MANAGEMENT), scene.role(MANAGEMENT)
        scene.admin(MANAGEMENT).client("kms").create_grant(
            KeyId=key,
            GranteePrincipal=arn,
            Operations=["Encrypt"],
            Constraints={"EncryptionContextSubset": {"team": "a"}},
        )
        session = scene.assume(scene.admin(MANAGEMENT), arn)
        assert self.encrypt(session, key, EncryptionContext={"team": "a", "more": "b"}).allowed
        assert not self.encrypt(session, key, EncryptionContext={"more": "b"}).allowed


class TestEndpointPolicies:
    """PrivateLink guide, "Control access to VPC endpoints using endpoint policies"; IAM user guide,
    "AWS global condition context keys" (aws:SourceVpce, aws:SourceIp)."""

    def test_the_endpoint_policy_limits_what_comes_through_it(self, scene):
        bucket = scene.bucket(MANAGEMENT)
        statement = {**allow(READ, "arn:aws:s3:::another/*"), "Principal": "*"}
        session = scene.admin(MANAGEMENT)
        answer = read(scene.through(session, scene.endpoint(MANAGEMENT, "s3", statement)), bucket)
        assert not answer.allowed
        assert "because no VPC endpoint policy allows the s3:GetObject action" in answer.message
        assert read(session, bucket).allowed, "what does not come through it, it does not limit"

    def test_without_a_policy_of_its_own_an_endpoint_gives_full_access(self, scene):
        bucket = scene.bucket(MANAGEMENT)
        assert read(scene.through(scene.admin(MANAGEMENT), scene.endpoint(MANAGEMENT, "s3")), bucket).allowed

    def test_an_endpoint_policy_grants_nothing(self, scene):
        """ "An endpoint policy does not override or replace identity-based or resource-based policies"."""
        bucket = scene.bucket(MANAGEMENT)
        endpoint = scene.endpoint(MANAGEMENT, "s3", {**allow("*"), "Principal": "*"})
        assert not read(scene.through(scene.user(MANAGEMENT), endpoint), bucket).allowed

    def test_a_bucket_that_answers_to_one_endpoint_only(self, scene):
        endpoint = scene.endpoint(MANAGEMENT, "s3")
        condition = {"StringNotEquals": {"aws:SourceVpce": endpoint}}
        bucket = scene.bucket(MANAGEMENT, {**deny(READ), "Principal": "*", "Condition": condition})
        user = scene.user(MANAGEMENT, allow("s3:*"))
        assert read(scene.through(user, endpoint), bucket).allowed
        assert not read(scene.through(user, scene.endpoint(MANAGEMENT, "s3")), bucket).allowed
        assert not read(user, bucket).allowed, "a missing key satisfies a negated operator"

    def test_there_is_no_source_ip_through_an_endpoint(self, scene):
        bucket = scene.bucket(MANAGEMENT)
        here = {"IpAddress": {"aws:SourceIp": "127.0.0.0/8"}}
        user = scene.user(MANAGEMENT, allow("s3:*", Condition=here))
        assert read(user, bucket).allowed
        assert not read(scene.through(user, scene.endpoint(MANAGEMENT, "s3")), bucket).allowed


class TestBoundaries:
    """IAM user guide, "Permissions boundaries for IAM entities"."""

    def test_a_boundary_limits_an_identity_policy(self, scene):
        user = scene.user(MANAGEMENT, allow("*"), boundary=[allow("ec2:*")])
        assert ask(user, "ec2", "describe_vpcs").allowed
        answer = ask(user, "s3", "list_buckets")
        assert not answer.allowed
        assert "because no permissions boundary allows the s3:ListAllMyBuckets action" in answer.message

    def test_a_boundary_grants_nothing(self, scene):
        assert not ask(scene.user(MANAGEMENT, boundary=[allow("*")]), "s3", "list_buckets").allowed

    def test_a_resource_policy_that_names_the_user_is_not_limited_by_its_boundary(self, scene):
        """Within the account, an implicit deny in the boundary does not limit what a resource-based policy
        grants to the ARN of the user."""
        user = scene.user(MANAGEMENT, boundary=[allow("ec2:*")])
        arn = user.client("sts").get_caller_identity()["Arn"]
        bucket = scene.bucket(MANAGEMENT, {**allow(READ), "Principal": {"AWS": arn}})
        assert read(user, bucket).allowed

    def test_a_resource_policy_that_names_the_role_is(self, scene):
        arn = scene.role(MANAGEMENT, boundary=[allow("ec2:*")])
        bucket = scene.bucket(MANAGEMENT, {**allow(READ), "Principal": {"AWS": arn}})
        assert not read(scene.assume(scene.admin(MANAGEMENT), arn), bucket).allowed

    def test_a_deny_in_a_boundary_wins_over_everything(self, scene):
        user = scene.user(MANAGEMENT, allow("*"), boundary=[allow("*"), deny("s3:*")])
        arn = user.client("sts").get_caller_identity()["Arn"]
        bucket = scene.bucket(MANAGEMENT, {**allow(READ), "Principal": {"AWS": arn}})
        answer = read(user, bucket)
        assert not answer.allowed
        assert "explicit deny in a permissions boundary" in answer.message


class TestSessionPolicies:
    """IAM user guide, "Session policies"."""

    def policy(self, *statements):
        return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})

    def test_a_session_policy_limits_the_role(self, scene):
        arn = scene.role(MANAGEMENT, allow("*"))
        session = scene.assume(scene.admin(MANAGEMENT), arn, Policy=self.policy(allow("ec2:*")))
        assert ask(session, "ec2", "describe_vpcs").allowed
        answer = ask(session, "s3", "list_buckets")
        assert not answer.allowed
        assert "because no session policy allows the s3:ListAllMyBuckets action" in answer.message

    def test_a_session_policy_grants_nothing(self, scene):
        arn = scene.role(MANAGEMENT, allow("ec2:*"))
        session = scene.assume(scene.admin(MANAGEMENT), arn, Policy=self.policy(allow("*")))
        assert not ask(session, "s3", "list_buckets").allowed

    def test_managed_policies_limit_a_session_too(self, scene):
        arn = scene.role(MANAGEMENT, allow("*"))
        only = [{"arn": "arn:aws:iam::aws:policy/AmazonEC2ReadOnlyAccess"}]
        session = scene.assume(scene.admin(MANAGEMENT), arn, PolicyArns=only)
        assert ask(session, "ec2", "describe_vpcs").allowed
        assert not ask(session, "ec2", "create_vpc", CidrBlock="10.0.0.0/16").allowed

    def test_a_resource_policy_that_names_the_session_is_not_limited_by_it(self, scene):
        arn = scene.role(MANAGEMENT, allow("*"))
        named = f"arn:aws:sts::{MANAGEMENT}:assumed-role/{arn.rpartition('/')[2]}/case"
        bucket = scene.bucket(MANAGEMENT, {**allow(READ), "Principal": {"AWS": named}})
        session = scene.assume(scene.admin(MANAGEMENT), arn, Policy=self.policy(allow("ec2:*")))
        assert read(session, bucket).allowed


class TestOtherAccounts:
    """IAM user guide, "Cross-account policy evaluation logic", "Methods to assume a role", "The confused
    deputy problem", "Pass session tags in AWS STS"."""

    def test_a_bucket_of_another_account_needs_both_sides(self, scene):
        bucket = scene.bucket(MANAGEMENT, {**allow(READ), "Principal": {"AWS": scene.other}})
        assert read(scene.user(scene.other, allow(READ)), bucket).allowed
        assert not read(scene.user(scene.other), bucket).allowed
        assert not read(scene.user(scene.member, allow(READ)), bucket).allowed

    def test_a_role_must_trust_the_other_account(self, scene):
        trust = [{"Effect": "Allow", "Principal": {"AWS": scene.other}, "Action": "sts:AssumeRole"}]
        arn = scene.role(MANAGEMENT, allow("*"), trust=trust)
        assert ask(
            scene.admin(scene.other), "sts", "assume_role", RoleArn=arn, RoleSessionName="case"
        ).allowed
        assert not ask(
            scene.admin(scene.member), "sts", "assume_role", RoleArn=arn, RoleSessionName="case"
        ).allowed

    def test_the_caller_s_own_policies_must_allow_it_as_well(self, scene):
        trust = [{"Effect": "Allow", "Principal": {"AWS": scene.other}, "Action": "sts:AssumeRole"}]
        arn = scene.role(MANAGEMENT, trust=trust)
        user = scene.user(scene.other)
        assert not ask(user, "sts", "assume_role", RoleArn=arn, RoleSessionName="case").allowed

    def test_an_external_id_must_be_given(self, scene):
        condition = {"StringEquals": {"sts:ExternalId": "12345"}}
        trust = [
            {
                "Effect": "Allow",
                "Principal": {"AWS": scene.other},
                "Action": "sts:AssumeRole",
                "Condition": condition,
            }
        ]
        arn = scene.role(MANAGEMENT, trust=trust)
        given = {"RoleArn": arn, "RoleSessionName": "case"}
        assert not ask(scene.admin(scene.other), "sts", "assume_role", **given).allowed
        assert not ask(scene.admin(scene.other), "sts", "assume_role", ExternalId="99999", **given).allowed
        assert ask(scene.admin(scene.other), "sts", "assume_role", ExternalId="12345", **given).allowed

    def test_a_role_that_trusts_a_service_trusts_no_user(self, scene):
        trust = [
            {
                "Effect": "Allow",
                "Principal": {"Service": "sagemaker.amazonaws.com"},
                "Action": "sts:AssumeRole",
            }
        ]
        arn = scene.role(MANAGEMENT, trust=trust)
        assert not ask(
            scene.admin(MANAGEMENT), "sts", "assume_role", RoleArn=arn, RoleSessionName="case"
        ).allowed

    def test_session_tags_need_their_own_action_and_can_be_relied_upon(self, scene):
        tags = [{"Key": "team", "Value": "a"}]
        plain = [{"Effect": "Allow", "Principal": {"AWS": MANAGEMENT}, "Action": "sts:AssumeRole"}]
        given = {"RoleSessionName": "case", "Tags": tags}
        untagged = scene.role(MANAGEMENT, trust=plain)
        assert not ask(scene.admin(MANAGEMENT), "sts", "assume_role", RoleArn=untagged, **given).allowed
        wanted = {"StringEquals": {"aws:PrincipalTag/team": "a"}}
        arn = scene.role(MANAGEMENT, allow("ec2:Describe*", Condition=wanted))
        assert ask(scene.assume(scene.admin(MANAGEMENT), arn, Tags=tags), "ec2", "describe_vpcs").allowed
        assert not ask(scene.assume(scene.admin(MANAGEMENT), arn), "ec2", "describe_vpcs").allowed


class TestMore:
    """IAM user guide: "Grant a user permissions to pass a role", "Forward access sessions", "Controlling
    access to AWS resources using tags"; Service Authorization Reference, SageMaker."""

    def test_a_role_must_be_passed(self, scene):
        role = scene.role(MANAGEMENT)
        user = scene.user(MANAGEMENT, allow("sagemaker:*"))
        given = {"ModelName": "passed", "ExecutionRoleArn": role}
        answer = ask(user, "sagemaker", "create_model", **given)
        assert not answer.allowed
        assert "iam:PassRole" in answer.message
        to = {"StringEquals": {"iam:PassedToService": "sagemaker.amazonaws.com"}}
        user = scene.user(MANAGEMENT, allow("sagemaker:*"), allow("iam:PassRole", role, Condition=to))
        assert ask(user, "sagemaker", "create_model", **given).allowed

    def test_a_role_cannot_be_passed_to_another_service(self, scene):
        role = scene.role(MANAGEMENT)
        to = {"StringEquals": {"iam:PassedToService": "lambda.amazonaws.com"}}
        user = scene.user(MANAGEMENT, allow("sagemaker:*"), allow("iam:PassRole", role, Condition=to))
        assert not ask(user, "sagemaker", "create_model", ModelName="other", ExecutionRoleArn=role).allowed

    def test_a_model_outside_the_given_subnets_is_refused(self, scene):
        role = scene.role(MANAGEMENT)
        outside = {"ForAnyValue:StringNotEquals": {"sagemaker:VpcSubnets": ["subnet-a"]}}
        nowhere = {"Null": {"sagemaker:VpcSubnets": "true"}}
        user = scene.user(
            MANAGEMENT,
            allow(["sagemaker:*", "iam:PassRole"]),
            deny("sagemaker:CreateModel", Condition=outside),
            deny("sagemaker:CreateModel", Condition=nowhere),
        )
        given = {"ExecutionRoleArn": role}

        def create(name, *subnets):
            network = (
                {"VpcConfig": {"Subnets": list(subnets), "SecurityGroupIds": ["sg-1"]}} if subnets else {}
            )
            return ask(user, "sagemaker", "create_model", ModelName=name, **given, **network).allowed

        assert create("inside", "subnet-a")
        assert not create("outside", "subnet-a", "subnet-b")
        assert not create("nowhere")

    def test_tags_of_a_resource_decide(self, scene):
        ec2 = scene.admin(MANAGEMENT).client("ec2")
        ours, theirs = (ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"] for _ in range(2))
        ec2.create_tags(Resources=[ours], Tags=[{"Key": "team", "Value": "a"}])
        user = scene.user(
            MANAGEMENT, allow("ec2:DeleteVpc", Condition={"StringEquals": {"aws:ResourceTag/team": "a"}})
        )
        assert not ask(user, "ec2", "delete_vpc", VpcId=theirs).allowed
        assert ask(user, "ec2", "delete_vpc", VpcId=ours).allowed

    def test_cloudformation_acts_with_the_caller_s_permissions(self, scene):
        body = json.dumps({"Resources": {"B": {"Type": "AWS::S3::Bucket"}}})
        user = scene.user(MANAGEMENT, allow("cloudformation:*"))
        client = user.client("cloudformation")
        client.create_stack(StackName="with-less", TemplateBody=body)
        with pytest.raises(Exception, match=r"ROLLBACK_COMPLETE|failed"):
            client.get_waiter("stack_create_complete").wait(
                StackName="with-less", WaiterConfig={"Delay": 0.05}
            )
        events = client.describe_stack_events(StackName="with-less")["StackEvents"]
        reasons = " ".join(event.get("ResourceStatusReason", "") for event in events)
        assert "is not authorized to perform: s3:CreateBucket" in reasons

    def test_dry_run_says_whether_it_would_be_allowed(self, scene):
        """EC2 API reference, "DryRun": DryRunOperation with the permission, UnauthorizedOperation without."""
        with pytest.raises(ClientError, match="DryRunOperation"):
            scene.admin(MANAGEMENT).client("ec2").create_vpc(CidrBlock="10.0.0.0/16", DryRun=True)
        with pytest.raises(ClientError, match="UnauthorizedOperation"):
            scene.user(MANAGEMENT).client("ec2").create_vpc(CidrBlock="10.0.0.0/16", DryRun=True)

    def test_anybody_may_ask_who_they_are(self, scene):
        """STS API reference, GetCallerIdentity: "No permissions are required"."""
        assert ask(scene.user(scene.other, deny("*")), "sts", "get_caller_identity").allowed

    def test_a_role_that_is_deleted_has_no_rights_left(self, scene):
        arn = scene.role(MANAGEMENT, allow("*"))
        session = scene.assume(scene.admin(MANAGEMENT), arn)
        assert ask(session, "ec2", "describe_vpcs").allowed
        iam = scene.admin(MANAGEMENT).client("iam")
        name = arn.rpartition("/")[2]
        iam.delete_role_policy(RoleName=name, PolicyName="p")
        iam.delete_role(RoleName=name)
        assert not ask(session, "ec2", "describe_vpcs").allowed
