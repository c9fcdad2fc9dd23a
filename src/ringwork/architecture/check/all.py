"""All checks, in one order."""

from __future__ import annotations

from collections.abc import Sequence

from ringwork.architecture.check.addresses import addresses
from ringwork.architecture.check.parameters import order, parameters
from ringwork.architecture.check.problem import Problem
from ringwork.architecture.check.quotas import names, quotas
from ringwork.architecture.check.references import references
from ringwork.architecture.check.scope import Scope
from ringwork.architecture.check.template import template, twins
from ringwork.estate.stack import Stack


def check(stacks: Sequence[Stack]) -> tuple[Problem, ...]:
    """Everything that AWS would refuse in `stacks`, as far as it can be known before deployment.

    Ordered by stack (in the given order), then resource and path. An empty answer does not promise that AWS
    takes the stacks: quotas of the account, names that others took and service rules outside the schemas are
    not seen here.
    """
    scope = Scope(stacks)
    found: dict[Problem, None] = {}
    for stack in scope.stacks:
        for ask in (template, references, parameters):
            found.update(dict.fromkeys(ask(scope, stack)))
    for ask_all in (twins, order, addresses, quotas, names):
        found.update(dict.fromkeys(ask_all(scope)))
    place = {stack.id: index for index, stack in enumerate(scope.stacks)}
    return tuple(
        sorted(
            found, key=lambda p: (place[p.stack], p.resource or "", [str(part) for part in p.path], p.message)
        )
    )
