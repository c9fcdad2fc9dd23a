"""A small CloudFormation behind real boto3 clients, so that botocore checks what we send.

It answers with the statuses, reasons and errors that AWS documents, and moves one step each time a
stack is described. A resource with the property `Fail` fails with that reason; a change of a property in
`RECREATES` replaces. It is no copy of the local cloud: it exists to put stacks into any state.
"""

# ruff: noqa: N803 (parameters are named as AWS names them)

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest
from botocore.awsrequest import AWSResponse

from ringwork.cloud.deploy import Patience
from ringwork.estate import Stack

RECREATES = {"BucketName", "GroupName", "KeySpec"}
ACCOUNT = "111122223333"
REGION = "eu-west-1"
STACK_TYPE = "AWS::CloudFormation::Stack"


class Refused(Exception):  # noqa: N818 (an AWS error answer)
    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code, self.message = code, message


@dataclass
class Kept:
    """One stack of the fake."""

    name: str
    arn: str
    status: str
    template: dict[str, Any] = field(default_factory=dict)
    resources: dict[str, str] = field(default_factory=dict)
    """logical id -> status"""
    parameters: dict[str, str] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)
    protected: bool = False
    events: list[dict[str, Any]] = field(default_factory=list)
    change_sets: dict[str, dict[str, Any]] = field(default_factory=dict)
    steps: list[Callable[[], None]] = field(default_factory=list)


