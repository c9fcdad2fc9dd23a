"""What moto answers differently from AWS, or not at all, where Ringwork needs its meaning: one module for
each service.

An overlay is a function for one operation. It gets the call and the next layer's answer as a function
(`proceed`), works in botocore's shapes, and may refuse, change what is stored, change what is answered, or
answer by itself. What a service needs to remember and moto does not is kept as an attribute of moto's object
or in a table of the call, so it is saved with the rest.
"""

from __future__ import annotations

from collections.abc import Mapping

from ringwork.cloud.emulator.overlays import (
    bedrock,
    cloudtrail,
    ec2,
    ec2_rules,
    events,
    guardduty,
    iam,
    kms,
    macie2,
    organizations,
    s3,
    sagemaker_lineage,
    sagemaker_models,
    sagemaker_monitoring,
    sagemaker_registry,
    sagemaker_studio,
    securityhub,
)
from ringwork.cloud.emulator.overlays.call import Overlay

OVERLAYS: Mapping[tuple[str, str], Overlay] = {
    (service, operation): overlay
    for service, overlays in (
        ("bedrock", bedrock.OVERLAYS),
        ("cloudtrail", cloudtrail.OVERLAYS),
        ("ec2", ec2.OVERLAYS),
        ("ec2", ec2_rules.OVERLAYS),
        ("events", events.OVERLAYS),
        ("guardduty", guardduty.OVERLAYS),
        ("iam", iam.OVERLAYS),
        ("kms", kms.OVERLAYS),
        ("macie2", macie2.OVERLAYS),
        ("organizations", organizations.OVERLAYS),
        ("s3", s3.OVERLAYS),
        ("sagemaker", sagemaker_lineage.OVERLAYS),
        ("sagemaker", sagemaker_models.OVERLAYS),
        ("sagemaker", sagemaker_monitoring.OVERLAYS),
        ("sagemaker", sagemaker_registry.OVERLAYS),
        ("sagemaker", sagemaker_studio.OVERLAYS),
        ("sagemaker-runtime", sagemaker_models.RUNTIME),
        ("securityhub", securityhub.OVERLAYS),
    )
    for operation, overlay in overlays.items()
}
"""(botocore's service name, operation) -> overlay"""
