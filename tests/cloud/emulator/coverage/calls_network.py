"""Networks. Expected answers: EC2 API reference, page of each operation; VPC user guide; Transit Gateway
guide; Network Firewall API reference; for the refusals EC2 API reference, "Error codes for the Amazon EC2
API"."""

from __future__ import annotations

import json

from .recorder import Recorder

NOBODY = {"Version": "2012-10-17", "Statement": []}


def run(r: Recorder) -> None:
    vpcs_and_subnets(r)
    groups(r)
    acls(r)
    endpoints(r)
    transit_gateways(r)
    instances(r)
    public_access(r)
    firewall(r)


def vpcs_and_subnets(r: Recorder) -> None:
    vpc = (
        r.call("ec2", "create_vpc", {"Vpc.State": str}, CidrBlock="10.20.0.0/16").get("Vpc", {}).get("VpcId")
    )
    r.vpc = vpc
    subnet = r.call(
        "ec2",
        "create_subnet",
        {"Subnet.VpcId": vpc, "Subnet.AvailableIpAddressCount": 251},
        VpcId=vpc,
        CidrBlock="10.20.1.0/24",
        AvailabilityZone=f"{r.region}a",
    )
    r.subnet = subnet.get("Subnet", {}).get("SubnetId")
    r.refused("ec2", "create_subnet", "InvalidSubnet.Conflict", VpcId=vpc, CidrBlock="10.20.1.0/25")
    r.refused("ec2", "create_subnet", "InvalidSubnet.Range", VpcId=vpc, CidrBlock="192.168.0.0/24")
    r.refused("ec2", "create_vpc", "InvalidVpc.Range", CidrBlock="10.0.0.0/29")
    r.refused("ec2", "describe_vpcs", "InvalidVpcID.NotFound", VpcIds=["vpc-0123456789abcdef0"])
    r.refused("ec2", "delete_vpc", "DependencyViolation", VpcId=vpc)
    r.call(
        "ec2",
        "describe_security_groups",
        {"length(SecurityGroups)": 1, "SecurityGroups[0].GroupName": "default"},
        security=True,
        Filters=[{"Name": "vpc-id", "Values": [vpc]}],
    )
    r.call(
        "ec2",
        "describe_network_acls",
        {"NetworkAcls[0].IsDefault": True},
        security=True,
        Filters=[{"Name": "vpc-id", "Values": [vpc]}],
    )
    r.call(
        "ec2",
        "describe_route_tables",
        {"RouteTables[0].Associations[0].Main": True, "RouteTables[0].Routes[0].GatewayId": "local"},
        security=True,
        Filters=[{"Name": "vpc-id", "Values": [vpc]}],
    )
    table = (
        r.call("ec2", "create_route_table", VpcId=vpc, security=True)
        .get("RouteTable", {})
        .get("RouteTableId")
    )
    r.table = table
    r.refused(
        "ec2",
        "create_route",
        "InvalidGatewayID.NotFound",
        "InvalidInternetGatewayID.NotFound",
        RouteTableId=table,
        DestinationCidrBlock="0.0.0.0/0",
        GatewayId="igw-0123456789abcdef0",
    )
    r.refused(
        "ec2", "delete_route", "InvalidRoute.NotFound", RouteTableId=table, DestinationCidrBlock="9.9.9.0/24"
    )
    dhcp = r.call(
        "ec2",
        "create_dhcp_options",
        {"DhcpOptions.DhcpConfigurations[0].Key": "domain-name"},
        DhcpConfigurations=[{"Key": "domain-name", "Values": ["ml.internal"]}],
    )
    options = dhcp.get("DhcpOptions", {}).get("DhcpOptionsId")
    r.call("ec2", "associate_dhcp_options", DhcpOptionsId=options, VpcId=vpc)
    r.call("ec2", "describe_vpcs", {"Vpcs[0].DhcpOptionsId": options}, VpcIds=[vpc])
    r.call("ec2", "create_tags", Resources=[vpc], Tags=[{"Key": "team", "Value": "ml"}], security=True)
    r.call(
        "ec2", "describe_tags", {"Tags[0].Value": "ml"}, Filters=[{"Name": "resource-id", "Values": [vpc]}]
    )


