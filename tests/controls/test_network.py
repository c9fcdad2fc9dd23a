"""Network controls, each on an estate that fails, one that passes and one that cannot be decided."""

from __future__ import annotations

from typing import Any

import pytest

from ringwork.estate import Reference, Unknown
from ringwork.findings import Status

P, V, U = Status.PROVED, Status.VIOLATED, Status.UNKNOWN


class TestNet01FlowLogs:
    def log(self, world: Any, vpc: Any, **properties: Any) -> None:
        given = {"ResourceId": vpc, "ResourceType": "VPC", "TrafficType": "ALL", **properties}
        world.add("EC2::FlowLog", "Log", given)

    def test_fails_without_a_log(self, world: Any) -> None:
        world.vpc()
        assert world.answers("NET-01") == {"Vpc": V}

    def test_fails_when_only_rejected_traffic_is_logged(self, world: Any) -> None:
        self.log(world, world.vpc(), TrafficType="REJECT")
        assert world.answers("NET-01") == {"Vpc": V}

    def test_passes_with_a_log_of_all_traffic(self, world: Any) -> None:
        self.log(world, world.vpc())
        assert world.answers("NET-01") == {"Vpc": P}

    def test_unknown_when_the_log_may_be_of_this_vpc(self, world: Any, not_known: Unknown) -> None:
        world.vpc()
        self.log(world, not_known)
        assert world.answers("NET-01") == {"Vpc": U}

    def test_unknown_when_flow_logs_could_not_be_read(self, world: Any) -> None:
        world.vpc()
        world.gap("EC2::FlowLog")
        assert set(world.answers("NET-01").values()) == {U}

    def test_a_vpc_that_nothing_marks_is_left_out_beside_one_that_is_marked(self, world: Any) -> None:
        world.vpc()
        world.add("EC2::VPC", "Default", {"CidrBlock": "172.31.0.0/16"})
        assert world.answers("NET-01") == {"Vpc": V}

    def test_where_nothing_is_marked_every_vpc_counts(self, world: Any) -> None:
        world.add("EC2::VPC", "Default", {"CidrBlock": "172.31.0.0/16"})
        assert world.answers("NET-01") == {"Default": V}


