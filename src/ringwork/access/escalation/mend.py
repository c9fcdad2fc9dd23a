"""What closes the ways of a principal: a policy of Deny statements, computed from its edges and proved.

Each statement denies what the way cannot do without, no wider than the edge: handing over the roles in
question to the services in question, changing what runs as them, changing identities. As a Deny, it can stand
in an identity policy, a permissions boundary or a service control policy.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from ringwork.access.authority import Authority, Document
from ringwork.access.escalation.graph import Edge, Graph
from ringwork.access.escalation.paths import Path, by_id
from ringwork.access.escalation.powers import Sight, is_about
from ringwork.access.policy import parse

ROUNDS = 6
"""one way can hide others: whoever may make an administrator is not asked about the rest"""


@dataclass(frozen=True, slots=True)
class Mended:
    """What closes the ways of one principal."""

    source: str
    document: dict[str, Any]
    """the policy to give it"""
    left: tuple[Edge, ...]
    """edges that are open or undecided with it: none, if it closes everything"""
    authority: Authority
    """with the policy"""


def guards(graph: Graph, edges: Iterable[Edge]) -> list[dict[str, Any]]:
    """The Deny statements that close edges."""
    passed: dict[str, set[str]] = {}
    refused: dict[str, set[str]] = {}
    for edge in edges:
        path = by_id()[edge.path]
        target = graph.nodes.get(edge.target)
        arn = target.identity.arn if target is not None else "*"
        if path.kind == "pass" and path.passed_to is not None:
            passed.setdefault(path.passed_to, set()).add(arn)
        elif path.kind in ("pass", "assume"):
            refused.setdefault(path.needs[0], set()).add(arn)
        elif path.kind in ("existing", "supply", "thing"):
            for action in _needed(path):
                refused.setdefault(action, set()).add(_of(graph, edge, action))
        else:
            refused.setdefault(path.needs[0], set()).add("*")
    services: dict[tuple[str, ...], list[str]] = {}
    for service, arns in sorted(passed.items()):
        services.setdefault(tuple(sorted(arns)), []).append(service)
    statements: list[dict[str, Any]] = [
        {
            "Effect": "Deny",
            "Action": "iam:PassRole",
            "Resource": list(arns),
            "Condition": {"StringEquals": {"iam:PassedToService": listed}},
        }
        for arns, listed in services.items()
    ]
    together: dict[tuple[str, ...], list[str]] = {}
    for action, arns in sorted(refused.items()):
        together.setdefault(("*",) if "*" in arns else tuple(sorted(arns)), []).append(action)
    statements += [
        {"Effect": "Deny", "Action": actions, "Resource": list(arns)} for arns, actions in together.items()
    ]
    return statements


def _needed(path: Path) -> tuple[str, ...]:
    """What must be denied of a way: one action that it needs, or all of a group."""
    return path.needs[:1] or path.any_of[0]


def _of(graph: Graph, edge: Edge, action: str) -> str:
    """On what: the resource that the edge goes through, if the action can be about it."""
    for step in edge.steps:
        if edge.through is not None and step.request.action == action and "*" not in step.request.resource:
            resource = graph.authority.guarded.get(edge.through)
            loaded = (graph.sight.loads or {}).get(edge.through, ())
            there = [load.arn for load in loaded] + ([resource.arn] if resource is not None else [])
            for arn in there:
                if is_about(action, arn):
                    return arn
    return "*"


def mend(authority: Authority, sight: Sight, source: str, *, undecided: bool = True) -> Mended:
    """A policy with which `source`, a user or role, has no edge left; `undecided`: nor an unknown one."""
    statements: list[dict[str, Any]] = []
    identity = authority.identities[source]
    left: tuple[Edge, ...] = ()
    for _ in range(ROUNDS):
        graph = Graph(authority, sight)
        left = tuple(edge for edge in graph.out(source) if undecided or edge.status == "proved")
        found = [one for one in guards(graph, left) if one not in statements]
        if not found:
            break
        statements += found
        body = {"Version": "2012-10-17", "Statement": statements}
        policy = parse(body, kind="identity", name="guard")
        guard = Document("guard", "escalation:guard", (), policy, policy)
        mended = replace(identity, identity=(*identity.identity, guard))
        authority = replace(authority, identities={**authority.identities, source: mended})
    return Mended(source, {"Version": "2012-10-17", "Statement": statements}, left, authority)
