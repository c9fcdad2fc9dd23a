"""What is not known is never proved: not closed where it may be open, nor open where it may be closed."""

from __future__ import annotations

from typing import Any

import pytest
from tests.network.reading.estates import att, ref, template

from ringwork.findings import Status
from ringwork.network.packets import ALL, TCP, Traffic
from ringwork.source import InputError

from .unknowns import (
    UNKNOWN,
    Resources,
    ask,
    balanced,
    estate,
    filtered,
    group,
    hosts,
    interface,
    linked,
    mapped,
    mutants,
    network,
    on_premises,
    other_vpc,
    public,
    transit,
    zonal,
)

HTTPS = Traffic(TCP, 443, 443)
NETWORKS: dict[str, tuple[Resources, tuple[str, str]]] = {
    "out to the internet": (filtered(), ("Web", "internet")),
    "in from the internet": (filtered(), ("internet", "Web")),
    "by a load balancer": (balanced(), ("internet", "Back")),
    "by zones": (zonal("load balancer"), ("Client", "Back")),
    "by Transit Gateway": (transit(), ("Web", "Far")),
    "by PrivateLink": (linked(), ("Web", "Far")),
    "from on premises": (on_premises(), ("external=*", "Web")),
    "to on premises": (on_premises(), ("Web", "external=*")),
    "to hosts": (hosts(), ("Web", "type=notebook")),
    "to a team": (hosts(), ("team!=fraud,type=*", "team=fraud")),
}


@pytest.mark.parametrize("name", [name for name in NETWORKS if name != "to a team"])
def test_what_is_open_is_not_proved_closed_where_a_value_of_it_is_not_known(name: str) -> None:
    """Whatever the value is, it may be the one with which the packet flows."""
    resources, ends = NETWORKS[name]
    assert ask(estate(resources), *ends).status is Status.VIOLATED
    wrong = []
    for what, changed in mutants(resources):
        try:
            if ask(estate(changed), *ends).status is Status.PROVED:
                wrong.append(what)
        except InputError:  # nobody is called so any more: it is told
            continue
    assert wrong == []


SHUT = {
    "no way": (network(Back=interface("B", "Open", "10.0.2.10")), ("Back", "internet")),
    "a filter": (transit(Open2=group((), "Vpc2")), ("Web", "Far")),
    "no answer": (transit(RouteT2=None), ("Web", "Far")),
}


@pytest.mark.parametrize("name", SHUT)
def test_what_cannot_connect_is_not_proved_to_where_a_value_of_it_is_not_known(name: str) -> None:
    resources, ends = SHUT[name]
    assert ask(estate(resources), *ends, HTTPS, must=True).status is Status.VIOLATED
    wrong = []
    for what, changed in mutants(resources):
        try:
            if ask(estate(changed), *ends, HTTPS, must=True).status is Status.PROVED:
                wrong.append(what)
        except InputError:
            continue
    assert wrong == []


def test_the_networks_are_what_they_seem_to_be() -> None:
    """Nothing of them is unknown before anything is taken away."""
    assert ask(estate(network()), "internet", "any").status is Status.PROVED
    assert ask(estate(network()), "Web", "Back").status is Status.PROVED
    assert ask(estate(transit()), "Web", "Far", HTTPS, must=True).status is Status.PROVED


# --- security groups


def test_a_template_may_add_rules_to_the_default_security_group() -> None:
    """VPC user guide, "Default security groups": "You can add or remove inbound and outbound rules"."""
    rule = {"GroupId": att("Vpc", "DefaultSecurityGroup"), "IpProtocol": "tcp", "FromPort": 22, "ToPort": 22}
    found = network(
        Default=("EC2::NetworkInterface", {"SubnetId": ref("B"), "PrivateIpAddress": "10.0.2.20"}),
        Rule=("EC2::SecurityGroupIngress", {**rule, "CidrIp": "10.0.1.0/24"}),
    )
    assert ask(estate(found), "Web", "Default", Traffic(TCP, 22, 22)).status is Status.VIOLATED
    assert ask(estate(found), "Web", "Default", HTTPS).status is Status.PROVED


@pytest.mark.parametrize("group_id", [UNKNOWN, att("Custom", "Id")])
def test_a_rule_of_a_group_that_is_not_known_may_be_any_groups(group_id: object) -> None:
    found = network(
        Custom=(
            "CloudFormation::CustomResource",
            {"ServiceToken": "arn:aws:lambda:eu-central-1:1:function:f"},
        ),
        Rule=("EC2::SecurityGroupIngress", {"GroupId": group_id, "IpProtocol": "-1", "CidrIp": "0.0.0.0/0"}),
        Default=("EC2::NetworkInterface", {"SubnetId": ref("B"), "PrivateIpAddress": "10.0.2.20"}),
    )
    for goal in ("Back", "Default"):
        assert ask(estate(found), "Web", goal).status is Status.UNKNOWN


