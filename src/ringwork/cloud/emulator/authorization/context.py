"""The condition keys of a request.

Sources: IAM user guide, "AWS global condition context keys" (for each key: when it is in the request);
Service Authorization Reference, the condition keys of each service.

A key that a policy reads and that cannot be worked out here is not silently absent: `known_keys` says which
keys are filled.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl

from ringwork.access import catalogue
from ringwork.cloud.emulator import protocol, services
from ringwork.cloud.emulator.asked import Asked
from ringwork.cloud.emulator.authorization import sagemaker, sources
from ringwork.cloud.emulator.authorization.needs import Need, account_in
from ringwork.cloud.emulator.authorization.sources import Endpoint, Held, Membership
from ringwork.cloud.emulator.authorization.templates import Template

Context = dict[str, "str | tuple[str, ...]"]

_PRINCIPAL_TYPES = {
    "root": "Account",
    "user": "User",
    "role": "AssumedRole",
    "federated": "FederatedUser",
    "anonymous": "Anonymous",
}

_COMPUTED = frozenset(
    {
        *("aws:calledvia", "aws:calledviafirst", "aws:calledvialast", "aws:currenttime", "aws:epochtime"),
        *("aws:federatedprovider", "aws:multifactorauthage", "aws:multifactorauthpresent"),
        *("aws:principalaccount", "aws:principalarn", "aws:principalisawsservice", "aws:principalorgid"),
        *("aws:principalorgpaths", "aws:principalservicename", "aws:principalservicenameslist"),
        *("aws:principaltype", "aws:referer", "aws:requestedregion", "aws:resourceaccount"),
        *("aws:resourceorgid", "aws:resourceorgpaths", "aws:securetransport", "aws:sourceaccount"),
        *("aws:sourcearn", "aws:sourceidentity", "aws:sourceip", "aws:sourceorgid", "aws:sourceorgpaths"),
        *("aws:sourcevpc", "aws:sourcevpce", "aws:tagkeys", "aws:tokenissuetime", "aws:useragent"),
        *("aws:userid", "aws:username", "aws:viaawsservice", "aws:vpceaccount", "aws:vpceorgid"),
        *("aws:vpceorgpaths", "aws:vpcsourceip"),
        *("s3:authtype", "s3:signatureversion", "s3:resourceaccount", "s3:tlsversion"),
        # keys of ways to sign in that the local cloud does not have: absent, as on AWS without them
        *("aws:ec2instancesourcevpc", "aws:ec2instancesourceprivateipv4", "ec2:roledelivery"),
        *("ec2:sourceinstancearn", "aws:assumedroot", "aws:isec2ebssnapshotowner", "aws:chatbotsourcearn"),
        *("aws:signinsessionarn", "aws:permissionsboundary"),
        *("saml:sub", "cognito-identity.amazonaws.com:aud", "cognito-identity.amazonaws.com:sub"),
    }
)
"""Keys that are filled here when AWS has them in a request, so that their absence means absence."""

_FAMILIES = (
    *("aws:principaltag/", "aws:requesttag/", "kms:encryptioncontext:"),
    *("s3:existingobjecttag/", "s3:requestobjecttag/"),
)
"""Beginnings of keys of which each is filled"""


def known_keys(asked: Asked, action: str, resource: str = "*") -> Callable[[str], bool]:
    """Whether a key (lower case) is filled here for `action` on `resource` whenever AWS has it."""
    kind = _kind(action, resource) if action.startswith("ec2:") else None
    return functools.partial(_known, asked.service, asked.operation.name, action, kind)


@functools.lru_cache(maxsize=65536)
def _known(service: str, operation: str, action: str, kind: str | None, key: str) -> bool:
    if key in _COMPUTED or key.startswith(_FAMILIES) or "resourcetag/" in key:
        return True
    prefix, _, name = key.partition(":")
    if prefix == "aws":
        return False
    if prefix != action.partition(":")[0]:
        return True  # another service's key is never in this request
    if not _offered(action, key) or (kind is not None and not _offered_on(action, kind, key)):
        return True  # the action does not have it
    if _table(prefix).get(name) is not None:
        return True
    # most of EC2's keys have a value without a parameter, too: the default of the parameter
    return prefix != "ec2" and name in _members(service, operation)


@functools.cache
def _members(service: str, operation: str) -> frozenset[str]:
    """The names of an operation's parameters, those of nested structures as well, lower case."""
    shape = protocol.service_model(service).operation_model(operation).input_shape
    found: set[str] = set()

    def walk(shape: Any, depth: int) -> None:
        if shape is None or depth > 3:
            return
        if shape.type_name == "structure":
            for name, member in shape.members.items():
                found.add(name.lower())
                walk(member, depth + 1)
        elif shape.type_name == "list":
            walk(shape.member, depth + 1)

    walk(shape, 0)
    return frozenset(found)


