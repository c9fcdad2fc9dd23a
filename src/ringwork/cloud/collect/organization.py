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

KINDS: tuple[Kind, ...] = (POLICY, PERMISSION_SET, ASSIGNMENT)
