"""`ringwork access`, as users run it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Run = Callable[..., Any]
TEMPLATE = """
Resources:
  Data:
    Type: AWS::S3::Bucket
    Properties:
      BucketName: training-data
      PublicAccessBlockConfiguration: {RestrictPublicBuckets: RESTRICTED, IgnorePublicAcls: true}
  Train:
    Type: AWS::IAM::Role
    Properties:
      RoleName: train
      AssumeRolePolicyDocument:
        Version: 2012-10-17
        Statement: [{Effect: Allow, Principal: {Service: sagemaker.amazonaws.com}, Action: sts:AssumeRole}]
      Policies:
        - PolicyName: reads
          PolicyDocument:
            Version: 2012-10-17
            Statement: [{Sid: Read, Effect: Allow, Action: s3:GetObject, Resource: !Sub "${Data.Arn}/*"}]
  Policy:
    Type: AWS::S3::BucketPolicy
    Properties:
      Bucket: !Ref Data
      PolicyDocument:
        Version: 2012-10-17
        Statement: [STATEMENT]
"""
THROUGH_ONE_ENDPOINT = (
    '{Sid: Endpoint, Effect: Deny, Principal: "*", Action: "s3:*", Resource: !Sub "${Data.Arn}/*", '
    'Condition: {StringNotEquals: {"aws:SourceVpce": vpce-1}}}'
)
FOR_ALL = '{Effect: Allow, Principal: "*", Action: "s3:GetObject", Resource: !Sub "${Data.Arn}/*"}'


def written(folder: Path, statement: str, *, restricted: bool = False) -> Path:
    path = folder / "data.yaml"
    text = TEMPLATE.replace("STATEMENT", statement).replace("RESTRICTED", str(restricted).lower())
    path.write_text(text, encoding="utf-8")
    return path


def test_can_shows_the_request_and_what_allows_it(run: Run, tmp_path: Path) -> None:
    path = written(tmp_path, THROUGH_ONE_ENDPOINT)
    ran = run("access", "can", path, "--principal", "train", "--action", "s3:GetObject")
    assert ran.code == 1
    assert "can: train" in ran.out
    assert "s3:GetObject on arn:aws:s3:::training-data/" in ran.out
    assert "aws:sourcevpce = vpce-1" in ran.out
    assert "statement `Read`" in ran.out


def test_can_proves_what_the_bucket_refuses(run: Run, tmp_path: Path) -> None:
    path = written(tmp_path, THROUGH_ONE_ENDPOINT)
    asked = ("--principal", "train", "--action", "s3:GetObject", "--when", "aws:SourceVpce=vpce-2")
    ran = run("access", "can", path, *asked, "--resource", "arn:aws:s3:::training-data/*")
    assert ran.code == 0
    assert "cannot: train, proved" in ran.out


QUEUE = """
Resources:
  Jobs: {Type: AWS::SQS::Queue, Properties: {QueueName: jobs}}
  Policy:
    Type: AWS::SQS::QueuePolicy
    Properties:
      Queues: [!Ref Jobs]
      PolicyDocument:
        Version: 2012-10-17
        Statement: [{Effect: Allow, Principal: "*", Action: "sqs:SendMessage", Resource: "*"}]
