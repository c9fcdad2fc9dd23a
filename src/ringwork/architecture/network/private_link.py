"""Flows between teams, instead of routes: a service that one team offers, an endpoint in the other's VPC.

The provider's side: an internal Network Load Balancer in the workload's tier, and an endpoint service that
admits the deploy role of the consumers' accounts and accepts each connection by hand. The consumer's side: an
interface endpoint with a group that admits the declared workload on the declared port. PrivateLink carries
connections one way only, so the provider cannot reach back ("Share your services through AWS PrivateLink").

The load balancer's group sees the consumer's own addresses, because it holds for PrivateLink's traffic too
(Elastic Load Balancing, "Update the security groups for your Network Load Balancer"); the workload sees the
load balancer's, so its group names the load balancer's group. An endpoint policy there is none: they are for
AWS services that support them ("Control access to VPC endpoints using endpoint policies").
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ringwork.architecture import names, placement
from ringwork.architecture.address import Tier
from ringwork.architecture.layout import Layout
from ringwork.architecture.links import Link
from ringwork.architecture.names import logical
from ringwork.architecture.network.acls import EPHEMERAL, Line, Side, tier_side
from ringwork.architecture.network.groups import NO_EGRESS
from ringwork.architecture.site import Site
from ringwork.architecture.template import Json, Purpose, TemplateBuilder, get_att, ref, sub
from ringwork.blueprint.model import Enclave, WorkloadType
from ringwork.estate import Acceptable, Acceptance, Stack, StackOutput

PROVIDER, CONSUMER = "private-link", "consumers"
"""Rings, by which the stacks of both sides are named."""


def private_link_stacks(layout: Layout, site: Site) -> Iterator[Stack]:
    """The site's stacks: what it offers to other teams, and what it takes from them."""
    provided = [link for link in layout.provided(site) if link.private_link]
    if provided:
        yield _provider_stack(site, provided)
    consumed = [link for link in layout.consumed(site) if link.private_link]
    if consumed:
        yield _consumer_stack(site, consumed)


# -- the provider's side -----------------------------------------------------------------------------------


def _provider_stack(site: Site, offered: Sequence[Link]) -> Stack:
    template = _template(site, PROVIDER)
    for target in dict.fromkeys(link.target for link in offered):
        _service(template, site, target, [link for link in offered if link.target == target])
    return _stack(site, PROVIDER, template)


def _service(template: TemplateBuilder, site: Site, target: str, callers: Sequence[Link]) -> None:
    label = f"{site.organization}-{site.name}-{target}"
    tier = callers[0].target_tier
    vpc = placement.vpc(template, site)
    group = template.add(
        logical(target, "BalancerSecurityGroup"),
        "AWS::EC2::SecurityGroup",
        {
            "GroupDescription": f"Load balancer before {target} of {site.name}",
            "VpcId": vpc,
            "SecurityGroupEgress": [dict(NO_EGRESS)],
        },
        Purpose("NET-05, NET-32", "Admits the consumers' tiers, and leads to the workload only"),
        name=f"{label}-balancer",
    )
    _balancer_rules(template, site, target, group, callers)
    balancer = template.add(
        logical(target, "Balancer"),
        "AWS::ElasticLoadBalancingV2::LoadBalancer",
        {
            "Type": "network",
            "Scheme": "internal",
            "IpAddressType": "ipv4",
            "Subnets": placement.subnets(template, site, tier),
            "SecurityGroups": [get_att(group, "GroupId")],
            "EnforceSecurityGroupInboundRulesOnPrivateLinkTraffic": "on",
            # few instances answer, and a consumer's zone may have none
            "LoadBalancerAttributes": [{"Key": "load_balancing.cross_zone.enabled", "Value": "true"}],
        },
        Purpose("NET-31", "What PrivateLink leads to; reached from no subnet of another team"),
        name=label,
        skip={
            "CKV_AWS_91": "a Network Load Balancer logs TLS listeners only; flow logs have its connections",
            "CKV_AWS_150": "it holds nothing, and protection would keep it when its flow is taken back; the "
            "stack is protected from deletion",
        },
    )
    for port in sorted({link.flow.port for link in callers}):
        _listener(template, site, target, port, vpc, balancer, label)
    service = template.add(
        logical(target, "Service"),
        "AWS::EC2::VPCEndpointService",
        {"AcceptanceRequired": True, "NetworkLoadBalancerArns": [ref(balancer)]},
        Purpose("NET-31", f"Offers {target} to the teams of its declared flows; each connection is accepted"),
        name=label,
    )
    template.add(
        logical(target, "ServicePermissions"),
        "AWS::EC2::VPCEndpointServicePermissions",
        {
            "ServiceId": ref(service),
            "AllowedPrincipals": [
                sub(f"arn:${{AWS::Partition}}:iam::{account}:role/{names.DEPLOY}")
                for account in sorted({link.consumer.account_id for link in callers})
            ],
        },
        Purpose("NET-32", "Only the roles that deploy the consumers' endpoints may ask for a connection"),
    )
    template.output(
        logical(target, "ServiceName"),
        f"The endpoint service before {target}",
        sub(f"com.amazonaws.vpce.${{AWS::Region}}.${{{service}}}"),
    )


