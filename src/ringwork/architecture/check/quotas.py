"""Sizes, counts and unique names."""

from __future__ import annotations

import json
import marshal
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ringwork.architecture.check.problem import Problem
from ringwork.architecture.check.scope import Scope, section
from ringwork.schemas import quotas as limits
from ringwork.schemas.quotas import Quota

Key = tuple[str, str]
_POLICIES: Mapping[str, tuple[str, Quota]] = {
    "AWS::IAM::ManagedPolicy": ("PolicyDocument", limits.MANAGED_POLICY),
    "AWS::IAM::Role": ("AssumeRolePolicyDocument", limits.TRUST_POLICY),
    "AWS::KMS::Key": ("KeyPolicy", limits.KEY_POLICY),
    "AWS::S3::BucketPolicy": ("PolicyDocument", limits.BUCKET_POLICY),
    "AWS::EC2::VPCEndpoint": ("PolicyDocument", limits.ENDPOINT_POLICY),
}
_NAMES: Mapping[str, tuple[str, str]] = {
    "AWS::S3::Bucket": ("BucketName", "world"),
    "AWS::IAM::Role": ("RoleName", "account"),
    "AWS::IAM::ManagedPolicy": ("ManagedPolicyName", "account"),
    "AWS::KMS::Alias": ("AliasName", "region"),
    "AWS::Logs::LogGroup": ("LogGroupName", "region"),
}
"""The property that names a resource, and where the name must be unique."""


def quotas(scope: Scope) -> Iterator[Problem]:
    """Counts and sizes against `ringwork.schemas.quotas`."""
    for stack in scope.stacks:
        for name, quota in (
            ("Resources", limits.STACK_RESOURCES),
            ("Parameters", limits.STACK_PARAMETERS),
            ("Outputs", limits.STACK_OUTPUTS),
            ("Mappings", limits.STACK_MAPPINGS),
        ):
            count = len(section(stack.template, name))
            if count > quota.value:
                yield Problem(
                    stack.id, None, (name,), f"{count:,} {quota.unit} in one stack", help=quota.help
                )
        size = _bytes(stack.template)
        if size > limits.TEMPLATE_OBJECT.value:
            quota = limits.TEMPLATE_OBJECT
            yield Problem(stack.id, None, (), f"the template has {size:,} bytes", help=quota.help)
    yield from _policies(scope)
    yield from _guard_rails(scope)
    yield from _role_policies(scope)
    yield from _rules(scope)
    yield from _entries(scope)
    yield from _counted(scope, "AWS::EC2::Route", "RouteTableId", limits.ROUTES_PER_TABLE, "route table")
    yield from _counted(scope, "AWS::EC2::Subnet", "VpcId", limits.SUBNETS_PER_VPC, "VPC")
    yield from _counted(
        scope,
        "AWS::EC2::VPCEndpoint",
        "VpcId",
        limits.INTERFACE_ENDPOINTS,
        "VPC",
        only={"VpcEndpointType": ("Interface", "GatewayLoadBalancer")},
    )


def _bytes(template: Mapping[str, Any]) -> int:
    """Bytes as compact JSON, or a number over which they cannot be, where that is within the limit.

    `marshal`'s second version writes each value with no less than a sixth of JSON's characters (a string
    with five bytes more than it has, and JSON escapes a byte by six characters at most), and is much faster.
    """
    try:
        most = 6 * len(marshal.dumps(dict(template), 2))
    except ValueError:  # a mapping that is no dict
        most = limits.TEMPLATE_OBJECT.value + 1
    if most <= limits.TEMPLATE_OBJECT.value:
        return most
    return len(json.dumps(template, separators=(",", ":")).encode())


def _policies(scope: Scope) -> Iterator[Problem]:
    for stack, logical, resource, properties in scope.resources(*_POLICIES):
        name, quota = _POLICIES[resource["Type"]]
        if name in properties:
            size = scope.size(stack, properties[name])
            if size > quota.value:
                yield Problem(
                    stack.id,
                    logical,
                    ("Properties", name),
                    f"the policy has about {size:,} {quota.unit}",
                    help=quota.help,
                )