def test_the_control_plane_of_eks_has_a_group_that_eks_adds() -> None:
    """EKS user guide, "Security group requirements": the cluster security group, which EKS makes, is on the
    control plane's interfaces too; it is not in the template. A function in its place has the group alone."""
    vpc = {"SubnetIds": [ref("A"), ref("B")], "SecurityGroupIds": [ref("Shut")]}
    control_plane = ("EKS::Cluster", {"RoleArn": "arn:aws:iam::1:role/r", "ResourcesVpcConfig": vpc})
    assert ask(estate(network(Placed=control_plane)), "Web", "Placed").status is Status.UNKNOWN
    function = ("Lambda::Function", {"VpcConfig": vpc})
    assert ask(estate(network(Placed=function)), "Web", "Placed").status is Status.PROVED


# --- what has no place that is known


@pytest.mark.parametrize(
    ("type", "properties"),
    [
        ("EC2::Instance", {"SubnetId": UNKNOWN, "SecurityGroupIds": [ref("Open")]}),
        ("Lambda::Function", {"VpcConfig": {"SubnetIds": UNKNOWN, "SecurityGroupIds": [ref("Open")]}}),
        ("EC2::NetworkInterface", {"SubnetId": UNKNOWN, "GroupSet": [ref("Open")]}),
    ],
)
def test_what_may_be_in_any_subnet_counts_where_it_may_be_meant(type: str, properties: Any) -> None:
    found = estate(network(Lost=(type, {**properties, "Tags": [{"Key": "ringwork:team", "Value": "fraud"}]})))
    for end in ("any", "Lost", "team=fraud", "Open"):
        assert ask(found, "Web", end).status is not Status.PROVED, end
        assert ask(found, "internet", end).status is Status.UNKNOWN, end
        assert ask(found, end, "Web", HTTPS, must=True).status is not Status.PROVED, end
    # it passes on nothing for others
    assert ask(found, "internet", "Web").status is Status.PROVED
    assert ask(found, "internet", "team=credit,type=*").status is Status.PROVED
    assert ask(found, "Web", "Back").status is Status.PROVED


def test_who_has_tags_that_are_not_known_may_be_of_any_team() -> None:
    def tagged(value: object) -> Resources:
        more = {"Tags": value}
        return network(
            Web=interface("A", "Open", "10.0.1.10", **more), Back=interface("B", "Open", "10.0.2.10")
        )

    for tags in (UNKNOWN, [{"Key": "ringwork:team", "Value": UNKNOWN}], [{"Key": UNKNOWN, "Value": "fraud"}]):
        found = estate(tagged(tags))
        assert ask(found, "Back", "team=fraud,type=*").status is Status.UNKNOWN
        assert ask(found, "Back", "team!=fraud").status is Status.UNKNOWN
    other = estate(tagged([{"Key": "Name", "Value": UNKNOWN}, {"Key": "ringwork:team", "Value": "credit"}]))
    assert ask(other, "Back", "team=fraud,type=*").status is Status.PROVED


# --- routes and network ACLs


def test_a_route_table_of_a_subnet_that_is_not_known_may_be_any_subnets_that_has_none() -> None:
    lost = ("EC2::SubnetRouteTableAssociation", {"SubnetId": UNKNOWN, "RouteTableId": ref("T")})
    found = estate(network(**public("Web"), Use=lost))
    assert ask(found, "Web", "internet").status is Status.UNKNOWN
    assert ask(found, "Web", "internet", HTTPS, must=True).status is Status.UNKNOWN


def test_a_network_acl_of_a_subnet_that_is_not_known_may_be_any_subnets() -> None:
    """EC2 API reference, ReplaceNetworkAclAssociation."""
    found = network(
        Back=interface("B", "Open", "10.0.2.10"),
        Acl=("EC2::NetworkAcl", {"VpcId": ref("Vpc")}),
        Lost=("EC2::SubnetNetworkAclAssociation", {"SubnetId": UNKNOWN, "NetworkAclId": ref("Acl")}),
    )
    assert ask(estate(found), "Web", "Back", HTTPS, must=True).status is Status.UNKNOWN