def _balancer_rules(
    template: TemplateBuilder, site: Site, target: str, group: str, callers: Sequence[Link]
) -> None:
    target_group = placement.security_group(template, site, target)
    asked = {(link.consumer.name, link.source_tier, link.flow.port): link for link in reversed(callers)}
    for (consumer, tier, port), link in sorted(asked.items(), key=lambda item: item[0]):
        template.add(
            logical(target, "From", consumer, tier.value, "Ingress", str(port)),
            "AWS::EC2::SecurityGroupIngress",
            {
                "GroupId": get_att(group, "GroupId"),
                "IpProtocol": "tcp",
                "FromPort": port,
                "ToPort": port,
                # a rule cannot name a group beyond PrivateLink
                "CidrIp": str(tier_side(link.consumer, tier).cidr),
                "Description": f"tcp {port} from the {tier.value} tier of {consumer} (declared flow)",
            },
            Purpose("NET-05", f"declared flow: {link.flow.from_} to {link.flow.to} on tcp {port}"),
        )
    for port in sorted({link.flow.port for link in callers}):
        why = Purpose("NET-05", f"declared flows and health checks reach {target} on tcp {port}")
        ports: dict[str, Json] = {"IpProtocol": "tcp", "FromPort": port, "ToPort": port}
        template.add(
            logical(target, "Balancer", "Egress", str(port)),
            "AWS::EC2::SecurityGroupEgress",
            {
                "GroupId": get_att(group, "GroupId"),
                **ports,
                "DestinationSecurityGroupId": target_group,
                "Description": f"tcp {port} to {target}, health checks too (declared flow)",
            },
            why,
        )
        template.add(
            logical(target, "Ingress", str(port)),
            "AWS::EC2::SecurityGroupIngress",
            {
                "GroupId": target_group,
                **ports,
                "SourceSecurityGroupId": get_att(group, "GroupId"),
                "Description": f"tcp {port} from the load balancer (declared flow)",
            },
            why,
        )


def _listener(
    template: TemplateBuilder, site: Site, target: str, port: int, vpc: Json, balancer: str, label: str
) -> None:
    enclave = _is_enclave(site, target)
    targets = _targets(template, site, target) if enclave else []
    group = template.add(
        logical(target, "Targets", str(port)),
        "AWS::ElasticLoadBalancingV2::TargetGroup",
        {
            "Protocol": "TCP",
            "Port": port,
            "VpcId": vpc,
            "TargetType": "instance" if enclave else "ip",
            "HealthCheckEnabled": True,
            "HealthCheckProtocol": "TCP",
            "HealthCheckPort": "traffic-port",
            "HealthCheckIntervalSeconds": 10,
            "HealthCheckTimeoutSeconds": 5,
            "HealthyThresholdCount": 2,
            "UnhealthyThresholdCount": 2,
            # the source is the load balancer either way (PrivateLink guide, "Create a service"): said, so
            # that the groups' rules and what the workload sees agree
            "TargetGroupAttributes": [{"Key": "preserve_client_ip.enabled", "Value": "false"}],
            **({"Targets": [{"Id": target_id, "Port": port} for target_id in targets]} if targets else {}),
        },
        Purpose("NET-31", f"Where {target} answers on tcp {port}"),
        name=f"{label}-{port}",
    )
    template.add(
        logical(target, "Listener", str(port)),
        "AWS::ElasticLoadBalancingV2::Listener",
        {
            "LoadBalancerArn": ref(balancer),
            "Port": port,
            "Protocol": "TCP",
            "DefaultActions": [{"Type": "forward", "TargetGroupArn": ref(group)}],
        },
        Purpose("NET-31", f"The declared port; what passes it is encrypted by {target} itself, or by nobody"),
        name=f"{label}-{port}",
    )


