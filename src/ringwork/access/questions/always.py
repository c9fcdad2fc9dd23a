"""Whether every request of a kind is allowed: the other side of `possible`.

Every request counts that the kind takes in, whatever keys it has: what a good request must carry (a VPC
endpoint, a tag, MFA) is to be said, or a request without it is a counterexample. Proved with every document
at its narrowest, refuted with every document at its widest. What an endpoint's policy refuses counts only
where it is said that requests come through that endpoint (`aws:SourceVpce`). Of keys and roles that are not
in sight nothing is said, unless one is named: then the answer is unknown.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from ringwork.access import catalogue
from ringwork.access.authority import Authority, Endpoint, ResourceKind
from ringwork.access.conditions import Condition
from ringwork.access.decision import Decision
from ringwork.access.evaluate import Policies, evaluate
from ringwork.access.policy import Policy, PolicyKind, parse
from ringwork.access.questions.asker import Asker, policies, sessions
from ringwork.access.questions.buckets import RESTRICTED, may_be_closed
from ringwork.access.questions.cases import Case, cases
from ringwork.access.questions.doubt import doubts, unknown_parts
from ringwork.access.questions.situation import EVERYTHING, Situation, of_resource
from ringwork.access.request import Request
from ringwork.access.symbolic import Answer, Question, ask
from ringwork.access.symbolic.statements import clauses

Outcome: TypeAlias = Literal["always", "refused", "unknown"]


@dataclass(frozen=True, slots=True)
class Assurance:
    """Whether every request of a kind is allowed."""

    outcome: Outcome
    witness: Request | None = None
    """a request that is refused"""
    decision: Decision | None = None
    """of the evaluator, on the witness"""
    resource: str | None = None
    """key of the resource whose policy took part"""
    reasons: tuple[str, ...] = ()
    catalogue: str = ""


def always(
    authority: Authority,
    who: Asker,
    match: Policy,
    *,
    situation: Situation | None = None,
    given: tuple[Condition, ...] = (),
    among: frozenset[str] | None = None,
) -> Assurance:
    """Whether all of them are. The first case that refuses one answers."""
    known = who.situation.and_(situation or Situation())
    reasons: list[str] = list(_not_in_sight(authority, match))
    for case in cases(authority, who, match, among, every=True):
        for asking in sessions(who, case.resource):
            found = _decide(authority, asking, match, case, known, given)
            if found.outcome == "refused":
                return found
            reasons += found.reasons
    version = catalogue.version()
    if reasons:
        return Assurance("unknown", reasons=tuple(dict.fromkeys(reasons)), catalogue=version)
    return Assurance("always", catalogue=version)


def _not_in_sight(authority: Authority, match: Policy) -> list[str]:
    return [
        f"the policy of `{one.text}`, which is not in sight"
        for clause in clauses(match)
        if not clause.anything and not clause.not_resources
        for one in clause.languages
        if (":kms:" in one.text or ":role/" in one.text)
        and one.only is not None
        and authority.resource(one.text) is None
    ]


def _decide(
    authority: Authority,
    who: Asker,
    match: Policy,
    case: Case,
    situation: Situation,
    given: tuple[Condition, ...],
) -> Assurance:
    known = situation.and_(of_resource(authority, case.account, case.resource))
    named = known.fixed.get("aws:sourcevpce")
    endpoint = authority.endpoint(named) if isinstance(named, str) else None
    beside: tuple[str, ...] = ()
    if isinstance(named, str) and endpoint is None:
        beside += (f"the policy of the endpoint `{named}`, which is not in sight",)
    if may_be_closed(who, case.resource):
        beside += (RESTRICTED,)

    def refused(*, wider: bool) -> Answer:
        real = policies(authority, who, case.resource, endpoint, wider=wider)
        return ask(
            Question(
                who.principal,
                match,
                _all(real.resource_kind),
                refused=real,
                resource_account=case.account,
                fixed=known.fixed,
                absent=known.absent,
                given=given,
                within=case.within,
                beyond=case.beyond,
                without=case.without,
            )
        )

    narrow = refused(wider=False)
    if narrow.status == "proved":
        why = (*beside, *doubts(authority, who, case.resource, case.account))
        return Assurance("unknown" if why else "always", reasons=why)
    if narrow.status == "unknown":
        return Assurance("unknown", reasons=narrow.reasons)
    parts = _parts(authority, who, case, endpoint)
    wide = refused(wider=True) if parts else narrow
    if wide.status != "violated" or wide.witness is None:
        return Assurance("unknown", reasons=parts or wide.reasons)
    decision = evaluate(wide.witness, policies(authority, who, case.resource, endpoint, wider=True))
    return Assurance(
        "refused",
        wide.witness,
        decision,
        None if case.resource is None else case.resource.key,
        catalogue=wide.catalogue,
    )


def _parts(authority: Authority, who: Asker, case: Case, endpoint: Endpoint | None) -> tuple[str, ...]:
    found = unknown_parts(authority, who, case.resource, case.account)
    if endpoint is not None and endpoint.policy is not None:
        found += endpoint.policy.unknown
    return found


_KINDS: dict[ResourceKind, PolicyKind] = {"resource": "resource", "key": "key", "trust": "trust"}


def _all(kind: ResourceKind) -> Policies:
    """Everything is allowed: every request of the kind is looked at."""
    statement: dict[str, object] = {"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}
    if kind == "trust":
        statement = {"Effect": "Allow", "Principal": "*", "Action": "sts:*"}
    document = {"Version": "2012-10-17", "Statement": [statement]}
    return Policies(
        identity=(EVERYTHING,),
        resource=parse(document, kind=_KINDS[kind], name="all"),
        resource_kind=kind,
    )
