"""Which requests a resource's policy is about: ARNs that it covers, services whose actions it decides."""

from __future__ import annotations

import functools

from ringwork.access.authority import Guarded
from ringwork.access.policy import Policy
from ringwork.access.symbolic.actions import bits as reached
from ringwork.access.symbolic.actions import everything, extra, known
from ringwork.access.symbolic.statements import clauses
from ringwork.access.symbolic.words import OVERLAP, language, relation


def scope(resource: Guarded) -> tuple[str, ...]:
    """Patterns of the ARNs that a resource's policy covers: itself and what lies in it."""
    arn = resource.arn.removesuffix(":*")
    if ":sagemaker:" in arn and ":model-package-group/" in arn:
        # SageMaker developer guide, "Model groups": the group's policy covers its packages
        return arn, arn.replace(":model-package-group/", ":model-package/", 1) + "/*"
    if resource.policy_kind in ("trust", "key"):
        return (arn,)
    return arn, f"{arn}/*", f"{arn}:*"


def service_of(resource: Guarded) -> frozenset[str]:
    """The prefixes of the actions that a resource's policy is about."""
    if resource.policy_kind == "trust":
        return frozenset(("sts",))
    parts = resource.arn.split(":")
    name = parts[2] if len(parts) > 2 else ""
    return _PREFIXES.get(name, frozenset((name,)))


_PREFIXES = {"s3": frozenset(("s3", "s3-object-lambda")), "es": frozenset(("es", "opensearch"))}


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