_KINDS: Mapping[str, tuple[Quota, Quota]] = {
    "AISERVICES_OPT_OUT_POLICY": (limits.AI_OPT_OUT_POLICY, limits.POLICIES_PER_TARGET),
    "RESOURCE_CONTROL_POLICY": (limits.RESOURCE_CONTROL_POLICY, limits.POLICIES_PER_TARGET),
    "SERVICE_CONTROL_POLICY": (
        limits.SERVICE_CONTROL_POLICY,
        limits.SERVICE_CONTROL_POLICIES_PER_TARGET,
    ),
}
"""kind -> quota for its size, and for how many of it a target takes"""


def _guard_rails(scope: Scope) -> Iterator[Problem]:
    """Policies of the organization: their size, and how many of a kind an account has."""
    attached: Counter[tuple[str, str]] = Counter()
    for stack, logical, _, properties in scope.resources("AWS::Organizations::Policy"):
        kind = str(properties.get("Type"))
        if kind not in _KINDS:
            continue  # no stack of ours has another kind
        size, (quota, count) = scope.size(stack, properties.get("Content")), _KINDS[kind]
        if size > quota.value:
            yield Problem(
                stack.id,
                logical,
                ("Properties", "Content"),
                f"the policy has about {size:,} {quota.unit}",
                help=quota.help,
            )
        attached.update((kind, str(target)) for target in properties.get("TargetIds", ()))
        for target in properties.get("TargetIds", ()):
            # AWS's own policy that allows everything is one of them
            if attached[kind, str(target)] == count.value:
                yield Problem(
                    stack.id,
                    logical,
                    ("Properties", "TargetIds"),
                    f"more than {count.value - 1} policies of one kind on `{target}`",
                    help=count.help,
                )


def _role_policies(scope: Scope) -> Iterator[Problem]:
    """Inline policies count together, wherever they are attached from."""
    sizes: Counter[Key] = Counter()
    names = {
        (stack.account, scope.concrete(stack, properties["RoleName"])): (stack.id, logical)
        for stack, logical, _, properties in scope.resources("AWS::IAM::Role")
        if isinstance(scope.concrete(stack, properties.get("RoleName")), str)
    }
    for stack, logical, _, properties in scope.resources("AWS::IAM::Role"):
        for policy in _items(properties.get("Policies")):
            sizes[stack.id, logical] += scope.size(stack, policy.get("PolicyDocument"))
        attached = properties.get("ManagedPolicyArns", ())
        if isinstance(attached, list | tuple) and len(attached) > limits.POLICIES_PER_ROLE.value:
            yield Problem(
                stack.id,
                logical,
                ("Properties", "ManagedPolicyArns"),
                f"{len(attached)} managed policies on one role",
                help=limits.POLICIES_PER_ROLE.help,
            )
    for stack, _, _, properties in scope.resources("AWS::IAM::RolePolicy"):
        role = properties.get("RoleName")
        target = scope.target(stack, role)
        key = target.key if target else names.get((stack.account, scope.concrete(stack, role)))
        if key is not None:
            sizes[key] += scope.size(stack, properties.get("PolicyDocument"))
    quota = limits.ROLE_INLINE_POLICIES
    for (stack_id, logical), size in sizes.items():
        if size > quota.value:
            yield Problem(
                stack_id,
                logical,
                (),
                f"the role's inline policies have about {size:,} characters",
                help=quota.help,
            )


