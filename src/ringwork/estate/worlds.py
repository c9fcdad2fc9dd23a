"""Worlds: what may be, when the input leaves conditions open.

A condition that hangs on a value which the input does not give is not guessed: each way that it can
turn out is a world of its own, up to a bound. What stays open beyond the bound is `Unknown`.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum


class Special(Enum):
    """Alternatives that are not a literal value."""

    OTHER = "other"
    """the parameter has none of the values that conditions compare it with"""
    LEFT_OPEN = "left open"
    """not decided in this world, because the bound on worlds is reached"""


Alternative = str | bool | Special


@dataclass(frozen=True, slots=True)
class Choice:
    """One thing that the input leaves open: a parameter's value, or whether two values are equal."""

    stack: str
    """`Stack.id`"""
    subject: str
    """the parameter's name, or the comparison as JSON"""
    alternatives: tuple[Alternative, ...]

    def assumption(self, stack: str, chosen: Alternative) -> str:
        """What choosing means, in words; `stack` is the stack's name."""
        literals = ", ".join(f"`{value}`" for value in self.alternatives if isinstance(value, str))
        if chosen is Special.LEFT_OPEN:
            return f"in stack `{stack}`, `{self.subject}` is left open: too many conditions cannot be decided"
        if chosen is Special.OTHER:
            return f"parameter `{self.subject}` of stack `{stack}` is none of {literals}"
        if isinstance(chosen, bool):
            verb = "holds" if chosen else "does not hold"
            return f"in stack `{stack}`, the comparison {self.subject} {verb}"
        return f"parameter `{self.subject}` of stack `{stack}` is `{chosen}`"


World = Mapping[Choice, Alternative]


def worlds(first_open: Callable[[World], Choice | None], bound: int) -> tuple[World, ...]:
    """Every combination of the open choices, at least 1 and at most `bound` of them.

    `first_open(world)` gives a choice that must be made in this world and is not in it yet, or None.
    A choice whose alternatives would exceed the bound is made `LEFT_OPEN`, so that together the worlds
    still cover all that may be.
    """
    pending: deque[dict[Choice, Alternative]] = deque([{}])
    complete: list[World] = []
    while pending:
        world = pending.popleft()
        choice = first_open(world)
        if choice is None:
            complete.append(world)
        elif len(complete) + len(pending) + len(choice.alternatives) <= bound:
            pending.extend({**world, choice: alternative} for alternative in choice.alternatives)
        else:
            pending.appendleft({**world, choice: Special.LEFT_OPEN})
    return tuple(complete)
