"""Small authorities in few words: a role that is allowed things, and a resource with a policy."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ringwork.access import parse
from ringwork.access.authority import Authority, Document, Guarded, Identity

OURS, THEIRS, OTHERS = "111122223333", "444455556666", "777788889999"
WHO = f"arn:aws:iam::{OURS}:role/lab"


def document(kind: Any, *statements: Mapping[str, Any]) -> Document:
    policy = parse({"Version": "2012-10-17", "Statement": [dict(each) for each in statements]}, kind=kind)
    return Document("policy", "key", (), policy, policy)


def bucket(principal: Any, *, owner: str = THEIRS, effect: str = "Allow", **more: Any) -> Guarded:
    statement = {"Effect": effect, "Principal": principal, "Action": "s3:*", "Resource": "*"}
    return Guarded(
        "bucket", "arn:aws:s3:::data", owner, "eu-west-1", "AWS::S3::Bucket", document("resource", statement),
        **more,
    )  # fmt: skip


def key(principal: Any, **more: Any) -> Guarded:
    statement = {"Effect": "Allow", "Principal": principal, "Action": "kms:*", "Resource": "*"}
    arn = f"arn:aws:kms:eu-west-1:{OURS}:key/1"
    return Guarded("k", arn, OURS, "eu-west-1", "AWS::KMS::Key", document("key", statement), "key", **more)


def authority(resource: Guarded) -> Authority:
    everything = document("identity", {"Effect": "Allow", "Action": "*", "Resource": "*"})
    lab = Identity("lab", WHO, OURS, "role", "lab", identity=(everything,))
    return Authority({"lab": lab}, {resource.key: resource})


ROOT = {"AWS": f"arn:aws:iam::{OURS}:root"}
STRANGER = {"AWS": f"arn:aws:iam::{OTHERS}:root"}
