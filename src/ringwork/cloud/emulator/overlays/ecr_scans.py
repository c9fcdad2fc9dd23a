"""ECR: scans of images are asked for, and never end, because no image is scanned here.

moto answers with a vulnerability that it makes up. Source: ECR API reference, StartImageScan,
DescribeImageScanFindings (ScanNotFoundException; the status of a scan).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ringwork.cloud.emulator.errors import AwsError
from ringwork.cloud.emulator.overlays.call import Call, Overlay, Proceed


def _findings(call: Call, _proceed: Proceed) -> dict[str, Any]:
    from moto.ecr.models import ecr_backends  # noqa: PLC0415

    given = call.parameters
    name = str(given["repositoryName"])
    repository = ecr_backends[call.account][call.region].repositories.get(name)
    if repository is None:
        message = f"The repository with name '{name}' does not exist in the registry with id '{call.account}'"
        raise AwsError("RepositoryNotFoundException", message)
    wanted = given.get("imageId") or {}
    image = next(
        (
            one
            for one in repository.images
            if wanted.get("imageDigest") in (None, one.image_digest)
            and (wanted.get("imageTag") is None or wanted["imageTag"] in one.image_tags)
        ),
        None,
    )
    if image is None:
        raise AwsError("ImageNotFoundException", "The image does not exist.")
    asked_for = (
        image.last_scan or str(repository.image_scanning_configuration.get("scanOnPush")).lower() == "true"
    )
    if not asked_for:
        message = f"Image scan does not exist for the image with '{wanted}' in the repository '{name}'"
        raise AwsError("ScanNotFoundException", message)
    return {
        "registryId": call.account,
        "repositoryName": name,
        "imageId": {
            "imageDigest": image.image_digest,
            **({"imageTag": wanted["imageTag"]} if wanted.get("imageTag") else {}),
        },
        "imageScanStatus": {"status": "IN_PROGRESS"},
    }


OVERLAYS: Mapping[str, Overlay] = {"DescribeImageScanFindings": _findings}
