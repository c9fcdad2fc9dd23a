"""SageMaker Studio: what is inside a domain (user profiles, spaces, apps), and changing a domain.

Source: SageMaker API reference, operations on domains, user profiles, spaces and apps.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from ringwork.cloud.emulator.errors import AwsError
from ringwork.cloud.emulator.overlays.call import Call, Overlay, Proceed
from ringwork.cloud.emulator.overlays.sagemaker_models import arn, backend
from ringwork.cloud.emulator.overlays.sagemaker_tags import remember

_TITLES = {"user-profile": "UserProfile", "space": "Space"}


def _domain(call: Call) -> Any:
    domain = backend(call).domains.get(str(call.parameters["DomainId"]))
    if domain is None:
        raise AwsError("ResourceNotFound", f"Domain {call.parameters['DomainId']} does not exist.")
    return domain


def _key(call: Call, kind: str) -> str:
    return f"{call.parameters['DomainId']}/{call.parameters[f'{_TITLES[kind]}Name']}"


def _record(call: Call, kind: str) -> dict[str, Any]:
    found = call.table(kind).get(_key(call, kind))
    if found is None:
        raise AwsError("ResourceNotFound", f"{_TITLES[kind]} {_key(call, kind)} does not exist.")
    return found


def _create(kind: str) -> Overlay:
    title = _TITLES[kind]

    def create(call: Call, _proceed: Proceed) -> dict[str, Any]:
        _domain(call)
        key = _key(call, kind)
        if key in call.table(kind):
            raise AwsError("ResourceInUse", f"{title} {key} already exists.")
        now = datetime.now(UTC)
        made = arn(call, kind, key)
        call.table(kind)[key] = {
            **{name: value for name, value in call.parameters.items() if name != "Tags"},
            f"{title}Arn": made,
            "Status": "InService",
            "CreationTime": now,
            "LastModifiedTime": now,
        }
        remember(call, made)
        return {f"{title}Arn": made}

    return create


def _describe(kind: str) -> Overlay:
    return lambda call, _proceed: dict(_record(call, kind))


def _update(kind: str) -> Overlay:
    def update(call: Call, _proceed: Proceed) -> dict[str, Any]:
        record = _record(call, kind)
        record.update(call.parameters, LastModifiedTime=datetime.now(UTC))
        return {f"{_TITLES[kind]}Arn": record[f"{_TITLES[kind]}Arn"]}

    return update


def _delete(kind: str) -> Overlay:
    title = _TITLES[kind]

    def delete(call: Call, _proceed: Proceed) -> dict[str, Any]:
        _record(call, kind)
        name = call.parameters[f"{title}Name"]
        apps = (a for a in call.table("app").values() if a["Status"] == "InService")
        if any(a.get(f"{title}Name") == name and a["DomainId"] == call.parameters["DomainId"] for a in apps):
            raise AwsError("ResourceInUse", f"{title} {name} has apps that are in service.")
        del call.table(kind)[_key(call, kind)]
        return {}

    return delete


def _list(kind: str, member: str) -> Overlay:
    def rows(call: Call, _proceed: Proceed) -> dict[str, Any]:
        given = call.parameters
        contained = given.get(f"{_TITLES[kind]}NameContains", "")
        return {
            member: [
                record
                for record in call.table(kind).values()
                if given.get("DomainIdEquals") in (None, record["DomainId"])
                and contained in record[f"{_TITLES[kind]}Name"]
            ]
        }

    return rows


# domains


def _update_domain(call: Call, _proceed: Proceed) -> dict[str, Any]:
    """SageMaker API reference, UpdateDomain."""
    domain = _domain(call)
    for parameter, attribute in (
        ("DefaultUserSettings", "default_user_settings"),
        ("DomainSettingsForUpdate", "domain_settings"),
        ("AppNetworkAccessType", "app_network_access_type"),
        ("SubnetIds", "subnet_ids"),
        ("VpcId", "vpc_id"),
        ("DefaultSpaceSettings", "default_space_settings"),
    ):
        value = call.parameters.get(parameter)
        if isinstance(value, dict):
            value = {**(getattr(domain, attribute, None) or {}), **value}
        if value is not None:
            setattr(domain, attribute, value)
    return {"DomainArn": domain.arn}


def _delete_domain(call: Call, proceed: Proceed) -> dict[str, Any]:
    """SageMaker API reference, DeleteDomain: user profiles, spaces and apps must be deleted first."""
    _domain(call)
    named = call.parameters["DomainId"]
    for kind, title in _TITLES.items():
        if any(record["DomainId"] == named for record in call.table(kind).values()):
            message = f"Unable to delete Domain {named} because {title}(s) are associated with it."
            raise AwsError("ResourceInUse", message)
    return proceed()


# apps


def _app_key(call: Call) -> str:
    given = call.parameters
    owner = given.get("UserProfileName") or given.get("SpaceName")
    return f"{given['DomainId']}/{owner}/{given['AppType']}/{given['AppName']}".lower()


def _app(call: Call) -> dict[str, Any]:
    found = call.table("app").get(_app_key(call))
    if found is None:
        raise AwsError("ResourceNotFound", f"App {_app_key(call)} does not exist.")
    return found


def _create_app(call: Call, _proceed: Proceed) -> dict[str, Any]:
    """SageMaker API reference, CreateApp: for a user profile or a space that exists."""
    given = call.parameters
    _domain(call)
    kind = "user-profile" if given.get("UserProfileName") else "space"
    if f"{_TITLES[kind]}Name" not in given:
        raise AwsError("ValidationException", "One of UserProfileName and SpaceName is required.")
    _record(call, kind)
    key = _app_key(call)
    if call.table("app").get(key, {}).get("Status") == "InService":
        raise AwsError("ResourceInUse", f"App {key} already exists.")
    made = arn(call, "app", key)
    now = datetime.now(UTC)
    call.table("app")[key] = {
        **{name: value for name, value in given.items() if name != "Tags"},
        "AppArn": made,
        "Status": "InService",
        "CreationTime": now,
    }
    return {"AppArn": made}


def _describe_app(call: Call, _proceed: Proceed) -> dict[str, Any]:
    return dict(_app(call))


def _delete_app(call: Call, _proceed: Proceed) -> dict[str, Any]:
    _app(call)["Status"] = "Deleted"
    return {}


def _list_apps(call: Call, _proceed: Proceed) -> dict[str, Any]:
    given = call.parameters
    wanted = (
        ("DomainIdEquals", "DomainId"),
        ("UserProfileNameEquals", "UserProfileName"),
        ("SpaceNameEquals", "SpaceName"),
    )
    return {
        "Apps": [
            record
            for record in call.table("app").values()
            if all(given.get(name) in (None, record.get(member)) for name, member in wanted)
        ]
    }


def _presigned(call: Call, _proceed: Proceed) -> dict[str, Any]:
    """SageMaker API reference, CreatePresignedDomainUrl. There is no Studio behind the local cloud's URL."""
    _domain(call)
    _record(call, "user-profile")
    domain = call.parameters["DomainId"]
    return {"AuthorizedUrl": f"https://{domain}.studio.{call.region}.sagemaker.aws/auth?token=local"}


OVERLAYS: Mapping[str, Overlay] = {
    "CreateApp": _create_app,
    "CreatePresignedDomainUrl": _presigned,
    "CreateSpace": _create("space"),
    "CreateUserProfile": _create("user-profile"),
    "DeleteApp": _delete_app,
    "DeleteDomain": _delete_domain,
    "DeleteSpace": _delete("space"),
    "DeleteUserProfile": _delete("user-profile"),
    "DescribeApp": _describe_app,
    "DescribeSpace": _describe("space"),
    "DescribeUserProfile": _describe("user-profile"),
    "ListApps": _list_apps,
    "ListSpaces": _list("space", "Spaces"),
    "ListUserProfiles": _list("user-profile", "UserProfiles"),
    "UpdateDomain": _update_domain,
    "UpdateSpace": _update("space"),
    "UpdateUserProfile": _update("user-profile"),
}
