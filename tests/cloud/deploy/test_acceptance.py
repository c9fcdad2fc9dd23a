"""Accepting what a stack asks of another account: while it is made, after it, and never for strangers."""

from __future__ import annotations

from typing import Any

import pytest

from ringwork.cloud.deploy import Outcome, deploy, plan
from ringwork.estate import Acceptable, Acceptance, StackOutput

ACCOUNT, NETWORK, REGION = "111122223333", "444455556666", "eu-west-1"
ATTACHMENT = {"Type": "AWS::EC2::TransitGatewayVpcAttachment", "Properties": {"VpcId": "vpc-1"}}
ASKS = Acceptance(Acceptable.TRANSIT_GATEWAY_ATTACHMENT, "AttachmentId", NETWORK, REGION)


class Gateway:
    """A Transit Gateway that accepts nothing by itself."""

    def __init__(self, cloud: Any) -> None:
        self.states: dict[str, str] = {}
        self.owner = ACCOUNT
        self.accepted: list[str] = []
        cloud.ec2_answers["DescribeTransitGatewayVpcAttachments"] = self._describe
        cloud.ec2_answers["AcceptTransitGatewayVpcAttachment"] = self._accept
        self.refuse: Any = None

    def _describe(self, asked: dict[str, Any]) -> dict[str, Any]:
        (name,) = asked["TransitGatewayAttachmentIds"]
        state = self.states.setdefault(name, "pendingAcceptance")
        return {"TransitGatewayVpcAttachments": [{"State": state, "VpcOwnerId": self.owner}]}

    def _accept(self, asked: dict[str, Any]) -> dict[str, Any]:
        if self.refuse:
            raise self.refuse
        name = asked["TransitGatewayAttachmentId"]
        assert self.states[name] == "pendingAcceptance"
        self.states[name] = "available"
        self.accepted.append(name)
        return {}


@pytest.fixture
def gateway(cloud: Any) -> Gateway:
    return Gateway(cloud)


@pytest.fixture
def asking(stack: Any) -> Any:
    return stack(
        "net",
        {"Attachment": ATTACHMENT},
        outputs={"AttachmentId": {"Ref": "Attachment"}},
        acceptances=(ASKS,),
    )


def test_a_request_is_accepted_while_cloudformation_waits_for_it(cloud, formation, gateway, asking, patience):
    seen: list[tuple[str, str, int]] = []

    def on_event(event: Any) -> None:
        seen.append((event.logical, event.status, len(gateway.accepted)))

    assert deploy(cloud, [asking], on_event=on_event, patience=patience).ok
    # before the resource is complete: its handler waits for `available`
    assert ("Attachment", "CREATE_COMPLETE", 1) in seen
    # as the events name it, and as the output does (the fake gives them two names)
    assert gateway.accepted == ["Attachment-physical", f"{ACCOUNT}-{REGION}-Attachment"]


def test_what_is_accepted_is_not_accepted_again(cloud, gateway, asking, patience):
    deploy(cloud, [asking], patience=patience)
    gateway.accepted.clear()
    again = deploy(cloud, [asking], patience=patience)
    assert again.results[0].outcome is Outcome.UNCHANGED
    assert gateway.accepted == []


def test_a_request_that_an_interrupted_deployment_left_is_accepted(
    cloud, formation, gateway, asking, patience
):
    kept = formation.put("net", "CREATE_IN_PROGRESS", dict(asking.template), parameters={})
    kept.resources = {"Attachment": "CREATE_IN_PROGRESS"}
    # CloudFormation goes on only once it is accepted
    kept.steps = [lambda: formation._set(kept, "CREATE_COMPLETE") if gateway.accepted else None] * 9
    assert deploy(cloud, [asking], patience=patience).ok
    assert gateway.accepted[0] == "Attachment-physical"


def test_a_request_of_another_account_is_never_accepted(cloud, gateway, asking, patience):
    gateway.owner = "999999999999"
    done = deploy(cloud, [asking], patience=patience)
    assert done.results[0].outcome is Outcome.FAILED
    assert "belongs to account 999999999999" in str(done.results[0].error)
    assert gateway.accepted == []


