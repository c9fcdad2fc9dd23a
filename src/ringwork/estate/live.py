"""Live resources as an estate: what collectors read becomes the same shape that templates give."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ringwork.engine import collector_paused
from ringwork.estate import canonical
from ringwork.estate.estate import Estate, Gap
from ringwork.estate.model import Resource


def link(resources: Iterable[Resource], *, gaps: Iterable[Gap] = (), handed_over: bool = False) -> Estate:
    """The estate of resources as collectors give them: plain JSON properties and physical ids.

    Physical ids, ARNs and known attributes of other resources become references by the rules of
    `ringwork.estate.canonical`. Keys stay as given; values that name nothing are shared with what was
    given, lists become tuples. What several accounts list is in it once (`once`). `handed_over`: the caller
    keeps none of the resources, so that nothing of them needs to be copied. Raises `ValueError` on two equal
    keys.
    """
    with collector_paused():
        return Estate(canonical.link(once(tuple(resources)), handed_over=handed_over), gaps=gaps)


def once(resources: Sequence[Resource]) -> Sequence[Resource]:
    """What several accounts list is one thing: the owner's, where the owner is among them.

    VPC user guide, "Share your VPC subnets with other accounts": participants list the shared subnets, their
    VPC, route tables and network ACLs, and the owner lists participants' network interfaces. An id that
    EC2 assigned is nobody else's.
    """
    subnets = [resource.physical for resource in resources if resource.type == "AWS::EC2::Subnet"]
    if len(set(subnets)) == len(subnets):
        return resources  # nothing is shared: a hundred thousand pass here
    listed: dict[tuple[str, str | None, str], list[Resource]] = {}
    for resource in resources:
        physical = resource.physical
        if physical is not None and resource.type.startswith(("AWS::EC2::", "live:ec2:")):
            listed.setdefault((resource.type, resource.region, physical), []).append(resource)
    several = [
        same
        for (_, _, physical), same in listed.items()
        if len(same) > 1 and any(canonical.is_assigned(part) for part in physical.split("|"))
    ]
    owners = {each.attributes.get("OwnerId") for same in several for each in same}
    left_out = set()
    for same in several:
        kept = next((each for each in same if each.attributes.get("OwnerId") == each.account), None)
        kept = kept or next((each for each in same if each.account in owners), same[0])
        left_out |= {each.key for each in same if each.key != kept.key}
    return tuple(each for each in resources if each.key not in left_out) if left_out else resources
