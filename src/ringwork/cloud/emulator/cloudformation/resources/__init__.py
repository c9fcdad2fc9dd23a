"""The resource types that the local CloudFormation can make, one provider for each."""

from __future__ import annotations

from collections.abc import Mapping

from ringwork.cloud.emulator.cloudformation.resources import (
    ec2,
    endpoints,
    iam,
    kms,
    logs,
    nested_stacks,
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

PROVIDERS: Mapping[str, Provider] = {
    **ec2.PROVIDERS,
    **security_groups.PROVIDERS,
    **endpoints.PROVIDERS,
    **iam.PROVIDERS,
    **kms.PROVIDERS,
    **logs.PROVIDERS,
    **s3.PROVIDERS,
    **nested_stacks.PROVIDERS,
    **stack_sets.PROVIDERS,
}
"""CloudFormation type -> provider. A type that is not here is refused, never ignored."""

__all__ = ["PROVIDERS", "Change", "Context", "Provider", "RefusedError", "is_gone"]
