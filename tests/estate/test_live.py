"""Live resources linked: the same references as templates give."""

from ringwork.estate import Logical, Reference, Resource, Stack, Text, canonical
from ringwork.estate.live import link
from ringwork.estate.sources.cloudformation import read_stacks

A, B = "111111111111", "222222222222"
REGION = "eu-west-1"
VPC_ID = "vpc-0a1b2c3d4e5f60718"
GROUP_ID = "sg-0a1b2c3d4e5f60718"
KEY_ID = "1234abcd-12ab-34cd-56ef-1234567890ab"


def live(type, physical, properties=None, *, account=A, region=REGION, logical=None, **more):
    return Resource(
        key=f"{account}/{region}/{type}/{physical}",
        type=type,
        properties=properties or {},
        account=account,
        region=region,
        physical=physical,
        logical=Logical("s", logical) if logical else None,
        **more,
    )


VPC = live("AWS::EC2::VPC", VPC_ID)


def value(estate, type, name):
    (found,) = estate.of_type(type)
    return found.properties[name]


def test_an_id_becomes_a_reference():
    estate = link([VPC, live("AWS::EC2::Subnet", "subnet-1", {"VpcId": VPC_ID})])
    assert value(estate, "AWS::EC2::Subnet", "VpcId") == Reference(VPC.key)


def test_an_id_of_nothing_collected_stays_as_it_is():
    estate = link([live("AWS::EC2::Subnet", "subnet-1", {"VpcId": VPC_ID})])
    assert value(estate, "AWS::EC2::Subnet", "VpcId") == VPC_ID


def test_an_id_in_another_account_is_found_only_where_it_is_unique():
    peer = live("AWS::EC2::VPC", VPC_ID, account=B)
    uses = live("AWS::EC2::VPCPeeringConnection", "pcx-1", {"PeerVpcId": VPC_ID})
    assert value(link([peer, uses]), uses.type, "PeerVpcId") == Reference(peer.key)
    third = live("AWS::EC2::VPC", VPC_ID, account="3" * 12)
    assert value(link([peer, third, uses]), uses.type, "PeerVpcId") == VPC_ID
    assert value(link([peer, third, VPC, uses]), uses.type, "PeerVpcId") == Reference(VPC.key)


def test_the_allocation_of_an_address_is_its_attribute():
    address = live("AWS::EC2::EIP", "203.0.113.7", attributes={"AllocationId": "eipalloc-0a1b2c3d4e5f60718"})
    gateway = live("AWS::EC2::NatGateway", "nat-1", {"AllocationId": "eipalloc-0a1b2c3d4e5f60718"})
    expected = Reference(address.key, "AllocationId")
    assert value(link([address, gateway]), gateway.type, "AllocationId") == expected


def test_a_name_is_a_reference_only_where_a_property_means_that_type():
    role = live("AWS::IAM::Role", "main", {"RoleName": "main", "Tags": [{"Key": "name", "Value": "main"}]})
    policy = live("AWS::IAM::RolePolicy", "p", {"RoleName": "main", "PolicyName": "main"})
    estate = link([role, policy])
    assert value(estate, policy.type, "RoleName") == Reference(role.key)
    assert value(estate, policy.type, "PolicyName") == "main"
    assert value(estate, role.type, "RoleName") == "main"
    assert value(estate, role.type, "Tags") == ({"Key": "name", "Value": "main"},)


def test_a_bucket_whose_name_looks_like_an_id_is_no_id():
    bucket = live("AWS::S3::Bucket", "logs-deadbeef", {"BucketName": "logs-deadbeef"})
    tagged = live("AWS::EC2::VPC", VPC_ID, {"Tags": [{"Key": "x", "Value": "logs-deadbeef"}]})
    assert value(link([bucket, tagged]), tagged.type, "Tags") == ({"Key": "x", "Value": "logs-deadbeef"},)


def test_ids_within_longer_text_are_references_and_names_stay_text():
    key = live("AWS::KMS::Key", KEY_ID)
    bucket = live("AWS::S3::Bucket", "data")
    uses = live(
        "Custom::It",
        "it",
        {"Values": [f"arn:aws:kms:{REGION}:{A}:key/{KEY_ID}/x", "arn:aws:s3:::data/*", "arn:aws:s3:::data"]},
    )
    assert value(link([key, bucket, uses]), "Custom::It", "Values") == (
        Text((f"arn:aws:kms:{REGION}:{A}:key/", Reference(key.key), "/x")),
        "arn:aws:s3:::data/*",
        Reference(bucket.key, "Arn"),
    )


