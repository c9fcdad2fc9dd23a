"""Which policies no check of Access Analyzer can object to.

Source: IAM user guide, "IAM policy validation check reference". Each check there is about an element, an
operator, an ARN, a variable, a condition key, a particular action, or two things that repeat each other. A
policy of one plain statement has none of these, so its list of findings is empty for certain. About any other
policy nothing is said.
"""

from __future__ import annotations

from ringwork.access import Policy, catalogue
from ringwork.access.patterns import glob

_PLAIN = {"Effect", "Action", "Resource"}
_WARNED = ("iam:passrole", "iam:createservicelinkedrole")
"""Actions that the checks warn of where the resource is `*`"""


def faultless(policy: Policy) -> bool:
    """Whether an identity policy is plain: one Allow of known actions, none twice, on `*`."""
    given = policy.document["Statement"]
    statements = given if isinstance(given, list) else [given]
    if policy.document.get("Version") != "2012-10-17" or len(statements) != 1:
        return False
    (statement,) = statements
    if set(statement) != _PLAIN or statement["Effect"] != "Allow" or statement["Resource"] != "*":
        return False
    actions = statement["Action"]
    named = [actions] if isinstance(actions, str) else list(actions)
    return all(_known(one) for one in named) and not any(
        index != other and glob(one, any_case=True)(two)
        for index, one in enumerate(named)
        for other, two in enumerate(named)
    )


def _known(pattern: str) -> bool:
    service, _, name = pattern.partition(":")
    if not name or "*" in service or "?" in service or service != service.lower():
        return False
    matches = glob(pattern, any_case=True)
    known = [f"{service}:{action}" for action in catalogue.actions(service)]
    return any(matches(one) for one in known) and not any(matches(one) for one in _WARNED)
