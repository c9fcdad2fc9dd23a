"""What S3 decides of buckets beside policies: Block Public Access and ACLs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ringwork.access.authority import Guarded
from ringwork.access.policy import Policy
from ringwork.access.questions.asker import Asker
from ringwork.access.s3_public import is_public

_OF_ACLS = frozenset(
    f"s3:{name}"
    for name in (
        *("ListBucket", "ListBucketVersions", "ListBucketMultipartUploads", "PutObject", "DeleteObject"),
        *("DeleteObjectVersion", "GetObject", "GetObjectVersion", "GetObjectTorrent", "GetObjectAcl"),
        *("GetObjectVersionAcl", "PutObjectAcl", "PutObjectVersionAcl", "GetBucketAcl", "PutBucketAcl"),
    )
)


RESTRICTED = "whether S3 Block Public Access closes the resource's public policy"
"""what is then not known"""


def by_acls(
    buckets: Iterable[Guarded], who: Asker, match: Policy, among: frozenset[str] | None
) -> Iterator[str]:
    """Buckets of other accounts whose ACLs, or those of their objects, may admit the asker: they are not read
    here, so nothing is proved where S3 does not ignore them.

    S3 user guide, "Access control list (ACL) overview" (the permissions that an ACL can give), "Controlling
    ownership of objects and disabling ACLs for your bucket".
    """
    if who.principal.kind == "service" or not any(match.about(action) for action in _OF_ACLS):
        return
    for resource in buckets:
        exposure = resource.exposure
        if exposure is None or (among is not None and resource.key not in among):
            continue
        if who.principal.account is not None and who.principal.account == resource.account:
            continue
        ignored = stricter(exposure.block.ignore_public_acls, exposure.account.ignore_public_acls)
        # a grant to one account is not public, and counts even where public ones are ignored
        ignored = ignored if who.identity is None else False
        if exposure.ownership != "BucketOwnerEnforced" and not ignored:
            yield f"the ACLs of `{resource.arn}` and of its objects, which S3 does not ignore"


def closed(who: Asker, resource: Guarded | None) -> bool | None:
    """Whether S3 keeps out whoever is not of the bucket's account, since its policy is public and public ones
    are restricted; None: it is not known.

    S3 user guide, "Blocking public access to your Amazon S3 storage", RestrictPublicBuckets.
    """
    if resource is None or resource.exposure is None or resource.policy is None:
        return False
    if who.principal.kind == "service" or who.principal.account == resource.account is not None:
        return False
    exposure = resource.exposure
    restricted = stricter(exposure.block.restrict_public_buckets, exposure.account.restrict_public_buckets)
    if restricted is False or not is_public(resource.policy.wider.document["Statement"]):
        return False
    if restricted and not is_public(resource.policy.narrower.document["Statement"]):
        return None
    return restricted


def may_be_closed(who: Asker, resource: Guarded | None) -> bool:
    """Whether it is known or possible that S3 keeps them out so, for whoever is to be let in."""
    if resource is None or resource.exposure is None or resource.policy is None:
        return False
    if who.principal.kind == "service" or who.principal.account == resource.account is not None:
        return False
    exposure = resource.exposure
    if stricter(exposure.block.restrict_public_buckets, exposure.account.restrict_public_buckets) is False:
        return False
    return any(
        is_public(side.document["Statement"]) for side in (resource.policy.wider, resource.policy.narrower)
    )


def stricter(own: bool | None, account: bool | None) -> bool | None:
    """The stricter of a bucket's setting and its account's; None: not known."""
    if own or account:
        return True
    return None if own is None or account is None else False
