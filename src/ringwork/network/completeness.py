"""What will break in a VPC without a way out, by name, before it does.

For each place where a workload runs: the services that it needs, what their names resolve to from there, and
whether a packet to port 443 of that arrives and is answered (walked, not proved: each answer has its
exchange). Endpoint policies and IAM are not looked at.

What only its addresses tell is stood in for (`ringwork.network.stand_ins`).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from ringwork.estate import Estate, Resource
from ringwork.estate.service_names import ServiceName
from ringwork.findings import Status
from ringwork.network import stand_ins
from ringwork.network.addresses import Address
from ringwork.network.leading import Lead, Leading, Way
from ringwork.network.model import Interface, Model
from ringwork.network.names import Names, Outcome, Resolution, services
from ringwork.network.needs import DECLARED, NEEDS, OF_TYPE, Need
from ringwork.network.packets import TCP, Packet
from ringwork.network.reading.reader import Reader, at
from ringwork.network.walk import Exchange, Hop, Known, Start, exchange, verdict
from ringwork.network.walk import Outcome as Arrival

WORKLOAD, TYPE, TIER = "ringwork:workload", "ringwork:workload-type", "ringwork:tier"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a workload runs, or may: one interface."""

    interface: str
    """key"""
    subnet: str
    workload: str
    """name for people"""
    feature: str
    """key of `ringwork.network.needs.NEEDS`"""


@dataclass(frozen=True, slots=True)
class Answer:
    """Whether a need is met at a place."""

    place: Place
    need: Need
    name: str
    """what is looked up; empty where the Region is not known"""
    status: Status
    why: str
    resolution: Resolution | None
    through: tuple[str, ...] = ()
    """keys of the endpoints that lead there; `internet`"""
    witnesses: tuple[Exchange, ...] = ()
    """none where an interface in the same subnet with the same groups, as it will be, was walked to before"""

    @property
    def breaks(self) -> bool:
        """Something surely fails: not only under a condition."""
        return self.status is Status.VIOLATED and not self.need.when

    @property
    def message(self) -> str:
        feature, service, subnet = self.place.feature, self.need.service, self.place.subnet
        if self.status is Status.PROVED:
            return f"from subnet `{subnet}`, `{feature}` reaches `{service}`: {self.why}"
        verb = "will fail" if self.status is Status.VIOLATED else "may fail"
        when = f" if {self.need.when}" if self.need.when else ""
        return f"from subnet `{subnet}`, `{feature}` {verb} to call `{service}`{when}: {self.why}"


def answers(estate: Estate, model: Model, features: Collection[str] = NEEDS) -> tuple[Answer, ...]:
    """Every need of these features at every place where a workload runs."""
    asked = _Asked(estate, model)
    return tuple(
        asked.answer(place, need)
        for place in places(estate, model)
        if place.feature in features
        for need in NEEDS[place.feature]
    )


def before(
    estate: Estate, model: Model, subnets: Iterable[str], features: Iterable[str]
) -> tuple[Answer, ...]:
    """The same where nobody runs yet: what a workload in a subnet would lack. Its security groups, and
    whether an endpoint's admit it, are not asked."""
    leading = Leading(estate, model)
    return tuple(
        _before(Place("", subnet, "", feature), need, leading)
        for subnet in subnets
        for feature in features
        for need in NEEDS[feature]
    )


def outcome(answers: Iterable[Answer]) -> Status:
    """Whether all that is always called is reached; what only some code calls decides nothing. Unknown
    where nothing was asked."""
    always = {each.status for each in answers if not each.need.when}
    for status in (Status.VIOLATED, Status.UNKNOWN):
        if status in always:
            return status
    return Status.PROVED if always else Status.UNKNOWN


def _before(place: Place, need: Need, leading: Leading) -> Answer:
    lead = leading.lead(place.subnet, need.service)
    return Answer(place, need, lead.name, _reached(lead), lead.why, lead.resolution, lead.through)


def _reached(lead: Lead) -> Status:
    if lead.way is Way.INTERNET and lead.certain:
        return Status.PROVED
    if lead.way in (Way.INTERNET, Way.PRIVATE):
        return Status.UNKNOWN
    return lead.status


# --- where workloads run


def places(estate: Estate, model: Model) -> tuple[Place, ...]:
    """The interfaces of SageMaker's, Bedrock's and ECS's resources, and places of security groups that are
    tagged as a workload's: in subnets of the group's tier, where both have that tag. What a whole account
    declares (features online, guardrails, agents) each of its workloads needs."""
    found = list(_workloads(estate, model))
    declared = _declared(estate)
    for place in tuple(found):
        vpc = model.vpcs[model.subnets[place.subnet].vpc]
        found += (replace(place, feature=feature) for feature in declared.get((vpc.account, vpc.region), ()))
    return tuple(found)


