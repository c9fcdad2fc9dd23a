"""Network interfaces that are resources of their own, and the set of all that are read.

AWS: template reference, AWS::EC2::NetworkInterface; EC2 user guide, "Elastic network interfaces"; VPC user
guide, "IP addressing". A live interface says what made it by `InterfaceType`, `RequesterManaged` and its
description (EC2 API reference, NetworkInterface).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from itertools import chain, count

from ringwork.estate import Reference, Resource, Unknown
from ringwork.findings import Origin
from ringwork.network.addresses import Address, Prefix, parse_address
from ringwork.network.model import Interface, Subnet
from ringwork.network.reading.groups import Groups
from ringwork.network.reading.reader import Reader, at, is_live

TYPE = "AWS::EC2::NetworkInterface"

KINDS: Mapping[str, str] = {
    "nat_gateway": "nat", "natGateway": "nat",
    "vpc_endpoint": "endpoint", "gateway_load_balancer_endpoint": "firewall",
    "load_balancer": "load-balancer", "network_load_balancer": "load-balancer",
    "gateway_load_balancer": "load-balancer",
    "transit_gateway": "transit", "lambda": "lambda",
}  # fmt: skip
"""`InterfaceType` -> kind; the others are made by people, or by a service that the description names"""
DESCRIBED: tuple[tuple[str, str], ...] = (
    ("ELB ", "load-balancer"),
    ("Interface for NAT Gateway ", "nat"),
    ("VPC Endpoint Interface ", "endpoint"),
    ("Network Interface for Transit Gateway Attachment ", "transit"),
    ("AWS Lambda VPC ENI", "lambda"),
    ("RDSNetworkInterface", "rds"),
    ("EFS mount target for ", "efs"),
    ("[DO NOT DELETE] ENI managed by SageMaker", "sagemaker"),
)
"""how services describe the interfaces that they make"""
UNFILTERED = frozenset({"nat", "transit", "firewall"})
"""kinds that take no security group (VPC user guide, NAT gateways: "You can't associate a security group
with a NAT gateway"; Transit Gateway attachments and firewall endpoints the same)"""


class Interfaces:
    """The interfaces that were read so far, with what others look them up by."""

    def __init__(self, reader: Reader, subnets: Mapping[str, Subnet], groups: Groups) -> None:
        self.reader = reader
        self.subnets = subnets
        self.groups = groups
        self.known: dict[str, Interface] = {}
        self.instances = {each.physical for each in reader.estate.of_type("AWS::EC2::Instance")}
        self.of_instance: dict[str, list[str]] = {}
        """instance -> its interfaces, the primary one first"""
        self.described: dict[str, list[str]] = {}
        """what a live interface's description names (`tgw-attach-…`, `nat-…`, `net/NAME/ID`) -> interfaces"""
        self.sets: dict[tuple[str, ...], frozenset[str]] = {}
        """the set of groups of each list of them"""
        self.physical: dict[str, str] = {}
        """id of a live interface -> its key"""
        self.origins: tuple[Origin, ...] | None = None
        self.live = False
        """whether what has `origins` is live"""

    def add(self, interface: Interface) -> str:
        self.known[interface.key] = interface
        return interface.key

    def own(self, keys: Iterable[str], owner: str, kind: str) -> tuple[str, ...]:
        """Says of live interfaces whose they are."""
        found = []
        for key in dict.fromkeys(keys):
            interface = self.known.get(key)
            if interface is not None:
                self.known[key] = replace(interface, owner=owner, kind=kind)
                found.append(key)
        return tuple(found)

    def make(
        self,
        owner: Resource,
        kind: str,
        subnets: Iterable[str],
        groups: frozenset[str] | None,
        *,
        certain: bool = True,
        public: bool = False,
        surely: bool = False,
        forwards: bool = False,
        live: Iterable[str] = (),
    ) -> tuple[str, ...]:
        """One interface for each subnet: those that live there already, else places for them. `public`: they
        may have public addresses, `surely`: and have them."""
        there = self.own(live, owner.key, kind)
        covered = {self.known[key].subnet for key in there}
        made = [
            self.add(
                Interface(
                    self.free(owner.key, subnet),
                    subnet,
                    (),
                    groups,
                    kind,
                    owner.key,
                    public_possible=public,
                    forwards=forwards,
                    assigned=False,
                    certain_groups=certain,
                    public_certain=public and surely,
                )
            )
            for subnet in dict.fromkeys(subnets)
            if subnet not in covered
        ]
        return (*there, *made)

    def free(self, owner: str, subnet: str) -> str:
        """A key for the owner's interface in a subnet: two stacks may call their subnets the same."""
        short = f"{owner}#{subnet.rsplit('/', 1)[-1]}"
        keys = chain((short, f"{owner}#{subnet}"), (f"{short}-{number}" for number in count(2)))
        return next(key for key in keys if key not in self.known)

    def subnets_at(self, resource: Resource, value: object, *path: str | int) -> list[str]:
        """The keys of the subnets that a list names; problems are noted."""
        reader, found = self.reader, []
        named = reader.items(value)
        if isinstance(named, Unknown):
            reader.not_placed(resource, f"its subnets are not known: {named.reason}", *path)
            return []
        for index, item in enumerate(named):
            key = reader.member(resource, item, self.subnets, "subnet", *path, index)
            if key is not None:
                found.append(key)
            else:
                reader.unplaced.setdefault(resource.key, "a subnet is not known")
        return found

    def groups_at(self, resource: Resource, value: object, vpc: str | None, *path: str | int) -> GroupsRead:
        """The keys of the groups that a list names, and whether those are all.

        Where none is named AWS takes the VPC's default group (EC2 API reference, CreateNetworkInterface).
        """
        reader = self.reader
        named = reader.items(value)
        if isinstance(named, Unknown):
            reader.note(resource, f"its security groups are not known: {named.reason}", *path)
            return frozenset(), False
        if not named:
            default = self.groups.defaults.get(vpc) if vpc is not None else None
            return (frozenset((default,)), True) if default is not None else (frozenset(), False)
        found, certain = set(), True
        for index, item in enumerate(named):
            key = self.groups.named(resource, item)
            if isinstance(key, str):
                found.add(key)
            else:
                certain = False
                reason = key.reason if isinstance(key, Unknown) else "none is named"
                reader.note(resource, f"a security group is not known: {reason}", *path, index)
        return frozenset(found), certain

    def settled(self, subnet: str, addresses: Iterable[Address]) -> tuple[Address, ...]:
        """The addresses that a template gives; none where the subnet adds an IPv6 address that is not known
        (template reference, AWS::EC2::Subnet, AssignIpv6AddressOnCreation)."""
        given = tuple(addresses)
        resource = self.reader.estate.get(subnet)
        if not given or resource is None or any(address.version == 6 for address in given):
            return given
        adds = self.reader.truth(resource.properties.get("AssignIpv6AddressOnCreation"), False)
        return given if adds is False else ()


GroupsRead = tuple[frozenset[str], bool]


def read_interfaces(reader: Reader, subnets: Mapping[str, Subnet], groups: Groups) -> Interfaces:
    found = Interfaces(reader, subnets, groups)
    for resource in reader.estate.of_type(TYPE):
        _interface(found, resource)
    for keys in found.of_instance.values():
        keys.sort(key=lambda key: _device(reader, key))
    return found


def _device(reader: Reader, key: str) -> int:
    """The place of a live interface on its instance; 0 is the primary one."""
    resource = reader.estate.get(key)
    index = resource.attributes.get("DeviceIndex") if resource is not None else None
    return index if isinstance(index, int) else 0


# --- interfaces of their own


def _interface(found: Interfaces, resource: Resource) -> None:
    reader, properties, facts = found.reader, resource.properties, resource.attributes
    key, described = resource.key, properties.get("Description")
    subnet: str | None
    named = properties.get("SubnetId")
    if type(named) is Reference and named.target in found.subnets:
        subnet = named.target  # of most, and sooner than by `member`
    else:
        subnet = reader.member(resource, named, found.subnets, "subnet", "SubnetId")
    if subnet is None:
        if named is None:
            reader.note(resource, "names no subnet", "SubnetId")
        reader.unplaced.setdefault(key, "its subnet is not known")
        return
    if resource.origins is not found.origins:  # most have those of the one before
        found.origins, found.live = resource.origins, is_live(resource)
    live = found.live
    kind = _kind(resource, described) if live else "interface"
    groups: frozenset[str] | None
    given = properties.get("GroupSet")
    if kind in UNFILTERED or (live and not given):
        groups, certain = None, True
    else:
        groups, certain = _groups(found, resource, given, subnet)
    check, told = properties.get("SourceDestCheck"), True
    if check is not None and check is not True:
        check = reader.truth(check, True)
        if isinstance(check, Unknown):
            reader.note(resource, f"whether it forwards is not known: {check.reason}", "SourceDestCheck")
            check, told = False, False
    addresses = _plain(properties) or _addresses(reader, resource)
    if not live:
        addresses = found.settled(subnet, addresses)
    public, all_read = _public(facts) if "PublicAddresses" in facts else ({}, True)
    owner = key
    instance = facts.get("InstanceId")
    if instance is not None and isinstance(instance, str) and instance in found.instances:
        there = reader.named(instance, resource)
        if isinstance(there, str):
            owner, kind = there, "instance" if kind == "interface" else kind
            found.of_instance.setdefault(there, []).append(key)
    found.known[key] = Interface(
        key,
        subnet,
        addresses,
        groups,
        kind,
        owner,
        public,
        not all_read,
        check is False and kind not in ("nat", "transit", "firewall", "endpoint", "load-balancer"),
        bool(addresses),
        certain,
        forwards_certain=told,
    )
    if resource.physical is not None:
        found.physical[resource.physical] = key
    if live and described and isinstance(described, str):
        for prefix, _ in DESCRIBED:
            if described.startswith(prefix):
                found.described.setdefault(described[len(prefix) :].strip(), []).append(key)
                break


def _groups(found: Interfaces, resource: Resource, given: object, subnet: str) -> GroupsRead:
    """`groups_at`, quick where all is well: a hundred thousand interfaces pass here, few sets of groups."""
    if type(given) is tuple and given:
        targets = tuple([group.target if type(group) is Reference else "" for group in given])
        keys = found.sets.get(targets)
        if keys is None:
            keys = frozenset(targets)
            if not keys <= found.groups.known.keys():
                return found.groups_at(resource, given, found.subnets[subnet].vpc, "GroupSet")
            found.sets[targets] = keys
        return keys, True
    return found.groups_at(resource, given, found.subnets[subnet].vpc, "GroupSet")


def _kind(resource: Resource, described: object) -> str:
    facts = resource.attributes
    told = facts.get("InterfaceType", resource.properties.get("InterfaceType"))
    if isinstance(told, str) and told in KINDS:
        return KINDS[told]
    if described and isinstance(described, str):
        for prefix, kind in DESCRIBED:
            if described.startswith(prefix):
                return kind
    return "requester" if facts.get("RequesterManaged") is True else "interface"


def _plain(properties: Mapping[str, object]) -> tuple[Address, ...]:
    """`_addresses` of an interface that has one of each version at most, and they are known; else none."""
    four, six = properties.get("PrivateIpAddresses"), properties.get("Ipv6Addresses")
    if type(four) is not tuple or len(four) != 1 or type(four[0]) is not dict:
        return ()
    if six is not None and (type(six) is not tuple or len(six) != 1 or type(six[0]) is not dict):
        return ()
    if not _MORE.isdisjoint(properties):
        return ()
    text = four[0].get("PrivateIpAddress")
    if type(text) is not str or ":" in text:
        return ()
    try:
        if six is None:
            return (parse_address(text),)
        told = six[0].get("Ipv6Address")
        return (parse_address(text), parse_address(told)) if type(told) is str and ":" in told else ()
    except ValueError:
        return ()


_COUNTS = ("SecondaryPrivateIpAddressCount", "Ipv6AddressCount", "Ipv4PrefixCount", "Ipv6PrefixCount")
_DELEGATED = (("Ipv4Prefixes", "Ipv4Prefix"), ("Ipv6Prefixes", "Ipv6Prefix"))
"""blocks of addresses that are an interface's (EC2 user guide, "Prefix delegation"): /28, and /80 of IPv6"""
_MORE = frozenset(("PrivateIpAddress", *_COUNTS, *(name for name, _ in _DELEGATED)))
"""properties of which each may add an address"""
MOST_DELEGATED = 256
"""addresses of a block that are told one by one"""


def _addresses(reader: Reader, resource: Resource) -> tuple[Address, ...]:
    """All addresses of the interface, the primary one first."""
    properties = resource.properties
    found: list[Address | None] = []
    listed = properties.get("PrivateIpAddresses")
    if isinstance(listed, (tuple, list)):
        ordered = sorted(listed, key=_secondary) if len(listed) > 1 else listed
        for index, item in enumerate(ordered):
            value = item.get("PrivateIpAddress") if type(item) is dict else at(item, "PrivateIpAddress")
            found.append(_address(reader, resource, value, "PrivateIpAddresses", index))
    elif listed is not None:
        reader.note(resource, "its addresses are not known", "PrivateIpAddresses")
    told = None if any(found) else resource.attributes.get("PrimaryPrivateIpAddress")
    for value in (properties.get("PrivateIpAddress"), told):
        if value is not None:
            found += (_address(reader, resource, value, "PrivateIpAddress"),)
    six = properties.get("Ipv6Addresses")
    if isinstance(six, (tuple, list)):
        for index, item in enumerate(six):
            value = item.get("Ipv6Address") if type(item) is dict else item
            if not isinstance(value, str):
                value = at(item, "Ipv6Address")
            found.append(_address(reader, resource, value, "Ipv6Addresses", index))
    elif six is not None:
        reader.note(resource, "its IPv6 addresses are not known", "Ipv6Addresses")
        found.clear()  # it has others than the rest says
    found += _delegated(reader, resource)
    read = [one for one in found if one is not None]
    if read and any(name in properties and properties[name] for name in _COUNTS) and not is_live(resource):
        reader.note(resource, "more addresses are assigned once it is deployed")
        return ()
    if len(read) < 2 or len({one.value for one in read}) == len(read):
        return tuple(read)
    return tuple(dict.fromkeys(read))


def _delegated(reader: Reader, resource: Resource) -> Iterator[Address]:
    """The addresses of blocks that an interface has."""
    for name, each in _DELEGATED:
        listed = reader.items(resource.properties.get(name))
        if isinstance(listed, Unknown):
            reader.note(resource, f"its blocks of addresses are not known: {listed.reason}", name)
            continue
        for index, item in enumerate(listed):
            value = at(item, each) if not isinstance(item, str) else item
            block = reader.prefix(value)
            if isinstance(block, Prefix) and block.high - block.low < MOST_DELEGATED:
                yield from (Address(block.version, number) for number in range(block.low, block.high + 1))
            else:
                reason = block.reason if isinstance(block, Unknown) else f"`{block}` has too many addresses"
                reader.note(
                    resource, f"what its block of addresses holds is not modelled: {reason}", name, index
                )


def _secondary(item: object) -> bool:
    return at(item, "Primary") not in (True, "true")


def address_of(
    reader: Reader, resource: Resource, value: object, found: dict[Address, None], *path: str | int
) -> None:
    address = _address(reader, resource, value, *path)
    if address is not None:
        found.setdefault(address)


def _address(reader: Reader, resource: Resource, value: object, *path: str | int) -> Address | None:
    text = value if type(value) is str else reader.text(value)
    if isinstance(text, str):
        try:
            return parse_address(text)
        except ValueError:
            text = Unknown(f"`{text[:60]}` is not an address")
    reader.note(resource, f"an address is not known: {text.reason if text is not None else 'none'}", *path)
    return None


def _public(facts: Mapping[str, object]) -> tuple[dict[Address, Address], bool]:
    """Private -> public address, as the collector lists them; and whether all of them could be read."""
    listed = facts.get("PublicAddresses")
    if not listed or not isinstance(listed, (tuple, list)):
        return {}, not listed
    found = {}
    for item in listed:
        private, public = at(item, "PrivateIpAddress"), at(item, "PublicIp")
        try:
            found[parse_address(str(private))] = parse_address(str(public))
        except ValueError:
            continue
    return found, len(found) == len(listed)
