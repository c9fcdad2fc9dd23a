"""Expected values: SageMaker guide, "Connect Amazon SageMaker Studio in a VPC to External Resources",
"Connect a Notebook Instance in a VPC to External Resources", "Give SageMaker Training Jobs Access to
Resources in Your Amazon VPC" and its sisters; ECR guide, "Amazon ECR interface VPC endpoints". What filters
do is the walker's, and held to AWS's pages in its own tests."""

from __future__ import annotations

from typing import Any

import pytest

from ringwork.findings import Status
from ringwork.network.completeness import Answer, answers, before, outcome
from ringwork.network.names import services
from ringwork.network.needs import DECLARED, NEEDS, OF_TYPE
from ringwork.network.reading import read

from .estates import REGION, Resources, att, endpoint, estate, key, ref, vpc

HTTPS = {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443}
Made = dict[str, tuple[str, dict[str, Any]]]


def _network() -> Made:
    """A VPC without a way out: a group for workloads that may ask anything by HTTPS, one for endpoints that
    admits the workloads'."""
    return {
        **{name: (type, dict(properties)) for name, (type, properties) in vpc().items()},
        "Work": (
            "EC2::SecurityGroup",
            {
                "GroupDescription": "workloads",
                "VpcId": ref("Vpc"),
                "SecurityGroupEgress": [{**HTTPS, "CidrIp": "0.0.0.0/0"}],
            },
        ),
        "Ends": (
            "EC2::SecurityGroup",
            {
                "GroupDescription": "endpoints",
                "VpcId": ref("Vpc"),
                "SecurityGroupIngress": [{**HTTPS, "SourceSecurityGroupId": att("Work", "GroupId")}],
            },
        ),
        "Table": ("EC2::RouteTable", {"VpcId": ref("Vpc")}),
        "InTable": (
            "EC2::SubnetRouteTableAssociation",
            {"SubnetId": ref("A"), "RouteTableId": ref("Table")},
        ),
    }


def _notebook(**more: object) -> Made:
    return {
        "Notebook": (
            "SageMaker::NotebookInstance",
            {
                "InstanceType": "ml.t3.medium",
                "RoleArn": "arn:aws:iam::111122223333:role/n",
                "SubnetId": ref("A"),
                "SecurityGroupIds": [att("Work", "GroupId")],
                "DirectInternetAccess": "Disabled",
                **more,
            },
        )
    }


def _endpoints(*keys: str, **more: object) -> Made:
    return {
        f"E{index}": endpoint(
            services.BY_KEY[each].endpoint.format(region=REGION),
            **{"SecurityGroupIds": [att("Ends", "GroupId")], **more},
        )
        for index, each in enumerate(keys)
    }


def _s3(*tables: str) -> Made:
    named = {"VpcId": ref("Vpc"), "ServiceName": f"com.amazonaws.{REGION}.s3", "VpcEndpointType": "Gateway"}
    return {"S3": ("EC2::VPCEndpoint", {**named, "RouteTableIds": [ref(table) for table in tables]})}


NOTEBOOK_ENDPOINTS = ("sagemaker.api", "sagemaker.runtime")


def _found(resources: Resources) -> tuple[Answer, ...]:
    made = estate(resources)
    return answers(made, read(made))


def _broken(resources: Resources) -> set[str]:
    return {each.need.service for each in _found(resources) if each.breaks}


def _one(resources: Resources, service: str) -> Answer:
    (found,) = (each for each in _found(resources) if each.need.service == service)
    return found


def test_a_notebook_without_endpoints_and_without_a_way_out_breaks() -> None:
    """ "the notebook instance can't train or host models unless your VPC has an interface endpoint or a NAT
    gateway" """
    assert _broken({**_network(), **_notebook()}) == {"sagemaker.api", "sagemaker.runtime", "s3"}
    found = _one({**_network(), **_notebook()}, "sagemaker.api")
    assert found.message.startswith(
        f"from subnet `{key('EC2::Subnet', 'A')}`, `notebook` will fail to call `sagemaker.api`: no endpoint"
    )


def test_what_only_its_code_may_call_fails_under_that_condition() -> None:
    found = _one({**_network(), **_notebook()}, "sts")
    assert (found.status, found.breaks) == (Status.VIOLATED, False)
    assert "will fail to call `sts` if its code calls it" in found.message


