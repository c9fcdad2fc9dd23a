"""Who can become whom: principals as nodes, and an edge where a way to more rights is open.

An edge is proved if everything that its way needs is possible with the real policies, each by a request
that the evaluator allows; it is unknown, and kept apart, if something that it needs is not decided or not in
sight. Where a principal changes its own policies or boundary it becomes a variant of itself, whose edges are
looked for in turn: service control policies, boundaries and Deny statements still hold for it.

Taken for granted: what a service does with a role is what AWS's pages say of it; a role that an instance gets
is in an instance profile, or can be put into one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Literal, TypeAlias

from ringwork.access.authority import Authority, Guarded, Identity
from ringwork.access.escalation.passing import others
from ringwork.access.escalation.paths import Impact, Path, by_id, paths
from ringwork.access.escalation.powers import (
    NO,
    Can,
    Powers,
    Sight,
    Step,
    allow_all,
    both,
    is_about,
    trusting,
    unknown,
)
from ringwork.access.principals import account_of
from ringwork.access.questions.situation import Situation

Status: TypeAlias = Literal["proved", "unknown"]
ADMINISTRATOR = "administrator:"
"""begins the node of whoever can do everything in an account"""
OUTSIDE = "outside"
"""the node of anybody; with `:` and an account, of somebody there; else of an identity provider"""
_ANY_POLICY, _NO_BOUNDARY = "any policy", "no boundary"


@dataclass(frozen=True, slots=True)
class Node:
    """A principal, perhaps with changed policies."""

    id: str
    identity: Identity
    changes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Edge:
    """One way from one principal to another."""

    source: str
    target: str
    path: str
    """id of the way"""
    status: Status
    impact: Impact
    steps: tuple[Step, ...] = ()
    """the requests that show it"""
    reasons: tuple[str, ...] = ()
    """for unknown: what is not decided or not in sight"""
    through: str | None = None
    """key of what runs as the target"""
    given: str | None = None
    """the principal that the source has become before"""

    @property
    def whole(self) -> bool:
        """Whether all that the target may do is within reach."""
        return self.impact in ("role", "code")


@dataclass(slots=True)
class Graph:
    """The edges of one authority, found when they are asked for."""

    authority: Authority
    sight: Sight = field(default_factory=Sight)
    powers: Powers = field(init=False)
    nodes: dict[str, Node] = field(init=False)
    _out: dict[str, tuple[Edge, ...]] = field(default_factory=dict)
    _roles: dict[str | None, list[Identity]] = field(default_factory=dict)
    _users: dict[str | None, list[Identity]] = field(default_factory=dict)
    _present: dict[tuple[str | None, str], list[str]] = field(default_factory=dict)
    """(account, type) -> ARNs"""

    def __post_init__(self) -> None:
        self.powers = Powers(self.authority, self.sight)
        self.nodes = {key: Node(key, one) for key, one in self.authority.identities.items()}
        for identity in self.authority.identities.values():
            # nobody but AWS assumes a service-linked role (IAM user guide, "Create a service-linked role")
            if not identity.service_linked:
                where = self._roles if identity.kind == "role" else self._users
                where.setdefault(identity.account, []).append(identity)
        for resource in self.authority.guarded.values():
            self._present.setdefault((resource.account, resource.type), []).append(resource.arn)

    def sources(self) -> list[Node]:
        """Every user and role that somebody can be."""
        return [node for node in self.nodes.values() if not node.changes and not node.identity.service_linked]

    def out(self, id: str) -> tuple[Edge, ...]:
        """The edges that leave a node."""
        found = self._out.get(id)
        if found is None:
            node = self.nodes.get(id)
            found = self._out[id] = () if node is None else tuple(self._edges(node))
        return found

    def _edges(self, node: Node) -> Iterator[Edge]:
        if node.identity.service_linked:
            return
        whole = self._administrator(node)
        yield from whole
        if any(edge.status == "proved" for edge in whole):
            # everybody in the account is within reach; others are by their trust alone
            yield from self.assumed_elsewhere(node)
            return
        if whole and _nothing_known(node.identity):
            # it may be able to do everything, and nothing that it does is sure: that says all
            yield from self._assumed(node, lambda role: True)
            return
        yield from self.changes(node, node)
        yield from self._assumed(node, lambda role: True)
        yield from self._became(node)
        yield from self._passed(node)
        yield from self._worked_through(node)
        yield from self._supplied(node)
        yield from self._things(node)

    def _edge(
        self, node: Node, target: str, path: Path, can: Can, *more: str, through: str | None = None
    ) -> Edge | None:
        """The edge, unless it is impossible; `more`: what is not in sight."""
        if can.outcome == "impossible" or target == node.id:
            return None
        reasons = (*can.reasons, *more, *((path.unseen,) if path.unseen else ()))
        status: Status = "unknown" if can.outcome == "unknown" or reasons else "proved"
        return Edge(
            node.id, target, path.id, status, path.reaches, can.steps, tuple(dict.fromkeys(reasons)), through
        )

    # --- changes of identities

    def _administrator(self, node: Node) -> list[Edge]:
        """Whether it can make a role that can do everything, and assume it."""
        path = by_id()["iam-role-new"]
        identity = node.identity
        bare = Situation(absent=frozenset({"iam:permissionsboundary"}))
        powers = self.powers

        def on(action: str, about: str, condition: Mapping[str, Mapping[str, object]] | None = None) -> Can:
            return powers.can(
                node.id, identity, action, (about,), condition=condition, situation=bare, key=("bare", about)
            )

        anywhere = f"arn:{_partition(identity)}:iam::{identity.account}:role/*"
        made = on("iam:CreateRole", anywhere)
        full = {"ArnEquals": {"iam:PolicyARN": _full_access(identity)}}
        given = (
            on("iam:AttachRolePolicy", anywhere, full),
            on("iam:PutRolePolicy", anywhere),
        )
        if made.outcome == "impossible" or all(one.outcome == "impossible" for one in given):
            return []
        found: Can = NO
        names = [one.steps[0].request.resource for one in (made, *given) if one.steps]
        for arn in dict.fromkeys(names):
            role = Identity(f"escalation:{arn}", arn, identity.account, "role", arn.rpartition("/")[2])
            rights = [on("iam:AttachRolePolicy", arn, full), on("iam:PutRolePolicy", arn)]
            best = min(rights, key=lambda one: ("possible", "unknown", "impossible").index(one.outcome))
            can = both(on("iam:CreateRole", arn), best, self._will_assume(node, role))
            if can.outcome == "possible":
                found = can
                break
            if can.outcome == "unknown":
                found = can
        if not names:
            found = both(made, *(one for one in given if one.outcome == "unknown"))
        edge = self._edge(node, f"{ADMINISTRATOR}{identity.account}", path, found)
        return [] if edge is None else [edge]

    def _will_assume(self, node: Node, role: Identity) -> Can:
        """Whether it can assume a role whose trust policy names it."""
        trust = trusting(node.identity.arn)
        known = self.authority.guarded.get(role.key)
        if known is None:
            resource = Guarded(role.key, role.arn, role.account, None, "AWS::IAM::Role", trust, "trust")
            who = self.powers.asker(node.id, node.identity)
            return self.powers.ask(who, "sts:AssumeRole", about=(role.arn,), guarded=(resource,))
        return self.powers.assumes(node.id, node.identity, role, trust)

    def changes(self, node: Node, of: Node) -> Iterator[Edge]:
        """Whether a principal can change the policies or the boundary of one that it is, or has become."""
        target = of.identity
        if target.account != node.identity.account:
            return
        for path in paths():
            found: Iterable[tuple[Node, Can, tuple[str, ...]]] = ()
            if path.changes in ("user", "role") and path.changes != target.kind:
                continue
            if path.kind == "policies" and _ANY_POLICY not in of.changes:
                found = self._any_policy(node, of, path)
            elif path.kind == "version" and _ANY_POLICY not in of.changes:
                found = self._other_version(node, of, path)
            elif path.kind == "join" and target.kind == "user" and _ANY_POLICY not in of.changes:
                found = self._joined(node, of, path)
            elif path.kind == "boundary" and target.boundary is not None:
                found = self._unbound(node, of, path)
            for variant, can, more in found:
                edge = self._edge(node, variant.id, path, can, *more)
                if edge is not None:
                    self.nodes.setdefault(variant.id, variant)
                    yield edge if node.id == of.id else replace(edge, given=of.id)

    def _change(self, node: Node, of: Node, action: str, arn: str, full: bool) -> Can:
        """An action that changes a principal, its group or its policy. `full`: by AWS's policy that allows
        everything."""
        guarded, situation = self.powers.of(of.identity)
        fixed, absent = dict(situation.fixed), set(situation.absent)
        if not action.endswith(("RolePermissionsBoundary", "UserPermissionsBoundary")) or "Delete" in action:
            boundary = self._boundary(of.identity)
            if boundary is None:
                absent.add("iam:permissionsboundary")
            else:
                fixed["iam:permissionsboundary"] = boundary
        if ":group/" in arn or ":policy/" in arn:
            guarded, fixed, absent = (), {}, set()
        condition = None
        if full:
            key = "iam:PermissionsBoundary" if "PermissionsBoundary" in action else "iam:PolicyARN"
            condition = {"ArnEquals": {key: _full_access(of.identity)}}
        return self.powers.can(
            node.id,
            node.identity,
            action,
            (arn,),
            condition=condition,
            guarded=guarded,
            situation=Situation(fixed, frozenset(absent)),
            key=("change", of.id, full),
        )

    def _boundary(self, identity: Identity) -> str | None:
        if identity.boundary is None:
            return None
        policy = self.authority.guarded.get(identity.boundary.key)
        return policy.arn if policy is not None else identity.boundary.key

    def _any_policy(self, node: Node, of: Node, path: Path) -> Iterator[tuple[Node, Can, tuple[str, ...]]]:
        variant = _variant(
            of, _ANY_POLICY, identity=(*of.identity.identity, allow_all("a policy of its own"))
        )
        (action,) = path.needs
        attaches = ":Attach" in action
        for arn in self._changed(of, path):
            can = self._change(node, of, action, arn, attaches)
            if can.outcome == "impossible" and attaches:
                can = self._change(node, of, action, arn, False)
                if can.outcome != "impossible":
                    yield variant, can, ("what the policies allow that it may attach",)
                continue
            yield variant, can, ()

    def _changed(self, of: Node, path: Path) -> Iterator[str]:
        """What is changed to change a principal: itself, its groups, or the policies that it has."""
        target = of.identity
        if path.changes == "group":
            for key in target.groups:
                yield self.authority.groups[key].arn
        elif path.changes == "policy":
            seen = set()
            for document in target.identity:
                policy = self.authority.guarded.get(document.key)
                if policy is not None and policy.type == "AWS::IAM::ManagedPolicy" and policy.arn not in seen:
                    seen.add(policy.arn)
                    yield policy.arn
        else:
            yield target.arn

    def _other_version(self, node: Node, of: Node, path: Path) -> Iterator[tuple[Node, Can, tuple[str, ...]]]:
        (action,) = path.needs
        for document in of.identity.identity:
            policy = self.authority.guarded.get(document.key)
            if policy is None or policy.type != "AWS::IAM::ManagedPolicy":
                continue
            can = self._change(node, of, action, policy.arn, False)
            if self.sight.versions is None:
                whole = _variant(of, _ANY_POLICY, identity=(*of.identity.identity, allow_all("a version")))
                yield whole, can, (f"which other versions `{document.name}` has",)
                continue
            for version in self.sight.versions.get(document.key, ()):
                kept = tuple(one for one in of.identity.identity if one is not document)
                changed = replace(document, wider=version, narrower=version, unknown=())
                yield _variant(of, f"{version.name}", identity=(*kept, changed)), can, ()

    def _joined(self, node: Node, of: Node, path: Path) -> Iterator[tuple[Node, Can, tuple[str, ...]]]:
        (action,) = path.needs
        for group in self.authority.groups.values():
            if group.account == of.identity.account and group.key not in of.identity.groups:
                can = self._change(node, of, action, group.arn, False)
                yield (
                    _variant(
                        of,
                        f"in the group {group.name}",
                        identity=(*of.identity.identity, *group.identity),
                        groups=(*of.identity.groups, group.key),
                        unknown=(*of.identity.unknown, *group.unknown),
                    ),
                    can,
                    (),
                )

    def _unbound(self, node: Node, of: Node, path: Path) -> Iterator[tuple[Node, Can, tuple[str, ...]]]:
        action = path.needs[0]
        can = self._change(node, of, action, of.identity.arn, ":Put" in action)
        yield _variant(of, _NO_BOUNDARY, boundary=None), can, ()

    # --- becoming somebody

    def assumed_elsewhere(self, node: Node) -> Iterator[Edge]:
        """The roles of other accounts that it can assume."""
        yield from self._assumed(node, lambda role: role.account != node.identity.account)

    def _assumed(self, node: Node, wanted: Callable[[Identity], bool]) -> Iterator[Edge]:
        path = by_id()["sts-assume"]
        for roles in self._roles.values():
            for role in roles:
                if role.key != node.identity.key and wanted(role):
                    edge = self._edge(node, role.key, path, self.powers.assumes(node.id, node.identity, role))
                    if edge is not None:
                        yield edge

    def _became(self, node: Node) -> Iterator[Edge]:
        identity = node.identity
        for path in paths():
            if path.kind not in ("become", "trust"):
                continue
            action = path.needs[0]
            if not self.powers.may(node.id, identity, action):
                continue
            targets = self._users if path.kind == "become" else self._roles
            for target in targets.get(identity.account, ()):
                if target.key == identity.key:
                    continue
                of = self.nodes[target.key]
                can = self._change(node, of, action, target.arn, False)
                if path.kind == "trust" and can.outcome != "impossible":
                    trust = trusting(identity.arn)
                    can = both(can, self.powers.assumes(node.id, identity, target, trust))
                edge = self._edge(node, target.key, path, can)
                if edge is not None:
                    yield edge

    # --- handing over a role

    def _passed(self, node: Node) -> Iterator[Edge]:
        identity = node.identity
        powers = self.powers
        if not powers.may(node.id, identity, "iam:PassRole"):
            return
        roles = [role for role in self._roles.get(identity.account, ()) if role.key != identity.key]
        for path in (*paths(), *others()):
            if path.kind != "pass":
                continue
            rest = [action for action in path.needs if action != "iam:PassRole"]
            if not all(powers.may(node.id, identity, action) for action in rest):
                continue
            handed: list[tuple[Identity, Can]] = []
            for role in roles:
                can = self._admits(role, path)
                if can.outcome != "impossible":
                    can = both(powers.passes(node.id, identity, role, path.passed_to), can)
                if can.outcome != "impossible":
                    handed.append((role, can))
            if not handed:
                continue
            started, more = self._started(node, path, rest)
            for role, can in handed:
                edge = self._edge(node, role.key, path, both(can, started), *more)
                if edge is not None:
                    yield edge

    def _admits(self, role: Identity, path: Path) -> Can:
        """Whether the role's trust policy lets the service that it is handed to assume it."""
        if path.passed_to is None:
            return Can("possible") if role.services else NO
        if path.federated:
            trust = role.trust
            named = trust is not None and any(
                statement.allows
                and statement.principals is not None
                and path.passed_to in statement.principals.federated
                for statement in trust.wider.statements
            )
            return unknown("whether the role trusts this identity pool") if named else NO
        return self.powers.trusts(role, path.passed_to)

    def _started(self, node: Node, path: Path, rest: list[str]) -> tuple[Can, tuple[str, ...]]:
        """What a way needs beside the role; with what of it is not in sight."""
        identity = node.identity
        powers = self.powers
        if not path.present:
            return powers.all_of(node.id, identity, rest, path.any_of), ()
        found = NO
        there = [arn for type in path.present for arn in self._present.get((identity.account, type), ())]
        for arn in there:
            can = powers.all_of(node.id, identity, rest, path.any_of, about=arn)
            if can.outcome == "possible":
                return can, ()
            if can.outcome == "unknown":
                found = can
        if not there and not self.sight.workloads:
            return powers.all_of(node.id, identity, rest, path.any_of), (_not_seen(path.present),)
        return found, ()

    # --- working through what runs as a role

    def _worked_through(self, node: Node) -> Iterator[Edge]:
        identity = node.identity
        powers = self.powers
        for path in paths():
            if path.kind != "existing" or not self._may_all(node, path):
                continue
            anything: Can | None = None
            for role in self._roles.get(identity.account, ()):
                if role.key == identity.key:
                    continue
                seen = False
                for workload in role.workloads:
                    resource = self.authority.guarded.get(workload)
                    if resource is None or resource.type not in path.through:
                        continue
                    seen = True
                    about = _inside(resource.type, resource.arn, path)
                    can = powers.all_of(node.id, identity, path.needs, path.any_of, about=about)
                    edge = self._edge(node, role.key, path, can, through=workload)
                    if edge is not None:
                        yield edge
                if seen or not (path.ephemeral or not self.sight.workloads):
                    continue
                if path.service not in role.services and "*" not in role.services:
                    continue
                if anything is None:
                    anything = powers.all_of(node.id, identity, path.needs, path.any_of)
                why = path.unseen or _not_seen(path.through or (path.id,))
                edge = self._edge(node, role.key, path, anything, why)
                if edge is not None:
                    yield edge

    def _may_all(self, node: Node, path: Path) -> bool:
        def may(action: str) -> bool:
            return self.powers.may(node.id, node.identity, action)

        return all(map(may, path.needs)) and all(any(map(may, group)) for group in path.any_of)

    def _supplied(self, node: Node) -> Iterator[Edge]:
        identity = node.identity
        for path in paths():
            if path.kind != "supply" or not self._may_all(node, path):
                continue
            for role in (one for roles in self._roles.values() for one in roles):
                if role.key == identity.key or path.service not in role.services:
                    continue
                if self.sight.loads is None:
                    if role.workloads or not self.sight.workloads:
                        can = self.powers.all_of(node.id, identity, path.needs, path.any_of)
                        why = "what is loaded by what runs as the role"
                        edge = self._edge(node, role.key, path, can, why)
                        if edge is not None:
                            yield edge
                    continue
                for workload in role.workloads:
                    for load in self.sight.loads.get(workload, ()):
                        if load.kind != path.loads:
                            continue
                        can = self.powers.all_of(node.id, identity, path.needs, path.any_of, about=load.arn)
                        more = () if load.exact else (f"which of `{load.arn}` is loaded",)
                        edge = self._edge(node, role.key, path, can, *more, through=workload)
                        if edge is not None:
                            yield edge

    def _things(self, node: Node) -> Iterator[Edge]:
        identity = node.identity
        for path in paths():
            if path.kind != "thing" or not self._may_all(node, path):
                continue
            for resource in self.authority.guarded.values():
                if resource.type in path.through and resource.account == identity.account:
                    can = self.powers.all_of(node.id, identity, path.needs, path.any_of, about=resource.arn)
                    edge = self._edge(node, resource.key, path, can, through=resource.key)
                    if edge is not None:
                        yield edge

    # --- from outside

    def entries(self) -> tuple[Edge, ...]:
        """Who can come in from outside by a role's trust policy alone."""
        found: dict[tuple[str, str], Edge] = {}
        path = by_id()["sts-assume"]
        for role in (one for roles in self._roles.values() for one in roles):
            for source, can in self._entering(role):
                if can.outcome == "impossible":
                    continue
                status: Status = "proved" if can.outcome == "possible" else "unknown"
                edge = Edge(source, role.key, path.id, status, path.reaches, can.steps, can.reasons)
                known = found.get((source, role.key))
                if known is None or known.status == "unknown":
                    found[source, role.key] = edge
        return tuple(found.values())

    def _entering(self, role: Identity) -> Iterator[tuple[str, Can]]:
        if role.trust is None:
            return
        asked: set[str | None] = set()
        for statement in role.trust.wider.statements:
            named = statement.principals
            if not statement.allows or named is None:
                continue
            if statement.names_action("sts:AssumeRole"):
                if named.everyone and None not in asked:
                    asked.add(None)
                    yield OUTSIDE, self.powers.enters(role, None, None)
                for entry in named.aws:
                    account = account_of(entry) or (entry.split(":")[4] if entry.count(":") > 4 else None)
                    if account and account not in self._accounts() and entry not in asked:
                        asked.add(entry)
                        yield f"{OUTSIDE}:{account}", self.powers.enters(role, account, entry)
            for provider in named.federated:
                if provider not in asked:
                    asked.add(provider)
                    yield f"{OUTSIDE}:{provider}", unknown(f"whom `{provider}` signs in")

    def _accounts(self) -> frozenset[str]:
        here = {one.account for one in self.authority.identities.values() if one.account}
        return frozenset(here | self.authority.accounts.keys())


