"""What a principal can do, asked step by step and answered once each.

Each answer that something can be done carries a request that the evaluator allows. Cheap questions come
first: an action that no Allow statement in sight names is not asked about at all.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Literal, TypeAlias

from ringwork.access import catalogue
from ringwork.access.authority import Authority, Document, Guarded, Identity
from ringwork.access.conditions import Condition, compile_condition
from ringwork.access.evaluate import Policies, evaluate
from ringwork.access.policy import Policy, parse
from ringwork.access.principals import account_of
from ringwork.access.questions.asker import Asker, asker, mentioned, policies
from ringwork.access.questions.possible import Verdict, possible, replays
from ringwork.access.questions.public import strangers
from ringwork.access.questions.scope import service_of
from ringwork.access.questions.situation import Situation, of_resource, outsider
from ringwork.access.request import Principal, Request
from ringwork.access.symbolic import match
from ringwork.access.symbolic.actions import known_bits, offer
from ringwork.access.symbolic.statements import clauses
from ringwork.access.symbolic.words import OVERLAP, language, relation

Outcome: TypeAlias = Literal["possible", "impossible", "unknown"]
Conditions: TypeAlias = Mapping[str, Mapping[str, object]]

LONGEST_SESSION = timedelta(hours=36)
"""IAM user guide, "Request temporary security credentials": no session lasts longer."""
COMBINATIONS = 8
"""choices of alternative actions that are tried together before it is left undecided"""


@dataclass(frozen=True, slots=True)
class Load:
    """What something that runs as a role loads and runs."""

    kind: Literal["s3", "ecr"]
    arn: str
    """of the object (or a pattern of the objects), or of the repository"""
    exact: bool = True
    """False: a part of it is not known"""


@dataclass(frozen=True, slots=True)
class Sight:
    """What is known beside policies."""

    workloads: bool = True
    """whether everything that runs as a role is in sight"""
    loads: Mapping[str, tuple[Load, ...]] | None = None
    """key of what runs -> what it loads; None: not in sight"""
    versions: Mapping[str, tuple[Policy, ...]] | None = None
    """key of a managed policy -> its other versions; None: not in sight"""
    now: datetime | None = None
    """when requests are made; None: at any time"""


@dataclass(frozen=True, slots=True)
class Step:
    """A request that belongs to a way."""

    request: Request
    policies: Policies = field(repr=False)
    """what it is allowed by"""
    by_service: bool = False
    """the service makes it, not the principal"""

    @property
    def allowed(self) -> bool:
        """What the evaluator says of it."""
        return evaluate(self.request, self.policies).allowed


@dataclass(frozen=True, slots=True)
class Can:
    """Whether something can be done."""

    outcome: Outcome
    steps: tuple[Step, ...] = ()
    reasons: tuple[str, ...] = ()
    """for unknown"""


NO = Can("impossible")


def both(*some: Can) -> Can:
    """All of them."""
    if any(one.outcome == "impossible" for one in some):
        return NO
    reasons = tuple(dict.fromkeys(reason for one in some for reason in one.reasons))
    steps = tuple(step for one in some for step in one.steps)
    unknown = any(one.outcome == "unknown" for one in some)
    return Can("unknown" if unknown else "possible", steps, reasons)


def unknown(reason: str) -> Can:
    return Can("unknown", (), (reason,))


class Powers:
    """What the principals of one authority can do."""

    def __init__(self, authority: Authority, sight: Sight) -> None:
        self.authority = authority
        self.sight = sight
        self._given = _times(authority, sight.now)
        self._with_policy: dict[str, list[Guarded]] = {}
        self._elsewhere = 0
        for resource in authority.guarded.values():
            if resource.policy is None or resource.policy_kind == "trust":
                continue
            # where it is not known which resource this is, more than its ARN's service is asked
            for prefix in service_of(resource) if resource.covers else (_service(resource.arn),):
                self._with_policy.setdefault(prefix, []).append(resource)
            for clause in clauses(resource.policy.wider):
                named = clause.statement.principals
                if clause.statement.allows and named is not None and (named.everyone or named.aws):
                    self._elsewhere |= clause.bits(())
        self._narrowed: dict[tuple[str, tuple[str, ...]], Authority] = {}
        self._askers: dict[str, Asker] = {}
        self._bits: dict[str, int] = {}
        self._can: dict[tuple[object, ...], Can] = {}
        self._of: dict[str, tuple[tuple[Guarded, ...], Situation]] = {}
        self._named: dict[str, tuple[bool, frozenset[str]]] = {}
        self._tags = tuple(
            key for key in mentioned(authority) if key.startswith(("aws:resourcetag/", "iam:resourcetag/"))
        )
        self.asked = 0
        """questions that the engine was asked"""

    # --- who asks

    def asker(self, id: str, identity: Identity) -> Asker:
        found = self._askers.get(id)
        if found is None:
            found = self._askers[id] = asker(self.authority, identity)
        return found

    def may(self, id: str, identity: Identity, action: str) -> bool:
        """Whether any Allow statement names the action: if not, it is not allowed."""
        found = self._bits.get(id)
        if found is None:
            found = self._elsewhere | _allowed(document.wider for document in identity.identity)
            if identity.boundary is not None and identity.boundary.attached:
                # a resource-based policy that names a user or a session passes by a boundary
                found &= self._elsewhere | _allowed((identity.boundary.wider,))
            self._bits[id] = found
        return bool(found & known_bits(action))

    # --- questions

    def ask(
        self,
        who: Asker,
        action: str,
        *,
        about: tuple[str, ...] = ("*",),
        condition: Conditions | None = None,
        guarded: tuple[Guarded, ...] = (),
        situation: Situation | None = None,
    ) -> Can:
        """Whether it can do the action to some resource that matches `about`. `guarded`: the resources in
        question that have policies, where they are not all of the action's service."""
        narrowed = self._among(action, about, guarded)
        self.asked += 1
        verdict = possible(
            narrowed,
            who,
            match(action, resource=about, condition=condition),
            situation=situation,
            given=self._given,
            beyond=_unreal(action, about),
        )
        return self._answer(verdict, narrowed, who)

    def _answer(self, verdict: Verdict, narrowed: Authority, who: Asker) -> Can:
        if verdict.outcome == "impossible":
            return NO
        if verdict.outcome == "unknown" or verdict.witness is None:
            return Can("unknown", (), verdict.reasons or ("it could not be decided",))
        if not replays(verdict, narrowed, who):
            return unknown(f"the request that was found for {verdict.witness.action} is not confirmed")
        resource = narrowed.guarded.get(verdict.resource or "")
        endpoint = None
        if verdict.endpoint is not None:
            endpoint = narrowed.endpoints.get(verdict.endpoint)
        allowed_by = policies(narrowed, who, resource, endpoint, wider=False)
        return Can("possible", (Step(verdict.witness, allowed_by, who.principal.kind == "service"),))

    def _among(self, action: str, about: tuple[str, ...], guarded: tuple[Guarded, ...]) -> Authority:
        """The authority with the resources alone that can matter: questions look at each."""
        service = action.partition(":")[0]
        if not guarded and service not in ("iam", "sts"):
            exact = [text for text in about if "*" not in text and "?" not in text]
            if len(exact) == len(about):
                found = [self.authority.resource(text) for text in exact]
                guarded = tuple(one for one in found if one is not None)
            else:
                guarded = tuple(self._with_policy.get(service, ()))
        key = service, tuple(dict.fromkeys(f"{id(one)}" for one in guarded))
        narrowed = self._narrowed.get(key)
        if narrowed is None:
            narrowed = replace(
                self.authority, identities={}, guarded={one.key: one for one in guarded}, groups={}
            )
            self._narrowed[key] = narrowed
        return narrowed

    def can(
        self,
        id: str,
        identity: Identity,
        action: str,
        about: tuple[str, ...] = ("*",),
        *,
        condition: Conditions | None = None,
        guarded: tuple[Guarded, ...] = (),
        situation: Situation | None = None,
        key: object = None,
    ) -> Can:
        """`ask` for a user or role, once. `key`: what makes `condition` and `situation` differ."""
        known = (id, action, about, key)
        found = self._can.get(known)
        if found is None:
            if self.may(id, identity, action):
                who = self.asker(id, identity)
                found = self.ask(
                    who, action, about=about, condition=condition, guarded=guarded, situation=situation
                )
            else:
                found = NO
            self._can[known] = found
        return found

    def does(self, id: str, identity: Identity, action: str) -> Can:
        """Whether it can do the action to anything, with each kind of resource that the action requires.

        Service Authorization Reference, "Actions table": a resource type that is required must be allowed.
        """
        wanted = required(action)
        if len(wanted) < 2:
            return self.can(id, identity, action)
        return both(*(self.can(id, identity, action, (pattern,)) for pattern in wanted))

    # --- several actions

    def all_of(
        self,
        id: str,
        identity: Identity,
        actions: Iterable[str],
        groups: Iterable[tuple[str, ...]] = (),
        about: str | None = None,
    ) -> Can:
        """Whether it can do all the actions, and of each group one; those that are about a resource of one
        type, to the same resource. `about`: what there is, of which the actions are that can be about it."""
        needs = tuple(actions)
        done = {action: self._one(id, identity, action, about) for action in needs}
        if any(one.outcome == "impossible" for one in done.values()):
            return NO
        options: list[list[str]] = []
        for group in groups:
            for action in group:
                if action not in done:
                    done[action] = self._one(id, identity, action, about)
            left = [action for action in group if done[action].outcome != "impossible"]
            if not left:
                return NO
            left.sort(key=lambda action: (done[action].outcome != "possible", action not in needs))
            options.append(left)
        undecided: Can | None = None
        for _, chosen in zip(range(COMBINATIONS), _choices(options), strict=False):
            picked = tuple(dict.fromkeys((*needs, *chosen)))
            found = self._together(id, identity, picked, done, about)
            if found.outcome == "possible":
                return found
            if found.outcome == "unknown":
                undecided = undecided or found
        return undecided or NO

    def _one(self, id: str, identity: Identity, action: str, about: str | None) -> Can:
        if about is not None and is_about(action, about):
            return self.can(id, identity, action, (about,), situation=self._about(about), key=about)
        return self.does(id, identity, action)

    def _together(
        self,
        id: str,
        identity: Identity,
        actions: tuple[str, ...],
        done: Mapping[str, Can],
        about: str | None,
    ) -> Can:
        clusters: dict[str, list[str]] = {}
        for action in actions:
            shape = _shape(action)
            if shape is not None and not (about is not None and is_about(action, about)):
                clusters.setdefault(shape, []).append(action)
        changed = dict(done)
        for cluster in clusters.values():
            if len(cluster) < 2 or any(done[action].outcome == "unknown" for action in cluster):
                continue
            found = self._same(id, identity, cluster, done)
            if isinstance(found, Can):
                return found
            changed.update(found)
        return both(*(changed[action] for action in actions))

    def _same(
        self, id: str, identity: Identity, cluster: list[str], done: Mapping[str, Can]
    ) -> Can | dict[str, Can]:
        """The actions on one resource: it is looked for where one of them is allowed."""
        tried: set[str] = set()

        def on(resource: str) -> dict[str, Can] | None:
            tried.add(resource)
            found = {action: self.can(id, identity, action, (resource,)) for action in cluster}
            return found if all(one.outcome == "possible" for one in found.values()) else None

        for action in cluster:
            resource = done[action].steps[0].request.resource
            found = on(resource) if resource not in tried else None
            if found is not None:
                return found
        for action in cluster:
            for other in cluster:
                where = self._where(identity, other) if other != action else None
                if where is None:
                    continue
                here = self.can(id, identity, action, where)
                if here.outcome == "impossible":
                    return NO
                if here.outcome == "possible":
                    resource = here.steps[0].request.resource
                    found = on(resource) if resource not in tried else None
                    if found is not None:
                        return found
        return unknown(f"no one resource was found for all of {', '.join(cluster)}")

    def _where(self, identity: Identity, action: str) -> tuple[str, ...] | None:
        """Patterns that take in every resource for which a policy of the identity allows the action; None:
        they cannot be told."""
        if self._elsewhere & known_bits(action):
            return None
        found: list[str] = []
        for document in identity.identity:
            for clause in clauses(document.wider):
                if not clause.statement.allows or not clause.bits(()) & known_bits(action):
                    continue
                if clause.not_resources or clause.variable:
                    return None
                found += [one.text for one in clause.languages]
        return tuple(dict.fromkeys(found)) or None

    # --- roles

    def of(self, identity: Identity) -> tuple[tuple[Guarded, ...], Situation]:
        """A user or role as what is asked for: its tags are known."""
        known = self._of.get(identity.key)
        if known is None:
            known = self._of[identity.key] = self._asked_for(identity)
        return known

    def _asked_for(self, identity: Identity) -> tuple[tuple[Guarded, ...], Situation]:
        resource = self.authority.guarded.get(identity.key)
        found = of_resource(self.authority, identity.account, resource)
        fixed = dict(found.fixed)
        absent = set(found.absent)
        for name, value in identity.tags.items():
            if value is not None:
                fixed[f"aws:resourcetag/{name.lower()}"] = value
                fixed[f"iam:resourcetag/{name.lower()}"] = value
        if identity.tags_known:
            tagged = {name.lower() for name in identity.tags}
            absent.update(key for key in self._tags if key.partition("/")[2] not in tagged)
        return (() if resource is None else (resource,)), Situation(fixed, frozenset(absent))

    def _about(self, arn: str) -> Situation | None:
        resource = self.authority.resource(arn)
        return None if resource is None else of_resource(self.authority, resource.account, resource)

    def passes(self, id: str, identity: Identity, role: Identity, service: str | None) -> Can:
        """Whether it can hand the role to the service. IAM user guide, "Grant a user permissions to pass a
        role to an AWS service"."""
        guarded, situation = self.of(role)
        condition = None if service is None else {"StringEquals": {"iam:PassedToService": service}}
        return self.can(
            id,
            identity,
            "iam:PassRole",
            (role.arn,),
            condition=condition,
            guarded=guarded,
            situation=situation,
            key=("pass", role.key, service),
        )

    def trusts(self, role: Identity, service: str) -> Can:
        """Whether the service can assume the role."""
        if service not in role.services and "*" not in role.services:
            return NO
        known = ("trust", role.key, service)
        found = self._can.get(known)
        if found is None:
            guarded, situation = self.of(role)
            if not guarded:
                found = unknown(f"the trust policy of `{role.name}`")
            else:
                who = Asker(Principal("service", None, service), None, Policies(), Situation(), service)
                found = self.ask(
                    who, "sts:AssumeRole", about=(role.arn,), guarded=guarded, situation=situation
                )
            self._can[known] = found
        return found

    def assumes(self, id: str, identity: Identity, role: Identity, trust: Document | None = None) -> Can:
        """Whether it can assume the role (IAM API reference, AssumeRole). `trust`: what its trust policy is
        by then."""
        how = self._how(role if trust is None else replace(role, trust=trust), identity, trust is None)
        if how is None or (how == "account" and not self.may(id, identity, "sts:AssumeRole")):
            return NO
        guarded, situation = self.of(role)
        if not guarded:
            return unknown(f"the trust policy of `{role.name}`")
        if trust is not None:
            guarded = (replace(guarded[0], policy=trust, policy_kind="trust"),)
        known = ("assume", id, role.key, trust is None)
        found = self._can.get(known)
        if found is None:
            who = self.asker(id, identity)
            found = self.ask(who, "sts:AssumeRole", about=(role.arn,), guarded=guarded, situation=situation)
            self._can[known] = found
        return found

    def _how(self, role: Identity, identity: Identity, keep: bool) -> Literal["direct", "account"] | None:
        """How the role's trust policy, at its widest, names a principal; None: it does not."""
        found = self._named.get(role.key) if keep else None
        if found is None:
            found = (False, frozenset()) if role.trust is None else named_in(role.trust)
            if keep:
                self._named[role.key] = found
        everyone, entries = found
        if everyone or identity.arn in entries:
            return "direct"
        if not entries:
            return None
        session = identity.principal().arn.rpartition("/")[0] + "/"
        if any(entry.startswith(session) for entry in entries):
            return "direct"
        return "account" if any(account_of(entry) == identity.account for entry in entries) else None

    def enters(self, role: Identity, account: str | None, entry: str | None) -> Can:
        """Whether somebody from outside can assume the role: of the account, or of any (None)."""
        guarded, situation = self.of(role)
        if not guarded:
            return NO
        principal, own, who_is = outsider()
        if account is not None:
            arn = (
                entry if entry is not None and ":user/" in entry else f"arn:aws:iam::{account}:user/outsider"
            )
            principal = Principal("user", account, arn)
            if entry is not None and ":role/" in entry:
                name = entry.rpartition("/")[2]
                session = f"arn:aws:sts::{account}:assumed-role/{name}/session"
                principal = Principal("role", account, session, entry)
            who_is = Situation()
        who = Asker(principal, None, own, who_is, "somebody outside")
        if account is None:
            who = replace(who, otherwise=tuple(one for each in strangers() for one in each.otherwise))
        return self.ask(who, "sts:AssumeRole", about=(role.arn,), guarded=guarded, situation=situation)


