"""The private API before an endpoint: who may call it, from where, with what, and how often.

Sources: API Gateway developer guide, "Private REST APIs", "How API Gateway resource policies affect
authorization workflow", "Control access to a REST API with IAM permissions", "Request validation for REST
APIs", "Set up logging for REST APIs"; SageMaker runtime API reference, InvokeEndpoint.

API Gateway passes on no header of the caller that is not mapped here: not `X-Amzn-SageMaker-Target-Model`,
and not an inference id of the caller's choice, with which captured requests could be mixed up. The id is API
Gateway's own for the request, so that the access log says who asked what was captured.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence

from ringwork.architecture import logs, names
from ringwork.architecture.callers import PATH, Caller
from ringwork.architecture.names import logical
from ringwork.architecture.policy import allow, deny, document, trust
from ringwork.architecture.site import Site
from ringwork.architecture.template import Json, Purpose, TemplateBuilder, get_att, ref, sub, subs
from ringwork.blueprint.model import Serving

BODY = {
    "$schema": "http://json-schema.org/draft-04/schema#",
    "title": "InferenceRequest",
    "type": ["array", "object"],
}
"""What every inference request is; what is in it, the model knows ("Data models for REST APIs")."""
TIMEOUT = 29_000
"""Milliseconds that API Gateway waits at most for an integration ("Quotas for configuring a REST API")."""
LOGGED = (
    *("requestId", "extendedRequestId", "requestTime", "httpMethod", "resourcePath", "stage", "status"),
    *("protocol", "responseLength", "responseLatency", "integrationLatency"),
    *("identity.sourceIp", "identity.vpcId", "identity.vpceId", "identity.userArn", "identity.userAgent"),
    *("error.message", "waf.status", "wafResponseCode", "integration.status"),
)
"""Context variables of each call, and nothing of its content ("Variables for access logging")."""
ANSWERS: Sequence[tuple[str, str | None]] = (
    ("200", None),
    ("400", r"4\d{2}"),
    ("500", r"5\d{2}"),
)
"""Status code of the answer, and pattern of SageMaker's."""


def private_api(
    template: TemplateBuilder, site: Site, workload: str, serving: Serving, callers: Sequence[Caller],
    ways_in: Sequence[Json], boundary: Json, days: int,
) -> str:  # fmt: skip
    """The API and its stage. `ways_in`: ids of the callers' endpoints. Returns its log group's name."""
    api = template.add(
        logical(workload, "Api"),
        "AWS::ApiGateway::RestApi",
        {
            "Name": names.rule(site.organization, site.environment.name, workload),
            "Description": f"Asks the endpoint of {site.environment.name}/{workload}",
            "EndpointConfiguration": {"Types": ["PRIVATE"]},
            "Policy": _policy(callers, ways_in),
        },
        Purpose("EPT-20", "Reached through the endpoints of declared callers only, and by their roles only"),
        tags={"ringwork:workload": workload},
    )
    role = _role(template, site, workload, boundary)
    definition = {
        "Model": _add(template, workload, "ApiBody", "AWS::ApiGateway::Model", {
            "RestApiId": ref(api),
            "Name": _model_name(site, workload),
            "ContentType": "application/json",
            "Schema": BODY,
        }, "EPT-19", "What a request must look like"),
        "Validator": _add(template, workload, "ApiValidator", "AWS::ApiGateway::RequestValidator", {
            "RestApiId": ref(api),
            "Name": "body-and-parameters",
            "ValidateRequestBody": True,
            "ValidateRequestParameters": True,
        }, "EPT-19", "What looks otherwise is refused before the model sees it"),
        "Resource": _add(template, workload, "ApiPath", "AWS::ApiGateway::Resource", {
            "RestApiId": ref(api),
            "ParentId": get_att(api, "RootResourceId"),
            "PathPart": PATH,
        }, "EPT-08", "The one path that there is"),
    }  # fmt: skip
    method = template.add(
        logical(workload, "ApiMethod"),
        "AWS::ApiGateway::Method",
        _method(site, workload, api, definition, role),
        Purpose(
            "EPT-08, EPT-19, EPT-23", "Signed by a role, validated, and with no header but ours passed on"
        ),
    )
    deployed = json.dumps([template.resources[part] for part in (api, *definition.values(), method)])
    digest = hashlib.sha256(deployed.encode()).hexdigest()[:8]
    # a deployment is a picture of the API when it was made: another API needs another one
    deployment = template.add(
        logical(workload, f"ApiDeployment{digest}"),
        "AWS::ApiGateway::Deployment",
        {"RestApiId": ref(api), "Description": f"Definition {digest}"},
        Purpose("EPT-08", "What callers reach is what was designed"),
        depends_on=(method,),
    )
    return _stage(template, site, workload, serving, api, deployment, days)


