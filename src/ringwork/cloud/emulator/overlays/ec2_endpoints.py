"""EC2: which endpoint services there are, prefix lists of AWS's services, and connections to one's own.

Source: EC2 API reference, CreateVpcEndpoint (InvalidServiceName), DescribePrefixLists; PrivateLink guide,
"AWS services that integrate with AWS PrivateLink".
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from ringwork.cloud.emulator.errors import AwsError
from ringwork.cloud.emulator.overlays.call import Call, Overlay, Proceed

_FURTHER = frozenset(
    {
        *("bedrock", "bedrock-agent", "bedrock-agent-runtime", "bedrock-runtime", "sagemaker.api"),
        *(
            "sagemaker.featurestore-runtime",
            "sagemaker.metrics",
            "sagemaker.runtime",
            "sagemaker.runtime-fips",
        ),
        *("guardduty-data", "ecr.api", "ecr.dkr", "monitoring", "logs", "events", "sts", "kms", "s3"),
        *("dynamodb", "secretsmanager", "ssm", "ssmmessages", "ec2", "ec2messages", "execute-api", "lambda"),
        *("athena", "glue", "sqs", "sns", "states", "elasticfilesystem", "kinesis-streams", "macie2"),
        *("config", "cloudtrail", "securityhub", "codeartifact.api", "codeartifact.repositories", "xray"),
    }
)
"""Services with endpoints (PrivateLink guide) that moto's list of a Region may lack, by the end of their
name `com.amazonaws.REGION.NAME`."""
_NOTEBOOKS = ("notebook", "studio")
"""SageMaker's own form: `aws.sagemaker.REGION.notebook` ("Connect to a notebook instance through a VPC
interface endpoint")."""


def _known(call: Call, name: str) -> bool:
    from moto.ec2.models import ec2_backends  # noqa: PLC0415

    region = call.region
    if name in {f"com.amazonaws.{region}.{end}" for end in _FURTHER}:
        return True
    if name in {f"aws.sagemaker.{region}.{end}" for end in _NOTEBOOKS}:
        return True
    backend = ec2_backends[call.account][region]
    listed = backend.describe_vpc_endpoint_services([], {}, 1000, None, region)
    if name in listed["serviceNames"]:
        return True
    return _own_service(name)


def _own_service(name: str) -> bool:
    """Whether it is an endpoint service of some account of the local cloud."""
    from moto.ec2.models import ec2_backends  # noqa: PLC0415

    if not re.fullmatch(r"com\.amazonaws\.vpce\.[a-z0-9-]+\.vpce-svc-[0-9a-f]+", name):
        return False
    return any(
        getattr(config, "service_name", "") == name
        for regions in list(ec2_backends.values())
        for backend in list(regions.values())
        for config in backend.configurations.values()
    )


def _create(call: Call, proceed: Proceed) -> dict[str, Any]:
    name = call.parameters.get("ServiceName")
    if isinstance(name, str) and not _known(call, name):
        raise AwsError("InvalidServiceName", f"The Vpc Endpoint Service '{name}' does not exist")
    return proceed()


def _services(call: Call, proceed: Proceed) -> dict[str, Any]:
    """moto's list lacks some of the services that Ringwork's users need."""
    answer = proceed()
    if call.parameters.get("ServiceNames") or call.parameters.get("Filters"):
        return answer
    names = answer.setdefault("ServiceNames", [])
    for end in sorted(_FURTHER):
        name = f"com.amazonaws.{call.region}.{end}"
        if name not in names:
            names.append(name)
            answer.setdefault("ServiceDetails", []).append(
                {
                    "ServiceName": name,
                    "ServiceType": [{"ServiceType": "Interface"}],
                    "Owner": "amazon",
                    "VpcEndpointPolicySupported": True,
                    "PrivateDnsNameVerificationState": "verified",
                }
            )
    return answer


def _prefix_lists(call: Call, _proceed: Proceed) -> dict[str, Any]:
    """moto fails where a list has no name. EC2 API reference, DescribePrefixLists: AWS services' lists."""
    from moto.ec2.models import ec2_backends  # noqa: PLC0415

    backend = ec2_backends[call.account][call.region]
    wanted = call.parameters.get("PrefixListIds")
    filters = {one["Name"]: one["Values"] for one in call.parameters.get("Filters") or ()}
    rows = []
    for one in backend.managed_prefix_lists.values():
        name = one.prefix_list_name or ""
        if not name.startswith("com.amazonaws.") or (wanted and one.id not in wanted):
            continue
        if one.id not in filters.get("prefix-list-id", [one.id]):
            continue
        if name not in filters.get("prefix-list-name", [name]):
            continue
        cidrs = [entry["Cidr"] for entry in one.entries.get(one.version, ())]
        rows.append({"PrefixListId": one.id, "PrefixListName": name, "Cidrs": cidrs})
    return {"PrefixLists": rows}


def _connections(call: Call, _proceed: Proceed) -> dict[str, Any]:
    """EC2 API reference, DescribeVpcEndpointConnections: endpoints connected to this account's services."""
    from moto.ec2.models import ec2_backends  # noqa: PLC0415

    mine = ec2_backends[call.account][call.region].configurations
    names = {getattr(config, "service_name", ""): config.id for config in mine.values()}
    rows = []
    for account, regions in list(ec2_backends.items()):
        for backend in list(regions.values()):
            rows += [
                {
                    "ServiceId": names[endpoint.service_name],
                    "VpcEndpointId": endpoint.id,
                    "VpcEndpointOwner": account,
                    "VpcEndpointState": endpoint.state,
                }
                for endpoint in backend.vpc_end_points.values()
                if endpoint.service_name in names
            ]
    return {"VpcEndpointConnections": rows}


OVERLAYS: Mapping[str, Overlay] = {
    "CreateVpcEndpoint": _create,
    "DescribePrefixLists": _prefix_lists,
    "DescribeVpcEndpointConnections": _connections,
    "DescribeVpcEndpointServices": _services,
}