def _targets(template: TemplateBuilder, site: Site, target: str) -> list[Json]:
    """The parent instances of an enclave, which the compute ring makes."""
    declared = site.workloads[target].enclave or Enclave()
    outputs = [logical(target, f"InstanceId{index}") for index in range(1, declared.instances + 1)]
    return [
        template.parameter(
            output,
            f"A parent instance of {target}'s enclave",
            "^i-[0-9a-f]+$",
            StackOutput(site.stack_id("compute"), output),
        )
        for output in outputs
    ]


# -- the consumer's side -----------------------------------------------------------------------------------


def _consumer_stack(site: Site, taken: Sequence[Link]) -> Stack:
    template = _template(site, CONSUMER)
    acceptances = []
    services = dict.fromkeys((link.provider.environment.team, link.target) for link in taken)
    for team, target in services:
        callers = [link for link in taken if (link.provider.environment.team, link.target) == (team, target)]
        provider = callers[0].provider
        output = _endpoint(template, site, provider, target, callers)
        acceptances.append(
            Acceptance(Acceptable.ENDPOINT_CONNECTION, output, provider.account_id, provider.region)
        )
    return _stack(site, CONSUMER, template, tuple(acceptances))


def _endpoint(
    template: TemplateBuilder, site: Site, provider: Site, target: str, callers: Sequence[Link]
) -> str:
    team = provider.environment.team
    here = logical(team, target)
    label = f"{site.organization}-{site.name}-to-{team}-{target}"
    group = template.add(
        f"{here}SecurityGroup",
        "AWS::EC2::SecurityGroup",
        {
            "GroupDescription": f"Endpoint of {target} of team {team} in {site.name}",
            "VpcId": placement.vpc(template, site),
            "SecurityGroupEgress": [dict(NO_EGRESS)],
        },
        Purpose("NET-05, NET-30", "Admits the declared workloads; the endpoint opens no connection"),
        name=label,
    )
    for link in callers:
        port = link.flow.port
        why = Purpose("NET-05", f"declared flow: {link.flow.from_} to {link.flow.to} on tcp {port}")
        ports: dict[str, Json] = {"IpProtocol": "tcp", "FromPort": port, "ToPort": port}
        source = placement.security_group(template, site, link.source)
        template.add(
            logical(link.source, "To", team, target, "Egress", str(port)),
            "AWS::EC2::SecurityGroupEgress",
            {
                "GroupId": source,
                **ports,
                "DestinationSecurityGroupId": get_att(group, "GroupId"),
                "Description": f"{link.source}: tcp {port} to {target} of team {team} (declared flow)",
            },
            why,
        )
        template.add(
            logical(link.source, "To", team, target, "Ingress", str(port)),
            "AWS::EC2::SecurityGroupIngress",
            {
                "GroupId": get_att(group, "GroupId"),
                **ports,
                "SourceSecurityGroupId": source,
                "Description": f"tcp {port} from {link.source} (declared flow)",
            },
            why,
        )
    service = logical(target, "ServiceName")
    endpoint = template.add(
        f"{here}Endpoint",
        "AWS::EC2::VPCEndpoint",
        {
            "VpcId": placement.vpc(template, site),
            "VpcEndpointType": "Interface",
            "ServiceName": template.parameter(
                logical(team, service),
                f"The endpoint service of {target} of team {team}",
                "^com[.]amazonaws[.]vpce[.].+$",
                StackOutput(provider.stack_id(PROVIDER), service),
            ),
            "PrivateDnsEnabled": False,
            "SubnetIds": placement.subnets(template, site, Tier.ENDPOINTS),
            "SecurityGroupIds": [get_att(group, "GroupId")],
        },
        Purpose("NET-18, NET-29", f"The way to {target} of team {team}: no route leads to its VPC"),
        name=label,
    )
    output = f"{here}EndpointId"
    template.output(output, f"The endpoint of {target} of team {team}", ref(endpoint))
    first = {"Fn::Select": [0, get_att(endpoint, "DnsEntries")]}
    template.output(
        f"{here}DnsName",
        f"The name by which {target} of team {team} is called",
        {"Fn::Select": [1, {"Fn::Split": [":", first]}]},
    )
    return output