def _model_name(site: Site, workload: str) -> str:
    """Letters and digits (API Gateway, CreateModel). Ref gives it alone, so it is unique in the account."""
    stage = names.api_stage(site.environment.name, workload)
    return logical(workload, "Request", hashlib.sha256(stage.encode()).hexdigest()[:8])


def _add(
    template: TemplateBuilder, workload: str, suffix: str, type: str, properties: Mapping[str, Json],
    control: str, why: str,
) -> str:  # fmt: skip
    return template.add(logical(workload, suffix), type, properties, Purpose(control, why))


def _policy(callers: Sequence[Caller], ways_in: Sequence[Json]) -> Json:
    """Each Deny holds for everybody; the Allow leaves it to the callers' accounts, so that the caller's own
    policy must say so too, in this account as in others."""
    everything = ["execute-api:/*"]
    roles = sorted({caller.role for caller in callers})
    accounts = sorted({caller.site.account_id for caller in callers})
    roots = [sub(f"arn:${{AWS::Partition}}:iam::{account}:root") for account in accounts]
    only = ("execute-api:Invoke",)
    return document(
        [
            allow(
                "DeclaredCallers",
                only,
                everything,
                principal={"AWS": roots[0] if len(roots) == 1 else roots},
                conditions={"ArnEquals": {"aws:PrincipalArn": subs(roles)}},
            ),
            deny(
                "NobodyElse",
                only,
                everything,
                principal="*",
                conditions={"ArnNotEquals": {"aws:PrincipalArn": subs(roles)}},
            ),
            deny(
                "OnlyThroughDeclaredEndpoints",
                only,
                everything,
                principal="*",
                conditions={
                    "StringNotEquals": {"aws:SourceVpce": ways_in[0] if len(ways_in) == 1 else list(ways_in)}
                },
            ),
        ]
    )


def _method(site: Site, workload: str, api: str, definition: Mapping[str, str], role: str) -> dict[str, Json]:
    endpoint = names.endpoint(site.organization, site.environment.name, workload)
    header = "integration.request.header"
    return {
        "RestApiId": ref(api),
        "ResourceId": ref(definition["Resource"]),
        "HttpMethod": "POST",
        "AuthorizationType": "AWS_IAM",
        "ApiKeyRequired": False,
        "RequestValidatorId": ref(definition["Validator"]),
        "RequestModels": {"application/json": ref(definition["Model"])},
        "MethodResponses": [{"StatusCode": status} for status, _ in ANSWERS],
        "Integration": {
            "Type": "AWS",
            "IntegrationHttpMethod": "POST",
            "Uri": sub(
                "arn:${AWS::Partition}:apigateway:${AWS::Region}:runtime.sagemaker:"
                f"path/endpoints/{endpoint}/invocations"
            ),
            "Credentials": get_att(role, "Arn"),
            "PassthroughBehavior": "NEVER",
            "TimeoutInMillis": TIMEOUT,
            "RequestParameters": {
                f"{header}.Accept": "'application/json'",
                f"{header}.Content-Type": "'application/json'",
                f"{header}.X-Amzn-SageMaker-Inference-Id": "context.requestId",
            },
            "RequestTemplates": {"application/json": "$input.body"},
            "IntegrationResponses": [
                {"StatusCode": status, **({"SelectionPattern": pattern} if pattern else {})}
                for status, pattern in ANSWERS
            ],
        },
    }


