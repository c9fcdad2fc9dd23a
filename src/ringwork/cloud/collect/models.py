"""Model package groups, container repositories, feature groups, Lake Formation."""

from __future__ import annotations

from ringwork.cloud.collect.kinds import Kind

KINDS: tuple[Kind, ...] = ()
