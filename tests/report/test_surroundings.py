"""What stands around VPCs: Transit Gateways, services between VPCs, APIs in front, accounts with guards."""

from __future__ import annotations

import re
from typing import Any

from defusedxml import ElementTree
from hypothesis import given, settings
from hypothesis import strategies as st

from ringwork.estate import Estate, Reference, Resource
from ringwork.estate.model import Text
from ringwork.report import drawio, mermaid
from ringwork.report.accounts import accounts
from ringwork.report.diagram import svg
from ringwork.report.focus import focus
from ringwork.report.fronts import Front
from ringwork.report.graph import Edge, Graph, graph
from ringwork.report.links import links
from ringwork.report.topology import Place, Topology, topology
from ringwork.report.transit import gateways

from .sample import estate, finding, key, ref, resource, tags

NETWORK, ONE, TWO = "000000000001", "000000000002", "000000000003"


def named(name: str, **more: str) -> tuple[dict[str, str], ...]:
    return ({"Key": "Name", "Value": name}, *tags(organization="acme", **more))


def join(kind: str, name: str, attachment: Reference, table: str) -> Resource:
    return resource(
        f"AWS::EC2::TransitGatewayRouteTable{kind}",
        name,
        {
            "TransitGatewayAttachmentId": attachment,
            "TransitGatewayRouteTableId": ref("AWS::EC2::TransitGatewayRouteTable", table, account=NETWORK),
        },
        NETWORK,
    )


def organization() -> list[Resource]:
    """Two teams' VPCs and an inspection VPC behind one Transit Gateway; each team reaches inspection only."""
    gateway = ref("AWS::EC2::TransitGateway", "Tgw", account=NETWORK)
    found = [resource("AWS::EC2::TransitGateway", "Tgw", {"Tags": named("acme")}, NETWORK)]
    places = (
        (NETWORK, "Inspection", "10.0.0.0/20", named("acme-inspection-vpc")),
        (ONE, "Risk", "10.1.0.0/20", named("acme-risk-prod", team="risk", stage="prod")),
        (TWO, "Fraud", "10.2.0.0/20", named("acme-fraud-prod", team="fraud", stage="prod")),
    )
    for account, name, cidr, labels in places:
        vpc = {"CidrBlock": cidr, "Tags": labels}
        found.append(resource("AWS::EC2::VPC", name, vpc, account))
        found.append(
            resource(
                "AWS::EC2::TransitGatewayVpcAttachment",
                f"{name}Way",
                {"TransitGatewayId": gateway, "VpcId": ref("AWS::EC2::VPC", name, account=account)},
                account,
            )
        )
        found.append(
            resource(
                "AWS::EC2::TransitGatewayRouteTable",
                f"{name}Table",
                {"TransitGatewayId": gateway, "Tags": named(f"acme-{name}")},
                NETWORK,
            )
        )
    way = {
        name: ref("AWS::EC2::TransitGatewayVpcAttachment", f"{name}Way", account=account)
        for account, name, _, _ in places
    }
    found += [
        join("Association", f"{name}Association", attachment, f"{name}Table")
        for name, attachment in way.items()
    ]
    for team in ("Risk", "Fraud"):
        found.append(join("Propagation", f"{team}Learns", way["Inspection"], f"{team}Table"))
        found.append(join("Propagation", f"{team}Learnt", way[team], "InspectionTable"))
        found.append(
            resource(
                "AWS::EC2::TransitGatewayRoute",
                f"{team}Blackhole",
                {
                    "Blackhole": True,
                    "DestinationCidrBlock": "10.0.0.0/8",
                    "TransitGatewayRouteTableId": ref(
                        "AWS::EC2::TransitGatewayRouteTable", f"{team}Table", account=NETWORK
                    ),
                },
                NETWORK,
            )
        )
    return found


