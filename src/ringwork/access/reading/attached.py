"""Which policies a user, a group or a role has, wherever they are written.

IAM user guide, "Managed policies and inline policies"; CloudFormation template reference, AWS::IAM::Policy,
AWS::IAM::ManagedPolicy, AWS::IAM::RolePolicy, AWS::IAM::UserPolicy, AWS::IAM::GroupPolicy,
AWS::IAM::UserToGroupAddition.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from ringwork.access.authority import Document, Path
from ringwork.access.policy import PolicyKind
from ringwork.access.reading.managed import is_aws_managed, read_managed
from ringwork.access.reading.reader import Astray, Reader
from ringwork.estate import Resource, Unknown

ROLE, USER, GROUP = "AWS::IAM::Role", "AWS::IAM::User", "AWS::IAM::Group"
MANAGED = "AWS::IAM::ManagedPolicy"
_TARGETS: Mapping[str, tuple[tuple[str, str], ...]] = {
    "AWS::IAM::RolePolicy": (("RoleName", ROLE),),
    "AWS::IAM::UserPolicy": (("UserName", USER),),
    "AWS::IAM::GroupPolicy": (("GroupName", GROUP),),
    "AWS::IAM::Policy": (("Roles", ROLE), ("Users", USER), ("Groups", GROUP)),
    MANAGED: (("Roles", ROLE), ("Users", USER), ("Groups", GROUP)),
}
_OWN: Mapping[str, str] = {
    ROLE: "AWS::IAM::RolePolicy",
    USER: "AWS::IAM::UserPolicy",
    GROUP: "AWS::IAM::GroupPolicy",
}


class Attached:
    """The policies of an estate by whom they are attached to."""

    def __init__(self, reader: Reader) -> None:
        self.reader = reader
        self._by_key: dict[str, list[Resource]] = {}
        self._perhaps: dict[tuple[str | None, str], list[tuple[Resource, str]]] = {}
        """(account, type) -> policies of which it is not known whom they are attached to, and why"""
        for kind, targets in _TARGETS.items():
            for policy in reader.estate.of_type(kind):
                for name, type in targets:
                    self._attach(policy, name, type)

    def _attach(self, policy: Resource, name: str, type: str) -> None:
        listed = self.reader.items(policy.properties.get(name))
        if isinstance(listed, Unknown):
            self._perhaps.setdefault((policy.account, type), []).append((policy, listed.reason))
            return
        for value in listed:
            found = self.reader.named(value, policy, type)
            if not isinstance(found, Astray):
                if found.type == type:
                    self._by_key.setdefault(found.key, []).append(policy)
                else:
                    self.reader.note(policy, f"`{found.name}` is no {type}", name)
            elif found.text is None:
                self._perhaps.setdefault((policy.account, type), []).append((policy, found.reason))
            else:
                # the name of nobody here, unless somebody's name is not known
                reason = f"it is attached to `{found.text}`, and somebody's name is not known"
                for other in self.reader.estate.of_type(type):
                    if other.account == policy.account and _unnamed(self.reader, other):
                        self._perhaps.setdefault((policy.account, type), []).append((policy, reason))
                        break

    def of(self, resource: Resource) -> tuple[tuple[Document, ...], tuple[str, ...]]:
        """The identity policies of a user, group or role, and why there may be others."""
        reader = self.reader
        found: dict[tuple[str, Path], Document] = {}
        unknown: list[str] = []
        for document in (*self._inline(resource), *self._separate(resource), *self._by_arn(resource)):
            found.setdefault((document.key, document.path), document)
        for policy, reason in self._perhaps.get((resource.account, resource.type), ()):
            document = reader.document(policy, ("PolicyDocument",), "identity")
            found.setdefault((policy.key, ()), reader.documents.unsure(document, reason))
            unknown.append(f"`{policy.name}` may be attached to it: {reason}")
        for type in (_OWN[resource.type], "AWS::IAM::Policy", MANAGED):
            gap = reader.gap(type, resource.account, resource.region)
            if gap is not None and (type, ()) not in found:
                # whatever could not be read may be this one's policy
                found[type, ()] = reader.unread("identity", type, resource, (), gap)
                unknown.append(gap)
                break
        for document in found.values():
            unknown += [f"`{document.name}`: {reason}" for reason in document.unknown]
        return tuple(found.values()), tuple(dict.fromkeys(unknown))

    def _inline(self, resource: Resource) -> Iterator[Document]:
        listed = self.reader.items(resource.properties.get("Policies"))
        if isinstance(listed, Unknown):
            yield self.reader.unread("identity", resource.name, resource, ("Policies",), listed.reason)
            return
        for index, value in enumerate(listed):
            path: Path = ("Policies", index)
            if isinstance(value, Mapping):
                name = self.reader.text(value.get("PolicyName"))
                called = name if isinstance(name, str) else resource.name
                yield self.reader.document(resource, (*path, "PolicyDocument"), "identity", called)
            else:
                reason = value.reason if isinstance(value, Unknown) else "an inline policy is no mapping"
                if not isinstance(value, Unknown):
                    self.reader.note(resource, reason, *path)
                yield self.reader.unread("identity", resource.name, resource, path, reason)

    def _separate(self, resource: Resource) -> Iterator[Document]:
        for policy in self._by_key.get(resource.key, ()):
            name = self.reader.text(policy.properties.get("PolicyName"))
            called = name if isinstance(name, str) else policy.name
            yield self.reader.document(policy, ("PolicyDocument",), "identity", called)

    def _by_arn(self, resource: Resource) -> Iterator[Document]:
        name = "ManagedPolicyArns"
        listed = self.reader.items(resource.properties.get(name))
        if isinstance(listed, Unknown):
            yield self.reader.unread("identity", resource.name, resource, (name,), listed.reason)
            return
        for index, value in enumerate(listed):
            yield self.managed(resource, value, (name, index), "identity")

    def boundary(self, resource: Resource) -> Document | None:
        """The permissions boundary of a user or a role."""
        value = resource.properties.get("PermissionsBoundary")
        if value is None:
            return None
        return self.managed(resource, value, ("PermissionsBoundary",), "boundary")

    def managed(self, resource: Resource, value: object, path: Path, kind: PolicyKind) -> Document:
        """The managed policy that a value names."""
        found = self.reader.named(value, resource, MANAGED)
        if not isinstance(found, Astray):
            if found.type == MANAGED:
                return self.reader.document(found, ("PolicyDocument",), kind)
            reason = f"`{found.name}` is no managed policy"
            self.reader.note(resource, reason, *path)
            return self.reader.unread(kind, found.name, resource, path, reason)
        if found.text is not None and is_aws_managed(found.text):
            return read_managed(self.reader, found.text, kind, resource)
        document = self.reader.unread(kind, found.text or resource.name, resource, path, found.reason)
        return _perhaps_none(document) if found.text is None and kind == "boundary" else document


def _perhaps_none(document: Document) -> Document:
    """A boundary of which not even that is known, whether there is one."""
    return replace(document, attached=False)


def _unnamed(reader: Reader, resource: Resource) -> bool:
    """Whether a name is given that is not known: it may be any."""
    given = {ROLE: "RoleName", USER: "UserName", GROUP: "GroupName"}[resource.type]
    return resource.physical is None and resource.properties.get(given) is not None
