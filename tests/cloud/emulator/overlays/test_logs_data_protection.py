"""Data protection policies: what is one, and that nothing is shown that AWS would mask."""

from __future__ import annotations

import json
import time

import pytest
from botocore.exceptions import ClientError

from ringwork.cloud.emulator import LocalCloud

ACCOUNT, REGION = "111122223333", "eu-west-1"
GROUP = f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:/a"
EMAIL = "arn:aws:dataprotection::aws:data-identifier/EmailAddress"
NAME = "arn:aws:dataprotection::aws:data-identifier/Name"


def policy(first=(EMAIL,), second=(EMAIL,), audit=None, mask=None):
    """As in the example of API reference, PutDataProtectionPolicy."""
    audit = {"Audit": {"FindingsDestination": {}}} if audit is None else audit
    mask = {"Deidentify": {"MaskConfig": {}}} if mask is None else mask
    statements = [
        {"Sid": "audit", "DataIdentifier": list(first), "Operation": audit},
        {"Sid": "redact", "DataIdentifier": list(second), "Operation": mask},
    ]
    return json.dumps({"Name": "p", "Version": "2021-06-01", "Statement": statements})


def put_event(logs, group):
    logs.create_log_group(logGroupName=group)
    logs.create_log_stream(logGroupName=group, logStreamName="s")
    event = {"timestamp": int(time.time() * 1000), "message": "from ada@example.com"}
    logs.put_log_events(logGroupName=group, logStreamName="s", logEvents=[event])


@pytest.fixture
def place(tmp_path):
    """The cloud and a client; groups `/a` and `/b` with one event each."""
    with LocalCloud(tmp_path / "state") as cloud:
        logs = cloud.session(ACCOUNT, REGION).client("logs")
        put_event(logs, "/a")
        put_event(logs, "/b")
        yield cloud, logs


def code(call, **arguments):
    with pytest.raises(ClientError) as refused:
        call(**arguments)
    return refused.value.response["Error"]["Code"]


def reads(logs, group):
    """Each way to read a group, with its arguments."""
    query = {"startTime": 0, "endTime": 2_000_000_000, "queryString": "fields @message"}
    return (
        (logs.get_log_events, {"logGroupName": group, "logStreamName": "s"}),
        (logs.get_log_events, {"logGroupIdentifier": f"{GROUP[:-2]}{group}", "logStreamName": "s"}),
        (logs.filter_log_events, {"logGroupName": group}),
        (logs.start_query, {"logGroupNames": ["/nothing", group], **query}),
    )


def test_what_a_group_s_policy_would_mask_is_not_shown(place):
    """User guide, "Help protect sensitive log data with masking"."""
    _cloud, logs = place
    logs.put_data_protection_policy(logGroupIdentifier=GROUP, policyDocument=policy())
    assert [code(call, **given) for call, given in reads(logs, "/a")] == ["NotEmulated"] * 4
    shown = logs.filter_log_events(logGroupName="/b")["events"]
    assert [one["message"] for one in shown] == ["from ada@example.com"]


def test_without_its_policy_a_group_is_shown_again(place):
    """API reference, DeleteDataProtectionPolicy."""
    _cloud, logs = place
    logs.put_data_protection_policy(logGroupIdentifier="/a", policyDocument=policy())
    logs.delete_data_protection_policy(logGroupIdentifier="/a")
    assert len(logs.get_log_events(logGroupName="/a", logStreamName="s")["events"]) == 1


def test_the_account_s_policy_masks_every_group(place):
    """API reference, PutAccountPolicy: existing log groups and those that are made later."""
    _cloud, logs = place
    logs.put_account_policy(policyName="p", policyType="DATA_PROTECTION_POLICY", policyDocument=policy())
    put_event(logs, "/later")
    for group in ("/a", "/b", "/later"):
        assert code(logs.filter_log_events, logGroupName=group) == "NotEmulated"
    logs.delete_account_policy(policyName="p", policyType="DATA_PROTECTION_POLICY")
    assert len(logs.filter_log_events(logGroupName="/later")["events"]) == 1


