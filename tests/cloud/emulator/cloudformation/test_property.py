"""Creating a stack and deleting it leaves the account as it was, whatever the stack holds."""

from __future__ import annotations

import json
from pathlib import Path
from tempfile import TemporaryDirectory

import boto3
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from ringwork.cloud.emulator import LocalCloud
from ringwork.cloud.emulator.cloudformation.intrinsics import references
from ringwork.source import parse_yaml

EVERYTHING = parse_yaml(
    (Path(__file__).parent / "everything.yaml").read_text(), "everything.yaml", cloudformation=True
).value
RESOURCES = EVERYTHING["Resources"]


def closed(names: set[str]) -> dict[str, object]:
    """The resources with all that they need."""
    found: set[str] = set()
    waiting = list(names)
    while waiting:
        name = waiting.pop()
        if name in found:
            continue
        found.add(name)
        needed = {target for target, _ in references(RESOURCES[name]["Properties"])}
        depends = RESOURCES[name].get("DependsOn")
        waiting.extend((needed | ({depends} if depends else set())) & set(RESOURCES))
    return {name: RESOURCES[name] for name in RESOURCES if name in found}


def account(session: boto3.Session) -> dict[str, object]:
    """All that the emitted types can leave behind, keys waiting for deletion apart."""
    ec2, iam, s3, logs, kms = (session.client(name) for name in ("ec2", "iam", "s3", "logs", "kms"))
    names = {
        "vpcs": "Vpcs",
        "subnets": "Subnets",
        "route_tables": "RouteTables",
        "security_groups": "SecurityGroups",
        "security_group_rules": "SecurityGroupRules",
        "internet_gateways": "InternetGateways",
        "flow_logs": "FlowLogs",
        "addresses": "Addresses",
    }
    state: dict[str, object] = {
        name: sorted(
            json.dumps(item, sort_keys=True, default=str) for item in getattr(ec2, f"describe_{name}")()[key]
        )
        for name, key in names.items()
    }
    # the default network ACL of a deleted VPC stays in moto's list: only those of VPCs that exist
    vpcs = [vpc["VpcId"] for vpc in ec2.describe_vpcs()["Vpcs"]]
    acls = ec2.describe_network_acls(Filters=[{"Name": "vpc-id", "Values": vpcs}])["NetworkAcls"]
    state["network_acls"] = sorted(json.dumps(acl, sort_keys=True) for acl in acls)
    nats = ec2.describe_nat_gateways()["NatGateways"]
    state["nats"] = [nat["NatGatewayId"] for nat in nats if nat["State"] != "deleted"]
    endpoints = ec2.describe_vpc_endpoints()["VpcEndpoints"]
    state["endpoints"] = [item["VpcEndpointId"] for item in endpoints if item["State"] != "deleted"]
    state["interfaces"] = len(ec2.describe_network_interfaces()["NetworkInterfaces"])
    state["roles"] = [role["RoleName"] for role in iam.list_roles()["Roles"]]
    state["policies"] = [policy["Arn"] for policy in iam.list_policies(Scope="Local")["Policies"]]
    state["buckets"] = [bucket["Name"] for bucket in s3.list_buckets()["Buckets"]]
    state["groups"] = [group["logGroupName"] for group in logs.describe_log_groups()["logGroups"]]
    state["aliases"] = [item["AliasName"] for item in kms.list_aliases()["Aliases"]]
    keys = (kms.describe_key(KeyId=key["KeyId"])["KeyMetadata"] for key in kms.list_keys()["Keys"])
    state["keys"] = [key["KeyId"] for key in keys if key["KeyState"] != "PendingDeletion"]
    return state


@settings(
    max_examples=8,
    deadline=None,
    phases=(Phase.explicit, Phase.reuse, Phase.generate),
    suppress_health_check=[HealthCheck.too_slow],
)
@given(
    st.sets(st.sampled_from(sorted(set(RESOURCES) - {"Data", "DataPolicy"})), min_size=1, max_size=6),
    st.booleans(),
)
def test_a_deleted_stack_leaves_nothing(names, fails):
    resources = closed(names)
    if fails:
        # a subnet of no VPC, made last: the creation rolls back
        resources = {
            **resources,
            "Bad": {
                "Type": "AWS::EC2::Subnet",
                "Properties": {"VpcId": "vpc-00000000000000000", "CidrBlock": "10.9.0.0/24"},
                "DependsOn": list(resources),
            },
        }
    body = json.dumps({"Parameters": EVERYTHING["Parameters"], "Resources": resources})
    with TemporaryDirectory() as folder, LocalCloud(Path(folder)) as cloud:
        session = cloud.session("111122223333", "eu-west-1")
        stacks = session.client("cloudformation")
        before = account(session)
        stack = stacks.create_stack(StackName="s", TemplateBody=body, Capabilities=["CAPABILITY_NAMED_IAM"])
        assert cloud.engine().wait_idle(60)
        status = stacks.describe_stacks(StackName="s")["Stacks"][0]["StackStatus"]
        assert status == ("ROLLBACK_COMPLETE" if fails else "CREATE_COMPLETE")
        if fails:
            assert account(session) == before
        stacks.delete_stack(StackName="s")
        assert cloud.engine().wait_idle(60)
        gone = stacks.describe_stacks(StackName=stack["StackId"])["Stacks"][0]
        assert gone["StackStatus"] == "DELETE_COMPLETE"
        assert account(session) == before
