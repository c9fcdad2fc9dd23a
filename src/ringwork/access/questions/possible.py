"""Whether somebody can do something to something, under every policy that there is.

A question is parted into cases: each resource that has a policy of its own, and all those that have none. A
resource that is not in sight is taken to be of the asker's account and to have no policy. What an endpoint's
policy takes away is asked only where the answer hangs on coming through it, as such a policy only limits
(PrivateLink guide, "Control access to VPC endpoints using endpoint policies").
"""

from __future__ import annotations

import functools
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

from ringwork.access import catalogue
from ringwork.access.authority import Authority, Document, Endpoint, Guarded, Identity
from ringwork.access.conditions import Condition, compile_condition
from ringwork.access.decision import Decision
from ringwork.access.evaluate import Policies, evaluate
from ringwork.access.policy import Policy
from ringwork.access.principals import account_of
from ringwork.access.questions.situation import Situation, keys_of, of_identity, of_resource, through
from ringwork.access.request import Principal, Request
from ringwork.access.s3_public import is_public
from ringwork.access.symbolic import Answer, Question, ask
from ringwork.access.symbolic.actions import bits as reached
from ringwork.access.symbolic.actions import everything, extra, known
from ringwork.access.symbolic.statements import clauses
from ringwork.access.symbolic.words import OVERLAP, language, relation

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


@dataclass(frozen=True, slots=True)
class Asker:
    """Who asks."""

    principal: Principal
    identity: Identity | None
    """None: a service, or somebody outside"""
    own: Policies | None
    """what is known of the policies of somebody outside"""
    situation: Situation
    name: str
    unknown: tuple[str, ...] = ()


def asker(authority: Authority, identity: Identity) -> Asker:
    """A user or role of the authority."""
    return Asker(
        identity.principal(),
        identity,
        None,
        of_identity(authority, identity, mentioned(authority)),
        identity.name,
        identity.unknown,
    )


def mentioned(authority: Authority) -> frozenset[str]:
    """The condition keys that any policy of the authority reads."""
    found = _MENTIONED.get(id(authority))
    if found is None or found[0] is not authority:
        _MENTIONED.clear()
        keys = keys_of(
            policy for document in authority.documents for policy in {document.wider, document.narrower}
        )
        found = _MENTIONED[id(authority)] = (authority, keys)
    return found[1]


_MENTIONED: dict[int, tuple[Authority, frozenset[str]]] = {}


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
    known = who.situation.and_(situation or Situation())
    reasons: list[str] = []
    for each in cases(authority, who, match, among):
        case = replace(each, beyond=(*each.beyond, *beyond)) if beyond else each
        verdict = _decide(authority, who, match, case, known, given)
        if verdict.outcome == "possible":
            return verdict
        reasons += verdict.reasons
    reasons += _out_of_sight(authority, who, match, known, given)
    reasons += _by_acls(authority, who, match, among)
    version = catalogue.version()
    if reasons:
        return Verdict("unknown", reasons=tuple(dict.fromkeys(reasons)), catalogue=version)
    return Verdict("impossible", catalogue=version)


@dataclass(frozen=True, slots=True)
class Case:
    """Resources that share one policy, or have none."""

    resource: Guarded | None
    account: str | None
    within: tuple[str, ...] = ()
    beyond: tuple[str, ...] = ()
    without: tuple[str, ...] = ()


NEED_A_POLICY = (
    *("kms:Decrypt", "kms:Encrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:GenerateMac"),
    *("kms:VerifyMac", "kms:Sign", "kms:Verify", "kms:GetPublicKey", "kms:DeriveSharedSecret"),
    *("kms:DescribeKey", "kms:CreateGrant", "kms:PutKeyPolicy", "kms:ScheduleKeyDeletion"),
    *("kms:DisableKey", "kms:RevokeGrant"),
    *("sts:AssumeRole", "sts:AssumeRoleWithSAML", "sts:AssumeRoleWithWebIdentity", "sts:TagSession"),
    "sts:SetSourceIdentity",
)
"""What a key's or a role's own policy decides: of a key or role that is not in sight nothing is known."""


