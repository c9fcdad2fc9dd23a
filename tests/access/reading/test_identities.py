"""Users and roles: where their policies may be written, and what is said of who becomes them.

Sources: IAM user guide, "Managed policies and inline policies", "Pass session tags in AWS STS",
"Create a service-linked role"; CloudFormation template reference, AWS::IAM types.
"""

from __future__ import annotations

from typing import Any

import pytest

from ringwork.access.authority import Identity
from ringwork.estate import Gap

from .estates import (
    ACCOUNT,
    LAMBDA,
    OTHER,
    REGION,
    allow,
    att,
    authority,
    both,
    collected,
    deny,
    document,
    key,
    live,
    may,
    ref,
    trust,
)

ROLE = {"RoleName": "train", "Path": "/ml/", "AssumeRolePolicyDocument": LAMBDA}
READ = document(allow("s3:GetObject", "arn:aws:s3:::data/*"))
OBJECT = "arn:aws:s3:::data/one"


def names(identity: Identity) -> list[str]:
    return sorted(one.name for one in identity.identity)


def test_a_role_has_its_arn_name_and_path() -> None:
    found = authority({"R": ("IAM::Role", ROLE)})
    role = found.identities[key("IAM::Role", "R")]
    assert (role.arn, role.name, role.path) == (f"arn:aws:iam::{ACCOUNT}:role/ml/train", "train", "/ml/")
    assert not role.placeholder
    assert found.identity(role.arn) is role
    assert found.identity(f"arn:aws:sts::{ACCOUNT}:assumed-role/train/somebody") is role
    assert role.principal("one").arn == f"arn:aws:sts::{ACCOUNT}:assumed-role/train/one"
    assert role.principal().role == role.arn


def test_a_roles_policies_are_found_wherever_they_are_written() -> None:
    found = authority(
        {
            "R": (
                "IAM::Role",
                {
                    **ROLE,
                    "Policies": [{"PolicyName": "inline", "PolicyDocument": READ}],
                    "ManagedPolicyArns": [ref("ByArn")],
                },
            ),
            "Own": ("IAM::RolePolicy", {"RoleName": ref("R"), "PolicyName": "own", "PolicyDocument": READ}),
            "Old": ("IAM::Policy", {"Roles": [ref("R")], "PolicyName": "old", "PolicyDocument": READ}),
            "ByArn": ("IAM::ManagedPolicy", {"PolicyDocument": READ}),
            "ByRole": ("IAM::ManagedPolicy", {"Roles": [ref("R")], "PolicyDocument": READ}),
            "Both": ("IAM::ManagedPolicy", {"Roles": ["train"], "PolicyDocument": READ}),
            "Other": ("IAM::ManagedPolicy", {"PolicyDocument": READ}),
        }
    )
    role = found.identities[key("IAM::Role", "R")]
    assert names(role) == ["app/Both", "app/ByArn", "app/ByRole", "inline", "old", "own"]
    assert all(one.known for one in role.identity)
    assert role.unknown == ()
    # equal documents are parsed once
    assert len({id(one.wider.statements) for one in role.identity}) == 1


def test_a_policy_that_is_attached_by_both_ends_counts_once() -> None:
    found = authority(
        {
            "R": ("IAM::Role", {**ROLE, "ManagedPolicyArns": [ref("P")]}),
            "P": ("IAM::ManagedPolicy", {"Roles": [ref("R")], "PolicyDocument": READ}),
        }
    )
    assert len(found.identities[key("IAM::Role", "R")].identity) == 1


def test_a_document_says_where_its_statements_stand() -> None:
    found = authority(
        {"R": ("IAM::Role", {**ROLE, "Policies": [{"PolicyName": "inline", "PolicyDocument": READ}]})}
    )
    (inline,) = found.identities[key("IAM::Role", "R")].identity
    assert inline.place(0, wider=True) == (
        key("IAM::Role", "R"),
        ("Policies", 0, "PolicyDocument", "Statement", 0),
    )


