"""Models, endpoints, the APIs and load balancers in front, and web ACLs."""

from __future__ import annotations

from ringwork.cloud.collect.kinds import Kind

KINDS: tuple[Kind, ...] = ()
