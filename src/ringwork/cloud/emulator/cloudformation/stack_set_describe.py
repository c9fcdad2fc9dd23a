"""What describes StackSets, their instances and their operations."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ringwork.cloud.emulator.cloudformation.shapes import given_only, page, tag_list
from ringwork.cloud.emulator.cloudformation.stack_set_calls import (
    Given,
    existing,
    find,
    follow_organization,
    operation_of,
)
from ringwork.cloud.emulator.cloudformation.stack_set_permissions import (
    administration_role,
    execution_role,
    home,
)
from ringwork.cloud.emulator.cloudformation.stack_set_state import Instance, SetOperation, StackSet
from ringwork.cloud.emulator.cloudformation.stacks import Stacks
from ringwork.cloud.emulator.cloudformation.state import moment

_NOT_CHECKED = "NOT_CHECKED"


def _current(stacks: Stacks, account: str, region: str, given: Given) -> StackSet:
    record = find(stacks, account, region, given)
    follow_organization(stacks, record)
    return record


def describe_stack_set(stacks: Stacks, account: str, region: str, given: Given) -> dict[str, Any]:
    record = _current(stacks, account, region, given)
    with stacks.lock:
        own = record.permission_model == "SELF_MANAGED"
        described = given_only(
            {
                **_summary(record),
                "StackSetARN": record.arn,
                "TemplateBody": record.template_body,
                "Parameters": [dict(item) for item in record.parameters],
                "Capabilities": list(record.capabilities),
                "Tags": tag_list(record.tags),
                "AdministrationRoleARN": administration_role(record) if own else None,
                "ExecutionRoleName": execution_role(record) if own else None,
                "StackSetDriftDetectionDetails": {"DriftStatus": _NOT_CHECKED},
                "OrganizationalUnitIds": list(record.units),
                "Regions": sorted({instance.region for instance in record.instances}),
            }
        )
    described.pop("DriftStatus")
    return {"StackSet": described}


def _summary(record: StackSet) -> dict[str, Any]:
    return given_only(
        {
            "StackSetName": record.name,
            "StackSetId": record.id,
            "Description": record.description,
            "Status": record.status,
            "AutoDeployment": dict(record.auto_deployment) if record.auto_deployment else None,
            "PermissionModel": record.permission_model,
            "DriftStatus": _NOT_CHECKED,
            "ManagedExecution": {"Active": False},
        }
    )


def list_stack_sets(stacks: Stacks, account: str, region: str, given: Given) -> dict[str, Any]:
    owner = home(stacks, account, region, given)
    with stacks.lock:
        rows = [
            _summary(record)
            for record in stacks.stack_sets.values()
            if (record.account, record.region) == (owner, region)
            and record.status == given.get("Status", record.status)
        ]
    shown, token = page(rows, given)
    return given_only({"Summaries": shown, "NextToken": token})


def _instance(record: StackSet, instance: Instance) -> dict[str, Any]:
    return given_only(
        {
            "StackSetId": record.id,
            "Region": instance.region,
            "Account": instance.account,
            "StackId": instance.stack,
            "Status": instance.status,
            "StatusReason": instance.reason,
            "StackInstanceStatus": {"DetailedStatus": instance.detailed},
            "OrganizationalUnitId": instance.unit,
            "DriftStatus": _NOT_CHECKED,
            "LastOperationId": instance.operation,
        }
    )


_FILTERS: Mapping[str, Callable[[Instance], str | None]] = {
    "DETAILED_STATUS": lambda instance: instance.detailed,
    "LAST_OPERATION_ID": lambda instance: instance.operation,
    "DRIFT_STATUS": lambda _instance: _NOT_CHECKED,
}


def list_stack_instances(stacks: Stacks, account: str, region: str, given: Given) -> dict[str, Any]:
    record = _current(stacks, account, region, given)
    with stacks.lock:
        rows = [
            _instance(record, instance)
            for instance in record.instances
            if instance.account == given.get("StackInstanceAccount", instance.account)
            and instance.region == given.get("StackInstanceRegion", instance.region)
            and all(
                _FILTERS[each["Name"]](instance) in each["Values"].split(",")
                for each in given.get("Filters", ())
            )
        ]
    shown, token = page(rows, given)
    return given_only({"Summaries": shown, "NextToken": token})


def describe_stack_instance(stacks: Stacks, account: str, region: str, given: Given) -> dict[str, Any]:
    record = _current(stacks, account, region, given)
    with stacks.lock:
        instance = existing(record, given["StackInstanceAccount"], given["StackInstanceRegion"])
        overrides = [dict(item) for item in instance.overrides]
        return {"StackInstance": {**_instance(record, instance), "ParameterOverrides": overrides}}


def _operation_row(operation: SetOperation) -> dict[str, Any]:
    failed = sum(1 for result in operation.results if result["Status"] == "FAILED")
    return given_only(
        {
            "OperationId": operation.id,
            "Action": operation.action,
            "Status": operation.status,
            "StatusReason": operation.reason,
            "CreationTimestamp": moment(operation.created),
            "EndTimestamp": moment(operation.ended) if operation.ended else None,
            "OperationPreferences": dict(operation.preferences),
            "StatusDetails": {"FailedStackInstancesCount": failed},
        }
    )


def describe_stack_set_operation(stacks: Stacks, account: str, region: str, given: Given) -> dict[str, Any]:
    record = find(stacks, account, region, given)
    with stacks.lock:
        operation = operation_of(record, given)
        own = record.permission_model == "SELF_MANAGED"
        return {
            "StackSetOperation": given_only(
                {
                    **_operation_row(operation),
                    "StackSetId": record.id,
                    "RetainStacks": operation.retain,
                    "DeploymentTargets": dict(operation.targets) or None,
                    "AdministrationRoleARN": administration_role(record) if own else None,
                    "ExecutionRoleName": execution_role(record) if own else None,
                }
            )
        }


def list_stack_set_operations(stacks: Stacks, account: str, region: str, given: Given) -> dict[str, Any]:
    record = _current(stacks, account, region, given)
    with stacks.lock:
        rows = [_operation_row(operation) for operation in reversed(record.operations)]
    shown, token = page(rows, given)
    return given_only({"Summaries": shown, "NextToken": token})


def list_stack_set_operation_results(
    stacks: Stacks, account: str, region: str, given: Given
) -> dict[str, Any]:
    record = find(stacks, account, region, given)
    with stacks.lock:
        rows = [dict(result) for result in operation_of(record, given).results]
    wanted = [each["Values"] for each in given.get("Filters", ())]
    shown, token = page([row for row in rows if all(row["Status"] in one for one in wanted)], given)
    return given_only({"Summaries": shown, "NextToken": token})


def list_auto_deployment_targets(stacks: Stacks, account: str, region: str, given: Given) -> dict[str, Any]:
    record = find(stacks, account, region, given)
    with stacks.lock:
        rows = [{"OrganizationalUnitId": unit, "Regions": list(record.unit_regions)} for unit in record.units]
    shown, token = page(rows, given)
    return given_only({"Summaries": shown, "NextToken": token})


OPERATIONS: Mapping[str, Callable[[Stacks, str, str, Given], dict[str, Any]]] = {
    "DescribeStackSet": describe_stack_set,
    "ListStackSets": list_stack_sets,
    "DescribeStackInstance": describe_stack_instance,
    "ListStackInstances": list_stack_instances,
    "DescribeStackSetOperation": describe_stack_set_operation,
    "ListStackSetOperations": list_stack_set_operations,
    "ListStackSetOperationResults": list_stack_set_operation_results,
    "ListStackSetAutoDeploymentTargets": list_auto_deployment_targets,
}
