"""Collection against moto; the expected shapes are those of the CloudFormation template reference."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from moto.logs.responses import LogsResponse

from ringwork.cloud.collect import actions, gather, read
from ringwork.cloud.collect.keys import KEY
from ringwork.cloud.collect.mapping import Failed, apply
from ringwork.estate import Gap, Logical, Resource, Unknown

REGION = "eu-central-1"
ACCOUNT = "123456789012"


def gathered(cloud: Any, *types: str, regions: tuple[str, ...] = (REGION,)) -> list[Resource]:
    collected = gather(cloud, accounts=[ACCOUNT], regions=regions, types=types)
    assert collected.gaps == ()
    return list(collected.resources)


def only(resources: list[Resource], physical: str) -> Resource:
    (found,) = [resource for resource in resources if resource.physical == physical]
    return found


@pytest.fixture
def ec2(cloud: Any) -> Any:
    return cloud.client("ec2", region=REGION)


def make_vpc(ec2: Any) -> str:
    vpc = ec2.create_vpc(
        CidrBlock="10.1.0.0/16",
        TagSpecifications=[
            {
                "ResourceType": "vpc",
                "Tags": [{"Key": "ringwork:team", "Value": "a"}, {"Key": "Name", "Value": "n"}],
            }
        ],
    )["Vpc"]["VpcId"]
    ec2.modify_vpc_attribute(VpcId=vpc, EnableDnsHostnames={"Value": True})
    return vpc


def test_a_vpc_has_its_dns_attributes_and_names_its_defaults(cloud: Any, ec2: Any) -> None:
    vpc = make_vpc(ec2)
    found = only(gathered(cloud, "AWS::EC2::VPC"), vpc)
    assert found.properties == {
        "CidrBlock": "10.1.0.0/16",
        "InstanceTenancy": "default",
        "EnableDnsSupport": True,
        "EnableDnsHostnames": True,
        "Tags": [{"Key": "Name", "Value": "n"}, {"Key": "ringwork:team", "Value": "a"}],
    }
    (group,) = ec2.describe_security_groups(Filters=[{"Name": "vpc-id", "Values": [vpc]}])["SecurityGroups"]
    (acl,) = ec2.describe_network_acls(Filters=[{"Name": "vpc-id", "Values": [vpc]}])["NetworkAcls"]
    assert found.attributes["DefaultSecurityGroup"] == group["GroupId"]
    assert found.attributes["DefaultNetworkAcl"] == acl["NetworkAclId"]
    assert found.arn == f"arn:aws:ec2:{REGION}:{ACCOUNT}:vpc/{vpc}"
    assert found.key == f"{ACCOUNT}/{REGION}/AWS::EC2::VPC/{vpc}"
    assert found.origins[0].operation == "ec2:DescribeVpcs"
    assert str(found.origins[0].time).endswith("Z")


def test_a_group_has_no_inline_rules_and_each_rule_is_a_resource(cloud: Any, ec2: Any) -> None:
    vpc = make_vpc(ec2)
    group = ec2.create_security_group(GroupName="g", Description="d", VpcId=vpc)["GroupId"]
    ec2.authorize_security_group_ingress(
        GroupId=group,
        IpPermissions=[
            {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "UserIdGroupPairs": [{"GroupId": group}]},
            {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "IpRanges": [{"CidrIp": "0.0.0.0/0"}]},
        ],
    )
    types = ("AWS::EC2::SecurityGroup", "AWS::EC2::SecurityGroupIngress", "AWS::EC2::SecurityGroupEgress")
    found = gathered(cloud, *types)
    assert only(found, group).properties == {"GroupName": "g", "GroupDescription": "d", "VpcId": vpc}
    ours = [r for r in found if r.properties.get("GroupId") == group]
    assert all(str(r.physical).startswith("sgr-") for r in ours)
    shapes = sorted((r.type.rsplit("::", 1)[1], json.dumps(r.properties, sort_keys=True)) for r in ours)
    assert [(kind, json.loads(text)) for kind, text in shapes] == [
        # a new group lets everything out (EC2 API, CreateSecurityGroup); -1 has no ports
        ("SecurityGroupEgress", {"GroupId": group, "IpProtocol": "-1", "CidrIp": "0.0.0.0/0"}),
        (
            "SecurityGroupIngress",
            {"GroupId": group, "IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "CidrIp": "0.0.0.0/0"},
        ),
        (
            "SecurityGroupIngress",
            {
                "GroupId": group,
                "IpProtocol": "tcp",
                "FromPort": 443,
                "ToPort": 443,
                "SourceSecurityGroupId": group,
            },
        ),
    ]


def test_the_default_group_and_acl_exist_too(cloud: Any, ec2: Any) -> None:
    vpc = make_vpc(ec2)
    found = gathered(cloud, "AWS::EC2::SecurityGroup", "AWS::EC2::NetworkAcl")
    here = {r.type: r for r in found if r.properties["VpcId"] == vpc}
    assert here["AWS::EC2::SecurityGroup"].properties["GroupName"] == "default"
    assert here["AWS::EC2::NetworkAcl"].attributes["IsDefault"] is True


def test_routes_leave_out_local_ones_and_those_of_gateway_endpoints(cloud: Any, ec2: Any) -> None:
    vpc = make_vpc(ec2)
    gateway = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=vpc)
    table = ec2.create_route_table(VpcId=vpc)["RouteTable"]["RouteTableId"]
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.1.0.0/24")["Subnet"]["SubnetId"]
    association = ec2.associate_route_table(RouteTableId=table, SubnetId=subnet)["AssociationId"]
    ec2.create_route(RouteTableId=table, DestinationCidrBlock="0.0.0.0/0", GatewayId=gateway)
    ec2.create_vpc_endpoint(
        VpcId=vpc, ServiceName=f"com.amazonaws.{REGION}.s3", RouteTableIds=[table], VpcEndpointType="Gateway"
    )
    found = gathered(
        cloud,
        "AWS::EC2::RouteTable",
        "AWS::EC2::Route",
        "AWS::EC2::SubnetRouteTableAssociation",
        "AWS::EC2::VPCGatewayAttachment",
        "AWS::EC2::InternetGateway",
    )
    routes = [r for r in found if r.type == "AWS::EC2::Route" and r.properties["RouteTableId"] == table]
    assert [(r.physical, r.properties) for r in routes] == [
        (
            f"{table}|0.0.0.0/0",
            {"RouteTableId": table, "DestinationCidrBlock": "0.0.0.0/0", "GatewayId": gateway},
        )
    ]
    assert only(found, association).properties == {"RouteTableId": table, "SubnetId": subnet}
    assert only(found, f"IGW|{vpc}").properties == {"VpcId": vpc, "InternetGatewayId": gateway}
    mains = {
        r.physical: r.attributes["Main"]
        for r in found
        if r.properties.get("VpcId") == vpc and "Main" in r.attributes
    }
    assert mains.pop(table) is False
    assert list(mains.values()) == [True]


def test_acl_entries_leave_out_the_final_deny_and_have_numbers(cloud: Any, ec2: Any) -> None:
    vpc = make_vpc(ec2)
    acl = ec2.create_network_acl(VpcId=vpc)["NetworkAcl"]["NetworkAclId"]
    ec2.create_network_acl_entry(
        NetworkAclId=acl,
        RuleNumber=90,
        Protocol="6",
        RuleAction="deny",
        Egress=False,
        CidrBlock="10.0.0.0/8",
        PortRange={"From": 22, "To": 22},
    )
    found = [r for r in gathered(cloud, "AWS::EC2::NetworkAclEntry") if r.properties["NetworkAclId"] == acl]
    assert [r.properties for r in found] == [
        {
            "NetworkAclId": acl,
            "RuleNumber": 90,
            "Egress": False,
            "Protocol": 6,
            "RuleAction": "deny",
            "CidrBlock": "10.0.0.0/8",
            "PortRange": {"From": 22, "To": 22},
        }
    ]


def test_endpoints_have_parsed_policies(cloud: Any, ec2: Any) -> None:
    vpc = make_vpc(ec2)
    document = {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "*"}],
    }
    table = ec2.create_route_table(VpcId=vpc)["RouteTable"]["RouteTableId"]
    endpoint = ec2.create_vpc_endpoint(
        VpcId=vpc,
        ServiceName=f"com.amazonaws.{REGION}.s3",
        RouteTableIds=[table],
        PolicyDocument=json.dumps(document),
    )["VpcEndpoint"]["VpcEndpointId"]
    properties = only(gathered(cloud, "AWS::EC2::VPCEndpoint"), endpoint).properties
    assert properties["PolicyDocument"] == document
    assert properties["VpcEndpointType"] == "Gateway"  # the API's default
    assert properties["RouteTableIds"] == [table]


def test_buckets_belong_to_their_region_and_carry_their_settings(cloud: Any) -> None:
    s3 = cloud.client("s3", region=REGION)
    here = {"LocationConstraint": REGION}
    s3.create_bucket(Bucket="here", CreateBucketConfiguration=here)
    s3.create_bucket(Bucket="bare", CreateBucketConfiguration=here)
    boto3.client("s3", region_name="us-east-1").create_bucket(Bucket="there")
    s3.put_bucket_versioning(Bucket="here", VersioningConfiguration={"Status": "Enabled"})
    s3.put_public_access_block(
        Bucket="here",
        PublicAccessBlockConfiguration={
            "BlockPublicAcls": True,
            "IgnorePublicAcls": True,
            "BlockPublicPolicy": True,
            "RestrictPublicBuckets": False,
        },
    )
    s3.put_bucket_ownership_controls(
        Bucket="here", OwnershipControls={"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}
    )
    s3.put_bucket_encryption(
        Bucket="here",
        ServerSideEncryptionConfiguration={
            "Rules": [
                {
                    "ApplyServerSideEncryptionByDefault": {
                        "SSEAlgorithm": "aws:kms",
                        "KMSMasterKeyID": "arn:aws:kms:eu-central-1:123456789012:key/k",
                    },
                    "BucketKeyEnabled": True,
                }
            ]
        },
    )
    s3.put_bucket_lifecycle_configuration(
        Bucket="here",
        LifecycleConfiguration={
            "Rules": [
                {
                    "ID": "old",
                    "Status": "Enabled",
                    "Filter": {"Prefix": ""},
                    "NoncurrentVersionExpiration": {"NoncurrentDays": 30},
                }
            ]
        },
    )
    s3.put_bucket_tagging(Bucket="here", Tagging={"TagSet": [{"Key": "k", "Value": "v"}]})
    found = gathered(cloud, "AWS::S3::Bucket")
    assert [r.physical for r in found] == ["bare", "here"]
    assert only(found, "here").properties == {
        "BucketName": "here",
        "VersioningConfiguration": {"Status": "Enabled"},
        "BucketEncryption": {
            "ServerSideEncryptionConfiguration": [
                {
                    "ServerSideEncryptionByDefault": {
                        "SSEAlgorithm": "aws:kms",
                        "KMSMasterKeyID": "arn:aws:kms:eu-central-1:123456789012:key/k",
                    },
                    "BucketKeyEnabled": True,
                }
            ]
        },
        "PublicAccessBlockConfiguration": {
            "BlockPublicAcls": True,
            "IgnorePublicAcls": True,
            "BlockPublicPolicy": True,
            "RestrictPublicBuckets": False,
        },
        "OwnershipControls": {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]},
        "LifecycleConfiguration": {
            "Rules": [
                {
                    "Id": "old",
                    "Status": "Enabled",
                    "NoncurrentVersionExpiration": {"NoncurrentDays": 30},
                }
            ]
        },
        "Tags": [{"Key": "k", "Value": "v"}],
    }
    assert only(found, "here").arn == "arn:aws:s3:::here"
    seen = {
        name: only(found, "here").origin(name)[0].operation
        for name in ("BucketName", "Tags", "OwnershipControls")
    }
    assert seen == {
        "BucketName": "s3:ListBuckets",
        "Tags": "s3:GetBucketTagging",
        "OwnershipControls": "s3:GetBucketOwnershipControls",
    }
    bare = only(found, "bare").properties
    assert bare["PublicAccessBlockConfiguration"] == {
        "BlockPublicAcls": False,
        "IgnorePublicAcls": False,
        "BlockPublicPolicy": False,
        "RestrictPublicBuckets": False,
    }
    assert "VersioningConfiguration" not in bare


def test_a_bucket_policy_exists_only_where_there_is_one(cloud: Any) -> None:
    s3 = cloud.client("s3", region=REGION)
    document = {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "arn:aws:s3:::a/*"}],
    }
    for name in ("a", "b"):
        s3.create_bucket(Bucket=name * 3, CreateBucketConfiguration={"LocationConstraint": REGION})
    s3.put_bucket_policy(Bucket="aaa", Policy=json.dumps(document))
    (found,) = gathered(cloud, "AWS::S3::BucketPolicy")
    assert found.properties == {"Bucket": "aaa", "PolicyDocument": document}


TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": {"Service": "sagemaker.amazonaws.com"},
            "Action": "sts:AssumeRole",
        }
    ],
}
READ = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}],
}


def test_roles_carry_trust_boundary_and_attachments(cloud: Any) -> None:
    iam = cloud.client("iam")
    policy = iam.create_policy(
        PolicyName="p", PolicyDocument=json.dumps(READ), Description="reads", Path="/ml/"
    )["Policy"]["Arn"]
    iam.create_role(
        RoleName="r",
        Path="/ml/",
        AssumeRolePolicyDocument=json.dumps(TRUST),
        Description="trains",
        MaxSessionDuration=7200,
        PermissionsBoundary=policy,
        Tags=[{"Key": "ringwork:workload", "Value": "train"}],
    )
    iam.attach_role_policy(RoleName="r", PolicyArn=policy)
    iam.put_role_policy(RoleName="r", PolicyName="inline", PolicyDocument=json.dumps(READ))
    found = gathered(cloud, "AWS::IAM::Role", "AWS::IAM::RolePolicy", "AWS::IAM::ManagedPolicy")
    role = only(found, "r")
    assert role.properties == {
        "RoleName": "r",
        "Path": "/ml/",
        "AssumeRolePolicyDocument": TRUST,
        "Description": "trains",
        "MaxSessionDuration": 7200,
        "ManagedPolicyArns": [policy],
        "PermissionsBoundary": policy,
        "Tags": [{"Key": "ringwork:workload", "Value": "train"}],
    }
    assert role.region is None
    assert only(found, "inline|r").properties == {
        "RoleName": "r",
        "PolicyName": "inline",
        "PolicyDocument": READ,
    }
    assert only(found, policy).properties == {
        "ManagedPolicyName": "p",
        "Path": "/ml/",
        "Description": "reads",
        "PolicyDocument": READ,
    }


def test_global_services_are_read_once_for_all_regions(cloud: Any) -> None:
    cloud.client("iam").create_role(RoleName="r", AssumeRolePolicyDocument=json.dumps(TRUST))
    found = gathered(cloud, "AWS::IAM::Role", regions=(REGION, "us-east-1"))
    assert [r.physical for r in found] == ["r"]


def test_keys_of_customers_only(cloud: Any) -> None:
    kms = cloud.client("kms", region=REGION)
    policy = {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"},
                "Action": "kms:*",
                "Resource": "*",
            }
        ],
    }
    key = kms.create_key(Description="k", Policy=json.dumps(policy), Tags=[{"TagKey": "a", "TagValue": "b"}])[
        "KeyMetadata"
    ]["KeyId"]
    kms.enable_key_rotation(KeyId=key)
    kms.create_alias(AliasName="alias/x", TargetKeyId=key)
    kms.list_aliases()  # moto makes the AWS managed keys now
    found = gathered(cloud, "AWS::KMS::Key", "AWS::KMS::Alias")
    assert [r.physical for r in found] == ["alias/x", key]
    properties = only(found, key).properties
    assert {
        name: properties[name]
        for name in (
            "Description",
            "Enabled",
            "KeySpec",
            "KeyPolicy",
            "EnableKeyRotation",
            "Tags",
        )
    } == {
        "Description": "k",
        "Enabled": True,
        "KeySpec": "SYMMETRIC_DEFAULT",
        "KeyPolicy": policy,
        "EnableKeyRotation": True,
        "Tags": [{"Key": "a", "Value": "b"}],
    }
    assert only(found, "alias/x").properties == {"AliasName": "alias/x", "TargetKeyId": key}
    assert only(found, key).attributes["KeyState"] == "Enabled"


def test_a_key_says_whether_it_is_disabled_and_when_it_goes(cloud: Any) -> None:
    kms = cloud.client("kms", region=REGION)
    disabled, going = (kms.create_key()["KeyMetadata"]["KeyId"] for _ in range(2))
    kms.disable_key(KeyId=disabled)
    date = kms.schedule_key_deletion(KeyId=going, PendingWindowInDays=7)["DeletionDate"]
    found = gathered(cloud, "AWS::KMS::Key")
    assert only(found, disabled).properties["Enabled"] is False
    assert only(found, disabled).attributes["KeyState"] == "Disabled"
    assert "DeletionDate" not in only(found, disabled).attributes
    assert only(found, going).properties["Enabled"] is False
    assert only(found, going).attributes["KeyState"] == "PendingDeletion"
    written = only(found, going).attributes["DeletionDate"]
    assert written.endswith("Z")
    assert datetime.fromisoformat(written) == date.replace(microsecond=0)


def test_a_key_that_waits_for_its_material_is_not_one_that_somebody_disabled() -> None:
    rule = KEY.properties["Enabled"]
    assert apply(rule, {"$key": {"KeyState": "PendingImport", "Enabled": False}}) is True
    assert apply(rule, {"$key": {"KeyState": "PendingReplicaDeletion", "Enabled": False}}) is False
    assert apply(rule, {"$key": Failed("AccessDenied")}) == Unknown("AccessDenied")


def test_log_groups_and_flow_logs(cloud: Any, ec2: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    # bare moto has no data protection policies: a group without one is answered without a document
    monkeypatch.setattr(LogsResponse, "get_data_protection_policy", lambda self: "{}", raising=False)
    vpc = make_vpc(ec2)
    logs = cloud.client("logs", region=REGION)
    logs.create_log_group(logGroupName="/flow", tags={"a": "b"})
    logs.put_retention_policy(logGroupName="/flow", retentionInDays=30)
    cloud.client("iam").create_role(RoleName="flow", AssumeRolePolicyDocument=json.dumps(TRUST))
    (log,) = ec2.create_flow_logs(
        ResourceIds=[vpc],
        ResourceType="VPC",
        TrafficType="ALL",
        LogGroupName="/flow",
        DeliverLogsPermissionArn=f"arn:aws:iam::{ACCOUNT}:role/flow",
        MaxAggregationInterval=60,
    )["FlowLogIds"]
    found = gathered(cloud, "AWS::Logs::LogGroup", "AWS::EC2::FlowLog")
    group = only(found, "/flow")
    assert group.properties["RetentionInDays"] == 30
    assert group.properties["Tags"] == [{"Key": "a", "Value": "b"}]
    assert group.attributes["Arn"] == f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:/flow:*"
    properties = only(found, log).properties
    assert properties["ResourceId"] == vpc
    assert properties["ResourceType"] == "VPC"
    assert properties["TrafficType"] == "ALL"
    assert properties["LogGroupName"] == "/flow"


def test_addresses_and_nat_gateways(cloud: Any, ec2: Any) -> None:
    vpc = make_vpc(ec2)
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.1.0.0/24")["Subnet"]["SubnetId"]
    address = ec2.allocate_address(Domain="vpc")
    nat = ec2.create_nat_gateway(SubnetId=subnet, AllocationId=address["AllocationId"])["NatGateway"]
    found = gathered(cloud, "AWS::EC2::EIP", "AWS::EC2::NatGateway", "AWS::EC2::Subnet")
    assert only(found, address["PublicIp"]).attributes["AllocationId"] == address["AllocationId"]
    assert only(found, nat["NatGatewayId"]).properties["AllocationId"] == address["AllocationId"]
    assert only(found, nat["NatGatewayId"]).properties["SubnetId"] == subnet
    assert only(found, subnet).properties["MapPublicIpOnLaunch"] is False


def test_prefix_lists_have_entries_unless_aws_owns_them(cloud: Any, ec2: Any) -> None:
    made = ec2.create_managed_prefix_list(
        PrefixListName="offices",
        MaxEntries=5,
        AddressFamily="IPv4",
        Entries=[{"Cidr": "203.0.113.0/24", "Description": "head office"}],
    )["PrefixList"]["PrefixListId"]
    found = gathered(cloud, "AWS::EC2::PrefixList")
    assert only(found, made).properties["Entries"] == [
        {"Cidr": "203.0.113.0/24", "Description": "head office"}
    ]
    (s3,) = [r for r in found if r.properties["PrefixListName"] == f"com.amazonaws.{REGION}.s3"]
    assert s3.attributes["OwnerId"] == "AWS"
    assert "Entries" not in s3.properties


def test_read_gives_one_resource_or_none(cloud: Any, ec2: Any) -> None:
    def clients(service: str) -> Any:
        return cloud.client(service, region=REGION)

    vpc = make_vpc(ec2)
    types = ("AWS::EC2::SecurityGroup", "AWS::EC2::NetworkAclEntry", "AWS::EC2::SecurityGroupEgress")
    found = {r.type: r for r in gathered(cloud, "AWS::EC2::VPC", *types)}
    assert found["AWS::EC2::VPC"].account == ACCOUNT
    properties = read(clients, "AWS::EC2::VPC", vpc)
    assert properties is not None
    assert properties["CidrBlock"] == "10.1.0.0/16"
    assert read(clients, "AWS::EC2::VPC", "vpc-00000000000000000") is None
    for type in types:
        resource = found[type]
        assert read(clients, type, str(resource.physical)) == resource.properties
    with pytest.raises(KeyError):
        read(clients, "AWS::EC2::Nonsense", "x")


def refusing(cloud: Any, operation: str) -> Any:
    """The cloud, but one operation answers AccessDenied."""

    class Refusing:
        def client(self, service: str, **place: Any) -> Any:
            client = cloud.client(service, **place)

            def refuse(**_: Any) -> None:
                error = {"Code": "AccessDenied", "Message": "not authorized to perform this action"}
                raise ClientError({"Error": error}, operation)

            if service == "cloudformation":
                return client
            client.meta.events.register(f"before-call.*.{operation}", refuse)
            return client

    return Refusing()


def test_a_refused_listing_is_a_gap_for_each_type_that_hangs_on_it(cloud: Any, ec2: Any) -> None:
    make_vpc(ec2)
    collected = gather(
        refusing(cloud, "DescribeNetworkAcls"),
        accounts=[ACCOUNT],
        regions=[REGION],
        types=["AWS::EC2::NetworkAcl", "AWS::EC2::NetworkAclEntry", "AWS::EC2::Subnet"],
    )
    reason = (
        "`ec2:DescribeNetworkAcls` failed: AccessDenied: not authorized to perform this action; "
        "allow `ec2:DescribeNetworkAcls`"
    )
    assert collected.gaps == (
        Gap(ACCOUNT, REGION, "AWS::EC2::NetworkAcl", reason),
        Gap(ACCOUNT, REGION, "AWS::EC2::NetworkAclEntry", reason),
    )
    assert {r.type for r in collected.resources} == {"AWS::EC2::Subnet"}


def test_a_refused_detail_makes_its_properties_unknown(cloud: Any) -> None:
    s3 = cloud.client("s3", region=REGION)
    s3.create_bucket(Bucket="bbb", CreateBucketConfiguration={"LocationConstraint": REGION})
    collected = gather(
        refusing(cloud, "GetBucketVersioning"),
        accounts=[ACCOUNT],
        regions=[REGION],
        types=["AWS::S3::Bucket"],
    )
    (bucket,) = collected.resources
    versioning = bucket.properties["VersioningConfiguration"]
    assert isinstance(versioning, dict)
    assert isinstance(versioning["Status"], Unknown)
    assert "allow `s3:GetBucketVersioning`" in versioning["Status"].reason
    assert bucket.properties["PublicAccessBlockConfiguration"]


def test_a_refused_proof_of_existence_is_a_gap(cloud: Any) -> None:
    s3 = cloud.client("s3", region=REGION)
    s3.create_bucket(Bucket="bbb", CreateBucketConfiguration={"LocationConstraint": REGION})
    collected = gather(
        refusing(cloud, "GetBucketPolicy"),
        accounts=[ACCOUNT],
        regions=[REGION],
        types=["AWS::S3::BucketPolicy"],
    )
    assert collected.resources == ()
    assert [(gap.type, "`bbb`" in gap.reason) for gap in collected.gaps] == [("AWS::S3::BucketPolicy", True)]


def test_progress_ends_when_all_steps_are_done(cloud: Any, ec2: Any) -> None:
    make_vpc(ec2)
    seen: list[tuple[str, int, int]] = []
    gather(
        cloud,
        accounts=[ACCOUNT],
        regions=[REGION],
        types=["AWS::EC2::VPC"],
        progress=lambda *step: seen.append(step),
    )
    assert [done for _, done, _ in seen] == list(range(1, len(seen) + 1))
    assert seen[-1][1] == seen[-1][2]


def test_names_come_from_the_stacks_also_where_the_physical_id_says_nothing(cloud: Any, ec2: Any) -> None:
    vpc = make_vpc(ec2)
    acl = ec2.create_network_acl(VpcId=vpc)["NetworkAcl"]["NetworkAclId"]
    for egress in (False, True):
        ec2.create_network_acl_entry(
            NetworkAclId=acl,
            RuleNumber=100,
            Protocol="-1",
            RuleAction="allow",
            Egress=egress,
            CidrBlock="10.0.0.0/8",
        )
    entry = {"RuleAction": "allow", "Protocol": -1, "CidrBlock": "10.0.0.0/8", "RuleNumber": 100}
    cloud.stacks.stacks = [
        {
            "StackName": "net",
            "Parameters": [{"ParameterKey": "AclId", "ParameterValue": acl}],
        }
    ]
    cloud.stacks.templates["net"] = {
        "Resources": {
            "Vpc": {"Type": "AWS::EC2::VPC", "Properties": {"CidrBlock": "10.1.0.0/16"}},
            "Acl": {"Type": "AWS::EC2::NetworkAcl", "Properties": {"VpcId": {"Ref": "Vpc"}}},
            # Egress defaults to false (CloudFormation, AWS::EC2::NetworkAclEntry)
            "In": {
                "Type": "AWS::EC2::NetworkAclEntry",
                "Properties": {**entry, "NetworkAclId": {"Ref": "AclId"}},
            },
            "Out": {
                "Type": "AWS::EC2::NetworkAclEntry",
                "Properties": {**entry, "Egress": True, "NetworkAclId": {"Fn::GetAtt": ["Acl", "Id"]}},
            },
        }
    }
    cloud.stacks.resources["net"] = [
        {
            "LogicalResourceId": logical,
            "ResourceType": f"AWS::EC2::{type}",
            "PhysicalResourceId": physical,
            "ResourceStatus": "CREATE_COMPLETE",
        }
        for logical, type, physical in (
            ("Vpc", "VPC", vpc),
            ("Acl", "NetworkAcl", acl),
            ("In", "NetworkAclEntry", "net-In-1AAAAAAAAAAAA"),
            ("Out", "NetworkAclEntry", "net-Out-1BBBBBBBBBBB"),
        )
    ]
    found = gathered(cloud, "AWS::EC2::VPC", "AWS::EC2::NetworkAcl", "AWS::EC2::NetworkAclEntry")
    assert only(found, vpc).logical == Logical("net", "Vpc")
    assert only(found, acl).logical == Logical("net", "Acl")
    assert only(found, "net-In-1AAAAAAAAAAAA").properties["Egress"] is False
    assert only(found, "net-Out-1BBBBBBBBBBB").properties["Egress"] is True
    assert only(found, "net-Out-1BBBBBBBBBBB").logical == Logical("net", "Out")
    assert len([resource for resource in found if resource.logical]) == 4


def test_rules_declared_inside_a_group_are_found_there_and_others_stay_apart(cloud: Any, ec2: Any) -> None:
    vpc = make_vpc(ec2)
    group = ec2.create_security_group(GroupName="g", Description="d", VpcId=vpc)["GroupId"]
    everything = {"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}
    ec2.revoke_security_group_egress(GroupId=group, IpPermissions=[everything])
    local = {"IpProtocol": "tcp", "FromPort": 1, "ToPort": 1, "IpRanges": [{"CidrIp": "127.0.0.1/32"}]}
    ec2.authorize_security_group_egress(GroupId=group, IpPermissions=[local])
    opened = {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}
    ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[opened])
    cloud.stacks.stacks = [{"StackName": "net"}]
    cloud.stacks.templates["net"] = {
        "Resources": {
            "Group": {
                "Type": "AWS::EC2::SecurityGroup",
                "Properties": {
                    "GroupDescription": "d",
                    "SecurityGroupEgress": [
                        {"IpProtocol": "tcp", "FromPort": 1, "ToPort": 1, "CidrIp": "127.0.0.1/32"}
                    ],
                },
            }
        }
    }
    cloud.stacks.resources["net"] = [
        {
            "LogicalResourceId": "Group",
            "ResourceType": "AWS::EC2::SecurityGroup",
            "PhysicalResourceId": group,
            "ResourceStatus": "CREATE_COMPLETE",
        }
    ]
    types = ("AWS::EC2::SecurityGroup", "AWS::EC2::SecurityGroupIngress", "AWS::EC2::SecurityGroupEgress")
    found = gathered(cloud, *types)
    assert only(found, group).properties["SecurityGroupEgress"] == [
        {"IpProtocol": "tcp", "FromPort": 1, "ToPort": 1, "CidrIp": "127.0.0.1/32"}
    ]
    (rule,) = [r for r in found if r.properties.get("GroupId") == group]
    assert (rule.logical, rule.properties["CidrIp"]) == (None, "0.0.0.0/0")


def test_a_global_resource_of_a_stack_has_the_stacks_region_as_its_template_says(cloud: Any) -> None:
    iam = cloud.client("iam")
    for name in ("ours", "other"):
        iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(TRUST))
    cloud.stacks.stacks = [{"StackName": "roles"}]
    cloud.stacks.resources["roles"] = [
        {
            "LogicalResourceId": "Role",
            "ResourceType": "AWS::IAM::Role",
            "PhysicalResourceId": "ours",
            "ResourceStatus": "CREATE_COMPLETE",
        }
    ]
    cloud.stacks.templates["roles"] = {"Resources": {}}
    found = gathered(cloud, "AWS::IAM::Role")
    assert (only(found, "ours").logical, only(found, "ours").region) == (Logical("roles", "Role"), REGION)
    assert (only(found, "other").logical, only(found, "other").region) == (None, None)


def test_the_actions_are_those_of_the_service_authorization_reference() -> None:
    assert actions(["AWS::S3::BucketPolicy"]) == (
        "cloudformation:DescribeStacks",
        "cloudformation:GetTemplate",
        "cloudformation:ListStackResources",
        "s3:GetBucketPolicy",
        "s3:ListAllMyBuckets",
    )
