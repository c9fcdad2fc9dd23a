"""SageMaker: models, endpoints, jobs and notebooks keep what they are given, and refer to what exists.

Source: SageMaker API reference, the pages of the operations; developer guide, "Real-time inference".
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from ringwork.cloud.emulator import protocol
from ringwork.cloud.emulator.errors import AwsError
from ringwork.cloud.emulator.overlays.call import Call, Overlay, Proceed
from ringwork.cloud.emulator.overlays.kept import forget, keep, recall


def backend(call: Call) -> Any:
    """moto's SageMaker of the call's account and Region."""
    from moto.sagemaker.models import sagemaker_backends  # noqa: PLC0415

    return sagemaker_backends[call.account][call.region]


def arn(call: Call, kind: str, name: str) -> str:
    """`arn:aws:sagemaker:REGION:ACCOUNT:KIND/NAME`."""
    return f"arn:aws:sagemaker:{call.region}:{call.account}:{kind}/{name}"


def could_not_find(call: Call, kind: str, name: str) -> AwsError:
    """SageMaker's answer for a name that it does not know."""
    return AwsError(
        "ValidationException", f'Could not find {kind.replace("-", " ")} "{arn(call, kind, name)}".'
    )


def _once(kind: str, name: str, table: str) -> Overlay:
    """SageMaker API reference: ResourceInUse for a job name that is taken."""
    kept = keep(kind, name)

    def overlay(call: Call, proceed: Proceed) -> dict[str, Any]:
        given = str(call.parameters[name])
        if given in getattr(backend(call), table):
            message = f"{kind.replace('-', ' ').capitalize()} names must be unique: {arn(call, kind, given)}"
            raise AwsError("ResourceInUse", message)
        return kept(call, proceed)

    return overlay


def _check_instance_types(call: Call) -> None:
    """moto's list of instance types ends in 2020; botocore's model has the API's own."""
    from moto.sagemaker.models import FakeEndpointConfig  # noqa: PLC0415

    shape = protocol.service_model("sagemaker").shape_for("ProductionVariantInstanceType")
    for group in ("ProductionVariants", "ShadowProductionVariants"):
        for variant in call.parameters.get(group) or ():
            asked = variant.get("InstanceType")
            if asked is not None and asked not in shape.enum:
                message = (
                    f"Value '{asked}' at 'instanceType' failed to satisfy constraint: "
                    "Member must satisfy enum value set"
                )
                raise AwsError("ValidationException", message)
    setattr(FakeEndpointConfig, "validate_instance_type", lambda _self, _type: None)  # noqa: B010


def _create_endpoint_config(call: Call, proceed: Proceed) -> dict[str, Any]:
    _check_instance_types(call)
    for group in ("ProductionVariants", "ShadowProductionVariants"):
        for variant in call.parameters.get(group) or ():
            name = variant.get("ModelName")
            if name is not None and name not in backend(call)._models:
                raise could_not_find(call, "model", name)
    return keep("endpoint-config", "EndpointConfigName")(call, proceed)


def _endpoint(call: Call) -> Any:
    name = str(call.parameters["EndpointName"])
    endpoint = backend(call).endpoints.get(name)
    if endpoint is None:
        raise could_not_find(call, "endpoint", name)
    return endpoint


def _update_endpoint(call: Call, _proceed: Proceed) -> dict[str, Any]:
    """SageMaker API reference, UpdateEndpoint: deploys the endpoint configuration that it names."""
    endpoint = _endpoint(call)
    name = str(call.parameters["EndpointConfigName"])
    config = backend(call).endpoint_configs.get(name)
    if config is None:
        raise could_not_find(call, "endpoint-config", name)
    endpoint.endpoint_config_name = name
    endpoint.production_variants = endpoint._process_production_variants(config.production_variants)
    endpoint.data_capture_config = config.data_capture_config
    endpoint.last_modified_time = datetime.now(UTC)
    kept = call.table("endpoints").setdefault(endpoint.endpoint_name, {})
    kept["LastDeploymentConfig"] = call.parameters.get("DeploymentConfig")
    _changed(call, endpoint)
    return {"EndpointArn": endpoint.arn}


