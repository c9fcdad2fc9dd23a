"""GuardDuty's findings keep their state, its filters really filter, and nothing is called covered.

Expected: GuardDuty API reference, the page of each operation; user guide, "Suppression rules", "Severity
levels of GuardDuty findings", "Reviewing runtime coverage statistics and troubleshooting issues".
"""

from __future__ import annotations

import pytest
from botocore.exceptions import ClientError

from ringwork.cloud.emulator import LocalCloud

ACCOUNT, REGION = "111122223333", "us-east-1"
TOR = "UnauthorizedAccess:EC2/TorClient"
PROBE = "Recon:EC2/PortProbeUnprotectedPort"
STEALTH = "Stealth:IAMUser/CloudTrailLoggingDisabled"


@pytest.fixture
def session(tmp_path):
    with LocalCloud(tmp_path / "state") as cloud:
        yield cloud.session(ACCOUNT, REGION)


@pytest.fixture
def guardduty(session):
    return session.client("guardduty")


@pytest.fixture
def detector(guardduty):
    return guardduty.create_detector(Enable=True)["DetectorId"]


def sample(guardduty, detector, *kinds):
    guardduty.create_sample_findings(DetectorId=detector, FindingTypes=list(kinds))


def kinds(guardduty, detector, criterion=None, **more):
    wanted = {"FindingCriteria": {"Criterion": criterion}} if criterion else {}
    ids = guardduty.list_findings(DetectorId=detector, **wanted, **more)["FindingIds"]
    found = guardduty.get_findings(DetectorId=detector, FindingIds=ids)["Findings"]
    by_id = {finding["Id"]: finding["Type"] for finding in found}
    return [by_id[identifier] for identifier in ids]


@pytest.mark.parametrize(
    ("criterion", "found"),
    [
        ({"type": {"Eq": [TOR]}}, {TOR}),
        ({"type": {"Neq": [TOR]}}, {PROBE, STEALTH}),
        # severities: high 7.0 to 8.9, low 1.0 to 3.9
        ({"severity": {"Gte": 7}}, {TOR}),
        ({"severity": {"Lt": 4}}, {PROBE, STEALTH}),
        ({"severity": {"Lt": 4}, "resource.resourceType": {"Eq": ["AccessKey"]}}, {STEALTH}),
        ({"accountId": {"Eq": ["444455556666"]}}, set()),
    ],
)
def test_criteria_really_filter(guardduty, detector, criterion, found):
    sample(guardduty, detector, TOR, PROBE, STEALTH)
    assert set(kinds(guardduty, detector, criterion)) == found


def test_findings_come_in_the_order_that_is_asked_for(guardduty, detector):
    sample(guardduty, detector, PROBE, TOR)
    order = {"AttributeName": "severity", "OrderBy": "DESC"}
    assert kinds(guardduty, detector, SortCriteria=order) == [TOR, PROBE]
    assert kinds(guardduty, detector, SortCriteria={**order, "OrderBy": "ASC"}) == [PROBE, TOR]


def test_pages_come_one_after_the_other(guardduty, detector):
    sample(guardduty, detector, TOR, PROBE, STEALTH)
    first = guardduty.list_findings(DetectorId=detector, MaxResults=2)
    second = guardduty.list_findings(DetectorId=detector, MaxResults=2, NextToken=first["NextToken"])
    assert len({*first["FindingIds"], *second["FindingIds"]}) == 3
    assert len(second["FindingIds"]) == 1


def test_an_archived_finding_stays_archived_until_it_is_not(guardduty, detector):
    sample(guardduty, detector, TOR)
    (identifier,) = guardduty.list_findings(DetectorId=detector)["FindingIds"]
    current = {"service.archived": {"Eq": ["false"]}}
    guardduty.archive_findings(DetectorId=detector, FindingIds=[identifier])
    assert kinds(guardduty, detector, current) == []
    assert kinds(guardduty, detector, {"service.archived": {"Eq": ["true"]}}) == [TOR]
    guardduty.unarchive_findings(DetectorId=detector, FindingIds=[identifier])
    assert kinds(guardduty, detector, current) == [TOR]


