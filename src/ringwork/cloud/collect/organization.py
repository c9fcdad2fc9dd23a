"""AWS Organizations, resource shares, and IAM Identity Center."""

from __future__ import annotations

from collections.abc import Iterator

from ringwork.cloud.collect.kinds import Below, Detail, Kind, Listing, Where
from ringwork.cloud.collect.mapping import Parsed, Raw, Tags

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

KINDS: tuple[Kind, ...] = (POLICY,)
