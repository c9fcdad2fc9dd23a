"""Access intents against estates: who never can, who always can, what is not known, and who is to blame."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ringwork.access.guardrails import offering, running
from ringwork.access.guardrails.detection import SWITCHES
from ringwork.findings import Finding, Status
from ringwork.intents import built_in, loads
from ringwork.source import InputError
from ringwork.workflows.prove_access import prove_access
from ringwork.workflows.reachability import Seen, from_path

TWO_TEAMS = """
Resources:
  Data:
    Type: AWS::S3::Bucket
    Properties:
      BucketName: fraud-data
      Tags: [{Key: "ringwork:team", Value: fraud}, {Key: "ringwork:data-set", Value: raw}]
  Lab:
    Type: AWS::IAM::Role
    Properties:
      RoleName: credit-lab
      Tags: [{Key: "ringwork:team", Value: credit}]
      AssumeRolePolicyDocument: &trust
        Version: "2012-10-17"
        Statement:
          - {Effect: Allow, Principal: {Service: sagemaker.amazonaws.com}, Action: "sts:AssumeRole"}
      Policies:
        - PolicyName: reads
          PolicyDocument:
            Version: "2012-10-17"
            Statement:
              - Effect: Allow
                Action: s3:GetObject
                Resource: LAB_READS
  Train:
    Type: AWS::IAM::Role
    Properties:
      RoleName: fraud-train
      Tags: [{Key: "ringwork:team", Value: fraud}]
      AssumeRolePolicyDocument:
        Version: "2012-10-17"
        Statement:
          - {Effect: Allow, Principal: {Service: sagemaker.amazonaws.com}, Action: "sts:AssumeRole"}
      Policies:
        - PolicyName: trains
          PolicyDocument:
            Version: "2012-10-17"
            Statement:
              - Effect: Allow
                Action: "s3:GetObject"
                Resource: "arn:aws:s3:::fraud-data/*"
              - Effect: TRAIN_EFFECT
                Action: "s3:GetObject"
                Resource: "arn:aws:s3:::fraud-data/secret/*"
"""


def seen(folder: Path, *, lab_reads: str = "arn:aws:s3:::credit-*/*", train: str = "Allow") -> Seen:
    path = folder / "teams.yaml"
    text = TWO_TEAMS.replace("LAB_READS", f'"{lab_reads}"').replace("TRAIN_EFFECT", train)
    path.write_text(text.replace("&trust", ""), encoding="utf-8")
    return from_path(path)


def intents(text: str, *, built: bool = False) -> Any:
    head = f"intents: 1\nbuilt_in: {str(built).lower()}\naccess:\n"
    lines = "".join(f"  {line}\n" for line in text.strip("\n").splitlines())
    return loads(head + lines, "mine.yaml")


def decided(where: Seen, text: str) -> tuple[Finding, ...]:
    return prove_access(where, intents(text)).findings


APART = """
apart:
  for_each: team
  must_never: {principal: "team={team}", Action: ["s3:GetObject", "s3:PutObject"], Resource: "team!={team}"}
  because: walls
"""


def test_another_teams_data_is_out_of_reach_or_the_statement_is_blamed(tmp_path: Path) -> None:
    found = decided(seen(tmp_path), APART)
    assert [(each.title, each.status) for each in found] == [
        (f"team={team} is never allowed s3:GetObject, s3:PutObject on team!={team}", Status.PROVED)
        for team in ("credit", "fraud")
    ]
    found_open, other = decided(seen(tmp_path, lab_reads="*"), APART)
    assert other.status is Status.PROVED
    assert found_open.status is Status.VIOLATED
    assert found_open.message.startswith("`credit-lab` can `s3:GetObject` on `arn:aws:s3:::fraud-data/")
    assert found_open.subject.name.endswith("/Lab")
    assert any("statement 1" in line and "`reads`" in line for line in found_open.evidence)
    lines = (tmp_path / "teams.yaml").read_text(encoding="utf-8").splitlines()
    origin = found_open.origins[0]
    assert (Path(origin.file or "").name, origin.line is not None) == ("teams.yaml", True)
    assert any("s3:GetObject" in line for line in lines[(origin.line or 1) - 1 : (origin.line or 1) + 2])
    # and the intent itself is named, at its place
    assert (found_open.origins[-1].file, found_open.origins[-1].line) == ("mine.yaml", 4)


def test_must_always_finds_the_request_that_is_refused(tmp_path: Path) -> None:
    text = """
