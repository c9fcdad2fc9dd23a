"""How far an answer of the local cloud can be trusted; each answer carries it in a header."""

from __future__ import annotations

from enum import StrEnum

HEADER = "x-ringwork-fidelity"


class Fidelity(StrEnum):
    """Said of one answer."""

    SIMULATED = "simulated"
    """done: later calls, and other services, see what it did"""
    STORED = "stored"
    """kept and given back, without any rule of the service"""
    REFUSED = "refused"
    """not done"""
