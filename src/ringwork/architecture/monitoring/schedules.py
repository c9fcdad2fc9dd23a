"""What watches an endpoint for drift: a job definition and its schedule in SageMaker Model Monitor.

Source: SageMaker API reference, CreateDataQualityJobDefinition and CreateMonitoringSchedule; developer guide,
"Data quality" (baselines: `constraints.json` and `statistics.json`), "Container contract inputs".
"""

from __future__ import annotations

from ringwork.architecture import names, placement
from ringwork.architecture.grants import CAPTURE, REPORTS
from ringwork.architecture.monitoring.images import image
from ringwork.architecture.names import logical
from ringwork.architecture.site import Site
from ringwork.architecture.template import Json, Purpose, TemplateBuilder, get_att, sub
from ringwork.estate import StackOutput

DAILY = "cron(0 2 ? * * *)"
"""Model Monitor takes hourly to daily schedules; the day's first hours are quiet, and a job costs money."""
INSTANCE, VOLUME_GB, LONGEST = "ml.m5.xlarge", 20, 3600
INPUT, OUTPUT = "/opt/ml/processing/input/endpoint", "/opt/ml/processing/output"
BASELINE = "baseline"
"""Below `reports/WORKLOAD/`: what a baselining job wrote, and whoever approves a version looked at."""


def reports(site: Site, workload: str) -> str:
    """For Fn::Sub: where an endpoint's baseline lies and its reports go."""
    bucket = names.bucket_pattern(site.organization, site.environment.name, CAPTURE, site.region)
    return f"s3://{bucket}/{REPORTS}/{workload}"


def schedule(template: TemplateBuilder, site: Site, workload: str, role: Json, key: Json) -> None:
    """The definition, which cannot be changed and so is named anew with each change, and the schedule."""
    analyzer = image(site.region)
    if analyzer is None:
        raise ValueError(f"no image of Model Monitor is known in {site.region}")
    endpoint = template.parameter(
        logical(workload, "EndpointName"),
        f"The endpoint of {workload}",
        "^[a-zA-Z0-9-]{1,63}$",
        StackOutput(site.stack_id("endpoints"), logical(workload, "EndpointName")),
    )
    where = reports(site, workload)
    definition = template.add(
        logical(workload, "DataQuality"),
        "AWS::SageMaker::DataQualityJobDefinition",
        {
            "RoleArn": role,
            "DataQualityAppSpecification": {
                "ImageUri": sub(analyzer),
                "Environment": {"publish_cloudwatch_metrics": "Enabled"},
            },
            "DataQualityBaselineConfig": {
                "ConstraintsResource": {"S3Uri": sub(f"{where}/{BASELINE}/constraints.json")},
                "StatisticsResource": {"S3Uri": sub(f"{where}/{BASELINE}/statistics.json")},
            },
            "DataQualityJobInput": {
                "EndpointInput": {
                    "EndpointName": endpoint,
                    "LocalPath": INPUT,
                    "S3DataDistributionType": "FullyReplicated",
                    "S3InputMode": "File",
                }
            },
            "DataQualityJobOutputConfig": {
                "KmsKeyId": key,
                "MonitoringOutputs": [
                    {
                        "S3Output": {
                            "LocalPath": OUTPUT,
                            "S3UploadMode": "EndOfJob",
                            "S3Uri": sub(f"{where}/results"),
                        }
                    }
                ],
            },
            "JobResources": {
                "ClusterConfig": {
                    "InstanceCount": 1,
                    "InstanceType": INSTANCE,
                    "VolumeSizeInGB": VOLUME_GB,
                    "VolumeKmsKeyId": key,
                }
            },
            "NetworkConfig": {
                "EnableInterContainerTrafficEncryption": True,
                "EnableNetworkIsolation": True,
                "VpcConfig": {
                    "SecurityGroupIds": [placement.security_group(template, site, workload)],
                    "Subnets": placement.subnets(template, site, placement.tier_of(site, workload)),
                },
            },
            "StoppingCondition": {"MaxRuntimeInSeconds": LONGEST},
        },
        Purpose(
            "DET-15, DET-17, DET-22, DET-26, DET-27",
            "What is asked is compared with the baseline: isolated, in the VPC, under the models' key",
        ),
        tags={"ringwork:workload": workload},
    )
    template.add(
        logical(workload, "Schedule"),
        "AWS::SageMaker::MonitoringSchedule",
        {
            "MonitoringScheduleName": names.endpoint(site.organization, site.environment.name, workload),
            "MonitoringScheduleConfig": {
                "MonitoringJobDefinitionName": get_att(definition, "JobDefinitionName"),
                "MonitoringType": "DataQuality",
                "ScheduleConfig": {"ScheduleExpression": DAILY},
            },
        },
        Purpose("DET-14, DET-21", "Every day, so that drift is seen before people feel it"),
        tags={"ringwork:workload": workload},
    )
