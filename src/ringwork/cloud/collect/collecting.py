"""Reads whole accounts: all listings, then all details, in a bounded pool of threads."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from itertools import product
from typing import Any, Protocol

from ringwork.cloud.collect.embedded import embed
from ringwork.cloud.collect.kinds import Kind, Listing, Where, partition
from ringwork.cloud.collect.mapping import Raw
from ringwork.cloud.collect.names import Names, identity, read_templates, stack_names
from ringwork.cloud.collect.reading import Clients, ReadError, Reading, listed, readings
from ringwork.cloud.collect.table import TYPES
from ringwork.estate import Estate, Gap, Logical, Resource, resource_key
from ringwork.estate.live import link
from ringwork.findings import Origin

WORKERS = 16
"""Calls under way at once: well below the read rates at which EC2 and IAM begin to throttle one account
(EC2 Developer Guide, "Request throttling"); botocore retries what is throttled all the same."""

Progress = Callable[[str, int, int], None]
"""what is being read, steps done, steps known so far"""


class Cloud(Protocol):
    """What collecting needs of `ringwork.cloud.session.Cloud`."""

    def client(
        self, service: str, *, account: str | None = None, region: str | None = None, role: str | None = None
    ) -> Any:
        """A boto3 client."""


@dataclass(frozen=True, slots=True)
class Collected:
    """What was read: resources with plain JSON values, and what could not be read."""

    resources: tuple[Resource, ...]
    """sorted by key"""
    gaps: tuple[Gap, ...]


@dataclass(frozen=True, slots=True)
class _Place:
    where: Where
    clients: Clients
    is_home: bool
    """global services are read from here"""


@dataclass(frozen=True, slots=True)
class _Found:
    place: _Place
    reading: Reading
    time: str


class _Steps:
    """Counts steps for the progress callback; called from the collecting thread only."""

    def __init__(self, report: Progress | None) -> None:
        self.report = report
        self.done = 0
        self.total = 0

    def expect(self, count: int) -> None:
        self.total += count

    def finish(self, label: str) -> None:
        self.done += 1
        if self.report:
            self.report(label, self.done, self.total)


def gather(
    cloud: Cloud,
    *,
    accounts: Sequence[str],
    regions: Sequence[str],
    types: Collection[str] | None = None,
    role: str | None = None,
    progress: Progress | None = None,
) -> Collected:
    """Read all resources of `types` (none: every type in `TYPES`). Global services are read once for each
    account, through the first Region.

    A listing that fails is a `Gap` for each type that hangs on it; a detail that fails makes the
    properties that it would have given `Unknown`. Raises `KeyError` for an unknown type and `ValueError`
    if no account or Region is given.
    """
    if not accounts or not regions:
        raise ValueError("name at least one account and one Region")
    kinds = [TYPES[type] for type in (types if types is not None else TYPES)]
    places = [
        _Place(
            Where(account, region, partition(region)),
            partial(_client, cloud, account, region, role),
            is_home=region == regions[0],
        )
        for account, region in product(dict.fromkeys(accounts), dict.fromkeys(regions))
    ]
    steps = _Steps(progress)
    gaps: list[Gap] = []
    with ThreadPoolExecutor(max_workers=WORKERS, thread_name_prefix="collect") as pool:
        found = _read_all(pool, kinds, places, steps, gaps)
        names = _read_names(pool, places, {item.reading.kind.type for item in found}, steps, gaps)
    resources = {resource.key: resource for resource in embed(_resources(found, names), names)}
    return Collected(
        tuple(resources[key] for key in sorted(resources)),
        tuple(
            sorted(gaps, key=lambda gap: (gap.account or "", gap.region or "", gap.type or "", gap.reason))
        ),
    )


def _client(cloud: Cloud, account: str, region: str, role: str | None, service: str) -> Any:
    return cloud.client(service, account=account, region=_endpoint(service, region), role=role)


def _endpoint(service: str, region: str) -> str:
    """The Region to ask: of Global Accelerator there is one ("you must specify the US West (Oregon) Region",
    AWS Global Accelerator API reference)."""
    return "us-west-2" if service == "globalaccelerator" and partition(region) == "aws" else region


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def _read_all(
    pool: ThreadPoolExecutor,
    kinds: Sequence[Kind],
    places: Sequence[_Place],
    steps: _Steps,
    gaps: list[Gap],
) -> list[_Found]:
    jobs: list[tuple[_Place, Listing, list[Kind]]] = []
    for place in places:
        together: dict[int, list[Kind]] = {}
        for kind in kinds:
            if place.is_home or not kind.is_global:
                together.setdefault(id(kind.listing), []).append(kind)
        jobs.extend((place, group[0].listing, group) for group in together.values())
    steps.expect(len(jobs))
    listings = [
        pool.submit(_attempt, listed, listing, place.clients, place.where, {}) for place, listing, _ in jobs
    ]
    found: list[_Found] = []
    later: list[tuple[_Place, Kind, str, Any]] = []
    for (place, listing, group), future in zip(jobs, listings, strict=True):
        items, failure = future.result()
        time = _now()
        if failure:
            gaps.extend(_gap(place, kind, failure) for kind in group)
        for kind in () if failure else group:
            parts = [part for item in items for part in kind.expand(item)]
            if kind.details:
                steps.expect(len(parts))
                later.extend(
                    (place, kind, time, pool.submit(_attempt, _one, kind, part, place.clients, place.where))
                    for part in parts
                )
            else:
                found.extend(
                    _Found(place, one, time) for one in readings(kind, parts, place.clients, place.where)
                )
        steps.finish(f"{place.where.account} {place.where.region} {listing.service}:{listing.operation}")
    for place, kind, time, future in later:
        one, failure = future.result()
        if failure:
            gaps.append(_gap(place, kind, failure))
        elif one is not None:
            found.append(_Found(place, one, time))
        steps.finish(f"{place.where.account} {place.where.region} {kind.type}")
    return found


def _one(kind: Kind, part: Raw, clients: Clients, where: Where) -> Reading | None:
    return next(readings(kind, (part,), clients, where), None)


def _attempt(function: Callable[..., Any], *arguments: Any) -> tuple[Any, str | None]:
    """The function's result, or why it could not read."""
    try:
        return function(*arguments), None
    except ReadError as error:
        return None, error.reason


