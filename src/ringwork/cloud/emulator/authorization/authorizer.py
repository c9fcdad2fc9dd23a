"""Authorizes requests: what a call needs, held against every policy that applies, by Ringwork's evaluator."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import dataclass, replace

from ringwork.access import Decision, Layer, Policies, Policy, Request, evaluate, message
from ringwork.cloud.emulator import protocol, services
from ringwork.cloud.emulator.asked import Asked
from ringwork.cloud.emulator.authorization import context, encoded, sources
from ringwork.cloud.emulator.authorization.needs import Need, account_in, needs
from ringwork.cloud.emulator.authorization.sources import Endpoint, Held, Membership
from ringwork.cloud.emulator.backends import MotoBackends
from ringwork.cloud.emulator.credentials import KeyRing
from ringwork.cloud.emulator.errors import AwsError, NotEmulatedError
from ringwork.cloud.emulator.store import Store

_LOG = logging.getLogger(__name__)

_CODES = {
    "json": ("AccessDeniedException", 400),
    "rest-json": ("AccessDeniedException", 403),
    "ec2": ("UnauthorizedOperation", 403),
    "query": ("AccessDenied", 403),
    "rest-xml": ("AccessDenied", 403),
}
"""How each protocol's services refuse ("Common Errors" in their API references)."""

_OWN_CODES = {"sns": ("AuthorizationError", 403), "sqs": ("AccessDenied", 403)}

_OPEN = frozenset({"sts:GetCallerIdentity"})

_BY_TRUST = frozenset({"sts:TagSession", "sts:SetSourceIdentity"})
"""Besides AssumeRole: actions that a role's trust policy must allow (IAM user guide, "Pass session tags in
AWS STS", "Monitor and control actions taken with assumed roles")."""


@dataclass(frozen=True, slots=True)
class _Asking:
    """What all needs of one call share."""

    who: Held
    organization: Membership | None
    through: Endpoint | None
    base: context.Context


