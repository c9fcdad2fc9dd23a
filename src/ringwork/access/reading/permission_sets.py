"""Roles that IAM Identity Center makes of permission sets, one in each account that a set is assigned in.

Identity Center user guide, "Referencing permission sets in resource policies": the role is called
`AWSReservedSSO_NAME_SUFFIX`, below the path `/aws-reserved/sso.amazonaws.com/`; the suffix is random, so
patterns with `*` stand for it. Its trust policy names the account's SAML provider that Identity Center made.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from ringwork.access.authority import Document, Identity, SessionTags
from ringwork.access.reading import stand_ins
from ringwork.access.reading.attached import MANAGED
from ringwork.access.reading.managed import is_aws_managed, read_managed
from ringwork.access.reading.names import Hole
from ringwork.access.reading.reader import Astray, Reader
from ringwork.estate import Resource, Unknown, arns

SET, ASSIGNMENT = "AWS::SSO::PermissionSet", "AWS::SSO::Assignment"
_PATH = "/aws-reserved/sso.amazonaws.com/"
_HOME = "us-east-1"
"""Roles of instances in other Regions have the Region in their path."""


def read_permission_sets(reader: Reader, known: Mapping[str, Identity]) -> dict[str, Identity]:
    """The roles that are not among those which the estate has itself."""
    there = {(one.account, one.name.rpartition("_")[0]) for one in known.values() if _PATH in one.path}
    accounts: dict[str, set[str]] = {}
    astray: list[tuple[Resource, str, str]] = []
    """assignment, account, why its permission set is not known"""
    anywhere: dict[str, str] = {}
    """permission set -> why it is not known where it is assigned"""
    for assignment in reader.estate.of_type(ASSIGNMENT):
        value = assignment.properties.get("PermissionSetArn")
        target = reader.text(assignment.properties.get("TargetId"))
        text = reader.text(value)
        named = reader.named(value, assignment, SET)
        key = text if isinstance(named, Astray) else named.key
        where = target if isinstance(target, str) else None
        if isinstance(key, str) and where is not None:
            accounts.setdefault(key, set()).add(where)
        else:
            reader.note(assignment, "which permission set it assigns, and where, is not known")
        if isinstance(named, Astray) and not _listed(reader, key):
            astray += [(assignment, one, named.reason) for one in _accounts(reader, where)]
        elif where is None and isinstance(key, str):
            reason = target.reason if isinstance(target, Unknown) else "no account is named"
            anywhere[key] = f"whether it is assigned in this account is not known: {reason}"
    found: dict[str, Identity] = {}
    for assignment, account, reason in astray:
        identity = _unknown_role(reader, assignment, account, reason)
        found[identity.key] = identity
    for each in reader.estate.of_type(SET):
        arn = each.attributes.get("PermissionSetArn")
        names = {each.key, arn if isinstance(arn, str) else each.key, each.arn or each.key}
        for account in sorted({one for name in names for one in accounts.get(name, ())}):
            identity = _role(reader, each, account)
            if (account, identity.name.rpartition("_")[0]) not in there:
                found[identity.key] = identity
        for why in {anywhere[name] for name in names & anywhere.keys()}:
            for account in _accounts(reader, None):
                identity = _role(reader, each, account)
                if identity.key not in found and (account, identity.name.rpartition("_")[0]) not in there:
                    found[identity.key] = replace(identity, unknown=(*identity.unknown, why))
    return found


def _listed(reader: Reader, arn: object) -> bool:
    """Whether a permission set with this ARN is in the estate, by what it was given when it was made."""
    return isinstance(arn, str) and any(
        arn in (each.arn, each.attributes.get("PermissionSetArn")) for each in reader.estate.of_type(SET)
    )


def _accounts(reader: Reader, known: str | None) -> list[str]:
    """The account; of those in sight all, where it is not known. Where an account was read, the roles that
    permission sets made are there."""
    seen = {one.account for one in reader.estate.resources if one.account} if known is None else {known}
    return sorted(seen - reader.collected)


def _unknown_role(reader: Reader, assignment: Resource, account: str, reason: str) -> Identity:
    """The role of a permission set of which nothing is known."""
    called = stand_ins.suffix(assignment.key)
    path = ("PermissionSetArn",)
    partition = arns.partition(assignment.region or _HOME)
    arn = f"arn:{partition}:iam::{account}:role{_PATH}AWSReservedSSO_{called}"
    reader.names.stand_ins[arn] = assignment.key
    document = reader.unread("identity", assignment.name, assignment, path, reason)
    trust = reader.unread("trust", assignment.name, assignment, path, reason)
    return Identity(
        f"{assignment.key}#{account}",
        arn,
        account,
        "role",
        f"AWSReservedSSO_{called}",
        _PATH,
        identity=(document,),
        trust=trust,
        session_tags=SessionTags(possible=True),
        placeholder=True,
        tags_known=False,
        unknown=(f"its permission set: {reason}",),
    )


def _role(reader: Reader, each: Resource, account: str) -> Identity:
    name = reader.text(each.properties.get("Name"))
    called = name if isinstance(name, str) else stand_ins.suffix(each.key)
    region = each.region or _HOME
    path = _PATH if region == _HOME else f"{_PATH}{region}/"
    role = f"AWSReservedSSO_{called}_{stand_ins.digest(each.key + account)[:16]}"
    partition = arns.partition(region)
    arn = f"arn:{partition}:iam::{account}:role{path}{role}"
    reader.names.stand_ins[arn] = each.key
    documents = _policies(reader, each, account)
    boundary = _boundary(reader, each, account)
    provider = (
        f"arn:{partition}:iam::{account}:saml-provider/AWSSSO_{stand_ins.digest(account)[:16]}_DO_NOT_DELETE"
    )
    trust = reader.documents.document(
        {
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Effect": "Allow",
                    "Principal": {"Federated": provider},
                    "Action": ["sts:AssumeRoleWithSAML", "sts:TagSession"],
                    "Condition": {"StringEquals": {"SAML:aud": "https://signin.aws.amazon.com/saml"}},
                }
            ],
        },
        (),
        kind="trust",
        name=role,
        key=each.key,
        path=(),
    )
    unknown = [f"`{one.name}`: {reason}" for one in documents for reason in one.unknown]
    if boundary is not None:
        unknown += [f"its boundary: {reason}" for reason in boundary.unknown]
    if not isinstance(name, str):
        unknown.append("the name of its permission set is not known")
    return Identity(
        f"{each.key}#{account}",
        arn,
        account,
        "role",
        role,
        path,
        identity=tuple(documents),
        boundary=boundary,
        trust=trust,
        session_tags=SessionTags(possible=True),
        placeholder=True,
        unknown=tuple(dict.fromkeys(unknown)),
    )


def _policies(reader: Reader, each: Resource, account: str) -> list[Document]:
    found: list[Document] = []
    if each.properties.get("InlinePolicy") is not None:
        found.append(reader.document(each, ("InlinePolicy",), "identity"))
    listed = reader.items(each.properties.get("ManagedPolicies"))
    if isinstance(listed, Unknown):
        found.append(reader.unread("identity", each.name, each, ("ManagedPolicies",), listed.reason))
        listed = ()
    for index, value in enumerate(listed):
        arn = reader.text(value)
        if isinstance(arn, str) and is_aws_managed(arn):
            found.append(read_managed(reader, arn, "identity", each))
        else:
            reason = arn.reason if isinstance(arn, Unknown) else f"`{arn}` is no policy that AWS manages"
            found.append(reader.unread("identity", each.name, each, ("ManagedPolicies", index), reason))
    theirs = reader.items(each.properties.get("CustomerManagedPolicyReferences"))
    if isinstance(theirs, Unknown):
        path = ("CustomerManagedPolicyReferences",)
        return [*found, reader.unread("identity", each.name, each, path, theirs.reason)]
    return [*found, *(_customer(reader, each, account, one, "identity") for one in theirs)]


def _customer(reader: Reader, each: Resource, account: str, value: object, kind: str) -> Document:
    """A policy of the account's own, by name and path."""
    policy_kind = "boundary" if kind == "boundary" else "identity"
    path = ("PermissionsBoundary",) if kind == "boundary" else ("CustomerManagedPolicyReferences",)
    name = reader.text(value.get("Name")) if isinstance(value, Mapping) else None
    below = reader.text(value.get("Path", "/")) if isinstance(value, Mapping) else None
    if isinstance(name, str) and isinstance(below, str):
        arn = f"arn:{arns.partition(each.region or _HOME)}:iam::{account}:policy{below}{name}"
        for policy in reader.estate.of_type(MANAGED):
            if reader.names.arn(policy) == arn:
                return reader.document(policy, ("PolicyDocument",), policy_kind)  # type: ignore[arg-type]
        reason = f"`{arn}` is not in the estate"
    else:
        reason = "the policy that it refers to is not known"
    return reader.unread(policy_kind, each.name, each, path, reason)  # type: ignore[arg-type]


def _boundary(reader: Reader, each: Resource, account: str) -> Document | None:
    value = each.properties.get("PermissionsBoundary")
    if value is None:
        return None
    if isinstance(value, Mapping):
        arn = reader.text(value.get("ManagedPolicyArn"))
        if isinstance(arn, str) and is_aws_managed(arn):
            return read_managed(reader, arn, "boundary", each)
        if isinstance(arn, (Unknown, Hole)):
            return reader.unread("boundary", each.name, each, ("PermissionsBoundary",), arn.reason)
        return _customer(reader, each, account, value.get("CustomerManagedPolicyReference"), "boundary")
    return reader.unread("boundary", each.name, each, ("PermissionsBoundary",), "it is not known")
