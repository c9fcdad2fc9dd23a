"""Who reaches a bucket from outside: by its policy and its ACL, as far as block public access lets them.

Source: S3 user guide, "Blocking public access to your Amazon S3 storage" (the four settings, the meaning of
"public"), "Access control list (ACL) overview" (groups; mapping of ACL permissions to policy permissions),
"Controlling ownership of objects and disabling ACLs for your bucket".
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ringwork.access.patterns import glob
from ringwork.access.s3_public import is_public
from ringwork.cloud.emulator.overlays import policy_reach

_GROUPS = (
    "http://acs.amazonaws.com/groups/global/AllUsers",
    "http://acs.amazonaws.com/groups/global/AuthenticatedUsers",
)
_ACL_ACTIONS: Mapping[str, tuple[str, ...]] = {
    "READ": ("s3:ListBucket", "s3:ListBucketVersions", "s3:ListBucketMultipartUploads"),
    "WRITE": ("s3:PutObject", "s3:DeleteObject"),
    "READ_ACP": ("s3:GetBucketAcl",),
    "WRITE_ACP": ("s3:PutBucketAcl",),
}
SETTINGS = ("block_public_acls", "ignore_public_acls", "block_public_policy", "restrict_public_buckets")
"""as moto names them"""
_READING = ("s3:GetObject", "s3:GetObjectVersion", "s3:ListBucket", "s3:ListBucketVersions")
_WRITING = ("s3:PutObject", "s3:DeleteObject", "s3:DeleteObjectVersion", "s3:PutObjectAcl")


@dataclass(frozen=True, slots=True)
class Exposure:
    """What of a bucket is open to everybody once all settings are counted in."""

    policy: Mapping[str, Any] | None
    policy_public: bool
    """the policy is public, whether or not block public access restricts it"""
    policy_reads: bool
    """its public statements let read"""
    policy_writes: bool
    """its public statements let write"""
    acl_permissions: frozenset[str]
    """what the ACL gives to everybody, whether or not it counts"""
    restricted: bool
    """RestrictPublicBuckets is on: a public policy serves AWS services and the own account only"""
    acl_ignored: bool
    """ACLs are off, or public ones are ignored"""
    acl_others: frozenset[str]
    """canonical user ids of others to whom the ACL gives something; none where ACLs are off"""

    @property
    def closed(self) -> bool:
        """The policy serves nobody outside: it is public, and public policies are restricted."""
        return self.policy_public and self.restricted

    @property
    def public(self) -> bool:
        """Whether everybody can do something."""
        return (self.policy_public and not self.restricted) or bool(self.acl_actions)

    @property
    def acl_actions(self) -> tuple[str, ...]:
        """What everybody can do by the ACL."""
        if self.acl_ignored:
            return ()
        return tuple(action for name in sorted(self.acl_permissions) for action in _ACL_ACTIONS[name])


def _allows(found: list[Mapping[str, Any]], actions: tuple[str, ...]) -> bool:
    """Whether one of the statements names one of the actions."""
    for statement in found:
        negated = "NotAction" in statement
        named = _texts(statement["NotAction" if negated else "Action"])
        if any(any(glob(n, any_case=True)(action) for n in named) != negated for action in actions):
            return True
    return False


def settings(owner: Any) -> dict[str, bool]:
    """The four settings of moto's public access block; all off where there is none."""
    return {name: owner is not None and getattr(owner, name) in (True, "true") for name in SETTINGS}


def account_block(bucket: Any) -> Any:
    """moto's public access block of the account that owns a bucket; None where there is none."""
    from moto.s3control.models import s3control_backends  # noqa: PLC0415

    return s3control_backends[bucket.account_id][bucket.partition].public_access_block


def exposure(bucket: Any) -> Exposure:
    """The exposure of moto's bucket. `s3` and `s3control` must be loaded. Raises `UndecidedError`."""
    own, whole = settings(bucket.public_access_block), settings(account_block(bucket))
    document = json.loads(bucket.policy) if bucket.policy else None
    found = public_statements(document) if document is not None else []
    enforced = "BucketOwnerEnforced" in str(bucket.ownership_rule)
    return Exposure(
        document,
        bool(found),
        _allows(found, _READING),
        _allows(found, _WRITING),
        frozenset(_acl(bucket)),
        own["restrict_public_buckets"] or whole["restrict_public_buckets"],
        enforced or own["ignore_public_acls"] or whole["ignore_public_acls"],
        frozenset() if enforced else frozenset(_others(bucket)),
    )


def public_statements(document: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The statements that make a bucket policy public. Raises `UndecidedError` where a Deny could undo it."""
    found = [one for one in policy_reach.statements(document) if is_public([one])]
    if found:
        policy_reach.refuse_denies(document)
    return found


def _texts(given: Any) -> list[str]:
    return [str(one) for one in given] if isinstance(given, list) else [str(given)]


def _others(bucket: Any) -> Iterator[str]:
    from moto.s3.models import OWNER  # noqa: PLC0415

    for grant in bucket.acl.grants if bucket.acl is not None else ():
        for grantee in grant.grantees:
            if grantee.id and grantee.id != OWNER:
                yield str(grantee.id)


def _acl(bucket: Any) -> set[str]:
    found: set[str] = set()
    for grant in bucket.acl.grants if bucket.acl is not None else ():
        if any(getattr(grantee, "uri", None) in _GROUPS for grantee in grant.grantees):
            for permission in grant.permissions:
                found |= set(_ACL_ACTIONS) if permission == "FULL_CONTROL" else {str(permission)}
    return found
