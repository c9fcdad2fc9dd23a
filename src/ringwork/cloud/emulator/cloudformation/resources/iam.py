"""AWS::IAM types."""

from __future__ import annotations

from typing import Any

from ringwork.cloud.emulator.cloudformation.resources.provider import (
    Change,
    Context,
    Properties,
    Provider,
    added_and_removed,
    document,
    ignore_gone,
    present,
    tag_changes,
)

# -- AWS::IAM::Role ------------------------------------------------------------------------------------

_ROLE_TAKES = ("RoleName", "Path", "AssumeRolePolicyDocument", "Description", "MaxSessionDuration")


def _create_role(context: Context, properties: Properties) -> str:
    role = context.client("iam").create_role(
        RoleName=properties.get("RoleName") or context.name(64),
        AssumeRolePolicyDocument=document(properties["AssumeRolePolicyDocument"]),
        **present(
            Path=properties.get("Path"),
            Description=properties.get("Description"),
            MaxSessionDuration=_duration(properties.get("MaxSessionDuration")),
            PermissionsBoundary=properties.get("PermissionsBoundary"),
            Tags=properties.get("Tags"),
        ),
    )["Role"]["RoleName"]
    context.made(role)
    return str(role)


def _duration(value: Any) -> int | None:
    return None if value is None else int(value)


def _set_trust(context: Context, role: str, change: Change) -> None:
    context.client("iam").update_assume_role_policy(RoleName=role, PolicyDocument=document(change.new))


def _set_description(context: Context, role: str, change: Change) -> None:
    # IAM's default session is an hour (API reference, UpdateRole)
    context.client("iam").update_role(
        RoleName=role,
        Description=change.properties.get("Description", ""),
        MaxSessionDuration=_duration(change.properties.get("MaxSessionDuration")) or 3600,
    )


def _set_boundary(context: Context, role: str, change: Change) -> None:
    iam = context.client("iam")
    if change.new is None:
        ignore_gone(iam.delete_role_permissions_boundary, RoleName=role)
    else:
        iam.put_role_permissions_boundary(RoleName=role, PermissionsBoundary=change.new)


def _set_attached(context: Context, role: str, change: Change) -> None:
    add, remove = added_and_removed(change)
    iam = context.client("iam")
    for arn in add:
        iam.attach_role_policy(RoleName=role, PolicyArn=arn)
    for arn in remove:
        ignore_gone(iam.detach_role_policy, RoleName=role, PolicyArn=arn)


def _set_inline(context: Context, role: str, change: Change) -> None:
    iam = context.client("iam")
    new = {policy["PolicyName"]: policy["PolicyDocument"] for policy in change.new or ()}
    for policy in change.old or ():
        if policy["PolicyName"] not in new:
            ignore_gone(iam.delete_role_policy, RoleName=role, PolicyName=policy["PolicyName"])
    for name, text in new.items():
        iam.put_role_policy(RoleName=role, PolicyName=name, PolicyDocument=document(text))


def _set_role_tags(context: Context, role: str, change: Change) -> None:
    gone, put = tag_changes(change)
    iam = context.client("iam")
    if gone:
        iam.untag_role(RoleName=role, TagKeys=gone)
    if put:
        iam.tag_role(RoleName=role, Tags=put)


def _delete_role(context: Context, role: str, _properties: Properties) -> None:
    iam = context.client("iam")
    for page in iam.get_paginator("list_attached_role_policies").paginate(RoleName=role):
        for policy in page["AttachedPolicies"]:
            iam.detach_role_policy(RoleName=role, PolicyArn=policy["PolicyArn"])
    for page in iam.get_paginator("list_role_policies").paginate(RoleName=role):
        for name in page["PolicyNames"]:
            iam.delete_role_policy(RoleName=role, PolicyName=name)
    iam.delete_role(RoleName=role)


def _role_attributes(context: Context, role: str, _properties: Properties) -> dict[str, Any]:
    found = context.client("iam").get_role(RoleName=role)["Role"]
    return {"Arn": found["Arn"], "RoleId": found["RoleId"]}


# -- AWS::IAM::ManagedPolicy ---------------------------------------------------------------------------


def _create_policy(context: Context, properties: Properties) -> str:
    arn = context.client("iam").create_policy(
        PolicyName=properties.get("ManagedPolicyName") or context.name(128),
        PolicyDocument=document(properties["PolicyDocument"]),
        **present(Path=properties.get("Path"), Description=properties.get("Description")),
    )["Policy"]["Arn"]
    context.made(arn)
    return str(arn)


def _versions(iam: Any, arn: str) -> list[dict[str, Any]]:
    pages = iam.get_paginator("list_policy_versions").paginate(PolicyArn=arn)
    return [version for page in pages for version in page["Versions"]]


