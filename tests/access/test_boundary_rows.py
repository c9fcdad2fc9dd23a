"""The 28 rows that were observed on AWS: permissions boundary, identity and resource policy together."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from ringwork.access import Policies, Principal, Request, evaluate, parse

ACCOUNT, OTHER = "111122223333", "444455556666"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/observed"
SESSION = f"arn:aws:sts::{ACCOUNT}:assumed-role/observed/one"
OBJECT = "arn:aws:s3:::observed/key"


def policy(kind, action="s3:*", **more):
    statement = {"Effect": "Allow", "Action": action, "Resource": "*", **more}
    return parse({"Version": "2012-10-17", "Statement": [statement]}, kind=kind)


NAMED = {
    "role_arn": {"Principal": {"AWS": ROLE}},
    "session_arn": {"Principal": {"AWS": SESSION}},
    "account_with_PrincipalArn_condition": {
        "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"},
        "Condition": {"ArnEquals": {"aws:PrincipalArn": ROLE}},
    },
    "star_with_PrincipalArn_condition": {
        "Principal": "*",
        "Condition": {"ArnEquals": {"aws:PrincipalArn": ROLE}},
    },
}


def rows(path: Path):
    """The rows of a file of the form of `truth.json`."""
    return json.loads(path.read_text(encoding="utf-8"))["rows"]


def decide(row):
    named = NAMED[row["resource_policy_principal"]]
    owner = ACCOUNT if row["same_account"] else OTHER
    request = Request(Principal("role", ACCOUNT, SESSION, role=ROLE), "s3:GetObject", OBJECT, owner)
    nothing = "sqs:*"
    return evaluate(
        request,
        Policies(
            identity=(policy("identity", "s3:*" if row["identity_allows"] else nothing),),
            boundary=policy("boundary", "s3:*" if row["boundary_allows"] else nothing),
            resource=policy("resource", "s3:*" if row["resource_policy_allows"] else nothing, **named),
        ),
    )


def test_every_row_is_decided_as_aws_did():
    shared = os.environ.get("RINGWORK_SHARED")
    if not shared:
        pytest.skip("RINGWORK_SHARED is not set: the observed rows are not here")
    found = rows(Path(shared) / "corpora/iam/permissions-boundary/truth.json")
    wrong = [row for row in found if decide(row).allowed != (row["expected"] == "Allow")]
    assert wrong == []
    assert len(found) == 28
