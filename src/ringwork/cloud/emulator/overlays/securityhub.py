"""Security Hub: findings in ASFF, and their workflow.

Source: Security Hub API reference, BatchImportFindings, GetFindings, BatchUpdateFindings, UpdateFindings;
user guide, "AWS Security Finding Format".
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from ringwork.cloud.emulator.errors import AwsError
from ringwork.cloud.emulator.overlays.call import Call, Overlay, Proceed
from ringwork.cloud.emulator.overlays.pages import page
from ringwork.cloud.emulator.overlays.securityhub_filters import matches, path_of, values

_REQUIRED = (
    *("AwsAccountId", "CreatedAt", "Description", "GeneratorId", "Id", "ProductArn", "Resources"),
    *("SchemaVersion", "Severity", "Title", "UpdatedAt"),
)
_LABELS = ((90, "CRITICAL"), (70, "HIGH"), (40, "MEDIUM"), (1, "LOW"), (0, "INFORMATIONAL"))
"""user guide, "Severity": normalized score -> label"""


def _findings(call: Call) -> dict[str, dict[str, Any]]:
    return call.table("findings")


def _import(call: Call, _proceed: Proceed) -> dict[str, Any]:
    _hub(call)
    failed = []
    good = 0
    for finding in call.parameters.get("Findings") or ():
        missing = [name for name in _REQUIRED if name not in finding]
        if missing or finding["AwsAccountId"] != call.account:
            reason = f"missing {missing[0]}" if missing else "the account does not match"
            identifier = str(finding.get("Id", ""))
            failed.append({"Id": identifier, "ErrorCode": "InvalidInput", "ErrorMessage": reason})
            continue
        key = f"{finding['ProductArn']} {finding['Id']}"
        before = _findings(call).get(key, {})
        kept = {name: before[name] for name in (*_OF_CUSTOMERS, *before.get(_CHANGED, ())) if name in before}
        made = {**_defaults(call, finding), **finding, "Severity": _severity(finding), **kept}
        _findings(call)[key] = made if _CHANGED not in before else {**made, _CHANGED: before[_CHANGED]}
        _tell(call, shown(made))
        good += 1
    answer: dict[str, Any] = {"FailedCount": len(failed), "SuccessCount": good, "FailedFindings": failed}
    return answer


_OF_CUSTOMERS = ("Note", "UserDefinedFields", "VerificationState", "Workflow")
"""What an import never changes (API reference, BatchImportFindings)"""
_CHANGED = "ringwork:changed"
"""On a finding: what else its customer has set, which imports leave alone from then on"""


def shown(finding: Mapping[str, Any]) -> dict[str, Any]:
    """A finding as answers and events have it."""
    return {name: value for name, value in finding.items() if name != _CHANGED}


def _defaults(call: Call, finding: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "RecordState": "ACTIVE",
        "Workflow": {"Status": "NEW"},
        "WorkflowState": "NEW",
        "Region": call.region,
        "ProductName": finding["ProductArn"].rpartition("/")[2],
        "CompanyName": "Personal",
    }


def _severity(finding: Mapping[str, Any]) -> dict[str, Any]:
    given = dict(finding["Severity"])
    if "Label" not in given:
        score = float(given.get("Normalized", 0))
        given["Label"] = next(label for least, label in _LABELS if score >= least)
    if "Normalized" not in given:
        given["Normalized"] = next(least for least, label in _LABELS if label == given["Label"])
    return given


def _key(path: list[str]) -> Callable[[dict[str, Any]], str]:
    return lambda finding: str(next(values(finding, path), ""))


def _get(call: Call, _proceed: Proceed) -> dict[str, Any]:
    found = [shown(one) for one in matching(call, call.parameters.get("Filters") or {})]
    for criterion in reversed(call.parameters.get("SortCriteria") or []):
        path = path_of(call.operation, str(criterion["Field"]))
        found.sort(
            key=_key(path),
            reverse=criterion.get("SortOrder") == "desc",
        )
    return page(
        call,
        "Findings",
        found,
        most=100,
        names=("MaxResults", "NextToken"),
        invalid="InvalidInputException",
    )


def matching(call: Call, filters: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The findings that meet filters; InvalidAccessException where Security Hub is off."""
    _hub(call)
    return [one for one in _findings(call).values() if matches(call.operation, one, filters)]


def _hub(call: Call) -> None:
    from moto.securityhub.models import securityhub_backends  # noqa: PLC0415

    if not securityhub_backends[call.account][call.region].enabled:
        message = f"Account {call.account} is not subscribed to AWS Security Hub"
        raise AwsError("InvalidAccessException", message, 401)