def groups(r: Recorder) -> None:
    made = r.call("ec2", "create_security_group", security=True, GroupName="a", Description="a", VpcId=r.vpc)
    a = made.get("GroupId")
    r.group = a
    b = r.call(
        "ec2", "create_security_group", security=True, GroupName="b", Description="b", VpcId=r.vpc
    ).get("GroupId")
    rule = r.call(
        "ec2",
        "authorize_security_group_ingress",
        {"SecurityGroupRules[0].ReferencedGroupInfo.GroupId": b, "SecurityGroupRules[0].IsEgress": False},
        security=True,
        GroupId=a,
        IpPermissions=[
            {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "UserIdGroupPairs": [{"GroupId": b}]}
        ],
    )
    identifier = (rule.get("SecurityGroupRules") or [{}])[0].get("SecurityGroupRuleId")
    r.call(
        "ec2",
        "update_security_group_rule_descriptions_ingress",
        {"Return": True},
        security=True,
        GroupId=a,
        SecurityGroupRuleDescriptions=[{"SecurityGroupRuleId": identifier, "Description": "from b"}],
    )
    r.call(
        "ec2",
        "describe_security_group_rules",
        {"SecurityGroupRules[0].Description": "from b"},
        security=True,
        SecurityGroupRuleIds=[identifier],
    )
    r.refused("ec2", "delete_security_group", "DependencyViolation", GroupId=b)
    r.call(
        "ec2",
        "revoke_security_group_ingress",
        {"Return": True},
        security=True,
        GroupId=a,
        SecurityGroupRuleIds=[identifier],
    )
    r.call(
        "ec2",
        "describe_security_groups",
        {"SecurityGroups[0].IpPermissions": []},
        security=True,
        GroupIds=[a],
    )
    r.call("ec2", "delete_security_group", security=True, GroupId=b)
    r.refused("ec2", "describe_security_groups", "InvalidGroup.NotFound", GroupIds=[b])
    r.refused(
        "ec2", "create_security_group", "InvalidGroup.Duplicate", GroupName="a", Description="a", VpcId=r.vpc
    )


def acls(r: Recorder) -> None:
    made = r.call("ec2", "create_network_acl", {"NetworkAcl.IsDefault": False}, security=True, VpcId=r.vpc)
    acl = made.get("NetworkAcl", {}).get("NetworkAclId")
    r.call(
        "ec2",
        "create_network_acl_entry",
        security=True,
        NetworkAclId=acl,
        RuleNumber=90,
        Protocol="1",
        RuleAction="allow",
        Egress=True,
        CidrBlock="10.0.0.0/8",
        IcmpTypeCode={"Type": 8, "Code": -1},
    )
    r.call(
        "ec2",
        "describe_network_acls",
        {
            "NetworkAcls[0].Entries[?RuleNumber==`90`].IcmpTypeCode.Type | [0]": 8,
            "NetworkAcls[0].Entries[?RuleNumber==`32767`].RuleAction | [0]": "deny",
        },
        security=True,
        NetworkAclIds=[acl],
    )
    r.refused(
        "ec2",
        "create_network_acl_entry",
        "InvalidParameterValue",
        NetworkAclId=acl,
        RuleNumber=32767,
        Protocol="-1",
        RuleAction="allow",
        Egress=True,
        CidrBlock="0.0.0.0/0",
    )
    r.refused(
        "ec2",
        "delete_network_acl_entry",
        "InvalidNetworkAclEntry.NotFound",
        NetworkAclId=acl,
        RuleNumber=91,
        Egress=True,
    )
    r.call("ec2", "delete_network_acl", security=True, NetworkAclId=acl)


def endpoints(r: Recorder) -> None:
    name = f"com.amazonaws.{r.region}.sagemaker.runtime"
    made = r.call(
        "ec2",
        "create_vpc_endpoint",
        {
            "VpcEndpoint.State": lambda s: s.lower() in ("pending", "available"),
            "VpcEndpoint.PolicyDocument": lambda text: json.loads(text)["Statement"][0]["Action"] == "*",
        },
        security=True,
        VpcId=r.vpc,
        ServiceName=name,
        VpcEndpointType="Interface",
        SubnetIds=[r.subnet],
        SecurityGroupIds=[r.group],
    )
    endpoint = made.get("VpcEndpoint", {}).get("VpcEndpointId")
    policy = json.dumps(
        {
            "Version": "2012-10-17",
            "Statement": [
                {"Effect": "Allow", "Principal": "*", "Action": "sagemaker:InvokeEndpoint", "Resource": "*"}
            ],
        }
    )
    r.call(
        "ec2",
        "modify_vpc_endpoint",
        {"Return": True},
        security=True,
        VpcEndpointId=endpoint,
        PolicyDocument=policy,
    )
    r.call(
        "ec2",
        "describe_vpc_endpoints",
        {"VpcEndpoints[0].PolicyDocument": lambda t: json.loads(t) == json.loads(policy)},
        security=True,
        VpcEndpointIds=[endpoint],
    )
    r.call(
        "ec2",
        "describe_vpc_endpoints",
        {"length(VpcEndpoints)": 1},
        security=True,
        Filters=[{"Name": "service-name", "Values": [name]}],
    )
    r.refused(
        "ec2",
        "describe_vpc_endpoints",
        "InvalidVpcEndpointId.NotFound",
        VpcEndpointIds=["vpce-0123456789abcdef0"],
    )
    r.refused(
        "ec2",
        "create_vpc_endpoint",
        "InvalidServiceName",
        VpcId=r.vpc,
        VpcEndpointType="Interface",
        ServiceName=f"com.amazonaws.{r.region}.no-such-service",
        SubnetIds=[r.subnet],
    )
    r.call(
        "ec2",
        "delete_vpc_endpoints",
        {"Unsuccessful": lambda u: not u},
        security=True,
        VpcEndpointIds=[endpoint],
    )


