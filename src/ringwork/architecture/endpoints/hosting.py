"""The inference endpoint itself: model by digest, variants, capture, guarded deployment, alarms.

Models and endpoint configurations cannot be changed: CloudFormation names each anew, so that a release makes
new ones, moves the endpoint to them, and then deletes the old (SageMaker API reference, CreateModel,
CreateEndpointConfig, UpdateEndpoint).
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from ringwork.architecture import logs, names, placement
from ringwork.architecture.grants import APPROVED, CAPTURE, CAPTURED
from ringwork.architecture.masking import masking
from ringwork.architecture.names import logical
from ringwork.architecture.site import Site
from ringwork.architecture.template import Json, Purpose, TemplateBuilder, get_att, ref, sub
from ringwork.blueprint.model import Release, Serving

PRODUCTION, SHADOW = "current", "candidate"
"""Names of the variants."""
LOCAL_STORAGE = re.compile(
    r"ml\.([cmrx][0-9]+[a-z]*d[a-z]*|g4dn|g4ad|g5|g6[a-z]*|gr6|g7[a-z]*|p3dn|p4[a-z]*|p5[a-z]*|p6[a-z0-9-]*"
    r"|trn[0-9][a-z]*|i[0-9][a-z]*|d[0-9][a-z]*|dl[0-9][a-z]*)\..+"
)
"""Instance types with storage of their own, encrypted by hardware: with these CreateEndpointConfig fails if
it names a key (SageMaker API reference, CreateEndpointConfig, KmsKeyId; EC2 user guide, "Instance store
volumes")."""
LATENCY = 10_000_000
"""Microseconds within which 99 of 100 answers come (CloudWatch metric ModelLatency): a third of what API
Gateway waits."""
ALARMS: tuple[tuple[str, str, str, float, str], ...] = (
    ("ServerErrors", "Invocation5XXErrors", "Average", 0.01, "more than one answer in a hundred fails"),
    ("Refusals", "Invocation4XXErrors", "Average", 0.10, "more than one request in ten is refused"),
    ("Latency", "ModelLatency", "p99", LATENCY, "answers come late"),
)
"""Name, metric, statistic, threshold, meaning ("Metrics for monitoring Amazon SageMaker AI with Amazon
CloudWatch": error metrics are 0 or 1 for each request, so their average is a share)."""
BAKING, TERMINATION_WAIT, LONGEST = 600, 600, 7200
"""Seconds: with the first instances on the new version; until the old fleet goes; for all of it."""


def endpoint(
    template: TemplateBuilder, site: Site, workload: str, serving: Serving, release: Release, home: str,
    key: Json, topic: Json,
) -> None:  # fmt: skip
    """What serves the release, and warns when it does not."""
    name = names.endpoint(site.organization, site.environment.name, workload)
    model = _model(template, site, workload, release, home, "Model")
    shadow = None
    if serving.shadow is not None:
        shadow = _model(template, site, workload, serving.shadow, home, "ShadowModel")
    config = _config(template, site, workload, serving, model, shadow, key)
    alarms = [_alarm(template, site, workload, name, topic, *alarm) for alarm in ALARMS]
    template.add(
        logical(workload, "Endpoint"),
        "AWS::SageMaker::Endpoint",
        {
            "EndpointName": name,
            "EndpointConfigName": get_att(config, "EndpointConfigName"),
            "DeploymentConfig": {
                "AutoRollbackConfiguration": {"Alarms": [{"AlarmName": ref(alarm)} for alarm in alarms]},
                "BlueGreenUpdatePolicy": {
                    "TrafficRoutingConfiguration": _routing(serving.instances),
                    "TerminationWaitInSeconds": TERMINATION_WAIT,
                    "MaximumExecutionTimeoutInSeconds": LONGEST,
                },
            },
        },
        Purpose(
            "EPT-05", "A new version gets a part of the traffic first, and goes back when an alarm rings"
        ),
        tags={"ringwork:workload": workload},
        depends_on=(logical(workload, "EndpointLogGroup"),),
    )
    template.output(
        logical(workload, "EndpointName"),
        f"The endpoint of {workload}",
        get_att(logical(workload, "Endpoint"), "EndpointName"),
    )


def log_group(template: TemplateBuilder, site: Site, workload: str, days: int) -> str:
    """The group that SageMaker gives the endpoint's containers, made first so that it is encrypted and ends
    (SageMaker developer guide, "CloudWatch Logs for Amazon SageMaker AI"). Returns its name."""
    name = f"/aws/sagemaker/Endpoints/{names.endpoint(site.organization, site.environment.name, workload)}"
    template.add(
        logical(workload, "EndpointLogGroup"),
        "AWS::Logs::LogGroup",
        {
            "LogGroupName": name,
            "RetentionInDays": logs.retention(days),
            "KmsKeyId": get_att("EndpointLogKey", "Arn"),
            "DataProtectionPolicy": masking(site.blueprint),
        },
        Purpose("DAT-35, DAT-36", "What containers say may quote requests: encrypted, masked, and it ends"),
        tags={"ringwork:workload": workload},
        retain=True,
    )
    return name


def _model(
    template: TemplateBuilder, site: Site, workload: str, release: Release, home: str, suffix: str
) -> str:
    registry = "${AWS::AccountId}.dkr.ecr.${AWS::Region}.${AWS::URLSuffix}"
    repositories = names.repository_prefix(site.organization, site.environment.name)
    team, _, model = release.model.rpartition("/")
    stage = site.environment.stage
    owner = "-".join(part for part in (team or site.environment.team, stage) if part)
    bucket = names.bucket_pattern(site.organization, owner, APPROVED, site.region)
    return template.add(
        logical(workload, suffix),
        "AWS::SageMaker::Model",
        {
            "ExecutionRoleArn": placement.role(template, site, workload, home),
            "EnableNetworkIsolation": True,
            "VpcConfig": {
                "SecurityGroupIds": [placement.security_group(template, site, workload)],
                "Subnets": placement.subnets(template, site, placement.tier_of(site, workload)),
            },
            "PrimaryContainer": {
                "Image": sub(f"{registry}/{repositories}/{release.image}"),
                "ModelDataUrl": sub(f"s3://{bucket}/{APPROVED}/{model}/{release.artifact}"),
                "Mode": "SingleModel",
            },
        },
        Purpose(
            "MDL-01, MDL-02, MDL-07, CMP-27",
            "An approved artifact in an image named by digest, in the serving tier, no network of its own",
        ),
        tags={"ringwork:workload": workload, "ringwork:model": release.model.replace("/", ".")},
    )


def _config(
    template: TemplateBuilder, site: Site, workload: str, serving: Serving, model: str, shadow: str | None,
    key: Json,
) -> str:  # fmt: skip
    def variant(name: str, model: str, instances: int) -> dict[str, Json]:
        return {
            "VariantName": name,
            "ModelName": get_att(model, "ModelName"),
            "InstanceType": serving.instance_type,
            "InitialInstanceCount": instances,
            "InitialVariantWeight": 1,
        }

    bucket = names.bucket_pattern(site.organization, site.environment.name, CAPTURE, site.region)
    local = LOCAL_STORAGE.fullmatch(serving.instance_type) is not None
    properties: dict[str, Json] = {
        "ProductionVariants": [variant(PRODUCTION, model, serving.instances)],
        "DataCaptureConfig": {
            "EnableCapture": serving.capture_percent > 0,
            "InitialSamplingPercentage": serving.capture_percent,
            "DestinationS3Uri": sub(f"s3://{bucket}/{CAPTURED}/{workload}"),
            "KmsKeyId": key,
            "CaptureOptions": [{"CaptureMode": mode} for mode in ("Input", "Output")],
            "CaptureContentTypeHeader": {
                "CsvContentTypes": ["text/csv"],
                "JsonContentTypes": ["application/json"],
            },
        },
    }
    if shadow is not None:
        properties["ShadowProductionVariants"] = [variant(SHADOW, shadow, 1)]
    if not local:
        properties["KmsKeyId"] = key
    return template.add(
        logical(workload, "EndpointConfig"),
        "AWS::SageMaker::EndpointConfig",
        properties,
        Purpose(
            "EPT-01, EPT-02, EPT-03, EPT-04, EPT-07",
            "Instances in two zones, volumes under the models' key, and what is asked and answered is kept",
        ),
        tags={"ringwork:workload": workload},
        skip={"CKV_AWS_98": "its instances' storage is encrypted by hardware and takes no key"}
        if local
        else None,
    )


def _routing(instances: int) -> Mapping[str, Json]:
    """A canary of a tenth of the fleet, at least one instance and at most half (SageMaker developer guide,
    "Canary traffic shifting"). One instance alone has no half: it changes at once."""
    if instances == 1:
        return {"Type": "ALL_AT_ONCE", "WaitIntervalInSeconds": BAKING}
    return {
        "Type": "CANARY",
        "CanarySize": {"Type": "INSTANCE_COUNT", "Value": max(1, instances // 10)},
        "WaitIntervalInSeconds": BAKING,
    }


def _alarm(
    template: TemplateBuilder, site: Site, workload: str, endpoint: str, topic: Json, name: str, metric: str,
    statistic: str, threshold: float, meaning: str,
) -> str:  # fmt: skip
    kind = "ExtendedStatistic" if statistic.startswith("p") else "Statistic"
    return template.add(
        logical(workload, name, "Alarm"),
        "AWS::CloudWatch::Alarm",
        {
            "AlarmName": names.alarm(
                site.organization, site.environment.name, f"{workload}-{names.hyphenated(name)}"
            ),
            "AlarmDescription": f"{site.environment.name}/{workload}: {meaning}",
            "Namespace": "AWS/SageMaker",
            "MetricName": metric,
            "Dimensions": [
                {"Name": "EndpointName", "Value": endpoint},
                {"Name": "VariantName", "Value": PRODUCTION},
            ],
            kind: statistic,
            "Period": 60,
            "EvaluationPeriods": 3,
            "DatapointsToAlarm": 2,
            "Threshold": threshold,
            "ComparisonOperator": "GreaterThanThreshold",
            "TreatMissingData": "notBreaching",
            "AlarmActions": [topic],
        },
        Purpose("EPT-05", f"A deployment rolls back, and somebody is told, when {meaning}"),
    )
