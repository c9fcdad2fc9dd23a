"""Where in the user's file a value stands, and the one error for input that cannot be used."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class Position:
    """A place in a file. `line` and `column` count from 1, as editors and compilers do."""

    file: str
    line: int
    column: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


class InputError(Exception):
    """The user's input cannot be used. The CLI prints it and exits with 2.

    `message` is lower case, without a full stop, with the user's words in backticks;
    `help` says what to do; `position` is where, as far as it is known.
    """

    def __init__(self, message: str, *, position: Position | None = None, help: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.position = position
        self.help = help

    def __str__(self) -> str:
        where = f"{self.position}: " if self.position else ""
        tail = f"\n  help: {self.help}" if self.help else ""
        return f"{where}{self.message}{tail}"


class InputErrors(InputError):  # noqa: N818 (several of them)
    """Several faults found in one reading, in file order."""

    def __init__(self, errors: list[InputError]) -> None:
        first = errors[0]
        super().__init__(first.message, position=first.position, help=first.help)
        self.errors = tuple(errors)

    def __str__(self) -> str:
        return "\n".join(str(error) for error in self.errors)
