"""One estate's network, ready for questions: model, prover, walker, names; each made once."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property

from ringwork.estate import Estate, Resource
from ringwork.findings import Origin, Subject
from ringwork.network.addresses import Prefix, parse_address, parse_prefix
from ringwork.network.model import Interface, Model, Place
from ringwork.network.packets import ALL, Traffic
from ringwork.network.questions.labels import NAMES, OTHER_TAGS, Labelled
from ringwork.network.questions.near import Near
from ringwork.network.reach.prover import Prover
from ringwork.network.reading import read
from ringwork.network.walk import Known
from ringwork.network.walk.endpoints import service_name
from ringwork.network.walk.known import PRIVATE, is_private

EXAMPLES = tuple(parse_address(text) for text in ("198.51.100.7", "203.0.113.7", "2001:db8::7"))
"""somebody on the internet (RFC 5737, RFC 3849): what people take for an example"""
ROUTED = frozenset(
    parse_prefix(text)
    for text in ("10.0.0.0/8", "100.64.0.0/10", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7")
)
"""of what is not of the internet, what networks of one's own have: RFC 1918, 6598, 4193"""
UNROUTED = tuple(prefix for prefix in PRIVATE if prefix not in ROUTED)


class Network:
    """`cuts` and `kinds` are the addresses and traffic that questions will name: those of all of them, so
    that answers are exact."""

    def __init__(
        self,
        estate: Estate,
        *,
        cuts: Iterable[Prefix] = (),
        kinds: Iterable[Traffic] = (),
        model: Model | None = None,
    ) -> None:
        self.estate = estate
        self.model = read(estate) if model is None else model
        self.cuts, self.kinds = frozenset(cuts), frozenset((*kinds, ALL))
        self.known = Known(self.model)
        self.labels = Labelled(estate, self.model)

    @cached_property
    def prover(self) -> Prover:
        """Made for the first question of all pairs."""
        return Prover(self.model, cuts=self.cuts, kinds=self.kinds)

    @cached_property
    def near(self) -> Near:
        """Made for the first question that something unread may matter to."""
        return Near(self.model, self.resource)

    @cached_property
    def internet(self) -> tuple[int, ...]:
        """The address atoms of the internet, those of examples first."""
        first = {self.prover.addresses.of(address) for address in EXAMPLES}
        return tuple(sorted(self.prover.internet, key=lambda atom: (atom not in first, atom)))

    @cached_property
    def abroad(self) -> tuple[int, ...]:
        """The address atoms that a network behind a VPN or Direct Connect may have, whatever it states: it
        announces more by BGP, and nothing checks what it sends from (Site-to-Site VPN user guide, "Static and
        dynamic routing"). All but those of VPCs and what no network routes; private ones first."""
        atoms = self.prover.addresses
        never = {atom for prefix in UNROUTED for atom in atoms.within(prefix)}
        for vpc in self.model.vpcs:
            never.update(atom for prefix in self.known.blocks(vpc) for atom in atoms.within(prefix))
        return tuple(
            sorted(
                (atom for atom in range(atoms.count) if atom not in never),
                key=lambda atom: (not is_private(atoms.example(atom)), atom),
            )
        )

    @cached_property
    def hidden(self) -> tuple[tuple[Interface, frozenset[str], str], ...]:
        """What may have labels that are not known: an interface, which labels, and why. Of what is not placed
        (`Model.unplaced`) there is one that stands for it."""
        found: list[tuple[Interface, frozenset[str], str]] = []
        for key, reason in self.model.unplaced.items():
            nowhere = Interface(key, "", (), None, "", key)
            labels, untold = self.labels.of(nowhere), self.labels.untold(nowhere)
            # what its groups, its subnet and its VPC have, it may have
            told = {name for name, values in labels.items() if values}
            lost = {*NAMES, OTHER_TAGS} - told - {"id", "type", "account", "region", "service"}
            found.append((nowhere, untold | lost, reason))
        for interface in self.model.interfaces.values():
            untold = self.labels.untold(interface)
            if untold:
                found.append((interface, untold, "a tag of it is not known"))
        return tuple(found)

    def values(self, label: str) -> frozenset[str]:
        """Every value of a label that some interface has."""
        return frozenset().union(
            *(self.labels.of(each).get(label, frozenset()) for each in self.model.interfaces.values())
        )

    @cached_property
    def names(self) -> frozenset[str]:
        """Everything that an end can be called."""
        found: set[str] = set()
        for interface in self.model.interfaces.values():
            labels = self.labels.of(interface)
            for name in ("id", "subnet", "vpc", "group"):
                found |= labels[name]
            found |= {
                f"{team}/{workload}"
                for team in labels.get("team", ())
                for workload in labels.get("workload", ())
            }
        return frozenset(found)

    @cached_property
    def places(self) -> frozenset[str]:
        """Everything that a VPC, a subnet or a security group can be called."""
        model = self.model
        keys = (*model.vpcs, *model.subnets, *model.groups)
        return frozenset().union(*(self.labels.names(key) for key in keys))

    def endpoints_of(self, service: str) -> tuple[str, ...]:
        """The interfaces of interface endpoints that lead to one of AWS's services."""
        return tuple(
            key
            for endpoint in self.model.interface_endpoints.values()
            if endpoint.provider is None and is_service(service_name(endpoint.service), service)
            for key in endpoint.interfaces
        )

    def resource(self, key: str) -> Resource | None:
        """The resource behind a key: the thing itself, or what has it."""
        found = self.estate.get(key)
        if found is None and (interface := self.model.interfaces.get(key)) is not None:
            found = self.estate.get(interface.owner)
        return (
            found if found is not None or "#" not in key else self.estate.get(key.split("#", maxsplit=1)[0])
        )

    def name(self, key: str) -> str:
        """For people: `TEAM/WORKLOAD` first where tags say it, and the resource."""
        interface = self.model.interfaces.get(key)
        resource = self.resource(key)
        part = key.rsplit("#", 1)[1] if "#" in key else ""
        if interface is None:
            return (resource.name if resource else key) + (f"#{part}" if part else "")
        labels = self.labels.of(interface)
        team = min(labels.get("team", ()), default="")
        workload = min(labels.get("workload", ()), default="")
        own = self.estate.get(key)
        what = own.name if own is not None else resource.name if resource else interface.owner
        called = f"{team}/{workload} " if team and workload else ""
        return f"{called}{what}" + (f" in {part}" if part and not part.isdigit() else "")

    def subject(self, key: str) -> Subject:
        resource = self.resource(key)
        return resource.subject if resource is not None else Subject("network", key)

    def origins(self, place: Place | None) -> tuple[Origin, ...]:
        resource = self.resource(place.key) if place is not None else None
        return resource.origin(*place.path) if resource is not None and place is not None else ()

    def vpc(self, interface: Interface) -> str:
        subnet = self.model.subnets.get(interface.subnet)
        return subnet.vpc if subnet else ""


def is_service(name: str, asked: str) -> bool:
    """`s3` is `s3`; `sagemaker` is all of `sagemaker.api`, `sagemaker.runtime`."""
    return name == asked or name.startswith(f"{asked}.")
