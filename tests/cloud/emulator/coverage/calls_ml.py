"""SageMaker and Bedrock. Expected answers: SageMaker and Bedrock API references; SageMaker developer guide,
"Model Registry", "ML Lineage Tracking", "Model Monitor"."""

from __future__ import annotations

from .recorder import Recorder

IMAGE = "123456789012.dkr.ecr.us-east-1.amazonaws.com/m@sha256:" + "0" * 64


def run(r: Recorder) -> None:
    role = f"arn:aws:iam::{r.account}:role/ml/trainer"
    registry(r)
    models(r, role)
    lineage(r)
    monitoring(r, role)
    studio(r, role)
    jobs(r, role)
    bedrock(r)


def registry(r: Recorder) -> None:
    s = "sagemaker"
    r.call(
        s,
        "create_model_package_group",
        {"ModelPackageGroupArn": str},
        security=True,
        ModelPackageGroupName="churn",
    )
    r.refused(s, "create_model_package_group", "ValidationException", ModelPackageGroupName="churn")
    inference = {
        "Containers": [{"Image": IMAGE}],
        "SupportedContentTypes": ["text/csv"],
        "SupportedResponseMIMETypes": ["text/csv"],
    }
    one = r.call(
        s,
        "create_model_package",
        {"ModelPackageArn": lambda a: a.endswith("/churn/1")},
        security=True,
        ModelPackageGroupName="churn",
        ModelApprovalStatus="PendingManualApproval",
        InferenceSpecification=inference,
    )
    r.call(
        s,
        "create_model_package",
        {"ModelPackageArn": lambda a: a.endswith("/churn/2")},
        security=True,
        ModelPackageGroupName="churn",
        InferenceSpecification=inference,
    )
    arn = one.get("ModelPackageArn")
    r.call(
        s,
        "describe_model_package",
        {"ModelApprovalStatus": "PendingManualApproval", "ModelPackageVersion": 1},
        security=True,
        ModelPackageName=arn,
    )
    r.call(
        s,
        "update_model_package",
        {"ModelPackageArn": arn},
        security=True,
        ModelPackageArn=arn,
        ModelApprovalStatus="Approved",
        ApprovalDescription="checked",
    )
    r.call(
        s,
        "describe_model_package",
        {"ModelApprovalStatus": "Approved", "ApprovalDescription": "checked"},
        security=True,
        ModelPackageName=arn,
    )
    r.call(
        s,
        "list_model_packages",
        {"length(ModelPackageSummaryList)": 1},
        security=True,
        ModelPackageGroupName="churn",
        ModelApprovalStatus="Approved",
    )
    policy = (
        '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::444455556666:root"},'
        f'"Action":"sagemaker:DescribeModelPackageGroup","Resource":"arn:aws:sagemaker:{r.region}:{r.account}:model-package-group/churn"}}]}}'
    )
    r.call(
        s,
        "put_model_package_group_policy",
        security=True,
        ModelPackageGroupName="churn",
        ResourcePolicy=policy,
    )
    r.call(
        s,
        "get_model_package_group_policy",
        {"ResourcePolicy": lambda p: "444455556666" in p},
        security=True,
        ModelPackageGroupName="churn",
    )
    r.call(s, "delete_model_package_group_policy", security=True, ModelPackageGroupName="churn")
    r.refused(s, "get_model_package_group_policy", "ValidationException", ModelPackageGroupName="churn")
    r.refused(
        s,
        "create_model_package",
        "ValidationException",
        "ResourceNotFound",
        ModelPackageGroupName="absent",
        InferenceSpecification=inference,
    )
    r.refused(s, "delete_model_package_group", "ConflictException", ModelPackageGroupName="churn")


def models(r: Recorder, role: str) -> None:
    s = "sagemaker"
    network = {"Subnets": ["subnet-1"], "SecurityGroupIds": ["sg-1"]}
    r.call(
        s,
        "create_model",
        {"ModelArn": str},
        security=True,
        ModelName="m",
        ExecutionRoleArn=role,
        PrimaryContainer={"Image": IMAGE},
        EnableNetworkIsolation=True,
        VpcConfig=network,
    )
    r.call(
        s,
        "describe_model",
        {"EnableNetworkIsolation": True, "VpcConfig": network},
        security=True,
        ModelName="m",
    )
    r.refused(s, "describe_model", "ValidationException", ModelName="absent")
    variants = [
        {
            "VariantName": "v",
            "ModelName": "m",
            "InitialInstanceCount": 1,
            "InstanceType": "ml.m5.large",
            "InitialVariantWeight": 1.0,
        }
    ]
    r.refused(
        s,
        "create_endpoint_config",
        "ValidationException",
        EndpointConfigName="none",
        ProductionVariants=[{**variants[0], "ModelName": "absent"}],
    )
    for name in ("c1", "c2"):
        r.call(
            s,
            "create_endpoint_config",
            security=True,
            EndpointConfigName=name,
            ProductionVariants=variants,
            KmsKeyId="11111111-1111-1111-1111-111111111111",
        )
    r.refused(s, "create_endpoint", "ValidationException", EndpointName="e", EndpointConfigName="absent")
    r.call(
        s, "create_endpoint", {"EndpointArn": str}, security=True, EndpointName="e", EndpointConfigName="c1"
    )
    r.call(
        s, "update_endpoint", {"EndpointArn": str}, security=True, EndpointName="e", EndpointConfigName="c2"
    )
    r.call(
        s,
        "describe_endpoint",
        {"EndpointConfigName": "c2", "EndpointStatus": "InService"},
        security=True,
        EndpointName="e",
    )
    r.refused(s, "update_endpoint", "ValidationException", EndpointName="absent", EndpointConfigName="c2")
    r.refused("sagemaker-runtime", "invoke_endpoint", "ValidationError", EndpointName="absent", Body=b"x")


