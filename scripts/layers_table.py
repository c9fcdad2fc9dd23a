"""Writes docs/layers.md: which layer of defence stands where in the examples, from what they compile to."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ringwork.architecture import compile_blueprint
from ringwork.blueprint import allocate, load

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "layers.md"
EXAMPLES = ("hospital", "bank")
Resource = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Mark:
    """What one resource must be to count for a layer."""

    type: str
    words: str
    """what the page calls it"""
    when: Callable[[Mapping[str, Any]], bool] = lambda properties: True
    """asked of its properties"""


@dataclass(frozen=True, slots=True)
class Layer:
    name: str
    marks: tuple[Mark, ...]
    """each must be there"""


def _has(*path: str) -> Callable[[Mapping[str, Any]], bool]:
    def asked(properties: Mapping[str, Any]) -> bool:
        value: Any = properties
        for name in path:
            value = value.get(name) if isinstance(value, Mapping) else None
        return bool(value)

    return asked


def _is(name: str, wanted: Any) -> Callable[[Mapping[str, Any]], bool]:
    return lambda properties: properties.get(name) == wanted


def _says(text: str) -> Callable[[Mapping[str, Any]], bool]:
    return lambda properties: text in json.dumps(properties)


LAYERS = (
    Layer(
        "VPC, network ACLs and security groups",
        (
            Mark("AWS::EC2::VPC", "VPCs"),
            Mark("AWS::EC2::NetworkAclEntry", "network ACL entries"),
            Mark("AWS::EC2::SecurityGroup", "security groups"),
        ),
    ),
    Layer(
        "Least privilege",
        (
            Mark("AWS::IAM::Role", "roles with a permissions boundary", _has("PermissionsBoundary")),
            Mark("AWS::IAM::RolePolicy", "role policies"),
            Mark("AWS::Organizations::Policy", "organization policies"),
        ),
    ),
    Layer(
        "Transit Gateway segmentation of teams",
        (
            Mark("AWS::EC2::TransitGatewayRouteTable", "route tables, one a team and stage"),
            Mark("AWS::EC2::TransitGatewayRouteTableAssociation", "explicit associations"),
            Mark("AWS::EC2::TransitGatewayRoute", "blackholes between teams", _is("Blackhole", True)),
        ),
    ),
    Layer(
        "Artifact versioning and rollback",
        (
            Mark("AWS::S3::Bucket", "versioned buckets", _has("VersioningConfiguration")),
            Mark(
                "AWS::SageMaker::Endpoint",
                "endpoints that roll back on alarm",
                _has("DeploymentConfig", "AutoRollbackConfiguration"),
            ),
        ),
    ),
    Layer(
        "Nitro Enclaves",
        (
            Mark("AWS::EC2::LaunchTemplate", "launch templates with enclaves", _says("EnclaveOptions")),
            Mark("AWS::EC2::Instance", "parent instances"),
            Mark("AWS::KMS::Key", "keys that demand attestation", _says("kms:RecipientAttestation")),
        ),
    ),
    Layer(
        "Micro-segmentation",
        (
            Mark(
                "AWS::EC2::SecurityGroupIngress",
                "rules from group to group",
                _has("SourceSecurityGroupId"),
            ),
        ),
    ),
    Layer(
        "VPC endpoints and PrivateLink",
        (
            Mark("AWS::EC2::VPCEndpoint", "gateway endpoints", _is("VpcEndpointType", "Gateway")),
            Mark("AWS::EC2::VPCEndpoint", "interface endpoints", _is("VpcEndpointType", "Interface")),
        ),
    ),
    Layer("GuardDuty", (Mark("AWS::GuardDuty::Detector", "detectors", _is("Enable", True)),)),
    Layer(
        "Macie and redaction",
        (
            Mark("AWS::Macie::Session", "sessions"),
            Mark("AWS::Macie::CustomDataIdentifier", "identifiers of the organization's own"),
            Mark("AWS::Logs::LogGroup", "log groups that mask personal data", _has("DataProtectionPolicy")),
            Mark("AWS::IAM::RolePolicy", "roles that see redacted data only", _says("/redacted/")),
        ),
    ),
    Layer(
        "Model Registry with approval",
        (
            Mark("AWS::SageMaker::ModelPackageGroup", "model package groups"),
            Mark("AWS::IAM::Role", "approver roles", _says("-approver")),
        ),
    ),
    Layer(
        "WAF before inference",
        (
            Mark("AWS::WAFv2::WebACL", "web ACLs"),
            Mark("AWS::WAFv2::WebACLAssociation", "associations with a private API"),
        ),
    ),
    Layer(
        "Drift monitoring",
        (
            Mark("AWS::SageMaker::EndpointConfig", "captures", _has("DataCaptureConfig")),
            Mark("AWS::SageMaker::MonitoringSchedule", "monitoring schedules"),
        ),
    ),
)


def found(example: str) -> Mapping[Mark, tuple[int, str]]:
    """Mark -> how many resources of the example bear it, and the commonest of their stacks' rings."""
    blueprint = load(ROOT / "examples" / f"{example}.yaml")
    marks = [mark for layer in LAYERS for mark in layer.marks]
    rings: dict[Mark, Counter[str]] = {mark: Counter() for mark in marks}
    by_type: dict[str, list[Mark]] = {}
    for mark in marks:
        by_type.setdefault(mark.type, []).append(mark)
    for stack in compile_blueprint(blueprint, allocate(blueprint)).stacks:
        for resource in stack.template["Resources"].values():
            for mark in by_type.get(resource["Type"], ()):
                if mark.when(resource["Properties"]):
                    rings[mark][resource["Metadata"]["Ringwork"]["Ring"]] += 1
    return {mark: (count.total(), ", ".join(sorted(count))) for mark, count in rings.items()}


def page(examples: Sequence[str] = EXAMPLES) -> str:
    """The whole page, as Markdown."""
    lines = [
        "# The layers",
        "",
        "<!-- written by scripts/layers_table.py; do not edit -->",
        "",
        "Which layers of defence stand in the examples, counted in the templates that they compile to.",
        "`ringwork plan BLUEPRINT --explain RESOURCE` says of each resource why it is there.",
        "",
        f"| layer | resources | ring | {' | '.join(f'`{name}`' for name in examples)} |",
        f"|---|---|---|{'---:|' * len(examples)}",
    ]
    counts = {name: found(name) for name in examples}
    for layer in LAYERS:
        for index, mark in enumerate(layer.marks):
            rings = next((counts[name][mark][1] for name in examples if counts[name][mark][1]), "")
            numbers = " | ".join(f"{counts[name][mark][0]:,}" for name in examples)
            first = layer.name if index == 0 else ""
            lines.append(f"| {first} | {mark.words} (`{mark.type}`) | {rings} | {numbers} |")
    return "\n".join([*lines, ""])


def main() -> None:
    PAGE.write_text(page(), encoding="utf-8")
    print(PAGE)


if __name__ == "__main__":
    main()
