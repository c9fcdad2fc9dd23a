"""SCPs and RCPs.

Organizations user guide, "SCP evaluation", "Service control policies (SCPs)", "Resource control policies
(RCPs)".
"""

from __future__ import annotations

import pytest

from ringwork.access import Layer, Principal

from .asking import (
    ANYBODY,
    KEY,
    OURS,
    ROOT,
    SERVICE,
    SESSION,
    STRANGER,
    THEIRS,
    USER,
    allow,
    ask,
    bucket,
    deny,
    policy,
)

WHOLE = policy(allow())
FULL_ACCESS = policy(allow(), kind="scp")
"""the managed policy FullAWSAccess"""


def scp(*statements):
    return policy(*statements, kind="scp")


def rcp(*statements):
    return policy(*({**statement, "Principal": "*"} for statement in statements), kind="rcp")


# SCPs


def test_every_level_from_the_root_to_the_account_must_allow():
    """AWS: "SCP evaluation": an action needs an Allow at each level, account included."""
    levels = [(FULL_ACCESS,), (FULL_ACCESS,), (FULL_ACCESS,)]
    assert ask(identity=(WHOLE,), scp=tuple(levels)).allowed
    for missing in range(3):
        without = tuple((scp(allow("sqs:*")),) if n == missing else level for n, level in enumerate(levels))
        decision = ask(identity=(WHOLE,), scp=without)
        assert (decision.allowed, decision.explicit, decision.layer) == (False, False, Layer.SCP), missing


def test_a_level_without_any_policy_allows_nothing():
    assert not ask(identity=(WHOLE,), scp=((FULL_ACCESS,), ())).allowed


def test_one_policy_of_a_level_is_enough_to_allow():
    assert ask(identity=(WHOLE,), scp=((scp(allow("sqs:*")), scp(allow("s3:*"))),)).allowed


def test_levels_do_not_add_up():
    """An Allow of s3 at the root and of sqs at the OU leaves neither."""
    levels = ((scp(allow("s3:*")),), (scp(allow("sqs:*")),))
    assert not ask(identity=(WHOLE,), scp=levels).allowed
    assert not ask(action="sqs:ListQueues", on="*", identity=(WHOLE,), scp=levels).allowed


def test_a_deny_at_any_level_denies_below():
    for level in range(3):
        levels = tuple((FULL_ACCESS, scp(deny("s3:*"))) if n == level else (FULL_ACCESS,) for n in range(3))
        decision = ask(identity=(WHOLE,), scp=levels)
        assert (decision.explicit, decision.layer) == (True, Layer.SCP), level


def test_an_scp_grants_nothing():
    assert not ask(scp=((FULL_ACCESS,),)).allowed


def test_scps_limit_the_root_user_of_a_member():
    """AWS: "Service control policies (SCPs)": they bind the root users of member accounts."""
    assert ask(ROOT, scp=((FULL_ACCESS,),)).allowed
    assert not ask(ROOT, scp=((FULL_ACCESS, scp(deny("s3:*"))),)).allowed
    assert not ask(ROOT, scp=((scp(allow("sqs:*")),),)).allowed


def test_scps_do_not_affect_service_linked_roles():
    """AWS: "Tasks and entities not restricted by SCPs": any action by a service-linked role."""
    linked = Principal(
        "role",
        OURS,
        f"arn:aws:sts::{OURS}:assumed-role/AWSServiceRoleForX/s",
        role=f"arn:aws:iam::{OURS}:role/aws-service-role/x.amazonaws.com/AWSServiceRoleForX",
    )
    assert ask(linked, identity=(WHOLE,), scp=((scp(deny()),),)).allowed
    assert not ask(SESSION, identity=(WHOLE,), scp=((scp(deny()),),)).allowed


def test_scps_do_not_affect_services_and_strangers():
    """SCPs apply to the principals of the account that they are attached to."""
    open_bucket = bucket(allow(Principal={"AWS": "*", "Service": SERVICE.arn}))
    for who in (SERVICE, ANYBODY):
        assert ask(who, resource=open_bucket, scp=((scp(deny()),),)).allowed, who.kind


