"""All checks, in one order."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from itertools import chain

from ringwork.architecture.check.addresses import addresses
from ringwork.architecture.check.parameters import order, parameters
from ringwork.architecture.check.problem import Problem
from ringwork.architecture.check.quotas import names, quotas
from ringwork.architecture.check.references import references
from ringwork.architecture.check.scope import Scope, section
from ringwork.architecture.check.template import template, twins
from ringwork.engine import each
from ringwork.estate.stack import Stack


def check(stacks: Sequence[Stack]) -> tuple[Problem, ...]:
    """Everything that AWS would refuse in `stacks`, as far as it can be known before deployment.

    Ordered by stack (in the given order), then resource and path. An empty answer does not promise that AWS
    takes the stacks: quotas of the account, names that others took and service rules outside the schemas are
    not seen here.
    """
    scope = Scope(stacks)
    found: dict[Problem, None] = {}
    tasks = [*_together(), *_apart(scope)]

    def ask(task: Task) -> list[Problem]:
        return list(task(scope))

    for problems in each(ask, tasks) if len(tasks) > _FEW else map(ask, tasks):
        found.update(dict.fromkeys(problems))
    place = {stack.id: index for index, stack in enumerate(scope.stacks)}
    return tuple(
        sorted(
            found, key=lambda p: (place[p.stack], p.resource or "", [str(part) for part in p.path], p.message)
        )
    )


Task = Callable[[Scope], Iterable[Problem]]
_AT_ONCE = 1500
"""Resources that one task looks at."""
_FEW = 6
"""Tasks that one process does sooner than others have begun: some 5,000 resources."""


def _together() -> Iterator[Task]:
    """Questions about all stacks, the longest first."""
    yield quotas
    yield addresses
    yield lambda scope: chain(twins(scope), order(scope), names(scope))


def _apart(scope: Scope) -> Iterator[Task]:
    """Questions about each stack by itself, some stacks a task."""
    chosen: list[Stack] = []
    count = 0
    for stack in scope.stacks:
        chosen.append(stack)
        count += len(section(stack.template, "Resources"))
        if count >= _AT_ONCE:
            yield partial(_of_each, stacks=tuple(chosen))
            chosen, count = [], 0
    if chosen:
        yield partial(_of_each, stacks=tuple(chosen))


def _of_each(scope: Scope, stacks: Sequence[Stack]) -> Iterator[Problem]:
    for stack in stacks:
        for ask in (template, references, parameters):
            yield from ask(scope, stack)
