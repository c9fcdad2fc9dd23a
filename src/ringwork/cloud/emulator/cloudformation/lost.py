"""What the local cloud's services, overlays included, do not keep.

A path is a property path as `ringwork.schemas` writes it. CloudFormation sets these, and reading them back
gives nothing, or a value that nobody set. So drift detection leaves them out, and no control may read them:
a test compares this table with what controls read.
"""

from __future__ import annotations

from collections.abc import Mapping

LOST: Mapping[str, frozenset[str]] = {
    # missing in DescribeFlowLogs
    "AWS::EC2::FlowLog": frozenset({"DestinationOptions"}),
    # ModifySubnetAttribute keeps the DNS records' flags, not the type of host name
    "AWS::EC2::Subnet": frozenset({"PrivateDnsNameOptionsOnLaunch/HostnameType"}),
    # missing in DescribeLogGroups
    "AWS::Logs::LogGroup": frozenset({"LogGroupClass"}),
    # GetKeyRotationStatus says on or off, not how often
    "AWS::KMS::Key": frozenset({"RotationPeriodInDays"}),
    "AWS::S3::Bucket": frozenset(
        {
            # missing in GetBucketLifecycleConfiguration
            "LifecycleConfiguration/Rules/*/NoncurrentVersionExpiration/NewerNoncurrentVersions",
            "LifecycleConfiguration/Rules/*/ObjectSizeGreaterThan",
            "LifecycleConfiguration/Rules/*/ObjectSizeLessThan",
            # missing in GetBucketLogging
            "LoggingConfiguration/TargetObjectKeyFormat",
        }
    ),
}


def is_lost(type: str, path: str) -> bool:
    """Whether `/Property/0/Name`, or something above it, is in `LOST`."""
    parts = ["*" if part.isdigit() else part for part in path.strip("/").split("/")]
    lost = LOST.get(type, frozenset())
    return any("/".join(parts[:length]) in lost for length in range(1, len(parts) + 1))
