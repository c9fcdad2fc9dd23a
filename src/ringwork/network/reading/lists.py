"""Prefix lists: a customer's own, and those that AWS keeps for its services.

AWS: VPC user guide, "Prefix lists", "AWS-managed prefix lists"; template reference, AWS::EC2::PrefixList.
"""

from __future__ import annotations

import re

from ringwork.estate import Resource, Unknown
from ringwork.network.addresses import Prefix, parse_prefix
from ringwork.network.model import PrefixList
from ringwork.network.reading.reader import Reader, at

_SERVICE = re.compile(r"com\.amazonaws\.(?:[a-z0-9-]+\.)?([a-z0-9-]+(?:\.[a-z0-9-]+)*)")
_LOOKED_UP = re.compile(r"managed prefix list `(com\.amazonaws\.[a-z0-9.-]+)`")
"""how the estate says that a template names AWS's list, whose id it cannot know"""


class Lists:
    """The prefix lists that were read, and AWS's that something names."""

    def __init__(self, reader: Reader) -> None:
        self.reader = reader
        self.known: dict[str, PrefixList] = {}
        self._aws: dict[tuple[str | None, str], str] = {}
        for resource in reader.estate.of_type("AWS::EC2::PrefixList"):
            found = _read(reader, resource)
            self.known[resource.key] = found
            if found.service is not None:
                self._aws[resource.region, found.name] = resource.key

    def of_service(self, name: str, region: str | None) -> str:
        """The key of AWS's own list with this name, `com.amazonaws.eu-central-1.s3`."""
        key = self._aws.get((region, name))
        if key is None:
            key = self._aws[region, name] = f"-/{region or '-'}/AWS::EC2::PrefixList/{name}"
            match = _SERVICE.fullmatch(name)
            self.known[key] = PrefixList(key, name, None, match[1] if match else name)
        return key

    def named(self, resource: Resource, value: object) -> str | Unknown | None:
        """The key of the list that a value names."""
        if isinstance(value, Unknown):
            match = _LOOKED_UP.search(value.reason)
            return self.of_service(match[1], resource.region) if match else value
        found = self.reader.named(value, resource)
        if isinstance(found, str) and found not in self.known:
            return Unknown(f"`{found}` is no prefix list")
        return found


def _read(reader: Reader, resource: Resource) -> PrefixList:
    name = reader.text(resource.properties.get("PrefixListName"))
    label = name if isinstance(name, str) else resource.key
    match = _SERVICE.fullmatch(label)
    owned = resource.attributes.get("OwnerId") == "AWS" or (match is not None and label.startswith("com."))
    given = resource.properties.get("Entries")
    if given is None:
        given = resource.attributes.get("Cidrs")
    if given is None and owned:
        return PrefixList(resource.key, label, None, match[1] if match else label)
    prefixes: list[Prefix] | None = []
    entries = reader.items(given)
    if isinstance(entries, Unknown):
        reader.note(resource, f"its entries are not known: {entries.reason}", "Entries")
        entries, prefixes = (), None
    for index, entry in enumerate(entries):
        prefix = reader.prefix(entry if isinstance(entry, str) else at(entry, "Cidr"))
        if isinstance(prefix, Prefix):
            if prefixes is not None:
                prefixes.append(prefix)
        else:
            reason = prefix.reason if prefix is not None else "no CIDR block"
            reader.note(resource, f"an entry is not known: {reason}", "Entries", index)
            prefixes = None
    service = (match[1] if match else label) if owned else None
    return PrefixList(resource.key, label, None if prefixes is None else tuple(prefixes), service)


EVERYTHING = {4: parse_prefix("0.0.0.0/0"), 6: parse_prefix("::/0")}