def _rules(scope: Scope) -> Iterator[Problem]:
    """Security group rules, inline and apart, IPv4 and IPv6 apart."""
    counts: Counter[tuple[Key, str, int]] = Counter()

    def add(key: Key, direction: str, rule: Mapping[str, Any]) -> None:
        for version, name in ((4, "CidrIpv6"), (6, "CidrIp")):
            if name not in rule:  # groups and prefix lists count for both
                counts[key, direction, version] += 1

    for stack, logical, _, properties in scope.resources("AWS::EC2::SecurityGroup"):
        for name, direction in (("SecurityGroupIngress", "inbound"), ("SecurityGroupEgress", "outbound")):
            for rule in _items(properties.get(name)):
                add((stack.id, logical), direction, rule)
    for type, direction in (
        ("AWS::EC2::SecurityGroupIngress", "inbound"),
        ("AWS::EC2::SecurityGroupEgress", "outbound"),
    ):
        for stack, _, _, properties in scope.resources(type):
            target = scope.target(stack, properties.get("GroupId"))
            if target is not None:
                add(target.key, direction, properties)
    for ((stack_id, logical), direction, version), count in counts.items():
        if count > limits.GROUP_RULES.value:
            yield Problem(
                stack_id,
                logical,
                (),
                f"the security group has {count} {direction} rules for IPv{version}",
                help=limits.GROUP_RULES.help,
            )


def _entries(scope: Scope) -> Iterator[Problem]:
    """Network ACL entries: one rule number once per direction (VPC User Guide, *Network ACL rules*)."""
    numbers: dict[tuple[Key, bool], dict[Any, str]] = defaultdict(dict)
    counts: Counter[tuple[Key, bool, int]] = Counter()
    for stack, logical, _, properties in scope.resources("AWS::EC2::NetworkAclEntry"):
        target = scope.target(stack, properties.get("NetworkAclId"))
        number = properties.get("RuleNumber")
        egress = properties.get("Egress", False) in (True, "true")
        if isinstance(number, int) and not 1 <= number <= 32766:
            yield Problem(
                stack.id,
                logical,
                ("Properties", "RuleNumber"),
                f"rule number {number} is outside 1 to 32766",
            )
        if target is None:
            continue
        taken = numbers[target.key, egress]
        if isinstance(number, int | str):
            if str(number) in taken:
                direction = "outbound" if egress else "inbound"
                yield Problem(
                    stack.id,
                    logical,
                    ("Properties", "RuleNumber"),
                    f"{direction} rule number {number} is taken by `{taken[str(number)]}`",
                )
            taken.setdefault(str(number), logical)
        counts[target.key, egress, 6 if "Ipv6CidrBlock" in properties else 4] += 1
    for ((stack_id, logical), egress, version), count in counts.items():
        if count + 1 > limits.ACL_RULES.value:
            direction = "outbound" if egress else "inbound"
            yield Problem(
                stack_id,
                logical,
                (),
                f"the network ACL has {count} {direction} rules for IPv{version}, and the default one",
                help=limits.ACL_RULES.help,
            )


def _counted(
    scope: Scope,
    type: str,
    parent: str,
    quota: Quota,
    what: str,
    *,
    only: Mapping[str, Sequence[str]] | None = None,
) -> Iterator[Problem]:
    counts: Counter[Key] = Counter()
    for stack, _, _, properties in scope.resources(type):
        if only and not all(properties.get(name) in values for name, values in only.items()):
            continue
        target = scope.target(stack, properties.get(parent))
        if target is not None:
            counts[target.key] += 1
    for (stack_id, logical), count in counts.items():
        if count > quota.value:
            yield Problem(stack_id, logical, (), f"the {what} has {count} {quota.unit}", help=quota.help)


def names(scope: Scope) -> Iterator[Problem]:
    """Names that must be unique, where they are known before deployment."""
    taken: dict[tuple[str, ...], str] = {}
    for stack, logical, resource, properties in scope.resources(*_NAMES):
        property, where = _NAMES[resource["Type"]]
        name = scope.concrete(stack, properties.get(property))
        if not isinstance(name, str):
            continue
        place = {"world": (), "account": (stack.account,), "region": (stack.account, stack.region)}[where]
        # IAM does not tell names apart by case (IAM User Guide, *IAM quotas*, name requirements)
        key = (resource["Type"], *place, name.lower() if where == "account" else name)
        if key in taken:
            yield Problem(
                stack.id,
                logical,
                ("Properties", property),
                f"the name `{name}` is taken by `{taken[key]}`",
            )
        taken.setdefault(key, f"{stack.id}/{logical}")


def _items(value: Any) -> list[Mapping[str, Any]]:
    return [item for item in value if isinstance(item, Mapping)] if isinstance(value, list | tuple) else []