def test_tags_that_aws_writes_are_dropped_and_policies_are_parsed():
    endpoint = live(
        "AWS::EC2::VPCEndpoint",
        "vpce-1",
        {
            "Tags": [{"Key": "aws:cloudformation:stack-name", "Value": "s"}, {"Key": "k", "Value": "v"}],
            "PolicyDocument": '{"Statement": [{"Effect": "Deny"}]}',
        },
    )
    estate = link([endpoint])
    assert value(estate, endpoint.type, "Tags") == ({"Key": "k", "Value": "v"},)
    assert value(estate, endpoint.type, "PolicyDocument") == {"Statement": ({"Effect": "Deny"},)}


def test_template_and_account_give_the_same_references():
    policy = {
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"AWS": {"Fn::GetAtt": ["Role", "Arn"]}},
                "Action": "s3:GetObject",
                "Resource": [{"Fn::GetAtt": ["Bucket", "Arn"]}, {"Fn::Sub": "${Bucket.Arn}/*"}],
            }
        ]
    }
    template = {
        "Resources": {
            "Role": {"Type": "AWS::IAM::Role", "Properties": {"RoleName": "r"}},
            "Key": {"Type": "AWS::KMS::Key", "Properties": {"Description": "d"}},
            "Alias": {
                "Type": "AWS::KMS::Alias",
                "Properties": {"AliasName": "alias/a", "TargetKeyId": {"Fn::GetAtt": ["Key", "Arn"]}},
            },
            "Bucket": {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": "b"}},
            "BucketPolicy": {
                "Type": "AWS::S3::BucketPolicy",
                "Properties": {"Bucket": {"Ref": "Bucket"}, "PolicyDocument": policy},
            },
            "Vpc": {"Type": "AWS::EC2::VPC", "Properties": {"CidrBlock": "10.0.0.0/16"}},
            "Group": {
                "Type": "AWS::EC2::SecurityGroup",
                "Properties": {"GroupDescription": "g", "VpcId": {"Fn::GetAtt": ["Vpc", "VpcId"]}},
            },
            "Rule": {
                "Type": "AWS::EC2::SecurityGroupIngress",
                "Properties": {
                    "GroupId": {"Fn::GetAtt": ["Group", "GroupId"]},
                    "SourceSecurityGroupId": {"Ref": "Group"},
                    "IpProtocol": "-1",
                },
            },
            "Logs": {
                "Type": "AWS::Logs::LogGroup",
                "Properties": {"LogGroupName": "/l", "KmsKeyId": {"Fn::GetAtt": ["Key", "Arn"]}},
            },
            "Flow": {
                "Type": "AWS::EC2::FlowLog",
                "Properties": {
                    "ResourceId": {"Ref": "Vpc"},
                    "LogGroupName": {"Ref": "Logs"},
                    "DeliverLogsPermissionArn": {"Fn::GetAtt": ["Role", "Arn"]},
                },
            },
        }
    }
    key_arn = f"arn:aws:kms:{REGION}:{A}:key/{KEY_ID}"
    role_arn = f"arn:aws:iam::{A}:role/r"
    returned = {
        "Role": ("AWS::IAM::Role", "r", {"RoleName": "r"}),
        "Key": ("AWS::KMS::Key", KEY_ID, {"Description": "d"}),
        "Alias": ("AWS::KMS::Alias", "alias/a", {"AliasName": "alias/a", "TargetKeyId": KEY_ID}),
        "Bucket": ("AWS::S3::Bucket", "b", {"BucketName": "b"}),
        "BucketPolicy": (
            "AWS::S3::BucketPolicy",
            "b",
            {
                "Bucket": "b",
                "PolicyDocument": {
                    "Statement": [
                        {
                            "Effect": "Allow",
                            "Principal": {"AWS": role_arn},
                            "Action": "s3:GetObject",
                            "Resource": ["arn:aws:s3:::b", "arn:aws:s3:::b/*"],
                        }
                    ]
                },
            },
        ),
        "Vpc": ("AWS::EC2::VPC", VPC_ID, {"CidrBlock": "10.0.0.0/16"}),
        "Group": ("AWS::EC2::SecurityGroup", GROUP_ID, {"GroupDescription": "g", "VpcId": VPC_ID}),
        "Rule": (
            "AWS::EC2::SecurityGroupIngress",
            "sgr-0a1b2c3d4e5f60718",
            {"GroupId": GROUP_ID, "SourceSecurityGroupId": GROUP_ID, "IpProtocol": "-1"},
        ),
        "Logs": ("AWS::Logs::LogGroup", "/l", {"LogGroupName": "/l", "KmsKeyId": key_arn}),
        "Flow": (
            "AWS::EC2::FlowLog",
            "fl-0a1b2c3d4e5f60718",
            {"ResourceId": VPC_ID, "LogGroupName": "/l", "DeliverLogsPermissionArn": role_arn},
        ),
    }
    (templates,) = read_stacks([Stack("s", A, REGION, template)])
    account = link(
        live(type, physical, properties, logical=logical)
        for logical, (type, physical, properties) in returned.items()
    )

    def by_logical(estate):
        names = {resource.key: resource.logical.id for resource in estate.resources}

        def named(value):
            if isinstance(value, dict):
                return {name: named(item) for name, item in value.items()}
            if isinstance(value, tuple):
                return [named(item) for item in value]
            return (names[value.target], value.attribute) if isinstance(value, Reference) else value

        return {resource.logical.id: named(resource.properties) for resource in estate.resources}

    assert by_logical(templates) == by_logical(account)
    assert by_logical(account)["Rule"]["GroupId"] == ("Group", "Ref")
    assert by_logical(account)["Logs"]["KmsKeyId"] == ("Key", "Arn")


def test_what_two_accounts_list_is_the_owners():
    """VPC user guide, "Share your VPC subnets with other accounts"."""
    subnet, table = "subnet-0a1b2c3d4e5f60718", "rtb-0a1b2c3d4e5f60718"
    route = {"RouteTableId": table, "DestinationCidrBlock": "0.0.0.0/0"}
    given = [
        part
        for account in (B, A)  # the participant is read first
        for part in (
            live("AWS::EC2::VPC", VPC_ID, {}, account=account, attributes={"OwnerId": A}),
            live("AWS::EC2::Subnet", subnet, {"VpcId": VPC_ID}, account=account, attributes={"OwnerId": A}),
            live("AWS::EC2::RouteTable", table, {"VpcId": VPC_ID}, account=account),
            live("AWS::EC2::Route", f"{table}|0.0.0.0/0", route, account=account),
            live("AWS::EC2::NetworkInterface", f"eni-0{account}00000", {"SubnetId": subnet}, account=account),
        )
    ]
    estate = link(given)
    for type in ("VPC", "Subnet", "RouteTable", "Route"):
        (found,) = estate.of_type(f"AWS::EC2::{type}")
        assert found.account == A
    interfaces = estate.of_type("AWS::EC2::NetworkInterface")
    assert {each.account for each in interfaces} == {A, B}
    shared = Reference(f"{A}/{REGION}/AWS::EC2::Subnet/{subnet}")
    assert [each.properties["SubnetId"] for each in interfaces] == [shared, shared]


def test_of_what_only_participants_list_one_is_kept():
    subnet = "subnet-0a1b2c3d4e5f60718"
    estate = link(
        [
            live("AWS::EC2::Subnet", subnet, {}, account=account, attributes={"OwnerId": "333333333333"})
            for account in (A, B)
        ]
    )
    assert [each.account for each in estate.of_type("AWS::EC2::Subnet")] == [A]


def test_what_people_name_is_another_in_each_account():
    estate = link(
        [
            *(live("AWS::EC2::Subnet", "subnet-0a1b2c3d4e5f60718", account=each) for each in (A, B)),
            *(live("AWS::EC2::KeyPair", "admin", account=each) for each in (A, B)),
        ]
    )
    assert len(estate.of_type("AWS::EC2::KeyPair")) == 2


def subnet_of_two():
    properties = {"VpcId": VPC_ID, "Tags": [{"Key": "vpc", "Value": VPC_ID}], "CidrBlock": "10.0.0.0/24"}
    return live("AWS::EC2::Subnet", "subnet-0a1b2c3d4e5f60718", properties)


def test_what_is_not_handed_over_is_not_changed():
    subnet = subnet_of_two()
    link([VPC, subnet])
    assert subnet == subnet_of_two()


def test_what_is_handed_over_becomes_the_same_estate_without_copies():
    subnet = subnet_of_two()
    handed_over = link([VPC, subnet], handed_over=True)
    assert handed_over.resources == link([VPC, subnet_of_two()]).resources
    assert handed_over.of_type("AWS::EC2::Subnet")[0].properties is subnet.properties
    assert subnet.properties["VpcId"] == Reference(VPC.key)


def test_an_id_that_two_accounts_have_is_each_ones_own_and_no_thirds():
    """A shared id means the asker's own; from elsewhere it says nothing of which is meant."""
    c = "333333333333"
    vpcs = [live("AWS::EC2::VPC", VPC_ID, account=account) for account in (A, B)]
    subnets = [
        live("AWS::EC2::Subnet", f"subnet-{number}", {"VpcId": VPC_ID}, account=account)
        for number, account in enumerate((A, B, c))
    ]
    linked = canonical.link([*vpcs, *subnets])[2:]
    named = [subnet.properties["VpcId"] for subnet in linked]
    assert named == [Reference(vpcs[0].key), Reference(vpcs[1].key), VPC_ID]
