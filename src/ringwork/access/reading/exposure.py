"""What decides, beside policies, whether a bucket or an access point of S3 is public.

S3 user guide, "Blocking public access to your Amazon S3 storage", "Controlling ownership of objects and
disabling ACLs for your bucket", "Default settings for new S3 buckets".
"""

from __future__ import annotations

from collections.abc import Mapping

from ringwork.access.authority import Block, Exposure
from ringwork.access.reading.reader import Astray, Reader
from ringwork.estate import Resource, Unknown
from ringwork.estate.defaults import default

BUCKET, ACCESS_POINT = "AWS::S3::Bucket", "AWS::S3::AccessPoint"
ACCOUNT = "live:s3control:public-access-block"
_NAMES = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")
_OPEN = Block(False, False, False, False)


class Exposures:
    """Block Public Access, ownership and ACLs of an estate."""

    def __init__(self, reader: Reader) -> None:
        self.reader = reader
        self.accounts: dict[str | None, Block] = {
            each.account: _block(reader, each.properties, Block()) for each in reader.estate.of_type(ACCOUNT)
        }

    def account(self, account: str | None) -> Block:
        """Of a whole account. A template does not say, an account that was read does: none is all off."""
        found = self.accounts.get(account)
        if found is not None:
            return found
        read = any(
            resource.account == account and is_live(resource)
            for resource in self.reader.estate.of_type(BUCKET)
        )
        return _OPEN if read and self.reader.gap(ACCOUNT, account) is None else Block()

    def of(self, resource: Resource) -> Exposure | None:
        """Of a bucket or an access point; None for everything else."""
        if resource.type == BUCKET:
            return self._bucket(resource)
        return self._point(resource) if resource.type == ACCESS_POINT else None

    def elsewhere(self, account: str | None) -> Exposure:
        """Of a bucket that is not in the estate: nothing of its own is known."""
        return Exposure(Block(), self.account(account))

    def _own(self, resource: Resource) -> Block:
        """A new bucket or access point blocks everything; one that says something blocks what it says."""
        given = resource.properties.get("PublicAccessBlockConfiguration")
        if given is None:
            return Block(True, True, True, True)
        return _block(self.reader, given, Block())

    def _bucket(self, bucket: Resource) -> Exposure:
        reader = self.reader
        rules: object = bucket.properties.get("OwnershipControls")
        if rules is None:
            (rules,) = default(BUCKET, "OwnershipControls")
        listed = reader.items(rules.get("Rules")) if isinstance(rules, Mapping) else Unknown("")
        ownership = None
        if not isinstance(listed, Unknown) and listed and isinstance(listed[0], Mapping):
            text = reader.text(listed[0].get("ObjectOwnership"))
            ownership = text if isinstance(text, str) else None
        acl = reader.text(bucket.properties.get("AccessControl"))
        if acl is None and not is_live(bucket):
            acl = "Private"  # CloudFormation template reference, AWS::S3::Bucket, AccessControl
        known = acl if isinstance(acl, str) else _canned(bucket.attributes.get("Grants"))
        return Exposure(self._own(bucket), self.account(bucket.account), ownership, known)

    def _point(self, point: Resource) -> Exposure:
        reader = self.reader
        bucket = reader.named(point.properties.get("Bucket"), point, BUCKET)
        vpc = point.properties.get("VpcConfiguration")
        id = reader.text(vpc.get("VpcId")) if isinstance(vpc, Mapping) else None
        return Exposure(
            self._own(point),
            self.account(point.account),
            bucket=bucket.text if isinstance(bucket, Astray) else bucket.key,
            vpc=id if isinstance(id, str) else None,
        )


def _canned(grants: object) -> str | None:
    """The canned ACL that is as open as these grants (S3 user guide, "Access control list (ACL) overview":
    predefined groups, canned ACL); None: not known, or somebody besides the owner is named."""
    if not isinstance(grants, (tuple, list)):
        return None
    found, named = "Private", set()
    for grant in grants:
        who = grant.get("Grantee") if isinstance(grant, Mapping) else None
        if not isinstance(who, Mapping):
            return None
        group = str(who.get("URI", "")).rpartition("/")[2]
        if group == "AllUsers" and grant.get("Permission") not in ("READ", "READ_ACP"):
            return "PublicReadWrite"
        if group == "AllUsers":
            found = "PublicRead"
        elif group == "AuthenticatedUsers" and found == "Private":
            found = "AuthenticatedRead"
        elif not group:
            named.add(str(who.get("ID") or who.get("EmailAddress")))
    return None if len(named) > 1 and found == "Private" else found


def _block(reader: Reader, given: object, otherwise: Block) -> Block:
    if not isinstance(given, Mapping):
        return otherwise
    found = [False if given.get(name) is None else reader.truth(given.get(name)) for name in _NAMES]
    return Block(*found)


def is_live(resource: Resource) -> bool:
    """Read from an account, not only from a template."""
    return any(origin.operation for origin in resource.origins)
