"""Configurations that look as if a control held, and do not: none of them may be answered proved."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ringwork.controls import evaluate
from ringwork.estate import Reference, Text
from ringwork.estate.sources.cloudformation import read_template
from ringwork.findings import Status

P, V, U = Status.PROVED, Status.VIOLATED, Status.UNKNOWN
OWN = "111122223333"
STRANGER = "999900001111"


def allow(action: Any, resource: Any, **more: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": action, "Resource": resource, **more}


def policy(*statements: dict[str, Any]) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": statements}


class TestInternet:
    """EC2 adds the rules of a group up (EC2 User Guide, "Security group rules")."""

    def test_halves_whose_ports_overlap(self, world: Any) -> None:
        group = world.group()
        world.ingress(group, "Low", CidrIp="0.0.0.0/1", ToPort=444)
        world.ingress(group, "High", CidrIp="128.0.0.0/1")
        assert world.answers("NET-03") == {"Group": V}

    def test_halves_of_which_one_is_for_all_protocols(self, world: Any) -> None:
        group = world.group()
        world.ingress(group, "Low", CidrIp="0.0.0.0/1", IpProtocol="-1", FromPort=None, ToPort=None)
        world.ingress(group, "High", CidrIp="128.0.0.0/1")
        assert world.answers("NET-03") == {"Group": V}

    def test_halves_of_which_one_stands_in_a_prefix_list(self, world: Any) -> None:
        group = world.group()
        entries = ({"Cidr": "0.0.0.0/1"},)
        world.ingress(
            group, "Low", SourcePrefixListId=world.add("EC2::PrefixList", "List", {"Entries": entries})
        )
        world.ingress(group, "High", CidrIp="128.0.0.0/1")
        assert world.answers("NET-03") == {"Group": V}

    def test_halves_on_different_ports_are_not_the_internet(self, world: Any) -> None:
        group = world.group()
        world.ingress(group, "Low", CidrIp="0.0.0.0/1")
        world.ingress(group, "High", CidrIp="128.0.0.0/1", FromPort=80, ToPort=80)
        assert world.answers("NET-03") == {"Group": P}

    @pytest.mark.parametrize("control", ["NET-03", "NET-04"])
    def test_all_global_ipv6_addresses(self, world: Any, control: str) -> None:
        """IANA, "IPv6 Global Unicast Address Assignments": the internet is 2000::/3."""
        group = world.group(
            SecurityGroupEgress=({"IpProtocol": "tcp", "FromPort": 1, "ToPort": 2, "CidrIp": "127.0.0.1/32"},)
        )
        world.ingress(group, "In", CidrIpv6="2000::/3")
        world.egress(group, "Out", CidrIpv6="2000::/3")
        assert world.answers(control) == {"Group": V}

    def test_everything_but_private_addresses(self, world: Any) -> None:
        """RFC 1918: nobody on the internet has 10.0.0.0/8."""
        group = world.group()
        public = (
            "0.0.0.0/5",
            "8.0.0.0/7",
            "11.0.0.0/8",
            "12.0.0.0/6",
            "16.0.0.0/4",
            "32.0.0.0/3",
            "64.0.0.0/2",
            "128.0.0.0/1",
        )
        for index, block in enumerate(public):
            world.ingress(group, f"R{index}", CidrIp=block)
        assert world.answers("NET-03") == {"Group": V}

    def test_an_empty_list_of_egress_rules_leaves_the_default_rule(self, world: Any) -> None:
        """CloudFormation, AWS::EC2::SecurityGroup: the default rule is removed only when one or more egress
        rules are specified."""
        world.group(SecurityGroupEgress=())
        assert world.answers("NET-04") == {"Group": V}

    def test_half_of_the_internet_is_no_named_destination(self, world: Any) -> None:
        """IANA, "IPv4 Address Space Registry": nobody was ever given more than a /8."""
        world.group(
            SecurityGroupEgress=({"IpProtocol": "tcp", "FromPort": 1, "ToPort": 2, "CidrIp": "0.0.0.0/1"},)
        )
        assert world.answers("NET-04") == {"Group": V}


class TestPeers:
    def test_a_prefix_list_that_holds_a_subnet(self, world: Any) -> None:
        vpc = world.vpc()
        world.subnet(vpc)
        entries = ({"Cidr": "10.0.0.0/16"},)
        group = world.group(VpcId=vpc)
        world.ingress(group, SourcePrefixListId=world.add("EC2::PrefixList", "List", {"Entries": entries}))
        assert world.answers("NET-05") == {"Group": V}

    def test_the_ipv6_block_of_a_subnet(self, world: Any) -> None:
        vpc = world.vpc()
        world.subnet(vpc, Ipv6CidrBlock="2a05:d014:0:1::/64")
        world.ingress(world.group(VpcId=vpc), CidrIpv6="2a05:d014::/56")
        assert world.answers("NET-05") == {"Group": V}

    def test_the_two_halves_of_a_subnet(self, world: Any) -> None:
        vpc = world.vpc()
        world.subnet(vpc)
        group = world.group(VpcId=vpc)
        world.ingress(group, "Low", CidrIp="10.0.1.0/25")
        world.ingress(group, "High", CidrIp="10.0.1.128/25")
        assert world.answers("NET-05") == {"Group": V}

    def test_a_vpc_whose_subnets_are_not_in_the_estate(self, world: Any) -> None:
        world.ingress(world.group(VpcId="vpc-0a"), CidrIp="10.0.0.0/16")
        assert world.answers("NET-05") == {"Group": U}


class TestRoutes:
    def test_a_subnet_in_a_vpc_that_is_not_in_the_estate(self, world: Any) -> None:
        """VPC User Guide, "Route table concepts": without an association the main table applies, and that of
        a default VPC leads to the internet."""
        world.subnet("vpc-0a")
        assert world.answers("NET-08") == {"Subnet": U}

    @pytest.mark.parametrize("control", ["NET-08", "NET-25"])
    def test_a_route_table_that_is_not_in_the_estate(self, world: Any, control: str) -> None:
        subnet = world.subnet(world.vpc())
        world.add("EC2::SubnetRouteTableAssociation", "A", {"SubnetId": subnet, "RouteTableId": "rtb-0a"})
        answer = world.answers(control)["Subnet"]
        assert answer is not P

    def test_a_subnet_with_two_tables(self, world: Any) -> None:
        """EC2 API Reference, AssociateRouteTable: a subnet is associated with one table at a time."""
        vpc = world.vpc()
        subnet = world.subnet(vpc)
        for name in ("T", "U"):
            table = world.add("EC2::RouteTable", name, {"VpcId": vpc})
            world.add(
                "EC2::SubnetRouteTableAssociation", f"A{name}", {"SubnetId": subnet, "RouteTableId": table}
            )
            world.add("EC2::Route", "R", {"RouteTableId": table, "GatewayId": "igw-0a"})
        assert world.answers("NET-08") == {"Subnet": U}

    @pytest.mark.parametrize("name", ["AssignIpv6AddressOnCreation", "Ipv6Native"])
    def test_ipv6_addresses_are_public(self, world: Any, name: str) -> None:
        """VPC User Guide, "IP addressing": Amazon's IPv6 addresses are public."""
        world.subnet(world.vpc(), **{name: True})
        assert world.answers("NET-07") == {"Subnet": V}

    def test_private_ipv6_addresses_are_not(self, world: Any) -> None:
        """RFC 4193: fc00::/7 is not routed on the internet."""
        world.subnet(world.vpc(), AssignIpv6AddressOnCreation=True, Ipv6CidrBlock="fd00::/64")
        assert world.answers("NET-07") == {"Subnet": P}


