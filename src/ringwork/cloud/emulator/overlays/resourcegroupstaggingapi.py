"""Resource Groups Tagging API: the tagged resources of the services whose tags the local cloud reads.

Source: Resource Groups Tagging API reference, GetResources.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ringwork.cloud.emulator.errors import NotEmulatedError
from ringwork.cloud.emulator.overlays.call import Call, Overlay, Proceed

_EC2 = {
    "vpc-": "vpc",
    "subnet-": "subnet",
    "sg-": "security-group",
    "rtb-": "route-table",
    "acl-": "network-acl",
    "igw-": "internet-gateway",
    "nat-": "natgateway",
    "vpce-": "vpc-endpoint",
    "i-": "instance",
    "tgw-": "transit-gateway",
    "lt-": "launch-template",
    "eipalloc-": "elastic-ip",
    "fl-": "vpc-flow-log",
}


def _s3(call: Call) -> Iterator[tuple[str, dict[str, str]]]:
    from moto.s3.models import s3_backends  # noqa: PLC0415

    backend = s3_backends[call.account]["aws"]
    for bucket in backend.buckets.values():
        yield bucket.arn, dict(backend.tagger.get_tag_dict_for_resource(bucket.arn))


def _ec2(call: Call) -> Iterator[tuple[str, dict[str, str]]]:
    from moto.ec2.models import ec2_backends  # noqa: PLC0415

    for identifier, tags in ec2_backends[call.account][call.region].tags.items():
        kind = next((k for prefix, k in _EC2.items() if identifier.startswith(prefix)), None)
        if kind is not None:
            arn = f"arn:aws:ec2:{call.region}:{call.account}:{kind}/{identifier}"
            yield arn, {str(key): str(value) for key, value in tags.items()}


def _kms(call: Call) -> Iterator[tuple[str, dict[str, str]]]:
    from moto.kms.models import kms_backends  # noqa: PLC0415

    backend = kms_backends[call.account][call.region]
    for key in backend.keys.values():
        yield key.arn, dict(backend.tagger.get_tag_dict_for_resource(key.id))


def _sagemaker(call: Call) -> Iterator[tuple[str, dict[str, str]]]:
    from moto.sagemaker.models import sagemaker_backends  # noqa: PLC0415

    backend = sagemaker_backends[call.account][call.region]
    for table in ("_models", "endpoints", "endpoint_configs", "notebook_instances", "training_jobs"):
        for one in getattr(backend, table).values():
            arn = getattr(one, "arn", None) or getattr(one, "model_arn", None)
            tags = getattr(one, "tags", None) or ()
            if arn:
                yield str(arn), {str(tag["Key"]): str(tag["Value"]) for tag in tags}


_READERS = {"ec2": _ec2, "kms": _kms, "s3": _s3, "sagemaker": _sagemaker}


def _get(call: Call, _proceed: Proceed) -> dict[str, Any]:
    kinds = call.parameters.get("ResourceTypeFilters") or list(_READERS)
    filters = call.parameters.get("TagFilters") or ()
    rows = []
    for kind in kinds:
        service, _, resource = kind.partition(":")
        if service not in _READERS:
            raise NotEmulatedError(
                "resourcegroupstaggingapi", "GetResources", f"tags of {service} are not read here"
            )
        call.load(service)
        for arn, tags in _READERS[service](call):
            if resource and not arn.split(":", 5)[5].startswith(f"{resource}/"):
                continue
            if tags and all(_has(tags, one) for one in filters):
                shown = [{"Key": key, "Value": value} for key, value in tags.items()]
                rows.append({"ResourceARN": arn, "Tags": shown})
    return {"ResourceTagMappingList": rows, "PaginationToken": ""}


def _has(tags: Mapping[str, str], wanted: Mapping[str, Any]) -> bool:
    if wanted["Key"] not in tags:
        return False
    return not wanted.get("Values") or tags[wanted["Key"]] in wanted["Values"]


OVERLAYS: Mapping[str, Overlay] = {"GetResources": _get}
