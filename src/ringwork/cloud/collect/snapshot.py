"""Recorded answers of describe operations, read with the same mappings as a live account.

A snapshot is a folder of JSON files, each one answer, named after the list in it: `Vpcs.json` holds
`{"Vpcs": [...]}` (as `aws ec2 describe-vpcs` prints it); `Vpcs-us-west-2.json` names the Region. Folders
`accounts/ACCOUNT/REGION` below it are read too (the layout that Batfish uses).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from operator import attrgetter
from pathlib import Path
from typing import Any

from pydantic_core import from_json

from ringwork.cloud.collect.collecting import Collected
from ringwork.cloud.collect.firewalls import GROUP_RULES, rules_of
from ringwork.cloud.collect.kinds import Kind, Where, partition
from ringwork.cloud.collect.mapping import Failed, Raw, look
from ringwork.cloud.collect.recorded import BELOW, Recorded, Regions, detail, peerings
from ringwork.cloud.collect.table import TYPES
from ringwork.cloud.collect.unrolled import unrolled
from ringwork.engine import collector_paused
from ringwork.estate import Gap, Resource, resource_key
from ringwork.findings import Origin
from ringwork.source import InputError

_REGION = re.compile(r"-([a-z]{2}(?:-[a-z]+)+-[0-9]+)$")


def from_snapshot(folder: Path) -> Collected:
    """The resources of all recorded answers below `folder`, and a gap for each type that was not recorded.

    What the describe operation does not return and a live collection asks for separately (a VPC's DNS
    attributes) is `Unknown`. Raises `InputError` for a file that is not JSON in that form.
    """
    with collector_paused():
        return _collected(folder)


def _collected(folder: Path) -> Collected:
    resources: list[Resource] = []
    gaps: list[Gap] = []
    places = [_read(place) for place in sorted({path.parent for path in folder.rglob("*.json")})]
    regions = {
        attachment["TransitGatewayId"]: place.region
        for place in places
        for attachment in place.lists.get("TransitGatewayAttachments", ())
    }
    for place in places:
        for kind in TYPES.values():
            items = _items(kind, place, regions)
            if items is None:
                gaps.append(Gap(place.account, place.region, kind.type, f"not recorded in {place.name}"))
                continue
            region = place.regions.get(kind.listing.result) or place.region or ""
            where = Where(place.account or "", region, partition(place.region or ""))
            each = _emptied(items) if kind.type in EMPTIED else iter(items)
            resources.extend(_resources(kind, each, where, place.lists, len(items)))
    resources.sort(key=attrgetter("key"))  # of several with one key the last recorded is kept
    seen = [each.key for each in resources]
    kept = [each for each, key, after in zip(resources, seen, [*seen, ""][1:], strict=True) if key != after]
    return Collected(tuple(kept), tuple(gaps))


EMPTIED = frozenset({"AWS::EC2::NetworkInterface"})
"""Types whose list nothing else reads, and which may be most of a recording: each item is let go of when the
next one is read, so that its memory serves for what is made of the others."""


MANY = 2_000
"""items from which on unrolling their rules is worth it"""


def _emptied(items: list[Raw]) -> Iterator[Raw]:
    """The items, in their order, which are no longer in the list."""
    items.reverse()
    while items:
        yield items.pop()


@dataclass(frozen=True, slots=True)
class _Recorded:
    """One folder's answers."""

    name: str
    lists: Recorded
    regions: Mapping[str, str | None]
    """of a list whose file names its Region"""
    account: str | None
    region: str | None


def _read(folder: Path) -> _Recorded:
    answers: dict[str, tuple[list[Any], str | None]] = {}
    for path in sorted(folder.glob("*.json")):
        answers.update(_answer(path))
    if "SecurityGroups" in answers and GROUP_RULES.result not in answers:
        groups, region = answers["SecurityGroups"]
        answers[GROUP_RULES.result] = ([rule for group in groups for rule in rules_of(group)], region)
    account, region = _place(folder, answers)
    return _Recorded(
        folder.name,
        {name: items for name, (items, _) in answers.items()},
        {name: named for name, (_, named) in answers.items()},
        account,
        region,
    )


def _items(kind: Kind, place: _Recorded, regions: Regions) -> list[Raw] | None:
    """What was recorded of a type; None: nothing was."""
    if kind.type in BELOW:
        return BELOW[kind.type](place.lists)
    if kind.listing.service not in ("ec2", "elbv2") or kind.listing.below is not None:
        return None
    if kind.listing.result in place.lists:
        return place.lists[kind.listing.result]
    if (
        kind.type == "AWS::EC2::TransitGatewayPeeringAttachment"
        and "TransitGatewayAttachments" in place.lists
    ):
        return list(peerings(place.lists, regions))
    return None


