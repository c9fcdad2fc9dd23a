"""No policy is called sound by an analyzer that the local cloud does not have."""

from __future__ import annotations

import pytest
from botocore.exceptions import ClientError

from ringwork.cloud.emulator import LocalCloud

POLICY = (
    '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}]}'
)


@pytest.mark.parametrize(
    ("name", "given"),
    [
        ("validate_policy", {"policyDocument": POLICY, "policyType": "RESOURCE_POLICY"}),
        ("check_no_public_access", {"policyDocument": POLICY, "resourceType": "AWS::S3::Bucket"}),
    ],
)
def test_a_judgement_of_a_policy_is_refused(tmp_path, name, given):
    with LocalCloud(tmp_path / "state") as cloud:
        client = cloud.session("111122223333", "us-east-1").client("accessanalyzer")
        with pytest.raises(ClientError, match="NotEmulated"):
            getattr(client, name)(**given)
