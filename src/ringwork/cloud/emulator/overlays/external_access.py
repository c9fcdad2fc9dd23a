"""What of an account can be reached from outside of it, resource by resource.

Source: IAM user guide, "IAM Access Analyzer supported resource types", "How IAM Access Analyzer findings
work": resource-based policies, and for some types grants, ACLs and shares.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from ringwork.access.s3_public import is_public
from ringwork.cloud.emulator import services
from ringwork.cloud.emulator.authorization.sources import existing
from ringwork.cloud.emulator.overlays import policy_reach, s3_exposure
from ringwork.cloud.emulator.overlays.call import Call
from ringwork.cloud.emulator.overlays.policy_reach import UndecidedError

Zone = frozenset[str]
"""account ids and organization ids"""
Finding = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Resource:
    """A resource, and what it gives outside of a zone of trust."""

    arn: str
    type: str
    outside: Callable[[Zone], Iterator[Finding]]
    """raises `UndecidedError`"""


def look(call: Call, *, organization: bool) -> Iterator[Finding]:
    """What everything in the account (in the accounts of its organization) gives outside."""
    members = frozenset(_members(call.account)) if organization else frozenset({call.account})
    for account in sorted(one for one in members if one.isdigit()):
        for resource in resources(call, account):
            for finding in resource.outside(members):
                yield {
                    "resource": resource.arn,
                    "resourceType": resource.type,
                    "resourceOwnerAccount": account,
                    **finding,
                }


def _members(account: str) -> Iterator[str]:
    """The ids of the organization and of its accounts."""
    from moto.organizations.models import organizations_backends  # noqa: PLC0415

    for backends in list(organizations_backends.values()):
        for backend in list(backends.values()):
            if backend.org is not None and any(one.id == account for one in backend.accounts):
                yield backend.org.id
                yield from (one.id for one in backend.accounts)


def resources(call: Call, account: str | None = None) -> Iterator[Resource]:
    """Everything in an account that is analyzed, in the call's Region and global."""
    for service, read in _READERS.items():
        if call.surroundings.has(service):
            yield from read(account or call.account, call.region)


def _finding(grant: policy_reach.Grant, *, public: bool) -> Finding:
    return {
        "principal": {grant.kind: grant.principal},
        "action": list(grant.actions),
        "condition": dict(grant.condition),
        "isPublic": public,
    }


def _by_policy(arn: str, kind: str, text: Any) -> Resource:
    def outside(zone: Zone) -> Iterator[Finding]:
        if not text:
            return
        document = _document(arn, text)
        found = policy_reach.external(document, zone)
        public = policy_reach.public(document) if any(grant.everybody for grant in found) else []
        for grant in found:
            yield _finding(grant, public=grant in public)

    return Resource(arn, kind, outside)


def _document(arn: str, text: Any) -> Mapping[str, Any]:
    try:
        found = json.loads(text) if isinstance(text, str | bytes) else text
    except ValueError:
        found = None
    if not isinstance(found, Mapping):
        raise UndecidedError(f"what the policy of {arn} says")
    return found


def _s3(account: str, region: str) -> Iterator[Resource]:
    from moto.s3.models import s3_backends  # noqa: PLC0415

    backend = existing(s3_backends, account, "aws")
    for bucket in backend.buckets.values() if backend is not None else ():
        if bucket.region_name == region:
            yield Resource(bucket.arn, "AWS::S3::Bucket", partial(_bucket, bucket))


def _bucket(bucket: Any, zone: Zone) -> Iterator[Finding]:
    found = s3_exposure.exposure(bucket)
    if found.acl_others:
        raise UndecidedError(f"whose canonical user ids are in the ACL of {bucket.name}")
    # a public policy that is restricted serves nobody outside, not even the accounts that it names
    if found.policy is not None and not found.closed:
        statements = policy_reach.statements(found.policy)
        for grant in policy_reach.external(found.policy, zone):
            public = is_public([statements[grant.index]])
            yield {**_finding(grant, public=public), "sources": [{"type": "POLICY"}]}
    if found.acl_actions:
        yield {
            "principal": {"AWS": "*"},
            "action": list(found.acl_actions),
            "condition": {},
            "isPublic": True,
            "sources": [{"type": "BUCKET_ACL"}],
        }


