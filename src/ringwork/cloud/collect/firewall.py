"""Network Firewall and the resolver: rule groups, policies, query logs."""

from __future__ import annotations

from ringwork.cloud.collect.kinds import Kind

KINDS: tuple[Kind, ...] = ()