def test_endpoints_mend_it() -> None:
    mended = {**_network(), **_notebook(), **_endpoints(*NOTEBOOK_ENDPOINTS), **_s3("Table")}
    assert _broken(mended) == set()
    found = _one(mended, "s3")
    assert (found.status, found.through) == (Status.PROVED, (key("EC2::VPCEndpoint", "S3"),))
    found = _one(mended, "sagemaker.runtime")
    assert (found.status, found.through) == (Status.PROVED, (key("EC2::VPCEndpoint", "E1"),))
    found = _one(mended, "sagemaker.api")
    assert [walk.arrived for walk in found.witnesses[0].forward] == ["aws:sagemaker.api"]


def test_a_way_out_mends_it_too() -> None:
    """ "or a NAT gateway and your security groups allow outbound connections" """
    out: Made = {
        "Igw": ("EC2::InternetGateway", {}),
        "Att": ("EC2::VPCGatewayAttachment", {"VpcId": ref("Vpc"), "InternetGatewayId": ref("Igw")}),
        "P": (
            "EC2::Subnet",
            {"VpcId": ref("Vpc"), "CidrBlock": "10.0.9.0/24", "AvailabilityZone": "eu-central-1a"},
        ),
        "PTable": ("EC2::RouteTable", {"VpcId": ref("Vpc")}),
        "PIn": ("EC2::SubnetRouteTableAssociation", {"SubnetId": ref("P"), "RouteTableId": ref("PTable")}),
        "POut": (
            "EC2::Route",
            {
                "RouteTableId": ref("PTable"),
                "DestinationCidrBlock": "0.0.0.0/0",
                "GatewayId": ref("Igw"),
            },
        ),
        "Ip": ("EC2::EIP", {"Domain": "vpc"}),
        "Nat": ("EC2::NatGateway", {"SubnetId": ref("P"), "AllocationId": att("Ip", "AllocationId")}),
        "Out": (
            "EC2::Route",
            {
                "RouteTableId": ref("Table"),
                "DestinationCidrBlock": "0.0.0.0/0",
                "NatGatewayId": ref("Nat"),
            },
        ),
    }
    found = _found({**_network(), **_notebook(), **out})
    assert {each.status for each in found} == {Status.PROVED}
    assert {each.through for each in found} == {("internet",)}
    closed = {**_network(), **_notebook(), **out}
    closed["Work"][1]["SecurityGroupEgress"] = [{**HTTPS, "CidrIp": "10.0.0.0/16"}]
    assert _broken(closed) == {"sagemaker.api", "sagemaker.runtime", "s3"}


def test_a_gateway_endpoint_serves_the_tables_that_it_is_in() -> None:
    """PrivateLink guide, "Gateway endpoints": it is reached by a route in the subnet's route table."""
    assert _broken({**_network(), **_notebook(), **_endpoints(*NOTEBOOK_ENDPOINTS), **_s3()}) == {"s3"}


def test_an_endpoint_whose_group_does_not_admit_the_workload_does_not_serve_it() -> None:
    """ "You must also associate the security groups for your VPC with these endpoints" """
    network = {**_network(), **_notebook(), **_endpoints(*NOTEBOOK_ENDPOINTS), **_s3("Table")}
    network["Ends"][1]["SecurityGroupIngress"] = [{**HTTPS, "CidrIp": "192.0.2.0/24"}]
    assert _broken(network) == set(NOTEBOOK_ENDPOINTS)
    assert key("EC2::SecurityGroup", "Ends") in _one(network, "sagemaker.api").why


def test_an_endpoint_that_a_network_acl_parts_from_the_workload_does_not_serve_it() -> None:
    """VPC user guide, "Network ACLs": stateless, so what answers needs a rule of its own; within one subnet
    none is asked, so the endpoint stands in another."""
    other: Made = {
        "B": (
            "EC2::Subnet",
            {"VpcId": ref("Vpc"), "CidrBlock": "10.0.2.0/24", "AvailabilityZone": "eu-central-1b"},
        ),
        "Acl": ("EC2::NetworkAcl", {"VpcId": ref("Vpc")}),
        "AclOf": ("EC2::SubnetNetworkAclAssociation", {"SubnetId": ref("A"), "NetworkAclId": ref("Acl")}),
        **{
            f"Rule{out}": (
                "EC2::NetworkAclEntry",
                {
                    "NetworkAclId": ref("Acl"),
                    "RuleNumber": 100,
                    "RuleAction": "allow",
                    "Protocol": 6,
                    "Egress": bool(out),
                    "CidrBlock": "0.0.0.0/0",
                    "PortRange": {"From": 443, "To": 443},
                },
            )
            for out in (0, 1)
        },
    }
    made = {
        **_network(),
        **_notebook(),
        **other,
        **_endpoints(*NOTEBOOK_ENDPOINTS, SubnetIds=[ref("B")]),
        **_s3("Table"),
    }
    assert _broken(made) == {*NOTEBOOK_ENDPOINTS, "s3"}
    assert _one(made, "sagemaker.api").why.startswith("to the endpoint's interface")
    made["Rule0"][1]["PortRange"] = {"From": 1024, "To": 65535}
    assert _broken(made) == set()


