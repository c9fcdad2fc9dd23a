from __future__ import annotations

import pytest

from ringwork.source import InputError, parse_json, parse_yaml
from ringwork.source.shown import shown


def test_words_of_the_user_are_one_short_line_without_control_characters() -> None:
    assert shown("a\n  b\tc") == "a b c"
    assert shown("\x1b[31mred\x07") == "[31mred"
    assert shown("`code`") == "'code'"
    assert shown("x" * 100) == "x" * 57 + "..."


def test_escapes_in_keys_do_not_reach_the_terminal() -> None:
    with pytest.raises(InputError) as caught:
        parse_yaml('"\\e[2Jx": 1\n"\\e[2Jx": 2\n', "f")
    assert "\x1b" not in str(caught.value)
    with pytest.raises(InputError) as caught:
        parse_json('{"\\u001b[2Jx": 1, "\\u001b[2Jx": 2}', "f")
    assert "\x1b" not in str(caught.value)
