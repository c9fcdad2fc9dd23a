"""Parameters that moto drops: kept beside its answer, and put back when the thing is described."""

from __future__ import annotations

import copy
from typing import Any

from ringwork.cloud.emulator import protocol
from ringwork.cloud.emulator.overlays.call import Call, Overlay, Proceed

_TABLE = "kept parameters"


def keep(kind: str, name: str) -> Overlay:
    """For an operation that makes or changes a `kind` of thing, named by the parameter `name`."""

    def overlay(call: Call, proceed: Proceed) -> dict[str, Any]:
        answer = proceed()
        record = call.table(_TABLE).setdefault(_key(kind, call, name), {})
        record.update(copy.deepcopy(call.parameters))
        return answer

    return overlay


def recall(kind: str, name: str) -> Overlay:
    """For the operation that describes it: members that were parameters are as they were given."""

    def overlay(call: Call, proceed: Proceed) -> dict[str, Any]:
        answer = proceed()
        record = call.table(_TABLE).get(_key(kind, call, name))
        if record:
            shape = protocol.service_model(call.service).operation_model(call.operation).output_shape
            answer.update({key: value for key, value in record.items() if key in shape.members})
        return answer

    return overlay


def forget(kind: str, name: str) -> Overlay:
    """For the operation that deletes it."""

    def overlay(call: Call, proceed: Proceed) -> dict[str, Any]:
        answer = proceed()
        call.table(_TABLE).pop(_key(kind, call, name), None)
        return answer

    return overlay


def _key(kind: str, call: Call, name: str) -> str:
    # an ARN names the same thing as the last part of it
    return f"{kind}/{str(call.parameters.get(name, '')).rpartition('/')[2]}"