class TestEntries:
    def entry(self, world: Any, number: int, action: str, **more: Any) -> None:
        acl = world.add("EC2::NetworkAcl", "Acl", {"VpcId": "vpc-0a"})
        given = {"NetworkAclId": acl, "RuleNumber": number, "Protocol": 6, "RuleAction": action}
        ports = {"PortRange": {"From": 0, "To": 65535}}
        world.add("EC2::NetworkAclEntry", f"E{number}", {"CidrBlock": "0.0.0.0/0", **ports, **given, **more})

    def test_two_allows_that_together_cover_a_deny(self, world: Any) -> None:
        """VPC User Guide, "Network ACL rules": the first rule that matches a packet decides."""
        self.entry(world, 90, "allow", CidrBlock="0.0.0.0/1")
        self.entry(world, 95, "allow", CidrBlock="128.0.0.0/1", Protocol=-1)
        self.entry(world, 100, "deny")
        assert world.answers("NET-12") == {"Acl": V}

    def test_two_allows_whose_ports_together_cover_a_deny(self, world: Any) -> None:
        self.entry(world, 90, "allow", PortRange={"From": 0, "To": 1023})
        self.entry(world, 95, "allow", PortRange={"From": 1024, "To": 65535})
        self.entry(world, 100, "deny")
        assert world.answers("NET-12") == {"Acl": V}

    def test_allows_that_leave_a_port_to_the_deny(self, world: Any) -> None:
        self.entry(world, 90, "allow", PortRange={"From": 0, "To": 1023})
        self.entry(world, 95, "allow", PortRange={"From": 1025, "To": 65535})
        self.entry(world, 100, "deny")
        assert world.answers("NET-12") == {"Acl": P}


