"""AWS::EC2 types: the network and its gateways. See also `security_groups` and `endpoints`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ringwork.cloud.emulator.cloudformation.resources.provider import (
    Change,
    Context,
    Properties,
    Provider,
    flag,
    ignore_gone,
    number,
    present,
    tag_changes,
)


def tag_specification(kind: str, properties: Properties) -> list[dict[str, Any]]:
    """The tags of `properties` for a create call of EC2."""
    tags = [{"Key": tag["Key"], "Value": str(tag["Value"])} for tag in properties.get("Tags", ())]
    return [{"ResourceType": kind, "Tags": tags}] if tags else []


def set_tags(context: Context, physical: str, change: Change) -> None:
    """The `Tags` of anything in EC2 whose physical id is its EC2 id."""
    gone, put = tag_changes(change)
    ec2 = context.client("ec2")
    if gone:
        ec2.delete_tags(Resources=[physical], Tags=[{"Key": key} for key in gone])
    if put:
        ec2.create_tags(Resources=[physical], Tags=put)


def _one(answer: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    found: Sequence[Mapping[str, Any]] = answer[key]
    if not found:
        raise LookupError(f"{key} not found")
    return found[0]


def _deleter(operation: str, argument: str) -> Callable[[Context, str, Properties], None]:
    def delete(context: Context, physical: str, _properties: Properties) -> None:
        getattr(context.client("ec2"), operation)(**{argument: physical})

    return delete


# -- AWS::EC2::VPC ---------------------------------------------------------------------------------------


def _create_vpc(context: Context, properties: Properties) -> str:
    vpc = context.client("ec2").create_vpc(
        CidrBlock=properties["CidrBlock"],
        **present(InstanceTenancy=properties.get("InstanceTenancy")),
        TagSpecifications=tag_specification("vpc", properties),
    )["Vpc"]["VpcId"]
    context.made(vpc)
    return str(vpc)


# EC2 API reference, ModifyVpcAttribute: DNS resolution is on and DNS hostnames are off in a new VPC
_VPC_DEFAULTS = {"EnableDnsSupport": True, "EnableDnsHostnames": False}


def _set_vpc_attribute(context: Context, vpc: str, change: Change) -> None:
    value = _VPC_DEFAULTS[change.name] if change.new is None else flag(change.new)
    context.client("ec2").modify_vpc_attribute(VpcId=vpc, **{change.name: {"Value": value}})


def _set_tenancy(context: Context, vpc: str, change: Change) -> None:
    context.client("ec2").modify_vpc_tenancy(VpcId=vpc, InstanceTenancy=change.new or "default")


def _vpc_attributes(context: Context, vpc: str, _properties: Properties) -> dict[str, Any]:
    ec2 = context.client("ec2")
    found = _one(ec2.describe_vpcs(VpcIds=[vpc]), "Vpcs")
    filters = [{"Name": "vpc-id", "Values": [vpc]}]
    groups = ec2.describe_security_groups(Filters=[*filters, {"Name": "group-name", "Values": ["default"]}])
    acls = ec2.describe_network_acls(Filters=[*filters, {"Name": "default", "Values": ["true"]}])
    return {
        "VpcId": vpc,
        "CidrBlock": found["CidrBlock"],
        "CidrBlockAssociations": [item["AssociationId"] for item in found.get("CidrBlockAssociationSet", ())],
        "Ipv6CidrBlocks": [item["Ipv6CidrBlock"] for item in found.get("Ipv6CidrBlockAssociationSet", ())],
        "DefaultSecurityGroup": _one(groups, "SecurityGroups")["GroupId"],
        "DefaultNetworkAcl": _one(acls, "NetworkAcls")["NetworkAclId"],
    }


# -- AWS::EC2::Subnet ------------------------------------------------------------------------------------

_SUBNET_TAKES = ("VpcId", "CidrBlock", "AvailabilityZone", "AvailabilityZoneId", "Ipv6CidrBlock")


def _create_subnet(context: Context, properties: Properties) -> str:
    subnet = context.client("ec2").create_subnet(
        **{name: properties[name] for name in _SUBNET_TAKES if name in properties},
        TagSpecifications=tag_specification("subnet", properties),
    )["Subnet"]["SubnetId"]
    context.made(subnet)
    return str(subnet)


def _set_subnet_flag(context: Context, subnet: str, change: Change) -> None:
    value = {"Value": flag(change.new or False)}
    context.client("ec2").modify_subnet_attribute(SubnetId=subnet, **{change.name: value})


def _set_private_dns(context: Context, subnet: str, change: Change) -> None:
    # one attribute a call (EC2 API reference, ModifySubnetAttribute)
    ec2, new = context.client("ec2"), change.new or {}
    ec2.modify_subnet_attribute(
        SubnetId=subnet, PrivateDnsHostnameTypeOnLaunch=new.get("HostnameType", "ip-name")
    )
    for name in ("EnableResourceNameDnsARecord", "EnableResourceNameDnsAAAARecord"):
        ec2.modify_subnet_attribute(
            SubnetId=subnet, **{f"{name}OnLaunch": {"Value": flag(new.get(name, False))}}
        )


def _acl_association(context: Context, subnet: str) -> Mapping[str, Any]:
    """The subnet's only network ACL association."""
    answer = context.client("ec2").describe_network_acls(
        Filters=[{"Name": "association.subnet-id", "Values": [subnet]}]
    )
    for acl in answer["NetworkAcls"]:
        for association in acl["Associations"]:
            if association["SubnetId"] == subnet:
                return association  # type: ignore[no-any-return]
    raise LookupError(f"no network ACL association of {subnet}")


