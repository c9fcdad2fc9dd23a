"""The evaluator's decision as a formula: which statements limit, and which grant.

Rule for rule as `ringwork.access.evaluate`, where each has its source.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import TypeAlias

from ringwork.access.conditions import compile_condition
from ringwork.access.evaluate import PROTECTED, Policies
from ringwork.access.grants import Grant
from ringwork.access.policy import Policy
from ringwork.access.principals import Named, exempt, named, service_linked
from ringwork.access.request import WITHOUT_IDENTITY, Principal
from ringwork.access.symbolic import actions
from ringwork.access.symbolic.encode import CANONICAL, NOT_PRINCIPAL, Encoder
from ringwork.access.symbolic.formula import Lit, negate
from ringwork.access.symbolic.statements import Clause, clauses
from ringwork.access.symbolic.words import Language, language

_CONTEXT = "kms:encryptioncontext:"
_Some: TypeAlias = Callable[[Iterable[Clause]], Lit]


@functools.cache
def _protected() -> tuple[tuple[int, tuple[Language, ...], bool], ...]:
    """Actions, resources that nobody may do them to, and whether services may."""
    found = []
    for each in PROTECTED:
        bits = 0
        for action in each.actions:
            bits |= actions.known_bits(action)
        shapes = tuple(language("arn", pattern) for pattern in each.resources)
        found.append((bits, shapes, each.except_service_linked))
    return tuple(found)


@dataclass(slots=True)
class _Deny:
    clause: Clause
    reach: int | None = None
    """the actions that its kind of policy can refuse; None: all"""
    reading: str | None = None
    """the rule on which it hinges that it reaches the principal"""


@dataclass(slots=True)
class Side:
    """All policies about one principal, sorted by what they do."""

    principal: Principal
    same_account: bool
    key_or_trust: bool
    denies: list[_Deny] = field(default_factory=list)
    needed: list[list[Clause]] = field(default_factory=list)
    """of each list some must allow: levels of SCPs, the endpoint"""
    identity: list[Clause] = field(default_factory=list)
    limits: list[list[Clause]] = field(default_factory=list)
    """boundary and session: of each list some must allow"""
    by_resource: dict[Named, list[Clause]] = field(default_factory=dict)
    grants: list[tuple[Grant, int]] = field(default_factory=list)
    """with the actions that each is about"""

    def clauses(self) -> Iterable[Clause]:
        """Every statement that matters."""
        for deny in self.denies:
            yield deny.clause
        for some in (*self.needed, self.identity, *self.limits, *self.by_resource.values()):
            yield from some

    def masks(self) -> Iterable[int]:
        """Further sets of actions within which all statements behave alike."""
        if any(deny.reach is not None for deny in self.denies):
            yield actions.reached_by_rcp()
        yield actions.known_bits("sts:GetCallerIdentity")
        yield from (bits for bits, _, _ in _protected())
        if self.principal.kind == "root":
            yield actions.known_bits("sts:AssumeRole")
        if self.principal.kind == "federated":
            yield actions.known_bits("sts:*")
        for _, bits in self.grants:
            yield bits

    # --- as a formula

    def could_allow(self, bits: int, added: tuple[str, ...]) -> bool:
        """Whether some statement grants and no needed layer is silent about the actions, resources and
        conditions aside: a quick look before a formula is made."""

        def some(given: Iterable[Clause]) -> bool:
            return any(clause.bits(added) & bits for clause in given)

        if self._free(bits):
            return True
        if not all(some(level) for level in self.needed):
            return False
        granting = any(mask & bits for _, mask in self.grants)
        return (
            granting
            or self.principal.kind == "root"
            or some(self.identity)
            or any(some(given) for given in self.by_resource.values())
        )

    def _free(self, bits: int) -> bool:
        """Whether whoever has credentials may do it, whatever policies say."""
        signed = self.principal.kind not in ("anonymous", "token")
        return signed and bool(bits & actions.known_bits("sts:GetCallerIdentity"))

    def allowed(self, encoder: Encoder, bits: int, added: tuple[str, ...]) -> Lit:
        """Whether a request for one of the actions of `bits` is allowed."""
        formula = encoder.formula

        def some(given: Iterable[Clause]) -> Lit:
            return formula.any(encoder.applies(clause) for clause in given if clause.bits(added) & bits)

        if self._free(bits):
            return True
        if self.principal.kind == "root" and bits & actions.known_bits("sts:AssumeRole"):
            return False
        if self.principal.kind == "federated" and bits & actions.known_bits("sts:*"):
            return False
        granted = self._granted(encoder, bits, some)
        if granted is False:
            return False
        needed = [some(level) for level in self.needed]
        if any(lit is False for lit in needed):
            return False
        denied: list[Lit] = []
        for deny in self.denies:
            if not deny.clause.bits(added) & bits or (deny.reach is not None and not deny.reach & bits):
                continue
            lit = encoder.applies(deny.clause)
            if deny.reading is not None:
                lit = formula.all([lit, encoder.reading(deny.reading)])
            denied.append(lit)
        exempted = self.principal.kind == "service" or service_linked(self.principal)
        for mask, shapes, except_services in _protected():
            if mask & bits and not (exempted and except_services):
                denied += [encoder.about(shape) for shape in shapes]
        return formula.all([granted, *needed, *(negate(lit) for lit in denied)])

    def _granted(self, encoder: Encoder, bits: int, some: _Some) -> Lit:
        formula = encoder.formula
        who = self.principal
        by_resource = {how: some(given) for how, given in self.by_resource.items()}
        anyhow = formula.any(by_resource.values())
        direct: list[Lit] = []
        to_account: list[Lit] = []
        for grant, mask in self.grants:
            if mask & bits:
                lit = _grant(encoder, grant)
                (to_account if grant.to_account and who.kind != "root" else direct).append(lit)
        if who.kind in WITHOUT_IDENTITY:
            return formula.any([*direct, anyhow])
        if self.same_account:
            direct.append(by_resource.get(Named.DIRECT, False))
        root = who.kind == "root"
        by_role = by_resource.get(Named.ROLE, False) if self.same_account else False
        limits = True if root else formula.all(some(given) for given in self.limits)
        admitted: Lit = True
        if not self.same_account or self.key_or_trust:
            admitted = formula.any([anyhow, *to_account])
        permitted = formula.any([root, some(self.identity), by_role])
        return formula.any([*direct, formula.all([admitted, permitted, limits])])


def _grant(encoder: Encoder, grant: Grant) -> Lit:
    """Whether the encryption context is within the grant's constraints."""
    lits: list[Lit] = []
    for wanted in (grant.context_equals, grant.context_subset):
        for name, value in (wanted or {}).items():
            condition = compile_condition("StringEquals", _CONTEXT + name, (value,), variables=False)
            lits.append(encoder.condition(condition))
    if grant.context_equals is not None:
        allowed = {_CONTEXT + name.lower() for name in grant.context_equals}
        mentioned = {name for name in (*encoder.keys, *encoder.fixed) if name.startswith(_CONTEXT)}
        for name in mentioned - allowed:
            condition = compile_condition("Null", name, ("true",), variables=False)
            lits.append(encoder.condition(condition))
    return encoder.formula.all(lits)


