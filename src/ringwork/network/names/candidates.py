"""What may answer for a name besides the internet: private zones, endpoints' names and resolver rules.

Route 53 guide, "Considerations when working with a private hosted zone"
(https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/hosted-zone-private-considerations.html): the most
specific of all zones and rules that match answers; "if you have a private hosted zone (example.com) and a
Resolver rule that routes traffic to your network for the same domain name, the Resolver rule takes
precedence". PrivateLink guide, "Access an AWS service using an interface VPC endpoint", "Private DNS": an
endpoint's private DNS is "a hidden, AWS-managed private hosted zone", so it stands among the others. Route 53
guide, "What are Amazon Route 53 Profiles", "How Route 53 Profile settings are prioritized": the most specific
wins, of equal ones the VPC's own; of two Profiles the one with the lower priority
("Updating the priority of a Route 53 Profile association with a VPC").
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum

from ringwork.network.names.services import within

OWN = -1
"""The order of what is the VPC's own."""


class Kind(Enum):
    FORWARD = "resolver rule"
    ZONE = "private hosted zone"
    ENDPOINT = "endpoint private DNS"


@dataclass(frozen=True, slots=True)
class Candidate:
    """One zone or rule that a VPC has."""

    kind: Kind
    key: str
    """the rule, zone or endpoint"""
    domain: str | None
    """None: not known, so it may be the name's own"""
    order: int = OWN
    """the VPC's own first, then by the priority of the Profile"""
    doubt: str = ""
    """why it may not be there, or may not answer"""


def ranked(candidates: Iterable[Candidate], name: str) -> list[list[Candidate]]:
    """Those that match, in groups of equals: the first group answers."""
    groups: dict[tuple[int, bool, int], list[Candidate]] = {}
    for each in candidates:
        if each.domain is None:
            groups.setdefault((-1_000, False, OWN), []).append(each)
        elif within(name, each.domain):
            depth = len(each.domain.split(".")) if each.domain else 0
            groups.setdefault((-depth, each.kind is not Kind.FORWARD, each.order), []).append(each)
    return [groups[rank] for rank in sorted(groups)]
