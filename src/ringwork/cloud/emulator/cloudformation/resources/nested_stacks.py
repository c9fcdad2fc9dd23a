"""AWS::CloudFormation::Stack: a stack that is a resource of another.

CloudFormation works on it through its own API, with the credentials that the parent's operation has: creates
it, updates it with the parent, deletes it with the parent (User Guide, "Split a template into reusable pieces
using nested stacks").
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, Protocol

from botocore.exceptions import ClientError

from ringwork.cloud.emulator.cloudformation.resources.provider import (
    Change,
    Context,
    Properties,
    Provider,
    is_gone,
)

TYPE = "AWS::CloudFormation::Stack"

_PROPERTIES = frozenset({"TemplateURL", "Parameters", "Tags", "NotificationARNs", "TimeoutInMinutes"})


class EmbeddedStackError(Exception):
    """A nested stack did not reach the state that its parent wanted."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """A nested stack after an operation."""

    status: str
    reason: str
    outputs: Mapping[str, str]


class Family(Protocol):
    """What the engine tells a stack about the stacks that are its resources."""

    @property
    def capabilities(self) -> Sequence[str]:
        """what the parent's request acknowledged"""

    def asking(self, stack: str, *, restore: bool = False) -> AbstractContextManager[None]:
        """Held during a request about the nested stack of that name or id, which belongs to the parent.

        With `restore` the request brings back the template that it had before its last update.
        """

    def settled(self, stack: str) -> Outcome:
        """Wait until no operation works on the nested stack, and say how it is."""


@dataclass(frozen=True, slots=True)
class NestedContext(Context):
    """Where a nested stack is worked on."""

    family: Family
    restoring: bool = False
    """the parent rolls an update back"""


def _nested(context: Context) -> NestedContext:
    if not isinstance(context, NestedContext):
        raise TypeError("a nested stack needs the context of its parent")
    return context


def family_of(context: Context) -> Family:
    """What the engine tells the stack in whose `context` a resource is worked on."""
    return _nested(context).family


def _arguments(context: NestedContext, properties: Properties) -> dict[str, Any]:
    found: dict[str, Any] = {
        "TemplateURL": properties["TemplateURL"],
        "Parameters": [
            {"ParameterKey": key, "ParameterValue": _text(value)}
            for key, value in properties.get("Parameters", {}).items()
        ],
        "Capabilities": list(context.family.capabilities),
        "Tags": [{"Key": tag["Key"], "Value": str(tag["Value"])} for tag in properties.get("Tags", ())],
    }
    if "NotificationARNs" in properties:
        found["NotificationARNs"] = properties["NotificationARNs"]
    return found


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return ",".join(_text(item) for item in value) if isinstance(value, list) else str(value)


def _create(context: Context, properties: Properties) -> str:
    nested = _nested(context)
    name = context.name(128)
    with nested.family.asking(name):
        answer = context.client("cloudformation").create_stack(
            # the parent's rollback deletes it
            StackName=name,
            OnFailure="DO_NOTHING",
            **_arguments(nested, properties),
        )
        stack = str(answer["StackId"])
        context.made(stack)
    outcome = nested.family.settled(stack)
    if outcome.status != "CREATE_COMPLETE":
        raise EmbeddedStackError(f"Embedded stack {stack} was not successfully created: {outcome.reason}")
    return stack


def _update(context: Context, stack: str, change: Change) -> None:
    nested = _nested(context)
    try:
        with nested.family.asking(stack, restore=nested.restoring):
            context.client("cloudformation").update_stack(
                StackName=stack, **_arguments(nested, change.properties)
            )
    except ClientError as error:
        if error.response.get("Error", {}).get("Message") != "No updates are to be performed.":
            raise
        return
    outcome = nested.family.settled(stack)
    if outcome.status != "UPDATE_COMPLETE":
        # CloudFormation says so while the nested stack is still on its way back
        status = outcome.status.replace("ROLLBACK_COMPLETE", "ROLLBACK_IN_PROGRESS")
        raise EmbeddedStackError(
            f"Embedded stack {stack} was not successfully updated. Currently in {status} with reason: "
            f"{outcome.reason}"
        )


def _delete(context: Context, stack: str, _properties: Properties) -> None:
    nested = _nested(context)
    try:
        with nested.family.asking(stack):
            context.client("cloudformation").delete_stack(StackName=stack)
    except ClientError as error:
        if is_gone(error):
            return
        raise
    outcome = nested.family.settled(stack)
    if outcome.status != "DELETE_COMPLETE":
        raise EmbeddedStackError(f"Embedded stack {stack} was not successfully deleted: {outcome.reason}")


def _attributes(context: Context, stack: str, _properties: Properties) -> dict[str, str]:
    outputs = _nested(context).family.settled(stack).outputs
    return {f"Outputs.{key}": value for key, value in outputs.items()}


PROVIDERS = {
    TYPE: Provider(
        create=_create,
        delete=_delete,
        takes=_PROPERTIES,
        setters=dict.fromkeys(sorted(_PROPERTIES), _update),
        attributes=_attributes,
    )
}
