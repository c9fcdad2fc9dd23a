"""Which of AWS's services a feature calls from inside a VPC: what breaks where none of them can be reached.

From the pages that are named in each row. Images of SageMaker's jobs and endpoints are no need of the VPC's:
SageMaker pulls them itself ("Give SageMaker AI Processing Jobs Access to Resources in Your Amazon VPC":
"SageMaker AI automatically pulls the processing container from Amazon ECR"), and logs and metrics of a
container's output it writes itself. What else a container calls is its own code's: the guides say only to
"create an endpoint to connect to that service" for each, so those needs have a condition. `sagemaker.metrics`
(BatchPutMetrics) and `servicecatalog` (SageMaker Projects) are of that kind: SageMaker itself calls neither
from the VPC.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

_SAGEMAKER = "https://docs.aws.amazon.com/sagemaker/latest/dg"
STUDIO = f"{_SAGEMAKER}/studio-updated-and-internet-access.html"
NOTEBOOK = f"{_SAGEMAKER}/appendix-notebook-and-internet-access.html"
NOTEBOOK_PAGES = f"{_SAGEMAKER}/notebook-interface-endpoint.html"
TRAINING = f"{_SAGEMAKER}/train-vpc.html"
PROCESSING = f"{_SAGEMAKER}/process-vpc.html"
HOSTING = f"{_SAGEMAKER}/host-vpc.html"
BATCH = f"{_SAGEMAKER}/batch-vpc.html"
METRICS = "https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_metrics_BatchPutMetrics.html"
MONITOR = f"{_SAGEMAKER}/model-monitor.html"
STEPS = f"{_SAGEMAKER}/build-and-manage-steps-types.html"
FEATURES = f"{_SAGEMAKER}/feature-store-storage-configurations-online-store.html"
OFFLINE = f"{_SAGEMAKER}/feature-store-query-athena-glue.html"
ECR = "https://docs.aws.amazon.com/AmazonECR/latest/userguide/vpc-endpoints.html"
BEDROCK = "https://docs.aws.amazon.com/bedrock/latest/userguide/vpc-interface-endpoints.html"
AGENT_CORE = "https://docs.aws.amazon.com/bedrock-agentcore/latest/devguide/agentcore-vpc.html"


@dataclass(frozen=True, slots=True)
class Need:
    """A service that a feature calls."""

    service: str
    """key in `ringwork.estate.service_names`"""
    breaks: str
    """what fails without it, in lower case"""
    source: str
    """AWS's page"""
    when: str = ""
    """the condition under which it is called; empty: always"""


def _own(source: str) -> tuple[Need, ...]:
    """What a container's own code may call."""
    when = "its code calls it"
    return (
        Need("sagemaker.api", "jobs and models cannot be read or started", source, when),
        Need("sts", "code cannot tell or change who it is", source, when),
        Need("logs", "code cannot write or read logs", source, when),
        Need("monitoring", "code cannot write metrics", source, when),
        Need("kms", "code cannot encrypt or decrypt", source, when),
    )


def _data(source: str) -> Need:
    return Need("s3", "data and model artifacts in Amazon S3 cannot be read or written", source)


