"""AWS authorization: what a principal may do under all policies at once.

`evaluate` decides one concrete request and is the specification; each rule cites AWS.
"""

from ringwork.access.decision import Decision, Layer, StatementRef, message
from ringwork.access.evaluate import Levels, Policies, evaluate
from ringwork.access.grants import Grant
from ringwork.access.policy import Policy, PolicyError, PolicyKind, parse
from ringwork.access.request import Principal, Request

__all__ = [
    "Decision",
    "Grant",
    "Layer",
    "Levels",
    "Policies",
    "Policy",
    "PolicyError",
    "PolicyKind",
    "Principal",
    "Request",
    "StatementRef",
    "evaluate",
    "message",
    "parse",
]
