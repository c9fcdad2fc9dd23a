"""Policies made ready for questions: the patterns of each statement as bits and languages."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ringwork.access.policy import Policy, Statement
from ringwork.access.symbolic import actions
from ringwork.access.symbolic.words import Kind, Language, language

_COMPLETED = frozenset({"identity", "boundary", "session", "scp", "rcp"})


@dataclass(slots=True, eq=False)
class Clause:
    """One statement, ready for questions."""

    policy: Policy
    statement: Statement
    patterns: tuple[str, ...]
    """of Action or NotAction"""
    not_actions: bool
    languages: tuple[Language, ...]
    """of Resource or NotResource, those without policy variables"""
    variable: tuple[str, ...]
    """those with policy variables"""
    kind: Kind
    """what its resource patterns are read as"""
    not_resources: bool
    anything: bool
    """it is about every resource"""
    content: Hashable
    """equal for statements that say the same"""
    strangers: tuple[str, ...]
    """actions that it names and the data lacks"""
    _bits: dict[tuple[str, ...], int] = field(default_factory=dict, repr=False)

    def bits(self, added: tuple[str, ...]) -> int:
        """The actions that it is about."""
        found = self._bits.get(added)
        if found is None:
            found = 0
            for pattern in self.patterns:
                found |= actions.bits(pattern, added)
            if self.not_actions:
                found = actions.everything(added) & ~found
            self._bits[added] = found
        return found


_READY: dict[int, tuple[Policy, tuple[Clause, ...]]] = {}
_KEPT = 20_000


def clauses(policy: Policy) -> tuple[Clause, ...]:
    """The statements of a policy, made ready once."""
    found = _READY.get(id(policy))
    if found is None or found[0] is not policy:
        if len(_READY) > _KEPT:
            _READY.clear()
        found = _READY[id(policy)] = (policy, _make(policy))
    return found[1]


def _make(policy: Policy) -> tuple[Clause, ...]:
    given = policy.document["Statement"]
    items = [given] if isinstance(given, Mapping) else given
    return tuple(
        clause(policy, statement, item) for statement, item in zip(policy.statements, items, strict=True)
    )


def clause(policy: Policy, statement: Statement, item: Mapping[str, Any]) -> Clause:
    """A statement made ready; `item` is its text."""
    named = _listed(item["NotAction"] if statement.not_actions else item["Action"])
    resources = statement.resources
    kind: Kind = "completed" if policy.kind in _COMPLETED else "resource"
    languages: tuple[Language, ...] = ()
    variable: tuple[str, ...] = ()
    texts: tuple[str, ...] = ()
    negated = resources is not None and resources.negated
    if resources is not None:
        texts = _listed(item["NotResource"] if negated else item["Resource"])
        variable = resources.variable
        languages = tuple(language(kind, text) for text in texts if text not in variable)
    anything = resources is None or (not negated and any(one.everything for one in languages))
    conditions = frozenset((c.operator.lower(), c.key, frozenset(c.values)) for c in statement.conditions)
    return Clause(
        policy,
        statement,
        named,
        statement.not_actions,
        languages,
        variable,
        kind,
        negated,
        anything,
        (
            statement.allows,
            kind,
            negated,
            None if anything else frozenset(texts),
            bool(variable) and "2012",
            conditions,
            _variables_read(statement),
        ),
        tuple(name for pattern in named for name in actions.strangers(pattern)),
    )


def _variables_read(statement: Statement) -> bool:
    return any(condition.variables for condition in statement.conditions)


def _listed(value: Any) -> tuple[str, ...]:
    return tuple(value) if isinstance(value, list) else (value,)
