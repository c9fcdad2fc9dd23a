"""IAM: a policy that is in use cannot be deleted."""

from __future__ import annotations

from typing import Any

from ringwork.cloud.emulator.errors import AwsError
from ringwork.cloud.emulator.overlays.call import Call, Overlay, Proceed


def _delete_policy(call: Call, proceed: Proceed) -> dict[str, Any]:
    """moto deletes attached policies. IAM API reference, DeletePolicy: detach it from everything first."""
    from moto.iam.models import iam_backends  # noqa: PLC0415

    backend = iam_backends[call.account]["aws"]
    arn = call.parameters["PolicyArn"]
    policy = backend.managed_policies.get(arn)
    principals = [*backend.roles.values(), *backend.users.values()]
    bounded = any(getattr(principal, "permissions_boundary_arn", None) == arn for principal in principals)
    if policy is not None and (policy.attachment_count or bounded):
        raise AwsError("DeleteConflict", "Cannot delete a policy attached to entities.", status=409)
    return proceed()


OVERLAYS: dict[str, Overlay] = {"DeletePolicy": _delete_policy}
