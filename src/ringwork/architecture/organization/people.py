"""People by group: a permission set for each duty, assigned in the accounts where the duty is.

A permission set gives no more than the way to the role of its duty (identity ring), which says what may be
done and in which environment. So a group that is given two sets by mistake still does one duty at a time, and
each role's boundary holds. Auditors read configuration by AWS's own policy for that.

IAM Identity Center is the management account's (or its delegate's), in one Region, which has to be the
blueprint's home Region. Source: IAM Identity Center user guide, "Manage AWS accounts with permission sets".
"""

from __future__ import annotations

from collections.abc import Iterator

from ringwork.architecture import names
from ringwork.architecture.layout import Layout
from ringwork.architecture.names import Duty, logical
from ringwork.architecture.policy import allow, document
from ringwork.architecture.site import Site
from ringwork.architecture.template import Json, Purpose, TemplateBuilder, get_att, sub
from ringwork.blueprint.environment import Shared
from ringwork.blueprint.model import IdentityCenter, WorkloadType
from ringwork.estate import Stack

RING = "people"
AUDITOR = "auditor"
READS_CONFIGURATION = "arn:${AWS::Partition}:iam::aws:policy/SecurityAudit"
"""AWS managed policy: configuration, and no data (IAM user guide, job functions, security auditor)."""
SESSION = "PT1H"


def people(layout: Layout) -> Stack:
    """All permission sets and assignments."""
    site = layout.shared_site(Shared.MANAGEMENT)
    center = layout.blueprint.perimeter.people
    assert center is not None  # noqa: S101 (the caller looked)
    template = TemplateBuilder(
        description=f"Ringwork people of {layout.organization}", ring=RING, tags=site.tags(RING)
    )
    for duty, group in _groups(center):
        found = _permission_set(template, layout, center, duty)
        for name, account in _accounts(layout, duty).items():
            template.add(
                logical(duty, "In", name),
                "AWS::SSO::Assignment",
                {
                    "InstanceArn": center.instance,
                    "PermissionSetArn": get_att(found, "PermissionSetArn"),
                    "PrincipalId": group,
                    "PrincipalType": "GROUP",
                    "TargetId": account,
                    "TargetType": "AWS_ACCOUNT",
                },
                Purpose("IAM-14, IAM-19", f"Who is {duty} in the account {name}, by group"),
            )
    return Stack(
        name=site.stack_name(RING),
        account=site.account_id,
        region=site.region,
        template=template.build(),
        parameters=dict(sorted(template.sources.items())),
        tags=site.tags(RING),
    )


def _groups(center: IdentityCenter) -> Iterator[tuple[str, str]]:
    given = {
        Duty.AUTHOR.value: center.authors,
        Duty.APPROVER.value: center.approvers,
        Duty.OPERATOR.value: center.operators,
        AUDITOR: center.auditors,
    }
    return ((duty, group) for duty, group in given.items() if group is not None)


def _permission_set(template: TemplateBuilder, layout: Layout, center: IdentityCenter, duty: str) -> str:
    organization = layout.organization
    rights: dict[str, Json]
    if duty == AUDITOR:
        rights = {"ManagedPolicies": [sub(READS_CONFIGURATION)]}
    else:
        roles = [
            f"arn:${{AWS::Partition}}:iam::*:role/{name}"
            for name in sorted(
                {
                    names.person_role(organization, environment.name, Duty(duty))
                    for environment in layout.environments
                }
            )
        ]
        # one pattern for all: their names end alike, unless one was too long
        if len(roles) > MOST_ROLES:
            roles = [f"arn:${{AWS::Partition}}:iam::*:role/{organization}-*--{duty}"]
        rights = {"InlinePolicy": document([allow("TakeTheDuty", ("sts:AssumeRole",), roles)])}
    return template.add(
        logical(duty, "PermissionSet"),
        "AWS::SSO::PermissionSet",
        {
            "InstanceArn": center.instance,
            "Name": names.shortened(f"{organization}-{duty}", 32),
            "Description": f"The duty {duty} in the accounts of {organization}",
            "SessionDuration": SESSION,
            **rights,
        },
        Purpose("IAM-14, IAM-19, IAM-22", f"People who are {duty} sign in with no key that stays"),
    )


MOST_ROLES = 60
"""So many ARNs fit an inline policy of 10,240 characters (IAM Identity Center quotas)."""


def _accounts(layout: Layout, duty: str) -> dict[str, str]:
    """Name -> id of the accounts where the duty is about something."""
    home = [site for site in layout.sites if site.region == layout.home]
    found = {
        site.environment.account: site.account_id
        for site in home
        if duty == AUDITOR or (layout.has_identity(site) and _about(site, Duty(duty)))
    }
    if duty == AUDITOR:
        found |= {
            account.name: account.account_id
            for kind, account in layout.shared.items()
            if kind is not Shared.MANAGEMENT
        }
    return found


def _about(site: Site, duty: Duty) -> bool:
    """Whether the environment has a role of this duty (identity ring)."""
    if duty is Duty.APPROVER:
        return bool(site.team.models)
    return duty is not Duty.OPERATOR or bool(site.of_type(WorkloadType.ENDPOINT))
