"""AWS STS: who calls, and sessions of roles and of users.

Sessions are self-contained (`ringwork.cloud.emulator.credentials`): every process on the same state
recognises them. Whether the caller may have one is decided before, by identity and trust policies
(`ringwork.cloud.emulator.authorization`).

Source of limits and messages: STS API reference, the operations' pages; IAM user guide, "Pass session tags
in AWS STS", "Methods to assume a role" (role chaining).
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from ringwork.access import PolicyError, parse
from ringwork.cloud.emulator import services
from ringwork.cloud.emulator.accounts import Caller, parse_role_arn
from ringwork.cloud.emulator.credentials import KeyRing, UnknownKeyError
from ringwork.cloud.emulator.errors import AwsError, NotEmulatedError

_SESSION_NAME = re.compile(r"[\w+=,.@-]{2,64}")
_FEDERATED_NAME = re.compile(r"[\w+=,.@-]{2,32}")
_CHAINED = 3600
"""seconds that a role assumed by a role's session lasts at most"""
_MOST_TAGS = 50
_MOST_POLICIES = 10
_POLICY_LENGTH = 2048
_MESSAGE_LENGTH = 10240


@dataclass(frozen=True, slots=True)
class _Asked:
    parameters: Mapping[str, Any]
    caller: Caller
    keys: KeyRing


def answer(operation: str, parameters: dict[str, Any], caller: Caller, keys: KeyRing) -> Any:
    """Answer one STS operation in botocore's shape; raises `AwsError`."""
    handler = OPERATIONS.get(operation)
    if handler is None:
        raise NotEmulatedError("sts", operation, _WHY_NOT.get(operation, ""))
    return handler(_Asked(parameters, caller, keys))


def _get_caller_identity(asked: _Asked) -> dict[str, Any]:
    caller = asked.caller
    return {"UserId": caller.user_id, "Account": caller.account, "Arn": caller.arn}


def _assume_role(asked: _Asked) -> dict[str, Any]:
    parameters, caller = asked.parameters, asked.caller
    arn, session = str(parameters.get("RoleArn", "")), str(parameters.get("RoleSessionName", ""))
    if not _SESSION_NAME.fullmatch(session):
        raise _invalid(f"`{session}` is not a role session name: [\\w+=,.@-]{{2,64}}")
    named = parse_role_arn(arn)
    role = services.role_of(arn) if named is not None else None
    if named is None or role is None:
        # AWS answers the same for a role that is missing and for one that does not trust the caller
        message = f"User: {caller.arn} is not authorized to perform: sts:AssumeRole on resource: {arn}"
        raise AwsError("AccessDenied", message, status=403)
    if caller.kind == "root":
        raise AwsError("AccessDenied", "Roles may not be assumed by root accounts.", status=403)
    account, name = named
    duration = _duration(parameters, 3600, 900, int(role.max_session_duration or 3600))
    if caller.kind == "role" and duration > _CHAINED:
        raise _invalid(
            "The requested DurationSeconds exceeds the 1 hour session limit "
            "for roles assumed by role chaining"
        )
    tags, transitive = _session_tags(parameters, caller)
    made = Caller(
        account,
        f"arn:aws:sts::{account}:assumed-role/{name}/{session}",
        f"{role.id}:{session}",
        role=arn,
        session_policies=_session_policies(parameters),
        tags=tags,
        transitive_tags=transitive,
        source_identity=parameters.get("SourceIdentity") or caller.source_identity,
        mfa=True if parameters.get("SerialNumber") and parameters.get("TokenCode") else None,
    )
    result: dict[str, Any] = {
        "Credentials": _credentials(asked.keys, made, duration),
        "AssumedRoleUser": {"AssumedRoleId": made.user_id, "Arn": made.arn},
    }
    if made.source_identity:
        result["SourceIdentity"] = made.source_identity
    return result


def _session_tags(
    parameters: Mapping[str, Any], caller: Caller
) -> tuple[tuple[tuple[str, str], ...], tuple[str, ...]]:
    """The tags of a new session: those passed, and those that the caller's session hands on."""
    passed = {str(tag["Key"]): str(tag.get("Value", "")) for tag in parameters.get("Tags") or ()}
    if len(passed) > _MOST_TAGS:
        raise _invalid("a session has at most 50 tags")
    inherited = {key: value for key, value in caller.tags if key in caller.transitive_tags}
    low = {key.lower() for key in inherited}
    twice = next((key for key in passed if key.lower() in low), None)
    if twice is not None:
        raise _invalid(f"the transitive tag {twice} cannot be overridden by the session's tags")
    named = tuple(str(key) for key in parameters.get("TransitiveTagKeys") or ())
    missing = next((key for key in named if key not in passed), None)
    if missing is not None:
        raise _invalid(f"the transitive tag key {missing} is not among the tags")
    return tuple({**inherited, **passed}.items()), tuple(dict.fromkeys((*inherited, *named)))


