"""Notebooks, Studio domains, instances and their launch templates."""

from __future__ import annotations

from ringwork.cloud.collect.kinds import Kind

KINDS: tuple[Kind, ...] = ()
