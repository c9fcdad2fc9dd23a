"""One identified request: who asks what, where, and by which way it came."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ringwork.cloud.emulator.accounts import Caller
from ringwork.cloud.emulator.protocol import Operation
from ringwork.cloud.emulator.request import Request

ENDPOINT_HEADER = "x-ringwork-vpc-endpoint"
"""Names the VPC endpoint (`vpce-...`) through which a request comes: AWS knows it from the network, and the
local cloud has no network."""

SOURCE_HEADER = "x-ringwork-source-ip"
"""The address that a request comes from, for `aws:SourceIp`; without it, 127.0.0.1."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A request whose sender is known."""

    request: Request
    operation: Operation
    parameters: dict[str, Any]
    """in botocore's shape"""
    caller: Caller
    region: str
    stack: str | None = None
    """for CloudFormation: the ARN of the stack that the request is about, however it names it"""

    @property
    def service(self) -> str:
        """botocore's name of the service."""
        return self.operation.service

    @property
    def account(self) -> str:
        """The account in which the operation works: the caller's."""
        return self.caller.account

    @property
    def endpoint(self) -> str | None:
        """The VPC endpoint that the request comes through, if it says so."""
        return self.request.headers.get(ENDPOINT_HEADER)

    @property
    def source_ip(self) -> str:
        """Where the request comes from."""
        return self.request.headers.get(SOURCE_HEADER, "127.0.0.1")
