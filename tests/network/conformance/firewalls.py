"""Firewalls and their policies: rule groups as Network Firewall's API has them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from tests.network.conformance.cases import UntranslatedError
from tests.network.conformance.writing import Writing

_STATELESS = {"pass": "aws:pass", "drop": "aws:drop", "forward_to_sfe": "aws:forward_to_sfe"}
_STATEFUL = frozenset({"pass", "drop", "reject", "alert"})
_PROTOCOLS = {"tcp": 6, "udp": 17, "icmp": 1}
_POLICY = frozenset({"stateless", "stateless_default", "stateful", "stateful_default", "order"})


def firewalls(out: Writing, full: Mapping[str, Any]) -> None:
    for name, firewall in full["firewalls"].items():
        vpc = firewall["vpc"]
        _policy(out, name, firewall["policy"], vpc)
        endpoints = tuple(
            f"{out.region(vpc)}{full['subnets'][subnet]['az']}:vpce-{name}-{subnet}"
            for subnet in firewall["subnets"]
        )
        properties = {
            "FirewallName": name,
            "FirewallPolicyArn": out.ref("policy", f"policy-{name}"),
            "VpcId": out.ref("vpc", vpc),
            "SubnetMappings": tuple({"SubnetId": out.ref("subnet", s)} for s in firewall["subnets"]),
        }
        out.add("firewall", name, properties, {"EndpointIds": endpoints}, vpc=vpc)


def _policy(out: Writing, name: str, policy: Mapping[str, Any], vpc: str) -> None:
    unknown = policy.keys() - _POLICY
    if unknown:
        raise UntranslatedError(f"the policy's `{sorted(unknown)[0]}` is not known")
    order = policy.get("order", "DEFAULT_ACTION_ORDER")
    default = _STATELESS[policy["stateless_default"]]
    written: dict[str, Any] = {
        "StatelessDefaultActions": (default,),
        "StatelessFragmentDefaultActions": (default,),
        "StatefulEngineOptions": {"RuleOrder": order},
    }
    if policy.get("stateless"):
        rules = tuple(_stateless(rule) for rule in policy["stateless"])
        source = {"StatelessRulesAndCustomActions": {"StatelessRules": rules}}
        _group(out, f"{name}-stateless", "STATELESS", {"RulesSource": source}, vpc)
        reference = {"ResourceArn": out.ref("rules", f"{name}-stateless"), "Priority": 1}
        written["StatelessRuleGroupReferences"] = (reference,)
    if policy.get("stateful"):
        rules = tuple(_stateful(rule, number) for number, rule in enumerate(policy["stateful"], 1))
        group = {
            "RulesSource": {"StatefulRules": rules},
            "StatefulRuleOptions": {"RuleOrder": order},
        }
        _group(out, f"{name}-stateful", "STATEFUL", group, vpc)
        reference = {"ResourceArn": out.ref("rules", f"{name}-stateful")}
        if order == "STRICT_ORDER":
            reference["Priority"] = 1
        written["StatefulRuleGroupReferences"] = (reference,)
    if "stateful_default" in policy:
        written["StatefulDefaultActions"] = tuple(policy["stateful_default"])
    properties = {"FirewallPolicyName": f"policy-{name}", "FirewallPolicy": written}
    out.add("policy", f"policy-{name}", properties, vpc=vpc)


def _group(out: Writing, name: str, kind: str, group: Mapping[str, Any], vpc: str) -> None:
    properties = {"RuleGroupName": name, "Type": kind, "Capacity": 100, "RuleGroup": group}
    out.add("rules", name, properties, vpc=vpc)


def _stateless(rule: Sequence[Any]) -> dict[str, Any]:
    priority, action, protocol, source, destination, ports = rule
    match: dict[str, Any] = {
        "Sources": ({"AddressDefinition": _stateless_block(source)},),
        "Destinations": ({"AddressDefinition": _stateless_block(destination)},),
    }
    if protocol not in ("ip", "any", None):
        match["Protocols"] = (_PROTOCOLS[protocol],)
    if ports is not None:
        match["DestinationPorts"] = ({"FromPort": ports[0], "ToPort": ports[1]},)
    definition = {"Actions": (_STATELESS[action],), "MatchAttributes": match}
    return {"Priority": priority, "RuleDefinition": definition}


def _stateless_block(word: str) -> str:
    return "0.0.0.0/0" if word == "any" else word


def _stateful(rule: Sequence[Any], number: int) -> dict[str, Any]:
    action, protocol, source, destination, port = rule
    if action not in _STATEFUL:
        raise UntranslatedError(f"the stateful action `{action}` is not known")
    return {
        "Action": action.upper(),
        "Header": {
            "Protocol": protocol.upper(),
            "Source": source.upper() if source == "any" else source,
            "SourcePort": "ANY",
            "Direction": "FORWARD",
            "Destination": destination.upper() if destination == "any" else destination,
            "DestinationPort": "ANY" if port is None else str(port),
        },
        "RuleOptions": ({"Keyword": "sid", "Settings": (str(number),)},),
    }
