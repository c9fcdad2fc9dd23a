"""SageMaker: tags. moto fails on what was made without any, and adds a key twice.

Source: SageMaker API reference, AddTags ("If you add a tag with a key that already exists, the new value
overwrites it"), ListTags, DeleteTags.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ringwork.cloud.emulator.overlays.call import Call, Overlay, Proceed
from ringwork.cloud.emulator.overlays.sagemaker_models import backend, could_not_find

_TABLES = {
    "cluster": "clusters",
    "domain": "domains",
    "endpoint": "endpoints",
    "endpoint-config": "endpoint_configs",
    "feature-group": "feature_groups",
    "model": "_models",
    "model-package-group": "model_package_groups",
    "notebook-instance": "notebook_instances",
    "pipeline": "pipelines",
    "processing-job": "processing_jobs",
    "training-job": "training_jobs",
    "transform-job": "transform_jobs",
}
"""The kind in an ARN -> where moto keeps such things by name; moto answers for other kinds."""
_UNTAGGED = frozenset({"monitoring-schedule", "notebook-instance-lifecycle-config", "space", "user-profile"})
"""Kinds whose tags moto has no place for."""


@dataclass(slots=True)
class _Record:
    """Tags that are kept beside what they are on."""

    kept: dict[str, Any]

    @property
    def tags(self) -> list[dict[str, str]]:
        return list(self.kept["Tags"])

    @tags.setter
    def tags(self, tags: list[dict[str, str]]) -> None:
        self.kept["Tags"] = tags


def remember(call: Call, arn: str) -> None:
    """Keep the tags that something of `_UNTAGGED` is made with."""
    call.table("tags")[arn] = {"Tags": list(call.parameters.get("Tags") or ())}


def _create_lifecycle(call: Call, proceed: Proceed) -> dict[str, Any]:
    answer = proceed()
    remember(call, str(answer["NotebookInstanceLifecycleConfigArn"]))
    return answer


def _resource(call: Call) -> Any:
    """What the ARN names; None for a kind that is in neither table."""
    arn = str(call.parameters["ResourceArn"])
    kind, _, name = arn.rpartition(":")[2].partition("/")
    if kind in _UNTAGGED:
        return _Record(call.table("tags").setdefault(arn, {"Tags": []}))
    table = _TABLES.get(kind)
    if table is None:
        return None
    things = getattr(backend(call), table)
    found = things.get(name) or things.get(arn)  # feature groups are kept by their ARN
    if found is None:
        raise could_not_find(call, kind, name)
    found.tags = found.tags or []
    return found


def _list(call: Call, proceed: Proceed) -> dict[str, Any]:
    resource = _resource(call)
    return proceed() if resource is None else {"Tags": list(resource.tags)}


def _add(call: Call, proceed: Proceed) -> dict[str, Any]:
    resource = _resource(call)
    if resource is None:
        return proceed()
    values = {tag["Key"]: tag["Value"] for tag in (*resource.tags, *call.parameters["Tags"])}
    resource.tags = [{"Key": key, "Value": value} for key, value in values.items()]
    return {"Tags": list(resource.tags)}


def _delete(call: Call, proceed: Proceed) -> dict[str, Any]:
    resource = _resource(call)
    if resource is None:
        return proceed()
    resource.tags = [tag for tag in resource.tags if tag["Key"] not in call.parameters["TagKeys"]]
    return {}


OVERLAYS: Mapping[str, Overlay] = {
    "AddTags": _add,
    "CreateNotebookInstanceLifecycleConfig": _create_lifecycle,
    "DeleteTags": _delete,
    "ListTags": _list,
}