def service() -> list[Resource]:
    """`risk` offers a service on 8443, and `fraud` takes it."""
    vpc = ref("AWS::EC2::VPC", "Risk", account=ONE)
    subnet = ref("AWS::EC2::Subnet", "Serving", account=ONE)
    balancer = ref("AWS::ElasticLoadBalancingV2::LoadBalancer", "Balancer", account=ONE)
    offered = ref("AWS::EC2::VPCEndpointService", "Service", "ServiceId", account=ONE)
    labels = named("acme-risk-prod-score", team="risk", stage="prod")
    takes = {
        "VpcEndpointType": "Interface",
        "VpcId": ref("AWS::EC2::VPC", "Fraud", account=TWO),
        "ServiceName": Text(("com.amazonaws.vpce.eu-central-1.", offered)),
        "Tags": named("acme-fraud-prod-to-score", team="fraud", stage="prod"),
    }
    return [
        resource("AWS::EC2::Subnet", "Serving", {"VpcId": vpc, "CidrBlock": "10.1.0.0/24"}, ONE),
        resource(
            "AWS::ElasticLoadBalancingV2::LoadBalancer",
            "Balancer",
            {"Type": "network", "Subnets": (subnet,)},
            ONE,
        ),
        resource(
            "AWS::ElasticLoadBalancingV2::Listener", "L", {"LoadBalancerArn": balancer, "Port": 8443}, ONE
        ),
        resource(
            "AWS::EC2::VPCEndpointService",
            "Service",
            {"NetworkLoadBalancerArns": (balancer,), "Tags": labels},
            ONE,
        ),
        resource("AWS::EC2::VPCEndpoint", "Takes", takes, TWO),
    ]


def api(*, guarded: bool = True) -> list[Resource]:
    """A private API of `risk`, behind a web ACL or not."""
    owner = tags(organization="acme", team="risk", stage="prod")
    rest = ref("AWS::ApiGateway::RestApi", "Api", account=ONE)
    properties = {
        "Name": "acme-risk-prod-api",
        "EndpointConfiguration": {"Types": ("PRIVATE",)},
        "Tags": owner,
    }
    found = [
        resource("AWS::ApiGateway::RestApi", "Api", properties, ONE),
        resource("AWS::ApiGateway::Stage", "Stage", {"RestApiId": rest}, ONE),
        resource(
            "AWS::ApiGateway::Method", "Method", {"RestApiId": rest, "AuthorizationType": "AWS_IAM"}, ONE
        ),
        resource("AWS::WAFv2::WebACL", "Acl", {"Name": "acme-risk-prod-acl", "Tags": owner}, ONE),
    ]
    if guarded:
        stage = Text(("arn:aws:apigateway:eu-central-1::/restapis/", rest, "/stages/live"))
        association = {
            "ResourceArn": stage,
            "WebACLArn": ref("AWS::WAFv2::WebACL", "Acl", "Arn", account=ONE),
        }
        found.append(resource("AWS::WAFv2::WebACLAssociation", "Guard", association, ONE))
    return found


def words(text: str) -> list[str]:
    return [
        "".join(element.itertext())
        for element in ElementTree.fromstring(text).iter()
        if "text" in element.tag
    ]


def test_a_route_table_says_who_is_attached_whom_it_reaches_and_what_it_drops() -> None:
    (gateway,) = gateways(Estate(organization()))
    assert [
        (table.team, [a.name for a in table.attached], [a.name for a in table.reaches], table.blackholes)
        for table in gateway.tables
    ] == [
        ("", ["inspection-vpc"], ["fraud-prod", "risk-prod"], ()),
        ("fraud", ["fraud-prod"], ["inspection-vpc"], ("10.0.0.0/8",)),
        ("risk", ["risk-prod"], ["inspection-vpc"], ("10.0.0.0/8",)),
    ]
    assert gateway.loose == ()


def test_an_attachment_that_no_table_routes_is_said() -> None:
    found = [each for each in organization() if each.logical and each.logical.id != "RiskAssociation"]
    (gateway,) = gateways(Estate(found))
    assert [each.name for each in gateway.loose] == ["risk-prod"]
    assert "attached to no route table: risk-prod" in words(svg(Estate(found)))


def test_a_shared_network_comes_before_the_teams_and_says_what_it_reaches() -> None:
    seen = topology(Estate(organization()))
    assert [place.name for place in seen.places] == [
        "acme-inspection-vpc",
        "acme-fraud-prod",
        "acme-risk-prod",
    ]
    shown = words(svg(Estate(organization())))
    assert (
        "each team's environment has a route table of its own; all reach inspection-vpc; all drop 10.0.0.0/8"
        in shown
    )
    assert "reaches fraud-prod, risk-prod" in shown


