"""Detection, events, logs. Expected answers: the API references of GuardDuty, Macie, Security Hub, WAF,
CloudTrail, Config, EventBridge, SQS, SNS and CloudWatch Logs."""

from __future__ import annotations

import json

from .recorder import Recorder


def run(r: Recorder) -> None:
    guardduty(r)
    macie(r)
    hub(r)
    waf(r)
    trail_and_events(r)


def guardduty(r: Recorder) -> None:
    g = "guardduty"
    detector = r.call(g, "create_detector", {"DetectorId": str}, security=True, Enable=True).get("DetectorId")
    r.refused(g, "create_detector", "BadRequestException", Enable=True)
    r.call(
        g,
        "create_sample_findings",
        security=True,
        DetectorId=detector,
        FindingTypes=["Recon:EC2/PortProbeUnprotectedPort"],
    )
    found = r.call(
        g,
        "list_findings",
        {"length(FindingIds)": 1},
        security=True,
        DetectorId=detector,
        FindingCriteria={"Criterion": {"type": {"Eq": ["Recon:EC2/PortProbeUnprotectedPort"]}}},
    )
    ids = found.get("FindingIds") or None
    r.call(
        g,
        "get_findings",
        {"Findings[0].Type": "Recon:EC2/PortProbeUnprotectedPort", "Findings[0].AccountId": r.account},
        security=True,
        DetectorId=detector,
        FindingIds=ids,
    )
    r.call(g, "archive_findings", security=True, DetectorId=detector, FindingIds=ids)
    r.call(
        g,
        "get_findings",
        {"Findings[0].Service.Archived": True},
        security=True,
        DetectorId=detector,
        FindingIds=ids,
    )
    r.call(
        g,
        "create_ip_set",
        {"IpSetId": str},
        security=True,
        DetectorId=detector,
        Name="known",
        Format="TXT",
        Location="s3://b/ips.txt",
        Activate=True,
    )
    r.refused(g, "get_detector", "BadRequestException", DetectorId="0" * 32)


def macie(r: Recorder) -> None:
    m = "macie2"
    r.refused(m, "get_macie_session", "AccessDeniedException")
    r.call(m, "enable_macie", security=True, status="ENABLED", findingPublishingFrequency="FIFTEEN_MINUTES")
    r.call(
        m,
        "get_macie_session",
        {"status": "ENABLED", "findingPublishingFrequency": "FIFTEEN_MINUTES"},
        security=True,
    )
    r.call(
        m,
        "test_custom_data_identifier",
        {"matchCount": 2},
        regex="P[0-9]{4}",
        sampleText="P1234 and P5678, not P12",
    )
    made = r.call(
        m, "create_custom_data_identifier", {"customDataIdentifierId": str}, name="patient", regex="P[0-9]{4}"
    )
    r.call(m, "get_custom_data_identifier", {"regex": "P[0-9]{4}"}, id=made.get("customDataIdentifierId"))


def hub(r: Recorder) -> None:
    h = "securityhub"
    r.call(h, "enable_security_hub", security=True, EnableDefaultStandards=False)
    product = f"arn:aws:securityhub:{r.region}:{r.account}:product/{r.account}/default"
    finding = {
        "SchemaVersion": "2018-10-08",
        "Id": "f1",
        "ProductArn": product,
        "GeneratorId": "ringwork",
        "AwsAccountId": r.account,
        "Types": ["Software and Configuration Checks"],
        "Title": "t",
        "Description": "d",
        "CreatedAt": "2026-11-01T00:00:00Z",
        "UpdatedAt": "2026-11-01T00:00:00Z",
        "Severity": {"Label": "HIGH"},
        "Resources": [{"Type": "AwsS3Bucket", "Id": "arn:aws:s3:::b"}],
    }
    r.call(
        h, "batch_import_findings", {"SuccessCount": 1, "FailedCount": 0}, security=True, Findings=[finding]
    )
    r.call(
        h,
        "get_findings",
        {"length(Findings)": 1},
        security=True,
        Filters={"SeverityLabel": [{"Value": "HIGH", "Comparison": "EQUALS"}]},
    )
    r.call(
        h,
        "get_findings",
        {"Findings": []},
        security=True,
        Filters={"SeverityLabel": [{"Value": "LOW", "Comparison": "EQUALS"}]},
    )
    r.call(
        h,
        "batch_update_findings",
        {"ProcessedFindings[0].Id": "f1"},
        security=True,
        FindingIdentifiers=[{"Id": "f1", "ProductArn": product}],
        Workflow={"Status": "RESOLVED"},
    )
    r.call(
        h,
        "get_findings",
        {"Findings[0].Workflow.Status": "RESOLVED"},
        security=True,
        Filters={"WorkflowStatus": [{"Value": "RESOLVED", "Comparison": "EQUALS"}]},
    )


