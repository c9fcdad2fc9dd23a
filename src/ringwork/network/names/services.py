"""Which of AWS's services a name in DNS belongs to, and which names an endpoint's private DNS has.

The table itself is `ringwork.estate.service_names`, which the compiler reads too.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator

from ringwork.estate.service_names import SERVICES, ServiceName

REGION = r"[a-z]{2}(?:-[a-z]+)+-\d"
SUFFIX = r"amazonaws\.com(?:\.cn)?"
AWS_DOMAINS = ("amazonaws.com", "amazonaws.com.cn", "sagemaker.aws", "api.aws", "on.aws", "app.aws")
"""Only AWS can have endpoint services with private names in these: a provider proves that a domain is its own
(PrivateLink guide, "Manage DNS names for VPC endpoint services")."""
BY_KEY = {service.key: service for service in SERVICES}


def plain(name: str) -> str:
    """A name as it is compared: lower case, no dot at the end (RFC 4343, RFC 1034)."""
    return name.lower().rstrip(".").replace("\\052", "*")


def within(name: str, domain: str) -> bool:
    """Whether a name is a domain's or below it."""
    return name == domain or name.endswith(f".{domain}") or domain == ""


def suffix(region: str) -> str:
    """General Reference, "AWS service endpoints": China's have a domain of their own."""
    return "amazonaws.com.cn" if region.startswith("cn-") else "amazonaws.com"


def host(service: ServiceName, region: str) -> str:
    """The name of a service in a Region, without what may stand below it."""
    return service.host.format(region=region, suffix=suffix(region))


def example(service: ServiceName, region: str) -> str:
    """A name that clients of a service look up: a subdomain where only subdomains are names."""
    name = host(service, region)
    return name if service.itself else f"example.{name}"


def holds(service: ServiceName, region: str, name: str) -> bool:
    """Whether a name is one of the service's in a Region."""
    own = host(service, region)
    return (service.itself and name == own) or (service.subdomains and name.endswith(f".{own}"))


@functools.cache
def _patterns() -> tuple[tuple[re.Pattern[str], re.Pattern[str], ServiceName], ...]:
    return tuple(
        (
            re.compile(rf"(?:.+\.)?{_pattern(service.host)}"),
            re.compile(rf"(?:cn\.)?{_pattern(service.endpoint)}"),
            service,
        )
        for service in SERVICES
    )


def _pattern(text: str) -> str:
    return re.escape(text).replace(r"\{region\}", f"(?P<region>{REGION})").replace(r"\{suffix\}", SUFFIX)


def owners(name: str) -> Iterator[tuple[ServiceName, str]]:
    """The service that a name belongs to, with the Region; none where the table has it not."""
    for named, _, service in _patterns():
        match = named.fullmatch(name)
        if match and holds(service, match["region"], name):
            yield service, match["region"]


def behind(endpoint: str) -> tuple[ServiceName, str] | None:
    """The service and Region of an endpoint service's name."""
    for _, pattern, service in _patterns():
        match = pattern.fullmatch(endpoint)
        if match:
            return service, match["region"]
    return None


def is_provider(endpoint: str) -> bool:
    """Whether an endpoint service is not AWS's own (PrivateLink guide, "Create a service")."""
    return endpoint.startswith("#") or ".vpce-svc-" in endpoint