def _workloads(estate: Estate, model: Model) -> Iterator[Place]:
    reader = Reader(estate)
    for interface in model.interfaces.values():
        owner = estate.get(interface.owner)
        if interface.subnet not in model.subnets:
            continue
        if owner is not None and owner.type in OF_TYPE:
            feature: str | None = OF_TYPE[owner.type]
            if interface.kind == "efs" or not _in_vpc(reader, owner):
                continue
            name = owner.name
        else:
            name, feature = _tagged(reader, interface)
        if feature is not None:
            yield Place(interface.key, interface.subnet, name, feature)


def _in_vpc(reader: Reader, owner: Resource) -> bool:
    """Whether its calls go through the VPC, and not a network of SageMaker's ("Default communication with
    the internet" of the pages on Studio and notebooks)."""
    if owner.type == "AWS::SageMaker::Domain":
        return reader.text(owner.properties.get("AppNetworkAccessType")) == "VpcOnly"
    if owner.type == "AWS::SageMaker::NotebookInstance":
        return reader.text(owner.properties.get("DirectInternetAccess")) == "Disabled"
    return True


def _tagged(reader: Reader, interface: Interface) -> tuple[str, str | None]:
    """Workload and feature of the first of an interface's groups that is tagged."""
    for key in sorted(interface.groups or ()):
        group = reader.estate.get(key)
        tags = _tags(reader, group)
        feature = tags.get(TYPE)
        if WORKLOAD not in tags or feature not in NEEDS:
            continue
        subnet = _tags(reader, reader.estate.get(interface.subnet))
        if interface.kind == "any" and tags.get(TIER) != subnet.get(TIER, tags.get(TIER)):
            continue
        return tags[WORKLOAD], feature
    return "", None


def _tags(reader: Reader, resource: Resource | None) -> dict[str, str]:
    listed = reader.items(resource.properties.get("Tags")) if resource is not None else ()
    found = {}
    for each in listed if isinstance(listed, tuple) else ():
        name, value = reader.text(at(each, "Key")), reader.text(at(each, "Value"))
        if isinstance(name, str) and isinstance(value, str):
            found[name] = value
    return found


def _declared(estate: Estate) -> Mapping[tuple[str | None, str | None], tuple[str, ...]]:
    found: dict[tuple[str | None, str | None], dict[str, None]] = {}
    reader = Reader(estate)
    for type, feature in DECLARED.items():
        for resource in estate.of_type(type):
            found.setdefault((resource.account, resource.region), {})[feature] = None
    for group in estate.of_type("AWS::SageMaker::FeatureGroup"):
        online = at(group.properties, "OnlineStoreConfig", "EnableOnlineStore")
        if reader.truth(online, False) is not False:
            found.setdefault((group.account, group.region), {})["feature store"] = None
    return {where: tuple(features) for where, features in found.items()}


# --- whether a need is met


_Reached = tuple[Status, str, tuple[Exchange, ...]]