# -- both --------------------------------------------------------------------------------------------------


def acl_lines(layout: Layout, site: Site, tier: Tier) -> dict[Line, tuple[str, str]]:
    """What the ACL of one of the site's tiers must admit for its links, with control and reason.

    The consumer's connections go from the workload's tier to the endpoint's; the provider's from the load
    balancer to the workload, within one tier but across subnets, as the load balancer serves all zones.

    Whether the provider's ACL sees what arrives by PrivateLink, and with whose address, AWS does not say: to
    the load balancer's groups the source is "the private IP address of the client" (Network Load Balancer
    guide, "Update the security groups for your Network Load Balancer"), to the workload it is the load
    balancer (PrivateLink guide, "Create a service"). So the declared port is admitted from the consumer's
    tier, too; no route leads from there.
    """
    found: dict[Line, tuple[str, str]] = {}

    def arriving(side: Side, port: int, what: str) -> None:
        found.setdefault((False, side, "tcp", (port, port)), ("NET-10", what))
        found.setdefault((True, side, "tcp", EPHEMERAL), ("NET-13", f"replies: {what}"))

    def line(source: Tier, target: Tier, port: int, what: str) -> None:
        sides = {each: tier_side(site, each) for each in (source, target)}
        asked, replies = (port, port), EPHEMERAL
        if tier is source:
            found.setdefault((True, sides[target], "tcp", asked), ("NET-10", what))
            found.setdefault((False, sides[target], "tcp", replies), ("NET-13", f"replies: {what}"))
        if tier is target:
            arriving(sides[source], port, what)

    for link in layout.consumed(site):
        if link.private_link:
            line(link.source_tier, Tier.ENDPOINTS, link.flow.port, f"to the endpoint of {link.flow.to}")
    for link in layout.provided(site):
        if link.private_link:
            what = f"load balancer to {link.target}"
            line(link.target_tier, link.target_tier, link.flow.port, what)
            if tier is link.target_tier:
                away = tier_side(link.consumer, link.source_tier)
                side = Side(f"{link.consumer.name}-{away.name}", away.cidr)
                arriving(side, link.flow.port, f"{link.flow.from_} by PrivateLink to {link.target}")
    return found


def needs_endpoints_tier(layout: Layout, site: Site) -> bool:
    """Whether the VPC has endpoints of other teams' services, wherever those of AWS stand."""
    return any(link.private_link for link in layout.consumed(site))


def notes(layout: Layout) -> Iterator[str]:
    linked = [link for link in layout.links if link.private_link]
    for flow in dict.fromkeys(
        link.flow for link in layout.links if not link.to_api and not link.private_link
    ):
        yield (
            f"flow `{flow.from_}` to `{flow.to}` on udp {flow.port} is refused: between teams, PrivateLink "
            "carries TCP here"
        )
    unserved = [link.flow.to for link in linked if not _is_enclave(link.provider, link.target)]
    for target in dict.fromkeys(unserved):
        yield (
            f"`{target}` is offered through PrivateLink, and its target groups are empty until the addresses "
            "of what answers are registered in them"
        )
    if linked and layout.many_accounts:
        yield (
            "PrivateLink joins zones by their ids, and accounts name zones differently: where a Region has "
            "more than three, an endpoint may find no service in one of its zones (EC2 guide, zone ids)"
        )


def _is_enclave(site: Site, workload: str) -> bool:
    """Whether it has instances that a load balancer can name."""
    return site.workloads[workload].type is WorkloadType.ENCLAVE


def _template(site: Site, ring: str) -> TemplateBuilder:
    return TemplateBuilder(
        description=f"Ringwork {ring} ring of {site.organization}/{site.name}",
        ring=ring,
        tags=site.tags(ring),
    )


def _stack(
    site: Site, ring: str, template: TemplateBuilder, acceptances: tuple[Acceptance, ...] = ()
) -> Stack:
    return Stack(
        name=site.stack_name(ring),
        account=site.account_id,
        region=site.region,
        template=template.build(),
        parameters=dict(sorted(template.sources.items())),
        tags=site.tags(ring),
        acceptances=acceptances,
    )
