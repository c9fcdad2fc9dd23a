"""Route 53: a hosted zone that is made with a VPC is private.

Source: Route 53 API reference, CreateHostedZone (VPC); developer guide, "Working with private hosted zones".
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ringwork.cloud.emulator.overlays.call import Call, Overlay, Proceed


def _create_zone(call: Call, proceed: Proceed) -> dict[str, Any]:
    from moto.route53.models import route53_backends  # noqa: PLC0415

    answer, vpc = proceed(), call.parameters.get("VPC")
    if not vpc:
        return answer
    zone = route53_backends[call.account]["aws"].zones[answer["HostedZone"]["Id"].rpartition("/")[2]]
    if not zone.private_zone:
        zone.private_zone = True
        zone.add_vpc(vpc["VPCId"], vpc["VPCRegion"])
    answer["HostedZone"].setdefault("Config", {})["PrivateZone"] = True
    answer["VPC"] = dict(vpc)
    answer.pop("DelegationSet", None)
    return answer


OVERLAYS: Mapping[str, Overlay] = {"CreateHostedZone": _create_zone}
