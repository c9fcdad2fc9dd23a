"""KMS: custom key stores, as far as they go without an HSM.

A store is made for a CloudHSM cluster that exists, is described, renamed and deleted. No HSM runs here, so
none is ever connected, and no key is made in one; whether the trust anchor and the password are right is not
known. External key stores have a proxy that is not asked here, and are refused.

Source: KMS API reference, CreateCustomKeyStore, DescribeCustomKeyStores, UpdateCustomKeyStore,
DeleteCustomKeyStore, ConnectCustomKeyStore, DisconnectCustomKeyStore, CreateKey, and their errors.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from ringwork.cloud.emulator.errors import AwsError, NotEmulatedError
from ringwork.cloud.emulator.overlays.call import Call, Overlay, Proceed
from ringwork.cloud.emulator.overlays.pages import page

_TABLE = "custom key stores"
_NEEDED = ("CloudHsmClusterId", "TrustAnchorCertificate", "KeyStorePassword")
_SHOWN = (
    *("CustomKeyStoreId", "CustomKeyStoreName", "CloudHsmClusterId", "TrustAnchorCertificate"),
    *("ConnectionState", "CreationDate", "CustomKeyStoreType"),
)


def _store(call: Call) -> dict[str, Any]:
    id = str(call.parameters["CustomKeyStoreId"])
    found = call.table(_TABLE).get(id)
    if found is None:
        raise AwsError("CustomKeyStoreNotFoundException", f"Custom key store {id} does not exist.")
    return found


def _free(call: Call, name: str) -> str:
    if any(one["CustomKeyStoreName"] == name for one in call.table(_TABLE).values()):
        message = f"A custom key store named {name} is there already."
        raise AwsError("CustomKeyStoreNameInUseException", message)
    return name


def _cluster(call: Call) -> str:
    from moto.cloudhsmv2.models import cloudhsmv2_backends  # noqa: PLC0415

    call.load("cloudhsmv2")
    id = str(call.parameters["CloudHsmClusterId"])
    found = cloudhsmv2_backends[call.account][call.region].clusters.get(id)
    if found is None:
        raise AwsError("CloudHsmClusterNotFoundException", f"The cluster {id} does not exist.")
    if found.state != "ACTIVE":
        raise AwsError("CloudHsmClusterNotActiveException", f"The cluster {id} is not active.")
    if any(one["CloudHsmClusterId"] == id for one in call.table(_TABLE).values()):
        raise AwsError("CloudHsmClusterInUseException", f"The cluster {id} has a custom key store already.")
    return id


def _create(call: Call, _proceed: Proceed) -> dict[str, Any]:
    given = call.parameters
    if given.get("CustomKeyStoreType", "AWS_CLOUDHSM") != "AWS_CLOUDHSM":
        raise NotEmulatedError("kms", call.operation, "the proxy of an external key store is not asked here")
    missing = [name for name in _NEEDED if not given.get(name)]
    if missing:
        raise AwsError("ValidationException", f"{missing[0]} is required for an AWS CloudHSM key store.")
    id = f"cks-{secrets.token_hex(8)}{secrets.token_hex(1)[:1]}"
    record = {
        "CustomKeyStoreId": id,
        "CustomKeyStoreName": _free(call, str(given["CustomKeyStoreName"])),
        "CloudHsmClusterId": _cluster(call),
        "TrustAnchorCertificate": given["TrustAnchorCertificate"],
        "ConnectionState": "DISCONNECTED",
        "CreationDate": datetime.now(UTC),
        "CustomKeyStoreType": "AWS_CLOUDHSM",
    }
    call.table(_TABLE)[id] = record
    return {"CustomKeyStoreId": id}


def _describe(call: Call, _proceed: Proceed) -> dict[str, Any]:
    """All of them, or the one that is named, which must exist."""
    given = call.parameters
    named = {name: given[name] for name in ("CustomKeyStoreId", "CustomKeyStoreName") if name in given}
    if len(named) > 1:
        raise AwsError("ValidationException", "Name a custom key store by its id or by its name.")
    rows = [
        {name: one[name] for name in _SHOWN}
        for one in call.table(_TABLE).values()
        if all(one[name] == value for name, value in named.items())
    ]
    if named and not rows:
        raise AwsError("CustomKeyStoreNotFoundException", "The custom key store does not exist.")
    names = ("Limit", "Marker")
    answer = page(call, "CustomKeyStores", rows, most=1000, names=names, invalid="InvalidMarkerException")
    more = answer.pop("Marker", None)
    return {**answer, "Truncated": more is not None, **({} if more is None else {"NextMarker": more})}


def _update(call: Call, _proceed: Proceed) -> dict[str, Any]:
    """The name is changed; a new password or cluster would have to be right for the HSMs."""
    found, given = _store(call), call.parameters
    others = set(given) - {"CustomKeyStoreId", "NewCustomKeyStoreName"}
    if others:
        raise NotEmulatedError("kms", call.operation, f"{min(others)} is not checked with an HSM")
    name = str(given.get("NewCustomKeyStoreName", found["CustomKeyStoreName"]))
    if name != found["CustomKeyStoreName"]:
        found["CustomKeyStoreName"] = _free(call, name)
    return {}


def _delete(call: Call, _proceed: Proceed) -> dict[str, Any]:
    """It is neither connected nor has it keys, which AWS asks for, because here it never can."""
    del call.table(_TABLE)[_store(call)["CustomKeyStoreId"]]
    return {}


def _connect(call: Call, _proceed: Proceed) -> dict[str, Any]:
    _store(call)
    raise NotEmulatedError("kms", call.operation, "no HSM runs here")


def _disconnect(call: Call, _proceed: Proceed) -> dict[str, Any]:
    raise _not_connected(_store(call))


def _not_connected(store: Mapping[str, Any]) -> AwsError:
    message = f"The custom key store {store['CustomKeyStoreId']} is {store['ConnectionState']}."
    return AwsError("CustomKeyStoreInvalidStateException", message)


def _of_store(call: Call, proceed: Proceed) -> dict[str, Any]:
    """CreateKey and GenerateRandom in a store: it must be connected."""
    if "CustomKeyStoreId" in call.parameters:
        raise _not_connected(_store(call))
    return proceed()


OVERLAYS: Mapping[str, Overlay] = {
    "ConnectCustomKeyStore": _connect,
    "CreateCustomKeyStore": _create,
    "CreateKey": _of_store,
    "DeleteCustomKeyStore": _delete,
    "DescribeCustomKeyStores": _describe,
    "DisconnectCustomKeyStore": _disconnect,
    "GenerateRandom": _of_store,
    "UpdateCustomKeyStore": _update,
}
