"""IAM-01: no ML role is an administrator."""

from __future__ import annotations

from collections.abc import Iterator

from ringwork.controls.control import Control, Outcome, UndecidedError, each, proved, violated
from ringwork.controls.identity.attached import ATTACHED_READS, Attachments
from ringwork.controls.policy import is_every_action, is_every_resource
from ringwork.controls.scope import ml_roles
from ringwork.estate import Estate, Resource
from ringwork.findings import Severity

ALL_POWERFUL = frozenset({"AdministratorAccess", "IAMFullAccess", "PowerUserAccess"})
"""Managed policies of AWS that allow everything, or everything but what they let a role give itself
(AWS Managed Policy Reference)."""


def check(estate: Estate) -> Iterator[Outcome]:
    """Whoever may do everything in IAM makes itself whatever it likes: `iam:*` counts as `*` does (AWS's
    `IAMFullAccess` is the same)."""
    attachments = Attachments(estate)

    def decide(role: Resource) -> Iterator[Outcome]:
        count = 0
        for policy in attachments.of(role):
            count += 1
            if policy.statements is None:
                if policy.name.rsplit("/", 1)[-1] in ALL_POWERFUL:
                    yield violated(role, f"has `{policy.name}`", *policy.path, evidence=(policy.name,))
                    return
                continue
            for statement in policy.statements:
                place = (*policy.path, "Statement", statement.index)
                everywhere = any(one is None or is_every_resource(one, "iam") for one in statement.resources)
                powerful = any(is_every_action(action, "iam") for action in statement.actions)
                if statement.allows and powerful and None in statement.resources:
                    raise UndecidedError(
                        "a resource is not known", *place, "Resource", resource=policy.resource
                    )
                if not statement.allows or not (everywhere or statement.not_resources):
                    continue
                if statement.not_actions or (statement.not_resources and powerful):
                    raise UndecidedError(
                        "an Allow by exception is not modelled; name what is allowed",
                        *place,
                        resource=policy.resource,
                    )
                if powerful:
                    yield violated(
                        role,
                        f"may do everything, or let itself do so, by `{policy.name}`",
                        *place,
                        evidence=(f"`{policy.name}`: Allow {', '.join(statement.actions)}",),
                        blame=policy.resource,
                    )
                    return
        yield proved(role, f"none of its {count} policies allows every action, or all of IAM, on everything")

    yield from each(ml_roles(estate), decide)


CONTROL = Control(
    id="IAM-01",
    title="No ML role is an administrator",
    severity=Severity.CRITICAL,
    layer="identity",
    scope="resource",
    why="A notebook or a model's container acts as its role: an administrator's role hands it the account.",
    remediation=(
        "Detach the policy (`iam:DetachRolePolicy`), or name actions and resources in the statement "
        "(`PolicyDocument`)"
    ),
    sources=(
        "Prowler iam_role_administratoraccess_policy",
        "AWS Security Hub IAM.1",
        "AWS Config IAM_POLICY_NO_STATEMENTS_WITH_ADMIN_ACCESS",
        "Checkov CKV_AWS_62",
        "Trivy AWS-0057",
        "NIST 800-53 AC-6",
    ),
    reads=ATTACHED_READS,
    check=check,
)