reads:
  must_always: {principal: team=fraud, Action: "s3:GetObject", Resource: "arn:aws:s3:::fraud-data/*"}
  because: they train on it
"""
    (found,) = decided(seen(tmp_path), text)
    assert found.status is Status.PROVED
    (refused,) = decided(seen(tmp_path, train="Deny"), text)
    assert refused.status is Status.VIOLATED
    assert "is refused `s3:GetObject` on `arn:aws:s3:::fraud-data/secret/" in refused.message
    assert any(line.startswith("denied by statement 2") for line in refused.evidence)
    (nobody,) = decided(seen(tmp_path), text.replace("team=fraud", "team=credit"))
    assert nobody.status is Status.VIOLATED


def test_what_is_assumed_of_requests_decides(tmp_path: Path) -> None:
    condition = 'Condition: {IpAddress: {"aws:SourceIp": "10.0.0.0/8"}}'
    path = tmp_path / "teams.yaml"
    where = seen(tmp_path, train="Deny")
    text = path.read_text(encoding="utf-8").replace(
        'Resource: "arn:aws:s3:::fraud-data/secret/*"',
        f'Resource: "arn:aws:s3:::fraud-data/secret/*"\n                {condition}',
    )
    path.write_text(text, encoding="utf-8")
    where = from_path(path)
    asked = """
reads:
  must_always: {principal: team=fraud, Action: "s3:GetObject", Resource: "arn:aws:s3:::fraud-data/*"}
  because: they train on it
"""
    assert decided(where, asked)[0].status is Status.VIOLATED
    elsewhere = asked + '  assuming: {"aws:SourceIp": 192.0.2.0/24}\n'
    assert decided(where, elsewhere)[0].status is Status.PROVED
    absent = asked + '  assuming: {"aws:SourceIp": absent}\n'
    assert decided(where, absent)[0].status is Status.PROVED
    wrong = asked + '  assuming: {"aws:SourceIp": everywhere}\n'
    with pytest.raises(InputError, match="aws:SourceIp"):
        decided(where, wrong)


def test_two_kinds_of_requests_count_only_together(tmp_path: Path) -> None:
    text = """
apart:
  must_never:
    principal: any
    Action: s3:GetObject
    Resource: "arn:aws:s3:::fraud-data/*"
    beside: {Action: "s3:GetObject", Resource: "arn:aws:s3:::credit-data/*"}
  because: nobody sees both
