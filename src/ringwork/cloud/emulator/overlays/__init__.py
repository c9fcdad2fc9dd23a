"""What moto answers differently from AWS, or not at all, where Ringwork needs its meaning: one module for
each service.

An overlay is a function for one operation. It gets the call and the next layer's answer as a function
(`proceed`), works in botocore's shapes, and may refuse, change what is stored, change what is answered, or
answer by itself. What a service needs to remember and moto does not is kept as an attribute of moto's object
or in a table of the call, so it is saved with the rest.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ringwork.cloud.emulator.overlays import (
    accessanalyzer,
    backup,
    backup_vault_policies,
    bedrock,
    bedrock_agent,
    bedrock_runtime,
    cloudtrail,
    cloudwatch_alarms,
    config,
    config_rules,
    ec2,
    ec2_client_vpn,
    ec2_default_groups,
    ec2_endpoints,
    ec2_instances,
    ec2_metadata_defaults,
    ec2_prefix_lists,
    ec2_public_access,
    ec2_rules,
    ec2_sharing,
    ec2_transit_gateway_prefixes,
    ec2_transit_gateways,
    ecr_scans,
    events,
    fms,
    guardduty,
    guardduty_coverage,
    guardduty_features,
    iam,
    iam_credential_report,
    iam_last_accessed,
    iam_oidc,
    iam_organizations,
    iam_service_credentials,
    inspector2,
    kms,
    kms_key_stores,
    lambda_,
    logs_data_protection,
    macie2,
    macie2_buckets,
    network_firewall,
    organizations,
    organizations_effective,
    organizations_resource_policies,
    ram,
    resourcegroupstaggingapi,
    route53,
    s3,
    s3control,
    sagemaker_lineage,
    sagemaker_lists,
    sagemaker_models,
    sagemaker_monitoring,
    sagemaker_registry,
    sagemaker_studio,
    sagemaker_tags,
    securityhub,
    securityhub_insights,
    securityhub_policies,
    ssm,
    sso_permissions_boundaries,
    triggers,
    vpc_lattice,
    wafv2,
    wafv2_permission_policies,
)
from ringwork.cloud.emulator.overlays.call import Call, Overlay, Proceed


def _each() -> Iterator[tuple[tuple[str, str], Overlay]]:
    for service, overlays in (
        ("accessanalyzer", accessanalyzer.OVERLAYS),
        ("backup", backup.OVERLAYS),
        ("backup", backup_vault_policies.OVERLAYS),
        ("bedrock", bedrock.OVERLAYS),
        ("bedrock-agent", bedrock_agent.OVERLAYS),
        ("bedrock-runtime", bedrock_runtime.OVERLAYS),
        ("cloudtrail", cloudtrail.OVERLAYS),
        ("cloudwatch", cloudwatch_alarms.OVERLAYS),
        ("config", config.OVERLAYS),
        ("config", config_rules.OVERLAYS),
        ("ec2", ec2.OVERLAYS),
        ("ec2", ec2_client_vpn.OVERLAYS),
        ("ec2", ec2_default_groups.OVERLAYS),
        ("ec2", ec2_endpoints.OVERLAYS),
        ("ec2", ec2_instances.OVERLAYS),
        ("ec2", ec2_metadata_defaults.OVERLAYS),
        ("ec2", ec2_public_access.OVERLAYS),
        ("ec2", ec2_prefix_lists.OVERLAYS),
        ("ec2", ec2_rules.OVERLAYS),
        ("ec2", ec2_sharing.OVERLAYS),
        ("ec2", ec2_transit_gateway_prefixes.OVERLAYS),
        ("ec2", ec2_transit_gateways.OVERLAYS),
        ("ecr", ecr_scans.OVERLAYS),
        ("events", events.OVERLAYS),
        ("fms", fms.OVERLAYS),
        ("guardduty", guardduty.OVERLAYS),
        ("guardduty", guardduty_coverage.OVERLAYS),
        ("guardduty", guardduty_features.OVERLAYS),
        ("iam", iam.OVERLAYS),
        ("iam", iam_credential_report.OVERLAYS),
        ("iam", iam_last_accessed.OVERLAYS),
        ("iam", iam_oidc.OVERLAYS),
        ("iam", iam_organizations.OVERLAYS),
        ("iam", iam_service_credentials.OVERLAYS),
        ("inspector2", inspector2.OVERLAYS),
        ("kms", kms.OVERLAYS),
        ("kms", kms_key_stores.OVERLAYS),
        ("lambda", lambda_.OVERLAYS),
        ("logs", logs_data_protection.OVERLAYS),
        ("macie2", macie2.OVERLAYS),
        ("macie2", macie2_buckets.OVERLAYS),
        ("network-firewall", network_firewall.OVERLAYS),
        ("organizations", organizations.OVERLAYS),
        ("organizations", organizations_effective.OVERLAYS),
        ("organizations", organizations_resource_policies.OVERLAYS),
        ("ram", ram.OVERLAYS),
        ("resourcegroupstaggingapi", resourcegroupstaggingapi.OVERLAYS),
        ("route53", route53.OVERLAYS),
        ("s3", s3.OVERLAYS),
        ("s3control", s3control.OVERLAYS),
        ("sagemaker", sagemaker_lineage.OVERLAYS),
        ("sagemaker", sagemaker_lists.OVERLAYS),
        ("sagemaker", sagemaker_models.OVERLAYS),
        ("sagemaker", sagemaker_monitoring.OVERLAYS),
        ("sagemaker", sagemaker_registry.OVERLAYS),
        ("sagemaker", sagemaker_studio.OVERLAYS),
        ("sagemaker", sagemaker_tags.OVERLAYS),
        ("securityhub", securityhub.OVERLAYS),
        ("securityhub", securityhub_insights.OVERLAYS),
        ("securityhub", securityhub_policies.OVERLAYS),
        ("ssm", ssm.OVERLAYS),
        ("sso-admin", sso_permissions_boundaries.OVERLAYS),
        ("vpc-lattice", vpc_lattice.OVERLAYS),
        ("wafv2", wafv2.OVERLAYS),
        ("wafv2", wafv2_permission_policies.OVERLAYS),
        ("sagemaker-runtime", sagemaker_models.RUNTIME),
        *triggers.OVERLAYS.items(),
    ):
        for operation, overlay in overlays.items():
            yield (service, operation), overlay


def _above(upper: Overlay, lower: Overlay) -> Overlay:
    def both(call: Call, proceed: Proceed) -> dict[str, Any]:
        return upper(call, lambda: lower(call, proceed))

    return both


def _all() -> dict[tuple[str, str], Overlay]:
    """Of two overlays for one operation, the later one is asked first and lets the other answer."""
    found: dict[tuple[str, str], Overlay] = {}
    for key, overlay in _each():
        found[key] = _above(overlay, found[key]) if key in found else overlay
    return found


OVERLAYS: Mapping[tuple[str, str], Overlay] = _all()
"""(botocore's service name, operation) -> overlay"""
