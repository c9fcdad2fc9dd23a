"""What an estate says about which of its parts carry ML workloads.

SageMaker resources and endpoints, and Ringwork's own tags, mark the network they stand in. Where nothing
is marked, everything counts: a control must not be quiet because nobody put a tag.
"""

from __future__ import annotations

from collections.abc import Mapping

from ringwork.controls.control import UndecidedError
from ringwork.controls.values import named, tags
from ringwork.estate import Estate, Resource, references

WORKLOAD = "ringwork:workload"
WORKLOAD_TYPE = "ringwork:workload-type"
TEAM = "ringwork:team"
TIER = "ringwork:tier"
DATA_CLASS = "ringwork:data-class"
DATA_SET = "ringwork:data-set"
PURPOSE = "ringwork:purpose"
ACCESS_LOGS = "access-logs"
"""value of `ringwork:purpose`"""
EDGE = "edge"
"""value of `ringwork:tier` on subnets in which only NAT gateways and load balancers stand"""
INTERACTIVE = frozenset({"studio", "notebook"})
"""workload types that people sit at"""

SCOPE_READS = frozenset(
    {
        ("AWS::EC2::VPC", "Tags"),
        ("AWS::EC2::Subnet", "Tags"),
        ("AWS::EC2::Subnet", "VpcId"),
        ("AWS::EC2::SecurityGroup", "Tags"),
        ("AWS::EC2::SecurityGroup", "VpcId"),
        ("AWS::EC2::VPCEndpoint", "ServiceName"),
        ("AWS::EC2::VPCEndpoint", "VpcId"),
    }
)
"""What finding the ML VPCs reads, for `Control.reads`."""


def known_tags(resource: Resource) -> dict[str, str | None]:
    """Tags by key. Where they are not known, every tag that marks a part: what may count, counts."""
    try:
        return tags(resource)
    except UndecidedError:
        return {WORKLOAD: None, DATA_CLASS: None, TEAM: None}


def _marked(resource: Resource) -> bool:
    return any(key.startswith("ringwork:") for key in known_tags(resource))


def _sagemaker_references(estate: Estate) -> set[str]:
    """Keys of everything that a SageMaker resource refers to, but for whom its resource policy names: those
    may use it, and are no part of it."""
    return {
        reference.target
        for resource in estate.resources
        if resource.type.startswith("AWS::SageMaker::")
        for path, reference in references(resource.properties)
        if not str(path[0]).endswith("Policy")
    }


def ml_vpcs(estate: Estate) -> tuple[Resource, ...]:
    """The VPCs that carry ML workloads: those with a SageMaker resource or endpoint or a Ringwork tag in
    them. Every VPC where none has, or where it cannot be told which VPC a marked part is in."""
    try:
        return _ml_vpcs(estate)
    except UndecidedError:
        return estate.of_type("AWS::EC2::VPC")


def _ml_vpcs(estate: Estate) -> tuple[Resource, ...]:
    used = _sagemaker_references(estate)
    found: set[str] = set()
    for vpc in estate.of_type("AWS::EC2::VPC"):
        if vpc.key in used or _marked(vpc):
            found.add(vpc.key)
    for part in estate.of_type("AWS::EC2::Subnet", "AWS::EC2::SecurityGroup"):
        if part.key in used or _marked(part):
            vpc_key = named(estate, part, "VpcId")
            if vpc_key is not None:
                found.add(vpc_key)
    for endpoint in estate.of_type("AWS::EC2::VPCEndpoint"):
        service = endpoint.properties.get("ServiceName")
        if isinstance(service, str) and ".sagemaker" in service:
            vpc_key = named(estate, endpoint, "VpcId")
            if vpc_key is not None:
                found.add(vpc_key)
    vpcs = estate.of_type("AWS::EC2::VPC")
    return tuple(vpc for vpc in vpcs if vpc.key in found) if found else vpcs


def ml_subnets(estate: Estate) -> tuple[Resource, ...]:
    """The subnets in which workloads run: those of ML VPCs but the tagged public edge."""
    vpcs = {vpc.key for vpc in ml_vpcs(estate)}
    return tuple(
        subnet
        for subnet in estate.of_type("AWS::EC2::Subnet")
        if _in(estate, subnet, vpcs) and known_tags(subnet).get(TIER) != EDGE
    )


INFRASTRUCTURE = frozenset({"endpoints", "transit", "firewall"})
"""values of `ringwork:tier` on subnets that hold nothing but endpoints' interfaces, a Transit Gateway's or a
firewall's"""


def workload_subnets(estate: Estate) -> tuple[Resource, ...]:
    """`ml_subnets` without those that hold no machine (by their tier tag)."""
    return tuple(
        subnet for subnet in ml_subnets(estate) if known_tags(subnet).get(TIER) not in INFRASTRUCTURE
    )


def workload_vpcs(estate: Estate) -> tuple[Resource, ...]:
    """`ml_vpcs` without those whose subnets, all of them, hold no machine: VPCs that others share."""
    vpcs = ml_vpcs(estate)
    own: dict[str, list[Resource]] = {}
    for subnet in estate.of_type("AWS::EC2::Subnet"):
        try:
            own.setdefault(named(estate, subnet, "VpcId") or "", []).append(subnet)
        except UndecidedError:
            return vpcs
    empty = INFRASTRUCTURE | {EDGE}

    def shared(vpc: Resource) -> bool:
        subnets = own.get(vpc.key, ())
        return bool(subnets) and all(known_tags(subnet).get(TIER) in empty for subnet in subnets)

    return tuple(vpc for vpc in vpcs if not shared(vpc))


