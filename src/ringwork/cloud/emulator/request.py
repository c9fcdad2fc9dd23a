"""An HTTP request to the local cloud, and what its signature says about it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

_AUTHORIZATION = re.compile(
    r"AWS4-HMAC-SHA256\s+Credential=(?P<key>[^/,\s]+)/\d{8}/(?P<region>[^/]*)/(?P<service>[^/]+)/aws4_request"
)
_CREDENTIAL = re.compile(r"(?P<key>[^/]+)/\d{8}/(?P<region>[^/]*)/(?P<service>[^/]+)/aws4_request")
_VIRTUAL_HOST = re.compile(r"(?P<bucket>[a-z0-9][a-z0-9.-]+[a-z0-9])\.s3[.-][a-z0-9.-]*amazonaws\.com")
_FORM = "application/x-www-form-urlencoded"


@dataclass(frozen=True, slots=True)
class Scope:
    """The SigV4 credential scope: who signed, for which Region and service.

    Source: IAM user guide, "Elements of an AWS API request signature".
    """

    access_key: str
    region: str
    service: str
    """the signing name: `ec2`, `s3` (also for S3 Control), `iam`, ..."""
    token: str | None


@dataclass(frozen=True, slots=True)
class Request:
    """One request. `path` is as sent (percent-encoded), without the query; header names are lower case."""

    method: str
    host: str
    path: str
    query: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def parameters(self) -> dict[str, str]:
        """Query string parameters, and those of a form body: the last value of each."""
        pairs = parse_qs(self.query, keep_blank_values=True)
        if self.headers.get("content-type", "").startswith(_FORM):
            pairs.update(parse_qs(self.body.decode("utf-8", "replace"), keep_blank_values=True))
        return {name: values[-1] for name, values in pairs.items()}

    @property
    def bucket(self) -> str | None:
        """For S3: the bucket named by the host or by the first part of the path."""
        match = _VIRTUAL_HOST.fullmatch(self.host)
        if match:
            return match["bucket"]
        return unquote(self.path.lstrip("/").split("/", 1)[0]) or None

    def scope(self) -> Scope | None:
        """The scope from the Authorization header or a presigned URL; None for an unsigned request."""
        match = _AUTHORIZATION.search(self.headers.get("authorization", ""))
        token = self.headers.get("x-amz-security-token")
        if not match and "X-Amz-Credential" in self.query:
            query = {name: values[-1] for name, values in parse_qs(self.query).items()}
            match = _CREDENTIAL.fullmatch(query.get("X-Amz-Credential", ""))
            token = query.get("X-Amz-Security-Token")
        return Scope(match["key"], match["region"], match["service"], token) if match else None


@dataclass(frozen=True, slots=True)
class Answer:
    """One response, complete."""

    status: int
    headers: Mapping[str, str]
    body: bytes


def from_environ(environ: Mapping[str, Any]) -> Request:
    """Read a request from a WSGI environment, its body included."""
    length = int(environ.get("CONTENT_LENGTH") or 0)
    if environ.get("wsgi.input_terminated"):  # a chunked body, which the server has put together
        body = environ["wsgi.input"].read()
    else:
        body = environ["wsgi.input"].read(length) if length else b""
    raw = environ.get("RAW_URI") or environ.get("PATH_INFO", "/")
    if raw.startswith(("http://", "https://")):  # a proxy's absolute form
        parts = urlsplit(raw)
        raw = parts.path + (f"?{parts.query}" if parts.query else "")
    preserved: Mapping[str, str] = environ.get("ringwork.header_names", {})
    headers = {}
    for name, value in environ.items():
        if name.startswith("HTTP_"):
            headers[preserved.get(name, name[5:].replace("_", "-").lower())] = value
        elif name in ("CONTENT_TYPE", "CONTENT_LENGTH") and value:
            headers[name.replace("_", "-").lower()] = value
    return Request(
        method=environ["REQUEST_METHOD"],
        host=headers.get("host", "localhost").partition(":")[0].lower(),
        path=raw.partition("?")[0] or "/",
        query=environ.get("QUERY_STRING", ""),
        headers=headers,
        body=body,
    )
