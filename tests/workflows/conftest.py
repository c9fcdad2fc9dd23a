"""Each test has a local cloud of its own."""

from __future__ import annotations

from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def examples() -> Path:
    """The blueprints that the README shows."""
    return ROOT / "examples"


@pytest.fixture(autouse=True)
def own_state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The local cloud keeps its state in the test's folder; nothing of the user's is read."""
    state = tmp_path / "state"
    monkeypatch.setenv("RINGWORK_LOCAL_STATE", str(state))
    for name in ("AWS_PROFILE", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    return state
