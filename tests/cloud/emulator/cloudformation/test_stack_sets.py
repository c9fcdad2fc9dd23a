"""StackSets: one template in several accounts and Regions (CloudFormation User Guide, "Manage stacks across
accounts and Regions with StackSets", "Grant self-managed permissions"; API reference of each operation)."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from ringwork.cloud.emulator import LocalCloud

ADMIN, ONE, TWO = "111122223333", "222233334444", "333344445555"
REGION = "eu-west-1"
TRUST = "sts:AssumeRole"


def document(**statement: Any) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", **statement}]})


class Sets:
    """The StackSets of the administrator account."""

    def __init__(self, cloud: LocalCloud) -> None:
        self.cloud = cloud
        self.client = cloud.session(ADMIN, REGION).client("cloudformation")

    def at(self, account: str, service: str, region: str = REGION) -> Any:
        return self.cloud.session(account, region).client(service)

    def grant(self, *targets: str) -> None:
        """The two roles of the guide."""
        role = "AWSCloudFormationStackSetAdministrationRole"
        iam = self.at(ADMIN, "iam")
        trusted = {"Service": "cloudformation.amazonaws.com"}
        iam.create_role(RoleName=role, AssumeRolePolicyDocument=document(Principal=trusted, Action=TRUST))
        every = "arn:*:iam::*:role/AWSCloudFormationStackSetExecutionRole"
        iam.put_role_policy(
            RoleName=role, PolicyName="p", PolicyDocument=document(Action=TRUST, Resource=every)
        )
        for target in targets:
            iam, name = self.at(target, "iam"), "AWSCloudFormationStackSetExecutionRole"
            trusted = {"AWS": f"arn:aws:iam::{ADMIN}:role/{role}"}
            iam.create_role(RoleName=name, AssumeRolePolicyDocument=document(Principal=trusted, Action=TRUST))
            iam.put_role_policy(
                RoleName=name, PolicyName="p", PolicyDocument=document(Action="*", Resource="*")
            )

    def wait(self, operation: dict[str, Any], name: str = "ss") -> str:
        assert self.cloud.engine().wait_idle(60)
        found = self.client.describe_stack_set_operation(
            StackSetName=name, OperationId=operation["OperationId"]
        )
        return str(found["StackSetOperation"]["Status"])

    def results(self, operation: dict[str, Any], name: str = "ss") -> list[tuple[str, str, str]]:
        rows = self.client.list_stack_set_operation_results(
            StackSetName=name, OperationId=operation["OperationId"]
        )["Summaries"]
        return [(row["Account"], row["Region"], row["Status"]) for row in rows]

    def statuses(self, name: str = "ss") -> dict[tuple[str, str], tuple[str, str]]:
        rows = self.client.list_stack_instances(StackSetName=name)["Summaries"]
        return {
            (row["Account"], row["Region"]): (row["Status"], row["StackInstanceStatus"]["DetailedStatus"])
            for row in rows
        }

    def groups(self, account: str, region: str) -> dict[str, int]:
        found = self.at(account, "logs", region).describe_log_groups()["logGroups"]
        return {item["logGroupName"]: item["retentionInDays"] for item in found}


@pytest.fixture
def sets(tmp_path: Path) -> Iterator[Sets]:
    with LocalCloud(tmp_path / "state") as cloud:
        yield Sets(cloud)


def template(name: str = "/ss") -> str:
    group = {
        "Type": "AWS::Logs::LogGroup",
        "Properties": {"LogGroupName": name, "RetentionInDays": {"Ref": "Days"}},
    }
    return json.dumps(
        {"Parameters": {"Days": {"Type": "Number", "Default": 7}}, "Resources": {"Group": group}}
    )


CURRENT, FAILED = ("CURRENT", "SUCCEEDED"), ("OUTDATED", "FAILED")


def test_instances_are_stacks_in_each_account_and_region(sets):
    sets.grant(ONE, TWO)
    identifier = sets.client.create_stack_set(StackSetName="ss", TemplateBody=template())["StackSetId"]
    operation = sets.client.create_stack_instances(
        StackSetName="ss", Accounts=[ONE, TWO], Regions=["eu-west-1", "us-east-1"]
    )
    assert sets.wait(operation) == "SUCCEEDED"
    places = [(ONE, "eu-west-1"), (TWO, "eu-west-1"), (ONE, "us-east-1"), (TWO, "us-east-1")]
    assert sets.results(operation) == [(*place, "SUCCEEDED") for place in places]
    assert sets.statuses() == dict.fromkeys(places, CURRENT)
    for account, region in places:
        assert sets.groups(account, region) == {"/ss": 7}
        stack = sets.at(account, "cloudformation", region).describe_stacks()["Stacks"][0]
        assert stack["StackName"].startswith("StackSet-ss-")
    assert sets.groups(ADMIN, REGION) == {}
    described = sets.client.describe_stack_set(StackSetName="ss")["StackSet"]
    assert described["StackSetId"] == identifier
    assert described["Status"] == "ACTIVE"
    assert described["StackSetARN"] == f"arn:aws:cloudformation:{REGION}:{ADMIN}:stackset/{identifier}"
    assert described["Parameters"] == [{"ParameterKey": "Days", "ParameterValue": "7"}]
    one = sets.client.describe_stack_instance(
        StackSetName="ss", StackInstanceAccount=ONE, StackInstanceRegion="us-east-1"
    )["StackInstance"]
    assert one["StackId"].startswith(f"arn:aws:cloudformation:us-east-1:{ONE}:stack/StackSet-ss-")


def test_without_the_administration_role_nothing_is_made(sets):
    sets.client.create_stack_set(StackSetName="ss", TemplateBody=template())
    operation = sets.client.create_stack_instances(
        StackSetName="ss", Accounts=[ADMIN], Regions=["us-east-1", "us-west-2"]
    )
    assert sets.wait(operation) == "FAILED"
    assert sets.results(operation) == [
        (ADMIN, "us-east-1", "FAILED"),
        (ADMIN, "us-west-2", "CANCELLED"),
    ]
    instance = sets.client.list_stack_instances(StackSetName="ss")["Summaries"][0]
    assert instance["Status"] == "OUTDATED"
    assert instance["StatusReason"] == (
        f"Account {ADMIN} should have 'AWSCloudFormationStackSetAdministrationRole' role with trust "
        "relationship to CloudFormation service."
    )
    assert sets.groups(ADMIN, "us-east-1") == {}


def test_an_account_without_the_execution_role_fails_alone_within_the_tolerance(sets):
    sets.grant(ONE)
    sets.client.create_stack_set(StackSetName="ss", TemplateBody=template())
    operation = sets.client.create_stack_instances(
        StackSetName="ss",
        Accounts=[TWO, ONE],
        Regions=[REGION],
        OperationPreferences={"FailureToleranceCount": 1},
    )
    assert sets.wait(operation) == "SUCCEEDED"
    assert sets.statuses() == {(TWO, REGION): FAILED, (ONE, REGION): CURRENT}
    instance = sets.client.list_stack_instances(StackSetName="ss", StackInstanceAccount=TWO)["Summaries"][0]
    assert instance["StatusReason"] == (
        f"Account {TWO} should have 'AWSCloudFormationStackSetExecutionRole' role with trust relationship to "
        "Role 'AWSCloudFormationStackSetAdministrationRole'."
    )


@pytest.mark.parametrize(
    ("preferences", "status", "second"),
    [
        # API reference, StackSetOperationPreferences: 0 by default; 50 % of 2 is 1; 40 % of 2 is 0
        ({}, "FAILED", "CANCELLED"),
        ({"FailureTolerancePercentage": 50}, "SUCCEEDED", "SUCCEEDED"),
        ({"FailureTolerancePercentage": 40}, "FAILED", "CANCELLED"),
    ],
)
def test_the_failure_tolerance_ends_the_operation(sets, preferences, status, second):
    sets.grant(TWO)
    sets.client.create_stack_set(StackSetName="ss", TemplateBody=template())
    operation = sets.client.create_stack_instances(
        StackSetName="ss", Accounts=[ONE, TWO], Regions=[REGION], OperationPreferences=preferences
    )
    assert sets.wait(operation) == status
    assert sets.results(operation) == [(ONE, REGION, "FAILED"), (TWO, REGION, second)]


def test_a_failed_instance_is_tried_again_by_the_next_operation(sets):
    sets.grant(ONE)
    logs = sets.at(ONE, "logs")
    logs.create_log_group(logGroupName="/ss")
    sets.client.create_stack_set(StackSetName="ss", TemplateBody=template())
    places = {"StackSetName": "ss", "Accounts": [ONE], "Regions": [REGION]}
    assert sets.wait(sets.client.create_stack_instances(**places)) == "FAILED"
    instance = sets.client.list_stack_instances(StackSetName="ss")["Summaries"][0]
    assert instance["StatusReason"].startswith(
        "ResourceLogicalId:Group, ResourceType:AWS::Logs::LogGroup, ResourceStatusReason:"
    )
    logs.delete_log_group(logGroupName="/ss")
    assert sets.wait(sets.client.create_stack_instances(**places)) == "SUCCEEDED"
    assert sets.statuses() == {(ONE, REGION): CURRENT}


def test_an_update_reaches_every_instance(sets):
    sets.grant(ONE, TWO)
    sets.client.create_stack_set(StackSetName="ss", TemplateBody=template())
    sets.wait(sets.client.create_stack_instances(StackSetName="ss", Accounts=[ONE, TWO], Regions=[REGION]))
    operation = sets.client.update_stack_set(
        StackSetName="ss",
        UsePreviousTemplate=True,
        Parameters=[{"ParameterKey": "Days", "ParameterValue": "30"}],
    )
    assert sets.wait(operation) == "SUCCEEDED"
    assert sets.groups(ONE, REGION) == sets.groups(TWO, REGION) == {"/ss": 30}


def test_an_update_of_some_accounts_leaves_the_others_outdated(sets):
    sets.grant(ONE, TWO)
    sets.client.create_stack_set(StackSetName="ss", TemplateBody=template())
    sets.wait(sets.client.create_stack_instances(StackSetName="ss", Accounts=[ONE, TWO], Regions=[REGION]))
    operation = sets.client.update_stack_set(
        StackSetName="ss", TemplateBody=template("/new"), Accounts=[ONE], Regions=[REGION]
    )
    assert sets.wait(operation) == "SUCCEEDED"
    assert sets.groups(ONE, REGION) == {"/new": 7}
    assert sets.groups(TWO, REGION) == {"/ss": 7}
    assert sets.statuses()[(TWO, REGION)][0] == "OUTDATED"


def test_an_instance_has_parameters_of_its_own(sets):
    sets.grant(ONE)
    sets.client.create_stack_set(StackSetName="ss", TemplateBody=template())
    places = {"StackSetName": "ss", "Accounts": [ONE], "Regions": [REGION]}
    override = [{"ParameterKey": "Days", "ParameterValue": "14"}]
    sets.wait(sets.client.create_stack_instances(**places, ParameterOverrides=override))
    assert sets.groups(ONE, REGION) == {"/ss": 14}
    override[0]["ParameterValue"] = "30"
    sets.wait(sets.client.update_stack_instances(**places, ParameterOverrides=override))
    assert sets.groups(ONE, REGION) == {"/ss": 30}
    # an override outlives updates of the set (UpdateStackInstances)
    parameters = [{"ParameterKey": "Days", "ParameterValue": "90"}]
    sets.wait(
        sets.client.update_stack_set(StackSetName="ss", UsePreviousTemplate=True, Parameters=parameters)
    )
    assert sets.groups(ONE, REGION) == {"/ss": 30}
    sets.wait(sets.client.update_stack_instances(**places, ParameterOverrides=[]))
    assert sets.groups(ONE, REGION) == {"/ss": 90}


@pytest.mark.parametrize(("retain", "left"), [(False, {}), (True, {"/ss": 7})])
def test_instances_are_deleted_and_their_stacks_kept_if_asked(sets, retain, left):
    sets.grant(ONE)
    sets.client.create_stack_set(StackSetName="ss", TemplateBody=template())
    places = {"StackSetName": "ss", "Accounts": [ONE], "Regions": [REGION]}
    sets.wait(sets.client.create_stack_instances(**places))
    with pytest.raises(ClientError, match="StackSetNotEmptyException"):
        sets.client.delete_stack_set(StackSetName="ss")
    assert sets.wait(sets.client.delete_stack_instances(**places, RetainStacks=retain)) == "SUCCEEDED"
    assert sets.statuses() == {}
    assert sets.groups(ONE, REGION) == left
    sets.client.delete_stack_set(StackSetName="ss")
    listed = sets.client.list_stack_sets()["Summaries"]
    assert [(each["StackSetName"], each["Status"]) for each in listed] == [("ss", "DELETED")]
    with pytest.raises(ClientError, match="StackSetNotFoundException"):
        sets.client.describe_stack_set(StackSetName="ss")


def test_a_stack_that_cannot_be_deleted_leaves_its_instance_inoperable(sets):
    sets.grant(ONE)
    bucket = {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": "kept-by-its-objects"}}
    body = json.dumps({"Resources": {"Bucket": bucket}})
    sets.client.create_stack_set(StackSetName="ss", TemplateBody=body)
    places = {"StackSetName": "ss", "Accounts": [ONE], "Regions": [REGION]}
    assert sets.wait(sets.client.create_stack_instances(**places)) == "SUCCEEDED"
    sets.at(ONE, "s3").put_object(Bucket="kept-by-its-objects", Key="k", Body=b"x")
    assert sets.wait(sets.client.delete_stack_instances(**places, RetainStacks=False)) == "FAILED"
    assert sets.statuses() == {(ONE, REGION): ("INOPERABLE", "INOPERABLE")}


@pytest.mark.parametrize(
    ("operation", "parameters", "code"),
    [
        ("create_stack_set", {"TemplateBody": template()}, "NameAlreadyExistsException"),
        (
            "update_stack_instances",
            {"Accounts": [ONE], "Regions": [REGION]},
            "StackInstanceNotFoundException",
        ),
        ("describe_stack_set_operation", {"OperationId": "absent"}, "OperationNotFoundException"),
        ("create_stack_instances", {"Accounts": [ONE], "Regions": []}, "ValidationError"),
        ("create_stack_instances", {"Regions": [REGION]}, "ValidationError"),
        (
            "create_stack_instances",
            {
                "DeploymentTargets": {"OrganizationalUnitIds": ["ou-ab12-cd34efgh"]},
                "Regions": [REGION],
            },
            "ValidationError",
        ),
    ],
)
def test_requests_that_make_no_sense_are_refused(sets, operation, parameters, code):
    sets.client.create_stack_set(StackSetName="ss", TemplateBody=template())
    with pytest.raises(ClientError) as error:
        getattr(sets.client, operation)(StackSetName="ss", **parameters)
    assert error.value.response["Error"]["Code"] == code


def test_an_operation_id_is_used_once(sets):
    sets.grant(ONE)
    sets.client.create_stack_set(StackSetName="ss", TemplateBody=template())
    places = {"StackSetName": "ss", "Accounts": [ONE], "Regions": [REGION]}
    assert sets.wait(sets.client.create_stack_instances(**places, OperationId="mine")) == "SUCCEEDED"
    with pytest.raises(ClientError, match="OperationIdAlreadyExistsException"):
        sets.client.create_stack_instances(**places, OperationId="mine")


def test_one_operation_works_on_a_stack_set_at_a_time_and_can_be_stopped(sets):
    # API reference, OperationInProgressException; StopStackSetOperation: what has begun ends, no more begins
    sets.grant(ONE, TWO)
    sets.client.create_stack_set(StackSetName="ss", TemplateBody=template())
    places = {"StackSetName": "ss", "Accounts": [ONE, TWO], "Regions": [REGION]}
    with sets.cloud.engine().paused():  # no resource is made meanwhile
        operation = sets.client.create_stack_instances(**places)
        with pytest.raises(ClientError, match="OperationInProgressException"):
            sets.client.update_stack_set(StackSetName="ss", TemplateBody=template("/other"))
        with pytest.raises(ClientError, match="OperationInProgressException"):
            sets.client.delete_stack_set(StackSetName="ss")
        while not sets.statuses() or sets.statuses()[(ONE, REGION)][1] != "RUNNING":
            time.sleep(0.01)
        sets.client.stop_stack_set_operation(StackSetName="ss", OperationId=operation["OperationId"])
    assert sets.wait(operation) == "STOPPED"
    assert sets.results(operation) == [(ONE, REGION, "SUCCEEDED"), (TWO, REGION, "CANCELLED")]
    assert sets.groups(TWO, REGION) == {}


def test_stack_sets_outlive_the_process(tmp_path):
    with LocalCloud(tmp_path / "state") as cloud:
        sets = Sets(cloud)
        sets.grant(ONE)
        sets.client.create_stack_set(StackSetName="ss", TemplateBody=template())
        sets.wait(sets.client.create_stack_instances(StackSetName="ss", Accounts=[ONE], Regions=[REGION]))
    with LocalCloud(tmp_path / "state") as cloud:
        sets = Sets(cloud)
        assert sets.statuses() == {(ONE, REGION): CURRENT}
        operations = sets.client.list_stack_set_operations(StackSetName="ss")["Summaries"]
        assert [(each["Action"], each["Status"]) for each in operations] == [("CREATE", "SUCCEEDED")]


class Organization:
    """An organization with a unit `Workloads` that holds ONE, and in it a unit `Prod` that holds TWO."""

    def __init__(self, sets: Sets) -> None:
        self.client = sets.at(ADMIN, "organizations")
        self.client.create_organization(FeatureSet="ALL")
        root = self.client.list_roots()["Roots"][0]["Id"]
        self.unit = self._unit(root, "Workloads")
        self.inner = self._unit(self.unit, "Prod")
        self.one, self.two = self._account(root, self.unit), self._account(root, self.inner)
        self.root = root

    def _unit(self, parent: str, name: str) -> str:
        unit = self.client.create_organizational_unit(ParentId=parent, Name=name)
        return str(unit["OrganizationalUnit"]["Id"])

    def _account(self, root: str, unit: str) -> str:
        made = self.client.create_account(AccountName=unit, Email=f"{unit}@example.com")
        account = str(made["CreateAccountStatus"]["AccountId"])
        self.client.move_account(AccountId=account, SourceParentId=root, DestinationParentId=unit)
        return account


def service_managed(sets: Sets, **auto: bool) -> None:
    sets.client.create_stack_set(
        StackSetName="ss",
        TemplateBody=template(),
        PermissionModel="SERVICE_MANAGED",
        AutoDeployment={"Enabled": False, **auto},
    )


def test_service_managed_stack_sets_need_trusted_access(sets):
    Organization(sets)
    assert sets.client.describe_organizations_access()["Status"] == "DISABLED"
    with pytest.raises(ClientError, match="You must enable organizations access"):
        service_managed(sets)
    sets.client.activate_organizations_access()
    assert sets.client.describe_organizations_access()["Status"] == "ENABLED"
    service_managed(sets)


def test_an_organizational_unit_is_its_accounts_and_those_of_its_units(sets):
    organization = Organization(sets)
    sets.client.activate_organizations_access()
    service_managed(sets)
    operation = sets.client.create_stack_instances(
        StackSetName="ss",
        DeploymentTargets={"OrganizationalUnitIds": [organization.unit]},
        Regions=[REGION],
    )
    assert sets.wait(operation) == "SUCCEEDED"
    assert sets.statuses() == {(organization.one, REGION): CURRENT, (organization.two, REGION): CURRENT}
    rows = sets.client.list_stack_instances(StackSetName="ss")["Summaries"]
    assert {row["OrganizationalUnitId"] for row in rows} == {organization.unit}
    assert sets.groups(organization.two, REGION) == {"/ss": 7}
    roles = sets.at(organization.two, "iam").list_roles()["Roles"]
    assert any(role["RoleName"].startswith("stacksets-exec-") for role in roles)


def test_the_management_account_is_never_a_target(sets):
    organization = Organization(sets)
    sets.client.activate_organizations_access()
    service_managed(sets)
    operation = sets.client.create_stack_instances(
        StackSetName="ss",
        DeploymentTargets={"OrganizationalUnitIds": [organization.root]},
        Regions=[REGION],
    )
    assert sets.wait(operation) == "SUCCEEDED"
    assert {account for account, _region in sets.statuses()} == {organization.one, organization.two}


@pytest.mark.parametrize(("kind", "chosen"), [("INTERSECTION", "one"), ("DIFFERENCE", "two")])
def test_accounts_within_a_unit_are_chosen_by_the_filter(sets, kind, chosen):
    # API reference, DeploymentTargets, AccountFilterType
    organization = Organization(sets)
    sets.client.activate_organizations_access()
    service_managed(sets)
    operation = sets.client.create_stack_instances(
        StackSetName="ss",
        DeploymentTargets={
            "OrganizationalUnitIds": [organization.unit],
            "Accounts": [organization.one],
            "AccountFilterType": kind,
        },
        Regions=[REGION],
    )
    assert sets.wait(operation) == "SUCCEEDED"
    assert {account for account, _region in sets.statuses()} == {getattr(organization, chosen)}


def test_an_account_that_joins_the_unit_is_deployed_to(sets):
    organization = Organization(sets)
    sets.client.activate_organizations_access()
    service_managed(sets, Enabled=True, RetainStacksOnAccountRemoval=False)
    sets.wait(
        sets.client.create_stack_instances(
            StackSetName="ss",
            DeploymentTargets={"OrganizationalUnitIds": [organization.unit]},
            Regions=[REGION],
        )
    )
    joined = organization._account(organization.root, organization.unit)
    sets.client.list_stack_instances(StackSetName="ss")
    assert sets.cloud.engine().wait_idle(60)
    assert sets.statuses()[(joined, REGION)] == CURRENT
    assert sets.groups(joined, REGION) == {"/ss": 7}
    organization.client.move_account(
        AccountId=joined, SourceParentId=organization.unit, DestinationParentId=organization.root
    )
    sets.client.list_stack_instances(StackSetName="ss")
    assert sets.cloud.engine().wait_idle(60)
    assert (joined, REGION) not in sets.statuses()
    assert sets.groups(joined, REGION) == {}


def test_a_stack_set_is_a_resource_of_a_stack(sets):
    # template reference, AWS::CloudFormation::StackSet
    sets.grant(ONE, TWO)

    def body(days: str, *accounts: str) -> str:
        targets = [{"DeploymentTargets": {"Accounts": [each]}, "Regions": [REGION]} for each in accounts]
        properties = {
            "StackSetName": "ss",
            "PermissionModel": "SELF_MANAGED",
            "TemplateBody": template(),
            "Parameters": [{"ParameterKey": "Days", "ParameterValue": days}],
            "StackInstancesGroup": targets,
        }
        return json.dumps(
            {"Resources": {"Set": {"Type": "AWS::CloudFormation::StackSet", "Properties": properties}}}
        )

    def status() -> str:
        assert sets.cloud.engine().wait_idle(60)
        return str(sets.client.describe_stacks(StackName="holder")["Stacks"][0]["StackStatus"])

    sets.client.create_stack(StackName="holder", TemplateBody=body("7", ONE))
    assert status() == "CREATE_COMPLETE"
    assert sets.groups(ONE, REGION) == {"/ss": 7}
    sets.client.update_stack(StackName="holder", TemplateBody=body("30", ONE, TWO))
    assert status() == "UPDATE_COMPLETE"
    assert sets.groups(ONE, REGION) == sets.groups(TWO, REGION) == {"/ss": 30}
    sets.client.delete_stack(StackName="holder")
    assert sets.cloud.engine().wait_idle(60)
    assert sets.groups(ONE, REGION) == sets.groups(TWO, REGION) == {}
    assert [each["Status"] for each in sets.client.list_stack_sets()["Summaries"]] == ["DELETED"]


def test_a_stack_set_that_may_not_work_in_its_account_fails_its_stack(sets):
    properties = {
        "StackSetName": "ss",
        "PermissionModel": "SELF_MANAGED",
        "TemplateBody": template(),
        "StackInstancesGroup": [{"DeploymentTargets": {"Accounts": [ONE]}, "Regions": [REGION]}],
    }
    body = json.dumps(
        {"Resources": {"Set": {"Type": "AWS::CloudFormation::StackSet", "Properties": properties}}}
    )
    sets.client.create_stack(StackName="holder", TemplateBody=body, OnFailure="DO_NOTHING")
    assert sets.cloud.engine().wait_idle(60)
    events = sets.client.describe_stack_events(StackName="holder")["StackEvents"]
    reasons = [event.get("ResourceStatusReason", "") for event in events]
    assert any("should have 'AWSCloudFormationStackSetAdministrationRole' role" in text for text in reasons)
