"""Resource Access Manager: what a share holds and who has it can be changed, which moto does not do.

Source: RAM API reference, AssociateResourceShare, DisassociateResourceShare.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ringwork.cloud.emulator.errors import AwsError
from ringwork.cloud.emulator.overlays.call import Call, Overlay, Proceed


def _share(call: Call) -> Any:
    from moto.ram.models import ram_backends  # noqa: PLC0415

    arn = call.parameters["resourceShareArn"]
    for share in ram_backends[call.account][call.region].resource_shares:
        if share.arn == arn and share.status == "ACTIVE":
            return share
    raise AwsError("UnknownResourceException", f"ResourceShare {arn} could not be found.")


def _given(call: Call) -> tuple[list[str], list[str]]:
    return list(call.parameters.get("principals") or ()), list(call.parameters.get("resourceArns") or ())


def _associate(call: Call, _proceed: Proceed) -> dict[str, Any]:
    share, (principals, resources) = _share(call), _given(call)
    # moto checks what it adds
    share.add_principals([each for each in principals if each not in share.principals])
    share.add_resources([each for each in resources if each not in share.resource_arns])
    return _shown(share, principals, resources, "ASSOCIATED")


def _disassociate(call: Call, _proceed: Proceed) -> dict[str, Any]:
    share, (principals, resources) = _share(call), _given(call)
    share.principals = [each for each in share.principals if each not in principals]
    share.resource_arns = [each for each in share.resource_arns if each not in resources]
    return _shown(share, principals, resources, "DISASSOCIATED")


def _shown(share: Any, principals: list[str], resources: list[str], status: str) -> dict[str, Any]:
    from moto.core.utils import unix_time, utcnow  # noqa: PLC0415

    share.last_updated_time = utcnow()
    entities = [("PRINCIPAL", each) for each in principals] + [("RESOURCE", each) for each in resources]
    return {
        "resourceShareAssociations": [
            {
                "resourceShareArn": share.arn,
                "resourceShareName": share.name,
                "associatedEntity": entity,
                "associationType": kind,
                "status": status,
                "creationTime": unix_time(share.last_updated_time),
                "external": False,
            }
            for kind, entity in entities
        ]
    }


OVERLAYS: Mapping[str, Overlay] = {
    "AssociateResourceShare": _associate,
    "DisassociateResourceShare": _disassociate,
}