class TestOverlap:
    def test_an_address_that_ipam_will_choose(self, world: Any) -> None:
        """CloudFormation, AWS::EC2::VPC: either CidrBlock or Ipv4IpamPoolId is specified."""
        world.add("EC2::VPC", "Vpc", {"Ipv4IpamPoolId": "ipam-pool-0a"}, tags={"ringwork:team": "a"})
        assert world.answers("NET-20") == {"Vpc": U}


class TestFlowLogs:
    def test_a_log_that_cannot_be_delivered(self, world: Any) -> None:
        """EC2 API Reference, FlowLog: DeliverLogsStatus `FAILED`: nothing is written."""
        vpc = world.vpc()
        given = {"ResourceId": vpc, "ResourceType": "VPC", "TrafficType": "ALL"}
        world.add("EC2::FlowLog", "fl-1", given, attributes={"DeliverLogsStatus": "FAILED"}, live=True)
        assert world.answers("NET-01") == {"Vpc": V}


class TestEndpoints:
    def endpoint(self, world: Any, vpc: Any, service: str = "sagemaker.api", **more: Any) -> Reference:
        attributes = more.pop("attributes", None)
        given = {
            "VpcId": vpc,
            "VpcEndpointType": "Interface",
            "ServiceName": f"com.amazonaws.eu-central-1.{service}",
            "PrivateDnsEnabled": True,
            "SubnetIds": (world.subnet(vpc),),
            **more,
        }
        return world.add("EC2::VPCEndpoint", "Endpoint", given, attributes=attributes)

    def dns_vpc(self, world: Any, **more: Any) -> Reference:
        given = {"CidrBlock": "10.0.0.0/16", "EnableDnsSupport": True, "EnableDnsHostnames": True, **more}
        return world.add("EC2::VPC", "Vpc", given, tags={"ringwork:team": "a"})

    def test_one_that_works(self, world: Any) -> None:
        self.endpoint(world, self.dns_vpc(world))
        assert world.answers("NET-22") == {"Vpc": P}

    @pytest.mark.parametrize("state", ["pendingAcceptance", "failed", "rejected", "expired"])
    def test_one_that_does_not_work_yet_or_any_more(self, world: Any, state: str) -> None:
        """EC2 API Reference, VpcEndpoint: State."""
        self.endpoint(world, self.dns_vpc(world), attributes={"State": state})
        assert world.answers("NET-22") == {"Vpc": V}

    def test_one_to_another_region(self, world: Any) -> None:
        self.endpoint(world, self.dns_vpc(world), ServiceName="com.amazonaws.us-east-1.sagemaker.api")
        assert world.answers("NET-22") == {"Vpc": V}

    @pytest.mark.parametrize("name", ["EnableDnsSupport", "EnableDnsHostnames"])
    def test_a_vpc_that_resolves_no_private_names(self, world: Any, name: str) -> None:
        """AWS PrivateLink guide, "Access an AWS service": private DNS needs DNS hostnames and resolution."""
        self.endpoint(world, self.dns_vpc(world, **{name: False}))
        assert world.answers("NET-22") == {"Vpc": V}

    def test_one_that_stands_in_no_subnet(self, world: Any) -> None:
        self.endpoint(world, self.dns_vpc(world), SubnetIds=())
        assert world.answers("NET-22") == {"Vpc": V}

    def test_a_gateway_that_failed(self, world: Any) -> None:
        vpc = world.vpc()
        subnet = world.subnet(vpc)
        table = world.add("EC2::RouteTable", "Table", {"VpcId": vpc})
        world.add("EC2::SubnetRouteTableAssociation", "A", {"SubnetId": subnet, "RouteTableId": table})
        self.endpoint(
            world,
            vpc,
            "s3",
            VpcEndpointType="Gateway",
            RouteTableIds=(table,),
            attributes={"State": "failed"},
        )
        assert world.answers("NET-25") == {"Subnet": V}

    @pytest.mark.parametrize("action", ["*", "s3:*", "s3:**", "s3:?*", "*:*", "s*:*", "**"])
    @pytest.mark.parametrize(
        "resource", ["*", "arn:aws:s3:::*", "arn:*", "arn:aws:*", "arn:aws:s3:::*/*", "**"]
    )
    def test_full_access_in_other_words(self, world: Any, action: str, resource: str) -> None:
        """IAM User Guide, "Action" and "Resource": wildcards stand anywhere."""
        document = policy(
            allow(action, resource, Principal="*"),
            {"Effect": "Deny", "Principal": "*", "Action": "s3:PutBucketWebsite", "Resource": "*"},
        )
        self.endpoint(world, world.vpc(), "s3", PolicyDocument=document)
        assert world.answers("NET-27") == {"Endpoint": V}

    @pytest.mark.parametrize("key", ["aws:PrincipalAccount", "aws:ResourceAccount", "aws:PrincipalArn"])
    def test_a_condition_that_every_request_meets(self, world: Any, key: str) -> None:
        """IAM User Guide, "Policy variables": the variable is replaced by the request's own value."""
        condition = {"StringEquals": {key: f"${{{key}}}"}}
        document = policy(allow("*", "*", Principal="*", Condition=condition))
        self.endpoint(world, world.vpc(), "s3", PolicyDocument=document)
        assert world.answers("NET-27") == {"Endpoint": V}

    def s3(self, world: Any, resource: Any, **more: Any) -> Status:
        vpc = world.vpc()
        document = policy(allow("s3:*", resource, Principal="*", **more))
        self.endpoint(world, vpc, "s3", PolicyDocument=document)
        return world.answers("NET-28")["Endpoint"]

    def test_a_wildcard_after_the_arn_of_a_bucket(self, world: Any) -> None:
        bucket = world.add("S3::Bucket", "Data", {}, tags={"ringwork:data-class": "restricted"})
        assert self.s3(world, Text((Reference(bucket.target, "Arn"), "*"))) is V

    def test_the_objects_of_a_bucket(self, world: Any) -> None:
        bucket = world.add("S3::Bucket", "Data", {}, tags={"ringwork:data-class": "restricted"})
        arn = Reference(bucket.target, "Arn")
        assert self.s3(world, (arn, Text((arn, "/*")))) is P

    @pytest.mark.parametrize(
        "name",
        [
            "aws-ssm-mine",
            "prod-mine-starport-layer-bucket",
            "al2023-repos-mine",
            "jumpstart-cache-prod-mine",
            "amazonlinux.mine",
            "patch-baseline-snapshot-mine",
        ],
    )
    def test_a_bucket_that_has_a_name_like_those_of_aws(self, world: Any, name: str) -> None:
        """S3 User Guide, "Bucket naming rules": bucket names are free for all; AWS's own hold a Region."""
        assert self.s3(world, f"arn:aws:s3:::{name}/*") is not P

    def test_every_bucket_of_a_strangers_account(self, world: Any) -> None:
        assert self.s3(world, "*", Condition={"StringEquals": {"aws:ResourceAccount": STRANGER}}) is not P

    def test_every_bucket_of_the_own_account(self, world: Any) -> None:
        assert self.s3(world, "*", Condition={"StringEquals": {"aws:ResourceAccount": OWN}}) is P

    def test_where_no_group_is_marked_no_group_is_known_to_be_a_workloads(self, world: Any) -> None:
        vpc = world.vpc()
        bastion = world.group("Bastion", workload=None, VpcId=vpc)
        guard = world.group("Guard", workload=None, VpcId=vpc)
        world.ingress(guard, SourceSecurityGroupId=bastion)
        self.endpoint(world, vpc, SecurityGroupIds=(guard,))
        assert world.answers("NET-30")["Guard"] is not P

    def test_a_group_whose_tags_are_not_known_may_be_nobodys(self, world: Any, not_known: Any) -> None:
        vpc = world.vpc()
        world.group("Train", VpcId=vpc)
        other = world.add("EC2::SecurityGroup", "Other", {"VpcId": vpc, "Tags": not_known})
        guard = world.group("Guard", workload=None, VpcId=vpc)
        world.ingress(guard, SourceSecurityGroupId=other)
        self.endpoint(world, vpc, SecurityGroupIds=(guard,))
        assert world.answers("NET-30")["Guard"] is not P


