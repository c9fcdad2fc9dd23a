"""docs/controls.md says what the catalogue says."""

from __future__ import annotations

import importlib.util
from pathlib import Path

from ringwork.controls import CATALOGUE

ROOT = Path(__file__).parents[2]


def test_the_page_is_what_the_script_writes() -> None:
    spec = importlib.util.spec_from_file_location("controls_table", ROOT / "scripts" / "controls_table.py")
    assert spec is not None
    assert spec.loader is not None
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    written = (ROOT / "docs" / "controls.md").read_text(encoding="utf-8")
    assert written == script.page(), "run `python scripts/controls_table.py`"


def test_the_page_has_a_section_for_every_control() -> None:
    text = (ROOT / "docs" / "controls.md").read_text(encoding="utf-8")
    for control in CATALOGUE.values():
        assert f"### {control.id}\n\n**{control.title}.**" in text