def _update_weights(call: Call, _proceed: Proceed) -> dict[str, Any]:
    """SageMaker API reference, UpdateEndpointWeightsAndCapacities."""
    endpoint = _endpoint(call)
    known = {variant["VariantName"]: variant for variant in endpoint.production_variants}
    for wanted in call.parameters["DesiredWeightsAndCapacities"]:
        variant = known.get(wanted["VariantName"])
        if variant is None:
            raise AwsError(
                "ValidationException", f'The variant name "{wanted["VariantName"]}" was not found.'
            )
        for given, members in (
            ("DesiredWeight", ("DesiredWeight", "CurrentWeight")),
            ("DesiredInstanceCount", ("DesiredInstanceCount", "CurrentInstanceCount")),
        ):
            if given in wanted:
                variant.update(dict.fromkeys(members, wanted[given]))
    endpoint.last_modified_time = datetime.now(UTC)
    return {"EndpointArn": endpoint.arn}


def _describe_endpoint(call: Call, proceed: Proceed) -> dict[str, Any]:
    """With the shadow variants of the configuration, and the last deployment's settings."""
    endpoint = _endpoint(call)
    answer = proceed()
    config = call.table("kept parameters").get(f"endpoint-config/{endpoint.endpoint_config_name}", {})
    shadows = config.get("ShadowProductionVariants")
    if shadows:
        answer["ShadowProductionVariants"] = endpoint._process_production_variants(shadows)
    deployment = call.table("endpoints").get(endpoint.endpoint_name, {}).get("LastDeploymentConfig")
    if deployment:
        answer["LastDeploymentConfig"] = deployment
    return answer


def _create_endpoint(call: Call, proceed: Proceed) -> dict[str, Any]:
    name = str(call.parameters["EndpointName"])
    if name in backend(call).endpoints:
        raise AwsError(
            "ValidationException", f'Cannot create already existing endpoint "{arn(call, "endpoint", name)}".'
        )
    answer = proceed()
    kept = call.table("endpoints").setdefault(name, {})
    kept["LastDeploymentConfig"] = call.parameters.get("DeploymentConfig")
    _changed(call, backend(call).endpoints[name])
    return answer


def _changed(call: Call, endpoint: Any) -> None:
    """SageMaker developer guide, "SageMaker AI endpoint state change"."""
    call.emit(
        "aws.sagemaker",
        "SageMaker Endpoint State Change",
        {
            "EndpointName": endpoint.endpoint_name,
            "EndpointArn": endpoint.arn,
            "EndpointConfigName": endpoint.endpoint_config_name,
            "EndpointStatus": "IN_SERVICE",
            "Tags": {},
        },
        [endpoint.arn],
    )


def _create_feature_group(call: Call, proceed: Proceed) -> dict[str, Any]:
    name = str(call.parameters["FeatureGroupName"])
    if any(group.feature_group_name == name for group in backend(call).feature_groups.values()):
        raise AwsError(
            "ResourceInUse", f"Resource Already Exists: FeatureGroup with name {name} already exists."
        )
    if "OfflineStoreConfig" not in call.parameters:
        return keep("feature-group", "FeatureGroupName")(call, lambda: _online_group(call))
    return keep("feature-group", "FeatureGroupName")(call, proceed)


def _delete_feature_group(call: Call, _proceed: Proceed) -> dict[str, Any]:
    """SageMaker API reference, DeleteFeatureGroup."""
    name = str(call.parameters["FeatureGroupName"]).rpartition("/")[2]
    groups = backend(call).feature_groups
    found = next((key for key, group in groups.items() if group.feature_group_name == name), None)
    if found is None:
        raise AwsError("ResourceNotFound", f"Resource Not Found: FeatureGroup {name} does not exist.", 400)
    del groups[found]
    call.table("kept parameters").pop(f"feature-group/{name}", None)
    return {}


def _delete_processing_job(call: Call, _proceed: Proceed) -> dict[str, Any]:
    """SageMaker API reference, DeleteProcessingJob: not while it runs."""
    name = str(call.parameters["ProcessingJobName"])
    jobs = backend(call).processing_jobs
    if name not in jobs:
        raise AwsError("ResourceNotFound", "Requested resource not found.")
    if jobs[name].processing_job_status in ("InProgress", "Stopping"):
        raise AwsError("ResourceInUse", f"Processing job {name} is {jobs[name].processing_job_status}.")
    del jobs[name]
    call.table("kept parameters").pop(f"processing-job/{name}", None)
    return {}


