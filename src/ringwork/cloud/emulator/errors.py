"""Errors as AWS services answer them: a code, a message and an HTTP status."""

from __future__ import annotations


class AwsError(Exception):
    """What an AWS service answers when it refuses a call.

    `code` is AWS's error code (`ValidationError`), `message` its text, and `status` the HTTP status.
    Each protocol writes it in its own form: see `ringwork.cloud.emulator.protocol`.
    """

    def __init__(self, code: str, message: str, status: int = 400) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        self.status = status


class NotEmulatedError(AwsError):
    """The local cloud has no answer for this operation, and says so instead of making one up.

    The status is 400, because botocore retries 5xx answers and no retry would help.
    """

    def __init__(self, service: str, operation: str, reason: str = "") -> None:
        text = f"the local cloud does not emulate {service}:{operation}"
        super().__init__("NotEmulated", f"{text}: {reason}" if reason else text)
