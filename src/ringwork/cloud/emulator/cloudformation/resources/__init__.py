"""The resource types that the local CloudFormation can make, one provider for each."""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Mapping
from typing import cast

from ringwork.cloud.emulator.cloudformation.resources import (
    api_gateway,
    ec2,
    endpoints,
    event_buses,
    iam,
    iam_attached,
    kms,
    logs,
    messaging,
    nested_stacks,
    records,
    rows,
    s3,
    security_groups,
    stack_sets,
)
from ringwork.cloud.emulator.cloudformation.resources.provider import (
    Change,
    Context,
    Provider,
    RefusedError,
    is_gone,
)

WRITTEN: Mapping[str, Provider] = {
    **api_gateway.PROVIDERS,
    **ec2.PROVIDERS,
    **security_groups.PROVIDERS,
    **endpoints.PROVIDERS,
    **event_buses.PROVIDERS,
    **iam.PROVIDERS,
    **iam_attached.PROVIDERS,
    **kms.PROVIDERS,
    **logs.PROVIDERS,
    **messaging.PROVIDERS,
    **records.PROVIDERS,
    **s3.PROVIDERS,
    **nested_stacks.PROVIDERS,
    **stack_sets.PROVIDERS,
}
"""Types whose provider is written by hand."""

PROVIDERS: Mapping[str, Provider] = ChainMap(dict(WRITTEN), cast("dict[str, Provider]", rows.Rows()))
"""CloudFormation type -> provider. A type that is not here is refused, never ignored."""

__all__ = ["PROVIDERS", "WRITTEN", "Change", "Context", "Provider", "RefusedError", "is_gone"]
