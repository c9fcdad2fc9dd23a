"""Which interface endpoints a VPC needs, and what their policies admit."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from ringwork.architecture import names
from ringwork.architecture.network.flows import ends
from ringwork.architecture.policy import Statement, allow, document
from ringwork.architecture.site import Site
from ringwork.architecture.template import Json, sub
from ringwork.blueprint.environment import Environment
from ringwork.blueprint.model import WorkloadType


@dataclass(frozen=True, slots=True)
class Service:
    """An AWS service behind an interface endpoint."""

    logical: str
    """beginning of the logical id"""
    name: str
    """endpoint service name, for Fn::Sub"""
    actions: str
    """the API's IAM prefix"""
    types: frozenset[WorkloadType]
    """workload types that need it; empty: all"""
    breaks: str
    """what fails without it"""
    opens: str | None = None
    """for endpoints that people open a page through: the kind of resource behind it"""
    needed: Callable[[Site], bool] = lambda site: True
    """asked as well, for what a blueprint declares apart from workloads' types"""

    @property
    def controls(self) -> str:
        """Those that the endpoint serves, for its purpose."""
        bedrock = ", NET-26" if self.actions == "bedrock" else ""
        return f"NET-22, NET-23, NET-24{bedrock}, NET-27, NET-29"


def _service(logical: str, name: str, actions: str, breaks: str, *types: WorkloadType) -> Service:
    return Service(logical, f"com.amazonaws.${{AWS::Region}}.{name}", actions, frozenset(types), breaks)


def _where(needed: Callable[[Site], bool], logical: str, name: str, actions: str, breaks: str) -> Service:
    service = f"com.amazonaws.${{AWS::Region}}.{name}"
    return Service(logical, service, actions, frozenset(), breaks, needed=needed)


def _foundation_models(site: Site) -> bool:
    return bool(site.team.foundation_models)


def _features(site: Site) -> bool:
    return bool(site.team.features)


def _lake(site: Site) -> bool:
    return site.blueprint.lake_formation


def called_apis(site: Site) -> tuple[tuple[str, str], ...]:
    """(team, workload) of the endpoints that the site's workloads call, in the order of the flows."""
    found: dict[tuple[str, str], None] = {}
    for flow in site.flows:
        (source_team, source), (team, name) = ends(flow)
        if source_team != site.environment.team or source not in site.workloads:
            continue
        target = site.blueprint.teams[team].workloads.get(name)
        if target is None or target.type is not WorkloadType.ENDPOINT:
            continue
        stage = site.environment.stage
        if target.stages is None or stage is None or stage in target.stages:
            found[team, name] = None
    return tuple(found)


EXECUTE_API = "ExecuteApi"
"""The endpoint through which private APIs are called. Its id is the output `ExecuteApiEndpointId` of the
stack that has it."""