class _Asked:
    """An estate, prepared for many questions."""

    def __init__(self, estate: Estate, model: Model) -> None:
        self._names = Names(estate, model)
        self._model = stand_ins.stood_in(model)
        self._known = Known(self._model)
        self._reached: dict[tuple[object, ...], _Reached] = {}
        self._out: dict[tuple[object, ...], tuple[Status, str, Exchange | None]] = {}

    def answer(self, place: Place, need: Need) -> Answer:
        service = services.BY_KEY[need.service]
        region = self._model.vpcs[self._model.subnets[place.subnet].vpc].region
        if region is None:
            return Answer(place, need, "", Status.UNKNOWN, "the Region is not known", None)
        name = services.example(service, region)
        resolution = self._names.resolve(place.subnet, name)
        if resolution.outcome is Outcome.ENDPOINT:
            status, why, seen = self._by_endpoints(place.interface, resolution.endpoints)
            return Answer(place, need, name, status, why, resolution, resolution.endpoints, seen)
        if resolution.outcome is Outcome.PUBLIC:
            return self._by_the_internet(place, need, service, resolution)
        status = Status.VIOLATED if resolution.outcome is Outcome.BLOCKED else Status.UNKNOWN
        why = f"`{name}` does not resolve: {resolution.why}"
        if resolution.outcome is not Outcome.BLOCKED:
            why = f"what `{name}` resolves to is not known to be an endpoint: {resolution.why}"
        return Answer(place, need, name, status, why, resolution)

    def _by_endpoints(self, source: str, endpoints: tuple[str, ...]) -> _Reached:
        """The name answers with the address of any of the endpoint's interfaces ("Subnets and Availability
        Zones": "we select a healthy endpoint network interface, using the round robin algorithm")."""
        keys = [key for each in endpoints for key in self._model.interface_endpoints[each].interfaces]
        found = [self._to_interface(source, key) for key in keys if key in self._model.interfaces]
        if not found:
            return Status.UNKNOWN, "the endpoint's network interfaces are not known", ()
        seen = tuple(witness for _, _, witnesses in found for witness in witnesses)
        for status in (Status.VIOLATED, Status.UNKNOWN):
            for each, why, _ in found:
                if each is status:
                    return status, why, seen
        return Status.PROVED, f"by {', '.join(f'`{each}`' for each in endpoints)}", seen

    def _to_interface(self, source: str, target: str) -> _Reached:
        """Interfaces that have no addresses yet are all alike in the same subnet with the same groups: what
        reaches one of them reaches the others."""
        at_source, at_target = self._model.interfaces[source], self._model.interfaces[target]
        alike = (*_class(at_source), "to", *_class(at_target))
        if alike in self._reached:
            return (*self._reached[alike][:2], ())
        destination = self._address(at_target, 4) or self._address(at_target, 6)
        if destination is None:
            return Status.UNKNOWN, f"the address of `{target}` is not known", ()
        holders = {} if at_target.addresses else {destination: target}
        status, why, found = self._walked(at_source, destination, holders)
        seen = (found,) if found is not None else ()
        if status is not Status.PROVED:
            return status, f"to the endpoint's interface `{target}`: {why}", seen
        self._reached[alike] = (status, why, seen)
        return self._reached[alike]

    def _address(self, interface: Interface, version: int, skip: Address | None = None) -> Address | None:
        """One that an interface has, or may be given."""
        for address in interface.addresses:
            if address.version == version:
                return address
        subnet = self._model.subnets.get(interface.subnet)
        if interface.addresses or subnet is None:
            return None
        return stand_ins.free_address(self._known, subnet, version, skip)

    def _walked(
        self, source: Interface, destination: Address, holders: Mapping[Address, str]
    ) -> tuple[Status, str, Exchange | None]:
        own = self._address(source, destination.version, skip=destination)
        if own is None:
            return Status.UNKNOWN, f"it has no address of IPv{destination.version} that is known", None
        packet = Packet(own, destination, TCP, 49152, 443)
        found = exchange(self._known, packet, Start(interface=source.key), holders)
        forward, back = verdict(found.forward), verdict(found.back) if found.back else None
        if forward is Arrival.DELIVERED and back is Arrival.DELIVERED:
            return Status.PROVED, "", found
        if forward is Arrival.DROPPED:
            return Status.VIOLATED, _last(found.forward[0].hops), found
        if forward is Arrival.DELIVERED and back is Arrival.DROPPED:
            return Status.VIOLATED, f"the answer is dropped: {_last(found.back[0].hops)}", found
        unsure = [walk for walk in (*found.forward, *found.back) if walk.outcome is not Arrival.DELIVERED]
        return Status.UNKNOWN, _unsure(unsure[0].hops) if unsure else "no answer was walked", found

    def _by_the_internet(
        self, place: Place, need: Need, service: ServiceName, resolution: Resolution
    ) -> Answer:
        """To a public address of the service: by a gateway endpoint, or out."""
        source = self._model.interfaces[place.interface]
        vpc = self._model.subnets[place.subnet].vpc
        destination = stand_ins.public_address(self._model, service, vpc)
        alike = (*_class(source), "out", destination)
        if alike not in self._out:
            self._out[alike] = self._walked(source, destination, {})
        status, why, found = self._out[alike]
        seen = (found,) if found is not None else ()
        through: tuple[str, ...] = ()
        if status is Status.PROVED and found is not None:
            gateways = {
                hop.component
                for walk in found.forward
                for hop in walk.hops
                if hop.component in self._model.gateway_endpoints
            }
            through = tuple(sorted(gateways)) or ("internet",)
            why = f"by {', '.join(f'`{each}`' for each in through)}" if gateways else "over the internet"
        elif status is Status.VIOLATED:
            why = f"no endpoint, no way out: {why}"
            subnet = self._model.subnets[source.subnet]
            if stand_ins.names_parts(self._model, subnet, source.groups or ()):
                status = Status.UNKNOWN
                why += "; filters or routes name parts of the internet, where the service may be"
        return Answer(place, need, resolution.name, status, why, resolution, through, seen)


def _class(interface: Interface) -> tuple[object, ...]:
    if interface.addresses:
        return (interface.key,)
    return (interface.subnet, interface.groups, interface.certain_groups, interface.kind)


def _last(hops: tuple[Hop, ...]) -> str:
    return f"{hops[-1].why} (`{hops[-1].component}`)" if hops else "it met nothing"


def _unsure(hops: tuple[Hop, ...]) -> str:
    return next((_last((hop,)) for hop in hops if hop.passed is None), _last(hops))
