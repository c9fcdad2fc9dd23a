"""Config: conformance packs of an organization, which moto takes from S3 only.

Source: Config API reference, PutOrganizationConformancePack: TemplateS3Uri or TemplateBody.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ringwork.cloud.emulator.errors import AwsError
from ringwork.cloud.emulator.overlays.call import Call, Overlay, Proceed


def _put_pack(call: Call, proceed: Proceed) -> dict[str, Any]:
    from moto.config.models import config_backends  # noqa: PLC0415

    given = call.parameters
    if given.get("TemplateS3Uri"):
        return proceed()
    if not given.get("TemplateBody"):
        raise AwsError("ValidationException", "Template body is invalid")
    backend = config_backends[call.account][call.region]
    answer: dict[str, Any] = backend.put_organization_conformance_pack(
        name=given["OrganizationConformancePackName"],
        # moto looks at the location only to see that it is one; the body is what is kept
        template_s3_uri="s3://template-body",
        template_body=given["TemplateBody"],
        delivery_s3_bucket=given.get("DeliveryS3Bucket"),
        delivery_s3_key_prefix=given.get("DeliveryS3KeyPrefix"),
        input_parameters=given.get("ConformancePackInputParameters"),
        excluded_accounts=given.get("ExcludedAccounts"),
    )
    return answer


OVERLAYS: Mapping[str, Overlay] = {"PutOrganizationConformancePack": _put_pack}
