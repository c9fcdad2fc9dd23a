"""Peerings of Transit Gateways, one for each pair of Regions that the blueprint declares.

Source: Transit Gateway guide, "Transit gateway peering attachments": the accepter accepts, and both sides
route by static routes.
"""

from __future__ import annotations

from collections.abc import Iterator

from ringwork.architecture.layout import Layout
from ringwork.architecture.network.beyond import joined
from ringwork.architecture.network.transit import gateway_id, owner, stack
from ringwork.architecture.template import Json, Purpose, TemplateBuilder, ref
from ringwork.estate import Acceptable, Acceptance, Stack, StackOutput

OUTPUT = "PeeringId"


def _ends(layout: Layout, one: str, two: str) -> tuple[str, str]:
    """Requester and accepter: the Region that the blueprint names first among its Regions asks."""
    first, second = sorted((one, two), key=layout.regions.index)
    return first, second


def _ring(accepter: str) -> str:
    return f"peering-{accepter}"


def peering_stacks(layout: Layout, region: str) -> Iterator[Stack]:
    """The peerings that this Region asks for, where a VPC has use for them."""
    peered = {peer.region for _, reach in joined(layout, region) for peer in reach.peers}
    for other in sorted(peered):
        if _ends(layout, region, other) != (region, other):
            continue
        place, there = owner(layout, region), owner(layout, other)
        template = TemplateBuilder(
            description=f"Ringwork Transit Gateway peering of {layout.organization}: {region} and {other}",
            ring=_ring(other),
            tags=place.tags(_ring(other)),
        )
        template.add(
            "Peering",
            "AWS::EC2::TransitGatewayPeeringAttachment",
            {
                "TransitGatewayId": gateway_id(layout, template, region),
                "PeerTransitGatewayId": gateway_id(layout, template, other, "PeerTransitGatewayId"),
                "PeerAccountId": there.account_id,
                "PeerRegion": other,
            },
            Purpose("NET-18", f"A team's VPC in {region} reaches the same team's in {other}"),
            name=f"{layout.organization}-{region}-{other}",
        )
        template.output(OUTPUT, "The peering of two Transit Gateways", ref("Peering"))
        asked = Acceptance(Acceptable.TRANSIT_GATEWAY_PEERING, OUTPUT, there.account_id, other)
        yield stack(place, _ring(other), template, acceptances=(asked,))


def peering_id(layout: Layout, template: TemplateBuilder, region: str, other: str) -> Json:
    """The accepted peering of two Regions, as a parameter."""
    first, second = _ends(layout, region, other)
    source = StackOutput(owner(layout, first).stack_id(_ring(second)), OUTPUT)
    name = f"Peering{other.title().replace('-', '')}Id"
    return template.parameter(name, f"The peering with {other}", "^tgw-attach-[0-9a-f]+$", source)
