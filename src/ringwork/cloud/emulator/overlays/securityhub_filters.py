"""Security Hub's filters: which member of a finding each reads, and how its conditions combine.

Source: Security Hub API reference, AwsSecurityFindingFilters, StringFilter, NumberFilter, DateFilter,
MapFilter, IpFilter, BooleanFilter, AwsSecurityFinding.
"""

from __future__ import annotations

import ipaddress
import operator
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from ringwork.cloud.emulator import protocol
from ringwork.cloud.emulator.errors import AwsError, NotEmulatedError

_PATHS: Mapping[str, str] = {
    "ComplianceAssociatedStandardsId": "Compliance.AssociatedStandards.StandardsId",
    "ComplianceSecurityControlId": "Compliance.SecurityControlId",
    "ComplianceSecurityControlParametersName": "Compliance.SecurityControlParameters.Name",
    "ComplianceSecurityControlParametersValue": "Compliance.SecurityControlParameters.Value",
    "ComplianceStatus": "Compliance.Status",
    "FindingProviderFieldsConfidence": "FindingProviderFields.Confidence",
    "FindingProviderFieldsCriticality": "FindingProviderFields.Criticality",
    "FindingProviderFieldsRelatedFindingsId": "FindingProviderFields.RelatedFindings.Id",
    "FindingProviderFieldsRelatedFindingsProductArn": "FindingProviderFields.RelatedFindings.ProductArn",
    "FindingProviderFieldsSeverityLabel": "FindingProviderFields.Severity.Label",
    "FindingProviderFieldsSeverityOriginal": "FindingProviderFields.Severity.Original",
    "FindingProviderFieldsTypes": "FindingProviderFields.Types",
    "RecommendationText": "Remediation.Recommendation.Text",
    "RelatedFindingsId": "RelatedFindings.Id",
    "RelatedFindingsProductArn": "RelatedFindings.ProductArn",
    "ResourceApplicationArn": "Resources.ApplicationArn",
    "ResourceApplicationName": "Resources.ApplicationName",
    "ResourceDetailsOther": "Resources.Details.Other",
    "ResourceId": "Resources.Id",
    "ResourcePartition": "Resources.Partition",
    "ResourceRegion": "Resources.Region",
    "ResourceTags": "Resources.Tags",
    "ResourceType": "Resources.Type",
    "Type": "Types",
    "VulnerabilitiesExploitAvailable": "Vulnerabilities.ExploitAvailable",
    "VulnerabilitiesFixAvailable": "Vulnerabilities.FixAvailable",
    "WorkflowStatus": "Workflow.Status",
}
"""Filters whose name is not the path of the member"""
_BEGINNINGS: Mapping[str, str] = {
    "Malware": "Malware.",
    "Network": "Network.",
    "Note": "Note.",
    "Process": "Process.",
    "ResourceAwsEc2Instance": "Resources.Details.AwsEc2Instance.",
    "ResourceAwsIamAccessKey": "Resources.Details.AwsIamAccessKey.",
    "ResourceAwsIamUser": "Resources.Details.AwsIamUser.",
    "ResourceAwsS3Bucket": "Resources.Details.AwsS3Bucket.",
    "ResourceContainer": "Resources.Details.Container.",
    "Severity": "Severity.",
    "ThreatIntelIndicator": "ThreatIntelIndicators.",
}
"""Beginning of other such names -> the path that it stands for"""


def path_of(operation: str, name: str) -> list[str]:
    """The path that a filter or a grouping reads. Raises `AwsError` for what is none."""
    model = protocol.service_model("securityhub")
    if name in _PATHS:
        return _PATHS[name].split(".")
    if name in model.shape_for("AwsSecurityFinding").members:
        return [name]
    if name not in model.shape_for("AwsSecurityFindingFilters").members:
        raise AwsError("InvalidInputException", f"{name} is not an attribute of findings.")
    begin = max((one for one in _BEGINNINGS if name.startswith(one)), key=len, default=None)
    if begin is None or len(begin) == len(name):
        # an answer without findings would read as none that match
        raise NotEmulatedError("securityhub", operation, f"the filter {name} is not read here")
    return (_BEGINNINGS[begin] + name.removeprefix(begin)).split(".")


def values(finding: Any, path: list[str]) -> Iterator[Any]:
    """The values at a path, those of all items of lists on the way."""
    if isinstance(finding, list):
        for item in finding:
            yield from values(item, path)
    elif not path:
        yield finding
    elif isinstance(finding, Mapping) and path[0] in finding:
        yield from values(finding[path[0]], path[1:])


def matches(operation: str, finding: Mapping[str, Any], filters: Mapping[str, Any]) -> bool:
    """All filters must hold. Of one filter's values: any of those that match positively, and none of those
    that exclude (StringFilter)."""
    for name, conditions in filters.items():
        found = list(values(finding, path_of(operation, name)))
        positive = [c for c in conditions if not _excludes(c)]
        negative = [c for c in conditions if _excludes(c)]
        if positive and not any(_holds(value, c) for value in found for c in positive):
            return False
        if any(not _holds(value, c) for value in found for c in negative):
            return False
    return True


def _excludes(condition: Mapping[str, Any]) -> bool:
    return "NOT" in str(condition.get("Comparison", ""))


def _holds(value: Any, condition: Mapping[str, Any]) -> bool:
    comparison = condition.get("Comparison", "EQUALS")
    if "Key" in condition:  # a map filter
        found = value.get(condition["Key"]) if isinstance(value, Mapping) else None
        if found is None:
            return _excludes(condition)
        return _compare(str(found), str(condition.get("Value", "")), comparison)
    if "Cidr" in condition:
        return _in_network(value, str(condition["Cidr"]))
    if "DateRange" in condition:
        days = timedelta(days=int(condition["DateRange"]["Value"]))
        return moment(value) >= datetime.now(UTC) - days
    if "Start" in condition or "End" in condition:
        when = moment(value)
        begins = "Start" not in condition or when >= moment(condition["Start"])
        return begins and ("End" not in condition or when <= moment(condition["End"]))
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
"""NumberFilter"""


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


def _in_network(value: Any, cidr: str) -> bool:
    try:
        return ipaddress.ip_address(str(value)) in ipaddress.ip_network(cidr, strict=False)
    except ValueError:
        return False


def moment(value: Any) -> datetime:
    """A time in ISO 8601. Raises `AwsError` for what is none."""
    try:
        found = value if isinstance(value, datetime) else datetime.fromisoformat(str(value))
    except ValueError:
        raise AwsError("InvalidInputException", f"{value} is not a time.") from None
    return found if found.tzinfo else found.replace(tzinfo=UTC)
