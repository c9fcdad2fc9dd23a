"""Who may ask for an account of an organization."""

from __future__ import annotations

import pytest

from ringwork.cloud.emulator import LocalCloud

ACCOUNT, REGION = "111122223333", "us-east-1"


def test_an_account_is_described_to_the_management_account_of_its_organization(tmp_path):
    """Organizations API reference, DescribeAccount, and its errors."""
    with LocalCloud(tmp_path / "state") as cloud:
        client = cloud.session(ACCOUNT, REGION).client("organizations")
        with pytest.raises(client.exceptions.AWSOrganizationsNotInUseException):
            client.describe_account(AccountId=ACCOUNT)
        client.create_organization()
        made = client.create_account(AccountName="data", Email="data@example.com")
        member = made["CreateAccountStatus"]["AccountId"]
        assert client.describe_account(AccountId=member)["Account"]["Name"] == "data"
        other = cloud.session(member, REGION).client("organizations")
        with pytest.raises(other.exceptions.AccessDeniedException):
            other.describe_account(AccountId=ACCOUNT)


def test_access_is_given_to_a_service_and_taken_back(tmp_path):
    """Organizations API reference, EnableAWSServiceAccess, DisableAWSServiceAccess."""
    with LocalCloud(tmp_path / "state") as cloud:
        client = cloud.session(ACCOUNT, REGION).client("organizations")
        client.create_organization()

        def trusted():
            answer = client.list_aws_service_access_for_organization()
            return [one["ServicePrincipal"] for one in answer["EnabledServicePrincipals"]]

        client.enable_aws_service_access(ServicePrincipal="iam.amazonaws.com")
        assert trusted() == ["iam.amazonaws.com"]
        client.disable_aws_service_access(ServicePrincipal="iam.amazonaws.com")
        assert trusted() == []
        with pytest.raises(client.exceptions.InvalidInputException):
            client.enable_aws_service_access(ServicePrincipal="nobody.amazonaws.com")