class TestRoles:
    def role(self, world: Any, *statements: dict[str, Any], **more: Any) -> None:
        world.role(Policies=({"PolicyName": "p", "PolicyDocument": policy(*statements)},), **more)

    @pytest.mark.parametrize("action", ["*", "**", "*:*", "?*", "*:**", "iam:*", "i*:*"])
    @pytest.mark.parametrize(
        "resource", ["*", "arn:*", "arn:aws:*", "arn:aws:*:*:*:*", f"arn:aws:*:*:{OWN}:*", "arn:*:*:*:*:*"]
    )
    def test_everything_in_other_words(self, world: Any, action: str, resource: str) -> None:
        self.role(world, allow(action, resource))
        assert world.answers("IAM-01") == {"Role": V}

    def test_everything_but_a_little(self, world: Any) -> None:
        self.role(world, {"Effect": "Allow", "NotAction": "sso:*", "Resource": "arn:aws:*"})
        assert world.answers("IAM-01") == {"Role": U}

    @pytest.mark.parametrize("action", ["iam:P?ssRole", "i*:Pass*", "*:*", "IAM:PASSROLE"])
    def test_passing_any_role(self, world: Any, action: str) -> None:
        self.role(world, allow(action, "*"))
        assert world.answers("IAM-05") == {"Role": V}

    def test_passing_a_role_that_the_caller_names(self, world: Any) -> None:
        """IAM User Guide, "Policy variables": a principal's tag is put in the variable's place."""
        arn = f"arn:aws:iam::{OWN}:role/${{aws:PrincipalTag/role}}"
        condition = {"StringEquals": {"iam:PassedToService": "sagemaker.amazonaws.com"}}
        self.role(world, allow("iam:PassRole", arn, Condition=condition))
        assert world.answers("IAM-05") == {"Role": V}

    def test_passing_to_a_service_that_the_caller_names(self, world: Any) -> None:
        condition = {"StringEquals": {"iam:PassedToService": "${iam:PassedToService}"}}
        self.role(world, allow("iam:PassRole", f"arn:aws:iam::{OWN}:role/x", Condition=condition))
        assert world.answers("IAM-05") == {"Role": V}

    @pytest.mark.parametrize(
        ("key", "value"),
        [
            ("aws:SourceAccount", STRANGER),
            ("aws:SourceAccount", (OWN, STRANGER)),
            ("aws:SourceAccount", "${aws:SourceAccount}"),
            ("aws:SourceArn", f"arn:aws:sagemaker:eu-central-1:{STRANGER}:*"),
            ("aws:SourceArn", f"arn:aws:sagemaker:eu-central-1:{STRANGER}:training-job/x"),
        ],
    )
    def test_trust_in_sagemaker_for_a_stranger(self, world: Any, key: str, value: Any) -> None:
        """IAM User Guide, "The confused deputy problem"."""
        trust = {
            "Effect": "Allow",
            "Principal": {"Service": "sagemaker.amazonaws.com"},
            "Action": "sts:AssumeRole",
            "Condition": {"StringLike": {key: value}},
        }
        world.role(AssumeRolePolicyDocument=policy(trust))
        assert world.answers("IAM-07") == {"Role": V}

    def test_a_boundary_that_bounds_nothing(self, world: Any) -> None:
        """IAM User Guide, "Permissions boundaries": what the boundary allows is the most that a role has."""
        boundary = world.add("IAM::ManagedPolicy", "Boundary", {"PolicyDocument": policy(allow("*", "*"))})
        world.role(PermissionsBoundary=boundary)
        assert world.answers("IAM-09") == {"Role": V}

    def test_a_boundary_that_denies_something(self, world: Any) -> None:
        document = policy(allow("*", "*"), {"Effect": "Deny", "Action": "iam:*", "Resource": "*"})
        boundary = world.add("IAM::ManagedPolicy", "Boundary", {"PolicyDocument": document})
        world.role(PermissionsBoundary=boundary)
        assert world.answers("IAM-09") == {"Role": P}

    def test_a_policy_that_names_the_role_by_its_name(self, tmp_path: Path) -> None:
        template = tmp_path / "t.yaml"
        template.write_text(
            """
Resources:
  Role:
    Type: AWS::IAM::Role
    Properties:
      RoleName: train
      AssumeRolePolicyDocument:
        Statement:
          - {Effect: Allow, Principal: {Service: sagemaker.amazonaws.com}, Action: sts:AssumeRole}
  Policy:
    Type: AWS::IAM::Policy
    Properties:
      PolicyName: p
      Roles: [train]
      PolicyDocument:
        Statement: [{Effect: Allow, Action: "*", Resource: "*"}]
"""
        )
        assert verdicts(template, "IAM-01") == {V}

    def test_a_role_whose_name_is_a_parameter(self, tmp_path: Path) -> None:
        template = tmp_path / "t.yaml"
        template.write_text(
            """
Parameters:
  Name: {Type: String}
Resources:
  Role:
    Type: AWS::IAM::Role
    Properties:
      RoleName: !Ref Name
      AssumeRolePolicyDocument:
        Statement:
          - {Effect: Allow, Principal: {Service: sagemaker.amazonaws.com}, Action: sts:AssumeRole}
  Policy:
    Type: AWS::IAM::Policy
    Properties:
      PolicyName: p
      Roles: [train]
      PolicyDocument:
        Statement: [{Effect: Allow, Action: "*", Resource: "*"}]
"""
        )
        assert P not in verdicts(template, "IAM-01")


