"""Rows of boundary, identity and resource policy with what AWS answered, by evaluator and engine.

    python benchmarks/boundary_rows.py [FILE]

FILE has the form of `corpora/iam/permissions-boundary/truth.json` (the default, of RINGWORK_SHARED): `rows`,
each with `resource_policy_principal` (`role_arn`, `session_arn`, `account_with_PrincipalArn_condition`,
`star_with_PrincipalArn_condition`), `boundary_allows`, `identity_allows`, `resource_policy_allows`,
`same_account` and `expected` (`Allow` or `Deny`). One line for each row; exit code 1 if one is wrong.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

from ringwork.access import Policies, Policy, PolicyKind, Principal, Request, evaluate, parse
from ringwork.access.symbolic import Question, ask, match

ACCOUNT, OTHER = "111122223333", "444455556666"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/observed"
SESSION = f"arn:aws:sts::{ACCOUNT}:assumed-role/observed/one"
WHO = Principal("role", ACCOUNT, SESSION, role=ROLE)
OBJECT = "arn:aws:s3:::observed/key"
NAMED: dict[str, dict[str, Any]] = {
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
OF_IDENTITY = ("boundary_allows", "identity_allows", "resource_policy_allows")


def policy(kind: PolicyKind, *, allows: bool, **more: Any) -> Policy:
    """One that allows all of S3, or only what nobody asks for."""
    action = "s3:*" if allows else "sqs:*"
    statement = {"Effect": "Allow", "Action": action, "Resource": "*", **more}
    return parse({"Version": "2012-10-17", "Statement": [statement]}, kind=kind)


def policies(row: dict[str, Any]) -> Policies:
    named = NAMED[row["resource_policy_principal"]]
    return Policies(
        identity=(policy("identity", allows=row["identity_allows"]),),
        boundary=policy("boundary", allows=row["boundary_allows"]),
        resource=policy("resource", allows=row["resource_policy_allows"], **named),
    )


def evaluated(row: dict[str, Any]) -> str:
    """The evaluator's answer."""
    owner = ACCOUNT if row["same_account"] else OTHER
    decision = evaluate(Request(WHO, "s3:GetObject", OBJECT, owner), policies(row))
    return "Allow" if decision.allowed else "Deny"


def asked(row: dict[str, Any]) -> str:
    """The engine's answer: whether no such request is allowed."""
    owner = ACCOUNT if row["same_account"] else OTHER
    answer = ask(
        Question(WHO, match("s3:GetObject", resource=[OBJECT]), policies(row), resource_account=owner)
    )
    return {"proved": "Deny", "violated": "Allow", "unknown": "unknown"}[answer.status]


def main(arguments: list[str]) -> int:
    shared = os.environ.get("RINGWORK_SHARED")
    if not arguments and not shared:
        print("name a file of rows, or set RINGWORK_SHARED", file=sys.stderr)
        return 2
    path = Path(arguments[0] if arguments else f"{shared}/corpora/iam/permissions-boundary/truth.json")
    rows = json.loads(path.read_text(encoding="utf-8"))["rows"]
    wrong = 0
    for number, row in enumerate(rows, 1):
        found = evaluated(row), asked(row)
        right = found == (row["expected"], row["expected"])
        wrong += not right
        said = " ".join(f"{name.partition('_')[0]}={'yes' if row[name] else 'no'}" for name in OF_IDENTITY)
        print(
            f"{number:3} {'ok   ' if right else 'WRONG'} expected {row['expected']}: evaluator {found[0]}, "
            f"engine {found[1]}  {row['resource_policy_principal']} {said}"
        )
    print(f"{len(rows) - wrong} of {len(rows)} rows, by evaluator and engine")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