"""


@pytest.fixture
def queue(tmp_path: Path) -> Path:
    path = tmp_path / "queue.yaml"
    path.write_text(QUEUE, encoding="utf-8")
    return path


def test_who_can_finds_strangers_in_json(run: Run, queue: Path) -> None:
    ran = run("access", "who-can", queue, "--action", "sqs:*", "--json")
    assert ran.code == 1
    answers = json.loads(ran.out)["answers"]
    assert {each["who"]: each["outcome"] for each in answers} == {
        "anybody, without credentials": "possible",
        "a principal of another organization": "possible",
    }
    assert {each["request"]["action"] for each in answers} == {"sqs:SendMessage"}


def test_public_names_the_open_queue(run: Run, queue: Path) -> None:
    ran = run("access", "public", queue, "--resource", "jobs")
    assert ran.code == 1
    assert "open: arn:aws:sqs:us-east-1:111122223333:jobs, to anybody, without credentials" in ran.out


def test_what_only_the_account_could_close_is_unknown(run: Run, tmp_path: Path) -> None:
    """A template does not say what S3 Block Public Access of the account does."""
    ran = run("access", "public", written(tmp_path, FOR_ALL), "--resource", "training-data")
    assert ran.code == 3
    assert "because whether S3 Block Public Access closes" in ran.out


def test_public_is_closed_by_block_public_access(run: Run, tmp_path: Path) -> None:
    """S3 user guide: RestrictPublicBuckets leaves a public policy to AWS services and the own account."""
    path = written(tmp_path, FOR_ALL, restricted=True)
    ran = run("access", "public", path, "--resource", "training-data")
    assert ran.code == 0
    assert "1 proved closed" in ran.out
    ran = run(
        "access", "can", path, "--principal", "outside", "--principal", "train", "--action", "s3:GetObject"
    )
    assert "cannot: anybody, without credentials, proved" in ran.out
    assert "can: train" in ran.out


def test_a_folder_of_policies_is_asked_as_it_stands(run: Run, tmp_path: Path) -> None:
    allow = {"Effect": "Allow", "Action": "iam:PassRole", "Resource": "arn:aws:iam::*:role/ml-*"}
    (tmp_path / "ml.json").write_text(
        json.dumps({"Version": "2012-10-17", "Statement": [allow]}), encoding="utf-8"
    )
    (tmp_path / "broken.json").write_text('{"Statement": [{"Effect": "Permit"}]}', encoding="utf-8")
    ran = run("access", "can", tmp_path, "--principal", "ml.json", "--action", "iam:PassRole")
    assert ran.code == 1
    assert "not read: broken.json: Effect is neither `Allow` nor `Deny` at `/Statement/0/Effect`" in ran.out
    assert "iam:PassRole on arn:aws:iam::" in ran.out


@pytest.mark.parametrize(
    ("old", "new", "code", "relation"),
    [
        ("s3:Get*", "s3:GetObject", 0, "narrower"),
        ("s3:GetObject", "s3:Get*", 1, "wider"),
        ("s3:GetObject", "S3:getobject", 0, "equal"),
        ("s3:GetObject", "s3:PutObject", 1, "incomparable"),
    ],
)
def test_compare(run: Run, tmp_path: Path, old: str, new: str, code: int, relation: str) -> None:
    for name, action in (("old", old), ("new", new)):
        statement = {"Effect": "Allow", "Action": action, "Resource": "*"}
        text = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        (tmp_path / f"{name}.json").write_text(text, encoding="utf-8")
    ran = run("access", "compare", tmp_path / "old.json", tmp_path / "new.json", "--json")
    assert ran.code == code
    found = json.loads(ran.out)
    assert found["relation"] == relation
    assert (found["gained"]["request"] is None) == (code == 0)


def test_a_broken_policy_is_told_with_its_line(run: Run, tmp_path: Path) -> None:
    good = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
    (tmp_path / "old.json").write_text(json.dumps(good), encoding="utf-8")
    new = tmp_path / "new.json"
    new.write_text('{\n "Statement": [\n  {"Effect": "Allow", "Action": "x", "Resource": "*"}\n ]\n}\n')
    ran = run("access", "compare", tmp_path / "old.json", new)
    assert ran.code == 2
    assert f"{new}:3:" in ran.err
    assert "`x` is not an action such as `s3:GetObject`" in ran.err


def test_a_principal_that_is_nobody_is_an_input_error(run: Run, tmp_path: Path) -> None:
    ran = run("access", "can", written(tmp_path, FOR_ALL), "--principal", "trian", "--action", "s3:*")
    assert ran.code == 2
    assert "did you mean `train`?" in ran.err


def event(name: str, source: str = "s3", role: str = "train", **more: Any) -> dict[str, Any]:
    return {
        "eventTime": "2026-11-01T10:00:00Z",
        "eventSource": f"{source}.amazonaws.com",
        "eventName": name,
        "userIdentity": {
            "type": "AssumedRole",
            "arn": f"arn:aws:sts::111122223333:assumed-role/{role}/one",
            "sessionContext": {"sessionIssuer": {"arn": f"arn:aws:iam::111122223333:role/{role}"}},
        },
        **more,
    }


def test_least_leaves_what_was_used_and_proves_it(run: Run, tmp_path: Path) -> None:
    path = written(tmp_path, THROUGH_ONE_ENDPOINT)
    text = path.read_text(encoding="utf-8")
    path.write_text(
        text.replace("Action: s3:GetObject, Res", 'Action: ["s3:Get*", "s3:PutObject", "sqs:*"], Res'),
        encoding="utf-8",
    )
    events = [
        event("GetObject", requestParameters={"bucketName": "training-data"}),
        event("CompleteMultipartUpload"),
        event("DeleteObject", errorCode="AccessDenied"),
        event("GetBucketAcl", role="other"),
    ]
    trail = tmp_path / "trail.json"
    trail.write_text(json.dumps({"Records": events}), encoding="utf-8")
    ran = run("access", "least", "train", path, "--observed", trail, "--json")
    assert ran.code == 1
    found = json.loads(ran.out)
    assert (found["calls"], found["refused"]) == (2, 1)
    (policy,) = found["policies"]
    assert sorted(policy["policy"]["Statement"][0]["Action"]) == ["s3:GetObject", "s3:PutObject"]
    assert policy["policy"]["Statement"][0]["Resource"] == "arn:aws:s3:::training-data/*"
    assert "sqs:SendMessage" in policy["unused"]
    assert policy["kept"]["status"] == policy["nothing_new"]["status"] == "proved"


def test_least_says_which_events_it_does_not_understand(run: Run, tmp_path: Path) -> None:
    path = written(tmp_path, THROUGH_ONE_ENDPOINT)
    trail = tmp_path / "trail.json"
    lines = [json.dumps(event("GetObject")), json.dumps(event("Frobnicate", "quux"))]
    trail.write_text("\n".join(lines), encoding="utf-8")
    ran = run("access", "least", "train", path, "--observed", trail)
    assert ran.code == 3
    assert "not understood: 1 calls of quux.amazonaws.com Frobnicate" in ran.out
    assert "proved: every call that was recorded still passes" in ran.out


def test_least_without_a_call_of_the_role_is_an_input_error(run: Run, tmp_path: Path) -> None:
    trail = tmp_path / "trail.json"
    trail.write_text(json.dumps({"Records": [event("GetObject", role="other")]}), encoding="utf-8")
    path = written(tmp_path, FOR_ALL)
    ran = run("access", "least", "train", path, "--observed", trail)
    assert ran.code == 2
    assert "is a call of `arn:aws:iam::111122223333:role/train`" in ran.err


def test_lint_names_the_line_and_never_stops_at_a_broken_policy(run: Run, tmp_path: Path) -> None:
    old_key = tmp_path / "a.json"
    old_key.write_text(
        '{"Version": "2012-10-17", "Statement": [\n'
        ' {"Effect": "Deny", "Action": "sagemaker:CreateTrainingJob", "Resource": "*",\n'
        '  "Condition": {"Null": {"sagemaker:VolumeKmsKey": "true"}}}]}\n',
        encoding="utf-8",
    )
    (tmp_path / "b.json").write_text('{"Statement": [{"Effect": "Deny"}]}', encoding="utf-8")
    ran = run("access", "lint", tmp_path, "--json")
    assert ran.code == 1
    found = {one["id"]: one for one in json.loads(ran.out)["findings"]}
    assert found["key-not-offered"]["where"].startswith(f"{old_key}:3:")
    assert "`sagemaker:VolumeKmsKey`" in found["key-not-offered"]["message"]
    assert found["not-accepted"]["where"].startswith(str(tmp_path / "b.json"))


def test_lint_of_a_template(run: Run, tmp_path: Path) -> None:
    path = written(tmp_path, THROUGH_ONE_ENDPOINT)
    path.write_text(
        path.read_text(encoding="utf-8").replace("Action: s3:GetObject", "Action: s3:GetObjekt"),
        encoding="utf-8",
    )
    ran = run("access", "lint", path)
    assert ran.code == 1
    assert "`s3:GetObjekt`" in ran.out
