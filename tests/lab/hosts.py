"""Network interfaces, each a namespace with the rules of its security groups."""

from __future__ import annotations

from .filters import group_rules, group_table
from .ground import Ground, Place, addresses_of


def interfaces(ground: Ground) -> None:
    members: dict[str, tuple[str, ...]] = {}
    for _, properties, _ in ground.each("NetworkInterface"):
        for group in properties.get("GroupSet", ()):
            members[group] = (*members.get(group, ()), *addresses_of(properties))
    lists = {
        id: tuple(entry["Cidr"] for entry in properties["Entries"])
        for id, properties, _ in ground.each("PrefixList")
    }
    directions = (
        (False, "SecurityGroupIngress", "SecurityGroupIngress"),
        (True, "SecurityGroupEgress", "SecurityGroupEgress"),
    )
    rules: dict[tuple[str, bool], list[str]] = {}
    for group, properties, _ in ground.each("SecurityGroup"):
        for egress, type, member in directions:
            said = list(properties.get(member, ()))
            said += [p for _, p, _ in ground.each(type) if p["GroupId"] == group]
            rules[group, egress] = group_rules(said, egress=egress, members=members, lists=lists)
    for number, (id, properties, resource) in enumerate(ground.each("NetworkInterface")):
        if resource.attributes.get("InterfaceType") == "nat_gateway":
            continue
        addresses = addresses_of(properties)
        forwards = properties.get("SourceDestCheck", True) is False
        place = ground.port(properties["SubnetId"], f"i{number}", addresses, forwards=forwards)
        groups = properties.get("GroupSet", ())
        place.nft += group_table(
            [line for group in groups for line in rules[group, False]],
            [line for group in groups for line in rules[group, True]],
            forwards=forwards,
        )
        if forwards:
            place.settings["netfilter/nf_conntrack_tcp_be_liberal"] = "1"
        ground.places[resource.key] = Place(resource.key, place.name, addresses)
        vpc = ground.subnets[properties["SubnetId"]]["VpcId"]
        ground.ways[vpc, id] = ground.way_to(properties["SubnetId"], addresses)