class TestNet03OpenToTheInternet:
    @pytest.mark.parametrize(
        "source",
        [
            {"CidrIp": "0.0.0.0/0"},
            {"CidrIpv6": "::/0"},
            {"CidrIp": "0.0.0.0/0", "IpProtocol": "-1"},
            {"CidrIp": "7.7.7.7/0"},  # EC2 keeps the network of it
        ],
    )
    def test_fails(self, world: Any, source: dict[str, str]) -> None:
        world.ingress(world.group(), **source)
        assert world.answers("NET-03") == {"Group": V}

    def test_fails_for_two_halves_of_the_internet(self, world: Any) -> None:
        group = world.group()
        world.ingress(group, "Low", CidrIp="0.0.0.0/1")
        world.ingress(group, "High", CidrIp="128.0.0.0/1")
        assert world.answers("NET-03") == {"Group": V}

    def test_fails_for_a_rule_inside_the_group(self, world: Any) -> None:
        world.group(
            SecurityGroupIngress=({"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "CidrIp": "0.0.0.0/0"},)
        )
        assert world.answers("NET-03") == {"Group": V}

    def test_blames_the_rule_first_and_then_the_group(self, world: Any) -> None:
        group = world.group()
        world.ingress(group, CidrIp="0.0.0.0/0")
        (finding,) = world.findings("NET-03")
        assert [str(origin) for origin in finding.origins] == ["s.yaml:2", "s.yaml:1"]
        assert finding.message == "admits the whole internet on tcp 443"

    def test_fails_for_a_rule_with_two_sources_of_which_one_is_the_internet(self, world: Any) -> None:
        world.ingress(world.group(), CidrIp="172.16.0.1/32", CidrIpv6="::/0")
        assert world.answers("NET-03") == {"Group": V}

    def test_what_is_open_is_violated_whatever_the_other_rules_are(
        self, world: Any, not_known: Unknown
    ) -> None:
        group = world.group()
        world.ingress(group, "A", CidrIp="0.0.0.0/0")
        world.ingress(group, "B", CidrIp=not_known)
        assert world.answers("NET-03") == {"Group": V}

    def test_unknown_for_a_rule_that_names_nobody(self, world: Any) -> None:
        world.ingress(world.group())
        assert world.answers("NET-03") == {"Group": U}

    def test_says_of_a_live_rule_that_no_stack_has_it(self, world: Any) -> None:
        rule = {
            "GroupId": world.group(),
            "IpProtocol": "tcp",
            "FromPort": 22,
            "ToPort": 22,
            "CidrIp": "0.0.0.0/0",
        }
        world.add("EC2::SecurityGroupIngress", "sgr-1", rule, live=True)
        (finding,) = world.findings("NET-03")
        assert finding.evidence == (
            "`sgr-1`: tcp 22, 0.0.0.0/0",
            "`sgr-1` is in no stack: it was made beside CloudFormation",
        )

    def test_passes_for_groups_and_narrow_blocks(self, world: Any) -> None:
        group = world.group()
        world.ingress(group, "A", SourceSecurityGroupId=group)
        world.ingress(group, "B", CidrIp="203.0.113.0/24")
        assert world.answers("NET-03") == {"Group": P}

    def test_unknown_for_a_source_that_is_not_known(self, world: Any, not_known: Unknown) -> None:
        world.ingress(world.group(), CidrIp=not_known)
        assert world.answers("NET-03") == {"Group": U}

    def test_unknown_for_a_rule_of_a_group_that_is_not_known(self, world: Any, not_known: Unknown) -> None:
        world.group()
        world.ingress(not_known, CidrIp="0.0.0.0/0")
        assert world.answers("NET-03") == {"Group": U}

    def test_unknown_for_a_prefix_list_that_was_not_read(self, world: Any) -> None:
        world.ingress(world.group(), SourcePrefixListId="pl-0123456789abcdef0")
        assert world.answers("NET-03") == {"Group": U}

    def test_fails_for_a_prefix_list_that_holds_the_internet(self, world: Any) -> None:
        entries = {"Entries": ({"Cidr": "0.0.0.0/0"},)}
        world.ingress(world.group(), SourcePrefixListId=world.add("EC2::PrefixList", "List", entries))
        assert world.answers("NET-03") == {"Group": V}

    def test_unknown_when_rules_could_not_be_read(self, world: Any) -> None:
        world.group()
        world.gap("EC2::SecurityGroupIngress")
        assert world.answers("NET-03")["Group"] is U

    def test_a_gap_in_another_region_hides_nothing_here(self, world: Any) -> None:
        world.group()
        world.gap("EC2::SecurityGroupIngress", region="us-east-1")
        assert world.answers("NET-03")["Group"] is P

    def test_what_was_found_open_stays_violated_beside_a_gap(self, world: Any) -> None:
        world.ingress(world.group(), CidrIp="0.0.0.0/0")
        world.gap("EC2::SecurityGroupIngress")
        assert world.answers("NET-03")["Group"] is V


CLOSED = ({"IpProtocol": "tcp", "FromPort": 1, "ToPort": 1, "CidrIp": "127.0.0.1/32"},)


class TestNet04Egress:
    def test_fails_for_a_template_that_leaves_the_default_rule(self, world: Any) -> None:
        world.group()
        assert world.answers("NET-04") == {"Group": V}

    def test_a_live_group_without_rules_lets_nothing_out(self, world: Any) -> None:
        world.add("EC2::SecurityGroup", "sg-1", {}, tags={"ringwork:workload": "train"}, live=True)
        assert world.answers("NET-04") == {"sg-1": P}

    @pytest.mark.parametrize("peer", [{"CidrIp": "0.0.0.0/0"}, {"IpProtocol": "-1", "CidrIp": "10.0.0.0/8"}])
    def test_fails_for_everything_or_everywhere(self, world: Any, peer: dict[str, str]) -> None:
        world.egress(world.group(SecurityGroupEgress=CLOSED), **peer)
        assert world.answers("NET-04") == {"Group": V}

    def test_passes_for_named_destinations(self, world: Any) -> None:
        group = world.group(SecurityGroupEgress=CLOSED)
        world.egress(group, "A", DestinationSecurityGroupId=group)
        name = {"PrefixListName": "com.amazonaws.eu-central-1.s3"}
        s3 = world.add("EC2::PrefixList", "List", name, attributes={"OwnerId": "AWS"})
        world.egress(group, "B", DestinationPrefixListId=s3)
        assert world.answers("NET-04") == {"Group": P}

    def test_unknown_for_a_destination_that_is_not_known(self, world: Any, not_known: Unknown) -> None:
        world.egress(world.group(SecurityGroupEgress=CLOSED), CidrIp=not_known)
        assert world.answers("NET-04") == {"Group": U}

    def test_leaves_out_groups_of_people(self, world: Any) -> None:
        world.group(SecurityGroupEgress=CLOSED)
        tags = {"ringwork:workload": "lab", "ringwork:workload-type": "notebook"}
        world.add("EC2::SecurityGroup", "Lab", {}, tags=tags)
        assert world.answers("NET-04") == {"Group": P}


class TestNet05Peers:
    def estate(self, world: Any, **source: Any) -> dict[str, Status]:
        vpc = world.vpc()
        world.subnet(vpc)  # 10.0.1.0/24
        world.ingress(world.group(VpcId=vpc), **source)
        return world.answers("NET-05")

    @pytest.mark.parametrize("block", ["10.0.1.0/24", "10.0.0.0/16", "10.0.0.0/8"])
    def test_fails_for_a_block_that_holds_a_subnet(self, world: Any, block: str) -> None:
        assert self.estate(world, CidrIp=block) == {"Group": V}

    def test_passes_for_a_group(self, world: Any) -> None:
        assert self.estate(world, SourceSecurityGroupId="sg-00000000000000001") == {"Group": P}

    def test_passes_for_one_address(self, world: Any) -> None:
        assert self.estate(world, CidrIp="10.0.1.7/32") == {"Group": P}

    def test_unknown(self, world: Any, not_known: Unknown) -> None:
        assert self.estate(world, CidrIp=not_known) == {"Group": U}


class TestNet07PublicAddresses:
    @pytest.mark.parametrize(("value", "answer"), [(True, V), ("true", V), (False, P), (None, P)])
    def test_decides(self, world: Any, value: object, answer: Status) -> None:
        world.subnet(world.vpc(), MapPublicIpOnLaunch=value)
        assert world.answers("NET-07") == {"Subnet": answer}

    def test_unknown(self, world: Any, not_known: Unknown) -> None:
        world.subnet(world.vpc(), MapPublicIpOnLaunch=not_known)
        assert world.answers("NET-07") == {"Subnet": U}

    def test_leaves_out_the_public_edge(self, world: Any) -> None:
        vpc = world.vpc()
        given = {"VpcId": vpc, "MapPublicIpOnLaunch": True}
        world.add("EC2::Subnet", "Edge", given, tags={"ringwork:tier": "edge"})
        assert world.answers("NET-07") == {}


class TestNet08InternetRoutes:
    def estate(self, world: Any, *, associated: bool = True, **route: Any) -> None:
        vpc = world.vpc()
        subnet = world.subnet(vpc)
        table = world.add("EC2::RouteTable", "Table", {"VpcId": vpc})
        if associated:
            world.add(
                "EC2::SubnetRouteTableAssociation", "Joined", {"SubnetId": subnet, "RouteTableId": table}
            )
        if route:
            world.add(
                "EC2::Route", "Route", {"RouteTableId": table, "DestinationCidrBlock": "0.0.0.0/0", **route}
            )

    def test_fails_for_an_internet_gateway(self, world: Any) -> None:
        self.estate(world, GatewayId=world.add("EC2::InternetGateway", "Gateway"))
        assert world.answers("NET-08") == {"Subnet": V}

    def test_fails_for_one_that_is_known_by_its_id_only(self, world: Any) -> None:
        self.estate(world, GatewayId="igw-0123456789abcdef0")
        assert world.answers("NET-08") == {"Subnet": V}

    def test_passes_for_nat_and_for_another_table(self, world: Any) -> None:
        self.estate(world, NatGatewayId="nat-0123456789abcdef0")
        assert world.answers("NET-08") == {"Subnet": P}

    def test_passes_where_another_subnet_uses_the_table(self, world: Any) -> None:
        self.estate(world, associated=False, GatewayId="igw-0123456789abcdef0")
        assert world.answers("NET-08") == {"Subnet": P}

    def test_a_live_subnet_without_association_uses_the_main_table(self, world: Any) -> None:
        vpc = world.add("EC2::VPC", "vpc-1", {}, tags={"ringwork:team": "a"}, live=True)
        world.add("EC2::Subnet", "subnet-1", {"VpcId": vpc}, live=True)
        main = world.add("EC2::RouteTable", "rtb-1", {"VpcId": vpc}, attributes={"Main": True}, live=True)
        world.add("EC2::Route", "r", {"RouteTableId": main, "GatewayId": "igw-1"}, live=True)
        assert world.answers("NET-08") == {"subnet-1": V}

    def test_unknown_for_a_live_subnet_whose_main_table_was_not_seen(self, world: Any) -> None:
        vpc = world.add("EC2::VPC", "vpc-1", {}, tags={"ringwork:team": "a"}, live=True)
        world.add("EC2::Subnet", "subnet-1", {"VpcId": vpc}, live=True)
        assert world.answers("NET-08") == {"subnet-1": U}

    def test_unknown_for_a_gateway_that_is_not_known(self, world: Any, not_known: Unknown) -> None:
        self.estate(world, GatewayId=not_known)
        assert world.answers("NET-08") == {"Subnet": U}


class TestNet12AclOrder:
    def entries(self, world: Any, *entries: tuple[int, str, Any, Any]) -> dict[str, Status]:
        acl = world.add("EC2::NetworkAcl", "Acl", {"VpcId": "vpc-1"})
        for number, action, block, ports in entries:
            properties = {
                "NetworkAclId": acl,
                "RuleNumber": number,
                "RuleAction": action,
                "Protocol": 6,
                "Egress": False,
                "CidrBlock": block,
            }
            if ports:
                properties["PortRange"] = {"From": ports[0], "To": ports[1]}
            world.add("EC2::NetworkAclEntry", f"E{number}", properties)
        return world.answers("NET-12")

    def test_fails_when_a_wider_allow_comes_first(self, world: Any) -> None:
        found = self.entries(
            world, (100, "allow", "10.0.0.0/8", (1, 100)), (200, "deny", "10.1.0.0/16", (22, 22))
        )
        assert found == {"Acl": V}

    def test_passes_when_the_deny_comes_first(self, world: Any) -> None:
        found = self.entries(
            world, (100, "deny", "10.1.0.0/16", (22, 22)), (200, "allow", "10.0.0.0/8", (1, 100))
        )
        assert found == {"Acl": P}

    def test_passes_when_the_deny_is_wider(self, world: Any) -> None:
        found = self.entries(
            world, (100, "allow", "10.1.0.0/16", (22, 22)), (200, "deny", "10.0.0.0/8", None)
        )
        assert found == {"Acl": P}

    def test_unknown(self, world: Any, not_known: Unknown) -> None:
        found = self.entries(world, (100, "allow", not_known, None), (200, "deny", "10.0.0.0/8", None))
        assert found == {"Acl": U}


class TestNet20Overlap:
    def test_fails_across_accounts(self, world: Any) -> None:
        world.vpc("A", "10.0.0.0/16")
        world.vpc("B", "10.0.128.0/20", account="444455556666")
        world.vpc("C", "10.1.0.0/16")
        assert world.answers("NET-20") == {"A": V, "B": V, "C": P}

    def test_fails_for_a_secondary_block(self, world: Any) -> None:
        world.vpc("A", "10.0.0.0/16")
        world.add(
            "EC2::VPCCidrBlock", "More", {"VpcId": world.vpc("B", "10.1.0.0/16"), "CidrBlock": "10.0.0.0/24"}
        )
        assert world.answers("NET-20") == {"A": V, "B": V}

    def test_passes_for_neighbours(self, world: Any) -> None:
        world.vpc("A", "10.0.0.0/16")
        world.vpc("B", "10.1.0.0/16")
        assert world.answers("NET-20") == {"A": P, "B": P}

    def test_unknown(self, world: Any, not_known: Unknown) -> None:
        world.vpc("A", "10.0.0.0/16")
        world.vpc("B", not_known)
        assert world.answers("NET-20") == {"A": U, "B": U}

    def test_a_gap_in_any_account_leaves_it_open(self, world: Any) -> None:
        world.vpc("A", "10.0.0.0/16")
        world.gap("EC2::VPC", account="444455556666")
        assert world.answers("NET-20")["A"] is U


class TestNet22SageMakerApi:
    def endpoint(self, world: Any, vpc: Reference, **properties: Any) -> None:
        given = {
            "VpcId": vpc,
            "VpcEndpointType": "Interface",
            "ServiceName": "com.amazonaws.eu-central-1.sagemaker.api",
            "PrivateDnsEnabled": True,
            "SubnetIds": (world.subnet(vpc),),
        }
        world.add("EC2::VPCEndpoint", "Endpoint", {**given, **properties})

    def test_fails_without_the_endpoint(self, world: Any) -> None:
        vpc = world.vpc()
        self.endpoint(world, vpc, ServiceName="com.amazonaws.eu-central-1.sts")
        assert world.answers("NET-22") == {"Vpc": V}

    def test_fails_without_private_names(self, world: Any) -> None:
        self.endpoint(world, world.vpc(), PrivateDnsEnabled=False)
        assert world.answers("NET-22") == {"Vpc": V}

    def test_passes(self, world: Any) -> None:
        given = {"CidrBlock": "10.0.0.0/16", "EnableDnsSupport": True, "EnableDnsHostnames": True}
        self.endpoint(world, world.add("EC2::VPC", "Vpc", given))
        assert world.answers("NET-22") == {"Vpc": P}

    def test_unknown(self, world: Any, not_known: Unknown) -> None:
        self.endpoint(world, world.vpc(), ServiceName=not_known)
        assert world.answers("NET-22") == {"Vpc": U}

    def shared(self, world: Any, name: str, *, carried: bool = True) -> Any:
        """An endpoint in a VPC that holds nothing else, and its zone in a profile of another VPC."""
        mine = world.add("EC2::VPC", "Mine", {"CidrBlock": "10.0.0.0/16"})
        world.add(
            "EC2::Subnet", "Build", {"VpcId": mine, "Tags": ({"Key": "ringwork:tier", "Value": "build"},)}
        )
        theirs = world.add("EC2::VPC", "Shared", {"CidrBlock": "10.9.0.0/16"})
        place = {"VpcId": theirs, "Tags": ({"Key": "ringwork:tier", "Value": "endpoints"},)}
        subnet = world.add("EC2::Subnet", "Endpoints", place)
        given = {"VpcId": theirs, "VpcEndpointType": "Interface", "SubnetIds": (subnet,)}
        service = "com.amazonaws.eu-central-1.sagemaker.api"
        world.add("EC2::VPCEndpoint", "Endpoint", {**given, "ServiceName": service})
        zone = world.add("Route53::HostedZone", "Zone", {"Name": name, "VPCs": ({"VPCId": theirs},)})
        alias = {"HostedZoneId": zone, "Name": name, "Type": "A", "AliasTarget": {"DNSName": "x"}}
        world.add("Route53::RecordSet", "Record", alias)
        profile = world.add("Route53Profiles::Profile", "Names", {"Name": "names"})
        held = {"ProfileId": profile, "ResourceArn": Reference(zone.target, "Arn")}
        world.add("Route53Profiles::ProfileResourceAssociation", "Held", held)
        if carried:
            used = {"ProfileId": profile, "ResourceId": mine}
            world.add("Route53Profiles::ProfileAssociation", "Used", used)
        return world.answers("NET-22")

    def test_passes_by_the_name_of_a_shared_endpoint(self, world: Any) -> None:
        assert self.shared(world, "api.sagemaker.eu-central-1.amazonaws.com") == {"Mine": P}

    def test_fails_where_the_name_is_not_the_hosts(self, world: Any) -> None:
        assert self.shared(world, "sagemaker.api.eu-central-1.amazonaws.com") == {"Mine": V}

    def test_fails_where_the_name_does_not_reach_the_vpc(self, world: Any) -> None:
        name = "api.sagemaker.eu-central-1.amazonaws.com"
        assert self.shared(world, name, carried=False) == {"Mine": V}


class TestNet25S3Gateway:
    def estate(self, world: Any, tables: Any = None) -> dict[str, Status]:
        vpc = world.vpc()
        subnet = world.subnet(vpc)
        table = world.add("EC2::RouteTable", "Table", {"VpcId": vpc})
        world.add("EC2::SubnetRouteTableAssociation", "Joined", {"SubnetId": subnet, "RouteTableId": table})
        given = {"VpcId": vpc, "VpcEndpointType": "Gateway", "ServiceName": "com.amazonaws.eu-central-1.s3"}
        listed = (table,) if tables is None else tables
        world.add("EC2::VPCEndpoint", "S3", {**given, "RouteTableIds": listed})
        return world.answers("NET-25")

    def test_fails_for_a_table_that_is_not_listed(self, world: Any) -> None:
        assert self.estate(world, ("rtb-00000000000000001",)) == {"Subnet": V}

    def test_passes(self, world: Any) -> None:
        assert self.estate(world) == {"Subnet": P}

    def test_unknown(self, world: Any, not_known: Unknown) -> None:
        assert self.estate(world, (not_known,)) == {"Subnet": U}


def policy(**statement: Any) -> dict[str, Any]:
    given = {"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}
    return {"Version": "2012-10-17", "Statement": ({**given, **statement},)}


OWN = {"StringEquals": {"aws:PrincipalAccount": "111122223333", "aws:ResourceAccount": "111122223333"}}


class TestNet27EndpointPolicies:
    def test_an_endpoint_of_ones_own_service_has_no_policy_to_ask_about(self, world: Any) -> None:
        own = "com.amazonaws.vpce.eu-west-1.vpce-svc-0123456789abcdef0"
        world.add("EC2::VPCEndpoint", "E", {"VpcEndpointType": "Interface", "ServiceName": own})
        assert world.answers("NET-27") == {}

    def answer(self, world: Any, document: Any) -> Status:
        given = {"VpcEndpointType": "Interface", "ServiceName": "com.amazonaws.eu-central-1.sts"}
        world.add("EC2::VPCEndpoint", "E", {**given, "PolicyDocument": document})
        return world.answers("NET-27")["E"]

    @pytest.mark.parametrize(
        "document",
        [
            None,
            policy(),
            policy(Principal={"AWS": ("*",)}),
            policy(Action="sts:*"),
            policy(Condition={"StringEqualsIfExists": {"aws:PrincipalOrgID": "o-1"}}),
            policy(Condition={"StringLike": {"aws:PrincipalOrgID": "o-*"}}),
            policy(Condition={"Bool": {"aws:PrincipalIsAWSService": "false"}}),
        ],
    )
    def test_fails(self, world: Any, document: Any) -> None:
        assert self.answer(world, document) is V

    @pytest.mark.parametrize(
        "document",
        [
            policy(Condition=OWN),
            policy(Condition={"StringEquals": {"AWS:principalorgid": "o-abc"}}),
            policy(Principal={"AWS": "arn:aws:iam::111122223333:root"}),
            policy(Action="sts:GetCallerIdentity"),
            policy(Condition={"Bool": {"aws:PrincipalIsAWSService": "true"}}),
        ],
    )
    def test_passes(self, world: Any, document: Any) -> None:
        assert self.answer(world, document) is P

    @pytest.mark.parametrize(
        "document",
        [
            Unknown("a transform that is not modelled; expand it"),
            policy(Condition={"StringMaybeEquals": {"aws:PrincipalOrgID": "o-1"}}),
            {
                "Statement": (
                    {"Effect": "Allow", "NotPrincipal": {"AWS": "1"}, "Action": "*", "Resource": "*"},
                )
            },
            {"Statement": ({"Effect": "Allow", "Principal": "*", "NotAction": "sts:X", "Resource": "*"},)},
            policy(Resource=Unknown("a parameter without a value; name it")),
        ],
    )
    def test_unknown(self, world: Any, document: Any) -> None:
        assert self.answer(world, document) is U


class TestNet28NamedBuckets:
    def answer(self, world: Any, resource: Any, **statement: Any) -> Status:
        vpc = world.vpc()
        world.bucket("Models")
        given = {"VpcId": vpc, "VpcEndpointType": "Gateway", "ServiceName": "com.amazonaws.eu-central-1.s3"}
        document = policy(Action="s3:GetObject", Resource=resource, **statement)
        world.add("EC2::VPCEndpoint", "S3", {**given, "PolicyDocument": document})
        return world.answers("NET-28")["S3"]

    @pytest.mark.parametrize(
        "resource", ["*", "arn:aws:s3:::*", "arn:aws:s3:::elsewhere/*", "arn:aws:s3:::mod*"]
    )
    def test_fails(self, world: Any, resource: str) -> None:
        assert self.answer(world, resource) is V

    @pytest.mark.parametrize(
        "resource",
        [
            ("arn:aws:s3:::models", "arn:aws:s3:::models/*"),
            "arn:aws:s3:::prod-eu-central-1-starport-layer-bucket/*",
            "arn:aws:s3:::jumpstart-cache-prod-eu-central-1/*",
        ],
    )
    def test_passes(self, world: Any, resource: Any) -> None:
        assert self.answer(world, resource) is P

    def test_passes_for_a_pattern_within_the_account(self, world: Any) -> None:
        assert self.answer(world, "arn:aws:s3:::*", Condition=OWN) is P

    def test_unknown(self, world: Any, not_known: Unknown) -> None:
        assert self.answer(world, not_known) is U


class TestNet29Zones:
    def answer(self, world: Any, *zones: Any) -> Status:
        vpc = world.vpc()
        subnets = [world.subnet(vpc, f"S{i}", AvailabilityZone=zone) for i, zone in enumerate(zones)]
        given = {
            "VpcId": vpc,
            "VpcEndpointType": "Interface",
            "ServiceName": "com.amazonaws.eu-central-1.sts",
        }
        world.add("EC2::VPCEndpoint", "E", {**given, "SubnetIds": tuple(subnets)})
        return world.answers("NET-29")["E"]

    def test_fails_for_one_zone(self, world: Any) -> None:
        assert self.answer(world, "eu-central-1a") is V
        assert self.answer(world, "eu-central-1a", "eu-central-1a") is V

    def test_passes_for_two_zones(self, world: Any) -> None:
        assert self.answer(world, "eu-central-1a", "eu-central-1b") is P

    def test_ec2_refuses_two_subnets_of_one_zone_so_two_are_two_zones(
        self, world: Any, not_known: Unknown
    ) -> None:
        assert self.answer(world, not_known, not_known) is P

    def test_unknown(self, world: Any, not_known: Unknown) -> None:
        given = {"VpcId": world.vpc(), "VpcEndpointType": "Interface", "SubnetIds": not_known}
        world.add("EC2::VPCEndpoint", "E", given)
        assert world.answers("NET-29") == {"E": U}


class TestNet30EndpointGroups:
    def answer(self, world: Any, service: str = "com.amazonaws.eu-west-1.sts", **rule: Any) -> Status:
        """The answer is about the group, not about each endpoint that it guards."""
        vpc = world.vpc()
        client = world.group("Client", VpcId=vpc)
        guard = world.group("Guard", workload=None, VpcId=vpc)
        world.ingress(guard, **({"SourceSecurityGroupId": client} | rule))
        given = {"VpcId": vpc, "VpcEndpointType": "Interface", "SecurityGroupIds": (guard,)}
        given["ServiceName"] = service
        world.add("EC2::VPCEndpoint", "E", given)
        world.add("EC2::VPCEndpoint", "F", given)
        found = world.answers("NET-30")
        assert found.keys() == {"Guard"}
        return found["Guard"]

    @pytest.mark.parametrize(
        "rule",
        [
            {"SourceSecurityGroupId": None, "CidrIp": "10.0.0.0/16"},
            {"FromPort": 0, "ToPort": 65535},
            {"IpProtocol": "-1"},
            {"SourceSecurityGroupId": "sg-00000000000000009"},
        ],
    )
    def test_fails(self, world: Any, rule: dict[str, Any]) -> None:
        assert self.answer(world, **rule) is V

    @pytest.mark.parametrize(("cidr", "answer"), [("10.0.0.0/16", P), ("10.0.0.0/8", V), ("10.9.0.0/16", V)])
    def test_a_shared_endpoint_knows_another_vpc_by_its_addresses(
        self, world: Any, cidr: str, answer: Status
    ) -> None:
        for name, block, tier in (("Mine", "10.0.0.0/16", "build"), ("Shared", "10.9.0.0/16", "endpoints")):
            vpc = world.add("EC2::VPC", name, {"CidrBlock": block})
            tags = ({"Key": "ringwork:tier", "Value": tier},)
            world.add("EC2::Subnet", f"{name}Subnet", {"VpcId": vpc, "Tags": tags})
        guard = world.group("Guard", workload=None, VpcId=vpc)
        world.ingress(guard, CidrIp=cidr)
        given = {"VpcId": vpc, "VpcEndpointType": "Interface", "SecurityGroupIds": (guard,)}
        world.add("EC2::VPCEndpoint", "E", {**given, "ServiceName": "com.amazonaws.eu-central-1.sts"})
        assert world.answers("NET-30") == {"Guard": answer}

    def test_the_endpoint_of_ones_own_service_answers_workloads_on_its_port(self, world: Any) -> None:
        own = "com.amazonaws.vpce.eu-west-1.vpce-svc-0123456789abcdef0"
        assert self.answer(world, service=own, FromPort=8443, ToPort=8443) is P

    def test_fails_without_a_group(self, world: Any) -> None:
        world.add("EC2::VPCEndpoint", "E", {"VpcId": world.vpc(), "VpcEndpointType": "Interface"})
        assert world.answers("NET-30") == {"E": V}

    def test_unknown_for_a_group_that_was_not_read(self, world: Any) -> None:
        given = {"VpcId": world.vpc(), "VpcEndpointType": "Interface", "SecurityGroupIds": ("sg-00000001",)}
        world.add("EC2::VPCEndpoint", "E", given)
        assert world.answers("NET-30") == {"E": U}

    def test_passes(self, world: Any) -> None:
        assert self.answer(world) is P

    def test_unknown(self, world: Any, not_known: Unknown) -> None:
        assert self.answer(world, SourceSecurityGroupId=not_known) is U