def _set_document(context: Context, arn: str, change: Change) -> None:
    iam = context.client("iam")
    # IAM keeps at most five versions (User Guide, "IAM and AWS STS quotas"); the default is the newest
    for version in _versions(iam, arn):
        if not version["IsDefaultVersion"]:
            iam.delete_policy_version(PolicyArn=arn, VersionId=version["VersionId"])
    iam.create_policy_version(PolicyArn=arn, PolicyDocument=document(change.new), SetAsDefault=True)


_ENTITIES = {
    "Roles": ("attach_role_policy", "detach_role_policy", "RoleName"),
    "Users": ("attach_user_policy", "detach_user_policy", "UserName"),
    "Groups": ("attach_group_policy", "detach_group_policy", "GroupName"),
}


def _set_entities(context: Context, arn: str, change: Change) -> None:
    attach, detach, argument = _ENTITIES[change.name]
    add, remove = added_and_removed(change)
    iam = context.client("iam")
    for name in add:
        getattr(iam, attach)(PolicyArn=arn, **{argument: name})
    for name in remove:
        ignore_gone(getattr(iam, detach), PolicyArn=arn, **{argument: name})


def _delete_policy(context: Context, arn: str, _properties: Properties) -> None:
    iam = context.client("iam")
    for page in iam.get_paginator("list_entities_for_policy").paginate(PolicyArn=arn):
        for kind, key in (("Roles", "PolicyRoles"), ("Users", "PolicyUsers"), ("Groups", "PolicyGroups")):
            _attach, detach, argument = _ENTITIES[kind]
            for entity in page.get(key, ()):
                getattr(iam, detach)(PolicyArn=arn, **{argument: entity[argument]})
    for version in _versions(iam, arn):
        if not version["IsDefaultVersion"]:
            iam.delete_policy_version(PolicyArn=arn, VersionId=version["VersionId"])
    iam.delete_policy(PolicyArn=arn)


def _policy_attributes(context: Context, arn: str, _properties: Properties) -> dict[str, Any]:
    found = context.client("iam").get_policy(PolicyArn=arn)["Policy"]
    return {
        "PolicyArn": arn,
        "PolicyId": found["PolicyId"],
        "DefaultVersionId": found["DefaultVersionId"],
        "AttachmentCount": found.get("AttachmentCount", 0),
        "IsAttachable": found.get("IsAttachable", True),
        "PermissionsBoundaryUsageCount": found.get("PermissionsBoundaryUsageCount", 0),
        "CreateDate": _iso(found["CreateDate"]),
        "UpdateDate": _iso(found["UpdateDate"]),
    }


def _iso(moment: Any) -> str:
    return str(moment.isoformat())


# -- AWS::IAM::RolePolicy ------------------------------------------------------------------------------


def _create_inline(context: Context, properties: Properties) -> str:
    context.client("iam").put_role_policy(
        RoleName=properties["RoleName"],
        PolicyName=properties["PolicyName"],
        PolicyDocument=document(properties["PolicyDocument"]),
    )
    # the registry's primary identifier, in its order
    physical = f"{properties['PolicyName']}|{properties['RoleName']}"
    context.made(physical)
    return physical


def _set_inline_document(context: Context, physical: str, change: Change) -> None:
    policy, _, role = physical.partition("|")
    context.client("iam").put_role_policy(
        RoleName=role, PolicyName=policy, PolicyDocument=document(change.new)
    )


def _delete_inline(context: Context, physical: str, _properties: Properties) -> None:
    policy, _, role = physical.partition("|")
    context.client("iam").delete_role_policy(RoleName=role, PolicyName=policy)


PROVIDERS = {
    "AWS::IAM::Role": Provider(
        create=_create_role,
        delete=_delete_role,
        takes=frozenset({*_ROLE_TAKES, "PermissionsBoundary", "Tags"}),
        setters={
            "AssumeRolePolicyDocument": _set_trust,
            "Description": _set_description,
            "MaxSessionDuration": _set_description,
            "PermissionsBoundary": _set_boundary,
            "ManagedPolicyArns": _set_attached,
            "Policies": _set_inline,
            "Tags": _set_role_tags,
        },
        attributes=_role_attributes,
        named_by="RoleName",
    ),
    "AWS::IAM::ManagedPolicy": Provider(
        create=_create_policy,
        delete=_delete_policy,
        takes=frozenset({"ManagedPolicyName", "Path", "Description", "PolicyDocument"}),
        setters={"PolicyDocument": _set_document, **dict.fromkeys(_ENTITIES, _set_entities)},
        attributes=_policy_attributes,
        named_by="ManagedPolicyName",
    ),
    "AWS::IAM::RolePolicy": Provider(
        create=_create_inline,
        delete=_delete_inline,
        takes=frozenset({"RoleName", "PolicyName", "PolicyDocument"}),
        setters={"PolicyDocument": _set_inline_document},
    ),
}
