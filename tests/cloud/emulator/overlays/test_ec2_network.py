"""Default security groups, the interfaces of VPC endpoints, and Client VPN endpoints."""

from __future__ import annotations

import ipaddress

import pytest
from botocore.exceptions import ClientError

from ringwork.cloud.emulator import LocalCloud

ACCOUNT, REGION = "111122223333", "eu-west-1"


@pytest.fixture
def ec2(tmp_path):
    with LocalCloud(tmp_path / "state") as cloud:
        yield cloud.session(ACCOUNT, REGION).client("ec2")


@pytest.fixture
def vpc(ec2):
    return ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]


def default_group(ec2, vpc):
    wanted = [{"Name": "vpc-id", "Values": [vpc]}, {"Name": "group-name", "Values": ["default"]}]
    return ec2.describe_security_groups(Filters=wanted)["SecurityGroups"][0]


def test_a_default_group_admits_its_own_members_until_that_is_revoked(ec2, vpc):
    """VPC user guide, "Default security group rules": all traffic from the group itself."""
    group = default_group(ec2, vpc)
    (rule,) = group["IpPermissions"]
    assert rule["IpProtocol"] == "-1"
    assert [pair["GroupId"] for pair in rule["UserIdGroupPairs"]] == [group["GroupId"]]
    assert rule["IpRanges"] == []
    ec2.revoke_security_group_ingress(GroupId=group["GroupId"], IpPermissions=group["IpPermissions"])
    assert default_group(ec2, vpc)["IpPermissions"] == []


def interfaces(ec2, endpoint):
    (shown,) = ec2.describe_vpc_endpoints(VpcEndpointIds=[endpoint])["VpcEndpoints"]
    found = ec2.describe_network_interfaces(NetworkInterfaceIds=shown["NetworkInterfaceIds"])
    return {one["SubnetId"]: one for one in found["NetworkInterfaces"]}


def test_an_endpoint_has_an_interface_in_each_subnet_with_its_groups(ec2, vpc):
    """PrivateLink guide, "Access an AWS service using an interface VPC endpoint"."""
    one, two = (
        ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.0.{n}.0/24", AvailabilityZone=f"{REGION}{zone}")[
            "Subnet"
        ]["SubnetId"]
        for n, zone in ((1, "a"), (2, "b"))
    )
    group, other = (ec2.create_security_group(GroupName=n, Description=n, VpcId=vpc)["GroupId"] for n in "ab")
    endpoint = ec2.create_vpc_endpoint(
        VpcId=vpc,
        ServiceName=f"com.amazonaws.{REGION}.sagemaker.api",
        VpcEndpointType="Interface",
        SubnetIds=[one],
        SecurityGroupIds=[group],
    )["VpcEndpoint"]["VpcEndpointId"]
    found = interfaces(ec2, endpoint)
    assert set(found) == {one}
    assert [g["GroupId"] for g in found[one]["Groups"]] == [group]
    assert found[one]["RequesterManaged"] is True
    assert ipaddress.ip_address(found[one]["PrivateIpAddress"]) in ipaddress.ip_network("10.0.1.0/24")
    with pytest.raises(ClientError, match="DependencyViolation"):
        ec2.delete_security_group(GroupId=group)

    ec2.modify_vpc_endpoint(
        VpcEndpointId=endpoint,
        AddSubnetIds=[two],
        RemoveSubnetIds=[one],
        AddSecurityGroupIds=[other],
        RemoveSecurityGroupIds=[group],
    )
    found = interfaces(ec2, endpoint)
    assert set(found) == {two}
    assert [g["GroupId"] for g in found[two]["Groups"]] == [other]
    ec2.delete_security_group(GroupId=group)
    ec2.delete_vpc_endpoints(VpcEndpointIds=[endpoint])
    assert ec2.describe_network_interfaces()["NetworkInterfaces"] == []


def test_a_client_vpn_endpoint_is_described_as_it_was_made(ec2):
    """EC2 API reference, CreateClientVpnEndpoint; defaults: UDP, port 443, no split tunnel, 24 hours."""
    assert ec2.describe_client_vpn_endpoints()["ClientVpnEndpoints"] == []
    certificate = f"arn:aws:acm:{REGION}:{ACCOUNT}:certificate/one"
    made = ec2.create_client_vpn_endpoint(
        ClientCidrBlock="10.9.0.0/22",
        ServerCertificateArn=certificate,
        AuthenticationOptions=[
            {
                "Type": "certificate-authentication",
                "MutualAuthentication": {"ClientRootCertificateChainArn": certificate},
            }
        ],
        ConnectionLogOptions={"Enabled": False},
    )
    assert made["Status"]["Code"] == "pending-associate"
    (shown,) = ec2.describe_client_vpn_endpoints()["ClientVpnEndpoints"]
    assert shown["ConnectionLogOptions"]["Enabled"] is False
    assert (
        shown["AuthenticationOptions"][0]["MutualAuthentication"]["ClientRootCertificateChain"] == certificate
    )
    assert (shown["TransportProtocol"], shown["VpnPort"], shown["SplitTunnel"]) == ("udp", 443, False)
    ec2.modify_client_vpn_endpoint(
        ClientVpnEndpointId=made["ClientVpnEndpointId"],
        ConnectionLogOptions={"Enabled": True, "CloudwatchLogGroup": "vpn"},
    )
    (shown,) = ec2.describe_client_vpn_endpoints()["ClientVpnEndpoints"]
    assert shown["ConnectionLogOptions"] == {"Enabled": True, "CloudwatchLogGroup": "vpn"}
    ec2.delete_client_vpn_endpoint(ClientVpnEndpointId=made["ClientVpnEndpointId"])
    with pytest.raises(ClientError, match=r"InvalidClientVpnEndpointId\.NotFound"):
        ec2.describe_client_vpn_endpoints(ClientVpnEndpointIds=[made["ClientVpnEndpointId"]])