def test_an_endpoint_without_private_dns_is_not_found() -> None:
    network = {**_network(), **_notebook(), **_s3("Table")}
    assert _broken({**network, **_endpoints(*NOTEBOOK_ENDPOINTS, PrivateDnsEnabled=False)}) == set(
        NOTEBOOK_ENDPOINTS
    )


def test_a_name_that_the_resolver_refuses_is_not_reached() -> None:
    rule = {"Action": "BLOCK", "BlockResponse": "NODATA", "Priority": 1, "FirewallDomainListId": ref("List")}
    bound = {"FirewallRuleGroupId": ref("Group"), "VpcId": ref("Vpc"), "Priority": 200, "Name": "g"}
    refused: Made = {
        "List": ("Route53Resolver::FirewallDomainList", {"Domains": ["*.amazonaws.com"]}),
        "Group": ("Route53Resolver::FirewallRuleGroup", {"FirewallRules": [rule]}),
        "Bound": ("Route53Resolver::FirewallRuleGroupAssociation", bound),
    }
    network = {**_network(), **_notebook(), **_endpoints(*NOTEBOOK_ENDPOINTS), **_s3("Table"), **refused}
    assert _broken(network) == {*NOTEBOOK_ENDPOINTS, "s3"}
    assert "does not resolve" in _one(network, "s3").why


def test_a_refusal_is_not_sure_where_filters_name_parts_of_the_internet() -> None:
    """The service's public addresses may be in the block that is named."""
    network = {**_network(), **_notebook()}
    network["Work"][1]["SecurityGroupEgress"] = [{**HTTPS, "CidrIp": "52.94.0.0/16"}]
    assert _one(network, "sagemaker.api").status is Status.UNKNOWN


def test_a_notebook_with_direct_internet_access_needs_nothing_of_the_vpc() -> None:
    """ "SageMaker AI provides a network interface that allows the notebook to communicate with the
    internet" """
    assert _found({**_network(), **_notebook(DirectInternetAccess="Enabled")}) == ()


def _domain(access: str) -> Made:
    return {
        "Domain": (
            "SageMaker::Domain",
            {
                "DomainName": "d",
                "AuthMode": "IAM",
                "AppNetworkAccessType": access,
                "VpcId": ref("Vpc"),
                "SubnetIds": [ref("A")],
                "DefaultUserSettings": {
                    "ExecutionRole": "arn:aws:iam::111122223333:role/s",
                    "SecurityGroups": [att("Work", "GroupId")],
                },
            },
        )
    }


def test_studio_in_the_vpc_only_needs_what_its_page_lists() -> None:
    """ "create interface VPC endpoints ... to allow Studio to access the following services" """
    found = _found({**_network(), **_domain("VpcOnly")})
    assert {each.need.service for each in found if each.breaks} == {
        "sagemaker.api",
        "sagemaker.runtime",
        "s3",
        "sagemaker.studio",
    }
    assert {each.need.service for each in found if each.need.when} == {"servicecatalog", "sts", "logs"}
    assert _found({**_network(), **_domain("PublicInternetOnly")}) == ()


def test_jobs_and_endpoints_surely_need_amazon_s3() -> None:
    """ "they can't connect to the Amazon S3 buckets that contain your training data unless you create a VPC
    endpoint that allows access": each of the guide's four pages says so"""
    for feature in ("training", "processing", "batch", "endpoint"):
        assert [need.service for need in NEEDS[feature] if not need.when] == ["s3"]


