"""VPC endpoint policies.

PrivateLink guide, "Control access to VPC endpoints using endpoint policies".
"""

from __future__ import annotations

import pytest

from ringwork.access import Layer, PolicyError

from .asking import ANYBODY, SERVICE, STRANGER, USER, allow, ask, bucket, deny, policy

WHOLE = policy(allow())


def endpoint(*statements):
    return policy(*({"Principal": "*", **statement} for statement in statements), kind="endpoint")


def test_what_comes_through_an_endpoint_must_be_allowed_by_its_policy():
    through = endpoint(allow("s3:GetObject"))
    assert ask(identity=(WHOLE,), endpoint=through).allowed
    decision = ask(action="s3:PutObject", identity=(WHOLE,), endpoint=through)
    assert (decision.allowed, decision.explicit, decision.layer) == (False, False, Layer.ENDPOINT)


def test_what_comes_another_way_is_not_held_to_it():
    assert ask(action="s3:PutObject", identity=(WHOLE,), endpoint=None).allowed


def test_an_endpoint_policy_grants_nothing():
    """It replaces neither identity policies nor policies of resources."""
    assert not ask(endpoint=endpoint(allow())).allowed


def test_a_deny_of_an_endpoint_policy_is_explicit():
    assert ask(identity=(WHOLE,), endpoint=endpoint(allow(), deny("s3:Get*"))).explicit


def test_an_endpoint_policy_holds_for_strangers_and_the_anonymous():
    open_bucket = bucket(allow(Principal="*"))
    ours = endpoint(allow(Condition={"StringEquals": {"aws:PrincipalOrgID": "o-1"}}))
    given = {"resource": open_bucket, "endpoint": ours}
    assert ask(STRANGER, identity=(WHOLE,), context={"aws:PrincipalOrgID": "o-1"}, **given).allowed
    assert not ask(STRANGER, identity=(WHOLE,), context={"aws:PrincipalOrgID": "o-2"}, **given).allowed
    assert not ask(ANYBODY, **given).allowed


def test_services_do_not_come_through_endpoints_of_ours():
    assert ask(SERVICE, resource=bucket(allow(Principal="*")), endpoint=endpoint(deny())).allowed


def test_an_endpoint_policy_can_name_an_account():
    only_ours = policy(allow(Principal={"AWS": USER.account}), kind="endpoint")
    assert ask(identity=(WHOLE,), endpoint=only_ours).allowed
    shared = bucket(allow(Principal="*"))
    assert not ask(STRANGER, identity=(WHOLE,), resource=shared, endpoint=only_ours).allowed


def test_an_endpoint_policy_must_have_principals():
    with pytest.raises(PolicyError):
        policy(allow(), kind="endpoint")
