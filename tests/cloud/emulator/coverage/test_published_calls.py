"""The published coverage script, unchanged, over HTTP."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from ringwork.cloud.emulator import LocalCloud


@pytest.fixture(scope="module")
def rows(tmp_path_factory):
    shared = os.environ.get("RINGWORK_SHARED")
    if not shared:
        pytest.skip("RINGWORK_SHARED is not set: the published script is not here")
    script = Path(shared) / "prototypes/emulator/coverage.py"
    folder = tmp_path_factory.mktemp("coverage")
    with (
        LocalCloud(folder / "state") as cloud,
        cloud.serve(test_credentials=[("111122223333", "secret")]) as serving,
    ):
        subprocess.run(
            [
                *(sys.executable, str(script), "--name", "ringwork"),
                *("--endpoint", serving.endpoint, "--out", str(folder / "out.json")),
            ],
            capture_output=True,
            check=True,
        )
    return json.loads((folder / "out.json").read_text())["ringwork"]["rows"]


def test_at_least_700_calls_are_right(rows):
    outcomes = Counter(row["outcome"] for row in rows)
    assert outcomes["ok"] + outcomes["strict"] >= 700, outcomes


def test_at_most_5_calls_are_not_emulated(rows):
    missing = [
        f"{row['service']}.{row['op']}"
        for row in rows
        if row["outcome"] == "unimplemented" or "NotEmulated" in row.get("detail", "")
    ]
    assert len(missing) <= 5, missing


def test_at_least_30_of_33_calls_that_aws_refuses_are_refused(rows):
    outcomes = Counter(row["outcome"] for row in rows)
    assert outcomes["strict"] >= 30
    assert outcomes["lenient"] <= 3
