"""Writes down what was asked and how it was answered, and lets trails deliver it."""

from __future__ import annotations

from ringwork.cloud.emulator import protocol
from ringwork.cloud.emulator.asked import Asked
from ringwork.cloud.emulator.backends import MotoBackends
from ringwork.cloud.emulator.errors import AwsError
from ringwork.cloud.emulator.record.delivery import PRINCIPAL, Delivery
from ringwork.cloud.emulator.record.events import event_of
from ringwork.cloud.emulator.record.log import EventLog
from ringwork.cloud.emulator.request import Answer


class Recorder:
    """Keeps events; trails deliver them at the next checkpoint."""

    def __init__(self, log: EventLog, delivery: Delivery, backends: MotoBackends) -> None:
        self._log = log
        self._delivery = delivery
        self._backends = backends

    def record(self, asked: Asked, answer: Answer, error: AwsError | None) -> None:
        """Keep the event of one call."""
        if asked.caller.arn == PRINCIPAL:
            return  # a trail that wrote down its own deliveries would never end
        error = error or _error_in(asked, answer)
        event = event_of(asked, answer, error)
        if event["managementEvent"]:
            self._log.append(asked.account, asked.region, event)
        if asked.operation.name.startswith("AssumeRole") and error is None:
            self._in_the_role_s_account(asked, event)
        if self._backends.has("cloudtrail"):
            self._delivery.take(event)

    def _in_the_role_s_account(self, asked: Asked, event: dict[str, object]) -> None:
        """CloudTrail user guide, "CloudTrail event example of AssumeRole": both accounts get the event."""
        account = str(asked.parameters.get("RoleArn", "")).split(":")[4:5]
        if account and account[0] != asked.account:
            there = {**event, "recipientAccountId": account[0]}
            self._log.append(account[0], asked.region, there)


def _error_in(asked: Asked, answer: Answer) -> AwsError | None:
    """The error that a service itself wrote in its answer; None when there is none."""
    if answer.status < 400:
        return None
    try:
        protocol.read(asked.request, answer, asked.operation)
    except AwsError as error:
        return error
    return None
