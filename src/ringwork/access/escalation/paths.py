"""The ways in which a principal gets more than its policies say, as a table: `paths.yaml`.

Facts of each way (what it needs, whom the role is passed to, which condition keys guard it) and their sources
stand there; what they mean for principals and policies is `graph`'s to say.
"""

from __future__ import annotations

import functools
import importlib.resources
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

import yaml

Kind: TypeAlias = Literal[
    "pass",
    "existing",
    "supply",
    "policies",
    "version",
    "join",
    "boundary",
    "trust",
    "become",
    "assume",
    "admin",
    "thing",
]
Impact: TypeAlias = Literal["role", "code", "data", "confused-deputy", "control", "use"]
WHOLE: frozenset[str] = frozenset({"role", "code"})
"""The impacts after which everything that the target may do is within reach."""


@dataclass(frozen=True, slots=True)
class Path:
    """One way."""

    id: str
    title: str
    kind: Kind
    needs: tuple[str, ...]
    """actions, all of them"""
    any_of: tuple[tuple[str, ...], ...] = ()
    """groups of actions, of each of which one"""
    optional: tuple[str, ...] = ()
    """actions that make it easier"""
    changes: Literal["user", "role", "group", "policy"] | None = None
    """what the action that changes identities is about"""
    passed_to: str | None = None
    """`iam:PassedToService`"""
    service: str | None = None
    """the service principal that assumes the role, where no role is passed"""
    through: tuple[str, ...] = ()
    """types of what runs as a role: one must be there"""
    present: tuple[str, ...] = ()
    """types of which one must be there, whatever its role"""
    loads: Literal["s3", "ecr"] | None = None
    """what is replaced: an object or an image that something loads"""
    ephemeral: bool = False
    """whether there is one can never be seen"""
    federated: bool = False
    """the role trusts the service as an identity provider"""
    unseen: str | None = None
    """what else must be so, and cannot be seen"""
    reaches: Impact = "role"
    guards: tuple[str, ...] = ()
    """condition keys by which policies can limit it"""
    evidence: Literal["documented", "derived"] = "documented"
    sources: tuple[str, ...] = ()

    @property
    def whole(self) -> bool:
        """Whether all that the target may do is within reach afterwards."""
        return self.reaches in WHOLE

    @property
    def actions(self) -> tuple[str, ...]:
        """Every action that it needs or may need."""
        return tuple(dict.fromkeys((*self.needs, *(one for group in self.any_of for one in group))))


def _path(item: Mapping[str, Any]) -> Path:
    values = dict(item)
    for name in ("needs", "optional", "through", "present", "guards", "sources"):
        values[name] = tuple(values.get(name, ()))
    values["any_of"] = tuple(tuple(group) for group in values.get("any_of", ()))
    return Path(**values)


@functools.cache
def paths() -> tuple[Path, ...]:
    """Every way of the table, in its order."""
    source = importlib.resources.files(__package__).joinpath("paths.yaml")
    return tuple(_path(item) for item in yaml.safe_load(source.read_text(encoding="utf-8")))


@functools.cache
def by_id() -> Mapping[str, Path]:
    """The ways of the table, and those of operations that pass a role (`passing`)."""
    from ringwork.access.escalation.passing import others  # noqa: PLC0415 (they are made of these)

    return {path.id: path for path in (*paths(), *others())}
