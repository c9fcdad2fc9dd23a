"""The published list of types, unchanged, over HTTP.

Its rows name things that do not exist (`d-1`, `x`), as the emulators that it was written for let them. Here
they are refused, and only they.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from ringwork.cloud.emulator import LocalCloud

REFUSED = {
    # the VPC has no attachment of that gateway (EC2 API reference, error codes)
    "AWS::EC2::Route": r"InvalidTransitGatewayID\.NotFound",
    # a gateway with default association on has associated it already
    "AWS::EC2::TransitGatewayRouteTableAssociation": r"already associated to a route table",
    "AWS::NetworkFirewall::Firewall": "firewall-policy/p does not exist",
    "AWS::NetworkFirewall::LoggingConfiguration": "firewall/nf does not exist",
    # the bucket's policy does not let the logging service write
    "AWS::S3::Bucket": "permissions to the logging service",
    # a replica in the Region of its primary
    "AWS::KMS::ReplicaKey": "exists in us-east-1 already",
    # the account is in no organization
    "AWS::Organizations::Policy": "rganizations",
    "AWS::Organizations::OrganizationalUnit": "rganizations",
    "AWS::Organizations::Account": "/Email",
    "AWS::SageMaker::ModelPackage": "model-package-group/mpg9 does not exist",
    "AWS::SageMaker::UserProfile": "Domain d-1 does not exist",
    "AWS::GuardDuty::Filter": "detectorId is not owned",
    "AWS::WAFv2::WebACLAssociation": "resource doesn.t exist",
    "AWS::Config::DeliveryChannel": "Configuration recorder is not available",
    "AWS::Lambda::Permission": "Function not found",
    "AWS::LakeFormation::PrincipalPermissions": "/Resource/Database/CatalogId",
    "AWS::CloudFormation::Stack": "TemplateURL must be a supported URL",
    "AWS::Nonsense::Type": "Unrecognized resource types",
}
"""type -> a part of the reason; `every_type.py` makes each of the real ones from valid properties"""


def test_every_row_is_made_or_refused_as_aws_would(tmp_path):
    shared = os.environ.get("RINGWORK_SHARED")
    if not shared:
        pytest.skip("RINGWORK_SHARED is not set: the published list is not here")
    script = Path(shared) / "prototypes/emulator/cfn_types.py"
    with (
        LocalCloud(tmp_path / "state") as cloud,
        cloud.serve(test_credentials=[("111122223333", "x")]) as serving,
    ):
        subprocess.run(
            [
                *(sys.executable, str(script), "--name", "ringwork"),
                *("--endpoint", serving.endpoint, "--out", str(tmp_path / "out.json")),
            ],
            capture_output=True,
            check=True,
        )
    rows = {row["type"]: row for row in json.loads((tmp_path / "out.json").read_text())["ringwork"]}
    assert len(rows) == 131
    assert {row["verdict"] for row in rows.values()} == {"created", "created?", "error"}
    refused = {type: row["detail"] for type, row in rows.items() if row["verdict"] == "error"}
    assert refused.keys() == REFUSED.keys()
    for type, reason in REFUSED.items():
        assert re.search(reason, refused[type]), (type, refused[type])