def test_a_user_has_the_policies_of_its_groups() -> None:
    found = authority(
        {
            "U": ("IAM::User", {"UserName": "ada", "Groups": [ref("G")]}),
            "G": ("IAM::Group", {"Policies": [{"PolicyName": "in group", "PolicyDocument": READ}]}),
            "H": ("IAM::Group", {"ManagedPolicyArns": [ref("P")]}),
            "Add": ("IAM::UserToGroupAddition", {"GroupName": ref("H"), "Users": [ref("U")]}),
            "P": ("IAM::ManagedPolicy", {"PolicyDocument": READ}),
            "Own": ("IAM::UserPolicy", {"UserName": ref("U"), "PolicyName": "own", "PolicyDocument": READ}),
            "Theirs": (
                "IAM::GroupPolicy",
                {"GroupName": ref("G"), "PolicyName": "g", "PolicyDocument": READ},
            ),
        }
    )
    user = found.identities[key("IAM::User", "U")]
    assert user.kind == "user"
    assert names(user) == ["app/P", "g", "in group", "own"]
    assert may(found, user, "s3:GetObject", OBJECT)
    assert not may(found, user, "s3:PutObject", OBJECT)


def test_a_role_that_has_no_name_yet_is_called_the_same_everywhere() -> None:
    found = authority(
        {
            "R": ("IAM::Role", {"AssumeRolePolicyDocument": LAMBDA}),
            "B": ("S3::Bucket", {"BucketName": "data"}),
            "P": (
                "S3::BucketPolicy",
                {
                    "Bucket": ref("B"),
                    "PolicyDocument": document(
                        allow("s3:GetObject", "arn:aws:s3:::data/*", Principal={"AWS": att("R")})
                    ),
                },
            ),
        }
    )
    role = found.identities[key("IAM::Role", "R")]
    assert role.placeholder
    assert role.arn.startswith(f"arn:aws:iam::{ACCOUNT}:role/app-R-")
    assert found.placeholders[role.arn] == role.key
    assert role.unknown == ()
    assert both(found, role, "s3:GetObject", OBJECT) == (True, True)
    assert both(found, role, "s3:PutObject", OBJECT) == (False, False)


def test_a_name_of_which_a_part_is_not_known_keeps_the_rest() -> None:
    found = authority(
        {"R": ("IAM::Role", {"RoleName": {"Fn::Sub": "ml-${Part}"}, "AssumeRolePolicyDocument": LAMBDA})},
        Parameters={"Part": {"Type": "String"}},
    )
    role = found.identities[key("IAM::Role", "R")]
    assert role.placeholder
    assert role.name.startswith("ml-")
    assert "its name is not known" in role.unknown[0]


def test_a_boundary_is_read_and_limits() -> None:
    found = authority(
        {
            "R": (
                "IAM::Role",
                {
                    **ROLE,
                    "PermissionsBoundary": ref("Edge"),
                    "Policies": [{"PolicyName": "all", "PolicyDocument": document(allow())}],
                },
            ),
            "Edge": ("IAM::ManagedPolicy", {"PolicyDocument": READ}),
        }
    )
    role = found.identities[key("IAM::Role", "R")]
    assert role.boundary is not None
    assert role.boundary.wider.kind == "boundary"
    assert both(found, role, "s3:GetObject", OBJECT) == (True, True)
    assert both(found, role, "s3:PutObject", OBJECT) == (False, False)


def test_a_boundary_that_is_not_known_may_be_none_or_forbid_all() -> None:
    found = authority(
        {
            "R": (
                "IAM::Role",
                {
                    **ROLE,
                    "PermissionsBoundary": ref("Edge"),
                    "Policies": [{"PolicyName": "all", "PolicyDocument": document(allow())}],
                },
            )
        },
        Parameters={"Edge": {"Type": "String"}},
    )
    role = found.identities[key("IAM::Role", "R")]
    assert both(found, role, "s3:GetObject", OBJECT) == (False, True)
    assert found.policies(role, action="s3:GetObject", wider=True).boundary is None


ADMINISTRATOR = "arn:aws:iam::aws:policy/AdministratorAccess"
VIEW = "arn:aws:iam::aws:policy/job-function/ViewOnlyAccess"


def managed(arn: str) -> dict[str, Any]:
    return {"R": ("IAM::Role", {**ROLE, "ManagedPolicyArns": [arn]})}


def test_administrator_access_is_known() -> None:
    found = authority(managed(ADMINISTRATOR))
    role = found.identities[key("IAM::Role", "R")]
    assert role.unknown == ()
    assert both(found, role, "iam:CreateUser", "*") == (True, True)


