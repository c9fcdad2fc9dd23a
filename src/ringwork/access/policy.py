"""Policy documents: read, checked as strictly as AWS does for their kind, and compiled for evaluation.

Sources: IAM user guide, "IAM JSON policy reference" (elements and grammar), "Grammar of the IAM JSON policy
language"; Organizations user guide, "SCP syntax", "RCP syntax"; PrivateLink guide, "Control access to VPC
endpoints using endpoint policies"; KMS developer guide, "Key policies in AWS KMS".
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

from ringwork.access import patterns
from ringwork.access.conditions import Condition, MistypedError, Values, compile_condition, texts
from ringwork.access.patterns import Matcher, UnresolvedError

PolicyKind: TypeAlias = Literal[
    "identity", "boundary", "session", "scp", "rcp", "resource", "trust", "key", "endpoint"
]

_VERSIONS = ("2012-10-17", "2008-10-17")
_ELEMENTS = {
    *("Sid", "Effect", "Principal", "NotPrincipal", "Action", "NotAction", "Resource", "NotResource"),
    "Condition",
}
_NAMES_PRINCIPALS = {"resource", "trust", "key", "endpoint", "rcp"}
_PRINCIPAL_TYPES = {"AWS", "Service", "Federated", "CanonicalUser"}
_NEEDS_RESOURCE = {"identity", "boundary", "session", "scp", "rcp", "endpoint"}
_COMPLETED = {"identity", "boundary", "session", "scp", "rcp"}
"""Kinds in which an incomplete ARN is completed: IAM user guide, "IAM identifiers", says so of identity-based
policies."""
_MAY_BE_EMPTY = {"resource", "endpoint"}
_ACTION = re.compile(r"\*|[A-Za-z0-9*?-]+: *[A-Za-z0-9*?-]+ *")
"""AWS's own managed policies had names with hyphens and with blanks (`ReadOnlyAccess`, versions 59 to 62, and
others): they name no action, and are no reason to read nothing of a policy"""
_SID = re.compile(r"[A-Za-z0-9]*")


class PolicyError(ValueError):
    """A policy that AWS would not accept. `pointer` is the JSON pointer of what is wrong."""

    def __init__(self, message: str, pointer: str = "") -> None:
        super().__init__(f"{message} at `{pointer or '/'}`")
        self.message = message
        self.pointer = pointer


@dataclass(frozen=True, slots=True)
class Principals:
    """A Principal or NotPrincipal element."""

    everyone: bool = False
    """`"*"`, or `{"AWS": "*"}`"""
    aws: tuple[str, ...] = ()
    """accounts as 12 digits or `arn:aws:iam::A:root`, and ARNs or unique ids of principals"""
    services: tuple[str, ...] = ()
    federated: tuple[str, ...] = ()
    canonical: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Resources:
    """A Resource or NotResource element."""

    fixed: tuple[Matcher, ...]
    variable: tuple[str, ...]
    """patterns with policy variables"""
    negated: bool
    completed: bool
    """incomplete ARNs are completed"""

    def match(self, resource: str, context: Values, *, allows: bool, notes: set[str] | None) -> bool:
        found = any(matcher(resource) for matcher in self.fixed)
        unresolved = False
        if not found:
            for text in self.variable:
                try:
                    pattern = patterns.substitute(text, context)
                except UnresolvedError:
                    unresolved = True  # "Policy variables with no value": it matches no resource
                    continue
                if patterns.resource(pattern, completed=self.completed)(resource):
                    found = True
                    break
        if not self.negated:
            return found
        # everything but nothing would be everything: an Allow does not get wider by a value that is missing
        if unresolved and not found and notes is not None:
            notes.add("what NotResource takes in while a variable in it has no value")
        return not found and not (unresolved and allows)


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement."""

    index: int
    sid: str
    allows: bool
    actions: tuple[Matcher, ...]
    not_actions: bool
    resources: _Resources | None
    """None: the policy is attached to its resource and names none"""
    conditions: tuple[Condition, ...]
    principals: Principals | None = None
    not_principals: Principals | None = None

    keys: frozenset[str] = frozenset()
    """the keys that its conditions and variables read, lower case"""

    def names_action(self, action: str) -> bool:
        """Whether Action or NotAction takes in `action` (`s3:GetObject`, in any case)."""
        return any(matcher(action) for matcher in self.actions) != self.not_actions

    def names_resource(self, resource: str, context: Values, notes: set[str] | None = None) -> bool:
        """Whether Resource or NotResource takes in `resource`; `notes` gains the rules that it hinges on."""
        return self.resources is None or self.resources.match(
            resource, context, allows=self.allows, notes=notes
        )

    def conditions_hold(self, context: Values, notes: set[str] | None = None) -> bool:
        """Whether every condition holds in `context`, whose names are lower case."""
        return all(condition.holds(context, notes) for condition in self.conditions)


