"""Identity controls, each on an estate that fails, one that passes and one that cannot be decided."""

from __future__ import annotations

from typing import Any

import pytest

from ringwork.estate import Unknown
from ringwork.findings import Status

P, V, U = Status.PROVED, Status.VIOLATED, Status.UNKNOWN


def document(**statement: Any) -> dict[str, Any]:
    given = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::models/*"}
    return {"Version": "2012-10-17", "Statement": {**given, **statement}}


def attach(world: Any, how: str, body: Any) -> None:
    """A role with the policy, written in one of the four ways that CloudFormation has."""
    if how == "inside":
        world.role(Policies=({"PolicyName": "p", "PolicyDocument": body},))
    elif how == "role policy":
        given = {"PolicyName": "p", "RoleName": world.role(), "PolicyDocument": body}
        world.add("IAM::RolePolicy", "Policy", given)
    elif how == "managed":
        world.role(ManagedPolicyArns=(world.add("IAM::ManagedPolicy", "Policy", {"PolicyDocument": body}),))
    else:
        world.add("IAM::ManagedPolicy", "Policy", {"PolicyDocument": body, "Roles": (world.role(),)})


WAYS = ("inside", "role policy", "managed", "attached by the policy")


class TestIam01Administrators:
    @pytest.mark.parametrize("how", WAYS)
    def test_fails_for_everything_on_everything(self, world: Any, how: str) -> None:
        attach(world, how, document(Action="*", Resource="*"))
        assert world.answers("IAM-01") == {"Role": V}

    @pytest.mark.parametrize("name", ["AdministratorAccess", "PowerUserAccess", "IAMFullAccess"])
    def test_fails_for_an_all_powerful_policy_of_aws(self, world: Any, name: str) -> None:
        world.role(ManagedPolicyArns=(f"arn:aws:iam::aws:policy/{name}",))
        assert world.answers("IAM-01") == {"Role": V}

    @pytest.mark.parametrize("how", WAYS)
    def test_passes_for_named_actions(self, world: Any, how: str) -> None:
        attach(world, how, document())
        assert world.answers("IAM-01") == {"Role": P}

    def test_a_deny_of_everything_is_no_right(self, world: Any) -> None:
        attach(world, "inside", document(Effect="Deny", Action="*", Resource="*"))
        assert world.answers("IAM-01") == {"Role": P}

    @pytest.mark.parametrize(
        "body",
        [
            Unknown("a transform that is not modelled; expand it"),
            {"Statement": {"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"}},
            document(Action="*", Resource=Unknown("a parameter; name it")),
            document(Action=Unknown("a parameter; name it")),
        ],
    )
    def test_unknown(self, world: Any, body: Any) -> None:
        attach(world, "role policy", body)
        assert world.answers("IAM-01") == {"Role": U}

    def test_unknown_for_a_policy_that_was_not_read(self, world: Any) -> None:
        world.role(ManagedPolicyArns=("arn:aws:iam::111122223333:policy/p",))
        assert world.answers("IAM-01") == {"Role": U}

    def test_unknown_when_inline_policies_could_not_be_read(self, world: Any) -> None:
        world.role()
        world.gap("IAM::RolePolicy", region=None)
        assert world.answers("IAM-01")["Role"] is U

    def test_roles_that_aws_owns_are_left_out(self, world: Any) -> None:
        path = {"Path": "/aws-service-role/sagemaker.amazonaws.com/"}
        world.add("IAM::Role", "AWSServiceRoleForX", path, tags={"ringwork:workload": "x"})
        assert world.answers("IAM-01") == {}


ROLE_ARN = "arn:aws:iam::111122223333:role/train"
TO_SAGEMAKER = {"StringEquals": {"iam:PassedToService": "sagemaker.amazonaws.com"}}


class TestIam05PassRole:
    @pytest.mark.parametrize(
        "statement",
        [
            {"Resource": "*", "Condition": TO_SAGEMAKER},
            {"Resource": "arn:aws:iam::111122223333:role/*", "Condition": TO_SAGEMAKER},
            {"Resource": ROLE_ARN},
            {"Resource": ROLE_ARN, "Condition": {"StringLike": {"iam:PassedToService": "*"}}},
            {"Action": "iam:Pass*", "Resource": ROLE_ARN},
        ],
    )
    def test_fails(self, world: Any, statement: dict[str, Any]) -> None:
        attach(world, "role policy", document(**({"Action": "iam:PassRole"} | statement)))
        assert world.answers("IAM-05") == {"Role": V}

    @pytest.mark.parametrize(
        "statement",
        [
            {"Action": "iam:PassRole", "Resource": ROLE_ARN, "Condition": TO_SAGEMAKER},
            {"Action": "s3:*", "Resource": "*"},
        ],
    )
    def test_passes(self, world: Any, statement: dict[str, Any]) -> None:
        attach(world, "role policy", document(**statement))
        assert world.answers("IAM-05") == {"Role": P}

    @pytest.mark.parametrize(
        "statement",
        [
            {
                "Action": "iam:PassRole",
                "Resource": Unknown("a parameter; name it"),
                "Condition": TO_SAGEMAKER,
            },
            {"Action": "iam:PassRole", "Condition": {"SomeOperator": {"iam:PassedToService": "x"}}},
        ],
    )
    def test_unknown(self, world: Any, statement: dict[str, Any]) -> None:
        attach(world, "role policy", document(**statement))
        assert world.answers("IAM-05") == {"Role": U}

    def test_unknown_for_a_policy_of_aws(self, world: Any) -> None:
        world.role(ManagedPolicyArns=("arn:aws:iam::aws:policy/AmazonSageMakerFullAccess",))
        assert world.answers("IAM-05") == {"Role": U}


SAGEMAKER = {"Service": "sagemaker.amazonaws.com"}


class TestIam07Trust:
    def answer(self, world: Any, principal: Any, condition: Any = None) -> Status:
        statement: dict[str, Any] = {"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"}
        if condition is not None:
            statement["Condition"] = condition
        world.role(AssumeRolePolicyDocument={"Statement": (statement,)})
        return world.answers("IAM-07")["Role"]

    @pytest.mark.parametrize(
        ("principal", "condition"),
        [
            (SAGEMAKER, None),
            (SAGEMAKER, {"StringEqualsIfExists": {"aws:SourceAccount": "111122223333"}}),
            (SAGEMAKER, {"ArnLike": {"aws:SourceArn": "arn:aws:sagemaker:*:*:*"}}),
            ("*", {"StringEquals": {"aws:SourceAccount": "111122223333"}}),
            ({"AWS": "*"}, None),
        ],
    )
    def test_fails(self, world: Any, principal: Any, condition: Any) -> None:
        assert self.answer(world, principal, condition) is V

    @pytest.mark.parametrize(
        ("principal", "condition"),
        [
            (SAGEMAKER, {"StringEquals": {"aws:SourceAccount": "111122223333"}}),
            (SAGEMAKER, {"ArnLike": {"AWS:SourceArn": "arn:aws:sagemaker:*:111122223333:*"}}),
            ({"AWS": "arn:aws:iam::111122223333:role/deploy"}, None),
        ],
    )
    def test_passes(self, world: Any, principal: Any, condition: Any) -> None:
        assert self.answer(world, principal, condition) is P

    @pytest.mark.parametrize(
        ("principal", "condition"),
        [
            (Unknown("a parameter; name it"), None),
            (SAGEMAKER, Unknown("a parameter; name it")),
            (SAGEMAKER, {"Strange": {"aws:SourceAccount": "1"}}),
        ],
    )
    def test_unknown(self, world: Any, principal: Any, condition: Any) -> None:
        assert self.answer(world, principal, condition) is U


class TestIam09Boundaries:
    @pytest.mark.parametrize("boundary", [None, "arn:aws:iam::aws:policy/AdministratorAccess"])
    def test_fails(self, world: Any, boundary: Any) -> None:
        world.role(PermissionsBoundary=boundary)
        assert world.answers("IAM-09") == {"Role": V}

    def test_passes(self, world: Any) -> None:
        world.role(PermissionsBoundary=world.add("IAM::ManagedPolicy", "Boundary", {}))
        assert world.answers("IAM-09") == {"Role": P}

    def test_unknown(self, world: Any, not_known: Unknown) -> None:
        world.role(PermissionsBoundary=not_known)
        assert world.answers("IAM-09") == {"Role": U}

    def test_a_role_that_sagemaker_may_use_counts_without_a_tag(self, world: Any) -> None:
        trust = {"Statement": ({"Effect": "Allow", "Principal": {"Service": ("sagemaker.amazonaws.com",)}},)}
        world.add("IAM::Role", "Plain", {"AssumeRolePolicyDocument": trust})
        world.add("IAM::Role", "Other", {"AssumeRolePolicyDocument": {"Statement": ()}})
        assert world.answers("IAM-09") == {"Plain": V}
