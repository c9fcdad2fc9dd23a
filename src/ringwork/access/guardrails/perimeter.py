"""Guard rails around an organization: who may come, through what, and what nobody does.

Sources: IAM user guide, "AWS global condition context keys" (when each is there), "Forward access sessions";
AWS whitepaper "Building a data perimeter on AWS"; Organizations user guide, "Resource control policies",
"Service control policy examples" (leaving; the root user).
"""

from __future__ import annotations

from collections.abc import Sequence

from ringwork.access.guardrails.model import GuardRail, both, breach, deny, everybody_but

DATA = ("kms:*", "s3:*")
_UNBOUND = ("kms:RetireGrant",)
"""by resource control policies"""


def only_through(
    endpoints: Sequence[str],
    actions: Sequence[str] = ("s3:GetObject", "s3:GetObjectVersion", "s3:PutObject"),
    *,
    forwarded: bool = False,
    services: bool = False,
    but: Sequence[str] = (),
) -> GuardRail:
    """These actions only through these VPC endpoints (`vpce-...`).

    A service that calls on behalf of the caller (forward access session) comes from its own network, with
    `aws:ViaAWSService`, and one that calls for itself is a service principal. Neither has
    `aws:SourceVpce`. `forwarded`, `services`: let them through. Refused, as they are unless said otherwise,
    they cannot work on the data at all: SageMaker's own reads with the execution role come through the VPC,
    Athena's or Glue's on behalf of a caller do not.
    """
    direct = {"BoolIfExists": {"aws:ViaAWSService": "false"}} if forwarded else {}
    people = {"BoolIfExists": {"aws:PrincipalIsAWSService": "false"}} if services else {}
    elsewhere = {"StringNotEqualsIfExists": {"aws:SourceVpce": list(endpoints)}}
    condition = both(everybody_but(but), direct, people, elsewhere)
    plain = {"Bool": {"aws:ViaAWSService": ("false",), "aws:PrincipalIsAWSService": ("false",)}}
    far = {"StringNotEqualsIfExists": {"aws:SourceVpce": tuple(endpoints)}}
    by_forwarding = breach(
        "a service does it on behalf of a caller",
        *actions,
        fixed={"aws:viaawsservice": "true"},
        given=far,
    )
    by_service = breach(
        "an AWS service does it by itself",
        *actions,
        who="service",
        fixed={"aws:viaawsservice": "false"},
        given=far,
    )
    return GuardRail(
        "only-through-endpoints",
        "the data answers through the given endpoints only"
        + (", or to a service on behalf of a caller" if forwarded else "")
        + (", or to an AWS service" if services else ""),
        "rcp",
        ("resource",),
        (deny("OnlyThroughEndpoints", actions, condition),),
        (
            breach("one of ours comes another way", *actions, given={**plain, **far}),
            breach("a stranger comes another way", *actions, who="outsider", given={**plain, **far}),
            breach("somebody without credentials comes another way", *actions, who="anonymous", given=far,
                   fixed={"aws:viaawsservice": "false"}),
            *(() if forwarded else (by_forwarding,)),
            *(() if services else (by_service,)),
        ),
        (
            breach("one of ours comes through an endpoint", *actions, fixed={"aws:sourcevpce": endpoints[0]}),
            *((by_forwarding,) if forwarded else ()),
            *((by_service,) if services else ()),
        ),
        (
            "a service on behalf of a caller passes: what it then does with the data, its own settings say"
            if forwarded
            else "services on behalf of a caller (forward access sessions) are refused as well",
            "AWS services by themselves pass: hold them with `ours_only`"
            if services
            else "AWS services by themselves (logs, replication, inventories) are refused as well",
            "who has the endpoint's network has the endpoint: whose requests it carries, its own policy says",
        ),
    )  # fmt: skip


