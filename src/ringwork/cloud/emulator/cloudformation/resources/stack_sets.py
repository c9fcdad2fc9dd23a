"""AWS::CloudFormation::StackSet, made with CloudFormation's own API (template reference, its page)."""

from __future__ import annotations

import time
import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from botocore.exceptions import ClientError

from ringwork.cloud.emulator.cloudformation.resources.nested_stacks import family_of
from ringwork.cloud.emulator.cloudformation.resources.provider import (
    Change,
    Context,
    Properties,
    Provider,
    is_gone,
    present,
)

TYPE = "AWS::CloudFormation::StackSet"

_OWN = ("Description", "TemplateBody", "TemplateURL", "Capabilities", "AdministrationRoleARN")
_SET = frozenset(
    {*_OWN, "ExecutionRoleName", "Parameters", "Tags", "AutoDeployment", "ManagedExecution", "CallAs"}
)
_PROPERTIES = _SET | {"StackSetName", "PermissionModel", "StackInstancesGroup", "OperationPreferences"}

_PAUSE = 0.02
"""Seconds between two looks at a running operation."""


class StackSetOperationError(Exception):
    """An operation of the StackSet did not succeed."""


def _arguments(properties: Properties) -> dict[str, Any]:
    found = {name: properties[name] for name in sorted(_SET) if name in properties}
    if "Tags" in found:
        found["Tags"] = [{"Key": tag["Key"], "Value": str(tag["Value"])} for tag in found["Tags"]]
    return found


def _group(stack_set: str, properties: Properties, group: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "StackSetName": stack_set,
        "DeploymentTargets": group["DeploymentTargets"],
        "Regions": group["Regions"],
        "OperationId": str(uuid.uuid4()),
        **present(
            OperationPreferences=properties.get("OperationPreferences"), CallAs=properties.get("CallAs")
        ),
    }


def _wait(context: Context, stack_set: str, operation: str, call_as: str | None) -> None:
    client, who = context.client("cloudformation"), present(CallAs=call_as)
    while True:
        found = client.describe_stack_set_operation(StackSetName=stack_set, OperationId=operation, **who)
        status = found["StackSetOperation"]["Status"]
        if status not in ("RUNNING", "STOPPING", "QUEUED"):
            break
        time.sleep(_PAUSE)
    if status != "SUCCEEDED":
        results = client.list_stack_set_operation_results(
            StackSetName=stack_set, OperationId=operation, **who
        )
        reasons = [row["StatusReason"] for row in results["Summaries"] if row["Status"] == "FAILED"]
        raise StackSetOperationError(
            f"StackSet operation {operation} was unable to complete, its status is {status}: "
            f"{' '.join(reasons)}"
        )


def _create(context: Context, properties: Properties) -> str:
    # no state is saved in which the StackSet is there and its stack does not know it
    with family_of(context).asking(str(properties["StackSetName"])):
        answer = context.client("cloudformation").create_stack_set(
            StackSetName=properties["StackSetName"],
            PermissionModel=properties["PermissionModel"],
            **_arguments(properties),
        )
        stack_set = str(answer["StackSetId"])
        context.made(stack_set)
    for group in properties.get("StackInstancesGroup", ()):
        _create_instances(context, stack_set, properties, group)
    return stack_set


def _create_instances(
    context: Context, stack_set: str, properties: Properties, group: Mapping[str, Any]
) -> None:
    arguments = _group(stack_set, properties, group)
    if "ParameterOverrides" in group:
        arguments["ParameterOverrides"] = group["ParameterOverrides"]
    context.client("cloudformation").create_stack_instances(**arguments)
    _wait(context, stack_set, arguments["OperationId"], properties.get("CallAs"))


def _delete_instances(
    context: Context, stack_set: str, properties: Properties, groups: Sequence[Mapping[str, Any]]
) -> None:
    for group in groups:
        arguments = _group(stack_set, properties, group)
        context.client("cloudformation").delete_stack_instances(RetainStacks=False, **arguments)
        _wait(context, stack_set, arguments["OperationId"], properties.get("CallAs"))


def _update(context: Context, stack_set: str, change: Change) -> None:
    arguments = _arguments(change.properties)
    operation = str(uuid.uuid4())
    context.client("cloudformation").update_stack_set(
        StackSetName=stack_set, OperationId=operation, **arguments
    )
    _wait(context, stack_set, operation, change.properties.get("CallAs"))


def _set_groups(context: Context, stack_set: str, change: Change) -> None:
    old, new = list(change.old or ()), list(change.new or ())
    _delete_instances(context, stack_set, change.properties, [group for group in old if group not in new])
    for group in new:
        if group not in old:
            _create_instances(context, stack_set, change.properties, group)


def _keep(_context: Context, _stack_set: str, _change: Change) -> None:
    """Nothing to set: the property steers operations, it is not kept."""


def _delete(context: Context, stack_set: str, properties: Properties) -> None:
    try:
        _delete_instances(context, stack_set, properties, properties.get("StackInstancesGroup", ()))
        context.client("cloudformation").delete_stack_set(
            StackSetName=stack_set, **present(CallAs=properties.get("CallAs"))
        )
    except ClientError as error:
        if not is_gone(error):
            raise


def _attributes(_context: Context, stack_set: str, _properties: Properties) -> dict[str, str]:
    return {"StackSetId": stack_set}


PROVIDERS = {
    TYPE: Provider(
        create=_create,
        delete=_delete,
        takes=_PROPERTIES,
        setters={
            **dict.fromkeys(sorted(_SET - {"CallAs"}), _update),
            "StackInstancesGroup": _set_groups,
            "OperationPreferences": _keep,
            "CallAs": _keep,
        },
        attributes=_attributes,
        named_by="StackSetName",
    )
}
