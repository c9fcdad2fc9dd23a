"""Words of the user, safe to print inside a message."""

from __future__ import annotations

LIMIT = 60


def shown(text: str) -> str:
    """`text` on one line of at most 60 characters, without control characters (a terminal would obey
    them) and without backticks, which frame it in messages."""
    line = "".join(character if character.isprintable() else " " for character in text)
    line = " ".join(line.split()).replace("`", "'")
    return line if len(line) <= LIMIT else line[: LIMIT - 3] + "..."
