"""GuardDuty: what runtime monitoring would cover, filters that archive, and lists of addresses.

No agent runs in the local cloud, so nothing that could have one is covered: each such resource is unhealthy,
as on AWS before the agent reports.
Source: GuardDuty API reference, ListCoverage, GetCoverageStatistics, ListFilters, UpdateIPSet, DeleteIPSet;
user guide, "Reviewing runtime coverage statistics and troubleshooting issues".
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from ringwork.cloud.emulator.errors import AwsError, NotEmulatedError
from ringwork.cloud.emulator.overlays import guardduty
from ringwork.cloud.emulator.overlays.call import Call, Overlay, Proceed
from ringwork.cloud.emulator.overlays.pages import page

_MONITORING = ("RUNTIME_MONITORING", "EKS_RUNTIME_MONITORING")
_NO_AGENT = "No Agent Reporting"
_PAGE = 50
_PAGING = ("MaxResults", "NextToken")
_INVALID = "BadRequestException"


def _instances(call: Call) -> Iterator[tuple[str, dict[str, Any]]]:
    from moto.ec2.models import ec2_backends  # noqa: PLC0415

    for reservation in ec2_backends[call.account][call.region].reservations.values():
        for one in reservation.instances:
            if one.state == "running":
                details = {"InstanceId": one.id, "InstanceType": one.instance_type}
                yield one.id, {"Ec2InstanceDetails": details, "ResourceType": "EC2"}


def _eks(call: Call) -> Iterator[tuple[str, dict[str, Any]]]:
    from moto.eks.models import eks_backends  # noqa: PLC0415

    for name in eks_backends[call.account][call.region].clusters:
        yield name, {"EksClusterDetails": {"ClusterName": name}, "ResourceType": "EKS"}


def _ecs(call: Call) -> Iterator[tuple[str, dict[str, Any]]]:
    from moto.ecs.models import ecs_backends  # noqa: PLC0415

    for name in ecs_backends[call.account][call.region].clusters:
        yield name, {"EcsClusterDetails": {"ClusterName": name}, "ResourceType": "ECS"}


_READERS: Mapping[str, Callable[[Call], Iterator[tuple[str, dict[str, Any]]]]] = {
    "ec2": _instances,
    "ecs": _ecs,
    "eks": _eks,
}
_KEYS: Mapping[str, Callable[[dict[str, Any]], Any]] = {
    "ACCOUNT_ID": lambda row: row["AccountId"],
    "CLUSTER_NAME": lambda row: _member(row, "ClusterName"),
    "COVERAGE_STATUS": lambda row: row["CoverageStatus"],
    "ECS_CLUSTER_NAME": lambda row: _member(row, "ClusterName", "EcsClusterDetails"),
    "EKS_CLUSTER_NAME": lambda row: _member(row, "ClusterName", "EksClusterDetails"),
    "INSTANCE_ID": lambda row: _member(row, "InstanceId"),
    "ISSUE": lambda row: row["Issue"],
    "RESOURCE_TYPE": lambda row: row["ResourceDetails"]["ResourceType"],
    "UPDATED_AT": lambda row: row["UpdatedAt"],
}
"""API reference, CoverageFilterCriterion, CoverageSortCriteria"""


def _member(row: Mapping[str, Any], name: str, kind: str | None = None) -> Any:
    for key, details in row["ResourceDetails"].items():
        if isinstance(details, Mapping) and key in (kind, key if kind is None else kind):
            return details.get(name)
    return None


def _rows(call: Call) -> list[dict[str, Any]]:
    detector = guardduty.detector(call)
    if not _monitors(call, detector):
        return []
    found = []
    for service, read in _READERS.items():
        if call.surroundings.has(service):
            for identifier, details in read(call):
                row = {
                    "ResourceId": identifier,
                    "DetectorId": detector.id,
                    "AccountId": call.account,
                    "ResourceDetails": details,
                    "CoverageStatus": "UNHEALTHY",
                    "Issue": _NO_AGENT,
                    "UpdatedAt": datetime.now(UTC),
                }
                if all(_meets(call, row, one) for one in _criteria(call)):
                    found.append(row)
    return found


def _monitors(call: Call, detector: Any) -> bool:
    """Whether runtime monitoring is on: without it nothing is to be covered."""
    kept = call.table("detector features").get(detector.id)
    if kept is None:
        kept = {feature["name"]: {"Status": feature["status"]} for feature in detector.features or ()}
    return any(kept.get(name, {}).get("Status") == "ENABLED" for name in _MONITORING)


def _criteria(call: Call) -> list[Mapping[str, Any]]:
    return list((call.parameters.get("FilterCriteria") or {}).get("FilterCriterion") or ())


def _value(call: Call, row: dict[str, Any], key: str) -> Any:
    read = _KEYS.get(key)
    if read is None:
        raise NotEmulatedError(call.service, call.operation, f"coverage has no {key} here")
    return read(row)


def _meets(call: Call, row: dict[str, Any], criterion: Mapping[str, Any]) -> bool:
    value, condition = _value(call, row, str(criterion["CriterionKey"])), criterion["FilterCondition"]
    if condition.get("Equals") and value not in condition["Equals"]:
        return False
    return not (condition.get("NotEquals") and value in condition["NotEquals"])


def _list(call: Call, _proceed: Proceed) -> dict[str, Any]:
    rows, sort = _rows(call), call.parameters.get("SortCriteria") or {}
    if sort.get("AttributeName"):
        rows.sort(
            key=lambda row: str(_value(call, row, sort["AttributeName"])),
            reverse=sort.get("OrderBy") == "DESC",
        )
    return page(call, "Resources", rows, most=_PAGE, names=_PAGING, invalid=_INVALID)


def _statistics(call: Call, _proceed: Proceed) -> dict[str, Any]:
    rows = _rows(call)
    answer = {
        "COUNT_BY_RESOURCE_TYPE": (
            "CountByResourceType",
            Counter(row["ResourceDetails"]["ResourceType"] for row in rows),
        ),
        "COUNT_BY_COVERAGE_STATUS": (
            "CountByCoverageStatus",
            Counter(row["CoverageStatus"] for row in rows),
        ),
    }
    wanted = call.parameters.get("StatisticsType") or ()
    return {"CoverageStatistics": dict(answer[str(kind)] for kind in wanted)}


# filters and lists


def _filters(call: Call, _proceed: Proceed) -> dict[str, Any]:
    names = list(guardduty.detector(call).filters)
    return page(call, "FilterNames", names, most=_PAGE, names=_PAGING, invalid=_INVALID)


def _set(call: Call, kind: str, key: str) -> dict[str, Any]:
    guardduty.detector(call)
    found = call.table(kind).get(str(call.parameters[key]))
    if found is None:
        raise AwsError(_INVALID, f"The request is rejected because the {key} is not found.", 400)
    return found


def _update_set(kind: str, key: str) -> Overlay:
    """API reference, UpdateIPSet, UpdateThreatIntelSet: Activate says whether the list is in use."""

    def update(call: Call, _proceed: Proceed) -> dict[str, Any]:
        found, given = _set(call, kind, key), call.parameters
        found.update({name: given[name] for name in ("Name", "Location") if name in given})
        if "Activate" in given:
            found["Status"] = "ACTIVE" if given["Activate"] else "INACTIVE"
        return {}

    return update


def _delete_set(kind: str, key: str) -> Overlay:
    def delete(call: Call, _proceed: Proceed) -> dict[str, Any]:
        _set(call, kind, key)
        del call.table(kind)[str(call.parameters[key])]
        return {}

    return delete


OVERLAYS: Mapping[str, Overlay] = {
    "DeleteIPSet": _delete_set("ip sets", "IpSetId"),
    "DeleteThreatIntelSet": _delete_set("threat sets", "ThreatIntelSetId"),
    "GetCoverageStatistics": _statistics,
    "ListCoverage": _list,
    "ListFilters": _filters,
    "UpdateIPSet": _update_set("ip sets", "IpSetId"),
    "UpdateThreatIntelSet": _update_set("threat sets", "ThreatIntelSetId"),
}
