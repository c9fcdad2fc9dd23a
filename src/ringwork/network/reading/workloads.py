"""Interfaces that services put into subnets for what their resources say: a table of where they say it.

AWS: the template reference's page of each type. A service makes the interfaces itself, with the security
groups that are named, and no public address unless said here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from ringwork.estate import Resource, Unknown
from ringwork.network.addresses import Address, parse_address
from ringwork.network.model import Group, GroupPeer, GroupRule, Interface, Place
from ringwork.network.packets import ALL
from ringwork.network.reading.instances import maps_public
from ringwork.network.reading.interfaces import Interfaces
from ringwork.network.reading.reader import Reader, at

Path = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Uses:
    """Where a type names its subnets and security groups."""

    kind: str
    subnets: Path
    groups: Path
    public: Path | None = None
    """what gives it public addresses"""
    mapped: bool = False
    """it has public addresses where its subnet gives them"""
    more_groups: bool = False
    """the service adds groups of its own"""


def _vpc(kind: str, *path: str, subnets: str = "Subnets", groups: str = "SecurityGroupIds") -> Uses:
    return Uses(kind, (*path, subnets), (*path, groups))


_JOBS = ("NetworkConfig", "VpcConfig")
TABLE: Mapping[str, tuple[Uses, ...]] = {
    "AWS::SageMaker::NotebookInstance": (_vpc("sagemaker", subnets="SubnetId"),),
    "AWS::SageMaker::Model": (_vpc("sagemaker", "VpcConfig"),),
    "AWS::SageMaker::EndpointConfig": (_vpc("sagemaker", "VpcConfig"),),
    "AWS::SageMaker::Cluster": (_vpc("sagemaker", "VpcConfig"),),
    "AWS::SageMaker::ProcessingJob": (_vpc("sagemaker", *_JOBS),),
    "AWS::SageMaker::DataQualityJobDefinition": (_vpc("sagemaker", *_JOBS),),
    "AWS::SageMaker::ModelQualityJobDefinition": (_vpc("sagemaker", *_JOBS),),
    "AWS::SageMaker::ModelBiasJobDefinition": (_vpc("sagemaker", *_JOBS),),
    "AWS::SageMaker::ModelExplainabilityJobDefinition": (_vpc("sagemaker", *_JOBS),),
    "AWS::SageMaker::MonitoringSchedule": (
        _vpc("sagemaker", "MonitoringScheduleConfig", "MonitoringJobDefinition", *_JOBS),
    ),
    "AWS::BedrockAgentCore::Runtime": (
        _vpc("bedrock", "NetworkConfiguration", "NetworkModeConfig", groups="SecurityGroups"),
    ),
    "AWS::BedrockAgentCore::BrowserCustom": (
        _vpc("bedrock", "NetworkConfiguration", "VpcConfig", groups="SecurityGroups"),
    ),
    "AWS::BedrockAgentCore::CodeInterpreterCustom": (
        _vpc("bedrock", "NetworkConfiguration", "VpcConfig", groups="SecurityGroups"),
    ),
    "AWS::Lambda::Function": (_vpc("lambda", "VpcConfig", subnets="SubnetIds"),),
    "AWS::EFS::MountTarget": (_vpc("efs", subnets="SubnetId", groups="SecurityGroups"),),
    "AWS::FSx::FileSystem": (_vpc("fsx", subnets="SubnetIds"),),
    "AWS::ECS::Service": (
        Uses(
            "ecs",
            ("NetworkConfiguration", "AwsvpcConfiguration", "Subnets"),
            ("NetworkConfiguration", "AwsvpcConfiguration", "SecurityGroups"),
            ("NetworkConfiguration", "AwsvpcConfiguration", "AssignPublicIp"),
        ),
    ),
    "AWS::Batch::ComputeEnvironment": (
        Uses("batch", ("ComputeResources", "Subnets"), ("ComputeResources", "SecurityGroupIds"), mapped=True),
    ),
    "AWS::EKS::Cluster": (
        Uses(
            "eks",
            ("ResourcesVpcConfig", "SubnetIds"),
            ("ResourcesVpcConfig", "SecurityGroupIds"),
            more_groups=True,
        ),
    ),
    "AWS::CodeBuild::Project": (_vpc("codebuild", "VpcConfig"),),
    "AWS::Glue::Connection": (
        _vpc(
            "glue",
            "ConnectionInput",
            "PhysicalConnectionRequirements",
            subnets="SubnetId",
            groups="SecurityGroupIdList",
        ),
    ),
    "AWS::MWAA::Environment": (_vpc("mwaa", "NetworkConfiguration", subnets="SubnetIds"),),
    "AWS::MSK::Cluster": (
        Uses(
            "msk",
            ("BrokerNodeGroupInfo", "ClientSubnets"),
            ("BrokerNodeGroupInfo", "SecurityGroups"),
            ("BrokerNodeGroupInfo", "ConnectivityInfo", "PublicAccess", "Type"),
        ),
    ),
    "AWS::OpenSearchService::Domain": (_vpc("opensearch", "VPCOptions", subnets="SubnetIds"),),
    "AWS::OpenSearchServerless::VpcEndpoint": (_vpc("endpoint-of-service", subnets="SubnetIds"),),
    "AWS::Elasticsearch::Domain": (_vpc("opensearch", "VPCOptions", subnets="SubnetIds"),),
    "AWS::AppRunner::VpcConnector": (_vpc("app-runner", groups="SecurityGroups"),),
    "AWS::ApiGatewayV2::VpcLink": (_vpc("api-gateway", subnets="SubnetIds"),),
    "AWS::RedshiftServerless::Workgroup": (
        Uses("redshift", ("SubnetIds",), ("SecurityGroupIds",), ("PubliclyAccessible",)),
    ),
    "AWS::EC2::InstanceConnectEndpoint": (_vpc("connect-endpoint", subnets="SubnetId"),),
}
"""type -> its interfaces"""
SUBNET_GROUPS: Mapping[str, tuple[str, str, str, str, str, str]] = {
    "AWS::RDS::DBInstance": (
        *("rds", "DBSubnetGroupName", "AWS::RDS::DBSubnetGroup", "SubnetIds"),
        *("VPCSecurityGroups", "PubliclyAccessible"),
    ),
    "AWS::RDS::DBCluster": (
        *("rds", "DBSubnetGroupName", "AWS::RDS::DBSubnetGroup", "SubnetIds"),
        *("VpcSecurityGroupIds", "PubliclyAccessible"),
    ),
    "AWS::Neptune::DBCluster": (
        *("neptune", "DBSubnetGroupName", "AWS::Neptune::DBSubnetGroup", "SubnetIds"),
        *("VpcSecurityGroupIds", ""),
    ),
    "AWS::DocDB::DBCluster": (
        *("docdb", "DBSubnetGroupName", "AWS::DocDB::DBSubnetGroup", "SubnetIds"),
        *("VpcSecurityGroupIds", ""),
    ),
    "AWS::ElastiCache::ReplicationGroup": (
        *("elasticache", "CacheSubnetGroupName", "AWS::ElastiCache::SubnetGroup", "SubnetIds"),
        *("SecurityGroupIds", ""),
    ),
    "AWS::ElastiCache::CacheCluster": (
        *("elasticache", "CacheSubnetGroupName", "AWS::ElastiCache::SubnetGroup", "SubnetIds"),
        *("VpcSecurityGroupIds", ""),
    ),
    "AWS::Redshift::Cluster": (
        *("redshift", "ClusterSubnetGroupName", "AWS::Redshift::ClusterSubnetGroup", "SubnetIds"),
        *("VpcSecurityGroupIds", "PubliclyAccessible"),
    ),
}
"""type -> kind, what names the subnet group, the group's type and its list, the security groups, public"""


