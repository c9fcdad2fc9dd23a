"""Tables that scripts make are what their scripts make now."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import ringwork.cloud.emulator

ROOT = Path(__file__).resolve().parents[3]
KEPT = Path(ringwork.cloud.emulator.__file__).parent

MAKE = """
import runpy, sys
from pathlib import Path
made = runpy.run_path(sys.argv[1])
made["main"].__globals__["TARGET"] = Path(sys.argv[2])
made["main"]()
"""


def make(script: str, target: Path) -> None:
    """Run a script in a process of its own (it imports all of moto), with another target."""
    arguments = [sys.executable, "-c", MAKE, str(ROOT / "scripts" / script), str(target)]
    subprocess.run(arguments, check=True, capture_output=True)


def test_the_signing_names_are_those_of_the_botocore_at_hand(tmp_path):
    make("signing_names.py", tmp_path / "signing.json")
    made = json.loads((tmp_path / "signing.json").read_text(encoding="utf-8"))
    assert made == json.loads((KEPT / "signing.json").read_text(encoding="utf-8"))
    # botocore's models of SageMaker: both sign as `sagemaker`
    assert {"sagemaker", "sagemaker-runtime"} <= set(made["sagemaker"])


def test_the_classes_of_a_snapshot_are_those_of_the_moto_at_hand(tmp_path):
    make("emulator_classes.py", tmp_path / "classes.json")
    made = json.loads((tmp_path / "classes.json").read_text(encoding="utf-8"))
    assert made == json.loads((KEPT / "classes.json").read_text(encoding="utf-8"))
    # what an attacker would want in a pickle is no class of a service
    assert not [name for name in made["classes"] if not name.startswith("moto.")]
