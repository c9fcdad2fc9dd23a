"""Derive Ringwork's table of CloudFormation facts from the registry schemas inside cfn-lint.

    python scripts/derive_schemas.py            # writes src/ringwork/schemas/data/

cfn-lint (MIT-0) ships the public CloudFormation registry schemas, enhanced. This keeps facts only: names,
types, bounds, enums, patterns, what is required, read-only, create-only or write-only, GetAtt attributes and
handler permissions. Descriptions, titles, links and examples are dropped. One file for each service
namespace, one line for each type, sorted, so that an update reads as a diff of facts.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Mapping
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path
from typing import Any

import jsonschema_rs

TARGET = Path(__file__).parent.parent / "src" / "ringwork" / "schemas" / "data"
REGION = "us-east-1"

SERVICES = frozenset(
    """
    ACMPCA AccessAnalyzer ApiGateway ApiGatewayV2 ApplicationAutoScaling Athena AutoScaling Backup Batch
    Bedrock BedrockAgentCore CertificateManager CloudFormation CloudFront CloudTrail CloudWatch
    CodeArtifact CodeBuild CodeConnections CodePipeline Cognito Config DataSync Detective DynamoDB EC2
    ECR ECS EFS EKS EMR EMRServerless ElasticLoadBalancing ElasticLoadBalancingV2 Events EventSchemas FMS
    FSx Glue GuardDuty IAM ImageBuilder InspectorV2 KMS Kinesis KinesisFirehose LakeFormation Lambda Logs
    MWAA Macie NetworkFirewall NetworkManager OpenSearchServerless OpenSearchService Organizations
    PCAConnectorAD RAM RDS Redshift RedshiftServerless ResourceGroups RolesAnywhere Route53
    Route53Profiles Route53Resolver S3 S3Express S3ObjectLambda S3Outposts S3Tables S3Vectors SNS SQS SSM
    SSMGuiConnect SSO SageMaker Scheduler SecretsManager SecurityHub SecurityLake ServiceCatalog
    ServiceDiscovery Shield Signer StepFunctions Transfer VerifiedPermissions VpcLattice WAFv2 XRay
    """.split()  # noqa: SIM905
)
"""Service namespaces that an ML estate or its defences use."""

KEPT = frozenset(
    """
    type $ref additionalProperties properties patternProperties propertyNames required minLength
    maxLength pattern items minItems maxItems uniqueItems insertionOrder format minimum maximum
    exclusiveMinimum exclusiveMaximum multipleOf minProperties maxProperties enum enumCaseInsensitive
    const default oneOf anyOf allOf not if then else dependencies dependentRequired dependentExcluded
    requiredXor requiredOr
    """.split()  # noqa: SIM905
)
"""Keywords that state facts. The last three and enumCaseInsensitive are cfn-lint's own."""
NAMED = frozenset({"properties", "patternProperties", "definitions"})
"""Keywords whose value maps names to schemas."""
VALUES = frozenset(
    """
    required enum enumCaseInsensitive const default dependentRequired dependentExcluded requiredXor
    requiredOr
    """.split()  # noqa: SIM905
)
"""Keywords whose value is data, not schemas."""