def _subnet_attributes(context: Context, subnet: str, _properties: Properties) -> dict[str, Any]:
    found = _one(context.client("ec2").describe_subnets(SubnetIds=[subnet]), "Subnets")
    return {
        "SubnetId": subnet,
        "VpcId": found["VpcId"],
        "CidrBlock": found["CidrBlock"],
        "AvailabilityZone": found["AvailabilityZone"],
        "AvailabilityZoneId": found["AvailabilityZoneId"],
        "OutpostArn": found.get("OutpostArn", ""),
        "Ipv6CidrBlocks": [item["Ipv6CidrBlock"] for item in found.get("Ipv6CidrBlockAssociationSet", ())],
        "NetworkAclAssociationId": _acl_association(context, subnet)["NetworkAclAssociationId"],
    }


# -- route tables ----------------------------------------------------------------------------------------


def _create_route_table(context: Context, properties: Properties) -> str:
    table = context.client("ec2").create_route_table(
        VpcId=properties["VpcId"], TagSpecifications=tag_specification("route-table", properties)
    )["RouteTable"]["RouteTableId"]
    context.made(table)
    return str(table)


_DESTINATIONS = ("DestinationCidrBlock", "DestinationIpv6CidrBlock", "DestinationPrefixListId")
_TARGETS = (
    *("CarrierGatewayId", "CoreNetworkArn", "EgressOnlyInternetGatewayId", "GatewayId", "InstanceId"),
    *("LocalGatewayId", "NatGatewayId", "NetworkInterfaceId", "TransitGatewayId", "VpcEndpointId"),
    "VpcPeeringConnectionId",
)


def _route(properties: Properties, *names: str) -> dict[str, Any]:
    return {name: properties[name] for name in names if name in properties}


def _create_route(context: Context, properties: Properties) -> str:
    context.client("ec2").create_route(**_route(properties, "RouteTableId", *_DESTINATIONS, *_TARGETS))
    destination = next(properties[name] for name in _DESTINATIONS if name in properties)
    # the registry's primary identifier: route table and destination
    physical = f"{properties['RouteTableId']}|{destination}"
    context.made(physical)
    return physical


def _set_target(context: Context, _physical: str, change: Change) -> None:
    if not any(change.properties.get(name) for name in _TARGETS):
        raise ValueError("a route must have a target")
    context.client("ec2").replace_route(
        **_route(change.properties, "RouteTableId", *_DESTINATIONS, *_TARGETS)
    )


def _delete_route(context: Context, _physical: str, properties: Properties) -> None:
    context.client("ec2").delete_route(**_route(properties, "RouteTableId", *_DESTINATIONS))


def _route_attributes(_context: Context, physical: str, _properties: Properties) -> dict[str, Any]:
    return {"CidrBlock": physical.partition("|")[2]}


def _create_table_association(context: Context, properties: Properties) -> str:
    ec2 = context.client("ec2")
    subnet, table = properties["SubnetId"], properties["RouteTableId"]
    tables = ec2.describe_route_tables(Filters=[{"Name": "association.subnet-id", "Values": [subnet]}])
    existing = [
        association["RouteTableAssociationId"]
        for found in tables["RouteTables"]
        for association in found["Associations"]
        if association.get("SubnetId") == subnet
    ]
    if existing:
        # a subnet has one association: replacing it is how an update makes the new one first
        association = ec2.replace_route_table_association(AssociationId=existing[0], RouteTableId=table)[
            "NewAssociationId"
        ]
    else:
        association = ec2.associate_route_table(RouteTableId=table, SubnetId=subnet)["AssociationId"]
    context.made(association)
    return str(association)


