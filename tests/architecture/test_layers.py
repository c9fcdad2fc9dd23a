"""Every layer of defence stands in the large examples, and docs/layers.md counts it."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def script() -> ModuleType:
    spec = importlib.util.spec_from_file_location("layers_table", ROOT / "scripts" / "layers_table.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["layers_table"] = module  # dataclasses look their module up
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("example", ["hospital", "bank"])
def test_no_layer_is_missing(script: ModuleType, example: str) -> None:
    found = script.found(example)
    assert len(script.LAYERS) == 12
    assert [mark.words for mark, (count, _) in found.items() if count == 0] == []


def test_the_page_is_what_the_script_writes(script: ModuleType) -> None:
    written = (ROOT / "docs" / "layers.md").read_text(encoding="utf-8")
    assert written == script.page(), "run `make docs`"
