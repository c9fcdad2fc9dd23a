"""Network interfaces that somebody made: of their own, and those of instances.

AWS: template reference, AWS::EC2::NetworkInterface, AWS::EC2::Instance, AWS::EC2::EIPAssociation; EC2 user
guide, "Elastic network interfaces"; VPC user guide, "IP addressing". A live interface says what made it by
`InterfaceType`, `RequesterManaged` and its description (EC2 API reference, NetworkInterface).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from itertools import chain, count

from ringwork.estate import Reference, Resource, Unknown
from ringwork.network.addresses import Address, parse_address
from ringwork.network.model import Interface, Subnet
from ringwork.network.reading.groups import Groups
from ringwork.network.reading.reader import Reader, at, is_live

TYPE, INSTANCE = "AWS::EC2::NetworkInterface", "AWS::EC2::Instance"

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
        self.of_instance: dict[str, list[str]] = {}
        """instance -> its interfaces, the primary one first"""
        self.described: dict[str, list[str]] = {}
        """what a live interface's description names (`tgw-attach-…`, `nat-…`, `net/NAME/ID`) -> interfaces"""
        self.physical: dict[str, str] = {}
        """id of a live interface -> its key"""

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
        forwards: bool = False,
        live: Iterable[str] = (),
    ) -> tuple[str, ...]:
        """One interface for each subnet: those that live there already, else places for them."""
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
            reader.note(resource, f"its subnets are not known: {named.reason}", *path)
            return []
        for index, item in enumerate(named):
            key = reader.member(resource, item, self.subnets, "subnet", *path, index)
            if key is not None:
                found.append(key)
        return found

    def groups_at(self, resource: Resource, value: object, vpc: str | None, *path: str | int) -> _GroupsRead:
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

    def owner_of(self, key: str) -> str | None:
        found = self.known.get(key)
        return found.owner if found is not None else None


_GroupsRead = tuple[frozenset[str], bool]


def read_interfaces(reader: Reader, subnets: Mapping[str, Subnet], groups: Groups) -> Interfaces:
    found = Interfaces(reader, subnets, groups)
    for resource in reader.estate.of_type(TYPE):
        _interface(found, resource)
    for keys in found.of_instance.values():
        keys.sort(key=lambda key: _device(reader, key))
    attached = _attachments(reader, found)
    for instance in reader.estate.of_type(INSTANCE):
        _instance(found, instance, attached)
    _elastic_addresses(reader, found)
    return found


def _device(reader: Reader, key: str) -> int:
    """The place of a live interface on its instance; 0 is the primary one."""
    resource = reader.estate.get(key)
    index = resource.attributes.get("DeviceIndex") if resource is not None else None
    return index if isinstance(index, int) else 0


# --- interfaces of their own


def _interface(found: Interfaces, resource: Resource) -> None:
    reader, properties, facts = found.reader, resource.properties, resource.attributes
    subnet = reader.member(resource, properties.get("SubnetId"), found.subnets, "subnet", "SubnetId")
    if subnet is None:
        if properties.get("SubnetId") is None:
            reader.note(resource, "names no subnet", "SubnetId")
        return
    live = is_live(resource)
    kind = _kind(resource) if live else "interface"
    groups: frozenset[str] | None
    given = properties.get("GroupSet")
    if kind in UNFILTERED or (live and not given):
        groups, certain = None, True
    else:
        groups, certain = _groups(found, resource, given, found.subnets[subnet].vpc)
    check = properties.get("SourceDestCheck")
    if check is not None and check is not True:
        check = reader.truth(check, True)
        if isinstance(check, Unknown):
            reader.note(resource, f"whether it forwards is not known: {check.reason}", "SourceDestCheck")
            check = False
    addresses = _addresses(reader, resource)
    public = _public(facts)
    owner = resource.key
    instance = facts.get("InstanceId")
    if isinstance(instance, str):
        there = reader.named(instance, resource)
        if isinstance(there, str):
            owner, kind = there, "instance" if kind == "interface" else kind
            found.of_instance.setdefault(there, []).append(resource.key)
    found.known[resource.key] = Interface(
        resource.key,
        subnet,
        addresses,
        groups,
        kind,
        owner,
        public,
        False,
        check is False and kind not in ("nat", "transit", "firewall", "endpoint", "load-balancer"),
        bool(addresses),
        certain,
    )
    if resource.physical is not None:
        found.physical[resource.physical] = resource.key
    if live:
        text = properties.get("Description")
        if isinstance(text, str) and text:
            for prefix, _ in DESCRIBED:
                if text.startswith(prefix):
                    found.described.setdefault(text[len(prefix) :].strip(), []).append(resource.key)
                    break


