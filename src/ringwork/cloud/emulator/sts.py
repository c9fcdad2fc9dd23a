"""AWS STS: who calls, and sessions of roles.

moto lets anyone assume roles that do not exist, so the local cloud answers STS itself. Sessions are
self-contained (`ringwork.cloud.emulator.credentials`): every process on the same state recognises them.
Trust policies are not evaluated yet: any principal of the local cloud may assume any role that exists.

Source of limits and messages: STS API reference, AssumeRole.
"""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

from ringwork.cloud.emulator import services
from ringwork.cloud.emulator.accounts import Caller, parse_role_arn
from ringwork.cloud.emulator.credentials import KeyRing
from ringwork.cloud.emulator.errors import AwsError, NotEmulatedError

_SESSION_NAME = re.compile(r"[\w+=,.@-]{2,64}")


def answer(operation: str, parameters: dict[str, Any], caller: Caller, keys: KeyRing) -> Any:
    """Answer one STS operation in botocore's shape; raises `AwsError`."""
    if operation == "GetCallerIdentity":
        return {"UserId": caller.user_id, "Account": caller.account, "Arn": caller.arn}
    if operation == "AssumeRole":
        return _assume_role(parameters, caller, keys)
    if operation == "GetSessionToken":
        return {"Credentials": _credentials(keys, caller, parameters.get("DurationSeconds", 43200))}
    raise NotEmulatedError("sts", operation)


def _assume_role(parameters: dict[str, Any], caller: Caller, keys: KeyRing) -> Any:
    arn, session = str(parameters.get("RoleArn", "")), str(parameters.get("RoleSessionName", ""))
    if not _SESSION_NAME.fullmatch(session):
        raise AwsError("ValidationError", f"`{session}` is not a role session name: [\\w+=,.@-]{{2,64}}")
    duration = int(parameters.get("DurationSeconds") or 3600)
    if not 900 <= duration <= 43200:
        raise AwsError("ValidationError", "DurationSeconds is between 900 and 43200")
    named = parse_role_arn(arn)
    role = services.role_of(arn) if named is not None else None
    if named is None or role is None:
        # AWS answers the same for a role that is missing and for one that does not trust the caller
        message = f"User: {caller.arn} is not authorized to perform: sts:AssumeRole on resource: {arn}"
        raise AwsError("AccessDenied", message, status=403)
    account, name = named
    role_session = Caller(
        account,
        f"arn:aws:sts::{account}:assumed-role/{name}/{session}",
        f"{role.id}:{session}",
        role=arn,
    )
    return {
        "Credentials": _credentials(keys, role_session, duration),
        "AssumedRoleUser": {"AssumedRoleId": role_session.user_id, "Arn": role_session.arn},
    }


def _credentials(keys: KeyRing, caller: Caller, seconds: int) -> dict[str, Any]:
    made = keys.for_session(caller, timedelta(seconds=seconds))
    return {
        "AccessKeyId": made.access_key,
        "SecretAccessKey": made.secret_key,
        "SessionToken": made.token,
        "Expiration": made.expires,
    }
