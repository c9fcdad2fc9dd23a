"""A cloud of plain boto3 clients on moto, and one of answers written by hand."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from moto import mock_aws

REGION = "eu-central-1"
ACCOUNT = "123456789012"
"""moto's account for callers without a role"""


class Stacks:
    """A cloudformation client with answers written by hand (botocore's shapes)."""

    def __init__(self) -> None:
        self.stacks: list[dict[str, Any]] = []
        self.resources: dict[str, list[dict[str, str]]] = {}
        self.templates: dict[str, dict[str, Any]] = {}

    def get_paginator(self, operation: str) -> Any:
        return _Pages(self, operation)

    def get_template(self, StackName: str, TemplateStage: str) -> dict[str, Any]:  # noqa: N803
        assert TemplateStage == "Processed"
        return {"TemplateBody": self.templates[StackName]}


class _Pages:
    def __init__(self, stacks: Stacks, operation: str) -> None:
        self.stacks, self.operation = stacks, operation

    def paginate(self, StackName: str = "") -> list[dict[str, Any]]:  # noqa: N803
        if self.operation == "describe_stacks":
            return [{"Stacks": [stack]} for stack in self.stacks.stacks]
        assert self.operation == "list_stack_resources"
        return [{"StackResourceSummaries": self.stacks.resources[StackName]}]


class PlainCloud:
    """Clients of the one account that moto's default credentials belong to."""

    def __init__(self) -> None:
        self.stacks = Stacks()
        self.lock = threading.Lock()

    def client(
        self, service: str, *, account: str | None = None, region: str | None = None, role: str | None = None
    ) -> Any:
        assert account in (None, ACCOUNT)
        if service == "cloudformation":
            return self.stacks
        with self.lock:  # boto3's default session is not made for threads
            return boto3.client(service, region_name=region or REGION)


@pytest.fixture
def cloud(monkeypatch: pytest.MonkeyPatch) -> Iterator[PlainCloud]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
        monkeypatch.setenv(name, "testing")
    for name in [name for name in os.environ if name.startswith("AWS_") and "PROFILE" in name]:
        monkeypatch.delenv(name)
    with mock_aws():
        yield PlainCloud()
