"""IAM-07: SageMaker takes up a role for one account's resources only."""

from __future__ import annotations

from collections.abc import Iterator

from ringwork.controls.control import Control, Outcome, UndecidedError, each, proved, reading, violated
from ringwork.controls.policy import Statement, statements
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
            if service and not _own_only(role, statement):
                evidence = (f"statement {statement.index}: Service {SERVICE}",)
                message = "trusts SageMaker on behalf of other accounts than its own"
                yield violated(role, message, *place, evidence=evidence)
                return
        yield proved(role, "trusts named principals, SageMaker for its own account only", place[0])

    yield from each(ml_roles(estate), decide)


PLACEHOLDER = "000000000000"
"""what a template is read for when nobody says the account"""


def _own_only(role: Resource, statement: Statement) -> bool:
    """A condition limits SageMaker's request to resources of the role's own account. Raises
    `UndecidedError` where that account is not known."""
    pins = tuple(statement.pinning("aws:SourceAccount", "aws:SourceArn"))
    if any(all(_is_own(role, pin.key, value) for value in pin.values) for pin in pins):
        return True
    if pins and role.account in (None, PLACEHOLDER):
        raise UndecidedError("name the role's account", "AssumeRolePolicyDocument", resource=role)
    return False


def _is_own(role: Resource, key: str, value: str | None) -> bool:
    if value is None or role.account is None:
        return False
    if key == "aws:sourceaccount":
        return value == role.account
    # what AWS has not named yet stands as its key, which begins with its account: `policy.pattern`
    return value.startswith(f"\0{role.account}/") or value.split(":")[4:5] == [role.account]


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
