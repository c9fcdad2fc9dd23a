"""A resource type as the API calls behind it: a row of a table in place of a provider written by hand.

`{…}` in a row's text is filled with Python's format: `given` (the properties), `answer` (of the create
call), `ref` (the physical id), `part` (its parts between `|`), `tail` and `path` (what follows its last and
its first `/`), `found` (what the read call gives), `account`, `region`, `unique`. Values are never read as
format text.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from ringwork.cloud.emulator.cloudformation.resources import arguments
from ringwork.cloud.emulator.cloudformation.resources.provider import (
    Change,
    Context,
    Delete,
    Properties,
    Provider,
    RefusedError,
    Setter,
    tag_changes,
)
from ringwork.schemas import resource_schema

Values = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Tagging:
    """How a service tags what exists. The tags' shape is taken from its model."""

    add: str
    remove: str
    resource: str
    """argument that names the resource"""
    tags: str
    keys: str
    id: str = "{arn}"
    """what it is set to: `{arn}` or another text of a row"""
    many: bool = False
    """whether that argument is a list"""
    fixed: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Api:
    """How CloudFormation makes, reads, changes and deletes the resources of one type."""

    service: str
    """boto3's name"""
    create: str
    """method"""
    ref: str | tuple[str, ...]
    """the physical id, which Ref gives (Template reference, "Return values" of each type); the first text
    whose parts all exist"""
    short: bool = False
    """whether the physical id is only what follows the last `/`"""
    key: Mapping[str, Any] = field(default_factory=dict)
    """arguments that name the resource in the calls below"""
    delete: str | Delete | None = None
    """method, or what to do; None: AWS deletes nothing"""
    delete_key: Mapping[str, Any] | None = None
    """arguments of `delete`, where they are not `key`"""
    read: str | None = None
    read_key: Mapping[str, Any] | None = None
    """arguments of `read`, where they are not `key`"""
    found: str = ""
    """where the description is in `read`'s answer: `Table`, `Items.0`"""
    update: tuple[str, ...] = ()
    """methods that change it in place, tried in this order for each property"""
    whole: bool = False
    """whether `update` replaces all that it takes: what is absent goes back to its default"""
    names: Mapping[str, str] = field(default_factory=dict)
    """property -> member (`Options.Asn` inside a structure); inner names as `arguments.convert` has them"""
    wraps: str = ""
    """structure of the create call's arguments that holds the properties"""
    fixed: Mapping[str, Any] = field(default_factory=dict)
    """further arguments of `create`"""
    defaults: Mapping[str, Any] = field(default_factory=dict)
    """properties that CloudFormation sends when a template gives none"""
    system_tags: bool = True
    """whether the service's API lets CloudFormation's own tags be set here"""
    create_in: str | None = None
    """property with an ARN in whose Region `create` is called"""
    update_key: Mapping[str, Any] | None = None
    """arguments of `update`, where they are not `key`; the properties' own are put into it"""
    shaped: Mapping[str, Callable[[Any, Properties], Any]] = field(default_factory=dict)
    """property -> its value (and all properties) as the API has it, where more than capitals differ"""
    kind: str | None = None
    """EC2's ResourceType of its tags"""
    after: Callable[[Context, str, Properties], None] | None = None
    """what CloudFormation does once it is there"""
    name: str | None = None
    """the property with a name, which CloudFormation makes up when it is absent"""
    limit: int = 63
    lower: bool = False
    attributes: Mapping[str, str] = field(default_factory=dict)
    """Fn::GetAtt -> text, for what `found` has under another name"""
    computed: Mapping[str, Callable[[Context, str], Any]] = field(default_factory=dict)
    """Fn::GetAtt -> its value from the physical id, where no text gives it"""
    arn: str = "{ref}"
    """the ARN, for tagging"""
    tagging: Tagging | None = None
    """where the service's row in `TAGGING` does not hold"""
    setters: Mapping[str, Setter] = field(default_factory=dict)
    """properties that take calls of their own after the create call"""
    changes: Mapping[str, Setter] = field(default_factory=dict)
    """properties that the create call takes, and that other calls change"""
    ignore: frozenset[str] = frozenset()
    """properties that CloudFormation itself reads, and no API takes"""