def read_workloads(reader: Reader, interfaces: Interfaces) -> None:
    for type in sorted(reader.estate.types):
        if type in TABLE:
            for resource in reader.estate.of_type(type):
                for uses in TABLE[type]:
                    _interfaces(reader, interfaces, resource, uses)
        elif type in SUBNET_GROUPS:
            for resource in reader.estate.of_type(type):
                _in_subnet_group(reader, interfaces, resource, *SUBNET_GROUPS[type])
    _domains(reader, interfaces)
    _scaling(reader, interfaces)
    _resolvers(reader, interfaces)


def _interfaces(reader: Reader, interfaces: Interfaces, resource: Resource, uses: Uses) -> None:
    value = at(resource.properties, *uses.subnets)
    if value is None:
        return
    subnets = interfaces.subnets_at(resource, value, *uses.subnets)
    if not subnets:
        return
    vpc = interfaces.subnets[subnets[0]].vpc
    groups, certain = interfaces.groups_at(resource, at(resource.properties, *uses.groups), vpc, *uses.groups)
    public = False
    if uses.public is not None:
        given = at(resource.properties, *uses.public)
        public = given is not False and reader.text(given) not in NOT_PUBLIC
    if uses.mapped:
        public = any(maps_public(reader, subnet) for subnet in subnets) or _fargate_public(reader, resource)
    eni = resource.attributes.get("NetworkInterfaceId")
    live = [interfaces.physical[eni]] if isinstance(eni, str) and eni in interfaces.physical else []
    certain = certain and not uses.more_groups
    keys = interfaces.make(resource, uses.kind, subnets, groups, certain=certain, public=public, live=live)
    address = _address(reader, resource)
    if address is not None and len(keys) == 1:
        known = interfaces.known[keys[0]]
        interfaces.add(
            Interface(
                known.key,
                known.subnet,
                (address,),
                known.groups,
                known.kind,
                known.owner,
                public_possible=known.public_possible,
                certain_groups=known.certain_groups,
            )
        )


