"""The concrete evaluator: one request, all policies that apply to it, one decision.

It is the specification of AWS authorization that the rest of Ringwork is held against, so it is written to be
read. Sources: IAM user guide, "Policy evaluation logic" with its pages on requests within a single account,
cross-account requests, and explicit and implicit denies; "Permissions boundaries for IAM entities";
Organizations user guide, "SCP evaluation", "Resource control policies"; KMS developer guide, "Default key
policy", "Grants"; PrivateLink guide, "Control access to VPC endpoints using endpoint policies".
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Literal

from ringwork.access import catalogue, patterns
from ringwork.access.conditions import Values
from ringwork.access.decision import Decision, Layer, StatementRef
from ringwork.access.grants import Grant
from ringwork.access.policy import Policy, Statement
from ringwork.access.principals import Named, exempt, named, service_linked
from ringwork.access.request import WITHOUT_IDENTITY, Principal, Request

Levels = tuple[tuple[Policy, ...], ...]
"""policies attached at each level, from the root through the OUs to the account"""


@dataclass(frozen=True, slots=True)
class Policies:
    """Everything that applies to one request."""

    identity: tuple[Policy, ...] = ()
    boundary: Policy | None = None
    session: tuple[Policy, ...] | None = None
    """None: no session policy was passed"""
    scp: Levels | None = None
    """of the principal's account; None: SCPs do not bind it (management account, no organization)"""
    rcp: Levels | None = None
    """of the account that owns the resource; None: RCPs do not bind it"""
    resource: Policy | None = None
    """the resource's own policy: bucket policy, key policy, role trust policy, ..."""
    resource_kind: Literal["resource", "key", "trust"] = "resource"
    endpoint: Policy | None = None
    """of the VPC endpoint that the request came through; None: it did not, or full access"""
    grants: tuple[Grant, ...] = ()
    """KMS grants on the key"""


_FREE = frozenset({"sts:GetCallerIdentity"})
"""STS API reference, GetCallerIdentity: "No permissions are required", even if a policy denies it."""
_UNSIGNED = frozenset(("anonymous", "token"))
"""kinds whose requests carry no credentials of AWS, and so name no caller"""


@dataclass(frozen=True, slots=True)
class Protected:
    """What nobody may change, whatever policies say."""

    actions: frozenset[str]
    """lower case"""
    resources: tuple[str, ...]
    """ARN patterns"""
    except_service_linked: bool = False
    """services and service-linked roles may"""


PROTECTED = (
    Protected(
        frozenset(
            f"iam:{name}"
            for name in (
                *("createpolicy", "createpolicyversion", "deletepolicy", "deletepolicyversion"),
                *("setdefaultpolicyversion", "tagpolicy", "untagpolicy"),
            )
        ),
        ("arn:*:iam::aws:policy/*",),
    ),
    Protected(
        frozenset(
            {
                "iam:updateassumerolepolicy",
                "iam:putrolepermissionsboundary",
                "iam:deleterolepermissionsboundary",
            }
        ),
        ("arn:*:iam::*:role/aws-service-role/*", "arn:*:iam::*:role/aws-reserved/*"),
        except_service_linked=True,
    ),
    # who has a service make or delete its service-linked role is asked for these on it ("Service-linked role
    # permissions"; AWS's managed policies allow them), so only the other roles are closed to them
    Protected(
        frozenset(
            f"iam:{name}"
            for name in (
                "attachrolepolicy",
                "detachrolepolicy",
                "putrolepolicy",
                "deleterolepolicy",
                "deleterole",
            )
        ),
        ("arn:*:iam::*:role/aws-reserved/*",),
        except_service_linked=True,
    ),
)
"""See `refused` for the sources."""


def refused(who: Principal, action: str, resource: str) -> bool:
    """Whether AWS refuses this to the principal whatever policies say.

    IAM user guide, "Methods to assume a role" (STS refuses root users), "Managed policies and inline
    policies" (nobody changes AWS's managed policies), "Service-linked roles" (only the service changes such
    a role, and IAM Identity Center the roles under `aws-reserved`: IAM API reference, UnmodifiableEntity);
    STS API reference, GetFederationToken (its credentials call no operation of STS but GetCallerIdentity).
    """
    name = action.lower()
    if who.kind == "root" and name == "sts:assumerole":
        return True
    if who.kind == "federated" and name.startswith("sts:") and name != "sts:getcalleridentity":
        return True
    exempted = who.kind == "service" or service_linked(who)
    return any(
        name in each.actions
        and not (exempted and each.except_service_linked)
        and any(patterns.arn(pattern)(resource) for pattern in each.resources)
        for each in PROTECTED
    )


