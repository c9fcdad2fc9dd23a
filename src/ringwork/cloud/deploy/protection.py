"""What a service refuses to delete until its own protection is off: turned off before a stack is destroyed.

CloudFormation asks the service to delete and fails. Termination protection of the stack is the deployer's;
this is the resource's own. It is turned off by the service's call, not by an update of the stack: a stack
whose creation failed cannot be updated any more (CloudFormation guide, "Stack status codes").
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from botocore.exceptions import ClientError

from ringwork.cloud.errors import code

Clients: TypeAlias = Callable[[str], Any]
"""boto3 clients of the stack's account and Region, by service name"""


def _association(client: Clients, physical: str) -> None:
    client("route53resolver").update_firewall_rule_group_association(
        FirewallRuleGroupAssociationId=physical, MutationProtection="DISABLED"
    )


def _load_balancer(client: Clients, physical: str) -> None:
    client("elbv2").modify_load_balancer_attributes(
        LoadBalancerArn=physical, Attributes=[{"Key": "deletion_protection.enabled", "Value": "false"}]
    )


def _firewall(client: Clients, physical: str) -> None:
    client("network-firewall").update_firewall_delete_protection(FirewallArn=physical, DeleteProtection=False)


PROTECTED: Mapping[str, Callable[[Clients, str], None]] = {
    "AWS::Route53Resolver::FirewallRuleGroupAssociation": _association,
    "AWS::ElasticLoadBalancingV2::LoadBalancer": _load_balancer,
    "AWS::NetworkFirewall::Firewall": _firewall,
}
"""Type -> the call that ends its protection (Resolver API reference, UpdateFirewallRuleGroupAssociation;
Elastic Load Balancing API reference, LoadBalancerAttribute; Network Firewall API reference,
UpdateFirewallDeleteProtection)."""

_GONE = frozenset({"ResourceNotFoundException", "LoadBalancerNotFound"})


def release(client: Clients, type: str, physical: str) -> None:
    """End the protection of one resource, where its type has any. Raises what boto3 raises, but for a
    resource that is gone."""
    end = PROTECTED.get(type)
    if end is None or not physical:
        return
    try:
        end(client, physical)
    except ClientError as error:
        if code(error) not in _GONE:
            raise
