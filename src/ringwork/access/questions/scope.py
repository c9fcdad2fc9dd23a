"""Which requests a resource's policy is about: ARNs that it covers, services whose actions it decides."""

from __future__ import annotations

import functools

from ringwork.access import catalogue
from ringwork.access.authority import Guarded
from ringwork.access.policy import Policy
from ringwork.access.symbolic.actions import bits as reached
from ringwork.access.symbolic.actions import everything, extra, known
from ringwork.access.symbolic.statements import clauses
from ringwork.access.symbolic.words import OVERLAP, language, relation


def scope(resource: Guarded) -> tuple[str, ...]:
    """Patterns of the ARNs that a resource's policy covers: itself and what lies in it."""
    if resource.covers:
        return resource.covers
    arn = resource.arn.removesuffix(":*")
    if ":sagemaker:" in arn and ":model-package-group/" in arn:
        # SageMaker developer guide, "Model groups": the group's policy covers its packages
        return arn, arn.replace(":model-package-group/", ":model-package/", 1) + "/*"
    if resource.policy_kind in ("trust", "key"):
        return (arn,)
    if ":codeartifact:" in arn and ":repository/" in arn:
        # CodeArtifact user guide, "Repository policies": of the packages as well
        return arn, f"{arn}/*", arn.replace(":repository/", ":package/", 1) + "/*"
    if ":events:" in arn and ":event-bus/" in arn:
        # EventBridge user guide, "Permissions for event buses": of the rules as well
        return arn, arn.replace(":event-bus/", ":rule/", 1) + "/*"
    return arn, f"{arn}/*", f"{arn}:*"


def service_of(resource: Guarded) -> frozenset[str]:
    """The prefixes of the actions that a resource's policy is about."""
    if resource.policy_kind == "trust":
        return frozenset(("sts",))
    found: frozenset[str] = frozenset()
    for arn in resource.covers or (resource.arn,):
        parts = arn.split(":")
        name = parts[2] if len(parts) > 2 else ""
        found |= _prefixes().get(name, frozenset()) | {name} if name else frozenset(catalogue.services())
    return found


@functools.cache
def _prefixes() -> dict[str, frozenset[str]]:
    """Service in an ARN -> prefixes of the actions that take such resources, by the Service Authorization
    Reference: `vpc-lattice-svcs:Invoke` takes a resource of `vpc-lattice`."""
    found: dict[str, set[str]] = {"s3": {"s3-object-lambda"}, "es": {"opensearch"}}
    for prefix in catalogue.services():
        for kind in catalogue.resource_types(prefix).values():
            parts = str(kind.get("arn", "")).split(":")
            if len(parts) > 2 and prefix not in _OF_OTHERS:
                found.setdefault(parts[2], set()).add(prefix)
    return {name: frozenset(prefixes) for name, prefixes in found.items()}


_OF_OTHERS = frozenset(("ssm", "wafv2", "events", "kinesis", "ec2"))
"""services that name resources of others in passing: their policies say nothing of these actions"""


@functools.lru_cache(maxsize=2_000)
def named(patterns: tuple[str, ...], negated: bool) -> frozenset[str]:
    """The prefixes of the actions that patterns of a statement name."""
    added = extra(patterns)
    bits = 0
    for pattern in patterns:
        bits |= reached(pattern, added)
    if negated:
        bits = everything(added) & ~bits
    return services_of(bits, added)


def services_of(bits: int, added: tuple[str, ...]) -> frozenset[str]:
    """The prefixes of actions."""
    universe = known()
    found = set()
    for prefix, places in universe.by_service.items():
        if places and bits & ((1 << (places[-1] + 1)) - (1 << places[0])):
            found.add(prefix)
    start = len(universe.names)
    for place, name in enumerate(added):
        if bits >> (start + place) & 1:
            found.add(name.partition(":")[0])
    return frozenset(found)


def services(match: Policy) -> frozenset[str]:
    """The prefixes of the actions that a question is about."""
    found: frozenset[str] = frozenset()
    for clause in clauses(match):
        found |= named(clause.patterns, clause.not_actions)
    return found


def concerns(match: Policy, resource: Guarded) -> bool:
    """Whether some request that a question is about is one for a resource."""
    return bool(service_of(resource) & services(match)) and overlaps(resource, match)


def overlaps(resource: Guarded, match: Policy) -> bool:
    """Whether some resource that the policy covers is one that the question is about."""
    for clause in clauses(match):
        if clause.anything or clause.not_resources or clause.variable:
            return True
        for pattern in scope(resource):
            covered = language("resource", pattern)
            if any(relation(covered, one) & OVERLAP for one in clause.languages):
                return True
    return False
