"""Where in the network a workload runs, and as whom: ids from other stacks, as parameters of this one."""

from __future__ import annotations

from ringwork.architecture.address import TIER_OF, ZONES, Tier
from ringwork.architecture.names import logical
from ringwork.architecture.site import Site
from ringwork.architecture.template import Json, TemplateBuilder
from ringwork.estate import StackOutput

ROLE_PATTERN = "^arn:[a-z-]+:iam::[0-9]{12}:role/.+$"


def tier_of(site: Site, workload: str) -> Tier:
    return TIER_OF[site.workloads[workload].type]


def vpc(template: TemplateBuilder, site: Site) -> Json:
    """The site's VPC."""
    source = site.existing.vpc if site.existing else StackOutput(site.stack_id("network"), "VpcId")
    return template.parameter("VpcId", "The environment's VPC", "^vpc-[0-9a-f]+$", source)


def subnets(template: TemplateBuilder, site: Site, tier: Tier, most: int = len(ZONES)) -> list[Json]:
    """The subnets of a workload tier, one in each zone; `most`: no more than are used."""
    name = logical(tier.value)
    sources: list[tuple[str, str | StackOutput]]
    if site.existing is not None:
        given = site.existing.subnets[tier.value]  # type: ignore[index]
        sources = [(f"{name}Subnet{index}Id", subnet) for index, subnet in enumerate(given, start=1)]
    else:
        sources = [
            (output, StackOutput(site.stack_id("network"), output))
            for output in (f"{name}Subnet{zone}Id" for zone in ZONES)
        ]
    return [
        template.parameter(parameter, f"A subnet of the {tier.value} tier", "^subnet-[0-9a-f]+$", source)
        for parameter, source in sources[:most]
    ]


def security_group(template: TemplateBuilder, site: Site, workload: str) -> Json:
    """A workload's security group."""
    output = logical(workload, "SecurityGroupId")
    source = StackOutput(site.stack_id("network"), output)
    return template.parameter(output, f"The security group of {workload}", "^sg-[0-9a-f]+$", source)


def role(template: TemplateBuilder, site: Site, workload: str, home: str) -> Json:
    """A workload's role, which the identity ring made in the home Region: it stands before this stack."""
    output = logical(workload, "RoleArn")
    identity = f"{site.account_id}/{home}/{site.stack_name('identity')}"
    return template.parameter(
        output, f"ARN of the role of {workload}", ROLE_PATTERN, StackOutput(identity, output)
    )
