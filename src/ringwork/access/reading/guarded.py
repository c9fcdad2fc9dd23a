"""Resources: what guards each, from whichever resource says so."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ringwork.access.authority import Document, Guarded, Path, ResourceKind
from ringwork.access.grants import Grant
from ringwork.access.policy import PolicyKind
from ringwork.access.reading.exposure import BUCKET, Exposures
from ringwork.access.reading.names import PREFIX, Hole, Partial
from ringwork.access.reading.reader import Astray, Reader
from ringwork.access.reading.written import ALSO_INSIDE, BESIDE, INSIDE, NOT_READ, OF_A_PLACE, Beside
from ringwork.estate import Reference, Resource, Unknown, arns

KEYS = ("AWS::KMS::Key", "AWS::KMS::ReplicaKey")
FUNCTION = "AWS::Lambda::Function"
BUS = "AWS::Events::EventBus"
API = "AWS::ApiGateway::RestApi"
_INVOKE = "#execute-api"
"""What is invoked has an ARN of its own beside that of the API as a thing to be configured."""


def read_guarded(reader: Reader, exposures: Exposures) -> dict[str, Guarded]:
    """Every resource of the estate that has an ARN or a policy."""
    policies = _Policies(reader)
    grants = _Grants(reader)
    found: dict[str, Guarded] = {}
    for resource in reader.estate.resources:
        arn = reader.names.arn(resource)
        policy, unknown = policies.of(resource)
        if arn is None:
            if policy is not None:
                found[resource.key] = _without_arn(resource, policy, unknown)
            continue
        tags, tags_known = reader.tags(resource) if "Tags" in resource.properties else ({}, True)
        of_key, all_grants, doubt = grants.of(resource) if resource.type in KEYS else ((), True, None)
        kind: ResourceKind = "resource"
        if resource.type in INSIDE:
            kind = _kind(INSIDE[resource.type].kind)
        found[resource.key] = Guarded(
            resource.key,
            arn,
            resource.account,
            resource.region,
            resource.type,
            None if resource.type == API else policy,
            kind,
            of_key,
            all_grants,
            exposures.of(resource),
            tags,
            tags_known,
            reader.names.is_stand_in(resource),
            (*unknown, doubt) if doubt is not None else unknown,
        )
        if resource.type == API:
            found[resource.key + _INVOKE] = _invoked(reader, resource, policy, unknown)
    for each in policies.elsewhere(exposures):
        found.setdefault(each.key, each)
    found.update((each.key, each) for each in policies.somewhere())
    return found


def _without_arn(resource: Resource, policy: Document, unknown: tuple[str, ...]) -> Guarded:
    """What is guarded and has an ARN that only AWS knows how to make."""
    pattern = _anything_of(resource)
    return Guarded(
        resource.key,
        pattern,
        resource.account,
        resource.region,
        resource.type,
        policy,
        placeholder=True,
        unknown=unknown,
        covers=(pattern,),
    )


def _kind(kind: PolicyKind) -> ResourceKind:
    return "key" if kind == "key" else "trust" if kind == "trust" else "resource"


def execute_api_arn(reader: Reader, api: Resource) -> str:
    """API Gateway developer guide, "API Gateway ARN reference": what `execute-api:Invoke` is asked of."""
    partition = arns.partition(api.region or "us-east-1")
    return f"arn:{partition}:execute-api:{api.region or ''}:{api.account or ''}:{reader.names.physical(api)}"


def _invoked(reader: Reader, api: Resource, policy: Document | None, unknown: tuple[str, ...]) -> Guarded:
    return Guarded(
        api.key + _INVOKE,
        execute_api_arn(reader, api),
        api.account,
        api.region,
        api.type,
        policy,
        placeholder=reader.names.physical(api) in reader.names.stand_ins,
        unknown=unknown,
    )


class _Policies:
    """Documents by the resource that they guard."""

    def __init__(self, reader: Reader) -> None:
        self.reader = reader
        self._beside: dict[str, list[Document]] = {}
        self._perhaps: dict[tuple[str | None, str], list[Document]] = {}
        """(account, type) -> documents of which it is not known what they guard"""
        self._somewhere: list[tuple[Resource, str, Document]] = []
        """policies of what is not known, with a pattern of the ARNs that it may have"""
        self._outside: dict[str, tuple[Resource, list[Document]]] = {}
        """ARN -> documents of what is not in the estate"""
        for type, beside in BESIDE.items():
            for policy in reader.estate.of_type(type):
                self._attach(policy, beside)
        self._permissions()
        self._buses()
        self._of_place = self._place_policies()
        for type in sorted(NOT_READ.keys() & reader.estate.types):
            for policy in reader.estate.of_type(type):
                reader.note(policy, f"policies of `{type}` are not read: what they allow is not known")
                if _holds(policy.properties, NOT_READ[type].property):
                    reason = f"policies of `{type}` are not read"
                    document = reader.unread("resource", policy.name, policy, (), reason)
                    pattern = _anything_of(policy, NOT_READ[type].service)
                    self._somewhere.append((policy, pattern, document))

    def of(self, resource: Resource) -> tuple[Document | None, tuple[str, ...]]:
        """What guards a resource (None: nothing but identities), and why that is not fully known."""
        found = [*self._inside(resource), *self._beside.get(resource.key, ())]
        found += self._of_place.get((resource.type, resource.account, resource.region), ())
        if len(found) > 1 and resource.type in _ALONE:
            self.reader.note(resource, f"it has {len(found)} policies, of which one can stay")
        gap = self._gap(resource)
        if not found or resource.type not in _ALONE:
            # statements that others may add, where there is more than one policy or none
            found += self._perhaps.get((resource.account, resource.type), ())
        if gap is not None and (not found or resource.type not in _ALONE):
            found.append(self.reader.unread("resource", resource.name, resource, (), gap))
        if not found:
            return None, ()
        kind: PolicyKind = INSIDE[resource.type].kind if resource.type in INSIDE else "resource"
        whole = self.reader.documents.joined(found, kind=kind, name=found[0].name, key=found[0].key)
        return whole, tuple(f"its policy: {reason}" for reason in whole.unknown)

    def _gap(self, resource: Resource) -> str | None:
        for type in _BESIDE_OF.get(resource.type, ()):
            gap = self.reader.gap(type, resource.account, resource.region)
            if gap is not None:
                return gap
        return None

    def _inside(self, resource: Resource) -> Iterable[Document]:
        inside = INSIDE.get(resource.type)
        if inside is None:
            return
        value: object = resource.properties
        for name in inside.path:
            value = value.get(name) if isinstance(value, Mapping) else value
        if value is not None:
            if resource.type == API:
                yield self._of_api(resource, value, inside.path)
            else:
                yield self.reader.document(resource, inside.path, inside.kind)
        elif resource.type in KEYS:
            yield _default_key_policy(self.reader, resource, inside.path)
        for path in ALSO_INSIDE.get(resource.type, ()):
            more: object = resource.properties
            for name in path:
                more = more.get(name) if isinstance(more, Mapping) else more
            if more is not None:
                yield self.reader.document(resource, path, "resource")

    def _of_api(self, api: Resource, value: object, path: Path) -> Document:
        reader = self.reader
        reasons: list[str] = []
        body = reader.documents.body(value, reasons)
        body = _whole_arns(body, execute_api_arn(reader, api))
        return reader.documents.document(
            body,
            reasons,
            kind="resource",
            name=api.name,
            key=api.key,
            path=path,
            note=reader.noting(api, path),
        )

    # --- policies that are resources

    def _attach(self, policy: Resource, beside: Beside) -> None:
        reader = self.reader
        document = reader.document(policy, (beside.document,), "resource")
        listed = reader.items(policy.properties.get(beside.target))
        if isinstance(listed, Unknown):
            self._doubt(policy, beside.guarded, document, listed.reason)
            return
        for value in listed:
            self._guard(policy, value, beside.types, document, beside.among)

    def _guard(
        self,
        policy: Resource,
        value: object,
        types: tuple[str, ...],
        document: Document,
        among: tuple[str, ...] = (),
    ) -> None:
        found = self.reader.named(value, policy, *types)
        if isinstance(found, Astray):
            if found.text is None:
                self._doubt(policy, types or among, document, found.reason)
            else:
                arn = _arn_of(found.text, policy, types)
                self._outside.setdefault(arn, (policy, []))[1].append(document)
        else:
            self._beside.setdefault(found.key, []).append(document)

    def _doubt(self, policy: Resource, types: tuple[str, ...], document: Document, reason: str) -> None:
        if not types:
            self.reader.note(policy, f"it is not known what it guards: {reason}")
        unsure = self.reader.documents.unsure(document, f"what it guards is not known: {reason}")
        self._somewhere.append((policy, _anything_of(policy), unsure))
        for type in types:
            unsure = self.reader.documents.unsure(document, f"it may be its policy: {reason}")
            self._perhaps.setdefault((policy.account, type), []).append(unsure)

    def _permissions(self) -> None:
        for permission in self.reader.estate.of_type("AWS::Lambda::Permission"):
            value = permission.properties.get("FunctionName")
            function = _function(self.reader, permission, value)
            document = _permission(self.reader, permission, function)
            if isinstance(function, Resource):
                self._beside.setdefault(function.key, []).append(document)
            elif function.text is None:
                self._doubt(permission, (FUNCTION,), document, function.reason)
            else:
                arn = _arn_of(function.text, permission, (FUNCTION,))
                self._outside.setdefault(arn, (permission, []))[1].append(document)

    def _buses(self) -> None:
        """EventBridge user guide, "Permissions for event buses": the default bus is in every account."""
        for policy in self.reader.estate.of_type("AWS::Events::EventBusPolicy"):
            document = _bus_statement(self.reader, policy)
            value = policy.properties.get("EventBusName", "default")
            self._guard(policy, value, (BUS,), document)

    def _place_policies(self) -> dict[tuple[str, str | None, str | None], list[Document]]:
        """Policies of an account and Region, about the resources of a type that they name, by all three."""
        found: dict[tuple[str, str | None, str | None], list[Document]] = {}
        for type, (path, guarded) in OF_A_PLACE.items():
            for policy in self.reader.estate.of_type(type):
                document = self.reader.document(policy, (path,), "resource")
                found.setdefault((guarded, policy.account, policy.region), []).append(document)
                # and what of them is not in sight
                self._somewhere.append((policy, _anything_of(policy), document))
        return found

    def somewhere(self) -> Iterable[Guarded]:
        """What is guarded by a policy of the estate, and nobody can say what it is."""
        for number, (policy, pattern, document) in enumerate(self._somewhere):
            yield Guarded(
                f"{policy.key}#{number}",
                pattern,
                policy.account,
                policy.region,
                policy.type,
                document,
                placeholder=True,
                unknown=tuple(f"its policy: {why}" for why in document.unknown),
                covers=(pattern,),
            )

    def elsewhere(self, exposures: Exposures) -> Iterable[Guarded]:
        """What is guarded by a policy of the estate and is not in it itself: the default bus, somebody
        else's bucket."""
        for arn, (policy, documents) in self._outside.items():
            parts = arn.split(":")
            account = parts[4] if len(parts) > 5 and parts[4] else policy.account
            yield Guarded(
                f"{policy.key}#{arn}",
                arn,
                account,
                (parts[3] if len(parts) > 5 else "") or policy.region,
                _type_of(arn),
                self.reader.documents.joined(
                    documents, kind="resource", name=documents[0].name, key=documents[0].key
                ),
                exposure=exposures.elsewhere(account) if _type_of(arn) == BUCKET else None,
                unknown=tuple(f"its policy: {why}" for document in documents for why in document.unknown),
            )


