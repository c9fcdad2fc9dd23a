"""Published templates, read by Ringwork and by cfn-lint, which has a reader of its own."""

from __future__ import annotations

import datetime
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

import ringwork.source.yaml as reader
from ringwork.source import Document, load

SHARED = Path(os.environ.get("RINGWORK_SHARED", Path(__file__).parents[2].parent / "shared"))
FOLDER = SHARED / "corpora" / "templates"
TEMPLATES = [
    path
    for path in sorted(FOLDER.rglob("*"))
    if path.suffix in (".yaml", ".yml", ".json", ".template") and path.stat().st_size < 40_000
][:40]
needs_templates = pytest.mark.skipif(not TEMPLATES, reason="no collection of published templates here")


def plain(value: Any) -> Any:
    """cfn-lint's nodes as plain values; dates, which CloudFormation keeps as text, as text."""
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [plain(item) for item in value]
    return str(value) if isinstance(value, (str, datetime.date)) else value


def misplaced(theirs: Any, ours: Document, path: tuple[str | int, ...] = ()) -> Iterator[str]:
    """Keys (without those of short forms, which cfn-lint puts elsewhere) whose line or column differ."""
    if isinstance(theirs, dict):
        for key, value in theirs.items():
            if not key.startswith(("Fn::", "Ref", "Condition")):
                at = ours.key_position(*path, str(key))
                if (at.line, at.column) != (key.start_mark.line + 1, key.start_mark.column + 1):
                    yield f"{key} at {at}"
            yield from misplaced(value, ours, (*path, str(key)))
    elif isinstance(theirs, list):
        for index, value in enumerate(theirs):
            yield from misplaced(value, ours, (*path, index))


@needs_templates
def test_values_and_places_are_those_that_cfn_lint_reads() -> None:
    decode = pytest.importorskip("cfnlint.decode").decode
    compared = 0
    for path in TEMPLATES:
        theirs, problems = decode(str(path))
        if theirs is None or problems:
            continue
        ours = load(path, cloudformation=True)
        assert plain(ours.value) == plain(theirs), path.name
        if path.suffix in (".yaml", ".yml"):
            assert not list(misplaced(theirs, ours)), path.name
        compared += 1
    assert compared > len(TEMPLATES) // 2


@needs_templates
def test_the_parser_without_libyaml_reads_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    paths = [path for path in TEMPLATES if path.suffix == ".yaml"][:10]
    fast = [load(path, cloudformation=True) for path in paths]
    monkeypatch.setattr(reader, "_Parser", yaml.SafeLoader)
    assert [load(path, cloudformation=True) for path in paths] == fast
