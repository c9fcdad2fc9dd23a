"""Elastic Load Balancing: whether a Network Load Balancer's groups hold for PrivateLink's traffic, what
deletion protection protects from, and attributes that only some listeners and target groups have.

Source: Elastic Load Balancing API reference, SetSecurityGroups
(`EnforceSecurityGroupInboundRulesOnPrivateLinkTraffic`, by default `on`), DeleteLoadBalancer ("You can't
delete a load balancer if deletion protection is enabled"), Listener (`SslPolicy`: HTTPS and TLS),
TargetGroupAttribute.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ringwork.cloud.emulator.errors import AwsError
from ringwork.cloud.emulator.overlays.call import Call, Overlay, Proceed

_ENFORCED = "EnforceSecurityGroupInboundRulesOnPrivateLinkTraffic"


def _set_groups(call: Call, proceed: Proceed) -> dict[str, Any]:
    answer = proceed()
    given = call.parameters.get(_ENFORCED)
    if given is not None:
        call.table(_ENFORCED)[str(call.parameters["LoadBalancerArn"])] = {"value": given}
        answer[_ENFORCED] = given
    return answer


def _describe(call: Call, proceed: Proceed) -> dict[str, Any]:
    answer = proceed()
    for balancer in answer.get("LoadBalancers") or ():
        if balancer.get("Type") == "network" and balancer.get("SecurityGroups"):
            kept = call.table(_ENFORCED).get(balancer["LoadBalancerArn"], {})
            balancer[_ENFORCED] = kept.get("value", "on")
    return answer


def _delete(call: Call, proceed: Proceed) -> dict[str, Any]:
    from moto.elbv2.models import elbv2_backends  # noqa: PLC0415

    arn = str(call.parameters["LoadBalancerArn"])
    balancer = elbv2_backends[call.account][call.region].load_balancers.get(arn)
    if balancer is not None and balancer.attrs.get("deletion_protection.enabled") == "true":
        message = f"Load balancer '{arn}' cannot be deleted because deletion protection is enabled"
        raise AwsError("OperationNotPermitted", message)
    call.table(_ENFORCED).pop(arn, None)
    return proceed()


def _listeners(_call: Call, proceed: Proceed) -> dict[str, Any]:
    answer = proceed()
    for listener in answer.get("Listeners") or ():
        if listener.get("Protocol") not in ("HTTPS", "TLS"):
            listener.pop("SslPolicy", None)
    return answer


def _group_attributes(_call: Call, proceed: Proceed) -> dict[str, Any]:
    """moto answers with an attribute of load balancers as well."""
    answer = proceed()
    answer["Attributes"] = [
        each for each in answer.get("Attributes") or () if not str(each["Key"]).startswith("waf.")
    ]
    return answer


OVERLAYS: Mapping[str, Overlay] = {
    "DeleteLoadBalancer": _delete,
    "DescribeListeners": _listeners,
    "DescribeLoadBalancers": _describe,
    "DescribeTargetGroupAttributes": _group_attributes,
    "SetSecurityGroups": _set_groups,
}
