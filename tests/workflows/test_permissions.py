"""`ringwork permissions`: the printed policy against what the code calls."""

from __future__ import annotations

import ast
import json
from pathlib import Path
from typing import Any

import botocore
import botocore.session
import pytest

from ringwork.workflows.permissions import COMMANDS, in_parts, policy

DEPLOY = Path(__file__).resolve().parents[2] / "src" / "ringwork" / "cloud" / "deploy"


def _called() -> set[str]:
    """Every CloudFormation operation that the deployer's source calls, as an IAM action."""
    model = botocore.session.get_session().get_service_model("cloudformation")
    names = {botocore.xform_name(name): name for name in model.operation_names}
    calls = {
        node.func.attr
        for path in DEPLOY.glob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
    }
    return {f"cloudformation:{names[call]}" for call in calls & names.keys()}


def _allowed(command: str) -> set[str]:
    return {action for statement in policy(command)["Statement"] for action in statement["Action"]}


def test_deploy_allows_every_cloudformation_call_that_the_deployer_makes() -> None:
    called = _called()
    assert "cloudformation:ExecuteChangeSet" in called
    assert called - _allowed("deploy") == set()


@pytest.mark.parametrize(
    ("command", "role"),
    [
        ("audit", "ringwork-audit"),
        ("network", "ringwork-audit"),
        ("prove", "ringwork-audit"),
        ("deploy", "ringwork-deploy"),
        ("bootstrap", "OrganizationAccountAccessRole"),
    ],
)
def test_other_accounts_are_entered_by_the_role_that_the_command_takes(command: str, role: str) -> None:
    (enter,) = [s for s in policy(command)["Statement"] if s["Sid"] == "EnterAccounts"]
    assert enter["Resource"] == f"arn:aws:iam::*:role/{role}"


@pytest.mark.parametrize("command", ["network", "prove"])
def test_questions_read_what_an_audit_reads(command: str) -> None:
    assert _allowed(command) == _allowed("audit")


def test_a_plan_may_execute_nothing() -> None:
    assert "cloudformation:ExecuteChangeSet" not in _allowed("plan")


@pytest.mark.parametrize("command", COMMANDS)
def test_parts_together_allow_what_the_whole_allows_and_iam_takes_each(command: str) -> None:
    """IAM quotas: a managed policy has at most 6,144 characters, a role at most 10 of them."""
    parts = in_parts(policy(command))
    assert 1 <= len(parts) <= 10
    assert all(len(json.dumps(part, separators=(",", ":"))) <= 6144 for part in parts)

    def said(statements: list[dict[str, Any]]) -> set[tuple[str, str]]:
        return {(action, str(s["Resource"])) for s in statements for action in s["Action"]}

    assert said([s for part in parts for s in part["Statement"]]) == said(policy(command)["Statement"])
