"""Organizations: what an account's management policies come to, merged from the root down to the account.

Source: Organizations user guide, "Understanding management policy inheritance", "Inheritance operators" and
"Inheritance examples"; API reference, DescribeEffectivePolicy.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from ringwork.cloud.emulator.errors import AwsError, NotEmulatedError
from ringwork.cloud.emulator.overlays.call import Call, Overlay, Proceed

_ALLOWED = "@@operators_allowed_for_child_policies"
_ASSIGN, _APPEND, _REMOVE = "@@assign", "@@append", "@@remove"
_OPERATORS = frozenset((_ASSIGN, _APPEND, _REMOVE))
_NAMED = {"@@all": _OPERATORS, "@@none": frozenset[str]()}

Path = tuple[str, ...]


class UndecidedError(Exception):
    """The documents do not say what a policy comes to; the message says where."""


@dataclass
class _Merge:
    """Settings by path, and the operators that policies further down may use at each path."""

    settings: dict[Path, Any] = field(default_factory=dict)
    allowed: dict[Path, frozenset[str]] = field(default_factory=dict)

    def level(self, policies: list[dict[str, Any]]) -> None:
        """Merge the policies of one root, OU or account, in the order in which they were attached.

        "Policies are evaluated based on the order in which they were attached", so what the first one
        assigns is kept; of the operators that they allow further down, the intersection is.
        """
        assigned: set[Path] = set()
        allowed: dict[Path, frozenset[str]] = {}
        known = set(self.settings)
        for policy in policies:
            for path, operators in _nodes(policy):
                for operator, value in operators.items():
                    if operator == _ALLOWED:
                        allowed[path] = allowed.get(path, _OPERATORS) & _operators(value)
                    elif self._may(path, operator, known):
                        self._apply(path, operator, value, assigned)
        for path, ones in allowed.items():
            # "you can't reverse that rule in a child policy"
            self.allowed[path] = self.allowed.get(path, _OPERATORS) & ones

    def _may(self, path: Path, operator: str, known: set[Path]) -> bool:
        if operator not in self.allowed.get(path, _OPERATORS):
            return False
        above = [path[:depth] for depth in range(1, len(path))]
        if all(operator in self.allowed.get(container, _OPERATORS) for container in above):
            return True
        if path in known:
            raise UndecidedError(f"whether a rule above `{'/'.join(path)}` covers a setting that allows it")
        return False  # nothing may be added to a container that is locked

    def _apply(self, path: Path, operator: str, value: Any, assigned: set[Path]) -> None:
        if operator == _ASSIGN:
            if path not in assigned:
                assigned.add(path)
                self.settings[path] = list(value) if isinstance(value, list) else value
            return
        values = value if isinstance(value, list) else [value]
        have = self.settings.get(path, [])
        if not isinstance(have, list):
            raise UndecidedError(f"`{operator}` on `{'/'.join(path)}`, which has a single value")
        if operator == _APPEND:
            self.settings[path] = have + [one for one in values if one not in have]
        elif path in self.settings:
            self.settings[path] = [one for one in have if one not in values]

    def document(self) -> dict[str, Any]:
        """The effective policy; lists of which nothing is left are not in it."""
        found: dict[str, Any] = {}
        for path, value in self.settings.items():
            if value != []:
                place = found
                for name in path[:-1]:
                    place = place.setdefault(name, {})
                place[path[-1]] = value
        return found


def _operators(value: Any) -> frozenset[str]:
    names = value if isinstance(value, list) else [value]
    return frozenset(operator for name in names for operator in _NAMED.get(name, frozenset((name,))))


def _nodes(policy: Mapping[str, Any], path: Path = ()) -> Iterator[tuple[Path, dict[str, Any]]]:
    """The places of a policy that have operators."""
    operators = {name: value for name, value in policy.items() if name.startswith("@@")}
    if operators:
        yield path, operators
    for name, value in policy.items():
        if isinstance(value, Mapping) and not name.startswith("@@"):
            yield from _nodes(value, (*path, name))


def effective(levels: list[list[dict[str, Any]]]) -> dict[str, Any]:
    """What policies come to; `levels`: those of the root, of each OU on the way, and of the account.

    Raises `UndecidedError`.
    """
    merged = _Merge()
    for policies in levels:
        merged.level(policies)
    return merged.document()


def _describe(call: Call, _proceed: Proceed) -> dict[str, Any]:
    """API reference, DescribeEffectivePolicy: "from any account in a organization", of other accounts from
    the management account; "Specifying an organization root or organizational unit (OU) as the target is not
    supported". (The time of the last update is not kept here, so it is not in the answer.)"""
    from moto.organizations.models import organizations_backends  # noqa: PLC0415

    kind, target = call.parameters["PolicyType"], call.parameters.get("TargetId") or call.account
    backends = [b for each in list(organizations_backends.values()) for b in list(each.values()) if b.org]
    organization = next((b for b in backends if any(a.id == call.account for a in b.accounts)), None)
    if organization is None:
        raise AwsError(
            "AWSOrganizationsNotInUseException", "Your account is not a member of an organization."
        )
    if call.account not in (target, organization.org.master_account_id):
        raise AwsError("AccessDeniedException", "You don't have permissions to access this resource.")
    account = next((one for one in organization.accounts if one.id == target), None)
    if account is None:
        code = "TargetNotFoundException" if target.isdigit() else "InvalidInputException"
        raise AwsError(code, "You specified a target that doesn't exist or is not an account.")
    places = {place.id: place for place in organization.ou}
    way = [account]
    while (parent := places.get(getattr(way[-1], "parent_id", None))) is not None:
        way.append(parent)
    if any(row["Type"] == kind and row["Status"] == "ENABLED" for row in way[-1].policy_types):
        levels = [
            [json.loads(p.content) for p in place.attached_policies if p.type == kind]
            for place in reversed(way)
        ]
    else:
        levels = []
    if not any(levels):
        raise AwsError(
            "EffectivePolicyNotFoundException", "The account has no effective policy of this type."
        )
    try:
        content = effective(levels)
    except UndecidedError as error:
        reason = f"the documents do not say {error}"
        raise NotEmulatedError("organizations", call.operation, reason) from None
    return {"EffectivePolicy": {"PolicyContent": json.dumps(content), "TargetId": target, "PolicyType": kind}}


OVERLAYS: Mapping[str, Overlay] = {"DescribeEffectivePolicy": _describe}
