"""What other services would run: functions that are subscribed, mapped or named, and Batch's jobs.

The wiring is kept and described; what would set it off is refused, or finds nothing to run, because the local
cloud runs no code (moto would start containers with the user's Docker engine). Ways to invoke a function:
Lambda developer guide, "Invoking Lambda with events from other AWS services".
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ringwork.cloud.emulator.authorization import sources
from ringwork.cloud.emulator.errors import AwsError, NotEmulatedError
from ringwork.cloud.emulator.overlays.call import Call, Overlay, Proceed

_FUNCTION = ":lambda:"


def _refusal(call: Call, what: str) -> NotEmulatedError:
    return NotEmulatedError(call.service, call.operation, f"{what}, and the local cloud runs no code")


def _map(call: Call, proceed: Proceed) -> dict[str, Any]:
    """Lambda API reference, CreateEventSourceMapping: the mapping exists; nothing is read from its source."""
    source = str(call.parameters.get("EventSourceArn", "")).split(":", 5)
    if len(source) == 6 and source[2] in _SOURCES:
        call.load(source[2])
    answer = proceed()
    if len(source) == 6 and source[2] in _SOURCES:
        found = _source(source[2], source[4], source[3], source[5])
        if found is not None:
            found.lambda_event_source_mappings.clear()
    return answer


_SOURCES = frozenset({"dynamodb", "kinesis", "sqs"})


def _source(service: str, account: str, region: str, resource: str) -> Any:
    """moto's queue, table or stream of an ARN."""
    from moto.backends import get_backend  # noqa: PLC0415

    backend = get_backend(service)[account][region]
    if service == "sqs":
        return backend.queues.get(resource)
    name = resource.split("/")[1]
    return backend.tables.get(name) if service == "dynamodb" else backend.streams.get(name)


def _publish(call: Call, proceed: Proceed) -> dict[str, Any]:
    """SNS API reference, Publish: the message goes to every subscriber."""
    from moto.sns.models import sns_backends  # noqa: PLC0415

    arn = str(call.parameters.get("TopicArn") or call.parameters.get("TargetArn") or "").split(":", 5)
    if len(arn) == 6 and arn[2] == "sns":
        subscribed = sns_backends[arn[4]][arn[3]].subscriptions.values()
        if any(one.topic.arn == ":".join(arn) and one.protocol == "lambda" for one in subscribed):
            raise _refusal(call, "a function is subscribed to the topic")
    return proceed()


def _filter(call: Call, proceed: Proceed) -> dict[str, Any]:
    """CloudWatch Logs API reference, PutSubscriptionFilter: the destination gets a message to test it, so a
    function that is not there, or admits nobody, is an invalid parameter."""
    destination = str(call.parameters.get("destinationArn", ""))
    if _FUNCTION in destination:
        call.load("lambda")
        if sources.resource_policy(destination) is None:
            message = (
                "Could not execute the lambda function. Make sure you have given CloudWatch Logs permission "
                "to execute your function."
            )
            raise AwsError("InvalidParameterException", message)
        raise _refusal(call, "the destination is a function")
    return proceed()


def _rotate(call: Call, proceed: Proceed) -> dict[str, Any]:
    """Secrets Manager API reference, RotateSecret: it calls the function, at least to test it."""
    from moto.secretsmanager.models import secretsmanager_backends  # noqa: PLC0415

    secrets = secretsmanager_backends[call.account][call.region].secrets.values()
    name = call.parameters.get("SecretId")
    kept = next((one for one in secrets if name in (one.name, one.arn)), None)
    if call.parameters.get("RotationLambdaARN") or getattr(kept, "rotation_lambda_arn", None):
        raise _refusal(call, "a function rotates the secret")
    return proceed()


def _submit(call: Call, _proceed: Proceed) -> dict[str, Any]:
    """Batch API reference, SubmitJob: it runs the container of the job definition."""
    raise _refusal(call, "the job is a container")


OVERLAYS: Mapping[str, Mapping[str, Overlay]] = {
    "batch": {"SubmitJob": _submit},
    "lambda": {"CreateEventSourceMapping": _map},
    "logs": {"PutSubscriptionFilter": _filter},
    "secretsmanager": {"RotateSecret": _rotate},
    "sns": {"Publish": _publish, "PublishBatch": _publish},
}
