"""AWS Security Hub: one list of findings, and AWS's standards checked against what is there."""

from __future__ import annotations

from ringwork.architecture.layout import Layout
from ringwork.architecture.site import AccountSite
from ringwork.architecture.template import Purpose, TemplateBuilder, sub
from ringwork.blueprint.environment import Shared

STANDARDS = {
    "FoundationalStandard": (
        "aws-foundational-security-best-practices/v/1.0.0",
        "AWS's own best practices, the controls of SageMaker among them",
    ),
    "CisStandard": ("cis-aws-foundations-benchmark/v/3.0.0", "The CIS AWS Foundations Benchmark"),
    "NistStandard": ("nist-800-53/v/5.0.0", "NIST SP 800-53, revision 5"),
}
"""Logical id -> what follows `standards/` in its ARN (Security Hub guide, "Standards reference"), and why.

A control that several standards have is checked once, and gives one finding (guide, "Consolidated control
findings"); one account has the first standard only: its checks are most of what a small platform needs."""


def hub(template: TemplateBuilder, layout: Layout, site: AccountSite) -> None:
    template.add(
        "Hub",
        "AWS::SecurityHub::Hub",
        {
            "AutoEnableControls": True,
            "ControlFindingGenerator": "SECURITY_CONTROL",
            "EnableDefaultStandards": False,
        },
        Purpose("DET-05, DET-06", "One list of what all detectors and standards find"),
    )
    wanted = list(STANDARDS) if layout.many_accounts else list(STANDARDS)[:1]
    before = "Hub"
    for logical_id in wanted:
        path, why = STANDARDS[logical_id]
        template.add(
            logical_id,
            "AWS::SecurityHub::Standard",
            {"StandardsArn": sub(f"arn:${{AWS::Partition}}:securityhub:${{AWS::Region}}::standards/{path}")},
            Purpose("DET-06", why),
            # one after the other: BatchEnableStandards takes one request a second (API reference)
            depends_on=(before,),
        )
        before = logical_id
    others = [region for region in layout.regions if region != layout.home]
    security = layout.shared[Shared.SECURITY].account_id
    if others and (site.account_id, site.region) == (security, layout.home):
        template.add(
            "FindingAggregator",
            "AWS::SecurityHub::FindingAggregator",
            {"RegionLinkingMode": "SPECIFIED_REGIONS", "Regions": others},
            Purpose("DET-06, ORG-16", "Findings of all Regions in one list, at home"),
            depends_on=("Hub",),
        )