def lineage(r: Recorder) -> None:
    s = "sagemaker"
    data = r.call(
        s,
        "create_artifact",
        {"ArtifactArn": str},
        ArtifactName="data",
        ArtifactType="DataSet",
        Source={"SourceUri": "s3://raw/data"},
    ).get("ArtifactArn")
    job = r.call(
        s,
        "create_action",
        {"ActionArn": str},
        ActionName="train",
        ActionType="Training",
        Source={"SourceUri": "arn:job"},
    ).get("ActionArn")
    model = r.call(
        s,
        "create_artifact",
        ArtifactName="model",
        ArtifactType="Model",
        Source={"SourceUri": "s3://models/m"},
    ).get("ArtifactArn")
    r.call(s, "add_association", SourceArn=data, DestinationArn=job, AssociationType="ContributedTo")
    r.call(s, "add_association", SourceArn=job, DestinationArn=model, AssociationType="Produced")
    r.call(
        s,
        "query_lineage",
        {"Vertices[].Arn": lambda arns: data in arns, "length(Edges)": 2},
        StartArns=[model],
        Direction="Ascendants",
        IncludeEdges=True,
    )
    r.call(
        s,
        "query_lineage",
        {"Vertices[].Arn": lambda arns: data not in arns},
        StartArns=[model],
        Direction="Ascendants",
        MaxDepth=1,
    )
    r.call(
        s, "list_associations", {"AssociationSummaries[0].AssociationType": "Produced"}, DestinationArn=model
    )
    r.call(s, "describe_artifact", {"Source.SourceUri": "s3://models/m"}, ArtifactArn=model)
    r.call(s, "delete_association", SourceArn=job, DestinationArn=model)
    r.call(s, "list_associations", {"AssociationSummaries": []}, DestinationArn=model)


def monitoring(r: Recorder, role: str) -> None:
    s = "sagemaker"
    r.call(
        s,
        "create_data_quality_job_definition",
        {"JobDefinitionArn": str},
        JobDefinitionName="q",
        RoleArn=role,
        DataQualityAppSpecification={"ImageUri": IMAGE},
        DataQualityJobInput={"EndpointInput": {"EndpointName": "e", "LocalPath": "/opt/ml/in"}},
        DataQualityJobOutputConfig={
            "MonitoringOutputs": [{"S3Output": {"S3Uri": "s3://b/o", "LocalPath": "/opt/o"}}]
        },
        JobResources={
            "ClusterConfig": {"InstanceCount": 1, "InstanceType": "ml.m5.large", "VolumeSizeInGB": 20}
        },
    )
    config = {
        "MonitoringJobDefinitionName": "q",
        "MonitoringType": "DataQuality",
        "ScheduleConfig": {"ScheduleExpression": "cron(0 * ? * * *)"},
    }
    r.call(
        s,
        "create_monitoring_schedule",
        {"MonitoringScheduleArn": str},
        MonitoringScheduleName="hourly",
        MonitoringScheduleConfig=config,
    )
    r.call(
        s,
        "describe_monitoring_schedule",
        {
            "MonitoringScheduleStatus": "Scheduled",
            "MonitoringScheduleConfig.MonitoringJobDefinitionName": "q",
        },
        MonitoringScheduleName="hourly",
    )
    r.refused(
        s,
        "create_monitoring_schedule",
        "ResourceInUse",
        MonitoringScheduleName="hourly",
        MonitoringScheduleConfig=config,
    )
    r.call(s, "stop_monitoring_schedule", MonitoringScheduleName="hourly")
    r.call(
        s,
        "describe_monitoring_schedule",
        {"MonitoringScheduleStatus": "Stopped"},
        MonitoringScheduleName="hourly",
    )
    r.call(s, "delete_monitoring_schedule", MonitoringScheduleName="hourly")
    r.refused(s, "describe_monitoring_schedule", "ResourceNotFound", MonitoringScheduleName="hourly")


