"""Who can become whom, asked of whatever there is."""

from __future__ import annotations

import fnmatch
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ringwork.access.authority import Authority
from ringwork.access.escalation.graph import ADMINISTRATOR, OUTSIDE, Edge, Graph
from ringwork.access.escalation.loads import loads
from ringwork.access.escalation.mend import Mended, mend
from ringwork.access.escalation.powers import Sight
from ringwork.access.escalation.reach import Reach, reach
from ringwork.access.escalation.versions import versions
from ringwork.access.policy import Policy
from ringwork.source import InputError, load
from ringwork.workflows.authority import Authorities, whom


@dataclass(frozen=True, slots=True)
class Escalations:
    """What was found in one world."""

    graph: Graph
    reaches: tuple[Reach, ...]
    """of each principal that was asked about"""
    declared: tuple[str, ...]
    """names of those that are meant to be administrators: they are not asked about"""
    worlds: int
    assumptions: tuple[str, ...]

    @property
    def escalating(self) -> tuple[Reach, ...]:
        """Those who surely get to somebody else, or to more; those who get to everything first."""
        found = [one for one in self.reaches if one.chains]
        return tuple(sorted(found, key=lambda one: (not one.administrates, self.name(one.source))))

    @property
    def undecided(self) -> tuple[Reach, ...]:
        """The others of whom it is not known."""
        return tuple(one for one in self.reaches if one.unknown and not one.chains)

    def name(self, id: str) -> str:
        """What to call a node."""
        if id.startswith(ADMINISTRATOR):
            return f"everything in account {id.removeprefix(ADMINISTRATOR)}"
        node = self.graph.nodes.get(id)
        if node is not None:
            return node.identity.name + (f" with {', '.join(node.changes)}" if node.changes else "")
        resource = self.graph.authority.guarded.get(id)
        if resource is not None:
            return resource.arn
        if id == OUTSIDE:
            return "anybody outside"
        return f"outside, {id.removeprefix(f'{OUTSIDE}:')}"


def other_versions(path: Path | None) -> Mapping[str, tuple[Policy, ...]] | None:
    """The versions of managed policies that an account's authorization details hold beside those in force;
    None: the path holds no such details."""
    if path is None or path.suffix != ".json" or not path.is_file():
        return None
    value = load(path).value
    return versions(value) if isinstance(value, Mapping) and "Policies" in value else None


def escalate(
    given: Authorities,
    sources: Sequence[str],
    administrators: Sequence[str],
    *,
    others: Mapping[str, tuple[Policy, ...]] | None = None,
    now: datetime | None = None,
) -> Escalations:
    """How far each of `sources` gets (none: every user, role and whoever comes from outside), in the world
    where they get farthest. `others`: the other versions of managed policies. Raises InputError for a name
    that is nobody's."""
    now = now or datetime.now(UTC)
    found = [
        _in_world(authority, sight(given, index, others, now), sources, administrators, len(given.worlds))
        for index, authority in enumerate(given.worlds)
    ]
    return max(found, key=lambda one: (len(one.escalating), len(one.undecided)))


def sight(
    given: Authorities, index: int, others: Mapping[str, tuple[Policy, ...]] | None, now: datetime
) -> Sight:
    """What is known beside policies: of an estate, all that runs and what it loads."""
    if index < len(given.estates):
        return Sight(workloads=True, loads=loads(given.estates[index]), versions=others, now=now)
    return Sight(workloads=False, versions=others, now=now)


def _in_world(
    authority: Authority,
    known: Sight,
    sources: Sequence[str],
    administrators: Sequence[str],
    worlds: int,
) -> Escalations:
    graph = Graph(authority, known)
    entries = graph.entries()
    declared = [node for node in graph.sources() if _is_one_of(node.identity, administrators)]
    for pattern in administrators:
        if not any(_is_one_of(node.identity, [pattern]) for node in declared):
            raise InputError(
                f"`{pattern}` is no user or role that is here",
                help="--administrator takes a name or an ARN, with * and ?",
            )
    meant = {node.id for node in declared}
    asked: list[str]
    if sources:
        named = [name for name in sources if name != OUTSIDE]
        chosen = whom(authority, named) if named else []
        asked = [one.identity.key for one in chosen if one.identity is not None]
    else:
        asked = [node.id for node in graph.sources()]
    if not sources or OUTSIDE in sources:
        asked += dict.fromkeys(edge.source for edge in entries)
    reaches = tuple(reach(graph, id, entries) for id in dict.fromkeys(asked) if id not in meant)
    names = tuple(sorted(node.identity.name for node in declared))
    return Escalations(graph, reaches, names, worlds, authority.assumptions)


def _is_one_of(identity: Any, patterns: Sequence[str]) -> bool:
    return any(
        fnmatch.fnmatchcase(text, pattern)
        for pattern in patterns
        for text in (identity.name, identity.arn, identity.key)
    )


def closed(found: Escalations, source: str) -> tuple[Mended, Reach]:
    """A policy that closes the ways of a user or role, and how far it gets with it."""
    mended = mend(found.graph.authority, found.graph.sight, source)
    return mended, reach(Graph(mended.authority, found.graph.sight), source)


def edge_value(found: Escalations, edge: Edge) -> dict[str, Any]:
    """An edge as JSON."""
    return {
        "from": found.name(edge.source),
        "to": found.name(edge.target),
        "path": edge.path,
        "status": edge.status,
        "impact": edge.impact,
        "through": edge.through,
        "given": None if edge.given is None else found.name(edge.given),
        "reasons": list(edge.reasons),
        "requests": [
            {
                "principal": step.request.principal.arn,
                "action": step.request.action,
                "resource": step.request.resource,
                "context": {
                    name: value if isinstance(value, str) else list(value)
                    for name, value in step.request.context.items()
                },
            }
            for step in edge.steps
        ],
    }