def _groups(found: Interfaces, resource: Resource, given: object, vpc: str) -> _GroupsRead:
    """`groups_at`, fast where all is well: a hundred thousand interfaces pass here."""
    known = found.groups.known
    if isinstance(given, tuple) and given and all(type(g) is Reference and g.target in known for g in given):
        return frozenset(g.target for g in given if isinstance(g, Reference)), True
    return found.groups_at(resource, given, vpc, "GroupSet")


def _kind(resource: Resource) -> str:
    told = resource.attributes.get("InterfaceType", resource.properties.get("InterfaceType"))
    if isinstance(told, str) and told in KINDS:
        return KINDS[told]
    text = resource.properties.get("Description")
    if isinstance(text, str) and text:
        for prefix, kind in DESCRIBED:
            if text.startswith(prefix):
                return kind
    managed = resource.attributes.get("RequesterManaged") is True
    return "requester" if managed else "interface"


def _addresses(reader: Reader, resource: Resource) -> tuple[Address, ...]:
    """All addresses of the interface, the primary one first."""
    properties = resource.properties
    found: dict[Address, None] = {}
    told = resource.attributes.get("PrimaryPrivateIpAddress")
    listed = properties.get("PrivateIpAddresses")
    if isinstance(listed, (tuple, list)):
        ordered = sorted(listed, key=_secondary) if len(listed) > 1 else listed
        for index, item in enumerate(ordered):
            _address(reader, resource, at(item, "PrivateIpAddress"), found, "PrivateIpAddresses", index)
    elif listed is not None:
        reader.note(resource, "its addresses are not known", "PrivateIpAddresses")
    for value in (properties.get("PrivateIpAddress"), None if found else told):
        if value is not None:
            _address(reader, resource, value, found, "PrivateIpAddress")
    six = properties.get("Ipv6Addresses")
    if isinstance(six, (tuple, list)):
        for index, item in enumerate(six):
            given = item if isinstance(item, str) else at(item, "Ipv6Address")
            _address(reader, resource, given, found, "Ipv6Addresses", index)
    if (
        found
        and (properties.get("SecondaryPrivateIpAddressCount") or properties.get("Ipv6AddressCount"))
        and not is_live(resource)
    ):
        reader.note(resource, "more addresses are assigned once it is deployed")
        return ()
    return tuple(found)


def _secondary(item: object) -> bool:
    return at(item, "Primary") not in (True, "true")


def _address(
    reader: Reader, resource: Resource, value: object, found: dict[Address, None], *path: str | int
) -> None:
    text = reader.text(value)
    if isinstance(text, str):
        try:
            found.setdefault(parse_address(text))
            return
        except ValueError:
            text = Unknown(f"`{text[:60]}` is not an address")
    reader.note(resource, f"an address is not known: {text.reason if text is not None else 'none'}", *path)


def _public(facts: Mapping[str, object]) -> dict[Address, Address]:
    """Private -> public address, as the collector lists them."""
    listed = facts.get("PublicAddresses")
    if not listed or not isinstance(listed, (tuple, list)):
        return {}
    found = {}
    for item in listed:
        private, public = at(item, "PrivateIpAddress"), at(item, "PublicIp")
        try:
            found[parse_address(str(private))] = parse_address(str(public))
        except ValueError:
            continue
    return found