def _variant(of: Node, change: str, **values: object) -> Node:
    changes = (*of.changes, change)
    return Node(
        "#".join((of.identity.key, *changes)),
        replace(of.identity, **values),  # type: ignore[arg-type]
        changes,
    )


def _nothing_known(identity: Identity) -> bool:
    """Whether of a policy of it nothing is known: at its narrowest such a policy denies everything."""
    found = (*identity.identity, *((identity.boundary,) if identity.boundary is not None else ()))
    return any(
        not document.known
        and not statement.allows
        and statement.names_action("iam:CreateRole")
        and statement.names_action("sts:AssumeRole")
        and not statement.conditions
        and statement.names_resource("arn:aws:iam::111122223333:role/any", {})
        for document in found
        for statement in document.narrower.statements
    )


def _partition(identity: Identity) -> str:
    return identity.arn.split(":")[1] or "aws"


def _full_access(identity: Identity) -> str:
    return f"arn:{_partition(identity)}:iam::aws:policy/AdministratorAccess"


def _not_seen(types: tuple[str, ...]) -> str:
    return f"whether there is one: {', '.join(types)}"


def _inside(type: str, arn: str, path: Path) -> str:
    """What a way acts on: the resource, or what is in it.

    Service Authorization Reference, "Actions, resources, and condition keys for Amazon SageMaker AI": a user
    profile's ARN begins with its domain.
    """
    if type == "AWS::SageMaker::Domain" and not any(is_about(action, arn) for action in path.actions):
        return arn.replace(":domain/", ":user-profile/", 1) + "/*"
    return arn
