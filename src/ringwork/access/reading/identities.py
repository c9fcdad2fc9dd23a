"""Users and roles: what they may do, who may become them, and what runs as them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from ringwork.access import patterns
from ringwork.access.authority import Document, Group, Identity, SessionTags
from ringwork.access.reading.attached import GROUP, ROLE, USER, Attached
from ringwork.access.reading.managed import read_managed
from ringwork.access.reading.reader import Astray, Reader
from ringwork.estate import Resource, Unknown, arns

SERVICE_LINKED = "AWS::IAM::ServiceLinkedRole"
_SERVICE_PATH = "/aws-service-role/"


def read_identities(reader: Reader) -> dict[str, Identity]:
    """Every user and role of the estate."""
    attached = Attached(reader)
    found: dict[str, Identity] = {}
    for role in reader.estate.of_type(ROLE):
        found[role.key] = _role(reader, attached, role)
    members = _Groups(reader)
    for user in reader.estate.of_type(USER):
        found[user.key] = _user(reader, attached, members, user)
    known = {identity.arn for identity in found.values()}
    for role in reader.estate.of_type(SERVICE_LINKED):
        if reader.names.arn(role) not in known:  # a collector gives it as a role as well
            found[role.key] = _service_linked(reader, role)
    return found


def read_groups(reader: Reader) -> dict[str, Group]:
    """Every group of the estate."""
    listed = reader.estate.of_type(GROUP)
    attached = Attached(reader) if listed else None
    found: dict[str, Group] = {}
    for group in listed:
        arn = reader.names.arn(group)
        if attached is not None and arn is not None:
            policies, unknown = attached.of(group)
            name = arn.rpartition("/")[2]
            found[group.key] = Group(group.key, arn, group.account, name, policies, unknown)
    return found


def _common(reader: Reader, resource: Resource, kind: str) -> dict[str, Any]:
    """What users and roles have in common."""
    arn = reader.names.arn(resource) or ""
    given = resource.properties.get(kind)
    unknown = []
    if resource.physical is None and given is not None:
        name = reader.text(given)
        if isinstance(name, Unknown):
            unknown.append(f"its name is not known: {name.reason}")
    path = reader.text(resource.properties.get("Path", "/"))
    tags, tags_known = reader.tags(resource)
    if not tags_known or None in tags.values():
        unknown.append("its tags are not all known")
    return {
        "key": resource.key,
        "arn": arn,
        "account": resource.account,
        "name": arn.rpartition("/")[2],
        "path": path if isinstance(path, str) else "/",
        "tags": tags,
        "tags_known": tags_known,
        "placeholder": reader.names.is_stand_in(resource),
        "unknown": tuple(unknown),
    }


def _role(reader: Reader, attached: Attached, role: Resource) -> Identity:
    common = _common(reader, role, "RoleName")
    policies, unknown = attached.of(role)
    boundary = attached.boundary(role)
    trust = read_trust(reader, role)
    doubts = [*common.pop("unknown"), *unknown]
    if boundary is not None:
        doubts += [f"its boundary `{boundary.name}`: {reason}" for reason in boundary.unknown]
    doubts += [f"its trust policy: {reason}" for reason in trust.unknown]
    return Identity(
        **common,
        kind="role",
        identity=policies,
        boundary=boundary,
        trust=trust,
        session_tags=session_tags(trust),
        service_linked=_SERVICE_PATH in common["arn"],
        services=services(trust),
        workloads=tuple(dict.fromkeys(_workloads(reader, role))),
        unknown=tuple(dict.fromkeys(doubts)),
    )


def read_trust(reader: Reader, role: Resource) -> Document:
    """A role's trust policy. A role without one is no role: nothing is known of it."""
    name = "AssumeRolePolicyDocument"
    if role.properties.get(name) is None:
        reader.note(role, "a role has a trust policy, and none is here", name)
        return reader.unread("trust", role.name, role, (name,), "no trust policy is here")
    return reader.document(role, (name,), "trust")


def _user(reader: Reader, attached: Attached, groups: _Groups, user: Resource) -> Identity:
    common = _common(reader, user, "UserName")
    policies, unknown = attached.of(user)
    doubts = [*common.pop("unknown"), *unknown]
    boundary = attached.boundary(user)
    if boundary is not None:
        doubts += [f"its boundary `{boundary.name}`: {reason}" for reason in boundary.unknown]
    found = {(document.key, document.path): document for document in policies}
    listed, reasons = groups.of(user)
    for group in listed:
        theirs, why = attached.of(group)
        doubts += [f"its group `{group.name}`: {reason}" for reason in why]
        for document in theirs:
            found.setdefault((document.key, document.path), document)
    for reason in reasons:
        document = reader.unread("identity", "a group's policy", user, ("Groups",), reason)
        found[reason, ()] = document
        doubts.append(f"its groups: {reason}")
    return Identity(
        **common,
        kind="user",
        identity=tuple(found.values()),
        groups=tuple(group.key for group in listed),
        boundary=boundary,
        unknown=tuple(dict.fromkeys(doubts)),
    )


