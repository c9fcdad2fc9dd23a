"""What a request names by the URL of an object in S3: templates and stack policies."""

from __future__ import annotations

import re
from typing import Any

from botocore.exceptions import ClientError

from ringwork.cloud.emulator.cloudformation.intrinsics import invalid


def place(url: str) -> tuple[str, str] | None:
    """Bucket and key of an S3 URL in path or virtual-hosted style (S3 User Guide, "Methods for accessing a
    general purpose bucket")."""
    host = r"(?:s3(?:[.-][a-z0-9-]+)*\.amazonaws\.com)"
    path = re.fullmatch(rf"https://{host}/([^/]+)/([^?]+)(?:\?.*)?", url)
    virtual = re.fullmatch(rf"https://([a-z0-9][a-z0-9.-]+)\.{host}/([^?]+)(?:\?.*)?", url)
    found = path or virtual
    return (found[1], found[2]) if found else None


def fetch(s3: Any, member: str, url: str, limit: int | None = None) -> str:
    """The text at `url`, the value of a request's `member`, read with the client `s3`.

    Raises ValidationError when it cannot be read, or is longer than `limit` bytes.
    """
    where = place(url)
    if where is None:
        raise invalid(f"{member} must be a supported URL.")
    bucket, key = where
    try:
        text: bytes = s3.get_object(Bucket=bucket, Key=key)["Body"].read()
    except ClientError as error:
        raise invalid(f"S3 error: {error.response['Error'].get('Message', error)}") from error
    if limit is not None and len(text) > limit:
        raise invalid(f"Template may not exceed {limit} bytes in size.")
    return text.decode("utf-8", "replace")
