"""Read-only collection of live accounts, in CloudFormation's own shape."""

from ringwork.cloud.collect.collecting import Collected, collect, gather
from ringwork.cloud.collect.kinds import Kind
from ringwork.cloud.collect.reading import read
from ringwork.cloud.collect.table import TYPES, actions

__all__ = ["TYPES", "Collected", "Kind", "actions", "collect", "gather", "read"]