_ALONE = frozenset({"AWS::S3::Bucket", "AWS::SNS::Topic", "AWS::SQS::Queue", "AWS::SecretsManager::Secret"})
"""A second policy takes the first one's place"""

_BESIDE_OF: Mapping[str, tuple[str, ...]] = {
    **{type: (policy,) for policy, beside in BESIDE.items() for type in beside.guarded},
    "AWS::SNS::Topic": ("AWS::SNS::TopicPolicy", "AWS::SNS::TopicInlinePolicy"),
    "AWS::SQS::Queue": ("AWS::SQS::QueuePolicy", "AWS::SQS::QueueInlinePolicy"),
    FUNCTION: ("AWS::Lambda::Permission", "AWS::Lambda::ResourcePolicy"),
    BUS: ("AWS::Events::EventBusPolicy",),
    **{guarded: (type,) for type, (_, guarded) in OF_A_PLACE.items()},
}
"""type -> types of the resources that hold its policy"""


def _default_key_policy(reader: Reader, key: Resource, path: Path) -> Document:
    """KMS developer guide, "Default key policy": what KMS gives to a key made without one by the API."""
    partition = arns.partition(key.region or "us-east-1")
    body = {
        "Version": "2012-10-17",
        "Id": "key-default-1",
        "Statement": [
            {
                "Sid": "Enable IAM User Permissions",
                "Effect": "Allow",
                "Principal": {"AWS": f"arn:{partition}:iam::{key.account or ''}:root"},
                "Action": "kms:*",
                "Resource": "*",
            }
        ],
    }
    return reader.documents.document(body, (), kind="key", name=key.name, key=key.key, path=path)