_TAG_RESOURCE = ("tag_resource", "untag_resource")
TAGGING: Mapping[str, Tagging] = {
    "ec2": Tagging("create_tags", "delete_tags", "Resources", "Tags", "Tags", id="{ref}", many=True),
    "sagemaker": Tagging("add_tags", "delete_tags", "ResourceArn", "Tags", "TagKeys"),
    "organizations": Tagging(*_TAG_RESOURCE, "ResourceId", "Tags", "TagKeys", id="{ref}"),
    "elbv2": Tagging("add_tags", "remove_tags", "ResourceArns", "Tags", "TagKeys", many=True),
    "cloudtrail": Tagging("add_tags", "remove_tags", "ResourceId", "TagsList", "TagsList"),
    "acm": Tagging(
        "add_tags_to_certificate", "remove_tags_from_certificate", "CertificateArn", "Tags", "Tags"
    ),
    "ssm": Tagging(
        "add_tags_to_resource", "remove_tags_from_resource", "ResourceId", "Tags", "TagKeys", id="{ref}"
    ),
    "kms": Tagging(*_TAG_RESOURCE, "KeyId", "Tags", "TagKeys", id="{ref}"),
    "firehose": Tagging(
        "tag_delivery_stream", "untag_delivery_stream", "DeliveryStreamName", "Tags", "TagKeys", id="{ref}"
    ),
    "iam": Tagging(
        "tag_open_id_connect_provider",
        "untag_open_id_connect_provider",
        "OpenIDConnectProviderArn",
        "Tags",
        "TagKeys",
    ),
    "secretsmanager": Tagging(*_TAG_RESOURCE, "SecretId", "Tags", "TagKeys"),
    "route53": Tagging(
        *("change_tags_for_resource", "change_tags_for_resource"),
        *("ResourceId", "AddTags", "RemoveTagKeys"),
        id="{ref}",
        fixed={"ResourceType": "hostedzone"},
    ),
    "ram": Tagging(*_TAG_RESOURCE, "resourceShareArn", "tags", "tagKeys"),
    "sso-admin": Tagging(
        *_TAG_RESOURCE, "ResourceArn", "Tags", "TagKeys", id="{part[1]}", fixed={"InstanceArn": "{part[0]}"}
    ),
    **{
        service: Tagging(*_TAG_RESOURCE, "ResourceARN", "Tags", "TagKeys")
        for service in ("network-firewall", "wafv2", "cloudwatch", "events")
    },
    **{
        service: Tagging(*_TAG_RESOURCE, "ResourceArn", "Tags", "TagKeys")
        for service in ("route53resolver", "config", "securityhub", "detective", "dynamodb", "cognito-idp")
    },
    **{
        service: Tagging(*_TAG_RESOURCE, "resourceArn", "tags", "tagKeys")
        for service in (
            *("vpc-lattice", "accessanalyzer", "bedrock-agent", "macie2", "inspector2", "ecr"),
            *("apigateway", "signer", "stepfunctions", "guardduty"),
        )
    },
    "bedrock": Tagging(*_TAG_RESOURCE, "resourceARN", "tags", "tagKeys"),
    "backup": Tagging(*_TAG_RESOURCE, "ResourceArn", "Tags", "TagKeyList"),
    "lambda": Tagging(*_TAG_RESOURCE, "Resource", "Tags", "TagKeys"),
    "s3control": Tagging(*_TAG_RESOURCE, "ResourceArn", "Tags", "TagKeys", fixed={"AccountId": "{account}"}),
}
"""boto3 service -> how it tags. Source: the services' API references, TagResource or what stands for it."""