def test_another_policy_of_aws_is_not_known_until_it_is_given() -> None:
    found = authority(managed(VIEW))
    role = found.identities[key("IAM::Role", "R")]
    assert len(role.unknown) == 1
    assert "give its document" in role.unknown[0]
    assert both(found, role, "s3:ListAllMyBuckets", "*") == (False, True)
    assert found.problems == ()

    from ringwork.access.reading import read

    from .estates import template

    text = (
        '{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "s3:List*", "Resource": "*"}}'
    )
    for name in (VIEW, "ViewOnlyAccess", "job-function/ViewOnlyAccess"):
        given = read(template(managed(VIEW)), managed={name: text})
        role = given.identities[key("IAM::Role", "R")]
        assert role.unknown == ()
        assert both(given, role, "s3:ListAllMyBuckets", "*") == (True, True)
        assert both(given, role, "iam:CreateUser", "*") == (False, False)


def test_a_policy_of_aws_is_taken_as_the_account_has_it() -> None:
    role = live(
        "IAM::Role",
        "train",
        {"RoleName": "train", "AssumeRolePolicyDocument": LAMBDA, "ManagedPolicyArns": [VIEW]},
        arn=f"arn:aws:iam::{ACCOUNT}:role/train",
    )
    policy = live(
        "live:iam:aws-managed-policy",
        "job-function/ViewOnlyAccess",
        {"PolicyArn": VIEW, "PolicyDocument": document(allow("s3:List*"))},
    )
    found = collected((role, policy))
    (identity,) = found.identities.values()
    assert identity.unknown == ()
    assert both(found, identity, "s3:ListAllMyBuckets", "*") == (True, True)


def test_a_customers_policy_that_is_not_here_is_not_known() -> None:
    found = authority(managed(f"arn:aws:iam::{ACCOUNT}:policy/elsewhere"))
    role = found.identities[key("IAM::Role", "R")]
    assert both(found, role, "s3:GetObject", OBJECT) == (False, True)
    assert "is not in the estate" in role.unknown[0]


def test_a_policy_that_may_be_anybodys_may_allow_and_deny() -> None:
    found = authority(
        {
            "R": (
                "IAM::Role",
                {
                    **ROLE,
                    "Policies": [{"PolicyName": "p", "PolicyDocument": document(allow("s3:PutObject"))}],
                },
            ),
            "Stray": (
                "IAM::Policy",
                {
                    "Roles": [ref("Whose")],
                    "PolicyName": "stray",
                    "PolicyDocument": document(allow("s3:GetObject"), deny("s3:PutObject")),
                },
            ),
        },
        Parameters={"Whose": {"Type": "String"}},
    )
    role = found.identities[key("IAM::Role", "R")]
    assert both(found, role, "s3:GetObject", OBJECT) == (False, True)
    assert both(found, role, "s3:PutObject", OBJECT) == (False, True)
    assert both(found, role, "s3:DeleteObject", OBJECT) == (False, False)


def test_a_broken_policy_hides_no_other() -> None:
    found = authority(
        {
            "R": (
                "IAM::Role",
                {
                    **ROLE,
                    "Policies": [
                        {"PolicyName": "good", "PolicyDocument": READ},
                        {"PolicyName": "bad", "PolicyDocument": document({"Effect": "Maybe", "Action": "*"})},
                    ],
                },
            ),
            "S": ("IAM::Role", {"RoleName": "s", "AssumeRolePolicyDocument": LAMBDA}),
        }
    )
    (problem,) = found.problems
    assert problem.key == key("IAM::Role", "R")
    assert problem.pointer == "/Policies/1/PolicyDocument/Statement/0/Effect"
    assert problem.message == "Effect is neither `Allow` nor `Deny`"
    assert problem.origins[0].file == "app.json"
    assert problem.origins[0].line is not None
    role = found.identities[key("IAM::Role", "R")]
    # what AWS does not accept it may hold in no way that we know: neither proved nor refuted
    assert both(found, role, "s3:GetObject", OBJECT) == (False, True)
    other = found.identities[key("IAM::Role", "S")]
    assert both(found, other, "s3:GetObject", OBJECT) == (False, False)