_SHORT = "execute-api:/"


def _whole_arns(body: Any, arn: str) -> Any:
    """API Gateway developer guide, "x-amazon-apigateway-policy": `execute-api:/*` is short for the API's own
    ARN."""

    def whole(value: Any) -> Any:
        if isinstance(value, str) and value.startswith(_SHORT):
            return f"{arn}/{value[len(_SHORT) :]}"
        if isinstance(value, Partial) and isinstance(value.parts[0], str):
            return Partial((whole(value.parts[0]), *value.parts[1:]))
        return [whole(item) for item in value] if isinstance(value, list) else value

    if not isinstance(body, dict):
        return body
    given = body.get("Statement")
    listed = given if isinstance(given, list) else [given]
    changed = [
        {name: whole(item) if name in ("Resource", "NotResource") else item for name, item in one.items()}
        if isinstance(one, dict)
        else one
        for one in listed
    ]
    return {**body, "Statement": changed if isinstance(given, list) else changed[0]} if given else body


def _function(reader: Reader, permission: Resource, value: object) -> Resource | Astray:
    """The function that a permission is about; the name may have a version or an alias behind it (Lambda
    API reference, AddPermission, FunctionName)."""
    found = reader.named(value, permission, FUNCTION)
    if isinstance(found, Resource):
        if found.type in ("AWS::Lambda::Alias", "AWS::Lambda::Version"):
            return reader.named(found.properties.get("FunctionName"), found, FUNCTION)
        return found
    if found.text is None:
        # `${Function}:live`: the reference is there, what follows it is not known to be anything else
        for part in getattr(value, "parts", ()):
            if isinstance(part, Reference):
                other = reader.estate.get(part.target)
                if other is not None and other.type == FUNCTION:
                    return other
        return found
    name = found.text.partition(":function:")[2] or found.text
    plain = name.partition(":")[0]
    base = found.text[: len(found.text) - len(name)] + plain
    again = reader.named(base, permission, FUNCTION)
    if isinstance(again, Astray):
        for function in reader.estate.of_type(FUNCTION):
            if reader.names.arn(function) == base or (
                function.account == permission.account and reader.names.physical(function) == plain
            ):
                return function
    return again