# --- facts of actions and policies


def _service(arn: str) -> str:
    parts = arn.split(":")
    return parts[2] if len(parts) > 2 else ""


def _allowed(some: Iterable[Policy]) -> int:
    bits = 0
    for policy in some:
        for clause in clauses(policy):
            if clause.statement.allows:
                bits |= clause.bits(())
    return bits


def _choices(options: list[list[str]]) -> Iterator[tuple[str, ...]]:
    if not options:
        yield ()
        return
    for first in options[0]:
        for rest in _choices(options[1:]):
            yield (first, *rest)


@functools.lru_cache(maxsize=4_096)
def required(action: str) -> tuple[str, ...]:
    """Patterns of the ARNs of the resource types that the action requires."""
    prefix, _, name = action.partition(":")
    about = catalogue.actions(prefix).get(name.lower())
    if about is None:
        return ()
    kinds = catalogue.resource_types(prefix)
    found = [
        _starred(str(kinds[kind["name"]]["arn"]))
        for kind in about["resourceTypes"]
        if kind["required"] and kind["name"] in kinds
    ]
    return tuple(dict.fromkeys(found))


def _starred(template: str) -> str:
    """`arn:${Partition}:s3:::${Bucket}` -> `arn:*:s3:::*`."""
    parts = []
    while "${" in template:
        before, _, template = template.partition("${")
        parts.append(before)
        template = template.partition("}")[2]
    return "*".join((*parts, template))


