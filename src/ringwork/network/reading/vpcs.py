"""VPCs and subnets with their blocks of addresses, and Block Public Access.

AWS: VPC user guide, "VPC CIDR blocks", "Subnets", "Block public access to VPCs and subnets"; template
reference, AWS::EC2::VPC, VPCCidrBlock, Subnet, SubnetCidrBlock, VPCBlockPublicAccessOptions and -Exclusion.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise

from ringwork.estate import Resource, Unknown
from ringwork.network.addresses import Prefix
from ringwork.network.model import Block, Subnet, Vpc
from ringwork.network.reading.reader import Reader

MODES = {"off": Block.OFF, "block-bidirectional": Block.BIDIRECTIONAL, "block-ingress": Block.INGRESS}
EXCLUSIONS = {"allow-bidirectional": Block.OFF, "allow-egress": Block.INGRESS}
"""what an exclusion leaves blocked: `allow-egress` lets traffic out, and replies to it back in"""
UNKNOWN_MODE = "whether Block Public Access is on is not known"
EXCLUSION = "AWS::EC2::VPCBlockPublicAccessExclusion"


def read_vpcs(reader: Reader) -> dict[str, Vpc]:
    estate = reader.estate
    resources = {vpc.key: vpc for vpc in estate.of_type("AWS::EC2::VPC")}
    blocks: dict[str, list[Prefix]] = {key: [] for key in resources}
    for vpc in resources.values():
        _add(reader, vpc, "CidrBlock", blocks[vpc.key])
    for more in estate.of_type("AWS::EC2::VPCCidrBlock"):
        key = reader.member(more, more.properties.get("VpcId"), resources, "VPC", "VpcId")
        if key is not None:
            for name in ("CidrBlock", "Ipv6CidrBlock"):
                _add(reader, more, name, blocks[key])
            amazon = reader.truth(more.properties.get("AmazonProvidedIpv6CidrBlock"), False)
            pooled = more.properties.get("Ipv4IpamPoolId") or more.properties.get("Ipv6IpamPoolId")
            set_ = more.properties.get("CidrBlock") or more.properties.get("Ipv6CidrBlock")
            if (amazon is not False or pooled) and not set_:
                reader.note(more, "the block that AWS will give is known only once it is deployed")
    modes, exclusions = _modes(reader), _exclusions(reader, resources, "VpcId")
    doubts = _doubts(reader, resources)
    found: dict[str, Vpc] = {}
    for key, vpc in resources.items():
        prefixes = tuple(dict.fromkeys(blocks[key]))
        if not prefixes:
            reader.note(vpc, "has no block of addresses that is known", "CidrBlock")
        mode = modes.get((vpc.account, vpc.region), Block.OFF)
        found[key] = Vpc(
            key,
            vpc.account,
            vpc.region,
            prefixes,
            mode or Block.BIDIRECTIONAL,
            exclusions.get(key),
            UNKNOWN_MODE if mode is None else None if mode is Block.OFF else doubts.get(key),
        )
    return found


def _add(reader: Reader, resource: Resource, name: str, blocks: list[Prefix]) -> None:
    prefix = reader.prefix(resource.properties.get(name))
    if isinstance(prefix, Prefix):
        blocks.append(prefix)
    elif prefix is not None:
        reader.note(resource, f"{name}: {prefix.reason}", name)


def _modes(reader: Reader) -> dict[tuple[str | None, str | None], Block | None]:
    """Block Public Access is one setting of an account and Region; None where it is not known."""
    found: dict[tuple[str | None, str | None], Block | None] = {}
    for options in reader.estate.of_type("AWS::EC2::VPCBlockPublicAccessOptions"):
        mode = reader.text(options.properties.get("InternetGatewayBlockMode"))
        found[options.account, options.region] = MODES.get(mode) if isinstance(mode, str) else None
        if found[options.account, options.region] is None:
            reader.note(options, "the mode is not known", "InternetGatewayBlockMode")
    return found


def _exclusions(reader: Reader, of: Mapping[str, object], name: str) -> dict[str, Block]:
    """What exclusions whose mode is known leave blocked."""
    found: dict[str, Block] = {}
    for exclusion in reader.estate.of_type(EXCLUSION):
        value = exclusion.properties.get(name)
        if value is None:
            continue
        key = reader.member(exclusion, value, of, "VPC" if name == "VpcId" else "subnet", name)
        mode = _exclusion_mode(reader, exclusion)
        if mode is None:
            reader.note(exclusion, "the mode is not known", "InternetGatewayExclusionMode")
        elif key is not None:
            found[key] = mode
    return found


def _exclusion_mode(reader: Reader, exclusion: Resource) -> Block | None:
    mode = reader.text(exclusion.properties.get("InternetGatewayExclusionMode"))
    return EXCLUSIONS.get(mode) if isinstance(mode, str) else None


def _doubts(reader: Reader, vpcs: Mapping[str, Resource]) -> dict[str, str]:
    """Why something of a VPC may be excluded from the account's block, by VPC: an exclusion that does not say
    how much it leaves open, or of what; or exclusions that could not be read."""
    estate, found = reader.estate, dict[str, str]()
    for key, vpc in vpcs.items():
        gap = reader.gap(EXCLUSION, vpc.account, vpc.region)
        if gap is not None:
            found[key] = gap
    for exclusion in estate.of_type(EXCLUSION):
        named = {name: exclusion.properties.get(name) for name in ("VpcId", "SubnetId")}
        keys = [reader.named(value, exclusion) for value in named.values() if value is not None]
        of = vpcs.keys() & {_vpc_of(reader, key) for key in keys if isinstance(key, str)}
        if of:
            if _exclusion_mode(reader, exclusion) is None:
                doubt = f"what `{exclusion.name}` excludes from Block Public Access is not known"
                found.update(dict.fromkeys(of, doubt))
            continue
        for key, vpc in vpcs.items():  # it may be one of any that are near
            if (vpc.account, vpc.region) == (exclusion.account, exclusion.region):
                found[key] = f"`{exclusion.name}` may exclude it from Block Public Access"
    return found


def _vpc_of(reader: Reader, key: str) -> str | None:
    """The VPC of a subnet; a VPC itself."""
    there = reader.estate.get(key)
    if there is None or there.type != "AWS::EC2::Subnet":
        return key
    vpc = reader.named(there.properties.get("VpcId"), there)
    return vpc if isinstance(vpc, str) else None


def read_subnets(
    reader: Reader, vpcs: Mapping[str, Vpc], tables: Mapping[str, str], acls: Mapping[str, str]
) -> dict[str, Subnet]:
    """`tables` and `acls`: subnet -> key of what is associated with it; a VPC -> its main or default one."""
    estate = reader.estate
    resources = {subnet.key: subnet for subnet in estate.of_type("AWS::EC2::Subnet")}
    more: dict[str, list[Prefix]] = {}
    for block in estate.of_type("AWS::EC2::SubnetCidrBlock"):
        key = reader.member(block, block.properties.get("SubnetId"), resources, "subnet", "SubnetId")
        if key is not None:
            _add(reader, block, "Ipv6CidrBlock", more.setdefault(key, []))
    excluded = _exclusions(reader, resources, "SubnetId")
    found: dict[str, Subnet] = {}
    of_vpc: dict[str, list[Subnet]] = {}
    for key, resource in resources.items():
        vpc = reader.member(resource, resource.properties.get("VpcId"), vpcs, "VPC", "VpcId")
        if vpc is None:
            if resource.properties.get("VpcId") is None:
                reader.note(resource, "names no VPC", "VpcId")
            continue
        blocks: list[Prefix] = []
        for name in ("CidrBlock", "Ipv6CidrBlock"):
            _add(reader, resource, name, blocks)
        blocks += more.get(key, ())
        if not blocks:
            reader.note(resource, "has no block of addresses that is known", "CidrBlock")
        for part in blocks:
            if not any(whole.covers(part) for whole in vpcs[vpc].prefixes):
                reader.note(resource, f"`{part}` is in no block of its VPC `{vpc}`", "CidrBlock")
        subnet = Subnet(
            key,
            vpc,
            tuple(dict.fromkeys(blocks)),
            _zone(reader, resource),
            tables.get(key) or tables[vpc],
            acls.get(key) or acls.get(vpc),
            excluded.get(key),
        )
        found[key] = subnet
        of_vpc.setdefault(vpc, []).append(subnet)
    for subnets in of_vpc.values():
        _overlaps(reader, subnets, resources)
    return found


def _zone(reader: Reader, subnet: Resource) -> str | None:
    """The zone's name or id. One that is not known yet is the text that says so: the estate gives equal texts
    for equal zones (`ringwork.estate.intrinsics.zone`)."""
    given = subnet.properties.get("AvailabilityZone") or subnet.properties.get("AvailabilityZoneId")
    zone = reader.text(given if given is not None else subnet.attributes.get("AvailabilityZone"))
    if isinstance(zone, Unknown):
        return zone.reason if zone.reason.startswith("availability zone ") else None
    return zone


def _overlaps(reader: Reader, subnets: list[Subnet], resources: Mapping[str, Resource]) -> None:
    """EC2 refuses a subnet that overlaps another one of its VPC (API reference, InvalidSubnet.Conflict)."""
    ordered = sorted(
        (prefix.version, prefix.low, prefix.high, subnet.key)
        for subnet in subnets
        for prefix in subnet.prefixes
    )
    for (version, _, high, first), (other, low, _, second) in pairwise(ordered):
        if version == other and low <= high and first != second:
            reader.note(resources[second], f"overlaps subnet `{first}`", "CidrBlock")
