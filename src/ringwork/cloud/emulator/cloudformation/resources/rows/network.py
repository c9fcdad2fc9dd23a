"""AWS::EC2 types beside the network's skeleton, load balancers, DNS, and the network's own firewall."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any

from ringwork.cloud.emulator.cloudformation.resources.api import Api, sets
from ringwork.cloud.emulator.cloudformation.resources.provider import (
    Change,
    Context,
    Properties,
    RefusedError,
    added_and_removed,
    flag,
)


def _set_entries(context: Context, list_id: str, change: Change) -> None:
    """EC2 API reference, ModifyManagedPrefixList: a CIDR names its entry; a change names the version."""
    if change.creating:
        return
    ec2 = context.client("ec2")
    version = ec2.describe_managed_prefix_lists(PrefixListIds=[list_id])["PrefixLists"][0]["Version"]
    add, remove = added_and_removed(change)
    lists = {
        "AddEntries": [dict(entry) for entry in add],
        "RemoveEntries": [{"Cidr": entry["Cidr"]} for entry in remove],
    }
    ec2.modify_managed_prefix_list(
        PrefixListId=list_id,
        CurrentVersion=version,
        **{name: entries for name, entries in lists.items() if entries},
    )


def _accept(context: Context, peering: str, properties: Properties) -> None:
    """Resource reference: CloudFormation accepts a peering that its own account may accept."""
    elsewhere = properties.get("PeerRegion") not in (None, context.region)
    if str(properties.get("PeerOwnerId", context.account)) != context.account:
        if properties.get("PeerRoleArn"):
            raise ValueError("the local cloud does not accept a peering by a role of the peer's account")
        return
    if not elsewhere:
        context.client("ec2").accept_vpc_peering_connection(VpcPeeringConnectionId=peering)
        return
    context.client("ec2", str(properties["PeerRegion"])).accept_vpc_peering_connection(
        VpcPeeringConnectionId=peering
    )


def _set_instance(context: Context, instance: str, change: Change) -> None:
    if change.creating:
        return
    if change.new is None:
        raise RefusedError(f"{change.name}: the local cloud cannot take it back to its default")
    value: Any = {"Value": flag(change.new)}
    argument = change.name
    if change.name == "SecurityGroupIds":
        argument, value = "Groups", list(change.new)
    context.client("ec2").modify_instance_attribute(InstanceId=instance, **{argument: value})


def _set_source_check(context: Context, instance: str, change: Change) -> None:
    value = {"Value": True if change.new is None else flag(change.new)}
    context.client("ec2").modify_instance_attribute(InstanceId=instance, SourceDestCheck=value)


def _terminate(context: Context, instance: str, _properties: Properties) -> None:
    context.client("ec2").terminate_instances(InstanceIds=[instance])


def _delete_service(context: Context, service: str, _properties: Properties) -> None:
    context.client("ec2").delete_vpc_endpoint_service_configurations(ServiceIds=[service])


def _set_balancers(context: Context, service: str, change: Change) -> None:
    add, remove = added_and_removed(change)
    kind = change.name.removesuffix("Arns")
    lists = ((f"Add{kind}Arns", add), (f"Remove{kind}Arns", remove))
    given = {name: items for name, items in lists if items}
    if given and not change.creating:
        context.client("ec2").modify_vpc_endpoint_service_configuration(ServiceId=service, **given)


def _decoded(text: Any, _properties: Properties) -> bytes:
    """boto3 encodes user data itself; a template has it encoded."""
    return base64.b64decode(str(text))


def _set_logging(context: Context, firewall: str, change: Change) -> None:
    """Network Firewall API reference, UpdateLoggingConfiguration: one destination more or less a call."""
    client = context.client("network-firewall")
    wanted = list((change.new or {}).get("LogDestinationConfigs", ()))
    answer = client.describe_logging_configuration(FirewallArn=firewall)
    present = list(answer.get("LoggingConfiguration", {}).get("LogDestinationConfigs", ()))
    for config in [each for each in present if each not in wanted]:
        present.remove(config)
        _log(client, firewall, present)
    for config in [each for each in wanted if each not in present]:
        present.append(config)
        _log(client, firewall, present)


def _log(client: Any, firewall: str, configs: list[Any]) -> None:
    client.update_logging_configuration(
        FirewallArn=firewall, LoggingConfiguration={"LogDestinationConfigs": configs}
    )


def _delete_logging(context: Context, firewall: str, properties: Properties) -> None:
    _set_logging(context, firewall, Change("LoggingConfiguration", None, None, properties))


def _set_subnet_mappings(context: Context, firewall: str, change: Change) -> None:
    if change.creating:
        return
    add, remove = added_and_removed(change)
    client = context.client("network-firewall")
    if add:
        client.associate_subnets(FirewallArn=firewall, SubnetMappings=[dict(each) for each in add])
    if remove:
        client.disassociate_subnets(FirewallArn=firewall, SubnetIds=[each["SubnetId"] for each in remove])


def _endpoint_ids(context: Context, firewall: str) -> list[str]:
    """`ZONE:ENDPOINT`, in no particular order (AWS::NetworkFirewall::Firewall, EndpointIds): the last zone
    first, so that nobody relies on another."""
    found = context.client("network-firewall").describe_firewall(FirewallArn=firewall)
    states = found["FirewallStatus"].get("SyncStates", {})
    return [f"{zone}:{states[zone]['Attachment']['EndpointId']}" for zone in sorted(states, reverse=True)]


def _first_vpc(vpcs: Any, _properties: Properties) -> Mapping[str, str]:
    return dict(vpcs[0])


def _associate_rest(context: Context, zone: str, properties: Properties) -> None:
    for vpc in list(properties.get("VPCs") or ())[1:]:
        context.client("route53").associate_vpc_with_hosted_zone(HostedZoneId=zone, VPC=dict(vpc))


def _set_vpcs(context: Context, zone: str, change: Change) -> None:
    if change.creating:
        return
    add, remove = added_and_removed(change)
    route53 = context.client("route53")
    for vpc in add:
        route53.associate_vpc_with_hosted_zone(HostedZoneId=zone, VPC=dict(vpc))
    for vpc in remove:
        route53.disassociate_vpc_from_hosted_zone(HostedZoneId=zone, VPC=dict(vpc))


ROWS = {
    "AWS::EC2::VPCCidrBlock": Api(
        service="ec2",
        create="associate_vpc_cidr_block",
        ref=(
            "{answer[Ipv6CidrBlockAssociation][AssociationId]}",
            "{answer[CidrBlockAssociation][AssociationId]}",
        ),
        key={"AssociationId": "{ref}"},
        delete="disassociate_vpc_cidr_block",
        attributes={"Id": "{ref}"},
    ),
    "AWS::EC2::EgressOnlyInternetGateway": Api(
        service="ec2",
        create="create_egress_only_internet_gateway",
        ref="{answer[EgressOnlyInternetGateway][EgressOnlyInternetGatewayId]}",
        key={"EgressOnlyInternetGatewayId": "{ref}"},
        delete="delete_egress_only_internet_gateway",
        attributes={"Id": "{ref}"},
        kind="egress-only-internet-gateway",
    ),
    "AWS::EC2::PrefixList": Api(
        service="ec2",
        create="create_managed_prefix_list",
        ref="{answer[PrefixList][PrefixListId]}",
        key={"PrefixListId": "{ref}"},
        delete="delete_managed_prefix_list",
        read="describe_managed_prefix_lists",
        read_key={"PrefixListIds": ["{ref}"]},
        found="PrefixLists.0",
        update=("modify_managed_prefix_list",),
        changes={"Entries": _set_entries},
        attributes={"Arn": "{found[PrefixListArn]}"},
        kind="prefix-list",
    ),
    "AWS::EC2::VPCEndpointService": Api(
        service="ec2",
        create="create_vpc_endpoint_service_configuration",
        ref="{answer[ServiceConfiguration][ServiceId]}",
        key={"ServiceId": "{ref}"},
        delete=_delete_service,
        update=("modify_vpc_endpoint_service_configuration",),
        changes=dict.fromkeys(("NetworkLoadBalancerArns", "GatewayLoadBalancerArns"), _set_balancers),
        setters={
            "PayerResponsibility": sets(
                "ec2",
                "modify_vpc_endpoint_service_payer_responsibility",
                "PayerResponsibility",
                key={"ServiceId": "{ref}"},
            )
        },
        kind="vpc-endpoint-service",
    ),
    "AWS::EC2::VPCPeeringConnection": Api(
        service="ec2",
        create="create_vpc_peering_connection",
        ref="{answer[VpcPeeringConnection][VpcPeeringConnectionId]}",
        key={"VpcPeeringConnectionId": "{ref}"},
        delete="delete_vpc_peering_connection",
        attributes={"Id": "{ref}"},
        after=_accept,
        ignore=frozenset({"PeerRoleArn", "AssumeRoleRegion"}),
        kind="vpc-peering-connection",
    ),
    "AWS::EC2::Instance": Api(
        service="ec2",
        create="run_instances",
        ref="{answer[Instances][0][InstanceId]}",
        delete=_terminate,
        read="describe_instances",
        read_key={"InstanceIds": ["{ref}"]},
        found="Reservations.0.Instances.0",
        names={
            "AvailabilityZone": "Placement.AvailabilityZone",
            "Tenancy": "Placement.Tenancy",
            "HostId": "Placement.HostId",
            "HostResourceGroupArn": "Placement.HostResourceGroupArn",
            "Affinity": "Placement.Affinity",
            "PlacementGroupName": "Placement.GroupName",
            "IamInstanceProfile": "IamInstanceProfile.Name",
            "Monitoring": "Monitoring.Enabled",
            "NetworkInterfaces/GroupSet": "Groups",
        },
        shaped={"UserData": _decoded},
        fixed={"MinCount": 1, "MaxCount": 1},
        changes=dict.fromkeys(("SecurityGroupIds", "DisableApiTermination", "EbsOptimized"), _set_instance),
        setters={"SourceDestCheck": _set_source_check},
        attributes={
            "AvailabilityZone": "{found[Placement][AvailabilityZone]}",
            "PrivateIp": "{found[PrivateIpAddress]}",
        },
        kind="instance",
    ),
    "AWS::EC2::LaunchTemplate": Api(
        service="ec2",
        create="create_launch_template",
        ref="{answer[LaunchTemplate][LaunchTemplateId]}",
        key={"LaunchTemplateId": "{ref}"},
        delete="delete_launch_template",
        read="describe_launch_templates",
        read_key={"LaunchTemplateIds": ["{ref}"]},
        found="LaunchTemplates.0",
        update=("create_launch_template_version",),
        whole=True,
        name="LaunchTemplateName",
        limit=128,
    ),
    "AWS::EC2::VPCBlockPublicAccessOptions": Api(
        service="ec2",
        create="modify_vpc_block_public_access_options",
        ref="{account}",
        delete="modify_vpc_block_public_access_options",
        delete_key={"InternetGatewayBlockMode": "off"},
        read="describe_vpc_block_public_access_options",
        found="VpcBlockPublicAccessOptions",
        update=("modify_vpc_block_public_access_options",),
    ),
    "AWS::NetworkFirewall::RuleGroup": Api(
        service="network-firewall",
        create="create_rule_group",
        ref="{answer[RuleGroupResponse][RuleGroupArn]}",
        key={"RuleGroupArn": "{ref}"},
        delete="delete_rule_group",
        read="describe_rule_group",
        found="RuleGroupResponse",
        update=("update_rule_group",),
        whole=True,
    ),
    "AWS::NetworkFirewall::FirewallPolicy": Api(
        service="network-firewall",
        create="create_firewall_policy",
        ref="{answer[FirewallPolicyResponse][FirewallPolicyArn]}",
        key={"FirewallPolicyArn": "{ref}"},
        delete="delete_firewall_policy",
        read="describe_firewall_policy",
        found="FirewallPolicyResponse",
        update=("update_firewall_policy",),
        whole=True,
    ),
    "AWS::NetworkFirewall::Firewall": Api(
        service="network-firewall",
        create="create_firewall",
        ref="{answer[Firewall][FirewallArn]}",
        key={"FirewallArn": "{ref}"},
        delete="delete_firewall",
        read="describe_firewall",
        found="Firewall",
        update=(
            "update_firewall_delete_protection",
            "update_firewall_description",
            "update_subnet_change_protection",
            "update_firewall_policy_change_protection",
            "associate_firewall_policy",
        ),
        changes={"SubnetMappings": _set_subnet_mappings},
        computed={"EndpointIds": _endpoint_ids},
    ),
    "AWS::NetworkFirewall::LoggingConfiguration": Api(
        service="network-firewall",
        create="describe_logging_configuration",
        ref="{given[FirewallArn]}",
        delete=_delete_logging,
        setters={"LoggingConfiguration": _set_logging},
    ),
    "AWS::Route53::HostedZone": Api(
        service="route53",
        create="create_hosted_zone",
        ref="{answer[HostedZone][Id]}",
        short=True,
        key={"Id": "{tail}"},
        delete="delete_hosted_zone",
        read="get_hosted_zone",
        names={"VPCs": "VPC"},
        shaped={"VPCs": _first_vpc},
        fixed={"CallerReference": "{unique}"},
        after=_associate_rest,
        changes={"VPCs": _set_vpcs},
        attributes={"Id": "{ref}"},
    ),
    "AWS::VpcLattice::ServiceNetwork": Api(
        service="vpc-lattice",
        create="create_service_network",
        ref="{answer[arn]}",
        key={"serviceNetworkIdentifier": "{ref}"},
        delete="delete_service_network",
        read="get_service_network",
        update=("update_service_network",),
        name="Name",
        lower=True,
    ),
}
