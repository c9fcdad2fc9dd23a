"""Which controls of the published list the catalogue does not have yet: the list may only shrink."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from ringwork.controls import CATALOGUE

KNOWN_GAP = Path(__file__).with_name("not_implemented.txt")


def published() -> set[str]:
    shared = os.environ.get("RINGWORK_SHARED")
    if not shared:
        pytest.skip("RINGWORK_SHARED is not set")
    listed = json.loads((Path(shared) / "controls.json").read_text(encoding="utf-8"))
    return {control["id"] for control in (listed["controls"] if isinstance(listed, dict) else listed)}


def test_no_control_is_missing_that_was_not_missing_before() -> None:
    missing = published() - set(CATALOGUE)
    known = set(KNOWN_GAP.read_text(encoding="utf-8").split())
    assert sorted(missing - known) == [], "a control left the catalogue, or the published list grew"
    assert sorted(known - missing) == [], f"implemented now: take them out of {KNOWN_GAP.name}"


def test_every_control_of_ours_is_a_published_one() -> None:
    assert sorted(set(CATALOGUE) - published()) == []