def _in(estate: Estate, resource: Resource, vpcs: set[str]) -> bool:
    """A part whose VPC is not known, or not in the estate, counts."""
    try:
        vpc = named(estate, resource, "VpcId")
    except UndecidedError:
        return True
    return vpc in vpcs or (vpc is not None and estate.get(vpc) is None)


def workload_groups(estate: Estate) -> tuple[Resource, ...]:
    """The security groups of workloads: tagged with one, or named by a SageMaker resource.

    Where there is no such group at all, every group of an ML VPC counts.
    """
    used = _sagemaker_references(estate)
    groups = estate.of_type("AWS::EC2::SecurityGroup")
    found = tuple(group for group in groups if WORKLOAD in known_tags(group) or group.key in used)
    if found:
        return found
    vpcs = {vpc.key for vpc in ml_vpcs(estate)}
    return tuple(group for group in groups if _in(estate, group, vpcs))


def marked_groups(estate: Estate) -> frozenset[str]:
    """Keys of the security groups that are known to be a workload's: tagged so, or named by SageMaker."""
    used = _sagemaker_references(estate)
    return frozenset(
        group.key
        for group in estate.of_type("AWS::EC2::SecurityGroup")
        if group.key in used or (WORKLOAD in known_tags(group) and known_tags(group)[WORKLOAD] is not None)
    )


ML_SERVICES = ("sagemaker.amazonaws.com",)


def ml_roles(estate: Estate) -> tuple[Resource, ...]:
    """Execution roles: tagged with a workload, trusted by SageMaker, or named by a SageMaker resource.

    A role whose trust policy is not known counts. Roles that AWS services own (below `/aws-service-role/`)
    cannot be changed and do not count (IAM User Guide, "Service-linked roles").
    """
    used = _sagemaker_references(estate)
    found = []
    for role in estate.of_type("AWS::IAM::Role"):
        path = role.properties.get("Path")
        if isinstance(path, str) and path.startswith("/aws-service-role/"):
            continue
        if role.key in used or WORKLOAD in known_tags(role) or _trusts_ml(role):
            found.append(role)
    return tuple(found)


def runs_no_code_of_ours(estate: Estate, role: Resource) -> bool:
    """Whether a SageMaker feature group is all that the role is for: the service writes the offline store as
    it, from AWS's own network, and no container of ours ever has it (SageMaker developer guide, "Adding
    policies to your IAM role", Feature Store)."""
    if WORKLOAD in known_tags(role):
        return False
    users = {
        resource.type
        for resource in estate.resources
        if resource.type.startswith("AWS::SageMaker::")
        and any(reference.target == role.key for _, reference in references(resource.properties))
    }
    return users == {"AWS::SageMaker::FeatureGroup"} and _for_feature_groups_only(role)


def _for_feature_groups_only(role: Resource) -> bool:
    """Whether the trust policy lets SageMaker take the role for feature groups alone. A job is no resource
    of an estate, so nothing else would show that one runs as the role; what is not known counts as one."""
    document = role.properties.get("AssumeRolePolicyDocument")
    listed = document.get("Statement") if isinstance(document, Mapping) else None
    found = [listed] if isinstance(listed, Mapping) else listed
    if not isinstance(found, tuple | list) or not found:
        return False
    for statement in found:
        conditions = statement.get("Condition") if isinstance(statement, Mapping) else None
        like = conditions.get("ArnLike") if isinstance(conditions, Mapping) else None
        source = like.get("aws:SourceArn") if isinstance(like, Mapping) else None
        values = source if isinstance(source, tuple | list) else (source,)
        if not all(isinstance(value, str) and ":feature-group/" in value for value in values):
            return False
    return True


def _trusts_ml(role: Resource) -> bool:
    """The service's name stands anywhere in the trust policy, or the policy is not known."""
    document = role.properties.get("AssumeRolePolicyDocument")
    return _mentions(document, ML_SERVICES)


def _mentions(value: object, words: tuple[str, ...]) -> bool:
    if isinstance(value, str):
        return any(word in value for word in words)
    if isinstance(value, Mapping):
        return any(_mentions(item, words) for item in value.values())
    if isinstance(value, (tuple, list)):
        return any(_mentions(item, words) for item in value)
    return not (value is None or isinstance(value, (bool, int, float)))


def ml_buckets(estate: Estate, *, logs: bool = False) -> tuple[Resource, ...]:
    """Buckets that hold data or models: tagged with a data class, or named by a SageMaker resource.

    Where there is none, every bucket counts. `logs`: also those that hold access logs (by their
    `ringwork:purpose`), which are no workload's data.
    """
    used = _sagemaker_references(estate)
    buckets = estate.of_type("AWS::S3::Bucket")
    found = tuple(bucket for bucket in buckets if bucket.key in used or DATA_CLASS in known_tags(bucket))
    if logs or not found:
        return found or buckets
    return tuple(bucket for bucket in found if known_tags(bucket).get(PURPOSE) != ACCESS_LOGS)


def artifact_buckets(estate: Estate) -> tuple[Resource, ...]:
    """Buckets that hold models: named by a SageMaker resource, or data buckets of no data set.

    Where there is none, every ML bucket counts.
    """
    used = _sagemaker_references(estate)
    buckets = ml_buckets(estate)
    found = tuple(bucket for bucket in buckets if bucket.key in used or DATA_SET not in known_tags(bucket))
    return found or buckets
