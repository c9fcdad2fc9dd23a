"""What stands before an environment's endpoints: APIs and load balancers, their firewall and their callers'
proof of identity."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from ringwork.estate import Estate, Resource, references
from ringwork.report import words

_API, _BALANCER = "AWS::ApiGateway::RestApi", "AWS::ElasticLoadBalancingV2::LoadBalancer"
_AUTHORIZATION = {"AWS_IAM": "IAM", "NONE": "no authorization", "CUSTOM": "authorizer"}
"""Amazon API Gateway, Method, `authorizationType`."""


@dataclass(frozen=True, slots=True)
class Front:
    """An API or load balancer that callers meet first."""

    key: str
    name: str
    kind: str
    """`private API`, `public API`, `load balancer`"""
    acl: str
    """name of the AWS WAF web ACL before it; empty: none was found"""
    acl_key: str
    auth: str
    """how callers prove who they are; empty: not known"""

    @property
    def keys(self) -> tuple[str, ...]:
        return (self.key, self.acl_key) if self.acl_key else (self.key,)


def fronts(estate: Estate) -> Mapping[tuple[str | None, ...], tuple[Front, ...]]:
    """Account, Region, team and stage (`words.home`) -> what stands there."""
    acls: dict[str, Resource] = {}
    for association in estate.of_type("AWS::WAFv2::WebACLAssociation"):
        acl = estate.resolve(association.properties.get("WebACLArn"))
        for _, reference in references(association.properties.get("ResourceArn")):
            if acl is not None:
                acls[reference.target] = acl
    found: dict[tuple[str | None, ...], list[Front]] = defaultdict(list)
    for api in estate.of_type(_API):
        acl = acls.get(api.key)
        auth = set()
        for holder, _ in estate.referrers(api.key):
            acl = acl or acls.get(holder.key)
            if holder.type == "AWS::ApiGateway::Method":
                given = words.text(estate, holder.properties.get("AuthorizationType"))
                auth.add(_AUTHORIZATION.get(given, given))
        name = words.text(estate, api.properties.get("Name")) or words.name(estate, api)
        found[words.home(estate, api)].append(_front(estate, api, name, _kind(estate, api), acl, auth))
    for balancer in estate.of_type(_BALANCER):
        if words.text(estate, balancer.properties.get("Type")) not in ("", "application"):
            continue
        modes = set()
        for holder, _ in estate.referrers(balancer.key):
            mutual = holder.properties.get("MutualAuthentication")
            if isinstance(mutual, Mapping) and words.text(estate, mutual.get("Mode")) == "verify":
                modes.add("mutual TLS")
        name = words.text(estate, balancer.properties.get("Name")) or words.name(estate, balancer)
        acl = acls.get(balancer.key)
        found[words.home(estate, balancer)].append(
            _front(estate, balancer, name, "load balancer", acl, modes)
        )
    return {home: tuple(sorted(held, key=lambda f: (f.name, f.key))) for home, held in found.items()}


def _front(
    estate: Estate, resource: Resource, name: str, kind: str, acl: Resource | None, auth: set[str]
) -> Front:
    told = ""
    if acl is not None:
        told = words.text(estate, acl.properties.get("Name")) or words.name(estate, acl)
        told = words.short(estate, acl, told)
    owner = words.tags(estate, resource).get("ringwork:workload") or words.short(estate, resource, name)
    return Front(resource.key, owner, kind, told, acl.key if acl else "", ", ".join(sorted(auth - {""})))


def _kind(estate: Estate, api: Resource) -> str:
    """Amazon API Gateway, EndpointConfiguration: a `PRIVATE` API is reached through interface endpoints."""
    given = api.properties.get("EndpointConfiguration")
    types = words.items(given.get("Types")) if isinstance(given, Mapping) else ()
    return "private API" if "PRIVATE" in {words.text(estate, each) for each in types} else "public API"
