"""Requests and policies in few words, for the tests of the evaluator."""

from __future__ import annotations

from typing import Any

from ringwork.access import Decision, Policies, Policy, PolicyKind, Principal, Request, evaluate, parse

OURS, THEIRS = "111122223333", "444455556666"

USER = Principal("user", OURS, f"arn:aws:iam::{OURS}:user/ada")
STRANGER = Principal("user", THEIRS, f"arn:aws:iam::{THEIRS}:user/bob")
SESSION = Principal(
    "role", OURS, f"arn:aws:sts::{OURS}:assumed-role/train/one", role=f"arn:aws:iam::{OURS}:role/ml/train"
)
FEDERATED = Principal("federated", OURS, f"arn:aws:sts::{OURS}:federated-user/ada", role=USER.arn)
ROOT = Principal("root", OURS, f"arn:aws:iam::{OURS}:root")
SERVICE = Principal("service", None, "sagemaker.amazonaws.com")
ANYBODY = Principal("anonymous", None, "*")

BUCKET, OBJECT = "arn:aws:s3:::data", "arn:aws:s3:::data/one"
KEY = f"arn:aws:kms:eu-west-1:{OURS}:key/1234abcd-12ab-34cd-56ef-1234567890ab"
ROLE = f"arn:aws:iam::{OURS}:role/target"


def allow(action: Any = "*", resource: Any = "*", **more: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": action, "Resource": resource, **more}


def deny(action: Any = "*", resource: Any = "*", **more: Any) -> dict[str, Any]:
    return {"Effect": "Deny", "Action": action, "Resource": resource, **more}


def policy(*statements: dict[str, Any], kind: PolicyKind = "identity", version: str = "2012-10-17") -> Policy:
    kept = [
        {name: value for name, value in s.items() if not (kind == "trust" and name == "Resource")}
        for s in statements
    ]
    return parse({"Version": version, "Statement": kept}, kind=kind)


def bucket(*statements: dict[str, Any]) -> Policy:
    return policy(*statements, kind="resource")


def ask(
    who: Principal = USER,
    action: str = "s3:GetObject",
    on: str = OBJECT,
    *,
    owner: str | None = OURS,
    context: dict[str, Any] | None = None,
    **policies: Any,
) -> Decision:
    """The decision; `on` is the resource, `owner` its account, the rest are fields of `Policies`."""
    return evaluate(Request(who, action, on, owner, context or {}), Policies(**policies))


def under(condition: dict[str, Any], context: dict[str, Any], *, version: str = "2012-10-17") -> bool:
    """Whether a condition holds: by an Allow that has it and nothing else."""
    only = policy(allow(Condition=condition), version=version)
    return ask(context=context, identity=(only,)).allowed
