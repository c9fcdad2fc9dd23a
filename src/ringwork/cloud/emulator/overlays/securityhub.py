"""Security Hub: findings in ASFF, their filters, and their workflow.

Source: Security Hub API reference, BatchImportFindings, GetFindings, BatchUpdateFindings, AwsSecurityFinding,
AwsSecurityFindingFilters; user guide, "AWS Security Finding Format".
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from ringwork.cloud.emulator.errors import AwsError
from ringwork.cloud.emulator.overlays.call import Call, Overlay, Proceed

_REQUIRED = (
    *("AwsAccountId", "CreatedAt", "Description", "GeneratorId", "Id", "ProductArn", "Resources"),
    *("SchemaVersion", "Severity", "Title", "UpdatedAt"),
)
_LABELS = ((90, "CRITICAL"), (70, "HIGH"), (40, "MEDIUM"), (1, "LOW"), (0, "INFORMATIONAL"))
"""user guide, "Severity": normalized score -> label"""


def _findings(call: Call) -> dict[str, dict[str, Any]]:
    return call.table("findings")


def _import(call: Call, _proceed: Proceed) -> dict[str, Any]:
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
        kept: dict[str, Any] = {
            name: before[name] for name in ("Workflow", "Note", "UserDefinedFields") if name in before
        }
        _findings(call)[key] = {**_defaults(call, finding), **finding, "Severity": _severity(finding), **kept}
        good += 1
    answer: dict[str, Any] = {"FailedCount": len(failed), "SuccessCount": good, "FailedFindings": failed}
    return answer


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


# filters

_PATHS: Mapping[str, str] = {
    "ComplianceStatus": "Compliance.Status",
    "ComplianceSecurityControlId": "Compliance.SecurityControlId",
    "NoteText": "Note.Text",
    "RecommendationText": "Remediation.Recommendation.Text",
    "ResourceAwsS3BucketOwnerId": "Resources.Details.AwsS3Bucket.OwnerId",
    "ResourceId": "Resources.Id",
    "ResourcePartition": "Resources.Partition",
    "ResourceRegion": "Resources.Region",
    "ResourceTags": "Resources.Tags",
    "ResourceType": "Resources.Type",
    "SeverityLabel": "Severity.Label",
    "SeverityNormalized": "Severity.Normalized",
    "SeverityProduct": "Severity.Product",
    "Type": "Types",
    "WorkflowStatus": "Workflow.Status",
}
"""Filters whose name is not the path of the member"""


def _values(finding: Any, path: list[str]) -> Iterator[Any]:
    if isinstance(finding, list):
        for item in finding:
            yield from _values(item, path)
    elif not path:
        yield finding
    elif isinstance(finding, Mapping) and path[0] in finding:
        yield from _values(finding[path[0]], path[1:])


def _matches(finding: Mapping[str, Any], filters: Mapping[str, Any]) -> bool:
    """All filters must hold. Of one filter's values: any of those that match positively, and none of those
    that exclude (Security Hub API reference, StringFilter)."""
    for name, conditions in filters.items():
        values = list(_values(finding, _PATHS.get(name, name).split(".")))
        positive = [c for c in conditions if not _excludes(c)]
        negative = [c for c in conditions if _excludes(c)]
        if positive and not any(_holds(value, c) for value in values for c in positive):
            return False
        if any(not _holds(value, c) for value in values for c in negative):
            return False
    return True


def _excludes(condition: Mapping[str, Any]) -> bool:
    return "NOT" in str(condition.get("Comparison", ""))


def _holds(value: Any, condition: Mapping[str, Any]) -> bool:
    comparison = condition.get("Comparison", "EQUALS")
    if "Key" in condition:  # a map filter
        found = value.get(condition["Key"]) if isinstance(value, Mapping) else None
        return (
            _compare(str(found), str(condition.get("Value", "")), comparison) if found is not None else False
        )
    if "DateRange" in condition:
        days = timedelta(days=int(condition["DateRange"]["Value"]))
        return _time(value) >= datetime.now(UTC) - days
    if "Start" in condition or "End" in condition:
        when = _time(value)
        begins = "Start" not in condition or when >= _time(condition["Start"])
        return begins and ("End" not in condition or when <= _time(condition["End"]))
    if any(name in condition and not test(float(value), float(condition[name])) for name, test in _NUMBERS):
        return False
    if "Value" in condition:
        wanted = condition["Value"]
        if isinstance(wanted, bool):
            return bool(value) == wanted
        return _compare(str(value), str(wanted), comparison)
    return True


_NUMBERS: tuple[tuple[str, Callable[[float, float], bool]], ...] = (
    ("Gte", operator.ge),
    ("Lte", operator.le),
    ("Gt", operator.gt),
    ("Lt", operator.lt),
    ("Eq", operator.eq),
)
"""Security Hub API reference, NumberFilter"""


def _compare(value: str, wanted: str, comparison: str) -> bool:
    return {
        "EQUALS": value == wanted,
        "NOT_EQUALS": value != wanted,
        "PREFIX": value.startswith(wanted),
        "PREFIX_NOT_EQUALS": not value.startswith(wanted),
        "CONTAINS": wanted in value,
        "NOT_CONTAINS": wanted not in value,
        "CONTAINS_WORD": wanted in value.split(),
    }.get(comparison, False)


def _time(value: Any) -> datetime:
    found = (
        value if isinstance(value, datetime) else datetime.fromisoformat(str(value).replace("Z", "+00:00"))
    )
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _key(path: list[str]) -> Callable[[dict[str, Any]], str]:
    return lambda finding: str(next(_values(finding, path), ""))


def _get(call: Call, _proceed: Proceed) -> dict[str, Any]:
    found = [f for f in _findings(call).values() if _matches(f, call.parameters.get("Filters") or {})]
    for criterion in reversed(call.parameters.get("SortCriteria") or []):
        path = _PATHS.get(criterion["Field"], criterion["Field"]).split(".")
        found.sort(
            key=_key(path),
            reverse=criterion.get("SortOrder") == "desc",
        )
    limit = int(call.parameters.get("MaxResults") or 100)
    begin = int(call.parameters.get("NextToken") or 0)
    answer: dict[str, Any] = {"Findings": found[begin : begin + limit]}
    if begin + limit < len(found):
        answer["NextToken"] = str(begin + limit)
    return answer


_UPDATED = (
    *("Note", "Severity", "VerificationState", "Confidence", "Criticality", "Types", "UserDefinedFields"),
    *("Workflow", "RelatedFindings"),
)


def _update(call: Call, _proceed: Proceed) -> dict[str, Any]:
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
        done.append(identifier)
    return {"ProcessedFindings": done, "UnprocessedFindings": failed}


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
}