@pytest.mark.parametrize("type", ["AWS::IAM::RolePolicy", "AWS::IAM::ManagedPolicy", None])
def test_what_could_not_be_read_may_be_a_roles_policy(type: str | None) -> None:
    role = live(
        "IAM::Role",
        "train",
        {"RoleName": "train", "AssumeRolePolicyDocument": LAMBDA},
        arn=f"arn:aws:iam::{ACCOUNT}:role/train",
        region=None,
    )
    found = collected((role,), gaps=[Gap(ACCOUNT, None, type, "access denied")])
    (identity,) = found.identities.values()
    assert both(found, identity, "s3:GetObject", OBJECT) == (False, True)
    assert "access denied" in identity.unknown[0]
    elsewhere = collected((role,), gaps=[Gap(OTHER, None, type, "access denied")])
    (identity,) = elsewhere.identities.values()
    assert both(elsewhere, identity, "s3:GetObject", OBJECT) == (False, False)


def test_users_whose_groups_could_not_be_read_may_do_more() -> None:
    user = live("IAM::User", "ada", {"UserName": "ada"}, arn=f"arn:aws:iam::{ACCOUNT}:user/ada", region=None)
    found = collected((user,), gaps=[Gap(ACCOUNT, None, "AWS::IAM::Group", "access denied")])
    (identity,) = found.identities.values()
    assert both(found, identity, "s3:GetObject", OBJECT) == (False, True)


# --- who becomes a role


def test_the_services_and_workloads_of_a_role() -> None:
    found = authority(
        {
            "R": (
                "IAM::Role",
                {"AssumeRolePolicyDocument": trust("sagemaker.amazonaws.com", "a.amazonaws.com")},
            ),
            "M": ("SageMaker::Model", {"ExecutionRoleArn": att("R"), "PrimaryContainer": {}}),
            "E": ("IAM::Role", {"AssumeRolePolicyDocument": trust("ec2.amazonaws.com")}),
            "Profile": ("IAM::InstanceProfile", {"Roles": [ref("E")]}),
            "I": ("EC2::Instance", {"IamInstanceProfile": ref("Profile")}),
            "B": ("S3::Bucket", {}),
            "P": (
                "S3::BucketPolicy",
                {
                    "Bucket": ref("B"),
                    "PolicyDocument": document(allow("s3:*", att("B"), Principal={"AWS": att("R")})),
                },
            ),
        }
    )
    role, machine = found.identities[key("IAM::Role", "R")], found.identities[key("IAM::Role", "E")]
    assert role.services == {"sagemaker.amazonaws.com", "a.amazonaws.com"}
    # a policy that names the role does not run as it
    assert role.workloads == (key("SageMaker::Model", "M"),)
    assert machine.workloads == (key("EC2::Instance", "I"),)


def test_a_trust_policy_guards_the_role_and_is_no_policy_of_other_actions() -> None:
    found = authority(
        {
            "R": ("IAM::Role", ROLE),
            "U": (
                "IAM::User",
                {
                    "UserName": "ada",
                    "Policies": [{"PolicyName": "p", "PolicyDocument": document(allow("iam:PassRole"))}],
                },
            ),
        }
    )
    user = found.identities[key("IAM::User", "U")]
    role = found.guarded[key("IAM::Role", "R")]
    assert role.policy_kind == "trust"
    assert role.policy is found.identities[role.key].trust
    assert may(found, user, "iam:PassRole", role)
    assert not may(found, user, "sts:AssumeRole", role)


def test_a_role_without_a_trust_policy_is_a_problem() -> None:
    found = authority({"R": ("IAM::Role", {"RoleName": "r"})})
    assert [problem.pointer for problem in found.problems] == ["/AssumeRolePolicyDocument"]
    assert found.identities[key("IAM::Role", "R")].services == {"*"}


def tagging(**condition: Any) -> Any:
    return {
        "Effect": "Allow",
        "Principal": {"AWS": f"arn:aws:iam::{OTHER}:root"},
        "Action": ["sts:AssumeRole", "sts:TagSession"],
        "Condition": condition,
    }


def session_tags(*statements: Any) -> Any:
    found = authority({"R": ("IAM::Role", {"AssumeRolePolicyDocument": document(*statements)})})
    return found.identities[key("IAM::Role", "R")].session_tags


def test_sessions_bring_tags_only_where_the_trust_policy_lets_them() -> None:
    assert not session_tags(LAMBDA["Statement"][0]).possible
    free = session_tags(tagging())
    assert (free.possible, free.values, free.keys) == (True, {}, None)


