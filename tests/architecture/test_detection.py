"""The detection ring: what is recorded, who is told, and what nobody can take away."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from ringwork.access import Policies, Principal, Request, evaluate, parse
from ringwork.architecture import compile_blueprint
from ringwork.architecture.detection import events
from ringwork.architecture.detection.trail_alarms import TABLE as SIGNS
from ringwork.blueprint.model import Blueprint
from ringwork.cloud.emulator import event_patterns
from ringwork.estate import Stack
from ringwork.estate.stack import SettingKind

from .conftest import CLINIC, addresses_of

WARDS: dict[str, Any] = CLINIC | {
    "organization": "wards",
    "accounts": {"layout": "per-team"},
    "regions": ["eu-central-1", "eu-west-1"],
    "teams": CLINIC["teams"] | {"research": {"data": {"cohort": {"class": "confidential"}}}},
    "flows": [],
    "detection": {
        "contacts": ["soc@example.org"],
        "identifiers": {"patient": {"regex": "P-[0-9]{8}", "keywords": ["patient"], "distance": 30}},
        "lock_days": 400,
        "log_days": 500,
    },
}


@pytest.fixture(scope="module")
def wards() -> dict[tuple[str, str, str], Stack]:
    """(account's name, ring, Region) -> stack."""
    blueprint = Blueprint.model_validate(WARDS)
    found = {}
    for stack in compile_blueprint(blueprint, addresses_of(blueprint)).stacks:
        rest = stack.name.removeprefix("ringwork-wards-")
        account, _, ring = rest.rpartition("-")
        found[account, ring, stack.region] = stack
    return found


def of_type(stack: Stack, type: str) -> dict[str, Mapping[str, Any]]:
    return {
        logical: resource["Properties"]
        for logical, resource in stack.template["Resources"].items()
        if resource["Type"] == type
    }


def properties(stack: Stack, logical: str) -> Mapping[str, Any]:
    return dict(stack.template["Resources"][logical]["Properties"])


def statements(document: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    return {each["Sid"]: each for each in document["Statement"]}


HOME, AWAY = "eu-central-1", "eu-west-1"


# -- channels


def test_every_account_and_region_has_a_topic_and_a_queue_that_other_rings_can_name(wards: Any) -> None:
    places = {(account, region) for account, ring, region in wards if ring == "detection"}
    accounts = ("imaging", "research", "management", "network", "security", "log-archive")
    assert places == {(account, region) for account in accounts for region in (HOME, AWAY)}
    outputs = wards["imaging", "detection", HOME].template["Outputs"]
    assert {"AlarmTopicArn", "EventQueueArn", "EventQueueUrl"} <= set(outputs)


def test_those_in_contacts_are_mailed_by_the_security_account_alone(wards: Any) -> None:
    mailing = {
        account
        for (account, ring, _), stack in wards.items()
        if ring == "detection" and of_type(stack, "AWS::SNS::Subscription")
    }
    assert mailing == {"security"}


def test_the_queue_takes_events_of_its_own_accounts_rules_only(wards: Any) -> None:
    policy = properties(wards["imaging", "detection", HOME], "EventQueuePolicy")["PolicyDocument"]
    admitted = statements(policy)["RulesOfThisAccountSend"]
    assert admitted["Principal"] == {"Service": "events.amazonaws.com"}
    assert admitted["Condition"]["ArnLike"]["aws:SourceArn"] == {
        "Fn::Sub": "arn:${AWS::Partition}:events:${AWS::Region}:${AWS::AccountId}:rule/*"
    }
    assert statements(policy)["PlainHttp"]["Effect"] == "Deny"


def test_messages_are_under_a_key_and_what_nobody_could_read_goes_to_a_dead_letter_queue(wards: Any) -> None:
    stack = wards["imaging", "detection", HOME]
    key = {"Fn::GetAtt": ["MessageKey", "Arn"]}
    assert properties(stack, "AlarmTopic")["KmsMasterKeyId"] == key
    for queue in ("EventQueue", "DeadLetterQueue"):
        assert properties(stack, queue)["KmsMasterKeyId"] == key
    redrive = properties(stack, "EventQueue")["RedrivePolicy"]
    assert redrive["deadLetterTargetArn"] == {"Fn::GetAtt": ["DeadLetterQueue", "Arn"]}
    # EventBridge sends KMS neither source key (SNS guide, Key management): a condition would drop every event
    used = statements(properties(stack, "MessageKey")["KeyPolicy"])["EventsThroughRules"]
    assert "Condition" not in used
    assert set(used["Action"]) == {"kms:Decrypt", "kms:GenerateDataKey"}


# -- events


def matched(event: Mapping[str, Any]) -> Iterator[str]:
    for name, watched in events.TABLE.items():
        if event_patterns.matches(watched.pattern, event):
            yield name


def call(service: str, name: str) -> dict[str, Any]:
    return {
        "source": f"aws.{service}",
        "detail-type": "AWS API Call via CloudTrail",
        "detail": {"eventSource": f"{service}.amazonaws.com", "eventName": name},
    }


SWITCHED_OFF = [
    ("cloudtrail", "StopLogging"),
    ("ec2", "DeleteFlowLogs"),
    ("guardduty", "DeleteDetector"),
    ("macie2", "DisableMacie"),
    ("wafv2", "DeleteWebACL"),
    ("s3", "PutBucketVersioning"),
    ("bedrock", "DeleteModelInvocationLoggingConfiguration"),
    ("kms", "ScheduleKeyDeletion"),
    ("ec2", "ModifyVpcEndpoint"),
]
"""Control DET-13's list."""


@pytest.mark.parametrize(("service", "name"), SWITCHED_OFF)
def test_switching_a_layer_off_is_an_event_that_somebody_sees(service: str, name: str) -> None:
    assert list(matched(call(service, name)))


def test_reading_is_no_event() -> None:
    assert list(matched(call("guardduty", "GetDetector"))) == []
    assert list(matched(call("s3", "GetBucketVersioning"))) == []


@pytest.mark.parametrize(
    ("severity", "loud"), [(2.0, False), (6.9, False), (7, True), (8.5, True), (9.8, True)]
)
def test_a_finding_of_guardduty_is_queued_and_from_severity_high_on_told(severity: float, loud: bool) -> None:
    # GuardDuty guide, "Severity levels": high is 7.0 to 8.9
    event = {"source": "aws.guardduty", "detail-type": "GuardDuty Finding", "detail": {"severity": severity}}
    found = set(matched(event))
    assert "GuardDutyFindings" in found
    assert ("GuardDutyAlarms" in found) is loud


def test_every_target_has_a_dead_letter_queue(wards: Any) -> None:
    for (_, ring, _), stack in wards.items():
        if ring == "detection":
            for rule in of_type(stack, "AWS::Events::Rule").values():
                assert rule["Targets"]
                for target in rule["Targets"]:
                    assert target["DeadLetterConfig"] == {"Arn": {"Fn::GetAtt": ["DeadLetterQueue", "Arn"]}}


def test_every_queued_event_reaches_the_security_accounts_bus_and_no_other(wards: Any) -> None:
    security = wards["security", "detection", HOME].account
    bus = {"Fn::Sub": f"arn:${{AWS::Partition}}:events:${{AWS::Region}}:{security}:event-bus/default"}
    for logical, rule in of_type(wards["imaging", "detection", HOME], "AWS::Events::Rule").items():
        targets = {target["Id"]: target for target in rule["Targets"]}
        assert ("queue" in targets) == events.TABLE[logical].queued == ("security" in targets)
        if "security" in targets:
            assert targets["security"]["Arn"] == bus
            assert "RoleArn" in targets["security"]  # a bus of another account takes events by a role only
    own = of_type(wards["security", "detection", HOME], "AWS::Events::Rule").values()
    assert {target["Id"] for rule in own for target in rule["Targets"]} == {"queue", "topic"}
    (admits,) = of_type(wards["security", "detection", HOME], "AWS::Events::EventBusPolicy").values()
    condition = admits["Statement"]["Condition"]
    assert condition == {"StringEquals": {"aws:PrincipalOrgID": {"Ref": "OrganizationId"}}}


# -- archive and trail


def test_the_archive_is_locked_in_compliance_mode_and_config_writes_elsewhere(wards: Any) -> None:
    stack = wards["log-archive", "archive", HOME]
    lock = properties(stack, "ArchiveBucket")["ObjectLockConfiguration"]["Rule"]["DefaultRetention"]
    assert lock == {"Mode": "COMPLIANCE", "Days": 400}
    # Config guide, "Managing the Delivery Channel": no bucket with a default retention
    assert "ObjectLockConfiguration" not in properties(stack, "ConfigBucket")
    channel = properties(wards["imaging", "security", HOME], "DeliveryChannel")
    assert channel["S3BucketName"] == properties(stack, "ConfigBucket")["BucketName"]


def test_only_our_trail_and_our_accounts_deliver_to_the_archive(wards: Any) -> None:
    stack = wards["log-archive", "archive", HOME]
    trail = wards["management", "trail", HOME]
    policy = statements(properties(stack, "ArchiveBucketPolicy")["PolicyDocument"])
    arn = f"arn:${{AWS::Partition}}:cloudtrail:{HOME}:{trail.account}:trail/wards--trail"
    for sid in ("TrailLooks", "TrailWrites"):
        assert policy[sid]["Condition"]["StringEquals"]["aws:SourceArn"] == {"Fn::Sub": arn}
    assert properties(trail, "Trail")["TrailName"] == "wards--trail"
    accounts = {found.account for found in wards.values()}
    assert set(policy["GuardDutyWrites"]["Condition"]["StringEquals"]["aws:SourceAccount"]) == accounts
    # the trail delivers to its home Region only
    away = statements(
        properties(wards["log-archive", "archive", AWAY], "ArchiveBucketPolicy")["PolicyDocument"]
    )
    assert "TrailWrites" not in away


@pytest.mark.parametrize("role", ["ringwork-deploy", "ringwork-audit", "anybody"])
def test_nobody_deletes_from_the_archive(wards: Any, role: str) -> None:
    stack = wards["log-archive", "archive", HOME]
    text = json.dumps(properties(stack, "ArchiveBucketPolicy")["PolicyDocument"]["Statement"])
    text = text.replace('{"Fn::GetAtt": ["ArchiveBucket", "Arn"]}', '"arn:aws:s3:::archive"')
    for pattern, value in (
        ("${ArchiveBucket.Arn}", "arn:aws:s3:::archive"),
        ("${AWS::Partition}", "aws"),
        ("${AWS::AccountId}", stack.account),
        ("${AWS::Region}", HOME),
    ):
        text = text.replace(pattern, value)
    plain = json.loads(text, object_hook=lambda found: found.get("Fn::Sub", found))
    account = stack.account
    session = f"arn:aws:sts::{account}:assumed-role/{role}/one"
    who = Principal("role", account, session, role=f"arn:aws:iam::{account}:role/{role}")
    whole = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
    request = Request(
        who,
        "s3:DeleteObjectVersion",
        "arn:aws:s3:::archive/AWSLogs/1/CloudTrail/x.gz",
        account,
        {"aws:SecureTransport": "true", "s3:TlsVersion": "1.3", "aws:PrincipalArn": who.role},
    )
    policy = parse({"Version": "2012-10-17", "Statement": plain}, kind="resource")
    decision = evaluate(request, Policies(identity=(parse(whole, kind="identity"),), resource=policy))
    assert not decision.allowed


def test_the_trail_is_the_organizations_validated_encrypted_and_in_every_region(wards: Any) -> None:
    trail = properties(wards["management", "trail", HOME], "Trail")
    for flag in ("IsLogging", "IsMultiRegionTrail", "IsOrganizationTrail", "EnableLogFileValidation"):
        assert trail[flag] is True
    assert trail["KMSKeyId"] == {"Ref": "ArchiveKeyArn"}
    assert {each["InsightType"] for each in trail["InsightSelectors"]} == {
        "ApiCallRateInsight",
        "ApiErrorRateInsight",
    }
    assert [key for key in wards if key[1] == "trail"] == [("management", "trail", HOME)]


def test_the_trail_records_objects_of_every_bucket_of_ours_but_the_archive(wards: Any) -> None:
    selectors = properties(wards["management", "trail", HOME], "Trail")["AdvancedEventSelectors"]
    fields = [{each["Field"]: each for each in selector["FieldSelectors"]} for selector in selectors]
    types = {found["resources.type"]["Equals"][0] for found in fields if "resources.type" in found}
    assert {"AWS::S3::Object", "AWS::SageMaker::Endpoint", "AWS::SageMaker::FeatureGroup"} <= types
    (objects,) = [f["resources.ARN"] for f in fields if "resources.ARN" in f]
    begins = objects["StartsWith"][0]["Fn::Sub"]
    but = objects["NotStartsWith"][0]["Fn::Sub"]
    for (_, ring, _), stack in wards.items():
        for bucket in of_type(stack, "AWS::S3::Bucket").values():
            name = bucket["BucketName"]
            arn = "arn:${AWS::Partition}:s3:::" + (name["Fn::Sub"] if isinstance(name, dict) else name)
            assert arn.startswith(begins)
            assert arn.startswith(but) is (ring == "archive")
    # nothing is excluded: calls of AWS KMS are management events
    assert fields[0] == {"eventCategory": {"Field": "eventCategory", "Equals": ["Management"]}}


def test_every_sign_in_the_trail_rings_and_its_pattern_is_short_enough(wards: Any) -> None:
    stack = wards["management", "trail", HOME]
    alarms = of_type(stack, "AWS::CloudWatch::Alarm")
    filters = of_type(stack, "AWS::Logs::MetricFilter")
    for name in SIGNS:
        metric = filters[f"{name}Filter"]["MetricTransformations"][0]
        alarm = alarms[f"{name}Alarm"]
        assert (metric["MetricNamespace"], metric["MetricName"]) == (alarm["Namespace"], alarm["MetricName"])
        assert alarm["AlarmActions"] == [{"Ref": "AlarmTopicArn"}]
        assert len(filters[f"{name}Filter"]["FilterPattern"]) <= 1024  # CloudWatch Logs, PutMetricFilter


# -- detectors


def test_guardduty_watches_all_it_can_in_every_account_and_region(wards: Any) -> None:
    for (_, ring, _), stack in wards.items():
        if ring != "security":
            continue
        detector = properties(stack, "Detector")
        assert detector["Enable"] is True
        on = {each["Name"] for each in detector["Features"] if each["Status"] == "ENABLED"}
        wanted = {"S3_DATA_EVENTS", "RUNTIME_MONITORING", "LAMBDA_NETWORK_LOGS", "EBS_MALWARE_PROTECTION"}
        assert wanted | {"AI_PROTECTION"} <= on


def test_every_bucket_for_data_and_models_is_scanned_and_threats_are_refused(wards: Any) -> None:
    plans = of_type(wards["imaging", "malware", HOME], "AWS::GuardDuty::MalwareProtectionPlan")
    assert set(plans) == {"ScansMalwarePlan", "LabelsMalwarePlan", "ArtifactsMalwarePlan"}
    for plan in plans.values():
        assert plan["Actions"] == {"Tagging": {"Status": "ENABLED"}}
    data = wards["imaging", "data", HOME]
    for bucket in ("Scans", "Labels", "Artifacts"):
        policy = properties(data, f"{bucket}BucketPolicy")["PolicyDocument"]
        refused = statements(policy)["MalwareIsNotRead"]
        assert refused["Effect"] == "Deny"
        assert refused["Condition"]["StringEquals"] == {
            "s3:ExistingObjectTag/GuardDutyMalwareScanStatus": "THREATS_FOUND"
        }


def test_macie_knows_the_organizations_own_identifiers(wards: Any) -> None:
    identifier = properties(wards["research", "security", HOME], "PatientIdentifier")
    assert identifier["Regex"] == "P-[0-9]{8}"
    assert identifier["Keywords"] == ["patient"]
    assert identifier["MaximumMatchDistance"] == 30


def test_config_records_every_type_and_iam_once(wards: Any) -> None:
    for region in (HOME, AWAY):
        group = properties(wards["imaging", "security", region], "Recorder")["RecordingGroup"]
        assert group == {"AllSupported": True, "IncludeGlobalResourceTypes": region == HOME}
    aggregator = properties(wards["management", "security", HOME], "Aggregator")
    assert aggregator["OrganizationAggregationSource"]["AllAwsRegions"] is True


def test_findings_of_all_regions_meet_in_the_security_account_at_home(wards: Any) -> None:
    aggregating = {
        key: of_type(stack, "AWS::SecurityHub::FindingAggregator")
        for key, stack in wards.items()
        if of_type(stack, "AWS::SecurityHub::FindingAggregator")
    }
    assert set(aggregating) == {("security", "security", HOME)}
    (found,) = aggregating["security", "security", HOME].values()
    assert found["Regions"] == [AWAY]


def test_one_account_has_one_standard(clinic: Any) -> None:
    (stack,) = [
        found
        for found in clinic.architecture.stacks
        if found.name == "ringwork-clinic-main-security" and found.region == "eu-west-1"
    ]
    assert set(of_type(stack, "AWS::SecurityHub::Standard")) == {"FoundationalStandard"}


# -- log groups


def test_log_groups_of_jobs_are_encrypted_kept_and_masked(wards: Any) -> None:
    groups = of_type(wards["imaging", "detection", HOME], "AWS::Logs::LogGroup")
    assert {group["LogGroupName"] for group in groups.values()} == {
        "/aws/sagemaker/TrainingJobs",
        "/aws/sagemaker/ProcessingJobs",
        "/aws/sagemaker/TransformJobs",
        "/aws/sagemaker/NotebookInstances",
    }
    for group in groups.values():
        assert group["KmsKeyId"] == {"Fn::GetAtt": ["WorkloadLogKey", "Arn"]}
        assert group["RetentionInDays"] == 545  # the first that CloudWatch Logs allows from 500 on
        audit, mask = group["DataProtectionPolicy"]["Statement"]
        assert audit["DataIdentifier"] == mask["DataIdentifier"]
        assert "patient" in audit["DataIdentifier"]
        assert mask["Operation"] == {"Deidentify": {"MaskConfig": {}}}
    assert of_type(wards["research", "detection", HOME], "AWS::Logs::LogGroup") == {}


# -- settings


def test_what_no_type_sets_is_set_once_where_it_belongs(wards: Any) -> None:
    for (account, ring, region), stack in wards.items():
        if ring == "security":
            kinds = {setting.kind for setting in stack.settings}
            # what the delegated administrator says for accounts to come
            assert (SettingKind.NEW_ACCOUNTS in kinds) is (account == "security")
            kinds.discard(SettingKind.NEW_ACCOUNTS)
            always = {SettingKind.VOLUME_ENCRYPTION, SettingKind.MACIE_DISCOVERY, SettingKind.INSPECTOR}
            # the block on public access is the whole account's
            assert kinds == always | ({SettingKind.PUBLIC_ACCESS_BLOCK} if region == HOME else set())


def test_macie_looks_into_every_secret_bucket_for_the_identifiers(wards: Any) -> None:
    stack = wards["imaging", "malware", HOME]
    (job,) = stack.settings
    assert job.kind is SettingKind.MACIE_JOB
    wanted = {f"wards-imaging-{name}-{stack.account}-{HOME}" for name in ("scans", "labels", "artifacts")}
    assert set(job.arguments["buckets"]) == wanted
    assert job.arguments["identifiers"] == ["wards--patient"]
    assert job.arguments["sampling"] == 100
