"""Whether somebody can do something to something, under every policy that there is.

A question is parted into cases (`cases`), and each is decided here: impossible with every document at its
widest, possible with every document at its narrowest, and else unknown. What an endpoint's policy takes away
is asked only where the answer hangs on coming through it, as such a policy only limits (PrivateLink guide,
"Control access to VPC endpoints using endpoint policies").
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

from ringwork.access import catalogue
from ringwork.access.authority import Authority, Endpoint
from ringwork.access.conditions import Condition, compile_condition
from ringwork.access.decision import Decision
from ringwork.access.evaluate import evaluate
from ringwork.access.policy import Policy
from ringwork.access.questions.asker import Asker, policies, sessions
from ringwork.access.questions.buckets import RESTRICTED, by_acls, closed
from ringwork.access.questions.cases import Case, accountless, cases, foreign, unseen
from ringwork.access.questions.doubt import doubts, unknown_parts
from ringwork.access.questions.situation import EVERYBODY, Situation, of_resource, through
from ringwork.access.request import Request
from ringwork.access.symbolic import Answer, Question, ask
from ringwork.access.symbolic.statements import clauses

Outcome: TypeAlias = Literal["possible", "impossible", "unknown"]


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether some request of a kind is allowed."""

    outcome: Outcome
    witness: Request | None = None
    decision: Decision | None = None
    """of the evaluator, on the witness"""
    resource: str | None = None
    """key of the resource whose policy took part"""
    endpoint: str | None = None
    """key of the endpoint that the witness comes through, if it must"""
    reasons: tuple[str, ...] = ()
    """for unknown: what is not known"""
    catalogue: str = ""
    """the version of the actions and keys for which the answer holds"""


def possible(
    authority: Authority,
    who: Asker,
    match: Policy,
    *,
    situation: Situation | None = None,
    given: tuple[Condition, ...] = (),
    among: frozenset[str] | None = None,
    beyond: tuple[str, ...] = (),
) -> Verdict:
    """Whether `who` can make a request of the kind that `match` (`symbolic.match`) says.

    `among`: keys of the only resources that count, each with what lies in it. `beyond`: patterns of resources
    that do not count. The first case that is possible answers; `unknown` only if none is and some is not
    decided.
    """
    reasons: list[str] = []
    for one in (who, *who.otherwise):
        verdict = _possible_to(authority, one, match, situation, given, among, beyond)
        if verdict.outcome == "possible":
            return verdict
        reasons += verdict.reasons
    version = catalogue.version()
    if reasons:
        return Verdict("unknown", reasons=tuple(dict.fromkeys(reasons)), catalogue=version)
    return Verdict("impossible", catalogue=version)


def _possible_to(
    authority: Authority,
    who: Asker,
    match: Policy,
    situation: Situation | None,
    given: tuple[Condition, ...],
    among: frozenset[str] | None,
    beyond: tuple[str, ...],
) -> Verdict:
    known = who.situation.and_(situation or Situation())
    reasons: list[str] = []
    for each in cases(authority, who, match, among):
        case = replace(each, beyond=(*each.beyond, *beyond)) if beyond else each
        for asking in sessions(who, case.resource):
            verdict = _decide(authority, asking, match, case, known, given)
            if verdict.outcome == "possible":
                return verdict
            reasons += verdict.reasons
    if among is None:
        reasons += _out_of_sight(authority, who, match, known, given)
    reasons += by_acls(accountless(authority, match), who, match, among)
    return Verdict("unknown" if reasons else "impossible", reasons=tuple(reasons))


def _out_of_sight(
    authority: Authority, who: Asker, match: Policy, known: Situation, given: tuple[Condition, ...]
) -> list[str]:
    """Keys and roles that the question names and that are not in sight, if their policies could admit it."""
    found: list[str] = []
    if who.identity is None:
        return found
    account = authority.accounts.get(who.principal.account or "")
    if who.principal.account is not None and (account is None or not account.collected):
        for case, what in unseen(authority, who, match):
            if _ask(authority, who, match, case, known, given, None, wider=True).status != "proved":
                found.append(what)
    for case, what in foreign(authority, who, match):
        here = known.and_(of_resource(authority, case.account, None))
        if _ask(authority, who, match, case, here, given, None, wider=True, admits=True).status != "proved":
            found.append(what)
    for clause in clauses(match):
        if clause.anything or clause.not_resources:
            continue
        for one in clause.languages:
            if ":kms:" not in one.text and ":role/" not in one.text:
                continue
            if authority.resource(one.text) is None and one.only is not None:
                case = Case(None, who.principal.account, within=(one.text,))
                if _ask(authority, who, match, case, known, given, None, wider=True).status != "proved":
                    found.append(f"the policy of `{one.text}`, which is not in sight")
    return found


