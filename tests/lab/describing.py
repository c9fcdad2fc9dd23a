"""An estate by hand, in the shape that a live collection gives: physical ids, assigned addresses."""

from __future__ import annotations

from typing import Any

from ringwork.estate import Estate, Resource, resource_key
from ringwork.estate.live import link
from ringwork.findings import Origin

ACCOUNT, REGION = "111122223333", "eu-central-1"


class Description:
    """Collects resources; each method gives the id of what it has added."""

    def __init__(self) -> None:
        self.resources: list[Resource] = []
        self.numbers: dict[str, int] = {}

    def estate(self) -> Estate:
        return link(self.resources)

    def add(self, type: str, id: str, properties: dict[str, Any], **attributes: Any) -> str:
        full = f"AWS::EC2::{type}"
        self.resources.append(
            Resource(
                key=resource_key(ACCOUNT, REGION, full, id),
                type=full,
                properties={name: value for name, value in properties.items() if value is not None},
                account=ACCOUNT,
                region=REGION,
                physical=id,
                attributes=attributes,
                origins=(Origin(operation=f"ec2:Describe{type}s"),),
            )
        )
        return id

    def id(self, prefix: str) -> str:
        number = self.numbers[prefix] = self.numbers.get(prefix, 0) + 1
        return f"{prefix}-{number:017x}"

    def vpc(self, *blocks: str) -> str:
        vpc = self.id("vpc")
        self.add("VPC", vpc, {"CidrBlock": blocks[0]}, VpcId=vpc, CidrBlock=blocks[0])
        for block in blocks[1:]:
            name = "Ipv6CidrBlock" if ":" in block else "CidrBlock"
            self.add("VPCCidrBlock", self.id("vpc-cidr-assoc"), {"VpcId": vpc, name: block})
        return vpc

    def subnet(self, vpc: str, *blocks: str, zone: str = "a", table: str | None = None) -> str:
        id = self.id("subnet")
        ipv6 = next((block for block in blocks if ":" in block), None)
        self.add(
            "Subnet",
            id,
            {
                "VpcId": vpc,
                "CidrBlock": blocks[0],
                "Ipv6CidrBlock": ipv6,
                "AvailabilityZone": REGION + zone,
            },
            SubnetId=id,
            VpcId=vpc,
            AvailabilityZone=REGION + zone,
        )
        if table:
            association = {"SubnetId": id, "RouteTableId": table}
            self.add("SubnetRouteTableAssociation", self.id("rtbassoc"), association)
        return id

    def table(self, vpc: str, *, main: bool = False) -> str:
        id = self.id("rtb")
        return self.add("RouteTable", id, {"VpcId": vpc}, RouteTableId=id, Main=main)

    def route(self, table: str, destination: str, target: str, *, state: str = "active") -> str:
        if destination.startswith("pl-"):
            name = "DestinationPrefixListId"
        else:
            name = "DestinationIpv6CidrBlock" if ":" in destination else "DestinationCidrBlock"
        member = {
            "igw": "GatewayId",
            "local": "GatewayId",
            "nat": "NatGatewayId",
            "pcx": "VpcPeeringConnectionId",
            "tgw": "TransitGatewayId",
            "eigw": "EgressOnlyInternetGatewayId",
            "eni": "NetworkInterfaceId",
        }[target.partition("-")[0]]
        properties = {"RouteTableId": table, name: destination, member: target}
        return self.add("Route", f"{table}|{destination}", properties, State=state, CidrBlock=destination)

    def interface(
        self,
        subnet: str,
        *addresses: str,
        groups: tuple[str, ...],
        public: str | None = None,
        associated: bool = False,
        forwards: bool = False,
    ) -> str:
        """Its primary address first, then secondary ones and IPv6. `public` belongs to the primary one:
        as EC2 tells it with the interface, or by an association that is a resource."""
        id = self.id("eni")
        private = [address for address in addresses if ":" not in address]
        self.add(
            "NetworkInterface",
            id,
            {
                "SubnetId": subnet,
                "PrivateIpAddress": private[0],
                "PrivateIpAddresses": [
                    {"PrivateIpAddress": address, "Primary": address == private[0]} for address in private
                ],
                "Ipv6Addresses": [{"Ipv6Address": a} for a in addresses if ":" in a] or None,
                "GroupSet": list(groups),
                "SourceDestCheck": not forwards,
            },
            Id=id,
            PrimaryPrivateIpAddress=private[0],
            PublicAddresses=({"PrivateIpAddress": private[0], "PublicIp": public},)
            if public and not associated
            else (),
        )
        if public and associated:
            association = {
                "AllocationId": self.address(public),
                "NetworkInterfaceId": id,
                "PrivateIpAddress": private[0],
            }
            self.add("EIPAssociation", self.id("eipassoc"), association)
        return id

    def address(self, public: str) -> str:
        """An Elastic IP address; gives its allocation."""
        allocation = self.id("eipalloc")
        self.add("EIP", public, {"Domain": "vpc"}, AllocationId=allocation, PublicIp=public)
        return allocation

    def group(self, vpc: str, name: str | None = None) -> str:
        id = self.id("sg")
        properties = {"VpcId": vpc, "GroupName": name or id, "GroupDescription": "of the lab"}
        return self.add("SecurityGroup", id, properties, GroupId=id, Id=id, VpcId=vpc)

    def default_group(self, vpc: str) -> str:
        """As every VPC has it: VPC user guide, "Default security groups for your VPCs"."""
        group = self.group(vpc, "default")
        self.admit(group, group)
        self.admit(group, "0.0.0.0/0", egress=True)
        return group

    def admit(
        self,
        group: str,
        peer: str,
        protocol: str = "-1",
        low: int | None = None,
        high: int | None = None,
        *,
        egress: bool = False,
    ) -> None:
        """A rule of a security group; `peer` is a CIDR block, a group or a prefix list."""
        side = "Destination" if egress else "Source"
        if peer.startswith("sg-"):
            member = f"{side}SecurityGroupId"
        elif peer.startswith("pl-"):
            member = f"{side}PrefixListId"
        else:
            member = "CidrIpv6" if ":" in peer else "CidrIp"
        properties = {"GroupId": group, "IpProtocol": protocol, "FromPort": low, "ToPort": high, member: peer}
        type = "SecurityGroupEgress" if egress else "SecurityGroupIngress"
        self.add(type, self.id("sgr"), properties)

    def prefix_list(self, *blocks: str) -> str:
        id = self.id("pl")
        properties = {
            "PrefixListName": id,
            "AddressFamily": "IPv4",
            "MaxEntries": len(blocks),
            "Entries": [{"Cidr": block} for block in blocks],
        }
        return self.add("PrefixList", id, properties, PrefixListId=id, OwnerId=ACCOUNT)

    def acl(self, vpc: str, *subnets: str, default: bool = False) -> str:
        id = self.id("acl")
        self.add("NetworkAcl", id, {"VpcId": vpc}, Id=id, IsDefault=default)
        for subnet in subnets:
            association = {"NetworkAclId": id, "SubnetId": subnet}
            self.add("SubnetNetworkAclAssociation", self.id("aclassoc"), association)
        return id

    def open_acl(self, acl: str) -> None:
        """As every VPC's default one is at first: VPC user guide, "Default network ACL for a VPC"."""
        for egress in (False, True):
            self.entry(acl, 100, "allow", egress=egress)
            self.entry(acl, 101, "allow", "::/0", egress=egress)

    def entry(
        self,
        acl: str,
        number: int,
        action: str,
        block: str = "0.0.0.0/0",
        protocol: int = -1,
        low: int | None = None,
        high: int | None = None,
        *,
        egress: bool,
    ) -> None:
        """`low` and `high` are ports, or ICMP type and code."""
        properties: dict[str, Any] = {
            "NetworkAclId": acl,
            "RuleNumber": number,
            "Egress": egress,
            "Protocol": protocol,
            "RuleAction": action,
            "Ipv6CidrBlock" if ":" in block else "CidrBlock": block,
        }
        if low is not None and protocol in (6, 17):
            properties["PortRange"] = {"From": low, "To": high}
        elif low is not None and protocol in (1, 58):
            properties["Icmp"] = {"Type": low, "Code": high}
        self.add("NetworkAclEntry", f"{acl}|{str(egress).lower()}|{number}", properties)

    def internet_gateway(self, vpc: str) -> str:
        id = self.id("igw")
        self.add("InternetGateway", id, {}, InternetGatewayId=id)
        self.add("VPCGatewayAttachment", f"IGW|{vpc}", {"VpcId": vpc, "InternetGatewayId": id})
        return id

    def egress_only_gateway(self, vpc: str) -> str:
        id = self.id("eigw")
        return self.add("EgressOnlyInternetGateway", id, {"VpcId": vpc}, Id=id)

    def edge(self, gateway: str, table: str) -> None:
        association = {"GatewayId": gateway, "RouteTableId": table}
        self.add("GatewayRouteTableAssociation", self.id("rtbassoc"), association)

    def nat_gateway(self, subnet: str, private: str, public: str | None) -> str:
        id, interface = self.id("nat"), self.id("eni")
        attributes: dict[str, Any] = {"PublicIps": (public,)} if public else {}
        mapped = ({"PrivateIpAddress": private, "PublicIp": public},) if public else ()
        self.add(
            "NetworkInterface",
            interface,
            {
                "SubnetId": subnet,
                "Description": f"Interface for NAT Gateway {id}",
                "PrivateIpAddress": private,
                "PrivateIpAddresses": [{"PrivateIpAddress": private, "Primary": True}],
                "SourceDestCheck": False,
            },
            Id=interface,
            PrimaryPrivateIpAddress=private,
            InterfaceType="nat_gateway",
            RequesterManaged=True,
            PublicAddresses=mapped,
        )
        properties = {
            "SubnetId": subnet,
            "AllocationId": self.address(public) if public else None,
            "ConnectivityType": "public" if public else "private",
        }
        return self.add("NatGateway", id, properties, NatGatewayId=id, EniId=interface, **attributes)

    def peering(self, vpc: str, peer: str) -> str:
        id = self.id("pcx")
        return self.add("VPCPeeringConnection", id, {"VpcId": vpc, "PeerVpcId": peer}, Id=id, State="active")

    def transit_gateway(self, *, references: bool = False) -> str:
        """`references`: it knows security groups across it; so must both attachments."""
        id = self.id("tgw")
        properties = {
            "DefaultRouteTableAssociation": "disable",
            "DefaultRouteTablePropagation": "disable",
            "SecurityGroupReferencingSupport": _able(references),
        }
        return self.add("TransitGateway", id, properties, Id=id)

    def attachment(self, gateway: str, vpc: str, *subnets: str, references: bool = False) -> str:
        id = self.id("tgw-attach")
        properties = {
            "TransitGatewayId": gateway,
            "VpcId": vpc,
            "SubnetIds": list(subnets),
            "Options": {"SecurityGroupReferencingSupport": _able(references)},
        }
        return self.add("TransitGatewayVpcAttachment", id, properties, Id=id, State="available")

    def transit_table(self, gateway: str) -> str:
        id = self.id("tgw-rtb")
        properties = {"TransitGatewayId": gateway}
        return self.add("TransitGatewayRouteTable", id, properties, TransitGatewayRouteTableId=id)

    def associate(self, table: str, attachment: str) -> None:
        properties = {"TransitGatewayRouteTableId": table, "TransitGatewayAttachmentId": attachment}
        self.add("TransitGatewayRouteTableAssociation", f"{table}|{attachment}", properties)

    def propagate(self, table: str, attachment: str) -> None:
        properties = {"TransitGatewayRouteTableId": table, "TransitGatewayAttachmentId": attachment}
        self.add("TransitGatewayRouteTablePropagation", f"{table}|{attachment}", properties)

    def transit_route(self, table: str, destination: str, attachment: str | None) -> None:
        """Without an attachment: a blackhole."""
        properties = {
            "TransitGatewayRouteTableId": table,
            "DestinationCidrBlock": destination,
            "TransitGatewayAttachmentId": attachment,
            "Blackhole": attachment is None,
        }
        self.add("TransitGatewayRoute", f"{table}|{destination}", properties)


def _able(on: bool) -> str:
    return "enable" if on else "disable"
