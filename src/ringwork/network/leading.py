"""Where a name leads from a subnet: to an endpoint, by a gateway endpoint, out to the internet, or nowhere.

The name is resolved as the subnet's VPC resolves it; what the internet's name servers answer is walked to, by
TCP to port 443, from something in the subnet that no security group filters.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

from ringwork.estate import Estate
from ringwork.findings import Status
from ringwork.network import stand_ins
from ringwork.network.addresses import Address, parse_address
from ringwork.network.model import Model
from ringwork.network.names import Names, Outcome, Resolution, services
from ringwork.network.packets import TCP, Packet
from ringwork.network.walk import Known, Start, Walk, walk
from ringwork.network.walk import Outcome as Arrival
from ringwork.network.walk.known import is_private


class Way(Enum):
    ENDPOINT = "interface endpoint"
    GATEWAY = "gateway endpoint"
    PRIVATE = "private address"
    """a private hosted zone says so"""
    INTERNET = "internet"
    NOWHERE = "nowhere"
    """it does not resolve, or nothing leads there"""
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Lead:
    """What becomes of a name in a subnet."""

    subnet: str
    name: str
    """empty where the Region is not known"""
    way: Way
    why: str
    through: tuple[str, ...] = ()
    """keys: the endpoints; the NAT and internet gateways"""
    resolution: Resolution | None = None
    walks: tuple[Walk, ...] = ()
    certain: bool = True
    """False: it goes this way or is dropped"""

    @property
    def status(self) -> Status:
        """Whether it stays inside."""
        if self.way is Way.UNKNOWN:
            return Status.UNKNOWN
        return Status.VIOLATED if self.way in (Way.INTERNET, Way.NOWHERE) else Status.PROVED


class Leading:
    """An estate, prepared for many questions."""

    def __init__(self, estate: Estate, model: Model) -> None:
        self._names = Names(estate, model)
        self._model = stand_ins.stood_in(model)
        self._known = Known(self._model)

    def lead(self, subnet: str, name: str) -> Lead:
        """`name`: one of DNS, or a service's key (`sagemaker.api`), whose name in the subnet's Region is
        meant. Raises ValueError if there is no such subnet."""
        found = self._model.subnets.get(subnet)
        if found is None:
            raise ValueError(f"`{subnet}` is not a subnet of the model")
        if name in services.BY_KEY:
            region = self._model.vpcs[found.vpc].region
            if region is None:
                return Lead(subnet, "", Way.UNKNOWN, "the Region is not known")
            name = services.example(services.BY_KEY[name], region)
        resolution = self._names.resolve(subnet, name)
        match resolution.outcome:
            case Outcome.ENDPOINT:
                return Lead(
                    subnet, name, Way.ENDPOINT, resolution.why, resolution.endpoints, resolution
                )  # fmt: skip
            case Outcome.PRIVATE:
                return self._by_record(subnet, name, resolution)
            case Outcome.PUBLIC:
                owner = next(services.owners(services.plain(name)), None)
                service = owner[0] if owner and owner[1] == self._model.vpcs[found.vpc].region else None
                destination = stand_ins.public_address(self._model, service, found.vpc)
                return self._out(subnet, name, resolution, destination)
            case Outcome.BLOCKED:
                return Lead(subnet, name, Way.NOWHERE, resolution.why, (), resolution)
            case Outcome.UNKNOWN:
                return Lead(subnet, name, Way.UNKNOWN, resolution.why, (), resolution)

    def _by_record(self, subnet: str, name: str, resolution: Resolution) -> Lead:
        """What a private zone says. An endpoint among other values is not what is surely answered."""
        addresses = []
        for value in resolution.values:
            try:
                addresses.append(parse_address(value))
            except ValueError:
                why = f"{resolution.why}, and what `{value}` is, is not known"
                return Lead(subnet, name, Way.UNKNOWN, why, resolution.endpoints, resolution)
        public = [address for address in addresses if not is_private(address)]
        if not public:
            return Lead(subnet, name, Way.PRIVATE, resolution.why, resolution.endpoints, resolution)
        return self._out(subnet, name, resolution, public[0])

    def _out(self, subnet: str, name: str, resolution: Resolution, destination: Address) -> Lead:
        found = self._model.subnets[subnet]
        own = stand_ins.free_address(self._known, found, destination.version)
        if own is None:
            why = f"{resolution.why}; the subnet has no address of IPv{destination.version} that is known"
            return Lead(subnet, name, Way.UNKNOWN, why, (), resolution)
        packet = Packet(own, destination, TCP, 49152, 443)
        walks = walk(self._known, packet, Start(vpc=found.vpc, subnet=subnet))
        way, through, why = self._goes(walks)
        if destination == stand_ins.INTERNET and stand_ins.names_parts(self._model, found):
            # whatever is the service's may be among them
            why += "; filters or routes name parts of the internet, where it may be"
            way = Way.UNKNOWN
        certain = all(each.outcome is Arrival.DELIVERED for each in walks)
        return Lead(
            subnet, name, way, f"{resolution.why}; {why}", through, resolution, walks, certain
        )  # fmt: skip

    def _goes(self, walks: Sequence[Walk]) -> tuple[Way, tuple[str, ...], str]:
        ended = {(each.arrived if each.outcome is not Arrival.DROPPED else None) for each in walks}
        met = dict.fromkeys(hop.component for each in walks for hop in each.hops)
        if ended == {None}:
            return Way.NOWHERE, (), _last(walks[0])
        if ended <= {None, "internet"}:
            gateways = tuple(
                key
                for key in met
                if key in self._model.nat_gateways
                or key in self._model.internet_gateways
                or key in self._model.firewalls
            )
            through = f" through {', '.join(f'`{key}`' for key in gateways)}" if gateways else ""
            return Way.INTERNET, gateways, f"it leaves to the internet{through}"
        endpoints = tuple(key for key in met if key in self._model.gateway_endpoints)
        if endpoints and all(each.outcome is Arrival.DELIVERED for each in walks) and "internet" not in ended:
            return Way.GATEWAY, endpoints, f"the route leads to {', '.join(f'`{key}`' for key in endpoints)}"
        unsure = next((each for each in walks if each.outcome is Arrival.UNKNOWN), walks[0])
        return Way.UNKNOWN, endpoints, _last(unsure)


def _last(walk: Walk) -> str:
    hop = next((hop for hop in walk.hops if hop.passed is None), walk.hops[-1] if walk.hops else None)
    return f"{hop.why} (`{hop.component}`)" if hop else "it met nothing"