def side(principal: Principal, policies: Policies, *, same_account: bool) -> Side:
    """Sort the policies about a principal by what they do."""
    who = principal
    found = Side(who, same_account, policies.resource_kind in ("key", "trust"))
    exempted = service_linked(who)
    scp = None if who.kind in WITHOUT_IDENTITY or exempted else policies.scp
    rcp = None if exempted else policies.rcp
    endpoint = None if who.kind == "service" else policies.endpoint
    bounded = policies.boundary is not None

    def deny(policy: Policy, reach: int | None = None) -> None:
        for clause in clauses(policy):
            if not clause.statement.allows:
                reading = _reaches(clause, who, bounded=bounded)
                if reading is not None:
                    found.denies.append(_Deny(clause, reach, reading or None))

    for level in rcp or ():
        for policy in level:
            deny(policy, actions.reached_by_rcp())
    for level in scp or ():
        for policy in level:
            deny(policy)
        found.needed.append(_allows(level))
    if policies.resource is not None:
        deny(policies.resource)
        for how, clause in _naming(policies.resource, who):
            found.by_resource.setdefault(how, []).append(clause)
    if endpoint is not None:
        deny(endpoint)
        found.needed.append([clause for _, clause in _naming(endpoint, who)])
    for policy in policies.identity:
        deny(policy)
    # services and strangers have no identity policies
    if who.kind not in WITHOUT_IDENTITY:
        found.identity = _allows(policies.identity)
    if policies.boundary is not None:
        deny(policies.boundary)
        found.limits.append(_allows((policies.boundary,)))
    if policies.session is not None:
        for policy in policies.session:
            deny(policy)
        found.limits.append(_allows(policies.session))
    for grant in policies.grants:
        bits = 0
        for operation in (*grant.operations, *(("RetireGrant",) if grant.retiring else ())):
            action = f"kms:{operation}"
            if grant.names(who, action):
                bits |= actions.known_bits(action)
        if bits:
            found.grants.append((grant, bits))
    return found


def _allows(policies: Iterable[Policy]) -> list[Clause]:
    return [clause for policy in policies for clause in clauses(policy) if clause.statement.allows]


def _naming(policy: Policy, who: Principal) -> Iterable[tuple[Named, Clause]]:
    for clause in clauses(policy):
        principals = clause.statement.principals
        if clause.statement.allows and principals is not None:
            how = named(principals, who)
            if how is not None:
                yield how, clause


def _reaches(clause: Clause, who: Principal, *, bounded: bool) -> str | None:
    """None if a Deny does not reach the principal; otherwise the rule on which it hinges, or ``."""
    statement = clause.statement
    if statement.not_principals is not None:
        if bounded:
            return ""
        left_out, unsure = exempt(statement.not_principals, who)
        if unsure:
            return NOT_PRINCIPAL
        return None if left_out else ""
    if statement.principals is None or named(statement.principals, who) is not None:
        return ""
    return CANONICAL if statement.principals.canonical and who.kind != "service" else None
