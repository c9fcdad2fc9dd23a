"""Security groups and network ACLs, read back from the templates by a plain reading of AWS's rules."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv4Network
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

TYPES = ("studio", "notebook", "training", "processing", "pipeline", "endpoint", "batch", "enclave")
SELF = {
    # SageMaker's VPC pages: among themselves, jobs need all TCP; Studio needs NFS and 8192-65535
    "training": {(0, 65535)},
    "processing": {(0, 65535)},
    "studio": {(2049, 2049), (8192, 65535)},
}

Flow = tuple[str, str, int, str]


@st.composite
def blueprints(draw: st.DrawFn) -> tuple[dict[str, str], set[Flow]]:
    names = draw(st.lists(st.sampled_from(["a", "b", "c", "d"]), min_size=1, max_size=4, unique=True))
    kinds = {name: draw(st.sampled_from(TYPES)) for name in names}
    flow = st.tuples(
        st.sampled_from(names),
        st.sampled_from(names),
        st.sampled_from([22, 443, 5000, 65535]),
        st.sampled_from(["tcp", "udp"]),
    )
    return kinds, draw(st.sets(flow, max_size=6))


def group(value: Any) -> str:
    name: str = value["Fn::GetAtt"][0]
    return name.removesuffix("SecurityGroup").lower()


@settings(max_examples=40, deadline=None)
@given(blueprints())
def test_security_group_edges_are_the_declared_and_the_documented_ones(
    compiling: Any, drawn: tuple[dict[str, str], set[Flow]]
) -> None:
    kinds, flows = drawn
    compiled = compiling(
        teams={"team": {"workloads": {name: {"type": kind} for name, kind in kinds.items()}}},
        flows=[
            {"from": f"team/{source}", "to": f"team/{target}", "port": port, "protocol": protocol}
            for source, target, port, protocol in sorted(flows)
        ],
    )
    expected = {(source, target, protocol, port, port) for source, target, port, protocol in flows}
    for name, kind in kinds.items():
        expected |= {(name, name, "tcp", first, last) for first, last in SELF.get(kind, set())}
        expected.add((name, "endpoints", "tcp", 443, 443))
    ingress = {
        (group(rule["SourceSecurityGroupId"]), group(rule["GroupId"]), *ports(rule))
        for rule in compiled.of_type("AWS::EC2::SecurityGroupIngress", "team").values()
    }
    egress, to_s3 = set(), set()
    for rule in compiled.of_type("AWS::EC2::SecurityGroupEgress", "team").values():
        assert "CidrIp" not in rule
        if "DestinationPrefixListId" in rule:
            assert rule["DestinationPrefixListId"] == {"Ref": "S3PrefixListId"}
            to_s3.add((group(rule["GroupId"]), *ports(rule)))
        else:
            egress.add((group(rule["GroupId"]), group(rule["DestinationSecurityGroupId"]), *ports(rule)))
    assert ingress == expected
    assert egress == expected
    assert to_s3 == {(name, "tcp", 443, 443) for name in kinds}
    # nothing is said inside a group but that nothing leaves
    for properties in compiled.of_type("AWS::EC2::SecurityGroup", "team").values():
        assert "SecurityGroupIngress" not in properties
        assert [rule["CidrIp"] for rule in properties["SecurityGroupEgress"]] == ["127.0.0.1/32"]


def ports(rule: dict[str, Any]) -> tuple[str, int, int]:
    return rule["IpProtocol"], rule["FromPort"], rule["ToPort"]


def test_every_rule_has_a_description_that_ec2_accepts(clinic: Any) -> None:
    # AWS::EC2::SecurityGroupIngress, Description: up to 255 of a-zA-Z0-9. _-:/()#,@[]+=;{}!$*
    letters = set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789. _-:/()#,@[]+=;{}!$*")
    for type in ("AWS::EC2::SecurityGroupIngress", "AWS::EC2::SecurityGroupEgress"):
        for rule in clinic.of_type(type, "imaging").values():
            assert 10 < len(rule["Description"]) <= 255
            assert set(rule["Description"]) <= letters


# --- network ACLs --------------------------------------------------------------------------------------

PROTOCOLS = {"tcp": 6, "udp": 17}
# clinic, imaging, eu-west-1: the first /18 of 10.0.0.0/8, so 10.0.0.0/20; quarters by hand
INTERACTIVE, BUILD, SERVING = "10.0.0.10", "10.0.4.10", "10.0.8.10"
ENDPOINT = "10.0.12.10"
TIER = {INTERACTIVE: "Interactive", BUILD: "Build", SERVING: "Serving", ENDPOINT: "Endpoints"}
S3 = "52.218.0.10"
EPHEMERAL = (32768, 60999)
"""Linux, net.ipv4.ip_local_port_range"""


def passes(clinic: Any, acl: str, egress: bool, protocol: str, peer: str, port: int) -> bool:
    """The first entry by number that matches decides; none: refused (VPC guide, network ACL rules)."""
    entries = [
        entry
        for entry in clinic.of_type("AWS::EC2::NetworkAclEntry", "imaging").values()
        if entry["NetworkAclId"] == {"Ref": f"{acl}Acl"} and entry["Egress"] is egress
    ]
    for entry in sorted(entries, key=lambda entry: entry["RuleNumber"]):
        if entry["Protocol"] not in (-1, PROTOCOLS[protocol]):
            continue
        span = entry.get("PortRange")
        if span is not None and not span["From"] <= port <= span["To"]:
            continue
        if IPv4Address(peer) in IPv4Network(entry["CidrBlock"]):
            return bool(entry["RuleAction"] == "allow")
    return False


def connects(clinic: Any, source: str, target: str, port: int, protocol: str = "tcp") -> bool:
    """Request and reply pass the ACLs of both subnets, for the first and the last ephemeral port."""
    passed = []
    for reply in EPHEMERAL:
        if source in TIER:
            passed.append(passes(clinic, TIER[source], True, protocol, target, port))
            passed.append(passes(clinic, TIER[source], False, protocol, target, reply))
        if target in TIER:
            passed.append(passes(clinic, TIER[target], False, protocol, source, port))
            passed.append(passes(clinic, TIER[target], True, protocol, source, reply))
    return all(passed)


@pytest.mark.parametrize(
    ("source", "target", "port", "protocol"),
    [
        (INTERACTIVE, SERVING, 8443, "tcp"),  # desk to serve, declared
        (SERVING, "10.0.9.10", 7000, "udp"),  # serve to vault, both serving, other zone
        (BUILD, "10.0.5.10", 22, "tcp"),  # MPI starts its peers over SSH, among training nodes
        (INTERACTIVE, ENDPOINT, 443, "tcp"),
        (BUILD, ENDPOINT, 443, "tcp"),
        (SERVING, ENDPOINT, 443, "tcp"),
        (INTERACTIVE, S3, 443, "tcp"),
        (BUILD, S3, 443, "tcp"),
        (SERVING, S3, 443, "tcp"),
    ],
)
def test_acls_let_declared_and_documented_flows_through_with_replies(
    clinic: Any, source: str, target: str, port: int, protocol: str
) -> None:
    assert connects(clinic, source, target, port, protocol)


@pytest.mark.parametrize(
    ("source", "target", "port"),
    [
        (INTERACTIVE, SERVING, 443),
        (INTERACTIVE, BUILD, 8443),
        (SERVING, BUILD, 443),
        (BUILD, INTERACTIVE, 8888),
        (INTERACTIVE, SERVING, 22),
        (ENDPOINT, BUILD, 443),
        (BUILD, ENDPOINT, 22),
        (BUILD, S3, 80),
        (BUILD, S3, 22),
        (BUILD, "10.0.64.10", 443),  # another team's VPC
    ],
)
def test_acls_refuse_the_rest(clinic: Any, source: str, target: str, port: int) -> None:
    assert not connects(clinic, source, target, port)


@pytest.mark.parametrize("port", [22, 3389])
@pytest.mark.parametrize("acl", ["Interactive", "Build", "Serving", "Endpoints"])
def test_remote_administration_from_anywhere_is_refused(clinic: Any, acl: str, port: int) -> None:
    assert not passes(clinic, acl, False, "tcp", "198.51.100.1", port)


def test_no_deny_is_shadowed_by_an_allow_before_it(clinic: Any) -> None:
    entries = list(clinic.of_type("AWS::EC2::NetworkAclEntry", "imaging").values())
    for deny in (entry for entry in entries if entry["RuleAction"] == "deny"):
        for allow in (entry for entry in entries if entry["RuleAction"] == "allow"):
            if (
                allow["NetworkAclId"] == deny["NetworkAclId"]
                and allow["Egress"] is deny["Egress"]
                and allow["RuleNumber"] < deny["RuleNumber"]
            ):
                wider = IPv4Network(deny["CidrBlock"]).subnet_of(IPv4Network(allow["CidrBlock"]))
                assert not wider


def test_rule_numbers_are_unique_within_an_acl_and_a_direction(clinic: Any) -> None:
    entries = clinic.of_type("AWS::EC2::NetworkAclEntry", "imaging").values()
    numbers = [(entry["NetworkAclId"]["Ref"], entry["Egress"], entry["RuleNumber"]) for entry in entries]
    assert len(numbers) == len(set(numbers))
    assert all(1 <= number <= 32766 for _, _, number in numbers)