def transit_gateways(r: Recorder) -> None:
    made = r.call(
        "ec2",
        "create_transit_gateway",
        {"TransitGateway.Options.DefaultRouteTableAssociation": "enable"},
        security=True,
        Description="core",
    )
    gateway = made.get("TransitGateway", {}).get("TransitGatewayId")
    attached = r.call(
        "ec2",
        "create_transit_gateway_vpc_attachment",
        security=True,
        TransitGatewayId=gateway,
        VpcId=r.vpc,
        SubnetIds=[r.subnet],
    )
    attachment = attached.get("TransitGatewayVpcAttachment", {}).get("TransitGatewayAttachmentId")
    table = r.call("ec2", "create_transit_gateway_route_table", security=True, TransitGatewayId=gateway)
    identifier = table.get("TransitGatewayRouteTable", {}).get("TransitGatewayRouteTableId")
    r.call(
        "ec2",
        "enable_transit_gateway_route_table_propagation",
        security=True,
        TransitGatewayRouteTableId=identifier,
        TransitGatewayAttachmentId=attachment,
    )
    r.call(
        "ec2",
        "search_transit_gateway_routes",
        {
            "Routes[?DestinationCidrBlock=='10.20.0.0/16'].Type | [0]": "propagated",
            "Routes[?DestinationCidrBlock=='10.20.0.0/16'].State | [0]": "active",
        },
        security=True,
        TransitGatewayRouteTableId=identifier,
        Filters=[{"Name": "state", "Values": ["active"]}],
    )
    r.call(
        "ec2",
        "create_transit_gateway_route",
        {"Route.Type": "static", "Route.State": "blackhole"},
        security=True,
        TransitGatewayRouteTableId=identifier,
        DestinationCidrBlock="10.30.0.0/16",
        Blackhole=True,
    )
    r.call(
        "ec2",
        "search_transit_gateway_routes",
        {"Routes[0].State": "blackhole", "length(Routes)": 1},
        security=True,
        TransitGatewayRouteTableId=identifier,
        Filters=[{"Name": "route-search.exact-match", "Values": ["10.30.0.0/16"]}],
    )
    r.call(
        "ec2",
        "disable_transit_gateway_route_table_propagation",
        security=True,
        TransitGatewayRouteTableId=identifier,
        TransitGatewayAttachmentId=attachment,
    )
    r.call(
        "ec2",
        "search_transit_gateway_routes",
        {"Routes": lambda found: not found},
        security=True,
        TransitGatewayRouteTableId=identifier,
        Filters=[{"Name": "type", "Values": ["propagated"]}],
    )
    r.call(
        "ec2",
        "delete_transit_gateway_route",
        security=True,
        TransitGatewayRouteTableId=identifier,
        DestinationCidrBlock="10.30.0.0/16",
    )
    r.call(
        "ec2",
        "describe_transit_gateway_attachments",
        {"TransitGatewayAttachments[0].ResourceType": "vpc"},
        security=True,
        TransitGatewayAttachmentIds=[attachment],
    )


def instances(r: Recorder) -> None:
    made = r.call(
        "ec2",
        "run_instances",
        {"Instances[0].MetadataOptions.HttpTokens": "required", "Instances[0].EnclaveOptions.Enabled": True},
        security=True,
        ImageId="ami-12c6146b",
        InstanceType="m5.xlarge",
        MinCount=1,
        MaxCount=1,
        SubnetId=r.subnet,
        MetadataOptions={"HttpTokens": "required", "HttpPutResponseHopLimit": 1},
        EnclaveOptions={"Enabled": True},
    )
    instance = (made.get("Instances") or [{}])[0].get("InstanceId")
    r.call(
        "ec2",
        "describe_instances",
        {
            "Reservations[0].Instances[0].EnclaveOptions.Enabled": True,
            "Reservations[0].Instances[0].MetadataOptions.HttpTokens": "required",
        },
        security=True,
        InstanceIds=[instance],
    )
    r.call(
        "ec2",
        "modify_instance_metadata_options",
        {"InstanceMetadataOptions.HttpTokens": "optional"},
        security=True,
        InstanceId=instance,
        HttpTokens="optional",
    )
    r.refused("ec2", "delete_subnet", "DependencyViolation", SubnetId=r.subnet)
    r.call(
        "ec2",
        "modify_instance_attribute",
        security=True,
        InstanceId=instance,
        SourceDestCheck={"Value": False},
    )
    r.call(
        "ec2",
        "describe_instance_attribute",
        {"SourceDestCheck.Value": False},
        security=True,
        InstanceId=instance,
        Attribute="sourceDestCheck",
    )
    r.call(
        "ec2", "terminate_instances", {"TerminatingInstances[0].InstanceId": instance}, InstanceIds=[instance]
    )
    r.call("ec2", "enable_ebs_encryption_by_default", {"EbsEncryptionByDefault": True}, security=True)
    r.call("ec2", "get_ebs_encryption_by_default", {"EbsEncryptionByDefault": True}, security=True)