def test_a_route_of_a_table_that_is_not_known_may_be_the_main_tables() -> None:
    given = {"RouteTableId": UNKNOWN, "DestinationCidrBlock": "0.0.0.0/0", "GatewayId": ref("Igw")}
    found = network(**public("Web"), Use=None, Lost=("EC2::Route", given))
    assert ask(estate(found), "Web", "internet").status is Status.UNKNOWN


# --- IPv6 that Amazon gives


def test_what_may_have_an_ipv6_address_that_amazon_gives_may_be_reached_by_it() -> None:
    block = {"Fn::Select": [0, {"Fn::Cidr": [{"Fn::Select": [0, att("Vpc", "Ipv6CidrBlocks")]}, 1, 64]}]}
    subnet = {"VpcId": ref("Vpc"), "CidrBlock": "10.0.1.0/24", "AssignIpv6AddressOnCreation": True}
    found = network(
        A=("EC2::Subnet", {**subnet, "Ipv6CidrBlock": block}),
        Six=("EC2::VPCCidrBlock", {"VpcId": ref("Vpc"), "AmazonProvidedIpv6CidrBlock": True}),
        Out6=(
            "EC2::Route",
            {"RouteTableId": ref("T"), "DestinationIpv6CidrBlock": "::/0", "GatewayId": ref("Igw")},
        ),
    )
    assert ask(estate(found), "internet", "Web").status is Status.UNKNOWN
    assert ask(estate(found), "Web", "internet").status is Status.UNKNOWN


# --- networks on premises


@pytest.mark.parametrize("end", ["external=*", "192.168.7.0/24", "172.16.0.0/12"])
def test_a_network_that_states_nothing_may_have_any_address(end: str) -> None:
    """Site-to-Site VPN user guide, "Static and dynamic routing": BGP announces what is there."""
    found = estate(on_premises(stated=False))
    assert ask(found, end, "Web").status is Status.UNKNOWN
    # what no rule admits is proved all the same
    shut = {**on_premises(stated=False), "Web": interface("A", "Shut", "10.0.1.10")}
    assert ask(estate(shut), end, "Web").status is Status.PROVED


def test_to_a_network_that_states_nothing_any_address_that_is_routed_to_it_may_lead() -> None:
    found = estate(on_premises(stated=False))
    assert ask(found, "Web", "external=*").status is Status.UNKNOWN
    assert ask(found, "Back", "external=*").status is Status.PROVED  # its table has no route there


def test_a_network_may_have_more_than_it_states() -> None:
    found = estate(on_premises())
    assert ask(found, "192.168.0.0/24", "Web").status is Status.VIOLATED
    assert ask(found, "192.168.7.0/24", "Web").status is Status.UNKNOWN


def test_what_a_transit_gateway_learns_may_let_a_network_on_premises_in() -> None:
    tunnel = {"Type": "ipsec.1", "CustomerGatewayId": ref("Customer"), "TransitGatewayId": ref("Gateway")}
    customer = {"BgpAsn": 65000, "IpAddress": "203.0.113.9", "Type": "ipsec.1"}
    found = transit(
        Gateway=("EC2::TransitGateway", {}),
        Customer=("EC2::CustomerGateway", customer),
        Tunnel=("EC2::VPNConnection", tunnel),
    )
    assert ask(estate(found), "external=*", "Far").status is Status.UNKNOWN


# --- load balancers


@pytest.mark.parametrize(
    ("type", "names"),
    [
        ("AutoScaling::AutoScalingGroup", {"TargetGroupARNs": [ref("Targets")]}),
        ("AutoScaling::AutoScalingGroup", {"TargetGroupARNs": UNKNOWN}),
        (
            "AutoScaling::AutoScalingGroup",
            {"TrafficSources": [{"Identifier": ref("Targets"), "Type": "elbv2"}]},
        ),
        ("ECS::Service", {"LoadBalancers": [{"TargetGroupArn": ref("Targets"), "ContainerPort": 80}]}),
    ],
)
def test_what_registers_targets_of_its_own_may_let_the_internet_in(type: str, names: Any) -> None:
    """Elastic Load Balancing guides, "Register targets": whoever may, at any time."""
    group_of = {"VPCZoneIdentifier": [ref("B")], "LaunchTemplate": {"LaunchTemplateId": ref("Template")}}
    found = balanced(
        targets={"Targets": []},
        Template=("EC2::LaunchTemplate", {"LaunchTemplateData": {"SecurityGroupIds": [ref("Shut")]}}),
        Scaled=(type, {**(group_of if type.startswith("Auto") else {}), **names}),
    )
    assert ask(estate(found), "internet", "Back").status is Status.UNKNOWN
    apart = estate({**found, **other_vpc()})
    assert ask(apart, "internet", "Far").status is Status.PROVED  # no way leads there


