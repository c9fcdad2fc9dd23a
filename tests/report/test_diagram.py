from __future__ import annotations

import xml.etree.ElementTree as ET
from itertools import pairwise
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from ringwork.estate import Estate, Gap, Resource
from ringwork.findings import Severity, Status, Subject
from ringwork.report.diagram import svg
from ringwork.report.drawing import fit, polyline, width
from ringwork.report.topology import Flow, topology

from .sample import ACCOUNT, REGION, estate, finding, key, ref, resource, tags

SVG = "{http://www.w3.org/2000/svg}"


def drawn(text: str) -> ET.Element:
    return ET.fromstring(text)  # noqa: S314 (our own output)


def words(root: ET.Element) -> list[str]:
    """Text as a reader sees it, without titles."""
    return [
        "".join([element.text or "", *((child.tail or "") for child in element)])
        for element in root.iter(f"{SVG}text")
    ]


def titles(root: ET.Element) -> list[str]:
    return [element.text or "" for element in root.iter(f"{SVG}title")]


def test_workloads_subnets_endpoints_buckets_and_keys_are_drawn() -> None:
    shown = words(drawn(svg(estate())))
    for word in ("mercy-imaging", "10.0.0.0/20", "10.0.0.0/24", "label-desk", "notebook", "ward-service"):
        assert word in shown
    for word in ("s3", "scans", "restricted", "Key", "443"):
        assert word in shown


def test_a_rule_that_names_a_group_is_a_flow() -> None:
    (place,) = topology(estate()).places
    caller, called = key("AWS::EC2::SecurityGroup", "Desk"), key("AWS::EC2::SecurityGroup", "Service")
    assert place.flows == (Flow(caller, called, "443"),)
    assert "label-desk may call ward-service on 443" in titles(drawn(svg(estate())))


def test_the_bucket_stands_under_its_key() -> None:
    (place,) = topology(estate()).places
    (vault,) = place.vaults
    assert vault.key == key("AWS::KMS::Key", "Key")
    assert [store.name for store in vault.stores] == ["scans"]


def test_a_bucket_without_encryption_settings_uses_s3_s_own_keys() -> None:
    """S3 User Guide, default encryption: SSE-S3 applies to every bucket."""
    bucket = resource("AWS::S3::Bucket", "B", {"BucketName": "b"})
    (vault,) = topology(Estate([bucket])).elsewhere
    assert (vault.key, vault.name) == ("", "S3's own keys")


def test_a_rule_open_to_the_world_is_told_on_its_group() -> None:
    rule = resource(
        "AWS::EC2::SecurityGroupIngress",
        "World",
        {
            "GroupId": ref("AWS::EC2::SecurityGroup", "Service", "GroupId"),
            "IpProtocol": "tcp",
            "FromPort": 22,
            "ToPort": 22,
            "CidrIp": "0.0.0.0/0",
        },
    )
    assert "22 from 0.0.0.0/0" in words(drawn(svg(Estate([*estate().resources, rule]))))


def internet(*, extra: tuple[Resource, ...] = (), gaps: tuple[Gap, ...] = ()) -> list[str]:
    return words(drawn(svg(Estate([*estate().resources, *extra], gaps=gaps))))


def test_an_internet_gateway_is_told_and_its_absence_too() -> None:
    attachment = resource(
        "AWS::EC2::VPCGatewayAttachment",
        "Attachment",
        {"VpcId": ref("AWS::EC2::VPC", "Vpc"), "InternetGatewayId": "igw-1"},
    )
    assert "no internet gateway" in internet()
    assert "internet gateway" in internet(extra=(attachment,))


def test_a_gap_that_could_hide_an_internet_gateway_is_not_called_none() -> None:
    gap = Gap(ACCOUNT, REGION, "AWS::EC2::InternetGateway", "access denied")
    shown = internet(gaps=(gap,))
    assert "internet gateway: unknown" in shown
    assert "no internet gateway" not in shown