def _permission(reader: Reader, permission: Resource, function: Resource | Astray) -> Document:
    """The statement that a permission adds to its function's policy.

    Lambda API reference, AddPermission; Lambda developer guide, "Working with resource-based IAM policies in
    Lambda" (the statements that it shows).
    """
    reasons: list[str] = []
    properties = permission.properties

    def plain(name: str) -> Any:
        return reader.documents.plain(properties.get(name), reasons)

    who = plain("Principal")
    if isinstance(who, str) and who.endswith((".amazonaws.com", ".amazonaws.com.cn", ".amazon.com")):
        principal: Any = {"Service": who}
    elif who == "*":
        principal = "*"
    else:
        principal = {"AWS": who}
    conditions: dict[str, dict[str, Any]] = {}
    for name, operator, key in (
        ("SourceArn", "ArnLike", "aws:SourceArn"),
        ("SourceAccount", "StringEquals", "aws:SourceAccount"),
        ("PrincipalOrgID", "StringEquals", "aws:PrincipalOrgID"),
        ("FunctionUrlAuthType", "StringEquals", "lambda:FunctionUrlAuthType"),
        ("EventSourceToken", "StringEquals", "lambda:EventSourceToken"),
        ("InvokedViaFunctionUrl", "Bool", "lambda:InvokedViaFunctionUrl"),
    ):
        if properties.get(name) is not None:
            conditions.setdefault(operator, {})[key] = plain(name)
    statement: dict[str, Any] = {"Effect": "Allow", "Principal": principal, "Action": plain("Action")}
    qualified = reader.text(properties.get("FunctionName"))
    if isinstance(function, Resource):
        arn = reader.names.arn(function) or "*"
        tail = qualified.rpartition(":function:")[2] if isinstance(qualified, str) else ""
        qualifier = tail.partition(":")[2]
        statement["Resource"] = f"{arn}:{qualifier}" if qualifier else arn
        # a name that is not known may have a version behind it, and a permission is about that one alone
        if isinstance(qualified, Unknown):
            statement["Resource"] = Hole(qualified.reason)
            reasons.append(qualified.reason)
    else:
        statement["Resource"] = (
            _arn_of(function.text, permission, (FUNCTION,)) if function.text else Hole(function.reason)
        )
        if function.text is None:
            reasons.append(function.reason)
    if conditions:
        statement["Condition"] = conditions
    return reader.documents.document(
        {"Version": "2012-10-17", "Statement": [statement]},
        reasons,
        kind="resource",
        name=permission.name,
        key=permission.key,
        path=(),
        note=lambda message, _: reader.note(permission, message),
        places=((permission.key, ()),),
    )