NOT_PUBLIC = (None, "DISABLED", "false", "False", "no")
"""what says that something has no public address: of ECS, of Redshift Serverless, of Amazon MSK"""


def _fargate_public(reader: Reader, environment: Resource) -> bool:
    """Whether jobs of AWS Batch on Fargate may ask for public addresses (template reference,
    AWS::Batch::JobDefinition, NetworkConfiguration, AssignPublicIp)."""
    kind = reader.text(at(environment.properties, "ComputeResources", "Type"))
    if isinstance(kind, str) and not kind.startswith("FARGATE"):
        return False
    path = ("ContainerProperties", "NetworkConfiguration", "AssignPublicIp")
    return any(
        reader.text(at(job.properties, *path)) not in NOT_PUBLIC
        for job in reader.estate.of_type("AWS::Batch::JobDefinition")
    )


def _address(reader: Reader, resource: Resource) -> Address | None:
    """A mount target may be given its address."""
    value = resource.properties.get("IpAddress") if resource.type == "AWS::EFS::MountTarget" else None
    text = reader.text(value)
    try:
        return parse_address(text) if isinstance(text, str) else None
    except ValueError:
        reader.note(resource, "its address is none", "IpAddress")
        return None


def _in_subnet_group(
    reader: Reader,
    interfaces: Interfaces,
    resource: Resource,
    kind: str,
    names: str,
    type: str,
    lists: str,
    groups_at: str,
    public_at: str,
) -> None:
    value = resource.properties.get(names)
    cluster = _cluster(reader, resource) if value is None else None
    if cluster is not None:
        value = cluster.properties.get(names)
    if value is None:
        return
    named = reader.named(value, resource)
    group = reader.estate.get(named) if isinstance(named, str) else None
    if group is None or group.type != type:
        name = reader.text(value)
        group = next(
            (
                each
                for each in reader.estate.of_type(type)
                if isinstance(name, str) and name in (each.physical, each.properties.get(names))
            ),
            None,
        )
    if group is None:
        reader.not_placed(resource, "its subnet group is not known", names)
        return
    subnets = interfaces.subnets_at(group, group.properties.get(lists), lists)
    vpc = interfaces.subnets[subnets[0]].vpc if subnets else None
    if cluster is not None:
        groups_at = "VpcSecurityGroupIds"
    secured = cluster if cluster is not None else resource
    groups, certain = interfaces.groups_at(secured, secured.properties.get(groups_at), vpc, groups_at)
    # RDS API reference, CreateDBInstance, PubliclyAccessible: where nothing is said, "if the subnets are part
    # of a VPC that has an internet gateway attached to it, the DB instance is public"; other editions of the
    # page say it is private: it may be either
    default = resource.type == "AWS::RDS::DBInstance" or _multi_zone(reader, resource)
    public = bool(public_at) and reader.truth(resource.properties.get(public_at), default) is not False
    interfaces.make(resource, kind, subnets, groups, certain=certain, public=public)