# --- instances


def _attachments(reader: Reader, found: Interfaces) -> dict[str, list[str]]:
    """Instance -> interfaces that are attached by resources of their own."""
    attached: dict[str, list[str]] = {}
    for resource in reader.estate.of_type("AWS::EC2::NetworkInterfaceAttachment"):
        interface = reader.member(
            resource,
            resource.properties.get("NetworkInterfaceId"),
            found.known,
            "network interface",
            "NetworkInterfaceId",
        )
        instance = reader.named(resource.properties.get("InstanceId"), resource)
        if interface is not None and isinstance(instance, str):
            attached.setdefault(instance, []).append(interface)
    return attached


def _instance(found: Interfaces, instance: Resource, attached: Mapping[str, list[str]]) -> None:
    if found.of_instance.get(instance.key):
        return  # its interfaces were collected
    reader, properties = found.reader, instance.properties
    template = _launch_template(reader, instance)
    keys: list[str] = []
    listed = reader.items(properties.get("NetworkInterfaces"))
    path: tuple[str, ...] = ("NetworkInterfaces",)
    if isinstance(listed, Unknown):
        reader.note(instance, f"its interfaces are not known: {listed.reason}", *path)
        reader.not_modelled(instance, "its interfaces are not known")
        return
    if not listed and properties.get("SubnetId") is None:
        listed = reader.items(at(template, "NetworkInterfaces"))
        path = ("LaunchTemplate",)
        if isinstance(listed, Unknown):
            listed = ()
    for index, item in enumerate(listed):
        known = at(item, "NetworkInterfaceId")
        where = (*path, index) if len(path) == 1 and path[0] == "NetworkInterfaces" else path
        if known is not None:
            key = reader.member(
                instance, known, found.known, "network interface", *where, "NetworkInterfaceId"
            )
            if key is not None:
                found.own((key,), instance.key, "instance")
                keys.append(key)
            continue
        name = reader.text(at(item, "DeviceIndex"))
        name = name if isinstance(name, str) else str(index)
        keys += _made(found, instance, item, f"{instance.key}#{name}", template, *where)
    if not listed:
        keys += _made(found, instance, properties, f"{instance.key}#0", template)
    for key in attached.get(instance.key, ()):
        found.own((key,), instance.key, "instance")
        keys.append(key)
    found.of_instance[instance.key] = keys


def _launch_template(reader: Reader, instance: Resource) -> Mapping[str, object]:
    """What the launch template says, where the instance names one."""
    given = instance.properties.get("LaunchTemplate")
    if given is None:
        return {}
    key = reader.named(at(given, "LaunchTemplateId"), instance)
    if key is None:
        name = reader.text(at(given, "LaunchTemplateName"))
        for resource in reader.estate.of_type("AWS::EC2::LaunchTemplate"):
            if name is not None and resource.properties.get("LaunchTemplateName") == name:
                key = resource.key
    resource_ = reader.estate.get(key) if isinstance(key, str) else None
    data = resource_.properties.get("LaunchTemplateData") if resource_ is not None else None
    if not isinstance(data, Mapping):
        if instance.properties.get("NetworkInterfaces") is None:
            reader.note(instance, "its launch template is not known", "LaunchTemplate")
        return {}
    return data