def studio(r: Recorder, role: str) -> None:
    s = "sagemaker"
    made = r.call(
        s,
        "create_domain",
        {"DomainArn": str},
        security=True,
        DomainName="d",
        AuthMode="IAM",
        DefaultUserSettings={"ExecutionRole": role},
        SubnetIds=["subnet-1"],
        VpcId="vpc-1",
        AppNetworkAccessType="VpcOnly",
    )
    domain = (made.get("DomainArn") or "").rpartition("/")[2] or None
    r.call(s, "describe_domain", {"AppNetworkAccessType": "VpcOnly"}, security=True, DomainId=domain)
    r.call(
        s,
        "create_user_profile",
        {"UserProfileArn": str},
        security=True,
        DomainId=domain,
        UserProfileName="ada",
    )
    r.call(
        s,
        "describe_user_profile",
        {"Status": "InService"},
        security=True,
        DomainId=domain,
        UserProfileName="ada",
    )
    r.refused(s, "delete_domain", "ResourceInUse", DomainId=domain)
    r.call(s, "create_space", {"SpaceArn": str}, DomainId=domain, SpaceName="shared")
    r.call(s, "delete_space", DomainId=domain, SpaceName="shared")
    r.call(s, "delete_user_profile", security=True, DomainId=domain, UserProfileName="ada")
    r.refused(s, "describe_user_profile", "ResourceNotFound", DomainId=domain, UserProfileName="ada")


def jobs(r: Recorder, role: str) -> None:
    s = "sagemaker"
    r.call(
        s,
        "create_training_job",
        {"TrainingJobArn": str},
        security=True,
        TrainingJobName="t",
        RoleArn=role,
        AlgorithmSpecification={"TrainingImage": IMAGE, "TrainingInputMode": "File"},
        OutputDataConfig={"S3OutputPath": "s3://b/o", "KmsKeyId": "k"},
        ResourceConfig={
            "InstanceType": "ml.m5.large",
            "InstanceCount": 1,
            "VolumeSizeInGB": 10,
            "VolumeKmsKeyId": "k",
        },
        StoppingCondition={"MaxRuntimeInSeconds": 60},
        EnableNetworkIsolation=True,
        EnableInterContainerTrafficEncryption=True,
        VpcConfig={"Subnets": ["subnet-1"], "SecurityGroupIds": ["sg-1"]},
    )
    r.call(
        s,
        "describe_training_job",
        {
            "EnableNetworkIsolation": True,
            "EnableInterContainerTrafficEncryption": True,
            "VpcConfig.Subnets": ["subnet-1"],
            "ResourceConfig.VolumeKmsKeyId": "k",
        },
        security=True,
        TrainingJobName="t",
    )
    r.refused(
        s,
        "create_training_job",
        "ResourceInUse",
        TrainingJobName="t",
        RoleArn=role,
        AlgorithmSpecification={"TrainingImage": IMAGE, "TrainingInputMode": "File"},
        OutputDataConfig={"S3OutputPath": "s3://b/o"},
        ResourceConfig={"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 10},
        StoppingCondition={"MaxRuntimeInSeconds": 60},
    )
    r.call(
        s,
        "create_notebook_instance",
        security=True,
        NotebookInstanceName="n",
        InstanceType="ml.t3.medium",
        RoleArn=role,
        SubnetId="subnet-1",
        SecurityGroupIds=["sg-1"],
        DirectInternetAccess="Disabled",
        RootAccess="Disabled",
        InstanceMetadataServiceConfiguration={"MinimumInstanceMetadataServiceVersion": "2"},
    )
    r.call(
        s,
        "describe_notebook_instance",
        {
            "DirectInternetAccess": "Disabled",
            "RootAccess": "Disabled",
            "InstanceMetadataServiceConfiguration.MinimumInstanceMetadataServiceVersion": "2",
        },
        security=True,
        NotebookInstanceName="n",
    )


def bedrock(r: Recorder) -> None:
    b = "bedrock"
    made = r.call(
        b,
        "create_guardrail",
        {"version": "DRAFT"},
        security=True,
        name="g",
        blockedInputMessaging="no",
        blockedOutputsMessaging="no",
        contentPolicyConfig={
            "filtersConfig": [{"type": "HATE", "inputStrength": "HIGH", "outputStrength": "HIGH"}]
        },
    )
    r.call(
        b,
        "get_guardrail",
        {"name": "g", "contentPolicy.filters[0].type": "HATE"},
        security=True,
        guardrailIdentifier=made.get("guardrailId"),
    )
    r.refused(b, "get_guardrail", "ResourceNotFoundException", guardrailIdentifier="absent00")
