"""Network ACLs, their entries, and which subnet has which.

AWS: VPC user guide, "Network ACLs" ("Default network ACL": all traffic of both directions, 100, allow; then
`*`, deny); template reference, AWS::EC2::NetworkAcl, NetworkAclEntry, SubnetNetworkAclAssociation.
"""

from __future__ import annotations

from collections.abc import Mapping

from ringwork.estate import Reference, Resource, Unknown
from ringwork.network.addresses import EVERYWHERE, Prefix
from ringwork.network.model import Acl, AclEntry, Place, Vpc
from ringwork.network.packets import ALL
from ringwork.network.reading import traffic
from ringwork.network.reading.reader import Reader, is_live

TYPE, ENTRY = "AWS::EC2::NetworkAcl", "AWS::EC2::NetworkAclEntry"


def default_acl(vpc: str) -> str:
    """The key of the ACL that a VPC has without anybody making it, where a template changes it."""
    return f"{vpc}#default-network-acl"


def read_acls(reader: Reader, vpcs: Mapping[str, Vpc]) -> tuple[dict[str, Acl], dict[str, str]]:
    """ACLs by key; and which ACL a subnet has, and which is a VPC's default."""
    estate = reader.estate
    resources = {acl.key: acl for acl in estate.of_type(TYPE)}
    vpc_of: dict[str, str | None] = {}
    used: dict[str, str] = {}
    for key, acl in resources.items():
        vpc_of[key] = reader.member(acl, acl.properties.get("VpcId"), vpcs, "VPC", "VpcId")
        vpc = vpc_of[key]
        if vpc is not None and reader.truth(acl.attributes.get("IsDefault"), False) is True:
            used[vpc] = key
    entries, doubts = _entries(reader, resources, vpcs, used)
    acls: dict[str, Acl] = {}
    for key, acl in resources.items():
        gap = reader.gap(ENTRY, acl.account, acl.region) if is_live(acl) else None
        acls[key] = _acl(key, vpc_of[key], entries.get(key, []), doubts.get(key) or gap)
    for vpc in vpcs:
        _default(reader, vpc, used, acls, entries, doubts)
    for association in estate.of_type("AWS::EC2::SubnetNetworkAclAssociation"):
        _associate(reader, association, resources, vpc_of, acls, used)
    for subnet in estate.of_type("AWS::EC2::Subnet"):
        if subnet.key not in used and is_live(subnet):
            gap = reader.gap("AWS::EC2::SubnetNetworkAclAssociation", subnet.account, subnet.region)
            if gap is not None:
                used[subnet.key] = f"{subnet.key}#network-acl"
                acls[used[subnet.key]] = Acl(used[subnet.key], None, (), (), gap)
    return acls, used


def _default(
    reader: Reader,
    vpc: str,
    used: dict[str, str],
    acls: dict[str, Acl],
    entries: Mapping[str, list[tuple[bool, AclEntry]]],
    doubts: Mapping[str, str],
) -> None:
    """A VPC's default ACL that is no resource: unchanged unless a template adds entries to it."""
    if vpc in used:
        return
    resource, key = reader.estate.get(vpc), default_acl(vpc)
    reason = doubts.get(key)
    if resource is not None and reason is None:
        reason = reader.gap(TYPE, resource.account, resource.region)
        if reason is None and is_live(resource):
            reason = "the default network ACL was not collected"
    if reason is None and key not in entries:
        return
    own = [
        (egress, AclEntry(100 + (prefix.version == 6), True, ALL, prefix, Place(vpc)))
        for egress in (False, True)
        for prefix in EVERYWHERE
    ]
    used[vpc] = key
    acls[key] = _acl(key, vpc, [*entries.get(key, []), *own], reason)


def _acl(key: str, vpc: str | None, entries: list[tuple[bool, AclEntry]], unknown: str | None) -> Acl:
    ordered = sorted(entries, key=lambda each: each[1].number)
    return Acl(
        key,
        vpc,
        tuple(entry for egress, entry in ordered if not egress),
        tuple(entry for egress, entry in ordered if egress),
        unknown,
    )


