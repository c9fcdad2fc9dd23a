"""Requests of one account to another that only an API call accepts: attachments, peerings, connections.

A Transit Gateway that accepts nothing by itself (control NET-15), a peering of two of them, and an endpoint
service with manual acceptance each leave a request waiting (Transit Gateway guide, "Accept a shared
attachment"; AWS PrivateLink guide, "Accept or reject connection requests"). CloudFormation has no type that
accepts. Its handler of `AWS::EC2::TransitGatewayVpcAttachment` waits until the attachment is `available`, so
the stack ends only once somebody accepted (published source of the registry handlers,
aws-cloudformation-resource-providers-transitgateway, `workflow/create/Create.java`); that of
`AWS::EC2::TransitGatewayPeeringAttachment` ends at `pendingAcceptance`. So a request is accepted as soon as
the stack's events name it, and again after the stack, whichever comes first.

Only what the stack itself made is accepted: the request's owner must be the stack's account.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from ringwork.cloud.deploy.progress import Event, OnEvent, Patience
from ringwork.cloud.deploy.state import StackState, listed_resources
from ringwork.cloud.errors import OperationError, code, explain
from ringwork.cloud.session import Cloud
from ringwork.estate.stack import Acceptable, Acceptance, Stack

_WAITS, _DONE = "pendingacceptance", "available"
_LOST = frozenset({"rejected", "rejecting", "failed", "failing", "deleted", "deleting", "expired"})
_PATIENCE = 600.0
"""Seconds of pauses for an accepted request to become available: AWS says minutes."""


@dataclass(frozen=True, slots=True)
class Request:
    """A request as the account sees it that is asked."""

    state: str
    """small letters: EC2 writes `pendingAcceptance` and `PendingAcceptance`"""
    owner: str
    """12 digits: who asks"""
    service: str | None = None
    """of a connection: the endpoint service"""


def _attachment(ec2: Any, identifier: str) -> Request | None:
    rows = ec2.describe_transit_gateway_vpc_attachments(TransitGatewayAttachmentIds=[identifier])
    return _first(rows["TransitGatewayVpcAttachments"], lambda row: Request(row["State"], row["VpcOwnerId"]))


def _peering(ec2: Any, identifier: str) -> Request | None:
    rows = ec2.describe_transit_gateway_peering_attachments(TransitGatewayAttachmentIds=[identifier])
    return _first(
        rows["TransitGatewayPeeringAttachments"],
        lambda row: Request(row["State"], row["RequesterTgwInfo"]["OwnerId"]),
    )


def _connection(ec2: Any, identifier: str) -> Request | None:
    named = [{"Name": "vpc-endpoint-id", "Values": [identifier]}]
    rows = ec2.describe_vpc_endpoint_connections(Filters=named)["VpcEndpointConnections"]
    return _first(
        [row for row in rows if row["VpcEndpointId"] == identifier],
        lambda row: Request(row["VpcEndpointState"], row["VpcEndpointOwner"], row["ServiceId"]),
    )


def _first(rows: list[Mapping[str, Any]], request: Callable[[Mapping[str, Any]], Request]) -> Request | None:
    if not rows:
        return None
    found = request(rows[0])
    return Request(found.state.lower(), found.owner, found.service)


def _accept_connection(ec2: Any, identifier: str, request: Request) -> None:
    answer = ec2.accept_vpc_endpoint_connections(ServiceId=request.service, VpcEndpointIds=[identifier])
    for failed in answer.get("Unsuccessful", ()):
        error = failed.get("Error", {})
        raise OperationError(
            f"`{identifier}` was not accepted: {error.get('Message') or error.get('Code')}",
            help="look at the endpoint service's connections, then repeat the command",
        )


@dataclass(frozen=True, slots=True)
class _Way:
    """How EC2 is asked."""

    read: Callable[[Any, str], Request | None]
    accept: Callable[[Any, str, Request], object]


_WAYS: Mapping[Acceptable, _Way] = {
    Acceptable.TRANSIT_GATEWAY_ATTACHMENT: _Way(
        _attachment,
        lambda ec2, identifier, _request: ec2.accept_transit_gateway_vpc_attachment(
            TransitGatewayAttachmentId=identifier
        ),
    ),
    Acceptable.TRANSIT_GATEWAY_PEERING: _Way(
        _peering,
        lambda ec2, identifier, _request: ec2.accept_transit_gateway_peering_attachment(
            TransitGatewayAttachmentId=identifier
        ),
    ),
    Acceptable.ENDPOINT_CONNECTION: _Way(_connection, _accept_connection),
}
READS = (
    "ec2:DescribeTransitGatewayPeeringAttachments",
    "ec2:DescribeTransitGatewayVpcAttachments",
    "ec2:DescribeVpcEndpointConnections",
)
"""IAM actions that asking for requests needs."""
WRITES = (
    "ec2:AcceptTransitGatewayPeeringAttachment",
    "ec2:AcceptTransitGatewayVpcAttachment",
    "ec2:AcceptVpcEndpointConnections",
)
"""IAM actions that accepting needs."""


def logical(stack: Stack, acceptance: Acceptance) -> str | None:
    """The logical id of the resource that asks."""
    value = stack.template.get("Outputs", {}).get(acceptance.output, {}).get("Value")
    return value.get("Ref") if isinstance(value, Mapping) else None


def sentence(acceptance: Acceptance) -> str:
    """For plans."""
    where = f"account {acceptance.account}, {acceptance.region}"
    return f"{where} accepts the {acceptance.kind.value} `{acceptance.output}`"


def waiting(cloud: Cloud, stack: Stack, outputs: Mapping[str, str]) -> tuple[Acceptance, ...]:
    """The stack's requests that nobody has accepted yet. Raises OperationError."""
    found = []
    for acceptance in stack.acceptances:
        identifier = outputs.get(acceptance.output)
        if identifier is None:
            continue
        request = _asked(cloud, stack, acceptance, identifier)
        if request is not None and request.state == _WAITS:
            found.append(acceptance)
    return tuple(found)