def provider(type: str, api: Api) -> Provider:
    """What the engine needs of `type`. Each property has a place in a call, or the provider lacks it."""
    schema = resource_schema(type)
    takes = {name for name in schema.settable if _place(api, api.create, name)}
    tags = schema.tag_property if _tags_at(api, schema.tag_property) or _tagging(api) else None
    if tags and _tags_at(api, tags):
        takes.add(tags)
    changed_by = {name: _changes(api, name) for name in schema.settable}
    known = takes | api.setters.keys() | api.ignore | {name for name, method in changed_by.items() if method}
    if tags:
        known.add(tags)
    known -= schema.read_only
    takes &= known
    fixed = schema.create_only
    setters: dict[str, Setter] = {}
    for name in sorted(known - fixed):
        if name in api.setters:
            setters[name] = api.setters[name]
        elif name in api.changes:
            setters[name] = api.changes[name]
        elif name in api.ignore:
            setters[name] = _nothing
        elif name == tags and _tagging(api):
            setters[name] = _tag_setter(api)
        elif method := changed_by[name]:
            setters[name] = _setter(api, method, tags)
        else:
            setters[name] = _unchangeable
    return Provider(
        create=lambda context, properties: _create(api, tags, context, properties, takes),
        delete=lambda context, physical, properties: _delete(api, context, physical, properties),
        takes=frozenset(takes - api.setters.keys()) | (known & fixed),
        setters=setters,
        attributes=lambda context, physical, properties: _attributes(
            api, schema.attributes, schema.primary_identifier, context, physical, properties
        ),
        named_by=api.name if api.name in known else None,
    )


# -- where properties go -----------------------------------------------------------------------------------


def _place(api: Api, method: str, name: str) -> tuple[str, ...] | None:
    if name in api.setters or name in api.ignore:
        return None
    if name in api.names:
        path = tuple(api.names[name].split("."))
        try:
            arguments.shape_at(api.service, method, path)
        except (KeyError, AttributeError):
            return arguments.place(api.service, method, name, "")
        return path
    wraps = api.wraps
    if wraps:
        try:
            arguments.shape_at(api.service, method, tuple(wraps.split(".")))
        except (KeyError, AttributeError):
            wraps = ""
    return arguments.place(api.service, method, name, wraps)


def _changes(api: Api, name: str) -> str | None:
    return next((method for method in api.update if _place(api, method, name)), None)


def _arguments(
    api: Api, method: str, properties: Properties, names: Sequence[str] | set[str] | frozenset[str]
) -> dict[str, Any]:
    given: dict[str, Any] = {}
    for name in names:
        value = properties.get(name)
        path = _place(api, method, name)
        if value is None or path is None:
            continue
        shape = arguments.shape_at(api.service, method, path)
        if name in api.shaped:
            value = api.shaped[name](value, properties)
        arguments.put(given, path, arguments.convert(value, shape, api.names, name, method))
    return given


# -- text of a row -----------------------------------------------------------------------------------------


def _values(context: Context, physical: str, given: Properties, **more: Any) -> dict[str, Any]:
    return {
        "given": given,
        "ref": physical,
        "part": physical.split("|"),
        "tail": physical.rsplit("/", 1)[-1],
        "path": physical.partition("/")[2],
        "account": context.account,
        "region": context.region,
        "unique": uuid.uuid4().hex,
        **more,
    }


def fill(text: Any, values: Values) -> Any:
    """`text` with its `{…}` filled, inside lists and mappings too."""
    if isinstance(text, str):
        return text.format_map(values) if "{" in text else text
    if isinstance(text, Mapping):
        return {name: fill(item, values) for name, item in text.items()}
    return [fill(item, values) for item in text] if isinstance(text, (list, tuple)) else text


# -- the calls ---------------------------------------------------------------------------------------------