@pytest.mark.parametrize(
    "owner",
    [
        ("SageMaker::Model", {"VpcConfig": {"Subnets": [ref("A")], "SecurityGroupIds": []}}),
        (
            "SageMaker::DataQualityJobDefinition",
            {"NetworkConfig": {"VpcConfig": {"Subnets": [ref("A")], "SecurityGroupIds": []}}},
        ),
    ],
)
def test_models_and_monitoring_jobs_are_places(owner: tuple[str, dict[str, Any]]) -> None:
    assert _broken({**_network(), "Owner": owner}) == {"s3"}


def test_pulling_an_image_needs_both_endpoints_of_ecr_and_amazon_s3() -> None:
    """ECR: "they must access Amazon ECR to get the image manifest and then Amazon S3 to download the actual
    image layers" """
    awsvpc = {"Subnets": [ref("A")], "SecurityGroups": [att("Work", "GroupId")]}
    service: Made = {
        "Service": ("ECS::Service", {"NetworkConfiguration": {"AwsvpcConfiguration": awsvpc}}),
    }
    assert _broken({**_network(), **service}) == {"ecr.api", "ecr.dkr", "s3"}
    assert _broken({**_network(), **service, **_endpoints("ecr.api", "ecr.dkr")}) == {"s3"}


def test_a_group_that_waits_for_a_job_is_a_place_in_the_subnets_of_its_tier() -> None:
    network = _network()
    tags = {"ringwork:workload": "train", "ringwork:workload-type": "training", "ringwork:tier": "build"}
    network["Work"][1]["Tags"] = [{"Key": name, "Value": value} for name, value in tags.items()]
    for tier, name in (("build", "B"), ("transit", "T")):
        block = {"build": "10.0.3.0/24", "transit": "10.0.4.0/24"}[tier]
        tag = [{"Key": "ringwork:tier", "Value": tier}]
        zone = "eu-central-1a"
        network[name] = (
            "EC2::Subnet",
            {"VpcId": ref("Vpc"), "CidrBlock": block, "AvailabilityZone": zone, "Tags": tag},
        )
    found = _found(network)
    assert {each.place.workload for each in found} == {"train"}
    assert {each.place.subnet for each in found} == {key("EC2::Subnet", name) for name in ("A", "B")}
    assert {each.need.service for each in found if each.breaks} == {"s3"}


def test_online_features_and_guardrails_of_the_account_are_needed_too() -> None:
    declared: Made = {
        "Features": ("SageMaker::FeatureGroup", {"OnlineStoreConfig": {"EnableOnlineStore": True}}),
        "Guardrail": ("Bedrock::Guardrail", {"Name": "g"}),
        "Agent": ("Bedrock::Agent", {"AgentName": "a"}),
    }
    network = {**_network(), **_notebook(), **_endpoints(*NOTEBOOK_ENDPOINTS), **_s3("Table"), **declared}
    needed = {"sagemaker.featurestore-runtime", "bedrock-runtime", "bedrock-agent-runtime"}
    assert _broken(network) == needed


def test_every_need_is_a_service_of_the_table_and_has_a_page() -> None:
    for needs in NEEDS.values():
        for need in needs:
            assert need.service in services.BY_KEY
            assert need.source.startswith("https://docs.aws.amazon.com/")
    assert {*OF_TYPE.values(), *DECLARED.values()} <= set(NEEDS)


def test_before_anybody_runs_there_the_same_needs_are_asked_of_a_subnet() -> None:
    """Names and routes alone: nobody has security groups there yet."""
    made = estate({**_network(), **_endpoints("sagemaker.api"), **_s3("Table")})
    found = before(made, read(made), (key("EC2::Subnet", "A"),), ("notebook",))
    reached = {each.need.service: each.status for each in found}
    assert reached["sagemaker.api"] is Status.PROVED
    assert reached["s3"] is Status.PROVED
    assert reached["sagemaker.runtime"] is Status.VIOLATED
    assert {each.need.service for each in found if each.breaks} == {"sagemaker.runtime"}


def test_the_outcome_counts_what_is_always_called() -> None:
    whole = {**_network(), **_notebook(), **_endpoints(*NOTEBOOK_ENDPOINTS), **_s3("Table")}
    assert outcome(_found(whole)) is Status.PROVED  # `sts` and others only if its code calls them
    assert outcome(_found({**_network(), **_notebook()})) is Status.VIOLATED
    assert outcome(_found(_network())) is Status.UNKNOWN  # nothing runs there
