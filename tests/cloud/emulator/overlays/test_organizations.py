"""Organizations: an account that is in none has nothing to manage."""

from __future__ import annotations

import json

import pytest
from botocore.exceptions import ClientError

from ringwork.cloud.emulator import LocalCloud

SCP = {"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Action": "s3:*", "Resource": "*"}]}


@pytest.mark.parametrize(
    ("method", "arguments"),
    [
        ("create_organizational_unit", {"ParentId": "r-1234", "Name": "unit"}),
        (
            "create_policy",
            {
                "Name": "scp",
                "Description": "",
                "Type": "SERVICE_CONTROL_POLICY",
                "Content": json.dumps(SCP),
            },
        ),
        ("create_account", {"AccountName": "member", "Email": "member@example.com"}),
        ("list_roots", {}),
    ],
)
def test_without_an_organization_its_operations_say_so(tmp_path, method, arguments):
    """Organizations API reference, AWSOrganizationsNotInUseException."""
    with LocalCloud(tmp_path / "state") as cloud:
        client = cloud.session("111122223333", "us-east-1").client("organizations")
        with pytest.raises(ClientError) as refused:
            getattr(client, method)(**arguments)
    assert refused.value.response["Error"]["Code"] == "AWSOrganizationsNotInUseException"
