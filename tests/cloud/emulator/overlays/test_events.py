"""Events reach the targets of rules only where the target's policy admits EventBridge (user guide, "Using
resource-based policies for Amazon EventBridge", "Amazon SQS permissions")."""

from __future__ import annotations

import json

import pytest
from botocore.exceptions import ClientError

from ringwork.cloud.emulator import LocalCloud

ACCOUNT, REGION = "111122223333", "us-east-1"
OTHER = "444455556666"
BUS = f"arn:aws:events:{REGION}:{OTHER}:event-bus/default"


@pytest.fixture
def session(tmp_path):
    with LocalCloud(tmp_path / "state") as cloud:
        yield cloud.session(ACCOUNT, REGION)


def queue(session, name, *, admits, account=ACCOUNT):
    sqs = session.client("sqs")
    url = sqs.create_queue(QueueName=name)["QueueUrl"]
    arn = f"arn:aws:sqs:{REGION}:{account}:{name}"
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
    messages = found.get("Messages", ())
    for message in messages:
        session.client("sqs").delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    return [json.loads(message["Body"]) for message in messages]


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


def test_an_event_for_a_bus_that_is_not_there_is_taken_and_goes_nowhere(session):
    """As AWS does: an id, and no failed entry, and no rule that matches."""
    url, arn = queue(session, "q", admits=True)
    rule(session, {"source": ["my.app"]}, Arn=arn)
    answer = put(session, EventBusName="absent")
    assert answer["FailedEntryCount"] == 0
    assert answer["Entries"][0]["EventId"]
    assert bodies(session, url) == []


def test_a_rule_on_a_bus_that_is_not_there_is_refused(session):
    with pytest.raises(ClientError) as error:
        session.client("events").put_rule(Name="r", EventBusName="absent", EventPattern="{}")
    assert error.value.response["Error"]["Code"] == "ResourceNotFoundException"


# what a target gets


def received(session, **target):
    url, arn = queue(session, "q", admits=True)
    rule(session, {"source": ["my.app"]}, Arn=arn, **target)
    put(session, Detail=json.dumps({"size": 5, "name": "a"}))
    return bodies(session, url)


def test_a_transformer_fills_its_template_from_the_event(session):
    """User guide, "Input transformation": the variables of the map, and the reserved ones."""
    template = '{"what": <name>, "many": <size>, "said": "<size> of <name>", "rule": <aws.events.rule-name>}'
    paths = {"name": "$.detail.name", "size": "$.detail.size"}
    transformer = {"InputPathsMap": paths, "InputTemplate": template}
    (body,) = received(session, InputTransformer=transformer)
    assert body == {"what": "a", "many": 5, "said": "5 of a", "rule": "r"}


def test_a_template_of_text_gives_text(session):
    """User guide, "Input transformation", the example `"instance <instance> is in <state>"`."""
    transformer = {"InputPathsMap": {"n": "$.detail.name"}, "InputTemplate": '"it is <n>, not <absent>"'}
    assert received(session, InputTransformer=transformer) == ["it is a, not "]


def test_a_path_chooses_a_part_of_the_event(session):
    assert received(session, InputPath="$.detail") == [{"size": 5, "name": "a"}]


def test_a_constant_takes_the_place_of_the_event(session):
    assert received(session, Input='{"fixed": true}') == [{"fixed": True}]


def test_a_dead_letter_says_why_it_is_one(session):
    """User guide, "Using dead-letter queues": the attributes RULE_ARN, TARGET_ARN, ERROR_CODE and
    ERROR_MESSAGE."""
    _, arn = queue(session, "closed", admits=False)
    dead, dead_arn = queue(session, "dead", admits=True)
    rule(session, {"source": ["my.app"]}, Arn=arn, DeadLetterConfig={"Arn": dead_arn})
    put(session)
    found = session.client("sqs").receive_message(QueueUrl=dead, MessageAttributeNames=["All"])["Messages"]
    attributes = {name: one["StringValue"] for name, one in found[0]["MessageAttributes"].items()}
    assert attributes["RULE_ARN"] == f"arn:aws:events:{REGION}:{ACCOUNT}:rule/r"
    assert attributes["TARGET_ARN"] == arn
    assert attributes["ERROR_CODE"] == "AccessDenied"


@pytest.mark.parametrize(("admits", "count"), [(True, 1), (False, 0)])
def test_a_topic_passes_events_on_if_it_admits_eventbridge(session, admits, count):
    """User guide, "Amazon SNS permissions"."""
    url, arn = queue(session, "q", admits=False)
    sns = session.client("sns")
    topic = sns.create_topic(Name="t")["TopicArn"]
    service = "events.amazonaws.com" if admits else "s3.amazonaws.com"
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": service},
        "Action": "sns:Publish",
        "Resource": topic,
    }
    text = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    sns.set_topic_attributes(TopicArn=topic, AttributeName="Policy", AttributeValue=text)
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn, Attributes={"RawMessageDelivery": "true"})
    rule(session, {"source": ["my.app"]}, Arn=topic)
    put(session)
    assert [body["detail"] for body in bodies(session, url)] == [{"size": 5}] * count


# from bus to bus


