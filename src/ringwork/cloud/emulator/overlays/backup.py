"""AWS Backup: a plan that was deleted is out of the way of others, and plans can be changed.

Source: Backup API reference, CreateBackupPlan, UpdateBackupPlan, DeleteBackupPlan.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

from ringwork.cloud.emulator.errors import AwsError
from ringwork.cloud.emulator.overlays.call import Call, Overlay, Proceed


def _create_plan(call: Call, proceed: Proceed) -> dict[str, Any]:
    from moto.backup.models import backup_backends  # noqa: PLC0415

    backend = backup_backends[call.account][call.region]
    deleted = {key: plan for key, plan in backend.plans.items() if plan.deletion_date is not None}
    for key in deleted:
        del backend.plans[key]
    try:
        return proceed()
    finally:
        backend.plans.update(deleted)


def _update_plan(call: Call, _proceed: Proceed) -> dict[str, Any]:
    """A new version of the plan, under a new version id."""
    from moto.backup.models import Plan, backup_backends  # noqa: PLC0415

    backend = backup_backends[call.account][call.region]
    id = call.parameters["BackupPlanId"]
    plan = backend.plans.get(id)
    if plan is None or plan.deletion_date is not None:
        raise AwsError("ResourceNotFoundException", f"Backup plan {id} does not exist")
    newer = Plan(
        backup_plan=copy.deepcopy(call.parameters["BackupPlan"]),
        creator_request_id=plan.creator_request_id,
        backend=backend,
    )
    plan.backup_plan = newer.backup_plan
    plan.advanced_backup_settings = newer.advanced_backup_settings
    plan.version_id = newer.version_id
    return dict(plan.to_dict())


OVERLAYS: Mapping[str, Overlay] = {"CreateBackupPlan": _create_plan, "UpdateBackupPlan": _update_plan}
