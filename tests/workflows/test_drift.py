"""Design against account, on two small estates written by hand."""

from __future__ import annotations

from dataclasses import replace

from ringwork.estate import Estate, Gap, Logical, Reference, Resource
from ringwork.findings import Origin, Status
from ringwork.workflows.drift import drift_findings

ACCOUNT, REGION = "111122223333", "eu-west-1"


def resource(type_: str, logical: str, physical: str | None = None, **properties: object) -> Resource:
    return Resource(
        key=f"{ACCOUNT}/{REGION}/{type_}/net/{logical}",
        type=type_,
        properties=properties,  # type: ignore[arg-type]
        account=ACCOUNT,
        region=REGION,
        logical=Logical("net", logical),
        physical=physical,
        origins=(Origin(file="net.json", line=3, column=5),),
        positions={("Description",): Origin(file="net.json", line=7, column=9)},
    )


VPC = resource("AWS::EC2::VPC", "Vpc", CidrBlock="10.0.0.0/16")
GROUP = resource("AWS::EC2::SecurityGroup", "Group", GroupDescription="notebooks", VpcId=Reference(VPC.key))
LIVE_VPC = replace(VPC, physical="vpc-1")
LIVE_GROUP = replace(GROUP, physical="sg-1")
DESIGN = Estate([VPC, GROUP])


def test_what_is_as_designed_is_proved_once_for_its_stack() -> None:
    (finding,) = drift_findings(DESIGN, Estate([LIVE_VPC, LIVE_GROUP]))
    assert finding.status is Status.PROVED
    assert finding.subject.name == "net"


def test_a_stack_of_which_nothing_is_there_is_one_finding() -> None:
    (finding,) = drift_findings(DESIGN, Estate([]))
    assert (finding.status, finding.message) == (Status.VIOLATED, "is designed and not deployed")


def test_a_resource_that_is_gone_is_violated_at_its_line() -> None:
    (finding,) = drift_findings(DESIGN, Estate([LIVE_VPC]))
    assert (finding.status, finding.subject.name) == (Status.VIOLATED, "net/Group")
    assert finding.origins[0].line == 3


def test_a_changed_property_is_named_with_both_values() -> None:
    changed = replace(LIVE_VPC, properties={"CidrBlock": "10.9.0.0/16"})
    (finding,) = drift_findings(DESIGN, Estate([changed, LIVE_GROUP]))
    assert finding.status is Status.VIOLATED
    assert "`CidrBlock`" in finding.message
    assert "10.0.0.0/16" in finding.evidence[0]
    assert "10.9.0.0/16" in finding.evidence[0]


def test_a_rule_beside_the_stack_is_violated_with_the_call_that_undoes_it() -> None:
    rule = Resource(
        key=f"{ACCOUNT}/{REGION}/AWS::EC2::SecurityGroupIngress/sgr-1",
        type="AWS::EC2::SecurityGroupIngress",
        properties={
            "GroupId": Reference(GROUP.key), "IpProtocol": "tcp", "FromPort": 22, "ToPort": 22,
            "CidrIp": "0.0.0.0/0",
        },
        account=ACCOUNT,
        region=REGION,
        physical="sgr-1",
    )  # fmt: skip
    (finding,) = drift_findings(DESIGN, Estate([LIVE_VPC, LIVE_GROUP, rule]))
    assert (finding.status, finding.subject.name) == (Status.VIOLATED, "net/Group")
    assert finding.origins[0].file == "net.json"
    assert "RevokeSecurityGroupIngress" in finding.remediation
    assert "sgr-1" in finding.remediation


def test_what_could_not_be_read_is_never_called_as_designed() -> None:
    gap = Gap(ACCOUNT, REGION, "AWS::EC2::SecurityGroup", "access denied")
    (finding,) = drift_findings(DESIGN, Estate([LIVE_VPC, LIVE_GROUP], gaps=[gap]))
    assert finding.status is Status.UNKNOWN
    assert "access denied" in finding.evidence


def test_what_could_not_be_read_is_not_called_missing_either() -> None:
    gap = Gap(ACCOUNT, REGION, "AWS::EC2::SecurityGroup", "access denied")
    (finding,) = drift_findings(DESIGN, Estate([LIVE_VPC], gaps=[gap]))
    assert finding.status is Status.UNKNOWN


def test_the_same_stack_in_two_regions_is_told_apart() -> None:
    there = replace(VPC, key="other", region="eu-north-1", physical=None)
    live_there = replace(there, physical="vpc-2", properties={"CidrBlock": "10.9.0.0/16"})
    found = drift_findings(Estate([VPC, GROUP, there]), Estate([LIVE_VPC, LIVE_GROUP, live_there]))
    assert {(f.subject.region, f.status) for f in found} == {
        (REGION, Status.PROVED),
        ("eu-north-1", Status.VIOLATED),
    }
