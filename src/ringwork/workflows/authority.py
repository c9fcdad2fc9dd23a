"""Questions about access, asked of whatever there is: a blueprint, templates, live accounts, what
`aws iam get-account-authorization-details` prints, or policy documents."""

from __future__ import annotations

import fnmatch
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

from ringwork.access import Policy, PolicyError
from ringwork.access.authority import Authority, Guarded, Identity
from ringwork.access.policy import parse
from ringwork.access.questions.asker import Asker, asker
from ringwork.access.questions.compare import Comparison, compare, kind_of
from ringwork.access.questions.possible import Verdict, possible
from ringwork.access.questions.public import Public, public, strangers
from ringwork.access.questions.situation import Situation
from ringwork.access.reading import from_authorization_details, from_documents, read
from ringwork.access.request import Principal
from ringwork.access.symbolic import match
from ringwork.access.symbolic.keys import key_type
from ringwork.estate import Estate
from ringwork.source import InputError, load
from ringwork.workflows import reachability


@dataclass(frozen=True, slots=True)
class Authorities:
    """What questions are asked of: every world that open conditions of templates allow."""

    target: str
    worlds: tuple[Authority, ...]
    estates: tuple[Estate, ...] = ()


def from_seen(seen: reachability.Seen) -> Authorities:
    """Of an estate."""
    return Authorities(seen.target, tuple(read(estate) for estate in seen.worlds), seen.worlds)


def from_policies(path: Path) -> Authorities | None:
    """Of a folder of policy documents, one such document, or an account's authorization details; None if the
    path holds none of these. Raises InputError."""
    if path.is_dir():
        texts = {
            str(file.relative_to(path)): file.read_text(encoding="utf-8")
            for file in sorted(path.rglob("*.json"))
        }
        if not texts or any(_has(text, "Resources") or _has(text, "Reservations") for text in texts.values()):
            return None
        if not any(_has(text, "Statement") for text in texts.values()):
            return None
        return Authorities(f"{len(texts)} policies in `{path}`", (from_documents(texts),))
    if path.suffix != ".json":
        return None
    text = path.read_text(encoding="utf-8")
    if _has(text, "RoleDetailList") or _has(text, "UserDetailList"):
        details = load(path).value
        return Authorities(f"authorization details `{path}`", (from_authorization_details(details),))
    if _has(text, "Statement") and not _has(text, "Resources"):
        return Authorities(f"policy `{path}`", (from_documents({path.name: text}),))
    return None


def _has(text: str, member: str) -> bool:
    """Whether a text is a JSON object with such a member."""
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return False
    return isinstance(value, Mapping) and member in value


# --- who


def whom(authority: Authority, names: Sequence[str]) -> list[Asker]:
    """Users, roles, services and strangers by name. Raises InputError for one that is nobody."""
    found: dict[str, Asker] = {}
    for name in names:
        for each in _named(authority, name):
            found.setdefault(each.principal.arn, each)
    return list(found.values())


def _named(authority: Authority, name: str) -> list[Asker]:
    if name == "any":
        return [asker(authority, one) for one in authority.identities.values()]
    if name == "outside":
        return list(strangers())
    if name.endswith(".amazonaws.com"):
        return [Asker(Principal("service", None, name), None, None, Situation(), name)]
    exact = authority.identity(name)
    if exact is not None:
        return [asker(authority, exact)]
    chosen = [
        one
        for one in authority.identities.values()
        if any(fnmatch.fnmatchcase(text, name) for text in (one.arn, one.name, one.key))
    ]
    if not chosen:
        names = [one.name for one in authority.identities.values()]
        near = get_close_matches(name, names, n=1)
        hint = f"did you mean `{near[0]}`?" if near else "name a role, a user, an ARN, `any` or `outside`"
        raise InputError(f"`{name}` is no user, role or service that is here", help=hint)
    return [asker(authority, one) for one in chosen]


def one_identity(given: Authorities, name: str) -> Identity:
    """One user or role of the first world. Raises InputError."""
    found = [each.identity for each in whom(given.worlds[0], [name]) if each.identity is not None]
    if len(found) != 1:
        listed = ", ".join(f"`{one.name}`" for one in found[:5])
        raise InputError(
            f"`{name}` is {len(found)} users and roles",
            help=f"name one of {listed}" if found else "name a role",
        )
    return found[0]


# --- what


def wanted(
    actions: Sequence[str], resources: Sequence[str], when: Sequence[str] = ()
) -> tuple[Policy, Situation]:
    """The kind of request that a command line asks for. Raises InputError."""
    try:
        found = match(*actions, resource=resources or ("*",))
    except PolicyError as error:
        raise InputError(
            error.message, help="an action is `s3:GetObject`, a resource an ARN; both with `*` and `?`"
        ) from None
    return found, when_given(when)


