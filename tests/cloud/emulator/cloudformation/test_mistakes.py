"""Published mistakes, each alone in a template: refused, or a failed resource with a reason; never made.

The template is read from the folder RINGWORK_SHARED. Where AWS refuses each: the form of the template and the
properties that the registry schema refuses, in the request; what only the service knows, when the resource is
made (its API reference).
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from ringwork.cloud.emulator import LocalCloud

SHARED = os.environ.get("RINGWORK_SHARED")
TEMPLATE = Path(SHARED or ".") / "prototypes" / "emulator" / "bad.json"

pytestmark = pytest.mark.skipif(SHARED is None, reason="RINGWORK_SHARED is not set")

VPC = {"Type": "AWS::EC2::VPC", "Properties": {"CidrBlock": "10.0.0.0/16"}}

REQUEST = {
    "A": r"A with message:\n#/NoSuch: unknown property",
    "B": "`GroupDescription` is required",
    "D": r"#/VersioningConfiguration/Status: expected `Enabled` or `Suspended`, not `On`",
    "E": "`MetricName` is required",
    "J": "resource A does not support attribute type Nope in Fn::GetAtt",
    "K": r"Unresolved resource dependencies \[Missing\]",
    "L": r"Unrecognized resource types: \[AWS::Nonsense::Thing\]",
}
RESOURCE = {
    "C": r"(RoleArn|roleArn|DirectInternetAccess|directInternetAccess)",
    "F": r"S3_DATA_EVENT\b",
    "G": "10.0.0.0/33",
    "H": r"python2\.7 is no longer supported",
    "I": "Effect is neither `Allow` nor `Deny`",
}


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalCloud]:
    with LocalCloud(tmp_path_factory.mktemp("mistakes") / "state") as cloud:
        yield cloud


def template(mistake: str) -> str:
    """The mistake alone, with a VPC where it needs one that is right."""
    resource = json.loads(TEMPLATE.read_text())["Resources"][mistake]
    resources = {mistake: resource}
    if mistake == "J":
        resources["A"] = VPC
    if mistake == "G":
        resources["A"] = VPC
        resource["Properties"]["VpcId"] = {"Ref": "A"}
    return json.dumps({"Resources": resources})


def create(cloud: LocalCloud, mistake: str) -> tuple[str, str]:
    """How it ends, and why: `refused` and the message, or the stack's status and the resource's reason."""
    stacks: Any = cloud.session("111122223333", "us-east-1").client("cloudformation")
    name = f"mistake-{mistake}"
    try:
        stacks.create_stack(
            StackName=name, TemplateBody=template(mistake), Capabilities=["CAPABILITY_NAMED_IAM"]
        )
    except ClientError as error:
        answer = error.response["Error"]
        return f"refused with {answer['Code']}", answer["Message"]
    assert cloud.engine().wait_idle(60)
    status = stacks.describe_stacks(StackName=name)["Stacks"][0]["StackStatus"]
    events = stacks.describe_stack_events(StackName=name)["StackEvents"]
    made = [
        e for e in events if (e["LogicalResourceId"], e["ResourceStatus"]) == (mistake, "CREATE_COMPLETE")
    ]
    assert made == []
    failed = next(event for event in reversed(events) if event["ResourceStatus"] == "CREATE_FAILED")
    assert failed["LogicalResourceId"] == mistake
    return status, failed["ResourceStatusReason"]


@pytest.mark.parametrize("mistake", sorted(REQUEST))
def test_the_request_is_refused(cloud, mistake):
    ended, why = create(cloud, mistake)
    assert ended == "refused with ValidationError"
    assert re.search(REQUEST[mistake], why)


@pytest.mark.parametrize("mistake", sorted(RESOURCE))
def test_the_resource_fails_or_the_request_is_refused(cloud, mistake):
    ended, why = create(cloud, mistake)
    assert ended in ("ROLLBACK_COMPLETE", "refused with ValidationError")
    assert re.search(RESOURCE[mistake], why)


def test_every_published_mistake_is_here():
    assert set(json.loads(TEMPLATE.read_text())["Resources"]) == {*REQUEST, *RESOURCE}


@pytest.mark.parametrize("mistake", ["A", "J", "K", "L"])
def test_validate_template_finds_what_is_wrong_in_the_form(cloud, mistake):
    # API reference, ValidateTemplate: syntax only, so an unknown property (A) passes there
    stacks: Any = cloud.session("111122223333", "us-east-1").client("cloudformation")
    if mistake == "A":
        stacks.validate_template(TemplateBody=template(mistake))
        return
    with pytest.raises(ClientError, match=REQUEST[mistake]):
        stacks.validate_template(TemplateBody=template(mistake))
