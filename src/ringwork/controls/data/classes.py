"""DAT-14 and DAT-18: data classes and teams share neither bucket nor key."""

from __future__ import annotations

from collections.abc import Iterator

from ringwork.controls.control import Control, Outcome, UndecidedError, each, proved, reading, violated
from ringwork.controls.scope import DATA_CLASS, TEAM, ml_buckets
from ringwork.controls.values import read, tag, target
from ringwork.estate import Estate, Resource
from ringwork.findings import Severity

CLASSES = ("public", "internal", "confidential", "restricted")
_KEY = ("BucketEncryption", "ServerSideEncryptionConfiguration", 0, "ServerSideEncryptionByDefault")
_READS = reading("AWS::S3::Bucket", "Tags", "BucketEncryption") | reading("AWS::KMS::Key", "Tags")


def _key_of(estate: Estate, bucket: Resource) -> Resource | None:
    """The key of the estate that the bucket encrypts with; None where it names none."""
    value = read(bucket, *_KEY, "KMSMasterKeyID")
    if value is None:
        return None
    name = target(estate, value)
    found = estate.get(name)
    if found is not None and found.type == "AWS::KMS::Alias":
        name = target(estate, read(found, "TargetKeyId"))
        found = estate.get(name)
    if found is None:
        raise UndecidedError(f"read key `{name}`", *_KEY, "KMSMasterKeyID", resource=bucket)
    return found


def _elsewhere(bucket: Resource) -> bool:
    """The bucket names a key by a literal that names none of the estate's."""
    try:
        return isinstance(read(bucket, *_KEY, "KMSMasterKeyID"), str)
    except UndecidedError:
        return False


def check_bucket_class(estate: Estate) -> Iterator[Outcome]:
    """A bucket has one known class, and its key is of the same class."""

    def decide(bucket: Resource) -> Iterator[Outcome]:
        own = tag(bucket, DATA_CLASS)
        if own not in CLASSES:
            said = f"`{own}`" if own else "none"
            message = f"says no data class that is known: {said}"
            yield violated(bucket, message, "Tags", evidence=(f"{DATA_CLASS}: {own or 'not set'}",))
            return
        key = _key_of(estate, bucket)
        if key is None:
            yield violated(bucket, f"holds {own} data under no key of that class", "BucketEncryption")
            return
        key_class = tag(key, DATA_CLASS)
        if key_class is None:
            reason = f"tag key `{key.name}` with `{DATA_CLASS}`"
            raise UndecidedError(reason, "Tags", resource=key)
        if key_class != own:
            message = f"holds {own} data under the key for {key_class} data"
            evidence = (f"{DATA_CLASS} of `{key.name}`: {key_class}",)
            yield violated(bucket, message, "BucketEncryption", evidence=evidence)
            return
        yield proved(bucket, f"holds {own} data, as its key does", "Tags")

    yield from each(ml_buckets(estate), decide)


def check_key_sharing(estate: Estate) -> Iterator[Outcome]:
    """All buckets under one key are of one team and one class; also those that nothing marks as ML."""
    users: dict[str, list[Resource]] = {}
    unread: list[UndecidedError] = []
    ours = {bucket.key for bucket in ml_buckets(estate)}
    for bucket in estate.of_type("AWS::S3::Bucket"):
        try:
            key = _key_of(estate, bucket)
            if key is not None:
                users.setdefault(key.key, []).append(bucket)
        except UndecidedError as error:
            if bucket.key in ours or not _elsewhere(bucket):
                unread.append(error)

    def decide(key: Resource) -> Iterator[Outcome]:
        buckets = users.get(key.key, [])
        doubt: UndecidedError | None = None
        for name, what in ((TEAM, "teams"), (DATA_CLASS, "data classes")):
            given = {bucket.name: tag(bucket, name) for bucket in buckets}
            values = {value for value in given.values() if value is not None}
            if len(values) > 1:
                said = ", ".join(sorted(values))
                evidence = [f"`{bucket.name}`: {tag(bucket, name)}" for bucket in buckets]
                yield violated(key, f"is shared by several {what}: {said}", evidence=evidence)
                return
            silent = next((bucket for bucket in buckets if given[bucket.name] is None), None)
            if silent is not None and len(buckets) > 1:
                doubt = UndecidedError(f"tag bucket `{silent.name}` with `{name}`", "Tags", resource=silent)
        if doubt is not None:
            raise doubt
        for error in unread:
            raise error
        if buckets:
            yield proved(key, f"serves {len(buckets)} buckets of one team and one data class")

    yield from each(estate.of_type("AWS::KMS::Key"), decide)


CONTROLS = (
    Control(
        id="DAT-14",
        title="Each ML bucket holds one data class, under that class's key",
        severity=Severity.HIGH,
        layer="data",
        scope="relational",
        why="Where classes mix, whoever may read the lesser one is a pattern away from the other.",
        remediation=(
            "Tag the bucket `ringwork:data-class` and set `KMSMasterKeyID` to the key of that class; move "
            "other data to a bucket of its own"
        ),
        sources=(
            "AWS Well-Architected ML Lens MLSEC03-BP05",
            "aws-samples/data-perimeter-policy-examples ProtectDataPerimeterTags",
        ),
        reads=_READS | reading("AWS::KMS::Alias", "TargetKeyId"),
        check=check_bucket_class,
    ),
    Control(
        id="DAT-18",
        title="No key serves two teams or two data classes",
        severity=Severity.HIGH,
        layer="data",
        scope="relational",
        why="Who may decrypt for one team decrypts for the other: a shared key is no boundary.",
        remediation="Give each team and data class an `AWS::KMS::Key` of its own and re-encrypt",
        sources=(
            "Prowler kms_cmk_are_used",
            "AWS Security Hub KMS.1",
            "AWS Well-Architected ML Lens MLSEC03-BP03",
        ),
        reads=_READS | reading("AWS::KMS::Alias", "TargetKeyId"),
        check=check_key_sharing,
        across=True,
    ),
)
