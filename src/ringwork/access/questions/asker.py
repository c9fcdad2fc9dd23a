"""Who asks, what is known of their requests, and every policy that applies to them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from ringwork.access.authority import Authority, Endpoint, Guarded, Identity
from ringwork.access.evaluate import Policies
from ringwork.access.questions.situation import Situation, keys_of, of_identity
from ringwork.access.request import Principal


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
    otherwise: tuple[Asker, ...] = ()
    """what else they can be when they ask: somebody outside chooses"""


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


def sessions(who: Asker, resource: Guarded | None) -> Iterator[Asker]:
    """The asker; and if it is a role, its sessions by each name that the resource's policy names.

    IAM user guide, "AWS JSON policy elements: Principal", role session principals: whoever assumes a role
    gives the session its name, and a policy may name the session.
    """
    yield who
    document = None if resource is None else resource.policy
    if document is None or who.principal.kind != "role":
        return
    stem = who.principal.arn.rpartition("/")[0] + "/"
    listed: dict[str, None] = {}
    for side in (document.wider, document.narrower):
        for statement in side.statements:
            for named in (statement.principals, statement.not_principals):
                listed.update((one, None) for one in (named.aws if named is not None else ()))
    for arn in sorted(listed):
        if arn.startswith(stem) and arn != who.principal.arn:
            yield replace(who, principal=replace(who.principal, arn=arn))


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
