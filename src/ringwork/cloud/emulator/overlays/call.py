"""What an overlay gets and gives."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

Proceed = Callable[[], dict[str, Any]]
"""Let moto answer; its error is raised as `AwsError`."""


@dataclass(frozen=True, slots=True)
class Call:
    """One call: whose it is, where, and its parameters in botocore's shape."""

    account: str
    region: str
    parameters: dict[str, Any]


Overlay = Callable[[Call, Proceed], dict[str, Any]]
