"""SageMaker Model Registry: groups with policies, versions with approval.

Source: SageMaker API reference, model package operations; developer guide, "Model Registry", "SageMaker AI
model package state change".
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ringwork.access import PolicyError, parse
from ringwork.cloud.emulator.authorization.sources import GROUP_POLICY
from ringwork.cloud.emulator.errors import AwsError
from ringwork.cloud.emulator.overlays.call import Call, Overlay, Proceed
from ringwork.cloud.emulator.overlays.sagemaker_models import arn, backend


def _group(call: Call) -> Any:
    name = str(call.parameters["ModelPackageGroupName"]).rpartition("/")[2]
    group = backend(call).model_package_groups.get(name)
    if group is None:
        message = f"ModelPackageGroup {arn(call, 'model-package-group', name)} does not exist."
        raise AwsError("ValidationException", message)
    return group


def _packages(call: Call, group: str) -> list[Any]:
    return [p for p in backend(call).model_packages.values() if p.model_package_group_name == group]


def _create_group(call: Call, proceed: Proceed) -> dict[str, Any]:
    name = str(call.parameters["ModelPackageGroupName"])
    if name in backend(call).model_package_groups:
        message = f"Model Package Group already exists: {arn(call, 'model-package-group', name)}"
        raise AwsError("ValidationException", message)
    return proceed()


def _delete_group(call: Call, _proceed: Proceed) -> dict[str, Any]:
    """SageMaker API reference, DeleteModelPackageGroup: ConflictException while it has packages."""
    group = _group(call)
    if _packages(call, group.model_package_group_name):
        message = (
            f"Model Package Group {group.arn} cannot be deleted because it still contains Model Packages."
        )
        raise AwsError("ConflictException", message)
    del backend(call).model_package_groups[group.model_package_group_name]
    return {}


def _create_package(call: Call, proceed: Proceed) -> dict[str, Any]:
    if "ModelPackageGroupName" in call.parameters:
        _group(call)
    answer = proceed()
    _changed(call, answer["ModelPackageArn"])
    return answer


def _update_package(call: Call, proceed: Proceed) -> dict[str, Any]:
    answer = proceed()
    _changed(call, answer["ModelPackageArn"])
    return answer


def _delete_package(call: Call, _proceed: Proceed) -> dict[str, Any]:
    """SageMaker API reference, DeleteModelPackage."""
    named = str(call.parameters["ModelPackageName"])
    packages = backend(call).model_packages
    found = next((k for k, p in packages.items() if named in (p.arn, p.model_package_name)), None)
    if found is None:
        raise AwsError("ValidationException", f"ModelPackage {named} does not exist.")
    del packages[found]
    return {}


def _changed(call: Call, package: str) -> None:
    found = next((p for p in backend(call).model_packages.values() if p.arn == package), None)
    if found is None:
        return
    call.emit(
        "aws.sagemaker",
        "SageMaker Model Package State Change",
        {
            "ModelPackageName": found.model_package_name,
            "ModelPackageGroupName": found.model_package_group_name,
            "ModelPackageVersion": found.model_package_version,
            "ModelPackageArn": package,
            "ModelPackageStatus": found.model_package_status,
            "ModelApprovalStatus": found.model_approval_status,
        },
        [package],
    )


def _put_policy(call: Call, _proceed: Proceed) -> dict[str, Any]:
    """SageMaker API reference, PutModelPackageGroupPolicy."""
    group = _group(call)
    document = str(call.parameters["ResourcePolicy"])
    try:
        parse(document, kind="resource", name=group.arn)
    except PolicyError as error:
        raise AwsError("ValidationException", f"Invalid resource policy: {error}") from None
    setattr(group, GROUP_POLICY, document)
    return {"ModelPackageGroupArn": group.arn}


def _get_policy(call: Call, _proceed: Proceed) -> dict[str, Any]:
    group = _group(call)
    document = getattr(group, GROUP_POLICY, None)
    if document is None:
        raise AwsError("ValidationException", f"Cannot find a resource policy for {group.arn}.")
    return {"ResourcePolicy": document}


def _delete_policy(call: Call, _proceed: Proceed) -> dict[str, Any]:
    setattr(_group(call), GROUP_POLICY, None)
    return {}


OVERLAYS: Mapping[str, Overlay] = {
    "CreateModelPackage": _create_package,
    "CreateModelPackageGroup": _create_group,
    "DeleteModelPackage": _delete_package,
    "DeleteModelPackageGroup": _delete_group,
    "DeleteModelPackageGroupPolicy": _delete_policy,
    "GetModelPackageGroupPolicy": _get_policy,
    "PutModelPackageGroupPolicy": _put_policy,
    "UpdateModelPackage": _update_package,
}
