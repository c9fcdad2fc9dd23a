"""Ids that AWS assigns in other stacks, as parameters of the identity stack, made when first asked for."""

from __future__ import annotations

from collections.abc import Iterator

from ringwork.architecture.address import ZONES
from ringwork.architecture.layout import Layout
from ringwork.architecture.names import logical
from ringwork.architecture.site import Site
from ringwork.architecture.template import Json, TemplateBuilder, ref
from ringwork.blueprint.environment import Environment, Shared
from ringwork.blueprint.model import DataClass
from ringwork.estate import StackOutput


class Elsewhere:
    """Where the roles of one environment find what stands in its Regions."""

    def __init__(self, template: TemplateBuilder, site: Site, layout: Layout) -> None:
        self._template, self._site, self._layout = template, site, layout

    def _site_in(self, region: str, environment: str | None = None) -> Site:
        return self._layout.by_place[environment or self._site.environment.name, region]

    def vpc(self, region: str) -> str:
        """Name of the parameter with the VPC's id."""
        name = logical("VpcId", region)
        source = self._layout.vpc_id(self._site_in(region))
        self._template.parameter(name, f"The environment's VPC in {region}", "^vpc-[0-9a-f]+$", source)
        return name

    def calling_vpcs(self, region: str) -> list[Json]:
        """The VPCs from which people of the environment call: its own, and the one with shared endpoints."""
        found = [ref(self.vpc(region))]
        if self._layout.central_endpoints:
            shared = self._layout.shared_site(Shared.NETWORK, region)
            found.append(
                self._template.parameter(
                    logical("SharedVpcId", region),
                    f"The VPC with the shared endpoints in {region}",
                    "^vpc-[0-9a-f]+$",
                    StackOutput(shared.stack_id("services"), "VpcId"),
                )
            )
        return found

    def subnets(self) -> list[Json]:
        """Every subnet of the environment's workload tiers, in every Region."""
        return [subnet for region in self._site.blueprint.regions for subnet in self._subnets(region)]

    def _subnets(self, region: str) -> Iterator[Json]:
        site = self._site_in(region)
        if site.existing is not None:
            for tier in site.tiers:
                yield from site.existing.subnets.get(tier.value, ())  # type: ignore[call-overload]
            return
        for tier in site.tiers:
            for zone in ZONES:
                output = f"{logical(tier.value)}Subnet{zone}Id"
                yield self._template.parameter(
                    logical(output, region),
                    f"A subnet of the {tier.value} tier in {region}",
                    "^subnet-[0-9a-f]+$",
                    StackOutput(site.stack_id("network"), output),
                )

    def key(self, owner: Environment, data_class: DataClass, region: str) -> Json:
        """A key's ARN."""
        foreign = () if owner == self._site.environment else (owner.name,)
        output = logical(data_class.value, "KeyArn")
        return self._template.parameter(
            logical(*foreign, output, region),
            f"ARN of {owner.name}'s key for {data_class.value} data in {region}",
            "^arn:[a-z-]+:kms:[a-z0-9-]+:[0-9]{12}:key/[0-9a-f-]+$",
            StackOutput(self._site_in(region, owner.name).stack_id("data"), output),
        )

    def guardrail(self, region: str) -> Json:
        """ARN of the team's guardrail."""
        return self._template.parameter(
            logical("GuardrailArn", region),
            f"The team's guardrail in {region}",
            "^arn:[a-z-]+:bedrock:[a-z0-9-]+:[0-9]{12}:guardrail/[a-z0-9]+$",
            StackOutput(self._site_in(region).stack_id("models"), "GuardrailArn"),
        )
