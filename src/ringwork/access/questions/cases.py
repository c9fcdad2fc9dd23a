"""What of a question is to be asked apart: how somebody and a resource can stand to each other.

Each resource that has a policy of its own is a case, and all those that have none are one. A resource that is
not in sight is taken to be of the asker's account and to have no policy.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator
from dataclasses import dataclass

from ringwork.access import catalogue
from ringwork.access.authority import Authority, Guarded, Identity
from ringwork.access.policy import Policy
from ringwork.access.principals import account_of
from ringwork.access.questions.asker import Asker
from ringwork.access.questions.doubt import doubts, in_doubt
from ringwork.access.questions.scope import named, overlaps, scope, service_of, services
from ringwork.access.symbolic.statements import clauses


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
            if resource.account == account and resource.policy_kind == "resource" and not resource.covers
            for pattern in scope(resource)
        )
        # an ARN without an account, as S3's, may be of a resource of somebody else
        beyond += tuple(
            pattern
            for resource in accountless(authority, match)
            if resource.account != account and not resource.covers
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
    for resource in _bare(authority, who, match, among) if every else ():
        # nobody of another account is let in
        yield Case(resource, resource.account, within=scope(resource))
    for resource in with_policy if every or who.unknown else _open_to(authority, match, account):
        if among is None or resource.key in among:
            beyond = ()
            if resource.covers:
                beyond = tuple(
                    pattern for other in with_policy if not other.covers for pattern in scope(other)
                )
            yield Case(resource, resource.account, scope(resource), beyond, _not_its(resource))


def unseen(authority: Authority, who: Asker, match: Policy) -> Iterator[tuple[Case, str]]:
    """The keys and the roles of the asker's account that are not in sight, where a question takes in some:
    their own policies decide (KMS developer guide, "Key policies"; IAM user guide, "How IAM roles work")."""
    asked = services(match)
    for prefix, kind, what in (("kms", "key", "keys"), ("sts", "trust", "roles")):
        if prefix in asked:
            here = [one for one in authority.guarded.values() if one.policy_kind == kind]
            beyond = tuple(pattern for one in here for pattern in scope(one))
            account = who.principal.account
            within = f"arn:*:{'iam' if kind == 'trust' else 'kms'}:*:{account}:{_UNSEEN[kind]}"
            case = Case(None, account, (within,), beyond, _all_but(prefix))
            yield case, f"the policies of {what} of account {account} that are not in sight"


_UNSEEN = {"key": "key/*", "trust": "role/*"}
_OF_OTHERS = frozenset(("aws:resourceaccount", "aws:resourceorgid", "aws:resourceorgpaths"))


def foreign(authority: Authority, who: Asker, match: Policy) -> Iterator[tuple[Case, str]]:
    """Resources of accounts that are not in sight, where a question names such an account, or says of whom
    the resources are. Their policies may let the asker in ("Cross-account policy evaluation logic")."""
    accounts: dict[str, None] = {}
    for clause in clauses(match):
        for one in () if clause.anything or clause.not_resources else clause.languages:
            named = _account_in(one.text)
            if len(named) == 12 and named.isdigit():
                accounts[named] = None
        for condition in clause.statement.conditions:
            if condition.key.lower() in _OF_OTHERS:
                accounts.setdefault(_STRANGE)
                accounts.update(
                    (value, None) for value in condition.values if len(value) == 12 and value.isdigit()
                )
    for account in accounts:
        if account not in authority.accounts and account != who.principal.account:
            known = [one for one in authority.guarded.values() if one.policy is not None]
            beyond = tuple(pattern for one in known for pattern in scope(one))
            yield (
                Case(None, account, (), beyond),
                f"the policies of resources of account {account}, which is not in sight"
                if account != _STRANGE
                else "the policies of resources of accounts that are not in sight",
            )


_STRANGE = "999999999999"


def _bare(authority: Authority, who: Asker, match: Policy, among: frozenset[str] | None) -> Iterator[Guarded]:
    """Resources of other accounts that have no policy and that a question names: not by `*` alone, which is
    said of the own account."""
    named = not any(clause.anything or clause.not_resources for clause in clauses(match))
    for resource in authority.guarded.values():
        if resource.policy is None and resource.account != who.principal.account:
            chosen = named if among is None else resource.key in among
            if chosen and service_of(resource) & services(match) and overlaps(resource, match):
                yield resource


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
        asked = services(match)
        resources = tuple(
            resource
            for resource in authority.guarded.values()
            if resource.policy is not None and service_of(resource) & asked and overlaps(resource, match)
        )
        accountless = tuple(
            resource
            for resource in authority.guarded.values()
            if not _account_in(resource.arn) and service_of(resource) & asked and overlaps(resource, match)
        )
        if len(_ABOUT) > 256:
            _ABOUT.clear()
        found = _ABOUT[id(match)] = _About(authority, match, resources, accountless, {})
    return found


def _account_in(arn: str) -> str:
    return arn.split(":", 5)[4] if arn.count(":") >= 5 else ""


def accountless(authority: Authority, match: Policy) -> tuple[Guarded, ...]:
    """The resources that a question is about and whose ARNs do not say of which account they are: buckets."""
    return _looked_up(authority, match).accountless


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
    if identity is None or doubts(authority, who, None, who.principal.account):
        return False
    known = _GRANTED.get(id(identity))
    if known is None or known[0] is not identity:
        granted: frozenset[str] = frozenset()
        for document in identity.identity:
            for clause in clauses(document.wider):
                if clause.statement.allows:
                    granted |= named(clause.patterns, clause.not_actions)
        if len(_GRANTED) > 4096:
            _GRANTED.clear()
        known = _GRANTED[id(identity)] = (identity, granted)
    asked = services(match)
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
    return opened is not None and account not in opened and not in_doubt(authority, account, resource)


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


def _not_its(resource: Guarded) -> tuple[str, ...]:
    """A trust policy is about assuming the role; what else is done to a role, identity policies decide."""
    if resource.policy_kind == "trust":
        return _all_but("sts")
    return ()


@functools.cache
def _all_but(prefix: str) -> tuple[str, ...]:
    return tuple(f"{other}:*" for other in sorted(catalogue.services()) if other != prefix)
