"""Resource shares: what they hold and who has them."""

from __future__ import annotations

import pytest
from botocore.exceptions import ClientError

from ringwork.cloud.emulator import LocalCloud

ACCOUNT, OTHER, REGION = "111122223333", "444455556666", "eu-west-1"
GATEWAY = f"arn:aws:ec2:{REGION}:{ACCOUNT}:transit-gateway/tgw-0123456789abcdef0"


def entities(ram, kind):
    found = ram.get_resource_share_associations(associationType=kind)["resourceShareAssociations"]
    return [each["associatedEntity"] for each in found]


def test_a_share_takes_and_gives_back_principals_and_resources(tmp_path):
    """RAM API reference, AssociateResourceShare and DisassociateResourceShare."""
    with LocalCloud(tmp_path / "state") as cloud:
        ram = cloud.session(ACCOUNT, REGION).client("ram")
        share = ram.create_resource_share(name="transit")["resourceShare"]["resourceShareArn"]
        ram.associate_resource_share(resourceShareArn=share, principals=[OTHER], resourceArns=[GATEWAY])
        assert (entities(ram, "PRINCIPAL"), entities(ram, "RESOURCE")) == ([OTHER], [GATEWAY])
        who = ram.list_principals(resourceOwner="SELF", resourceArn=GATEWAY)["principals"]
        what = ram.list_resources(resourceOwner="SELF", principal=OTHER)["resources"]
        assert ([each["id"] for each in who], [each["arn"] for each in what]) == ([OTHER], [GATEWAY])
        ram.disassociate_resource_share(resourceShareArn=share, principals=[OTHER])
        assert (entities(ram, "PRINCIPAL"), entities(ram, "RESOURCE")) == ([], [GATEWAY])
        with pytest.raises(ClientError) as refused:
            ram.associate_resource_share(resourceShareArn=f"{share}0", principals=[OTHER])
        assert refused.value.response["Error"]["Code"] == "UnknownResourceException"


def test_shares_are_found_by_their_tags(tmp_path):
    """RAM API reference, GetResourceShares, tagFilters."""
    with LocalCloud(tmp_path / "state") as cloud:
        ram = cloud.session(ACCOUNT, REGION).client("ram")
        tags = [{"key": "team", "value": "fraud"}]
        share = ram.create_resource_share(name="a", tags=tags)["resourceShare"]["resourceShareArn"]
        ram.create_resource_share(name="b")

        def found(value):
            filters = [{"tagKey": "team", "tagValues": [value]}]
            answer = ram.get_resource_shares(resourceOwner="SELF", tagFilters=filters)
            return [each["name"] for each in answer["resourceShares"]]

        assert (found("fraud"), found("risk")) == (["a"], [])
        ram.tag_resource(resourceShareArn=share, tags=[{"key": "team", "value": "risk"}])
        assert (found("fraud"), found("risk")) == ([], ["a"])
        ram.untag_resource(resourceShareArn=share, tagKeys=["team"])
        assert found("risk") == []


@pytest.mark.parametrize(
    ("service", "method", "arguments"),
    [
        ("sagemaker", "put_endpoint_policy", None),
        (
            "ec2",
            "associate_nat_gateway_address",
            {"NatGatewayId": "nat-0123456789abcdef0", "AllocationIds": ["eipalloc-0123456789abcdef0"]},
        ),
    ],
)
def test_what_would_change_routes_or_permissions_without_effect_is_refused(
    tmp_path, service, method, arguments
):
    with LocalCloud(tmp_path / "state") as cloud:
        client = cloud.session(ACCOUNT, REGION).client(service)
        if arguments is None:
            shape = client.meta.service_model.operation_model("PutEndpointPolicy").input_shape
            arguments = dict.fromkeys(shape.required_members, "x" * 30)
        with pytest.raises(ClientError) as refused:
            getattr(client, method)(**arguments)
        assert refused.value.response["Error"]["Code"] == "NotEmulated"
