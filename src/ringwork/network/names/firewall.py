"""Route 53 Resolver DNS Firewall: what a VPC's resolver refuses to look up.

Route 53 guide, "How Route 53 Resolver DNS Firewall works"
(https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/resolver-dns-firewall-overview.html); API
reference, AssociateFirewallRuleGroup, Priority: "DNS Firewall filters VPC traffic starting from the rule
group with the lowest numeric priority setting"; FirewallRule, Priority: the same among the rules of a group.
The first rule that matches decides; ALLOW and ALERT permit; a query that no rule matches is permitted. Domain
lists: a name matches itself only, `*` at the beginning stands for any labels before it (API reference,
UpdateFirewallDomains). Qtype: the rule looks at queries of one type. Which of a Profile's groups and the
VPC's own come first is not documented: both orders are tried.

What of a chain of public CNAMEs is inspected (`FirewallDomainRedirectionAction`) is not decided: alias
records and AWS's Regional names are no chains.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from ringwork.estate import Resource, Unknown
from ringwork.network.names.answer import Step
from ringwork.network.names.meaning import means
from ringwork.network.names.services import plain
from ringwork.network.reading.reader import Reader, at

ASSOCIATION = "AWS::Route53Resolver::FirewallRuleGroupAssociation"
CONTROL = "DNS Firewall"
PERMITS = {"ALLOW": True, "ALERT": True, "BLOCK": False}
QTYPES = ("A", "1", "TYPE1")
"""What is asked: IPv4 addresses (RFC 1035)."""


@dataclass(frozen=True, slots=True)
class Bound:
    """A rule group as it is bound to a VPC."""

    group: Resource | None
    """None: not in the estate"""
    key: str
    """what binds it"""
    priority: int | None
    """None: not known"""


def bound(reader: Reader, vpc: str) -> Iterator[Bound]:
    """The VPC's own."""
    for association in reader.estate.of_type(ASSOCIATION):
        ours = means(reader, association.properties.get("VpcId"), association, vpc)
        if ours is not False:
            named = reader.named(association.properties.get("FirewallRuleGroupId"), association)
            priority = reader.number(association.properties.get("Priority"))
            group = reader.estate.get(named) if isinstance(named, str) and ours else None
            yield Bound(group, association.key, priority if isinstance(priority, int) else None)


@dataclass(frozen=True, slots=True)
class Verdict:
    permits: bool | None
    """None: not known"""
    step: Step


def verdicts(reader: Reader, own: Iterable[Bound], shared: Iterable[Bound], name: str) -> tuple[Verdict, ...]:
    """All that may decide, at least one. `own`: the VPC's groups; `shared`: those of its Profiles."""
    first, second = list(own), list(shared)
    found = list(_walk(reader, [*_ordered(first), *_ordered(second)], name))
    if first and second:
        found += _walk(reader, [*_ordered(second), *_ordered(first)], name)
    return tuple(dict.fromkeys(found))


def _ordered(groups: list[Bound]) -> list[Bound]:
    return sorted(groups, key=lambda each: each.priority if each.priority is not None else -1)


def _walk(reader: Reader, groups: list[Bound], name: str) -> Iterator[Verdict]:
    """The steps that may be first; ends with one that surely matches, or with one that permits."""
    if len(groups) > 1 and any(each.priority is None for each in groups):
        yield _unknown(groups[0].key, "the order of the rule groups is not known")
        return
    for each in groups:
        if each.group is None:
            yield _unknown(each.key, "the rules of a group are not known")
            continue
        rules = reader.items(each.group.properties.get("FirewallRules"))
        if isinstance(rules, Unknown):
            yield _unknown(each.group.key, f"its rules are not known: {rules.reason}")
            continue
        for rule in sorted(rules, key=lambda rule: _priority(reader, rule)):
            matches = _matches(reader, each.group, rule, name)
            if matches is False:
                continue
            yield _judged(reader, each.group, rule, matches)
            if matches:
                return
    yield Verdict(True, Step("", CONTROL, "no rule matches"))


def _priority(reader: Reader, rule: object) -> int:
    found = reader.number(at(rule, "Priority"))
    return found if isinstance(found, int) else -1


def _unknown(key: str, why: str) -> Verdict:
    return Verdict(None, Step(key, CONTROL, why))


def _judged(reader: Reader, group: Resource, rule: object, matches: bool | None) -> Verdict:
    action = reader.text(at(rule, "Action"))
    if not isinstance(action, str) or action not in PERMITS:
        return _unknown(group.key, "what a matching rule does is not known")
    told = f"rule {_priority(reader, rule)}" + ("" if matches else ", if it matches,")
    return Verdict(PERMITS[action], Step(group.key, CONTROL, f"{told} says {action}"))


def _matches(reader: Reader, group: Resource, rule: object, name: str) -> bool | None:
    """None: it may or may not."""
    qtype = reader.text(at(rule, "Qtype"))
    if isinstance(qtype, str) and qtype.upper() not in QTYPES:
        return False
    if not isinstance(rule, Mapping) or rule.get("FirewallDomainListId") is None:
        return None  # DNS Firewall Advanced: what it takes for an attack is not known
    named = reader.named(rule["FirewallDomainListId"], group)
    found = reader.estate.get(named) if isinstance(named, str) else None
    domains = (
        reader.items(found.properties.get("Domains")) if found is not None else Unknown("a managed list")
    )
    if isinstance(domains, Unknown) or (not domains and found is not None):
        return None
    texts = [reader.text(domain) for domain in domains]
    if any(isinstance(text, str) and covers(plain(text), name) for text in texts):
        return None if isinstance(qtype, Unknown) else True
    return None if any(isinstance(text, Unknown) for text in texts) else False


def covers(domain: str, name: str) -> bool:
    """Whether an entry of a domain list has a name."""
    return name.endswith(domain[1:]) if domain.startswith("*") else name == domain