# -- network ACLs ----------------------------------------------------------------------------------------


def _create_acl(context: Context, properties: Properties) -> str:
    acl = context.client("ec2").create_network_acl(
        VpcId=properties["VpcId"], TagSpecifications=tag_specification("network-acl", properties)
    )["NetworkAcl"]["NetworkAclId"]
    context.made(acl)
    return str(acl)


def _entry(properties: Properties) -> dict[str, Any]:
    entry: dict[str, Any] = {
        "NetworkAclId": properties["NetworkAclId"],
        "RuleNumber": int(properties["RuleNumber"]),
        "Protocol": str(properties["Protocol"]),
        "RuleAction": properties["RuleAction"],
        "Egress": flag(properties.get("Egress", False)),
        **present(CidrBlock=properties.get("CidrBlock"), Ipv6CidrBlock=properties.get("Ipv6CidrBlock")),
    }
    ports = properties.get("PortRange")
    if ports:
        entry["PortRange"] = present(From=number(ports.get("From")), To=number(ports.get("To")))
    icmp = properties.get("Icmp")
    if icmp:
        entry["IcmpTypeCode"] = present(Type=number(icmp.get("Type")), Code=number(icmp.get("Code")))
    return entry


def entry_id(properties: Properties) -> str:
    """Physical id of an AWS::EC2::NetworkAclEntry: `acl-id|egress|rule number`.

    AWS makes an opaque id; what the three parts name is unique in an account, and enough to read it back.
    """
    egress = str(flag(properties.get("Egress", False))).lower()
    return f"{properties['NetworkAclId']}|{egress}|{int(properties['RuleNumber'])}"


def _create_entry(context: Context, properties: Properties) -> str:
    context.client("ec2").create_network_acl_entry(**_entry(properties))
    context.made(entry_id(properties))
    return entry_id(properties)


def _set_entry(context: Context, _physical: str, change: Change) -> None:
    context.client("ec2").replace_network_acl_entry(**_entry(change.properties))


def _delete_entry(context: Context, _physical: str, properties: Properties) -> None:
    entry = _entry(properties)
    context.client("ec2").delete_network_acl_entry(
        **{name: entry[name] for name in ("NetworkAclId", "RuleNumber", "Egress")}
    )


def _create_acl_association(context: Context, properties: Properties) -> str:
    current = _acl_association(context, properties["SubnetId"])["NetworkAclAssociationId"]
    association = context.client("ec2").replace_network_acl_association(
        AssociationId=current, NetworkAclId=properties["NetworkAclId"]
    )["NewAssociationId"]
    context.made(association)
    return str(association)


def _delete_acl_association(context: Context, physical: str, properties: Properties) -> None:
    """A subnet is never without a network ACL: it goes back to the VPC's default one."""
    ec2 = context.client("ec2")
    current = _acl_association(context, properties["SubnetId"])
    if current["NetworkAclAssociationId"] != physical:
        return  # replaced since
    vpc = _one(ec2.describe_subnets(SubnetIds=[properties["SubnetId"]]), "Subnets")["VpcId"]
    filters = [{"Name": "vpc-id", "Values": [vpc]}, {"Name": "default", "Values": ["true"]}]
    default = _one(ec2.describe_network_acls(Filters=filters), "NetworkAcls")["NetworkAclId"]
    ec2.replace_network_acl_association(AssociationId=physical, NetworkAclId=default)


# -- gateways --------------------------------------------------------------------------------------------


def _create_internet_gateway(context: Context, properties: Properties) -> str:
    gateway = context.client("ec2").create_internet_gateway(
        TagSpecifications=tag_specification("internet-gateway", properties)
    )["InternetGateway"]["InternetGatewayId"]
    context.made(gateway)
    return str(gateway)


def _create_attachment(context: Context, properties: Properties) -> str:
    context.client("ec2").attach_internet_gateway(
        InternetGatewayId=properties["InternetGatewayId"], VpcId=properties["VpcId"]
    )
    physical = f"IGW|{properties['VpcId']}"
    context.made(physical)
    return physical