def _made(
    found: Interfaces,
    instance: Resource,
    given: object,
    key: str,
    template: Mapping[str, object],
    *path: str | int,
) -> list[str]:
    """An interface that comes with the instance. `given`: its description, or the instance's properties."""
    reader = found.reader
    value = at(given, "SubnetId")
    if value is None:
        value = at(template, "SubnetId")
    if value is None:
        reader.note(instance, "names no subnet: AWS takes one of the default VPC", *path)
        return []
    subnet = reader.member(instance, value, found.subnets, "subnet", *path, "SubnetId")
    if subnet is None:
        return []
    name, groups = "", None
    for name in ("GroupSet", "SecurityGroupIds", "Groups"):
        groups = at(given, name)
        if groups is not None:
            break
    if groups is None:
        name, groups = "SecurityGroupIds", at(template, "SecurityGroupIds")
    read, certain = found.groups_at(instance, groups, found.subnets[subnet].vpc, *path, name)
    check = reader.truth(instance.properties.get("SourceDestCheck"), True)
    public = reader.truth(at(given, "AssociatePublicIpAddress"), maps_public(reader, subnet))
    addresses: dict[Address, None] = {}
    for wanted in ("PrivateIpAddress",):
        if at(given, wanted) is not None:
            _address(reader, instance, at(given, wanted), addresses, *path, wanted)
    if not addresses and isinstance(instance.attributes.get("PrivateIp"), str) and key.endswith("#0"):
        _address(reader, instance, instance.attributes["PrivateIp"], addresses, "PrivateIpAddress")
    return [
        found.add(
            Interface(
                key,
                subnet,
                tuple(addresses),
                read,
                "instance",
                instance.key,
                _instance_public(instance, addresses),
                public is not False and not instance.attributes.get("PublicIp"),
                check is not True,
                bool(addresses),
                certain,
            )
        )
    ]


def _instance_public(instance: Resource, addresses: Iterable[Address]) -> dict[Address, Address]:
    public = instance.attributes.get("PublicIp")
    first = next(iter(addresses), None)
    if isinstance(public, str) and first is not None:
        try:
            return {first: parse_address(public)}
        except ValueError:
            return {}
    return {}


def maps_public(reader: Reader, subnet: str) -> bool:
    """Whether interfaces that are launched in the subnet get a public address (VPC user guide, "Modify the IP
    addressing attributes of your subnet"); what is not known counts as so."""
    resource = reader.estate.get(subnet)
    if resource is None:
        return False
    return reader.truth(resource.properties.get("MapPublicIpOnLaunch"), False) is not False


# --- Elastic IP addresses


def _elastic_addresses(reader: Reader, found: Interfaces) -> None:
    estate = reader.estate
    for address in estate.of_type("AWS::EC2::EIP"):
        instance = address.properties.get("InstanceId")
        if instance is not None and not isinstance(address.attributes.get("NetworkInterfaceId"), str):
            _associate(reader, found, address, address, instance, None)
    for association in estate.of_type("AWS::EC2::EIPAssociation"):
        properties = association.properties
        named = properties.get("AllocationId")
        key = reader.named(named if named is not None else properties.get("EIP"), association)
        eip = estate.get(key) if isinstance(key, str) else None
        _associate(
            reader,
            found,
            association,
            eip,
            properties.get("InstanceId"),
            properties.get("NetworkInterfaceId"),
        )


def _associate(
    reader: Reader,
    found: Interfaces,
    resource: Resource,
    eip: Resource | None,
    instance: object,
    interface: object,
) -> None:
    """Gives the interface, or the instance's primary one, the public address."""
    key: str | None = None
    if interface is not None:
        key = reader.member(resource, interface, found.known, "network interface", "NetworkInterfaceId")
    elif instance is not None:
        named = reader.named(instance, resource)
        if isinstance(named, str):
            key = next(iter(found.of_instance.get(named, ())), None)
        if key is None:
            reader.note(resource, "the instance is not known", "InstanceId")
    there = found.known.get(key) if key is not None else None
    if there is None or key is None:
        return
    public = eip.attributes.get("PublicIp") if eip is not None else None
    wanted = reader.text(resource.properties.get("PrivateIpAddress"))
    try:
        private = parse_address(wanted) if isinstance(wanted, str) else next(iter(there.addresses), None)
        shown = parse_address(public) if isinstance(public, str) else None
    except ValueError:
        private = shown = None
    if private is not None and shown is not None:
        found.known[key] = replace(there, public={**there.public, private: shown})
    elif not there.public:
        found.known[key] = replace(there, public_possible=True)
