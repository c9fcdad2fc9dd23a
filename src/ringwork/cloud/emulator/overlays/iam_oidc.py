"""IAM OpenID Connect providers: their client ids can be changed, which moto does not do.

Source: IAM API reference, AddClientIDToOpenIDConnectProvider, RemoveClientIDFromOpenIDConnectProvider.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ringwork.cloud.emulator.errors import AwsError
from ringwork.cloud.emulator.overlays.call import Call, Overlay, Proceed


def _provider(call: Call) -> Any:
    from moto.iam.models import iam_backends  # noqa: PLC0415

    arn = call.parameters["OpenIDConnectProviderArn"]
    found = iam_backends[call.account]["aws"].open_id_providers.get(arn)
    if found is None:
        raise AwsError("NoSuchEntity", f"OpenIDConnect Provider not found for arn {arn}", 404)
    return found


def _add(call: Call, _proceed: Proceed) -> dict[str, Any]:
    """Adding what is there already is no error; a provider has at most 100 (IAM quotas)."""
    clients = _provider(call).client_id_list
    if call.parameters["ClientID"] not in clients:
        if len(clients) >= 100:
            raise AwsError(
                "LimitExceeded", "Cannot exceed quota for ClientIdsPerOpenIdConnectProvider: 100", 409
            )
        clients.append(call.parameters["ClientID"])
    return {}


def _remove(call: Call, _proceed: Proceed) -> dict[str, Any]:
    clients = _provider(call).client_id_list
    if call.parameters["ClientID"] in clients:
        clients.remove(call.parameters["ClientID"])
    return {}


OVERLAYS: Mapping[str, Overlay] = {
    "AddClientIDToOpenIDConnectProvider": _add,
    "RemoveClientIDFromOpenIDConnectProvider": _remove,
}