@dataclass(frozen=True, slots=True)
class Policy:
    """A policy, compiled. `name` is what explanations call it."""

    kind: PolicyKind
    name: str
    statements: tuple[Statement, ...]
    document: Mapping[str, Any] = field(repr=False, compare=False)
    _by_action: dict[str, tuple[Statement, ...]] = field(default_factory=dict, repr=False, compare=False)

    def about(self, action: str) -> tuple[Statement, ...]:
        """The statements whose Action or NotAction takes in `action`."""
        found = self._by_action.get(action)
        if found is None:
            found = tuple(statement for statement in self.statements if statement.names_action(action))
            self._by_action[action] = found
        return found

    @property
    def keys(self) -> frozenset[str]:
        """The condition keys that its statements read, those of variables as well, lower case."""
        return frozenset(key for statement in self.statements for key in statement.keys)


def parse(document: str | Mapping[str, Any], *, kind: PolicyKind, name: str = "") -> Policy:
    """Read and check a policy. Raises `PolicyError` for what AWS does not accept in a policy of this kind."""
    body = _load(document)
    unknown = set(body) - {"Version", "Id", "Statement"}
    if unknown:
        first = sorted(unknown)[0]
        raise PolicyError(f"unknown element `{first}`", f"/{_escaped(first)}")
    version = body.get("Version", "2008-10-17")
    if version not in _VERSIONS:
        raise PolicyError("Version is neither `2012-10-17` nor `2008-10-17`", "/Version")
    if "Statement" not in body:
        raise PolicyError("there is no Statement")
    given = body["Statement"]
    one = isinstance(given, Mapping)
    items = [given] if one else given
    if not isinstance(items, list):
        raise PolicyError("Statement is neither an object nor a list", "/Statement")
    if not items and kind not in _MAY_BE_EMPTY:
        raise PolicyError("Statement is empty", "/Statement")
    statements = tuple(
        _Reader(
            kind, variables=version == "2012-10-17", pointer="/Statement" if one else f"/Statement/{n}"
        ).read(n, item)
        for n, item in enumerate(items)
    )
    if kind in ("identity", "boundary", "session"):
        sids = [statement.sid for statement in statements if statement.sid]
        if len(sids) != len(set(sids)):
            twice = next(sid for sid in sids if sids.count(sid) > 1)
            raise PolicyError(f"the Sid `{twice}` is there twice", "/Statement")
    return Policy(kind, name, statements, body)


def _escaped(name: str) -> str:
    """A name as part of a JSON pointer (RFC 6901)."""
    return str(name).replace("~", "~0").replace("/", "~1")


def _load(document: str | Mapping[str, Any]) -> Mapping[str, Any]:
    if isinstance(document, str):
        try:
            body = json.loads(document, object_pairs_hook=_once)
        except PolicyError:
            raise
        except (ValueError, RecursionError) as error:
            raise PolicyError(f"the policy is not JSON: {error}") from error
    else:
        body = document
    if not isinstance(body, Mapping):
        raise PolicyError("the policy is not a JSON object")
    return body


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise PolicyError(f"`{twice}` is there twice in one object")
    return found


