"""EC2: Client VPN endpoints, with which networks outside get into a VPC.

Source: EC2 API reference, Create-, Describe-, Modify- and DeleteClientVpnEndpoint, ClientVpnEndpoint.
An endpoint is `pending-associate` until a subnet is associated, which the local cloud does not do.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from ringwork.cloud.emulator.errors import AwsError
from ringwork.cloud.emulator.overlays.call import Call, Overlay, Proceed

_TABLE = "client vpn endpoints"
_SHOWN = (
    *("Description", "ClientCidrBlock", "DnsServers", "SplitTunnel", "TransportProtocol", "VpnPort"),
    *("ServerCertificateArn", "ConnectionLogOptions", "SecurityGroupIds", "VpcId", "SessionTimeoutHours"),
    *("ClientConnectOptions", "ClientLoginBannerOptions", "DisconnectOnSessionTimeout"),
)
"""What is given and shown by the same name."""
_DEFAULTS: Mapping[str, Any] = {
    "SplitTunnel": False,
    "TransportProtocol": "udp",
    "VpnPort": 443,
    "SessionTimeoutHours": 24,
}
_FILTERS = {"endpoint-id": "ClientVpnEndpointId", "transport-protocol": "TransportProtocol"}


def _create(call: Call, _proceed: Proceed) -> dict[str, Any]:
    given = call.parameters
    identifier = f"cvpn-endpoint-{secrets.token_hex(8)}1"
    status = {"Code": "pending-associate"}
    specifications = given.get("TagSpecifications") or ()
    tags = [tag for one in specifications for tag in one.get("Tags") or ()]
    made = {
        **_DEFAULTS,
        **{name: given[name] for name in _SHOWN if name in given},
        "ClientVpnEndpointId": identifier,
        "Status": status,
        "CreationTime": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S"),
        "DnsName": f"*.{identifier}.prod.clientvpn.{call.region}.amazonaws.com",
        "VpnProtocol": "openvpn",
        "AuthenticationOptions": list(_authentication(given)),
        "Tags": tags,
    }
    call.table(_TABLE)[identifier] = made
    return {"ClientVpnEndpointId": identifier, "Status": status, "DnsName": made["DnsName"]}


def _authentication(given: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """EC2 API reference, ClientVpnAuthenticationRequest -> ClientVpnAuthentication."""
    for option in given.get("AuthenticationOptions") or ():
        shown = {"Type": option["Type"]}
        mutual = option.get("MutualAuthentication")
        if mutual:
            shown["MutualAuthentication"] = {
                "ClientRootCertificateChain": mutual.get("ClientRootCertificateChainArn")
            }
        for name in ("ActiveDirectory", "FederatedAuthentication"):
            if name in option:
                shown[name] = option[name]
        yield shown


def _found(call: Call, identifier: str) -> dict[str, Any]:
    found = call.table(_TABLE).get(identifier)
    if found is None:
        raise AwsError("InvalidClientVpnEndpointId.NotFound", f"Endpoint {identifier} does not exist")
    return found


def _describe(call: Call, _proceed: Proceed) -> dict[str, Any]:
    wanted = call.parameters.get("ClientVpnEndpointIds") or list(call.table(_TABLE))
    rows = [_found(call, str(identifier)) for identifier in wanted]
    for condition in call.parameters.get("Filters") or ():
        member = _FILTERS.get(condition["Name"])
        if member is None:
            raise AwsError("InvalidParameterValue", f"The filter '{condition['Name']}' is invalid")
        rows = [row for row in rows if row[member] in condition["Values"]]
    return {"ClientVpnEndpoints": rows}


def _modify(call: Call, _proceed: Proceed) -> dict[str, Any]:
    found = _found(call, str(call.parameters["ClientVpnEndpointId"]))
    for name in _SHOWN:
        if name in call.parameters:
            found[name] = call.parameters[name]
    servers = call.parameters.get("DnsServers")
    if isinstance(servers, Mapping):  # here they are a structure, and a list elsewhere
        found["DnsServers"] = list(servers.get("CustomDnsServers") or ()) if servers.get("Enabled") else []
    return {"Return": True}


def _delete(call: Call, _proceed: Proceed) -> dict[str, Any]:
    found = _found(call, str(call.parameters["ClientVpnEndpointId"]))
    del call.table(_TABLE)[found["ClientVpnEndpointId"]]
    return {"Status": {"Code": "deleting"}}


OVERLAYS: Mapping[str, Overlay] = {
    "CreateClientVpnEndpoint": _create,
    "DeleteClientVpnEndpoint": _delete,
    "DescribeClientVpnEndpoints": _describe,
    "ModifyClientVpnEndpoint": _modify,
}