def _update_feature_group(call: Call, _proceed: Proceed) -> dict[str, Any]:
    """SageMaker API reference, UpdateFeatureGroup: features are added, never taken away."""
    name = str(call.parameters["FeatureGroupName"]).rpartition("/")[2]
    groups = backend(call).feature_groups.values()
    group = next((each for each in groups if each.feature_group_name == name), None)
    if group is None:
        raise AwsError("ResourceNotFound", f"Resource Not Found: FeatureGroup {name} does not exist.", 400)
    known = {each["FeatureName"] for each in group.feature_definitions}
    added = list(call.parameters.get("FeatureAdditions") or ())
    if twice := sorted(known & {each["FeatureName"] for each in added}):
        raise AwsError("ValidationException", f"Feature {twice[0]} exists already.")
    group.feature_definitions = [*group.feature_definitions, *added]
    record = call.table("kept parameters").setdefault(f"feature-group/{name}", {})
    record["FeatureDefinitions"] = group.feature_definitions
    for part in ("OnlineStoreConfig", "ThroughputConfig"):
        if part in call.parameters:
            record[part] = {**(record.get(part) or {}), **call.parameters[part]}
    return {"FeatureGroupArn": group.arn}


def _update_lifecycle(call: Call, _proceed: Proceed) -> dict[str, Any]:
    """SageMaker API reference, UpdateNotebookInstanceLifecycleConfig."""
    name = str(call.parameters["NotebookInstanceLifecycleConfigName"])
    configs = backend(call).notebook_instance_lifecycle_configurations
    if name not in configs:
        raise AwsError(
            "ValidationException", f"Unable to describe Notebook Instance Lifecycle Config {name}."
        )
    for member, attribute in (("OnCreate", "on_create"), ("OnStart", "on_start")):
        if member in call.parameters:
            setattr(configs[name], attribute, call.parameters[member])
    return {}


def _online_group(call: Call) -> dict[str, Any]:
    """moto needs an offline store, which a group can do without (CreateFeatureGroup)."""
    given = call.parameters
    made = backend(call).create_feature_group(
        feature_group_name=given["FeatureGroupName"],
        record_identifier_feature_name=given["RecordIdentifierFeatureName"],
        event_time_feature_name=given["EventTimeFeatureName"],
        feature_definitions=given["FeatureDefinitions"],
        offline_store_config={"S3StorageConfig": {"S3Uri": ""}},
        role_arn=given.get("RoleArn"),
        tags=given.get("Tags") or [],
    )
    backend(call).feature_groups[made].offline_store_config = {}
    return {"FeatureGroupArn": made}


def _describe_feature_group(call: Call, proceed: Proceed) -> dict[str, Any]:
    answer = recall("feature-group", "FeatureGroupName")(call, proceed)
    if not answer.get("OfflineStoreConfig"):
        answer.pop("OfflineStoreConfig", None)
    return answer


def _stop_training_job(call: Call, _proceed: Proceed) -> dict[str, Any]:
    """SageMaker API reference, StopTrainingJob: a job that has ended cannot be stopped."""
    name = str(call.parameters["TrainingJobName"])
    job = backend(call).training_jobs.get(name)
    if job is None:
        raise AwsError("ResourceNotFound", "Requested resource not found.")
    if job.training_job_status in ("Completed", "Failed", "Stopped"):
        message = f"The request was rejected because the training job is in status {job.training_job_status}."
        raise AwsError("ValidationException", message)
    job.training_job_status = "Stopped"
    return {}


def _update_notebook(call: Call, _proceed: Proceed) -> dict[str, Any]:
    """SageMaker API reference, UpdateNotebookInstance: the instance must be stopped."""
    name = str(call.parameters["NotebookInstanceName"])
    notebook = backend(call).notebook_instances.get(name)
    if notebook is None:
        raise AwsError("ValidationException", "RecordNotFound")
    if notebook.status != "Stopped":
        message = f"Status ({notebook.status}) not in ([Stopped, Failed])."
        raise AwsError("ValidationException", f"{message} Unable to transition to (Updating).")
    for parameter, attribute in (
        ("InstanceType", "instance_type"),
        ("RoleArn", "role_arn"),
        ("RootAccess", "root_access"),
    ):
        if parameter in call.parameters:
            setattr(notebook, attribute, call.parameters[parameter])
    record = call.table("kept parameters").setdefault(f"notebook-instance/{name}", {})
    record.update(call.parameters)
    return {}


_NOTEBOOK_DEFAULTS: Mapping[str, Any] = {
    "DirectInternetAccess": "Enabled",
    "RootAccess": "Enabled",
    "InstanceMetadataServiceConfiguration": {"MinimumInstanceMetadataServiceVersion": "1"},
}
"""What a notebook instance has where its creator said nothing (SageMaker API reference,
CreateNotebookInstance, InstanceMetadataServiceConfiguration)."""


def _describe_notebook(call: Call, proceed: Proceed) -> dict[str, Any]:
    answer = recall("notebook-instance", "NotebookInstanceName")(call, proceed)
    return {**_NOTEBOOK_DEFAULTS, **{name: value for name, value in answer.items() if value is not None}}


