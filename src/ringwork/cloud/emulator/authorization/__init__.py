"""What AWS would refuse, refused: each request is held against every policy that applies to it."""

from ringwork.cloud.emulator.authorization.authorizer import Authorizer

__all__ = ["Authorizer"]
