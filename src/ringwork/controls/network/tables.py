"""Which route table a subnet uses, and where it leads."""

from __future__ import annotations

from ringwork.controls.control import UndecidedError, reading
from ringwork.controls.network.rules import is_live
from ringwork.controls.values import named
from ringwork.estate import Estate, Resource

TABLE_READS = (
    reading("AWS::EC2::SubnetRouteTableAssociation", "SubnetId", "RouteTableId")
    | reading("AWS::EC2::RouteTable", "VpcId")
    | reading("AWS::EC2::Subnet", "VpcId")
)
"""What `Tables` reads, for `Control.reads`."""


class Tables:
    """Route tables of an estate by subnet."""

    def __init__(self, estate: Estate) -> None:
        """Raises `UndecidedError` where an association or a main table's VPC is not known."""
        self._estate = estate
        self._by_subnet: dict[str, str] = {}
        self._twice: set[str] = set()
        self._main: dict[str, str] = {}
        for association in estate.of_type("AWS::EC2::SubnetRouteTableAssociation"):
            subnet = named(estate, association, "SubnetId")
            table = named(estate, association, "RouteTableId")
            if subnet is None or table is None:
                continue
            if self._by_subnet.setdefault(subnet, table) != table:
                self._twice.add(subnet)
        for resource in estate.of_type("AWS::EC2::RouteTable"):
            vpc = named(estate, resource, "VpcId")
            if resource.attributes.get("Main") is True and vpc is not None:
                self._main[vpc] = resource.key

    def of(self, subnet: Resource) -> str | None:
        """Key of the subnet's route table: the explicit association, else the VPC's main table.

        None: the main table of a VPC that a template makes, which holds local routes only and which no
        template can name. Raises `UndecidedError` where the main table of a VPC that is live, or not in the
        estate, was not found.
        """
        if subnet.key in self._twice:
            # EC2 API Reference, AssociateRouteTable: a subnet is associated with one table at a time
            raise UndecidedError("it is associated with several route tables; keep one", resource=subnet)
        explicit = self._by_subnet.get(subnet.key)
        if explicit is not None:
            return explicit
        vpc = named(self._estate, subnet, "VpcId")
        main = self._main.get(vpc) if vpc is not None else None
        if main is None and (is_live(subnet) or vpc is None or self._estate.get(vpc) is None):
            raise UndecidedError("read the main route table of the subnet's VPC", resource=subnet)
        return main