def _answer(path: Path) -> Iterator[tuple[str, tuple[list[Any], str | None]]]:
    try:
        content = _parsed(path.read_bytes())
    except (ValueError, OSError) as error:
        raise InputError(f"`{path.name}` is not a recorded answer: {error}") from error
    if not isinstance(content, Mapping):
        raise InputError(f"`{path.name}` is not a recorded answer: an object was expected")
    match = _REGION.search(path.stem)
    for name, items in content.items():
        if isinstance(items, list):
            yield name, (items, match[1] if match else None)


def _parsed(content: bytes) -> Any:
    """By pydantic's parser, in two thirds of the time; what that refuses (UTF-16, as some shells write it) by
    Python's, whose message is in the error."""
    try:
        return from_json(content, cache_strings="all")
    except ValueError:
        return json.loads(content)


def _place(
    folder: Path, recorded: Mapping[str, tuple[list[Any], str | None]]
) -> tuple[str | None, str | None]:
    """Account and Region: from the folders' names, else from owners and Availability Zones recorded."""
    if folder.parent.parent.name == "accounts":
        return folder.parent.name, folder.name
    owner, zone = _first(recorded, "OwnerId"), _first(recorded, "AvailabilityZone")
    named = next((region for _, region in recorded.values() if region), None)
    if named is None and _REGION.fullmatch(f"-{folder.name}"):
        named = folder.name
    return owner, named or (zone[:-1] if zone else None)


def _first(recorded: Mapping[str, tuple[list[Any], str | None]], name: str) -> str | None:
    """The first value of that name in any item."""
    items = (item for found, _ in recorded.values() for item in found if isinstance(item, Mapping))
    return next((str(item[name]) for item in items if item.get(name)), None)


def _resources(
    kind: Kind, items: Iterable[Raw], where: Where, recorded: Recorded, count: int
) -> Iterator[Resource]:
    type, physical_of, arn_of, keep = kind.type, kind.physical, kind.arn, kind.keep
    properties_of, attributes_of = kind.read_properties, kind.read_attributes
    if count >= MANY:
        properties_of, attributes_of = unrolled(kind.properties), unrolled(kind.attributes)
    origins = (Origin(operation=f"{kind.listing.service}:{kind.listing.operation}"),)
    positions: Mapping[Any, Origin] = {}
    owners = _Owners(kind, where)
    for item in items:  # a hundred thousand interfaces pass here
        here, prefix = owners.of(item)
        for part in kind.expand(item):
            if not keep(part):
                continue
            raw = _detailed(kind, part, recorded) if kind.details else part
            physical = physical_of(raw)
            yield Resource(
                prefix + physical,
                type,
                properties_of(raw),
                here.account or None,
                here.region or None,
                None,
                physical,
                arn_of(raw, here),
                attributes_of(raw),
                origins,
                positions,
            )


def _detailed(kind: Kind, part: Raw, recorded: Recorded) -> Raw:
    details: dict[str, Any] = {}
    for each in kind.details:
        answer = detail(each.operation, part, recorded)
        if answer is not None:
            details[each.name] = answer
        elif each.when(part):
            details[each.name] = Failed(f"`{each.operation}` was not recorded")
    return {**part, **details} if details else part


class _Owners:
    """Where each item's owner has it: accounts and Regions see what others own, which is there once."""

    def __init__(self, kind: Kind, where: Where) -> None:
        self._type = kind.type
        self._account = kind.owner
        self._region = kind.owner_region
        self._where = where
        self._known: dict[tuple[str | None, str | None], tuple[Where, str]] = {}
        self._plain = not kind.owner and not kind.owner_region
        self._last: tuple[object, tuple[Where, str]] = (self, (where, ""))
        """the owner whom the last item named, and its place"""

    def of(self, item: Raw) -> tuple[Where, str]:
        """The place, and what the keys of its resources of the kind begin with."""
        if self._plain:  # most follow others of their owner
            named = item.get("OwnerId") or item.get("GroupOwnerId")
            if named != self._last[0]:
                self._last = (named, self._place(item))
            return self._last[1]
        return self._place(item)

    def _place(self, item: Raw) -> tuple[Where, str]:
        account = look(item, self._account) if self._account else None
        if type(account) is not str:
            account = item.get("OwnerId") or item.get("GroupOwnerId")
            account = str(account) if account and type(account) is not str else account or None
        region = look(item, self._region) if self._region else None
        place = (account, region if isinstance(region, str) else None)
        found = self._known.get(place)
        if found is None:
            account = place[0] or self._where.account
            region = self._where.region if place[1] is None else place[1]
            prefix = resource_key(account, region, self._type, "")
            found = (replace(self._where, account=account, region=region), prefix)
            self._known[place] = found
        return found
