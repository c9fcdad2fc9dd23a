"""AWS::ApiGateway types below a REST API: resources, methods with their integration, deployments, stages.

Source: API Gateway API reference, PutMethod, PutIntegration, CreateStage and "Patch operations" (Stage,
Account); Template reference, "Return values" of each type.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from ringwork.cloud.emulator.cloudformation.resources.provider import (
    Change,
    Context,
    Properties,
    Provider,
    Setter,
    flag,
    ignore_gone,
    number,
    present,
    setters,
    tag_changes,
)

# -- AWS::ApiGateway::Resource -----------------------------------------------------------------------------


def _create_resource(context: Context, properties: Properties) -> str:
    answer = context.client("apigateway").create_resource(
        restApiId=properties["RestApiId"],
        parentId=properties["ParentId"],
        pathPart=properties["PathPart"],
    )
    context.made(answer["id"])
    return str(answer["id"])


def _delete_resource(context: Context, resource: str, properties: Properties) -> None:
    context.client("apigateway").delete_resource(restApiId=properties["RestApiId"], resourceId=resource)


# -- AWS::ApiGateway::Method -------------------------------------------------------------------------------

_METHOD: Mapping[str, str] = {
    "AuthorizationType": "authorizationType",
    "AuthorizationScopes": "authorizationScopes",
    "AuthorizerId": "authorizerId",
    "OperationName": "operationName",
    "RequestModels": "requestModels",
    "RequestValidatorId": "requestValidatorId",
}
_INTEGRATION: Mapping[str, str] = {
    "Type": "type",
    "Uri": "uri",
    "IntegrationHttpMethod": "integrationHttpMethod",
    "Credentials": "credentials",
    "RequestParameters": "requestParameters",
    "RequestTemplates": "requestTemplates",
    "PassthroughBehavior": "passthroughBehavior",
    "CacheNamespace": "cacheNamespace",
    "ContentHandling": "contentHandling",
    "ConnectionType": "connectionType",
}
_INTEGRATION_RESPONSE: Mapping[str, str] = {
    "SelectionPattern": "selectionPattern",
    "ResponseTemplates": "responseTemplates",
    "ResponseParameters": "responseParameters",
    "ContentHandling": "contentHandling",
}
"""Property -> parameter, where the value goes as it is."""
_REPLACED_TOGETHER = (
    *("AuthorizationType", "AuthorizationScopes", "AuthorizerId", "ApiKeyRequired", "OperationName"),
    *("RequestModels", "RequestParameters", "RequestValidatorId", "Integration", "MethodResponses"),
)


def _given(names: Mapping[str, str], values: Mapping[str, Any]) -> dict[str, Any]:
    return {parameter: values[name] for name, parameter in names.items() if values.get(name) is not None}


def _flags(values: Any) -> dict[str, bool] | None:
    """Header names -> whether they are required; templates may write the Boolean as text."""
    return None if values is None else {str(name): flag(needed) for name, needed in values.items()}


def _refuse(path: str, values: Mapping[str, Any], known: frozenset[str]) -> None:
    lost = sorted(set(values) - known)
    if lost:
        raise ValueError(f"the local cloud does not keep {path}/{lost[0]}")


def _put_method(context: Context, properties: Properties) -> None:
    """PutMethod and what belongs to it: each call replaces what was there."""
    client = context.client("apigateway")
    key = {
        "restApiId": properties["RestApiId"],
        "resourceId": properties["ResourceId"],
        "httpMethod": properties["HttpMethod"],
    }
    client.put_method(
        **key,
        **_given(_METHOD, {"AuthorizationType": "NONE", **properties}),
        **present(requestParameters=_flags(properties.get("RequestParameters"))),
        apiKeyRequired=flag(properties.get("ApiKeyRequired") or False),
    )
    for response in properties.get("MethodResponses") or ():
        client.put_method_response(
            **key,
            statusCode=str(response["StatusCode"]),
            **present(
                responseModels=response.get("ResponseModels"),
                responseParameters=_flags(response.get("ResponseParameters")),
            ),
        )
    integration = properties.get("Integration")
    if integration is None:
        return
    kept = frozenset({*_INTEGRATION, "IntegrationResponses", "TimeoutInMillis"})
    _refuse("Integration", integration, kept)
    client.put_integration(
        **key,
        **_given(_INTEGRATION, integration),
        **present(timeoutInMillis=number(integration.get("TimeoutInMillis"))),
    )
    for response in integration.get("IntegrationResponses") or ():
        client.put_integration_response(
            **key, statusCode=str(response["StatusCode"]), **_given(_INTEGRATION_RESPONSE, response)
        )


def _create_method(context: Context, properties: Properties) -> str:
    name = "|".join(str(properties[part]) for part in ("RestApiId", "ResourceId", "HttpMethod"))
    context.made(name)
    _put_method(context, properties)
    return name


def _change_method(context: Context, _method: str, change: Change) -> None:
    if change.creating:
        return
    _delete_method(context, _method, change.properties)
    _put_method(context, change.properties)


def _delete_method(context: Context, method: str, _properties: Properties) -> None:
    api, resource, verb = method.split("|")
    ignore_gone(
        context.client("apigateway").delete_method, restApiId=api, resourceId=resource, httpMethod=verb
    )


# -- AWS::ApiGateway::Model and RequestValidator -----------------------------------------------------------


def _create_model(context: Context, properties: Properties) -> str:
    name = str(properties.get("Name") or context.name(128).replace("-", ""))
    schema = properties.get("Schema") or {}
    context.client("apigateway").create_model(
        restApiId=properties["RestApiId"],
        name=name,
        contentType=properties.get("ContentType", "application/json"),
        schema=schema if isinstance(schema, str) else json.dumps(schema),
        **present(description=properties.get("Description")),
    )
    context.made(name)
    return name


def _change_model(context: Context, model: str, change: Change) -> None:
    """The schema of a model can be changed; the local service has no such call, so it is made again."""
    if change.creating:
        return
    _delete_model(context, model, change.properties)
    _create_model(context, {**change.properties, "Name": model})


def _delete_model(context: Context, model: str, properties: Properties) -> None:
    context.client("apigateway").delete_model(restApiId=properties["RestApiId"], modelName=model)


def _create_validator(context: Context, properties: Properties) -> str:
    answer = context.client("apigateway").create_request_validator(
        restApiId=properties["RestApiId"],
        name=properties.get("Name") or context.name(128),
        validateRequestBody=flag(properties.get("ValidateRequestBody") or False),
        validateRequestParameters=flag(properties.get("ValidateRequestParameters") or False),
    )
    context.made(answer["id"])
    return str(answer["id"])


def _change_validator(context: Context, validator: str, change: Change) -> None:
    if change.creating:
        return
    path = "/" + change.name[:1].lower() + change.name[1:]
    context.client("apigateway").update_request_validator(
        restApiId=change.properties["RestApiId"],
        requestValidatorId=validator,
        patchOperations=[{"op": "replace", "path": path, "value": _text(flag(change.new or False))}],
    )


def _delete_validator(context: Context, validator: str, properties: Properties) -> None:
    context.client("apigateway").delete_request_validator(
        restApiId=properties["RestApiId"], requestValidatorId=validator
    )


# -- AWS::ApiGateway::Deployment and Stage -----------------------------------------------------------------


def _create_deployment(context: Context, properties: Properties) -> str:
    answer = context.client("apigateway").create_deployment(
        restApiId=properties["RestApiId"],
        **present(stageName=properties.get("StageName"), description=properties.get("Description")),
    )
    context.made(answer["id"])
    return str(answer["id"])


def _delete_deployment(context: Context, deployment: str, properties: Properties) -> None:
    context.client("apigateway").delete_deployment(restApiId=properties["RestApiId"], deploymentId=deployment)


_OF_METHODS: Mapping[str, str] = {
    "MetricsEnabled": "metrics/enabled",
    "LoggingLevel": "logging/loglevel",
    "DataTraceEnabled": "logging/dataTrace",
    "ThrottlingBurstLimit": "throttling/burstLimit",
    "ThrottlingRateLimit": "throttling/rateLimit",
    "CachingEnabled": "caching/enabled",
    "CacheTtlInSeconds": "caching/ttlInSeconds",
    "CacheDataEncrypted": "caching/dataEncrypted",
}


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _patches(name: str, value: Any) -> Iterator[dict[str, str]]:
    """What UpdateStage takes for one property ("Patch operations", Stage)."""
    if name == "AccessLogSetting":
        if value is None:
            yield {"op": "remove", "path": "/accessLogSettings"}
            return
        for part, parameter in (("DestinationArn", "destinationArn"), ("Format", "format")):
            if part in value:
                text = str(value[part]).removesuffix(":*")
                yield {"op": "replace", "path": f"/accessLogSettings/{parameter}", "value": text}
    elif name == "MethodSettings":
        for setting in value or ():
            path = str(setting.get("ResourcePath", "/*")).removeprefix("/").replace("/", "~1") or "~1"
            for part, parameter in _OF_METHODS.items():
                if part in setting:
                    yield {
                        "op": "replace",
                        "path": f"/{path}/{setting.get('HttpMethod', '*')}/{parameter}",
                        "value": _text(setting[part]),
                    }
    elif name == "Variables":
        for variable, text in (value or {}).items():
            yield {"op": "replace", "path": f"/variables/{variable}", "value": str(text)}
    else:
        parameter = name[:1].lower() + name[1:]
        yield {"op": "replace", "path": f"/{parameter}", "value": _text("" if value is None else value)}


def _create_stage(context: Context, properties: Properties) -> str:
    name = str(properties["StageName"])
    context.client("apigateway").create_stage(
        restApiId=properties["RestApiId"],
        stageName=name,
        deploymentId=properties["DeploymentId"],
        **present(
            description=properties.get("Description"),
            variables=properties.get("Variables"),
            tracingEnabled=None
            if properties.get("TracingEnabled") is None
            else flag(properties["TracingEnabled"]),
        ),
        tags={tag["Key"]: str(tag["Value"]) for tag in properties.get("Tags") or ()},
    )
    context.made(name)
    return name


def _set_stage(context: Context, stage: str, change: Change) -> None:
    if change.creating and change.name not in ("AccessLogSetting", "MethodSettings"):
        return
    patches = list(_patches(change.name, change.new))
    if change.name == "Variables":
        gone = (change.old or {}).keys() - (change.new or {}).keys()
        patches += [{"op": "remove", "path": f"/variables/{variable}"} for variable in sorted(gone)]
    if patches:
        context.client("apigateway").update_stage(
            restApiId=change.properties["RestApiId"], stageName=stage, patchOperations=patches
        )


def _tag_stage(context: Context, stage: str, change: Change) -> None:
    if change.creating:
        return
    gone, put = tag_changes(change)
    api = change.properties["RestApiId"]
    arn = f"arn:aws:apigateway:{context.region}::/restapis/{api}/stages/{stage}"
    client = context.client("apigateway")
    if gone:
        client.untag_resource(resourceArn=arn, tagKeys=gone)
    if put:
        client.tag_resource(resourceArn=arn, tags={tag["Key"]: tag["Value"] for tag in put})


def _delete_stage(context: Context, stage: str, properties: Properties) -> None:
    context.client("apigateway").delete_stage(restApiId=properties["RestApiId"], stageName=stage)


# -- AWS::ApiGateway::Account ------------------------------------------------------------------------------


def _set_account(context: Context, _account: str, change: Change) -> None:
    if change.creating:
        return
    _patch_account(context, change.new)


def _patch_account(context: Context, role: Any) -> None:
    operation = {"op": "replace", "path": "/cloudwatchRoleArn", "value": str(role or "")}
    context.client("apigateway").update_account(patchOperations=[operation])


def _create_account(context: Context, properties: Properties) -> str:
    name = context.name(64)
    _patch_account(context, properties.get("CloudWatchRoleArn"))
    context.made(name)
    return name


def _keep_account(_context: Context, _account: str, _properties: Properties) -> None:
    """Template reference, AWS::ApiGateway::Account: a deleted stack leaves the role in the settings."""


def _same(attribute: str) -> Any:
    return lambda _context, physical, _properties: {attribute: physical}


_STAGE_SETTERS: Mapping[str, Setter] = {
    **setters(
        ("AccessLogSetting", "MethodSettings", "DeploymentId", "Description", "TracingEnabled", "Variables"),
        _set_stage,
    ),
    "Tags": _tag_stage,
}

PROVIDERS = {
    "AWS::ApiGateway::Resource": Provider(
        create=_create_resource,
        delete=_delete_resource,
        takes=frozenset({"RestApiId", "ParentId", "PathPart"}),
        attributes=_same("ResourceId"),
    ),
    "AWS::ApiGateway::Method": Provider(
        create=_create_method,
        delete=_delete_method,
        takes=frozenset({"RestApiId", "ResourceId", "HttpMethod", *_REPLACED_TOGETHER}),
        setters=setters(_REPLACED_TOGETHER, _change_method),
    ),
    "AWS::ApiGateway::Model": Provider(
        create=_create_model,
        delete=_delete_model,
        takes=frozenset({"RestApiId", "Name", "ContentType", "Schema", "Description"}),
        setters=setters(("Schema", "Description"), _change_model),
        named_by="Name",
    ),
    "AWS::ApiGateway::RequestValidator": Provider(
        create=_create_validator,
        delete=_delete_validator,
        takes=frozenset({"RestApiId", "Name", "ValidateRequestBody", "ValidateRequestParameters"}),
        setters=setters(("ValidateRequestBody", "ValidateRequestParameters"), _change_validator),
        attributes=_same("RequestValidatorId"),
    ),
    "AWS::ApiGateway::Deployment": Provider(
        create=_create_deployment,
        delete=_delete_deployment,
        takes=frozenset({"RestApiId", "Description"}),
        attributes=_same("DeploymentId"),
    ),
    "AWS::ApiGateway::Stage": Provider(
        create=_create_stage,
        delete=_delete_stage,
        takes=frozenset(
            {"RestApiId", "StageName", "DeploymentId", "Description", "Variables", "TracingEnabled", "Tags"}
        ),
        setters=_STAGE_SETTERS,
    ),
    "AWS::ApiGateway::Account": Provider(
        create=_create_account,
        delete=_keep_account,
        takes=frozenset({"CloudWatchRoleArn"}),
        setters={"CloudWatchRoleArn": _set_account},
        attributes=_same("Id"),
    ),
}
