"""What moto answers differently from AWS, or not at all, where Ringwork needs its meaning: one module for
each service.

An overlay is a function for one operation. It gets the call and the next layer's answer as a function
(`proceed`), works in botocore's shapes, and may refuse, change what is stored, change what is answered, or
answer by itself. What a service needs to remember and moto does not is kept as an attribute of moto's object
or in a table of the call, so it is saved with the rest.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from importlib import import_module
from typing import Any

from ringwork.cloud.emulator.overlays import triggers
from ringwork.cloud.emulator.overlays.call import Call, Overlay, Proceed

_TABLES: tuple[tuple[str, str, str], ...] = (
    ("accessanalyzer", "accessanalyzer", "OVERLAYS"),
    ("backup", "backup", "OVERLAYS"),
    ("backup", "backup_vault_policies", "OVERLAYS"),
    ("bedrock", "bedrock", "OVERLAYS"),
    ("bedrock-agent", "bedrock_agent", "OVERLAYS"),
    ("bedrock-runtime", "bedrock_runtime", "OVERLAYS"),
    ("cloudtrail", "cloudtrail", "OVERLAYS"),
    ("cloudwatch", "cloudwatch_alarms", "OVERLAYS"),
    ("config", "config", "OVERLAYS"),
    ("config", "config_rules", "OVERLAYS"),
    ("ec2", "ec2", "OVERLAYS"),
    ("ec2", "ec2_client_vpn", "OVERLAYS"),
    ("ec2", "ec2_default_groups", "OVERLAYS"),
    ("ec2", "ec2_endpoints", "OVERLAYS"),
    ("ec2", "ec2_instances", "OVERLAYS"),
    ("ec2", "ec2_metadata_defaults", "OVERLAYS"),
    ("ec2", "ec2_private_link", "OVERLAYS"),
    ("ec2", "ec2_public_access", "OVERLAYS"),
    ("ec2", "ec2_prefix_lists", "OVERLAYS"),
    ("ec2", "ec2_rules", "OVERLAYS"),
    ("ec2", "ec2_sharing", "OVERLAYS"),
    ("ec2", "ec2_transit_gateway_attachments", "OVERLAYS"),
    ("ec2", "ec2_transit_gateway_prefixes", "OVERLAYS"),
    ("ec2", "ec2_transit_gateways", "OVERLAYS"),
    ("ecr", "ecr_scans", "OVERLAYS"),
    ("elbv2", "elbv2", "OVERLAYS"),
    ("events", "events", "OVERLAYS"),
    ("fms", "fms", "OVERLAYS"),
    ("guardduty", "guardduty", "OVERLAYS"),
    ("guardduty", "guardduty_coverage", "OVERLAYS"),
    ("guardduty", "guardduty_features", "OVERLAYS"),
    ("iam", "iam", "OVERLAYS"),
    ("iam", "iam_credential_report", "OVERLAYS"),
    ("iam", "iam_last_accessed", "OVERLAYS"),
    ("iam", "iam_oidc", "OVERLAYS"),
    ("iam", "iam_organizations", "OVERLAYS"),
    ("iam", "iam_service_credentials", "OVERLAYS"),
    ("inspector2", "inspector2", "OVERLAYS"),
    ("kms", "kms", "OVERLAYS"),
    ("kms", "kms_key_stores", "OVERLAYS"),
    ("lambda", "lambda_", "OVERLAYS"),
    ("logs", "logs_data_protection", "OVERLAYS"),
    ("macie2", "macie2", "OVERLAYS"),
    ("macie2", "macie2_buckets", "OVERLAYS"),
    ("network-firewall", "network_firewall", "OVERLAYS"),
    ("organizations", "organizations", "OVERLAYS"),
    ("organizations", "organizations_effective", "OVERLAYS"),
    ("organizations", "organizations_invitations", "OVERLAYS"),
    ("organizations", "organizations_resource_policies", "OVERLAYS"),
    ("ram", "ram", "OVERLAYS"),
    ("resourcegroupstaggingapi", "resourcegroupstaggingapi", "OVERLAYS"),
    ("route53", "route53", "OVERLAYS"),
    ("route53profiles", "route53profiles", "OVERLAYS"),
    ("route53resolver", "route53resolver", "OVERLAYS"),
    ("s3", "s3", "OVERLAYS"),
    ("s3control", "s3control", "OVERLAYS"),
    ("sagemaker", "sagemaker_lineage", "OVERLAYS"),
    ("sagemaker", "sagemaker_lists", "OVERLAYS"),
    ("sagemaker", "sagemaker_models", "OVERLAYS"),
    ("sagemaker", "sagemaker_monitoring", "OVERLAYS"),
    ("sagemaker", "sagemaker_registry", "OVERLAYS"),
    ("sagemaker", "sagemaker_studio", "OVERLAYS"),
    ("sagemaker", "sagemaker_tags", "OVERLAYS"),
    ("securityhub", "securityhub", "OVERLAYS"),
    ("securityhub", "securityhub_insights", "OVERLAYS"),
    ("securityhub", "securityhub_policies", "OVERLAYS"),
    ("ssm", "ssm", "OVERLAYS"),
    ("sso-admin", "sso_permissions_boundaries", "OVERLAYS"),
    ("sso-admin", "sso_sets", "OVERLAYS"),
    ("vpc-lattice", "vpc_lattice", "OVERLAYS"),
    ("wafv2", "wafv2", "OVERLAYS"),
    ("wafv2", "wafv2_permission_policies", "OVERLAYS"),
    ("sagemaker-runtime", "sagemaker_models", "RUNTIME"),
)
"""botocore's service name, module of this package, name of the table in it. Of two overlays for one
operation, the later one is asked first and lets the other answer."""


def _above(upper: Overlay, lower: Overlay) -> Overlay:
    def both(call: Call, proceed: Proceed) -> dict[str, Any]:
        return upper(call, lambda: lower(call, proceed))

    return both


@cache
def _of(service: str) -> Mapping[tuple[str, str], Overlay]:
    """The overlays of one service, whose modules are imported when it is first asked."""
    found: dict[tuple[str, str], Overlay] = {}
    tables = [
        getattr(import_module(f"{__name__}.{module}"), table)
        for owner, module, table in _TABLES
        if owner == service
    ]
    for overlays in (*tables, triggers.OVERLAYS.get(service, {})):
        for operation, overlay in overlays.items():
            key = (service, operation)
            found[key] = _above(overlay, found[key]) if key in found else overlay
    return found


class _Overlays(Mapping[tuple[str, str], Overlay]):
    """Each service's overlays when they are asked for: a command asks few of the services."""

    def __getitem__(self, key: tuple[str, str]) -> Overlay:
        return _of(key[0])[key]

    def __iter__(self) -> Iterator[tuple[str, str]]:
        for service in dict.fromkeys([*(owner for owner, _module, _table in _TABLES), *triggers.OVERLAYS]):
            yield from _of(service)

    def __len__(self) -> int:
        return sum(1 for _ in self)


OVERLAYS: Mapping[tuple[str, str], Overlay] = _Overlays()
"""(botocore's service name, operation) -> overlay"""
