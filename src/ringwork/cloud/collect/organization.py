"""AWS Organizations, resource shares, and IAM Identity Center."""

from __future__ import annotations

from ringwork.cloud.collect.kinds import Kind

KINDS: tuple[Kind, ...] = ()