def test_a_port_of_targets_that_is_not_known_may_be_any() -> None:
    ssh = group([{"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "SourceSecurityGroupId": ref("Open")}])
    assert ask(estate(balanced(Shut=ssh)), "internet", "Back").status is Status.PROVED
    assert ask(estate(balanced(targets={"Port": 22}, Shut=ssh)), "internet", "Back").status is Status.VIOLATED
    for targets in ({"Port": UNKNOWN}, {"Targets": [{"Id": "10.0.2.10", "Port": UNKNOWN}]}):
        assert ask(estate(balanced(targets=targets, Shut=ssh)), "internet", "Back").status is Status.UNKNOWN


@pytest.mark.parametrize(
    ("by", "status"),
    [("none", Status.PROVED), ("load balancer", Status.VIOLATED), ("target group", Status.VIOLATED)],
)
def test_a_target_group_may_have_cross_zone_load_balancing_of_its_own(by: str, status: Status) -> None:
    """Network Load Balancer guide, "Cross-zone load balancing for target groups": "you can override the
    default by explicitly turning cross-zone load balancing on or off at the target group level"."""
    assert ask(estate(zonal(by)), "Client", "Back").status is status


def test_a_classic_load_balancer_may_send_on_to_anything_of_its_vpc() -> None:
    found = network(Web=None, Classic=("ElasticLoadBalancing::LoadBalancer", {"Subnets": [ref("A")]}))
    assert ask(estate(found), "internet", "Back").status is Status.UNKNOWN


# --- endpoints


def test_an_endpoint_of_a_service_that_is_not_known_may_be_any_services() -> None:
    given = {"VpcId": ref("Vpc"), "VpcEndpointType": "Interface", "SubnetIds": [ref("B")]}
    found = network(Endpoint=("EC2::VPCEndpoint", {**given, "ServiceName": UNKNOWN}))
    assert ask(estate(found), "Web", "aws:kms").status is Status.UNKNOWN


def test_a_gateway_endpoint_in_tables_that_are_not_known_may_be_in_any() -> None:
    given = {"VpcId": ref("Vpc"), "ServiceName": "com.amazonaws.eu-central-1.s3", "RouteTableIds": UNKNOWN}
    found = network(Out=None, Endpoint=("EC2::VPCEndpoint", given))
    assert ask(estate(found), "Web", "aws:s3").status is Status.UNKNOWN


# --- public addresses that services give


DATABASES = {
    "Subnets": ("RDS::DBSubnetGroup", {"DBSubnetGroupDescription": "s", "SubnetIds": [ref("A"), ref("B")]}),
    "Cluster": (
        "RDS::DBCluster",
        {
            **{"Engine": "aurora-mysql", "DBSubnetGroupName": ref("Subnets")},
            "VpcSecurityGroupIds": [ref("Open")],
        },
    ),
}


@pytest.mark.parametrize(
    ("type", "properties"),
    [
        ("RDS::DBInstance", {"DBSubnetGroupName": ref("Subnets"), "VPCSecurityGroups": [ref("Open")]}),
        ("RDS::DBInstance", {"DBClusterIdentifier": ref("Cluster"), "PubliclyAccessible": True}),
        (
            "RedshiftServerless::Workgroup",
            {"SubnetIds": [ref("A")], "SecurityGroupIds": [ref("Open")], "PubliclyAccessible": True},
        ),
        (
            "MSK::Cluster",
            {
                "BrokerNodeGroupInfo": {
                    **{"ClientSubnets": [ref("A")], "SecurityGroups": [ref("Open")]},
                    "ConnectivityInfo": {"PublicAccess": {"Type": "SERVICE_PROVIDED_EIPS"}},
                }
            },
        ),
        (
            "Batch::ComputeEnvironment",
            {"ComputeResources": {"Type": "EC2", "Subnets": [ref("A")], "SecurityGroupIds": [ref("Open")]}},
        ),
    ],
)
def test_what_a_service_may_give_a_public_address_may_be_reached_by_it(type: str, properties: Any) -> None:
    """RDS API reference, CreateDBInstance, PubliclyAccessible; template reference of each type; AWS Batch
    user guide: its instances get what their subnet gives."""
    found = network(**DATABASES, A=mapped("A"), Served=(type, properties))
    assert ask(estate(found), "internet", "Served").status is Status.UNKNOWN


@pytest.mark.parametrize(
    ("type", "properties"),
    [
        (
            "RDS::DBInstance",
            {
                **{"DBSubnetGroupName": ref("Subnets"), "VPCSecurityGroups": [ref("Open")]},
                "PubliclyAccessible": False,
            },
        ),
        ("RDS::DBInstance", {"DBClusterIdentifier": ref("Cluster"), "PubliclyAccessible": False}),
        ("RedshiftServerless::Workgroup", {"SubnetIds": [ref("A")], "SecurityGroupIds": [ref("Open")]}),
    ],
)
def test_what_a_service_gives_no_public_address_is_not_reached_from_the_internet(
    type: str, properties: Any
) -> None:
    found = network(**DATABASES, Served=(type, properties))
    assert ask(estate(found), "internet", "Served").status is Status.PROVED
    assert ask(estate(found), "Web", "Served").status is not Status.PROVED


# --- types that are not modelled


@pytest.mark.parametrize(
    ("type", "properties"),
    [
        ("EMR::Cluster", {"Instances": {"Ec2SubnetId": ref("A")}}),
        (
            "DMS::ReplicationInstance",
            {"ReplicationSubnetGroupIdentifier": "g", "VpcSecurityGroupIds": [ref("Open")]},
        ),
        (
            "EC2::SpotFleet",
            {"SpotFleetRequestConfigData": {"LaunchSpecifications": [{"SubnetId": ref("A")}]}},
        ),
        ("ApiGatewayV2::VpcLink", {"Name": "l", "SubnetIds": [ref("A")], "SecurityGroupIds": [ref("Open")]}),
    ],
)
def test_what_puts_interfaces_into_subnets_and_is_not_modelled_is_not_safe(
    type: str, properties: Any
) -> None:
    assert ask(estate(network(Other=(type, properties))), "internet", "any").status is Status.UNKNOWN


def test_a_policy_that_speaks_of_subnets_puts_nothing_there() -> None:
    condition = {"StringEquals": {"sagemaker:VpcSubnets": [ref("A")]}}
    document = {"Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": condition}]}
    policy = ("IAM::ManagedPolicy", {"PolicyDocument": document})
    assert ask(estate(network(Policy=policy)), "internet", "any").status is Status.PROVED


# --- addresses by blocks


def test_an_interface_has_the_addresses_of_the_blocks_that_are_delegated_to_it() -> None:
    """EC2 user guide, "Prefix delegation for Amazon EC2 network interfaces"."""
    block = {"Ipv4Prefixes": [{"Ipv4Prefix": "10.0.1.16/28"}]}
    narrow = group([{"IpProtocol": "-1", "CidrIp": "10.0.1.24/32"}])
    found = network(
        Web=interface("A", "Open", "10.0.1.10", **block),
        Narrow=narrow,
        Back=interface("B", "Narrow", "10.0.2.10"),
    )
    assert ask(template(found), "Web", "Back").status is Status.VIOLATED
    assert ask(template(found), "Back", "10.0.1.16/28", ALL).status is Status.VIOLATED
    assert ask(template(network(Narrow=narrow)), "Web", "Narrow").status is Status.PROVED


# --- always


def test_an_instance_whose_launch_template_is_not_known_may_have_other_groups() -> None:
    launched = {"SubnetId": ref("B"), "LaunchTemplate": {"LaunchTemplateId": UNKNOWN, "Version": "1"}}
    found = network(Launched=("EC2::Instance", launched), Back=interface("B", "Open", "10.0.2.10"))
    assert ask(estate(found), "Launched", "Back", HTTPS, must=True).status is Status.UNKNOWN


def test_an_end_that_may_be_more_than_what_is_read_is_not_proved_to_connect() -> None:
    tags = {"Tags": [{"Key": "ringwork:team", "Value": "fraud"}]}
    found = network(
        Web=interface("A", "Open", "10.0.1.10", **tags),
        Back=interface("B", "Open", "10.0.2.10"),
        Lost=("EC2::Instance", {"SubnetId": UNKNOWN, "SecurityGroupIds": [ref("Shut")], **tags}),
    )
    assert ask(estate(found), "team=fraud", "Back", HTTPS, must=True).status is Status.UNKNOWN
    assert ask(estate(found), "Web", "Back", HTTPS, must=True).status is Status.PROVED


def test_nobody_is_not_called_what_is_not_known() -> None:
    with pytest.raises(InputError, match="is nothing in this network"):
        ask(estate(network()), "Nobody", "Web")
