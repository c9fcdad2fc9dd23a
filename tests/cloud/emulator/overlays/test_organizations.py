"""Organizations: an account that is in none has nothing to manage; what a member may not do."""

from __future__ import annotations

import json

import pytest
from botocore.exceptions import ClientError

from ringwork.cloud.emulator import LocalCloud

SCP = {"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Action": "s3:*", "Resource": "*"}]}


@pytest.mark.parametrize(
    ("method", "arguments"),
    [
        ("create_organizational_unit", {"ParentId": "r-1234", "Name": "unit"}),
        (
            "create_policy",
            {
                "Name": "scp",
                "Description": "",
                "Type": "SERVICE_CONTROL_POLICY",
                "Content": json.dumps(SCP),
            },
        ),
        ("create_account", {"AccountName": "member", "Email": "member@example.com"}),
        ("list_roots", {}),
    ],
)
def test_without_an_organization_its_operations_say_so(tmp_path, method, arguments):
    """Organizations API reference, AWSOrganizationsNotInUseException."""
    with LocalCloud(tmp_path / "state") as cloud:
        client = cloud.session("111122223333", "us-east-1").client("organizations")
        with pytest.raises(ClientError) as refused:
            getattr(client, method)(**arguments)
    assert refused.value.response["Error"]["Code"] == "AWSOrganizationsNotInUseException"


def test_an_account_is_described_to_the_management_account_of_its_organization(tmp_path):
    """Organizations API reference, DescribeAccount, and its errors."""
    with LocalCloud(tmp_path / "state") as cloud:
        client = cloud.session("111122223333", "us-east-1").client("organizations")
        with pytest.raises(client.exceptions.AWSOrganizationsNotInUseException):
            client.describe_account(AccountId="111122223333")
        client.create_organization()
        made = client.create_account(AccountName="data", Email="data@example.com")
        member = made["CreateAccountStatus"]["AccountId"]
        assert client.describe_account(AccountId=member)["Account"]["Name"] == "data"
        other = cloud.session(member, "us-east-1").client("organizations")
        with pytest.raises(other.exceptions.AccessDeniedException):
            other.describe_account(AccountId="111122223333")


def test_access_is_given_to_a_service_and_taken_back(tmp_path):
    """Organizations API reference, EnableAWSServiceAccess, DisableAWSServiceAccess."""
    with LocalCloud(tmp_path / "state") as cloud:
        client = cloud.session("111122223333", "us-east-1").client("organizations")
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