def _session_policies(parameters: Mapping[str, Any]) -> tuple[str, ...] | None:
    """Documents and ARNs of the session's policies; None when none were passed."""
    arns = tuple(str(item["arn"]) for item in parameters.get("PolicyArns") or ())
    document = parameters.get("Policy")
    if len(arns) > _MOST_POLICIES:
        raise _invalid("at most 10 managed policies can be passed")
    if not document:
        return arns or None
    if len(document) > _POLICY_LENGTH:
        raise AwsError("PackedPolicyTooLarge", "the session policy is longer than 2,048 characters")
    try:
        parse(document, kind="session")
    except PolicyError as error:
        raise AwsError("MalformedPolicyDocument", str(error)) from None
    return (str(document), *arns)


def _get_session_token(asked: _Asked) -> dict[str, Any]:
    """STS API reference, GetSessionToken: 12 hours by default, 36 at most, for long-term credentials."""
    caller = asked.caller
    if caller.kind not in ("user", "root"):
        raise AwsError("AccessDenied", "Cannot call GetSessionToken with session credentials", status=403)
    duration = _duration(asked.parameters, 43200, 900, 129600)
    return {"Credentials": _credentials(asked.keys, caller, duration)}


def _get_federation_token(asked: _Asked) -> dict[str, Any]:
    """STS API reference, GetFederationToken: the user's permissions, limited by the policies passed."""
    parameters, caller = asked.parameters, asked.caller
    name = str(parameters.get("Name", ""))
    if not _FEDERATED_NAME.fullmatch(name):
        raise _invalid(f"`{name}` is not a name of a federated user: [\\w+=,.@-]{{2,32}}")
    if caller.kind != "user":
        raise AwsError("AccessDenied", "Cannot call GetFederationToken with session credentials", status=403)
    account = caller.account
    tags, _ = _session_tags(parameters, caller)
    made = Caller(
        account,
        f"arn:aws:sts::{account}:federated-user/{name}",
        f"{account}:{name}",
        kind="federated",
        role=caller.arn,
        # without a policy a federated user has no permissions of its own
        session_policies=_session_policies(parameters) or (),
        tags=tags,
    )
    duration = _duration(parameters, 43200, 900, 129600)
    return {
        "Credentials": _credentials(asked.keys, made, duration),
        "FederatedUser": {"FederatedUserId": made.user_id, "Arn": made.arn},
    }


def _get_access_key_info(asked: _Asked) -> dict[str, Any]:
    """STS API reference, GetAccessKeyInfo: the account of an access key."""
    key = str(asked.parameters.get("AccessKeyId", ""))
    try:
        return {"Account": asked.keys.recognise(key, None).account}
    except UnknownKeyError:
        user = services.user_of(key)
    if user is None:
        raise AwsError("ValidationError", f"the access key {key} was not issued by this local cloud")
    return {"Account": user[0].account}


def _decode(asked: _Asked) -> dict[str, Any]:
    """STS API reference, DecodeAuthorizationMessage. A message is about a caller's account, and is decoded
    there."""
    encoded = str(asked.parameters.get("EncodedMessage", ""))
    found = asked.keys.unseal(asked.caller.account, encoded) if len(encoded) <= _MESSAGE_LENGTH else None
    if found is None:
        message = "Message is not a valid encoded authorization message"
        raise AwsError("InvalidAuthorizationMessageException", message)
    return {"DecodedMessage": zlib.decompress(found).decode()}


def _duration(parameters: Mapping[str, Any], default: int, least: int, most: int) -> int:
    seconds = int(parameters.get("DurationSeconds") or min(default, most))
    if seconds < least:
        raise _invalid(f"DurationSeconds is at least {least}")
    if seconds > most:
        raise _invalid("The requested DurationSeconds exceeds the MaxSessionDuration set for this role.")
    return seconds


def _credentials(keys: KeyRing, caller: Caller, seconds: int) -> dict[str, Any]:
    made = keys.for_session(caller, timedelta(seconds=seconds))
    return {
        "AccessKeyId": made.access_key,
        "SecretAccessKey": made.secret_key,
        "SessionToken": made.token,
        "Expiration": made.expires,
    }


def _invalid(message: str) -> AwsError:
    return AwsError("ValidationError", message)


_WHY_NOT = {
    "AssumeRoleWithWebIdentity": "the identity provider's token cannot be verified here",
    "AssumeRoleWithSAML": "the identity provider's assertion cannot be verified here",
}

OPERATIONS: Mapping[str, Callable[[_Asked], dict[str, Any]]] = {
    "AssumeRole": _assume_role,
    "DecodeAuthorizationMessage": _decode,
    "GetAccessKeyInfo": _get_access_key_info,
    "GetCallerIdentity": _get_caller_identity,
    "GetFederationToken": _get_federation_token,
    "GetSessionToken": _get_session_token,
}
