"""VPC Lattice: service networks can be changed and deleted, which moto does not do.

Source: VPC Lattice API reference, UpdateServiceNetwork, DeleteServiceNetwork.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ringwork.cloud.emulator.errors import AwsError
from ringwork.cloud.emulator.overlays.call import Call, Overlay, Proceed


def _network(call: Call) -> tuple[Any, Any]:
    from moto.vpclattice.models import vpclattice_backends  # noqa: PLC0415

    backend = vpclattice_backends[call.account][call.region]
    id = str(call.parameters["serviceNetworkIdentifier"]).rpartition("/")[2]
    found = backend.service_networks.get(id)
    if found is None:
        raise AwsError("ResourceNotFoundException", f"Service network {id} not found", 404)
    return backend, found


def _get(call: Call, _proceed: Proceed) -> dict[str, Any]:
    """moto takes the id only; an ARN names it as well."""
    return dict(_network(call)[1].to_dict())


def _update(call: Call, _proceed: Proceed) -> dict[str, Any]:
    _backend, found = _network(call)
    found.auth_type = call.parameters["authType"]
    return dict(found.to_dict())


def _delete(call: Call, _proceed: Proceed) -> dict[str, Any]:
    """Not while services or VPCs are associated with it."""
    backend, found = _network(call)
    associations = (
        *backend.service_network_vpc_associations.values(),
        *backend.service_network_service_associations.values(),
    )
    if any(found.id in str(vars(each)) for each in associations):
        raise AwsError("ConflictException", f"Service network {found.id} has associations", 409)
    del backend.service_networks[found.id]
    return {}


OVERLAYS: Mapping[str, Overlay] = {
    "DeleteServiceNetwork": _delete,
    "GetServiceNetwork": _get,
    "UpdateServiceNetwork": _update,
}
