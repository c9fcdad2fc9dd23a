"""Events reach the targets of rules only where the target's policy admits EventBridge (user guide, "Using
resource-based policies for Amazon EventBridge", "Amazon SQS permissions")."""

from __future__ import annotations

import json

import pytest
from botocore.exceptions import ClientError

from ringwork.cloud.emulator import LocalCloud

ACCOUNT, REGION = "111122223333", "us-east-1"
BUS = f"arn:aws:events:{REGION}:444455556666:event-bus/default"


@pytest.fixture
def session(tmp_path):
    with LocalCloud(tmp_path / "state") as cloud:
        yield cloud.session(ACCOUNT, REGION)


def queue(session, name, *, admits):
    sqs = session.client("sqs")
    url = sqs.create_queue(QueueName=name)["QueueUrl"]
    arn = f"arn:aws:sqs:{REGION}:{ACCOUNT}:{name}"
    if admits:
        statement = {
            "Effect": "Allow",
            "Principal": {"Service": "events.amazonaws.com"},
            "Action": "sqs:SendMessage",
            "Resource": arn,
        }
        policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": policy})
    return url, arn


def bodies(session, url):
    found = session.client("sqs").receive_message(QueueUrl=url, MaxNumberOfMessages=10)
    return [json.loads(message["Body"]) for message in found.get("Messages", ())]


def put(session, **changes):
    entry = {"Source": "my.app", "DetailType": "Made", "Detail": json.dumps({"size": 5})}
    return session.client("events").put_events(Entries=[{**entry, **changes}])


def rule(session, pattern, **target):
    events = session.client("events")
    events.put_rule(Name="r", EventPattern=json.dumps(pattern))
    events.put_targets(Rule="r", Targets=[{"Id": "1", **target}])


def test_a_matching_event_reaches_a_queue_that_admits_eventbridge(session):
    url, arn = queue(session, "q", admits=True)
    rule(session, {"detail": {"size": [{"numeric": [">", 4]}]}}, Arn=arn)
    put(session)
    put(session, Detail=json.dumps({"size": 4}))
    assert [body["detail"] for body in bodies(session, url)] == [{"size": 5}]


def test_what_a_queue_refuses_goes_to_the_dead_letter_queue(session):
    url, arn = queue(session, "closed", admits=False)
    dead, dead_arn = queue(session, "dead", admits=True)
    rule(session, {"source": ["my.app"]}, Arn=arn, DeadLetterConfig={"Arn": dead_arn})
    put(session)
    assert bodies(session, url) == []
    assert [body["source"] for body in bodies(session, dead)] == ["my.app"]


def test_a_user_puts_no_event_of_aws(session):
    answer = put(session, Source="aws.guardduty")
    assert answer["FailedEntryCount"] == 1
    assert answer["Entries"][0]["ErrorCode"] == "NotAuthorizedForSourceException"


def test_an_event_for_another_account_s_bus_does_not_land_on_the_caller_s(session):
    with pytest.raises(ClientError, match="NotEmulated"):
        put(session, EventBusName=BUS)


def test_a_sample_finding_becomes_an_event(session):
    url, arn = queue(session, "findings", admits=True)
    rule(session, {"source": ["aws.guardduty"], "detail-type": ["GuardDuty Finding"]}, Arn=arn)
    client = session.client("guardduty")
    detector = client.create_detector(Enable=True)["DetectorId"]
    kind = "UnauthorizedAccess:EC2/SSHBruteForce"
    client.create_sample_findings(DetectorId=detector, FindingTypes=[kind])
    assert [body["detail"]["type"] for body in bodies(session, url)] == [kind]
