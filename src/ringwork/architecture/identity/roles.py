"""The identity ring: one execution role a workload, its least privilege, and the boundary around all of them.

IAM is global: one stack for each environment, in the home Region, for all its Regions.
"""

from __future__ import annotations

from collections.abc import Sequence

from ringwork.architecture import names
from ringwork.architecture.callers import called
from ringwork.architecture.grants import FeatureUse, Grant
from ringwork.architecture.identity.boundary import boundary_document, pins_subnets
from ringwork.architecture.identity.elsewhere import Elsewhere
from ringwork.architecture.identity.people import add_people
from ringwork.architecture.identity.permissions import statements
from ringwork.architecture.layout import Layout
from ringwork.architecture.names import logical
from ringwork.architecture.network.flows import ends
from ringwork.architecture.policy import document, trust
from ringwork.architecture.site import Site
from ringwork.architecture.template import Purpose, TemplateBuilder, get_att, ref
from ringwork.blueprint.model import WorkloadType
from ringwork.estate import Stack

RING = "identity"
BOUNDARY = "Boundary"


def identity_stack(site: Site, layout: Layout) -> Stack | None:
    """The stack of an environment's roles, or none where it has no workload."""
    if not site.workloads:
        return None
    environment, grants = site.environment, layout.grants
    template = TemplateBuilder(
        description=f"Ringwork identity ring of {site.organization}/{environment.name}",
        ring=RING,
        tags=site.tags(RING),
    )
    place = Elsewhere(template, site, layout)
    boundary = template.add(
        BOUNDARY,
        "AWS::IAM::ManagedPolicy",
        {
            "ManagedPolicyName": names.boundary(site.organization, environment.name),
            "Description": f"The most that a role of {site.organization}/{environment.name} may ever do",
            "PolicyDocument": boundary_document(site, place.subnets() if pins_subnets(site) else ()),
        },
        Purpose(
            "IAM-09, IAM-10, IAM-11, IAM-12, IAM-26",
            "Whatever policy a role gains, it changes no permission, leaves no account, blinds no detector",
        ),
    )
    template.output("BoundaryArn", "The most that a role of this environment may do", ref(boundary))
    for name in site.workloads:
        own = grants.by_workload[environment.name, name], grants.features[environment.name, name]
        _role(template, site, name, boundary, place, *own, called(layout, site, name))
    add_people(template, site, layout, place)
    return Stack(
        name=site.stack_name(RING),
        account=environment.account_id,
        region=site.region,
        template=template.build(),
        parameters=dict(sorted(template.sources.items())),
        tags=site.tags(RING),
    )


def _role(
    template: TemplateBuilder,
    site: Site,
    name: str,
    boundary: str,
    place: Elsewhere,
    grants: Sequence[Grant],
    features: Sequence[FeatureUse],
    apis: Sequence[str],
) -> None:
    workload = site.workloads[name]
    if workload.type is WorkloadType.ENCLAVE:
        # EC2 sends no source keys when an instance takes up its role, so they bind only where present
        source = "arn:${AWS::Partition}:ec2:*:${AWS::AccountId}:instance/*"
        trusted = trust("ec2.amazonaws.com", [source], if_exists=True)
    else:
        trusted = trust(
            "sagemaker.amazonaws.com",
            [
                f"arn:${{AWS::Partition}}:sagemaker:{region}:${{AWS::AccountId}}:*"
                for region in sorted(site.blueprint.regions)
            ],
        )
    role = template.add(
        logical(name, "Role"),
        "AWS::IAM::Role",
        {
            "RoleName": site.role(name),
            "Description": f"{workload.type.value} workload {site.environment.name}/{name}",
            "AssumeRolePolicyDocument": trusted,
            "PermissionsBoundary": ref(boundary),
        },
        Purpose(
            "IAM-07, IAM-08, IAM-09", "One role a workload, taken up by its service for this account only"
        ),
        tags={"ringwork:workload": name, "ringwork:workload-type": workload.type.value},
    )
    template.output(f"{role}Arn", f"ARN of the role of {name}", get_att(role, "Arn"))
    granted = statements(site, name, grants, features, _endpoints_called(site, name), apis, place)
    if granted:
        template.add(
            f"{role}Policy",
            "AWS::IAM::RolePolicy",
            {
                "PolicyName": "least-privilege",
                "RoleName": ref(role),
                "PolicyDocument": document(granted),
            },
            Purpose(
                "IAM-01, IAM-15, IAM-16, IAM-25", "The blueprint's grants and what its type needs, no more"
            ),
        )


def _endpoints_called(site: Site, name: str) -> list[str]:
    """Inference endpoints that a declared flow lets this workload call, in its own environment."""
    me = (site.environment.team, name)
    return [
        target
        for (source, (team, target)) in (ends(flow) for flow in site.flows)
        if source == me
        and team == site.environment.team
        and target in site.workloads
        and site.workloads[target].type is WorkloadType.ENDPOINT
    ]