def verdicts(template: Path, control: str, **parameters: str) -> set[Status]:
    """What the control says about all worlds of a template."""
    estates = read_template(template, account=OWN, region="eu-central-1", parameters=parameters)
    return {finding.status for estate in estates for finding in evaluate(estate, [control])}


RULE = (
    "  Rule: {{Type: 'AWS::EC2::SecurityGroupIngress'{more}, Properties: {{GroupId: !Ref Group, "
    "IpProtocol: tcp, FromPort: 1, ToPort: 1, CidrIp: {block}}}}}"
)


class TestTemplates:
    """What is not in the template's own text may hold anything."""

    GROUP = """
  Group:
    Type: AWS::EC2::SecurityGroup
    Properties: {GroupDescription: d}
"""

    @pytest.mark.parametrize(
        "rest",
        [
            "  Inner: {Type: 'AWS::CloudFormation::Stack', Properties: {TemplateURL: x}}",
            "  Macro: {'Fn::Transform': {Name: 'AWS::Include', Parameters: {Location: x}}}",
            "  Mod: {Type: 'Acme::Net::Rules::MODULE', Properties: {Group: !Ref Group}}",
            RULE.format(more=", Condition: C", block="0.0.0.0/0"),
            RULE.format(more="", block="!Ref Block"),
        ],
    )
    def test_a_rule_that_may_stand_elsewhere(self, tmp_path: Path, rest: str) -> None:
        template = tmp_path / "t.yaml"
        head = "Parameters: {Block: {Type: String}}\nConditions: {C: !Equals [!Ref Block, x]}\nResources:"
        template.write_text(f"{head}{self.GROUP}{rest}\n")
        assert verdicts(template, "NET-03") & {V, U}

    def test_a_transform_of_the_whole_template(self, tmp_path: Path) -> None:
        template = tmp_path / "t.yaml"
        template.write_text(f"Transform: [Acme]\nResources:{self.GROUP}")
        assert verdicts(template, "NET-03") & {V, U}


