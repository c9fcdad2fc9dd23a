"""IAM: the credential report, the root user's line in it, and the account's summary.

Source: IAM user guide, "Generate credential reports for your AWS account"; IAM API reference,
GenerateCredentialReport, GetCredentialReport, GetAccountSummary.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from ringwork.cloud.emulator import services
from ringwork.cloud.emulator.errors import AwsError
from ringwork.cloud.emulator.overlays.call import GLOBAL, Call, Overlay, Proceed

_TABLE, _PASSWORDS = "credential report", "passwords"
_AGE = timedelta(hours=4)
""""You can generate a credential report as often as once every four hours.\""""

_COLUMNS = (
    "user,arn,user_creation_time,password_enabled,password_last_used,password_last_changed,"
    "password_next_rotation,mfa_active,"
    "access_key_1_active,access_key_1_last_rotated,access_key_1_last_used_date,"
    "access_key_1_last_used_region,access_key_1_last_used_service,"
    "access_key_2_active,access_key_2_last_rotated,access_key_2_last_used_date,"
    "access_key_2_last_used_region,access_key_2_last_used_service,"
    "cert_1_active,cert_1_last_rotated,cert_2_active,cert_2_last_rotated"
)
_NO_KEY = ("false", "N/A", "N/A", "N/A", "N/A")


def _time(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%S+00:00")


def _flag(value: Any) -> str:
    return "true" if value else "false"


def root_has_password(account: str) -> bool:
    """Whether the account's root user has credentials: not in accounts that an organization made (IAM user
    guide: FALSE "for new member accounts created as part of your organization")."""
    from moto.organizations.models import organizations_backends  # noqa: PLC0415

    return not any(
        member.id == account and member.id != backend.org.master_account_id
        for backends in list(organizations_backends.values())
        for backend in list(backends.values())
        if backend.org is not None
        for member in backend.accounts
    )


def _lines(call: Call) -> Iterator[str]:
    yield _COLUMNS
    backend = services.iam(call.account)
    # nobody signs in to the local cloud: the root user has a password from the account's beginning at most
    password = root_has_password(call.account)
    since = _time(min((role.create_date for role in backend.roles.values()), default=datetime.now(UTC)))
    root = (
        *("<root_account>", f"arn:aws:iam::{call.account}:root", since, _flag(password)),
        *("no_information" if password else "N/A", since if password else "N/A", "not_supported", "false"),
        *(*_NO_KEY, *_NO_KEY, "false", "N/A", "false", "N/A"),
    )
    yield ",".join(root)
    policy = backend.account_password_policy
    for user in sorted(backend.users.values(), key=lambda one: str(one.name)):
        yield ",".join(_line(call, user, getattr(policy, "max_password_age", None)))


def _line(call: Call, user: Any, most_days: int | None) -> Iterator[str]:
    yield from (user.name, user.arn, _time(user.create_date), _flag(user.password))
    changed = call.table(_PASSWORDS, region=GLOBAL).get(user.name, {}).get("Changed", user.create_date)
    if user.password:
        used = user.password_last_used
        yield _time(used) if used else "no_information"
        yield _time(changed)
        yield _time(changed + timedelta(days=most_days)) if most_days else "N/A"
    else:
        yield from ("N/A", "N/A", "N/A")
    yield _flag(user.mfa_devices)
    keys = list(user.access_keys)
    for number in range(2):
        yield from _key(keys[number]) if number < len(keys) else _NO_KEY
    certificates = list(user.signing_certificates.values())
    for number in range(2):
        there = number < len(certificates)
        yield _flag(there and certificates[number].status == "Active")
        yield _time(certificates[number].upload_date) if there else "N/A"


def _key(key: Any) -> Iterator[str]:
    yield from (_flag(key.status == "Active"), _time(key.create_date))
    used = key.last_used
    yield from (_time(used.timestamp), used.region, used.service) if used else ("N/A", "N/A", "N/A")


def _generate(call: Call, _proceed: Proceed) -> dict[str, Any]:
    made = call.table(_TABLE, region=GLOBAL).get("report")
    if made is not None and datetime.now(UTC) - made["GeneratedTime"] < _AGE:
        return {"State": "COMPLETE"}
    content = "\n".join(_lines(call))
    call.table(_TABLE, region=GLOBAL)["report"] = {"Content": content, "GeneratedTime": datetime.now(UTC)}
    description = "No report exists. Starting a new report generation task"
    return {"State": "STARTED", **({} if made else {"Description": description})}


def _get(call: Call, _proceed: Proceed) -> dict[str, Any]:
    made = call.table(_TABLE, region=GLOBAL).get("report")
    if made is None:
        raise AwsError("ReportNotPresent", "No report exists.", 410)
    if datetime.now(UTC) - made["GeneratedTime"] >= _AGE:
        raise AwsError("ReportExpired", "The most recent report has expired.", 410)
    return {
        "Content": made["Content"].encode(),
        "ReportFormat": "text/csv",
        "GeneratedTime": made["GeneratedTime"],
    }


def _password_set(call: Call, proceed: Proceed) -> dict[str, Any]:
    """moto does not know when a password was set."""
    answer = proceed()
    if call.operation == "CreateLoginProfile" or call.parameters.get("Password"):
        call.table(_PASSWORDS, region=GLOBAL)[str(call.parameters["UserName"])] = {
            "Changed": datetime.now(UTC)
        }
    return answer


def _summary(call: Call, proceed: Proceed) -> dict[str, Any]:
    answer = proceed()
    answer["SummaryMap"]["AccountPasswordPresent"] = int(root_has_password(call.account))
    return answer


OVERLAYS: Mapping[str, Overlay] = {
    "CreateLoginProfile": _password_set,
    "GenerateCredentialReport": _generate,
    "GetAccountSummary": _summary,
    "GetCredentialReport": _get,
    "UpdateLoginProfile": _password_set,
}