SERVICES = (
    _service("SageMakerApi", "sagemaker.api", "sagemaker", "jobs, pipelines and Studio cannot be controlled"),
    _service("SageMakerRuntime", "sagemaker.runtime", "sagemaker", "inference endpoints cannot be invoked"),
    _service("Sts", "sts", "sts", "SDKs cannot tell or renew who they are"),
    _service("Logs", "logs", "logs", "containers cannot write their logs"),
    _service("Monitoring", "monitoring", "cloudwatch", "metrics are lost"),
    _service("Kms", "kms", "kms", "encrypted data cannot be read"),
    _service("EcrApi", "ecr.api", "ecr", "container images cannot be found"),
    _service("EcrDocker", "ecr.dkr", "ecr", "container images cannot be pulled"),
    Service(
        "Studio",
        "aws.sagemaker.${AWS::Region}.studio",
        "sagemaker",
        frozenset({WorkloadType.STUDIO}),
        "Studio cannot be opened from the VPC",
        opens="user-profile",
    ),
    _service(
        "ElasticFileSystem",
        "elasticfilesystem",
        "elasticfilesystem",
        "Studio's home directories cannot be mounted",
        WorkloadType.STUDIO,
    ),
    Service(
        "Notebook",
        "aws.sagemaker.${AWS::Region}.notebook",
        "sagemaker",
        frozenset({WorkloadType.NOTEBOOK}),
        "notebook instances cannot be opened from the VPC",
        opens="notebook-instance",
    ),
    _where(
        lambda site: bool(called_apis(site)),
        EXECUTE_API,
        "execute-api",
        "execute-api",
        "the API before an endpoint cannot be called",
    ),
    _where(
        _features, "FeatureStore", "sagemaker.featurestore-runtime", "sagemaker", "online features are lost"
    ),
    _where(_foundation_models, "Bedrock", "bedrock", "bedrock", "guardrails and models cannot be found"),
    _where(_foundation_models, "BedrockRuntime", "bedrock-runtime", "bedrock", "no foundation model answers"),
    _where(_foundation_models, "BedrockAgent", "bedrock-agent", "bedrock", "agents cannot be built"),
    _where(_foundation_models, "BedrockAgentRuntime", "bedrock-agent-runtime", "bedrock", "no agent answers"),
    _where(_lake, "LakeFormation", "lakeformation", "lakeformation", "grants on tables give no credentials"),
    _where(_lake, "Glue", "glue", "glue", "tables cannot be found"),
    _where(_lake, "Athena", "athena", "athena", "tables cannot be queried"),
)
"""From SageMaker's pages "Connect Studio in a VPC to External Resources", "Give SageMaker Training Jobs
Access to Resources in Your Amazon VPC", "Give SageMaker Hosted Endpoints Access to Resources in Your Amazon
VPC", "Connect to a Notebook Instance Through a VPC Interface Endpoint"; ECR's "Amazon ECR interface VPC
endpoints"; API Gateway, "Create a private API"; Feature Store, "Feature Store and interface VPC endpoints";
Bedrock, "Use interface VPC endpoints (AWS PrivateLink) to create a private connection"; Lake Formation, Glue
and Athena, the pages of that name; controls NET-24 and NET-26.

None for `servicecatalog`, which Studio's page has for SageMaker Projects, and for `sagemaker.metrics`, which
code calls that logs a run's metrics: no role of an environment may call them (`identity.boundary`), so such
an endpoint would serve nobody."""

DATA_ACTIONS = (
    "s3:AbortMultipartUpload",
    "s3:GetBucketLocation",
    "s3:GetObject",
    "s3:GetObjectVersion",
    "s3:ListBucket",
    "s3:ListBucketMultipartUploads",
    "s3:ListMultipartUploadParts",
    "s3:PutObject",
)
"""What workloads do to their own buckets."""


def services(site: Site) -> tuple[Service, ...]:
    """The interface endpoints of a VPC: all that its workload types need."""
    present = {workload.type for workload in site.workloads.values()}
    return tuple(
        service
        for service in SERVICES
        if (not service.types or service.types & present) and service.needed(site)
    )


def endpoint_policy(
    service: Service,
    places: Sequence[Environment],
    sites: Sequence[Site],
    accounts: Sequence[str] = (),
) -> dict[str, Json]:
    """The policy of an endpoint that serves these sites. `places`: every environment; `accounts`: those of
    the sites, where the endpoint is shared."""
    if service.logical == EXECUTE_API:
        return api_policy(places, sites, accounts)
    return interface_policy(service, accounts)


def api_policy(
    places: Sequence[Environment], sites: Sequence[Site], accounts: Sequence[str] = ()
) -> dict[str, Json]:
    """Only the APIs of declared flows, and only for our principals (API Gateway, "Use VPC endpoint policies
    for private APIs").

    API Gateway makes the id of an API, whose resource policy names this endpoint's in turn. So the stage
    stands for the API: its name is the environment's and the workload's (`names.api_stage`).
    """
    owners = {(place.team, place.stage): place for place in places}
    arns: dict[str, None] = {}
    for site in sites:
        for team, workload in called_apis(site):
            owner = owners[team, site.environment.stage]
            here = not accounts and owner.account_id == site.account_id
            account = "${AWS::AccountId}" if here else owner.account_id
            stage = names.api_stage(owner.name, workload)
            arns[f"arn:${{AWS::Partition}}:execute-api:${{AWS::Region}}:{account}:*/{stage}/*"] = None
    return document(
        [
            allow(
                "DeclaredApis",
                ["execute-api:Invoke"],
                list(arns),
                principal="*",
                conditions={
                    "StringEquals": {
                        "aws:PrincipalAccount": list(accounts) if accounts else sub("${AWS::AccountId}")
                    }
                },
            )
        ]
    )


