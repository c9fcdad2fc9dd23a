"""The stack of the organization's policies, in the management account's home Region.

AWS's quotas shape it: a policy has 5,120 characters, and an account at most five of a kind, of which
`FullAWSAccess` (`RCPFullAWSAccess`) is one (Organizations user guide, "Quotas and service limits"). So there
are four service control policies and one resource control policy, attached to accounts by id: the accounts
exist already, and moving one between organizational units is no resource of CloudFormation.

It is deployed last, and `perimeter.attach` says where: nowhere, to canary accounts, or to all of ours. The
management account is held by no policy (Organizations user guide, "SCP evaluation").
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ringwork.architecture.layout import Layout
from ringwork.architecture.names import logical
from ringwork.architecture.organization import learning, perimeter, switched_on
from ringwork.architecture.organization.exemptions import ENTRY_ROLE
from ringwork.architecture.organization.foundations import foundations
from ringwork.architecture.policy import Statement, document
from ringwork.architecture.template import Json, Purpose, TemplateBuilder
from ringwork.blueprint.environment import Shared, accounts
from ringwork.blueprint.model import Blueprint
from ringwork.estate import Stack
from ringwork.estate.organization import Fact, OrganizationFact

RING = "guard-rails"
SCP, RCP = "SERVICE_CONTROL_POLICY", "RESOURCE_CONTROL_POLICY"
AI_OPT_OUT = "AISERVICES_OPT_OUT_POLICY"


def guard_rails(layout: Layout) -> Stack:
    """All of the organization's policies."""
    site = layout.shared_site(Shared.MANAGEMENT)
    blueprint = layout.blueprint
    template = TemplateBuilder(
        description=f"Ringwork guard rails of {layout.organization}", ring=RING, tags=site.tags(RING)
    )
    template.parameter(
        perimeter.ORGANIZATION_ID,
        "The organization",
        "^o-[a-z0-9]{10,32}$",
        OrganizationFact(Fact.ID),
    )
    template.parameter(
        ENTRY_ROLE,
        "Name of the role by which an account is entered before it has roles of ours",
        r"^[\w+=,.@-]{1,64}$",
        OrganizationFact(Fact.ENTRY),
    )
    targets = attached_to(layout)
    for name, kind, content, purpose in _policies(blueprint):
        template.add(
            logical(name, "Policy"),
            "AWS::Organizations::Policy",
            {
                "Name": f"{layout.organization}-{name}",
                "Description": purpose.why,
                "Type": kind,
                "Content": content,
                **({"TargetIds": targets} if targets else {}),
            },
            purpose,
        )
    return Stack(
        name=site.stack_name(RING),
        account=site.account_id,
        region=site.region,
        template=template.build(),
        parameters=dict(sorted(template.sources.items())),
        tags=site.tags(RING),
        last=True,
    )


def attached_to(layout: Layout) -> list[str]:
    """Ids of the accounts that the policies hold, sorted."""
    wanted = layout.blueprint.perimeter
    ids = {name: id for name, (id, _) in accounts(layout.blueprint).items()}
    management = ids.pop(Shared.MANAGEMENT.value)
    match wanted.attach:
        case "none":
            return []
        case "canary":
            names = wanted.canary or (layout.environments[0].account,)
            return sorted({ids[name] for name in names if name in ids} - {management})
        case _:
            return sorted(set(ids.values()) - {management})


def _policies(blueprint: Blueprint) -> Iterator[tuple[str, str, Json, Purpose]]:
    """Name, type, content and purpose of each policy."""

    def control(name: str, statements: Sequence[Statement], controls: str, why: str) -> tuple[
        str, str, Json, Purpose
    ]:  # fmt: skip
        return name, SCP, document(statements), Purpose(controls, why)

    yield control(
        "foundations",
        foundations(blueprint),
        "ORG-02, IAM-01, IAM-02, IAM-03, IAM-19, IAM-20, IAM-27",
        "No account leaves, works outside our Regions, uses its root user, or keeps long-lived keys",
    )
    yield control(
        "perimeter",
        [
            perimeter.tags(blueprint),
            switched_on.detection(blueprint),
            *perimeter.sharing(blueprint),
            perimeter.resources(blueprint),
            *perimeter.networks(blueprint),
        ],
        "ORG-04, ORG-05, ORG-08, ORG-09, ORG-10",
        "Workloads act on our resources, from our networks, and nobody forges tags or blinds detection",
    )
    yield control(
        "learning-networks",
        [*learning.networks(blueprint), *learning.models(blueprint)],
        "ORG-03, IAM-10",
        "SageMaker runs in our VPCs only, and Bedrock with declared models through a guardrail only",
    )
    yield control(
        "learning-protection",
        learning.protection(blueprint),
        "IAM-11, IAM-12",
        "SageMaker jobs are isolated, and encrypted with our keys",
    )
    yield (
        "identities",
        RCP,
        document(perimeter.identities(blueprint)),
        Purpose(
            "ORG-06, ORG-07, IAM-24",
            "Our resources answer to principals of the organization, and to services that act for it",
        ),
    )
    yield (
        "ai-opt-out",
        AI_OPT_OUT,
        _opt_out(),
        Purpose("DAT-39", "AWS's own AI services keep and use none of our content"),
    )


def _opt_out() -> Json:
    """Organizations user guide, "AI services opt-out policy syntax and examples": out of all, for good."""
    nobody = {"@@operators_allowed_for_child_policies": ["@@none"]}
    return {
        "services": {
            **nobody,
            "default": {**nobody, "opt_out_policy": {**nobody, "@@assign": "optOut"}},
        }
    }
