"""AWS::ElasticLoadBalancingV2 types, and who may connect to an endpoint service."""

from __future__ import annotations

from ringwork.cloud.emulator.cloudformation.resources.api import Api, sets
from ringwork.cloud.emulator.cloudformation.resources.provider import (
    Change,
    Context,
    Properties,
    added_and_removed,
)

_ENFORCED = "EnforceSecurityGroupInboundRulesOnPrivateLinkTraffic"


def _set_enforced(context: Context, balancer: str, change: Change) -> None:
    """SetSecurityGroups names the groups as well, and is how it changes."""
    context.client("elbv2").set_security_groups(
        LoadBalancerArn=balancer,
        SecurityGroups=list(change.properties.get("SecurityGroups") or ()),
        **{_ENFORCED: "on" if change.new is None else change.new},
    )


def _set_targets(context: Context, group: str, change: Change) -> None:
    add, remove = added_and_removed(change)
    client = context.client("elbv2")
    if remove:
        client.deregister_targets(TargetGroupArn=group, Targets=[_target(each) for each in remove])
    if add:
        client.register_targets(TargetGroupArn=group, Targets=[_target(each) for each in add])


def _target(target: Properties) -> dict[str, object]:
    return {name: int(value) if name == "Port" else value for name, value in target.items()}


def _set_principals(context: Context, service: str, change: Change) -> None:
    if change.creating:
        return
    add, remove = added_and_removed(change)
    lists = {"AddAllowedPrincipals": add, "RemoveAllowedPrincipals": remove}
    context.client("ec2").modify_vpc_endpoint_service_permissions(
        ServiceId=service, **{name: items for name, items in lists.items() if items}
    )


def _forbid(context: Context, service: str, properties: Properties) -> None:
    principals = list(properties.get("AllowedPrincipals") or ())
    if principals:
        context.client("ec2").modify_vpc_endpoint_service_permissions(
            ServiceId=service, RemoveAllowedPrincipals=principals
        )


ROWS = {
    "AWS::EC2::VPCEndpointServicePermissions": Api(
        service="ec2",
        create="modify_vpc_endpoint_service_permissions",
        ref="{given[ServiceId]}",
        delete=_forbid,
        names={"AllowedPrincipals": "AddAllowedPrincipals"},
        changes={"AllowedPrincipals": _set_principals},
    ),
    "AWS::ElasticLoadBalancingV2::LoadBalancer": Api(
        service="elbv2",
        create="create_load_balancer",
        ref="{answer[LoadBalancers][0][LoadBalancerArn]}",
        key={"LoadBalancerArn": "{ref}"},
        delete="delete_load_balancer",
        read="describe_load_balancers",
        read_key={"LoadBalancerArns": ["{ref}"]},
        found="LoadBalancers.0",
        update=("set_subnets", "set_security_groups", "set_ip_address_type"),
        setters={
            "LoadBalancerAttributes": sets(
                "elbv2", "modify_load_balancer_attributes", "Attributes", key={"LoadBalancerArn": "{ref}"}
            ),
            _ENFORCED: _set_enforced,
        },
        attributes={
            "LoadBalancerFullName": "{path}",
            "CanonicalHostedZoneID": "{found[CanonicalHostedZoneId]}",
        },
        name="Name",
        limit=32,
    ),
    "AWS::ElasticLoadBalancingV2::TargetGroup": Api(
        service="elbv2",
        create="create_target_group",
        ref="{answer[TargetGroups][0][TargetGroupArn]}",
        key={"TargetGroupArn": "{ref}"},
        delete="delete_target_group",
        read="describe_target_groups",
        read_key={"TargetGroupArns": ["{ref}"]},
        found="TargetGroups.0",
        update=("modify_target_group",),
        setters={
            "TargetGroupAttributes": sets(
                "elbv2", "modify_target_group_attributes", "Attributes", key={"TargetGroupArn": "{ref}"}
            ),
            "Targets": _set_targets,
        },
        attributes={"TargetGroupFullName": "targetgroup/{path}"},
        name="Name",
        limit=32,
    ),
    "AWS::ElasticLoadBalancingV2::Listener": Api(
        service="elbv2",
        create="create_listener",
        ref="{answer[Listeners][0][ListenerArn]}",
        key={"ListenerArn": "{ref}"},
        delete="delete_listener",
        read="describe_listeners",
        read_key={"ListenerArns": ["{ref}"]},
        found="Listeners.0",
        update=("modify_listener",),
    ),
}