@dataclass(slots=True)
class _Question:
    """The request while it is decided."""

    request: Request
    context: Values
    bounded: bool
    """the principal has a permissions boundary"""
    notes: set[str] = field(default_factory=set)
    unknown: set[str] = field(default_factory=set)

    def applies(self, statement: Statement) -> bool:
        """Resource and conditions; the action is known to match."""
        return statement.names_resource(
            self.request.resource, self.context, self.notes
        ) and statement.conditions_hold(self.context, self.notes)

    def allow(self, policy: Policy) -> Statement | None:
        """A statement of a policy without principals that allows."""
        return next((s for s in policy.about(self.request.action) if s.allows and self.applies(s)), None)

    def deny(self, policy: Policy, layer: Layer) -> StatementRef | None:
        """A statement that denies, principals included."""
        for statement in policy.about(self.request.action):
            if statement.allows or not self.applies(statement):
                continue
            if self._denied(statement, policy):
                return StatementRef(layer, policy.name, statement.index, statement.sid)
        return None

    def _denied(self, statement: Statement, policy: Policy) -> bool:
        who = self.request.principal
        if statement.not_principals is not None:
            # such a Deny reaches every principal with a boundary, whoever it lists ("Permissions boundaries
            # for IAM entities")
            if self.bounded:
                return True
            left_out, unsure = exempt(statement.not_principals, who)
            if unsure:
                self.notes.add(f"how far NotPrincipal in `{policy.name or policy.kind}` exempts a principal")
            return not left_out
        if statement.principals is None:
            return True
        if named(statement.principals, who) is not None:
            return True
        if statement.principals.canonical and who.kind != "service":
            self.unknown.add(f"whose the canonical user ids in `{policy.name or policy.kind}` are")
        return False

    def granted(self, policy: Policy) -> dict[Named, Statement]:
        """How a policy with principals allows, each way with one statement."""
        found: dict[Named, Statement] = {}
        for statement in policy.about(self.request.action):
            if not statement.allows or statement.principals is None:
                continue
            how = named(statement.principals, self.request.principal)
            if how is not None and how not in found and self.applies(statement):
                found[how] = statement
        return found


def evaluate(request: Request, policies: Policies) -> Decision:
    """Decide a request. Never raises for anything that `parse` admitted."""
    if request.action in _FREE and request.principal.kind not in _UNSIGNED:
        return Decision(True)
    question = _Question(request, with_principal(request), policies.boundary is not None)
    decision = _evaluate(question, policies)
    if question.unknown and decision.allowed:
        # what is not known could deny it
        decision = Decision(False, unknown=tuple(sorted(question.unknown)))
    return replace(decision, ambiguous=tuple(sorted(question.notes))) if question.notes else decision


def with_principal(request: Request) -> dict[str, str | tuple[str, ...]]:
    """The request's keys in lower case, with those that follow from the principal.

    IAM user guide, "AWS global condition context keys", properties of the principal.
    """
    context = {name.lower(): value for name, value in request.context.items()}
    who = request.principal
    if who.kind not in WITHOUT_IDENTITY:
        # of a session of a role, the role; of a federated user, the session itself ("aws:PrincipalArn")
        role = who.role if who.kind == "role" else None
        context.setdefault("aws:principalarn", role or who.arn)
        if who.account is not None:
            context.setdefault("aws:principalaccount", who.account)
    if who.kind == "anonymous":
        context.setdefault("aws:principaltype", "Anonymous")
    return context