class FakeCloudFormation:
    """CloudFormation of one account and Region."""

    def __init__(self, account: str, region: str) -> None:
        self.account, self.region = account, region
        self.stacks: list[Kept] = []
        self.calls: list[tuple[str, dict[str, Any]]] = []
        self.before: dict[str, list[Callable[[dict[str, Any]], None]]] = {}
        """operation -> things to do before it is answered, once each"""
        self.drifts: dict[str, list[dict[str, Any]]] = {}
        """stack name -> the changes of a drift-aware change set"""
        self.drifted: dict[str, list[dict[str, Any]]] = {}
        """stack name -> what DescribeStackResourceDrifts answers"""
        self.detection_fails: dict[str, str] = {}
        self._detections: dict[str, str] = {}
        self._count = itertools.count(1)

    # -- what tests use

    def stack(self, name: str) -> Kept:
        return next(s for s in self.stacks if s.name == name and s.status != "DELETE_COMPLETE")

    def put(self, name: str, status: str, template: dict[str, Any] | None = None, **more: Any) -> Kept:
        """A stack in any state, with the resources of `template` made."""
        stack = Kept(name, self._arn(name), status, template or {}, **more)
        stack.resources = dict.fromkeys(stack.template.get("Resources", {}), "CREATE_COMPLETE")
        self.stacks.append(stack)
        self._event(stack, status)
        return stack

    def operations(self) -> list[str]:
        return [name for name, _ in self.calls]

    # -- answers

    def answer(self, operation: str, params: dict[str, Any]) -> dict[str, Any]:
        self.calls.append((operation, params))
        if self.before.get(operation):
            self.before[operation].pop(0)(params)
        return getattr(self, f"_{operation}")(**params)

    def _arn(self, name: str) -> str:
        return f"arn:aws:cloudformation:{self.region}:{self.account}:stack/{name}/{next(self._count):04d}"

    def _find(self, name: str) -> Kept:
        for stack in self.stacks:
            if stack.arn == name or (stack.name == name and stack.status != "DELETE_COMPLETE"):
                return stack
        raise Refused("ValidationError", f"Stack with id {name} does not exist")

    def _change_set(self, name: str) -> tuple[Kept, dict[str, Any]]:
        for stack in self.stacks:
            if name in stack.change_sets:
                return stack, stack.change_sets[name]
        raise Refused("ChangeSetNotFound", f"ChangeSet [{name}] does not exist")

    def _event(self, stack: Kept, status: str, logical: str = "", reason: str = "") -> None:
        number = next(self._count)
        declared = stack.template.get("Resources", {}).get(logical, {})
        stack.events.insert(
            0,
            {
                "StackId": stack.arn,
                "StackName": stack.name,
                "EventId": f"e{number}",
                "Timestamp": datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=number),
                "LogicalResourceId": logical or stack.name,
                "PhysicalResourceId": f"{logical}-physical" if logical else stack.arn,
                "ResourceType": declared.get("Type", "AWS::Test::Gone") if logical else STACK_TYPE,
                "ResourceStatus": status,
                **({"ResourceStatusReason": reason} if reason else {}),
            },
        )

    def _set(self, stack: Kept, status: str, reason: str = "") -> None:
        stack.status = status
        self._event(stack, status, reason=reason)

    def _resource(self, stack: Kept, logical: str, status: str, reason: str = "") -> None:
        stack.resources[logical] = status
        self._event(stack, status, logical, reason)

    def _tick(self, stack: Kept) -> None:
        if stack.steps:
            stack.steps.pop(0)()

    def _DescribeStacks(self, StackName: str | None = None, NextToken: str = "0") -> dict[str, Any]:
        if StackName:
            stack = self._find(StackName)
            self._tick(stack)
            return {"Stacks": [self._described(stack)]}
        live = [s for s in self.stacks if s.status != "DELETE_COMPLETE"]
        at = int(NextToken)
        page = {"Stacks": [self._described(s) for s in live[at : at + 2]]}
        return {**page, "NextToken": str(at + 2)} if at + 2 < len(live) else page

    def _described(self, stack: Kept) -> dict[str, Any]:
        return {
            "StackId": stack.arn,
            "StackName": stack.name,
            "StackStatus": stack.status,
            "Outputs": [
                {"OutputKey": key, "OutputValue": self._value(stack, output["Value"])}
                for key, output in stack.template.get("Outputs", {}).items()
                if stack.status not in {"REVIEW_IN_PROGRESS", "CREATE_IN_PROGRESS"}
            ],
            "Parameters": [{"ParameterKey": k, "ParameterValue": v} for k, v in stack.parameters.items()],
            "Tags": [{"Key": k, "Value": v} for k, v in stack.tags.items()],
            "EnableTerminationProtection": stack.protected,
        }

    def _value(self, stack: Kept, value: Any) -> str:
        if not isinstance(value, dict):
            return str(value)
        name = value["Ref"]
        return stack.parameters.get(name, f"{self.account}-{self.region}-{name}")

    def _DescribeStackEvents(self, StackName: str, NextToken: str = "0") -> dict[str, Any]:
        events = self._find(StackName).events
        at = int(NextToken)
        page = {"StackEvents": events[at : at + 3]}
        return {**page, "NextToken": str(at + 3)} if at + 3 < len(events) else page

    def _ListStackResources(self, StackName: str) -> dict[str, Any]:
        stack = self._find(StackName)
        return {
            "StackResourceSummaries": [
                {
                    "LogicalResourceId": logical,
                    "PhysicalResourceId": f"{logical}-physical",
                    "ResourceType": stack.template["Resources"][logical]["Type"],
                    "ResourceStatus": status,
                    "LastUpdatedTimestamp": datetime(2026, 1, 1, tzinfo=UTC),
                }
                for logical, status in stack.resources.items()
            ]
        }

    def _GetTemplate(self, StackName: str, TemplateStage: str) -> dict[str, Any]:
        return {"TemplateBody": json.loads(json.dumps(self._find(StackName).template))}

    def _CreateChangeSet(self, **asked: Any) -> dict[str, Any]:
        name, kind = asked["StackName"], asked["ChangeSetType"]
        live = [s for s in self.stacks if s.name == name and s.status != "DELETE_COMPLETE"]
        if kind == "CREATE":
            if live and live[0].status != "REVIEW_IN_PROGRESS":
                raise Refused("ValidationError", f"Stack [{name}] already exists and cannot be created again")
            stack = live[0] if live else Kept(name, self._arn(name), "")
            if not live:
                self.stacks.append(stack)
                self._set(stack, "REVIEW_IN_PROGRESS")
        else:
            if not live:
                raise Refused("ValidationError", f"Stack [{name}] does not exist")
            stack = live[0]
            resumable = stack.status in {"CREATE_FAILED", "UPDATE_FAILED"}
            stuck = stack.status.endswith(("_IN_PROGRESS", "_FAILED")) or stack.status == "ROLLBACK_COMPLETE"
            if stuck and not resumable:
                raise Refused(
                    "ValidationError", f"Stack:{stack.arn} is in {stack.status} state and can not be updated."
                )
        number = next(self._count)
        arn = (
            f"arn:aws:cloudformation:{self.region}:{self.account}:changeSet/{asked['ChangeSetName']}/{number}"
        )
        template = stack.template if asked.get("UsePreviousTemplate") else self._template(asked)
        parameters = {
            p["ParameterKey"]: stack.parameters[p["ParameterKey"]]
            if p.get("UsePreviousValue")
            else p["ParameterValue"]
            for p in asked.get("Parameters", [])
        }
        changes = self._diff(stack, template, parameters)
        drifted = asked.get("DeploymentMode") == "REVERT_DRIFT" and self.drifts.get(name)
        if drifted:
            changes = drifted
        made = {
            "ChangeSetId": arn,
            "ChangeSetName": asked["ChangeSetName"],
            "StackId": stack.arn,
            "StackName": name,
            "Status": "CREATE_PENDING",
            "ExecutionStatus": "UNAVAILABLE",
            "Changes": changes,
            "template": template,
            "parameters": parameters,
            "kind": kind,
            "tags": {t["Key"]: t["Value"] for t in asked.get("Tags", [])},
        }
        stack.change_sets[arn] = made
        return {"Id": arn, "StackId": stack.arn}

    def _template(self, asked: dict[str, Any]) -> dict[str, Any]:
        if "TemplateURL" in asked:
            return json.loads(self.uploads[asked["TemplateURL"].split("/", 3)[3]])
        if len(asked["TemplateBody"].encode()) > 51_200:
            raise Refused("ValidationError", "Member must have length less than or equal to 51200")
        return json.loads(asked["TemplateBody"])

    uploads: dict[str, bytes]

    def _diff(
        self, stack: Kept, template: dict[str, Any], parameters: dict[str, str]
    ) -> list[dict[str, Any]]:
        old, new = stack.template.get("Resources", {}), template.get("Resources", {})
        changes: list[dict[str, Any]] = []
        for logical in {**old, **new}:
            kind = (new.get(logical) or old[logical])["Type"]
            base = {"LogicalResourceId": logical, "ResourceType": kind}
            if logical not in old:
                changes.append({**base, "Action": "Add"})
            elif logical not in new:
                changes.append({**base, "Action": "Remove", "PhysicalResourceId": f"{logical}-physical"})
            elif old[logical] != new[logical] or self._moved(new[logical], stack, parameters):
                before, after = old[logical].get("Properties", {}), new[logical].get("Properties", {})
                names = [n for n in {**before, **after} if before.get(n) != after.get(n)]
                names = names or list(self._moved(new[logical], stack, parameters))
                recreates = bool(RECREATES & set(names))
                changes.append(
                    {
                        **base,
                        "Action": "Modify",
                        "PhysicalResourceId": f"{logical}-physical",
                        "Replacement": "True" if recreates else "False",
                        "Scope": ["Properties"],
                        "Details": [
                            {
                                "Target": {
                                    "Attribute": "Properties",
                                    "Name": n,
                                    "RequiresRecreation": "Always" if n in RECREATES else "Never",
                                },
                                "Evaluation": "Static",
                                "ChangeSource": "DirectModification",
                            }
                            for n in names
                        ],
                    }
                )
        return [{"Type": "Resource", "ResourceChange": change} for change in changes]

    @staticmethod
    def _moved(resource: dict[str, Any], stack: Kept, parameters: dict[str, str]) -> list[str]:
        return [
            name
            for name, value in resource.get("Properties", {}).items()
            if isinstance(value, dict)
            and value.get("Ref") in parameters
            and parameters[value["Ref"]] != stack.parameters.get(value["Ref"])
        ]

    def _DescribeChangeSet(
        self, ChangeSetName: str, IncludePropertyValues: bool = False, NextToken: str = "0"
    ) -> dict[str, Any]:
        _, made = self._change_set(ChangeSetName)
        if made["Status"] == "CREATE_PENDING":
            made["Status"] = "CREATE_IN_PROGRESS"
        elif made["Status"] == "CREATE_IN_PROGRESS":
            same = not made["Changes"]
            made["Status"] = "FAILED" if same else "CREATE_COMPLETE"
            made["ExecutionStatus"] = "UNAVAILABLE" if same else "AVAILABLE"
            if same:
                made["StatusReason"] = (
                    "The submitted information didn't contain changes. Submit different information to "
                    "create a change set."
                )
        at = int(NextToken)
        shown = {k: v for k, v in made.items() if k[0].isupper()}
        shown["Changes"] = made["Changes"][at : at + 2]
        return {**shown, "NextToken": str(at + 2)} if at + 2 < len(made["Changes"]) else shown

    def _DescribeEvents(self, ChangeSetName: str, Filters: dict[str, Any]) -> dict[str, Any]:
        return {"OperationEvents": []}

    def _ListChangeSets(self, StackName: str) -> dict[str, Any]:
        sets = self._find(StackName).change_sets.values()
        return {"Summaries": [{"ChangeSetId": s["ChangeSetId"], "Status": s["Status"]} for s in sets]}

    def _DeleteChangeSet(self, ChangeSetName: str) -> dict[str, Any]:
        stack, _ = self._change_set(ChangeSetName)
        del stack.change_sets[ChangeSetName]
        return {}

    def _ExecuteChangeSet(
        self, ChangeSetName: str, ClientRequestToken: str, RetainExceptOnCreate: bool
    ) -> dict[str, Any]:
        stack, made = self._change_set(ChangeSetName)
        if made["ExecutionStatus"] != "AVAILABLE":
            raise Refused(
                "InvalidChangeSetStatus",
                f"ChangeSet [{ChangeSetName}] cannot be executed in its current execution status of "
                f"[{made['ExecutionStatus']}]",
            )
        stack.change_sets.clear()
        self.start(stack, made)
        return {}

    def start(self, stack: Kept, made: dict[str, Any]) -> None:
        """The steps of a create or update, and of its rollback where a resource fails."""
        word = "CREATE" if made["kind"] == "CREATE" else "UPDATE"
        before = (stack.template, dict(stack.resources), stack.parameters, stack.tags)
        stack.template, stack.parameters, stack.tags = made["template"], made["parameters"], made["tags"]
        self._set(stack, f"{word}_IN_PROGRESS", "User Initiated")
        changed = [c["ResourceChange"] for c in made["Changes"]]
        failing = None
        for change in changed:
            logical = change["LogicalResourceId"]
            verb = {"Add": "CREATE", "Modify": "UPDATE", "Remove": "DELETE"}[change["Action"]]
            wanted = made["template"]["Resources"].get(logical, {}).get("Properties", {})
            fail = wanted.get("Fail") if verb != "DELETE" else None
            stack.steps.append(lambda a=logical, v=verb: self._resource(stack, a, f"{v}_IN_PROGRESS"))
            if fail:
                failing = logical
                stack.steps.append(
                    lambda a=logical, v=verb, r=fail: self._resource(stack, a, f"{v}_FAILED", r)
                )
                break
            stack.steps.append(lambda a=logical, v=verb: self._resource(stack, a, f"{v}_COMPLETE"))
        if failing is None:
            stack.steps.append(lambda: self._set(stack, f"{word}_COMPLETE"))
            return
        for other in (c["LogicalResourceId"] for c in changed):
            if other not in stack.resources and other != failing:
                stack.steps.append(
                    lambda a=other: self._resource(stack, a, f"{word}_FAILED", "Resource creation cancelled")
                )
        back = "ROLLBACK" if word == "CREATE" else "UPDATE_ROLLBACK"
        reason = f"The following resource(s) failed to {word.lower()}: [{failing}]."
        stack.steps.append(lambda: self._set(stack, f"{back}_IN_PROGRESS", reason))

        def done() -> None:
            if word == "UPDATE":
                stack.template, stack.resources, stack.parameters, stack.tags = before
            else:
                stack.resources = {}
            self._set(stack, f"{back}_COMPLETE")

        stack.steps.append(done)

    def _DeleteStack(self, StackName: str, RetainResources: list[str] | None = None) -> dict[str, Any]:
        stack = self._find(StackName)
        if stack.protected:
            raise Refused(
                "ValidationError",
                f"Stack [{stack.name}] cannot be deleted while TerminationProtection is enabled",
            )
        if stack.status == "REVIEW_IN_PROGRESS":
            stack.status = "DELETE_COMPLETE"
            return {}
        self._set(stack, "DELETE_IN_PROGRESS", "User Initiated")
        for logical in list(stack.resources):
            declared = stack.template["Resources"][logical]
            stuck = declared.get("Properties", {}).get("Stuck")
            if stuck:
                stack.steps.append(lambda a=logical, r=stuck: self._resource(stack, a, "DELETE_FAILED", r))
                stack.steps.append(
                    lambda a=logical: self._set(
                        stack, "DELETE_FAILED", f"The following resource(s) failed to delete: [{a}]."
                    )
                )
                return {}
            status = "DELETE_SKIPPED" if declared.get("DeletionPolicy") == "Retain" else "DELETE_COMPLETE"
            stack.steps.append(lambda a=logical, s=status: self._resource(stack, a, s))
        stack.steps.append(lambda: self._set(stack, "DELETE_COMPLETE"))
        return {}

    def _ContinueUpdateRollback(self, StackName: str) -> dict[str, Any]:
        stack = self._find(StackName)
        self._set(stack, "UPDATE_ROLLBACK_IN_PROGRESS")
        stack.steps.append(lambda: self._set(stack, "UPDATE_ROLLBACK_COMPLETE"))
        return {}

    def _DetectStackDrift(self, StackName: str) -> dict[str, Any]:
        stack = self._find(StackName)
        self._detections[f"d-{stack.name}"] = "DETECTION_IN_PROGRESS"
        return {"StackDriftDetectionId": f"d-{stack.name}"}

    def _DescribeStackDriftDetectionStatus(self, StackDriftDetectionId: str) -> dict[str, Any]:
        was, name = self._detections[StackDriftDetectionId], StackDriftDetectionId.removeprefix("d-")
        self._detections[StackDriftDetectionId] = "done"
        if was == "DETECTION_IN_PROGRESS":
            return {"DetectionStatus": was, "StackDriftDetectionId": StackDriftDetectionId}
        if name in self.detection_fails:
            return {
                "DetectionStatus": "DETECTION_FAILED",
                "DetectionStatusReason": self.detection_fails[name],
                "StackDriftStatus": "UNKNOWN",
            }
        status = "DRIFTED" if self.drifted.get(name) else "IN_SYNC"
        return {"DetectionStatus": "DETECTION_COMPLETE", "StackDriftStatus": status}

    def _DescribeStackResourceDrifts(
        self, StackName: str, StackResourceDriftStatusFilters: list[str]
    ) -> dict[str, Any]:
        found = self.drifted.get(self._find(StackName).name, [])
        wanted = StackResourceDriftStatusFilters
        return {"StackResourceDrifts": [d for d in found if d["StackResourceDriftStatus"] in wanted]}

    def _UpdateTerminationProtection(
        self, StackName: str, EnableTerminationProtection: bool
    ) -> dict[str, Any]:
        stack = self._find(StackName)
        stack.protected = EnableTerminationProtection
        return {"StackId": stack.arn}