def public_access(r: Recorder) -> None:
    r.call(
        "ec2",
        "modify_vpc_block_public_access_options",
        {"VpcBlockPublicAccessOptions.InternetGatewayBlockMode": "block-ingress"},
        security=True,
        InternetGatewayBlockMode="block-ingress",
    )
    r.call(
        "ec2",
        "describe_vpc_block_public_access_options",
        {
            "VpcBlockPublicAccessOptions.InternetGatewayBlockMode": "block-ingress",
            "VpcBlockPublicAccessOptions.AwsAccountId": r.account,
        },
        security=True,
    )
    made = r.call(
        "ec2",
        "create_vpc_block_public_access_exclusion",
        {"VpcBlockPublicAccessExclusion.InternetGatewayExclusionMode": "allow-egress"},
        security=True,
        VpcId=r.vpc,
        InternetGatewayExclusionMode="allow-egress",
    )
    exclusion = made.get("VpcBlockPublicAccessExclusion", {}).get("ExclusionId")
    r.call(
        "ec2",
        "describe_vpc_block_public_access_exclusions",
        {"VpcBlockPublicAccessExclusions[0].ExclusionId": exclusion},
        security=True,
    )
    r.call("ec2", "delete_vpc_block_public_access_exclusion", security=True, ExclusionId=exclusion)


def firewall(r: Recorder) -> None:
    nf = "network-firewall"
    group = r.call(
        nf,
        "create_rule_group",
        {"RuleGroupResponse.Type": "STATELESS"},
        security=True,
        RuleGroupName="less",
        Type="STATELESS",
        Capacity=10,
        RuleGroup={
            "RulesSource": {
                "StatelessRulesAndCustomActions": {
                    "StatelessRules": [
                        {
                            "Priority": 1,
                            "RuleDefinition": {
                                "MatchAttributes": {"Protocols": [6]},
                                "Actions": ["aws:drop"],
                            },
                        }
                    ]
                }
            }
        },
    )
    arn = group.get("RuleGroupResponse", {}).get("RuleGroupArn")
    policy = r.call(
        nf,
        "create_firewall_policy",
        {"FirewallPolicyResponse.FirewallPolicyStatus": "ACTIVE"},
        security=True,
        FirewallPolicyName="p",
        FirewallPolicy={
            "StatelessDefaultActions": ["aws:drop"],
            "StatelessFragmentDefaultActions": ["aws:drop"],
            "StatelessRuleGroupReferences": [{"ResourceArn": arn, "Priority": 1}],
        },
    )
    r.refused(
        nf,
        "create_firewall_policy",
        "InvalidRequestException",
        FirewallPolicyName="p",
        FirewallPolicy={
            "StatelessDefaultActions": ["aws:drop"],
            "StatelessFragmentDefaultActions": ["aws:drop"],
        },
    )
    r.refused(nf, "delete_rule_group", "InvalidOperationException", RuleGroupName="less", Type="STATELESS")
    r.refused(nf, "describe_firewall_policy", "ResourceNotFoundException", FirewallPolicyName="absent")
    made = r.call(
        nf,
        "create_firewall",
        {"FirewallStatus.Status": str},
        security=True,
        FirewallName="f",
        FirewallPolicyArn=policy.get("FirewallPolicyResponse", {}).get("FirewallPolicyArn"),
        VpcId=r.vpc,
        SubnetMappings=[{"SubnetId": r.subnet}],
        DeleteProtection=True,
    )
    r.refused(nf, "delete_firewall", "InvalidOperationException", FirewallName="f")
    r.refused(
        nf,
        "update_firewall_delete_protection",
        "InvalidTokenException",
        FirewallName="f",
        DeleteProtection=False,
        UpdateToken="11111111-1111-1111-1111-111111111111",
    )
    del made
