"""Settings of accounts that CloudFormation has no type for: the deployer writes them after the stack."""

from __future__ import annotations

from ringwork.architecture import names
from ringwork.architecture.grants import ARTIFACTS, artifact_class
from ringwork.architecture.layout import Layout
from ringwork.architecture.site import AccountSite, Site
from ringwork.blueprint.environment import Shared
from ringwork.blueprint.model import DataClass
from ringwork.estate.stack import Setting, SettingKind

_SECRET = (DataClass.CONFIDENTIAL, DataClass.RESTRICTED)


def account_settings(layout: Layout, site: AccountSite) -> tuple[Setting, ...]:
    """Of an account in a Region; the block on public access is the whole account's, written from home."""
    found = [Setting(SettingKind.VOLUME_ENCRYPTION), Setting(SettingKind.MACIE_DISCOVERY)]
    if site.region == layout.home:
        found.append(Setting(SettingKind.PUBLIC_ACCESS_BLOCK))
    if layout.blueprint.detection.inspector:
        found.append(Setting(SettingKind.INSPECTOR))
    security = layout.shared[Shared.SECURITY].account_id
    if layout.many_accounts and site.account_id == security:
        found.append(Setting(SettingKind.NEW_ACCOUNTS))
    return tuple(found)


def classification_job(layout: Layout, site: Site) -> tuple[Setting, ...]:
    """Macie looks into the environment's buckets with secret data, and into its models."""
    classes = {name: data_set.class_ for name, data_set in site.team.data.items()}
    secrecy = artifact_class(site.team)
    if secrecy is not None:
        classes[ARTIFACTS] = secrecy
    organization, own = site.organization, site.environment.name
    buckets = [
        names.bucket(organization, own, purpose, account=site.account_id, region=site.region)
        for purpose, data_class in classes.items()
        if data_class in _SECRET
    ]
    if not buckets:
        return ()
    detection = layout.blueprint.detection
    arguments = {
        "name": names.account_wide(organization, own),
        "buckets": buckets,
        "identifiers": [names.account_wide(organization, name) for name in detection.identifiers],
        "sampling": detection.macie_sampling,
    }
    return (Setting(SettingKind.MACIE_JOB, arguments),)
