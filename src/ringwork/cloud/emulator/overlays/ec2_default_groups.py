"""EC2: the default security group of a VPC, which admits its own members; moto leaves that rule out.

Source: VPC user guide, "Default security groups for your VPCs", "Default security group rules".
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ringwork.cloud.emulator.overlays.call import Call, Overlay, Proceed

_BEGUN = "ringwork_begun"
"""On moto's group: it was given its rule, which may have been revoked since."""


def begin(call: Call) -> None:
    """Give each default group that is new its rule."""
    from moto.ec2.models import ec2_backends  # noqa: PLC0415

    backend = ec2_backends[call.account][call.region]
    for groups in list(backend.groups.values()):
        for group in list(groups.values()):
            if group.name == "default" and not getattr(group, _BEGUN, False):
                setattr(group, _BEGUN, True)
                backend.authorize_security_group_ingress(
                    group.id, "-1", None, None, [], source_groups=[{"GroupId": group.id}], vpc_id=group.vpc_id
                )


def _before(call: Call, proceed: Proceed) -> dict[str, Any]:
    begin(call)
    return proceed()


OVERLAYS: Mapping[str, Overlay] = dict.fromkeys(
    (
        "AuthorizeSecurityGroupIngress",
        "DescribeSecurityGroupRules",
        "DescribeSecurityGroups",
        "RevokeSecurityGroupIngress",
    ),
    _before,
)
"""Whatever reads or changes the rules of groups."""
