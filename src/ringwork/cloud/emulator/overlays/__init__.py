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
    accessanalyzer,
    bedrock,
    cloudtrail,
    config,
    ec2,
    ec2_endpoints,
    ec2_instances,
    ec2_public_access,
    ec2_rules,
    ec2_transit_gateways,
    events,
    guardduty,
    iam,
    iam_last_accessed,
    kms,
    lambda_,
    macie2,
    network_firewall,
    organizations,
    resourcegroupstaggingapi,
    s3,
    sagemaker_lineage,
    sagemaker_models,
    sagemaker_monitoring,
    sagemaker_registry,
    sagemaker_studio,
    securityhub,
    wafv2,
)
from ringwork.cloud.emulator.overlays.call import Overlay

OVERLAYS: Mapping[tuple[str, str], Overlay] = {
    (service, operation): overlay
    for service, overlays in (
        ("accessanalyzer", accessanalyzer.OVERLAYS),
        ("bedrock", bedrock.OVERLAYS),
        ("cloudtrail", cloudtrail.OVERLAYS),
        ("config", config.OVERLAYS),
        ("ec2", ec2.OVERLAYS),
        ("ec2", ec2_endpoints.OVERLAYS),
        ("ec2", ec2_instances.OVERLAYS),
        ("ec2", ec2_public_access.OVERLAYS),
        ("ec2", ec2_rules.OVERLAYS),
        ("ec2", ec2_transit_gateways.OVERLAYS),
        ("events", events.OVERLAYS),
        ("guardduty", guardduty.OVERLAYS),
        ("iam", iam.OVERLAYS),
        ("iam", iam_last_accessed.OVERLAYS),
        ("kms", kms.OVERLAYS),
        ("lambda", lambda_.OVERLAYS),
        ("macie2", macie2.OVERLAYS),
        ("network-firewall", network_firewall.OVERLAYS),
        ("organizations", organizations.OVERLAYS),
        ("resourcegroupstaggingapi", resourcegroupstaggingapi.OVERLAYS),
        ("s3", s3.OVERLAYS),
        ("sagemaker", sagemaker_lineage.OVERLAYS),
        ("sagemaker", sagemaker_models.OVERLAYS),
        ("sagemaker", sagemaker_monitoring.OVERLAYS),
        ("sagemaker", sagemaker_registry.OVERLAYS),
        ("sagemaker", sagemaker_studio.OVERLAYS),
        ("securityhub", securityhub.OVERLAYS),
        ("wafv2", wafv2.OVERLAYS),
        ("sagemaker-runtime", sagemaker_models.RUNTIME),
    )
    for operation, overlay in overlays.items()
}
"""(botocore's service name, operation) -> overlay"""
