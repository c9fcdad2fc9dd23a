"""Exit codes that scripts can rely on (DESIGN: 0 holds, 1 violated, 2 input, 3 unknown, 4 failed)."""

from __future__ import annotations

from collections.abc import Iterable
from enum import IntEnum

from ringwork.findings import Finding, Status


class Exit(IntEnum):
    HOLDS = 0
    VIOLATED = 1
    USAGE = 2
    UNDECIDED = 3
    FAILED = 4


def of_findings(findings: Iterable[Finding]) -> Exit:
    """1 if anything is violated, else 3 if anything is unknown or nothing was answered, else 0."""
    statuses = {finding.status for finding in findings}
    if Status.VIOLATED in statuses:
        return Exit.VIOLATED
    return Exit.UNDECIDED if Status.UNKNOWN in statuses or not statuses else Exit.HOLDS
