"""Plan, deploy, destroy and heal stacks, on AWS and on the local cloud alike."""

from ringwork.cloud.deploy.apply import Deployment, Outcome, StackResult, deploy
from ringwork.cloud.deploy.bootstrap import bootstrap, missing, plan_bootstrap, undo_bootstrap
from ringwork.cloud.deploy.changes import Action, Change, PropertyChange
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
from ringwork.cloud.deploy.plan import Orphan, Plan, StackPlan, What, orphans, plan
from ringwork.cloud.deploy.progress import Event, Patience

__all__ = [
    "Action",
    "Change",
    "Deployment",
    "Destruction",
    "Event",
    "Gone",
    "Leaving",
    "Orphan",
    "Outcome",
    "Patience",
    "Plan",
    "PropertyChange",
    "Removal",
    "Removed",
    "StackPlan",
    "StackRemoval",
    "StackResult",
    "What",
    "bootstrap",
    "deploy",
    "destroy",
    "missing",
    "orphans",
    "plan",
    "plan_bootstrap",
    "prune",
    "removal",
    "undo_bootstrap",
]