def _entries(
    reader: Reader, acls: Mapping[str, Resource], vpcs: Mapping[str, Vpc], defaults: Mapping[str, str]
) -> tuple[dict[str, list[tuple[bool, AclEntry]]], dict[str, str]]:
    """By ACL: entries with their direction, and why there may be others."""
    found: dict[str, list[tuple[bool, AclEntry]]] = {}
    doubts: dict[str, str] = {}
    seen: set[tuple[str, bool, int]] = set()
    for resource in reader.estate.of_type(ENTRY):
        value = resource.properties.get("NetworkAclId")
        if type(value) is Reference and value.target in acls:
            acl: str | Unknown | None = value.target
        elif isinstance(value, Reference) and value.attribute == "DefaultNetworkAcl" and value.target in vpcs:
            acl = defaults.get(value.target) or default_acl(value.target)
        else:
            acl = reader.named(value, resource)
        if not isinstance(acl, str) or (acl not in acls and not acl.endswith("#default-network-acl")):
            reason = acl.reason if isinstance(acl, Unknown) else f"`{acl}` is no network ACL"
            reader.doubt(resource, f"its network ACL is not known: {reason}", "NetworkAclId")
            makers = [maker for vpc in vpcs if vpc not in defaults and (maker := reader.estate.get(vpc))]
            named = reader.may_name(value, resource, acls.values())
            named += [default_acl(vpc) for vpc in reader.may_name(value, resource, makers)]
            for key in named:
                doubts.setdefault(key, "an entry may be this network ACL's")
            continue
        doubt = _entry(reader, resource, found.setdefault(acl, []), acl, seen)
        if doubt is not None:
            message, *path = doubt
            reader.doubt(resource, message, *path)
            doubts.setdefault(acl, f"entry `{resource.name}`: {message}")
    return found, doubts


def _entry(
    reader: Reader,
    resource: Resource,
    found: list[tuple[bool, AclEntry]],
    acl: str,
    seen: set[tuple[str, bool, int]],
) -> tuple[str, str] | None:
    """Adds the entry, once for each of its two address families. The answer: what of it is not known."""
    properties = resource.properties
    number = reader.number(properties.get("RuleNumber"))
    if isinstance(number, Unknown) or number is None or not 1 <= number <= 32766:
        return "its number is not known", "RuleNumber"
    action = reader.text(properties.get("RuleAction"))
    if action not in ("allow", "deny"):
        return "its action is not known", "RuleAction"
    egress = reader.truth(properties.get("Egress"), False)
    if isinstance(egress, Unknown):
        return f"its direction is not known: {egress.reason}", "Egress"
    what, doubt = traffic.of_acl_entry(reader, properties)
    if doubt is not None:
        return f"its traffic is not known: {doubt}", "Protocol"
    if (acl, egress, number) in seen:
        # EC2 API reference, error NetworkAclEntryAlreadyExists
        return f"number {number} of this direction is given twice", "RuleNumber"
    seen.add((acl, egress, number))
    named = False
    for name, version in (("CidrBlock", 4), ("Ipv6CidrBlock", 6)):
        value = properties.get(name)
        if value is None:
            continue
        named = True
        prefix, certain = reader.prefix(value), True
        if not isinstance(prefix, Prefix):
            reader.doubt(resource, f"{name}: {prefix.reason if prefix is not None else 'not known'}", name)
            prefix, certain = EVERYWHERE[version == 6], False
        found.append(
            (egress, AclEntry(number, action == "allow", what, prefix, Place(resource.key), certain))
        )
    return None if named else ("it names no addresses", "CidrBlock")


def _associate(
    reader: Reader,
    association: Resource,
    resources: Mapping[str, Resource],
    vpc_of: Mapping[str, str | None],
    acls: dict[str, Acl],
    used: dict[str, str],
) -> None:
    subnet = reader.named(association.properties.get("SubnetId"), association)
    there = reader.estate.get(subnet) if isinstance(subnet, str) else None
    if there is not None and there.type != "AWS::EC2::Subnet":
        subnet = Unknown(f"`{subnet}` is no subnet")
    value = association.properties.get("NetworkAclId")
    if not isinstance(subnet, str):
        reason = subnet.reason if isinstance(subnet, Unknown) else "none is named"
        reader.note(association, f"its subnet is not known: {reason}", "SubnetId")
        _stray(reader, association, vpc_of.get(getattr(value, "target", "")), acls, used)
        return
    if isinstance(value, Reference) and value.attribute == "DefaultNetworkAcl":
        return
    acl = reader.member(association, value, resources, "network ACL", "NetworkAclId")
    if acl is None:
        acl = f"{association.key}#network-acl"
        acls[acl] = Acl(acl, None, (), (), "the subnet's network ACL is not known")
    if used.setdefault(subnet, acl) != acl:
        reader.note(association, f"`{subnet}` has another network ACL already", "SubnetId")
        both = f"{subnet}#network-acl"
        acls[both] = Acl(both, None, (), (), "the subnet has two network ACLs in the input")
        used[subnet] = both


def _stray(
    reader: Reader, association: Resource, vpc: str | None, acls: dict[str, Acl], used: dict[str, str]
) -> None:
    """A network ACL of a subnet that is not known: of any in its VPC, whatever the subnet has beside (EC2 API
    reference, ReplaceNetworkAclAssociation: one takes the place of the other)."""
    subnets = reader.estate.of_type("AWS::EC2::Subnet")
    for key in reader.may_name(association.properties.get("SubnetId"), association, subnets):
        subnet = reader.estate.get(key)
        home = reader.named(subnet.properties.get("VpcId"), subnet) if subnet is not None else None
        if vpc is None or not isinstance(home, str) or home == vpc:
            used[key] = f"{key}#network-acl"
            acls[used[key]] = Acl(used[key], None, (), (), f"`{association.name}` may give it another")
