"""Buckets, by the key that encrypts them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from ringwork.estate import Estate, Resource
from ringwork.report import words
from ringwork.report.words import home, items

S3_KEY, UNKNOWN_KEY = "S3's own keys", "key not known"


@dataclass(frozen=True, slots=True)
class Store:
    key: str
    name: str
    data_class: str
    """else empty"""
    versioned: bool | None
    """None: not known"""


@dataclass(frozen=True, slots=True)
class Vault:
    """Buckets under one key."""

    key: str
    """of the KMS key; empty: none of the estate's"""
    name: str
    """the key's alias, else what is known of it"""
    stores: tuple[Store, ...]


def stores(estate: Estate) -> list[tuple[str, Store, tuple[str | None, ...]]]:
    """Key of the KMS key (or empty), the bucket, and where it belongs."""
    found = []
    for bucket in estate.of_type("AWS::S3::Bucket"):
        tags = words.tags(estate, bucket)
        label = tags.get("ringwork:data-set") or tags.get("ringwork:model")
        store = Store(
            bucket.key,
            label or _bucket_name(estate, bucket),
            tags.get("ringwork:data-class", ""),
            _versioned(bucket),
        )
        found.append((_key_of(estate, bucket), store, home(estate, bucket)))
    return found


def _bucket_name(estate: Estate, bucket: Resource) -> str:
    """The name without what its neighbours share: organization, environment, account and Region."""
    name = (
        words.text(estate, bucket.properties.get("BucketName"))
        or bucket.physical
        or words.name(estate, bucket)
    )
    return words.short(estate, bucket, name.removesuffix(f"-{bucket.account}-{bucket.region}"))


def _versioned(bucket: Resource) -> bool | None:
    given = bucket.properties.get("VersioningConfiguration")
    if given is None:
        return False
    status = given.get("Status") if isinstance(given, Mapping) else None
    return status == "Enabled" if isinstance(status, str) else None


def _key_of(estate: Estate, bucket: Resource) -> str:
    """The KMS key's resource key, else what is known of the bucket's encryption, in words."""
    encryption = bucket.properties.get("BucketEncryption")
    rules = encryption.get("ServerSideEncryptionConfiguration") if isinstance(encryption, Mapping) else None
    if encryption is None:
        # S3 User Guide, *Default encryption*: every bucket encrypts with S3's own keys since 2023
        return S3_KEY
    for rule in items(rules):
        default = rule.get("ServerSideEncryptionByDefault") if isinstance(rule, Mapping) else None
        if not isinstance(default, Mapping):
            continue
        if default.get("SSEAlgorithm") == "AES256":
            return S3_KEY
        key = estate.resolve(default.get("KMSMasterKeyID"))
        if key is not None and key.type == "AWS::KMS::Alias":
            key = estate.resolve(key.properties.get("TargetKeyId")) or key
        return key.key if key else words.text(estate, default.get("KMSMasterKeyID")) or UNKNOWN_KEY
    return UNKNOWN_KEY


def grouped(estate: Estate, entries: list[tuple[str, Store]]) -> tuple[Vault, ...]:
    by_key: dict[str, list[Store]] = defaultdict(list)
    for key, store in entries:
        by_key[key].append(store)
    vaults = [
        Vault(
            key if estate.get(key) else "",
            _key_name(estate, key),
            tuple(sorted(stores, key=lambda s: (s.name, s.key))),
        )
        for key, stores in by_key.items()
    ]
    return tuple(sorted(vaults, key=lambda v: (not v.key, v.name, v.key)))


def _key_name(estate: Estate, key: str) -> str:
    resource = estate.get(key)
    if resource is None:
        return key
    for alias, _ in estate.referrers(key):
        if alias.type == "AWS::KMS::Alias":
            name = words.text(estate, alias.properties.get("AliasName"))
            if name:
                return words.short(estate, resource, name.removeprefix("alias/"))
    return words.name(estate, resource)