def interface_policy(service: Service, accounts: Sequence[str] = ()) -> dict[str, Json]:
    """Only this account's principals, only this account's resources, and AWS services for us.

    As AWS's data-perimeter samples (`vpc_endpoint_policies/default_endpoint_policy.json`), with the account
    in place of the organization and the service's own actions in place of all. Through the endpoints of
    Studio and notebooks people open pages with a presigned URL and no signature of their own, so there the
    resource is the condition (SageMaker, "Create a VPC Endpoint Policy for SageMaker Notebook Instances").

    `accounts`: of a shared endpoint, whose principals it serves, each for its own account's resources still.
    """
    if service.opens is not None:
        own = accounts or ("${AWS::AccountId}",)
        arns = [
            f"arn:${{AWS::Partition}}:sagemaker:${{AWS::Region}}:{account}:{service.opens}/*"
            for account in own
        ]
        return document([allow("OpenOwn", ("sagemaker:CreatePresigned*Url",), arns, principal="*")])
    own_account: dict[str, Json] = {
        "aws:PrincipalAccount": sub("${AWS::AccountId}"),
        "aws:ResourceAccount": sub("${AWS::AccountId}"),
    }
    if accounts:
        # a policy variable, not one of CloudFormation's (IAM guide, policy variables)
        own_account = {
            "aws:PrincipalAccount": list(accounts),
            "aws:ResourceAccount": "${aws:PrincipalAccount}",
        }
    return document(
        [
            allow(
                "OwnPrincipalsToOwnResources",
                [f"{service.actions}:*"],
                principal="*",
                conditions={"StringEquals": own_account},
            ),
            _aws_services([f"{service.actions}:*"], ("*",)),
        ]
    )


def gateway_policy(site: Site, buckets: Sequence[str]) -> dict[str, Json]:
    """The S3 endpoint: the named buckets, and those of AWS that SageMaker and ECR read from.

    `buckets`: names for Fn::Sub. AWS-owned buckets as in the data-perimeter samples' list of service-owned
    resources; requests to them are signed by AWS, so no condition on the principal can hold there.
    """
    statements = []
    if buckets:
        arns = [f"arn:${{AWS::Partition}}:s3:::{name}{tail}" for name in buckets for tail in ("", "/*")]
        statements.append(
            allow(
                "OwnPrincipalsToNamedBuckets",
                DATA_ACTIONS,
                arns,
                principal="*",
                conditions={
                    "StringEquals": {
                        "aws:PrincipalAccount": sub("${AWS::AccountId}"),
                        "aws:ResourceAccount": sub("${AWS::AccountId}"),
                    }
                },
            )
        )
        statements.append(_aws_services(DATA_ACTIONS, arns))
    owned = ["arn:${AWS::Partition}:s3:::prod-${AWS::Region}-starport-layer-bucket/*"]
    if site.of_type(WorkloadType.STUDIO, WorkloadType.NOTEBOOK, WorkloadType.ENDPOINT):
        cache = "arn:${AWS::Partition}:s3:::jumpstart-cache-prod-${AWS::Region}"
        owned += [cache, f"{cache}/*"]
    statements.append(allow("ReadAwsOwnedBuckets", ("s3:GetObject", "s3:ListBucket"), owned, principal="*"))
    return document(statements)


def _aws_services(actions: Sequence[str], resources: Sequence[str]) -> Statement:
    return allow(
        "AwsServicePrincipals",
        actions,
        resources,
        principal="*",
        conditions={"Bool": {"aws:PrincipalIsAWSService": "true"}},
    )
