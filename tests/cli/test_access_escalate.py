"""`ringwork access escalate`, as users run it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

Run = Callable[..., Any]
ACCOUNT = "111122223333"


def document(*actions: str) -> dict[str, Any]:
    statement = {"Effect": "Allow", "Action": list(actions), "Resource": "*"}
    return {"Version": "2012-10-17", "Statement": [statement]}


def trusting(**principal: str) -> dict[str, Any]:
    statement = {"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"}
    return {"Version": "2012-10-17", "Statement": [statement]}


def role(name: str, trust: dict[str, Any], *actions: str, **more: Any) -> dict[str, Any]:
    own = [{"PolicyName": "own", "PolicyDocument": document(*actions)}] if actions else []
    return {
        "RoleName": name,
        "Arn": f"arn:aws:iam::{ACCOUNT}:role/{name}",
        "Path": "/",
        "AssumeRolePolicyDocument": trust,
        "RolePolicyList": own,
        "AttachedManagedPolicies": [],
        **more,
    }


def details(folder: Path, *roles: dict[str, Any], policies: tuple[dict[str, Any], ...] = ()) -> Path:
    """What `aws iam get-account-authorization-details` prints."""
    path = folder / "details.json"
    value = {"UserDetailList": [], "GroupDetailList": [], "RoleDetailList": roles, "Policies": policies}
    path.write_text(json.dumps(value), encoding="utf-8")
    return path


SAGEMAKER = trusting(Service="sagemaker.amazonaws.com")
LAMBDA = trusting(Service="lambda.amazonaws.com")
RELEASE = role("release", LAMBDA, "iam:PassRole", "sagemaker:CreateTrainingJob")
ADMIN = role("admin", SAGEMAKER, "*")


def test_who_hands_an_administrator_to_a_job_is_shown_with_the_requests(run: Run, tmp_path: Path) -> None:
    path = details(tmp_path, RELEASE, ADMIN)
    ran = run("access", "escalate", path, "--administrator", "admin")
    assert ran.code == 1
    assert f"escalates: release, to everything in account {ACCOUNT}" in ran.out
    assert f"iam:PassRole on arn:aws:iam::{ACCOUNT}:role/admin" in ran.out
    assert "iam:passedtoservice = sagemaker.amazonaws.com" in ran.out
    assert "sm-training-new" in ran.out
    assert "declared: admin is an administrator" in ran.out


def test_nobody_who_escalates_is_exit_code_0(run: Run, tmp_path: Path) -> None:
    path = details(tmp_path, role("reads", LAMBDA, "s3:GetObject"), ADMIN)
    ran = run("access", "escalate", path, "--administrator", "adm*")
    assert ran.code == 0
    assert "1 asked: 0 get to others" in ran.out


def test_an_administrator_counts_unless_it_is_declared(run: Run, tmp_path: Path) -> None:
    ran = run("access", "escalate", details(tmp_path, ADMIN))
    assert ran.code == 1
    assert f"escalates: admin, to everything in account {ACCOUNT}" in ran.out


def test_what_is_not_in_sight_is_exit_code_3(run: Run, tmp_path: Path) -> None:
    """Authorization details do not tell which functions there are."""
    path = details(tmp_path, role("edits", SAGEMAKER, "lambda:UpdateFunctionCode"), role("runs", LAMBDA))
    ran = run("access", "escalate", path, "--from", "edits")
    assert ran.code == 3
    assert "unknown: how far edits gets" in ran.out
    assert "to runs (lambda-code): whether there is one: AWS::Lambda::Function" in ran.out


def test_the_versions_of_policies_are_read_from_the_details(run: Run, tmp_path: Path) -> None:
    arn = f"arn:aws:iam::{ACCOUNT}:policy/mine"
    in_force = {
        "VersionId": "v2",
        "IsDefaultVersion": True,
        "Document": document("iam:SetDefaultPolicyVersion"),
    }

    def before(*actions: str) -> dict[str, Any]:
        old = {"VersionId": "v1", "IsDefaultVersion": False, "Document": document(*actions)}
        return {
            "PolicyName": "mine",
            "Arn": arn,
            "DefaultVersionId": "v2",
            "PolicyVersionList": [old, in_force],
        }

    attached = [{"PolicyName": "mine", "PolicyArn": arn}]
    me = role("me", LAMBDA, AttachedManagedPolicies=attached)
    wide = run("access", "escalate", details(tmp_path, me, policies=(before("*"),)), "--json")
    assert wide.code == 1
    (told,) = json.loads(wide.out)["principals"]
    assert told["administrates"] == [ACCOUNT]
    assert "iam-setdefaultversion" in {way["path"] for way in told["ways"]}
    narrow = run("access", "escalate", details(tmp_path, me, policies=(before("s3:GetObject"),)), "--json")
    (told,) = json.loads(narrow.out)["principals"]
    assert told["administrates"] == []


def test_each_way_has_its_requests_as_json(run: Run, tmp_path: Path) -> None:
    ran = run("access", "escalate", details(tmp_path, RELEASE, ADMIN), "--from", "release", "--json")
    assert ran.code == 1
    (told,) = json.loads(ran.out)["principals"]
    assert told["from"] == "release"
    (way,) = [one for one in told["ways"] if one["path"] == "sm-training-new"]
    assert (way["to"], way["status"]) == ("admin", "proved")
    assert [one["action"] for one in way["requests"]] == [
        "iam:PassRole",
        "sts:AssumeRole",
        "sagemaker:CreateTrainingJob",
    ]
    last = [one["by"][-1]["to"] for one in told["reaches"]]
    assert f"everything in account {ACCOUNT}" in last


def test_a_policy_that_closes_it_is_printed_with_the_proof(run: Run, tmp_path: Path) -> None:
    path = details(tmp_path, RELEASE, ADMIN)
    ran = run("access", "escalate", path, "--from", "release", "--mend", "--json")
    mended = json.loads(ran.out)["mended"]["release"]
    assert mended["closes"] is True
    (statement, *rest) = mended["policy"]["Statement"]
    assert statement["Effect"] == "Deny"
    assert statement["Action"] == "iam:PassRole"
    assert statement["Resource"] == [f"arn:aws:iam::{ACCOUNT}:role/admin"]
    closed = role("release", LAMBDA, "iam:PassRole", "sagemaker:CreateTrainingJob")
    closed["RolePolicyList"].append({"PolicyName": "guard", "PolicyDocument": mended["policy"]})
    again = run("access", "escalate", details(tmp_path, closed, ADMIN), "--from", "release")
    assert again.code == 0
    assert rest == []


def test_a_name_that_is_nobodys_is_told(run: Run, tmp_path: Path) -> None:
    path = details(tmp_path, RELEASE)
    for option in ("--from", "--administrator"):
        ran = run("access", "escalate", path, option, "relase")
        assert ran.code == 2
        assert "`relase` is no user" in ran.err


def test_a_policy_is_made_for_those_who_are_named(run: Run, tmp_path: Path) -> None:
    ran = run("access", "escalate", details(tmp_path, RELEASE), "--mend")
    assert ran.code == 2
    assert "--from" in ran.err
