"""A blueprint that names a VPC of its owner's: deployed into, collected, planned again, left as it was."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.workflows.rings import assert_round_trip

from ringwork.cloud.deploy.destroy import destroy
from ringwork.workflows import deployment
from ringwork.workflows.target import workplace

ACCOUNT, REGION = "111122223333", "eu-west-1"


def blueprint(network: dict[str, Any]) -> dict[str, Any]:
    return {
        "ringwork": 1,
        "organization": "mint",
        "regions": [REGION],
        "accounts": {"ids": {"main": ACCOUNT}},
        "network": {"cidr": "10.64.0.0/12", **network},
        "teams": {
            "lab": {"data": {"a": {}}, "workloads": {"desk": {"type": "notebook", "reads": ["a"]}}},
        },
    }


def owners_vpc(ec2: Any) -> dict[str, Any]:
    """What somebody made before."""
    vpc = ec2.create_vpc(CidrBlock="172.20.0.0/16")["Vpc"]["VpcId"]
    table = ec2.create_route_table(VpcId=vpc)["RouteTable"]["RouteTableId"]
    subnets: dict[str, list[str]] = {}
    for number, tier in enumerate(("interactive", "endpoints")):
        for index, zone in enumerate("ab"):
            made = ec2.create_subnet(
                VpcId=vpc,
                CidrBlock=f"172.20.{number * 2 + index}.0/24",
                AvailabilityZone=f"{REGION}{zone}",
            )["Subnet"]["SubnetId"]
            ec2.associate_route_table(RouteTableId=table, SubnetId=made)
            subnets.setdefault(tier, []).append(made)
    return {"vpc": vpc, "cidr": "172.20.0.0/16", "subnets": subnets, "route_tables": [table]}


def test_it_is_used_and_left_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "blueprint.json"
    path.write_text(json.dumps(blueprint({})), encoding="utf-8")
    with workplace(path, "local") as place:
        existing = owners_vpc(place.cloud.client("ec2", account=ACCOUNT, region=REGION))
    adopting = blueprint({"existing": {f"lab/{REGION}": existing}})
    path.write_text(json.dumps(adopting), encoding="utf-8")
    with workplace(path, "local") as place:
        assert_round_trip(place, tmp_path / "out")
        assert deployment.plan(place).empty
        inside = [stack for stack in place.designed.stacks if "-lab-" in stack.name]
        destroy(place.cloud, inside, confirm=True).raise_for_failure()
        ec2 = place.cloud.client("ec2", account=ACCOUNT, region=REGION)
        found = ec2.describe_subnets(Filters=[{"Name": "vpc-id", "Values": [existing["vpc"]]}])["Subnets"]
        theirs = {name for names in existing["subnets"].values() for name in names}
        assert {each["SubnetId"] for each in found} == theirs
