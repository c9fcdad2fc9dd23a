"""Least privilege from CloudTrail: which actions a role used, by the events of its calls."""

from __future__ import annotations

import functools
import gzip
import json
import re
import zlib
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import botocore.session

from ringwork.access import catalogue
from ringwork.access.authority import Identity
from ringwork.access.questions.least import Least, tighten
from ringwork.cloud.emulator.authorization.needs import action_of
from ringwork.cloud.emulator.record.events import source_of
from ringwork.source import InputError

_MOST = 2 * 1024**3
"""bytes of one file, unpacked"""
_DATED = re.compile(r"(\d{8}|\d{4}_\d{2}_\d{2})(v\d+)?$")
"""Lambda and CloudFront write the API's version behind the operation: `Invoke20150331`, `...2020_05_31`"""
_REFUSED = ("AccessDenied", "UnauthorizedOperation", "Client.UnauthorizedOperation", "AccessDeniedException")


@dataclass(frozen=True, slots=True)
class Observed:
    """What CloudTrail says of one principal."""

    events: int
    """of its calls, those that were refused left out"""
    refused: int
    actions: Mapping[str, int]
    """IAM action -> calls"""
    strange: Mapping[str, int]
    """events that stand for no action that is known -> calls"""
    first: str = ""
    last: str = ""
    """times of the earliest and the latest event"""


@dataclass(frozen=True, slots=True)
class Tightened:
    """The policies of one principal, and what of them it used."""

    identity: Identity
    observed: Observed
    policies: tuple[Least, ...]
    left: tuple[str, ...] = ()
    """policies that are not known in full, and so left as they are"""


def observed(path: Path, identity: Identity) -> Observed:
    """The calls of a user or of a role's sessions among the events in a file or folder: CloudTrail's own
    files (`.json`, `.json.gz`), what `lookup-events` prints, or one event on each line. Raises InputError."""
    actions: Counter[str] = Counter()
    strange: Counter[str] = Counter()
    events = refused = 0
    times: list[str] = []
    for event in _events(path):
        if not _is_by(event, identity):
            continue
        code = event.get("errorCode")
        if isinstance(code, str) and code in _REFUSED:
            refused += 1
            continue
        events += 1
        if isinstance(event.get("eventTime"), str):
            times.append(event["eventTime"])
        found = actions_of(event)
        for action in found:
            actions[action] += 1
        if not found:
            strange[f"{event.get('eventSource')} {event.get('eventName')}"] += 1
    return Observed(events, refused, actions, strange, min(times, default=""), max(times, default=""))


def least(identity: Identity, path: Path) -> Tightened:
    """What a principal never used of what its policies allow. Raises InputError."""
    found = observed(path, identity)
    if not found.events:
        raise InputError(
            f"no event in `{path}` is a call of `{identity.arn}`",
            help="give files of the trail that records the account, for the time that the role worked",
        )
    used = set(found.actions)
    policies, left = [], []
    for document in identity.identity:
        if document.known:
            policies.append(tighten(document.wider, used))
        else:
            left.append(document.name)
    return Tightened(identity, found, tuple(policies), tuple(left))


def _is_by(event: Mapping[str, Any], identity: Identity) -> bool:
    who = event.get("userIdentity")
    if not isinstance(who, Mapping):
        return False
    if identity.kind == "user":
        return who.get("arn") == identity.arn
    session = who.get("sessionContext")
    issuer = session.get("sessionIssuer") if isinstance(session, Mapping) else None
    if isinstance(issuer, Mapping) and issuer.get("arn") == identity.arn:
        return True
    text = who.get("arn")
    return isinstance(text, str) and text.startswith(
        f"arn:{identity.arn.split(':')[1]}:sts::{identity.account}:assumed-role/{identity.name}/"
    )


def actions_of(event: Mapping[str, Any]) -> tuple[str, ...]:
    """The IAM actions by which AWS authorized a call; none: the event stands for no action that is known.

    CloudTrail user guide, "CloudTrail record contents" (`eventSource`, `eventName`).
    """
    source, name = event.get("eventSource"), event.get("eventName")
    if not isinstance(source, str) or not isinstance(name, str):
        return ()
    operation = _DATED.sub("", name)
    found = []
    for service in _services().get(source, ()):
        action = action_of(service, operation)
        if _known(action):
            found.append(action)
    plain = f"{source.partition('.')[0]}:{operation}"
    if not found and _known(plain):
        found.append(plain)
    parameters = event.get("requestParameters")
    if source == "s3.amazonaws.com" and isinstance(parameters, Mapping) and parameters.get("versionId"):
        # S3 user guide, "Required permissions for Amazon S3 API operations"
        found += [version for action in found if _known(version := _of_version(action))]
    return tuple(dict.fromkeys(found))


def _of_version(action: str) -> str:
    return re.sub(r"^s3:(Get|Put|Delete)Object", r"s3:\1ObjectVersion", action)


def _known(action: str) -> bool:
    prefix, _, name = action.partition(":")
    return name.lower() in catalogue.actions(prefix.lower())


@functools.cache
def _services() -> Mapping[str, tuple[str, ...]]:
    """`sagemaker.amazonaws.com` -> botocore's names of the services that record under it."""
    found: dict[str, list[str]] = {}
    for service in botocore.session.get_session().get_available_services():
        found.setdefault(source_of(service), []).append(service)
    return {source: tuple(services) for source, services in found.items()}


# --- files


def _events(path: Path) -> Iterator[Mapping[str, Any]]:
    files = sorted(path.rglob("*.json*")) if path.is_dir() else [path]
    if not files:
        raise InputError(f"`{path}` holds no file of events", help="CloudTrail's files end in `.json.gz`")
    for file in files:
        yield from _of_file(file)


def _of_file(file: Path) -> Iterator[Mapping[str, Any]]:
    text = _text(file)
    try:
        body = json.loads(text)
    except ValueError:
        yield from _of_lines(file, text)
        return
    records = body
    if isinstance(body, Mapping):
        records = body.get("Records", body.get("Events", [body]))
    for record in records if isinstance(records, list) else ():
        found = record
        if isinstance(record, Mapping) and isinstance(record.get("CloudTrailEvent"), str):
            found = _parsed(file, record["CloudTrailEvent"])
        if isinstance(found, Mapping):
            yield found


def _of_lines(file: Path, text: str) -> Iterator[Mapping[str, Any]]:
    for number, line in enumerate(text.splitlines(), 1):
        if line.strip():
            found = _parsed(file, line, number)
            if isinstance(found, Mapping):
                yield found


def _parsed(file: Path, text: str, line: int = 1) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        raise InputError(
            f"{file}:{line}: this is no event",
            help='a file holds `{{"Records": [...]}}`, or one event a line',
        ) from None


def _text(file: Path) -> str:
    try:
        if file.suffix == ".gz":
            with gzip.open(file) as stream:
                data = stream.read(_MOST + 1)
        else:
            with file.open("rb") as plain:
                data = plain.read(_MOST + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise InputError(f"`{file}` cannot be read: {error}") from None
    if len(data) > _MOST:
        raise InputError(f"`{file}` is larger than 2 GB unpacked", help="give the trail's files one by one")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        raise InputError(f"`{file}` is no text") from None
