"""A statement with parts that are not known, as wide and as narrow as it may turn out.

`most` gives a statement that applies at least where the real one does, `least` one that applies at most
there. An Allow is wide at its most and narrow at its least; a Deny the other way round. How far a part
reaches that is not known depends on where it stands: IAM user guide, "IAM JSON policy elements reference"
(NotAction, NotResource and NotPrincipal leave out what they list) and "IAM JSON policy elements: Condition
operators" (values of one key are joined by OR, those of a negated operator by NOR; a key that is missing
makes a negated operator true, and `ForAnyValue` false).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from ringwork.access.policy import PolicyKind
from ringwork.access.reading.names import Hole, Partial

Json = dict[str, Any]
_ACTION = re.compile(r"\*|[A-Za-z0-9*?-]+:[A-Za-z0-9*?]+")
_WITHOUT_PRINCIPALS = frozenset({"identity", "boundary", "session", "scp"})


def everything(kind: PolicyKind, effect: str) -> Json | None:
    """A statement about everybody, every action and every resource; None: that kind has no such Allow."""
    found: Json = {"Effect": effect, "Action": "*"}
    if kind not in _WITHOUT_PRINCIPALS:
        found["Principal"] = "*"
    if kind != "trust":
        found["Resource"] = "*"
    if kind == "rcp":
        if effect == "Allow":
            return None
        found["Action"] = "*:*"
    return found


def has_holes(value: object) -> bool:
    """Whether some part of a resolved value is not known."""
    if isinstance(value, (Hole, Partial)):
        return True
    if isinstance(value, Mapping):
        return any(has_holes(item) for item in value.values())
    return isinstance(value, list) and any(has_holes(item) for item in value)


def sides(statement: object, kind: PolicyKind) -> tuple[object, object]:
    """A resolved statement for the wider and for the narrower document; None: left out."""
    if isinstance(statement, (Hole, Partial)):
        return everything(kind, "Allow"), everything(kind, "Deny")
    if not isinstance(statement, Mapping) or not has_holes(statement):
        return statement, statement
    body = dict(statement)
    if has_holes(body.get("Sid")):
        del body["Sid"]
    effect = body.get("Effect")
    if isinstance(effect, (Hole, Partial)):
        denies = most({**body, "Effect": "Deny"}, kind)
        if kind == "rcp" or "NotPrincipal" in body:  # neither has an Allow of that kind
            return None, denies
        return most({**body, "Effect": "Allow"}, kind), denies
    if effect == "Deny":
        return least(body, kind), most(body, kind)
    return most(body, kind), least(body, kind)


def most(body: Json, kind: PolicyKind) -> Json:
    """A statement that applies at least where this one does."""
    found = dict(body)
    for name, other, whole in (("Action", "NotAction", _any_action(kind)), ("Resource", "NotResource", "*")):
        if has_holes(found.get(name)):
            found[name] = [_widened(name, value, kind) for value in _values(found[name])]
        if has_holes(found.get(other)):
            kept = [value for value in _values(found.pop(other)) if not has_holes(value)]
            found.update({other: kept} if kept else {name: whole})
    if has_holes(found.get("Principal")):
        found["Principal"] = "*"
    if has_holes(found.get("NotPrincipal")):
        listed = _listed(found.pop("NotPrincipal"))
        found.update({"NotPrincipal": listed} if listed else {"Principal": "*"})
    block = found.get("Condition")
    if isinstance(block, (Hole, Partial)):
        del found["Condition"]
    elif has_holes(block) and not isinstance(block, Mapping):
        found["Condition"] = []  # which no policy may have, whatever is in it
    elif has_holes(block):
        found["Condition"] = _looser(block)
        if not found["Condition"]:
            del found["Condition"]
    return found


def least(body: Json, kind: PolicyKind) -> Json | None:
    """A statement that applies at most where this one does; None: nowhere for certain."""
    found = dict(body)
    for name, other in (("Action", "NotAction"), ("Resource", "NotResource")):
        if has_holes(found.get(name)):
            found[name] = [value for value in _values(found[name]) if not has_holes(value)]
            if not found[name]:
                return None
        if has_holes(found.get(other)):
            found[other] = [_widened(name, value, kind) for value in _values(found[other])]
            if "*" in found[other]:
                return None
    if has_holes(found.get("Principal")):
        found["Principal"] = _listed(found["Principal"])
        if not found["Principal"]:
            return None
    if has_holes(found.get("NotPrincipal")):
        return None
    block = found.get("Condition")
    if has_holes(block) and not isinstance(block, (Mapping, Hole, Partial)):
        found["Condition"] = []  # as above
    elif has_holes(block):
        tighter = None if isinstance(block, (Hole, Partial)) else _tighter(block)
        if tighter is None:
            return None
        found["Condition"] = tighter
    return found


def _any_action(kind: PolicyKind) -> str:
    return "*:*" if kind == "rcp" else "*"


def _values(value: object) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _widened(element: str, value: object, kind: PolicyKind) -> object:
    """An entry with `*` for what is not known; as it is where all is known."""
    if element == "Action":
        if not isinstance(value, (Hole, Partial)):
            return value
        text = _starred(value)
        return text if _ACTION.fullmatch(text) and text != "*" else _any_action(kind)
    return _arn_pattern(value) if isinstance(value, (Hole, Partial)) else value


def _starred(value: Hole | Partial) -> str:
    if isinstance(value, Hole):
        return "*"
    return "".join(part if isinstance(part, str) else "*" for part in value.parts)


def _arn_pattern(value: Hole | Partial) -> str:
    """A pattern that takes in every ARN that the text may turn out to be.

    What stands before the fifth colon may hold colons of its own, so that all after it is anything.
    """
    if isinstance(value, Hole) or not isinstance(value.parts[0], str):
        return "*"
    if not value.parts[0].startswith(("arn:", "*")):
        return "*"
    found = ""
    for part in value.parts:
        if isinstance(part, str):
            found += part
        elif found.count(":") < 5:
            return f"{found}*"
        else:
            found += "*"
    return found


def _listed(principals: object) -> Json:
    """The principals that are known."""
    if not isinstance(principals, Mapping):
        return {}
    found: Json = {}
    for kind, value in principals.items():
        kept = [entry for entry in _values(value) if not has_holes(entry)]
        if kept:
            found[kind] = kept
    return found


def _parts(operator: str) -> tuple[bool, bool, str]:
    """Whether the operator is negated, whether it needs a value (`ForAnyValue`), and its plain name."""
    quantifier, _, plain = operator.lower().rpartition(":")
    plain = plain.removesuffix("ifexists")
    return "not" in plain, quantifier == "foranyvalue", plain


def _like(plain: str, value: object) -> str | None:
    """A pattern for the values that the text may turn out to be, where the operator takes patterns."""
    if not isinstance(value, Partial):
        return None
    if plain in ("stringlike", "stringnotlike"):
        return _starred(value)
    if plain in ("arnlike", "arnnotlike", "arnequals", "arnnotequals"):
        before = value.parts[0]
        if isinstance(before, str) and before.startswith("arn:") and before.count(":") >= 5:
            return _starred(value)
    return None


def _looser(block: Any) -> Json:
    """Conditions that hold at least where these do."""
    found: Json = {}
    for operator, keys in block.items():
        if isinstance(keys, (Hole, Partial)):
            continue
        if not isinstance(keys, Mapping):
            found[operator] = keys
            continue
        negated, _, plain = _parts(operator)
        kept: Json = {}
        for key, value in keys.items():
            if not has_holes(value):
                kept[key] = value
                continue
            known = [entry for entry in _values(value) if not has_holes(entry)]
            if negated:
                if known:
                    kept[key] = known
                continue
            patterns = [_like(plain, entry) for entry in _values(value) if has_holes(entry)]
            if all(pattern is not None for pattern in patterns):
                kept[key] = [*known, *patterns]
        if kept:
            found[operator] = kept
    return found


def _tighter(block: Any) -> Json | None:
    """Conditions that hold at most where these do; None: nowhere for certain."""
    found: Json = {}
    absent: set[str] = set()
    for operator, keys in block.items():
        if isinstance(keys, (Hole, Partial)):
            return None
        if not isinstance(keys, Mapping):
            found[operator] = keys
            continue
        negated, any_value, plain = _parts(operator)
        kept: Json = {}
        for key, value in keys.items():
            if not has_holes(value):
                kept[key] = value
                continue
            known = [entry for entry in _values(value) if not has_holes(entry)]
            if not negated:
                if not known:
                    return None
                kept[key] = known
                continue
            patterns = [_like(plain, entry) for entry in _values(value) if has_holes(entry)]
            if all(pattern is not None for pattern in patterns):
                kept[key] = [*known, *patterns]
            elif any_value:
                return None
            else:
                absent.add(key)  # it holds for certain where the key is missing, whatever the value
        if kept:
            found[operator] = kept
    if absent:
        null = dict(found.get("Null", {}))
        for key in sorted(absent):
            if null.get(key, "true") not in ("true", True):
                return None
            null[key] = "true"
        found["Null"] = null
    return found
