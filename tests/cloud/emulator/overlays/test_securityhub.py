"""Security Hub: imports, filters that really filter, workflow, insights.

Expected: Security Hub API reference, BatchImportFindings, BatchUpdateFindings, GetFindings, StringFilter,
GetInsightResults; user guide, "Severity", "Types of Security Hub integration with EventBridge".
"""

from __future__ import annotations

import json

import pytest
from botocore.exceptions import ClientError

from ringwork.cloud.emulator import LocalCloud

ACCOUNT, REGION = "111122223333", "us-east-1"
PRODUCT = f"arn:aws:securityhub:{REGION}:{ACCOUNT}:product/{ACCOUNT}/default"


@pytest.fixture
def session(tmp_path):
    with LocalCloud(tmp_path / "state") as cloud:
        session = cloud.session(ACCOUNT, REGION)
        session.client("securityhub").enable_security_hub(EnableDefaultStandards=False)
        yield session


@pytest.fixture
def hub(session):
    return session.client("securityhub")


def finding(identifier, **more):
    return {
        "SchemaVersion": "2018-10-08",
        "Id": identifier,
        "ProductArn": PRODUCT,
        "GeneratorId": "ringwork",
        "AwsAccountId": ACCOUNT,
        "Types": ["Software and Configuration Checks"],
        "Title": "t",
        "Description": "d",
        "CreatedAt": "2026-11-01T00:00:00Z",
        "UpdatedAt": "2026-11-01T00:00:00Z",
        "Severity": {"Label": "HIGH"},
        "Resources": [{"Type": "AwsS3Bucket", "Id": f"arn:aws:s3:::{identifier}"}],
        **more,
    }


def add(hub, *findings):
    return hub.batch_import_findings(Findings=list(findings))


def ids(hub, **filters):
    return {one["Id"] for one in hub.get_findings(Filters=filters)["Findings"]}


def is_(value, comparison="EQUALS"):
    return {"Value": value, "Comparison": comparison}


# imports


def test_a_new_finding_is_active_and_new(hub):
    assert add(hub, finding("a"))["SuccessCount"] == 1
    (found,) = hub.get_findings()["Findings"]
    assert found["RecordState"] == "ACTIVE"
    assert found["Workflow"] == {"Status": "NEW"}


def test_what_is_incomplete_or_another_account_s_is_not_imported(hub):
    partly = {name: value for name, value in finding("a").items() if name != "Title"}
    with pytest.raises(Exception, match="Title"):  # the client itself refuses
        add(hub, partly)
    answer = add(hub, finding("b", AwsAccountId="444455556666"), finding("c"))
    assert (answer["FailedCount"], answer["SuccessCount"]) == (1, 1)
    assert [one["Id"] for one in answer["FailedFindings"]] == ["b"]
    assert ids(hub) == {"c"}


@pytest.mark.parametrize(
    ("normalized", "label"),
    [(0, "INFORMATIONAL"), (1, "LOW"), (40, "MEDIUM"), (70, "HIGH"), (90, "CRITICAL")],
)
def test_a_score_has_a_label(hub, normalized, label):
    add(hub, finding("a", Severity={"Normalized": normalized}))
    assert hub.get_findings()["Findings"][0]["Severity"]["Label"] == label


def test_an_import_does_not_undo_what_the_customer_did(hub):
    add(hub, finding("a"))
    hub.batch_update_findings(
        FindingIdentifiers=[{"Id": "a", "ProductArn": PRODUCT}],
        Workflow={"Status": "SUPPRESSED"},
        Severity={"Label": "LOW"},
        Note={"Text": "known", "UpdatedBy": "me"},
    )
    add(hub, finding("a", Title="again", Severity={"Label": "CRITICAL"}))
    (found,) = hub.get_findings()["Findings"]
    assert found["Title"] == "again"
    assert found["Workflow"]["Status"] == "SUPPRESSED"
    assert found["Note"]["Text"] == "known"
    assert found["Severity"]["Label"] == "LOW"
    assert set(found) <= set(hub.meta.service_model.shape_for("AwsSecurityFinding").members)


def test_nothing_is_imported_where_security_hub_is_off(hub):
    hub.disable_security_hub()
    for call in (lambda: add(hub, finding("a")), hub.get_findings):
        with pytest.raises(ClientError) as error:
            call()
        assert error.value.response["Error"]["Code"] == "InvalidAccessException"


def test_an_imported_finding_becomes_an_event(session, hub):
    sqs = session.client("sqs")
    url = sqs.create_queue(QueueName="q")["QueueUrl"]
    arn = f"arn:aws:sqs:{REGION}:{ACCOUNT}:q"
    allow = {"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": arn}
    statement = {**allow, "Principal": {"Service": "events.amazonaws.com"}}
    text = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": text})
    events = session.client("events")
    pattern = {
        "source": ["aws.securityhub"],
        "detail-type": ["Security Hub Findings - Imported"],
        "detail": {"findings": {"Severity": {"Label": ["HIGH"]}}},
    }
    events.put_rule(Name="r", EventPattern=json.dumps(pattern))
    events.put_targets(Rule="r", Targets=[{"Id": "1", "Arn": arn}])
    add(hub, finding("a"), finding("b", Severity={"Label": "LOW"}))
    messages = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10)["Messages"]
    (body,) = [json.loads(message["Body"]) for message in messages]
    assert [one["Id"] for one in body["detail"]["findings"]] == ["a"]
    assert body["resources"] == [f"{PRODUCT}/a"]


