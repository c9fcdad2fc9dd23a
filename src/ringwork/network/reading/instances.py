"""Interfaces that come with instances, and Elastic IP addresses.

AWS: template reference, AWS::EC2::Instance (interfaces of its own, or one by `SubnetId`),
AWS::EC2::LaunchTemplate, AWS::EC2::EIP, AWS::EC2::EIPAssociation; VPC user guide, "IP addressing".
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from ringwork.estate import Resource, Unknown
from ringwork.network.addresses import Address, parse_address
from ringwork.network.model import Interface
from ringwork.network.reading.interfaces import Interfaces, address_of
from ringwork.network.reading.reader import Reader, at, is_live

INSTANCE = "AWS::EC2::Instance"


def read_instances(reader: Reader, found: Interfaces) -> None:
    """Adds the interfaces of instances that were not collected, and public addresses."""
    attached = _attachments(reader, found)
    for instance in reader.estate.of_type(INSTANCE):
        _instance(found, instance, attached)
    _elastic_addresses(reader, found)


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
    told = template is not None
    template = template or {}
    keys: list[str] = []
    listed = reader.items(properties.get("NetworkInterfaces"))
    path: tuple[str, ...] = ("NetworkInterfaces",)
    if isinstance(listed, Unknown):
        reader.not_placed(instance, f"its interfaces are not known: {listed.reason}", *path)
        reader.not_modelled(instance, "its interfaces are not known")
        return
    if not listed and properties.get("SubnetId") is None:
        listed = reader.items(at(template, "NetworkInterfaces"))
        path = ("LaunchTemplate",)
        if isinstance(listed, Unknown):
            listed, told = (), False
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
            else:
                reader.unplaced.setdefault(instance.key, "a network interface of it is not known")
            continue
        name = reader.text(at(item, "DeviceIndex"))
        name = name if isinstance(name, str) else str(index)
        keys += _made(found, instance, item, f"{instance.key}#{name}", template, told, *where)
    if not listed:
        keys += _made(found, instance, properties, f"{instance.key}#0", template, told)
    for key in attached.get(instance.key, ()):
        found.own((key,), instance.key, "instance")
        keys.append(key)
    found.of_instance[instance.key] = keys


def _launch_template(reader: Reader, instance: Resource) -> Mapping[str, object] | None:
    """What the launch template says, where the instance names one; None: not known."""
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
        return None
    return data


def _made(
    found: Interfaces,
    instance: Resource,
    given: object,
    key: str,
    template: Mapping[str, object],
    told: bool,
    *path: str | int,
) -> list[str]:
    """An interface that comes with the instance. `given`: its description, or the instance's properties;
    `told`: the launch template is known, if there is one."""
    reader = found.reader
    value = at(given, "SubnetId")
    if value is None:
        value = at(template, "SubnetId")
    if value is None:
        reader.not_placed(instance, "names no subnet: AWS takes one of the default VPC", *path)
        return []
    subnet = reader.member(instance, value, found.subnets, "subnet", *path, "SubnetId")
    if subnet is None:
        reader.unplaced.setdefault(instance.key, "its subnet is not known")
        return []
    name, groups = "", None
    for name in ("GroupSet", "SecurityGroupIds", "Groups", "SecurityGroups"):
        groups = at(given, name)
        if groups is not None:
            break
    if groups is None:
        name, groups = "SecurityGroupIds", at(template, "SecurityGroupIds")
    read, certain = found.groups_at(instance, groups, found.subnets[subnet].vpc, *path, name)
    certain = certain and (told or groups is not None)
    check = reader.truth(instance.properties.get("SourceDestCheck"), True)
    public = reader.truth(at(given, "AssociatePublicIpAddress"), maps_public(reader, subnet))
    addresses: dict[Address, None] = {}
    wanted = at(given, "PrivateIpAddress")
    if wanted is not None:
        address_of(reader, instance, wanted, addresses, *path, "PrivateIpAddress")
    if not addresses and isinstance(instance.attributes.get("PrivateIp"), str) and key.endswith("#0"):
        address_of(reader, instance, instance.attributes["PrivateIp"], addresses, "PrivateIpAddress")
    settled = found.settled(subnet, addresses)
    has, shown = bool(instance.attributes.get("PublicIp")), _instance_public(instance, addresses)
    single = at(given, "SecondaryPrivateIpAddressCount") is None and at(given, "PrivateIpAddresses") is None
    asked = at(given, "AssociatePublicIpAddress")
    # one that is described, and not told, gets none where there are several
    first = key.endswith("#0") and single and not is_live(instance)
    first = first and (asked is not None or given is instance.properties)
    return [
        found.add(
            Interface(
                key,
                subnet,
                settled,
                read,
                "instance",
                instance.key,
                shown,
                not shown if has else public is not False,
                check is not True,
                bool(settled),
                certain,
                first and surely_maps_public(reader, subnet, asked),
                not isinstance(check, Unknown),
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


def surely_maps_public(reader: Reader, subnet: str, asked: object) -> bool:
    """The same for what is known alone. `asked`: what the launch says of it, which overrides the subnet."""
    resource = reader.estate.get(subnet)
    mapped = resource.properties.get("MapPublicIpOnLaunch") if resource is not None else None
    return reader.truth(mapped if asked is None else asked, False) is True


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
        found.known[key] = replace(there, public_possible=True, public_certain=_one_address(reader, there))


def _one_address(reader: Reader, interface: Interface) -> bool:
    """Whether it surely has one private IPv4 address, so that a public one can only be that one's."""
    resource = reader.estate.get(interface.key) or reader.estate.get(interface.owner)
    if resource is None:
        return False
    made = reader.items(resource.properties.get("NetworkInterfaces"))
    described = (resource.properties, *(made if isinstance(made, tuple) else ()))
    several = any(at(each, "SecondaryPrivateIpAddressCount") is not None for each in described)
    listed = any(at(each, "PrivateIpAddresses") is not None for each in described)
    known = sum(address.version == 4 for address in interface.addresses)
    return not several and (known == 1 or (known == 0 and not listed))
