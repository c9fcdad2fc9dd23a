"""Configuration policies of Security Hub's central configuration.

Expected: Security Hub API reference, the page of each operation.
"""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from botocore.exceptions import ClientError

from ringwork.cloud.emulator import LocalCloud

ACCOUNT, REGION = "111122223333", "eu-west-1"
ON = {"SecurityHub": {"ServiceEnabled": True, "EnabledStandardIdentifiers": []}}
CENTRAL = {
    "AutoEnable": False,
    "AutoEnableStandards": "NONE",
    "OrganizationConfiguration": {"ConfigurationType": "CENTRAL"},
}


def organize(cloud):
    """An organization with a unit, an account in it, and a delegated administrator."""
    organizations = cloud.session(ACCOUNT, REGION).client("organizations")
    organizations.create_organization()
    root = organizations.list_roots()["Roots"][0]["Id"]

    def member(name):
        made = organizations.create_account(AccountName=name, Email=f"{name}@example.com")
        return made["CreateAccountStatus"]["AccountId"]

    unit = organizations.create_organizational_unit(ParentId=root, Name="ml")["OrganizationalUnit"]["Id"]
    admin, data = member("security"), member("data")
    organizations.move_account(AccountId=data, SourceParentId=root, DestinationParentId=unit)
    management = cloud.session(ACCOUNT, REGION).client("securityhub")
    management.enable_security_hub()
    management.enable_organization_admin_account(AdminAccountId=admin)
    hub = cloud.session(admin, REGION).client("securityhub")
    hub.enable_security_hub()
    return SimpleNamespace(management=management, hub=hub, root=root, unit=unit, admin=admin, data=data)


@pytest.fixture
def place(tmp_path):
    with LocalCloud(tmp_path / "state") as cloud:
        yield organize(cloud)


@pytest.fixture
def central(place):
    place.hub.update_organization_configuration(**CENTRAL)
    return place


def code(call, **arguments):
    with pytest.raises(ClientError) as refused:
        call(**arguments)
    return refused.value.response["Error"]["Code"]


def create(hub, name="cp"):
    return hub.create_configuration_policy(Name=name, ConfigurationPolicy=ON)["Id"]


def associated(hub, **target):
    found = hub.get_configuration_policy_association(Target=target)
    return found["ConfigurationPolicyId"], found["AssociationType"]


def test_only_the_delegated_administrator_makes_policies_and_only_with_central_configuration(place):
    new = {"Name": "cp", "ConfigurationPolicy": ON}
    assert code(place.hub.create_configuration_policy, **new) == "AccessDeniedException"
    place.hub.update_organization_configuration(**CENTRAL)
    assert code(place.management.create_configuration_policy, **new) == "AccessDeniedException"
    assert place.hub.create_configuration_policy(**new)["Name"] == "cp"


def test_the_management_account_takes_the_administration_back(central):
    """DisableOrganizationAdminAccount, ListOrganizationAdminAccounts."""
    admins = central.management.list_organization_admin_accounts()["AdminAccounts"]
    assert admins == [{"AccountId": central.admin, "Status": "ENABLED"}]
    disable = central.hub.disable_organization_admin_account
    assert code(disable, AdminAccountId=central.admin) == "InvalidAccessException"
    central.management.disable_organization_admin_account(AdminAccountId=central.admin)
    assert central.management.list_organization_admin_accounts()["AdminAccounts"] == []
    assert code(central.hub.list_configuration_policies) == "AccessDeniedException"


def test_with_central_configuration_nothing_is_enabled_by_itself(place):
    update = place.hub.update_organization_configuration
    assert code(update, **{**CENTRAL, "AutoEnable": True}) == "InvalidInputException"
    assert code(update, **{**CENTRAL, "AutoEnableStandards": "DEFAULT"}) == "InvalidInputException"
    update(**CENTRAL)
    found = place.hub.describe_organization_configuration()
    assert found["OrganizationConfiguration"]["ConfigurationType"] == "CENTRAL"
    assert (found["AutoEnable"], found["AutoEnableStandards"]) == (False, "NONE")


