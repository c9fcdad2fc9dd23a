"""Which buckets are scanned for malware, and by which role, which the data ring lets in.

Buckets under Object Lock are left out: GuardDuty proves that a bucket is the role's by writing an object, and
S3 takes no upload under a default retention without a checksum (S3 guide, "Object Lock considerations").
"""

from __future__ import annotations

from ringwork.architecture import names
from ringwork.architecture.grants import ARTIFACTS, artifact_class
from ringwork.architecture.site import Site
from ringwork.blueprint.model import DataClass

TAG, THREAT = "GuardDutyMalwareScanStatus", "THREATS_FOUND"
"""What GuardDuty writes on an object that it scanned (GuardDuty guide, "Enabling optional tagging")."""


def scanned(site: Site) -> dict[str, DataClass]:
    """Purpose of the bucket -> its class: data sets, and what training writes."""
    found = {
        name: data_set.class_ for name, data_set in site.team.data.items() if not data_set.object_lock_days
    }
    secrecy = artifact_class(site.team)
    if secrecy is not None:
        found[ARTIFACTS] = secrecy
    return found


def role_name(site: Site) -> str:
    return names.malware_role(site.organization, site.environment.name, site.region)


def role_arns(site: Site) -> list[str]:
    """For Fn::Sub; none where nothing is scanned."""
    return [names.role_arn(role_name(site))] if scanned(site) else []