def _role(template: TemplateBuilder, site: Site, workload: str, boundary: Json) -> str:
    """What API Gateway asks SageMaker as: this one endpoint (control IAM-17)."""
    endpoint = names.endpoint(site.organization, site.environment.name, workload)
    role = template.add(
        logical(workload, "ApiRole"),
        "AWS::IAM::Role",
        {
            "RoleName": names.api_role(site.organization, site.environment.name, workload, site.region),
            "Description": f"The API before {site.environment.name}/{workload} asks its endpoint so",
            "AssumeRolePolicyDocument": trust(
                "apigateway.amazonaws.com",
                [
                    "arn:${AWS::Partition}:apigateway:${AWS::Region}::/restapis/*",
                    "arn:${AWS::Partition}:execute-api:${AWS::Region}:${AWS::AccountId}:*",
                ],
                # API Gateway's guide does not say that it sends source keys: they bind where present
                if_exists=True,
            ),
            "PermissionsBoundary": boundary,
        },
        Purpose("IAM-07, IAM-09, IAM-17", "API Gateway alone takes it up"),
        tags={"ringwork:workload": workload},
    )
    template.add(
        f"{role}Policy",
        "AWS::IAM::RolePolicy",
        {
            "PolicyName": "ask-one-endpoint",
            "RoleName": ref(role),
            "PolicyDocument": document(
                [
                    allow(
                        "AskOneEndpoint",
                        ("sagemaker:InvokeEndpoint",),
                        [
                            "arn:${AWS::Partition}:sagemaker:${AWS::Region}:${AWS::AccountId}:endpoint/"
                            + endpoint
                        ],
                    )
                ]
            ),
        },
        Purpose("IAM-01, IAM-17", "It asks this endpoint, and does nothing else"),
    )
    return role


def _stage(
    template: TemplateBuilder, site: Site, workload: str, serving: Serving, api: str, deployment: str,
    days: int,
) -> str:  # fmt: skip
    group = f"{names.log_group(site.organization, site.environment.name, workload)}/api"
    log = template.add(
        logical(workload, "ApiLogGroup"),
        "AWS::Logs::LogGroup",
        {
            "LogGroupName": group,
            "RetentionInDays": logs.retention(days),
            "KmsKeyId": get_att("EndpointLogKey", "Arn"),
        },
        Purpose("EPT-18, DAT-35", "Who called when, and how it went; nothing of what was asked"),
        tags={"ringwork:workload": workload},
        retain=True,
    )
    template.add(
        logical(workload, "ApiStage"),
        "AWS::ApiGateway::Stage",
        {
            "RestApiId": ref(api),
            "StageName": names.api_stage(site.environment.name, workload),
            "DeploymentId": ref(deployment),
            # that the account lets API Gateway write logs comes first
            "Description": sub("Calls are logged by ${ApiLogRoleArn}"),
            "AccessLogSetting": {
                "DestinationArn": sub(logs.group_arn(f"${{{log}}}")),
                "Format": json.dumps({name: f"$context.{name}" for name in LOGGED}),
            },
            "MethodSettings": [
                {
                    "HttpMethod": "*",
                    "ResourcePath": "/*",
                    "CachingEnabled": False,
                    "CacheDataEncrypted": True,
                    "DataTraceEnabled": False,
                    "MetricsEnabled": True,
                    "LoggingLevel": "OFF",
                    "ThrottlingRateLimit": serving.requests_per_second,
                    "ThrottlingBurstLimit": serving.burst,
                }
            ],
            "TracingEnabled": True,
        },
        Purpose(
            "EPT-13, EPT-18",
            "Every call is logged without its content, and all callers together are throttled",
        ),
        tags={"ringwork:workload": workload},
        skip={"CKV_AWS_120": "answers of a model are never cached"},
    )
    return group
