"""The names that interface endpoints have by private DNS.

PrivateLink guide, "Access an AWS service using an interface VPC endpoint", "Private DNS"
(https://docs.aws.amazon.com/vpc/latest/privatelink/create-interface-endpoint.html): the service's default
name, in the endpoint's own VPC. "AWS PrivateLink for Amazon S3", "Private DNS": with "private DNS only for
inbound Resolver endpoint" the VPC itself goes on to use the gateway endpoint.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from ringwork.estate import Unknown
from ringwork.network.model import InterfaceEndpoint, Model
from ringwork.network.names import services
from ringwork.network.names.candidates import OWN, Candidate, Kind
from ringwork.network.reading.reader import Reader, at

INBOUND_ONLY = ("onlyinboundresolver", "true")
EVERYWHERE = ("allresolvers", "false")
_OWN_NAME = re.compile(rf"(?:.+\.)?(vpce-[0-9a-f]+)-[0-9a-z]+(?:-[0-9a-z-]+)?\..+\.vpce\.{services.SUFFIX}")


def candidates(
    reader: Reader, endpoint: InterfaceEndpoint, name: str, order: int = OWN
) -> Iterator[Candidate]:
    """What one endpoint may answer of a name. `order`: of the Profile that carries it."""
    if not endpoint.private_dns:
        return
    resource = reader.estate.get(endpoint.key)
    doubt = ""
    if resource is not None:
        flag = reader.truth(resource.properties.get("PrivateDnsEnabled"), False)
        doubt = f"whether it has private DNS is not known: {flag.reason}" if isinstance(flag, Unknown) else ""
    found = services.behind(endpoint.service)
    if found is None:
        if _may_have(endpoint.service, name):
            why = f"it may have the name: the names of `{endpoint.service}` are not known"
            yield Candidate(Kind.ENDPOINT, endpoint.key, name, order, why)
        return
    service, region = found
    if not services.within(name, services.host(service, region)):
        return
    if service.gateway and resource is not None:
        only = reader.text(at(resource.properties, "DnsOptions", "PrivateDnsOnlyForInboundResolverEndpoint"))
        if isinstance(only, str) and only.lower() in INBOUND_ONLY:
            return
        if not (isinstance(only, str) and only.lower() in EVERYWHERE):
            doubt = doubt or "whether its private DNS serves more than inbound resolver endpoints is not said"
    if not services.holds(service, region, name):
        doubt = doubt or f"whether private DNS of `{endpoint.service}` has the name is not known"
    yield Candidate(Kind.ENDPOINT, endpoint.key, services.host(service, region), order, doubt)


def _may_have(service: str, name: str) -> bool:
    """Whether an endpoint of a service without a row in the table may have a name. Each name is one
    service's, so what has a row is not another's."""
    if next(services.owners(name), None) is not None:
        return not service
    of_aws = any(services.within(name, domain) for domain in services.AWS_DOMAINS)
    return not service or of_aws != services.is_provider(service)


def own_names(reader: Reader, model: Model) -> dict[str, str]:
    """AWS's names for endpoints that are deployed -> the endpoint (DescribeVpcEndpoints, DnsEntries; in
    templates `ZONE:NAME`)."""
    found = {}
    for key in model.interface_endpoints:
        resource = reader.estate.get(key)
        entries = resource.attributes.get("DnsEntries") if resource is not None else None
        for entry in entries if isinstance(entries, (tuple, list)) else ():
            text = reader.text(at(entry, "DnsName") if isinstance(entry, Mapping) else entry)
            name = services.plain(text.rpartition(":")[2]) if isinstance(text, str) else ""
            if name.removeprefix("*.").startswith("vpce-"):
                found[name] = key
    return found


def by_own_name(reader: Reader, model: Model, name: str) -> str | None:
    """The endpoint that one of AWS's names for endpoints means, by the id in it; empty if that is not in
    the estate; None for any other name. The internet knows these names too ("DNS resolution": "the DNS
    records that we create for your interface VPC endpoint are public")."""
    match = _OWN_NAME.fullmatch(name)
    if match is None:
        return None
    for resource in reader.estate.by_physical(match[1], "AWS::EC2::VPCEndpoint"):
        if resource.key in model.interface_endpoints:
            return resource.key
    return ""
