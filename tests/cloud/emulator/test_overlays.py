"""Where moto differs from AWS in what Ringwork reads: AWS's behaviour holds in the local cloud.

Expected values are from the EC2, S3, KMS and IAM API references and user guides named in the overlays.
"""

from __future__ import annotations

import json

import pytest
from botocore.exceptions import ClientError

from ringwork.access.s3_public import is_public
from ringwork.cloud.emulator import LocalCloud

ACCOUNT, REGION = "111122223333", "eu-west-1"


@pytest.fixture
def session(tmp_path):
    with LocalCloud(tmp_path / "state") as cloud:
        yield cloud.session(ACCOUNT, REGION)


def refused(call):
    with pytest.raises(ClientError) as error:
        call()
    return error.value.response["Error"]["Code"]


@pytest.fixture
def ec2(session):
    return session.client("ec2")


@pytest.fixture
def vpc(ec2):
    return ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]


def test_a_network_acl_ends_with_a_denying_rule_in_each_direction(ec2, vpc):
    made = ec2.create_network_acl(VpcId=vpc)["NetworkAcl"]["NetworkAclId"]
    entries = ec2.describe_network_acls(NetworkAclIds=[made])["NetworkAcls"][0]["Entries"]
    assert {(e["RuleNumber"], e["Egress"], e["RuleAction"], e["CidrBlock"]) for e in entries} == {
        (32767, True, "deny", "0.0.0.0/0"),
        (32767, False, "deny", "0.0.0.0/0"),
    }
    assert (
        refused(
            lambda: ec2.create_network_acl_entry(
                NetworkAclId=made,
                RuleNumber=32767,
                Protocol="-1",
                RuleAction="allow",
                Egress=False,
                CidrBlock="0.0.0.0/0",
            )
        )
        == "InvalidParameterValue"
    )


def test_a_security_group_that_another_names_cannot_be_deleted(ec2, vpc):
    named = ec2.create_security_group(GroupName="named", Description="d", VpcId=vpc)["GroupId"]
    naming = ec2.create_security_group(GroupName="naming", Description="d", VpcId=vpc)["GroupId"]
    ec2.authorize_security_group_ingress(
        GroupId=naming,
        IpPermissions=[
            {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "UserIdGroupPairs": [{"GroupId": named}]}
        ],
    )
    assert refused(lambda: ec2.delete_security_group(GroupId=named)) == "DependencyViolation"
    ec2.delete_security_group(GroupId=naming)
    ec2.delete_security_group(GroupId=named)


def test_a_default_security_group_cannot_be_deleted(ec2, vpc):
    groups = ec2.describe_security_groups(Filters=[{"Name": "vpc-id", "Values": [vpc]}])
    identifier = groups["SecurityGroups"][0]["GroupId"]
    assert refused(lambda: ec2.delete_security_group(GroupId=identifier)) == "CannotDelete"


def test_a_subnet_with_an_endpoint_cannot_be_deleted(ec2, vpc):
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.0.0/24")["Subnet"]["SubnetId"]
    endpoint = ec2.create_vpc_endpoint(
        VpcId=vpc,
        ServiceName=f"com.amazonaws.{REGION}.kms",
        VpcEndpointType="Interface",
        SubnetIds=[subnet],
    )["VpcEndpoint"]["VpcEndpointId"]
    assert refused(lambda: ec2.delete_subnet(SubnetId=subnet)) == "DependencyViolation"
    ec2.delete_vpc_endpoints(VpcEndpointIds=[endpoint])
    ec2.delete_subnet(SubnetId=subnet)


def test_a_vpc_is_deleted_once_it_is_empty(ec2, vpc):
    table = ec2.create_route_table(VpcId=vpc)["RouteTable"]["RouteTableId"]
    gateway = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=vpc)
    assert refused(lambda: ec2.delete_vpc(VpcId=vpc)) == "DependencyViolation"
    ec2.detach_internet_gateway(InternetGatewayId=gateway, VpcId=vpc)
    assert refused(lambda: ec2.delete_vpc(VpcId=vpc)) == "DependencyViolation"
    ec2.delete_route_table(RouteTableId=table)
    ec2.delete_vpc(VpcId=vpc)


