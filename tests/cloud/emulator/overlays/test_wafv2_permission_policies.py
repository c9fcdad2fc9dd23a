"""Permission policies of rule groups.

Expected: WAFV2 API reference, WAFInvalidPermissionPolicyException and PutPermissionPolicy.
"""

from __future__ import annotations

import json

import pytest

from ringwork.cloud.emulator import LocalCloud

ACCOUNT, OTHER, REGION = "111122223333", "444455556666", "eu-west-1"
SHARES = ["wafv2:CreateWebACL", "wafv2:UpdateWebACL", "wafv2:PutFirewallManagerRuleGroups"]
METRICS = {"SampledRequestsEnabled": False, "CloudWatchMetricsEnabled": False, "MetricName": "m"}


def sharing(version="2012-10-17", actions=SHARES, **other):
    statement = {"Effect": "Allow", "Principal": {"AWS": OTHER}, "Action": actions, **other}
    statement = {name: value for name, value in statement.items() if value is not None}
    return json.dumps({"Version": version, "Statement": [statement]})


@pytest.fixture
def place(tmp_path):
    """A client and the ARN of a rule group."""
    with LocalCloud(tmp_path / "state") as cloud:
        client = cloud.session(ACCOUNT, REGION).client("wafv2")
        made = client.create_rule_group(Name="g", Scope="REGIONAL", Capacity=10, VisibilityConfig=METRICS)
        yield client, made["Summary"]["ARN"]


@pytest.mark.parametrize("actions", [SHARES, [*SHARES, "wafv2:GetRuleGroup"]])
def test_a_rule_group_has_a_permission_policy_until_it_is_deleted(place, actions):
    client, arn = place
    client.put_permission_policy(ResourceArn=arn, Policy=sharing(actions=actions))
    found = client.get_permission_policy(ResourceArn=arn)["Policy"]
    assert json.loads(found) == json.loads(sharing(actions=actions))
    client.delete_permission_policy(ResourceArn=arn)
    with pytest.raises(client.exceptions.WAFNonexistentItemException):
        client.get_permission_policy(ResourceArn=arn)


@pytest.mark.parametrize(
    "policy",
    [
        "{}",
        sharing(version="2008-10-17"),
        sharing(Effect="Deny"),
        sharing(actions=SHARES[:2]),
        sharing(actions=[*SHARES, "wafv2:DeleteRuleGroup"]),
        sharing(actions=["wafv2:*"]),
        sharing(Resource="*"),
        sharing(Principal=None),
    ],
)
def test_a_permission_policy_allows_just_the_use_of_the_group(place, policy):
    client, arn = place
    with pytest.raises(client.exceptions.WAFInvalidPermissionPolicyException):
        client.put_permission_policy(ResourceArn=arn, Policy=policy)


def test_only_a_rule_group_that_exists_has_a_permission_policy(place):
    client, arn = place
    with pytest.raises(client.exceptions.WAFNonexistentItemException):
        client.put_permission_policy(ResourceArn=f"{arn}0", Policy=sharing())
    with pytest.raises(client.exceptions.WAFInvalidParameterException):
        client.put_permission_policy(ResourceArn=arn.replace("rulegroup", "webacl"), Policy=sharing())
