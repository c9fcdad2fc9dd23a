"""Propositional formulas as clauses, with the constants folded away."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeAlias

Lit: TypeAlias = int | bool
"""a literal, or a constant"""


def negate(lit: Lit) -> Lit:
    """The opposite of a literal or constant."""
    return (not lit) if isinstance(lit, bool) else -lit


class Formula:
    """Clauses in the making. Equal conjunctions are made once."""

    __slots__ = ("_known", "clauses", "size")

    def __init__(self) -> None:
        self.size = 0
        self.clauses: list[list[int]] = []
        self._known: dict[tuple[int, ...], int] = {}

    def new(self) -> int:
        """A fresh variable."""
        self.size += 1
        return self.size

    def all(self, lits: Iterable[Lit]) -> Lit:
        """True if every one holds."""
        found: set[int] = set()
        for lit in lits:
            if lit is False:
                return False
            if lit is not True:
                found.add(lit)
        if not found:
            return True
        if any(-lit in found for lit in found):
            return False
        if len(found) == 1:
            return next(iter(found))
        key = tuple(sorted(found))
        made = self._known.get(key)
        if made is None:
            made = self._known[key] = self.new()
            for lit in key:
                self.clauses.append([-made, lit])
            self.clauses.append([made, *(-lit for lit in key)])
        return made

    def any(self, lits: Iterable[Lit]) -> Lit:
        """True if at least one holds."""
        return negate(self.all([negate(lit) for lit in lits]))

    def require(self, *lits: Lit) -> None:
        """At least one of them holds, in every model."""
        if any(lit is True for lit in lits):
            return
        self.clauses.append([lit for lit in lits if lit is not False and lit is not True])

    def same(self, a: int, b: Lit) -> None:
        """Both hold or neither, in every model."""
        self.require(-a, b)
        self.require(a, negate(b))
