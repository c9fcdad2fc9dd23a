"""Drift that no template names: what is listed, what is not, and the call that undoes it."""

from __future__ import annotations

import pytest

from ringwork.cloud.deploy import ApiCall, undo, unseen
from ringwork.estate import Estate, Gap, Logical, Resource
from ringwork.estate.live import link

ACCOUNT, REGION = "111122223333", "eu-west-1"


def thing(type_, physical, properties, logical=None, stack="net", arn=None):
    return Resource(
        key=f"{ACCOUNT}/{REGION}/{type_}/{physical}",
        type=type_,
        properties=properties,
        account=ACCOUNT,
        region=REGION,
        logical=Logical(stack, logical) if logical else None,
        physical=physical,
        arn=arn,
    )


def meant(type_, logical, properties, stack="net"):
    return Resource(
        key=f"{ACCOUNT}/{REGION}/{type_}/{stack}/{logical}",
        type=type_,
        properties=properties,
        account=ACCOUNT,
        region=REGION,
        logical=Logical(stack, logical),
    )


GROUP = thing("AWS::EC2::SecurityGroup", "sg-1", {"GroupDescription": "a"}, "Group")
WANTED_GROUP = meant("AWS::EC2::SecurityGroup", "Group", {"GroupDescription": "a"})
SSH = {"GroupId": "sg-1", "IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "CidrIp": "0.0.0.0/0"}
INGRESS, EGRESS = "AWS::EC2::SecurityGroupIngress", "AWS::EC2::SecurityGroupEgress"


def found(live, wanted, gaps=()):
    return unseen(Estate(wanted), link(live, gaps=gaps)).drift


def call(service, operation, **parameters):
    return ApiCall(service, operation, parameters, ACCOUNT, REGION)


def test_an_extra_rule_is_undone_by_its_own_id():
    (drift,) = found([GROUP, thing(INGRESS, "sgr-9", SSH)], [WANTED_GROUP])
    assert drift.what == "ingress tcp 22 from 0.0.0.0/0 on `net/Group`"
    assert drift.undo == call(
        "ec2", "RevokeSecurityGroupIngress", GroupId="sg-1", SecurityGroupRuleIds=["sgr-9"]
    )


def test_a_rule_that_a_stack_made_is_not_extra():
    assert found([GROUP, thing(INGRESS, "sgr-9", SSH, "Rule")], [WANTED_GROUP]) == ()


def test_a_rule_on_a_group_that_is_not_ours_is_not_our_drift():
    default = thing("AWS::EC2::SecurityGroup", "sg-2", {"GroupName": "default"})
    theirs = thing("AWS::EC2::SecurityGroup", "sg-3", {}, "Group", stack="theirs")
    rules = [thing(INGRESS, f"sgr-{i}", {**SSH, "GroupId": f"sg-{i}"}) for i in (2, 3)]
    assert found([GROUP, default, theirs, *rules], [WANTED_GROUP]) == ()


def test_a_source_group_is_named():
    other = thing("AWS::EC2::SecurityGroup", "sg-5", {}, "Other", stack="theirs")
    rule = {"GroupId": "sg-1", "IpProtocol": "-1", "SourceSecurityGroupId": "sg-5"}
    (drift,) = found([GROUP, other, thing(INGRESS, "sgr-9", rule)], [WANTED_GROUP])
    assert drift.what == "ingress all traffic from `theirs/Other` on `net/Group`"


ANY = {"GroupId": "sg-1", "IpProtocol": "-1", "CidrIp": "0.0.0.0/0"}


def test_the_default_egress_rule_is_drift_only_where_the_template_names_egress():
    live = [GROUP, thing(EGRESS, "sgr-9", ANY)]
    assert found(live, [WANTED_GROUP]) == ()
    closed = meant(
        "AWS::EC2::SecurityGroup",
        "Group",
        {"SecurityGroupEgress": ({"IpProtocol": "icmp", "CidrIp": "255.255.255.255/32"},)},
    )
    (drift,) = found(live, [closed])
    assert drift.undo.operation == "RevokeSecurityGroupEgress"


def test_another_open_egress_rule_is_drift_in_any_case():
    rule = {**ANY, "IpProtocol": "tcp", "FromPort": 443, "ToPort": 443}
    assert len(found([GROUP, thing(EGRESS, "sgr-9", rule)], [WANTED_GROUP])) == 1


def test_an_extra_entry_of_a_network_acl_is_deleted_by_number_and_direction():
    acl = thing("AWS::EC2::NetworkAcl", "acl-1", {}, "Acl")
    entry = {"NetworkAclId": "acl-1", "RuleNumber": 50, "Egress": False, "Protocol": -1}
    entry |= {"RuleAction": "allow", "CidrBlock": "0.0.0.0/0"}
    (drift,) = found(
        [acl, thing("AWS::EC2::NetworkAclEntry", "acl-1|false|50", entry)],
        [meant("AWS::EC2::NetworkAcl", "Acl", {})],
    )
    assert drift.what == "ingress entry 50 (allow 0.0.0.0/0) on `net/Acl`"
    assert drift.undo == call(
        "ec2", "DeleteNetworkAclEntry", NetworkAclId="acl-1", RuleNumber=50, Egress=False
    )


@pytest.mark.parametrize(
    ("destination", "value"),
    [
        ("DestinationCidrBlock", "0.0.0.0/0"),
        ("DestinationIpv6CidrBlock", "::/0"),
        ("DestinationPrefixListId", "pl-6da54004"),
    ],
)
def test_an_extra_route_is_deleted_by_its_destination(destination, value):
    table = thing("AWS::EC2::RouteTable", "rtb-1", {}, "Table")
    gateway = thing("AWS::EC2::InternetGateway", "igw-1", {})
    route = {"RouteTableId": "rtb-1", destination: value, "GatewayId": "igw-1"}
    (drift,) = found(
        [table, gateway, thing("AWS::EC2::Route", f"rtb-1|{value}", route)],
        [meant("AWS::EC2::RouteTable", "Table", {})],
    )
    assert drift.what == f"route to {value} through `igw-1` on `net/Table`"
    assert drift.undo == call("ec2", "DeleteRoute", RouteTableId="rtb-1", **{destination: value})


def test_an_internet_gateway_attached_beside_the_stack_is_detached():
    vpc = thing("AWS::EC2::VPC", "vpc-1", {"CidrBlock": "10.0.0.0/16"}, "Vpc")
    gateway = thing("AWS::EC2::InternetGateway", "igw-1", {})
    attached = thing(
        "AWS::EC2::VPCGatewayAttachment", "IGW|vpc-1", {"VpcId": "vpc-1", "InternetGatewayId": "igw-1"}
    )
    (drift,) = found([vpc, gateway, attached], [meant("AWS::EC2::VPC", "Vpc", {})])
    assert drift.undo == call("ec2", "DetachInternetGateway", InternetGatewayId="igw-1", VpcId="vpc-1")


def test_a_bucket_policy_beside_the_stack_is_deleted():
    bucket = thing("AWS::S3::Bucket", "acme-data", {"BucketName": "acme-data"}, "Data")
    policy = thing("AWS::S3::BucketPolicy", "acme-data", {"Bucket": "acme-data", "PolicyDocument": {}})
    (drift,) = found([bucket, policy], [meant("AWS::S3::Bucket", "Data", {})])
    assert drift.undo == call("s3", "DeleteBucketPolicy", Bucket="acme-data")


ROLE = thing("AWS::IAM::Role", "train", {"RoleName": "train"}, "Role")
INLINE = thing("AWS::IAM::RolePolicy", "extra|train", {"RoleName": "train", "PolicyName": "extra"})


def test_an_inline_policy_beside_the_stack_is_deleted():
    (drift,) = found([ROLE, INLINE], [meant("AWS::IAM::Role", "Role", {"RoleName": "train"})])
    assert drift.what == "inline policy `extra` on `net/Role`"
    assert drift.undo == call("iam", "DeleteRolePolicy", RoleName="train", PolicyName="extra")


def test_an_inline_policy_that_the_templates_role_names_itself_is_not_drift():
    role = meant("AWS::IAM::Role", "Role", {"Policies": ({"PolicyName": "extra", "PolicyDocument": {}},)})
    assert found([ROLE, INLINE], [role]) == ()


ADMIN = "arn:aws:iam::aws:policy/AdministratorAccess"


def test_a_managed_policy_on_a_role_whose_template_attaches_none_is_detached():
    role = thing("AWS::IAM::Role", "train", {"RoleName": "train", "ManagedPolicyArns": [ADMIN]}, "Role")
    (drift,) = found([role], [meant("AWS::IAM::Role", "Role", {"RoleName": "train"})])
    assert drift.undo == call("iam", "DetachRolePolicy", RoleName="train", PolicyArn=ADMIN)


def test_attachments_that_the_template_names_are_cloudformations_to_compare():
    role = thing("AWS::IAM::Role", "train", {"RoleName": "train", "ManagedPolicyArns": [ADMIN]}, "Role")
    assert found([role], [meant("AWS::IAM::Role", "Role", {"ManagedPolicyArns": ()})]) == ()


def test_what_could_not_be_read_is_said():
    gap = Gap(ACCOUNT, REGION, INGRESS, "access denied")
    other = Gap(ACCOUNT, REGION, "AWS::KMS::Key", "access denied")
    result = unseen(Estate([WANTED_GROUP]), link([GROUP], gaps=[gap, other]))
    assert result.drift == ()
    assert result.gaps == (gap,)


def test_a_call_is_shown_as_service_operation_and_parameters():
    shown = str(call("ec2", "DeleteRoute", RouteTableId="rtb-1", DestinationCidrBlock="0.0.0.0/0"))
    assert shown == 'ec2:DeleteRoute {"DestinationCidrBlock": "0.0.0.0/0", "RouteTableId": "rtb-1"}'


def test_undoing_runs_each_call_and_takes_what_is_gone_as_done(cloud):
    rule, gone, denied = (
        call("ec2", "RevokeSecurityGroupIngress", GroupId=group, SecurityGroupRuleIds=["sgr-9"])
        for group in ("sg-1", "sg-2", "sg-3")
    )
    asked = []

    def answer(operation, params):
        asked.append((operation, params["GroupId"]))
        if params["GroupId"] == "sg-2":
            raise cloud.Refused("InvalidSecurityGroupRuleId.NotFound", "does not exist")
        if params["GroupId"] == "sg-3":
            raise cloud.Refused("UnauthorizedOperation", "You are not authorized")
        return {"Return": True}

    cloud._ec2 = answer
    done = undo(cloud, [denied, rule, gone])
    assert asked == [("RevokeSecurityGroupIngress", g) for g in ("sg-3", "sg-1", "sg-2")]
    assert "not authorized" in str(done[0].error)
    assert [d.error for d in done[1:]] == [None, None]
