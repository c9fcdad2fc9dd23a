"""What an overlay gets and gives."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from ringwork.cloud.emulator.accounts import Caller

Proceed = Callable[[], dict[str, Any]]
"""Let the next layer answer (moto, else the generic store); its error is raised as `AwsError`."""

GLOBAL = "us-east-1"
"""The Region of the tables of a service without Regions, such as IAM, whichever its caller signs for."""

Table = dict[str, dict[str, Any]]
"""Records by key. Values are JSON types, datetime and bytes; what is changed in place is kept."""


class Surroundings(Protocol):
    """What the local cloud offers to overlays, apart from the call itself."""

    def table(self, service: str, account: str, region: str, name: str) -> Table:
        """The table of that name; made empty on first use."""

    def events(self, account: str, region: str) -> Iterator[dict[str, Any]]:
        """The recorded management events of an account and Region, newest first."""

    def client(self, caller: Caller, service: str, account: str, region: str) -> Any:
        """A boto3 client of this cloud with the credentials of `caller`."""

    def prepare(self, service: str) -> None:
        """Have what is saved of `service` in memory."""

    def has(self, service: str) -> bool:
        """Whether there is any state of `service`; what is saved is then in memory."""


@dataclass(frozen=True, slots=True)
class Call:
    """One call: whose it is, where, and its parameters in botocore's shape."""

    service: str
    """botocore's name of the service"""
    operation: str
    account: str
    region: str
    parameters: dict[str, Any]
    caller: Caller
    surroundings: Surroundings = field(repr=False)

    def table(
        self, name: str, *, service: str | None = None, account: str | None = None, region: str | None = None
    ) -> Table:
        """Records of the local cloud, kept between commands: by default of this service, account and
        Region."""
        return self.surroundings.table(
            service or self.service, account or self.account, region or self.region, name
        )

    def load(self, *services: str) -> None:
        """Have the saved state of other services in memory, before moto's objects of theirs are read."""
        for service in services:
            self.surroundings.prepare(service)

    def client(
        self,
        service: str,
        *,
        principal: str,
        account: str | None = None,
        region: str | None = None,
        source_arn: str | None = None,
    ) -> Any:
        """A boto3 client of `service` that calls as the AWS service `principal`, such as
        `events.amazonaws.com`, on behalf of this call's account (and of `source_arn` in it).

        Its calls are authorized like any other: the resource's policy must admit the service.
        """
        from ringwork.cloud.emulator.accounts import service as service_caller  # noqa: PLC0415

        caller = service_caller(principal, self.account, source_arn)
        return self.surroundings.client(caller, service, account or self.account, region or self.region)

    def emit(
        self, source: str, detail_type: str, detail: Mapping[str, Any], resources: Sequence[str] = ()
    ) -> None:
        """Put an event of an AWS service (`aws.guardduty`) on the account's default event bus.

        EventBridge user guide, "Events from AWS services".
        """
        from ringwork.cloud.emulator import events  # noqa: PLC0415

        events.emit(self, source, detail_type, detail, resources)


Overlay = Callable[[Call, Proceed], dict[str, Any]]
