"""The embedded AWS emulator: moto behind a gateway of our own, in this process or on 127.0.0.1."""

from ringwork.cloud.emulator.errors import AwsError
from ringwork.cloud.emulator.local import LocalCloud

__all__ = ["AwsError", "LocalCloud"]
