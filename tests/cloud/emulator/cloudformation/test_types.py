"""Every resource type: what CloudFormation sets or changes, the service's own API gives back."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ringwork.cloud.emulator import LocalCloud
from ringwork.cloud.emulator.cloudformation import LOST, PROVIDERS, drift
from ringwork.cloud.emulator.cloudformation.resources import WRITTEN
from ringwork.schemas import resource_schema
from ringwork.source import parse_yaml

EVERYTHING = (Path(__file__).parent / "everything.yaml").read_text()
TEMPLATE = parse_yaml(EVERYTHING, "everything.yaml", cloudformation=True).value
SYSTEM = ("aws:cloudformation:stack-name", "aws:cloudformation:logical-id", "aws:cloudformation:stack-id")


@pytest.fixture
def deployed(cloud):
    cloud.call(
        "CreateStack",
        StackName="all",
        TemplateBody=EVERYTHING,
        Capabilities=["CAPABILITY_NAMED_IAM"],
        Tags=[{"Key": "stage", "Value": "prod"}],
    )
    assert cloud.settled("all") == "CREATE_COMPLETE", cloud.reasons("all")
    return cloud


def change(cloud, **changes):
    """Update the stack with properties of some resources changed; None removes one."""
    template = json.loads(json.dumps(TEMPLATE))
    for logical, properties in changes.items():
        for name, value in properties.items():
            template["Resources"][logical]["Properties"].pop(name, None)
            if value is not None:
                template["Resources"][logical]["Properties"][name] = value
    cloud.call(
        "UpdateStack",
        StackName="all",
        TemplateBody=json.dumps(template),
        Capabilities=["CAPABILITY_NAMED_IAM"],
    )
    assert cloud.settled("all") == "UPDATE_COMPLETE", cloud.reasons("all")


NOT_CHANGED = {
    "AWS::ApiGateway::Deployment": {"Description"},
    "AWS::Route53::RecordSet": {"Name", "SetIdentifier"},
}
"""Changes that no setter makes: an update that asks for one replaces the resource."""


def test_the_template_holds_every_type_and_every_property():
    used = {}
    for resource in TEMPLATE["Resources"].values():
        used.setdefault(resource["Type"], set()).update(resource["Properties"])
    # the others are in every_type.py; nested stacks and StackSets have tests of their own
    assert set(used) <= set(WRITTEN)
    # alternatives of what the template uses, and targets that only other types could give
    left_out = {type: sorted(PROVIDERS[type].properties - used[type]) for type in used}
    assert {type: names for type, names in left_out.items() if names} == {
        "AWS::EC2::Subnet": ["AssignIpv6AddressOnCreation", "AvailabilityZoneId", "Ipv6CidrBlock"],
        "AWS::EC2::Route": [
            *("CarrierGatewayId", "CoreNetworkArn", "DestinationIpv6CidrBlock", "DestinationPrefixListId"),
            *("EgressOnlyInternetGatewayId", "InstanceId", "LocalGatewayId", "NatGatewayId"),
            *("NetworkInterfaceId", "TransitGatewayId", "VpcEndpointId", "VpcPeeringConnectionId"),
        ],
        "AWS::EC2::EIP": ["NetworkBorderGroup"],
        "AWS::EC2::NatGateway": ["PrivateIpAddress"],
        "AWS::EC2::FlowLog": ["DeliverCrossAccountRole"],
        "AWS::EC2::SecurityGroupIngress": [
            *("CidrIp", "CidrIpv6", "SourcePrefixListId", "SourceSecurityGroupOwnerId")
        ],
        "AWS::EC2::SecurityGroupEgress": ["CidrIp", "CidrIpv6", "DestinationSecurityGroupId"],
        "AWS::IAM::ManagedPolicy": ["Groups", "Users"],
        "AWS::KMS::Key": ["BypassPolicyLockoutSafetyCheck"],
        # `tests/workflows/test_round_trip_data.py` replicates
        "AWS::S3::Bucket": ["ReplicationConfiguration"],
        # not for the class INFREQUENT_ACCESS, which the template uses; `every_type.py` has it
        "AWS::Logs::LogGroup": ["DataProtectionPolicy"],
    }


@pytest.mark.parametrize("type", sorted(PROVIDERS))
def test_providers_set_only_what_the_registry_knows(type):
    schema = resource_schema(type)
    assert PROVIDERS[type].properties <= set(schema.settable)
    # a property with a setter is one that CloudFormation changes in place
    fixed = {name for name in PROVIDERS[type].setters if name in schema.create_only}
    assert fixed == set()
    changeable = set(PROVIDERS[type].properties) - schema.create_only - set(schema.conditional_create_only)
    unset = changeable - PROVIDERS[type].setters.keys()
    assert unset <= {"BucketName", "Domain"} | NOT_CHANGED.get(type, set())


def test_lost_names_properties_of_the_registry():
    for type, paths in LOST.items():
        assert {path.split("/")[0] for path in paths} <= set(resource_schema(type).settable)


def test_everything_reads_back_but_what_is_lost(tmp_path, monkeypatch):
    """The collectors, which know nothing of the engine, see what the template says: all but LOST, exactly."""
    monkeypatch.setattr(drift, "is_lost", lambda _type, _path: False)
    with LocalCloud(tmp_path / "state") as local:
        client = local.session("123456789012", "eu-west-1").client("cloudformation")
        client.create_stack(StackName="all", TemplateBody=EVERYTHING, Capabilities=["CAPABILITY_NAMED_IAM"])
        assert local.engine().wait_idle(60)
        client.detect_stack_drift(StackName="all")
        assert local.engine().wait_idle(60)
        drifts = client.describe_stack_resource_drifts(StackName="all")["StackResourceDrifts"]
    assert len(drifts) == len(TEMPLATE["Resources"])
    lost = {
        (item["ResourceType"], "/".join("*" if part.isdigit() else part for part in path.split("/")[1:]))
        for item in drifts
        for path in (row["PropertyPath"] for row in item["PropertyDifferences"])
    }
    write_only = {type: resource_schema(type).write_only for type in LOST}
    assert lost == {(type, path) for type, paths in LOST.items() for path in paths - write_only[type]}


def test_network(deployed):
    ec2, id = deployed.client("ec2"), lambda logical: deployed.physical("all", logical)
    vpc = ec2.describe_vpcs(VpcIds=[id("Vpc")])["Vpcs"][0]
    assert vpc["CidrBlock"] == "10.0.0.0/16"
    for attribute, member in (
        ("enableDnsSupport", "EnableDnsSupport"),
        ("enableDnsHostnames", "EnableDnsHostnames"),
    ):
        assert ec2.describe_vpc_attribute(VpcId=id("Vpc"), Attribute=attribute)[member]["Value"] is True
    subnet = ec2.describe_subnets(SubnetIds=[id("Subnet")])["Subnets"][0]
    # the second of the /24 blocks that Fn::Cidr cuts from 10.0.0.0/16
    assert (subnet["CidrBlock"], subnet["AvailabilityZone"]) == ("10.0.1.0/24", "eu-west-1a")
    assert subnet["MapPublicIpOnLaunch"] is True
    table = ec2.describe_route_tables(RouteTableIds=[id("Table")])["RouteTables"][0]
    assert [a["SubnetId"] for a in table["Associations"]] == [id("Subnet")]
    routes = {route.get("DestinationCidrBlock"): route["GatewayId"] for route in table["Routes"]}
    assert routes["0.0.0.0/0"] == id("Internet")
    assert id("Gateway") in [route["GatewayId"] for route in table["Routes"]]
    gateway = ec2.describe_internet_gateways(InternetGatewayIds=[id("Internet")])["InternetGateways"][0]
    assert [attachment["VpcId"] for attachment in gateway["Attachments"]] == [id("Vpc")]
    nat = ec2.describe_nat_gateways(NatGatewayIds=[id("Nat")])["NatGateways"][0]
    assert nat["SubnetId"] == id("Subnet")
    assert nat["NatGatewayAddresses"][0]["PublicIp"] == id("Address")


def test_network_acl(deployed):
    ec2, id = deployed.client("ec2"), lambda logical: deployed.physical("all", logical)
    acl = ec2.describe_network_acls(NetworkAclIds=[id("Acl")])["NetworkAcls"][0]
    assert [a["SubnetId"] for a in acl["Associations"]] == [id("Subnet")]
    entries = {(e["Egress"], e["RuleNumber"]): e for e in acl["Entries"]}
    tcp = entries[False, 100]
    assert (tcp["Protocol"], tcp["RuleAction"], tcp["PortRange"]) == ("6", "allow", {"From": 443, "To": 444})
    assert entries[True, 100]["RuleAction"] == "deny"
    assert entries[True, 110]["Ipv6CidrBlock"] == "::/0"
    change(deployed, AclTcp={"RuleAction": "deny", "PortRange": {"From": 22, "To": 22}})
    acl = ec2.describe_network_acls(NetworkAclIds=[id("Acl")])["NetworkAcls"][0]
    tcp = next(e for e in acl["Entries"] if not e["Egress"] and e["RuleNumber"] == 100)
    assert (tcp["RuleAction"], tcp["PortRange"]) == ("deny", {"From": 22, "To": 22})


def rules(ec2, group):
    found = ec2.describe_security_group_rules(Filters=[{"Name": "group-id", "Values": [group]}])
    return {rule["SecurityGroupRuleId"]: rule for rule in found["SecurityGroupRules"]}


def test_an_explicit_egress_rule_takes_the_place_of_the_default_one(deployed):
    ec2 = deployed.client("ec2")
    group, other = deployed.physical("all", "Group"), deployed.physical("all", "Other")
    egress = [rule for rule in rules(ec2, group).values() if rule["IsEgress"]]
    assert {rule.get("CidrIpv4") or rule.get("PrefixListId") for rule in egress} == {
        "127.0.0.1/32",
        "pl-00000000000000001",
    }
    default = [rule for rule in rules(ec2, other).values() if rule["IsEgress"]]
    assert [(rule["IpProtocol"], rule["CidrIpv4"]) for rule in default] == [("-1", "0.0.0.0/0")]


def test_security_group_rules(deployed):
    ec2, id = deployed.client("ec2"), lambda logical: deployed.physical("all", logical)
    found = rules(ec2, id("Group"))
    # Ref of a rule is its id
    inbound, outbound = found[id("In")], found[id("Out")]
    assert inbound["ReferencedGroupInfo"]["GroupId"] == id("Other")
    assert (inbound["FromPort"], inbound["ToPort"]) == (8443, 8444)
    assert outbound["PrefixListId"] == "pl-00000000000000001"
    web = {"IpProtocol": "tcp", "FromPort": 80, "ToPort": 80, "CidrIp": "10.0.0.0/16"}
    change(deployed, Group={"SecurityGroupIngress": [web]}, In={"Description": "renamed"})
    after = rules(ec2, id("Group"))
    assert id("In") in found and id("Out") in after
    embedded = [r for key, r in after.items() if not r["IsEgress"] and key != id("In")]
    assert [(r["FromPort"], r["CidrIpv4"]) for r in embedded] == [(80, "10.0.0.0/16")]


def test_descriptions_of_rules(tmp_path):
    """Moto alone does not keep them by rule: asked of the whole local cloud."""
    template = {
        "Group": {"Type": "AWS::EC2::SecurityGroup", "Properties": {"GroupDescription": "d"}},
        "In": {
            "Type": "AWS::EC2::SecurityGroupIngress",
            "Properties": {
                "GroupId": {"Fn::GetAtt": ["Group", "GroupId"]},
                "IpProtocol": "tcp",
                "FromPort": 443,
                "ToPort": 443,
                "CidrIp": "10.0.0.0/16",
                "Description": "before",
            },
        },
    }
    with LocalCloud(tmp_path / "state") as local:
        session = local.session("123456789012", "eu-west-1")
        stacks, ec2 = session.client("cloudformation"), session.client("ec2")
        for description, call in (("before", stacks.create_stack), ("after", stacks.update_stack)):
            template["In"]["Properties"]["Description"] = description
            call(StackName="rules", TemplateBody=json.dumps({"Resources": template}))
            assert local.engine().wait_idle(60)
            found = ec2.describe_security_group_rules()["SecurityGroupRules"]
            assert [each["Description"] for each in found if each.get("CidrIpv4") == "10.0.0.0/16"] == [
                description
            ]


def test_endpoints(deployed):
    ec2, id = deployed.client("ec2"), lambda logical: deployed.physical("all", logical)

    def described(logical):
        return ec2.describe_vpc_endpoints(VpcEndpointIds=[id(logical)])["VpcEndpoints"][0]

    interface = described("Interface")
    assert interface["ServiceName"] == "com.amazonaws.eu-west-1.kms"
    assert interface["PrivateDnsEnabled"] is False
    assert [group["GroupId"] for group in interface["Groups"]] == [id("Group")]
    assert interface["SubnetIds"] == [id("Subnet")]
    assert json.loads(interface["PolicyDocument"])["Statement"][0]["Action"] == "s3:GetObject"
    assert described("Gateway")["RouteTableIds"] == [id("Table")]
    nothing = {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Deny", "Principal": "*", "Action": "*", "Resource": "*"}],
    }
    change(
        deployed,
        Interface={"SecurityGroupIds": [id("Other")], "PolicyDocument": nothing},
        Gateway={"PolicyDocument": None},
    )
    assert [group["GroupId"] for group in described("Interface")["Groups"]] == [id("Other")]
    assert json.loads(described("Interface")["PolicyDocument"]) == nothing
    # AWS PrivateLink Guide: the default endpoint policy allows full access
    assert json.loads(described("Gateway")["PolicyDocument"])["Statement"] == [
        {"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}
    ]


def test_flow_logs_and_log_group(deployed):
    ec2, logs, id = (
        deployed.client("ec2"),
        deployed.client("logs"),
        lambda name: deployed.physical("all", name),
    )
    flows = ec2.describe_flow_logs(FlowLogIds=[id("Flows")])["FlowLogs"][0]
    assert (flows["ResourceId"], flows["TrafficType"], flows["MaxAggregationInterval"]) == (
        id("Vpc"),
        "ALL",
        60,
    )
    assert flows["LogGroupName"] == "/ringwork/flows"
    group = logs.describe_log_groups(logGroupNamePrefix="/ringwork/flows")["logGroups"][0]
    assert group["retentionInDays"] == 365
    assert group["kmsKeyId"].endswith(id("Key"))
    change(deployed, Logs={"RetentionInDays": None})
    assert (
        "retentionInDays"
        not in logs.describe_log_groups(logGroupNamePrefix="/ringwork/flows")["logGroups"][0]
    )


def test_identity(deployed):
    iam, id = deployed.client("iam"), lambda logical: deployed.physical("all", logical)
    role = iam.get_role(RoleName="worker")["Role"]
    assert (role["Path"], role["Description"], role["MaxSessionDuration"]) == ("/ringwork/", "a worker", 7200)
    assert role["PermissionsBoundary"]["PermissionsBoundaryArn"] == id("Boundary")
    assert sorted(iam.list_role_policies(RoleName="worker")["PolicyNames"]) == ["inline", "more"]
    attached = iam.list_attached_role_policies(RoleName="worker")["AttachedPolicies"]
    assert {p["PolicyArn"] for p in attached} == {id("Boundary"), id("Attached")}
    write = {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Action": "s3:PutObject", "Resource": "*"}],
    }
    change(
        deployed,
        Role={
            "PermissionsBoundary": None,
            "ManagedPolicyArns": None,
            "Policies": None,
            "Description": "renamed",
        },
        Boundary={"PolicyDocument": write},
        More={"PolicyDocument": write},
    )
    role = iam.get_role(RoleName="worker")["Role"]
    assert "PermissionsBoundary" not in role
    assert (role["Description"], role["MaxSessionDuration"]) == ("renamed", 7200)
    assert iam.list_role_policies(RoleName="worker")["PolicyNames"] == ["more"]
    assert iam.get_role_policy(RoleName="worker", PolicyName="more")["PolicyDocument"] == write
    attached = iam.list_attached_role_policies(RoleName="worker")["AttachedPolicies"]
    assert [p["PolicyArn"] for p in attached] == [id("Attached")]
    boundary = iam.get_policy(PolicyArn=id("Boundary"))["Policy"]
    version = iam.get_policy_version(PolicyArn=id("Boundary"), VersionId=boundary["DefaultVersionId"])
    assert version["PolicyVersion"]["Document"] == write


def test_a_managed_policy_can_be_changed_more_often_than_iam_keeps_versions(deployed):
    for index in range(7):
        document = {
            "Version": "2012-10-17",
            "Statement": [{"Effect": "Deny", "Action": f"s3:A{index}", "Resource": "*"}],
        }
        change(deployed, Boundary={"PolicyDocument": document})
    arn = deployed.physical("all", "Boundary")
    versions = deployed.client("iam").list_policy_versions(PolicyArn=arn)["Versions"]
    # IAM keeps at most five versions of a managed policy
    assert len(versions) <= 5


def test_keys(deployed):
    kms, key = deployed.client("kms"), deployed.physical("all", "Key")
    assert kms.describe_key(KeyId="alias/data")["KeyMetadata"]["KeyId"] == key
    assert kms.get_key_rotation_status(KeyId=key)["KeyRotationEnabled"] is True
    policy = json.loads(kms.get_key_policy(KeyId=key, PolicyName="default")["Policy"])
    assert policy["Statement"][0]["Principal"] == {"AWS": "arn:aws:iam::123456789012:root"}
    change(
        deployed,
        Key={"EnableKeyRotation": False, "RotationPeriodInDays": None, "Enabled": False, "Description": "b"},
    )
    metadata = kms.describe_key(KeyId=key)["KeyMetadata"]
    assert (metadata["KeyState"], metadata["Description"]) == ("Disabled", "b")
    change(deployed, Key={"EnableKeyRotation": False, "RotationPeriodInDays": None})
    assert kms.get_key_rotation_status(KeyId=key)["KeyRotationEnabled"] is False


def test_a_deleted_key_waits_for_its_window(cloud):
    key = {"Type": "AWS::KMS::Key", "Properties": {"PendingWindowInDays": 7}}
    cloud.create("keys", {"Key": key})
    physical = cloud.physical("keys", "Key")
    assert cloud.delete("keys") == "DELETE_COMPLETE"
    metadata = cloud.client("kms").describe_key(KeyId=physical)["KeyMetadata"]
    assert metadata["KeyState"] == "PendingDeletion"
    window = metadata["DeletionDate"] - metadata["CreationDate"]
    assert 6 < window.days + 1 <= 8


def test_the_spec_of_a_key_cannot_be_changed(cloud):
    cloud.create("keys", {"Key": {"Type": "AWS::KMS::Key", "Properties": {}}})
    other = {"Type": "AWS::KMS::Key", "Properties": {"KeySpec": "RSA_2048", "KeyUsage": "SIGN_VERIFY"}}
    assert cloud.update("keys", {"Key": other}) == "UPDATE_ROLLBACK_COMPLETE"


def test_buckets(deployed):
    s3, name = deployed.client("s3"), "data-123456789012-eu-west-1"
    assert deployed.physical("all", "Data") == name
    assert s3.get_bucket_versioning(Bucket=name)["Status"] == "Enabled"
    rule = s3.get_bucket_encryption(Bucket=name)["ServerSideEncryptionConfiguration"]["Rules"][0]
    assert rule["BucketKeyEnabled"] is True
    assert rule["ApplyServerSideEncryptionByDefault"]["KMSMasterKeyID"].endswith(
        deployed.physical("all", "Key")
    )
    block = s3.get_public_access_block(Bucket=name)["PublicAccessBlockConfiguration"]
    assert set(block.values()) == {True}
    owner = s3.get_bucket_ownership_controls(Bucket=name)["OwnershipControls"]["Rules"][0]
    assert owner == {"ObjectOwnership": "BucketOwnerEnforced"}
    lifecycle = {r["ID"]: r for r in s3.get_bucket_lifecycle_configuration(Bucket=name)["Rules"]}
    assert lifecycle["old"]["NoncurrentVersionExpiration"]["NoncurrentDays"] == 90
    assert lifecycle["temporary"]["Filter"] == {"Prefix": "tmp/"}
    assert (
        s3.get_bucket_logging(Bucket=name)["LoggingEnabled"]["TargetBucket"] == "logs-123456789012-eu-west-1"
    )
    lock = s3.get_object_lock_configuration(Bucket=name)["ObjectLockConfiguration"]
    assert lock["Rule"]["DefaultRetention"]["Days"] == 5
    policy = json.loads(s3.get_bucket_policy(Bucket=name)["Policy"])
    assert policy["Statement"][0]["Resource"] == [f"arn:aws:s3:::{name}", f"arn:aws:s3:::{name}/*"]
    block["BlockPublicAcls"] = False
    change(
        deployed, Data={"PublicAccessBlockConfiguration": block, "LifecycleConfiguration": None, "Tags": None}
    )
    found = s3.get_public_access_block(Bucket=name)["PublicAccessBlockConfiguration"]
    assert (found["BlockPublicAcls"], found["BlockPublicPolicy"]) == (False, True)
    with pytest.raises(s3.exceptions.ClientError, match="NoSuchLifecycleConfiguration"):
        s3.get_bucket_lifecycle_configuration(Bucket=name)
    tags = {tag["Key"] for tag in s3.get_bucket_tagging(Bucket=name)["TagSet"]}
    assert tags == {"stage"}


def test_taking_versioning_from_the_template_suspends_it(cloud):
    versioned = {"VersioningConfiguration": {"Status": "Enabled"}}
    cloud.create("data", {"B": {"Type": "AWS::S3::Bucket", "Properties": versioned}})
    assert cloud.update("data", {"B": {"Type": "AWS::S3::Bucket", "Properties": {}}}) == "UPDATE_COMPLETE"
    name = cloud.physical("data", "B")
    assert cloud.client("s3").get_bucket_versioning(Bucket=name)["Status"] == "Suspended"


def test_tags_of_the_resource_the_stack_and_cloudformation(deployed):
    ec2, iam, kms, logs = (deployed.client(s) for s in ("ec2", "iam", "kms", "logs"))
    id = lambda logical: deployed.physical("all", logical)  # noqa: E731
    expected = {"ringwork:team": "vision", "ringwork:ring": "network", "stage": "prod"}
    system = dict(zip(SYSTEM, ("all", None, deployed.stack("all")["StackId"]), strict=True))
    for logical in ("Vpc", "Subnet", "Table", "Acl", "Group", "Interface", "Flows", "Nat", "Internet"):
        found = ec2.describe_tags(Filters=[{"Name": "resource-id", "Values": [id(logical)]}])["Tags"]
        tags = {tag["Key"]: tag["Value"] for tag in found}
        assert tags == {**expected, **system, "aws:cloudformation:logical-id": logical}
    role = {tag["Key"]: tag["Value"] for tag in iam.list_role_tags(RoleName="worker")["Tags"]}
    assert role == {**expected, **system, "aws:cloudformation:logical-id": "Role"}
    key = {tag["TagKey"]: tag["TagValue"] for tag in kms.list_resource_tags(KeyId=id("Key"))["Tags"]}
    assert key == {**expected, **system, "aws:cloudformation:logical-id": "Key"}
    arn = "arn:aws:logs:eu-west-1:123456789012:log-group:/ringwork/flows"
    assert logs.list_tags_for_resource(resourceArn=arn)["tags"]["stage"] == "prod"


def test_generated_names(cloud):
    trust = {"Version": "2012-10-17", "Statement": []}
    long = "ringwork-hospital-network-of-the-radiology-department-production"
    cloud.create(
        long,
        {
            "Bucket": {"Type": "AWS::S3::Bucket"},
            "ARoleWithAVeryLongLogicalIdentifierIndeed": {
                "Type": "AWS::IAM::Role",
                "Properties": {"AssumeRolePolicyDocument": trust},
            },
        },
    )
    bucket = cloud.physical(long, "Bucket")
    # S3 User Guide, "Bucket naming rules": 3 to 63 characters, lower case
    assert bucket == bucket.lower()
    assert len(bucket) <= 63
    assert "-bucket-" in bucket
    # IAM User Guide, "IAM and AWS STS quotas": role names of up to 64 characters
    assert len(cloud.physical(long, "ARoleWithAVeryLongLogicalIdentifierIndeed")) <= 64
