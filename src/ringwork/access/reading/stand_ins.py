"""Stand-ins for the names and ids that AWS assigns at deployment.

They have the form that CloudFormation or the service would give ("Name type" of the CloudFormation user
guide: stack name, logical id and a suffix; EC2 ids have 17 hexadecimal digits, key ids are UUIDs), so that
patterns in policies match them as they would match the real ones; and they hang on the resource's key
alone, so that a resource has the same one wherever it is named.
"""

from __future__ import annotations

import hashlib
import re
import uuid
from collections.abc import Mapping

from ringwork.estate import Resource

_PREFIXES: Mapping[str, str] = {
    "EIP": "eipalloc",
    "EgressOnlyInternetGateway": "eigw",
    "FlowLog": "fl",
    "Instance": "i",
    "InternetGateway": "igw",
    "LaunchTemplate": "lt",
    "NatGateway": "nat",
    "NetworkAcl": "acl",
    "NetworkInterface": "eni",
    "PrefixList": "pl",
    "RouteTable": "rtb",
    "SecurityGroup": "sg",
    "SecurityGroupEgress": "sgr",
    "SecurityGroupIngress": "sgr",
    "Subnet": "subnet",
    "TransitGateway": "tgw",
    "TransitGatewayAttachment": "tgw-attach",
    "TransitGatewayPeeringAttachment": "tgw-attach",
    "TransitGatewayRouteTable": "tgw-rtb",
    "TransitGatewayVpcAttachment": "tgw-attach",
    "VPC": "vpc",
    "VPCEndpoint": "vpce",
    "VPCEndpointService": "vpce-svc",
    "VPCPeeringConnection": "pcx",
    "Volume": "vol",
}
"""type below `AWS::EC2::` -> what its ids begin with (EC2 user guide, "Resource IDs")"""

_LOWER = frozenset({"AWS::S3::Bucket", "AWS::ECR::Repository", "AWS::S3::AccessPoint"})
"""types whose names have no capital letters"""

LONGEST: Mapping[str, int] = {
    "AWS::IAM::Role": 64,
    "AWS::IAM::User": 64,
    "AWS::S3::Bucket": 63,
    "AWS::Lambda::Function": 64,
    "AWS::SageMaker::ModelPackageGroup": 63,
}
"""type -> longest name"""


def digest(text: str) -> str:
    """64 hexadecimal digits that hang on the text alone."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def suffix(text: str) -> str:
    """What CloudFormation would add to a name: letters and digits."""
    return digest(text)[:12].upper()


def identifier(resource: Resource) -> str:
    """The id or the name that AWS would give the resource."""
    type = resource.type
    marks = digest(resource.key)
    if type.startswith("AWS::EC2::"):
        prefix = _PREFIXES.get(type.removeprefix("AWS::EC2::"))
        if prefix is not None:
            return f"{prefix}-{marks[:17]}"
    if type in ("AWS::KMS::Key", "AWS::KMS::ReplicaKey"):
        return str(uuid.UUID(marks[:32]))
    if type in ("AWS::ApiGateway::RestApi", "AWS::ApiGatewayV2::Api"):
        return marks[:10]
    if type == "AWS::EFS::FileSystem":
        return f"fs-{marks[:17]}"
    if resource.logical is not None:
        stem = f"{resource.logical.stack}-{resource.logical.id}"
    else:
        stem = re.sub(r"[^A-Za-z0-9_-]+", "-", resource.key.rpartition("/")[2]) or "x"
    stem = stem[: LONGEST.get(type, 64) - 13]
    name = f"{stem}-{suffix(resource.key)}"
    return name.lower() if type in _LOWER else name
