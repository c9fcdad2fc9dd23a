"""AWS::CloudTrail, Config, CloudWatch and Logs types."""

from __future__ import annotations

from typing import Any

from botocore.exceptions import ClientError

from ringwork.cloud.emulator.cloudformation.resources.api import Api, sets
from ringwork.cloud.emulator.cloudformation.resources.provider import Change, Context, Properties, flag

_TRAIL = {"TrailName": "{ref}"}


def _set_logging(context: Context, trail: str, change: Change) -> None:
    client = context.client("cloudtrail")
    if flag(change.new or False):
        client.start_logging(Name=trail)
    elif not change.creating:
        client.stop_logging(Name=trail)


def _start(context: Context, _physical: str, _properties: Properties) -> None:
    """Resource reference, ConfigurationRecorder: it starts when the delivery channel is available."""
    config = context.client("config")
    if not config.describe_delivery_channels()["DeliveryChannels"]:
        return
    for recorder in config.describe_configuration_recorders()["ConfigurationRecorders"]:
        config.start_configuration_recorder(ConfigurationRecorderName=recorder["name"])


def _delete_channel(context: Context, name: str, _properties: Properties) -> None:
    """Config API reference, DeleteDeliveryChannel: the recorder must be stopped first."""
    config = context.client("config")
    for recorder in config.describe_configuration_recorders()["ConfigurationRecorders"]:
        try:
            config.stop_configuration_recorder(ConfigurationRecorderName=recorder["name"])
        except ClientError as error:
            if "NoAvailable" not in error.response["Error"]["Code"]:
                raise
    config.delete_delivery_channel(DeliveryChannelName=name)


def _dimensions(transformations: Any, _properties: Properties) -> Any:
    """A list of keys and values in a template, a map in the API."""
    return [
        {
            **one,
            **(
                {"Dimensions": {each["Key"]: each["Value"] for each in one["Dimensions"]}}
                if "Dimensions" in one
                else {}
            ),
        }
        for one in transformations
    ]


ROWS = {
    "AWS::CloudTrail::Trail": Api(
        service="cloudtrail",
        create="create_trail",
        ref="{given[TrailName]}",
        key={"Name": "{ref}"},
        delete="delete_trail",
        read="get_trail",
        found="Trail",
        update=("update_trail",),
        names={"TrailName": "Name"},
        name="TrailName",
        limit=128,
        setters={
            "EventSelectors": sets("cloudtrail", "put_event_selectors", "EventSelectors", key=_TRAIL),
            "AdvancedEventSelectors": sets(
                "cloudtrail", "put_event_selectors", "AdvancedEventSelectors", key=_TRAIL
            ),
            "InsightSelectors": sets("cloudtrail", "put_insight_selectors", "InsightSelectors", key=_TRAIL),
            "IsLogging": _set_logging,
        },
        attributes={"Arn": "{found[TrailARN]}"},
        arn="{found[TrailARN]}",
    ),
    "AWS::Config::ConfigurationRecorder": Api(
        service="config",
        create="put_configuration_recorder",
        ref="{given[Name]}",
        key={"ConfigurationRecorderName": "{ref}"},
        delete="delete_configuration_recorder",
        update=("put_configuration_recorder",),
        update_key={"ConfigurationRecorder": {"name": "{ref}"}},
        whole=True,
        wraps="ConfigurationRecorder",
        name="Name",
        limit=256,
        after=_start,
    ),
    "AWS::Config::DeliveryChannel": Api(
        service="config",
        create="put_delivery_channel",
        ref="{given[Name]}",
        key={"DeliveryChannelName": "{ref}"},
        delete=_delete_channel,
        update=("put_delivery_channel",),
        update_key={"DeliveryChannel": {"name": "{ref}"}},
        whole=True,
        wraps="DeliveryChannel",
        name="Name",
        limit=256,
        after=_start,
    ),
    "AWS::Config::ConfigRule": Api(
        service="config",
        create="put_config_rule",
        ref="{given[ConfigRuleName]}",
        key={"ConfigRuleName": "{ref}"},
        delete="delete_config_rule",
        read="describe_config_rules",
        read_key={"ConfigRuleNames": ["{ref}"]},
        found="ConfigRules.0",
        update=("put_config_rule",),
        update_key={"ConfigRule": {"ConfigRuleName": "{ref}"}},
        whole=True,
        wraps="ConfigRule",
        name="ConfigRuleName",
        limit=128,
        attributes={"Arn": "{found[ConfigRuleArn]}", "Compliance.Type": "INSUFFICIENT_DATA"},
    ),
    "AWS::Config::ConfigurationAggregator": Api(
        service="config",
        create="put_configuration_aggregator",
        ref="{given[ConfigurationAggregatorName]}",
        key={"ConfigurationAggregatorName": "{ref}"},
        delete="delete_configuration_aggregator",
        read="describe_configuration_aggregators",
        read_key={"ConfigurationAggregatorNames": ["{ref}"]},
        found="ConfigurationAggregators.0",
        update=("put_configuration_aggregator",),
        whole=True,
        name="ConfigurationAggregatorName",
        limit=256,
        attributes={"ConfigurationAggregatorArn": "{found[ConfigurationAggregatorArn]}"},
        arn="{found[ConfigurationAggregatorArn]}",
    ),
    "AWS::Config::ConformancePack": Api(
        service="config",
        create="put_conformance_pack",
        ref="{given[ConformancePackName]}",
        key={"ConformancePackName": "{ref}"},
        delete="delete_conformance_pack",
        update=("put_conformance_pack",),
        whole=True,
    ),
    "AWS::Logs::MetricFilter": Api(
        service="logs",
        create="put_metric_filter",
        ref="{given[FilterName]}",
        key={"logGroupName": "{given[LogGroupName]}", "filterName": "{ref}"},
        delete="delete_metric_filter",
        update=("put_metric_filter",),
        whole=True,
        shaped={"MetricTransformations": _dimensions},
        name="FilterName",
        limit=512,
    ),
    "AWS::CloudWatch::Alarm": Api(
        service="cloudwatch",
        create="put_metric_alarm",
        ref="{given[AlarmName]}",
        key={"AlarmName": "{ref}"},
        delete="delete_alarms",
        delete_key={"AlarmNames": ["{ref}"]},
        read="describe_alarms",
        read_key={"AlarmNames": ["{ref}"]},
        found="MetricAlarms.0",
        update=("put_metric_alarm",),
        whole=True,
        name="AlarmName",
        limit=255,
        attributes={"Arn": "{found[AlarmArn]}"},
        arn="{found[AlarmArn]}",
    ),
}
