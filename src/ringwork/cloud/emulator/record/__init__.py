"""Every call as an event in CloudTrail's shape."""

from ringwork.cloud.emulator.record.recorder import Recorder

__all__ = ["Recorder"]
