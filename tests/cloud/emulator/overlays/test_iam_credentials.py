"""The credential report, when keys were used, service-specific credentials, and central root access."""

from __future__ import annotations

import csv

import boto3
import pytest
from botocore.exceptions import ClientError

from ringwork.cloud.emulator import LocalCloud

ACCOUNT, REGION = "111122223333", "eu-west-1"


@pytest.fixture
def cloud(tmp_path):
    with LocalCloud(tmp_path / "state") as cloud:
        yield cloud


@pytest.fixture
def iam(cloud):
    return cloud.session(ACCOUNT, REGION).client("iam")


def report(iam):
    iam.generate_credential_report()
    lines = iam.get_credential_report()["Content"].decode().splitlines()
    return {row["user"]: row for row in csv.DictReader(lines)}


def user_with_key(cloud, iam, endpoint, name="bob"):
    iam.create_user(UserName=name)
    key = iam.create_access_key(UserName=name)["AccessKey"]
    client = boto3.client(
        "sts",
        endpoint_url=endpoint,
        region_name=REGION,
        aws_access_key_id=key["AccessKeyId"],
        aws_secret_access_key=key["SecretAccessKey"],
    )
    return key["AccessKeyId"], client


def test_the_report_has_the_root_user_first_who_has_a_password_and_no_second_factor(iam):
    """IAM user guide, "Generate credential reports for your AWS account": the row `<root_account>`."""
    found = report(iam)
    assert list(found) == ["<root_account>"]
    root = found["<root_account>"]
    assert root["arn"] == f"arn:aws:iam::{ACCOUNT}:root"
    assert (root["password_enabled"], root["mfa_active"]) == ("true", "false")
    assert root["password_next_rotation"] == "not_supported"
    assert (root["access_key_1_active"], root["access_key_2_active"]) == ("false", "false")
    summary = iam.get_account_summary()["SummaryMap"]
    assert (summary["AccountPasswordPresent"], summary["AccountMFAEnabled"]) == (1, 0)


def test_an_account_that_an_organization_made_has_no_root_credentials(cloud):
    """Same page, password_enabled: FALSE "for new member accounts created as part of your organization"."""
    organizations = cloud.session(ACCOUNT, REGION).client("organizations")
    organizations.create_organization()
    made = organizations.create_account(AccountName="data", Email="data@example.com")
    member = cloud.session(made["CreateAccountStatus"]["AccountId"], REGION).client("iam")
    assert report(member)["<root_account>"]["password_enabled"] == "false"
    assert member.get_account_summary()["SummaryMap"]["AccountPasswordPresent"] == 0


def test_a_user_s_line_says_what_the_user_has(iam):
    iam.create_user(UserName="ada")
    iam.create_login_profile(UserName="ada", Password="not-A-secret-1")
    device = iam.create_virtual_mfa_device(VirtualMFADeviceName="ada")["VirtualMFADevice"]["SerialNumber"]
    iam.enable_mfa_device(
        UserName="ada", SerialNumber=device, AuthenticationCode1="123456", AuthenticationCode2="654321"
    )
    iam.create_user(UserName="bob")
    key = iam.create_access_key(UserName="bob")["AccessKey"]["AccessKeyId"]
    iam.update_access_key(UserName="bob", AccessKeyId=key, Status="Inactive")
    found = report(iam)
    ada, bob = found["ada"], found["bob"]
    assert (ada["password_enabled"], ada["password_last_used"], ada["mfa_active"]) == (
        "true",
        "no_information",
        "true",
    )
    assert ada["access_key_1_last_rotated"] == "N/A"
    assert (bob["password_enabled"], bob["password_last_changed"], bob["mfa_active"]) == (
        "false",
        "N/A",
        "false",
    )
    assert (bob["access_key_1_active"], bob["access_key_1_last_used_date"]) == ("false", "N/A")
    assert bob["access_key_1_last_rotated"] != "N/A"


def test_a_report_is_made_before_it_is_read_and_not_again_within_four_hours(iam):
    """IAM API reference, GetCredentialReport (ReportNotPresent, 410); user guide, same page."""
    with pytest.raises(ClientError) as error:
        iam.get_credential_report()
    assert error.value.response["Error"]["Code"] == "ReportNotPresent"
    assert error.value.response["ResponseMetadata"]["HTTPStatusCode"] == 410
    assert iam.generate_credential_report()["State"] == "STARTED"
    iam.create_user(UserName="late")
    assert iam.generate_credential_report()["State"] == "COMPLETE"
    assert b"late" not in iam.get_credential_report()["Content"]