def accept_all(cloud: Cloud, stack: Stack, outputs: Mapping[str, str], patience: Patience) -> None:
    """Accept what the deployed stack asks, and wait until it works. Raises OperationError."""
    for acceptance in stack.acceptances:
        identifier = outputs.get(acceptance.output)
        if identifier is None:
            raise OperationError(
                f"stack `{stack.name}` has no output `{acceptance.output}` to accept",
                help="deploy it with a template that has the output",
            )
        accept(cloud, stack, acceptance, identifier, patience, until=frozenset({_DONE}))


def as_asked(cloud: Cloud, stack: Stack, on_event: OnEvent, patience: Patience) -> OnEvent:
    """`on_event`, which also accepts each request of the stack once CloudFormation has made it."""
    asking = {name: a for a in stack.acceptances if (name := logical(stack, a)) is not None}
    if not asking:
        return on_event
    accepted: set[str] = set()

    def emit(event: Event) -> None:
        on_event(event)
        acceptance, made = asking.get(event.logical), event.physical
        made_now = event.status in {"CREATE_IN_PROGRESS", "UPDATE_IN_PROGRESS"}
        if acceptance is not None and made and made_now and made not in accepted:
            accepted.add(made)
            accept(cloud, stack, acceptance, made, patience, until=frozenset({_DONE, "pending"}))

    return emit


def go_on(cloud: Cloud, client: Any, stack: Stack, state: StackState | None, patience: Patience) -> None:
    """Accept what a stack asks that an interrupted deployment left half made: it would wait for ever."""
    if not stack.acceptances or state is None or not state.busy:
        return
    asking = {logical(stack, a): a for a in stack.acceptances}
    for resource in listed_resources(client, state.arn):
        acceptance = asking.get(resource["LogicalResourceId"])
        made = resource.get("PhysicalResourceId")
        if acceptance is not None and made and resource["ResourceStatus"].endswith("_IN_PROGRESS"):
            accept(cloud, stack, acceptance, made, patience, until=frozenset({_DONE, "pending"}))


def accept(
    cloud: Cloud,
    stack: Stack,
    acceptance: Acceptance,
    identifier: str,
    patience: Patience,
    *,
    until: frozenset[str],
) -> None:
    """Accept one request, once it waits for that; return when its state is one of `until`.

    Raises OperationError for a request of another account, one that is lost, and one that never comes.
    """
    ec2 = cloud.client("ec2", account=acceptance.account, region=acceptance.region)
    what = f"accept the {acceptance.kind.value} `{identifier}` of stack `{stack.name}`"
    where = f"in account {acceptance.account}, Region {acceptance.region}"
    asked = False
    for paused in patience.rounds():
        request = _asked(cloud, stack, acceptance, identifier)
        if request is not None:
            if request.state in _LOST:
                raise OperationError(
                    f"cannot {what}: it is {request.state} {where}",
                    help="delete the stack or change what asks, then repeat the command",
                )
            if request.state in until:
                return
            if request.state == _WAITS and not asked:
                try:
                    _WAYS[acceptance.kind].accept(ec2, identifier, request)
                except (ClientError, BotoCoreError) as error:
                    raise explain(error, f"{what} {where}") from error
                asked = True
                continue
        if paused > _PATIENCE:
            raise OperationError(
                f"cannot {what}: it is {request.state if request else 'not to be seen'} {where}",
                help="look at it in that account, then repeat the command",
            )
    raise AssertionError("rounds never end")


def _asked(cloud: Cloud, stack: Stack, acceptance: Acceptance, identifier: str) -> Request | None:
    """The request, if its owner is the stack's account; None while EC2 does not show it."""
    ec2 = cloud.client("ec2", account=acceptance.account, region=acceptance.region)
    try:
        request = _WAYS[acceptance.kind].read(ec2, identifier)
    except ClientError as error:
        if code(error).endswith(("NotFound", "NotFound.Malformed")):
            return None
        raise explain(error, f"look at the {acceptance.kind.value} `{identifier}`") from error
    except BotoCoreError as error:
        raise explain(error, f"look at the {acceptance.kind.value} `{identifier}`") from error
    if request is not None and request.owner != stack.account:
        raise OperationError(
            f"the {acceptance.kind.value} `{identifier}` belongs to account {request.owner}, not to that of "
            f"stack `{stack.name}`: it is not accepted",
            help="find out who changed the stack's output or asked in its place",
        )
    return request
