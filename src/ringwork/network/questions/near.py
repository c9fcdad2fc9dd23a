"""Which VPCs a resource may matter to, and which VPCs packets of two ends may come through."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import cached_property

from ringwork.estate import Resource, references
from ringwork.network.model import Joined, Model
from ringwork.network.reading.workloads import SUBNET_GROUPS, TABLE

HOSTS = frozenset(
    {
        *TABLE,
        *SUBNET_GROUPS,
        "AWS::AutoScaling::AutoScalingGroup",
        "AWS::EC2::Instance",
        "AWS::EC2::NetworkInterface",
        "AWS::SageMaker::Domain",
        "AWS::SageMaker::Space",
        "AWS::SageMaker::UserProfile",
    }
)
"""types whose interfaces are ends of packets, and pass on none for others"""
FORWARDING = frozenset({"load-balancer", "api-gateway", "nat", "firewall"})
"""kinds of interfaces that send on what others sent"""


class Near:
    """For one network. What was found is kept: there may be thousands of problems and of questions."""

    def __init__(self, model: Model, resource: Callable[[str], Resource | None]) -> None:
        self._model = model
        self._resource = resource
        self._of: dict[str, frozenset[str]] = {}
        self._component = _components(model)
        self.passive = frozenset(interface.owner for interface in model.interfaces.values()) - frozenset(
            interface.owner
            for interface in model.interfaces.values()
            if interface.forwards or interface.kind in FORWARDING
        )
        """owners of interfaces that forward nothing for others: they matter as ends only"""

    @cached_property
    def ends(self) -> frozenset[str]:
        """What is not placed and forwards nothing for others, wherever it is: it matters as an end only."""
        return frozenset(key for key in self._model.unplaced if self._forwards_nothing(key))

    def _forwards_nothing(self, key: str) -> bool:
        resource = self._resource(key)
        if resource is None or resource.key in self._model.unmodelled:
            return False
        check = resource.properties.get("SourceDestCheck")
        return resource.type in HOSTS and check in (None, True, "true")

    def vpcs_of(self, key: str, depth: int = 3) -> frozenset[str]:
        """The VPCs that a resource refers to, by itself or by what it refers to; empty: none known."""
        found = self._of.get(key) if depth == 3 else None
        if found is None:
            found = self._vpcs_of(key, depth)
            if depth == 3:
                self._of[key] = found
        return found

    def _vpcs_of(self, key: str, depth: int) -> frozenset[str]:
        model = self._model
        if key in model.vpcs:
            return frozenset((key,))
        if key in model.subnets:
            return frozenset((model.subnets[key].vpc,))
        if key in model.groups:
            vpc = model.groups[key].vpc
            return frozenset((vpc,)) if vpc else frozenset()
        resource = self._resource(key)
        if resource is None or not depth:
            return frozenset()
        found: frozenset[str] = frozenset()
        for _, reference in references(resource.properties):
            if reference.target != resource.key:
                found |= self._vpcs_of(reference.target, depth - 1)
        return found

    def joined(self, vpcs: Iterable[str]) -> frozenset[str]:
        """These VPCs, and all that peering, Transit Gateways or PrivateLink join to one of them, by however
        many steps."""
        return frozenset().union(*(self._component.get(vpc, {vpc}) for vpc in vpcs))


def _components(model: Model) -> dict[str, set[str]]:
    component: dict[str, set[str]] = {}
    for one, other in _edges(model):
        first = component.setdefault(one, {one})
        second = component.setdefault(other, {other})
        if first is not second:
            first |= second
            component.update(dict.fromkeys(second, first))
    return component


def _edges(model: Model) -> Iterator[tuple[str, str]]:
    """Pairs of what is joined: VPCs, and gateways between them."""
    for peering in model.peerings.values():
        yield peering.vpcs
    for attachment in model.attachments.values():
        if attachment.kind is Joined.PEERING:
            far = model.attachments.get(attachment.to)
            yield attachment.gateway, far.gateway if far is not None else attachment.to
        else:
            yield attachment.gateway, attachment.to
    for endpoint in model.interface_endpoints.values():
        service = model.endpoint_services.get(endpoint.provider or "")
        for name in service.balancers if service is not None else ():
            balancer = model.load_balancers.get(name)
            for key in balancer.interfaces if balancer is not None else ():
                interface = model.interfaces.get(key)
                subnet = model.subnets.get(interface.subnet) if interface is not None else None
                if subnet is not None:
                    yield endpoint.vpc, subnet.vpc