def cases(
    authority: Authority,
    who: Asker,
    match: Policy,
    among: frozenset[str] | None = None,
    *,
    every: bool = False,
) -> Iterator[Case]:
    """What of a question is to be asked apart. Unless `every`, those that no policy in sight can admit are
    left out."""
    account = who.principal.account
    with_policy = _about(authority, match)
    if account is not None and who.identity is not None:
        beyond = tuple(
            pattern
            for resource in with_policy
            if resource.account == account and resource.policy_kind == "resource"
            for pattern in scope(resource)
        )
        # an ARN without an account, as S3's, may be of a resource of somebody else
        beyond += tuple(
            pattern
            for resource in _looked_up(authority, match).accountless
            if resource.account != account
            for pattern in scope(resource)
        )
        within = tuple(
            pattern
            for resource in (authority.guarded[key] for key in sorted(among or ()))
            if resource.account == account and resource.policy is None
            for pattern in scope(resource)
        )
        if (among is None or within) and (every or not _grants_nothing(authority, who, match)):
            yield Case(None, account, within, beyond, NEED_A_POLICY)
    for resource in with_policy if every or who.unknown else _open_to(authority, match, account):
        if among is None or resource.key in among:
            yield Case(resource, resource.account, within=scope(resource), without=_not_its(resource))


@dataclass(frozen=True, slots=True)
class _About:
    """What a question is about, kept while it is asked of many."""

    authority: Authority
    match: Policy
    resources: tuple[Guarded, ...]
    """those with a policy"""
    accountless: tuple[Guarded, ...]
    """those whose ARN does not say of which account they are"""
    open_to: dict[str | None, tuple[Guarded, ...]]
    """asker's account -> those whose policies could admit somebody of it"""


_ABOUT: dict[int, _About] = {}
_NAMED: dict[int, tuple[Authority, dict[str, frozenset[str] | None]]] = {}


def _looked_up(authority: Authority, match: Policy) -> _About:
    found = _ABOUT.get(id(match))
    if found is None or found.authority is not authority or found.match is not match:
        services = _services(match)
        resources = tuple(
            resource
            for resource in authority.guarded.values()
            if resource.policy is not None and _service(resource) & services and _overlaps(resource, match)
        )
        accountless = tuple(
            resource
            for resource in authority.guarded.values()
            if not _account_in(resource.arn) and _service(resource) & services and _overlaps(resource, match)
        )
        if len(_ABOUT) > 256:
            _ABOUT.clear()
        found = _ABOUT[id(match)] = _About(authority, match, resources, accountless, {})
    return found


def _account_in(arn: str) -> str:
    return arn.split(":", 5)[4] if arn.count(":") >= 5 else ""


def _about(authority: Authority, match: Policy) -> tuple[Guarded, ...]:
    """The resources with a policy that a question is about."""
    return _looked_up(authority, match).resources


def _open_to(authority: Authority, match: Policy, account: str | None) -> tuple[Guarded, ...]:
    """Those of them whose policies could admit somebody of an account."""
    found = _looked_up(authority, match)
    if account not in found.open_to:
        found.open_to[account] = tuple(
            resource for resource in found.resources if not _unnamed(authority, account, resource)
        )
    return found.open_to[account]


def _grants_nothing(authority: Authority, who: Asker, match: Policy) -> bool:
    """Whether no Allow of the asker's own policies is about a service that the question is about, and nothing
    of them is in doubt: then they decide, of what has no policy, that it is impossible."""
    identity = who.identity
    if identity is None or doubts(authority, who, Case(None, who.principal.account)):
        return False
    known = _GRANTED.get(id(identity))
    if known is None or known[0] is not identity:
        granted: frozenset[str] = frozenset()
        for document in identity.identity:
            for clause in clauses(document.wider):
                if clause.statement.allows:
                    granted |= _named(clause.patterns, clause.not_actions)
        if len(_GRANTED) > 4096:
            _GRANTED.clear()
        known = _GRANTED[id(identity)] = (identity, granted)
    asked = _services(match)
    # everybody may ask STS who they are (API reference, GetCallerIdentity)
    return "sts" not in asked and not known[1] & asked


