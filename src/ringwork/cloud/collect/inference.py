"""Models and endpoints, the monitors that watch them, private APIs in front, and web ACLs."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from ringwork.cloud.collect.kinds import Below, Detail, Kind, Listing
from ringwork.cloud.collect.mapping import (
    MISSING,
    Computed,
    Each,
    Parsed,
    Part,
    Raw,
    Rule,
    Tags,
    apply,
    look,
    mapped,
)


def same(*names: str) -> dict[str, Rule]:
    """Properties that the API calls and shapes as CloudFormation does."""
    return {name: name for name in names}


def _detail(operation: str, name: str) -> Detail:
    return Detail("$", operation, lambda raw, where: {name: raw[name]})


def _tags(arn: str) -> Detail:
    return Detail("$tags", "ListTags", lambda raw, where: {"ResourceArn": raw[arn]}, result="Tags")


def _below(*names: str) -> dict[str, Rule]:
    """Properties from the detail `$`."""
    return {name: f"$.{name}" for name in names}


# -- Amazon SageMaker AI, hosting ----------------------------------------------------------------------------

_CONTAINER = same(
    *("ContainerHostname", "Environment", "Image", "ImageConfig", "InferenceSpecificationName", "Mode"),
    *("ModelDataSource", "ModelDataUrl", "ModelPackageName", "MultiModelConfig"),
)


def _container(raw: Raw) -> Any:
    found = look(raw, "$.PrimaryContainer")
    return MISSING if found is MISSING else mapped(_CONTAINER, found)


MODEL = Kind(
    "AWS::SageMaker::Model",
    Listing("sagemaker", "ListModels", "Models"),
    physical=lambda raw: raw["ModelArn"],
    details=(_detail("DescribeModel", "ModelName"), _tags("ModelArn")),
    properties={
        "ModelName": "ModelName",
        **_below("ExecutionRoleArn", "EnableNetworkIsolation", "VpcConfig", "InferenceExecutionConfig"),
        "PrimaryContainer": Computed(_container),
        "Containers": Each("$.Containers", _CONTAINER),
        "Tags": Tags("$tags"),
    },
    attributes={"ModelName": "ModelName", "ModelArn": "ModelArn"},
    arn=lambda raw, where: raw["ModelArn"],
)

ENDPOINT_CONFIG = Kind(
    "AWS::SageMaker::EndpointConfig",
    Listing("sagemaker", "ListEndpointConfigs", "EndpointConfigs"),
    physical=lambda raw: raw["EndpointConfigArn"],
    details=(_detail("DescribeEndpointConfig", "EndpointConfigName"), _tags("EndpointConfigArn")),
    properties={
        "EndpointConfigName": "EndpointConfigName",
        **_below("ProductionVariants", "ShadowProductionVariants", "DataCaptureConfig", "KmsKeyId"),
        **_below("AsyncInferenceConfig", "ExplainerConfig", "ExecutionRoleArn", "VpcConfig"),
        "Tags": Tags("$tags"),
    },
    attributes=same("EndpointConfigName", "EndpointConfigArn"),
    arn=lambda raw, where: raw["EndpointConfigArn"],
)

ENDPOINT = Kind(
    "AWS::SageMaker::Endpoint",
    Listing("sagemaker", "ListEndpoints", "Endpoints"),
    physical=lambda raw: raw["EndpointArn"],
    details=(_detail("DescribeEndpoint", "EndpointName"), _tags("EndpointArn")),
    properties={
        "EndpointName": "EndpointName",
        "EndpointConfigName": "$.EndpointConfigName",
        "DeploymentConfig": "$.LastDeploymentConfig",
        "Tags": Tags("$tags"),
    },
    attributes={"EndpointStatus": "EndpointStatus"},
    arn=lambda raw, where: raw["EndpointArn"],
)

# -- Amazon SageMaker AI, Model Monitor ----------------------------------------------------------------------

DATA_QUALITY = Kind(
    "AWS::SageMaker::DataQualityJobDefinition",
    Listing("sagemaker", "ListDataQualityJobDefinitions", "JobDefinitionSummaries"),
    physical=lambda raw: raw["MonitoringJobDefinitionArn"],
    details=(
        Detail(
            "$",
            "DescribeDataQualityJobDefinition",
            lambda raw, where: {"JobDefinitionName": raw["MonitoringJobDefinitionName"]},
        ),
        _tags("MonitoringJobDefinitionArn"),
    ),
    properties={
        "JobDefinitionName": "MonitoringJobDefinitionName",
        **_below("DataQualityAppSpecification", "DataQualityBaselineConfig", "DataQualityJobInput"),
        **_below("DataQualityJobOutputConfig", "JobResources", "NetworkConfig", "RoleArn"),
        **_below("StoppingCondition"),
        "Tags": Tags("$tags"),
    },
    attributes={"JobDefinitionName": "MonitoringJobDefinitionName"},
    arn=lambda raw, where: raw["MonitoringJobDefinitionArn"],
)

SCHEDULE = Kind(
    "AWS::SageMaker::MonitoringSchedule",
    Listing("sagemaker", "ListMonitoringSchedules", "MonitoringScheduleSummaries"),
    physical=lambda raw: raw["MonitoringScheduleArn"],
    details=(_detail("DescribeMonitoringSchedule", "MonitoringScheduleName"), _tags("MonitoringScheduleArn")),
    properties={
        "MonitoringScheduleName": "MonitoringScheduleName",
        "MonitoringScheduleConfig": "$.MonitoringScheduleConfig",
        "Tags": Tags("$tags"),
    },
    attributes={"MonitoringScheduleStatus": "MonitoringScheduleStatus"},
    arn=lambda raw, where: raw["MonitoringScheduleArn"],
)

# -- Amazon API Gateway --------------------------------------------------------------------------------------

READ = "apigateway:GET"
"""The one action that reads anything of API Gateway (Service Authorization Reference, "Amazon API Gateway
Management")."""
APIS = Listing("apigateway", "GetRestApis", "items", action=READ)


def _of_apis(operation: str, result: str = "items", **more: Any) -> Listing:
    return Listing(
        "apigateway",
        "GetRestApis",
        "items",
        action=READ,
        below=Below(operation, result, lambda raw, where: {"restApiId": raw["id"], **more}, action=READ),
    )


def _policy(raw: Raw) -> Any:
    """The resource policy. API Gateway gives its quotes escaped, and writes the API's ARN where
    `execute-api:/` stood ("API Gateway resource policies": the full ARN is put in)."""
    text = raw.get("policy")
    if not text:
        return MISSING
    try:
        found = json.loads(text)
    except ValueError:
        found = apply(Parsed("text"), {"text": str(text).replace('\\"', '"').replace("\\/", "/")})
    return _short(found, f":{raw['id']}/")


def _short(value: Any, api: str) -> Any:
    if isinstance(value, Mapping):
        return {name: _short(item, api) for name, item in value.items()}
    if isinstance(value, list):
        return [_short(item, api) for item in value]
    if isinstance(value, str) and ":execute-api:" in value and api in value:
        return f"execute-api:/{value.partition(api)[2]}"
    return value


REST_API = Kind(
    "AWS::ApiGateway::RestApi",
    APIS,
    physical=lambda raw: raw["id"],
    properties={
        "Name": "name",
        "Description": "description",
        "ApiKeySourceType": "apiKeySource",
        "BinaryMediaTypes": "binaryMediaTypes",
        "DisableExecuteApiEndpoint": "disableExecuteApiEndpoint",
        "EndpointConfiguration": Part(
            {"Types": "endpointConfiguration.types", "VpcEndpointIds": "endpointConfiguration.vpcEndpointIds"}
        ),
        "MinimumCompressionSize": "minimumCompressionSize",
        "Policy": Computed(_policy),
        "Tags": Tags("tags"),
    },
    attributes={"RestApiId": "id", "RootResourceId": "rootResourceId"},
    arn=lambda raw, where: f"arn:{where.partition}:apigateway:{where.region}::/restapis/{raw['id']}",
)

RESOURCES = _of_apis("GetResources", embed=["methods"])

API_RESOURCE = Kind(
    "AWS::ApiGateway::Resource",
    RESOURCES,
    physical=lambda raw: raw["id"],
    keep=lambda raw: "parentId" in raw,
    properties={"RestApiId": "$above.id", "ParentId": "parentId", "PathPart": "pathPart"},
    attributes={"ResourceId": "id"},
)


def _methods(raw: Raw) -> Iterable[Raw]:
    return (
        {**method, "httpMethod": verb, "$resource": raw["id"], "$api": raw["$above"]["id"]}
        for verb, method in (raw.get("resourceMethods") or {}).items()
    )


_INTEGRATION: dict[str, Rule] = {
    "Type": "type",
    "Uri": "uri",
    "IntegrationHttpMethod": "httpMethod",
    "Credentials": "credentials",
    "ConnectionType": "connectionType",
    "ConnectionId": "connectionId",
    "ContentHandling": "contentHandling",
    "PassthroughBehavior": "passthroughBehavior",
    "RequestParameters": "requestParameters",
    "RequestTemplates": "requestTemplates",
    "TimeoutInMillis": "timeoutInMillis",
    "IntegrationResponses": Computed(
        lambda raw: _by_status(
            raw,
            "integrationResponses",
            {
                "StatusCode": "statusCode",
                "SelectionPattern": "selectionPattern",
                "ResponseTemplates": "responseTemplates",
                "ResponseParameters": "responseParameters",
                "ContentHandling": "contentHandling",
            },
        )
    ),
}


def _by_status(raw: Raw, name: str, fields: Mapping[str, Rule]) -> Any:
    """A map from status codes, as CloudFormation's list."""
    found = raw.get(name) or {}
    return [mapped(fields, found[status]) for status in sorted(found)] or MISSING


def _integration(raw: Raw) -> Any:
    found = raw.get("methodIntegration")
    return mapped(_INTEGRATION, found) if found else MISSING


API_METHOD = Kind(
    "AWS::ApiGateway::Method",
    RESOURCES,
    expand=_methods,
    physical=lambda raw: f"{raw['$api']}|{raw['$resource']}|{raw['httpMethod']}",
    properties={
        "RestApiId": "$api",
        "ResourceId": "$resource",
        "HttpMethod": "httpMethod",
        "AuthorizationType": "authorizationType",
        "AuthorizationScopes": "authorizationScopes",
        "AuthorizerId": "authorizerId",
        "ApiKeyRequired": "apiKeyRequired",
        "OperationName": "operationName",
        "RequestModels": "requestModels",
        "RequestParameters": "requestParameters",
        "RequestValidatorId": "requestValidatorId",
        "MethodResponses": Computed(
            lambda raw: _by_status(
                raw,
                "methodResponses",
                {
                    "StatusCode": "statusCode",
                    "ResponseModels": "responseModels",
                    "ResponseParameters": "responseParameters",
                },
            )
        ),
        "Integration": Computed(_integration),
    },
    identity=("RestApiId", "ResourceId", "HttpMethod"),
)

API_MODEL = Kind(
    "AWS::ApiGateway::Model",
    _of_apis("GetModels"),
    physical=lambda raw: raw["name"],
    properties={
        "RestApiId": "$above.id",
        "Name": "name",
        "ContentType": "contentType",
        "Description": "description",
        "Schema": Parsed("schema"),
    },
)

API_VALIDATOR = Kind(
    "AWS::ApiGateway::RequestValidator",
    _of_apis("GetRequestValidators"),
    physical=lambda raw: raw["id"],
    properties={
        "RestApiId": "$above.id",
        "Name": "name",
        "ValidateRequestBody": "validateRequestBody",
        "ValidateRequestParameters": "validateRequestParameters",
    },
    attributes={"RequestValidatorId": "id"},
)

API_DEPLOYMENT = Kind(
    "AWS::ApiGateway::Deployment",
    _of_apis("GetDeployments"),
    physical=lambda raw: raw["id"],
    properties={"RestApiId": "$above.id", "Description": "description"},
    attributes={"DeploymentId": "id"},
)

_SETTING: dict[str, Rule] = {
    "CacheDataEncrypted": "cacheDataEncrypted",
    "CacheTtlInSeconds": "cacheTtlInSeconds",
    "CachingEnabled": "cachingEnabled",
    "DataTraceEnabled": "dataTraceEnabled",
    "LoggingLevel": "loggingLevel",
    "MetricsEnabled": "metricsEnabled",
    "ThrottlingBurstLimit": "throttlingBurstLimit",
    "ThrottlingRateLimit": "throttlingRateLimit",
}


def _settings(raw: Raw) -> Any:
    """`~1invocations/POST` -> settings, as CloudFormation's list ("Patch operations", Stage)."""
    found = []
    for key, setting in sorted((raw.get("methodSettings") or {}).items()):
        path, _, verb = key.rpartition("/")
        path = path.replace("~1", "/")
        path = path if path.startswith("/") else f"/{path}"
        found.append({"ResourcePath": path, "HttpMethod": verb, **mapped(_SETTING, setting)})
    return found or MISSING


API_STAGE = Kind(
    "AWS::ApiGateway::Stage",
    _of_apis("GetStages", "item"),
    physical=lambda raw: raw["stageName"],
    properties={
        "RestApiId": "$above.id",
        "StageName": "stageName",
        "DeploymentId": "deploymentId",
        "Description": "description",
        "AccessLogSetting": Part(
            {"DestinationArn": "accessLogSettings.destinationArn", "Format": "accessLogSettings.format"}
        ),
        "ClientCertificateId": "clientCertificateId",
        "MethodSettings": Computed(_settings),
        "TracingEnabled": "tracingEnabled",
        "Variables": "variables",
        "Tags": Tags("tags"),
    },
    attributes={"WebAclArn": "webAclArn"},
    arn=lambda raw, where: (
        f"arn:{where.partition}:apigateway:{where.region}::/restapis/{raw['$above']['id']}"
        f"/stages/{raw['stageName']}"
    ),
)


API_ACCOUNT = Kind(
    "AWS::ApiGateway::Account",
    # the one "item" is the account's settings
    Listing("apigateway", "GetAccount", "cloudwatchRoleArn", action=READ),
    expand=lambda raw: ({"role": raw},) if raw else (),
    physical=lambda raw: "account",
    properties={"CloudWatchRoleArn": "role"},
    alone=True,
)

# -- AWS WAF -------------------------------------------------------------------------------------------------

_REGIONAL: Mapping[str, str] = {"Scope": "REGIONAL"}
ACLS = Listing("wafv2", "ListWebACLs", "WebACLs", parameters=lambda where: _REGIONAL)


def _plain(value: Any) -> Any:
    """Rules as templates write them: bytes that are looked for are text there."""
    if isinstance(value, Mapping):
        return {name: _plain(item) for name, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return value.decode(errors="replace") if isinstance(value, bytes) else value


def _rules(raw: Raw) -> Any:
    found = look(raw, "$.Rules")
    return found if found is MISSING else _plain(found)


WEB_ACL = Kind(
    "AWS::WAFv2::WebACL",
    ACLS,
    physical=lambda raw: f"{raw['Name']}|{raw['Id']}|REGIONAL",
    details=(
        Detail(
            "$",
            "GetWebACL",
            lambda raw, where: {"Name": raw["Name"], "Id": raw["Id"], **_REGIONAL},
            result="WebACL",
        ),
        Detail(
            "$tags",
            "ListTagsForResource",
            lambda raw, where: {"ResourceARN": raw["ARN"]},
            result="TagInfoForResource",
        ),
    ),
    properties={
        "Name": "Name",
        "Scope": Computed(lambda raw: "REGIONAL"),
        "Description": "Description",
        **_below("DefaultAction", "VisibilityConfig", "AssociationConfig", "CustomResponseBodies"),
        **_below("CaptchaConfig", "ChallengeConfig", "TokenDomains", "DataProtectionConfig"),
        "Rules": Computed(_rules),
        "Tags": Tags("$tags.TagList"),
    },
    attributes={"Arn": "ARN", "Id": "Id", "Capacity": "$.Capacity"},
    arn=lambda raw, where: raw["ARN"],
)

WEB_ACL_ASSOCIATION = Kind(
    "AWS::WAFv2::WebACLAssociation",
    Listing(
        "wafv2",
        "ListWebACLs",
        "WebACLs",
        parameters=lambda where: _REGIONAL,
        below=Below(
            "ListResourcesForWebACL",
            "ResourceArns",
            lambda raw, where: {"WebACLArn": raw["ARN"], "ResourceType": "API_GATEWAY"},
        ),
    ),
    physical=lambda raw: f"{raw['$value']}|{raw['$above']['ARN']}",
    properties={"ResourceArn": "$value", "WebACLArn": "$above.ARN"},
    identity=("ResourceArn", "WebACLArn"),
)
"""Of APIs: load balancers are asked for by another resource type, and no stack of ours has one in front."""


def _redacted(raw: Raw) -> Any:
    found = look(raw, "RedactedFields")
    return found if found is MISSING else _plain(found)


WEB_ACL_LOGGING = Kind(
    "AWS::WAFv2::LoggingConfiguration",
    Listing(
        "wafv2", "ListLoggingConfigurations", "LoggingConfigurations", parameters=lambda where: _REGIONAL
    ),
    physical=lambda raw: raw["ResourceArn"],
    properties={
        **same("ResourceArn", "LogDestinationConfigs", "LoggingFilter"),
        "RedactedFields": Computed(_redacted),
    },
)

KINDS = (
    MODEL,
    ENDPOINT_CONFIG,
    ENDPOINT,
    DATA_QUALITY,
    SCHEDULE,
    REST_API,
    API_RESOURCE,
    API_METHOD,
    API_MODEL,
    API_VALIDATOR,
    API_DEPLOYMENT,
    API_STAGE,
    API_ACCOUNT,
    WEB_ACL,
    WEB_ACL_ASSOCIATION,
    WEB_ACL_LOGGING,
)
