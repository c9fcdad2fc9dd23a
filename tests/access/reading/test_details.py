"""Account authorization details, and folders of policies.

Source: IAM API reference, GetAccountAuthorizationDetails (its example answer's members).
"""

from __future__ import annotations

import copy
import json
from typing import Any
from urllib.parse import quote

from ringwork.access.reading import from_authorization_details, from_documents

from .estates import ACCOUNT, LAMBDA, OTHER, allow, both, deny, document, may

MANAGED = f"arn:aws:iam::{ACCOUNT}:policy/readers"
VIEW = "arn:aws:iam::aws:policy/ViewOnlyAccess"
OBJECT = "arn:aws:s3:::data/x"


def version(body: Any, *, default: bool, id: str = "v1") -> dict[str, Any]:
    return {"VersionId": id, "IsDefaultVersion": default, "Document": body}


DETAILS: dict[str, Any] = {
    "UserDetailList": [
        {
            "UserName": "ada",
            "Path": "/",
            "Arn": f"arn:aws:iam::{ACCOUNT}:user/ada",
            "GroupList": ["team"],
            "UserPolicyList": [{"PolicyName": "own", "PolicyDocument": document(allow("sqs:*"))}],
            "AttachedManagedPolicies": [{"PolicyName": "readers", "PolicyArn": MANAGED}],
            "PermissionsBoundary": {
                "PermissionsBoundaryType": "Policy",
                "PermissionsBoundaryArn": f"arn:aws:iam::{ACCOUNT}:policy/edge",
            },
            "Tags": [{"Key": "team", "Value": "vision"}],
        }
    ],
    "GroupDetailList": [
        {
            "GroupName": "team",
            "Path": "/",
            "Arn": f"arn:aws:iam::{ACCOUNT}:group/team",
            "GroupPolicyList": [{"PolicyName": "g", "PolicyDocument": document(allow("sns:*"))}],
            "AttachedManagedPolicies": [{"PolicyName": "ViewOnlyAccess", "PolicyArn": VIEW}],
        }
    ],
    "RoleDetailList": [
        {
            "RoleName": "train",
            "Path": "/ml/",
            "Arn": f"arn:aws:iam::{ACCOUNT}:role/ml/train",
            "AssumeRolePolicyDocument": quote(json.dumps(LAMBDA), safe=""),
            "RolePolicyList": [
                {
                    "PolicyName": "inline",
                    "PolicyDocument": quote(json.dumps(document(allow("s3:PutObject"))), safe=""),
                }
            ],
            "AttachedManagedPolicies": [{"PolicyName": "readers", "PolicyArn": MANAGED}],
            "InstanceProfileList": [],
        }
    ],
    "Policies": [
        {
            "PolicyName": "readers",
            "Arn": MANAGED,
            "DefaultVersionId": "v2",
            "PolicyVersionList": [
                version(document(deny()), default=False),
                version(document(allow("s3:GetObject")), default=True, id="v2"),
            ],
        },
        {
            "PolicyName": "edge",
            "Arn": f"arn:aws:iam::{ACCOUNT}:policy/edge",
            "DefaultVersionId": "v1",
            "PolicyVersionList": [version(document(allow(("s3:*", "sns:*", "ec2:*"))), default=True)],
        },
        {
            "PolicyName": "ViewOnlyAccess",
            "Arn": VIEW,
            "DefaultVersionId": "v1",
            "PolicyVersionList": [version(document(allow("ec2:Describe*")), default=True)],
        },
    ],
}


def details(**changes: Any) -> Any:
    return {**json.loads(json.dumps(DETAILS)), **changes}


def test_users_groups_roles_and_policies_are_read() -> None:
    found = from_authorization_details(details())
    assert found.problems == ()
    user = found.identity(f"arn:aws:iam::{ACCOUNT}:user/ada")
    role = found.identity(f"arn:aws:iam::{ACCOUNT}:role/ml/train")
    assert user is not None
    assert role is not None
    assert (user.unknown, role.unknown) == ((), ())
    assert user.account == role.account == ACCOUNT
    assert user.tags == {"team": "vision"}
    # own policy (outside the boundary), group's policy, the group's policy of AWS, managed policy
    assert [may(found, user, action, "*") for action in ("sqs:SendMessage", "sns:Publish")] == [False, True]
    assert may(found, user, "ec2:DescribeVpcs", "*")
    assert may(found, user, "s3:GetObject", OBJECT)
    # the percent-encoded inline policy, the default version of the managed one
    assert may(found, role, "s3:PutObject", OBJECT)
    assert may(found, role, "s3:GetObject", OBJECT)
    assert not may(found, role, "s3:DeleteObject", OBJECT, wider=True)
    assert role.services == {"lambda.amazonaws.com"}