class TestBuckets:
    def test_a_key_that_is_not_in_the_estate(self, world: Any) -> None:
        """S3 User Guide, "Using SSE-KMS": the AWS managed key too may be named by its key ARN."""
        rule = {
            "ServerSideEncryptionByDefault": {
                "SSEAlgorithm": "aws:kms",
                "KMSMasterKeyID": f"arn:aws:kms:eu-central-1:{OWN}:key/0a",
            },
            "BucketKeyEnabled": True,
        }
        world.bucket(BucketEncryption={"ServerSideEncryptionConfiguration": (rule,)})
        assert world.answers("DAT-07") == {"Bucket": U}

    def perimeter(
        self, world: Any, actions: Any = "s3:*", operator: str = "StringNotEquals", **conditions: Any
    ) -> Status:
        endpoint = world.add("EC2::VPCEndpoint", "E", {}, physical="vpce-0a")
        bucket = world.bucket()
        deny = {
            "Effect": "Deny",
            "Principal": "*",
            "Action": actions,
            "Resource": ("arn:aws:s3:::bucket", "arn:aws:s3:::bucket/*"),
            "Condition": {operator: {"aws:SourceVpce": endpoint}, **conditions},
        }
        world.add("S3::BucketPolicy", "Policy", {"Bucket": bucket, "PolicyDocument": policy(deny)})
        return world.answers("DAT-10")["Bucket"]

    def test_the_perimeter_that_holds(self, world: Any) -> None:
        assert self.perimeter(world) is P

    def test_for_any_value_of_a_key_that_the_internet_does_not_send(self, world: Any) -> None:
        """IAM User Guide, "Set operators": `ForAnyValue` is false where the key is not in the request."""
        assert self.perimeter(world, operator="ForAnyValue:StringNotEquals") is not P

    @pytest.mark.parametrize("operator", ["ArnNotEquals", "ForAnyValue:ArnNotEquals"])
    def test_an_exemption_for_whoever_asks(self, world: Any, operator: str) -> None:
        value = "${aws:PrincipalArn}" if operator == "ArnNotEquals" else f"arn:aws:iam::{OWN}:role/admin"
        assert self.perimeter(world, **{operator: {"aws:PrincipalArn": value}}) is not P

    def test_an_exemption_for_the_workload_itself(self, world: Any) -> None:
        role = world.role()
        arn = Reference(role.target, "Arn")
        assert self.perimeter(world, ArnNotEquals={"aws:PrincipalArn": arn}) is V

    def test_former_versions_are_data_too(self, world: Any) -> None:
        """Service Authorization Reference, Amazon S3: reading a version is `s3:GetObjectVersion`."""
        assert self.perimeter(world, ("s3:GetObject", "s3:PutObject", "s3:ListBucket")) is V

    def tls(self, world: Any, **more: Any) -> Status:
        bucket = world.bucket()
        deny = {
            "Effect": "Deny",
            "Principal": "*",
            "Action": "s3:*",
            "Resource": ("arn:aws:s3:::bucket", "arn:aws:s3:::bucket/*"),
            "Condition": {"Bool": {"aws:SecureTransport": "false"}},
            **more,
        }
        world.add("S3::BucketPolicy", "Policy", {"Bucket": bucket, "PolicyDocument": policy(deny)})
        return world.answers("DAT-08")["Bucket"]

    @pytest.mark.parametrize(
        "more",
        [
            {"Action": ("s3:GetObject", "s3:PutObject")},
            {"Action": "s3:Get*"},
            {"Resource": "arn:aws:s3:::bucket"},
            {"Resource": "arn:aws:s3:::bucket/*"},
            {"Resource": ("arn:aws:s3:::bucket", "arn:aws:s3:::bucket/a*")},
            {"Principal": {"AWS": f"arn:aws:iam::{OWN}:root"}},
            {"Condition": {"Bool": {"aws:SecureTransport": "true"}}},
            {"Condition": {"Bool": {"aws:SecureTransport": ("true", "false")}}},
            {"Condition": {"StringEquals": {"aws:SecureTransport": "False"}}},
            {"Condition": {"Bool": {"aws:SecureTransport": "false", "aws:ViaAWSService": "true"}}},
            {
                "Condition": {
                    "Bool": {"aws:SecureTransport": "false"},
                    "IpAddress": {"aws:SourceIp": "10.0.0.0/8"},
                }
            },
        ],
    )
    def test_a_deny_of_plain_http_that_is_narrower(self, world: Any, more: dict[str, Any]) -> None:
        assert self.tls(world, **more) is V

    def test_two_policies_of_one_bucket(self, world: Any) -> None:
        """CloudFormation, AWS::S3::BucketPolicy: a bucket has one policy; which one stays is not known."""
        bucket = world.bucket()
        world.add("S3::BucketPolicy", "Other", {"Bucket": bucket, "PolicyDocument": policy()})
        assert self.tls(world) is U


