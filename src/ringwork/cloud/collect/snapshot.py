"""Recorded answers of describe operations, read with the same mappings as a live account.

A snapshot is a folder of JSON files, each one answer, named after the list in it: `Vpcs.json` holds
`{"Vpcs": [...]}` (as `aws ec2 describe-vpcs` prints it); `Vpcs-us-west-2.json` names the Region. Folders
`accounts/ACCOUNT/REGION` below it are read too (the layout that Batfish uses).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from ringwork.cloud.collect.collecting import Collected
from ringwork.cloud.collect.firewalls import GROUP_RULES, rules_of
from ringwork.cloud.collect.kinds import Kind, Where, partition
from ringwork.cloud.collect.mapping import Failed, Raw
from ringwork.cloud.collect.reading import reading
from ringwork.cloud.collect.table import TYPES
from ringwork.estate import Gap, Resource, resource_key
from ringwork.findings import Origin
from ringwork.source import InputError

_REGION = re.compile(r"-([a-z]{2}(?:-[a-z]+)+-[0-9]+)$")


def from_snapshot(folder: Path) -> Collected:
    """The resources of all recorded answers below `folder`, and a gap for each type that was not recorded.

    What the describe operation does not return and a live collection asks for separately (a VPC's DNS
    attributes) is `Unknown`. Raises `InputError` for a file that is not JSON in that form.
    """
    resources: dict[str, Resource] = {}
    gaps: list[Gap] = []
    for place in sorted({path.parent for path in folder.rglob("*.json")}):
        recorded: dict[str, tuple[list[Any], str | None]] = {}
        for path in sorted(place.glob("*.json")):
            recorded.update(_answer(path))
        if "SecurityGroups" in recorded and GROUP_RULES.result not in recorded:
            groups, region = recorded["SecurityGroups"]
            recorded[GROUP_RULES.result] = ([rule for group in groups for rule in rules_of(group)], region)
        account, region = _place(place, recorded)
        for kind in TYPES.values():
            known = kind.listing.service == "ec2" and kind.listing.below is None
            if not known or kind.listing.result not in recorded:
                gaps.append(Gap(account, region, kind.type, f"not recorded in {place.name}"))
                continue
            items, named = recorded[kind.listing.result]
            where = Where(account or "", named or region or "", partition(region or ""))
            for resource in _resources(kind, items, where):
                resources[resource.key] = resource
    return Collected(tuple(resources[key] for key in sorted(resources)), tuple(gaps))


def _answer(path: Path) -> Iterator[tuple[str, tuple[list[Any], str | None]]]:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, OSError) as error:
        raise InputError(f"`{path.name}` is not a recorded answer: {error}") from error
    if not isinstance(content, Mapping):
        raise InputError(f"`{path.name}` is not a recorded answer: an object was expected")
    match = _REGION.search(path.stem)
    for name, items in content.items():
        if isinstance(items, list):
            yield name, (items, match[1] if match else None)


def _place(
    folder: Path, recorded: Mapping[str, tuple[list[Any], str | None]]
) -> tuple[str | None, str | None]:
    """Account and Region: from the folders' names, else from owners and Availability Zones recorded."""
    if folder.parent.parent.name == "accounts":
        return folder.parent.name, folder.name
    items = [item for found, _ in recorded.values() for item in found if isinstance(item, Mapping)]
    owner = next((str(item["OwnerId"]) for item in items if item.get("OwnerId")), None)
    zone = next((str(item["AvailabilityZone"]) for item in items if item.get("AvailabilityZone")), None)
    named = next((region for _, region in recorded.values() if region), None)
    if named is None and _REGION.fullmatch(f"-{folder.name}"):
        named = folder.name
    return owner, named or (zone[:-1] if zone else None)


def _resources(kind: Kind, items: Iterable[Raw], where: Where) -> Iterator[Resource]:
    for item in items:
        owner = str(item.get("OwnerId") or item.get("GroupOwnerId") or where.account)
        here = replace(where, account=owner)
        for part in kind.expand(item):
            if not kind.keep(part):
                continue
            missing = {
                detail.name: Failed(f"`{detail.operation}` was not recorded")
                for detail in kind.details
                if detail.when(part)
            }
            found = reading(kind, {**part, **missing}, here)
            yield Resource(
                key=resource_key(here.account, here.region, kind.type, found.physical),
                type=kind.type,
                properties=found.properties,
                account=here.account or None,
                region=here.region or None,
                physical=found.physical,
                arn=found.arn,
                attributes=found.attributes,
                origins=(Origin(operation=f"{kind.listing.service}:{kind.listing.operation}"),),
            )
