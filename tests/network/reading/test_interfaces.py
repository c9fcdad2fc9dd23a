"""Expected values: EC2 user guide, "Elastic network interfaces"; template reference; and by hand."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ringwork.estate import Estate, Resource, Unknown
from ringwork.findings import Origin
from ringwork.network.addresses import parse_address
from ringwork.network.reading.interfaces import _addresses, _plain, _public
from ringwork.network.reading.reader import Reader

from .estates import VPC, att, collected, key, live, live_key, modelled, ref

GROUP = ("EC2::SecurityGroup", {"GroupDescription": "g", "VpcId": ref("Vpc")})


def test_an_interface_has_its_addresses_the_primary_one_first() -> None:
    listed = [
        {"PrivateIpAddress": "10.0.1.9", "Primary": False},
        {"PrivateIpAddress": "10.0.1.8", "Primary": True},
    ]
    given = {
        "SubnetId": ref("A"),
        "GroupSet": [ref("G")],
        "PrivateIpAddresses": listed,
        "SourceDestCheck": False,
        "Ipv6Addresses": [{"Ipv6Address": "2001:db8::1"}],
    }
    net = modelled({**VPC, "G": GROUP, "Eni": ("EC2::NetworkInterface", given)})
    found = net.interfaces[key("EC2::NetworkInterface", "Eni")]
    assert found.addresses == tuple(map(parse_address, ("10.0.1.8", "10.0.1.9", "2001:db8::1")))
    assert found.groups == {key("EC2::SecurityGroup", "G")}
    assert found.forwards
    assert found.assigned
    assert net.problems == ()


@pytest.mark.parametrize(
    ("check", "forwards", "certain"),
    [(True, False, True), (False, True, True), ({"Fn::ImportValue": "check"}, True, False)],
)
def test_where_the_check_of_addresses_is_not_known_it_may_forward(
    check: Any, forwards: bool, certain: bool
) -> None:
    """It may: nobody proves past it. It need not: nobody proves through it."""
    eni = {"SubnetId": ref("A"), "GroupSet": [ref("G")], "SourceDestCheck": check}
    host = {"SubnetId": ref("A"), "SecurityGroupIds": [ref("G")], "SourceDestCheck": check}
    net = modelled({**VPC, "G": GROUP, "Eni": ("EC2::NetworkInterface", eni), "I": ("EC2::Instance", host)})
    for name in (key("EC2::NetworkInterface", "Eni"), f"{key('EC2::Instance', 'I')}#0"):
        found = net.interfaces[name]
        assert (found.forwards, found.forwards_certain) == (forwards, certain)


def test_an_instance_with_a_subnet_has_an_interface_that_may_have_any_of_its_addresses() -> None:
    given = {"SubnetId": ref("A"), "SecurityGroupIds": [ref("G")]}
    net = modelled({**VPC, "G": GROUP, "I": ("EC2::Instance", given)})
    found = net.interfaces[f"{key('EC2::Instance', 'I')}#0"]
    assert (found.subnet, found.addresses, found.assigned) == (key("EC2::Subnet", "A"), (), False)
    assert (found.kind, found.owner) == ("instance", key("EC2::Instance", "I"))
    assert found.groups == {key("EC2::SecurityGroup", "G")}
    assert not found.public_possible


def test_an_address_of_ipv6_that_a_subnet_adds_is_not_known() -> None:
    six = {"VpcId": ref("Vpc"), "CidrBlock": "10.0.3.0/24", "AssignIpv6AddressOnCreation": True}
    given = {"SubnetId": ref("C"), "PrivateIpAddress": "10.0.3.9"}
    net = modelled({**VPC, "C": ("EC2::Subnet", six), "I": ("EC2::Instance", given)})
    found = net.interfaces[f"{key('EC2::Instance', 'I')}#0"]
    assert (found.addresses, found.assigned) == ((), False)
    fixed = modelled({**VPC, "I": ("EC2::Instance", {"SubnetId": ref("A"), "PrivateIpAddress": "10.0.1.9"})})
    found = fixed.interfaces[f"{key('EC2::Instance', 'I')}#0"]
    assert (found.addresses, found.assigned) == ((parse_address("10.0.1.9"),), True)


def test_a_live_instance_whose_interfaces_were_not_collected_has_its_own_addresses() -> None:
    net = collected(
        (
            live("EC2::VPC", "vpc-00000001", {"CidrBlock": "10.0.0.0/16"}),
            live("EC2::Subnet", "subnet-00000001", {"VpcId": "vpc-00000001", "CidrBlock": "10.0.0.0/24"}),
            live(
                "EC2::Instance",
                "i-00000001",
                {"NetworkInterfaces": [{"DeviceIndex": "0", "SubnetId": "subnet-00000001"}]},
                {"PrivateIp": "10.0.0.5", "PublicIp": "198.51.100.5"},
            ),
            live(
                "EC2::NetworkInterface",
                "eni-00000001",
                {
                    "SubnetId": "subnet-00000001",
                    "PrivateIpAddresses": [{"PrivateIpAddress": "10.0.0.6", "Primary": True}],
                },
            ),
            live(
                "EC2::EIP",
                "198.51.100.6",
                {},
                {"PublicIp": "198.51.100.6", "AllocationId": "eipalloc-00000001"},
            ),
            live(
                "EC2::EIPAssociation",
                "eipassoc-00000001",
                {"AllocationId": "eipalloc-00000001", "NetworkInterfaceId": "eni-00000001"},
            ),
        )
    )
    instance = net.interfaces[f"{live_key('EC2::Instance', 'i-00000001')}#0"]
    assert instance.public == {parse_address("10.0.0.5"): parse_address("198.51.100.5")}
    assert not instance.public_possible
    other = net.interfaces[live_key("EC2::NetworkInterface", "eni-00000001")]
    assert other.public == {parse_address("10.0.0.6"): parse_address("198.51.100.6")}


def test_an_instance_without_groups_has_the_vpcs_default_one() -> None:
    net = modelled({**VPC, "I": ("EC2::Instance", {"SubnetId": ref("A")})})
    found = net.interfaces[f"{key('EC2::Instance', 'I')}#0"]
    assert found.groups == {f"{key('EC2::VPC', 'Vpc')}#default-security-group"}
    assert found.certain_groups


def test_groups_that_are_not_known_are_not_taken_for_none() -> None:
    given = {"SubnetId": ref("A"), "SecurityGroupIds": [ref("G"), "sg-0123456789abcdef0"]}
    net = modelled({**VPC, "G": GROUP, "I": ("EC2::Instance", given)})
    found = net.interfaces[f"{key('EC2::Instance', 'I')}#0"]
    assert found.groups == {key("EC2::SecurityGroup", "G")}
    assert not found.certain_groups
    assert net.problems


def test_who_may_get_a_public_address() -> None:
    mapped = {"VpcId": ref("Vpc"), "CidrBlock": "10.0.3.0/24", "MapPublicIpOnLaunch": True}
    asked = [{"DeviceIndex": "0", "SubnetId": ref("A"), "AssociatePublicIpAddress": True}]
    refused = [{"DeviceIndex": "0", "SubnetId": ref("C"), "AssociatePublicIpAddress": False}]
    net = modelled(
        {
            **VPC,
            "C": ("EC2::Subnet", mapped),
            "ByPool": ("EC2::Instance", {"SubnetId": ref("C")}),
            "Asked": ("EC2::Instance", {"NetworkInterfaces": asked}),
            "Refused": ("EC2::Instance", {"NetworkInterfaces": refused}),
            "Elastic": ("EC2::Instance", {"SubnetId": ref("A")}),
            "Eip": ("EC2::EIP", {"InstanceId": ref("Elastic")}),
            "Private": ("EC2::Instance", {"SubnetId": ref("A")}),
            "Other": ("EC2::EIP", {}),
            "Joined": ("EC2::NetworkInterface", {"SubnetId": ref("A")}),
            "Join": (
                "EC2::EIPAssociation",
                {"AllocationId": att("Other", "AllocationId"), "NetworkInterfaceId": ref("Joined")},
            ),
        }
    )
    possible = {
        name: net.interfaces[f"{key('EC2::Instance', name)}#0"].public_possible
        for name in ("ByPool", "Asked", "Refused", "Elastic", "Private")
    }
    assert possible == {"ByPool": True, "Asked": True, "Refused": False, "Elastic": True, "Private": False}
    assert net.interfaces[key("EC2::NetworkInterface", "Joined")].public_possible
    sure = {name for name, found in net.interfaces.items() if found.public_certain}
    assert sure == {
        key("EC2::NetworkInterface", "Joined"),
        *(f"{key('EC2::Instance', name)}#0" for name in ("ByPool", "Asked", "Elastic")),
    }


def test_a_public_address_for_one_of_several_is_sure_of_none() -> None:
    """EC2 API reference, AssociateAddress: without `PrivateIpAddress` it is the primary one's."""
    several = {"SubnetId": ref("A"), "SecondaryPrivateIpAddressCount": 2}
    net = modelled(
        {
            **VPC,
            "Eip": ("EC2::EIP", {}),
            "Several": ("EC2::NetworkInterface", several),
            "Join": (
                "EC2::EIPAssociation",
                {"AllocationId": att("Eip", "AllocationId"), "NetworkInterfaceId": ref("Several")},
            ),
        }
    )
    found = net.interfaces[key("EC2::NetworkInterface", "Several")]
    assert (found.public_possible, found.public_certain) == (True, False)


