"""IAM: service-specific credentials of users: passwords for CodeCommit and Keyspaces, API keys for Bedrock.

Source: IAM API reference, CreateServiceSpecificCredential ("You can have a maximum of two sets of
service-specific credentials for each supported service per user"), List-, Update-, Reset- and
DeleteServiceSpecificCredential.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from ringwork.cloud.emulator import services
from ringwork.cloud.emulator.errors import AwsError
from ringwork.cloud.emulator.overlays.call import GLOBAL, Call, Overlay, Proceed

_TABLE = "service-specific credentials"
_PASSWORDS = {"codecommit.amazonaws.com", "cassandra.amazonaws.com"}
_KEYS = {"bedrock.amazonaws.com"}
_MOST = 2
_SECRET = ("ServicePassword", "ServiceCredentialSecret")


def _user(call: Call) -> str:
    """The user's name: the parameter, or the caller's own."""
    name = call.parameters.get("UserName")
    if name is None and call.caller.kind == "user":
        name = call.caller.arn.rpartition("/")[2]
    if name is None or not any(one.name == name for one in services.iam(call.account).users.values()):
        raise AwsError("NoSuchEntity", f"The user with name {name} cannot be found.", 404)
    return str(name)


def _supported(service: str) -> None:
    if service not in _PASSWORDS | _KEYS:
        raise AwsError("NotSupportedService", f"Service {service} is not supported for this operation.", 404)


def _create(call: Call, _proceed: Proceed) -> dict[str, Any]:
    user, service = _user(call), str(call.parameters["ServiceName"])
    _supported(service)
    have = [
        row
        for row in call.table(_TABLE, region=GLOBAL).values()
        if (row["UserName"], row["ServiceName"]) == (user, service)
    ]
    if len(have) >= _MOST:
        message = f"Cannot exceed quota for ServiceSpecificCredentialsPerUser: {_MOST}"
        raise AwsError("LimitExceeded", message, 409)
    identifier = f"ACCA{secrets.token_hex(8).upper()}"
    now = datetime.now(UTC)
    made: dict[str, Any] = {
        "CreateDate": now,
        "ServiceName": service,
        "ServiceSpecificCredentialId": identifier,
        "UserName": user,
        "Status": "Active",
    }
    days = call.parameters.get("CredentialAgeDays")
    if days is not None:
        made["ExpirationDate"] = now + timedelta(days=int(days))
    mark = f"{user}{f'+{len(have)}' if have else ''}-at-{call.account}"
    made["ServiceUserName" if service in _PASSWORDS else "ServiceCredentialAlias"] = mark
    call.table(_TABLE, region=GLOBAL)[identifier] = made
    return {"ServiceSpecificCredential": {**made, **_secret(service)}}


def _secret(service: str) -> dict[str, str]:
    """Shown once and not kept: nothing here signs in with it."""
    return {_SECRET[service in _KEYS]: secrets.token_urlsafe(32)}


def _found(call: Call) -> dict[str, Any]:
    identifier = str(call.parameters["ServiceSpecificCredentialId"])
    found = call.table(_TABLE, region=GLOBAL).get(identifier)
    named = call.parameters.get("UserName")
    if found is None or named not in (None, found["UserName"]):
        raise AwsError("NoSuchEntity", f"No such credential {identifier} exists", 404)
    return found


def _list(call: Call, _proceed: Proceed) -> dict[str, Any]:
    everybody = call.parameters.get("AllUsers")
    user = None if everybody else _user(call)
    service = call.parameters.get("ServiceName")
    if service is not None:
        _supported(str(service))
    rows = [
        row
        for row in call.table(_TABLE, region=GLOBAL).values()
        if user in (None, row["UserName"]) and service in (None, row["ServiceName"])
    ]
    return {"ServiceSpecificCredentials": rows, **({"IsTruncated": False} if everybody else {})}


def _update(call: Call, _proceed: Proceed) -> dict[str, Any]:
    _found(call)["Status"] = call.parameters["Status"]
    return {}


def _reset(call: Call, _proceed: Proceed) -> dict[str, Any]:
    found = _found(call)
    return {"ServiceSpecificCredential": {**found, **_secret(found["ServiceName"])}}


def _delete(call: Call, _proceed: Proceed) -> dict[str, Any]:
    del call.table(_TABLE, region=GLOBAL)[_found(call)["ServiceSpecificCredentialId"]]
    return {}


OVERLAYS: Mapping[str, Overlay] = {
    "CreateServiceSpecificCredential": _create,
    "DeleteServiceSpecificCredential": _delete,
    "ListServiceSpecificCredentials": _list,
    "ResetServiceSpecificCredential": _reset,
    "UpdateServiceSpecificCredential": _update,
}
