"""Parameters are declared, used and filled; the graph of stacks has no circle."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ringwork.architecture.check.graph import cycle
from ringwork.architecture.check.problem import Problem
from ringwork.architecture.check.scope import Scope, section, substitutions
from ringwork.estate.stack import Stack, StackOutput
from ringwork.schemas.quotas import PARAMETER_VALUE


def order(scope: Scope) -> Iterator[Problem]:
    """Stacks can be deployed one after the other."""
    circle = cycle({stack.id: sorted(stack.needs & scope.by_id.keys()) for stack in scope.stacks})
    if circle:
        chain = " -> ".join(f"`{id}`" for id in circle)
        yield Problem(
            circle[0],
            None,
            (),
            f"stacks wait for each other's outputs: {chain}",
            help="compute the name or ARN, or move the reference into a third stack",
        )


def parameters(scope: Scope, stack: Stack) -> Iterator[Problem]:
    """Each parameter is declared, filled and used."""
    declared = section(stack.template, "Parameters")
    used = _used(scope, stack)
    for name, declaration in declared.items():
        if not isinstance(declaration, Mapping) or "Type" not in declaration:
            yield Problem(stack.id, None, ("Parameters", name), "a parameter needs a `Type`")
            continue
        if name not in stack.parameters and "Default" not in declaration:
            yield Problem(stack.id, None, ("Parameters", name), f"nothing fills parameter `{name}`")
        if name not in used:
            yield Problem(stack.id, None, ("Parameters", name), f"nothing uses parameter `{name}`")
    for name, value in stack.parameters.items():
        if name not in declared:
            yield Problem(
                stack.id, None, ("Parameters", name), f"parameter `{name}` is filled but not declared"
            )
        if isinstance(value, StackOutput):
            source = scope.by_id.get(value.stack)
            if source is None:
                yield Problem(
                    stack.id,
                    None,
                    ("Parameters", name),
                    f"parameter `{name}` takes an output of `{value.stack}`, which is no stack here",
                )
            elif value.output not in section(source.template, "Outputs"):
                yield Problem(
                    stack.id,
                    None,
                    ("Parameters", name),
                    f"parameter `{name}` takes `{value.output}`, which `{value.stack}` does not output",
                )
        elif isinstance(value, str) and len(value.encode()) > PARAMETER_VALUE.value:
            yield Problem(
                stack.id,
                None,
                ("Parameters", name),
                f"the value of parameter `{name}` has {len(value.encode()):,} bytes",
                help=PARAMETER_VALUE.help,
            )


def _used(scope: Scope, stack: Stack) -> set[str]:
    used: set[str] = set()
    for use in scope.uses(stack):
        if use.name == "Ref" and isinstance(use.argument, str):
            used.add(use.argument)
        elif use.name == "Fn::Sub":
            used.update(substitutions(use.argument) or ())
    return used
