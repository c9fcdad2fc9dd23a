"""IAM roles and policies."""

from __future__ import annotations

from collections.abc import Iterable

from ringwork.cloud.collect.kinds import Detail, Kind, Listing
from ringwork.cloud.collect.mapping import MISSING, Computed, Parsed, Raw, Tags, look

ROLES = Listing(
    "iam", "GetAccountAuthorizationDetails", "RoleDetailList", parameters=lambda where: {"Filter": ["Role"]}
)
"""One paginated answer with trust, inline policies, attachments, boundary and tags of every role."""
POLICIES = Listing("iam", "ListPolicies", "Policies", parameters=lambda where: {"Scope": "Local"})


def _service_name(raw: Raw) -> object:
    """Of a service-linked role: what its path ends with (IAM guide, "Service-linked role permissions")."""
    path = look(raw, "Path")
    return path if path is MISSING else str(path).strip("/").rpartition("/")[2]


ROLE = Kind(
    "AWS::IAM::Role",
    ROLES,
    physical=lambda raw: raw["RoleName"],
    details=(
        # The account-wide answer lacks the description and the session duration.
        Detail("$role", "GetRole", lambda raw, where: {"RoleName": raw["RoleName"]}, result="Role"),
    ),
    properties={
        "RoleName": "RoleName",
        "Path": "Path",
        "AssumeRolePolicyDocument": Parsed("AssumeRolePolicyDocument"),
        "Description": "$role.Description",
        "MaxSessionDuration": "$role.MaxSessionDuration",
        "ManagedPolicyArns": "AttachedManagedPolicies.PolicyArn",
        "PermissionsBoundary": "PermissionsBoundary.PermissionsBoundaryArn",
        "Tags": Tags(),
    },
    attributes={"Arn": "Arn", "RoleId": "RoleId", "Path": "Path"},
    arn=lambda raw, where: raw["Arn"],
    is_global=True,
)


_SERVICE_PATH = "/aws-service-role/"

SERVICE_LINKED_ROLE = Kind(
    "AWS::IAM::ServiceLinkedRole",
    ROLES,
    physical=lambda raw: raw["RoleName"],
    keep=lambda raw: raw["Path"].startswith(_SERVICE_PATH),
    details=(Detail("$role", "GetRole", lambda raw, where: {"RoleName": raw["RoleName"]}, result="Role"),),
    properties={
        "AWSServiceName": Computed(_service_name),
        "Description": "$role.Description",
    },
    attributes={"Arn": "Arn", "RoleName": "RoleName"},
    arn=lambda raw, where: raw["Arn"],
    is_global=True,
)


def _inline(raw: Raw) -> Iterable[Raw]:
    return ({**policy, "RoleName": raw["RoleName"]} for policy in raw.get("RolePolicyList", ()))


ROLE_POLICY = Kind(
    "AWS::IAM::RolePolicy",
    ROLES,
    expand=_inline,
    physical=lambda raw: f"{raw['PolicyName']}|{raw['RoleName']}",
    properties={
        "RoleName": "RoleName",
        "PolicyName": "PolicyName",
        "PolicyDocument": Parsed("PolicyDocument"),
    },
    identity=("PolicyName", "RoleName"),
    is_global=True,
)

MANAGED_POLICY = Kind(
    "AWS::IAM::ManagedPolicy",
    POLICIES,
    physical=lambda raw: raw["Arn"],
    details=(
        Detail("$policy", "GetPolicy", lambda raw, where: {"PolicyArn": raw["Arn"]}, result="Policy"),
        Detail(
            "$version",
            "GetPolicyVersion",
            lambda raw, where: {"PolicyArn": raw["Arn"], "VersionId": raw["DefaultVersionId"]},
            result="PolicyVersion",
        ),
    ),
    properties={
        "ManagedPolicyName": "PolicyName",
        "Path": "Path",
        "Description": "$policy.Description",
        "PolicyDocument": Parsed("$version.Document"),
    },
    attributes={
        "PolicyArn": "Arn",
        "PolicyId": "PolicyId",
        "DefaultVersionId": "DefaultVersionId",
        "AttachmentCount": "AttachmentCount",
    },
    arn=lambda raw, where: raw["Arn"],
    is_global=True,
)

KINDS = (ROLE, SERVICE_LINKED_ROLE, ROLE_POLICY, MANAGED_POLICY)
