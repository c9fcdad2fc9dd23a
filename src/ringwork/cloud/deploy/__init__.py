"""Plan, deploy, destroy and heal stacks, on AWS and on the local cloud alike."""

from ringwork.cloud.deploy.apply import Deployment, Outcome, StackResult, deploy
from ringwork.cloud.deploy.changes import Action, Change, PropertyChange
from ringwork.cloud.deploy.plan import Orphan, Plan, StackPlan, What, orphans, plan
from ringwork.cloud.deploy.progress import Event, Patience

__all__ = [
    "Action",
    "Change",
    "Deployment",
    "Event",
    "Orphan",
    "Outcome",
    "Patience",
    "Plan",
    "PropertyChange",
    "StackPlan",
    "StackResult",
    "What",
    "deploy",
    "orphans",
    "plan",
]
