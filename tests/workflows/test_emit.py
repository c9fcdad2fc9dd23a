"""What `compile` writes is enough for a pipeline that has nothing else of ours."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

from ringwork.cloud.deploy import What
from ringwork.cloud.session import Cloud
from ringwork.workflows import deployment
from ringwork.workflows.emit import emit
from ringwork.workflows.target import workplace


def body(cloud: Cloud, stack: Any, text: str) -> dict[str, str]:
    """CloudFormation quotas: 51,200 bytes in a request, more from a bucket."""
    if len(text.encode()) <= 51_200:
        return {"TemplateBody": text}
    bucket, key = (
        f"ringwork-templates-{stack['account']}-{stack['region']}",
        f"templates/{stack['name']}.json",
    )
    s3 = cloud.client("s3", account=stack["account"], region=stack["region"])
    s3.put_object(Bucket=bucket, Key=key, Body=text.encode())
    return {"TemplateURL": f"https://{bucket}.s3.{stack['region']}.amazonaws.com/{key}"}


def a_pipeline(cloud: Cloud, folder: Path) -> None:
    """Deploys by the manifest alone, with CloudFormation's API."""
    outputs: dict[str, dict[str, str]] = {}
    for stack in json.loads((folder / "manifest.json").read_text(encoding="utf-8"))["stacks"]:
        assert set(stack["needs"]) <= outputs.keys(), "the order is not one of needs"
        client = cloud.client("cloudformation", account=stack["account"], region=stack["region"])
        ec2 = cloud.client("ec2", account=stack["account"], region=stack["region"])

        def value(source: Any, ec2: Any = ec2, region: str = stack["region"]) -> str:
            if isinstance(source, str):
                return source
            if "stack" in source:
                return outputs[source["stack"]][source["output"]]
            name = source["prefix_list"].replace("REGION", region)
            lists = ec2.describe_managed_prefix_lists(
                Filters=[{"Name": "prefix-list-name", "Values": [name]}]
            )
            return str(lists["PrefixLists"][0]["PrefixListId"])

        client.create_stack(
            StackName=stack["name"],
            **body(cloud, stack, (folder / stack["template"]).read_text(encoding="utf-8")),
            Parameters=[
                {"ParameterKey": name, "ParameterValue": value(source)}
                for name, source in stack["parameters"].items()
            ],
            Capabilities=stack["capabilities"],
            Tags=[{"Key": key, "Value": tag} for key, tag in stack["tags"].items()],
        )
        client.get_waiter("stack_create_complete").wait(
            StackName=stack["name"], WaiterConfig={"Delay": 0, "MaxAttempts": 2000}
        )
        described = client.describe_stacks(StackName=stack["name"])["Stacks"][0]
        outputs[stack["id"]] = {o["OutputKey"]: o["OutputValue"] for o in described.get("Outputs", ())}


def test_a_pipeline_deploys_from_the_manifest_what_we_would_have_deployed(
    examples: Path, tmp_path: Path
) -> None:
    path = Path(shutil.copy(examples / "startup.yaml", tmp_path))
    with workplace(path, "local") as place:
        deployment.bootstrap(place).raise_for_failure()
        emit(place.designed, tmp_path / "out")
        a_pipeline(place.cloud, tmp_path / "out")
        planned = deployment.plan(place)
        assert {stack.what for stack in planned.stacks} == {What.NOTHING}
        # what has no CloudFormation type is left to do, and the manifest says so
        listed = json.loads((tmp_path / "out" / "manifest.json").read_text(encoding="utf-8"))["stacks"]
        assert any(stack["sets"] for stack in listed)


def test_the_page_names_every_stack_and_every_request_to_accept(examples: Path, tmp_path: Path) -> None:
    path = Path(shutil.copy(examples / "hospital.yaml", tmp_path))
    with workplace(path, "local") as place:
        emit(place.designed, tmp_path / "out")
        page = (tmp_path / "out" / "README.md").read_text(encoding="utf-8")
        for stack in place.designed.stacks:
            assert f"| `{stack.name}` | {stack.account} | {stack.region} |" in page
            for acceptance in stack.acceptances:
                assert f"| `{stack.name}` | {acceptance.kind.value} | `{acceptance.output}` |" in page
