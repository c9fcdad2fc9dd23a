"""The 28 rows that were observed on AWS: permissions boundary, identity and resource policy together."""

from __future__ import annotations

import itertools
import json
import os
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "benchmarks"))

from boundary_rows import NAMED, asked, evaluated


def rows(path: Path):
    """The rows of a file of the form of `truth.json`."""
    return json.loads(path.read_text(encoding="utf-8"))["rows"]


SHARED = os.environ.get("RINGWORK_SHARED")
needs_rows = pytest.mark.skipif(not SHARED, reason="RINGWORK_SHARED is not set: the rows are not here")


@needs_rows
@pytest.mark.parametrize("decide", [evaluated, asked])
def test_every_row_is_decided_as_aws_did(decide):
    found = rows(Path(SHARED) / "corpora/iam/permissions-boundary/truth.json")
    assert [row for row in found if decide(row) != row["expected"]] == []
    assert len(found) == 28


@pytest.mark.parametrize("principal", NAMED)
def test_evaluator_and_engine_agree_on_every_row_that_there_could_be(principal):
    names = ("boundary_allows", "identity_allows", "resource_policy_allows", "same_account")
    for values in itertools.product([False, True], repeat=4):
        row = {"resource_policy_principal": principal, **dict(zip(names, values, strict=True))}
        assert evaluated(row) == asked(row), row
