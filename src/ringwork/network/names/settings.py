"""Whether a VPC's resolver is asked at all, and whether it looks into private zones.

VPC user guide, "View and update DNS attributes for your VPC"
(https://docs.aws.amazon.com/vpc/latest/userguide/vpc-dns-updating.html) and "DNS attributes for your VPC":
without `enableDnsSupport` "the Amazon Route 53 Resolver server ... is not enabled"; template reference,
AWS::EC2::VPC: support is on and host names are off unless said. "DHCP option sets in Amazon VPC": instances
ask the servers of `domain-name-servers`, by default `AmazonProvidedDNS`.
"""

from __future__ import annotations

from dataclasses import dataclass

from ringwork.estate import Resource, Unknown
from ringwork.network.names.answer import Outcome, Step
from ringwork.network.names.meaning import means
from ringwork.network.reading.reader import Reader

AMAZON = "amazonprovideddns"


@dataclass(frozen=True, slots=True)
class Settings:
    """Of one VPC."""

    ends: tuple[Outcome, Step] | None
    """the answer to every name, where the resolver is not asked"""
    private: bool | Unknown
    """`enableDnsHostnames`: endpoints' private names and private hosted zones are looked at"""


def settings(reader: Reader, vpc: Resource) -> Settings:
    private = reader.truth(vpc.properties.get("EnableDnsHostnames"), False)
    others = _other_servers(reader, vpc)
    if others is not None:
        return Settings((Outcome.UNKNOWN, others), private)
    support = reader.truth(vpc.properties.get("EnableDnsSupport"), True)
    if isinstance(support, Unknown):
        why = f"whether the VPC has a resolver is not known: {support.reason}"
        return Settings((Outcome.UNKNOWN, Step(vpc.key, "VPC attribute", why)), private)
    if not support:
        why = "`EnableDnsSupport` is false: the VPC has no resolver, so no name resolves"
        return Settings((Outcome.BLOCKED, Step(vpc.key, "VPC attribute", why)), private)
    return Settings(None, private)


def _other_servers(reader: Reader, vpc: Resource) -> Step | None:
    """DHCP options by which instances ask others, or may."""
    for association in reader.estate.of_type("AWS::EC2::VPCDHCPOptionsAssociation"):
        ours = means(reader, association.properties.get("VpcId"), association, vpc.key)
        if ours is False:
            continue
        value = association.properties.get("DhcpOptionsId")
        if value == "default" and ours:
            continue
        named = reader.named(value, association)
        options = reader.estate.get(named) if isinstance(named, str) else None
        if options is None or not ours:
            why = "which DHCP options it has is not known, so neither is which server its instances ask"
            return Step(association.key, "DHCP options", why)
        servers = reader.items(options.properties.get("DomainNameServers"))
        texts = [servers] if isinstance(servers, Unknown) else [reader.text(each) for each in servers]
        if any(not isinstance(text, str) or text.lower() != AMAZON for text in texts):
            shown = ", ".join(f"`{text}`" for text in texts if isinstance(text, str)) or "others"
            why = f"its instances ask {shown}, whose answers are not known"
            return Step(options.key, "DHCP options", why)
    return None
