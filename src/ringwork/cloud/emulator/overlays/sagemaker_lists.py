"""SageMaker: lists of what moto makes and does not list.

Source: SageMaker API reference, ListFeatureGroups, ListNotebookInstanceLifecycleConfigs,
BatchDescribeModelPackage.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from ringwork.cloud.emulator.overlays.call import Call, Overlay, Proceed
from ringwork.cloud.emulator.overlays.pages import page
from ringwork.cloud.emulator.overlays.sagemaker_models import backend

_PAGING = ("MaxResults", "NextToken")


def _chosen(call: Call, rows: list[dict[str, Any]], name: str) -> list[dict[str, Any]]:
    """Rows whose name and creation time are as asked, in the order asked for."""
    given = call.parameters
    part = str(given.get("NameContains") or "").lower()
    found = [row for row in rows if part in row[name].lower() and _between(given, row["CreationTime"])]
    key = {"Name": name}.get(str(given.get("SortBy") or "CreationTime"), "CreationTime")
    return sorted(found, key=lambda row: row[key], reverse=given.get("SortOrder") != "Ascending")


def _between(given: Mapping[str, Any], when: datetime) -> bool:
    after, before = given.get("CreationTimeAfter"), given.get("CreationTimeBefore")
    stamp = when.timestamp()
    return (after is None or stamp >= _stamp(after)) and (before is None or stamp <= _stamp(before))


def _stamp(value: Any) -> float:
    return value.timestamp() if isinstance(value, datetime) else float(value)


def _feature_groups(call: Call, _proceed: Proceed) -> dict[str, Any]:
    wanted = call.parameters.get("FeatureGroupStatusEquals")
    rows = [
        {
            "FeatureGroupName": one.feature_group_name,
            "FeatureGroupArn": one.arn,
            "CreationTime": one.creation_time,
            "FeatureGroupStatus": "Created",
        }
        for one in backend(call).feature_groups.values()
    ]
    found = _chosen(call, rows, "FeatureGroupName") if wanted in (None, "Created") else []
    return page(call, "FeatureGroupSummaries", found, most=10, names=_PAGING)


def _lifecycle_configurations(call: Call, _proceed: Proceed) -> dict[str, Any]:
    rows = [
        {
            "NotebookInstanceLifecycleConfigName": one.notebook_instance_lifecycle_config_name,
            "NotebookInstanceLifecycleConfigArn": one.arn,
            "CreationTime": one.creation_time,
            "LastModifiedTime": one.last_modified_time,
        }
        for one in backend(call).notebook_instance_lifecycle_configurations.values()
    ]
    found = _chosen(call, rows, "NotebookInstanceLifecycleConfigName")
    return page(call, "NotebookInstanceLifecycleConfigs", found, most=10, names=_PAGING)


_SUMMARY: Mapping[str, str] = {
    "ModelPackageGroupName": "model_package_group_name",
    "ModelPackageVersion": "model_package_version",
    "ModelPackageArn": "arn",
    "ModelPackageDescription": "model_package_description",
    "CreationTime": "creation_time",
    "InferenceSpecification": "inference_specification",
    "ModelPackageStatus": "model_package_status",
    "ModelApprovalStatus": "model_approval_status",
}


def _model_packages(call: Call, _proceed: Proceed) -> dict[str, Any]:
    known = {one.arn: one for one in backend(call).model_packages.values()}
    found, missing = {}, {}
    for arn in call.parameters.get("ModelPackageArnList") or ():
        one = known.get(arn)
        if one is None:
            message = f"ModelPackage {arn} does not exist."
            missing[arn] = {"ErrorCode": "ValidationException", "ErrorResponse": message}
            continue
        values = {name: getattr(one, attribute, None) for name, attribute in _SUMMARY.items()}
        found[arn] = {name: value for name, value in values.items() if value is not None}
    return {"ModelPackageSummaries": found, "BatchDescribeModelPackageErrorMap": missing}


OVERLAYS: Mapping[str, Overlay] = {
    "BatchDescribeModelPackage": _model_packages,
    "ListFeatureGroups": _feature_groups,
    "ListNotebookInstanceLifecycleConfigs": _lifecycle_configurations,
}