"""
    (found,) = decided(seen(tmp_path), text)
    assert found.status is Status.PROVED
    (both,) = decided(seen(tmp_path, lab_reads="*"), text)
    assert both.status is Status.VIOLATED
    assert "credit-lab" in both.message
    assert ", and `s3:GetObject` on `arn:aws:s3:::credit-data/" in both.message


def test_a_queue_that_is_open_to_the_world_is_found_from_outside(tmp_path: Path) -> None:
    text = "closed:\n  must_never: {principal: outside, Action: 'sqs:*'}\n  because: ours\n"
    assert [each.status for each in decided(seen(tmp_path), text)] == [Status.PROVED]
    path = tmp_path / "teams.yaml"
    queue = (
        "  Queue:\n    Type: AWS::SQS::Queue\n    Properties: {QueueName: open}\n"
        "  Open:\n    Type: AWS::SQS::QueuePolicy\n    Properties:\n      Queues: [!Ref Queue]\n"
        "      PolicyDocument:\n        Version: '2012-10-17'\n        Statement:\n"
        "          - {Effect: Allow, Principal: '*', Action: 'sqs:SendMessage', Resource: '*'}\n"
    )
    path.write_text(path.read_text(encoding="utf-8") + queue, encoding="utf-8")
    found = decided(from_path(path), text)
    assert {each.status for each in found} == {Status.VIOLATED}
    # by somebody without credentials, and by a principal of another organization
    assert len(found) == 2
    assert all("can `sqs:SendMessage` on `arn:aws:sqs:" in each.message for each in found)
    lines = path.read_text(encoding="utf-8").splitlines()
    assert {lines[(each.origins[0].line or 1) - 1].strip()[:8] for each in found} == {"- {Effec"}


def test_what_is_not_known_is_unknown_and_not_safe(tmp_path: Path) -> None:
    path = tmp_path / "teams.yaml"
    seen(tmp_path)
    text = path.read_text(encoding="utf-8").replace(
        "      RoleName: credit-lab",
        "      RoleName: credit-lab\n      ManagedPolicyArns: [!ImportValue elsewhere]",
    )
    path.write_text(text, encoding="utf-8")
    found, _ = decided(from_path(path), APART)
    assert found.status is Status.UNKNOWN
    assert "credit-lab" in found.message
    assert found.settle


def test_what_is_not_known_of_one_is_told_beside_what_is_violated_by_another(tmp_path: Path) -> None:
    path = tmp_path / "teams.yaml"
    seen(tmp_path)
    text = path.read_text(encoding="utf-8").replace(
        "      RoleName: fraud-train",
        "      RoleName: fraud-train\n      ManagedPolicyArns: [!ImportValue elsewhere]",
    )
    text = text.replace(
        "      RoleName: credit-lab",
        "      RoleName: credit-lab\n"
        "      ManagedPolicyArns: ['arn:aws:iam::aws:policy/AdministratorAccess']",
    )
    path.write_text(text, encoding="utf-8")
    never = "x:\n  must_never: {principal: any, Action: 'iam:CreateUser'}\n  because: y\n"
    violated, unknown = decided(from_path(path), never)
    assert (violated.status, unknown.status) == (Status.VIOLATED, Status.UNKNOWN)
    assert "`credit-lab` can `iam:CreateUser`" in violated.message
    assert "fraud-train" in unknown.message
    # AWS's own policy has no line here: the role that has it does
    lines = text.splitlines()
    assert lines[(violated.origins[0].line or 1) - 1].strip() == "Lab:"


def test_a_service_linked_role_is_asked_only_by_its_arn(tmp_path: Path) -> None:
    path = tmp_path / "linked.yaml"
    path.write_text(
        "Resources:\n  Linked:\n    Type: AWS::IAM::ServiceLinkedRole\n"
        "    Properties: {AWSServiceName: config.amazonaws.com}\n"
        "  Own:\n    Type: AWS::IAM::Role\n    Properties:\n      RoleName: own\n"
        "      AssumeRolePolicyDocument: {Version: '2012-10-17', Statement: [{Effect: Allow,"
        " Principal: {Service: ec2.amazonaws.com}, Action: 'sts:AssumeRole'}]}\n",
        encoding="utf-8",
    )
    where = from_path(path)
    never = "x:\n  must_never: {{principal: {who}, Action: 's3:*'}}\n  because: y\n"
    proof = prove_access(where, intents(never.format(who="any")))
    assert [each.status for each in proof.findings] == [Status.PROVED]
    assert any("service-linked" in note for note in proof.notes)
    named = never.format(who="'arn:aws:iam::*:role/aws-service-role/*'")
    assert [each.status for each in decided(where, named)] == [Status.UNKNOWN]


@pytest.mark.parametrize(
    ("statement", "place", "help"),
    [
        ("{principal: team=fruad, Action: 's3:*'}", "mine.yaml:5:29", "did you mean `team=fraud`?"),
        ("{principal: taem=fraud, Action: 's3:*'}", "mine.yaml:5:29", "did you mean `team=...`?"),
        (
            "{principal: any, Action: 's3:*', Resource: team=frud}",
            "mine.yaml:5:60",
            "did you mean `team=fraud`?",
        ),
        (
            "{principal: any, Action: GetObject}",
            "mine.yaml:5:42",
            "an intent is written as an IAM statement is",
        ),
        (
            "{principal: any, Action: 's3:*', Condition: {StringEqual: {'aws:x': y}}}",
            "mine.yaml:5:61",
            "an intent is written as an IAM statement is",
        ),
    ],
)
def test_words_that_mean_nothing_are_an_error_at_their_place(
    tmp_path: Path, statement: str, place: str, help: str
) -> None:
    with pytest.raises(InputError) as raised:
        decided(seen(tmp_path), f"a:\n  must_never: {statement}\n  because: z\n")
    assert (str(raised.value.position), raised.value.help) == (place, help)


ADMINISTRATOR = """
Resources:
  Data:
    Type: AWS::S3::Bucket
    Properties:
      BucketName: fraud-data
      Tags: [{Key: "ringwork:team", Value: fraud}, {Key: "ringwork:data-set", Value: raw}]
  Notebook:
    Type: AWS::IAM::Role
    Properties:
      RoleName: notebook
      Tags: [{Key: "ringwork:team", Value: credit}]
      ManagedPolicyArns: ["arn:aws:iam::aws:policy/AdministratorAccess"]
      AssumeRolePolicyDocument:
        Version: "2012-10-17"
        Statement:
          - {Effect: Allow, Principal: {Service: sagemaker.amazonaws.com}, Action: "sts:AssumeRole"}
  Queue: {Type: AWS::SQS::Queue, Properties: {QueueName: open}}
  Open:
    Type: AWS::SQS::QueuePolicy
    Properties:
      Queues: [!Ref Queue]
      PolicyDocument:
        Version: "2012-10-17"
        Statement: [{Effect: Allow, Principal: "*", Action: "sqs:SendMessage", Resource: "*"}]