def test_the_use_of_a_user_s_key_is_noted(cloud, iam):
    """IAM API reference, GetAccessKeyLastUsed: date, Region and service of the last request."""
    with cloud.serve() as serving:
        key, client = user_with_key(cloud, iam, serving.endpoint)
        before = iam.get_access_key_last_used(AccessKeyId=key)["AccessKeyLastUsed"]
        assert (before["Region"], before["ServiceName"]) == ("N/A", "N/A")
        client.get_caller_identity()
    after = iam.get_access_key_last_used(AccessKeyId=key)["AccessKeyLastUsed"]
    assert (after["Region"], after["ServiceName"]) == (REGION, "sts")
    line = report(iam)["bob"]
    assert (line["access_key_1_last_used_region"], line["access_key_1_last_used_service"]) == (REGION, "sts")


def test_a_user_has_two_credentials_of_a_service_whose_secrets_are_shown_once(cloud, iam):
    """IAM API reference, CreateServiceSpecificCredential: at most two for each service and user."""
    iam.create_user(UserName="ada")
    one = iam.create_service_specific_credential(UserName="ada", ServiceName="bedrock.amazonaws.com")
    made = one["ServiceSpecificCredential"]
    assert made["ServiceCredentialSecret"]
    iam.create_service_specific_credential(UserName="ada", ServiceName="bedrock.amazonaws.com")
    with pytest.raises(iam.exceptions.LimitExceededException):
        iam.create_service_specific_credential(UserName="ada", ServiceName="bedrock.amazonaws.com")
    # IAM has no Regions
    elsewhere = cloud.session(ACCOUNT, "us-west-2").client("iam")
    listed = elsewhere.list_service_specific_credentials(UserName="ada")["ServiceSpecificCredentials"]
    assert len(listed) == 2
    assert made["ServiceCredentialSecret"] not in str(listed)
    iam.update_service_specific_credential(
        UserName="ada", ServiceSpecificCredentialId=made["ServiceSpecificCredentialId"], Status="Inactive"
    )
    iam.delete_service_specific_credential(
        ServiceSpecificCredentialId=listed[1]["ServiceSpecificCredentialId"]
    )
    (left,) = iam.list_service_specific_credentials(UserName="ada")["ServiceSpecificCredentials"]
    assert (left["ServiceSpecificCredentialId"], left["Status"]) == (
        made["ServiceSpecificCredentialId"],
        "Inactive",
    )
    with pytest.raises(iam.exceptions.ServiceNotSupportedException):
        iam.create_service_specific_credential(UserName="ada", ServiceName="s3.amazonaws.com")
    with pytest.raises(iam.exceptions.NoSuchEntityException):
        iam.list_service_specific_credentials(UserName="nobody")
    events = cloud.session(ACCOUNT, REGION).client("cloudtrail").lookup_events()["Events"]
    assert made["ServiceCredentialSecret"] not in str(events)


def test_root_access_is_central_where_organizations_trusts_iam(cloud, iam):
    """IAM API reference, ListOrganizationsFeatures and its errors."""
    with pytest.raises(iam.exceptions.OrganizationNotFoundException):
        iam.list_organizations_features()
    organizations = cloud.session(ACCOUNT, REGION).client("organizations")
    organizations.create_organization()
    made = organizations.create_account(AccountName="data", Email="data@example.com")
    with pytest.raises(iam.exceptions.ServiceAccessNotEnabledException):
        iam.list_organizations_features()
    organizations.enable_aws_service_access(ServicePrincipal="iam.amazonaws.com")
    assert iam.list_organizations_features()["EnabledFeatures"] == []
    iam.enable_organizations_root_sessions()
    iam.enable_organizations_root_credentials_management()
    assert iam.list_organizations_features()["EnabledFeatures"] == [
        "RootCredentialsManagement",
        "RootSessions",
    ]
    iam.disable_organizations_root_sessions()
    assert iam.list_organizations_features()["EnabledFeatures"] == ["RootCredentialsManagement"]
    member = cloud.session(made["CreateAccountStatus"]["AccountId"], REGION).client("iam")
    with pytest.raises(member.exceptions.AccountNotManagementOrDelegatedAdministratorException):
        member.list_organizations_features()
