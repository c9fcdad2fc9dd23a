"""AWS::SageMaker and AWS::Bedrock types."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ringwork.cloud.emulator.cloudformation.resources import arguments
from ringwork.cloud.emulator.cloudformation.resources.api import Api, sets
from ringwork.cloud.emulator.cloudformation.resources.provider import (
    Change,
    Context,
    Properties,
    RefusedError,
    added_and_removed,
)


def _definition(value: Any, _properties: Properties) -> Any:
    """A pipeline's definition is given as text, or lies in a bucket (Resource reference)."""
    if isinstance(value, Mapping):
        if "PipelineDefinitionBody" not in value:
            raise ValueError("the local cloud reads no PipelineDefinitionS3Location; give a body")
        return value["PipelineDefinitionBody"]
    return value


def _delete_notebook(context: Context, arn: str, _properties: Properties) -> None:
    """SageMaker API reference, DeleteNotebookInstance: it must be stopped first."""
    sagemaker, name = context.client("sagemaker"), arn.rsplit("/", 1)[-1]
    state = sagemaker.describe_notebook_instance(NotebookInstanceName=name)["NotebookInstanceStatus"]
    if state not in ("Stopped", "Failed"):
        sagemaker.stop_notebook_instance(NotebookInstanceName=name)
    sagemaker.delete_notebook_instance(NotebookInstanceName=name)


def _delete_job(context: Context, arn: str, _properties: Properties) -> None:
    """SageMaker API reference, DeleteProcessingJob: a job that runs must be stopped first."""
    sagemaker, name = context.client("sagemaker"), arn.rsplit("/", 1)[-1]
    state = sagemaker.describe_processing_job(ProcessingJobName=name)["ProcessingJobStatus"]
    if state == "InProgress":
        sagemaker.stop_processing_job(ProcessingJobName=name)
    sagemaker.delete_processing_job(ProcessingJobName=name)


def _definition_of(kind: str) -> Api:
    """The job definitions of Model Monitor, which differ in their names alone."""
    return Api(
        service="sagemaker",
        create=f"create_{kind}_job_definition",
        ref="{answer[JobDefinitionArn]}",
        key={"JobDefinitionName": "{tail}"},
        delete=f"delete_{kind}_job_definition",
        read=f"describe_{kind}_job_definition",
        name="JobDefinitionName",
    )


def _named(kind: str, property: str, arn: str, *, update: bool = False, limit: int = 63, **more: Any) -> Api:
    """What SageMaker makes, reads and deletes by a name, and Ref gives by its ARN."""
    return Api(
        service="sagemaker",
        create=f"create_{kind}",
        ref=f"{{answer[{arn}]}}",
        key={property: "{tail}"},
        read=f"describe_{kind}",
        name=property,
        limit=limit,
        **{"delete": f"delete_{kind}", "update": (f"update_{kind}",) if update else (), **more},
    )


def _set_features(context: Context, group: str, change: Change) -> None:
    """SageMaker API reference, UpdateFeatureGroup: features are added, never taken away."""
    if change.creating:
        return
    add, remove = added_and_removed(change)
    if remove:
        raise RefusedError("FeatureDefinitions: a feature group keeps its features")
    if add:
        shape = arguments.shape_at("sagemaker", "update_feature_group", ("FeatureAdditions",))
        context.client("sagemaker").update_feature_group(
            FeatureGroupName=group,
            FeatureAdditions=arguments.convert(add, shape, {}, change.name, "update_feature_group"),
        )


def _set_online_store(context: Context, group: str, change: Change) -> None:
    """Only the time to live can be changed (OnlineStoreConfigUpdate)."""
    if change.creating:
        return
    ttl = (change.new or {}).get("TtlDuration")
    if ttl is None:
        raise RefusedError("OnlineStoreConfig: only TtlDuration can be changed, and not taken away")
    context.client("sagemaker").update_feature_group(
        FeatureGroupName=group,
        OnlineStoreConfig={"TtlDuration": {"Unit": ttl["Unit"], "Value": int(ttl["Value"])}},
    )


_GROUP_KEY = {"ModelPackageGroupName": "{tail}"}

