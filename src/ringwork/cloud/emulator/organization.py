"""The local cloud's organization: a blueprint with several accounts finds one that has them all.

On AWS an organization is there before its accounts are. Here every account exists without one, so it is
made when a blueprint asks for it, by the same calls that people make (Organizations user guide, "Creating
an organization", "Inviting an account to join your organization", "Enabling a policy type", "Using AWS
Organizations with other AWS services").
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import boto3
from botocore.exceptions import ClientError

from ringwork.cloud.errors import OperationError, code, explained

POLICY_TYPES = (
    "AISERVICES_OPT_OUT_POLICY",
    "RESOURCE_CONTROL_POLICY",
    "SERVICE_CONTROL_POLICY",
    "TAG_POLICY",
)
TRUSTED = (
    "access-analyzer.amazonaws.com",
    "cloudtrail.amazonaws.com",
    "config.amazonaws.com",
    "guardduty.amazonaws.com",
    "inspector2.amazonaws.com",
    "macie.amazonaws.com",
    "member.org.stacksets.cloudformation.amazonaws.com",
    "ram.amazonaws.com",
    "securityhub.amazonaws.com",
    "sso.amazonaws.com",
)


def organize(
    session: Callable[[str, str], boto3.Session],
    management: str,
    accounts: Sequence[str],
    region: str,
    *,
    visitor: str,
) -> None:
    """Make the organization of `management`, or let the accounts that it lacks join. Idempotent.

    `visitor`: the account that commands come from. It is in one organization at a time, as any account is,
    and follows the blueprint that is worked on.
    """
    with explained("make the local cloud's organization"):
        client = session(management, region).client("organizations")
        try:
            organization = client.describe_organization()["Organization"]
        except ClientError as error:
            if code(error) != "AWSOrganizationsNotInUseException":
                raise
            organization = client.create_organization(FeatureSet="ALL")["Organization"]
            root = client.list_roots()["Roots"][0]["Id"]
            for kind in POLICY_TYPES:
                client.enable_policy_type(RootId=root, PolicyType=kind)
            for service in TRUSTED:
                client.enable_aws_service_access(ServicePrincipal=service)
        if organization["MasterAccountId"] != management:
            raise OperationError(
                f"account {management} is a member of the organization of account "
                f"{organization['MasterAccountId']} in the local cloud, and cannot manage one",
                help="name that account as `management`, or use another folder in RINGWORK_LOCAL_STATE",
            )
        pages = client.get_paginator("list_accounts").paginate()
        members = {account["Id"] for page in pages for account in page["Accounts"]}
        for account in accounts:
            if account not in members:
                if account == visitor:
                    _leave(session, visitor, region)
                invited = client.invite_account_to_organization(Target={"Type": "ACCOUNT", "Id": account})
                own = session(account, region).client("organizations")
                own.accept_handshake(HandshakeId=invited["Handshake"]["Id"])


def _leave(session: Callable[[str, str], boto3.Session], account: str, region: str) -> None:
    """Have the account's present organization, if it is in one, let it go."""
    try:
        found = session(account, region).client("organizations").describe_organization()["Organization"]
    except ClientError as error:
        if code(error) != "AWSOrganizationsNotInUseException":
            raise
        return
    present = session(found["MasterAccountId"], region).client("organizations")
    present.remove_account_from_organization(AccountId=account)
