"""What a request wants a stack to become: template, parameters, tags, checked."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from botocore.exceptions import ClientError

from ringwork.cloud.emulator.cloudformation import changes, stack_policies
from ringwork.cloud.emulator.cloudformation.intrinsics import invalid
from ringwork.cloud.emulator.cloudformation.operations import Desired
from ringwork.cloud.emulator.cloudformation.stacks import Stacks
from ringwork.cloud.emulator.cloudformation.state import StackRecord
from ringwork.cloud.emulator.cloudformation.template import (
    BODY_BYTES,
    URL_BYTES,
    bind,
    check_properties,
    parse,
)
from ringwork.cloud.emulator.errors import AwsError

_SETTINGS = ("RoleARN", "NotificationARNs", "RollbackConfiguration")


def template_body(
    stacks: Stacks, account: str, region: str, given: Mapping[str, Any], previous: StackRecord | None
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
        text = from_s3(stacks, account, region, "TemplateURL", str(given["TemplateURL"]))
        if len(text) > URL_BYTES:
            raise invalid(f"Template may not exceed {URL_BYTES} bytes in size.")
        return text.decode("utf-8", "replace")
    raise invalid("Either Template URL or Template Body must be specified.")


def from_s3(stacks: Stacks, account: str, region: str, member: str, url: str) -> bytes:
    """The object at `url`, the value of a request's `member`, read with the caller's credentials."""
    place = s3_place(url)
    if place is None:
        raise invalid(f"{member} must be a supported URL.")
    bucket, key = place
    try:
        found: bytes = stacks.client("s3", account, region).get_object(Bucket=bucket, Key=key)["Body"].read()
    except ClientError as error:
        raise invalid(f"S3 error: {error.response['Error'].get('Message', error)}") from error
    return found


def stack_policy(
    stacks: Stacks, account: str, region: str, given: Mapping[str, Any], member: str = "StackPolicy"
) -> str | None:
    """The stack policy that a request gives in `member`Body or `member`URL, checked; None: neither."""
    body, url = given.get(f"{member}Body"), given.get(f"{member}URL")
    if body is not None and url is not None:
        raise invalid(f"You cannot specify both {member}URL and {member}Body")
    if url is not None:
        body = from_s3(stacks, account, region, f"{member}URL", str(url)).decode("utf-8", "replace")
    return None if body is None else stack_policies.check(str(body))


def desired(
    stacks: Stacks, account: str, region: str, given: Mapping[str, Any], stack: StackRecord | None
) -> Desired:
    """What a request wants, checked."""
    body = template_body(stacks, account, region, given, stack)
    template = parse(body)
    previous = {item["ParameterKey"]: item["ParameterValue"] for item in stack.parameters} if stack else None
    parameters = bind(template, given.get("Parameters", ()), previous)
    check_properties(template.resources.items())
    needed, _logical = template.capabilities()
    have = set(given.get("Capabilities", ()))
    if needed and not (have & {*needed, "CAPABILITY_NAMED_IAM"}):
        raise AwsError("InsufficientCapabilitiesException", f"Requires capabilities : [{needed[0]}]")
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


def check_new(stacks: Stacks, stack: StackRecord, desired: Desired) -> None:
    """Resolve everything once before anything is made, so that a bad reference stops the request."""
    operation = stacks.operation(stack)
    changes.plan(operation.evaluation(desired, stack.resources), desired.tags)


def s3_place(url: str) -> tuple[str, str] | None:
    """Bucket and key of an S3 URL in path or virtual-hosted style (S3 User Guide, "Methods for accessing a
    general purpose bucket")."""
    host = r"(?:s3(?:[.-][a-z0-9-]+)*\.amazonaws\.com)"
    path = re.fullmatch(rf"https://{host}/([^/]+)/([^?]+)(?:\?.*)?", url)
    virtual = re.fullmatch(rf"https://([a-z0-9][a-z0-9.-]+)\.{host}/([^?]+)(?:\?.*)?", url)
    found = path or virtual
    return (found[1], found[2]) if found else None