def test_the_account_can_be_given() -> None:
    found = from_authorization_details(details(), OTHER)
    assert {identity.account for identity in found.identities.values()} == {OTHER}


def test_a_broken_policy_has_its_pointer_in_the_answer_and_hides_no_other() -> None:
    answer = details()
    answer["RoleDetailList"][0]["RolePolicyList"].append(
        {"PolicyName": "bad", "PolicyDocument": document(allow("s3"))}
    )
    answer["Policies"][0]["PolicyVersionList"][1]["Document"] = "{"
    found = from_authorization_details(answer)
    assert sorted(problem.pointer for problem in found.problems) == [
        "/Policies/0/PolicyVersionList/1/Document",
        "/RoleDetailList/0/RolePolicyList/1/PolicyDocument/Statement/0/Action",
    ]
    user = found.identity(f"arn:aws:iam::{ACCOUNT}:user/ada")
    assert user is not None
    # its other policies stand; the broken one may be any
    assert both(found, user, "sns:Publish", "*") == (False, True)
    role = found.identity(f"arn:aws:iam::{ACCOUNT}:role/ml/train")
    assert role is not None
    assert both(found, role, "s3:PutObject", OBJECT) == (False, True)


def test_a_policy_of_aws_that_the_answer_leaves_out_can_be_given() -> None:
    answer = details()
    del answer["Policies"][2]
    found = from_authorization_details(answer)
    user = found.identity(f"arn:aws:iam::{ACCOUNT}:user/ada")
    assert user is not None
    assert any(VIEW in reason for reason in user.unknown)
    given = from_authorization_details(
        copy.deepcopy(answer), managed={VIEW: document(allow("ec2:Describe*"))}
    )
    user = given.identity(f"arn:aws:iam::{ACCOUNT}:user/ada")
    assert user is not None
    assert user.unknown == ()


def test_what_is_no_answer_is_a_problem() -> None:
    for wrong in (None, [], "x", 7):
        assert [one.message for one in from_authorization_details(wrong).problems] == [
            "the answer is no JSON object"
        ]
    answer = details()
    answer["RoleDetailList"][0]["Arn"] = "train"
    found = from_authorization_details(answer)
    assert [(one.pointer, one.message) for one in found.problems] == [
        ("/RoleDetailList/0/Arn", "`Arn` is no ARN")
    ]
    (problem,) = from_authorization_details({"UserDetailList": {}}).problems
    assert (problem.pointer, problem.message) == ("/UserDetailList", "`UserDetailList` is no list")


# --- folders


def test_each_file_is_a_principal_of_its_own() -> None:
    found = from_documents(
        {
            "a.json": json.dumps(document(allow("s3:GetObject"))),
            "b.json": json.dumps(document(allow("sqs:*"))),
        }
    )
    assert found.problems == ()
    a, b = found.identities["a.json"], found.identities["b.json"]
    assert a.arn != b.arn
    assert may(found, a, "s3:GetObject", OBJECT)
    assert not may(found, b, "s3:GetObject", OBJECT)


def test_a_file_that_names_principals_is_a_resources() -> None:
    anybody = document(allow("s3:GetObject", Principal="*"))
    found = from_documents({"bucket.json": json.dumps(anybody), "role.json": json.dumps(LAMBDA)})
    assert found.guarded["bucket.json"].policy_kind == "resource"
    assert found.guarded["role.json"].policy_kind == "trust"
    assert found.identities["role.json"].services == {"lambda.amazonaws.com"}
    assert "bucket.json" not in found.identities


def test_a_broken_file_hides_no_other_and_says_what_is_wrong_where() -> None:
    bad = document(allow("s3:GetObject"), allow("s3:GetObject", Condition={"Sometimes": {"a:b": "c"}}))
    found = from_documents(
        {"bad.json": json.dumps(bad), "good.json": json.dumps(document(allow())), "no.json": "{"}
    )
    assert [(one.key, one.pointer) for one in found.problems] == [
        ("bad.json", "/Statement/1/Condition/Sometimes"),
        ("no.json", ""),
    ]
    assert "not JSON" in found.problems[1].message
    assert both(found, found.identities["good.json"], "s3:GetObject", OBJECT) == (True, True)
    assert both(found, found.identities["bad.json"], "s3:GetObject", OBJECT) == (False, True)
