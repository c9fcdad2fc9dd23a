"""Nobody switches detection off (control ORG-04)."""

from __future__ import annotations

from ringwork.architecture import names
from ringwork.architecture.blindness import BLINDING
from ringwork.architecture.organization.exemptions import but
from ringwork.architecture.policy import Statement, deny
from ringwork.blueprint.model import Blueprint


def detection(blueprint: Blueprint) -> Statement:
    """The deploy role may, because its plan shows it first."""
    return deny("DetectionStaysOn", BLINDING, conditions=but(blueprint, names.DEPLOY))
