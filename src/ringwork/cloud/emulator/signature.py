"""Whether a request was signed with a secret access key: AWS Signature Version 4.

Source: IAM user guide, "AWS Signature Version 4 for API requests" (canonical request, string to sign,
signature), S3 API reference, "Authenticating Requests" (payload options, query parameters).
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qsl, quote

from ringwork.cloud.emulator.errors import AwsError
from ringwork.cloud.emulator.request import Request

_HEADER = re.compile(
    r"AWS4-HMAC-SHA256\s+Credential=(?P<credential>[^,\s]+),\s*SignedHeaders=(?P<signed>[^,\s]+),"
    r"\s*Signature=(?P<signature>[0-9a-f]{64})"
)
_SKEW = timedelta(minutes=15)
"""A request's time may differ that much from the server's (IAM user guide, "Request signing": 15 minutes in
S3; 5 minutes elsewhere, which nothing here needs)."""

_LONGEST = 604800
"""seconds that a presigned URL may live: seven days (S3 API reference, X-Amz-Expires)"""

_HASH = re.compile(r"[0-9a-f]{64}")


def _now() -> datetime:
    return datetime.now(UTC)


class SignatureVerifier:
    """Verifies signatures; `now` gives the time."""

    def __init__(self, now: Callable[[], datetime] = _now) -> None:
        self._now = now

    def verify(self, request: Request, secret: str) -> None:
        """Raise `AwsError` unless `request` is signed with `secret`, unaltered and in time."""
        header = _HEADER.search(request.headers.get("authorization", ""))
        query = dict(parse_qsl(request.query, keep_blank_values=True))
        if header is not None:
            credential, signed, claimed = header["credential"], header["signed"], header["signature"]
            stamp = request.headers.get("x-amz-date", "")
            payload = request.headers.get("x-amz-content-sha256") or hashlib.sha256(request.body).hexdigest()
            self._in_time(stamp, _SKEW)
        elif "X-Amz-Signature" in query:
            credential, signed = query.get("X-Amz-Credential", ""), query.get("X-Amz-SignedHeaders", "")
            claimed, stamp = query["X-Amz-Signature"], query.get("X-Amz-Date", "")
            payload = "UNSIGNED-PAYLOAD" if _is_s3(credential) else hashlib.sha256(request.body).hexdigest()
            expires = query.get("X-Amz-Expires", "")
            if not expires.isdigit() or not 1 <= int(expires) <= _LONGEST:
                raise _incomplete("X-Amz-Expires is between 1 and 604800 seconds")
            self._in_time(stamp, timedelta(seconds=int(expires)))
        else:
            raise _incomplete("the Authorization header has no Signature Version 4")
        if _HASH.fullmatch(payload) and payload != hashlib.sha256(request.body).hexdigest():
            raise AwsError("XAmzContentSHA256Mismatch", "the body is not the one that was signed", 400)
        if "host" not in signed.split(";"):
            raise _incomplete("the Host header is not signed")
        expected = _signature(request, credential, signed, stamp, payload, secret)
        if not hmac.compare_digest(expected, claimed):
            raise AwsError(
                "SignatureDoesNotMatch",
                "The request signature we calculated does not match the signature you provided. "
                "Check your AWS Secret Access Key and signing method.",
                status=403,
            )

    def _in_time(self, stamp: str, room: timedelta) -> None:
        try:
            signed = datetime.strptime(stamp, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
        except ValueError:
            raise _incomplete("X-Amz-Date is not YYYYMMDDTHHMMSSZ") from None
        now = self._now()
        if now > signed + room or now < signed - _SKEW:
            raise AwsError("RequestTimeTooSkewed", f"the request was signed at {stamp}", status=403)


def _is_s3(credential: str) -> bool:
    return credential.endswith("/s3/aws4_request")


def _incomplete(reason: str) -> AwsError:
    return AwsError("IncompleteSignature", reason, status=400)


def _signature(request: Request, credential: str, signed: str, stamp: str, payload: str, secret: str) -> str:
    try:
        _, date, region, service, terminator = credential.split("/")
    except ValueError:
        raise _incomplete("Credential is not KEY/DATE/REGION/SERVICE/aws4_request") from None
    pairs = [
        (name, value)
        for name, value in parse_qsl(request.query, keep_blank_values=True)
        if name != "X-Amz-Signature"
    ]
    quoted = sorted((quote(name, safe="-_.~"), quote(value, safe="-_.~")) for name, value in pairs)
    # S3 signs the path as it is sent; every other service signs it encoded once more
    path = request.path if service == "s3" else quote(request.path, safe="/-_.~")
    headers = "".join(
        f"{name}:{' '.join(request.headers.get(name, '').split())}\n" for name in signed.split(";")
    )
    canonical = "\n".join(
        [
            request.method,
            path or "/",
            "&".join(f"{name}={value}" for name, value in quoted),
            headers,
            signed,
            payload,
        ]
    )
    scope = f"{date}/{region}/{service}/{terminator}"
    text = "\n".join(["AWS4-HMAC-SHA256", stamp, scope, hashlib.sha256(canonical.encode()).hexdigest()])
    key = f"AWS4{secret}".encode()
    for part in (date, region, service, terminator):
        key = hmac.digest(key, part.encode(), hashlib.sha256)
    return hmac.new(key, text.encode(), hashlib.sha256).hexdigest()