def _bus_statement(reader: Reader, policy: Resource) -> Document:
    """A statement about an event bus; the older form has its parts as properties (CloudFormation template
    reference, AWS::Events::EventBusPolicy)."""
    reasons: list[str] = []
    properties = policy.properties
    value = properties.get("Statement")
    if value is not None:
        statement = reader.documents.body(value, reasons)
    else:
        who = reader.documents.plain(properties.get("Principal"), reasons)
        bus = reader.text(properties.get("EventBusName", "default"))
        name = bus if isinstance(bus, str) else "*"
        statement = {
            "Effect": "Allow",
            "Principal": "*" if who == "*" else {"AWS": who},
            "Action": reader.documents.plain(properties.get("Action"), reasons),
            "Resource": name if name.startswith("arn:") else _arn_of(name, policy, (BUS,)),
        }
        condition = properties.get("Condition")
        if isinstance(condition, Mapping):
            parts = [
                reader.documents.plain(condition.get(part), reasons) for part in ("Type", "Key", "Value")
            ]
            kind, key, wanted = parts
            known = isinstance(kind, str) and isinstance(key, str)
            statement["Condition"] = {kind: {key: wanted}} if known else Hole("its condition is not known")
            if not known:
                reasons.append("its condition is not known")
        elif condition is not None:
            statement["Condition"] = Hole("its condition is not known")
            reasons.append("its condition is not known")
    return reader.documents.document(
        {"Version": "2012-10-17", "Statement": [statement]},
        reasons,
        kind="resource",
        name=policy.name,
        key=policy.key,
        path=("Statement",),
        note=lambda message, _: reader.note(policy, message, "Statement"),
        places=((policy.key, ("Statement",)),),
    )


def _arn_of(text: str, owner: Resource, types: tuple[str, ...]) -> str:
    """The ARN of what a name or an ARN outside the estate means."""
    if text.startswith("arn:"):
        return text
    partition = arns.partition(owner.region or "us-east-1")
    where = f"{owner.region or ''}:{owner.account or ''}"
    type = types[0] if types else ""
    if type == "AWS::S3::Bucket":
        return f"arn:{partition}:s3:::{text}"
    if type == "AWS::SQS::Queue":
        return f"arn:{partition}:sqs:{where}:{text.rpartition('/')[2]}"
    if type == "AWS::Events::EventBus":
        return f"arn:{partition}:events:{where}:event-bus/{text}"
    if type == FUNCTION:
        return f"arn:{partition}:lambda:{where}:function:{text}"
    if type == "AWS::SecretsManager::Secret":
        return f"arn:{partition}:secretsmanager:{where}:secret:{text}"
    return f"arn:{partition}:unknown:{where}:{text}"