class _Groups:
    """Who is in which group."""

    def __init__(self, reader: Reader) -> None:
        self.reader = reader
        self._added: dict[str, list[Resource]] = {}
        self._perhaps: dict[str | None, list[str]] = {}
        for addition in reader.estate.of_type("AWS::IAM::UserToGroupAddition"):
            users = reader.items(addition.properties.get("Users"))
            group = reader.named(addition.properties.get("GroupName"), addition, GROUP)
            if isinstance(users, Unknown):
                self._perhaps.setdefault(addition.account, []).append(users.reason)
                continue
            for value in users:
                user = reader.named(value, addition, USER)
                if isinstance(user, Astray):
                    if user.text is None:
                        self._perhaps.setdefault(addition.account, []).append(user.reason)
                elif isinstance(group, Astray):
                    self._perhaps.setdefault(addition.account, []).append(group.reason)
                else:
                    self._added.setdefault(user.key, []).append(group)

    def of(self, user: Resource) -> tuple[list[Resource], list[str]]:
        """The groups of a user, and why there may be others."""
        reader = self.reader
        found = list(self._added.get(user.key, ()))
        reasons = list(self._perhaps.get(user.account, ()))
        listed = reader.items(user.properties.get("Groups"))
        if isinstance(listed, Unknown):
            reasons.append(listed.reason)
            listed = ()
        for value in listed:
            group = reader.named(value, user, GROUP)
            if isinstance(group, Astray):
                reasons.append(group.reason)
            elif group.type == GROUP:
                found.append(group)
            else:
                reasons.append(f"`{group.name}` is no group")
        for type in (GROUP, "AWS::IAM::UserToGroupAddition"):
            gap = reader.gap(type, user.account, user.region)
            if gap is not None:
                reasons.append(gap)
        return list({group.key: group for group in found}.values()), list(dict.fromkeys(reasons))


_LINKED_POLICIES: Mapping[str, str] = {"config.amazonaws.com": "AWSConfigServiceRolePolicy"}
"""service -> the policy of its service-linked role: AWS Config developer guide, "Using Service-Linked Roles
for AWS Config" """


def _service_linked(reader: Reader, role: Resource) -> Identity:
    """A service-linked role: its service alone takes it, and AWS decides what it may do.

    IAM user guide, "Create a service-linked role": the service defines its permissions, and only that
    service can assume it.
    """
    service = reader.text(role.properties.get("AWSServiceName"))
    unknown = ["what a service-linked role may do is AWS's to say: give its policy, or collect the account"]
    policy = reader.unread("identity", role.name, role, (), unknown[0])
    if isinstance(service, str) and service:
        body = {
            "Version": "2012-10-17",
            "Statement": [{"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}],
        }
        trust = reader.documents.document(
            body, (), kind="trust", name=role.name, key=role.key, path=("AWSServiceName",)
        )
        if service in _LINKED_POLICIES:
            partition = arns.partition(role.region or "us-east-1")
            arn = f"arn:{partition}:iam::aws:policy/aws-service-role/{_LINKED_POLICIES[service]}"
            policy = read_managed(reader, arn, "identity", role)
            unknown = list(policy.unknown)
    else:
        reason = service.reason if isinstance(service, Unknown) else "no service is named"
        trust = reader.unread("trust", role.name, role, ("AWSServiceName",), reason)
        unknown.append(f"its trust policy: {reason}")
    return Identity(
        **{**_common(reader, role, "RoleName"), "unknown": tuple(unknown)},
        kind="role",
        identity=(policy,),
        trust=trust,
        service_linked=True,
        services=services(trust),
    )


def _workloads(reader: Reader, role: Resource) -> Iterator[str]:
    """Keys of what names the role as its own, an instance by its profile."""
    for other in reader.users(role.key):
        if other.type == "AWS::IAM::InstanceProfile":
            yield from (user.key for user in reader.users(other.key) if user.type[:10] != "AWS::IAM::")
        elif not other.type.startswith("AWS::IAM::"):
            yield other.key


# --- what a trust policy says


def allowing(trust: Document, action: str) -> list[Mapping[str, Any]]:
    """The Allow statements of the trust policy, at its widest, that name the action."""
    listed = trust.wider.document.get("Statement", [])
    given = listed if isinstance(listed, list) else [listed]
    return [
        item
        for item, statement in zip(given, trust.wider.statements, strict=True)
        if statement.allows and statement.names_action(action)
    ]


def services(trust: Document) -> frozenset[str]:
    """The service principals that it lets assume the role; `*` where it lets everybody."""
    found: set[str] = set()
    for statement in trust.wider.statements:
        if (
            not statement.allows
            or statement.principals is None
            or not statement.names_action("sts:AssumeRole")
        ):
            continue
        if statement.principals.everyone:
            found.add("*")
        found.update(statement.principals.services)
    return frozenset(found)


_REQUEST_TAG = "aws:requesttag/"


def session_tags(trust: Document) -> SessionTags:
    """The tags that whoever assumes the role may bring along."""
    statements = allowing(trust, "sts:TagSession")
    if not statements:
        return SessionTags()
    pinned: list[dict[str, tuple[str, ...]]] = []
    keys: list[tuple[str, ...] | None] = []
    for statement in statements:
        tags: dict[str, tuple[str, ...]] = {}
        names: tuple[str, ...] | None = None
        for operator, block in statement.get("Condition", {}).items():
            for key, value in block.items():
                values = tuple(str(one) for one in (value if isinstance(value, list) else [value]))
                plain = operator.lower()
                if key.lower().startswith(_REQUEST_TAG) and plain == "stringequals":
                    if not any(patterns.has_variable(one) for one in values):
                        tags[key[len(_REQUEST_TAG) :]] = values
                elif key.lower() == "aws:tagkeys" and re.fullmatch(
                    r"forallvalues:string(equals|like)", plain
                ):
                    names = values
        pinned.append(tags)
        keys.append(names)
    both = set(pinned[0]).intersection(*pinned[1:])
    return SessionTags(
        possible=True,
        values={
            name: tuple(dict.fromkeys(value for tags in pinned for value in tags[name]))
            for name in sorted(both)
        },
        keys=None if None in keys else tuple(dict.fromkeys(name for names in keys for name in names or ())),
    )