def waf(r: Recorder) -> None:
    seen = {"SampledRequestsEnabled": True, "CloudWatchMetricsEnabled": True, "MetricName": "m"}
    rule = {
        "Name": "rate",
        "Priority": 1,
        "Action": {"Block": {}},
        "VisibilityConfig": seen,
        "Statement": {"RateBasedStatement": {"Limit": 100, "AggregateKeyType": "IP"}},
    }
    # "AWS WAF web ACL capacity units": a rate-based rule that aggregates on the source IP costs 2 WCUs
    r.call("wafv2", "check_capacity", {"Capacity": 2}, security=True, Scope="REGIONAL", Rules=[rule])
    made = r.call(
        "wafv2",
        "create_web_acl",
        {"Summary.Name": "front"},
        security=True,
        Name="front",
        Scope="REGIONAL",
        DefaultAction={"Allow": {}},
        VisibilityConfig=seen,
        Rules=[rule],
    )
    r.refused(
        "wafv2",
        "create_web_acl",
        "WAFDuplicateItemException",
        Name="front",
        Scope="REGIONAL",
        DefaultAction={"Allow": {}},
        VisibilityConfig=seen,
    )
    r.refused(
        "wafv2",
        "delete_web_acl",
        "WAFOptimisticLockException",
        Name="front",
        Scope="REGIONAL",
        Id=made.get("Summary", {}).get("Id"),
        LockToken="11111111-1111-1111-1111-111111111111",
    )


def trail_and_events(r: Recorder) -> None:
    r.call(
        "cloudtrail",
        "lookup_events",
        {"Events[0].EventName": "CreateDetector"},
        security=True,
        LookupAttributes=[{"AttributeKey": "EventName", "AttributeValue": "CreateDetector"}],
    )
    r.refused("cloudtrail", "get_trail_status", "TrailNotFoundException", Name="absent")
    queue = r.call("sqs", "create_queue", QueueName="alarms").get("QueueUrl")
    arn = f"arn:aws:sqs:{r.region}:{r.account}:alarms"
    allow = {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"Service": "events.amazonaws.com"},
                "Action": "sqs:SendMessage",
                "Resource": arn,
            }
        ],
    }
    r.call(
        "sqs", "set_queue_attributes", security=True, QueueUrl=queue, Attributes={"Policy": json.dumps(allow)}
    )
    r.call(
        "events", "put_rule", {"RuleArn": str}, Name="mine", EventPattern=json.dumps({"source": ["ml.app"]})
    )
    r.call("events", "put_targets", {"FailedEntryCount": 0}, Rule="mine", Targets=[{"Id": "q", "Arn": arn}])
    r.call(
        "events",
        "put_events",
        {"FailedEntryCount": 0},
        Entries=[{"Source": "ml.app", "DetailType": "drift", "Detail": json.dumps({"model": "churn"})}],
    )
    r.call("sqs", "receive_message", {"length(Messages)": 1}, QueueUrl=queue, WaitTimeSeconds=1)
    r.call(
        "events",
        "test_event_pattern",
        {"Result": False},
        EventPattern=json.dumps({"source": ["other"]}),
        Event=json.dumps(
            {
                "id": "1",
                "source": "ml.app",
                "detail-type": "d",
                "account": r.account,
                "time": "2026-11-01T00:00:00Z",
                "region": r.region,
                "resources": [],
                "detail": {},
            }
        ),
    )
    r.call("logs", "create_log_group", security=True, logGroupName="/ml/train")
    r.refused("logs", "create_log_group", "ResourceAlreadyExistsException", logGroupName="/ml/train")
    r.call("logs", "put_retention_policy", security=True, logGroupName="/ml/train", retentionInDays=30)
    r.call(
        "logs",
        "describe_log_groups",
        {"logGroups[0].retentionInDays": 30},
        security=True,
        logGroupNamePrefix="/ml/train",
    )
