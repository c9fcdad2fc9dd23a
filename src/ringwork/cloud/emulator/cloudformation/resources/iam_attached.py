"""AWS::IAM::Policy and AWS::IAM::InstanceProfile: what hangs on roles, users and groups."""

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
    setters,
)

_HOLDERS = {
    "Roles": ("put_role_policy", "delete_role_policy", "RoleName"),
    "Users": ("put_user_policy", "delete_user_policy", "UserName"),
    "Groups": ("put_group_policy", "delete_group_policy", "GroupName"),
}


def _create_policy(context: Context, properties: Properties) -> str:
    if not any(properties.get(kind) for kind in _HOLDERS):
        # Resource reference, AWS::IAM::Policy
        raise ValueError("At least one of [Groups,Roles,Users] must be non-empty.")
    physical = context.name(64)
    context.made(physical)
    for kind in _HOLDERS:
        _put(context, kind, properties.get(kind) or (), properties)
    return physical


def _put(context: Context, kind: str, holders: Any, properties: Properties) -> None:
    put, _remove, argument = _HOLDERS[kind]
    for holder in holders:
        getattr(context.client("iam"), put)(
            PolicyName=properties["PolicyName"],
            PolicyDocument=document(properties["PolicyDocument"]),
            **{argument: holder},
        )


def _remove(context: Context, kind: str, holders: Any, name: str) -> None:
    _, remove, argument = _HOLDERS[kind]
    for holder in holders:
        ignore_gone(getattr(context.client("iam"), remove), PolicyName=name, **{argument: holder})


def _set_holders(context: Context, _physical: str, change: Change) -> None:
    if change.creating:
        return
    add, remove = added_and_removed(change)
    _put(context, change.name, add, change.properties)
    _remove(context, change.name, remove, change.properties["PolicyName"])


def _set_policy(context: Context, _physical: str, change: Change) -> None:
    """A new document, or the same under a new name."""
    if change.creating:
        return
    for kind in _HOLDERS:
        holders = change.properties.get(kind) or ()
        _put(context, kind, holders, change.properties)
        if change.name == "PolicyName":
            _remove(context, kind, holders, change.old)


def _delete_policy(context: Context, _physical: str, properties: Properties) -> None:
    for kind in _HOLDERS:
        _remove(context, kind, properties.get(kind) or (), properties["PolicyName"])


# -- AWS::IAM::InstanceProfile -----------------------------------------------------------------------------


def _create_profile(context: Context, properties: Properties) -> str:
    name = properties.get("InstanceProfileName") or context.name(128)
    context.client("iam").create_instance_profile(
        InstanceProfileName=name, **present(Path=properties.get("Path"))
    )
    context.made(name)
    return str(name)


def _set_roles(context: Context, profile: str, change: Change) -> None:
    iam = context.client("iam")
    add, remove = added_and_removed(change)
    for role in remove:
        iam.remove_role_from_instance_profile(InstanceProfileName=profile, RoleName=role)
    for role in add:
        iam.add_role_to_instance_profile(InstanceProfileName=profile, RoleName=role)


def _delete_profile(context: Context, profile: str, _properties: Properties) -> None:
    """IAM API reference, DeleteInstanceProfile: it must hold no role."""
    iam = context.client("iam")
    for role in iam.get_instance_profile(InstanceProfileName=profile)["InstanceProfile"]["Roles"]:
        iam.remove_role_from_instance_profile(InstanceProfileName=profile, RoleName=role["RoleName"])
    iam.delete_instance_profile(InstanceProfileName=profile)


def _profile_attributes(context: Context, profile: str, _properties: Properties) -> dict[str, Any]:
    found = context.client("iam").get_instance_profile(InstanceProfileName=profile)["InstanceProfile"]
    return {"Arn": found["Arn"]}


PROVIDERS = {
    "AWS::IAM::Policy": Provider(
        create=_create_policy,
        delete=_delete_policy,
        takes=frozenset({"PolicyName", "PolicyDocument", *_HOLDERS}),
        setters={
            **setters(_HOLDERS, _set_holders),
            **setters(("PolicyDocument", "PolicyName"), _set_policy),
        },
        attributes=lambda _context, physical, _properties: {"Id": physical},
    ),
    "AWS::IAM::InstanceProfile": Provider(
        create=_create_profile,
        delete=_delete_profile,
        takes=frozenset({"InstanceProfileName", "Path"}),
        setters={"Roles": _set_roles},
        attributes=_profile_attributes,
        named_by="InstanceProfileName",
    ),
}