@functools.lru_cache(maxsize=65536)
def _offered(action: str, key: str) -> bool:
    prefix, _, name = action.partition(":")
    described = catalogue.actions(prefix).get(name.lower())
    if described is None:
        return True
    offered = {k.lower() for k in described["conditionKeys"]}
    types = catalogue.resource_types(prefix)
    for kind in described["resourceTypes"]:
        offered.update(k.lower() for k in kind["conditionKeys"])
        offered.update(k.lower() for k in types.get(kind["name"], {}).get("conditionKeys", ()))
    return any(_same(key, offer) for offer in offered)


@functools.lru_cache(maxsize=4096)
def _kind(action: str, resource: str) -> str | None:
    """Which of an action's resource types a resource is; None when it is none of them."""
    prefix, _, name = action.partition(":")
    types = catalogue.resource_types(prefix)
    for kind in catalogue.actions(prefix).get(name.lower(), {}).get("resourceTypes", ()):
        if Template(types[kind["name"]]["arn"]).is_like(resource):
            return str(kind["name"])
    return None


@functools.lru_cache(maxsize=65536)
def _offered_on(action: str, kind: str, key: str) -> bool:
    """Whether a key is there when an action is authorized on a resource of a type."""
    prefix, _, name = action.partition(":")
    described = catalogue.actions(prefix)[name.lower()]
    of_kind = next(one["conditionKeys"] for one in described["resourceTypes"] if one["name"] == kind)
    return any(_same(key, offer.lower()) for offer in (*described["conditionKeys"], *of_kind))


_OF_ONE_KIND = ("aws:requesttag/", "aws:tagkeys", "ec2:")


def confined(need: Need, found: Context) -> Context:
    """The keys without those that other resources of the same call have.

    EC2 user guide, "Example policies to control access the Amazon EC2 API" ("Launch instances"): a call is
    authorized on each resource with that resource's keys only, so a condition on the instance's type holds
    for the instance and not for its image.
    """
    kind = _kind(need.action, need.resource) if need.action.startswith("ec2:") and not need.context else None
    if kind is None:
        return found
    return {
        key: value
        for key, value in found.items()
        if not key.startswith(_OF_ONE_KIND) or _offered_on(need.action, kind, key)
    }


def _same(key: str, offer: str) -> bool:
    return key == offer or ("${" in offer and key.startswith(offer.partition("${")[0]))


