"""AWS Organizations, resource shares, and IAM Identity Center."""

from __future__ import annotations

from collections.abc import Iterator

from ringwork.cloud.collect.kinds import Below, Detail, Kind, Listing, Where
from ringwork.cloud.collect.mapping import MISSING, Computed, Parsed, Raw, Tags, look, parse_document

POLICY_TYPES = (
    "AISERVICES_OPT_OUT_POLICY",
    "RESOURCE_CONTROL_POLICY",
    "SERVICE_CONTROL_POLICY",
    "TAG_POLICY",
)
"""What may be done, and how AWS uses content (Organizations API reference, ListPolicies)."""


def _kinds_of_policy(organization: Raw, where: Where) -> Iterator[Raw]:
    """Every type of policy, where the account is the management account: no other may ask."""
    # a reading of one resource does not know its account: whoever made the resource may ask
    if where.account in ("", organization["MasterAccountId"]):
        for type in POLICY_TYPES:
            yield {"Filter": type}


# any member account may describe its organization (Organizations API reference, DescribeOrganization)
POLICIES = Listing(
    "organizations",
    "DescribeOrganization",
    "Organization",
    absent=frozenset({"AWSOrganizationsNotInUseException"}),
    below=Below(
        "ListPolicies", "Policies", lambda raw, where: {"Filter": raw["Filter"]}, parts=_kinds_of_policy
    ),
)

POLICY = Kind(
    "AWS::Organizations::Policy",
    POLICIES,
    physical=lambda raw: raw["Id"],
    keep=lambda raw: not raw["AwsManaged"],
    details=(
        Detail("$policy", "DescribePolicy", lambda raw, where: {"PolicyId": raw["Id"]}, result="Policy"),
        Detail(
            "$targets", "ListTargetsForPolicy", lambda raw, where: {"PolicyId": raw["Id"]}, result="Targets"
        ),
        Detail("$tags", "ListTagsForResource", lambda raw, where: {"ResourceId": raw["Id"]}, result="Tags"),
    ),
    properties={
        "Name": "Name",
        "Description": "Description",
        "Type": "Type",
        "Content": Parsed("$policy.Content"),
        "TargetIds": "$targets.TargetId",
        "Tags": Tags("$tags"),
    },
    attributes={"Id": "Id", "Arn": "Arn", "AwsManaged": "AwsManaged"},
    arn=lambda raw, where: raw["Arn"],
    is_global=True,
)


def _of_management(organization: Raw, where: Where) -> Iterator[Raw]:
    """The organization, where the account is its management account: members may not list it."""
    if where.account in ("", organization["MasterAccountId"]):
        yield organization


AWS_MANAGED_POLICY = Kind(
    "live:organizations:aws-managed-policy",
    POLICIES,
    physical=lambda raw: raw["Id"],
    # `FullAWSAccess` allows at each level that it is attached to; the other kinds have no such policy
    # that anybody could detach
    keep=lambda raw: raw["AwsManaged"] and raw["Type"] == "SERVICE_CONTROL_POLICY",
    details=(
        Detail(
            "$targets", "ListTargetsForPolicy", lambda raw, where: {"PolicyId": raw["Id"]}, result="Targets"
        ),
    ),
    properties={"Name": "Name", "Type": "Type", "TargetIds": "$targets.TargetId"},
    arn=lambda raw, where: raw["Arn"],
    is_global=True,
)

ORGANIZATION = Kind(
    "AWS::Organizations::Organization",
    Listing(
        "organizations",
        "DescribeOrganization",
        "Organization",
        absent=frozenset({"AWSOrganizationsNotInUseException"}),
    ),
    deployed=False,
    physical=lambda raw: raw["Id"],
    properties={"FeatureSet": "FeatureSet"},
    attributes={"Id": "Id", "ManagementAccountId": "MasterAccountId"},
    is_global=True,
)

_DEEPEST = 5
"""Units below the root (Organizations user guide, "Quotas and service limits")"""


def _above(level: int) -> Detail:
    """What is above an account, and so on up to the root."""

    def child(raw: Raw) -> str | None:
        if level == 0:
            return str(raw["Id"])
        found = look(raw, f"$above{level - 1}.Id") if isinstance(raw.get(f"$above{level - 1}"), list) else []
        return found[0] if isinstance(found, list) and found and str(found[0]).startswith("ou-") else None

    return Detail(
        f"$above{level}",
        "ListParents",
        lambda raw, where: {"ChildId": child(raw)},
        result="Parents",
        when=lambda raw: child(raw) is not None,
    )


def _path(raw: Raw) -> object:
    """Ids from the root down to the unit that the account is in."""
    found = [look(raw, f"$above{level}.Id") for level in range(_DEEPEST + 1)]
    return [ids[0] for ids in reversed(found) if isinstance(ids, list) and ids] or MISSING


