"""EC2: who may connect to an endpoint service of somebody's own, and who accepts.

Source: PrivateLink guide, "Configure an endpoint service" (permissions: the service's owner lets principals
connect; acceptance), "Accept or reject connection requests"; EC2 API reference, AcceptVpcEndpointConnections,
RejectVpcEndpointConnections, DeleteVpcEndpointServiceConfigurations (`ExistingVpcEndpointConnections`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from ringwork.cloud.emulator.errors import AwsError
from ringwork.cloud.emulator.overlays.call import Call, Overlay, Proceed

_OWN = re.compile(r"com\.amazonaws\.vpce\.([a-z0-9-]+)\.(vpce-svc-[0-9a-f]+)")
_OPEN = frozenset({"pendingAcceptance", "pending", "available"})


def _service(name: str) -> tuple[str, Any] | None:
    """Owner and configuration of the endpoint service with this name."""
    from moto.ec2.models import ec2_backends  # noqa: PLC0415

    found = _OWN.fullmatch(name)
    if found is None:
        return None
    for account, regions in list(ec2_backends.items()):
        backend = regions.get(found[1])
        config = backend.configurations.get(found[2]) if backend is not None else None
        if config is not None:
            return account, config
    return None


def _admitted(call: Call, owner: str, principals: list[str]) -> bool:
    """Whether the caller is one of the service's allowed principals; its owner's account always is."""
    if call.account == owner or "*" in principals:
        return True
    root = re.compile(rf"arn:aws[a-z-]*:iam::{call.account}:root")
    callers = {call.caller.arn, call.caller.role}
    return any(root.fullmatch(principal) or principal in callers for principal in principals)


def _connect(call: Call, proceed: Proceed) -> dict[str, Any]:
    name = str(call.parameters.get("ServiceName", ""))
    found = _service(name)
    if found is None:
        return proceed()
    owner, config = found
    if not _admitted(call, owner, config.principals):
        raise AwsError("InvalidServiceName", f"The Vpc Endpoint Service '{name}' does not exist")
    answer = proceed()
    endpoint = _endpoint(call.account, call.region, answer["VpcEndpoint"]["VpcEndpointId"])
    endpoint.state = "pendingAcceptance" if config.acceptance_required else "available"
    answer["VpcEndpoint"]["State"] = endpoint.state
    return answer


def _endpoint(account: str, region: str, identifier: str) -> Any:
    from moto.ec2.models import ec2_backends  # noqa: PLC0415

    return ec2_backends[account][region].vpc_end_points.get(identifier)


def _connected(region: str, name: str) -> Iterator[Any]:
    """Every endpoint that is or may be connected to a service."""
    from moto.ec2.models import ec2_backends  # noqa: PLC0415

    for regions in list(ec2_backends.values()):
        backend = regions.get(region)
        for endpoint in list(backend.vpc_end_points.values()) if backend is not None else ():
            if endpoint.service_name == name:
                yield endpoint


def _decide(state: str) -> Overlay:
    def overlay(call: Call, _proceed: Proceed) -> dict[str, Any]:
        from moto.ec2.models import ec2_backends  # noqa: PLC0415

        identifier = str(call.parameters["ServiceId"])
        config = ec2_backends[call.account][call.region].configurations.get(identifier)
        if config is None:
            message = f"The VpcEndpointService Id '{identifier}' does not exist"
            raise AwsError("InvalidVpcEndpointServiceId.NotFound", message)
        there = {endpoint.id: endpoint for endpoint in _connected(call.region, config.service_name)}
        failed = []
        for name in call.parameters["VpcEndpointIds"]:
            if name in there:
                there[name].state = state
            else:
                error = {"Code": "InvalidVpcEndpointId.NotFound", "Message": f"'{name}' does not exist"}
                failed.append({"ResourceId": name, "Error": error})
        return {"Unsuccessful": failed}

    return overlay


def _delete(call: Call, proceed: Proceed) -> dict[str, Any]:
    """A service with connections stays: reject them, or delete the endpoints, first."""
    from moto.ec2.models import ec2_backends  # noqa: PLC0415

    mine = ec2_backends[call.account][call.region].configurations
    failed = []
    for identifier in call.parameters["ServiceIds"]:
        config = mine.get(identifier)
        if config is None:
            continue
        if any(endpoint.state in _OPEN for endpoint in _connected(call.region, config.service_name)):
            error = {
                "Code": "ExistingVpcEndpointConnections",
                "Message": f"Service {identifier} has existing active VPC Endpoint connections",
            }
            failed.append({"ResourceId": identifier, "Error": error})
    return {"Unsuccessful": failed} if failed else proceed()


OVERLAYS: Mapping[str, Overlay] = {
    "AcceptVpcEndpointConnections": _decide("available"),
    "CreateVpcEndpoint": _connect,
    "DeleteVpcEndpointServiceConfigurations": _delete,
    "RejectVpcEndpointConnections": _decide("rejected"),
}