def _multi_zone(reader: Reader, resource: Resource) -> bool:
    """Whether it is a cluster that has addresses of its own: "Valid for Cluster Type: Multi-AZ DB clusters
    only" (RDS API reference, CreateDBCluster, PubliclyAccessible); of Aurora each instance says it."""
    engine = reader.text(resource.properties.get("Engine"))
    aurora = isinstance(engine, str) and engine.startswith("aurora")
    return resource.type == "AWS::RDS::DBCluster" and not aurora


def _cluster(reader: Reader, resource: Resource) -> Resource | None:
    """The cluster of a DB instance, whose subnet group and security groups it has (template reference,
    AWS::RDS::DBInstance: "the setting is managed by the DB cluster")."""
    if resource.type != "AWS::RDS::DBInstance":
        return None
    named = reader.named(resource.properties.get("DBClusterIdentifier"), resource)
    found = reader.estate.get(named) if isinstance(named, str) else None
    return found if found is not None and found.type == "AWS::RDS::DBCluster" else None


# --- SageMaker Studio


def _domains(reader: Reader, interfaces: Interfaces) -> None:
    """Apps of a domain run in its subnets with the groups of the user or space settings, and one more that
    SageMaker adds for NFS to the domain's file system (API reference, UserSettings, SecurityGroups)."""
    estate = reader.estate
    users: dict[str, list[Resource]] = {}
    for type in ("AWS::SageMaker::UserProfile", "AWS::SageMaker::Space"):
        for resource in estate.of_type(type):
            named = reader.named(resource.properties.get("DomainId"), resource)
            if isinstance(named, str):
                users.setdefault(named, []).append(resource)
    for domain in estate.of_type("AWS::SageMaker::Domain"):
        value = domain.properties.get("SubnetIds")
        subnets = interfaces.subnets_at(domain, value, "SubnetIds") if value is not None else []
        if not subnets:
            continue
        vpc = interfaces.subnets[subnets[0]].vpc
        nfs = _nfs(interfaces, domain, vpc, subnets)
        seen: set[frozenset[str]] = set()
        settings = [
            *((domain, (name, "SecurityGroups")) for name in ("DefaultUserSettings", "DefaultSpaceSettings")),
            *((user, ("UserSettings", "SecurityGroups")) for user in users.get(domain.key, ())),
        ]
        for resource, path in settings:
            listed = at(resource.properties, *path)
            if listed is None:
                continue
            groups, certain = interfaces.groups_at(resource, listed, vpc, *path)
            if groups in seen and certain:
                continue
            seen.add(groups)
            interfaces.make(resource, "sagemaker", subnets, groups | {nfs}, certain=certain)
        access = reader.text(domain.properties.get("AppNetworkAccessType"))
        if access != "VpcOnly":
            reader.not_modelled(
                domain, "apps reach the internet by a network of SageMaker's: `AppNetworkAccessType`"
            )
    for notebook in estate.of_type("AWS::SageMaker::NotebookInstance"):
        if reader.text(notebook.properties.get("DirectInternetAccess")) != "Disabled":
            reader.not_modelled(
                notebook, "it reaches the internet by a network of SageMaker's: `DirectInternetAccess`"
            )