def _tell(call: Call, finding: Mapping[str, Any]) -> None:
    """User guide, "Types of Security Hub integration with EventBridge": every new or changed finding."""
    resource = f"{finding['ProductArn']}/{finding['Id']}"
    call.emit("aws.securityhub", "Security Hub Findings - Imported", {"findings": [finding]}, [resource])


_UPDATED = (
    *("Note", "Severity", "VerificationState", "Confidence", "Criticality", "Types", "UserDefinedFields"),
    *("Workflow", "RelatedFindings"),
)


def _update(call: Call, _proceed: Proceed) -> dict[str, Any]:
    _hub(call)
    done, failed = [], []
    changes = {name: call.parameters[name] for name in _UPDATED if name in call.parameters}
    if "Note" in changes:
        changes["Note"] = {**changes["Note"], "UpdatedAt": datetime.now(UTC).isoformat()}
    for identifier in call.parameters.get("FindingIdentifiers") or ():
        found = _findings(call).get(f"{identifier['ProductArn']} {identifier['Id']}")
        if found is None:
            failed.append(
                {
                    "FindingIdentifier": identifier,
                    "ErrorCode": "FindingNotFound",
                    "ErrorMessage": "the finding does not exist",
                }
            )
            continue
        found.update(changes)
        if "Severity" in changes:
            found["Severity"] = _severity(found)
        found[_CHANGED] = sorted({*found.get(_CHANGED, ()), *changes} - set(_OF_CUSTOMERS))
        _tell(call, shown(found))
        done.append(identifier)
    return {"ProcessedFindings": done, "UnprocessedFindings": failed}


def _update_all(call: Call, _proceed: Proceed) -> dict[str, Any]:
    """API reference, UpdateFindings (deprecated): note and record state of all that match."""
    for found in matching(call, call.parameters.get("Filters") or {}):
        if "Note" in call.parameters:
            found["Note"] = {**call.parameters["Note"], "UpdatedAt": datetime.now(UTC).isoformat()}
        if "RecordState" in call.parameters:
            found["RecordState"] = call.parameters["RecordState"]
        _tell(call, shown(found))
    return {}


# standards

_STANDARDS = {
    "aws-foundational-security-best-practices/v/1.0.0": "AWS Foundational Security Best Practices v1.0.0",
    "cis-aws-foundations-benchmark/v/1.4.0": "CIS AWS Foundations Benchmark v1.4.0",
    "nist-800-53/v/5.0.0": "NIST Special Publication 800-53 Revision 5",
}


def _describe_standards(call: Call, _proceed: Proceed) -> dict[str, Any]:
    rows = [
        {
            "StandardsArn": f"arn:aws:securityhub:{call.region}::standards/{name}",
            "Name": title,
            "EnabledByDefault": False,
        }
        for name, title in _STANDARDS.items()
    ]
    return {"Standards": rows}


def _enable_standards(call: Call, _proceed: Proceed) -> dict[str, Any]:
    rows = []
    for request in call.parameters.get("StandardsSubscriptionRequests") or ():
        name = (
            str(request["StandardsArn"]).partition("standards/")[2]
            or request["StandardsArn"].rpartition("ruleset/")[2]
        )
        arn = f"arn:aws:securityhub:{call.region}:{call.account}:subscription/{name}"
        row = {
            "StandardsSubscriptionArn": arn,
            "StandardsArn": request["StandardsArn"],
            "StandardsInput": request.get("StandardsInput", {}),
            "StandardsStatus": "READY",
        }
        call.table("standards")[arn] = row
        rows.append(row)
    return {"StandardsSubscriptions": rows}


def _disable_standards(call: Call, _proceed: Proceed) -> dict[str, Any]:
    rows = []
    for arn in call.parameters.get("StandardsSubscriptionArns") or ():
        row = call.table("standards").pop(arn, None)
        if row is None:
            raise AwsError("InvalidInputException", f"the subscription {arn} does not exist", 400)
        rows.append({**row, "StandardsStatus": "DELETING"})
    return {"StandardsSubscriptions": rows}


def _enabled_standards(call: Call, _proceed: Proceed) -> dict[str, Any]:
    wanted = call.parameters.get("StandardsSubscriptionArns")
    rows = [row for arn, row in call.table("standards").items() if not wanted or arn in wanted]
    return {"StandardsSubscriptions": rows}


OVERLAYS: Mapping[str, Overlay] = {
    "BatchDisableStandards": _disable_standards,
    "BatchEnableStandards": _enable_standards,
    "BatchImportFindings": _import,
    "BatchUpdateFindings": _update,
    "DescribeStandards": _describe_standards,
    "GetEnabledStandards": _enabled_standards,
    "GetFindings": _get,
    "UpdateFindings": _update_all,
}
