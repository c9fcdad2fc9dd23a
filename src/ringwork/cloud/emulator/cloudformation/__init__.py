"""CloudFormation on the local cloud: validates, plans, makes, changes, deletes and heals stacks."""

from ringwork.cloud.emulator.cloudformation.engine import OPERATIONS, Engine
from ringwork.cloud.emulator.cloudformation.lost import LOST
from ringwork.cloud.emulator.cloudformation.resources import PROVIDERS

__all__ = ["LOST", "OPERATIONS", "PROVIDERS", "Engine"]
