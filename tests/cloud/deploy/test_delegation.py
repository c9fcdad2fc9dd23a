"""Bootstrap makes the security account the administrator of the organization's detectors."""

from __future__ import annotations

from typing import Any

import pytest

from ringwork.cloud.deploy import delegate, undelegated
from ringwork.cloud.emulator import LocalCloud
from ringwork.cloud.errors import OperationError
from ringwork.cloud.session import Cloud, LocalSessions

MANAGEMENT, SECURITY, OTHER = "111111111111", "222222222222", "333333333333"
REGIONS = ("eu-central-1", "eu-west-1")


@pytest.fixture
def cloud(tmp_path: Any) -> Any:
    with LocalCloud(tmp_path / "own") as local:
        opened = Cloud("local", REGIONS[0], LocalSessions(local))
        opened.organize(MANAGEMENT, (MANAGEMENT, SECURITY, OTHER))
        yield opened


def administrators(cloud: Cloud, principal: str) -> list[str]:
    organizations = cloud.as_first().client("organizations", account=MANAGEMENT)
    found = organizations.list_delegated_administrators(ServicePrincipal=principal)
    return [one["Id"] for one in found["DelegatedAdministrators"]]


def test_every_detector_has_the_security_account_and_a_second_time_nothing_is_done(cloud: Cloud) -> None:
    done = delegate(cloud, management=MANAGEMENT, security=SECURITY, regions=REGIONS)
    # the local cloud remembers one administrator of Security Hub for all Regions
    assert {*done, "securityhub in eu-west-1"} == {
        "access-analyzer.amazonaws.com",
        "config-multiaccountsetup.amazonaws.com",
        "config.amazonaws.com",
        *(
            f"{service} in {region}"
            for service in ("guardduty", "macie2", "securityhub", "inspector2")
            for region in REGIONS
        ),
    }
    for principal in ("access-analyzer.amazonaws.com", "config.amazonaws.com"):
        assert administrators(cloud, principal) == [SECURITY]
    guardduty = cloud.as_first().client("guardduty", account=MANAGEMENT, region="eu-west-1")
    admins = guardduty.list_organization_admin_accounts()["AdminAccounts"]
    assert [one["AdminAccountId"] for one in admins] == [SECURITY]
    assert delegate(cloud, management=MANAGEMENT, security=SECURITY, regions=REGIONS) == ()


def test_another_administrator_is_told_with_the_commands_that_are_left(cloud: Cloud) -> None:
    first = cloud.as_first().client("guardduty", account=MANAGEMENT, region="eu-west-1")
    first.enable_organization_admin_account(AdminAccountId=OTHER)
    with pytest.raises(OperationError) as refused:
        delegate(cloud, management=MANAGEMENT, security=SECURITY, regions=REGIONS)
    assert f"guardduty in eu-west-1: account {OTHER} is the administrator" in refused.value.message
    assert refused.value.help is not None
    assert (
        f"aws guardduty enable-organization-admin-account --admin-account-id {SECURITY} --region eu-west-1"
        in refused.value.help
    )
    # all the others are done
    assert administrators(cloud, "config.amazonaws.com") == [SECURITY]


def test_what_an_interrupted_bootstrap_left_is_seen_until_it_is_done(cloud: Cloud) -> None:
    who: Any = {"management": MANAGEMENT, "security": SECURITY, "regions": REGIONS}
    first = cloud.as_first()
    both = ((MANAGEMENT, REGIONS[0]), (MANAGEMENT, REGIONS[1]))
    assert undelegated(first, **who) == both
    delegate(cloud, management=MANAGEMENT, security=SECURITY, regions=REGIONS[:1])
    assert undelegated(first, **who) == both[1:]
    organizations = first.client("organizations", account=MANAGEMENT)
    organizations.deregister_delegated_administrator(
        AccountId=SECURITY, ServicePrincipal="config.amazonaws.com"
    )
    assert undelegated(first, **who) == both
    delegate(cloud, **who)
    assert undelegated(first, **who) == ()
