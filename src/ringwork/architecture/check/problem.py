"""One thing that is wrong with a stack."""

from __future__ import annotations

from dataclasses import dataclass

Path = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Problem:
    """What AWS would refuse, or we do, and where."""

    stack: str
    """`Stack.id`"""
    resource: str | None
    """logical id; none: the problem is not about one resource"""
    path: Path
    """within the resource (`Properties`, `CidrBlock`), else within the template"""
    message: str
    """lower case, no full stop, names in backticks"""
    help: str = ""

    def __str__(self) -> str:
        place = "/".join(str(part) for part in (self.resource, *self.path) if part is not None)
        where = f"{self.stack}: {place}: " if place else f"{self.stack}: "
        return where + self.message + (f"\n  help: {self.help}" if self.help else "")
