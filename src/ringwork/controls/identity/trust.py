"""IAM-07: SageMaker takes up a role for one account's resources only."""

from __future__ import annotations

from collections.abc import Iterator

from ringwork.controls.control import Control, Outcome, UndecidedError, each, proved, reading, violated
from ringwork.controls.policy import statements
from ringwork.controls.scope import ml_roles
from ringwork.estate import Estate, Resource
from ringwork.findings import Severity

SERVICE = "sagemaker.amazonaws.com"


def check(estate: Estate) -> Iterator[Outcome]:
    def decide(role: Resource) -> Iterator[Outcome]:
        trust = statements(estate, role, "AssumeRolePolicyDocument")
        if not trust:
            raise UndecidedError("the trust policy is not known", "AssumeRolePolicyDocument", resource=role)
        for statement in trust:
            place = ("AssumeRolePolicyDocument", "Statement", statement.index)
            if not statement.allows:
                continue
            if statement.anyone:
                evidence = (f"statement {statement.index}: Principal *",)
                yield violated(role, "trusts every principal", *place, "Principal", evidence=evidence)
                return
            service = ("Service", SERVICE) in statement.principals
            if service and not statement.pins("aws:SourceAccount", "aws:SourceArn"):
                evidence = (f"statement {statement.index}: Service {SERVICE}",)
                message = "trusts SageMaker whatever account it acts for"
                yield violated(role, message, *place, evidence=evidence)
                return
        yield proved(role, "trusts named principals, SageMaker for named sources only", place[0])

    yield from each(ml_roles(estate), decide)


CONTROL = Control(
    id="IAM-07",
    title="Roles trust SageMaker for their own account only",
    severity=Severity.HIGH,
    layer="identity",
    scope="resource",
    why="Without a source condition a service can be talked into using the role for a stranger's resource.",
    remediation=(
        "Add `StringEquals: {aws:SourceAccount: ACCOUNT}` or `ArnLike: {aws:SourceArn: ...}` to the trust "
        "statement (`iam:UpdateAssumeRolePolicy`)"
    ),
    sources=(
        "Prowler iam_role_cross_service_confused_deputy_prevention",
        "Checkov CKV_AWS_60",
        "Checkov CKV_AWS_61",
        "aws-samples/data-perimeter-policy-examples EnforceConfusedDeputyProtection",
    ),
    reads=reading("AWS::IAM::Role", "AssumeRolePolicyDocument", "Path", "Tags"),
    check=check,
)
