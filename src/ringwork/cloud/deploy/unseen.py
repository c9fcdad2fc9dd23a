"""Drift that CloudFormation does not see: what somebody put beside a stack's resources.

Drift detection compares "only resource properties explicitly defined in the stack template" (API
reference, DetectStackDrift). A rule added to a group, an entry to a network ACL, a route, a policy on a
bucket or in a role is a thing of its own, which no template names. Each is shown with the one API call
that undoes it.

No drift, and not listed: rules that AWS or CloudFormation make by themselves (entry 32767 of a network
ACL, local, endpoint and propagated routes, the default egress rule of a group whose template names no
egress, everything on a VPC's default group, ACL and main route table), and what another stack owns.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import botocore
from botocore.exceptions import BotoCoreError, ClientError

from ringwork.cloud.errors import OperationError, code, explain
from ringwork.cloud.session import Cloud
from ringwork.estate import Estate, Gap, Reference, Resource


@dataclass(frozen=True, slots=True)
class ApiCall:
    """One AWS API call in one account and Region."""

    service: str
    """`ec2`"""
    operation: str
    """`RevokeSecurityGroupIngress`"""
    parameters: Mapping[str, Any]
    account: str
    region: str | None
    """None: a global service, asked in the cloud's Region"""

    def __str__(self) -> str:
        return f"{self.service}:{self.operation} {json.dumps(self.parameters, sort_keys=True)}"


@dataclass(frozen=True, slots=True)
class UnseenDrift:
    """Something beside a stack's resource that no template names."""

    resource: Resource
    """the live thing"""
    owner: Resource
    """the stack's resource that it hangs on"""
    what: str
    """`ingress tcp 22 from 0.0.0.0/0 on `stack/Group``"""
    undo: ApiCall


@dataclass(frozen=True, slots=True)
class Unseen:
    """All unseen drift, and what could not be read: there, drift may be hidden."""

    drift: tuple[UnseenDrift, ...]
    gaps: tuple[Gap, ...]


@dataclass(frozen=True, slots=True)
class Undone:
    """How undoing one call went; `error` None: done, or there was nothing left to undo."""

    call: ApiCall
    error: OperationError | None = None


_Parts = tuple[str, str, dict[str, Any]]
"""service, operation, parameters"""


@dataclass(frozen=True, slots=True)
class _Side:
    """A type whose resources hang on another: by which property, and how one is described and undone."""

    type: str
    owner: str
    """the property that names the owner"""
    say: Callable[[Resource, Estate], str]
    call: Callable[[Resource, Resource, Estate], _Parts]
    declared: Callable[[Resource, Resource], bool] = lambda extra, wanted: False
    """(live extra, desired owner) -> the owner's own template accounts for it"""


def unseen(desired: Estate, live: Estate) -> Unseen:
    """What hangs on resources of the desired stacks in `live` and is in no stack.

    `desired`: the estate of the templates; `live`: collected from the same accounts and Regions, with
    names joined (`Resource.logical`).
    """
    wanted = {
        (resource.account, resource.logical.stack, resource.logical.id): resource
        for resource in desired.resources
        if resource.logical
    }
    found: list[UnseenDrift] = []
    for side in _SIDES:
        for extra in live.of_type(side.type):
            if extra.logical is not None:
                continue
            owner = _owner(extra.properties.get(side.owner), extra, live)
            if owner is None or owner.logical is None:
                continue
            meant = wanted.get((owner.account, owner.logical.stack, owner.logical.id))
            if meant is None or side.declared(extra, meant):
                continue
            what = f"{side.say(extra, live)} on `{owner.name}`"
            found.append(UnseenDrift(extra, owner, what, _call(side.call(extra, owner, live), owner)))
    found.extend(_attached_policies(wanted, live))
    types = {side.type for side in _SIDES} | {"AWS::IAM::Role"}
    gaps = tuple(gap for gap in live.gaps if gap.type is None or gap.type in types)
    return Unseen(tuple(sorted(found, key=lambda drift: (drift.owner.key, drift.resource.key))), gaps)


def undo(cloud: Cloud, calls: Sequence[ApiCall]) -> tuple[Undone, ...]:
    """Run the calls, in order; the caller has asked for consent. One that fails stops no other."""
    done = []
    for call in calls:
        method = botocore.xform_name(call.operation)
        try:
            client = cloud.client(call.service, account=call.account, region=call.region)
            getattr(client, method)(**call.parameters)
        except ClientError as error:
            gone = "NotFound" in code(error) or code(error) in _GONE
            done.append(Undone(call, None if gone else explain(error, f"undo by `{call}`")))
        except BotoCoreError as error:
            done.append(Undone(call, explain(error, f"undo by `{call}`")))
        except OperationError as error:
            done.append(Undone(call, error))
        else:
            done.append(Undone(call))
    return tuple(done)


