"""The security account as the delegated administrator of the organization's detectors.

CloudFormation has a type for two of these only (`AWS::SecurityHub::DelegatedAdmin`,
`AWS::Detective::OrganizationAdmin`), so bootstrap registers them all the same way, by the calls that each
service documents, from the management account. Idempotent: what is registered already is left alone, and
another account's registration is an error that says so.

Sources: Organizations API reference, RegisterDelegatedAdministrator; GuardDuty, Macie and Security Hub API
references, EnableOrganizationAdminAccount; Inspector API reference, EnableDelegatedAdminAccount.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from ringwork.cloud.errors import OperationError, explained, text
from ringwork.cloud.session import Cloud

BY_ORGANIZATIONS = (
    "access-analyzer.amazonaws.com",
    "config-multiaccountsetup.amazonaws.com",
    "config.amazonaws.com",
)
"""Services that Organizations itself registers an administrator for (Organizations user guide, "AWS services
that you can use with AWS Organizations")."""


READS = (
    "organizations:ListDelegatedAdministrators",
    *("guardduty:ListOrganizationAdminAccounts", "macie2:ListOrganizationAdminAccounts"),
    *("securityhub:ListOrganizationAdminAccounts", "inspector2:ListDelegatedAdminAccounts"),
)
"""What seeing who is registered needs, in the management account."""
ACTIONS = (
    *READS,
    *("organizations:DescribeOrganization", "organizations:EnableAWSServiceAccess"),
    "organizations:RegisterDelegatedAdministrator",
    *("guardduty:EnableOrganizationAdminAccount", "macie2:EnableOrganizationAdminAccount"),
    *("securityhub:EnableOrganizationAdminAccount", "inspector2:EnableDelegatedAdminAccount"),
    "iam:CreateServiceLinkedRole",
)
"""What registering needs, in the management account (the services' API references name the Organizations
actions that each call needs beside its own)."""


@dataclass(frozen=True, slots=True)
class Regional:
    """A service that has an administrator in each Region, by its own API."""

    service: str
    """boto3's name"""
    now: Callable[[Any], Sequence[str]]
    """account ids of the present administrator"""
    enable: Callable[[Any, str], object]
    command: str
    """what a person runs instead, with `{account}` and `{region}`"""


def _listed(operation: str, result: str, member: str) -> Callable[[Any], Sequence[str]]:
    def now(client: Any) -> Sequence[str]:
        return [str(one[member]) for one in getattr(client, operation)().get(result, ())]

    return now


REGIONAL = (
    Regional(
        "guardduty",
        _listed("list_organization_admin_accounts", "AdminAccounts", "AdminAccountId"),
        lambda client, account: client.enable_organization_admin_account(AdminAccountId=account),
        "aws guardduty enable-organization-admin-account --admin-account-id {account} --region {region}",
    ),
    Regional(
        "macie2",
        _listed("list_organization_admin_accounts", "adminAccounts", "accountId"),
        lambda client, account: client.enable_organization_admin_account(adminAccountId=account),
        "aws macie2 enable-organization-admin-account --admin-account-id {account} --region {region}",
    ),
    Regional(
        "securityhub",
        _listed("list_organization_admin_accounts", "AdminAccounts", "AccountId"),
        lambda client, account: client.enable_organization_admin_account(AdminAccountId=account),
        "aws securityhub enable-organization-admin-account --admin-account-id {account} --region {region}",
    ),
    Regional(
        "inspector2",
        _listed("list_delegated_admin_accounts", "delegatedAdminAccounts", "accountId"),
        lambda client, account: client.enable_delegated_admin_account(delegatedAdminAccountId=account),
        "aws inspector2 enable-delegated-admin-account --delegated-admin-account-id {account} "
        "--region {region}",
    ),
)


def delegate(
    cloud: Cloud, *, management: str, security: str, regions: Sequence[str], role: str | None = None
) -> tuple[str, ...]:
    """Register `security` for every service that it is not yet the administrator of; names what was done.

    Raises `OperationError` with the commands that are left, once all the others have been tried.
    """
    done: list[str] = []
    problems: list[tuple[str, str]] = []
    for what, command, act in _steps(cloud.as_first(role), management, security, regions):
        try:
            if act():
                done.append(what)
        except (ClientError, BotoCoreError, OperationError) as error:
            said = text(error) if isinstance(error, ClientError) else str(error)
            problems.append((f"{what}: {said}", command))
    if problems:
        commands = "".join(f"\n  {command}" for _, command in problems)
        raise OperationError(
            f"account {security} is not the administrator of {problems[0][0]}"
            + (f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""),
            help=f"run from the management account {management}, then repeat the command:{commands}",
        )
    return tuple(done)


def undelegated(
    cloud: Cloud, *, management: str, security: str, regions: Sequence[str]
) -> tuple[tuple[str, str], ...]:
    """The management account with each Region where `security` is not yet the administrator of all that
    `delegate` registers: what an interrupted bootstrap leaves. Only reads. Raises OperationError."""
    left: list[tuple[str, str]] = []
    with explained(f"read the delegated administrators in account {management}"):
        organizations = cloud.client("organizations", account=management)
        if any(security not in _registered(organizations, principal) for principal in BY_ORGANIZATIONS):
            left.append((management, regions[0]))
        for region in regions:
            clients = (
                (one, cloud.client(one.service, account=management, region=region)) for one in REGIONAL
            )
            if any(security not in one.now(client) for one, client in clients):
                left.append((management, region))
    return tuple(dict.fromkeys(left))


Step = tuple[str, str, Callable[[], bool]]


def _steps(cloud: Cloud, management: str, security: str, regions: Sequence[str]) -> Iterator[Step]:
    for principal in BY_ORGANIZATIONS:
        yield (
            principal,
            f"aws organizations register-delegated-administrator --account-id {security} "
            f"--service-principal {principal}",
            lambda principal=principal: _register(cloud, management, security, principal),  # type: ignore[misc]
        )
    for regional in REGIONAL:
        for region in regions:
            yield (
                f"{regional.service} in {region}",
                regional.command.format(account=security, region=region),
                lambda regional=regional, region=region: _enable(  # type: ignore[misc]
                    cloud, management, security, regional, region
                ),
            )


def _register(cloud: Cloud, management: str, security: str, principal: str) -> bool:
    client = cloud.client("organizations", account=management)
    if security in _registered(client, principal):
        return False
    client.enable_aws_service_access(ServicePrincipal=principal)
    client.register_delegated_administrator(AccountId=security, ServicePrincipal=principal)
    return True


def _registered(organizations: Any, principal: str) -> list[str]:
    pages = organizations.get_paginator("list_delegated_administrators").paginate(ServicePrincipal=principal)
    return [one["Id"] for page in pages for one in page["DelegatedAdministrators"]]


def _enable(cloud: Cloud, management: str, security: str, regional: Regional, region: str) -> bool:
    client = cloud.client(regional.service, account=management, region=region)
    present = regional.now(client)
    if security in present:
        return False
    if present:
        raise OperationError(f"account {present[0]} is the administrator")
    regional.enable(client, security)
    return True
