"""Plan, deploy, destroy and heal stacks, on AWS and on the local cloud alike."""

from ringwork.cloud.deploy.apply import Deployment, Outcome, StackResult, deploy
from ringwork.cloud.deploy.bootstrap import bootstrap, missing, plan_bootstrap, undo_bootstrap
from ringwork.cloud.deploy.changes import Action, Change, PropertyChange
from ringwork.cloud.deploy.delegation import delegate, undelegated
from ringwork.cloud.deploy.destroy import (
    Destruction,
    Gone,
    Leaving,
    Removal,
    Removed,
    StackRemoval,
    destroy,
    prune,
    removal,
)
from ringwork.cloud.deploy.drift import (
    Drift,
    Drifted,
    DriftedProperty,
    ResourceDrift,
    StackDrift,
    drift,
    plan_revert,
    revert_drift,
)
from ringwork.cloud.deploy.plan import Orphan, Place, Plan, StackPlan, What, orphans, plan
from ringwork.cloud.deploy.progress import Event, Patience
from ringwork.cloud.deploy.unseen import ApiCall, Undone, Unseen, UnseenDrift, undo, unseen

__all__ = [
    "Action",
    "ApiCall",
    "Change",
    "Deployment",
    "Destruction",
    "Drift",
    "Drifted",
    "DriftedProperty",
    "Event",
    "Gone",
    "Leaving",
    "Orphan",
    "Outcome",
    "Patience",
    "Place",
    "Plan",
    "PropertyChange",
    "Removal",
    "Removed",
    "ResourceDrift",
    "StackDrift",
    "StackPlan",
    "StackRemoval",
    "StackResult",
    "Undone",
    "Unseen",
    "UnseenDrift",
    "What",
    "bootstrap",
    "delegate",
    "deploy",
    "destroy",
    "drift",
    "missing",
    "orphans",
    "plan",
    "plan_bootstrap",
    "plan_revert",
    "prune",
    "removal",
    "revert_drift",
    "undelegated",
    "undo",
    "undo_bootstrap",
    "unseen",
]
