"""The accounts of `iam-vulnerable`: what its files leave open is filled in here, and each is asked about.

The corpus holds the policy documents of Terraform files. Three things stand in Terraform and not in
documents, and are taken from this table:

* Interpolations: `INTERPOLATIONS`. `aws_assume_role_arn` is whoever deploys, a user without policies here.
* Data blocks: `aws_iam_policy_document` of fn3 and fp5 are no JSON; their one statement is in `DATA`.
* Attachments: each policy of a file is attached to each role of the file and to a user of the policy's name,
  but for those in `ATTACHED`; the users of privesc 8 and 11 are in a group each.

What a way needs to lead anywhere is added: `ADDED` says what, and for which files.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ringwork.access.authority import Authority
from ringwork.access.escalation.graph import Edge, Graph
from ringwork.access.escalation.powers import Sight
from ringwork.access.escalation.reach import Reach, reach
from ringwork.access.policy import parse
from ringwork.access.reading import read
from ringwork.estate import Resource, resource_key
from ringwork.estate.live import link
from ringwork.findings import Origin

ACCOUNT, REGION = "111122223333", "eu-central-1"
NOW = datetime(2026, 11, 1, tzinfo=UTC)
ARN = f"arn:aws:iam::{ACCOUNT}"

INTERPOLATIONS: Mapping[str, str] = {
    "${var.aws_assume_role_arn}": f"{ARN}:user/analyst",
    "${var.aws_root_user}": f"{ARN}:root",
    "${aws_iam_user.privesc-sre-user.arn}": f"{ARN}:user/privesc-sre-user",
    "${aws_iam_role.privesc-AssumeRole-starting-role.arn}": f"{ARN}:role/privesc-AssumeRole-starting-role",
    "${aws_iam_role.privesc-AssumeRole-intermediate-role.arn}": (
        f"{ARN}:role/privesc-AssumeRole-intermediate-role"
    ),
}


def _times(operator: str) -> dict[str, Any]:
    statement = {
        "Effect": "Allow",
        "Action": "iam:CreatePolicyVersion",
        "Resource": "*",
        "Condition": {operator: {"aws:TokenIssueTime": "2020-01-01T00:00:01Z"}},
    }
    return {"Version": "2012-10-17", "Statement": [statement]}


DATA: Mapping[str, tuple[str, dict[str, Any]]] = {
    "fn3-ExploitableConditionConstraint": (
        "fn3-exploitableConditionConstraint",
        _times("DateGreaterThan"),
    ),
    "fp5-NonExploitableConditionConstraint": (
        "fp5-nonExploitableConditionConstraint",
        _times("DateLessThan"),
    ),
}
ATTACHED: Mapping[str, tuple[str, ...]] = {
    "privesc-AssumeRole-high-priv-policy": ("privesc-AssumeRole-ending-role",),
}
"""policy -> the roles that have it, where not every role of the file does, and no user"""
GROUPED = ("privesc8-AttachGroupPolicy", "privesc11-PutGroupPolicy")

EVERYTHING = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
SERVICE_ROLE = "privesc-high-priv-service-role"
ADDED = """
the service role of `service-linked-role-common.tf`, in an instance profile, and as in the modules that cost
money a function, an instance, a stack, a development endpoint and a notebook instance that run as it; a user
and a group that may do everything; for privesc2 an older version of its policy that allows everything; for
privesc-permissive-role-trust a user that may assume any role
"""

EXPECTED: Mapping[str, str] = {
    "privesc-AssumeRole": "sts-assume",
    "privesc-cloudFormationUpdateStack": "cfn-update",
    "privesc-codeBuildCreateProjectPassRole": "codebuild-new",
    "privesc-ec2InstanceConnect": "ec2-instance-connect",
    "privesc-sageMakerCreateNotebookPassRole": "sm-notebook-new",
    "privesc-sageMakerCreatePresignedNotebookURL": "sm-notebook-url",
    "privesc-sageMakerCreateProcessingJob": "sm-processing-new",
    "privesc-sageMakerCreateTrainingJob": "sm-training-new",
    "privesc-ssmSendCommand": "ssm-command",
    "privesc-ssmStartSession": "ssm-session",
    "privesc1-CreateNewPolicyVersion": "iam-createpolicyversion",
    "privesc2-SetExistingDefaultPolicyVersion": "iam-setdefaultversion",
    "privesc3-CreateEC2WithExistingIP": "ec2-new",
    "privesc4-CreateAccessKey": "iam-accesskey",
    "privesc5-CreateLoginProfile": "iam-loginprofile-new",
    "privesc6-UpdateLoginProfile": "iam-loginprofile-update",
    "privesc7-AttachUserPolicy": "iam-attachuser",
    "privesc8-AttachGroupPolicy": "iam-attachgroup",
    "privesc9-AttachRolePolicy": "iam-attachrole",
    "privesc10-PutUserPolicy": "iam-putuser",
    "privesc11-PutGroupPolicy": "iam-putgroup",
    "privesc12-PutRolePolicy": "iam-putrole",
    "privesc13-AddUserToGroup": "iam-addtogroup",
    "privesc14-UpdatingAssumeRolePolicy": "iam-trust",
    "privesc15-PassExistingRoleToNewLambdaThenInvoke": "lambda-new-invoke",
    "privesc16-PassRoleToNewLambdaThenTriggerWithNewDynamo": "lambda-new-eventsource",
    "privesc17-EditExistingLambdaFunctionWithRole": "lambda-code",
    "privesc18-PassExistingRoleToNewGlueDevEndpoint": "glue-devendpoint-new",
    "privesc19-UpdateExistingGlueDevEndpoint": "glue-devendpoint-update",
    "privesc20-PassExistingRoleToCloudFormation": "cfn-new",
    "privesc21-PassExistingRoleToNewDataPipeline": "datapipeline-new",
    "privesc-permissive-role-trust": "sts-assume",
    "fn1-privesc3-multiple-policies": "ec2-new",
    "fn2-ExploitableResourceConstraint": "iam-createpolicyversion",
    "fn3-ExploitableConditionConstraint": "iam-createpolicyversion",
    "fn4-exploitableNotAction": "iam-putrole",
}
"""file -> the way that its name, or the text in it, speaks of"""


@dataclass(slots=True)
class Case:
    """One file of the corpus as an account."""

    file: str
    roles: dict[str, Any] = field(default_factory=dict)
    """name -> trust policy"""
    policies: dict[str, Any] = field(default_factory=dict)
    assumer: bool = False
    """whether a user is added who may assume any role: for a file that has but a role that trusts all"""

    @property
    def expected(self) -> str | None:
        return {name.lower(): path for name, path in EXPECTED.items()}.get(self.file.lower())

    def attached(self, policy: str) -> tuple[str, ...]:
        return ATTACHED.get(policy, tuple(self.roles))

    @property
    def sources(self) -> list[str]:
        """Keys of the principals that the file is about."""
        if self.assumer:
            return [key("User", "assumer")]
        if self.file == "privesc-AssumeRole":
            return [key("Role", "privesc-AssumeRole-starting-role")]
        users = [key("User", f"{name}-user") for name in self.policies]
        return [*(key("Role", name) for name in self.roles), *users]


def cases(shared: Path) -> list[Case]:
    """The files `privesc*`, `fn*` and `fp*`."""
    text = (shared / "corpora/iam/iam-vulnerable/policies.json").read_text(encoding="utf-8")
    for written, meant in INTERPOLATIONS.items():
        text = text.replace(written, meant)
    assert "${" not in text
    found: dict[str, Case] = {}
    for item in json.loads(text):
        file = Path(item["file"]).stem
        if not file.startswith(("privesc", "fn", "fp")):
            continue
        case = found.setdefault(file, Case(file))
        where = case.roles if item["kind"] == "assume_role_policy" else case.policies
        where[item["name"]] = item["document"]
    for file, (name, document) in DATA.items():
        found[file].policies[name] = document
    found["privesc-permissive-role-trust"].assumer = True
    return list(found.values())


def common(shared: Path) -> dict[str, Any]:
    """The trust policy of the service role."""
    text = (shared / "corpora/iam/iam-vulnerable/policies.json").read_text(encoding="utf-8")
    (trust,) = (
        item["document"]
        for item in json.loads(text)
        if item["name"] == SERVICE_ROLE and item["kind"] == "assume_role_policy"
    )
    return dict(trust)


def key(type: str, name: str) -> str:
    return resource_key(ACCOUNT, None, f"AWS::IAM::{type}", name)


def resource(type: str, name: str, properties: Mapping[str, Any], arn: str) -> Resource:
    region = None if type.startswith("IAM::") else REGION
    return Resource(
        resource_key(ACCOUNT, region, f"AWS::{type}", name),
        f"AWS::{type}",
        properties,
        ACCOUNT,
        region,
        physical=arn if type == "IAM::ManagedPolicy" else name,
        arn=arn,
        origins=(Origin(operation="iam:GetAccountAuthorizationDetails"),),
    )


def principal(type: str, name: str, arns: Iterable[str], **more: Any) -> Resource:
    properties = {f"{type}Name": name, "Path": "/", "ManagedPolicyArns": list(arns), **more}
    return resource(f"IAM::{type}", name, properties, f"{ARN}:{type.lower()}/{name}")


def policy(name: str, document: Any) -> Resource:
    arn = f"{ARN}:policy/{name}"
    return resource("IAM::ManagedPolicy", name, {"ManagedPolicyName": name, "PolicyDocument": document}, arn)


def resources(case: Case, trust: Mapping[str, Any], policies: Mapping[str, Any]) -> list[Resource]:
    """The account of a file, with what is added. `policies`: those of the file, perhaps mended."""
    whole = f"{ARN}:policy/everything"
    role = f"{ARN}:role/{SERVICE_ROLE}"
    regional = f"{REGION}:{ACCOUNT}"
    found = [
        policy("everything", EVERYTHING),
        principal("User", "analyst", ()),
        principal("User", "administrator", (whole,)),
        principal("Group", "administrators", (whole,)),
        principal("Role", SERVICE_ROLE, (whole,), AssumeRolePolicyDocument=trust),
        resource(
            "IAM::InstanceProfile",
            "profile",
            {"InstanceProfileName": "profile", "Roles": [SERVICE_ROLE]},
            f"{ARN}:instance-profile/profile",
        ),
        resource(
            "Lambda::Function",
            "function",
            {"FunctionName": "function", "Role": role},
            f"arn:aws:lambda:{regional}:function:function",
        ),
        resource(
            "EC2::Instance",
            "i-0123456789abcdef0",
            {"IamInstanceProfile": "profile"},
            f"arn:aws:ec2:{regional}:instance/i-0123456789abcdef0",
        ),
        resource(
            "CloudFormation::Stack",
            "stack",
            {"StackName": "stack", "RoleARN": role},
            f"arn:aws:cloudformation:{regional}:stack/stack/1a2b3c4d",
        ),
        resource(
            "Glue::DevEndpoint",
            "endpoint",
            {"EndpointName": "endpoint", "RoleArn": role},
            f"arn:aws:glue:{regional}:devEndpoint/endpoint",
        ),
        resource(
            "SageMaker::NotebookInstance",
            "notebook",
            {"NotebookInstanceName": "notebook", "RoleArn": role},
            f"arn:aws:sagemaker:{regional}:notebook-instance/notebook",
        ),
    ]
    if case.assumer:
        body = {"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": "*"}
        assuming = policies.get("assuming", {"Version": "2012-10-17", "Statement": [body]})
        found += [policy("assuming", assuming), principal("User", "assumer", (f"{ARN}:policy/assuming",))]
    for name, document in policies.items():
        if name != "assuming" or not case.assumer:
            found.append(policy(name, document))
    for name, document in case.roles.items():
        theirs = [f"{ARN}:policy/{one}" for one in case.policies if name in case.attached(one)]
        found.append(principal("Role", name, theirs, AssumeRolePolicyDocument=document))
    for name in case.policies:
        if name in ATTACHED:
            continue
        together = [f"{ARN}:policy/{one}" for one in case.policies if one not in ATTACHED]
        groups = [f"{name}-group"] if name in GROUPED else []
        if groups:
            found.append(principal("Group", groups[0], ()))
        found.append(principal("User", f"{name}-user", together, Groups=groups))
    return found


@dataclass(frozen=True, slots=True)
class Told:
    """What was found for one file."""

    case: Case
    authority: Authority
    graph: Graph
    reaches: tuple[Reach, ...]

    @property
    def edges(self) -> list[Edge]:
        """The proved edges that the file's principals begin with, or follow."""
        found = {id(edge): edge for one in self.reaches for chain in one.chains.values() for edge in chain}
        direct = [edge for one in self.reaches for edge in self.graph.out(one.source)]
        found.update({id(edge): edge for edge in direct if edge.status == "proved"})
        return list(found.values())

    @property
    def paths(self) -> set[str]:
        return {edge.path for edge in self.edges}


def tell(case: Case, trust: Mapping[str, Any], policies: Mapping[str, Any] | None = None) -> Told:
    """The account of a file, and how far its principals get."""
    given = case.policies if policies is None else policies
    authority = read(link(resources(case, trust, given)))
    assert not authority.problems, authority.problems
    versions = {}
    if case.file.startswith("privesc2-"):
        for name in given:
            managed = resource_key(ACCOUNT, None, "AWS::IAM::ManagedPolicy", name)
            versions[managed] = (parse(EVERYTHING, kind="identity", name=f"{name} v1"),)
    graph = Graph(authority, Sight(workloads=True, loads={}, versions=versions, now=NOW))
    return Told(case, authority, graph, tuple(reach(graph, source) for source in case.sources))
