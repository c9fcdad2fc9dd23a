"""The accounts of an estate, and what watches and guards each."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from ringwork.estate import Estate, Resource
from ringwork.report import words


@dataclass(frozen=True, slots=True)
class Account:
    id: str
    name: str
    """as Ringwork's stacks call it; empty: not known"""
    team: bool
    """whether an environment of a team is in it"""
    guards: tuple[str, ...]
    """in words, each once: `GuardDuty`, `organization trail`, `12 policies`"""
    keys: tuple[str, ...]
    """of the resources behind `guards`"""


def _trail(resource: Resource) -> str:
    return "organization trail" if resource.properties.get("IsOrganizationTrail") is True else "CloudTrail"


def _policy(resource: Resource) -> str:
    """AWS Organizations, Policy, `Type`."""
    names = {
        "SERVICE_CONTROL_POLICY": "SCP",
        "RESOURCE_CONTROL_POLICY": "RCP",
        "DECLARATIVE_POLICY_EC2": "declarative policy",
        "AISERVICES_OPT_OUT_POLICY": "AI opt-out policy",
    }
    return names.get(str(resource.properties.get("Type")), "policy")


_ONCE: Mapping[str, str | Callable[[Resource], str]] = {
    "AWS::CloudTrail::Trail": _trail,
    "AWS::GuardDuty::Detector": "GuardDuty",
    "AWS::Macie::Session": "Macie",
    "AWS::SecurityHub::Hub": "Security Hub",
    "AWS::SecurityHub::HubV2": "Security Hub",
    "AWS::Config::ConfigurationRecorder": "Config",
    "AWS::Config::ConfigurationAggregator": "Config aggregator",
    "AWS::AccessAnalyzer::Analyzer": "Access Analyzer",
    "AWS::InspectorV2::CisScanConfiguration": "Inspector",
    "AWS::InspectorV2::Filter": "Inspector",
    "AWS::EC2::VPCBlockPublicAccessOptions": "VPC Block Public Access",
}
"""Type -> what a reader calls it; said once for each account."""
_COUNTED: Mapping[str, str | Callable[[Resource], str]] = {
    "AWS::Organizations::Policy": _policy,
    "AWS::SSO::PermissionSet": "permission set",
    "AWS::RAM::ResourceShare": "resource share",
    "AWS::Events::Rule": "event rule",
    "AWS::CloudWatch::Alarm": "alarm",
}
"""Type -> one of them."""


def accounts(estate: Estate) -> tuple[Account, ...]:
    """Every account with a resource: those of no team first, then by name."""
    names: dict[str, Counter[str]] = defaultdict(Counter)
    teams: set[str] = set()
    for account, name, team in _stacks(estate).values():
        names[account][name] += 1
        if team:
            teams.add(account)
    once: dict[str, dict[str, None]] = defaultdict(dict)
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    keys: dict[str, list[str]] = defaultdict(list)
    for type, told in _ONCE.items():
        for resource in estate.of_type(type):
            once[resource.account or ""][told if isinstance(told, str) else told(resource)] = None
            keys[resource.account or ""].append(resource.key)
    for type, words_of in _COUNTED.items():
        for resource in estate.of_type(type):
            one = words_of if isinstance(words_of, str) else words_of(resource)
            counts[resource.account or ""][one] += 1
            keys[resource.account or ""].append(resource.key)
    locked = Counter(
        bucket.account or ""
        for bucket in estate.of_type("AWS::S3::Bucket")
        if bucket.properties.get("ObjectLockEnabled") is True
    )
    found = []
    for id in dict.fromkeys(resource.account or "" for resource in estate.resources):
        guards = list(once[id])
        guards += [f"{count} {_several(one, count)}" for one, count in counts[id].items()]
        if locked[id]:
            guards.append(f"{locked[id]} {_several('locked bucket', locked[id])}")
        called = names[id]
        name = next(iter(called)) if len(called) == 1 else ("main" if "main" in called else "")
        found.append(Account(id, name, id in teams, tuple(guards), tuple(keys[id])))
    return tuple(sorted(found, key=lambda a: (a.team, a.name or "~", a.id)))


def _several(one: str, count: int) -> str:
    if count == 1:
        return one
    return f"{one[:-1]}ies" if one.endswith("y") else f"{one}s"


def _stacks(estate: Estate) -> Mapping[str, tuple[str, str, bool]]:
    """Stack -> account, what the stack is of, and whether that is a team's environment.

    Ringwork's stacks are `ringwork-ORGANIZATION-NAME-RING`, and their resources' tags say organization and
    ring. Others say nothing of an account's name.
    """
    found: dict[str, tuple[str, str, bool]] = {}
    for resource in estate.resources:
        if resource.logical is None:
            continue
        stack = f"{resource.account}/{resource.region}/{resource.logical.stack}"
        if stack in found or "Tags" not in resource.properties:
            continue
        tags = words.tags(estate, resource)
        start = f"ringwork-{tags.get('ringwork:organization', '')}-"
        end = f"-{tags.get('ringwork:ring', '')}"
        name = resource.logical.stack
        if name.startswith(start) and name.endswith(end) and len(name) > len(start) + len(end):
            place = name.removeprefix(start).removesuffix(end)
            found[stack] = (resource.account or "", place, "ringwork:team" in tags)
    return found