def _set_attached(context: Context, _physical: str, change: Change) -> None:
    ec2, vpc = context.client("ec2"), change.properties["VpcId"]
    if change.old:
        ignore_gone(ec2.detach_internet_gateway, InternetGatewayId=change.old, VpcId=vpc)
    if change.new:
        ec2.attach_internet_gateway(InternetGatewayId=change.new, VpcId=vpc)


def _delete_attachment(context: Context, _physical: str, properties: Properties) -> None:
    context.client("ec2").detach_internet_gateway(
        InternetGatewayId=properties["InternetGatewayId"], VpcId=properties["VpcId"]
    )


def _create_address(context: Context, properties: Properties) -> str:
    ec2 = context.client("ec2")
    address = ec2.allocate_address(
        Domain=properties.get("Domain", "vpc"),
        **present(NetworkBorderGroup=properties.get("NetworkBorderGroup")),
        TagSpecifications=tag_specification("elastic-ip", properties),
    )
    context.made(address["PublicIp"])
    return str(address["PublicIp"])


def _address(context: Context, ip: str) -> Mapping[str, Any]:
    return _one(context.client("ec2").describe_addresses(PublicIps=[ip]), "Addresses")


def _delete_address(context: Context, ip: str, _properties: Properties) -> None:
    context.client("ec2").release_address(AllocationId=_address(context, ip)["AllocationId"])


def _set_address_tags(context: Context, ip: str, change: Change) -> None:
    set_tags(context, _address(context, ip)["AllocationId"], change)


def _address_attributes(context: Context, ip: str, _properties: Properties) -> dict[str, Any]:
    return {"PublicIp": ip, "AllocationId": _address(context, ip)["AllocationId"]}


def _create_nat(context: Context, properties: Properties) -> str:
    nat = context.client("ec2").create_nat_gateway(
        SubnetId=properties["SubnetId"],
        **present(
            AllocationId=properties.get("AllocationId"),
            ConnectivityType=properties.get("ConnectivityType"),
            PrivateIpAddress=properties.get("PrivateIpAddress"),
        ),
        TagSpecifications=tag_specification("natgateway", properties),
    )["NatGateway"]["NatGatewayId"]
    context.made(nat)
    return str(nat)


def _nat_attributes(context: Context, nat: str, _properties: Properties) -> dict[str, Any]:
    found = _one(context.client("ec2").describe_nat_gateways(NatGatewayIds=[nat]), "NatGateways")
    addresses = found.get("NatGatewayAddresses") or [{}]
    return {"NatGatewayId": nat, "EniId": addresses[0].get("NetworkInterfaceId", "")}


# -- AWS::EC2::FlowLog -----------------------------------------------------------------------------------

_FLOW_LOG_TAKES = (
    *("DeliverCrossAccountRole", "DeliverLogsPermissionArn", "LogDestination", "LogDestinationType"),
    *("LogFormat", "LogGroupName", "ResourceType", "TrafficType"),
)


def _create_flow_log(context: Context, properties: Properties) -> str:
    arguments = {name: properties[name] for name in _FLOW_LOG_TAKES if name in properties}
    options = properties.get("DestinationOptions")
    if options:
        arguments["DestinationOptions"] = {
            name: item if name == "FileFormat" else flag(item) for name, item in options.items()
        }
    answer = context.client("ec2").create_flow_logs(
        ResourceIds=[properties["ResourceId"]],
        **arguments,
        **present(MaxAggregationInterval=number(properties.get("MaxAggregationInterval"))),
        TagSpecifications=tag_specification("vpc-flow-log", properties),
    )
    if answer.get("Unsuccessful"):
        raise ValueError(answer["Unsuccessful"][0]["Error"]["Message"])
    flow_log = answer["FlowLogIds"][0]
    context.made(flow_log)
    return str(flow_log)


def _delete_flow_log(context: Context, flow_log: str, _properties: Properties) -> None:
    context.client("ec2").delete_flow_logs(FlowLogIds=[flow_log])


def _identified(attribute: str) -> Callable[[Context, str, Properties], dict[str, Any]]:
    def attributes(_context: Context, physical: str, _properties: Properties) -> dict[str, Any]:
        return {attribute: physical}

    return attributes


_TAGS = {"Tags": set_tags}

