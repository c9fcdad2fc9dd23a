"""Decides requests by the policies of a compiled identity stack, with Ringwork's evaluator."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from typing import Any

from ringwork import blueprint as blueprints
from ringwork.access import (
    Decision,
    Policies,
    Policy,
    PolicyKind,
    Principal,
    Request,
    catalogue,
    evaluate,
    parse,
)
from ringwork.architecture import identity
from ringwork.architecture.layout import Layout
from ringwork.blueprint.model import Blueprint

ACCOUNT, REGION, VPC = "111111111111", "eu-central-1", "vpc-0123456789abcdef0"
OWN, FOREIGN = "subnet-own", "subnet-foreign"
GUARDRAIL = f"arn:aws:bedrock:{REGION}:{ACCOUNT}:guardrail/g1"
Keys = dict[str, "str | tuple[str, ...]"]


def template(blueprint: Mapping[str, Any], environment: str) -> dict[str, Any]:
    """The identity stack of an environment, resolved as AWS would."""
    given = Blueprint.model_validate(blueprint)
    layout = Layout(given, dict(blueprints.allocate(given, {})))
    (stack,) = [s for s in identity.stacks(layout) if s.name.endswith(f"-{environment}-identity")]
    found: dict[str, Any] = resolved(dict(stack.template["Resources"]))
    return found


def resolved(value: Any) -> Any:
    if isinstance(value, dict) and len(value) == 1:
        name, inner = next(iter(value.items()))
        if name == "Fn::Sub":
            text = inner.replace("${AWS::Partition}", "aws").replace("${AWS::AccountId}", ACCOUNT)
            return text if "${VpcId" not in text else text.split("${VpcId")[0] + VPC
        if name == "Ref":
            return _parameter(inner)
        if name == "Fn::Join":
            return inner[0].join(resolved(part) for part in inner[1])
    if isinstance(value, dict):
        return {key: resolved(inner) for key, inner in value.items()}
    return [resolved(item) for item in value] if isinstance(value, list) else value


def _parameter(name: str) -> str:
    if "Subnet" in name:
        return OWN
    if name.startswith("VpcId"):
        return VPC
    if name.startswith("GuardrailArn"):
        return GUARDRAIL
    if "KeyArn" in name:
        return f"arn:aws:kms:{REGION}:{ACCOUNT}:key/{name}"
    return name


@cache
def policy(text: str, kind: PolicyKind, name: str = "") -> Policy:
    return parse(text, kind=kind, name=name)


ALL = {"Effect": "Allow", "Action": "*", "Resource": "*"}
EVERYTHING = policy(json.dumps({"Version": "2012-10-17", "Statement": [ALL]}), "identity")


def session(role: str) -> Principal:
    return Principal(
        "role",
        ACCOUNT,
        f"arn:aws:sts::{ACCOUNT}:assumed-role/{role}/s",
        f"arn:aws:iam::{ACCOUNT}:role/{role}",
    )


def decide(
    resources: Mapping[str, Any],
    role: str,
    action: str,
    resource: str = "*",
    *,
    everything: bool = False,
    **more: Any,
) -> Decision:
    """What a role of the stack may do. `everything`: as if somebody had given it all rights."""
    properties = resources[role]["Properties"]
    own = tuple(
        policy(json.dumps(one["Properties"]["PolicyDocument"]), "identity", name)
        for name, one in resources.items()
        if one["Type"] == "AWS::IAM::RolePolicy" and one["Properties"]["RoleName"] == role
    )
    boundary = resources[properties["PermissionsBoundary"]]["Properties"]["PolicyDocument"]
    keys: Keys = {
        f"aws:PrincipalTag/{tag['Key']}": tag["Value"] for tag in properties["Tags"]
    } | {"aws:ResourceAccount": ACCOUNT, "aws:RequestedRegion": REGION}  # fmt: skip
    keys |= more.pop("keys", {})
    assert not more
    request = Request(session(properties["RoleName"]), action, resource, ACCOUNT, keys)
    return evaluate(
        request,
        Policies(
            identity=(*own, *((EVERYTHING,) if everything else ())),
            boundary=policy(json.dumps(boundary), "identity", "boundary"),
        ),
    )


def denied_by(statements: list[dict[str, Any]], action: str, keys: Mapping[str, Any]) -> str | None:
    """Sid of the Deny among the statements that refuses an action; None: none does."""
    denies = [one for one in statements if one["Effect"] == "Deny"]
    document = {"Version": "2012-10-17", "Statement": [ALL, *denies]}
    request = Request(session("x"), action, "*", ACCOUNT, {"aws:ResourceAccount": ACCOUNT, **keys})
    decision = evaluate(request, Policies(identity=(policy(json.dumps(document), "identity"),)))
    return None if decision.allowed else decision.statements[0].sid


def offering(key: str) -> list[str]:
    """SageMaker's actions that have a condition key (Service Authorization Reference), sorted."""
    found = set()
    for action in catalogue.actions("sagemaker").values():
        keys = {
            *action["conditionKeys"],
            *(k for kind in action["resourceTypes"] for k in kind["conditionKeys"]),
        }
        if key in keys:
            found.add(f"sagemaker:{action['name']}")
    return sorted(found)


COMPLETE: Keys = {
    "sagemaker:VpcSubnets": (OWN,),
    "sagemaker:NetworkIsolation": "true",
    "sagemaker:InterContainerTrafficEncryption": "true",
    "sagemaker:VolumeKmsKeyArn": f"arn:aws:kms:{REGION}:{ACCOUNT}:key/k",
    "sagemaker:OutputKmsKeyArn": f"arn:aws:kms:{REGION}:{ACCOUNT}:key/k",
    "sagemaker:InstanceTypes": ("ml.m7i.large",),
}


def asked(action: str, **changed: str | tuple[str, ...] | None) -> Keys:
    """The keys of a complete request, of those that the action has, with some changed or left out."""
    keys: Keys = {key: value for key, value in COMPLETE.items() if action in offering(key)}
    for name, value in changed.items():
        if value is None:
            keys.pop(f"sagemaker:{name}", None)
        else:
            keys[f"sagemaker:{name}"] = value
    return keys
