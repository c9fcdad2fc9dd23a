"""Who may do what: IAM, Organizations, IAM Identity Center, Access Analyzer, shares, replica keys."""

from __future__ import annotations

from botocore.exceptions import ClientError

from ringwork.cloud.emulator.cloudformation.resources.api import Api, sets
from ringwork.cloud.emulator.cloudformation.resources.provider import (
    Change,
    Context,
    Properties,
    added_and_removed,
    ignore_gone,
)


def _set_clients(context: Context, arn: str, change: Change) -> None:
    if change.creating:
        return
    iam = context.client("iam")
    add, remove = added_and_removed(change)
    for client in add:
        iam.add_client_id_to_open_id_connect_provider(OpenIDConnectProviderArn=arn, ClientID=client)
    for client in remove:
        iam.remove_client_id_from_open_id_connect_provider(OpenIDConnectProviderArn=arn, ClientID=client)


def _set_targets(context: Context, policy: str, change: Change) -> None:
    organizations = context.client("organizations")
    add, remove = added_and_removed(change)
    for target in add:
        organizations.attach_policy(PolicyId=policy, TargetId=target)
    for target in remove:
        organizations.detach_policy(PolicyId=policy, TargetId=target)


def _delete_policy(context: Context, policy: str, _properties: Properties) -> None:
    """Organizations API reference, DeletePolicy: it must be detached from all first."""
    organizations = context.client("organizations")
    targets = organizations.list_targets_for_policy(PolicyId=policy)["Targets"]
    for target in targets:
        organizations.detach_policy(PolicyId=policy, TargetId=target["TargetId"])
    organizations.delete_policy(PolicyId=policy)


def _set_parent(context: Context, account: str, change: Change) -> None:
    """Resource reference: at most one parent, the root when there is none."""
    organizations = context.client("organizations")
    wanted = list(change.new or ())
    parent = wanted[0] if wanted else organizations.list_roots()["Roots"][0]["Id"]
    now = organizations.list_parents(ChildId=account)["Parents"][0]["Id"]
    if now != parent:
        organizations.move_account(AccountId=account, SourceParentId=now, DestinationParentId=parent)


_PERMISSION_SET = {"InstanceArn": "{part[0]}", "PermissionSetArn": "{part[1]}"}


def _set_managed(context: Context, permission_set: str, change: Change) -> None:
    instance, arn = permission_set.split("|")
    client = context.client("sso-admin")
    add, remove = added_and_removed(change)
    for policy in add:
        client.attach_managed_policy_to_permission_set(
            InstanceArn=instance, PermissionSetArn=arn, ManagedPolicyArn=policy
        )
    for policy in remove:
        client.detach_managed_policy_from_permission_set(
            InstanceArn=instance, PermissionSetArn=arn, ManagedPolicyArn=policy
        )


def _set_shared(context: Context, share: str, change: Change) -> None:
    if change.creating:
        return
    ram = context.client("ram")
    add, remove = added_and_removed(change)
    member = "resourceArns" if change.name == "ResourceArns" else "principals"
    if add:
        ram.associate_resource_share(resourceShareArn=share, **{member: add})
    if remove:
        ram.disassociate_resource_share(resourceShareArn=share, **{member: remove})


# -- AWS::KMS::ReplicaKey ----------------------------------------------------------------------------------


def _enable(context: Context, key: str, change: Change) -> None:
    kms = context.client("kms")
    if change.new is None or str(change.new).lower() == "true":
        kms.enable_key(KeyId=key)
    else:
        kms.disable_key(KeyId=key)


def _delete_replica(context: Context, key: str, properties: Properties) -> None:
    days = int(properties.get("PendingWindowInDays", 30))
    try:
        context.client("kms").schedule_key_deletion(KeyId=key, PendingWindowInDays=days)
    except ClientError as error:
        if error.response["Error"]["Code"] != "KMSInvalidStateException":
            raise


def _close(context: Context, account: str, _properties: Properties) -> None:
    ignore_gone(context.client("organizations").close_account, AccountId=account)