def base(
    asked: Asked,
    who: Held,
    organization: Membership | None,
    through: Endpoint | None,
    organization_of: Callable[[str], Membership | None],
) -> Context:
    """The keys that all needs of a call share; names in lower case."""
    caller = asked.caller
    now = datetime.now(UTC)
    found: Context = {
        "aws:requestedregion": asked.region,
        "aws:securetransport": "true",
        "aws:currenttime": now.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "aws:epochtime": str(int(now.timestamp())),
        "aws:useragent": asked.request.headers.get("user-agent", ""),
        # SNS's default topic policy reads it: the account that asks ("aws:SourceOwner", SNS developer guide)
        "aws:sourceowner": caller.account,
        "aws:principalisawsservice": str(caller.kind == "service").lower(),
        "aws:viaawsservice": str(bool(caller.called_via)).lower(),
        "s3:signatureversion": "AWS4-HMAC-SHA256",
        "s3:authtype": "REST-QUERY-STRING" if "X-Amz-Signature" in asked.request.query else "REST-HEADER",
        "s3:tlsversion": "1.3",
    }
    if "referer" in asked.request.headers:
        found["aws:referer"] = asked.request.headers["referer"]
    if caller.called_via:
        found["aws:calledvia"] = caller.called_via
        found["aws:calledviafirst"] = caller.called_via[0]
        found["aws:calledvialast"] = caller.called_via[-1]
    if caller.kind == "service":
        found["aws:principalservicename"] = caller.arn
        found["aws:principalservicenameslist"] = (caller.arn,)
        source = caller.source_arn
        account = (account_in(source) if source else None) or caller.account
        found["aws:sourceaccount"] = account
        if source:
            found["aws:sourcearn"] = source
        member = organization_of(account)
        if member is not None:
            found["aws:sourceorgid"] = member.organization
            found["aws:sourceorgpaths"] = (member.path,)
    else:
        found.update(_principal(asked, who, organization))
    # a service calls from its own network ("Forward access sessions", network keys)
    if caller.kind != "service" and not caller.called_via:
        found.update(_network(asked, through, organization_of))
    tags = dict(_request_tags(asked.parameters))
    if tags:
        found["aws:tagkeys"] = tuple(tags)
        found.update({f"aws:requesttag/{name.lower()}": value for name, value in tags.items()})
    return found


def _principal(asked: Asked, who: Held, organization: Membership | None) -> Iterator[tuple[str, Any]]:
    caller = asked.caller
    yield "aws:principaltype", _PRINCIPAL_TYPES[caller.kind]
    if caller.kind == "anonymous":
        yield "aws:userid", "anonymous"
        return
    yield "aws:userid", caller.user_id
    yield "aws:principalarn", caller.role if caller.kind == "role" and caller.role else caller.arn
    yield "aws:principalaccount", caller.account
    if who.name is not None:
        yield "aws:username", who.name
    if caller.issued is not None:
        stamp = datetime.fromtimestamp(caller.issued, UTC)
        yield "aws:tokenissuetime", stamp.strftime("%Y-%m-%dT%H:%M:%SZ")
    if caller.mfa is not None:
        yield "aws:multifactorauthpresent", str(caller.mfa).lower()
    elif caller.kind == "role":
        # present for temporary credentials ("aws:MultiFactorAuthPresent")
        yield "aws:multifactorauthpresent", "false"
    if caller.source_identity:
        yield "aws:sourceidentity", caller.source_identity
    if caller.provider:
        yield "aws:federatedprovider", caller.provider
    for name, value in who.tags:
        yield f"aws:principaltag/{name.lower()}", value
    # absent for callers of AssumeRoleWithSAML and AssumeRoleWithWebIdentity
    if organization is not None and not caller.provider:
        yield "aws:principalorgid", organization.organization
        yield "aws:principalorgpaths", (organization.path,)


def _network(
    asked: Asked, through: Endpoint | None, organization_of: Callable[[str], Membership | None]
) -> Iterator[tuple[str, Any]]:
    if through is None:
        yield "aws:sourceip", asked.source_ip
        return
    yield "aws:sourcevpce", through.id
    yield "aws:sourcevpc", through.vpc
    yield "aws:vpcsourceip", asked.source_ip
    yield "aws:vpceaccount", through.account
    member = organization_of(through.account)
    if member is not None:
        yield "aws:vpceorgid", member.organization
        yield "aws:vpceorgpaths", (member.path,)


_TAG_MEMBERS = ("Tags", "tags", "TagList", "TagSet", "TagSpecifications", "TagSpecification", "Tagging")