_GRANTED: dict[int, tuple[Identity, frozenset[str]]] = {}


def _unnamed(authority: Authority, account: str | None, resource: Guarded) -> bool:
    """Whether no Allow of the resource's policy is for anybody of the asker's account, where one must be:
    across accounts, of keys and of roles (IAM user guide, "Cross-account policy evaluation logic"). Only
    where nothing else is in doubt, so that asking would say impossible."""
    if account is None or (resource.policy_kind == "resource" and resource.account == account):
        return False
    known = _NAMED.get(id(authority))
    if known is None or known[0] is not authority:
        _NAMED.clear()
        known = _NAMED[id(authority)] = (authority, {})
    if resource.key not in known[1]:
        known[1][resource.key] = _accounts_named(resource)
    opened = known[1][resource.key]
    return opened is not None and account not in opened and not _in_doubt(authority, account, resource)


def _accounts_named(resource: Guarded) -> frozenset[str] | None:
    found: set[str] = set()
    if resource.grants:
        return None
    for statement in resource.policy.wider.statements if resource.policy is not None else ():
        if not statement.allows:
            continue
        named = statement.principals
        if named is None or named.everyone or named.canonical:
            return None
        for entry in named.aws:
            account = account_of(entry) or (entry.split(":")[4] if entry.count(":") >= 5 else "")
            if not account.isdigit():
                return None
            found.add(account)
    return frozenset(found)


def _out_of_sight(
    authority: Authority, who: Asker, match: Policy, known: Situation, given: tuple[Condition, ...]
) -> list[str]:
    """Keys and roles that the question names and that are not in sight, if their policies could admit it."""
    found: list[str] = []
    if who.identity is None:
        return found
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


_OF_ACLS = frozenset(
    f"s3:{name}"
    for name in (
        *("ListBucket", "ListBucketVersions", "ListBucketMultipartUploads", "PutObject", "DeleteObject"),
        *("DeleteObjectVersion", "GetObject", "GetObjectVersion", "GetObjectTorrent", "GetObjectAcl"),
        *("GetObjectVersionAcl", "PutObjectAcl", "PutObjectVersionAcl", "GetBucketAcl", "PutBucketAcl"),
    )
)


def _by_acls(authority: Authority, who: Asker, match: Policy, among: frozenset[str] | None) -> Iterator[str]:
    """Buckets of other accounts whose ACLs, or those of their objects, may admit the asker: they are not read
    here, so nothing is proved where S3 does not ignore them.

    S3 user guide, "Access control list (ACL) overview" (the permissions that an ACL can give), "Controlling
    ownership of objects and disabling ACLs for your bucket".
    """
    if who.principal.kind == "service" or not any(match.about(action) for action in _OF_ACLS):
        return
    for resource in _looked_up(authority, match).accountless:
        exposure = resource.exposure
        if exposure is None or (among is not None and resource.key not in among):
            continue
        if who.principal.account is not None and who.principal.account == resource.account:
            continue
        ignored = stricter(exposure.block.ignore_public_acls, exposure.account.ignore_public_acls)
        # a grant to one account is not public, and counts even where public ones are ignored
        ignored = ignored if who.identity is None else False
        if exposure.ownership != "BucketOwnerEnforced" and not ignored:
            yield f"the ACLs of `{resource.arn}` and of its objects, which S3 does not ignore"


def _not_its(resource: Guarded) -> tuple[str, ...]:
    """A trust policy is about assuming the role; what else is done to a role, identity policies decide."""
    if resource.policy_kind == "trust":
        return _all_but_sts()
    return ()