def test_an_instance_takes_what_its_launch_template_says() -> None:
    data = {"NetworkInterfaces": [{"DeviceIndex": 0, "SubnetId": ref("B"), "Groups": [ref("G")]}]}
    net = modelled(
        {
            **VPC,
            "G": GROUP,
            "L": ("EC2::LaunchTemplate", {"LaunchTemplateData": data}),
            "I": ("EC2::Instance", {"LaunchTemplate": {"LaunchTemplateId": ref("L"), "Version": "1"}}),
        }
    )
    found = net.interfaces[f"{key('EC2::Instance', 'I')}#0"]
    assert found.subnet == key("EC2::Subnet", "B")
    assert found.groups == {key("EC2::SecurityGroup", "G")}


def test_live_interfaces_are_their_owners() -> None:
    eni = {"SubnetId": "subnet-00000001", "SourceDestCheck": True, "GroupSet": ["sg-00000001"]}

    def interface(
        number: int, *, type: str = "interface", groups: bool = True, text: str = "", **facts: object
    ):  # type: ignore[no-untyped-def]
        address = f"10.0.0.{number}"
        given = {
            **eni,
            "Description": text,
            "PrivateIpAddresses": [{"PrivateIpAddress": address, "Primary": True}],
        }
        if not groups:
            del given["GroupSet"]
        return live(
            "EC2::NetworkInterface",
            f"eni-0000000{number}",
            given,
            {"InterfaceType": type, "PrimaryPrivateIpAddress": address, **facts},
        )

    public = [{"PrivateIpAddress": "10.0.0.1", "PublicIp": "198.51.100.7"}]
    net = collected(
        (
            live("EC2::VPC", "vpc-00000001", {"CidrBlock": "10.0.0.0/16"}),
            live("EC2::Subnet", "subnet-00000001", {"VpcId": "vpc-00000001", "CidrBlock": "10.0.0.0/24"}),
            live("EC2::SecurityGroup", "sg-00000001", {"VpcId": "vpc-00000001", "GroupName": "default"}),
            live(
                "EC2::Instance",
                "i-00000001",
                {"NetworkInterfaces": [{"DeviceIndex": "0", "SubnetId": "subnet-00000001"}]},
            ),
            live(
                "EC2::NatGateway",
                "nat-00000001",
                {"SubnetId": "subnet-00000001"},
                {"EniId": "eni-00000003"},
            ),
            live(
                "EC2::VPCEndpoint",
                "vpce-00000001",
                {
                    "VpcId": "vpc-00000001",
                    "VpcEndpointType": "Interface",
                    "ServiceName": "com.amazonaws.eu-central-1.sts",
                    "SubnetIds": ["subnet-00000001"],
                    "SecurityGroupIds": ["sg-00000001"],
                    "PrivateDnsEnabled": True,
                },
                {"State": "available", "NetworkInterfaceIds": ["eni-00000004"]},
            ),
            interface(2, DeviceIndex=1, InstanceId="i-00000001"),
            interface(1, DeviceIndex=0, InstanceId="i-00000001", PublicAddresses=public),
            interface(3, type="nat_gateway", groups=False),
            interface(4, type="vpc_endpoint", RequesterManaged=True),
            interface(5, RequesterManaged=True, text="RDSNetworkInterface"),
            interface(6, RequesterManaged=True, text="something of AWS"),
        )
    )
    kinds = {k.rpartition("/")[2]: (i.kind, i.owner.rpartition("/")[2]) for k, i in net.interfaces.items()}
    assert kinds == {
        "eni-00000001": ("instance", "i-00000001"),
        "eni-00000002": ("instance", "i-00000001"),
        "eni-00000003": ("nat", "nat-00000001"),
        "eni-00000004": ("endpoint", "vpce-00000001"),
        "eni-00000005": ("rds", "eni-00000005"),
        "eni-00000006": ("requester", "eni-00000006"),
    }
    first = net.interfaces[live_key("EC2::NetworkInterface", "eni-00000001")]
    assert first.public == {parse_address("10.0.0.1"): parse_address("198.51.100.7")}
    assert first.assigned
    (endpoint,) = net.interface_endpoints.values()
    assert endpoint.interfaces == (live_key("EC2::NetworkInterface", "eni-00000004"),)
    assert net.nat_gateways[live_key("EC2::NatGateway", "nat-00000001")].public


