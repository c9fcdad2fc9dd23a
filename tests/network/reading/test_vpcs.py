"""Expected values: VPC user guide, "VPC CIDR blocks", "Block public access"; and by hand from the inputs."""

from __future__ import annotations

from ringwork.network.addresses import parse_prefix
from ringwork.network.model import Block
from ringwork.network.reading import read

from .estates import VPC, att, key, modelled, ref, template


def test_a_vpc_has_its_primary_and_its_further_blocks() -> None:
    net = modelled(
        {
            **VPC,
            "More": ("EC2::VPCCidrBlock", {"VpcId": ref("Vpc"), "CidrBlock": "10.1.0.0/16"}),
            "Six": ("EC2::VPCCidrBlock", {"VpcId": ref("Vpc"), "Ipv6CidrBlock": "2001:db8::/56"}),
        }
    )
    blocks = net.vpcs[key("EC2::VPC", "Vpc")].prefixes
    assert [str(block) for block in blocks] == ["10.0.0.0/16", "10.1.0.0/16", "2001:db8::/56"]
    assert net.problems == ()


def test_ipv6_that_amazon_will_give_is_a_problem_and_no_block() -> None:
    six = {"VpcId": ref("Vpc"), "AmazonProvidedIpv6CidrBlock": True}
    net = modelled({**VPC, "Six": ("EC2::VPCCidrBlock", six)})
    assert len(net.vpcs[key("EC2::VPC", "Vpc")].prefixes) == 1
    assert [problem.key for problem in net.problems] == [key("EC2::VPCCidrBlock", "Six")]


def test_a_subnets_zone_is_comparable_before_it_is_known() -> None:
    zone = {"Fn::Select": [0, {"Fn::GetAZs": ""}]}
    subnets = {
        name: ("EC2::Subnet", {"VpcId": ref("Vpc"), "CidrBlock": f"10.0.{n}.0/24", "AvailabilityZone": zone})
        for n, name in enumerate(("C", "D"), 3)
    }
    net = modelled({**VPC, **subnets})
    zones = {name: net.subnets[key("EC2::Subnet", name)].zone for name in ("A", "C", "D")}
    assert zones["C"] is not None
    assert zones["C"] == zones["D"] != zones["A"]


def test_a_bad_block_is_a_problem_at_its_line() -> None:
    net = modelled({**VPC, "C": ("EC2::Subnet", {"VpcId": ref("Vpc"), "CidrBlock": "10.0.300.0/24"})})
    messages = [problem.message for problem in net.problems]
    assert messages[0] == "CidrBlock: `10.0.300.0/24` is not a CIDR block"
    place = net.problems[0].origins[0]
    assert (place.file, place.line) == ("net.json", 35)


def test_overlapping_subnets_and_one_outside_its_vpc_are_problems() -> None:
    net = modelled(
        {
            **VPC,
            "C": ("EC2::Subnet", {"VpcId": ref("Vpc"), "CidrBlock": "10.0.1.128/25"}),
            "D": ("EC2::Subnet", {"VpcId": ref("Vpc"), "CidrBlock": "192.168.0.0/24"}),
        }
    )
    found = {problem.key.rpartition("/")[2]: problem.message for problem in net.problems}
    assert found["C"] == f"overlaps subnet `{key('EC2::Subnet', 'A')}`"
    assert found["D"].startswith("`192.168.0.0/24` is in no block of its VPC")


def test_a_dangling_reference_is_a_problem_and_the_subnet_is_left_out() -> None:
    net = modelled(
        {**VPC, "C": ("EC2::Subnet", {"VpcId": "vpc-0123456789abcdef0", "CidrBlock": "10.0.3.0/24"})}
    )
    assert key("EC2::Subnet", "C") not in net.subnets
    assert net.problems[0].message == "VPC is not known: `vpc-0123456789abcdef0` is not in the estate"


