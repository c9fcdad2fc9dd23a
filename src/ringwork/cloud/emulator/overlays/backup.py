"""AWS Backup: a plan that was deleted is out of the way of others, which moto forgets.

Source: Backup API reference, CreateBackupPlan, DeleteBackupPlan.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

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


OVERLAYS: Mapping[str, Overlay] = {"CreateBackupPlan": _create_plan}
