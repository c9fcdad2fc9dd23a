"""Hosted zones' records: what a zone answers of a name.

Route 53 guide, "Supported DNS record types" and "DNS domain name format" ("using an asterisk in the names of
hosted zones and records": `*` stands for any labels, unless a name closer to the one asked for is there, as
RFC 4592 says), "Choosing between alias and non-alias records". In a private zone a name without a record does
not exist ("Considerations when working with a private hosted zone": "Resolver doesn't forward the request to
a public DNS resolver. Instead, it returns NXDOMAIN").
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ringwork.estate import Resource, Unknown
from ringwork.network.names.services import plain
from ringwork.network.reading.reader import Reader, at

RECORD, GROUP, ZONE = (
    *("AWS::Route53::RecordSet", "AWS::Route53::RecordSetGroup"),
    "AWS::Route53::HostedZone",
)
ADDRESSES = ("A", "CNAME", "AAAA")
"""The types that lead to addresses, in the order in which they are used here."""


@dataclass(frozen=True, slots=True)
class Record:
    key: str
    name: str | None
    """None: not known"""
    type: str | None
    properties: Mapping[str, object]


class Records:
    """All records of an estate, by zone."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._of_zone: dict[str, list[Record]] = {}
        self._anywhere: list[Record] = []
        by_name: dict[str, list[str]] = {}
        for zone in reader.estate.of_type(ZONE):
            found = reader.text(zone.properties.get("Name"))
            if isinstance(found, str):
                by_name.setdefault(plain(found), []).append(zone.key)
        for resource in reader.estate.of_type(RECORD):
            self._add(resource, resource.properties, resource.properties, by_name)
        for resource in reader.estate.of_type(GROUP):
            listed = reader.items(resource.properties.get("RecordSets"))
            for each in () if isinstance(listed, Unknown) else listed:
                if isinstance(each, Mapping):
                    self._add(resource, each, {**resource.properties, **each}, by_name)

    def _add(
        self,
        resource: Resource,
        properties: Mapping[str, object],
        where: Mapping[str, object],
        by_name: Mapping[str, list[str]],
    ) -> None:
        reader = self._reader
        name, type = reader.text(properties.get("Name")), reader.text(properties.get("Type"))
        record = Record(
            resource.key,
            plain(name) if isinstance(name, str) else None,
            type if isinstance(type, str) else None,
            properties,
        )
        named = reader.named(where.get("HostedZoneId"), resource)
        if named is None:
            zone = reader.text(where.get("HostedZoneName"))
            keys = by_name.get(plain(zone), []) if isinstance(zone, str) else []
        else:
            keys = [named] if isinstance(named, str) else []
        for key in keys:
            self._of_zone.setdefault(key, []).append(record)
        if not keys:
            self._anywhere.append(record)

    def of(self, zone: str, name: str) -> tuple[Record, ...] | Unknown:
        """The records that a zone answers addresses of a name with; none: the name does not exist in it."""
        records = self._of_zone.get(zone, [])
        for wanted in _closest(name, {each.name for each in records if each.name is not None}):
            of_name = [each for each in records if each.name == wanted]
            for type in ADDRESSES:
                found = tuple(each for each in of_name if each.type == type)
                if found:
                    return found
            if any(each.type is None for each in of_name):
                return Unknown(f"the type of a record of `{wanted}` is not known")
        if any(each.name is None for each in records):
            return Unknown("the name of one of its records is not known")
        if any(each.name in (None, name) for each in self._anywhere):
            return Unknown("a record may be its own: the zone of that is not known")
        return ()

    def text(self, value: object) -> str | Unknown | None:
        return self._reader.text(value)

    def values(self, record: Record) -> tuple[object, ...]:
        """Where a record leads: addresses or names; one that is not known yet as it stands."""
        alias = at(record.properties, "AliasTarget")
        if alias is not None:
            return (at(alias, "DNSName"),)
        listed = self._reader.items(record.properties.get("ResourceRecords"))
        return (listed,) if isinstance(listed, Unknown) else listed


def _closest(name: str, names: set[str]) -> list[str]:
    """The name itself if it has records, else the wildcard that stands for it, if one does."""
    if name in names:
        return [name]
    labels = name.split(".")
    for index in range(1, len(labels)):
        parent = ".".join(labels[index:])
        if f"*.{parent}" in names:
            return [f"*.{parent}"]
        if any(each == parent or each.endswith(f".{parent}") for each in names):
            return []
    return []