NEEDS: Mapping[str, tuple[Need, ...]] = {
    "studio": (
        Need("sagemaker.api", "Studio does not run", STUDIO),
        Need("sagemaker.runtime", "Studio does not run, and endpoints cannot be invoked", STUDIO),
        Need("s3", "data in Amazon S3 cannot be read or written", STUDIO),
        Need("sagemaker.studio", "Studio cannot be opened from the VPC", STUDIO),
        Need("servicecatalog", "SageMaker Projects do not work", STUDIO, "SageMaker Projects are used"),
        Need("sts", "training jobs cannot be started", STUDIO, "the SageMaker Python SDK starts jobs"),
        Need("logs", "the status of jobs is not told", STUDIO, "the SageMaker Python SDK starts jobs"),
    ),
    "notebook": (
        Need("sagemaker.api", "models cannot be trained or hosted", NOTEBOOK),
        Need("sagemaker.runtime", "endpoints cannot be invoked", NOTEBOOK),
        Need("s3", "data in Amazon S3 cannot be read or written", NOTEBOOK),
        Need(
            "sagemaker.notebook",
            "it cannot be opened from the VPC",
            NOTEBOOK_PAGES,
            "people open it from the VPC",
        ),
        *(each for each in _own(NOTEBOOK) if each.service != "sagemaker.api"),
    ),
    "training": (
        _data(TRAINING),
        Need("sagemaker.metrics", "metrics of a run are lost", METRICS, "its code logs a run's metrics"),
        *_own(TRAINING),
    ),
    "processing": (_data(PROCESSING), *_own(PROCESSING)),
    "pipeline": (_data(STEPS), *_own(STEPS)),
    "batch": (_data(BATCH), *_own(BATCH)),
    "endpoint": (_data(HOSTING), *_own(HOSTING)),
    "monitoring": (
        Need("s3", "captured requests, baselines and reports cannot be read or written", MONITOR),
    ),
    "image pull": (
        Need("ecr.api", "images cannot be found", ECR),
        Need("ecr.dkr", "images cannot be pulled", ECR),
        Need("s3", "layers of images, which Amazon S3 holds, cannot be pulled", ECR),
    ),
    "enclave": tuple(
        Need(service, breaks, ECR, "it pulls its image from Amazon ECR")
        for service, breaks in (
            ("ecr.api", "images cannot be found"),
            ("ecr.dkr", "images cannot be pulled"),
            ("s3", "layers of images, which Amazon S3 holds, cannot be pulled"),
        )
    ),
    "agent": (
        Need("ecr.api", "the agent's image cannot be found", AGENT_CORE),
        Need("ecr.dkr", "the agent's image cannot be pulled", AGENT_CORE),
        Need("s3", "layers of the agent's image cannot be pulled", AGENT_CORE),
        Need("logs", "the agent's logs are lost", AGENT_CORE),
    ),
    "feature store": (
        Need("sagemaker.featurestore-runtime", "online features cannot be read or written", FEATURES),
        Need("athena", "the offline store cannot be queried", OFFLINE, "it queries the offline store"),
        Need("glue", "the offline store's table cannot be found", OFFLINE, "it queries the offline store"),
    ),
    "foundation models": (
        Need("bedrock-runtime", "no foundation model answers", BEDROCK),
        Need("bedrock", "models and guardrails cannot be found", BEDROCK, "its code manages them"),
    ),
    "agents of Bedrock": (
        Need("bedrock-agent-runtime", "no agent, knowledge base or flow answers", BEDROCK),
        Need("bedrock-agent", "they cannot be built", BEDROCK, "its code builds them"),
    ),
}
"""feature -> what it calls"""

OF_TYPE: Mapping[str, str] = {
    "AWS::SageMaker::Domain": "studio",
    "AWS::SageMaker::NotebookInstance": "notebook",
    "AWS::SageMaker::Model": "endpoint",
    "AWS::SageMaker::EndpointConfig": "endpoint",
    "AWS::SageMaker::ProcessingJob": "processing",
    "AWS::SageMaker::DataQualityJobDefinition": "monitoring",
    "AWS::SageMaker::ModelQualityJobDefinition": "monitoring",
    "AWS::SageMaker::ModelBiasJobDefinition": "monitoring",
    "AWS::SageMaker::ModelExplainabilityJobDefinition": "monitoring",
    "AWS::SageMaker::MonitoringSchedule": "monitoring",
    "AWS::ECS::Service": "image pull",
    "AWS::BedrockAgentCore::Runtime": "agent",
}
"""type of what has an interface -> feature"""

DECLARED: Mapping[str, str] = {
    "AWS::Bedrock::Guardrail": "foundation models",
    "AWS::Bedrock::ApplicationInferenceProfile": "foundation models",
    "AWS::Bedrock::Agent": "agents of Bedrock",
    "AWS::Bedrock::KnowledgeBase": "agents of Bedrock",
    "AWS::Bedrock::Flow": "agents of Bedrock",
}
"""type of what is in an account and Region -> feature that its workloads use there"""