def _gap(place: _Place, kind: Kind, reason: str) -> Gap:
    return Gap(place.where.account, None if kind.is_global else place.where.region, kind.type, reason)


def _read_names(
    pool: ThreadPoolExecutor,
    places: Sequence[_Place],
    types: Collection[str],
    steps: _Steps,
    gaps: list[Gap],
) -> dict[tuple[str, str], Names]:
    steps.expect(len(places))
    futures = [(place, pool.submit(_attempt, _named, place, types)) for place in places]
    names: dict[tuple[str, str], Names] = {}
    for place, future in futures:
        result, failure = future.result()
        if failure:
            where = place.where
            gaps.append(Gap(where.account, where.region, "AWS::CloudFormation::Stack", failure))
        names[place.where.account, place.where.region] = result or Names()
        steps.finish(f"{place.where.account} {place.where.region} names in stacks")
    return names


def _named(place: _Place, types: Collection[str]) -> Names:
    names = stack_names(place.clients)
    read_templates(names, place.clients, types)
    return names


_Identities = dict[str, dict[tuple[str, ...], tuple[Logical, str]]]


def _resources(found: Iterable[_Found], names: dict[tuple[str, str], Names]) -> Iterable[Resource]:
    by_account: dict[str, list[tuple[str, Names, _Identities]]] = {}
    for (account, region), known in names.items():
        identities = {
            kind.type: known.identities(kind) for kind in TYPES.values() if kind.identity or kind.alone
        }
        by_account.setdefault(account, []).append((region, known, identities))
    for item in found:
        kind, one, where = item.reading.kind, item.reading, item.place.where
        # a global resource has the Region of its stack, as in the estate of the stack's template
        place = None if kind.is_global else where.region
        logical, physical = None, one.physical
        for region, known, identities in by_account[where.account]:
            if region != where.region and not kind.is_global:
                continue
            logical = known.logical.get((kind.type, one.physical))
            if logical is None and (kind.identity or kind.alone):
                match = identities[kind.type].get(identity(kind, one.properties))
                if match is not None:
                    logical, physical = match
            if logical is not None:
                place = region
                break
        listing = kind.listing
        yield Resource(
            key=resource_key(
                where.account, None if kind.is_global else where.region, kind.type, one.physical
            ),
            type=kind.type,
            properties=one.properties,
            account=where.account,
            region=place,
            logical=logical,
            physical=physical,
            arn=one.arn,
            attributes=one.attributes,
            origins=(Origin(operation=f"{listing.service}:{listing.operation}", time=item.time),),
            positions={
                (name,): Origin(operation=operation, time=item.time)
                for name, operation in one.details.items()
            },
        )


def collect(
    cloud: Cloud,
    *,
    accounts: Sequence[str],
    regions: Sequence[str],
    types: Collection[str] | None = None,
    role: str | None = None,
    progress: Progress | None = None,
) -> Estate:
    """`gather`, with ids and ARNs that name other resources turned into references."""
    collected = gather(cloud, accounts=accounts, regions=regions, types=types, role=role, progress=progress)
    return link(collected.resources, gaps=collected.gaps)
