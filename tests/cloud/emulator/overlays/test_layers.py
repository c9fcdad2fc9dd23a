"""Two overlays for one operation both have their say."""

from __future__ import annotations

import pytest
from botocore.exceptions import ClientError

from ringwork.cloud.emulator import LocalCloud


@pytest.mark.parametrize(
    ("number", "code"), [(32767, "InvalidParameterValue"), (7, "InvalidNetworkAclEntry.NotFound")]
)
def test_neither_the_last_rule_of_a_network_acl_nor_one_that_is_not_there_can_be_deleted(
    tmp_path, number, code
):
    """VPC user guide, "Network ACL basics": the last rule cannot be modified or removed; EC2 API reference,
    "Error codes for the Amazon EC2 API"."""
    with LocalCloud(tmp_path / "state") as cloud:
        ec2 = cloud.session("111122223333", "us-east-1").client("ec2")
        vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
        acl = ec2.create_network_acl(VpcId=vpc)["NetworkAcl"]["NetworkAclId"]
        with pytest.raises(ClientError) as error:
            ec2.delete_network_acl_entry(NetworkAclId=acl, RuleNumber=number, Egress=False)
        assert error.value.response["Error"]["Code"] == code


@pytest.mark.parametrize(
    ("service", "operation", "given"),
    [
        # made by moto, and looked for by the generic store, which has none of them
        ("logs", "list_log_groups", {}),
        ("iam", "get_mfa_device", {"SerialNumber": "arn:aws:iam::111122223333:mfa/device"}),
        # never to be answered from what was put before
        ("inspector2", "list_usage_totals", {}),
        (
            "detective",
            "list_investigations",
            {"GraphArn": "arn:aws:detective:us-east-1:111122223333:graph:1"},
        ),
        ("cloudtrail", "get_query_results", {"QueryId": "0" * 36}),
        ("ec2", "describe_network_insights_analyses", {}),
    ],
)
def test_what_would_be_empty_because_nobody_looked_is_refused(tmp_path, service, operation, given):
    with LocalCloud(tmp_path / "state") as cloud:
        client = cloud.session("111122223333", "us-east-1").client(service)
        with pytest.raises(ClientError, match="NotEmulated"):
            getattr(client, operation)(**given)
