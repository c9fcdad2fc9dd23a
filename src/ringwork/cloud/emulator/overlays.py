"""What moto answers differently from AWS, mended where Ringwork reads it.

An overlay is a function for one operation. It gets the call and moto's own answer as a function, works in
botocore's shapes, and may refuse, change what moto stores, or change what moto answers.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ringwork.cloud.emulator import protocol, services
from ringwork.cloud.emulator.protocol import Operation
from ringwork.cloud.emulator.request import Answer, Request


@dataclass(frozen=True, slots=True)
class Call:
    """One call of an overlaid operation."""

    request: Request
    operation: Operation
    account: str
    region: str
    parameters: dict[str, Any]


Overlay = Callable[[Call, Callable[[], dict[str, Any]]], dict[str, Any]]
OVERLAYS: dict[tuple[str, str], Overlay] = {}


def answer(request: Request, operation: Operation, account: str, region: str) -> Answer:
    """moto's answer to `request`, through the operation's overlay if it has one."""
    overlay = OVERLAYS.get((operation.service, operation.name))
    if overlay is None:
        return services.dispatch(request, operation, account, region)
    call = Call(request, operation, account, region, protocol.parse(request, operation))

    def proceed() -> dict[str, Any]:
        return protocol.read(services.dispatch(request, operation, account, region), operation)

    return protocol.success(request, operation, overlay(call, proceed))
