"""Commands run as users run them: their words, their exit codes, a local cloud of their own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from ringwork.cli import main

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Ran:
    code: int
    out: str
    err: str


Run = Callable[..., Ran]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """`run("plan", "x.yaml")` in an empty folder, with no AWS credentials in sight."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("RINGWORK_LOCAL_STATE", str(tmp_path / "state"))
    # a table breaks its cells where the terminal is narrow, and a test must not depend on that
    monkeypatch.setenv("COLUMNS", "200")
    for name in ("AWS_PROFILE", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
        monkeypatch.delenv(name, raising=False)

    def call(*arguments: str | Path) -> Ran:
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            main([str(argument) for argument in arguments])
        said = capsys.readouterr()
        code = ended.value.code
        return Ran(code if isinstance(code, int) else 1, said.out, said.err)

    return call


@pytest.fixture
def blueprint(tmp_path: Path) -> Path:
    """The README's fifteen lines."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    block = text.split("```yaml\n", 1)[1].split("```", 1)[0]
    path = tmp_path / "blueprint.yaml"
    path.write_text(block, encoding="utf-8")
    return path
