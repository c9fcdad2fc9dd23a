"""NET-08: no workload subnet has a route to an internet gateway."""

from __future__ import annotations

from collections.abc import Iterator

from ringwork.controls.control import Control, Outcome, UndecidedError, each, proved, reading, violated
from ringwork.controls.network.tables import TABLE_READS, Tables
from ringwork.controls.scope import SCOPE_READS, ml_subnets
from ringwork.controls.values import named, target
from ringwork.estate import Estate, Resource
from ringwork.findings import Severity


def check(estate: Estate) -> Iterator[Outcome]:
    tables = Tables(estate)
    routes: dict[str, list[Resource]] = {}
    for route in estate.of_type("AWS::EC2::Route"):
        table = named(estate, route, "RouteTableId")
        if table is not None:
            routes.setdefault(table, []).append(route)

    def decide(subnet: Resource) -> Iterator[Outcome]:
        table = tables.of(subnet)
        if table is not None and estate.get(table) is None:
            raise UndecidedError(f"read route table `{table}`", resource=subnet)
        for route in routes.get(table, ()) if table else ():
            if _to_internet(estate, route):
                yield violated(
                    subnet,
                    f"its route table leads to an internet gateway by `{route.name}`",
                    "GatewayId",
                    evidence=(f"`{route.name}`: GatewayId",),
                    blame=route,
                )
                return
        yield proved(subnet, "its route table leads to no internet gateway")

    yield from each(ml_subnets(estate), decide)


def _to_internet(estate: Estate, route: Resource) -> bool:
    for name in ("GatewayId", "EgressOnlyInternetGatewayId"):
        value = route.properties.get(name)
        if value is None:
            continue
        found = estate.resolve(value)
        if found is not None:
            if found.type in ("AWS::EC2::InternetGateway", "AWS::EC2::EgressOnlyInternetGateway"):
                return True
            continue
        try:
            literal = target(estate, value)
        except UndecidedError as error:
            raise UndecidedError(error.reason, name, resource=route) from None
        if literal.startswith(("igw-", "eigw-")):
            return True
        if not literal.startswith(("vgw-", "local", "vpce-")):
            raise UndecidedError(f"`{literal}` is a gateway of unknown kind", name, resource=route)
    return False


CONTROL = Control(
    id="NET-08",
    title="Workload subnets have no route to an internet gateway",
    severity=Severity.CRITICAL,
    layer="network",
    scope="relational",
    why="Such a route needs one public address to let data out past every endpoint policy.",
    remediation=(
        "Delete the route (`ec2:DeleteRoute`), or associate the subnet with a table without one "
        "(`AWS::EC2::SubnetRouteTableAssociation`)"
    ),
    sources=(
        "Prowler vpc_subnet_separate_private_public",
        "AWS Well-Architected ML Lens MLSEC03-BP02",
        "OWASP ML Top 10 ML05:2023",
    ),
    reads=SCOPE_READS
    | TABLE_READS
    | reading("AWS::EC2::Route", "RouteTableId", "GatewayId", "EgressOnlyInternetGatewayId"),
    check=check,
)
