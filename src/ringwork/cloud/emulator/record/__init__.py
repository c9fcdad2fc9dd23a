"""Every call as an event in CloudTrail's shape, found again by LookupEvents and delivered by trails."""

from ringwork.cloud.emulator.record.delivery import Delivery
from ringwork.cloud.emulator.record.log import EventLog
from ringwork.cloud.emulator.record.recorder import Recorder

__all__ = ["Delivery", "EventLog", "Recorder"]
