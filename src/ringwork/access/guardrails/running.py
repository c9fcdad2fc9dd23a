"""What of SageMaker runs code or opens an application, and what says where it runs.

Exact names, one for one: this is what promises are held against, so that no pattern hides a gap. Which action
takes which key is not written down here but read from the Service Authorization Reference (`offering`); a
test fails when SageMaker gains an action that creates or starts something and is in none of these tables.
Sources: Service Authorization Reference, "Actions, resources, and condition keys for Amazon SageMaker";
SageMaker API reference, the page of each action.
"""

from __future__ import annotations

from collections.abc import Mapping

MAY_LEAVE_OUT: Mapping[str, str] = {
    "sagemaker:CreateEndpointConfig": "its variants' models name their subnets; a variant without a model "
    "runs what CreateInferenceComponent puts there",
    "sagemaker:CreateMonitoringSchedule": "the job definition that it names has subnets of its own",
    "sagemaker:UpdateCluster": "the cluster has its subnets already",
    "sagemaker:UpdateDomain": "the domain has its subnets already",
    "sagemaker:UpdateMonitoringSchedule": "the job definition that it names has subnets of its own",
}
"""Actions that take subnets and that a good request may name without any -> where they stand"""

OUTSIDE_VPC = (
    "sagemaker:CreateAIBenchmarkJob",
    "sagemaker:CreateAIRecommendationJob",
    "sagemaker:CreateAlgorithm",
    "sagemaker:CreateCompilationJob",
    "sagemaker:CreateEdgePackagingJob",
    "sagemaker:CreateHubContentPresignedUrls",
    "sagemaker:CreateInferenceComponent",
    "sagemaker:CreateInferenceExperiment",
    "sagemaker:CreateInferenceRecommendationsJob",
    "sagemaker:CreateLabelingJob",
    "sagemaker:CreateMlflowApp",
    "sagemaker:CreateMlflowTrackingServer",
    "sagemaker:CreateOptimizationJob",
    "sagemaker:CreatePartnerApp",
    "sagemaker:CreatePartnerAppPresignedUrl",
    "sagemaker:CreatePresignedMlflowAppUrl",
    "sagemaker:CreatePresignedMlflowTrackingServerUrl",
    "sagemaker:StartHumanLoop",
    "sagemaker:StartMlflowTrackingServer",
    "sagemaker:StartSession",
)
"""They run something, or hand it out, and take no subnets: nothing can say where, so they are refused"""

STANDS_ON: Mapping[str, str] = {
    "sagemaker:CreateApp": "the domain's VPC",
    "sagemaker:CreateEndpoint": "its configuration's models",
    "sagemaker:CreateFeatureGroup": "stores records, runs nothing",
    "sagemaker:CreateModelPackage": "what it validates runs as jobs that are asked for",
    "sagemaker:CreatePipeline": "each step asks for itself, with the pipeline's role",
    "sagemaker:CreatePresignedDomainUrl": "the domain's VPC",
    "sagemaker:CreatePresignedNotebookInstanceUrl": "the notebook's VPC",
    "sagemaker:CreateSpace": "the domain's VPC",
    "sagemaker:CreateTransformJob": "its model's VPC",
    "sagemaker:CreateUserProfile": "the domain's VPC",
    "sagemaker:StartMonitoringSchedule": "the schedule's VPC",
    "sagemaker:StartNotebookInstance": "the notebook's VPC",
    "sagemaker:StartPipelineExecution": "each step asks for itself, with the pipeline's role",
    "sagemaker:UpdateEndpoint": "its configuration's models",
    "sagemaker:UpdateNotebookInstance": "the notebook's VPC",
    "sagemaker:UpdateSpace": "the domain's VPC",
    "sagemaker:UpdateTrainingJob": "the job's VPC",
    "sagemaker:UpdateUserProfile": "the domain's VPC",
}
"""They take no subnets either, but run where something stands that was made in a VPC -> what"""

RUNS_NOTHING = (
    # records and descriptions
    *("CreateAIWorkloadConfig", "CreateAction", "CreateAppImageConfig", "CreateArtifact", "CreateContext"),
    *("CreateCodeRepository", "CreateDeviceFleet", "CreateExperiment", "CreateFlowDefinition", "CreateHub"),
    *("CreateHubContentReference", "CreateHumanTaskUi", "CreateImage", "CreateImageVersion"),
    *("CreateLineageGroupPolicy", "CreateModelCard", "CreateModelCardExportJob", "CreateModelPackageGroup"),
    *("CreateNotebookInstanceLifecycleConfig", "CreateProject", "CreateSharedModel"),
    *("CreateStudioLifecycleConfig", "CreateTrial", "CreateTrialComponent", "CreateWorkforce"),
    *("CreateWorkteam", "ImportHubContent"),
    # shares of a cluster, and capacity that is paid for
    *("CreateClusterSchedulerConfig", "CreateComputeQuota", "CreateReservedCapacity", "CreateTrainingPlan"),
    # edge devices run elsewhere than in AWS; experiments and checks of what stands
    *("CreateEdgeDeploymentPlan", "CreateEdgeDeploymentStage", "StartClusterHealthCheck"),
    *("StartEdgeDeploymentStage", "StartInferenceExperiment"),
)
"""names of actions, without the prefix"""

NO_KEY_FOR_ISOLATION: Mapping[str, str] = {
    "sagemaker:CreateAutoMLJob": "SageMaker's own containers; there is no such member in the request",
    "sagemaker:CreateAutoMLJobV2": "SageMaker's own containers; there is no such member in the request",
    "sagemaker:CreateCluster": "whole machines, whose network their VPC bounds",
    "sagemaker:CreateTransformJob": "its model says it",
}
"""Containers run, but the request says nothing of isolation -> what bounds them"""

LOCAL_STORAGE = ("ml.*d.*", "ml.*dn.*", "ml.g5.*", "ml.g6*", "ml.i*", "ml.p4*", "ml.p5*", "ml.p6*", "ml.trn*")
"""Instance types with storage of their own that hardware encrypts: SageMaker refuses a key for their volumes
(API reference, ResourceConfig, VolumeKmsKeyId; EC2 user guide, "Instance store volumes")."""
