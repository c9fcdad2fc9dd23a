"""Signature Version 4 over HTTP: botocore's own signer is the reference."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from urllib.parse import quote, urlsplit

import pytest
from botocore.auth import S3SigV4Auth, S3SigV4QueryAuth, SigV4Auth, SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from hypothesis import given
from hypothesis import strategies as st

from ringwork.cloud.emulator.errors import AwsError
from ringwork.cloud.emulator.request import Request
from ringwork.cloud.emulator.signature import SignatureVerifier

SECRET = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"

texts = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=12)
segments = st.text(st.characters(codec="utf-8", exclude_characters="/\0?#"), min_size=1, max_size=8).filter(
    lambda text: text not in (".", "..")
)
bodies = st.binary(max_size=40)
queries = st.dictionaries(texts.filter(bool), texts, max_size=4)


def sent(request: AWSRequest) -> Request:
    """What arrives when botocore sends `request`."""
    prepared = request.prepare()
    url = urlsplit(prepared.url)
    headers = {
        name.lower(): value.decode() if isinstance(value, bytes) else str(value)
        for name, value in prepared.headers.items()
    }
    headers.setdefault("host", url.netloc)
    body = prepared.body or b""
    body = body.encode() if isinstance(body, str) else body
    return Request(prepared.method, url.hostname or "", url.path or "/", url.query, headers, body)


def signed(kind, service, path, query, body, secret=SECRET):
    request = AWSRequest("POST", f"http://127.0.0.1:8000{path}", data=body, params=query)
    request.headers["x-extra"] = " a   b "
    kind(Credentials("AKIDEXAMPLE", secret), service, "eu-west-1").add_auth(request)
    return sent(request)


@given(st.lists(segments, max_size=3), queries, bodies)
def test_what_botocore_signs_is_accepted(parts, query, body):
    path = "/" + "/".join(quote(part, safe="-_.~") for part in parts)
    SignatureVerifier().verify(signed(SigV4Auth, "sagemaker", path, query, body), SECRET)
    SignatureVerifier().verify(signed(S3SigV4Auth, "s3", path, query, body), SECRET)


@given(st.lists(segments, max_size=3), queries)
def test_what_botocore_presigns_is_accepted(parts, query):
    path = "/" + "/".join(quote(part, safe="-_.~") for part in parts)
    SignatureVerifier().verify(signed(SigV4QueryAuth, "sts", path, query, b""), SECRET)
    SignatureVerifier().verify(signed(S3SigV4QueryAuth, "s3", path, query, b""), SECRET)


def refused(request, secret=SECRET, now=None):
    verifier = SignatureVerifier(now) if now else SignatureVerifier()
    with pytest.raises(AwsError) as error:
        verifier.verify(request, secret)
    return error.value.code


@pytest.mark.parametrize(
    "change",
    [
        {"method": "DELETE"},
        {"path": "/other"},
        {"query": "a=2"},
    ],
)
def test_a_request_changed_after_signing_is_refused(change):
    request = signed(SigV4Auth, "sagemaker", "/models", {"a": "1"}, b"{}")
    altered = {slot: getattr(request, slot) for slot in Request.__dataclass_fields__} | change
    assert refused(Request(**altered)) == "SignatureDoesNotMatch"


def test_another_body_is_refused():
    request = signed(SigV4Auth, "sagemaker", "/models", {}, b"{}")
    altered = {slot: getattr(request, slot) for slot in Request.__dataclass_fields__} | {"body": b"[]"}
    assert refused(Request(**altered)) == "SignatureDoesNotMatch"
    request = signed(S3SigV4Auth, "s3", "/b/k", {}, b"{}")
    altered = {slot: getattr(request, slot) for slot in Request.__dataclass_fields__} | {"body": b"[]"}
    # S3 API reference, "List of error codes"
    assert refused(Request(**altered)) in ("XAmzContentSHA256Mismatch", "SignatureDoesNotMatch")


def test_another_secret_is_refused():
    request = signed(SigV4Auth, "sagemaker", "/models", {}, b"{}", secret="another")
    assert refused(request) == "SignatureDoesNotMatch"


def test_a_header_that_is_signed_cannot_be_changed():
    request = signed(SigV4Auth, "sagemaker", "/models", {}, b"{}")
    headers = {**request.headers, "x-extra": "c"}
    altered = {slot: getattr(request, slot) for slot in Request.__dataclass_fields__} | {"headers": headers}
    assert refused(Request(**altered)) == "SignatureDoesNotMatch"


def test_an_old_request_is_refused():
    request = signed(SigV4Auth, "sagemaker", "/models", {}, b"{}")
    later = datetime.now(UTC) + timedelta(minutes=16)
    assert refused(request, now=lambda: later) == "RequestTimeTooSkewed"


def test_a_presigned_url_ends():
    request = signed(SigV4QueryAuth, "sts", "/", {"Action": "GetCallerIdentity"}, b"")
    later = datetime.now(UTC) + timedelta(hours=1, minutes=1)
    # botocore's default of X-Amz-Expires is 3600 seconds
    assert refused(request, now=lambda: later) == "RequestTimeTooSkewed"


def test_what_carries_no_signature_is_refused():
    plain = Request("GET", "127.0.0.1", "/", "", {"host": "127.0.0.1"}, b"")
    assert refused(plain) == "IncompleteSignature"