def _s3control(account: str, region: str) -> Iterator[Resource]:
    """An access point's policy opens a bucket only together with the bucket's own (S3 user guide,
    "Configuring IAM policies for using access points"): one that names nobody outside opens nothing."""
    from moto.s3control.models import s3control_backends  # noqa: PLC0415

    def outside(point: Any, zone: Zone) -> Iterator[Finding]:
        if point.policy and policy_reach.external(_document(point.arn, point.policy), zone):
            raise UndecidedError(f"what the access point {point.name} gives, whose policy names others")
        yield from ()

    backend = existing(s3control_backends, account, "aws")
    points = backend.access_points.get(account, {}) if backend is not None else {}
    for point in points.values():
        if point.arn.split(":")[3] == region:
            yield Resource(point.arn, "AWS::S3::AccessPoint", partial(outside, point))


def _iam(account: str, _region: str) -> Iterator[Resource]:
    for role in services.iam(account).roles.values():
        yield _by_policy(role.arn, "AWS::IAM::Role", role.assume_role_policy_document)


def _kms(account: str, region: str) -> Iterator[Resource]:
    from moto.kms.models import kms_backends  # noqa: PLC0415

    backend = existing(kms_backends, account, region)
    for key in backend.keys.values() if backend is not None else ():
        by_policy = _by_policy(key.arn, "AWS::KMS::Key", key.policy)
        yield Resource(key.arn, "AWS::KMS::Key", partial(_key, key, by_policy))


def _key(key: Any, by_policy: Resource, zone: Zone) -> Iterator[Finding]:
    yield from by_policy.outside(zone)
    for grant in key.grants.values():
        parts = str(grant.grantee_principal).split(":")
        if len(parts) > 5 and parts[4] not in zone:
            yield {
                "principal": {"AWS": str(grant.grantee_principal)},
                "action": [f"kms:{name}" for name in grant.operations],
                "condition": {},
                "isPublic": False,
            }


def _lambda(account: str, region: str) -> Iterator[Resource]:
    from moto.awslambda.models import lambda_backends  # noqa: PLC0415

    backend = existing(lambda_backends, account, region)
    if backend is None:
        return
    for function in backend.list_functions("ALL"):
        document = {"Statement": function.policy.statements}
        yield _by_policy(function.function_arn, "AWS::Lambda::Function", document)
    for layer in backend.list_layers():
        for version in backend.list_layer_versions(layer["LayerName"]):
            document = {"Statement": version.policy.statements}
            yield _by_policy(version.arn, "AWS::Lambda::LayerVersion", document)


def _sqs(account: str, region: str) -> Iterator[Resource]:
    from moto.sqs.models import sqs_backends  # noqa: PLC0415

    backend = existing(sqs_backends, account, region)
    for queue in backend.queues.values() if backend is not None else ():
        yield _by_policy(queue.queue_arn, "AWS::SQS::Queue", queue.policy)


def _sns(account: str, region: str) -> Iterator[Resource]:
    from moto.sns.models import sns_backends  # noqa: PLC0415

    backend = existing(sns_backends, account, region)
    for topic in backend.topics.values() if backend is not None else ():
        yield _by_policy(topic.arn, "AWS::SNS::Topic", topic.policy)


def _secrets(account: str, region: str) -> Iterator[Resource]:
    from moto.secretsmanager.models import secretsmanager_backends  # noqa: PLC0415

    backend = existing(secretsmanager_backends, account, region)
    for secret in backend.secrets.values() if backend is not None else ():
        yield _by_policy(secret.arn, "AWS::SecretsManager::Secret", secret.policy)


