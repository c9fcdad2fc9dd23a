"""cvc5's theory of strings, for a search of ours that grew too large: many patterns with many stars.

Optional (`pip install ringwork[strings]`): without it such a question stays undecided.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Iterable
from typing import Any

LIMIT_MS = 2_000
"""of one search"""


def available() -> bool:
    """Whether cvc5 is installed."""
    return importlib.util.find_spec("cvc5") is not None


def word(inside: Iterable[Iterable[Any]], outside: Iterable[Iterable[Any]]) -> tuple[bool | None, str | None]:
    """A text that is in every language of `inside` and in none of `outside`, each given by its rows.

    (True, the text), (False, None) if there is none, (None, None) if cvc5 gave up.
    """
    import cvc5  # noqa: PLC0415

    terms = cvc5.TermManager()
    solver = cvc5.Solver(terms)
    solver.setOption("strings-exp", "true")
    solver.setOption("produce-models", "true")
    solver.setOption("tlimit-per", str(LIMIT_MS))
    solver.setLogic("QF_S")
    kind = cvc5.Kind
    text = terms.mkConst(terms.getStringSort(), "text")

    def plain(letters: str) -> Any:
        return terms.mkTerm(kind.STRING_TO_REGEXP, terms.mkString(letters))

    any_letter = terms.mkRegexpAllchar()
    no_colon = terms.mkTerm(kind.REGEXP_DIFF, any_letter, plain(":"))

    def row(one: Any) -> Any:
        parts: list[Any] = []
        for place, loop in enumerate(one.loops):
            if loop:
                parts.append(terms.mkTerm(kind.REGEXP_STAR, any_letter if loop == 1 else no_colon))
            if place < len(one.reads):
                what, letter = one.reads[place]
                if what == "any":
                    parts.append(any_letter)
                elif what == "within":
                    parts.append(no_colon)
                elif what == "case":
                    both = (plain(letter), plain(letter.upper()))
                    parts.append(terms.mkTerm(kind.REGEXP_UNION, *both))
                else:
                    parts.append(plain(letter))
        if not parts:
            return plain("")
        return parts[0] if len(parts) == 1 else terms.mkTerm(kind.REGEXP_CONCAT, *parts)

    def member(rows: Iterable[Any]) -> Any:
        made = [row(one) for one in rows]
        whole = made[0] if len(made) == 1 else terms.mkTerm(kind.REGEXP_UNION, *made)
        return terms.mkTerm(kind.STRING_IN_REGEXP, text, whole)

    for rows in inside:
        solver.assertFormula(member(rows))
    for rows in outside:
        solver.assertFormula(terms.mkTerm(kind.NOT, member(rows)))
    found = solver.checkSat()
    if found.isUnsat():
        return False, None
    if not found.isSat():
        return None, None
    return True, str(solver.getValue(text).getStringValue())
