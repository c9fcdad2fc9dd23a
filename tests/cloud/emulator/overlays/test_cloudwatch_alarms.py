"""No alarm is OK before anybody looked.

Expected: CloudWatch API reference, PutMetricAlarm, SetAlarmState, DescribeAlarmHistory.
"""

from __future__ import annotations

import pytest

from ringwork.cloud.emulator import LocalCloud


@pytest.fixture
def cloudwatch(tmp_path):
    with LocalCloud(tmp_path / "state") as cloud:
        yield cloud.session("111122223333", "us-east-1").client("cloudwatch")


def put(cloudwatch, **changes):
    cloudwatch.put_metric_alarm(
        **{
            "AlarmName": "a",
            "MetricName": "m",
            "Namespace": "n",
            "Statistic": "Sum",
            "Period": 60,
            "EvaluationPeriods": 1,
            "Threshold": 1,
            "ComparisonOperator": "GreaterThanThreshold",
            **changes,
        }
    )


def state(cloudwatch):
    (alarm,) = cloudwatch.describe_alarms(AlarmNames=["a"])["MetricAlarms"]
    return alarm["StateValue"], alarm["Threshold"]


def test_a_new_alarm_has_insufficient_data(cloudwatch):
    put(cloudwatch)
    assert state(cloudwatch) == ("INSUFFICIENT_DATA", 1.0)


def test_an_update_leaves_the_state_as_it_is(cloudwatch):
    put(cloudwatch)
    cloudwatch.set_alarm_state(AlarmName="a", StateValue="ALARM", StateReason="drill")
    put(cloudwatch, Threshold=5)
    assert state(cloudwatch) == ("ALARM", 5.0)


def test_the_history_has_the_changes_of_state_newest_first(cloudwatch):
    put(cloudwatch)
    assert cloudwatch.describe_alarm_history(AlarmName="a")["AlarmHistoryItems"] == []
    for value in ("ALARM", "OK"):
        cloudwatch.set_alarm_state(AlarmName="a", StateValue=value, StateReason="drill")
    items = cloudwatch.describe_alarm_history(AlarmName="a", HistoryItemType="StateUpdate")
    assert [one["HistorySummary"] for one in items["AlarmHistoryItems"]] == [
        "Alarm updated from ALARM to OK",
        "Alarm updated from INSUFFICIENT_DATA to ALARM",
    ]
    assert cloudwatch.describe_alarm_history(AlarmName="other")["AlarmHistoryItems"] == []


def test_a_composite_alarm_is_kept_with_its_rule_and_waits_for_data(tmp_path):
    """API reference, PutCompositeAlarm, DescribeAlarms."""
    with LocalCloud(tmp_path / "composite") as cloud:
        cloudwatch = cloud.session("111122223333", "eu-west-1").client("cloudwatch")
        topic = "arn:aws:sns:eu-west-1:111122223333:t"
        cloudwatch.put_composite_alarm(AlarmName="all", AlarmRule="ALARM(one)", AlarmActions=[topic])
        found = cloudwatch.describe_alarms(AlarmTypes=["CompositeAlarm"])
        assert found["MetricAlarms"] == []
        (alarm,) = found["CompositeAlarms"]
        assert alarm["AlarmRule"] == "ALARM(one)"
        assert alarm["AlarmActions"] == [topic]
        assert alarm["ActionsEnabled"] is True
        assert alarm["StateValue"] == "INSUFFICIENT_DATA"
        cloudwatch.set_alarm_state(AlarmName="all", StateValue="ALARM", StateReason="r")
        cloudwatch.put_composite_alarm(AlarmName="all", AlarmRule="ALARM(two)")
        (alarm,) = cloudwatch.describe_alarms(AlarmTypes=["CompositeAlarm"])["CompositeAlarms"]
        assert (alarm["AlarmRule"], alarm["StateValue"]) == ("ALARM(two)", "ALARM")
