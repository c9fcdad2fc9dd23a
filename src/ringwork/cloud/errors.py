"""The one error for an operation that the cloud did not carry out, and how AWS's own errors become it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

from botocore import exceptions as aws

ACCESS_DENIED = frozenset(
    {"AccessDenied", "AccessDeniedException", "UnauthorizedOperation", "Client.UnauthorizedOperation"}
)
EXPIRED = frozenset({"ExpiredToken", "ExpiredTokenException", "TokenRefreshRequired", "RequestExpired"})
BAD_CREDENTIALS = frozenset(
    {"InvalidClientTokenId", "UnrecognizedClientException", "AuthFailure", "SignatureDoesNotMatch"}
    | {"InvalidAccessKeyId", "IncompleteSignature", "MissingAuthenticationToken"}
)
THROTTLED = frozenset(
    {"Throttling", "ThrottlingException", "RequestLimitExceeded", "TooManyRequestsException", "SlowDown"}
    | {"RequestThrottled", "ThrottledException", "PriorRequestNotComplete"}
)
"""Error codes as botocore's standard retry mode lists them (botocore/retries/standard.py)."""

_SECRET = re.compile(r"\b(?:AKIA|ASIA)[A-Z0-9]{12,}\b|[A-Za-z0-9+/=_-]{100,}")
"""Access key ids, and strings as long as session tokens: neither may reach a message or a log."""


class OperationError(Exception):
    """An operation failed, or is only partly done. The CLI prints it and exits with 4.

    `message` is lower case, without a full stop, with names in backticks; `help` says what to do.
    """

    def __init__(self, message: str, *, help: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.help = help

    def __str__(self) -> str:
        return f"{self.message}\n  help: {self.help}" if self.help else self.message


def code(error: aws.ClientError) -> str:
    """AWS's error code, `AccessDenied`; empty where the answer has none."""
    return str(error.response.get("Error", {}).get("Code", ""))


def text(error: aws.ClientError) -> str:
    """AWS's error message, without anything that looks like a credential."""
    return redact(str(error.response.get("Error", {}).get("Message", "")))


def redact(message: str) -> str:
    """`message` on one line without access key ids and token-like strings."""
    return _SECRET.sub("[removed]", " ".join(message.split()))


def explain(error: aws.ClientError | aws.BotoCoreError, doing: str) -> OperationError:
    """What failed (`doing`: `read stack `x` in account 1`), why, and how to mend it."""
    if isinstance(error, aws.ClientError):
        return _explain_answer(error, doing)
    if isinstance(error, aws.ProfileNotFound):
        return OperationError(
            f"cannot {doing}: {redact(str(error))}",
            help="list profiles with `aws configure list-profiles`; choose one with `--target aws:PROFILE`",
        )
    if isinstance(error, aws.NoCredentialsError | aws.PartialCredentialsError | aws.CredentialRetrievalError):
        return OperationError(
            f"cannot {doing}: no usable AWS credentials",
            help="log in (`aws sso login`, `aws configure`) or choose a profile with `--target aws:PROFILE`",
        )
    if isinstance(error, aws.SSOError | aws.UnauthorizedSSOTokenError | aws.TokenRetrievalError):
        return OperationError(
            f"cannot {doing}: the single sign-on session has ended",
            help="run `aws sso login` for the profile and repeat the command",
        )
    if isinstance(error, aws.HTTPClientError | aws.EndpointConnectionError):
        return OperationError(
            f"cannot {doing}: the AWS endpoint does not answer ({type(error).__name__})",
            help="check the Region's name, the network and a proxy's settings, then repeat the command",
        )
    return OperationError(f"cannot {doing}: {redact(str(error))}")


def _explain_answer(error: aws.ClientError, doing: str) -> OperationError:
    name, operation = code(error), error.operation_name
    if name in ACCESS_DENIED:
        return OperationError(
            f"cannot {doing}: access denied to `{operation}`: {text(error)}",
            help="use credentials that may do this; `ringwork bootstrap` makes the roles that Ringwork uses",
        )
    if name in EXPIRED:
        return OperationError(
            f"cannot {doing}: the credentials have expired (`{operation}`)",
            help="log in again and repeat the command: it goes on where it stopped",
        )
    if name in BAD_CREDENTIALS:
        # AWS's message is left out: for a wrong signature it repeats signed headers, token included
        return OperationError(
            f"cannot {doing}: AWS does not accept the credentials (`{operation}`: {name})",
            help="check which profile is active (`aws sts get-caller-identity`) and the machine's clock",
        )
    if name in THROTTLED:
        return OperationError(
            f"cannot {doing}: AWS throttles `{operation}`, also after retries",
            help="wait a minute and repeat the command: it goes on where it stopped",
        )
    return OperationError(f"cannot {doing}: {text(error) or name} (`{operation}`)")


@contextmanager
def explained(doing: str) -> Iterator[None]:
    """Turn AWS's errors inside the block into an `OperationError` that says what was being done."""
    try:
        yield
    except (aws.ClientError, aws.BotoCoreError) as error:
        raise explain(error, doing) from error
