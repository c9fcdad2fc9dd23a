"""What applications are made of: functions, events, parameters, secrets, APIs, users, state machines."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Mapping
from typing import Any

from ringwork.cloud.emulator.cloudformation.resources import arguments
from ringwork.cloud.emulator.cloudformation.resources.api import Api, Tagging
from ringwork.cloud.emulator.cloudformation.resources.provider import (
    Change,
    Context,
    Properties,
    RefusedError,
    document,
    present,
)

# -- AWS::Lambda -------------------------------------------------------------------------------------------

_STAMP = (1980, 1, 1, 0, 0, 0)
"""the earliest time that a zip file can hold: the same code gives the same archive"""


def _code(value: Any, runtime: str) -> dict[str, Any]:
    """Resource reference, Function Code: `ZipFile` is source text, which CloudFormation puts into `index`."""
    if "ZipFile" not in value:
        return dict(value)
    name = "index.py" if runtime.startswith("python") else "index.js"
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as opened:
        opened.writestr(zipfile.ZipInfo(name, _STAMP), str(value["ZipFile"]))
    return {**{key: item for key, item in value.items() if key != "ZipFile"}, "ZipFile": archive.getvalue()}


def _set_code(context: Context, function: str, change: Change) -> None:
    if change.creating:
        return
    given = _code(change.new, str(change.properties.get("Runtime", "")))
    context.client("lambda").update_function_code(FunctionName=function, **given)


def _set_concurrency(context: Context, function: str, change: Change) -> None:
    client = context.client("lambda")
    if change.new is None:
        client.delete_function_concurrency(FunctionName=function)
    else:
        client.put_function_concurrency(FunctionName=function, ReservedConcurrentExecutions=int(change.new))


# -- AWS::Events -------------------------------------------------------------------------------------------


def _bus(properties: Properties) -> dict[str, str]:
    return present(EventBusName=properties.get("EventBusName"))


def _set_targets(context: Context, rule: str, change: Change) -> None:
    events = context.client("events")
    new = list(change.new or ())
    gone = {each["Id"] for each in change.old or ()} - {each["Id"] for each in new}
    if gone:
        _checked(events.remove_targets(Rule=rule, Ids=sorted(gone), **_bus(change.properties)))
    if new:
        shape = arguments.shape_at("events", "put_targets", ("Targets",))
        targets = arguments.convert(new, shape, {}, "Targets", "put_targets")
        _checked(events.put_targets(Rule=rule, Targets=targets, **_bus(change.properties)))


def _checked(answer: Mapping[str, Any]) -> None:
    """PutTargets and RemoveTargets answer with what failed, one entry each."""
    for entry in answer.get("FailedEntries", ()):
        raise ValueError(f"target {entry.get('TargetId')}: {entry.get('ErrorMessage')}")


def _delete_rule(context: Context, rule: str, properties: Properties) -> None:
    """EventBridge API reference, DeleteRule: all targets must be removed first."""
    events, bus = context.client("events"), _bus(properties)
    targets = events.list_targets_by_rule(Rule=rule, **bus)["Targets"]
    if targets:
        _checked(events.remove_targets(Rule=rule, Ids=[each["Id"] for each in targets], **bus))
    events.delete_rule(Name=rule, **bus)


def _set_bus_policy(context: Context, bus: str, change: Change) -> None:
    events = context.client("events")
    if change.new is None:
        events.remove_permission(EventBusName=bus, RemoveAllPermissions=True)
    else:
        events.put_permission(EventBusName=bus, Policy=document(change.new))


# -- AWS::SSM ----------------------------------------------------------------------------------------------


def _set_parameter(context: Context, name: str, change: Change) -> None:
    if change.creating:
        return
    given = {key: item for key, item in change.properties.items() if key not in ("Name", "Tags")}
    context.client("ssm").put_parameter(Name=name, Overwrite=True, **given)


def _set_document(context: Context, name: str, change: Change) -> None:
    """CloudFormation makes a new version and lets it be the default (`UpdateMethod: NewVersion`)."""
    if change.creating:
        return
    if change.properties.get("UpdateMethod", "Replace") != "NewVersion":
        raise RefusedError("Content: the local cloud changes a document only with UpdateMethod NewVersion")
    ssm = context.client("ssm")
    answer = ssm.update_document(
        Name=name,
        Content=document(change.new),
        DocumentVersion="$LATEST",
        **present(DocumentFormat=change.properties.get("DocumentFormat")),
    )
    version = answer["DocumentDescription"]["DocumentVersion"]
    ssm.update_document_default_version(Name=name, DocumentVersion=version)


# -- AWS::SecretsManager -----------------------------------------------------------------------------------

_PASSWORD = {
    "PasswordLength": int,
    "ExcludeCharacters": str,
    "ExcludeNumbers": bool,
    "ExcludePunctuation": bool,
    "ExcludeUppercase": bool,
    "ExcludeLowercase": bool,
    "IncludeSpace": bool,
    "RequireEachIncludedType": bool,
}


def _generate(context: Context, secret: str, change: Change) -> None:
    """Resource reference, GenerateSecretString: a random password, alone or as a member of a JSON text."""
    if change.new is None:
        return
    if not change.creating and change.new == change.old:
        return
    client = context.client("secretsmanager")
    wanted = {
        name: kind(change.new[name]) if kind is not bool else str(change.new[name]).lower() == "true"
        for name, kind in _PASSWORD.items()
        if name in change.new
    }
    text = client.get_random_password(**wanted)["RandomPassword"]
    if "SecretStringTemplate" in change.new:
        whole = json.loads(change.new["SecretStringTemplate"])
        whole[change.new["GenerateStringKey"]] = text
        text = json.dumps(whole)
    client.put_secret_value(SecretId=secret, SecretString=text)


# -- AWS::ApiGateway ---------------------------------------------------------------------------------------

_PATHS = {
    "Name": "/name",
    "Description": "/description",
    "Policy": "/policy",
    "DisableExecuteApiEndpoint": "/disableExecuteApiEndpoint",
    "ApiKeySourceType": "/apiKeySource",
    "MinimumCompressionSize": "/minimumCompressionSize",
}
"""API Gateway API reference, "Patch operations", RestApi"""


def _patch(context: Context, api: str, change: Change) -> None:
    if change.creating:
        return
    value = "" if change.new is None else change.new
    text = value if isinstance(value, str) else json.dumps(value)
    operation = {"op": "replace", "path": _PATHS[change.name], "value": text}
    context.client("apigateway").update_rest_api(restApiId=api, patchOperations=[operation])


# -- AWS::CertificateManager -------------------------------------------------------------------------------


def _signing_profile(context: Context, arn: str, _properties: Properties) -> None:
    context.client("signer").cancel_signing_profile(profileName=arn.rsplit("/", 1)[-1])


_SSM_TAGGING = ("add_tags_to_resource", "remove_tags_from_resource", "ResourceId", "Tags", "TagKeys", "{ref}")

ROWS = {
    "AWS::Lambda::Function": Api(
        service="lambda",
        create="create_function",
        ref="{given[FunctionName]}",
        key={"FunctionName": "{ref}"},
        delete="delete_function",
        read="get_function",
        found="Configuration",
        update=("update_function_configuration",),
        shaped={"Code": lambda value, given: _code(value, str(given.get("Runtime", "")))},
        changes={"Code": _set_code},
        setters={"ReservedConcurrentExecutions": _set_concurrency},
        name="FunctionName",
        limit=64,
        attributes={"Arn": "{found[FunctionArn]}"},
        arn="{found[FunctionArn]}",
    ),
    "AWS::Lambda::Permission": Api(
        service="lambda",
        create="add_permission",
        ref="{sent[StatementId]}",
        key={"FunctionName": "{given[FunctionName]}", "StatementId": "{ref}"},
        delete="remove_permission",
        fixed={"StatementId": "{unique}"},
        attributes={"Id": "{ref}"},
    ),
    "AWS::Events::EventBus": Api(
        service="events",
        create="create_event_bus",
        ref="{given[Name]}",
        key={"Name": "{ref}"},
        delete="delete_event_bus",
        read="describe_event_bus",
        update=("update_event_bus",),
        setters={"Policy": _set_bus_policy},
        arn="{found[Arn]}",
    ),
    "AWS::Events::Rule": Api(
        service="events",
        create="put_rule",
        ref="{given[Name]}",
        key={"Name": "{ref}"},
        delete=_delete_rule,
        read="describe_rule",
        update=("put_rule",),
        whole=True,
        setters={"Targets": _set_targets},
        name="Name",
        limit=64,
        arn="{found[Arn]}",
    ),
    "AWS::Events::Archive": Api(
        service="events",
        create="create_archive",
        ref="{given[ArchiveName]}",
        key={"ArchiveName": "{ref}"},
        delete="delete_archive",
        read="describe_archive",
        update=("update_archive",),
        names={"SourceArn": "EventSourceArn"},
        name="ArchiveName",
        limit=48,
        attributes={"Arn": "{found[ArchiveArn]}"},
    ),
    "AWS::SSM::Parameter": Api(
        service="ssm",
        create="put_parameter",
        ref="{given[Name]}",
        key={"Name": "{ref}"},
        delete="delete_parameter",
        read="get_parameters",
        read_key={"Names": ["{ref}"]},
        found="Parameters.0",
        changes=dict.fromkeys(
            ("Value", "Description", "AllowedPattern", "Tier", "Policies", "Type", "DataType"), _set_parameter
        ),
        name="Name",
        limit=255,
        tagging=Tagging(*_SSM_TAGGING, fixed={"ResourceType": "Parameter"}),
        arn="{found[ARN]}",
    ),
    "AWS::SSM::Document": Api(
        service="ssm",
        create="create_document",
        ref="{given[Name]}",
        key={"Name": "{ref}"},
        delete="delete_document",
        changes={"Content": _set_document},
        ignore=frozenset({"UpdateMethod"}),
        name="Name",
        limit=128,
        tagging=Tagging(*_SSM_TAGGING, fixed={"ResourceType": "Document"}),
    ),
    "AWS::SecretsManager::Secret": Api(
        service="secretsmanager",
        create="create_secret",
        ref="{answer[ARN]}",
        key={"SecretId": "{ref}"},
        delete="delete_secret",
        delete_key={"SecretId": "{ref}", "ForceDeleteWithoutRecovery": True},
        update=("update_secret",),
        names={"ReplicaRegions": "AddReplicaRegions"},
        setters={"GenerateSecretString": _generate},
        name="Name",
        limit=512,
        attributes={"Id": "{ref}"},
    ),
    "AWS::ApiGateway::RestApi": Api(
        service="apigateway",
        create="create_rest_api",
        ref="{answer[id]}",
        key={"restApiId": "{ref}"},
        delete="delete_rest_api",
        read="get_rest_api",
        names={"ApiKeySourceType": "apiKeySource"},
        changes=dict.fromkeys(_PATHS, _patch),
        attributes={"RestApiId": "{ref}", "RootResourceId": "{found[rootResourceId]}"},
        arn="arn:aws:apigateway:{region}::/restapis/{ref}",
    ),
    "AWS::Cognito::UserPool": Api(
        service="cognito-idp",
        create="create_user_pool",
        ref="{answer[UserPool][Id]}",
        key={"UserPoolId": "{ref}"},
        delete="delete_user_pool",
        read="describe_user_pool",
        found="UserPool",
        update=("update_user_pool",),
        whole=True,
        names={"UserPoolName": "PoolName"},
        name="UserPoolName",
        limit=128,
        attributes={
            "UserPoolId": "{ref}",
            "ProviderName": "cognito-idp.{region}.amazonaws.com/{ref}",
            "ProviderURL": "https://cognito-idp.{region}.amazonaws.com/{ref}",
        },
        arn="{found[Arn]}",
    ),
    "AWS::StepFunctions::StateMachine": Api(
        service="stepfunctions",
        create="create_state_machine",
        ref="{answer[stateMachineArn]}",
        key={"stateMachineArn": "{ref}"},
        delete="delete_state_machine",
        read="describe_state_machine",
        update=("update_state_machine",),
        names={
            "StateMachineName": "name",
            "StateMachineType": "type",
            "DefinitionString": "definition",
            "Definition": "definition",
        },
        name="StateMachineName",
        limit=80,
        attributes={"Arn": "{ref}"},
    ),
    "AWS::CertificateManager::Certificate": Api(
        service="acm",
        create="request_certificate",
        ref="{answer[CertificateArn]}",
        key={"CertificateArn": "{ref}"},
        delete="delete_certificate",
        system_tags=False,
        names={
            "CertificateTransparencyLoggingPreference": "Options.CertificateTransparencyLoggingPreference"
        },
    ),
    "AWS::Signer::SigningProfile": Api(
        service="signer",
        create="put_signing_profile",
        ref="{answer[arn]}",
        delete=_signing_profile,
        read="get_signing_profile",
        read_key={"profileName": "{tail}"},
        fixed={"profileName": "{unique}"},
    ),
}