def test_the_address_of_a_nat_gateway_is_released_after_it(ec2, vpc):
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.0.0/24")["Subnet"]["SubnetId"]
    address = ec2.allocate_address(Domain="vpc")["AllocationId"]
    nat = ec2.create_nat_gateway(SubnetId=subnet, AllocationId=address)["NatGateway"]["NatGatewayId"]
    assert refused(lambda: ec2.release_address(AllocationId=address)) == "InvalidIPAddress.InUse"
    assert refused(lambda: ec2.delete_subnet(SubnetId=subnet)) == "DependencyViolation"
    ec2.delete_nat_gateway(NatGatewayId=nat)
    ec2.release_address(AllocationId=address)
    ec2.delete_subnet(SubnetId=subnet)


def test_an_endpoint_keeps_its_policy_until_it_is_reset(ec2, vpc):
    closed = {"Version": "2012-10-17", "Statement": []}
    endpoint = ec2.create_vpc_endpoint(
        VpcId=vpc, ServiceName=f"com.amazonaws.{REGION}.s3", PolicyDocument=json.dumps(closed)
    )["VpcEndpoint"]
    assert endpoint["VpcEndpointType"] == "Gateway"
    assert endpoint["PrivateDnsEnabled"] is False

    def policy():
        found = ec2.describe_vpc_endpoints(VpcEndpointIds=[endpoint["VpcEndpointId"]])
        return json.loads(found["VpcEndpoints"][0]["PolicyDocument"])

    assert policy() == closed
    ec2.modify_vpc_endpoint(VpcEndpointId=endpoint["VpcEndpointId"], ResetPolicy=True)
    assert policy()["Statement"] == [{"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}]


def test_a_gateway_endpoint_s_route_comes_and_goes_with_its_route_table(ec2, vpc):
    table = ec2.create_route_table(VpcId=vpc)["RouteTable"]["RouteTableId"]
    endpoint = ec2.create_vpc_endpoint(VpcId=vpc, ServiceName=f"com.amazonaws.{REGION}.s3")
    identifier = endpoint["VpcEndpoint"]["VpcEndpointId"]

    def targets():
        routes = ec2.describe_route_tables(RouteTableIds=[table])["RouteTables"][0]["Routes"]
        return {route["GatewayId"] for route in routes}

    ec2.modify_vpc_endpoint(VpcEndpointId=identifier, AddRouteTableIds=[table])
    assert targets() == {"local", identifier}
    ec2.modify_vpc_endpoint(VpcEndpointId=identifier, RemoveRouteTableIds=[table])
    assert targets() == {"local"}


def test_a_service_of_another_region_has_no_endpoint_here(ec2, vpc):
    name = "com.amazonaws.us-east-1.kms"
    call = lambda: ec2.create_vpc_endpoint(VpcId=vpc, ServiceName=name)  # noqa: E731
    assert refused(call) == "InvalidServiceName"


@pytest.fixture
def s3(session):
    s3 = session.client("s3")
    s3.create_bucket(Bucket="data", CreateBucketConfiguration={"LocationConstraint": REGION})
    return s3


def statement(**changes):
    base = {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::data/*"}
    return {**base, **changes}


def policy(*statements):
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def test_a_new_bucket_is_encrypted_private_and_has_no_acls(s3):
    rules = s3.get_bucket_encryption(Bucket="data")["ServerSideEncryptionConfiguration"]["Rules"]
    assert rules[0]["ApplyServerSideEncryptionByDefault"]["SSEAlgorithm"] == "AES256"
    assert set(s3.get_public_access_block(Bucket="data")["PublicAccessBlockConfiguration"].values()) == {True}
    controls = s3.get_bucket_ownership_controls(Bucket="data")["OwnershipControls"]
    assert controls["Rules"] == [{"ObjectOwnership": "BucketOwnerEnforced"}]


def test_a_public_policy_needs_block_public_policy_off(s3):
    public = policy(statement())
    assert refused(lambda: s3.put_bucket_policy(Bucket="data", Policy=public)) == "AccessDenied"
    s3.put_public_access_block(
        Bucket="data", PublicAccessBlockConfiguration={"BlockPublicPolicy": False, "BlockPublicAcls": True}
    )
    s3.put_bucket_policy(Bucket="data", Policy=public)
    assert s3.get_bucket_policy_status(Bucket="data")["PolicyStatus"]["IsPublic"] is True


def test_the_account_s_setting_blocks_public_policies_too(session, s3):
    s3.delete_public_access_block(Bucket="data")
    session.client("s3control").put_public_access_block(
        AccountId=ACCOUNT, PublicAccessBlockConfiguration={"BlockPublicPolicy": True}
    )
    call = lambda: s3.put_bucket_policy(Bucket="data", Policy=policy(statement()))  # noqa: E731
    assert refused(call) == "AccessDenied"


def test_a_policy_that_refuses_plain_http_shuts_nobody_out_who_uses_tls(s3):
    tls_only = statement(
        Effect="Deny",
        Action="s3:*",
        Resource=["arn:aws:s3:::data", "arn:aws:s3:::data/*"],
        Condition={"Bool": {"aws:SecureTransport": "false"}},
    )
    s3.put_bucket_policy(Bucket="data", Policy=policy(tls_only))
    s3.put_object(Bucket="data", Key="k", Body=b"v")
    assert s3.get_object(Bucket="data", Key="k")["Body"].read() == b"v"
    assert json.loads(s3.get_bucket_policy(Bucket="data")["Policy"])["Statement"] == [tls_only]
    assert s3.get_bucket_policy_status(Bucket="data")["PolicyStatus"]["IsPublic"] is False


def test_reading_a_bucket_writes_no_access_log(session, s3):
    s3.create_bucket(Bucket="logs", CreateBucketConfiguration={"LocationConstraint": REGION})
    principal = {"Service": "logging.s3.amazonaws.com"}
    grant = statement(Principal=principal, Action="s3:PutObject", Resource="arn:aws:s3:::logs/data/*")
    s3.put_bucket_policy(Bucket="logs", Policy=policy(grant))
    enabled = {"TargetBucket": "logs", "TargetPrefix": "data/"}
    s3.put_bucket_logging(Bucket="data", BucketLoggingStatus={"LoggingEnabled": enabled})
    s3.put_object(Bucket="data", Key="k", Body=b"v")
    s3.get_bucket_versioning(Bucket="data")
    assert s3.get_bucket_logging(Bucket="data")["LoggingEnabled"] == enabled
    assert s3.list_objects_v2(Bucket="logs")["KeyCount"] == 0
    assert s3.get_object(Bucket="data", Key="k")["Body"].read() == b"v"


@pytest.mark.parametrize(
    ("public", "changes"),
    [
        (True, {}),
        (True, {"Principal": {"AWS": "*"}}),
        (False, {"Effect": "Deny"}),
        (False, {"Principal": {"AWS": "arn:aws:iam::111122223333:root"}}),
        (False, {"Principal": {"Service": "cloudtrail.amazonaws.com"}}),
        # the user guide's own examples: one VPC is fixed, any VPC is not
        (False, {"Condition": {"StringEquals": {"aws:SourceVpc": "vpc-91237329"}}}),
        (True, {"Condition": {"StringLike": {"aws:SourceVpc": "vpc-*"}}}),
        (False, {"Condition": {"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}}}),
        (True, {"Condition": {"IpAddress": {"aws:SourceIp": "0.0.0.0/1"}}}),
        (True, {"Condition": {"IpAddress": {"aws:SourceIp": ["203.0.113.0/24", "0.0.0.0/0"]}}}),
        (True, {"Condition": {"StringNotEquals": {"aws:SourceVpc": "vpc-91237329"}}}),
        (True, {"Condition": {"StringEqualsIfExists": {"aws:SourceVpce": "vpce-1"}}}),
        (True, {"Condition": {"Bool": {"aws:SecureTransport": "true"}}}),
        (False, {"Condition": {"StringEquals": {"aws:PrincipalOrgID": "o-1234567890"}}}),
    ],
)
def test_which_policies_are_public(public, changes):
    assert is_public([statement(**changes)]) is public


def test_a_key_remembers_its_rotation_period(session):
    kms = session.client("kms")
    key = kms.create_key()["KeyMetadata"]["KeyId"]
    kms.enable_key_rotation(KeyId=key, RotationPeriodInDays=180)
    assert kms.get_key_rotation_status(KeyId=key)["RotationPeriodInDays"] == 180
    kms.enable_key_rotation(KeyId=key)
    assert kms.get_key_rotation_status(KeyId=key)["RotationPeriodInDays"] == 365
    kms.disable_key_rotation(KeyId=key)
    assert kms.get_key_rotation_status(KeyId=key)["KeyRotationEnabled"] is False


def test_a_disabled_key_encrypts_nothing(session):
    kms = session.client("kms")
    key = kms.create_key()["KeyMetadata"]["KeyId"]
    kms.disable_key(KeyId=key)
    assert refused(lambda: kms.encrypt(KeyId=key, Plaintext=b"x")) == "DisabledException"
    kms.schedule_key_deletion(KeyId=key, PendingWindowInDays=7)
    assert refused(lambda: kms.encrypt(KeyId=key, Plaintext=b"x")) == "KMSInvalidStateException"
    assert kms.describe_key(KeyId=key)["KeyMetadata"]["KeyState"] == "PendingDeletion"


def test_a_key_that_waits_for_its_deletion_leaves_that_state_by_its_cancellation_only(session):
    kms = session.client("kms")
    key = kms.create_key()["KeyMetadata"]["KeyId"]
    assert refused(lambda: kms.cancel_key_deletion(KeyId=key)) == "KMSInvalidStateException"
    kms.schedule_key_deletion(KeyId=key, PendingWindowInDays=7)
    assert refused(lambda: kms.disable_key(KeyId=key)) == "KMSInvalidStateException"
    assert refused(lambda: kms.enable_key(KeyId=key)) == "KMSInvalidStateException"
    assert refused(lambda: kms.schedule_key_deletion(KeyId=key)) == "KMSInvalidStateException"
    kms.cancel_key_deletion(KeyId=key)
    assert kms.describe_key(KeyId=key)["KeyMetadata"]["KeyState"] == "Disabled"


def test_a_conditional_deny_in_a_key_policy_does_not_hide_the_key(session):
    kms = session.client("kms")
    everything = {"Effect": "Allow", "Principal": "*", "Action": "kms:*", "Resource": "*"}
    tls_only = {**everything, "Effect": "Deny", "Condition": {"Bool": {"aws:SecureTransport": "false"}}}
    key = kms.create_key(Policy=policy(everything, tls_only))["KeyMetadata"]["KeyId"]
    assert kms.describe_key(KeyId=key)["KeyMetadata"]["KeyState"] == "Enabled"
    kept = json.loads(kms.get_key_policy(KeyId=key, PolicyName="default")["Policy"])
    assert kept["Statement"] == [everything, tls_only]


def test_a_policy_in_use_cannot_be_deleted(session):
    iam = session.client("iam")
    document = policy({"Effect": "Allow", "Action": "s3:*", "Resource": "*"})
    attached = iam.create_policy(PolicyName="attached", PolicyDocument=document)["Policy"]["Arn"]
    boundary = iam.create_policy(PolicyName="boundary", PolicyDocument=document)["Policy"]["Arn"]
    trust = policy(
        {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}
    )
    iam.create_role(RoleName="r", AssumeRolePolicyDocument=trust, PermissionsBoundary=boundary)
    iam.attach_role_policy(RoleName="r", PolicyArn=attached)
    for arn in (attached, boundary):
        assert refused(lambda arn=arn: iam.delete_policy(PolicyArn=arn)) == "DeleteConflict"
    iam.detach_role_policy(RoleName="r", PolicyArn=attached)
    iam.delete_role(RoleName="r")
    for arn in (attached, boundary):
        iam.delete_policy(PolicyArn=arn)


def test_the_icmp_type_and_code_of_an_acl_entry_are_kept(ec2, vpc):
    """EC2 API reference, NetworkAclEntry: IcmpTypeCode."""
    acl = ec2.create_network_acl(VpcId=vpc)["NetworkAcl"]["NetworkAclId"]
    ec2.create_network_acl_entry(
        NetworkAclId=acl,
        RuleNumber=100,
        Protocol="1",
        RuleAction="allow",
        Egress=False,
        CidrBlock="10.0.0.0/8",
        IcmpTypeCode={"Type": 8, "Code": -1},
    )
    (described,) = ec2.describe_network_acls(NetworkAclIds=[acl])["NetworkAcls"]
    (entry,) = [entry for entry in described["Entries"] if entry["RuleNumber"] == 100]
    assert entry["IcmpTypeCode"] == {"Type": 8, "Code": -1}
