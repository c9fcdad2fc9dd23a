"""One estate's network, ready for questions: model, prover, walker, names; each made once."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property

from ringwork.estate import Estate, Resource
from ringwork.findings import Origin, Subject
from ringwork.network.addresses import Prefix, parse_address
from ringwork.network.model import Interface, Model, Place
from ringwork.network.packets import ALL, Traffic
from ringwork.network.questions.labels import Labelled
from ringwork.network.reach.prover import Prover
from ringwork.network.reading import read
from ringwork.network.walk import Known
from ringwork.network.walk.endpoints import service_name

EXAMPLES = tuple(parse_address(text) for text in ("198.51.100.7", "203.0.113.7", "2001:db8::7"))
"""somebody on the internet (RFC 5737, RFC 3849): what people take for an example"""


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
    def internet(self) -> tuple[int, ...]:
        """The address atoms of the internet, those of examples first."""
        first = {self.prover.addresses.of(address) for address in EXAMPLES}
        return tuple(sorted(self.prover.internet, key=lambda atom: (atom not in first, atom)))

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
