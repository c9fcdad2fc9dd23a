"""SageMaker Studio: one domain for an environment, one user profile for each of its studio workloads."""

from __future__ import annotations

from ringwork.architecture import names
from ringwork.architecture.compute.volumes import KEY
from ringwork.architecture.names import logical
from ringwork.architecture.placement import role, security_group, subnets, tier_of, vpc
from ringwork.architecture.site import Site
from ringwork.architecture.template import Json, Purpose, TemplateBuilder, get_att, ref
from ringwork.blueprint.model import DataClass

DOMAIN = "StudioDomain"
IDLE_MINUTES = 60
"""SageMaker allows 60 to 525,600 (SageMaker API Reference, IdleSettings)."""


def _apps() -> dict[str, Json]:
    """Idle shutdown, which people can shorten and not lengthen beyond a working day (SageMaker, "Idle
    shutdown"; control CMP-12)."""
    idle = {
        "LifecycleManagement": "ENABLED",
        "IdleTimeoutInMinutes": IDLE_MINUTES,
        "MinIdleTimeoutInMinutes": IDLE_MINUTES,
        "MaxIdleTimeoutInMinutes": 480,
    }
    settings = {"AppLifecycleManagement": {"IdleSettings": idle}}
    return {"JupyterLabAppSettings": settings, "CodeEditorAppSettings": settings}


def _user(template: TemplateBuilder, site: Site, name: str, home: str) -> dict[str, Json]:
    return {
        "ExecutionRole": role(template, site, name, home),
        "SecurityGroups": [security_group(template, site, name)],
        "SharingSettings": {"NotebookOutputOption": "Disabled"},
    }


def add_studio(
    template: TemplateBuilder, site: Site, workloads: list[str], home: str, data_class: DataClass
) -> None:
    """The domain takes the first workload's role and group for who has no profile of his own.

    With IAM Identity Center, people sign in themselves and profiles are theirs (SageMaker API Reference,
    CreateUserProfile, SingleSignOnUserValue); without it, there is one profile for each workload.
    """
    sso = site.blueprint.perimeter.people is not None
    first = workloads[0]
    space = {
        "ExecutionRole": role(template, site, first, home),
        "SecurityGroups": [security_group(template, site, first)],
    }
    template.add(
        DOMAIN,
        "AWS::SageMaker::Domain",
        {
            "DomainName": names.shortened(
                names.sagemaker_prefix(site.organization, site.environment.name) + "studio", 63
            ),
            "AuthMode": "SSO" if sso else "IAM",
            "AppNetworkAccessType": "VpcOnly",
            "AppSecurityGroupManagement": "Customer",
            "VpcId": vpc(template, site),
            "SubnetIds": subnets(template, site, tier_of(site, first)),
            "KmsKeyId": get_att(KEY, "Arn"),
            "DefaultUserSettings": {**_user(template, site, first, home), **_apps()},
            "DefaultSpaceSettings": space,
        },
        Purpose(
            "CMP-09, CMP-10, CMP-11, CMP-12, DAT-30, IAM-22",
            "Studio sends its traffic through the VPC, shares no output, and stops what is idle",
        ),
        tags={"ringwork:data-class": data_class.value},
        retain=True,
    )
    if sso:
        return
    for name in workloads:
        template.add(
            logical(name, "Profile"),
            "AWS::SageMaker::UserProfile",
            {
                "DomainId": ref(DOMAIN),
                "UserProfileName": name,
                "UserSettings": _user(template, site, name, home),
            },
            Purpose("CMP-10, IAM-08", f"{name} has its own role and group in Studio"),
            tags={"ringwork:workload": name},
        )
