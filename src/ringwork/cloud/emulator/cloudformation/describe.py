"""What describes stacks: lists, events, resources, templates, exports."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from ringwork.cloud.emulator.cloudformation import changes
from ringwork.cloud.emulator.cloudformation.change_sets import find_change_set
from ringwork.cloud.emulator.cloudformation.families import ancestors
from ringwork.cloud.emulator.cloudformation.intrinsics import invalid
from ringwork.cloud.emulator.cloudformation.requests import Previous, known_values, template_body
from ringwork.cloud.emulator.cloudformation.shapes import given_only, page, tag_list
from ringwork.cloud.emulator.cloudformation.stacks import Stacks
from ringwork.cloud.emulator.cloudformation.state import ResourceRecord, StackRecord, moment
from ringwork.cloud.emulator.cloudformation.template import Template, parse


def describe_stacks(stacks: Stacks, account: str, region: str, given: Mapping[str, Any]) -> dict[str, Any]:
    with stacks.lock:
        if given.get("StackName"):
            chosen = [stacks.stack(account, region, given["StackName"])]
        else:
            chosen = [s for s in reversed(stacks.all(account, region)) if s.status != "DELETE_COMPLETE"]
        shown, token = page([_described(stacks, stack) for stack in chosen], given)
        return given_only({"Stacks": shown, "NextToken": token})


def _described(stacks: Stacks, stack: StackRecord) -> dict[str, Any]:
    above = ancestors(stacks, stack)
    protection = (above[-1] if above else stack).termination_protection
    return given_only(
        {
            "StackId": stack.id,
            "StackName": stack.name,
            "ChangeSetId": stack.change_set,
            "Description": stack.description,
            "Parameters": [dict(item) for item in stack.parameters],
            **_times(stack),
            "StackStatus": stack.status,
            "StackStatusReason": stack.reason,
            "DisableRollback": stack.disable_rollback,
            "Capabilities": list(stack.capabilities),
            "Outputs": [dict(item) for item in stack.outputs],
            "Tags": tag_list(stack.tags),
            "EnableTerminationProtection": protection,
            "DriftInformation": _drift_information(stack),
            "NotificationARNs": stack.settings.get("NotificationARNs", []),
            "RollbackConfiguration": stack.settings.get("RollbackConfiguration", {}),
            "RoleARN": stack.settings.get("RoleARN"),
            "ParentId": above[0].id if above else None,
            "RootId": above[-1].id if above else None,
        }
    )


def list_stacks(stacks: Stacks, account: str, region: str, given: Mapping[str, Any]) -> dict[str, Any]:
    wanted = frozenset(given.get("StackStatusFilter", ()))
    with stacks.lock:
        rows = [
            given_only(
                {
                    "StackId": stack.id,
                    "StackName": stack.name,
                    "TemplateDescription": stack.description,
                    **_times(stack),
                    "StackStatus": stack.status,
                    "StackStatusReason": stack.reason,
                    "DriftInformation": _drift_information(stack),
                    "ParentId": stack.parent,
                    "RootId": above[-1].id if (above := ancestors(stacks, stack)) else None,
                }
            )
            for stack in reversed(stacks.all(account, region))
            if not wanted or stack.status in wanted
        ]
    shown, token = page(rows, given)
    return given_only({"StackSummaries": shown, "NextToken": token})


def describe_stack_events(
    stacks: Stacks, account: str, region: str, given: Mapping[str, Any]
) -> dict[str, Any]:
    with stacks.lock:
        stack = stacks.stack(account, region, given.get("StackName"))
        rows = [
            {
                **event,
                "StackId": stack.id,
                "StackName": stack.name,
                "Timestamp": moment(event["Timestamp"]),
            }
            for event in reversed(stack.events)
        ]
    shown, token = page(rows, given)
    return given_only({"StackEvents": shown, "NextToken": token})


def _resource_row(
    stacks: Stacks, stack: StackRecord, record: ResourceRecord, time_key: str
) -> dict[str, Any]:
    status = (record.drift or {}).get("StackResourceDriftStatus", "NOT_CHECKED")
    information = {"StackResourceDriftStatus": status}
    if record.drift:
        information["LastCheckTimestamp"] = moment(record.drift["Timestamp"])
    return given_only(
        {
            "StackName": stack.name,
            "StackId": stack.id,
            "LogicalResourceId": record.logical,
            "PhysicalResourceId": record.physical,
            "ResourceType": record.type,
            time_key: moment(record.updated),
            "ResourceStatus": record.status,
            "ResourceStatusReason": record.reason,
            "DriftInformation": information,
        }
    )


def describe_stack_resources(
    stacks: Stacks, account: str, region: str, given: Mapping[str, Any]
) -> dict[str, Any]:
    physical, logical = given.get("PhysicalResourceId"), given.get("LogicalResourceId")
    with stacks.lock:
        if given.get("StackName"):
            chosen = [stacks.stack(account, region, given["StackName"])]
        elif physical:
            chosen = [
                stack
                for stack in stacks.all(account, region)
                if any(record.physical == physical for record in stack.resources.values())
                and not stack.deleted
            ]
            if not chosen:
                raise invalid(f"Stack for {physical} does not exist")
        else:
            raise invalid("Either StackName or PhysicalResourceId must be specified")
        rows = [
            _resource_row(stacks, stack, record, "Timestamp")
            for stack in chosen
            for record in stack.resources.values()
            if not logical or record.logical == logical
        ]
    # at most 100 resources, without pages (API reference, DescribeStackResources)
    return {"StackResources": rows[:100]}


def describe_stack_resource(
    stacks: Stacks, account: str, region: str, given: Mapping[str, Any]
) -> dict[str, Any]:
    with stacks.lock:
        stack = stacks.stack(account, region, given["StackName"])
        record = stack.resources.get(given["LogicalResourceId"])
        if record is None:
            raise invalid(f"Resource {given['LogicalResourceId']} does not exist for stack {stack.name}")
        row = _resource_row(stacks, stack, record, "LastUpdatedTimestamp")
        row["Metadata"] = changes._text(record.definition.get("Metadata", {}))
    return {"StackResourceDetail": row}


def list_stack_resources(
    stacks: Stacks, account: str, region: str, given: Mapping[str, Any]
) -> dict[str, Any]:
    with stacks.lock:
        stack = stacks.stack(account, region, given["StackName"])
        rows = [
            _resource_row(stacks, stack, record, "LastUpdatedTimestamp")
            for record in stack.resources.values()
        ]
    for row in rows:
        del row["StackName"], row["StackId"]
    shown, token = page(rows, given)
    return given_only({"StackResourceSummaries": shown, "NextToken": token})


def get_template(stacks: Stacks, account: str, region: str, given: Mapping[str, Any]) -> dict[str, Any]:
    with stacks.lock:
        of: Previous
        if given.get("ChangeSetName"):
            of = find_change_set(stacks, account, region, given)[1]
        else:
            of = stacks.stack(account, region, given.get("StackName"))
    body = of.template_body
    if given.get("TemplateStage") == "Processed":
        template = parse(body, known_values(account, region, of.parameters, None))
        body = json.dumps(template.body) if template.transforms else body
    return {"TemplateBody": body, "StagesAvailable": ["Original", "Processed"]}


def _asked_template(stacks: Stacks, account: str, region: str, given: Mapping[str, Any]) -> Template:
    if given.get("StackName"):
        stack = stacks.stack(account, region, given["StackName"])
        return parse(stack.template_body, known_values(account, region, stack.parameters, None))
    return parse(template_body(stacks, account, region, given, None))


def get_template_summary(
    stacks: Stacks, account: str, region: str, given: Mapping[str, Any]
) -> dict[str, Any]:
    template = _asked_template(stacks, account, region, given)
    summary = _template_facts(template)
    for item, declared in zip(summary["Parameters"], template.parameters.values(), strict=True):
        item["ParameterType"] = declared.get("Type", "String")
        item["ParameterConstraints"] = given_only(
            {"AllowedValues": [str(value) for value in declared.get("AllowedValues", ())] or None}
        )
    summary["ResourceTypes"] = sorted({item["Type"] for item in template.resources.values()})
    return given_only(
        {
            **summary,
            "Version": template.body.get("AWSTemplateFormatVersion"),
            "Metadata": changes._text(template.body["Metadata"]) if "Metadata" in template.body else None,
        }
    )


def validate_template(stacks: Stacks, account: str, region: str, given: Mapping[str, Any]) -> dict[str, Any]:
    return given_only(_template_facts(_asked_template(stacks, account, region, given)))


def list_exports(stacks: Stacks, account: str, region: str, given: Mapping[str, Any]) -> dict[str, Any]:
    with stacks.lock:
        rows = [
            {"ExportingStackId": stack.id, "Name": output["ExportName"], "Value": output["OutputValue"]}
            for stack in stacks.all(account, region)
            for output in stack.outputs
            if "ExportName" in output
        ]
    shown, token = page(rows, given)
    return given_only({"Exports": shown, "NextToken": token})


def list_imports(stacks: Stacks, account: str, region: str, given: Mapping[str, Any]) -> dict[str, Any]:
    with stacks.lock:
        names = [s.name for s in stacks.all(account, region) if given["ExportName"] in s.imports]
    if not names:
        raise invalid(f"Export '{given['ExportName']}' is not imported by any stack.")
    shown, token = page(names, given)
    return given_only({"Imports": shown, "NextToken": token})


def _times(stack: StackRecord) -> dict[str, Any]:
    return {
        "CreationTime": moment(stack.created),
        "LastUpdatedTime": moment(stack.updated) if stack.updated else None,
        "DeletionTime": moment(stack.deleted) if stack.deleted else None,
    }


def _drift_information(stack: StackRecord) -> dict[str, Any]:
    checked = stack.drift_checked
    return given_only(
        {"StackDriftStatus": stack.drift_status, "LastCheckTimestamp": moment(checked) if checked else None}
    )


def _template_facts(template: Template) -> dict[str, Any]:
    needed, logical = template.capabilities()
    types = ", ".join(sorted({template.resources[name]["Type"] for name in logical}))
    reason = f"The following resource(s) require capabilities: [{types}]" if logical else None
    return {
        "Parameters": [
            given_only(
                {
                    "ParameterKey": key,
                    "DefaultValue": str(declared["Default"]) if "Default" in declared else None,
                    "NoEcho": str(declared.get("NoEcho", False)).lower() == "true",
                    "Description": declared.get("Description"),
                }
            )
            for key, declared in template.parameters.items()
        ],
        "Description": template.description,
        "Capabilities": list(needed),
        "CapabilitiesReason": reason,
        "DeclaredTransforms": list(template.transforms),
    }


OPERATIONS = {
    "DescribeStacks": describe_stacks,
    "ListStacks": list_stacks,
    "DescribeStackEvents": describe_stack_events,
    "DescribeStackResource": describe_stack_resource,
    "DescribeStackResources": describe_stack_resources,
    "ListStackResources": list_stack_resources,
    "GetTemplate": get_template,
    "GetTemplateSummary": get_template_summary,
    "ValidateTemplate": validate_template,
    "ListExports": list_exports,
    "ListImports": list_imports,
}
