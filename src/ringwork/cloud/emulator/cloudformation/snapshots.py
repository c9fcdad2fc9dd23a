"""Snapshots that a DeletionPolicy or UpdateReplacePolicy `Snapshot` asks for before a resource is deleted.

Source: CloudFormation template reference, "DeletionPolicy attribute" and "UpdateReplacePolicy attribute".
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from typing import Any

SUPPORTED = frozenset(
    {"AWS::DocDB::DBCluster", "AWS::EC2::Volume", "AWS::ElastiCache::CacheCluster"}
    | {"AWS::ElastiCache::ReplicationGroup", "AWS::Neptune::DBCluster", "AWS::RDS::DBCluster"}
    | {"AWS::RDS::DBInstance", "AWS::Redshift::Cluster"}
)
"""The types that the guide lists; for others the policy is an error."""


def _volume(client: Callable[[str], Any], physical: str) -> None:
    client("ec2").create_snapshot(VolumeId=physical, Description="made by AWS CloudFormation")


def _database(client: Callable[[str], Any], physical: str) -> None:
    client("rds").create_db_snapshot(
        DBInstanceIdentifier=physical, DBSnapshotIdentifier=f"{physical}-snapshot-{uuid.uuid4().hex[:12]}"
    )


def _cluster(client: Callable[[str], Any], physical: str) -> None:
    client("rds").create_db_cluster_snapshot(
        DBClusterIdentifier=physical,
        DBClusterSnapshotIdentifier=f"{physical}-snapshot-{uuid.uuid4().hex[:12]}",
    )


TAKERS: Mapping[str, Callable[[Callable[[str], Any], str], None]] = {
    "AWS::EC2::Volume": _volume,
    "AWS::RDS::DBCluster": _cluster,
    "AWS::RDS::DBInstance": _database,
}
"""Type -> how its snapshot is taken, with clients of the stack's account and the physical id."""
