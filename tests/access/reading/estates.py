"""Small estates, as templates and as collectors give them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from ringwork.access import Principal, Request, evaluate
from ringwork.access.authority import Authority, Endpoint, Guarded, Identity
from ringwork.access.reading import read
from ringwork.estate import Estate, Gap, Resource, Stack, resource_key
from ringwork.estate.live import link
from ringwork.estate.sources import cloudformation
from ringwork.findings import Origin
from ringwork.source import parse_json

ACCOUNT, REGION, OTHER = "111122223333", "eu-central-1", "444455556666"
Resources = Mapping[str, tuple[str, Mapping[str, Any]]]


def template(resources: Resources, **more: Any) -> Estate:
    """Logical id -> (type without `AWS::`, properties)."""
    parameters = more.pop("given", {})
    body = {
        "Resources": {
            name: {"Type": f"AWS::{type}", "Properties": dict(properties)}
            for name, (type, properties) in resources.items()
        },
        **more,
    }
    stack = Stack("app", ACCOUNT, REGION, body, parameters=parameters)
    document = parse_json(json.dumps(body, indent=1), "app.json")
    (estate,) = cloudformation.read_stacks((stack,), documents={stack.id: document})
    return estate


def authority(resources: Resources, **more: Any) -> Authority:
    return read(template(resources, **more))


def key(type: str, name: str) -> str:
    """Of a resource of `template`."""
    return f"{ACCOUNT}/{REGION}/AWS::{type}/app/{name}"


def live(
    type: str,
    physical: str,
    properties: Mapping[str, Any],
    *,
    arn: str | None = None,
    attributes: Mapping[str, Any] | None = None,
    account: str = ACCOUNT,
    region: str | None = REGION,
) -> Resource:
    full = type if type.startswith("live:") else f"AWS::{type}"
    return Resource(
        resource_key(account, region, full, physical),
        full,
        properties,
        account,
        region,
        physical=physical,
        arn=arn,
        attributes=attributes or {},
        origins=(Origin(operation="iam:Get", time="2026-11-28T00:00:00Z"),),
    )


def collected(resources: Iterable[Resource], gaps: Iterable[Gap] = (), **more: Any) -> Authority:
    return read(link(resources, gaps=gaps), **more)


def ref(name: str) -> dict[str, str]:
    return {"Ref": name}


def att(name: str, attribute: str = "Arn") -> dict[str, list[str]]:
    return {"Fn::GetAtt": [name, attribute]}


def document(*statements: Mapping[str, Any]) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": list(statements)}


def allow(action: Any = "*", resource: Any = "*", **more: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": action, "Resource": resource, **more}


def deny(action: Any = "*", resource: Any = "*", **more: Any) -> dict[str, Any]:
    return {"Effect": "Deny", "Action": action, "Resource": resource, **more}


def trust(*services: str) -> dict[str, Any]:
    """A trust policy that lets services assume the role."""
    return document({"Effect": "Allow", "Principal": {"Service": list(services)}, "Action": "sts:AssumeRole"})


LAMBDA = trust("lambda.amazonaws.com")


def may(
    found: Authority,
    who: Identity | Principal,
    action: str,
    on: Guarded | str,
    *,
    through: Endpoint | None = None,
    wider: bool = False,
    **context: Any,
) -> bool:
    """Whether `who` may, with every document at its widest or at its narrowest."""
    resource = on if isinstance(on, Guarded) else found.resource(on)
    arn = on.arn if isinstance(on, Guarded) else on
    identity = who if isinstance(who, Identity) else None
    principal = who if isinstance(who, Principal) else who.principal()
    keys = {name.replace("__", ":").replace("_", "-"): value for name, value in context.items()}
    owner = resource.account if resource is not None else None
    policies = found.policies(identity, resource, through, action=action, wider=wider)
    return evaluate(Request(principal, action, arn, owner, keys), policies).allowed


def both(found: Authority, who: Identity | Principal, action: str, on: Guarded | str, **more: Any) -> Any:
    """(at its narrowest, at its widest)."""
    return tuple(may(found, who, action, on, wider=wider, **more) for wider in (False, True))