def test_block_public_access_is_the_accounts_less_its_exclusions() -> None:
    options = {"InternetGatewayBlockMode": "block-bidirectional"}
    base = {
        **VPC,
        "Other": ("EC2::VPC", {"CidrBlock": "10.9.0.0/16"}),
        "Block": ("EC2::VPCBlockPublicAccessOptions", options),
    }
    net = modelled(
        {
            **base,
            "E": (
                "EC2::VPCBlockPublicAccessExclusion",
                {"InternetGatewayExclusionMode": "allow-egress", "VpcId": ref("Other")},
            ),
            "F": (
                "EC2::VPCBlockPublicAccessExclusion",
                {"InternetGatewayExclusionMode": "allow-bidirectional", "SubnetId": ref("A")},
            ),
        }
    )
    assert net.vpcs[key("EC2::VPC", "Vpc")].block is Block.BIDIRECTIONAL
    assert net.vpcs[key("EC2::VPC", "Vpc")].excluded is None
    other = net.vpcs[key("EC2::VPC", "Other")]
    assert (other.block, other.excluded) == (Block.BIDIRECTIONAL, Block.INGRESS)
    assert net.subnets[key("EC2::Subnet", "A")].excluded is Block.OFF
    assert net.subnets[key("EC2::Subnet", "B")].excluded is None


BLOCKED = ("EC2::VPCBlockPublicAccessOptions", {"InternetGatewayBlockMode": "block-bidirectional"})


def excluding(**given: object) -> tuple[str, dict[str, object]]:
    return ("EC2::VPCBlockPublicAccessExclusion", {"InternetGatewayExclusionMode": "allow-egress", **given})


def test_a_mode_that_is_not_known_may_block_and_may_not() -> None:
    given = {"InternetGatewayBlockMode": att("Vpc", "Nope")}
    net = read(template({**VPC, "Block": ("EC2::VPCBlockPublicAccessOptions", given)}))
    doubt = net.vpcs[key("EC2::VPC", "Vpc")].block_unknown
    assert doubt == "whether Block Public Access is on is not known"
    assert "the mode is not known" in [problem.message for problem in net.problems]


def test_an_exclusion_of_what_is_not_known_may_be_of_any_vpc_of_the_account() -> None:
    net = read(template({**VPC, "Block": BLOCKED, "E": excluding(VpcId={"Fn::ImportValue": "elsewhere"})}))
    found = net.vpcs[key("EC2::VPC", "Vpc")]
    assert (found.block, found.excluded) == (Block.BIDIRECTIONAL, None)
    assert found.block_unknown == "`net/E` may exclude it from Block Public Access"


def test_an_exclusion_that_does_not_say_how_much_it_opens_is_in_doubt_for_its_vpc_alone() -> None:
    unsaid = excluding(SubnetId=ref("A"), InternetGatewayExclusionMode=att("Vpc", "Nope"))
    other = ("EC2::VPC", {"CidrBlock": "10.9.0.0/16"})
    net = read(template({**VPC, "Other": other, "Block": BLOCKED, "E": unsaid}))
    doubt = net.vpcs[key("EC2::VPC", "Vpc")].block_unknown
    assert doubt == "what `net/E` excludes from Block Public Access is not known"
    assert net.vpcs[key("EC2::VPC", "Other")].block_unknown is None
    assert net.subnets[key("EC2::Subnet", "A")].excluded is None


def test_an_exclusion_opens_nothing_that_is_not_blocked() -> None:
    net = read(template({**VPC, "E": excluding(VpcId={"Fn::ImportValue": "elsewhere"})}))
    assert net.vpcs[key("EC2::VPC", "Vpc")].block_unknown is None


def test_host_bits_are_cleared_as_ec2_does() -> None:
    # API reference, CreateSubnet: "100.68.0.18/18" becomes "100.68.0.0/18"
    net = modelled({"Vpc": ("EC2::VPC", {"CidrBlock": "100.68.0.18/18"})})
    assert net.vpcs[key("EC2::VPC", "Vpc")].prefixes == (parse_prefix("100.68.0.0/18"),)