def test_a_group_that_nothing_uses_is_a_place_in_each_subnet_of_its_vpc() -> None:
    net = modelled({**VPC, "G": GROUP, "I": ("EC2::Instance", {"SubnetId": ref("A")})})
    places = {(i.subnet, i.owner) for i in net.interfaces.values() if i.kind == "any"}
    # the default group is the instance's: no place for it
    assert places == {(key("EC2::Subnet", name), key("EC2::SecurityGroup", "G")) for name in ("A", "B")}
    assert all(not i.assigned and i.addresses == () for i in net.interfaces.values())


def test_services_have_interfaces_where_their_resources_say() -> None:
    vpc = {"Subnets": [ref("A"), ref("B")], "SecurityGroupIds": [ref("G")]}
    net = modelled(
        {
            **VPC,
            "G": GROUP,
            "Model": ("SageMaker::Model", {"VpcConfig": vpc}),
            "Job": ("SageMaker::DataQualityJobDefinition", {"NetworkConfig": {"VpcConfig": vpc}}),
            "Book": (
                "SageMaker::NotebookInstance",
                {
                    "SubnetId": ref("A"),
                    "SecurityGroupIds": [ref("G")],
                    "DirectInternetAccess": "Disabled",
                },
            ),
            "Function": (
                "Lambda::Function",
                {"VpcConfig": {"SubnetIds": [ref("A")], "SecurityGroupIds": [ref("G")]}},
            ),
            "Files": ("EFS::MountTarget", {"SubnetId": ref("B"), "SecurityGroups": [ref("G")]}),
            "Names": ("RDS::DBSubnetGroup", {"SubnetIds": [ref("A"), ref("B")]}),
            "Base": (
                "RDS::DBInstance",
                {
                    "DBSubnetGroupName": ref("Names"),
                    "VPCSecurityGroups": [ref("G")],
                    "PubliclyAccessible": True,
                },
            ),
        }
    )
    found = {
        name: sorted(
            (i.kind, i.subnet.rpartition("/")[2], i.public_possible)
            for i in net.interfaces.values()
            if i.owner.endswith(f"/{name}") and i.groups == {key("EC2::SecurityGroup", "G")}
        )
        for name in ("Model", "Job", "Book", "Function", "Files", "Base")
    }
    assert found == {
        "Model": [("sagemaker", "A", False), ("sagemaker", "B", False)],
        "Job": [("sagemaker", "A", False), ("sagemaker", "B", False)],
        "Book": [("sagemaker", "A", False)],
        "Function": [("lambda", "A", False)],
        "Files": [("efs", "B", False)],
        "Base": [("rds", "A", True), ("rds", "B", True)],
    }
    assert net.problems == ()
    assert net.unmodelled == {}