def _create(api: Api, tags: str | None, context: Context, properties: Properties, takes: set[str]) -> str:
    given = {**api.defaults, **properties}
    if api.name and given.get(api.name) is None:
        given[api.name] = context.name(api.limit, lower=api.lower)
    sent = _arguments(api, api.create, given, takes - ({tags} if tags else set()) | {api.name or ""} - {""})
    if tags and _own(api, given.get(tags)) and (path := _tags_at(api, tags)):
        shape = arguments.shape_at(api.service, api.create, path)
        arguments.put(sent, path, _tags(shape, _own(api, given[tags]), api.kind))
    values = _values(context, "", given, answer={})
    for name, value in api.fixed.items():
        arguments.put(sent, tuple(name.split(".")), fill(value, values))
    where = str(given[api.create_in]).split(":")[3] if api.create_in else None
    answer = getattr(context.client(api.service, where), api.create)(**sent)
    physical = _reference(api, {**values, "answer": answer, "sent": sent})
    if api.short:
        physical = physical.rsplit("/", 1)[-1]
    context.made(physical)
    _check_kept(api, context, physical, given, sent)
    if api.after is not None:
        api.after(context, physical, given)
    return physical


def _check_kept(
    api: Api,
    context: Context,
    physical: str,
    given: Properties,
    sent: Mapping[str, Any],
    *,
    exactly: bool = False,
) -> None:
    """Fail for what the service's description has a member for and does not give back: it was lost.

    `exactly`: single values must be those that were sent, too, as after a change of what was there before.
    Raises ValueError with the paths of what was lost.
    """
    if api.read is None:
        return
    shape = arguments.operation(api.service, api.read).output_shape
    for part in [part for part in api.found.split(".") if part]:
        shape = shape.member if part.isdigit() else shape.members[part]
    for part in [part for part in api.wraps.split(".") if part]:
        sent = sent.get(part, {})
    lost = sorted(_lost(sent, describe(api, context, physical, given), shape, exactly=exactly))
    if lost:
        raise ValueError(f"the local cloud does not keep {', '.join(lost)}")


def _lost(
    sent: Mapping[str, Any],
    found: Mapping[str, Any],
    shape: Any,
    above: str = "",
    *,
    exactly: bool = False,
) -> Iterator[str]:
    for name, value in sent.items():
        member = arguments.member(shape, name)
        if member is None or value in (None, "", False, [], {}):
            continue
        if found.get(member) in (None, "", [], {}):
            yield f"{above}{name}"
        elif isinstance(value, Mapping) and isinstance(found[member], Mapping):
            inner = shape.members[member]
            if inner.type_name == "structure":
                yield from _lost(value, found[member], inner, f"{above}{name}/", exactly=exactly)
        elif exactly and type(value) is type(found[member]) is not list and value != found[member]:
            yield f"{above}{name}"


def _reference(api: Api, values: Values) -> str:
    texts = (api.ref,) if isinstance(api.ref, str) else api.ref
    for text in texts[:-1]:
        try:
            return str(fill(text, values))
        except (KeyError, IndexError):
            continue
    return str(fill(texts[-1], values))


def _delete(api: Api, context: Context, physical: str, properties: Properties) -> None:
    if api.delete is None:
        return
    if not isinstance(api.delete, str):
        api.delete(context, physical, properties)
        return
    values = _values(context, physical, properties)
    named = fill(api.key if api.delete_key is None else api.delete_key, values)
    takes = arguments.operation(api.service, api.delete).input_shape
    client = context.client(api.service)
    if takes is not None and "LockToken" in takes.members:
        named |= _token(api, "LockToken", context, physical, properties)
    getattr(client, api.delete)(**named)


def _token(api: Api, name: str, context: Context, physical: str, properties: Properties) -> dict[str, str]:
    """The token that says which state the caller has seen (WAF API reference, "LockToken"; Network Firewall
    API reference, "UpdateToken")."""
    return {name: str(_answer(api, context, physical, properties)[name])}


def _answer(api: Api, context: Context, physical: str, properties: Properties) -> Mapping[str, Any]:
    key = api.key if api.read_key is None else api.read_key
    named = fill(key, _values(context, physical, properties))
    answer: Mapping[str, Any] = getattr(context.client(api.service), str(api.read))(**named)
    return answer


