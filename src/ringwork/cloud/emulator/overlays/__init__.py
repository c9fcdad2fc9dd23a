"""What moto answers differently from AWS, mended where Ringwork reads it: one module for each service.

An overlay is a function for one operation. It gets the call and moto's own answer as a function (`proceed`),
works in botocore's shapes, and may refuse, change what moto stores, or change what moto answers. What a
service needs to remember and moto does not is kept as an attribute of moto's object, so it is saved with it.
"""

from __future__ import annotations

from ringwork.cloud.emulator import protocol, services
from ringwork.cloud.emulator.overlays import ec2, iam, kms, s3
from ringwork.cloud.emulator.overlays.call import Call
from ringwork.cloud.emulator.protocol import Operation
from ringwork.cloud.emulator.request import Answer, Request

OVERLAYS = {
    (service, operation): overlay
    for service, overlays in (
        ("ec2", ec2.OVERLAYS),
        ("iam", iam.OVERLAYS),
        ("kms", kms.OVERLAYS),
        ("s3", s3.OVERLAYS),
    )
    for operation, overlay in overlays.items()
}


def answer(request: Request, operation: Operation, account: str, region: str) -> Answer:
    """moto's answer to `request`, through the operation's overlay if it has one."""
    if operation.service == "s3":
        with s3.quiet(request, operation):
            return _answer(request, operation, account, region)
    return _answer(request, operation, account, region)


def _answer(request: Request, operation: Operation, account: str, region: str) -> Answer:
    overlay = OVERLAYS.get((operation.service, operation.name))
    if overlay is None:
        return services.dispatch(request, operation, account, region)
    call = Call(account, region, protocol.parse(request, operation))

    def proceed() -> dict[str, object]:
        return protocol.read(services.dispatch(request, operation, account, region), operation)

    return protocol.success(request, operation, overlay(call, proceed))
