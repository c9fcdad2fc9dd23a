"""IAM-05: iam:PassRole names roles and the service that they are for."""

from __future__ import annotations

from collections.abc import Iterator

from ringwork.controls.control import Control, Outcome, UndecidedError, each, proved, violated
from ringwork.controls.identity.attached import ATTACHED_READS, Attachments
from ringwork.controls.policy import has_variable
from ringwork.controls.scope import ml_roles
from ringwork.estate import Estate, Resource
from ringwork.findings import Severity


def check(estate: Estate) -> Iterator[Outcome]:
    """Of every policy that applies to an ML role. AWS's own managed policies cannot be read here: unknown."""
    attachments = Attachments(estate)

    def decide(role: Resource) -> Iterator[Outcome]:
        count = 0
        for policy in attachments.of(role):
            if policy.statements is None:
                raise UndecidedError(f"read policy `{policy.name}`", *policy.path, resource=role)
            for statement in policy.statements:
                if not (statement.allows and statement.covers("iam:PassRole")):
                    continue
                place = (*policy.path, "Statement", statement.index)
                if statement.not_actions or statement.not_resources:
                    raise UndecidedError(
                        "an Allow by exception is not modelled; name what is allowed",
                        *place,
                        resource=policy.resource,
                    )
                count += 1
                fault = None
                if None in statement.resources:
                    raise UndecidedError("a role is not known", *place, "Resource", resource=policy.resource)
                named = [arn for arn in statement.resources if arn is not None]
                wild = [arn for arn in named if "*" in arn or "?" in arn or has_variable(arn)]
                if wild:
                    fault = f"may pass roles by pattern: `{wild[0]}`"
                elif not statement.pins("iam:PassedToService"):
                    fault = "may pass roles to any service"
                if fault:
                    evidence = (f"`{policy.name}`, statement {statement.index}: Allow iam:PassRole",)
                    yield violated(role, fault, *place, evidence=evidence, blame=policy.resource)
                    return
        yield proved(role, f"{count} statements let it pass roles, each named and for a named service")

    yield from each(ml_roles(estate), decide)


CONTROL = Control(
    id="IAM-05",
    title="iam:PassRole names the roles and the service",
    severity=Severity.CRITICAL,
    layer="identity",
    scope="resource",
    why="Who may pass any role starts a job under a stronger one, and has its rights.",
    remediation=(
        "List role ARNs in `Resource` and add `StringEquals: {iam:PassedToService: sagemaker.amazonaws.com}` "
        "(`iam:PutRolePolicy`)"
    ),
    sources=(
        "Prowler iam_inline_policy_allows_privilege_escalation",
        "Checkov CKV_AWS_110",
        "Trivy AWS-0342",
        "AWS Well-Architected ML Lens MLSEC03-BP01",
    ),
    reads=ATTACHED_READS,
    check=check,
)
