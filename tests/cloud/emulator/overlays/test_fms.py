"""Firewall Manager's administrator and policies.

Expected: Firewall Manager API reference, AssociateAdminAccount, PutPolicy, Policy (PolicyUpdateToken).
"""

from __future__ import annotations

import pytest
from botocore.exceptions import ClientError

from ringwork.cloud.emulator import LocalCloud

ACCOUNT, STRANGER, REGION = "111122223333", "444455556666", "us-east-1"
POLICY = {
    "PolicyName": "p",
    "SecurityServicePolicyData": {"Type": "WAFV2"},
    "ResourceType": "AWS::ElasticLoadBalancingV2::LoadBalancer",
    "ExcludeResourceTags": False,
    "RemediationEnabled": True,
}


@pytest.fixture
def place(tmp_path):
    """Clients of the management account, of a member and of a stranger, and the member's id."""
    with LocalCloud(tmp_path / "state") as cloud:
        organizations = cloud.session(ACCOUNT, REGION).client("organizations")
        organizations.create_organization()
        made = organizations.create_account(AccountName="security", Email="security@example.com")
        member = made["CreateAccountStatus"]["AccountId"]
        clients = (cloud.session(one, REGION).client("fms") for one in (ACCOUNT, member, STRANGER))
        yield *clients, member


def code(call, **arguments):
    with pytest.raises(ClientError) as refused:
        call(**arguments)
    return refused.value.response["Error"]["Code"]


def test_the_management_account_appoints_one_administrator(place):
    management, security, stranger, member = place
    assert code(management.get_admin_account) == "ResourceNotFoundException"
    assert code(management.associate_admin_account, AdminAccount=STRANGER) == "InvalidInputException"
    assert code(security.associate_admin_account, AdminAccount=member) == "InvalidOperationException"
    assert code(stranger.associate_admin_account, AdminAccount=STRANGER) == "InvalidOperationException"
    management.associate_admin_account(AdminAccount=member)
    assert security.get_admin_account()["AdminAccount"] == member
    assert code(management.associate_admin_account, AdminAccount=member) == "InvalidOperationException"


def test_only_the_administrator_manages_policies_and_gives_its_place_up(place):
    management, security, stranger, member = place
    assert code(security.put_policy, Policy=POLICY) == "AccessDeniedException"
    assert code(stranger.put_policy, Policy=POLICY) == "InvalidOperationException"
    management.associate_admin_account(AdminAccount=member)
    id = security.put_policy(Policy=POLICY)["Policy"]["PolicyId"]
    assert code(management.put_policy, Policy=POLICY) == "AccessDeniedException"
    assert code(management.delete_policy, PolicyId=id) == "AccessDeniedException"
    assert code(management.disassociate_admin_account) == "AccessDeniedException"
    security.disassociate_admin_account()
    assert code(security.get_policy, PolicyId=id) == "AccessDeniedException"


def test_a_policy_is_updated_with_the_token_of_its_last_version_only(place):
    management, security, _stranger, member = place
    management.associate_admin_account(AdminAccount=member)
    first = security.put_policy(Policy=POLICY)["Policy"]
    second = security.put_policy(Policy={**first, "PolicyName": "q"})["Policy"]
    assert second["PolicyId"] == first["PolicyId"]
    assert second["PolicyUpdateToken"] != first["PolicyUpdateToken"]
    assert code(security.put_policy, Policy={**first, "PolicyName": "r"}) == "InvalidOperationException"
    assert security.get_policy(PolicyId=first["PolicyId"])["Policy"]["PolicyName"] == "q"
    (listed,) = security.list_policies()["PolicyList"]
    assert (listed["PolicyName"], listed["SecurityServiceType"]) == ("q", "WAFV2")


def test_a_policy_that_is_deleted_is_gone(place):
    management, security, _stranger, member = place
    management.associate_admin_account(AdminAccount=member)
    policy = security.put_policy(Policy=POLICY)["Policy"]
    security.delete_policy(PolicyId=policy["PolicyId"])
    assert security.list_policies()["PolicyList"] == []
    for call, arguments in (
        (security.get_policy, {"PolicyId": policy["PolicyId"]}),
        (security.delete_policy, {"PolicyId": policy["PolicyId"]}),
        (security.put_policy, {"Policy": policy}),
    ):
        assert code(call, **arguments) == "ResourceNotFoundException"
