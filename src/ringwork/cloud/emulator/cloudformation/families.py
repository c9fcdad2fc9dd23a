"""Stacks that belong to other stacks, and what CloudFormation asks of itself about them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ringwork.cloud.emulator.cloudformation.resources.nested_stacks import Outcome
from ringwork.cloud.emulator.cloudformation.state import StackRecord

if TYPE_CHECKING:
    from ringwork.cloud.emulator.cloudformation.stacks import Stacks


@dataclass(frozen=True, slots=True)
class Errand:
    """What a request that CloudFormation makes to itself carries beside its parameters."""

    parent: str | None = None
    """id of the stack whose resource the stack is"""
    template: str | None = None
    """the template's text, instead of what the request says"""


NO_ERRAND = Errand()


@dataclass(frozen=True, slots=True)
class StackFamily:
    """`Family` for the resources of one stack."""

    stacks: Stacks
    parent: StackRecord

    @property
    def capabilities(self) -> Sequence[str]:
        return self.parent.capabilities

    @contextmanager
    def asking(self, stack: str, *, restore: bool = False) -> Iterator[None]:
        stacks, parent = self.stacks, self.parent
        child = stacks.find(parent.account, parent.region, stack)
        template = child.previous_template if child is not None and restore else None
        key = (parent.account, parent.region, stack)
        stacks.errands[key] = Errand(parent.id, template)
        try:
            # no state is saved in which only one of the two knows of the other
            with stacks.step:
                yield
        finally:
            stacks.errands.pop(key, None)

    def settled(self, stack: str) -> Outcome:
        thread = self.stacks.running.get(stack)
        if thread is not None:
            thread.join()
        child = self.stacks.find(self.parent.account, self.parent.region, stack, deleted=True)
        if child is None:
            return Outcome("DELETE_COMPLETE", "", {})
        outputs = {item["OutputKey"]: item["OutputValue"] for item in child.outputs}
        return Outcome(child.status, _why(child), outputs)


def _why(stack: StackRecord) -> str:
    """The reason of the last failure of a stack, which a rollback's end no longer says."""
    for event in reversed(stack.events):
        if event["PhysicalResourceId"] == stack.id and event.get("ResourceStatusReason"):
            return str(event["ResourceStatusReason"]).removesuffix("Rollback requested by user.")
    return ""


def ancestors(stacks: Stacks, stack: StackRecord) -> list[StackRecord]:
    """Parent, its parent, and so on to the root."""
    found: list[StackRecord] = []
    while stack.parent is not None and stack.parent in stacks.records:
        stack = stacks.records[stack.parent]
        found.append(stack)
    return found
