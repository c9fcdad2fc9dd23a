"""Policies that AWS manages: a template has their ARNs only, so their text is an input."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ringwork.access.authority import Document
from ringwork.access.policy import PolicyKind
from ringwork.access.reading.reader import Reader
from ringwork.estate import Resource, Unknown

COLLECTED = "live:iam:aws-managed-policy"

_WELL_KNOWN: Mapping[str, Mapping[str, Any]] = {
    "AdministratorAccess": {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}],
    },
}
"""AWS managed policy reference guide, "AdministratorAccess" """


def is_aws_managed(arn: str) -> bool:
    """IAM user guide, "IAM ARNs": the account of a policy that AWS manages is `aws`."""
    parts = arn.split(":", 5)
    return len(parts) == 6 and parts[2] == "iam" and parts[4] == "aws" and parts[5].startswith("policy/")


def read_managed(reader: Reader, arn: str, kind: PolicyKind, user: Resource) -> Document:
    """The policy of AWS with this ARN: as given by the caller, as collected, or as documented."""
    name = arn.rpartition("/")[2]
    for key in (arn, arn.partition(":policy/")[2], name):
        if key in reader.managed:
            # a broken document is noted by whoever gave it: here it is nobody's resource
            return reader.documents.read(reader.managed[key], kind=kind, name=name, key=arn, path=())
    for resource in reader.collected_managed.get(arn, ()):
        document = resource.properties.get("PolicyDocument")
        if document is not None and not isinstance(document, Unknown):
            return reader.document(resource, ("PolicyDocument",), kind, name)
    known = _WELL_KNOWN.get(name) if arn.endswith(f":policy/{name}") else None
    if known is not None:
        return reader.documents.read(known, kind=kind, name=name, key=arn, path=())
    reason = f"what `{arn}` allows is not known: give its document, or collect the account"
    return reader.unread(kind, name, user, (), reason)
