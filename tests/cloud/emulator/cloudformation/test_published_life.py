"""A life cycle that was published with the answers of three emulators: here, row by row, with AWS's.

The script is read from the folder RINGWORK_SHARED and run as it is against a server of the local cloud. It
needs the two roles of self-managed StackSets beforehand (User Guide, "Grant self-managed permissions"): AWS
refuses its StackSet without them, and so does the local cloud (`test_stack_sets`).
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ringwork.cloud.emulator import LocalCloud

SHARED = os.environ.get("RINGWORK_SHARED")
SCRIPT = Path(SHARED or ".") / "prototypes" / "emulator" / "cfn_life.py"
ACCOUNT, REGION = "111122223333", "us-east-1"

pytestmark = pytest.mark.skipif(SHARED is None, reason="RINGWORK_SHARED is not set")


def grant_stack_sets(session: Any) -> None:
    iam = session.client("iam")
    administration = "AWSCloudFormationStackSetAdministrationRole"
    execution = "AWSCloudFormationStackSetExecutionRole"

    def role(name: str, principal: dict[str, str], **allowed: str) -> None:
        def document(**statement: Any) -> str:
            return json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", **statement}]})

        trust = document(Principal=principal, Action="sts:AssumeRole")
        iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust)
        iam.put_role_policy(RoleName=name, PolicyName="p", PolicyDocument=document(**allowed))

    role(
        administration,
        {"Service": "cloudformation.amazonaws.com"},
        Action="sts:AssumeRole",
        Resource=f"arn:*:iam::*:role/{execution}",
    )
    trusted = {"AWS": f"arn:aws:iam::{ACCOUNT}:role/{administration}"}
    role(execution, trusted, Action="*", Resource="*")


@pytest.fixture(scope="module")
def life(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    """What the script wrote: row -> answer; and under `""` what the StackSet's instances came to."""
    folder = tmp_path_factory.mktemp("life")
    (folder / "research" / "emul").mkdir(parents=True)
    with LocalCloud(folder / "state") as cloud:
        session = cloud.session(ACCOUNT, REGION)
        grant_stack_sets(session)
        serving = cloud.serve(0, test_credentials=[(ACCOUNT, "x")])
        try:
            subprocess.run(
                [sys.executable, str(SCRIPT), "ringwork", str(serving.endpoint)],
                cwd=folder,
                check=True,
                capture_output=True,
                timeout=300,
            )
        finally:
            serving.close()
        rows = json.loads((folder / "research" / "emul" / "cfn-life-ringwork.json").read_text())
        stacks = session.client("cloudformation")
        instances = stacks.list_stack_instances(StackSetName="ss")["Summaries"]
        topics = cloud.session(ACCOUNT, "eu-west-1").client("sns").list_topics()["Topics"]
        yield {
            **dict(rows),
            "instances": sorted((item["Region"], item["Status"]) for item in instances),
            "topics": [item["TopicArn"] for item in topics],
        }


EXACT = {
    "create 3 resources + outputs + export": "CREATE_COMPLETE",
    "import value in 2nd stack": "CREATE_COMPLETE",
    "list_imports": ["app"],
    # the deletion is cancelled, and the stack keeps its status
    "delete stack whose export is in use (AWS refuses)": ["CREATE_COMPLETE"],
    "(recreate if gone)": True,
    "update: SG rule 443->8443, retention 30->365, add queue": [
        *("UPDATE_COMPLETE", "SG ports", [8443], "retention", 365, True)
    ],
    # the script's update drops the Outputs as well: AWS rolls back (User Guide, "Get exported outputs from a
    # deployed CloudFormation stack": no export can be deleted while it is imported)
    "update: remove resource": ["UPDATE_ROLLBACK_COMPLETE", "log groups left", 1],
    "rollback: 2nd resource fails (bucket name taken)": ["ROLLBACK_COMPLETE", "queue left", None],
    # the instances that the set came to, once its operation had ended
    "instances": [("eu-west-1", "CURRENT"), ("us-east-1", "CURRENT")],
    "topics": [f"arn:aws:sns:eu-west-1:{ACCOUNT}:ss"],
}


@pytest.mark.parametrize("row", sorted(EXACT))
def test_what_happens(life, row):
    assert life[row] == EXACT[row]


REFUSED = {
    "update with no change (AWS: ValidationError)": "No updates are to be performed",
    "unknown property (AWS: error)": "NoSuch",
    "missing required property": "validation failed",
    "Ref to undefined resource": r"Unresolved resource dependencies \[Nope\]",
    "circular dependency": r"Circular dependency between resources: \[A, B\]",
    "unknown type": r"Unrecognized resource types: \[AWS::Nonsense::Thing\]",
    "bad GetAtt attribute": "does not support attribute type Nope in Fn::GetAtt",
    "termination protection + stack policy": "cannot be deleted while TerminationProtection is enabled",
    # CreateStack, TemplateBody: at most 51,200 bytes
    "stack of 450 security groups: seconds": "at .templateBody. failed to satisfy constraint",
}


@pytest.mark.parametrize("row", sorted(REFUSED))
def test_what_is_refused(life, row):
    assert re.search(rf"^EXC ClientError: .*\(ValidationError\).*{REFUSED[row]}", life[row], re.DOTALL)


def test_outputs_and_exports(life):
    [output] = life["outputs"]
    assert (output["OutputKey"], output["ExportName"]) == ("V", "net-vpc")
    assert output["OutputValue"].startswith("vpc-")
    assert life["list_exports"] == [["net-vpc", output["OutputValue"][:8]]]


def test_the_change_set_shows_what_it_does_and_is_held_to_the_export(life):
    status, changes, after = life["change set create/describe/execute"]
    assert status == "CREATE_COMPLETE"
    assert sorted(changes) == [
        ["Add", "T", None],
        ["Modify", "G", "False"],
        ["Modify", "L", "False"],
        ["Remove", "Q", None],
    ]
    assert after == "UPDATE_ROLLBACK_COMPLETE"


def test_drift_detection_starts(life):
    assert re.fullmatch(r"[0-9a-f-]{36}", life["detect_stack_drift"]["StackDriftDetectionId"])
    found = life["describe_stack_resource_drifts"]
    assert [item for item in found if item["StackResourceDriftStatus"] != "IN_SYNC"] == []


def test_stack_set(life):
    assert life["stack set create"].startswith("ss:")
    assert re.fullmatch(r"[0-9a-f-]{36}", life["stack instances in 2 regions"])


def test_a_reference_to_any_type_gives_its_id(life):
    status, value = life["Ref to a type the emulator ignores: what value?"]
    # GuardDuty API reference, CreateDetector: an id of 32 hexadecimal digits
    assert (status, bool(re.fullmatch(r"[0-9a-f]{32}", value))) == ("CREATE_COMPLETE", True)


def test_intrinsic_functions(life):
    status, value, resources = life["Conditions / Fn::If / Mappings / Fn::Sub / Fn::Cidr / Select"]
    assert status == "CREATE_COMPLETE"
    assert value.startswith("us-east-1-vpc-")
    assert sorted(resources) == ["P", "S", "V"]


def test_templates_are_validated(life):
    assert set(life["validate_template"]) >= {"Parameters", "Capabilities"}


def test_deletion_removes_the_stacks_and_their_resources(life):
    _slept, left, vpcs = life["delete_stack removes resources"]
    assert "app" not in left
    # `net` is deleted at once only when `app`, which imports from it, is already gone: else AWS cancels it
    assert vpcs == 1 + ("net" in left)


def test_a_hundred_security_groups(life):
    assert life["stack of 100 security groups: seconds"][0] == "CREATE_COMPLETE"