def _nfs(interfaces: Interfaces, domain: Resource, vpc: str, subnets: list[str]) -> str:
    """The two groups that SageMaker makes, and the file system's mount targets. Their ports are AWS's."""
    apps, files = f"{domain.key}#nfs-apps", f"{domain.key}#nfs-files"
    known, place = interfaces.groups.known, Place(domain.key)
    known[apps] = Group(apps, vpc, (), (GroupRule(ALL, GroupPeer(files), place, certain=False),))
    known[files] = Group(files, vpc, (GroupRule(ALL, GroupPeer(apps), place, certain=False),), ())
    for subnet in subnets:
        key = f"{domain.key}#efs-{subnet.rsplit('/', 1)[-1]}"
        interfaces.add(Interface(key, subnet, (), frozenset((files,)), "efs", domain.key, assigned=False))
    return apps


# --- instances of Auto Scaling groups, addresses of Route 53 Resolver


def _scaling(reader: Reader, interfaces: Interfaces) -> None:
    """An Auto Scaling group launches instances in its subnets by a launch template."""
    for resource in reader.estate.of_type("AWS::AutoScaling::AutoScalingGroup"):
        value = resource.properties.get("VPCZoneIdentifier")
        if value is None:
            continue
        subnets = interfaces.subnets_at(resource, value, "VPCZoneIdentifier")
        data = _launch_data(reader, resource)
        vpc = interfaces.subnets[subnets[0]].vpc if subnets else None
        if data is None:
            reader.note(resource, "its launch template is not known", "LaunchTemplate")
            groups, certain, public = frozenset[str](), False, True
        else:
            named = at(data, "SecurityGroupIds")
            if named is None:
                named = at(data, "NetworkInterfaces", 0, "Groups")
            if named is None:
                named = at(data, "SecurityGroups")
            groups, certain = interfaces.groups_at(resource, named, vpc, "LaunchTemplate")
            given = at(data, "NetworkInterfaces", 0, "AssociatePublicIpAddress")
            default = any(maps_public(reader, subnet) for subnet in subnets)
            public = reader.truth(given, default) is not False
        interfaces.make(resource, "instance", subnets, groups, certain=certain, public=public)


def _launch_data(reader: Reader, resource: Resource) -> object:
    value = at(resource.properties, "LaunchTemplate", "LaunchTemplateId")
    if value is None:
        path = ("MixedInstancesPolicy", "LaunchTemplate", "LaunchTemplateSpecification", "LaunchTemplateId")
        value = at(resource.properties, *path)
    if value is None:
        value = resource.properties.get("LaunchConfigurationName")
    named = reader.named(value, resource)
    found = reader.estate.get(named) if isinstance(named, str) else None
    if found is None:
        return None
    if found.type == "AWS::AutoScaling::LaunchConfiguration":
        return found.properties
    data = found.properties.get("LaunchTemplateData")
    return data if isinstance(data, Mapping) else None


def _resolvers(reader: Reader, interfaces: Interfaces) -> None:
    for resource in reader.estate.of_type("AWS::Route53Resolver::ResolverEndpoint"):
        subnets = list(_resolver_subnets(reader, interfaces, resource))
        vpc = interfaces.subnets[subnets[0]].vpc if subnets else None
        value = resource.properties.get("SecurityGroupIds")
        groups, certain = interfaces.groups_at(resource, value, vpc, "SecurityGroupIds")
        interfaces.make(resource, "resolver", subnets, groups, certain=certain)


def _resolver_subnets(reader: Reader, interfaces: Interfaces, resource: Resource) -> Iterator[str]:
    listed = reader.members(resource, "IpAddresses")
    for index, each in enumerate(() if isinstance(listed, Unknown) else listed):
        yield from interfaces.subnets_at(resource, at(each, "SubnetId"), "IpAddresses", index, "SubnetId")
