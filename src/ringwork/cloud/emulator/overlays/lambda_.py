"""Lambda: functions are kept and never run.

moto would start containers with the user's Docker engine; the local cloud runs no code that it is given.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ringwork.cloud.emulator.errors import AwsError, NotEmulatedError
from ringwork.cloud.emulator.overlays.call import Call, Overlay, Proceed


def _invoke(call: Call, _proceed: Proceed) -> dict[str, Any]:
    """Lambda API reference, Invoke: ResourceNotFoundException (404) for a function that is not there."""
    from moto.awslambda.models import lambda_backends  # noqa: PLC0415

    name = str(call.parameters["FunctionName"])
    short = name.rpartition(":function:")[2].partition(":")[0]
    functions = lambda_backends[call.account][call.region].list_functions()
    if not any(function.function_name == short for function in functions):
        arn = f"arn:aws:lambda:{call.region}:{call.account}:function:{short}"
        raise AwsError("ResourceNotFoundException", f"Function not found: {arn}", 404)
    raise NotEmulatedError("lambda", call.operation, "the local cloud runs no code")


OVERLAYS: Mapping[str, Overlay] = dict.fromkeys(
    ("Invoke", "InvokeAsync", "InvokeWithResponseStream"), _invoke
)
