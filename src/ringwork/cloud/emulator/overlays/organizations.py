"""Organizations: what a new account begins with, who may change the organization, and its policies' rules."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from ringwork.access import PolicyError, PolicyKind, parse
from ringwork.cloud.emulator import services
from ringwork.cloud.emulator.errors import AwsError
from ringwork.cloud.emulator.overlays.call import Call, Overlay, Proceed

_EVERYTHING = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
_DEFAULT_ROLE = "OrganizationAccountAccessRole"
_FULL_RCP = "p-RCPFullAWSAccess"
_KINDS: dict[str, PolicyKind] = {"SERVICE_CONTROL_POLICY": "scp", "RESOURCE_CONTROL_POLICY": "rcp"}


def organization_of(account: str) -> Any:
    """moto's backend of the management account of the organization that `account` is in; None without one."""
    from moto.organizations.models import organizations_backends  # noqa: PLC0415

    for backends in list(organizations_backends.values()):
        for backend in list(backends.values()):
            if backend.org is not None and any(member.id == account for member in backend.accounts):
                return backend
    return None


def management_only(call: Call, proceed: Proceed) -> dict[str, Any]:
    """Organizations API reference: "You can call this operation only from the management account".

    (Delegated policy administrators are not modelled: they are refused as well.)
    """
    backend = organization_of(call.account)
    if backend is None:
        message = "Your account is not a member of an organization."
        raise AwsError("AWSOrganizationsNotInUseException", message)
    if backend.org.master_account_id != call.account:
        raise AwsError(
            "AccessDeniedException",
            "You don't have permissions to access this resource.",
            status=400,
        )
    return proceed()


def _create_account(call: Call, proceed: Proceed) -> dict[str, Any]:
    """Organizations user guide, "Creating a member account": the role OrganizationAccountAccessRole, which
    the management account may assume, with full administrative permissions."""
    answer = management_only(call, proceed)
    status = answer.get("CreateAccountStatus", {})
    account = status.get("AccountId")
    name = str(call.parameters.get("RoleName") or _DEFAULT_ROLE)
    if account:
        iam = services.iam(account)
        role = next((one for one in iam.roles.values() if one.name == name), None)
        if role is not None:
            role.path = "/"
            iam.put_role_policy(name, "AdministratorAccess", json.dumps(_EVERYTHING))
    return answer


def _policy(call: Call, proceed: Proceed) -> dict[str, Any]:
    """Organizations API reference, CreatePolicy, UpdatePolicy: MalformedPolicyDocumentException."""
    content, kind = call.parameters.get("Content"), call.parameters.get("Type")
    if kind is None:
        backend = organization_of(call.account)
        known = backend.policies if backend is not None else ()
        kind = next((p.type for p in known if p.id == call.parameters.get("PolicyId")), None)
    if content is not None and kind in _KINDS:
        try:
            parse(str(content), kind=_KINDS[kind])
        except PolicyError as error:
            message = f"The provided policy document does not meet the requirements: {error}"
            raise AwsError("MalformedPolicyDocumentException", message) from None
    return management_only(call, proceed)


def _attach_policy(call: Call, proceed: Proceed) -> dict[str, Any]:
    """Organizations API reference, AttachPolicy: DuplicatePolicyAttachmentException."""
    backend = organization_of(call.account)
    target = call.parameters.get("TargetId")
    places = [*backend.ou, *backend.accounts] if backend is not None else []
    place = next((one for one in places if one.id == target), None)
    if any(p.id == call.parameters.get("PolicyId") for p in getattr(place, "attached_policies", ())):
        message = "The selected policy is already attached to the specified target."
        raise AwsError("DuplicatePolicyAttachmentException", message)
    return management_only(call, proceed)


def _detach_policy(call: Call, proceed: Proceed) -> dict[str, Any]:
    """Organizations API reference, DetachPolicy: "You can't detach" RCPFullAWSAccess, and every root, OU and
    account keeps at least one SCP."""
    backend = organization_of(call.account)
    policy, target = call.parameters.get("PolicyId"), call.parameters.get("TargetId")
    if policy == _FULL_RCP:
        raise AwsError("PolicyNotAttachedException", "RCPFullAWSAccess cannot be detached.")
    if backend is not None:
        places = [*backend.ou, *backend.accounts]
        place = next((one for one in places if one.id == target), None)
        attached = [p for p in getattr(place, "attached_policies", ()) if p.type == "SERVICE_CONTROL_POLICY"]
        if [p.id for p in attached] == [policy]:
            message = "You cannot remove the last service control policy from a root, OU or account."
            raise AwsError("ConstraintViolationException", message)
    return management_only(call, proceed)


_TRUSTED = {"iam.amazonaws.com", "access-analyzer.amazonaws.com"}
"""Services that can be given access and that moto does not know (Organizations user guide, "AWS services that
you can use with AWS Organizations")."""


def _service_access(call: Call, proceed: Proceed) -> dict[str, Any]:
    """Organizations API reference, EnableAWSServiceAccess, DisableAWSServiceAccess."""
    principal = call.parameters["ServicePrincipal"]
    backend = organization_of(call.account)
    if principal not in _TRUSTED or backend is None or backend.org.master_account_id != call.account:
        return management_only(call, proceed)
    others = [row for row in backend.services if row["ServicePrincipal"] != principal]
    row = {"ServicePrincipal": principal, "DateEnabled": datetime.now(UTC).timestamp()}
    backend.services[:] = [*others, row] if call.operation == "EnableAWSServiceAccess" else others
    return {}


_ADMINISTERED = ("config.amazonaws.com",)
"""Services that can have a delegated administrator and that moto does not know."""


def _register(call: Call, proceed: Proceed) -> dict[str, Any]:
    """Organizations API reference, RegisterDelegatedAdministrator."""
    from moto.organizations.models import FakeDelegatedAdministrator  # noqa: PLC0415

    known = FakeDelegatedAdministrator.SUPPORTED_SERVICES
    known.extend(principal for principal in _ADMINISTERED if principal not in known)
    return management_only(call, proceed)


OVERLAYS: dict[str, Overlay] = {
    "AttachPolicy": _attach_policy,
    "CreateAccount": _create_account,
    "CreatePolicy": _policy,
    "DetachPolicy": _detach_policy,
    "DisableAWSServiceAccess": _service_access,
    "EnableAWSServiceAccess": _service_access,
    "RegisterDelegatedAdministrator": _register,
    "UpdatePolicy": _policy,
    **dict.fromkeys(
        (
            *("CreateOrganizationalUnit", "DeleteOrganizationalUnit", "DeletePolicy"),
            *("DisablePolicyType", "EnablePolicyType", "MoveAccount", "RemoveAccountFromOrganization"),
            *(
                "UpdateOrganizationalUnit",
                "DeleteOrganization",
                "CloseAccount",
            ),
            *("DescribeAccount", "DeregisterDelegatedAdministrator", "EnableAllFeatures"),
        ),
        management_only,
    ),
}
