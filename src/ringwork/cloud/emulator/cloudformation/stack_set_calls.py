"""StackSets: their API operations (API reference; User Guide, "Manage stacks across accounts")."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ringwork.cloud.emulator.cloudformation.intrinsics import invalid
from ringwork.cloud.emulator.cloudformation.requests import desired as desired_of
from ringwork.cloud.emulator.cloudformation.resources import nested_stacks
from ringwork.cloud.emulator.cloudformation.stack_set_permissions import (
    SERVICE,
    access_enabled,
    check_access,
    home,
    targets,
)
from ringwork.cloud.emulator.cloudformation.stack_set_state import Instance, SetOperation, StackSet
from ringwork.cloud.emulator.cloudformation.stack_set_work import run
from ringwork.cloud.emulator.cloudformation.stacks import NAME, Stacks
from ringwork.cloud.emulator.cloudformation.state import now
from ringwork.cloud.emulator.errors import AwsError, NotEmulatedError

Given = Mapping[str, Any]


def find(stacks: Stacks, account: str, region: str, given: Given) -> StackSet:
    """The StackSet that a request names, by name or id."""
    name, owner = given["StackSetName"], home(stacks, account, region, given)
    with stacks.lock:
        for record in stacks.stack_sets.values():
            here = (record.account, record.region) == (owner, region)
            if here and (name in (record.id, record.arn) or (name == record.name and not _deleted(record))):
                return record
    raise AwsError("StackSetNotFoundException", f"StackSet {name} not found", 404)


def _deleted(record: StackSet) -> bool:
    return record.status == "DELETED"


# -- the set ---------------------------------------------------------------------------------------------


def create_stack_set(stacks: Stacks, account: str, region: str, given: Given) -> dict[str, Any]:
    name = given["StackSetName"]
    _refuse_unmodelled("CreateStackSet", given, "StackId")
    if not NAME.fullmatch(name):
        raise invalid(
            f"1 validation error detected: Value '{name}' at 'stackSetName' failed to satisfy constraint: "
            "Member must satisfy regular expression pattern: [a-zA-Z][-a-zA-Z0-9]*"
        )
    owner = home(stacks, account, region, given)
    record = StackSet(
        id=f"{name}:{uuid.uuid4()}",
        name=name,
        account=owner,
        region=region,
        created=now(),
        description=given.get("Description"),
        permission_model=given.get("PermissionModel", "SELF_MANAGED"),
    )
    _take_roles(record, given)
    if record.permission_model == "SERVICE_MANAGED":
        check_access(stacks, owner)
        if "AutoDeployment" not in given:
            raise invalid("AutoDeployment is required for StackSets with service-managed permissions")
    _take_auto_deployment(record, given)
    _take_template(stacks, record, account, given)
    with stacks.lock:
        if any(
            (other.account, other.region, other.name) == (owner, region, name) and not _deleted(other)
            for other in stacks.stack_sets.values()
        ):
            raise AwsError("NameAlreadyExistsException", f"StackSet {name} already exists", 409)
        stacks.stack_sets[record.id] = record
        stacks.touched.add((owner, region))
    return {"StackSetId": record.id}


def _refuse_unmodelled(operation: str, given: Given, *names: str) -> None:
    for name in names:
        if given.get(name):
            raise NotEmulatedError("cloudformation", operation, name)
    if given.get("ManagedExecution", {}).get("Active"):
        raise NotEmulatedError("cloudformation", operation, "ManagedExecution")


def _take_roles(record: StackSet, given: Given) -> None:
    roles = [name for name in ("AdministrationRoleARN", "ExecutionRoleName") if given.get(name)]
    if record.permission_model == "SERVICE_MANAGED" and roles:
        raise invalid(f"{roles[0]} is valid only with self-managed permissions")
    record.administration_role = given.get("AdministrationRoleARN") or record.administration_role
    record.execution_role = given.get("ExecutionRoleName") or record.execution_role


def _take_auto_deployment(record: StackSet, given: Given) -> None:
    wanted = given.get("AutoDeployment")
    if wanted is None:
        return
    if record.permission_model != "SERVICE_MANAGED":
        raise invalid("AutoDeployment is valid only with service-managed permissions")
    if wanted.get("DependsOn"):
        raise NotEmulatedError("cloudformation", "CreateStackSet", "AutoDeployment.DependsOn")
    record.auto_deployment = dict(wanted)


def _take_template(stacks: Stacks, record: StackSet, account: str, given: Given) -> bool:
    """Template, parameters, tags and capabilities of the request; whether stacks are to follow."""
    desired = desired_of(stacks, account, record.region, given, record if record.template_body else None)
    nested = [item for item in desired.template.resources.values() if item["Type"] == nested_stacks.TYPE]
    if nested and record.permission_model == "SERVICE_MANAGED":
        raise invalid("StackSets with service-managed permissions do not take templates with nested stacks")
    before = (record.template_body, record.parameters, record.tags)
    with stacks.lock:
        record.template_body, record.parameters = desired.template_body, desired.parameters
        record.tags, record.capabilities = desired.tags, desired.capabilities
    return before != (record.template_body, record.parameters, record.tags)


def update_stack_set(stacks: Stacks, account: str, region: str, given: Given) -> dict[str, Any]:
    record = find(stacks, account, region, given)
    _refuse_unmodelled("UpdateStackSet", given)
    _check_idle(record)
    if given.get("PermissionModel", record.permission_model) != record.permission_model:
        if record.instances:
            raise invalid("PermissionModel cannot be changed while the StackSet has stack instances")
        record.permission_model = given["PermissionModel"]
    if record.permission_model == "SERVICE_MANAGED":
        check_access(stacks, record.account)
    chosen = _chosen(stacks, record, given)
    _take_roles(record, given)
    _take_auto_deployment(record, given)
    changed = _take_template(stacks, record, account, given)
    with stacks.lock:
        record.description = given.get("Description", record.description)
        if changed:
            for instance in record.instances:
                if instance.status == "CURRENT":
                    instance.status = "OUTDATED"
    work = [instance for instance in chosen if instance.status != "INOPERABLE"]
    return _start(stacks, record, "UPDATE", given, work)


def _chosen(stacks: Stacks, record: StackSet, given: Given) -> list[Instance]:
    """The instances that an update means: all, or those in the accounts and Regions that it names."""
    named = bool(given.get("Accounts") or given.get("DeploymentTargets"))
    if not named and not given.get("Regions"):
        return list(record.instances)
    if not (named and given.get("Regions")):
        raise invalid("Accounts and Regions must be specified together")
    return [existing(record, account, region) for account, region in _places(stacks, record, given)]


def _places(stacks: Stacks, record: StackSet, given: Given) -> list[tuple[str, str]]:
    return [(account, region) for region in given["Regions"] for account in targets(stacks, record, given)]


def existing(record: StackSet, account: str, region: str) -> Instance:
    found = record.instance(account, region)
    if found is None:
        raise AwsError(
            "StackInstanceNotFoundException",
            f"Stack instance not found for StackSet {record.name}, account {account}, Region {region}",
            404,
        )
    return found


def delete_stack_set(stacks: Stacks, account: str, region: str, given: Given) -> dict[str, Any]:
    try:
        record = find(stacks, account, region, given)
    except AwsError as error:
        if error.code == "StackSetNotFoundException":
            return {}
        raise
    with stacks.lock:
        _check_idle(record)
        if record.instances:
            raise AwsError("StackSetNotEmptyException", "StackSet is not empty", 409)
        record.status = "DELETED"
        stacks.touched.add((record.account, record.region))
    return {}


# -- instances -------------------------------------------------------------------------------------------


def _check_idle(record: StackSet) -> None:
    running = record.running
    if running is not None:
        raise AwsError(
            "OperationInProgressException",
            f"Another Operation on StackSet {record.arn} is in progress: {running.id}",
            409,
        )


def create_stack_instances(stacks: Stacks, account: str, region: str, given: Given) -> dict[str, Any]:
    record = _record_for_instances(stacks, account, region, given)
    chosen = targets(stacks, record, given)
    overrides = _overrides(record, given)
    work = []
    with stacks.lock:
        _check_idle(record)
        for where in given["Regions"]:
            for target, unit in chosen.items():
                instance = record.instance(target, where)
                if instance is None:
                    instance = Instance(target, where, unit=unit)
                    record.instances.append(instance)
                if overrides is not None:
                    instance.overrides = overrides
                instance.detailed = "PENDING"
                work.append(instance)
        for unit in given.get("DeploymentTargets", {}).get("OrganizationalUnitIds", ()):
            record.units = list(dict.fromkeys([*record.units, unit]))
            record.unit_regions = list(dict.fromkeys([*record.unit_regions, *given["Regions"]]))
    return _start(stacks, record, "CREATE", given, work)


def _record_for_instances(stacks: Stacks, account: str, region: str, given: Given) -> StackSet:
    record = find(stacks, account, region, given)
    if record.permission_model == "SERVICE_MANAGED":
        check_access(stacks, record.account)
    if not given.get("Regions"):
        raise invalid("At least one Region must be specified")
    return record


def _overrides(record: StackSet, given: Given) -> list[dict[str, Any]] | None:
    """ParameterOverrides, checked; None when the request has none."""
    if "ParameterOverrides" not in given:
        return None
    known = {item["ParameterKey"] for item in record.parameters}
    unknown = sorted({item["ParameterKey"] for item in given["ParameterOverrides"]} - known)
    if unknown:
        raise invalid(f"Parameters: [{', '.join(unknown)}] do not exist in the template")
    return [
        {"ParameterKey": item["ParameterKey"], "ParameterValue": item["ParameterValue"]}
        for item in given["ParameterOverrides"]
        if not item.get("UsePreviousValue")
    ]


def update_stack_instances(stacks: Stacks, account: str, region: str, given: Given) -> dict[str, Any]:
    record = _record_for_instances(stacks, account, region, given)
    work = [existing(record, *place) for place in _places(stacks, record, given)]
    overrides = _overrides(record, given)
    with stacks.lock:
        _check_idle(record)
        for instance in work:
            kept = [
                item
                for item in instance.overrides
                for asked in given.get("ParameterOverrides", ())
                if asked.get("UsePreviousValue") and asked["ParameterKey"] == item["ParameterKey"]
            ]
            if overrides is not None:
                instance.overrides = [*overrides, *kept]
    return _start(stacks, record, "UPDATE", given, work)


def delete_stack_instances(stacks: Stacks, account: str, region: str, given: Given) -> dict[str, Any]:
    record = _record_for_instances(stacks, account, region, given)
    found = (record.instance(*place) for place in _places(stacks, record, given))
    return _start(stacks, record, "DELETE", given, [instance for instance in found if instance is not None])


def _start(
    stacks: Stacks, record: StackSet, action: str, given: Given, work: Sequence[Instance]
) -> dict[str, Any]:
    identifier = given.get("OperationId") or str(uuid.uuid4())
    operation = SetOperation(
        identifier,
        action,
        now(),
        preferences=dict(given.get("OperationPreferences", {})),
        targets=dict(given.get("DeploymentTargets", {})),
        retain=bool(given.get("RetainStacks")) if action == "DELETE" else None,
    )
    with stacks.lock:
        _check_idle(record)
        if record.operation(identifier) is not None:
            raise AwsError(
                "OperationIdAlreadyExistsException", f"OperationId {identifier} already exists", 409
            )
        record.operations.append(operation)
    stacks.background(
        lambda: run(stacks, record, operation, work), (record.account, record.region), settles=True
    )
    return {"OperationId": identifier}


def stop_stack_set_operation(stacks: Stacks, account: str, region: str, given: Given) -> dict[str, Any]:
    record = find(stacks, account, region, given)
    with stacks.lock:
        operation = operation_of(record, given)
        if operation.status != "RUNNING":
            raise AwsError(
                "InvalidOperationException", f"Operation {operation.id} is in status {operation.status}"
            )
        operation.status = "STOPPING"
    return {}


def operation_of(record: StackSet, given: Given) -> SetOperation:
    found = record.operation(given["OperationId"])
    if found is None:
        raise AwsError("OperationNotFoundException", f"Operation {given['OperationId']} not found", 404)
    return found


# -- accounts that join or leave a unit ------------------------------------------------------------------


def follow_organization(stacks: Stacks, record: StackSet) -> None:
    """Deploy to accounts that have joined the StackSet's units, and leave those that have left them.

    User Guide, "Enable or disable automatic deployments for StackSets in AWS Organizations". AWS does it when
    an account moves; here it happens when somebody next asks about the StackSet.
    """
    settings = record.auto_deployment or {}
    if not settings.get("Enabled") or not record.units or record.running or _deleted(record):
        return
    members = targets(stacks, record, {"DeploymentTargets": {"OrganizationalUnitIds": record.units}})
    left = [instance for instance in record.instances if instance.unit and instance.account not in members]
    joined = [
        Instance(account, region, unit=unit)
        for account, unit in members.items()
        for region in record.unit_regions
        if not any(instance.account == account for instance in record.instances)
    ]
    if joined:
        with stacks.lock:
            record.instances.extend(joined)
        _start(stacks, record, "CREATE", {}, joined)
    elif left:
        retain = settings.get("RetainStacksOnAccountRemoval", False)
        _start(stacks, record, "DELETE", {"RetainStacks": retain}, left)


# -- organizations access --------------------------------------------------------------------------------


def activate(stacks: Stacks, account: str, region: str, given: Given) -> dict[str, Any]:
    organizations = stacks.client("organizations", account, region)
    organizations.enable_aws_service_access(ServicePrincipal=SERVICE)
    return {}


def deactivate(stacks: Stacks, account: str, region: str, given: Given) -> dict[str, Any]:
    organizations = stacks.client("organizations", account, region)
    organizations.disable_aws_service_access(ServicePrincipal=SERVICE)
    return {}


def describe_access(stacks: Stacks, account: str, region: str, given: Given) -> dict[str, Any]:
    enabled = access_enabled(stacks, home(stacks, account, region, given))
    return {"Status": "ENABLED" if enabled else "DISABLED"}


OPERATIONS: Mapping[str, Callable[[Stacks, str, str, Given], dict[str, Any]]] = {
    "CreateStackSet": create_stack_set,
    "UpdateStackSet": update_stack_set,
    "DeleteStackSet": delete_stack_set,
    "CreateStackInstances": create_stack_instances,
    "UpdateStackInstances": update_stack_instances,
    "DeleteStackInstances": delete_stack_instances,
    "StopStackSetOperation": stop_stack_set_operation,
    "ActivateOrganizationsAccess": activate,
    "DeactivateOrganizationsAccess": deactivate,
    "DescribeOrganizationsAccess": describe_access,
}