def test_an_scp_limits_what_a_resource_policy_grants_to_its_principals():
    """SCPs bind the account's principals whatever allows: also by a bucket policy elsewhere."""
    shared = bucket(allow(Principal={"AWS": USER.arn}))
    assert ask(identity=(WHOLE,), owner=THEIRS, resource=shared, scp=((FULL_ACCESS,),)).allowed
    assert not ask(
        identity=(WHOLE,), owner=THEIRS, resource=shared, scp=((FULL_ACCESS, scp(deny("s3:*"))),)
    ).allowed


def test_an_allow_of_an_scp_may_have_conditions_and_not_action():
    """AWS: "SCP syntax": since September 2025, the full policy language."""
    regional = scp(allow(Condition={"StringEquals": {"aws:RequestedRegion": "eu-west-1"}}))
    assert ask(identity=(WHOLE,), scp=((regional,),), context={"aws:RequestedRegion": "eu-west-1"}).allowed
    assert not ask(
        identity=(WHOLE,), scp=((regional,),), context={"aws:RequestedRegion": "us-east-1"}
    ).allowed
    no_iam = scp({"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"})
    assert ask(identity=(WHOLE,), scp=((no_iam,),)).allowed
    assert not ask(action="iam:CreateUser", on="*", identity=(WHOLE,), scp=((no_iam,),)).allowed


# RCPs


@pytest.mark.parametrize("who", [USER, ROOT, SERVICE, ANYBODY], ids=lambda who: who.kind)
def test_an_rcp_s_deny_keeps_everybody_from_the_account_s_resources(who):
    """AWS: "Resource control policies (RCPs)": root users and principals of other accounts included."""
    open_bucket = bucket(allow(Principal={"AWS": "*", "Service": SERVICE.arn}))
    assert ask(who, resource=open_bucket).allowed
    decision = ask(who, resource=open_bucket, rcp=((rcp(deny("s3:GetObject")),),))
    assert (decision.explicit, decision.layer) == (True, Layer.RCP)


def test_an_rcp_at_any_level_denies():
    for level in range(3):
        levels = tuple((rcp(deny("s3:*")),) if n == level else () for n in range(3))
        assert ask(identity=(WHOLE,), rcp=levels).layer is Layer.RCP


def test_levels_without_own_rcps_allow_all():
    """RCPFullAWSAccess is attached everywhere and cannot be detached."""
    assert ask(identity=(WHOLE,), rcp=((), (), ())).allowed


def test_rcps_grant_nothing():
    full = policy({"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}, kind="rcp")
    assert not ask(rcp=((full,),)).allowed
    assert not ask(STRANGER, identity=(WHOLE,), rcp=((full,),)).allowed


def test_rcps_do_not_reach_services_outside_their_list():
    """AWS: "List of AWS services that support RCPs": S3 is one, SageMaker is not."""
    levels = ((rcp(deny("s3:*"), deny("sagemaker:*")),),)
    arn = f"arn:aws:sagemaker:eu-west-1:{OURS}:model/m"
    assert ask(action="sagemaker:DescribeModel", on=arn, identity=(WHOLE,), rcp=levels).allowed
    assert not ask(identity=(WHOLE,), rcp=levels).allowed


def test_rcps_do_not_restrict_service_linked_roles():
    """AWS: "Resources and entities not restricted by RCPs"."""
    linked = Principal("role", OURS, f"arn:aws:sts::{OURS}:assumed-role/x/s", service_linked=True)
    assert ask(linked, identity=(WHOLE,), rcp=((rcp(deny("s3:*")),),)).allowed


def test_rcps_do_not_restrict_retiring_a_grant():
    """AWS: "Resources and entities not restricted by RCPs": kms:RetireGrant, even through `kms:*`."""
    given = {
        "identity": (WHOLE,),
        "resource": policy(allow(Principal={"AWS": OURS}), kind="key"),
        "resource_kind": "key",
        "rcp": ((rcp(deny("kms:*")),),),
    }
    assert ask(action="kms:RetireGrant", on=KEY, **given).allowed
    assert not ask(action="kms:Decrypt", on=KEY, **given).allowed
