"""What CloudWatch Logs asks for beside the action that is named after the operation."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ringwork.cloud.emulator.asked import Asked

_OF_TYPES: Mapping[str, Mapping[str, str]] = {
    "PutAccountPolicy": {
        "DATA_PROTECTION_POLICY": "PutDataProtectionPolicy",
        "SUBSCRIPTION_FILTER_POLICY": "PutSubscriptionFilter",
        "TRANSFORMER_POLICY": "PutTransformer",
        "FIELD_INDEX_POLICY": "PutIndexPolicy",
        "METRIC_EXTRACTION_POLICY": "PutMetricExtractionPolicy",
        "RETENTION_POLICY": "PutRetentionPolicy",
    },
    "DeleteAccountPolicy": {
        "DATA_PROTECTION_POLICY": "DeleteDataProtectionPolicy",
        "SUBSCRIPTION_FILTER_POLICY": "DeleteSubscriptionFilter",
        "TRANSFORMER_POLICY": "DeleteTransformer",
        "FIELD_INDEX_POLICY": "DeleteIndexPolicy",
        "RETENTION_POLICY": "DeleteRetentionPolicy",
    },
    "DescribeAccountPolicies": {
        "DATA_PROTECTION_POLICY": "GetDataProtectionPolicy",
        "SUBSCRIPTION_FILTER_POLICY": "DescribeSubscriptionFilters",
        "TRANSFORMER_POLICY": "GetTransformer",
        "FIELD_INDEX_POLICY": "DescribeIndexPolicies",
    },
}
"""CloudWatch Logs API reference, the page of each operation: operation -> type of policy -> action"""


def besides(asked: Asked) -> Iterator[str]:
    """Further actions on the same resource.

    API reference, GetLogEvents: with `unmask`, "you must be signed into an account with the logs:Unmask
    permission".
    """
    if asked.parameters.get("unmask"):
        yield "logs:Unmask"
    kind = str(asked.parameters.get("policyType"))
    also = _OF_TYPES.get(asked.operation.name, {}).get(kind)
    if also is not None:
        yield f"logs:{also}"