_GONE = frozenset({"NoSuchEntity", "NoSuchBucketPolicy", "NoSuchBucket", "Gateway.NotAttached"})


def _owner(value: Any, extra: Resource, live: Estate) -> Resource | None:
    found = live.resolve(value)
    if found is None and isinstance(value, str):
        same = [r for r in live.by_physical(value) if r.account == extra.account and r.key != extra.key]
        # a bucket's policy has the bucket's name as its physical id too
        found = next((r for r in same if r.type != extra.type), None)
    return found


def _call(parts: _Parts, owner: Resource) -> ApiCall:
    service, operation, parameters = parts
    return ApiCall(service, operation, parameters, owner.account or "", owner.region)


def _name(value: Any, live: Estate) -> str:
    """A reference as the name of its resource (its value where it means an address block); anything
    else as it is."""
    if isinstance(value, Reference) and "Cidr" in value.attribute:
        return live.literal(value) or value.target
    if isinstance(value, Reference):
        target = live.get(value.target)
        return f"`{target.name}`" if target else value.target
    same = live.by_physical(str(value))
    return f"`{same[0].name}`" if len(same) == 1 else str(value)


def _rule(direction: str, peers: Sequence[str]) -> Callable[[Resource, Estate], str]:
    def say(rule: Resource, live: Estate) -> str:
        p = rule.properties
        protocol = "all traffic" if str(p.get("IpProtocol")) == "-1" else str(p.get("IpProtocol"))
        ports = ""
        if p.get("FromPort") is not None and protocol != "all traffic":
            same = p.get("FromPort") == p.get("ToPort")
            ports = f" {p['FromPort']}" if same else f" {p['FromPort']}-{p.get('ToPort')}"
        peer = next((_name(p[name], live) for name in peers if p.get(name) is not None), "an unknown peer")
        return f"{direction} {protocol}{ports} {'from' if direction == 'ingress' else 'to'} {peer}"

    return say


def _revoke(operation: str) -> Callable[[Resource, Resource, Estate], _Parts]:
    return lambda rule, group, live: (
        "ec2",
        operation,
        {"GroupId": group.physical, "SecurityGroupRuleIds": [rule.physical]},
    )


def _default_egress(rule: Resource, group: Resource) -> bool:
    """EC2 gives a new group one egress rule; it stays where the template's group names no egress
    (AWS::EC2::SecurityGroup, "Remove the default egress rule")."""
    p = rule.properties
    everywhere = p.get("CidrIp") == "0.0.0.0/0" or p.get("CidrIpv6") == "::/0"
    return "SecurityGroupEgress" not in group.properties and str(p.get("IpProtocol")) == "-1" and everywhere


def _say_entry(entry: Resource, live: Estate) -> str:
    p = entry.properties
    where = "egress" if p.get("Egress") else "ingress"
    cidr = _name(p.get("CidrBlock") or p.get("Ipv6CidrBlock"), live)
    return f"{where} entry {p.get('RuleNumber')} ({p.get('RuleAction')} {cidr})"


def _delete_entry(entry: Resource, acl: Resource, live: Estate) -> _Parts:
    p = entry.properties
    parameters = {
        "NetworkAclId": acl.physical,
        "RuleNumber": int(str(p["RuleNumber"])),
        "Egress": bool(p.get("Egress")),
    }
    return "ec2", "DeleteNetworkAclEntry", parameters


_DESTINATIONS = ("DestinationCidrBlock", "DestinationIpv6CidrBlock", "DestinationPrefixListId")


def _destination(route: Resource, live: Estate) -> tuple[str, str]:
    """The route's destination property, and its value as AWS holds it."""
    name = next(name for name in _DESTINATIONS if route.properties.get(name))
    # the physical id of a live route is `TABLE|DESTINATION`
    return name, live.literal(route.properties[name]) or (route.physical or "").partition("|")[2]


def _say_route(route: Resource, live: Estate) -> str:
    target = next(
        (
            f" through {_name(value, live)}"
            for name, value in route.properties.items()
            if value is not None and name not in (*_DESTINATIONS, "RouteTableId")
        ),
        "",
    )
    return f"route to {_destination(route, live)[1]}{target}"


