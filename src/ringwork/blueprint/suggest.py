"""Did you mean: the known name nearest to what the user wrote."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches


def closest(word: str, known: Iterable[str]) -> str | None:
    """The known name that most likely was meant; None where none is near."""
    by_lower = {name.lower(): name for name in known}
    matches = get_close_matches(word.lower().replace("_", "-"), by_lower, n=1, cutoff=0.6)
    matches = matches or get_close_matches(word.lower(), by_lower, n=1, cutoff=0.6)
    return by_lower[matches[0]] if matches else None


def help_for(word: str, known: Iterable[str], *, what: str) -> str:
    """One help line: the nearest name, or the names that there are (at most eight)."""
    names = list(known)
    guess = closest(word, names)
    if guess is not None:
        return f"did you mean `{guess}`?"
    if not names:
        return f"there are no {what}"
    shown = ", ".join(f"`{name}`" for name in names[:8])
    return f"{what}: {shown}" + (f" and {len(names) - 8} more" if len(names) > 8 else "")