PROVIDERS = {
    "AWS::EC2::VPC": Provider(
        create=_create_vpc,
        delete=_deleter("delete_vpc", "VpcId"),
        takes=frozenset({"CidrBlock", "InstanceTenancy", "Tags"}),
        setters={
            "EnableDnsSupport": _set_vpc_attribute,
            "EnableDnsHostnames": _set_vpc_attribute,
            "InstanceTenancy": _set_tenancy,
            **_TAGS,
        },
        attributes=_vpc_attributes,
        # AWS::EC2::VPC reference, InstanceTenancy: only dedicated to default needs no replacement
        replaced_when={
            "InstanceTenancy": lambda old, new: (old or "default") != (new or "default") != "default"
        },
    ),
    "AWS::EC2::Subnet": Provider(
        create=_create_subnet,
        delete=_deleter("delete_subnet", "SubnetId"),
        takes=frozenset({*_SUBNET_TAKES, "Tags"}),
        setters={
            "MapPublicIpOnLaunch": _set_subnet_flag,
            "AssignIpv6AddressOnCreation": _set_subnet_flag,
            "PrivateDnsNameOptionsOnLaunch": _set_private_dns,
            **_TAGS,
        },
        attributes=_subnet_attributes,
    ),
    "AWS::EC2::RouteTable": Provider(
        create=_create_route_table,
        delete=_deleter("delete_route_table", "RouteTableId"),
        takes=frozenset({"VpcId", "Tags"}),
        setters=_TAGS,
        attributes=_identified("RouteTableId"),
    ),
    "AWS::EC2::Route": Provider(
        create=_create_route,
        delete=_delete_route,
        takes=frozenset({"RouteTableId", *_DESTINATIONS, *_TARGETS}),
        setters=dict.fromkeys(_TARGETS, _set_target),
        attributes=_route_attributes,
    ),
    "AWS::EC2::SubnetRouteTableAssociation": Provider(
        create=_create_table_association,
        delete=_deleter("disassociate_route_table", "AssociationId"),
        takes=frozenset({"RouteTableId", "SubnetId"}),
        attributes=_identified("Id"),
    ),
    "AWS::EC2::NetworkAcl": Provider(
        create=_create_acl,
        delete=_deleter("delete_network_acl", "NetworkAclId"),
        takes=frozenset({"VpcId", "Tags"}),
        setters=_TAGS,
        attributes=_identified("Id"),
    ),
    "AWS::EC2::NetworkAclEntry": Provider(
        create=_create_entry,
        delete=_delete_entry,
        takes=frozenset(
            {"NetworkAclId", "RuleNumber", "Egress", "Protocol", "RuleAction"}
            | {"CidrBlock", "Ipv6CidrBlock", "PortRange", "Icmp"}
        ),
        setters=dict.fromkeys(
            ("Protocol", "RuleAction", "CidrBlock", "Ipv6CidrBlock", "PortRange", "Icmp"), _set_entry
        ),
        attributes=_identified("Id"),
    ),
    "AWS::EC2::SubnetNetworkAclAssociation": Provider(
        create=_create_acl_association,
        delete=_delete_acl_association,
        takes=frozenset({"NetworkAclId", "SubnetId"}),
        attributes=_identified("AssociationId"),
    ),
    "AWS::EC2::InternetGateway": Provider(
        create=_create_internet_gateway,
        delete=_deleter("delete_internet_gateway", "InternetGatewayId"),
        takes=frozenset({"Tags"}),
        setters=_TAGS,
        attributes=_identified("InternetGatewayId"),
    ),
    "AWS::EC2::VPCGatewayAttachment": Provider(
        create=_create_attachment,
        delete=_delete_attachment,
        takes=frozenset({"VpcId", "InternetGatewayId"}),
        setters={"InternetGatewayId": _set_attached},
        attributes=lambda _context, _physical, _properties: {"AttachmentType": "IGW"},
    ),
    "AWS::EC2::EIP": Provider(
        create=_create_address,
        delete=_delete_address,
        takes=frozenset({"Domain", "NetworkBorderGroup", "Tags"}),
        setters={"Tags": _set_address_tags},
        attributes=_address_attributes,
    ),
    "AWS::EC2::NatGateway": Provider(
        create=_create_nat,
        delete=_deleter("delete_nat_gateway", "NatGatewayId"),
        takes=frozenset({"SubnetId", "AllocationId", "ConnectivityType", "PrivateIpAddress", "Tags"}),
        setters=_TAGS,
        attributes=_nat_attributes,
    ),
    "AWS::EC2::FlowLog": Provider(
        create=_create_flow_log,
        delete=_delete_flow_log,
        takes=frozenset(
            {*_FLOW_LOG_TAKES, "ResourceId", "DestinationOptions", "MaxAggregationInterval", "Tags"}
        ),
        setters=_TAGS,
        attributes=_identified("Id"),
    ),
}