class FakeCloud:
    """Clients as `Cloud.client` gives them; CloudFormation is the fake, S3 and EC2 are tables."""

    Refused = Refused

    def __init__(self) -> None:
        self.formations: dict[tuple[str, str], FakeCloudFormation] = {}
        self.uploads: dict[str, bytes] = {}
        self.buckets: set[str] = set()
        self.versions: dict[str, list[tuple[str, str]]] = {}
        self.prefix_lists: dict[str, str] = {}
        self.ec2_answers: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {}
        """operation -> what EC2 answers, in each account and Region"""
        self._clients: dict[tuple[str, str, str], Any] = {}

    def formation(self, account: str = ACCOUNT, region: str = REGION) -> FakeCloudFormation:
        if (account, region) not in self.formations:
            made = FakeCloudFormation(account, region)
            made.uploads = self.uploads
            self.formations[account, region] = made
        return self.formations[account, region]

    def client(
        self, service: str, *, account: str | None = None, region: str | None = None, role: str | None = None
    ) -> Any:
        account, region = account or ACCOUNT, region or REGION
        key = (service, account, region)
        if key not in self._clients:
            answers: dict[str, Callable[[str, dict[str, Any]], dict[str, Any]]] = {
                "cloudformation": self.formation(account, region).answer,
                "s3": self._s3,
                "ec2": self._ec2,
            }
            self._clients[key] = hooked(service, region, answers[service])
        return self._clients[key]

    def _s3(self, operation: str, params: dict[str, Any]) -> dict[str, Any]:
        if operation == "ListObjectVersions":
            found = self.versions.get(params["Bucket"], [])
            return {"Versions": [{"Key": key, "VersionId": version} for key, version in found]}
        if operation == "DeleteObjects":
            gone = {(o["Key"], o["VersionId"]) for o in params["Delete"]["Objects"]}
            kept = [v for v in self.versions[params["Bucket"]] if v not in gone]
            self.versions[params["Bucket"]] = kept
            return {}
        assert operation == "PutObject", operation
        if params["Bucket"] not in self.buckets:
            raise Refused("NoSuchBucket", "The specified bucket does not exist")
        body = params["Body"]
        self.uploads[params["Key"]] = body if isinstance(body, bytes) else body.read()
        return {}

    def _ec2(self, operation: str, params: dict[str, Any]) -> dict[str, Any]:
        if operation in self.ec2_answers:
            return self.ec2_answers[operation](params)
        assert operation == "DescribeManagedPrefixLists", operation
        names = params["Filters"][0]["Values"]
        found = [{"PrefixListId": i} for name, i in self.prefix_lists.items() if name in names]
        return {"PrefixLists": found}


