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
        ram.disassociate_resource_share(resourceShareArn=share, principals=[OTHER])
        assert (entities(ram, "PRINCIPAL"), entities(ram, "RESOURCE")) == ([], [GATEWAY])
        with pytest.raises(ClientError) as refused:
            ram.associate_resource_share(resourceShareArn=f"{share}0", principals=[OTHER])
        assert refused.value.response["Error"]["Code"] == "UnknownResourceException"


@pytest.mark.parametrize(
    ("service", "method", "arguments"),
    [
        ("sagemaker", "put_endpoint_policy", None),
        (
            "ec2",
            "create_transit_gateway_prefix_list_reference",
            {
                "TransitGatewayRouteTableId": "tgw-rtb-0123456789abcdef0",
                "PrefixListId": "pl-0123456789abcdef0",
            },
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