def test_who_may_unmask_sees_all_and_nobody_else_may_ask(place):
    """API reference, GetLogEvents, `unmask`: needs logs:Unmask."""
    cloud, logs = place
    logs.put_data_protection_policy(logGroupIdentifier="/a", policyDocument=policy())
    shown = logs.get_log_events(logGroupName="/a", logStreamName="s", unmask=True)["events"]
    assert [one["message"] for one in shown] == ["from ada@example.com"]

    def reader(name, *actions):
        iam = cloud.session(ACCOUNT, REGION).client("iam")
        iam.create_user(UserName=name)
        statement = {"Effect": "Allow", "Action": actions, "Resource": "*"}
        document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        iam.put_user_policy(UserName=name, PolicyName="p", PolicyDocument=document)
        key = iam.create_access_key(UserName=name)["AccessKey"]
        return cloud.session(ACCOUNT, REGION).client(
            "logs",
            aws_access_key_id=key["AccessKeyId"],
            aws_secret_access_key=key["SecretAccessKey"],
            aws_session_token=None,
        )

    asking = {"logGroupName": "/a", "unmask": True}
    assert code(reader("one", "logs:FilterLogEvents").filter_log_events, **asking) == "AccessDeniedException"
    allowed = reader("two", "logs:FilterLogEvents", "logs:Unmask")
    assert len(allowed.filter_log_events(**asking)["events"]) == 1


def test_a_group_gives_back_its_policy(place):
    """API reference, GetDataProtectionPolicy."""
    _cloud, logs = place
    logs.put_data_protection_policy(logGroupIdentifier="/a", policyDocument=policy())
    assert logs.get_data_protection_policy(logGroupIdentifier=GROUP)["policyDocument"] == policy()
    logs.delete_log_group(logGroupName="/a")
    assert code(logs.get_data_protection_policy, logGroupIdentifier="/a") == "ResourceNotFoundException"
    logs.create_log_group(logGroupName="/a")
    assert "policyDocument" not in logs.get_data_protection_policy(logGroupIdentifier="/a")


@pytest.mark.parametrize(
    "document",
    [
        "{}",
        "no JSON",
        json.dumps({"Name": "p", "Version": "2021-06-01", "Statement": []}),
        policy(second=(EMAIL, NAME)),
        policy(first=(), second=()),
        policy(audit={"Audit": {}}),
        policy(mask={"Deidentify": {"MaskConfig": {"a": "b"}}}),
        policy(audit={"Audit": {"FindingsDestination": {"CloudWatchLogs": {"LogGroup": "/nowhere"}}}}),
    ],
)
def test_a_data_protection_policy_audits_and_masks_the_same_data(place, document):
    """API reference, PutDataProtectionPolicy and PutAccountPolicy, policyDocument."""
    _cloud, logs = place
    put = logs.put_data_protection_policy
    assert code(put, logGroupIdentifier="/a", policyDocument=document) == "InvalidParameterException"
    account = {"policyName": "p", "policyType": "DATA_PROTECTION_POLICY", "policyDocument": document}
    assert code(logs.put_account_policy, **account) == "InvalidParameterException"


def test_an_account_has_one_data_protection_policy(place):
    """API reference, PutAccountPolicy: "Each account can have only one"; DescribeAccountPolicies."""
    _cloud, logs = place
    given = {"policyType": "DATA_PROTECTION_POLICY", "policyDocument": policy()}
    logs.put_account_policy(policyName="p", **given)
    assert code(logs.put_account_policy, policyName="q", **given) == "LimitExceededException"
    logs.put_account_policy(policyName="p", **{**given, "policyDocument": policy((NAME,), (NAME,))})
    (found,) = logs.describe_account_policies(policyType="DATA_PROTECTION_POLICY")["accountPolicies"]
    assert (found["policyName"], found["scope"], found["accountId"]) == ("p", "ALL", ACCOUNT)
    assert found["policyDocument"] == policy((NAME,), (NAME,))
    gone = {"policyName": "q", "policyType": "DATA_PROTECTION_POLICY"}
    assert code(logs.delete_account_policy, **gone) == "ResourceNotFoundException"