ACCOUNT = Kind(
    "AWS::Organizations::Account",
    Listing(
        "organizations",
        "DescribeOrganization",
        "Organization",
        absent=frozenset({"AWSOrganizationsNotInUseException"}),
        below=Below("ListAccounts", "Accounts", lambda raw, where: {}, parts=_of_management),
    ),
    deployed=False,
    physical=lambda raw: raw["Id"],
    details=tuple(_above(level) for level in range(_DEEPEST + 1)),
    properties={"AccountName": "Name", "ParentIds": "$above0.Id"},
    attributes={"AccountId": "Id", "Status": "Status", "Path": Computed(_path)},
    arn=lambda raw, where: raw["Arn"],
    is_global=True,
)


# IAM Identity Center: what the account that owns an instance may ask (Identity Center API reference)


def _own(instance: Raw, where: Where) -> Iterator[Raw]:
    """The instance, where the account owns it: members see the organization's and may not read it."""
    if where.account in ("", instance.get("OwnerAccountId", where.account)):
        yield instance


def _set(raw: Raw, where: Where) -> dict[str, str]:
    return {"InstanceArn": raw["$above"]["InstanceArn"], "PermissionSetArn": raw["$value"]}


def _inline(raw: Raw) -> object:
    """A set without an inline policy answers with empty text."""
    text = look(raw, "$inline")
    return MISSING if text in (MISSING, "") else parse_document(text)


PERMISSION_SETS = Listing(
    "sso-admin",
    "ListInstances",
    "Instances",
    action="sso:ListInstances",
    below=Below(
        "ListPermissionSets",
        "PermissionSets",
        lambda raw, where: {"InstanceArn": raw["InstanceArn"]},
        action="sso:ListPermissionSets",
        parts=_own,
    ),
)

PERMISSION_SET = Kind(
    "AWS::SSO::PermissionSet",
    PERMISSION_SETS,
    physical=lambda raw: f"{raw['$above']['InstanceArn']}|{raw['$value']}",
    details=(
        Detail(
            "$set", "DescribePermissionSet", _set, result="PermissionSet", action="sso:DescribePermissionSet"
        ),
        Detail(
            "$inline",
            "GetInlinePolicyForPermissionSet",
            _set,
            result="InlinePolicy",
            action="sso:GetInlinePolicyForPermissionSet",
        ),
        Detail(
            "$managed",
            "ListManagedPoliciesInPermissionSet",
            _set,
            result="AttachedManagedPolicies",
            action="sso:ListManagedPoliciesInPermissionSet",
        ),
        Detail(
            "$tags",
            "ListTagsForResource",
            lambda raw, where: {"InstanceArn": raw["$above"]["InstanceArn"], "ResourceArn": raw["$value"]},
            result="Tags",
            action="sso:ListTagsForResource",
        ),
    ),
    properties={
        "InstanceArn": "$above.InstanceArn",
        "Name": "$set.Name",
        "Description": "$set.Description",
        "SessionDuration": "$set.SessionDuration",
        "InlinePolicy": Computed(_inline),
        "ManagedPolicies": "$managed.Arn",
        "Tags": Tags("$tags"),
    },
    attributes={"PermissionSetArn": "$value"},
    arn=lambda raw, where: raw["$value"],
)


def _in_account(raw: Raw, where: Where) -> dict[str, str]:
    above = raw["$above"]
    return {
        "InstanceArn": above["$above"]["InstanceArn"],
        "PermissionSetArn": above["$value"],
        "AccountId": raw["$value"],
    }


ASSIGNMENTS = Listing(
    "sso-admin",
    "ListInstances",
    "Instances",
    action="sso:ListInstances",
    below=Below(
        "ListPermissionSets",
        "PermissionSets",
        lambda raw, where: {"InstanceArn": raw["InstanceArn"]},
        action="sso:ListPermissionSets",
        parts=_own,
        below=Below(
            "ListAccountsForProvisionedPermissionSet",
            "AccountIds",
            _set,
            action="sso:ListAccountsForProvisionedPermissionSet",
            below=Below(
                "ListAccountAssignments",
                "AccountAssignments",
                _in_account,
                action="sso:ListAccountAssignments",
            ),
        ),
    ),
)


def _assigned(raw: Raw) -> Raw:
    """The assignment with its instance, which the answer leaves out."""
    return {**raw, "$instance": raw["$above"]["$above"]["$above"]["InstanceArn"]}


ASSIGNMENT = Kind(
    "AWS::SSO::Assignment",
    ASSIGNMENTS,
    expand=lambda raw: (_assigned(raw),),
    physical=lambda raw: "|".join(
        (
            raw["$instance"],
            raw["AccountId"],
            "AWS_ACCOUNT",
            raw["PermissionSetArn"],
            raw["PrincipalType"],
            raw["PrincipalId"],
        )
    ),
    properties={
        "InstanceArn": "$instance",
        "TargetId": "AccountId",
        "TargetType": Computed(lambda raw: "AWS_ACCOUNT"),
        "PermissionSetArn": "PermissionSetArn",
        "PrincipalType": "PrincipalType",
        "PrincipalId": "PrincipalId",
    },
)

KINDS: tuple[Kind, ...] = (
    *(POLICY, AWS_MANAGED_POLICY, ORGANIZATION, ACCOUNT),
    *(PERMISSION_SET, ASSIGNMENT),
)