def _decide(
    authority: Authority,
    who: Asker,
    match: Policy,
    case: Case,
    situation: Situation,
    given: tuple[Condition, ...],
) -> Verdict:
    shut = closed(who, case.resource)
    if shut:
        return Verdict("impossible")
    known = situation.and_(of_resource(authority, case.account, case.resource))
    wide = _ask(authority, who, match, case, known, given, None, wider=True)
    if wide.status == "proved":
        why = doubts(authority, who, case.resource, case.account)
        return Verdict("unknown" if why else "impossible", reasons=why)
    if wide.status == "unknown":
        return Verdict("unknown", reasons=wide.reasons)
    if shut is None:
        return Verdict("unknown", reasons=(RESTRICTED,))
    narrow = wide
    if unknown_parts(authority, who, case.resource, case.account):
        narrow = _ask(authority, who, match, case, known, given, None, wider=False)
        if narrow.status != "violated":
            return Verdict(
                "unknown",
                reasons=unknown_parts(authority, who, case.resource, case.account) or narrow.reasons,
            )
    return _by_endpoints(authority, who, match, case, known, given, narrow)


def _by_endpoints(
    authority: Authority,
    who: Asker,
    match: Policy,
    case: Case,
    known: Situation,
    given: tuple[Condition, ...],
    found: Answer,
) -> Verdict:
    """The witness again, under the policy of the endpoint that it comes through; then other ways."""
    witness = found.witness
    assert witness is not None  # noqa: S101 (a violated answer has one)
    endpoint = _endpoint_of(authority, witness)
    if endpoint is None or endpoint.policy is None:
        return _possible(found, case, None)
    limited = [one for one in authority.endpoints.values() if one.policy is not None]
    elsewhere = compile_condition(
        "StringNotEquals", "aws:SourceVpce", tuple(one.id for one in limited), variables=False
    )
    answer = _ask(authority, who, match, case, known, (*given, elsewhere), None, wider=False)
    if answer.status == "violated":
        return _possible(answer, case, None)
    reasons = list(answer.reasons)
    for one in limited:
        here = known.and_(through(one))
        answer = _ask(authority, who, match, case, here, given, one, wider=False)
        if answer.status == "violated":
            return _possible(answer, case, one)
        if answer.status == "unknown":
            reasons += answer.reasons
        elif one.policy is not None and not one.policy.known:
            wide = _ask(authority, who, match, case, here, given, one, wider=True)
            if wide.status != "proved":
                reasons += one.policy.unknown
    # with what is not known at its widest there may be another way
    reasons += unknown_parts(authority, who, case.resource, case.account)
    reasons += doubts(authority, who, case.resource, case.account)
    if reasons:
        return Verdict("unknown", reasons=tuple(dict.fromkeys(reasons)))
    return Verdict("impossible")


def _possible(answer: Answer, case: Case, endpoint: Endpoint | None) -> Verdict:
    return Verdict(
        "possible",
        answer.witness,
        answer.decision,
        None if case.resource is None else case.resource.key,
        None if endpoint is None else endpoint.key,
        catalogue=answer.catalogue,
    )


def _endpoint_of(authority: Authority, witness: Request) -> Endpoint | None:
    named = witness.context.get("aws:sourcevpce")
    return authority.endpoint(named) if isinstance(named, str) else None


def _ask(
    authority: Authority,
    who: Asker,
    match: Policy,
    case: Case,
    situation: Situation,
    given: tuple[Condition, ...],
    endpoint: Endpoint | None,
    *,
    wider: bool,
    admits: bool = False,
) -> Answer:
    """`admits`: the resource, of another account, is taken to let everybody in."""
    real = policies(authority, who, case.resource, endpoint, wider=wider)
    if admits:
        real = replace(real, resource=EVERYBODY, rcp=None)
    return ask(
        Question(
            who.principal,
            match,
            real,
            resource_account=case.account,
            fixed=situation.fixed,
            absent=situation.absent,
            given=given,
            within=case.within,
            beyond=case.beyond,
            without=case.without,
        )
    )


def replays(verdict: Verdict, authority: Authority, who: Asker) -> bool:
    """Whether the evaluator allows the witness with the policies as the authority gives them."""
    if verdict.witness is None:
        return False
    resource = authority.guarded.get(verdict.resource or "")
    endpoint = _endpoint_of(authority, verdict.witness)
    return evaluate(verdict.witness, policies(authority, who, resource, endpoint, wider=False)).allowed
