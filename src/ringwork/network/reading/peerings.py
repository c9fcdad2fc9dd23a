"""VPC peering connections.

AWS: VPC Peering guide, "VPC peering basics" (no overlapping blocks, not transitive, active once
accepted); template reference, AWS::EC2::VPCPeeringConnection (accepted at once in one's own account, and
by `PeerRoleArn` elsewhere).
"""

from __future__ import annotations

from collections.abc import Mapping

from ringwork.estate import Resource
from ringwork.network.model import Peering, Vpc
from ringwork.network.reading.reader import Reader

TYPE = "AWS::EC2::VPCPeeringConnection"


def read_peerings(reader: Reader, vpcs: Mapping[str, Vpc]) -> dict[str, Peering]:
    found = {}
    for resource in reader.estate.of_type(TYPE):
        ends = [
            reader.member(resource, resource.properties.get(name), vpcs, "VPC", name)
            for name in ("VpcId", "PeerVpcId")
        ]
        requester, accepter = ends
        active, certain = _state(resource)
        if requester is None or accepter is None:
            if active:
                reader.not_modelled(resource, "a VPC of the peering is not in the estate")
            continue
        for one in vpcs[requester].prefixes:
            for other in vpcs[accepter].prefixes:
                if one.overlaps(other) and one.version == 4:
                    reader.note(resource, f"`{one}` and `{other}` overlap, so AWS refuses the peering")
                    certain = False
        found[resource.key] = Peering(resource.key, (requester, accepter), active, certain)
    return found


def _state(resource: Resource) -> tuple[bool, bool]:
    """Whether it passes packets, and whether that is certain."""
    status = resource.attributes.get("Status")
    if isinstance(status, str):
        return status == "active", True
    owner = resource.properties.get("PeerOwnerId")
    alone = owner is None or owner == resource.account
    return True, alone or resource.properties.get("PeerRoleArn") is not None