def _delete_route(route: Resource, table: Resource, live: Estate) -> _Parts:
    name, value = _destination(route, live)
    return "ec2", "DeleteRoute", {"RouteTableId": table.physical, name: value}


def _policy_name(policy: Resource) -> str:
    return (policy.physical or "").partition("|")[0]


def _inside(policy: Resource, role: Resource) -> bool:
    """The template's role names the inline policy itself."""
    inner = role.properties.get("Policies") or ()
    listed = inner if isinstance(inner, Sequence) and not isinstance(inner, str) else ()
    return any(isinstance(p, Mapping) and p.get("PolicyName") == _policy_name(policy) for p in listed)


def _detach(attachment: Resource, vpc: Resource, live: Estate) -> _Parts:
    gateway = live.literal(attachment.properties["InternetGatewayId"])
    return "ec2", "DetachInternetGateway", {"InternetGatewayId": gateway, "VpcId": vpc.physical}


_SIDES = (
    _Side(
        "AWS::EC2::SecurityGroupIngress",
        "GroupId",
        _rule("ingress", ("CidrIp", "CidrIpv6", "SourceSecurityGroupId", "SourcePrefixListId")),
        _revoke("RevokeSecurityGroupIngress"),
    ),
    _Side(
        "AWS::EC2::SecurityGroupEgress",
        "GroupId",
        _rule("egress", ("CidrIp", "CidrIpv6", "DestinationSecurityGroupId", "DestinationPrefixListId")),
        _revoke("RevokeSecurityGroupEgress"),
        _default_egress,
    ),
    _Side("AWS::EC2::NetworkAclEntry", "NetworkAclId", _say_entry, _delete_entry),
    _Side("AWS::EC2::Route", "RouteTableId", _say_route, _delete_route),
    _Side(
        "AWS::EC2::VPCGatewayAttachment",
        "VpcId",
        lambda attachment, live: (
            f"attached internet gateway {_name(attachment.properties.get('InternetGatewayId'), live)}"
        ),
        _detach,
    ),
    _Side(
        "AWS::EC2::VPCEndpoint",
        "VpcId",
        lambda endpoint, live: f"endpoint to {_name(endpoint.properties.get('ServiceName'), live)}",
        lambda endpoint, vpc, live: ("ec2", "DeleteVpcEndpoints", {"VpcEndpointIds": [endpoint.physical]}),
    ),
    _Side(
        "AWS::S3::BucketPolicy",
        "Bucket",
        lambda policy, live: "bucket policy",
        lambda policy, bucket, live: ("s3", "DeleteBucketPolicy", {"Bucket": bucket.physical}),
    ),
    _Side(
        "AWS::IAM::RolePolicy",
        "RoleName",
        lambda policy, live: f"inline policy `{_policy_name(policy)}`",
        lambda policy, role, live: (
            "iam",
            "DeleteRolePolicy",
            {"RoleName": role.physical, "PolicyName": _policy_name(policy)},
        ),
        _inside,
    ),
)


def _attached_policies(
    wanted: Mapping[tuple[str | None, str, str], Resource], live: Estate
) -> Iterator[UnseenDrift]:
    """Managed policies on roles whose template attaches none: a property that no template names."""
    for role in live.of_type("AWS::IAM::Role"):
        meant = role.logical and wanted.get((role.account, role.logical.stack, role.logical.id))
        if not meant or "ManagedPolicyArns" in meant.properties:
            continue
        attached = role.properties.get("ManagedPolicyArns") or ()
        for value in attached if isinstance(attached, tuple | list) else ():
            policy = live.resolve(value)
            arn = policy.arn or policy.physical if policy else value
            if not isinstance(arn, str) or (policy and _attaches(policy, meant, wanted)):
                continue
            parts = ("iam", "DetachRolePolicy", {"RoleName": role.physical, "PolicyArn": arn})
            what = f"managed policy `{policy.name if policy else arn}` on `{role.name}`"
            yield UnseenDrift(policy or role, role, what, _call(parts, role))


def _attaches(
    policy: Resource, role: Resource, wanted: Mapping[tuple[str | None, str, str], Resource]
) -> bool:
    """The policy's template attaches it to the role (`Roles`)."""
    meant = policy.logical and wanted.get((policy.account, policy.logical.stack, policy.logical.id))
    roles = meant.properties.get("Roles") if meant else None
    if not isinstance(roles, tuple | list):
        return False
    names = {role.physical, role.properties.get("RoleName")} - {None}
    return any(
        (isinstance(r, Reference) and r.target == role.key) or (isinstance(r, str) and r in names)
        for r in roles
    )