class TestKeys:
    def bucket(self, world: Any, name: str, key: Any, **tags: str) -> None:
        rule = {"ServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key}}
        world.bucket(
            name,
            tags={f"ringwork:{k.replace('_', '-')}": v for k, v in tags.items()},
            BucketEncryption={"ServerSideEncryptionConfiguration": (rule,)} if key else None,
        )

    def test_a_class_without_a_key(self, world: Any) -> None:
        self.bucket(world, "A", None, data_class="restricted", team="a")
        assert world.answers("DAT-14") == {"A": V}

    def test_a_key_that_says_no_class(self, world: Any) -> None:
        self.bucket(world, "A", world.add("KMS::Key", "Key", {}), data_class="restricted", team="a")
        assert world.answers("DAT-14")["A"] is U

    def test_a_bucket_of_another_team_that_says_no_class(self, world: Any) -> None:
        key = world.add("KMS::Key", "Key", {})
        self.bucket(world, "A", key, data_class="restricted", team="a")
        self.bucket(world, "B", key, team="b")
        assert world.answers("DAT-18") == {"Key": V}

    def test_buckets_that_say_no_team(self, world: Any) -> None:
        key = world.add("KMS::Key", "Key", {})
        self.bucket(world, "A", key, data_class="restricted")
        self.bucket(world, "B", key, data_class="restricted")
        assert world.answers("DAT-18") == {"Key": U}

    @pytest.mark.parametrize(
        "condition",
        [
            {"StringLike": {"kms:CallerAccount": "*"}},
            {"StringEqualsIfExists": {"kms:CallerAccount": OWN}},
            {"ForAllValues:StringEquals": {"aws:PrincipalOrgID": "o-a"}},
            {"StringNotEquals": {"aws:PrincipalAccount": STRANGER}},
            {"StringEquals": {"aws:PrincipalArn": "${aws:PrincipalArn}"}},
            {"StringEquals": {"kms:ViaService": "s3.eu-central-1.amazonaws.com"}},
            {"Null": {"aws:PrincipalOrgID": "false"}},
        ],
    )
    def test_a_key_for_everybody_under_a_condition_that_everybody_meets(
        self, world: Any, condition: Any
    ) -> None:
        statement = allow("kms:*", "*", Principal={"AWS": ("*",)}, Condition=condition)
        world.add("KMS::Key", "Key", {"KeyPolicy": policy(statement)})
        assert world.answers("DAT-17")["Key"] is not P

    def test_a_principal_that_is_a_pattern(self, world: Any) -> None:
        """IAM User Guide, "Principal": a wildcard cannot match a part of a principal's name or ARN."""
        statement = allow("kms:*", "*", Principal={"AWS": "arn:aws:iam::*:root"})
        world.add("KMS::Key", "Key", {"KeyPolicy": policy(statement)})
        assert world.answers("DAT-17") == {"Key": U}

    def test_a_statement_in_other_words_than_iams(self, world: Any) -> None:
        statement = {"Effect": "Allow", "notprincipal": {"AWS": "x"}, "Action": "*", "Resource": "*"}
        world.add("KMS::Key", "Key", {"KeyPolicy": policy(statement)})
        assert world.answers("DAT-17") == {"Key": U}
