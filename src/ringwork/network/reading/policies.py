"""Network Firewall policies: stateless and stateful rules in the order in which they are asked.

AWS: Network Firewall guide, "How stateless rules are evaluated" (groups by priority, rules by priority,
the first match decides), "Managing evaluation order for Suricata compatible rules" (strict: by group
priority, then in the order written; else pass, drop, reject, alert), "Stateful default actions",
"Defining rule actions".
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from ringwork.estate import Resource, Unknown
from ringwork.network.addresses import Prefix
from ringwork.network.model import FirewallPolicy, FirewallRule, Place, Verdict
from ringwork.network.packets import TCP
from ringwork.network.reading import suricata
from ringwork.network.reading.reader import Reader, at

POLICY, GROUP = "AWS::NetworkFirewall::FirewallPolicy", "AWS::NetworkFirewall::RuleGroup"
STATELESS = {"aws:pass": Verdict.PASS, "aws:drop": Verdict.DROP, "aws:forward_to_sfe": Verdict.FORWARD}
LISTS = {
    "ALLOWLIST": (Verdict.PASS, Verdict.DROP),
    "DENYLIST": (Verdict.DROP,),
    "REJECTLIST": (Verdict.REJECT,),
    "ALERTLIST": (Verdict.ALERT,),
}
"""what a domain list does, in order: an allow list drops what is of its protocols and not listed"""


@dataclass(slots=True)
class _Read:
    """A policy under construction."""

    stateless: list[FirewallRule]
    stateful: list[FirewallRule]
    unknown: str | None = None


def read_policies(
    reader: Reader, homes: Mapping[str, tuple[Prefix, ...] | None]
) -> dict[str, FirewallPolicy]:
    """`homes`: policy -> the blocks of the VPCs of its firewalls, where those are the same for all."""
    groups = {group.key: group for group in reader.estate.of_type(GROUP)}
    found = {}
    for resource in reader.estate.of_type(POLICY):
        given = resource.properties.get("FirewallPolicy")
        out = _Read([], [])
        if not isinstance(given, Mapping):
            out.unknown = "the policy is not known"
            reader.note(resource, out.unknown, "FirewallPolicy")
        variables = _sets(reader, at(given, "PolicyVariables", "RuleVariables"))
        home = homes.get(resource.key)
        if home is not None:
            variables.setdefault("HOME_NET", home)
        _stateless(reader, resource, given, groups, out)
        strict = reader.text(at(given, "StatefulEngineOptions", "RuleOrder"))
        if isinstance(strict, Unknown):
            out.unknown = out.unknown or f"the order of its rules is not known: {strict.reason}"
        _stateful(reader, resource, given, groups, variables, strict == "STRICT_ORDER", out)
        default = _verdict(reader, resource, "StatelessDefaultActions", given, out)
        actions = reader.items(at(given, "StatefulDefaultActions"))
        if isinstance(actions, Unknown):
            out.unknown, actions = out.unknown or actions.reason, ()
        found[resource.key] = FirewallPolicy(
            resource.key,
            tuple(out.stateless),
            default,
            tuple(out.stateful),
            strict == "STRICT_ORDER",
            frozenset(action for action in actions if isinstance(action, str)),
            out.unknown,
        )
    return found


def _verdict(reader: Reader, resource: Resource, name: str, given: object, out: _Read) -> Verdict:
    """The one standard action among stateless actions; custom ones beside it only publish."""
    verdict = _action(reader, at(given, name))
    if verdict is None:
        out.unknown = out.unknown or "its default action is not known"
        reader.note(resource, out.unknown, "FirewallPolicy", name)
        return Verdict.FORWARD
    return verdict


def _action(reader: Reader, value: object) -> Verdict | None:
    actions = reader.items(value)
    if isinstance(actions, Unknown):
        return None
    standard = [STATELESS[each] for each in actions if isinstance(each, str) and each in STATELESS]
    return standard[0] if standard else None


def _references(
    reader: Reader, resource: Resource, given: object, name: str, groups: Mapping[str, Resource], out: _Read
) -> list[tuple[int, object, Resource | None]]:
    """Rule groups by priority: (priority, reference, group if it is in the estate)."""
    listed = reader.items(at(given, name))
    if isinstance(listed, Unknown):
        out.unknown = out.unknown or listed.reason
        return []
    found: list[tuple[int, object, Resource | None]] = []
    for index, reference in enumerate(listed):
        priority = reader.number(at(reference, "Priority"))
        named = reader.named(at(reference, "ResourceArn"), resource)
        if isinstance(priority, Unknown):
            out.unknown = out.unknown or f"a priority is not known: {priority.reason}"
        group = groups.get(named) if isinstance(named, str) else None
        if group is None:
            reason = named.reason if isinstance(named, Unknown) else "it is no rule group"
            reader.note(resource, f"a rule group is not known: {reason}", "FirewallPolicy", name, index)
        found.append((priority if isinstance(priority, int) else index, reference, group))
    return sorted(found, key=lambda each: each[0])


# --- stateless rules


def _stateless(
    reader: Reader, resource: Resource, given: object, groups: Mapping[str, Resource], out: _Read
) -> None:
    for _, _, group in _references(reader, resource, given, "StatelessRuleGroupReferences", groups, out):
        if group is None:
            out.unknown = out.unknown or "a stateless rule group is not in the estate"
            continue
        path = ("RuleGroup", "RulesSource", "StatelessRulesAndCustomActions", "StatelessRules")
        rules = reader.members(group, *path)
        if isinstance(rules, Unknown):
            out.unknown = out.unknown or rules.reason
            continue
        numbered = []
        for index, rule in enumerate(rules):
            priority = reader.number(at(rule, "Priority"))
            if not isinstance(priority, int):
                out.unknown = out.unknown or "a rule's priority is not known"
            numbered.append((priority if isinstance(priority, int) else index, index, rule))
        for _, index, rule in sorted(numbered, key=lambda each: each[:2]):
            verdict = _action(reader, at(rule, "RuleDefinition", "Actions"))
            if verdict is None:
                out.unknown = out.unknown or "a rule's action is not known"
                reader.note(group, "a rule's action is not known", *path, index)
                continue
            match = at(rule, "RuleDefinition", "MatchAttributes")
            sources, certain = _cidrs(reader, at(match, "Sources"))
            destinations, sure = _cidrs(reader, at(match, "Destinations"))
            certain = certain and sure
            source_ports, sure = _ranges(reader, at(match, "SourcePorts"))
            certain = certain and sure
            destination_ports, sure = _ranges(reader, at(match, "DestinationPorts"))
            certain = certain and sure
            protocols, sure = _numbers(reader, at(match, "Protocols"))
            # rules that look at TCP flags match some packets of a connection
            certain = certain and sure and not at(match, "TCPFlags")
            out.stateless.append(
                FirewallRule(
                    len(out.stateless) + 1,
                    verdict,
                    protocols,
                    sources,
                    destinations,
                    source_ports,
                    destination_ports,
                    Place(group.key, (*path, index)),
                    certain=certain,
                )
            )


def _cidrs(reader: Reader, value: object) -> tuple[tuple[Prefix, ...], bool]:
    listed = reader.items(value)
    if isinstance(listed, Unknown):
        return (), False
    found = [reader.prefix(at(each, "AddressDefinition")) for each in listed]
    if all(isinstance(each, Prefix) for each in found):
        return tuple(each for each in found if isinstance(each, Prefix)), True
    return (), False


def _ranges(reader: Reader, value: object) -> tuple[tuple[tuple[int, int], ...], bool]:
    listed = reader.items(value)
    if isinstance(listed, Unknown):
        return (), False
    found = []
    for each in listed:
        low, high = reader.number(at(each, "FromPort")), reader.number(at(each, "ToPort"))
        if not isinstance(low, int) or not isinstance(high, int) or not 0 <= low <= high <= 65535:
            return (), False
        found.append((low, high))
    return tuple(found), True


def _numbers(reader: Reader, value: object) -> tuple[frozenset[int], bool]:
    listed = reader.items(value)
    if isinstance(listed, Unknown):
        return frozenset(), False
    found = [reader.number(each) for each in listed]
    if all(isinstance(each, int) for each in found):
        return frozenset(each for each in found if isinstance(each, int)), True
    return frozenset(), False


# --- stateful rules


def _stateful(
    reader: Reader,
    resource: Resource,
    given: object,
    groups: Mapping[str, Resource],
    variables: Mapping[str, tuple[Prefix, ...] | None],
    strict: bool,
    out: _Read,
) -> None:
    listed = _references(reader, resource, given, "StatefulRuleGroupReferences", groups, out)
    for _, reference, group in listed:
        override = at(reference, "Override", "Action") == "DROP_TO_ALERT"
        if group is None:
            arn = reader.text(at(reference, "ResourceArn"))
            place = Place(resource.key, ("FirewallPolicy", "StatefulRuleGroupReferences"))
            if isinstance(arn, str) and ":aws-managed:" in arn:
                # guide, "AWS managed rule groups": threat signatures that drop, domains that are denied
                verdict = Verdict.ALERT if override else Verdict.DROP
                _append(out, suricata.Header(verdict, frozenset(), (), (), (), (), True, False), place)
            else:
                out.unknown = out.unknown or "a stateful rule group is not in the estate"
            continue
        own = at(group.properties, "RuleGroup", "RuleVariables")
        sets = {**variables, **_sets(reader, own)}
        ports = _port_sets(own)
        for header, place in _group(reader, group, sets, ports, out):
            if override and header.verdict in (Verdict.DROP, Verdict.REJECT):
                continue
            _append(out, header, place)


def _append(out: _Read, header: suricata.Header, place: Place) -> None:
    out.stateful.append(
        FirewallRule(
            len(out.stateful) + 1,
            header.verdict,
            header.protocols,
            header.sources,
            header.destinations,
            header.source_ports,
            header.destination_ports,
            place,
            header.both_ways,
            header.certain,
        )
    )


def _group(
    reader: Reader, group: Resource, sets: suricata.Sets, ports: suricata.Ports, out: _Read
) -> Iterable[tuple[suricata.Header, Place]]:
    path = ("RuleGroup", "RulesSource")
    source = at(group.properties, *path)
    if not isinstance(source, Mapping):
        out.unknown = out.unknown or f"the rules of `{group.name}` are not known"
        reader.note(group, "its rules are not known", *path)
        return
    if source.get("StatefulRules") is not None:
        rules = reader.members(group, *path, "StatefulRules")
        if isinstance(rules, Unknown):
            out.unknown = out.unknown or rules.reason
            rules = ()
        for index, rule in enumerate(rules):
            header = _five(reader, rule, sets, ports)
            if header is None:
                out.unknown = out.unknown or "a stateful rule is not known"
                reader.note(group, "a rule is not known", *path, "StatefulRules", index)
                continue
            yield header, Place(group.key, (*path, "StatefulRules", index))
    if source.get("RulesSourceList") is not None:
        home = sets.get("HOME_NET") or ()
        kind = reader.text(at(source, "RulesSourceList", "GeneratedRulesType"))
        verdicts = LISTS.get(kind) if isinstance(kind, str) else None
        if verdicts is None:
            out.unknown = out.unknown or f"the domain list of `{group.name}` is of a kind not known"
            reader.note(group, "the kind of the domain list is not known", *path, "RulesSourceList")
        for verdict in verdicts or ():
            place = Place(group.key, (*path, "RulesSourceList"))
            yield (
                suricata.Header(verdict, frozenset((TCP,)), tuple(home), (), (), (), False, False),
                place,
            )
    if source.get("RulesString") is not None:
        text = reader.text(source.get("RulesString"))
        place = Place(group.key, (*path, "RulesString"))
        if not isinstance(text, str):
            out.unknown = out.unknown or f"the rules of `{group.name}` are not known"
            reader.note(group, "its rules are not known", *path, "RulesString")
            return
        headers, lost = suricata.parse(text, sets, ports)
        if lost is not None:
            out.unknown = out.unknown or lost
            reader.note(group, lost, *path, "RulesString")
        for header in headers:
            yield header, place


def _five(reader: Reader, rule: object, sets: suricata.Sets, ports: suricata.Ports) -> suricata.Header | None:
    """A standard stateful rule: its header, and options by their keywords."""
    words = {
        name: reader.text(at(rule, "Header", name))
        for name in ("Protocol", "Source", "SourcePort", "Direction", "Destination", "DestinationPort")
    }
    action = reader.text(at(rule, "Action"))
    if not isinstance(action, str) or not all(isinstance(word, str) for word in words.values()):
        return None
    text = {name: str(word) for name, word in words.items()}
    listed = reader.items(at(rule, "RuleOptions"))
    options = set()
    for option in () if isinstance(listed, Unknown) else listed:
        keyword = at(option, "Keyword")
        options.add(keyword.partition(":")[0].strip().lower() if isinstance(keyword, str) else "?")
    if isinstance(listed, Unknown):
        options.add("?")
    return suricata.read_header(
        action,
        text["Protocol"],
        (text["Source"], text["SourcePort"]),
        (text["Destination"], text["DestinationPort"]),
        text["Direction"].upper() == "ANY",
        options,
        sets,
        ports,
    )


def _sets(reader: Reader, variables: object) -> dict[str, tuple[Prefix, ...] | None]:
    """Sets of addresses by name: those of a rule group in `IPSets`, those of a policy beside it."""
    found: dict[str, tuple[Prefix, ...] | None] = {}
    named = at(variables, "IPSets")
    if named is None:
        named = variables
    if not isinstance(named, Mapping):
        return found
    for name, value in named.items():
        definition = reader.items(at(value, "Definition"))
        if isinstance(definition, Unknown):
            found[name] = None
            continue
        prefixes = [reader.prefix(each) for each in definition]
        found[name] = (
            tuple(each for each in prefixes if isinstance(each, Prefix))
            if all(isinstance(each, Prefix) for each in prefixes)
            else None
        )
    return found


def _port_sets(variables: object) -> dict[str, tuple[tuple[int, int], ...] | None]:
    found: dict[str, tuple[tuple[int, int], ...] | None] = {}
    named = at(variables, "PortSets")
    for name, value in named.items() if isinstance(named, Mapping) else ():
        definition = at(value, "Definition")
        ranges: list[tuple[int, int]] | None = []
        for each in definition if isinstance(definition, (tuple, list)) else ():
            low, colon, high = str(each).partition(":")
            if not low.isdigit() or (colon and not high.isdigit()):
                ranges = None
                break
            if ranges is not None:
                ranges.append((int(low), int(high) if colon else int(low)))
        found[str(name)] = None if ranges is None else tuple(ranges)
    return found
