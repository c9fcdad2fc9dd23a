"""Endpoints that lead to somebody's own service, not to one of AWS's."""

from __future__ import annotations

from ringwork.controls.policy import pattern
from ringwork.estate import Estate, Resource

_PREFIXES = ("com.amazonaws.vpce.", "cn.com.amazonaws.vpce.")
"""PrivateLink guide, "Share your services": `com.amazonaws.vpce.REGION.SERVICE-ID`."""


def of_somebody(estate: Estate, endpoint: Resource) -> bool:
    """Whether the endpoint's service is an endpoint service of some account."""
    name = pattern(estate, endpoint.properties.get("ServiceName"))
    return name is not None and name.startswith(_PREFIXES)
