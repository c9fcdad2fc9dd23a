"""The ten published questions of enforcement, asked by their own script, unchanged, over HTTP."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from ringwork.cloud.emulator import LocalCloud

LINE = re.compile(r"\s+(?P<question>.*\(want (?P<wanted>allow|deny).*?\))\s+(?P<answer>\S+)")


def test_ten_questions_are_answered_as_wanted(tmp_path):
    shared = os.environ.get("RINGWORK_SHARED")
    if not shared:
        pytest.skip("RINGWORK_SHARED is not set: the published script is not here")
    script = Path(shared) / "prototypes/emulator/enforce.py"
    with (
        LocalCloud(tmp_path / "state") as cloud,
        cloud.serve(test_credentials=[("111122223333", "x")]) as serving,
    ):
        ran = subprocess.run(
            [sys.executable, str(script), serving.endpoint, "ringwork"],
            capture_output=True,
            text=True,
            check=False,
        )
    found = [match for match in map(LINE.match, ran.stdout.splitlines()) if match]
    wrong = [m["question"] for m in found if (m["answer"] == "ALLOWED") != (m["wanted"] == "allow")]
    assert wrong == [], ran.stdout
    assert len(found) == 10, ran.stdout + ran.stderr
