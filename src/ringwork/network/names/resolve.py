"""Name resolution from a subnet, step by step as the VPC's resolver goes."""

from __future__ import annotations

from functools import cached_property

from ringwork.estate import Estate, Resource, Unknown
from ringwork.network.model import Model
from ringwork.network.names import endpoints, firewall, settings
from ringwork.network.names.answer import Outcome, Resolution, Step
from ringwork.network.names.bindings import TYPES, Bindings, at_name, bindings
from ringwork.network.names.candidates import Candidate, Kind, ranked
from ringwork.network.names.records import Record, Records
from ringwork.network.names.services import plain
from ringwork.network.reading.reader import Reader, at

MOST_LINKS = 8
"""of a chain of CNAMEs and forwarding rules; what is longer is unknown"""
_RULE_TYPES = {"FORWARD": True, "SYSTEM": False, "RECURSIVE": False}
"""whether a rule sends queries elsewhere (API reference, ResolverRule, RuleType)"""


class Names:
    """An estate's names: prepare once, ask often."""

    def __init__(self, estate: Estate, model: Model) -> None:
        self._model = model
        self._reader = Reader(estate)
        self._bound: dict[str, Bindings] = {}
        self._settings: dict[str, settings.Settings] = {}
        self._gaps: dict[str, str | None] = {}
        self._answers: dict[tuple[str, str], Resolution] = {}

    def resolve(self, subnet: str, name: str) -> Resolution:
        """What an instance in a subnet is told of a name. Raises ValueError if there is no such subnet."""
        found = self._model.subnets.get(subnet)
        if found is None:
            raise ValueError(f"`{subnet}` is not a subnet of the model")
        return self.in_vpc(found.vpc, name)

    def in_vpc(self, vpc: str, name: str) -> Resolution:
        """The same by VPC: every subnet of a VPC has the same resolver."""
        key = (vpc, plain(name))
        if key not in self._answers:
            found = self._ask(*key, 0)
            gap = self._gap(vpc)
            if gap is not None and found.outcome is not Outcome.UNKNOWN:
                found = _unknown(found, Step(vpc, "", gap))
            self._answers[key] = found
        return self._answers[key]

    # --- what is prepared

    @cached_property
    def _records(self) -> Records:
        return Records(self._reader)

    def _bindings(self, vpc: str) -> Bindings:
        if vpc not in self._bound:
            self._bound[vpc] = bindings(self._reader, self._model, vpc)
        return self._bound[vpc]

    def _settings_of(self, vpc: Resource) -> settings.Settings:
        if vpc.key not in self._settings:
            self._settings[vpc.key] = settings.settings(self._reader, vpc)
        return self._settings[vpc.key]

    def _gap(self, vpc: str) -> str | None:
        if vpc not in self._gaps:
            found = self._model.vpcs[vpc]
            reasons = (self._reader.gap(type, found.account, found.region) for type in TYPES)
            self._gaps[vpc] = next((reason for reason in reasons if reason is not None), None)
        return self._gaps[vpc]

    # --- the way of a query

    def _ask(self, vpc: str, name: str, links: int) -> Resolution:
        asked = Resolution(name, vpc, Outcome.UNKNOWN, ())
        if links > MOST_LINKS:
            return _unknown(asked, Step(vpc, "", "the chain of names is too long, or a loop"))
        resource = self._reader.estate.get(vpc)
        if resource is None:
            return _unknown(asked, Step(vpc, "", "the VPC is not in the estate"))
        set_ = self._settings_of(resource)
        if set_.ends is not None:
            outcome, step = set_.ends
            return Resolution(name, vpc, outcome, (step,))
        bound = self._bindings(vpc)
        refused = self._filter(bound, asked)
        if refused.outcome is not Outcome.PUBLIC:
            return refused
        local = False
        for group in ranked(at_name(self._reader, self._model, bound, name), name):
            if local and group[0].kind is Kind.FORWARD:
                continue  # a system rule for a more specific domain keeps the query here
            found = self._decide(refused, group, set_.private, links)
            if found is not None:
                return found
            local = local or group[0].kind is Kind.FORWARD
        return self._public(refused, set_.private)

    def _filter(self, bound: Bindings, asked: Resolution) -> Resolution:
        """DNS Firewall, which every query meets first; PUBLIC: it passes."""
        found = firewall.verdicts(self._reader, bound.groups, bound.shared_groups, asked.name)
        permits = {each.permits for each in found}
        if permits == {True}:
            steps = tuple(each.step for each in found if each.step.key)
            return Resolution(asked.name, asked.vpc, Outcome.PUBLIC, steps)
        if permits == {False}:
            return Resolution(asked.name, asked.vpc, Outcome.BLOCKED, tuple(each.step for each in found))
        step = next(each.step for each in found if not each.permits)
        why = f"DNS Firewall may refuse it: {step.why}"
        return _unknown(asked, Step(step.key, firewall.CONTROL, why))

    def _decide(
        self, so_far: Resolution, group: list[Candidate], private: bool | Unknown, links: int
    ) -> Resolution | None:
        """What the most specific zones or rules say; None: they leave it to the next."""
        first = group[0]
        if first.kind is not Kind.FORWARD and private is not True:
            return self._without_host_names(so_far, group, private)
        for each in group:
            if each.doubt:
                return _unknown(so_far, Step(each.key, each.kind.value, each.doubt))
        if len(group) > 1:
            others = ", ".join(f"`{each.key}`" for each in group[1:])
            why = f"{others} has the same name: which of them answers is not documented"
            return _unknown(so_far, Step(first.key, first.kind.value, why))
        if first.kind is Kind.FORWARD:
            return self._forward(so_far, first, links)
        if first.kind is Kind.ENDPOINT:
            service = self._model.interface_endpoints[first.key].service
            step = Step(
                first.key, first.kind.value, f"private DNS of the endpoint to `{service}` has the name"
            )
            return _found(so_far, Outcome.ENDPOINT, step, endpoints=(first.key,))
        return self._zone(so_far, first, links)

    def _without_host_names(
        self, so_far: Resolution, group: list[Candidate], private: bool | Unknown
    ) -> Resolution | None:
        """Endpoints have no private names where the VPC has not both attributes; what a hosted zone does
        then is not said, only that both "must" be set."""
        if private is False and all(each.kind is Kind.ENDPOINT for each in group):
            return None
        why = "`EnableDnsHostnames` is not known" if private is not False else "`EnableDnsHostnames` is false"
        why += ", which private hosted zones need: whether this one answers is not known"
        return _unknown(so_far, Step(so_far.vpc, "VPC attribute", why))

    def _forward(self, so_far: Resolution, rule: Candidate, links: int) -> Resolution | None:
        """A forwarding rule: others answer; whose resolver that is can be known for another VPC's inbound
        endpoint ("Forwarding inbound DNS queries to your VPCs")."""
        resource = self._reader.estate.get(rule.key)
        properties = resource.properties if resource is not None else {}
        type = self._reader.text(properties.get("RuleType"))
        if isinstance(type, str) and _RULE_TYPES.get(type) is False:
            return None
        inbound = self._inbound(properties.get("TargetIps"))
        if type != "FORWARD" or inbound is None:
            why = "queries are forwarded to servers whose answers are not known"
            return _unknown(so_far, Step(rule.key, rule.kind.value, why))
        step = Step(rule.key, rule.kind.value, f"forwards to the inbound endpoint in `{inbound}`")
        return _after(so_far, step, self._ask(inbound, so_far.name, links + 1))

    def _inbound(self, targets: object) -> str | None:
        """The VPC whose resolver all targets are."""
        vpcs = {self._vpc_at(self._reader.text(at(each, "Ip"))) for each in _items(self._reader, targets)}
        return vpcs.pop() if len(vpcs) == 1 else None

    def _vpc_at(self, address: object) -> str | None:
        if not isinstance(address, str):
            return None
        for endpoint in self._reader.estate.of_type("AWS::Route53Resolver::ResolverEndpoint"):
            if self._reader.text(endpoint.properties.get("Direction")) != "INBOUND":
                continue
            for each in _items(self._reader, endpoint.properties.get("IpAddresses")):
                named = self._reader.named(at(each, "SubnetId"), endpoint)
                subnet = self._model.subnets.get(named) if isinstance(named, str) else None
                if subnet is not None and self._reader.text(at(each, "Ip")) == address:
                    return subnet.vpc
        return None

    def _zone(self, so_far: Resolution, zone: Candidate, links: int) -> Resolution:
        records = self._records.of(zone.key, so_far.name)
        control = zone.kind.value
        if isinstance(records, Unknown):
            return _unknown(so_far, Step(zone.key, control, records.reason))
        if not records:
            why = f"private hosted zone `{zone.domain}` has no record of the name, so it does not exist"
            return _found(so_far, Outcome.BLOCKED, Step(zone.key, control, why))
        keys: list[str] = []
        values: list[str] = []
        for record in records:
            for value in self._records.values(record):
                found = self._value(so_far, zone, record, value, links)
                if isinstance(found, Resolution):
                    return found
                (keys if found in self._model.interface_endpoints else values).append(found)
        if keys and not values:
            shown = ", ".join(f"`{key}`" for key in dict.fromkeys(keys))
            step = Step(zone.key, control, f"its record leads to {shown}")
            return _found(so_far, Outcome.ENDPOINT, step, endpoints=tuple(dict.fromkeys(keys)))
        step = Step(zone.key, control, f"its record says {', '.join(f'`{value}`' for value in values)}")
        return _found(so_far, Outcome.PRIVATE, step, endpoints=tuple(keys), values=tuple(values))

    def _value(
        self, so_far: Resolution, zone: Candidate, record: Record, value: object, links: int
    ) -> str | Resolution:
        """The endpoint that a record leads to, else what it says; an answer where that ends the search."""
        control = zone.kind.value
        if isinstance(value, Unknown) and value.part_of is not None:
            key = value.part_of.target
            if key in self._model.interface_endpoints and value.part_of.attribute == "DnsEntries":
                return key
        text = self._records.text(value)
        if not isinstance(text, str):
            reason = text.reason if text is not None else "it says nothing"
            return _unknown(
                so_far, Step(record.key, control, f"where the record leads is not known: {reason}")
            )
        name = plain(text)
        own = self._endpoint_named(name) or self._by_address.get(text)
        if own:
            return own
        if record.type != "CNAME":
            return text
        step = Step(zone.key, control, f"is another name of `{name}`")
        return _after(so_far, step, self._ask(so_far.vpc, name, links + 1))

    def _endpoint_named(self, name: str) -> str | None:
        """By AWS's name for it; empty if that endpoint is not in the estate."""
        return self._own_names.get(name) or endpoints.by_own_name(self._reader, self._model, name)

    @cached_property
    def _own_names(self) -> dict[str, str]:
        return endpoints.own_names(self._reader, self._model)

    @cached_property
    def _by_address(self) -> dict[str, str]:
        return {
            str(address): endpoint.key
            for endpoint in self._model.interface_endpoints.values()
            for key in endpoint.interfaces
            if key in self._model.interfaces
            for address in self._model.interfaces[key].addresses
        }

    def _public(self, so_far: Resolution, private: bool | Unknown) -> Resolution:
        """The "." rule: name servers of the internet answer ("Domain names that VPC Resolver creates
        autodefined system rules for")."""
        key = self._endpoint_named(so_far.name)
        if key is not None:
            if not key:
                return _unknown(
                    so_far, Step("", "", "it is the name of an endpoint that is not in the estate")
                )
            step = Step(key, "", "it is the endpoint's own name")
            return _found(so_far, Outcome.ENDPOINT, step, endpoints=(key,))
        if private is False:
            why = "`EnableDnsHostnames` is false: no endpoint's private name holds, so the internet answers"
            return _found(so_far, Outcome.PUBLIC, Step(so_far.vpc, "VPC attribute", why))
        why = "no endpoint, private zone or rule of the VPC has the name: the internet's name servers answer"
        return _found(so_far, Outcome.PUBLIC, Step(so_far.vpc, "", why))


def _items(reader: Reader, value: object) -> tuple[object, ...]:
    found = reader.items(value)
    return () if isinstance(found, Unknown) else found


def _unknown(so_far: Resolution, step: Step) -> Resolution:
    return Resolution(so_far.name, so_far.vpc, Outcome.UNKNOWN, (*so_far.steps, step))


def _found(
    so_far: Resolution,
    outcome: Outcome,
    step: Step,
    *,
    endpoints: tuple[str, ...] = (),
    values: tuple[str, ...] = (),
) -> Resolution:
    return Resolution(so_far.name, so_far.vpc, outcome, (*so_far.steps, step), endpoints, values)


def _after(so_far: Resolution, step: Step, then: Resolution) -> Resolution:
    steps = (*so_far.steps, step, *then.steps)
    return Resolution(so_far.name, so_far.vpc, then.outcome, steps, then.endpoints, then.values)


def resolve(estate: Estate, model: Model, subnet: str, name: str) -> Resolution:
    """What an instance in a subnet is told when it looks a name up. For many questions, keep a `Names`."""
    return Names(estate, model).resolve(subnet, name)
