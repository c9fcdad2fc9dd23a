"""The join of names: which stack and logical id a live resource has.

CloudFormation answers with physical ids. For a few types these are opaque names that say nothing about
the resource (a network ACL's entry; routes and rules of older stacks): those are found by their
identifying properties in the stack's template.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from ringwork.cloud.collect.kinds import Kind
from ringwork.cloud.collect.reading import Clients, ReadError, reason
from ringwork.cloud.collect.table import TYPES
from ringwork.cloud.errors import OperationError
from ringwork.estate import Logical
from ringwork.source import InputError, parse_yaml


@dataclass(slots=True)
class StackNames:
    """The resources of one stack."""

    stack: str
    parameters: Mapping[str, str]
    physical: dict[str, tuple[str, str]]
    """logical id -> (type, physical id)"""
    template: Mapping[str, Any] | None = None


@dataclass(slots=True)
class Names:
    """All stacks of one account and Region."""

    stacks: list[StackNames] = field(default_factory=list)
    logical: dict[tuple[str, str], Logical] = field(default_factory=dict)
    """(type, physical id) -> name"""

    def add(self, stack: StackNames) -> None:
        self.stacks.append(stack)
        for logical, key in stack.physical.items():
            self.logical[key] = Logical(stack.stack, logical)

    def identities(self, kind: Kind) -> dict[tuple[str, ...], tuple[Logical, str]]:
        """Identifying values -> (name, physical id), for the resources of `kind` in all templates."""
        found: dict[tuple[str, ...], tuple[Logical, str]] = {}
        for stack in self.stacks:
            for logical, (type, physical) in stack.physical.items():
                if type != kind.type or stack.template is None:
                    continue
                declared = stack.template.get("Resources", {}).get(logical, {}).get("Properties", {})
                values = [_plain(declared.get(name), name, stack) for name in kind.identity]
                if None not in values:
                    key = tuple(value for value in values if value is not None)
                    found[key] = (Logical(stack.stack, logical), physical)
        return found

    def inner_rules(self, group: Logical, property: str, kind: Kind) -> list[tuple[str, ...]]:
        """Identifying values of the rules that the group's template writes inside it, in its order.

        Rules with values that cannot be resolved are left out: their live twins stay by themselves.
        """
        found = []
        for stack in self.stacks:
            if stack.stack != group.stack or stack.template is None or group.id not in stack.physical:
                continue
            resource = stack.template.get("Resources", {}).get(group.id, {})
            rules = resource.get("Properties", {}).get(property, ())
            for rule in rules if isinstance(rules, list) else ():
                values = [_plain(rule.get(name), name, stack) for name in kind.identity if name != "GroupId"]
                if None in values:
                    continue
                given = dict(zip([name for name in kind.identity if name != "GroupId"], values, strict=True))
                if given["IpProtocol"] == "-1":
                    given |= {"FromPort": "", "ToPort": ""}
                found.append(
                    tuple(
                        stack.physical[group.id][1] if name == "GroupId" else str(given[name])
                        for name in kind.identity
                    )
                )
        return found


def identity(kind: Kind, properties: Mapping[str, Any]) -> tuple[str, ...]:
    """A live resource's identifying values, in the form of `Names.identities`."""
    return tuple(_text(properties.get(name), name) for name in kind.identity)


def _text(value: Any, name: str) -> str:
    if isinstance(value, (list, tuple)):
        return ",".join(sorted(_text(each, name) for each in value))
    if value is None:
        return "false" if name == "Egress" else ""
    return str(value).lower() if isinstance(value, bool) else str(value)


def _plain(value: Any, name: str, stack: StackNames) -> str | None:
    """A template's value as the string that AWS holds; None where it is not a literal, a parameter or
    the id of a resource in the same stack."""
    if isinstance(value, list):
        members = [_plain(each, name, stack) for each in value]
        return None if None in members else _text(members, name)
    if isinstance(value, Mapping):
        if len(value) != 1:
            return None
        ((function, argument),) = value.items()
        if function == "Fn::GetAtt":
            parts = argument if isinstance(argument, list) else str(argument).split(".", 1)
            # of the types that are identified so, these attributes are the physical id
            known = parts[1] in ("GroupId", "Id", "RouteTableId", "VpcId", "InternetGatewayId")
            return stack.physical[parts[0]][1] if known and parts[0] in stack.physical else None
        if function != "Ref":
            return None
        if argument in stack.physical:
            return stack.physical[argument][1]
        return stack.parameters.get(argument)
    return _text(value, name)


def stack_names(clients: Clients) -> Names:
    """Every stack of one account and Region that exists. Raises `ReadError`."""
    operation = "cloudformation:DescribeStacks"
    try:
        client = clients("cloudformation")
        names = Names()
        for page in client.get_paginator("describe_stacks").paginate():
            for stack in page["Stacks"]:
                operation = "cloudformation:ListStackResources"
                parameters = {
                    item["ParameterKey"]: item.get("ResolvedValue", item.get("ParameterValue", ""))
                    for item in stack.get("Parameters", ())
                }
                found = StackNames(stack["StackName"], parameters, {})
                pages = client.get_paginator("list_stack_resources").paginate(StackName=stack["StackName"])
                for resources in pages:
                    for item in resources["StackResourceSummaries"]:
                        if item.get("PhysicalResourceId") and item["ResourceStatus"] != "DELETE_COMPLETE":
                            found.physical[item["LogicalResourceId"]] = (
                                item["ResourceType"],
                                item["PhysicalResourceId"],
                            )
                names.add(found)
        return names
    except (ClientError, BotoCoreError, OperationError) as error:
        raise ReadError(reason(operation, operation, error)) from error


def read_templates(names: Names, clients: Clients, types: Iterable[str]) -> None:
    """Fetch the templates of the stacks that have resources of these types. Raises `ReadError`."""
    wanted = {
        type
        for type in types
        if TYPES[type].identity or TYPES[type].alone or type == "AWS::EC2::SecurityGroup"
    }
    for stack in names.stacks:
        if stack.template is None and any(type in wanted for type, _ in stack.physical.values()):
            stack.template = _template(clients, stack.stack)


def _template(clients: Clients, stack: str) -> Mapping[str, Any]:
    operation = "cloudformation:GetTemplate"
    try:
        client = clients("cloudformation")
        body = client.get_template(StackName=stack, TemplateStage="Processed")["TemplateBody"]
        if isinstance(body, str):
            body = parse_yaml(body, f"template of stack {stack}", cloudformation=True).value
        return body if isinstance(body, Mapping) else {}
    except (ClientError, BotoCoreError, OperationError, InputError) as error:
        raise ReadError(reason(operation, operation, error)) from error