def test_a_service_between_vpcs_has_its_port_its_provider_and_its_consumer() -> None:
    (link,) = links(Estate([*organization(), *service()]))
    assert (link.service, link.ports, link.provider_name, link.consumer_name, link.endpoint_name) == (
        "score", "8443", "risk-prod", "fraud-prod", "to-score",
    )  # fmt: skip


def balanced(source: str) -> Place:
    """A load balancer's group, which has no tags of its own, in a VPC with endpoints below its tier."""
    vpc = ref("AWS::EC2::VPC", "Vpc")
    group = {
        "GroupDescription": "g",
        "VpcId": vpc,
        "SecurityGroupIngress": ({"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "CidrIp": source},),
    }
    endpoints = {"VpcId": vpc, "CidrBlock": "10.0.9.0/24", "Tags": tags(tier="endpoints")}
    balancer = {
        "Type": "network",
        "Subnets": (ref("AWS::EC2::Subnet", "SubnetA"),),
        "SecurityGroups": (ref("AWS::EC2::SecurityGroup", "Guard", "GroupId"),),
    }
    found = [
        *estate().resources,
        resource("AWS::EC2::Subnet", "SubnetE", endpoints),
        resource("AWS::EC2::SecurityGroup", "Guard", group),
        resource("AWS::ElasticLoadBalancingV2::LoadBalancer", "Balancer", balancer),
    ]
    (place,) = topology(Estate(found)).places
    return place


def test_a_load_balancers_group_stands_where_the_load_balancer_does() -> None:
    serving = {tier.name: [chip.name for chip in tier.groups] for tier in balanced("10.1.0.0/20").tiers}[
        "serving"
    ]
    assert serving == ["ward-service", "Guard"]


def test_a_source_in_a_private_network_is_told_and_not_called_exposed() -> None:
    def exposed(source: str) -> bool:
        (chip,) = [chip for chip in balanced(source).groups if chip.kind == "load balancer"]
        assert chip.open_to == (f"443 from {source}",)
        return chip.exposed

    assert [exposed(source) for source in ("10.1.0.0/20", "0.0.0.0/0", "8.8.8.0/24")] == [
        False, True, True,
    ]  # fmt: skip


def test_no_band_without_workloads_stands_between_bands_that_have_some() -> None:
    loose = resource("AWS::EC2::SecurityGroup", "Loose", {"VpcId": ref("AWS::EC2::VPC", "Vpc")})
    subnet = {"VpcId": ref("AWS::EC2::VPC", "Vpc"), "Tags": tags(tier="endpoints")}
    ends = resource("AWS::EC2::Subnet", "SubnetE", subnet)
    (place,) = topology(Estate([*estate().resources, ends, loose])).places
    held = [bool(tier.groups) for tier in place.tiers]
    assert held == sorted(held, reverse=True)


def test_a_service_that_nobody_takes_is_still_shown() -> None:
    found = [each for each in service() if each.type != "AWS::EC2::VPCEndpoint"]
    (link,) = links(Estate([*organization(), *found]))
    assert (link.endpoint, link.consumer, link.consumer_name) == ("", "", "")
    assert "nobody in this estate" in words(svg(Estate([*organization(), *found])))


def fronts_of(found: list[Resource]) -> tuple[Front, ...]:
    (risk,) = [place for place in topology(Estate(found)).places if place.team == "risk"]
    return risk.fronts


def test_an_api_in_front_says_its_web_acl_and_how_callers_prove_who_they_are() -> None:
    (front,) = fronts_of([*organization(), *api()])
    assert (front.name, front.kind, front.acl, front.auth) == ("api", "private API", "acl", "IAM")
    assert "WAF acl" in words(svg(Estate([*organization(), *api()])))


def test_an_api_without_a_web_acl_is_shown_without_one() -> None:
    (front,) = fronts_of([*organization(), *api(guarded=False)])
    assert front.acl == ""
    assert "no WAF" in words(svg(Estate([*organization(), *api(guarded=False)])))


def guarded(type: str, account: str, **properties: Any) -> Resource:
    return resource(type, type.rpartition("::")[2] + "X", properties, account)


def test_a_workload_says_its_machines_once_they_are_there() -> None:
    group = ref("AWS::EC2::SecurityGroup", "Service", "GroupId")
    model = resource("AWS::SageMaker::Model", "Model", {"VpcConfig": {"SecurityGroupIds": (group,)}})
    variant = {
        "ModelName": ref("AWS::SageMaker::Model", "Model", "ModelName"),
        "InstanceType": "ml.m7i.large",
        "InitialInstanceCount": 2,
    }
    config = resource("AWS::SageMaker::EndpointConfig", "Config", {"ProductionVariants": (variant,)})
    endpoint = resource(
        "AWS::SageMaker::Endpoint",
        "Endpoint",
        {"EndpointConfigName": ref("AWS::SageMaker::EndpointConfig", "Config", "EndpointConfigName")},
    )
    notebook = resource(
        "AWS::SageMaker::NotebookInstance",
        "Notebook",
        {
            "InstanceType": "ml.t3.medium",
            "SecurityGroupIds": (ref("AWS::EC2::SecurityGroup", "Desk", "GroupId"),),
        },
    )

    def runs(*more: Resource) -> dict[str, str]:
        (place,) = topology(Estate([*estate().resources, *more])).places
        return {chip.name: chip.runs for chip in place.groups}

    assert runs(model, config, endpoint, notebook) == {
        "label-desk": "ml.t3.medium",
        "ward-service": "ml.m7i.large × 2",
    }
    assert runs(model, config)["ward-service"] == ""  # nothing serves it


def test_accounts_say_what_watches_them_and_those_of_teams_together() -> None:
    found = [
        *organization(),
        guarded("AWS::CloudTrail::Trail", NETWORK, IsOrganizationTrail=True),
        *(guarded("AWS::GuardDuty::Detector", account) for account in (NETWORK, ONE, TWO)),
        guarded("AWS::Macie::Session", ONE),
    ]
    assert {account.id: account.guards for account in accounts(Estate(found))} == {
        NETWORK: ("organization trail", "GuardDuty"),
        ONE: ("GuardDuty", "Macie"),
        TWO: ("GuardDuty",),
    }


def test_a_stacks_name_tells_the_accounts() -> None:
    """Ringwork's stacks are `ringwork-ORGANIZATION-NAME-RING`."""
    made = resource("AWS::KMS::Key", "K", {"Tags": tags(organization="acme", ring="archive")})
    where = type(made.logical)("ringwork-acme-log-archive-archive", "K") if made.logical else None
    (account,) = accounts(
        Estate([Resource(made.key, made.type, made.properties, made.account, made.region, where)])
    )
    assert (account.name, account.team) == ("log-archive", False)


def test_a_part_keeps_what_touches_it() -> None:
    seen = topology(Estate([*organization(), *service()]))
    part = focus(seen, team="fraud")
    assert [place.name for place in part.places] == ["acme-fraud-prod"]
    assert [table.team for gateway in part.transits for table in gateway.tables] == ["fraud"]
    assert [link.provider_name for link in part.links] == ["risk-prod"]
    assert focus(seen, environment="fraud-prod").places == part.places
    assert focus(seen, environment="fraud").places == ()
    assert focus(seen).places == ()


def test_what_a_part_calls_beyond_itself_is_a_box_of_its_own() -> None:
    part = focus(topology(Estate([*organization(), *service()])), team="fraud")
    made = graph(part, "fraud", full=True)
    (outside,) = [node for node in made.nodes if node.lines[1:] == ("not drawn here",)]
    assert outside.lines[0] == "risk-prod"
    assert [edge.target for edge in made.edges if edge.kind == "link"] == [outside.id]


def test_in_short_a_team_has_one_edge_to_each_transit_gateway() -> None:
    made = graph(topology(Estate(organization())), "all", full=False)
    assert sorted(edge.label for edge in made.edges) == [
        "1 route table",
        "1 route table, 1 blackhole",
        "1 route table, 1 blackhole",
    ]


def test_a_violated_route_table_is_marked() -> None:
    from ringwork.findings import Status, Subject

    subject = Subject("AWS::EC2::TransitGatewayRouteTable", "net/RiskTable", account=NETWORK)
    bad = finding("NET-20", Status.VIOLATED, subject=subject, message="reaches too much")
    assert "violated: NET-20 net/RiskTable: reaches too much" in svg(Estate(organization()), [bad])
    assert (
        key("AWS::EC2::TransitGatewayRouteTable", "RiskTable", NETWORK)
        in topology(Estate(organization()), [bad]).marks
    )


HOSTILE = st.text(max_size=30) | st.sampled_from(
    [
        '"]; click n1 "javascript:alert(1)"',
        "<script>",
        "`**x**`",
        "end",
        "#quot;",
        "]]>",
        "a\nb",
        "%%{init}%%",
        "\uffff",
    ]
)


def renamed(names: list[str]) -> Topology:
    """An organization whose every name is somebody else's choice."""
    found = []
    for index, each in enumerate([*organization(), *service(), *api()]):
        given = dict(each.properties)
        if "Tags" in given:
            given["Tags"] = (
                *(tag for tag in given["Tags"] if tag["Key"] != "Name"),
                {"Key": "Name", "Value": names[index % len(names)]},
            )
        found.append(Resource(each.key, each.type, given, each.account, each.region, each.logical))
    return topology(Estate(found))


@settings(deadline=None)
@given(st.lists(HOSTILE, min_size=1, max_size=5), st.booleans())
def test_any_names_give_a_flowchart_whose_text_stays_text(names: list[str], full: bool) -> None:
    made = graph(renamed(names), names[0], full=full)
    for line in mermaid.render(made).splitlines():
        plain = re.sub(r'"[^"]*"', '""', line)
        assert line.count('"') % 2 == 0
        assert re.fullmatch(
            r"flowchart (TB|LR)|  acc(Title|Descr): [^#\"<>{}|;]*| *direction TB| *end"
            r'| *n\d+(\[""\]|\{\{""\}\}|\(\[""\]\)|\[\(""\)\]|\[/""/\])| *subgraph n\d+\[""\]'
            r'|  n\d+ (-->|==>|---|-\.->)(\|""\|)? n\d+|  classDef \w+ [\w:#,]+|  class [n\d,]+ \w+',
            plain,
        ), line
        for quoted in re.findall(r'"([^"]*)"', line):
            assert not set("`<>{}|[]()%") & set(quoted.replace("<br/>", ""))


@settings(deadline=None)
@given(st.lists(HOSTILE, min_size=1, max_size=5), st.booleans())
def test_any_names_give_a_draw_io_file_whose_boxes_lie_apart_within_their_parents(
    names: list[str], full: bool
) -> None:
    made = graph(renamed(names), names[0], full=full)
    root = ElementTree.fromstring(drawio.render([made, made]).encode())
    inside: dict[str, list[list[float]]] = {}
    size: dict[str, tuple[float, float]] = {}
    for cell in root.iter("mxCell"):
        if cell.get("vertex") != "1":
            continue
        geometry = cell.find("mxGeometry")
        assert geometry is not None
        x, y, w, h = (float(str(geometry.get(side))) for side in ("x", "y", "width", "height"))
        size[str(cell.get("id"))] = (w, h)
        parent = str(cell.get("parent"))
        if parent in size:
            assert x >= 0
            assert y >= 0
            assert x + w <= size[parent][0] + 1
            assert y + h <= size[parent][1] + 1
        page = parent if parent != "1" else str(cell.get("id"))[:2]
        for left, top, right, bottom in inside.setdefault(page, []):
            assert x + w <= left or x >= right or y + h <= top or y >= bottom
        inside[page].append([x, y, x + w, y + h])


def test_an_edge_without_ends_is_never_made() -> None:
    made = graph(renamed(["x"]), "x", full=True)
    ids = {node.id for node in made.nodes}
    assert made.edges
    assert all({edge.source, edge.target} <= ids for edge in made.edges)
    assert isinstance(made, Graph)
    assert isinstance(made.edges[0], Edge)