def facts(schema: Any) -> Any:
    """`schema` without prose, and without patterns that are no regular expressions in jsonschema_rs."""
    if isinstance(schema, list):
        return [facts(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    kept: dict[str, Any] = {}
    for keyword, value in schema.items():
        if keyword in NAMED:
            if isinstance(value, dict) and value:
                kept[keyword] = {
                    name: facts(part)
                    for name, part in value.items()
                    if keyword != "patternProperties" or usable(name)
                }
        elif keyword == "pattern":
            if usable(value):
                kept[keyword] = value
        elif keyword == "$ref":
            if value.startswith("#/"):
                kept[keyword] = value
        elif keyword in VALUES:
            kept[keyword] = sorted(set(value)) if keyword == "required" else value
        elif keyword in KEPT:
            kept[keyword] = facts(value)
    return kept


def usable(pattern: str) -> bool:
    """Whether jsonschema_rs can compile the pattern (about one in 200 is not a valid ECMA 262 one)."""
    try:
        jsonschema_rs.Draft7Validator({"pattern": pattern})
    except (jsonschema_rs.ValidationError, ValueError):
        return False
    return True


def paths(pointers: Iterable[str]) -> list[str]:
    """`/properties/Tags/*/Key` -> `Tags/*/Key`."""
    return sorted({pointer.removeprefix("/properties/") for pointer in pointers})


def derive(type: str, schema: Mapping[str, Any], attributes: Iterable[str]) -> dict[str, Any]:
    """The facts of one resource type. Keys whose value would be empty are left out."""
    root = {
        keyword: schema[keyword]
        for keyword in (*KEPT, "definitions")
        if keyword in schema and keyword not in {"type", "$ref"}
    }
    found = {
        "schema": facts(root),
        "attributes": sorted(attributes),
        "primary_identifier": [p.removeprefix("/properties/") for p in schema.get("primaryIdentifier", ())],
        "read_only": paths(schema.get("readOnlyProperties", ())),
        "create_only": paths(schema.get("createOnlyProperties", ())),
        "conditional_create_only": paths(schema.get("conditionalCreateOnlyProperties", ())),
        "write_only": paths(schema.get("writeOnlyProperties", ())),
        "tag_property": _tag_property(schema),
        "permissions": {
            handler: sorted(set(body["permissions"]))
            for handler, body in schema.get("handlers", {}).items()
            if body.get("permissions")
        },
    }
    return {key: value for key, value in found.items() if value}


def _tag_property(schema: Mapping[str, Any]) -> str | None:
    tagging = schema.get("tagging", {})
    if not tagging.get("taggable", schema.get("taggable", True)):
        return None
    name = str(tagging.get("tagProperty", "/properties/Tags")).removeprefix("/properties/")
    return name if name.split("/")[0] in schema["properties"] else None


class Registry:
    """The registry schemas of one Region in the installed cfn-lint package."""

    def __init__(self) -> None:
        self._root = files("cfnlint") / "data" / "schemas"
        self._index: dict[str, str] = json.loads(
            (self._root / "providers" / f"{REGION}.json").read_text("utf-8")
        )
        self.date = str(json.loads((self._root / "version.json").read_text("utf-8"))["schema_date"])

    @property
    def types(self) -> tuple[str, ...]:
        return tuple(sorted(t for t in self._index if t.split("::")[1] in SERVICES))

    def facts(self, type: str) -> dict[str, Any]:
        from cfnlint.schema import Schema  # noqa: PLC0415 (slow)

        path = self._root / "resources" / f"{self._index[type]}.json"
        raw = json.loads(path.read_text("utf-8"))
        attributes = Schema(raw).get_atts
        return derive(type, raw, attributes.data)


def main() -> int:
    registry = Registry()
    services: dict[str, list[str]] = {}
    for type in registry.types:
        line = json.dumps(registry.facts(type), sort_keys=True, separators=(",", ":"), ensure_ascii=True)
        services.setdefault(type.split("::")[1], []).append(f"{json.dumps(type)}:{line}")
    missing = SERVICES - set(services)
    if missing:
        print(f"cfn-lint has no types for: {', '.join(sorted(missing))}", file=sys.stderr)
        return 1
    TARGET.mkdir(exist_ok=True)
    for old in TARGET.glob("*.json"):
        old.unlink()
    total = 0
    for service, lines in sorted(services.items()):
        text = "{\n" + ",\n".join(lines) + "\n}\n"
        total += len(text)
        (TARGET / f"{service}.json").write_text(text, "utf-8")
    manifest = {
        "source": "cfn-lint",
        "licence": "MIT-0",
        "version": version("cfn-lint"),
        "schema_date": registry.date,
        "region": REGION,
        "types": len(registry.types),
        "services": {service: len(lines) for service, lines in sorted(services.items())},
    }
    (TARGET / "manifest.json").write_text(json.dumps(manifest, indent=1) + "\n", "utf-8")
    print(f"{len(registry.types)} types of {len(services)} services, {total / 1e6:.2f} MB")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