def hooked(service: str, region: str, answer: Callable[[str, dict[str, Any]], dict[str, Any]]) -> Any:
    """A boto3 client whose requests are checked by botocore and then answered by `answer`."""
    session = boto3.Session(aws_access_key_id="x", aws_secret_access_key="x", region_name=region)
    client = session.client(service)

    def remember(params: dict[str, Any], context: dict[str, Any], **_: Any) -> None:
        context["asked"] = dict(params)

    def respond(model: Any, context: dict[str, Any], **_: Any) -> tuple[AWSResponse, dict[str, Any]]:
        try:
            return AWSResponse("", 200, {}, None), answer(model.name, context["asked"])
        except Refused as refused:
            parsed = {
                "Error": {"Code": refused.code, "Message": refused.message},
                "ResponseMetadata": {"HTTPStatusCode": 400},
            }
            return AWSResponse("", 400, {}, None), parsed

    client.meta.events.register(f"before-parameter-build.{service}", remember)
    client.meta.events.register(f"before-call.{service}", respond)
    return client


@pytest.fixture
def cloud() -> Iterator[FakeCloud]:
    yield FakeCloud()


@pytest.fixture
def formation(cloud: FakeCloud) -> FakeCloudFormation:
    return cloud.formation()


@pytest.fixture
def patience() -> Patience:
    """No pause between questions."""
    return Patience(sleep=lambda seconds: None)


@pytest.fixture
def stack() -> Callable[..., Stack]:
    """Makes stacks: `stack("net", {"Vpc": {...}}, outputs={...}, parameters={...})`."""

    def make(name: str, resources: dict[str, Any], **more: Any) -> Stack:
        template: dict[str, Any] = {"Resources": resources}
        parameters = more.get("parameters", {})
        if parameters:
            template["Parameters"] = {key: {"Type": "String"} for key in parameters}
        if more.get("outputs"):
            template["Outputs"] = {k: {"Value": v} for k, v in more["outputs"].items()}
        return Stack(
            name=name,
            account=more.get("account", ACCOUNT),
            region=more.get("region", REGION),
            template=template,
            parameters=parameters,
            tags=more.get("tags", {"ringwork:organization": "acme"}),
            acceptances=more.get("acceptances", ()),
        )

    return make
