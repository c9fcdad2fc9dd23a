"""With whose credentials a StackSet works in a target account, and which accounts are its targets.

Self-managed (User Guide, "Grant self-managed permissions"): CloudFormation assumes the administration role,
and that role assumes the execution role of the target account. Service-managed (User Guide, "Activate trusted
access for StackSets with AWS Organizations"): a role `stacksets-exec-*` with AdministratorAccess, which
CloudFormation makes in each target account.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from typing import Any

from botocore.exceptions import ClientError

from ringwork.cloud.emulator.accounts import Caller
from ringwork.cloud.emulator.cloudformation.intrinsics import invalid
from ringwork.cloud.emulator.cloudformation.resources import is_gone
from ringwork.cloud.emulator.cloudformation.stack_set_state import StackSet
from ringwork.cloud.emulator.cloudformation.stacks import Stacks
from ringwork.cloud.emulator.errors import NotEmulatedError

ADMINISTRATION_ROLE = "AWSCloudFormationStackSetAdministrationRole"
EXECUTION_ROLE = "AWSCloudFormationStackSetExecutionRole"
ACCOUNT_GATE = "AWSCloudFormationStackSetAccountGate"
SERVICE = "member.org.stacksets.cloudformation.amazonaws.com"
"""the service principal of trusted access"""

_ORGANIZER = "AWSServiceRoleForCloudFormationStackSetsOrgAdmin"
_SESSION = "AWSCloudFormation"
_GLOBAL = "us-east-1"


class TargetRefusedError(Exception):
    """A StackSet may not work in an account; the text is the status reason of the result."""


def administration_role(record: StackSet) -> str:
    return record.administration_role or f"arn:aws:iam::{record.account}:role/{ADMINISTRATION_ROLE}"


def execution_role(record: StackSet) -> str:
    return record.execution_role or EXECUTION_ROLE


def credentials(stacks: Stacks, record: StackSet, target: str) -> Caller:
    """The session with which the StackSet works in account `target`. Raises TargetRefusedError."""
    if record.permission_model == "SERVICE_MANAGED":
        return _service_managed(stacks, record.account, target)
    role = administration_role(record)
    own = role.rsplit("/", 1)[1]
    try:
        sts = stacks.client("sts", record.account, record.region, role)
    except ClientError as error:
        raise TargetRefusedError(
            f"Account {record.account} should have '{own}' role with trust relationship to CloudFormation "
            "service."
        ) from error
    name = execution_role(record)
    arn = f"arn:aws:iam::{target}:role/{name}"
    try:
        user = sts.assume_role(RoleArn=arn, RoleSessionName=_SESSION)["AssumedRoleUser"]
    except ClientError as error:
        raise TargetRefusedError(
            f"Account {target} should have '{name}' role with trust relationship to Role '{own}'."
        ) from error
    return Caller(target, user["Arn"], user["AssumedRoleId"], role=arn)


def _service_managed(stacks: Stacks, management: str, target: str) -> Caller:
    iam = stacks.acting_for(None).client("iam", target, _GLOBAL)
    name = f"stacksets-exec-{hashlib.sha256(target.encode()).hexdigest()[:32]}"
    try:
        role = iam.get_role(RoleName=name)["Role"]
    except ClientError as error:
        if not is_gone(error):
            raise TargetRefusedError(str(error)) from error
        path = "aws-service-role/stacksets.cloudformation.amazonaws.com"
        trusted = {"AWS": f"arn:aws:iam::{management}:role/{path}/{_ORGANIZER}"}
        role = iam.create_role(
            RoleName=name,
            AssumeRolePolicyDocument=_document({"Principal": trusted, "Action": "sts:AssumeRole"}),
        )["Role"]
        # on AWS the managed policy of that name; the local cloud's IAM may not have it loaded
        iam.put_role_policy(
            RoleName=name,
            PolicyName="AdministratorAccess",
            PolicyDocument=_document({"Action": "*", "Resource": "*"}),
        )
    return Caller(
        target,
        f"arn:aws:sts::{target}:assumed-role/{name}/{_SESSION}",
        f"{role['RoleId']}:{_SESSION}",
        role=role["Arn"],
    )


def _document(statement: Mapping[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", **statement}]})


def account_gate(stacks: Stacks, session: Caller, region: str) -> dict[str, str]:
    """AccountGateResult: the local cloud does not run the gate's function, so a gate refuses.

    User Guide, "Prevent failed StackSets deployments using target account gates".
    """
    client = stacks.acting_for(session).client("lambda", session.account, region)
    try:
        client.get_function(FunctionName=ACCOUNT_GATE)
    except ClientError as error:
        if is_gone(error):
            where = f"arn:aws:lambda:{region}:{session.account}:function:{ACCOUNT_GATE}"
            return {"Status": "SKIPPED", "StatusReason": f"Function not found: {where}"}
        # without the permission to ask for the gate there is none, either (AccountGateResult)
        return {
            "Status": "SKIPPED",
            "StatusReason": str(error.response.get("Error", {}).get("Message", error)),
        }
    return {"Status": "FAILED", "StatusReason": f"{ACCOUNT_GATE} is not run by the local cloud"}


# -- organizations ---------------------------------------------------------------------------------------


def home(stacks: Stacks, account: str, region: str, given: Mapping[str, Any]) -> str:
    """The account that the StackSets of a request belong to: a delegated administrator's belong to the
    management account (User Guide, "Register a delegated administrator member account")."""
    if given.get("CallAs", "SELF") != "DELEGATED_ADMIN":
        return account
    try:
        organization = stacks.client("organizations", account, region).describe_organization()
        management = str(organization["Organization"]["MasterAccountId"])
        pages = (
            _organizations(stacks, management)
            .get_paginator("list_delegated_administrators")
            .paginate(ServicePrincipal=SERVICE)
        )
        if any(item["Id"] == account for page in pages for item in page["DelegatedAdministrators"]):
            return management
    except ClientError as error:
        raise invalid("Account used is not a delegated administrator") from error
    raise invalid("Account used is not a delegated administrator")


def _organizations(stacks: Stacks, management: str) -> Any:
    """Organizations as the service-linked role of StackSets reads it."""
    return stacks.acting_for(None).client("organizations", management, _GLOBAL)


def access_enabled(stacks: Stacks, account: str) -> bool:
    """Whether `account` manages an organization that trusts StackSets."""
    organizations = _organizations(stacks, account)
    try:
        if organizations.describe_organization()["Organization"]["MasterAccountId"] != account:
            return False
        pages = organizations.get_paginator("list_aws_service_access_for_organization").paginate()
        return any(
            item["ServicePrincipal"] == SERVICE for page in pages for item in page["EnabledServicePrincipals"]
        )
    except ClientError:
        return False


def check_access(stacks: Stacks, account: str) -> None:
    if not access_enabled(stacks, account):
        raise invalid("You must enable organizations access to operate a service managed stack set")


def targets(stacks: Stacks, record: StackSet, given: Mapping[str, Any]) -> dict[str, str | None]:
    """The accounts that a request means, each with the organizational unit through which it is one.

    Raises ValidationError when the request names them in a way that the permission model does not have.
    """
    wanted = given.get("DeploymentTargets") or {}
    if wanted.get("AccountsUrl"):
        raise NotEmulatedError("cloudformation", "CreateStackInstances", "AccountsUrl")
    if given.get("Accounts") and wanted:
        raise invalid("You can specify Accounts or DeploymentTargets, but not both")
    accounts = [*given.get("Accounts", ()), *wanted.get("Accounts", ())]
    units = wanted.get("OrganizationalUnitIds", ())
    if record.permission_model == "SELF_MANAGED":
        if units:
            raise invalid("StackSets with self-managed permissions have no OrganizationalUnitIds as targets")
        if not accounts:
            raise invalid("Accounts must be specified")
        return dict.fromkeys(accounts)
    if not units:
        raise invalid("OrganizationalUnitIds are required")
    members: dict[str, str | None] = {}
    for unit in units:
        for account in _members(_organizations(stacks, record.account), unit):
            # never a target (User Guide, "Create CloudFormation StackSets with service-managed permissions")
            if account != record.account:
                members.setdefault(account, unit)
    return _filtered(members, accounts, wanted.get("AccountFilterType", "NONE"))


def _filtered(members: dict[str, str | None], accounts: list[str], kind: str) -> dict[str, str | None]:
    """API reference, DeploymentTargets, AccountFilterType."""
    if kind == "INTERSECTION":
        return {account: unit for account, unit in members.items() if account in accounts}
    if kind == "DIFFERENCE":
        return {account: unit for account, unit in members.items() if account not in accounts}
    if kind == "UNION":
        return {**members, **{account: None for account in accounts if account not in members}}
    if accounts:
        raise invalid("AccountFilterType is required when Accounts and OrganizationalUnitIds are given")
    return members


def _members(organizations: Any, unit: str) -> Iterator[str]:
    """The active accounts of a unit and of the units in it."""
    try:
        for page in organizations.get_paginator("list_accounts_for_parent").paginate(ParentId=unit):
            yield from (item["Id"] for item in page["Accounts"] if item.get("Status", "ACTIVE") == "ACTIVE")
        pages = organizations.get_paginator("list_organizational_units_for_parent").paginate(ParentId=unit)
        for page in pages:
            for inner in page["OrganizationalUnits"]:
                yield from _members(organizations, inner["Id"])
    except ClientError as error:
        raise invalid(
            f"Organizational unit {unit} cannot be read: {error.response['Error']['Message']}"
        ) from (error)
