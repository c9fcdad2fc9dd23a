"""What holds for every control: its record, what it reads, and that it always answers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ringwork.architecture import compile_blueprint
from ringwork.blueprint import allocate, load
from ringwork.cloud.emulator.cloudformation.lost import LOST
from ringwork.controls import CATALOGUE, evaluate
from ringwork.estate import Estate, Gap, Reference, Resource, Text, Unknown
from ringwork.estate.sources.cloudformation import read_stacks
from ringwork.findings import Origin, Severity, Status

EXAMPLES = Path(__file__).parents[2] / "examples"


def compiled(name: str) -> Estate:
    blueprint = load(EXAMPLES / f"{name}.yaml")
    (estate,) = read_stacks(compile_blueprint(blueprint, allocate(blueprint, None)).stacks)
    return estate


def test_the_catalogue_has_25_controls_and_12_relational_ones() -> None:
    assert len(CATALOGUE) >= 25
    assert sum(control.scope == "relational" for control in CATALOGUE.values()) >= 12
    assert {"NET-03", "DAT-03"} <= CATALOGUE.keys()


@pytest.mark.parametrize("control", CATALOGUE.values(), ids=lambda control: control.id)
def test_a_record_is_complete(control: Any) -> None:
    assert CATALOGUE[control.id] is control
    layer = {"NET": "network", "IAM": "identity", "DAT": "data"}[control.id[:3]]
    assert control.layer == layer
    assert control.scope in ("resource", "relational")
    assert control.sources
    assert control.title[0].isupper() or control.title.startswith("iam:")
    assert not control.title.endswith(".")
    assert control.why.endswith(".")
    assert not control.remediation.endswith(".")
    assert "`" in control.remediation  # the exact property or API call
    assert control.reads


@pytest.mark.parametrize("name", ["startup", "hospital", "bank"])
def test_the_examples_hold_every_control(name: str) -> None:
    found = evaluate(compiled(name))
    assert [finding for finding in found if finding.status is not Status.PROVED] == []
    assert {finding.control for finding in found} == CATALOGUE.keys()


class Recording(Mapping[str, Any]):
    """Properties that note which of them were asked for."""

    def __init__(self, type: str, content: Mapping[str, Any], seen: set[tuple[str, str]]) -> None:
        self.type, self.content, self.seen = type, content, seen

    def __getitem__(self, name: str) -> Any:
        self.seen.add((self.type, name))
        return self.content[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.content)

    def __len__(self) -> int:
        return len(self.content)


@pytest.mark.parametrize("control", CATALOGUE.values(), ids=lambda control: control.id)
def test_a_control_reads_what_its_record_says(control: Any) -> None:
    seen: set[tuple[str, str]] = set()
    estate = compiled("hospital")
    watched = Estate(
        replace(resource, properties=Recording(resource.type, resource.properties, seen))
        for resource in estate.resources
    )
    evaluate(watched, [control.id])
    # what a SageMaker resource refers to marks the parts that carry ML (`controls.scope`), by any property
    marking = {pair for pair in seen if pair[0].startswith("AWS::SageMaker::")}
    assert seen - marking <= control.reads, sorted(seen - marking - control.reads)
    lost = {(type_, path.split("/")[0]) for type_, paths in LOST.items() for path in paths}
    assert not marking & lost


def test_findings_come_violated_first_then_by_severity() -> None:
    estate = compiled("hospital")
    gaps = [Gap(None, None, "AWS::KMS::Key", "`kms:ListKeys` failed: AccessDenied")]
    opened = Resource(
        key="111122223333/eu-central-1/AWS::EC2::SecurityGroupIngress/sgr-1",
        type="AWS::EC2::SecurityGroupIngress",
        properties={
            "GroupId": Reference(estate.of_type("AWS::EC2::SecurityGroup")[0].key),
            "IpProtocol": "tcp",
            "FromPort": 22,
            "ToPort": 22,
            "CidrIp": "0.0.0.0/0",
        },
    )
    found = evaluate(Estate([*estate.resources, opened], gaps=gaps))
    order = [Status.VIOLATED, Status.UNKNOWN, Status.PROVED]
    assert [order.index(f.status) for f in found] == sorted(order.index(f.status) for f in found)
    for status in order:
        ranks = [f.severity.rank for f in found if f.status is status]
        assert ranks == sorted(ranks, reverse=True)
    assert found[0].severity is not Severity.INFORMATIONAL
    assert evaluate(Estate([*estate.resources, opened], gaps=gaps)) == found


def test_a_live_finding_blames_the_call_and_the_line_of_the_template() -> None:
    bucket = Resource(
        key="111122223333/eu-central-1/AWS::S3::Bucket/models",
        type="AWS::S3::Bucket",
        properties={
            "VersioningConfiguration": {"Status": "Suspended"},
            "Tags": ({"Key": "ringwork:data-class", "Value": "restricted"},),
        },
        origins=(Origin(operation="s3:ListBuckets", time="2026-01-01T00:00:00Z"),),
        positions={("VersioningConfiguration",): Origin(file="data.yaml", line=42, column=7)},
    )
    (finding,) = evaluate(Estate([bucket]), ["DAT-03"])
    assert [str(origin) for origin in finding.origins] == [
        "data.yaml:42:7",
        "s3:ListBuckets at 2026-01-01T00:00:00Z",
    ]


def test_an_unknown_id_is_an_error() -> None:
    with pytest.raises(KeyError):
        evaluate(Estate([]), ["NET-00"])


READS = sorted(set().union(*(control.reads for control in CATALOGUE.values())))
TYPES = sorted({type for type, _ in READS})
NAMES = {type: sorted(name for of, name in READS if of == type) for type in TYPES}
WORDS = st.sampled_from(
    [
        "*",
        "Allow",
        "Deny",
        "Service",
        "AWS",
        "sagemaker.amazonaws.com",
        "0.0.0.0/0",
        "10.0.0.0/8",
        "x",
        "-1",
        "tcp",
        "443",
        "aws:kms",
        "arn:aws:iam::aws:policy/x",
        "ringwork:workload",
        "ringwork:data-class",
    ]
)
KEYS = st.sampled_from(
    [
        "Statement",
        "Effect",
        "Action",
        "NotAction",
        "Principal",
        "Resource",
        "Condition",
        "StringEquals",
        "Key",
        "Value",
        "Status",
        "Rules",
        "CidrIp",
        "IpProtocol",
        "FromPort",
        "From",
        "To",
        "PolicyDocument",
    ]
)
SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-1, 70000),
    WORDS,
    st.builds(Unknown, st.just("a parameter")),
    st.builds(
        Reference, st.sampled_from([f"k{number}" for number in range(8)]), st.sampled_from(["Ref", "Arn"])
    ),
    st.builds(lambda word: Text((word, Unknown("a part"))), WORDS),
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(st.lists(inner, max_size=3).map(tuple), st.dictionaries(KEYS, inner, max_size=4)),
    max_leaves=12,
)


@st.composite
def estates(draw: st.DrawFn) -> Estate:
    resources = []
    for number in range(draw(st.integers(0, 8))):
        type = draw(st.sampled_from(TYPES))
        names = draw(st.lists(st.sampled_from(NAMES[type]), unique=True, max_size=6))
        live = draw(st.booleans())
        resources.append(
            Resource(
                key=f"k{number}",
                type=type,
                properties={name: draw(VALUES) for name in names},
                account="111122223333",
                region="eu-central-1",
                arn="arn:aws:s3:::b" if type == "AWS::S3::Bucket" else None,
                physical=draw(st.sampled_from([None, "b"])),
                origins=(Origin(operation="x:Y"),) if live else (),
            )
        )
    return Estate(resources)


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(estates())
def test_every_control_answers_whatever_the_estate_holds(estate: Estate) -> None:
    for finding in evaluate(estate):
        assert finding.message
        assert (finding.status is Status.UNKNOWN) == bool(finding.settle)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(estates(), st.sampled_from(TYPES))
def test_with_a_gap_in_what_it_reads_no_control_is_proved(estate: Estate, type: str) -> None:
    hidden = Estate(estate.resources, gaps=[Gap("111122223333", None, type, "`x:List` failed: AccessDenied")])
    for finding in evaluate(hidden):
        if type in CATALOGUE[finding.control].types:
            assert finding.status is not Status.PROVED