_COLONS = frozenset({"s3", "logs"})
"""Services whose resources can have colons in their names."""


@functools.lru_cache(maxsize=4_096)
def _unreal(action: str, about: tuple[str, ...]) -> tuple[str, ...]:
    """Patterns of ARNs that no resource of the action has. A `*` in a policy goes on beyond colons, so that
    such an ARN could be allowed where nothing real is: names have no colons."""
    service = action.partition(":")[0]
    found = offer(action)
    if service in _COLONS or found is None or not found.resources:
        return ()
    asked = found.resources if about == ("*",) else about
    if not all(text.startswith("arn:") and text.count(":") >= 5 for text in asked):
        return ()
    most = max(text.split(":", 5)[5].count(":") for text in asked)
    rest = "*:" * (most + 1) + "*"
    heads = dict.fromkeys(tuple(text.split(":", 5)[:5]) for text in found.resources)
    # a part that ends in `?` is matched within its colons alone, which is quicker to decide
    return tuple(":".join((*("*?" if part == "*" else part for part in head), rest)) for head in heads)


@functools.lru_cache(maxsize=4_096)
def _shape(action: str) -> str | None:
    """The one type of resource that an action is about; None: several, or none."""
    found = offer(action)
    if found is None or found.optional or len(found.resources) != 1:
        return None
    return found.resources[0]


