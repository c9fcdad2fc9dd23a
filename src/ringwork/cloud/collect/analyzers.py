"""IAM Access Analyzer."""

from __future__ import annotations

from ringwork.cloud.collect.kinds import Kind, Listing
from ringwork.cloud.collect.mapping import Computed, Raw, Tags, look

ANALYZERS = Listing("accessanalyzer", "ListAnalyzers", "analyzers", action="access-analyzer:ListAnalyzers")


def _configuration(raw: Raw) -> object:
    """Of an analyzer of unused access (Access Analyzer API reference, AnalyzerConfiguration)."""
    age = look(raw, "configuration.unusedAccess.unusedAccessAge")
    return {"UnusedAccessConfiguration": {"UnusedAccessAge": age}} if isinstance(age, int) else {}


ANALYZER = Kind(
    "AWS::AccessAnalyzer::Analyzer",
    ANALYZERS,
    physical=lambda raw: raw["arn"],
    properties={
        "AnalyzerName": "name",
        "Type": "type",
        "AnalyzerConfiguration": Computed(_configuration),
        "Tags": Tags("tags"),
    },
    attributes={"Arn": "arn", "Status": "status"},
    arn=lambda raw, where: raw["arn"],
)

KINDS: tuple[Kind, ...] = (ANALYZER,)
