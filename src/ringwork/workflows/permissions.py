"""The exact IAM policy that each command needs, computed from what the command calls."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ringwork.cloud import collect
from ringwork.cloud.deploy import acceptance, delegation, settings
from ringwork.cloud.deploy.parts import packed
from ringwork.cloud.session import AUDIT_ROLE, DEPLOY_ROLE, ORGANIZATION_ROLE
from ringwork.schemas import known, resource_schema
from ringwork.source import InputError

_SELF = {"sts:GetCallerIdentity"}
_ENTER = {"sts:AssumeRole"}
_READ_STACKS = {
    "cloudformation:DescribeStacks",
    "cloudformation:DescribeStackEvents",
    "cloudformation:ListStackResources",
    "cloudformation:GetTemplate",
}
_PLAN = _READ_STACKS | {
    "cloudformation:CreateChangeSet",
    "cloudformation:DescribeChangeSet",
    "cloudformation:DescribeEvents",
    "cloudformation:DeleteChangeSet",
    "cloudformation:ListChangeSets",
    "cloudformation:DeleteStack",
    "cloudformation:TagResource",
    "ec2:DescribeManagedPrefixLists",
    "s3:GetObject",
    "s3:PutObject",
    # the organization of guard rails, and whether the caller is in it
    "organizations:DescribeAccount",
    "organizations:DescribeOrganization",
    "organizations:ListRoots",
    *delegation.READS,
    *acceptance.READS,
    *settings.READS,
}
_DRIFT = {
    "cloudformation:DetectStackDrift",
    "cloudformation:DescribeStackDriftDetectionStatus",
    "cloudformation:DescribeStackResourceDrifts",
}
_DEPLOY = _PLAN | _DRIFT | {
    "cloudformation:ExecuteChangeSet",
    "cloudformation:ContinueUpdateRollback",
    "cloudformation:UpdateTerminationProtection",
    *acceptance.WRITES,
    *settings.WRITES,
}  # fmt: skip

# `bootstrap --undo` empties the template bucket
_UNDO = {"s3:ListBucketVersions", "s3:DeleteObject", "s3:DeleteObjectVersion"}

COMMANDS = ("access", "audit", "bootstrap", "deploy", "destroy", "network", "plan", "prove")
_READERS = ("access", "audit", "network", "prove")
LOCAL = ("blueprint", "compile", "controls", "demo", "init", "local", "permissions")


def policy(command: str, types: Iterable[str] | None = None) -> dict[str, Any]:
    """An IAM policy document for `command`, over the resource types that it handles (none: all of ours).

    Actions come from the collectors' table and from the registry schemas' handler permissions: what
    CloudFormation itself calls, with the caller's credentials, for each type. Raises InputError for a
    command that needs none or does not exist.
    """
    if command in LOCAL:
        raise InputError(f"`{command}` calls no AWS account", help=f"commands that do: {', '.join(COMMANDS)}")
    handled = tuple(sorted(types if types is not None else collect.TYPES))
    undo = {*_UNDO, *delegation.ACTIONS} if command == "bootstrap" else set()
    match command:
        case _ if command in _READERS:
            statements = {"Read": _SELF | set(collect.actions(handled)), "EnterAccounts": _ENTER}
        case "plan":
            statements = {
                "Plan": _SELF | _PLAN,
                "ReadResources": _handlers(handled, "read", "list"),
                "EnterAccounts": _ENTER,
            }
        case "deploy" | "bootstrap":
            statements = {
                "Deploy": _SELF | _DEPLOY | set(collect.actions(handled)) | undo,
                "Resources": _handlers(handled, "create", "read", "update", "delete", "list"),
                "EnterAccounts": _ENTER,
            }
        case "destroy":
            statements = {
                "Remove": _SELF | _READ_STACKS
                | {"cloudformation:DeleteStack", "cloudformation:UpdateTerminationProtection"},
                "Resources": _handlers(handled, "read", "delete", "list"),
                "EnterAccounts": _ENTER,
            }  # fmt: skip
        case _:
            raise InputError(f"no command is called `{command}`", help=f"choose from {', '.join(COMMANDS)}")
    return {
        "Version": "2012-10-17",
        "Statement": [
            {"Sid": sid, "Effect": "Allow", "Action": sorted(actions), "Resource": _resource(sid, command)}
            for sid, actions in statements.items()
        ],
    }


def in_parts(policy: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The policy as managed policies that IAM takes: at most 6,144 characters each (IAM quotas)."""
    return packed(policy["Statement"])


def _resource(sid: str, command: str) -> str:
    if sid != "EnterAccounts":
        return "*"
    roles = {**dict.fromkeys(_READERS, AUDIT_ROLE), "bootstrap": ORGANIZATION_ROLE}
    role = roles.get(command, DEPLOY_ROLE)
    return f"arn:aws:iam::*:role/{role}"


def _handlers(types: Iterable[str], *handlers: str) -> set[str]:
    found: set[str] = set()
    for name in types:
        if known(name):
            permissions: Mapping[str, tuple[str, ...]] = resource_schema(name).permissions
            for handler in handlers:
                found.update(permissions.get(handler, ()))
    return found