# filters


@pytest.fixture
def some(hub):
    add(
        hub,
        finding("a-1", Severity={"Label": "HIGH"}, ProductFields={"team": "ml"}),
        finding("a-2", Severity={"Label": "LOW"}, Compliance={"Status": "FAILED"}, Confidence=90),
        finding("b-1", Network={"SourceIpV4": "203.0.113.7"}, UpdatedAt="2026-11-20T00:00:00Z"),
    )


@pytest.mark.parametrize(
    ("filters", "found"),
    [
        ({"SeverityLabel": [is_("LOW")]}, {"a-2"}),
        ({"ComplianceStatus": [is_("FAILED")]}, {"a-2"}),
        ({"Id": [is_("a", "PREFIX")]}, {"a-1", "a-2"}),
        # positive conditions are joined by OR, negative ones by AND, and both must hold
        ({"Id": [is_("a-1"), is_("b-1")]}, {"a-1", "b-1"}),
        ({"Id": [is_("a-1", "NOT_EQUALS"), is_("a-2", "NOT_EQUALS")]}, {"b-1"}),
        ({"Id": [is_("a", "PREFIX"), is_("a-2", "NOT_EQUALS")]}, {"a-1"}),
        # several filters are joined by AND
        ({"Id": [is_("a", "PREFIX")], "SeverityLabel": [is_("HIGH")]}, {"a-1"}),
        ({"ResourceId": [is_("b-1", "CONTAINS")]}, {"b-1"}),
        ({"NetworkSourceIpV4": [{"Cidr": "203.0.113.0/24"}]}, {"b-1"}),
        ({"Confidence": [{"Gte": 50.0}]}, {"a-2"}),
        ({"ProductFields": [{"Key": "team", "Value": "ml", "Comparison": "EQUALS"}]}, {"a-1"}),
        ({"UpdatedAt": [{"Start": "2026-11-10T00:00:00Z", "End": "2026-11-30T00:00:00Z"}]}, {"b-1"}),
    ],
)
def test_filters_really_filter(hub, some, filters, found):
    assert ids(hub, **filters) == found


def test_a_filter_that_is_not_read_is_refused(hub, some):
    with pytest.raises(ClientError, match="NotEmulated"):
        ids(hub, Keyword=[{"Value": "bucket"}])


def test_findings_are_sorted_and_paged(hub, some):
    order = [{"Field": "Id", "SortOrder": "desc"}]
    first = hub.get_findings(SortCriteria=order, MaxResults=2)
    second = hub.get_findings(SortCriteria=order, MaxResults=2, NextToken=first["NextToken"])
    assert [one["Id"] for one in first["Findings"] + second["Findings"]] == ["b-1", "a-2", "a-1"]


def test_a_resolved_finding_is_found_as_resolved(hub, some):
    answer = hub.batch_update_findings(
        FindingIdentifiers=[{"Id": "a-1", "ProductArn": PRODUCT}, {"Id": "absent", "ProductArn": PRODUCT}],
        Workflow={"Status": "RESOLVED"},
    )
    assert [one["Id"] for one in answer["ProcessedFindings"]] == ["a-1"]
    (failed,) = answer["UnprocessedFindings"]
    assert failed["ErrorCode"] == "FindingNotFound"
    assert ids(hub, WorkflowStatus=[is_("RESOLVED")]) == {"a-1"}
    assert ids(hub, WorkflowStatus=[is_("NEW")]) == {"a-2", "b-1"}


# insights


def test_an_insight_counts_the_findings_that_match(hub, some):
    arn = hub.create_insight(
        Name="i", Filters={"Id": [is_("a", "PREFIX")]}, GroupByAttribute="SeverityLabel"
    )["InsightArn"]
    add(hub, finding("a-3"))
    rows = hub.get_insight_results(InsightArn=arn)["InsightResults"]["ResultValues"]
    assert [(row["GroupByAttributeValue"], row["Count"]) for row in rows] == [("HIGH", 2), ("LOW", 1)]
    hub.update_insight(InsightArn=arn, GroupByAttribute="ResourceId")
    assert len(hub.get_insight_results(InsightArn=arn)["InsightResults"]["ResultValues"]) == 3
    hub.delete_insight(InsightArn=arn)
    with pytest.raises(ClientError, match="ResourceNotFound"):
        hub.get_insight_results(InsightArn=arn)


@pytest.mark.parametrize(
    ("name", "given"),
    [
        ("describe_standards_controls", {"StandardsSubscriptionArn": "arn:aws:securityhub:::s/1"}),
        ("list_security_control_definitions", {}),
        ("get_finding_history", {"FindingIdentifier": {"Id": "a", "ProductArn": PRODUCT}}),
        ("get_findings_v2", {}),
    ],
)
def test_controls_that_nobody_checked_are_not_answered(hub, name, given):
    with pytest.raises(ClientError, match="NotEmulated"):
        getattr(hub, name)(**given)