def test_tags_that_every_statement_demands_are_known() -> None:
    pinned = {"StringEquals": {"aws:RequestTag/team": "vision"}}
    both_tags = {"StringEquals": {"aws:RequestTag/team": ["speech"], "aws:RequestTag/tier": "gold"}}
    keys = {"ForAllValues:StringEquals": {"aws:TagKeys": ["team"]}}
    assert session_tags(tagging(**pinned)).values == {"team": ("vision",)}
    assert session_tags(tagging(**pinned), tagging(**both_tags)).values == {"team": ("vision", "speech")}
    assert session_tags(tagging(**pinned), tagging()).values == {}
    assert session_tags(tagging(**pinned, **keys)).keys == ("team",)
    assert session_tags(tagging(**pinned, **keys), tagging()).keys is None


def test_a_service_linked_role_is_its_services_and_what_it_may_is_not_known() -> None:
    found = authority({"S": ("IAM::ServiceLinkedRole", {"AWSServiceName": "access.amazonaws.com"})})
    role = found.identities[key("IAM::ServiceLinkedRole", "S")]
    assert role.service_linked
    assert role.principal().service_linked
    assert role.services == {"access.amazonaws.com"}
    assert f":{ACCOUNT}:role/aws-service-role/access.amazonaws.com/AWSServiceRoleFor" in role.arn
    assert both(found, role, "s3:GetObject", OBJECT) == (False, True)


def test_a_service_linked_role_that_an_account_shows_twice_is_one() -> None:
    arn = f"arn:aws:iam::{ACCOUNT}:role/aws-service-role/config.amazonaws.com/AWSServiceRoleForConfig"
    name = "AWSServiceRoleForConfig"
    path = "/aws-service-role/config.amazonaws.com/"
    role = live(
        "IAM::Role",
        name,
        {"RoleName": name, "Path": path, "AssumeRolePolicyDocument": trust("config.amazonaws.com")},
        arn=arn,
    )
    again = live("IAM::ServiceLinkedRole", name, {"AWSServiceName": "config.amazonaws.com"}, arn=arn)
    found = collected((again, role))
    (identity,) = found.identities.values()
    assert identity.service_linked
    assert identity.key == role.key


def test_tags_of_which_the_value_is_not_known() -> None:
    found = authority(
        {
            "R": (
                "IAM::Role",
                {**ROLE, "Tags": [{"Key": "a", "Value": "b"}, {"Key": "c", "Value": ref("P")}]},
            )
        },
        Parameters={"P": {"Type": "String"}},
    )
    role = found.identities[key("IAM::Role", "R")]
    assert role.tags == {"a": "b", "c": None}
    assert role.tags_known
    assert "its tags are not all known" in role.unknown


def test_a_permission_set_is_a_role_in_each_account_that_it_is_assigned_in() -> None:
    instance = "arn:aws:sso:::instance/ssoins-1"
    found = authority(
        {
            "Set": (
                "SSO::PermissionSet",
                {
                    "InstanceArn": instance,
                    "Name": "Reader",
                    "InlinePolicy": READ,
                    "ManagedPolicies": [ADMINISTRATOR],
                },
            ),
            "One": (
                "SSO::Assignment",
                {
                    "InstanceArn": instance,
                    "PermissionSetArn": att("Set", "PermissionSetArn"),
                    "TargetId": OTHER,
                    "TargetType": "AWS_ACCOUNT",
                    "PrincipalType": "GROUP",
                    "PrincipalId": "g",
                },
            ),
        }
    )
    assert found.problems == ()
    (role,) = found.identities.values()
    assert role.account == OTHER
    # Identity Center user guide: the Region of the instance is in the path
    assert role.arn.startswith(
        f"arn:aws:iam::{OTHER}:role/aws-reserved/sso.amazonaws.com/{REGION}/AWSReservedSSO_Reader_"
    )
    assert len(role.identity) == 2
    assert role.unknown == ()
    assert role.services == frozenset()


def test_a_group_has_its_policies_and_a_user_knows_its_groups() -> None:
    found = authority(
        {
            "G": (
                "IAM::Group",
                {"GroupName": "team", "Policies": [{"PolicyName": "read", "PolicyDocument": READ}]},
            ),
            "U": ("IAM::User", {"UserName": "ada", "Groups": [ref("G")]}),
        }
    )
    group = found.groups[key("IAM::Group", "G")]
    assert group.arn == f"arn:aws:iam::{ACCOUNT}:group/team"
    assert [one.name for one in group.identity] == ["read"]
    assert found.identities[key("IAM::User", "U")].groups == (group.key,)
