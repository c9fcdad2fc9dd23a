"""EC2: VPC Block Public Access.

Source: EC2 API reference, ModifyVpcBlockPublicAccessOptions, CreateVpcBlockPublicAccessExclusion; VPC user
guide, "Block public access to VPCs and subnets".
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from ringwork.cloud.emulator.errors import AwsError
from ringwork.cloud.emulator.overlays.call import Call, Overlay, Proceed

_OPTIONS, _EXCLUSIONS = "vpc block public access options", "vpc block public access exclusions"


def _options(call: Call) -> dict[str, Any]:
    kept = call.table(_OPTIONS).get("options", {})
    mode = kept.get("InternetGatewayBlockMode", "off")
    return {
        "AwsAccountId": call.account,
        "AwsRegion": call.region,
        "State": "default-state" if mode == "off" and not kept else "update-complete",
        "InternetGatewayBlockMode": mode,
        "ManagedBy": "account",
        "ExclusionsAllowed": "allowed",
        **({"LastUpdateTimestamp": kept["LastUpdateTimestamp"]} if kept else {}),
    }


def _modify(call: Call, _proceed: Proceed) -> dict[str, Any]:
    call.table(_OPTIONS)["options"] = {
        "InternetGatewayBlockMode": call.parameters["InternetGatewayBlockMode"],
        "LastUpdateTimestamp": datetime.now(UTC),
    }
    return {"VpcBlockPublicAccessOptions": _options(call)}


def _describe(call: Call, _proceed: Proceed) -> dict[str, Any]:
    return {"VpcBlockPublicAccessOptions": _options(call)}


def _exclude(call: Call, _proceed: Proceed) -> dict[str, Any]:
    from moto.ec2.models import ec2_backends  # noqa: PLC0415

    vpc, subnet = call.parameters.get("VpcId"), call.parameters.get("SubnetId")
    if bool(vpc) == bool(subnet):
        raise AwsError("InvalidParameterCombination", "one of VpcId and SubnetId must be given")
    backend = ec2_backends[call.account][call.region]
    if vpc and vpc not in backend.vpcs:
        raise AwsError("InvalidVpcID.NotFound", f"The vpc ID '{vpc}' does not exist")
    if subnet and not any(subnet in zone for zone in backend.subnets.values()):
        raise AwsError("InvalidSubnetID.NotFound", f"The subnet ID '{subnet}' does not exist")
    identifier = f"vpcbpa-exclude-{secrets.token_hex(8)}1"
    kind, name = ("vpc", vpc) if vpc else ("subnet", subnet)
    made = {
        "ExclusionId": identifier,
        "InternetGatewayExclusionMode": call.parameters["InternetGatewayExclusionMode"],
        "ResourceArn": f"arn:aws:ec2:{call.region}:{call.account}:{kind}/{name}",
        "State": "create-complete",
        "CreationTimestamp": datetime.now(UTC),
    }
    call.table(_EXCLUSIONS)[identifier] = made
    return {"VpcBlockPublicAccessExclusion": made}


def _exclusion(call: Call) -> dict[str, Any]:
    found = call.table(_EXCLUSIONS).get(str(call.parameters["ExclusionId"]))
    if found is None:
        message = f"The exclusion {call.parameters['ExclusionId']} does not exist"
        raise AwsError("InvalidVpcBlockPublicAccessExclusionId.NotFound", message)
    return found


def _change(call: Call, _proceed: Proceed) -> dict[str, Any]:
    found = _exclusion(call)
    found.update(
        InternetGatewayExclusionMode=call.parameters["InternetGatewayExclusionMode"],
        State="update-complete",
        LastUpdateTimestamp=datetime.now(UTC),
    )
    return {"VpcBlockPublicAccessExclusion": dict(found)}


def _delete(call: Call, _proceed: Proceed) -> dict[str, Any]:
    found = _exclusion(call)
    del call.table(_EXCLUSIONS)[found["ExclusionId"]]
    return {"VpcBlockPublicAccessExclusion": {**found, "State": "delete-complete"}}


def _list(call: Call, _proceed: Proceed) -> dict[str, Any]:
    wanted = call.parameters.get("ExclusionIds")
    rows = [row for key, row in call.table(_EXCLUSIONS).items() if not wanted or key in wanted]
    return {"VpcBlockPublicAccessExclusions": rows}


OVERLAYS: Mapping[str, Overlay] = {
    "CreateVpcBlockPublicAccessExclusion": _exclude,
    "DeleteVpcBlockPublicAccessExclusion": _delete,
    "DescribeVpcBlockPublicAccessExclusions": _list,
    "DescribeVpcBlockPublicAccessOptions": _describe,
    "ModifyVpcBlockPublicAccessExclusion": _change,
    "ModifyVpcBlockPublicAccessOptions": _modify,
}