def test_a_rejected_request_fails_the_stack_and_stops_what_needs_it(cloud, gateway, asking, stack, patience):
    gateway.states["Attachment-physical"] = "rejected"
    needs = {"Id": StackOutput(asking.id, "AttachmentId")}
    after = stack("after", {"Vpc": {"Type": "AWS::EC2::VPC"}}, parameters=needs)
    done = deploy(cloud, [asking, after], patience=patience)
    assert [result.outcome for result in done.results] == [Outcome.FAILED, Outcome.SKIPPED]
    assert "it is rejected" in str(done.results[0].error)


def test_who_may_not_accept_is_told_so(cloud, gateway, asking, patience):
    gateway.refuse = cloud.Refused("UnauthorizedOperation", "You are not authorized")
    done = deploy(cloud, [asking], patience=patience)
    assert done.results[0].outcome is Outcome.FAILED
    assert "accept the Transit Gateway attachment" in str(done.results[0].error)


def test_the_plan_says_what_will_be_accepted_and_what_still_waits(cloud, gateway, asking, patience):
    wanted = (f"account {NETWORK}, {REGION} accepts the Transit Gateway attachment `AttachmentId`",)
    assert plan(cloud, [asking], patience=patience).stacks[0].accepts == wanted
    deploy(cloud, [asking], patience=patience)
    assert plan(cloud, [asking], patience=patience).empty
    gateway.states[f"{ACCOUNT}-{REGION}-Attachment"] = "pendingAcceptance"
    later = plan(cloud, [asking], patience=patience)
    assert later.stacks[0].accepts == wanted
    assert not later.empty


def test_an_endpoint_connection_is_accepted_for_its_service(cloud, stack, patience):
    state = {"now": "pendingAcceptance"}
    asked: list[dict[str, Any]] = []

    def describe(params: dict[str, Any]) -> dict[str, Any]:
        (name,) = params["Filters"][0]["Values"]
        row = {"ServiceId": "vpce-svc-1", "VpcEndpointId": name, "VpcEndpointOwner": ACCOUNT}
        return {"VpcEndpointConnections": [{**row, "VpcEndpointState": state["now"]}]}

    def accept(params: dict[str, Any]) -> dict[str, Any]:
        asked.append(params)
        state["now"] = "Available"
        return {"Unsuccessful": []}

    cloud.ec2_answers.update(DescribeVpcEndpointConnections=describe, AcceptVpcEndpointConnections=accept)
    asking = stack(
        "net",
        {"Endpoint": {"Type": "AWS::EC2::VPCEndpoint", "Properties": {"VpcId": "vpc-1"}}},
        outputs={"EndpointId": {"Ref": "Endpoint"}},
        acceptances=(Acceptance(Acceptable.ENDPOINT_CONNECTION, "EndpointId", NETWORK, REGION),),
    )
    assert deploy(cloud, [asking], patience=patience).ok
    assert asked == [{"ServiceId": "vpce-svc-1", "VpcEndpointIds": ["Endpoint-physical"]}]


def test_a_peering_is_accepted_by_the_other_region(cloud, stack, patience):
    states: dict[str, str] = {}

    def describe(params: dict[str, Any]) -> dict[str, Any]:
        (name,) = params["TransitGatewayAttachmentIds"]
        row = {"State": states.get(name, "pendingAcceptance"), "RequesterTgwInfo": {"OwnerId": ACCOUNT}}
        return {"TransitGatewayPeeringAttachments": [row]}

    def accept(params: dict[str, Any]) -> dict[str, Any]:
        states[params["TransitGatewayAttachmentId"]] = "available"
        return {}

    cloud.ec2_answers["DescribeTransitGatewayPeeringAttachments"] = describe
    cloud.ec2_answers["AcceptTransitGatewayPeeringAttachment"] = accept
    peering = Acceptance(Acceptable.TRANSIT_GATEWAY_PEERING, "PeeringId", ACCOUNT, "eu-central-1")
    asking = stack(
        "peer",
        {"Peering": {"Type": "AWS::EC2::TransitGatewayPeeringAttachment", "Properties": {}}},
        outputs={"PeeringId": {"Ref": "Peering"}},
        acceptances=(peering,),
    )
    assert deploy(cloud, [asking], patience=patience).ok
    assert set(states.values()) == {"available"}