ROWS = {
    "AWS::SageMaker::Model": _named("model", "ModelName", "ModelArn"),
    "AWS::SageMaker::EndpointConfig": _named("endpoint_config", "EndpointConfigName", "EndpointConfigArn"),
    # each update says how to deploy
    "AWS::SageMaker::Endpoint": _named("endpoint", "EndpointName", "EndpointArn", update=True, whole=True),
    "AWS::SageMaker::ModelPackageGroup": _named(
        "model_package_group",
        "ModelPackageGroupName",
        "ModelPackageGroupArn",
        setters={
            "ModelPackageGroupPolicy": sets(
                "sagemaker",
                "put_model_package_group_policy",
                "ResourcePolicy",
                "delete_model_package_group_policy",
                key=_GROUP_KEY,
            )
        },
    ),
    "AWS::SageMaker::ModelPackage": Api(
        service="sagemaker",
        create="create_model_package",
        ref="{answer[ModelPackageArn]}",
        key={"ModelPackageArn": "{ref}"},
        delete="delete_model_package",
        delete_key={"ModelPackageName": "{ref}"},
        read="describe_model_package",
        read_key={"ModelPackageName": "{ref}"},
        update=("update_model_package",),
    ),
    "AWS::SageMaker::ModelCard": Api(
        service="sagemaker",
        create="create_model_card",
        ref="{given[ModelCardName]}",
        key={"ModelCardName": "{ref}"},
        delete="delete_model_card",
        read="describe_model_card",
        update=("update_model_card",),
        arn="{found[ModelCardArn]}",
    ),
    "AWS::SageMaker::Domain": Api(
        service="sagemaker",
        create="create_domain",
        ref="{answer[DomainArn]}",
        short=True,
        key={"DomainId": "{ref}"},
        delete="delete_domain",
        read="describe_domain",
        update=("update_domain",),
        arn="{found[DomainArn]}",
    ),
    "AWS::SageMaker::UserProfile": Api(
        service="sagemaker",
        create="create_user_profile",
        ref="{given[UserProfileName]}|{given[DomainId]}",
        key={"UserProfileName": "{part[0]}", "DomainId": "{part[1]}"},
        delete="delete_user_profile",
        read="describe_user_profile",
        update=("update_user_profile",),
        arn="{found[UserProfileArn]}",
    ),
    "AWS::SageMaker::NotebookInstance": _named(
        "notebook_instance",
        "NotebookInstanceName",
        "NotebookInstanceArn",
        update=True,
        delete=_delete_notebook,
    ),
    "AWS::SageMaker::NotebookInstanceLifecycleConfig": _named(
        "notebook_instance_lifecycle_config",
        "NotebookInstanceLifecycleConfigName",
        "NotebookInstanceLifecycleConfigArn",
        update=True,
    ),
    "AWS::SageMaker::DataQualityJobDefinition": _definition_of("data_quality"),
    "AWS::SageMaker::ModelQualityJobDefinition": _definition_of("model_quality"),
    "AWS::SageMaker::ModelBiasJobDefinition": _definition_of("model_bias"),
    "AWS::SageMaker::ModelExplainabilityJobDefinition": _definition_of("model_explainability"),
    "AWS::SageMaker::MonitoringSchedule": _named(
        "monitoring_schedule", "MonitoringScheduleName", "MonitoringScheduleArn", update=True
    ),
    "AWS::SageMaker::Pipeline": Api(
        service="sagemaker",
        create="create_pipeline",
        ref="{given[PipelineName]}",
        key={"PipelineName": "{ref}"},
        delete="delete_pipeline",
        read="describe_pipeline",
        update=("update_pipeline",),
        shaped={"PipelineDefinition": _definition},
        fixed={"ClientRequestToken": "{unique}"},
        arn="{found[PipelineArn]}",
    ),
    "AWS::SageMaker::FeatureGroup": Api(
        service="sagemaker",
        create="create_feature_group",
        ref="{given[FeatureGroupName]}",
        key={"FeatureGroupName": "{ref}"},
        delete="delete_feature_group",
        read="describe_feature_group",
        update=("update_feature_group",),
        changes={"FeatureDefinitions": _set_features, "OnlineStoreConfig": _set_online_store},
        arn="{found[FeatureGroupArn]}",
    ),
    "AWS::SageMaker::ProcessingJob": _named(
        "processing_job", "ProcessingJobName", "ProcessingJobArn", delete=_delete_job
    ),
    "AWS::SageMaker::StudioLifecycleConfig": Api(
        service="sagemaker",
        create="create_studio_lifecycle_config",
        ref="{given[StudioLifecycleConfigName]}",
        key={"StudioLifecycleConfigName": "{ref}"},
        delete="delete_studio_lifecycle_config",
        read="describe_studio_lifecycle_config",
    ),
    "AWS::Bedrock::Guardrail": Api(
        service="bedrock",
        create="create_guardrail",
        ref="{answer[guardrailArn]}",
        key={"guardrailIdentifier": "{ref}"},
        delete="delete_guardrail",
        read="get_guardrail",
        update=("update_guardrail",),
        whole=True,
        names={
            "KmsKeyArn": "kmsKeyId",
            "CrossRegionConfig/GuardrailProfileArn": "guardrailProfileIdentifier",
        },
    ),
    "AWS::Bedrock::GuardrailVersion": Api(
        service="bedrock",
        create="create_guardrail_version",
        ref="{answer[guardrailId]}|{answer[version]}",
        key={"guardrailIdentifier": "{part[0]}", "guardrailVersion": "{part[1]}"},
        delete="delete_guardrail",
        read="get_guardrail",
    ),
    "AWS::Bedrock::Agent": Api(
        service="bedrock-agent",
        create="create_agent",
        ref="{answer[agent][agentId]}",
        key={"agentId": "{ref}"},
        delete="delete_agent",
        read="get_agent",
        found="agent",
        update=("update_agent",),
        whole=True,
        ignore=frozenset({"SkipResourceInUseCheckOnDelete"}),
        arn="{found[agentArn]}",
    ),
}
