"""Which layer answers an operation: an overlay, moto, or the generic store."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from typing import Any

from ringwork.cloud.emulator import protocol, services, stored
from ringwork.cloud.emulator.errors import NotEmulatedError
from ringwork.cloud.emulator.fidelity import Fidelity
from ringwork.cloud.emulator.overlays import OVERLAYS
from ringwork.cloud.emulator.overlays.call import Call
from ringwork.cloud.emulator.protocol import Operation
from ringwork.cloud.emulator.request import Answer, Request
from ringwork.cloud.emulator.stored.refused import REFUSED


def layer(service: str, operation: str) -> Fidelity:
    """What answers of an operation will be at best; `refused` when there will be none."""
    if (service, operation) in OVERLAYS:
        return Fidelity.SIMULATED
    if (service, operation) in REFUSED:
        return Fidelity.REFUSED
    if services.offers(service, operation):
        return Fidelity.SIMULATED
    if stored.kind_of(operation)[0] == "other" or _made_elsewhere(service, operation):
        return Fidelity.REFUSED
    return Fidelity.STORED


@functools.cache
def _made_elsewhere(service: str, operation: str) -> bool:
    """Whether the things that an operation is about are made by another layer than the generic store, which
    then has none of them and would answer that there are none."""
    kind, noun = stored.kind_of(operation)
    if kind == "create":
        return False
    makers = [
        name
        for name in protocol.service_model(service).operation_names
        if stored.kind_of(name) == ("create", noun)
    ]
    layers = {layer(service, name) for name in makers}
    return Fidelity.SIMULATED in layers and Fidelity.STORED not in layers


def answer(request: Request, operation: Operation, call: Call) -> tuple[Answer, Fidelity]:
    """Answer `request`; raises `AwsError` for a refusal that an overlay or the generic store makes."""
    if operation.model is None:
        raise NotEmulatedError(operation.service, operation.name)
    with _quiet(request, operation) if operation.service == "s3" else nullcontext():
        overlay = OVERLAYS.get((operation.service, operation.name))
        if overlay is None:
            return _beneath(request, operation, call)
        fidelity = Fidelity.SIMULATED

        def proceed() -> dict[str, Any]:
            nonlocal fidelity
            lower, reached = _beneath(request, operation, call)
            if reached is not Fidelity.SIMULATED:
                fidelity = reached
            return protocol.read(request, lower, operation)

        result: Mapping[str, Any] = overlay(call, proceed)
        return protocol.success(request, operation, result), fidelity


def _quiet(request: Request, operation: Operation) -> AbstractContextManager[None]:
    from ringwork.cloud.emulator.overlays import s3  # noqa: PLC0415 (the overlays of a service come with it)

    return s3.quiet(request, operation)


def _beneath(request: Request, operation: Operation, call: Call) -> tuple[Answer, Fidelity]:
    reason = REFUSED.get((operation.service, operation.name))
    if reason is not None:
        raise NotEmulatedError(operation.service, operation.name, reason)
    if services.offers(operation.service, operation.name):
        return services.dispatch(request, operation, call.account, call.region), Fidelity.SIMULATED
    if _made_elsewhere(operation.service, operation.name):
        reason = "it is about things that are kept in a place where it does not look"
        raise NotEmulatedError(operation.service, operation.name, reason)
    result = stored.answer(call, operation.model)
    return protocol.success(request, operation, result), Fidelity.STORED