def test_findings_are_there_after_the_end_of_the_command(tmp_path):
    with LocalCloud(tmp_path / "state") as cloud:
        client = cloud.session(ACCOUNT, REGION).client("guardduty")
        detector = client.create_detector(Enable=True)["DetectorId"]
        sample(client, detector, TOR)
        ids = client.list_findings(DetectorId=detector)["FindingIds"]
        client.archive_findings(DetectorId=detector, FindingIds=ids)
    with LocalCloud(tmp_path / "state") as cloud:
        client = cloud.session(ACCOUNT, REGION).client("guardduty")
        (found,) = client.get_findings(DetectorId=detector, FindingIds=ids)["Findings"]
    assert found["Service"]["Archived"] is True


def test_a_filter_that_archives_takes_the_findings_that_come_after_it(guardduty, detector):
    sample(guardduty, detector, PROBE)
    guardduty.create_filter(
        DetectorId=detector,
        Name="scans",
        Action="ARCHIVE",
        FindingCriteria={"Criterion": {"type": {"Eq": [PROBE]}}},
    )
    assert guardduty.list_filters(DetectorId=detector)["FilterNames"] == ["scans"]
    sample(guardduty, detector, PROBE, TOR)
    current = {"service.archived": {"Eq": ["false"]}}
    assert sorted(kinds(guardduty, detector, current)) == sorted([PROBE, TOR])


def test_statistics_count_the_findings(guardduty, detector):
    sample(guardduty, detector, TOR, TOR, PROBE)
    counts = guardduty.get_findings_statistics(
        DetectorId=detector, FindingStatisticTypes=["COUNT_BY_SEVERITY"]
    )["FindingStatistics"]["CountBySeverity"]
    assert sum(counts.values()) == 3
    rows = guardduty.get_findings_statistics(DetectorId=detector, GroupBy="FINDING_TYPE")[
        "FindingStatistics"
    ]["GroupedByFindingType"]
    assert [(row["FindingType"], row["TotalFindings"]) for row in rows] == [(TOR, 2), (PROBE, 1)]


def test_an_instance_without_an_agent_is_not_covered(session, guardduty):
    feature = {"Name": "RUNTIME_MONITORING", "Status": "ENABLED"}
    detector = guardduty.create_detector(Enable=True, Features=[feature])["DetectorId"]
    ec2 = session.client("ec2")
    image = ec2.register_image(Name="image", RootDeviceName="/dev/xvda")["ImageId"]
    made = ec2.run_instances(ImageId=image, MinCount=1, MaxCount=1, InstanceType="m5.large")
    (row,) = guardduty.list_coverage(DetectorId=detector)["Resources"]
    assert row["ResourceId"] == made["Instances"][0]["InstanceId"]
    assert row["CoverageStatus"] == "UNHEALTHY"
    found = guardduty.get_coverage_statistics(
        DetectorId=detector, StatisticsType=["COUNT_BY_RESOURCE_TYPE", "COUNT_BY_COVERAGE_STATUS"]
    )["CoverageStatistics"]
    assert found["CountByResourceType"] == {"EC2": 1}
    assert found["CountByCoverageStatus"] == {"UNHEALTHY": 1}
    healthy = {"CriterionKey": "COVERAGE_STATUS", "FilterCondition": {"Equals": ["HEALTHY"]}}
    wanted = {"FilterCriterion": [healthy]}
    assert guardduty.list_coverage(DetectorId=detector, FilterCriteria=wanted)["Resources"] == []


def test_a_list_of_addresses_is_in_use_while_it_is_active(guardduty, detector):
    made = guardduty.create_ip_set(
        DetectorId=detector, Name="known", Format="TXT", Location="s3://b/ips.txt", Activate=True
    )["IpSetId"]
    guardduty.update_ip_set(DetectorId=detector, IpSetId=made, Activate=False)
    assert guardduty.get_ip_set(DetectorId=detector, IpSetId=made)["Status"] == "INACTIVE"
    guardduty.delete_ip_set(DetectorId=detector, IpSetId=made)
    assert guardduty.list_ip_sets(DetectorId=detector)["IpSetIds"] == []


@pytest.mark.parametrize(
    ("name", "given"),
    [
        ("describe_malware_scans", {}),
        ("get_usage_statistics", {"UsageStatisticType": "SUM_BY_ACCOUNT", "UsageCriteria": {}}),
        ("get_remaining_free_trial_days", {"AccountIds": [ACCOUNT]}),
    ],
)
def test_what_nobody_measured_is_refused(guardduty, detector, name, given):
    with pytest.raises(ClientError, match="NotEmulated"):
        getattr(guardduty, name)(DetectorId=detector, **given)