def test_a_violated_rule_marks_its_group_and_its_vpc() -> None:
    subject = Subject("AWS::EC2::SecurityGroupIngress", "net/Rule", account=ACCOUNT, region=REGION)
    bad = finding("NET-02", Status.VIOLATED, Severity.HIGH, subject=subject, message="too wide")
    seen = topology(estate(), [bad])
    assert set(seen.marks) == {
        key("AWS::EC2::SecurityGroupIngress", "Rule"),
        key("AWS::EC2::SecurityGroup", "Service"),
        key("AWS::EC2::VPC", "Vpc"),
    }
    assert "violated: NET-02 net/Rule: too wide" in titles(drawn(svg(estate(), [bad])))


def test_what_is_proved_or_unknown_marks_nothing() -> None:
    subject = Subject("AWS::EC2::SecurityGroup", "net/Service", account=ACCOUNT, region=REGION)
    fine = [finding("NET-02", status, subject=subject) for status in (Status.PROVED, Status.UNKNOWN)]
    assert topology(estate(), fine).marks == {}


def vpcs(count: int) -> Estate:
    return Estate(
        resource(
            "AWS::EC2::VPC",
            "Vpc",
            {
                "CidrBlock": f"10.{index}.0.0/16",
                "Tags": (
                    *tags(team=f"team{index // 3}", stage=("prod", "dev", "test")[index % 3]),
                    {"Key": "Name", "Value": f"vpc-{index}"},
                ),
            },
            account=f"{index:012}",
        )
        for index in range(count)
    )


def test_many_vpcs_become_one_card_each_by_team_in_promotion_order() -> None:
    shown = [word for word in words(drawn(svg(vpcs(36)))) if word.startswith("vpc-")]
    assert len(shown) == len(set(shown)) == 36
    assert shown[:3] == ["vpc-1", "vpc-2", "vpc-0"]


def test_an_empty_estate_is_said_to_be_empty() -> None:
    assert "no VPC and no bucket in this estate" in words(drawn(svg(Estate(()))))


NAMES = (
    st.text(max_size=60) | st.just("<script>") | st.just("a" * 300) | st.just("界" * 80) | st.just("\x00\x1b")
)


def filled(names: list[str], count: int, pairs: list[tuple[int, int]]) -> Estate:
    vpc = ref("AWS::EC2::VPC", "Vpc")
    tiers = ("interactive", "build", "serving")
    found = [
        resource(
            "AWS::EC2::VPC", "Vpc", {"CidrBlock": names[0], "Tags": ({"Key": "Name", "Value": names[1]},)}
        )
    ]
    for index in range(count):
        group: dict[str, Any] = {
            "VpcId": vpc,
            "Tags": tags(workload=names[index % len(names)], workload_type="x", tier=tiers[index % 3]),
        }
        found.append(resource("AWS::EC2::SecurityGroup", f"G{index}", group))
    for number, (source, target) in enumerate(pairs):
        rule = {
            "GroupId": ref("AWS::EC2::SecurityGroup", f"G{target % count}", "GroupId"),
            "SourceSecurityGroupId": ref("AWS::EC2::SecurityGroup", f"G{source % count}", "GroupId"),
            "IpProtocol": "tcp",
            "FromPort": 443,
            "ToPort": 443,
        }
        found.append(resource("AWS::EC2::SecurityGroupIngress", f"R{number}", rule))
    found.append(resource("AWS::S3::Bucket", "B", {"BucketName": names[-1]}))
    return Estate(found)


@settings(deadline=None)
@given(
    st.lists(NAMES, min_size=3, max_size=6),
    st.integers(1, 14),
    st.lists(st.tuples(st.integers(0, 13), st.integers(0, 13)), max_size=12),
)
def test_any_names_and_flows_give_well_formed_svg_inside_its_frame(
    names: list[str], count: int, pairs: list[tuple[int, int]]
) -> None:
    text = svg(filled(names, count, pairs))
    root = drawn(text)
    assert text == svg(filled(names, count, pairs))
    across, down = (float(root.attrib[side]) for side in ("width", "height"))
    for box in root.iter(f"{SVG}rect"):
        x, y, w, h = (float(box.attrib[side]) for side in ("x", "y", "width", "height"))
        assert x >= 0
        assert y >= 0
        assert x + w <= across
        assert y + h <= down
    assert {element.tag for element in root.iter()} <= {
        f"{SVG}{tag}"
        for tag in ("svg", "title", "style", "defs", "marker", "path", "g", "rect", "text", "circle")
    }