def _anything_of(policy: Resource, service: str = "") -> str:
    """A pattern of every ARN that what the policy guards may have; a bucket's names neither Region nor
    account."""
    named = policy.type.split("::")[1] if policy.type.count("::") > 1 else "*"
    service = service or PREFIX.get(named, named.lower())
    where = ":" if service == "s3" else f"{policy.region or '*'}:{policy.account or '*'}"
    return f"arn:{arns.partition(policy.region or 'us-east-1')}:{service}:{where}:*"


def _holds(value: object, name: str) -> bool:
    """Whether a property of the name is set anywhere in a value, or may be; an empty name: always."""
    if not name or isinstance(value, Unknown):
        return True
    if isinstance(value, Mapping):
        return value.get(name) is not None or any(_holds(one, name) for one in value.values())
    return isinstance(value, (tuple, list)) and any(_holds(one, name) for one in value)


_TYPES: Mapping[str, str] = {
    "s3": "AWS::S3::Bucket",
    "sqs": "AWS::SQS::Queue",
    "sns": "AWS::SNS::Topic",
    "events": BUS,
    "lambda": FUNCTION,
    "secretsmanager": "AWS::SecretsManager::Secret",
}


def _type_of(arn: str) -> str:
    service = arn.split(":")[2] if arn.count(":") > 1 else ""
    return _TYPES.get(service, f"live:{service}:resource")


class _Grants:
    """Grants on keys, where an account was read; a template has none."""

    def __init__(self, reader: Reader) -> None:
        self.reader = reader
        self._by_key: dict[str, list[Grant]] = {}
        self._doubts: dict[str, str] = {}
        for resource in reader.estate.of_type("live:kms:grant"):
            key = reader.named(resource.properties.get("KeyId"), resource, *KEYS)
            if isinstance(key, Astray):
                continue  # on a key that AWS manages, which no estate has
            grant = _grant(reader, resource)
            if isinstance(grant, str):
                self._doubts[key.key] = f"its grant `{resource.physical}`: {grant}"
            else:
                self._by_key.setdefault(key.key, []).append(grant)

    def of(self, key: Resource) -> tuple[tuple[Grant, ...], bool, str | None]:
        """The grants, whether they are all, and why not."""
        doubt = self._doubts.get(key.key)
        gap = self.reader.gap("live:kms:grant", key.account, key.region)
        if gap is not None:
            doubt = f"its grants: {gap}"
        return tuple(self._by_key.get(key.key, ())), doubt is None, doubt


def _grant(reader: Reader, resource: Resource) -> Grant | str:
    """KMS API reference, GrantListEntry. A text says why it cannot be read."""
    properties = resource.properties
    grantee = reader.text(properties.get("GranteePrincipal"))
    operations = reader.items(properties.get("Operations"))
    constraints = properties.get("Constraints", {})
    if not isinstance(grantee, str):
        return grantee.reason if grantee is not None else "it names no grantee"
    if isinstance(operations, Unknown):
        return operations.reason
    if not isinstance(constraints, Mapping):
        return "its constraints are not known"
    retiring = reader.text(properties.get("RetiringPrincipal"))
    found: dict[str, dict[str, str] | None] = {}
    for name in ("EncryptionContextEquals", "EncryptionContextSubset"):
        given = constraints.get(name)
        if given is None:
            found[name] = None
            continue
        if not isinstance(given, Mapping):
            return "its constraints are not known"
        found[name] = {}
        for key, value in given.items():
            text = reader.text(value)
            if not isinstance(text, str):
                return "its constraints are not known"
            found[name] = {**(found[name] or {}), str(key): text}
    return Grant(
        grantee,
        frozenset(str(one) for one in operations),
        found["EncryptionContextEquals"],
        found["EncryptionContextSubset"],
        retiring if isinstance(retiring, str) else None,
        resource.physical or "",
    )