def _request_tags(parameters: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for member in _TAG_MEMBERS:
        value = parameters.get(member)
        if isinstance(value, Mapping):
            if "TagSet" in value:
                yield from _pairs(value["TagSet"])
            else:
                yield from ((str(k), str(v)) for k, v in value.items())
        elif isinstance(value, list):
            for item in value:
                if isinstance(item, Mapping) and "Tags" in item:
                    yield from _pairs(item["Tags"])
            yield from _pairs(value)


def _pairs(items: Any) -> Iterator[tuple[str, str]]:
    for item in items or ():
        if isinstance(item, Mapping):
            key = item.get("Key", item.get("key", item.get("TagKey")))
            if key is not None:
                yield str(key), str(item.get("Value", item.get("value", item.get("TagValue", ""))))


def of_need(asked: Asked, need: Need, account: str | None, member: Membership | None) -> Context:
    """The keys of one need: its resource's account and organization, and the service's own."""
    found: Context = {}
    if account is not None:
        found["aws:resourceaccount"] = account
        found["s3:resourceaccount"] = account
    if member is not None:
        found["aws:resourceorgid"] = member.organization
        found["aws:resourceorgpaths"] = (member.path,)
    prefix = need.action.partition(":")[0]
    if prefix != "iam" or asked.service == "iam":
        found.update(_own(asked, need, prefix))
    found.update({name.lower(): value for name, value in need.context.items()})
    return found


def _own(asked: Asked, need: Need, prefix: str) -> Iterator[tuple[str, str | tuple[str, ...]]]:
    """The service's own keys: from a table, otherwise the parameter of the same name."""
    table = _table(prefix)
    for name, value in table.items():
        given = value(asked, need)
        if given is not None:
            yield f"{prefix}:{name}", given
    for name, given in _parameters(asked.parameters, 0):
        key = name.lower()
        if key not in table:
            yield f"{prefix}:{key}", given
    if prefix == "kms":
        yield from _encryption_context(asked)
    if prefix == "s3":
        yield from _object_tags(asked, need)


def _parameters(value: Mapping[str, Any], depth: int) -> Iterator[tuple[str, str | tuple[str, ...]]]:
    nested = []
    for name, item in value.items():
        if isinstance(item, bool):
            yield name, str(item).lower()
        elif isinstance(item, str | int | float):
            yield name, str(item)
        elif isinstance(item, list) and all(isinstance(one, str) for one in item):
            yield name, tuple(item)
        elif isinstance(item, Mapping) and depth < 2:
            nested.append(item)
    for item in nested:
        yield from _parameters(item, depth + 1)


def _encryption_context(asked: Asked) -> Iterator[tuple[str, str | tuple[str, ...]]]:
    """KMS developer guide, "AWS KMS condition keys": kms:EncryptionContext:, kms:EncryptionContextKeys."""
    given = asked.parameters.get("EncryptionContext")
    if isinstance(given, Mapping):
        for name, value in given.items():
            yield f"kms:encryptioncontext:{str(name).lower()}", str(value)
        yield "kms:encryptioncontextkeys", tuple(str(name) for name in given)


def _object_tags(asked: Asked, need: Need) -> Iterator[tuple[str, str | tuple[str, ...]]]:
    """S3 user guide, "Tagging and access control policies": tags that a request gives to an object, and those
    that the object has."""
    given = asked.parameters.get("Tagging")
    if isinstance(given, str):
        tags = dict(parse_qsl(given, keep_blank_values=True))
    else:
        tags = dict(_pairs(given.get("TagSet"))) if isinstance(given, Mapping) else {}
    if (tags and "Tagging" in need.action) or isinstance(given, str):
        yield "s3:requestobjecttagkeys", tuple(tags)
        yield from ((f"s3:requestobjecttag/{name.lower()}", value) for name, value in tags.items())
    name, _, key = need.resource.removeprefix("arn:aws:s3:::").partition("/")
    bucket = sources.bucket_of(name) if key else None
    found: Any = bucket.keys.get(key) if bucket is not None else None
    if bucket is not None and hasattr(found, "arn"):  # a delete marker has none, and no tags
        from moto.s3.models import s3_backends  # noqa: PLC0415

        kept = s3_backends[bucket.account_id]["aws"].tagger.get_tag_dict_for_resource(found.arn)
        yield from ((f"s3:existingobjecttag/{name.lower()}", value) for name, value in kept.items())


Value = Callable[[Asked, Need], "str | tuple[str, ...] | None"]


def _parameter(*path: str) -> Value:
    def value(asked: Asked, _need: Need) -> str | tuple[str, ...] | None:
        found: Any = asked.parameters
        for name in path:
            if not isinstance(found, Mapping):
                return None
            found = found.get(name)
        if isinstance(found, bool):
            return str(found).lower()
        if isinstance(found, list):
            return tuple(str(item) for item in found)
        return None if found is None else str(found)

    return value


def _header(name: str) -> Value:
    return lambda asked, _need: asked.request.headers.get(name)


def _via_service(asked: Asked, _need: Need) -> str | None:
    """KMS developer guide, "kms:ViaService": `s3.eu-west-1.amazonaws.com`."""
    if not asked.caller.called_via:
        return None
    service = asked.caller.called_via[-1].removesuffix(".amazonaws.com")
    return f"{service}.{asked.region}.amazonaws.com"


def _key_attribute(name: str) -> Value:
    def value(asked: Asked, need: Need) -> str | None:
        parts = need.resource.split(":", 5)
        key = sources.kms_key(parts[4], parts[3], parts[5].removeprefix("key/")) if len(parts) == 6 else None
        found = getattr(key, name, None)
        return None if found is None else str(found).lower() if isinstance(found, bool) else str(found)

    return value


def _caller_account(asked: Asked, _need: Need) -> str:
    return asked.caller.account


_S3: Mapping[str, Value] = {
    "prefix": _parameter("Prefix"),
    "delimiter": _parameter("Delimiter"),
    "max-keys": _parameter("MaxKeys"),
    "versionid": _parameter("VersionId"),
    "locationconstraint": _parameter("CreateBucketConfiguration", "LocationConstraint"),
    "x-amz-acl": _header("x-amz-acl"),
    "x-amz-content-sha256": _header("x-amz-content-sha256"),
    "x-amz-copy-source": _header("x-amz-copy-source"),
    "x-amz-grant-full-control": _header("x-amz-grant-full-control"),
    "x-amz-grant-read": _header("x-amz-grant-read"),
    "x-amz-grant-read-acp": _header("x-amz-grant-read-acp"),
    "x-amz-grant-write": _header("x-amz-grant-write"),
    "x-amz-grant-write-acp": _header("x-amz-grant-write-acp"),
    "x-amz-metadata-directive": _header("x-amz-metadata-directive"),
    "x-amz-object-ownership": _header("x-amz-object-ownership"),
    "x-amz-server-side-encryption": _header("x-amz-server-side-encryption"),
    "x-amz-server-side-encryption-aws-kms-key-id": _header("x-amz-server-side-encryption-aws-kms-key-id"),
    "x-amz-server-side-encryption-customer-algorithm": _header(
        "x-amz-server-side-encryption-customer-algorithm"
    ),
    "x-amz-storage-class": _header("x-amz-storage-class"),
    "x-amz-website-redirect-location": _header("x-amz-website-redirect-location"),
    "object-lock-mode": _header("x-amz-object-lock-mode"),
    "object-lock-retain-until-date": _header("x-amz-object-lock-retain-until-date"),
    "object-lock-legal-hold": _header("x-amz-object-lock-legal-hold"),
    "if-none-match": _header("if-none-match"),
    "if-match": _header("if-match"),
    # requests reach a bucket by its own name here, not through an access point or an account's namespace
    "dataaccesspointarn": lambda _asked, _need: None,
    "dataaccesspointaccount": lambda _asked, _need: None,
    "accesspointnetworkorigin": lambda _asked, _need: None,
    "accessgrantsinstancearn": lambda _asked, _need: None,
}

_KMS: Mapping[str, Value] = {
    "viaservice": _via_service,
    "calleraccount": _caller_account,
    "keyspec": _key_attribute("key_spec"),
    "keyusage": _key_attribute("key_usage"),
    "keyorigin": _key_attribute("origin"),
    "multiregion": _key_attribute("multi_region"),
    "grantisforawsresource": lambda asked, _need: "true" if asked.caller.called_via else None,
    "grantoperations": _parameter("Operations"),
    "granteeprincipal": _parameter("GranteePrincipal"),
    "retiringprincipal": _parameter("RetiringPrincipal"),
    "bypasspolicylockoutsafetycheck": _parameter("BypassPolicyLockoutSafetyCheck"),
    "schedulekeydeletionpendingwindowindays": _parameter("PendingWindowInDays"),
    "rotationperiodindays": _parameter("RotationPeriodInDays"),
    "encryptionalgorithm": lambda asked, _need: str(
        asked.parameters.get("EncryptionAlgorithm", "SYMMETRIC_DEFAULT")
    ),
    "encryptioncontextkeys": lambda _asked, _need: None,
}

_STS: Mapping[str, Value] = {
    "externalid": _parameter("ExternalId"),
    "rolesessionname": _parameter("RoleSessionName"),
    "sourceidentity": _parameter("SourceIdentity"),
    "transitivetagkeys": _parameter("TransitiveTagKeys"),
    "durationseconds": _parameter("DurationSeconds"),
    "awsservicename": lambda _asked, _need: None,
    "tasknamespace": lambda _asked, _need: None,
}


def _instance_profile(asked: Asked, _need: Need) -> str | None:
    profile = asked.parameters.get("IamInstanceProfile")
    return str(profile["Arn"]) if isinstance(profile, Mapping) and "Arn" in profile else None


def _vpc(asked: Asked, _need: Need) -> str | None:
    vpc = asked.parameters.get("VpcId")
    return f"arn:aws:ec2:{asked.region}:{asked.account}:vpc/{vpc}" if vpc else None


_EC2: Mapping[str, Value] = {
    "region": lambda asked, _need: asked.region,
    "createaction": lambda _asked, _need: None,
    "instanceprofile": _instance_profile,
    "metadatahttptokens": lambda asked, _need: (
        str((asked.parameters.get("MetadataOptions") or {}).get("HttpTokens", "optional"))
        if asked.operation.name == "RunInstances"
        else None
    ),
    "vpc": _vpc,
    "vpceservicename": _parameter("ServiceName"),
}

_IAM: Mapping[str, Value] = {
    "permissionsboundary": _parameter("PermissionsBoundary"),
    "policyarn": _parameter("PolicyArn"),
    "awsservicename": _parameter("AWSServiceName"),
    "passedtoservice": lambda _asked, _need: None,
}


def _guardrail(asked: Asked, _need: Need) -> str | None:
    """Bedrock user guide, "Enforce the use of a guardrail": the ARN, with `:version` but for the draft."""
    given = asked.parameters.get("guardrailConfig") or asked.parameters
    identifier = given.get("guardrailIdentifier") if isinstance(given, Mapping) else None
    if not isinstance(identifier, str):
        return None
    if not identifier.startswith("arn:"):
        identifier = f"arn:aws:bedrock:{asked.region}:{asked.account}:guardrail/{identifier}"
    version = str(given.get("guardrailVersion") or "DRAFT")
    return identifier if version == "DRAFT" else f"{identifier}:{version}"


def _profile(asked: Asked, need: Need) -> str | None:
    """The inference profile through which a model is asked, for the model's own authorization."""
    model = str(asked.parameters.get("modelId", ""))
    if not need.resource.partition("::")[2].startswith("foundation-model/"):
        return None
    if model.startswith("arn:"):
        return model if "inference-profile/" in model else None
    own = need.resource.endswith(f"foundation-model/{model}")
    return None if own else f"arn:aws:bedrock:{asked.region}:{asked.account}:inference-profile/{model}"


_BEDROCK: Mapping[str, Value] = {"guardrailidentifier": _guardrail, "inferenceprofilearn": _profile}


def _made(kind: str, *names: str) -> Value:
    """The ARN of a SageMaker resource that parameters name, one after the other."""

    def value(asked: Asked, _need: Need) -> str | None:
        found = [next(sagemaker.every(asked.parameters, frozenset({name})), None) for name in names]
        if any(one is None for one in found):
            return None
        return f"arn:aws:sagemaker:{asked.region}:{asked.account}:{kind}/{'/'.join(map(str, found))}"

    return value


_SAGEMAKER: Mapping[str, Value] = {
    "modelarn": _made("model", "ModelName"),
    "owneruserprofilearn": _made("user-profile", "DomainId", "OwnerUserProfileName"),
}

_TABLES: Mapping[str, Mapping[str, Value]] = {
    "bedrock": _BEDROCK,
    "ec2": _EC2,
    "iam": _IAM,
    "kms": _KMS,
    "s3": _S3,
    "sts": _STS,
}


@functools.cache
def _table(prefix: str) -> Mapping[str, Value]:
    if prefix == "sagemaker":
        return {**{name: _of_parameters(read) for name, read in sagemaker.KEYS.items()}, **_SAGEMAKER}
    return _TABLES.get(prefix, {})


def _of_parameters(read: Callable[[Mapping[str, Any]], Any]) -> Value:
    return lambda asked, _need: read(asked.parameters)


def resource_tags(asked: Asked, arn: str) -> dict[str, str] | None:
    """The tags of a resource; None when the local cloud cannot tell."""
    parts = arn.split(":", 5)
    if len(parts) != 6 or parts[5].endswith("*"):
        return {}
    service, region, account, resource = parts[2], parts[3], parts[4] or asked.account, parts[5]
    if service == "ec2":
        from moto.ec2.models import ec2_backends  # noqa: PLC0415

        tags = ec2_backends[account][region].tags.get(resource.rpartition("/")[2], {})
        return {str(name): str(value) for name, value in tags.items()}
    if service == "iam":
        backend = services.iam(account)
        found = next((r for r in backend.roles.values() if r.arn == arn), None)
        if found is not None:
            return {str(tag["Key"]): str(tag["Value"]) for tag in found.tags or ()}
        return dict(backend.tagger.get_tag_dict_for_resource(arn))
    if service == "s3":
        bucket = sources.bucket_of(resource.partition("/")[0])
        if bucket is None or "/" in resource:
            return {}
        from moto.s3.models import s3_backends  # noqa: PLC0415

        return dict(s3_backends[bucket.account_id]["aws"].tagger.get_tag_dict_for_resource(bucket.arn))
    if service == "kms":
        from moto.kms.models import kms_backends  # noqa: PLC0415

        backend = kms_backends[account][region]
        return dict(backend.tagger.get_tag_dict_for_resource(resource.removeprefix("key/")))
    return _tagged(service, account, region, arn)


def _tagged(service: str, account: str, region: str, arn: str) -> dict[str, str] | None:
    from moto.backends import get_backend  # noqa: PLC0415

    try:
        backend = get_backend(services.package(service))[account][region]
    except (KeyError, ImportError, AttributeError):
        return None
    tagger = getattr(backend, "tagger", None)
    if tagger is not None:
        return dict(tagger.get_tag_dict_for_resource(arn))
    lister = getattr(backend, "list_tags", None)
    if service == "sagemaker" and lister is not None:
        try:
            return {str(tag["Key"]): str(tag["Value"]) for tag in lister(arn)}
        except Exception:  # noqa: BLE001 (moto has many ways to say that there is no such resource)
            return {}
    return None
