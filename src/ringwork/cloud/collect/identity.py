"""IAM users, groups, roles and policies."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from ringwork.cloud.collect.kinds import Detail, Kind, Listing
from ringwork.cloud.collect.mapping import MISSING, Computed, Parsed, Raw, Tags, look, parse_document

ROLES = Listing(
    "iam", "GetAccountAuthorizationDetails", "RoleDetailList", parameters=lambda where: {"Filter": ["Role"]}
)
"""One paginated answer with trust, inline policies, attachments, boundary and tags of every role."""
USERS = Listing(
    "iam", "GetAccountAuthorizationDetails", "UserDetailList", parameters=lambda where: {"Filter": ["User"]}
)
GROUPS = Listing(
    "iam", "GetAccountAuthorizationDetails", "GroupDetailList", parameters=lambda where: {"Filter": ["Group"]}
)
POLICIES = Listing("iam", "ListPolicies", "Policies", parameters=lambda where: {"Scope": "Local"})
AWS_MANAGED = Listing(
    "iam",
    "GetAccountAuthorizationDetails",
    "Policies",
    parameters=lambda where: {"Filter": ["AWSManagedPolicy"]},
)
"""Those of AWS's own policies that the account has attached, with their documents."""


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

USER = Kind(
    "AWS::IAM::User",
    USERS,
    deployed=False,
    physical=lambda raw: raw["UserName"],
    properties={
        "UserName": "UserName",
        "Path": "Path",
        "Groups": "GroupList",
        "ManagedPolicyArns": "AttachedManagedPolicies.PolicyArn",
        "PermissionsBoundary": "PermissionsBoundary.PermissionsBoundaryArn",
        "Tags": Tags(),
    },
    attributes={"Arn": "Arn", "UserId": "UserId"},
    arn=lambda raw, where: raw["Arn"],
    is_global=True,
)

GROUP = Kind(
    "AWS::IAM::Group",
    GROUPS,
    deployed=False,
    physical=lambda raw: raw["GroupName"],
    properties={
        "GroupName": "GroupName",
        "Path": "Path",
        "ManagedPolicyArns": "AttachedManagedPolicies.PolicyArn",
    },
    attributes={"Arn": "Arn", "GroupId": "GroupId"},
    arn=lambda raw, where: raw["Arn"],
    is_global=True,
)


def _inline_of(member: str, name: str) -> Callable[[Raw], Iterable[Raw]]:
    return lambda raw: ({**policy, name: raw[name]} for policy in raw.get(member, ()))


def _inline_policy(type: str, listing: Listing, member: str, name: str) -> Kind:
    """An inline policy of a user or a group."""
    return Kind(
        type,
        listing,
        deployed=False,
        expand=_inline_of(member, name),
        physical=lambda raw: f"{raw['PolicyName']}|{raw[name]}",
        properties={name: name, "PolicyName": "PolicyName", "PolicyDocument": Parsed("PolicyDocument")},
        identity=("PolicyName", name),
        is_global=True,
    )


USER_POLICY = _inline_policy("AWS::IAM::UserPolicy", USERS, "UserPolicyList", "UserName")
GROUP_POLICY = _inline_policy("AWS::IAM::GroupPolicy", GROUPS, "GroupPolicyList", "GroupName")


def _default_version(raw: Raw) -> object:
    found = [one for one in raw.get("PolicyVersionList", ()) if one.get("IsDefaultVersion")]
    return parse_document(found[0]["Document"]) if found else MISSING


AWS_MANAGED_POLICY = Kind(
    "live:iam:aws-managed-policy",
    AWS_MANAGED,
    # without an ARN of its own here: it is the same policy in every account, and nobody's resource
    physical=lambda raw: raw["Arn"].partition(":policy/")[2],
    keep=lambda raw: (
        ":iam::aws:" in raw["Arn"]
        and (raw.get("AttachmentCount", 0) > 0 or raw.get("PermissionsBoundaryUsageCount", 0) > 0)
    ),
    properties={"PolicyArn": "Arn", "PolicyDocument": Computed(_default_version)},
    is_global=True,
)

KINDS = (
    *(ROLE, SERVICE_LINKED_ROLE, ROLE_POLICY, MANAGED_POLICY),
    *(USER, GROUP, USER_POLICY, GROUP_POLICY, AWS_MANAGED_POLICY),
)