@functools.cache
def _all_but_sts() -> tuple[str, ...]:
    return tuple(f"{prefix}:*" for prefix in sorted(catalogue.services()) if prefix != "sts")


def scope(resource: Guarded) -> tuple[str, ...]:
    """Patterns of the ARNs that a resource's policy covers: itself and what lies in it."""
    arn = resource.arn.removesuffix(":*")
    if ":sagemaker:" in arn and ":model-package-group/" in arn:
        # SageMaker developer guide, "Model groups": the group's policy covers its packages
        return arn, arn.replace(":model-package-group/", ":model-package/", 1) + "/*"
    if resource.policy_kind in ("trust", "key"):
        return (arn,)
    return arn, f"{arn}/*", f"{arn}:*"


def _service(resource: Guarded) -> frozenset[str]:
    """The prefixes of the actions that a resource's policy is about."""
    if resource.policy_kind == "trust":
        return frozenset(("sts",))
    parts = resource.arn.split(":")
    name = parts[2] if len(parts) > 2 else ""
    return _PREFIXES.get(name, frozenset((name,)))


_PREFIXES = {"s3": frozenset(("s3", "s3-object-lambda")), "es": frozenset(("es", "opensearch"))}


@functools.lru_cache(maxsize=2_000)
def _named(patterns: tuple[str, ...], negated: bool) -> frozenset[str]:
    added = extra(patterns)
    bits = 0
    for pattern in patterns:
        bits |= reached(pattern, added)
    if negated:
        bits = everything(added) & ~bits
    return services_of(bits, added)


def services_of(bits: int, added: tuple[str, ...]) -> frozenset[str]:
    """The prefixes of actions."""
    universe = known()
    found = set()
    for prefix, places in universe.by_service.items():
        if places and bits & ((1 << (places[-1] + 1)) - (1 << places[0])):
            found.add(prefix)
    start = len(universe.names)
    for place, name in enumerate(added):
        if bits >> (start + place) & 1:
            found.add(name.partition(":")[0])
    return frozenset(found)


def _services(match: Policy) -> frozenset[str]:
    found: frozenset[str] = frozenset()
    for clause in clauses(match):
        found |= _named(clause.patterns, clause.not_actions)
    return found


def concerns(match: Policy, resource: Guarded) -> bool:
    """Whether some request that a question is about is one for a resource."""
    return bool(_service(resource) & _services(match)) and _overlaps(resource, match)


def _overlaps(resource: Guarded, match: Policy) -> bool:
    """Whether some resource that the policy covers is one that the question is about."""
    for clause in clauses(match):
        if clause.anything or clause.not_resources or clause.variable:
            return True
        for pattern in scope(resource):
            covered = language("resource", pattern)
            if any(relation(covered, one) & OVERLAP for one in clause.languages):
                return True
    return False


def _decide(
    authority: Authority,
    who: Asker,
    match: Policy,
    case: Case,
    situation: Situation,
    given: tuple[Condition, ...],
) -> Verdict:
    closed = _closed(who, case)
    if closed:
        return Verdict("impossible")
    known = situation.and_(of_resource(authority, case.account, case.resource))
    wide = _ask(authority, who, match, case, known, given, None, wider=True)
    if wide.status == "proved":
        why = doubts(authority, who, case)
        return Verdict("unknown" if why else "impossible", reasons=why)
    if wide.status == "unknown":
        return Verdict("unknown", reasons=wide.reasons)
    if closed is None:
        return Verdict(
            "unknown", reasons=("whether S3 Block Public Access closes the resource's public policy",)
        )
    narrow = wide
    if unknown_parts(authority, who, case):
        narrow = _ask(authority, who, match, case, known, given, None, wider=False)
        if narrow.status != "violated":
            return Verdict("unknown", reasons=unknown_parts(authority, who, case) or narrow.reasons)
    return _by_endpoints(authority, who, match, case, known, given, narrow)