def _evaluate(question: _Question, policies: Policies) -> Decision:
    request = question.request
    who = request.principal
    exempted = service_linked(who)
    scp = None if who.kind in WITHOUT_IDENTITY or exempted else policies.scp
    rcp = policies.rcp if _reached_by_rcp(request, exempted=exempted) else None
    endpoint = None if who.kind == "service" else policies.endpoint
    kind = {"resource": Layer.RESOURCE, "key": Layer.KEY, "trust": Layer.TRUST}[policies.resource_kind]

    # 1. an explicit deny in any policy wins over every allow
    layers: tuple[tuple[Layer, Iterable[Policy]], ...] = (
        (Layer.RCP, _flat(rcp)),
        (Layer.SCP, _flat(scp)),
        (kind, _some(policies.resource)),
        (Layer.ENDPOINT, _some(endpoint)),
        (Layer.IDENTITY, policies.identity),
        (Layer.BOUNDARY, _some(policies.boundary)),
        (Layer.SESSION, policies.session or ()),
    )
    for layer, given in layers:
        for policy in given:
            denied = question.deny(policy, layer)
            if denied is not None:
                return Decision(False, True, layer, (denied,))

    if refused(who, request.action, request.resource):
        return Decision(False, False, kind)

    # 2. every level of the organization must allow (RCPs allow all: RCPFullAWSAccess cannot be detached)
    for level in scp or ():
        if not any(question.allow(policy) for policy in level):
            return Decision(False, False, Layer.SCP)

    # 3. so must the endpoint that the request came through
    if endpoint is not None and not question.granted(endpoint):
        return Decision(False, False, Layer.ENDPOINT)

    return _granted(question, policies, kind)


def _granted(question: _Question, policies: Policies, kind: Layer) -> Decision:
    """4. something must grant, and what limits that grant must allow."""
    request = question.request
    who = request.principal
    by_resource = question.granted(policies.resource) if policies.resource is not None else {}

    def refs(*found: tuple[Layer, Policy | None, Statement]) -> tuple[StatementRef, ...]:
        return tuple(
            StatementRef(layer, policy.name if policy else "", statement.index, statement.sid)
            for layer, policy, statement in found
        )

    # a KMS grant lets its grantee use the key, whatever else allows
    granting = [g for g in policies.grants if g.admits(who, request.action, question.context)]
    for grant in granting:
        if not grant.to_account or who.kind == "root":
            return Decision(True, statements=(StatementRef(Layer.KEY, f"grant {grant.name}".strip(), 0),))

    # services and strangers have no identity policies: the resource alone can admit them
    if who.kind in WITHOUT_IDENTITY:
        statement = next(iter(by_resource.values()), None)
        if statement is None:
            return Decision(False, False, kind)
        return Decision(True, statements=refs((kind, policies.resource, statement)))

    by_identity: tuple[Policy, Statement] | None = None
    for policy in policies.identity:
        allowing = question.allow(policy)
        if allowing is not None:
            by_identity = (policy, allowing)
            break
    # the root user may do everything in its account that no SCP or resource policy takes from it
    by_root = who.kind == "root"

    same = request.same_account
    if same and Named.DIRECT in by_resource:
        # no implicit deny of identity policy, boundary or session policy limits this grant
        return Decision(True, statements=refs((kind, policies.resource, by_resource[Named.DIRECT])))

    needs_resource = not same or policies.resource_kind in ("key", "trust")
    if needs_resource and not by_resource and not granting:
        return Decision(False, False, kind)

    by_role = by_resource.get(Named.ROLE) if same else None
    if by_identity is None and by_role is None and not by_root:
        return Decision(False, False, Layer.IDENTITY)

    if not by_root:
        limit = _limit(question, policies)
        if limit is not None:
            return Decision(False, False, limit)

    found: list[tuple[Layer, Policy | None, Statement]] = []
    if by_identity is not None:
        found.append((Layer.IDENTITY, *by_identity))
    if by_role is not None and by_identity is None:
        found.append((kind, policies.resource, by_role))
    elif needs_resource and by_resource:
        found.append((kind, policies.resource, next(iter(by_resource.values()))))
    return Decision(True, statements=refs(*found))


def _limit(question: _Question, policies: Policies) -> Layer | None:
    """The boundary or the session policy, if it does not allow."""
    if policies.boundary is not None and question.allow(policies.boundary) is None:
        return Layer.BOUNDARY
    if policies.session is not None and not any(question.allow(policy) for policy in policies.session):
        return Layer.SESSION
    return None


def _reached_by_rcp(request: Request, *, exempted: bool) -> bool:
    """Organizations user guide, "Resources and entities not restricted by RCPs": service-linked roles, other
    services' actions, `kms:RetireGrant`."""
    prefix = request.action.partition(":")[0].lower()
    return not exempted and prefix in catalogue.rcp_services() and request.action.lower() != "kms:retiregrant"


def _flat(levels: Levels | None) -> Iterable[Policy]:
    return (policy for level in levels or () for policy in level)


def _some(policy: Policy | None) -> Iterable[Policy]:
    return () if policy is None else (policy,)


def levels(*given: Iterable[Policy]) -> Levels:
    """Levels of an organization, from the root down."""
    return tuple(tuple(level) for level in given)