@functools.lru_cache(maxsize=16_384)
def is_about(action: str, arn: str) -> bool:
    """Whether a resource, or the resources of a pattern, is what the action can be about."""
    found = offer(action)
    if found is None:
        return False
    what = language("resource", arn)
    return any(bool(relation(what, language("resource", one)) & OVERLAP) for one in found.resources)


def named_in(trust: Document) -> tuple[bool, frozenset[str]]:
    """Whom a trust policy, at its widest, lets assume the role: whether everybody, and which accounts, users
    and roles."""
    everyone = False
    found: set[str] = set()
    for statement in trust.wider.statements:
        named = statement.principals
        if statement.allows and named is not None and statement.names_action("sts:AssumeRole"):
            everyone = everyone or named.everyone
            found.update(named.aws)
    return everyone, frozenset(found)


def _times(authority: Authority, now: datetime | None) -> tuple[Condition, ...]:
    """What is true of the times of a request: it is made now or later, with credentials of these days."""
    if now is None:
        return ()
    found = []
    read = mentioned(authority)
    for key, time in (("aws:currenttime", now), ("aws:tokenissuetime", now - LONGEST_SESSION)):
        if key in read:
            text = time.strftime("%Y-%m-%dT%H:%M:%SZ")
            found.append(compile_condition("DateGreaterThanEqualsIfExists", key, (text,), variables=False))
    return tuple(found)


def allow_all(name: str) -> Document:
    """An identity policy that allows everything."""
    policy = parse(
        {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]},
        kind="identity",
        name=name,
    )
    return Document(name, f"escalation:{name}", (), policy, policy)


def trusting(arn: str) -> Document:
    """A trust policy that names one principal."""
    body = {"Effect": "Allow", "Principal": {"AWS": arn}, "Action": "sts:AssumeRole"}
    policy = parse(
        {"Version": "2012-10-17", "Statement": [body]}, kind="trust", name="rewritten trust policy"
    )
    return Document(policy.name, "escalation:trust", (), policy, policy)
