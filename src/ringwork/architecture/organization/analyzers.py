"""IAM Access Analyzer: what strangers may reach, in each Region, and which rights nobody uses.

With several accounts the analyzers are the organization's, in the security account, which bootstrap makes
their administrator; with one account, the account's. Roles are the same in every Region, so rights that are
not used are analyzed in the home Region only (IAM user guide, "Findings for external and unused access";
external access costs nothing, unused access is billed for each role and user that is analyzed).
"""

from __future__ import annotations

from collections.abc import Iterator

from ringwork.architecture import names
from ringwork.architecture.layout import Layout
from ringwork.architecture.template import Purpose, TemplateBuilder
from ringwork.blueprint.environment import Shared
from ringwork.estate import Stack

RING = "analyzers"
UNUSED_DAYS = 90
"""Control IAM-18."""


def analyzers(layout: Layout) -> Iterator[Stack]:
    """One stack in each Region."""
    zone = "ORGANIZATION" if layout.many_accounts else "ACCOUNT"
    for region in layout.regions:
        site = layout.shared_site(Shared.SECURITY, region)
        template = TemplateBuilder(
            description=f"Ringwork analyzers of {layout.organization}", ring=RING, tags=site.tags(RING)
        )
        template.add(
            "ExternalAccess",
            "AWS::AccessAnalyzer::Analyzer",
            {"AnalyzerName": names.account_wide(layout.organization, "external-access"), "Type": zone},
            Purpose("IAM-23", "What a policy lets strangers reach is found when it is written"),
        )
        if region == layout.home:
            template.add(
                "UnusedAccess",
                "AWS::AccessAnalyzer::Analyzer",
                {
                    "AnalyzerName": names.account_wide(layout.organization, "unused-access"),
                    "Type": f"{zone}_UNUSED_ACCESS",
                    "AnalyzerConfiguration": {"UnusedAccessConfiguration": {"UnusedAccessAge": UNUSED_DAYS}},
                },
                Purpose("IAM-18", f"Roles and rights that nobody used for {UNUSED_DAYS} days are named"),
            )
        yield Stack(
            name=site.stack_name(RING),
            account=site.account_id,
            region=region,
            template=template.build(),
            parameters=dict(sorted(template.sources.items())),
            tags=site.tags(RING),
        )