def when_given(texts: Iterable[str]) -> Situation:
    """Keys of the request: `aws:SourceVpce=vpce-1`, several values with commas, `aws:SourceVpce=` for none.

    Raises InputError.
    """
    fixed: dict[str, str | tuple[str, ...]] = {}
    absent: set[str] = set()
    for text in texts:
        key, equals, value = text.partition("=")
        if not equals or ":" not in key:
            raise InputError(
                f"`{text}` is not KEY=VALUE", help="for example `aws:SourceVpce=vpce-0123456789abcdef0`"
            )
        name = key.strip().lower()
        if not value:
            absent.add(name)
        elif key_type(name).many:
            fixed[name] = tuple(value.split(","))
        else:
            fixed[name] = value
    return Situation(fixed, frozenset(absent))


@dataclass(frozen=True, slots=True)
class Found:
    """The answer for one principal."""

    who: str
    arn: str
    verdict: Verdict


def can(
    given: Authorities, names: Sequence[str], kind: Policy, situation: Situation
) -> tuple[tuple[Found, ...], tuple[str, ...]]:
    """For each principal whether it can, in the world where it can most; and what is assumed."""
    order = ("possible", "unknown", "impossible")
    found: dict[str, Found] = {}
    assumed: dict[str, None] = {}
    for authority in given.worlds:
        assumed.update(dict.fromkeys(authority.assumptions))
        for who in whom(authority, names):
            verdict = possible(authority, who, kind, situation=situation)
            before = found.get(who.principal.arn)
            if before is None or order.index(verdict.outcome) < order.index(before.verdict.outcome):
                found[who.principal.arn] = Found(who.name, who.principal.arn, verdict)
    return tuple(found.values()), tuple(assumed)


def who_can(
    given: Authorities, kind: Policy, situation: Situation
) -> tuple[tuple[Found, ...], tuple[str, ...]]:
    """The same of everybody: users, roles, and those outside."""
    names = ["any", "outside"] if any(world.identities for world in given.worlds) else ["outside"]
    return can(given, names, kind, situation)


# --- resources


def resource(authority: Authority, name: str) -> Guarded:
    """A resource by ARN, key, or the end of its ARN. Raises InputError."""
    found = authority.resource(name)
    if found is not None:
        return found
    ends = [
        one
        for one in authority.guarded.values()
        if one.arn.rpartition(":")[2].rpartition("/")[2] == name or one.key.rpartition("/")[2] == name
    ]
    if len(ends) == 1:
        return ends[0]
    if ends:
        listed = ", ".join(f"`{one.arn}`" for one in ends[:4])
        raise InputError(f"`{name}` is {len(ends)} resources", help=f"name one: {listed}")
    near = get_close_matches(name, [one.arn for one in authority.guarded.values()], n=1, cutoff=0.5)
    raise InputError(
        f"`{name}` is no resource that is here", help=f"did you mean `{near[0]}`?" if near else "give its ARN"
    )


def outside(given: Authorities, name: str | None) -> tuple[tuple[Guarded, tuple[Public, ...]], ...]:
    """What strangers can do to one resource, or to every one that has a policy. Raises InputError."""
    order = ("possible", "unknown", "impossible")
    found: dict[str, tuple[Guarded, tuple[Public, ...]]] = {}
    for authority in given.worlds:
        if name is None:
            chosen = [
                one
                for one in authority.guarded.values()
                if one.policy is not None or one.exposure is not None
            ]
        else:
            chosen = [resource(authority, name)]
        for one in chosen:
            answers = tuple(public(authority, one))
            worst = min(order.index(each.verdict.outcome) for each in answers)
            before = found.get(one.key)
            if before is None or worst < min(order.index(each.verdict.outcome) for each in before[1]):
                found[one.key] = (one, answers)
    return tuple(found.values())


# --- two versions


def versions(old: Path, new: Path) -> Comparison:
    """Two policy documents. Raises InputError, with the place."""
    documents = [_document(path) for path in (old, new)]
    kinds = {kind_of(document) for document in documents}
    kind = "resource" if len(kinds) > 1 else next(iter(kinds))
    policies = []
    for path, document in zip((old, new), documents, strict=True):
        try:
            policies.append(parse(document, kind=kind, name=str(path)))
        except PolicyError as error:
            position = load(path).position(*steps(error.pointer))
            raise InputError(error.message, position=position) from None
    return compare(*policies)


def _document(path: Path) -> Mapping[str, object]:
    value = load(path).value
    if not isinstance(value, Mapping) or "Statement" not in value:
        raise InputError(f"`{path}` is no policy", help='a policy is `{"Version": ..., "Statement": [...]}`')
    return value


def steps(pointer: str) -> tuple[str | int, ...]:
    """The path that a JSON pointer (RFC 6901) names."""
    names = (step.replace("~1", "/").replace("~0", "~") for step in pointer.split("/")[1:])
    return tuple(int(name) if name.isdigit() else name for name in names)


def settled(found: Sequence[Found], *, limit: int | None = None) -> tuple[Found, ...]:
    """Those who can first, then those of whom it is not known; at most so many."""
    order = {"possible": 0, "unknown": 1, "impossible": 2}
    ordered = sorted(found, key=lambda each: (order[each.verdict.outcome], each.who))
    return tuple(ordered[:limit])