def describe(api: Api, context: Context, physical: str, properties: Properties) -> Mapping[str, Any]:
    """What the read call gives of the resource. Raises LookupError when there is none."""
    found: Any = _answer(api, context, physical, properties)
    for part in [part for part in api.found.split(".") if part]:
        found = found[int(part)] if part.isdigit() else found[part]
    if not isinstance(found, Mapping):
        raise LookupError(f"{physical} not found")
    return found


def _attributes(
    api: Api,
    names: frozenset[str],
    identifier: Sequence[str],
    context: Context,
    physical: str,
    properties: Properties,
) -> dict[str, Any]:
    found: Mapping[str, Any] = {}
    if api.read is not None:
        found = describe(api, context, physical, properties)
    flat = dict(_flat(found))
    values = _values(context, physical, properties, found=found)
    parts = physical.split("|")
    own = dict(zip(identifier, parts, strict=False)) if len(parts) == len(identifier) else {}
    given = {}
    for name in names:
        if name in api.computed:
            given[name] = api.computed[name](context, physical)
        elif name in api.attributes:
            try:
                given[name] = fill(api.attributes[name], values)
            except KeyError:  # the resource has none now, such as a table without a stream
                continue
        elif (low := name.lower().replace(".", "")) in flat:
            given[name] = flat[low]
        elif name in own:
            given[name] = own[name]
        elif name in properties:
            given[name] = properties[name]
    return given


