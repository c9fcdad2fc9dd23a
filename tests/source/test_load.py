from __future__ import annotations

from pathlib import Path

import pytest

from ringwork.source import InputError, Position, load


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.json", '{"a": {"Ref": "b"}}'),
        ("a.yaml", "a: !Ref b\n"),
        ("a.yml", "a: !Ref b\n"),
        ("a.template", '\n{"a": {"Ref": "b"}}'),
        ("b.template", "a: !Ref b\n"),
        ("c.template", "{a: !Ref b}\n"),
        ("bom.yaml", "\ufeffa: !Ref b\n"),
    ],
)
def test_the_format_follows_from_name_and_content(tmp_path: Path, name: str, content: str) -> None:
    path = tmp_path / name
    path.write_text(content, encoding="utf-8")
    assert load(path, cloudformation=True).value == {"a": {"Ref": "b"}}


def test_text_that_is_not_utf_8_is_located(tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    path.write_bytes(b"a: 1\nb: caf\xe9\n")
    with pytest.raises(InputError, match="0xe9 is not UTF-8") as caught:
        load(path)
    assert caught.value.position == Position(str(path), 2, 7)


def test_an_absent_file_and_a_folder_are_input_errors(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="there is no file"):
        load(tmp_path / "no.yaml")
    with pytest.raises(InputError, match="cannot read"):
        load(tmp_path)
