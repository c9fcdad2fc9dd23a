"""What must never, and what must always hold: one published schema for network and access intents.

An intent names things by short texts, which `ringwork.network.questions` and the access engine understand;
here they are only read, checked for their form, and unfolded.
"""

from ringwork.intents.builtin import built_in
from ringwork.intents.model import (
    AccessIntent,
    AccessKind,
    AccessStatement,
    Intents,
    NetworkIntent,
    NetworkStatement,
    Severity,
)
from ringwork.intents.read import Located, load, loads

__all__ = [
    "AccessIntent",
    "AccessKind",
    "AccessStatement",
    "Intents",
    "Located",
    "NetworkIntent",
    "NetworkStatement",
    "Severity",
    "built_in",
    "load",
    "loads",
]
