"""Network Firewall: rule groups, policies, firewalls."""

from __future__ import annotations

from ringwork.cloud.collect.kinds import Kind

KINDS: tuple[Kind, ...] = ()