def test_a_notebook_with_direct_internet_access_is_not_modelled() -> None:
    """SageMaker API reference, CreateNotebookInstance: it is on unless it is set to `Disabled`."""
    net = modelled({**VPC, "Book": ("SageMaker::NotebookInstance", {"SubnetId": ref("A")})})
    assert key("SageMaker::NotebookInstance", "Book") in net.unmodelled


def test_a_public_address_that_cannot_be_read_may_be_any() -> None:
    """Never none: what the internet reaches by it would be proved safe."""
    for listed in (
        ({"PrivateIpAddress": "10.0.1.9", "PublicIp": "198.51.100.300"},),
        ({"PrivateIpAddress": "10.0.1.9"},),
        "198.51.100.7",
    ):
        assert _public({"PublicAddresses": listed}) == ({}, False)
    assert _public({}) == ({}, True)
    read = ({"PrivateIpAddress": "10.0.1.9", "PublicIp": "198.51.100.7"},)
    assert _public({"PublicAddresses": read}) == (
        {parse_address("10.0.1.9"): parse_address("198.51.100.7")},
        True,
    )


TEXTS = st.sampled_from(["10.0.0.1", "10.0.0.2", "2001:db8::1", "2001:db8:0::1", "10.0.0.300", "", "::/0"])
FOUR = st.fixed_dictionaries(
    {}, optional={"PrivateIpAddress": TEXTS | st.none(), "Primary": st.booleans() | st.just("true")}
)
SIX = st.fixed_dictionaries({}, optional={"Ipv6Address": TEXTS | st.just(Unknown("not said"))})
ADDRESSED = st.fixed_dictionaries(
    {},
    optional={
        "PrivateIpAddresses": st.lists(FOUR, max_size=2).map(tuple) | st.just(Unknown("not said")),
        "Ipv6Addresses": st.lists(SIX, max_size=2).map(tuple),
        "PrivateIpAddress": TEXTS,
        "SecondaryPrivateIpAddressCount": st.integers(0, 2),
        "Ipv6AddressCount": st.integers(0, 2),
    },
)


@given(ADDRESSED, st.booleans())
def test_the_quick_look_at_addresses_agrees_with_the_whole_one(given: dict[str, Any], live: bool) -> None:
    origin = Origin(operation="ec2:DescribeNetworkInterfaces") if live else Origin(file="a.yaml", line=1)
    interface = Resource("k", "AWS::EC2::NetworkInterface", given, origins=(origin,))
    reader = Reader(Estate([interface]))
    quick, whole = _plain(given), _addresses(reader, interface)
    assert quick in ((), whole)
    if quick:
        assert reader.problems == []


def test_the_quick_look_sees_one_address_of_each_version() -> None:
    given = {
        "PrivateIpAddresses": ({"PrivateIpAddress": "10.0.1.8", "Primary": True},),
        "Ipv6Addresses": ({"Ipv6Address": "2001:db8::1"},),
    }
    assert _plain(given) == (parse_address("10.0.1.8"), parse_address("2001:db8::1"))