def _ecr(account: str, region: str) -> Iterator[Resource]:
    from moto.ecr.models import ecr_backends  # noqa: PLC0415

    backend = existing(ecr_backends, account, region)
    for repository in backend.repositories.values() if backend is not None else ():
        yield _by_policy(repository.arn, "AWS::ECR::Repository", repository.policy)


def _efs(account: str, region: str) -> Iterator[Resource]:
    from moto.efs.models import efs_backends  # noqa: PLC0415

    backend = existing(efs_backends, account, region)
    for system in backend.file_systems_by_id.values() if backend is not None else ():
        yield _by_policy(system.file_system_arn, "AWS::EFS::FileSystem", system.file_system_policy)


def _dynamodb(account: str, region: str) -> Iterator[Resource]:
    from moto.dynamodb.models import dynamodb_backends  # noqa: PLC0415

    backend = existing(dynamodb_backends, account, region)
    for table in backend.tables.values() if backend is not None else ():
        policy = backend.resource_policies.get(table.table_arn)
        text = policy.policy_doc if policy is not None else None
        yield _by_policy(table.table_arn, "AWS::DynamoDB::Table", text)


def _ec2(account: str, region: str) -> Iterator[Resource]:
    from moto.ec2.models import ec2_backends  # noqa: PLC0415

    backend = existing(ec2_backends, account, region)
    for snapshot in backend.snapshots.values() if backend is not None else ():
        if snapshot.owner_id == account:
            arn = f"arn:aws:ec2:{region}::snapshot/{snapshot.id}"
            accounts = set(snapshot.create_volume_permission_userids)
            everybody = "all" in snapshot.create_volume_permission_groups
            yield _shared(arn, "AWS::EC2::Snapshot", accounts, everybody=everybody)


def _rds(account: str, region: str) -> Iterator[Resource]:
    from moto.rds.models import rds_backends  # noqa: PLC0415

    backend = existing(rds_backends, account, region)
    if backend is None:
        return
    tables = (
        ("AWS::RDS::DBSnapshot", backend.database_snapshots),
        ("AWS::RDS::DBClusterSnapshot", backend.cluster_snapshots),
    )
    for kind, table in tables:
        for snapshot in table.values():
            accounts = set(snapshot.attributes.get("restore", ()))
            yield _shared(snapshot.arn, kind, accounts - {"all"}, everybody="all" in accounts)


_SHARING = {
    "AWS::EC2::Snapshot": ["ec2:CreateVolume", "ec2:CopySnapshot", "ec2:DescribeSnapshots"],
    "AWS::RDS::DBClusterSnapshot": ["rds:RestoreDBClusterFromSnapshot", "rds:CopyDBClusterSnapshot"],
    "AWS::RDS::DBSnapshot": ["rds:RestoreDBInstanceFromDBSnapshot", "rds:CopyDBSnapshot"],
}
"""What an account can do with a snapshot that is shared with it (EBS user guide, "Share an EBS snapshot";
RDS user guide, "Sharing a DB snapshot")."""


def _shared(arn: str, kind: str, accounts: set[str], *, everybody: bool) -> Resource:
    def outside(zone: Zone) -> Iterator[Finding]:
        named = [*sorted(accounts - zone), *(["*"] if everybody else [])]
        for principal in named:
            yield {
                "principal": {"AWS": principal},
                "action": _SHARING[kind],
                "condition": {},
                "isPublic": principal == "*",
            }

    return Resource(arn, kind, outside)


_READERS: Mapping[str, Callable[[str, str], Iterator[Resource]]] = {
    "dynamodb": _dynamodb,
    "ec2": _ec2,
    "ecr": _ecr,
    "efs": _efs,
    "iam": _iam,
    "kms": _kms,
    "lambda": _lambda,
    "rds": _rds,
    "s3": _s3,
    "s3control": _s3control,
    "secretsmanager": _secrets,
    "sns": _sns,
    "sqs": _sqs,
}
"""botocore's service name -> its resources of an account and Region"""
