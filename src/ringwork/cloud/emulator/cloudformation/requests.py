"""What a request wants a stack to become: template, parameters, tags, checked."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fnmatch import fnmatchcase
from typing import Any, Protocol

from botocore.exceptions import ClientError

from ringwork.cloud.emulator.cloudformation import changes, language, s3_urls, stack_policies
from ringwork.cloud.emulator.cloudformation.families import NO_ERRAND, Errand
from ringwork.cloud.emulator.cloudformation.intrinsics import invalid
from ringwork.cloud.emulator.cloudformation.operations import Desired
from ringwork.cloud.emulator.cloudformation.parameters import bind, stored
from ringwork.cloud.emulator.cloudformation.stacks import Stacks
from ringwork.cloud.emulator.cloudformation.state import StackRecord
from ringwork.cloud.emulator.cloudformation.template import (
    BODY_BYTES,
    URL_BYTES,
    Template,
    check_properties,
    parse,
)
from ringwork.cloud.emulator.errors import AwsError


class Previous(Protocol):
    """A stack or StackSet as it is before a request."""

    @property
    def template_body(self) -> str: ...
    @property
    def parameters(self) -> list[dict[str, Any]]: ...
    @property
    def tags(self) -> dict[str, str]: ...


_SETTINGS = ("RoleARN", "NotificationARNs", "RollbackConfiguration")


def template_body(
    stacks: Stacks, account: str, region: str, given: Mapping[str, Any], previous: Previous | None
) -> str:
    """The template's text, from the request, from S3, or from the stack."""
    if given.get("UsePreviousTemplate"):
        if previous is None or not previous.template_body:
            raise invalid("Either Template URL or Template Body must be specified.")
        return previous.template_body
    if given.get("TemplateBody"):
        body = str(given["TemplateBody"])
        if len(body.encode()) > BODY_BYTES:
            raise invalid(
                "1 validation error detected: Value at 'templateBody' failed to satisfy constraint: "
                f"Member must have length less than or equal to {BODY_BYTES}"
            )
        return body
    if given.get("TemplateURL"):
        s3 = stacks.client("s3", account, region)
        return s3_urls.fetch(s3, "TemplateURL", str(given["TemplateURL"]), URL_BYTES)
    raise invalid("Either Template URL or Template Body must be specified.")


def stack_policy(
    stacks: Stacks, account: str, region: str, given: Mapping[str, Any], member: str = "StackPolicy"
) -> str | None:
    """The stack policy that a request gives in `member`Body or `member`URL, checked; None: neither."""
    body, url = given.get(f"{member}Body"), given.get(f"{member}URL")
    if body is not None and url is not None:
        raise invalid(f"You cannot specify both {member}URL and {member}Body")
    if url is not None:
        body = s3_urls.fetch(stacks.client("s3", account, region), f"{member}URL", str(url))
    return None if body is None else stack_policies.check(str(body))


def known_values(
    account: str, region: str, given: Iterable[Mapping[str, Any]], previous: Mapping[str, str] | None
) -> dict[str, str]:
    """Values for the template's transforms: of a request's parameters and of pseudo parameters."""
    values = {"AWS::AccountId": account, "AWS::Region": region, "AWS::Partition": "aws"}
    for item in given:
        key = item["ParameterKey"]
        if not item.get("UsePreviousValue"):
            values[key] = str(item.get("ParameterValue", ""))
        elif previous is not None and key in previous:
            values[key] = previous[key]
    return values


def desired(
    stacks: Stacks,
    account: str,
    region: str,
    given: Mapping[str, Any],
    stack: Previous | None,
    errand: Errand = NO_ERRAND,
    *,
    through_change_set: bool = False,
) -> Desired:
    """What a request wants, checked."""
    body = errand.template or template_body(stacks, account, region, given, stack)
    previous = {item["ParameterKey"]: item["ParameterValue"] for item in stack.parameters} if stack else None
    template = parse(body, known_values(account, region, given.get("Parameters", ()), previous))
    parameters = bind(template.parameters, given.get("Parameters", ()), previous)
    _read_stored(stacks, account, region, template, parameters)
    _check_types(template, given.get("ResourceTypes"))
    check_properties(template.resources)
    needed, _logical = template.capabilities()
    have = set(given.get("Capabilities", ()))
    missing = [] if have & {*needed, "CAPABILITY_NAMED_IAM"} else list(needed)
    # a change set shows what a transform makes, and needs no acknowledgement (CreateChangeSet, Capabilities)
    if template.transforms and not through_change_set and language.CAPABILITY not in have:
        missing.append(language.CAPABILITY)
    if missing:
        raise AwsError("InsufficientCapabilitiesException", f"Requires capabilities : [{', '.join(missing)}]")
    tags = {tag["Key"]: tag["Value"] for tag in given["Tags"]} if "Tags" in given else None
    if tags is None:
        tags = dict(stack.tags) if stack else {}
    reserved = [key for key in tags if key.startswith("aws:")]
    if reserved or len(tags) > 50:
        raise invalid(
            "aws: prefixed tag key names are not allowed for external use."
            if reserved
            else "Tags: at most 50 tags are allowed"
        )
    stacks.check_role(account, region, given.get("RoleARN"))
    settings = {name: given[name] for name in _SETTINGS if name in given}
    return Desired(template, body, parameters, tags, list(given.get("Capabilities", ())), settings)


def _read_stored(
    stacks: Stacks, account: str, region: str, template: Template, parameters: list[dict[str, Any]]
) -> None:
    """Add ResolvedValue to the parameters whose values are names in Parameter Store."""
    for item in parameters:
        if stored(template.parameters[item["ParameterKey"]]):
            name = item["ParameterValue"]
            try:
                found = stacks.client("ssm", account, region).get_parameter(Name=name)["Parameter"]
            except ClientError as error:
                raise invalid(
                    f"Unable to fetch parameters [{name}] from parameter store for this account."
                ) from error
            item["ResolvedValue"] = found["Value"]


def _check_types(template: Template, allowed: list[str] | None) -> None:
    """API reference, CreateStack, ResourceTypes: `AWS::*`, `AWS::EC2::*` or a type."""
    for item in template.resources.values() if allowed else ():
        if not any(fnmatchcase(item["Type"], pattern) for pattern in allowed or ()):
            raise invalid(
                f"Resource type {item['Type']} is not allowed by parameter ResourceTypes "
                f"[{', '.join(allowed or ())}]"
            )


def check_new(stacks: Stacks, stack: StackRecord, desired: Desired) -> None:
    """Resolve everything once before anything is made, so that a bad reference stops the request."""
    operation = stacks.operation(stack)
    changes.plan(operation.evaluation(desired, stack.resources), desired.tags)