def _closed(who: Asker, case: Case) -> bool | None:
    """Whether S3 keeps out whoever is not of the bucket's account, since its policy is public and public ones
    are restricted; None: it is not known.

    S3 user guide, "Blocking public access to your Amazon S3 storage", RestrictPublicBuckets.
    """
    resource = case.resource
    if resource is None or resource.exposure is None or resource.policy is None:
        return False
    if who.principal.kind == "service" or who.principal.account == resource.account is not None:
        return False
    exposure = resource.exposure
    restricted = stricter(exposure.block.restrict_public_buckets, exposure.account.restrict_public_buckets)
    if restricted is False or not is_public(resource.policy.wider.document["Statement"]):
        return False
    if restricted and not is_public(resource.policy.narrower.document["Statement"]):
        return None
    return restricted


def stricter(own: bool | None, account: bool | None) -> bool | None:
    """The stricter of a bucket's setting and its account's; None: not known."""
    if own or account:
        return True
    return None if own is None or account is None else False


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
    reasons += unknown_parts(authority, who, case)
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
) -> Answer:
    return ask(
        Question(
            who.principal,
            match,
            policies(authority, who, case.resource, endpoint, wider=wider),
            resource_account=case.account,
            fixed=situation.fixed,
            absent=situation.absent,
            given=given,
            within=case.within,
            beyond=case.beyond,
            without=case.without,
        )
    )


def policies(
    authority: Authority,
    who: Asker,
    resource: Guarded | None,
    endpoint: Endpoint | None = None,
    *,
    wider: bool,
) -> Policies:
    """Everything that applies to the requests of `who` for a resource."""
    trust = resource is not None and resource.policy_kind == "trust"
    action = "sts:AssumeRole" if trust else "s3:GetObject"
    found = authority.policies(who.identity, resource, endpoint, action=action, wider=wider)
    if who.own is not None:
        found = replace(found, identity=who.own.identity, scp=who.own.scp)
    return found


def unknown_parts(authority: Authority, who: Asker, case: Case) -> tuple[str, ...]:
    """What of the documents that take part is not known."""
    documents: list[Document] = []
    if who.identity is not None:
        documents += who.identity.identity
        documents += [one for one in (who.identity.boundary,) if one is not None]
    if case.resource is not None and case.resource.policy is not None:
        documents.append(case.resource.policy)
    for account, attached in (
        (who.principal.account, "scp"),
        (case.account, "rcp"),
    ):
        found = authority.accounts.get(account or "")
        if found is not None:
            for level in getattr(found, attached) or ():
                documents += level
    return tuple(
        dict.fromkeys(
            reason
            for document in documents
            if not document.known
            for reason in (document.unknown or (f"a part of `{document.name}` is not known",))
        )
    )


def doubts(authority: Authority, who: Asker, case: Case) -> tuple[str, ...]:
    """Why nothing is proved though no policy in sight allows it."""
    found = [*who.unknown, *_in_doubt(authority, who.principal.account, case.resource, case.account)]
    return tuple(dict.fromkeys(found))


def _in_doubt(
    authority: Authority, asking: str | None, resource: Guarded | None, owning: str | None = None
) -> list[str]:
    """What is not known of a resource and of the accounts."""
    found: list[str] = []
    if resource is not None:
        owning = resource.account
        found += resource.unknown
        if resource.policy_kind == "key" and not resource.grants_known:
            found.append(f"the grants on `{resource.arn}`")
    for account in {asking, owning}:
        known = authority.accounts.get(account or "")
        if known is not None:
            found += known.unknown
    return found


def replays(verdict: Verdict, authority: Authority, who: Asker) -> bool:
    """Whether the evaluator allows the witness with the policies as the authority gives them."""
    if verdict.witness is None:
        return False
    resource = authority.guarded.get(verdict.resource or "")
    endpoint = _endpoint_of(authority, verdict.witness)
    return evaluate(verdict.witness, policies(authority, who, resource, endpoint, wider=False)).allowed
