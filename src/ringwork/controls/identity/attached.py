"""Which policies apply to a role, wherever they are written."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ringwork.controls.control import UndecidedError, reading
from ringwork.controls.policy import Statement, parse, statements
from ringwork.controls.values import items, target
from ringwork.estate import Estate, Resource

ATTACHED_READS = (
    reading(
        *("AWS::IAM::Role", "Policies", "ManagedPolicyArns", "Path", "RoleName", "Tags"),
        "AssumeRolePolicyDocument",
    )
    | reading("AWS::IAM::RolePolicy", "RoleName", "PolicyDocument")
    | reading("AWS::IAM::ManagedPolicy", "Roles", "PolicyDocument")
    | reading("AWS::IAM::Policy", "Roles", "PolicyDocument")
)
"""What finding a role's policies reads, for `Control.reads`."""


@dataclass(frozen=True, slots=True)
class Attached:
    """One policy that applies to a role."""

    name: str
    """for messages: the resource's name, or the ARN"""
    resource: Resource
    """where it is written; for a policy of AWS, the role that names it"""
    path: tuple[str | int, ...]
    """where in `resource` the document stands; for a policy of AWS, where it is named"""
    statements: tuple[Statement, ...] | None
    """None: a managed policy of AWS, whose document is not in the estate"""


def is_aws_managed(arn: str) -> bool:
    """A managed policy of AWS (IAM User Guide, "IAM ARNs": the account is `aws`)."""
    parts = arn.split(":")
    return len(parts) > 5 and parts[2] == "iam" and parts[4] == "aws"


class Attachments:
    """The policies of an estate by the role that they apply to."""

    def __init__(self, estate: Estate) -> None:
        self._estate = estate
        self._by_role: dict[str, list[tuple[Resource, tuple[str | int, ...]]]] = {}
        self._lost: list[UndecidedError] = []
        self._astray: list[tuple[str, Resource, str]] = []
        """policies that name a role that is not in the estate, or whose name is not known"""
        for kind, name in (
            ("AWS::IAM::RolePolicy", "RoleName"),
            ("AWS::IAM::ManagedPolicy", "Roles"),
            ("AWS::IAM::Policy", "Roles"),
        ):
            for policy in estate.of_type(kind):
                try:
                    for value in items(policy, name):
                        role = self._role(target(estate, value), policy)
                        if estate.get(role) is None:
                            self._astray.append((role, policy, name))
                        self._by_role.setdefault(role, []).append((policy, ("PolicyDocument",)))
                except UndecidedError as error:
                    self._lost.append(UndecidedError(error.reason, name, resource=policy))

    def _role(self, name: str, policy: Resource) -> str:
        """The role's key; a role's plain name is unique in its account."""
        for found in self._estate.by_physical(name, "AWS::IAM::Role"):
            if found.account == policy.account:
                return found.key
        return name

    def of(self, role: Resource) -> Iterator[Attached]:
        """Inline policies, policies of their own, managed policies. Raises `UndecidedError`."""
        for error in self._lost:
            raise error
        if role.physical is None and role.properties.get("RoleName") is not None:
            for name, policy, member in self._astray:
                if policy.account == role.account:
                    reason = f"find out whether `{name}` is this role, whose name is not known"
                    raise UndecidedError(reason, member, resource=policy)
        for index, inline in enumerate(items(role, "Policies")):
            path = ("Policies", index, "PolicyDocument")
            document: Any = inline.get("PolicyDocument") if isinstance(inline, Mapping) else inline
            yield Attached(role.name, role, path, parse(self._estate, document, role, *path))
        for policy, where in self._by_role.get(role.key, ()):
            yield Attached(policy.name, policy, where, statements(self._estate, policy, *where))
        for index, value in enumerate(items(role, "ManagedPolicyArns")):
            place = ("ManagedPolicyArns", index)
            try:
                arn = target(self._estate, value)
            except UndecidedError as error:
                raise UndecidedError(error.reason, *place, resource=role) from None
            found = self._estate.get(arn)
            if found is not None:
                document = statements(self._estate, found, "PolicyDocument")
                yield Attached(found.name, found, ("PolicyDocument",), document)
            elif is_aws_managed(arn):
                yield Attached(arn, role, place, None)
            else:
                raise UndecidedError(f"read policy `{arn}`", *place, resource=role)
