"""Model package groups: where versions are registered, who may see them, and who approves them.

A version is registered as pending and becomes approved by a person whose duty that is. Roles say so (identity
ring), and the group says it again for whoever comes with another role.
"""

from __future__ import annotations

from collections.abc import Sequence

from ringwork.architecture import names
from ringwork.architecture.grants import APPROVED, CANDIDATES, Grant
from ringwork.architecture.names import Duty, logical
from ringwork.architecture.policy import Statement, allow, deny, document
from ringwork.architecture.site import Site
from ringwork.architecture.template import Json, Purpose, TemplateBuilder, sub, subs

READ = (
    "sagemaker:DescribeModelPackage",
    "sagemaker:DescribeModelPackageGroup",
    "sagemaker:ListModelPackages",
)
DEPLOY = ("sagemaker:CreateModel",)
"""What AWS's page "Cross-account discoverability" and control MDL-14 call reading and deploying."""
STATUS = "sagemaker:ModelApprovalStatus"
PENDING = "PendingManualApproval"


def package_group(template: TemplateBuilder, site: Site, model: str, grants: Sequence[Grant]) -> str:
    """The group of one model. `grants`: all on the environment's artifacts. Returns its name."""
    name = names.model_package_group(site.organization, site.environment.name, model)
    template.add(
        logical(model, "Packages"),
        "AWS::SageMaker::ModelPackageGroup",
        {
            "ModelPackageGroupName": name,
            "ModelPackageGroupDescription": f"Versions of {site.environment.name}/{model}",
            "ModelPackageGroupPolicy": document(_statements(site, model, name, grants)),
        },
        Purpose(
            "MDL-04, MDL-05, MDL-14",
            "Versions of one model: read by declared workloads, registered as pending, approved by approvers",
        ),
        tags={
            "ringwork:model": model,
            "ringwork:data-class": site.team.models[model].class_.value,
        },
        retain=True,
    )
    return name


def _statements(site: Site, model: str, name: str, grants: Sequence[Grant]) -> list[Statement]:
    """Who may read and deploy the group's versions, and what holds for everybody.

    The account is the principal, a condition names the roles: none must exist when the group is made, and in
    a Deny the account stands for all its principals ("AWS JSON policy elements: Principal").
    """
    account: Json = {"AWS": sub(names.ACCOUNT_ROOT)}
    arn = "arn:${AWS::Partition}:sagemaker:${AWS::Region}:${AWS::AccountId}"
    group, versions = f"{arn}:model-package-group/{name}", f"{arn}:model-package/{name}/*"
    readers = [
        names.role_arn(names.role(site.organization, grant.environment.name, grant.workload))
        for grant in grants
        if grant.prefix in (f"{CANDIDATES}/{model}/", f"{APPROVED}/{model}/")
    ]
    readers += [
        names.role_arn(names.person_role(site.organization, site.environment.name, duty)) for duty in Duty
    ]
    approver = names.role_arn(names.person_role(site.organization, site.environment.name, Duty.APPROVER))
    readers = sorted(set(readers))
    return [
        allow(
            "DeclaredRolesReadAndDeploy",
            (*READ, *DEPLOY),
            [group, versions],
            principal=account,
            conditions={"ArnEquals": {"aws:PrincipalArn": subs(readers)}},
        ),
        deny(
            "NobodyElse",
            (*READ, *DEPLOY),
            [group, versions],
            principal=account,
            conditions=_unless(*readers, *names.administrative_role_arns()),
        ),
        deny(
            "RegisteredAsPending",
            ("sagemaker:CreateModelPackage",),
            [versions],
            principal=account,
            conditions={"StringNotEquals": {STATUS: PENDING}},
        ),
        deny(
            "OnlyApproversDecide",
            ("sagemaker:UpdateModelPackage",),
            [versions],
            principal=account,
            conditions=_unless(approver, names.role_arn(names.BREAK_GLASS)),
        ),
    ]


def _unless(*roles: str) -> dict[str, dict[str, Json]]:
    return {"ArnNotEquals": {"aws:PrincipalArn": subs(roles)}}


def state_changes(template: TemplateBuilder, site: Site, groups: Sequence[str], queue: Json) -> None:
    """Every change of a version's state goes to the account's event queue (SageMaker developer guide, "Events
    that Amazon SageMaker AI sends to Amazon EventBridge", model package state change)."""
    template.add(
        "VersionStateChanges",
        "AWS::Events::Rule",
        {
            "Name": names.rule(site.organization, site.environment.name, "model-versions"),
            "Description": f"Changes of model versions of {site.organization}/{site.environment.name}",
            "EventPattern": {
                "source": ["aws.sagemaker"],
                "detail-type": ["SageMaker Model Package State Change"],
                "detail": {"ModelPackageGroupName": sorted(groups)},
            },
            "State": "ENABLED",
            "Targets": [{"Id": "event-queue", "Arn": queue}],
        },
        Purpose("MDL-04, MDL-05", "A version that is approved or rejected is seen, and can be checked"),
    )