@settings(deadline=None)
@given(st.integers(2, 9), st.lists(st.tuples(st.integers(0, 8), st.integers(0, 8)), min_size=1, max_size=8))
def test_no_flow_crosses_a_workload(count: int, pairs: list[tuple[int, int]]) -> None:
    """Between its two ends a flow touches no workload's box."""
    root = drawn(svg(filled(["v", "n", "b"], count, pairs)))
    chips = [
        tuple(float(box.attrib[side]) for side in ("x", "y", "width", "height"))
        for box in root.iter(f"{SVG}rect")
        if box.attrib["class"].startswith("rw-chip")
    ]
    assert len(chips) == count
    flows = [p for p in root.iter(f"{SVG}path") if p.attrib.get("class") == "rw-flow"]
    for flow in flows:
        parts = flow.attrib["d"].replace("M", " ").replace("L", " ").replace("Q", " ").split()
        points = list(zip(map(float, parts[::2]), map(float, parts[1::2]), strict=True))
        for (x1, y1), (x2, y2) in pairwise(points):
            for x, y, w, h in chips:
                inside_x = max(min(x1, x2), x + 0.5) < min(max(x1, x2), x + w - 0.5) or (
                    x1 == x2 and x + 0.5 < x1 < x + w - 0.5
                )
                inside_y = max(min(y1, y2), y + 0.5) < min(max(y1, y2), y + h - 0.5) or (
                    y1 == y2 and y + 0.5 < y1 < y + h - 0.5
                )
                assert not (inside_x and inside_y), (flow.attrib["d"], (x, y, w, h))


@settings(deadline=None)
@given(st.text(), st.floats(0, 400), st.sampled_from([10.0, 12.0, 15.0]), st.booleans())
def test_cut_text_fits_its_room(text: str, room: float, size: float, mono: bool) -> None:
    cut = fit(text, room, size, mono=mono)
    assert cut == "" or width(cut, size, mono=mono) <= room


def test_a_line_starts_and_ends_where_it_should() -> None:
    path = drawn(
        f'<svg xmlns="http://www.w3.org/2000/svg">{polyline([(0, 0), (0, 20), (30, 20)], "s")}</svg>'
    )[0]
    assert path.attrib["d"] == "M0 0 L0 14 Q0 20 6 20 L30 20"


def _default_group(**more: Any) -> Resource:
    """As AWS makes it with each VPC: members reach each other (VPC user guide, "Default security groups")."""
    itself = {"IpProtocol": "-1", "SourceSecurityGroupId": ref("AWS::EC2::SecurityGroup", "Made", "GroupId")}
    rules = (itself, *((more["rule"],) if "rule" in more else ()))
    properties = {
        "GroupName": "default",
        "VpcId": ref("AWS::EC2::VPC", "Vpc"),
        "SecurityGroupIngress": rules,
    }
    return resource("AWS::EC2::SecurityGroup", "Made", properties)


def test_the_group_that_aws_makes_with_a_vpc_is_no_workload_until_something_is_in_it_or_it_is_open() -> None:
    def names(*more: Resource) -> list[str]:
        (place,) = topology(Estate([*estate().resources, *more])).places
        return sorted(group.name for group in place.groups)

    assert names(_default_group()) == ["label-desk", "ward-service"]
    member = {"GroupSet": (ref("AWS::EC2::SecurityGroup", "Made", "GroupId"),)}
    used = resource("AWS::EC2::NetworkInterface", "Card", member)
    assert names(_default_group(), used) == ["default", "label-desk", "ward-service"]
    world = {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "CidrIp": "0.0.0.0/0"}
    assert names(_default_group(rule=world)) == ["default", "label-desk", "ward-service"]


def test_vpcs_of_no_team_without_workloads_stand_together_at_the_end() -> None:
    block = {"CidrBlock": "172.31.0.0/16"}
    accounts = [f"{number:012}" for number in range(1, 9)]
    others = [resource("AWS::EC2::VPC", "Other", block, account) for account in accounts]
    shown = words(drawn(svg(Estate([*others, *estate().resources]))))
    assert shown.count("other VPCs") == 1
    assert not [text for text in shown if text.startswith("account 0000")]
    assert shown.index("other VPCs") > shown.index("mercy-imaging")
