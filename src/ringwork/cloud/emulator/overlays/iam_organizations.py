"""IAM: centralized root access for the accounts of an organization.

Source: IAM API reference, ListOrganizationsFeatures, EnableOrganizationsRootCredentialsManagement,
EnableOrganizationsRootSessions and their opposites.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ringwork.cloud.emulator.errors import AwsError
from ringwork.cloud.emulator.overlays.call import GLOBAL, Call, Overlay, Proceed

_TABLE = "organization features"
_PRINCIPAL = "iam.amazonaws.com"


def _organization(call: Call) -> Any:
    """moto's organization of which the caller's account is the management account, ready for these features.

    (IAM's delegated administrators are not modelled: they are refused as well.)
    """
    from moto.organizations.models import organizations_backends  # noqa: PLC0415

    backend = next(
        (
            backend
            for backends in list(organizations_backends.values())
            for backend in list(backends.values())
            if backend.org is not None and any(member.id == call.account for member in backend.accounts)
        ),
        None,
    )
    if backend is None:
        raise AwsError("OrganizationNotFoundException", "The account is not in an organization.")
    if backend.org.master_account_id != call.account:
        message = "The account is neither the management account nor a delegated administrator."
        raise AwsError("AccountNotManagementOrDelegatedAdministratorException", message)
    if backend.org.feature_set != "ALL":
        message = "The organization does not have all features enabled."
        raise AwsError("OrganizationNotInAllFeaturesModeException", message)
    if not any(service["ServicePrincipal"] == _PRINCIPAL for service in backend.services):
        message = "Trusted access is not enabled for IAM in Organizations."
        raise AwsError("ServiceAccessNotEnabledException", message)
    return backend.org


def _answer(call: Call, organization: Any) -> dict[str, Any]:
    return {"OrganizationId": organization.id, "EnabledFeatures": sorted(call.table(_TABLE, region=GLOBAL))}


def _list(call: Call, _proceed: Proceed) -> dict[str, Any]:
    return _answer(call, _organization(call))


def _turn(feature: str, *, on: bool) -> Overlay:
    def overlay(call: Call, _proceed: Proceed) -> dict[str, Any]:
        organization = _organization(call)
        if on:
            call.table(_TABLE, region=GLOBAL)[feature] = {}
        else:
            call.table(_TABLE, region=GLOBAL).pop(feature, None)
        return _answer(call, organization)

    return overlay


OVERLAYS: Mapping[str, Overlay] = {
    "DisableOrganizationsRootCredentialsManagement": _turn("RootCredentialsManagement", on=False),
    "DisableOrganizationsRootSessions": _turn("RootSessions", on=False),
    "EnableOrganizationsRootCredentialsManagement": _turn("RootCredentialsManagement", on=True),
    "EnableOrganizationsRootSessions": _turn("RootSessions", on=True),
    "ListOrganizationsFeatures": _list,
}