class Authorizer:
    """Decides requests by the policies that the local cloud holds."""

    def __init__(self, store: Store, backends: MotoBackends, keys: KeyRing) -> None:
        self._store = store
        self._backends = backends
        self._keys = keys

    def check(self, asked: Asked) -> tuple[str, str]:
        """Raise `AwsError` for what AWS would refuse, in the service's own words.

        Returns the account and the Region in which the operation works: those of the resource that it is
        about, where it may be another account's.
        """
        wanted = needs(asked)
        if all(need.action in _OPEN for need in wanted):
            return asked.account, asked.region
        asking = self._asking(asked)
        for need in wanted:
            decision, request, policies = self.decide(asked, asking, need)
            _LOG.debug("%s %s on %s: %s", asked.caller.arn, need.action, need.resource, decision.explain())
            if not decision.allowed:
                raise self._refusal(asked, request, decision, policies)
        if asked.service == "ec2" and asked.parameters.get("DryRun"):
            raise AwsError(
                "DryRunOperation", "Request would have succeeded, but DryRun flag is set.", status=412
            )
        return _place(asked, wanted)

    def _asking(self, asked: Asked) -> _Asking:
        caller = asked.caller
        through = None
        if asked.endpoint is not None and caller.kind != "service" and not caller.called_via:
            self._backends.prepare("ec2")
            through = sources.endpoint(asked.endpoint)
            if through is None:
                raise AwsError("InvalidVpcEndpointId.NotFound", f"no VPC endpoint `{asked.endpoint}`", 404)
        who = sources.held(caller)
        organization = None if caller.kind in ("service", "anonymous") else sources.membership(caller.account)
        base = context.base(asked, who, organization, through, sources.membership)
        return _Asking(who, organization, through, base)

    def decide(self, asked: Asked, asking: _Asking, need: Need) -> tuple[Decision, Request, Policies]:
        """The decision about one need, with the request that was decided and the policies that apply."""
        owner = _owner(asked, need)
        member = sources.membership(owner) if owner is not None else None
        policies = self._policies(asked, asking, need, member)
        own = context.of_need(asked, need, owner, member)
        found = context.confined(need, {**asking.base, **own})
        self._check_keys(asked, need, policies, found)
        request = Request(asking.who.principal, need.action, need.resource, owner, found)
        return evaluate(request, policies), request, policies

    def _policies(self, asked: Asked, asking: _Asking, need: Need, owner: Membership | None) -> Policies:
        who = asking.who
        kind = need.resource.split(":", 3)[2] if need.resource.startswith("arn:") else ""
        resource: Policy | None = None
        policies = Policies(
            who.identity,
            who.boundary,
            who.session,
            asking.organization.scp if asking.organization is not None else None,
            owner.rcp if owner is not None else None,
            endpoint=asking.through.policy if asking.through is not None else None,
        )
        if need.action.startswith("sts:AssumeRole") or need.action in (
            "sts:TagSession",
            "sts:SetSourceIdentity",
        ):
            trust = sources.trust_policy(need.resource)
            return replace(policies, resource=trust, resource_kind="trust")
        if need.action.startswith("iam:"):
            return policies
        if kind in sources.WITH_POLICIES:
            if kind != asked.service:
                self._backends.prepare("kms" if kind == "kms" else kind)
            resource = sources.resource_policy(need.resource)
        if kind == "kms" and resource is not None:
            grants = sources.grants(need.resource)
            return replace(policies, resource=resource, resource_kind="key", grants=grants)
        return replace(policies, resource=resource)

    def _check_keys(self, asked: Asked, need: Need, policies: Policies, found: context.Context) -> None:
        """Refuse to decide by a key that AWS would fill and that is not filled here; add resource tags."""
        known = context.known_keys(asked, need.action, need.resource)
        tags_wanted = False
        for policy in _all(policies):
            for statement in policy.about(need.action):
                for key in statement.keys:
                    if key in found:
                        continue
                    if "resourcetag/" in key:
                        tags_wanted = True
                    elif not known(key):
                        raise NotEmulatedError(
                            asked.service,
                            asked.operation.name,
                            f"`{policy.name}` decides by `{key}`, which the local cloud does not know",
                        )
        if tags_wanted:
            tags = context.resource_tags(asked, need.resource)
            if tags is None:
                raise NotEmulatedError(
                    asked.service,
                    asked.operation.name,
                    f"a policy decides by tags of `{need.resource}`, which the local cloud does not know",
                )
            prefix = need.action.partition(":")[0]
            for name, value in tags.items():
                found[f"aws:resourcetag/{name.lower()}"] = value
                found[f"{prefix}:resourcetag/{name.lower()}"] = value

    def _refusal(self, asked: Asked, request: Request, decision: Decision, policies: Policies) -> AwsError:
        if decision.unknown:
            return NotEmulatedError(asked.service, asked.operation.name, "; ".join(decision.unknown))
        spoken = protocol.wire_protocol(asked.request, protocol.service_model(asked.service))
        code, status = _OWN_CODES.get(asked.service, _CODES[spoken])
        if asked.service == "sts" and decision.layer is Layer.TRUST:
            # AWS does not tell whether the role exists or does not trust the caller
            who, what = request.principal.arn, request.resource
            text = f"User: {who} is not authorized to perform: {request.action} on resource: {what}"
            return AwsError("AccessDenied", text, status=403)
        text = message(request, decision)
        if asked.service == "ec2":
            text = f"{_UNAUTHORIZED} {text}"
            # what has no resource-level permissions (the Describe operations) gets no encoded message
            if request.resource != "*":
                details = encoded.details(asked.caller, request, decision, tuple(_all(policies)))
                text += f". {_ENCODED} {self._keys.seal(asked.account, details)}"
        return AwsError(code, text, status)


_UNAUTHORIZED = "You are not authorized to perform this operation."
_ENCODED = "Encoded authorization failure message:"
"""EC2 API reference, "Error codes for the Amazon EC2 API", UnauthorizedOperation."""


_CROSSING = frozenset({"ecr", "kms", "lambda", "logs", "sagemaker", "secretsmanager", "sns", "sqs"})
"""Services that act on a resource of another account where its policy admits the caller."""


def _place(asked: Asked, wanted: list[Need]) -> tuple[str, str]:
    if asked.service in _CROSSING and wanted:
        parts = wanted[0].resource.split(":", 5)
        if len(parts) == 6 and parts[4] and parts[4] != asked.account:
            return parts[4], parts[3] or asked.region
    return asked.account, asked.region


def _all(policies: Policies) -> Iterable[Policy]:
    yield from policies.identity
    yield from policies.session or ()
    for level in (*(policies.scp or ()), *(policies.rcp or ())):
        yield from level
    for one in (policies.boundary, policies.resource, policies.endpoint):
        if one is not None:
            yield one


def _owner(asked: Asked, need: Need) -> str | None:
    """The account that owns the resource of a need."""
    account = account_in(need.resource)
    if account is not None:
        return account
    if need.resource.startswith("arn:aws:s3:::") and need.action != "s3:CreateBucket":
        return services.owner_of_bucket(need.resource[13:].partition("/")[0]) or asked.account
    return asked.account
