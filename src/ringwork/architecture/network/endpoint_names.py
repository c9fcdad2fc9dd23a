"""The DNS names that lead to interface endpoints: a private hosted zone and a record for each service.

A shared endpoint has no private DNS of its own: that would hold in its own VPC only. So each service's zone
is written out, by the names of `ringwork.estate.service_names`; a service whose names are subdomains (ECR's
registries, notebooks, Studio) has one record for all of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ringwork.estate.service_names import SERVICES


@dataclass(frozen=True, slots=True)
class Zone:
    """A private hosted zone."""

    name: str
    """for Fn::Sub"""
    subdomains: bool = False
    """the record is for all subdomains, `*`, and not for the name itself"""

    @property
    def record(self) -> str:
        return f"*.{self.name}" if self.subdomains else self.name


def _sub(text: str) -> str:
    return text.format(region="${AWS::Region}", suffix="${AWS::URLSuffix}")


ZONES: Mapping[str, Zone] = {
    _sub(service.endpoint): Zone(_sub(service.host), service.subdomains)
    for service in SERVICES
    if not service.gateway
}
"""Endpoint service name, for Fn::Sub -> zone. A service without a row is refused by the builder."""
