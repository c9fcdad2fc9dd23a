"""What a name resolves to inside a VPC: an endpoint, a private record, the internet's answer, or nothing."""

from ringwork.network.names.answer import Outcome, Resolution, Step
from ringwork.network.names.resolve import Names, resolve

__all__ = ["Names", "Outcome", "Resolution", "Step", "resolve"]