def _flat(value: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for name, item in value.items():
        if isinstance(item, Mapping):
            for inner, leaf in _flat(item):
                yield inner, leaf
                yield f"{name.lower()}{inner}", leaf
        else:
            yield name.lower(), _json(item)


def _json(value: Any) -> Any:
    """`value` as the stack keeps it: moments in ISO 8601."""
    if isinstance(value, Mapping):
        return {name: _json(item) for name, item in value.items()}
    if isinstance(value, list):
        return [_json(item) for item in value]
    return value.isoformat() if hasattr(value, "isoformat") else value


def _setter(api: Api, method: str, tags: str | None) -> Setter:
    def change(context: Context, physical: str, made: Change) -> None:
        if made.creating and _place(api, api.create, made.name):
            return
        if made.new is None and not api.whole:
            raise RefusedError(f"{made.name}: the local cloud cannot take it back to its default")
        names = [made.name]
        if api.whole:
            names = [name for name in made.properties if _place(api, method, name) and name != tags]
        key = api.key if api.update_key is None else api.update_key
        given = fill(key, _values(context, physical, made.properties))
        for name, value in _arguments(api, method, made.properties, names).items():
            kept = given.get(name)
            given[name] = {**kept, **value} if isinstance(kept, dict) else value
        takes = arguments.operation(api.service, method).input_shape
        for token in {"LockToken", "UpdateToken"} & takes.members.keys():
            given |= _token(api, token, context, physical, made.properties)
        getattr(context.client(api.service), method)(**given)
        sent = _arguments(api, method, made.properties, [made.name])
        _check_kept(api, context, physical, made.properties, sent, exactly=True)

    return change


def _unchangeable(_context: Context, _physical: str, change: Change) -> None:
    if not change.creating:
        raise RefusedError(f"{change.name}: the local cloud cannot change it in place")


def _nothing(_context: Context, _physical: str, _change: Change) -> None:
    """CloudFormation itself reads the property."""


def sets(
    service: str,
    method: str,
    argument: str,
    unset: str | None = None,
    *,
    key: Mapping[str, Any],
    shaped: Callable[[Any, Properties], Any] = lambda value, _properties: value,
) -> Setter:
    """A setter for a property that one call sets and another (`unset`) takes away."""

    def change(context: Context, physical: str, made: Change) -> None:
        named = fill(key, _values(context, physical, made.properties))
        client = context.client(service)
        if made.new is None:
            if made.creating:
                return
            if unset is None:
                raise RefusedError(f"{made.name}: the local cloud cannot take it back to its default")
            getattr(client, unset)(**named)
            return
        path = tuple(argument.split("."))
        shape = arguments.shape_at(service, method, path)
        arguments.put(
            named, path, arguments.convert(shaped(made.new, made.properties), shape, {}, made.name, method)
        )
        getattr(client, method)(**named)

    return change


# -- tags --------------------------------------------------------------------------------------------------


def _tags_at(api: Api, tags: str | None) -> tuple[str, ...] | None:
    if tags is None:
        return None
    if api.service == "ec2":
        shape = arguments.operation("ec2", api.create).input_shape
        found = next(
            (name for name in ("TagSpecifications", "TagSpecification") if name in shape.members), None
        )
        return (found,) if found else None
    for name in (api.names.get(tags), tags, "Tags", "TagsList"):
        if name and (path := arguments.place(api.service, api.create, name)):
            return path
    return None


def _tagging(api: Api) -> Tagging | None:
    return api.tagging or TAGGING.get(api.service)


def _pairs(tags: Any) -> dict[str, str]:
    """Tags as templates write them: a list of Key and Value, or a mapping."""
    if isinstance(tags, Mapping):
        return {str(key): str(value) for key, value in tags.items()}
    return {str(tag["Key"]): str(tag["Value"]) for tag in tags or ()}


def _own(api: Api, tags: Any) -> Any:
    """The tags without CloudFormation's own, where the service behind refuses them from anybody."""
    if api.system_tags or not isinstance(tags, list):
        return tags
    return [tag for tag in tags if not str(tag["Key"]).startswith("aws:")]


def _tags(shape: Any, tags: Any, kind: str | None = None) -> Any:
    """Tags as `shape` has them: a map, a list of keys and values, or EC2's specification for a `kind`."""
    pairs = _pairs(tags)
    if shape.type_name == "map":
        return pairs
    members = {name.lower(): name for name in shape.member.members}
    if "resourcetype" in members:
        return [{"ResourceType": kind, "Tags": [{"Key": key, "Value": pairs[key]} for key in pairs]}]
    key = members.get("key") or members["tagkey"]
    value = members.get("value") or members["tagvalue"]
    return [{key: name, value: text} for name, text in pairs.items()]


def _tag_setter(api: Api) -> Setter:
    tagging = _tagging(api)
    assert tagging is not None  # noqa: S101 (the caller looked)

    def change(context: Context, physical: str, made: Change) -> None:
        if made.creating and _tags_at(api, made.name):
            return
        if isinstance(made.new, Mapping) or isinstance(made.old, Mapping):
            as_list = {
                "old": [{"Key": key, "Value": value} for key, value in _pairs(made.old).items()],
                "new": [{"Key": key, "Value": value} for key, value in _pairs(made.new).items()],
            }
            made = Change(made.name, as_list["old"], as_list["new"], made.properties, made.creating)
        made = replace(made, old=_own(api, made.old), new=_own(api, made.new))
        gone, put = tag_changes(made)
        values = _values(context, physical, made.properties)
        values["found"] = describe(api, context, physical, made.properties) if api.read else {}
        values["arn"] = fill(api.arn, values)
        id = fill(tagging.id, values)
        named = {tagging.resource: [id] if tagging.many else id, **fill(tagging.fixed, values)}
        client = context.client(api.service)
        if gone:
            keys: Any = gone
            shape = arguments.shape_at(api.service, tagging.remove, (tagging.keys,))
            if shape.member.type_name == "structure":
                keys = [{"Key": key} for key in gone]
            getattr(client, tagging.remove)(**named, **{tagging.keys: keys})
        if put:
            shape = arguments.shape_at(api.service, tagging.add, (tagging.tags,))
            tags = _tags(shape, put)
            getattr(client, tagging.add)(**named, **{tagging.tags: tags})

    return change
