"""CloudWatch Logs: data protection policies of log groups and of the account, which mask sensitive data.

Nothing is searched for sensitive data here. So what AWS would mask is never shown: events of a group under
such a policy are read with `unmask` only, for which the authorizer asks `logs:Unmask`; and they leave the
group by no export or subscription. (AWS does not mask what was ingested before the policy: stricter here.)
Nothing is audited either, so no finding comes. Account policies of the other types (subscription filters,
field indexes, transformers, metric extraction, retention) are the generic store's: kept without effect.

Source: CloudWatch Logs API reference, PutDataProtectionPolicy, GetDataProtectionPolicy, PutAccountPolicy,
DescribeAccountPolicies, DeleteAccountPolicy, GetLogEvents; user guide, "Help protect sensitive log data with
masking".
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from ringwork.cloud.emulator.errors import AwsError, NotEmulatedError
from ringwork.cloud.emulator.overlays.call import Call, Overlay, Proceed

_GROUPS = "data protection policies"
_ACCOUNT = "account data protection policy"
_TYPE = "DATA_PROTECTION_POLICY"
_LONGEST = 30_720
_MASKED = "what would be masked is not known here, so such events are shown with `unmask` only"


def _groups(call: Call) -> Any:
    from moto.logs.models import logs_backends  # noqa: PLC0415

    return logs_backends[call.account][call.region].groups


def _name(identifier: Any) -> str:
    """An identifier is a name or an ARN."""
    text = str(identifier)
    return text.split(":", 6)[6].removesuffix(":*") if text.startswith("arn:") else text


def _group(call: Call) -> str:
    name = _name(call.parameters["logGroupIdentifier"])
    if name not in _groups(call):
        raise AwsError("ResourceNotFoundException", "The specified log group does not exist.")
    return name


def _now() -> int:
    return int(datetime.now(UTC).timestamp() * 1000)


# what is a policy


def _document(call: Call) -> str:
    text = str(call.parameters["policyDocument"])
    fault = next(_faults(call, text), None)
    if fault is not None:
        raise AwsError("InvalidParameterException", f"The data protection policy is not valid: {fault}")
    return text


def _faults(call: Call, text: str) -> Iterator[str]:
    """PutDataProtectionPolicy, policyDocument: one block audits, the other masks, both the same data."""
    if len(text) > _LONGEST:
        yield "it is too long"
    try:
        body = json.loads(text)
    except (ValueError, RecursionError):
        yield "it is not JSON"
        return
    blocks = body.get("Statement") if isinstance(body, dict) else None
    if not isinstance(blocks, list) or len(blocks) != 2 or not all(isinstance(one, dict) for one in blocks):
        yield "it does not have two statements"
        return
    audit, mask = (one.get("Operation") for one in blocks)
    first, second = (one.get("DataIdentifier") for one in blocks)
    if not isinstance(first, list) or not first or first != second:
        yield "the two lists of DataIdentifier are not the same"
    findings = audit["Audit"] if isinstance(audit, dict) and set(audit) == {"Audit"} else None
    if not isinstance(findings, dict) or not isinstance(findings.get("FindingsDestination"), dict):
        yield "the first statement does not audit to a FindingsDestination"
        return
    if mask != {"Deidentify": {"MaskConfig": {}}}:
        yield "the second statement does not deidentify with an empty MaskConfig"
    destination = findings["FindingsDestination"].get("CloudWatchLogs")
    if destination is not None and destination.get("LogGroup") not in _groups(call):
        yield "the log group of its FindingsDestination does not exist"


# of log groups


def _put(call: Call, _proceed: Proceed) -> dict[str, Any]:
    name = _group(call)
    record = {"policyDocument": _document(call), "lastUpdatedTime": _now()}
    call.table(_GROUPS)[name] = record
    return {"logGroupIdentifier": call.parameters["logGroupIdentifier"], **record}


def _get(call: Call, _proceed: Proceed) -> dict[str, Any]:
    """A group without a policy is answered without a document."""
    record = call.table(_GROUPS).get(_group(call), {})
    return {"logGroupIdentifier": call.parameters["logGroupIdentifier"], **record}


def _delete(call: Call, _proceed: Proceed) -> dict[str, Any]:
    call.table(_GROUPS).pop(_group(call), None)
    return {}


def _delete_group(call: Call, proceed: Proceed) -> dict[str, Any]:
    answer = proceed()
    call.table(_GROUPS).pop(str(call.parameters["logGroupName"]), None)
    return answer


# of the account


def _put_account(call: Call, proceed: Proceed) -> dict[str, Any]:
    given = call.parameters
    if given["policyType"] != _TYPE:
        return proceed()
    if "selectionCriteria" in given:
        message = "selectionCriteria is not valid for a data protection policy."
        raise AwsError("InvalidParameterException", message)
    if given.get("dryRun"):
        raise NotEmulatedError("logs", call.operation, "what a policy would do is not worked out")
    table, name = call.table(_ACCOUNT), str(given["policyName"])
    document = _document(call)
    if table and name not in table:
        message = "The account has a data protection policy already, and can have only one."
        raise AwsError("LimitExceededException", message)
    table[name] = {
        "policyName": name,
        "policyDocument": document,
        "policyType": _TYPE,
        "scope": "ALL",
        "accountId": call.account,
        "lastUpdatedTime": _now(),
    }
    return {"accountPolicy": dict(table[name])}


def _describe_account(call: Call, proceed: Proceed) -> dict[str, Any]:
    given = call.parameters
    if given["policyType"] != _TYPE:
        return proceed()
    if any(one != call.account for one in given.get("accountIdentifiers") or ()):
        raise NotEmulatedError("logs", call.operation, "no account monitors another here")
    wanted = given.get("policyName")
    rows = [dict(row) for name, row in call.table(_ACCOUNT).items() if wanted in (None, name)]
    return {"accountPolicies": rows}


def _delete_account(call: Call, proceed: Proceed) -> dict[str, Any]:
    if call.parameters["policyType"] != _TYPE:
        return proceed()
    if call.table(_ACCOUNT).pop(str(call.parameters["policyName"]), None) is None:
        raise AwsError("ResourceNotFoundException", "The account has no data protection policy of that name.")
    return {}


# what they hold back


def _named(call: Call) -> set[str] | None:
    """The groups that a call reads; None where it names none, and may read any."""
    given = call.parameters
    found = [given[name] for name in ("logGroupName", "logGroupIdentifier") if name in given]
    for name in ("logGroupNames", "logGroupIdentifiers"):
        found += given.get(name) or ()
    return {_name(one) for one in found} or None


def _masks(call: Call) -> bool:
    groups, named = call.table(_GROUPS), _named(call)
    return bool(call.table(_ACCOUNT)) or (bool(groups) if named is None else bool(named & set(groups)))


def _read(call: Call, proceed: Proceed) -> dict[str, Any]:
    if not call.parameters.get("unmask") and _masks(call):
        raise NotEmulatedError("logs", call.operation, _MASKED)
    return proceed()


def _leave(call: Call, proceed: Proceed) -> dict[str, Any]:
    """Events that are put into a group with a subscription leave it at once."""
    group = _groups(call).get(str(call.parameters["logGroupName"]))
    if group is not None and group.subscription_filters and _masks(call):
        raise NotEmulatedError("logs", call.operation, "a subscription would deliver it unmasked")
    return proceed()


OVERLAYS: Mapping[str, Overlay] = {
    "DeleteAccountPolicy": _delete_account,
    "DeleteDataProtectionPolicy": _delete,
    "DeleteLogGroup": _delete_group,
    "DescribeAccountPolicies": _describe_account,
    "GetDataProtectionPolicy": _get,
    "PutAccountPolicy": _put_account,
    "PutDataProtectionPolicy": _put,
    "PutLogEvents": _leave,
    **dict.fromkeys(
        (
            *("CreateExportTask", "FilterLogEvents", "GetLogEvents", "GetLogRecord"),
            *("StartLiveTail", "StartQuery"),
        ),
        _read,
    ),
}
