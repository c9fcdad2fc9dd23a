"""No image is called free of vulnerabilities, or given one, that nobody scanned.

Expected: ECR API reference, DescribeImageScanFindings, StartImageScan.
"""

from __future__ import annotations

import json

import pytest
from botocore.exceptions import ClientError

from ringwork.cloud.emulator import LocalCloud

KIND = "application/vnd.docker.distribution.manifest.v2+json"
LAYER = {
    "mediaType": "application/vnd.docker.image.rootfs.diff.tar.gzip",
    "size": 1,
    "digest": "sha256:" + "0" * 64,
}
MANIFEST = json.dumps({"schemaVersion": 2, "mediaType": KIND, "config": LAYER, "layers": [LAYER]})


@pytest.fixture
def ecr(tmp_path):
    with LocalCloud(tmp_path / "state") as cloud:
        yield cloud.session("111122223333", "us-east-1").client("ecr")


def push(ecr, *, scan):
    ecr.create_repository(repositoryName="images", imageScanningConfiguration={"scanOnPush": scan})
    ecr.put_image(repositoryName="images", imageManifest=MANIFEST, imageTag="v1")


def findings(ecr):
    return ecr.describe_image_scan_findings(repositoryName="images", imageId={"imageTag": "v1"})


def test_an_image_that_nobody_scanned_has_no_findings_to_show(ecr):
    push(ecr, scan=False)
    with pytest.raises(ClientError) as error:
        findings(ecr)
    assert error.value.response["Error"]["Code"] == "ScanNotFoundException"


@pytest.mark.parametrize("scan", [True, False])
def test_a_scan_that_was_asked_for_goes_on(ecr, scan):
    push(ecr, scan=scan)
    if not scan:
        ecr.start_image_scan(repositoryName="images", imageId={"imageTag": "v1"})
    found = findings(ecr)
    assert found["imageScanStatus"]["status"] == "IN_PROGRESS"
    assert "imageScanFindings" not in found