"""


def test_a_notebook_with_every_right_and_an_open_queue_break_every_built_in_intent(tmp_path: Path) -> None:
    path = tmp_path / "open.yaml"
    path.write_text(ADMINISTRATOR, encoding="utf-8")
    proof = prove_access(from_path(path))
    violated = {each.control for each in proof.findings if each.status is Status.VIOLATED}
    assert violated == {f"IAM-INTENT:{name}" for name in built_in().intents.access}
    assert proof.inapplicable == ()


@pytest.mark.parametrize("name", ["ringwork-break-glass", "ringwork-deploy"])
def test_who_may_change_detection_is_not_told_for_it(tmp_path: Path, name: str) -> None:
    path = tmp_path / "open.yaml"
    path.write_text(ADMINISTRATOR.replace("RoleName: notebook", f"RoleName: {name}"), encoding="utf-8")
    proof = prove_access(from_path(path))
    statuses = {each.control.partition(":")[2]: each.status for each in proof.findings}
    assert statuses["detection-stays-on"] is Status.PROVED
    # but a role that SageMaker takes up is one, whatever its name
    assert statuses["workloads-change-nothing"] is Status.VIOLATED


def test_the_built_in_intents_know_every_action_that_the_guard_rails_know() -> None:
    """The set is written out for readers: it is held to the Service Authorization Reference here."""

    def actions(name: str) -> set[str]:
        statement = built_in().intents.access[name].must_never
        assert statement is not None
        return set(statement.Action or ())

    kept = set(running.MAY_LEAVE_OUT)
    assert actions("sagemaker-in-vpc") == set(offering("sagemaker:VpcSubnets")) - kept
    assert actions("nothing-outside-vpc") == set(running.OUTSIDE_VPC)
    # processing may have to call something that flows declare
    isolation = set(offering("sagemaker:NetworkIsolation")) - kept - {"sagemaker:CreateProcessingJob"}
    assert actions("containers-isolated") == isolation
    refused = set(running.OUTSIDE_VPC)
    assert actions("outputs-encrypted") == set(offering("sagemaker:OutputKmsKeyArn")) - kept - refused
    traffic = set(offering("sagemaker:InterContainerTrafficEncryption")) - kept
    assert actions("traffic-encrypted") == traffic
    typed = set(offering("sagemaker:InstanceTypes")) & set(offering("sagemaker:VolumeKmsKeyArn"))
    schedules = {"sagemaker:CreateMonitoringSchedule", "sagemaker:UpdateMonitoringSchedule"}
    # a domain's volumes are those of its applications
    assert actions("volumes-encrypted") == typed - schedules - {"sagemaker:CreateDomain"}
    plain = {each for each in actions("detection-stays-on") if "*" not in each}
    assert plain <= {action for some in SWITCHES.values() for action in some}