def _invoke(call: Call, proceed: Proceed) -> dict[str, Any]:
    """SageMaker runtime API reference, InvokeEndpoint: ValidationError for an endpoint that is not there."""
    from moto.sagemaker.models import sagemaker_backends  # noqa: PLC0415

    name = str(call.parameters["EndpointName"])
    if name not in sagemaker_backends[call.account][call.region].endpoints:
        message = f"Endpoint {name} of account {call.account} not found."
        raise AwsError("ValidationError", message)
    return proceed()


def _create_cluster(call: Call, _proceed: Proceed) -> dict[str, Any]:
    """moto needs members that the API does not require. SageMaker API reference, CreateCluster."""
    given = call.parameters
    name = str(given["ClusterName"])
    if name in backend(call).clusters:
        raise AwsError("ResourceInUse", f"Cluster {arn(call, 'cluster', name)} already exists.")
    groups = [
        {"ThreadsPerCore": 1, "TargetCount": group.get("InstanceCount", 0), **group}
        for group in given.get("InstanceGroups") or ()
    ]
    made = backend(call).create_cluster(
        cluster_name=name,
        instance_groups=groups,
        vpc_config=given.get("VpcConfig"),
        tags=given.get("Tags") or [],
    )
    return {"ClusterArn": made}


def _create_auto_ml(call: Call, _proceed: Proceed) -> dict[str, Any]:
    """moto needs a problem type, which SageMaker finds out itself where none is given. SageMaker API
    reference, CreateAutoMLJobV2."""
    given = call.parameters
    name = str(given["AutoMLJobName"])
    if name in backend(call).auto_ml_jobs:
        raise AwsError("ResourceInUse", f"AutoML Job already exists: {arn(call, 'automl-job', name)}")
    kinds = {
        kind: {"ProblemType": None, "CompletionCriteria": {}, **config}
        for kind, config in given["AutoMLProblemTypeConfig"].items()
    }
    made = backend(call).create_auto_ml_job_v2(
        auto_ml_job_name=name,
        auto_ml_job_input_data_config=given["AutoMLJobInputDataConfig"],
        output_data_config=given["OutputDataConfig"],
        auto_ml_problem_type_config=kinds,
        role_arn=given["RoleArn"],
        tags=given.get("Tags"),
        security_config=given.get("SecurityConfig"),
        auto_ml_job_objective=given.get("AutoMLJobObjective"),
        model_deploy_config=given.get("ModelDeployConfig"),
        data_split_config=given.get("DataSplitConfig"),
    )
    return {"AutoMLJobArn": made}


OVERLAYS: Mapping[str, Overlay] = {
    "UpdateFeatureGroup": _update_feature_group,
    "UpdateNotebookInstanceLifecycleConfig": _update_lifecycle,
    "CreateAutoMLJobV2": _create_auto_ml,
    "CreateCluster": _create_cluster,
    "CreateEndpoint": _create_endpoint,
    "CreateEndpointConfig": _create_endpoint_config,
    "CreateFeatureGroup": _create_feature_group,
    "CreateModel": keep("model", "ModelName"),
    "CreateNotebookInstance": keep("notebook-instance", "NotebookInstanceName"),
    "CreateProcessingJob": _once("processing-job", "ProcessingJobName", "processing_jobs"),
    "CreateTrainingJob": _once("training-job", "TrainingJobName", "training_jobs"),
    "DeleteFeatureGroup": _delete_feature_group,
    "DeleteModel": forget("model", "ModelName"),
    "DeleteNotebookInstance": forget("notebook-instance", "NotebookInstanceName"),
    "DeleteProcessingJob": _delete_processing_job,
    "DescribeEndpoint": _describe_endpoint,
    "DescribeEndpointConfig": recall("endpoint-config", "EndpointConfigName"),
    "DescribeFeatureGroup": _describe_feature_group,
    "DescribeModel": recall("model", "ModelName"),
    "DescribeNotebookInstance": _describe_notebook,
    "DescribeProcessingJob": recall("processing-job", "ProcessingJobName"),
    "DescribeTrainingJob": recall("training-job", "TrainingJobName"),
    "StopTrainingJob": _stop_training_job,
    "UpdateEndpoint": _update_endpoint,
    "UpdateEndpointWeightsAndCapacities": _update_weights,
    "UpdateNotebookInstance": _update_notebook,
}

RUNTIME: Mapping[str, Overlay] = {"InvokeEndpoint": _invoke, "InvokeEndpointAsync": _invoke}