def forwarding_role(session, bus, *, allowed=True):
    iam = session.client("iam")
    trust = {"Effect": "Allow", "Principal": {"Service": "events.amazonaws.com"}, "Action": "sts:AssumeRole"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    role = iam.create_role(RoleName="forward", AssumeRolePolicyDocument=document)["Role"]["Arn"]
    if allowed:
        statement = {"Effect": "Allow", "Action": "events:PutEvents", "Resource": bus}
        text = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        iam.put_role_policy(RoleName="forward", PolicyName="p", PolicyDocument=text)
    return role


@pytest.mark.parametrize(("allowed", "count"), [(True, 1), (False, 0)])
def test_a_rule_sends_events_to_another_bus_with_its_target_s_role(session, allowed, count):
    """User guide, "Sending and receiving events between event buses in the same account"."""
    url, arn = queue(session, "q", admits=True)
    client = session.client("events")
    bus = client.create_event_bus(Name="other")["EventBusArn"]
    client.put_rule(Name="there", EventBusName="other", EventPattern=json.dumps({"source": ["my.app"]}))
    client.put_targets(Rule="there", EventBusName="other", Targets=[{"Id": "1", "Arn": arn}])
    role = forwarding_role(session, bus, allowed=allowed)
    rule(session, {"source": ["my.app"]}, Arn=bus, RoleArn=role)
    put(session)
    assert [body["detail"] for body in bodies(session, url)] == [{"size": 5}] * count


def other_account(cloud, *, admits):
    """The other account's default bus with a rule that sends everything to its queue."""
    there = cloud.session(OTHER, REGION)
    url, arn = queue(there, "q", admits=True, account=OTHER)
    client = there.client("events")
    client.put_rule(Name="all", EventPattern=json.dumps({"account": [ACCOUNT]}))
    client.put_targets(Rule="all", Targets=[{"Id": "1", "Arn": arn}])
    if admits:
        client.put_permission(
            EventBusName="default", Action="events:PutEvents", Principal=ACCOUNT, StatementId="sender"
        )
    return there, url


def test_another_account_s_bus_takes_events_from_whom_its_policy_admits(tmp_path):
    """User guide, "Sending and receiving events between AWS accounts"."""
    with LocalCloud(tmp_path / "state") as cloud:
        there, url = other_account(cloud, admits=True)
        session = cloud.session(ACCOUNT, REGION)
        put(session, EventBusName=BUS)
        assert [body["account"] for body in bodies(there, url)] == [ACCOUNT]
        # and so from a rule, also for events of AWS services
        rule(session, {"source": ["aws.guardduty"]}, Arn=BUS, RoleArn=forwarding_role(session, BUS))
        client = session.client("guardduty")
        detector = client.create_detector(Enable=True)["DetectorId"]
        client.create_sample_findings(DetectorId=detector, FindingTypes=["Recon:EC2/Portscan"])
        assert [body["source"] for body in bodies(there, url)] == ["aws.guardduty"]


def test_another_account_s_bus_refuses_whom_it_does_not_admit(tmp_path):
    with LocalCloud(tmp_path / "state") as cloud:
        there, url = other_account(cloud, admits=False)
        with pytest.raises(ClientError, match="AccessDenied"):
            put(cloud.session(ACCOUNT, REGION), EventBusName=BUS)
        assert bodies(there, url) == []


def test_rules_and_queues_are_there_for_the_next_command(tmp_path):
    with LocalCloud(tmp_path / "state") as cloud:
        session = cloud.session(ACCOUNT, REGION)
        url, arn = queue(session, "q", admits=True)
        session.client("sqs").send_message(QueueUrl=url, MessageBody='{"from": "before"}')
        rule(session, {"source": ["aws.guardduty"]}, Arn=arn)
    assert cloud.notices == []
    with LocalCloud(tmp_path / "state") as cloud:
        session = cloud.session(ACCOUNT, REGION)
        client = session.client("guardduty")
        detector = client.create_detector(Enable=True)["DetectorId"]
        client.create_sample_findings(DetectorId=detector, FindingTypes=["Recon:EC2/Portscan"])
        first, second = bodies(session, url)
    assert first == {"from": "before"}
    assert second["detail"]["type"] == "Recon:EC2/Portscan"


def test_a_sample_finding_becomes_an_event(session):
    url, arn = queue(session, "findings", admits=True)
    rule(session, {"source": ["aws.guardduty"], "detail-type": ["GuardDuty Finding"]}, Arn=arn)
    client = session.client("guardduty")
    detector = client.create_detector(Enable=True)["DetectorId"]
    kind = "UnauthorizedAccess:EC2/SSHBruteForce"
    client.create_sample_findings(DetectorId=detector, FindingTypes=[kind])
    assert [body["detail"]["type"] for body in bodies(session, url)] == [kind]


def test_a_rule_with_a_schedule_only_takes_no_event(session):
    url, arn = queue(session, "q", admits=True)
    client = session.client("events")
    client.put_rule(Name="r", ScheduleExpression="rate(5 minutes)")
    client.put_targets(Rule="r", Targets=[{"Id": "1", "Arn": arn}])
    put(session)
    assert bodies(session, url) == []


def test_what_is_no_pattern_makes_no_rule(session):
    """API reference, PutRule: InvalidEventPatternException."""
    with pytest.raises(ClientError) as error:
        session.client("events").put_rule(Name="r", EventPattern='{"source": "my.app"}')
    assert error.value.response["Error"]["Code"] == "InvalidEventPatternException"