def test_a_policy_has_a_name_of_its_own(central):
    hub, new = central.hub, {"ConfigurationPolicy": ON}
    first, second = create(hub, "a"), create(hub, "b")
    assert code(hub.create_configuration_policy, Name="a", **new) == "ResourceConflictException"
    assert code(hub.create_configuration_policy, Name="a$", **new) == "InvalidInputException"
    taken = {"Identifier": second, "Name": "a"}
    assert code(hub.update_configuration_policy, **taken) == "ResourceConflictException"
    hub.update_configuration_policy(Identifier=first, Name="c")
    listed = hub.list_configuration_policies()["ConfigurationPolicySummaries"]
    assert [(one["Name"], one["ServiceEnabled"]) for one in listed] == [("c", True), ("b", True)]


def test_an_update_replaces_the_configuration(central):
    arn = central.hub.create_configuration_policy(Name="cp", ConfigurationPolicy=ON)["Arn"]
    off = {"SecurityHub": {"ServiceEnabled": False}}
    central.hub.update_configuration_policy(Identifier=arn, ConfigurationPolicy=off)
    found = central.hub.get_configuration_policy(Identifier=arn)
    assert (found["Name"], found["ConfigurationPolicy"]) == ("cp", off)


def test_a_target_inherits_the_configuration_of_the_closest_parent(central):
    hub, start = central.hub, central.hub.start_configuration_policy_association
    assert code(hub.get_configuration_policy_association, Target={"AccountId": central.data}) == (
        "ResourceNotFoundException"
    )
    top, middle = create(hub, "top"), create(hub, "middle")
    start(ConfigurationPolicyIdentifier=top, Target={"RootId": central.root})
    assert associated(hub, AccountId=central.data) == (top, "INHERITED")
    start(ConfigurationPolicyIdentifier=middle, Target={"OrganizationalUnitId": central.unit})
    assert associated(hub, AccountId=central.data) == (middle, "INHERITED")
    own = {"ConfigurationPolicyIdentifier": "SELF_MANAGED_SECURITY_HUB"}
    start(**own, Target={"AccountId": central.data})
    assert associated(hub, AccountId=central.data) == ("SELF_MANAGED_SECURITY_HUB", "APPLIED")
    filters = {"ConfigurationPolicyId": middle}
    rows = hub.list_configuration_policy_associations(Filters=filters)
    assert [one["TargetId"] for one in rows["ConfigurationPolicyAssociationSummaries"]] == [central.unit]
    hub.start_configuration_policy_disassociation(**own, Target={"AccountId": central.data})
    assert associated(hub, AccountId=central.data) == (middle, "INHERITED")


def test_a_policy_is_deleted_once_no_target_has_it(central):
    hub, id = central.hub, create(central.hub)
    pair = {"ConfigurationPolicyIdentifier": id, "Target": {"AccountId": central.data}}
    hub.start_configuration_policy_association(**pair)
    assert code(hub.delete_configuration_policy, Identifier=id) == "ResourceConflictException"
    hub.start_configuration_policy_disassociation(**pair)
    assert code(hub.start_configuration_policy_disassociation, **pair) == "ResourceNotFoundException"
    hub.delete_configuration_policy(Identifier=id)
    assert code(hub.get_configuration_policy, Identifier=id) == "ResourceNotFoundException"


def test_only_what_is_in_the_organization_is_a_target(central):
    hub, id = central.hub, create(central.hub)
    for target in ({"AccountId": "999999999999"}, {"OrganizationalUnitId": central.root}):
        pair = {"ConfigurationPolicyIdentifier": id, "Target": target}
        assert code(hub.start_configuration_policy_association, **pair) == "ResourceNotFoundException"


def test_the_delegated_administrator_is_still_known_when_the_cloud_is_opened_again(tmp_path):
    with LocalCloud(tmp_path / "state") as cloud:
        place = organize(cloud)
        place.hub.update_organization_configuration(**CENTRAL)
        id = create(place.hub)
    with LocalCloud(tmp_path / "state") as cloud:
        hub = cloud.session(place.admin, REGION).client("securityhub")
        assert hub.get_configuration_policy(Identifier=id)["Name"] == "cp"
        assert hub.describe_organization_configuration()["AutoEnableStandards"] == "NONE"
