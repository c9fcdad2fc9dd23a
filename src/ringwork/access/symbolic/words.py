"""Languages of the texts that policies compare: what a pattern matches, as an automaton.

A pattern is a row of characters with loops between them (`*`), so one bit for each position and one shift for
each character read are its whole automaton, and several patterns run side by side in one integer. Languages
are compared two by two (disjoint, contained), and a word is sought that some contain and others do not. What
each pattern means is said in `ringwork.access.patterns`, against whose matchers every word found is held.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from ringwork.access import patterns
from ringwork.access.symbolic import strings

Kind: TypeAlias = Literal["equals", "equals-any-case", "glob", "arn", "resource", "completed"]
"""`completed`: a resource whose incomplete ARN is completed, as in identity policies"""

STATES = 60_000
"""of one search; beyond it the question counts as not decided"""
_NONE, _ANY, _WITHIN = 0, 1, 2
"""loops: none, any character, any but a colon"""
_ONE, _ONE_WITHIN, _EITHER_CASE = "any", "within", "case"
"""what a position reads besides one character: any, any but a colon, one in either case"""


class TooManyStatesError(Exception):
    """A search for a word went beyond `STATES`."""


@dataclass(frozen=True, slots=True)
class _Row:
    """One pattern: what each position reads, and the loop before each and at the end."""

    reads: tuple[tuple[str, str], ...]
    loops: tuple[int, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Language:
    """The texts that one pattern of a policy matches. Compared by identity: `language` makes each once."""

    kind: Kind
    text: str
    accepts: Callable[[str], bool]
    rows: tuple[_Row, ...] = field(repr=False)
    head: str = field(repr=False)
    """every word begins with it"""
    tail: str = field(repr=False)
    """every word ends with it"""
    only: str | None = field(repr=False)
    """the one word, if there is but one"""
    beginning: bool = field(repr=False)
    """the words are exactly those that begin with `head`"""
    samples: tuple[str, ...] = field(repr=False)
    """some of its words"""

    @property
    def everything(self) -> bool:
        """Whether every text is a word."""
        return self.beginning and not self.head


_MADE: dict[tuple[Kind, str], Language] = {}
_RELATED: dict[tuple[Language, Language], int] = {}
_KEPT = 500_000


def language(kind: Kind, text: str) -> Language:
    """The language of a pattern whose variables have been replaced."""
    found = _MADE.get((kind, text))
    if found is None:
        if len(_MADE) > _KEPT:
            _MADE.clear()
            _RELATED.clear()
        found = _MADE[kind, text] = _make(kind, text)
    return found


def _make(kind: Kind, text: str) -> Language:
    accepts = _matcher(kind, text)
    if kind not in ("equals", "equals-any-case") and text and text.strip("*") == "":
        everything = _Row((), (_ANY,))
        return Language(kind, text, accepts, (everything,), "", "", None, True, ("x", ""))
    rows = _rows(kind, text)
    if not rows:
        return Language(kind, text, accepts, (), "", "", None, False, ())
    head, tail = _common([_head(row) for row in rows]), _common([_tail(row)[::-1] for row in rows])[::-1]
    only = None
    if len(rows) == 1 and not any(rows[0].loops) and all(what == "" for what, _ in rows[0].reads):
        only = head
    beginning = (
        len(rows) == 1
        and len(rows[0].reads) == len(head)
        and rows[0].loops[-1] == _ANY
        and not any(rows[0].loops[:-1])
    )
    guesses = [_filled(row, *fill) for row in rows for fill in _FILLS]
    samples = tuple(dict.fromkeys(word for word in guesses if accepts(word)))
    return Language(kind, text, accepts, rows, head, tail, only, beginning, samples)


def _matcher(kind: Kind, text: str) -> Callable[[str], bool]:
    if kind == "equals":
        return patterns.literal(text).__eq__
    if kind == "equals-any-case":
        wanted = patterns.literal(text).lower()
        return lambda word: word.lower() == wanted
    if kind == "glob":
        return patterns.glob(text)
    if kind == "arn":
        return patterns.arn(text)
    return patterns.resource(text, completed=kind == "completed")


def _rows(kind: Kind, text: str) -> tuple[_Row, ...]:
    if kind in ("equals", "equals-any-case"):
        plain = patterns.literal(text)
        either = kind == "equals-any-case"
        reads = tuple((_EITHER_CASE, c.lower()) if either and c.isalpha() else ("", c) for c in plain)
        return (_Row(reads, (_NONE,) * (len(plain) + 1)),)
    if kind == "glob":
        return (_row(text, lambda _: False),)
    parts = text.split(":", patterns.SEGMENTS - 1)
    if kind == "arn":
        return (_within(parts),) if len(parts) == patterns.SEGMENTS else ()
    if parts[0] != "arn":
        return (_row(text, lambda _: False),)
    rows = []
    if len(parts) == patterns.SEGMENTS:
        rows.append(_within(parts))
    elif kind == "completed":
        rows.append(_within([*parts, *["*"] * (patterns.SEGMENTS - len(parts))]))
    if any(part.endswith("*") for part in parts[:5]):
        rows.append(_beyond(parts))
    return tuple(rows)


def _row(text: str, within: Callable[[int], bool]) -> _Row:
    """`within(place)`: whether the wildcard at a place of `text` stops at a colon."""
    reads: list[tuple[str, str]] = []
    loops = [_NONE]
    for place, c in enumerate(text):
        if c == "*":
            loops[-1] = _ANY if not within(place) or loops[-1] == _ANY else _WITHIN
        else:
            if c == "?":
                reads.append((_ONE_WITHIN if within(place) else _ONE, ""))
            else:
                reads.append(("", patterns.literal(c)))
            loops.append(_NONE)
    return _Row(tuple(reads), tuple(loops))


def _within(parts: Sequence[str]) -> _Row:
    """Part for part: wildcards of the first five parts stop at a colon."""
    text = ":".join(parts)
    last = len(text) - len(parts[-1])
    return _row(text, lambda place: place < last)


def _beyond(parts: Sequence[str]) -> _Row:
    """The reading in which a `*` that ends one of the first five parts goes on beyond its colon."""
    text = ":".join(parts)
    last = len(text) - len(parts[-1]) if len(parts) == patterns.SEGMENTS else len(text) + 1

    def within(place: int) -> bool:
        if text[place] == "?":
            return True
        ends = place + 1 == len(text) or text[place + 1] == ":"
        return place < last and not ends

    return _row(text, within)


def _head(row: _Row) -> str:
    found = []
    for (what, c), loop in zip(row.reads, row.loops, strict=False):
        if loop or what:
            break
        found.append(c)
    return "".join(found)


def _tail(row: _Row) -> str:
    found: list[str] = []
    if row.loops[-1]:
        return ""
    for (what, c), loop in zip(reversed(row.reads), reversed(row.loops[:-1]), strict=True):
        if what:
            break
        found.append(c)
        if loop:
            break
    return "".join(reversed(found))


def _common(texts: list[str]) -> str:
    first, last = min(texts), max(texts)
    for place, c in enumerate(first):
        if place >= len(last) or last[place] != c:
            return first[:place]
    return first


_FILLS = (("", "x"), ("x", "x"), ("x/q9", "q"), ("qz-7", "7"))
"""what stands for `*` and for `?` in sample words"""


def _filled(row: _Row, star: str, mark: str) -> str:
    parts = []
    for (what, c), loop in zip((*row.reads, ("end", "")), row.loops, strict=True):
        if loop:
            parts.append(star)
        parts.append(mark if what in (_ONE, _ONE_WITHIN) else c)
    return "".join(parts)


# --- two languages

OVERLAP, INSIDE, AROUND = 1, 2, 4
"""of `relation(a, b)`: some word of both; all of a in b; all of b in a"""


def relation(a: Language, b: Language) -> int:
    """How two languages lie to each other, as a sum of `OVERLAP`, `INSIDE` and `AROUND`.

    Raises `TooManyStatesError`.
    """
    if a is b:
        return OVERLAP | INSIDE | AROUND
    found = _RELATED.get((a, b))
    if found is None:
        found = _RELATED[a, b] = _relation(a, b)
        swapped = found & OVERLAP | (AROUND if found & INSIDE else 0) | (INSIDE if found & AROUND else 0)
        _RELATED[b, a] = swapped
    return found


def _relation(a: Language, b: Language) -> int:
    if not a.rows or not b.rows:
        return (INSIDE if not a.rows else 0) | (AROUND if not b.rows else 0)
    if a.only is not None:
        if not b.accepts(a.only):
            return 0
        return OVERLAP | INSIDE | (AROUND if b.only == a.only else 0)
    if b.only is not None:
        return OVERLAP | AROUND if a.accepts(b.only) else 0
    if not (a.head.startswith(b.head) or b.head.startswith(a.head)):
        return 0
    if not (a.tail.endswith(b.tail) or b.tail.endswith(a.tail)):
        return 0
    if a.beginning and b.beginning:
        inside, around = a.head.startswith(b.head), b.head.startswith(a.head)
        return OVERLAP | (INSIDE if inside else 0) | (AROUND if around else 0)
    if b.beginning and a.head.startswith(b.head):
        # a has a word that is more than the head of b, or several: b is not in a
        return OVERLAP | INSIDE | _contains(a, b)
    if a.beginning and b.head.startswith(a.head):
        return OVERLAP | AROUND | (INSIDE if _contains(b, a) else 0)
    return _searched(a, b)


def _contains(inner: Language, outer: Language) -> int:
    """AROUND if all of `outer` is in `inner`, which is known to be inside it."""
    if any(not inner.accepts(word) for word in outer.samples):
        return 0
    return AROUND if _word((outer,), (inner,)) is None else 0


def _searched(a: Language, b: Language) -> int:
    overlap = any(b.accepts(word) for word in a.samples) or any(a.accepts(word) for word in b.samples)
    if not overlap and _word((a, b), ()) is None:
        return 0
    result = OVERLAP
    if not any(not b.accepts(word) for word in a.samples) and _word((a,), (b,)) is None:
        result |= INSIDE
    if not any(not a.accepts(word) for word in b.samples) and _word((b,), (a,)) is None:
        result |= AROUND
    return result


# --- a word of some languages and not of others


def word(inside: Iterable[Language], outside: Iterable[Language]) -> str | None:
    """A text that every language of `inside` matches and none of `outside`; None: there is none.

    Likely texts first, then the shortest. Raises `TooManyStatesError`.
    """
    wanted = _narrowest(list(inside))
    unwanted = [one for one in outside if all(relation(one, other) & OVERLAP for other in wanted)]
    if any(relation(one, other) & INSIDE for one in wanted for other in unwanted):
        return None
    for guess in [text for one in wanted for text in one.samples] or ["x", "qz-7", ""]:
        if all(one.accepts(guess) for one in wanted) and not any(one.accepts(guess) for one in unwanted):
            return guess
    if len(wanted) == 1 and wanted[0].only is not None:
        return None
    try:
        return _refined(wanted, unwanted)[0]
    except TooManyStatesError:
        return _by_strings(wanted, unwanted)


def enough(inside: Iterable[Language], outside: Iterable[Language]) -> list[Language]:
    """Of `outside`, languages that leave no word already, where all of them leave none; mostly few."""
    wanted, unwanted = list(inside), list(outside)
    for other in unwanted:
        if any(relation(one, other) & INSIDE for one in wanted):
            return [other]
    try:
        found, refusing = _refined(_narrowest(wanted), unwanted)
    except TooManyStatesError:
        return unwanted
    return unwanted if found is not None else refusing


_ROUNDS = 16
"""rounds after which all languages are looked at together"""


def _refined(wanted: list[Language], unwanted: list[Language]) -> tuple[str | None, list[Language]]:
    """The shortest word, and the languages of `unwanted` that it took to find it, or that there is none.

    Most refuse nothing that is near: a search looks at those alone that took what the one before it found.
    Its word is as short as any, as it is the shortest that fewer of them refuse.
    """
    refusing: list[Language] = []
    for _ in range(_ROUNDS):
        found = _word(tuple(wanted), tuple(refusing))
        missed = [] if found is None else [one for one in unwanted if one.accepts(found)]
        if not missed:
            return found, refusing
        refusing += missed
    return _word(tuple(wanted), tuple(unwanted)), unwanted


def _by_strings(wanted: list[Language], unwanted: list[Language]) -> str | None:
    """The same by cvc5, if it is there. Raises `TooManyStatesError` if it is not, or gave up."""
    if not strings.available():
        raise TooManyStatesError
    decided, found = strings.word([one.rows for one in wanted], [one.rows for one in unwanted])
    if decided is None:
        raise TooManyStatesError
    if found is not None:
        fits = all(one.accepts(found) for one in wanted)
        if not fits or any(one.accepts(found) for one in unwanted):
            raise TooManyStatesError
    return found


def _narrowest(languages: list[Language]) -> list[Language]:
    """Those that no other is inside of."""
    kept: list[Language] = []
    for place, one in enumerate(languages):
        implied = False
        for other_place, other in enumerate(languages):
            if other is one:
                continue
            related = relation(other, one)
            if related & INSIDE and (not related & AROUND or other_place < place):
                implied = True
                break
        if not implied:
            kept.append(one)
    return kept


@dataclass(slots=True)
class _Packed:
    """Several languages in one integer."""

    start: int = 0
    literal: dict[str, int] = field(default_factory=dict)
    one: int = 0
    one_within: int = 0
    loop: int = 0
    loop_within: int = 0
    accepting: list[int] = field(default_factory=list)
    """for each language its accepting positions"""
    alive: list[int] = field(default_factory=list)
    """for each language all its positions"""

    def add(self, one: Language, base: int) -> int:
        accepting = alive = 0
        for row in one.rows:
            self.start |= 1 << base
            for place, (what, c) in enumerate(row.reads):
                bit = 1 << (base + place)
                if what == _ONE:
                    self.one |= bit
                elif what == _ONE_WITHIN:
                    self.one_within |= bit
                elif what == _EITHER_CASE:
                    for each in {c, c.upper()}:
                        self.literal[each] = self.literal.get(each, 0) | bit
                else:
                    self.literal[c] = self.literal.get(c, 0) | bit
            for place, loop in enumerate(row.loops):
                if loop == _ANY:
                    self.loop |= 1 << (base + place)
                elif loop == _WITHIN:
                    self.loop_within |= 1 << (base + place)
            end = base + len(row.reads)
            accepting |= 1 << end
            alive |= (1 << (end + 1)) - (1 << base)
            base = end + 1
        self.accepting.append(accepting)
        self.alive.append(alive)
        return base


_OTHERS = "xqzjkwvyuhbgXQZ0123456789_~"
"""characters to stand for all that no pattern names"""


def _word(inside: tuple[Language, ...], outside: tuple[Language, ...]) -> str | None:
    """The shortest word, by breadth-first search."""
    packed = _Packed()
    base = 0
    for one in (*inside, *outside):
        base = packed.add(one, base)
    named = set(packed.literal) | {":"}
    other = next((c for c in _OTHERS if c not in named), "\uffff")
    steps: dict[tuple[int, int], str] = {}
    for c in (other, *sorted(named)):
        within = c != ":"
        reads = packed.literal.get(c, 0) | packed.one | (packed.one_within if within else 0)
        loops = packed.loop | (packed.loop_within if within else 0)
        steps.setdefault((reads, loops), c)
    moves = [(reads, loops, c) for (reads, loops), c in steps.items()]
    count = len(inside)
    must_accept, must_live = packed.accepting[:count], packed.alive[:count]
    refused = 0
    for accepting in packed.accepting[count:]:
        refused |= accepting
    seen = {packed.start}
    queue: list[tuple[int, str]] = [(packed.start, "")]
    for state, text in queue:
        fits = not state & refused and all(state & accepting for accepting in must_accept)
        # `*` alone stands for "no resource", which no pattern but stars matches
        if fits and text != "*":
            return text
        for reads, loops, c in moves:
            following = ((state & reads) << 1) | (state & loops)
            if following in seen or any(not following & alive for alive in must_live):
                continue
            seen.add(following)
            if len(seen) > STATES:
                raise TooManyStatesError
            queue.append((following, text + c))
    return None