ROWS = {
    "AWS::IAM::OIDCProvider": Api(
        service="iam",
        create="create_open_id_connect_provider",
        ref="{answer[OpenIDConnectProviderArn]}",
        key={"OpenIDConnectProviderArn": "{ref}"},
        delete="delete_open_id_connect_provider",
        update=("update_open_id_connect_provider_thumbprint",),
        changes={"ClientIdList": _set_clients},
    ),
    "AWS::IAM::ServiceLinkedRole": Api(
        service="iam",
        create="create_service_linked_role",
        ref="{answer[Role][RoleName]}",
        key={"RoleName": "{ref}"},
        delete="delete_service_linked_role",
        update=("update_role",),
    ),
    "AWS::Organizations::Policy": Api(
        service="organizations",
        create="create_policy",
        ref="{answer[Policy][PolicySummary][Id]}",
        key={"PolicyId": "{ref}"},
        delete=_delete_policy,
        read="describe_policy",
        found="Policy.PolicySummary",
        defaults={"Description": ""},
        update=("update_policy",),
        setters={"TargetIds": _set_targets},
    ),
    "AWS::Organizations::OrganizationalUnit": Api(
        service="organizations",
        create="create_organizational_unit",
        ref="{answer[OrganizationalUnit][Id]}",
        key={"OrganizationalUnitId": "{ref}"},
        delete="delete_organizational_unit",
        read="describe_organizational_unit",
        found="OrganizationalUnit",
        update=("update_organizational_unit",),
    ),
    "AWS::Organizations::Account": Api(
        service="organizations",
        create="create_account",
        ref="{answer[CreateAccountStatus][AccountId]}",
        key={"AccountId": "{ref}"},
        delete=_close,
        read="describe_account",
        found="Account",
        setters={"ParentIds": _set_parent},
        attributes={"AccountId": "{ref}"},
    ),
    "AWS::SSO::PermissionSet": Api(
        service="sso-admin",
        create="create_permission_set",
        ref="{given[InstanceArn]}|{answer[PermissionSet][PermissionSetArn]}",
        key=_PERMISSION_SET,
        delete="delete_permission_set",
        read="describe_permission_set",
        found="PermissionSet",
        update=("update_permission_set",),
        names={"RelayStateType": "RelayState"},
        setters={
            "InlinePolicy": sets(
                "sso-admin",
                "put_inline_policy_to_permission_set",
                "InlinePolicy",
                "delete_inline_policy_from_permission_set",
                key=_PERMISSION_SET,
            ),
            "PermissionsBoundary": sets(
                "sso-admin",
                "put_permissions_boundary_to_permission_set",
                "PermissionsBoundary",
                "delete_permissions_boundary_from_permission_set",
                key=_PERMISSION_SET,
            ),
            "ManagedPolicies": _set_managed,
        },
    ),
    "AWS::SSO::Assignment": Api(
        service="sso-admin",
        create="create_account_assignment",
        ref="{given[InstanceArn]}|{given[TargetId]}|{given[TargetType]}|{given[PermissionSetArn]}|"
        "{given[PrincipalType]}|{given[PrincipalId]}",
        key={
            "InstanceArn": "{part[0]}",
            "TargetId": "{part[1]}",
            "TargetType": "{part[2]}",
            "PermissionSetArn": "{part[3]}",
            "PrincipalType": "{part[4]}",
            "PrincipalId": "{part[5]}",
        },
        delete="delete_account_assignment",
    ),
    "AWS::AccessAnalyzer::Analyzer": Api(
        service="accessanalyzer",
        create="create_analyzer",
        ref="{answer[arn]}",
        key={"analyzerName": "{tail}"},
        delete="delete_analyzer",
        update=("update_analyzer",),
        names={
            "AnalyzerConfiguration": "configuration",
            "AnalyzerConfiguration/UnusedAccessConfiguration": "unusedAccess",
        },
        name="AnalyzerName",
        limit=255,
    ),
    "AWS::RAM::ResourceShare": Api(
        service="ram",
        create="create_resource_share",
        ref="{answer[resourceShare][resourceShareArn]}",
        key={"resourceShareArn": "{ref}"},
        delete="delete_resource_share",
        read="get_resource_shares",
        read_key={"resourceOwner": "SELF", "resourceShareArns": ["{ref}"]},
        found="resourceShares.0",
        update=("update_resource_share",),
        changes=dict.fromkeys(("ResourceArns", "Principals"), _set_shared),
        attributes={"Arn": "{ref}"},
    ),
    "AWS::KMS::ReplicaKey": Api(
        service="kms",
        create="replicate_key",
        ref="{answer[ReplicaKeyMetadata][KeyId]}",
        key={"KeyId": "{ref}"},
        delete=_delete_replica,
        read="describe_key",
        found="KeyMetadata",
        names={"PrimaryKeyArn": "KeyId", "KeyPolicy": "Policy"},
        fixed={"ReplicaRegion": "{region}"},
        create_in="PrimaryKeyArn",
        changes={
            "KeyPolicy": sets("kms", "put_key_policy", "Policy", key={"KeyId": "{ref}"}),
            "Description": sets("kms", "update_key_description", "Description", key={"KeyId": "{ref}"}),
        },
        setters={"Enabled": _enable},
        ignore=frozenset({"PendingWindowInDays"}),
    ),
}
