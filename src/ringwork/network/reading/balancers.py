"""Load balancers, their listeners and target groups.

AWS: Elastic Load Balancing guides: one interface in each subnet; a Network Load Balancer has security
groups only if it was made with some; cross-zone load balancing is always on for Application Load
Balancers and off for Network Load Balancers unless switched on; API reference, LoadBalancerAttribute,
TargetGroupAttribute, TargetDescription.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from ringwork.estate import Reference, Resource, Unknown
from ringwork.network.addresses import Address, parse_address
from ringwork.network.model import Listener, LoadBalancer, TargetGroup, TargetOf
from ringwork.network.reading.interfaces import Interfaces
from ringwork.network.reading.reader import Reader, at

BALANCER = "AWS::ElasticLoadBalancingV2::LoadBalancer"
LISTENER = "AWS::ElasticLoadBalancingV2::Listener"
RULE = "AWS::ElasticLoadBalancingV2::ListenerRule"
GROUP = "AWS::ElasticLoadBalancingV2::TargetGroup"
CLASSIC = "AWS::ElasticLoadBalancing::LoadBalancer"
ENDING = frozenset(
    {"redirect", "fixed-response", "authenticate-oidc", "authenticate-cognito", "jwt-validation"}
)
"""actions that name no target group (API reference, Action)"""


def read_balancers(reader: Reader, interfaces: Interfaces) -> dict[str, LoadBalancer]:
    """Load balancers without their listeners."""
    found = {}
    for resource in reader.estate.of_type(BALANCER):
        properties = resource.properties
        kind = reader.text(properties.get("Type"))
        kind = "application" if kind is None else kind
        if not isinstance(kind, str) or kind not in ("application", "network"):
            reader.not_modelled(
                resource, "a Gateway Load Balancer, or one of a kind not known, is not modelled"
            )
            kind = "gateway"
        enforced = reader.text(properties.get("EnforceSecurityGroupInboundRulesOnPrivateLinkTraffic"))
        if isinstance(enforced, Unknown):
            reader.not_modelled(
                resource, f"whether its rules hold for PrivateLink is not known: {enforced.reason}"
            )
            kind = "gateway"
        scheme = reader.text(properties.get("Scheme"))
        facing = scheme != "internal"
        subnets = interfaces.subnets_at(resource, properties.get("Subnets"), "Subnets")
        mappings = reader.members(resource, "SubnetMappings")
        mappings = () if isinstance(mappings, Unknown) else mappings
        for index, mapping in enumerate(mappings):
            subnets += interfaces.subnets_at(
                resource, at(mapping, "SubnetId"), "SubnetMappings", index, "SubnetId"
            )
        groups, certain = _groups(interfaces, resource, kind, subnets)
        name = (resource.arn or "").partition(":loadbalancer/")[2]
        live = interfaces.described.get(name, ()) if name else ()
        keys = interfaces.make(
            resource,
            "load-balancer",
            subnets,
            groups,
            certain=certain,
            public=facing,
            surely=_surely_public(reader, resource),
            live=live,
        )
        _addresses(interfaces, keys, mappings)
        found[resource.key] = LoadBalancer(
            resource.key,
            kind,
            facing,
            keys,
            (),
            _attribute(reader, resource, "LoadBalancerAttributes", "load_balancing.cross_zone.enabled")
            if kind == "network"
            else True,
            enforced != "off",
        )
    for resource in reader.estate.of_type(CLASSIC):
        reader.not_modelled(resource, "a Classic Load Balancer is not modelled")
        subnets = interfaces.subnets_at(resource, resource.properties.get("Subnets"), "Subnets")
        vpc = interfaces.subnets[subnets[0]].vpc if subnets else None
        value = resource.properties.get("SecurityGroups")
        groups, certain = interfaces.groups_at(resource, value, vpc, "SecurityGroups")
        public = reader.text(resource.properties.get("Scheme")) != "internal"
        interfaces.make(resource, "load-balancer", subnets, groups, certain=certain, public=public)
    return found


def _surely_public(reader: Reader, resource: Resource) -> bool:
    """Elastic Load Balancing user guide, "Load balancer scheme": the nodes of one that faces the internet, as
    it does unless said, "have public IP addresses"; but `dualstack-without-public-ipv4`."""
    scheme = reader.text(resource.properties.get("Scheme"))
    version = reader.text(resource.properties.get("IpAddressType"))
    return scheme in (None, "internet-facing") and version in (None, "ipv4", "dualstack")


def _groups(
    interfaces: Interfaces, resource: Resource, kind: str, subnets: Iterable[str]
) -> tuple[frozenset[str] | None, bool]:
    value = resource.properties.get("SecurityGroups")
    if kind == "gateway" or (kind == "network" and not value):
        return None, True
    vpc = next((interfaces.subnets[subnet].vpc for subnet in subnets), None)
    return interfaces.groups_at(resource, value, vpc, "SecurityGroups")


def _addresses(interfaces: Interfaces, keys: Iterable[str], mappings: Iterable[object]) -> None:
    """Private addresses that a Network Load Balancer is given by hand."""
    by_subnet = {interfaces.known[key].subnet: key for key in keys}
    for mapping in mappings:
        value, subnet = at(mapping, "PrivateIPv4Address"), at(mapping, "SubnetId")
        target = subnet.target if isinstance(subnet, Reference) else subnet
        key = by_subnet.get(target) if isinstance(target, str) else None
        if key is None or not isinstance(value, str):
            continue
        try:
            address = parse_address(value)
        except ValueError:
            continue
        if not interfaces.known[key].addresses:
            interfaces.known[key] = replace(interfaces.known[key], addresses=(address,), assigned=True)


def _attribute(reader: Reader, resource: Resource, property: str, name: str) -> bool:
    """Whether an attribute is on; what is not known counts as off, and is noted."""
    return _chosen(reader, resource, property, name) is True


def _cross_zone(reader: Reader, resource: Resource) -> bool | None:
    """What a target group says itself (ELB API reference, TargetGroupAttribute: "The value is true, false or
    use_load_balancer_configuration", the default)."""
    name = "load_balancing.cross_zone.enabled"
    listed = reader.members(resource, "TargetGroupAttributes")
    for pair in () if isinstance(listed, Unknown) else listed:
        if at(pair, "Key") == name and reader.text(at(pair, "Value")) == "use_load_balancer_configuration":
            return None
    return _chosen(reader, resource, "TargetGroupAttributes", name)


def _chosen(reader: Reader, resource: Resource, property: str, name: str) -> bool | None:
    listed = reader.members(resource, property)
    for index, pair in enumerate(() if isinstance(listed, Unknown) else listed):
        key = reader.text(at(pair, "Key"))
        if isinstance(key, Unknown):
            reader.note(resource, f"an attribute is not known: {key.reason}", property, index)
        if key != name:
            continue
        found = reader.truth(at(pair, "Value"), False)
        if isinstance(found, Unknown):
            reader.note(resource, f"{name}: {found.reason}", property, index)
            return None
        return found
    return None


# --- listeners


def read_listeners(
    reader: Reader, balancers: dict[str, LoadBalancer], groups: dict[str, TargetGroup]
) -> None:
    """Adds the listeners to their load balancers."""
    actions: dict[str, list[str]] = {}
    resources = {listener.key: listener for listener in reader.estate.of_type(LISTENER)}
    for rule in reader.estate.of_type(RULE):
        key = reader.member(rule, rule.properties.get("ListenerArn"), resources, "listener", "ListenerArn")
        if key is not None:
            actions.setdefault(key, []).extend(_targets(reader, rule, "Actions", groups))
    found: dict[str, list[Listener]] = {}
    for key, resource in resources.items():
        value = resource.properties.get("LoadBalancerArn")
        balancer = reader.member(resource, value, balancers, "load balancer", "LoadBalancerArn")
        port = reader.number(resource.properties.get("Port"))
        protocol = reader.text(resource.properties.get("Protocol"))
        if balancer is None:
            continue
        if not isinstance(port, int) or not isinstance(protocol, str):
            if balancers[balancer].kind != "gateway":
                reader.note(resource, "its port or protocol is not known", "Port")
                reader.not_modelled(resource, "a listener whose port or protocol is not known")
            continue
        forwards = [*_targets(reader, resource, "DefaultActions", groups), *actions.get(key, ())]
        found.setdefault(balancer, []).append(
            Listener(key, protocol.upper(), port, tuple(dict.fromkeys(forwards)))
        )
    for key, listeners in found.items():
        balancers[key] = replace(balancers[key], listeners=tuple(listeners))


def _targets(reader: Reader, resource: Resource, property: str, groups: dict[str, TargetGroup]) -> list[str]:
    """The target groups that actions forward to. Where one is not known there is a group with targets that
    are not known: a listener must never seem to forward to nobody."""
    found = []
    actions = reader.members(resource, property)
    lost = isinstance(actions, Unknown)
    for index, action in enumerate(() if isinstance(actions, Unknown) else actions):
        named = [at(action, "TargetGroupArn")]
        weighted = reader.items(at(action, "ForwardConfig", "TargetGroups"))
        named += [at(each, "TargetGroupArn") for each in (() if isinstance(weighted, Unknown) else weighted)]
        named = [value for value in named if value is not None]
        keys = [reader.member(resource, value, groups, "target group", property, index) for value in named]
        found += [key for key in keys if key is not None]
        kind = at(action, "Type")
        forwards = not isinstance(kind, str) or kind not in ENDING
        lost = lost or None in keys or isinstance(weighted, Unknown) or (forwards and not named)
    if lost:
        unknown = f"{resource.key}#targets"
        groups[unknown] = TargetGroup(unknown, "ip", None, None, (), None, certain=False)
        found.append(unknown)
    return found


# --- target groups


def read_target_groups(
    reader: Reader, interfaces: Interfaces, balancers: Mapping[str, LoadBalancer]
) -> dict[str, TargetGroup]:
    estate = reader.estate
    resources = estate.of_type(GROUP)
    if not resources:
        return {}
    grown = _grown(reader, resources)
    addresses = {
        (interfaces.subnets[interface.subnet].vpc, address): interface.key
        for interface in interfaces.known.values()
        for address in interface.addresses
    }
    found = {}
    for resource in resources:
        properties = resource.properties
        kind = reader.text(properties.get("TargetType"))
        sure = not isinstance(kind, Unknown)
        kind = kind if isinstance(kind, str) else "instance"
        protocol, port = reader.text(properties.get("Protocol")), reader.number(properties.get("Port"))
        listed = reader.members(resource, "Targets")
        targets: list[TargetOf] = []
        certain = sure and resource.key not in grown and not isinstance(listed, Unknown)
        for name, given in (("Port", port), ("Protocol", protocol)):
            if isinstance(given, Unknown):
                reader.note(resource, f"{name}: {given.reason}", name)
                certain = False
        vpc = reader.named(properties.get("VpcId"), resource)
        for index, target in enumerate(() if isinstance(listed, Unknown) else listed):
            members = _members(
                reader, interfaces, balancers, addresses, resource, kind, vpc, target, index, port
            )
            certain = certain and bool(members)
            targets += members
        found[resource.key] = TargetGroup(
            resource.key,
            kind,
            protocol.upper() if isinstance(protocol, str) else None,
            port if isinstance(port, int) else None,
            tuple(targets),
            _chosen(reader, resource, "TargetGroupAttributes", "preserve_client_ip.enabled"),
            certain,
            _cross_zone(reader, resource),
        )
    return found


def _members(
    reader: Reader,
    interfaces: Interfaces,
    balancers: Mapping[str, LoadBalancer],
    addresses: Mapping[tuple[str, Address], str],
    resource: Resource,
    kind: str,
    vpc: object,
    target: object,
    index: int,
    port: int | Unknown | None,
) -> list[TargetOf]:
    """A registered target: for a load balancer, each of its interfaces."""
    value = at(target, "Id")
    if kind == "lambda":
        return [TargetOf(None, None, None)]
    own = reader.number(at(target, "Port"))
    if isinstance(own, Unknown):
        reader.note(resource, f"the port of a target is not known: {own.reason}", "Targets", index)
    number = own if isinstance(own, int) else port if isinstance(port, int) else None
    zone = reader.text(at(target, "AvailabilityZone"))
    zone = zone if isinstance(zone, str) else None
    if kind == "ip" and not isinstance(value, Reference):
        text = reader.text(value)
        try:
            address = parse_address(text) if isinstance(text, str) else None
        except ValueError:
            address = None
        if address is None:
            reader.note(resource, "the address of a target is not known", "Targets", index)
            return []
        key = addresses.get((vpc, address)) if isinstance(vpc, str) else None
        return [TargetOf(key, address, number, zone)]
    named = reader.named(value, resource)
    if not isinstance(named, str):
        reason = named.reason if isinstance(named, Unknown) else "none is named"
        reader.note(resource, f"a target is not known: {reason}", "Targets", index)
        return []
    if named in balancers:
        return [TargetOf(each, None, number, zone) for each in balancers[named].interfaces]
    keys = interfaces.of_instance.get(named, [])
    if not keys and named in interfaces.known:
        keys = [named]
    if not keys:
        reader.note(resource, f"`{named}` has no interface that is known", "Targets", index)
        return []
    first = interfaces.known[keys[0]]
    return [TargetOf(first.key, next(iter(first.addresses), None), number, zone)]


REGISTERING: tuple[tuple[str, tuple[str, ...], tuple[tuple[str, ...], ...]], ...] = (
    ("AWS::AutoScaling::AutoScalingGroup", ("TargetGroupARNs",), ((),)),
    ("AWS::AutoScaling::AutoScalingGroup", ("TrafficSources",), (("Identifier",),)),
    (
        "AWS::ECS::Service",
        ("LoadBalancers",),
        (("TargetGroupArn",), ("AdvancedConfiguration", "AlternateTargetGroupArn")),
    ),
    ("AWS::ECS::TaskSet", ("LoadBalancers",), (("TargetGroupArn",),)),
    (
        "AWS::EC2::SpotFleet",
        ("SpotFleetRequestConfigData", "LoadBalancersConfig", "TargetGroupsConfig", "TargetGroups"),
        (("Arn",),),
    ),
)
"""what registers targets of its own: its type, where it lists target groups, and where each is named"""


def _grown(reader: Reader, groups: Iterable[Resource]) -> set[str]:
    """Target groups to which something else registers targets of its own. One that is not known may be any
    that is near."""
    found: set[str] = set()
    groups = tuple(groups)
    for type, path, names in REGISTERING:
        for resource in reader.estate.of_type(type):
            listed = reader.members(resource, *path)
            lost: list[object] = [listed] if isinstance(listed, Unknown) else []
            for item in () if isinstance(listed, Unknown) else listed:
                for name in names:
                    given = at(item, *name)
                    named = reader.named(given, resource)
                    if isinstance(named, str):
                        found.add(named)
                    elif given is not None:
                        lost.append(given)
            for value in lost:
                found.update(reader.may_name(value, resource, groups))
    return found
