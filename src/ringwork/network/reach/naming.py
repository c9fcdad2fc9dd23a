"""Where a security group's outbound rules may name groups of another VPC.

By the two VPCs alone, whatever way a packet takes: its own VPC, one peered within the Region, or (not found
in the guide whether outbound rules count, so perhaps) one over a Transit Gateway that supports references.
See `ringwork.network.walk.filters` for the sources.
"""

from __future__ import annotations

from ringwork.network.model import Joined, Model


class Naming:
    """`leads(own, other)`: True, None where it is not known, False."""

    def __init__(self, model: Model) -> None:
        self._found: dict[tuple[str, str], bool | None] = {}
        joined: dict[str, dict[str, bool]] = {}
        for attachment in model.attachments.values():
            gateway = model.transit_gateways.get(attachment.gateway)
            if attachment.kind is Joined.VPC and gateway is not None and gateway.group_references:
                all_of = joined.setdefault(attachment.gateway, {})
                all_of[attachment.to] = all_of.get(attachment.to, True) and attachment.group_references
        for vpcs in joined.values():
            able = [vpc for vpc, supported in vpcs.items() if supported]
            self._found.update({(one, other): None for one in able for other in able if one != other})
        for peering in model.peerings.values():
            one, other = peering.vpcs
            first, second = model.vpcs.get(one), model.vpcs.get(other)
            if not peering.active or (first and second and first.region != second.region):
                continue
            answer = True if peering.certain and first and second else None
            for pair in ((one, other), (other, one)):
                if self._found.get(pair) is not True:
                    self._found[pair] = answer

    def leads(self, own: str, other: str) -> bool | None:
        return True if own == other else self._found.get((own, other), False)
