"""The organization's resource policy: who may put it, and what is one."""

from __future__ import annotations

import json

import pytest

from ringwork.cloud.emulator import LocalCloud

ACCOUNT, REGION = "111122223333", "us-east-1"


def delegating(principal):
    statement = {
        "Effect": "Allow",
        "Principal": {"AWS": principal},
        "Action": "organizations:DescribeOrganization",
        "Resource": "*",
    }
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


@pytest.fixture
def place(tmp_path):
    """The cloud, the management account's client, and a member's id."""
    with LocalCloud(tmp_path / "state") as cloud:
        client = cloud.session(ACCOUNT, REGION).client("organizations")
        client.create_organization()
        made = client.create_account(AccountName="data", Email="data@example.com")
        yield cloud, client, made["CreateAccountStatus"]["AccountId"]


def test_a_resource_policy_keeps_its_id_until_it_is_deleted(place):
    """Organizations API reference, PutResourcePolicy, DescribeResourcePolicy, DeleteResourcePolicy."""
    _cloud, client, member = place
    first = client.put_resource_policy(Content=delegating(member))["ResourcePolicy"]
    again = client.put_resource_policy(Content=delegating(ACCOUNT))["ResourcePolicy"]
    assert first["ResourcePolicySummary"] == again["ResourcePolicySummary"]
    organization = client.describe_organization()["Organization"]["Id"]
    id = first["ResourcePolicySummary"]["Id"]
    assert first["ResourcePolicySummary"]["Arn"] == (
        f"arn:aws:organizations::{ACCOUNT}:resourcepolicy/{organization}/{id}"
    )
    assert client.describe_resource_policy()["ResourcePolicy"]["Content"] == delegating(ACCOUNT)
    client.delete_resource_policy()
    for gone in (client.describe_resource_policy, client.delete_resource_policy):
        with pytest.raises(client.exceptions.ResourcePolicyNotFoundException):
            gone()


def test_a_member_neither_puts_nor_deletes_the_resource_policy(place):
    """Organizations API reference: only the management account can call PutResourcePolicy."""
    cloud, client, member = place
    client.put_resource_policy(Content=delegating(member))
    other = cloud.session(member, REGION).client("organizations")
    with pytest.raises(other.exceptions.AccessDeniedException):
        other.put_resource_policy(Content=delegating(member))
    with pytest.raises(other.exceptions.AccessDeniedException):
        other.delete_resource_policy()


@pytest.mark.parametrize("content", ["{}", "no JSON", '{"Version": "2012-10-17", "Statement": [{}]}'])
def test_what_is_no_policy_is_no_resource_policy(place, content):
    """Organizations API reference, PutResourcePolicy, InvalidInputException."""
    _cloud, client, _member = place
    with pytest.raises(client.exceptions.InvalidInputException):
        client.put_resource_policy(Content=content)


def test_without_an_organization_there_is_no_resource_policy(tmp_path):
    """Organizations API reference, AWSOrganizationsNotInUseException."""
    with LocalCloud(tmp_path / "state") as cloud:
        client = cloud.session(ACCOUNT, REGION).client("organizations")
        with pytest.raises(client.exceptions.AWSOrganizationsNotInUseException):
            client.describe_resource_policy()
