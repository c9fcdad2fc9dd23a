"""Systems Manager: which instances it manages.

A node is managed once its SSM Agent has registered (Systems Manager user guide, "Managed nodes"). Nothing
runs on the local cloud's instances, so none is.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ringwork.cloud.emulator.overlays.call import Call, Overlay, Proceed


def _managed(_call: Call, _proceed: Proceed) -> dict[str, Any]:
    return {"InstanceInformationList": []}


OVERLAYS: Mapping[str, Overlay] = {"DescribeInstanceInformation": _managed}
