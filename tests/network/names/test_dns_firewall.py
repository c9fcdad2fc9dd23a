"""Expected values: Route 53 guide, "How Route 53 Resolver DNS Firewall works", "Rule actions in DNS
Firewall"; API reference, Priority of AssociateFirewallRuleGroup and of FirewallRule (the lowest first),
CreateFirewallRule (Qtype), UpdateFirewallDomains (what a domain may look like)."""

from __future__ import annotations

from typing import Any

import pytest

from ringwork.network.names import Outcome

from .estates import API, REGION, asked, endpoint, key, ref, vpc

SERVICE = f"com.amazonaws.{REGION}.sagemaker.api"
Rule = tuple[str, list[str] | str, int]


def _group(name: str, priority: int, *rules: Rule, **more: Any) -> dict[str, tuple[str, dict[str, Any]]]:
    """Rules: action, domains or the id of a list, priority."""
    made: dict[str, tuple[str, dict[str, Any]]] = {}
    listed = []
    for index, (action, domains, order) in enumerate(rules):
        named: object = domains
        if isinstance(domains, list):
            made[f"{name}List{index}"] = ("Route53Resolver::FirewallDomainList", {"Domains": domains})
            named = ref(f"{name}List{index}")
        rule = {"Action": action, "Priority": order, "FirewallDomainListId": named, **more}
        listed.append({**rule, **({"BlockResponse": "NXDOMAIN"} if action == "BLOCK" else {})})
    bound = {"FirewallRuleGroupId": ref(name), "VpcId": ref("Vpc"), "Priority": priority, "Name": name}
    made[name] = ("Route53Resolver::FirewallRuleGroup", {"FirewallRules": listed})
    made[f"{name}Bound"] = ("Route53Resolver::FirewallRuleGroupAssociation", bound)
    return made


def _asked(*groups: dict[str, tuple[str, dict[str, Any]]], name: str = API) -> Outcome:
    network = {**vpc(), "Api": endpoint(SERVICE)}
    for group in groups:
        network.update(group)
    return asked(network, name).outcome


def test_the_rule_with_the_lowest_priority_that_matches_decides() -> None:
    allow: Rule = ("ALLOW", [API], 100)
    assert _asked(_group("G", 200, allow, ("BLOCK", ["*"], 9000))) is Outcome.ENDPOINT
    assert _asked(_group("G", 200, ("ALLOW", [API], 9000), ("BLOCK", ["*"], 100))) is Outcome.BLOCKED


def test_the_group_with_the_lowest_priority_comes_first() -> None:
    allow, block = ("ALLOW", [API], 1), ("BLOCK", ["*"], 1)
    assert _asked(_group("G", 200, allow), _group("H", 300, block)) is Outcome.ENDPOINT
    assert _asked(_group("G", 300, allow), _group("H", 200, block)) is Outcome.BLOCKED


def test_an_alert_permits() -> None:
    """ "ALERT - Permit the request to go through but send an alert to the logs" """
    assert _asked(_group("G", 200, ("ALERT", ["*"], 1), ("BLOCK", ["*"], 2))) is Outcome.ENDPOINT


def test_what_no_rule_names_is_permitted() -> None:
    assert _asked(_group("G", 200, ("BLOCK", ["example.com"], 1))) is Outcome.ENDPOINT


@pytest.mark.parametrize(
    ("domain", "refused"),
    [
        (API, True),
        ("*.amazonaws.com", True),
        ("*", True),
        ("amazonaws.com", False),
        (f"*.{API}", False),
        (f"{API}.", True),
    ],
)
def test_a_domain_is_itself_and_a_star_is_what_comes_before(domain: str, refused: bool) -> None:
    outcome = _asked(_group("G", 200, ("BLOCK", [domain], 1)))
    assert outcome is (Outcome.BLOCKED if refused else Outcome.ENDPOINT)


def test_a_rule_for_other_types_of_query_does_not_matter() -> None:
    assert _asked(_group("G", 200, ("BLOCK", ["*"], 1), Qtype="TXT")) is Outcome.ENDPOINT
    assert _asked(_group("G", 200, ("BLOCK", ["*"], 1), Qtype="A")) is Outcome.BLOCKED


def test_a_list_of_awss_may_have_the_name() -> None:
    """AWS does not publish what its managed lists hold ("Managed Domain Lists")."""
    managed: Rule = ("BLOCK", "rslvr-fdl-0123456789abcdef", 1)
    assert _asked(_group("G", 200, managed)) is Outcome.UNKNOWN
    assert _asked(_group("G", 200, managed, ("BLOCK", ["*"], 2))) is Outcome.BLOCKED
    assert _asked(_group("G", 200, ("ALLOW", [API], 0), managed)) is Outcome.ENDPOINT


def test_the_group_that_refuses_is_named() -> None:
    network = {**vpc(), "Api": endpoint(SERVICE), **_group("G", 200, ("BLOCK", ["*"], 1))}
    assert asked(network).decided_by == key("Route53Resolver::FirewallRuleGroup", "G")