def _keys(resources: _Resources | None, conditions: tuple[Condition, ...]) -> frozenset[str]:
    found = {condition.key for condition in conditions}
    texts_with = list(resources.variable) if resources is not None else []
    texts_with += [value for condition in conditions if condition.variables for value in condition.values]
    found.update(name for text in texts_with for name in patterns.variables(text))
    return frozenset(found)


@dataclass(frozen=True, slots=True)
class _Reader:
    kind: PolicyKind
    variables: bool
    pointer: str

    def fail(self, message: str, where: str = "") -> PolicyError:
        return PolicyError(message, self.pointer + where)

    def read(self, index: int, item: Any) -> Statement:
        if not isinstance(item, Mapping):
            raise self.fail("a statement is not an object")
        for element in item:
            if element not in _ELEMENTS:
                raise self.fail(f"unknown element `{element}`", f"/{_escaped(element)}")
        effect = item.get("Effect")
        if effect not in ("Allow", "Deny"):
            raise self.fail("Effect is neither `Allow` nor `Deny`", "/Effect" if "Effect" in item else "")
        allows = effect == "Allow"
        sid = item.get("Sid", "")
        if not isinstance(sid, str):
            raise self.fail("Sid is not text", "/Sid")
        if self.kind in ("identity", "boundary", "session") and not _SID.fullmatch(sid):
            raise self.fail("Sid has other characters than A-Z, a-z and 0-9", "/Sid")
        actions, not_actions = self._one_of(item, "Action", "NotAction", needed=True)
        for number, action in enumerate(actions):
            if not _ACTION.fullmatch(action):
                name = "NotAction" if not_actions else "Action"
                place = f"/{name}/{number}" if isinstance(item[name], list) else f"/{name}"
                raise self.fail(f"`{action}` is not an action such as `s3:GetObject`", place)
        resources, conditions = self._resources(item), self._conditions(item.get("Condition", {}))
        statement = Statement(
            index,
            sid,
            allows,
            tuple(patterns.glob(action, any_case=True) for action in actions),
            not_actions,
            resources,
            conditions,
            self._principals(item, "Principal"),
            self._principals(item, "NotPrincipal"),
            _keys(resources, conditions),
        )
        self._check_principals(statement, item)
        if self.kind == "rcp":
            self._check_rcp(statement, actions, item)
        return statement

    def _one_of(
        self, item: Mapping[str, Any], name: str, other: str, *, needed: bool
    ) -> tuple[tuple[str, ...], bool]:
        if name in item and other in item:
            raise self.fail(f"{name} and {other} are both there", f"/{other}")
        if name not in item and other not in item:
            if needed:
                raise self.fail(f"neither {name} nor {other} is there")
            return (), False
        chosen = name if name in item else other
        value = item[chosen]
        values = value if isinstance(value, list) else [value]
        if not values:
            raise self.fail(f"{chosen} is empty", f"/{chosen}")
        for number, text in enumerate(values):
            if not isinstance(text, str) or not text:
                place = f"/{chosen}/{number}" if isinstance(value, list) else f"/{chosen}"
                raise self.fail(f"{chosen} holds what is not text", place)
        return tuple(values), chosen == other

    def _resources(self, item: Mapping[str, Any]) -> _Resources | None:
        if self.kind == "trust" and ("Resource" in item or "NotResource" in item):
            raise self.fail("a trust policy names no resource", "/Resource")
        needed = self.kind in _NEEDS_RESOURCE
        values, negated = self._one_of(item, "Resource", "NotResource", needed=needed)
        if not values:
            return None
        name = "NotResource" if negated else "Resource"
        fixed, variable = [], []
        for number, text in enumerate(values):
            place = f"/{name}/{number}" if isinstance(item[name], list) else f"/{name}"
            if self.kind in _NEEDS_RESOURCE and text != "*" and not text.startswith(("arn:", "${", "*")):
                raise self.fail(f"`{text}` is neither an ARN nor `*`", place)
            if self.kind == "session" and text.startswith("arn:") and text.count(":") < patterns.SEGMENTS - 1:
                raise self.fail(f"`{text}` is incomplete, which a session policy may not hold", place)
            if self.variables and patterns.has_variable(text):
                variable.append(text)
            else:
                fixed.append(patterns.resource(text, completed=self.kind in _COMPLETED))
        return _Resources(tuple(fixed), tuple(variable), negated, self.kind in _COMPLETED)

    def _conditions(self, block: Any) -> tuple[Condition, ...]:
        if not isinstance(block, Mapping):
            raise self.fail("Condition is not an object", "/Condition")
        found = []
        for operator, keys in block.items():
            place = f"/Condition/{_escaped(operator)}"
            if not isinstance(keys, Mapping):
                raise self.fail(f"what `{operator}` compares is not an object", place)
            for key, value in keys.items():
                there = f"{place}/{_escaped(key)}"
                try:
                    values = texts(value)
                    found.append(compile_condition(operator, key, values, variables=self.variables))
                except TypeError:
                    raise self.fail(f"the value of `{key}` is no text, number or Boolean", there) from None
                except MistypedError as error:
                    raise self.fail(str(error), there) from None
                except ValueError:
                    raise self.fail(f"unknown condition operator `{operator}`", place) from None
                if ":" not in key:
                    raise self.fail(f"`{key}` is not a condition key such as `aws:SourceIp`", there)
        return tuple(found)

    def _principals(self, item: Mapping[str, Any], name: str) -> Principals | None:
        if name not in item:
            return None
        value = item[name]
        if value == "*":
            return Principals(everyone=True)
        if not isinstance(value, Mapping) or not value:
            raise self.fail(f"{name} is neither `*` nor an object", f"/{name}")
        lists: dict[str, tuple[str, ...]] = {}
        for kind, given in value.items():
            if kind not in _PRINCIPAL_TYPES:
                raise self.fail(f"unknown kind of principal `{kind}`", f"/{name}/{_escaped(kind)}")
            entries = given if isinstance(given, list) else [given]
            if not entries:
                raise self.fail(f"{name} is empty", f"/{name}/{kind}")
            if not all(isinstance(entry, str) and entry for entry in entries):
                raise self.fail(f"{name} holds what is not text", f"/{name}/{kind}")
            lists[kind] = tuple(entries)
        aws = lists.get("AWS", ())
        for entry in aws:
            if entry != "*" and "*" in entry:
                raise self.fail(
                    f"`{entry}`: a wildcard is no part of a principal; name it, or `*` and a condition",
                    f"/{name}/AWS",
                )
        return Principals(
            "*" in aws,
            tuple(entry for entry in aws if entry != "*"),
            lists.get("Service", ()),
            lists.get("Federated", ()),
            lists.get("CanonicalUser", ()),
        )

    def _check_principals(self, statement: Statement, item: Mapping[str, Any]) -> None:
        named = [name for name in ("Principal", "NotPrincipal") if name in item]
        if self.kind not in _NAMES_PRINCIPALS:
            if named:
                raise self.fail(f"{named[0]} has no place in a policy of this kind", f"/{named[0]}")
            return
        if not named:
            raise self.fail("neither Principal nor NotPrincipal is there")
        if len(named) == 2:
            raise self.fail("Principal and NotPrincipal are both there", "/NotPrincipal")
        if named == ["NotPrincipal"] and (self.kind in ("trust", "rcp") or statement.allows):
            raise self.fail("NotPrincipal is for Deny in resource policies only", "/NotPrincipal")

    def _check_rcp(self, statement: Statement, actions: tuple[str, ...], item: Mapping[str, Any]) -> None:
        """Organizations user guide, "RCP syntax"; `RCPFullAWSAccess` itself is the one that allows."""
        if statement.principals != Principals(everyone=True):
            raise self.fail("an RCP names all principals: `*`", "/Principal")
        whole = actions == ("*",) and item.get("Resource") == "*" and not statement.conditions
        if statement.allows and not whole:
            raise self.fail("an RCP can only deny", "/Effect")
        if not statement.allows and "*" in actions:
            raise self.fail("an RCP names the service of its actions", "/Action")