def ours_only(organization: str, actions: Sequence[str] = DATA, *, but: Sequence[str] = ()) -> GuardRail:
    """Only principals of the organization, and AWS services on its behalf."""
    ours = {"StringNotEqualsIfExists": {"aws:PrincipalOrgID": organization}}
    nobody = {"BoolIfExists": {"aws:PrincipalIsAWSService": "false"}}
    deputies = {
        "Bool": {"aws:PrincipalIsAWSService": "true"},
        "Null": {"aws:SourceAccount": "false"},
        "StringNotEqualsIfExists": {"aws:SourceOrgID": organization},
    }
    return GuardRail(
        "ours-only",
        "data and keys answer to principals of the organization, and to AWS services on its behalf",
        "rcp",
        ("resource",),
        (
            deny("OurIdentities", actions, both(everybody_but(but), ours, nobody)),
            deny("ServicesForUs", actions, deputies),
        ),
        (
            breach("a stranger of another organization", *actions, who="outsider", without=_UNBOUND),
            breach("somebody without credentials", *actions, who="anonymous", without=_UNBOUND),
            breach(
                "a service on behalf of a stranger's account",
                *actions,
                who="service",
                without=_UNBOUND,
                fixed={"aws:sourceaccount": "999999999999", "aws:sourceorgid": "o-outside0000"},
            ),
        ),
        (
            breach("a principal of the organization", *actions, fixed={"aws:principalorgid": organization}),
            breach(
                "a service on behalf of the organization",
                *actions,
                who="service",
                fixed={"aws:sourceaccount": "111122223333", "aws:sourceorgid": organization},
            ),
        ),
        (
            "a service that sends no `aws:SourceAccount` passes: trust in the service is all there is",
            "`kms:RetireGrant`, keys that AWS manages and resources of the management account are bound by "
            "no resource control policy",
        ),
    )


def ours_on_ours(
    organization: str,
    actions: Sequence[str] = DATA,
    *,
    owned_by_aws: Sequence[str] = (),
    but: Sequence[str] = (),
) -> GuardRail:
    """Our principals use resources of the organization only: nothing is carried to a stranger's bucket.
    `owned_by_aws`: ARN patterns of what AWS owns for everybody, such as layers of images."""
    foreign = {
        "StringNotEqualsIfExists": {"aws:ResourceOrgID": organization},
        "Null": {"aws:ResourceAccount": "false"},
    }
    owned = {"NotResource": sorted(owned_by_aws)} if owned_by_aws else {}
    return GuardRail(
        "ours-on-ours",
        "our principals read and write data and keys of the organization only",
        "scp",
        ("boundary", "identity"),
        (deny("OurResources", actions, both(everybody_but(but), foreign), **owned),),
        (
            breach(
                "one of ours uses a resource of another organization",
                *actions,
                not_resource=owned_by_aws,
                fixed={"aws:resourceorgid": "o-outside0000"},
            ),
        ),
        (breach("one of ours uses ours", *actions, fixed={"aws:resourceorgid": organization}),),
        ("buckets that AWS owns for everybody (layers of images, packages) are refused if not named",)
        if not owned_by_aws
        else tuple(f"`{arn}` passes: AWS owns it" for arn in owned_by_aws),
    )


LEAVING = ("account:CloseAccount", "organizations:LeaveOrganization")


def stay(*, but: Sequence[str] = ()) -> GuardRail:
    """No account leaves the organization or is closed from within."""
    return GuardRail(
        "stay-in-organization",
        "no account leaves the organization, or is closed from within",
        "scp",
        ("boundary", "identity"),
        (deny("StayInOrganization", LEAVING, everybody_but(but)),),
        (breach("the account leaves", *LEAVING), breach("the root user leaves", *LEAVING, who="root")),
        (breach("the organization is looked at", "organizations:DescribeOrganization"),),
        ("the management account removes and closes accounts from its side",),
    )


REPAIRS = ("s3:DeleteBucketPolicy", "s3:GetBucketPolicy", "s3:PutBucketPolicy",
           "sqs:GetQueueAttributes", "sqs:SetQueueAttributes")  # fmt: skip


def no_root() -> GuardRail:
    """The root user of a member account does nothing but mend a bucket or queue that locks others out."""
    root = {"ArnLike": {"aws:PrincipalArn": "arn:*:iam::*:root"}}
    return GuardRail(
        "no-root-user",
        "the root user of a member account does nothing but mend a policy that locks everybody out",
        "scp",
        (),
        (deny("NoRootUser", (), root, NotAction=sorted(REPAIRS)),),
        (
            breach(
                "the root user acts",
                "iam:*",
                "s3:GetObject",
                "kms:*",
                "sagemaker:*",
                "organizations:*",
                who="root",
            ),
        ),
        (
            breach("a role acts", "iam:CreateRole"),
            breach("the root user mends a bucket's policy", "s3:DeleteBucketPolicy", who="root"),
        ),
        ("the management account's root user is bound by no service control policy",),
    )
